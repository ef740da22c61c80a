//! `cargo xtask ci`: what continuous integration runs, in this order, up to the first failure.

use crate::run::{Failure, cargo, run, say};
use crate::{corpus, docs, licences, test, tidy};

/// One step.
type Step = (&'static str, fn() -> Result<(), Failure>);

const STEPS: &[Step] = &[
    ("format", || run(&mut cargo(["fmt", "--all", "--check"]))),
    ("tidy", || tidy::perform(&[])),
    ("licences", || licences::perform(&[])),
    ("clippy", || {
        run(&mut cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]))
    }),
    ("documentation", || {
        run(cargo(["doc", "--workspace", "--no-deps", "--locked"])
            .env("RUSTDOCFLAGS", "-D warnings"))
    }),
    ("generated docs", || docs::perform(&["--check".to_owned()])),
    ("corpus", || {
        if corpus::beside().exists() {
            return corpus::perform(&[]);
        }
        say("no corpus beside the repository: nothing is compared");
        Ok(())
    }),
    ("hostile input", || {
        run(&mut cargo([
            "run",
            "--quiet",
            "--package",
            "vipd-fuzz",
            "--",
            "smoke",
            "--inputs",
            "400",
        ]))
    }),
    ("tests", || test::perform(&[])),
];

/// Runs all steps.
pub(crate) fn perform(_: &[String]) -> Result<(), Failure> {
    for (name, step) in STEPS {
        say(&format!("== {name}"));
        step()?;
    }
    say("== all steps passed");
    Ok(())
}
