//! What is said of a record: the member `begat` of its line.

use super::hierarchy::Verdict;
use super::lineage::Above;
use super::observe::Observed;
use super::prevalence::Field;
use super::prevalence::score::Block;
use super::process::{Entity, RowId};
use super::state::State;
use super::strings::Sym;
use crate::model::{Action, EntityId, Event};
use crate::text::json::{push_escaped, push_int, push_string};
use crate::text::time;

impl State {
    /// Appends the annotation, an object.
    pub(super) fn annotate(&self, out: &mut String, event: &Event<'_>, observed: &Observed) {
        out.push_str("{\"kind\":\"");
        out.push_str(event.kind.as_str());
        out.push('"');
        if observed.is_twin {
            out.push_str(",\"twin\":true");
        }
        if observed.time_assumed {
            out.push_str(",\"time\":\"assumed\"");
        }
        let whole = match (&event.action, observed.row) {
            (Action::End, Some(id)) => self.score_whole(id),
            _ => None,
        };
        if let Some(score) = observed.score.as_ref().or(whole.as_ref()) {
            out.push_str(",\"prevalence\":{\"echotrail_score\":");
            push_int(out, score.echotrail_score(&self.config.prevalence.weights));
            if let Some(global) = &score.global {
                push_block(out, "global", global);
            }
            push_block(out, "customer", &score.customer);
            if let Some(environment) = &score.environment {
                push_block(out, "environment", environment);
            }
            if let Some(host) = &score.host {
                push_block(out, "host", host);
            }
            out.push('}');
        }
        if observed.is_judged {
            out.push_str(&self.verdict_json);
        } else if let Some(id) = observed.started
            && let Action::Start { command_line, parent_command_line, .. } = event.action
        {
            push_hierarchy(out, &self.judge(id, command_line, parent_command_line));
        }
        if let Some(id) = observed.row {
            self.push_causality(out, id);
        }
        self.push_alerts(out, &observed.alerts);
        out.push('}');
    }

    /// Appends the member `causality`, with the comma before it.
    pub(super) fn push_causality(&self, out: &mut String, id: RowId) {
        let lineage = self.lineage(id);
        out.push_str(",\"causality\":{\"process\":\"");
        self.write_instance_id(out, id, push_escaped);
        out.push_str("\",\"owner\":");
        match lineage.owner {
            Some(0) => self.push_name(out, Above::Row(id)),
            Some(place) => match lineage.ancestors.get(place - 1) {
                Some(&above) => self.push_name(out, above),
                None => out.push_str("null"),
            },
            None => out.push_str("null"),
        }
        out.push_str(",\"ancestors\":[");
        for (index, &above) in lineage.ancestors.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            self.push_name(out, above);
        }
        out.push_str("],\"partial\":");
        out.push_str(if lineage.partial { "true}" } else { "false}" });
    }

    fn push_name(&self, out: &mut String, above: Above) {
        let name = self.image_above(above).map_or(Sym::EMPTY, |image| self.images.get(image).name);
        if name.is_empty() {
            out.push_str("null");
        } else {
            push_string(out, self.strings.get(name));
        }
    }

    /// `host/guid` or `host/pid/start`.
    pub(super) fn instance_id(&self, id: RowId) -> String {
        let mut text = String::with_capacity(64);
        self.write_instance_id(&mut text, id, String::push_str);
        text
    }

    /// `push` appends a text, escaped where that is needed.
    fn write_instance_id(&self, out: &mut String, id: RowId, push: fn(&mut String, &str)) {
        let row = self.table.row(id);
        push(out, self.hosts.display(row.host));
        out.push('/');
        match row.entity {
            Some(Entity::Guid(high, low)) => {
                EntityId::Guid(u128::from(high) << 64 | u128::from(low)).push(out);
            }
            Some(Entity::Text(text)) => push(out, self.strings.get(text)),
            None => {
                match row.pid {
                    Some(pid) => push_int(out, pid),
                    None => out.push('-'),
                }
                out.push('/');
                time::push(out, row.since());
            }
        }
    }
}

fn push_block(out: &mut String, name: &str, block: &Block) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":{\"rank\":");
    match block.rank {
        Some(rank) => push_int(out, rank),
        None => out.push_str("null"),
    }
    out.push_str(",\"host_prev\":");
    push_int(out, block.host_prev.published());
    out.push_str(",\"overall_score\":");
    push_int(out, block.overall_score());
    let fields = block.fields.iter().flatten().map(|field| (field.field, field.share.published()));
    for (field, score) in fields.chain(block.lists.iter().map(|list| (list.field, list.published()))) {
        out.push_str(match field {
            Field::Path => ",\"path_score\":",
            Field::Parent => ",\"parent_score\":",
            Field::Grandparent => ",\"grandparent_score\":",
            Field::Sha256 | Field::Sha1 | Field::Md5 => ",\"hash_score\":",
            Field::Children => ",\"children_score\":",
            Field::NetworkPorts => ",\"network_ports_score\":",
        });
        push_int(out, score);
    }
    out.push_str(if block.learning { ",\"learning\":true}" } else { "}" });
}

/// Appends the member `hierarchy`, with the comma before it.
pub(super) fn push_hierarchy(out: &mut String, verdict: &Verdict<'_>) {
    out.push_str(",\"hierarchy\":{\"verdict\":\"");
    out.push_str(verdict.outcome.as_str());
    out.push('"');
    if let Some(reason) = verdict.reason {
        out.push_str(",\"reason\":\"");
        out.push_str(reason.as_str());
        out.push('"');
    }
    if let Some(observed) = verdict.observed {
        out.push_str(",\"observed\":");
        push_string(out, observed);
    }
    if !verdict.expected.is_empty() {
        out.push_str(",\"expected\":[");
        for (index, name) in verdict.expected.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            push_string(out, name);
        }
        out.push(']');
    }
    if let Some(source) = verdict.source {
        out.push_str(",\"source\":");
        push_string(out, source);
    }
    out.push('}');
}
