//! fjall: a keyspace for each tenant, whose journal all keyspaces of a database share; a synced batch a commit.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Result, anyhow};
use fjall::config::CompressionPolicy;
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Entry, Found, Lane, probe, sealed, unseal};

/// The least that its documentation recommends, and the least that it takes: the defaults, 64 and 512
/// megabytes, would keep in its journal all that is written here.
const MEMTABLE: u64 = 8 * 1024 * 1024;
const JOURNAL: u64 = 64 * 1024 * 1024;

pub struct Fjall {
    database: Database,
    keyspaces: BTreeMap<u32, Keyspace>,
}

impl Fjall {
    pub fn open(folder: &Path) -> Result<Self> {
        // Compression is measured apart, the same for all.
        let database = Database::builder(folder)
            .max_journaling_size(JOURNAL)
            .journal_compression(CompressionType::None)
            .worker_threads(1)
            .open()?;
        Ok(Self { database, keyspaces: BTreeMap::new() })
    }

    fn keyspace(&mut self, tenant: u32) -> Result<Keyspace> {
        if let Some(keyspace) = self.keyspaces.get(&tenant) {
            return Ok(keyspace.clone());
        }
        let options = || {
            KeyspaceCreateOptions::default()
                .max_memtable_size(MEMTABLE)
                .data_block_compression_policy(CompressionPolicy::disabled())
        };
        let keyspace = self.database.keyspace(&tenant.to_string(), options)?;
        self.keyspaces.insert(tenant, keyspace.clone());
        Ok(keyspace)
    }
}

impl Lane for Fjall {
    fn commit(&mut self, entries: &[Entry]) -> Result<()> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        for entry in entries {
            batch.insert(&self.keyspace(entry.tenant)?, entry.seq.to_be_bytes(), sealed(entry));
        }
        Ok(batch.commit()?)
    }

    fn read(&mut self, tenant: u32, take: &mut dyn FnMut(Found<'_>)) -> Result<()> {
        let keyspace = self.keyspace(tenant)?;
        let mut last = 0;
        let walked = catch_unwind(AssertUnwindSafe(|| {
            for entry in keyspace.iter() {
                let (key, value) = entry.into_inner()?;
                let seq = u64::from_be_bytes((*key).try_into()?);
                last = seq;
                unseal(tenant, seq, &value, take);
            }
            anyhow::Ok(())
        }));
        let trouble = match walked {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => anyhow!("panicked"),
        };
        take(Found::Told(format!("{trouble:#}")));
        let get = |seq: u64| Ok(keyspace.get(seq.to_be_bytes())?.map(|value| value.to_vec()));
        probe(last, take, get, |seq, value, take| unseal(tenant, seq, value, take));
        Ok(())
    }

    fn cut(&mut self, tenant: u32, below: u64) -> Result<()> {
        let keyspace = self.keyspace(tenant)?;
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        for entry in keyspace.range(..below.to_be_bytes()) {
            batch.remove(&keyspace, entry.key()?);
        }
        Ok(batch.commit()?)
    }

    fn settle(&mut self) -> Result<()> {
        for keyspace in self.keyspaces.values() {
            keyspace.rotate_memtable_and_wait()?;
        }
        Ok(())
    }

    /// Neither call is documented: fjall has no documented way to have deleted records gone.
    fn tidy(&mut self) -> Result<()> {
        for tenant in self.database.list_keyspace_names() {
            let keyspace = self.keyspace(tenant.parse()?)?;
            keyspace.rotate_memtable_and_wait()?;
            keyspace.major_compact()?;
        }
        Ok(())
    }
}
