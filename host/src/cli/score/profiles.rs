//! The profiles that are asked about: the one of the argument, or those on stdin.

use std::fmt;
use std::io::{self, BufRead, Read};

use serde::de::IgnoredAny;

use crate::input::lines::{self, Line};
use crate::scoring::{Profile, ProfileError};

/// Bytes of one profile: a thousand children with the longest names fit many times over.
const LONGEST: usize = 1 << 20;

/// Where a profile stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Argument,
    /// A line of stdin, from 1.
    Line(u64),
    /// Somewhere on stdin.
    Stdin,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument => f.write_str("begat"),
            Self::Line(line) => write!(f, "stdin:{line}"),
            Self::Stdin => f.write_str("stdin"),
        }
    }
}

/// One profile after the other.
pub(super) enum Profiles<R> {
    Argument(Option<String>),
    /// One on each line, or one over several lines: the first line tells.
    Lines {
        reader: R,
        line: u64,
    },
    /// What remains of those over several lines, the last first.
    Parsed(Vec<Result<Profile, ProfileError>>),
}

impl Profiles<io::StdinLock<'static>> {
    /// For the argument of the command line.
    pub(super) fn of(argument: &str) -> Self {
        match argument {
            "-" => Self::Lines { reader: io::stdin().lock(), line: 0 },
            json => Self::Argument(Some(json.to_owned())),
        }
    }
}

impl<R: BufRead> Iterator for Profiles<R> {
    type Item = (Place, Result<Profile, ProfileError>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Argument(json) => Some((Place::Argument, Profile::parse(json.take()?.as_bytes()))),
            Self::Parsed(rest) => Some((Place::Stdin, rest.pop()?)),
            Self::Lines { reader, line } => {
                let mut text = Vec::new();
                while text.trim_ascii().is_empty() {
                    text.clear();
                    *line += 1;
                    match lines::next(reader, &mut text, LONGEST) {
                        Ok(None) => return None,
                        Ok(Some(Line::Whole)) => {}
                        Ok(Some(Line::TooLong(length))) => {
                            return Some((Place::Line(*line), Err(ProfileError::TooLong(length))));
                        }
                        Err(error) => {
                            *self = Self::Parsed(Vec::new());
                            return Some((Place::Stdin, Err(ProfileError::Unread(error.to_string()))));
                        }
                    }
                }
                // Some programs begin a text with a mark.
                if *line == 1 && text.starts_with(b"\xef\xbb\xbf") {
                    text.drain(..3);
                }
                if *line == 1 && goes_on(&text) {
                    *self = Self::Parsed(several(text, reader));
                    return self.next();
                }
                Some((Place::Line(*line), Profile::parse(&text)))
            }
        }
    }
}

/// A text that ends in the middle of a value.
fn goes_on(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_err_and(|error| error.is_eof())
}

/// Values that are written over several lines, the last first.
fn several(mut text: Vec<u8>, reader: &mut impl BufRead) -> Vec<Result<Profile, ProfileError>> {
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    if let Err(error) = reader.take(most).read_to_end(&mut text) {
        return vec![Err(ProfileError::Unread(error.to_string()))];
    }
    if text.len() > LONGEST {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        return vec![Err(ProfileError::TooLong(length))];
    }
    let mut profiles = Vec::new();
    for value in serde_json::Deserializer::from_slice(&text).into_iter() {
        profiles.push(match value {
            Ok(value) => Profile::of(value),
            Err(error) => Err(ProfileError::Syntax(error.to_string())),
        });
    }
    profiles.reverse();
    profiles
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The images in their order, or what was wrong instead.
    fn read(stdin: &str) -> Vec<(String, String)> {
        let profiles = Profiles::Lines { reader: stdin.as_bytes(), line: 0 };
        profiles
            .map(|(place, profile)| {
                (place.to_string(), profile.map_or_else(|error| error.to_string(), |p| p.execution.image))
            })
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn each_line_is_a_profile_and_a_bad_one_harms_no_other() {
        let found = read("{\"image\":\"a\"}\n\n{\"image\":\"b\"\n{\"image\":\"c\"}");
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], ("stdin:1".into(), "a".into()));
        assert!(found[1].1.starts_with("the profile is no valid JSON: "), "{found:?}");
        assert_eq!((found[1].0.as_str(), &found[2]), ("stdin:3", &("stdin:4".into(), "c".into())));
        assert_eq!(read(""), []);
    }

    #[test]
    fn a_profile_may_be_written_over_several_lines() {
        let pretty = "{\n  \"image\": \"a\"\n}\n{\n  \"image\": \"b\"\n}\n";
        assert_eq!(read(pretty), pairs(&[("stdin", "a"), ("stdin", "b")]));
        let cut = read("{\n  \"image\": \"a\"\n");
        assert_eq!(cut.len(), 1);
        assert!(cut[0].1.starts_with("the profile is no valid JSON: EOF"), "{cut:?}");
    }

    #[test]
    fn a_profile_has_an_end() {
        let long = format!("{{\"image\":\"{}\"}}\n{{\"image\":\"b\"}}\n", "a".repeat(LONGEST));
        let found = read(&long);
        assert_eq!(found[0].1, "the profile has 1048588 bytes, at most 1048576 are allowed");
        assert_eq!(found[1].1, "b");
        let open = "{\n".to_owned() + &" ".repeat(2 * LONGEST);
        assert!(read(&open)[0].1.contains("at most 1048576 are allowed"));
    }
}
