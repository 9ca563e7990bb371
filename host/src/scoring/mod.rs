//! EchoTrail's requests and answers as JSON, by the names that its document uses. What is asked and
//! answered is the component's business; here are the shapes.

mod answer;
mod insights;
mod profile;
mod rarity;

pub use answer::{Answered, scope_name};
pub use insights::About;
pub use profile::{LONGEST_LIST, Profile, ProfileError};
pub use rarity::Rare;

use serde::{Serialize, Serializer};

/// A time of the contract's as RFC 3339 UTC with milliseconds.
#[must_use]
pub fn time(milliseconds: i64) -> String {
    match jiff::Timestamp::from_millisecond(milliseconds) {
        Ok(time) => format!("{time:.3}"),
        // A year that RFC 3339 cannot write.
        Err(_) => milliseconds.to_string(),
    }
}

pub(crate) fn as_time<S: Serializer>(milliseconds: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    time(*milliseconds).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds() {
        assert_eq!(time(1_476_351_310_397), "2016-10-13T09:35:10.397Z");
        assert_eq!(time(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(time(i64::MAX), i64::MAX.to_string());
    }
}
