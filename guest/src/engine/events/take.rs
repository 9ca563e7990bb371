//! An event becomes a fact.

use super::fact::{Direction, Fact, FactKind, Told};
use crate::engine::observe::{Arrival, Observed};
use crate::engine::state::State;
use crate::engine::strings::{Strings, Sym};
use crate::model::{Action, Actor, Connection, Event, FileChange, Hashes, RegistryChange, Sensor};
use crate::text::{address, path};

/// Of a text so many bytes are kept.
pub(in crate::engine) const LONGEST: usize = 4096;

impl State {
    /// Keeps what an event tells, after [`crate::engine::observe`] took it in. `observed` knows the processes that
    /// it is about.
    pub(in crate::engine) fn keep_fact(&mut self, event: &Event<'_>, observed: &Observed, arrival: Arrival) {
        if self.config.limits.events == 0 || self.pseudonyms.is_some() {
            return;
        }
        let Some(kind) = kind(event) else { return };
        // A start of the audit system that comes again comes without its command line.
        if kind == FactKind::Start && event.sensor == Sensor::Auditd && !observed.is_judged {
            return;
        }
        let time = event.time.unwrap_or(arrival.received_at);
        if time < self.events_since() {
            self.events.aged += 1;
            return;
        }
        let host = self.note_host(arrival.environment, event.host);
        let mut told = Told::new(time, host, kind);
        let texts = &mut self.events.texts;
        fill(&mut told, &event.action, texts);
        let row = if kind == FactKind::Start { observed.started } else { observed.row };
        if event.actor.entity.is_some() || kind == FactKind::Start {
            told.row = row;
        } else {
            told.pid = event.actor.pid.unwrap_or(0);
            told.image = image(&event.actor, texts);
        }
        // Whom a process id means depends on what is known: it is found when somebody asks.
        let by_pid = matches!(&event.action, Action::RemoteThread { target, .. } if target.entity.is_none());
        told.other = observed.target.filter(|_| !by_pid);
        let source = texts.intern(self.strings.get(arrival.origin.source));
        let id = self.events.add(Fact { told, source, line: arrival.origin.line });
        if let Some(row) = told.row.filter(|_| kind == FactKind::Start && event.sensor == Sensor::Auditd) {
            self.events.begin(row, id);
        }
    }
}

fn image(actor: &Actor<'_>, texts: &mut Strings) -> Sym {
    actor.image.filter(|image| !path::is_placeholder(image)).map_or(Sym::EMPTY, |image| keep(texts, image))
}

/// What is kept; handles that were opened are not.
fn kind(event: &Event<'_>) -> Option<FactKind> {
    Some(match &event.action {
        Action::Start { .. } => FactKind::Start,
        Action::Connect(_) => FactKind::Network,
        Action::File { change, .. } => match change {
            FileChange::Create => FactKind::FileCreate,
            FileChange::Write => FactKind::FileWrite,
            FileChange::Read => FactKind::FileRead,
            FileChange::Delete => FactKind::FileDelete,
            FileChange::Rename => FactKind::FileRename,
            FileChange::Touch => FactKind::FileTouch,
        },
        Action::Registry { change, .. } => match change {
            RegistryChange::Write => FactKind::RegistryWrite,
            RegistryChange::Rename => FactKind::RegistryRename,
            RegistryChange::Delete => FactKind::RegistryDelete,
            RegistryChange::Touch => FactKind::RegistryTouch,
        },
        Action::Lookup { .. } => FactKind::Lookup,
        Action::ImageLoad { .. } => FactKind::Load,
        Action::RemoteThread { .. } => FactKind::Thread,
        Action::Logon(_) => FactKind::Logon,
        Action::Logoff { .. } => FactKind::Logoff,
        Action::Credentials { .. } => FactKind::Credentials,
        Action::Service { .. } => FactKind::Service,
        Action::Task { .. } => FactKind::Task,
        Action::End => FactKind::End,
        Action::Access { .. } | Action::SensorGap | Action::Other => return None,
    })
}

