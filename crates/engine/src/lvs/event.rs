//! What happened to virtual and real servers; `Display` is the log line, worded as keepalived
//! words it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that happened. Names are as [`vipd_config::model::lvs`] shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The real or sorry server; of events of a virtual server, empty.
    pub server: String,
    /// The virtual server.
    pub service: String,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// A check is made from now on.
    Activated,
    /// It is not, as the address of the service is elsewhere from the start.
    Deactivated,
    /// It is made no longer, as the address of the service has gone elsewhere.
    Suspended,
    /// A check succeeded, after failures.
    Succeeded {
        /// Keyword of the check.
        check: String,
    },
    /// A check failed for good.
    Failed {
        /// Keyword of the check.
        check: String,
        /// How many tries came after the first.
        retries: u32,
        /// Why, in words; may be empty.
        why: String,
    },
    /// A check failed and is tried again (`log_all_failures`).
    FailedOnce {
        /// Keyword of the check.
        check: String,
        /// Why, in words; may be empty.
        why: String,
    },
    /// The real server is put into the table.
    Adding,
    /// It is taken out.
    Removing,
    /// It gets its weight back.
    Enabling,
    /// Its weight is made 0.
    Disabling,
    /// Its weight changes.
    Weight {
        /// Before.
        from: i64,
        /// After.
        to: i64,
        /// It is in use.
        is_active: bool,
    },
    /// It is taken out, as the daemon ends.
    ShuttingDown,
    /// It is in the configuration no longer.
    NoLongerExists,
    /// The quorum is there.
    Gained(Quorum),
    /// It is not.
    Lost(Quorum),
    /// The sorry server is put into the table.
    AddingSorry,
    /// It gets its weight.
    EnablingSorry,
    /// It is taken out.
    RemovingSorry,
    /// Its weight is made 0.
    DisablingSorry,
    /// Living servers are put into the table.
    AddingAlive,
    /// Living servers are taken out.
    RemovingAlive,
}

/// How it stands with a quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quorum {
    /// `quorum`
    pub quorum: u32,
    /// `hysteresis`
    pub hysteresis: u32,
    /// Weight of all living servers.
    pub sum: u64,
    /// It is so since a start or a reload.
    pub at_start: bool,
}

impl Quorum {
    /// `Gained quorum 2+1=3 <= 4`, `Lost quorum 2-1=1 > 0`, ...
    pub fn text(&self, gained: bool) -> String {
        let Self {
            quorum,
            hysteresis,
            sum,
            at_start,
        } = *self;
        let word = match (gained, at_start) {
            (true, _) => "Gained quorum",
            (false, false) => "Lost quorum",
            (false, true) => "Starting with quorum down",
        };
        if gained {
            let needed = u64::from(quorum) + u64::from(hysteresis);
            format!("{word} {quorum}+{hysteresis}={needed} <= {sum}")
        } else {
            let needed = quorum.saturating_sub(hysteresis);
            format!("{word} {quorum}-{hysteresis}={needed} > {sum}")
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            server,
            service,
            what,
        } = self;
        match what {
            What::Activated => write!(
                f,
                "Activating healthchecker for service {server} for VS {service}"
            ),
            What::Deactivated => write!(
                f,
                "Deactivating healthchecker for service {server} for VS {service}"
            ),
            What::Suspended => write!(
                f,
                "Suspending healthchecker for service {server} for VS {service}"
            ),
            What::Succeeded { check } => succeeded(f, check, server),
            What::Failed {
                check,
                retries,
                why,
            } => failed(f, check, server, *retries, why),
            What::FailedOnce { check, why } => {
                write!(f, "{check} on service {server} failed")?;
                because(f, why)
            }
            What::Adding => write!(f, "Adding service {server} to VS {service}"),
            What::Removing => write!(f, "Removing service {server} from VS {service}"),
            What::ShuttingDown => {
                write!(f, "Shutting down service {server} from VS {service}")
            }
            What::Enabling => write!(f, "Enabling service {server} of VS {service}"),
            What::Disabling => write!(f, "Disabling service {server} of VS {service}"),
            What::Weight {
                from,
                to,
                is_active,
            } => {
                let active = if *is_active { "active" } else { "inactive" };
                write!(
                    f,
                    "Changing weight from {from} to {to} for {active} service {server} of VS {service}"
                )
            }
            What::NoLongerExists => write!(f, "service {server} no longer exist"),
            What::Gained(quorum) => write!(f, "{} for VS {service}", quorum.text(true)),
            What::Lost(quorum) => write!(f, "{} for VS {service}", quorum.text(false)),
            What::AddingSorry => write!(f, "Adding sorry server {server} to VS {service}"),
            What::EnablingSorry => write!(f, "Enabling sorry server {server} to VS {service}"),
            What::RemovingSorry => write!(f, "Removing sorry server {server} from VS {service}"),
            What::DisablingSorry => write!(f, "Disabling sorry server {server} from VS {service}"),
            What::AddingAlive => write!(f, "Adding alive servers to the pool for VS {service}"),
            What::RemovingAlive => {
                write!(f, "Removing alive servers from the pool for VS {service}")
            }
        }
    }
}

fn succeeded(f: &mut fmt::Formatter<'_>, check: &str, server: &str) -> fmt::Result {
    match check {
        "TCP_CHECK" => write!(f, "TCP connection to {server} success."),
        "HTTP_GET" | "SSL_GET" => write!(f, "Remote Web server {server} succeed on service."),
        _ => write!(f, "{check} on service {server} succeeded."),
    }
}

fn failed(
    f: &mut fmt::Formatter<'_>,
    check: &str,
    server: &str,
    retries: u32,
    why: &str,
) -> fmt::Result {
    let check = match check {
        "HTTP_GET" => "HTTP_CHECK",
        "SSL_GET" => "SSL_CHECK",
        other => other,
    };
    write!(f, "{check} on service {server} failed")?;
    match retries {
        0 => {}
        1 => f.write_str(" after 1 retry")?,
        _ => write!(f, " after {retries} retries")?,
    }
    if why.is_empty() {
        return f.write_str(".");
    }
    because(f, why)
}

fn because(f: &mut fmt::Formatter<'_>, why: &str) -> fmt::Result {
    if why.is_empty() {
        Ok(())
    } else {
        write!(f, ": {why}")
    }
}
