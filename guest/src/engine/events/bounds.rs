//! Staying within `limits.events` and `causality.keep`, and following what becomes of processes and hosts.

use super::FactKind;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Strings;

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

impl State {
    /// Makes room where more facts are held than the limit says: the oldest go, until a quarter is free.
    pub(in crate::engine) fn evict_events(&mut self) {
        let limit = usize::try_from(self.config.limits.events).unwrap_or(usize::MAX);
        if self.events.len() > limit {
            let keep = limit - limit / 4;
            let mut times: Vec<i64> = self.events.facts.iter().map(|fact| fact.told.time).collect();
            let goes = times.len().saturating_sub(keep + 1);
            let (_, &mut oldest, _) = times.select_nth_unstable(goes);
            // All of one moment go or stay together, so that it does not depend on arrival which do.
            let before = self.events.len();
            self.events.retain(|fact| fact.told.time > oldest);
            self.events.evicted += (before - self.events.len()) as u64;
            self.events.drop_texts();
            // Of two that fitted equally well one may be left.
            self.alerts.watch.touch_all();
        }
    }

    /// From when on facts are kept: whole days, so that little work keeps it exact whatever the order is.
    pub(in crate::engine) fn events_since(&self) -> i64 {
        let oldest = self.now.saturating_sub(self.config.causality.kept());
        oldest.div_euclid(DAY).saturating_mul(DAY)
    }

    /// Lets go what is older than is to be kept.
    pub(in crate::engine) fn age_events(&mut self) {
        let since = self.events_since();
        if since > self.events.since {
            self.events.since = since;
            if self.events.facts.iter().any(|fact| fact.told.time < since) {
                self.events.retain(|fact| fact.told.time >= since);
                self.events.drop_texts();
                self.alerts.watch.touch_all();
            }
        }
    }

    /// Rows are gone; their numbers will mean others. Of what they did their paths stay.
    pub(in crate::engine) fn forget_rows_of_events(&mut self, is_gone: impl Fn(RowId) -> bool) {
        let Self { events, table, images, .. } = self;
        for fact in &mut events.facts {
            if let Some(row) = fact.told.row.filter(|&row| is_gone(row)) {
                let row = table.row(row);
                fact.told.row = None;
                fact.told.pid = row.pid.unwrap_or(0);
                if let Some(image) = row.image() {
                    fact.told.image = events.texts.intern(images.path(image));
                }
            }
            fact.told.other = fact.told.other.filter(|&row| !is_gone(row));
        }
        // A start tells of its row alone.
        events.facts.retain(|fact| fact.told.kind != FactKind::Start || fact.told.row.is_some());
        events.renumber();
    }
}

impl super::Events {
    /// Keeps only texts that facts name.
    fn drop_texts(&mut self) {
        let old = std::mem::replace(&mut self.texts, Strings::new(self.seed));
        for fact in &mut self.facts {
            for sym in fact.told.texts.iter_mut().chain([&mut fact.told.image, &mut fact.source]) {
                *sym = self.texts.intern(old.get(*sym));
            }
        }
        self.renumber();
    }
}
