//! The typed configuration: every value resolved, every default filled in.
//!
//! This is what the children of the supervisor receive as a message and what the
//! engine decides by. It is plain data: no value in it still refers to text.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

mod tracked;

pub use tracked::{
    Arguments, Check, InitFile, Port, PortProtocol, TrackFile, TrackPort, TrackProcess,
    TrackScript, Tracked, Weight,
};
mod hmac;

pub use hmac::{AntiReplay, AuthHmac, AuthKind, Authentication, HmacMode, Secret};
mod address;
mod firewall;
mod global;
mod linkbeat;
pub mod lvs;
mod process;
mod routing;
mod virtual_link;

pub use address::{AddressFlags, Scope, VirtualAddress};
pub use firewall::Firewall;
pub use global::{Global, Mail, Root};
pub use linkbeat::{Linkbeat, Way};
pub use lvs::Lvs;
pub use process::{AutoPriority, Buffer, ReceiveBuffer, VrrpProcess};
pub use routing::{
    Adding, Encapsulation, NextHop, PROTOCOL_KEEPALIVED, Prefix, Route, Routing, Rule, RuleAction,
    Statics, TABLE_MAIN, family,
};
pub use virtual_link::{Ipvlan, IpvlanReach, VirtualLink};

/// Everything a set of configuration files said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Words that stand at the root of the file.
    pub root: Root,
    /// `global_defs`.
    pub global: Global,
    /// `vrrp_script` blocks that some instance tracks, in file order.
    pub scripts: Vec<TrackScript>,
    /// Ports that some instance or group tracks, in file order. Names are unique.
    pub ports: Vec<TrackPort>,
    /// `track_file` blocks, in file order, tracked or not: health checks follow them too. Names
    /// are unique.
    pub files: Vec<TrackFile>,
    /// `vrrp_track_process` blocks that some instance or group tracks, in file order. Names are
    /// unique.
    pub processes: Vec<TrackProcess>,
    /// `vrrp_instance` blocks, in file order. Names are unique.
    pub instances: Vec<Instance>,
    /// `vrrp_sync_group` blocks, in file order.
    pub sync_groups: Vec<SyncGroup>,
    /// `interface_up_down_delays`, in file order.
    pub interface_delays: Vec<InterfaceDelay>,
    /// Interfaces that are asked for their link state.
    pub linkbeat: Linkbeat,
    /// `garp_group` blocks that set a gap, in file order.
    pub garp_groups: Vec<GarpGroup>,
    /// What is there from start to stop.
    pub statics: Statics,
    /// Load balancing.
    pub lvs: Lvs,
}

/// User and group a script runs as, as named in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScriptUser {
    /// User name or number.
    pub user: String,
    /// Group name or number; the user's own group when not given.
    pub group: Option<String>,
}

/// A command with its arguments, split as keepalived splits it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Command {
    /// Program and arguments. Never empty.
    pub argv: Vec<String>,
    /// User given with the command itself.
    pub user: Option<ScriptUser>,
}

/// `notify_retry`: what becomes of a notify script that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// How often it is run again. Zero: never.
    pub times: u32,
    /// Before the first further run; doubled for each one after it.
    pub pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            times: 0,
            pause: Duration::from_secs(1),
        }
    }
}

/// A notification FIFO.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fifo {
    /// Its path.
    pub path: String,
    /// Owner given with the path.
    pub user: Option<ScriptUser>,
    /// Script that reads it; gets the path as last argument.
    pub script: Option<Command>,
}

/// Address family of an instance.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Family {
    /// IPv4.
    #[default]
    V4,
    /// IPv6.
    V6,
}

/// Protocol version of an instance.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Version {
    /// RFC 3768 (authentication as in RFC 2338).
    #[default]
    V2,
    /// RFC 9568 and RFC 5798.
    V3,
}

/// `state`: what the file hopes for at start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InitialState {
    /// `MASTER`
    Master,
    /// `BACKUP`
    #[default]
    Backup,
}

/// One peer of `unicast_peer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnicastPeer {
    /// Its address.
    pub address: IpAddr,
    /// `min_ttl`.
    pub min_ttl: Option<u8>,
    /// `max_ttl`.
    pub max_ttl: Option<u8>,
}

/// How adverts travel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transport {
    /// To a multicast group (224.0.0.18 or `ff02::12` unless `mcast_dst_ip` or a global says otherwise).
    Multicast {
        /// The group.
        group: IpAddr,
    },
    /// To listed peers.
    Unicast {
        /// The peers, in file order.
        peers: Vec<UnicastPeer>,
        /// `unicast_ttl`; 255 when not given.
        ttl: u8,
        /// `check_unicast_src`.
        check_source: bool,
        /// `unicast_fault_no_peer`.
        fault_without_peer: bool,
    },
}

