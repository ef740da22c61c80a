//! `vrrp_instance`

use serde_json::Value;

use crate::dump::words::{address, command, seconds, tracked};
use crate::dump::written::Writings;
use crate::dump::{Gather, Section};
use crate::model::{
    AntiReplay, AuthKind, Family, HmacMode, InitialState, Instance, Notify, OldChecksum,
    ReceiveBuffer, Transport, Version,
};

/// All values of an instance.
pub(super) fn section(instance: &Instance, writings: &Writings) -> Section {
    let mut gather = Gather::new("vrrp_instance", &instance.name, writings);
    election(instance, &mut gather);
    protocol(instance, &mut gather);
    authentication(instance, &mut gather);
    transport(instance, &mut gather);
    virtual_links(instance, &mut gather);
    served(instance, &mut gather);
    garp(instance, &mut gather);
    gather.list("track_interface", tracked(&instance.track_interfaces));
    gather.list("track_script", tracked(&instance.track_scripts));
    gather.list("track_port", tracked(&instance.track_ports));
    gather.list("track_file", tracked(&instance.track_files));
    gather.list("track_process", tracked(&instance.track_processes));
    notify(&instance.notify, &mut gather);
    notify_more(&instance.notify, &mut gather);
    gather.done()
}

fn election(instance: &Instance, gather: &mut Gather<'_>) {
    gather.value("interface", instance.interface.clone(), "");
    gather.value("virtual_router_id", instance.vrid, "");
    gather.value("native_ipv6", instance.family == Family::V6, "");
    let version = match instance.version {
        Version::V2 => 2,
        Version::V3 => 3,
    };
    gather.value("version", version, "vrrp_version");
    let state = match instance.initial_state {
        InitialState::Master => "MASTER",
        InitialState::Backup => "BACKUP",
    };
    gather.value("state", state, "");
    gather.value("priority", instance.priority, "");
    gather.value("advert_int", seconds(instance.advert_interval), "");
    gather.any_of(
        "nopreempt",
        &["nopreempt", "preempt"],
        !instance.preempts,
        "",
    );
    gather.value("preempt_delay", seconds(instance.preempt_delay), "");
    gather.value(
        "down_timer_adverts",
        instance.down_timer_adverts,
        "vrrp_down_timer_adverts",
    );
    gather.value("timer_expired_backup", instance.timer_expired_backup, "");
}

fn protocol(instance: &Instance, gather: &mut Gather<'_>) {
    let global = [
        (
            "lower_prio_no_advert",
            instance.lower_prio_no_advert,
            "vrrp_lower_prio_no_advert",
        ),
        (
            "higher_prio_send_advert",
            instance.higher_prio_send_advert,
            "vrrp_higher_prio_send_advert",
        ),
        (
            "owner_ignore_adverts",
            instance.owner_ignore_adverts,
            "vrrp_owner_ignore_adverts",
        ),
        ("strict_mode", instance.strict, "vrrp_strict"),
        (
            "skip_check_adv_addr",
            instance.skip_check_adv_addr,
            "vrrp_skip_check_adv_addr",
        ),
        (
            "v3_checksum_as_v2",
            instance.v3_checksum_as_v2,
            "v3_checksum_as_v2",
        ),
    ];
    for (keyword, on, word) in global {
        gather.value(keyword, on, word);
    }
    gather.any_of(
        "accept",
        &["accept", "no_accept"],
        instance.accept,
        "vrrp_strict",
    );
    gather.value("dont_track_primary", !instance.tracks_primary, "");
    gather.value("promote_secondaries", instance.promote_secondaries, "");
    let buffer = instance.receive_buffer.map(|buffer| match buffer {
        ReceiveBuffer::Bytes(bytes) => Value::from(bytes),
        ReceiveBuffer::Mtus(times) => Value::from(format!("{times} MTU")),
    });
    gather.value("kernel_rx_buf_size", buffer, "vrrp_rx_bufs_policy");
    let old = match instance.old_checksum {
        OldChecksum::Detected => None,
        OldChecksum::Always => Some("always"),
        OldChecksum::Never => Some("never"),
    };
    gather.value("old_unicast_checksum", old, "");
}

fn authentication(instance: &Instance, gather: &mut Gather<'_>) {
    let kind = instance.authentication.map(|auth| match auth.kind {
        AuthKind::Pass => "PASS",
        AuthKind::Ah => "AH",
    });
    gather.value("auth_type", kind, "");
    gather.value("auth_pass", kind.map(|_| "********"), "");
    let Some(hmac) = &instance.hmac else { return };
    for id in hmac.keys.keys() {
        gather.value("key", format!("{id} ********"), "");
    }
    gather.value("active_key", hmac.active_key, "");
    gather.value("time_window", seconds(hmac.time_window), "");
    let replay = match hmac.anti_replay {
        AntiReplay::Time => "time",
        AntiReplay::Monotonic => "monotonic",
    };
    gather.value("anti_replay", replay, "");
    let mode = match hmac.mode {
        HmacMode::Enforce => "enforce",
        HmacMode::Permissive => "permissive",
        HmacMode::ReceiveOnly => "receive_only",
    };
    gather.value("mode", mode, "");
}

