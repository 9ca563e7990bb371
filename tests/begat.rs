//! The `begat` binary as the tests run it: the same one function.

use std::process::ExitCode;

fn main() -> ExitCode {
    begat::cli::main()
}
