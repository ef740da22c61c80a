//! From the first message to a process that is ready, or to a clear reason why not.

use std::os::fd::OwnedFd;
use std::time::Duration;

use vipd_config::model::Config;
use vipd_engine::vrrp::Snapshot;
use vipd_linux::poll::Poll;
use vipd_linux::sandbox::{self, Keep};
use vipd_linux::{Error, memory};

use super::interfaces::{Interfaces, named};
use super::kernel::Kernel;
use super::parent::Parent;
use super::process::Process;
use crate::messages::{FromVrrp, ToVrrp};

/// keepalived's exit status for a configuration that cannot be run.
const STATUS_CONFIG: u8 = 2;
/// keepalived's exit status for missing permission.
const STATUS_PERMISSION: u8 = 4;
/// Exit status for everything else that stops it.
const STATUS_OTHER: u8 = 1;

/// What this process needs as long as it runs.
const KEEP: [Keep; 3] = [Keep::NetAdmin, Keep::NetRaw, Keep::SysNice];

/// Why the process cannot run.
#[derive(Debug)]
pub(super) struct Refusal {
    message: String,
    status: u8,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let denied = error.source.kind() == std::io::ErrorKind::PermissionDenied;
        if denied {
            return permission(&error.to_string());
        }
        Self {
            message: error.to_string(),
            status: STATUS_OTHER,
        }
    }
}

fn permission(what: &str) -> Refusal {
    Refusal {
        message: format!(
            "{what}: VRRP needs the capabilities CAP_NET_ADMIN and CAP_NET_RAW; start it as \
             root, or give them to it (systemd: AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW)"
        ),
        status: STATUS_PERMISSION,
    }
}

pub(super) fn run(socket: OwnedFd) -> u8 {
    let mut parent = Parent::new(socket);
    let Ok(ToVrrp::Configure {
        config,
        restored,
        changed,
        options,
        watched,
    }) = parent.wait_for_first()
    else {
        // Told to stop before it began, or nobody is there: there is nothing to leave behind.
        return STATUS_OTHER;
    };
    let opened = permitted().and_then(|()| {
        let kernel = Kernel::open()?;
        all_exist(&config, &restored, &kernel.interfaces)?;
        Ok((kernel, Poll::new()?))
    });
    match opened {
        Ok((kernel, poll)) => {
            let problems = confine(&config);
            let mut process = Process::new(parent, kernel, poll, &config, options);
            process.settings.inherit(changed);
            let begun = process.begin(&config, restored, watched, problems);
            // From here on the engine's own form of it is enough.
            drop(config);
            memory::give_back();
            memory::give_back_code();
            process.run(begun)
        }
        Err(Refusal { message, status }) => {
            parent.farewell(&FromVrrp::Fatal { message, status });
            status
        }
    }
}

/// Whether the kernel would let us do anything at all.
fn permitted() -> Result<(), Refusal> {
    if sandbox::has(Keep::NetAdmin) && sandbox::has(Keep::NetRaw) {
        Ok(())
    } else {
        Err(permission("permission is missing"))
    }
}

/// keepalived refuses interfaces that do not exist, unless told that they may come later.
///
/// A successor of a crashed process goes on without: the others should not suffer.
fn all_exist(
    config: &Config,
    restored: &[Snapshot],
    interfaces: &Interfaces,
) -> Result<(), Refusal> {
    if config.global.dynamic_interfaces || !restored.is_empty() {
        return Ok(());
    }
    match named(config).find(|(name, _)| interfaces.by_name(name).is_none()) {
        None => Ok(()),
        Some((name, place)) => Err(Refusal {
            message: format!(
                "interface {name} of {place} does not exist; create it first, correct the name, \
                 or set `dynamic_interfaces` in global_defs if it may come later"
            ),
            status: STATUS_CONFIG,
        }),
    }
}

/// Scheduling as configured, then no more privileges than needed. What fails is no reason to stop.
fn confine(config: &Config) -> Vec<Error> {
    let ordinary = sandbox::Scheduling::default();
    let mut problems = sandbox::schedule(ordinary, scheduling(config));
    problems.extend(sandbox::confine(&KEEP));
    problems
}

/// Below this advert interval a process that waits its turn like all others is too late too often.
const SHORT_INTERVAL: Duration = Duration::from_millis(100);

/// How the process is to be scheduled: as configured, or before all ordinary processes when an
/// advert interval is short and nothing is configured.
pub(super) fn scheduling(config: &Config) -> sandbox::Scheduling {
    let global = &config.global;
    let is_short = config
        .instances
        .iter()
        .any(|i| i.advert_interval < SHORT_INTERVAL);
    let is_automatic = is_short && global.vrrp_nice == 0 && global.vrrp_rt_priority.is_none();
    sandbox::Scheduling {
        nice: if is_automatic { -20 } else { global.vrrp_nice },
        nice_is_optional: is_automatic,
        real_time: global.vrrp_rt_priority,
        real_time_micros: global.vrrp_process.real_time_micros,
        processors: sandbox::processors(&global.vrrp_process.processors),
        lock_memory: global.vrrp_no_swap,
    }
}

#[cfg(test)]
mod tests {
    use vipd_config::model::Instance;

    use super::*;

    #[test]
    fn short_intervals_go_before_others_unless_configured() {
        let nice = |millis, configured, real_time| {
            let mut instance = Instance::new("A", "eth0", 51);
            instance.advert_interval = Duration::from_millis(millis);
            let mut config = Config {
                instances: vec![instance],
                ..Config::default()
            };
            config.global.vrrp_nice = configured;
            config.global.vrrp_rt_priority = real_time;
            let scheduling = scheduling(&config);
            (scheduling.nice, scheduling.nice_is_optional)
        };
        assert_eq!(nice(10, 0, None), (-20, true));
        assert_eq!(nice(100, 0, None), (0, false));
        assert_eq!(nice(10, -5, None), (-5, false));
        assert_eq!(nice(10, 0, Some(1)), (0, false));
    }
}
