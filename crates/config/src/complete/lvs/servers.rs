//! `virtual_server` and its real servers.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use super::Context;
use super::checks::{self, Heritage};
use super::ports::{Server, port_of};
use crate::interpret::lvs::draft::{KeyDraft, ServerDraft, ServiceDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::model::lvs::{
    Forwarding, Netmask, Persistence, RealServer, ServiceKey, ServiceProtocol, SorryServer,
    VirtualServer,
};
use crate::model::{Command, Family};

/// The virtual server; `None`: a message has been made and it is left out.
pub(super) fn complete(
    draft: &ServiceDraft,
    key: &KeyDraft,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<VirtualServer> {
    if draft.servers.is_empty() {
        let message = format!(
            "`virtual_server {}` has no `real_server`; it is left out",
            draft.name
        );
        report.general("incomplete-block", draft.span, message);
        return None;
    }
    lacking(draft, key, report);
    let key = key_of(draft, key, context, report)?;
    let forwarding = draft.forwarding.unwrap_or_default();
    let servers = real_servers(draft, &key, forwarding, context, report);
    let sorry = sorry_server(draft, &key, forwarding, context, report);
    let (quorum, hysteresis) = quorum(draft, &servers, report);
    let protocol = key.protocol();
    let completed = VirtualServer {
        scheduler: draft.scheduler.unwrap_or_default(),
        flags: draft.flags,
        one_packet: one_packet(draft, protocol, report),
        persistence: persistence(draft, &key, report),
        forwarding,
        ha_suspend: ha_suspend(draft, &key, report),
        omega: draft.omega,
        quorum,
        hysteresis,
        quorum_up: boxed(draft.quorum_up.as_deref()),
        quorum_down: boxed(draft.quorum_down.as_deref()),
        sorry,
        smtp_alert: draft.smtp_alert.unwrap_or(context.mails_of_services),
        snmp_name: draft.snmp_name.as_deref().map(Into::into),
        servers,
        key,
    };
    (!completed.servers.is_empty()).then_some(completed)
}

/// Words that every virtual server should have.
fn lacking(draft: &ServiceDraft, key: &KeyDraft, report: &mut Report) {
    let mut lacks = |is_given: bool, refused: bool, keyword: &str, used: &str| {
        if !is_given || refused {
            let message = format!(
                "`virtual_server {}` has no {}`{keyword}`; {used} is used",
                draft.name,
                if refused { "valid " } else { "" },
            );
            report.general("incomplete-block", draft.span, message);
        }
    };
    if !matches!(key, KeyDraft::Mark(_)) {
        lacks(draft.protocol.is_some(), false, "protocol", "UDP");
    }
    lacks(
        draft.scheduler.is_some(),
        draft.refused_scheduler,
        "lb_algo",
        &format!("`{}`", draft.scheduler.unwrap_or_default().name()),
    );
    lacks(
        draft.forwarding.is_some(),
        draft.refused_forwarding && draft.forwarding.is_none(),
        "lb_kind",
        "`NAT`",
    );
    if let (Some(protocol), KeyDraft::Mark(_)) = (draft.protocol, key) {
        report.general(
            "protocol-with-fwmark",
            protocol.span,
            "a service by firewall mark has no `protocol`; it is ignored",
        );
    }
}

fn key_of(
    draft: &ServiceDraft,
    key: &KeyDraft,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<ServiceKey> {
    let protocol = draft
        .protocol
        .map(|protocol| protocol.value)
        .unwrap_or_default();
    match key {
        KeyDraft::Address(address, port) => {
            let own = family_of(*address);
            if let Some(family) = draft.family.filter(|family| family.value != own) {
                let message = "`ip_family` is not the family of the address; it is ignored";
                report.general("family-mismatch", family.span, message);
            }
            Some(ServiceKey::Address {
                address: *address,
                port: *port,
                protocol,
            })
        }
        KeyDraft::Mark(mark) => {
            let first = draft.servers.first().and_then(|server| server.address);
            let family = draft.family.map(|family| family.value);
            let family = family.or(first.map(family_of)).unwrap_or_default();
            Some(ServiceKey::Mark {
                mark: *mark,
                family,
            })
        }
        KeyDraft::Group(name) => {
            if !context.groups.contains_key(name.as_str()) {
                let message = format!(
                    "there is no usable `virtual_server_group {name}`; the virtual server is left out"
                );
                report.hint("unknown-group", draft.span, message);
                return None;
            }
            Some(ServiceKey::Group {
                name: name.clone(),
                protocol,
            })
        }
    }
}

/// A real server in words, for messages: most need none.
struct Real(IpAddr);

impl fmt::Display for Real {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`real_server {}`", self.0)
    }
}

fn family_of(address: IpAddr) -> Family {
    if address.is_ipv4() {
        Family::V4
    } else {
        Family::V6
    }
}

/// The one family of a service, when it has one.
fn family_of_key(key: &ServiceKey, context: &Context<'_>) -> Option<Family> {
    match key {
        ServiceKey::Address { address, .. } => Some(family_of(*address)),
        ServiceKey::Mark { family, .. } => Some(*family),
        ServiceKey::Group { name, .. } => context.groups.get(name.as_str())?.family(),
    }
}

fn boxed(command: Option<&At<Command>>) -> Option<Box<Command>> {
    command.map(|command| Box::new(command.value.clone()))
}

fn real_servers(
    draft: &ServiceDraft,
    key: &ServiceKey,
    forwarding: Forwarding,
    context: &Context<'_>,
    report: &mut Report,
) -> Vec<RealServer> {
    const FEW: usize = 8;
    let family = family_of_key(key, context);
    let mut known = BTreeSet::new();
    let mut servers = Vec::with_capacity(draft.servers.len());
    for server in &draft.servers {
        let Some(address) = server.address else {
            continue;
        };
        let method = server.forwarding.unwrap_or(forwarding);
        let fits = family.is_none_or(|family| family == family_of(address));
        if !fits && !matches!(method, Forwarding::Tunnel(_)) {
            let message = format!(
                "`real_server {address}` is of another family than the virtual server; it is left out"
            );
            report.general("family-mismatch", server.span, message);
            continue;
        }
        let place = Server {
            what: &Real(address),
            span: server.span,
            port: server.port,
            forwarding: method,
        };
        let port = port_of(&place, key, context, report);
        // Of few, a comparison with all is faster.
        let is_second = if draft.servers.len() <= FEW {
            let mut before = servers.iter();
            before.any(|known: &RealServer| (known.address, known.port) == (address, port))
        } else {
            !known.insert((address, port))
        };
        if is_second {
            let message =
                format!("`real_server {address} {port}` stands twice; the second is left out");
            report.general("repeated-server", server.span, message);
            continue;
        }
        servers.push(real_server(
            server,
            (address, port),
            method,
            draft,
            context,
            report,
        ));
    }
    servers
}

fn real_server(
    server: &ServerDraft,
    (address, port): (IpAddr, u16),
    forwarding: Forwarding,
    draft: &ServiceDraft,
    context: &Context<'_>,
    report: &mut Report,
) -> RealServer {
    let heritage = Heritage {
        to: (address, port).into(),
        times: [server.times, draft.times],
        virtualhost: server.virtualhost.as_ref().or(draft.virtualhost.as_ref()),
    };
    RealServer {
        address,
        port,
        weight: server.weight.or(draft.weight).unwrap_or(1),
        forwarding,
        upper_threshold: server.upper_threshold,
        lower_threshold: server.lower_threshold,
        inhibit_on_failure: server
            .inhibit_on_failure
            .unwrap_or(draft.inhibit_on_failure),
        notify_up: boxed(server.notify_up.as_deref()),
        notify_down: boxed(server.notify_down.as_deref()),
        smtp_alert: server.smtp_alert.unwrap_or(context.mails_of_servers),
        snmp_name: server.snmp_name.as_deref().map(Into::into),
        checkers: checks::complete(server, &heritage, context, report),
    }
}

/// The server of last resort.
fn sorry_server(
    draft: &ServiceDraft,
    key: &ServiceKey,
    forwarding: Forwarding,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<Box<SorryServer>> {
    let (address, port) = draft.sorry?.value;
    let span = draft.sorry?.span;
    // One of those whose failure calls for it.
    let mut servers = draft.servers.iter();
    let same = servers.find(|server| (server.address, server.port) == (Some(address), port));
    if let Some(server) = same {
        let name = if port == 0 {
            address.to_string()
        } else {
            format!("{address} {port}")
        };
        let message = format!(
            "`sorry_server {name}` is a `real_server` of the same service: it cannot come back by itself"
        );
        let hint = report.hint("sorry-server-is-real", span, message);
        hint.labels.push((server.span, "it stands here".to_owned()));
    }
    let forwarding = draft.sorry_forwarding.unwrap_or(forwarding);
    let family = family_of_key(key, context);
    let fits = family.is_none_or(|family| family == family_of(address));
    if !fits && !matches!(forwarding, Forwarding::Tunnel(_)) {
        let message = format!(
            "`sorry_server {address}` is of another family than the virtual server; it is left out"
        );
        report.general("family-mismatch", span, message);
        return None;
    }
    let place = Server {
        what: &"the `sorry_server`",
        span,
        port,
        forwarding,
    };
    Some(Box::new(SorryServer {
        address,
        port: port_of(&place, key, context, report),
        forwarding,
        inhibit: draft.sorry_inhibit,
    }))
}

/// `quorum` and `hysteresis`, as far as the weights allow.
fn quorum(draft: &ServiceDraft, servers: &[RealServer], report: &mut Report) -> (u32, u32) {
    let total: u64 = servers.iter().map(|server| u64::from(server.weight)).sum();
    let mut quorum = draft.quorum.map_or(1, |quorum| quorum.value);
    if u64::from(quorum) > total {
        let span = draft.quorum.map_or(draft.span, |quorum| quorum.span);
        let name = &draft.name;
        let message = format!(
            "a quorum of {quorum} is more than all servers of `virtual_server {name}` have together ({total})"
        );
        report.general("quorum-too-high", span, message);
        quorum = u32::try_from(total).unwrap_or(quorum);
    }
    let hysteresis = draft.hysteresis.map_or(0, |hysteresis| hysteresis.value);
    let Some(given) = draft
        .hysteresis
        .filter(|_| hysteresis >= quorum && hysteresis > 0)
    else {
        return (quorum, hysteresis);
    };
    let used = quorum.saturating_sub(1);
    let message = format!(
        "a hysteresis of {hysteresis} is not less than the quorum of {quorum}; {used} is used"
    );
    report.general("hysteresis-too-high", given.span, message);
    (quorum, used)
}

fn one_packet(
    draft: &ServiceDraft,
    protocol: Option<ServiceProtocol>,
    report: &mut Report,
) -> bool {
    let Some(span) = draft.one_packet else {
        return false;
    };
    if protocol.is_none_or(|protocol| protocol == ServiceProtocol::Udp) {
        return true;
    }
    report.general(
        "ops-without-udp",
        span,
        "`ops` is for UDP alone; it is ignored",
    );
    false
}

fn ha_suspend(draft: &ServiceDraft, key: &ServiceKey, report: &mut Report) -> bool {
    let Some(span) = draft.ha_suspend else {
        return false;
    };
    let has_address = !matches!(key, ServiceKey::Mark { .. });
    if !has_address {
        let message = "a service by firewall mark has no address that `ha_suspend` could follow; it is ignored";
        report.general("ha-suspend-with-fwmark", span, message);
    }
    has_address
}

/// Persistence, with the netmask of the family.
fn persistence(draft: &ServiceDraft, key: &ServiceKey, report: &mut Report) -> Option<Persistence> {
    const DEFAULT_S: u32 = 360;
    let says_nothing = draft.persistence_timeout.is_none() && draft.netmask.is_none();
    let is_for_all = matches!(key, ServiceKey::Address { port: 0, .. }) && says_nothing;
    if is_for_all {
        let message = format!(
            "`virtual_server {}` is for all ports, and only a persistent service can be; `persistence_timeout {DEFAULT_S}` is used",
            draft.name
        );
        report.general("port-needs-persistence", draft.span, message);
    }
    let needs = is_for_all || draft.netmask.is_some();
    let timeout_s = draft.persistence_timeout.or(needs.then_some(DEFAULT_S))?;
    Some(Persistence {
        timeout_s,
        netmask: netmask(draft, key, report),
        engine: draft.engine.as_deref().map(Into::into),
    })
}

/// `persistence_granularity`, or all of an address.
fn netmask(draft: &ServiceDraft, key: &ServiceKey, report: &mut Report) -> Netmask {
    let is_v6 = match key {
        ServiceKey::Address { address, .. } => address.is_ipv6(),
        ServiceKey::Mark { family, .. } => *family == Family::V6,
        ServiceKey::Group { .. } => draft
            .servers
            .first()
            .is_some_and(|server| server.address.is_some_and(|address| address.is_ipv6())),
    };
    match (draft.netmask, is_v6) {
        (None, false) => Netmask::V4(Ipv4Addr::BROADCAST),
        (None, true) => Netmask::V6(128),
        (Some(given), true) => match given.value {
            Netmask::V6(_) => given.value,
            Netmask::V4(mask) => {
                let message = format!(
                    "`{mask}` is a netmask of IPv4, and the service is of IPv6; 128 is used"
                );
                report.general("invalid-number", given.span, message);
                Netmask::V6(128)
            }
        },
        (Some(given), false) => match given.value {
            Netmask::V4(_) => given.value,
            Netmask::V6(length) => {
                let bits = u32::from(length.min(32));
                let mask = !u32::MAX.checked_shr(bits).unwrap_or(0);
                Netmask::V4(Ipv4Addr::from(mask))
            }
        },
    }
}
