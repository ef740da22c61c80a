//! Plays a scenario with one daemon and notes everything that is to be seen.

use std::str::FromStr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use vipd_lab::{Capture, Process, Signal};

use super::packets;
use super::scenario::{Event, Scenario};
use super::seen::{Advert, Seen};
use crate::stage::{CONFIGURATION, Node, PATIENCE, Stage, TAKEOVER, ip};
use crate::{Make, node};

/// Where scripts note what they were called with.
const NOTES: &str = "/etc/keepalived/notes";
/// Where lines of the FIFO `/run/fifo` are noted.
const FIFO_NOTES: &str = "/etc/keepalived/fifo-notes";
const SCRIPT: &str = "#!/bin/sh\necho \"$*\" >> /etc/keepalived/notes\n";

/// What makes both runs start from the same: addresses that do not depend on chance, a second
/// interface, and IPv6 that waits for nothing.
const SETUP: &str = "
for d in all default eth0; do echo 0 > /proc/sys/net/ipv6/conf/$d/accept_dad; done
ip link set eth0 down
ip link set eth0 address 02:00:0a:09:00:01
ip link set eth0 up
ip link add eth1 index 70 address 02:00:0a:08:00:01 type veth peer name far1 address 02:00:0a:08:00:02
ip link set far1 up
ip link set eth1 up
ip addr add 10.8.0.1/24 dev eth1
ip addr add fd08::1/64 dev eth1 nodad
ip addr add fd09::1/64 dev eth0 nodad
chmod 700 /etc/keepalived
";

/// A scenario that is being played.
struct Play<'a> {
    scenario: &'a Scenario,
    make: Make,
    node: Node,
    peer: Node,
    daemon: Option<Process>,
    other: Option<Process>,
    seen: Seen,
}

/// What is seen of one daemon.
pub fn play(scenario: &Scenario, make: Make) -> Seen {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, make, "node-a", "10.9.0.1/24");
    let peer = stage.bare_node("node-b", "eth0", "10.9.0.2/24");
    node.shell(SETUP);
    peer.shell(
        "for d in all default eth0; do echo 0 > /proc/sys/net/ipv6/conf/$d/accept_dad; done",
    );
    for file in [NOTES, FIFO_NOTES] {
        let written = node.host.write_file(file, 0o644, "");
        written.expect("a file");
    }
    let script = node.host.write_file("/etc/keepalived/note", 0o755, SCRIPT);
    script.expect("a script");
    await_link(&node);
    let capture = node.host.capture("eth0").expect("a capture");
    let mut play = Play {
        scenario,
        make,
        node,
        peer,
        daemon: None,
        other: None,
        seen: Seen::default(),
    };
    play.configure(&scenario.file);
    let _reader = scenario
        .file
        .contains("/run/fifo")
        .then(|| play.read_fifo());
    play.start();
    for event in &scenario.events {
        play.happen(event);
    }
    if play.daemon.is_some() {
        play.stop();
        play.look("at the end");
    }
    play.finish(&capture)
}

/// Waits until frames pass and the link-local address may be used.
fn await_link(node: &Node) {
    let end = Instant::now() + PATIENCE;
    let ready = || {
        let text = node.shell("ip -6 -o addr show dev eth0 scope link");
        text.contains("fe80::") && !text.contains("tentative")
    };
    while !ready() {
        assert!(Instant::now() < end, "no link-local address");
        sleep(Duration::from_millis(20));
    }
}

