//! A batch that ended an instance, taken apart until the lines that do it stand alone.

use super::birth::Birth;
use super::command::Quarantined;
use crate::runtime::bindings::ingest::{Batch, Emit, Outcome, Rejection};
use crate::runtime::{Failure, Instance};

/// More lines of one batch that end an instance are not a few bad lines: the batch is refused.
const MOST: usize = 8;

/// What became of a batch.
pub(super) struct Parted {
    /// As if it had come without the lines that end an instance.
    pub(super) outcome: Outcome,
    /// Those, with how they did.
    pub(super) culprits: Vec<(u64, String)>,
}

/// The state that a batch meets.
pub(super) struct Ground<'a> {
    pub(super) birth: &'a Birth,
    /// As the component wrote it.
    pub(super) state: &'a [u8],
}

impl Ground<'_> {
    fn instance(&self) -> Result<Instance, Failure> {
        let mut instance = self.birth.instance()?;
        instance.restore(self.state)?;
        Ok(instance)
    }

    /// Takes a batch in that has ended an instance, halving what does. `instance` is a new one of the state that the batch
    /// met; on success it has taken it. The failure, and what the instance that ended had held before.
    pub(super) fn part(
        &self,
        instance: &mut Instance,
        batch: &Batch,
        (failure, held): (Failure, u64),
    ) -> Result<Parted, Failure> {
        let lines: Vec<&str> = batch.text.split_inclusive('\n').collect();
        // Who takes as much again as was there before, and more, does not lack room because of that.
        let has_room = |held: u64| held.saturating_mul(2) <= self.birth.limits.memory;
        // An instance that lived for long may have held much that a new one does not.
        let mut known = Some(failure).filter(|failure| !is_of_memory(failure) || has_room(held));
        let mut parted = Parted { outcome: nothing(), culprits: Vec::new() };
        let mut taken: Vec<Batch> = Vec::new();
        let mut left = Vec::from([(0, lines.len())]);
        while let Some((start, end)) = left.pop() {
            let text: String = lines.get(start..end).unwrap_or_default().concat();
            let first_line = batch.first_line.saturating_add(start as u64);
            let piece = Batch { first_line, text, ..batch.clone() };
            let held = instance.memory();
            // The whole has done it already: each try may cost all that a call is allowed.
            let failure = match known.take().map_or_else(|| instance.ingest(&piece), Err) {
                Ok(outcome) => {
                    add(&mut parted.outcome, outcome);
                    taken.push(Batch { emit: Emit::None, ..piece });
                    continue;
                }
                // No line's doing.
                Err(failure @ (Failure::Refused(_) | Failure::Machine { .. })) => return Err(failure),
                Err(failure) => failure,
            };
            // Whose state has no room left is ended by any line; that is not the line's doing.
            if is_of_memory(&failure) && !has_room(held) && self.birth.instance()?.ingest(&piece).is_ok() {
                return Err(failure);
            }
            if !instance.is_alive() {
                *instance = self.instance()?;
                for piece in &taken {
                    instance.ingest(piece)?;
                }
            }
            if end - start > 1 {
                let middle = start.midpoint(end);
                left.extend([(middle, end), (start, middle)]);
                continue;
            }
            if parted.culprits.len() == MOST {
                return Err(failure);
            }
            let cause = failure.to_string();
            add(&mut parted.outcome, in_its_place(&piece, &cause));
            parted.culprits.push((first_line, cause));
            let blank = Batch { text: "\n".into(), emit: Emit::None, ..piece };
            instance.ingest(&blank)?;
            taken.push(blank);
        }
        Ok(parted)
    }
}

fn is_of_memory(failure: &Failure) -> bool {
    matches!(failure, Failure::Memory { .. })
}

fn nothing() -> Outcome {
    Outcome { lines: 0, recognised: 0, passed: 0, rejected: Vec::new(), annotated: String::new() }
}

fn add(sum: &mut Outcome, outcome: Outcome) {
    sum.lines += outcome.lines;
    sum.recognised += outcome.recognised;
    sum.passed += outcome.passed;
    sum.rejected.extend(outcome.rejected);
    sum.annotated += &outcome.annotated;
}

/// What a line comes out as that is in quarantine.
fn in_its_place(piece: &Batch, cause: &str) -> Outcome {
    let message = format!("in quarantine: {cause}");
    let mut annotated = String::new();
    if piece.emit == Emit::All {
        let text = piece.text.trim_end_matches(['\n', '\r']);
        let text = text.get(..text.floor_char_boundary(64 << 10)).unwrap_or(text);
        annotated = serde_json::json!({ "message": text, "begat": { "error": message } }).to_string() + "\n";
    }
    let rejected = vec![Rejection { line: piece.first_line, column: None, message }];
    Outcome { lines: 1, recognised: 0, passed: 0, rejected, annotated }
}

/// The lines as they are kept.
pub(super) fn quarantined(batch: &Batch, sequence: u64, culprits: &[(u64, String)]) -> Vec<Quarantined> {
    let text = |line: u64| {
        let place = usize::try_from(line.checked_sub(batch.first_line)?).ok()?;
        batch.text.split_inclusive('\n').nth(place).map(|text| text.trim_end_matches('\n').to_owned())
    };
    let held = |(line, cause): &(u64, String)| Quarantined {
        sequence,
        line: *line,
        source: batch.source.clone(),
        environment: batch.environment.clone(),
        received_at: batch.received_at,
        cause: cause.clone(),
        text: text(*line),
    };
    culprits.iter().map(held).collect()
}
