//! The score of a profile that somebody asks for, and its recording (EchoTrail's `POST /score`).

use super::answers::{Element, Execution, FieldScore, Scope, Score, ScoreBlock};
use super::hosts::HostId;
use super::prevalence::found::Found;
use super::prevalence::scope::{Count, Scope as Counts};
use super::prevalence::score::{Block, FieldShare, ListShare, echotrail_score};
use super::prevalence::{FIELDS, Field, Generation, LISTS, Shape, Sighting};
use super::state::{AHEAD, State};
use super::strings::Sym;
use crate::error::Error;
use crate::text::path::{bucket, file_name, fold};
use crate::text::time;

/// The longest text that a profile may hold, in bytes: Windows' own limit for a path is half of it.
const LONGEST: usize = 65_535;

/// How many elements a list may have.
const MOST: usize = 1000;

/// A profile's texts, as the tables hold them.
struct Profile {
    image: String,
    values: [Option<String>; FIELDS],
    lists: [Vec<String>; LISTS],
}

impl Profile {
    fn read(execution: &Execution<'_>) -> Result<Self, Error> {
        let texts = [
            ("image", Some(execution.image)),
            ("hostname", execution.hostname),
            ("parent_image", execution.parent_image),
            ("grandparent_image", execution.grandparent_image),
            ("environment", execution.environment),
        ];
        for (field, text) in texts {
            check_length(field, text.unwrap_or_default())?;
        }
        let image = execution.image.trim();
        if file_name(image).is_empty() {
            return Err(Error::invalid("image", "must be a file name with an optional path"));
        }
        for (field, image) in
            [("parent_image", execution.parent_image), ("grandparent_image", execution.grandparent_image)]
        {
            // An empty one says that it is not known; a folder is a slip.
            if image.is_some_and(|image| !image.trim().is_empty() && file_name(image.trim()).is_empty()) {
                return Err(Error::invalid(field, "must be a file name with an optional path"));
            }
        }
        for (field, length) in
            [("children", execution.children.len()), ("network_ports", execution.network_ports.len())]
        {
            if length > MOST {
                return Err(Error::invalid(
                    field,
                    format!("has {length} elements, at most {MOST} are allowed"),
                ));
            }
        }
        let name = |path: &str| fold(file_name(path.trim())).into_owned();
        let mut children = Vec::with_capacity(execution.children.len());
        for (index, child) in execution.children.iter().enumerate() {
            let field = format!("children[{index}]");
            check_length(&field, child)?;
            if name(child).is_empty() {
                return Err(Error::invalid(field, "must be a file name"));
            }
            children.push(name(child));
        }
        let named = |image: Option<&str>| image.map(name).filter(|name| !name.is_empty());
        let hash = execution.hash.map(algorithm).transpose()?;
        let of = |field| hash.filter(|&(f, _)| f == field).map(|(_, hash)| fold(hash).into_owned());
        Ok(Self {
            image: name(image),
            values: [
                bucket(image),
                named(execution.parent_image),
                named(execution.grandparent_image),
                of(Field::Sha256),
                of(Field::Sha1),
                of(Field::Md5),
            ],
            lists: [children, execution.network_ports.iter().map(u16::to_string).collect()],
        })
    }
}

