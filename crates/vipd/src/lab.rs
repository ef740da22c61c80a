//! `vipd lab`: looking around in hosts that `vipd demo --keep` left running.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use crate::demo::kept_place;
use crate::output::Answer;

/// Look around in the hosts that `vipd demo --keep` left running
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show the hosts that are running
    List,
    /// Run a command in a host; its exit status is that of the command
    Exec {
        /// Name of the host, such as `a`
        host: String,
        /// The command and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<String>,
    },
    /// Stop all hosts and remove what they left
    Stop,
}

/// Does what the command line says and returns the exit status.
pub(crate) fn run(arguments: &Arguments) -> u8 {
    let place = kept_place();
    match &arguments.command {
        Command::List => match place.list() {
            Ok(names) if names.is_empty() => {
                Answer::out("no hosts are running (start some: vipd demo --keep)\n").write()
            }
            Ok(names) => Answer::out(names.join("\n") + "\n").write(),
            Err(error) => failed(&error),
        },
        Command::Exec { host, command } => match place.exec(host, command) {
            Ok(status) => as_shells_do(status),
            Err(error) => failed(&error),
        },
        Command::Stop => match place.stop() {
            Ok(names) if names.is_empty() => Answer::out("no hosts are running\n").write(),
            Ok(names) => Answer::out(format!("stopped {}\n", names.join(", "))).write(),
            Err(error) => failed(&error),
        },
    }
}

/// The exit status of the command, or 128 and the number of the signal that ended it.
fn as_shells_do(status: ExitStatus) -> u8 {
    let code = status.code().or(status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

fn failed(error: &vipd_lab::Error) -> u8 {
    Answer::err(format!("vipd lab: {error}\n"), 1).write()
}

/// First process of a host.
pub(crate) fn init(words: &[OsString]) -> u8 {
    vipd_lab::init(words)
}

/// Web service of a host.
pub(crate) fn web(words: &[OsString]) -> u8 {
    vipd_lab::web(words)
}
