//! What makes a suspicion of a violation: the violation alone is evidence (SPEC section 3).
//!
//! Asked at the end and worked out from what is known then, unlike begat's own alert on it, which says what was
//! known when the start was read.

use super::What;
use super::place::Place;
use crate::engine::hashing::Set;
use crate::engine::hierarchy::Reason;
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;

/// A name that so many of a hundred hosts run, and at least so many hosts, resembles nobody's by accident of one
/// attacker (SPEC section 3; the least number is ours: of one host, one is a hundred percent).
const COMMON_PERCENT: u64 = 5;
const COMMON_HOSTS: u32 = 3;

/// What else speaks against a start that is against the expected hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Corroboration {
    /// Everybody can write where it lies.
    WritableDirectory,
    /// It lies where neither it nor any installed program belongs.
    ForeignDirectory,
    /// Its image is known to have no signature.
    Unsigned,
    /// Nearly nobody runs it.
    Rare,
    /// An alert stands on it or on what started it, within its causality group.
    AlertOnChain,
}

impl Corroboration {
    /// The code of the contract.
    pub(in crate::engine) fn as_str(self) -> &'static str {
        match self {
            Self::WritableDirectory => "writable-directory",
            Self::ForeignDirectory => "foreign-directory",
            Self::Unsigned => "unsigned",
            Self::Rare => "rare",
            Self::AlertOnChain => "alert-on-chain",
        }
    }

    /// For people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::WritableDirectory => "it lies where everybody can write",
            Self::ForeignDirectory => "it does not lie where it belongs",
            Self::Unsigned => "it is not signed",
            Self::Rare => "nearly nobody runs it",
            Self::AlertOnChain => "there is an alert on what started it",
        }
    }

    /// A directory that is not its own speaks against it, unless only who installs programs can write there:
    /// another vendor's program of that name.
    pub(super) fn of_place(path: &str, is_misplaced: bool) -> Option<Self> {
        match Place::of(path) {
            Place::Writable => Some(Self::WritableDirectory),
            Place::Elsewhere if is_misplaced => Some(Self::ForeignDirectory),
            _ => None,
        }
    }
}

impl State {
    /// All that speaks against a start whose verdict is a violation; `alerted` from [`Self::alerted`], `unsigned` from
    /// [`Self::unsigned_of`].
    pub(in crate::engine) fn corroborations(
        &self,
        id: RowId,
        alerted: &Set<RowId>,
        unsigned: &Set<RowId>,
    ) -> Vec<Corroboration> {
        if self.is_common_name(id) {
            return Vec::new();
        }
        let path = self.named(id).map_or("", |(_, path)| path);
        let place = Corroboration::of_place(path, self.is_misplaced(id, path));
        let unsigned = unsigned.contains(&id).then_some(Corroboration::Unsigned);
        let rare = self.rarity(id).map(|_| Corroboration::Rare);
        let lineage = self.lineage(id);
        let group = lineage.ancestors.iter().take(lineage.owner.unwrap_or(0));
        let rows = group.filter_map(|above| match above {
            Above::Row(row) => Some(*row),
            _ => None,
        });
        let is_alerted = rows.chain([id]).any(|row| alerted.contains(&self.standing(row)));
        let alert = is_alerted.then_some(Corroboration::AlertOnChain);
        [place, unsigned, rare, alert].into_iter().flatten().collect()
    }

    /// Processes with an alert, other than one that rests on a violation itself.
    pub(in crate::engine) fn alerted(&self) -> Set<RowId> {
        let own = What::UnexpectedParent.as_str();
        self.alerts.processes_but(own).map(|row| self.standing(row)).collect()
    }

    /// Whether a violation rests on or comes with a directory that is not the process's own.
    pub(super) fn is_misplaced(&self, id: RowId, path: &str) -> bool {
        let reason = self.table.row(id).start.and_then(|start| start.verdict.1);
        reason == Some(Reason::WrongDirectory) || self.profile.is_misplaced(path)
    }

    /// Whether a name that resembles a system process's is simply some program's, by how many hosts run it.
    pub(super) fn is_common_name(&self, id: RowId) -> bool {
        let Some(start) = self.table.row(id).start else { return false };
        if start.verdict.1 != Some(Reason::LookAlike) {
            return false;
        }
        let customer = self.counters.customer();
        let slots = start.counted.and_then(|counted| self.counters.slots().get(counted.shape.place()));
        let hosts = slots.map_or(0, |slots| customer.counts(slots.member).all.hosts);
        hosts >= COMMON_HOSTS && u64::from(hosts) * 100 >= u64::from(customer.hosts()) * COMMON_PERCENT
    }
}
