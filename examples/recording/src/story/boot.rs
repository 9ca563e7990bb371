//! From power to the logon screen: the processes of every Windows host, with the parents that
//! Windows gives them.

use std::rc::Rc;

use super::services::{self, Services};
use crate::model::accounts::{built_in, system};
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::process::{Logon, Process};
use crate::model::time::Time;

/// Which Windows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Windows 10.
    Workstation,
    /// Windows Server.
    Server,
}

/// The processes of a booted host that the story comes back to.
pub(crate) struct Base {
    /// PID 4.
    pub(crate) system: Rc<Process>,
    /// Of the first interactive session.
    pub(crate) csrss: Rc<Process>,
    /// Of the first interactive session.
    pub(crate) winlogon: Rc<Process>,
    /// Of the first interactive session.
    pub(crate) dwm: Rc<Process>,
    /// The logon screen, until somebody logs on.
    pub(crate) logon_ui: Rc<Process>,
    /// What services.exe started.
    pub(crate) services: Services,
}

const CSRSS: &str = r"%SystemRoot%\system32\csrss.exe ObjectDirectory=\Windows SharedSection=1024,20480,768 Windows=On SubSystemType=Windows ServerDll=basesrv,1 ServerDll=winsrv:UserServerDllInitialization,3 ServerDll=sxssrv,4 ProfileControl=Off MaxRequestThreads=16";

/// Boots a host.
pub(crate) fn boot(host: &mut Host, at: Time, kind: Kind) -> Base {
    let system_logon = system(at);
    let system = host.boot(at, &system_logon);
    let smss = Launch::system32("smss.exe", r"\SystemRoot\System32\smss.exe").inside(r"C:\Windows");
    let smss = host.start(at.plus(310), &system, smss.label("boot smss"));
    let check = Launch::system32("autochk.exe", r"\??\C:\Windows\system32\autochk.exe *");
    let check = host.start(at.plus(420), &smss, check.inside(r"C:\Windows").label("boot autochk"));
    host.end(at.plus(1900), &check);

    let first = session_manager(host, at.plus(2100), &smss, ("000000d8 00000084", 0));
    let csrss = Launch::system32("csrss.exe", CSRSS).label("boot csrss 0");
    host.start(at.plus(2180), &first, csrss);
    let wininit = Launch::system32("wininit.exe", "wininit.exe").label("boot wininit");
    let wininit = host.start(at.plus(2410), &first, wininit);
    let second = session_manager(host, at.plus(2430), &smss, ("000000e4 00000084", 1));
    host.end(at.plus(2440), &first);
    let csrss = Launch::system32("csrss.exe", CSRSS).label("boot csrss 1");
    let csrss = host.start(at.plus(2470), &second, csrss);
    let winlogon = Launch::system32("winlogon.exe", "winlogon.exe").label("boot winlogon");
    let winlogon = host.start(at.plus(2590), &second, winlogon);
    host.end(at.plus(2620), &second);

    let services_command = r"C:\Windows\system32\services.exe";
    let services = Launch::system32("services.exe", services_command).label("boot services");
    let services = host.start(at.plus(2660), &wininit, services);
    let lsass = Launch::system32("lsass.exe", r"C:\Windows\system32\lsass.exe");
    let lsass = host.start(at.plus(2710), &wininit, lsass.label("boot lsass"));

    drivers(host, at.plus(2800), &wininit, ("UMFD-0", "S-1-5-96-0-0", 0xa21c));
    drivers(host, at.plus(2830), &winlogon, ("UMFD-1", "S-1-5-96-0-1", 0xa238));
    let manager = built_in(at.plus(3300), "Window Manager", "DWM-1", "S-1-5-90-0-1", 0x1_03aa);
    let dwm = Launch::system32("dwm.exe", "\"dwm.exe\"").by(&manager).label("boot dwm");
    let dwm = host.start(at.plus(3310), &winlogon, dwm);
    let screen = Launch::system32("LogonUI.exe", LOGON_UI).label("boot LogonUI");
    let logon_ui = host.start(at.plus(3420), &winlogon, screen);

    let services = services::start(host, at.plus(3000), (&services, &lsass), kind);
    Base { system, csrss, winlogon, dwm, logon_ui, services }
}

const LOGON_UI: &str = "\"LogonUI.exe\" /flags:0x2 /state0:0xa3a0c055 /state1:0x41c64e6d";

/// The session manager of one session, which starts its two children and goes.
fn session_manager(
    host: &mut Host,
    at: Time,
    smss: &Rc<Process>,
    (arguments, session): (&str, u64),
) -> Rc<Process> {
    let command = format!(r"\SystemRoot\System32\smss.exe {arguments} ");
    let label = if session == 0 { "boot smss 0" } else { "boot smss 1" };
    let launch = Launch::system32("smss.exe", command).inside(r"C:\Windows").session(session);
    host.start(at, smss, launch.label(label))
}

/// The font drivers of one session.
fn drivers(host: &mut Host, at: Time, parent: &Rc<Process>, (name, sid, id): (&'static str, &str, u64)) {
    let logon: Rc<Logon> = built_in(at, "Font Driver Host", name, sid, id);
    let label = if name == "UMFD-0" { "boot fontdrvhost 0" } else { "boot fontdrvhost 1" };
    let launch = Launch::system32("fontdrvhost.exe", "\"fontdrvhost.exe\"").by(&logon);
    host.start(at, parent, launch.integrity("Low").label(label));
}
