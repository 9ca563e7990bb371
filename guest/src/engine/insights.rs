//! What is known of an image or a hash.

use super::answers::About;
use super::state::State;
use crate::error::Error;

impl State {
    /// Answers a question for insights.
    pub(super) fn insights(
        &self,
        _subject: &str,
        _field: Option<&str>,
        _value: Option<&str>,
    ) -> Result<About, Error> {
        Err(Error::Unsupported("scoring.insights".into()))
    }
}
