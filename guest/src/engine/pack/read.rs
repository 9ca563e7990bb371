//! A pack from its bytes, row by row into memory.

use super::decode::{Count, Head, Sink, read};
use super::hosts::{Hosts, Sketch};
use super::rows::{Pack, Place, Tally};
use crate::error::Error;

impl Pack {
    /// A pack that was made before.
    ///
    /// # Errors
    /// What is no pack, or contradicts itself; the field is the offset of the byte.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut rows = Rows::default();
        let (key, _) = read(bytes, &mut rows)?;
        let total = rows.total.unwrap_or(Tally { executions: 0, hosts: Hosts::Counted(0) });
        let Rows { was_estimated, texts, rows, .. } = rows;
        Ok(Self { key, was_estimated, texts, total, rows })
    }
}

/// Keeps what is read.
#[derive(Default)]
struct Rows {
    was_estimated: bool,
    is_stripped: bool,
    texts: Vec<Box<str>>,
    hashes: Vec<u64>,
    total: Option<Tally>,
    rows: Vec<(Place, Tally)>,
}

impl Rows {
    fn tally(&self, count: &Count<'_>) -> Tally {
        let hash = |&place: &u32| self.hashes.get(place as usize).copied();
        let hosts = if self.is_stripped {
            Hosts::Counted(count.hosts)
        } else {
            Hosts::Hashed(Sketch { hashes: count.places.iter().filter_map(hash).collect(), more: count.more })
        };
        Tally { executions: count.executions, hosts }
    }
}

impl Sink for Rows {
    fn begin(&mut self, head: &Head<'_>, total: &Count<'_>) {
        self.was_estimated = head.was_estimated;
        self.is_stripped = head.key.is_none();
        self.texts = head.texts.iter().map(|&text| text.into()).collect();
        self.hashes.clone_from(&head.hashes);
        self.rows.reserve(head.rows);
        self.total = Some(self.tally(total));
    }

    fn row(&mut self, place: Place, count: &Count<'_>) {
        let tally = self.tally(count);
        self.rows.push((place, tally));
    }
}
