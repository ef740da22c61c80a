//! What can be done to a world: faults, repairs, and what operators do.

use std::net::IpAddr;
use std::time::Duration;

use vipd_config::model::Config;
use vipd_engine::tracking::watch::Kind;

use crate::network::Quality;

/// Something done to the world. Nodes are named by their index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The daemon is started (and the machine, if it is off).
    Start(usize),
    /// The daemon is told to stop, and leaves in an orderly way.
    Stop(usize),
    /// Every process of the daemon is killed; its addresses stay where they are.
    Crash(usize),
    /// The machine goes off at once.
    PowerOff(usize),
    /// Only the VRRP process is killed; the supervisor starts it again from its snapshots.
    KillProcess(usize),
    /// The machine stands still for a while; what comes meanwhile waits, as far as buffers go.
    Pause(usize, Duration),
    /// The wall clock of the machine is set by so many milliseconds.
    SetClock(usize, i64),
    /// The daemon reads its configuration again, unchanged.
    Reload(usize),
    /// The daemon reads a configuration with the same instances, changed otherwise. Nothing
    /// happens when it does not run, or stands still.
    Reconfigure(usize, Box<Config>),
    /// An interface goes down.
    Down(usize, String),
    /// An interface comes up.
    Up(usize, String),
    /// An interface is gone, with the addresses on it.
    Remove(usize, String),
    /// An interface is made again: same name and address, another index.
    Create(usize, String),
    /// A script fails from now on.
    Fail(usize, String),
    /// A script succeeds from now on.
    Recover(usize, String),
    /// So many processes of this name run from now on, or a file has this number.
    Set(usize, Kind, String, i64),
    /// Somebody removes an address from the node.
    DeleteAddress(usize, IpAddr),
    /// Nothing passes between two nodes, either way, on any segment.
    Partition(usize, usize),
    /// Nothing passes from the first node to the second.
    PartitionOneWay(usize, usize),
    /// Nothing passes between a node and all others.
    Isolate(usize),
    /// The network carries packets this well from now on.
    Network(Quality),
    /// Everything passes again between two nodes.
    Rejoin(usize, usize),
    /// Everything is well again at a node: it runs, its interfaces are up, its scripts succeed,
    /// nothing is between it and others.
    HealNode(usize),
    /// Everything is well again everywhere, and the network as it was at first.
    Heal,
}
