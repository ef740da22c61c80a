//! The VRRP process as the supervisor sees it: started, spoken to, missed when it dies.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use vipd_linux::process;

use super::happening::{Happening, Inbox};
use crate::messages::{Frames, FromVrrp, ToVrrp, encode};

/// Names the part that a child plays, in its environment.
pub(crate) const ROLE: &str = "VIPD_CHILD";

/// The part of the VRRP process.
pub(crate) const VRRP: &str = "vrrp";

/// Messages that may wait for the child to read.
const WAITING_MAX: usize = 4096;

/// How long a child that has closed its socket may take to end.
const FAREWELL_MAX: Duration = Duration::from_secs(5);

/// A running VRRP process.
#[derive(Debug)]
pub(crate) struct VrrpChild {
    /// Its process number.
    pub(crate) pid: u32,
    /// Which start of the process this is.
    pub(crate) generation: u64,
    /// When it was started.
    pub(crate) started: Instant,
    outbox: mpsc::Sender<Vec<u8>>,
    kill: mpsc::Sender<()>,
}

/// Why a message did not go out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// It cannot be put into bytes.
    #[error("{0}")]
    Frame(#[from] crate::messages::FrameError),
    /// The child does not read, or is gone.
    #[error("it does not listen")]
    NotListening,
}

/// How children are started.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    /// Command line they show.
    pub(crate) arguments: Vec<OsString>,
    /// The name `ps -C` knows them by.
    pub(crate) name: String,
    /// Errors of the program itself may go to standard error.
    pub(crate) keeps_stderr: bool,
}

/// Names the process name of a child, in its environment.
pub(crate) const NAME: &str = "VIPD_NAME";

impl VrrpChild {
    /// Starts the process. What it says and its end arrive in the inbox.
    pub(crate) fn start(launch: &Launch, generation: u64, inbox: &Inbox) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let ours = UnixStream::from_std(ours)?;
        let theirs = OwnedFd::from(theirs);
        let role = [
            (OsString::from(ROLE), OsString::from(VRRP)),
            (OsString::from(NAME), OsString::from(&launch.name)),
        ];
        let environment = process::clean_environment().chain(role);
        let mut command = process::same_program(&launch.arguments, environment, &theirs);
        command.stdout(Stdio::null());
        if !launch.keeps_stderr {
            command.stderr(Stdio::null());
        }
        let child = Command::from(command).spawn()?;
        drop(theirs);
        let pid = child.id().unwrap_or_default();
        let (reader, writer) = ours.into_split();
        let (outbox, frames) = mpsc::channel(WAITING_MAX);
        let (kill, killed) = mpsc::channel(1);
        tokio::spawn(write(frames, writer));
        tokio::spawn(attend(child, reader, killed, generation, inbox.clone()));
        Ok(Self {
            pid,
            generation,
            started: Instant::now(),
            outbox,
            kill,
        })
    }

    /// Says something to the process, without waiting for it to listen.
    pub(crate) fn send(&self, message: &ToVrrp) -> Result<(), SendError> {
        let frame = encode(message)?;
        self.outbox
            .try_send(frame)
            .map_err(|_| SendError::NotListening)
    }

    /// Kills the process. Its end arrives in the inbox.
    pub(crate) fn kill(&self) {
        // Full or closed: it is being killed or gone already.
        let _ = self.kill.try_send(());
    }
}

async fn write(mut frames: mpsc::Receiver<Vec<u8>>, mut writer: OwnedWriteHalf) {
    while let Some(frame) = frames.recv().await {
        if writer.write_all(&frame).await.is_err() {
            // The child is gone; its end is told elsewhere.
            return;
        }
    }
}

/// Hears the process out and then tells its end, so that nothing it said comes after that.
async fn attend(
    mut child: Child,
    reader: OwnedReadHalf,
    mut killed: mpsc::Receiver<()>,
    generation: u64,
    inbox: Inbox,
) {
    let status = tokio::select! {
        () = hear(reader, generation, &inbox) => farewell(&mut child, &mut killed).await,
        Some(()) = killed.recv() => None,
    };
    let status = match status {
        Some(status) => Some(status),
        None => kill(&mut child).await,
    };
    // The loop that would read this may have ended.
    let _ = inbox
        .send(Happening::VrrpEnded { generation, status })
        .await;
}

async fn hear(mut reader: OwnedReadHalf, generation: u64, inbox: &Inbox) {
    let mut frames = Frames::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => frames.push(&buffer[..read]),
        }
        loop {
            let message = match frames.take::<FromVrrp>() {
                Ok(Some(message)) => Box::new(message),
                Ok(None) => break,
                Err(error) => {
                    let text = format!("what the VRRP process says is not understood: {error}");
                    let message = Box::new(FromVrrp::Trouble(text));
                    let _ = inbox
                        .send(Happening::Vrrp {
                            generation,
                            message,
                        })
                        .await;
                    return;
                }
            };
            let happening = Happening::Vrrp {
                generation,
                message,
            };
            if inbox.send(happening).await.is_err() {
                return;
            }
        }
    }
}

/// Waits a while for the end of a process that says no more.
async fn farewell(child: &mut Child, killed: &mut mpsc::Receiver<()>) -> Option<ExitStatus> {
    tokio::select! {
        status = child.wait() => status.ok(),
        () = tokio::time::sleep(FAREWELL_MAX) => None,
        Some(()) = killed.recv() => None,
    }
}

async fn kill(child: &mut Child) -> Option<ExitStatus> {
    // It has ended in this moment when this fails.
    let _ = child.start_kill();
    timeout(FAREWELL_MAX, child.wait()).await.ok()?.ok()
}

/// When a child that died is started again.
#[derive(Debug, Default)]
pub(crate) struct Respawn {
    deaths: u32,
}

/// A child that lived this long did not die of its start.
const LIVED: Duration = Duration::from_secs(1);

/// So many children that died young are replaced at once: each second without one may cost the
/// VIPs.
const AT_ONCE: u32 = 3;

/// Longest pause before a new start.
const PAUSE_MAX: Duration = Duration::from_mins(1);

impl Respawn {
    /// How long to wait after a child died that had lived this long: not at all the first times
    /// and after a long life; 1, 2, 4 ... 60 seconds when they die young again and again.
    pub(crate) fn pause_after(&mut self, life: Duration) -> Duration {
        if life >= LIVED {
            self.deaths = 0;
            return Duration::ZERO;
        }
        self.deaths = self.deaths.saturating_add(1);
        match self.deaths.checked_sub(AT_ONCE + 1) {
            None => Duration::ZERO,
            // From 2^6 seconds on it is the longest pause anyhow.
            Some(more) => Duration::from_secs(1 << more.min(6)).min(PAUSE_MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_that_die_young_wait_longer_and_longer() {
        let mut respawn = Respawn::default();
        let young = Duration::from_millis(10);
        let pauses: Vec<u64> = (0..10)
            .map(|_| respawn.pause_after(young).as_secs())
            .collect();
        assert_eq!(pauses, [0, 0, 0, 1, 2, 4, 8, 16, 32, 60]);
        assert_eq!(respawn.pause_after(LIVED), Duration::ZERO);
        for expected in [0, 0, 0, 1] {
            assert_eq!(respawn.pause_after(young).as_secs(), expected);
        }
    }
}
