//! The lab's own promises, kept as root and as an ordinary user.
//!
//! Has a `main` of its own: an ordinary user becomes root of a user namespace before any thread
//! exists, and the hosts are run by this same program. As root, everything is done a second time
//! as user `nobody`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test with a main of its own"
)]

mod interop;
mod scenes;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Instant;

use vipd_lab::{Lab, become_root_if_needed};

/// Number of the user `nobody`, and of its group.
const NOBODY: u32 = 65534;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    match words.split_first() {
        Some((word, rest)) if word == "lab-init" => ExitCode::from(vipd_lab::init(rest)),
        Some((word, rest)) if word == "lab-web" => ExitCode::from(vipd_lab::web(rest)),
        _ => run(&words),
    }
}

fn run(words: &[OsString]) -> ExitCode {
    let is_root = nix::unistd::geteuid().is_root();
    let filter = words
        .iter()
        .find_map(|word| word.to_str().filter(|word| !word.starts_with('-')));
    if let Err(error) = become_root_if_needed() {
        println!("test lab ... FAILED\n{error}");
        return ExitCode::FAILURE;
    }
    let who = if is_root { "root" } else { "user namespace" };
    let mut failed = 0;
    for (name, scene) in scenes::ALL
        .iter()
        .filter(|(name, _)| filter.is_none_or(|f| name.contains(f)))
    {
        let start = Instant::now();
        let lab = Lab::new("/proc/self/exe").expect("namespaces can be made here");
        let ended = std::panic::catch_unwind(|| scene(&lab));
        let word = if ended.is_ok() { "ok" } else { "FAILED" };
        failed += u32::from(ended.is_err());
        println!(
            "test {name} ({who}) ... {word} ({} ms)",
            start.elapsed().as_millis()
        );
    }
    if is_root {
        let again = Command::new("/proc/self/exe")
            .args(words)
            .uid(NOBODY)
            .gid(NOBODY)
            .status();
        let ended_well = again.expect("this program starts").success();
        failed += u32::from(!ended_well);
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
