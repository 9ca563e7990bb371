//! The partition against one found from scratch, pair by pair.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::model::Multiplier;

const HOUR: i64 = 60 * 60 * 1000;
const LIMITS: HubLimits = HubLimits { alerts: 4, peers: 3, hosts: 2, percent: 50, days: 1 };

/// What an alert is about, by the numbers of [`entities`].
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    time: i64,
    print: u32,
    entities: Vec<usize>,
    tactics: Vec<u32>,
    group: Option<u32>,
}

/// Three hosts, three users, four internal addresses, three external ones, two hashes.
fn entities() -> Vec<(ObservableKind, i64)> {
    use ObservableKind::{Address, Hash, Host, User};
    let kinds = [(Host, HOUR, 3), (User, HOUR, 3), (Address, HOUR, 4), (Address, DAY, 3), (Hash, DAY, 2)];
    kinds.into_iter().flat_map(|(kind, window, count)| vec![(kind, window); count]).collect()
}

fn empty() -> Graph {
    let mut graph = Graph::new(LIMITS, DAY, Seed::new(1));
    for (kind, window) in entities() {
        graph.add_entity(kind, window, is_machine(kind, window));
    }
    graph
}

/// Addresses with the short window stand for internal ones.
fn is_machine(kind: ObservableKind, window: i64) -> bool {
    kind == ObservableKind::Host || (kind == ObservableKind::Address && window == HOUR)
}

/// The machines that alerts before a day name beside an entity, or at all; and the first day of any of them.
fn spread(all: &[Told], of: Option<usize>, day: i64) -> (BTreeSet<usize>, Option<i64>) {
    let kinds = entities();
    let (mut machines, mut first) = (BTreeSet::new(), None);
    for told in all.iter().filter(|told| day_of(told.time) < day) {
        if of.is_some_and(|of| !told.entities.contains(&of)) {
            continue;
        }
        let of_kind = |kind| {
            let all = told.entities.iter().copied();
            all.filter(move |&e| entities()[e].0 == kind && is_machine(kind, entities()[e].1))
        };
        let mut named: Vec<usize> = of_kind(ObservableKind::Host).collect();
        if !told.entities.iter().any(|&e| kinds[e].0 == ObservableKind::Host) {
            named = of_kind(ObservableKind::Address).collect();
        }
        if !named.is_empty() {
            first = Some(first.map_or(day_of(told.time), |first: i64| first.min(day_of(told.time))));
        }
        machines.extend(named);
    }
    (machines, first)
}

fn draft(told: &Told) -> Draft {
    let entities: Vec<EntityId> = told.entities.iter().map(|&place| EntityId::at(place)).collect();
    Draft {
        time: told.time,
        print: told.print,
        score: Decimal::of(Multiplier::ONE),
        linking: entities.clone(),
        entities,
        tactics: told.tactics.clone(),
        group: told.group,
    }
}

/// What the specification says, straight: a hub-day is counted first, then all pairs are looked at.
fn expected(all: &[Told]) -> BTreeSet<BTreeSet<usize>> {
    let kinds = entities();
    let mut days: BTreeMap<(usize, i64), (BTreeSet<u32>, BTreeSet<usize>)> = BTreeMap::new();
    for told in all {
        for &entity in &told.entities {
            let of =
                |kind| told.entities.iter().copied().filter(move |&e| e != entity && entities()[e].0 == kind);
            let mut peers: Vec<usize> = of(ObservableKind::Host).collect();
            if peers.is_empty() && kinds[entity].0 == ObservableKind::Address {
                peers = of(ObservableKind::Address).collect();
            }
            let day = days.entry((entity, day_of(told.time))).or_default();
            day.0.insert(told.print);
            day.1.extend(peers);
        }
    }
    let is_hub = |entity: usize, time: i64| {
        if kinds[entity].0 == ObservableKind::Hash {
            let (its, first) = spread(all, Some(entity), day_of(time));
            let (every, _) = spread(all, None, day_of(time));
            let is_old = first.is_some_and(|first| day_of(time) - first > 1);
            return is_old && its.len() > 2 && its.len() * 100 > every.len() * 50;
        }
        let Some((prints, peers)) = days.get(&(entity, day_of(time))) else { return false };
        match kinds[entity].0 {
            ObservableKind::Address => prints.len() > 4 || peers.len() > 3,
            ObservableKind::User => peers.len() > 2,
            _ => false,
        }
    };
    let linked = |a: &Told, b: &Told| {
        let apart = (a.time - b.time).abs();
        let shared: Vec<usize> = a
            .entities
            .iter()
            .copied()
            .filter(|e| b.entities.contains(e) && !is_hub(*e, a.time) && !is_hub(*e, b.time))
            .collect();
        let within = |e: usize| apart <= kinds[e].1;
        let weak: Vec<usize> = shared
            .iter()
            .copied()
            .filter(|&e| matches!(kinds[e].0, ObservableKind::Host | ObservableKind::User) && within(e))
            .collect();
        let tactic = a.tactics.iter().any(|tactic| b.tactics.contains(tactic));
        shared
            .iter()
            .any(|&e| !matches!(kinds[e].0, ObservableKind::Host | ObservableKind::User) && within(e))
            || weak.len() > 1
            || (!weak.is_empty() && tactic)
            || (a.group.is_some() && a.group == b.group && apart <= DAY)
    };
    let mut of: Vec<usize> = (0..all.len()).collect();
    for a in 0..all.len() {
        for b in 0..a {
            if linked(&all[a], &all[b]) {
                let (from, to) = (of[a], of[b]);
                of.iter_mut().filter(|part| **part == from).for_each(|part| *part = to);
            }
        }
    }
    let parts: BTreeSet<usize> = of.iter().copied().collect();
    parts.into_iter().map(|part| (0..all.len()).filter(|&a| of[a] == part).collect()).collect()
}

