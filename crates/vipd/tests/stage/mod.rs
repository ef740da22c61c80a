//! What the cases are played on: nodes and a client on one segment, real services, real daemons
//! started by their command line, and a mail server that remembers.

// Each test program uses its own part of the stage.
#![allow(dead_code, missing_docs, reason = "shared by several test programs")]

pub mod mail;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use vipd_lab::{Frame, Host, Lab, PROGRAM, Port, Process, Signal, Switch};

/// Where the daemon expects its file.
pub const CONFIGURATION: &str = "/etc/keepalived/keepalived.conf";

/// Longest a takeover may take in these tests: four adverts of a second, and a busy machine.
pub const TAKEOVER: Duration = Duration::from_secs(15);

/// Longest that anything else may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// One segment with a client.
pub struct Stage {
    pub lab: Lab,
    pub switch: Switch,
    pub client: Host,
}

/// A machine of the cluster.
pub struct Node {
    pub host: Host,
    pub port: Port,
}

impl Stage {
    /// A segment whose client has these addresses.
    pub fn new(client: &[&str]) -> Self {
        let lab = Lab::new(env!("CARGO_BIN_EXE_vipd")).expect("a lab");
        let switch = lab.switch("switch").expect("a switch");
        let host = lab.host("client").expect("a client");
        let addresses: Vec<_> = client.iter().map(|text| prefixed(text)).collect();
        switch.connect(&host, "eth0", &addresses).expect("a cable");
        Self {
            lab,
            switch,
            client: host,
        }
    }

    /// A node with one interface, and whatever this machine has installed.
    pub fn bare_node(&self, name: &str, interface: &str, address: &str) -> Node {
        let host = self.lab.host(name).expect("a host");
        let port = self
            .switch
            .connect(&host, interface, &[prefixed(address)])
            .expect("a cable");
        Node { host, port }
    }

    /// A node with one interface, vipd installed under the name `keepalived`.
    pub fn node(&self, name: &str, interface: &str, address: &str) -> Node {
        let Node { host, port } = self.bare_node(name, interface, address);
        host.link_file(PROGRAM, "/usr/sbin/keepalived")
            .expect("an installed keepalived");
        let init = include_str!("../../../../packaging/sysv/keepalived");
        host.write_file("/etc/init.d/keepalived", 0o755, init)
            .expect("an init script");
        Node { host, port }
    }

    /// Who answers a web request to an address, asked once.
    pub fn who_answers(&self, address: &str, port: u16) -> Result<String, vipd_lab::Error> {
        let at = SocketAddr::new(ip(address), port);
        self.client
            .http_get(at, Duration::from_secs(2))
            .map(|body| body.trim().to_owned())
    }

    /// The next adverts that the client hears.
    pub fn next_adverts(&self, count: usize) -> Vec<Frame> {
        let capture = self.client.capture("eth0").expect("a capture");
        let heard = std::cell::RefCell::new(Vec::new());
        let enough = |frame: &Frame| {
            let mut heard = heard.borrow_mut();
            if is_advert(frame) {
                heard.push(frame.clone());
            }
            heard.len() >= count
        };
        capture.await_frame(enough, PATIENCE).expect("adverts");
        heard.into_inner()
    }

    /// Asks until `name` answers.
    pub fn await_answer(&self, address: &str, port: u16, name: &str) {
        let end = Instant::now() + TAKEOVER;
        loop {
            let answer = self.who_answers(address, port);
            if answer.as_deref().is_ok_and(|who| who == name) {
                return;
            }
            assert!(
                Instant::now() < end,
                "{name} should answer at {address}:{port}, not {answer:?}"
            );
        }
    }
}

impl Node {
    /// Writes the configuration file.
    pub fn configure(&self, text: &str) {
        self.host
            .write_file(CONFIGURATION, 0o644, text)
            .expect("a configuration file");
    }

    /// Starts the daemon in the foreground, as a service manager does.
    pub fn start(&self) -> Process {
        self.start_with(&["-n", "-l", "-D"])
    }

