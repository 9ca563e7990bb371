//! The Windows Security log, where it tells of processes, connections, files, logons, services and tasks,
//! and the System log's record of a new service.

use super::{Reading, Record, Slot, host, when};
use crate::model::{
    Action, Actor, Connection, Event, FileChange, Hashes, Kind, Logon, RegistryChange, Sensor, Transport,
};

pub(super) fn read<'r>(record: Record<'r>, reading: &Reading) -> Option<Event<'r>> {
    let (kind, actor, action) = match (log(record)?, event_id(record)?) {
        (Log::Security, 4688) => (Kind::ProcessStart, started(record), start(record)),
        (Log::Security, 4689) => (Kind::ProcessEnd, acting(record), Action::End),
        (Log::Security, id @ (5156 | 5157)) => {
            let (actor, connection) = connect(record, id == 5157);
            (Kind::NetworkConnection, actor, Action::Connect(connection))
        }
        (Log::Security, 4663) => access(record)?,
        (Log::Security, 4624) => (Kind::Other, Actor::default(), logon(record)),
        (Log::Security, 4634) => {
            (Kind::Other, Actor::default(), Action::Logoff { id: record.text(Slot::TargetLogonId) })
        }
        (Log::Security, 4648) => {
            let user = account(record, Slot::TargetDomainName, Slot::TargetUserName);
            (
                Kind::Other,
                acting(record),
                Action::Credentials { server: set(record, Slot::TargetServerName), user },
            )
        }
        (Log::Security, 4697) | (Log::System, 7045) => (Kind::Other, client(record), service(record)),
        (Log::Security, id @ (4698 | 4702)) => (Kind::Other, client(record), task(record, id == 4702)),
        _ => return None,
    };
    Some(Event {
        kind,
        sensor: Sensor::WindowsSecurity,
        time: when::event_time(record, reading),
        shipped: (kind == Kind::ProcessStart).then(|| when::shipped(record)).flatten(),
        host: host(record),
        actor,
        action,
    })
}

enum Log {
    Security,
    System,
}

fn log(record: Record<'_>) -> Option<Log> {
    let channel = |name: &str| record.text(Slot::Channel).is_some_and(|c| c.eq_ignore_ascii_case(name));
    let provider =
        |name: &str| [Slot::Provider, Slot::EcsProvider].iter().any(|&slot| record.text(slot) == Some(name));
    if channel("security") || provider("Microsoft-Windows-Security-Auditing") {
        Some(Log::Security)
    } else if provider("Service Control Manager") {
        Some(Log::System)
    } else {
        None
    }
}

fn event_id(record: Record<'_>) -> Option<i64> {
    record.number(Slot::EventId).or_else(|| record.number(Slot::EcsCode))
}

/// A text that says something.
fn set<'r>(record: Record<'r>, slot: Slot) -> Option<&'r str> {
    record.text(slot).filter(|text| *text != "-")
}

fn sid<'r>(record: Record<'r>, slot: Slot) -> Option<&'r str> {
    set(record, slot).filter(|sid| *sid != "S-1-0-0")
}

fn account<'r>(record: Record<'r>, domain: Slot, name: Slot) -> Option<(&'r str, &'r str)> {
    set(record, name).map(|name| (set(record, domain).unwrap_or(""), name))
}

/// 4688's new process: its user is the target if set, else the subject (SPEC section 0, "user").
fn started<'r>(record: Record<'r>) -> Actor<'r> {
    let target = account(record, Slot::TargetDomainName, Slot::TargetUserName);
    let (user, sid) = match target {
        Some(user) => (Some(user), sid(record, Slot::TargetUserSid)),
        None => subject(record),
    };
    Actor {
        entity: None,
        pid: record.number32(Slot::NewProcessId).or_else(|| record.number32(Slot::EcsPid)),
        image: record.text(Slot::NewProcessName).or_else(|| record.text(Slot::EcsExecutable)),
        user,
        sid,
    }
}

fn subject<'r>(record: Record<'r>) -> (Option<(&'r str, &'r str)>, Option<&'r str>) {
    (account(record, Slot::SubjectDomainName, Slot::SubjectUserName), sid(record, Slot::SubjectUserSid))
}

fn start<'r>(record: Record<'r>) -> Action<'r> {
    let logon = |slot| record.text(slot).filter(|id| *id != "0x0");
    Action::Start {
        parent: Actor {
            // In 4688 this is the creator, not the process.
            pid: record.number32(Slot::ProcessId).or_else(|| record.number32(Slot::EcsParentPid)),
            image: record.text(Slot::ParentProcessName).or_else(|| record.text(Slot::EcsParentExecutable)),
            ..Actor::default()
        },
        command_line: record.text(Slot::CommandLine).or_else(|| record.text(Slot::EcsCommandLine)),
        parent_command_line: None,
        runs_as_user: runs_as_user(record),
        hashes: Hashes::default(),
        logon: logon(Slot::TargetLogonId).or_else(|| logon(Slot::SubjectLogonId)),
        signature: None,
    }
}

