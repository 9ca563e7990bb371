//! A chain for Graphviz. Names of nodes are numbers; what others wrote stands in quoted labels only, where
//! Graphviz reads backslashes and the references of HTML: both are escaped.

use std::fmt::Write;

use super::fold::{Branch, Fold, Picture};
use super::{Traced, words};
use crate::runtime::bindings::causality::{Edge, EdgeKind, Node};
use crate::text::{cut, harmless};

/// So many processes and folds are nodes: with more Graphviz takes minutes.
const NODES: usize = 400;

/// So many columns of a text stand in a label.
const COLUMNS: usize = 60;

/// The chain as a directed graph, a cluster for each host.
#[must_use]
pub fn of(traced: &Traced) -> String {
    let picture = Picture::of(&traced.chain, NODES);
    let mut out = String::from(
        "digraph chain {\n  rankdir=LR;\n  node [shape=box, fontname=\"Helvetica\", fontsize=10];\n  edge [fontname=\"Helvetica\", fontsize=9];\n",
    );
    let mut hosts: Vec<(&str, String)> = Vec::new();
    let mut edges = String::new();
    picture.each(&mut |branch| {
        let host = branch.node.process.host.as_str();
        let mut nodes = node(traced, branch);
        for (index, fold) in branch.folded.iter().enumerate() {
            let name = format!("n{}f{index}", branch.number);
            nodes += &folded(&name, fold);
            let _ = writeln!(edges, "  n{} -> {name} [style=dotted];", branch.number);
        }
        match hosts.iter_mut().find(|(name, _)| *name == host) {
            Some((_, held)) => *held += &nodes,
            None => hosts.push((host, nodes)),
        }
        for below in &branch.below {
            edges += &led(branch.number, below.number, below.by, below.between);
        }
        for (edge, _, effect) in &branch.crossings {
            if let Some(effect) = effect {
                edges += &led(branch.number, *effect, Some(edge), 0);
            }
        }
    });
    for (number, (host, nodes)) in hosts.iter().enumerate() {
        let _ = write!(out, "  subgraph cluster_{number} {{\n    label={};\n{nodes}  }}\n", quoted(&[host]));
    }
    for (index, fold) in picture.folded.iter().enumerate() {
        out += &folded(&format!("f{index}"), fold);
    }
    out + &edges + "}\n"
}

fn node(traced: &Traced, branch: &Branch<'_>) -> String {
    let Node { process, .. } = branch.node;
    let mut lines = vec![words::name_and_pid(process)];
    lines.extend(process.started.map(|time| format!("{} {}", words::date(time), words::clock(time))));
    lines.extend(process.user.clone());
    lines.extend(branch.node.command_line.clone());
    for id in branch.node.alerts.iter().take(5) {
        let (score, kind) = words::alert(traced, id);
        lines.push(format!("! {score} {kind}").trim_end().to_owned());
    }
    if let Some(more) = branch.node.alerts.len().checked_sub(5).filter(|more| *more > 0) {
        lines.push(format!("! and {more} more alerts"));
    }
    lines.extend(words::violation(&branch.node.verdict).map(|text| format!("! {text}")));
    lines.extend(words::rarity(branch.node));
    lines.extend(words::knowledge(process).map(str::to_owned));
    let chain = &traced.chain;
    let mut more = String::new();
    if process.id == chain.root {
        more += ", peripheries=2";
    }
    let mut style = Vec::new();
    if process.id == chain.subject {
        style.push("bold");
    }
    if words::knowledge(process).is_some() {
        style.push("dashed");
    }
    if !style.is_empty() {
        let _ = write!(more, ", style=\"{}\"", style.join(","));
    }
    let id = quoted(&[&process.id]);
    format!("    n{} [label={}, tooltip={id}{more}];\n", branch.number, quoted(&lines))
}

fn folded(name: &str, fold: &Fold) -> String {
    let mut lines = vec![match &fold.name {
        Some(what) => format!("{what} x {}", fold.count),
        None => format!("{} more", fold.count),
    }];
    if fold.below > 0 {
        lines.push(format!("{} below", fold.below));
    }
    format!("    {name} [label={}, shape=folder];\n", quoted(&lines))
}

fn led(cause: usize, effect: usize, edge: Option<&Edge>, between: u64) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut look = "";
    if let Some(edge) = edge {
        if !words::is_start(edge) {
            words.push(words::edge(edge));
        }
        look = match edge.kind {
            EdgeKind::Started if edge.confidence >= 100 => "",
            EdgeKind::Injected => ", style=\"bold,dashed\", color=\"#b00020\"",
            EdgeKind::Dropped | EdgeKind::Started => ", style=dotted",
            EdgeKind::Connected => ", penwidth=3",
            EdgeKind::Service | EdgeKind::Task | EdgeKind::Wmi | EdgeKind::Other(_) => ", style=dashed",
        };
    }
    if between > 0 {
        words.push(format!("{between} between"));
    }
    let label = if words.is_empty() { String::new() } else { format!("label={}", quoted(&words)) };
    let attributes = format!("{label}{look}");
    match attributes.trim_start_matches(", ") {
        "" => format!("  n{cause} -> n{effect};\n"),
        attributes => format!("  n{cause} -> n{effect} [{attributes}];\n"),
    }
}

/// A quoted string of lines, each of which cannot leave it.
fn quoted(lines: &[impl AsRef<str>]) -> String {
    let line = |line: &str| {
        let text = cut(&harmless(line), COLUMNS);
        text.replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
    };
    let lines: Vec<String> = lines.iter().map(|text| line(text.as_ref())).collect();
    format!("\"{}\"", lines.join("\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::samples::{deep, story, traced, wide};

    #[test]
    fn a_chain_is_a_graph_with_a_cluster_for_each_host() {
        let text = of(&story());
        for expected in [
            "  subgraph cluster_0 {\n    label=\"ws-anna\";\n",
            "  subgraph cluster_1 {\n    label=\"srv-files\";\n",
            r#"n0 [label="winword.exe 4100\n2026-03-01 09:00:00.000\nHAZEL\\anna\nwinword.exe /n invoice.docm", tooltip="w/1", peripheries=2];"#,
            "n0f0 [label=\"37 more\", shape=folder];",
            "  n0 -> n1;\n",
            "  n1 -> n2 [label=\"injected\", style=\"bold,dashed\", color=\"#b00020\"];\n",
            "  n2 -> n3 [label=\"connected 85 %\", penwidth=3];\n",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
    }

    #[test]
    fn a_label_cannot_be_left() {
        assert_eq!(quoted(&["a\"b\\\n&lt;"]), r#""a\"b\\\\n&amp;lt;""#);
        assert_eq!(quoted(&["C:\\a\\"]), r#""C:\\a\\""#);
    }

    #[test]
    fn large_chains_stay_small() {
        for chain in [wide(9_999), deep(10_000)] {
            let text = of(&traced(chain));
            assert!(text.matches("[label=").count() <= 2 * NODES, "{}", text.len());
        }
    }
}
