//! What the blocks fill in: everything optional, every value with its place.
//!
//! Defaults, and what depends on more than one line, are the matter of [`crate::complete`].

mod tracking;

pub(crate) use tracking::{
    DelayedInterface, FileDraft, GarpGroupDraft, Matching, PortDraft, PortLineDraft, ProcessDraft,
    TrackedDraft, TrackingDraft,
};

use std::net::IpAddr;
use std::ops::Range;
use std::time::Duration;

use crate::interpret::lvs::draft::ServiceDraft;
use crate::interpret::lvs::global::LvsGlobalDraft;
use crate::interpret::lvs::group::ServerGroupDraft;
use crate::interpret::routing::{RoutingDraft, TrackGroupDraft};
use crate::interpret::statement::{At, Order};
use crate::interpret::tree::Tree;
use crate::line::Span;
use crate::model::IpvlanReach;
use crate::model::{
    self, AntiReplay, AuthKind, Command, HmacMode, InitialState, ScriptUser, UnicastPeer, Version,
    VirtualAddress, Weight,
};

/// The whole file.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// Words of the root.
    pub(crate) root: model::Root,
    /// All `global_defs` blocks together.
    pub(crate) global: GlobalDraft,
    /// `vrrp_script` blocks, in order.
    pub(crate) scripts: Vec<ScriptDraft>,
    /// `vrrp_track_port` blocks, in order.
    pub(crate) ports: Vec<PortDraft>,
    /// `garp_group` blocks, in order.
    pub(crate) garp_groups: Vec<GarpGroupDraft>,
    /// `track_file` and `vrrp_track_file` blocks, in order.
    pub(crate) files: Vec<FileDraft>,
    /// `vrrp_track_process` blocks, in order.
    pub(crate) processes: Vec<ProcessDraft>,
    /// `vrrp_instance` blocks, in order.
    pub(crate) instances: Vec<InstanceDraft>,
    /// `vrrp_sync_group` blocks, in order.
    pub(crate) groups: Vec<GroupDraft>,
    /// `static_ipaddress`
    pub(crate) static_addresses: Vec<At<VirtualAddress>>,
    /// `static_routes` and `static_rules`
    pub(crate) routing: RoutingDraft,
    /// `track_group` blocks, in order.
    pub(crate) track_groups: Vec<TrackGroupDraft>,
    /// Interfaces of `interface_up_down_delays`.
    pub(crate) delayed_interfaces: Vec<DelayedInterface>,
    /// `linkbeat_interfaces` and `linkbeat_use_polling`
    pub(crate) linkbeat: model::Linkbeat,
    /// `virtual_server` blocks, in order.
    pub(crate) virtual_servers: Vec<ServiceDraft>,
    /// `virtual_server_group` blocks, in order.
    pub(crate) server_groups: Vec<ServerGroupDraft>,
    /// `SSL`
    pub(crate) ssl: model::lvs::Ssl,
    /// `net_namespace_ipvs`
    pub(crate) net_namespace_ipvs: Option<String>,
    /// Blocks that are only recorded, in order.
    pub(crate) recorded: Vec<Tree>,
}

