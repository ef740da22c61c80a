//! A virtual server and its real servers: who is alive, and what the table should have.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use vipd_config::model::Family;
use vipd_config::model::lvs::{
    Forwarding, GroupEntry, Lvs, RealServer, ServiceKey, SorryServer, VirtualServer,
    VirtualServerGroup,
};

use super::check::Standing;
use crate::lvs::{
    CheckId, DestinationId, DestinationSettings, Offset, ServiceId, ServiceSettings, family_of,
};

/// The largest weight.
const WEIGHT_MAX: i64 = 2_147_483_647;

/// Weight of a sorry server that is in use.
const SORRY_WEIGHT: u32 = 1;

/// A virtual server. What is configured of it stands at the same place in the configuration.
#[derive(Clone, Debug)]
pub(super) struct Service {
    /// What the kernel knows it by: one, or one for each address and mark of its group.
    pub(super) ids: Box<[ServiceId]>,
    pub(super) settings: ServiceSettings,
    /// In the order of the configuration.
    pub(super) servers: Vec<Server>,
    /// Places of real servers, by address and port.
    places: BTreeMap<DestinationId, u32>,
    /// Weight of all living servers.
    pub(super) sum: u64,
    pub(super) has_quorum: bool,
    /// Its address is elsewhere (`ha_suspend`).
    pub(super) is_suspended: bool,
}

/// A real server.
#[derive(Clone, Debug)]
pub(super) struct Server {
    /// In the order of the configuration.
    pub(super) checks: Box<[CheckId]>,
    pub(super) is_alive: bool,
    /// Its weight while it is alive.
    pub(super) weight: u32,
}

impl Server {
    /// What it counts for the quorum.
    pub(super) fn counts(&self) -> u64 {
        if self.is_alive { self.weight.into() } else { 0 }
    }
}

impl Service {
    /// A virtual server as it is before anything was heard: its real servers have no checks yet.
    pub(super) fn new(vs: &VirtualServer, lvs: &Lvs, mark: Option<u32>) -> Self {
        let places = vs.servers.iter().map(|rs| DestinationId {
            address: rs.address,
            port: rs.port,
        });
        Self {
            ids: ids(vs, lvs, mark).into(),
            settings: ServiceSettings {
                scheduler: vs.scheduler,
                flags: vs.flags,
                one_packet: vs.one_packet,
                persistence: vs.persistence.clone(),
            },
            servers: Vec::with_capacity(vs.servers.len()),
            places: places.zip(0..).collect(),
            sum: 0,
            has_quorum: false,
            is_suspended: false,
        }
    }

    /// The sorry server is in use, and the real servers are not.
    pub(super) fn is_sorry(&self, vs: &VirtualServer) -> bool {
        vs.sorry.is_some() && !self.has_quorum
    }

    /// The quorum is there when this is so, and was not before.
    pub(super) fn gains(&self, vs: &VirtualServer) -> bool {
        self.sum >= u64::from(vs.quorum) + u64::from(vs.hysteresis)
    }

    /// The quorum is lost when this is so, and was there before.
    pub(super) fn loses(&self, vs: &VirtualServer) -> bool {
        self.sum == 0 || self.sum < u64::from(vs.quorum.saturating_sub(vs.hysteresis))
    }

    /// How a destination of one of its services should be; `None`: not there.
    pub(super) fn wanted(
        &self,
        vs: &VirtualServer,
        id: &ServiceId,
        destination: DestinationId,
    ) -> Option<DestinationSettings> {
        let sorry = vs.sorry.as_deref();
        let sorry = sorry.filter(|sorry| sorry.on(id) == destination);
        let is_sorry = self.is_sorry(vs);
        if let Some(sorry) = sorry
            && is_sorry
        {
            return Some(sorry.settings(SORRY_WEIGHT));
        }
        let real = self.find(vs, id, destination);
        let real = real.and_then(|(rs, server)| match server.is_alive && !is_sorry {
            true => Some(rs.settings(server.weight)),
            false if rs.inhibit_on_failure => Some(rs.settings(0)),
            false => None,
        });
        real.or_else(|| {
            let inhibited = sorry.filter(|sorry| sorry.inhibit);
            inhibited.map(|sorry| sorry.settings(0))
        })
    }

    /// A real server is in the table, be it with weight 0.
    pub(super) fn is_in_table(&self, vs: &VirtualServer, rs: &RealServer, server: &Server) -> bool {
        rs.inhibit_on_failure || (server.is_alive && !self.is_sorry(vs))
    }

