//! Points in time, and the three forms in which a flattened recording writes them. The whole story
//! happens on one day, so that no calendar is needed.

/// The day of the story: 2026-09-15, a Tuesday.
const DATE: &str = "2026-09-15";
/// Its first millisecond in UTC, since 1970.
const MIDNIGHT: u64 = 1_789_430_400_000;
/// The hosts' zone is two hours east of UTC, in milliseconds.
const ZONE: u64 = 2 * 3_600_000;

/// Milliseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(u64);

impl Time {
    /// That time of the story's day, UTC, with milliseconds that depend on the second: people do
    /// not click on the full second.
    pub(crate) const fn at(hour: u64, minute: u64, second: u64) -> Self {
        let seconds = (hour * 60 + minute) * 60 + second;
        Self(MIDNIGHT + seconds * 1000 + seconds * 7919 % 1000)
    }

    /// So many milliseconds later.
    pub(crate) const fn plus(self, ms: u64) -> Self {
        Self(self.0 + ms)
    }

    /// Milliseconds from `earlier` to this; zero if it is not earlier.
    pub(crate) const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds since 1970, as Sysmon puts them into its GUIDs.
    pub(crate) const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// `2026-09-15 06:41:07.123`, UTC: Sysmon's `UtcTime`.
    pub(crate) fn sysmon(self) -> String {
        format!("{DATE} {}.{:03}", self.clock(0), self.0 % 1000)
    }

    /// `2026-09-15 08:41:07`, local and without zone: NXLog's `EventTime`.
    pub(crate) fn local(self) -> String {
        format!("{DATE} {}", self.clock(ZONE))
    }

    /// `2026-09-15T06:41:07.123Z`: the collector's `@timestamp`.
    pub(crate) fn shipped(self) -> String {
        format!("{DATE}T{}.{:03}Z", self.clock(0), self.0 % 1000)
    }

    fn clock(self, zone: u64) -> String {
        let seconds = (self.0 - MIDNIGHT + zone) / 1000;
        let (hour, minute) = (seconds / 3600, seconds / 60 % 60);
        format!("{hour:02}:{minute:02}:{:02}", seconds % 60)
    }
}
