//! Builds a component of this workspace from a build script: the host's its guest, the tests' theirs.
//!
//! By a cargo of its own, in a target folder below `OUT_DIR`: the outer cargo holds the lock of its target
//! folder while it waits for us. The same sources give the same bytes, whatever the outer cargo was told.
#![allow(clippy::panic, reason = "a panic with the text of the error is how a build script says no")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-wasip2";

/// What a component's code may use of the machine: SIMD, which every runtime has had for years. Relaxed
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

/// One component to build.
pub(crate) struct Build<'a> {
    /// The workspace's folder.
    pub(crate) root: &'a Path,
    pub(crate) package: &'a str,
    /// A profile of the workspace's manifest.
    pub(crate) profile: &'a str,
    /// As cargo takes them: with commas between.
    pub(crate) features: &'a str,
    /// The inner cargo's own.
    pub(crate) target_dir: &'a Path,
}

impl Build<'_> {
    /// Builds it and returns where it lies: the same place whatever the features are.
    pub(crate) fn run(&self) -> PathBuf {
        ensure_target();
        let mut cargo = Command::new(var("CARGO"));
        cargo.current_dir(self.root);
        cargo.args(["build", "--locked", "--package", self.package, "--lib", "--profile", self.profile]);
        cargo
            .args(["--features", self.features, "--target", TARGET])
            .arg("--target-dir")
            .arg(self.target_dir);
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
        cargo.env("CARGO_ENCODED_RUSTFLAGS", rustflags(self.root).join("\x1f"));
        let hint = format!("{} could not be built; the messages above are its own", self.package);
        run(&mut cargo, &hint);
        let name = format!("{}.wasm", self.package.replace('-', "_"));
        let component = self.target_dir.join(TARGET).join(self.profile).join(name);
        if !component.is_file() {
            fail(&format!("cargo built {}, but {} is not there", self.package, component.display()));
        }
        component
    }
}

/// The workspace's folder, seen from a package that lies directly in it.
pub(crate) fn workspace() -> PathBuf {
    let manifest = PathBuf::from(var("CARGO_MANIFEST_DIR"));
    let root = manifest.parent().unwrap_or_else(|| fail("this package's folder has no parent"));
    root.to_path_buf()
}

/// The folder for what this build script makes.
pub(crate) fn out_dir() -> PathBuf {
    PathBuf::from(var("OUT_DIR"))
}

/// Runs the build script again when one of these files and folders changes, and at no other time.
pub(crate) fn rerun_if_changed(root: &Path, paths: &[&str]) {
    for path in paths.iter().map(|path| root.join(path)).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
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

pub(crate) fn fail(message: &str) -> ! {
    panic!("{message}")
}
