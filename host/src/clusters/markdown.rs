//! A cluster as Markdown, for a ticket.
//!
//! Whoever causes an alert writes parts of it. No text of a record can become markup, HTML, a link, a mention
//! or a row: what means something to a renderer is escaped.

use std::fmt::Write as _;

use super::entities::{self, Entity};
use super::timeline::{self, Row};
use super::{Held, alert, reason, summary};
use crate::runtime::bindings::alerts::Alert;
use crate::scoring::time;
use crate::text::harmless;

/// Alerts and rows that are written out; a ticket is read by people.
const SHOWN: usize = 100;

/// The whole document.
#[must_use]
pub fn document(held: &Held) -> String {
    let of = &held.cluster.summary;
    let mut out = format!("# {}: {}\n\n", text(&of.id), text(&of.title));
    facts(&mut out, held);
    alerts(&mut out, held);
    list(&mut out, "Why they belong together", held.cluster.links.iter().map(reason::of_link));
    list(&mut out, "No longer joins", held.cluster.hubs.iter().map(reason::of_hub));
    let entities = entities::of(held);
    let (indicators, own): (Vec<_>, Vec<_>) = entities.iter().partition(|entity| entity.is_indicator());
    values(&mut out, "Hosts and users", &own);
    values(&mut out, "Indicators", &indicators);
    table(
        &mut out,
        "Timeline (UTC)",
        ["time", "kind", "what", "record"],
        &timeline::rows(held),
        |row: &Row<'_>| [time(row.at), row.kind.into(), text(&row.message), text(&row.record)],
    );
    out
}

fn facts(out: &mut String, held: &Held) {
    let of = &held.cluster.summary;
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "- **{name}:** {value}");
        }
    };
    fact("Score", &text(&held.sum()));
    fact("Status", &text(&summary::work(of)));
    fact("Hosts", &text(&of.hosts.join(", ")));
    fact("Owner", &text(of.owner.as_deref().unwrap_or_default()));
    fact("Seen", &format!("{} to {} (UTC)", time(of.first), time(of.last)));
    fact("Tactics", &text(&of.tactics.join(", ")));
    let distinct = match of.distinct_alerts {
        all if all == of.alerts => String::new(),
        some => format!(", {some} of them distinct"),
    };
    fact("Alerts", &format!("{}{distinct}", of.alerts));
}

fn alerts(out: &mut String, held: &Held) {
    let ranked = held.ranked();
    let names = ["alert", "time (UTC)", "source", "type", "severity", "action", "score", "message", "record"];
    table(out, "Alerts", names, &ranked, |a: &&Alert| {
        [
            text(&a.id),
            time(a.time),
            text(&a.source_system),
            text(&a.alert_type),
            text(a.severity.as_deref().unwrap_or_default()),
            alert::action(a.action).into(),
            text(&a.score),
            text(&a.message),
            text(&alert::record(a)),
        ]
    });
    let trace = |a: &&Alert| {
        let factors: Vec<_> =
            a.factors.iter().map(|f| format!("{} {} ({})", f.name, f.value, f.source)).collect();
        format!("{}: {}; {}", a.id, alert::product(a), factors.join(", "))
    };
    list(out, "Scores", ranked.iter().map(trace));
}

fn list(out: &mut String, title: &str, items: impl ExactSizeIterator<Item = String>) {
    if items.len() == 0 {
        return;
    }
    let _ = writeln!(out, "\n## {title}\n");
    let more = items.len().saturating_sub(SHOWN);
    for item in items.take(SHOWN) {
        let _ = writeln!(out, "- {}", text(&item));
    }
    left_off(out, more);
}

fn values(out: &mut String, title: &str, entities: &[&Entity<'_>]) {
    table(out, title, ["kind", "value", "role", "alerts"], entities, |entity: &&Entity<'_>| {
        [entity.kind.into(), code(entity.value), entity.roles.join(", "), entity.alerts.to_string()]
    });
}

