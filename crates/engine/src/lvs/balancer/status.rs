//! How everything stands, for whoever asks.

use serde::{Deserialize, Serialize};

use super::Balancer;

/// How a virtual server stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// Its name in logs.
    pub service: String,
    /// It has its quorum.
    pub has_quorum: bool,
    /// `quorum`
    pub quorum: u32,
    /// Weight of all living servers.
    pub weight: u64,
    /// Its sorry server is in use: its name.
    pub sorry: Option<String>,
    /// Its checks rest, as its address is on another node.
    pub is_suspended: bool,
    /// Its real servers, in the order of the file.
    pub servers: Vec<ServerStatus>,
}

/// How a real server stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerStatus {
    /// Its name in logs.
    pub server: String,
    /// All its checks are up.
    pub is_alive: bool,
    /// Its weight while it is alive.
    pub weight: u32,
    /// Keywords of its checks that are down.
    pub failed: Vec<String>,
}

impl Balancer {
    /// How every virtual server stands, in the order of the file.
    pub fn status(&self) -> Vec<ServiceStatus> {
        let pairs = self.config.lvs.servers.iter().zip(&self.services);
        let list = pairs.map(|(vs, service)| {
            let protocol = vs.key.protocol();
            let servers = vs.servers.iter().zip(&service.servers);
            let servers = servers.map(|(rs, server)| {
                let checks = server.checks.iter().filter_map(|id| self.checks.get(*id));
                let failed = checks.filter(|check| !check.standing.is_up);
                ServerStatus {
                    server: rs.label(protocol),
                    is_alive: server.is_alive,
                    weight: server.weight,
                    failed: failed.map(|c| c.kind.keyword().to_owned()).collect(),
                }
            });
            let sorry = vs.sorry.as_deref().filter(|_| service.is_sorry(vs));
            ServiceStatus {
                service: vs.key.to_string(),
                has_quorum: service.has_quorum,
                quorum: vs.quorum,
                weight: service.sum,
                sorry: sorry.map(|sorry| sorry.label(protocol)),
                is_suspended: service.is_suspended,
                servers: servers.collect(),
            }
        });
        list.collect()
    }
}
