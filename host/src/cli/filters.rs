//! `begat filters test`: what each filter does with an alert.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::columns::{Column, columns};
use super::kept::{StateArgs, Wants};
use super::terminal::{harmless, wrapped};
use super::{TextOrJson, config, values};
use crate::clusters::alert;
use crate::clusters::tables::{TraceView, outcome};
use crate::runtime::Instance;
use crate::runtime::bindings::alerts::FilterTrace;

/// Try filters on alerts
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show what each filter does with a raw alert, and how it would be scored. Nothing is taken in
    ///
    /// Filters are tried in their order; the first that matches decides. The exit code is 0 whatever they say.
    Test(Test),
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").args(["state", "config"]).required(true).multiple(true)))]
struct Test {
    /// The alert as its product sends it, one line; `-` reads stdin, one a line
    #[arg(value_name = "ALERT|-", allow_hyphen_values = true)]
    alert: String,

    #[command(flatten)]
    kept: StateArgs,

    /// Configuration to try (TOML) [default: the state's]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The clock that the analysis is told, as RFC 3339 or milliseconds since 1970 [default: the time of
    /// the start]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    now: Option<i64>,

    /// How the trace is shown
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,

    /// Memory that the component may take, at most 4G [default: the tenant's setting, else 1G]
    #[arg(long, value_name = "BYTES", value_parser = values::memory)]
    memory: Option<u64>,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Command::Test(args) = args.command;
    let wants = Wants { memory: args.memory, ..Wants::default() };
    let mut keeper = args.kept.kept().map_or_else(|| wants.alone(), |kept| kept.read(wants))?;
    let instance = keeper.instance();
    if let Some(path) = &args.config {
        config::ask(path, |json| instance.configure(json))?;
    }
    if args.alert != "-" {
        test(&args, instance, &args.alert)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (index, line) in io::stdin().lock().split(b'\n').enumerate() {
        let line = String::from_utf8_lossy(&line?).into_owned();
        if line.trim().is_empty() {
            continue;
        }
        if args.format == TextOrJson::Text {
            writeln!(io::stdout().lock(), "line {}", index.saturating_add(1))?;
        }
        test(&args, instance, &line)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn test(args: &Test, instance: &mut Instance, raw: &str) -> anyhow::Result<()> {
    let trace = instance.test_filters(raw, args.now.unwrap_or_else(values::clock))?;
    let text = match args.format {
        TextOrJson::Text => text(&trace),
        TextOrJson::Json => serde_json::to_string(&TraceView::from(&trace))? + "\n",
    };
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

fn text(trace: &FilterTrace) -> String {
    let mut out = match (trace.dropped, &trace.alert) {
        (true, _) => "dropped: neither scored nor correlated\n".to_owned(),
        (false, Some(alert)) => {
            let said = format!("{}: {}: {}", alert.source_system, alert.alert_type, alert::product(alert));
            wrapped("kept, ", 2, harmless(&said).split(' '))
        }
        (false, None) => "no format knows this as an alert\n".to_owned(),
    };
    if trace.steps.is_empty() {
        out += "there are no filters\n";
        return out;
    }
    let steps = &trace.steps;
    out += &columns(&[
        Column::number("filter", (1..).take(steps.len())),
        Column::text("does", steps.iter().map(|step| harmless(&step.action))),
        Column::text("outcome", steps.iter().map(|step| outcome(step.outcome).replace('-', " "))),
        Column::text("match", steps.iter().map(|step| harmless(&step.pattern))),
    ]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusters::samples;
    use crate::runtime::bindings::alerts::{FilterOutcome, FilterStep};

    #[test]
    fn a_trace_says_what_each_filter_did() {
        let step = |pattern: &str, action: &str, outcome| FilterStep {
            pattern: pattern.into(),
            action: action.into(),
            outcome,
        };
        let steps = vec![
            step("/critical/", "allow", FilterOutcome::NotMatched),
            step("/heartbeat/", "drop", FilterOutcome::Matched),
            step("*", "allow", FilterOutcome::NotReached),
        ];
        let alert = samples::held().alerts.pop();
        let dropped = FilterTrace { dropped: true, steps, alert: alert.clone() };
        assert_eq!(
            text(&dropped),
            "\
dropped: neither scored nor correlated
filter  does   outcome      match
     1  allow  not matched  /critical/
     2  drop   matched      /heartbeat/
     3  allow  not reached  *
"
        );
        let kept = text(&FilterTrace { dropped: false, steps: vec![], alert });
        assert!(kept.starts_with("kept, fortinet fortigate:\n  vBulletin"), "{kept}");
        assert!(kept.ends_with("= 3\nthere are no filters\n"), "{kept}");
    }
}
