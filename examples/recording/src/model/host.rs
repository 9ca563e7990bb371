//! A host: its clock, its GUIDs and ports; it remembers its processes and collects its events.

use std::rc::Rc;

use super::event::Event;
use super::process::Process;
use super::random::Random;
use super::time::Time;

/// One computer with Sysmon on it.
pub(crate) struct Host {
    /// FQDN.
    pub(crate) name: &'static str,
    /// Its address, which it keeps all day.
    pub(crate) address: &'static str,
    /// The first digits of its GUIDs.
    machine: u32,
    /// Whether its GUIDs are written in upper case.
    upper: bool,
    /// How far its clock is ahead of the true one, in milliseconds.
    pub(crate) ahead_ms: u64,
    /// How long its lines are under way to the collector, in milliseconds.
    pub(crate) delay_ms: u64,
    /// Its own stream of numbers.
    pub(crate) random: Random,
    /// Every process of the day, in the order of their starts.
    pub(crate) processes: Vec<Rc<Process>>,
    /// Every event, in no order.
    pub(crate) events: Vec<Event>,
    pub(super) last_pid: u64,
    pub(super) last_counter: u64,
    last_port: u64,
}

impl Host {
    /// A host that has not booted.
    pub(crate) fn new(name: &'static str, address: &'static str, machine: u32) -> Self {
        Self {
            name,
            address,
            machine,
            upper: false,
            ahead_ms: 0,
            delay_ms: 1100,
            random: Random::seeded(name),
            processes: Vec::new(),
            events: Vec::new(),
            last_pid: 300,
            last_counter: 0,
            last_port: 49_700,
        }
    }

    /// Writes its GUIDs in upper case.
    pub(crate) fn upper(mut self) -> Self {
        self.upper = true;
        self
    }

    /// Has a clock that is ahead.
    pub(crate) fn ahead(mut self, ms: u64) -> Self {
        self.ahead_ms = ms;
        self
    }

    /// `WS-ANNA`.
    pub(crate) fn short(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }

    /// The host's own clock.
    pub(crate) fn clock(&self, at: Time) -> Time {
        at.plus(self.ahead_ms)
    }

    /// A GUID in Sysmon's form: machine, start in seconds, and a number in little-endian order.
    pub(crate) fn guid(&self, at: Time, number: u64) -> String {
        let seconds = self.clock(at).seconds();
        let low = number.swap_bytes();
        let text = format!(
            "{{{:08x}-{:04x}-{:04x}-{:04x}-{:012x}}}",
            self.machine,
            seconds & 0xffff,
            seconds >> 16 & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        );
        if self.upper { text.to_uppercase() } else { text }
    }

    /// The next ephemeral port.
    pub(crate) fn port(&mut self) -> u64 {
        self.last_port += 1 + self.random.below(5);
        self.last_port
    }

    /// A thread id.
    pub(crate) fn thread(&mut self) -> u64 {
        4 * (700 + self.random.below(2400))
    }
}
