//! What makes a recording real without being an attack: helpers that come and go, and remote threads of
//! Windows itself.

use std::rc::Rc;

use super::boot::Base;
use super::desktop::Desktop;
use super::{Facts, Thread};
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::time::Time;

const WMI_COMMAND: &str = r"C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding";
/// WMI's provider host.
pub(crate) const WMI: &str = r"C:\Windows\System32\wbem\WmiPrvSE.exe";

/// The short-lived helpers of a usual day, from `first` on, every forty minutes.
pub(crate) fn housekeeping(host: &mut Host, base: &Base, desk: Option<&Desktop>, first: Time) {
    for round in 0..6 {
        let at = first.plus(round * 2_400_000 + host.random.below(90_000));
        let services = &base.services;
        let wmi = Launch::new(WMI, WMI_COMMAND).by(&services.network);
        let wmi = host.start(at, &services.dcom, wmi);
        host.end(at.plus(92_000), &wmi);
        let search = r"C:\Windows\System32\SearchProtocolHost.exe";
        let line = format!("\"{search}\" Global\\UsGthrFltPipeMssGthrPipe{}_ 1 -2147483646", round + 3);
        let search = host.start(at.plus(310_000), &services.indexer, Launch::new(search, line));
        host.end(at.plus(432_000), &search);
        let com = r"C:\Windows\system32\DllHost.exe /Processid:{3EB3C877-1F16-487C-9050-104DBCD66683}";
        let com = Launch::system32("dllhost.exe", com);
        let com = host.start(at.plus(505_000), &services.dcom, com);
        host.end(at.plus(511_000), &com);
        let line = r"taskhostw.exe Install $(Arg0)";
        let task = Launch::system32("taskhostw.exe", line);
        let task = host.start(at.plus(733_000), &services.schedule, task);
        host.end(at.plus(761_000), &task);
        let Some(desk) = desk else { continue };
        let line = r#""C:\Windows\system32\backgroundTaskHost.exe" -ServerName:BackgroundTaskHost.WebAccountProvider"#;
        let task = Launch::system32("backgroundTaskHost.exe", line).by(&desk.logon).session(1);
        let task = host.start(at.plus(902_000), &services.dcom, task);
        host.end(at.plus(914_000), &task);
    }
    scan(host, base, first.plus(1_500_000));
}

/// The scanner's command-line tool: a console program of a service, hence with a conhost.
fn scan(host: &mut Host, base: &Base, at: Time) {
    let defender = &base.services.defender;
    let tool = defender.image.replace("MsMpEng", "MpCmdRun");
    let line = format!("\"{tool}\" SignatureUpdate -ScheduleJob");
    let tool = host.start(at, defender, Launch::new(tool, line));
    let window = host.start(at.plus(11), &tool, Launch::conhost());
    host.end(at.plus(5_300), &tool);
    host.end(at.plus(5_309), &window);
    let consent = Launch::system32(
        "consent.exe",
        format!("consent.exe {} 312 000001F6D3A4B2C0", base.services.appinfo.pid),
    );
    let consent = host.start(at.plus(600_000), &base.services.appinfo, consent.session(1));
    host.end(at.plus(607_000), &consent);
}

/// The window manager starts a thread in csrss, as it does on every host.
pub(crate) fn harmless_threads(host: &mut Host, base: &Base, facts: &mut Facts) {
    let code = ("0xFFFFBE0C41A62460", "-", "-");
    let at = Time::at(7, 37, 51).plus(host.random.below(50_000));
    let thread = host.inject(at, &base.dwm, &base.csrss, code);
    let (source, target) = (Rc::clone(&base.dwm), Rc::clone(&base.csrss));
    let harmless = Some("dwm into csrss");
    facts.threads.push(Thread { source, target, thread, harmless });
}
