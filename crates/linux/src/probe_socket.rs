//! Sockets that health checks go out by, with what is special about their own end.

use std::ffi::OsString;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, SockFlag, SockProtocol, SockType, SockaddrStorage, bind, setsockopt, socket,
    sockopt,
};

use crate::Error;

/// What a socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// TCP.
    Stream,
    /// UDP.
    Datagram,
    /// Echo requests of ICMP or `ICMPv6` without privileges: the kernel lets in only the answers,
    /// and only users within `net.ipv4.ping_group_range` open it.
    Ping,
}

/// What is special about the own end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnEnd<'a> {
    /// Local address; any when not given.
    pub address: Option<IpAddr>,
    /// Local port; 0 is any.
    pub port: u16,
    /// Interface that it goes out by.
    pub interface: Option<&'a str>,
    /// Firewall mark on its packets (`SO_MARK`); 0 is none.
    pub mark: u32,
}

/// A socket that never waits, for the family of `to`, bound as its own end wants it and not yet
/// connected.
pub fn open(kind: Kind, to: IpAddr, end: &OwnEnd<'_>) -> Result<OwnedFd, Error> {
    create(kind, to)
        .map_err(|e| Error::new("open socket to", to.to_string(), e))
        .and_then(|socket| {
            prepare(&socket, to, end)?;
            Ok(socket)
        })
}

fn create(kind: Kind, to: IpAddr) -> nix::Result<OwnedFd> {
    let (family, ping) = match to {
        IpAddr::V4(_) => (AddressFamily::Inet, SockProtocol::Icmp),
        IpAddr::V6(_) => (AddressFamily::Inet6, SockProtocol::IcmpV6),
    };
    let (kind, protocol) = match kind {
        Kind::Stream => (SockType::Stream, Some(SockProtocol::Tcp)),
        Kind::Datagram => (SockType::Datagram, Some(SockProtocol::Udp)),
        Kind::Ping => (SockType::Datagram, Some(ping)),
    };
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    socket(family, kind, flags, protocol)
}

fn prepare(socket: &OwnedFd, to: IpAddr, end: &OwnEnd<'_>) -> Result<(), Error> {
    if let Some(interface) = end.interface {
        setsockopt(socket, sockopt::BindToDevice, &OsString::from(interface))
            .map_err(|e| Error::new("send by interface", interface, e))?;
    }
    if end.mark != 0 {
        setsockopt(socket, sockopt::Mark, &end.mark)
            .map_err(|e| Error::new("set firewall mark", end.mark.to_string(), e))?;
    }
    if end.address.is_none() && end.port == 0 {
        return Ok(());
    }
    let any = match to {
        IpAddr::V4(_) => IpAddr::from([0; 4]),
        IpAddr::V6(_) => IpAddr::from([0_u16; 8]),
    };
    let own = SocketAddr::new(end.address.unwrap_or(any), end.port);
    let bound = setsockopt(socket, sockopt::ReuseAddr, &true)
        .and_then(|()| bind(socket.as_raw_fd(), &SockaddrStorage::from(own)));
    bound.map_err(|e| Error::new("bind to", own.to_string(), io::Error::from(e)))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    #[test]
    fn the_own_end_is_where_it_was_wanted() {
        let end = OwnEnd {
            address: Some([127, 0, 0, 9].into()),
            ..OwnEnd::default()
        };
        let to = IpAddr::from([127, 0, 0, 1]);
        let socket = UdpSocket::from(open(Kind::Datagram, to, &end).unwrap());
        assert_eq!(socket.local_addr().unwrap().ip(), end.address.unwrap());
    }

    #[test]
    fn a_port_that_is_taken_is_an_error_that_says_so() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let end = OwnEnd {
            address: Some([127, 0, 0, 1].into()),
            port: taken.local_addr().unwrap().port(),
            ..OwnEnd::default()
        };
        let error = open(Kind::Stream, [127, 0, 0, 1].into(), &end).unwrap_err();
        assert!(
            error.to_string().starts_with("cannot bind to 127.0.0.1:"),
            "{error}"
        );
    }

    #[test]
    fn an_interface_that_is_not_there_is_an_error_that_says_so() {
        let end = OwnEnd {
            interface: Some("nosuch0"),
            ..OwnEnd::default()
        };
        let error = open(Kind::Stream, [127, 0, 0, 1].into(), &end).unwrap_err();
        assert!(error.to_string().contains("nosuch0"), "{error}");
    }
}
