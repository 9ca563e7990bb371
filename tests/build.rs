//! Builds the component that misbehaves, in each of its variants, and tells the tests where they lie.
//!
//! A rebuild happens when that component, the contract or the lock file changed, and at no other time.

use std::fs;

#[path = "../host/build/wasm.rs"]
mod wasm;

/// The variable with a variant's path, and the feature that makes it.
const VARIANTS: [(&str, &str); 3] =
    [("BEGAT_HOSTILE", ""), ("BEGAT_HOSTILE_V2", "version2"), ("BEGAT_HOSTILE_V2_BROKEN", "version2-broken")];

fn main() {
    let root = wasm::workspace();
    let sources = ["tests/hostile/src", "tests/hostile/Cargo.toml", "wit", "Cargo.toml", "Cargo.lock"];
    wasm::rerun_if_changed(&root, &sources);
    for (variable, features) in VARIANTS {
        let hostile = wasm::Build {
            root: &root,
            package: "begat-hostile",
            profile: "hostile",
            features,
            target_dir: &wasm::out_dir().join("hostile"),
        };
        // Cargo gives the next variant the same name.
        let component = wasm::out_dir().join(variable).with_extension("wasm");
        if let Err(error) = fs::copy(hostile.run(), &component) {
            wasm::fail(&format!("{} cannot be written: {error}", component.display()));
        }
        println!("cargo::rustc-env={variable}={}", component.display());
    }
}
