//! `begat store`: whether a state is whole, and making it small.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::TableOrJson;
use super::columns::{Column, columns};
use super::kept::{Kept, Wants, told};
use super::terminal::{self, harmless};
use super::values;
use crate::store::{self, Checked, Tenant, TenantName};

/// Check a state's files, or make them small
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Look through every file of a state. Changes nothing; damage makes the exit code 1
    ///
    /// A write that a crash cut short is told too, and is no damage: it was never acknowledged.
    Check {
        #[command(flatten)]
        of: Of,

        /// Also bring each tenant back in the component, as its next command would
        #[arg(long)]
        replay: bool,

        /// How it is shown
        #[arg(long, value_enum, default_value_t = TableOrJson::Table)]
        format: TableOrJson,
    },
    /// Leave one snapshot of each tenant and nothing else
    Compact {
        #[command(flatten)]
        of: Of,

        /// Also where something is damaged, or was set aside as damaged: that is gone then
        #[arg(long)]
        drop_damaged: bool,
    },
}

/// Of which tenants.
#[derive(Debug, clap::Args)]
struct Of {
    /// The directory of the state
    #[arg(long, value_name = "DIR")]
    state: PathBuf,

    /// Only this tenant
    #[arg(long, value_name = "NAME")]
    tenant: Option<TenantName>,

    /// Memory that the component may take, at most 4G [default: the tenant's setting, else 1G]
    #[arg(long, value_name = "BYTES", value_parser = values::memory)]
    memory: Option<u64>,
}

impl Of {
    fn names(&self) -> anyhow::Result<Vec<TenantName>> {
        match &self.tenant {
            Some(name) => Tenant::find(&self.state, name).map(|_| vec![name.clone()]).map_err(told),
            None => store::tenants(&self.state).map_err(told),
        }
    }

    fn wants(&self) -> Wants<'static> {
        Wants { memory: self.memory, ..Wants::default() }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Check { of, replay, format } => check(of, *replay, *format),
        Command::Compact { of, drop_damaged } => compact(of, *drop_damaged),
    }
}

/// A tenant, and what was found.
struct Row {
    name: TenantName,
    checked: Checked,
    /// Why it cannot be read.
    unread: Option<String>,
    /// What the component says to it.
    replay: Option<String>,
}

impl Row {
    fn of(of: &Of, name: TenantName, replay: bool) -> Self {
        let checked = Tenant::find(&of.state, &name).and_then(|tenant| tenant.check()).map_err(told);
        let (checked, unread) = match checked {
            Ok(checked) => (checked, None),
            Err(error) => (Checked::default(), Some(format!("{error:#}"))),
        };
        let kept = Kept { dir: &of.state, name: &name };
        let replay = (replay && unread.is_none()).then(|| kept.read(of.wants()));
        let replay = replay.and_then(Result::err).map(|error| format!("{error:#}"));
        Self { name, checked, unread, replay }
    }

    fn is_well(&self) -> bool {
        !self.is_damaged() && self.unread.is_none()
    }

    fn is_damaged(&self) -> bool {
        self.replay.is_some() || self.checked.damage.iter().any(|damage| !damage.torn)
    }

    fn verdict(&self) -> &'static str {
        if self.unread.is_some() {
            return "unreadable";
        }
        match (self.is_damaged(), self.checked.damage.is_empty()) {
            (true, _) => "damaged",
            (false, false) => "cut short",
            (false, true) => "whole",
        }
    }

    fn json(&self) -> anyhow::Result<Value> {
        let mut row = serde_json::to_value(&self.checked)?;
        let damage: Vec<String> = self.checked.damage.iter().map(ToString::to_string).collect();
        let more = json!({ "tenant": self.name.as_str(), "verdict": self.verdict(), "damage": damage, "unread": self.unread, "replay": self.replay });
        if let (Some(row), Value::Object(more)) = (row.as_object_mut(), more) {
            row.extend(more);
        }
        Ok(row)
    }
}

fn check(of: &Of, replay: bool, format: TableOrJson) -> anyhow::Result<ExitCode> {
    let rows: Vec<Row> = of.names()?.into_iter().map(|name| Row::of(of, name, replay)).collect();
    let text = match format {
        TableOrJson::Json => {
            let rows: Vec<Value> = rows.iter().map(Row::json).collect::<anyhow::Result<_>>()?;
            serde_json::to_string(&rows)? + "\n"
        }
        TableOrJson::Table => table(&rows),
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(if rows.iter().all(Row::is_well) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn table(rows: &[Row]) -> String {
    let number = |value: fn(&Checked) -> u64| rows.iter().map(move |row| value(&row.checked));
    let mut text = columns(&[
        Column::text("tenant", rows.iter().map(|row| row.name.to_string())),
        Column::text("files", rows.iter().map(|row| row.verdict().to_owned())),
        Column::number("last command", number(|checked| checked.last)),
        Column::number("snapshots", number(|checked| checked.snapshots)),
        Column::number("to replay", number(|checked| checked.behind)),
        Column::number("bytes", number(|checked| checked.bytes)),
    ]);
    for row in rows {
        for damage in &row.checked.damage {
            text += &format!("{}\n", harmless(&damage.to_string()));
        }
        for path in &row.checked.aside {
            text += &format!("{}: set aside earlier\n", harmless(path));
        }
        if let Some(unread) = &row.unread {
            text += &format!("{}: cannot be read: {}\n", row.name, harmless(unread));
        }
        if let Some(replay) = &row.replay {
            text += &format!("{}: the component cannot go on: {}\n", row.name, harmless(replay));
        }
    }
    text
}

fn compact(of: &Of, drop_damaged: bool) -> anyhow::Result<ExitCode> {
    let mut complete = true;
    store::finish_removals(&of.state).map_err(told)?;
    for name in of.names()? {
        match compacted(&of.state, &name, of.wants(), drop_damaged) {
            Ok((before, after)) => {
                writeln!(io::stdout().lock(), "{name}: {before} bytes before, {after} after")?;
            }
            Err(error) => {
                complete = false;
                terminal::say(&format!("begat: {name}: {error:#}"));
            }
        }
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn compacted(dir: &Path, name: &TenantName, wants: Wants<'_>, drop: bool) -> anyhow::Result<(u64, u64)> {
    let tenant = Tenant::find(dir, name).map_err(told)?;
    let before = tenant.check().map_err(told)?;
    let damaged = before.damage.iter().any(|damage| !damage.torn) || !before.aside.is_empty();
    if damaged && !drop {
        anyhow::bail!("something is damaged: `begat store check` tells what; --drop-damaged removes it");
    }
    Kept { dir, name }.own(wants)?.compact()?;
    Ok((before.bytes, tenant.check().map_err(told)?.bytes))
}