/// `global_defs`.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a keyword of its own"
)]
pub(crate) struct GlobalDraft {
    /// What needs no second thought.
    pub(crate) global: model::Global,
    /// Host of `smtp_server`
    pub(crate) smtp_server: Option<At<String>>,
    /// `default_interface`
    pub(crate) default_interface: Option<At<String>>,
    /// `router_id`
    pub(crate) router_id: Option<At<String>>,
    /// `script_user`
    pub(crate) script_user: Option<At<ScriptUser>>,
    /// `enable_script_security`
    pub(crate) script_security: Option<Span>,
    /// `smtp_alert`
    pub(crate) smtp_alert: Option<bool>,
    /// `smtp_alert_vrrp`
    pub(crate) smtp_alert_vrrp: Option<bool>,
    /// `notify_fifo`
    pub(crate) notify_fifo: FifoDraft,
    /// `vrrp_notify_fifo`
    pub(crate) vrrp_notify_fifo: FifoDraft,
    /// `startup_script`
    pub(crate) startup_script: Option<At<Command>>,
    /// `startup_script_timeout`
    pub(crate) startup_timeout: Option<Duration>,
    /// `shutdown_script`
    pub(crate) shutdown_script: Option<At<Command>>,
    /// `shutdown_script_timeout`
    pub(crate) shutdown_timeout: Option<Duration>,
    /// `process_monitor_rcv_bufs`
    pub(crate) process_buffer: Option<u32>,
    /// `process_monitor_rcv_bufs_force`
    pub(crate) process_buffer_force: bool,
    /// `process_names` was given.
    pub(crate) process_names: bool,
    /// `max_auto_priority`: 0 for none.
    pub(crate) auto_priority: u8,
    /// `min_auto_priority_delay`
    pub(crate) auto_priority_delay: Option<Duration>,
    /// `vrrp_netlink_cmd_rcv_bufs`
    pub(crate) command_buffer: Option<u32>,
    /// `vrrp_netlink_cmd_rcv_bufs_force`
    pub(crate) command_buffer_force: bool,
    /// `vrrp_netlink_monitor_rcv_bufs`
    pub(crate) monitor_buffer: Option<u32>,
    /// `vrrp_netlink_monitor_rcv_bufs_force`
    pub(crate) monitor_buffer_force: bool,
    /// `vrrp_rx_bufs_policy`
    pub(crate) receive_policy: Option<ReceivePolicy>,
    /// `vrrp_rx_bufs_multiplier`
    pub(crate) receive_multiplier: Option<u32>,
    /// `vrrp_garp_extra_if`; without a period when it is 0.
    pub(crate) garp_extra: Option<model::GarpExtra>,
    /// `vrrp_garp_*`
    pub(crate) garp: GarpDraft,
    /// `vrrp_min_garp`
    pub(crate) min_garp: bool,
    /// `vrrp_version`
    pub(crate) version: Option<Version>,
    /// `vrrp_strict`
    pub(crate) strict: Option<At<bool>>,
    /// `nftables` or `vrrp_iptables` was given: later ones do not count.
    pub(crate) has_firewall: bool,
    /// `vrrp_down_timer_adverts`
    pub(crate) down_timer_adverts: Option<u8>,
    /// `vrrp_lower_prio_no_advert`
    pub(crate) lower_prio_no_advert: bool,
    /// `vrrp_higher_prio_send_advert`
    pub(crate) higher_prio_send_advert: bool,
    /// `vrrp_owner_ignore_adverts`
    pub(crate) owner_ignore_adverts: bool,
    /// `vrrp_check_unicast_src`
    pub(crate) check_unicast_src: bool,
    /// `vrrp_skip_check_adv_addr`
    pub(crate) skip_check_adv_addr: bool,
    /// `v3_checksum_as_v2`
    pub(crate) v3_checksum_as_v2: bool,
    /// `vrrp_notify_priority_changes`
    pub(crate) priority_changes: bool,
    /// `vmac_prefix`
    pub(crate) vmac_prefix: Option<String>,
    /// `vmac_addr_prefix`
    pub(crate) vmac_addr_prefix: Option<String>,
    /// Load balancing.
    pub(crate) lvs: LvsGlobalDraft,
    /// `vrrp_mcast_group4`
    pub(crate) group4: Option<At<IpAddr>>,
    /// `vrrp_mcast_group6`
    pub(crate) group6: Option<At<IpAddr>>,
    /// `lvs_sync_daemon`: its words, for the comparison of nodes.
    pub(crate) sync_daemon: Option<At<Vec<String>>>,
}

/// `vrrp_rx_bufs_policy`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReceivePolicy {
    /// By the largest packet of the interface.
    Mtu,
    /// By the size of adverts.
    Advert,
    /// So many bytes.
    Bytes(u32),
}

/// A FIFO and its script.
#[derive(Debug, Default)]
pub(crate) struct FifoDraft {
    /// Its path and owner.
    pub(crate) path: Option<At<(String, Option<ScriptUser>)>>,
    /// Its script.
    pub(crate) script: Option<At<Command>>,
}

/// GARP keywords.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GarpDraft {
    /// `garp_master_repeat`
    pub(crate) master_repeat: Option<u32>,
    /// `garp_master_delay`
    pub(crate) master_delay: Option<Duration>,
    /// `garp_master_refresh`
    pub(crate) refresh: Option<Duration>,
    /// `garp_master_refresh_repeat`
    pub(crate) refresh_repeat: Option<u32>,
    /// `garp_lower_prio_repeat`
    pub(crate) lower_prio_repeat: Option<At<u32>>,
    /// `garp_lower_prio_delay`
    pub(crate) lower_prio_delay: Option<At<Duration>>,
}

