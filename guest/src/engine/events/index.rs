//! Facts by what they hold. Brought up to date when something is asked; what is only taken in pays nothing.

use std::hash::BuildHasher;
use std::net::IpAddr;

use super::{Direction, Events, Fact, FactId, FactKind, Strings, Told, hashes};
use crate::engine::hashing::{Map, Seed, Set};
use crate::engine::hosts::Hosts;
use crate::engine::hosts::LabelId;
use crate::engine::images::Images;
use crate::engine::process::RowId;
use crate::engine::strings::Sym;
use crate::engine::table::Table;
use crate::text::{address, command, path};

/// What facts are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// Of the acting process, or of the started one.
    FileName,
    /// In the form of [`path::whole`].
    FilePath,
    OldPath,
    Hash,
    RemoteAddress,
    LocalAddress,
    RemotePort,
    RemoteName,
    RegistryKey,
    Domain,
    /// A logon session on a host.
    Session,
    /// The end that opened a connection: `10.0.0.5:49673`.
    Client,
    /// The port that a connection came in on.
    Accepted,
    /// The name of a service or a task that the system was asked for.
    Order,
    /// The file name of a program that such a one runs.
    Ordered,
    /// The file name of what a broker started.
    Brokered,
}

/// What leads to facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// The hash of a text in lower case: facts that are found are looked at, so that two texts of one hash do
    /// no harm.
    Text(Attribute, u64),
    /// The same of the hosts of a label.
    TextOn(LabelId, Attribute, u64),
    /// Facts of a process.
    Row(RowId),
    /// Facts that were done to a process.
    Other(RowId),
    /// Facts that were done to a process id on a host.
    OtherPid(LabelId, u32),
    /// Facts of a process id on a host.
    Pid(LabelId, u32),
    /// All of a kind that is rare.
    Kind(FactKind),
    /// Connections from one address to another, by [`SPAN`]: the hash of both.
    Pair(u64, i64),
    /// Starts on the hosts of a label, by [`SPAN`].
    Started(LabelId, i64),
    /// Of those the ones that another process may have asked the system for.
    Brokered(LabelId, i64),
    /// Services and tasks that the hosts of a label were asked for, by [`SPAN`].
    Orders(LabelId, i64),
    /// All of those.
    OrdersOn(LabelId),
    /// Connections of the hosts of a label, of which both ends are known.
    Connections(LabelId),
    /// Starts of a process.
    Start(RowId),
    /// Loads by a process that can be those of its own image.
    OwnLoad(RowId),
    /// An address that a process was given for a name: again the hash of a text.
    Answer(Doer, u64),
}

/// Who did something, as the fact has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::engine) enum Doer {
    Row(RowId),
    Pid(LabelId, u32),
}

/// A list that runs through [`Index::entries`], the youngest first.
#[derive(Debug, Clone, Copy)]
struct List {
    head: u32,
    length: u32,
}

/// See above.
#[derive(Debug)]
pub(super) struct Index {
    /// So many facts are in it.
    done: usize,
    lists: Map<Key, List>,
    /// A fact, and the place of the next entry from 1; 0 for none.
    entries: Vec<(FactId, u32)>,
    /// Facts that were entered again, since more was learned of their process: one list may hold them twice.
    again: Set<FactId>,
    seed: Seed,
}

impl Index {
    pub(super) fn new(seed: Seed) -> Self {
        let (lists, again) = (Map::with_hasher(seed), Set::with_hasher(seed));
        Self { done: 0, lists, entries: Vec::new(), again, seed }
    }

