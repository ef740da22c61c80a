//! The machines of a cluster before anything happens, and which of their instances form one
//! virtual router.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use vipd_config::model::{Config, Family, Instance, Transport};

/// A machine: its configuration and its network interfaces.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Name, as written in scenarios and logs.
    pub name: String,
    /// What its daemon is configured to do.
    pub config: Config,
    /// Its interfaces.
    pub nics: Vec<Nic>,
    /// How much faster its clock runs than the world's; parts per million.
    pub drift_ppm: i32,
}

/// A network interface as it was installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// The kernel's name for it.
    pub name: String,
    /// The segment it is plugged into.
    pub segment: String,
    /// Its own address.
    pub address: Ipv4Addr,
    /// Prefix length of that.
    pub prefix_len: u8,
    /// Its own addresses of IPv6: a link-local one, and what instances send from.
    pub ipv6: Vec<Ipv6Addr>,
}

impl Nic {
    /// Whether an address is its own.
    pub fn has(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.address == address,
            IpAddr::V6(address) => self.ipv6.contains(&address),
        }
    }

    fn give(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.address = address,
            IpAddr::V6(address) if address.is_unicast_link_local() => self.ipv6 = vec![address],
            IpAddr::V6(address) => self.ipv6.push(address),
        }
    }
}

impl Machine {
    /// A machine with every interface its configuration names. Interfaces of one name are on
    /// one segment; addresses are the configured sources, else `10.SEGMENT.0.NUMBER` and a
    /// link-local one.
    ///
    /// Virtual MAC addresses make no difference to elections and are left out.
    pub fn new(number: u8, name: impl Into<String>, mut config: Config) -> Self {
        without_virtual_links(&mut config);
        let nics = interface_names(&config)
            .into_iter()
            .map(|nic| {
                let mut own = Nic {
                    address: free_address(&config, &nic, number),
                    ipv6: vec![link_local(&nic, number)],
                    segment: nic.clone(),
                    name: nic,
                    prefix_len: 24,
                };
                for family in [Family::V4, Family::V6] {
                    if let Some(source) = source_on(&config, &own.name, family) {
                        own.give(source);
                    }
                }
                own
            })
            .collect();
        Self {
            name: name.into(),
            config,
            nics,
            drift_ppm: 0,
        }
    }
}

impl Machine {
    /// Own addresses of an interface that packets come from, and that no file names.
    pub(crate) fn assumed_addresses(&self, nic: &Nic) -> Vec<IpAddr> {
        let instances = || self.config.instances.iter();
        let here = || instances().filter(|i| i.interface.as_ref() == Some(&nic.name));
        let assumed = |family| here().any(|i| i.family == family && i.source.is_none());
        let mut own: Vec<IpAddr> = Vec::new();
        if assumed(Family::V4) || here().next().is_none() {
            own.push(nic.address.into());
        }
        if assumed(Family::V6) {
            own.extend(nic.ipv6.first().map(|&address| IpAddr::V6(address)));
        }
        own.retain(|address| instances().all(|i| i.source != Some(*address)));
        own
    }
}

/// An address that is no VIP of its machine.
fn free_address(config: &Config, nic: &str, number: u8) -> Ipv4Addr {
    let instances = config.instances.iter();
    let all = instances.flat_map(|i| i.addresses.iter().chain(&i.excluded_addresses));
    let taken: BTreeSet<IpAddr> = all.map(|entry| entry.address).collect();
    let of = |net| Ipv4Addr::new(10, segment_number(nic), net, number.saturating_add(1));
    (0..=u8::MAX)
        .map(of)
        .find(|address| !taken.contains(&IpAddr::V4(*address)))
        .unwrap_or_else(|| of(0))
}

/// The address that the kernel would make of a hardware address.
fn link_local(nic: &str, number: u8) -> Ipv6Addr {
    let last = u16::from_be_bytes([segment_number(nic), number.saturating_add(1)]);
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0x00ff, 0xfe00, last)
}

/// Addresses stay on the interfaces below.
pub(crate) fn without_virtual_links(config: &mut Config) {
    for instance in &mut config.instances {
        instance.virtual_links.clear();
    }
}

