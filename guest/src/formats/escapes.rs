//! The escapes of a JSON string, decoded.
//!
//! Paths of Windows hold a `\\` every few bytes, so what stands between two escapes is short: eight
//! bytes are moved at once and those that were too many are written over. A call to copy each piece
//! costs more, above all in WebAssembly, where it leaves the module.

/// Texts that were decoded, one after the other.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// Grows and is never cleared: only what is below `used` means something.
    bytes: Vec<u8>,
    used: usize,
}

impl Decoded {
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    /// How many bytes are in use: where the next text will start.
    #[inline]
    pub(super) fn end(&self) -> usize {
        self.used
    }

    /// Forgets what was decoded since [`end`](Self::end) said so.
    #[inline]
    pub(super) fn forget_since(&mut self, end: usize) {
        self.used = end;
    }

    #[inline]
    pub(super) fn text(&self, start: usize, end: usize) -> Option<&str> {
        std::str::from_utf8(self.bytes.get(start..end)?).ok()
    }

    /// Appends a text that has no escapes left.
    pub(super) fn push(&mut self, text: &str) {
        self.bytes.truncate(self.used);
        self.bytes.extend_from_slice(text.as_bytes());
        self.used = self.bytes.len();
    }

    /// Appends a string of `length` bytes, given from its first byte to at least its closing quote.
    ///
    /// `None` where serde_json would refuse it: an unknown escape, a surrogate without its other half.
    pub(super) fn decode(&mut self, string: &[u8], length: usize) -> Option<()> {
        // No escape is shorter than what it stands for, and the last word may reach beyond the end.
        let room = self.used + length + size_of::<u64>();
        if self.bytes.len() < room {
            self.bytes.resize(room, 0);
        }
        let mut rest = string;
        loop {
            if let Some((word, _)) = rest.split_first_chunk() {
                let plain = plain_bytes(*word);
                self.write(word, plain)?;
                rest = rest.get(plain..)?;
            }
            rest = match rest {
                [b'"', ..] => return Some(()),
                [b'\\', b'u', hex @ ..] => self.code_point(hex)?,
                [b'\\', letter, after @ ..] => {
                    self.write(&[simple_escape(*letter)?], 1)?;
                    after
                }
                [byte, after @ ..] => {
                    self.write(&[*byte], 1)?;
                    after
                }
                [] => return None,
            }
        }
    }

    /// Writes all of `bytes`, of which the first `count` are kept.
    #[inline]
    fn write<const N: usize>(&mut self, bytes: &[u8; N], count: usize) -> Option<()> {
        *self.bytes.get_mut(self.used..)?.first_chunk_mut()? = *bytes;
        self.used += count;
        Some(())
    }

    /// What `\u` introduces: four digits, or four of a high surrogate and `\uXXXX` of a low one.
    fn code_point<'s>(&mut self, hex: &'s [u8]) -> Option<&'s [u8]> {
        let (unit, rest) = code_unit(hex)?;
        let (code, rest) = match (unit, rest) {
            (0xD800..=0xDBFF, [b'\\', b'u', hex @ ..]) => {
                let (low, rest) = code_unit(hex)?;
                let low = low.checked_sub(0xDC00).filter(|&low| low < 0x400)?;
                (0x1_0000 + ((unit - 0xD800) << 10 | low), rest)
            }
            _ => (unit, rest),
        };
        let mut utf8 = [0; 4];
        let length = char::from_u32(code)?.encode_utf8(&mut utf8).len();
        self.write(&utf8, length)?;
        Some(rest)
    }
}

fn code_unit(hex: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = hex.split_first_chunk::<4>()?;
    let unit = digits
        .iter()
        .try_fold(0, |unit, &digit| char::from(digit).to_digit(16).map(|digit| unit << 4 | digit))?;
    Some((unit, rest))
}

fn simple_escape(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\\' | b'/' => letter,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}

/// How many of the bytes come before the first quote or backslash.
fn plain_bytes(word: [u8; 8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(word);
    // The lowest bit that is set is of the first such byte; only those above it may be wrong.
    let places = |byte: u8| {
        let zero_where_equal = word ^ (ONES * u64::from(byte));
        zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & (ONES << 7)
    };
    let special = places(b'"') | places(b'\\');
    special.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(string: &str) -> Option<String> {
        let mut decoded = Decoded::default();
        decoded.decode(string.as_bytes(), string.len())?;
        decoded.text(0, decoded.end()).map(str::to_owned)
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        assert_eq!(decode(r#"C:\\Windows\\System32\\cmd.exe""#).unwrap(), r"C:\Windows\System32\cmd.exe");
        assert_eq!(decode(r#"\"\\\/\b\f\n\r\t""#).unwrap(), "\"\\/\u{8}\u{c}\n\r\t");
        assert_eq!(decode(r#"\u00e4\u20AC\ud83d\ude00, ä""#).unwrap(), "ä€😀, ä");
        assert_eq!(decode(r#"""#).unwrap(), "");
    }

    #[test]
    fn what_serde_json_would_refuse_is_refused() {
        for string in
            [r#"\x""#, r#"\u12""#, r#"\u+123""#, r#"\ud83d""#, r#"\ud83d\n""#, r#"\ud83dA""#, r#"\ude00""#]
        {
            assert_eq!(decode(string), None, "{string}");
        }
    }
}
