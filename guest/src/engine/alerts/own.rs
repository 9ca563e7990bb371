//! begat's own detections become alerts of the source system `begat`.

use super::graph::NodeId;
use super::take::Taken;
use crate::engine::detect::Detection;
use crate::engine::observe::Arrival;
use crate::engine::state::State;
use crate::formats::severity::Base;
use crate::model::{ActionCategory, Alert, AlertProcess};

/// The source system.
const BEGAT: &str = "begat";

impl State {
    /// Holds what was detected; returns the alerts.
    pub(in crate::engine) fn raise(&mut self, detections: Vec<Detection>, arrival: Arrival) -> Vec<NodeId> {
        detections.into_iter().filter_map(|detection| self.raise_one(detection, arrival)).collect()
    }

    fn raise_one(&mut self, detection: Detection, arrival: Arrival) -> Option<NodeId> {
        let Detection { what, process, time, message, techniques, tactics, observables, image, .. } =
            detection;
        let all = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
        let mut alert = Alert {
            vendor: BEGAT.to_owned(),
            alert_type: what.as_str().to_owned(),
            // Nothing was done: begat only watches.
            action: ActionCategory::Unactioned,
            time: Some(time),
            message,
            techniques: all(techniques),
            tactics: all(tactics),
            observables,
            process: Some(AlertProcess { image: Some(image), ..AlertProcess::default() }),
            ..Alert::default()
        }
        .sorted();
        let base = Base { value: what.base(), from: format!("{BEGAT} {}", what.as_str()), is_default: false };
        let time = super::take::plausible(&mut alert, arrival.received_at);
        match self.hold(&alert, [BEGAT, BEGAT], &base, time, arrival, Some(process)) {
            Taken::Held(id) | Taken::Again(id) => Some(id),
            Taken::Dropped => None,
        }
    }
}
