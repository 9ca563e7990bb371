//! Finds the lines of a stream, and never holds more of one than is allowed.

use std::io::{self, BufRead};

/// How much of a line that is too long is kept, to show which one it was.
const HEAD: usize = 64 << 10;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// It was appended to the buffer, with its newline; a last line without one got one.
    Whole,
    /// It is longer than allowed: how long, its newline not counted. Its head was appended.
    TooLong(u64),
}

/// Appends the next line to `buffer`; `None` at the end. `max` is the length without the newline.
pub fn next(reader: &mut impl BufRead, buffer: &mut Vec<u8>, max: usize) -> io::Result<Option<Line>> {
    let start = buffer.len();
    let mut length = 0_u64;
    let mut too_long = false;
    let mut read_any = false;
    loop {
        let available = match reader.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() && !read_any {
            return Ok(None);
        }
        let newline = memchr::memchr(b'\n', available);
        let (part, _) = available.split_at(newline.unwrap_or(available.len()));
        let ended = newline.is_some() || available.is_empty();
        let used = part.len() + usize::from(newline.is_some());
        read_any = true;

        length += u64::try_from(part.len()).unwrap_or(0);
        let held = buffer.len() - start;
        if !too_long && held + part.len() > max {
            too_long = true;
            let room = HEAD.saturating_sub(held);
            buffer.extend(part.iter().take(room));
            buffer.truncate(start + HEAD.min(buffer.len() - start));
        } else if too_long {
            let room = HEAD.saturating_sub(held);
            buffer.extend(part.iter().take(room));
        } else {
            buffer.extend_from_slice(part);
        }
        reader.consume(used);
        if ended {
            if too_long {
                return Ok(Some(Line::TooLong(length)));
            }
            buffer.push(b'\n');
            return Ok(Some(Line::Whole));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn lines(text: &[u8], read_at_once: usize, max: usize) -> Vec<(Line, Vec<u8>)> {
        let mut reader = BufReader::with_capacity(read_at_once, text);
        let mut found = Vec::new();
        loop {
            let mut buffer = Vec::new();
            match next(&mut reader, &mut buffer, max).unwrap() {
                Some(line) => found.push((line, buffer)),
                None => return found,
            }
        }
    }

    #[test]
    fn the_last_line_gets_its_newline() {
        assert_eq!(lines(b"a\nb", 1, 9), [(Line::Whole, b"a\n".to_vec()), (Line::Whole, b"b\n".to_vec())]);
        assert_eq!(lines(b"", 1, 9), []);
        assert_eq!(lines(b"\n\n", 1, 9), [(Line::Whole, b"\n".to_vec()), (Line::Whole, b"\n".to_vec())]);
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
        for read_at_once in [1, 3, 100] {
            assert_eq!(
                lines(b"12345\n123456\n1\r\n", read_at_once, 5),
                [
                    (Line::Whole, b"12345\n".to_vec()),
                    (Line::TooLong(6), b"123456".to_vec()),
                    (Line::Whole, b"1\r\n".to_vec())
                ]
            );
        }
    }

    #[test]
    fn of_a_line_that_is_too_long_only_the_head_is_held() {
        let mut text = vec![b'x'; 5 << 20];
        text.extend_from_slice(b"\nnext");
        let found = lines(&text, 1 << 16, 1 << 20);
        assert_eq!(found[0], (Line::TooLong(5 << 20), vec![b'x'; HEAD]));
        assert_eq!(found[1], (Line::Whole, b"next\n".to_vec()));
    }
}
