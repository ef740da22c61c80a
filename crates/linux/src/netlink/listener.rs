//! Sockets that wait for clients: which there are, and the moment one dies.
//!
//! `sock_diag(7)`. The kernel lists them on request, and tells of the end of a socket by itself,
//! also when its process was killed. Of a new socket it tells nothing: who waits for one lists
//! again from time to time.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NetlinkBuffer,
};
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr};

use super::socket::{error_of, next_message};
use crate::Error;

/// `SOCK_DIAG_BY_FAMILY`: a request, and each entry of its answer.
const BY_FAMILY: u16 = 20;
/// `SKNLGRP_INET_TCP_DESTROY`, `SKNLGRP_INET_UDP_DESTROY`, `SKNLGRP_INET6_TCP_DESTROY`,
/// `SKNLGRP_INET6_UDP_DESTROY`
const GROUPS: [u32; 4] = [1, 2, 3, 4];
/// `TCP_LISTEN`
const STATE_LISTEN: u32 = 10;
/// `TCP_CLOSE`: a UDP socket that is connected to nobody.
const STATE_CLOSE: u32 = 7;
/// `INET_DIAG_SKV6ONLY`
const ATTRIBUTE_V6ONLY: u16 = 11;
/// Bytes of `struct nlmsghdr`.
const HEADER_BYTES: usize = 16;
/// Bytes of `struct inet_diag_req_v2`.
const REQUEST_BYTES: usize = 56;
/// Bytes of `struct inet_diag_msg`.
const ENTRY_BYTES: usize = 72;
/// Room for an answer to a list, bytes.
const RECEIVE_BYTES: usize = 32 * 1024;
/// Room for one told death, bytes: an entry with its attributes takes some hundred.
const DEATH_BYTES: usize = 4 * 1024;
/// Room for deaths that wait to be read, bytes.
const QUEUE_BYTES: libc::c_int = 1 << 20;
/// Deaths read per call, so that other work gets its turn.
const DEATHS_PER_READ: usize = 1024;
/// Ports that the kernel's filter picks out; with more of them it lets everything through.
const FILTERED_PORTS_MAX: usize = 100;
/// How often a list that changed while it was read is read again.
const ATTEMPTS: usize = 8;

/// How clients come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// A listening TCP socket.
    Tcp,
    /// A bound UDP socket that is connected to nobody.
    Udp,
}

impl Transport {
    fn protocol(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
        }
    }

    fn state(self) -> u32 {
        match self {
            Self::Tcp => STATE_LISTEN,
            Self::Udp => STATE_CLOSE,
        }
    }
}

/// A socket that waits for clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where it is bound; unspecified for all addresses of its family.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// An IPv6 socket that takes no IPv4 clients.
    pub is_v6_only: bool,
}

impl Listener {
    /// Whether clients of this address reach it. Unspecified stands for all of its family.
    pub fn serves(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(wanted)) => own.is_unspecified() || own == wanted,
            (IpAddr::V6(own), IpAddr::V6(wanted)) => own.is_unspecified() || own == wanted,
            (IpAddr::V6(own), IpAddr::V4(wanted)) => {
                let mapped = own.to_ipv4_mapped();
                let takes_all = |own: Ipv4Addr| own.is_unspecified() || own == wanted;
                !self.is_v6_only && (own.is_unspecified() || mapped.is_some_and(takes_all))
            }
            (IpAddr::V4(_), IpAddr::V6(_)) => false,
        }
    }

    /// Reads an entry (`inet_diag_msg` and attributes).
    fn read(payload: &[u8]) -> Option<Self> {
        let entry = payload.get(..ENTRY_BYTES)?;
        let address = match i32::from(entry[0]) {
            libc::AF_INET => {
                let bytes: [u8; 4] = entry.get(8..12)?.try_into().ok()?;
                IpAddr::V4(Ipv4Addr::from(bytes))
            }
            libc::AF_INET6 => {
                let bytes: [u8; 16] = entry.get(8..24)?.try_into().ok()?;
                IpAddr::V6(Ipv6Addr::from(bytes))
            }
            _ => return None,
        };
        Some(Self {
            address,
            port: u16::from_be_bytes([entry[4], entry[5]]),
            is_v6_only: v6_only(payload.get(ENTRY_BYTES..)?),
        })
    }
}

/// The attribute that says whether a socket takes IPv6 clients only.
fn v6_only(mut attributes: &[u8]) -> bool {
    while let Some((header, rest)) = attributes.split_first_chunk::<4>() {
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let kind = u16::from_ne_bytes([header[2], header[3]]);
        let Some(value) = length.checked_sub(4).and_then(|length| rest.get(..length)) else {
            return false;
        };
        if kind == ATTRIBUTE_V6ONLY {
            return value.first().is_some_and(|flag| *flag != 0);
        }
        attributes = rest
            .get((length - 4).next_multiple_of(4)..)
            .unwrap_or_default();
    }
    false
}