/// Whether the user is the process's: where a target is named, and where an ordinary user's process starts one
/// without. Since Windows 10 the target is named whenever it has another logon than the creator (Microsoft, 4688);
/// what the system's own accounts start may still be a service's under another of them.
fn runs_as_user(record: Record<'_>) -> bool {
    let target = record.text(Slot::TargetUserSid);
    let is_set = |text: &str| !matches!(text, "-" | "S-1-0-0" | "");
    let subject = record.text(Slot::SubjectUserSid).is_some_and(|sid| sid.starts_with("S-1-5-21-"));
    let names_target = record.text(Slot::TargetUserName).is_some_and(|name| name != "-");
    target.is_some_and(|target| is_set(target) || (subject && !names_target))
}

/// The process that the record says did it.
fn acting<'r>(record: Record<'r>) -> Actor<'r> {
    let (user, sid) = subject(record);
    let pid = record.number32(Slot::ProcessId).filter(|&pid| pid != 0);
    Actor { entity: None, pid, image: set(record, Slot::ProcessName), user, sid }
}

/// Of a service or a task: who asked for it.
fn client<'r>(record: Record<'r>) -> Actor<'r> {
    let (user, sid) = subject(record);
    let pid = record.number32(Slot::ClientProcessId).filter(|&pid| pid != 0);
    Actor { entity: None, pid, image: None, user, sid }
}

/// The Windows Filtering Platform: source and destination are the connection's, the direction says which is
/// this host.
fn connect<'r>(record: Record<'r>, failed: bool) -> (Actor<'r>, Connection<'r>) {
    let source = (record.text(Slot::SourceIp), record.port(Slot::SourcePort));
    let destination = (record.text(Slot::DestinationIp), record.port(Slot::DestinationPort));
    let initiated = match record.text(Slot::Direction) {
        Some("%%14593" | "Outbound") => Some(true),
        Some("%%14592" | "Inbound") => Some(false),
        _ => None,
    };
    // The source is the side that opened the connection, as in Sysmon.
    let (local, remote) =
        if initiated == Some(false) { (destination, source) } else { (source, destination) };
    let actor = Actor {
        pid: record.number32(Slot::WfpProcessId).or_else(|| record.number32(Slot::ProcessId)),
        image: set(record, Slot::Application),
        ..Actor::default()
    };
    let transport = record.text(Slot::Protocol).and_then(Transport::parse);
    let connection = Connection { local, remote, initiated, failed, transport, ..Connection::default() };
    (actor, connection)
}

/// 4663: the rights that were used, `AccessMask`, by the kind of object.
fn access<'r>(record: Record<'r>) -> Option<(Kind, Actor<'r>, Action<'r>)> {
    const DELETE: u32 = 0x1_0000;
    const READ: u32 = 0x1;
    // Of a file writing and appending data, of a key setting a value and creating a subkey.
    const WRITE: u32 = 0x2 | 0x4;
    let mask = record.number32(Slot::AccessMask).unwrap_or(0);
    let name = record.text(Slot::ObjectName);
    let (kind, action) = match record.text(Slot::ObjectType)? {
        "File" => {
            let (kind, change) = match mask {
                mask if mask & DELETE != 0 => (Kind::FileDelete, FileChange::Delete),
                mask if mask & WRITE != 0 => (Kind::Other, FileChange::Write),
                mask if mask & READ != 0 => (Kind::Other, FileChange::Read),
                _ => (Kind::Other, FileChange::Touch),
            };
            (kind, Action::File { change, path: name, old_path: None, hashes: Hashes::default() })
        }
        "Key" => {
            let change = match mask {
                mask if mask & DELETE != 0 => RegistryChange::Delete,
                mask if mask & WRITE != 0 => RegistryChange::Write,
                _ => RegistryChange::Touch,
            };
            (Kind::Registry, Action::Registry { change, key: name, data: None })
        }
        // Processes, tokens, events, ...: nothing that an investigation asks for.
        _ => return None,
    };
    Some((kind, acting(record), action))
}

fn logon<'r>(record: Record<'r>) -> Action<'r> {
    Action::Logon(Logon {
        id: record.text(Slot::TargetLogonId),
        kind: record.number32(Slot::LogonType),
        user: account(record, Slot::TargetDomainName, Slot::TargetUserName),
        sid: sid(record, Slot::TargetUserSid),
        address: set(record, Slot::IpAddress),
        port: record.port(Slot::IpPort).filter(|&port| port != 0),
    })
}

fn service<'r>(record: Record<'r>) -> Action<'r> {
    Action::Service {
        name: record.text(Slot::ServiceName),
        command: record.text(Slot::ServicePath),
        account: record.text(Slot::ServiceAccount),
        logon: record.text(Slot::SubjectLogonId),
    }
}

