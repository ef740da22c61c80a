//! `keepalived_check.data`: virtual servers, real servers and their checks, in keepalived's layout.
//!
//! What only checks use (`delay_loop`, `retry` and their kin) is shown with each check, where all
//! that it inherits is filled in.

use vipd_config::model::Config;
use vipd_config::model::lvs::{
    Forwarding, GroupEntry, Lvs, Netmask, RealServer, Scheduler, ServiceKey, ServiceProtocol, Ssl,
    Tunnel, TunnelChecksum, VirtualServer, VirtualServerGroup,
};
use vipd_engine::lvs::{ServerStatus, ServiceStatus};

use super::{Or, Page, parent, with_user};

mod checks;

/// The whole file.
pub(super) fn text(config: &Config, status: &[ServiceStatus]) -> String {
    let mut text = parent(config);
    let lvs = &config.lvs;
    let mut page = Page {
        text: &mut text,
        indent: " ",
    };
    if lvs.ssl != Ssl::default() {
        about_tls(&mut page, &lvs.ssl);
    }
    page.title("LVS Topology");
    for group in &lvs.groups {
        about_group(&mut page, lvs, group, status);
    }
    for (vs, status) in lvs.servers.iter().zip(status) {
        about_service(&mut page, vs, status);
    }
    page.indent = " ";
    page.title("Health checkers");
    for (vs, status) in lvs.servers.iter().zip(status) {
        for (rs, status) in vs.servers.iter().zip(&status.servers) {
            for (checker, status) in rs.checkers.iter().zip(&status.checks) {
                checks::about(&mut page, vs, rs, checker, status);
            }
        }
    }
    text
}

fn about_tls(page: &mut Page<'_>, ssl: &Ssl) {
    page.title("SSL definitions");
    if ssl.password.is_some() {
        // keepalived shows it.
        page.line("Password : ********");
    }
    for (name, path) in [
        ("CA-file", &ssl.ca),
        ("Certificate file", &ssl.certificate),
        ("Key file", &ssl.key),
    ] {
        if let Some(path) = path {
            page.line(format_args!("{name} : {path}"));
        }
    }
}

fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

fn on(is_so: bool) -> &'static str {
    if is_so { "ON" } else { "OFF" }
}

fn enabled(is_so: bool) -> &'static str {
    if is_so { "enabled" } else { "disabled" }
}

fn about_group(
    page: &mut Page<'_>,
    lvs: &Lvs,
    group: &VirtualServerGroup,
    status: &[ServiceStatus],
) {
    let has = |v4: bool| {
        let mut entries = group.entries.iter();
        entries.any(|entry| match entry {
            GroupEntry::Addresses(addresses) => addresses.first.is_ipv4() == v4,
            GroupEntry::Mark { .. } => false,
        })
    };
    page.indent = " ";
    page.line("------< Virtual server group >------");
    page.line(format_args!(
        "Virtual Server Group = {}, IPv4 = {}, IPv6 = {}",
        group.name,
        yes(has(true)),
        yes(has(false))
    ));
    let users = users(lvs, group, status);
    let marks = [
        ServiceProtocol::Tcp,
        ServiceProtocol::Udp,
        ServiceProtocol::Sctp,
    ]
    .map(|protocol| {
        let mut users = users.iter().filter(|user| user.protocol == protocol);
        users.find_map(|user| user.mark).unwrap_or(0)
    });
    if marks != [0; 3] {
        let [tcp, udp, sctp] = marks;
        page.line(format_args!(" Fwmark TCP: {tcp} UDP: {udp} SCTP: {sctp}"));
    }
    for entry in &group.entries {
        about_entry(page, entry, &users);
    }
}

/// A virtual server that stands for a group.
struct User {
    protocol: ServiceProtocol,
    /// `nftables_ipvs`
    mark: Option<u32>,
    /// How many destinations its services have.
    destinations: usize,
}

