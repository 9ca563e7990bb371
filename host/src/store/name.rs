//! The name of a tenant: a text that is safe as the name of a folder, in a URL and in a message.

use std::fmt;
use std::str::FromStr;

/// 1 to 64 of `A-Z a-z 0-9 . _ -`, and neither `.` nor `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantName(String);

/// Not the name of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 64 of the characters A-Z a-z 0-9 . _ - and is not . or ..")]
pub struct NameError;

impl TenantName {
    /// The longest name.
    const LONGEST: usize = 64;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let fits = (1..=Self::LONGEST).contains(&text.len()) && text.chars().all(known);
        if fits && text != "." && text != ".." { Ok(Self(text.to_owned())) } else { Err(NameError) }
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_folder() {
        for good in ["default", "ACME-2", "a.b_c", "...", &"x".repeat(64)] {
            assert_eq!(good.parse::<TenantName>().unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a/b", "a\\b", "a b", "ü", "a\0", "a\n", &"x".repeat(65)] {
            assert_eq!(bad.parse::<TenantName>(), Err(NameError), "{bad:?}");
        }
    }
}
