//! Linux audit records, one a line: `type=SYSCALL msg=audit(TIME:SERIAL): key=value ...`, also with
//! `node=HOST` before it, behind a syslog header, and as the kernel logs them itself (`type=1300 audit(...)`).
//!
//! One event is several records of one time and serial; the SYSCALL comes first, and others add to it. A line is
//! read for what it says alone: what belongs together is for the engine to know. Values that hold blanks or
//! other odd characters are hexadecimal without quotes; what stands in quotes never is. Names of the system
//! calls: Linux, `arch/x86/entry/syscalls/syscall_{64,32}.tbl` and `include/uapi/asm-generic/unistd.h`; records
//! and fields: linux-audit's `audit-documentation`, `specs/messages` and `specs/fields`.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use memchr::memmem;

use super::alerts::clock::Clock;
use super::alerts::syslog;
use crate::model::{Action, Actor, Connection, Event, Hashes, Kind, Sensor};

/// A record begins within so many bytes, header included.
const HEAD: usize = 512;

/// What may stand between a syslog header and a record, in bytes: program, process id, the kernel's clock.
const TAG: usize = 64;

/// The last second of the year 9999.
const LATEST: i64 = 253_402_300_799;

/// `EINPROGRESS`: the connection of a socket that does not block is being made.
const IN_PROGRESS: &str = "-115";

/// A record that tells of a start, a connection or an end, or adds to one that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord<'a> {
    /// The host as `node=` or else the syslog header names it; empty where neither does.
    pub host: &'a str,
    /// Milliseconds since 1970 UTC.
    pub time: i64,
    /// Which of the moment's events it is of: all records of one event have both in common.
    pub serial: u64,
    /// What it says.
    pub part: Part<'a>,
}

/// What a record says of its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// SYSCALL: a program was executed.
    Start(Doer<'a>),
    /// SYSCALL: a socket was connected, of whatever family; where to is another record's.
    Connect {
        /// Who did it.
        doer: Doer<'a>,
        /// It came to nothing.
        failed: bool,
    },
    /// SYSCALL: a process ends.
    End(Doer<'a>),
    /// EXECVE: arguments, each but the first after a blank. A long command line is several records, and a long
    /// argument several fields, so that these texts are appended to each other.
    Arguments(String),
    /// PROCTITLE: the beginning of the command line. No record of the event says more.
    Title(String),
    /// SOCKADDR: an address of the internet.
    Address {
        /// IPv4 or IPv6.
        address: String,
        /// Its port.
        port: u16,
    },
    /// EOE: no record of the event follows.
    Last,
}

/// The process of a SYSCALL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doer<'a> {
    /// Process id.
    pub pid: Option<u32>,
    /// Its parent's.
    pub parent: Option<u32>,
    /// Path of its executable.
    pub image: Option<Cow<'a, str>>,
    /// Its user's name: where the record has it, or its number is 0, which is root's. Another number alone is no
    /// name: on another host it is somebody else's.
    pub user: Option<Cow<'a, str>>,
}

/// The record that a line is, or `None` where it is none or one that tells of nothing here.
#[must_use]
pub fn read(line: &str) -> Option<AuditRecord<'_>> {
    let head = line.as_bytes().get(..line.len().min(HEAD))?;
    memmem::find(head, b"audit(").and(memmem::find(head, b"type="))?;
    let (host, record) = head_of(line)?;
    let (name, rest) = record.strip_prefix("type=")?.split_once(' ')?;
    let rest = rest.trim_start();
    let stamp = rest.strip_prefix("msg=").unwrap_or(rest).strip_prefix("audit(")?;
    let (stamp, body) = stamp.split_once(')')?;
    let (time, serial) = stamp.split_once(':')?;
    let body = body.strip_prefix(':')?;
    let part = match name {
        "SYSCALL" | "1300" => call(body)?,
        "EXECVE" | "1309" => Part::Arguments(arguments(body)),
        "PROCTITLE" | "1327" => Part::Title(title(body)?),
        "SOCKADDR" | "1306" => socket_address(body)?,
        "EOE" | "1320" => Part::Last,
        _ => return None,
    };
    Some(AuditRecord { host, time: millis(time)?, serial: serial.parse().ok()?, part })
}

