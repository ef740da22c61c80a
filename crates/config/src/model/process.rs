//! What the VRRP process may take of the machine.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the VRRP process is run, beside its nice value and real-time priority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VrrpProcess {
    /// `vrrp_rlimit_rttime`: longest time of computing in one go under real-time scheduling,
    /// microseconds, at least 2.
    pub real_time_micros: u32,
    /// `vrrp_cpu_affinity`: numbers of the processors it may run on. Empty: all.
    pub processors: Vec<u16>,
    /// `max_auto_priority`
    pub auto_priority: Option<AutoPriority>,
    /// `vrrp_netlink_cmd_rcv_bufs`
    pub command_buffer: Option<Buffer>,
    /// `vrrp_netlink_monitor_rcv_bufs`
    pub monitor_buffer: Option<Buffer>,
}

impl Default for VrrpProcess {
    fn default() -> Self {
        Self {
            real_time_micros: 10_000,
            processors: Vec::new(),
            auto_priority: None,
            command_buffer: None,
            monitor_buffer: None,
        }
    }
}

/// `max_auto_priority`, `min_auto_priority_delay`: a process whose timers run late takes itself
/// a higher priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoPriority {
    /// Highest real-time priority, 1 to 99.
    pub most: u8,
    /// So late a timer must be.
    pub delay: Duration,
}

/// A receive buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buffer {
    /// Its size.
    pub bytes: u32,
    /// It may exceed the limit of the system.
    pub forced: bool,
}

/// Receive buffer that an instance adds to its socket: `kernel_rx_buf_size`, or what
/// `vrrp_rx_bufs_policy` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiveBuffer {
    /// So many bytes.
    Bytes(u32),
    /// So many times the largest packet of the interface.
    Mtus(u32),
}
