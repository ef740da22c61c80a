//! `cargo xtask docs`: the part of `docs/` that is generated from the program itself.

use crate::run::{Failure, cargo, run};

/// Has the program write its keyword reference, manual pages and completions into `docs/`.
pub(crate) fn perform(arguments: &[String]) -> Result<(), Failure> {
    let check = match arguments {
        [] => false,
        [word] if word == "--check" => true,
        _ => return Err(Failure("takes --check or nothing".to_owned())),
    };
    let mut command = cargo(["run", "--quiet", "--package", "vipd", "--", "docs", "docs"]);
    if check {
        command.arg("--check");
    }
    run(&mut command)
}
