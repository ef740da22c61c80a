//! `interface_up_down_delays`: how long an interface must be up or down to count as such.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vipd_config::model::Config;

use super::router::{Phase, Router};
use crate::input::Interface;
use crate::{Effect, Instant};

/// Interfaces whose changes must last.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkDelays {
    delays: BTreeMap<Arc<str>, Delays>,
    /// Changes that have still to last.
    waiting: BTreeMap<Arc<str>, Waiting>,
}

#[derive(Clone, Copy, Debug)]
struct Delays {
    down: Duration,
    up: Duration,
}

/// A change that has not lasted yet.
#[derive(Clone, Debug)]
struct Waiting {
    due: Instant,
    /// As the kernel told it last.
    interface: Interface,
}

impl LinkDelays {
    /// Takes the delays of a configuration; what waits for no delay any more counts soon.
    pub(super) fn configure(&mut self, config: &Config) {
        let delays = config.interface_delays.iter().map(|delay| {
            let delays = Delays {
                down: delay.down,
                up: delay.up,
            };
            (Arc::from(delay.interface.as_str()), delays)
        });
        self.delays = delays.collect();
        let delays = &self.delays;
        for (name, waiting) in &mut self.waiting {
            if !delays.contains_key(name) {
                waiting.due = Instant::default();
            }
        }
    }

    /// When a change has lasted long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.values().map(|waiting| waiting.due).min()
    }

    /// The interface as it counts now, when the kernel says this of it and it counted as up or
    /// not before.
    fn see(&mut self, now: Instant, was_up: bool, interface: Interface) -> Interface {
        let name = interface.name.as_str();
        let Some(delays) = self.delays.get(name) else {
            return interface;
        };
        let delay = if interface.is_up {
            delays.up
        } else {
            delays.down
        };
        if interface.is_up == was_up || delay.is_zero() {
            self.waiting.remove(name);
            return interface;
        }
        let counted = Interface {
            is_up: was_up,
            ..interface.clone()
        };
        if let Some(waiting) = self.waiting.get_mut(name) {
            waiting.interface = interface;
        } else {
            let name = Arc::from(name);
            let due = now + delay;
            self.waiting.insert(name, Waiting { due, interface });
        }
        counted
    }

    /// One whose change has lasted.
    fn take_due(&mut self, now: Instant) -> Option<Interface> {
        let (name, _) = self
            .waiting
            .iter()
            .find(|(_, waiting)| waiting.due <= now)?;
        let name = name.clone();
        Some(self.waiting.remove(&name)?.interface)
    }
}

impl Router {
    /// The kernel says how an interface is.
    pub(super) fn interface_told(
        &mut self,
        now: Instant,
        interface: Interface,
        effects: &mut Vec<Effect>,
    ) {
        let known = self.shared.links.get(&interface.name);
        let is_same = known.is_some_and(|link| link.index == Some(interface.index));
        let counted = if self.phase == Phase::Running && is_same {
            let was_up = self.shared.links.is_up(&interface.name);
            self.link_delays.see(now, was_up, interface)
        } else {
            // One that is new, or seen for the first time, is as it is.
            self.link_delays.waiting.remove(interface.name.as_str());
            interface
        };
        self.interface(now, counted, effects);
    }

    /// Changes of interfaces that have lasted long enough.
    pub(super) fn links_due(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        while let Some(interface) = self.link_delays.take_due(now) {
            self.interface(now, interface, effects);
        }
    }

    /// An interface is gone, which no delay can hide.
    pub(super) fn interface_lost(&mut self, now: Instant, name: &str, effects: &mut Vec<Effect>) {
        self.link_delays.waiting.remove(name);
        self.interface_gone(now, name, effects);
    }
}
