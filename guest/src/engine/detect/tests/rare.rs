//! Rare executions.

use super::telemetry::{DAY, Process, Tenant, told};

const DOWNLOAD: &str = r"C:\Users\ann\Downloads\invoice.exe";

fn explorer(host: &str) -> Process<'_> {
    Process(host, 1, r"C:\Windows\explorer.exe")
}

/// A tenant of 200 hosts that has learned.
fn learned() -> Tenant {
    let mut tenant = Tenant::new();
    tenant.learn(200);
    tenant
}

#[test]
fn complaint_6_an_empty_baseline_does_not_alert_on_everything() {
    // A thousand different programs from where everybody can write, started by what should not start them.
    let mut tenant = Tenant::new();
    for number in 0..1000 {
        let host = format!("ws{}", number % 50);
        let path = format!(r"C:\Users\ann\AppData\Local\Temp\{number}.exe");
        let word = Process(&host, 2, r"C:\Program Files\Office\WINWORD.EXE");
        assert_eq!(tenant.start(word, Process(&host, 100 + number, &path)), [], "{number}");
    }
}

#[test]
fn a_new_program_where_everybody_can_write_is_told_of() {
    let mut tenant = learned();
    let detections = tenant.start(explorer("pc7"), Process("pc7", 9000, DOWNLOAD));
    let message = "invoice.exe runs on 1 of 200 hosts, first at 2026-03-09T00:16:40.000Z: from a directory that \
                   everybody can write to";
    assert_eq!(told(&detections), [("rare-execution", message)]);
    assert_eq!(detections[0].what.base().to_string(), "1");
    assert_eq!(detections[0].tactics, ["TA0002"]);
}

#[test]
fn a_new_program_of_an_installer_is_not() {
    let mut tenant = learned();
    assert_eq!(tenant.start(explorer("pc7"), Process("pc7", 9000, r"C:\Program Files\New\new.exe")), []);
}

