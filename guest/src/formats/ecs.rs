//! ECS documents of any sensor: `event.kind`, `event.category` and `event.type` say what happened.

use super::{Reading, Record, Slot, host, when};
use crate::model::{
    Action, Actor, Connection, EntityId, Event, FileChange, Hashes, Kind, RegistryChange, Sensor, Signature,
    Transport,
};

pub(super) fn read<'r>(record: Record<'r>, reading: &Reading) -> Option<Event<'r>> {
    if !record.has(Slot::EcsKind) && !record.has(Slot::EcsCategory) {
        return None;
    }
    let kind = kind(record)?;
    let action = match kind {
        Kind::ProcessStart => start(record),
        Kind::ProcessEnd => Action::End,
        Kind::NetworkConnection => connect(record),
        _ if record.says("file") && record.has(Slot::EcsFilePath) => file(record),
        Kind::Registry => registry(record),
        Kind::ImageLoad => Action::ImageLoad {
            path: record.text(Slot::EcsDll).or_else(|| record.text(Slot::EcsFilePath)),
            hashes: Hashes::default(),
            signature: None,
        },
        Kind::DnsQuery => Action::Lookup { name: record.text(Slot::EcsDnsName), answer: None },
        _ => Action::Other,
    };
    Some(Event {
        kind,
        sensor: Sensor::Ecs,
        time: when::event_time(record, reading),
        shipped: None,
        host: host(record),
        actor: Actor {
            entity: record.text(Slot::EcsEntityId).and_then(EntityId::parse),
            pid: record.number32(Slot::EcsPid),
            image: record.text(Slot::EcsExecutable).or_else(|| record.text(Slot::EcsName)),
            user: record.text(Slot::EcsUserName).map(|n| (record.text(Slot::EcsUserDomain).unwrap_or(""), n)),
            sid: record.text(Slot::EcsUserId).filter(|id| id.starts_with("S-1-")),
        },
        action,
    })
}

/// The kind, by the categories first: a record of a known category and an unknown type is `other`.
fn kind(record: Record<'_>) -> Option<Kind> {
    let says = |word| record.says(word);
    Some(if says("alert") {
        Kind::Alert
    } else if says("process") {
        if says("start") || says("process_started") {
            Kind::ProcessStart
        } else if says("end") || says("process_stopped") {
            Kind::ProcessEnd
        } else {
            Kind::Other
        }
    } else if record.has(Slot::EcsDnsName) {
        Kind::DnsQuery
    } else if says("network") {
        Kind::NetworkConnection
    } else if says("file") {
        if says("deletion") {
            Kind::FileDelete
        } else if says("creation") {
            Kind::FileCreate
        } else {
            Kind::Other
        }
    } else if says("registry") {
        Kind::Registry
    } else if says("library") {
        Kind::ImageLoad
    } else if says("driver") {
        Kind::DriverLoad
    } else {
        return None;
    })
}

fn start<'r>(record: Record<'r>) -> Action<'r> {
    Action::Start {
        parent: Actor {
            entity: record.text(Slot::EcsParentEntityId).and_then(EntityId::parse),
            pid: record.number32(Slot::EcsParentPid),
            image: record.text(Slot::EcsParentExecutable).or_else(|| record.text(Slot::EcsParentName)),
            ..Actor::default()
        },
        command_line: record.text(Slot::EcsCommandLine),
        parent_command_line: record.text(Slot::EcsParentCommandLine),
        runs_as_user: true,
        hashes: Hashes {
            sha256: record.text(Slot::EcsSha256),
            sha1: record.text(Slot::EcsSha1),
            md5: record.text(Slot::EcsMd5),
        },
        logon: None,
        signature: match (record.truth(Slot::EcsSignatureExists), record.truth(Slot::EcsSignatureTrusted)) {
            (Some(false), _) => Some(Signature::None),
            (_, Some(true)) => Some(Signature::Valid),
            (Some(true), Some(false)) => Some(Signature::Invalid),
            _ => None,
        },
    }
}

fn file<'r>(record: Record<'r>) -> Action<'r> {
    let change = if record.says("deletion") {
        FileChange::Delete
    } else if record.says("creation") {
        FileChange::Create
    } else if record.has(Slot::EcsFileOldPath) || record.text(Slot::EcsAction) == Some("rename") {
        FileChange::Rename
    } else if record.says("change") {
        FileChange::Write
    } else if record.says("access") {
        FileChange::Read
    } else {
        FileChange::Touch
    };
    Action::File {
        change,
        path: record.text(Slot::EcsFilePath),
        old_path: record.text(Slot::EcsFileOldPath),
        hashes: Hashes {
            sha256: record.text(Slot::EcsFileSha256),
            sha1: record.text(Slot::EcsFileSha1),
            md5: record.text(Slot::EcsFileMd5),
        },
    }
}

fn registry<'r>(record: Record<'r>) -> Action<'r> {
    let change = if record.says("deletion") {
        RegistryChange::Delete
    } else if record.says("access") {
        RegistryChange::Touch
    } else {
        RegistryChange::Write
    };
    Action::Registry { change, key: record.text(Slot::EcsRegistryPath), data: None }
}

fn connect<'r>(record: Record<'r>) -> Action<'r> {
    let source = (record.text(Slot::EcsSourceIp), record.port(Slot::EcsSourcePort));
    let destination = (record.text(Slot::EcsDestinationIp), record.port(Slot::EcsDestinationPort));
    let initiated = match record.text(Slot::EcsDirection) {
        Some("egress" | "outbound") => Some(true),
        Some("ingress" | "inbound") => Some(false),
        _ => None,
    };
    let accepted = initiated == Some(false);
    let (local, remote) = if accepted { (destination, source) } else { (source, destination) };
    Action::Connect(Connection {
        local,
        remote,
        initiated,
        failed: record.says("denied") || record.text(Slot::EcsOutcome) == Some("failure"),
        transport: record.text(Slot::EcsTransport).and_then(Transport::parse),
        remote_name: record.text(Slot::EcsDestinationDomain).filter(|_| !accepted),
        country: record.text(Slot::EcsDestinationCountry).filter(|_| !accepted),
    })
}
