//! Programs that run in a host, and what they say.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::sys::signal::Signal;
use nix::unistd::pipe2;

use crate::conversation::{Line, Order, Reply, Start};
use crate::host::in_memory;
use crate::{Error, Host, Result};

/// A program to run in a host, in all its namespaces.
#[derive(Debug)]
pub struct Command<'a> {
    host: &'a Host,
    start: Start,
    input: Vec<u8>,
}

impl<'a> Command<'a> {
    pub(crate) fn new(host: &'a Host, program: String) -> Self {
        let start = Start {
            program,
            ..Start::default()
        };
        Self {
            host,
            start,
            input: Vec::new(),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.start.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<T: Into<String>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.start
            .arguments
            .extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Calls the program by another name (`argv[0]`).
    #[must_use]
    pub fn called(mut self, name: impl Into<String>) -> Self {
        self.start.called = Some(name.into());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.start.environment.push((name.into(), value.into()));
        self
    }

    /// Sets the working directory; `/` when not set.
    #[must_use]
    pub fn directory(mut self, path: impl Into<String>) -> Self {
        self.start.directory = Some(path.into());
        self
    }

    /// What it reads from standard input; nothing when not set.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Appends all its output to a file in the host instead of keeping it here.
    #[must_use]
    pub fn output_file(mut self, path: impl Into<String>) -> Self {
        self.start.output_file = Some(path.into());
        self
    }

    /// Starts it. It runs on when the [`Process`] is dropped, until the host ends.
    pub fn spawn(self) -> Result<Process> {
        let pipe = || pipe2(OFlag::O_CLOEXEC).map_err(|e| Error::io("make a pipe", e));
        let (output, output_end) = pipe()?;
        let (errors, errors_end) = pipe()?;
        let input = in_memory(&self.input)?;
        let line = self.host.converse()?;
        let descriptors = [&input, &output_end, &errors_end];
        let pid = start(self.host.name(), &line, self.start.clone(), descriptors)?;
        drop((output_end, errors_end));
        let said = Arc::new(Transcript::default());
        said.follow(output, Stream::Output);
        said.follow(errors, Stream::Errors);
        Ok(Process {
            what: format!("{} in host {}", self.start.program, self.host.name()),
            pid,
            line,
            ended: None,
            said,
        })
    }

    /// Runs it to its end and returns what it said. It is killed when it takes longer.
    pub fn output(self, limit: Duration) -> Result<Output> {
        let mut process = self.spawn()?;
        match process.wait(limit) {
            Ok(status) => Ok(process.said.whole(status)),
            Err(error) => {
                // The wait is what failed; the kill is a courtesy.
                let _ = process.kill(Signal::SIGKILL);
                Err(error)
            }
        }
    }

    /// Runs it to its end. It is killed when it takes longer.
    pub fn status(self, limit: Duration) -> Result<ExitStatus> {
        self.output(limit).map(|output| output.status)
    }
}

/// What a program said until its end.
#[derive(Clone, Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error output.
    pub stderr: String,
}

/// A process that was started in a host.
#[derive(Debug)]
pub struct Process {
    what: String,
    pid: u32,
    line: Line,
    ended: Option<ExitStatus>,
    said: Arc<Transcript>,
}

impl Process {
    /// Its number inside the host.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits for its end.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let end = Instant::now() + limit;
        while self.ended.is_none() {
            let left = end.saturating_duration_since(Instant::now());
            if !self.line.wait(Some(left)).map_err(|e| self.lost(e))? {
                let what = format!("the end of {}", self.what);
                return Err(Error::Timeout { what, limit });
            }
            self.hear()?;
        }
        Ok(self.ended.unwrap_or_default())
    }

