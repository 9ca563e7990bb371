//! What becomes known later, or otherwise: by process id, by another name, after an end, an eviction, a change.

use super::*;

/// The Security log names who connected by process id alone: who that was is known when its start comes.
#[test]
fn a_connection_by_process_id_alone_is_looked_at_again_when_the_start_comes() {
    let connected = r#"{"EventID":5156,"Channel":"Security","Hostname":"ws1","TimeCreated":"2017-03-22T19:00:46Z","ProcessID":"300","Application":"\\device\\harddiskvolume3\\a\\p7.exe","Direction":"%%14593","SourceAddress":"192.168.204.133","SourcePort":"59661","DestAddress":"66.186.100.181","DestPort":"9000"}"#;
    let started = r#"{"EventID":4688,"Channel":"Security","Hostname":"ws1","TimeCreated":"2017-03-22T19:00:40Z","NewProcessId":"0x12c","NewProcessName":"C:\\a\\p7.exe","ProcessId":"0x4"}"#;
    // Pid 0x12c = 300, started six seconds before it connected.
    let its = "ws1/300/2017-03-22T19:00:40.000Z";
    for lines in [[PAN, connected, started], [connected, PAN, started], [started, connected, PAN]] {
        let mut engine = Engine::new().unwrap();
        lines.iter().for_each(|line| take(&mut engine, &[line]));
        assert_eq!(engine.alert("A1").unwrap().process.as_deref(), Some(its), "{lines:?}");
        assert_eq!(ids(&mut engine, "A1"), [(its.to_owned(), 1, 1000)]);
    }
    // Another start of that id, after this one and before the connection: then it was that one.
    let later = started.replace("19:00:40Z", "19:00:44Z");
    let mut engine = Engine::new().unwrap();
    [PAN, connected, started, &later].iter().for_each(|line| take(&mut engine, &[line]));
    let process = engine.alert("A1").unwrap().process;
    assert_eq!(process.as_deref(), Some("ws1/300/2017-03-22T19:00:44.000Z"));
}

/// A process is known by any record that names it, not by its start alone.
#[test]
fn an_alert_that_names_an_id_finds_it_by_any_record() {
    let of = |process: &str| {
        format!(
            r#"{{"@timestamp":"2017-03-22T19:00:47Z","event":{{"kind":"alert"}},"observer":{{"vendor":"Acme"}},"rule":{{"name":"r"}},"host":{{"name":"ws1"}},"process":{{{process}}}}}"#
        )
    };
    let by_id = of(&format!(r#""entity_id":"{}""#, guid(7)));
    let by_pid = of(r#""pid":1"#);
    // A connection names 7 by its GUID; the start of 8 names its parent 7, but with a pid only in its own field.
    let its = connect(&format!("{PAN_DAY}0:45.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    let mut engine = Engine::new().unwrap();
    [by_id.as_str(), &its].iter().for_each(|line| take(&mut engine, &[line]));
    assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)));
    let child = start("ws1", &format!("{PAN_DAY}0:46.000"), 8, 7, r"C:\a\p8.exe")
        .replace("\"ParentImage\"", "\"ParentProcessId\":1,\"ParentImage\"");
    let mut engine = Engine::new().unwrap();
    [by_pid.as_str(), &child].iter().for_each(|line| take(&mut engine, &[line]));
    assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)));
}

/// Two machines that had the agent's address ten seconds before the alert and ten seconds after it.
#[test]
fn an_address_of_two_machines_equally_near_is_both_s() {
    let on = |host: &str, time: &str, process: u32| {
        let connected = connect(time, process, "192.168.52.131:50000", "10.0.0.1:443");
        connected.replace("\"ws1\"", &format!("\"{host}\""))
    };
    // The alert is of 12:24:45.
    let lines = [
        FILE.to_owned(),
        on("ws1", &format!("{FILE_DAY}4:35.000"), 9),
        on("ws2", &format!("{FILE_DAY}4:55.000"), 9),
        start("ws1", &format!("{FILE_DAY}4:00.000"), 7, 1, r"C:\Temp\55\pageant.exe"),
        start("ws2", &format!("{FILE_DAY}4:30.000"), 8, 1, r"C:\Temp\55\pageant.exe"),
    ];
    let other = "ws2/00000000-0000-0000-0000-000000000008".to_owned();
    for turn in 0..lines.len() {
        let mut engine = Engine::new().unwrap();
        for place in 0..lines.len() {
            take(&mut engine, &[&lines[(turn + place) % lines.len()]]);
        }
        assert_eq!(engine.alert("A1").unwrap().process, None);
        assert_eq!(ids(&mut engine, "A1"), [(other.clone(), 1, 15_000), (process(7), 1, 45_000)]);
        // Of two candidates the one that is left.
        engine.forget_host("ws2").unwrap();
        assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)));
        assert_eq!(ids(&mut engine, "A1"), [(process(7), 1, 45_000)]);
    }
}

