//! `begat:siem/scoring`.

use super::begat::siem::types::{Error, Timestamp};
use super::exports::begat::siem::scoring;
use super::{Component, ask, change};
use crate::engine;

impl scoring::Guest for Component {
    fn score(execution: scoring::Execution) -> Result<scoring::Answer, Error> {
        ask(|engine| engine.score(&native(&execution))).map(answer)
    }

    fn record_execution(
        execution: scoring::Execution,
        at: Timestamp,
        received_at: Timestamp,
    ) -> Result<scoring::Answer, Error> {
        change(|engine| engine.record(&native(&execution), at, received_at)).map(answer)
    }

    fn insights_of(
        subject: String,
        field: Option<String>,
        value: Option<String>,
    ) -> Result<scoring::About, Error> {
        let about = ask(|engine| engine.insights(&subject, field.as_deref(), value.as_deref()))?;
        Ok(match about {
            engine::About::NeverSeen(message) => scoring::About::NeverSeen(message),
            engine::About::Seen(seen) => scoring::About::Seen(scoring::Insights {
                rank: seen.rank,
                host_prev: seen.host_prev,
                eps: seen.eps,
                fields: seen
                    .fields
                    .into_iter()
                    .map(|f| scoring::Insight {
                        field: f.field.into(),
                        values: f.values,
                        truncated: f.truncated,
                    })
                    .collect(),
            }),
        })
    }

    fn rare(stack: scoring::Stack, offset: u64, limit: u32) -> Result<Vec<scoring::Rarity>, Error> {
        let by = match stack.by {
            scoring::StackBy::Image => engine::StackBy::Image,
            scoring::StackBy::ParentChild => engine::StackBy::ParentChild,
            scoring::StackBy::Path => engine::StackBy::Path,
            scoring::StackBy::Hash => engine::StackBy::Hash,
        };
        let stack = engine::Stack { by, max_hosts: stack.max_hosts, since: stack.since };
        let rows = ask(|engine| Ok(engine.rare(&stack, offset, limit)))?;
        Ok(rows
            .into_iter()
            .map(|r| scoring::Rarity {
                image: r.image,
                value: r.value,
                executions: r.executions,
                hosts: r.hosts,
                first_seen: r.first_seen,
                last_seen: r.last_seen,
            })
            .collect())
    }

    fn images(offset: u64, limit: u32) -> Result<Vec<scoring::ImageRow>, Error> {
        let rows = ask(|engine| Ok(engine.images(offset, limit)))?;
        Ok(rows.into_iter().map(image_row).collect())
    }
}

pub(super) fn image_row(row: engine::ImageRow) -> scoring::ImageRow {
    scoring::ImageRow { image: row.image, executions: row.executions, hosts: row.hosts, rank: row.rank }
}

fn native(execution: &scoring::Execution) -> engine::Execution<'_> {
    engine::Execution {
        image: &execution.image,
        hostname: execution.hostname.as_deref(),
        parent_image: execution.parent_image.as_deref(),
        grandparent_image: execution.grandparent_image.as_deref(),
        hash: execution.hash.as_deref(),
        children: &execution.children,
        network_ports: &execution.network_ports,
        environment: execution.environment.as_deref(),
    }
}

fn answer(score: engine::Score) -> scoring::Answer {
    scoring::Answer {
        echotrail_score: score.echotrail_score,
        blocks: score.blocks.into_iter().map(block).collect(),
    }
}

fn block(block: engine::ScoreBlock) -> scoring::Block {
    scoring::Block {
        scope: match block.scope {
            engine::Scope::Global => scoring::Scope::Global,
            engine::Scope::Customer => scoring::Scope::Customer,
            engine::Scope::Environment => scoring::Scope::Environment,
            engine::Scope::Host => scoring::Scope::Host,
        },
        weight: block.weight,
        rank: block.rank,
        host_prev: block.host_prev,
        overall_score: block.overall_score,
        executions: block.executions,
        hosts: block.hosts,
        scope_hosts: block.scope_hosts,
        images: block.images,
        prevalence: block.prevalence,
        prevalence_weight: block.prevalence_weight,
        interval: interval(block.interval),
        first_seen: block.first_seen,
        last_seen: block.last_seen,
        learning: block.learning,
        fields: block.fields.into_iter().map(field).collect(),
    }
}

fn field(field: engine::FieldScore) -> scoring::FieldScore {
    scoring::FieldScore {
        field: field.field.into(),
        score: field.score,
        count: field.count,
        known: field.known,
        hosts: field.hosts,
        known_hosts: field.known_hosts,
        weight: field.weight,
        interval: interval(field.interval),
        learning: field.learning,
        elements: field
            .elements
            .into_iter()
            .map(|e| scoring::Element {
                value: e.value,
                score: e.score,
                count: e.count,
                known: e.known,
                hosts: e.hosts,
            })
            .collect(),
        minimum: field.minimum,
    }
}

fn interval((low, high): (f64, f64)) -> scoring::Interval {
    scoring::Interval { low, high }
}
