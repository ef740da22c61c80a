//! Methods of load balancing that need something done elsewhere.

use std::net::IpAddr;

use crate::complete::Scene;
use crate::interpret::lvs::draft::{ServerDraft, ServiceDraft};
use crate::interpret::report::Report;
use crate::model::Config;
use crate::model::lvs::Forwarding;
use crate::prefix;

/// Looks at all virtual servers; each thing is said once.
pub(super) fn advise(scene: &Scene<'_>, config: &Config, report: &mut Report) {
    let (mut direct, mut nat) = (false, false);
    for server in &scene.draft.virtual_servers {
        let span = server.forwarding_span;
        match server.forwarding {
            Some(Forwarding::DirectRoute) if !direct => {
                direct = true;
                report
                    .hint(
                        "direct-routing",
                        span,
                        "with `DR` each real server must have the virtual address itself, and must not answer ARP for it",
                    )
                    .help = Some("on the real servers: the address as /32 on `lo`, and the sysctls arp_ignore=1, arp_announce=2".to_owned());
            }
            Some(Forwarding::Nat) if !nat && !config.instances.is_empty() => {
                let Some((block, address)) = without_gateway(server, config) else {
                    continue;
                };
                nat = true;
                let message = format!(
                    "with `NAT` the answers of {address} must come back through this node, and no virtual address here is in its network"
                );
                let problem = report.hint("nat-without-gateway", span, message);
                problem.labels.push((block.span, "this server".to_owned()));
                problem.help = Some("give the instance an address in the network of the real servers, and make it their gateway".to_owned());
            }
            _ => {}
        }
    }
}

/// A real server in whose network no virtual address is.
fn without_gateway<'a>(
    server: &'a ServiceDraft,
    config: &Config,
) -> Option<(&'a ServerDraft, IpAddr)> {
    server.servers.iter().find_map(|server| {
        let address = server.address?;
        let instances = config.instances.iter();
        let mut held = instances.flat_map(|i| i.addresses.iter().chain(&i.excluded_addresses));
        let near = held.any(|vip| prefix::holds(vip.address, vip.prefix_len, address));
        (!near).then_some((server, address))
    })
}
