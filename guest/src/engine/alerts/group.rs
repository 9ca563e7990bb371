//! Causality groups of alerts: the process that an alert is about belongs to the group of the first process whose
//! own parent is a spawner (SPEC section 4). A group that is too large or too old is told apart by branch.

use super::graph::NodeId;
use crate::engine::lineage::Above;
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::engine::strings::Sym;
use crate::model::ObservableKind;
use crate::text::path::fold;

/// An owner with more children than this is told apart by branch.
const CHILDREN: usize = 50;

/// An owner that lives longer than this, in milliseconds, is too.
const LIFETIME: i64 = 24 * 60 * 60 * 1000;

/// A causality group.
#[derive(Debug)]
pub(super) struct Group {
    /// The environment and the instance id of its owner, or of the branch: two environments may have one id each.
    id: String,
    /// The owner's file name.
    owner: String,
    /// Whose change may change the group.
    rows: Vec<RowId>,
}

impl State {
    /// The group of a process; spawners own none and belong to none.
    pub(super) fn causality_group(&self, row: RowId) -> Option<Group> {
        let row = self.standing(row);
        let lineage = self.lineage(row);
        let owner = lineage.owner?;
        // From the process up to the owner; the owner may be known by name only.
        let mut line = vec![row];
        line.extend(lineage.ancestors.iter().take(owner).map_while(|above| match above {
            Above::Row(id) => Some(*id),
            _ => None,
        }));
        let &top = line.last()?;
        let at = if line.len() > 1 && self.is_large(top) { *line.get(line.len() - 2)? } else { top };
        let name = match owner.checked_sub(1).and_then(|place| lineage.ancestors.get(place)) {
            Some(&above) => self.image_above(above),
            None => self.table.row(row).image(),
        };
        let name = name.map_or(Sym::EMPTY, |image| self.images.get(image).name);
        let above = lineage.ancestors.get(owner).and_then(|above| match above {
            Above::Row(id) => Some(*id),
            _ => None,
        });
        line.extend(above);
        let environment = self.strings.get(self.hosts.environment(self.table.row(at).host));
        let id = format!("{environment}\n{}", self.instance_id(at));
        Some(Group { id, owner: self.strings.get(name).to_owned(), rows: line })
    }

    fn is_large(&self, owner: RowId) -> bool {
        let row = self.table.row(owner);
        let last = self.ended(owner).unwrap_or(row.last_seen);
        last.saturating_sub(row.since()) > LIFETIME || self.table.children(owner).nth(CHILDREN).is_some()
    }

    /// Keeps a group's name; empty for none.
    pub(super) fn note_group(&mut self, group: Option<Group>) -> Sym {
        let Some(group) = group else { return Sym::EMPTY };
        let alerts = &mut self.alerts;
        let (id, owner) = (alerts.texts.intern(&group.id), alerts.texts.intern(&group.owner));
        alerts.owners.insert(id, owner);
        alerts.watched.extend(group.rows);
        id
    }

    /// A process that alerts are about, or one above it, is another now.
    pub(in crate::engine) fn note_change_above(&mut self, row: RowId) {
        if !self.alerts.watched.is_empty() && self.alerts.watched.contains(&row) {
            self.alerts.stale = true;
        }
    }

    /// Whether an alert may belong elsewhere now: it is about a process, or the name of a host in it means another.
    /// Nearly none do, and looking costs far less than finding its links anew.
    fn may_have_changed(&self, id: NodeId) -> bool {
        let held = self.alerts.get(id);
        held.process.is_some_and(|process| process.row.is_some()) || {
            let means_another = |entity| {
                let named = self.alerts.named(entity);
                named.kind == ObservableKind::Host && {
                    let [name, environment] =
                        [named.value, named.environment].map(|sym| self.alerts.texts.get(sym));
                    let of = self.environment_called(environment);
                    let host = self.hosts.find(name, Some(of)).first().copied();
                    host.is_some_and(|host| fold(self.hosts.display(host)) != name)
                        || !self.alerts.graph.node(id).entities.contains(&entity)
                }
            };
            held.observables.iter().any(|&(entity, _)| means_another(entity))
        }
    }

    /// Brings groups and hosts of alerts up to date, where something that they rest on has changed.
    pub(in crate::engine) fn settle_alerts(&mut self, at: i64) {
        if !std::mem::take(&mut self.alerts.stale) {
            return;
        }
        self.alerts.watched.clear();
        for id in self.alerts.graph.all_nodes().collect::<Vec<_>>() {
            if !self.may_have_changed(id) {
                continue;
            }
            let mut held = self.alerts.get(id).clone();
            let row = held.process.and_then(|process| process.row);
            if let Some(row) = row {
                let group = self.causality_group(row);
                held.group = self.note_group(group);
                let instance = self.instance_id(self.standing(row));
                let instance = self.alerts.texts.intern(&instance);
                held.process = held.process.map(|process| super::held::Process { id: instance, ..process });
            }
            let was = self.alerts.get(id);
            let time = self.alerts.graph.node(id).time;
            let same_group = was.group == held.group;
            if same_group && self.draft(&held, time).entities == self.alerts.graph.node(id).entities {
                *self.alerts.get_mut(id) = held;
            } else {
                self.replace_alert(id, held);
                self.alerts.write_stories(at);
            }
        }
    }
}
