//! Sysmon's events 1 to 29 and 255, in every shape that they are shipped in.
//!
//! What the sensor writes about itself (`ExecutionProcessID`, `ThreadID`, `UserID`) is not read: it
//! describes the Sysmon service (SPEC section 0, "sensor, not actor").

use super::{Reading, Record, Slot, host, when};
use crate::model::{
    Action, Actor, Connection, EntityId, Event, FileChange, Hashes, Kind, RegistryChange, Sensor, Signature,
    Transport,
};

pub(super) fn read<'r>(record: Record<'r>, reading: &Reading) -> Option<Event<'r>> {
    let names_sysmon = |slot| record.text(slot).is_some_and(names_sysmon);
    if !names_sysmon(Slot::Channel) && !names_sysmon(Slot::Provider) && !names_sysmon(Slot::EcsProvider) {
        return None;
    }
    let id = record.number(Slot::EventId).or_else(|| record.number(Slot::EcsCode))?;
    let kind = kind(id)?;
    let (actor, action) = match id {
        1 => (subject(record), start(record)),
        3 => (subject(record), connect(record)),
        4 | 16 | 255 => (Actor::default(), Action::SensorGap),
        5 => (subject(record), Action::End),
        7 => (subject(record), image_load(record)),
        8 => {
            let function = record.text(Slot::StartFunction).filter(|f| *f != "-");
            let thread = record.number32(Slot::NewThreadId);
            (source(record), Action::RemoteThread { target: target(record), function, thread })
        }
        10 => {
            let mask = record.number32(Slot::GrantedAccess);
            (source(record), Action::Access { target: target(record), mask })
        }
        2 => (subject(record), file(record, FileChange::Write)),
        11 | 15 | 29 => (subject(record), file(record, FileChange::Create)),
        23 | 26 => (subject(record), file(record, FileChange::Delete)),
        12..=14 => (subject(record), registry(record, id)),
        22 => (subject(record), lookup(record)),
        _ => (subject(record), Action::Other),
    };
    Some(Event {
        kind,
        sensor: Sensor::Sysmon,
        time: when::event_time(record, reading),
        shipped: (id == 1).then(|| when::shipped(record)).flatten(),
        host: host(record),
        actor,
        action,
    })
}

/// Whether a channel or a provider is Sysmon's: nearly always by its full name, which one comparison
/// tells, while a search has to be set up first.
fn names_sysmon(text: &str) -> bool {
    text.starts_with("Microsoft-Windows-Sysmon") || text.as_bytes().windows(6).any(|part| part == b"Sysmon")
}

/// The kinds of Sysmon's events; `None` for numbers that it does not write.
fn kind(id: i64) -> Option<Kind> {
    Some(match id {
        1 => Kind::ProcessStart,
        2 => Kind::FileTime,
        3 => Kind::NetworkConnection,
        5 => Kind::ProcessEnd,
        6 => Kind::DriverLoad,
        7 => Kind::ImageLoad,
        8 => Kind::RemoteThread,
        9 => Kind::RawRead,
        10 => Kind::ProcessAccess,
        11 | 27 | 29 => Kind::FileCreate,
        12..=14 => Kind::Registry,
        15 => Kind::FileStream,
        17 | 18 => Kind::Pipe,
        19..=21 => Kind::Wmi,
        22 => Kind::DnsQuery,
        23 | 26 | 28 => Kind::FileDelete,
        25 => Kind::ProcessTampering,
        4 | 16 | 24 | 255 => Kind::Other,
        _ => return None,
    })
}

/// Sysmon's ids are GUIDs; what else stands there is a filler of its own or of its shipper.
fn entity<'r>(record: Record<'r>, slot: Slot) -> Option<EntityId<'r>> {
    record.text(slot).and_then(EntityId::parse_guid)
}

/// The process that the event is about. Winlogbeat's Sysmon module moves some fields to ECS.
fn subject<'r>(record: Record<'r>) -> Actor<'r> {
    let text = |own, ecs| record.text(own).or_else(|| record.text(ecs));
    Actor {
        entity: entity(record, Slot::ProcessGuid).or_else(|| entity(record, Slot::EcsEntityId)),
        pid: record.number32(Slot::ProcessId).or_else(|| record.number32(Slot::EcsPid)),
        image: text(Slot::Image, Slot::EcsExecutable),
        user: account(record.text(Slot::User))
            .or_else(|| Some((record.text(Slot::EcsUserDomain)?, record.text(Slot::EcsUserName)?))),
        sid: None,
    }
}

