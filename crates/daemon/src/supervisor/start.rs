//! From the command line to a running daemon, step by step.

use std::io::Write as _;

use vipd_linux::files::{PidFile, PidFileError};
use vipd_linux::namespace::Network;
use vipd_linux::process::{self, Back, Side};

use super::child::{Checker, NAME, Part, ROLE, Vrrp};
use super::child_pid_file::{ChildPidFile, NAMES};
use super::configuration::{self, Configuration};
use super::daemon::Daemon;
use super::log::Log;
use super::options::title;
use super::parts::Wanted;
use super::places::{Named, pid_files};
use super::{Options, dumps};

/// Exit status: it cannot go on.
const FATAL: u8 = 1;

/// Runs the daemon until it is stopped.
///
/// Returns the exit status: 0 stopped (or already running, or gone to the background), 1 fatal,
/// 2 configuration, 4 permission, 6 no configuration. Without `foreground` the calling process
/// returns as soon as the daemon in the background has started.
pub fn run(mut options: Options) -> u8 {
    // The daemon works in `/`, and reads the file again at each reload.
    if let Ok(path) = std::path::absolute(&options.config_file) {
        options.config_file = path.to_string_lossy().into_owned();
    }
    let (configuration, first_network) = match read(&options) {
        Ok(read) => read,
        Err(message) => return refuse(&options, "", &[message], FATAL),
    };
    let named = named(&options, &configuration);
    let suffix = named.suffix();
    if let Some(status) = configuration.refused {
        return refuse(&options, &suffix, &configuration.messages, status);
    }
    let files = pid_files(&options, named);
    let mut vrrp = ChildPidFile::at(files.vrrp);
    let wants_vrrp = Wanted::of(&options, &configuration.config).vrrp;
    let locked = PidFile::lock(&files.supervisor, &NAMES).and_then(|supervisor| {
        if wants_vrrp {
            vrrp.lock()?;
        }
        Ok(supervisor)
    });
    let supervisor = match locked {
        Ok(locked) => locked,
        Err(error @ PidFileError::AlreadyRunning) => {
            return refuse(&options, &suffix, &[error.to_string()], 0);
        }
        Err(error) => return refuse(&options, &suffix, &[error.to_string()], FATAL),
    };
    process::set_umask(options.umask.unwrap_or(configuration.config.global.umask));
    let back = if options.foreground {
        None
    } else {
        match process::daemonise() {
            Ok(Side::Front(front)) => return front.wait(),
            Ok(Side::Back(back)) => Some(back),
            Err(error) => return refuse(&options, &suffix, &[error.to_string()], FATAL),
        }
    };
    let log = Log::start(
        options.log,
        options.foreground,
        &options.invoked_as,
        &suffix,
    );
    let pid_files = (supervisor, vrrp, ChildPidFile::at(files.checker));
    let started = (configuration, first_network);
    in_background(options, log, started, pid_files, back)
}

/// Reads the configuration in the network namespace it asks for. That in which the daemon was
/// started is kept when it is another one.
fn read(options: &Options) -> Result<(Configuration, Option<Network>), String> {
    let first = configuration::read(options);
    let configured = first.config.root.net_namespace.as_ref();
    let Some(name) = options.namespace.as_ref().or(configured) else {
        return Ok((first, None));
    };
    let network = Network::current().map_err(|error| error.to_string())?;
    process::enter_network_namespace(name).map_err(|error| error.to_string())?;
    // Its interfaces are others than those the file was judged against.
    Ok((configuration::read(options), Some(network)))
}

fn named<'a>(options: &'a Options, configuration: &'a Configuration) -> Named<'a> {
    let root = &configuration.config.root;
    Named {
        namespace: options
            .namespace
            .as_deref()
            .or(root.net_namespace.as_deref()),
        instance: root.instance.as_deref(),
        use_pid_dir: root.use_pid_dir,
    }
}

/// Says why the daemon does not start, in the log and to the person who started it.
fn refuse(options: &Options, suffix: &str, messages: &[String], status: u8) -> u8 {
    let log = Log::start(options.log, false, &options.invoked_as, suffix);
    for message in messages {
        log.line(message);
        // There is nobody to tell when standard error is closed.
        let _ = writeln!(std::io::stderr(), "{message}");
    }
    log.flush();
    status
}

/// What runs in the background, or in the foreground if that is wanted: the supervisor proper.
fn in_background(
    options: Options,
    log: Log,
    (mut configuration, first_network): (Configuration, Option<Network>),
    (mut supervisor, mut vrrp, checker): (PidFile, ChildPidFile, ChildPidFile),
    back: Option<Back>,
) -> u8 {
    let name = configuration.config.global.process_names.get("");
    process::set_name(name.unwrap_or(&options.invoked_as));
    say_start(&log, &options, &mut configuration);
    if let Err(error) = supervisor.write(std::process::id()) {
        log.line(error.to_string());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let status = match runtime {
        Ok(runtime) => {
            let Configuration {
                config,
                tracked,
                misc,
                ..
            } = configuration;
            let status = runtime.block_on(async {
                let mut daemon = Daemon::new(options, log, config, vrrp, checker, back);
                daemon.first_network = first_network;
                daemon.live(tracked, misc).await
            });
            // A look-up of a name may still wait for its answer.
            runtime.shutdown_background();
            status
        }
        Err(error) => {
            log.line(format!("the supervisor cannot run: {error}"));
            log.flush();
            vrrp.remove();
            if let Some(back) = back {
                back.tell(FATAL);
            }
            FATAL
        }
    };
    supervisor.remove();
    status
}

/// The first lines of the log.
fn say_start(log: &Log, options: &Options, configuration: &mut Configuration) {
    log.line(format!("Starting {}", title(&options.invoked_as)));
    let arguments: Vec<String> = options
        .arguments
        .iter()
        .map(|argument| format!("'{}'", argument.to_string_lossy()))
        .collect();
    log.line(format!("Command line: {}", arguments.join(" ")));
    log.line(format!("Configuration file {}", options.config_file));
    for message in configuration.messages.drain(..) {
        log.line(message);
    }
    if options.dump_config {
        for line in dumps::configuration(&configuration.config).lines() {
            log.line(line);
        }
    }
}

/// Runs the part of a child when this process was started as one, and returns its exit status.
///
/// To be called before anything else in `main`: a child has the command line of its parent, so
/// that command line must not be looked at.
pub fn child_main() -> Option<u8> {
    let role = std::env::var_os(ROLE)?;
    let socket = process::parent_socket()?;
    process::ignore_requests();
    if let Some(name) = std::env::var_os(NAME) {
        process::set_name(&name.to_string_lossy());
    }
    match role.to_str()? {
        Vrrp::WORD => Some(crate::vrrp::run(socket)),
        Checker::WORD => Some(crate::checker::run(socket)),
        _ => None,
    }
}
