//! `begat hierarchy` and `begat component`.

use serde_json::json;

use super::*;

#[test]
fn svchost_under_explorer_is_a_violation_and_services_was_expected() {
    let ended = begat(&["hierarchy", "check", "--parent", "explorer.exe", "svchost.exe"]).with(0);
    assert_eq!(ended.stdout.lines().count(), 1);
    for word in ["violation", "expected services.exe"] {
        assert!(ended.stdout.contains(word), "no {word:?} in {}", ended.stdout);
    }
    let json = begat(&["hierarchy", "check", "--format", "json", "--parent", "explorer.exe", "svchost.exe"])
        .with(0)
        .json();
    assert_eq!(json["verdict"], "violation");
    assert_eq!(json["reason"], "unexpected-parent");
    assert_eq!(json["observed"], "explorer.exe");
    assert_eq!(json["expected"], json!(["services.exe"]));
}

#[test]
fn a_check_says_expected_or_unknown_too() {
    let verdict = |arguments: &[&str]| {
        let all = [&["hierarchy", "check", "--format", "json"], arguments].concat();
        begat(&all).with(0).json()["verdict"].clone()
    };
    assert_eq!(verdict(&["--parent", "services.exe", "svchost.exe"]), "expected");
    assert_eq!(verdict(&["--parent", "-", "svchost.exe"]), "unknown");
    assert_eq!(verdict(&["svchost.exe"]), "unknown");
    assert_eq!(verdict(&["--parent", "explorer.exe", "own.exe"]), "unknown");
    assert_eq!(
        verdict(&["--profile", "cybereason-2016", "--parent", "explorer.exe", "csrss.exe"]),
        "unknown"
    );
}

/// The document's example response, value for value (seed 003, Cybereason, Retrieve Process Hierarchies).
#[test]
fn the_document_s_profile_is_the_document_s_answer() {
    let json =
        begat(&["hierarchy", "list", "--profile", "cybereason-2016", "--format", "json"]).with(0).json();
    let row = |name: &str, parents: &[&str]| {
        let parents: Vec<Value> = parents.iter().map(|p| json!({ "parent": p })).collect();
        json!({ "key": { "name": name }, "value": parents })
    };
    let document = json!({
        "recordList": [
            row("lsass.exe", &["wininit.exe"]),
            row("svchost.exe", &["services.exe"]),
            row("smss.exe", &["system", "smss.exe"]),
            row("services.exe", &["wininit.exe"]),
            row("lsm.exe", &["wininit.exe"]),
        ],
        "lastUploadTimestamp": 1_476_350_910_397_i64,
    });
    assert_eq!(json, document);
}

#[test]
fn the_modern_profile_is_the_default_and_names_its_sources() {
    let table = begat(&["hierarchy", "list"]).with(0);
    // A block for each process; the seed document (CR) names services.exe as the parent of svchost.exe.
    let block =
        table.stdout.split("\nsvchost.exe\n").nth(1).and_then(|rest| rest.split("\n  sources").next());
    assert!(
        block.is_some_and(|block| block.starts_with("  parents      services.exe\n")),
        "{}",
        table.stdout
    );
    assert!(table.stdout.contains("\n  sources      parents: CR"), "{}", table.stdout);
    assert_eq!(table.stdout, begat(&["hierarchy", "list", "--profile", "modern"]).with(0).stdout);
    let ended = begat(&["hierarchy", "list", "--profile", "future"]).with(1);
    assert!(ended.stderr.contains("future"), "{}", ended.stderr);
}

#[test]
fn the_component_shows_what_it_exports_and_imports() {
    let json = begat(&["component", "--inspect", "--format", "json"]).with(0).json();
    let names = |list: &str| -> Vec<String> {
        json[list].as_array().unwrap().iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect()
    };
    for interface in ["ingest", "scoring", "correlation", "hierarchy", "causality", "tenant"] {
        assert!(names("exports").contains(&format!("begat:siem/{interface}@0.1.0")), "{interface}");
    }
    for import in names("imports") {
        let allowed = ["wasi:cli/", "wasi:io/", "begat:siem/types@"];
        assert!(allowed.iter().any(|prefix| import.starts_with(prefix)), "{import}");
    }

    let folder = Folder::new();
    let file = shown(&folder.path("begat.wasm"));
    begat(&["component", "--output", &file]).with(0);
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(json["size"], bytes.len());
    assert_eq!(json["sha256"], begat_guest::engine::sha256_hex(&bytes));
    assert_eq!(bytes, begat::runtime::EMBEDDED);

    let text = begat(&["component", "--inspect"]).with(0).stdout;
    for word in ["exports", "imports", "size", "begat:siem/ingest@0.1.0"] {
        assert!(text.contains(word), "no {word} in {text}");
    }
}
