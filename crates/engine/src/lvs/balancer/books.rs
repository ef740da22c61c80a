//! What the kernel's table has of our services, as far as is known: an operation is ordered only
//! where something is otherwise than it should be.

use std::collections::BTreeMap;

use crate::lvs::{
    DestinationId, DestinationSettings, Effect, Operation, Present, ServiceId, ServiceSettings,
};

/// The table as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    services: BTreeMap<ServiceId, Entry>,
    /// Removals that were ordered: whoever reads the table and still finds one of these does it
    /// again.
    removed: Vec<ServiceId>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// None: as no configuration could have it.
    settings: Option<ServiceSettings>,
    destinations: BTreeMap<DestinationId, Option<DestinationSettings>>,
}

impl Books {
    /// Nothing is there.
    pub(super) fn clear(&mut self) {
        self.services.clear();
        self.removed.clear();
    }

    /// This is there. What is not ours is passed over.
    pub(super) fn read(&mut self, table: Vec<Present>, is_ours: impl Fn(&ServiceId) -> bool) {
        let removed = std::mem::take(&mut self.removed);
        self.services = table
            .into_iter()
            .filter(|present| is_ours(&present.id) || removed.contains(&present.id))
            .map(|present| {
                let entry = Entry {
                    settings: present.settings,
                    destinations: present.destinations.into_iter().collect(),
                };
                (present.id, entry)
            })
            .collect();
    }

    /// Services that are there.
    pub(super) fn services(&self) -> impl Iterator<Item = &ServiceId> {
        self.services.keys()
    }

    /// Destinations of a service that are there.
    pub(super) fn destinations(&self, id: &ServiceId) -> Vec<DestinationId> {
        let entry = self.services.get(id);
        entry.map_or_else(Vec::new, |entry| {
            entry.destinations.keys().copied().collect()
        })
    }

    /// A service is to be there like this.
    pub(super) fn put_service(
        &mut self,
        id: ServiceId,
        wanted: &ServiceSettings,
        effects: &mut Vec<Effect>,
    ) {
        let entry = self.services.get_mut(&id);
        let boxed = || Box::new(wanted.clone());
        match entry {
            Some(entry) if entry.settings.as_ref() == Some(wanted) => {}
            Some(entry) => {
                effects.push(Effect::Kernel(Operation::SetService(id, boxed())));
                entry.settings = Some(wanted.clone());
            }
            None => {
                effects.push(Effect::Kernel(Operation::AddService(id, boxed())));
                let entry = Entry {
                    settings: Some(wanted.clone()),
                    destinations: BTreeMap::new(),
                };
                self.services.insert(id, entry);
            }
        }
    }

    /// A service is not to be there.
    pub(super) fn remove_service(&mut self, id: ServiceId, effects: &mut Vec<Effect>) {
        if self.services.remove(&id).is_some() {
            effects.push(Effect::Kernel(Operation::RemoveService(id)));
            self.removed.push(id);
        }
    }

    /// A destination is to be there like this; `None`: not at all.
    pub(super) fn put_destination(
        &mut self,
        id: ServiceId,
        destination: DestinationId,
        wanted: Option<DestinationSettings>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(entry) = self.services.get_mut(&id) else {
            return;
        };
        let is = entry.destinations.get(&destination).copied();
        let operation = match (is, wanted) {
            (None, None) => return,
            (Some(Some(is)), Some(wanted)) if is == wanted => return,
            (None, Some(wanted)) => Operation::AddDestination(id, destination, wanted),
            (Some(_), Some(wanted)) => Operation::SetDestination(id, destination, wanted),
            (Some(_), None) => Operation::RemoveDestination(id, destination),
        };
        effects.push(Effect::Kernel(operation));
        if wanted.is_some() {
            entry.destinations.insert(destination, wanted);
        } else {
            entry.destinations.remove(&destination);
        }
    }
}