    /// Where its next fact stands.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    fn enter(&mut self, key: Key, fact: FactId) {
        let list = self.lists.entry(key).or_insert(List { head: 0, length: 0 });
        self.entries.push((fact, list.head));
        list.head = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        list.length += 1;
    }

    fn enter_text(&mut self, fact: FactId, attribute: Attribute, text: &str) {
        if !text.is_empty() {
            self.enter(self.text(attribute, &path::fold(text)), fact);
        }
    }

    fn enter_text_on(&mut self, fact: FactId, label: LabelId, attribute: Attribute, text: &str) {
        if !text.is_empty() {
            self.enter(self.text_on(label, attribute, &path::fold(text)), fact);
        }
    }

    fn text_on(&self, label: LabelId, attribute: Attribute, text: &str) -> Key {
        Key::TextOn(label, attribute, self.seed.hash_one(text))
    }

    fn text(&self, attribute: Attribute, text: &str) -> Key {
        Key::Text(attribute, self.seed.hash_one(text))
    }

    /// A list's facts, each once.
    fn list(&self, key: Key) -> impl Iterator<Item = FactId> + '_ {
        let mut told: Set<FactId> = Set::with_hasher(self.seed);
        let entries = self.entries_since(self.head(key), 0);
        entries.filter(move |&fact| !self.again.contains(&fact) || told.insert(fact))
    }

    /// Where a list begins; 0 where it is empty.
    pub(super) fn head(&self, key: Key) -> u32 {
        self.lists.get(&key).map_or(0, |list| list.head)
    }

    /// What was entered into a list since its head was another.
    pub(super) fn entries_since(&self, head: u32, before: u32) -> impl Iterator<Item = FactId> + '_ {
        let mut at = head;
        std::iter::from_fn(move || {
            if at == before {
                return None;
            }
            let place = usize::try_from(at).ok()?.checked_sub(1)?;
            let &(fact, next) = self.entries.get(place)?;
            at = next;
            Some(fact)
        })
    }

    pub(super) fn pair(&self, ends: [&str; 2], span: i64) -> Key {
        Key::Pair(self.seed.hash_one(ends), span)
    }

    pub(super) fn text_key(&self, attribute: Attribute, text: &str) -> Key {
        self.text(attribute, &path::fold(text))
    }

    pub(super) fn was_entered_again(&self, fact: FactId) -> bool {
        self.again.contains(&fact)
    }
}

/// What the index needs to know of processes.
pub(in crate::engine) struct Known<'s> {
    pub(in crate::engine) table: &'s Table,
    pub(in crate::engine) images: &'s Images,
    pub(in crate::engine) hosts: &'s Hosts,
    pub(in crate::engine) strings: &'s Strings,
    /// The parents' file names of starts whose own records do not tell.
    pub(in crate::engine) parents: &'s Map<RowId, Sym>,
}

impl Events {
    /// Brings the index up to date.
    pub(in crate::engine) fn index(&mut self, known: &Known<'_>) {
        for row in std::mem::take(&mut self.improved) {
            self.enter_again(row, known);
        }
        for place in self.index.done..self.facts.len() {
            let id = FactId::at(place);
            let fact = *self.get(id);
            self.enter(id, &fact, known);
        }
        self.index.done = self.facts.len();
    }

    /// More is known of a process than when its facts were entered, or something else.
    fn enter_again(&mut self, row: RowId, known: &Known<'_>) {
        let starts: Vec<FactId> = self.index.list(Key::Start(row)).collect();
        for id in starts {
            let fact = *self.get(id);
            self.index.again.insert(id);
            enter_start(&mut self.index, id, &fact.told, known);
        }
        let own = self.index.list(Key::Row(row)).filter(|&id| {
            let told = &self.get(id).told;
            told.kind == FactKind::Load && is_own(row, self.text(told.text(0)), known)
        });
        for id in own.collect::<Vec<FactId>>() {
            self.index.again.insert(id);
            self.index.enter(Key::OwnLoad(row), id);
        }
    }

