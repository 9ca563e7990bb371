//! `begat baseline show`: what a pack holds, and a copy of it that can be shared.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Takes, load, merge, place, put, sentence};
use crate::cli::terminal::harmless;
use crate::cli::{instance, terminal};
use crate::runtime::bindings::baseline::{PackInfo, Share};
use crate::runtime::bindings::scoring::ImageRow;
use crate::runtime::bindings::types::Page;
use crate::runtime::{Instance, Limits};

/// Show a pack's most executed images, or make a copy to share
///
/// A copy to share holds counts of hosts in place of their hashes, and nothing that few hosts did. It can
/// be loaded, and not merged.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The pack
    #[arg(value_name = "PACK")]
    pack: PathBuf,

    /// How many images are shown
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    top: u32,

    /// How they are shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Take out the hosts' hashes, and what fewer than --min-hosts hosts did; show what is left
    #[arg(long)]
    share: bool,

    /// Images, and values of them, that fewer hosts had are dropped and counted
    #[arg(long, value_name = "N", default_value_t = 3, requires = "share")]
    min_hosts: u32,

    /// Write what is left as a pack; `-` is stdout, and then nothing is shown
    #[arg(long, short, value_name = "PACK", requires = "share")]
    output: Option<PathBuf>,

    #[command(flatten)]
    takes: Takes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let place = args.output.as_deref().map(place).transpose()?;
    let mut instance = instance::start(Limits::from(&args.takes))?;
    let info = if args.share {
        merge(&args.pack, &mut instance)?;
        let (info, dropped) = instance.strip_pack(Share { min_hosts: args.min_hosts })?;
        let pack = instance.pack(&info)?;
        if let Some(place) = place {
            put(place, &pack)?;
        }
        let few = args.min_hosts;
        terminal::say(&format!("{dropped} images and values were dropped: fewer than {few} hosts had them"));
        instance.load_baseline(&pack)?
    } else {
        load(&args.pack, &mut instance)?
    };
    if args.output.as_deref() == Some(Path::new("-")) {
        return Ok(());
    }
    let rows = images(&mut instance, args.top)?;
    let text = match args.format {
        Format::Table => table(&info, &rows),
        Format::Json => format!("{}\n", Value::from_iter(rows.iter().map(object))),
    };
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

fn images(instance: &mut Instance, top: u32) -> anyhow::Result<Vec<ImageRow>> {
    let mut rows = Vec::new();
    loop {
        let held = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        if held >= top {
            return Ok(rows);
        }
        let page = instance.global_images(Page { offset: held.into(), limit: top - held })?;
        if page.is_empty() {
            return Ok(rows);
        }
        rows.extend(page);
    }
}

fn object(row: &ImageRow) -> Value {
    json!({ "image": row.image, "executions": row.executions, "hosts": row.hosts, "rank": row.rank })
}

fn table(info: &PackInfo, rows: &[ImageRow]) -> String {
    let key = match info.key_id.as_str() {
        "" => "stripped of hosts".to_owned(),
        id => format!("key {id}"),
    };
    let mut text =
        format!("{}, {}\n\n{:>7} {:>12} {:>9}  image\n", sentence(info), key, "rank", "executions", "hosts");
    for row in rows {
        let image = harmless(&row.image);
        text += &format!("{:>7} {:>12} {:>9}  {image}\n", row.rank, row.executions, row.hosts);
    }
    let more = info.images.saturating_sub(rows.len() as u64);
    if more > 0 {
        text += &format!("{more} more; --top shows them\n");
    }
    text
}