fn task<'r>(record: Record<'r>, changed: bool) -> Action<'r> {
    Action::Task {
        name: record.text(Slot::TaskName),
        content: record.text(Slot::TaskContent),
        changed,
        logon: record.text(Slot::SubjectLogonId),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reader;
    use super::*;

    /// Reads a record with these members, of the recordings that OTRF published, and looks at it.
    fn of(members: &str, look: impl FnOnce(&Event<'_>)) {
        let line =
            format!(r#"{{"Hostname": "WORKSTATION5", "@timestamp": "2020-08-06T07:56:22.802Z", {members}}}"#);
        let mut reader = Reader::default();
        let record = Record::parse(&line, &mut reader).unwrap();
        let event = read(record, &Reading::default()).unwrap();
        // The names of records that are no starts, connections or files.
        assert_eq!((event.kind, event.sensor), (Kind::Other, Sensor::WindowsSecurity));
        assert_eq!((event.host, event.time), ("WORKSTATION5", Some(1_596_700_582_802)));
        look(&event);
    }

    #[test]
    fn a_logoff_ends_a_session() {
        let members = r#""Channel": "Security", "EventID": 4634, "TargetDomainName": "THESHIRE", "TargetUserName": "MORDORDC$", "TargetUserSid": "S-1-5-18", "TargetLogonId": "0xca4210", "LogonType": "3""#;
        of(members, |event| {
            assert_eq!(event.action, Action::Logoff { id: Some("0xca4210") });
            assert_eq!(event.actor, Actor::default());
        });
    }

    #[test]
    fn explicit_credentials_are_those_of_the_target() {
        let members = r#""Channel": "security", "EventID": 4648, "SubjectUserSid": "S-1-5-18", "SubjectUserName": "WORKSTATION5$", "SubjectDomainName": "THESHIRE", "SubjectLogonId": "0x3e7", "TargetUserName": "pgustavo", "TargetDomainName": "THESHIRE", "TargetServerName": "localhost", "ProcessId": "0x5b4", "ProcessName": "C:\\Windows\\System32\\svchost.exe", "IpAddress": "1.2.3.4", "IpPort": "0""#;
        of(members, |event| {
            let user = Some(("THESHIRE", "pgustavo"));
            assert_eq!(event.action, Action::Credentials { server: Some("localhost"), user });
            let actor = Actor {
                entity: None,
                pid: Some(1460),
                image: Some(r"C:\Windows\System32\svchost.exe"),
                user: Some(("THESHIRE", "WORKSTATION5$")),
                sid: Some("S-1-5-18"),
            };
            assert_eq!(event.actor, actor);
        });
    }

    /// 4698 has the definition as `TaskContent`, 4702 as `TaskContentNew`; who asked by RPC stands there since
    /// Windows 10, and 0 is nobody.
    #[test]
    fn a_task_that_is_made_or_changed_names_who_asked_for_it() {
        for (id, content) in [(4698, "TaskContent"), (4702, "TaskContentNew")] {
            for (client, pid) in [("0", None), ("4804", Some(4804))] {
                let members = format!(
                    r#""Channel": "Security", "EventID": {id}, "SubjectUserName": "pgustavo", "SubjectDomainName": "THESHIRE", "SubjectLogonId": "0xead4335", "TaskName": "\\Microsoft\\EventCacheManager", "{content}": "<Exec><Command>cmd.exe</Command></Exec>", "ClientProcessId": "{client}""#
                );
                of(&members, |event| {
                    let task = Action::Task {
                        name: Some(r"\Microsoft\EventCacheManager"),
                        content: Some("<Exec><Command>cmd.exe</Command></Exec>"),
                        changed: id == 4702,
                        logon: Some("0xead4335"),
                    };
                    assert_eq!((&event.action, event.actor.pid), (&task, pid));
                    assert_eq!(event.actor.user, Some(("THESHIRE", "pgustavo")));
                });
            }
        }
    }

    /// The System log's record: it names nobody who asked, and the account that the service runs as.
    #[test]
    fn a_service_of_the_system_log_is_one_too() {
        let members = r#""Channel": "System", "SourceName": "Service Control Manager", "EventID": 7045, "ServiceName": "tbbd05", "ImagePath": "%COMSPEC% echo /c b6a1458f396", "ServiceType": "user mode service", "StartType": "demand start", "AccountName": "LocalSystem""#;
        of(members, |event| {
            let service = Action::Service {
                name: Some("tbbd05"),
                command: Some("%COMSPEC% echo /c b6a1458f396"),
                account: Some("LocalSystem"),
                logon: None,
            };
            assert_eq!((&event.action, event.actor), (&service, Actor::default()));
        });
    }
}
