//! vipd's own command line.

mod check;
mod completion;
mod docs;
mod explain;
mod fmt;
mod keywords;
mod pair;
mod run;
mod simulate;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

use crate::output::Answer;
use crate::{demo, lab};

/// Keeps a virtual IP address (VIP) answering when a server dies
///
/// Two or more machines run vipd; one of them holds the VIP. When that machine, its network or
/// the service on it fails, another takes the VIP over. vipd reads keepalived's configuration
/// file, speaks VRRP with keepalived and with routers, and takes keepalived's own command line
/// when it is called by the name keepalived.
#[derive(Debug, Parser)]
#[command(name = "vipd", version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Check(check::Arguments),
    Simulate(simulate::Arguments),
    Explain(explain::Arguments),
    Fmt(fmt::Arguments),
    Keywords(keywords::Arguments),
    Completion(completion::Arguments),
    Demo(demo::Arguments),
    Lab(lab::Arguments),
    /// First process of a host of the lab
    #[command(hide = true)]
    LabInit(Passed),
    /// Web service of a host of the lab
    #[command(hide = true)]
    LabWeb(Passed),
    #[command(hide = true)]
    Docs(docs::Arguments),
}

/// Words that are passed on as they are.
#[derive(Debug, clap::Args)]
struct Passed {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// Reads the command line, does what it says and returns the exit status.
pub(crate) fn main(arguments: Vec<OsString>) -> u8 {
    let line = match CommandLine::try_parse_from(&arguments) {
        Ok(line) => line,
        Err(error) => {
            // A reader that went away (`vipd --help | head -1`) is the only way this fails.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    match line.command {
        Command::Run(arguments_of_run) => run::run(arguments, arguments_of_run),
        Command::Check(arguments) => check::answer(&arguments).write(),
        Command::Simulate(arguments) => simulate::answer(&arguments).write(),
        Command::Explain(arguments) => explain::answer(&arguments).write(),
        Command::Fmt(arguments) => fmt::answer(&arguments).write(),
        Command::Keywords(arguments) => keywords::answer(&arguments).write(),
        Command::Completion(arguments) => completion::answer(&arguments).write(),
        Command::Docs(arguments) => docs::answer(&arguments).write(),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Lab(arguments) => lab::run(&arguments),
        Command::LabInit(passed) => lab::init(&passed.words),
        Command::LabWeb(passed) => lab::web(&passed.words),
    }
}

/// The whole command line as clap sees it, for completion and manual pages.
fn definition() -> clap::Command {
    CommandLine::command()
}

/// A failure that is nobody's fault but the machine's: exit status 1.
fn failure(doing: &str, error: &dyn std::fmt::Display) -> Answer {
    Answer::err(format!("vipd: cannot {doing}: {error}\n"), 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_definition_is_consistent() {
        super::definition().debug_assert();
    }
}
