//! An alert comes in: filtered, recognised where it was there before, scored, held and linked.

use super::graph::{Draft, EntityId, NodeId};
use super::held::{Held, HeldPart, Says};
use super::score::{Scorable, Scored};
use super::sources::Fate;
use super::watch::Keys;
use crate::engine::observe::Arrival;
use crate::engine::process::RowId;
use crate::engine::state::{AHEAD, State};
use crate::engine::strings::Sym;
use crate::formats::severity::{self, Base};
use crate::model::{Alert, Observable, ObservableKind, Transport};
use crate::text::{path, time};

use super::config::FilterAction;

/// What an alert says: what was done, its texts, what it is about, and the connection's ports and transport.
type Content = (String, Vec<String>, Vec<Observable>, ([u16; 2], Option<Transport>));

/// 1990-01-01: an alert from before it has a broken clock.
pub(super) const EARLIEST: i64 = 631_152_000_000;

/// What became of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A filter dropped it.
    Dropped,
    /// It was there already, and may say more now.
    Again(NodeId),
    /// It is new.
    Held(NodeId),
}

/// An alert's names for its source system, in lower case: the one it goes by, and its vendor alone.
pub fn systems(vendor: &str, product: &str) -> [String; 2] {
    let (vendor, product) = (vendor.trim().to_lowercase(), product.trim().to_lowercase());
    let named = match (vendor.as_str(), product.as_str()) {
        ("", "") => "unknown".to_owned(),
        ("", name) | (name, "") => name.to_owned(),
        (a, b) if a == b => a.to_owned(),
        // Some products carry their vendor's name.
        (a, b) if b.starts_with(a) && b.as_bytes().get(a.len()) == Some(&b' ') => b.to_owned(),
        (a, b) => format!("{a} {b}"),
    };
    [named, vendor]
}

impl State {
    /// Takes a vendor's alert in; `raw` is its line.
    pub(in crate::engine) fn take_alert(&mut self, mut alert: Alert, raw: &str, arrival: Arrival) -> Taken {
        let [system, vendor] = systems(&alert.vendor, &alert.product);
        let time = plausible(&mut alert, arrival.received_at);
        if self.alerts.rules.drops(raw) {
            self.alerts.sources.count(&system, &alert, time, Fate::Dropped);
            return Taken::Dropped;
        }
        let base = severity::base(&system, alert.severity.as_deref());
        if base.is_default {
            alert.assumed.push(base.from.clone());
        }
        self.hide_names(&mut alert);
        self.hold(&alert, [&system, &vendor], &base, time, arrival, None)
    }

    /// Holds an alert that passed the filters; `row` is its process, where that need not be found.
    pub(in crate::engine) fn hold(
        &mut self,
        alert: &Alert,
        systems: [&str; 2],
        base: &Base,
        time: i64,
        arrival: Arrival,
        row: Option<RowId>,
    ) -> Taken {
        for host in alert.observables.iter().filter(|o| o.kind == ObservableKind::Host) {
            self.keep_host(arrival.environment, &host.value);
        }
        let mut held = self.make_held(alert, systems, base, arrival);
        let environment = self.strings.get(arrival.environment).to_owned();
        let alerts = &mut self.alerts;
        held.observables = alert
            .observables
            .iter()
            .map(|observable| (alerts.note_entity(observable, &environment), observable.role))
            .collect();
        let (row, keys) = match row {
            Some(_) => (row, Keys::default()),
            None => self.process_of(&self.alerts.asking(&held, time)),
        };
        self.set_process(&mut held, row);
        let alerts = &mut self.alerts;
        let again = alerts.by_vendor_id.get(&held.identity()).copied();
        let again = again.filter(|_| !held.vendor_id.is_empty());
        let fate = if again.is_some() { Fate::Duplicate } else { Fate::Held };
        alerts.sources.count(systems[0], alert, time, fate);
        let score = self.score_held(&mut held, alert.observables.as_slice());
        if let Some(id) = again {
            self.take_again(id, held, time, score, keys);
            return Taken::Again(id);
        }
        held.number = self.alerts.next_alert;
        self.alerts.next_alert += 1;
        let draft = Draft { score, ..self.draft(&held, time) };
        let id = self.alerts.graph.add(draft, false);
        if !held.vendor_id.is_empty() {
            self.alerts.by_vendor_id.insert(held.identity(), id);
        }
        self.alerts.held.push(held);
        self.alerts.watch.set(id, time, keys);
        self.alerts.write_stories(arrival.received_at);
        Taken::Held(id)
    }

