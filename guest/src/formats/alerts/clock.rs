//! Times as vendors write them. What cannot be read is no time: a time is never guessed.

use crate::text::time;

/// What a time depends on beside its text.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// How far the zone of times without zone lies east of UTC, in minutes.
    pub zone_minutes: i64,
    /// Gives the year to times that have none.
    pub received_at: Option<i64>,
}

/// A time that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub millis: i64,
    /// The text has no year: that of the arrival was taken.
    pub year_assumed: bool,
}

const DAY: i64 = 86_400_000;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Clock {
    /// Reads a time: RFC 3339 and its kin, numbers since 1970, `Nov 22 03:00:00`, `December 2, 2021 1:11:41
    /// AM`, `3/30/2022 3:16:40 PM`, `03/04/2020-13:55:05.224939`, each with or without year and zone.
    pub fn read(&self, text: &str) -> Option<Moment> {
        let text = text.trim();
        if text.len() > 64 {
            return None;
        }
        if let Some(millis) = since_1970(text) {
            return Some(Moment { millis, year_assumed: false });
        }
        self.plain(text).or_else(|| self.parts(text))
    }

    /// `2026-11-22T03:00:00Z`, `2026/11/22 03:00:00`, `2026-11-22 03:00:00 +0000`, `... UTC`.
    fn plain(&self, text: &str) -> Option<Moment> {
        let mut iso = text.replacen('/', "-", 2);
        for zone in [" (UTC)", " UTC", " GMT", " Z", "ZZ"] {
            if let Some(rest) = iso.strip_suffix(zone) {
                iso = format!("{rest}Z");
            }
        }
        let read = time::parse(&iso).or_else(|| time::parse(&iso.replace(" +", "+").replace(" -", "-")))?;
        Some(self.moment(read, false))
    }

    /// Day, month, year, clock, half of the day and zone, wherever they stand.
    fn parts(&self, text: &str) -> Option<Moment> {
        let (mut year, mut month, mut day, mut clock) = (None, None, None, None);
        let (mut half, mut zone) = ("", "");
        // Suricata puts a dash between the date and the time.
        let text =
            if text.as_bytes().get(10) == Some(&b'-') { text.replacen('-', " ", 1) } else { text.to_owned() };
        for part in text.split([' ', ',']).filter(|part| !part.is_empty()) {
            let start = part.get(..3).unwrap_or_default().to_ascii_lowercase();
            let number: Option<i64> = if part.len() <= 4 { part.parse().ok() } else { None };
            if part.contains(':') && part.starts_with(|c: char| c.is_ascii_digit()) && clock.is_none() {
                clock = Some(part);
            } else if let Some(index) = MONTHS.iter().position(|m| *m == start) {
                month = i64::try_from(index + 1).ok();
            } else if part.matches('/').count() == 2 {
                // The vendors that write it so are American: month first.
                let mut numbers = part.split('/').map(str::parse::<i64>);
                (month, day, year) = (numbers.next()?.ok(), numbers.next()?.ok(), numbers.next()?.ok());
            } else if let Some(number) = number.filter(|_| !part.starts_with(['+', '-'])) {
                if part.len() == 4 { year = Some(number) } else { day = Some(number) }
            } else if ["am", "pm"].iter().any(|h| part.eq_ignore_ascii_case(h)) {
                half = part;
            } else if ["utc", "gmt", "z"].iter().any(|z| part.eq_ignore_ascii_case(z)) {
                zone = "Z";
            } else if part.starts_with(['+', '-']) && part.len() >= 5 {
                zone = part;
            } else if !DAYS.contains(&&*start) {
                // A zone by name (`CET`) is not known here, and anything else is no part of a time.
                return None;
            }
        }
        let clock = of_half(clock?, half)?;
        let (month, day) = (month?, day?);
        let with_year = |year: i64| {
            if !(0..=9999).contains(&year) {
                return None;
            }
            let read = time::parse(&format!("{year:04}-{month:02}-{day:02} {clock}{zone}"))?;
            Some(self.moment(read, false))
        };
        match year {
            Some(year) => with_year(year),
            None => {
                // The latest year that puts it no more than a day after its arrival; 29 February needs a
                // leap year, the last of which may be eight years ago.
                let received = self.received_at?;
                let this: i64 = time::to_text(received).get(..4)?.parse().ok()?;
                let fits = |m: &Moment| m.millis <= received.saturating_add(DAY);
                let moment = (0..=8).filter_map(|back| with_year(this + 1 - back)).find(fits)?;
                Some(Moment { year_assumed: true, ..moment })
            }
        }
    }

    fn moment(&self, read: time::Reading, year_assumed: bool) -> Moment {
        let west = if read.zoned { 0 } else { self.zone_minutes.saturating_mul(60_000) };
        Moment { millis: read.millis.saturating_sub(west), year_assumed }
    }
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, by the number of digits: each holds the
/// years 2001 to 2286. Seconds may have a fraction.
pub fn since_1970(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        10 => {
            let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
            Some(number * 1000 + millis.parse::<i64>().ok()?)
        }
        13 => Some(number),
        16 => Some(number / 1000),
        19 => Some(number / 1_000_000),
        _ => None,
    }
}

