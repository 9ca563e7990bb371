//! Writes the example recording of `examples/data`: a synthetic day of three Windows hosts, the same
//! bytes every time. With `--truth` it writes what is true of that day instead, from the story's own
//! model and not from the events, so that begat can be compared with something that is not begat.
//!
//! `begat-example-recording [--truth] [FILE]`; without a file it writes to standard output.

mod model;
mod recording;
mod story;
mod truth;

use std::io::Write;

use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let (flags, files): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    if files.len() > 1 || flags.iter().any(|flag| flag != "--truth") {
        bail!("usage: begat-example-recording [--truth] [FILE]");
    }
    let story = story::tell();
    truth::check::all(&story).context("the story contradicts itself")?;
    let text = if flags.is_empty() { recording::write(&story) } else { truth::write(&story) };
    match files.first() {
        Some(file) => std::fs::write(file, text).with_context(|| format!("write {file}")),
        None => std::io::stdout().write_all(text.as_bytes()).context("write to standard output"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use anyhow::{Context, Result, ensure};

    use super::{recording, story, truth};

    fn checked_in(name: &str) -> Result<String> {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../data").join(name);
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    }

    #[test]
    fn the_story_keeps_its_own_rules() -> Result<()> {
        truth::check::all(&story::tell())
    }

    #[test]
    fn the_checked_in_recording_is_what_is_written() -> Result<()> {
        // Not assert_eq: two megabytes would be printed.
        let same = recording::write(&story::tell()) == checked_in("recording.ndjson")?;
        ensure!(same, "run the generator and commit its output");
        Ok(())
    }

    #[test]
    fn the_checked_in_truth_is_what_is_written() -> Result<()> {
        let same = truth::write(&story::tell()) == checked_in("truth.json")?;
        ensure!(same, "run the generator with --truth and commit its output");
        Ok(())
    }
}
