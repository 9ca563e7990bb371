//! What goes into tickets, spreadsheets and timelines.

use super::*;

/// One alert that a hostile sender has written parts of.
fn hostile(folder: &Folder) -> String {
    let text = darktrace(0, "10.0.1.1", "203.0.113.9")
        .replace("Beacon", "=HYPERLINK(\\\"http://evil.example\\\")|<script>")
        .replace(r#""event""#, r#""url":{"full":"http://evil.example/a?b=1"},"event""#);
    folder.file("alerts.ndjson", text)
}

fn export(file: &str, arguments: &[&str]) -> String {
    begat(&[&["clusters", "--id", "C1"], arguments, &["--read", file]].concat()).with(0).stdout
}

#[test]
fn csv_is_no_formula_and_every_row_has_its_record() {
    let folder = Folder::new();
    let file = hostile(&folder);
    let text = export(&file, &["--format", "csv"]);
    let rows: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 2, "{text}");
    assert!(rows[0].starts_with("cluster,alert,time,source_system,"), "{text}");
    assert!(rows[0].ends_with(",file,line"), "{text}");
    assert!(rows[1].contains(r#","'=HYPERLINK(""http://evil.example"")|<script>","#), "{text}");
    assert!(rows[1].ends_with(",1"), "{text}");

    let timeline = export(&file, &["--timeline", "csv"]);
    let alert = timeline.lines().skip(1).find(|row| row.contains(",alert,")).unwrap();
    assert!(alert.starts_with("2026-03-01T09:00:00.000Z,alert,"), "{timeline}");
    assert!(alert.trim_end().ends_with(&format!("{file}:1,{file},1")), "{timeline}");
}

#[test]
fn markdown_is_a_ticket_without_anything_to_click() {
    let folder = Folder::new();
    let text = export(&hostile(&folder), &["--format", "md", "--defang"]);
    assert!(text.starts_with("# C1: "), "{text}");
    assert!(!text.contains("<script>") && !text.contains("http://"), "{text}");
    assert!(text.contains("| url | `hxxp://evil[.]example/a?b=1` |"), "{text}");
    assert!(text.contains("| address | `203[.]0[.]113[.]9` |"), "{text}");
    assert!(text.contains("2026-03-01T09:00:00.000Z"), "{text}");
}

#[test]
fn timesketch_gets_its_members() {
    let folder = Folder::new();
    let file = hostile(&folder);
    let text = export(&file, &["--timeline", "timesketch"]);
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for row in &rows {
        for member in ["message", "datetime", "timestamp", "timestamp_desc", "record"] {
            assert!(!row[member].is_null(), "no {member} in {row}");
        }
    }
    let alert = rows.iter().find(|row| row["kind"] == "alert").unwrap();
    // 2026-03-01 is 20,513 days after 1970-01-01.
    assert_eq!(alert["timestamp"], (20_513_i64 * 86_400 + 9 * 3600) * 1_000_000);
    assert_eq!(alert["datetime"], "2026-03-01T09:00:00.000+00:00");
    assert_eq!((&alert["file"], &alert["line"]), (&json!(file), &json!(1)));
}

#[test]
fn json_has_all_and_defangs_on_request() {
    let folder = Folder::new();
    let file = hostile(&folder);
    let json: Value = serde_json::from_str(&export(&file, &["--format", "json"])).unwrap();
    assert_eq!(json["alerts"][0]["type"], "=HYPERLINK(\"http://evil.example\")|<script>");
    let addresses: Vec<&Value> = json["indicators"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|indicator| indicator["kind"] == "address")
        .map(|indicator| &indicator["value"])
        .collect();
    assert_eq!(addresses, ["10.0.1.1", "203.0.113.9"]);
    let defanged = export(&file, &["--format", "json", "--defang"]);
    assert!(!defanged.contains("203.0.113.9") && defanged.contains("203[.]0[.]113[.]9"), "{defanged}");
}