/// The graph's partition; `names` says which alert a node is.
fn found(graph: &Graph, names: &[usize]) -> BTreeSet<BTreeSet<usize>> {
    let mut parts: BTreeMap<ClusterId, BTreeSet<usize>> = BTreeMap::new();
    for node in graph.all_nodes() {
        parts.entry(graph.cluster_of(node)).or_default().insert(names[node.place()]);
    }
    parts.into_values().collect()
}

/// What a root says of itself is what its members say, and every id leads somewhere.
fn check(graph: &Graph) {
    for root in graph.roots() {
        let cluster = graph.cluster(root);
        let members = graph.members(root);
        assert_eq!(cluster.alerts, members.len() as u64);
        assert_eq!(cluster.score.to_string(), members.len().to_string());
        assert_eq!(cluster.first, members.iter().map(|&m| graph.node(m).time).min().unwrap());
        assert_eq!(cluster.last, members.iter().map(|&m| graph.node(m).time).max().unwrap());
        assert!(members.iter().all(|&member| graph.cluster_of(member) == root));
    }
    for id in graph.all_clusters() {
        let root = graph.root(id);
        assert_eq!(graph.cluster(root).parent, None);
        assert!(graph.family(root).contains(&id), "{id:?} leads to {root:?}, which does not know it");
    }
    let held: usize = graph.roots().map(|root| graph.members(root).len()).sum();
    assert_eq!(held, graph.all_nodes().count());
}

fn told() -> impl Strategy<Value = Told> {
    // Three days, so that windows of a day reach over hub-days; times on a grid of twenty minutes.
    let entities = prop::collection::btree_set(0..15_usize, 0..4);
    let tactics = prop::collection::btree_set(0..2_u32, 0..2);
    (0..200_i64, 0..12_u32, entities, tactics, prop::option::weighted(0.2, 0..3_u32)).prop_map(
        |(at, print, entities, tactics, group)| Told {
            time: at * 20 * 60 * 1000,
            print,
            entities: entities.into_iter().collect(),
            tactics: tactics.into_iter().collect(),
            group,
        },
    )
}

/// Alerts of four days about one of two hashes on some machine, so that many become hubs by their spread.
fn spreading() -> impl Strategy<Value = Told> {
    let machines = prop::collection::btree_set(prop_oneof![0..3_usize, 6..10_usize], 1..3);
    (0..288_i64, 0..3_u32, machines, 13..15_usize).prop_map(|(at, print, mut entities, hash)| {
        entities.insert(hash);
        let entities = entities.into_iter().collect();
        Told { time: at * 20 * 60 * 1000, print, entities, tactics: Vec::new(), group: None }
    })
}

fn any_told() -> impl Strategy<Value = Vec<Told>> {
    prop_oneof![prop::collection::vec(told(), 0..40), prop::collection::vec(spreading(), 0..40)]
}