    fn enter(&mut self, id: FactId, fact: &Fact, known: &Known<'_>) {
        use Attribute as A;
        let told = &fact.told;
        let Self { index, texts, .. } = self;
        let text = |place| texts.get(told.text(place));
        let mut connected = false;
        match told.kind {
            FactKind::Start => {
                index.enter_text(id, A::Session, text(1));
                if told.row.is_some_and(|row| known.table.row(row).start.is_some()) {
                    index.enter(Key::Started(known.hosts.label(told.host), span(told.time)), id);
                    enter_start(index, id, told, known);
                }
            }
            FactKind::Network => {
                index.enter_text(id, A::RemoteAddress, text(0));
                for way in told.ways() {
                    index.enter(index.pair(way.ends.map(|end| texts.get(end)), span(told.time)), id);
                }
                index.enter_text(id, A::LocalAddress, text(1));
                index.enter_text(id, A::RemoteName, text(2));
                index.enter_text(id, A::RemotePort, &told.ports.last().copied().unwrap_or(0).to_string());
                if let Some((client, _)) = ends(told, texts) {
                    index.enter_text(id, A::Client, &client);
                    connected = true;
                }
                if told.direction == Direction::Incoming {
                    index.enter_text(id, A::Accepted, &told.ports.first().copied().unwrap_or(0).to_string());
                }
            }
            kind if kind.is_file() || kind == FactKind::Load => {
                index.enter_text(id, A::FileName, path::file_name(text(0)));
                index.enter_text(id, A::FilePath, &whole(text(0)));
                index.enter_text(id, A::OldPath, &whole(text(1)));
                hashes(text(2)).for_each(|hash| index.enter_text(id, A::Hash, hash));
            }
            kind if kind.is_registry() => index.enter_text(id, A::RegistryKey, text(0)),
            FactKind::Lookup => {
                index.enter_text(id, A::Domain, text(0));
                if let Some(doer) = doer(told, known.hosts) {
                    for address in answers(text(1)) {
                        index.enter(Key::Answer(doer, index.seed.hash_one(address)), id);
                    }
                }
            }
            FactKind::Logon => {
                index.enter_text(id, A::Session, text(0));
                if let Some(client) = client_of(told, texts) {
                    index.enter_text(id, A::Client, &client);
                }
            }
            FactKind::Service | FactKind::Task => {
                let label = known.hosts.label(told.host);
                index.enter(Key::Orders(label, span(told.time)), id);
                index.enter(Key::OrdersOn(label), id);
                index.enter_text_on(id, label, A::Order, text(0));
                for program in command::programs(text(1)) {
                    index.enter_text_on(id, label, A::Ordered, &program.name);
                }
            }
            FactKind::Logoff => index.enter_text(id, A::Session, text(0)),
            _ => {}
        }
        if matches!(
            told.kind,
            FactKind::Thread | FactKind::Logon | FactKind::Credentials | FactKind::Service | FactKind::Task
        ) {
            index.enter(Key::Kind(told.kind), id);
        }
        if connected {
            index.enter(Key::Connections(known.hosts.label(told.host)), id);
        }
        if let Some(row) = told.row {
            match told.kind {
                FactKind::Start => index.enter(Key::Start(row), id),
                FactKind::Load if is_own(row, texts.get(told.text(0)), known) => {
                    index.enter(Key::OwnLoad(row), id);
                }
                _ => {}
            }
        }
        match doer(told, known.hosts) {
            Some(Doer::Row(row)) => index.enter(Key::Row(row), id),
            Some(Doer::Pid(label, pid)) => index.enter(Key::Pid(label, pid), id),
            None => {}
        }
        if let Some(other) = told.other {
            index.enter(Key::Other(other), id);
        } else if told.kind == FactKind::Thread
            && let Ok(pid) = texts.get(told.text(2)).parse()
        {
            index.enter(Key::OtherPid(known.hosts.label(told.host), pid), id);
        }
    }

    /// Facts that may hold a text, in any case: each is to be looked at.
    pub fn by_text(&self, attribute: Attribute, text: &str) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(self.index.text_key(attribute, text))
    }

    /// The same on the hosts of a label, for what is found so.
    pub fn by_text_on(
        &self,
        label: LabelId,
        attribute: Attribute,
        text: &str,
    ) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(self.index.text_on(label, attribute, &path::fold(text)))
    }

    /// Services and tasks that the hosts of a label were asked for in one of [`spans`].
    pub fn orders(&self, label: LabelId, span: i64) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::Orders(label, span))
    }

    /// Whether there is any of them.
    #[must_use]
    pub fn has_orders(&self, label: LabelId) -> bool {
        self.index.list(Key::OrdersOn(label)).next().is_some()
    }

    /// How many [`Self::by_text`] finds.
    #[must_use]
    pub fn count_by_text(&self, attribute: Attribute, text: &str) -> usize {
        let key = self.index.text_key(attribute, text);
        self.index.lists.get(&key).map_or(0, |list| list.length as usize)
    }

    /// What a process did, of which the sensor has an id of its own.
    pub fn of_row(&self, row: RowId) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::Row(row))
    }

    /// What was done to it.
    pub fn onto_row(&self, row: RowId) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::Other(row))
    }

    /// What was done to a process id on the hosts of a label.
    pub fn onto_pid(&self, label: LabelId, pid: u32) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::OtherPid(label, pid))
    }

    /// What was done under a process id on the hosts of a label.
    pub fn of_pid(&self, label: LabelId, pid: u32) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::Pid(label, pid))
    }

    /// All threads, logons, credentials, services or tasks.
    pub fn of_kind(&self, kind: FactKind) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::Kind(kind))
    }

    /// Connections from an address to another, from a time to another and perhaps somewhat around: each is to be
    /// looked at.
    pub fn between(&self, ends: [&str; 2], from: i64, to: i64) -> impl Iterator<Item = FactId> + '_ {
        let hash = self.index.seed.hash_one(ends);
        spans(from, to).flat_map(move |span| self.index.list(Key::Pair(hash, span)))
    }

    /// Starts on the hosts of a label in one of [`spans`].
    pub fn started(&self, label: LabelId, span: i64) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::Started(label, span))
    }

    /// Of those the ones that another process may have asked the system for.
    pub fn brokered(&self, label: LabelId, span: i64) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::Brokered(label, span))
    }

    /// Connections of the hosts of a label, of which both ends are known.
    pub fn connections(&self, label: LabelId) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::Connections(label))
    }

    /// Who opened a connection and who accepted it.
    #[must_use]
    pub fn ends(&self, fact: FactId) -> Option<(String, String)> {
        ends(&self.get(fact).told, &self.texts)
    }

    /// The records of a process's start.
    pub fn starts_of(&self, row: RowId) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::Start(row))
    }

    /// Loads that may be those of a process's own image: each is to be looked at.
    pub fn own_loads_of(&self, row: RowId) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::OwnLoad(row))
    }

    /// Look-ups by which a process may have been given an address: each is to be looked at.
    pub(in crate::engine) fn of_answer(
        &self,
        doer: Doer,
        address: IpAddr,
    ) -> impl Iterator<Item = FactId> + '_ {
        self.index.list(Key::Answer(doer, self.index.seed.hash_one(address)))
    }
}

