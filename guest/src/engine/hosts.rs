//! Hosts and their names: which names mean one machine (SPEC section 0, "host").
//!
//! A short name joins an FQDN only while exactly one FQDN of the tenant begins with it. That can change
//! with any record, so nothing is ever merged for good: [`Hosts::canonical`] is asked anew, and tables
//! that must find records of one machine use the first label, which never changes.
//!
//! A name belongs to the environment of its records: the same name in two environments is two hosts, since
//! two networks may well have a `dc01` each.

use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::hashing::{Map, Seed};
use super::pseudonyms::Pseudonyms;
use super::strings::Sym;
use crate::text::path::fold;

/// A host's name, folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(u32);

impl HostId {
    /// The least, for ranges.
    pub(super) const FIRST: Self = Self(0);
    /// The greatest, for ranges.
    pub(super) const LAST: Self = Self(u32::MAX);

    /// Its number, for hashing.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// Its number, for arrays that stand beside the hosts.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The first label of a name: what comes before the first dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelId(u32);

#[derive(Debug)]
struct Host {
    environment: Sym,
    folded: String,
    /// The smallest spelling seen, so that it does not depend on the order of arrival.
    display: String,
    label: LabelId,
    opaque: bool,
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
    /// By environment, name and kind: names of recorded profiles stand as they came, others folded.
    by_name: HashTable<HostId>,
    by_label: Map<(Sym, String), LabelId>,
    environments: Vec<Sym>,
    pseudonyms: Option<Pseudonyms>,
    last: Option<(Sym, String, HostId)>,
    seed: Seed,
}

/// A host that was noted, and which host's canonical name this changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// The host.
    pub host: HostId,
    /// The short name whose meaning is another one now.
    pub changed: Option<HostId>,
    /// It is shown in another spelling now.
    pub respelled: bool,
}

impl Hosts {
    /// No names yet.
    #[must_use]
    pub fn new(seed: Seed, pseudonyms: Option<Pseudonyms>) -> Self {
        Self { by_label: Map::with_hasher(seed), pseudonyms, seed, ..Self::default() }
    }

    /// Notes a name as a record has it.
    pub fn note(&mut self, environment: Sym, name: &str) -> Noted {
        // Records of one host come in runs.
        if let Some((of, last, host)) = &self.last
            && *of == environment
            && last == name
        {
            return Noted { host: *host, changed: None, respelled: false };
        }
        let trimmed = name.trim().trim_end_matches('.');
        let noted = match self.pseudonyms.as_ref().map(|pseudonyms| pseudonyms.host(trimmed)) {
            Some(name) => self.keep(environment, &name),
            None => self.keep(environment, trimmed),
        };
        let (_, mut last, _) = self.last.take().unwrap_or((environment, String::new(), noted.host));
        last.clear();
        last.push_str(name);
        self.last = Some((environment, last, noted.host));
        noted
    }

    /// Notes a name as it is kept.
    pub fn keep(&mut self, environment: Sym, trimmed: &str) -> Noted {
        let folded = fold(trimmed);
        if let Some(host) = self.find_in(environment, &folded) {
            let mut respelled = false;
            if let Some(known) = self.hosts.get_mut(host.index())
                && trimmed < known.display.as_str()
            {
                known.display = trimmed.to_owned();
                respelled = true;
            }
            Noted { host, changed: None, respelled }
        } else {
            self.add(environment, trimmed, folded.into_owned())
        }
    }

    fn add(&mut self, environment: Sym, display: &str, folded: String) -> Noted {
        let first = first_label(&folded).to_owned();
        let is_short = first.len() == folded.len();
        let host = HostId(u32::try_from(self.hosts.len()).unwrap_or(u32::MAX));
        let next = LabelId(u32::try_from(self.labels.len()).unwrap_or(u32::MAX));
        let label = *self.by_label.entry((environment, first)).or_insert(next);
        if label == next {
            self.labels.push(Label::default());
        }
        self.enter(Host { environment, folded, display: display.to_owned(), label, opaque: false });
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
        Noted { host, changed, respelled: false }
    }

    /// Notes the name of a recorded profile: nobody interprets it, and it never means another host.
    pub fn note_opaque(&mut self, environment: Sym, name: &str) -> HostId {
        match self.pseudonyms.as_ref().map(|pseudonyms| pseudonyms.user(name)) {
            Some(name) => self.keep_opaque(environment, &name),
            None => self.keep_opaque(environment, name),
        }
    }

    /// Notes such a name as it is kept.
    pub fn keep_opaque(&mut self, environment: Sym, name: &str) -> HostId {
        if let Some(host) = self.find_kept(environment, name, true) {
            return host;
        }
        let host = HostId(u32::try_from(self.hosts.len()).unwrap_or(u32::MAX));
        let label = LabelId(u32::try_from(self.labels.len()).unwrap_or(u32::MAX));
        self.labels.push(Label::default());
        let (folded, display) = (name.to_owned(), name.to_owned());
        self.enter(Host { environment, folded, display, label, opaque: true });
        host
    }

    fn enter(&mut self, host: Host) {
        if !self.environments.contains(&host.environment) {
            self.environments.push(host.environment);
        }
        let id = HostId(u32::try_from(self.hosts.len()).unwrap_or(u32::MAX));
        let key =
            |seed: &Seed, host: &Host| seed.hash_one((host.environment, host.folded.as_str(), host.opaque));
        let hash = key(&self.seed, &host);
        self.hosts.push(host);
        let Self { hosts, by_name, seed, .. } = self;
        by_name.insert_unique(hash, id, |id| {
            hosts.get(id.index()).map(|host| key(seed, host)).unwrap_or_default()
        });
    }

