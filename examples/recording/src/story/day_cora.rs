//! Cora's day at the console of the file server: the shares, a shell, a restore list.

use super::Facts;
use super::boot::Base;
use super::desktop::Desktop;
use super::oddities;
use super::office::{close, command, console, loaded};
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::time::Time;

/// Cora works.
pub(crate) fn work(host: &mut Host, base: &Base, desk: &Desktop, facts: &mut Facts) {
    let manager = r"C:\Windows\System32\ServerManager.exe";
    let launch = Launch::new(manager, format!("\"{manager}\" ")).by(&desk.logon).session(1);
    let manager = host.start(Time::at(7, 21, 30), &base.services.schedule, launch);
    host.end(Time::at(7, 52, 18), &manager);

    let line = r#""C:\Windows\system32\mmc.exe" "C:\Windows\system32\fsmgmt.msc" "#;
    let shares = Launch::system32("mmc.exe", line);
    let shares = host.start(Time::at(7, 30, 5), &desk.explorer, shares);
    loaded(host, Time::at(7, 30, 5), &shares);
    host.end(Time::at(8, 10, 40), &shares);

    let shell = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
    let shell = Launch::new(shell, format!("\"{shell}\" "));
    let shell = console(host, desk, Time::at(8, 24, 16), shell, 0);
    host.load(Time::at(8, 24, 17), &shell, &shell.image);
    command(host, &shell, Time::at(8, 26, 2), ("robocopy.exe", ROBOCOPY), 41_000);
    command(host, &shell, Time::at(8, 40, 9), ("openfiles.exe", "openfiles /query"), 640);
    close(host, &shell, Time::at(8, 58, 44));

    let line = r#""C:\Windows\system32\notepad.exe" D:\Shares\Admin\restore list.txt"#;
    let note = Launch::system32("notepad.exe", line);
    let note = host.start(Time::at(9, 5, 50), &desk.explorer, note);
    host.end(Time::at(9, 17, 20), &note);
    oddities::housekeeping(host, base, None, Time::at(6, 10, 0));
    oddities::harmless_threads(host, base, facts);
}

const ROBOCOPY: &str = r#""C:\Windows\system32\Robocopy.exe" D:\Shares\Scans E:\Mirror\Scans /MIR /R:1 /W:1"#;
