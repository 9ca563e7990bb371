//! The Windows Security log: 4688, a new process.

use super::{Reading, Record, Slot, host, when};
use crate::model::{Action, Actor, Event, Hashes, Kind, Sensor};

pub(super) fn read<'r>(record: Record<'r>, reading: &Reading) -> Option<Event<'r>> {
    let channel = record.text(Slot::Channel).is_some_and(|c| c.eq_ignore_ascii_case("security"));
    let provider = |slot| record.text(slot) == Some("Microsoft-Windows-Security-Auditing");
    if !channel && !provider(Slot::Provider) && !provider(Slot::EcsProvider) {
        return None;
    }
    let id = record.number(Slot::EventId).or_else(|| record.number(Slot::EcsCode))?;
    if id != 4688 {
        return None;
    }
    let (user, sid) = user(record);
    Some(Event {
        kind: Kind::ProcessStart,
        sensor: Sensor::WindowsSecurity,
        time: when::event_time(record, reading),
        shipped: when::shipped(record),
        host: host(record),
        actor: Actor {
            entity: None,
            pid: record.number32(Slot::NewProcessId).or_else(|| record.number32(Slot::EcsPid)),
            image: record.text(Slot::NewProcessName).or_else(|| record.text(Slot::EcsExecutable)),
            user,
            sid,
        },
        action: Action::Start {
            parent: Actor {
                // In 4688 this is the creator, not the process.
                pid: record.number32(Slot::ProcessId).or_else(|| record.number32(Slot::EcsParentPid)),
                image: record
                    .text(Slot::ParentProcessName)
                    .or_else(|| record.text(Slot::EcsParentExecutable)),
                ..Actor::default()
            },
            command_line: record.text(Slot::CommandLine).or_else(|| record.text(Slot::EcsCommandLine)),
            parent_command_line: None,
            runs_as_user: runs_as_user(record),
            hashes: Hashes::default(),
        },
    })
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

/// The target user if set, else the subject (SPEC section 0, "user").
fn user<'r>(record: Record<'r>) -> (Option<(&'r str, &'r str)>, Option<&'r str>) {
    let set = |slot| record.text(slot).filter(|t| *t != "-");
    let sid = |slot| set(slot).filter(|sid| *sid != "S-1-0-0");
    let target = set(Slot::TargetUserName);
    match target {
        Some(name) => (Some((set(Slot::TargetDomainName).unwrap_or(""), name)), sid(Slot::TargetUserSid)),
        None => (
            set(Slot::SubjectUserName).map(|name| (set(Slot::SubjectDomainName).unwrap_or(""), name)),
            sid(Slot::SubjectUserSid),
        ),
    }
}
