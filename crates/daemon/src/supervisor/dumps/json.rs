//! `keepalived.json`, version 1: an array with one object for each instance.

use serde::Serialize;
use vipd_config::model::{AuthKind, Command, Config, Instance, TrackScript, Version};
use vipd_engine::event::State;
use vipd_engine::vrrp::InstanceStatus;

use super::{Clock, address_text, quoted};

#[derive(Serialize)]
struct Entry<'a> {
    data: Data<'a>,
    stats: Stats,
}

/// Member names and their order are keepalived's.
#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "the members are given by keepalived"
)]
struct Data<'a> {
    iname: &'a str,
    dont_track_primary: u8,
    skip_check_adv_addr: u8,
    strict_mode: u8,
    vmac_ifname: &'a str,
    ifp_ifname: &'a str,
    master_priority: u8,
    last_transition: f64,
    garp_delay: u64,
    garp_refresh: u64,
    garp_rep: u32,
    garp_refresh_rep: u32,
    garp_lower_prio_delay: u64,
    garp_lower_prio_rep: u32,
    lower_prio_no_advert: u8,
    higher_prio_send_advert: u8,
    vrid: u8,
    base_priority: u8,
    effective_priority: u8,
    vipset: bool,
    promote_secondaries: bool,
    adver_int: u64,
    master_adver_int: u64,
    accept: u8,
    nopreempt: bool,
    preempt_delay: u64,
    state: u8,
    wantstate: u8,
    version: u8,
    smtp_alert: bool,
    notify_deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_backup: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_master: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_fault: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_stop: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_deleted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_master_rx_lower_pri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    vips: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evips: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    track_ifp: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    track_script: Vec<String>,
    auth_type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_data: Option<&'static str>,
}

#[derive(Serialize)]
struct Stats {
    advert_rcvd: u64,
    advert_sent: u64,
    become_master: u64,
    release_master: u64,
    packet_len_err: u64,
    advert_interval_err: u64,
    ip_ttl_err: u64,
    invalid_type_rcvd: u64,
    addr_list_err: u64,
    invalid_authtype: u64,
    authtype_mismatch: u64,
    auth_failure: u64,
    pri_zero_rcvd: u64,
    pri_zero_sent: u64,
}

/// The file for these instances.
pub(super) fn text(config: &Config, status: &[InstanceStatus], clock: &Clock) -> String {
    let entries: Vec<Entry<'_>> = config
        .instances
        .iter()
        .filter_map(|instance| {
            let status = status.iter().find(|s| s.instance == instance.name)?;
            Some(Entry {
                data: data(config, instance, status, clock),
                stats: stats(status),
            })
        })
        .collect();
    // Plain data with names for members: there is nothing that could not be written.
    let text = serde_json::to_string(&entries).unwrap_or_default();
    // keepalived escapes slashes; they occur in strings only.
    text.replace('/', "\\/")
}

fn data<'a>(
    config: &'a Config,
    instance: &'a Instance,
    status: &InstanceStatus,
    clock: &Clock,
) -> Data<'a> {
    let (garp, notify) = (&instance.garp, &instance.notify);
    let script = |command: &Option<Box<Command>>| command.as_deref().map(quoted);
    Data {
        iname: &instance.name,
        dont_track_primary: u8::from(!instance.tracks_primary),
        skip_check_adv_addr: u8::from(instance.skip_check_adv_addr),
        strict_mode: u8::from(instance.strict),
        vmac_ifname: "",
        ifp_ifname: instance.interface.as_deref().unwrap_or_default(),
        master_priority: status.master.map_or(0, |(_, priority)| priority),
        last_transition: clock.unix(status.since).as_secs_f64(),
        garp_delay: garp.master_delay.as_secs(),
        garp_refresh: garp.refresh.as_secs(),
        garp_rep: garp.master_repeat,
        garp_refresh_rep: garp.refresh_repeat,
        garp_lower_prio_delay: garp.lower_prio_delay.as_secs(),
        garp_lower_prio_rep: garp.lower_prio_repeat,
        lower_prio_no_advert: u8::from(instance.lower_prio_no_advert),
        higher_prio_send_advert: u8::from(instance.higher_prio_send_advert),
        vrid: instance.vrid,
        base_priority: instance.priority,
        effective_priority: status.priority,
        vipset: status.holds_addresses,
        promote_secondaries: instance.promote_secondaries,
        adver_int: instance.advert_interval.as_secs(),
        master_adver_int: status.master_interval.as_secs(),
        accept: u8::from(instance.accept),
        nopreempt: !instance.preempts,
        preempt_delay: instance.preempt_delay.as_secs(),
        state: number(status.state),
        wantstate: number(status.state),
        version: match instance.version {
            Version::V2 => 2,
            Version::V3 => 3,
        },
        smtp_alert: notify.smtp_alert,
        notify_deleted: notify.tells_deleted,
        script_backup: script(&notify.backup),
        script_master: script(&notify.master),
        script_fault: script(&notify.fault),
        script_stop: script(&notify.stop),
        script_deleted: script(&notify.deleted),
        script: script(&notify.any),
        script_master_rx_lower_pri: script(&notify.master_rx_lower_pri),
        vips: addresses(&instance.addresses, instance),
        evips: addresses(&instance.excluded_addresses, instance),
        track_ifp: instance
            .track_interfaces
            .iter()
            .map(|tracked| tracked.name.as_str())
            .collect(),
        track_script: track_scripts(config, instance),
        auth_type: instance.authentication.map_or(0, |auth| match auth.kind {
            AuthKind::Pass => 1,
            AuthKind::Ah => 2,
        }),
        auth_data: instance.authentication.map(|_| "********"),
    }
}

/// Numbers of states as SNMP has them.
fn number(state: State) -> u8 {
    match state {
        State::Init => 0,
        State::Backup => 1,
        State::Master => 2,
        State::Fault => 3,
    }
}

fn addresses(list: &[vipd_config::model::VirtualAddress], instance: &Instance) -> Vec<String> {
    list.iter()
        .map(|address| address_text(address, instance))
        .collect()
}

/// Commands of the scripts an instance tracks.
fn track_scripts(config: &Config, instance: &Instance) -> Vec<String> {
    let find = |name: &str| config.scripts.iter().find(|script| script.name == name);
    instance
        .track_scripts
        .iter()
        .filter_map(|tracked| find(&tracked.name))
        .map(command)
        .collect()
}

fn command(script: &TrackScript) -> String {
    use vipd_config::model::Check;
    match &script.check {
        Check::Run(command) => quoted(command),
        Check::Connect { host, port } => format!("</dev/tcp/{host}/{port}"),
        Check::Open(path) => format!("<{path}"),
    }
}

fn stats(status: &InstanceStatus) -> Stats {
    let counters = &status.counters;
    Stats {
        advert_rcvd: counters.advert_rcvd,
        advert_sent: counters.advert_sent,
        become_master: counters.become_master,
        release_master: counters.release_master,
        packet_len_err: counters.packet_len_err,
        advert_interval_err: counters.advert_interval_err,
        ip_ttl_err: counters.ip_ttl_err,
        invalid_type_rcvd: counters.invalid_type_rcvd,
        addr_list_err: counters.addr_list_err,
        invalid_authtype: counters.invalid_authtype,
        authtype_mismatch: counters.authtype_mismatch,
        auth_failure: counters.auth_failure,
        pri_zero_rcvd: counters.pri_zero_rcvd,
        pri_zero_sent: counters.pri_zero_sent,
    }
}
