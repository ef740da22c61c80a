//! Changes of the table.

use std::collections::BTreeMap;
use std::io;

use super::attribute::{Attribute, command, list_of, top, u32_of};
use super::{Destination, DestinationKey, Service, ServiceKey, SyncDaemon, SyncRole, Timeouts};

/// `STATE`, what a daemon is stopped by.
const STATE: u16 = 1;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Adds a service.
    AddService(Service),
    /// Changes everything of a service but its key.
    EditService(Service),
    /// Removes a service and its destinations.
    RemoveService(ServiceKey),
    /// Adds a destination.
    AddDestination(ServiceKey, Destination),
    /// Changes everything of a destination but its key.
    EditDestination(ServiceKey, Destination),
    /// Removes a destination.
    RemoveDestination(ServiceKey, DestinationKey),
    /// Removes all services.
    Flush,
    /// Sets statistics to 0: those of a service, or all.
    Zero(Option<ServiceKey>),
    /// Sets timeouts; those that are 0 stay.
    SetTimeouts(Timeouts),
    /// Starts copying connections.
    StartSync(SyncDaemon),
    /// Stops copying connections.
    StopSync(SyncRole),
}

/// What an operation is about, where the order of operations on one thing matters.
type Subject = (ServiceKey, Option<DestinationKey>);

impl Operation {
    /// Command and attributes.
    pub(super) fn encode(&self) -> (u8, Vec<Attribute>) {
        let service = |inside: Vec<Attribute>| vec![list_of(top::SERVICE, &inside)];
        let both = |key: &ServiceKey, inside: Vec<Attribute>| {
            let key = list_of(top::SERVICE, &key.attributes());
            vec![key, list_of(top::DEST, &inside)]
        };
        let daemon = |inside: Vec<Attribute>| vec![list_of(top::DAEMON, &inside)];
        match self {
            Self::AddService(new) => (command::NEW_SERVICE, service(new.attributes())),
            Self::EditService(new) => (command::SET_SERVICE, service(new.attributes())),
            Self::RemoveService(key) => (command::DEL_SERVICE, service(key.attributes())),
            Self::AddDestination(key, new) => (command::NEW_DEST, both(key, new.attributes())),
            Self::EditDestination(key, new) => (command::SET_DEST, both(key, new.attributes())),
            Self::RemoveDestination(key, old) => (command::DEL_DEST, both(key, old.attributes())),
            Self::Flush => (command::FLUSH, Vec::new()),
            Self::Zero(None) => (command::ZERO, Vec::new()),
            Self::Zero(Some(key)) => (command::ZERO, service(key.attributes())),
            Self::SetTimeouts(timeouts) => (command::SET_CONFIG, timeouts.attributes()),
            Self::StartSync(new) => (command::NEW_DAEMON, daemon(new.attributes())),
            Self::StopSync(role) => (
                command::DEL_DAEMON,
                daemon(vec![u32_of(STATE, role.number())]),
            ),
        }
    }

    fn subject(&self) -> Option<Subject> {
        match self {
            Self::AddService(service) | Self::EditService(service) => Some((service.key, None)),
            Self::RemoveService(key) => Some((*key, None)),
            Self::AddDestination(key, new) | Self::EditDestination(key, new) => {
                Some((*key, Some(new.key)))
            }
            Self::RemoveDestination(key, old) => Some((*key, Some(*old))),
            Self::Flush
            | Self::Zero(_)
            | Self::SetTimeouts(_)
            | Self::StartSync(_)
            | Self::StopSync(_) => None,
        }
    }

    /// Whether this failure means that there is nothing left to do.
    fn is_done_by(&self, failure: i32) -> bool {
        let gone = matches!(failure, libc::ENOENT | libc::ESRCH);
        match self {
            Self::RemoveService(_) | Self::RemoveDestination(..) | Self::StopSync(_) => gone,
            Self::StartSync(_) => failure == libc::EEXIST,
            Self::AddService(_)
            | Self::EditService(_)
            | Self::AddDestination(..)
            | Self::EditDestination(..)
            | Self::Flush
            | Self::Zero(_)
            | Self::SetTimeouts(_) => false,
        }
    }

    /// The operation that reaches the same after this failure.
    fn instead_after(&self, failure: i32) -> Option<Self> {
        match (self, failure) {
            (Self::AddService(service), libc::EEXIST) => Some(Self::EditService(service.clone())),
            (Self::AddDestination(key, new), libc::EEXIST) => {
                Some(Self::EditDestination(*key, *new))
            }
            (Self::EditService(service), libc::ESRCH) => Some(Self::AddService(service.clone())),
            (Self::EditDestination(key, new), libc::ENOENT) => {
                Some(Self::AddDestination(*key, *new))
            }
            _ => None,
        }
    }
}

/// What to do about operations that failed: those that are done anyway get a good result; the
/// others that can be done otherwise are returned with their places. What a later operation
/// on the same thing made pointless is not done again.
pub(super) fn second_try(
    operations: &[Operation],
    results: &mut [io::Result<()>],
) -> (Vec<usize>, Vec<Operation>) {
    let (mut places, mut again) = (Vec::new(), Vec::new());
    let mut last: Option<BTreeMap<Subject, usize>> = None;
    for (place, operation) in operations.iter().enumerate() {
        let Some(result) = results.get_mut(place) else {
            break;
        };
        let Some(failure) = result.as_ref().err().and_then(io::Error::raw_os_error) else {
            continue;
        };
        if operation.is_done_by(failure) {
            *result = Ok(());
        } else if let Some(instead) = operation.instead_after(failure) {
            let last = last.get_or_insert_with(|| last_places(operations));
            let overtaken = operation.subject().is_some_and(|(service, destination)| {
                let later = |subject| last.get(&subject).is_some_and(|other| *other > place);
                later((service, destination)) || (destination.is_some() && later((service, None)))
            });
            if overtaken {
                *result = Ok(());
            } else {
                places.push(place);
                again.push(instead);
            }
        }
    }
    (places, again)
}

/// Where each thing is last touched.
fn last_places(operations: &[Operation]) -> BTreeMap<Subject, usize> {
    let subjects = operations.iter().enumerate();
    subjects
        .filter_map(|(place, operation)| operation.subject().map(|subject| (subject, place)))
        .collect()
}
