//! `begat insights`: what is known of an image or a hash.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

use super::JsonOrTable;
use super::asked::Source;
use super::terminal::harmless;
use crate::runtime::bindings::scoring;
use crate::scoring::About;

/// Show what is known of a program: its paths, parents, children, hashes, ports, and how common they are
///
/// The answer rests on what --state has kept, or on the files that --read names, or, where one is given, on
/// the pack of --baseline. Of each field the twenty
/// most frequent values are shown, with their share of the executions in percent; `truncated` says how many
/// were left off.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").args(["state", "read", "baseline"]).required(true).multiple(true)))]
pub(super) struct Args {
    /// File name, or a hash in hexadecimal
    #[arg(value_name = "NAME|HASH")]
    subject: String,

    /// Only this field: paths, parents, children, grandparents, hashes (of a hash: filenames), network
    field: Option<String>,

    /// Only this value of the field; `*` stands for any text
    value: Option<String>,

    /// How the answer is shown
    #[arg(long, value_enum, default_value_t = JsonOrTable::Json)]
    format: JsonOrTable,

    #[command(flatten)]
    source: Source,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut asked = args.source.open(false)?;
    let about =
        asked.keeper.instance().insights(&args.subject, args.field.as_deref(), args.value.as_deref())?;
    let text = match args.format {
        JsonOrTable::Json => serde_json::to_string(&About(&about))?,
        JsonOrTable::Table => table(&args.subject, &about),
    };
    writeln!(io::stdout().lock(), "{}", text.trim_end())?;
    Ok(asked.end())
}

fn table(subject: &str, about: &scoring::About) -> String {
    let seen = match about {
        scoring::About::NeverSeen(message) => return harmless(message),
        scoring::About::Seen(seen) => seen,
    };
    let mut text = format!("{}: ", harmless(subject));
    if let Some(rank) = seen.rank {
        let _ = write!(text, "rank {rank}, ");
    }
    let _ = writeln!(text, "on {} % of the hosts, prevalence {}", seen.host_prev, seen.eps);
    for field in seen.fields.iter().filter(|field| !field.values.is_empty()) {
        let _ = writeln!(text, "{}", field.field);
        for (value, percent) in &field.values {
            let _ = writeln!(text, "  {percent:>6} %  {}", harmless(value));
        }
        if field.truncated > 0 {
            let _ = writeln!(text, "            and {} more", field.truncated);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_block_for_each_field_that_has_values() {
        let field = |field: &str, values: &[(&str, &str)], truncated| scoring::Insight {
            field: field.into(),
            values: values.iter().map(|(v, p)| ((*v).to_owned(), (*p).to_owned())).collect(),
            truncated,
        };
        let about = scoring::About::Seen(scoring::Insights {
            rank: Some(3),
            host_prev: "40.00".into(),
            eps: "43.90".into(),
            fields: vec![
                field("paths", &[("c:\\a", "100.00")], 0),
                field("hashes", &[], 0),
                field("network", &[("443", "5.00")], 2),
            ],
        });
        assert_eq!(
            table("a.exe", &about),
            "a.exe: rank 3, on 40.00 % of the hosts, prevalence 43.90\npaths\n  100.00 %  c:\\a\nnetwork\n    5.00 %  443\n            and 2 more\n"
        );
    }
}
