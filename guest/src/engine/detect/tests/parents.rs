//! Unexpected parents, with and without something else against them.

use super::telemetry::{Process, Tenant, told};

const WORD: Process<'_> = Process("ws1", 1, r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE");
const EXPLORER: Process<'_> = Process("ws1", 2, r"C:\Windows\explorer.exe");
const SERVICES: Process<'_> = Process("ws1", 3, r"C:\Windows\System32\services.exe");
const SVCHOST: Process<'_> = Process("ws1", 4, r"C:\Windows\System32\svchost.exe");

#[test]
fn a_violation_alone_is_evidence_and_no_alert() {
    let mut tenant = Tenant::new();
    assert_eq!(tenant.start(WORD, SVCHOST), []);
    assert_eq!(tenant.engine.violations(0, 10).len(), 1);
}

#[test]
fn where_everybody_can_write_it_is_a_suspicion() {
    let mut tenant = Tenant::new();
    let detections = tenant.start(WORD, Process("ws1", 5, r"C:\Users\ann\svchost.exe"));
    let message =
        "svchost.exe started by WINWORD.EXE (unexpected-parent), and it lies where everybody can write";
    assert_eq!(told(&detections), [("unexpected-parent", message)]);
    assert_eq!(detections[0].what.base().to_string(), "4");
    assert_eq!(detections[0].techniques, ["T1036.005", "T1134.004"]);
    assert_eq!(detections[0].tactics, ["TA0004", "TA0005"]);
}

#[test]
fn the_right_parent_does_not_excuse_a_wrong_directory() {
    let mut tenant = Tenant::new();
    let message =
        "svchost.exe started by services.exe (wrong-directory), and it does not lie where it belongs";
    let detections = tenant.start(SERVICES, Process("ws1", 5, r"C:\Tools\svchost.exe"));
    assert_eq!(told(&detections), [("unexpected-parent", message)]);
    assert_eq!((&*detections[0].techniques, &*detections[0].tactics), (&["T1036.005"][..], &["TA0005"][..]));
    // Another vendor's program of that name, and a copy that only the system can have made.
    for (number, path) in [(6, r"C:\Program Files\Vendor\certutil.exe"), (7, r"C:\Windows\CCM\certutil.exe")]
    {
        assert_eq!(tenant.start(EXPLORER, Process("ws1", number, path)), [], "{path}");
    }
}

#[test]
fn an_alert_on_what_started_it_makes_it_a_suspicion() {
    let mut tenant = Tenant::new();
    let payload = Process("ws1", 5, r"C:\Users\ann\payload.exe");
    let shell = Process("ws1", 6, r"C:\Tools\shell.exe");
    tenant.start(EXPLORER, payload);
    tenant.start(payload, shell);
    assert_eq!(tenant.thread(payload, Process("ws1", 7, r"C:\Windows\System32\notepad.exe"), "-").len(), 1);
    tenant.restart();
    let detections = tenant.start(shell, SVCHOST);
    let message =
        "svchost.exe started by shell.exe (unexpected-parent), and there is an alert on what started it";
    assert_eq!(told(&detections), [("unexpected-parent", message)]);
    assert_eq!(detections[0].techniques, ["T1134.004"]);
    // What a sibling's parent did is none of its business.
    assert_eq!(tenant.start(WORD, Process("ws1", 8, r"C:\Windows\System32\lsass.exe")), []);
}

#[test]
fn a_spawner_that_runs_somebody_elses_code_is_such_an_alert() {
    let mut tenant = Tenant::new();
    let dllhost = Process("ws1", 9, r"C:\Windows\System32\dllhost.exe");
    let cmd = |number| Process("ws1", number, r"C:\Windows\System32\svchost.exe");
    assert_eq!(tenant.start(EXPLORER, cmd(10)), []);
    let payload = Process("ws1", 5, r"C:\Users\ann\payload.exe");
    assert_eq!(tenant.thread(payload, EXPLORER, "-").len(), 1);
    assert_eq!(tenant.start(EXPLORER, cmd(11)).len(), 1);
    assert_eq!(tenant.start(Process("ws1", 12, EXPLORER.2), dllhost), []);
}

#[test]
fn a_rare_program_is_a_suspicion() {
    let mut tenant = Tenant::new();
    tenant.learn(200);
    // cmstp.exe is one that the tenant does not run; svchost.exe would not be rare anywhere.
    let smss = Process("pc1", 1, r"C:\Windows\System32\smss.exe");
    let detections = tenant.start(smss, Process("pc1", 9000, r"C:\Windows\System32\cmstp.exe"));
    let message = "cmstp.exe started by smss.exe (unexpected-child), and nearly nobody runs it";
    assert_eq!(told(&detections), [("unexpected-parent", message)]);
    assert_eq!(
        (&*detections[0].techniques, &*detections[0].tactics),
        (&["T1055"][..], &["TA0004", "TA0005"][..])
    );
}

/// Process id 4 is that of `System`, which starts no such program; a parent without a name may yet become known.
#[test]
fn a_parent_without_a_name_raises_nothing() {
    let mut tenant = Tenant::new();
    let line = r#"{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Hostname": "ws1",
        "ProcessGuid": "{00000000-0000-0000-0000-000000000001}", "Image": "C:\\Users\\ann\\x.exe",
        "ParentProcessId": 4, "ParentImage": "-"}"#;
    assert_eq!(tenant.read_line(&line.replace('\n', " ")), []);
    assert_eq!(tenant.engine.violations(0, 10).len(), 1);
}

