//! Which instance is due when: an ordered set, so that only what is due costs anything.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Instant;

/// Deadlines of instances, by number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Schedule {
    order: BTreeSet<(Instant, u32)>,
    /// The entry of each instance in `order`.
    entries: Vec<Option<Instant>>,
}

impl Schedule {
    /// Forgets everything; room for so many instances.
    pub(crate) fn reset(&mut self, instances: usize) {
        self.order.clear();
        self.entries.clear();
        self.entries.resize(instances, None);
    }

    /// Sets when an instance is due.
    pub(crate) fn set(&mut self, instance: u32, at: Option<Instant>) {
        let Some(entry) = self.entries.get_mut(instance as usize) else {
            return;
        };
        if *entry == at {
            return;
        }
        if let Some(old) = *entry {
            self.order.remove(&(old, instance));
        }
        if let Some(new) = at {
            self.order.insert((new, instance));
        }
        *entry = at;
    }

    /// Who is due first, and when.
    pub(crate) fn first(&self) -> Option<(Instant, u32)> {
        self.order.first().copied()
    }

    /// Who is due by `now`, in order of time. They stay until set anew.
    pub(crate) fn due(&self, now: Instant) -> Vec<u32> {
        let due = self.order.iter().take_while(|(at, _)| *at <= now);
        due.map(|(_, instance)| *instance).collect()
    }
}
