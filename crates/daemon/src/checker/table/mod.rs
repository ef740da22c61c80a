//! The kernel's table of virtual services: what the engine ordered is done to it, and what is in
//! it is read for the engine.

mod marks;
mod translate;

use std::{fmt, io};

use vipd_config::model::lvs as model;
use vipd_engine::lvs::{Operation, Present};
use vipd_linux::Error;
use vipd_linux::namespace::Network;
use vipd_linux::netlink::Nftables;
use vipd_linux::netlink::ipvs::{self, Ipvs, Timeouts};

use self::marks::Marks;

/// An operation that the kernel refused.
#[derive(Debug)]
pub struct Refused {
    /// The operation.
    pub operation: Operation,
    /// Its answer.
    pub why: io::Error,
}

impl fmt::Display for Refused {
    /// A log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IPVS cannot ")?;
        match &self.operation {
            Operation::Flush => f.write_str("empty its table")?,
            Operation::AddService(id, settings) => {
                write!(
                    f,
                    "add service {id} with scheduler {}",
                    settings.scheduler.name()
                )?;
            }
            Operation::SetService(id, settings) => {
                write!(
                    f,
                    "change service {id} to scheduler {}",
                    settings.scheduler.name()
                )?;
            }
            Operation::RemoveService(id) => write!(f, "remove service {id}")?,
            Operation::AddDestination(id, at, _) => write!(f, "add {at} to service {id}")?,
            Operation::SetDestination(id, at, _) => write!(f, "change {at} of service {id}")?,
            Operation::RemoveDestination(id, at) => write!(f, "remove {at} from service {id}")?,
            Operation::SetTimeouts(_) => f.write_str("set timeouts")?,
            Operation::RestoreTimeouts => f.write_str("restore timeouts")?,
            Operation::Mark(Some(table)) => {
                write!(f, "mark packets with the nftables table {}", table.name)?;
            }
            Operation::Mark(None) => f.write_str("remove the nftables table with its marks")?,
            Operation::StartSync(role, daemon) => {
                write!(f, "start the sync daemon as {role} on {}", daemon.interface)?;
            }
            Operation::StopSync(role) => write!(f, "stop the sync daemon as {role}")?,
        }
        write!(f, ": {}", self.why)
    }
}

/// The table of the network namespace in which it was opened.
#[derive(Debug)]
pub struct Table {
    ipvs: Ipvs,
    marks: Marks,
    /// It is in another network namespace than this process.
    is_elsewhere: bool,
    buffer: model::ReceiveBuffer,
    /// Timeouts as they were before they were set.
    before: Option<Timeouts>,
}

impl Table {
    /// Opens it, in another network namespace if one is named; the kernel loads its module if it
    /// has to. See [`Ipvs::open`].
    pub fn open(network: Option<&Network>) -> Result<Self, Error> {
        let (ipvs, marks) = match network {
            Some(network) => {
                let marks = network.run(Nftables::open)??;
                (network.run(Ipvs::open)??, Marks::with(marks))
            }
            None => (Ipvs::open()?, Marks::default()),
        };
        Ok(Self {
            ipvs,
            marks,
            is_elsewhere: network.is_some(),
            buffer: model::ReceiveBuffer::default(),
            before: None,
        })
    }

    /// `lvs_netlink_cmd_rcv_bufs`
    pub fn set_buffer(&mut self, buffer: model::ReceiveBuffer) {
        self.buffer = buffer;
        if let Some(bytes) = buffer.bytes {
            self.ipvs.set_receive_buffer(bytes, buffer.force);
        }
    }

    /// Opens a new socket to it, after the old one failed. A process that was confined cannot do
    /// so in another network namespace: it needs a successor for that.
    pub fn reopen(&mut self) -> Result<(), Error> {
        if self.is_elsewhere {
            let error = io::Error::from(io::ErrorKind::PermissionDenied);
            return Err(Error::new("enter", "the network namespace of IPVS", error));
        }
        self.ipvs = Ipvs::open()?;
        self.set_buffer(self.buffer);
        Ok(())
    }

    /// Timeouts as they were before they were set; none if they were not.
    pub fn timeouts_before(&self) -> Option<model::Timeouts> {
        self.before.map(|before| model::Timeouts {
            tcp_s: Some(before.tcp),
            tcp_fin_s: Some(before.tcp_fin),
            udp_s: Some(before.udp),
        })
    }

    /// A predecessor had set timeouts; so they were before it did.
    pub fn inherit(&mut self, before: model::Timeouts) {
        self.before = Some(translate::timeouts(&before));
    }

    /// All that is there.
    pub fn present(&mut self) -> Result<Vec<Present>, Error> {
        let services = self.ipvs.services()?;
        let mut present = Vec::with_capacity(services.len());
        for listed in services {
            let Some(id) = translate::service_id(&listed.service.key) else {
                // Of a protocol that no configuration can name: not ours.
                continue;
            };
            let destinations = self.ipvs.destinations(&listed.service.key)?;
            present.push(Present {
                id,
                settings: translate::service_settings(&listed.service),
                destinations: destinations
                    .iter()
                    .map(|listed| translate::destination(&listed.destination))
                    .collect(),
            });
        }
        Ok(present)
    }

    /// Does operations in their order, in as few system calls as possible; returns those that
    /// the kernel refused. The error is one of the socket: what was done is not known then, and
    /// the table has to be read again.
    pub fn perform(&mut self, operations: &[Operation]) -> Result<Vec<Refused>, Error> {
        let mut messages = Vec::with_capacity(operations.len());
        let mut owners = Vec::with_capacity(operations.len());
        let mut refused = Vec::new();
        for operation in operations {
            if let Operation::Mark(wanted) = operation
                && let Err(why) = self.marks.set(wanted.as_deref())
            {
                let operation = operation.clone();
                refused.push(Refused { operation, why });
            }
            if let Some(message) = self.message(operation)? {
                messages.push(message);
                owners.push(operation);
            }
        }
        let results = self.ipvs.perform(&messages)?;
        let results = owners.into_iter().zip(results);
        refused.extend(results.filter_map(|(operation, result)| {
            let operation = operation.clone();
            result.err().map(|why| Refused { operation, why })
        }));
        Ok(refused)
    }

    /// What is asked of the kernel for an operation; `None`: nothing.
    fn message(&mut self, operation: &Operation) -> Result<Option<ipvs::Operation>, Error> {
        Ok(match operation {
            Operation::SetTimeouts(timeouts) => {
                let wanted = translate::timeouts(timeouts);
                if wanted == Timeouts::default() {
                    return Ok(None);
                }
                if self.before.is_none() {
                    self.before = Some(self.ipvs.timeouts()?);
                }
                Some(ipvs::Operation::SetTimeouts(wanted))
            }
            Operation::RestoreTimeouts => self.before.take().map(ipvs::Operation::SetTimeouts),
            Operation::Flush
            | Operation::Mark(_)
            | Operation::AddService(..)
            | Operation::SetService(..)
            | Operation::RemoveService(_)
            | Operation::AddDestination(..)
            | Operation::SetDestination(..)
            | Operation::RemoveDestination(..)
            | Operation::StartSync(..)
            | Operation::StopSync(_) => translate::operation(operation),
        })
    }
}
