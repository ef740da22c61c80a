//! A pair made of the user's own two configuration files.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use vipd_config::diagnostic::{Severity, log};
use vipd_config::files::DiskFiles;
use vipd_config::line::FileId;
use vipd_config::model::{Check, Config, Instance, TrackScript, Transport, VirtualAddress};
use vipd_config::{Host, Loaded, load};
use vipd_daemon::host;
use vipd_lab::story::{Node, Pair};

use super::Scene;

/// Names of the nodes.
const NAMES: [&str; 2] = ["a", "b"];

/// Host number of the client in its network, if nobody has it.
const CLIENT: u128 = 20;

/// Port of the web service when no check says which.
const WEB: u16 = 80;

/// One of the two files, read.
struct Side<'a> {
    config: &'a Config,
    instance: &'a Instance,
}

/// Reads the files and makes a pair of the first virtual router they have in common.
pub(super) fn scene(a: &Path, b: &Path) -> Result<Scene, String> {
    let paths = [absolute(a)?, absolute(b)?];
    let loaded = [read(&paths[0], NAMES[0])?, read(&paths[1], NAMES[1])?];
    let [one, other] = common(&loaded[0].config, &loaded[1].config)?;
    let vip = one
        .instance
        .addresses
        .first()
        .ok_or("the virtual router has no virtual address")?;
    let homes = homes([&one, &other], vip);
    let mut taken: BTreeSet<IpAddr> = homes.iter().map(|(address, _)| *address).collect();
    taken.extend(one.instance.addresses.iter().map(|found| found.address));
    let client = free_address(homes[0], CLIENT, &taken);
    let ports = ports(&one);
    let nodes = [(0, &one), (1, &other)].map(|(index, side)| Node {
        name: NAMES[index].to_owned(),
        files: files(&loaded[index]),
        links: Vec::new(),
        interfaces: interfaces(side, homes[index]),
        ports: if ports.is_empty() {
            vec![WEB]
        } else {
            ports.clone()
        },
        priority: best_priority(side),
        preempts: side.instance.preempts,
    });
    let pair = Pair {
        vip: vip.address,
        client: vec![(client, homes[0].1)],
        master_down: master_down(one.instance).max(master_down(other.instance)),
        check: [&one, &other]
            .into_iter()
            .map(check_time)
            .max()
            .unwrap_or_default(),
        preempt_delay: one.instance.preempt_delay.max(other.instance.preempt_delay),
        is_checked: !ports.is_empty(),
        nodes,
    };
    let introduction = introduction(&pair, &paths, one.instance);
    Ok(Scene {
        pair,
        configurations: paths,
        introduction,
    })
}

/// The path the daemon gets: it must mean the same inside the hosts.
fn absolute(path: &Path) -> Result<String, String> {
    let found =
        fs::canonicalize(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let text = found
        .to_str()
        .ok_or("the path of a configuration file must be text")?;
    Ok(text.to_owned())
}

/// Reads a file and everything it includes; an error names what keeps a daemon from starting.
fn read(path: &str, name: &str) -> Result<Loaded, String> {
    let environment = host::environment(Some(name), false);
    let loaded = load(&DiskFiles, path, &environment, &Host::unknown(name));
    if loaded.starts().is_ok() {
        return Ok(loaded);
    }
    let mut why = format!("no daemon can start with {path}:\n");
    let errors = loaded
        .diagnostics
        .iter()
        .filter(|found| found.severity() == Severity::Error);
    for error in errors {
        why.push_str("    ");
        why.push_str(&log::render(error, &loaded.sources));
        why.push('\n');
    }
    Err(why)
}

/// The first virtual router that both files have.
fn common<'a>(a: &'a Config, b: &'a Config) -> Result<[Side<'a>; 2], String> {
    let same =
        |one: &Instance, other: &Instance| one.vrid == other.vrid && one.family == other.family;
    let found = a.instances.iter().find_map(|one| {
        let other = b.instances.iter().find(|other| same(one, other))?;
        Some([
            Side {
                config: a,
                instance: one,
            },
            Side {
                config: b,
                instance: other,
            },
        ])
    });
    found.ok_or_else(|| "the two files have no virtual_router_id in common".to_owned())
}

