//! What has to agree for two nodes to hear and understand each other, and to serve the same.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::routers::addresses;
use super::{Side, Two, wrong};
use crate::diagnostic::Diagnostic;
use crate::model::{AuthKind, Family, Instance, Transport, Version};
use crate::prefix;

/// Numbers, versions, intervals, passwords, ways, addresses.
pub(super) fn check(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    let (a, b) = (two.a.instance, two.b.instance);
    if a.vrid != b.vrid {
        let problem = wrong(
            "pair-virtual-router-id",
            format!(
                "`{}` has number {} on {} and {} on {}: for each other they are different virtual routers, and both are master",
                a.name, a.vrid, two.a.name(), b.vrid, two.b.name()
            ),
        )
        .help("use the same number on all nodes");
        found.push(two.differ(problem, "virtual_router_id", [&a.vrid, &b.vrid]));
    }
    if a.version != b.version {
        let problem = wrong(
            "pair-version",
            "the nodes speak different versions of VRRP and drop each other's adverts: both are master",
        );
        let version = |i: &Instance| match i.version {
            Version::V2 => 2,
            Version::V3 => 3,
        };
        found.push(two.differ(problem, "version", [&version(a), &version(b)]));
    }
    interval(two, found);
    authentication(two, found);
    ways(two, found);
    networks(two, found);
    served(two, found);
}

fn interval(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    let (a, b) = (two.a.instance, two.b.instance);
    if a.advert_interval == b.advert_interval || a.version != b.version {
        return;
    }
    let problem = match a.version {
        Version::V2 => wrong(
            "pair-advert-int",
            "`advert_int` differs, and in version 2 the nodes drop each other's adverts: both are master",
        ),
        Version::V3 => Diagnostic::hint(
            "pair-advert-int",
            "`advert_int` differs: how long a takeover takes depends on who is master",
        ),
    };
    let seconds = |i: &Instance| format!("{} s", i.advert_interval.as_secs_f64());
    let problem = problem.help("use the same interval on all nodes");
    found.push(two.differ(problem, "advert_int", [&seconds(a), &seconds(b)]));
}

fn authentication(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    let (a, b) = (two.a.instance.authentication, two.b.instance.authentication);
    if a == b || two.a.instance.version != two.b.instance.version {
        return;
    }
    let word = if a.map(|a| a.kind) == b.map(|b| b.kind) {
        "auth_pass"
    } else {
        "auth_type"
    };
    let says = |side: &Side<'_>| match side.instance.authentication.map(|auth| auth.kind) {
        None => "none",
        Some(_) if word == "auth_pass" => "this password",
        Some(AuthKind::Pass) => "PASS",
        Some(AuthKind::Ah) => "AH",
    };
    let problem = wrong(
        "pair-authentication",
        format!("`{word}` differs, and the nodes drop each other's adverts: both are master"),
    );
    found.push(two.differ(problem, word, [&says(&two.a), &says(&two.b)]));
}

fn ways(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    let (a, b) = (&two.a.instance.transport, &two.b.instance.transport);
    match (a, b) {
        (Transport::Multicast { group: here }, Transport::Multicast { group: there }) => {
            if here != there && two.a.instance.family == two.b.instance.family {
                let problem = wrong(
                    "pair-multicast-group",
                    "the nodes send to different multicast groups and do not hear each other: both are master",
                );
                found.push(two.differ(problem, "mcast_dst_ip", [here, there]));
            }
        }
        (Transport::Unicast { .. }, Transport::Unicast { .. }) => {}
        (Transport::Unicast { .. }, Transport::Multicast { .. })
        | (Transport::Multicast { .. }, Transport::Unicast { .. }) => {
            let says = |transport: &Transport| match transport {
                Transport::Unicast { .. } => "unicast",
                Transport::Multicast { .. } => "multicast",
            };
            let problem = wrong(
                "pair-unicast-and-multicast",
                "one node sends to peers, the other to the multicast group: they do not hear each other, and both are master",
            )
            .help("list the other node in `unicast_peer` on both, or on neither");
            found.push(two.differ(problem, "unicast_peer", [&says(a), &says(b)]));
        }
    }
}

/// Peers of two nodes, both ways.
pub(super) fn peers(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    let sources = (two.a.instance.source, two.b.instance.source);
    if let (Some(a), Some(b)) = sources
        && a == b
    {
        let problem = wrong(
            "pair-same-source",
            format!(
                "{} and {} send from the same address {a}: each takes the other's adverts for its own",
                two.a.name(),
                two.b.name()
            ),
        );
        found.push(two.differ(problem, "source", [&a, &b]));
        return;
    }
    peer(two.a, two.b, found);
    peer(two.b, two.a, found);
}

/// The source of one node must be among the peers of the other.
fn peer(from: Side<'_>, to: Side<'_>, found: &mut Vec<Diagnostic>) {
    let Transport::Unicast { peers, .. } = &to.instance.transport else {
        return;
    };
    if !matches!(from.instance.transport, Transport::Unicast { .. }) {
        return;
    }
    let Some(source) = from.instance.source else {
        return;
    };
    if peers.iter().any(|peer| peer.address == source) {
        return;
    }
    let mut problem = wrong(
        "pair-unicast-peer",
        format!(
            "{} sends from {source}, which is no `unicast_peer` on {}: when {} is master, {} does not hear of it and is master too",
            from.name(), to.name(), to.name(), from.name()
        ),
    )
    .at(from.places.word("source"))
    .label(from.places.word("source"), format!("the address of {}", from.name()));
    problem = match peers.first() {
        Some(peer) => problem.label(
            to.places.peer(peer.address),
            format!("the peers on {}", to.name()),
        ),
        None => problem.label(
            to.places.word("unicast_peer"),
            format!("the peers on {}", to.name()),
        ),
    };
    found.push(problem.help(format!("list {source} in `unicast_peer` on {}", to.name())));
}

