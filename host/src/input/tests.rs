//! What comes out of a source, whatever it is packed in and however it is cut.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use proptest::prelude::*;

use super::evtx_sample;
use super::{InputError, Limits, Piece, Source, read};

const LIMITS: Limits = Limits { batch_bytes: 256 << 10, batch_lines: usize::MAX, line_bytes: 1 << 20 };

type Outcome = (Vec<Piece>, Result<(), (u64, InputError)>);

fn pieces(path: &Path, limits: Limits) -> Outcome {
    let mut pieces = Vec::new();
    let opened = match Source::parse(path).open(&Arc::new(AtomicU64::new(0))) {
        Ok(opened) => opened,
        Err(error) => return (pieces, Err((1, error))),
    };
    let result = read(opened, limits, &mut |piece| {
        pieces.push(piece);
        true
    });
    (pieces, result)
}

fn of_bytes(bytes: &[u8], limits: Limits) -> Outcome {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    pieces(file.path(), limits)
}

fn text(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Batch(batch) => batch.text.clone(),
            Piece::Bad { line, message, .. } => format!("<{line}: {message}>\n"),
        })
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the batches' size, together they are the input, and their line numbers run on.
    #[test]
    fn batches_together_are_the_input(
        lines in prop::collection::vec("[ a-z\r{}\u{e9}]{0,40}", 0..40),
        final_newline: bool,
        batch_bytes in 1_usize..200,
        batch_lines in 1_usize..10,
    ) {
        let mut input = lines.join("\n");
        if final_newline && !input.is_empty() {
            input.push('\n');
        }
        let (pieces, result) = of_bytes(input.as_bytes(), Limits { batch_bytes, batch_lines, line_bytes: 1000 });
        prop_assert!(result.is_ok());
        if !input.is_empty() && !input.ends_with('\n') {
            input.push('\n');
        }
        prop_assert_eq!(text(&pieces), input);
        let mut next = 1;
        for piece in &pieces {
            let Piece::Batch(batch) = piece else { panic!("{piece:?}") };
            prop_assert_eq!(batch.first_line, next);
            let lines = batch.text.matches('\n').count();
            prop_assert_eq!(batch.lines, u64::try_from(lines).unwrap());
            prop_assert!(lines <= batch_lines);
            prop_assert!(batch.text.len() <= batch_bytes || lines == 1);
            next += batch.lines;
        }
    }
}

#[test]
fn a_line_that_is_too_long_stands_in_its_place() {
    let input = format!("first\n{}\nthird\n", "x".repeat(2 << 20));
    let (pieces, result) = of_bytes(input.as_bytes(), LIMITS);
    assert!(result.is_ok());
    let message = "line of 2097152 bytes is longer than the limit of 1048576 bytes";
    assert_eq!(text(&pieces), format!("first\n<2: {message}>\nthird\n"));
    let Piece::Bad { text, .. } = &pieces[1] else { panic!("{pieces:?}") };
    assert_eq!(*text, "x".repeat(64 << 10));
    let Piece::Batch(third) = &pieces[2] else { panic!("{pieces:?}") };
    assert_eq!(third.first_line, 3);
}

