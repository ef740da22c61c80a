//! `cargo xtask bench`: vipd and keepalived side by side in one lab.

use crate::packages;
use crate::run::{Failure, cargo, run};

/// Installs what is missing, builds everything optimised and hands over to the benchmark program.
pub(crate) fn perform(arguments: &[String]) -> Result<(), Failure> {
    packages::ensure()?;
    run(&mut cargo(["build", "--release", "--package", "vipd"]))?;
    let mut command = cargo([
        "run",
        "--release",
        "--quiet",
        "--package",
        "vipd-bench",
        "--",
    ]);
    run(command.args(arguments))
}