/// Sources that are not in the network of the addresses they serve, on one node only.
fn networks(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    let inside = |side: &Side<'_>| -> Option<bool> {
        let source = side.instance.source?;
        let networks = side.instance.addresses.iter();
        let mut networks = networks.filter(|vip| vip.prefix_len < 31).peekable();
        networks.peek()?;
        Some(networks.any(|vip| prefix::holds(vip.address, vip.prefix_len, source)))
    };
    let multicast =
        |side: &Side<'_>| matches!(side.instance.transport, Transport::Multicast { .. });
    if !(multicast(&two.a) && multicast(&two.b)) {
        return;
    }
    let (Some(a), Some(b)) = (inside(&two.a), inside(&two.b)) else {
        return;
    };
    if a == b {
        return;
    }
    let stranger = if a { two.b } else { two.a };
    let problem = Diagnostic::hint(
        "pair-other-network",
        format!(
            "{} sends from an address outside the network of its virtual addresses, the other node from inside: are both on one network segment?",
            stranger.name()
        ),
    );
    let source = |side: &Side<'_>| {
        side.instance
            .source
            .map(|a| a.to_string())
            .unwrap_or_default()
    };
    found.push(two.differ(problem, "source", [&source(&two.a), &source(&two.b)]));
}

/// The addresses of both.
fn served(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    let (a, b) = (addresses(two.a.instance), addresses(two.b.instance));
    if !a.is_empty()
        && !b.is_empty()
        && a.is_disjoint(&b)
        && two.a.instance.vrid == two.b.instance.vrid
    {
        let problem = wrong(
            "pair-disjoint-addresses",
            format!(
                "number {} stands for other addresses on {} than on {}: two clusters with one number disturb each other",
                two.a.instance.vrid, two.a.name(), two.b.name()
            ),
        )
        .at(two.a.places.first_address())
        .label(two.a.places.first_address(), format!("on {}", two.a.name()))
        .label(two.b.places.first_address(), format!("on {}", two.b.name()))
        .help("give each cluster a number of its own, or all nodes the same addresses");
        found.push(problem);
        return;
    }
    lacks(two.a, two.b, &a, &b, found);
    lacks(two.b, two.a, &b, &a, found);
    for address in a.intersection(&b) {
        form(two, *address, found);
    }
    kinds(two, &a, &b, found);
}

/// Addresses that only one has.
fn lacks(
    has: Side<'_>,
    other: Side<'_>,
    here: &BTreeSet<IpAddr>,
    there: &BTreeSet<IpAddr>,
    found: &mut Vec<Diagnostic>,
) {
    for address in here.difference(there) {
        let problem = wrong(
            "pair-addresses",
            format!(
                "{address} is on {} only: while {} is master, nobody has it",
                has.name(),
                other.name()
            ),
        )
        .at(has.places.address(*address))
        .label(has.places.address(*address), format!("on {}", has.name()))
        .label(
            other.places.first_address(),
            format!("the addresses on {}", other.name()),
        );
        found.push(problem.help(format!("list it on {} too", other.name())));
    }
}

/// The same address with another prefix length.
fn form(two: Two<'_>, address: IpAddr, found: &mut Vec<Diagnostic>) {
    let prefix = |side: &Side<'_>| {
        let all = side
            .instance
            .addresses
            .iter()
            .chain(&side.instance.excluded_addresses);
        { all }.find(|a| a.address == address).map(|a| a.prefix_len)
    };
    let (Some(a), Some(b)) = (prefix(&two.a), prefix(&two.b)) else {
        return;
    };
    if a != b {
        let problem = Diagnostic::hint(
            "pair-prefix",
            format!(
                "{address} has prefix length {a} on {} and {b} on {}",
                two.a.name(),
                two.b.name()
            ),
        );
        found.push(
            problem
                .at(two.a.places.address(address))
                .label(
                    two.a.places.address(address),
                    format!("on {}", two.a.name()),
                )
                .label(
                    two.b.places.address(address),
                    format!("on {}", two.b.name()),
                ),
        );
    }
}

/// The same addresses, but not the same ones are in the adverts.
fn kinds(two: Two<'_>, a: &BTreeSet<IpAddr>, b: &BTreeSet<IpAddr>, found: &mut Vec<Diagnostic>) {
    let sent = |side: &Side<'_>| -> BTreeSet<IpAddr> {
        side.instance
            .addresses
            .iter()
            .map(|vip| vip.address)
            .collect()
    };
    let (here, there) = (sent(&two.a), sent(&two.b));
    let Some(odd) = here.symmetric_difference(&there).next() else {
        return;
    };
    if a != b || two.a.instance.family == Family::V6 {
        return;
    }
    let problem = wrong(
        "pair-advertised-addresses",
        format!(
            "{odd} is in the adverts of one node and excluded on the other: adverts with another list are dropped"
        ),
    );
    found.push(
        problem
            .at(two.a.places.address(*odd))
            .label(two.a.places.address(*odd), format!("on {}", two.a.name()))
            .label(two.b.places.address(*odd), format!("on {}", two.b.name())),
    );
}
