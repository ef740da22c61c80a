//! Changes of links and addresses, as the kernel tells them.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use netlink_packet_core::NetlinkBuffer;
use netlink_packet_route::link::LinkHeader;
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};

use super::address::{self, Address};
use super::link::{self, Link};
use super::routing::{self, RoutingKey};
use super::socket::{Route, next_message};
use crate::Error;

/// `RTNLGRP_LINK`, `RTNLGRP_IPV4_IFADDR`, `RTNLGRP_IPV6_IFADDR`
const GROUPS: [u32; 3] = [1, 5, 9];

/// `RTNLGRP_IPV4_ROUTE`, `RTNLGRP_IPV4_RULE`, `RTNLGRP_IPV6_ROUTE`, `RTNLGRP_IPV6_RULE`
const ROUTING_GROUPS: [u32; 4] = [7, 8, 11, 19];

/// Room for the changes that thousands of addresses of our own make, bytes. The kernel
/// takes memory only for what waits to be read.
const QUEUE_BYTES: libc::c_int = 8 << 20;

/// Largest datagram read. A link with many statistics takes a few kilobytes.
const DATAGRAM_BYTES: usize = 16 * 1024;

/// Datagrams read per call of [`Monitor::read`], so that other work gets its turn.
const DATAGRAMS_PER_READ: usize = 1024;

/// Something changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A link is new, or some property of it changed (perhaps none that we look at).
    Link(Link),
    /// A link is gone.
    LinkGone {
        /// Kernel's index.
        index: u32,
    },
    /// An address was added or changed.
    Address(Address),
    /// An address was removed.
    AddressGone(Address),
    /// A route or rule was removed, by somebody else than the socket that is ignored.
    RoutingGone(RoutingKey),
    /// Changes came faster than they were read and some are lost: list everything again.
    Overrun,
}

/// A socket that hears every change of links and addresses in its network namespace.
#[derive(Debug)]
pub struct Monitor {
    socket: Socket,
    buffer: Vec<u8>,
    /// Whose removals of routes and rules are not told.
    own: Option<u32>,
}

impl Monitor {
    /// Starts to listen. List links and addresses after this, so that nothing is missed.
    pub fn open() -> Result<Self, Error> {
        Self::listen().map_err(|e| Error::new("open netlink socket for", "changes of links", e))
    }

    fn listen() -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind(&SocketAddr::new(0, 0))?;
        socket.set_non_blocking(true)?;
        crate::poll::set_receive_buffer(&socket, QUEUE_BYTES);
        for group in GROUPS {
            socket.add_membership(group)?;
        }
        Ok(Self {
            socket,
            buffer: vec![0; DATAGRAM_BYTES],
            own: None,
        })
    }

    /// Room for changes that wait to be read, bytes; `forced`: beyond the limit of the system.
    pub fn set_receive_buffer(&self, bytes: u32, forced: bool) {
        crate::poll::limit_receive_buffer(&self.socket, bytes, forced);
    }

    /// Hears also of routes and rules that somebody else than `route` removes.
    ///
    /// A machine may have a million routes of others, so this is asked for only when needed.
    pub fn hear_routing(&mut self, route: &Route) -> Result<(), Error> {
        self.own = Some(route.port());
        for group in ROUTING_GROUPS {
            self.socket
                .add_membership(group)
                .map_err(|e| Error::new("hear of", "routes", e))?;
        }
        Ok(())
    }

    /// Hears no more of routes and rules.
    pub fn ignore_routing(&mut self) -> Result<(), Error> {
        for group in ROUTING_GROUPS {
            self.socket
                .drop_membership(group)
                .map_err(|e| Error::new("hear no more of", "routes", e))?;
        }
        Ok(())
    }

    /// Hears no more of IPv4 addresses that this socket adds, and needs no time for them.
    ///
    /// Removals are still heard: with an address its secondaries go, which others may own.
    /// IPv6 changes do not say who made them, so they are heard.
    pub fn ignore_additions_by(&self, route: &Route) -> Result<(), Error> {
        let step = |code: u32, jt, jf, k| libc::sock_filter {
            code: u16::try_from(code).unwrap_or(0),
            jt,
            jf,
            k,
        };
        // The filter reads numbers as if they were big-endian.
        let is = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
        let mut filter = [
            step(libc::BPF_LD | libc::BPF_H | libc::BPF_ABS, 0, 0, 4),
            step(is, 0, 3, address::NEW.to_be().into()),
            step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 12),
            step(is, 0, 1, route.port().to_be()),
            step(libc::BPF_RET | libc::BPF_K, 0, 0, 0),
            step(libc::BPF_RET | libc::BPF_K, 0, 0, u32::MAX),
        ];
        let program = libc::sock_fprog {
            len: 6,
            filter: filter.as_mut_ptr(),
        };
        let (level, name) = (libc::SOL_SOCKET, libc::SO_ATTACH_FILTER);
        crate::poll::set_option(&self.socket, level, name, &program)
            .map_err(|e| Error::new("filter", "changes of links", e))
    }

    /// Appends what has changed since the last call, in order; never waits.
    ///
    /// Reads a bounded amount; what is left keeps the socket readable.
    pub fn read(&mut self, changes: &mut Vec<Change>) -> Result<(), Error> {
        for _ in 0..DATAGRAMS_PER_READ {
            let mut buffer = &mut self.buffer[..];
            match self.socket.recv_from(&mut buffer, libc::MSG_TRUNC) {
                Ok((_, from)) if from.port_number() != 0 => {}
                Ok((length, _)) if length > self.buffer.len() => changes.push(Change::Overrun),
                Ok((length, _)) => changes_of(&self.buffer[..length], self.own, changes),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.raw_os_error() == Some(libc::ENOBUFS) => changes.push(Change::Overrun),
                Err(e) => return Err(Error::new("read changes from", "netlink", e)),
            }
        }
        Ok(())
    }
}

impl AsFd for Monitor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for Monitor {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.socket.as_raw_fd()
    }
}

/// Appends the changes that a datagram of the kernel tells of; what is malformed tells of none.
/// Routes and rules that the socket `own` removed are left out.
pub fn changes_of(datagram: &[u8], own: Option<u32>, changes: &mut Vec<Change>) {
    let mut rest = datagram;
    while let Some(message) = next_message(&mut rest) {
        changes.extend(change_of(&message, own));
    }
}

fn change_of(message: &NetlinkBuffer<&[u8]>, own: Option<u32>) -> Option<Change> {
    let payload = message.payload();
    let is_own = own == Some(message.port_number());
    match message.message_type() {
        link::NEW => Link::read(payload).map(Change::Link),
        link::GONE => gone(payload).map(|index| Change::LinkGone { index }),
        address::NEW => Address::read(payload).map(Change::Address),
        address::GONE => Address::read(payload).map(Change::AddressGone),
        routing::ROUTE_GONE if !is_own => RoutingKey::of_route(payload).map(Change::RoutingGone),
        routing::RULE_GONE if !is_own => RoutingKey::of_rule(payload).map(Change::RoutingGone),
        _ => None,
    }
}

/// Index of a link that is gone; none for a port that only left its bridge.
fn gone(payload: &[u8]) -> Option<u32> {
    let header = LinkHeader::parse(payload).ok()?;
    (u8::from(header.interface_family) == 0).then_some(header.index)
}
