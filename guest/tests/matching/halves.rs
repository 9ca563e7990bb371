//! Connections of which one side does not know both ends: the host that an alert names stands for its own.

use super::*;

/// curl connects to 203.0.113.9:80 at 19:00:01, as the audit system tells it: without an address of its own.
const AUDIT: [&str; 6] = [
    r#"node=lin1 type=SYSCALL msg=audit(1490209200.000:1): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=4000 uid=0 comm="curl" exe="/usr/bin/curl""#,
    r#"node=lin1 type=EXECVE msg=audit(1490209200.000:1): argc=1 a0="curl""#,
    "node=lin1 type=EOE msg=audit(1490209200.000:1): ",
    r#"node=lin1 type=SYSCALL msg=audit(1490209201.000:2): arch=c000003e syscall=42 success=yes exit=0 ppid=1 pid=4000 uid=0 comm="curl" exe="/usr/bin/curl""#,
    "node=lin1 type=SOCKADDR msg=audit(1490209201.000:2): saddr=02000050CB0071090000000000000000",
    "node=lin1 type=EOE msg=audit(1490209201.000:2): ",
];
const CURL: &str = "lin1/4000/2017-03-22T19:00:00.000Z";

/// An alert of 19:00:02.
fn alert(rest: &str) -> String {
    format!(
        r#"{{"@timestamp":"2017-03-22T19:00:02Z","event":{{"kind":"alert"}},"observer":{{"vendor":"Acme"}},"rule":{{"name":"r"}},{rest}}}"#
    )
}

const LIN1: &str = r#""host":{"name":"lin1"}"#;
const SOURCE: &str = r#""source":{"ip":"10.0.0.77","port":40000}"#;
const DESTINATION: &str = r#""destination":{"ip":"203.0.113.9","port":80}"#;

/// What is told after the alert and these lines, in this order and with the alert last.
fn both_ways(lines: &[&str], alert: &str, mut look: impl FnMut(&mut Engine)) {
    for is_first in [true, false] {
        let mut engine = Engine::new().unwrap();
        if is_first {
            take(&mut engine, &[alert]);
        }
        lines.iter().for_each(|line| take(&mut engine, &[line]));
        if !is_first {
            take(&mut engine, &[alert]);
        }
        look(&mut engine);
    }
}

#[test]
fn a_host_that_the_alert_names_stands_for_the_end_that_no_record_tells() {
    let said = |parts: &[&str]| alert(&parts.join(","));
    let transport = |name: &str| format!(r#""network":{{"transport":"{name}"}}"#);
    let without_port = r#""destination":{"ip":"203.0.113.9"}"#;
    let untold = "on the host that the alert names; the record does not tell its own address";
    let unsaid = "on the host that the alert names; the alert does not tell the other end";
    let with_port = "opened a connection with the alert's destination and its port 1.000 s before the alert";
    let alone = "opened a connection with the alert's destination 1.000 s before the alert";
    for (alert, reason) in [
        (said(&[LIN1, SOURCE, DESTINATION]), format!("{with_port}, {untold}")),
        (said(&[LIN1, SOURCE, without_port]), format!("{alone}, {untold}")),
        (said(&[LIN1, DESTINATION]), format!("{with_port}, {unsaid}")),
        (said(&[LIN1, DESTINATION, &transport("tcp")]), format!("{with_port}, {unsaid}")),
    ] {
        both_ways(&AUDIT, &alert, |engine| {
            assert_eq!(engine.alert("A1").unwrap().process.as_deref(), Some(CURL), "{alert}");
            let found = engine.matches("A1").unwrap().candidates;
            assert_eq!((found.len(), found[0].rank, found[0].reason.as_str()), (1, 1, reason.as_str()));
        });
    }
    for alert in [
        said(&[r#""host":{"name":"lin2"}"#, DESTINATION]),
        said(&[LIN1, &DESTINATION.replace("80", "81")]),
        said(&[LIN1, r#""source":{"ip":"203.0.113.9"}"#]),
        said(&[LIN1, DESTINATION]).replace("19:00:02", "19:02:02"),
    ] {
        both_ways(&AUDIT, &alert, |engine| {
            assert_eq!(engine.matches("A1").unwrap().candidates, [], "{alert}");
            assert_eq!(engine.alert("A1").unwrap().process, None);
        });
    }
}

/// Nobody says whose 10.0.0.77 is: what came near is told, without a hole.
#[test]
fn without_a_host_the_record_came_near() {
    both_ways(&AUDIT, &alert(&format!("{SOURCE},{DESTINATION}")), |engine| {
        let found = engine.matches("A1").unwrap();
        assert_eq!(found.candidates, []);
        assert_eq!(
            found.misses[0].reason,
            "a connection to the alert's destination 203.0.113.9 port 80 of lin1, of which the record tells no \
             address, 1.000 s before the alert"
        );
    });
    // With nothing but a destination there is nothing to look for.
    both_ways(&AUDIT, &alert(DESTINATION), |engine| {
        let reason = engine.matches("A1").unwrap().reason.unwrap();
        assert_eq!(
            reason,
            "the alert names no process, no connection with both ends or its host, and no file"
        );
    });
}

/// ECS may leave the own end out as well; another record of the host tells that the alert's source is its address.
#[test]
fn the_address_that_a_host_had_stands_for_it_too() {
    let event = |second: u32, process: &str, rest: &str| {
        format!(
            r#"{{"@timestamp":"2017-03-22T19:00:{second:02}Z","event":{{"kind":"event","category":["network"],"type":["start"]}},"host":{{"name":"lin2"}},"process":{{"pid":5,"entity_id":"{process}","executable":"/usr/bin/curl"}},{rest},"network":{{"transport":"tcp","direction":"egress"}}}}"#
        )
    };
    let its = event(1, "E1", DESTINATION);
    let shows = event(
        0,
        "E2",
        r#""source":{"ip":"10.0.0.77","port":40001},"destination":{"ip":"10.0.0.1","port":53}"#,
    );
    let alert = alert(&format!("{SOURCE},{DESTINATION}"));
    both_ways(&[&its], &alert, |engine| assert_eq!(engine.alert("A1").unwrap().process, None));
    both_ways(&[&its, &shows], &alert, |engine| {
        assert_eq!(engine.alert("A1").unwrap().process.as_deref(), Some("lin2/E1"));
        assert_eq!(
            engine.matches("A1").unwrap().candidates[0].reason,
            "opened a connection with the alert's destination and its port 1.000 s before the alert, on the host \
             that had the alert's source address 10.0.0.77; the record does not tell its own address"
        );
    });
    // A connection of which both ends are known counts alone.
    let whole = event(
        2,
        "E3",
        r#""source":{"ip":"10.0.0.77","port":40000},"destination":{"ip":"203.0.113.9","port":80}"#,
    );
    both_ways(&[&its, &shows, &whole], &alert, |engine| {
        assert_eq!(ids(engine, "A1"), [("lin2/E3".to_owned(), 1, 0)]);
    });
}