fn start<'r>(record: Record<'r>) -> Action<'r> {
    let text = |own, ecs| record.text(own).or_else(|| record.text(ecs));
    Action::Start {
        parent: Actor {
            entity: entity(record, Slot::ParentProcessGuid)
                .or_else(|| entity(record, Slot::EcsParentEntityId)),
            pid: record.number32(Slot::ParentProcessId).or_else(|| record.number32(Slot::EcsParentPid)),
            image: text(Slot::ParentImage, Slot::EcsParentExecutable),
            user: None,
            sid: None,
        },
        command_line: text(Slot::CommandLine, Slot::EcsCommandLine),
        parent_command_line: text(Slot::ParentCommandLine, Slot::EcsParentCommandLine),
        runs_as_user: true,
        hashes: match record.text(Slot::Hashes) {
            Some(list) => hashes(list),
            None => Hashes {
                sha256: record.text(Slot::EcsSha256),
                sha1: record.text(Slot::EcsSha1),
                md5: record.text(Slot::EcsMd5),
            },
        },
        logon: record.text(Slot::LogonId),
        signature: None,
    }
}

fn image_load<'r>(record: Record<'r>) -> Action<'r> {
    let signature = match (record.truth(Slot::Signed), record.text(Slot::SignatureStatus)) {
        (Some(false), _) => Some(Signature::None),
        (Some(true), Some("Valid")) => Some(Signature::Valid),
        // Sysmon could not look: that is no verdict.
        (Some(true), Some("Unavailable") | None) | (None, _) => None,
        (Some(true), Some(_)) => Some(Signature::Invalid),
    };
    let path = record.text(Slot::ImageLoaded).or_else(|| record.text(Slot::EcsFilePath));
    Action::ImageLoad { path, hashes: record.text(Slot::Hashes).map(hashes).unwrap_or_default(), signature }
}

fn source<'r>(record: Record<'r>) -> Actor<'r> {
    Actor {
        entity: entity(record, Slot::SourceProcessGuid),
        pid: record.number32(Slot::SourceProcessId),
        image: record.text(Slot::SourceImage),
        user: account(record.text(Slot::SourceUser)),
        sid: None,
    }
}

fn target<'r>(record: Record<'r>) -> Actor<'r> {
    Actor {
        entity: entity(record, Slot::TargetProcessGuid),
        pid: record.number32(Slot::TargetProcessId),
        image: record.text(Slot::TargetImage),
        user: None,
        sid: None,
    }
}

fn connect<'r>(record: Record<'r>) -> Action<'r> {
    let text = |own, ecs| record.text(own).or_else(|| record.text(ecs));
    let port = |own, ecs| record.port(own).or_else(|| record.port(ecs));
    let source = (text(Slot::SourceIp, Slot::EcsSourceIp), port(Slot::SourcePort, Slot::EcsSourcePort));
    let destination = (
        text(Slot::DestinationIp, Slot::EcsDestinationIp),
        port(Slot::DestinationPort, Slot::EcsDestinationPort),
    );
    // Sysmon's source is the side that opened the connection, which need not be this host.
    let initiated = record.truth(Slot::Initiated);
    let accepted = initiated == Some(false);
    let (local, remote) = if accepted { (destination, source) } else { (source, destination) };
    let name = if accepted { Slot::SourceHostname } else { Slot::DestinationHostname };
    Action::Connect(Connection {
        local,
        remote,
        initiated,
        failed: false,
        transport: text(Slot::Protocol, Slot::EcsTransport).and_then(Transport::parse),
        remote_name: record.text(name).filter(|name| *name != "-"),
        country: None,
    })
}

fn file<'r>(record: Record<'r>, change: FileChange) -> Action<'r> {
    let path = record.text(Slot::TargetFilename).or_else(|| record.text(Slot::EcsFilePath));
    let hashes = record.text(Slot::Hashes).map(hashes).unwrap_or_default();
    Action::File { change, path, old_path: None, hashes }
}

