//! Tenants as tables, and one of them whole.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Of, keys};
use crate::cli::columns::{Column, columns};
use crate::cli::kept::{Wants, told};
use crate::cli::summary::dropped;
use crate::cli::terminal::{self, harmless};
use crate::cli::{TableOrJson, TextOrJson};
use crate::run::report::Evicted;
use crate::store::{self, Checked, Settings, Tenant, TenantName};
use crate::tenants::{Cost, Quarantined};

struct Row {
    name: TenantName,
    settings: Settings,
    checked: Checked,
    cost: Cost,
}

impl Row {
    fn of(dir: &Path, name: TenantName) -> anyhow::Result<Self> {
        let tenant = Tenant::find(dir, &name).map_err(told)?;
        let settings = Settings::load(tenant.folder()).map_err(told)?;
        let checked = tenant.look().map_err(told)?;
        let cost = Cost::of_bytes(&tenant.note());
        Ok(Self { name, settings, checked, cost })
    }

    fn json(&self) -> Value {
        json!({
            "tenant": self.name.as_str(),
            "commands": self.checked.last,
            "to_replay": self.checked.behind,
            "bytes": self.checked.bytes,
            "limits": effective(&self.settings),
            "keys": self.settings.keys.iter().map(|key| json!({"id": key.id, "made": key.made})).collect::<Vec<_>>(),
        })
    }
}

/// The limits that hold, set or not.
fn effective(settings: &Settings) -> Value {
    let limits = settings.limits();
    json!({
        "memory": limits.memory,
        "timeout_ms": u64::try_from(limits.call.as_millis()).unwrap_or(u64::MAX),
        "input": settings.input(),
        "output": limits.answer,
        "queue": settings.queue(),
    })
}

