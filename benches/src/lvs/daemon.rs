//! A daemon of either make in this network namespace, and the file it gets.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Result;
use super::field::{self, Kind, LIVING, MORTAL, PER_SERVICE};
use crate::measure::family_named;
use crate::stage::Make;

/// How often something is looked at that nobody tells of.
const LOOK: Duration = Duration::from_millis(20);

/// What is balanced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Real servers.
    pub(super) servers: usize,
    /// Those of them that are at the port of the mortal: the first ones.
    pub(super) mortal: usize,
    /// How they are checked; `None`: not at all.
    pub(super) check: Option<Kind>,
    /// Seconds between checks.
    pub(super) delay_loop: u32,
}

impl Plan {
    /// The port of a real server.
    pub(super) fn port(&self, number: usize) -> u16 {
        if number < self.mortal { MORTAL } else { LIVING }
    }

    /// The configuration.
    pub(super) fn text(&self) -> String {
        let check = match self.check {
            None => "",
            Some(Kind::Tcp) => "  TCP_CHECK {\n   connect_timeout 3\n   retry 0\n  }\n",
            Some(Kind::Http) => {
                "  HTTP_GET {\n   url {\n    path /\n    status_code 200\n   }\n   \
                 connect_timeout 3\n   retry 0\n  }\n"
            }
        };
        let mut text = String::new();
        for number in 0..self.servers {
            if number % PER_SERVICE == 0 {
                let end = if number == 0 { "" } else { "}\n" };
                let at = field::service(number / PER_SERVICE);
                let delay = self.delay_loop;
                // Writing to a String cannot fail.
                let _ = write!(
                    text,
                    "{end}virtual_server {at} 80 {{\n delay_loop {delay}\n lb_algo rr\n \
                     lb_kind NAT\n protocol TCP\n"
                );
            }
            let (at, port) = (field::address(number), self.port(number));
            let _ = write!(
                text,
                " real_server {at} {port} {{\n  weight 1\n{check} }}\n"
            );
        }
        text + "}\n"
    }
}

/// A running daemon; killed when dropped.
pub(super) struct Daemon {
    child: Child,
    folder: PathBuf,
}

impl Daemon {
    pub(super) fn start(make: Make, plan: &Plan) -> Result<Self> {
        let folder = PathBuf::from(format!("/run/{make:?}"));
        let problem = |error: std::io::Error| format!("{}: {error}", folder.display());
        // One of an earlier run.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).map_err(problem)?;
        fs::write(folder.join("conf"), plan.text()).map_err(problem)?;
        let program = match make {
            Make::Keepalived => PathBuf::from("/usr/sbin/keepalived"),
            Make::Vipd => {
                let link = folder.join("keepalived");
                symlink(crate::vipd()?, &link).map_err(problem)?;
                link
            }
        };
        let log = File::create(folder.join("log")).map_err(problem)?;
        let mut command = Command::new(program);
        command.args(["-n", "-l", "-f"]).arg(folder.join("conf"));
        for (option, name) in [("-p", "pid"), ("-r", "vrrp"), ("-c", "checkers")] {
            command.arg(option).arg(folder.join(name));
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(problem)?)
            .stderr(log)
            .spawn()
            .map_err(problem)?;
        Ok(Self { child, folder })
    }

    /// What it has said.
    pub(super) fn said(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// All its processes.
    pub(super) fn pids(&self) -> Vec<u32> {
        family_named(self.child.id(), "keepalived")
    }

    /// Waits until something is so, for this long at most; whether it was.
    pub(super) fn until(limit: Duration, mut is_so: impl FnMut() -> bool) -> bool {
        let end = Instant::now() + limit;
        while !is_so() {
            if Instant::now() > end {
                return false;
            }
            sleep(LOOK);
        }
        true
    }

    /// Kills all its processes: what they leave in the kernel goes with the network namespace.
    pub(super) fn kill(self) {
        for pid in self.pids() {
            // One that has gone already is as good.
            let pid = i32::try_from(pid).map(Pid::from_raw);
            let _ = pid.map(|pid| kill(pid, Signal::SIGKILL));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Both fail only if it has gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
