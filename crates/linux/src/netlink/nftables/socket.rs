//! The socket that batches of changes go by.

use std::io;
use std::path::Path;

use netlink_packet_core::NLMSG_ERROR;
use netlink_sys::protocols::NETLINK_NETFILTER;
use netlink_sys::{Socket, SocketAddr};

use super::super::socket::{error_of, next_message};
use super::Batch;
use crate::Error;

/// Bytes of `struct nlmsghdr`.
const HEADER_BYTES: usize = 16;
/// Room for an answer, bytes.
const RECEIVE_BYTES: usize = 8 * 1024;

/// A socket to nftables, in the network namespace where it was opened.
#[derive(Debug)]
pub struct Nftables {
    socket: Socket,
    incoming: Vec<u8>,
}

impl Nftables {
    /// Whether the kernel has nftables loaded. Opening loads it.
    ///
    /// A kernel with nftables built in may say no here, if nobody has set anything of it.
    pub fn is_loaded() -> bool {
        Path::new("/sys/module/nf_tables").exists()
    }

    /// Opens a socket in the network namespace of the calling thread.
    pub fn open() -> Result<Self, Error> {
        let connect = || {
            let mut socket = Socket::new(NETLINK_NETFILTER)?;
            socket.bind_auto()?;
            socket.connect(&SocketAddr::new(0, 0))?;
            let _ = socket.set_cap_ack(true);
            Ok(socket)
        };
        let socket = connect()
            .map_err(|e: io::Error| Error::new("open netlink socket for", "nftables", e))?;
        Ok(Self {
            socket,
            incoming: vec![0; RECEIVE_BYTES],
        })
    }

    /// Makes all changes or none, by a socket that is opened here when there is none yet.
    pub fn commit_by(socket: &mut Option<Self>, batch: Batch) -> io::Result<()> {
        let socket = match socket {
            Some(socket) => socket,
            none => none.insert(Self::open().map_err(|error| error.source)?),
        };
        socket.commit(batch)
    }

    /// Makes all changes or none.
    pub fn commit(&mut self, batch: Batch) -> io::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        self.socket.send(&batch.finish(), 0)?;
        // The kernel has answered before the call returns.
        let mut result = Ok(());
        loop {
            match self.receive() {
                Ok(answer) => result = result.and(answer),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return result,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// The first error in the next datagram.
    fn receive(&mut self) -> io::Result<io::Result<()>> {
        let mut buffer = &mut self.incoming[..];
        let (length, from) = self.socket.recv_from(&mut buffer, libc::MSG_DONTWAIT)?;
        let mut rest = &self.incoming[..length.min(RECEIVE_BYTES)];
        let mut result = Ok(());
        if from.port_number() != 0 || length < HEADER_BYTES {
            return Ok(result);
        }
        while let Some(message) = next_message(&mut rest) {
            if message.message_type() == NLMSG_ERROR {
                result = result.and(error_of(&message));
            }
        }
        Ok(result)
    }
}
