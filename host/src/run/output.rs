//! Where annotated lines go.

use std::io::{self, BufWriter, ErrorKind, Write};

/// One write for several batches: a system call for each line would cost more than the analysis.
const BUFFER: usize = 1 << 20;

/// A buffered writer that knows when nobody listens any more.
pub struct Output<'a> {
    writer: Option<BufWriter<Box<dyn Write + 'a>>>,
}

impl<'a> Output<'a> {
    /// Lines go to `writer`.
    pub fn to(writer: impl Write + 'a) -> Self {
        Self { writer: Some(BufWriter::with_capacity(BUFFER, Box::new(writer))) }
    }

    /// Lines go nowhere.
    #[must_use]
    pub fn none() -> Self {
        Self { writer: None }
    }

    /// Whether anybody listens. `| head` stops after some lines, and that is no error.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.writer.is_some()
    }

    /// Writes whole lines.
    pub fn write(&mut self, lines: &str) -> io::Result<()> {
        self.attempt(|writer| writer.write_all(lines.as_bytes()))
    }

    /// Hands on what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.attempt(BufWriter::flush)
    }

    fn attempt(
        &mut self,
        work: impl FnOnce(&mut BufWriter<Box<dyn Write + 'a>>) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let result = work(writer);
        if result.is_err() {
            // Not flushed once more when dropped: that would fail again.
            if let Some(writer) = self.writer.take() {
                drop(writer.into_parts());
            }
        }
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_closes_quietly_and_a_full_disk_does_not() {
        let mut output = Output::to(Failing(ErrorKind::BrokenPipe));
        output.write("a\n").unwrap();
        output.flush().unwrap();
        assert!(!output.is_open());

        let mut output = Output::to(Failing(ErrorKind::StorageFull));
        output.write("a\n").unwrap();
        assert_eq!(output.flush().unwrap_err().kind(), ErrorKind::StorageFull);
    }
}