#[test]
fn the_same_is_told_once_on_a_host() {
    let mut tenant = Tenant::new();
    let path = r"C:\Users\ann\svchost.exe";
    assert_eq!(tenant.start(WORD, Process("ws1", 5, path)).len(), 1);
    assert_eq!(tenant.start(WORD, Process("ws1", 6, path)), []);
    assert_eq!(tenant.start(Process("ws2", 1, WORD.2), Process("ws2", 5, path)).len(), 1);
}

#[test]
fn what_is_switched_off_is_not_told() {
    let mut tenant = Tenant::with(r#"{"detection": {"unexpected_parent": false}}"#);
    assert_eq!(tenant.start(WORD, Process("ws1", 5, r"C:\Users\ann\svchost.exe")), []);
}

// SPEC section 3: never names that 5 % of hosts run; at least three, which is this rule's own.
#[test]
fn a_look_alike_that_many_hosts_run_is_some_vendors_program() {
    let mut tenant = Tenant::new();
    let on = |host| Process(host, 9, r"C:\Users\ann\svchosts.exe");
    let message = "svchosts.exe started by explorer.exe (look-alike), and it lies where everybody can write";
    let detections = tenant.start(Process("ws1", 2, EXPLORER.2), on("ws1"));
    assert_eq!(told(&detections), [("unexpected-parent", message)]);
    assert_eq!(detections[0].techniques, ["T1036.005"]);
    assert_eq!(tenant.start(Process("ws2", 2, EXPLORER.2), on("ws2")).len(), 1);
    let grades = |tenant: &Tenant| -> Vec<Vec<&str>> {
        tenant.engine.violations(0, 10).into_iter().map(|finding| finding.corroborated_by).collect()
    };
    assert_eq!(grades(&tenant), [["writable-directory"], ["writable-directory"]]);
    assert_eq!(tenant.start(Process("ws3", 2, EXPLORER.2), on("ws3")), []);
    assert_eq!(grades(&tenant), [[""; 0]; 3], "violations still, and evidence");
}

#[test]
fn the_list_says_what_makes_a_suspicion() {
    let mut tenant = Tenant::new();
    tenant.start(WORD, SVCHOST);
    tenant.start(SERVICES, Process("ws1", 6, r"C:\Tools\svchost.exe"));
    let found = tenant.engine.violations(0, 10);
    let said: Vec<_> = found.iter().map(|finding| (finding.reason, &*finding.corroborated_by)).collect();
    assert_eq!(
        said,
        [
            (Some("unexpected-parent"), &[][..]),
            // begat's own alert on it is no other thing against it.
            (Some("wrong-directory"), &["foreign-directory"][..]),
        ]
    );
}

/// A start in ECS, whose record says whether the image is signed.
fn ecs(number: u32, image: &str, parent: &str, signature: &str) -> String {
    let quoted = |text: &str| text.replace('\\', r"\\");
    format!(
        r#"{{"@timestamp":"2026-03-01T00:00:{:02}Z","event":{{"category":["process"],"type":["start"],"kind":"event"}},"host":{{"name":"ws1"}},"process":{{"entity_id":"p{number}","executable":"{}",{signature}"parent":{{"entity_id":"q{number}","executable":"{}"}}}}}}"#,
        number % 60,
        quoted(image),
        quoted(parent)
    )
}

const UNSIGNED: &str = r#""code_signature":{"exists":false},"#;
const SIGNED: &str = r#""code_signature":{"exists":true,"trusted":true},"#;
const INVALID: &str = r#""code_signature":{"exists":true,"trusted":false},"#;

#[test]
fn a_start_that_is_known_to_be_unsigned_is_a_suspicion() {
    let mut tenant = Tenant::new();
    let start = |number, signature| ecs(number, SVCHOST.2, WORD.2, signature);
    // Signed, nothing said of it, and signed by somebody whom nobody trusts: none is known to be unsigned.
    for (number, signature) in [(1, SIGNED), (2, ""), (3, INVALID)] {
        assert_eq!(tenant.read_line(&start(number, signature)), [], "{signature}");
    }
    let message = "svchost.exe started by WINWORD.EXE (unexpected-parent), and it is not signed";
    assert_eq!(told(&tenant.read_line(&start(4, UNSIGNED))), [("unexpected-parent", message)]);
    tenant.restart();
    let found = tenant.engine.violations(0, 10).into_iter().map(|finding| finding.corroborated_by);
    assert_eq!(found.collect::<Vec<_>>(), [vec![], vec![], vec![], vec!["unsigned"]]);
}

/// Sysmon tells it with the first load of the process's own image: after the start, so that only the list knows.
#[test]
fn a_load_of_its_own_image_tells_the_list_that_it_is_unsigned() {
    let mut tenant = Tenant::new();
    let load = |process: Process<'_>, image: &str, signed: &str| {
        [
            ("ProcessGuid", super::telemetry::guid(process)),
            ("Image", process.2.to_owned()),
            ("ImageLoaded", image.to_owned()),
            ("Signed", signed.to_owned()),
            ("SignatureStatus", if signed == "true" { "Valid" } else { "Unavailable" }.to_owned()),
        ]
    };
    let process = |number| Process("ws1", number, SVCHOST.2);
    for number in [10, 11, 12] {
        assert_eq!(tenant.start(WORD, process(number)), []);
    }
    // An unsigned library of a signed program says nothing of the program.
    tenant.read(7, "ws1", &load(process(10), SVCHOST.2, "true"));
    tenant.read(7, "ws1", &load(process(10), r"C:\Users\ann\x.dll", "false"));
    tenant.read(7, "ws1", &load(process(11), SVCHOST.2, "false"));
    let found = tenant.engine.violations(0, 10).into_iter().map(|finding| finding.corroborated_by);
    assert_eq!(found.collect::<Vec<_>>(), [vec![], vec!["unsigned"], vec![]]);
}