impl State {
    /// Scores an execution against every scope that it names.
    pub(super) fn score(&self, execution: &Execution<'_>) -> Result<Score, Error> {
        let profile = Profile::read(execution)?;
        let asked = profile.values.each_ref().map(Option::is_some);
        // What no table knows was never seen, which the empty text says.
        let find = |text: &String| self.strings.find(text).unwrap_or(Sym::EMPTY);
        let image = find(&profile.image);
        let values = profile.values.each_ref().map(|value| value.as_ref().map(find));
        let lists = profile.lists.each_ref().map(|list| list.iter().map(find).collect::<Vec<Sym>>());
        let in_scope = |scope: &Counts| {
            let slots = scope.look_up(image, &values);
            let mut found = self.found(scope, slots.as_ref(), asked);
            for_each_list(&lists, &mut found, |field, value| {
                slots.map_or(Count::default(), |slots| scope.element(slots.member, field, value))
            });
            self.block(&found)
        };
        let global = self.global.as_ref().map(|global| {
            let lists =
                profile.lists.each_ref().map(|list| list.iter().map(String::as_str).collect::<Vec<_>>());
            let values = profile.values.each_ref().map(Option::as_deref);
            (Scope::Global, self.block(&global.of_texts(&profile.image, &values, &lists, asked)))
        });
        let mut blocks: Vec<(Scope, Block)> = global.into_iter().collect();
        blocks.push((Scope::Customer, in_scope(self.counters.customer())));
        let environment = execution.environment.map(|name| self.strings.find(name));
        if let Some(environment) = environment {
            let nowhere = Counts::default();
            let scope = environment.and_then(|e| self.counters.environment(e)).unwrap_or(&nowhere);
            blocks.push((Scope::Environment, in_scope(scope)));
        }
        if let Some(name) = execution.hostname {
            let host = self.host_of_profile(name, environment);
            let customer = self.counters.customer();
            let slots = customer.look_up(image, &values);
            let (on_host, seen) = host.map_or(Default::default(), |host| self.on_host(host, slots.as_ref()));
            let mut found = Found::on_host(&on_host, seen, asked);
            let seen_on = host.map_or(Sighting::default(), |host| self.counters.hosts().seen_on(host));
            found.learning = self.learns_host(on_host.of_host, seen_on);
            for_each_list(&lists, &mut found, |field, value| {
                let executions = host.zip(slots).map_or(0, |(host, slots)| {
                    let place = self.counters.hosts().find(host, slots.member);
                    let value = customer.find(slots.member, field, value);
                    place
                        .zip(value)
                        .map_or(0, |(place, value)| self.counters.hosts().of_lists().count(place, value))
                });
                Count { executions, hosts: u32::from(executions > 0) }
            });
            blocks.push((Scope::Host, self.host_block(&found)));
        }
        let enough = self.config.prevalence.learning.executions;
        let weight = |scope| self.config.prevalence.weights.of_scope(scope);
        let describe =
            |(scope, block): &(Scope, Block)| describe(*scope, block, weight(*scope), &profile, enough);
        Ok(Score {
            echotrail_score: echotrail_score(blocks.iter().map(|(scope, block)| (block, weight(*scope)))),
            blocks: blocks.iter().map(describe).collect(),
        })
    }

    /// Scores an execution, then counts it.
    pub(super) fn record(
        &mut self,
        execution: &Execution<'_>,
        at: i64,
        received_at: i64,
    ) -> Result<Score, Error> {
        self.check_key()?;
        if at > received_at.saturating_add(AHEAD) {
            let (at, now) = (time::to_text(at), time::to_text(received_at));
            return Err(Error::invalid(
                "at",
                format!("{at} lies more than a day after {now}, the host's clock"),
            ));
        }
        let profile = Profile::read(execution)?;
        let score = self.score(execution)?;
        let mut keep = |text: &String| self.strings.intern(text);
        let shape = Shape {
            image: keep(&profile.image),
            values: profile.values.each_ref().map(|value| value.as_ref().map_or(Sym::EMPTY, &mut keep)),
            lists: profile.lists.each_ref().map(|list| !list.is_empty()),
        };
        let mut lists = profile.lists.each_ref().map(|list| list.iter().map(&mut keep).collect::<Vec<Sym>>());
        let environment = execution.environment.map_or(Sym::EMPTY, |name| self.strings.intern(name));
        let host = match execution.hostname {
            Some(name) => self
                .host_of_profile(name, execution.environment.map(|_| Some(environment)))
                .unwrap_or_else(|| self.hosts.note_opaque(environment, name)),
            None => self.note_host(environment, ""),
        };
        let tally = self.tally.of(host);
        tally.reached = tally.reached.max(at);
        self.advance(at);
        let spot = self.counters.spots(&shape, host, environment).counted;
        self.counters.sight_spot(&spot, shape.image, Sighting::at(at));
        if let Some(counted) = self.counters.add(&spot, host, Generation::of(at)) {
            for (field, list) in Field::LISTS.into_iter().zip(&mut lists) {
                list.sort_unstable();
                list.dedup();
                for &value in list.iter() {
                    self.counters.add_item(&counted, field, value);
                }
            }
        }
        self.evict_if_full(received_at);
        Ok(score)
    }

