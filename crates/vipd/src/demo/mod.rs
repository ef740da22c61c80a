//! `vipd demo`: a pair of real daemons on this machine, and everything that can happen to them.

use std::path::PathBuf;

/// Play every failover on this machine
///
/// Makes two hosts and a client in network namespaces, starts real daemons in them and plays the
/// story of a pair: the service dies, the daemon is killed, the cable is pulled. Shows who answers
/// and how long the client waited. Needs no root, touches nothing outside its own namespaces.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Leave the hosts running afterwards
    #[arg(long)]
    keep: bool,
    /// Play it on these two configuration files instead of the built-in pair
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    config: Option<Vec<PathBuf>>,
}

/// Plays the demo; the exit status is 0 only if every step held.
pub(crate) fn run(arguments: &Arguments) -> u8 {
    let _ = (arguments.keep, &arguments.config);
    1
}
