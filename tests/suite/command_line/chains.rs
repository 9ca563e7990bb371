//! `begat chain` and `begat query` on real recordings: the trees were worked out from the raw events by hand.

use serde_json::Value;

use super::{Ended, begat};
use crate::data::{Recording, real};

/// A recording as a file, and the folder that it is in.
fn recording(name: &str) -> Option<(tempfile::TempDir, String)> {
    let folder = real()?;
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("set.ndjson");
    std::fs::write(&file, Recording::named(&folder, name).text()).unwrap();
    let path = file.to_str().unwrap().to_owned();
    Some((temporary, path))
}

/// The tree of a chain: what stands above the list of what it touched.
fn tree(name: &str, subject: &str) -> Option<String> {
    let (_folder, file) = recording(name)?;
    let ended = begat(&["chain", subject, &file]).with(0);
    Some(ended.stdout.split("\ntouched\n").next().unwrap().trim_end().to_owned())
}

fn chain(name: &str, subject: &str) -> Option<Value> {
    let (_folder, file) = recording(name)?;
    Some(begat(&["chain", subject, &file, "--format", "json"]).with(0).json())
}

/// The edges of a chain that are none of starting, each as kind, cause and effect (host and file name), confidence
/// and reason.
fn edges(chain: &Value) -> Vec<(String, String, String, u64, String)> {
    let named = |id: &Value| {
        let nodes = chain["nodes"].as_array().unwrap();
        let node = nodes.iter().find(|node| node["id"] == *id).unwrap();
        let image = node["image"].as_str().unwrap().rsplit('\\').next().unwrap().to_lowercase();
        format!("{} {image}", node["host"].as_str().unwrap().split('.').next().unwrap())
    };
    let edges = chain["edges"].as_array().unwrap().iter().filter(|edge| edge["kind"] != "started");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let edge = |edge: &Value| {
        let (cause, effect) = (named(&edge["cause"]), named(&edge["effect"]));
        (text(&edge["kind"]), cause, effect, edge["confidence"].as_u64().unwrap(), text(&edge["reason"]))
    };
    let mut edges: Vec<_> = edges.map(edge).collect();
    edges.sort();
    edges
}

