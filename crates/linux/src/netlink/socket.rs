//! A synchronous netlink socket: requests with an answer, batches, dumps.
//!
//! Many requests travel in one system call; the kernel works through them in order and
//! answers only those that fail, and the last one. So a thousand addresses cost eight
//! sends and eight receives.

use std::io;
use std::marker::PhantomData;
use std::ops::Range;

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NetlinkBuffer,
    NetlinkHeader, NetlinkMessage, NetlinkPayload, NetlinkSerializable,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket, SocketAddr};

use crate::Error;

/// Messages per send. If every one of them fails, the answers still fit into the
/// kernel's default receive buffer.
const PER_SEND: usize = 128;

/// Largest message of a dump that the kernel makes for a reader with a buffer this big, bytes.
const RECEIVE_BYTES: usize = 32 * 1024;

/// How often a dump that changed under way is read again before it is taken as it is.
const DUMP_ATTEMPTS: usize = 8;

/// One answer of the kernel, without its header.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// `RTM_*`.
    pub kind: u16,
    /// From the family header (`ifinfomsg`, `ifaddrmsg`) on.
    pub payload: &'a [u8],
}

/// A socket to the kernel's route subsystem, in the network namespace where it was opened.
pub type Route = Requests<RouteNetlinkMessage>;

/// A socket for requests of one kind to one subsystem of the kernel.
#[derive(Debug)]
pub struct Requests<M> {
    socket: Socket,
    port: u32,
    sequence: u32,
    outgoing: Vec<u8>,
    incoming: Vec<u8>,
    kind: PhantomData<fn(M)>,
}

impl Route {
    /// Opens a socket in the network namespace of the calling thread.
    pub fn open() -> Result<Self, Error> {
        Self::connect(NETLINK_ROUTE).map_err(|e| Error::new("open netlink socket for", "routes", e))
    }
}

impl<M: NetlinkSerializable> Requests<M> {
    /// Opens a socket of a protocol, `NETLINK_*`, in the network namespace of the calling thread.
    pub(super) fn connect(protocol: isize) -> io::Result<Self> {
        let mut socket = Socket::new(protocol)?;
        let port = socket.bind_auto()?.port_number();
        socket.connect(&SocketAddr::new(0, 0))?;
        // Without the request itself answers are small; an old kernel just sends more.
        let _ = socket.set_cap_ack(true);
        Ok(Self {
            socket,
            port,
            sequence: 0,
            outgoing: Vec::new(),
            incoming: vec![0; RECEIVE_BYTES],
            kind: PhantomData,
        })
    }

    /// Room for answers that wait to be read, bytes; `forced`: beyond the limit of the system.
    pub fn set_receive_buffer(&self, bytes: u32, forced: bool) {
        crate::poll::limit_receive_buffer(&self.socket, bytes, forced);
    }

    /// The number by which the kernel names this socket as the author of changes.
    pub(super) fn port(&self) -> u32 {
        self.port
    }

    /// Sends one request and waits for its answer.
    ///
    /// `NLM_F_REQUEST` and `NLM_F_ACK` are added; other flags are the caller's.
    pub fn request(&mut self, message: NetlinkMessage<M>) -> io::Result<()> {
        let mut results = self.exchange(&mut std::iter::once(message))?;
        results.pop().unwrap_or(Ok(()))
    }

    /// Sends requests, many per system call, and returns the answer to each, in their order.
    ///
    /// All are tried, also after one has failed. `NLM_F_REQUEST` and `NLM_F_ACK` are set
    /// as needed; other flags are the caller's. The error is one of the socket itself.
    pub fn batch<I>(&mut self, messages: I) -> Result<Vec<io::Result<()>>, Error>
    where
        I: IntoIterator<Item = NetlinkMessage<M>>,
    {
        let mut messages = messages.into_iter().peekable();
        let mut results = Vec::new();
        while messages.peek().is_some() {
            let part = self
                .exchange(&mut messages.by_ref().take(PER_SEND))
                .map_err(|e| Error::new("send netlink requests to", "the kernel", e))?;
            results.extend(part);
        }
        self.outgoing.shrink_to(RECEIVE_BYTES);
        Ok(results)
    }

