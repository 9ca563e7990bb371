//! Names that others wrote, in every format.

use proptest::prelude::*;

use super::samples::{chain, edge, node, story, traced};
use super::{Traced, dot, json, sheets, svg, text};
use crate::runtime::bindings::causality::{EdgeKind, Row, Step};
use crate::text::width;

/// Texts with what terminals, Graphviz, XML and spreadsheets would obey.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\u{1b}[2J",
        "\u{1b}]0;x\u{7}",
        "\r\n",
        "\u{9b}1m",
        "\u{202e}",
        "\u{2028}",
        "\u{0}",
        "\u{ffff}",
        "\u{fffe}",
        "\"",
        "\\",
        "\\\"",
        "</text><script>",
        "]]>",
        "<!--",
        "&lt;",
        "&#0;",
        "'",
        "=1+1",
        ",",
        ";",
        "{",
        "}",
        "->",
        "本",
        "e\u{301}",
        "\u{1f600}",
        "\u{200b}",
        "a.exe",
        "C:\\x\\",
        "/",
        "%",
        "  ",
    ]);
    let any = prop_oneof![pieces.prop_map(str::to_owned), ".{0,40}", "\\PC{0,200}"];
    prop::collection::vec(any, 1..8).prop_map(|all| all.concat())
}

/// The story with these names wherever one can stand.
fn told(names: &[String]) -> Traced {
    let mut traced = story();
    let mut next = names.iter().cycle().cloned();
    let mut name = || next.next().unwrap();
    for node in &mut traced.chain.nodes {
        node.process.image = Some(name());
        node.process.host = name();
        node.process.user = Some(name());
        node.command_line = Some(name());
        node.verdict.observed = Some(name());
        node.verdict.reason = Some(name());
        node.verdict.expected = vec![name(), name()];
    }
    for edge in &mut traced.chain.edges {
        edge.reason = name();
    }
    traced.chain.edges[2].kind = EdgeKind::Other(name());
    let damage = &mut traced.chain.damage;
    damage.files = (0..3).map(|_| name()).collect();
    damage.hosts = vec![name()];
    traced.chain.possible[0].damage.files = vec![name()];
    traced.chain.skews[0].host = name();
    traced.alerts.get_mut("A1").unwrap().alert_type = name();
    traced
}

/// Reads the quoted strings of a graph as Graphviz does: whether each is closed on its line.
fn is_balanced(line: &str) -> bool {
    let mut inside = false;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' if inside => drop(characters.next()),
            '"' => inside = !inside,
            _ => {}
        }
    }
    !inside
}

/// A graph without its quoted strings.
fn bare(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' if inside => drop(characters.next()),
            '"' => inside = !inside,
            _ if inside => {}
            c => out.push(c),
        }
    }
    out
}

proptest! {
    #[test]
    fn a_name_is_only_a_name(names in prop::collection::vec(hostile(), 1..6)) {
        let traced = told(&names);
        let plain = |c: char| c == '\n' || !(c.is_control() || "\u{202e}\u{2028}\u{ffff}\u{fffe}\u{200b}".contains(c));

        let tree = text::of(&traced);
        prop_assert!(tree.chars().all(plain), "{tree:?}");
        for line in tree.lines() {
            prop_assert!(width(line) <= text::WIDTH, "{line:?}");
        }

        let graph = dot::of(&traced);
        prop_assert!(graph.chars().all(plain));
        prop_assert!(graph.lines().all(is_balanced), "{graph}");
        prop_assert_eq!(graph.lines().count(), dot::of(&told(&["x".to_owned()])).lines().count() + hosts(&traced));
        let letters = bare(&graph);
        prop_assert!(!letters.contains("script") && !letters.contains("exe"), "{letters}");

        let picture = svg::of(&traced);
        prop_assert!(picture.chars().all(plain));
        let document = roxmltree::Document::parse(&picture).unwrap();
        for element in document.descendants().filter(roxmltree::Node::is_element) {
            let name = element.tag_name().name();
            prop_assert!(["svg", "title", "g", "rect", "path", "text"].contains(&name), "{name}");
        }

        // JSON has every text as it was.
        let object = json::chain(&traced);
        prop_assert_eq!(object["nodes"][0]["command_line"].as_str(), traced.chain.nodes[0].command_line.as_deref());
        let written = serde_json::to_string(&object).unwrap();
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), object);
    }

    #[test]
    fn a_row_is_a_line(name in hostile()) {
        let step = Step {
            time: 0,
            process: name.clone(),
            kind: name.clone(),
            what: name.clone(),
            candidate: Some(name.clone()),
            origin: None,
        };
        let row = Row { time: None, process: name.clone(), columns: vec![(name.clone(), name)], origin: None };
        for text in [sheets::timeline(&[step]), sheets::rows(&[row])] {
            prop_assert_eq!(text.matches('\n').count(), 2);
            prop_assert!(text.replace("\r\n", "").chars().all(|c| !c.is_control()));
        }
    }

    #[test]
    fn any_edges_give_a_tree(edges in prop::collection::vec((0_usize..8, 0_usize..8, any::<bool>(), 0_u8..=100), 0..30)) {
        let nodes = (0..8).map(|n| node(&format!("n{n}"), n)).collect();
        let edges = edges.into_iter().map(|(cause, effect, start, confidence)| {
            let kind = if start { EdgeKind::Started } else { EdgeKind::Injected };
            let mut edge = edge(&format!("n{cause}"), &format!("n{effect}"), kind, 1);
            edge.confidence = confidence;
            edge
        });
        let traced = traced(chain(nodes, edges.collect()));
        let picture = super::fold::Picture::of(&traced.chain, 100);
        let mut seen = Vec::new();
        picture.each(&mut |branch| seen.push(branch.node.process.id.clone()));
        let folded: u64 = picture.folded.iter().map(|fold| fold.count + fold.below).sum();
        prop_assert_eq!(seen.len(), 8);
        prop_assert_eq!(folded, 0);
        prop_assert!(roxmltree::Document::parse(&svg::of(&traced)).is_ok());
        prop_assert!(!text::of(&traced).is_empty());
    }
}

/// Each host is a cluster of three lines; the story with one name for all has one.
fn hosts(traced: &Traced) -> usize {
    let mut hosts: Vec<&str> = traced.chain.nodes.iter().map(|node| node.process.host.as_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    3 * (hosts.len() - 1)
}
