//! What one damaged byte costs, and what a torn end does.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::{command, fresh, numbers, sample};
use crate::Plan;
use crate::candidate::{Candidate, Kind, Layout};
use crate::records::{Random, TENANTS};
use crate::system;
use crate::table::{Numbers, Samples, markdown};

const SIZE: u64 = 4096;

/// Records of each tenant: 400 in all.
const COUNT: u64 = 50;

/// How a process that wrote ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Killed,
    /// In order; fjall had moved all of it into its tables.
    Closed,
}

/// A block of zeros is space that is not used yet; damage there would only make a candidate look better that
/// takes much of it.
const BLOCK: usize = 4096;

/// How far from the end of a file's data it is cut at most.
const TAIL: u64 = 64 * 1024;

const HANGS: Duration = Duration::from_secs(20);

pub fn measure(plan: &Plan) -> Result<()> {
    use {Ended::*, Kind::*, Layout::*};
    let new = Candidate::new;
    let flipped = [
        (new(Redb, Shared), Killed),
        (new(Redb, Shared), Closed),
        (new(RedbChecked, Shared), Closed),
        (new(Redb, PerTenant), Killed),
        (new(Redb, PerTenant), Closed),
        (new(RedbChecked, PerTenant), Closed),
        (new(RedbQuick, PerTenant), Killed),
        (new(Fjall, Shared), Killed),
        (new(Fjall, Shared), Closed),
        (new(Fjall, PerTenant), Killed),
        (new(Fjall, PerTenant), Closed),
        (new(RaftEngine, Shared), Killed),
        (new(WalDb, PerTenant), Killed),
        (new(Files, PerTenant), Killed),
        (new(Files, PerTenant).compressed(), Killed),
    ];
    println!("\nOne byte flipped, {} times for each:\n", plan.trials);
    compare(plan, &flipped, flip)?;
    println!("\nOne file cut in the last 64 KiB of its data, {} times for each:\n", plan.trials);
    let torn: Vec<_> = flipped.iter().copied().filter(|(_, ended)| *ended == Killed).collect();
    compare(plan, &torn, cut)
}

/// What came of one trial.
#[derive(Default)]
struct Outcome {
    /// The candidate, or one of its eight, would not open.
    refused: bool,
    /// The process died, or hung.
    died: bool,
    told: bool,
    /// Told by what begat checks itself: the record's seal, the numbers' order.
    own: bool,
    wrong: bool,
    /// Of the tenant whose file it was; where tenants share files, of the one that lost most.
    lost: u64,
    others_lost: u64,
}

impl Outcome {
    fn is_harmed(&self) -> bool {
        self.lost + self.others_lost > 0 || self.wrong
    }
}

/// How harm is drawn.
type Harm = fn(&[Kept], &mut Random) -> Result<(PathBuf, Damage)>;

enum Damage {
    Flip { at: u64, to: u8 },
    Cut { to: u64 },
}

/// A file as it was before anything was damaged.
struct Kept {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Where its blocks begin that are not all zeros.
    used: Vec<usize>,
}

impl Kept {
    fn new(path: PathBuf, bytes: Vec<u8>) -> Self {
        let is_used = |(_, block): &(usize, &[u8])| block.iter().any(|byte| *byte != 0);
        let used = bytes.chunks(BLOCK).enumerate().filter(is_used).map(|(nth, _)| nth * BLOCK).collect();
        Self { path, bytes, used }
    }

    fn block(&self, at: usize) -> &[u8] {
        let block = &self.bytes[at..];
        &block[..block.len().min(BLOCK)]
    }

    /// Behind its last byte that is not zero.
    fn end(&self) -> u64 {
        let last =
            self.used.last().and_then(|at| Some(at + self.block(*at).iter().rposition(|byte| *byte != 0)?));
        last.map_or(0, |last| last as u64 + 1)
    }
}

fn compare(plan: &Plan, candidates: &[(Candidate, Ended)], harm: Harm) -> Result<()> {
    let mut rows = Vec::new();
    for (candidate, ended) in candidates {
        let (base, files) = prepare(plan, *candidate, *ended)?;
        // The same for all candidates, so that one more changes nothing of the others.
        let mut random = Random(0xF11B);
        let mut outcomes = Vec::new();
        let whole = trial(plan, *candidate, &base, &files, None)?;
        ensure!(
            !whole.is_harmed() && !whole.told && !whole.own,
            "{} reads ill what is well",
            candidate.name()
        );
        for _ in 0..plan.trials {
            let (victim, damage) = harm(&files, &mut random)?;
            outcomes.push(trial(plan, *candidate, &base, &files, Some((&victim, &damage)))?);
        }
        rows.push(row(*candidate, *ended, &outcomes));
    }
    let head = [
        "candidate",
        "ended",
        "no harm",
        "harm that the store told",
        "that only begat's checks told",
        "that nothing told",
        "a journal does not open",
        "process dies",
        "wrong record handed out",
        "lost of the damaged tenant: median, worst",
        "of the 7 others: median, worst",
    ];
    println!("{}", markdown(&head, &rows));
    Ok(())
}

