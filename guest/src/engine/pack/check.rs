//! What must hold between the rows of a pack: a part is never more than the whole.

use super::cursor::fault;
use super::decode::{Count, Head};
use super::fields::{IMAGE, is_list};
use super::rows::Place;
use crate::error::Error;

/// What a row is a part of.
#[derive(Debug, Default, Clone, Copy)]
struct Whole {
    executions: u64,
    hosts: u64,
    /// Of the hashes kept: how many, the last one's place, and whether there were more.
    kept: usize,
    last: u32,
    more: bool,
    /// Executions of its parts so far.
    parts: u64,
    /// Marks its hashes.
    mark: u32,
}

/// The wholes of the row that comes next, and which texts and hashes were used.
#[derive(Debug)]
pub(super) struct Check {
    stripped: bool,
    total: Whole,
    image: Whole,
    known: Whole,
    /// By hash: the last mark of each kind of row that had it; of values only where it may be theirs alone.
    marks: [Vec<u32>; 4],
    texts: Vec<bool>,
    next_mark: u32,
    field: u8,
}

const TOTAL: usize = 0;
const OF_IMAGE: usize = 1;
const OF_FIELD: usize = 2;
const OF_VALUE: usize = 3;

impl Check {
    /// Before the rows. `from` is where the total stands.
    pub(super) fn new(head: &Head<'_>, total: &Count<'_>, from: usize) -> Result<Self, Error> {
        let none = || vec![0; head.hashes.len()];
        let mut check = Self {
            stripped: head.key.is_none(),
            total: Whole::default(),
            image: Whole::default(),
            known: Whole::default(),
            marks: [none(), none(), none(), none()],
            texts: vec![false; head.texts.len()],
            next_mark: 0,
            field: IMAGE,
        };
        if total.executions > 0 {
            check.on_its_own(total).map_err(|what| fault(from, what))?;
        } else if total.hosts > 0 || !total.places.is_empty() {
            return Err(fault(from, "hosts without executions"));
        }
        check.total = check.whole(TOTAL, total);
        Ok(check)
    }

    /// The next row. Returns the number of its hosts as it is shown.
    pub(super) fn row(&mut self, place: Place, count: &Count<'_>) -> Result<u64, String> {
        self.on_its_own(count)?;
        for text in std::iter::once(place.image).chain(place.value) {
            if let Some(used) = self.texts.get_mut(text as usize) {
                *used = true;
            }
        }
        match place {
            Place { field: IMAGE, .. } => {
                self.leave_field()?;
                let hosts = self.part_of(TOTAL, self.total, count, "the image", "all images")?;
                self.total.parts = added(self.total.parts, count.executions, "the images")?;
                self.image = self.whole(OF_IMAGE, &Count { hosts, ..*count });
                Ok(hosts)
            }
            Place { value: None, field, .. } => {
                self.leave_field()?;
                let hosts = self.part_of(OF_IMAGE, self.image, count, "the field", "the image")?;
                self.known = self.whole(OF_FIELD, &Count { hosts, ..*count });
                self.field = field;
                Ok(hosts)
            }
            _ => {
                let hosts = self.part_of(OF_FIELD, self.known, count, "the value", "the field")?;
                self.known.parts = added(self.known.parts, count.executions, "the values")?;
                if self.known.more {
                    self.whole(OF_VALUE, count);
                }
                Ok(hosts)
            }
        }
    }

    /// After the last row.
    pub(super) fn end(&mut self) -> Result<(), String> {
        self.leave_field()?;
        self.all_of(self.total, "the images")?;
        if let Some(text) = self.texts.iter().position(|used| !used) {
            return Err(format!("no row uses the text {text}"));
        }
        let mut hash = 0..self.marks[TOTAL].len();
        let is_used = |hash: usize| self.marks.iter().any(|marks| marks.get(hash).is_some_and(|&m| m > 0));
        hash.find(|&hash| !is_used(hash)).map_or(Ok(()), |hash| Err(format!("no row uses the hash {hash}")))
    }

    /// The values of a field that an execution has one of add up to those in which it was known.
    fn leave_field(&mut self) -> Result<(), String> {
        let (field, known) = (std::mem::replace(&mut self.field, IMAGE), std::mem::take(&mut self.known));
        if field == IMAGE || is_list(field) { Ok(()) } else { self.all_of(known, "the values") }
    }

    fn all_of(&self, whole: Whole, what: &str) -> Result<(), String> {
        let Whole { executions, parts, .. } = whole;
        let fits = if self.stripped { parts <= executions } else { parts == executions };
        if fits {
            Ok(())
        } else {
            Err(format!("{what} before have {parts} executions, and should have {executions}"))
        }
    }

    fn on_its_own(&self, count: &Count<'_>) -> Result<(), String> {
        let hosts =
            if self.stripped { count.hosts } else { count.places.len() as u64 + u64::from(count.more) };
        let executions = count.executions;
        match (executions, hosts) {
            (0, _) => Err("a row without executions".into()),
            (_, 0) => Err("executions without a host".into()),
            _ if hosts > executions => Err(format!("{hosts} hosts have {executions} executions")),
            _ => Ok(()),
        }
    }

    fn part_of(
        &mut self,
        kind: usize,
        whole: Whole,
        count: &Count<'_>,
        part_is: &str,
        whole_is: &str,
    ) -> Result<u64, String> {
        let (part, all) = (count.executions, whole.executions);
        if part > all {
            return Err(format!("{part_is} has {part} executions, {whole_is} {all}"));
        }
        if self.stripped {
            let (part, all) = (count.hosts, whole.hosts);
            return if part > all {
                Err(format!("{part_is} has {part} hosts, {whole_is} {all}"))
            } else {
                Ok(part)
            };
        }
        let marks = self.marks.get(kind).map(Vec::as_slice).unwrap_or_default();
        let is_foreign = |&&place: &&u32| {
            let kept = !whole.more || place <= whole.last;
            kept && marks.get(place as usize) != Some(&whole.mark)
        };
        let unseen = count.more && !whole.more && count.places.len() >= whole.kept;
        if unseen || count.places.iter().any(|place| is_foreign(&place)) {
            return Err(format!("{part_is} has hosts that {whole_is} has not"));
        }
        Ok(count.hosts.min(part).min(whole.hosts))
    }

    fn whole(&mut self, kind: usize, count: &Count<'_>) -> Whole {
        self.next_mark += 1;
        let mark = self.next_mark;
        if let Some(marks) = self.marks.get_mut(kind) {
            for &place in count.places {
                if let Some(at) = marks.get_mut(place as usize) {
                    *at = mark;
                }
            }
        }
        Whole {
            executions: count.executions,
            hosts: count.hosts,
            kept: count.places.len(),
            last: count.places.last().copied().unwrap_or(0),
            more: count.more,
            parts: 0,
            mark,
        }
    }
}

fn added(sum: u64, more: u64, what: &str) -> Result<u64, String> {
    sum.checked_add(more).ok_or_else(|| format!("{what} have more executions than can be counted"))
}
