//! `cargo xtask bench`: vipd and keepalived side by side in one lab.

use crate::run::{Failure, cargo, run};

/// Builds everything optimised and hands over to the benchmark program.
pub(crate) fn perform(arguments: &[String]) -> Result<(), Failure> {
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
