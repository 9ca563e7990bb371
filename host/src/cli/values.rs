//! Values of options: sizes, durations and times, with errors that say what would be right; clap says before them
//! what was given.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `65536`, `64K`, `1M`, `2G`: powers of 1024. `KiB`, `MiB`, `GiB` are the same.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let wrong = || "write bytes as 65536, 64K, 1M or 2G".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = text.split_at(digits.len());
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let shift = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kib" => 10,
        "m" | "mib" => 20,
        "g" | "gib" => 30,
        _ => return Err(wrong()),
    };
    match number.checked_mul(1 << shift) {
        Some(0) => Err(format!("0 allows nothing: {}", wrong())),
        size => size.ok_or_else(wrong),
    }
}

/// A [`size`] that memory can hold.
pub(super) fn length(text: &str) -> Result<usize, String> {
    usize::try_from(size(text)?).map_err(|_| "this machine cannot address as much".to_owned())
}

/// Bytes of memory for the component, as a [`size`].
pub(super) fn memory(text: &str) -> Result<u64, String> {
    at_most(size(text)?, 4 << 30, "4G")
}

/// A value with an end.
pub(super) fn at_most<T: PartialOrd>(value: T, most: T, shown: &str) -> Result<T, String> {
    if value <= most { Ok(value) } else { Err(format!("at most {shown} is allowed")) }
}

/// `500ms`, `30s`, `2m`; a bare number is seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a duration as 500ms, 30s or 2m".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = text.split_at(digits.len());
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "" | "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60).ok_or_else(wrong)?),
        _ => return Err(wrong()),
    };
    if duration.is_zero() { Err(format!("0 allows nothing: {}", wrong())) } else { Ok(duration) }
}

/// 1973, below which a number is rather in seconds, and the year 5138, above which it is rather in
/// microseconds.
const PLAUSIBLE: std::ops::RangeInclusive<i64> = 100_000_000_000..=100_000_000_000_000;

/// RFC 3339, or milliseconds since 1970; the result is the latter.
pub(super) fn time(text: &str) -> Result<i64, String> {
    if let Ok(milliseconds) = text.parse::<i64>() {
        return if PLAUSIBLE.contains(&milliseconds) {
            Ok(milliseconds)
        } else {
            Err("as milliseconds since 1970 this is not plausible: is it in another unit?".to_owned())
        };
    }
    let time: Result<jiff::Timestamp, _> = text.parse();
    time.map(jiff::Timestamp::as_millisecond)
        .map_err(|_| "write a time as 2026-01-31T12:00:00Z or in milliseconds since 1970".to_owned())
}

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// Milliseconds back.
    Ago(i64),
    /// Milliseconds since 1970.
    At(i64),
}

/// `7d`, `12h`, `30m`, a day, which begins in UTC, or a [`time`].
pub(super) fn since(text: &str) -> Result<Since, String> {
    let wrong = || "write 7d, 12h or 30m, a day as 2026-01-31, or a time as 2026-01-31T12:00:00Z".to_owned();
    if let Ok(day) = text.parse::<jiff::civil::Date>()
        && text.len() == "2026-01-31".len()
    {
        let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| wrong())?;
        return Ok(Since::At(midnight.timestamp().as_millisecond()));
    }
    let number = text.trim_end_matches(['d', 'h', 'm']);
    let unit: i64 = match text.get(number.len()..) {
        Some("d") => 86_400_000,
        Some("h") => 3_600_000,
        Some("m") => 60_000,
        _ => return time(text).map(Since::At).map_err(|_| wrong()),
    };
    let span = number.parse::<u32>().ok().and_then(|number| i64::from(number).checked_mul(unit));
    span.filter(|span| *span > 0).map(Since::Ago).ok_or_else(wrong)
}

/// The clock on the wall, in milliseconds since 1970.
pub(super) fn clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A decimal number, as it is written.
pub(super) fn decimal(text: &str) -> Result<String, String> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) && digits(decimals) {
        Ok(text.to_owned())
    } else {
        Err("write a number as 10 or 0.5".into())
    }
}

/// A process id.
pub(super) fn process_id(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("write a number from 0 to {}", u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("65536"), Ok(65_536));
        assert_eq!(size("64K"), Ok(65_536));
        assert_eq!(size("1MiB"), Ok(1 << 20));
        assert_eq!(size("2g"), Ok(2 << 30));
        for wrong in ["", "K", "1.5M", "-1", "0", "64Q", "99999999999G", "ü"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("30"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "0s", "1h", "-1s", "99999999999999999999", "999999999999999999m"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_beginning_is_a_span_a_day_or_a_time() {
        assert_eq!(since("7d"), Ok(Since::Ago(7 * 86_400_000)));
        assert_eq!(since("12h"), Ok(Since::Ago(12 * 3_600_000)));
        assert_eq!(since("30m"), Ok(Since::Ago(30 * 60_000)));
        // 1476350910397 is 09:28:30.397 of that day: 34,110.397 seconds after midnight.
        assert_eq!(since("2016-10-13"), Ok(Since::At(1_476_350_910_397 - 34_110_397)));
        assert_eq!(since("2016-10-13T09:35:10.397Z"), Ok(Since::At(1_476_351_310_397)));
        for wrong in ["", "d", "0d", "-1d", "7 d", "1.5h", "7w", "yesterday", "2016-13-01", "99999999999d"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn decimals() {
        for right in ["0", "10", "0.5", "16.80"] {
            assert_eq!(decimal(right).as_deref(), Ok(right));
        }
        for wrong in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "NaN"] {
            assert!(decimal(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(time("2016-10-13T09:35:10.397Z"), Ok(1_476_351_310_397));
        assert_eq!(time("2016-10-13T11:35:10.397+02:00"), Ok(1_476_351_310_397));
        assert_eq!(time("1476350910397"), Ok(1_476_350_910_397));
        assert!(time("1476350910").unwrap_err().contains("another unit"), "seconds");
        assert!(time("1476350910397000").unwrap_err().contains("another unit"), "microseconds");
        assert!(time("yesterday").is_err());
        assert!(time("2016-10-13").is_err());
    }
}
