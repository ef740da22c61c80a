//! Raw sockets for protocols 112 and 51, in batches.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use crate::Error;
use crate::datagrams::{Name, Received, Receiver, Sender};
use crate::poll::{set_option, set_receive_buffer, set_send_buffer};

/// Room for adverts that wait to be read or sent, bytes: more than a thousand.
/// Memory is only taken by what waits.
const QUEUE_BYTES: libc::c_int = 1 << 20;

/// Traffic class of IPv6 adverts: network control.
const TRAFFIC_CLASS: libc::c_int = 0xc0;

/// Where the checksum is in a VRRP header; the kernel fills and verifies it in IPv6.
const CHECKSUM_OFFSET: libc::c_int = 6;

/// What a socket is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VrrpSocketOptions {
    /// Interface with its index, by which it sends and from which alone it receives.
    pub interface: Option<(String, u32)>,
    /// IPv6 rather than IPv4.
    pub is_ipv6: bool,
    /// IP protocol: 112 VRRP or 51 AH.
    pub protocol: u8,
    /// Multicast group to join and alone to receive; none for unicast.
    pub group: Option<IpAddr>,
    /// Address to bind to, for unicast (IPv6: also for multicast).
    pub source: Option<IpAddr>,
    /// Hop limit of sent IPv6 packets. In IPv4 it is in the packet.
    pub hop_limit: u8,
    /// Receive buffer, bytes; one for a thousand adverts when not given.
    pub receive_buffer_bytes: Option<u32>,
}

/// A raw socket that sends and receives adverts and never waits.
#[derive(Debug)]
pub struct VrrpSocket {
    socket: OwnedFd,
    scope: u32,
    send_flags: libc::c_int,
}

impl VrrpSocket {
    /// Opens a socket. Needs `CAP_NET_RAW`; the interface must exist.
    pub fn open(options: &VrrpSocketOptions) -> Result<Self, Error> {
        Self::create(options).map_err(|e| {
            let on = options.interface.as_ref().map(|(name, _)| name.clone());
            Error::new(
                "open VRRP socket on",
                on.unwrap_or_else(|| "any interface".into()),
                e,
            )
        })
    }

    fn create(options: &VrrpSocketOptions) -> io::Result<Self> {
        let socket = raw_socket(options)?;
        // Until it is bound the socket would take packets of any interface: none until then.
        drop_everything(&socket)?;
        if let Some((name, _)) = &options.interface {
            bind_to_device(&socket, name)?;
        }
        if options.is_ipv6 {
            set_up_v6(&socket, options)?;
        } else {
            set_up_v4(&socket, options)?;
        }
        set_send_buffer(&socket, QUEUE_BYTES);
        let opened = Self {
            socket,
            scope: options.interface.as_ref().map_or(0, |(_, index)| *index),
            // A group is always on the link, whatever the routes say.
            send_flags: options.group.map_or(0, |_| libc::MSG_DONTROUTE),
        };
        opened.set_receive_buffer(options.receive_buffer_bytes);
        opened.start_receiving()?;
        Ok(opened)
    }

    /// Makes room for so many bytes that wait to be read.
    pub fn set_receive_buffer(&self, bytes: Option<u32>) {
        let bytes = bytes.map_or(QUEUE_BYTES, |bytes| {
            i32::try_from(bytes).unwrap_or(i32::MAX)
        });
        set_receive_buffer(&self.socket, bytes);
    }

    /// Throws away what came before the socket was bound, and lets packets in.
    fn start_receiving(&self) -> io::Result<()> {
        let mut receiver = Receiver::new();
        while receiver.receive(&self.socket, &mut |_| {})? > 0 {}
        set_option(&self.socket, libc::SOL_SOCKET, libc::SO_DETACH_FILTER, &0)
    }

    /// Sends packets (IPv4: with their IP header), in order, without waiting.
    ///
    /// Returns how many went out. One that fails is told to `failed` and the next is tried.
    pub fn send<'a>(
        &self,
        sender: &mut Sender,
        packets: impl IntoIterator<Item = (IpAddr, &'a [u8])>,
        failed: &mut dyn FnMut(io::Error),
    ) -> usize {
        let datagrams = packets
            .into_iter()
            .map(|(to, bytes)| (Name::host(to, self.scope), bytes));
        sender.send(&self.socket, self.send_flags, datagrams, failed)
    }