impl Play<'_> {
    fn happen(&mut self, event: &Event) {
        match event {
            Event::Sleep(time) => sleep(*time),
            Event::Await { address, held } => self.await_address(address, *held),
            Event::AwaitNote(text) => self.await_note(text),
            Event::Look => {
                let number = self.seen.looks.len() + 1;
                self.look(&format!("look {number}"));
            }
            Event::Reload(name) => {
                let file = self.scenario.others.get(name).expect("a file of that name");
                self.configure(file);
                self.signal(Signal::SIGHUP);
            }
            Event::Signal(name) => self.signal(Signal::from_str(name).expect("a signal")),
            Event::Peer(on) => self.peer(*on),
            Event::Cable(plugged) => {
                let port = &self.node.port;
                let done = if *plugged { port.plug() } else { port.pull() };
                done.expect("a cable");
            }
            Event::Shell(command) => {
                self.node.shell(command);
            }
            Event::Stop => self.stop(),
            Event::Kill => self.kill(),
            Event::Start => self.start(),
        }
    }

    fn configure(&self, file: &str) {
        self.node.configure(file);
    }

    /// Reads lines of a FIFO that is there before the daemon, and says when it does.
    fn read_fifo(&self) -> Process {
        let script = format!(
            "mkfifo -m 600 /run/fifo; echo reads; while :; do cat /run/fifo; done >> {FIFO_NOTES}"
        );
        let shell = self.node.host.command("/bin/sh").args(["-c", &script]);
        let reader = shell.spawn().expect("a reader");
        reader.await_line("reads", PATIENCE).expect("a FIFO");
        reader
    }

    fn start(&mut self) {
        // Where each make is installed in its node.
        let command = self
            .node
            .host
            .command("/usr/sbin/keepalived")
            .args(["-n", "-l", "-D"]);
        let daemon = command.spawn().expect("a daemon");
        // It may end at once: that is part of what is seen.
        let up = daemon.await_line("Startup complete", PATIENCE);
        assert!(
            up.is_ok() || daemon.said().contains("Stopped Keepalived"),
            "{}",
            daemon.said()
        );
        self.daemon = Some(daemon);
    }

    fn signal(&mut self, signal: Signal) {
        let daemon = self.daemon.as_mut().expect("a daemon");
        daemon.kill(signal).expect("a signal");
    }

    fn stop(&mut self) {
        let mut daemon = self.daemon.take().expect("a daemon");
        // One that has ended takes no signal.
        let _ = daemon.kill(Signal::SIGTERM);
        let status = daemon.wait(PATIENCE).expect("an end");
        self.seen.exact.push(format!("ended: {status}"));
    }

    /// Kills the daemon and its children, as when memory runs out.
    fn kill(&mut self) {
        let children = self.node.shell("pgrep -P $(cat /run/keepalived.pid)");
        let children = children.split_whitespace().collect::<Vec<_>>().join(" ");
        self.node.shell(&format!(
            "kill -9 $(cat /run/keepalived.pid) {children}; rm -f /run/*.pid /run/keepalived/*.pid"
        ));
        let mut daemon = self.daemon.take().expect("a daemon");
        daemon.wait(PATIENCE).expect("an end");
    }

    fn peer(&mut self, on: bool) {
        if let Some(mut daemon) = self.other.take() {
            daemon.kill(Signal::SIGTERM).expect("a signal");
            daemon.wait(PATIENCE).expect("an end");
        }
        if on {
            let file = self
                .peer
                .host
                .write_file(CONFIGURATION, 0o644, &self.scenario.peer);
            file.expect("a file");
            let command = self.peer.host.command("/usr/sbin/keepalived");
            let daemon = command.args(["-n", "-l", "-D"]).spawn().expect("a peer");
            self.other = Some(daemon);
        }
    }

    fn await_address(&self, address: &str, held: bool) {
        let waited = self.node.host.await_address(ip(address), held, TAKEOVER);
        let said = self.daemon.as_ref().map(Process::said);
        assert!(
            waited.is_ok(),
            "{}, {:?}: {waited:?}\n{}",
            self.scenario.name,
            self.make,
            said.unwrap_or_default()
        );
    }

    fn notes(&self, file: &str) -> Vec<String> {
        let bytes = self.node.host.read_file(file).expect("notes");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.lines().map(str::to_owned).collect()
    }

    fn await_note(&self, text: &str) {
        let end = Instant::now() + TAKEOVER;
        while !self.notes(NOTES).iter().any(|line| line.contains(text)) {
            assert!(
                Instant::now() < end,
                "{}, {:?}: no note {text}",
                self.scenario.name,
                self.make
            );
            sleep(Duration::from_millis(20));
        }
    }

    fn look(&mut self, title: &str) {
        let text = self.node.shell(
            "ip -o addr show; ip -o link show; ip route show table all; ip -6 route show table all; ip rule; ip -6 rule; nft list ruleset",
        );
        self.seen
            .looks
            .push((title.to_owned(), super::seen::state(&text)));
    }

    fn finish(mut self, capture: &Capture) -> Seen {
        // Scripts run beside each other.
        let mut notes = self.notes(NOTES);
        notes.sort();
        self.seen
            .exact
            .extend(notes.into_iter().map(|line| format!("script: {line}")));
        let lines = self.notes(FIFO_NOTES).into_iter();
        self.seen
            .exact
            .extend(lines.map(|line| format!("fifo: {line}")));
        let frames = capture.frames();
        let sent: Vec<_> = frames.iter().filter(|frame| frame.sent).collect();
        self.seen.exact.extend(packets::announcements(&sent));
        let adverts = sent
            .iter()
            .filter_map(|frame| Some((frame.at, packets::advert(&frame.bytes)?)));
        for (at, text) in adverts {
            Advert::add(&mut self.seen.adverts, at, text);
        }
        if let Some(daemon) = &self.daemon {
            self.seen.log = daemon.said();
        }
        self.seen
    }
}
