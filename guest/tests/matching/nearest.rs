//! Of processes that fit equally well the nearest in time is it, where it is clearly the nearest.

use super::*;

/// The alert is of 19:00:47. A quarter of the tolerance of 120 s is 30 s.
#[test]
fn of_two_with_the_same_ends_and_ports_the_clearly_nearer_one_is_it() {
    let near = connect(&format!("{PAN_DAY}0:47.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    for (other, ranks, expected) in [
        (format!("{PAN_DAY}2:37.000"), [1, 2], Some(process(7))),
        (format!("{PAN_DAY}1:17.001"), [1, 2], Some(process(7))),
        (format!("{PAN_DAY}1:17.000"), [1, 1], None),
        (format!("{PAN_DAY}0:17.000"), [1, 1], None),
        (format!("{PAN_DAY}0:16.999"), [1, 2], Some(process(7))),
    ] {
        let far = connect(&other, 8, "192.168.204.133:59661", "66.186.100.181:9000");
        let mut lines = [PAN, &near, &far];
        for _ in 0..lines.len() {
            lines.rotate_left(1);
            let mut engine = Engine::new().unwrap();
            lines.iter().for_each(|line| take(&mut engine, &[line]));
            let found: Vec<(String, u32)> =
                ids(&mut engine, "A1").into_iter().map(|(process, rank, _)| (process, rank)).collect();
            assert_eq!(found, [(process(7), ranks[0]), (process(8), ranks[1])], "{other}");
            assert_eq!(engine.alert("A1").unwrap().process, expected, "{other}");
        }
    }
}

/// Of each process its nearest connection counts, and ranks go by the distance from the first of a rank.
#[test]
fn ranks_are_by_the_distance_from_the_first_of_each() {
    let at = |time: &str, process: u32| {
        connect(&format!("{PAN_DAY}{time}"), process, "192.168.204.133:59661", "66.186.100.181:9000")
    };
    // 60 s and then 5 s after the alert; 20 s, 40 s, and 64 s after it.
    let lines =
        [at("1:47.000", 7), at("0:52.000", 7), at("1:07.000", 8), at("1:27.000", 9), at("1:51.000", 10)];
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[PAN]);
    lines.iter().for_each(|line| take(&mut engine, &[line]));
    // 20 - 5 is not clear, 40 - 5 is; 64 - 40 is not.
    assert_eq!(
        ids(&mut engine, "A1"),
        [(process(7), 1, 5000), (process(8), 1, 20_000), (process(9), 2, 40_000), (process(10), 2, 64_000)]
    );
    assert_eq!(engine.alert("A1").unwrap().process, None);
}

/// Somebody who makes many: then none is picked.
#[test]
fn of_more_than_32_processes_time_tells_none_apart() {
    for (rivals, expected) in [(31, Some(process(7))), (32, None)] {
        let mut lines =
            vec![connect(&format!("{PAN_DAY}0:47.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000")];
        for rival in 0..rivals {
            let time = format!("{PAN_DAY}1:47.0{rival:02}");
            lines.push(connect(&time, 100 + rival, "192.168.204.133:59661", "66.186.100.181:9000"));
        }
        for turn in [0, lines.len() / 2] {
            lines.rotate_left(turn);
            let mut engine = Engine::new().unwrap();
            take(&mut engine, &[PAN]);
            lines.iter().for_each(|line| take(&mut engine, &[line]));
            assert_eq!(engine.alert("A1").unwrap().process, expected, "{rivals}");
            let best = ids(&mut engine, "A1").iter().filter(|(_, rank, _)| *rank == 1).count();
            assert_eq!(best, if expected.is_some() { 1 } else { 33 });
        }
    }
}

/// Two that run when the alert is told of their file are both it, whenever they started; of two that wrote it the
/// nearer one is it.
#[test]
fn what_runs_is_told_apart_by_no_time_what_was_done_is() {
    let learned = connect(&format!("{FILE_DAY}0:00.000"), 9, "192.168.52.131:50000", "10.0.0.1:443");
    let runs = |time: &str, process| start("ws1", time, process, 1, r"C:\Temp\55\pageant.exe");
    let wrote = |time: &str, process: u32| {
        format!(
            r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":11,"Hostname":"ws1","UtcTime":"{time}","ProcessGuid":"{}","ProcessId":{process},"Image":"C:\\a\\p{process}.exe","TargetFilename":"C:\\Temp\\55\\pageant.exe"}}"#,
            guid(process)
        )
    };
    // The alert is of 12:24:45.
    let (near, far) = (format!("{FILE_DAY}4:44.000"), format!("{FILE_DAY}4:00.000"));
    for (lines, expected) in
        [([runs(&near, 7), runs(&far, 8)], None), ([wrote(&near, 7), wrote(&far, 8)], Some(process(7)))]
    {
        for lines in [[&learned, &lines[0], &lines[1]], [&lines[1], &lines[0], &learned]] {
            let mut engine = Engine::new().unwrap();
            take(&mut engine, &[FILE]);
            lines.iter().for_each(|line| take(&mut engine, &[line]));
            assert_eq!(engine.alert("A1").unwrap().process, expected);
            let found: Vec<u64> = ids(&mut engine, "A1").into_iter().map(|(.., apart)| apart).collect();
            assert_eq!(found, [1000, 45_000]);
        }
    }
}