    /// How it ended, if it has.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        while self.ended.is_none()
            && self
                .line
                .wait(Some(Duration::ZERO))
                .map_err(|e| self.lost(e))?
        {
            self.hear()?;
        }
        Ok(self.ended)
    }

    /// Sends it a signal.
    pub fn kill(&self, signal: Signal) -> Result<()> {
        self.line
            .say(&Order::Signal(signal as i32), &[])
            .map_err(|e| self.lost(e))
    }

    /// Kills it and all its descendants at once, none having a chance to notice.
    pub fn kill_tree(&self) -> Result<()> {
        self.line
            .say(&Order::KillTree, &[])
            .map_err(|e| self.lost(e))
    }

    /// Waits until a line of its output or error output contains `text`, and returns the line.
    /// What it has said already counts.
    pub fn await_line(&self, text: &str, limit: Duration) -> Result<String> {
        self.said.await_line(text, limit).ok_or_else(|| {
            let what = format!("\"{text}\" from {}; it said:\n{}", self.what, self.said());
            Error::Timeout { what, limit }
        })
    }

    /// Everything it has said so far, output before error output.
    pub fn said(&self) -> String {
        let said = self.said.lock();
        format!(
            "{}{}",
            String::from_utf8_lossy(&said.output),
            String::from_utf8_lossy(&said.errors)
        )
    }

    /// Takes in what the host says about it.
    fn hear(&mut self) -> Result<()> {
        match self.line.hear::<Reply>().map_err(|e| self.lost(e))? {
            Some((Reply::Ended(status), _)) => self.ended = Some(ExitStatus::from_raw(status)),
            Some(_) => {}
            // The host is gone, and every process with it.
            None => self.ended = Some(ExitStatus::from_raw(Signal::SIGKILL as i32)),
        }
        Ok(())
    }

    fn lost(&self, error: io::Error) -> Error {
        Error::io(format!("hear of {}", self.what), error)
    }
}

/// Orders a start over `line` and waits until it runs; its number inside the host.
pub(crate) fn start(
    host: &str,
    line: &Line,
    start: Start,
    descriptors: [&OwnedFd; 3],
) -> Result<u32> {
    let failed = |e| Error::io(format!("talk to host {host}"), e);
    let with = descriptors.map(AsFd::as_fd);
    line.say(&Order::Start(start), &with).map_err(failed)?;
    match line.hear::<Reply>().map_err(failed)? {
        Some((Reply::Started(pid), _)) => Ok(pid),
        Some((Reply::Failed(why), _)) => Err(Error::Refused {
            host: host.to_owned(),
            why,
        }),
        Some((Reply::Done | Reply::Ended(_), _)) | None => Err(Error::Missing {
            what: format!("answer of host {host}"),
        }),
    }
}

#[derive(Clone, Copy, Debug)]
enum Stream {
    Output,
    Errors,
}

/// What a process has said so far.
#[derive(Debug, Default)]
struct Transcript {
    said: Mutex<Said>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Said {
    output: Vec<u8>,
    errors: Vec<u8>,
    streams_ended: u8,
}

impl Transcript {
    fn lock(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a stream on a thread of its own, until its end.
    fn follow(self: &Arc<Self>, stream: OwnedFd, kind: Stream) {
        let transcript = Arc::clone(self);
        let mut stream = File::from(stream);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            loop {
                let length = match stream.read(&mut chunk) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    read => read.unwrap_or(0),
                };
                let mut said = transcript.lock();
                match kind {
                    _ if length == 0 => said.streams_ended += 1,
                    Stream::Output => said.output.extend_from_slice(&chunk[..length]),
                    Stream::Errors => said.errors.extend_from_slice(&chunk[..length]),
                }
                drop(said);
                transcript.more.notify_all();
                if length == 0 {
                    return;
                }
            }
        });
    }

    fn await_line(&self, text: &str, limit: Duration) -> Option<String> {
        let end = Instant::now() + limit;
        let mut said = self.lock();
        loop {
            let line = [&said.output, &said.errors].into_iter().find_map(|all| {
                let all = String::from_utf8_lossy(all);
                all.lines()
                    .find(|line| line.contains(text))
                    .map(str::to_owned)
            });
            let left = end.saturating_duration_since(Instant::now());
            if line.is_some() || left.is_zero() {
                return line;
            }
            said = match self.more.wait_timeout(said, left) {
                Ok((said, _)) => said,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Waits a moment for the ends of the streams: a grandchild may hold them for ever.
    fn whole(&self, status: ExitStatus) -> Output {
        let end = Instant::now() + Duration::from_millis(200);
        let mut said = self.lock();
        while said.streams_ended < 2 {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            said = match self.more.wait_timeout(said, left) {
                Ok((said, _)) => said,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        Output {
            status,
            stdout: String::from_utf8_lossy(&said.output).into_owned(),
            stderr: String::from_utf8_lossy(&said.errors).into_owned(),
        }
    }
}
