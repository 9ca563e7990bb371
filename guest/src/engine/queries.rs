//! Questions about what is held.

use super::answers::{
    Ancestry, Execution, FieldScore, Finding, ImageRow, ProcessInfo, Scope, Score, ScoreBlock, Stats,
};
use super::hierarchy::{Outcome, Reason};
use super::lineage::Above;
use super::prevalence::per_host::OnHost;
use super::prevalence::scope::Scope as PrevalenceScope;
use super::prevalence::score::{Basis, Block, Found, echotrail_score};
use super::prevalence::{FIELDS, Field, Sighting};
use super::process::{Entity, RowId};
use super::state::State;
use super::strings::Sym;
use crate::error::Error;
use crate::model::EntityId;
use crate::text::path::{bucket, file_name, fold};
use crate::text::time;

/// A page holds at most this many rows.
const PAGE: u32 = 1000;

impl State {
    pub(super) fn stats(&self) -> Stats {
        let absorbed = self.table.all().filter(|&id| self.table.row(id).is_absorbed()).count();
        Stats {
            lines: self.tally.lines,
            recognised: self.tally.recognised,
            passed: self.tally.passed,
            rejected: self.tally.rejected,
            twins: self.tally.twins,
            kinds: self.tally.kinds(),
            hosts: self.hosts.displays(),
            processes: (self.table.len() - absorbed) as u64,
            evicted_processes: self.tally.evicted_processes,
            evicted_values: self.counters.turned_away(),
            sensor_gaps: self.tally.sensor_gaps,
            hierarchy: self.tally.verdicts(),
            now: self.now,
        }
    }

