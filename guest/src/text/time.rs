//! Times as milliseconds since 1970-01-01T00:00:00Z, read from and written as RFC 3339.

/// A time that was read, and whether its text named a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Milliseconds; of a text without zone, as if it were UTC.
    pub millis: i64,
    /// The text ended in `Z` or an offset.
    pub zoned: bool,
}

/// Reads `YYYY-MM-DD?hh:mm:ss[.f][Z|±hh:mm]`, the separator a `T` or a blank.
///
/// Digits beyond milliseconds are cut off. Anything else is `None`: a time is never guessed.
#[must_use]
pub fn parse(text: &str) -> Option<Reading> {
    let bytes = text.trim().as_bytes();
    let (date, rest) = bytes.split_at_checked(10)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
    let year = number(&[y1, y2, y3, y4])?;
    let (month, day) = (number(&[m1, m2])?, number(&[d1, d2])?);
    let (clock, rest) = rest.split_at_checked(9)?;
    let [b'T' | b't' | b' ', h1, h2, b':', i1, i2, b':', s1, s2] = *clock else { return None };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[i1, i2])?, number(&[s1, s2])?);
    if !(1..=12).contains(&month)
        || day < 1
        || day > days_in(year, month)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let (fraction, rest) = fraction(rest)?;
    let offset = offset_minutes(rest)?;
    let days = days_from_civil(year, month, day);
    let seconds = ((days * 24 + hour) * 60 + minute - offset.unwrap_or(0)) * 60 + second;
    Some(Reading { millis: seconds * 1000 + fraction, zoned: offset.is_some() })
}

/// Appends `YYYY-MM-DDThh:mm:ss.mmmZ`.
pub fn push(out: &mut String, millis: i64) {
    let (days, of_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (year, month, day) = civil_from_days(days);
    let (seconds, ms) = (of_day / 1000, of_day % 1000);
    let parts = [(seconds / 3600, ':'), (seconds / 60 % 60, ':'), (seconds % 60, '.')];
    push_padded(out, year, 4);
    out.push('-');
    push_padded(out, month, 2);
    out.push('-');
    push_padded(out, day, 2);
    out.push('T');
    for (value, after) in parts {
        push_padded(out, value, 2);
        out.push(after);
    }
    push_padded(out, ms, 3);
    out.push('Z');
}

/// The time as text, see [`push`].
#[must_use]
pub fn to_text(millis: i64) -> String {
    let mut out = String::with_capacity(24);
    push(&mut out, millis);
    out
}

fn push_padded(out: &mut String, value: i64, width: usize) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value.unsigned_abs());
    if value < 0 {
        out.push('-');
    }
    for _ in digits.len()..width {
        out.push('0');
    }
    out.push_str(digits);
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |n, &b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
}

/// Milliseconds of an optional `.f`, and what follows it.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(count)?;
    if digits.is_empty() {
        return None;
    }
    let mut millis = 0;
    for place in 0..3 {
        millis = millis * 10 + digits.get(place).map_or(0, |&b| i64::from(b - b'0'));
    }
    Some((millis, rest))
}

/// `Some(None)` without a zone.
#[allow(clippy::option_option, reason = "the outer one is failure, the inner one absence")]
fn offset_minutes(rest: &[u8]) -> Option<Option<i64>> {
    match *rest {
        [] => Some(None),
        [b'Z' | b'z'] => Some(Some(0)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            let minutes = number(&[h1, h2])? * 60 + number(&[m1, m2])?;
            (minutes < 24 * 60).then_some(Some(if sign == b'-' { -minutes } else { minutes }))
        }
        _ => None,
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, counted in 400-year eras
/// that begin on the first of March, so that the leap day is a year's last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_instants_are_read() {
        // Checked with `date -u -d @1603355392 +%FT%TZ` and its kin.
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("2020-10-22 08:29:52.016", 1_603_355_392_016),
            ("2020-10-22T08:29:52.0169999Z", 1_603_355_392_016),
            ("2020-10-22T10:29:52+02:00", 1_603_355_392_000),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
        ];
        for (text, millis) in cases {
            assert_eq!(parse(text).map(|r| r.millis), Some(millis), "{text}");
        }
        assert!(!parse("2020-10-22 08:29:52.016").unwrap().zoned);
        assert!(parse("2020-10-22T10:29:52+02:00").unwrap().zoned);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "-",
            "yesterday",
            "2020-13-01T00:00:00Z",
            "2021-02-29 00:00:00",
            "2020-10-22T08:29",
            "2020-10-22T08:29:52.Z",
            "1603355392",
            "2020-10-22T24:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(millis in -62_135_596_800_000_i64..253_402_300_800_000) {
            prop_assert_eq!(parse(&to_text(millis)), Some(Reading { millis, zoned: true }));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
