//! `cargo xtask vm -- COMMAND`: a command in a throw-away virtual machine with Debian's kernel,
//! for what the kernel of this machine may not have: IPVS.
//!
//! It is root there and sees the files of this machine at their places. What it writes goes into
//! memory and is lost with the machine. It has no network device but `lo` and what it makes.
//! Output, errors and exit status pass through; there is no input.

mod initrd;
mod kernel;
mod machine;

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::packages;
use crate::run::Failure;
use kernel::Kernel;
use machine::{Files, Machine};

/// Set in the environment of commands in the machine.
const INSIDE: &str = "VIPD_VM";

/// Runs the words after `--`, or all of them.
pub(crate) fn perform(words: &[String]) -> Result<ExitCode, Failure> {
    let job = match words {
        [first, rest @ ..] if first == "--" => rest,
        all => all,
    };
    if job.is_empty() {
        return Err(Failure(
            "wants a command: cargo xtask vm -- COMMAND".to_owned(),
        ));
    }
    packages::ensure_for_vm()?;
    let job: Vec<OsString> = job.iter().map(OsString::from).collect();
    let kernel = Kernel::ensure()?;
    let files = Files::make()?;
    initrd::write(&files.initrd(), &kernel, &job)?;
    let status = Machine::start(&kernel, &files)?.wait()?;
    Ok(ExitCode::from(status))
}

fn cannot(doing: &str, path: &Path, error: &io::Error) -> Failure {
    Failure(format!("cannot {doing} {}: {error}", path.display()))
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| cannot("read", path, &e))
}
