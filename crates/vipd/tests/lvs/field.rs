//! Directors between clients and real servers, each a host with real daemons.
//!
//! ```text
//!   client 192.168.1.9 ---front--- director 192.168.1.1 | 10.1.0.1 ---back--- r1 10.1.0.11, r2, ...
//! ```

use std::time::{Duration, Instant};

use vipd_lab::{Process, Signal, Switch};

use crate::stage::{Node, PATIENCE, Stage, ip, prefixed};

/// Where the service is, for clients.
pub(crate) const SERVICE: &str = "192.168.1.80";

/// A client, real servers, and a switch for each side of the directors.
pub(crate) struct Field {
    pub(crate) stage: Stage,
    back: Switch,
    servers: Vec<Node>,
}

/// Which daemon a director runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// vipd under the name of keepalived.
    Ours,
    /// keepalived, as this machine has it.
    Keepalived,
}

impl Field {
    /// So many real servers, which answer by way of this address.
    pub(crate) fn new(servers: usize, gateway: &str) -> Self {
        let stage = Stage::new(&["192.168.1.9/24"]);
        let back = stage.lab.switch("back").expect("a switch");
        let servers = (1..=servers)
            .map(|number| {
                let name = format!("r{number}");
                let host = stage.lab.host(&name).expect("a host");
                let address = prefixed(&format!("10.1.0.1{number}/24"));
                let port = back.connect(&host, "eth0", &[address]).expect("a cable");
                let front = (ip("192.168.1.0"), 24);
                host.add_route(front, "eth0", Some(ip(gateway)))
                    .expect("a route");
                Node { host, port }
            })
            .collect();
        Self {
            stage,
            back,
            servers,
        }
    }

    /// A director whose addresses end with this number on both sides.
    pub(crate) fn director(&self, name: &str, number: u8, program: Program) -> Node {
        let front = format!("192.168.1.{number}/24");
        let node = match program {
            Program::Ours => self.stage.node(name, "eth0", &front),
            Program::Keepalived => self.stage.bare_node(name, "eth0", &front),
        };
        let address = prefixed(&format!("10.1.0.{number}/24"));
        let connected = self.back.connect(&node.host, "eth1", &[address]);
        connected.expect("a cable");
        for (name, value) in [
            ("net/ipv4/ip_forward", "1"),
            // Copies of connections go out at once.
            ("net/ipv4/vs/sync_threshold", "0 1"),
        ] {
            node.shell("ipvsadm -Ln");
            let path = format!("/proc/sys/{name}");
            node.host.overwrite(&path, value).expect("a setting");
        }
        node
    }

    /// A real server, by its number from 1 on.
    pub(crate) fn server(&self, number: usize) -> &Node {
        &self.servers[number - 1]
    }

    /// Has a real server answer at port 80.
    pub(crate) fn serve(&self, number: usize) -> Process {
        self.server(number).serve(80)
    }

    /// Who answers so many requests of the client, in order of their names.
    pub(crate) fn who_answers(&self, requests: usize) -> Vec<String> {
        let mut names: Vec<String> = (0..requests)
            .map(|_| match self.stage.who_answers(SERVICE, 80) {
                Ok(name) => name,
                Err(error) => format!("nobody: {error}"),
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// What a director's table has, as `ipvsadm -Sn` writes it, in the order of the lines.
pub(crate) fn table(director: &Node) -> Vec<String> {
    let text = director.shell("ipvsadm -Sn");
    let mut lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    lines.sort();
    lines
}

/// Waits until a director's table has just these lines.
pub(crate) fn await_table(director: &Node, daemon: &Process, expected: &[&str]) {
    let end = Instant::now() + PATIENCE;
    loop {
        let found = table(director);
        if found == expected {
            return;
        }
        assert!(
            Instant::now() < end,
            "the table should be {expected:#?}, not {found:#?}; the daemon said:\n{}",
            daemon.said()
        );
        // Nothing tells of changes of the table.
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until a condition holds.
pub(crate) fn await_that(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The process whose number stands in a PID file, once one does.
pub(crate) fn pid(node: &Node, path: &str) -> u32 {
    let number = || {
        let text = String::from_utf8(node.host.read_file(path).ok()?).ok()?;
        text.trim().parse().ok()
    };
    await_that("a number in a PID file", || number().is_some());
    number().expect("a number")
}

/// Asks a daemon to read its configuration again, and waits until it has.
pub(crate) fn reload(node: &Node, daemon: &Process, configuration: &str) {
    let before = daemon.said().matches("Reload complete").count();
    node.host
        .write_file(crate::stage::CONFIGURATION, 0o644, configuration)
        .expect("a configuration file");
    daemon.kill(Signal::SIGHUP).expect("a signal");
    await_that("a reload", || {
        daemon.said().matches("Reload complete").count() > before
    });
}
