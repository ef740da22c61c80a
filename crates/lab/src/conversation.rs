//! What a lab and the first process of a host say to each other.
//!
//! The first process holds one end of the *tether*: when the other end closes, the lab is gone and
//! so is the host. Over the tether come descriptors of conversations, one for each order; whoever
//! holds the other end of one gives the order and hears what becomes of it. All are sequenced
//! packet sockets, one message per packet, coded with postcard.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::sys::time::TimeSpec;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vipd_linux::descriptors;

/// Longest message, bytes. Contents of files travel as descriptors.
const LONGEST: usize = 128 * 1024;

/// Over the tether, to the first process.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Tug {
    /// Comes with one end of a conversation.
    Converse,
    /// Comes with a listening socket: take conversations from there, and stay when the lab goes.
    Keep,
}

/// Over the tether, to the lab.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Hello {
    /// Process number of the first process, as the lab sees it.
    Born(u32),
    /// The host is ready.
    Ready,
    /// It could not be made.
    Failed(String),
}

/// An order.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Start a process. Comes with its input, output and error output.
    Start(Start),
    /// Send a signal to the process started in this conversation.
    Signal(i32),
    /// Kill the process started in this conversation with all its descendants, at once.
    KillTree,
    /// Send a signal to every process of the host.
    SignalAll(i32),
    /// Make a file. Comes with a descriptor of its contents.
    Write {
        /// Where.
        path: String,
        /// Permissions.
        mode: u32,
    },
    /// Write into a file that exists, such as a kernel setting. Comes with the contents.
    Overwrite {
        /// Where.
        path: String,
    },
    /// Open a file for reading.
    Read {
        /// Where.
        path: String,
    },
    /// Make a symbolic link, in place of whatever was there.
    Link {
        /// What it leads to.
        target: String,
        /// Where.
        path: String,
    },
    /// End the host with all that is in it.
    Shutdown,
}

/// A process to start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Start {
    /// File to run, with a path or looked up in `PATH`.
    pub(crate) program: String,
    /// Name it is called by, if not that of the file.
    pub(crate) called: Option<String>,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Environment variables in addition to the host's.
    pub(crate) environment: Vec<(String, String)>,
    /// Working directory; the root when not given.
    pub(crate) directory: Option<String>,
    /// File in the host that output and error output are appended to.
    pub(crate) output_file: Option<String>,
}

/// What became of an order.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// It was done. To `Read` comes the open file.
    Done,
    /// The process runs; its number inside the host.
    Started(u32),
    /// The process has ended; its wait status as the kernel codes it.
    Ended(i32),
    /// It could not be done.
    Failed(String),
}

/// One end of a conversation, or of the tether.
#[derive(Debug)]
pub(crate) struct Line(OwnedFd);

impl Line {
    /// A new line: both ends.
    pub(crate) fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        Ok((Self(one), Self(other)))
    }

    /// Takes over a descriptor that is one.
    pub(crate) fn from_descriptor(descriptor: OwnedFd) -> Self {
        Self(descriptor)
    }

    /// The descriptor, to be given to another process.
    pub(crate) fn into_descriptor(self) -> OwnedFd {
        self.0
    }

    /// Says something.
    pub(crate) fn say(&self, what: &impl Serialize, with: &[BorrowedFd<'_>]) -> io::Result<()> {
        let bytes = postcard::to_allocvec(what).map_err(io::Error::other)?;
        descriptors::send(&self.0, &bytes, with)
    }

    /// Waits for the next message; `None` at the end of the conversation.
    pub(crate) fn hear<T: DeserializeOwned>(&self) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
        let mut buffer = vec![0; LONGEST];
        let (length, descriptors) = match descriptors::receive(&self.0, &mut buffer) {
            Err(e) if e.kind() == io::ErrorKind::ConnectionReset => (0, Vec::new()),
            received => received?,
        };
        if length == 0 {
            return Ok(None);
        }
        let message = postcard::from_bytes(&buffer[..length]).map_err(io::Error::other)?;
        Ok(Some((message, descriptors)))
    }

    /// Waits until there is something to hear; false if nothing came in time.
    pub(crate) fn wait(&self, limit: Option<Duration>) -> io::Result<bool> {
        readable(self.as_fd(), limit)
    }
}

impl AsFd for Line {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Waits until a descriptor can be read, to the microsecond; false if nothing came in time.
pub(crate) fn readable(descriptor: BorrowedFd<'_>, limit: Option<Duration>) -> io::Result<bool> {
    let end = limit.map(|limit| Instant::now() + limit);
    loop {
        let left = end.map(|end| TimeSpec::from(end.saturating_duration_since(Instant::now())));
        let mut wanted = [PollFd::new(descriptor, PollFlags::POLLIN)];
        match ppoll(&mut wanted, left, None) {
            Ok(n) => return Ok(n > 0),
            Err(Errno::EINTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}
