//! `begat baseline merge`: packs in, one pack out.

use std::path::PathBuf;

use super::{Takes, merge, place, put, sentence};
use crate::cli::{instance, terminal};
use crate::runtime::Limits;

/// Add packs to one
///
/// The result is what building from all their records gives, byte for byte, in whatever order. All packs
/// must have been built with one key, and none may have been stripped. A pack that is named twice counts
/// twice.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Packs to add
    #[arg(value_name = "PACK", required = true)]
    packs: Vec<PathBuf>,

    /// Write the sum here; `-` is stdout
    #[arg(long, short, value_name = "PACK")]
    output: PathBuf,

    #[command(flatten)]
    takes: Takes,

    /// No summary
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let place = place(&args.output)?;
    let mut instance = instance::start(Limits::from(&args.takes))?;
    let mut sum = None;
    for pack in &args.packs {
        sum = Some(merge(pack, &mut instance)?);
    }
    // clap wants one pack at least.
    if let Some(info) = sum {
        put(place, &instance.pack(&info)?)?;
        if !args.quiet {
            terminal::say(&format!("{}: {}", terminal::path(&args.output), sentence(&info)));
        }
    }
    Ok(())
}
