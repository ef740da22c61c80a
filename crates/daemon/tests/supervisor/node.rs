//! A host in a network namespace of its own, with a daemon on it whose log is read.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use vipd_daemon::supervisor::{LogOptions, Options, run};
use vipd_linux::namespace::Network;
use vipd_linux::netlink::create::{self, End};
use vipd_linux::netlink::{NewAddress, Route};

/// First argument that makes this program the daemon; the folder with its files follows.
pub(super) const DAEMON: &str = "be-the-daemon";

/// Time after which something awaited will not come any more.
const PATIENCE: Duration = Duration::from_secs(20);

/// The VIP of every case.
pub(super) const VIP: &str = "10.9.0.9";

/// Runs the daemon on the files of a folder.
pub(super) fn be_the_daemon(words: &[String]) -> u8 {
    let folder = PathBuf::from(&words[0]);
    run(Options {
        config_file: folder.join("keepalived.conf").display().to_string(),
        arguments: std::env::args_os().collect(),
        invoked_as: "keepalived".to_owned(),
        foreground: true,
        pid_file: Some(folder.join("keepalived.pid")),
        vrrp_pid_file: Some(folder.join("vrrp.pid")),
        log: LogOptions {
            console: true,
            detail: 1,
            facility: None,
            no_syslog: true,
        },
        notify_systemd: true,
        ..Options::default()
    })
}

/// A host with one interface, `eth0`, and a folder for files.
pub(super) struct Node {
    folder: tempfile::TempDir,
    route: Route,
}

impl Node {
    /// Makes the host for the calling thread and everything it starts.
    pub(super) fn new() -> Self {
        unshare(CloneFlags::CLONE_NEWNET)
            .expect("these tests make network namespaces: run them as root, or under `unshare --map-root-user`");
        let here = Network::current().unwrap();
        let mut route = Route::open().unwrap();
        let end = |name, index| End {
            name,
            network: &here,
            index,
        };
        create::veth(&mut route, end("eth0", 100), end("p0", 200)).unwrap();
        for name in ["lo", "eth0", "p0"] {
            create::set_up(&mut route, name, true).unwrap();
        }
        let mut address = NewAddress::new(100, "10.9.0.1".parse().unwrap());
        address.prefix_len = 24;
        route.request(address.add()).unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            route,
        }
    }

    /// A path in the folder.
    pub(super) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// What stands in a file of the folder.
    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Writes a script into the folder and returns its path.
    pub(super) fn script(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Writes the configuration: one instance with these further lines, after these blocks.
    pub(super) fn configure(&self, blocks: &str, lines: &str) {
        let text = format!(
            "{blocks}\nvrrp_instance A {{\n interface eth0\n version 3\n virtual_router_id 51\n \
             priority 100\n advert_int 0.1\n virtual_ipaddress {{\n {VIP}/24\n }}\n{lines}\n}}\n"
        );
        fs::write(self.path("keepalived.conf"), text).unwrap();
    }

    /// Whether the host has an address.
    pub(super) fn has(&mut self, address: &str) -> bool {
        let address: IpAddr = address.parse().unwrap();
        let all = self.route.addresses(None).unwrap();
        all.iter().any(|found| found.address == address)
    }

    /// Starts the daemon, with these environment variables.
    pub(super) fn start(&self, variables: &[(&str, &str)]) -> Daemon {
        let mut child = Command::new("/proc/self/exe")
            .args([DAEMON, self.folder.path().to_str().unwrap()])
            .env("TMPDIR", self.folder.path())
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Daemon {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// Starts the daemon and waits until it is master.
    pub(super) fn start_master(&self, variables: &[(&str, &str)]) -> Daemon {
        let mut daemon = self.start(variables);
        daemon.wait_for("(A) Entering MASTER STATE");
        daemon.wait_for("(A) setting VIPs");
        daemon
    }

    /// Process number of the VRRP process.
    pub(super) fn vrrp_pid(&self) -> i32 {
        self.read("vrrp.pid").trim().parse().unwrap()
    }
}

/// A running daemon. It does not outlive this value.
pub(super) struct Daemon {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Daemon {
    /// Waits for a log line with this text, and returns it.
    pub(super) fn wait_for(&mut self, text: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(error) => panic!("no `{text}` ({error}) in\n{}", self.seen.join("\n")),
            }
        }
    }

    /// Sends a signal to the supervisor.
    pub(super) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, signal).unwrap();
    }

    /// Waits for the end and returns the exit status.
    pub(super) fn wait(mut self) -> i32 {
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.seen.push(line);
        }
        let status = self.child.wait().unwrap().code();
        status.unwrap_or_else(|| panic!("killed after\n{}", self.seen.join("\n")))
    }

    /// Stops the daemon and returns the exit status.
    pub(super) fn stop(self) -> i32 {
        self.signal(Signal::SIGTERM);
        self.wait()
    }

    /// Process number of the supervisor.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until there is the VRRP process and as many others, and returns those.
    pub(super) fn await_others(&self, vrrp: i32, wanted: usize) -> Vec<i32> {
        let pid = self.child.id();
        let start = Instant::now();
        loop {
            let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
            let pids = children.split_ascii_whitespace();
            let mut others: Vec<i32> = pids.map(|pid| pid.parse().unwrap()).collect();
            others.retain(|pid| *pid != vrrp);
            if others.len() == wanted {
                return others;
            }
            assert!(start.elapsed() < PATIENCE, "{vrrp} and {others:?}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// The log so far.
    pub(super) fn log(&self) -> String {
        self.seen.join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Kills or stops a process.
pub(super) fn send(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).unwrap();
}
