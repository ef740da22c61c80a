//! `vrrp_instance` as a whole.

use std::time::Duration;

use crate::complete::{
    Scene, addresses, election, hmac, interfaces, notify, ports, strict, tracking, transport,
    virtual_links, watched,
};
use crate::interpret::draft::{GarpDraft, InstanceDraft, ReceivePolicy};
use crate::interpret::report::Report;
use crate::model::{Family, Garp, Instance, ReceiveBuffer, Version};

/// `vrrp_rx_bufs_multiplier` when it is not given.
const RECEIVE_MULTIPLIER: u32 = 3;

/// Makes an instance of a draft.
pub(super) fn complete(draft: &InstanceDraft, scene: &Scene<'_>, report: &mut Report) -> Instance {
    let global = &scene.draft.global;
    let name = draft.name.value.as_str();
    let mut instance = Instance::new(name, "", 0);
    instance.family = addresses::family(draft, report);
    instance.version = election::version(draft, global, instance.family);
    instance.strict = draft
        .strict
        .or(global.strict)
        .is_some_and(|strict| strict.value);
    instance.interface = interface(draft, scene, report);
    if instance.interface.is_none()
        && let Some(domain) = &draft.domain
    {
        interfaces::exists(domain, format_args!("`{name}` runs in it"), scene, report);
        instance.domain = Some(domain.value.clone());
    }
    instance.vrid = vrid(draft, report);
    election::complete(draft, &mut instance, report);
    addresses::complete(draft, &mut instance, scene, report);
    transport::complete(draft, &mut instance, scene, report);
    election::authentication(draft, &mut instance, report);
    instance.routing = draft.routing.every().map(|at| at.value.clone()).collect();
    for name in &draft.routing.interfaces {
        interfaces::exists(
            name,
            format_args!("a route or rule names it"),
            scene,
            report,
        );
    }
    instance.advert_interval = election::advert_interval(draft, instance.version, report);
    hmac::complete(draft, &mut instance, scene, report);
    instance.garp = garp(&draft.garp, &global.garp, global.min_garp);
    let extra = draft.garp_extra.or(global.garp_extra);
    instance.garp_extra = extra.filter(|extra| !extra.every.is_zero());
    instance.old_checksum = draft.old_checksum;
    flags(draft, &mut instance, scene, report);
    let own = instance.interface.clone();
    let own = own.as_deref().map(|own| (own, !draft.dont_track_primary));
    instance.track_interfaces = tracking::interfaces(&draft.tracking, name, own, scene, report);
    instance.track_scripts = tracking::scripts(&draft.tracking, name, scene, report);
    instance.track_ports = ports::tracked(&draft.tracking.ports, name, &scene.ports, report);
    instance.track_files = watched::tracked_files(&draft.tracking.files, name, scene, report);
    instance.track_processes =
        watched::tracked_processes(&draft.tracking.processes, name, scene, report);
    tracking::sessions(&draft.tracking, name, scene, report);
    tracking::forget_weighted(&draft.tracking, &mut instance, scene, report);
    instance.notify = notify::complete(&draft.notify, global, name, report);
    virtual_links::flags(draft, &mut instance, report);
    strict::apply(draft, &mut instance, scene, report);
    instance.receive_buffer = receive_buffer(draft, &instance, scene);
    instance
}

fn interface(draft: &InstanceDraft, scene: &Scene<'_>, report: &mut Report) -> Option<String> {
    let name = &draft.name.value;
    if let Some(interface) = &draft.interface {
        interfaces::exists(
            interface,
            format_args!("`{name}` runs on it"),
            scene,
            report,
        );
        return Some(interface.value.clone());
    }
    let unicast = draft
        .peers
        .as_ref()
        .is_some_and(|peers| !peers.value.is_empty());
    let can_do_without = unicast && draft.source.is_some();
    if !can_do_without && !report.is_over() {
        report
            .unusable(
                "no-interface",
                draft.name.span,
                format!("`{name}` names no interface to run on; the daemon refuses to start"),
            )
            .help = Some(
            "add a line `interface NAME`; only unicast with `unicast_src_ip` can do without"
                .to_owned(),
        );
    }
    None
}

/// The number of the virtual router; 0, which no packet has, after a message.
fn vrid(draft: &InstanceDraft, report: &mut Report) -> u8 {
    if let Some(vrid) = draft.vrid {
        return vrid.value;
    }
    let name = &draft.name.value;
    if report.is_over() {
        return 0;
    }
    let refused = report.refused("virtual_router_id", &draft.lines);
    let valid = if refused { "valid " } else { "" };
    report
        .unusable(
            "no-virtual-router-id",
            draft.name.span,
            format!("`{name}` has no {valid}`virtual_router_id`; the daemon refuses to start"),
        )
        .help = Some(
        "write a line `virtual_router_id N`, the same number on all nodes, from 1 to 255"
            .to_owned(),
    );
    0
}

