//! Plays a scenario with one daemon and notes everything that is to be seen.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::scenario::{Event, Scenario};
use super::servers::Servers;
use super::{Make, PATIENCE};

/// What was seen: lines, in sections that each end with a look.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) sections: Vec<(String, Vec<String>)>,
    pub(super) log: String,
}

/// What lines of the log are about servers and quorums.
const LOGGED: &[&str] = &[
    "Adding service",
    "Removing service",
    "Enabling service",
    "Disabling service",
    "sorry server",
    "alive servers",
    "quorum",
    "Changing weight",
    "no longer exist",
    "healthchecker for service",
    "Shutting down service",
];

/// Addresses that are here; all of 192.0.2.0/24 is.
const SETUP: &str = "ip link set lo up
ip addr add 192.0.2.1/24 dev lo
ip addr add fd00:2::1/64 dev lo nodad";

struct Play<'a> {
    scenario: &'a Scenario,
    make: Make,
    folder: PathBuf,
    servers: Servers,
    daemon: Option<Child>,
    seen: Seen,
    /// How much of each file was in earlier sections.
    shown: [usize; 3],
}

/// What is seen of one daemon, in a network namespace of this thread.
pub(super) fn play(scenario: &Scenario, make: Make, number: usize) -> Seen {
    unshare(CloneFlags::CLONE_NEWNET).expect("root in the virtual machine");
    shell(SETUP);
    let folder = PathBuf::from(format!("/run/{make:?}-{number}"));
    // One of an earlier try.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a folder");
    let mut play = Play {
        scenario,
        make,
        folder,
        servers: Servers::start(),
        daemon: None,
        seen: Seen::default(),
        shown: [0; 3],
    };
    play.prepare();
    play.start();
    for event in &scenario.events {
        play.happen(event);
    }
    if play.daemon.is_some() {
        play.stop();
        play.look("at the end");
    }
    play.seen.log = play.read("log");
    play.servers.stop();
    play.seen
}

