//! Whose an address was when an alert named it, and how a file's path may be written.

use super::*;

/// The agent's address of `FILE`, whose time is 12:24:45 on 26 April.
const ITS: &str = "192.168.52.131:50000";
const OTHER: &str = "192.168.52.9:50000";

/// A connection of a host from an address.
fn shows(host: &str, time: &str, from: &str) -> String {
    connect(time, 9, from, "10.0.0.1:443").replace("\"ws1\"", &format!("\"{host}\""))
}

/// The engine after these lines and the alert, whatever comes first.
fn in_any_turn(lines: &[String], mut look: impl FnMut(&mut Engine)) {
    let mut lines = lines.to_vec();
    lines.push(FILE.to_owned());
    for _ in 0..lines.len() {
        lines.rotate_left(1);
        for backward in [false, true] {
            let mut engine = Engine::new().unwrap();
            let turn: Vec<&String> =
                if backward { lines.iter().rev().collect() } else { lines.iter().collect() };
            turn.iter().for_each(|line| take(&mut engine, &[line.as_str()]));
            look(&mut engine);
        }
    }
}

fn runs() -> String {
    start("ws1", &format!("{FILE_DAY}0:00.000"), 7, 1, r"C:\Temp\55\pageant.exe")
}

#[test]
fn who_shows_another_address_since_has_it_no_more() {
    let shown = |time: &str, from| shows("ws1", &format!("2017-04-26 {time}"), from);
    let mut lines = vec![runs(), shown("10:24:45.000", ITS)];
    in_any_turn(&lines, |engine| assert_eq!(engine.alert("A1").unwrap().process, Some(process(7))));
    lines.push(shown("11:30:00.000", OTHER));
    in_any_turn(&lines, |engine| {
        assert_eq!(engine.alert("A1").unwrap().process, None);
        let found = engine.matches("A1").unwrap();
        assert_eq!(found.candidates, []);
        // Started 4 min 45 s and shown 2 h before the alert.
        assert_eq!(
            found.misses[0].reason,
            "the file on ws1, 285.000 s before the alert; it had 192.168.52.131 7200.000 s before the alert, \
             192.168.52.9 after that"
        );
    });
    // Both within an hour: it has two at once.
    for (time, expected) in [("09:24:44.999", None), ("09:24:45.000", Some(process(7)))] {
        let mut lines = lines.clone();
        lines.push(shown(time, OTHER));
        in_any_turn(&lines, |engine| assert_eq!(engine.alert("A1").unwrap().process, expected, "{time}"));
    }
    // Of another version, or sent to all that listen: that tells nothing.
    let ipv6 = shown("11:30:00.000", OTHER).replace("192.168.52.9", "2001:db8::9");
    let heard = shown("11:30:00.000", OTHER).replace("\"true\"", "\"false\"").replace("tcp", "udp");
    for other in [ipv6, heard] {
        lines[2] = other;
        in_any_turn(&lines, |engine| assert_eq!(engine.alert("A1").unwrap().process, Some(process(7))));
    }
}

#[test]
fn who_shows_another_address_before_it_had_this_one_had_it_not_yet() {
    let shown = |time: &str, from| shows("ws1", &format!("2017-04-26 {time}"), from);
    let mut lines = vec![runs(), shown("12:50:00.000", ITS)];
    in_any_turn(&lines, |engine| assert_eq!(engine.alert("A1").unwrap().process, Some(process(7))));
    lines.push(shown("12:40:00.000", OTHER));
    in_any_turn(&lines, |engine| assert_eq!(engine.alert("A1").unwrap().process, None));
    lines.push(shown("13:50:00.000", OTHER));
    in_any_turn(&lines, |engine| assert_eq!(engine.alert("A1").unwrap().process, Some(process(7))));
}

#[test]
fn what_was_seen_more_than_a_day_away_says_nothing_unless_it_is_seen_again() {
    let shown = |time: &str| shows("ws1", time, ITS);
    for (time, expected) in [
        ("2017-04-25 12:24:45.000", Some(process(7))),
        ("2017-04-25 12:24:44.999", None),
        ("2017-04-27 12:24:45.000", Some(process(7))),
        ("2017-04-27 12:24:45.001", None),
    ] {
        let lines = [runs(), shown(time)];
        in_any_turn(&lines, |engine| {
            assert_eq!(engine.alert("A1").unwrap().process, expected, "{time}");
            if expected.is_none() {
                let reason = &engine.matches("A1").unwrap().misses[0].reason;
                assert!(reason.contains("it had 192.168.52.131 86400.001 s "), "{reason}");
                assert!(reason.ends_with(" the alert, more than a day away"), "{reason}");
            }
        });
    }
    let lines = [runs(), shown("2017-04-20 12:00:00.000"), shown("2017-05-02 12:00:00.000")];
    in_any_turn(&lines, |engine| assert_eq!(engine.alert("A1").unwrap().process, Some(process(7))));
}

/// The one before has another by then; the next one is seen with it three hours later.
#[test]
fn the_next_owner_counts_where_the_one_before_has_moved() {
    let lines = [
        runs(),
        start("ws2", &format!("{FILE_DAY}0:00.000"), 8, 1, r"C:\Temp\55\pageant.exe"),
        shows("ws1", "2017-04-26 12:00:00.000", ITS),
        shows("ws1", "2017-04-26 12:10:00.000", OTHER),
        shows("ws2", "2017-04-26 15:24:45.000", ITS),
    ];
    in_any_turn(&lines, |engine| {
        let its = process(8).replace("ws1", "ws2");
        assert_eq!(engine.alert("A1").unwrap().process, Some(its));
    });
}

/// Which drive a volume's number means the alert does not say: any of its host's, and less well than the same path.
#[test]
fn a_volume_by_its_number_is_any_drive() {
    let alert = |path: &str| {
        format!(
            r#"{{"@timestamp":"2017-04-26T12:24:45Z","event":{{"kind":"alert"}},"observer":{{"vendor":"Acme"}},"rule":{{"name":"r"}},"host":{{"name":"ws1"}},"file":{{"path":"{path}"}}}}"#
        )
    };
    let (by_number, by_letter) = (r"\\Device\\HarddiskVolume3\\t\\a.exe", r"D:\\t\\a.exe");
    let started = |process, image: &str| {
        start("ws1", &format!("{FILE_DAY}4:43.000"), process, 1, &image.replace(r"\\", r"\"))
    };
    for (said, told, side) in [(by_number, by_letter, "alert"), (by_letter, by_number, "record")] {
        let (alert, its) = (alert(said), started(7, told));
        for lines in [[&alert, &its], [&its, &alert]] {
            let mut engine = Engine::new().unwrap();
            lines.iter().for_each(|line| take(&mut engine, &[line]));
            assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)), "{said}");
            let reason =
                format!("runs the file on a drive that the {side} does not tell, 2.000 s before the alert");
            assert_eq!(engine.matches("A1").unwrap().candidates[0].reason, reason);
            // The same path is better.
            take(&mut engine, &[&started(8, said)]);
            assert_eq!(engine.alert("A1").unwrap().process, Some(process(8)), "{said}");
            assert_eq!(ids(&mut engine, "A1"), [(process(8), 1, 2000), (process(7), 2, 2000)]);
        }
    }
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[&alert(r"C:\\t\\a.exe"), &started(7, by_letter)]);
    assert_eq!(engine.alert("A1").unwrap().process, None);
}
