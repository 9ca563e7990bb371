//! A line becomes an alert: a file for each format, a vendor's own shapes and the general ones.

use super::Reading;
use crate::model::Alert;

/// The alert that a JSON object is, or `None` where no format knows it, or it tells of no alert.
#[must_use]
pub fn read_json(_line: &str, _reading: &Reading) -> Option<Alert> {
    None
}

/// The alert that a line is that is no JSON object: syslog, CEF, key and value. `received_at` gives the
/// year to times that have none.
#[must_use]
pub fn read_raw(_line: &str, _reading: &Reading, _received_at: i64) -> Option<Alert> {
    None
}
