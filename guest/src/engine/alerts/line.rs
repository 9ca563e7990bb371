//! A line that is an alert, and what is said of alerts in the lines that raise them.

use super::graph::NodeId;
use super::take::{EARLIEST, Taken};
use crate::engine::observe::Arrival;
use crate::engine::process::RowId;
use crate::engine::state::{AHEAD, State};
use crate::model::{Alert, Kind, ObservableKind};
use crate::text::json::{push_int, push_string};

impl State {
    /// Takes the alert that a line is, and appends what is said of it: an object.
    pub(in crate::engine) fn observe_alert(
        &mut self,
        alert: Alert,
        raw: &str,
        arrival: Arrival,
        out: Option<&mut String>,
    ) {
        let host = alert.observables.iter().find(|o| o.kind == ObservableKind::Host);
        let host = self.note_host(arrival.environment, &host.map(|o| o.value.clone()).unwrap_or_default());
        let latest = arrival.received_at.saturating_add(AHEAD);
        let told = alert.time.filter(|time| (EARLIEST..=latest).contains(time));
        let tally = self.tally.of(host);
        tally.lines += 1;
        tally.recognised += 1;
        tally.count_kind(Kind::Alert);
        match told {
            Some(time) => {
                tally.reached = tally.reached.max(time);
                self.advance(time);
            }
            None => {
                tally.undated = tally.undated.max(arrival.received_at);
                self.receive(arrival.received_at);
            }
        }
        let taken = self.take_alert(alert, raw, arrival);
        let Some(out) = out else { return };
        out.push_str("{\"kind\":\"alert\"");
        match taken {
            Taken::Dropped => out.push_str(",\"dropped\":true"),
            Taken::Again(id) => {
                out.push_str(",\"duplicate\":true");
                // What is held of it is brought up to date when the batch ends.
                let asking = self.alerts.asking(self.alerts.get(id), self.alerts.graph.node(id).time);
                let (row, _) = self.process_of(&asking);
                self.push_alert_of(out, id, row);
            }
            Taken::Held(id) => {
                let row = self.alerts.get(id).process.and_then(|process| process.row);
                self.push_alert_of(out, id, row);
            }
        }
        out.push('}');
    }

    /// Appends what is said of an alert; the process that it is about is told where it is known by now.
    fn push_alert_of(&self, out: &mut String, id: NodeId, row: Option<RowId>) {
        if let Some(row) = row {
            self.push_causality(out, self.standing(row));
        }
        self.push_alerts(out, &[id]);
    }

    /// Appends the member `alerts`, with the comma before it.
    pub(in crate::engine) fn push_alerts(&self, out: &mut String, ids: &[NodeId]) {
        let mut separator = ",\"alerts\":[";
        for &id in ids {
            let info = self.alerts.info(id);
            out.push_str(separator);
            separator = ",";
            out.push_str("{\"id\":");
            push_string(out, &info.id);
            out.push_str(",\"type\":");
            push_string(out, &info.alert_type);
            // A decimal is a number of JSON as it stands.
            out.push_str(",\"score\":");
            out.push_str(&info.score);
            let mut factor_separator = ",\"factors\":[";
            for factor in &info.factors {
                out.push_str(factor_separator);
                factor_separator = ",";
                out.push_str("{\"name\":");
                push_string(out, factor.name);
                out.push_str(",\"value\":");
                out.push_str(&factor.value);
                out.push_str(",\"from\":");
                push_string(out, &factor.source);
                out.push('}');
            }
            out.push_str("],\"configuration\":");
            push_int(out, info.configuration);
            if let Some(reason) = &info.suppressed {
                out.push_str(",\"suppressed\":");
                push_string(out, reason);
            }
            if let Some(cluster) = &info.cluster {
                out.push_str(",\"cluster\":");
                push_string(out, cluster);
            }
            if !info.assumed.is_empty() {
                let mut assumed_separator = ",\"assumed\":[";
                for said in &info.assumed {
                    out.push_str(assumed_separator);
                    assumed_separator = ",";
                    push_string(out, said);
                }
                out.push(']');
            }
            out.push('}');
        }
        if !ids.is_empty() {
            out.push(']');
        }
    }
}