    /// Images by rank, then by name.
    pub(super) fn image_rows(&self, offset: u64, limit: u32) -> Vec<ImageRow> {
        let mut rows: Vec<ImageRow> = self
            .counters
            .customer()
            .images_by_rank()
            .map(|(counts, rank)| ImageRow {
                image: self.strings.get(counts.image).to_owned(),
                executions: counts.all.executions,
                hosts: u64::from(counts.all.hosts),
                rank,
            })
            .collect();
        rows.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.image.cmp(&b.image)));
        page(rows, offset, limit)
    }

    /// Instances by host and file name, sorted by id.
    pub(super) fn processes(
        &self,
        host: Option<&str>,
        name: Option<&str>,
        offset: u64,
        limit: u32,
    ) -> Vec<ProcessInfo> {
        let host = host.map(|host| self.hosts.find(host, None));
        let name = name.map(|name| self.strings.find(&fold(file_name(name))));
        let mut rows: Vec<RowId> = self
            .table
            .all()
            .filter(|&id| {
                let row = self.table.row(id);
                let of_host = host
                    .as_ref()
                    .is_none_or(|named| named.iter().any(|&host| self.hosts.same(row.host, host)));
                let own = row.image().map(|image| self.images.get(image).name);
                !row.is_absorbed() && of_host && name.is_none_or(|name| name.is_some() && name == own)
            })
            .collect();
        rows.sort_by_cached_key(|&id| self.sort_key(id));
        page(rows, offset, limit).into_iter().map(|id| self.describe_process(id)).collect()
    }

    /// Violations by time, then by process.
    pub(super) fn violations(&self, offset: u64, limit: u32) -> Vec<Finding> {
        let verdict = |id| self.table.row(id).start.filter(|s| s.judged).map(|s| s.verdict);
        let mut rows: Vec<RowId> = self
            .table
            .all()
            .filter(|&id| verdict(id).is_some_and(|(outcome, _)| outcome == Outcome::Violation))
            .collect();
        rows.sort_by_cached_key(|&id| (self.table.row(id).since(), self.sort_key(id)));
        page(rows, offset, limit).into_iter().filter_map(|id| self.finding(id)).collect()
    }

    fn finding(&self, id: RowId) -> Option<Finding> {
        let row = self.table.row(id);
        let start = row.start?;
        let verdict = self.judge(id, None, None);
        // What it was judged by includes command lines, which are not kept; the rest is worked out again.
        let again = verdict.reason == start.verdict.1;
        Some(Finding {
            process: self.instance_id(id),
            image: row.image().map_or("", |image| self.images.path(image)).to_owned(),
            started: start.at,
            reason: start.verdict.1.map(Reason::as_str),
            observed: verdict.observed.filter(|_| again).map(str::to_owned),
            expected: if again { verdict.expected.to_vec() } else { Vec::new() },
            source: verdict.source.filter(|_| again).map(str::to_owned),
            origin: (self.strings.get(start.origin.source).to_owned(), start.origin.line),
        })
    }

    /// What is above a process.
    pub(super) fn ancestry(&self, id: &str) -> Result<Ancestry, Error> {
        let id = self.resolve(id).ok_or_else(|| Error::not_found("process", id))?;
        let lineage = self.lineage(id);
        let ancestors = lineage.ancestors.iter().map(|&above| match above {
            Above::Row(id) => self.describe_process(id),
            _ => self.describe_name(id, above),
        });
        Ok(Ancestry {
            process: self.describe_process(id),
            ancestors: ancestors.collect(),
            owner: lineage.owner.and_then(|place| u32::try_from(place).ok()),
            partial: lineage.partial,
        })
    }

    /// The row of `host/guid` or `host/pid/start`, whichever of its records gave that.
    fn resolve(&self, id: &str) -> Option<RowId> {
        let (host, rest) = id.split_once('/')?;
        let entity = match EntityId::parse(rest)? {
            EntityId::Guid(guid) => Some(Entity::guid(guid)),
            EntityId::Text(text) => self.strings.find(text).map(Entity::Text),
        };
        let hosts = self.hosts.find(host, None);
        let labels = hosts.iter().map(|&host| self.hosts.label(host));
        if let Some(row) = entity.and_then(|entity| labels.filter_map(|l| self.table.find(l, entity)).next())
        {
            return Some(self.standing(row));
        }
        let (pid, start) = rest.split_once('/')?;
        let (pid, start) = (pid.parse().ok(), time::parse(start)?.millis);
        let found = self.table.all().find(|&id| {
            let row = self.table.row(id);
            row.pid == pid
                && row.since() == start
                && hosts.iter().any(|&host| self.hosts.same(row.host, host))
        });
        found.map(|id| self.standing(id))
    }

    fn describe_process(&self, id: RowId) -> ProcessInfo {
        let row = self.table.row(id);
        let twin = row.twin.map(|twin| self.table.row(twin));
        let sid = twin.map_or(row.sid, |twin| if row.sid.is_empty() { twin.sid } else { row.sid });
        let user = if sid.is_empty() { row.user } else { sid };
        ProcessInfo {
            id: self.instance_id(id),
            host: self.hosts.display(row.host).to_owned(),
            image: row.image().map(|image| self.images.path(image).to_owned()),
            pid: row.pid.or(twin.and_then(|twin| twin.pid)),
            started: row.start.map(|start| start.at),
            ended: row.end,
            user: (!user.is_empty()).then(|| self.strings.get(user).to_owned()),
            known: row.known(),
            origin: row.origin().map(|origin| (self.strings.get(origin.source).to_owned(), origin.line)),
        }
    }

    /// A process that only its child's record names.
    fn describe_name(&self, child: RowId, above: Above) -> ProcessInfo {
        ProcessInfo {
            id: String::new(),
            host: self.hosts.display(self.table.row(child).host).to_owned(),
            image: self.image_above(above).map(|image| self.images.path(image).to_owned()),
            pid: None,
            started: None,
            ended: None,
            user: None,
            known: super::answers::Knowledge::NamedByChild,
            origin: None,
        }
    }

    /// Scores an execution against every scope that it names.
    pub(super) fn score(&self, execution: &Execution<'_>) -> Result<Score, Error> {
        let name = file_name(execution.image.trim());
        if name.is_empty() {
            return Err(Error::invalid("image", "must be a file name with an optional path"));
        }
        // What no table knows was never seen, which the empty text says.
        let find = |text: &str| self.strings.find(text).unwrap_or(Sym::EMPTY);
        let named = |image: Option<&str>| image.map(|image| find(&fold(file_name(image))));
        let hash = execution.hash.map(algorithm).transpose()?;
        let of = |field| hash.filter(|&(f, _)| f == field).map(|(_, hash)| find(&fold(hash)));
        let values: [Option<Sym>; FIELDS] = [
            bucket(execution.image.trim()).map(|directory| find(&directory)),
            named(execution.parent_image),
            named(execution.grandparent_image),
            of(Field::Sha256),
            of(Field::Sha1),
            of(Field::Md5),
        ];
        let asked = values.map(|value| value.is_some());
        let image = self.strings.find(&fold(name)).unwrap_or(Sym::EMPTY);
        let in_scope =
            |scope: &PrevalenceScope| Found::in_scope(scope, scope.look_up(image, &values).as_ref(), asked);
        let environment = execution.environment.map(|e| self.strings.find(e));
        let mut found = vec![(Scope::Customer, in_scope(self.counters.customer()))];
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
        fields: block
            .fields
            .iter()
            .flatten()
            .map(|f| FieldScore {
                field: f.field.as_str(),
                score: f.share.published(),
                count: f.value.executions,
                known: f.known.executions,
                hosts: u64::from(f.value.hosts),
            })
            .collect(),
    }
}

fn page<T>(rows: Vec<T>, offset: u64, limit: u32) -> Vec<T> {
    let limit = if limit == 0 { PAGE } else { limit.min(PAGE) };
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    rows.into_iter().skip(offset).take(limit as usize).collect()
}