fn shuffled() -> impl Strategy<Value = (Vec<Told>, Vec<usize>)> {
    any_told().prop_flat_map(|all| {
        let order: Vec<usize> = (0..all.len()).collect();
        (Just(all), Just(order).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn in_any_order_the_partition_is_that_of_all_pairs((all, order) in shuffled()) {
        let mut graph = empty();
        for &place in &order {
            graph.add(draft(&all[place]), false);
        }
        check(&graph);
        prop_assert_eq!(found(&graph, &order), expected(&all));
    }

    #[test]
    fn what_is_taken_out_again_leaves_no_trace((all, order) in shuffled(), keep in 0..40_usize) {
        let mut graph = empty();
        for &place in &order {
            graph.add(draft(&all[place]), false);
        }
        // Those in front of the order stay.
        for place in keep.min(order.len())..order.len() {
            graph.remove(NodeId::at(place));
            check(&graph);
        }
        let kept = &order[..keep.min(order.len())];
        let told: Vec<Told> = kept.iter().map(|&place| all[place].clone()).collect();
        let names: Vec<usize> = (0..told.len()).collect();
        prop_assert_eq!(found(&graph, &names), expected(&told));
    }

    #[test]
    fn a_replaced_alert_is_as_if_it_had_always_been_so((mut all, order) in shuffled(), other in prop_oneof![told(), spreading()], which in 0..40_usize) {
        if order.is_empty() {
            return Ok(());
        }
        let mut graph = empty();
        for &place in &order {
            graph.add(draft(&all[place]), false);
        }
        let which = which % order.len();
        graph.replace(NodeId::at(which), draft(&other), false);
        check(&graph);
        all[order[which]] = other;
        prop_assert_eq!(found(&graph, &order), expected(&all));
    }

    // The two member sets of before, hubs or not; and what linked them links them no more.
    #[test]
    fn an_undone_merge_gives_the_two_sets_of_before((all, order) in shuffled()) {
        let mut graph = empty();
        for &place in &order {
            let before: BTreeMap<ClusterId, Vec<NodeId>> =
                graph.roots().map(|root| (root, graph.members(root))).collect();
            graph.take_happened();
            let node = graph.add(draft(&all[place]), false);
            let happened = graph.take_happened();
            // A hub that parts or joins clusters in the same step makes other sets of before.
            let by_another = |h: &Happened| matches!(h, Happened::Merged(.., by) if !by.contains(&node));
            let parts = happened.iter().any(|h| matches!(h, Happened::Split(..)) || by_another(h));
            let merged = happened.iter().find_map(|h| match h {
                Happened::Merged(into, from, ..) => Some((*into, *from)),
                _ => None,
            });
            if let (Some((into, from)), false) = (merged, parts) {
                let root = graph.root(into);
                let whole = graph.members(root);
                prop_assert!(graph.undo_merge(root, from));
                check(&graph);
                prop_assert_eq!(graph.members(from), before[&from].clone());
                let rest: Vec<NodeId> = whole.into_iter().filter(|id| !before[&from].contains(id)).collect();
                prop_assert_eq!(graph.members(root), rest);
                prop_assert_eq!(graph.cluster_of(node), root);
                // Looking anew finds no reason to join or to part.
                let shown = found(&graph, &order);
                for root in graph.roots().collect::<Vec<_>>() {
                    graph.part(root, None);
                }
                prop_assert_eq!(found(&graph, &order), shown.clone());
                // Nor does another record of one of them.
                let member = before[&from][0];
                let told = &all[order[member.place()]];
                graph.replace(member, draft(&Told { print: told.print + 100, ..told.clone() }), false);
                graph.replace(member, draft(told), false);
                check(&graph);
                prop_assert_eq!(found(&graph, &order), shown);
            }
        }
    }
}

#[test]
fn a_taken_out_alert_is_alone_for_good() {
    let mut graph = empty();
    let alert = |time| draft(&Told { time, print: 0, entities: vec![12], tactics: vec![], group: None });
    let (a, b) = (graph.add(alert(0), false), graph.add(alert(HOUR), false));
    assert_eq!(graph.cluster_of(a), graph.cluster_of(b));
    graph.take_out(a);
    assert_ne!(graph.cluster_of(a), graph.cluster_of(b));
    let c = graph.add(alert(1), false);
    assert_eq!(graph.cluster_of(c), graph.cluster_of(b));
    assert_eq!(graph.members(graph.cluster_of(a)), [a]);
    check(&graph);
}