/// A socket that lists the sockets of its network namespace.
#[derive(Debug)]
pub struct Listeners {
    socket: Socket,
    sequence: u32,
    incoming: Vec<u8>,
}

impl Listeners {
    /// Opens a socket in the network namespace of the calling thread.
    pub fn open() -> Result<Self, Error> {
        let connect = || {
            let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
            socket.bind_auto()?;
            socket.connect(&SocketAddr::new(0, 0))?;
            Ok(Self {
                socket,
                sequence: 0,
                incoming: vec![0; RECEIVE_BYTES],
            })
        };
        connect().map_err(|e: io::Error| Error::new("open netlink socket for", "sockets", e))
    }

    /// All sockets that wait for clients on a port, of both families.
    pub fn on(&mut self, transport: Transport, port: u16) -> Result<Vec<Listener>, Error> {
        let mut found = Vec::new();
        for family in [libc::AF_INET, libc::AF_INET6] {
            let family = u8::try_from(family).unwrap_or(0);
            self.list(family, transport, port, &mut found)
                .map_err(|e| Error::new("list sockets on port", port.to_string(), e))?;
        }
        Ok(found)
    }

    fn list(
        &mut self,
        family: u8,
        transport: Transport,
        port: u16,
        found: &mut Vec<Listener>,
    ) -> io::Result<()> {
        let before = found.len();
        for _ in 0..ATTEMPTS {
            found.truncate(before);
            let request = self.request(family, transport, port);
            match self
                .socket
                .send(&request, 0)
                .and_then(|_| self.collect(found))
            {
                Ok(true) => break,
                Ok(false) => {}
                // Without IPv6 there is nothing to list.
                Err(e) if e.raw_os_error() == Some(libc::ENOENT) && found.len() == before => break,
                Err(e) => return Err(e),
            }
        }
        // The kernel filters by port; an old one might not.
        found.retain(|listener| listener.port == port);
        Ok(())
    }

    /// One request, header included.
    fn request(&mut self, family: u8, transport: Transport, port: u16) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        let length = u32::try_from(HEADER_BYTES + REQUEST_BYTES).unwrap_or(0);
        let mut bytes = Vec::with_capacity(HEADER_BYTES + REQUEST_BYTES);
        bytes.extend(length.to_ne_bytes());
        bytes.extend(BY_FAMILY.to_ne_bytes());
        bytes.extend((NLM_F_REQUEST | NLM_F_DUMP).to_ne_bytes());
        bytes.extend(self.sequence.to_ne_bytes());
        bytes.extend([0; 4]);
        bytes.extend([family, transport.protocol(), 0, 0]);
        bytes.extend((1_u32 << transport.state()).to_ne_bytes());
        bytes.extend(port.to_be_bytes());
        bytes.resize(HEADER_BYTES + REQUEST_BYTES, 0);
        bytes
    }

    /// Reads the answer to the end; whether the list was steady meanwhile.
    fn collect(&mut self, found: &mut Vec<Listener>) -> io::Result<bool> {
        let mut steady = true;
        loop {
            let mut buffer = &mut self.incoming[..];
            let length = match self.socket.recv_from(&mut buffer, 0) {
                Ok((length, from)) if from.port_number() == 0 => length,
                Ok(_) => continue,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            let mut rest = self.incoming.get(..length).unwrap_or_default();
            while let Some(message) = next_message(&mut rest) {
                if message.sequence_number() != self.sequence {
                    continue;
                }
                steady &= message.flags() & NLM_F_DUMP_INTR == 0;
                match message.message_type() {
                    NLMSG_DONE => return Ok(steady),
                    NLMSG_ERROR => error_of(&message)?,
                    _ => found.extend(Listener::read(message.payload())),
                }
            }
        }
    }
}

/// The end of sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// A socket on this port is no more; others may still be there.
    On(u16),
    /// Deaths came faster than they were read and some are lost: list everything again.
    Overrun,
}

/// A socket that hears of the end of every listener in its network namespace.
#[derive(Debug)]
pub struct Deaths {
    socket: Socket,
    buffer: Vec<u8>,
}

impl Deaths {
    /// Starts to listen. List sockets after this, so that nothing is missed.
    pub fn open() -> Result<Self, Error> {
        let listen = || {
            let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
            socket.bind(&SocketAddr::new(0, 0))?;
            socket.set_non_blocking(true)?;
            crate::poll::set_receive_buffer(&socket, QUEUE_BYTES);
            let deaths = Self {
                socket,
                buffer: vec![0; DEATH_BYTES],
            };
            deaths.filter(&[])?;
            for group in GROUPS {
                deaths.membership(group)?;
            }
            Ok(deaths)
        };
        listen().map_err(|e: io::Error| Error::new("hear of the end of", "sockets", e))
    }