fn transport(instance: &Instance, gather: &mut Gather<'_>) {
    let source = instance.source.map(|source| source.to_string());
    match &instance.transport {
        Transport::Multicast { group } => {
            let word = if group.is_ipv4() {
                "vrrp_mcast_group4"
            } else {
                "vrrp_mcast_group6"
            };
            gather.value("mcast_src_ip", source, "");
            gather.value("mcast_dst_ip", group.to_string(), word);
        }
        Transport::Unicast {
            peers,
            ttl,
            check_source,
            fault_without_peer,
        } => {
            gather.any_of(
                "unicast_src_ip",
                &["unicast_src_ip", "mcast_src_ip"],
                source,
                "",
            );
            let shown = peers.iter().map(|peer| {
                let bound = |word: &str, ttl: Option<u8>| {
                    ttl.map_or_else(String::new, |ttl| format!(" {word} {ttl}"))
                };
                format!(
                    "{}{}{}",
                    peer.address,
                    bound("min_ttl", peer.min_ttl),
                    bound("max_ttl", peer.max_ttl)
                )
            });
            gather.list("unicast_peer", shown.collect());
            gather.value("unicast_ttl", *ttl, "");
            gather.value("check_unicast_src", *check_source, "vrrp_check_unicast_src");
            gather.value("unicast_fault_no_peer", *fault_without_peer, "");
        }
    }
    gather.value("track_src_ip", instance.track_source, "");
}

/// `use_vmac` with the name and the hardware address that follow from it.
fn virtual_links(instance: &Instance, gather: &mut Gather<'_>) {
    let own = instance.virtual_links.first();
    let own = own.filter(|_| instance.uses_vmac);
    let shown = own.map(|link| {
        let bytes = link.mac.map(|byte| format!("{byte:02x}"));
        format!("{} {}", link.name, bytes.join(":"))
    });
    gather.value("use_vmac", shown, "");
    let ipvlan = instance
        .virtual_links
        .iter()
        .find(|link| link.ipvlan.is_some());
    gather.value("use_ipvlan", ipvlan.map(|link| link.name.clone()), "");
    gather.value("use_vmac_addr", instance.uses_vmac_addr, "");
    gather.value("vmac_xmit_base", instance.vmac_xmit_base, "");
}

/// Addresses, routes and rules.
fn served(instance: &Instance, gather: &mut Gather<'_>) {
    for (keyword, list) in [
        ("virtual_ipaddress", &instance.addresses),
        ("virtual_ipaddress_excluded", &instance.excluded_addresses),
    ] {
        let shown = list
            .iter()
            .map(|entry| address(entry, instance.place_of(entry)));
        gather.list(keyword, shown.collect());
    }
    gather.as_written("virtual_routes");
    gather.as_written("virtual_rules");
}

fn garp(instance: &Instance, gather: &mut Gather<'_>) {
    let garp = &instance.garp;
    let values: [(&'static str, Value, &'static str); 6] = [
        (
            "garp_master_repeat",
            garp.master_repeat.into(),
            "vrrp_garp_master_repeat",
        ),
        (
            "garp_master_delay",
            seconds(garp.master_delay),
            "vrrp_garp_master_delay",
        ),
        (
            "garp_master_refresh",
            seconds(garp.refresh),
            "vrrp_garp_master_refresh",
        ),
        (
            "garp_master_refresh_repeat",
            garp.refresh_repeat.into(),
            "vrrp_garp_master_refresh_repeat",
        ),
        (
            "garp_lower_prio_repeat",
            garp.lower_prio_repeat.into(),
            "vrrp_garp_lower_prio_repeat",
        ),
        (
            "garp_lower_prio_delay",
            seconds(garp.lower_prio_delay),
            "vrrp_garp_lower_prio_delay",
        ),
    ];
    for (keyword, value, global) in values {
        gather.value(keyword, value, global);
    }
    let extra = instance.garp_extra.map(|extra| {
        let all = if extra.everywhere { "all " } else { "" };
        format!("{all}{}", extra.every.as_secs())
    });
    gather.value("garp_extra_if", extra, "vrrp_garp_extra_if");
}

/// Scripts and mails, of an instance or a group.
pub(super) fn notify(notify: &Notify, gather: &mut Gather<'_>) {
    let scripts = [
        ("notify_master", &notify.master),
        ("notify_backup", &notify.backup),
        ("notify_fault", &notify.fault),
        ("notify_stop", &notify.stop),
        ("notify", &notify.any),
    ];
    for (keyword, script) in scripts {
        gather.value(keyword, command(script.as_deref()), "");
    }
    gather.value("smtp_alert", notify.smtp_alert, "smtp_alert_vrrp");
    gather.value(
        "notify_priority_changes",
        notify.priority_changes,
        "vrrp_notify_priority_changes",
    );
}

/// What groups do not have of it.
fn notify_more(notify: &Notify, gather: &mut Gather<'_>) {
    let lower = command(notify.master_rx_lower_pri.as_deref());
    gather.value("notify_master_rx_lower_pri", lower, "");
    let deleted = match &notify.deleted {
        Some(script) => command(Some(script)),
        None => Value::from(notify.tells_deleted),
    };
    gather.value("notify_deleted", deleted, "");
}
