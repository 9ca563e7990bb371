//! Hosts and their names: which names mean one machine (SPEC section 0, "host").
//!
//! A short name joins an FQDN only while exactly one FQDN of the tenant begins with it. That can change
//! with any record, so nothing is ever merged for good: [`Hosts::canonical`] is asked anew, and tables
//! that must find records of one machine use the first label, which never changes.

use super::hashing::{Map, Seed};
use crate::text::path::fold;

/// A host's name, folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(u32);

/// The first label of a name: what comes before the first dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelId(u32);

#[derive(Debug)]
struct Host {
    folded: String,
    /// The smallest spelling seen, so that it does not depend on the order of arrival.
    display: String,
    label: LabelId,
}

#[derive(Debug, Default)]
struct Label {
    short: Option<HostId>,
    fqdns: Vec<HostId>,
}

/// All names seen.
#[derive(Debug, Default)]
pub struct Hosts {
    hosts: Vec<Host>,
    labels: Vec<Label>,
    by_name: Map<String, HostId>,
    by_label: Map<String, LabelId>,
    last: Option<(String, HostId)>,
}

/// A host that was noted, and which host's canonical name this changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// The host.
    pub host: HostId,
    /// The short name whose meaning is another one now.
    pub changed: Option<HostId>,
}

impl Hosts {
    /// No names yet.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { by_name: Map::with_hasher(seed), by_label: Map::with_hasher(seed), ..Self::default() }
    }

    /// Notes a name as a record has it.
    pub fn note(&mut self, name: &str) -> Noted {
        // Records of one host come in runs.
        if let Some((last, host)) = &self.last
            && last == name
        {
            return Noted { host: *host, changed: None };
        }
        let trimmed = name.trim().trim_end_matches('.');
        let folded = fold(trimmed);
        let noted = if let Some(&host) = self.by_name.get(&*folded) {
            if let Some(known) = self.hosts.get_mut(host.0 as usize)
                && trimmed < known.display.as_str()
            {
                known.display = trimmed.to_owned();
            }
            Noted { host, changed: None }
        } else {
            self.add(trimmed, folded.into_owned())
        };
        self.last = Some((name.to_owned(), noted.host));
        noted
    }

    fn add(&mut self, display: &str, folded: String) -> Noted {
        // An address is a name of its own, not a label with a domain.
        let is_address = folded.parse::<std::net::IpAddr>().is_ok();
        let first = folded.split('.').next().filter(|_| !is_address).unwrap_or(&folded).to_owned();
        let is_short = first.len() == folded.len();
        let host = HostId(u32::try_from(self.hosts.len()).unwrap_or(u32::MAX));
        let next = LabelId(u32::try_from(self.labels.len()).unwrap_or(u32::MAX));
        let label = *self.by_label.entry(first).or_insert(next);
        if label == next {
            self.labels.push(Label::default());
        }
        self.by_name.insert(folded.clone(), host);
        self.hosts.push(Host { folded, display: display.to_owned(), label });
        let mut changed = None;
        if let Some(label) = self.labels.get_mut(label.0 as usize) {
            if is_short {
                label.short = Some(host);
            } else {
                label.fqdns.push(host);
                // The first FQDN gives the short name a meaning, the second takes it away.
                changed = label.short.filter(|_| label.fqdns.len() <= 2);
            }
        }
        Noted { host, changed }
    }

    /// The host that a name means now.
    #[must_use]
    pub fn canonical(&self, host: HostId) -> HostId {
        match self.label_of(host) {
            Some(label) if label.short == Some(host) => match *label.fqdns.as_slice() {
                [only] => only,
                _ => host,
            },
            _ => host,
        }
    }

    /// Whether two names mean one machine now.
    #[must_use]
    pub fn same(&self, a: HostId, b: HostId) -> bool {
        a == b || self.canonical(a) == self.canonical(b)
    }

    /// The first label.
    #[must_use]
    pub fn label(&self, host: HostId) -> LabelId {
        self.hosts.get(host.0 as usize).map_or(LabelId(u32::MAX), |h| h.label)
    }

    /// Every name that begins with this label.
    #[must_use]
    pub fn of_label(&self, label: LabelId) -> Vec<HostId> {
        self.labels
            .get(label.0 as usize)
            .map(|l| l.short.iter().chain(&l.fqdns).copied().collect())
            .unwrap_or_default()
    }

    /// The name to show for the machine that this name means.
    #[must_use]
    pub fn display(&self, host: HostId) -> &str {
        self.hosts.get(self.canonical(host).0 as usize).map_or("", |h| h.display.as_str())
    }

    /// The name as noted, in its smallest spelling.
    #[must_use]
    pub fn spelling(&self, host: HostId) -> &str {
        self.hosts.get(host.0 as usize).map_or("", |h| h.display.as_str())
    }

    /// The better name of two that claim one process: the longer one, then the smaller text.
    #[must_use]
    pub fn better(&self, a: HostId, b: HostId) -> HostId {
        let rank = |host: HostId| {
            let folded = self.hosts.get(host.0 as usize).map_or("", |h| h.folded.as_str());
            (!folded.contains('.'), folded)
        };
        if rank(b) < rank(a) { b } else { a }
    }

    /// A host by any spelling of its name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<HostId> {
        self.by_name.get(&*fold(name.trim().trim_end_matches('.'))).copied()
    }

    /// Every name noted.
    pub fn all(&self) -> impl Iterator<Item = HostId> + '_ {
        (0..self.hosts.len()).filter_map(|i| u32::try_from(i).ok()).map(HostId)
    }

    /// What is shown of each machine, sorted; records without a host have none.
    #[must_use]
    pub fn displays(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.all().map(|h| self.display(h)).filter(|n| !n.is_empty()).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn label_of(&self, host: HostId) -> Option<&Label> {
        self.labels.get(self.label(host).0 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_joins_its_only_fqdn() {
        let mut hosts = Hosts::default();
        let short = hosts.note("WS1").host;
        let Noted { host: long, changed } = hosts.note("ws1.example.org");
        assert_eq!(changed, Some(short));
        assert!(hosts.same(short, long));
        assert_eq!(hosts.displays(), ["ws1.example.org"]);
    }

    #[test]
    fn a_short_name_of_two_fqdns_is_a_host_of_its_own() {
        let mut hosts = Hosts::default();
        let a = hosts.note("ws1.a.example").host;
        let short = hosts.note("ws1").host;
        assert!(hosts.same(a, short));
        let Noted { host: b, changed } = hosts.note("ws1.b.example");
        assert_eq!(changed, Some(short));
        assert!(!hosts.same(a, short) && !hosts.same(b, short) && !hosts.same(a, b));
    }

    #[test]
    fn the_display_does_not_depend_on_order() {
        for names in [["ws1", "WS1", "Ws1."], ["Ws1.", "ws1", "WS1"]] {
            let mut hosts = Hosts::default();
            names.iter().for_each(|n| {
                hosts.note(n);
            });
            assert_eq!(hosts.displays(), ["WS1"]);
        }
    }

    #[test]
    fn addresses_have_no_labels() {
        let mut hosts = Hosts::default();
        let a = hosts.note("10.0.0.1").host;
        let b = hosts.note("10").host;
        assert!(!hosts.same(a, b));
    }
}
