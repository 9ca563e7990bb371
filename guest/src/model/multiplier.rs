//! A factor of an alert's score: a number from 0.1 to 10 with at most three decimals (SPEC section 2).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Thousandths, 100 to 10,000: exact, whatever was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Multiplier(u16);

impl Multiplier {
    /// What changes nothing.
    pub const ONE: Self = Self(1000);
    /// The default of actioned alerts.
    pub const HALF: Self = Self(500);
    /// The default of all others.
    pub const TWO: Self = Self(2000);

    /// From a decimal number as it is written. The error says what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let range = || format!("{text} is not within 0.1 to 10");
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if text.is_empty() || !digits(whole) || !digits(decimals) || (whole.is_empty() && decimals.is_empty())
        {
            return Err(match text.parse::<f64>() {
                Ok(number) if !number.is_nan() && !(0.1..=10.0).contains(&number) => range(),
                _ => format!("{text:?} is not a decimal number from 0.1 to 10"),
            });
        }
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > 3 {
            return Err(format!("{text} has more than three decimals"));
        }
        let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| range())? };
        let thousandths = format!("{decimals:0<3}").parse::<u32>().map_err(|_| range())?;
        let value = whole.checked_mul(1000).map(|w| w + thousandths).filter(|v| (100..=10_000).contains(v));
        value.and_then(|v| u16::try_from(v).ok()).map(Self).ok_or_else(range)
    }

    /// From thousandths, where they are in range.
    #[must_use]
    pub fn of(thousandths: u16) -> Option<Self> {
        (100..=10_000).contains(&thousandths).then_some(Self(thousandths))
    }

    /// Thousandths.
    #[must_use]
    pub fn thousandths(self) -> u16 {
        self.0
    }
}

impl Default for Multiplier {
    fn default() -> Self {
        Self::ONE
    }
}

impl fmt::Display for Multiplier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Serialize for Multiplier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Multiplier {
    /// A number: its shortest form has the digits that were written, as long as they are few.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        Self::parse(&number.to_string()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multiplier_is_exact_and_printed_as_short_as_it_is() {
        for (text, thousandths, printed) in [
            ("0.1", 100, "0.1"),
            ("1", 1000, "1"),
            ("1.0", 1000, "1"),
            ("1.4", 1400, "1.4"),
            ("10", 10_000, "10"),
            ("2.125", 2125, "2.125"),
            ("0.5000", 500, "0.5"),
        ] {
            let multiplier = Multiplier::parse(text).unwrap();
            assert_eq!(multiplier.thousandths(), thousandths, "{text}");
            assert_eq!(multiplier.to_string(), printed);
        }
    }

    #[test]
    fn what_is_out_of_range_or_no_number_is_refused() {
        for (text, part) in [
            ("0", "0.1 to 10"),
            ("-1", "0.1 to 10"),
            ("10.01", "0.1 to 10"),
            ("0.099", "0.1 to 10"),
            ("99999999999", "0.1 to 10"),
            ("NaN", "decimal"),
            ("", "decimal"),
            (".", "decimal"),
            ("1,4", "decimal"),
            ("1.2345", "three decimals"),
        ] {
            let error = Multiplier::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn every_multiplier_survives_json() {
        for thousandths in 100..=10_000 {
            let json = serde_json::to_string(&Multiplier(thousandths)).unwrap();
            assert_eq!(serde_json::from_str::<Multiplier>(&json).unwrap(), Multiplier(thousandths), "{json}");
        }
        for json in ["\"2\"", "null", "1e400", "[1]"] {
            assert!(serde_json::from_str::<Multiplier>(json).is_err(), "{json}");
        }
    }
}
