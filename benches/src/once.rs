//! What one run of a program costs, as its parent is told by the kernel.
//!
//! The program that runs it is this one again, started in the host: so nothing of the lab is
//! between, and the kernel counts for nobody else.

use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;
use vipd_lab::{Error, Host, Result};

use crate::stage::PATIENCE;

/// The argument that makes this program run another one and say what that cost.
pub(crate) const ARGUMENT: &str = "run-once";

/// What a run cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// From start to end, milliseconds.
    pub(crate) wall_ms: f64,
    /// Time on a processor, of the program and of the kernel for it, milliseconds.
    pub(crate) cpu_ms: f64,
    /// Most memory at a time (resident set size), kilobytes.
    pub(crate) memory_kb: f64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    /// By itself, with success.
    Ended(Cost),
    /// It was killed after the time limit.
    Endless(Duration),
}

/// Runs a program in a host, for `limit` at most. It must succeed.
pub(crate) fn run(host: &Host, limit: Duration, words: &[&str]) -> Result<Run> {
    let lost = |why: String| Error::Timeout {
        what: format!("{} to succeed: {why}", words.join(" ")),
        limit,
    };
    let own = std::env::current_exe().map_err(|error| lost(error.to_string()))?;
    let output = host
        .command(own.to_string_lossy())
        .args([ARGUMENT.to_owned(), limit.as_secs().to_string()])
        .args(words.iter().copied())
        .output(limit + PATIENCE)?;
    let mut numbers = output.stdout.split_whitespace().map(str::parse::<f64>);
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(wall_ms)), Some(Ok(cpu_ms)), Some(Ok(memory_kb))) => Ok(Run::Ended(Cost {
            wall_ms,
            cpu_ms,
            memory_kb,
        })),
        _ if output.stdout.starts_with("endless") => Ok(Run::Endless(limit)),
        _ => Err(lost(output.stderr)),
    }
}

/// What this program does in the host: the arguments are a limit in seconds and a command line.
pub(crate) fn main(words: &[String]) -> std::result::Result<String, String> {
    let (limit, rest) = words.split_first().ok_or("run-once wants a time limit")?;
    let limit = limit.parse().map(Duration::from_secs);
    let limit = limit.map_err(|error| error.to_string())?;
    let (program, arguments) = rest.split_first().ok_or("run-once wants a program")?;
    let before = children()?;
    let start = Instant::now();
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let Some(status) = wait(child, limit).map_err(|error| error.to_string())? else {
        return Ok("endless".to_owned());
    };
    let wall_ms = start.elapsed().as_secs_f64() * 1e3;
    if !status.success() {
        return Err(status.to_string());
    }
    let after = children()?;
    let cpu_us = microseconds(&after) - microseconds(&before);
    Ok(format!(
        "{wall_ms} {} {}",
        Duration::from_micros(cpu_us).as_secs_f64() * 1e3,
        after.max_rss()
    ))
}

/// What all children that have ended used.
fn children() -> std::result::Result<Usage, String> {
    getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())
}

fn microseconds(usage: &Usage) -> u64 {
    let both = usage.user_time() + usage.system_time();
    u64::try_from(both.num_microseconds()).unwrap_or(0)
}

/// Waits for the end of a child. One that takes longer is killed, and `None` is returned.
fn wait(mut child: Child, limit: Duration) -> io::Result<Option<std::process::ExitStatus>> {
    let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    let (ended, end) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        let late = end.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout);
        if late {
            // It may have ended just now; then there is nobody to kill.
            let _ = kill(pid, Signal::SIGKILL);
        }
        late
    });
    let status = child.wait();
    // The watch has gone when it has killed.
    let _ = ended.send(());
    let late = watch.join().unwrap_or(true);
    status.map(|status| (!late).then_some(status))
}
