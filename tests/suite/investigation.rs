//! Chains, timelines, matches and queries: the component answers what the same code answers natively, and no start of
//! a recording is tied to another host that the recording does not tie it to.

use std::collections::BTreeSet;

use begat::runtime::bindings::types::Page;
use begat_guest::engine::EdgeKind;

use crate::batches::{Cut, feed};
use crate::component::InComponent;
use crate::data::{Recording, real};
use crate::native::Native;

/// An answer as text; types of the two sides have the same fields, and the names of the one stand before them.
macro_rules! told {
    ($answer:expr) => {
        match $answer {
            Ok(answer) => plain(&format!("{answer:?}")),
            Err(error) => panic!("{error:?}"),
        }
    };
}

/// Without what the two sides write in their own way: `EdgeKind::Started` and `Started`, `Origin { source: "a", line:
/// 1 }` and `("a", 1)`.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for name in ["EdgeKind", "Outcome", "Knowledge"] {
        text = text.replace(&format!("{name}::"), "");
    }
    for (theirs, ours) in
        [("command-line", "command_line"), ("injected-by", "injected_by"), ("led-by", "led_by")]
    {
        text = text.replace(&format!("{theirs}: "), &format!("{ours}: "));
    }
    text.replace("NodeVerdict", "Verdict")
        .replace("ProcessInfo", "Process")
        .replace("Origin { source: ", "(")
        .replace(", line: ", ", ")
        .replace(" }", ")")
        .replace(" { ", "(")
        .replace('}', ")")
}

const SETS: [&str; 4] = [
    "psh_mavinject_dll_notepad",
    "empire_psexec_dcerpc_tcp_svcctl",
    "purplesharp_ad_playbook_I",
    "metasploit_logonpasswords_lsass_memory_dump",
];

#[test]
fn the_component_answers_what_the_library_answers() {
    let Some(folder) = real() else { return };
    for name in SETS {
        let text = Recording::named(&folder, name).text();
        let (mut native, mut component) = (Native::new(), InComponent::new());
        feed(&mut native, &text, Cut::Lines(500));
        feed(&mut component, &text, Cut::Lines(500));
        let processes = native.0.processes(None, None, 0, 0);
        assert!(processes.len() > 2, "{name}");
        let page = Page { offset: 0, limit: 0 };
        for process in processes.iter().step_by(1 + processes.len() / 60) {
            let id = process.id.as_str();
            assert_eq!(told!(component.0.chain(id, 50)), told!(native.0.chain(id, 50)), "{name} {id}");
            let [theirs, ours] = [told!(component.0.timeline(id, page)), told!(native.0.timeline(id, 0, 0))];
            assert_eq!(theirs, ours, "{name} {id}");
        }
        for alert in native.0.alerts(None, 0, 0).unwrap() {
            let [theirs, ours] = [told!(component.0.matches(&alert.id)), told!(native.0.matches(&alert.id))];
            assert_eq!(theirs, ours, "{name} {}", alert.id);
        }
        for query in [
            "entity=process",
            "entity=process&action=run,parent,child,injection,injector&attr=file_name:*s*.exe",
            "entity=network&attr=remote_port:5985|445|49726",
            "entity=file&action=create_file",
            "entity=registry&action=delete_registry&attr=key_name:hkey_local_machine*",
            "entity=host",
        ] {
            let [theirs, ours] = [told!(component.0.query(query, page)), told!(native.0.query(query, 0, 0))];
            assert_eq!(theirs, ours, "{name} {query}");
        }
    }
}

/// By the recordings' own stories: WMI, WinRM and svcctl across hosts, and nothing else.
#[test]
fn only_what_came_from_another_host_is_tied_to_it() {
    let Some(folder) = real() else { return };
    for recording in Recording::all(&folder) {
        let expected: &[&str] = match recording.name.as_str() {
            "covenant_sharpwmi_create_dcerpc_wmi" => &["grunthttp.exe > grunthttp2.exe"],
            "empire_psexec_dcerpc_tcp_svcctl" => &["powershell.exe > cmd.exe"],
            "purplesharp_ad_playbook_I" => &["purplesharp.exe > wsmprovhost.exe"],
            _ => &[],
        };
        let mut native = Native::new();
        feed(&mut native, &recording.text(), Cut::Whole);
        let mut found = BTreeSet::new();
        let mut offset = 0;
        loop {
            let page = native.0.processes(None, None, offset, 0);
            if page.is_empty() {
                break;
            }
            offset += page.len() as u64;
            for process in page {
                let chain = native.0.chain(&process.id, 200).unwrap();
                let name = |id: &str| {
                    let node = chain.nodes.iter().find(|node| node.process.id == id).unwrap();
                    let image = node.process.image.clone().unwrap_or_default().to_lowercase();
                    image.rsplit('\\').next().unwrap_or_default().to_owned()
                };
                let across = chain.edges.iter().filter(|edge| edge.kind == EdgeKind::Connected);
                found.extend(across.map(|edge| format!("{} > {}", name(&edge.cause), name(&edge.effect))));
            }
        }
        let expected: BTreeSet<String> = expected.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(found, expected, "{}", recording.name);
    }
}
