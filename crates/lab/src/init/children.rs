//! Processes of a host: started on order, reaped whoever they are.

use std::fs::OpenOptions;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::files;
use crate::conversation::{Line, Reply, Start};

/// Where programs are looked for. The lab's own links come first.
const PATH: &str = "/run/lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// An open conversation and the process that was started in it.
pub(super) struct Conversation {
    pub(super) line: Line,
    child: Option<Pid>,
}

impl Conversation {
    pub(super) fn new(descriptor: OwnedFd) -> Self {
        Self {
            line: Line::from_descriptor(descriptor),
            child: None,
        }
    }

    /// Starts a process in a process group of its own. `descriptors` are its input, output and
    /// error output; what is missing is `/dev/null`.
    pub(super) fn start(
        &mut self,
        start: &Start,
        descriptors: Vec<OwnedFd>,
    ) -> Result<u32, String> {
        let mut command = command(start);
        let mut descriptors = descriptors.into_iter();
        let mut next = || descriptors.next().map_or_else(Stdio::null, Stdio::from);
        command.stdin(next()).stdout(next()).stderr(next());
        if let Some(path) = &start.output_file {
            let log = log_file(path)?;
            let again = log.try_clone().map_err(|e| format!("{path}: {e}"))?;
            command.stdout(log).stderr(again);
        }
        // Children inherit the mask; what ends meanwhile is found by the next reaping.
        let mask = SigSet::from_iter([Signal::SIGCHLD]);
        mask.thread_unblock().map_err(|e| e.to_string())?;
        let child = command.spawn();
        mask.thread_block().map_err(|e| e.to_string())?;
        let child = child.map_err(|e| format!("cannot start {}: {e}", start.program))?;
        let number = child.id();
        self.child = i32::try_from(number).ok().map(Pid::from_raw);
        Ok(number)
    }

    /// Kills the process and all its descendants. Each is stopped before its children are looked
    /// for, so that none can start another in the meantime.
    pub(super) fn kill_tree(&self) -> Result<(), String> {
        let child = self.child.ok_or("the process has ended")?;
        let mut all = vec![child];
        loop {
            for pid in &all {
                // Who has ended meanwhile needs no stopping.
                let _ = kill(*pid, Signal::SIGSTOP);
            }
            let mut now = vec![child];
            now.extend(descendants(child));
            if now.len() == all.len() {
                break;
            }
            all = now;
        }
        for pid in all {
            let _ = kill(pid, Signal::SIGKILL);
        }
        Ok(())
    }

    /// Signals the process that was started in this conversation, if it still runs.
    pub(super) fn signal(&self, signal: i32) -> Result<(), String> {
        let signal = Signal::try_from(signal).map_err(|e| e.to_string())?;
        match self.child {
            Some(child) => kill(child, signal).map_err(|e| format!("cannot signal {child}: {e}")),
            None => Err("the process has ended".to_owned()),
        }
    }
}

/// All descendants of a process, as far as their parents still live.
fn descendants(of: Pid) -> Vec<Pid> {
    let parents: Vec<(Pid, Pid)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| parent(entry.ok()?.file_name().to_str()?.parse().ok()?))
        .collect();
    let mut found = vec![of];
    let mut looked_at = 0;
    while let Some(current) = found.get(looked_at).copied() {
        let children = parents.iter().filter(|(_, parent)| *parent == current);
        found.extend(children.map(|(child, _)| *child));
        looked_at += 1;
    }
    found.split_off(1)
}

/// A process and its parent, by `/proc/PID/stat`: the second field after the name in parentheses.
fn parent(pid: i32) -> Option<(Pid, Pid)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let parent = rest.split(' ').nth(1)?.parse().ok()?;
    Some((Pid::from_raw(pid), Pid::from_raw(parent)))
}

fn command(start: &Start) -> Command {
    let mut command = Command::new(&start.program);
    if let Some(called) = &start.called {
        command.arg0(called);
    }
    command
        .args(&start.arguments)
        .env_clear()
        .env("PATH", PATH)
        .env("HOME", "/root")
        .env("LANG", "C.UTF-8")
        .envs(start.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(start.directory.as_deref().unwrap_or("/"))
        .process_group(0);
    command
}

fn log_file(path: &str) -> Result<std::fs::File, String> {
    files::make_room(path)?;
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|e| format!("cannot open {path}: {e}"))
}

/// Signals every process of the host but this one.
pub(super) fn signal_all(signal: i32) -> Result<(), String> {
    let signal = Signal::try_from(signal).map_err(|e| e.to_string())?;
    match kill(Pid::from_raw(-1), signal) {
        Ok(()) | Err(nix::errno::Errno::ESRCH) => Ok(()),
        Err(e) => Err(format!("cannot signal all processes: {e}")),
    }
}

/// Takes in every process that has ended and tells whoever started it.
pub(super) fn reap(conversations: &mut [Conversation]) {
    loop {
        let (pid, status) = match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) => (pid, code << 8),
            Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, signal as i32),
            Ok(WaitStatus::StillAlive) | Err(_) => return,
            Ok(_) => continue,
        };
        for conversation in conversations.iter_mut().filter(|c| c.child == Some(pid)) {
            conversation.child = None;
            // Who started it may be gone already.
            let _ = conversation.line.say(&Reply::Ended(status), &[]);
        }
    }
}