/// A file alert with both ends of a download: the server's address is not the machine's, though a machine has it.
#[test]
fn the_far_end_of_an_alert_is_not_its_machine() {
    let alert = r#"{"@timestamp":"2017-04-26T12:24:45Z","event":{"kind":"alert"},"observer":{"vendor":"Acme"},"rule":{"name":"r"},"source":{"ip":"203.0.113.7"},"destination":{"ip":"192.168.52.131"},"file":{"path":"c:\\temp\\55\\pageant.exe"}}"#;
    let mut engine = Engine::new().unwrap();
    let near = connect(&format!("{FILE_DAY}0:00.000"), 9, "192.168.52.131:50000", "10.0.0.1:443");
    let far = connect(&format!("{FILE_DAY}0:00.000"), 9, "203.0.113.7:50000", "10.0.0.1:443")
        .replace("\"ws1\"", "\"srv\"");
    let its = start("ws1", &format!("{FILE_DAY}4:00.000"), 7, 1, r"C:\Temp\55\pageant.exe");
    let server = start("srv", &format!("{FILE_DAY}4:00.000"), 8, 1, r"C:\Temp\55\pageant.exe");
    take(&mut engine, &[alert, &near, &far, &its, &server]);
    // Only the destination is within the organisation, so that it is the machine.
    assert_eq!(ids(&mut engine, "A1"), [(process(7), 1, 45_000)]);
    assert_eq!(
        engine.matches("A1").unwrap().candidates[0].reason,
        "runs the file, 45.000 s before the alert, on the host that had the alert's destination address 192.168.52.131"
    );
}

/// The index was brought up to date between two records that claim one id: the earlier stands, with its file.
#[test]
fn a_start_is_found_by_what_is_known_of_it_now() {
    let late = start("ws1", &format!("{FILE_DAY}4:10.000"), 7, 1, r"C:\a\other.exe");
    let early = start("ws1", &format!("{FILE_DAY}4:00.000"), 7, 1, r"C:\Temp\55\pageant.exe");
    let learned = connect(&format!("{FILE_DAY}0:00.000"), 9, "192.168.52.131:50000", "10.0.0.1:443");
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[&learned, &late]);
    let count = |engine: &mut Engine, name: &str| {
        engine.query(&format!("entity=process&action=run&attr=file_name:{name}"), 0, 0).unwrap().len()
    };
    assert_eq!((count(&mut engine, "other.exe"), count(&mut engine, "pageant.exe")), (1, 0));
    take(&mut engine, &[&early]);
    // What it is called now it is found by once; and by what it is not called any more, not.
    let now = (count(&mut engine, "other.exe"), count(&mut engine, "pageant.exe"));
    let mut fresh = Engine::new().unwrap();
    take(&mut fresh, &[&learned, &early, &late]);
    assert_eq!(now, (count(&mut fresh, "other.exe"), count(&mut fresh, "pageant.exe")));
    assert!(now.1 > 0);
    take(&mut engine, &[FILE]);
    // Two records tell of its start; the nearer one is of 12:24:10.
    assert_eq!(ids(&mut engine, "A1"), [(process(7), 1, 35_000)]);
    assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)));
}

