//! What the command line says about a run of the daemon.

use std::ffi::OsString;
use std::path::PathBuf;

/// The version of keepalived whose configuration language and behaviour vipd follows.
const FOLLOWS: &str = "2.4.3";

/// What a daemon of this name calls itself: `Keepalived v2.4.3 (vipd 0.1.0)` when it stands in
/// for keepalived, since scripts look for that.
pub fn title(invoked_as: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    if invoked_as == "keepalived" {
        format!("Keepalived v{FOLLOWS} (vipd {version})")
    } else {
        format!("vipd v{version}")
    }
}

/// Everything the command line can say about a run.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line"
)]
pub struct Options {
    /// `-f`: the configuration, a glob pattern.
    pub config_file: String,
    /// `-i`: the word that `@ID` lines are compared with; the host name up to its first dot when
    /// not given.
    pub config_id: Option<String>,
    /// `-e`: every `include` must match.
    pub all_config: bool,
    /// The whole command line as it was given, program name first. Children show the same one
    /// when the program was called by another name than `vipd`.
    pub arguments: Vec<OsString>,
    /// The name the program was called by, without folders: `keepalived` or `vipd`.
    pub invoked_as: String,
    /// `-n`: stay in the foreground.
    pub foreground: bool,
    /// `-p`: PID file of the supervisor.
    pub pid_file: Option<PathBuf>,
    /// `-r`: PID file of the VRRP process.
    pub vrrp_pid_file: Option<PathBuf>,
    /// `-c`: PID file of the checker process.
    pub checker_pid_file: Option<PathBuf>,
    /// Where log lines go.
    pub log: LogOptions,
    /// `-d`: log the configuration at start.
    pub dump_config: bool,
    /// `-V`: leave VIPs where they are at stop.
    pub keep_addresses: bool,
    /// `-I`: leave the table of IPVS as it is at stop.
    pub keep_table: bool,
    /// `-X`: at stop, remove VIPs also when they are not known to be set.
    pub release_addresses: bool,
    /// `-R`: a child that dies ends the daemon.
    pub dont_respawn: bool,
    /// `-a`: log every address that comes or goes.
    pub monitor_addresses: bool,
    /// `-s`: network namespace; beats the configuration.
    pub namespace: Option<String>,
    /// `-u`: umask; beats the configuration.
    pub umask: Option<u32>,
    /// `-P`: the VRRP process was asked for.
    pub only_vrrp: bool,
    /// `-C`: the checker process was asked for.
    pub only_checker: bool,
    /// `--all`: every part is wanted, also those with nothing configured.
    pub run_all: bool,
    /// Tell the service manager at `$NOTIFY_SOCKET` how things stand.
    pub notify_systemd: bool,
}

/// Where log lines go and how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// `-l`: to standard error, with `-n` only.
    pub console: bool,
    /// How often `-D` was given: 0, 1 or 2.
    pub detail: u8,
    /// `-S`: syslog facility number (`daemon`, 3, when not given).
    pub facility: Option<u8>,
    /// `-G`: nothing to syslog.
    pub no_syslog: bool,
}