fn users(lvs: &Lvs, group: &VirtualServerGroup, status: &[ServiceStatus]) -> Vec<User> {
    let pairs = lvs.servers.iter().zip(status);
    let users = pairs.filter_map(|(vs, status)| match &vs.key {
        ServiceKey::Group { name, protocol } if *name == group.name => {
            let sorry = vs.sorry.as_ref();
            let has_sorry = sorry.is_some_and(|sorry| sorry.inhibit || status.sorry.is_some());
            let set = status.servers.iter().filter(|server| server.is_set);
            Some(User {
                protocol: *protocol,
                mark: status.mark,
                destinations: set.count() + usize::from(has_sorry),
            })
        }
        ServiceKey::Group { .. } | ServiceKey::Address { .. } | ServiceKey::Mark { .. } => None,
    });
    users.collect()
}

fn about_entry(page: &mut Page<'_>, entry: &GroupEntry, users: &[User]) {
    page.indent = "   ";
    let alive = |protocol: Option<ServiceProtocol>| -> usize {
        let users = users.iter().filter(|user| user.mark.is_none());
        let users = users.filter(|user| protocol == Some(user.protocol) || protocol.is_none());
        users.map(|user| user.destinations).sum()
    };
    match entry {
        GroupEntry::Addresses(addresses) => {
            let (first, last, port) = (addresses.first, addresses.last, addresses.port);
            if first == last {
                page.line(format_args!("VIP = {first}, VPORT = {port}"));
            } else {
                page.line(format_args!("VIP Range = {first}-{last}, VPORT = {port}"));
            }
            let [tcp, udp, sctp] = [
                ServiceProtocol::Tcp,
                ServiceProtocol::Udp,
                ServiceProtocol::Sctp,
            ]
            .map(|protocol| alive(Some(protocol)));
            page.line(format_args!("  Alive: {tcp} tcp, {udp} udp, {sctp} sctp"));
        }
        GroupEntry::Mark { mark, family } => {
            page.value("FWMARK", mark);
            let is_v6 = *family == Some(vipd_config::model::Family::V6);
            let all = alive(None);
            let (v4, v6) = if is_v6 { (0, all) } else { (all, 0) };
            page.line(format_args!("  Alive: {v4} IPv4, {v6} IPv6"));
        }
    }
}

fn about_service(page: &mut Page<'_>, vs: &VirtualServer, status: &ServiceStatus) {
    page.indent = " ";
    page.line("------< Virtual server >------");
    let is_v6 = vs.servers.first().is_some_and(|rs| rs.address.is_ipv6());
    let is_v6 = match &vs.key {
        ServiceKey::Address { address, port, .. } => {
            page.line(format_args!("VS VIP = {address}, VPORT = {port}"));
            address.is_ipv6()
        }
        ServiceKey::Mark { mark, family } => {
            page.value("VS FWMARK", mark);
            *family == vipd_config::model::Family::V6
        }
        key @ ServiceKey::Group { .. } => {
            page.value("VS GROUP", key);
            is_v6
        }
    };
    page.indent = "   ";
    if let Some(name) = &vs.snmp_name {
        page.value("SNMP name", format_args!("'{name}'"));
    }
    let family = if is_v6 { "inet6" } else { "inet" };
    page.value("Address family", family);
    about_scheduling(page, vs);
    let protocol = vs.key.protocol().map(|p| p.name().to_uppercase());
    page.value("protocol", Or(protocol, "none"));
    page.line(format_args!("omega is {}", on(vs.omega)));
    let (quorum, hysteresis) = (vs.quorum, vs.hysteresis);
    page.line(format_args!("quorum = {quorum}, hysteresis = {hysteresis}"));
    for (word, script) in [("up", &vs.quorum_up), ("down", &vs.quorum_down)] {
        if let Some(script) = script {
            let name = format!("Quorum {word} notify script");
            page.value(&name, with_user(script));
        }
    }
    page.value("Using smtp notification", yes(vs.smtp_alert));
    page.value("default forwarding method", forwarding(vs.forwarding));
    if let Some(sorry) = &vs.sorry {
        page.value("sorry server", sorry.label(vs.key.protocol()));
        page.value("  forwarding method", forwarding(sorry.forwarding));
        page.line(format_args!(
            "  Inhibit on failure is {}",
            on(sorry.inhibit)
        ));
    }
    page.value("alive", 1);
    page.value("quorum_state_up", u8::from(status.has_quorum));
    for (rs, status) in vs.servers.iter().zip(&status.servers) {
        about_server(page, rs, status);
    }
}