    /// The host of a recorded profile.
    #[must_use]
    pub fn find_opaque(&self, name: &str, environment: Sym) -> Option<HostId> {
        let hashed = self.pseudonyms.as_ref().map(|pseudonyms| pseudonyms.user(name));
        self.find_kept(environment, hashed.as_deref().unwrap_or(name), true)
    }

    /// Environments that have hosts, in the order in which they came.
    #[must_use]
    pub fn environments(&self) -> &[Sym] {
        &self.environments
    }

    /// Whether it is known from recorded profiles alone.
    #[must_use]
    pub fn is_opaque(&self, host: HostId) -> bool {
        self.hosts.get(host.index()).is_some_and(|host| host.opaque)
    }

    fn find_in(&self, environment: Sym, folded: &str) -> Option<HostId> {
        self.find_kept(environment, folded, false)
    }

    fn find_kept(&self, environment: Sym, name: &str, opaque: bool) -> Option<HostId> {
        let is = |id: &HostId| {
            let host = self.hosts.get(id.index());
            host.is_some_and(|h| h.opaque == opaque && h.environment == environment && h.folded == name)
        };
        self.by_name.find(self.seed.hash_one((environment, name, opaque)), is).copied()
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

    /// The names that mean the same machine now.
    pub fn names_of(&self, host: HostId) -> impl Iterator<Item = HostId> + use<> {
        let canonical = self.canonical(host);
        let short = self.label_of(canonical).and_then(|label| label.short);
        let short = short.filter(|&short| short != canonical && self.canonical(short) == canonical);
        std::iter::once(canonical).chain(short)
    }

    /// The first label.
    #[must_use]
    pub fn label(&self, host: HostId) -> LabelId {
        self.hosts.get(host.0 as usize).map_or(LabelId(u32::MAX), |h| h.label)
    }

    /// The text of it: of an address the whole.
    #[must_use]
    pub fn first_label(&self, host: HostId) -> &str {
        self.hosts.get(host.index()).map_or("", |host| first_label(&host.folded))
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

    /// Whether records name it: all those of an environment that name no host are of one without a name.
    #[must_use]
    pub fn has_name(&self, host: HostId) -> bool {
        !self.spelling(host).is_empty()
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

    /// Hosts by any spelling of their name, in one environment or in all.
    #[must_use]
    pub fn find(&self, name: &str, environment: Option<Sym>) -> Vec<HostId> {
        let name = fold(name.trim().trim_end_matches('.'));
        // Who has the key asks by names, who has not by pseudonyms.
        let hashed = self.pseudonyms.as_ref().map(|pseudonyms| pseudonyms.host(&name));
        let find = |of| {
            let hashed = hashed.as_deref().and_then(|name| self.find_in(of, name));
            hashed.or_else(|| self.find_in(of, &name))
        };
        let all = self.environments.iter().copied();
        all.filter(|of| environment.is_none_or(|e| e == *of)).filter_map(find).collect()
    }

    /// The environment of a host; empty for none.
    #[must_use]
    pub fn environment(&self, host: HostId) -> Sym {
        self.hosts.get(host.index()).map_or(Sym::EMPTY, |h| h.environment)
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hosts.len()
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

/// The first label of a folded name. An address is a name of its own, not a label with a domain.
fn first_label(folded: &str) -> &str {
    let is_address = folded.parse::<std::net::IpAddr>().is_ok();
    folded.split('.').next().filter(|_| !is_address).unwrap_or(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_joins_its_only_fqdn() {
        let mut hosts = Hosts::default();
        let short = hosts.note(Sym::EMPTY, "WS1").host;
        let Noted { host: long, changed, .. } = hosts.note(Sym::EMPTY, "ws1.example.org");
        assert_eq!(changed, Some(short));
        assert!(hosts.same(short, long));
        assert_eq!(hosts.displays(), ["ws1.example.org"]);
    }

    #[test]
    fn a_short_name_of_two_fqdns_is_a_host_of_its_own() {
        let mut hosts = Hosts::default();
        let a = hosts.note(Sym::EMPTY, "ws1.a.example").host;
        let short = hosts.note(Sym::EMPTY, "ws1").host;
        assert!(hosts.same(a, short));
        let Noted { host: b, changed, .. } = hosts.note(Sym::EMPTY, "ws1.b.example");
        assert_eq!(changed, Some(short));
        assert!(!hosts.same(a, short) && !hosts.same(b, short) && !hosts.same(a, b));
    }

    #[test]
    fn the_display_does_not_depend_on_order() {
        for names in [["ws1", "WS1", "Ws1."], ["Ws1.", "ws1", "WS1"]] {
            let mut hosts = Hosts::default();
            names.iter().for_each(|n| {
                hosts.note(Sym::EMPTY, n);
            });
            assert_eq!(hosts.displays(), ["WS1"]);
        }
    }

    #[test]
    fn a_name_in_two_environments_is_two_hosts() {
        let mut strings = crate::engine::strings::Strings::new(Seed::default());
        let (office, plant) = (strings.intern("office"), strings.intern("plant"));
        let mut hosts = Hosts::default();
        let a = hosts.note(office, "dc01").host;
        let b = hosts.note(plant, "DC01").host;
        assert!(!hosts.same(a, b));
        assert_eq!(hosts.find("dc01", None), [a, b]);
        assert_eq!(hosts.find("dc01", Some(plant)), [b]);
        hosts.note(office, "dc01.example.org");
        assert_eq!(hosts.canonical(b), b, "an FQDN elsewhere gives a short name no meaning");
    }

    #[test]
    fn addresses_have_no_labels() {
        let mut hosts = Hosts::default();
        let a = hosts.note(Sym::EMPTY, "10.0.0.1").host;
        let b = hosts.note(Sym::EMPTY, "10").host;
        assert!(!hosts.same(a, b));
    }
}
