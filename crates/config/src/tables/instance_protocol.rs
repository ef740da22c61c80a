//! `vrrp_instance`: election, timers and how adverts travel, with the ranges and defaults that
//! V2-20 and V3-20 ask for.

use crate::interpret::draft::InstanceDraft;
use crate::interpret::extra::old_checksum;
use crate::interpret::instance::{state, timer_expired_backup, unicast_peer};
use crate::interpret::setter::{byte, version};
use crate::interpret::statement::At;
use crate::tables::auth_hmac::AUTH_HMAC;
use crate::tables::authentication::AUTHENTICATION;
use crate::tables::{Keyword, Otherwise, Status, Takes, int, time, time_or};

type Row = Keyword<InstanceDraft>;

rows! {
    /// Rows about the protocol.
    pub(crate) INSTANCE_PROTOCOL: InstanceDraft = [
        Row::new("accept", Takes::Flag(|i, s| i.accept = Some(At::new(true, s))), "on, but off in strict mode",
            "Packets to the virtual addresses are accepted."),
        Row::new("advert_int", Takes::Time(time(10_000, 255_000_000, 6), |i, v| i.advert_int = Some(v)), "1",
            "Time between adverts; all nodes of a virtual router must agree. Version 2 takes whole seconds.").unit("s"),
        Row::new("auth_hmac", Takes::Block(&[AUTH_HMAC]), "",
            "Signs adverts with HMAC-SHA256, and checks the signatures of others."),
        Row::new("authentication", Takes::Block(&[AUTHENTICATION]), "",
            "Password of a version 2 instance."),
        Row::new("check_unicast_src", Takes::Flag(|i, s| { i.check_unicast_src = true; i.unicast_word.get_or_insert(s); }), "as vrrp_check_unicast_src",
            "Unicast adverts from unlisted addresses are dropped."),
        Row::new("down_timer_adverts", Takes::Int(int(1..=100), |i, v| i.down_timer_adverts = Some(At::new(byte(v.value), v.span))), "as vrrp_down_timer_adverts",
            "Adverts that must be missed before this node takes over.").unit("adverts"),
        Row::new("higher_prio_send_advert", Takes::Bool(|i, v| i.higher_prio_send_advert = Some(v)), "as vrrp_higher_prio_send_advert",
            "A master that yields sends one more advert."),
        Row::new("lower_prio_no_advert", Takes::Bool(|i, v| i.lower_prio_no_advert = Some(v)), "as vrrp_lower_prio_no_advert",
            "A master does not answer an advert of lower priority with its own."),
        Row::new("mcast_dst_ip", Takes::Address(|i, v| i.group = Some(v)), "as vrrp_mcast_group4 or vrrp_mcast_group6",
            "Multicast group of this instance."),
        Row::new("mcast_src_ip", Takes::Address(|i, v| i.source = Some(v)), "the first address of the interface",
            "Source address of adverts."),
        Row::new("native_ipv6", Takes::Flag(|i, s| i.native_ipv6 = Some(s)), "off",
            "The instance is an IPv6 one whatever its addresses."),
        Row::new("no_accept", Takes::Flag(|i, s| i.accept = Some(At::new(false, s))), "off",
            "Packets to the virtual addresses are dropped unless the instance owns them."),
        Row::new("nopreempt", Takes::Flag(|i, s| i.nopreempt = Some(s)), "off",
            "Does not take over from a master of lower priority; not with `state MASTER`."),
        Row::new("old_unicast_checksum", Takes::Free("[never]", old_checksum), "found out by itself",
            "Version 3 unicast checksum as keepalived had it before 1.4.3: sent from the start, or never sent nor accepted; without the word it is sent once a peer sends it."),
        Row::new("owner_ignore_adverts", Takes::Bool(|i, v| i.owner_ignore_adverts = Some(v)), "as vrrp_owner_ignore_adverts",
            "An address owner ignores the adverts of others."),
        Row::new("preempt", Takes::Flag(|i, _| i.nopreempt = None), "on",
            "Takes over from a master of lower priority; undoes `nopreempt`.").status(Status::Alias("the default")),
        Row::new("preempt_delay", Takes::Time(time_or(0, 1_000_000_000, 6, Otherwise::Zero), |i, v| i.preempt_delay = Some(v)), "0",
            "Time a master of lower priority is heard before it is replaced.").unit("s"),
        Row::new("priority", Takes::Int(int(1..=255), |i, v| i.priority = Some(At::new(byte(v.value), v.span))), "255 with state MASTER, else 100",
            "Base priority: the highest becomes master; 255 is the owner of the addresses."),
        Row::new("skip_check_adv_addr", Takes::Bool(|i, v| i.skip_check_adv_addr = Some(v.value)), "as vrrp_skip_check_adv_addr",
            "The addresses in an advert are compared only when its sender is new."),
        Row::new("state", Takes::Free("MASTER|BACKUP", state), "MASTER with priority 255, else BACKUP",
            "State hoped for at start; the priority decides."),
        Row::new("strict_mode", Takes::Bool(|i, v| i.strict = Some(v)), "as vrrp_strict",
            "Holds the instance to the letter of the RFC."),
        Row::new("thread_timer_expired", Takes::Free("[PRIORITY]", timer_expired_backup), "off",
            "Spelling of `timer_expired_backup` in release notes.").status(Status::Deprecated("timer_expired_backup")),
        Row::new("timer_expired_backup", Takes::Free("[PRIORITY]", timer_expired_backup), "off",
            "A node whose own timer ran so late that another one would be master by now stays backup for another down time; the number is the highest priority of the others."),
        Row::new("unicast_fault_no_peer", Takes::Flag(|i, s| { i.unicast_fault_no_peer = true; i.unicast_word.get_or_insert(s); }), "off",
            "A unicast instance without peers is in FAULT."),
        Row::new("unicast_peer", Takes::Entries("ADDRESS [min_ttl N] [max_ttl N]", unicast_peer), "",
            "Sends adverts to these addresses instead of a multicast group.").unit("hops"),
        Row::new("unicast_src_ip", Takes::Address(|i, v| { i.source = Some(v); i.unicast_word.get_or_insert(v.span); }), "the first address of the interface",
            "Source address of unicast adverts."),
        Row::new("unicast_ttl", Takes::Int(int(0..=255), |i, v| { i.unicast_ttl = Some(byte(v.value)); i.unicast_word.get_or_insert(v.span); }), "255",
            "TTL of unicast adverts.").unit("hops"),
        Row::new("v3_checksum_as_v2", Takes::Bool(|i, v| i.v3_checksum_as_v2 = Some(v.value)), "as global v3_checksum_as_v2",
            "Version 3 checksum over IPv4 leaves out the pseudo header."),
        Row::new("version", Takes::Int(int(2..=3), |i, v| i.version = Some(At::new(version(v.value), v.span))), "as vrrp_version; 3 with IPv6",
            "VRRP version."),
        Row::new("virtual_router_id", Takes::Int(int(1..=255), |i, v| i.vrid = Some(At::new(byte(v.value), v.span))), "",
            "Number of the virtual router, the same on all its nodes."),
    ];
}
