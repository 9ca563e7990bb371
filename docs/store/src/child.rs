//! One sample, in a process of its own. It prints names and numbers, a pair on each line.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::candidate::{Candidate, Entry, Found, Layout, Means, Store};
use crate::measure::recover::covered;
use crate::records::{Pool, TENANTS};
use crate::system;

/// How long a sample of appending lasts at least, how many commits it takes of each lane, and after how many
/// bytes it ends in any case.
const LASTS: Duration = Duration::from_millis(250);
const COMMITS: usize = 5;
const ENOUGH: u64 = 160_000_000;

/// Runs what [`crate::measure`] asks for.
pub fn run(arguments: &[String]) -> Result<()> {
    let text = |at: usize| arguments.get(at).map(String::as_str).context("an argument is missing");
    let number = |at: usize| anyhow::Ok(text(at)?.parse::<u64>()?);
    let (candidate, dir) = (Candidate::named(text(1)?)?, Path::new(text(2)?));
    match text(0)? {
        "latency" => latency(dir),
        "append" => append(candidate, dir, number(3)?, number(4)?, number(5)?),
        "fill" => fill(candidate, dir, number(3)?, number(4)?, number(5)?, text(6)?),
        "recover" => recover(candidate, dir, number(3)?, text(4)?),
        "cut" => cut(candidate, dir, number(3)?),
        "tidy" => tidy(candidate, dir),
        "forget" => forget(candidate, dir, text(3)?),
        "life" => life(candidate, dir, number(3)?, number(4)?, number(5)?),
        "read" => read(candidate, dir, number(3)?, number(4)?),
        other => bail!("{other} is no sample"),
    }
}

/// What it takes to append and have it on disk, alone and on eight files at once.
fn latency(dir: &Path) -> Result<()> {
    for (size, at_once) in [(4096, 1), (262_144, 1), (4096, 8)] {
        let samples = |nth: usize| -> Result<Vec<f64>> {
            let (mut file, bytes) = (File::create(dir.join(format!("latency-{nth}")))?, vec![0xA5; size]);
            let mut samples = Vec::new();
            for _ in 0..200 {
                let begun = Instant::now();
                file.write_all(&bytes)?;
                file.sync_data()?;
                samples.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            Ok(samples)
        };
        let all: Result<Vec<_>> = thread::scope(|threads| {
            let threads: Vec<_> = (0..at_once).map(|nth| threads.spawn(move || samples(nth))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().map_err(|_| anyhow::anyhow!("panicked"))?)
                .collect()
        });
        let mut all = all?.concat();
        all.sort_by(f64::total_cmp);
        for percent in [50, 99] {
            println!("{size}-{at_once}-{percent} {}", all[(all.len() - 1) * percent / 100]);
        }
    }
    Ok(())
}

/// Makes records, and compresses them if the candidate is to have them compressed.
struct Maker<'a> {
    pool: &'a Pool,
    zstd: Option<zstd::bulk::Compressor<'static>>,
    text: Vec<u8>,
    given: u64,
}

impl<'a> Maker<'a> {
    fn new(candidate: Candidate, pool: &'a Pool) -> Result<Self> {
        let zstd = candidate.zstd.then(|| zstd::bulk::Compressor::new(1)).transpose()?;
        Ok(Self { pool, zstd, text: Vec::new(), given: 0 })
    }

    fn make(&mut self, tenant: u32, seq: u64) -> Result<Entry> {
        self.pool.write(tenant, seq, &mut self.text);
        self.given += self.text.len() as u64;
        let body = match &mut self.zstd {
            Some(zstd) => zstd.compress(&self.text)?,
            None => self.text.clone(),
        };
        Ok(Entry { tenant, seq, body })
    }

    /// The next records of some tenants.
    fn next(&mut self, tenants: &[u32], each: u64, next: &mut [u64]) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for tenant in tenants {
            for _ in 0..each {
                entries.push(self.make(*tenant, next[*tenant as usize])?);
                next[*tenant as usize] += 1;
            }
        }
        Ok(entries)
    }
}

