//! Something that was there and that somebody else has removed.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use vipd_config::model::{Prefix, Routing, TABLE_MAIN};

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lost {
    /// An address.
    Address {
        /// The address.
        address: IpAddr,
        /// Its interface.
        interface: String,
    },
    /// A route.
    Route {
        /// Where to.
        destination: Prefix,
        /// Its table.
        table: u32,
    },
    /// A rule.
    Rule {
        /// Its priority.
        priority: u32,
    },
}

impl Lost {
    /// A route or a rule.
    pub fn routing(routing: &Routing) -> Self {
        match routing {
            Routing::Route(route) => Self::Route {
                destination: route.destination,
                table: route.table,
            },
            Routing::Rule(rule) => Self::Rule {
                priority: rule.priority,
            },
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { address, interface } => write!(f, "address {address} on {interface}"),
            Self::Route { destination, table } => {
                if destination.len == 0 {
                    f.write_str("route default")?;
                } else {
                    write!(f, "route {}/{}", destination.address, destination.len)?;
                }
                if *table == TABLE_MAIN {
                    Ok(())
                } else {
                    write!(f, " table {table}")
                }
            }
            Self::Rule { priority } => write!(f, "rule of priority {priority}"),
        }
    }
}
