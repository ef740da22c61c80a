//! Readiness: epoll and one timer with absolute deadlines.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

use crate::Error;

/// Tokens seen by one wait.
const EVENTS: usize = 64;

/// The token of the timer. No other descriptor may use it.
const TIMER: u64 = u64::MAX;

/// Which of a descriptor's ends is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// What the descriptor was registered with.
    pub token: u64,
    /// It can be read, or it is closed or broken, which a read will say.
    pub readable: bool,
    /// It can be written.
    pub writable: bool,
}

/// A set of descriptors, and a timer on `CLOCK_MONOTONIC` with nanoseconds.
#[derive(Debug)]
pub struct Poll {
    epoll: Epoll,
    timer: TimerFd,
    armed: Option<u64>,
    /// It has expired, and stays readable until it is set anew.
    expired: bool,
}

impl Poll {
    /// An empty set with the timer off.
    pub fn new() -> Result<Self, Error> {
        Self::create().map_err(|e| Error::new("create", "epoll set and timer", e))
    }

    fn create() -> nix::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
        epoll.add(&timer, EpollEvent::new(EpollFlags::EPOLLIN, TIMER))?;
        Ok(Self {
            epoll,
            timer,
            armed: None,
            expired: false,
        })
    }

    /// Watches a descriptor for reading; `token` names it and is not `u64::MAX`.
    ///
    /// It is level-triggered and leaves the set when it is closed.
    pub fn add(&self, descriptor: &impl AsFd, token: u64) -> Result<(), Error> {
        self.epoll
            .add(descriptor, EpollEvent::new(EpollFlags::EPOLLIN, token))
            .map_err(|e| Error::new("watch", "a descriptor", e))
    }

    /// Stops watching a descriptor.
    pub fn remove(&self, descriptor: &impl AsFd) -> Result<(), Error> {
        self.epoll
            .delete(descriptor)
            .map_err(|e| Error::new("stop watching", "a descriptor", e))
    }

    /// Watches a descriptor also for writing, or no longer.
    pub fn watch_writes(
        &self,
        descriptor: &impl AsFd,
        token: u64,
        wanted: bool,
    ) -> Result<(), Error> {
        let mut flags = EpollFlags::EPOLLIN;
        flags.set(EpollFlags::EPOLLOUT, wanted);
        self.epoll
            .modify(descriptor, &mut EpollEvent::new(flags, token))
            .map_err(|e| Error::new("watch", "a descriptor", e))
    }

    /// Waits until a descriptor is ready or the deadline (nanoseconds as of
    /// [`crate::clock::monotonic_nanos`]) has come, and puts what is ready into `ready`.
    ///
    /// With `at_once` it only looks. A deadline in the past returns at once. A signal ends
    /// the wait with nothing ready.
    pub fn wait(
        &mut self,
        deadline: Option<u64>,
        at_once: bool,
        ready: &mut Vec<Ready>,
    ) -> Result<(), Error> {
        ready.clear();
        let result = self
            .arm(deadline)
            .and_then(|()| self.collect(at_once, ready));
        match result {
            Ok(()) | Err(Errno::EINTR) => Ok(()),
            Err(e) => Err(Error::new("wait for", "descriptors", e)),
        }
    }

    fn collect(&mut self, at_once: bool, ready: &mut Vec<Ready>) -> nix::Result<()> {
        let mut events = [EpollEvent::empty(); EVENTS];
        let timeout = if at_once {
            EpollTimeout::ZERO
        } else {
            EpollTimeout::NONE
        };
        let count = self.epoll.wait(&mut events, timeout)?;
        for event in events.iter().take(count) {
            if event.data() == TIMER {
                // Setting it makes it unreadable again, so that it need not be read.
                self.expired = true;
                continue;
            }
            let flags = event.events();
            ready.push(Ready {
                token: event.data(),
                readable: flags.intersects(!EpollFlags::EPOLLOUT),
                writable: flags.contains(EpollFlags::EPOLLOUT),
            });
        }
        Ok(())
    }

    /// Sets the timer, if it is not set so already.
    fn arm(&mut self, deadline: Option<u64>) -> nix::Result<()> {
        if self.armed == deadline && !self.expired {
            return Ok(());
        }
        match deadline {
            None => self.timer.unset()?,
            Some(nanos) => {
                // Zero would switch the timer off.
                let at = TimeSpec::from(Duration::from_nanos(nanos.max(1)));
                self.timer.set(
                    Expiration::OneShot(at),
                    TimerSetTimeFlags::TFD_TIMER_ABSTIME,
                )?;
            }
        }
        self.armed = deadline;
        self.expired = false;
        Ok(())
    }
}

/// Makes room for `bytes` waiting to be read: beyond the system's limit with privilege,
/// up to it without.
pub(crate) fn set_receive_buffer(socket: &impl AsRawFd, bytes: libc::c_int) {
    if set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &bytes).is_err() {
        // The limit is silently applied by the kernel: there is nothing to do about it here.
        let _ = set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUF, &bytes);
    }
}

/// Makes room for `bytes` waiting to be read, beyond the system's limit only when `forced`.
pub(crate) fn limit_receive_buffer(socket: &impl AsRawFd, bytes: u32, forced: bool) {
    let bytes = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
    if forced {
        set_receive_buffer(socket, bytes);
    } else {
        // The limit is silently applied by the kernel.
        let _ = set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUF, &bytes);
    }
}

/// Like [`set_receive_buffer`], for bytes that wait to be sent.
pub(crate) fn set_send_buffer(socket: &impl AsRawFd, bytes: libc::c_int) {
    if set_option(socket, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, &bytes).is_err() {
        let _ = set_option(socket, libc::SOL_SOCKET, libc::SO_SNDBUF, &bytes);
    }
}

/// `setsockopt` with a plain C value.
pub(crate) fn set_option<T: Copy>(
    socket: &impl AsRawFd,
    level: libc::c_int,
    name: libc::c_int,
    value: &T,
) -> io::Result<()> {
    let length = libc::socklen_t::try_from(size_of::<T>()).unwrap_or(0);
    // SAFETY: the pointer and the length describe `value`, which outlives the call, and the
    // kernel only reads it.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            std::ptr::from_ref(value).cast(),
            length,
        )
    };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