/// Clients of all tenants, each of which sends its next record when its last one is acknowledged: `group`
/// records are waiting whenever a sync begins. With one client it is a tenant after the other.
fn append(candidate: Candidate, dir: &Path, size: u64, group: u64, delay_us: u64) -> Result<()> {
    let mut store = Store::open(candidate, dir)?;
    let pool = Pool::new(size as usize);
    let mut makers = Vec::new();
    for _ in 0..if group == 1 { 1 } else { lanes_of(candidate) } {
        makers.push(Maker::new(candidate, &pool)?);
    }
    // What is done once for each tenant is done before.
    let mut next = vec![1; TENANTS as usize];
    for tenant in 0..TENANTS {
        let entries = makers[0].next(&[tenant], 1, &mut next)?;
        store.lane_of(tenant)?.commit(&entries)?;
    }
    makers.iter_mut().for_each(|maker| maker.given = 0);
    system::slow_down(Duration::from_micros(delay_us));
    system::forget_peak()?;
    let (memory, written, syncs) = (system::resident()?.0, system::written()?, system::syncs());
    let begun = Instant::now();

    let mut latencies: Vec<(Duration, u64)> = Vec::new();
    let mut commits = 0;
    if group == 1 {
        while begun.elapsed() < LASTS || commits < COMMITS {
            let tenant = (commits % TENANTS as usize) as u32;
            let from = Instant::now();
            let entries = makers[0].next(&[tenant], 1, &mut next)?;
            store.lane_of(tenant)?.commit(&entries)?;
            latencies.push((from.elapsed(), 1));
            commits += 1;
        }
    } else {
        let tenants: Vec<_> = (0..makers.len()).map(|lane| store.tenants_of(lane)).collect();
        let each = group / u64::from(TENANTS);
        let enough = ENOUGH / makers.len() as u64;
        let lanes: Vec<_> = store.lanes()?.into_iter().zip(&mut makers).zip(&tenants).collect();
        let results: Result<Vec<_>> = thread::scope(|threads| {
            let work = |((lane, maker), tenants): (
                (&mut Box<dyn crate::candidate::Lane>, &mut Maker<'_>),
                &Vec<u32>,
            )| {
                let (mut next, mut latencies) = (vec![2; TENANTS as usize], Vec::new());
                while latencies.len() < COMMITS || begun.elapsed() < LASTS && maker.given < enough {
                    let from = Instant::now();
                    let entries = maker.next(tenants, each, &mut next)?;
                    lane.commit(&entries)?;
                    latencies.push((from.elapsed(), entries.len() as u64));
                }
                anyhow::Ok(latencies)
            };
            let threads: Vec<_> = lanes.into_iter().map(|lane| threads.spawn(move || work(lane))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().map_err(|_| anyhow::anyhow!("panicked"))?)
                .collect()
        });
        latencies = results?.concat();
        commits = latencies.len();
    }

    let seconds = begun.elapsed().as_secs_f64();
    let given: u64 = makers.iter().map(|maker| maker.given).sum();
    let records: u64 = latencies.iter().map(|(_, records)| records).sum();
    println!("records/s {}", records as f64 / seconds);
    println!("MB/s {}", given as f64 / seconds / 1e6);
    println!("p50 {}", percentile(&mut latencies, records, 50));
    println!("p99 {}", percentile(&mut latencies, records, 99));
    println!("written {}", (system::written()? - written) as f64 / given as f64);
    println!("syncs {}", (system::syncs() - syncs) as f64 / commits as f64);
    println!("memory {}", (system::resident()?.1.saturating_sub(memory)) as f64 / 1e6);
    Ok(())
}

fn lanes_of(candidate: Candidate) -> usize {
    if candidate.layout == Layout::Shared { 1 } else { TENANTS as usize }
}

/// In milliseconds, over records and not over commits.
fn percentile(latencies: &mut [(Duration, u64)], records: u64, percent: u64) -> f64 {
    latencies.sort();
    let mut left = records * percent / 100;
    for (latency, count) in latencies.iter() {
        if left < *count {
            return latency.as_secs_f64() * 1e3;
        }
        left -= count;
    }
    latencies.last().map_or(f64::NAN, |(latency, _)| latency.as_secs_f64() * 1e3)
}

/// Keeps `count` records of each tenant, `each` of them a commit, then says so and does what `ending` says.
fn fill(candidate: Candidate, dir: &Path, size: u64, count: u64, each: u64, ending: &str) -> Result<()> {
    let mut store = Store::open(candidate, dir)?;
    let pool = Pool::new(size as usize);
    let mut maker = Maker::new(candidate, &pool)?;
    let mut next = vec![1; TENANTS as usize];
    let mut acknowledged = vec![0; TENANTS as usize];
    let mut out = std::io::stdout().lock();
    loop {
        for lane in 0..lanes_of(candidate) {
            let tenants = store.tenants_of(lane);
            let entries = maker.next(&tenants, each, &mut next)?;
            store.lane_of(tenants[0])?.commit(&entries)?;
            // Nine tenths of what is kept will be covered by a snapshot.
            if next[tenants[0] as usize] - 1 == covered(count, each) {
                store.lane_of(tenants[0])?.snapshot();
            }
            for entry in entries {
                acknowledged[entry.tenant as usize] = entry.seq;
            }
            if acknowledged.iter().all(|newest| *newest >= count) {
                let numbers: Vec<_> = acknowledged.iter().map(u64::to_string).collect();
                writeln!(out, "acknowledged {}", numbers.join(","))?;
                out.flush()?;
                match ending {
                    "go on" => {}
                    "stay" => thread::sleep(Duration::from_secs(3600)),
                    "close" => {
                        store.lanes()?.into_iter().try_for_each(|lane| lane.settle())?;
                        return Ok(());
                    }
                    other => bail!("{other} is no ending"),
                }
            }
        }
    }
}

/// Opens what a killed process has left, reads all of it, and holds it against what was acknowledged.
fn recover(candidate: Candidate, dir: &Path, size: u64, acknowledged: &str) -> Result<()> {
    let acknowledged: Vec<u64> = acknowledged.split(',').map(str::parse).collect::<Result<_, _>>()?;
    system::forget_peak()?;
    let memory = system::resident()?.0;
    let begun = Instant::now();
    let mut store = Store::open(candidate, dir)?;
    let opened = begun.elapsed();
    let mut told = store.told.len();
    let mut kept: Vec<Vec<(u64, u32)>> = Vec::new();
    for tenant in 0..TENANTS {
        let mut of_one = Vec::new();
        store.lane_of(tenant)?.read(tenant, &mut |found| match found {
            Found::Record(seq, body) => {
                let sum = if candidate.zstd {
                    zstd::bulk::decompress(body, 1 << 20)
                        .map(|text| crc32fast::hash(&text))
                        .unwrap_or_default()
                } else {
                    crc32fast::hash(body)
                };
                of_one.push((seq, sum));
            }
            Found::Told(_) | Found::Unsealed(_) => told += 1,
        })?;
        kept.push(of_one);
    }
    let read = begun.elapsed() - opened;
    let peak = system::resident()?.1.saturating_sub(memory);

    let pool = Pool::new(size as usize);
    let (mut lost, mut wrong, mut text) = (0, 0, Vec::new());
    for (tenant, (kept, acknowledged)) in kept.iter().zip(acknowledged).enumerate() {
        lost += acknowledged.saturating_sub(kept.len() as u64);
        for (at, (seq, sum)) in kept.iter().enumerate() {
            pool.write(tenant as u32, at as u64 + 1, &mut text);
            wrong += u64::from(*seq != at as u64 + 1 || *sum != crc32fast::hash(&text));
        }
    }
    println!("open {}", opened.as_secs_f64() * 1e3);
    println!("read {}", (opened + read).as_secs_f64() * 1e3);
    println!("memory {}", peak as f64 / 1e6);
    println!("lost {lost}\nwrong {wrong}\ntold {told}");
    Ok(())
}

/// Opens it as begat does, which reads all of it.
fn opened(candidate: Candidate, dir: &Path) -> Result<(Store, Vec<u64>)> {
    let mut store = Store::open(candidate, dir)?;
    let mut newest = vec![0; TENANTS as usize];
    for tenant in 0..TENANTS {
        store.lane_of(tenant)?.read(tenant, &mut |found| {
            if let Found::Record(seq, _) = found {
                newest[tenant as usize] = seq;
            }
        })?;
    }
    Ok((store, newest))
}

/// Deletes each tenant's records below a number.
fn cut(candidate: Candidate, dir: &Path, below: u64) -> Result<()> {
    let (mut store, _) = opened(candidate, dir)?;
    let begun = Instant::now();
    for tenant in 0..TENANTS {
        store.lane_of(tenant)?.cut(tenant, below)?;
    }
    println!("cut {}", begun.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

fn tidy(candidate: Candidate, dir: &Path) -> Result<()> {
    let (mut store, _) = opened(candidate, dir)?;
    let begun = Instant::now();
    store.lanes()?.into_iter().try_for_each(|lane| lane.tidy())?;
    println!("tidy {}", begun.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

/// Deletes the third tenant's records.
fn forget(candidate: Candidate, dir: &Path, means: &str) -> Result<()> {
    let (store, newest) = opened(candidate, dir)?;
    let means = match means {
        "deleted" => Means::Deleted,
        "tidied" => Means::Tidied,
        "folder" => Means::Folder,
        other => bail!("{other} is no means"),
    };
    store.forget(3, newest[3], means)
}

/// A journal's life: `count` records of each tenant, `each` a commit; whenever another tenth is written, a
/// snapshot begins, and the one before it is done: what that covers is deleted.
fn life(candidate: Candidate, dir: &Path, size: u64, count: u64, each: u64) -> Result<()> {
    let mut store = Store::open(candidate, dir)?;
    let pool = Pool::new(size as usize);
    let mut maker = Maker::new(candidate, &pool)?;
    let mut next = vec![1; TENANTS as usize];
    let written = system::written()?;
    let (mut peak, mut cutting, mut cuts) = (0, Duration::ZERO, 0);
    let mut covered = next.clone();
    for tenth in 1..=10 {
        while next[TENANTS as usize - 1] <= count * tenth / 10 {
            for lane in 0..lanes_of(candidate) {
                let tenants = store.tenants_of(lane);
                let entries = maker.next(&tenants, each, &mut next)?;
                store.lane_of(tenants[0])?.commit(&entries)?;
            }
        }
        store.lanes()?.into_iter().for_each(|lane| lane.snapshot());
        peak = peak.max(system::taken(dir)?);
        let begun = Instant::now();
        for tenant in 0..TENANTS {
            store.lane_of(tenant)?.cut(tenant, covered[tenant as usize])?;
        }
        covered.clone_from(&next);
        cutting += begun.elapsed();
        cuts += u64::from(TENANTS);
    }
    drop(store);
    println!("written {}", (system::written()? - written) as f64 / maker.given as f64);
    println!("peak {}", peak as f64 / 1e6);
    println!("end {}", system::taken(dir)? as f64 / 1e6);
    println!("cut {}", cutting.as_secs_f64() * 1e3 / cuts as f64);
    Ok(())
}

/// Reads what was damaged. What is known is printed at once, because this process may not live to the end.
fn read(candidate: Candidate, dir: &Path, size: u64, count: u64) -> Result<()> {
    std::panic::set_hook(Box::new(|_| {}));
    system::skip_syncs();
    let pool = Pool::new(size as usize);
    let mut store = Store::open(candidate, dir)?;
    println!("told {}", store.told.len());
    let mut text = Vec::new();
    for tenant in 0..TENANTS {
        let (mut last, mut good, mut wrong, mut told, mut own) = (0, 0, 0, 0, 0);
        let lane = match store.lane_of(tenant) {
            Ok(lane) => lane,
            Err(error) => {
                println!("refused 1");
                eprintln!("tenant {tenant}: {error:#}");
                continue;
            }
        };
        let read = lane.read(tenant, &mut |found| match found {
            Found::Record(seq, body) => {
                // What begat can see for itself: a number that does not follow the one before it.
                own += u64::from(seq != last + 1);
                last = seq;
                pool.write(tenant, seq, &mut text);
                let plain = if candidate.zstd {
                    zstd::bulk::decompress(body, 1 << 20).ok()
                } else {
                    Some(body.to_vec())
                };
                if plain.as_ref() == Some(&text) && seq <= count { good += 1 } else { wrong += 1 }
            }
            Found::Told(words) => {
                told += 1;
                eprintln!("tenant {tenant}: {words}");
            }
            Found::Unsealed(seq) => {
                own += 1;
                eprintln!("tenant {tenant}: record {seq} is not what its checksum says");
            }
        });
        if let Err(error) = read {
            told += 1;
            eprintln!("tenant {tenant}: {error:#}");
        }
        println!("good-{tenant} {good}\nwrong {wrong}\ntold {told}\nown {own}");
    }
    println!("alive 1");
    Ok(())
}
