//! Children as the supervisor sees them: started, spoken to, missed when they die.

use std::ffi::OsString;
use std::io;
use std::marker::PhantomData;
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use vipd_linux::process;

use super::happening::{Happening, Inbox};
use crate::messages::{Frames, FromChecker, FromVrrp, ToChecker, ToVrrp, encode};

/// Names the part that a child plays, in its environment.
pub(crate) const ROLE: &str = "VIPD_CHILD";

/// A part that a child plays.
pub(crate) trait Part: 'static {
    /// Its word in the environment, and in the configuration.
    const WORD: &'static str;
    /// What the supervisor says to it.
    type To: Serialize;
    /// What it says.
    type From: DeserializeOwned + Send;

    /// It says something.
    fn says(generation: u64, message: Self::From) -> Happening;
    /// It has ended.
    fn ends(generation: u64, status: Option<ExitStatus>) -> Happening;
    /// A log line in its name.
    fn trouble(text: String) -> Self::From;
}

/// The VRRP process.
#[derive(Debug)]
pub(crate) struct Vrrp;

impl Part for Vrrp {
    const WORD: &'static str = "vrrp";
    type To = ToVrrp;
    type From = FromVrrp;

    fn says(generation: u64, message: FromVrrp) -> Happening {
        Happening::Vrrp {
            generation,
            message: Box::new(message),
        }
    }

    fn ends(generation: u64, status: Option<ExitStatus>) -> Happening {
        Happening::VrrpEnded { generation, status }
    }

    fn trouble(text: String) -> FromVrrp {
        FromVrrp::Trouble(text)
    }
}

/// The checker process.
#[derive(Debug)]
pub(crate) struct Checker;

impl Part for Checker {
    const WORD: &'static str = "checker";
    type To = ToChecker;
    type From = FromChecker;

    fn says(generation: u64, message: FromChecker) -> Happening {
        Happening::Checker {
            generation,
            message: Box::new(message),
        }
    }

    fn ends(generation: u64, status: Option<ExitStatus>) -> Happening {
        Happening::CheckerEnded { generation, status }
    }

    fn trouble(text: String) -> FromChecker {
        FromChecker::Trouble(text)
    }
}

/// Messages that may wait for the child to read.
const WAITING_MAX: usize = 4096;

/// How long a child that has closed its socket may take to end.
const FAREWELL_MAX: Duration = Duration::from_secs(5);

/// A running child.
#[derive(Debug)]
pub(crate) struct Running<P> {
    /// Its process number.
    pub(crate) pid: u32,
    /// Which start of the process this is.
    pub(crate) generation: u64,
    /// When it was started.
    pub(crate) started: Instant,
    outbox: mpsc::Sender<Vec<u8>>,
    kill: mpsc::Sender<()>,
    part: PhantomData<P>,
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

impl<P: Part> Running<P> {
    /// Starts the process. What it says and its end arrive in the inbox.
    pub(crate) fn start(launch: &Launch, generation: u64, inbox: &Inbox) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let ours = UnixStream::from_std(ours)?;
        let theirs = OwnedFd::from(theirs);
        let role = [
            (OsString::from(ROLE), OsString::from(P::WORD)),
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
        tokio::spawn(attend::<P>(
            child,
            reader,
            killed,
            generation,
            inbox.clone(),
        ));
        Ok(Self {
            pid,
            generation,
            started: Instant::now(),
            outbox,
            kill,
            part: PhantomData,
        })
    }

    /// Says something to the process, without waiting for it to listen.
    pub(crate) fn send(&self, message: &P::To) -> Result<(), SendError> {
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
async fn attend<P: Part>(
    mut child: Child,
    reader: OwnedReadHalf,
    mut killed: mpsc::Receiver<()>,
    generation: u64,
    inbox: Inbox,
) {
    let status = tokio::select! {
        () = hear::<P>(reader, generation, &inbox) => farewell(&mut child, &mut killed).await,
        Some(()) = killed.recv() => None,
    };
    let status = match status {
        Some(status) => Some(status),
        None => kill(&mut child).await,
    };
    // The loop that would read this may have ended.
    let _ = inbox.send(P::ends(generation, status)).await;
}

async fn hear<P: Part>(mut reader: OwnedReadHalf, generation: u64, inbox: &Inbox) {
    let mut frames = Frames::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => frames.push(&buffer[..read]),
        }
        loop {
            let message = match frames.take::<P::From>() {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(error) => {
                    let word = P::WORD;
                    let text = format!("what the {word} process says is not understood: {error}");
                    let _ = inbox.send(P::says(generation, P::trouble(text))).await;
                    return;
                }
            };
            if inbox.send(P::says(generation, message)).await.is_err() {
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
