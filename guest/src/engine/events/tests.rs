//! What is held of texts, and of facts whose processes went.

use std::fmt::Write as _;

use super::TEXTS;
use crate::engine::{Batch, Emit, Engine};

/// Starts with command lines of so many bytes, all different.
fn starts(engine: &mut Engine, numbers: std::ops::Range<u32>, length: usize) {
    let mut text = String::new();
    for number in numbers {
        let (minute, second) = (number / 60 % 60, number % 60);
        let _ = writeln!(
            text,
            "{{\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Hostname\":\"h\",\
             \"UtcTime\":\"2026-09-01 {:02}:{minute:02}:{second:02}.000\",\"ProcessId\":7,\"Image\":\"C:\\\\a.exe\",\
             \"ProcessGuid\":\"{{00000000-0000-0000-0000-{:012x}}}\",\"CommandLine\":\"{number:0length$}\"}}",
            number / 3600,
            number + 1,
        );
    }
    let (source, environment, emit) = ("t", None, Emit::Nothing);
    let batch =
        Batch { source, first_line: 1, received_at: 1_900_000_000_000, environment, emit, text: &text };
    assert!(engine.ingest(&batch).rejected.is_empty());
}

/// 100 processes are held at most, and with them their starts: of 30,000 command lines of 1,000 bytes nearly all are
/// of starts that went.
#[test]
fn texts_of_starts_that_went_with_their_processes_go_too() {
    let mut engine = Engine::new().unwrap();
    engine.configure(r#"{"limits": {"processes": 100}}"#).unwrap();
    starts(&mut engine, 0..30_000, 1000);
    let size = engine.state.events.texts.size();
    assert!(size < TEXTS + 100_000, "{size} bytes of texts");
    let shown = engine.query("entity=process&action=run&attr=cmd:*29999", 0, 10).unwrap();
    assert_eq!(shown.len(), 1);
}
