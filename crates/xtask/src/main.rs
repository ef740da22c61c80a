//! `cargo xtask COMMAND`: the chores of this repository.

mod bench;
mod ci;
mod corpus;
mod docs;
mod fuzz;
mod licences;
mod ordinary;
mod packages;
mod run;
mod test;
mod tidy;
mod vm;

use std::process::ExitCode;

use run::{Failure, say};

/// One chore.
struct Chore {
    /// Its name on the command line.
    name: &'static str,
    /// What the help says.
    doc: &'static str,
    /// Does it; gets the words after its name.
    perform: fn(&[String]) -> Result<ExitCode, Failure>,
}

const CHORES: &[Chore] = &[
    Chore {
        name: "test",
        doc: "install what the tests need (Debian), then run all tests; words after it go to cargo test",
        perform: |words| test::perform(words).map(done),
    },
    Chore {
        name: "bench",
        doc: "measure vipd and keepalived side by side; words after it go to the benchmark",
        perform: |words| bench::perform(words).map(done),
    },
    Chore {
        name: "fuzz",
        doc: "give hostile bytes to all targets, or to those named, under libFuzzer; --seconds N for each",
        perform: |words| fuzz::perform(words).map(done),
    },
    Chore {
        name: "corpus",
        doc: "compare vipd with what keepalived said of files from the wild; takes their folder",
        perform: |words| corpus::perform(words).map(done),
    },
    Chore {
        name: "vm",
        doc: "run a command in a virtual machine whose kernel has IPVS; takes the command after --",
        perform: vm::perform,
    },
    Chore {
        name: "docs",
        doc: "write the generated part of docs/ again; with --check, fail when it is not current",
        perform: |words| docs::perform(words).map(done),
    },
    Chore {
        name: "tidy",
        doc: "check the rules of CONTRIBUTING.md that no compiler checks",
        perform: |words| tidy::perform(words).map(done),
    },
    Chore {
        name: "licences",
        doc: "check the licences of all dependencies against deny.toml",
        perform: |words| licences::perform(words).map(done),
    },
    Chore {
        name: "ci",
        doc: "everything continuous integration runs",
        perform: |words| ci::perform(words).map(done),
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        say(&usage());
        return ExitCode::from(2);
    };
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        say(&format!("no chore is called `{name}`\n\n{}", usage()));
        return ExitCode::from(2);
    };
    match (chore.perform)(rest) {
        Ok(status) => status,
        Err(failure) => {
            say(&format!("xtask {name}: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// The exit status of a chore that succeeded.
fn done((): ()) -> ExitCode {
    ExitCode::SUCCESS
}

fn usage() -> String {
    let chores: Vec<String> = CHORES
        .iter()
        .map(|chore| format!("\n  {:10}{}", chore.name, chore.doc))
        .collect();
    format!("usage: cargo xtask CHORE [...]\n{}", chores.concat())
}