/// `vrrp_script`.
#[derive(Debug, Default)]
pub(crate) struct ScriptDraft {
    /// Its name.
    pub(crate) name: At<String>,
    /// When it was read.
    pub(crate) order: Order,
    /// The lines of the block.
    pub(crate) lines: Range<Order>,
    /// `script`: the command line as written.
    pub(crate) script: Option<At<Command>>,
    /// `interval`
    pub(crate) interval: Option<At<Duration>>,
    /// `timeout`
    pub(crate) timeout: Option<At<Duration>>,
    /// `weight`
    pub(crate) weight: Option<At<Weight>>,
    /// `rise`
    pub(crate) rise: Option<u32>,
    /// `fall`
    pub(crate) fall: Option<u32>,
    /// `user`
    pub(crate) user: Option<At<ScriptUser>>,
    /// `init_fail`
    pub(crate) init_fail: bool,
}

/// Notify keywords. Most instances have none of the commands, so these stand apart.
#[derive(Debug, Default)]
pub(crate) struct NotifyDraft {
    /// `notify_master`
    pub(crate) master: Option<Box<At<Command>>>,
    /// `notify_backup`
    pub(crate) backup: Option<Box<At<Command>>>,
    /// `notify_fault`
    pub(crate) fault: Option<Box<At<Command>>>,
    /// `notify_stop`
    pub(crate) stop: Option<Box<At<Command>>>,
    /// `notify_deleted`
    pub(crate) deleted: Option<Box<At<Option<Command>>>>,
    /// `notify`
    pub(crate) any: Option<Box<At<Command>>>,
    /// `notify_master_rx_lower_pri`
    pub(crate) master_rx_lower_pri: Option<Box<At<Command>>>,
    /// `smtp_alert`
    pub(crate) smtp_alert: Option<bool>,
    /// `notify_priority_changes`
    pub(crate) priority_changes: Option<bool>,
    /// Second and later scripts for the same change: the first holds.
    pub(crate) repeated: Vec<(&'static str, Span)>,
}

/// `auth_hmac`.
#[derive(Debug, Default)]
pub(crate) struct HmacDraft {
    /// The first line of the block.
    pub(crate) span: Span,
    /// `key`: number and text.
    pub(crate) keys: Vec<(u8, At<String>)>,
    /// `active_key`
    pub(crate) active_key: Option<At<u8>>,
    /// `time_window`
    pub(crate) time_window: Option<Duration>,
    /// `anti_replay`
    pub(crate) anti_replay: AntiReplay,
    /// `mode`
    pub(crate) mode: Option<At<HmacMode>>,
}

/// `vrrp_instance`.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a keyword of its own"
)]
pub(crate) struct InstanceDraft {
    /// Its name.
    pub(crate) name: At<String>,
    /// `interface`
    pub(crate) interface: Option<At<String>>,
    /// `virtual_router_id`
    pub(crate) vrid: Option<At<u8>>,
    /// The lines of the block.
    pub(crate) lines: Range<Order>,
    /// `version`
    pub(crate) version: Option<At<Version>>,
    /// `native_ipv6`
    pub(crate) native_ipv6: Option<Span>,
    /// `state`
    pub(crate) state: Option<At<InitialState>>,
    /// `priority`
    pub(crate) priority: Option<At<u8>>,
    /// `advert_int`
    pub(crate) advert_int: Option<At<Duration>>,
    /// `nopreempt`
    pub(crate) nopreempt: Option<Span>,
    /// `preempt_delay`
    pub(crate) preempt_delay: Option<At<Duration>>,
    /// `auth_type`
    pub(crate) auth_type: Option<At<AuthKind>>,
    /// `auth_pass`
    pub(crate) auth_pass: Option<At<String>>,
    /// `auth_hmac`
    pub(crate) hmac: Option<Box<HmacDraft>>,
    /// `mcast_src_ip` or `unicast_src_ip`
    pub(crate) source: Option<At<IpAddr>>,
    /// `unicast_src_ip`, `unicast_ttl`, `check_unicast_src`, ... : the first of them
    pub(crate) unicast_word: Option<Span>,
    /// `mcast_dst_ip`
    pub(crate) group: Option<At<IpAddr>>,
    /// `track_src_ip`
    pub(crate) track_source: bool,
    /// `unicast_peer`, with its place
    pub(crate) peers: Option<At<Vec<At<UnicastPeer>>>>,
    /// `unicast_ttl`
    pub(crate) unicast_ttl: Option<u8>,
    /// `check_unicast_src`
    pub(crate) check_unicast_src: bool,
    /// `unicast_fault_no_peer`
    pub(crate) unicast_fault_no_peer: bool,
    /// `virtual_ipaddress`
    pub(crate) addresses: Vec<At<VirtualAddress>>,
    /// `virtual_ipaddress_excluded`
    pub(crate) excluded: Vec<At<VirtualAddress>>,
    /// `no_virtual_ipaddress`
    pub(crate) no_addresses: Option<Span>,
    /// `promote_secondaries`
    pub(crate) promote_secondaries: bool,
    /// `garp_*`
    pub(crate) garp: GarpDraft,
    /// `down_timer_adverts`
    pub(crate) down_timer_adverts: Option<At<u8>>,
    /// `lower_prio_no_advert`
    pub(crate) lower_prio_no_advert: Option<At<bool>>,
    /// `higher_prio_send_advert`
    pub(crate) higher_prio_send_advert: Option<At<bool>>,
    /// `owner_ignore_adverts`
    pub(crate) owner_ignore_adverts: Option<At<bool>>,
    /// `strict_mode`
    pub(crate) strict: Option<At<bool>>,
    /// `accept` (true) or `no_accept` (false)
    pub(crate) accept: Option<At<bool>>,
    /// `skip_check_adv_addr`
    pub(crate) skip_check_adv_addr: Option<bool>,
    /// `v3_checksum_as_v2`
    pub(crate) v3_checksum_as_v2: Option<bool>,
    /// `old_unicast_checksum`
    pub(crate) old_checksum: model::OldChecksum,
    /// `garp_extra_if`
    pub(crate) garp_extra: Option<model::GarpExtra>,
    /// `dont_track_primary`
    pub(crate) dont_track_primary: bool,
    /// `linkbeat_use_polling`
    pub(crate) linkbeat: bool,
    /// What it tracks.
    pub(crate) tracking: TrackingDraft,
    /// `timer_expired_backup`
    pub(crate) timer_expired_backup: Option<At<u8>>,
    /// `kernel_rx_buf_size`
    pub(crate) receive_buffer: Option<u32>,
    /// Scripts and mails.
    pub(crate) notify: NotifyDraft,
    /// `virtual_routes` and `virtual_rules`
    pub(crate) routing: RoutingDraft,
    /// `use_vmac`
    pub(crate) vmac: Option<At<VmacDraft>>,
    /// `use_ipvlan`
    pub(crate) ipvlan: Option<At<IpvlanDraft>>,
    /// `vrf`
    pub(crate) domain: Option<At<String>>,
    /// `use_vmac_addr`
    pub(crate) use_vmac_addr: bool,
    /// `vmac_xmit_base`
    pub(crate) vmac_xmit_base: bool,
    /// `use_vmac` or `use_ipvlan`
    pub(crate) own_interface: Option<Span>,
}

