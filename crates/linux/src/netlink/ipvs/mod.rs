//! IPVS, the kernel's load balancer: services, their destinations, timeouts, synchronisation.
//!
//! Generic netlink, family `IPVS`, version 1 (rfc.md IPVS-1 to IPVS-8). Many changes travel in
//! one system call. The table belongs to a network namespace: the one where the socket was
//! opened.

mod attribute;
mod destination;
mod operation;
mod service;
mod statistics;
mod synchronisation;

use std::io;

use super::generic::{Generic, GenericMessage, attributes};
use super::socket::message_of;
use crate::Error;
use attribute::{command, list_of, number_u32, top};

pub use destination::{Destination, DestinationKey, Forwarding, Tunnel, TunnelKind};
pub use operation::Operation;
pub use service::{Granularity, Service, ServiceFlags, ServiceKey};
pub use statistics::{Rates, Statistics};
pub use synchronisation::{SyncDaemon, SyncRole, Timeouts};

/// Name of the family.
const FAMILY: &str = "IPVS";

/// Operations that are sent and awaited together; bounds the memory for messages.
const TOGETHER: usize = 4096;

/// What the kernel has for a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedService {
    /// The service.
    pub service: Service,
    /// What went through it.
    pub statistics: Statistics,
}

/// What the kernel has for a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDestination {
    /// The destination.
    pub destination: Destination,
    /// Connections that are established.
    pub active: u32,
    /// Other connections that are remembered.
    pub inactive: u32,
    /// Clients that are kept on it.
    pub persistent: u32,
    /// What went through it.
    pub statistics: Statistics,
}

/// What kind of IPVS the kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Version, such as `[1, 2, 1]`.
    pub version: [u8; 3],
    /// Size of the table of connections.
    pub connection_table: u32,
}

/// A socket to the IPVS of a network namespace.
#[derive(Debug)]
pub struct Ipvs {
    socket: Generic,
    family: u16,
}

impl Ipvs {
    /// Opens a socket in the network namespace of the calling thread.
    ///
    /// The kernel loads its module `ip_vs` by itself where it may. Where it has none, or may not
    /// load it (containers), this fails with `ENOENT`.
    pub fn open() -> Result<Self, Error> {
        let open = || -> io::Result<Self> {
            let mut socket = Generic::open_generic()?;
            let family = socket.family(FAMILY)?;
            Ok(Self { socket, family })
        };
        open().map_err(|e| Error::new("find in the kernel", "IPVS (module ip_vs)", e))
    }

    /// Room for answers that wait to be read, bytes; `forced`: beyond the limit of the system.
    pub fn set_receive_buffer(&self, bytes: u32, forced: bool) {
        self.socket.set_receive_buffer(bytes, forced);
    }

    /// Version and size of the table.
    pub fn info(&mut self) -> Result<Info, Error> {
        let message = self.message(command::GET_INFO, Vec::new());
        let answer = self.socket.ask(message, |answer| {
            let (mut version, mut connection_table) = (None, 0);
            for (kind, value) in attributes(answer) {
                match kind {
                    attribute::info::VERSION => version = number_u32(value),
                    attribute::info::CONN_TAB_SIZE => {
                        connection_table = number_u32(value).unwrap_or(0);
                    }
                    _ => {}
                }
            }
            let [_, major, minor, patch] = version?.to_be_bytes();
            Some(Info {
                version: [major, minor, patch],
                connection_table,
            })
        });
        required(answer).map_err(|e| Error::new("ask for", "the version of IPVS", e))
    }

    /// All services.
    pub fn services(&mut self) -> Result<Vec<ListedService>, Error> {
        let message = self.message(command::GET_SERVICE, Vec::new());
        self.socket.dump(message, |answer| {
            inside(attributes(answer), top::SERVICE).and_then(ListedService::parse)
        })
    }

    /// All destinations of a service; none if there is no such service.
    pub fn destinations(&mut self, service: &ServiceKey) -> Result<Vec<ListedDestination>, Error> {
        let attributes_sent = vec![list_of(top::SERVICE, &service.attributes())];
        let message = self.message(command::GET_DEST, attributes_sent);
        let is_v6 = service.is_v6();
        self.socket.dump(message, |answer| {
            inside(attributes(answer), top::DEST)
                .and_then(|value| ListedDestination::parse(value, is_v6))
        })
    }

    /// Seconds after which idle connections are forgotten.
    pub fn timeouts(&mut self) -> Result<Timeouts, Error> {
        let message = self.message(command::GET_CONFIG, Vec::new());
        let answer = self
            .socket
            .ask(message, |answer| Some(Timeouts::parse(attributes(answer))));
        required(answer).map_err(|e| Error::new("ask for", "the timeouts of IPVS", e))
    }

    /// The daemons that copy connections to and from other machines.
    pub fn sync_daemons(&mut self) -> Result<Vec<SyncDaemon>, Error> {
        let message = self.message(command::GET_DAEMON, Vec::new());
        self.socket.dump(message, |answer| {
            inside(attributes(answer), top::DAEMON).and_then(SyncDaemon::parse)
        })
    }

    /// Performs operations in their order, many per system call; a result for each.
    ///
    /// All are tried, also after one has failed. The goal counts: adding what is there changes
    /// it, changing a destination that is not there adds it, and removing what is not there is
    /// done already. The error is one of the socket itself.
    pub fn perform(&mut self, operations: &[Operation]) -> Result<Vec<io::Result<()>>, Error> {
        let mut results = Vec::with_capacity(operations.len());
        for part in operations.chunks(TOGETHER) {
            let mut part_results = self.send(part)?;
            let (places, second) = operation::second_try(part, &mut part_results);
            let again = self.send(&second)?;
            for (place, result) in places.into_iter().zip(again) {
                part_results[place] = result;
            }
            results.append(&mut part_results);
        }
        Ok(results)
    }

    /// Sends operations as they are.
    fn send(&mut self, operations: &[Operation]) -> Result<Vec<io::Result<()>>, Error> {
        let family = self.family;
        let messages = operations.iter().map(|operation| {
            let (command, attributes) = operation.encode();
            message_of(message(family, command, attributes))
        });
        self.socket.batch(messages)
    }

    fn message(&self, command: u8, attributes: Vec<attribute::Attribute>) -> GenericMessage {
        message(self.family, command, attributes)
    }
}

fn message(family: u16, command: u8, attributes: Vec<attribute::Attribute>) -> GenericMessage {
    GenericMessage {
        family,
        command,
        version: 1,
        attributes,
    }
}

/// The value of the first attribute of this kind.
fn inside<'a>(
    mut attributes: impl Iterator<Item = (u16, &'a [u8])>,
    wanted: u16,
) -> Option<&'a [u8]> {
    attributes.find_map(|(kind, value)| (kind == wanted).then_some(value))
}

/// An answer without which there is nothing to say.
fn required<T>(answer: io::Result<Option<T>>) -> io::Result<T> {
    answer?.ok_or_else(|| io::Error::from_raw_os_error(libc::EBADMSG))
}

#[cfg(test)]
mod tests;
