//! `vipd lab`: looking around in hosts that `vipd demo --keep` left running.

use std::ffi::OsString;

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
    /// Run a command in a host
    Exec {
        /// Name of the host, such as `a`
        host: String,
        /// The command and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<OsString>,
    },
    /// Stop all hosts and remove what they left
    Stop,
}

/// Does what the command line says and returns the exit status.
pub(crate) fn run(arguments: &Arguments) -> u8 {
    match &arguments.command {
        Command::List | Command::Stop => 1,
        Command::Exec { host, command } => u8::from(host.is_empty() || command.is_empty()),
    }
}

/// First process of a host.
pub(crate) fn init(words: &[OsString]) -> u8 {
    vipd_lab::init(words)
}

/// Web service of a host.
pub(crate) fn web(words: &[OsString]) -> u8 {
    vipd_lab::web(words)
}