/// A clock with two digits an hour, of 24 hours.
fn of_half(clock: &str, half: &str) -> Option<String> {
    let (hour, rest) = clock.split_once(':')?;
    let hour: u32 = hour.parse().ok()?;
    let hour = match half.to_ascii_lowercase().as_str() {
        "" => hour,
        "am" => hour % 12,
        _ => hour % 12 + 12,
    };
    Some(format!("{hour:02}:{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // 1795316400 is `date -u -d '2026-11-22 03:00' +%s`.
    const RECEIVED: i64 = 1_795_316_400_000;
    const CLOCK: Clock = Clock { zone_minutes: 0, received_at: Some(RECEIVED) };

    fn shown(text: &str) -> Option<String> {
        CLOCK.read(text).map(|moment| time::to_text(moment.millis))
    }

    #[test]
    fn the_vendors_forms_are_read() {
        for (text, is) in [
            ("2026-11-22T03:00:00.5Z", "2026-11-22T03:00:00.500Z"),
            ("2026-11-22T03:00:00.000000ZZ", "2026-11-22T03:00:00.000Z"),
            ("2026-11-22 03:00:00 +0100", "2026-11-22T02:00:00.000Z"),
            ("2020-12-28 19:08:26 UTC", "2020-12-28T19:08:26.000Z"),
            ("2026-02-02 14:10:14 (UTC)", "2026-02-02T14:10:14.000Z"),
            ("2020/10/09 17:43:54", "2020-10-09T17:43:54.000Z"),
            ("1795316400", "2026-11-22T03:00:00.000Z"),
            ("1795316400.25", "2026-11-22T03:00:00.250Z"),
            ("1795316400123", "2026-11-22T03:00:00.123Z"),
            ("1795316400123456", "2026-11-22T03:00:00.123Z"),
            ("1795316400123456789", "2026-11-22T03:00:00.123Z"),
            ("December 2, 2021 1:11:41 AM", "2021-12-02T01:11:41.000Z"),
            ("December 2, 2021 12:11:41 AM", "2021-12-02T00:11:41.000Z"),
            ("3/30/2022 3:16:40 PM", "2022-03-30T15:16:40.000Z"),
            ("03/04/2020-13:55:05.224939", "2020-03-04T13:55:05.224Z"),
            ("Nov 22 2025 03:00:00.123 UTC", "2025-11-22T03:00:00.123Z"),
            ("Thu, 28 May 2020 22:48:15 +0200", "2020-05-28T20:48:15.000Z"),
            ("1601-01-01T00:00:00Z", "1601-01-01T00:00:00.000Z"),
            ("2262-04-11T23:47:16Z", "2262-04-11T23:47:16.000Z"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(is), "{text}");
        }
        for text in [
            "",
            "-",
            "0",
            "yesterday",
            "03:00:00",
            "Nov 31 03:00:00",
            "22",
            "Nov 22 2026 03:00:00 CET",
            "Nov 22 2026 at 03:00:00",
            "133000000000000000",
            "$timestamp",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn a_missing_year_is_the_latest_that_is_not_after_tomorrow() {
        for (text, is) in [
            ("Nov 22 03:00:00", "2026-11-22T03:00:00.000Z"),
            ("Nov 23 02:59:59", "2026-11-23T02:59:59.000Z"),
            ("Nov 23 03:00:01", "2025-11-23T03:00:01.000Z"),
            ("Jan  1 00:00:00", "2026-01-01T00:00:00.000Z"),
            ("Dec 31 23:59:59", "2025-12-31T23:59:59.000Z"),
            ("Feb 29 12:00:00", "2024-02-29T12:00:00.000Z"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(is), "{text}");
            assert!(CLOCK.read(text).unwrap().year_assumed);
        }
        assert!(!CLOCK.read("Nov 22 2026 03:00:00").unwrap().year_assumed);
        assert_eq!(Clock { received_at: None, ..CLOCK }.read("Nov 22 03:00:00"), None);
    }

    #[test]
    fn a_time_without_zone_is_of_the_configured_one() {
        let clock = Clock { zone_minutes: 60, received_at: None };
        let at = |text: &str| clock.read(text).unwrap().millis;
        assert_eq!(at("2026-11-22 04:00:00"), RECEIVED);
        assert_eq!(at("2026-11-22 03:00:00 UTC"), RECEIVED);
        assert_eq!(at("1795316400"), RECEIVED);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}", received in any::<i64>(), zone in any::<i64>()) {
            let _ = Clock { zone_minutes: zone, received_at: Some(received) }.read(&text);
        }

        #[test]
        fn no_near_time_panics(text in "[0-9]{1,5}[/ :-][A-Za-z0-9]{1,5}[/ :-][0-9]{1,5}[ -][0-9:.apmAPMZ+-]{0,12}", received in any::<i64>()) {
            let _ = Clock { zone_minutes: -60, received_at: Some(received) }.read(&text);
        }
    }
}
