//! What is compared, behind one interface.
//!
//! A *lane* is what one thread writes to: for a candidate that is shared there is one, which takes the records
//! of all tenants and makes them durable together; where each tenant has its own there are eight.

mod files;
mod fjall;
mod raft;
mod redb;
mod wal_db;

use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use crate::records::TENANTS;

/// A record that is to become durable.
pub struct Entry {
    /// Whose it is.
    pub tenant: u32,
    /// Its number: one more than that of the tenant's record before it.
    pub seq: u64,
    /// What the store is to keep.
    pub body: Vec<u8>,
}

/// What a reader comes upon.
pub enum Found<'a> {
    /// A record that whoever reads takes for right.
    Record(u64, &'a [u8]),
    /// The candidate says that something is damaged.
    Told(String),
    /// The candidate handed out something, and the checksum that begat put in front of it says otherwise.
    Unsealed(u64),
}

/// One open journal.
pub trait Lane: Send {
    /// Keeps the records, and returns when all of them are durable.
    fn commit(&mut self, entries: &[Entry]) -> Result<()>;
    /// Hands out all that is kept of a tenant, in order.
    fn read(&mut self, tenant: u32, take: &mut dyn FnMut(Found<'_>)) -> Result<()>;
    /// Deletes a tenant's records below a number.
    fn cut(&mut self, tenant: u32, below: u64) -> Result<()>;
    /// A snapshot begins that will cover all that is kept by now.
    fn snapshot(&mut self) {}
    /// Brings everything to where it stays in the end.
    fn settle(&mut self) -> Result<()> {
        Ok(())
    }
    /// Gives back what deleted records take, by whatever means the candidate has.
    fn tidy(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Whose code keeps the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A copy-on-write B-tree in a file.
    Redb,
    /// The same, told to verify all checksums whenever it opens.
    RedbChecked,
    /// The same, told to keep with every commit what it takes to open after a kill without a repair.
    RedbQuick,
    /// A log-structured merge tree.
    Fjall,
    /// The log of TiKV, for many groups in one.
    RaftEngine,
    /// A write-ahead log, in segments.
    WalDb,
    /// Append-only files with a frame of our own.
    Files,
}

/// Whether the tenants share it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// One for all.
    Shared,
    /// Each has its own, in a folder of its own.
    PerTenant,
}

/// A contestant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Whose code.
    pub kind: Kind,
    /// For whom.
    pub layout: Layout,
    /// Whether records are compressed, each for itself, before they are given to it.
    pub zstd: bool,
}

const KINDS: [(Kind, &str); 7] = [
    (Kind::Redb, "redb"),
    (Kind::RedbChecked, "redb, checked"),
    (Kind::RedbQuick, "redb, quick repair"),
    (Kind::Fjall, "fjall"),
    (Kind::RaftEngine, "raft-engine"),
    (Kind::WalDb, "wal-db"),
    (Kind::Files, "files"),
];

impl Candidate {
    /// Records as they come.
    pub const fn new(kind: Kind, layout: Layout) -> Self {
        Self { kind, layout, zstd: false }
    }

    /// Records compressed.
    pub const fn compressed(mut self) -> Self {
        self.zstd = true;
        self
    }

    /// As a row of a table begins.
    pub fn name(self) -> String {
        let kind = KINDS.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, name)| name);
        let layout = match self.layout {
            Layout::Shared => "one for all",
            Layout::PerTenant => "per tenant",
        };
        format!("{kind}, {layout}{}", if self.zstd { ", zstd" } else { "" })
    }

    /// The other way round.
    pub fn named(name: &str) -> Result<Self> {
        let layouts = [Layout::Shared, Layout::PerTenant];
        let mut all = KINDS.iter().flat_map(|(kind, _)| layouts.map(|layout| Self::new(*kind, layout)));
        let plain = name.strip_suffix(", zstd");
        let one = all
            .find(|one| one.name() == plain.unwrap_or(name))
            .with_context(|| format!("no candidate {name}"))?;
        Ok(if plain.is_some() { one.compressed() } else { one })
    }
}

/// A candidate at work in a folder.
pub struct Store {
    candidate: Candidate,
    dir: PathBuf,
    /// What could be opened, and why the others could not.
    lanes: Vec<Result<Box<dyn Lane>>>,
    /// What was said of damage while it was opened.
    pub told: Vec<String>,
}

impl Store {
    /// Opens or makes it. A lane that cannot be opened is kept as its error.
    pub fn open(candidate: Candidate, dir: &Path) -> Result<Self> {
        let folders: Vec<_> = match candidate.layout {
            Layout::Shared => vec![dir.join("all")],
            Layout::PerTenant => (0..TENANTS).map(|tenant| dir.join(format!("tenant-{tenant}"))).collect(),
        };
        let mut told = Vec::new();
        let mut lanes = Vec::new();
        for folder in &folders {
            fs::create_dir_all(folder)?;
            // What a store makes of damage may be a panic: it counts as not opening.
            let lane = catch_unwind(AssertUnwindSafe(|| open(candidate.kind, folder, &mut told)));
            lanes.push(lane.unwrap_or_else(|_| Err(anyhow!("panicked while it was opened"))));
        }
        File::open(dir)?.sync_all()?;
        Ok(Self { candidate, dir: dir.into(), lanes, told })
    }

