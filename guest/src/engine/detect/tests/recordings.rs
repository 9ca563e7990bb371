//! What begat detects in real recordings, each alert judged by hand.
//!
//! They stand beside the project (`BEGAT_DATA` names another folder); without them the test says so and passes.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::engine::{Batch, Emit, Engine};

fn real() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("BEGAT_DATA").map_or(beside, PathBuf::from);
    if folder.join("answers").is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no recordings in {} (BEGAT_DATA names another folder)", folder.display());
    None
}

/// Every recording, by name.
fn recordings(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = ["campaigns_otrf", "atomic_otrf"]
        .iter()
        .flat_map(|set| fs::read_dir(folder.join(set)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "zip"))
        .collect();
    all.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    all
}

/// The lines of a zip's first file.
fn text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    let zip = rawzip::ZipArchive::from_slice(&bytes).unwrap();
    let first = zip.entries().next_entry().unwrap().unwrap();
    let packed = zip.get_entry(first.wayfinder()).unwrap();
    let mut text = String::new();
    let unpacked = flate2::bufread::DeflateDecoder::new(packed.data());
    packed.verifying_reader(unpacked).read_to_string(&mut text).unwrap();
    text
}

fn told(engine: &mut Engine, path: &Path) -> Vec<String> {
    let text = text(path);
    let outcome = engine.ingest(&Batch {
        source: path.file_stem().unwrap().to_str().unwrap(),
        first_line: 1,
        received_at: 1_800_000_000_000,
        environment: None,
        emit: Emit::Nothing,
        text: &text,
    });
    outcome.detections.into_iter().map(|detection| detection.message).collect()
}

/// The recordings in which something is detected; what is not listed here raises nothing.
///
/// Judged true: who ran them says so in their descriptions. The migration of the payload into svchost.exe and the
/// dump that follows from there are the campaigns' own steps; the payload reads lsass.exe when it lists the
/// processes to choose one. Nothing is told of what reads lsass.exe for other reasons: wmiprvse.exe, and
/// CollectGuestLogs.exe of the machine's provider; nor of the threads of dwm.exe and csrss.exe.
const DETECTED: [(&str, &[&str]); 7] = [
    (
        "empire_dllinjection_LoadLibrary_CreateRemoteThread",
        &["powershell.exe started a thread in notepad.exe at LoadLibraryA"],
    ),
    (
        "metasploit_comsvcs_lsass_memory_dump",
        &[
            "winx64_payload.exe opened lsass.exe with the right to read its memory (0x1410)",
            "winx64_payload.exe started a thread in svchost.exe",
            "rundll32.exe opened lsass.exe with the right to read its memory (0x1410)",
        ],
    ),
    (
        "metasploit_logonpasswords_lsass_memory_dump",
        &[
            "winx64_payload.exe opened lsass.exe with the right to read its memory (0x1410)",
            "winx64_payload.exe started a thread in svchost.exe",
            "svchost.exe opened lsass.exe with the right to read its memory (0x1010), after another process had \
             started a thread in it",
        ],
    ),
    (
        "metasploit_outflank-dumpert_lsass_memory_dump",
        &["Outflank-Dumpert.exe opened lsass.exe with the right to read its memory (0x1fffff)"],
    ),
    (
        "psh_lsass_memory_dump_comsvcs",
        &["rundll32.exe opened lsass.exe with the right to read its memory (0x1fffff)"],
    ),
    ("psh_mavinject_dll_notepad", &["mavinject.exe started a thread in notepad.exe at LoadLibraryW"]),
    (
        "rdp_interactive_taskmanager_lsass_dump",
        &["Taskmgr.exe opened lsass.exe with the right to read its memory (0x1fffff)"],
    ),
];

#[test]
fn each_recording_raises_what_happened_in_it() {
    let Some(folder) = real() else { return };
    let all = recordings(&folder);
    assert_eq!(all.len(), 22);
    let mut wrong = Vec::new();
    for path in &all {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let told = told(&mut Engine::new().unwrap(), path);
        let expected =
            DETECTED.iter().find(|(recording, _)| *recording == name).map_or(&[][..], |(_, told)| told);
        if told != expected {
            wrong.push(format!("{name}: {told:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