/// What a start is found by that is known of its process.
fn enter_start(index: &mut Index, id: FactId, told: &Told, known: &Known<'_>) {
    use Attribute as A;
    let Some((id_of_row, row)) = told.row.map(|id| (id, known.table.row(id))) else { return };
    let Some(start) = row.start else { return };
    let own = start.claim.image.filter(|_| start.claim.named).map(|image| known.images.get(image).name);
    let parent = own.or_else(|| known.parents.get(&id_of_row).copied());
    if parent.is_some_and(|parent| BROKERS.contains(&known.strings.get(parent))) {
        let label = known.hosts.label(told.host);
        index.enter(Key::Brokered(label, span(told.time)), id);
        if let Some(image) = row.image() {
            index.enter_text_on(id, label, A::Brokered, known.strings.get(known.images.get(image).name));
        }
    }
    if let Some(image) = row.image() {
        index.enter_text(id, A::FileName, known.strings.get(known.images.get(image).name));
        index.enter_text(id, A::FilePath, &whole(known.images.path(image)));
    }
    for &hash in &start.hashes {
        index.enter_text(id, A::Hash, known.strings.get(hash));
    }
}

/// Starts are found by spans of so many milliseconds.
pub(in crate::engine) const SPAN: i64 = 10 * 60 * 1000;

/// The spans from a time to another, and so somewhat around.
pub(in crate::engine) fn spans(from: i64, to: i64) -> std::ops::RangeInclusive<i64> {
    span(from)..=span(to)
}

pub(super) fn span(time: i64) -> i64 {
    time.div_euclid(SPAN)
}

/// What starts processes because another one asked for it: services, scheduled tasks, WMI.
const BROKERS: [&str; 5] = ["services.exe", "svchost.exe", "taskeng.exe", "taskhostw.exe", "wmiprvse.exe"];

/// From where a logon came, as address and port.
fn client_of(told: &Told, texts: &Strings) -> Option<String> {
    let (address, [_, port]) = (texts.get(told.text(2)), told.ports);
    (!address.is_empty() && port != 0).then(|| format!("{address}:{port}"))
}

/// Whether a process loads its own image, by the name alone.
fn is_own(row: RowId, path: &str, known: &Known<'_>) -> bool {
    let image = known.table.row(row).image().map(|image| known.images.get(image).name);
    image.is_none_or(|name| known.strings.get(name) == path::fold(path::file_name(path)))
}

fn doer(told: &Told, hosts: &Hosts) -> Option<Doer> {
    match told.row {
        Some(row) => Some(Doer::Row(row)),
        None => (told.pid != 0).then(|| Doer::Pid(hosts.label(told.host), told.pid)),
    }
}

/// The addresses of a look-up's answers, which Sysmon writes as `type:  5 cdn.example.org;::ffff:203.0.113.7;`.
pub(in crate::engine) fn answers(text: &str) -> impl Iterator<Item = IpAddr> + '_ {
    text.split([';', ',', ' ']).filter_map(address::parse)
}

/// A path in one form; of a bare name that name.
#[must_use]
pub(in crate::engine) fn whole(text: &str) -> String {
    path::whole(text).unwrap_or_else(|| path::fold(text).into_owned())
}

/// Who opened a connection and who accepted it, each as address and port; `None` where one is not known.
#[must_use]
pub(in crate::engine) fn ends(told: &Told, texts: &Strings) -> Option<(String, String)> {
    let [local, remote] = told.ports;
    let (near, far) = (texts.get(told.text(1)), texts.get(told.text(0)));
    // Every host has a loopback address.
    let is_somewhere = |text| address::canonical(text).is_some();
    if local == 0 || remote == 0 || !is_somewhere(near) || !is_somewhere(far) {
        return None;
    }
    let (near, far) = (format!("{near}:{local}"), format!("{far}:{remote}"));
    match told.direction {
        Direction::Outgoing => Some((near, far)),
        Direction::Incoming => Some((far, near)),
        Direction::Failed | Direction::Unknown => None,
    }
}
