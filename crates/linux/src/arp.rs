//! Gratuitous ARP and unsolicited neighbour advertisements through a packet socket.
//!
//! The frames come ready from the caller; one socket sends them on any number of links.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

use crate::Error;
use crate::datagrams::{Name, Sender};
use crate::poll::set_send_buffer;

/// Room for the frames of a thousand addresses, bytes; memory is only taken by what waits.
const QUEUE_BYTES: libc::c_int = 4 << 20;

/// Sends Ethernet frames.
#[derive(Debug)]
pub struct FrameSocket {
    socket: OwnedFd,
}

impl FrameSocket {
    /// Opens a socket that sends and never receives.
    pub fn open() -> Result<Self, Error> {
        // Without a protocol the kernel hands no packets in.
        socket(
            AddressFamily::Packet,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            None,
        )
        .map(|socket| {
            set_send_buffer(&socket, QUEUE_BYTES);
            Self { socket }
        })
        .map_err(|e| Error::new("open", "packet socket for announcements", e))
    }

    /// Sends frames (from the Ethernet header on), each on the link with this index, in order.
    ///
    /// Returns how many went out. One that fails is told to `failed` and the next is tried.
    pub fn send<'a>(
        &self,
        sender: &mut Sender,
        frames: impl IntoIterator<Item = (u32, &'a [u8])>,
        failed: &mut dyn FnMut(io::Error),
    ) -> usize {
        let datagrams = frames.into_iter().map(|(index, frame)| {
            let ether_type = frame.get(12..).and_then(|rest| rest.first_chunk());
            let name = Name::link(index, ether_type.copied().unwrap_or_default());
            (name, frame)
        });
        sender.send(&self.socket.as_raw_fd(), 0, datagrams, failed)
    }
}