/// The main address of each node with its prefix length: as its file says, as the other's list of
/// peers says, or a free one in the network of the virtual address.
fn homes(sides: [&Side<'_>; 2], vip: &VirtualAddress) -> [(IpAddr, u8); 2] {
    let named = |index: usize| {
        let peer = match &sides[1 - index].instance.transport {
            Transport::Unicast { peers, .. } => peers.first().map(|peer| peer.address),
            Transport::Multicast { .. } => None,
        };
        sides[index].instance.source.or(peer)
    };
    let network = (vip.address, network_length(vip));
    let mut taken: BTreeSet<IpAddr> = sides[0]
        .instance
        .addresses
        .iter()
        .map(|found| found.address)
        .collect();
    taken.extend([named(0), named(1)].into_iter().flatten());
    [0, 1].map(|index| match named(index) {
        Some(address) if address.is_ipv4() == vip.address.is_ipv4() && within(address, network) => {
            (address, network.1)
        }
        Some(address) => (address, if address.is_ipv4() { 24 } else { 64 }),
        None => {
            let address = free_address(network, 11 + index as u128, &taken);
            taken.insert(address);
            (address, network.1)
        }
    })
}

/// Prefix length of the network a virtual address is in: a lone address says nothing, so the
/// usual one is taken then.
fn network_length(vip: &VirtualAddress) -> u8 {
    let (usual, room) = if vip.address.is_ipv4() {
        (24, 27)
    } else {
        (64, 120)
    };
    if (1..=room).contains(&vip.prefix_len) {
        vip.prefix_len
    } else {
        usual
    }
}

fn within(address: IpAddr, (network, length): (IpAddr, u8)) -> bool {
    let bits = if network.is_ipv4() { 32 } else { 128 };
    let host_bits = u32::from(bits - length);
    number(address).checked_shr(host_bits) == number(network).checked_shr(host_bits)
}

/// The address with this host number in a network, or the next one that is free.
fn free_address((network, length): (IpAddr, u8), host: u128, taken: &BTreeSet<IpAddr>) -> IpAddr {
    let bits = if network.is_ipv4() { 32_u32 } else { 128 };
    let host_bits = bits - u32::from(length);
    let base = number(network)
        .checked_shr(host_bits)
        .unwrap_or(0)
        .checked_shl(host_bits)
        .unwrap_or(0);
    let mut candidate = base + host;
    loop {
        let address = match network {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(u32::try_from(candidate).unwrap_or(0))),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(candidate)),
        };
        if !taken.contains(&address) {
            return address;
        }
        candidate += 1;
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// Every file that was read, to be found under its own path.
fn files(loaded: &Loaded) -> Vec<(String, u32, Vec<u8>)> {
    let names = (0..)
        .map(|id| loaded.sources.name(FileId(id)))
        .take_while(|name| !name.is_empty());
    let paths: BTreeSet<String> = names
        .filter_map(|name| fs::canonicalize(name).ok()?.to_str().map(str::to_owned))
        .collect();
    let contents = |path: String| Some((path.clone(), 0o644, fs::read(path).ok()?));
    paths.into_iter().filter_map(contents).collect()
}

/// Every interface the file speaks of, that of the virtual router first.
fn interfaces(side: &Side<'_>, home: (IpAddr, u8)) -> Vec<(String, Vec<(IpAddr, u8)>)> {
    let main = side
        .instance
        .interface
        .clone()
        .unwrap_or_else(|| "eth0".to_owned());
    let mut others = BTreeSet::new();
    for instance in &side.config.instances {
        others.extend(instance.interface.clone());
        others.extend(
            instance
                .track_interfaces
                .iter()
                .map(|tracked| tracked.name.clone()),
        );
        let addresses = instance
            .addresses
            .iter()
            .chain(&instance.excluded_addresses);
        others.extend(addresses.filter_map(|address| address.interface.clone()));
    }
    let groups = side
        .config
        .sync_groups
        .iter()
        .flat_map(|group| &group.track_interfaces);
    others.extend(groups.map(|tracked| tracked.name.clone()));
    others.remove(&main);
    others.remove("lo");
    let others = others.into_iter().map(|name| (name, Vec::new()));
    std::iter::once((main, vec![home])).chain(others).collect()
}

/// The checks of a virtual router, each with the weight that holds for it.
fn checks<'a>(side: &Side<'a>) -> impl Iterator<Item = (&'a TrackScript, i16)> {
    let (config, instance) = (side.config, side.instance);
    instance.track_scripts.iter().filter_map(|tracked| {
        let script = config
            .scripts
            .iter()
            .find(|script| script.name == tracked.name)?;
        Some((script, tracked.weight.value))
    })
}

