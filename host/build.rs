//! Builds the component and hands its path to `include_bytes!`, so that `begat` is one file.
//!
//! A rebuild happens when the guest, the contract or the lock file changed, and at no other time.

#[path = "build/wasm.rs"]
mod wasm;

fn main() {
    let root = wasm::workspace();
    let sources = ["guest/src", "guest/data", "guest/Cargo.toml", "wit", "Cargo.toml", "Cargo.lock"];
    wasm::rerun_if_changed(&root, &sources);
    let guest = wasm::Build {
        root: &root,
        package: "begat-guest",
        profile: "guest",
        features: "",
        target_dir: &wasm::out_dir().join("guest"),
    };
    println!("cargo::rustc-env=BEGAT_COMPONENT={}", guest.run().display());
}