fn table<T, const N: usize>(
    out: &mut String,
    title: &str,
    names: [&str; N],
    rows: &[T],
    cells: impl Fn(&T) -> [String; N],
) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## {title}\n\n| {} |\n|{}", names.join(" | "), "---|".repeat(N));
    for row in rows.iter().take(SHOWN) {
        let _ = writeln!(out, "| {} |", cells(row).join(" | "));
    }
    left_off(out, rows.len().saturating_sub(SHOWN));
}

fn left_off(out: &mut String, more: usize) {
    if more > 0 {
        let _ = writeln!(out, "\n{more} more are left off here; `--format json` has them.");
    }
}

/// A text that means nothing to a renderer.
#[must_use]
pub fn text(text: &str) -> String {
    let mut out = String::new();
    let text = harmless(text);
    let mut rest = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            // `@name` calls somebody, `name@host`, `http://` and `www.` become links.
            '@' => out += "&#64;",
            ':' if rest.peek() == Some(&'/') => out += "&#58;",
            '.' if before.eq_ignore_ascii_case(&'w') => out += "&#46;",
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '!' | '|' | '~' | '$' | '^' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
        before = c;
    }
    // A list, a quote's line or a heading begins with one of these.
    if out.starts_with(['-', '+', '=']) {
        out.insert(0, '\\');
    }
    out
}

/// A value in a table's cell as it is, to be copied.
#[must_use]
pub fn code(value: &str) -> String {
    let value = harmless(value);
    let longest = value.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 || value.trim().len() < value.len() || value.is_empty() { " " } else { "" };
    // In a cell a bar ends the cell, even in code.
    format!("{fence}{pad}{}{pad}{fence}", value.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;

    #[test]
    fn hostile_texts_stay_texts() {
        for (hostile, expected) in [
            ("a|b", "a\\|b"),
            ("`x`", "\\`x\\`"),
            ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
            ("[click](javascript:alert(1))", "\\[click\\](javascript:alert(1))"),
            ("![x](http://evil/p.png)", "\\!\\[x\\](http&#58;//evil/p.png)"),
            ("http://evil.example www.evil.example", "http&#58;//evil.example www&#46;evil.example"),
            ("@channel a@b.example", "&#64;channel a&#64;b.example"),
            ("one\n\n# two", "one\\\\n\\\\n\\# two"),
            ("- item", "\\- item"),
            ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
            ("c:\\temp\\a_b.exe", "c:\\\\temp\\\\a\\_b.exe"),
            ("\u{1b}[2J", "\\\\u\\{1b\\}\\[2J"),
        ] {
            assert_eq!(text(hostile), expected, "{hostile}");
        }
    }

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(code("hxxp://evil[.]example"), "`hxxp://evil[.]example`");
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
        assert_eq!(code("a|b\nc"), "`a\\|b\\nc`");
    }

    #[test]
    fn a_document_has_what_a_ticket_needs() {
        let mut held = samples::held();
        held.alerts[1].message = "| x |\n\n# Owned <script>".into();
        let text = document(&held);
        for part in [
            "# C1: Device/New or Unusual Remote Command Execution on ws-anna\n",
            "- **Score:** 19.8 = 16.8 + 3\n",
            "- A1: 4 x 1 x 1.4 x 1 x 3 = 16.8; base 4 (darktrace severity 7), source 1",
            "- A1 and A2 share address 10.0.0.23, 12 min apart\n",
            "| address | `10.0.0.23` | destination, source | 2 |\n",
            "| 2026-03-01T09:00:00.000Z | alert | darktrace: Device/New or",
            "| alerts.ndjson:1 |\n",
        ] {
            assert!(text.contains(part), "no {part:?} in\n{text}");
        }
        assert!(!text.contains("<script>"));
        assert_eq!(text.lines().filter(|line| line.starts_with("# ")).count(), 1);
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let alerts: Vec<usize> =
            text.lines().skip_while(|l| *l != "## Alerts").skip(2).take(4).map(cells).collect();
        assert_eq!(alerts, [10, 10, 10, 10]);
    }
}
