//! The hot path: a batch of lines, one pass.

use memchr::memchr;

use super::batch::{Batch, Emit, Outcome, Rejection};
use super::observe::{Arrival, Observed};
use super::process::Origin;
use super::state::State;
use crate::formats::{BadLine, Reader, Reading, Record, Slot, alerts, auditd, recognise};
use crate::model::{Action, Alert, Event, Kind};
use crate::text::json::push_string;
use crate::text::members::without_member;

/// Of a line that is no record this much is shown, in bytes.
const SHOWN: usize = 64 * 1024;

/// What may stand before a line's first character that means something.
const BLANK: [char; 4] = ['\u{feff}', ' ', '\t', '\r'];

impl State {
    /// Takes a batch. A line that is no record never touches the others.
    pub(super) fn ingest(&mut self, batch: &Batch<'_>) -> Outcome {
        let reading = self.config.reading();
        let mut arrival = self.begin_at(batch, batch.first_line);
        let mut outcome = Outcome::default();
        if batch.emit == Emit::All {
            outcome.annotated.reserve(batch.text.len() * 2);
        }
        let mut reader = Reader::default();
        let mut rest = batch.text;
        while !rest.is_empty() {
            let end = memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            rest = after.get(1..).unwrap_or_default();
            self.take_line(line, arrival, &reading, batch.emit, &mut reader, &mut outcome);
            arrival.origin.line += 1;
            let before = self.numbering;
            self.evict_if_full(batch.received_at);
            if self.numbering != before {
                arrival = self.begin_at(batch, arrival.origin.line);
            }
        }
        self.catch_up();
        self.settle_processes(batch.received_at);
        self.age_events();
        // What went may leave one of two that fitted.
        self.settle_all(batch.received_at);
        // Lines that tell of no host are their environment's.
        if outcome.lines > outcome.recognised {
            let nowhere = self.note_host(arrival.environment, "");
            let tally = self.tally.of(nowhere);
            tally.lines += outcome.lines - outcome.recognised;
            tally.passed += outcome.passed;
            tally.rejected += outcome.rejected.len() as u64;
        }
        outcome
    }

    /// Brings up to date what rests on everything that was read.
    pub(super) fn settle_all(&mut self, at: i64) {
        self.catch_up();
        self.settle_processes(at);
        self.settle_alerts(at);
    }

    /// What the lines of a batch have in common, from a line on.
    fn begin_at(&mut self, batch: &Batch<'_>, line: u64) -> Arrival {
        self.annotates = batch.emit != Emit::Nothing;
        Arrival {
            received_at: batch.received_at,
            environment: batch.environment.map_or_else(Default::default, |e| self.strings.intern(e)),
            origin: Origin { source: self.strings.intern(batch.source), line },
        }
    }

    fn take_line(
        &mut self,
        line: &str,
        arrival: Arrival,
        reading: &Reading,
        emit: Emit,
        reader: &mut Reader,
        outcome: &mut Outcome,
    ) {
        outcome.lines += 1;
        let json = line.trim_start_matches(BLANK);
        if !json.starts_with('{') {
            if json.is_empty() {
                return pass(line, emit, outcome);
            }
            if let Some(record) = auditd::read(json)
                && self.take_audit_line(&record, json, arrival, emit, outcome)
            {
                return;
            }
            let Some(alert) = alerts::read_raw(json, reading, arrival.received_at) else {
                outcome.passed += 1;
                return pass(line, emit, outcome);
            };
            return self.take_alert_line(alert, json, arrival, emit, outcome);
        }
        let record = match Record::parse(json, reader) {
            Ok(record) => record,
            Err(bad) => return reject(line, bad, arrival.origin.line, emit, outcome),
        };
        let event = recognise(record, reading);
        let ours = record.has(Slot::Ours);
        if event.as_ref().is_none_or(|event| event.kind == Kind::Alert)
            && let Some(alert) = alerts::read_json(json, reading)
        {
            let replaced = ours.then(|| without_member(line, "begat")).flatten();
            return self.take_alert_line(alert, replaced.as_deref().unwrap_or(line), arrival, emit, outcome);
        }
        let Some(event) = event else {
            outcome.passed += 1;
            return pass(line, emit, outcome);
        };
        let replaced = ours.then(|| without_member(line, "begat")).flatten();
        self.take_event(&event, replaced.as_deref().unwrap_or(line), arrival, emit, outcome);
    }