/// When and how often gratuitous ARP (or neighbour advertisements) are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Garp {
    /// `garp_master_repeat`: messages per set, at least 1.
    pub master_repeat: u32,
    /// `garp_master_delay`: when the second set follows. Zero: no second set.
    pub master_delay: Duration,
    /// `garp_master_refresh`: period of refresh. Zero: none.
    pub refresh: Duration,
    /// `garp_master_refresh_repeat`.
    pub refresh_repeat: u32,
    /// `garp_lower_prio_repeat`: messages after an advert of lower priority. Zero: none.
    pub lower_prio_repeat: u32,
    /// `garp_lower_prio_delay`.
    pub lower_prio_delay: Duration,
}

impl Default for Garp {
    fn default() -> Self {
        let delay = Duration::from_secs(5);
        Self {
            master_repeat: 5,
            master_delay: delay,
            refresh: Duration::ZERO,
            refresh_repeat: 1,
            lower_prio_repeat: 5,
            lower_prio_delay: delay,
        }
    }
}

/// `garp_extra_if`: announcements on interfaces that no adverts go out on, so that switches do
/// not forget where these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GarpExtra {
    /// Period.
    pub every: Duration,
    /// On every interface with addresses; otherwise only on those that were made for virtual MAC
    /// addresses.
    pub everywhere: bool,
}

/// `old_unicast_checksum`: version 3 over IPv4, unicast, as keepalived had it before 1.4.3: the
/// checksum covers the multicast group in place of the destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OldChecksum {
    /// It is used once a peer has used it.
    #[default]
    Detected,
    /// It is used.
    Always,
    /// It is neither used nor accepted.
    Never,
}

/// A line of `interface_up_down_delays`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceDelay {
    /// Which interface.
    pub interface: String,
    /// How long it must be down to count as down. At most what lets a master send another advert
    /// in time: (`down_timer_adverts` - 1) intervals of each instance on it.
    pub down: Duration,
    /// How long it must be up to count as up.
    pub up: Duration,
}

/// `garp_group`: interfaces with gaps between announcements of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GarpGroup {
    /// `interface` or `interfaces`: all of them share one clock.
    pub interfaces: Vec<String>,
    /// `garp_interval`: gap between gratuitous ARPs. Zero: none.
    pub garp_interval: Duration,
    /// `gna_interval`: gap between unsolicited neighbour advertisements. Zero: none.
    pub gna_interval: Duration,
}

/// Scripts and mails on changes of state, of an instance or a group. Most have none of the scripts,
/// so these stand apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// `notify_master`
    pub master: Option<Box<Command>>,
    /// `notify_backup`
    pub backup: Option<Box<Command>>,
    /// `notify_fault`
    pub fault: Option<Box<Command>>,
    /// `notify_stop`
    pub stop: Option<Box<Command>>,
    /// `notify_deleted`: its script.
    pub deleted: Option<Box<Command>>,
    /// `notify_deleted` was given: removal at reload is DELETED and not FAULT.
    pub tells_deleted: bool,
    /// `notify`: on every change, with four arguments added.
    pub any: Option<Box<Command>>,
    /// `notify_master_rx_lower_pri`
    pub master_rx_lower_pri: Option<Box<Command>>,
    /// `smtp_alert`
    pub smtp_alert: bool,
    /// `notify_priority_changes`
    pub priority_changes: bool,
}

