//! The programs of an office, as every desktop starts them.

use std::rc::Rc;

use super::desktop::Desktop;
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::process::Process;
use crate::model::time::Time;

/// Where the office programs are.
pub(crate) const OFFICE: &str = r"C:\Program Files\Microsoft Office\root\Office16";
/// The browser.
pub(crate) const BROWSER: &str = r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe";

/// A program of the office suite, from the desktop.
pub(crate) fn office(host: &mut Host, desk: &Desktop, at: Time, name: &str, arguments: &str) -> Rc<Process> {
    let path = format!(r"{OFFICE}\{name}");
    let launch = Launch::new(path.as_str(), format!("\"{path}\" {arguments}"));
    let launch = launch.inside(format!(r"{}\", desk.person.home()));
    let process = host.start(at, &desk.explorer, launch);
    loaded(host, at, &process);
    process
}

/// What Windows logs while a program starts: its own image, a library, the shell's handle.
pub(crate) fn loaded(host: &mut Host, at: Time, process: &Process) {
    host.load(at.plus(12), process, &process.image);
    host.load(at.plus(19), process, r"C:\Windows\System32\kernel32.dll");
    if let Some(parent) = &process.parent {
        host.open(at.plus(6), parent, process, "0x1fffff");
    }
}

/// The browser with its helpers. `late_ms` delays the record of the browser's own start.
pub(crate) fn browser(host: &mut Host, desk: &Desktop, at: Time, late_ms: u64) -> Rc<Process> {
    let launch = Launch::new(BROWSER, format!("\"{BROWSER}\" --profile-directory=Default"));
    let launch = launch.inside(r"C:\Program Files (x86)\Microsoft\Edge\Application\");
    let process = host.start(at, &desk.explorer, launch.late(late_ms));
    let helpers = [
        ("--type=crashpad-handler --no-rate-limit", "Medium", 90),
        ("--type=gpu-process --mojo-platform-channel-handle=1772 /prefetch:2", "Low", 240),
        ("--type=utility --utility-sub-type=network.mojom.NetworkService", "Medium", 260),
        ("--type=renderer --lang=en-GB --renderer-client-id=5", "Low", 700),
        ("--type=renderer --lang=en-GB --renderer-client-id=6", "Low", 820),
    ];
    for (arguments, integrity, delay) in helpers {
        let helper = Launch::new(BROWSER, format!("\"{BROWSER}\" {arguments}"));
        host.start(at.plus(delay), &process, helper.integrity(integrity));
    }
    host.load(at.plus(1200), &process, BROWSER);
    process
}

/// A further page: one more renderer, which ends when the page is closed.
pub(crate) fn page(host: &mut Host, browser: &Rc<Process>, at: Time, minutes: u64) {
    let arguments = "--type=renderer --lang=en-GB --renderer-client-id=9";
    let helper = Launch::new(BROWSER, format!("\"{BROWSER}\" {arguments}")).integrity("Low");
    let page = host.start(at, browser, helper);
    host.end(at.plus(minutes * 60_000 + 417), &page);
}

/// The chat program, which an updater starts and leaves.
pub(crate) fn chat(host: &mut Host, desk: &Desktop, at: Time) -> Rc<Process> {
    let folder = format!(r"{}\AppData\Local\Microsoft\Teams", desk.person.home());
    let (updater, program) = (format!(r"{folder}\Update.exe"), format!(r"{folder}\current\Teams.exe"));
    let command = format!("\"{updater}\" --processStart \"Teams.exe\"");
    let updater = host.start(at, &desk.explorer, Launch::new(updater, command));
    let command = format!("\"{program}\" --system-initiated");
    let chat = host.start(at.plus(900), &updater, Launch::new(program.as_str(), command));
    for kind in ["gpu-process", "renderer", "utility"] {
        let command = format!("\"{program}\" --type={kind} --no-sandbox");
        host.start(at.plus(1700), &chat, Launch::new(program.as_str(), command));
    }
    host.end(at.plus(2400), &updater);
    loaded(host, at.plus(900), &chat);
    chat
}

/// A console program from the desktop, with its console's host. `late_ms` delays the record of the
/// program's own start.
pub(crate) fn console(
    host: &mut Host,
    desk: &Desktop,
    at: Time,
    launch: Launch,
    late_ms: u64,
) -> Rc<Process> {
    let home = format!(r"{}\", desk.person.home());
    let shell = host.start(at, &desk.explorer, launch.inside(home).late(late_ms));
    let window = host.start(at.plus(14), &shell, Launch::conhost());
    host.open(at.plus(31), &shell, &window, "0x1fffff");
    shell
}

/// A command in a console: it shares the console of its parent and gets no conhost of its own.
pub(crate) fn command(
    host: &mut Host,
    shell: &Rc<Process>,
    at: Time,
    (name, line): (&str, &str),
    milliseconds: u64,
) -> Rc<Process> {
    let process = host.start(at, shell, Launch::system32(name, line));
    host.end(at.plus(milliseconds), &process);
    process
}

/// Closes a console: the program, then its conhost.
pub(crate) fn close(host: &mut Host, shell: &Rc<Process>, at: Time) {
    host.end(at, shell);
    let of_shell = |p: &&Rc<Process>| p.parent.as_ref().is_some_and(|q| Rc::ptr_eq(q, shell));
    let windows: Vec<Rc<Process>> = host.processes.iter().filter(of_shell).map(Rc::clone).collect();
    for window in windows.iter().filter(|p| p.name() == "conhost.exe") {
        host.end(at.plus(9), window);
    }
}