    fn membership(&self, group: u32) -> io::Result<()> {
        let (level, name) = (libc::SOL_NETLINK, libc::NETLINK_ADD_MEMBERSHIP);
        crate::poll::set_option(&self.socket, level, name, &group)
    }

    /// Hears only of sockets on these ports from now on; connections never come through, so a
    /// busy server costs nothing here.
    pub fn only(&self, ports: &[u16]) -> Result<(), Error> {
        self.filter(ports)
            .map_err(|e| Error::new("filter", "the end of sockets", e))
    }

    fn filter(&self, ports: &[u16]) -> io::Result<()> {
        let step = |code: u32, jt, jf, k| libc::sock_filter {
            code: u16::try_from(code).unwrap_or(0),
            jt,
            jf,
            k,
        };
        let load = libc::BPF_LD | libc::BPF_H | libc::BPF_ABS;
        let is = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
        let end = libc::BPF_RET | libc::BPF_K;
        // Ports are big-endian, as the filter reads them: the other end's, then the own.
        let mut steps = vec![
            step(load, 0, 0, 22),
            step(is, 1, 0, 0),
            step(end, 0, 0, 0),
            step(load, 0, 0, 20),
        ];
        if ports.len() > FILTERED_PORTS_MAX {
            steps.push(step(end, 0, 0, u32::MAX));
        }
        for port in ports.iter().take(FILTERED_PORTS_MAX) {
            steps.push(step(is, 0, 1, u32::from(*port)));
            steps.push(step(end, 0, 0, u32::MAX));
        }
        steps.push(step(end, 0, 0, 0));
        let program = libc::sock_fprog {
            len: u16::try_from(steps.len()).unwrap_or(0),
            filter: steps.as_mut_ptr(),
        };
        let (level, name) = (libc::SOL_SOCKET, libc::SO_ATTACH_FILTER);
        crate::poll::set_option(&self.socket, level, name, &program)
    }

    /// Appends what has ended since the last call; never waits.
    pub fn read(&mut self, deaths: &mut Vec<Death>) -> Result<(), Error> {
        for _ in 0..DEATHS_PER_READ {
            let mut buffer = &mut self.buffer[..];
            match self.socket.recv_from(&mut buffer, libc::MSG_TRUNC) {
                Ok((_, from)) if from.port_number() != 0 => {}
                Ok((length, _)) if length > self.buffer.len() => deaths.push(Death::Overrun),
                Ok((length, _)) => deaths_of(&self.buffer[..length], deaths),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.raw_os_error() == Some(libc::ENOBUFS) => deaths.push(Death::Overrun),
                Err(e) => return Err(Error::new("read the end of sockets from", "netlink", e)),
            }
        }
        Ok(())
    }
}

impl AsFd for Deaths {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl AsRawFd for Deaths {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.socket.as_raw_fd()
    }
}

/// Appends the ends of sockets that a datagram of the kernel tells of; what is malformed tells of
/// none.
pub fn deaths_of(datagram: &[u8], deaths: &mut Vec<Death>) {
    let mut rest = datagram;
    while let Some(message) = next_message(&mut rest) {
        deaths.extend(death_of(&message));
    }
}

fn death_of(message: &NetlinkBuffer<&[u8]>) -> Option<Death> {
    Listener::read(message.payload()).map(|listener| Death::On(listener.port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_serves_what_reaches_it() {
        let serves = |bound: &str, is_v6_only: bool, wanted: &str| {
            let listener = Listener {
                address: bound.parse().unwrap(),
                port: 80,
                is_v6_only,
            };
            listener.serves(wanted.parse().unwrap())
        };
        assert!(serves("0.0.0.0", false, "10.0.0.1"));
        assert!(serves("0.0.0.0", false, "0.0.0.0"));
        assert!(serves("10.0.0.1", false, "10.0.0.1"));
        assert!(!serves("10.0.0.1", false, "10.0.0.2"));
        assert!(!serves("127.0.0.1", false, "0.0.0.0"));
        assert!(!serves("0.0.0.0", false, "::"));
        assert!(serves("::", false, "0.0.0.0"));
        assert!(!serves("::", true, "0.0.0.0"));
        assert!(serves("::", true, "fd00::1"));
        assert!(serves("::ffff:10.0.0.1", false, "10.0.0.1"));
        assert!(!serves("::1", false, "10.0.0.1"));
    }

    #[test]
    fn spoiled_entries_are_no_listeners() {
        assert_eq!(Listener::read(&[2; 71]), None);
        let mut entry = vec![0; ENTRY_BYTES];
        entry[0] = 10;
        entry.extend([200, 0, 11, 0, 1]);
        assert!(Listener::read(&entry).is_some_and(|l| !l.is_v6_only));
    }
}
