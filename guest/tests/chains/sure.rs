//! What stands behind a candidate is none of the chain's facts: it is told apart, with how sure it is.

use begat_guest::engine::{Chain, PossibleDamage};

use super::lines::{EXPLORER, SERVICES, after, did, id, start, thread};

/// How sure each list of files is: that of what was touched is 100.
fn files(chain: &Chain) -> Vec<(u8, &[String])> {
    let possible =
        chain.possible.iter().map(|PossibleDamage { confidence, damage }| (*confidence, &damage.files[..]));
    std::iter::once((100, &chain.damage.files[..])).chain(possible).collect()
}

fn confidence(chain: &Chain, process: u32) -> u8 {
    chain.nodes.iter().find(|node| node.process.id == id(process)).unwrap().confidence
}

fn wrote(second: u32, process: u32, path: &str) -> String {
    did(11, second, process, &format!(r#""TargetFilename":"{}""#, path.replace('\\', "\\\\")))
}

/// Somebody lists who is called svchost.exe, and a minute later Windows starts one for its updates.
#[test]
fn what_a_service_did_whose_file_a_command_line_names_is_no_fact_of_the_chain() {
    let svchost = r"C:\Windows\System32\svchost.exe";
    let [cab, log] = [r"C:\Windows\patch.cab", r"C:\Windows\update.log"];
    let lines = [
        start(20, 1, r"C:\t\admin.exe", EXPLORER, "admin.exe"),
        start(
            21,
            20,
            r"C:\Windows\System32\tasklist.exe",
            r"C:\t\admin.exe",
            r#"tasklist /fi "imagename eq svchost.exe""#,
        ),
        wrote(22, 20, r"C:\t\own.txt"),
        start(81, 2, svchost, SERVICES, "svchost.exe -k netsvcs -p -s wuauserv"),
        wrote(86, 81, cab),
        start(87, 81, r"C:\Windows\System32\wuauclt.exe", svchost, "wuauclt.exe"),
        wrote(88, 87, log),
    ];
    let mut backward = lines.to_vec();
    backward.reverse();
    for lines in [lines.to_vec(), backward] {
        let mut engine = after(&lines);
        let chain = engine.chain(&id(20), 0).unwrap();
        let own = [r"C:\t\own.txt".to_owned()];
        let theirs = [cab.to_owned(), log.to_owned()];
        assert_eq!(files(&chain), [(100, &own[..]), (50, &theirs[..])]);
        for (process, expected) in [(20, 100), (21, 100), (81, 50), (87, 50)] {
            assert_eq!(confidence(&chain, process), expected, "{process}");
        }
        let steps = engine.timeline(&id(20), 0, 0).unwrap();
        for step in &steps {
            let expected = [id(81), id(87)].contains(&step.process).then_some("service 50 %");
            assert_eq!(step.candidate.as_deref(), expected, "{step:?}");
        }
        assert_eq!(steps.len(), 7);
        // Asked for the update, it is the other way round: that is what is known of, and nobody need have asked for it.
        let chain = engine.chain(&id(81), 0).unwrap();
        assert_eq!(files(&chain), [(100, &theirs[..])]);
        assert_eq!([81, 87, 21, 20].map(|process| confidence(&chain, process)), [100, 100, 50, 50]);
    }
}

/// A thread in explorer.exe; a program that is opened after it may be the thread's, and so may all that it does later.
#[test]
fn what_follows_a_thread_is_a_candidate_to_its_end() {
    let lines = [
        start(5, 1, EXPLORER, r"C:\Windows\System32\userinit.exe", "explorer"),
        start(20, 2, r"C:\t\mal.exe", r"C:\t\other.exe", "mal"),
        thread(30, 20, 5),
        wrote(35, 5, r"C:\t\recent.lnk"),
        start(500, 5, r"C:\p\winword.exe", EXPLORER, "winword"),
        wrote(3500, 500, r"C:\t\evening.docx"),
        // More than ten minutes after the thread.
        wrote(700, 5, r"C:\t\later.lnk"),
    ];
    let mut engine = after(&lines);
    let chain = engine.chain(&id(20), 0).unwrap();
    let possible = [r"C:\t\evening.docx".to_owned(), r"C:\t\recent.lnk".to_owned()];
    assert_eq!(files(&chain), [(100, &[][..]), (50, &possible[..])]);
    let steps = engine.timeline(&id(20), 0, 0).unwrap();
    // begat's own alert of the thread apart.
    let steps = steps.iter().filter(|step| step.kind != "alert");
    let told: Vec<_> = steps.map(|step| (step.kind, step.candidate.as_deref())).collect();
    let expected = [
        ("process-start", None),
        ("remote-thread", None),
        ("file-create", Some("thread unknown")),
        ("process-start", Some("started 50 %")),
        ("file-create", Some("started 50 %")),
    ];
    assert_eq!(told, expected);
}

/// x.exe's file was written by 20 (90 %), and it was started as a service that 21 asked for with its whole command line
/// (80 %): it is as sure as the surer of both. What it asks for in turn is as sure as the least sure on the way.
#[test]
fn the_surest_way_counts_and_on_it_the_least_sure_edge() {
    let [x, y] = [r"C:\p\xserv.exe", r"C:\p\yserv.exe"];
    let sc = r"C:\Windows\System32\sc.exe";
    let lines = [
        start(20, 1, r"C:\t\a.exe", EXPLORER, "a"),
        wrote(20, 20, x),
        start(21, 20, sc, r"C:\t\a.exe", &format!("sc create x binPath= {x}")),
        start(30, 2, x, SERVICES, x),
        wrote(31, 30, r"C:\t\x.txt"),
        start(32, 30, sc, x, &format!("sc create y binPath= {y}")),
        start(40, 2, y, SERVICES, y),
        wrote(41, 40, r"C:\t\y.txt"),
    ];
    let chain = after(&lines).chain(&id(20), 0).unwrap();
    let [sure, ninety, eighty] = [x, r"C:\t\x.txt", r"C:\t\y.txt"].map(|path| [path.to_owned()]);
    assert_eq!(files(&chain), [(100, &sure[..]), (90, &ninety[..]), (80, &eighty[..])]);
    assert_eq!([20, 21, 30, 32, 40].map(|process| confidence(&chain, process)), [100, 100, 90, 90, 80]);
}
