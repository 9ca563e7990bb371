//! Real intrusions, from their telemetry alone: what comes first is what the intruder did.

use serde_json::Value;

use super::begat;
use crate::data::{Recording, real};

/// The three LSASS campaigns: what ran the payload's chain, and whose act the highest alert is, by the campaigns'
/// own descriptions (`LSASS_campaign_*.yaml`): the victim opens winx64_payload.exe, which reads lsass.exe itself,
/// by rundll32.exe or by Outflank-Dumpert.exe.
#[test]
fn the_highest_cluster_of_a_campaign_holds_the_payloads_chain() {
    let Some(folder) = real() else { return };
    for (name, actors) in [
        ("metasploit_comsvcs_lsass_memory_dump", &["winx64_payload.exe", "rundll32.exe"][..]),
        ("metasploit_logonpasswords_lsass_memory_dump", &["winx64_payload.exe", "svchost.exe"]),
        ("metasploit_outflank-dumpert_lsass_memory_dump", &["Outflank-Dumpert.exe"]),
    ] {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("campaign.ndjson");
        std::fs::write(&file, Recording::named(&folder, name).text()).unwrap();
        let ended = begat(&["run", "--only", "none", "--report", "-", file.to_str().unwrap()]).with(0);
        let report = ended.json();
        let top = &report["clusters"][0];
        assert!(top["title"].as_str().unwrap().contains("winx64_payload.exe"), "{name}: {}", top["title"]);
        let alerts = top["alerts"].as_array().unwrap();
        assert!(alerts.iter().any(|alert| alert["type"] == "lsass-access"), "{name}");
        for actor in actors {
            let acted = |alert: &Value| alert["message"].as_str().unwrap().contains(actor);
            assert!(alerts.iter().any(acted), "{name}: nothing by {actor} in {alerts:?}");
        }
        // No other cluster tells of anything: all alerts are the intruder's.
        assert_eq!(report["clusters"].as_array().unwrap().len(), 1, "{name}");
    }
}

/// Threads that csrss.exe and dwm.exe start in others are the system's own.
#[test]
fn the_systems_own_remote_threads_raise_nothing() {
    let Some(folder) = real() else { return };
    for (name, expected) in [
        ("schtask_create", 0),
        ("empire_dcom_shellwindows_stager", 0),
        // taskmgr.exe dumps lsass.exe there.
        ("rdp_interactive_taskmanager_lsass_dump", 1),
    ] {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("set.ndjson");
        std::fs::write(&file, Recording::named(&folder, name).text()).unwrap();
        let report =
            begat(&["run", "--only", "none", "--report", "-", file.to_str().unwrap()]).with(0).json();
        let alerts: Vec<&Value> = report["clusters"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|c| c["alerts"].as_array().unwrap())
            .collect();
        assert_eq!(alerts.len(), expected, "{name}: {alerts:?}");
        assert!(alerts.iter().all(|alert| alert["type"] == "lsass-access"), "{name}: {alerts:?}");
    }
}