fn about_scheduling(page: &mut Page<'_>, vs: &VirtualServer) {
    page.value("lvs_sched", vs.scheduler.name());
    page.value("Hashed", "disabled");
    let flags = vs.flags;
    let shown: &[(&str, bool)] = if vs.scheduler == Scheduler::Sh {
        &[("sh-port", flags.second), ("sh-fallback", flags.first)]
    } else if vs.scheduler == Scheduler::Mh {
        &[("mh-port", flags.second), ("mh-fallback", flags.first)]
    } else {
        &[
            ("flag-1", flags.first),
            ("flag-2", flags.second),
            ("flag-3", flags.third),
        ]
    };
    for (name, is_set) in shown {
        page.value(name, enabled(*is_set));
    }
    page.value("One packet scheduling", enabled(vs.one_packet));
    let Some(persistence) = &vs.persistence else {
        return;
    };
    page.value("persistence timeout", persistence.timeout_s);
    match persistence.netmask {
        Netmask::V4(mask) if mask.is_broadcast() => {}
        Netmask::V6(128) => {}
        Netmask::V4(mask) => page.value("persistence granularity", mask),
        Netmask::V6(length) => page.value("persistence granularity", length),
    }
    if let Some(engine) = &persistence.engine {
        page.value("persistence engine", engine);
    }
}

fn forwarding(forwarding: Forwarding) -> String {
    let checksum = |has: bool| if has { "checksum" } else { "no checksum" };
    match forwarding {
        Forwarding::Nat => "NAT".to_owned(),
        Forwarding::DirectRoute => "DR".to_owned(),
        Forwarding::Tunnel(Tunnel::Ipip) => "TUN, type = IPIP".to_owned(),
        Forwarding::Tunnel(Tunnel::Gre { has_checksum }) => {
            format!("TUN, type = GRE, {}", checksum(has_checksum))
        }
        Forwarding::Tunnel(Tunnel::Gue {
            port,
            checksum: which,
        }) => {
            let which = match which {
                TunnelChecksum::None => checksum(false),
                TunnelChecksum::Full => checksum(true),
                TunnelChecksum::Remote => "remote checksum",
            };
            format!("TUN, type = GUE, port = {port}, {which}")
        }
    }
}

fn about_server(page: &mut Page<'_>, rs: &RealServer, status: &ServerStatus) {
    page.line("------< Real server >------");
    page.line(format_args!(
        "RIP = {}, RPORT = {}, WEIGHT = {} EFF WEIGHT = {}",
        rs.address, rs.port, rs.weight, status.weight
    ));
    page.value("forwarding method", forwarding(rs.forwarding));
    page.line(format_args!(
        "connection limit range = {} -> {}",
        rs.lower_threshold, rs.upper_threshold
    ));
    let inhibits = on(rs.inhibit_on_failure);
    page.line(format_args!("Inhibit on failure is {inhibits}"));
    for (word, script) in [("up", &rs.notify_up), ("down", &rs.notify_down)] {
        if let Some(script) = script {
            let name = format!("  RS {word} notify script");
            page.value(&name, with_user(script));
        }
    }
    if let Some(name) = &rs.snmp_name {
        page.value("SNMP name", name);
    }
    page.value("Using smtp notification", yes(rs.smtp_alert));
    page.value("initial weight", rs.weight);
    page.value("effective weight", status.weight);
    page.value("alive", u8::from(status.is_alive));
    let failed = status.checks.iter().filter(|check| !check.is_up).count();
    page.value("num failed checkers", failed);
    page.value("RS set", u8::from(status.is_set));
    checks::followed(page, rs);
}
