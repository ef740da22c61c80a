//! How everything stands, for whoever asks.

use serde::{Deserialize, Serialize};

use super::Balancer;
use super::check::Check;
use crate::lvs::Offset;

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
    /// The firewall mark that its group has for `nftables_ipvs`.
    pub mark: Option<u32>,
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
    /// It is in the table.
    pub is_set: bool,
    /// Keywords of its checks that are down.
    pub failed: Vec<String>,
    /// Its checks, in the order of the file.
    pub checks: Vec<CheckStatus>,
}

/// How a check stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckStatus {
    /// It is made, or told how things stand.
    pub is_enabled: bool,
    /// It takes the server for alive.
    pub is_up: bool,
    /// It had an outcome that counted.
    pub has_run: bool,
    /// What it does to the weight.
    pub weight: i64,
    /// Failures in a row that did not count yet.
    pub tries: u32,
}

impl Check {
    fn status(&self, is_suspended: bool) -> CheckStatus {
        CheckStatus {
            is_enabled: !is_suspended || self.suspended_with.is_none(),
            is_up: self.standing.is_up,
            has_run: self.standing.has_run,
            weight: match self.standing.offset {
                Offset::None => 0,
                Offset::Instead(weight) | Offset::Added(weight) => weight,
            },
            tries: self.tries,
        }
    }
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
                let checks: Vec<&Check> = checks.collect();
                let failed = checks.iter().filter(|check| !check.standing.is_up);
                let suspended = service.is_suspended;
                ServerStatus {
                    server: rs.label(protocol),
                    is_alive: server.is_alive,
                    weight: server.weight,
                    is_set: service.is_in_table(vs, rs, server),
                    failed: failed.map(|c| c.kind.keyword().to_owned()).collect(),
                    checks: checks.iter().map(|c| c.status(suspended)).collect(),
                }
            });
            let sorry = vs.sorry.as_deref().filter(|_| service.is_sorry(vs));
            ServiceStatus {
                service: vs.key.to_string(),
                has_quorum: service.has_quorum,
                quorum: vs.quorum,
                weight: service.sum,
                sorry: sorry.map(|sorry| sorry.label(protocol)),
                mark: self.marks.of(&vs.key),
                is_suspended: service.is_suspended,
                servers: servers.collect(),
            }
        });
        list.collect()
    }
}
