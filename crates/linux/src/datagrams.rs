//! Many datagrams per system call, with buffers that are used again and again.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsRawFd;

/// Datagrams per `sendmmsg`.
const PER_SEND: usize = 256;

/// Datagrams per `recvmmsg`.
const PER_RECEIVE: usize = 32;

/// Room for one datagram, bytes: an IPv6 advert of 255 addresses on a jumbo link, with headers.
/// A longer one is cut, which its own length field gives away.
const DATAGRAM_BYTES: usize = 4608;

/// Room for the control messages of one datagram, aligned as the kernel wants them.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; 96]);

/// A destination: an address of any family that this crate sends to.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union Name {
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
    link: libc::sockaddr_ll,
}

impl Name {
    /// A host; `scope` is the index of the interface that a link-local address is on.
    pub(crate) fn host(address: IpAddr, scope: u32) -> (Self, usize) {
        match address {
            IpAddr::V4(address) => (Self::v4(address), size_of::<libc::sockaddr_in>()),
            IpAddr::V6(address) => {
                let name = libc::sockaddr_in6 {
                    sin6_family: family(libc::AF_INET6),
                    sin6_port: 0,
                    sin6_flowinfo: 0,
                    sin6_addr: libc::in6_addr {
                        s6_addr: address.octets(),
                    },
                    sin6_scope_id: scope,
                };
                (Self { v6: name }, size_of::<libc::sockaddr_in6>())
            }
        }
    }

    fn v4(address: Ipv4Addr) -> Self {
        Self {
            v4: libc::sockaddr_in {
                sin_family: family(libc::AF_INET),
                sin_port: 0,
                sin_addr: libc::in_addr {
                    s_addr: u32::from_ne_bytes(address.octets()),
                },
                sin_zero: [0; 8],
            },
        }
    }

    /// A link, for a frame that has its Ethernet header; `ether_type` as in the frame.
    pub(crate) fn link(index: u32, ether_type: [u8; 2]) -> (Self, usize) {
        let name = libc::sockaddr_ll {
            sll_family: family(libc::AF_PACKET),
            sll_protocol: u16::from_ne_bytes(ether_type),
            sll_ifindex: index.cast_signed(),
            sll_hatype: 0,
            sll_pkttype: 0,
            sll_halen: 6,
            sll_addr: [0; 8],
        };
        (Self { link: name }, size_of::<libc::sockaddr_ll>())
    }
}

/// `AF_*` in the type that the structures have.
fn family(number: libc::c_int) -> libc::sa_family_t {
    libc::sa_family_t::try_from(number).unwrap_or(0)
}

/// Buffers for sending. One serves any number of sockets.
#[derive(Default)]
pub struct Sender {
    names: Vec<(Name, usize)>,
    vectors: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl Sender {
    /// Sends all datagrams, in order, none waiting for room, and returns how many went out.
    /// One that fails is told to `failed` and the next is tried.
    pub(crate) fn send<'a>(
        &mut self,
        socket: &impl AsRawFd,
        flags: libc::c_int,
        datagrams: impl IntoIterator<Item = ((Name, usize), &'a [u8])>,
        failed: &mut dyn FnMut(io::Error),
    ) -> usize {
        let mut datagrams = datagrams.into_iter();
        let mut sent = 0;
        loop {
            self.names.clear();
            self.vectors.clear();
            for (name, bytes) in datagrams.by_ref().take(PER_SEND) {
                self.names.push(name);
                self.vectors.push(libc::iovec {
                    iov_base: bytes.as_ptr().cast_mut().cast(),
                    iov_len: bytes.len(),
                });
            }
            if self.names.is_empty() {
                return sent;
            }
            self.fill_headers();
            sent += self.flush(socket, flags | libc::MSG_DONTWAIT, failed);
        }
    }

    fn fill_headers(&mut self) {
        self.headers.clear();
        for ((name, length), vector) in self.names.iter_mut().zip(&mut self.vectors) {
            let mut header = empty_header();
            header.msg_hdr.msg_name = std::ptr::from_mut(name).cast();
            header.msg_hdr.msg_namelen = libc::socklen_t::try_from(*length).unwrap_or(0);
            header.msg_hdr.msg_iov = std::ptr::from_mut(vector);
            header.msg_hdr.msg_iovlen = 1;
            self.headers.push(header);
        }
    }

    /// Sends what the headers describe.
    fn flush(
        &mut self,
        socket: &impl AsRawFd,
        flags: libc::c_int,
        failed: &mut dyn FnMut(io::Error),
    ) -> usize {
        let (mut next, mut sent) = (0, 0);
        while let Some(rest) = self.headers.get_mut(next..).filter(|rest| !rest.is_empty()) {
            let count = libc::c_uint::try_from(rest.len()).unwrap_or(libc::c_uint::MAX);
            // SAFETY: the headers point into `names` and `vectors`, which have not been touched
            // since, and those to datagrams that the caller has borrowed; `count` is their number.
            let result =
                unsafe { libc::sendmmsg(socket.as_raw_fd(), rest.as_mut_ptr(), count, flags) };
            if let Ok(done @ 1..) = usize::try_from(result) {
                next += done;
                sent += done;
                continue;
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                failed(error);
                next += 1;
            }
        }
        sent
    }
}

fn empty_header() -> libc::mmsghdr {
    // SAFETY: the structure is made of integers and pointers, for all of which zero is valid.
    unsafe { std::mem::zeroed() }
}

/// A datagram that came in.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Its bytes; IPv4: from the IP header on.
    pub bytes: &'a [u8],
    /// Who sent it, as the kernel says.
    pub source: IpAddr,
    /// Where it was sent to (IPv6 only; in IPv4 it is in the header).
    pub destination: Option<IpAddr>,
    /// Its hop limit (IPv6 only; in IPv4 it is in the header).
    pub hop_limit: Option<u8>,
}