/// What `use_vmac` says.
#[derive(Debug, Default)]
pub(crate) struct VmacDraft {
    /// Name of the interface.
    pub(crate) name: Option<String>,
    /// Hardware address; the last octet may be missing.
    pub(crate) mac: Option<([u8; 5], Option<u8>)>,
    /// Number of its group of interfaces.
    pub(crate) group: Option<u32>,
}

/// What `use_ipvlan` says.
#[derive(Debug, Default)]
pub(crate) struct IpvlanDraft {
    /// Name of the interface.
    pub(crate) name: Option<String>,
    /// Its address, with its prefix length.
    pub(crate) address: Option<(IpAddr, u8)>,
    /// Who hears it.
    pub(crate) reach: IpvlanReach,
    /// Number of its group of interfaces.
    pub(crate) group: Option<u32>,
}

impl InstanceDraft {
    /// An instance of which only the name is known.
    pub(crate) fn new(name: At<String>) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }
}

impl ScriptDraft {
    /// A script of which only the name is known.
    pub(crate) fn new(name: At<String>, order: Order) -> Self {
        Self {
            name,
            order,
            ..Self::default()
        }
    }
}

/// `vrrp_sync_group`.
#[derive(Debug, Default)]
pub(crate) struct GroupDraft {
    /// Its name.
    pub(crate) name: At<String>,
    /// `group`: the first one holds.
    pub(crate) members: Option<At<Vec<At<String>>>>,
    /// What all members track.
    pub(crate) tracking: TrackingDraft,
    /// `sync_group_tracking_weight` or `global_tracking`
    pub(crate) tracking_weight: bool,
    /// Scripts and mails.
    pub(crate) notify: NotifyDraft,
}

impl GroupDraft {
    /// A group of which only the name is known.
    pub(crate) fn new(name: At<String>) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }
}

impl NotifyDraft {
    /// Keeps the first script for a change; a second is remembered as a mistake.
    pub(crate) fn set(
        &mut self,
        keyword: &'static str,
        slot: fn(&mut Self) -> &mut Option<Box<At<Command>>>,
        command: At<Option<Command>>,
    ) {
        let span = command.span;
        let Some(command) = command.value else { return };
        if slot(self).is_some() {
            self.repeated.push((keyword, span));
        } else {
            *slot(self) = Some(Box::new(At::new(command, span)));
        }
    }
}
