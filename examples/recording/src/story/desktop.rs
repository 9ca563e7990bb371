//! A person logs on: userinit starts the shell and goes, the services start what belongs to a
//! session.

use std::rc::Rc;

use super::boot::Base;
use super::people::Person;
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::process::{Logon, Process};
use crate::model::security::Origin;
use crate::model::time::Time;

/// A session with a shell.
pub(crate) struct Desktop {
    /// Who.
    pub(crate) person: &'static Person,
    /// The account's logon on that host.
    pub(crate) logon: Rc<Logon>,
    /// userinit.exe, which has ended.
    pub(crate) userinit: Rc<Process>,
    /// The shell.
    pub(crate) explorer: Rc<Process>,
}

/// Programs that DCOM starts for a session: path and command line.
const APPS: [(&str, &str); 7] = [
    (r"C:\Windows\System32\RuntimeBroker.exe", r"C:\Windows\System32\RuntimeBroker.exe -Embedding"),
    (
        r"C:\Windows\SystemApps\Microsoft.Windows.StartMenuExperienceHost_cw5n1h2txyewy\StartMenuExperienceHost.exe",
        r#""C:\Windows\SystemApps\Microsoft.Windows.StartMenuExperienceHost_cw5n1h2txyewy\StartMenuExperienceHost.exe" -ServerName:App.AppXywbrabmsek0gm3tkwpr5kwzbs55tkqay.mca"#,
    ),
    (r"C:\Windows\System32\RuntimeBroker.exe", r"C:\Windows\System32\RuntimeBroker.exe -Embedding"),
    (
        r"C:\Windows\SystemApps\ShellExperienceHost_cw5n1h2txyewy\ShellExperienceHost.exe",
        r#""C:\Windows\SystemApps\ShellExperienceHost_cw5n1h2txyewy\ShellExperienceHost.exe" -ServerName:App.AppXtk181tbxbce2qsex02s8tw7hfxa9xb3t.mca"#,
    ),
    (
        r"C:\Windows\System32\dllhost.exe",
        r"C:\Windows\system32\DllHost.exe /Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}",
    ),
    (r"C:\Windows\System32\smartscreen.exe", r"C:\Windows\System32\smartscreen.exe -Embedding"),
    (r"C:\Windows\System32\RuntimeBroker.exe", r"C:\Windows\System32\RuntimeBroker.exe -Embedding"),
];

/// Logs a person on at the console.
pub(crate) fn log_on(host: &mut Host, base: &Base, at: Time, person: &'static Person) -> Desktop {
    let logon = Rc::new(Logon {
        domain: "HAZEL",
        name: person.name,
        sid: person.sid(),
        id: person.logon,
        since: at,
        integrity: "Medium",
    });
    let process = Some(Rc::clone(&base.services.users));
    let origin = Origin { kind: "2", address: "127.0.0.1", port: 0, process };
    host.logon_4624(at, &logon, &origin);

    let command = r"C:\Windows\system32\userinit.exe";
    let userinit = Launch::system32("userinit.exe", command).by(&logon).label("logon userinit");
    let userinit = host.start(at.plus(640), &base.winlogon, userinit);
    let shell = Launch::new(r"C:\Windows\explorer.exe", r"C:\Windows\Explorer.EXE");
    let explorer = host.start(at.plus(910), &userinit, shell.label("logon explorer"));
    host.end(at.plus(3200), &base.logon_ui);
    host.end(at.plus(26_400), &userinit);
    session(host, base, at, &logon);

    let tray = r"C:\Windows\System32\SecurityHealthSystray.exe";
    let quoted = format!("\"{tray}\" ");
    host.start(at.plus(14_300), &explorer, Launch::new(tray, quoted));
    let sync = format!(r"{}\AppData\Local\Microsoft\OneDrive\OneDrive.exe", person.home());
    let quoted = format!("\"{sync}\" /background");
    let sync_process = host.start(at.plus(15_100), &explorer, Launch::new(sync.as_str(), quoted));
    host.load(at.plus(15_160), &sync_process, &sync);
    Desktop { person, logon, userinit, explorer }
}

/// What the services start for the session.
fn session(host: &mut Host, base: &Base, at: Time, logon: &Rc<Logon>) {
    let services = &base.services;
    let user = |launch: Launch| launch.by(logon).session(1);
    let command = r"C:\Windows\system32\svchost.exe -k UnistackSvcGroup -s WpnUserService";
    host.start(at.plus(690), &services.control, user(Launch::system32("svchost.exe", command)));
    let sihost = user(Launch::system32("sihost.exe", "sihost.exe")).label("logon sihost");
    host.start(at.plus(720), &services.users, sihost);
    let command = "taskhostw.exe {222A245B-E637-4AE9-A93F-A59CA119A75E}";
    let task = user(Launch::system32("taskhostw.exe", command)).label("logon taskhostw");
    host.start(at.plus(760), &services.schedule, task);
    let ctfmon = user(Launch::system32("ctfmon.exe", "\"ctfmon.exe\"")).label("logon ctfmon");
    host.start(at.plus(840), &services.tablet, ctfmon);
    let mut delay = 4_100;
    for (image, command) in APPS {
        let app = user(Launch::new(image, command));
        let process = host.start(at.plus(delay), &services.dcom, app);
        if image.ends_with("dllhost.exe") {
            host.end(at.plus(delay + 6_000), &process);
        }
        delay += 730;
    }
}
