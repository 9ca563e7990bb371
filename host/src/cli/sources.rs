//! `begat sources`: which products sent alerts, and what of them no table knows.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

use super::TableOrJson;
use super::asked::Source;
use super::summary::count;
use super::terminal::{harmless, listed, wrapped};
use crate::clusters::tables;
use crate::runtime::bindings::alerts::SourceInfo;
use crate::scoring::time;

/// List what was ingested: vendors, products, alert types, severities, actions, and values that no table has
///
/// The answer rests on what --state has kept, or on the files that --read names.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").args(["state", "read"]).required(true)))]
pub(super) struct Args {
    /// How they are shown. The table has the most frequent values, JSON all
    #[arg(long, value_enum, default_value_t = TableOrJson::Table)]
    format: TableOrJson,

    #[command(flatten)]
    source: Source,
}

/// Values of a field that the table has.
const SHOWN: usize = 10;

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut asked = args.source.open(false)?;
    let sources = asked.keeper.instance().sources()?;
    let text = match args.format {
        TableOrJson::Table => table(&sources),
        TableOrJson::Json => {
            serde_json::to_string(&sources.iter().map(tables::source).collect::<Vec<_>>())? + "\n"
        }
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(asked.end())
}

fn table(sources: &[SourceInfo]) -> String {
    if sources.is_empty() {
        return "no alerts were ingested\n".into();
    }
    let mut out = String::new();
    for of in sources {
        let _ = writeln!(out, "{}", harmless(&of.source_system));
        let names = [of.vendor.as_str(), of.product.as_str()];
        let names: Vec<String> =
            names.iter().filter(|name| !name.is_empty()).map(|name| harmless(name)).collect();
        let product = names.join(", ");
        let _ = writeln!(out, "  product     {product}");
        let _ = writeln!(
            out,
            "  alerts      {}, {}, {} dropped, last seen {}",
            of.alerts,
            count(of.duplicates, "duplicate"),
            of.dropped,
            time(of.last_seen)
        );
        let counted = |(value, count): &(String, u64)| match value.as_str() {
            "" => format!("none ({count})"),
            value => format!("{} ({count})", harmless(value)),
        };
        values(&mut out, "types", of.types.iter().map(counted).collect());
        values(&mut out, "severities", of.severities.iter().map(counted).collect());
        values(&mut out, "actions", of.actions.iter().map(counted).collect());
        let unmapped = of
            .unmapped
            .iter()
            .map(|(field, value, count)| format!("{} {} ({count})", harmless(field), harmless(value)));
        values(&mut out, "unmapped", unmapped.collect());
    }
    out
}

fn values(out: &mut String, name: &str, mut values: Vec<String>) {
    let more = values.len().saturating_sub(SHOWN);
    values.truncate(SHOWN);
    if more > 0 {
        values.push(format!("and {more} more"));
    }
    if !values.is_empty() {
        *out += &wrapped(&format!("  {name:<12}"), 14, listed(&values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_a_block() {
        let info = SourceInfo {
            source_system: "fortinet fortigate".into(),
            vendor: "Fortinet".into(),
            product: "FortiGate".into(),
            alerts: 3,
            duplicates: 1,
            dropped: 2,
            last_seen: 0,
            types: (1..=12).map(|n| (format!("t{n}"), 1)).collect(),
            severities: vec![("low".into(), 2), (String::new(), 1)],
            actions: vec![],
            unmapped: vec![("severity".into(), "o\u{1b}dd".into(), 1)],
        };
        assert_eq!(
            table(&[info]),
            "\
fortinet fortigate
  product     Fortinet, FortiGate
  alerts      3, 1 duplicate, 2 dropped, last seen 1970-01-01T00:00:00.000Z
  types       t1 (1), t2 (1), t3 (1), t4 (1), t5 (1), t6 (1), t7 (1), t8 (1),
              t9 (1), t10 (1), and 2 more
  severities  low (2), none (1)
  unmapped    severity o\\u{1b}dd (1)
"
        );
    }
}
