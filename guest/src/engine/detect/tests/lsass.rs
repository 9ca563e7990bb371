//! lsass.exe opened for reading.

use super::telemetry::{Process, SECOND, SYSTEM32, Tenant, told};

const LSASS: Process<'_> = Process("ws1", 1, r"C:\Windows\System32\lsass.exe");
const TOOL: Process<'_> = Process("ws1", 2, r"C:\Windows\Temp\dumper.exe");
const SVCHOST: Process<'_> = Process("ws1", 3, r"C:\Windows\System32\svchost.exe");

#[test]
fn the_right_to_read_is_what_counts() {
    // PROCESS_VM_READ is 0x10; of these rights it is in the first five.
    for (mask, raised) in [
        ("0x1010", 1),
        ("0x1410", 1),
        ("0x1438", 1),
        ("0x143a", 1),
        ("0x1fffff", 1),
        ("0x1000", 0),
        ("0x1400", 0),
        ("0x2000", 0),
        ("0x3000", 0),
        ("0x40", 0),
    ] {
        assert_eq!(Tenant::new().access(TOOL, LSASS, mask).len(), raised, "{mask}");
    }
    let detections = Tenant::new().access(TOOL, LSASS, "0x1fffff");
    let message = "dumper.exe opened lsass.exe with the right to read its memory (0x1fffff)";
    assert_eq!(told(&detections), [("lsass-access", message)]);
    assert_eq!(detections[0].what.base().to_string(), "5");
    assert_eq!((&*detections[0].techniques, &*detections[0].tactics), (&["T1003.001"][..], &["TA0006"][..]));
}

#[test]
fn a_process_is_told_of_once() {
    let mut tenant = Tenant::new();
    assert_eq!(tenant.access(TOOL, LSASS, "0x1410").len(), 1);
    assert_eq!(tenant.access(TOOL, LSASS, "0x1fffff"), []);
    assert_eq!(tenant.access(Process("ws1", 20, TOOL.2), LSASS, "0x1410").len(), 1);
}

#[test]
fn other_processes_may_be_read() {
    let mut tenant = Tenant::new();
    assert_eq!(tenant.access(TOOL, SVCHOST, "0x1fffff"), []);
    // A program that only has the name.
    assert_eq!(tenant.access(TOOL, Process("ws1", 9, r"C:\Games\lsass.exe"), "0x1fffff"), []);
}

#[test]
fn who_ordinarily_reads_it_may_from_its_own_directory() {
    let mut tenant = Tenant::new();
    for (number, path) in (10..).zip([
        r"C:\Windows\System32\csrss.exe",
        r"C:\Windows\System32\wininit.exe",
        r"C:\Windows\System32\svchost.exe",
        r"C:\Windows\System32\wbem\WmiPrvSE.exe",
        r"C:\Windows\SysWOW64\wbem\wmiprvse.exe",
        r"C:\Windows\System32\WerFault.exe",
        r"C:\Windows\System32\lsass.exe",
        r"C:\Windows\Sysmon64.exe",
        r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.2\MsMpEng.exe",
        r"C:\Program Files\Antivirus\scanner.exe",
        r"C:\WindowsAzure\GuestAgent_2.7\CollectGuestLogs.exe",
    ]) {
        assert_eq!(tenant.access(Process("ws1", number, path), LSASS, "0x1410"), [], "{path}");
    }
    for (number, path) in (50..).zip([
        r"C:\Windows\Temp\csrss.exe",
        r"C:\Users\ann\wmiprvse.exe",
        r"C:\ProgramData\MsMpEng.exe",
        r"C:\Windows\System32\rundll32.exe",
    ]) {
        assert_eq!(tenant.access(Process("ws1", number, path), LSASS, "0x1410").len(), 1, "{path}");
    }
}

#[test]
fn the_task_manager_lists_processes_and_is_told_of_when_it_dumps_one() {
    let mut tenant = Tenant::new();
    let taskmgr = Process("ws1", 10, r"C:\Windows\System32\Taskmgr.exe");
    assert_eq!(tenant.access(taskmgr, LSASS, "0x1410"), []);
    assert_eq!(tenant.access(taskmgr, LSASS, "0x1fffff").len(), 1);
}

#[test]
fn a_reader_that_runs_somebody_elses_code_is_none() {
    let mut tenant = Tenant::new();
    assert_eq!(tenant.access(SVCHOST, LSASS, "0x1010"), []);
    assert_eq!(tenant.thread(TOOL, SVCHOST, "-").len(), 1);
    tenant.restart();
    let message = "svchost.exe opened lsass.exe with the right to read its memory (0x1010), after another process \
                   had started a thread in it";
    assert_eq!(told(&tenant.access(SVCHOST, LSASS, "0x1010")), [("lsass-access", message)]);
    // Another svchost.exe is still itself.
    assert_eq!(tenant.access(Process("ws1", 30, SVCHOST.2), LSASS, "0x1010"), []);
}

#[test]
fn an_image_that_does_it_on_three_hosts_is_a_product() {
    let mut tenant = Tenant::new();
    let raised: Vec<usize> = ["ws1", "ws2", "ws3", "ws4"]
        .iter()
        .map(|host| {
            let inventory = Process(host, 40, r"C:\Inventory\inventory.exe");
            tenant.access(inventory, Process(host, 1, LSASS.2), "0x1410").len()
        })
        .collect();
    assert_eq!(raised, [1, 1, 0, 0]);
}

#[test]
fn lsass_without_a_name_is_found_by_its_guid() {
    let mut tenant = Tenant::new();
    tenant.start(Process("ws1", 5, &format!(r"{SYSTEM32}\wininit.exe")), LSASS);
    tenant.now += 60 * SECOND;
    assert_eq!(tenant.access(TOOL, Process("ws1", 1, "<unknown process>"), "0x1fffff").len(), 1);
}

#[test]
fn what_is_switched_off_is_not_told() {
    let mut tenant = Tenant::with(r#"{"detection": {"lsass_access": false}}"#);
    assert_eq!(tenant.access(TOOL, LSASS, "0x1fffff"), []);
}