/// Buffers for receiving. One serves any number of sockets.
pub struct Receiver {
    bytes: Box<[u8]>,
    names: Box<[libc::sockaddr_in6]>,
    controls: Box<[Control]>,
    vectors: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

impl Receiver {
    /// Buffers for one call. Pages that are never written take no memory.
    pub fn new() -> Self {
        // SAFETY: the structure is made of integers, for all of which zero is valid.
        let name: libc::sockaddr_in6 = unsafe { std::mem::zeroed() };
        let vector = libc::iovec {
            iov_base: std::ptr::null_mut(),
            iov_len: 0,
        };
        Self {
            bytes: vec![0; PER_RECEIVE * DATAGRAM_BYTES].into_boxed_slice(),
            names: vec![name; PER_RECEIVE].into_boxed_slice(),
            controls: vec![Control([0; 96]); PER_RECEIVE].into_boxed_slice(),
            vectors: vec![vector; PER_RECEIVE].into_boxed_slice(),
            headers: vec![empty_header(); PER_RECEIVE].into_boxed_slice(),
        }
    }

    /// Receives what is there, at most [`Receiver::LIMIT`] datagrams, without waiting, and
    /// gives each to `take`. Returns how many there were; fewer than the limit: no more are there.
    pub(crate) fn receive(
        &mut self,
        socket: &impl AsRawFd,
        take: &mut dyn FnMut(Received<'_>),
    ) -> io::Result<usize> {
        self.point_headers();
        let limit = libc::c_uint::try_from(PER_RECEIVE).unwrap_or(1);
        // SAFETY: each header points to an address, a vector and a control buffer of its own,
        // and each vector to a part of `bytes` of its own, all with their true lengths.
        let result = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                limit,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let Ok(count) = usize::try_from(result) else {
            let error = io::Error::last_os_error();
            let nothing = [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted];
            return if nothing.contains(&error.kind()) {
                Ok(0)
            } else {
                Err(error)
            };
        };
        for place in 0..count {
            if let Some(received) = self.received(place) {
                take(received);
            }
        }
        Ok(count)
    }

    /// Most datagrams of one call.
    pub const LIMIT: usize = PER_RECEIVE;

    fn point_headers(&mut self) {
        for place in 0..PER_RECEIVE {
            let part = &mut self.bytes[place * DATAGRAM_BYTES..][..DATAGRAM_BYTES];
            self.vectors[place] = libc::iovec {
                iov_base: part.as_mut_ptr().cast(),
                iov_len: part.len(),
            };
            let header = &mut self.headers[place].msg_hdr;
            header.msg_name = std::ptr::from_mut(&mut self.names[place]).cast();
            header.msg_namelen =
                libc::socklen_t::try_from(size_of::<libc::sockaddr_in6>()).unwrap_or(0);
            header.msg_iov = std::ptr::from_mut(&mut self.vectors[place]);
            header.msg_iovlen = 1;
            header.msg_control = std::ptr::from_mut(&mut self.controls[place]).cast();
            header.msg_controllen = size_of::<Control>();
            header.msg_flags = 0;
        }
    }

    fn received(&self, place: usize) -> Option<Received<'_>> {
        let header = self.headers.get(place)?;
        let length = usize::try_from(header.msg_len).ok()?.min(DATAGRAM_BYTES);
        let bytes = self.bytes.get(place * DATAGRAM_BYTES..)?.get(..length)?;
        let name = self.names.get(place)?;
        if i32::from(name.sin6_family) == libc::AF_INET {
            // A `sockaddr_in` has its address where a `sockaddr_in6` has its flow.
            return Some(Received {
                bytes,
                source: Ipv4Addr::from(name.sin6_flowinfo.to_ne_bytes()).into(),
                destination: None,
                hop_limit: None,
            });
        }
        let mut received = Received {
            bytes,
            source: Ipv6Addr::from(name.sin6_addr.s6_addr).into(),
            destination: None,
            hop_limit: None,
        };
        let controls = &self.controls.get(place)?.0;
        read_controls(
            controls.get(..header.msg_hdr.msg_controllen)?,
            &mut received,
        );
        Some(received)
    }
}

/// Reads the destination and the hop limit out of control messages.
fn read_controls(mut rest: &[u8], received: &mut Received<'_>) {
    const WORD: usize = size_of::<usize>();
    // Each begins with its length (one word), its level and its type (four bytes each), and
    // ends on a word boundary.
    const HEADER: usize = size_of::<libc::cmsghdr>().next_multiple_of(WORD);
    while let Some((length, _)) = rest.split_first_chunk() {
        let length = usize::from_ne_bytes(*length);
        let Some(message) = rest.get(..length).filter(|message| message.len() > HEADER) else {
            return;
        };
        let number = |at: usize| {
            message
                .get(at..)?
                .first_chunk()
                .map(|b| i32::from_ne_bytes(*b))
        };
        match (number(WORD), number(WORD + 4)) {
            (Some(libc::IPPROTO_IPV6), Some(libc::IPV6_PKTINFO)) => {
                let octets = message[HEADER..].first_chunk::<16>();
                received.destination = octets.map(|octets| Ipv6Addr::from(*octets).into());
            }
            (Some(libc::IPPROTO_IPV6), Some(libc::IPV6_HOPLIMIT)) => {
                received.hop_limit = number(HEADER).and_then(|limit| u8::try_from(limit).ok());
            }
            _ => {}
        }
        rest = rest
            .get(length.next_multiple_of(WORD)..)
            .unwrap_or_default();
    }
}
