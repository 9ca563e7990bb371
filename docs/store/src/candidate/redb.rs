//! redb: a table for each tenant, one durable transaction a commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Result, anyhow};
use redb::{Database, ReadableDatabase, TableDefinition, TableError, WriteTransaction};

use super::{Entry, Found, Kind, Lane, probe, sealed, unseal};

type Table<'a> = TableDefinition<'a, u64, &'static [u8]>;

/// Nothing is read twice; the default would be a gigabyte.
const CACHE: usize = 16 * 1024 * 1024;

pub struct Redb {
    database: Database,
    quick: bool,
}

impl Redb {
    /// Checked or not; where the check refuses, without it after all, for what can still be read.
    pub fn open(folder: &Path, kind: Kind, told: &mut Vec<String>) -> Result<Self> {
        let checked = kind == Kind::RedbChecked;
        let database = match database(folder, checked) {
            Err(error) if checked => {
                told.push(format!("{error:#}"));
                database(folder, false)?
            }
            database => database?,
        };
        Ok(Self { database, quick: kind == Kind::RedbQuick })
    }

    fn begin(&self) -> Result<WriteTransaction> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_quick_repair(self.quick);
        Ok(transaction)
    }
}

fn database(folder: &Path, checked: bool) -> Result<Database> {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE).set_check_integrity_on_open(checked);
    let opened = catch_unwind(AssertUnwindSafe(|| builder.create(folder.join("journal.redb"))));
    Ok(opened.map_err(|_| anyhow!("panicked"))??)
}

impl Lane for Redb {
    fn commit(&mut self, entries: &[Entry]) -> Result<()> {
        let transaction = self.begin()?;
        for of_one in entries.chunk_by(|a, b| a.tenant == b.tenant) {
            let mut table = transaction.open_table(Table::new(&of_one[0].tenant.to_string()))?;
            for entry in of_one {
                table.insert(entry.seq, sealed(entry).as_slice())?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn read(&mut self, tenant: u32, take: &mut dyn FnMut(Found<'_>)) -> Result<()> {
        let name = tenant.to_string();
        let transaction = self.database.begin_read()?;
        let table = match transaction.open_table(Table::new(&name)) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(()),
            table => table?,
        };
        let mut last = 0;
        let walked = catch_unwind(AssertUnwindSafe(|| {
            for entry in table.range(0..)? {
                let (seq, value) = entry?;
                last = seq.value();
                unseal(tenant, seq.value(), value.value(), take);
            }
            Ok::<_, redb::Error>(())
        }));
        let trouble = match walked {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => anyhow!(error),
            Err(_) => anyhow!("panicked"),
        };
        take(Found::Told(format!("{trouble:#}")));
        let get = |seq| Ok(table.get(seq)?.map(|value| value.value().to_vec()));
        probe(last, take, get, |seq, value, take| unseal(tenant, seq, value, take));
        Ok(())
    }

    fn cut(&mut self, tenant: u32, below: u64) -> Result<()> {
        let transaction = self.begin()?;
        transaction.open_table(Table::new(&tenant.to_string()))?.retain_in(..below, |_, _| false)?;
        Ok(transaction.commit()?)
    }

    fn tidy(&mut self) -> Result<()> {
        while self.database.compact()? {}
        Ok(())
    }
}
