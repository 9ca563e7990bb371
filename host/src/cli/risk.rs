//! `begat risk`: which hosts, users and addresses have the most that is open.

use std::io::{self, Write};
use std::process::ExitCode;

use super::TableOrJson;
use super::asked::Source;
use super::columns::{Column, columns};
use super::terminal::{self, harmless};
use crate::clusters::entities::KINDS;
use crate::clusters::tables::RiskView;
use crate::run::pages::first;
use crate::runtime::bindings::alerts::EntityRisk;

/// List entities by their risk: 0 to 100, from the open clusters that name them
///
/// An entity's alerts count from the highest score down, each less than the one before. Archived clusters and
/// those out of the window count no more. The answer rests on what --state has kept, or on the files that
/// --read names.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").args(["state", "read"]).required(true)))]
pub(super) struct Args {
    /// Only entities of this kind
    #[arg(long, value_name = "KIND", value_parser = clap::builder::PossibleValuesParser::new(KINDS))]
    kind: Option<String>,

    /// At most so many rows
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    /// How they are shown
    #[arg(long, value_enum, default_value_t = TableOrJson::Table)]
    format: TableOrJson,

    #[command(flatten)]
    source: Source,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut asked = args.source.open(false)?;
    let limit = usize::try_from(args.limit)?;
    // One more tells whether there are more.
    let kind = args.kind.as_deref();
    let mut rows = first(limit.saturating_add(1), |page| asked.keeper.instance().risks(kind, page))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let text = match args.format {
        TableOrJson::Table => table(&rows),
        TableOrJson::Json => {
            serde_json::to_string(&rows.iter().map(RiskView::from).collect::<Vec<_>>())? + "\n"
        }
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    if more {
        terminal::say(&format!("begat: there are more than these {limit}; --limit shows them"));
    }
    Ok(asked.end())
}

fn table(rows: &[EntityRisk]) -> String {
    columns(&[
        Column::decimal("risk", rows.iter().map(|row| format!("{:.2}", row.risk))),
        Column::text("kind", rows.iter().map(|row| row.kind.clone())),
        Column::text("value", rows.iter().map(|row| harmless(&row.value))),
        Column::decimal("criticality", rows.iter().map(|row| row.criticality.clone())),
        Column::number("alerts", rows.iter().map(|row| row.alerts)),
        Column::list("clusters", rows.iter().map(|row| row.clusters.iter().map(|id| harmless(id)).collect())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risks_have_two_decimals() {
        let row = EntityRisk {
            kind: "host".into(),
            value: "ws-anna".into(),
            risk: 36.1,
            criticality: "2.5".into(),
            alerts: 5,
            clusters: vec!["C1".into(), "C7".into()],
        };
        assert_eq!(
            table(&[row]),
            " risk  kind  value    criticality  alerts  clusters\n36.10  host  ws-anna          2.5       5  C1, C7\n"
        );
    }
}
