//! The virtual router redundancy protocol: instances, elections, announcements.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use vipd_config::model::{Config, Family};

use crate::event::State;
use crate::{Effect, Input, Instant};

/// Why a router wants to be called at its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Timer {
    /// A master's next advert.
    Advertise,
    /// A backup has heard nothing for too long.
    MasterDown,
    /// The next announcement.
    Announce,
    /// End of `preempt_delay`, of a start delay, and the like.
    Delay,
}

/// What a successor needs to carry on with an instance. Opaque to those who keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Name of the instance.
    pub instance: String,
    /// Its state.
    pub state: State,
}

/// A socket that the engine wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketSpec {
    /// Number by which packets and effects name it. Never given to another socket later.
    pub id: u32,
    /// Interface with its kernel index; none for unicast without `interface`.
    pub interface: Option<(String, u32)>,
    /// Address family.
    pub family: Family,
    /// Protocol: 112 VRRP or 51 AH.
    pub protocol: u8,
    /// Multicast group to join; none for unicast.
    pub group: Option<IpAddr>,
    /// Source address to bind to, for unicast.
    pub source: Option<IpAddr>,
    /// Hop limit of sent packets (IPv6; in IPv4 it is in the packet).
    pub hop_limit: u8,
    /// `kernel_rx_buf_size`, bytes.
    pub receive_buffer_bytes: Option<u32>,
}

/// Everything worth knowing of an instance, for `vipd status`, dumps and metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceStatus {
    /// Name of the instance.
    pub instance: String,
    /// Its state.
    pub state: State,
    /// Effective priority.
    pub priority: u8,
}

/// All virtual routers of a node: one machine, one way in, one list of effects out.
#[derive(Debug)]
pub struct Router {}

impl Router {
    /// A router for a configuration. Nothing happens before [`Input::Start`].
    pub fn new(_config: &Config) -> Self {
        Self {}
    }

    /// The only way in: one input, its effects appended to `effects`, nothing left pending.
    pub fn handle(&mut self, _now: Instant, _input: Input<'_>, _effects: &mut Vec<Effect>) {}

    /// When to call [`Router::handle`] with [`Input::Tick`], and why.
    pub fn deadline(&self) -> Option<(Instant, Timer)> {
        None
    }

    /// The sockets wanted now.
    pub fn sockets(&self) -> Vec<SocketSpec> {
        Vec::new()
    }

    /// State and counters of every instance, in configuration order.
    pub fn status(&self) -> Vec<InstanceStatus> {
        Vec::new()
    }

    /// Sets all counters to zero.
    pub fn clear_counters(&mut self) {}
}
