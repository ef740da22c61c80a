//! The processes of this machine: who runs, and the moment one starts or ends.
//!
//! Three ways: `/proc` says who runs now; a descriptor of a process ([`Handle`]) becomes readable
//! at its end; and the kernel's process events ([`ProcessEvents`]) tell of every start and end,
//! but only to a privileged process that lives outside of all containers.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use netlink_sys::protocols::NETLINK_CONNECTOR;
use netlink_sys::{Socket, SocketAddr};
use nix::sys::socket::{setsockopt, sockopt};

use crate::Error;
use crate::namespace::Network;

/// Longest command line that is looked at, bytes.
const COMMAND_LINE_BYTES: u64 = 64 * 1024;
/// Longest `/proc/PID/stat` that is looked at, bytes.
const STAT_BYTES: u64 = 1024;

/// Numbers of all processes.
pub fn all() -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        found.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
    }
    Ok(found)
}

/// The short name of a process, at most 15 bytes; none when it does not run (any more).
pub fn name(pid: u32) -> Option<Vec<u8>> {
    let mut stat = Vec::new();
    let file = File::open(format!("/proc/{pid}/stat")).ok()?;
    file.take(STAT_BYTES).read_to_end(&mut stat).ok()?;
    read_stat(&stat)
}

/// `PID (NAME) STATE ...`: the name, unless it is dead and only waits for its parent.
fn read_stat(stat: &[u8]) -> Option<Vec<u8>> {
    let open = stat.iter().position(|byte| *byte == b'(')?;
    // The name itself may contain brackets.
    let close = stat.iter().rposition(|byte| *byte == b')')?;
    let state = stat.get(close + 2)?;
    let name = stat.get(open + 1..close)?;
    (!b"ZXx".contains(state)).then(|| name.to_vec())
}

/// The words of the command line of a process; none when it does not run (any more) or has none,
/// as threads of the kernel.
pub fn command_line(pid: u32) -> Option<Vec<Vec<u8>>> {
    let mut text = Vec::new();
    let file = File::open(format!("/proc/{pid}/cmdline")).ok()?;
    file.take(COMMAND_LINE_BYTES).read_to_end(&mut text).ok()?;
    let text = text.strip_suffix(b"\0").unwrap_or(&text);
    let words = text.split(|byte| *byte == 0).map(<[u8]>::to_vec);
    (!text.is_empty()).then(|| words.collect())
}

/// A process, held so that its number is not taken for another's. Readable once it has ended.
#[derive(Debug)]
pub struct Handle(OwnedFd);

impl Handle {
    /// Holds a process that runs.
    pub fn open(pid: u32) -> io::Result<Self> {
        let Ok(pid) = libc::pid_t::try_from(pid) else {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        };
        // SAFETY: takes two numbers; no memory is passed.
        let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, libc::PIDFD_NONBLOCK) };
        let Ok(descriptor) = RawFd::try_from(descriptor) else {
            return Err(io::Error::other("no descriptor"));
        };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(descriptor) }))
    }
}

impl AsRawFd for Handle {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// `CN_IDX_PROC`: the connector's number for process events, also as a multicast group.
const GROUP: u32 = 1;
/// `PROC_CN_MCAST_LISTEN`
const LISTEN: u32 = 1;
/// `NLMSG_DONE`
const DONE: u16 = 3;
/// Bytes of `struct nlmsghdr`.
const HEADER_BYTES: usize = 16;
/// Bytes of `struct cn_msg`.
const CONNECTOR_BYTES: usize = 20;
/// Where the particulars of an event begin, after headers, kind, processor and time.
const EVENT_AT: usize = HEADER_BYTES + CONNECTOR_BYTES + 16;
/// Room for one message, bytes.
const MESSAGE_BYTES: usize = 1024;
/// Events read per call, so that other work gets its turn.
const EVENTS_PER_READ: usize = 1024;
/// `PROC_EVENT_NONE`: the answer to a request.
const EVENT_NONE: u32 = 0;
/// `PROC_EVENT_FORK`
const EVENT_FORK: u32 = 1;
/// `PROC_EVENT_EXEC`
const EVENT_EXEC: u32 = 2;
/// `PROC_EVENT_COMM`
const EVENT_COMM: u32 = 0x200;
/// `PROC_EVENT_EXIT`
const EVENT_EXIT: u32 = 0x8000_0000;

/// What the kernel tells of processes. Threads are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessEvent {
    /// A process has made a copy of itself.
    Forked {
        /// The process.
        parent: u32,
        /// The copy.
        child: u32,
    },
    /// A process runs another program, or has changed its name.
    Changed(u32),
    /// A process has ended.
    Ended(u32),
    /// Events were lost.
    Overrun,
}