// Events 1 of the set: mshta.exe 10980 under cmd.exe 5888 (no record of its own) at 06:57:59.855, under it
// powershell.exe 9572 at 06:58:00.462, under that conhost.exe 10164 at 06:58:00.568; all of WORKSTATION5\wardog.
#[test]
fn a_script_that_mshta_runs() {
    let Some(tree) = tree("cmd_mshta_vbscript_execute_psh", "mshta.exe") else { return };
    let expected = r#"chain of mshta.exe 10980, root cmd.exe 5888
  2020-10-22 UTC, 4 processes on 1 host
  partial: what is above the root is not known

              cmd.exe 5888 [root] @WORKSTATION5
              │  ? its start was not recorded
              │  ? partial: what is above is not known
06:57:59.855  └─ mshta.exe 10980 [asked for] workstation5\wardog  mshta  vbscript:Execute("CreateOb…
06:58:00.462     └─ powershell.exe 9572  "C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe…
06:58:00.568        └─ conhost.exe 10164  \??\C:\windows\system32\conhost.exe 0xffffffff -ForceV1"#;
    assert_eq!(tree, expected);
}

// Events 1: wscript.exe 2440 under explorer.exe 5728 at 20:09:55.035, powershell.exe 2316 under it at 55.760, and
// under that conhost.exe 7700 at 55.823 and whoami.exe 9152 at 20:10:22.845; wmiprvse.exe 4864 is svchost.exe's.
#[test]
fn a_script_that_explorer_started() {
    let Some(tree) = tree("empire_launcher_vbs", "whoami.exe") else { return };
    let expected = r#"chain of whoami.exe 9152, root wscript.exe 2440
  2020-09-04 UTC, 4 processes on 1 host
  the root was started by explorer.exe 5728, as the operating system starts programs

20:09:55.035  wscript.exe 2440 [root] @WORKSTATION5.theshire.l… theshire\pgustavo  "C:\windows\Syst…
20:09:55.760  └─ powershell.exe 2316  "C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe" -…
20:09:55.823     ├─ conhost.exe 7700  \??\C:\windows\system32\conhost.exe 0xffffffff -ForceV1
20:10:22.845     └─ whoami.exe 9152 [asked for]  "C:\windows\system32\whoami.exe""#;
    assert_eq!(tree, expected);
}

// Events 1: WMIC.exe 1064 under cmd.exe 5720 (no record) at 06:17:03.239, calc.exe 10108 under it at 06:17:04.128;
// wmiprvse.exe, Calculator.exe, RuntimeBroker.exe and svchost.exe are the system's.
#[test]
fn a_stylesheet_that_wmic_runs() {
    let Some(tree) = tree("wmic_remote_xsl_jscript", "calc.exe") else { return };
    let expected = r#"chain of calc.exe 10108, root cmd.exe 5720
  2020-10-18 UTC, 3 processes on 1 host
  partial: what is above the root is not known

              cmd.exe 5720 [root] @WORKSTATION5
              │  ? its start was not recorded
              │  ? partial: what is above is not known
06:17:03.239  └─ WMIC.exe 1064 workstation5\wardog  wmic  process list /FORMAT:"https://raw.githubu…
06:17:04.128     └─ calc.exe 10108 [asked for]  "C:\Windows\System32\calc.exe""#;
    assert_eq!(tree, expected);
}

// Events 1: notepad.exe 3440 at 01:40:49.684 and mavinject.exe 3224 at 01:40:56.444, both under powershell.exe 3904 (no
// record of its own; events 3 name it and its user, WORKSTATION5\wardog, who is the others' too). Event 8 at
// 01:40:56.458 is mavinject.exe's thread 10204 in notepad.exe, at LoadLibraryW: no relative of it, so that begat raises
// an alert, of 4 by its kind and twice that since nothing was done about it.
#[test]
fn a_library_that_mavinject_puts_into_notepad() {
    let Some(tree) = tree("psh_mavinject_dll_notepad", "notepad.exe") else { return };
    let expected = r#"chain of notepad.exe 3440, root powershell.exe 3904
  2020-10-22 UTC, 3 processes on 1 host, 1 alert
  partial: what is above the root is not known

              powershell.exe 3904 [root] @WORKSTATION5 workstation5\wardog
              │  ? its start was not recorded
              │  ? partial: what is above is not known
01:40:49.684  ├─ notepad.exe 3440 [asked for]  "C:\windows\system32\notepad.exe"
01:40:56.444  └─ mavinject.exe 3224  "C:\windows\system32\mavinject.exe" 3440 /INJECTRUNNING C:\Pro…
                 │  ! A1 8  remote-thread
01:40:56.458     └─ ~> injected notepad.exe 3440, 100 %: began thread 10204 in it at LoadLibraryW"#;
    assert_eq!(tree, expected);
}

/// Who asked for a service by its record (4697), in three recordings.
///
/// Events 4697 are the Security log's, and so are 4688 of the starts; Sysmon's clock is another one. In the first set line
/// 1014 at 08:58:11.750 says that process 7196 asked for qfhaer, which is winx64_payload.exe since 08:56:49.752 (line 723),
/// and services.exe starts rundll32.exe 716 with that very command line at 08:58:11.753 (line 1015), by Sysmon at
/// 15:58:11.753 (line 15872). In the second line 2037 at 09:56:15.589 names process 1988, winx64_payload.exe (line 784),
/// and rtcpef; rundll32.exe 1064 starts at 09:56:15.593 (line 2038), by Sysmon at 04:56:15.593 of the next day (line
/// 26572). In the third line 2501 at 09:07:41.219 names process 6116, sc.exe (line 2500), and tbbd05, `%COMSPEC% echo /c
/// ...`; cmd.exe 3948 starts at 09:07:41.235 (line 2508), by Sysmon at 01:07:41.235 of the next day (line 1759).
#[test]
fn a_service_leads_back_to_the_process_that_its_record_names() {
    let reason = |service: &str, later: &str, ahead: &str| {
        format!(
            "asked for service {service} (4697), which the service manager started {later} s later, by the log's \
             clock; the sensor's is {ahead} s ahead"
        )
    };
    for (set, started, cause, effect, reason) in [
        (
            "metasploit_comsvcs_lsass_memory_dump",
            "PRD01.pandalab.com/57be2c82-9513-64df-4109-000000000600",
            "PRD01 winx64_payload.exe",
            "PRD01 rundll32.exe",
            reason("qfhaer", "0.003", "25200.000"),
        ),
        (
            "metasploit_logonpasswords_lsass_memory_dump",
            "MKT01.pandalab.com/81056205-56ef-64dc-4f04-000000000800",
            "MKT01 winx64_payload.exe",
            "MKT01 rundll32.exe",
            reason("rtcpef", "0.004", "68400.000"),
        ),
        (
            "aptsimulator_cobaltstrike",
            "WORKSTATION5/e2c04bb9-08dd-60c4-e5b6-400100000000",
            "WORKSTATION5 sc.exe",
            "WORKSTATION5 cmd.exe",
            reason("tbbd05", "0.016", "57600.000"),
        ),
    ] {
        let Some(found) = chain(set, started) else { return };
        let expected = ("service".to_owned(), cause.to_owned(), effect.to_owned(), 95, reason);
        let services = |chain: &Value| {
            let edges = edges(chain).into_iter().filter(|edge| edge.0 == "service");
            edges.collect::<Vec<_>>()
        };
        assert_eq!(services(&found), std::slice::from_ref(&expected), "{set}");
        // And from who asked to what came of it.
        let edge = found["edges"].as_array().unwrap().iter().find(|edge| edge["kind"] == "service").unwrap();
        let forward = chain(set, edge["cause"].as_str().unwrap()).unwrap();
        assert!(services(&forward).contains(&expected), "{set}");
    }
}

// Event 8 at 01:40:56.458: mavinject.exe 3224 begins thread 10204 in notepad.exe 3440, at LoadLibraryW; both are
// powershell.exe's. What notepad.exe loads in the ten minutes after it (events 7) may be the thread's.
#[test]
fn an_injection_is_an_edge_and_what_follows_in_the_target_is_a_candidate() {
    let Some((_folder, file)) = recording("psh_mavinject_dll_notepad") else { return };
    let chain = begat(&["chain", "notepad.exe", &file, "--format", "json"]).with(0).json();
    let reason = "began thread 10204 in it at LoadLibraryW".to_owned();
    let [cause, effect] = ["WORKSTATION5 mavinject.exe", "WORKSTATION5 notepad.exe"].map(str::to_owned);
    assert_eq!(edges(&chain), [("injected".to_owned(), cause, effect, 100, reason)]);
    let notepad = chain["nodes"].as_array().unwrap().iter().find(|node| node["pid"] == 3440).unwrap();
    let parent =
        chain["edges"].as_array().unwrap().iter().find(|edge| edge["effect"] == notepad["id"]).unwrap();
    let powershell = chain["nodes"].as_array().unwrap().iter().find(|node| node["id"] == parent["cause"]);
    assert!(powershell.unwrap()["image"].as_str().unwrap().ends_with("powershell.exe"));

    let timeline = begat(&["chain", "notepad.exe", &file, "--timeline", "--format", "json"]).with(0).json();
    let loads: Vec<&Value> = timeline
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["kind"] == "image-load" && step["process"] == notepad["id"])
        .collect();
    let after = |step: &&&Value| step["time"].as_str().unwrap() >= "2020-10-22T01:40:56.458Z";
    assert!(!loads.is_empty());
    for step in &loads {
        let expected = after(&step).then_some("thread unknown");
        assert_eq!(step.get("candidate").and_then(Value::as_str), expected, "{step}");
    }
    assert!(loads.iter().filter(after).any(|step| step["what"] == "C:\\ProgramData\\T1055.dll"), "{loads:?}");
}

