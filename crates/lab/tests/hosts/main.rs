//! The lab's own promises, kept as root and as an ordinary user.
//!
//! Has a `main` of its own: an ordinary user becomes root of a user namespace before any thread
//! exists, and the hosts are run by this same program. As root, everything is done a second time
//! as user `nobody`, and what concerns files a third time where mounts are in the way.

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

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use vipd_lab::{Lab, become_root_if_needed};

/// Number of the user `nobody`, and of its group.
const NOBODY: u32 = 65534;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    match words.split_first() {
        Some((word, rest)) if word == "lab-init" => ExitCode::from(vipd_lab::init(rest)),
        Some((word, rest)) if word == "lab-web" => ExitCode::from(vipd_lab::web(rest)),
        Some((word, rest)) if word == OBSTRUCTED => obstructed(rest),
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
        let mut obstructed = vec![OsString::from(OBSTRUCTED)];
        obstructed.extend_from_slice(words);
        let again = [
            Command::new("/proc/self/exe")
                .args(words)
                .uid(NOBODY)
                .gid(NOBODY)
                .status(),
            Command::new("/proc/self/exe").args(obstructed).status(),
        ];
        for ended in again {
            failed += u32::from(!ended.expect("this program starts").success());
        }
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Word by which this program is told to do it all where folders cannot be overlaid as a whole.
const OBSTRUCTED: &str = "--obstructed";

/// Runs the scenes about files as an ordinary user in whose `/etc` and `/opt` something is mounted,
/// as it is in containers.
fn obstructed(words: &[OsString]) -> ExitCode {
    if words
        .iter()
        .any(|word| !"files_stay_inside".contains(&*word.to_string_lossy()))
    {
        return ExitCode::SUCCESS;
    }
    unshare(CloneFlags::CLONE_NEWNS).expect("a mount namespace");
    let mount = |from, to, kind, flags| {
        mount(Some(from), to, kind, flags, None::<&str>).expect("a mount");
    };
    mount("none", "/", None, MsFlags::MS_REC | MsFlags::MS_PRIVATE);
    mount("/etc/hosts", "/etc/hosts", None, MsFlags::MS_BIND);
    mount("none", "/opt", Some("tmpfs"), MsFlags::empty());
    std::fs::create_dir("/opt/below").expect("a folder");
    mount("none", "/opt/below", Some("tmpfs"), MsFlags::empty());
    let mut again = Command::new("/proc/self/exe");
    let status = again
        .arg("files_stay_inside")
        .uid(NOBODY)
        .gid(NOBODY)
        .status();
    let ended_well = status.expect("this program starts").success();
    if ended_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