    /// The real server that is this destination.
    fn find<'a>(
        &'a self,
        vs: &'a VirtualServer,
        id: &ServiceId,
        destination: DestinationId,
    ) -> Option<(&'a RealServer, &'a Server)> {
        // Without NAT it has the port of the service, whatever is configured.
        let [first, last] = [0, u16::MAX].map(|port| DestinationId {
            address: destination.address,
            port,
        });
        self.places.range(first..=last).find_map(|(_, place)| {
            let place = *place as usize;
            let found = (vs.servers.get(place)?, self.servers.get(place)?);
            (found.0.on(id) == destination).then_some(found)
        })
    }

    /// Place of a real server.
    pub(super) fn place(&self, server: DestinationId) -> Option<u32> {
        self.places.get(&server).copied()
    }

    /// An address of it is among these; a mark is everywhere.
    pub(super) fn is_among(vs: &VirtualServer, lvs: &Lvs, here: &BTreeSet<IpAddr>) -> bool {
        match &vs.key {
            ServiceKey::Address { address, .. } => here.contains(address),
            ServiceKey::Mark { .. } => true,
            ServiceKey::Group { name, .. } => lvs.group(name).is_some_and(|group| {
                group.entries.iter().any(|entry| match entry {
                    GroupEntry::Addresses(these) => {
                        here.range(these.first..=these.last).next().is_some()
                    }
                    GroupEntry::Mark { .. } => false,
                })
            }),
        }
    }
}

/// What can be a destination of a service.
pub(super) trait Destination {
    /// What the kernel knows it by in this service.
    fn on(&self, id: &ServiceId) -> DestinationId;
    /// How it is with this weight.
    fn settings(&self, weight: u32) -> DestinationSettings;
}

impl Destination for RealServer {
    fn on(&self, id: &ServiceId) -> DestinationId {
        on(id, self.address, self.port, self.forwarding)
    }

    fn settings(&self, weight: u32) -> DestinationSettings {
        DestinationSettings {
            forwarding: self.forwarding,
            weight,
            upper_threshold: self.upper_threshold,
            lower_threshold: self.lower_threshold,
        }
    }
}

impl Destination for SorryServer {
    fn on(&self, id: &ServiceId) -> DestinationId {
        on(id, self.address, self.port, self.forwarding)
    }

    fn settings(&self, weight: u32) -> DestinationSettings {
        DestinationSettings {
            forwarding: self.forwarding,
            weight,
            upper_threshold: 0,
            lower_threshold: 0,
        }
    }
}

/// Without NAT a destination has the port of the service, none where that is a mark.
fn on(id: &ServiceId, address: IpAddr, port: u16, forwarding: Forwarding) -> DestinationId {
    let port = match id {
        _ if !forwarding.keeps_port() => port,
        ServiceId::Address { port, .. } => *port,
        ServiceId::Mark { .. } => 0,
    };
    DestinationId { address, port }
}

/// What the kernel knows a virtual server by; `mark` is the one that its group was given.
pub(super) fn ids(vs: &VirtualServer, lvs: &Lvs, mark: Option<u32>) -> Vec<ServiceId> {
    match &vs.key {
        ServiceKey::Address {
            address,
            port,
            protocol,
        } => vec![ServiceId::Address {
            address: *address,
            port: *port,
            protocol: *protocol,
        }],
        ServiceKey::Mark { mark, family } => vec![ServiceId::Mark {
            mark: *mark,
            family: *family,
        }],
        ServiceKey::Group { name, protocol } => {
            let entries = lvs.group(name).map_or(&[][..], |group| &group.entries);
            let real = vs.servers.first().map(|rs| family_of(rs.address));
            let default = real.unwrap_or(Family::V4);
            if let Some(mark) = mark {
                let family = lvs.group(name).and_then(VirtualServerGroup::family);
                let family = family.unwrap_or(default);
                return vec![ServiceId::Mark { mark, family }];
            }
            let mut list = Vec::new();
            for entry in entries {
                match entry {
                    GroupEntry::Mark { mark, family } => list.push(ServiceId::Mark {
                        mark: *mark,
                        family: family.unwrap_or(default),
                    }),
                    GroupEntry::Addresses(addresses) => {
                        let port = addresses.port;
                        list.extend(addresses.iter().map(|address| ServiceId::Address {
                            address,
                            port,
                            protocol: *protocol,
                        }));
                    }
                }
            }
            list.sort_unstable();
            list.dedup();
            list
        }
    }
}

/// What checks say of a real server together: alive or not, and its weight. One that several
/// things take more from than it has is 0.
pub(super) fn verdict(rs: &RealServer, checks: impl Iterator<Item = Standing>) -> (bool, u32) {
    let configured = i64::from(rs.weight);
    let (mut is_alive, mut sum) = (true, configured);
    for check in checks {
        is_alive &= check.is_up;
        sum = sum.saturating_add(match check.offset {
            Offset::None => 0,
            Offset::Instead(weight) => weight - configured,
            Offset::Added(more) => more,
        });
    }
    let weight = u32::try_from(sum.clamp(0, WEIGHT_MAX));
    (is_alive, weight.unwrap_or_default())
}
