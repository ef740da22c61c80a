//! Methods of load balancing that need something done elsewhere.

use std::net::IpAddr;

use crate::complete::Scene;
use crate::interpret::report::Report;
use crate::interpret::tree::Tree;
use crate::model::Config;
use crate::prefix;

/// Looks at all virtual servers; each thing is said once.
pub(super) fn advise(scene: &Scene<'_>, config: &Config, report: &mut Report) {
    let servers = scene.draft.recorded.iter();
    let servers = servers.filter(|tree| tree.keyword == "virtual_server");
    let (mut direct, mut nat) = (false, false);
    for server in servers {
        let method = server.find("lvs_method").or_else(|| server.find("lb_kind"));
        let Some(method) = method else { continue };
        match method.words.first().map(String::as_str) {
            Some("DR") if !direct => {
                direct = true;
                report
                    .hint(
                        "direct-routing",
                        method.span,
                        "with `DR` each real server must have the virtual address itself, and must not answer ARP for it",
                    )
                    .help = Some("on the real servers: the address as /32 on `lo`, and the sysctls arp_ignore=1, arp_announce=2".to_owned());
            }
            Some("NAT") if !nat && !config.instances.is_empty() => {
                let Some((block, address)) = without_gateway(server, config) else {
                    continue;
                };
                nat = true;
                let message = format!(
                    "with `NAT` the answers of {address} must come back through this node, and no virtual address here is in its network"
                );
                let problem = report.hint("nat-without-gateway", method.span, message);
                problem.labels.push((block.span, "this server".to_owned()));
                problem.help = Some("give the instance an address in the network of the real servers, and make it their gateway".to_owned());
            }
            _ => {}
        }
    }
}

/// A real server in whose network no virtual address is.
fn without_gateway<'a>(server: &'a Tree, config: &Config) -> Option<(&'a Tree, IpAddr)> {
    let blocks = server.blocks.iter();
    let mut real = blocks.filter(|block| block.keyword == "real_server");
    real.find_map(|block| {
        let address: IpAddr = block.name().parse().ok()?;
        let instances = config.instances.iter();
        let mut held = instances.flat_map(|i| i.addresses.iter().chain(&i.excluded_addresses));
        let near = held.any(|vip| prefix::holds(vip.address, vip.prefix_len, address));
        (!near).then_some((block, address))
    })
}
