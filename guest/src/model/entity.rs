//! A sensor's own id of a process instance.

use crate::text::path::is_placeholder;

/// A GUID where it is one, so that braces and case never matter; else the text as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityId<'r> {
    /// Sysmon's `ProcessGuid`, or any other entity id in that form.
    Guid(u128),
    /// ECS `process.entity_id` of other sensors; case matters.
    Text(&'r str),
}

impl<'r> EntityId<'r> {
    /// Reads an id; the nil GUID, the empty text and placeholders such as `-` are none.
    #[must_use]
    pub fn parse(text: &'r str) -> Option<Self> {
        let text = text.trim();
        match guid(text) {
            Some(0) => None,
            Some(guid) => Some(Self::Guid(guid)),
            None => (!is_placeholder(text)).then_some(Self::Text(text)),
        }
    }

    /// Reads the id of a sensor that writes GUIDs: anything else says that it had none, and would make all
    /// processes without one the same.
    #[must_use]
    pub fn parse_guid(text: &str) -> Option<Self> {
        guid(text.trim()).filter(|&guid| guid != 0).map(Self::Guid)
    }

    /// Appends the printed form: a GUID in lower case without braces, other text as it stands.
    pub fn push(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Guid(guid) => push_guid(out, *guid),
        }
    }
}

/// Byte by byte into place, then once into the text: wasm has no 128-bit shifts, and a push for each digit
/// showed in the profile.
fn push_guid(out: &mut String, guid: u128) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // Where each byte's two digits stand between the hyphens.
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    let mut text = [b'-'; 36];
    for (byte, place) in guid.to_be_bytes().into_iter().zip(PLACES) {
        if let Some([high, low]) = text.get_mut(place..place + 2) {
            *high = DIGITS.get(usize::from(byte >> 4)).copied().unwrap_or(b'0');
            *low = DIGITS.get(usize::from(byte & 0xf)).copied().unwrap_or(b'0');
        }
    }
    out.push_str(std::str::from_utf8(&text).unwrap_or_default());
}

/// `{8-4-4-4-12}` hexadecimal digits, with or without braces.
fn guid(text: &str) -> Option<u128> {
    let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text).as_bytes();
    let (a, rest) = digits::<8>(inner)?;
    let (b, rest) = digits::<4>(rest.strip_prefix(b"-")?)?;
    let (c, rest) = digits::<4>(rest.strip_prefix(b"-")?)?;
    let (d, rest) = digits::<4>(rest.strip_prefix(b"-")?)?;
    let (e, rest) = digits::<12>(rest.strip_prefix(b"-")?)?;
    rest.is_empty().then_some(u128::from(a << 32 | b << 16 | c) << 64 | u128::from(d << 48 | e))
}

/// The value of the `N` hexadecimal digits that the text begins with, and what follows them.
fn digits<const N: usize>(text: &[u8]) -> Option<(u64, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<N>()?;
    let (mut value, mut all) = (0, 0);
    // Without a branch for each digit: no digit has a bit above the fourth, all else has.
    for &byte in digits {
        let digit = HEX.get(usize::from(byte)).copied().unwrap_or(255);
        value = value << 4 | u64::from(digit);
        all |= digit;
    }
    (all < 16).then_some((value, rest))
}

/// The value of a hexadecimal digit, by its byte; 255 for anything else.
const HEX: [u8; 256] = {
    let mut table = [255; 256];
    let mut digit = 0;
    #[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
    while digit < 16_u8 {
        table[b"0123456789abcdef"[digit as usize] as usize] = digit;
        table[b"0123456789ABCDEF"[digit as usize] as usize] = digit;
        digit += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_and_case_of_a_guid_never_matter() {
        let printed = "313fa531-4300-5f91-ae04-000000000400";
        for text in
            [printed, "{313FA531-4300-5F91-AE04-000000000400}", " {313fa531-4300-5f91-ae04-000000000400} "]
        {
            let mut out = String::new();
            EntityId::parse(text).unwrap().push(&mut out);
            assert_eq!(out, printed);
        }
    }

    #[test]
    fn the_nil_guid_and_placeholders_name_nobody() {
        for text in ["{00000000-0000-0000-0000-000000000000}", "", " ", "-", "N/A", "n/a", "(null)"] {
            assert_eq!(EntityId::parse(text), None, "{text}");
            assert_eq!(EntityId::parse_guid(text), None, "{text}");
        }
    }

    #[test]
    fn other_ids_keep_their_case_where_they_are_ids() {
        assert_eq!(EntityId::parse("MzEzRkE1"), Some(EntityId::Text("MzEzRkE1")));
        assert_eq!(EntityId::parse_guid("MzEzRkE1"), None);
        assert_eq!(EntityId::parse_guid("{313fa531-4300-5f91-ae04}"), None);
        let guid = EntityId::parse_guid(" {00000000-0000-0000-0000-00000000000A} ");
        assert_eq!(guid, Some(EntityId::Guid(10)));
    }
}