/// The host, and the record from `type=` on.
fn head_of(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let is_start = |text: &str| text.starts_with("type=") || text.starts_with("node=");
    let (host, record) = if is_start(line) {
        ("", line)
    } else {
        // The header's time is not asked for: any arrival will do.
        let header = syslog::read(line, &Clock { zone_minutes: 0, received_at: Some(0) });
        let at = [header.rest.find("type="), header.rest.find("node=")].into_iter().flatten().min()?;
        let (tag, record) = header.rest.split_at_checked(at)?;
        let tag = tag.trim_end();
        let is_tag = tag.len() <= TAG && (tag.is_empty() || tag.ends_with(':') || tag.ends_with('-'));
        (header.host, is_tag.then_some(record)?)
    };
    match record.strip_prefix("node=") {
        Some(node) => node.split_once(' ').map(|(node, record)| (node, record.trim_start())),
        None => Some((host, record)),
    }
}

/// `1521757638.392`.
fn millis(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(seconds) || !is_number(fraction) || fraction.len() != 3 {
        return None;
    }
    let seconds: i64 = seconds.parse().ok().filter(|&seconds| seconds <= LATEST)?;
    Some(seconds * 1000 + fraction.parse::<i64>().ok()?)
}

/// The calls that tell of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Execute,
    Connect,
    Exit,
}

fn call(body: &str) -> Option<Part<'_>> {
    let text = |key: &str| Fields(body).find(|field| field.key == key);
    let plain = |key: &str| text(key).map(|field| field.value);
    let call = match (plain("arch")?, plain("syscall")?) {
        ("c000003e", "59" | "322") | ("40000003", "11" | "358") | ("c00000b7", "221" | "281") => {
            Call::Execute
        }
        ("c000003e", "42") | ("40000003", "362") | ("c00000b7", "203") => Call::Connect,
        // socketcall(2): the first argument is the call, 3 is connect.
        ("40000003", "102") if plain("a0") == Some("3") => Call::Connect,
        ("c000003e", "231") | ("40000003", "252") | ("c00000b7", "94") => Call::Exit,
        _ => return None,
    };
    let succeeded = plain("success") == Some("yes");
    if call == Call::Execute && !succeeded {
        return None;
    }
    let number = |key: &str| plain(key)?.parse::<u32>().ok();
    let user = match text("UID") {
        Some(field) if field.is_quoted && is_name(field.value) => Some(Cow::Borrowed(field.value)),
        _ => (number("uid") == Some(0)).then_some(Cow::Borrowed("root")),
    };
    let doer = Doer {
        pid: number("pid"),
        parent: number("ppid"),
        image: text("exe").and_then(|field| field.text()),
        user,
    };
    Some(match call {
        Call::Execute => Part::Start(doer),
        Call::Connect => Part::Connect { doer, failed: !succeeded && plain("exit") != Some(IN_PROGRESS) },
        Call::Exit => Part::End(doer),
    })
}

/// auditd writes `unset` and `unknown(1001)` for numbers without a name.
fn is_name(user: &str) -> bool {
    !user.is_empty() && user != "unset" && !user.starts_with("unknown(")
}

/// `argc=3 a0="ls" a1=2D6C61 a2_len=9000 a2[0]=... a2[1]=...`
fn arguments(body: &str) -> String {
    let mut line = String::new();
    for field in Fields(body) {
        let Some(name) = field.key.strip_prefix('a') else { continue };
        let (number, piece) = match name.split_once('[') {
            Some((number, piece)) => (number, piece.trim_end_matches(']')),
            None => (name, "0"),
        };
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        if piece == "0" && number != "0" {
            line.push(' ');
        }
        line.push_str(&field.text().unwrap_or_default());
    }
    line
}

/// NUL stands between the arguments, and sometimes at the end.
fn title(body: &str) -> Option<String> {
    let field = Fields(body).find(|field| field.key == "proctitle")?;
    let text = field.text()?;
    Some(text.trim_end_matches('\0').replace('\0', " "))
}

