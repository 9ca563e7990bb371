//! A pack in memory: rows in one order, and what can be done with them.

use std::cmp::Ordering;

use super::fields::IMAGE;
use super::hosts::{Hosts, OF_ALL, OF_ROW, Sketch};
use super::info::Summary;
use super::key::KeyId;
use crate::error::Error;

/// Which row: an image, a field of it where it was known, or a value. In this order they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// A text's number.
    pub(super) image: u32,
    /// A field's number; [`IMAGE`] for the image itself.
    pub(super) field: u8,
    /// A text's number; none for all executions in which the field was known.
    pub(super) value: Option<u32>,
}

/// How often, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) executions: u64,
    pub(super) hosts: Hosts,
}

/// Counts without hostnames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Names the key of the hosts' hashes; none where the pack was stripped of them.
    pub(super) key: Option<KeyId>,
    /// Some numbers of a stripped pack had been estimates.
    pub(super) was_estimated: bool,
    /// Sorted, each used by some row.
    pub(super) texts: Vec<Box<str>>,
    /// All images together.
    pub(super) total: Tally,
    /// Sorted.
    pub(super) rows: Vec<(Place, Tally)>,
}

impl Pack {
    /// Both together.
    ///
    /// # Errors
    /// A stripped pack, or one under another key.
    pub fn merge(self, other: Self) -> Result<Self, Error> {
        match (self.key, other.key) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                let message = format!("the hosts are hashed with another key: {b}, not {a}");
                return Err(Error::invalid("key-id", message));
            }
            _ => return Err(Error::invalid("pack", "a stripped pack has no hosts, and merges no more")),
        }
        let (texts, own, others) = merge_texts(self.texts, other.texts);
        let mut rows = Vec::with_capacity(self.rows.len().max(other.rows.len()));
        let mut a = self.rows.into_iter().map(|row| renumbered(row, &own)).peekable();
        let mut b = other.rows.into_iter().map(|row| renumbered(row, &others)).peekable();
        while let Some(order) = earlier(a.peek().map(|row| row.0), b.peek().map(|row| row.0)) {
            let row = if order == Ordering::Greater { b.next() } else { a.next() };
            let Some(mut row) = row else { break };
            if order == Ordering::Equal
                && let Some((_, tally)) = b.next()
            {
                row.1.join(&tally, OF_ROW);
            }
            rows.push(row);
        }
        let mut total = self.total;
        total.join(&other.total, OF_ALL);
        Ok(Self { key: self.key, was_estimated: false, texts, total, rows })
    }

    /// What it says of itself.
    pub(super) fn summary(&self) -> Summary {
        let more = |tally: &Tally| matches!(&tally.hosts, Hosts::Hashed(Sketch { more: true, .. }));
        let is_image = |row: &&(Place, Tally)| row.0.field == IMAGE;
        let is_known = |row: &&(Place, Tally)| row.0.field != IMAGE && row.0.value.is_none();
        let known = self.rows.iter().filter(is_known).count();
        Summary {
            key: self.key,
            executions: self.total.executions,
            hosts: Within::new(&self.total).total,
            estimated: self.was_estimated || more(&self.total) || self.rows.iter().any(|row| more(&row.1)),
            images: self.rows.iter().filter(is_image).count() as u64,
            rows: (self.rows.len() - known) as u64,
        }
    }
}

impl Tally {
    fn join(&mut self, other: &Self, bound: usize) {
        self.executions = self.executions.saturating_add(other.executions);
        if let (Hosts::Hashed(own), Hosts::Hashed(other)) = (&mut self.hosts, &other.hosts) {
            own.join(other, bound);
        }
    }
}

impl Place {
    pub(super) fn renumbered(self, places: &[u32]) -> Self {
        let of = |text: u32| places.get(text as usize).copied().unwrap_or(u32::MAX);
        Self { image: of(self.image), value: self.value.map(of), ..self }
    }
}

fn renumbered((place, tally): (Place, Tally), places: &[u32]) -> (Place, Tally) {
    (place.renumbered(places), tally)
}

/// Which of two comes first; nothing when both have ended.
fn earlier<T: Ord>(a: Option<T>, b: Option<T>) -> Option<Ordering> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        (Some(_), None) => Some(Ordering::Less),
        (None, Some(_)) => Some(Ordering::Greater),
        (None, None) => None,
    }
}

/// Both sorted lists as one, and the new numbers of each.
fn merge_texts(a: Vec<Box<str>>, b: Vec<Box<str>>) -> (Vec<Box<str>>, Vec<u32>, Vec<u32>) {
    let (mut of_a, mut of_b) = (Vec::with_capacity(a.len()), Vec::with_capacity(b.len()));
    let mut texts = Vec::with_capacity(a.len().max(b.len()));
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    while let Some(order) = earlier(a.peek(), b.peek()) {
        let number = u32::try_from(texts.len()).unwrap_or(u32::MAX);
        let mut text = None;
        if order != Ordering::Greater {
            text = a.next();
            of_a.push(number);
        }
        if order != Ordering::Less {
            text = b.next();
            of_b.push(number);
        }
        texts.extend(text);
    }
    (texts, of_a, of_b)
}

/// Numbers of hosts, as they are shown: an estimate is never more than the executions, nor than what the
/// row is a part of.
#[derive(Debug)]
pub(super) struct Within {
    pub(super) total: u64,
    pub(super) image: u64,
    pub(super) known: u64,
}

impl Within {
    /// Of all images together.
    pub(super) fn new(total: &Tally) -> Self {
        Self { total: total.hosts.estimate().min(total.executions), image: 0, known: 0 }
    }

    /// Of a row, which comes after those that it is a part of.
    pub(super) fn hosts(&mut self, place: Place, executions: u64, estimate: u64) -> u64 {
        let hosts = estimate.min(executions);
        match place {
            Place { field: IMAGE, .. } => {
                self.image = hosts.min(self.total);
                self.image
            }
            Place { value: None, .. } => {
                self.known = hosts.min(self.image);
                self.known
            }
            _ => hosts.min(self.known),
        }
    }
}
