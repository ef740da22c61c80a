//! Load balancing on a kernel that has IPVS, and interfaces and routes that need more modules.
//!
//! Few machines' kernels do, so this program runs itself again in a virtual machine
//! (`cargo xtask vm`), all tests in one. Words on the command line select tests by parts of their
//! names, as with other test programs.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test with a main of its own"
)]
#![allow(
    unreachable_pub,
    reason = "the stage is shared by several test programs"
)]

mod checks;
mod director;
mod faults;
mod field;
mod kernel;
mod links;
mod pair;
mod services;
mod side_by_side;
mod table;
mod told;
mod traffic;
mod words;

#[path = "../stage/mod.rs"]
mod stage;

use std::panic::AssertUnwindSafe;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Instant;

/// Set in the environment of what runs in the virtual machine.
const INSIDE: &str = "VIPD_VM";

/// A test and its name.
type Test = (&'static str, fn());

fn main() -> ExitCode {
    if std::env::var_os(INSIDE).is_none() {
        return again_in_a_virtual_machine();
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let filter: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let all = [
        kernel::ALL,
        links::ALL,
        table::ALL,
        director::ALL,
        faults::ALL,
        pair::ALL,
        told::ALL,
        words::ALL,
        checks::ALL,
        traffic::ALL,
        side_by_side::ALL,
    ];
    let all: Vec<&Test> = all.into_iter().flatten().collect();
    let wanted = |name: &str| filter.is_empty() || filter.iter().any(|word| name.contains(*word));
    let chosen: Vec<&&Test> = all.iter().filter(|(name, _)| wanted(name)).collect();
    println!("\nrunning {} tests", chosen.len());
    let mut failed: Vec<&str> = Vec::new();
    for (name, test) in chosen.iter().copied() {
        let start = Instant::now();
        // A thread, because tests move theirs into another network namespace.
        let ended = thread::scope(|scope| {
            let run = || std::panic::catch_unwind(AssertUnwindSafe(test)).is_ok();
            scope.spawn(run).join().unwrap_or(false)
        });
        let word = if ended { "ok" } else { "FAILED" };
        println!(
            "test {name} ... {word} ({} ms)",
            start.elapsed().as_millis()
        );
        failed.extend((!ended).then_some(name));
    }
    let word = if failed.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {} passed; {} failed; 0 ignored; 0 measured; {} filtered out\n",
        chosen.len() - failed.len(),
        failed.len(),
        all.len() - chosen.len()
    );
    ExitCode::from(u8::from(!failed.is_empty()))
}

/// Runs this program in a virtual machine and ends as it does.
fn again_in_a_virtual_machine() -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let own = std::env::current_exe().expect("this program has a file");
    let mut command = Command::new(cargo);
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["xtask", "vm", "--"])
        .arg(own)
        .args(std::env::args_os().skip(1));
    let status = command.status().expect("cargo runs");
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) => ExitCode::from(code),
        None => ExitCode::FAILURE,
    }
}
