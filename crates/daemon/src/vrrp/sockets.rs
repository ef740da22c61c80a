//! The sockets that the engine wants, open as far as the kernel allows.

use std::collections::BTreeMap;
use std::io;

use vipd_config::model::Family;
use vipd_engine::effect::Transmit;
use vipd_engine::vrrp::SocketSpec;
use vipd_linux::Error;
use vipd_linux::datagrams::{Received, Receiver, Sender};
use vipd_linux::poll::Poll;
use vipd_linux::vrrp_socket::{VrrpSocket, VrrpSocketOptions};

/// Calls for one socket before others get their turn: a flood must not stop the clock.
const CALLS_PER_TURN: usize = 64;

/// What became of the sockets.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    open: BTreeMap<u32, (SocketSpec, VrrpSocket)>,
    /// Wanted, and could not be opened.
    missing: Vec<SocketSpec>,
    outgoing: Vec<Transmit>,
}

impl Sockets {
    /// Opens what of `wanted` is not open; failures go to `failed` and are tried again by
    /// [`Sockets::retry`].
    pub(super) fn open(
        &mut self,
        wanted: Vec<SocketSpec>,
        poll: &Poll,
        failed: &mut dyn FnMut(&SocketSpec, Error),
    ) {
        self.missing.clear();
        for spec in wanted {
            match self.open.get_mut(&spec.id) {
                Some((known, socket)) => {
                    if known.receive_buffer_bytes != spec.receive_buffer_bytes {
                        socket.set_receive_buffer(spec.receive_buffer_bytes);
                    }
                    *known = spec;
                }
                None => self.missing.push(spec),
            }
        }
        self.retry(poll, failed);
    }

    /// Tries again to open what is missing.
    pub(super) fn retry(&mut self, poll: &Poll, failed: &mut dyn FnMut(&SocketSpec, Error)) {
        for spec in std::mem::take(&mut self.missing) {
            let opened = VrrpSocket::open(&options_of(&spec)).and_then(|socket| {
                poll.add(&socket, spec.id.into())?;
                Ok(socket)
            });
            match opened {
                Ok(socket) => {
                    self.open.insert(spec.id, (spec, socket));
                }
                Err(error) => {
                    failed(&spec, error);
                    self.missing.push(spec);
                }
            }
        }
    }

    /// Closes what is not wanted any more.
    pub(super) fn close_others(&mut self, wanted: &[SocketSpec]) {
        self.open
            .retain(|id, _| wanted.iter().any(|spec| spec.id == *id));
    }

    /// Puts a packet in line for [`Sockets::send`].
    pub(super) fn push(&mut self, packet: Transmit) {
        self.outgoing.push(packet);
    }

    /// Sends all packets in line, those of one socket in one go and in order.
    pub(super) fn send(
        &mut self,
        sender: &mut Sender,
        failed: &mut dyn FnMut(&SocketSpec, io::Error),
    ) {
        self.outgoing.sort_by_key(|packet| packet.socket);
        for packets in self.outgoing.chunk_by(|a, b| a.socket == b.socket) {
            // One that could not be opened has been reported as such.
            let Some((spec, socket)) = packets.first().and_then(|p| self.open.get(&p.socket))
            else {
                continue;
            };
            let bytes = packets.iter().map(|packet| (packet.to, &packet.bytes[..]));
            socket.send(sender, bytes, &mut |error| failed(spec, error));
        }
        self.outgoing.clear();
    }

    /// Gives up room for packets beyond what is usual.
    pub(super) fn shed(&mut self, kept: usize) {
        self.outgoing.shrink_to(kept);
    }

    /// Gives what has come in on a socket to `take`, a bounded amount.
    pub(super) fn receive(
        &self,
        id: u32,
        receiver: &mut Receiver,
        take: &mut dyn FnMut(Received<'_>),
    ) -> io::Result<()> {
        let Some((_, socket)) = self.open.get(&id) else {
            return Ok(());
        };
        for _ in 0..CALLS_PER_TURN {
            if socket.receive(receiver, take)? < Receiver::LIMIT {
                break;
            }
        }
        Ok(())
    }
}

fn options_of(spec: &SocketSpec) -> VrrpSocketOptions {
    VrrpSocketOptions {
        interface: spec.interface.clone(),
        is_ipv6: spec.family == Family::V6,
        protocol: spec.protocol,
        group: spec.group,
        source: spec.source,
        hop_limit: spec.hop_limit,
        receive_buffer_bytes: spec.receive_buffer_bytes,
    }
}

/// Where a socket is, for messages.
pub(super) fn place_of(spec: &SocketSpec) -> &str {
    spec.interface
        .as_ref()
        .map_or("any interface", |(name, _)| name)
}
