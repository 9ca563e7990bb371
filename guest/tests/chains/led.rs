//! What led to a root from outside its causality group.

use begat_guest::Engine;
use begat_guest::engine::EdgeKind;

use super::lines::{EXPLORER, after, id, start, thread};
use super::story;

type Edge = (EdgeKind, String, String, u8);

/// The topmost process, how sure it is, and the edges on the way.
fn lead(engine: &mut Engine, subject: u32) -> Option<(String, u8, Vec<Edge>)> {
    let lead = engine.chain(&id(subject), 0).unwrap().led_by?;
    let edges = lead.edges.into_iter().map(|edge| (edge.kind, edge.cause, edge.effect, edge.confidence));
    Some((lead.process.id, lead.confidence, edges.collect()))
}

/// browser.exe wrote x.exe (90 %), whose child sc.exe asked for the service evilsvc.exe (80 %); x.exe began a thread in
/// notepad.exe, which started after.exe ten seconds later and before.exe before that.
#[test]
fn the_way_goes_up_over_the_surest_edge_of_each_group() {
    let dropped = (EdgeKind::Dropped, id(10), id(20), 90);
    let service = (EdgeKind::Service, id(21), id(30), 80);
    let thread = (EdgeKind::Injected, id(20), id(5), 100);
    let mut backward = story();
    backward.reverse();
    for lines in [story(), backward] {
        let mut engine = after(&lines);
        assert_eq!(lead(&mut engine, 30), Some((id(10), 80, vec![service.clone(), dropped.clone()])));
        for subject in [20, 21] {
            assert_eq!(lead(&mut engine, subject), Some((id(10), 90, vec![dropped.clone()])));
        }
        assert_eq!(lead(&mut engine, 5), Some((id(10), 90, vec![thread.clone(), dropped.clone()])));
        // What started after the thread may be the thread's; what started before it is not.
        let unsure = (EdgeKind::Injected, id(20), id(5), 50);
        assert_eq!(lead(&mut engine, 50), Some((id(10), 50, vec![unsure, dropped.clone()])));
        assert_eq!(lead(&mut engine, 35), None);
        assert_eq!(lead(&mut engine, 10), None);
    }
}

#[test]
fn the_root_comes_first_and_what_only_leads_here_last() {
    let chain = after(&story()).chain(&id(30), 0).unwrap();
    assert_eq!((chain.root, &chain.nodes[0].process.id), (id(30), &id(30)));
    let mut outside: Vec<_> = chain.nodes[1..].iter().map(|node| node.process.id.clone()).collect();
    outside.sort_unstable();
    assert_eq!(outside, [20, 21].map(id));
}

#[test]
fn threads_that_go_round_and_those_within_a_group_lead_nowhere() {
    let [p7, p8] = [r"C:\a\p7.exe", r"C:\a\p8.exe"];
    let mut engine = after(&[
        start(7, 1, p7, EXPLORER, "x"),
        start(8, 1, p8, EXPLORER, "x"),
        start(9, 8, r"C:\a\p9.exe", p8, "x"),
        thread(20, 7, 8),
        thread(21, 8, 7),
        thread(22, 9, 8),
    ]);
    let round = (EdgeKind::Injected, id(8), id(7), 100);
    assert_eq!(lead(&mut engine, 7), Some((id(8), 100, vec![round])));
    let round = (EdgeKind::Injected, id(7), id(8), 100);
    assert_eq!(lead(&mut engine, 8), Some((id(7), 100, vec![round])));
    // 9 was there before the threads.
    assert_eq!(lead(&mut engine, 9), None);
}