#[test]
fn what_strangers_documents_start_is_told_of_wherever_it_lies() {
    let parents = [
        (r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE", "an Office program, winword.exe"),
        (r"C:\Program Files\Google\Chrome\Application\chrome.exe", "a browser, chrome.exe"),
        (r"C:\Windows\System32\mshta.exe", "a script host, mshta.exe"),
        (r"C:\Windows\System32\wbem\WmiPrvSE.exe", "WMI, wmiprvse.exe"),
    ];
    let mut tenant = learned();
    for (number, (parent, why)) in (9000..).zip(parents) {
        let path = format!(r"C:\Windows\System32\new{number}.exe");
        let detections = tenant.start(Process("pc7", 2, parent), Process("pc7", number, &path));
        assert_eq!(detections.len(), 1, "{parent}");
        assert!(detections[0].message.ends_with(&format!("started by {why}")), "{}", detections[0].message);
    }
}

#[test]
fn what_many_hosts_run_is_not_rare() {
    let mut tenant = learned();
    // On 1 % of 200 hosts at most: the third is one too many.
    let raised: Vec<usize> = ["pc1", "pc2", "pc3"]
        .iter()
        .zip(9000..)
        .map(|(host, number)| tenant.start(explorer(host), Process(host, number, DOWNLOAD)).len())
        .collect();
    assert_eq!(raised, [1, 1, 0]);
}

#[test]
fn of_less_than_a_hundred_hosts_one_is_few() {
    let mut tenant = Tenant::new();
    tenant.learn(10);
    assert_eq!(tenant.start(explorer("pc1"), Process("pc1", 9000, DOWNLOAD)).len(), 1);
    // With another hash it would be told again, but two of ten hosts are not few.
    assert_eq!(tenant.start(explorer("pc2"), Process("pc2", 9001, DOWNLOAD)), []);
}

#[test]
fn what_is_known_for_longer_is_not_rare() {
    let mut tenant = Tenant::new();
    tenant.start(explorer("pc1"), Process("pc1", 8000, DOWNLOAD));
    tenant.learn(200);
    assert_eq!(tenant.start(explorer("pc1"), Process("pc1", 9000, DOWNLOAD)), []);
}

#[test]
fn the_same_is_told_once_in_seven_days() {
    let mut tenant = learned();
    let mut start = |number, hash: &str, days: i64| {
        tenant.now += days * DAY;
        tenant.restart();
        tenant.start_of(explorer("pc1"), Process("pc1", number, DOWNLOAD), &hash.repeat(64)).len()
    };
    assert_eq!(start(9000, "a", 0), 1);
    assert_eq!(start(9001, "a", 1), 0);
    assert_eq!(start(9002, "b", 1), 1, "another file of that name");
    assert_eq!(start(9003, "a", 4), 0);
    // By then it has been known for more than seven days.
    assert_eq!(start(9004, "a", 2), 0);
}

#[test]
fn another_day_another_twenty() {
    let mut tenant = learned();
    let mut many = |from: u32, days: i64| {
        tenant.now += days * DAY;
        let one = |number| {
            let path = format!(r"C:\Users\ann\{number}.exe");
            tenant.start(explorer("pc1"), Process("pc1", number, &path))
        };
        let raised: Vec<_> = (from..from + 30).flat_map(one).collect();
        let last = raised.last().unwrap();
        (raised.len(), last.summary, last.message.clone())
    };
    let (raised, summary, message) = many(9000, 0);
    assert_eq!((raised, summary), (21, true));
    let expected =
        "more than 20 alerts rare-execution on pc1 on 2026-03-09: the others of that day are left out";
    assert_eq!(message, expected);
    assert_eq!(many(9100, 1).0, 21);
}

#[test]
fn the_second_record_of_a_start_tells_nothing_new() {
    let mut tenant = learned();
    let line = |id: u32, channel: &str, members: &str| {
        format!(
            r#"{{"EventID": {id}, "Channel": "{channel}", "Hostname": "pc1",
            "TimeCreated": "2026-03-20T00:00:00.100Z", {members}}}"#
        )
        .replace('\n', " ")
    };
    let security = line(
        4688,
        "Security",
        r#""NewProcessId": "0x1f4", "NewProcessName": "C:\\Users\\ann\\a.exe", "ProcessId": "0x64",
        "ParentProcessName": "C:\\Windows\\explorer.exe""#,
    );
    let sysmon = line(
        1,
        "Microsoft-Windows-Sysmon/Operational",
        r#""ProcessGuid": "{0000000a-0000-0000-0000-000000000001}", "ProcessId": "500",
        "Image": "C:\\Users\\ann\\a.exe", "ParentProcessId": "100", "ParentImage": "C:\\Windows\\explorer.exe""#,
    );
    tenant.now += 11 * DAY;
    assert_eq!(tenant.read_line(&security).len(), 1);
    assert_eq!(tenant.read_line(&sysmon), []);
}

#[test]
fn what_is_switched_off_is_not_told() {
    let mut tenant = Tenant::with(r#"{"detection": {"rare_execution": false}}"#);
    tenant.learn(200);
    assert_eq!(tenant.start(explorer("pc7"), Process("pc7", 9000, DOWNLOAD)), []);
}

#[test]
fn a_new_program_without_a_signature_is_told_of_wherever_it_lies() {
    let mut tenant = learned();
    let start = |tenant: &Tenant, name: &str, signature: &str| {
        let at = crate::text::time::to_text(tenant.now);
        format!(
            r#"{{"@timestamp":"{at}","event":{{"category":["process"],"type":["start"],"kind":"event"}},"host":{{"name":"pc7"}},"process":{{"entity_id":"{name}","executable":"C:\\Program Files\\New\\{name}",{signature}"parent":{{"entity_id":"q","executable":"C:\\Windows\\explorer.exe"}}}}}}"#
        )
    };
    let signed = start(&tenant, "signed.exe", r#""code_signature":{"exists":true,"trusted":true},"#);
    assert_eq!(tenant.read_line(&signed), []);
    let unknown = start(&tenant, "unknown.exe", "");
    assert_eq!(tenant.read_line(&unknown), []);
    let unsigned = start(&tenant, "unsigned.exe", r#""code_signature":{"exists":false},"#);
    // 1000 starts a second apart, eight days, and two starts before this one.
    let message = "unsigned.exe runs on 1 of 200 hosts, first at 2026-03-09T00:16:42.000Z: not signed";
    assert_eq!(told(&tenant.read_line(&unsigned)), [("rare-execution", message)]);
}
