//! What services.exe starts: the shared hosts with their groups, and the services with a program of
//! their own, Sysmon among them.

use std::rc::Rc;

use super::boot::Kind;
use super::sensor;
use crate::model::accounts::built_in;
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::process::{Logon, Process};
use crate::model::time::Time;

/// The services that start processes of their own or take part in connections.
pub(crate) struct Services {
    /// services.exe itself.
    pub(crate) control: Rc<Process>,
    /// `-k DcomLaunch -p`: starts COM servers, WMI hosts, the apps.
    pub(crate) dcom: Rc<Process>,
    /// `-k RPCSS -p`: owns port 135.
    pub(crate) rpc: Rc<Process>,
    /// `-s Schedule`.
    pub(crate) schedule: Rc<Process>,
    /// `-s UserManager`.
    pub(crate) users: Rc<Process>,
    /// `-s TabletInputService`.
    pub(crate) tablet: Rc<Process>,
    /// `-s Winmgmt`.
    pub(crate) wmi: Rc<Process>,
    /// `-s Appinfo`.
    pub(crate) appinfo: Rc<Process>,
    /// SearchIndexer.exe.
    pub(crate) indexer: Rc<Process>,
    /// MsMpEng.exe.
    pub(crate) defender: Rc<Process>,
    /// NETWORK SERVICE.
    pub(crate) network: Rc<Logon>,
}

const ROWS: [(&str, Account); 22] = [
    ("LSM -k DcomLaunch", Account::System),
    ("EventLog -k LocalServiceNetworkRestricted", Account::Local),
    ("ProfSvc -k netsvcs", Account::System),
    ("nsi -k LocalService", Account::Local),
    ("Dhcp -k LocalServiceNetworkRestricted", Account::Local),
    ("Dnscache -k NetworkService", Account::Network),
    ("Themes -k netsvcs", Account::System),
    ("SENS -k netsvcs", Account::System),
    ("LanmanWorkstation -k NetworkService", Account::Network),
    ("LanmanServer -k netsvcs", Account::System),
    ("CryptSvc -k NetworkService", Account::Network),
    ("NlaSvc -k NetworkService", Account::Network),
    ("netprofm -k LocalService", Account::Local),
    ("StateRepository -k appmodel", Account::System),
    ("wuauserv -k netsvcs", Account::System),
    ("DiagTrack -k utcsvc", Account::System),
    ("W32Time -k LocalService", Account::Local),
    ("gpsvc -k netsvcs", Account::System),
    ("FontCache -k LocalService", Account::Local),
    ("SysMain -k LocalSystemNetworkRestricted", Account::System),
    ("iphlpsvc -k NetSvcs", Account::System),
    ("BFE -k LocalServiceNoNetwork", Account::Local),
];

#[derive(Clone, Copy)]
enum Account {
    System,
    Local,
    Network,
}

/// Starts the services; `(services.exe, lsass.exe)` are there already.
pub(crate) fn start(
    host: &mut Host,
    at: Time,
    (control, lsass): (&Rc<Process>, &Rc<Process>),
    kind: Kind,
) -> Services {
    let local = built_in(at, "NT AUTHORITY", "LOCAL SERVICE", "S-1-5-19", 0x3e5);
    let network = built_in(at, "NT AUTHORITY", "NETWORK SERVICE", "S-1-5-20", 0x3e4);
    let mut shared = |delay, arguments: &str, account| {
        let command = format!(r"C:\Windows\system32\svchost.exe {arguments}");
        let launch = Launch::system32("svchost.exe", command).label("boot svchost");
        let launch = match account {
            Account::System => launch,
            Account::Local => launch.by(&local),
            Account::Network => launch.by(&network),
        };
        host.start(at.plus(delay), control, launch)
    };
    let dcom = shared(10, "-k DcomLaunch -p", Account::System);
    let rpc = shared(60, "-k RPCSS -p", Account::Network);
    let schedule = shared(140, "-k netsvcs -p -s Schedule", Account::System);
    let users = shared(180, "-k netsvcs -p -s UserManager", Account::System);
    let wmi = shared(230, "-k netsvcs -p -s Winmgmt", Account::System);
    let appinfo = shared(260, "-k netsvcs -p -s Appinfo", Account::System);
    let tablet_row = "-k LocalSystemNetworkRestricted -p -s TabletInputService";
    let tablet = shared(290, tablet_row, Account::System);
    let mut delay = 330;
    for (row, account) in ROWS {
        let (service, group) = row.split_once(' ').unwrap_or((row, ""));
        shared(delay, &format!("{group} -p -s {service}"), account);
        delay += 47;
    }
    let defender = own(host, at.plus(1900), control, DEFENDER);
    own(host, at.plus(2050), control, (SPOOLER, SPOOLER));
    let indexer = own(host, at.plus(2300), control, (INDEXER, INDEXER_COMMAND));
    own(host, at.plus(2420), control, (NXLOG, NXLOG_COMMAND));
    if kind == Kind::Server {
        own(host, at.plus(2500), control, (DFS, DFS));
    }
    sensor::start(host, at.plus(2600), control);
    host.open(at.plus(5200), &wmi, lsass, "0x1400");
    let (control, network) = (Rc::clone(control), Rc::clone(&network));
    Services { control, dcom, rpc, schedule, users, tablet, wmi, appinfo, indexer, defender, network }
}

const DEFENDER: (&str, &str) = (
    r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24050.7-0\MsMpEng.exe",
    r#""C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24050.7-0\MsMpEng.exe""#,
);
const SPOOLER: &str = r"C:\Windows\System32\spoolsv.exe";
const INDEXER: &str = r"C:\Windows\System32\SearchIndexer.exe";
const INDEXER_COMMAND: &str = r"C:\Windows\system32\SearchIndexer.exe /Embedding";
const NXLOG: &str = r"C:\Program Files\nxlog\nxlog.exe";
const NXLOG_COMMAND: &str = r#""C:\Program Files\nxlog\nxlog.exe" -c conf\nxlog.conf"#;
const DFS: &str = r"C:\Windows\System32\dfssvc.exe";

/// A service with its own program.
fn own(host: &mut Host, at: Time, control: &Rc<Process>, paths: (&str, &str)) -> Rc<Process> {
    let label = if paths.0 == SPOOLER { "boot spoolsv" } else { "boot service" };
    host.start(at, control, Launch::new(paths.0, paths.1).label(label))
}