    /// Takes an event in and annotates its line. Whether it is a start that was not known, or known worse.
    pub(super) fn take_event(
        &mut self,
        event: &Event<'_>,
        line: &str,
        arrival: Arrival,
        emit: Emit,
        outcome: &mut Outcome,
    ) -> bool {
        outcome.recognised += 1;
        let mut observed = self.observe(event, arrival);
        let is_looked_at = matches!(
            event.action,
            Action::Start { .. } | Action::RemoteThread { .. } | Action::Access { .. }
        );
        if is_looked_at {
            self.catch_up_with(&observed);
        }
        self.keep_fact(event, &observed, arrival);
        let detections = self.detect(event, &observed, arrival);
        if !detections.is_empty() {
            #[cfg(test)]
            outcome.detections.extend(detections.iter().cloned());
            observed.alerts = self.raise(detections, arrival);
        }
        let wanted = match emit {
            Emit::All => true,
            Emit::Alerts => event.kind == Kind::Alert || !observed.alerts.is_empty(),
            Emit::Nothing => false,
        };
        if wanted {
            if matches!(event.action, Action::End) {
                // It is scored by its children too, and whose those are is what waits.
                self.catch_up();
            }
            self.catch_up_with(&observed);
            open_annotation(&mut outcome.annotated, line);
            self.annotate(&mut outcome.annotated, event, &observed);
            outcome.annotated.push_str("}\n");
        }
        observed.is_judged
    }

    /// Catches up if what is said of an event's processes can depend on it.
    fn catch_up_with(&mut self, observed: &Observed) {
        for id in [observed.row, observed.target].into_iter().flatten() {
            self.catch_up_for(id);
        }
    }

    fn take_alert_line(
        &mut self,
        alert: Alert,
        line: &str,
        arrival: Arrival,
        emit: Emit,
        outcome: &mut Outcome,
    ) {
        outcome.recognised += 1;
        self.catch_up();
        let wanted = emit != Emit::Nothing;
        if wanted {
            open_annotation(&mut outcome.annotated, line);
        }
        self.observe_alert(alert, line, arrival, wanted.then_some(&mut outcome.annotated));
        if wanted {
            outcome.annotated.push_str("}\n");
        }
    }
}

fn pass(line: &str, emit: Emit, outcome: &mut Outcome) {
    if emit == Emit::All {
        outcome.annotated.push_str(line);
        outcome.annotated.push('\n');
    }
}

fn reject(line: &str, bad: BadLine, number: u64, emit: Emit, outcome: &mut Outcome) {
    if emit == Emit::All {
        let out = &mut outcome.annotated;
        out.push_str("{\"message\":");
        push_string(out, line.get(..line.floor_char_boundary(SHOWN)).unwrap_or_default());
        out.push_str(",\"begat\":{\"error\":");
        push_string(out, &bad.message);
        out.push_str("}}\n");
    }
    outcome.rejected.push(Rejection { line: number, column: bad.column, message: bad.message });
}

/// Writes a line up to the value of its member `begat`; of one that is no object an object.
fn open_annotation(out: &mut String, line: &str) {
    match line.trim_end().strip_suffix('}').filter(|_| line.trim_start_matches(BLANK).starts_with('{')) {
        Some(members) => {
            out.push_str(members);
            // One more member follows a comma, unless the only one was ours.
            if !members.trim_end().ends_with('{') {
                out.push(',');
            }
        }
        None => {
            out.push_str("{\"message\":");
            push_string(out, line);
            out.push(',');
        }
    }
    out.push_str("\"begat\":");
}
