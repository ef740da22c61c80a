//! The whole daemon, supervisor and VRRP process, each time on a host of its own.
//!
//! Needs root (or `unshare --map-root-user`); fails without.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test program"
)]

mod cases;
mod node;

use std::process::ExitCode;
use std::thread;

fn main() -> ExitCode {
    // As in the real program: children are this program started again.
    if let Some(status) = vipd_daemon::supervisor::child_main() {
        return ExitCode::from(status);
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == node::DAEMON) {
        return ExitCode::from(node::be_the_daemon(&words[1..]));
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
