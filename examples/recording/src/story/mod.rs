//! What happened: the three hosts boot, three people work, one of them opens the wrong letter.
//! Everything that the ground truth tells is noted here when it happens, not read back from events.

mod attack;
mod boot;
mod day_anna;
mod day_ben;
mod day_cora;
mod desktop;
mod habits;
mod implant;
mod lateral;
mod oddities;
mod office;
mod people;
mod routine;
mod sensor;
mod services;
mod smb;

use std::rc::Rc;

use crate::model::host::Host;
use crate::model::network::Link;
use crate::model::process::Process;
use crate::model::time::Time;

/// The end of the recording.
pub(crate) const END: Time = Time::at(11, 30, 0);

/// A thread that one process started in another.
pub(crate) struct Thread {
    /// Who started it.
    pub(crate) source: Rc<Process>,
    /// In whom.
    pub(crate) target: Rc<Process>,
    /// Its id.
    pub(crate) thread: u64,
    /// Why it is harmless; none for the attack's.
    pub(crate) harmless: Option<&'static str>,
}

/// A network logon and the process that carries its id.
pub(crate) struct Arrival {
    /// Who logged on.
    pub(crate) user: String,
    /// The logon's id on the server.
    pub(crate) logon_id: u64,
    /// The client's address and port.
    pub(crate) client: (&'static str, u64),
    /// What was started with it.
    pub(crate) process: Rc<Process>,
}

/// What is true of the story beyond its processes.
#[derive(Default)]
pub(crate) struct Facts {
    /// Connections that both ends saw.
    pub(crate) links: Vec<Link>,
    /// Every remote thread.
    pub(crate) threads: Vec<Thread>,
    /// The remote start.
    pub(crate) arrivals: Vec<Arrival>,
    /// Files that were dropped and then run: who dropped, the path, who ran.
    pub(crate) drops: Vec<(Rc<Process>, &'static str, Rc<Process>)>,
}

/// The three hosts after their day, and what is true of it.
pub(crate) struct Story {
    /// WS-ANNA, WS-BEN, SRV-FILE.
    pub(crate) hosts: [Host; 3],
    /// What happened between processes.
    pub(crate) facts: Facts,
}

/// Tells the whole story.
pub(crate) fn tell() -> Story {
    let mut anna = Host::new("WS-ANNA.hazel.example", "10.20.1.21", 0x7c4e_19a2);
    let mut ben = Host::new("WS-BEN.hazel.example", "10.20.1.22", 0x2fd8_06b5).upper();
    let mut file = Host::new("SRV-FILE.hazel.example", "10.20.0.20", 0xa9b1_53e0).ahead(420);
    let mut facts = Facts::default();

    let file_base = boot::boot(&mut file, Time::at(5, 30, 2), boot::Kind::Server);
    let anna_base = boot::boot(&mut anna, Time::at(6, 41, 7), boot::Kind::Workstation);
    let ben_base = boot::boot(&mut ben, Time::at(6, 55, 40), boot::Kind::Workstation);

    let anna_desk = desktop::log_on(&mut anna, &anna_base, Time::at(6, 43, 12), &people::ANNA);
    let ben_desk = desktop::log_on(&mut ben, &ben_base, Time::at(6, 57, 31), &people::BEN);
    let file_desk = desktop::log_on(&mut file, &file_base, Time::at(7, 20, 44), &people::CORA);

    let office = day_anna::work(&mut anna, &anna_base, &anna_desk);
    day_ben::work(&mut ben, &ben_base, &ben_desk, &mut facts);
    day_cora::work(&mut file, &file_base, &file_desk, &mut facts);
    oddities::harmless_threads(&mut anna, &anna_base, &mut facts);
    oddities::harmless_threads(&mut ben, &ben_base, &mut facts);
    smb::shares(&mut anna, &anna_base, &mut file, &file_base, &anna_desk.logon, &mut facts);
    smb::shares(&mut ben, &ben_base, &mut file, &file_base, &ben_desk.logon, &mut facts);

    let foothold = attack::run(&mut anna, &anna_desk, &office, &mut facts);
    lateral::run((&mut anna, &anna_base, &foothold), (&mut file, &file_base), &mut facts);

    for host in [&mut anna, &mut ben, &mut file] {
        routine::fill(host);
    }
    Story { hosts: [anna, ben, file], facts }
}
