//! Plays a scenario with one daemon and notes everything that is to be seen.

use std::str::FromStr;
use std::thread::sleep;

use vipd_lab::{Capture, Process, Signal};

use super::packets;
use super::scenario::{Awaited, Event, Frames, Scenario};
use super::seen::{Advert, Seen};
use crate::stage::{CONFIGURATION, Node, PATIENCE, Stage, until};
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

/// Everything that is to be seen of a node.
const LOOK: &str = "ip -o addr show; ip -o link show; ip route show table all; \
    ip -6 route show table all; ip rule; ip -6 rule; nft list ruleset; cd /proc/sys/net; \
    grep . ipv4/conf/*/arp_* ipv4/conf/*/rp_filter ipv4/conf/*/accept_local \
    ipv4/conf/*/promote_secondaries ipv6/conf/*/disable_ipv6 ipv6/conf/*/addr_gen_mode";

/// Waits until nothing of the daemon runs any more: neither it nor a script of it.
const AWAIT_END: &str = "while pgrep -x 'note|keepalived' >/dev/null; do sleep 0.02; done";
/// Says that nothing more comes out of the FIFO.
const END_FIFO: &str = "echo end > /run/fifo";

/// A scenario that is being played.
pub(super) struct Play<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) make: Make,
    pub(super) node: Node,
    pub(super) capture: Capture,
    pub(super) daemon: Option<Process>,
    peer: Node,
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
    node.await_link_local("eth0");
    let capture = node.host.capture("eth0").expect("a capture");
    let mut play = Play {
        scenario,
        make,
        node,
        capture,
        daemon: None,
        peer,
        other: None,
        seen: Seen::default(),
    };
    play.configure(&scenario.file);
    play.node.shell(&scenario.before);
    let _reader = scenario
        .file
        .contains("/run/fifo")
        .then(|| play.read_fifo());
    if scenario.peer_is_first {
        play.peer(true);
        play.wait(&Awaited::Frames {
            of: Frames::Heard,
            count: 2,
            text: String::new(),
        });
    }
    play.start();
    for event in &scenario.events {
        play.happen(event);
    }
    if play.daemon.is_some() {
        play.stop();
        play.look("at the end");
    }
    play.finish()
}

impl Play<'_> {
    fn happen(&mut self, event: &Event) {
        match event {
            Event::Sleep(time) => sleep(*time),
            Event::Await(awaited) => self.wait(awaited),
            Event::Look => {
                let number = self.seen.looks.len() + 1;
                self.look(&format!("look {number}"));
            }
            Event::Reload(name) => {
                let file = self.scenario.others.get(name).expect("a file of that name");
                self.configure(file);
                let before = self.said();
                self.signal(Signal::SIGHUP);
                self.await_reload(&before);
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
            Event::PeerShell(command) => {
                self.peer.shell(command);
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
        self.daemon = Some(daemon);
        // It may end at once: that is part of what is seen.
        self.await_said("", &["Startup complete", "no configuration to run"]);
    }

    fn signal(&mut self, signal: Signal) {
        let daemon = self.daemon.as_mut().expect("a daemon");
        // One that has ended takes no signal.
        let _ = daemon.kill(signal);
    }

    fn stop(&mut self) {
        let mut daemon = self.daemon.take().expect("a daemon");
        // One that has ended takes no signal.
        let _ = daemon.kill(Signal::SIGTERM);
        let status = daemon.wait(PATIENCE).expect("an end");
        self.seen.exact.push(format!("ended: {status}"));
        self.seen.log.push_str(&daemon.said());
        self.node.shell(AWAIT_END);
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

    /// What scripts were called with.
    pub(super) fn notes(&self) -> Vec<String> {
        self.lines(NOTES)
    }

    /// What came out of the FIFO.
    pub(super) fn fifo_notes(&self) -> Vec<String> {
        self.lines(FIFO_NOTES)
    }

    fn lines(&self, file: &str) -> Vec<String> {
        let bytes = self.node.host.read_file(file).expect("notes");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.lines().map(str::to_owned).collect()
    }

    fn look(&mut self, title: &str) {
        let state = super::seen::state(&self.node.shell(LOOK));
        self.seen.looks.push((title.to_owned(), state));
    }

    fn finish(mut self) -> Seen {
        if self.scenario.file.contains("/run/fifo") {
            self.node.shell(END_FIFO);
            let is_read = || self.fifo_notes().last().is_some_and(|line| line == "end");
            assert!(until(is_read, PATIENCE), "the FIFO is not read");
        }
        // Scripts run beside each other.
        let mut notes = self.notes();
        notes.sort();
        self.seen
            .exact
            .extend(notes.into_iter().map(|line| format!("script: {line}")));
        let lines = self.fifo_notes().into_iter();
        self.seen
            .exact
            .extend(lines.map(|line| format!("fifo: {line}")));
        let frames = self.capture.frames();
        let sent: Vec<_> = frames.iter().filter(|frame| frame.sent).collect();
        self.seen.exact.extend(packets::announcements(&sent));
        let adverts = sent
            .iter()
            .filter_map(|frame| Some((frame.at, packets::advert(&frame.bytes)?)));
        for (at, text) in adverts {
            Advert::add(&mut self.seen.adverts, at, text);
        }
        self.seen
    }
}