#[test]
fn bytes_that_are_not_utf8_are_replaced_and_named() {
    let (pieces, _) = of_bytes(b"good\nb\xffd\n\xc3\xa9\nb\xc3", LIMITS);
    assert_eq!(text(&pieces), "good\nb\u{fffd}d\n\u{e9}\nb\u{fffd}\n");
    let Piece::Batch(batch) = &pieces[0] else { panic!("{pieces:?}") };
    let repaired: Vec<_> = batch.repaired.iter().map(|r| (r.line, r.column)).collect();
    assert_eq!(repaired, [(2, 2), (4, 2)]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    assert_eq!(text(&of_bytes(b"\xef\xbb\xbf{}\n", LIMITS).0), "{}\n");
    assert_eq!(text(&of_bytes(&gzip(b"\xef\xbb\xbf{}\n"), LIMITS).0), "{}\n");
}

#[test]
fn packed_input_is_the_same_input() {
    let input = "one\ntwo\n";
    assert_eq!(text(&of_bytes(&gzip(input.as_bytes()), LIMITS).0), input);
    let zstd = zstd::stream::encode_all(input.as_bytes(), 1).unwrap();
    assert_eq!(text(&of_bytes(&zstd, LIMITS).0), input);
    // Rotated logs are put together with `cat`.
    assert_eq!(text(&of_bytes(&[gzip(b"one\n"), gzip(b"two\n")].concat(), LIMITS).0), input);
    assert_eq!(text(&of_bytes(&[zstd.clone(), zstd].concat(), LIMITS).0), "one\ntwo\none\ntwo\n");
}

#[test]
fn of_damaged_gzip_what_can_be_read_is_read() {
    let lines: String = (0..20_000).map(|n| format!("line {n}\n")).collect();
    let packed = gzip(lines.as_bytes());
    let (pieces, result) = of_bytes(&packed[..packed.len() / 2], LIMITS);
    let read = text(&pieces);
    assert!(lines.starts_with(&read) && !read.is_empty(), "whole lines, nothing invented");
    let (line, error) = result.unwrap_err();
    assert_eq!(usize::try_from(line).unwrap(), read.lines().count() + 1);
    assert!(error.to_string().starts_with("the gzip data is damaged from here on"), "{error}");
}

#[test]
fn what_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(pieces(folder.path(), LIMITS).1, Err((1, InputError::Folder))));
    assert!(matches!(pieces(&folder.path().join("none"), LIMITS).1, Err((1, InputError::Io(_)))));
    assert!(matches!(of_bytes(b"\xff\xfe{\0}\0", LIMITS).1, Err((1, InputError::Utf16))));
    assert!(matches!(of_bytes(b"ElfFile\0 and no more", LIMITS).1, Err((1, InputError::Evtx(_)))));
}

/// A zip archive: names, what is in them, and by which method.
fn zip(files: &[(&str, &[u8], rawzip::CompressionMethod)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (name, content, method) in files {
        let (mut entry, config) = archive.new_file(name).compression_method(*method).start().unwrap();
        let descriptor = if *method == DEFLATE {
            let mut writer =
                config.wrap(flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::fast()));
            writer.write_all(content).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(content).unwrap();
            writer.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    bytes
}

const DEFLATE: rawzip::CompressionMethod = rawzip::CompressionMethod::DEFLATE;
const STORE: rawzip::CompressionMethod = rawzip::CompressionMethod::STORE;

/// What an argument stands for: each source by its name, and its text or why there is none.
fn all(path: &Path) -> Vec<(String, Result<String, String>)> {
    let folder = path.parent().unwrap().display().to_string();
    let told = |source: Source| {
        let name = source.to_string().replace(&folder, "");
        let read_bytes = Arc::new(AtomicU64::new(0));
        let mut pieces = Vec::new();
        let mut take = |piece| {
            pieces.push(piece);
            true
        };
        let opened = source.open(&read_bytes).map_err(|error| (1, error));
        match opened.and_then(|opened| read(opened, LIMITS, &mut take)) {
            Ok(()) => {
                assert_eq!(
                    Some(read_bytes.load(std::sync::atomic::Ordering::Relaxed)),
                    source.size(),
                    "{name}"
                );
                (name, Ok(text(&pieces)))
            }
            Err((_, error)) => (name, Err(error.to_string())),
        }
    };
    Source::all(path).into_iter().map(told).collect()
}

#[test]
fn the_files_of_an_archive_and_the_logs_of_a_folder_are_sources() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(logs.join(name), bytes).unwrap();
    let log = evtx_sample::log(&[&["a.exe"]]);
    let files: [(&str, &[u8], _); 4] = [
        ("day/one.json", b"one\ntwo", DEFLATE),
        ("two.json", b"three\n", STORE),
        ("__MACOSX/._two.json", b"nobody's", STORE),
        ("log.evtx", &log, DEFLATE),
    ];
    put("b.ZIP", &zip(&files));
    put("a.json.gz", &gzip(b"zero\n"));
    put("README.md", b"no log");
    put(".hidden.json", b"no log");
    let found = all(&logs);
    let ok = |name: &str, text: &str| (name.to_owned(), Ok(text.to_owned()));
    assert_eq!(
        found[..3],
        [
            ok("/logs/a.json.gz", "zero\n"),
            ok("/logs/b.ZIP/day/one.json", "one\ntwo\n"),
            ok("/logs/b.ZIP/two.json", "three\n"),
        ]
    );
    let (name, event) = &found[3];
    assert_eq!(name, "/logs/b.ZIP/log.evtx");
    assert!(event.as_ref().unwrap().contains("a.exe"), "{event:?}");
    assert_eq!(found.len(), 4);
}

#[test]
fn an_archive_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let why = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let mut all = all(&path);
        assert_eq!(all.len(), 1);
        all.remove(0).1.unwrap_err()
    };
    let content = "line\n".repeat(1000);
    let whole = zip(&[("a.json", content.as_bytes(), DEFLATE)]);
    assert!(why(&whole[..whole.len() / 2]).starts_with("this zip archive cannot be read: "));
    assert_eq!(why(&zip(&[])), "this zip archive cannot be read: there is no file in it");
    let inner = why(&zip(&[("b.zip", &whole, STORE)]));
    assert_eq!(inner, "this is a zip archive inside another: unpack the outer one");
    let bzip2 = rawzip::CompressionMethod::from(12);
    let method = "this is packed by method 12, of which only 0 and 8 (deflate) are read: unpack it first";
    assert_eq!(why(&zip(&[("a.json", b"x", bzip2)])), method);
    // A byte of what is stored, which begins behind the header (30 bytes) and the name.
    let mut flipped = zip(&[("a.json", content.as_bytes(), STORE)]);
    flipped[30 + 6 + 2000] ^= 1;
    assert_eq!(
        why(&flipped),
        "this file was damaged in its zip archive, nobody knows where: its checksum is another"
    );
}

