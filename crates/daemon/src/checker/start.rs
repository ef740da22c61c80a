//! From the first message to a process that is ready, or to a clear reason why not.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::runtime::Builder;
use vipd_config::model::Config;
use vipd_linux::namespace::Network;
use vipd_linux::sandbox::{self, Keep};
use vipd_linux::{Error, limits, memory};

use super::looks::Looks;
use super::parent::Parent;
use super::probe::{Material, TlsSettings};
use super::process::Process;
use super::table::Table;
use crate::messages::{FromChecker, TableNetwork, ToChecker};

/// Exit status for everything that stops it.
const STATUS_OTHER: u8 = 1;

/// What this process needs as long as it runs: the table, marks and interfaces of its checks,
/// and local ports below 1024, which a reload may ask for.
const KEEP: [Keep; 3] = [Keep::NetAdmin, Keep::NetRaw, Keep::NetBindService];

/// Descriptors when nobody knows the limit: what every Linux gives.
const DESCRIPTORS: u64 = 1024;

pub(super) fn run(socket: OwnedFd) -> u8 {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return STATUS_OTHER;
    };
    let status = runtime.block_on(live(socket));
    runtime.shutdown_background();
    status
}

async fn live(socket: OwnedFd) -> u8 {
    let Ok(mut parent) = Parent::new(socket) else {
        return STATUS_OTHER;
    };
    let Ok(ToChecker::Configure {
        config,
        known,
        restored,
        timeouts_before,
        pings_before,
        keep_table,
        network,
    }) = parent.hear().await
    else {
        // Told to stop before it began, or nobody is there: there is nothing to leave behind.
        return STATUS_OTHER;
    };
    let config: Arc<Config> = Arc::from(config);
    let mut troubles = Vec::new();
    let opened = permitted().and_then(|()| {
        let network = network.as_ref().map(network_of).transpose();
        let network = network.map_err(|error| no_network(&error))?;
        let table = Table::open(network.as_ref()).map_err(|error| no_ipvs(&error))?;
        let tls = settings(&known.material, &mut troubles)?;
        Ok((table, tls))
    });
    let (mut table, tls) = match opened {
        Ok(opened) => opened,
        Err(why) => return unable(parent, why).await,
    };
    if let Some(before) = timeouts_before {
        table.inherit(before);
    }
    let scheduling = scheduling(&config);
    let mut problems = sandbox::schedule(sandbox::Scheduling::default(), scheduling);
    let descriptors = limits::raise_descriptors().unwrap_or_else(|error| {
        problems.push(error);
        DESCRIPTORS
    });
    problems.extend(sandbox::confine(&KEEP));
    troubles.extend(problems.iter().map(ToString::to_string));
    let looks = Looks::new(tls, descriptors);
    let mut process = Process::new(parent, table, looks, &config, keep_table, scheduling);
    process.inherit(pings_before);
    let begun = process.begin(&config, known, restored, troubles);
    drop(config);
    memory::give_back();
    process.run(begun).await
}

/// Says why nothing can be done, and ends.
async fn unable(mut parent: Parent, why: String) -> u8 {
    // Nobody is there to be told otherwise.
    let _ = parent.say(&FromChecker::Unable(why));
    parent.finish().await;
    STATUS_OTHER
}

fn permitted() -> Result<(), String> {
    if sandbox::has(Keep::NetAdmin) {
        Ok(())
    } else {
        Err(
            "virtual servers are not served: IPVS needs the capability CAP_NET_ADMIN; start it as \
             root, or give it that capability"
                .to_owned(),
        )
    }
}

/// Where the table is.
fn network_of(network: &TableNetwork) -> Result<Network, Error> {
    match network {
        TableNetwork::Named(name) => Network::named(name),
        TableNetwork::First { pid, descriptor } => Network::held_by(*pid, *descriptor),
    }
}

fn no_network(error: &Error) -> String {
    format!(
        "virtual servers are not served: {error}. Make the namespace of net_namespace_ipvs with \
         `ip netns add`; this is tried again every minute"
    )
}

fn no_ipvs(error: &Error) -> String {
    format!(
        "virtual servers are not served: {error}. Load the module with `modprobe ip_vs`, or use a \
         kernel that has it; this is tried again every minute"
    )
}

/// How checks over TLS are made; what is amiss is said.
pub(super) fn settings(
    material: &Material,
    troubles: &mut Vec<String>,
) -> Result<TlsSettings, String> {
    match TlsSettings::new(material) {
        Ok((settings, trouble)) => {
            troubles.extend(trouble.map(|trouble| format!("SSL: {trouble}")));
            Ok(settings)
        }
        Err(error) => Err(format!("TLS cannot be used: {error}")),
    }
}

/// How long it may compute in one go under real-time scheduling when nothing is configured,
/// microseconds.
const REAL_TIME_US: u32 = 10_000;

/// How the process is to be scheduled.
pub(super) fn scheduling(config: &Config) -> sandbox::Scheduling {
    let process = &config.lvs.global.process;
    sandbox::Scheduling {
        nice: process.nice,
        nice_is_optional: false,
        real_time: process.rt_priority,
        real_time_micros: process.rlimit_rttime_us.unwrap_or(REAL_TIME_US),
        processors: sandbox::processors(&process.cpu_affinity),
        lock_memory: process.no_swap,
    }
}
