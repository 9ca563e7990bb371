//! `begat hierarchy`: the expected parents, and a verdict on one observation. All of it is asked of the
//! component; nothing is known here.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Value, json};

use super::kept::{StateArgs, Wants};
use super::terminal::{harmless, listed, wrapped};
use super::{TableOrJson, TextOrJson, config, values};
use crate::runtime::Instance;
use crate::runtime::bindings::hierarchy::{Expectation, Observation, Outcome, ProfileInfo, Verdict};

/// Show or ask which parents processes are expected to have
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    /// A configuration: its `[hierarchy]` names the active profile, and its rows stand on top [default: the state's]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List a profile's expectations
    List {
        /// `modern`, or `cybereason-2016`: exactly the vendor's published five [default: the active one]
        #[arg(long, value_name = "NAME")]
        profile: Option<String>,
        /// `json` is the vendor's own shape, which has parents and nothing else
        #[arg(long, value_enum, default_value_t = TableOrJson::Table)]
        format: TableOrJson,
        #[command(flatten)]
        kept: StateArgs,
    },
    /// Judge a process and its parent. The exit code is 0 whatever the verdict
    Check {
        #[command(flatten)]
        observed: Observed,
        /// The profile to judge by [default: the active one]
        #[arg(long, value_name = "NAME")]
        profile: Option<String>,
        /// How the verdict is shown
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
        #[command(flatten)]
        kept: StateArgs,
    },
}

/// What was seen of a process start.
#[derive(Debug, clap::Args)]
struct Observed {
    /// The process: file name or full path
    image: String,
    /// Its parent: file name or full path
    #[arg(long, value_name = "IMAGE")]
    parent: Option<String>,
    /// Its process id; 4 is `System`
    #[arg(long, value_name = "ID", value_parser = values::process_id)]
    pid: Option<u32>,
    /// Its parent's process id
    #[arg(long, value_name = "ID", value_parser = values::process_id)]
    parent_pid: Option<u32>,
    /// Its command line
    #[arg(long, value_name = "TEXT")]
    command_line: Option<String>,
    /// Its parent's command line: it tells the services of an svchost.exe
    #[arg(long, value_name = "TEXT")]
    parent_command_line: Option<String>,
    /// Who it runs as: a SID, or `NT AUTHORITY\SYSTEM` and the like; any other name is not judged
    #[arg(long, value_name = "SID")]
    user: Option<String>,
}

impl From<Observed> for Observation {
    fn from(o: Observed) -> Self {
        Self {
            image: o.image,
            parent: o.parent,
            pid: o.pid,
            parent_pid: o.parent_pid,
            command_line: o.command_line,
            parent_command_line: o.parent_command_line,
            user: o.user,
        }
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let (Command::List { kept, .. } | Command::Check { kept, .. }) = &args.command;
    let wants = Wants::default();
    let mut keeper = kept.kept().map_or_else(|| wants.alone(), |kept| kept.read(wants))?;
    let instance = keeper.instance();
    if let Some(path) = &args.config {
        config::ask(path, |json| instance.configure(json))?;
    }
    let text = match args.command {
        Command::List { profile, format, .. } => list(instance, profile.as_deref(), format)?,
        Command::Check { observed, profile, format, .. } => {
            let observation = Observation::from(observed);
            find(instance, profile.as_deref())?;
            let verdict = instance.check(profile.as_deref(), &observation)?;
            match format {
                TextOrJson::Text => harmless(&sentence(&observation, &verdict)),
                TextOrJson::Json => object(&verdict).to_string(),
            }
        }
    };
    Ok(writeln!(io::stdout().lock(), "{}", text.trim_end())?)
}

fn list(instance: &mut Instance, profile: Option<&str>, format: TableOrJson) -> anyhow::Result<String> {
    let shown = find(instance, profile)?;
    let rows = instance.expectations(profile)?;
    Ok(match format {
        TableOrJson::Table => format!("{}\n{}", table(&rows), legend(&shown)),
        TableOrJson::Json => vendor(&rows, shown.last_upload).to_string(),
    })
}

/// The profile of this name, or the active one.
fn find(instance: &mut Instance, name: Option<&str>) -> anyhow::Result<ProfileInfo> {
    let profiles = instance.profiles()?;
    let known: Vec<String> = profiles.iter().map(|profile| profile.name.clone()).collect();
    let wanted = |p: &ProfileInfo| name.map_or(p.active, |name| p.name.eq_ignore_ascii_case(name));
    let name = name.unwrap_or("active");
    profiles
        .into_iter()
        .find(wanted)
        .with_context(|| format!("there is no profile {name:?}: there are {}", known.join(" and ")))
}

/// The profile in a sentence, and what its sources' codes stand for.
fn legend(profile: &ProfileInfo) -> String {
    let mut text = wrapped(&format!("{}: ", profile.name), 2, profile.description.split(' '));
    for (code, source) in &profile.sources {
        text += &wrapped(&format!("[{code}] "), 2, source.split(' '));
    }
    text
}

/// The vendor's answer. A row without expected parents has no words there, and an empty list would
/// say that none is right: it is left out.
fn vendor(rows: &[Expectation], last_upload: i64) -> Value {
    let parents = |row: &Expectation| row.parents.iter().map(|p| json!({ "parent": p })).collect::<Vec<_>>();
    let records: Vec<Value> = rows
        .iter()
        .filter(|row| !row.parents.is_empty())
        .map(|row| json!({ "key": { "name": row.name }, "value": parents(row) }))
        .collect();
    json!({ "recordList": records, "lastUploadTimestamp": last_upload })
}

/// A row for each process, its lists wrapped below each other: what is expected of some does not fit the
/// columns of a table.
fn table(rows: &[Expectation]) -> String {
    let mut text = String::new();
    for row in rows {
        text.push_str(&row.name);
        text.push('\n');
        let lists = [
            ("parents", &row.parents),
            ("tolerated", &row.tolerated),
            ("unusual", &row.unusual),
            ("children", &row.children),
            ("directories", &row.directories),
            ("users", &row.users),
        ];
        for (title, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
            text += &wrapped(&titled(title), INDENT, listed(values));
        }
        // Each of them is a list with commas.
        if !row.sources.is_empty() {
            text += &wrapped(&titled("sources"), INDENT, row.sources.join("; ").split(' '));
        }
    }
    text
}

/// Where the lists of a row begin.
const INDENT: usize = 15;

fn titled(title: &str) -> String {
    format!("  {title:<width$}", width = INDENT - 2)
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Expected => "expected",
        Outcome::Violation => "violation",
        Outcome::Unknown => "unknown",
    }
}