    /// The host of a profile: a machine of the telemetry by its very name, else whatever was recorded under
    /// this text, which nobody interprets (SPEC section 1: the user may send a hash). Without an environment
    /// that without a name comes first, then the others by their names; one that is not known has no hosts.
    fn host_of_profile(&self, name: &str, environment: Option<Option<Sym>>) -> Option<HostId> {
        let in_one = |environment: Sym| {
            let known =
                self.hosts.find(name, Some(environment)).first().map(|&host| self.hosts.canonical(host));
            known.or_else(|| self.hosts.find_opaque(name, environment))
        };
        match environment {
            Some(environment) => in_one(environment?),
            None => in_one(Sym::EMPTY).or_else(|| {
                let all = self.hosts.environments().iter().copied();
                let known = all.filter_map(|environment| Some((environment, in_one(environment)?)));
                known.min_by_key(|&(environment, _)| self.strings.get(environment)).map(|(_, host)| host)
            }),
        }
    }
}

fn for_each_list(lists: &[Vec<Sym>; LISTS], found: &mut Found, count: impl Fn(Field, Sym) -> Count) {
    for (field, (values, (_, elements))) in Field::LISTS.into_iter().zip(lists.iter().zip(&mut found.lists)) {
        elements.extend(values.iter().map(|&value| count(field, value)));
    }
}

fn check_length(field: &str, text: &str) -> Result<(), Error> {
    if text.len() > LONGEST {
        return Err(Error::invalid(
            field,
            format!("has {} bytes, at most {LONGEST} are allowed", text.len()),
        ));
    }
    Ok(())
}

/// A hash's algorithm, by its length.
fn algorithm(hash: &str) -> Result<(Field, &str), Error> {
    let field = match hash.len() {
        64 => Some(Field::Sha256),
        40 => Some(Field::Sha1),
        32 => Some(Field::Md5),
        _ => None,
    };
    let hex = hash.bytes().all(|b| b.is_ascii_hexdigit());
    field.filter(|_| hex).map(|field| (field, hash)).ok_or_else(|| {
        Error::invalid("hash", "must be 32, 40 or 64 hexadecimal digits: MD5, SHA-1 or SHA-256")
    })
}

fn describe(scope: Scope, block: &Block, weight: f64, profile: &Profile, enough: u64) -> ScoreBlock {
    let fields = block.fields.iter().flatten().map(|field| describe_field(field, enough));
    let lists = block.lists.iter().map(|list| {
        let at = Field::LISTS.iter().position(|&field| field == list.field);
        describe_list(list, at.and_then(|at| profile.lists.get(at)).map_or(&[], Vec::as_slice), enough)
    });
    ScoreBlock {
        scope,
        weight,
        rank: block.rank,
        host_prev: block.host_prev.published(),
        overall_score: block.overall_score(),
        executions: block.executions,
        hosts: block.host_prev.count,
        scope_hosts: block.host_prev.known,
        images: u64::from(block.images),
        prevalence: block.prevalence,
        prevalence_weight: block.prevalence_weight,
        interval: block.host_prev.interval(),
        first_seen: block.seen.is_ever().then_some(block.seen.first),
        last_seen: block.seen.is_ever().then_some(block.seen.last),
        learning: block.learning,
        fields: fields.chain(lists).collect(),
    }
}

fn describe_field(field: &FieldShare, enough: u64) -> FieldScore {
    FieldScore {
        field: field.field.as_str(),
        score: field.share.published(),
        count: field.share.count,
        known: field.share.known,
        hosts: u64::from(field.value.hosts),
        known_hosts: u64::from(field.known.hosts),
        weight: field.weight,
        interval: field.share.interval(),
        learning: field.known.executions < enough,
        elements: Vec::new(),
        minimum: None,
    }
}

fn describe_list(list: &ListShare, values: &[String], enough: u64) -> FieldScore {
    let rarest = list.rarest().map(|rarest| describe_field(rarest, enough));
    let elements = values.iter().zip(&list.elements).map(|(value, element)| Element {
        value: value.clone(),
        score: element.share.published(),
        count: element.share.count,
        known: element.share.known,
        hosts: u64::from(element.value.hosts),
    });
    let elements: Vec<Element> = elements.collect();
    FieldScore {
        field: list.field.as_str(),
        score: list.published(),
        weight: list.weight,
        minimum: elements.iter().map(|element| element.score).min(),
        elements,
        ..rarest.unwrap_or_default()
    }
}
