//! What users do to clusters.

use super::answers::{Change, ClusterSummary, Disposition, Status};
use super::graph::ClusterId;
use super::work::Kind;
use crate::engine::state::State;
use crate::error::Error;

/// The longest note, in bytes.
const NOTE: usize = 16 * 1024;

/// The longest name of a person.
const NAME: usize = 256;

impl State {
    /// Changes a cluster; `by` is who did it, in its story.
    pub(super) fn change_cluster(
        &mut self,
        id: &str,
        at: i64,
        by: Option<&str>,
        change: &Change,
    ) -> Result<ClusterSummary, Error> {
        let root = self.alerts.root_named(id)?;
        let by = by.map(str::trim).filter(|by| !by.is_empty());
        if by.is_some_and(|by| by.len() > NAME) {
            return Err(Error::invalid("by", format!("is longer than {NAME} bytes")));
        }
        let signed = |text: &str| by.map_or_else(|| text.to_owned(), |by| format!("{text} (by {by})"));
        let is_archived = self.alerts.work_of(root).archived;
        match change {
            Change::Archive if is_archived => {
                return Err(Error::invalid("archive", format!("{id} is archived")));
            }
            Change::Archive => {
                self.alerts.tell(root, at, Kind::Archived, signed("put away"));
                self.work(root, |work| (work.archived, work.status) = (true, Status::Closed));
            }
            Change::Reopen => {
                if !is_archived && self.alerts.work_of(root).status != Status::Closed {
                    return Err(Error::invalid("reopen", format!("{id} is open")));
                }
                self.alerts.tell(root, at, Kind::Reopened, signed("opened again"));
                self.work(root, |work| (work.archived, work.status) = (false, Status::InProgress));
            }
            Change::Note(text) => {
                let text = checked("note", text, NOTE)?;
                self.alerts.tell(root, at, Kind::Note, signed(text));
            }
            Change::SetStatus(status, disposition) => {
                self.set_status(root, at, *status, *disposition, &signed)
            }
            Change::Assign(name) => {
                let name = name.trim();
                if name.len() > NAME {
                    return Err(Error::invalid("assign", format!("is longer than {NAME} bytes")));
                }
                let text = if name.is_empty() { "to nobody".to_owned() } else { format!("to {name}") };
                self.alerts.tell(root, at, Kind::Assigned, signed(&text));
                self.work(root, |work| work.assignee = Some(name.to_owned()).filter(|name| !name.is_empty()));
            }
            Change::UndoMerge(inner) => self.undo_merge(root, inner, at, &signed)?,
            Change::TakeOut(alert) => self.take_out(root, alert, at, &signed)?,
        }
        let root = self.alerts.graph.root(root);
        Ok(self.alerts.summary(root, &self.hosts))
    }

    fn work(&mut self, id: ClusterId, change: impl FnOnce(&mut super::work::Work)) {
        if let Some(work) = self.alerts.work.get_mut(id.place()) {
            change(work);
        }
    }

    fn set_status(
        &mut self,
        root: ClusterId,
        at: i64,
        status: Status,
        disposition: Disposition,
        signed: &impl Fn(&str) -> String,
    ) {
        let status_name = match status {
            Status::New => "new",
            Status::InProgress => "in progress",
            Status::Closed => "closed",
        };
        let disposition_name = match disposition {
            Disposition::Undecided => "undecided",
            Disposition::TruePositive => "true positive",
            Disposition::BenignPositive => "benign positive",
            Disposition::FalsePositive => "false positive",
        };
        self.alerts.tell(root, at, Kind::Status, signed(&format!("{status_name}, {disposition_name}")));
        self.work(root, |work| {
            (work.status, work.disposition) = (status, disposition);
            work.archived &= status == Status::Closed;
        });
    }

    fn undo_merge(
        &mut self,
        root: ClusterId,
        inner: &str,
        at: i64,
        signed: &impl Fn(&str) -> String,
    ) -> Result<(), Error> {
        let alerts = &mut self.alerts;
        let found = alerts.find_cluster(inner).ok_or_else(|| Error::not_found("cluster", inner))?;
        let (root_name, inner_name) = (alerts.cluster_name(root), alerts.cluster_name(found));
        if !alerts.graph.undo_merge(root, found) {
            let message = format!("{inner_name} was not merged into {root_name}, or a split has undone that");
            return Err(Error::invalid("undo-merge", message));
        }
        alerts.tell(root, at, Kind::MergeUndone, signed(&format!("{inner_name} went out again")));
        alerts.tell(found, at, Kind::MergeUndone, signed(&format!("came out of {root_name} again")));
        Ok(())
    }

    fn take_out(
        &mut self,
        root: ClusterId,
        alert: &str,
        at: i64,
        signed: &impl Fn(&str) -> String,
    ) -> Result<(), Error> {
        let alerts = &mut self.alerts;
        let id = alerts.find(alert).ok_or_else(|| Error::not_found("alert", alert))?;
        let name = alerts.alert_name(id);
        if alerts.graph.cluster_of(id) != root {
            return Err(Error::invalid(
                "take-out",
                format!("{name} is not in {}", alerts.cluster_name(root)),
            ));
        }
        if alerts.graph.cluster(root).alerts < 2 {
            return Err(Error::invalid(
                "take-out",
                format!("{name} is alone in {}", alerts.cluster_name(root)),
            ));
        }
        alerts.graph.take_out(id);
        alerts.get_mut(id).is_alone = true;
        alerts.write_stories(at);
        let now = alerts.graph.cluster_of(id);
        let now_name = alerts.cluster_name(now);
        alerts.tell(root, at, Kind::TakenOut, signed(&format!("{name} was taken out, into {now_name}")));
        alerts.tell(
            now,
            at,
            Kind::TakenOut,
            signed(&format!("{name} was taken out of {}", alerts.cluster_name(root))),
        );
        Ok(())
    }
}

fn checked<'a>(field: &str, text: &'a str, most: usize) -> Result<&'a str, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    if text.len() > most {
        return Err(Error::invalid(field, format!("is longer than {most} bytes")));
    }
    Ok(text)
}
