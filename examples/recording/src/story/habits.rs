//! What each program does again and again, as a table.

use super::people::{CLOUD, DC, MAIL, SITES};

/// One thing that a program does.
#[derive(Clone, Copy)]
pub(super) enum Act {
    /// Resolves and visits one of these, on that port.
    Visit(&'static [(&'static str, &'static str)], u64),
    /// Creates a file; `{home}` and `{n}` are filled in.
    Create(&'static str),
    /// Creates a key.
    Key(&'static str),
    /// Sets a value.
    Value(&'static str, &'static str),
    /// Loads a library.
    Load(&'static str),
    /// Opens the named program's process with that mask.
    Open(&'static str, &'static str),
    /// Creates a pipe.
    Pipe(&'static str),
    /// Connects to a pipe.
    Client(&'static str),
}

/// What a program does: part of its command line, and its acts.
pub(super) type Habit = (&'static str, &'static [Act]);

/// The programs of the three hosts.
pub(super) const HABITS: [Habit; 14] = [
    (
        "--profile-directory",
        &[
            Act::Visit(&SITES, 443),
            Act::Visit(&SITES, 443),
            Act::Create(r"{home}\AppData\Local\Microsoft\Edge\User Data\Default\Cache\f_{n}"),
            Act::Value(r"HKU\{sid}\SOFTWARE\Microsoft\Edge\BLBeacon\failed_count", "DWORD (0x00000000)"),
            Act::Pipe(r"\mojo.{n}.7724"),
            Act::Create(r"{home}\Downloads\timetable {n}.pdf"),
        ],
    ),
    (
        "outlook.exe",
        &[
            Act::Visit(&[MAIL], 443),
            Act::Create(r"{home}\AppData\Local\Microsoft\Outlook\RoamCache\Stream_{n}.dat"),
            Act::Value(r"HKU\{sid}\SOFTWARE\Microsoft\Office\16.0\Outlook\Perf\Last", "QWORD (0x{n})"),
            Act::Client(r"\srvsvc"),
        ],
    ),
    (
        "excel.exe",
        &[
            Act::Create(r"{home}\AppData\Roaming\Microsoft\Excel\Book {n}.xlsb"),
            Act::Key(r"HKU\{sid}\SOFTWARE\Microsoft\Office\16.0\Excel\Resiliency\{n}"),
        ],
    ),
    (
        "onedrive.exe",
        &[
            Act::Visit(&CLOUD, 443),
            Act::Create(r"{home}\AppData\Local\Microsoft\OneDrive\logs\Personal\Sync-{n}.odl"),
        ],
    ),
    (
        "--system-initiated",
        &[Act::Visit(&CLOUD, 443), Act::Create(r"{home}\AppData\Roaming\Microsoft\Teams\Cache\data_{n}")],
    ),
    (
        "explorer.exe",
        &[
            Act::Value(
                r"HKU\{sid}\SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\RecentDocs\MRUListEx",
                "Binary Data",
            ),
            Act::Key(r"HKU\{sid}\SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\SessionInfo\1\{n}"),
            Act::Create(r"{home}\AppData\Roaming\Microsoft\Windows\Recent\{n}.lnk"),
            Act::Load(r"C:\Windows\System32\thumbcache.dll"),
        ],
    ),
    (
        "-s dhcp",
        &[Act::Value(
            r"HKLM\System\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\{3f1c9a20-77d4-4c38-9a0e-5a1b2c3d4e5f}\LeaseObtainedTime",
            "DWORD (0x{n})",
        )],
    ),
    (
        "-s gpsvc",
        &[
            Act::Visit(&[DC], 389),
            Act::Key(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\{n}"),
        ],
    ),
    (
        "-s diagtrack",
        &[
            Act::Visit(&CLOUD, 443),
            Act::Value(
                r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Diagnostics\DiagTrack\HeartBeats\Default\LastHeartBeatTime",
                "QWORD (0x{n})",
            ),
        ],
    ),
    (
        "-s winmgmt",
        &[
            Act::Open("lsass.exe", "0x1400"),
            Act::Open("explorer.exe", "0x1410"),
            Act::Load(r"C:\Windows\System32\wbem\wbemcore.dll"),
        ],
    ),
    (
        "msmpeng.exe",
        &[
            Act::Open("explorer.exe", "0x1000"),
            Act::Open("lsass.exe", "0x1000"),
            Act::Open("svchost.exe", "0x1000"),
            Act::Create(r"C:\ProgramData\Microsoft\Windows Defender\Scans\History\{n}"),
            Act::Load(r"C:\Windows\System32\wintrust.dll"),
        ],
    ),
    ("lsass.exe", &[Act::Visit(&[DC], 88), Act::Load(r"C:\Windows\System32\kerberos.dll")]),
    (
        "searchindexer.exe",
        &[
            Act::Create(
                r"C:\ProgramData\Microsoft\Search\Data\Applications\Windows\GatherLogs\SystemIndex\{n}.gthr",
            ),
            Act::Pipe(r"\SearchTextHarvester-{n}"),
        ],
    ),
    (
        "spoolsv.exe",
        &[
            Act::Key(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Print\Printers\Hall\{n}"),
            Act::Client(r"\spoolss"),
        ],
    ),
];
