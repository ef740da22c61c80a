//! The VRRP process beside keepalived, on the same interfaces, one after the other: time and
//! CPU of a takeover, CPU per advert as master and as backup, memory.
//!
//! ```text
//! cargo bench -p vipd-daemon --bench vrrp_process -- [NUMBER OF INSTANCES]...
//! ```
//!
//! Needs root and keepalived. CPU is the run time of the VRRP process from its `schedstat`.
//! A takeover is timed from the first advert to the last VIP's first gratuitous ARP, by the
//! kernel's clock on the far side of the cables. There are 250 instances per cable.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    dead_code,
    reason = "a test program that shares a module with another one"
)]

#[path = "../../tests/vrrp_process/host.rs"]
mod host;
mod measure;

use std::os::fd::AsFd;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == host::CHILD) {
        let socket = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
        return ExitCode::from(vipd_daemon::vrrp::run(socket));
    }
    if !words.iter().any(|word| word == "--bench") {
        println!("nothing is measured: this is for `cargo bench`");
        return ExitCode::SUCCESS;
    }
    let mut sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1, 250, 1000];
    }
    for size in sizes {
        measure::size(size);
    }
    ExitCode::SUCCESS
}