/// `vrrp_instance`: one virtual router on this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a keyword of its own"
)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// `interface`. Only a unicast instance with a source address may lack it.
    pub interface: Option<String>,
    /// Family of the VIPs in its adverts.
    pub family: Family,
    /// `virtual_router_id`, 1 to 255.
    pub vrid: u8,
    /// `version`.
    pub version: Version,
    /// `state`.
    pub initial_state: InitialState,
    /// `priority`: base priority, 1 to 255; 255 is the address owner.
    pub priority: u8,
    /// `advert_int`. Version 2: whole seconds.
    pub advert_interval: Duration,
    /// False with `nopreempt`.
    pub preempts: bool,
    /// `preempt_delay`.
    pub preempt_delay: Duration,
    /// `authentication`.
    pub authentication: Option<Authentication>,
    /// `auth_hmac`; excludes `authentication`.
    pub hmac: Option<AuthHmac>,
    /// `mcast_src_ip` or `unicast_src_ip`.
    pub source: Option<IpAddr>,
    /// `track_src_ip`: FAULT while the source address is not on the interface.
    pub track_source: bool,
    /// Multicast or unicast.
    pub transport: Transport,
    /// `virtual_ipaddress`, carried in adverts, in file order.
    pub addresses: Vec<VirtualAddress>,
    /// `virtual_ipaddress_excluded`, not carried in adverts.
    pub excluded_addresses: Vec<VirtualAddress>,
    /// `use_vmac`: adverts and addresses of the own interface use the virtual MAC address.
    pub uses_vmac: bool,
    /// `use_vmac_addr`: so do addresses elsewhere and of the other family.
    pub uses_vmac_addr: bool,
    /// `vmac_xmit_base`: adverts go out on the own interface as it is.
    pub vmac_xmit_base: bool,
    /// `vrf`: routing domain of a unicast instance without interface.
    pub domain: Option<String>,
    /// The interfaces that follow from this, the own one first.
    pub virtual_links: Vec<VirtualLink>,
    /// `virtual_routes`, then `virtual_rules`, each in file order.
    pub routing: Vec<Routing>,
    /// `promote_secondaries`
    pub promote_secondaries: bool,
    /// GARP schedule.
    pub garp: Garp,
    /// `garp_extra_if`
    pub garp_extra: Option<GarpExtra>,
    /// `down_timer_adverts`, 1 to 100.
    pub down_timer_adverts: u8,
    /// `lower_prio_no_advert`
    pub lower_prio_no_advert: bool,
    /// `higher_prio_send_advert`
    pub higher_prio_send_advert: bool,
    /// `owner_ignore_adverts`
    pub owner_ignore_adverts: bool,
    /// `strict_mode` or global `vrrp_strict`.
    pub strict: bool,
    /// False with `no_accept` (or strict and not owner): packets to the VIPs are dropped.
    pub accept: bool,
    /// `skip_check_adv_addr`
    pub skip_check_adv_addr: bool,
    /// `v3_checksum_as_v2`
    pub v3_checksum_as_v2: bool,
    /// `old_unicast_checksum`
    pub old_checksum: OldChecksum,
    /// False with `dont_track_primary`.
    pub tracks_primary: bool,
    /// `track_interface`
    pub track_interfaces: Vec<Tracked>,
    /// `track_script`
    pub track_scripts: Vec<Tracked>,
    /// `track_port`
    pub track_ports: Vec<Tracked>,
    /// `track_file`
    pub track_files: Vec<Tracked>,
    /// `track_process`
    pub track_processes: Vec<Tracked>,
    /// `timer_expired_backup`
    pub timer_expired_backup: Option<u8>,
    /// `kernel_rx_buf_size` or `vrrp_rx_bufs_policy`.
    pub receive_buffer: Option<ReceiveBuffer>,
    /// Scripts and mails.
    pub notify: Notify,
}

impl Instance {
    /// An instance with every default, as a block with only these words would give.
    pub fn new(name: impl Into<String>, interface: impl Into<String>, vrid: u8) -> Self {
        Self {
            name: name.into(),
            interface: Some(interface.into()),
            family: Family::V4,
            vrid,
            version: Version::V2,
            initial_state: InitialState::Backup,
            priority: 100,
            advert_interval: Duration::from_secs(1),
            preempts: true,
            preempt_delay: Duration::ZERO,
            authentication: None,
            hmac: None,
            source: None,
            track_source: false,
            transport: Transport::Multicast {
                group: IpAddr::from([224, 0, 0, 18]),
            },
            addresses: Vec::new(),
            excluded_addresses: Vec::new(),
            uses_vmac: false,
            uses_vmac_addr: false,
            vmac_xmit_base: false,
            domain: None,
            virtual_links: Vec::new(),
            routing: Vec::new(),
            promote_secondaries: false,
            garp: Garp::default(),
            garp_extra: None,
            down_timer_adverts: 3,
            lower_prio_no_advert: false,
            higher_prio_send_advert: false,
            owner_ignore_adverts: false,
            strict: false,
            accept: true,
            skip_check_adv_addr: false,
            v3_checksum_as_v2: false,
            old_checksum: OldChecksum::default(),
            tracks_primary: true,
            track_interfaces: Vec::new(),
            track_scripts: Vec::new(),
            track_ports: Vec::new(),
            track_files: Vec::new(),
            track_processes: Vec::new(),
            timer_expired_backup: None,
            receive_buffer: None,
            notify: Notify::default(),
        }
    }
}

/// `vrrp_sync_group`: instances that change state together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncGroup {
    /// Its name.
    pub name: String,
    /// Names of its members, all defined.
    pub members: Vec<String>,
    /// `track_interface`
    pub track_interfaces: Vec<Tracked>,
    /// `track_script`
    pub track_scripts: Vec<Tracked>,
    /// `track_port`
    pub track_ports: Vec<Tracked>,
    /// `track_file`
    pub track_files: Vec<Tracked>,
    /// `track_process`
    pub track_processes: Vec<Tracked>,
    /// `sync_group_tracking_weight`
    pub tracking_weight: bool,
    /// Scripts and mails.
    pub notify: Notify,
}
