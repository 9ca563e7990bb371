//! `begat component`: the WebAssembly itself, to look at or to take elsewhere.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

use super::{TextOrJson, instance, terminal};
use crate::run::Place;
use crate::runtime::{EMBEDDED, Interface, Surface, sha256};

/// Inspect the built-in component, or write it to a file
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Show what it exports and imports, its size and digest. This is the default
    #[arg(long, conflicts_with = "output")]
    inspect: bool,

    /// How that is shown
    #[arg(long, value_enum, default_value_t = TextOrJson::Text, conflicts_with = "output")]
    format: TextOrJson,

    /// Write the component to a file; `-` is stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(path) = &args.output {
        return write(path);
    }
    let surface = instance::component()?.surface();
    let text = match args.format {
        TextOrJson::Text => text(&surface),
        TextOrJson::Json => format!("{:#}\n", object(&surface)),
    };
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

fn write(path: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", terminal::path(path));
    let place = Place::open(path).with_context(failed)?;
    match place.put(EMBEDDED) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(error.into()),
        result => result.with_context(failed),
    }
}

/// The package of the contract that the component exports, with its version.
fn package(surface: &Surface) -> Option<String> {
    let ours = surface.exports.iter().find(|export| export.name.starts_with("begat:siem/"))?;
    let (_, version) = ours.name.split_once('@')?;
    Some(format!("begat:siem@{version}"))
}

fn object(surface: &Surface) -> Value {
    let list = |interfaces: &[Interface]| -> Vec<Value> {
        interfaces.iter().map(|i| json!({ "name": i.name, "functions": i.functions })).collect()
    };
    json!({
        "begat": env!("CARGO_PKG_VERSION"),
        "package": package(surface),
        "sha256": sha256(EMBEDDED),
        "size": EMBEDDED.len(),
        "exports": list(&surface.exports),
        "imports": list(&surface.imports),
    })
}

fn text(surface: &Surface) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "begat    {}", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(out, "package  {}", package(surface).unwrap_or_default());
    let _ = writeln!(out, "sha256   {}", sha256(EMBEDDED));
    let _ = writeln!(out, "size     {} bytes", EMBEDDED.len());
    for (title, interfaces) in [("exports", &surface.exports), ("imports", &surface.imports)] {
        let _ = writeln!(out, "{title}");
        for interface in interfaces {
            let _ = writeln!(out, "  {}", interface.name);
            for function in &interface.functions {
                let _ = writeln!(out, "    {function}");
            }
        }
    }
    out
}
