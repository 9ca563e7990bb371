//! Chains for tests, made by hand.

use std::collections::BTreeMap;

use super::Traced;
use crate::clusters::samples::held;
use crate::runtime::bindings::causality::{
    Chain, Damage, Edge, EdgeKind, Knowledge, Node, PossibleDamage, Process, Skew,
};
use crate::runtime::bindings::hierarchy::{Outcome, Verdict};
use crate::runtime::bindings::types::Origin;

/// 2026-03-01T09:00:00Z.
pub(crate) use crate::clusters::samples::NINE;

/// `<id>.exe` on `ws-anna`, so many seconds past nine; its id is `id`.
pub(crate) fn node(id: &str, second: i64) -> Node {
    Node {
        process: Process {
            id: id.into(),
            host: "ws-anna".into(),
            image: Some(format!("C:\\Tools\\{id}.exe")),
            pid: Some(4000),
            started: Some(NINE + second * 1000),
            ended: None,
            user: Some("HAZEL\\anna".into()),
            known: Knowledge::Started,
            origin: Some(Origin { source: "sysmon.ndjson".into(), line: 7 }),
        },
        command_line: Some(format!("{id}.exe /run")),
        verdict: Verdict {
            outcome: Outcome::Unknown,
            reason: Some("not-listed".into()),
            observed: None,
            expected: vec![],
            source: None,
        },
        prevalence: Some((80, 4000)),
        alerts: vec![],
        injected_by: vec![],
        folded: 0,
        confidence: 100,
    }
}

/// An edge that a record says itself, so many seconds past nine.
pub(crate) fn edge(cause: &str, effect: &str, kind: EdgeKind, second: i64) -> Edge {
    Edge {
        cause: cause.into(),
        effect: effect.into(),
        kind,
        confidence: 100,
        time: Some(NINE + second * 1000),
        reason: "its own record".into(),
        origin: None,
    }
}

/// The first node is the root and the subject; it touched nothing.
pub(crate) fn chain(nodes: Vec<Node>, edges: Vec<Edge>) -> Chain {
    let root = nodes.first().map(|node| node.process.id.clone()).unwrap_or_default();
    Chain {
        subject: root.clone(),
        root,
        led_by: None,
        above: None,
        partial: false,
        nodes,
        edges,
        damage: nothing(),
        possible: vec![],
        skews: vec![],
        truncated: 0,
        unfollowed: 0,
    }
}

/// No damage.
pub(crate) fn nothing() -> Damage {
    Damage {
        hosts: vec![],
        users: vec![],
        files: vec![],
        registry: vec![],
        addresses: vec![],
        domains: vec![],
        truncated: vec![],
    }
}

/// A chain without alerts.
pub(crate) fn traced(chain: Chain) -> Traced {
    Traced { chain, alerts: BTreeMap::new() }
}

fn named(id: &str, second: i64, image: &str, pid: u32, command_line: &str) -> Node {
    let mut node = node(id, second);
    node.process.image = Some(image.into());
    node.process.pid = Some(pid);
    node.command_line = Some(command_line.into());
    node
}

/// A document starts a shell, that injects into notepad.exe, which was there before; from there it goes to
/// `srv-files`. The shell has alert A1 (16.8), the last process is not expected where it is.
pub(crate) fn story() -> Traced {
    let mut notepad = named("w/3", -60, "C:\\Windows\\notepad.exe", 4300, "notepad.exe todo.txt");
    notepad.injected_by = vec!["w/2".into()];
    let mut shell = named("w/2", 12, "C:\\Windows\\powershell.exe", 4200, "powershell -enc SQBFAFgA");
    shell.alerts = vec!["A1".into()];
    let mut remote = named("s/1", 95, "C:\\Users\\Public\\svchost.exe", 900, "svchost.exe");
    remote.process.host = "srv-files".into();
    remote.process.user = Some("SYSTEM".into());
    remote.confidence = 85;
    remote.prevalence = Some((1, 1));
    remote.verdict = Verdict {
        outcome: Outcome::Violation,
        reason: Some("unexpected-parent".into()),
        observed: Some("notepad.exe".into()),
        expected: vec!["services.exe".into()],
        source: Some("modern".into()),
    };
    let mut word = named("w/1", 0, "C:\\Office\\winword.exe", 4100, "winword.exe /n invoice.docm");
    word.folded = 37;
    let nodes = vec![word, shell, notepad, remote];
    let mut across = edge("w/3", "s/1", EdgeKind::Connected, 94);
    across.confidence = 85;
    across.reason = "both ends of 10.0.0.23:50123 to 10.0.0.9:445".into();
    let mut injected = edge("w/2", "w/3", EdgeKind::Injected, 30);
    injected.reason = "remote thread".into();
    let mut chain = chain(nodes, vec![edge("w/1", "w/2", EdgeKind::Started, 12), injected, across]);
    chain.subject = "w/2".into();
    chain.truncated = 37;
    chain.damage.hosts = vec!["ws-anna".into()];
    chain.damage.addresses = vec!["203.0.113.7:443".into()];
    chain.damage.domains = vec!["evil.example".into()];
    chain.damage.files = (0..12).map(|n| format!("C:\\Users\\anna\\{n:02}.locked")).collect();
    chain.damage.truncated = vec![("files".into(), 88)];
    let damage = Damage { hosts: vec!["srv-files".into()], users: vec!["SYSTEM".into()], ..nothing() };
    chain.possible = vec![PossibleDamage { confidence: 85, damage }];
    chain.skews =
        vec![Skew { host: "srv-files".into(), behind: "ws-anna".into(), milliseconds: 350, connections: 7 }];
    Traced { chain, alerts: BTreeMap::from([("A1".into(), held().alerts.remove(0))]) }
}

/// A root with so many children of one file name.
pub(crate) fn wide(children: usize) -> Chain {
    let mut nodes = vec![node("root", 0)];
    let mut edges = vec![];
    for n in 0..children {
        let mut child = node(&format!("c{n}"), i64::try_from(n).unwrap() + 1);
        child.process.image = Some("C:\\Windows\\conhost.exe".into());
        edges.push(edge("root", &child.process.id, EdgeKind::Started, 1));
        nodes.push(child);
    }
    chain(nodes, edges)
}

/// Each starts the next.
pub(crate) fn deep(nodes: usize) -> Chain {
    let all: Vec<Node> = (0..nodes).map(|n| node(&format!("d{n}"), i64::try_from(n).unwrap())).collect();
    let pairs =
        all.windows(2).map(|pair| edge(&pair[0].process.id, &pair[1].process.id, EdgeKind::Started, 1));
    let edges = pairs.collect();
    chain(all, edges)
}
