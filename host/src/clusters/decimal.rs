//! The component's exact decimals: texts in plain notation, which are JSON numbers as they stand.

use std::cmp::Ordering;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A decimal as a JSON number with all its digits.
#[must_use]
pub fn number(decimal: &str) -> Box<RawValue> {
    RawValue::from_string(decimal.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The same for `serialize_with`.
pub(super) fn as_number<S: Serializer>(decimal: &str, serializer: S) -> Result<S::Ok, S::Error> {
    number(decimal).serialize(serializer)
}

/// The same where there may be none.
pub(super) fn as_number_or_null<S: Serializer>(
    decimal: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    decimal.as_deref().map(number).serialize(serializer)
}

/// Compares two decimals by their values; both are 0 or more, and have no leading zeros.
#[must_use]
pub fn compare(left: &str, right: &str) -> Ordering {
    let parts = |decimal| str::split_once(decimal, '.').unwrap_or((decimal, ""));
    let ((left, left_rest), (right, right_rest)) = (parts(left), parts(right));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right)).then_with(|| left_rest.cmp(right_rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_a_number_with_all_its_digits() {
        let text = "123456789012345678901234567890.125";
        assert_eq!(serde_json::to_string(&number(text)).unwrap(), text);
        assert_eq!(serde_json::to_string(&number("=1+1")).unwrap(), "null");
    }

    #[test]
    fn decimals_compare_by_value() {
        let ascending =
            ["0", "0.05", "0.1", "0.125", "2", "2.5", "10", "10.01", "16.8", "123456789012345678901"];
        for (left, a) in ascending.iter().enumerate() {
            for (right, b) in ascending.iter().enumerate() {
                assert_eq!(compare(a, b), left.cmp(&right), "{a} and {b}");
            }
        }
    }
}
