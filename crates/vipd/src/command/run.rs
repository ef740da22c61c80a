//! `vipd run`: the daemon in the foreground.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;

use vipd_daemon::supervisor::{LogOptions, Options, run as run_daemon};

use crate::keepalived::DEFAULT_CONFIG;

/// Run the daemon in the foreground
///
/// Signals: TERM and INT stop it, HUP reads the configuration again, USR1 writes its state to
/// /tmp/keepalived.data, USR2 its counters to /tmp/keepalived.stats. Under systemd, use
/// Type=notify. Exit status: 0 stopped, 1 failed, 2 the configuration cannot be used,
/// 4 permission is missing, 6 there is no configuration.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line"
)]
pub(super) struct Arguments {
    /// Configuration file, or a pattern that matches several
    #[arg(short, long, value_name = "FILE", default_value = DEFAULT_CONFIG)]
    file: String,

    /// Where log lines go; without this, to the terminal if standard error is one, else to syslog
    #[arg(long, value_enum, value_name = "WHERE")]
    log: Option<Log>,

    /// Log more; given twice, log everything
    #[arg(short = 'D', long = "detail", action = clap::ArgAction::Count)]
    detail: u8,

    /// Log the configuration at start
    #[arg(short, long)]
    dump_config: bool,

    /// Which lines that begin with @ID hold here; without this, the host name up to its first dot
    #[arg(short = 'i', long, value_name = "ID")]
    config_id: Option<String>,

    /// Every include must match a file
    #[arg(long)]
    all_config: bool,

    /// Network namespace to run in; beats the configuration
    #[arg(short = 's', long, value_name = "NAME")]
    namespace: Option<String>,

    /// PID file of the supervisor; without this, `/run/vipd.pid`
    #[arg(short, long, value_name = "FILE")]
    pid_file: Option<PathBuf>,

    /// PID file of the VRRP process; without this, `/run/vipd_vrrp.pid`
    #[arg(long, value_name = "FILE")]
    vrrp_pid_file: Option<PathBuf>,

    /// PID file of the checker process; without this, `/run/vipd_checkers.pid`
    #[arg(long, value_name = "FILE")]
    checker_pid_file: Option<PathBuf>,

    /// Log every address that is added to or removed from an interface
    #[arg(short = 'a', long)]
    monitor_addresses: bool,

    /// At stop, leave the VIPs where they are
    #[arg(long)]
    keep_addresses: bool,

    /// At stop, leave the table of IPVS as it is
    #[arg(long)]
    keep_table: bool,

    /// Do not start a child again that died: end
    #[arg(long)]
    no_respawn: bool,
}

/// Where log lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Log {
    /// Standard error
    Console,
    /// syslog (and so the journal)
    Syslog,
    /// Nowhere
    None,
}

/// Runs the daemon and returns its exit status.
pub(super) fn run(command_line: Vec<OsString>, arguments: Arguments) -> u8 {
    let terminal = std::io::stderr().is_terminal();
    run_daemon(options(command_line, arguments, terminal))
}

fn options(command_line: Vec<OsString>, arguments: Arguments, terminal: bool) -> Options {
    let log = arguments
        .log
        .unwrap_or(if terminal { Log::Console } else { Log::Syslog });
    Options {
        config_file: arguments.file,
        config_id: arguments.config_id,
        all_config: arguments.all_config,
        arguments: command_line,
        invoked_as: "vipd".to_owned(),
        foreground: true,
        pid_file: arguments.pid_file,
        checker_pid_file: arguments.checker_pid_file,
        vrrp_pid_file: arguments.vrrp_pid_file,
        log: LogOptions {
            console: log == Log::Console,
            detail: arguments.detail.min(2),
            facility: None,
            no_syslog: log != Log::Syslog,
        },
        dump_config: arguments.dump_config,
        keep_addresses: arguments.keep_addresses,
        keep_table: arguments.keep_table,
        dont_respawn: arguments.no_respawn,
        monitor_addresses: arguments.monitor_addresses,
        namespace: arguments.namespace,
        notify_systemd: true,
        ..Options::default()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn read(words: &[&str], terminal: bool) -> Options {
        let line = Line::try_parse_from([&["run"], words].concat()).unwrap();
        options(Vec::new(), line.arguments, terminal)
    }

    #[test]
    fn the_log_goes_to_the_terminal_if_there_is_one() {
        assert!(read(&[], true).log.console);
        assert!(!read(&[], false).log.console && !read(&[], false).log.no_syslog);
        assert!(read(&["--log", "console"], false).log.console);
        assert!(!read(&["--log", "syslog"], true).log.console);
        assert!(read(&["--log", "none"], true).log.no_syslog);
    }

    #[test]
    fn the_usual_file_is_the_default() {
        assert_eq!(read(&[], true).config_file, DEFAULT_CONFIG);
        assert_eq!(read(&["-f", "x"], true).config_file, "x");
    }
}