/// 12 creates or deletes a key or value, 13 sets a value, 14 renames a key or value.
fn registry<'r>(record: Record<'r>, id: i64) -> Action<'r> {
    let deletes = record.text(Slot::EventType).is_some_and(|kind| kind.starts_with("Delete"));
    let (change, data) = match id {
        12 if deletes => (RegistryChange::Delete, None),
        14 => (RegistryChange::Rename, record.text(Slot::NewName)),
        _ => (RegistryChange::Write, record.text(Slot::Details)),
    };
    let key = record.text(Slot::TargetObject).or_else(|| record.text(Slot::EcsRegistryPath));
    Action::Registry { change, key, data }
}

fn lookup<'r>(record: Record<'r>) -> Action<'r> {
    Action::Lookup {
        name: record.text(Slot::QueryName).or_else(|| record.text(Slot::EcsDnsName)),
        answer: record.text(Slot::QueryResults).filter(|a| *a != "-"),
    }
}

/// `DOMAIN\name`, and of Sysmon for Linux a bare `name`; a placeholder is nobody.
pub(super) fn account(text: Option<&str>) -> Option<(&str, &str)> {
    let text = text?.trim();
    let (domain, name) = text.split_once('\\').unwrap_or(("", text));
    let is_nobody = ["", "-", "?", "N/A", "unknown"].iter().any(|nobody| nobody.eq_ignore_ascii_case(name));
    (!is_nobody).then_some((domain, name))
}

/// `SHA1=...,MD5=...,SHA256=...,IMPHASH=...`, in any order.
fn hashes(list: &str) -> Hashes<'_> {
    let mut hashes = Hashes::default();
    for (name, value) in list.split(',').filter_map(|part| part.split_once('=')) {
        // Over all bytes even if one is none, so that many are looked at at once.
        let hexadecimal = || value.bytes().fold(true, |all, byte| all & byte.is_ascii_hexdigit());
        let is = |digits: usize| value.len() == digits && hexadecimal();
        match name.trim() {
            "SHA256" if is(64) => hashes.sha256 = Some(value),
            "SHA1" if is(40) => hashes.sha1 = Some(value),
            "MD5" if is(32) => hashes.md5 = Some(value),
            _ => {}
        }
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::super::Reader;
    use super::*;

    fn entity_of(members: &str) -> Option<EntityId<'static>> {
        let line =
            format!(r#"{{"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1, {members}}}"#);
        let mut reader = Reader::default();
        let record = Record::parse(&line, &mut reader).unwrap();
        match read(record, &Reading::default()).unwrap().actor.entity? {
            EntityId::Guid(guid) => Some(EntityId::Guid(guid)),
            EntityId::Text(text) => panic!("{text} is no GUID"),
        }
    }

    #[test]
    fn only_a_guid_is_an_id() {
        let own = |guid: &str| entity_of(&format!(r#""ProcessGuid": "{guid}""#));
        for filler in ["", "-", "N/A", "unknown", "4840", "{00000000-0000-0000-0000-000000000000}"] {
            assert_eq!(own(filler), None, "{filler}");
        }
        assert_eq!(own("{00000000-0000-0000-0000-00000000000a}"), Some(EntityId::Guid(10)));
    }

    #[test]
    fn a_user_may_be_a_bare_name() {
        assert_eq!(account(Some(r"CORP\ann")), Some(("CORP", "ann")));
        assert_eq!(account(Some("root")), Some(("", "root")));
        for nobody in [None, Some(""), Some("-"), Some("?"), Some("n/a"), Some(r"CORP\-"), Some(r"CORP\")] {
            assert_eq!(account(nobody), None, "{nobody:?}");
        }
    }

    // Winlogbeat's Sysmon module moves the GUID to ECS.
    #[test]
    fn a_guid_that_was_moved_is_found_behind_a_filler() {
        let moved = |own: &str, ecs: &str| {
            entity_of(&format!(r#""ProcessGuid": "{own}", "process": {{"entity_id": "{ecs}"}}"#))
        };
        assert_eq!(moved("-", "{00000000-0000-0000-0000-00000000000a}"), Some(EntityId::Guid(10)));
        assert_eq!(moved("-", "MzEzRkE1"), None);
    }
}
