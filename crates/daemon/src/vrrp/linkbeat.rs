//! Interfaces that are asked for their link state every second (`linkbeat_interfaces`).

use std::collections::BTreeMap;
use std::time::Duration;

use vipd_config::model::{self, Config};
use vipd_engine::Instant;
use vipd_linux::Error;
use vipd_linux::linkbeat::{Asker, Way};

use super::interfaces::named;
use super::process::Process;
use crate::messages::FromVrrp;

/// How often they are asked.
const PERIOD: Duration = Duration::from_secs(1);

/// Those that are asked.
#[derive(Debug, Default)]
pub(super) struct Linkbeat {
    asker: Option<Asker>,
    /// By name, with the way that is tried first.
    asked: BTreeMap<String, Way>,
    next: Option<Instant>,
}

impl Linkbeat {
    /// From now on these are asked.
    fn want(&mut self, now: Instant, config: &Config) -> Result<(), Error> {
        self.asked.clear();
        let listed = config.linkbeat.interfaces.iter();
        let listed = listed.map(|(name, way)| (name.as_str(), *way));
        let used = named(config).filter(|_| config.linkbeat.all);
        let used = used.map(|(name, _)| (name, model::Way::default()));
        // What is listed has its way.
        for (name, way) in used.chain(listed) {
            let way = match way {
                model::Way::Mii => Way::Mii,
                model::Way::Ethtool => Way::Ethtool,
                model::Way::Flags => Way::Flags,
            };
            self.asked.insert(name.to_owned(), way);
        }
        self.next = (!self.asked.is_empty()).then_some(now);
        if self.next.is_some() && self.asker.is_none() {
            self.asker = Some(Asker::open()?);
        }
        Ok(())
    }

    /// When they are asked next.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// Asks all, each in the first way that it answers. One that answers in none is left to the
    /// kernel.
    fn ask(&self) -> BTreeMap<String, bool> {
        let Some(asker) = &self.asker else {
            return BTreeMap::new();
        };
        let answers = self.asked.iter().filter_map(|(name, way)| {
            let ways = [*way, Way::Mii, Way::Ethtool, Way::Flags];
            let mut tries = ways.iter().map(|way| asker.has_link(name, *way));
            let answer = tries.find_map(Result::ok)?;
            Some((name.clone(), answer))
        });
        answers.collect()
    }
}

impl Process {
    /// From now on the interfaces are asked that this configuration says.
    pub(super) fn want_linkbeat(&mut self, now: Instant, config: &Config) {
        if let Err(error) = self.linkbeat.want(now, config) {
            self.trouble("ask for link states", &error.to_string());
        }
        self.feel_links(now);
    }

    /// Asks interfaces when it is time; what has changed is in [`super::interfaces::Interfaces`]
    /// then. Whether they were asked.
    pub(super) fn feel_links(&mut self, now: Instant) -> bool {
        let is_time = self.linkbeat.next.is_some_and(|at| at <= now);
        if is_time {
            self.linkbeat.next = Some(now + PERIOD);
        }
        let beats = if self.linkbeat.next.is_none() {
            BTreeMap::new()
        } else if is_time {
            self.linkbeat.ask()
        } else {
            return false;
        };
        for line in self.kernel.interfaces.beats(beats) {
            self.parent.tell(&FromVrrp::Note(line));
        }
        is_time
    }
}