    /// Starts the daemon with these options and waits until it is up.
    pub fn start_with(&self, options: &[&str]) -> Process {
        let process = self
            .host
            .command("/usr/sbin/keepalived")
            .args(options.iter().copied())
            .spawn()
            .expect("a daemon");
        process
            .await_line("Startup complete", PATIENCE)
            .expect("a started daemon");
        process
    }

    /// Writes the configuration file and starts the daemon.
    pub fn run(&self, configuration: &str) -> Process {
        self.configure(configuration);
        self.start()
    }

    /// Starts the lab's web service, which answers with the name of this node.
    pub fn serve(&self, port: u16) -> Process {
        let process = self
            .host
            .command(PROGRAM)
            .args([
                "lab-web".to_owned(),
                port.to_string(),
                self.host.name().to_owned(),
            ])
            .spawn()
            .expect("a service");
        process
            .await_line("serving", PATIENCE)
            .expect("a service that serves");
        process
    }

    /// Waits until this node holds an address.
    pub fn await_holds(&self, address: &str) {
        self.host
            .await_address(ip(address), true, TAKEOVER)
            .expect("a takeover");
    }

    /// Waits until this node does not hold an address.
    pub fn await_released(&self, address: &str) {
        self.host
            .await_address(ip(address), false, TAKEOVER)
            .expect("a release");
    }

    /// Waits until frames pass an interface and its link-local address may be used.
    pub fn await_link_local(&self, interface: &str) {
        let command = format!("ip -6 -o addr show dev {interface} scope link");
        let ready = || {
            let text = self.shell(&command);
            text.contains("fe80::") && !text.contains("tentative")
        };
        assert!(until(ready, PATIENCE), "no link-local address");
    }

    /// Gives an interface an address of IPv6 that may be used at once.
    pub fn add_ipv6(&self, interface: &str, address: &str) {
        self.shell(&format!(
            "for d in all default {interface}; do
                echo 0 > /proc/sys/net/ipv6/conf/$d/accept_dad
            done
            ip link set {interface} down
            ip link set {interface} up
            ip addr add {address} dev {interface} nodad"
        ));
        self.await_link_local(interface);
    }

    /// Whether this node holds an address now.
    pub fn holds(&self, address: &str) -> bool {
        self.host
            .addresses()
            .expect("a list of addresses")
            .contains(&ip(address))
    }

    /// Runs a shell command in the node; its standard output.
    pub fn shell(&self, script: &str) -> String {
        let output = self
            .host
            .command("/bin/sh")
            .args(["-c", script])
            .output(PATIENCE)
            .expect("a shell");
        output.stdout
    }
}

/// Waits until something holds. False when it does not in time.
pub fn until(holds: impl Fn() -> bool, limit: Duration) -> bool {
    let end = Instant::now() + limit;
    while !holds() {
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

/// Asks a daemon to end and waits until it has, with status 0.
pub fn stop(mut daemon: Process) {
    daemon.kill(Signal::SIGTERM).expect("a signal");
    let status = daemon.wait(PATIENCE).expect("an end");
    assert!(status.success(), "{status}: {}", daemon.said());
}

/// Kills a service.
pub fn kill(mut service: Process) {
    service.kill(Signal::SIGKILL).expect("a signal");
    service.wait(PATIENCE).expect("an end");
}

/// The address that a text names.
pub fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// An address with its prefix length, `10.0.0.1/24`.
pub fn prefixed(text: &str) -> (IpAddr, u8) {
    let (address, length) = text.split_once('/').expect("a prefix length");
    (ip(address), length.parse().expect("a number"))
}

/// Whether a frame is VRRP.
pub fn is_advert(frame: &Frame) -> bool {
    match frame.bytes.get(12..14) {
        Some([8, 0]) => matches!(frame.bytes.get(23), Some(&112 | &51)),
        Some([0x86, 0xdd]) => frame.bytes.get(20) == Some(&112),
        _ => false,
    }
}

/// Where in a frame with an advert the VRRP message begins.
pub fn message_at(frame: &[u8]) -> usize {
    match (frame[12], frame[23]) {
        (0x86, _) => 54,
        (_, 51) => 58,
        _ => 34,
    }
}
