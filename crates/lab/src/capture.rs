//! Recording what passes an interface.

use std::io::IoSliceMut;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::cmsg_space;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType,
    recvmsg, setsockopt, socket, sockopt,
};
use nix::sys::time::TimeSpec;
use nix::unistd::pipe2;

use crate::{Error, Host, Result};

/// `PACKET_OUTGOING`
const OUTGOING: u8 = 4;

/// Bytes for waiting packets, so that bursts are not lost.
const BUFFER: usize = 8 << 20;

/// A packet with its Ethernet header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// When the kernel saw it, since the epoch.
    pub at: Duration,
    /// Whether the host itself sent it.
    pub sent: bool,
    /// All its bytes.
    pub bytes: Vec<u8>,
}

/// A running recording. Ends when dropped.
#[derive(Debug)]
pub struct Capture {
    what: String,
    recorded: Arc<Recorded>,
    stop: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Recorded {
    frames: Mutex<Vec<Frame>>,
    more: Condvar,
}

impl Host {
    /// Starts to record all packets on an interface, in both directions.
    pub fn capture(&self, interface: &str) -> Result<Capture> {
        let link = self.link(interface)?;
        let what = format!("{interface} of host {}", self.name());
        let failed = |e: nix::Error| Error::io(format!("record {what}"), e);
        let socket = self.network().run(open)?.map_err(failed)?;
        let (stopped, stop) = pipe2(OFlag::O_CLOEXEC).map_err(failed)?;
        let recorded = Arc::new(Recorded::default());
        let into = Arc::clone(&recorded);
        let thread = thread::spawn(move || into.record(&socket, &stopped, link as usize));
        Ok(Capture {
            what,
            recorded,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Capture {
    /// Everything recorded so far.
    pub fn frames(&self) -> Vec<Frame> {
        self.recorded.lock().clone()
    }

    /// Waits for a frame that `wanted` picks; frames that were recorded before count too.
    pub fn await_frame(&self, wanted: impl Fn(&Frame) -> bool, limit: Duration) -> Result<Frame> {
        let end = Instant::now() + limit;
        let mut looked_at = 0;
        let mut frames = self.recorded.lock();
        loop {
            if let Some(frame) = frames[looked_at..].iter().find(|frame| wanted(frame)) {
                return Ok(frame.clone());
            }
            looked_at = frames.len();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let what = format!("a packet on {}", self.what);
                return Err(Error::Timeout { what, limit });
            }
            frames = match self.recorded.more.wait_timeout(frames, left) {
                Ok((frames, _)) => frames,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been shown already.
            let _ = thread.join();
        }
    }
}

impl Recorded {
    fn lock(&self) -> MutexGuard<'_, Vec<Frame>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records until the other end of `stopped` closes.
    fn record(&self, socket: &OwnedFd, stopped: &OwnedFd, link: usize) {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let mut wanted = [
                PollFd::new(socket.as_fd(), PollFlags::POLLIN),
                PollFd::new(stopped.as_fd(), PollFlags::POLLIN),
            ];
            if poll(&mut wanted, PollTimeout::NONE).is_err() {
                continue;
            }
            if wanted[1].any().unwrap_or(true) {
                return;
            }
            while let Some((from, frame)) = receive(socket, &mut buffer) {
                if from == link {
                    self.lock().push(frame);
                    self.more.notify_all();
                }
            }
        }
    }
}

fn open() -> nix::Result<OwnedFd> {
    let socket = socket(
        AddressFamily::Packet,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        SockProtocol::EthAll,
    )?;
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
    // The force variant wants real root; the ordinary one may give less, which is fine.
    if setsockopt(&socket, sockopt::RcvBufForce, &BUFFER).is_err() {
        setsockopt(&socket, sockopt::RcvBuf, &BUFFER)?;
    }
    Ok(socket)
}

/// Takes one packet, if there is one: the interface it passed, and itself.
fn receive(socket: &OwnedFd, buffer: &mut [u8]) -> Option<(usize, Frame)> {
    let mut space = cmsg_space!(TimeSpec);
    let mut parts = [IoSliceMut::new(buffer)];
    let flags = MsgFlags::empty();
    let received =
        recvmsg::<LinkAddr>(socket.as_raw_fd(), &mut parts, Some(&mut space), flags).ok()?;
    let address = received.address?;
    let at = received.cmsgs().ok()?.find_map(|message| {
        if let ControlMessageOwned::ScmTimestampns(at) = message {
            Some(Duration::from(at))
        } else {
            None
        }
    })?;
    let (length, sent) = (received.bytes, address.pkttype() == OUTGOING);
    let bytes = buffer.get(..length)?.to_vec();
    Some((address.ifindex(), Frame { at, sent, bytes }))
}
