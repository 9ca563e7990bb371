//! What a candidate adds to a build.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::fresh;
use crate::Plan;
use crate::table::{Numbers, markdown, short};

/// A row's name, and what a manifest says to get it; versions are those of this program.
const DEPENDENCIES: [(&str, &[&str]); 5] = [
    ("redb", &["redb"]),
    ("fjall", &["fjall"]),
    ("raft-engine", &["raft-engine", "protobuf"]),
    ("wal-db", &["wal-db"]),
    ("files", &["crc32fast"]),
];

pub fn measure(plan: &Plan) -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let of_begat = packages_of(&fs::read_to_string(here.join("../../Cargo.lock"))?);
    let manifest = fs::read_to_string(here.join("Cargo.toml"))?;
    let mut collected = vec![Numbers::default(); DEPENDENCIES.len()];
    let mut rows = Vec::new();
    for round in 0..plan.rounds {
        for ((name, crates), collected) in DEPENDENCIES.iter().zip(&mut collected) {
            let dir = fresh(plan, "cost")?;
            let line = |wanted: &&str| {
                let begins = format!("{wanted} = ");
                manifest.lines().find(|line| line.starts_with(&begins)).map(String::from)
            };
            let lines: Option<Vec<_>> = crates.iter().map(line).collect();
            let lines = lines.with_context(|| format!("{name} is no dependency of this program"))?.join("\n");
            let head = "[workspace]\n[package]\nname = \"cost\"\nedition = \"2024\"\n[dependencies]";
            fs::write(dir.join("Cargo.toml"), format!("{head}\n{lines}\n"))?;
            fs::create_dir(dir.join("src"))?;
            fs::write(dir.join("src/lib.rs"), "")?;
            fs::copy(here.join("Cargo.lock"), dir.join("Cargo.lock"))?;
            fs::copy(here.join("../../rust-toolchain.toml"), dir.join("rust-toolchain.toml"))?;
            // The first call takes out of the lock what is not needed.
            let tree = cargo(&dir, &["tree", "--prefix", "none", "--no-dedupe", "--edges", "normal,build"])?;
            let begun = Instant::now();
            cargo(&dir, &["build", "--release"])?;
            collected.take(&format!("build {}", begun.elapsed().as_secs_f64()));
            if round == 0 {
                let tree: BTreeSet<String> = tree.lines().skip(1).filter_map(package).collect();
                let names = |packages: &BTreeSet<String>| {
                    packages
                        .iter()
                        .filter_map(|p| Some(p.split_once(' ')?.0.to_owned()))
                        .collect::<BTreeSet<_>>()
                };
                let new = names(&tree).difference(&names(&of_begat)).count();
                rows.push(vec![(*name).into(), tree.len().to_string(), new.to_string()]);
            }
        }
    }
    for (row, collected) in rows.iter_mut().zip(&collected) {
        row.push(collected.of("build").shown(short));
    }
    println!("\nA build with nothing else in it, {} rounds:\n", plan.rounds);
    println!(
        "{}",
        markdown(&["candidate", "packages", "that begat does not have", "clean release build, s"], &rows)
    );
    Ok(())
}

fn cargo(dir: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(dir)
        .env("CARGO_TARGET_DIR", dir.join("target"))
        .output()?;
    ensure!(output.status.success(), "cargo: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// Name and version of a line of `cargo tree`.
fn package(line: &str) -> Option<String> {
    let (name, rest) = line.split_once(" v")?;
    Some(format!("{name} {}", rest.split(' ').next()?))
}

/// Names and versions of a lock file.
fn packages_of(lock: &str) -> BTreeSet<String> {
    let mut packages = BTreeSet::new();
    let mut name = "";
    for line in lock.lines() {
        if let Some(found) = line.strip_prefix("name = ") {
            name = found.trim_matches('"');
        }
        if let Some(version) = line.strip_prefix("version = ")
            && !name.is_empty()
        {
            packages.insert(format!("{name} {}", version.trim_matches('"')));
            name = "";
        }
    }
    packages
}
