//! Remote threads.

use super::telemetry::{Process, SECOND, Tenant, told};
use crate::model::ObservableKind;

const EXPLORER: Process<'_> = Process("ws1", 1, r"C:\Windows\explorer.exe");
const PAYLOAD: Process<'_> = Process("ws1", 2, r"C:\Users\ann\Downloads\payload.exe");
const SVCHOST: Process<'_> = Process("ws1", 3, r"C:\Windows\System32\svchost.exe");
const NOTEPAD: Process<'_> = Process("ws1", 4, r"C:\Windows\System32\notepad.exe");
const CSRSS: Process<'_> = Process("ws1", 5, r"C:\Windows\System32\csrss.exe");
const DWM: Process<'_> = Process("ws1", 6, r"C:\Windows\System32\dwm.exe");

#[test]
fn a_thread_in_a_stranger_is_told_with_what_the_acting_process_is() {
    let mut tenant = Tenant::new();
    tenant.start(EXPLORER, PAYLOAD);
    let detections = tenant.thread(PAYLOAD, SVCHOST, "-");
    assert_eq!(told(&detections), [("remote-thread", "payload.exe started a thread in svchost.exe")]);
    let detection = &detections[0];
    assert_eq!(detection.image, PAYLOAD.2);
    assert_eq!(detection.parent.as_deref(), Some(EXPLORER.2));
    assert_eq!(detection.hash.as_deref(), Some(&*format!("{:064x}", 2)));
    assert_eq!(detection.what.base().to_string(), "4");
    assert_eq!((&*detection.techniques, &*detection.tactics), (&["T1055"][..], &["TA0004", "TA0005"][..]));
    assert!(detection.target.is_some() && !detection.summary);
    let kinds: Vec<ObservableKind> = detection.observables.iter().map(|o| o.kind).collect();
    assert_eq!(
        kinds,
        [ObservableKind::Host, ObservableKind::User, ObservableKind::Hash, ObservableKind::File]
    );
}

