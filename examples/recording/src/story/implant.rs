//! What the attack leaves running on Anna's workstation: a tool under a borrowed name, and a thread in
//! a process that is hers.

use std::rc::Rc;

use super::desktop::Desktop;
use super::office::loaded;
use super::people::{CALLS, RELAY};
use super::{Facts, Thread};
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::process::Process;
use crate::model::time::Time;

/// The tool, which breaks the process hierarchy.
pub(super) const TOOL: &str = r"C:\Users\anna.voss\AppData\Local\Temp\svchost.exe";

/// The tool runs from the Temp directory under a borrowed name, stays, and calls home. What it
/// starts is a console program of its own window, hence the conhost under that one.
pub(super) fn tool(host: &mut Host, shell: &Rc<Process>, desk: &Desktop, facts: &mut Facts) {
    let at = Time::at(9, 13, 30);
    let launch = Launch::new(TOOL, format!("\"{TOOL}\"")).label("attack svchost");
    let tool = host.start(at, shell, launch.inside(r"C:\Users\anna.voss\Documents\"));
    facts.drops.push((Rc::clone(shell), TOOL, Rc::clone(&tool)));
    loaded(host, at, &tool);
    let run = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Run\Freight";
    let key = format!(r"HKU\{}\{run}", desk.logon.sid);
    host.value(at.plus(1_450), &tool, &key, TOOL);
    host.visit(at.plus(2_020), &tool, CALLS, 443);
    let line = r"C:\Windows\System32\nltest.exe /dclist:hazel.example";
    let launch = Launch::system32("nltest.exe", line).label("attack nltest");
    let nltest = host.start(at.plus(9_300), &tool, launch);
    let conhost = Launch::conhost().label("attack nltest conhost");
    let window = host.start(at.plus(9_313), &nltest, conhost);
    host.end(at.plus(10_400), &nltest);
    host.end(at.plus(10_408), &window);
    for minute in [18, 28, 38, 48] {
        host.connect(Time::at(9, minute, 32), &tool, CALLS.1, 443);
    }
}

/// The shell opens the editor that Anna had started, writes a thread into it, and the editor calls
/// out: twice within ten minutes, and once later.
pub(super) fn thread(host: &mut Host, shell: &Rc<Process>, editor: &Rc<Process>, facts: &mut Facts) {
    let at = Time::at(9, 14, 10);
    host.open(at, shell, editor, "0x1fffff");
    let thread = host.inject(at.plus(62), shell, editor, ("0x000001F2A4C30000", "-", "-"));
    let (source, target) = (Rc::clone(shell), Rc::clone(editor));
    facts.threads.push(Thread { source, target, thread, harmless: None });
    host.load(at.plus(700), editor, r"C:\Windows\System32\winhttp.dll");
    host.visit(at.plus(1_300), editor, RELAY, 8443);
    host.connect(at.plus(301_300), editor, RELAY.1, 8443);
    host.connect(at.plus(3_601_300), editor, RELAY.1, 8443);
}