    /// The same alert once more: of two records the later one counts, of equally late ones the greater, so that
    /// their order does not matter.
    fn take_again(&mut self, id: NodeId, mut held: Held, time: i64, score: super::Decimal, keys: Keys) {
        let (was, was_at) = (self.alerts.get(id), self.alerts.graph.node(id).time);
        let duplicates = was.duplicates + 1;
        let newer = (time, self.content(&held)) > (was_at, self.content(was));
        if newer {
            (held.number, held.duplicates, held.is_alone) = (was.number, duplicates, was.is_alone);
            let received_at = held.received_at;
            let draft = Draft { score, ..self.draft(&held, time) };
            self.alerts.graph.replace(id, draft, held.is_alone);
            *self.alerts.get_mut(id) = held;
            self.alerts.watch.set(id, time, keys);
            self.alerts.write_stories(received_at);
        } else {
            self.alerts.get_mut(id).duplicates = duplicates;
        }
    }

    /// What an alert says, for comparing two records of it.
    fn content(&self, held: &Held) -> Content {
        let text = |&sym: &Sym| self.alerts.texts.get(sym).to_owned();
        let [id, image] = [held.says.entity, held.says.image];
        let base = held.parts.first().map_or(Sym::EMPTY, |part| part.source);
        let said = [held.alert_type, held.severity, held.message, held.vendor, held.product, base, id, image];
        let lists = held.techniques.iter().chain(&held.tactics).chain(&held.assumed);
        let texts = said.iter().chain(lists).map(text).collect();
        let flow = (held.ports, held.transport);
        (held.action.as_str().to_owned(), texts, self.alerts.observables(held), flow)
    }

    fn make_held(&mut self, alert: &Alert, [system, _]: [&str; 2], base: &Base, arrival: Arrival) -> Held {
        let source = self.strings.get(arrival.origin.source).to_owned();
        let environment = self.strings.get(arrival.environment).to_owned();
        let alerts = &mut self.alerts;
        let texts = &mut alerts.texts;
        let named = alert.process.clone().unwrap_or_default();
        let says = Says {
            entity: texts.intern(named.entity.as_deref().unwrap_or_default()),
            pid: named.pid.unwrap_or(0),
            image: texts.intern(named.image.as_deref().unwrap_or_default()),
        };
        let mut all = |list: &[String]| list.iter().map(|text| texts.intern(text)).collect::<Vec<Sym>>();
        let (techniques, tactics, assumed) =
            (all(&alert.techniques), all(&alert.tactics), all(&alert.assumed));
        Held {
            number: 0,
            received_at: arrival.received_at,
            environment: texts.intern(&environment),
            vendor_id: texts.intern(alert.id.as_deref().unwrap_or_default()),
            system: texts.intern(system),
            vendor: texts.intern(&alert.vendor),
            product: texts.intern(&alert.product),
            alert_type: texts.intern(&alert.alert_type),
            severity: texts.intern(alert.severity.as_deref().unwrap_or_default()),
            action: alert.action,
            message: texts.intern(&alert.message),
            parts: vec![HeldPart {
                name: super::score::PartName::Base,
                value: base.value,
                source: texts.intern(&base.from),
            }],
            configuration: 0,
            suppressed: Sym::EMPTY,
            techniques,
            tactics,
            observables: Vec::new(),
            ports: alert.ports,
            transport: alert.transport,
            says,
            process: None,
            group: Sym::EMPTY,
            assumed,
            duplicates: 0,
            origin: (texts.intern(&source), arrival.origin.line),
            is_alone: false,
        }
    }

    /// Scores an alert by the configuration in force, from the base that stands in its parts.
    pub(super) fn score_held(&mut self, held: &mut Held, observables: &[Observable]) -> super::Decimal {
        let scored = self.alerts.scored(held, observables, &self.config.tags);
        let texts = &mut self.alerts.texts;
        held.parts = scored
            .parts
            .iter()
            .map(|part| HeldPart { name: part.name, value: part.value, source: texts.intern(&part.source) })
            .collect();
        held.suppressed = texts.intern(scored.suppressed.as_deref().unwrap_or_default());
        held.configuration = self.config_version;
        let said = texts.intern("more than 64 tags match: the first 64 are multiplied");
        held.assumed.retain(|&of| of != said);
        if scored.tags_left_out {
            held.assumed.push(said);
        }
        scored.score
    }

    /// What the graph is told of an alert.
    pub(super) fn draft(&mut self, held: &Held, time: i64) -> Draft {
        // In the order of their texts.
        let mut linking: Vec<EntityId> = Vec::with_capacity(held.observables.len());
        for &(id, _) in &held.observables {
            let meant = self.meant(id);
            if !linking.contains(&meant) {
                linking.push(meant);
            }
        }
        let mut entities = linking.clone();
        entities.sort_unstable();
        let of_the_system = self.is_about_the_system(held);
        linking.retain(|&id| self.may_link(id, of_the_system));
        Draft {
            time,
            print: self.alerts.print(held.system, held.alert_type, entities.clone()),
            score: super::Decimal::ZERO,
            linking,
            entities,
            tactics: held.tactics.iter().map(|tactic| tactic.number()).collect(),
            group: Some(held.group).filter(|group| !group.is_empty()).map(Sym::number),
        }
    }

