//! The VRRP process alone, on real interfaces in network namespaces, with the test as its
//! supervisor and the Debian keepalived as the judge of what it sends.
//!
//! Needs root (or `unshare --map-root-user`) and keepalived; fails if they are missing.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    dead_code,
    reason = "a test program that shares a module with another one"
)]

mod cases;
mod host;

use std::os::fd::AsFd;
use std::process::ExitCode;
use std::thread;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some(host::CHILD) => return run_process(),
        Some(host::POWERLESS_CHILD) => {
            vipd_linux::sandbox::confine(&[]);
            return run_process();
        }
        _ => {}
    }
    let filter = words.iter().find(|word| !word.starts_with('-'));
    if words.iter().any(|word| word == "--list") {
        for (name, _) in cases::ALL {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    run_cases(filter.map_or("", String::as_str))
}

fn run_process() -> ExitCode {
    let socket = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
    ExitCode::from(vipd_daemon::vrrp::run(socket))
}

/// Runs the cases at the same time, each on a thread and so on a host of its own.
fn run_cases(filter: &str) -> ExitCode {
    let chosen = cases::ALL.iter().filter(|(name, _)| name.contains(filter));
    let running: Vec<_> = chosen
        .map(|(name, case)| {
            let thread = thread::Builder::new().name((*name).to_owned());
            (name, thread.spawn(case).unwrap())
        })
        .collect();
    let mut failed = 0;
    for (name, thread) in running {
        let is_fine = thread.join().is_ok();
        failed += u32::from(!is_fine);
        let verdict = if is_fine { "ok" } else { "FAILED" };
        println!("test {name} ... {verdict}");
    }
    println!("{failed} failed");
    ExitCode::from(u8::from(failed > 0))
}
