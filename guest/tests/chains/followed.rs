//! What is followed: the same whatever is shown, and everything that a member did.

use begat_guest::engine::EdgeKind;

use super::lines::{EXPLORER, SERVICES, after, did, edges, guid, id, ids, moved, start, started, thread};

const NOTEPAD: &str = r"C:\p\n.exe";

/// Sorted, to be compared.
fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all
}

#[test]
fn what_is_shown_does_not_change_what_is_followed() {
    // Of thirty children the last two leave traces that lead on: one writes a file, which another process runs, that
    // connects somewhere; the other puts a thread into notepad.exe, which starts a process after that.
    let mut lines = vec![start(10, 1, r"C:\a\root.exe", EXPLORER, "root")];
    lines.extend((0..30).map(|n| start(100 + n, 10, r"C:\a\child.exe", r"C:\a\root.exe", "child")));
    lines.extend([
        did(11, 130, 129, r#""TargetFilename":"C:\\p\\dropped.exe""#),
        start(140, 1, r"C:\p\dropped.exe", EXPLORER, "dropped"),
        did(
            3,
            141,
            140,
            r#""Initiated":"true","SourceIp":"10.0.0.1","SourcePort":50000,"DestinationIp":"203.0.113.7","DestinationPort":443"#,
        ),
        start(5, 1, NOTEPAD, EXPLORER, "notepad"),
        thread(142, 128, 5),
        start(150, 5, r"C:\a\late.exe", NOTEPAD, "late"),
        did(11, 151, 150, r#""TargetFilename":"C:\\p\\late.txt""#),
    ]);
    let mut engine = after(&lines);
    // Root, thirty children, dropped.exe, notepad.exe and late.exe.
    for (limit, shown) in [(1, 1), (10, 10), (0, 34), (10_000, 34)] {
        let chain = engine.chain(&id(10), limit).unwrap();
        assert_eq!((chain.nodes.len(), chain.truncated), (shown, 34 - shown as u64), "{limit}");
        assert_eq!((chain.root.as_str(), chain.unfollowed), (id(10).as_str(), 0));
        assert_eq!(
            (&chain.damage.files[..], &chain.damage.addresses[..]),
            (&[r"C:\p\dropped.exe".into()][..], &[][..])
        );
        // What dropped.exe did is as sure as that it was dropped, what late.exe did as sure as the thread.
        assert_eq!(chain.possible.len(), 2);
        let (dropped, late) = (&chain.possible[0], &chain.possible[1]);
        assert_eq!(
            (dropped.confidence, &dropped.damage.addresses[..]),
            (90, &["203.0.113.7:443".into()][..])
        );
        assert_eq!((late.confidence, &late.damage.files[..]), (50, &[r"C:\p\late.txt".into()][..]));
        let above = chain.above.unwrap();
        assert!(above.image.unwrap().ends_with("explorer.exe"));
    }
}

#[test]
fn what_is_not_followed_is_counted() {
    // Two hundred thousand processes are followed; here the root alone leads to one more than that.
    let mut lines = vec![start(10, 1, r"C:\a\root.exe", EXPLORER, "root")];
    lines.extend((0..200_001).map(|n| start(1000 + n, 10, r"C:\a\child.exe", r"C:\a\root.exe", "child")));
    let mut engine = after(&[lines.join("\n")]);
    for limit in [10, 10_000] {
        let chain = engine.chain(&id(10), limit).unwrap();
        assert_eq!((chain.truncated, chain.unfollowed), (200_002 - u64::from(limit), 200_001));
    }
}

/// notepad.exe, which has a child and writes a file that is run before a thread begins in it, and a child after that.
/// Who wrote its own file, and who began the thread?
fn both_ways(writer: u32, injector: u32) -> Vec<String> {
    vec![
        start(20, 1, r"C:\a\x.exe", EXPLORER, "x"),
        start(21, 20, r"C:\a\y.exe", r"C:\a\x.exe", "y"),
        start(22, 21, r"C:\a\z.exe", r"C:\a\y.exe", "z"),
        did(11, 23, writer, r#""TargetFilename":"C:\\p\\n.exe""#),
        start(30, 1, NOTEPAD, EXPLORER, "n"),
        start(35, 30, r"C:\a\before.exe", NOTEPAD, "before"),
        did(11, 36, 30, r#""TargetFilename":"C:\\p\\m.exe""#),
        start(37, 1, r"C:\p\m.exe", EXPLORER, "m"),
        thread(40, injector, 30),
        start(50, 30, r"C:\a\after.exe", NOTEPAD, "after"),
    ]
}

#[test]
fn who_is_reached_by_a_thread_and_in_another_way_is_followed_whole() {
    // The thread's edge is one step from the root and the file's three, and the other way round: the one time it is
    // followed as a candidate before it turns out to be a member, the other time not.
    for (writer, injector) in [(22, 20), (20, 22)] {
        let chain = after(&both_ways(writer, injector)).chain(&id(20), 0).unwrap();
        assert_eq!(sorted(ids(&chain)), [20, 21, 22, 30, 35, 37, 50].map(id));
        let expected = [
            (EdgeKind::Injected, id(injector), id(30), 100),
            (EdgeKind::Dropped, id(writer), id(30), 90),
            (EdgeKind::Dropped, id(30), id(37), 90),
        ];
        assert_eq!(sorted(edges(&chain)), sorted(expected.to_vec()));
        // Its children are the chain's for sure.
        let expected = [(20, 21), (21, 22), (30, 35), (30, 50)].map(|(a, b)| (id(a), id(b), 100));
        assert_eq!(sorted(started(&chain)), expected);
        // And it is as surely of this chain as that its file was dropped, though the thread is a fact.
        assert_eq!(chain.damage.files, [r"C:\p\n.exe"]);
        assert_eq!(chain.possible.len(), 1);
        assert_eq!(
            (chain.possible[0].confidence, &chain.possible[0].damage.files[..]),
            (90, &[r"C:\p\m.exe".into()][..])
        );
    }
}

#[test]
fn who_is_reached_by_a_thread_alone_is_a_candidate() {
    // Somebody else wrote its file: what it did before the thread is its own story, and so is what it dropped.
    let mut lines = both_ways(9, 20);
    lines.push(start(9, 1, r"C:\a\installer.exe", EXPLORER, "installer"));
    let chain = after(&lines).chain(&id(20), 0).unwrap();
    assert_eq!(sorted(ids(&chain)), [20, 21, 22, 30, 50].map(id));
    assert_eq!(edges(&chain), [(EdgeKind::Injected, id(20), id(30), 100)]);
    assert_eq!(
        sorted(started(&chain)),
        [(20, 21, 100), (21, 22, 100), (30, 50, 50)].map(|(a, b, c)| (id(a), id(b), c))
    );
    assert_eq!((&chain.damage.files[..], &chain.possible[..]), (&[][..], &[][..]));
}

/// Two that know nothing of each other begin threads in one process, which then starts others and writes files.
#[test]
fn what_follows_a_thread_is_the_chain_of_who_began_it() {
    let lines = [
        start(5, 1, NOTEPAD, EXPLORER, "notepad"),
        start(20, 1, r"C:\a\evil.exe", EXPLORER, "evil"),
        start(21, 2, r"C:\a\other.exe", SERVICES, "other"),
        thread(60, 20, 5),
        start(100, 5, r"C:\a\early.exe", NOTEPAD, "early"),
        thread(1000, 21, 5),
        start(1100, 5, r"C:\a\late.exe", NOTEPAD, "late"),
        did(11, 1110, 5, r#""TargetFilename":"C:\\p\\x.txt""#),
    ];
    let mut backward = lines.to_vec();
    backward.reverse();
    for lines in [lines.to_vec(), backward] {
        let mut engine = after(&lines);
        for (injector, child, writes) in [(20, 100, false), (21, 1100, true)] {
            let chain = engine.chain(&id(injector), 0).unwrap();
            assert_eq!(sorted(ids(&chain)), sorted(vec![id(5), id(injector), id(child)]));
            let steps = engine.timeline(&id(injector), 0, 0).unwrap();
            assert_eq!(steps.iter().any(|step| step.kind == "file-create"), writes, "{injector}");
        }
    }
}

#[test]
fn each_member_that_begins_a_thread_opens_a_window_whenever_it_is_reached() {
    // One is a step from the root, the other three: by then what the first let follow was followed already. What a
    // thread let start can begin another, which lets more start.
    for (first, second) in [(20, 22), (22, 20)] {
        let lines = [
            start(5, 1, NOTEPAD, EXPLORER, "notepad"),
            start(20, 1, r"C:\a\x.exe", EXPLORER, "x"),
            start(21, 20, r"C:\a\y.exe", r"C:\a\x.exe", "y"),
            start(22, 21, r"C:\a\z.exe", r"C:\a\y.exe", "z"),
            thread(60, first, 5),
            start(100, 5, r"C:\a\a.exe", NOTEPAD, "a"),
            start(800, 5, r"C:\a\between.exe", NOTEPAD, "between"),
            thread(1000, second, 5),
            start(1100, 5, r"C:\a\b.exe", NOTEPAD, "b"),
            thread(1500, 1100, 5),
            start(2000, 5, r"C:\a\c.exe", NOTEPAD, "c"),
            start(2200, 5, r"C:\a\after.exe", NOTEPAD, "after"),
            did(11, 2050, 5, r#""TargetFilename":"C:\\p\\x.txt""#),
        ];
        let mut engine = after(&lines);
        let chain = engine.chain(&id(20), 0).unwrap();
        assert_eq!(sorted(ids(&chain)), sorted([5, 20, 21, 22, 100, 1100, 2000].map(id).to_vec()));
        let unsure: Vec<_> = started(&chain).into_iter().filter(|edge| edge.2 == 50).collect();
        assert_eq!(sorted(unsure), sorted([100, 1100, 2000].map(|child| (id(5), id(child), 50)).to_vec()));
        let steps = engine.timeline(&id(20), 0, 0).unwrap();
        assert!(steps.iter().any(|step| step.kind == "file-create"), "{first}");
    }
}

/// Event 8 without the target's own id: whom its process id means is found by what is known when somebody asks.
#[test]
fn a_thread_in_a_process_that_is_named_by_its_id_alone_leads_there_whatever_came_first() {
    let notepad = r"C:\Windows\System32\notepad.exe";
    let into = |pid: u32| {
        let line = thread(40, 10, 99);
        line.replace(
            &format!("\"TargetProcessGuid\":\"{}\"", guid(99)),
            &format!("\"TargetProcessId\":{pid}"),
        )
    };
    let (tool, target) =
        (start(10, 1, r"C:\t\tool.exe", EXPLORER, "tool"), start(30, 1, notepad, EXPLORER, "n"));
    // The next process of that id, ten seconds after the thread.
    let later = moved(&start(30, 1, notepad, EXPLORER, "n"), "ws1", 50_000).replace(&guid(30), &guid(31));
    for (lines, expected) in [
        (vec![tool.clone(), target.clone(), into(30), later.clone()], Some(id(30))),
        (vec![into(30), later.clone(), target, tool.clone()], Some(id(30))),
        (vec![into(30), tool.clone(), later.clone()], None),
        (vec![later, tool, into(30)], None),
    ] {
        let mut engine = after(&lines);
        let chain = engine.chain(&id(10), 0).unwrap();
        let expected: Vec<_> =
            expected.into_iter().map(|target| (EdgeKind::Injected, id(10), target, 100)).collect();
        assert_eq!(edges(&chain), expected);
        for (_, _, target, _) in &expected {
            assert_eq!(edges(&engine.chain(target, 0).unwrap()), expected);
            let rows =
                engine.query("entity=process&action=injection&attr=file_name:notepad.exe", 0, 0).unwrap();
            assert_eq!(rows.len(), 1);
        }
    }
}