/// Machines for configurations, in order, plugged together: interfaces of one name are on one
/// segment, and so are those of other names that serve the same virtual router.
pub fn machines(configs: impl IntoIterator<Item = (String, Config)>) -> Vec<Machine> {
    let mut machines: Vec<Machine> = (0..=u8::MAX)
        .zip(configs)
        .map(|(number, (name, config))| Machine::new(number, name, config))
        .collect();
    for later in 1..machines.len() {
        let (before, rest) = machines.split_at_mut(later);
        for earlier in &*before {
            plug(earlier, &mut rest[0]);
        }
    }
    for node in 0..machines.len() {
        for (nic, address) in addresses_by_peers(&machines, node) {
            let nics = machines[node].nics.iter_mut();
            for own in { nics }.filter(|own| own.name == nic) {
                own.give(address);
            }
        }
    }
    machines
}

/// Addresses of interfaces whose unicast instances name no source: the one that all other nodes
/// list as a peer and this one does not.
fn addresses_by_peers(machines: &[Machine], node: usize) -> Vec<(String, IpAddr)> {
    let peers = |instance: &Instance| -> Option<BTreeSet<IpAddr>> {
        match &instance.transport {
            Transport::Unicast { peers, .. } => Some(peers.iter().map(|p| p.address).collect()),
            Transport::Multicast { .. } => None,
        }
    };
    let mut found: Vec<(String, IpAddr)> = Vec::new();
    for instance in &machines[node].config.instances {
        let (Some(nic), Some(own), None) = (&instance.interface, peers(instance), instance.source)
        else {
            continue;
        };
        let others = machines.iter().enumerate().filter(|(n, _)| *n != node);
        let instances = others.flat_map(|(_, machine)| &machine.config.instances);
        let same = instances.filter(|i| (i.vrid, i.family) == (instance.vrid, instance.family));
        let same: Vec<&Instance> = same.collect();
        let taken: BTreeSet<IpAddr> = same.iter().filter_map(|i| i.source).chain(own).collect();
        let lists = same.iter().filter_map(|i| peers(i));
        let listed = lists.reduce(|all, list| all.intersection(&list).copied().collect());
        let listed: Vec<IpAddr> = listed
            .unwrap_or_default()
            .difference(&taken)
            .copied()
            .collect();
        if let [address] = listed[..]
            && source_on(&machines[node].config, nic, instance.family).is_none()
        {
            found.push((nic.clone(), address));
        }
    }
    found
}

/// Plugs interfaces of a machine that another has no namesake of into the segment of the same
/// virtual router there.
fn plug(there: &Machine, here: &mut Machine) {
    for ours in &here.config.instances {
        let theirs = there.config.instances.iter();
        let same = theirs.filter(|theirs| (theirs.vrid, theirs.family) == (ours.vrid, ours.family));
        let segments: Vec<&str> = same.map(|theirs| segment_of(there, theirs)).collect();
        let [segment] = segments[..] else {
            continue;
        };
        let Some(name) = &ours.interface else {
            continue;
        };
        let has_namesake = there.nics.iter().any(|nic| nic.name == *name);
        let nic = here.nics.iter_mut().find(|nic| nic.name == *name);
        if let Some(nic) = nic.filter(|_| !has_namesake) {
            segment.clone_into(&mut nic.segment);
        }
    }
}

/// Every interface that a configuration names; `eth0` when it names none.
fn interface_names(config: &Config) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for instance in &config.instances {
        names.extend(instance.interface.clone());
        let addresses = instance
            .addresses
            .iter()
            .chain(&instance.excluded_addresses);
        names.extend(addresses.filter_map(|a| a.interface.clone()));
        names.extend(instance.track_interfaces.iter().map(|t| t.name.clone()));
    }
    for group in &config.sync_groups {
        names.extend(group.track_interfaces.iter().map(|t| t.name.clone()));
    }
    if names.is_empty() {
        names.insert("eth0".to_owned());
    }
    names
}

/// Source address of a family that an instance on this interface is configured to use.
fn source_on(config: &Config, nic: &str, family: Family) -> Option<IpAddr> {
    let instances = config.instances.iter();
    let here = instances.filter(|i| i.interface.as_deref().unwrap_or("eth0") == nic);
    here.filter(|instance| instance.family == family)
        .find_map(|instance| instance.source)
}

/// The digits of an interface name, folded into an octet: `eth1` is 1.
fn segment_number(nic: &str) -> u8 {
    nic.bytes()
        .filter(u8::is_ascii_digit)
        .fold(0, |sum: u8, digit| {
            sum.wrapping_mul(10).wrapping_add(digit - b'0')
        })
}

