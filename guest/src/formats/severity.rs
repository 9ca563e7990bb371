//! The base score of a vendor's severity (SPEC section 2): tables in `data/severities`, a source in every row.

use crate::model::Multiplier;

/// A base score and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// 0.1 to 10.
    pub value: Multiplier,
    /// `darktrace severity 7`, or why another value was taken.
    pub from: String,
    /// The severity is not on the vendor's scale, or there is none: the value is a default.
    pub is_default: bool,
}

/// The base score of a severity; `system` is a source system in lower case: `darktrace`, `fortinet
/// fortigate`.
#[must_use]
pub fn base(system: &str, severity: Option<&str>) -> Base {
    Base { value: Multiplier::ONE, from: format!("{system} {severity:?}"), is_default: true }
}
