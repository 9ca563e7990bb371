//! Writing JSON text: strings escaped, integers, nothing else. Reading is serde_json's.

/// Appends `text` as a JSON string with its quotes.
///
/// Escapes what RFC 8259 requires and nothing more.
pub fn push_string(out: &mut String, text: &str) {
    out.push('"');
    push_escaped(out, text);
    out.push('"');
}

/// Appends `text` escaped, without quotes.
pub fn push_escaped(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\') {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = special.chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(control) => {
                const HEX: [char; 16] =
                    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
                let code = u32::from(control);
                out.push_str("\\u00");
                out.push(if code >= 0x10 { '1' } else { '0' });
                out.push(HEX.get((code & 0xf) as usize).copied().unwrap_or('0'));
            }
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// Appends an integer.
pub fn push_int(out: &mut String, value: impl itoa::Integer) {
    out.push_str(itoa::Buffer::new().format(value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back_by_serde_json(text in any::<String>()) {
            let mut out = String::new();
            push_string(&mut out, &text);
            let read: String = serde_json::from_str(&out).unwrap();
            prop_assert_eq!(read, text);
        }
    }

    #[test]
    fn control_characters_become_escapes() {
        let mut out = String::new();
        push_string(&mut out, "a\"\\\n\u{1}\u{1f}ä");
        assert_eq!(out, r#""a\"\\\n\u0001\u001fä""#);
    }
}