    /// The entity that a host's name means now; any other means itself.
    pub(super) fn meant(&mut self, id: EntityId) -> EntityId {
        let named = self.alerts.named(id);
        if named.kind != ObservableKind::Host {
            return id;
        }
        let environment = self.alerts.texts.get(named.environment).to_owned();
        let of = self.strings.intern(&environment);
        let name = self.alerts.texts.get(named.value).to_owned();
        let Some(&host) = self.hosts.find(&name, Some(of)).first() else { return id };
        let meant = path::fold(self.hosts.display(host)).into_owned();
        if meant == name || meant.is_empty() {
            return id;
        }
        let role = crate::model::Role::Related;
        self.alerts.note_entity(&Observable { kind: named.kind, value: meant, role }, &environment)
    }

    /// Whether an alert is about a program that every machine has, and no other file.
    fn is_about_the_system(&self, held: &Held) -> bool {
        let text = |sym| self.alerts.texts.get(sym);
        let files = held.observables.iter().map(|&(id, _)| self.alerts.named(id));
        let mut files = files.filter(|named| named.kind == ObservableKind::File);
        let image = held.process.and_then(|process| path::whole(text(process.image)));
        let mut is_known = image.is_some();
        image.is_none_or(|image| path::is_of_the_system(&image))
            && files.all(|named| {
                is_known = true;
                path::is_of_the_system(text(named.value))
            })
            && is_known
    }

    /// Whether alerts join through an entity: not where a tag switches it off, and not through the files that
    /// every machine has, nor their hashes.
    fn may_link(&self, id: EntityId, of_the_system: bool) -> bool {
        let named = self.alerts.named(id);
        let value = self.alerts.texts.get(named.value).to_owned();
        match named.kind {
            ObservableKind::File if path::is_of_the_system(&value) => return false,
            ObservableKind::Hash if of_the_system => return false,
            _ => {}
        }
        let observable = Observable { kind: named.kind, value, role: crate::model::Role::Related };
        let tags = self.alerts.rules.tags_on(std::slice::from_ref(&observable));
        tags.iter().filter_map(|&place| self.config.tags.get(place)).all(|tag| tag.correlate)
    }

    /// Under a key for pseudonyms nothing is held that names a host or a user.
    fn hide_names(&self, alert: &mut Alert) {
        let Some(pseudonyms) = &self.pseudonyms else { return };
        for observable in &mut alert.observables {
            match observable.kind {
                ObservableKind::Host => observable.value = pseudonyms.host(&observable.value),
                ObservableKind::User | ObservableKind::Email => {
                    observable.value = pseudonyms.user(&observable.value);
                }
                ObservableKind::File => observable.value = pseudonyms.path(&observable.value),
                _ => {}
            }
        }
        if let Some(image) = alert.process.as_mut().and_then(|process| process.image.as_mut()) {
            *image = pseudonyms.path(image);
        }
        alert.message.clear();
    }
}

impl super::Alerts {
    /// An alert's score by the configuration in force.
    pub(super) fn scored(&self, held: &Held, observables: &[Observable], tags: &[super::Tag]) -> Scored {
        self.scored_by(&self.rules, held, observables, tags)
    }

    /// The same by other rules.
    pub(super) fn scored_by(
        &self,
        rules: &super::Rules,
        held: &Held,
        observables: &[Observable],
        tags: &[super::Tag],
    ) -> Scored {
        let text = |sym| self.texts.get(sym);
        let vendor = text(held.vendor).to_lowercase();
        let base = held.parts.first().map(|part| (part.value, text(part.source)));
        rules.score(
            &Scorable {
                systems: [text(held.system), &vendor],
                alert_type: text(held.alert_type),
                action: held.action,
                base: base.unwrap_or_default(),
                observables,
                image: held.process.map(|process| text(process.image)),
                received_at: held.received_at,
            },
            tags,
        )
    }
}

impl super::Rules {
    /// Whether the filters drop a raw alert.
    fn drops(&self, raw: &str) -> bool {
        if self.filters.is_empty() {
            return false;
        }
        let folded = raw.to_lowercase();
        let first = self.filters.iter().find(|(pattern, _)| pattern.matches(raw, &folded));
        first.is_some_and(|(_, action)| *action == FilterAction::Drop)
    }
}

/// When an alert happened: its own time where that can be, else that of its arrival, and it says so.
pub(super) fn plausible(alert: &mut Alert, received_at: i64) -> i64 {
    match alert.time {
        Some(time) if (EARLIEST..=received_at.saturating_add(AHEAD)).contains(&time) => time,
        Some(odd) => {
            let odd = time::to_text(odd);
            alert.assumed.push(format!("its time {odd} cannot be: that of its arrival is taken"));
            received_at
        }
        None => {
            if !alert.assumed.iter().any(|said| said.starts_with("no time")) {
                alert.assumed.push("no time: that of its arrival is taken".into());
            }
            received_at
        }
    }
}