/// Ports on this node that checks connect to, each once.
fn ports(side: &Side<'_>) -> Vec<u16> {
    let mut ports = Vec::new();
    for (script, _) in checks(side) {
        if let Check::Connect { host, port } = &script.check
            && (host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
            && !ports.contains(port)
        {
            ports.push(*port);
        }
    }
    ports
}

/// Priority while all checks are well.
fn best_priority(side: &Side<'_>) -> i32 {
    let bonus: i32 = checks(side)
        .map(|(_, weight)| i32::from(weight.max(0)))
        .sum();
    (i32::from(side.instance.priority) + bonus).min(254)
}

fn master_down(instance: &Instance) -> Duration {
    let skew = instance.advert_interval * (256 - u32::from(instance.priority)) / 256;
    instance.advert_interval * u32::from(instance.down_timer_adverts) + skew
}

fn check_time(side: &Side<'_>) -> Duration {
    let longest = checks(side)
        .map(|(script, _)| script.interval * script.rise.max(script.fall) + script.timeout);
    longest.max().unwrap_or_default()
}

fn introduction(pair: &Pair, paths: &[String; 2], instance: &Instance) -> String {
    let mut text =
        "Two nodes and a client on one switch, all on this machine, with real daemons:\n\n"
            .to_owned();
    for (node, path) in pair.nodes.iter().zip(paths) {
        let (interface, addresses) = &node.interfaces[0];
        let address = addresses
            .first()
            .map(|(address, _)| address.to_string())
            .unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "    {:7} {address} on {interface}, priority {}, {path}",
            node.name, node.priority
        );
    }
    let _ = writeln!(
        text,
        "    client  asks {} (virtual_router_id {}) once in a millisecond",
        pair.vip, instance.vrid
    );
    if !pair.is_checked {
        text.push_str("\nNo check of the form </dev/tcp/127.0.0.1/PORT watches the service: it does not die in this story.\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new().prefix(name).tempfile().unwrap();
        fs::write(file.path(), text).unwrap();
        file
    }

    fn instance(words: &str, vips: &str) -> String {
        format!(
            "vrrp_script web {{\n script \"</dev/tcp/127.0.0.1/8080\"\n interval 2\n weight -30\n}}\n\
             vrrp_instance VI_1 {{\n virtual_router_id 51\n advert_int 1\n{words}\n\
             virtual_ipaddress {{\n{vips}\n}}\n track_script {{\n web\n}}\n}}\n"
        )
    }

    #[test]
    fn addresses_come_from_the_files() {
        let a = instance(
            "interface ens33\npriority 100\nunicast_src_ip 192.168.1.100\nunicast_peer {\n192.168.1.101\n}",
            "59.80.39.110",
        );
        let b = instance(
            "interface eno1\npriority 90\nunicast_peer {\n192.168.1.100\n}",
            "59.80.39.110",
        );
        let (a, b) = (written("a", &a), written("b", &b));
        let pair = scene(a.path(), b.path()).unwrap().pair;
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(
            pair.nodes[0].interfaces,
            [("ens33".to_owned(), vec![(ip("192.168.1.100"), 24)])]
        );
        assert_eq!(
            pair.nodes[1].interfaces,
            [("eno1".to_owned(), vec![(ip("192.168.1.101"), 24)])]
        );
        assert_eq!(pair.client, [(ip("192.168.1.20"), 24)]);
        assert_eq!((pair.vip, pair.is_checked), (ip("59.80.39.110"), true));
        assert_eq!(pair.nodes[0].ports, [8080]);
    }

    #[test]
    fn addresses_are_chosen_beside_the_virtual_ones() {
        let a = instance("interface eth0\npriority 100", "172.16.75.11\n172.16.75.20");
        let (a, b) = (written("a", &a), written("b", &a.replace("100", "70")));
        let pair = scene(a.path(), b.path()).unwrap().pair;
        let addresses: Vec<_> = pair
            .nodes
            .iter()
            .map(|node| node.interfaces[0].1[0].0.to_string())
            .collect();
        assert_eq!(addresses, ["172.16.75.12", "172.16.75.13"]);
        assert_eq!(pair.client[0].0.to_string(), "172.16.75.21");
    }

    #[test]
    fn files_that_cannot_be_played_are_refused_with_a_reason() {
        let a = written("a", &instance("interface eth0\npriority 100", "10.0.0.1"));
        let other = instance("interface eth0\npriority 90", "10.0.0.1").replace("_id 51", "_id 52");
        let b = written("b", &other);
        let why = scene(a.path(), b.path()).err().unwrap();
        assert_eq!(why, "the two files have no virtual_router_id in common");
        let why = scene(a.path(), Path::new("/no/such/file")).err().unwrap();
        assert!(why.contains("cannot read /no/such/file"), "{why}");
    }
}