fn shell(command: &str) -> String {
    let output = Command::new("/bin/sh").args(["-c", command]).output();
    let output = output.expect("a shell");
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Play<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read(self.path(name)).map_or_else(
            |_| String::new(),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    fn prepare(&self) {
        let d = self.folder.display();
        let note = format!("#!/bin/sh\necho \"$*\" >> {d}/notes\n");
        let exit = format!("#!/bin/sh\nread status < {d}/status-$1\nexit ${{status:-0}}\n");
        for (name, text) in [("note", note), ("exit", exit)] {
            let path = self.path(name);
            fs::write(&path, text).expect("a script");
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&path, mode).expect("a mode");
        }
        for name in ["notes", "fifo-notes", "log", "status-a", "status-b"] {
            fs::write(self.path(name), "").expect("a file");
        }
        if self.scenario.file.contains("$D/fifo") {
            shell(&format!("mkfifo -m 600 {d}/fifo"));
            let reader = format!("while :; do cat {d}/fifo; done >> {d}/fifo-notes");
            // It ends with the virtual machine.
            let reader = Command::new("/bin/sh").args(["-c", &reader]).spawn();
            drop(reader.expect("a reader"));
        }
        self.configure(&self.scenario.file);
    }

    fn configure(&self, text: &str) {
        let text = text.replace("$D", &self.folder.display().to_string());
        fs::write(self.path("conf"), text).expect("a configuration");
    }

    fn start(&mut self) {
        let log = File::options().append(true).open(self.path("log"));
        let log = log.expect("a log");
        let before = self.read("log").matches("Startup complete").count();
        let mut command = Command::new(self.program());
        command
            .args(["-n", "-l", "-D", "-f"])
            .arg(self.path("conf"));
        for (option, name) in [("-p", "pid"), ("-r", "vrrp"), ("-c", "checkers")] {
            command.arg(option).arg(self.path(name));
        }
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log);
        self.daemon = Some(command.spawn().expect("a daemon"));
        self.until("it has started", |play| {
            play.read("log").matches("Startup complete").count() > before
        });
    }

    /// What is started: vipd by the name that makes it take keepalived's options.
    fn program(&self) -> PathBuf {
        match self.make {
            Make::Keepalived => "/usr/sbin/keepalived".into(),
            Make::Vipd => {
                let link = self.path("keepalived");
                // It is there already when this is not the first start.
                let _ = std::os::unix::fs::symlink(super::VIPD, &link);
                link
            }
        }
    }

    fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so(self) {
            let name = &self.scenario.name;
            assert!(
                Instant::now() < end,
                "{name}, {:?}: {what} not within {PATIENCE:?}\n{}\n{}",
                self.make,
                table(),
                self.read("log")
            );
            sleep(Duration::from_millis(50));
        }
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Sleep(time) => sleep(*time),
            Event::Await { words, there } => self.until(words, |_| {
                table().lines().any(|line| line.contains(words)) == *there
            }),
            Event::AwaitNote(words) => {
                self.until(words, |play| play.read("notes").contains(words));
            }
            Event::AwaitLog(words) => {
                self.until(words, |play| play.read("log").contains(words));
            }
            Event::Look => {
                let number = self.seen.sections.len() + 1;
                self.look(&format!("look {number}"));
            }
            Event::Reload(name) => {
                let file = self.scenario.others.get(name);
                self.configure(file.expect("a file of that name"));
                self.signal(Signal::SIGHUP);
            }
            Event::Server { address, lives } => self.servers.set(address, *lives),
            Event::Answer {
                path,
                status,
                after,
            } => self.servers.answer(path, (*status, *after)),
            Event::Status { name, status } => self.write(&format!("status-{name}"), status),
            Event::File { name, text } => self.write(name, text),
            Event::Address { address, is_here } => {
                let word = if *is_here { "add" } else { "del" };
                shell(&format!("ip addr {word} {address}/32 dev lo"));
            }
            Event::Shell(command) => {
                shell(&command.replace("$D", &self.folder.display().to_string()));
            }
            Event::Stop => self.stop(),
            Event::Kill => self.kill(),
            Event::KillChecker => self.kill_checker(),
            Event::Start => self.start(),
        }
    }

    /// Writes a file as a whole, so that nobody reads half of it.
    fn write(&self, name: &str, text: &str) {
        let new = self.path("new");
        fs::write(&new, format!("{text}\n")).expect("a file");
        fs::rename(new, self.path(name)).expect("a file");
    }

    fn pid(&self) -> Pid {
        let id = self.daemon.as_ref().expect("a daemon").id();
        Pid::from_raw(i32::try_from(id).expect("a process"))
    }

    fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("a signal");
    }

    fn stop(&mut self) {
        self.signal(Signal::SIGTERM);
        let end = Instant::now() + PATIENCE;
        let mut daemon = self.daemon.take().expect("a daemon");
        let status = loop {
            if let Some(status) = daemon.try_wait().expect("a status") {
                break status;
            }
            assert!(
                Instant::now() < end,
                "it does not end\n{}",
                self.read("log")
            );
            sleep(Duration::from_millis(50));
        };
        let section = (String::from("stop"), vec![format!("ended: {status}")]);
        self.seen.sections.push(section);
    }

    fn kill(&mut self) {
        let children = shell(&format!("pgrep -P {} || true", self.pid()));
        self.signal(Signal::SIGKILL);
        for child in children.split_whitespace() {
            // One that sees its parent go may be gone too.
            let _ = kill(
                Pid::from_raw(child.parse().expect("a number")),
                Signal::SIGKILL,
            );
        }
        let mut daemon = self.daemon.take().expect("a daemon");
        daemon.wait().expect("an end");
        shell(&format!(
            "rm -f {0}/pid {0}/vrrp {0}/checkers",
            self.folder.display()
        ));
    }

    fn kill_checker(&self) {
        let checker = match self.make {
            Make::Keepalived => self.read("checkers"),
            Make::Vipd => shell(&format!("pgrep -P {} -f checker", self.pid())),
        };
        let checker = checker.trim().parse().expect("the process of the checks");
        kill(Pid::from_raw(checker), Signal::SIGKILL).expect("a signal");
    }

    fn look(&mut self, title: &str) {
        let mut lines: Vec<String> = table()
            .lines()
            .map(|line| format!("table: {line}"))
            .collect();
        lines.sort();
        let mut scripts = self.fresh(0, "notes");
        // Scripts run beside each other.
        scripts.sort();
        lines.extend(scripts.into_iter().map(|line| format!("script: {line}")));
        let fifo = self.fresh(1, "fifo-notes").into_iter();
        lines.extend(fifo.map(|line| format!("fifo: {}", line.replace('\0', "<NUL>"))));
        let mut logged = self.fresh(2, "log");
        logged.retain(|line| LOGGED.iter().any(|words| line.contains(words)));
        lines.extend(
            logged
                .iter()
                .map(|line| format!("log: {}", without_time(line))),
        );
        self.seen.sections.push((title.to_owned(), lines));
    }

    /// Lines of a file that were not there before.
    fn fresh(&mut self, place: usize, name: &str) -> Vec<String> {
        let text = self.read(name);
        let new = text.get(self.shown[place]..).unwrap_or_default();
        self.shown[place] = text.len();
        new.lines().map(str::to_owned).collect()
    }
}

/// A line of the log without the time, and who says it.
fn without_time(line: &str) -> &str {
    let starts = LOGGED_STARTS.iter().filter_map(|start| line.find(start));
    starts.min().map_or(line, |at| &line[at..])
}

/// How lines of the log begin.
const LOGGED_STARTS: &[&str] = &[
    "Adding ",
    "Removing ",
    "Enabling ",
    "Disabling ",
    "Gained ",
    "Lost ",
    "Starting ",
    "Changing ",
    "service ",
    "Activating ",
    "Suspending ",
];

fn table() -> String {
    let output = Command::new("ipvsadm").arg("-Sn").output();
    String::from_utf8_lossy(&output.expect("ipvsadm").stdout).into_owned()
}
