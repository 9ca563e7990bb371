//! raft-engine: a group for each tenant in one log.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Result, anyhow};
use protobuf::well_known_types::BytesValue;
use raft_engine::{Command, Config, LogBatch, MessageExt, ReadableSize, RecoveryMode};

use super::{Entry, Found, Lane, probe, sealed, unseal};

type Engine = raft_engine::Engine;

/// The default, 128 megabytes, would never be reached here.
const FILE: ReadableSize = ReadableSize::mb(8);

pub struct Raft(Engine);

#[derive(Clone)]
struct Sealed;

impl MessageExt for Sealed {
    type Entry = BytesValue;

    fn index(entry: &BytesValue) -> u64 {
        entry.value.first_chunk().map_or(0, |number| u64::from_le_bytes(*number))
    }
}

impl Raft {
    /// As it does by default; if it refuses, with the mode that leaves out whatever is damaged.
    pub fn open(folder: &Path, told: &mut Vec<String>) -> Result<Self> {
        match engine(folder, RecoveryMode::TolerateTailCorruption) {
            Ok(engine) => Ok(Self(engine)),
            Err(error) => {
                told.push(format!("{error:#}"));
                Ok(Self(engine(folder, RecoveryMode::TolerateAnyCorruption)?))
            }
        }
    }
}

fn engine(folder: &Path, recovery_mode: RecoveryMode) -> Result<Engine> {
    let config = Config {
        dir: folder.to_string_lossy().into_owned(),
        recovery_mode,
        // Compression is measured apart, the same for all.
        batch_compression_threshold: ReadableSize(0),
        target_file_size: FILE,
        purge_threshold: FILE,
        enable_log_recycle: false,
        ..Config::default()
    };
    catch_unwind(AssertUnwindSafe(|| Engine::open(config)))
        .map_err(|_| anyhow!("panicked"))?
        .map_err(Into::into)
}

impl Lane for Raft {
    fn commit(&mut self, entries: &[Entry]) -> Result<()> {
        let mut batch = LogBatch::default();
        for of_one in entries.chunk_by(|a, b| a.tenant == b.tenant) {
            let message = |entry: &Entry| BytesValue { value: sealed(entry), ..BytesValue::default() };
            let messages: Vec<_> = of_one.iter().map(message).collect();
            batch.add_entries::<Sealed>(of_one[0].tenant.into(), &messages)?;
        }
        self.0.write(&mut batch, true)?;
        Ok(())
    }

    fn read(&mut self, tenant: u32, take: &mut dyn FnMut(Found<'_>)) -> Result<()> {
        let group = u64::from(tenant);
        let (Some(first), Some(last)) = (self.0.first_index(group), self.0.last_index(group)) else {
            return Ok(());
        };
        let mut read = first.saturating_sub(1);
        for seq in first..=last {
            match catch_unwind(AssertUnwindSafe(|| self.0.get_entry::<Sealed>(group, seq))) {
                Ok(Ok(Some(message))) => unseal(tenant, seq, &message.value, take),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => take(Found::Told(error.to_string())),
                Err(_) => take(Found::Told("panicked".into())),
            }
            read = seq;
        }
        let get = |seq| Ok(self.0.get_entry::<Sealed>(group, seq)?.map(|message| message.value));
        probe(read, take, get, |seq, value, take| unseal(tenant, seq, value, take));
        Ok(())
    }

    fn cut(&mut self, tenant: u32, below: u64) -> Result<()> {
        let mut batch = LogBatch::default();
        batch.add_command(tenant.into(), Command::Compact { index: below });
        self.0.write(&mut batch, true)?;
        self.0.purge_expired_files()?;
        Ok(())
    }

    fn tidy(&mut self) -> Result<()> {
        self.0.purge_manager().must_rewrite_append_queue(None, None);
        self.0.purge_manager().must_rewrite_rewrite_queue();
        self.0.purge_manager().must_purge_all_stale();
        self.0.purge_expired_files()?;
        Ok(())
    }
}
