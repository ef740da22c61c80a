//! vipd: keeps a virtual IP address answering when a server dies.
//!
//! One binary with two command lines: its own, and keepalived's when it is called by that name.
//! Everything a person looks at is worded here; what is decided and done lives in the crates below.

mod command;
mod demo;
mod keepalived;
mod lab;
mod manual;
mod output;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// A child of the supervisor is this same binary, so that is settled before anything else:
/// its command line is that of its parent and must not be looked at.
fn main() -> ExitCode {
    if let Some(status) = vipd_daemon::supervisor::child_main() {
        return ExitCode::from(status);
    }
    let arguments: Vec<OsString> = std::env::args_os().collect();
    ExitCode::from(if program_name(&arguments).starts_with("keepalived") {
        keepalived::main(arguments)
    } else {
        command::main(arguments)
    })
}

/// The name the program was called by, without folders.
fn program_name(arguments: &[OsString]) -> String {
    arguments
        .first()
        .and_then(|path| Path::new(path).file_name())
        .map_or_else(
            || "vipd".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
}