    /// Gives what is there to `take`, at most [`Receiver::LIMIT`] packets, without waiting.
    ///
    /// Returns how many there were; fewer than the limit: no more are there.
    pub fn receive(
        &self,
        receiver: &mut Receiver,
        take: &mut dyn FnMut(Received<'_>),
    ) -> io::Result<usize> {
        receiver.receive(&self.socket, take)
    }
}

impl AsFd for VrrpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn raw_socket(options: &VrrpSocketOptions) -> io::Result<OwnedFd> {
    use std::os::fd::FromRawFd;
    let family = if options.is_ipv6 {
        libc::AF_INET6
    } else {
        libc::AF_INET
    };
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: plain numbers; the result is checked.
    let descriptor = unsafe { libc::socket(family, kind, i32::from(options.protocol)) };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// A filter of one instruction that keeps nothing.
fn drop_everything(socket: &OwnedFd) -> io::Result<()> {
    let mut nothing = [libc::sock_filter {
        code: 0x06, // BPF_RET | BPF_K
        jt: 0,
        jf: 0,
        k: 0,
    }];
    let program = libc::sock_fprog {
        len: 1,
        filter: nothing.as_mut_ptr(),
    };
    set_option(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
}

/// `SO_BINDTODEVICE` with the name padded by zeros.
fn bind_to_device(socket: &OwnedFd, name: &str) -> io::Result<()> {
    let mut padded = [0_u8; libc::IFNAMSIZ];
    let room = padded.len() - 1;
    match padded[..room].get_mut(..name.len()) {
        Some(place) => place.copy_from_slice(name.as_bytes()),
        None => return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG)),
    }
    set_option(socket, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, &padded)
}

fn set_up_v4(socket: &OwnedFd, options: &VrrpSocketOptions) -> io::Result<()> {
    let set = |name, value: libc::c_int| set_option(socket, libc::IPPROTO_IP, name, &value);
    set(libc::IP_HDRINCL, 1)?;
    set(libc::IP_MULTICAST_ALL, 0)?;
    set(libc::IP_MULTICAST_LOOP, 0)?;
    // The header says the same; this gives the packet its priority in the queue.
    set(libc::IP_TOS, TRAFFIC_CLASS)?;
    if let Some(IpAddr::V4(group)) = options.group {
        let membership = libc::ip_mreqn {
            imr_multiaddr: libc::in_addr {
                s_addr: u32::from_ne_bytes(group.octets()),
            },
            imr_address: libc::in_addr { s_addr: 0 },
            imr_ifindex: index_of(options).cast_signed(),
        };
        set_option(socket, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &membership)?;
        set_option(
            socket,
            libc::IPPROTO_IP,
            libc::IP_ADD_MEMBERSHIP,
            &membership,
        )?;
        return bind(socket, group.into(), 0);
    }
    let source = options.source.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    bind(socket, source, 0)
}

fn set_up_v6(socket: &OwnedFd, options: &VrrpSocketOptions) -> io::Result<()> {
    let set = |name, value: libc::c_int| set_option(socket, libc::IPPROTO_IPV6, name, &value);
    set(libc::IPV6_CHECKSUM, CHECKSUM_OFFSET)?;
    set(libc::IPV6_MULTICAST_LOOP, 0)?;
    set(libc::IPV6_MULTICAST_HOPS, i32::from(options.hop_limit))?;
    set(libc::IPV6_UNICAST_HOPS, i32::from(options.hop_limit))?;
    set(libc::IPV6_TCLASS, TRAFFIC_CLASS)?;
    set(libc::IPV6_RECVHOPLIMIT, 1)?;
    set(libc::IPV6_RECVPKTINFO, 1)?;
    // Kernels before 4.20 do not have it; there the group check of the engine is left.
    let _ = set(libc::IPV6_MULTICAST_ALL, 0);
    let index = index_of(options);
    if let Some(IpAddr::V6(group)) = options.group {
        set(libc::IPV6_MULTICAST_IF, index.cast_signed())?;
        let membership = libc::ipv6_mreq {
            ipv6mr_multiaddr: libc::in6_addr {
                s6_addr: group.octets(),
            },
            ipv6mr_interface: index,
        };
        set_option(
            socket,
            libc::IPPROTO_IPV6,
            libc::IPV6_ADD_MEMBERSHIP,
            &membership,
        )?;
        return bind(socket, options.source.unwrap_or(group.into()), index);
    }
    let source = options.source.unwrap_or(Ipv6Addr::UNSPECIFIED.into());
    bind(socket, source, index)
}

fn index_of(options: &VrrpSocketOptions) -> u32 {
    options.interface.as_ref().map_or(0, |(_, index)| *index)
}

fn bind(socket: &OwnedFd, address: IpAddr, scope: u32) -> io::Result<()> {
    let (name, length) = Name::host(address, scope);
    let length = libc::socklen_t::try_from(length).unwrap_or(0);
    // SAFETY: the pointer and the length describe `name`, which outlives the call.
    let result =
        unsafe { libc::bind(socket.as_raw_fd(), std::ptr::from_ref(&name).cast(), length) };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
