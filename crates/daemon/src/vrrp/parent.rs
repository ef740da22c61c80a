//! The conversation with the supervisor: never waits, bounded in both directions.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::messages::{Frames, FromVrrp, ToVrrp, encode};

/// Bytes that may wait for a supervisor that does not read, before reports are left out.
const REPORT_BYTES_MAX: usize = 1 << 20;

/// Bytes that may wait before everything is left out.
const BYTES_MAX: usize = 16 << 20;

/// How long the last words may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Bytes read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// Chunks read before other work gets its turn.
const CHUNKS_PER_READ: usize = 64;

/// The supervisor is gone, or what it says cannot be understood.
#[derive(Debug)]
pub(super) struct Gone;

/// The supervisor, seen from its child.
#[derive(Debug)]
pub(super) struct Parent {
    stream: UnixStream,
    incoming: Frames,
    outgoing: VecDeque<u8>,
    /// Messages left out since the last time that was said.
    lost: u64,
}

impl Parent {
    pub(super) fn new(socket: OwnedFd) -> Self {
        Self {
            stream: UnixStream::from(socket),
            incoming: Frames::default(),
            outgoing: VecDeque::new(),
            lost: 0,
        }
    }

    /// Waits for the first message. Later ones are only [`Parent::read`].
    ///
    /// Nothing behind it is taken from the socket: what waited here would not make the socket
    /// readable, so it would not be read before something else comes.
    pub(super) fn wait_for_first(&mut self) -> Result<ToVrrp, Gone> {
        self.stream.set_nonblocking(false).map_err(|_| Gone)?;
        let mut prefix = [0; 4];
        self.stream.read_exact(&mut prefix).map_err(|_| Gone)?;
        self.incoming.push(&prefix);
        let mut body = Vec::new();
        let length = u64::from(u32::from_le_bytes(prefix));
        Read::by_ref(&mut self.stream)
            .take(length)
            .read_to_end(&mut body)
            .map_err(|_| Gone)?;
        self.incoming.push(&body);
        self.stream.set_nonblocking(true).map_err(|_| Gone)?;
        self.incoming.take().map_err(|_| Gone)?.ok_or(Gone)
    }

    /// Appends the messages that have come. At the end of the conversation those that came
    /// before it are appended all the same.
    pub(super) fn read(&mut self, messages: &mut Vec<ToVrrp>) -> Result<(), Gone> {
        let mut chunk = [0; CHUNK_BYTES];
        for _ in 0..CHUNKS_PER_READ {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(Gone),
                Ok(length) => {
                    self.incoming.push(&chunk[..length]);
                    while let Some(message) = self.incoming.take().map_err(|_| Gone)? {
                        messages.push(message);
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(Gone),
            }
        }
        Ok(())
    }

    /// Puts a message in line. It goes out with [`Parent::flush`].
    ///
    /// When the supervisor has not read for long, reports and troubles are left out and counted.
    pub(super) fn tell(&mut self, message: &FromVrrp) {
        if self.lost > 0 && self.outgoing.is_empty() {
            let lost = std::mem::take(&mut self.lost);
            self.append(&FromVrrp::Trouble(format!(
                "{lost} reports of the VRRP process were lost because they were not read in time"
            )));
        }
        let limit = match message {
            FromVrrp::Report { .. } | FromVrrp::Trouble(_) | FromVrrp::Note(_) => REPORT_BYTES_MAX,
            FromVrrp::Ready
            | FromVrrp::Save(_)
            | FromVrrp::Changed(_)
            | FromVrrp::Status(_)
            | FromVrrp::Fatal { .. }
            | FromVrrp::Alive
            | FromVrrp::Stopped => BYTES_MAX,
        };
        if self.outgoing.len() < limit {
            self.append(message);
        } else {
            self.lost += 1;
        }
    }

    fn append(&mut self, message: &FromVrrp) {
        match encode(message) {
            Ok(frame) => self.outgoing.extend(frame),
            Err(_) => self.lost += 1,
        }
    }

    /// Writes as much as the supervisor takes now; whether all went out.
    pub(super) fn flush(&mut self) -> bool {
        while !self.outgoing.is_empty() {
            let (bytes, _) = self.outgoing.as_slices();
            match self.stream.write(bytes) {
                Ok(length) if length > 0 => drop(self.outgoing.drain(..length)),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return false,
                // Nobody reads any more; the end of the conversation is seen by reading.
                Ok(_) | Err(_) => self.outgoing.clear(),
            }
        }
        self.outgoing.shrink_to(CHUNK_BYTES);
        true
    }

    /// Says the last words, and waits a little for them to be taken.
    pub(super) fn farewell(mut self, message: &FromVrrp) {
        self.tell(message);
        let waits = self.stream.set_nonblocking(false).is_ok()
            && self.stream.set_write_timeout(Some(FAREWELL)).is_ok();
        if waits {
            self.flush();
        }
    }
}

impl AsFd for Parent {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deaf_supervisor_holds_up_nothing_and_learns_what_it_missed() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut parent = Parent::new(ours.into());
        parent.stream.set_nonblocking(true).unwrap();
        let text = FromVrrp::Trouble("x".repeat(1000));
        for _ in 0..10_000 {
            parent.tell(&text);
            parent.flush();
        }
        assert!(parent.outgoing.len() < REPORT_BYTES_MAX + 2000);
        parent.tell(&FromVrrp::Alive);
        let lost = parent.lost;
        assert!(lost > 1000, "{lost}");

        // It reads again: everything that was kept comes, then how much was not.
        theirs.set_nonblocking(true).unwrap();
        let (mut theirs, mut frames, mut seen) = (theirs, Frames::default(), Vec::new());
        let mut chunk = vec![0; 1 << 20];
        while !parent.flush() || seen.is_empty() {
            while let Ok(length) = theirs.read(&mut chunk) {
                frames.push(&chunk[..length]);
                while let Some(message) = frames.take::<FromVrrp>().unwrap() {
                    seen.push(message);
                }
            }
        }
        parent.tell(&FromVrrp::Ready);
        assert!(parent.flush());
        let length = theirs.read(&mut chunk).unwrap();
        frames.push(&chunk[..length]);
        while let Some(message) = frames.take::<FromVrrp>().unwrap() {
            seen.push(message);
        }
        let kept = 10_000 - usize::try_from(lost).unwrap();
        assert_eq!(seen.len(), kept + 3);
        assert!(matches!(seen[kept], FromVrrp::Alive));
        let FromVrrp::Trouble(told) = &seen[kept + 1] else {
            panic!("{:?}", seen[kept + 1]);
        };
        assert!(told.starts_with(&format!("{lost} reports")), "{told}");
        assert!(matches!(seen[kept + 2], FromVrrp::Ready));
    }
}