/// The medians of the offsets that a count of the raw events gives: 1.066, -0.002 and 0.469 s.
#[test]
fn winrm_leads_to_three_hosts_whose_clocks_differ() {
    let Some(chain) = chain("purplesharp_ad_playbook_I", "PurpleSharp.exe") else { return };
    let (edges, cause) = (edges(&chain), "WORKSTATION5 purplesharp.exe");
    let effects: Vec<&str> = edges.iter().map(|edge| edge.2.as_str()).collect();
    let hosts = ["MORDORDC wsmprovhost.exe", "WORKSTATION6 wsmprovhost.exe", "WORKSTATION7 wsmprovhost.exe"];
    assert_eq!(effects, hosts);
    for edge in &edges {
        assert_eq!((edge.0.as_str(), edge.1.as_str(), edge.3), ("connected", cause, 70), "{edge:?}");
        assert!(edge.4.starts_with("WinRM accepted its connection from 172.18.39.5:"), "{edge:?}");
    }
    let skews: Vec<(&str, i64)> = chain["skews"]
        .as_array()
        .unwrap()
        .iter()
        .map(|skew| (skew["host"].as_str().unwrap(), skew["milliseconds"].as_i64().unwrap()))
        .collect();
    let [dc, six, seven] =
        ["MORDORDC.theshire.local", "WORKSTATION6.theshire.local", "WORKSTATION7.theshire.local"];
    assert_eq!(skews, [(dc, 469), (six, -2), (seven, 1066)]);
}

