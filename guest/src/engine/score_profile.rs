//! The score of a profile that somebody asks for (EchoTrail's `POST /score`).

use super::answers::{Execution, FieldScore, Scope, Score, ScoreBlock};
use super::prevalence::per_host::OnHost;
use super::prevalence::scope::Scope as PrevalenceScope;
use super::prevalence::score::{Basis, Block, FieldShare, Found, echotrail_score};
use super::prevalence::{FIELDS, Field, Sighting};
use super::state::State;
use super::strings::Sym;
use crate::error::Error;
use crate::text::path::{bucket, file_name, fold};

impl State {
    /// Scores an execution and counts it.
    pub(super) fn record(&mut self, _execution: &Execution<'_>, _at: i64) -> Result<Score, Error> {
        Err(Error::Unsupported("scoring.record-execution".into()))
    }

    /// Scores an execution against every scope that it names.
    pub(super) fn score(&self, execution: &Execution<'_>) -> Result<Score, Error> {
        let name = file_name(execution.image.trim());
        if name.is_empty() {
            return Err(Error::invalid("image", "must be a file name with an optional path"));
        }
        let named = |image: Option<&str>| image.map(|image| fold(file_name(image)).into_owned());
        let hash = execution.hash.map(algorithm).transpose()?;
        let of = |field| hash.filter(|&(f, _)| f == field).map(|(_, hash)| fold(hash).into_owned());
        let texts: [Option<String>; FIELDS] = [
            bucket(execution.image.trim()),
            named(execution.parent_image),
            named(execution.grandparent_image),
            of(Field::Sha256),
            of(Field::Sha1),
            of(Field::Md5),
        ];
        let asked = texts.each_ref().map(Option::is_some);
        // What no table knows was never seen, which the empty text says.
        let find = |text: &String| self.strings.find(text).unwrap_or(Sym::EMPTY);
        let values = texts.each_ref().map(|text| text.as_ref().map(find));
        let name = fold(name);
        let image = self.strings.find(&name).unwrap_or(Sym::EMPTY);
        let in_scope =
            |scope: &PrevalenceScope| Found::in_scope(scope, scope.look_up(image, &values).as_ref(), asked);
        let environment = execution.environment.map(|e| self.strings.find(e));
        let global = self.global.as_ref().map(|global| global.of_texts(&name, &texts, asked));
        let mut found: Vec<(Scope, Found)> = global.map(|found| (Scope::Global, found)).into_iter().collect();
        found.push((Scope::Customer, in_scope(self.counters.customer())));
        if let Some(environment) = environment {
            let scope = environment.and_then(|e| self.counters.environment(e));
            found.push((Scope::Environment, scope.map_or(Found::nowhere(asked), in_scope)));
        }
        if let Some(host) = execution.hostname {
            let host = self.hosts.find(host, environment.flatten()).first().map(|&h| self.hosts.canonical(h));
            let slots = self.counters.customer().look_up(image, &values);
            let place =
                host.zip(slots).and_then(|(h, s)| Some((self.counters.hosts().find(h, s.member)?, s)));
            let on_host = match (place, host) {
                (Some((place, slots)), _) => self.counters.hosts().look(place, &slots, self.counters.slots()),
                (None, Some(host)) => self.counters.hosts().without(host),
                (None, None) => OnHost::default(),
            };
            let seen = place.map_or(Sighting::default(), |(place, _)| self.counters.hosts().seen(place));
            found.push((Scope::Host, Found::on_host(&on_host, seen, asked)));
        }
        let prevalence = &self.config.prevalence;
        let basis = |scope| if scope == Scope::Host { Basis::Executions } else { prevalence.basis };
        let blocks: Vec<(Scope, Block)> = found
            .iter()
            .map(|(scope, found)| (*scope, Block::score(found, &prevalence.weights, basis(*scope))))
            .collect();
        Ok(Score {
            echotrail_score: echotrail_score(blocks.iter().map(|(_, block)| block)),
            blocks: blocks.iter().map(|(scope, block)| describe_block(*scope, block)).collect(),
        })
    }
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

fn describe_block(scope: Scope, block: &Block) -> ScoreBlock {
    ScoreBlock {
        scope,
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
        learning: false,
        fields: block.fields.iter().flatten().map(describe_field).collect(),
    }
}

fn describe_field(field: &FieldShare) -> FieldScore {
    FieldScore {
        field: field.field.as_str(),
        score: field.share.published(),
        count: field.value.executions,
        known: field.known.executions,
        hosts: u64::from(field.value.hosts),
        known_hosts: u64::from(field.known.hosts),
        weight: field.weight,
        interval: field.share.interval(),
        learning: false,
        elements: Vec::new(),
        minimum: None,
    }
}
