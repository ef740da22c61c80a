//! What there is to know of an instance.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::{Family, Version};

use super::counters::Counters;
use super::fault::Fault;
use super::instance::Instance;
use super::links::Links;
use super::settings::Target;
use super::timer::Timer;
use crate::Instant;
use crate::event::State;
use crate::tracking::standing::Standing;

/// Everything worth knowing of an instance, for `vipd status`, dumps and metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceStatus {
    /// Name of the instance.
    pub instance: String,
    /// Its state.
    pub state: State,
    /// Effective priority.
    pub priority: u8,
    /// Priority before all weights.
    pub base_priority: u8,
    /// Number of the virtual router.
    pub vrid: u8,
    /// Family of its VIPs.
    pub family: Family,
    /// Version it speaks.
    pub version: Version,
    /// Its interface.
    pub interface: Option<String>,
    /// Source address of its adverts.
    pub source: Option<IpAddr>,
    /// Its own advert interval.
    pub advert_interval: Duration,
    /// Interval by which it waits for the master.
    pub master_interval: Duration,
    /// Sender and priority of the last accepted advert.
    pub master: Option<(IpAddr, u8)>,
    /// When it changed state last.
    pub since: Instant,
    /// What it waits for.
    pub timer: Option<(Instant, Timer)>,
    /// Its VIPs are on interfaces.
    pub holds_addresses: bool,
    /// What keeps it from running; all must go.
    pub faults: Vec<Fault>,
    /// Everything tracked.
    pub trackers: Vec<TrackerStatus>,
    /// Counters.
    pub counters: Counters,
}

/// A thing tracked and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackerStatus {
    /// `interface NAME`, `script NAME`, `port NAME`, `process NAME`, `file NAME`.
    pub name: String,
    /// Weight; 0 is a fault.
    pub weight: i16,
    /// The result is turned round.
    pub reverse: bool,
    /// Up or succeeding; none while not known.
    pub is_up: Option<bool>,
    /// The number in a file.
    pub number: Option<i64>,
}

impl Instance {
    /// Its status now.
    pub(crate) fn status(&self, links: &Links) -> InstanceStatus {
        let settings = &self.settings;
        let trackers = settings.trackers.iter().zip(&self.verdicts);
        InstanceStatus {
            instance: settings.name.to_string(),
            state: self.state(),
            priority: self.priority,
            base_priority: settings.priority,
            vrid: settings.vrid,
            family: settings.family,
            version: settings.version,
            interface: settings.interface.as_deref().map(str::to_owned),
            source: self.source,
            advert_interval: settings.interval,
            master_interval: self.master_interval,
            master: self.master,
            since: self.since,
            timer: self.deadline(),
            holds_addresses: self.holds_addresses,
            faults: self.faults(links),
            trackers: trackers
                .map(|(tracked, verdict)| TrackerStatus {
                    name: match &tracked.what {
                        Target::Interface(name) => format!("interface {name}"),
                        Target::Script(name) => format!("script {name}"),
                        Target::Watched((kind, name)) => format!("{} {name}", kind.word()),
                    },
                    weight: tracked.weight,
                    reverse: tracked.reverse,
                    is_up: verdict.map(Standing::is_up),
                    number: match verdict {
                        Some(Standing::Number(number)) => Some(*number),
                        Some(Standing::Up | Standing::Down) | None => None,
                    },
                })
                .collect(),
            counters: self.counters,
        }
    }
}
