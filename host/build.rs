//! Builds the component and hands its path to `include_bytes!`, so that `begat` is one file.
//!
//! The guest is built by a cargo of its own, in a target folder below `OUT_DIR`: the outer cargo
//! holds the lock of its target folder while it waits for us. A rebuild happens when the guest, the
//! contract or the lock file changed, and at no other time.
#![allow(clippy::panic, reason = "a panic with the text of the error is how a build script says no")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-wasip2";

/// What the guest's code may use of the machine: SIMD, which every runtime has had for years. Relaxed
/// SIMD is left out because its results differ between machines.
const FEATURES: &str = "-Ctarget-feature=+simd128";

/// What the outer cargo and the tools around it (clippy, coverage, a wrapper) set for themselves. The
/// component must not depend on it: the same sources give the same bytes.
const LEAKS: [&str; 15] = [
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "CLIPPY_ARGS",
    "LLVM_PROFILE_FILE",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
];

fn main() {
    let out = PathBuf::from(var("OUT_DIR"));
    let manifest = PathBuf::from(var("CARGO_MANIFEST_DIR"));
    let root = manifest.parent().unwrap_or_else(|| fail("host/ has no parent folder"));

    for path in ["guest/src", "guest/data", "guest/Cargo.toml", "wit", "Cargo.toml", "Cargo.lock"] {
        let path = root.join(path);
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    ensure_target();
    let component = build_guest(root, &out.join("guest"));
    println!("cargo::rustc-env=BEGAT_COMPONENT={}", component.display());
}

/// Builds the guest and returns where the component lies.
fn build_guest(root: &Path, target_dir: &Path) -> PathBuf {
    let mut cargo = Command::new(var("CARGO"));
    cargo.current_dir(root);
    cargo.args(["build", "--locked", "--package", "begat-guest", "--lib", "--profile", "guest"]);
    cargo.args(["--target", TARGET]).arg("--target-dir").arg(target_dir);
    for (name, _) in env::vars_os() {
        let of_a_profile = name.to_str().is_some_and(|n| {
            n.starts_with("CARGO_PROFILE_")
                || n.starts_with("CARGO_TARGET_WASM32")
                || n.starts_with("CARGO_CFG_")
        });
        if of_a_profile || LEAKS.iter().any(|leak| name == *leak) {
            cargo.env_remove(&name);
        }
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", rustflags(root).join("\x1f"));
    run(&mut cargo, "the component could not be built; the messages above are the guest's");
    let component = target_dir.join(TARGET).join("guest").join("begat_guest.wasm");
    if !component.is_file() {
        fail(&format!("cargo built the guest, but {} is not there", component.display()));
    }
    component
}

/// Flags for rustc. Paths that end up in panic messages are cut at the front, so that the component's
/// digest does not depend on where it was built.
fn rustflags(root: &Path) -> Vec<String> {
    let mut flags = vec![FEATURES.to_owned(), format!("--remap-path-prefix={}=begat", root.display())];
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    if let Some(home) = cargo_home {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    flags
}

/// Installs the target's standard library when it is missing. `targets` in rust-toolchain.toml does
/// that only where rustup installs toolchains by itself.
fn ensure_target() {
    if has_target() {
        return;
    }
    let hint = format!(
        "the Rust target {TARGET} is not installed and could not be fetched: \
         run `rustup target add {TARGET}` while online, then build again"
    );
    run(Command::new("rustup").args(["target", "add", TARGET]), &hint);
    if !has_target() {
        fail(&format!(
            "`rustup target add {TARGET}` succeeded, but {} does not see it: \
             is it the rustc of another toolchain?",
            var("RUSTC")
        ));
    }
}

fn has_target() -> bool {
    let answer = Command::new(var("RUSTC")).args(["--print", "target-libdir", "--target", TARGET]).output();
    match answer {
        Ok(answer) if answer.status.success() => {
            Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_dir()
        }
        _ => false,
    }
}

fn run(command: &mut Command, hint: &str) {
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => fail(&format!("{command:?} ended with {status}\n{hint}")),
        Err(error) => fail(&format!("{:?} could not be started: {error}\n{hint}", command.get_program())),
    }
}

fn var(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| fail(&format!("{name} is not set: this is cargo's build script")))
}

fn fail(message: &str) -> ! {
    panic!("{message}")
}