/// The GARP schedule: own keywords, then those of `global_defs`, then `vrrp_min_garp`, then the defaults.
fn garp(own: &GarpDraft, global: &GarpDraft, min: bool) -> Garp {
    let defaults = if min {
        Garp {
            master_repeat: 1,
            master_delay: Duration::ZERO,
            refresh: Duration::ZERO,
            refresh_repeat: 1,
            lower_prio_repeat: 1,
            lower_prio_delay: Duration::ZERO,
        }
    } else {
        Garp::default()
    };
    let master_delay = own
        .master_delay
        .or(global.master_delay)
        .unwrap_or(defaults.master_delay);
    let master_repeat = own
        .master_repeat
        .or(global.master_repeat)
        .unwrap_or(defaults.master_repeat);
    Garp {
        master_repeat,
        master_delay,
        refresh: own.refresh.or(global.refresh).unwrap_or(defaults.refresh),
        refresh_repeat: own
            .refresh_repeat
            .or(global.refresh_repeat)
            .unwrap_or(defaults.refresh_repeat),
        lower_prio_repeat: own
            .lower_prio_repeat
            .or(global.lower_prio_repeat)
            .map_or(master_repeat, |repeat| repeat.value),
        lower_prio_delay: own
            .lower_prio_delay
            .or(global.lower_prio_delay)
            .map_or(master_delay, |delay| delay.value),
    }
}

/// `kernel_rx_buf_size`, else what `vrrp_rx_bufs_policy` makes of it.
fn receive_buffer(
    draft: &InstanceDraft,
    instance: &Instance,
    scene: &Scene<'_>,
) -> Option<ReceiveBuffer> {
    let global = &scene.draft.global;
    let times = global.receive_multiplier.unwrap_or(RECEIVE_MULTIPLIER);
    match (draft.receive_buffer, global.receive_policy) {
        (Some(bytes), _) | (None, Some(ReceivePolicy::Bytes(bytes))) => {
            Some(ReceiveBuffer::Bytes(bytes))
        }
        (None, Some(ReceivePolicy::Mtu)) => Some(ReceiveBuffer::Mtus(times)),
        (None, Some(ReceivePolicy::Advert)) => {
            let bytes = advert_bytes(instance).saturating_mul(times);
            Some(ReceiveBuffer::Bytes(bytes))
        }
        (None, None) => None,
    }
}

/// Size of an advert with its IP header.
fn advert_bytes(instance: &Instance) -> u32 {
    let (header, address) = match instance.family {
        Family::V4 => (20, 4),
        Family::V6 => (40, 16),
    };
    // The eight bytes of a password are there in version 2 with and without one.
    let tail = match instance.version {
        Version::V2 => 8,
        Version::V3 => 0,
    };
    let count = u32::try_from(instance.addresses.len()).unwrap_or(u32::MAX);
    count
        .saturating_mul(address)
        .saturating_add(header + 8 + tail)
}

/// What is on or off.
fn flags(draft: &InstanceDraft, instance: &mut Instance, scene: &Scene<'_>, report: &mut Report) {
    let global = &scene.draft.global;
    instance.promote_secondaries = draft.promote_secondaries;
    instance.track_source = draft.track_source;
    instance.tracks_primary = !draft.dont_track_primary;
    instance.down_timer_adverts = draft
        .down_timer_adverts
        .map(|adverts| adverts.value)
        .or(global.down_timer_adverts)
        .unwrap_or(3);
    instance.lower_prio_no_advert = draft
        .lower_prio_no_advert
        .map_or(global.lower_prio_no_advert, |flag| flag.value);
    instance.higher_prio_send_advert = draft
        .higher_prio_send_advert
        .map_or(global.higher_prio_send_advert, |flag| flag.value);
    instance.owner_ignore_adverts = draft
        .owner_ignore_adverts
        .map_or(global.owner_ignore_adverts, |flag| flag.value);
    instance.accept = draft.accept.is_none_or(|accept| accept.value);
    // keepalived turns it on whatever word follows it here.
    instance.skip_check_adv_addr = draft
        .skip_check_adv_addr
        .map_or(global.skip_check_adv_addr, |_| true);
    instance.v3_checksum_as_v2 = draft.v3_checksum_as_v2.unwrap_or(global.v3_checksum_as_v2);
    if let Some(priority) = draft.timer_expired_backup {
        if instance.preempts {
            report.general(
                "needs-nopreempt",
                priority.span,
                "`timer_expired_backup` needs `nopreempt`; it is ignored",
            );
        } else {
            instance.timer_expired_backup = Some(priority.value);
        }
    }
    if instance.family == Family::V6 && instance.v3_checksum_as_v2 {
        instance.v3_checksum_as_v2 = false;
    }
}