/// Those that can be read; what cannot is told, and is no reason to show nothing.
pub(super) fn list(dir: &Path, format: TableOrJson) -> anyhow::Result<ExitCode> {
    let (mut rows, mut complete) = (Vec::new(), true);
    for name in store::tenants(dir).map_err(told)? {
        match Row::of(dir, name) {
            Ok(row) => rows.push(row),
            Err(error) => {
                complete = false;
                terminal::say(&format!("begat: {error:#}"));
            }
        }
    }
    let text = match format {
        TableOrJson::Json => serde_json::to_string(&rows.iter().map(Row::json).collect::<Vec<_>>())? + "\n",
        TableOrJson::Table => table(&rows),
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn table(rows: &[Row]) -> String {
    columns(&[
        Column::text("tenant", rows.iter().map(|row| row.name.to_string())),
        Column::number("commands", rows.iter().map(|row| row.checked.last)),
        Column::number("to replay", rows.iter().map(|row| row.checked.behind)),
        Column::number("bytes", rows.iter().map(|row| row.checked.bytes)),
        Column::decimal("memory", rows.iter().map(|row| size(row.settings.limits().memory))),
        Column::number("keys", rows.iter().map(|row| row.settings.keys.len() as u64)),
    ])
}

pub(super) fn one(of: &Of, format: TextOrJson) -> anyhow::Result<String> {
    let row = Row::of(&of.state, of.name.clone())?;
    let mut keeper = of.kept().read(Wants::default())?;
    let stats = keeper.instance().stats()?;
    let memory = keeper.instance().memory();
    let quarantine = keeper.quarantine();
    if format == TextOrJson::Json {
        let mut whole = row.json();
        let more = json!({
            "lines": stats.lines,
            "hosts": stats.hosts.len(),
            "processes": stats.processes,
            "alerts": stats.alerts,
            "events": stats.events,
            "evicted": Evicted::of(&stats),
            "memory": memory,
            "cost": cost_json(&row.cost),
            "quarantine": quarantine,
        });
        if let (Some(whole), Value::Object(more)) = (whole.as_object_mut(), more) {
            whole.extend(more);
        }
        return Ok(serde_json::to_string(&whole)? + "\n");
    }
    let mut text = format!(
        "tenant {}: {} commands, {} of them to replay; {} on the disk, {} in memory\n",
        row.name,
        row.checked.last,
        row.checked.behind,
        size(row.checked.bytes),
        size(memory)
    );
    text += &format!(
        "{} lines, {} hosts, {} processes, {} alerts, {} events\n",
        stats.lines,
        stats.hosts.len(),
        stats.processes,
        stats.alerts,
        stats.events
    );
    if let Some(said) = dropped(&Evicted::of(&stats)) {
        text += &format!("{said}\n");
    }
    text += &limits(&row.settings);
    text += &cost(&row.cost);
    if !row.settings.keys.is_empty() {
        text += &format!("\n{}", keys::table(&row.settings.keys));
    }
    if !quarantine.is_empty() {
        text += &format!("\nin quarantine\n{}", lines(quarantine));
    }
    Ok(text)
}

/// The limits of a tenant, on one line.
pub(super) fn limits(settings: &Settings) -> String {
    let limits = settings.limits();
    format!(
        "limits: memory {}, timeout {:?}, input {}, output {}, queue {}\n",
        size(limits.memory),
        limits.call,
        size(settings.input() as u64),
        size(limits.answer as u64),
        size(settings.queue() as u64)
    )
}

/// What a tenant has cost until its last snapshot, on one line.
fn cost(cost: &Cost) -> String {
    format!(
        "cost: {} lines ({}) in {} calls, {} of work, the longest {}; at most {} in memory; woken {} in {}; ended by {}\n",
        cost.lines,
        size(cost.bytes),
        cost.calls,
        time(cost.busy),
        time(cost.longest),
        size(cost.memory),
        times(cost.wakes),
        time(cost.waking),
        traps(cost.traps)
    )
}

fn cost_json(cost: &Cost) -> Value {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    json!({
        "calls": cost.calls,
        "lines": cost.lines,
        "bytes": cost.bytes,
        "work_ms": ms(cost.busy),
        "longest_ms": ms(cost.longest),
        "memory": cost.memory,
        "traps": cost.traps,
        "wakes": cost.wakes,
        "waking_ms": ms(cost.waking),
    })
}

fn times(count: u64) -> String {
    if count == 1 { "once".into() } else { format!("{count} times") }
}

fn traps(count: u64) -> String {
    match count {
        0 => "no trap".into(),
        1 => "a trap once".into(),
        _ => format!("traps {count} times"),
    }
}

/// Below ten seconds in milliseconds.
fn time(time: Duration) -> String {
    if time < Duration::from_secs(10) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{} s", time.as_secs())
    }
}

fn lines(quarantine: &[Quarantined]) -> String {
    columns(&[
        Column::text("line", quarantine.iter().map(|held| format!("{}:{}", held.sequence, held.line))),
        Column::text("source", quarantine.iter().map(|held| harmless(&held.source))),
        Column::text("cause", quarantine.iter().map(|held| harmless(&held.cause))),
        Column::text(
            "text",
            quarantine.iter().map(|held| harmless(held.text.as_deref().unwrap_or("(forgotten)"))),
        ),
    ])
}

/// Bytes as people say them: a whole number where it is one, else one decimal.
fn size(bytes: u64) -> String {
    for (shift, unit) in [(30, "G"), (20, "M"), (10, "K")] {
        let one = 1_u64 << shift;
        if bytes >= one {
            let tenths = bytes.saturating_mul(10) >> shift;
            return if tenths.is_multiple_of(10) {
                format!("{}{unit}", tenths / 10)
            } else {
                format!("{}.{}{unit}", tenths / 10, tenths % 10)
            };
        }
    }
    format!("{bytes}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        let said = [0, 1023, 1024, 1536, 64 << 20, 1 << 30, (1 << 30) + (1 << 29)].map(size);
        assert_eq!(said, ["0", "1023", "1K", "1.5K", "64M", "1G", "1.5G"]);
    }
}
