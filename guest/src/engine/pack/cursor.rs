//! Integers of a pack, and errors that name where in it they stand.
//!
//! Integers are LEB128 in as few bytes as possible: 7 bits each from the lowest, the highest bit says that
//! more follow.

use crate::error::Error;

/// What is wrong with a pack at this byte, counted from 0.
pub(super) fn fault(offset: usize, message: impl Into<String>) -> Error {
    Error::invalid(format!("offset {offset}"), message)
}

/// Appends an integer.
pub(super) fn push_int(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

/// Reads from the front.
#[derive(Debug)]
pub(super) struct Cursor<'b> {
    rest: &'b [u8],
    length: usize,
}

impl<'b> Cursor<'b> {
    /// Of a whole pack, from an offset on.
    pub(super) fn at(bytes: &'b [u8], offset: usize) -> Self {
        Self { rest: bytes.get(offset..).unwrap_or_default(), length: bytes.len() }
    }

    /// Where it stands.
    pub(super) fn offset(&self) -> usize {
        self.length - self.rest.len()
    }

    /// How much is left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next bytes.
    pub(super) fn bytes(&mut self, length: u64, what: &str) -> Result<&'b [u8], Error> {
        let split = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let Some((bytes, rest)) = split else {
            return Err(fault(self.offset(), format!("{what} goes beyond the end")));
        };
        self.rest = rest;
        Ok(bytes)
    }

    /// The next bytes, as many as an array has.
    pub(super) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Error> {
        let Some((bytes, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(fault(self.offset(), format!("{what} goes beyond the end")));
        };
        self.rest = rest;
        Ok(*bytes)
    }

    /// The next integer.
    #[inline]
    pub(super) fn int(&mut self, what: &str) -> Result<u64, Error> {
        // Nearly all are below 128.
        if let Some((&byte, rest)) = self.rest.split_first()
            && byte < 0x80
        {
            self.rest = rest;
            return Ok(u64::from(byte));
        }
        self.long_int(what)
    }

    fn long_int(&mut self, what: &str) -> Result<u64, Error> {
        let from = self.offset();
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array(what)?;
            let bits = u64::from(byte & 0x7f);
            value |= bits << shift;
            if byte < 0x80 {
                let shortest = byte > 0 || shift == 0;
                if !shortest || (bits << shift) >> shift != bits {
                    break;
                }
                return Ok(value);
            }
        }
        Err(fault(from, format!("{what} is no integer as packs have them")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_are_as_short_as_can_be() {
        for (value, bytes) in [(0, &[0][..]), (127, &[0x7f]), (128, &[0x80, 1]), (300, &[0xac, 2])] {
            let mut out = Vec::new();
            push_int(&mut out, value);
            assert_eq!(out, bytes);
        }
        let ten = [0xff; 10];
        for bytes in
            [&[0x80, 0][..], &[0x80], &[], &ten, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]]
        {
            assert!(Cursor::at(bytes, 0).int("it").is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn an_error_names_its_byte() {
        let mut cursor = Cursor::at(&[1, 0x80, 0], 0);
        assert_eq!(cursor.int("a number").unwrap(), 1);
        let error = cursor.int("a number").unwrap_err();
        assert_eq!(error.to_string(), "offset 1: a number is no integer as packs have them");
    }

    proptest! {
        #[test]
        fn integers_come_back(value: u64) {
            let mut out = Vec::new();
            push_int(&mut out, value);
            let mut cursor = Cursor::at(&out, 0);
            prop_assert_eq!(cursor.int("it").unwrap(), value);
            prop_assert_eq!(cursor.left(), 0);
        }
    }
}
