//! `entity=network`: connections.

use super::actor::column;
use super::condition::{Condition, Texts};
use super::names::Names;
use super::{Hit, Search};
use crate::engine::causality::Row;
use crate::engine::events::{Direction, Fact, FactKind, Told};
use crate::engine::process::RowId;
use crate::engine::state::State;
use crate::model::Transport;
use crate::query::{Action, AttributeName};

impl State {
    pub(super) fn find_connections(&self, search: &mut Search<'_>, names: &mut Names) -> Vec<Hit> {
        let mut hits = Vec::new();
        for id in self.facts_for(&search.conditions) {
            let fact = self.events.get(id);
            let action = action(fact.told.direction);
            // Which way it went need not be known, unless that is asked for.
            let is_asked = action.map_or(search.actions.is_empty(), |action| search.wants(action));
            if fact.told.kind != FactKind::Network || !is_asked {
                continue;
            }
            let who = self.actor_of(fact);
            if search.fits(|condition| self.connection_fits(condition, fact, who, names)) {
                hits.push(Hit { time: fact.told.time, who, action, other: None, fact: Some(id) });
            }
        }
        hits
    }

    fn connection_fits(
        &self,
        condition: &mut Condition,
        fact: &Fact,
        who: Option<RowId>,
        names: &mut Names,
    ) -> bool {
        use AttributeName as A;
        let told = &fact.told;
        let name = condition.name;
        let mut text = |place| {
            let sym = told.text(place);
            condition.fits_sym(Texts::Events, sym, self.events.text(sym))
        };
        match name {
            A::RemoteIp => text(0),
            A::LocalIp => text(1),
            A::Country => text(3),
            A::RemoteHost => self.remote_name(fact, who, names).is_some_and(|name| {
                condition.fits_sym(Texts::Events, name.text, self.events.text(name.text))
            }),
            A::LocalPort => condition.fits(&port(told, 0)),
            A::RemotePort => condition.fits(&port(told, 1)),
            A::AccessType => condition.fits(transport(told)),
            A::InstanceId => self.actor_fits(condition, who),
            // No record of a connection names the thread.
            _ => false,
        }
    }

    pub(super) fn show_connection(&self, hit: &Hit, names: &mut Names) -> Option<Row> {
        let fact = self.events.get(hit.fact?);
        let told = &fact.told;
        let text = |place| self.events.text(told.text(place));
        let name = self.remote_name(fact, hit.who, names);
        let mut columns = vec![
            column("action", hit.action.map_or("", Action::as_str)),
            column("remote_ip", text(0)),
            column("remote_port", port(told, 1)),
            column("remote_host", name.as_ref().map_or("", |name| self.events.text(name.text))),
            column("remote_host_from", name.as_ref().map_or("", |name| name.from)),
            column("country", text(3)),
            column("access_type", transport(told)),
            column("local_ip", text(1)),
            column("local_port", port(told, 0)),
        ];
        columns.extend(self.show_actor(hit.who, told, "file_name"));
        Some(self.row_of_fact(hit.who, fact, columns))
    }
}

fn action(direction: Direction) -> Option<Action> {
    match direction {
        Direction::Unknown => None,
        Direction::Outgoing => Some(Action::OutgoingNetwork),
        Direction::Incoming => Some(Action::IncomingNetwork),
        Direction::Failed => Some(Action::FailedNetwork),
    }
}

fn transport(told: &Told) -> &'static str {
    match told.transport {
        None => "",
        Some(Transport::Tcp) => "tcp",
        Some(Transport::Udp) => "udp",
    }
}

/// A port's number; empty where there is none.
fn port(told: &Told, end: usize) -> String {
    told.ports.get(end).filter(|&&port| port != 0).map(u16::to_string).unwrap_or_default()
}