fn object(verdict: &Verdict) -> Value {
    json!({
        "verdict": word(verdict.outcome),
        "reason": verdict.reason,
        "observed": verdict.observed,
        "expected": verdict.expected,
        "source": verdict.source,
    })
}

/// `svchost.exe under explorer.exe: violation (unexpected-parent), expected services.exe [EL, CR]`
fn sentence(observation: &Observation, verdict: &Verdict) -> String {
    let mut text = observation.image.clone();
    if let Some(parent) = &observation.parent {
        text += &format!(" under {parent}");
    }
    text += &format!(": {}", word(verdict.outcome));
    if let Some(reason) = &verdict.reason {
        text += &format!(" ({reason})");
    }
    let said = |observed: &str| {
        let has = |path: &str| path.to_lowercase().ends_with(&observed.to_lowercase());
        has(&observation.image) || observation.parent.as_deref().is_some_and(has)
    };
    if let Some(observed) = verdict.observed.as_deref().filter(|observed| !said(observed)) {
        text += &format!(", observed {observed}");
    }
    if verdict.outcome != Outcome::Expected && !verdict.expected.is_empty() {
        text += &format!(", expected {}", verdict.expected.join(" or "));
    }
    if let Some(source) = &verdict.source {
        text += &format!(" [{source}]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, parents: &[&str]) -> Expectation {
        Expectation {
            name: name.into(),
            parents: parents.iter().map(|p| (*p).to_owned()).collect(),
            tolerated: vec![],
            unusual: vec![],
            children: vec![],
            directories: vec![],
            users: vec![],
            sources: vec![],
        }
    }

    #[test]
    fn json_is_the_vendors() {
        let rows = [row("lsass.exe", &["wininit.exe"]), row("calc.exe", &[])];
        let expected: Value = serde_json::from_str(
            r#"{"recordList":[{"key":{"name":"lsass.exe"},"value":[{"parent":"wininit.exe"}]}],
                "lastUploadTimestamp":1476350910397}"#,
        )
        .unwrap();
        assert_eq!(vendor(&rows, 1_476_350_910_397), expected);
    }

    #[test]
    fn a_table_shows_the_lists_that_say_something() {
        let rows = [row("lsass.exe", &["wininit.exe"]), row("svchost.exe", &["services.exe", "MsMpEng.exe"])];
        assert_eq!(
            table(&rows),
            "lsass.exe\n  parents      wininit.exe\nsvchost.exe\n  parents      services.exe, MsMpEng.exe\n"
        );
    }

    #[test]
    fn a_source_is_told_from_the_next() {
        let sources = vec!["parents: CR, EL".to_owned(), "directories: HE".to_owned()];
        let text = table(&[Expectation { sources, ..row("lsass.exe", &[]) }]);
        assert_eq!(text, "lsass.exe\n  sources      parents: CR, EL; directories: HE\n");
    }

    #[test]
    fn a_verdict_is_a_sentence() {
        let observation = Observation {
            image: "svchost.exe".into(),
            parent: Some("explorer.exe".into()),
            pid: None,
            parent_pid: None,
            command_line: None,
            parent_command_line: None,
            user: None,
        };
        let verdict = Verdict {
            outcome: Outcome::Violation,
            reason: Some("unexpected-parent".into()),
            observed: Some("explorer.exe".into()),
            expected: vec!["services.exe".into()],
            source: Some("EL, CR".into()),
        };
        assert_eq!(
            sentence(&observation, &verdict),
            "svchost.exe under explorer.exe: violation (unexpected-parent), expected services.exe [EL, CR]"
        );
    }
}
