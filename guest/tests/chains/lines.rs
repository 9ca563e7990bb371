//! Lines of Sysmon that tests are made of, and what they look at.

use begat_guest::engine::{Chain, EdgeKind};
use begat_guest::{Batch, Emit, Engine};

pub(super) fn take(engine: &mut Engine, lines: &[String]) {
    for (number, line) in (1..).zip(lines) {
        engine.ingest(&Batch {
            source: "t",
            first_line: number,
            received_at: 1_800_000_000_000,
            environment: None,
            emit: Emit::Nothing,
            text: line,
        });
    }
}

pub(super) fn after(lines: &[String]) -> Engine {
    let mut engine = Engine::new().unwrap();
    take(&mut engine, lines);
    engine
}

pub(super) fn guid(process: u32) -> String {
    format!("{{00000000-0000-0000-0000-{process:012x}}}")
}

pub(super) fn id(process: u32) -> String {
    format!("ws1/00000000-0000-0000-0000-{process:012x}")
}

pub(super) const SYSMON: &str = r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"ws1""#;

/// A start in the second of its number.
pub(super) fn start(process: u32, parent: u32, image: &str, parent_image: &str, command: &str) -> String {
    let [image, parent_image] = [image, parent_image].map(|path| path.replace('\\', "\\\\"));
    let command = command.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        r#"{SYSMON},"EventID":1,"UtcTime":"2026-03-01 09:{:02}:{:02}.000","ProcessGuid":"{}","ProcessId":{process},"Image":"{image}","CommandLine":"{command}","ParentProcessGuid":"{}","ParentProcessId":{parent},"ParentImage":"{parent_image}"}}"#,
        process / 60 % 60,
        process % 60,
        guid(process),
        guid(parent)
    )
}

pub(super) fn did(event: u32, second: u32, process: u32, rest: &str) -> String {
    format!(
        r#"{SYSMON},"EventID":{event},"UtcTime":"2026-03-01 09:{:02}:{:02}.500","ProcessGuid":"{}",{rest}}}"#,
        second / 60 % 60,
        second % 60,
        guid(process)
    )
}

pub(super) fn thread(second: u32, source: u32, target: u32) -> String {
    format!(
        r#"{SYSMON},"EventID":8,"UtcTime":"2026-03-01 09:{:02}:{:02}.500","SourceProcessGuid":"{}","TargetProcessGuid":"{}","NewThreadId":42}}"#,
        second / 60 % 60,
        second % 60,
        guid(source),
        guid(target)
    )
}

pub(super) const EXPLORER: &str = r"C:\Windows\explorer.exe";
pub(super) const SERVICES: &str = r"C:\Windows\System32\services.exe";

/// Edges that are none of starting: kind, cause, effect, confidence.
pub(super) fn edges(chain: &Chain) -> Vec<(EdgeKind, String, String, u8)> {
    let edges = chain.edges.iter().filter(|edge| edge.kind != EdgeKind::Started);
    edges.map(|edge| (edge.kind, edge.cause.clone(), edge.effect.clone(), edge.confidence)).collect()
}

pub(super) fn ids(chain: &Chain) -> Vec<&str> {
    chain.nodes.iter().map(|node| node.process.id.as_str()).collect()
}

/// Edges of starting: cause, effect, confidence.
pub(super) fn started(chain: &Chain) -> Vec<(String, String, u8)> {
    let edges = chain.edges.iter().filter(|edge| edge.kind == EdgeKind::Started);
    edges.map(|edge| (edge.cause.clone(), edge.effect.clone(), edge.confidence)).collect()
}

/// One end's record of a connection of a host to 10.0.0.2, in milliseconds after 9 o'clock.
pub(super) fn connection(host: &str, at: u32, process: u32, is_opener: bool, from: u32, to: u32) -> String {
    format!(
        r#"{{"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"{host}","EventID":3,"UtcTime":"{}","ProcessGuid":"{}","Image":"C:\\a\\n.exe","Initiated":"{is_opener}","SourceIp":"10.0.0.1","SourcePort":{from},"DestinationIp":"10.0.0.2","DestinationPort":{to}}}"#,
        moment(at),
        guid(process)
    )
}

/// So many milliseconds after 9 o'clock.
pub(super) fn moment(at: u32) -> String {
    format!("2026-03-01 09:{:02}:{:02}.{:03}", at / 60_000 % 60, at / 1000 % 60, at % 1000)
}

/// The same line of another host and at another time than the second of its process.
pub(super) fn moved(line: &str, host: &str, at: u32) -> String {
    let (before, rest) = line.split_once("\"UtcTime\":\"").unwrap();
    let (_, rest) = rest.split_once('"').unwrap();
    format!("{before}\"UtcTime\":\"{}\"{rest}", moment(at)).replace("\"ws1\"", &format!("\"{host}\""))
}
