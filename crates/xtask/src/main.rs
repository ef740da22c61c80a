//! `cargo xtask COMMAND`: the chores of this repository.

mod bench;
mod ci;
mod corpus;
mod docs;
mod licences;
mod ordinary;
mod packages;
mod run;
mod test;
mod tidy;

use std::process::ExitCode;

use run::{Failure, say};

/// One chore.
struct Chore {
    /// Its name on the command line.
    name: &'static str,
    /// What the help says.
    doc: &'static str,
    /// Does it; gets the words after its name.
    perform: fn(&[String]) -> Result<(), Failure>,
}

const CHORES: &[Chore] = &[
    Chore {
        name: "test",
        doc: "install what the tests need (Debian), then run all tests; words after it go to cargo test",
        perform: test::perform,
    },
    Chore {
        name: "bench",
        doc: "measure vipd and keepalived side by side; words after it go to the benchmark",
        perform: bench::perform,
    },
    Chore {
        name: "corpus",
        doc: "compare vipd with what keepalived said of files from the wild; takes their folder",
        perform: corpus::perform,
    },
    Chore {
        name: "docs",
        doc: "write the generated part of docs/ again; with --check, fail when it is not current",
        perform: docs::perform,
    },
    Chore {
        name: "tidy",
        doc: "check the rules of CONTRIBUTING.md that no compiler checks",
        perform: tidy::perform,
    },
    Chore {
        name: "licences",
        doc: "check the licences of all dependencies against deny.toml",
        perform: licences::perform,
    },
    Chore {
        name: "ci",
        doc: "everything continuous integration runs",
        perform: ci::perform,
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
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("xtask {name}: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let chores: Vec<String> = CHORES
        .iter()
        .map(|chore| format!("\n  {:10}{}", chore.name, chore.doc))
        .collect();
    format!("usage: cargo xtask CHORE [...]\n{}", chores.concat())
}