    /// As many as can be written to at once.
    pub fn lanes(&mut self) -> Result<Vec<&mut Box<dyn Lane>>> {
        self.lanes.iter_mut().map(|lane| lane.as_mut().map_err(|error| anyhow!("{error:#}"))).collect()
    }

    /// The tenants of a lane.
    pub fn tenants_of(&self, lane: usize) -> Vec<u32> {
        match self.candidate.layout {
            Layout::Shared => (0..TENANTS).collect(),
            Layout::PerTenant => vec![lane as u32],
        }
    }

    /// The lane of a tenant, or why there is none.
    pub fn lane_of(&mut self, tenant: u32) -> Result<&mut Box<dyn Lane>> {
        let lane = match self.candidate.layout {
            Layout::Shared => 0,
            Layout::PerTenant => tenant as usize,
        };
        match &mut self.lanes[lane] {
            Ok(lane) => Ok(lane),
            Err(error) => bail!("{error:#}"),
        }
    }

    /// Deletes all of a tenant's records up to now, and what is left of them if that can be done.
    pub fn forget(mut self, tenant: u32, newest: u64, means: Means) -> Result<()> {
        if means == Means::Folder {
            let candidate = self.candidate;
            let folder = self.dir.join(format!("tenant-{tenant}"));
            anyhow::ensure!(candidate.layout == Layout::PerTenant, "tenants have no folders");
            let dir = self.dir.clone();
            drop(self);
            fs::remove_dir_all(folder)?;
            return Ok(File::open(dir)?.sync_all()?);
        }
        self.lane_of(tenant)?.cut(tenant, newest + 1)?;
        if means == Means::Tidied { self.lane_of(tenant)?.tidy() } else { Ok(()) }
    }
}

/// How thoroughly a tenant is forgotten.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Means {
    /// Its records are deleted.
    Deleted,
    /// And the candidate tidies up.
    Tidied,
    /// The tenant's folder goes.
    Folder,
}

fn open(kind: Kind, folder: &Path, told: &mut Vec<String>) -> Result<Box<dyn Lane>> {
    Ok(match kind {
        Kind::Redb | Kind::RedbChecked | Kind::RedbQuick => Box::new(redb::Redb::open(folder, kind, told)?),
        Kind::Fjall => Box::new(fjall::Fjall::open(folder)?),
        Kind::RaftEngine => Box::new(raft::Raft::open(folder, told)?),
        Kind::WalDb => Box::new(wal_db::WalDb::open(folder, told)?),
        Kind::Files => Box::new(files::Files::open(folder)?),
    })
}

/// What a store without a checksum of its own on every record is given: number, checksum, bytes. All
/// candidates but our own files are.
fn sealed(entry: &Entry) -> Vec<u8> {
    let mut value = Vec::with_capacity(12 + entry.body.len());
    value.extend_from_slice(&entry.seq.to_le_bytes());
    value.extend_from_slice(&checksum(entry.tenant, entry.seq, &entry.body).to_le_bytes());
    value.extend_from_slice(&entry.body);
    value
}

/// Hands out what [`sealed`] wrote, if it still is that.
fn unseal(tenant: u32, seq: u64, value: &[u8], take: &mut dyn FnMut(Found<'_>)) {
    let parts = value.split_first_chunk::<8>().and_then(|(number, rest)| {
        let (sum, body) = rest.split_first_chunk::<4>()?;
        (u64::from_le_bytes(*number) == seq && u32::from_le_bytes(*sum) == checksum(tenant, seq, body))
            .then_some(body)
    });
    take(parts.map_or(Found::Unsealed(seq), |body| Found::Record(seq, body)));
}

fn checksum(tenant: u32, seq: u64, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&tenant.to_le_bytes());
    hasher.update(&seq.to_le_bytes());
    hasher.update(body);
    hasher.finalize()
}

/// Lets a candidate that can be asked for single records say what it still has behind damage: those that
/// follow the last one that was read, until a hundred in a row are missing.
fn probe(
    after: u64,
    take: &mut dyn FnMut(Found<'_>),
    mut get: impl FnMut(u64) -> Result<Option<Vec<u8>>>,
    mut unseal: impl FnMut(u64, &[u8], &mut dyn FnMut(Found<'_>)),
) {
    let (mut seq, mut missing) = (after, 0);
    while missing < 100 {
        seq += 1;
        missing += 1;
        match catch_unwind(AssertUnwindSafe(|| get(seq))) {
            Ok(Ok(Some(value))) => {
                missing = 0;
                unseal(seq, &value, take);
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => take(Found::Told(format!("{error:#}"))),
            Err(_) => take(Found::Told("panicked".into())),
        }
    }
}
