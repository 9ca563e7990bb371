//! A pack that can be shared: counts of hosts in place of their hashes, and nothing that few hosts did.

use super::fields::IMAGE;
use super::hosts::Hosts;
use super::info::Summary;
use super::rows::{Pack, Within};

impl Pack {
    /// Takes out the hosts' hashes, images that were on fewer hosts than this, and values that were.
    /// Returns how many images and values it dropped.
    pub fn strip(&mut self, min_hosts: u32) -> u64 {
        let min_hosts = u64::from(min_hosts);
        let mut within = Within::new(&self.total);
        let total = within.total;
        let Summary { estimated, .. } = self.summary();
        let mut dropped = 0;
        let mut gone = None;
        self.rows.retain_mut(|(place, tally)| {
            let hosts = within.hosts(*place, tally.executions, tally.hosts.estimate());
            tally.hosts = Hosts::Counted(hosts);
            let is_value = place.value.is_some();
            let drops =
                gone == Some(place.image) || (hosts < min_hosts && (is_value || place.field == IMAGE));
            if drops && place.field == IMAGE {
                gone = Some(place.image);
            }
            dropped += u64::from(drops && (is_value || place.field == IMAGE));
            !drops
        });
        self.total.hosts = Hosts::Counted(total);
        self.was_estimated = estimated;
        self.key = None;
        self.drop_texts();
        dropped
    }

    /// Texts that no row uses any more.
    fn drop_texts(&mut self) {
        let mut used = vec![false; self.texts.len()];
        for (place, _) in &self.rows {
            for text in std::iter::once(place.image).chain(place.value) {
                if let Some(used) = used.get_mut(text as usize) {
                    *used = true;
                }
            }
        }
        let mut next = 0;
        let places: Vec<u32> = used
            .iter()
            .map(|&used| {
                let place = next;
                next += u32::from(used);
                place
            })
            .collect();
        let mut is_used = used.into_iter();
        self.texts.retain(|_| is_used.next().unwrap_or(false));
        for (place, _) in &mut self.rows {
            *place = place.renumbered(&places);
        }
    }
}
