//! vipd together with daemons of other make in one network: elections, hand-over, the same bytes,
//! and everything else that is the same.

#![expect(clippy::expect_used, reason = "a test says what it expected")]
#![allow(
    unreachable_pub,
    reason = "the stage is shared by several test programs"
)]

mod bytes;
mod dump;
mod election;
mod frr;
mod routing;
mod side_by_side;
mod vmac;

#[path = "../stage/mod.rs"]
mod stage;

use vipd_lab::Process;

use stage::{Node, PATIENCE, Stage};

/// Which daemon a node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Make {
    Vipd,
    /// Debian's package.
    Keepalived,
}

/// A node for a daemon of this make.
fn node(stage: &Stage, make: Make, name: &str, address: &str) -> Node {
    match make {
        Make::Vipd => stage.node(name, "eth0", address),
        Make::Keepalived => stage.bare_node(name, "eth0", address),
    }
}

/// Starts the daemon of a node and waits until it is up.
fn start(node: &Node, make: Make, configuration: &str) -> Process {
    node.configure(configuration);
    if make == Make::Vipd {
        return node.start();
    }
    let process = node
        .host
        .command("/usr/sbin/keepalived")
        .args(["-n", "-l", "-D", "-G"])
        .spawn()
        .expect("Debian's keepalived");
    process
        .await_line("Startup complete", PATIENCE)
        .expect("a started keepalived");
    process
}
