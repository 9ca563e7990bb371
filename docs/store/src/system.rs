//! What the kernel tells of this process and of a folder, and a count of its syncs.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

static SYNCS: AtomicU64 = AtomicU64::new(0);
static DELAY_NS: AtomicU64 = AtomicU64::new(0);
static SKIPPED: AtomicBool = AtomicBool::new(false);

/// Syncs that any thread of this process has had done so far, whichever candidate's code it ran.
pub fn syncs() -> u64 {
    SYNCS.load(Ordering::Relaxed)
}

/// From now on every sync takes so much longer: a slower disk, whose flushes do not wait for one another.
pub fn slow_down(by: Duration) {
    DELAY_NS.store(by.as_nanos() as u64, Ordering::Relaxed);
}

/// From now on nothing is synced: for samples that are about what is read, not about how fast.
pub fn skip_syncs() {
    SKIPPED.store(true, Ordering::Relaxed);
}

fn counted(number: libc::c_long, fd: libc::c_int) -> libc::c_int {
    if SKIPPED.load(Ordering::Relaxed) {
        return 0;
    }
    // SAFETY: both system calls take a descriptor by value and no memory; they answer 0, or -1 with errno set.
    #[allow(unsafe_code)]
    let answer = unsafe { libc::syscall(number, fd) };
    // After a failure nothing may touch errno.
    if answer == 0 {
        thread::sleep(Duration::from_nanos(DELAY_NS.load(Ordering::Relaxed)));
        SYNCS.fetch_add(1, Ordering::Relaxed);
    }
    answer as libc::c_int
}

/// Stands in for libc's in this program, so that the candidates' syncs are counted.
// SAFETY: of the same signature and meaning as the function of that name in libc, which nothing else defines.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
extern "C" fn fsync(fd: libc::c_int) -> libc::c_int {
    counted(libc::SYS_fsync, fd)
}

/// Stands in for libc's, as [`fsync`] does.
// SAFETY: as above.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
extern "C" fn fdatasync(fd: libc::c_int) -> libc::c_int {
    counted(libc::SYS_fdatasync, fd)
}

/// Bytes that this process has had written to disk: pages made dirty, each once until it is written.
pub fn written() -> Result<u64> {
    field("/proc/self/io", "write_bytes:")
}

/// Memory that is resident now, and at its highest since [`forget_peak`], in bytes.
pub fn resident() -> Result<(u64, u64)> {
    Ok((field("/proc/self/status", "VmRSS:")? * 1024, field("/proc/self/status", "VmHWM:")? * 1024))
}

/// Counts the highest memory anew.
pub fn forget_peak() -> Result<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

fn field(file: &str, name: &str) -> Result<u64> {
    let text = fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()).context("a field is missing")?;
    Ok(number.parse()?)
}

/// All files below a folder.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() { files.extend(self::files(&path)?) } else { files.push(path) }
    }
    files.sort();
    Ok(files)
}

/// What the files below a folder take on disk.
pub fn taken(folder: &Path) -> Result<u64> {
    // What a candidate is just removing counts no more.
    Ok(files(folder)?.iter().filter_map(|path| fs::metadata(path).ok()).map(|file| file.blocks() * 512).sum())
}

/// Leaves nothing of a folder's files in memory, so that the next to read them reads the disk.
pub fn evict(folder: &Path) -> Result<()> {
    for path in files(folder)? {
        let file = File::open(path)?;
        file.sync_all()?;
        // SAFETY: an open descriptor by value and no memory; it is advice that changes no byte.
        #[allow(unsafe_code)]
        let refused = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
        anyhow::ensure!(refused == 0, "the kernel refuses to let go of cached pages");
    }
    Ok(())
}

/// The machine, as a table without its end.
pub fn machine(folder: &Path) -> Result<String> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let memory = field("/proc/meminfo", "MemTotal:")? as f64 / 1024.0 / 1024.0;
    let whole = folder.canonicalize()?;
    let mounts = read("/proc/mounts");
    let mount = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let mount = mount.filter(|mount| mount.len() > 3 && whole.starts_with(mount[1]));
    let mount = mount.max_by_key(|mount| mount[1].len()).map(|mount| format!("{} ({})", mount[2], mount[3]));
    Ok(format!(
        "| what | here |\n|---|---|\n| CPU | {}, {} cores |\n| memory | {memory:.0} GiB |\n| kernel | {} |\n\
         | file system | {} |",
        model.trim_start_matches([' ', '\t', ':']),
        thread::available_parallelism()?,
        read("/proc/sys/kernel/osrelease").trim(),
        mount.unwrap_or_default(),
    ))
}