// Event 4697 on WORKSTATION6 names session 0x2990d17, which event 4624 says came from 172.18.39.5:56608; that is
// the connection of powershell.exe on WORKSTATION5 (event 3), and the service's command line is that of cmd.exe.
#[test]
fn a_service_on_another_host_leads_back_to_who_installed_it() {
    let Some(chain) = chain("empire_psexec_dcerpc_tcp_svcctl", "cmd.exe") else { return };
    let [edge] = edges(&chain).try_into().unwrap();
    let reason = "its connection from 172.18.39.5:56608 made logon session 0x2990d17 (4624), which installed this service (4697)";
    let [cause, effect] = ["WORKSTATION5 powershell.exe", "WORKSTATION6 cmd.exe"].map(str::to_owned);
    assert_eq!(edge, ("connected".to_owned(), cause, effect, 95, reason.to_owned()));
}

/// Events 8 of the sets: csrss.exe begins one in powershell.exe, dwm.exe one in csrss.exe, and once more.
#[test]
fn threads_of_the_system_are_edges_too() {
    for (name, subject, target) in [
        ("schtask_create", "csrss.exe", "powershell.exe"),
        ("rdp_interactive_taskmanager_lsass_dump", "dwm.exe", "csrss.exe"),
        ("empire_dcom_shellwindows_stager", "dwm.exe", "csrss.exe"),
    ] {
        let Some((_folder, file)) = recording(name) else { return };
        let query = format!("entity=process&action=injector&attr=file_name:{subject}");
        let rows = begat(&["query", &query, &file, "--format", "json"]).with(0).json();
        let [row] = rows.as_array().unwrap().as_slice() else { panic!("{name}: {rows}") };
        let chain =
            begat(&["chain", row["process"].as_str().unwrap(), &file, "--format", "json"]).with(0).json();
        let edges = edges(&chain);
        let edge = edges.iter().find(|edge| edge.0 == "injected").unwrap();
        assert!(edge.1.ends_with(subject) && edge.2.ends_with(target), "{name}: {edge:?}");
    }
}

/// The document's queries, as they stand.
#[test]
fn the_documented_queries_run_as_they_stand() {
    let Some((_folder, file)) = recording("purplesharp_ad_playbook_I") else { return };
    let answer = |query: &str| -> Ended { begat(&["query", query, &file, "--format", "json"]) };
    for (query, found) in [
        (
            "https://secdo-server/#/investigationNG/builder?entity=network&action=outgoing_network, incoming_network,failed_network&attr=remote_ip:8.8.8.8|8.8.4.4",
            false,
        ),
        (
            "https://secdo-server/#/investigationNG/builder?entity=process&action=run&attr=file_name: powershell.exe,cmd:*download*|*encoded*",
            false,
        ),
        // ArcSight's, its cell filled in with an address of the recording.
        (
            "\"https://100.64.64.62/#/investigationNG/builder?entity=network&action=outgoing_network ,incoming_network,failed_network&attr=remote_ip:172.18.39.6\"",
            true,
        ),
    ] {
        let rows = answer(query).with(0).json();
        assert_eq!(!rows.as_array().unwrap().is_empty(), found, "{query}: {rows}");
    }
}
