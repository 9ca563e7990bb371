//! Ben's day: consoles, an update of Windows, a process id that is given out twice, a backup whose
//! agent the sensor missed, and a program that only Windows' own audit saw.

use std::rc::Rc;

use super::Facts;
use super::boot::Base;
use super::desktop::Desktop;
use super::office::{browser, chat, close, command, console, office, page};
use super::{Thread, oddities, sensor};
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::process::Record;
use crate::model::time::Time;

const SERVICING: &str = r"C:\Windows\WinSxS\amd64_microsoft-windows-servicingstack_31bf3856ad364e35_10.0.19041.4467_none_7e0f83ee7c8ecb03\TiWorker.exe";

/// Ben works.
pub(crate) fn work(host: &mut Host, base: &Base, desk: &Desktop, facts: &mut Facts) {
    office(host, desk, Time::at(7, 2, 10), "OUTLOOK.EXE", "");
    chat(host, desk, Time::at(6, 59, 2));
    let web = browser(host, desk, Time::at(7, 5, 48), 0);
    for (hour, minute) in [(7, 20), (8, 3), (8, 37), (9, 9), (9, 52), (10, 31)] {
        page(host, &web, Time::at(hour, minute, 8), 14);
    }
    consoles(host, base, desk, facts);
    update(host, base);
    sensor::lost_agent(host, base);
    oddities::housekeeping(host, base, Some(desk), Time::at(7, 16, 12));

    // userinit has ended; its process id goes to a descendant of the shell that it started, so that
    // following bare process ids would walk in a circle.
    let table = r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE";
    let line = format!("\"{table}\" \"C:\\Users\\ben.ode\\Documents\\stock list.xlsx\"");
    let table = Launch::new(table, line).reusing(desk.userinit.pid).label("reused pid");
    let table = host.start(Time::at(8, 9, 33), &desk.explorer, table);
    host.end(Time::at(10, 2, 5), &table);

    let printer = r"C:\Program Files\Larch Print\larchspool.exe";
    let printer = Launch::new(printer, format!("\"{printer}\" --once")).recorded(Record::Security);
    host.start(Time::at(9, 3, 44), &base.services.control, printer.label("4688 alone"));
}

/// Two consoles; the second one's command is stopped with Ctrl-C, which is a remote thread.
fn consoles(host: &mut Host, base: &Base, desk: &Desktop, facts: &mut Facts) {
    let line = r#""C:\Windows\system32\cmd.exe" "#;
    let launch = Launch::system32("cmd.exe", line).label("ben cmd");
    let shell = console(host, desk, Time::at(7, 40, 2), launch, 1_800);
    command(host, &shell, Time::at(7, 40, 21), ("ipconfig.exe", "ipconfig  /all"), 180);
    command(host, &shell, Time::at(7, 41, 2), ("tracert.exe", "tracert  dc-1"), 8_400);
    command(host, &shell, Time::at(7, 44, 50), ("findstr.exe", "findstr  /i error build.log"), 90);
    close(host, &shell, Time::at(7, 58, 12));

    let launch = Launch::system32("cmd.exe", line).recorded(Record::Both).label("twin cmd");
    let shell = console(host, desk, Time::at(9, 26, 14), launch, 0);
    let ping = Launch::system32("PING.EXE", "ping  -t tickets.hazel.example");
    let ping = host.start(Time::at(9, 26, 40), &shell, ping);
    let stopped = Time::at(9, 28, 3);
    let code = ("0x00007FF8A24C1D60", r"C:\Windows\System32\KERNELBASE.dll", "CtrlRoutine");
    for target in [&shell, &ping] {
        let thread = host.inject(stopped, &base.csrss, target, code);
        let (source, target) = (Rc::clone(&base.csrss), Rc::clone(target));
        let harmless = Some("csrss with CtrlRoutine");
        facts.threads.push(Thread { source, target, thread, harmless });
    }
    host.end(stopped.plus(20), &ping);
    close(host, &shell, Time::at(9, 31, 55));
}

/// Windows updates itself.
fn update(host: &mut Host, base: &Base) {
    let services = &base.services;
    let installer = r"C:\Windows\servicing\TrustedInstaller.exe";
    let launch = Launch::new(installer, installer);
    let installer = host.start(Time::at(8, 15, 6), &services.control, launch);
    let worker = Launch::new(SERVICING, format!("{SERVICING} -Embedding"));
    let worker = host.start(Time::at(8, 15, 7), &services.dcom, worker);
    host.end(Time::at(8, 26, 31), &worker);
    host.end(Time::at(8, 27, 2), &installer);
}
