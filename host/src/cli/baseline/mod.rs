//! `begat baseline`: packs of counts, made, merged and shown. What is in a pack is the component's business;
//! here are files, keys and tables.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use super::{misused, terminal, values};
use crate::run::Place;
use crate::runtime::bindings::baseline::PackInfo;
use crate::runtime::{Instance, Limits};
use crate::tenants::Keeper;

mod build;
mod merge;
mod show;

/// Make, merge or show packs of counts: what is ordinary elsewhere
///
/// A pack tells of every image how often it ran and on how many hosts, from which directories, under which
/// parents and with which hashes. It holds no hostnames. `begat run --baseline PACK` scores against it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Build(build::Args),
    Merge(merge::Args),
    Show(show::Args),
}

/// What every instance may take.
#[derive(Debug, Clone, clap::Args)]
struct Takes {
    /// Memory that the component may take, at most 4G
    #[arg(long, value_name = "BYTES", default_value = "1G", value_parser = values::memory)]
    memory: u64,

    /// How long the component may work on one batch, or on one pack
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = values::duration)]
    timeout: Duration,
}

impl From<&Takes> for Limits {
    fn from(takes: &Takes) -> Self {
        Self { memory: takes.memory, call: takes.timeout, ..Self::default() }
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Build(args) => build::run(&args),
        Command::Merge(args) => merge::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Show(args) => show::run(&args).map(|()| ExitCode::SUCCESS),
    }
}

/// Loads a pack as the global scope.
pub(super) fn load(path: &Path, instance: &mut Instance) -> anyhow::Result<PackInfo> {
    instance.load_baseline(&read(path)?).with_context(|| refused(path))
}

/// The same for a tenant, whose next instance has it too.
pub(super) fn give(path: &Path, keeper: &mut Keeper) -> anyhow::Result<PackInfo> {
    keeper.load_baseline(read(path)?).with_context(|| refused(path))
}

/// Adds a pack to the one that the component keeps.
fn merge(path: &Path, instance: &mut Instance) -> anyhow::Result<PackInfo> {
    instance.merge_pack(&read(path)?).with_context(|| refused(path))
}

fn refused(path: &Path) -> String {
    format!("{} is not accepted", terminal::path(path))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", terminal::path(path)))
}

/// A place for a pack, found writable before the work begins.
fn place(path: &Path) -> anyhow::Result<Place> {
    Place::open(path).with_context(|| format!("cannot write {}", terminal::path(path)))
}

fn put(place: Place, pack: &[u8]) -> anyhow::Result<()> {
    let shown = terminal::path(place.shown());
    place.put(pack).with_context(|| format!("cannot write {shown}"))
}

/// `269 starts of 57 images on 4 hosts`
fn sentence(info: &PackInfo) -> String {
    let some = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let about = if info.estimated { "about " } else { "" };
    let (starts, images) = (some(info.executions, "start"), some(info.images, "image"));
    format!("{starts} of {images} on {about}{}", some(info.hosts, "host"))
}

/// The name of the key's file where none is given.
fn beside(pack: &Path) -> PathBuf {
    let mut name = pack.as_os_str().to_owned();
    name.push(".key");
    name.into()
}

/// Wrong usage that clap cannot see.
fn refuse(command: &str, message: &str) -> ! {
    misused(&["baseline", command], message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_in_a_sentence() {
        let info = PackInfo {
            version: 1,
            key_id: String::new(),
            executions: 1,
            hosts: 300,
            estimated: true,
            images: 2,
            rows: 9,
            size: 0,
            chunks: 0,
            sha256: String::new(),
        };
        assert_eq!(sentence(&info), "1 start of 2 images on about 300 hosts");
    }

    #[test]
    fn a_key_lies_beside_its_pack() {
        assert_eq!(beside(Path::new("a/b.pack")), Path::new("a/b.pack.key"));
    }
}