/// Index of a virtual router in [`Routers`].
pub type RouterIndex = usize;

/// The virtual routers of a cluster: which instances of which nodes are one.
#[derive(Clone, Debug, Default)]
pub struct Routers {
    /// For each virtual router its members: node and instance index.
    pub members: Vec<Vec<(usize, usize)>>,
    by_member: BTreeMap<(usize, usize), RouterIndex>,
}

impl Routers {
    /// Finds them: same segment, family and virtual router id.
    pub fn find(machines: &[Machine]) -> Self {
        let mut keys = BTreeMap::new();
        let mut routers = Self::default();
        for (node, machine) in machines.iter().enumerate() {
            for (index, instance) in machine.config.instances.iter().enumerate() {
                let segment = segment_of(machine, instance).to_owned();
                let key = (segment, instance.family, instance.vrid);
                let router = *keys.entry(key).or_insert(routers.members.len());
                if router == routers.members.len() {
                    routers.members.push(Vec::new());
                }
                routers.members[router].push((node, index));
                routers.by_member.insert((node, index), router);
            }
        }
        routers
    }

    /// The virtual router of an instance.
    pub fn of(&self, node: usize, instance: usize) -> RouterIndex {
        self.by_member
            .get(&(node, instance))
            .copied()
            .unwrap_or(usize::MAX)
    }
}

/// The segment an instance speaks on.
pub(crate) fn segment_of<'a>(machine: &'a Machine, instance: &Instance) -> &'a str {
    let nic = machine.nics.iter().find(|nic| match &instance.interface {
        Some(name) => &nic.name == name,
        None => instance.source.is_some_and(|source| nic.has(source)),
    });
    nic.map_or("", |nic| nic.segment.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use vipd_config::model::UnicastPeer;

    fn config(instances: &[(&str, u8)]) -> Config {
        Config {
            instances: instances
                .iter()
                .map(|&(nic, vrid)| Instance::new(format!("V{vrid}"), nic, vrid))
                .collect(),
            ..Config::default()
        }
    }

    fn segments(configs: &[Config]) -> Vec<Vec<String>> {
        let named = configs
            .iter()
            .cloned()
            .map(|config| (String::new(), config));
        let of = |machine: Machine| machine.nics.into_iter().map(|nic| nic.segment).collect();
        machines(named).into_iter().map(of).collect()
    }

    #[test]
    fn interfaces_of_one_name_are_on_one_segment() {
        let same = config(&[("eth0", 51), ("eth1", 52)]);
        assert_eq!(
            segments(&[same.clone(), same]),
            [["eth0", "eth1"], ["eth0", "eth1"]]
        );
    }

    #[test]
    fn interfaces_of_one_virtual_router_are_on_one_segment() {
        let a = config(&[("eth0", 51)]);
        let b = config(&[("ens192", 51)]);
        let c = config(&[("enp3s0", 51)]);
        assert_eq!(segments(&[a, b, c]), [["eth0"], ["eth0"], ["eth0"]]);
    }

    #[test]
    fn a_unicast_node_has_the_address_that_its_peers_list() {
        let unicast = |peers: [u8; 2]| {
            let mut config = config(&[("eth0", 51)]);
            let peer = |last| UnicastPeer {
                address: IpAddr::from([192, 0, 2, last]),
                min_ttl: None,
                max_ttl: None,
            };
            config.instances[0].transport = Transport::Unicast {
                peers: peers.map(peer).to_vec(),
                ttl: 255,
                check_source: false,
                fault_without_peer: false,
            };
            (String::new(), config)
        };
        let cluster = machines([unicast([2, 3]), unicast([1, 3]), unicast([1, 2])]);
        let addresses: Vec<u8> = cluster
            .iter()
            .map(|machine| machine.nics[0].address.octets()[3])
            .collect();
        assert_eq!(addresses, [1, 2, 3]);
    }

    #[test]
    fn one_number_on_two_segments_joins_nothing() {
        let a = config(&[("eth0", 51), ("eth1", 51)]);
        let b = config(&[("eth0", 51), ("ens2", 51)]);
        assert_eq!(segments(&[a, b]), [["eth0", "eth1"], ["ens2", "eth0"]]);
    }
}
