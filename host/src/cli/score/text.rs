//! A score for people.

use std::fmt::Write;

use super::super::terminal::{harmless, listed, wrapped};
use crate::runtime::bindings::scoring::{Answer, Block, FieldScore};
use crate::scoring::{scope_name, time};

/// A line for the score, and one for each block.
pub(super) fn of(image: &str, answer: &Answer, detail: bool) -> String {
    let mut text = format!("{}: {} of 100\n", harmless(image), answer.echotrail_score);
    for block in &answer.blocks {
        let title = format!("  {:<12} {:>3}: ", scope_name(block.scope), block.overall_score);
        let parts = if detail { explained(block) } else { scores(block) };
        text += &wrapped(&title, INDENT, listed(&parts).join(" ").split(' '));
    }
    text
}

/// Where the parts of a block begin.
const INDENT: usize = 20;

fn scores(block: &Block) -> Vec<String> {
    let mut parts = vec![rank(block), format!("host_prev {}", block.host_prev)];
    parts.extend(block.fields.iter().map(|field| format!("{} {}", field.field, field.score)));
    parts
}

fn explained(block: &Block) -> Vec<String> {
    let mut parts = vec![rank(block)];
    parts.push(format!("host_prev {} ({} of {} hosts)", block.host_prev, block.hosts, block.scope_hosts));
    parts.push(format!("prevalence {:.2}", block.prevalence));
    parts.extend(block.fields.iter().map(field));
    if let (Some(first), Some(last)) = (block.first_seen, block.last_seen) {
        parts.push(format!("seen from {} to {}", time(first), time(last)));
    }
    if block.learning {
        parts.push("still learning".into());
    }
    parts
}

fn field(field: &FieldScore) -> String {
    let mut text = format!("{} {} ({} of {} executions", field.field, field.score, field.count, field.known);
    let _ = write!(text, " on {} of {} hosts", field.hosts, field.known_hosts);
    for element in &field.elements {
        let _ = write!(text, "; {} {}", harmless(&element.value), element.score);
    }
    text + ")"
}

fn rank(block: &Block) -> String {
    match block.rank {
        Some(rank) => format!("rank {rank} of {}", block.images),
        None => "never seen".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::bindings::scoring::{Interval, Scope};

    #[test]
    fn a_block_is_a_line() {
        let interval = Interval { low: 0.0, high: 0.0 };
        let path = FieldScore {
            field: "path".into(),
            score: 95,
            count: 19,
            known: 20,
            hosts: 1,
            known_hosts: 1,
            weight: 1.0,
            interval,
            learning: false,
            elements: vec![],
            minimum: None,
        };
        let block = Block {
            scope: Scope::Customer,
            weight: 1.0,
            rank: Some(2),
            host_prev: 25,
            overall_score: 60,
            executions: 20,
            hosts: 1,
            scope_hosts: 4,
            images: 10,
            prevalence: 44.5,
            prevalence_weight: 1.0,
            interval,
            first_seen: None,
            last_seen: None,
            learning: true,
            fields: vec![path],
        };
        let never = Block {
            scope: Scope::Host,
            rank: None,
            host_prev: 0,
            overall_score: 0,
            fields: vec![],
            ..block.clone()
        };
        let answer = Answer { echotrail_score: 30, blocks: vec![block, never] };
        assert_eq!(
            of("cmd.exe", &answer, false),
            "cmd.exe: 30 of 100\n  customer      60: rank 2 of 10, host_prev 25, path 95\n  host           0: never seen, host_prev 0\n"
        );
        let detail = of("cmd.exe", &answer, true);
        let first = "  customer      60: rank 2 of 10, host_prev 25 (1 of 4 hosts), prevalence 44.50,";
        assert_eq!(detail.lines().nth(1), Some(first));
        assert!(detail.contains("path 95 (19 of 20 executions on 1 of 1 hosts)"), "{detail}");
    }
}
