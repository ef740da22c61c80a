//! Between the words of the configuration and those of the kernel.

use vipd_config::model::Family;
use vipd_config::model::lvs::{
    Forwarding, Netmask, Persistence, Scheduler, SchedulerFlags, ServiceProtocol, SyncDaemon,
    Timeouts, Tunnel, TunnelChecksum,
};
use vipd_engine::lvs::{
    DestinationId, DestinationSettings, Operation, ServiceId, ServiceSettings, SyncRole,
};
use vipd_linux::netlink::ipvs::{self, Granularity, ServiceFlags, TunnelKind};

/// Flags that a service can get from a configuration.
const KNOWN_FLAGS: ServiceFlags = ServiceFlags::PERSISTENT
    .with(ServiceFlags::ONE_PACKET)
    .with(ServiceFlags::SCHEDULER_1)
    .with(ServiceFlags::SCHEDULER_2)
    .with(ServiceFlags::SCHEDULER_3);

/// The kernel's operation. `None`: it is one about timeouts, for which the caller has to know
/// how they were, or about marks, which nftables gives.
pub(super) fn operation(operation: &Operation) -> Option<ipvs::Operation> {
    use ipvs::Operation as Kernel;
    Some(match operation {
        Operation::Flush => Kernel::Flush,
        Operation::AddService(id, settings) => Kernel::AddService(service(id, settings)),
        Operation::SetService(id, settings) => Kernel::EditService(service(id, settings)),
        Operation::RemoveService(id) => Kernel::RemoveService(key(id)),
        Operation::AddDestination(id, at, settings) => {
            Kernel::AddDestination(key(id), to_destination(*at, settings))
        }
        Operation::SetDestination(id, at, settings) => {
            Kernel::EditDestination(key(id), to_destination(*at, settings))
        }
        Operation::RemoveDestination(id, at) => {
            Kernel::RemoveDestination(key(id), destination_key(*at))
        }
        Operation::StartSync(role, daemon) => Kernel::StartSync(sync_daemon(*role, daemon)),
        Operation::StopSync(role) => Kernel::StopSync(sync_role(*role)),
        Operation::Mark(_) | Operation::SetTimeouts(_) | Operation::RestoreTimeouts => return None,
    })
}

/// Timeouts that are not given are 0, which leaves them.
pub(super) fn timeouts(timeouts: &Timeouts) -> ipvs::Timeouts {
    ipvs::Timeouts {
        tcp: timeouts.tcp_s.unwrap_or(0),
        tcp_fin: timeouts.tcp_fin_s.unwrap_or(0),
        udp: timeouts.udp_s.unwrap_or(0),
    }
}

/// What a service is known by. `None`: no configuration can name it.
pub(super) fn service_id(key: &ipvs::ServiceKey) -> Option<ServiceId> {
    Some(match *key {
        ipvs::ServiceKey::Address {
            protocol,
            address,
            port,
        } => ServiceId::Address {
            address,
            port,
            protocol: [
                ServiceProtocol::Tcp,
                ServiceProtocol::Udp,
                ServiceProtocol::Sctp,
            ]
            .into_iter()
            .find(|known| known.number() == protocol)?,
        },
        ipvs::ServiceKey::Mark { mark, is_v6 } => ServiceId::Mark {
            mark,
            family: if is_v6 { Family::V6 } else { Family::V4 },
        },
    })
}

/// How a service is. `None`: as no configuration could have it.
pub(super) fn service_settings(service: &ipvs::Service) -> Option<ServiceSettings> {
    let flags = service.flags;
    let is_persistent = flags.has(ServiceFlags::PERSISTENT);
    let netmask = match service.granularity {
        Granularity::V4(mask) => Netmask::V4(mask),
        Granularity::V6(length) => Netmask::V6(length),
    };
    let is_plain = service.timeout == 0
        && service.engine.is_none()
        && service.granularity == Granularity::single(service.key.is_v6());
    if flags.without(KNOWN_FLAGS) != ServiceFlags::default() || !(is_persistent || is_plain) {
        return None;
    }
    Some(ServiceSettings {
        scheduler: Scheduler::of(&service.scheduler)?,
        flags: SchedulerFlags {
            first: flags.has(ServiceFlags::SCHEDULER_1),
            second: flags.has(ServiceFlags::SCHEDULER_2),
            third: flags.has(ServiceFlags::SCHEDULER_3),
        },
        one_packet: flags.has(ServiceFlags::ONE_PACKET),
        persistence: is_persistent.then(|| Persistence {
            timeout_s: service.timeout,
            netmask,
            engine: service.engine.as_deref().map(Into::into),
        }),
    })
}

/// A destination and how it is, if a configuration could have it so.
pub(super) fn destination(
    listed: &ipvs::Destination,
) -> (DestinationId, Option<DestinationSettings>) {
    let id = DestinationId {
        address: listed.key.address,
        port: listed.key.port,
    };
    let settings = forwarding(listed.forwarding).map(|forwarding| DestinationSettings {
        forwarding,
        weight: listed.weight,
        upper_threshold: listed.upper_threshold,
        lower_threshold: listed.lower_threshold,
    });
    (id, settings)
}

