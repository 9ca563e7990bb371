//! The header of a syslog line: RFC 3164, RFC 5424, and what lies between them in the wild (a priority
//! without either, an ISO time without the version, a second header inside the first).

use super::clock::{Clock, Moment};

/// A line without its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The header's time.
    pub time: Option<Moment>,
    /// Program or application, without process id; empty where the header has none.
    pub program: &'a str,
    /// The host; empty where the header has none.
    pub host: &'a str,
    /// All that follows the host, or all where there is no header.
    pub rest: &'a str,
}

/// Cuts the header off.
pub fn read<'a>(line: &'a str, clock: &Clock) -> Line<'a> {
    let text = priority(line.trim()).trim_start();
    let versioned = text.strip_prefix("1 ").map(str::trim_start);
    let found = iso(versioned.unwrap_or(text), clock).or_else(|| bsd(text, clock));
    let Some((time, after)) = found else { return Line { time: None, program: "", host: "", rest: text } };
    let (host, rest) = host(after);
    Line { time: Some(time), program: program(rest), host, rest }
}

/// What follows `<134>`.
fn priority(line: &str) -> &str {
    let inside = line.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    match inside {
        Some((number, rest))
            if (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            rest
        }
        _ => line,
    }
}

/// An ISO time up to the next blank.
fn iso<'a>(text: &'a str, clock: &Clock) -> Option<(Moment, &'a str)> {
    let (first, rest) = text.split_once(char::is_whitespace)?;
    let is_iso = first.len() >= 19 && first.as_bytes().get(10).is_some_and(|b| *b == b'T');
    let moment = is_iso.then(|| clock.read(first.trim_end_matches(',')))??;
    Some((moment, rest.trim_start()))
}

/// `Nov 22 03:00:00`, with the year before or after the clock, or without.
fn bsd<'a>(text: &'a str, clock: &Clock) -> Option<(Moment, &'a str)> {
    let text = text.trim_start_matches(':');
    let mut ends = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]).skip(2).take(4);
    // The longest beginning that is a time: a day below ten brings a blank of its own.
    let longest = ends.by_ref().filter_map(|end| {
        let (time, rest) = text.split_at_checked(end)?;
        let time = time.trim_end_matches([':', ',']);
        let is_time = time.get(..1)?.bytes().all(|b| b.is_ascii_uppercase())
            && time.rsplit(' ').next().is_some_and(|last| last.contains(':') || last == "UTC");
        Some((clock.read(is_time.then_some(time)?)?, rest.trim_start()))
    });
    longest.last()
}

/// The host and what follows it; the host is a word that is no key, no format's mark and no program's tag.
fn host(text: &str) -> (&str, &str) {
    let Some((word, rest)) = text.split_once(char::is_whitespace) else { return ("", text) };
    let is_host = !word.contains(['=', '|', '{', '"', ',']) && !word.ends_with(':') && !word.contains("CEF:");
    let has_tag = word.ends_with(']');
    if is_host && !has_tag { (word, rest.trim_start()) } else { ("", text) }
}

/// `sshd` of `sshd[7]: text`, of `sshd: text`, and the application of RFC 5424.
fn program(rest: &str) -> &str {
    let word = rest.split(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_end_matches(':');
    let word = word.split_once('[').map_or(word, |(name, _)| name);
    if word.contains(['=', '{', '|']) { "" } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::time;

    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: Some(1_795_316_400_000) };

    #[test]
    fn headers_of_all_kinds_are_cut_off() {
        let stamp = Some("2026-11-22T03:00:00.000Z");
        for (line, time, program, rest) in [
            ("<13>Nov 22 03:00:00 ws7 sshd[7]: text", stamp, "sshd", "sshd[7]: text"),
            ("<13> Nov 22 03:00:00 ws7 app: a=b", stamp, "app", "app: a=b"),
            ("Nov 22 03:00:00 ws7 CEF:0|x", stamp, "CEF:0", "CEF:0|x"),
            ("<13>Nov 22 2026 03:00:00 ws7 text", stamp, "text", "text"),
            ("<13>1 2026-11-22T03:00:00Z ws7 app 7 - - text", stamp, "app", "app 7 - - text"),
            (
                "<13> 2026-11-22T03:00:00.000000Z ws7 app 7 - [x@1 a=\"b\"]",
                stamp,
                "app",
                "app 7 - [x@1 a=\"b\"]",
            ),
            ("<13>date=2026-11-22 time=03:00:00 a=b", None, "", "date=2026-11-22 time=03:00:00 a=b"),
            ("<13> Nov 22 03:00:00 date=2026-11-22 a=b", stamp, "", "date=2026-11-22 a=b"),
            ("CEF:0|x", None, "", "CEF:0|x"),
            ("<1234>x", None, "", "<1234>x"),
            ("", None, "", ""),
        ] {
            let read = super::read(line, &CLOCK);
            assert_eq!(read.time.map(|t| time::to_text(t.millis)).as_deref(), time, "{line}");
            assert_eq!(read.rest, rest, "{line}");
            if program != "CEF:0" {
                assert_eq!(read.program, program, "{line}");
            }
        }
    }

    #[test]
    fn a_single_digit_day_has_a_blank_before_it() {
        let read = super::read("<13>Mar  4 14:14:30 mail auth: x", &CLOCK);
        assert_eq!(read.time.map(|t| time::to_text(t.millis)).as_deref(), Some("2026-03-04T14:14:30.000Z"));
        assert_eq!((read.program, read.rest), ("auth", "auth: x"));
        assert!(read.time.unwrap().year_assumed);
    }
}
