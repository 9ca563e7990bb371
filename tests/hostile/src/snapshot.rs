//! A state as bytes; equal states have equal ones.
//!
//! `HOSTILE\0`, version (u32), length (u64) and SHA-256 of the content, content; integers little endian. The
//! content of version 1: lines, recognised, passed, rejected, hash, the count of lines to panic after (0: none)
//! and the configuration's version (u64 each), 1 where it cannot be restored (u8), the configuration as JSON.
//! Version 2 has the blank lines (u64) in front of that: one more thing to know, and it follows from version 1.

use std::num::NonZeroU64;

use sha2::{Digest, Sha256};

use crate::state::State;

/// The version that is written. It and those before are read.
pub const VERSION: u32 = if cfg!(feature = "version2") { 2 } else { 1 };

const MAGIC: &[u8; 8] = b"HOSTILE\0";
const HEADER: usize = 8 + 4 + 8 + 32;

/// Why bytes are no snapshot to restore: the contract's `snapshot-error`.
#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// They do not begin like one.
    NotASnapshot,
    /// Of a version that is not known here.
    NewerVersion(u32),
    /// Too few bytes, or too many.
    WrongLength {
        /// By the header.
        expected: u64,
        /// That came.
        found: u64,
    },
    /// The content is not the one that was written.
    WrongChecksum,
    /// It is, and makes no sense.
    Inconsistent(&'static str),
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The state as bytes of [`VERSION`].
#[must_use]
pub fn write(state: &State) -> Vec<u8> {
    write_as(VERSION, state)
}

fn write_as(version: u32, state: &State) -> Vec<u8> {
    let mut content = Vec::new();
    if version >= 2 {
        content.extend(blank(state).unwrap_or_default().to_le_bytes());
    }
    let panic_after = state.panic_after.map_or(0, NonZeroU64::get);
    let State { lines, recognised, passed, rejected, hash, configuration_version, .. } = *state;
    for number in [lines, recognised, passed, rejected, hash, panic_after, configuration_version] {
        content.extend(number.to_le_bytes());
    }
    content.push(u8::from(state.bad_restore));
    // A map of JSON values is always JSON.
    content.extend(serde_json::to_vec(&state.configuration).unwrap_or_default());

    let mut bytes = Vec::with_capacity(HEADER + content.len());
    bytes.extend(MAGIC);
    bytes.extend(version.to_le_bytes());
    bytes.extend((content.len() as u64).to_le_bytes());
    bytes.extend(Sha256::digest(&content));
    bytes.extend(content);
    bytes
}

/// Which version these bytes say they are; none where they are not long enough to say.
#[must_use]
pub fn version(bytes: &[u8]) -> Option<u32> {
    let (version, _) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
    Some(u32::from_le_bytes(*version))
}

/// The state that these bytes hold.
///
/// # Errors
///
/// Why they hold none, as far as that could be found out.
pub fn read(bytes: &[u8]) -> Result<State, Error> {
    if !bytes.starts_with(MAGIC) {
        return Err(Error::NotASnapshot);
    }
    let found = bytes.len() as u64;
    let too_short = || Error::WrongLength { expected: HEADER as u64, found };
    let version = version(bytes).ok_or_else(too_short)?;
    if version > VERSION {
        return Err(Error::NewerVersion(version));
    }
    let (header, content) = bytes.split_at_checked(HEADER).ok_or_else(too_short)?;
    let (header, checksum) = header.split_last_chunk::<32>().ok_or_else(too_short)?;
    let (_, length) = header.split_last_chunk::<8>().ok_or_else(too_short)?;
    let expected = u64::from_le_bytes(*length).saturating_add(HEADER as u64);
    if found != expected {
        return Err(Error::WrongLength { expected, found });
    }
    if Sha256::digest(content).as_slice() != checksum {
        return Err(Error::WrongChecksum);
    }
    read_content(version, content)
}

fn read_content(version: u32, mut content: &[u8]) -> Result<State, Error> {
    let written_blank = match version {
        1 => None,
        2 => Some(number(&mut content)?),
        _ => return Err(Error::Inconsistent("there was no such version")),
    };
    let mut numbers = [0; 7];
    for slot in &mut numbers {
        *slot = number(&mut content)?;
    }
    let [lines, recognised, passed, rejected, hash, panic_after, configuration_version] = numbers;
    let (flag, configuration) = content.split_first().ok_or(CUT)?;
    let bad_restore = match flag {
        0 => false,
        1 => true,
        _ => return Err(Error::Inconsistent("a flag is neither 0 nor 1")),
    };
    let configuration = serde_json::from_slice(configuration)
        .map_err(|_| Error::Inconsistent("the configuration is no JSON object"))?;
    let state = State {
        lines,
        recognised,
        passed,
        rejected,
        hash,
        panic_after: NonZeroU64::new(panic_after),
        bad_restore,
        configuration,
        configuration_version,
    };
    let blank = blank(&state).ok_or(Error::Inconsistent("there are more lines of a kind than lines"))?;
    if written_blank.is_some_and(|written| written != blank) {
        return Err(Error::Inconsistent("the blank lines are not what the others leave"));
    }
    Ok(state)
}

const CUT: Error = Error::Inconsistent("the content ends early");

fn number(content: &mut &[u8]) -> Result<u64, Error> {
    let (number, rest) = content.split_first_chunk().ok_or(CUT)?;
    *content = rest;
    Ok(u64::from_le_bytes(*number))
}

/// Lines that are of no kind.
fn blank(state: &State) -> Option<u64> {
    state.lines.checked_sub(state.recognised)?.checked_sub(state.passed)?.checked_sub(state.rejected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let mut state = State::default();
        for line in ["{}", "", "text", "{", "text"] {
            state.take(line);
        }
        state.configure(r#"{"b":1,"a":2}"#).unwrap();
        state.panic_after = NonZeroU64::new(9);
        state
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = write(&state());
        assert_eq!(read(&bytes), Ok(state()));
        assert_eq!(version(&bytes), Some(VERSION));
        // Header, seven numbers, a flag, `{"a":2,"b":1}`.
        assert_eq!(write_as(1, &state()).len(), 52 + 7 * 8 + 1 + 13);
        assert_eq!(write_as(2, &state()).len(), 52 + 8 * 8 + 1 + 13);
    }

    #[test]
    fn versions_are_read_up_to_the_own() {
        assert_eq!(read(&write_as(1, &state())), Ok(state()));
        let newer = read(&write_as(2, &state()));
        assert_eq!(newer, if VERSION == 2 { Ok(state()) } else { Err(Error::NewerVersion(2)) });
    }

    #[test]
    fn each_damage_has_its_name() {
        let good = write(&state());
        let found = good.len() as u64;
        assert_eq!(read(b""), Err(Error::NotASnapshot));
        assert_eq!(read(b"BEGATSNP"), Err(Error::NotASnapshot));
        assert_eq!(read(&good[..11]), Err(Error::WrongLength { expected: 52, found: 11 }));
        assert_eq!(
            read(&good[..good.len() - 1]),
            Err(Error::WrongLength { expected: found, found: found - 1 })
        );
        let mut flipped = good.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(read(&flipped), Err(Error::WrongChecksum));
        let impossible = State { passed: 6, ..state() };
        assert_eq!(
            read(&write_as(1, &impossible)),
            Err(Error::Inconsistent("there are more lines of a kind than lines"))
        );
    }
}