/// The kernel's process events (`CONFIG_PROC_EVENTS`).
#[derive(Debug)]
pub struct ProcessEvents(Socket);

impl ProcessEvents {
    /// Listens. The kernel answers only in the first network namespace, so when this one is
    /// another, the one of the machine's first process is tried.
    ///
    /// `buffer` is the receive buffer wanted, bytes, and whether it may exceed the limit of the
    /// system.
    pub fn open(buffer: Option<(u32, bool)>) -> Result<Self, Error> {
        let opened = Self::listen(buffer).or_else(|error| {
            let outside =
                Network::of_process(1).and_then(|network| network.run(|| Self::listen(buffer)));
            outside.ok().and_then(Result::ok).ok_or(error)
        });
        opened.map_err(|error| Error::new("listen to", "process events", error))
    }

    fn listen(buffer: Option<(u32, bool)>) -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_CONNECTOR)?;
        socket.bind(&SocketAddr::new(0, GROUP))?;
        socket.set_non_blocking(true)?;
        if let Some((bytes, force)) = buffer {
            set_buffer(&socket, bytes, force)?;
        }
        socket.send_to(&request(), &SocketAddr::new(0, 0), 0)?;
        let mut events = Self(socket);
        events.await_answer()?;
        Ok(events)
    }

    /// The kernel answers a request at once; no answer is a no.
    fn await_answer(&mut self) -> io::Result<()> {
        let mut bytes = [0; MESSAGE_BYTES];
        for _ in 0..EVENTS_PER_READ {
            let mut place = &mut bytes[..];
            let (length, from) = self.0.recv_from(&mut place, 0)?;
            let message = bytes.get(..length).unwrap_or_default();
            if from.port_number() != 0
                || word(message, HEADER_BYTES + CONNECTOR_BYTES) != Some(EVENT_NONE)
            {
                continue;
            }
            return match word(message, EVENT_AT) {
                Some(0) => Ok(()),
                Some(error) => Err(io::Error::from_raw_os_error(error.cast_signed())),
                None => Err(io::ErrorKind::InvalidData.into()),
            };
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Appends what has happened since the last call. Never waits.
    pub fn read(&mut self, events: &mut Vec<ProcessEvent>) -> io::Result<()> {
        let mut bytes = [0; MESSAGE_BYTES];
        for _ in 0..EVENTS_PER_READ {
            let mut place = &mut bytes[..];
            match self.0.recv_from(&mut place, 0) {
                Ok((length, from)) if from.port_number() == 0 => {
                    events.extend(bytes.get(..length).and_then(event));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                    events.push(ProcessEvent::Overrun);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl AsRawFd for ProcessEvents {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

fn set_buffer(socket: &Socket, bytes: u32, force: bool) -> io::Result<()> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    if force {
        setsockopt(socket, sockopt::RcvBufForce, &bytes)?;
    } else {
        setsockopt(socket, sockopt::RcvBuf, &bytes)?;
    }
    Ok(())
}

/// `struct nlmsghdr`, `struct cn_msg`, and the request to listen.
fn request() -> Vec<u8> {
    let length = HEADER_BYTES + CONNECTOR_BYTES + 4;
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(u32::try_from(length).unwrap_or_default().to_ne_bytes());
    bytes.extend(DONE.to_ne_bytes());
    bytes.extend([0; 10]);
    bytes.extend(GROUP.to_ne_bytes());
    // `CN_VAL_PROC`
    bytes.extend(1_u32.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend(4_u16.to_ne_bytes());
    bytes.extend([0; 2]);
    bytes.extend(LISTEN.to_ne_bytes());
    bytes
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at + 4)?;
    Some(u32::from_ne_bytes(word.try_into().ok()?))
}

/// Reads a message; none when it is of no interest, or nonsense.
fn event(bytes: &[u8]) -> Option<ProcessEvent> {
    let at = |index: usize| word(bytes, EVENT_AT + 4 * index);
    match word(bytes, HEADER_BYTES + CONNECTOR_BYTES)? {
        EVENT_FORK => {
            let (parent, child, leader) = (at(1)?, at(2)?, at(3)?);
            (child == leader).then_some(ProcessEvent::Forked { parent, child })
        }
        // A program that is started by another thread takes over the number of the process.
        EVENT_EXEC => Some(ProcessEvent::Changed(at(1)?)),
        EVENT_COMM => (at(0)? == at(1)?).then_some(ProcessEvent::Changed(at(1)?)),
        EVENT_EXIT => (at(0)? == at(1)?).then_some(ProcessEvent::Ended(at(1)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_contain_anything() {
        let name = |text: &str| read_stat(text.as_bytes());
        assert_eq!(name("7 (sleep) S 1 7"), Some(b"sleep".to_vec()));
        assert_eq!(name("7 (a) (b)) R 1"), Some(b"a) (b)".to_vec()));
        assert_eq!(name("7 (sleep) Z 1 7"), None);
        for nonsense in ["", "(", ")(", "7 (a)", "7 (a) "] {
            assert_eq!(name(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_process_is_seen_and_its_end_too() {
        let mut child = std::process::Command::new("sleep")
            .arg("1000")
            .spawn()
            .unwrap();
        let pid = child.id();
        assert!(all().unwrap().contains(&pid));
        let words = [&b"sleep"[..], b"1000"].map(<[u8]>::to_vec);
        // The copy has another name until it runs the other program.
        while command_line(pid).as_deref() != Some(&words) {
            std::thread::yield_now();
        }
        assert_eq!(name(pid).as_deref(), Some(&b"sleep"[..]));
        let handle = Handle::open(pid).unwrap();
        child.kill().unwrap();
        let mut waits = [nix::poll::PollFd::new(
            std::os::fd::AsFd::as_fd(&handle.0),
            nix::poll::PollFlags::POLLIN,
        )];
        nix::poll::poll(&mut waits, nix::poll::PollTimeout::NONE).unwrap();
        // Dead, and not waited for.
        assert_eq!(name(pid), None);
        child.wait().unwrap();
        assert!(Handle::open(pid).is_err());
    }

    #[test]
    fn messages_of_any_length_are_read_without_harm() {
        let mut bytes = vec![0_u8; EVENT_AT + 24];
        bytes[HEADER_BYTES + CONNECTOR_BYTES..][..4].copy_from_slice(&EVENT_EXIT.to_ne_bytes());
        bytes[EVENT_AT..][..4].copy_from_slice(&9_u32.to_ne_bytes());
        bytes[EVENT_AT + 4..][..4].copy_from_slice(&9_u32.to_ne_bytes());
        assert_eq!(event(&bytes), Some(ProcessEvent::Ended(9)));
        for length in 0..bytes.len() {
            let _ = event(&bytes[..length]);
        }
        // A thread of process 9.
        bytes[EVENT_AT..][..4].copy_from_slice(&10_u32.to_ne_bytes());
        assert_eq!(event(&bytes), None);
    }
}