/// A `sockaddr` as it lies in memory: the family in the machine's order, little endian on all that are read here.
fn socket_address(body: &str) -> Option<Part<'static>> {
    let bytes = unhex(Fields(body).find(|field| field.key == "saddr")?.value)?;
    let (&[low, high, port_high, port_low], rest) = bytes.split_first_chunk::<4>()?;
    let address = match (low, high) {
        (2, 0) => Ipv4Addr::from(*rest.first_chunk::<4>()?).to_string(),
        (10, 0) => {
            let (_flow, rest) = rest.split_first_chunk::<4>()?;
            let address = Ipv6Addr::from(*rest.first_chunk::<16>()?);
            address.to_ipv4_mapped().map_or_else(|| address.to_string(), |v4| v4.to_string())
        }
        _ => return None,
    };
    Some(Part::Address { address, port: u16::from_be_bytes([port_high, port_low]) })
}

/// A field of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field<'a> {
    key: &'a str,
    value: &'a str,
    is_quoted: bool,
}

impl<'a> Field<'a> {
    /// Its text, decoded if need be.
    fn text(&self) -> Option<Cow<'a, str>> {
        if self.is_quoted {
            return (!self.value.is_empty()).then_some(Cow::Borrowed(self.value));
        }
        match self.value {
            "" | "?" | "(null)" | "(none)" => None,
            value => Some(match unhex(value) {
                Some(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
                None => Cow::Borrowed(value),
            }),
        }
    }
}

/// The fields of a record, in its order. What has no `=` is passed over.
struct Fields<'a>(&'a str);

/// Enriched records have their names behind a group separator.
fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{1d}')
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
            let rest = self.0.trim_start_matches(is_separator);
            let end = rest.find(|c| c == '=' || is_separator(c))?;
            let (key, after) = rest.split_at_checked(end)?;
            let Some(value) = after.strip_prefix('=') else {
                self.0 = after;
                continue;
            };
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (value, is_quoted) = match quote {
                Some(quote) => {
                    let inside = value.get(1..).unwrap_or_default();
                    let (value, rest) = inside.split_once(quote).unwrap_or((inside, ""));
                    self.0 = rest;
                    (value, true)
                }
                None => {
                    let end = value.find(is_separator).unwrap_or(value.len());
                    let (value, rest) = value.split_at_checked(end)?;
                    self.0 = rest;
                    (value, false)
                }
            };
            return Some(Field { key, value, is_quoted });
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

impl Doer<'_> {
    /// As the model has it.
    #[must_use]
    pub fn actor(&self) -> Actor<'_> {
        Actor {
            entity: None,
            pid: self.pid,
            image: self.image.as_deref(),
            user: self.user.as_deref().map(|user| ("", user)),
            sid: None,
        }
    }
}

impl AuditRecord<'_> {
    /// What the record alone tells. A SYSCALL that connects has no address yet, so that it may be no connection of
    /// the network at all.
    #[must_use]
    pub fn event(&self) -> Event<'_> {
        match &self.part {
            Part::Start(doer) => {
                let parent = Actor { pid: doer.parent, ..Actor::default() };
                let start = Action::Start {
                    parent,
                    command_line: None,
                    parent_command_line: None,
                    // The accounts that expectations name are those of Windows.
                    runs_as_user: false,
                    hashes: Hashes::default(),
                    logon: None,
                    signature: None,
                };
                self.event_of(Kind::ProcessStart, doer.actor(), start)
            }
            Part::End(doer) => self.event_of(Kind::ProcessEnd, doer.actor(), Action::End),
            Part::Connect { doer, .. } => self.event_of(Kind::Other, doer.actor(), Action::Other),
            _ => self.event_of(Kind::Other, Actor::default(), Action::Other),
        }
    }

    /// A connection to an address by whom another record of the event named.
    #[must_use]
    pub fn connection<'e>(
        &'e self,
        actor: Actor<'e>,
        (address, port): (&'e str, u16),
        failed: bool,
    ) -> Event<'e> {
        let connection = Connection {
            remote: (Some(address), Some(port)),
            initiated: Some(true),
            failed,
            ..Connection::default()
        };
        self.event_of(Kind::NetworkConnection, actor, Action::Connect(connection))
    }

    /// An event at the record's time on its host.
    #[must_use]
    pub fn event_of<'e>(&'e self, kind: Kind, actor: Actor<'e>, action: Action<'e>) -> Event<'e> {
        let (time, host) = (Some(self.time), self.host);
        Event { kind, sensor: Sensor::Auditd, time, shipped: None, host, actor, action }
    }
}

#[cfg(test)]
mod tests;