/// A suppression by the process's path holds whether the process is known before the alert or after it.
#[test]
fn a_score_does_not_depend_on_when_the_process_became_known() {
    let its = connect(&format!("{PAN_DAY}0:45.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    let config = r#"{"suppressions": [{"what": "*", "image": "*p7.exe", "reason": "r", "author": "a"}]}"#;
    for lines in [[PAN, its.as_str()], [its.as_str(), PAN]] {
        let mut engine = Engine::new().unwrap();
        engine.configure(config).unwrap();
        lines.iter().for_each(|line| take(&mut engine, &[line]));
        let alert = engine.alert("A1").unwrap();
        assert_eq!((alert.process, alert.score.as_str()), (Some(process(7)), "0"));
        assert!(alert.suppressed.is_some());
        assert_eq!(engine.cluster(&alert.cluster.unwrap()).unwrap().summary.score, "0");
    }
}

/// What the service manager started is found by who asked for it, also where its own record has no name of the parent
/// and the parent becomes known after something was asked.
#[test]
fn a_parent_s_name_counts_where_the_record_has_none() {
    let started = |second: u32, pid: u32, parent: u32, path: &str, line: &str| {
        format!(
            r#"{{"EventID":4688,"Channel":"Security","Hostname":"ws1","TimeCreated":"2017-03-22T19:00:{second:02}Z","NewProcessId":"{pid:#x}","NewProcessName":"{path}","ProcessId":"{parent:#x}","CommandLine":"{line}"}}"#
        )
    };
    let services = started(1, 256, 4, r"C:\\Windows\\System32\\services.exe", "services.exe");
    let asker = started(40, 512, 8, r"C:\\Windows\\System32\\sc.exe", r"sc start payload.exe");
    let child = started(41, 768, 256, r"C:\\a\\payload.exe", r"C:\\a\\payload.exe");
    let ids = ["ws1/512/2017-03-22T19:00:40.000Z", "ws1/768/2017-03-22T19:00:41.000Z"];
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[&asker, &child]);
    let nodes = |engine: &mut Engine| -> Vec<String> {
        engine.chain(ids[0], 0).unwrap().nodes.into_iter().map(|node| node.process.id).collect()
    };
    assert_eq!(nodes(&mut engine), [ids[0]]);
    take(&mut engine, &[&services]);
    assert!(nodes(&mut engine).contains(&ids[1].to_owned()), "{:?}", nodes(&mut engine));
}

/// A process that an alert names by an id that nobody else knows it by is found by its process id; and where that is
/// not known either, by the connection. What is told of the candidates is the same.
#[test]
fn an_alert_that_names_an_unknown_process_is_matched_by_what_it_says_otherwise() {
    let alert = |process: &str| {
        format!(
            r#"{{"@timestamp":"2017-03-22T19:00:47Z","event":{{"kind":"alert"}},"observer":{{"vendor":"Acme"}},"rule":{{"name":"r"}},"host":{{"name":"ws1"}},"source":{{"ip":"192.168.204.133","port":59661}},"destination":{{"ip":"66.186.100.181","port":9000}},"process":{{{process}}}}}"#
        )
    };
    let started = start("ws1", &format!("{PAN_DAY}0:40.000"), 7, 1, r"C:\a\p7.exe");
    let its = connect(&format!("{PAN_DAY}0:45.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    let by_connection =
        "opened a connection with the addresses and both ports 2.000 s before the alert".to_owned();
    for (named, reason) in [
        // Another sensor's id, and the process id that Sysmon has too.
        (r#""pid":7,"entity_id":"abcdef==","name":"p7.exe""#, "the alert names it".to_owned()),
        // A process id that nobody had, and another sensor's id alone.
        (r#""pid":999,"name":"p7.exe""#, by_connection.clone()),
        (r#""entity_id":"abcdef==""#, by_connection.clone()),
        // That id was another file's: not the process that is named.
        (r#""pid":7,"name":"other.exe""#, by_connection.clone()),
        // A second id of Sysmon's on that machine is another process, whatever its process id.
        (&format!(r#""pid":7,"entity_id":"{}""#, guid(70)), by_connection.clone()),
    ] {
        let alert = alert(named);
        for lines in [[&started, &its, &alert], [&alert, &its, &started], [&its, &alert, &started]] {
            let mut engine = Engine::new().unwrap();
            lines.iter().for_each(|line| take(&mut engine, &[line]));
            assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)), "{named}");
            let found = engine.matches("A1").unwrap().candidates;
            assert_eq!(found.len(), 1, "{named}");
            assert_eq!((&found[0].process, &found[0].reason), (&process(7), &reason), "{named}");
        }
    }
    // Once the process is known that it names, that one counts: 70 never connected.
    let alert = alert(&format!(r#""entity_id":"{}""#, guid(70)));
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[&alert, &its, &start("ws1", &format!("{PAN_DAY}0:41.000"), 70, 1, r"C:\a\p70.exe")]);
    assert_eq!(engine.alert("A1").unwrap().process, Some(process(70)));
}

/// A record has three hashes of one file: an alert, and a question, may have any of them.
#[test]
fn a_file_is_found_by_each_of_its_hashes() {
    let (md5, sha1, sha256) = ("0123456789ABCDEF".repeat(2), "ab".repeat(20), "cd".repeat(32));
    let loaded = format!(
        r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":7,"Hostname":"ws1","UtcTime":"{FILE_DAY}4:40.000","ProcessGuid":"{}","ProcessId":7,"Image":"C:\\a\\p7.exe","ImageLoaded":"C:\\a\\bad.dll","Hashes":"MD5={md5},SHA1={sha1},SHA256={sha256}"}}"#,
        guid(7)
    );
    let learned = connect(&format!("{FILE_DAY}0:00.000"), 9, "192.168.52.131:50000", "10.0.0.1:443");
    for (field, hash) in [("md5", &md5), ("md5", &md5.to_lowercase()), ("sha1", &sha1), ("sha256", &sha256)] {
        let alert = match field {
            "md5" => {
                FILE.replace(r#""file_path":"c:\\temp\\55\\pageant.exe""#, &format!(r#""md5":"{hash}""#))
            }
            _ => format!(
                r#"{{"@timestamp":"2017-04-26T12:24:45Z","event":{{"kind":"alert"}},"observer":{{"vendor":"Acme"}},"rule":{{"name":"r"}},"host":{{"name":"ws1"}},"dll":{{"hash":{{"{field}":"{hash}"}}}}}}"#
            ),
        };
        for lines in [[&loaded, &learned, &alert], [&alert, &learned, &loaded]] {
            let mut engine = Engine::new().unwrap();
            lines.iter().for_each(|line| take(&mut engine, &[line]));
            let mut restored = Engine::new().unwrap();
            restored.restore(&engine.snapshot()).unwrap();
            for engine in [&mut engine, &mut restored] {
                // Loaded five seconds before the alert.
                assert_eq!(ids(engine, "A1"), [(process(7), 1, 5000)], "{field} {hash}");
                assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)), "{field} {hash}");
                let rows = engine.query(&format!("entity=file&attr=file_hash:{hash}"), 0, 0).unwrap();
                assert_eq!(rows.len(), 1, "{field} {hash}");
                let shown = rows[0].columns.iter().find(|(name, _)| *name == "file_hash").unwrap();
                assert_eq!(shown.1, sha256);
            }
        }
    }
}

fn started_as(pid: u32, time: &str, image: &str) -> String {
    format!(
        r#"{{"EventID":4688,"Channel":"Security","Hostname":"ws1","TimeCreated":"{time}","NewProcessId":"{pid:#x}","NewProcessName":"{image}","ProcessId":"0x4","ParentProcessName":"C:\\Windows\\explorer.exe"}}"#
    )
}

fn ended(pid: u32, time: &str, image: &str) -> String {
    format!(
        r#"{{"EventID":4689,"Channel":"Security","Hostname":"ws1","TimeCreated":"{time}","ProcessId":"{pid:#x}","ProcessName":"{image}"}}"#
    )
}

/// Every order of a few lines.
fn orders(lines: &[String]) -> Vec<Vec<String>> {
    if lines.len() < 2 {
        return vec![lines.to_vec()];
    }
    let mut orders = Vec::new();
    for (place, first) in lines.iter().enumerate() {
        let mut rest = lines.to_vec();
        rest.remove(place);
        orders.extend(orders_after(first, &rest));
    }
    orders
}

fn orders_after(first: &str, rest: &[String]) -> Vec<Vec<String>> {
    let after = orders(rest).into_iter();
    after.map(|rest| std::iter::once(first.to_owned()).chain(rest).collect()).collect()
}

/// The Security log tells of an end by the process id: half an hour later the process runs no more, whatever came
/// first.
#[test]
fn a_process_whose_end_is_known_by_its_process_id_alone_runs_no_more() {
    let file = r"c:\\temp\\55\\pageant.exe";
    // The alert is of 12:24:45.
    let learned = connect(&format!("{FILE_DAY}0:00.000"), 9, "192.168.52.131:50000", "10.0.0.1:443");
    let start = started_as(100, "2017-04-26T11:50:00Z", file);
    let end = ended(100, "2017-04-26T11:54:45Z", file);
    let its = "ws1/100/2017-04-26T11:50:00.000Z".to_owned();
    for lines in orders(&[learned.clone(), start.clone(), end.clone(), FILE.to_owned()]) {
        let mut engine = Engine::new().unwrap();
        lines.iter().for_each(|line| take(&mut engine, &[line]));
        let found = engine.matches("A1").unwrap();
        assert_eq!(found.candidates, [], "{lines:?}");
        assert_eq!(found.misses[0].process, its);
        assert_eq!(engine.alert("A1").unwrap().process, None, "{lines:?}");
    }
    // It is the end of another that had the id after it: of this one none is known.
    let next = started_as(100, "2017-04-26T11:52:00Z", r"c:\\a\\other.exe");
    let end = ended(100, "2017-04-26T11:54:45Z", r"c:\\a\\other.exe");
    let lines = [learned, start, end, next, FILE.to_owned()];
    for lines in orders(&lines) {
        let mut engine = Engine::new().unwrap();
        lines.iter().for_each(|line| take(&mut engine, &[line]));
        assert_eq!(engine.alert("A1").unwrap().process.as_ref(), Some(&its), "{lines:?}");
        assert_eq!(ids(&mut engine, "A1"), [(its.clone(), 1, 2_085_000)]);
    }
}

/// What a process id did, and an alert that names it, after its process had ended: nobody knows whose that was.
#[test]
fn what_a_process_id_did_after_the_end_is_not_the_dead_process_s() {
    let connected = r#"{"EventID":5156,"Channel":"Security","Hostname":"ws1","TimeCreated":"2017-03-22T19:00:46Z","ProcessID":"300","Application":"\\device\\harddiskvolume3\\a\\p7.exe","Direction":"%%14593","SourceAddress":"192.168.204.133","SourcePort":"59661","DestAddress":"66.186.100.181","DestPort":"9000"}"#;
    let named = r#"{"@timestamp":"2017-03-22T19:00:47Z","event":{"kind":"alert"},"observer":{"vendor":"Acme"},"rule":{"name":"r"},"host":{"name":"ws1"},"process":{"pid":300,"name":"p7.exe"}}"#;
    let its = "ws1/300/2017-03-22T19:00:40.000Z";
    let start = started_as(300, "2017-03-22T19:00:40Z", r"C:\\a\\p7.exe");
    for (end, expected) in [("2017-03-22T19:00:45Z", None), ("2017-03-22T19:00:48Z", Some(its))] {
        let end = ended(300, end, r"C:\\a\\p7.exe");
        for alert in [PAN, named] {
            for lines in orders(&[start.clone(), end.clone(), connected.to_owned(), alert.to_owned()]) {
                let mut engine = Engine::new().unwrap();
                lines.iter().for_each(|line| take(&mut engine, &[line]));
                let process = engine.alert("A1").unwrap().process;
                assert_eq!(process.as_deref(), expected, "{lines:?}");
                let found = engine.matches("A1").unwrap().candidates;
                assert_eq!(found.first().map(|one| one.process.as_str()), expected, "{lines:?}");
            }
        }
    }
}

/// The tolerance counts as soon as it is configured.
#[test]
fn another_tolerance_is_followed_at_once() {
    // Five minutes before the alert.
    let its = connect("2017-03-22 18:55:47.000", 7, "192.168.204.133:59661", "66.186.100.181:9000");
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[&its, PAN]);
    for (tolerance, expected) in [(120, None), (1000, Some(process(7)))] {
        engine.configure(&format!(r#"{{"causality": {{"tolerance": {tolerance}}}}}"#)).unwrap();
        assert_eq!(engine.alert("A1").unwrap().process, expected);
    }
}

/// Of two that fitted equally well one has gone with the oldest events: the other one is it, at once.
#[test]
fn one_of_two_is_left_when_the_other_s_events_are_evicted() {
    let rival = connect(&format!("{PAN_DAY}0:40.000"), 8, "192.168.204.133:59661", "66.186.100.181:9000");
    let its = connect(&format!("{PAN_DAY}0:45.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"events": 3}}"#).unwrap();
    take(&mut engine, &[&rival, &its, PAN]);
    assert_eq!(engine.alert("A1").unwrap().process, None);
    // With a fourth event the oldest goes.
    let others = [1, 2]
        .map(|n| connect(&format!("{PAN_DAY}5:0{n}.000"), 20 + n, "192.168.204.133:40000", "10.0.0.1:443"));
    take(&mut engine, &[&others[0]]);
    assert_eq!(engine.alert("A1").unwrap().process, None);
    take(&mut engine, &[&others[1]]);
    assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)));
    assert_eq!(ids(&mut engine, "A1"), [(process(7), 1, 2000)]);
}

/// By then nothing that is held fits, and the alert keeps its process: `--matches` says the same as the alert.
#[test]
fn of_telemetry_that_is_gone_it_is_said_that_it_is_gone() {
    let started = start("ws1", &format!("{PAN_DAY}0:40.000"), 7, 1, r"C:\a\p7.exe");
    let its = connect(&format!("{PAN_DAY}0:45.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    // Another alert of that time, which nothing ever fitted.
    let other = PAN.replace("192.168.204.133", "192.168.204.99").replace("66.186.", "66.187.");
    let other = other.replace("871151", "871152");
    // 31 days after the alert; and 4 events a minute after it, with room for 4: the start and the connection go.
    let later = vec![start("ws2", "2017-04-22 19:00:47.000", 9, 1, r"C:\a\p9.exe")];
    let many = [1, 2, 3, 4]
        .map(|n| connect(&format!("{PAN_DAY}5:0{n}.000"), 20 + n, "192.168.204.133:40000", "10.0.0.1:443"));
    for (limit, more, gone) in [
        (1000, later, "became older than `causality.keep`"),
        (4, many.to_vec(), "was dropped, since `limits.events` was reached"),
    ] {
        let mut engine = Engine::new().unwrap();
        engine.configure(&format!(r#"{{"limits": {{"events": {limit}}}}}"#)).unwrap();
        take(&mut engine, &[&started, &its, PAN, &other]);
        let none = "no known process fits what the alert says of a connection or a file, and none came near";
        assert_eq!(engine.matches("A2").unwrap().reason.as_deref(), Some(none));
        more.iter().for_each(|line| take(&mut engine, &[line]));
        assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)));
        let found = engine.matches("A1").unwrap();
        // It started seven seconds before the alert.
        assert_eq!(ids(&mut engine, "A1"), [(process(7), 1, 7000)]);
        let reason = format!("the alert was matched to it before what told so {gone}");
        assert_eq!(
            (found.candidates[0].reason.as_str(), &found.candidates[0].origin),
            (reason.as_str(), &None)
        );
        let reason = format!("what was recorded about the time of the alert {gone}");
        assert_eq!(engine.matches("A2").unwrap().reason, Some(reason));
    }
}

/// Seen from outside a proxy's connection comes from the proxy: who connected to it came near.
#[test]
fn of_an_alert_about_a_proxy_those_are_told_who_connected_to_it() {
    let alert = PAN.replace("192.168.204.133", "192.168.204.1");
    let proxied = connect(&format!("{PAN_DAY}0:46.500"), 7, "192.168.204.133:50000", "192.168.204.1:8080");
    // Two hours before is not near.
    let early = connect("2017-03-22 17:00:47.000", 8, "192.168.204.133:50000", "192.168.204.1:8080");
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &[&alert, &early]);
    let found = engine.matches("A1").unwrap();
    assert_eq!((found.candidates.len(), found.misses.len()), (0, 0));
    let reason = "no known process fits what the alert says of a connection or a file, and none came near";
    assert_eq!(found.reason.as_deref(), Some(reason));
    take(&mut engine, &[&proxied]);
    let found = engine.matches("A1").unwrap();
    let misses: Vec<(&str, &str)> =
        found.misses.iter().map(|miss| (miss.process.as_str(), miss.reason.as_str())).collect();
    let reason =
        "a connection to the alert's source address 192.168.204.1 port 8080, 0.500 s before the alert";
    assert_eq!(misses, [(process(7).as_str(), reason)]);
    assert_eq!((found.candidates.len(), found.reason), (0, None));
}

/// Behind a translation of addresses the alert has another source than the host: who connected to the same place at
/// about that time came near, and who connected to another port there did not.
#[test]
fn of_an_alert_with_a_translated_source_those_are_told_who_connected_to_its_destination() {
    let alert = PAN.replace("192.168.204.133", "198.51.100.1");
    let its = connect(&format!("{PAN_DAY}0:46.000"), 7, "192.168.204.133:50000", "66.186.100.181:9000");
    let other = connect(&format!("{PAN_DAY}0:46.500"), 8, "192.168.204.133:50001", "66.186.100.181:443");
    let early = connect("2017-03-22 17:00:47.000", 9, "192.168.204.133:50002", "66.186.100.181:9000");
    let mut lines = [alert.as_str(), &its, &other, &early];
    for _ in 0..lines.len() {
        lines.rotate_left(1);
        let mut engine = Engine::new().unwrap();
        lines.iter().for_each(|line| take(&mut engine, &[line]));
        let found = engine.matches("A1").unwrap();
        let misses: Vec<(&str, &str)> =
            found.misses.iter().map(|miss| (miss.process.as_str(), miss.reason.as_str())).collect();
        let reason = "a connection to the alert's destination 66.186.100.181 port 9000 from 192.168.204.133 instead, 1.000 s before the alert";
        assert_eq!(misses, [(process(7).as_str(), reason)]);
        assert_eq!((found.candidates.len(), found.reason), (0, None));
    }
}

/// An alert without the destination's port is not explained by it.
#[test]
fn an_alert_with_the_source_port_alone_is_explained_by_that() {
    let its = connect(&format!("{PAN_DAY}0:47.000"), 7, "192.168.204.133:59661", "66.186.100.181:9000");
    let without = PAN.replace(r#","destination_port":"9000""#, "");
    for (alert, what) in [
        (without.clone(), "the addresses and the source's port"),
        (without.replace("59661", "59662"), "the addresses, from another source port"),
        (without.replace(r#""source_port":"59661","#, ""), "the addresses"),
    ] {
        let mut engine = Engine::new().unwrap();
        take(&mut engine, &[&its, &alert]);
        let found = engine.matches("A1").unwrap();
        let expected = format!("opened a connection with {what} at the same time");
        assert_eq!(found.candidates[0].reason, expected);
        assert_eq!(engine.alert("A1").unwrap().process, Some(process(7)));
    }
}

/// Many writes of one path near many alerts: only who wrote it near an alert counts, and the writes of one process are
/// no rivals.
#[test]
fn much_that_one_process_did_is_one_candidate() {
    let wrote = |time: &str, process: u32| {
        format!(
            r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":11,"Hostname":"ws1","UtcTime":"{time}","ProcessGuid":"{}","ProcessId":{process},"Image":"C:\\a\\p{process}.exe","TargetFilename":"C:\\Temp\\55\\pageant.exe"}}"#,
            guid(process)
        )
    };
    let mut lines = vec![
        connect(&format!("{FILE_DAY}0:00.000"), 9, "192.168.52.131:50000", "10.0.0.1:443"),
        // Five minutes before the alerts, which are of 12:24:45.
        wrote("2017-04-26 12:19:45.000", 8),
    ];
    for n in 0..1000 {
        lines.push(wrote(&format!("{FILE_DAY}4:40.{n:03}"), 7));
        lines.push(FILE.replace("1674573196751", &n.to_string()));
    }
    let mut engine = Engine::new().unwrap();
    take(&mut engine, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    // The nearest write is of 12:24:40.999.
    for alert in ["A1", "A1000"] {
        assert_eq!(engine.alert(alert).unwrap().process, Some(process(7)), "{alert}");
        assert_eq!(ids(&mut engine, alert), [(process(7), 1, 4001)], "{alert}");
    }
}
