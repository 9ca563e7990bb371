//! What is said of lines and files that cannot be used, while they are read.

use super::progress::Progress;
use super::terminal::{self, harmless};
use crate::run::Notice;

/// Bad lines that are shown whole; the report has them all.
const SHOWN: u64 = 10;

/// Which notices were shown, so that a million bad lines do not bury the rest.
#[derive(Debug, Default)]
pub(super) struct Shown {
    rejected: u64,
    repaired: u64,
}

impl Shown {
    /// Says it on stderr, above the bar.
    pub(super) fn show(&mut self, notice: Notice<'_>, progress: &Progress, quiet: bool) {
        let (count, noted) = match notice {
            Notice::Unread(u) => {
                let at = if u.line > 1 { format!(":{}", u.line) } else { String::new() };
                return progress.say(&harmless(&format!("begat: {}{at}: {}", u.file, u.message)));
            }
            Notice::Rejected(noted) => (&mut self.rejected, noted),
            Notice::Repaired(noted) => (&mut self.repaired, noted),
        };
        *count += 1;
        if *count <= SHOWN && !quiet {
            progress.say(&harmless(&format!("{}:{}: {}", noted.file, noted.line, noted.message)));
        }
    }

    /// How many there were of those that were not shown.
    pub(super) fn rest(&self) {
        for (count, what) in [(self.rejected, "rejected"), (self.repaired, "not UTF-8 and repaired")] {
            if count > SHOWN {
                terminal::say(&format!(
                    "begat: {count} lines were {what}; `begat run --report FILE` lists them"
                ));
            }
        }
    }
}
