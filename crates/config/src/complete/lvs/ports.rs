//! Ports of real servers that get packets as they came: without NAT nothing changes a port.

use std::fmt;

use crate::interpret::report::Report;
use crate::line::Span;
use crate::model::lvs::{Forwarding, GroupEntry, ServiceKey};

use super::Context;

/// A server of a service.
pub(super) struct Server<'a> {
    /// In words, for messages.
    pub(super) what: &'a dyn fmt::Display,
    /// Where it stands.
    pub(super) span: Span,
    /// Its port, as written.
    pub(super) port: u16,
    /// How it gets packets.
    pub(super) forwarding: Forwarding,
}

/// The port that it has.
pub(super) fn port_of(
    server: &Server<'_>,
    key: &ServiceKey,
    context: &Context<'_>,
    report: &mut Report,
) -> u16 {
    if !server.forwarding.keeps_port() {
        return server.port;
    }
    let (what, port) = (server.what, server.port);
    let mut say = |why: String| {
        let problem = report.general("port-without-nat", server.span, why);
        problem.help = Some("leave the port out: only NAT changes ports".to_owned());
    };
    match key {
        ServiceKey::Address { port: own, .. } => {
            if port != 0 && port != *own {
                say(format!(
                    "{what} has port {port}, and the service {own}; {own} is used"
                ));
            }
            *own
        }
        ServiceKey::Mark { .. } => {
            if port != 0 {
                say(format!(
                    "{what} has port {port}, which a service by mark does not change; it is ignored"
                ));
            }
            0
        }
        ServiceKey::Group { name, .. } => {
            let entries = context.groups.get(name.as_str());
            let differs = entries.is_some_and(|group| {
                group.entries.iter().any(|entry| match entry {
                    GroupEntry::Addresses(addresses) => addresses.port != port,
                    GroupEntry::Mark { .. } => false,
                })
            });
            if port != 0 && differs {
                say(format!(
                    "{what} has port {port}, and the group another; that of the group is used"
                ));
            }
            port
        }
    }
}