fn fill(told: &mut Told, action: &Action<'_>, texts: &mut Strings) {
    let mut some = |text: Option<&str>| text.map_or(Sym::EMPTY, |text| keep(texts, text));
    told.texts = match action {
        Action::Start { command_line, logon, signature, .. } => {
            told.signature = *signature;
            [some(*command_line), some(*logon), Sym::EMPTY, Sym::EMPTY]
        }
        Action::Connect(connection) => {
            (told.direction, told.transport) = (direction(connection), connection.transport);
            let Connection { local, remote, remote_name, country, .. } = connection;
            told.ports = [local.1.unwrap_or(0), remote.1.unwrap_or(0)];
            let mut canonical = |text: Option<&str>| {
                let parsed = text.and_then(address::parse).map(|address| address.to_string());
                some(parsed.as_deref().or(text))
            };
            let (remote, local) = (canonical(remote.0), canonical(local.0));
            [remote, local, some(*remote_name), some(*country)]
        }
        Action::File { path, old_path, hashes, .. } => {
            [some(*path), some(*old_path), some(joined(hashes).as_deref()), Sym::EMPTY]
        }
        Action::Registry { key, data, .. } => [some(*key), some(*data), Sym::EMPTY, Sym::EMPTY],
        Action::Lookup { name, answer } => [some(*name), some(*answer), Sym::EMPTY, Sym::EMPTY],
        Action::ImageLoad { path, hashes, signature } => {
            told.signature = *signature;
            [some(*path), Sym::EMPTY, some(joined(hashes).as_deref()), Sym::EMPTY]
        }
        Action::RemoteThread { target, function, thread } => {
            told.number = thread.unwrap_or(0);
            let pid = target.pid.filter(|&pid| pid != 0 && target.entity.is_none());
            let image = target.image.filter(|image| pid.is_some() && !path::is_placeholder(image));
            [some(*function), some(image), some(pid.map(|pid| pid.to_string()).as_deref()), Sym::EMPTY]
        }
        Action::Logon(logon) => {
            (told.number, told.ports) = (logon.kind.unwrap_or(0), [0, logon.port.unwrap_or(0)]);
            let address = logon.address.and_then(address::parse).map(|address| address.to_string());
            [some(logon.id), some(account(logon.user).as_deref()), some(address.as_deref()), some(logon.sid)]
        }
        Action::Logoff { id } => [some(*id), Sym::EMPTY, Sym::EMPTY, Sym::EMPTY],
        Action::Credentials { server, user } => {
            [some(*server), some(account(*user).as_deref()), Sym::EMPTY, Sym::EMPTY]
        }
        Action::Service { name, command, account, logon } => {
            [some(*name), some(*command), some(*account), some(*logon)]
        }
        Action::Task { name, content, changed, logon } => {
            told.number = u32::from(*changed);
            let command = content.and_then(super::task::command);
            [some(*name), some(command.as_deref()), Sym::EMPTY, some(*logon)]
        }
        Action::End | Action::Access { .. } | Action::SensorGap | Action::Other => [Sym::EMPTY; 4],
    };
}

fn direction(connection: &Connection<'_>) -> Direction {
    match (connection.failed, connection.initiated) {
        (true, _) => Direction::Failed,
        (_, Some(true)) => Direction::Outgoing,
        (_, Some(false)) => Direction::Incoming,
        (_, None) => Direction::Unknown,
    }
}

/// All hashes of a file as one text, the strongest first: an alert may have any of them. See [`super::hashes`].
fn joined(hashes: &Hashes<'_>) -> Option<String> {
    let Hashes { sha256, sha1, md5 } = *hashes;
    let mut joined = String::new();
    for hash in [sha256, sha1, md5].into_iter().flatten() {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&path::fold(hash));
    }
    (!joined.is_empty()).then_some(joined)
}

fn account(user: Option<(&str, &str)>) -> Option<String> {
    user.map(|(domain, name)| if domain.is_empty() { name.to_owned() } else { format!("{domain}\\{name}") })
}

pub(super) fn keep(texts: &mut Strings, text: &str) -> Sym {
    texts.intern(text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text))
}
