//! The words for misbehaviour: the member `hostile` of a line, read but not acted on.

use std::num::NonZeroU64;
use std::str::FromStr;

/// What a line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdeed {
    /// `loop`: never comes back.
    Loop,
    /// `recurse`: calls itself until the stack is used up.
    Recurse,
    /// `memory`: allocates without end.
    Memory,
    /// `huge:BYTES`: answers with so many blanks in the line's place; `huge`: 256 MiB of them.
    Huge(usize),
    /// `panic`: panics with `hostile panic at line N`, the line's number in its source.
    Panic,
    /// `exit`: asks to end the process.
    Exit,
    /// `trap`: executes `unreachable`, without a word.
    Trap,
    /// `spin:TURNS`: so many turns of work, then all is well.
    Spin(u64),
    /// `refuse`: refuses the batch, as the contract lets it.
    Refuse,
    /// `panic-after:LINES`: panics as `panic` does once so many lines were taken, and at every later one.
    /// Stays in the state.
    PanicAfter(NonZeroU64),
    /// `bad-snapshot`: the next snapshot is announced with a wrong checksum.
    BadSnapshot,
    /// `bad-restore`: traps when this state is restored from a snapshot. Stays in the state.
    BadRestore,
}

/// What `huge` alone answers.
const HUGE: usize = 256 << 20;

impl FromStr for Misdeed {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let unknown = || format!("`{word}` is no misbehaviour of this component");
        Ok(match word.split_once(':') {
            None => match word {
                "loop" => Self::Loop,
                "recurse" => Self::Recurse,
                "memory" => Self::Memory,
                "huge" => Self::Huge(HUGE),
                "panic" => Self::Panic,
                "exit" => Self::Exit,
                "trap" => Self::Trap,
                "refuse" => Self::Refuse,
                "bad-snapshot" => Self::BadSnapshot,
                "bad-restore" => Self::BadRestore,
                _ => return Err(unknown()),
            },
            Some(("huge", bytes)) => Self::Huge(bytes.parse().map_err(|_| unknown())?),
            Some(("spin", turns)) => Self::Spin(turns.parse().map_err(|_| unknown())?),
            Some(("panic-after", lines)) => Self::PanicAfter(lines.parse().map_err(|_| unknown())?),
            Some(_) => return Err(unknown()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_take_numbers_where_they_need_them() {
        assert_eq!("huge".parse(), Ok(Misdeed::Huge(268_435_456)));
        assert_eq!("huge:7".parse(), Ok(Misdeed::Huge(7)));
        assert_eq!("spin:7".parse(), Ok(Misdeed::Spin(7)));
        assert_eq!("panic-after:7".parse(), Ok(Misdeed::PanicAfter(NonZeroU64::new(7).unwrap())));
        for word in ["", "Loop", "loop:1", "spin", "spin:", "spin:-1", "panic-after:0", "huge:1 MiB"] {
            assert_eq!(
                word.parse::<Misdeed>(),
                Err(format!("`{word}` is no misbehaviour of this component"))
            );
        }
    }
}
