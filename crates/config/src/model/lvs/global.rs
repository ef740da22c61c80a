//! Load balancing as a whole: words of `global_defs`, and `SSL`.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::{Fifo, Secret};

/// Words of `global_defs` about load balancing and health checks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LvsGlobal {
    /// `lvs_timeouts`
    pub timeouts: Timeouts,
    /// `lvs_flush`: empties the kernel's table at start.
    pub flush: bool,
    /// `lvs_flush_on_stop`
    pub flush_on_stop: Option<FlushOnStop>,
    /// `lvs_sync_daemon`
    pub sync_daemon: Option<SyncDaemon>,
    /// `lvs_notify_fifo` with its script.
    pub notify_fifo: Option<Fifo>,
    /// `rs_init_notifies`: tells of real servers that are up from the start, too.
    pub rs_init_notifies: bool,
    /// `no_checker_emails`: mails only when a real server changes, not for each of its checks.
    pub no_checker_emails: bool,
    /// `checker_priority` and its kin.
    pub process: ProcessSettings,
    /// `lvs_netlink_cmd_rcv_bufs`
    pub command_buffer: ReceiveBuffer,
    /// `lvs_netlink_monitor_rcv_bufs`
    pub monitor_buffer: ReceiveBuffer,
    /// `nftables_ipvs`
    pub nftables: Option<NftablesIpvs>,
    /// `net_namespace_ipvs`: network namespace of the kernel's table alone. Empty: the one that the
    /// daemon was started in.
    pub net_namespace: Option<String>,
}

/// `lvs_timeouts`: how long IPVS remembers idle connections, in seconds up to 2,678,400.
/// `None`: as the kernel has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// TCP connections.
    pub tcp_s: Option<u32>,
    /// TCP connections after a FIN.
    pub tcp_fin_s: Option<u32>,
    /// UDP.
    pub udp_s: Option<u32>,
}

/// What is emptied at stop in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlushOnStop {
    /// The whole table of the kernel.
    Table,
    /// The own services, without going through their servers.
    Services,
}

/// `lvs_sync_daemon`: shares connections with the other directors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncDaemon {
    /// Interface that it sends and listens on.
    pub interface: String,
    /// `inst`: master or backup as this `vrrp_instance` is. `None`: both at all times.
    pub instance: Option<String>,
    /// `id`, 0 to 255; the VRID of the instance, else 0, when not given.
    pub id: u8,
    /// `maxlen`: largest payload of its packets, 1 to 65507 bytes.
    pub max_len_bytes: Option<u16>,
    /// `port`: UDP port, at least 1; the kernel's is 8848.
    pub port: Option<u16>,
    /// `ttl`: hops that its packets may make, at least 1; the kernel's is 1.
    pub ttl: Option<u8>,
    /// `group`: multicast group; the kernel's is 224.0.0.81.
    pub group: Option<IpAddr>,
}

/// How the kernel treats the process of the checks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSettings {
    /// `checker_priority`: nice value, -20 to 19.
    pub nice: i32,
    /// `checker_rt_priority`: `SCHED_RR` priority, 1 to 99.
    pub rt_priority: Option<u8>,
    /// `checker_no_swap`: locked in memory.
    pub no_swap: bool,
    /// `checker_rlimit_rttime`: `RLIMIT_RTTIME` in microseconds; 10,000 when not given.
    pub rlimit_rttime_us: Option<u32>,
    /// `checker_cpu_affinity`: processors that it may run on; all when empty.
    pub cpu_affinity: Vec<u16>,
}

/// Receive buffer of a netlink socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiveBuffer {
    /// Its size; the system's default when not given.
    pub bytes: Option<u32>,
    /// It may exceed the limit of the system.
    pub force: bool,
}

/// `nftables_ipvs`: nftables turns the addresses of a group into one firewall mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NftablesIpvs {
    /// Name of the table.
    pub table: String,
    /// `nftables_ipvs_priority`: priority of its chain.
    pub priority: i32,
    /// `nftables_ipvs_start_fwmark`: the first mark that is given out. At least 1.
    pub start_mark: u32,
}

/// `SSL`: what HTTPS checks show and trust. Paths of files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ssl {
    /// `ca`
    pub ca: Option<String>,
    /// `certificate`
    pub certificate: Option<String>,
    /// `key`
    pub key: Option<String>,
    /// `password` of the key.
    pub password: Option<Secret>,
}
