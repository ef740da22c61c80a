//! What a successor process needs to carry on.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::Routing;

use super::instance::Instance;
use super::sequence::Sequence;
use super::settings::{Identity, Target};
use super::signing::Signing;
use crate::effect::Placed;
use crate::event::State;
use crate::tracking::standing::Standing;
use crate::tracking::watch::Kind;

/// What a successor needs to carry on with an instance. Opaque to those who keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Name of the instance.
    pub instance: String,
    /// Its state.
    pub state: State,
    /// Which virtual router it is; the name may have changed.
    pub identity: Identity,
    /// Effective priority.
    pub priority: u8,
    /// It has made room for another owner.
    pub demoted: bool,
    /// Interval learned from the master.
    pub master_interval: Duration,
    /// Sender and priority of the last advert.
    pub master: Option<(IpAddr, u8)>,
    /// Addresses the kernel has from it.
    pub held: Vec<Arc<[Placed]>>,
    /// Numbers of its authenticated adverts.
    pub sequence: Sequence,
    /// Stamps of its signed adverts.
    pub signing: Signing,
    /// Routes and rules the kernel has from it.
    pub routing: Option<Arc<[Routing]>>,
    /// Results of tracked scripts, by name.
    pub scripts: Vec<(String, bool)>,
    /// How long the process it is from has given no sign of life, when it hung before its end;
    /// zero otherwise. For those who keep it to fill in: a master that was silent for longer
    /// than backups wait does not go on as one.
    pub silence: Duration,
    /// What watched things counted as, by kind and name.
    pub watched: Vec<(Kind, String, Standing)>,
}

impl Instance {
    /// Its state, for a successor.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let settings = &self.settings;
        let held = if self.holds_addresses {
            let lists = [&settings.addresses, &settings.excluded];
            let lists = lists.into_iter().filter(|list| !list.is_empty());
            lists.cloned().collect()
        } else {
            Vec::new()
        };
        let trackers = settings.trackers.iter().zip(&self.verdicts);
        let scripts = trackers
            .filter_map(|(tracked, verdict)| match &tracked.what {
                Target::Script(name) => Some((name.to_string(), (*verdict)?.is_up())),
                Target::Interface(_) | Target::Watched(_) => None,
            })
            .collect();
        let trackers = settings.trackers.iter().zip(&self.verdicts);
        let watched = trackers
            .filter_map(|(tracked, verdict)| match &tracked.what {
                Target::Watched((kind, name)) => Some((*kind, name.to_string(), (*verdict)?)),
                Target::Interface(_) | Target::Script(_) => None,
            })
            .collect();
        Snapshot {
            instance: settings.name.to_string(),
            state: self.state(),
            identity: settings.identity(),
            priority: self.priority,
            demoted: self.demoted,
            master_interval: self.master_interval,
            master: self.master,
            held,
            sequence: self.sequence,
            signing: (*self.signing).clone(),
            routing: (self.holds_addresses && !settings.routing.is_empty())
                .then(|| settings.routing.clone()),
            scripts,
            silence: Duration::ZERO,
            watched,
        }
    }
}