fn forwarding(found: ipvs::Forwarding) -> Option<Forwarding> {
    match found {
        ipvs::Forwarding::Masquerade => Some(Forwarding::Nat),
        ipvs::Forwarding::Route => Some(Forwarding::DirectRoute),
        ipvs::Forwarding::Tunnel(found) => {
            let tunnel = match (found.kind, found.flags) {
                (TunnelKind::Ipip, 0) => Tunnel::Ipip,
                (TunnelKind::Gre, 0 | 1) => Tunnel::Gre {
                    has_checksum: found.flags == 1,
                },
                (TunnelKind::Gue, 0..=2) => Tunnel::Gue {
                    port: found.port,
                    checksum: match found.flags {
                        0 => TunnelChecksum::None,
                        1 => TunnelChecksum::Full,
                        _ => TunnelChecksum::Remote,
                    },
                },
                (TunnelKind::Ipip | TunnelKind::Gre | TunnelKind::Gue, _) => return None,
            };
            Some(Forwarding::Tunnel(tunnel))
        }
        ipvs::Forwarding::Local | ipvs::Forwarding::Bypass => None,
    }
}

fn key(id: &ServiceId) -> ipvs::ServiceKey {
    match *id {
        ServiceId::Address {
            address,
            port,
            protocol,
        } => ipvs::ServiceKey::Address {
            protocol: protocol.number(),
            address,
            port,
        },
        ServiceId::Mark { mark, family } => ipvs::ServiceKey::Mark {
            mark,
            is_v6: family == Family::V6,
        },
    }
}

fn service(id: &ServiceId, settings: &ServiceSettings) -> ipvs::Service {
    let key = key(id);
    let mut flags = ServiceFlags::default();
    for (is_set, flag) in [
        (settings.persistence.is_some(), ServiceFlags::PERSISTENT),
        (settings.one_packet, ServiceFlags::ONE_PACKET),
        (settings.flags.first, ServiceFlags::SCHEDULER_1),
        (settings.flags.second, ServiceFlags::SCHEDULER_2),
        (settings.flags.third, ServiceFlags::SCHEDULER_3),
    ] {
        if is_set {
            flags = flags.with(flag);
        }
    }
    let persistence = settings.persistence.as_ref();
    ipvs::Service {
        key,
        scheduler: settings.scheduler.name().to_owned(),
        flags,
        timeout: persistence.map_or(0, |persistence| persistence.timeout_s),
        granularity: match persistence.map(|persistence| persistence.netmask) {
            Some(Netmask::V4(mask)) => Granularity::V4(mask),
            Some(Netmask::V6(length)) => Granularity::V6(length),
            None => Granularity::single(key.is_v6()),
        },
        engine: persistence
            .and_then(|persistence| persistence.engine.as_deref())
            .map(str::to_owned),
    }
}

fn destination_key(at: DestinationId) -> ipvs::DestinationKey {
    ipvs::DestinationKey {
        address: at.address,
        port: at.port,
    }
}

fn to_destination(at: DestinationId, settings: &DestinationSettings) -> ipvs::Destination {
    ipvs::Destination {
        key: destination_key(at),
        forwarding: match settings.forwarding {
            Forwarding::Nat => ipvs::Forwarding::Masquerade,
            Forwarding::DirectRoute => ipvs::Forwarding::Route,
            Forwarding::Tunnel(tunnel) => ipvs::Forwarding::Tunnel(to_tunnel(tunnel)),
        },
        weight: settings.weight,
        upper_threshold: settings.upper_threshold,
        lower_threshold: settings.lower_threshold,
    }
}

fn to_tunnel(tunnel: Tunnel) -> ipvs::Tunnel {
    let (kind, port, flags) = match tunnel {
        Tunnel::Ipip => (TunnelKind::Ipip, 0, 0),
        Tunnel::Gue { port, checksum } => {
            let flags = match checksum {
                TunnelChecksum::None => 0,
                TunnelChecksum::Full => 1,
                TunnelChecksum::Remote => 2,
            };
            (TunnelKind::Gue, port, flags)
        }
        Tunnel::Gre { has_checksum } => (TunnelKind::Gre, 0, u16::from(has_checksum)),
    };
    ipvs::Tunnel { kind, port, flags }
}

fn sync_role(role: SyncRole) -> ipvs::SyncRole {
    match role {
        SyncRole::Master => ipvs::SyncRole::Master,
        SyncRole::Backup => ipvs::SyncRole::Backup,
    }
}

fn sync_daemon(role: SyncRole, daemon: &SyncDaemon) -> ipvs::SyncDaemon {
    ipvs::SyncDaemon {
        role: sync_role(role),
        interface: daemon.interface.clone(),
        id: daemon.id,
        max_length: daemon.max_len_bytes.unwrap_or(0),
        group: daemon.group,
        port: daemon.port.unwrap_or(0),
        ttl: daemon.ttl.unwrap_or(0),
    }
}