    /// Asks for a list and returns what `read` makes of each answer.
    ///
    /// `NLM_F_REQUEST | NLM_F_DUMP` are added. A list that changed while it was read is
    /// read again.
    pub fn dump<T>(
        &mut self,
        request: M,
        mut read: impl FnMut(Answer<'_>) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let mut message = message_of(request);
        message.header.flags |= NLM_F_REQUEST | NLM_F_DUMP;
        let mut found = Vec::new();
        for _ in 0..DUMP_ATTEMPTS {
            found.clear();
            let steady = self
                .dump_once(&mut message, &mut |answer| found.extend(read(answer)))
                .map_err(|e| Error::new("list", "what the kernel has", e))?;
            if steady {
                break;
            }
        }
        Ok(found)
    }

    /// Sends one request that is answered with data, and returns what `read` makes of that.
    ///
    /// `NLM_F_REQUEST | NLM_F_ACK` are added. `None`: the kernel agreed but sent nothing, or
    /// nothing that `read` understands.
    pub(super) fn ask<T>(
        &mut self,
        request: M,
        mut read: impl FnMut(Answer<'_>) -> Option<T>,
    ) -> io::Result<Option<T>> {
        let mut message = message_of(request);
        message.header.flags |= NLM_F_REQUEST | NLM_F_ACK;
        self.outgoing.clear();
        let sequence = self.push(&mut message);
        self.socket.send(&self.outgoing, 0)?;
        let mut found = None;
        loop {
            let received = self.receive()?;
            let mut rest = &self.incoming[received];
            while let Some(message) = next_message(&mut rest) {
                if message.sequence_number() != sequence {
                    continue;
                }
                match message.message_type() {
                    NLMSG_ERROR => return error_of(&message).map(|()| found),
                    kind => {
                        let payload = message.payload();
                        found = read(Answer { kind, payload }).or(found);
                    }
                }
            }
        }
    }

    /// One pass; whether the list was steady while it was read.
    fn dump_once(
        &mut self,
        message: &mut NetlinkMessage<M>,
        read: &mut dyn FnMut(Answer<'_>),
    ) -> io::Result<bool> {
        self.outgoing.clear();
        let sequence = self.push(message);
        self.socket.send(&self.outgoing, 0)?;
        let mut steady = true;
        loop {
            let received = self.receive()?;
            let mut rest = &self.incoming[received];
            while let Some(message) = next_message(&mut rest) {
                if message.sequence_number() != sequence {
                    continue;
                }
                steady &= message.flags() & NLM_F_DUMP_INTR == 0;
                match message.message_type() {
                    NLMSG_DONE => return Ok(steady),
                    NLMSG_ERROR => error_of(&message)?,
                    kind => read(Answer {
                        kind,
                        payload: message.payload(),
                    }),
                }
            }
        }
    }

    /// Sends all of `messages` in one call and collects their answers.
    fn exchange(
        &mut self,
        messages: &mut dyn Iterator<Item = NetlinkMessage<M>>,
    ) -> io::Result<Vec<io::Result<()>>> {
        self.outgoing.clear();
        let first = self.sequence.wrapping_add(1);
        let mut count = 0_usize;
        let mut last_flags_at = 0;
        for mut message in messages {
            last_flags_at = self.outgoing.len() + 6;
            message.header.flags |= NLM_F_REQUEST;
            self.push(&mut message);
            count += 1;
        }
        if count == 0 {
            return Ok(Vec::new());
        }
        let flags = &mut self.outgoing[last_flags_at..last_flags_at + 2];
        let acked = u16::from_ne_bytes([flags[0], flags[1]]) | NLM_F_ACK;
        flags.copy_from_slice(&acked.to_ne_bytes());
        self.socket.send(&self.outgoing, 0)?;
        self.collect(first, count)
    }

    /// Reads answers until the one to the last of `count` requests from `first` on.
    fn collect(&mut self, first: u32, count: usize) -> io::Result<Vec<io::Result<()>>> {
        let mut results: Vec<io::Result<()>> = (0..count).map(|_| Ok(())).collect();
        loop {
            let received = self.receive()?;
            let mut rest = &self.incoming[received];
            while let Some(message) = next_message(&mut rest) {
                let place = message.sequence_number().wrapping_sub(first) as usize;
                if message.message_type() != NLMSG_ERROR || place >= count {
                    continue;
                }
                results[place] = error_of(&message);
                if place + 1 == count {
                    return Ok(results);
                }
            }
        }
    }

    /// Appends a message with the next sequence number to what is sent next.
    fn push(&mut self, message: &mut NetlinkMessage<M>) -> u32 {
        self.sequence = self.sequence.wrapping_add(1);
        message.header.sequence_number = self.sequence;
        message.finalize();
        let start = self.outgoing.len();
        let end = start + message.buffer_len().next_multiple_of(4);
        self.outgoing.resize(end, 0);
        message.serialize(&mut self.outgoing[start..]);
        self.sequence
    }

    /// Waits for a datagram of the kernel itself (port 0) and says where in `incoming` it is.
    fn receive(&mut self) -> io::Result<Range<usize>> {
        loop {
            let mut buffer = &mut self.incoming[..];
            match self.socket.recv_from(&mut buffer, 0) {
                Ok((length, from)) if from.port_number() == 0 => {
                    return Ok(0..length.min(self.incoming.len()));
                }
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

/// A message whose header is still to be filled in.
pub(super) fn message_of<M>(request: M) -> NetlinkMessage<M> {
    NetlinkMessage::new(
        NetlinkHeader::default(),
        NetlinkPayload::InnerMessage(request),
    )
}

/// Splits the next message off a datagram. A malformed rest ends it.
pub(crate) fn next_message<'a>(rest: &mut &'a [u8]) -> Option<NetlinkBuffer<&'a [u8]>> {
    let all = *rest;
    let message = NetlinkBuffer::new_checked(all).ok()?;
    let length = message.length() as usize;
    *rest = all.get(length.next_multiple_of(4)..).unwrap_or_default();
    NetlinkBuffer::new_checked(all.get(..length)?).ok()
}

/// What an `NLMSG_ERROR` says; code 0 is success.
pub(crate) fn error_of(message: &NetlinkBuffer<&[u8]>) -> io::Result<()> {
    let code = message
        .payload()
        .first_chunk()
        .map_or(-libc::EBADMSG, |bytes| i32::from_ne_bytes(*bytes));
    match code {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code.saturating_neg())),
    }
}