#[test]
fn records_of_an_event_log_are_lines() {
    let log = evtx_sample::log(&[&["a.exe", "b.exe"], &["c.exe"]]);
    let (pieces, result) = of_bytes(&log, LIMITS);
    assert!(result.is_ok(), "{result:?}");
    let lines = text(&pieces);
    let events: Vec<serde_json::Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let images: Vec<_> = events.iter().map(|e| e["Event"]["EventData"]["Image"].as_str().unwrap()).collect();
    assert_eq!(images, ["a.exe", "b.exe", "c.exe"]);
    assert_eq!(events[0]["Event"]["System"]["Provider"]["#attributes"]["Name"], "Microsoft-Windows-Sysmon");
    assert_eq!(events[0]["Event"]["System"]["Computer"], "ws01.example.com");

    assert_eq!(text(&of_bytes(&gzip(&log), LIMITS).0), lines, "packed, it is the same");
}

#[test]
fn an_event_log_that_was_cut_gives_the_records_before_the_cut() {
    let log = evtx_sample::log(&[&["a.exe", "b.exe"], &["c.exe", "d.exe"], &["e.exe"]]);
    // In the second chunk, between c.exe's record and the end of d.exe's.
    let cut = 4096 + 65536 + 512 + 900;
    let (pieces, result) = of_bytes(&log[..cut], LIMITS);
    assert!(result.is_ok(), "{result:?}");
    let lines = text(&pieces);
    for image in ["a.exe", "b.exe", "c.exe"] {
        assert!(lines.contains(image), "{lines}");
    }
    assert!(!lines.contains("d.exe") && !lines.contains("e.exe"), "{lines}");
    let Some(Piece::Bad { message, .. }) = pieces.last() else { panic!("{pieces:?}") };
    assert_eq!(
        message,
        "the event log is cut short: 2 of 3 chunks are here, the last one without its last 64124 bytes; \
         what was in the rest is lost"
    );
}

#[test]
fn a_record_that_is_damaged_costs_no_other() {
    let mut log = evtx_sample::log(&[&["a.exe"], &["b.exe"], &["c.exe"]]);
    // The second chunk's signature.
    log[4096 + 65536] = 0;
    let (pieces, result) = of_bytes(&log, LIMITS);
    assert!(result.is_ok(), "{result:?}");
    let lines = text(&pieces);
    assert!(lines.contains("a.exe") && lines.contains("c.exe") && !lines.contains("b.exe"), "{lines}");
    assert_eq!(pieces.iter().filter(|piece| matches!(piece, Piece::Bad { line: 2, .. })).count(), 1);
}