#[test]
fn a_program_of_the_systems_is_no_observable() {
    let mut tenant = Tenant::new();
    let powershell = Process("ws1", 9, r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe");
    tenant.start(EXPLORER, powershell);
    let detections = tenant.thread(powershell, NOTEPAD, "LoadLibraryA");
    let message = "powershell.exe started a thread in notepad.exe at LoadLibraryA";
    assert_eq!(told(&detections), [("remote-thread", message)]);
    let kinds: Vec<ObservableKind> = detections[0].observables.iter().map(|o| o.kind).collect();
    assert_eq!(kinds, [ObservableKind::Host, ObservableKind::User]);
}

#[test]
fn two_processes_are_told_of_once_and_two_others_again() {
    let mut tenant = Tenant::new();
    assert_eq!(tenant.thread(PAYLOAD, SVCHOST, "-").len(), 1);
    tenant.restart();
    assert_eq!(tenant.thread(PAYLOAD, SVCHOST, "-"), []);
    assert_eq!(tenant.thread(PAYLOAD, Process("ws1", 30, SVCHOST.2), "-").len(), 1);
}

#[test]
fn the_systems_own_threads_are_nothing() {
    let mut tenant = Tenant::new();
    assert_eq!(tenant.thread(CSRSS, NOTEPAD, "CtrlRoutine"), []);
    assert_eq!(tenant.thread(DWM, CSRSS, "-"), []);
    let winlogon = Process("ws1", 7, r"C:\Windows\System32\winlogon.exe");
    assert_eq!(tenant.thread(winlogon, CSRSS, "-"), []);
    // Only with that function, only into that process, only from their own directory.
    assert_eq!(tenant.thread(CSRSS, NOTEPAD, "LoadLibraryA").len(), 1);
    assert_eq!(tenant.thread(DWM, NOTEPAD, "-").len(), 1);
    assert_eq!(tenant.thread(Process("ws1", 8, r"C:\Temp\dwm.exe"), CSRSS, "-").len(), 1);
}

#[test]
fn a_process_may_start_threads_in_itself() {
    assert_eq!(Tenant::new().thread(PAYLOAD, PAYLOAD, "-"), []);
}

#[test]
fn a_child_that_has_just_started_is_being_set_up() {
    let mut tenant = Tenant::new();
    let debugger = Process("ws1", 20, r"C:\Program Files\Debugger\debugger.exe");
    let child = Process("ws1", 21, SVCHOST.2);
    tenant.start(debugger, child);
    tenant.now += 8 * SECOND;
    assert_eq!(tenant.thread(debugger, child, "-"), []);
    // Later it is a sensitive process like any other.
    tenant.now += 2 * SECOND;
    assert_eq!(tenant.thread(debugger, child, "-").len(), 1);
}

#[test]
fn relatives_may_do_it_but_not_to_a_sensitive_process() {
    let mut tenant = Tenant::new();
    let shell = Process("ws1", 22, r"C:\Tools\shell.exe");
    let tool = Process("ws1", 23, r"C:\Tools\tool.exe");
    tenant.start(EXPLORER, shell);
    tenant.start(shell, tool);
    tenant.now += 60 * SECOND;
    assert_eq!(tenant.thread(shell, tool, "-"), []);
    assert_eq!(tenant.thread(tool, shell, "-"), []);
    assert_eq!(tenant.thread(EXPLORER, tool, "-"), []);
    let detections = tenant.thread(tool, EXPLORER, "-");
    assert_eq!(told(&detections), [("remote-thread", "tool.exe started a thread in explorer.exe")]);
}

#[test]
fn a_pair_of_images_on_three_hosts_is_a_product() {
    let mut tenant = Tenant::new();
    let raised: Vec<usize> = ["ws1", "ws2", "ws2", "ws3", "ws4"]
        .iter()
        .zip(100..)
        .map(|(host, number)| {
            let agent = Process(host, number, r"C:\Program Files\Agent\agent.exe");
            tenant.thread(agent, Process(host, 200, NOTEPAD.2), "-").len()
        })
        .collect();
    assert_eq!(raised, [1, 1, 1, 0, 0]);
    // What else it reaches into is another pair.
    let agent = Process("ws5", 300, r"C:\Program Files\Agent\agent.exe");
    assert_eq!(tenant.thread(agent, Process("ws5", 301, SVCHOST.2), "-").len(), 1);
}

#[test]
fn two_names_of_one_machine_are_one_host() {
    let mut tenant = Tenant::new();
    for (host, number) in [("ws1", 1), ("ws1.corp.example", 2), ("ws2", 3)] {
        let agent = Process(host, number, r"C:\Agent\agent.exe");
        assert_eq!(tenant.thread(agent, Process(host, 200, NOTEPAD.2), "-").len(), 1, "{host}");
    }
}

#[test]
fn a_target_without_a_name_is_found_by_its_guid() {
    let mut tenant = Tenant::new();
    tenant.start(EXPLORER, NOTEPAD);
    let detections = tenant.thread(PAYLOAD, Process("ws1", 4, "<unknown process>"), "-");
    assert_eq!(told(&detections), [("remote-thread", "payload.exe started a thread in notepad.exe")]);
    // Of one that nobody knows nothing can be said.
    assert_eq!(tenant.thread(PAYLOAD, Process("ws1", 99, "<unknown process>"), "-"), []);
}

#[test]
fn what_is_switched_off_is_not_told() {
    let mut tenant = Tenant::with(r#"{"detection": {"remote_thread": false}}"#);
    assert_eq!(tenant.thread(PAYLOAD, SVCHOST, "-"), []);
}

#[test]
fn a_program_that_reaches_into_everything_is_summed_up() {
    let mut tenant = Tenant::with(r#"{"detection": {"rare": {"per_host_and_day": 3}}}"#);
    let told: Vec<(usize, bool)> = (100..106)
        .map(|number| tenant.thread(PAYLOAD, Process("ws1", number, NOTEPAD.2), "-"))
        .map(|detections| (detections.len(), detections.iter().any(|detection| detection.summary)))
        .collect();
    assert_eq!(told, [(1, false), (1, false), (1, false), (1, true), (0, false), (0, false)]);
}
