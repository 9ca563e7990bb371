//! A progress bar on stderr, where it helps and disturbs nobody.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal;
use crate::input::Source;

/// How often it is drawn anew.
const FRAME: Duration = Duration::from_millis(200);

/// A bar, or nothing.
pub(super) struct Progress {
    bar: ProgressBar,
    read: Arc<AtomicU64>,
}

impl Progress {
    /// A bar over the sources' bytes. It is hidden unless stderr is a terminal, and also when annotated
    /// lines go to a terminal: the two would overwrite each other.
    pub(super) fn new(sources: &[Source], lines_to_stdout: bool, quiet: bool) -> Self {
        let shown = !quiet
            && std::io::stderr().is_terminal()
            && !(lines_to_stdout && std::io::stdout().is_terminal());
        let read = Arc::new(AtomicU64::new(0));
        if !shown {
            return Self { bar: ProgressBar::hidden(), read };
        }
        let total: Option<u64> = sources.iter().map(Source::size).sum();
        let (bar, template) = match total {
            Some(total) => {
                (ProgressBar::new(total), "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left")
            }
            None => (ProgressBar::new_spinner(), "{spinner} {bytes} read, {bytes_per_sec}"),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(FRAME);
        Self { bar, read }
    }

    /// What readers add their bytes to.
    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// Moves the bar to what was read.
    pub(super) fn update(&self) {
        if !self.bar.is_hidden() {
            self.bar.set_position(self.read.load(Ordering::Relaxed));
        }
    }

    /// A line on stderr, above the bar.
    pub(super) fn say(&self, line: &str) {
        self.bar.suspend(|| terminal::say(line));
    }

    /// Takes the bar away; returns how many bytes were read.
    pub(super) fn finish(self) -> u64 {
        self.bar.finish_and_clear();
        self.read.load(Ordering::Relaxed)
    }
}
