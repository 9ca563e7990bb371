//! What the component asks of a host, and what it offers.

use std::collections::BTreeSet;
use std::fs;

use crate::component::compiled;
use crate::data::root;

/// All that the component may import: what Rust's standard library brings for a target that has no
/// operating system. Nothing here tells a time, a random number, a file or an address.
const ALLOWED: [&str; 9] = [
    "begat:siem/types",
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/stderr",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
];

#[test]
fn the_component_imports_nothing_that_acts() {
    for import in compiled().surface().imports {
        let (name, version) = import.name.split_once('@').unwrap();
        let terminal = name.starts_with("wasi:cli/terminal-");
        assert!(ALLOWED.contains(&name) || terminal, "{} is not allowed", import.name);
        if name == "begat:siem/types" {
            assert!(import.functions.is_empty(), "types has functions: {:?}", import.functions);
        } else {
            assert!(version.starts_with("0.2."), "{}", import.name);
        }
    }
}

/// The interfaces of a world of `wit/worlds.wit`, and the functions of each, read from the text.
fn of_the_contract(world: &str) -> Vec<(String, BTreeSet<String>)> {
    let wit = root().join("wit");
    let worlds = fs::read_to_string(wit.join("worlds.wit")).unwrap();
    let (_, after) = worlds.split_once(&format!("world {world} {{")).unwrap();
    let (body, _) = after.split_once("\n}").unwrap();
    let exports = body.lines().filter_map(|line| line.trim().strip_prefix("export ")?.strip_suffix(';'));
    exports
        .map(|name| {
            let text = fs::read_to_string(wit.join(format!("{name}.wit"))).unwrap();
            let functions = text.lines().filter_map(|line| line.trim().split_once(": func("));
            (name.to_owned(), functions.map(|(name, _)| name.to_owned()).collect())
        })
        .collect()
}

#[test]
fn the_component_exports_every_interface_of_its_world_and_no_other() {
    let exports = compiled().surface().exports;
    let found: Vec<(String, BTreeSet<String>)> = {
        let mut found: Vec<_> =
            exports.into_iter().map(|e| (e.name, e.functions.into_iter().collect::<BTreeSet<_>>())).collect();
        found.sort();
        found
    };
    let mut expected: Vec<(String, BTreeSet<String>)> = of_the_contract("analytics")
        .into_iter()
        .map(|(name, functions)| (format!("begat:siem/{name}@0.1.0"), functions))
        .collect();
    expected.sort();
    assert!(expected.iter().all(|(_, functions)| !functions.is_empty()), "{expected:?}");
    assert_eq!(found, expected);
}
