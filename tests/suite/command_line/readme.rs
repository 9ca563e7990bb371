//! What the README shows is what comes out.

use std::fs;

use super::*;
use crate::data::root;

/// What the README shows of a command, without the way in which it is cut there.
fn shown_of(command: &str) -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let after = readme.split_once(&format!("\n$ begat {command}")).expect("the README has the command").1;
    let lines = after.lines().skip(1);
    lines.take_while(|line| !line.starts_with("```") && !line.starts_with("$ ")).map(str::to_owned).collect()
}

fn told(arguments: &str) -> Ended {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    command(&arguments).current_dir(root()).output().unwrap().into()
}

/// How long it took is the machine's.
fn timeless(line: &str) -> String {
    match (line.find(" in "), line.find(" s: ")) {
        (Some(from), Some(to)) => format!("{}{}", &line[..from], &line[to..]),
        _ => line.to_owned(),
    }
}

#[test]
fn the_summary_of_the_example() {
    let shown = shown_of("run examples/data/recording.ndjson > annotated.ndjson");
    let said = told("run --only none examples/data/recording.ndjson").with(0).stderr;
    let timeless = |lines: &mut dyn Iterator<Item = &str>| lines.map(timeless).collect::<Vec<_>>();
    assert_eq!(timeless(&mut said.lines()), timeless(&mut shown.iter().map(String::as_str)));
}

/// Up to where the README leaves off.
#[test]
fn the_chain_and_the_query_of_the_example() {
    for arguments in [
        "chain A1 examples/data/recording.ndjson",
        "query entity=network&action=outgoing_network&attr=remote_ip:203.0.113.* examples/data/recording.ndjson",
    ] {
        let quoted = arguments.replace("query entity", "query 'entity").replace(".* ex", ".*' ex");
        let shown = shown_of(&quoted);
        let shown = shown.iter().take_while(|line| !matches!(line.trim(), "..." | "…"));
        let said = told(arguments).with(0).stdout;
        let pairs: Vec<_> = shown.zip(said.lines()).collect();
        assert!(pairs.len() > 3, "{arguments}: {said}");
        for (shown, said) in pairs {
            assert_eq!(said, shown, "{arguments}");
        }
    }
}
