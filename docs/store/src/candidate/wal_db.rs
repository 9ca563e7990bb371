//! wal-db: a log in segments; records appended, then one sync a commit.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use wal_db::{Lsn, OpenPolicy, RecoveryPolicy, SegmentedStore, Wal, WalConfig, WalError};

use super::{Entry, Found, Lane, sealed, unseal};

/// As our own files have it.
const SEGMENT: u64 = super::files::SEGMENT;

pub struct WalDb {
    wal: Wal<SegmentedStore>,
    /// Where the records begin that were written or read; it names them by that.
    places: BTreeMap<u64, Lsn>,
}

impl WalDb {
    /// Strictly; if it refuses, as it does by default, which cuts off all that follows the damage.
    pub fn open(folder: &Path, told: &mut Vec<String>) -> Result<Self> {
        let config = WalConfig::new().with_recovery_policy(RecoveryPolicy::SkipBadRecords);
        let strict = config.with_open_policy(OpenPolicy::Strict);
        let wal = match Wal::open_segmented_with(folder, SEGMENT, strict) {
            Err(error @ WalError::Corruption { .. }) => {
                told.push(error.to_string());
                Wal::open_segmented_with(folder, SEGMENT, config)?
            }
            wal => wal?,
        };
        if wal.truncated_on_open() > 0 {
            told.push(format!("{} bytes cut off the end", wal.truncated_on_open()));
        }
        Ok(Self { wal, places: BTreeMap::new() })
    }
}

impl Lane for WalDb {
    fn commit(&mut self, entries: &[Entry]) -> Result<()> {
        for entry in entries {
            self.places.insert(entry.seq, self.wal.append(&sealed(entry))?);
        }
        Ok(self.wal.sync()?)
    }

    fn read(&mut self, tenant: u32, take: &mut dyn FnMut(Found<'_>)) -> Result<()> {
        for record in self.wal.iter()? {
            match record {
                Ok(record) => {
                    let number = record.data().first_chunk().map_or(0, |number| u64::from_le_bytes(*number));
                    self.places.insert(number, record.lsn());
                    unseal(tenant, number, record.data(), take);
                }
                Err(error) => take(Found::Told(error.to_string())),
            }
        }
        Ok(())
    }

    fn cut(&mut self, _tenant: u32, below: u64) -> Result<()> {
        let end = Lsn::new(self.wal.len());
        let (_, place) = self.places.range(below..).next().unwrap_or((&0, &end));
        let _ = self.wal.truncate_before(*place)?;
        self.places = self.places.split_off(&below);
        Ok(())
    }
}
