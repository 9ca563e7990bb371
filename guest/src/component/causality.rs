//! `causality`: processes, chains, timelines, matches, queries.

use super::begat::siem::types::{Error, InstanceId, Origin, Page};
use super::exports::begat::siem::{causality, hierarchy};
use super::{Component, ask, look};
use crate::engine;

impl causality::Guest for Component {
    fn processes(
        host: Option<String>,
        name: Option<String>,
        page: Page,
    ) -> Result<Vec<causality::Process>, Error> {
        let found =
            ask(|engine| Ok(engine.processes(host.as_deref(), name.as_deref(), page.offset, page.limit)))?;
        Ok(found.into_iter().map(process).collect())
    }

    fn ancestry_of(id: InstanceId) -> Result<causality::Ancestry, Error> {
        let found = ask(|engine| engine.ancestry(&id))?;
        Ok(causality::Ancestry {
            process: process(found.process),
            ancestors: found.ancestors.into_iter().map(process).collect(),
            owner: found.owner,
            partial: found.partial,
        })
    }

    fn chain_of(subject: String, limit: u32) -> Result<causality::Chain, Error> {
        Ok(chain(look(|engine| engine.chain(&subject, limit))?))
    }

    fn timeline_of(subject: String, page: Page) -> Result<Vec<causality::Step>, Error> {
        let steps = look(|engine| engine.timeline(&subject, page.offset, page.limit))?;
        Ok(steps.into_iter().map(step).collect())
    }

    fn matches_of(alert: String) -> Result<causality::Matching, Error> {
        let found = look(|engine| engine.matches(&alert))?;
        Ok(causality::Matching {
            candidates: found.candidates.into_iter().map(candidate).collect(),
            misses: found.misses.into_iter().map(candidate).collect(),
            reason: found.reason,
        })
    }

    fn query(query: String, page: Page) -> Result<Vec<causality::Row>, Error> {
        let rows = look(|engine| engine.query(&query, page.offset, page.limit))?;
        let row = |row: engine::Row| causality::Row {
            time: row.time,
            process: row.process,
            columns: row.columns,
            origin: row.origin.map(origin),
        };
        Ok(rows.into_iter().map(row).collect())
    }
}

fn origin((source, line): (String, u64)) -> Origin {
    Origin { source, line }
}

fn process(p: engine::ProcessInfo) -> causality::Process {
    causality::Process {
        id: p.id,
        host: p.host,
        image: p.image,
        pid: p.pid,
        started: p.started,
        ended: p.ended,
        user: p.user,
        known: match p.known {
            engine::Knowledge::Started => causality::Knowledge::Started,
            engine::Knowledge::Seen => causality::Knowledge::Seen,
            engine::Knowledge::NamedByChild => causality::Knowledge::NamedByChild,
        },
        origin: p.origin.map(origin),
    }
}

fn chain(chain: engine::Chain) -> causality::Chain {
    causality::Chain {
        subject: chain.subject,
        root: chain.root,
        led_by: chain.led_by.map(|lead| causality::Lead {
            process: process(lead.process),
            confidence: lead.confidence,
            edges: lead.edges.into_iter().map(edge).collect(),
        }),
        above: chain.above.map(process),
        partial: chain.partial,
        nodes: chain.nodes.into_iter().map(node).collect(),
        edges: chain.edges.into_iter().map(edge).collect(),
        damage: damage(chain.damage),
        possible: chain
            .possible
            .into_iter()
            .map(|of| causality::PossibleDamage { confidence: of.confidence, damage: damage(of.damage) })
            .collect(),
        skews: chain
            .skews
            .into_iter()
            .map(|skew| causality::Skew {
                host: skew.host,
                behind: skew.behind,
                milliseconds: skew.milliseconds,
                connections: skew.connections,
            })
            .collect(),
        truncated: chain.truncated,
        unfollowed: chain.unfollowed,
    }
}

fn damage(of: engine::Damage) -> causality::Damage {
    causality::Damage {
        hosts: of.hosts,
        users: of.users,
        files: of.files,
        registry: of.registry,
        addresses: of.addresses,
        domains: of.domains,
        truncated: of.truncated,
    }
}

fn node(node: engine::Node) -> causality::Node {
    let verdict = node.verdict;
    causality::Node {
        process: process(node.process),
        command_line: node.command_line,
        verdict: hierarchy::Verdict {
            outcome: super::hierarchy::outcome(verdict.outcome),
            reason: verdict.reason.map(str::to_owned),
            observed: verdict.observed,
            expected: verdict.expected,
            source: verdict.source,
        },
        prevalence: node.prevalence,
        alerts: node.alerts,
        injected_by: node.injected_by,
        folded: node.folded,
        confidence: node.confidence,
    }
}

fn edge(edge: engine::Edge) -> causality::Edge {
    causality::Edge {
        cause: edge.cause,
        effect: edge.effect,
        kind: match edge.kind {
            engine::EdgeKind::Started => causality::EdgeKind::Started,
            engine::EdgeKind::Injected => causality::EdgeKind::Injected,
            engine::EdgeKind::Dropped => causality::EdgeKind::Dropped,
            engine::EdgeKind::Service => causality::EdgeKind::Service,
            engine::EdgeKind::Task => causality::EdgeKind::Task,
            engine::EdgeKind::Wmi => causality::EdgeKind::Wmi,
            engine::EdgeKind::Connected => causality::EdgeKind::Connected,
        },
        confidence: edge.confidence,
        time: edge.time,
        reason: edge.reason,
        origin: edge.origin.map(origin),
    }
}

fn step(step: engine::Step) -> causality::Step {
    causality::Step {
        time: step.time,
        process: step.process,
        kind: step.kind.to_owned(),
        what: step.what,
        candidate: step.candidate,
        origin: step.origin.map(origin),
    }
}

fn candidate(candidate: engine::Candidate) -> causality::Candidate {
    causality::Candidate {
        process: candidate.process,
        rank: candidate.rank,
        apart: candidate.apart,
        reason: candidate.reason,
        origin: candidate.origin.map(origin),
    }
}