/// A store with all records in it, and the files' bytes.
fn prepare(plan: &Plan, candidate: Candidate, ended: Ended) -> Result<(PathBuf, Vec<Kept>)> {
    let base = fresh(plan, "damage")?;
    // Checking is for the one who opens.
    let mut writer = candidate;
    if writer.kind == Kind::RedbChecked {
        writer.kind = Kind::Redb;
    }
    let arguments = |ending: &str| [numbers(&[SIZE, COUNT, 1]), vec![ending.into()]].concat();
    match ended {
        Ended::Closed => {
            sample("fill", writer, &base, &arguments("close"))?;
        }
        Ended::Killed => {
            let mut child =
                command("fill", writer, &base, &arguments("stay"))?.stdout(Stdio::piped()).spawn()?;
            let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
            lines.next().context("it ended early")??;
            child.kill()?;
            child.wait()?;
        }
    }
    let mut files = Vec::new();
    for path in system::files(&base)? {
        let bytes = fs::read(&path)?;
        files.push(Kept::new(path.strip_prefix(&base)?.to_owned(), bytes));
    }
    Ok((base, files))
}

fn flip(files: &[Kept], random: &mut Random) -> Result<(PathBuf, Damage)> {
    let blocks =
        || files.iter().flat_map(|file| file.used.iter().map(move |at| (file, *at, file.block(*at))));
    let mut left = random.below(blocks().map(|(_, _, block)| block.len() as u64).sum()) as usize;
    for (file, at, block) in blocks() {
        if let Some(byte) = block.get(left) {
            let to = byte ^ (1 + random.below(255)) as u8;
            return Ok((file.path.clone(), Damage::Flip { at: (at + left) as u64, to }));
        }
        left -= block.len();
    }
    bail!("there is nothing to damage")
}

fn cut(files: &[Kept], random: &mut Random) -> Result<(PathBuf, Damage)> {
    let mut left = random.below(files.iter().map(Kept::end).sum());
    for file in files {
        let end = file.end();
        if left < end {
            return Ok((file.path.clone(), Damage::Cut { to: end - 1 - random.below(end.min(TAIL)) }));
        }
        left -= end;
    }
    bail!("there is nothing to damage")
}

fn trial(
    plan: &Plan,
    candidate: Candidate,
    base: &Path,
    files: &[Kept],
    damage: Option<(&Path, &Damage)>,
) -> Result<Outcome> {
    let dir = fresh(plan, "trial")?;
    copy(base, &dir, files)?;
    if let Some((victim, damage)) = damage {
        let file = OpenOptions::new().write(true).open(dir.join(victim))?;
        match damage {
            Damage::Flip { at, to } => file.write_all_at(&[*to], *at)?,
            Damage::Cut { to } => file.set_len(*to)?,
        }
    }

    let mut child = command("read", candidate, &dir, &numbers(&[SIZE, COUNT]))?
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let begun = Instant::now();
    while child.try_wait()?.is_none() {
        if begun.elapsed() > HANGS {
            child.kill()?;
        }
        thread::sleep(Duration::from_micros(500));
    }
    let mut report = String::new();
    child.stdout.take().context("no output")?.read_to_string(&mut report)?;
    let mut said = Numbers::default();
    said.take(&report);

    let some = |name: &str| said.of(name).worst() > 0.0;
    let lost = |tenant: u32| COUNT - said.of(&format!("good-{tenant}")).worst().max(0.0) as u64;
    let all: Vec<u64> = (0..TENANTS).map(lost).collect();
    let folder = damage.and_then(|(victim, _)| victim.iter().next()?.to_str());
    let owner = folder.and_then(|folder| folder.strip_prefix("tenant-")?.parse().ok());
    let damaged =
        owner.unwrap_or_else(|| (0..all.len()).max_by_key(|tenant| all[*tenant]).unwrap_or_default());
    Ok(Outcome {
        refused: some("refused"),
        died: !some("alive"),
        told: some("told") || some("refused") || !some("alive"),
        own: some("own"),
        wrong: some("wrong"),
        lost: all[damaged],
        others_lost: all.iter().sum::<u64>() - all[damaged],
    })
}

/// As [`fs::copy`], but space that holds nothing takes none.
fn copy(base: &Path, dir: &Path, files: &[Kept]) -> Result<()> {
    for folder in folders(base)? {
        fs::create_dir_all(dir.join(folder.strip_prefix(base)?))?;
    }
    for kept in files {
        let file = File::create(dir.join(&kept.path))?;
        file.set_len(kept.bytes.len() as u64)?;
        for at in &kept.used {
            file.write_all_at(kept.block(*at), *at as u64)?;
        }
    }
    Ok(())
}

fn folders(below: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(below)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.extend(self::folders(&path)?);
            folders.push(path);
        }
    }
    Ok(folders)
}

fn row(candidate: Candidate, ended: Ended, outcomes: &[Outcome]) -> Vec<String> {
    let harmed = |one: &&Outcome| one.is_harmed();
    let count = |is: &dyn Fn(&&Outcome) -> bool| outcomes.iter().filter(is).count().to_string();
    let both = |of: &dyn Fn(&Outcome) -> u64| {
        let mut samples = Samples::default();
        outcomes.iter().filter(harmed).for_each(|one| samples.push(of(one) as f64));
        if samples.median().is_nan() {
            "-".into()
        } else {
            format!("{}, {}", samples.median(), samples.worst())
        }
    };
    vec![
        candidate.name(),
        if ended == Ended::Killed { "killed" } else { "closed" }.into(),
        count(&|one| !harmed(one)),
        count(&|one| harmed(one) && one.told),
        count(&|one| harmed(one) && !one.told && one.own),
        count(&|one| harmed(one) && !one.told && !one.own),
        count(&|one| one.refused),
        count(&|one| one.died),
        count(&|one| one.wrong),
        both(&|one| one.lost),
        both(&|one| one.others_lost),
    ]
}
