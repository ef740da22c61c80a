//! Adverts byte for byte as keepalived 2.2.7 sends them for the same configuration.

use std::net::IpAddr;

use vipd_config::model::{
    AuthKind, Authentication, Instance, Transport, UnicastPeer, Version, VirtualAddress,
};

use super::world::{World, config, instance, instance_v6, seconds};
use crate::Effect;
use crate::event::State;

fn first_adverts(instance: Instance) -> Vec<(IpAddr, String)> {
    let mut world = World::started(&[config(instance)]);
    world.run(seconds(3.9));
    let effects = world.nodes[0].effects.iter();
    let sent = effects.filter_map(|(_, effect)| match effect {
        Effect::Send(transmit) => Some((transmit.to, hex(&transmit.bytes))),
        _ => None,
    });
    sent.collect()
}

fn hex(bytes: &[u8]) -> String {
    let words = bytes.chunks(2).map(|w| format!("{:02x}{:02x}", w[0], w[1]));
    words.collect::<Vec<_>>().join(" ")
}

fn vip(octets: [u8; 4]) -> VirtualAddress {
    VirtualAddress::new(IpAddr::from(octets))
}

#[test]
fn version_2_with_a_password() {
    let mut instance = instance(254);
    instance.vrid = 52;
    instance.addresses = vec![vip([10, 0, 0, 110])];
    instance.authentication = Some(Authentication {
        kind: AuthKind::Pass,
        key: *b"1111\0\0\0\0",
    });
    let wanted = "45c0 0028 0001 0000 ff70 d091 0a00 0001 e000 0012 \
                  2134 fe01 0101 72f8 0a00 006e 3131 3131 0000 0000";
    assert_eq!(
        first_adverts(instance),
        [(IpAddr::from([224, 0, 0, 18]), wanted.to_owned())]
    );
}

#[test]
fn version_2_without() {
    let mut instance = instance(110);
    instance.vrid = 53;
    instance.addresses = vec![vip([10, 0, 0, 120])];
    let wanted = "45c0 0028 0001 0000 ff70 d091 0a00 0001 e000 0012 \
                  2135 6e01 0001 6650 0a00 0078 0000 0000 0000 0000";
    assert_eq!(first_adverts(instance)[0].1, wanted);
}

#[test]
fn version_3_to_unicast_peers() {
    let mut instance = instance(150);
    instance.version = Version::V3;
    instance.advert_interval = seconds(0.5);
    instance.addresses = vec![vip([10, 0, 0, 100]), vip([10, 0, 0, 101])];
    let peer = |last| UnicastPeer {
        address: IpAddr::from([10, 0, 0, last]),
        min_ttl: None,
        max_ttl: None,
    };
    instance.transport = Transport::Unicast {
        peers: vec![peer(2), peer(3)],
        ttl: 255,
        check_source: false,
        fault_without_peer: false,
    };
    let wanted = [
        "45c0 0024 0001 0000 ff70 a6a6 0a00 0001 0a00 0002 \
         3133 9602 0032 0f4c 0a00 0064 0a00 0065",
        "45c0 0024 0001 0000 ff70 a6a5 0a00 0001 0a00 0003 \
         3133 9602 0032 0f4b 0a00 0064 0a00 0065",
        "45c0 0024 0002 0000 ff70 a6a5 0a00 0001 0a00 0002 \
         3133 9602 0032 0f4c 0a00 0064 0a00 0065",
    ];
    let sent = first_adverts(instance);
    for ((to, bytes), wanted) in sent.iter().zip(wanted) {
        assert_eq!(bytes, wanted, "{to}");
    }
}

/// V3-1, V3-4.
#[test]
fn version_3_over_ipv6() {
    let mut instance = instance_v6(100);
    instance.vrid = 56;
    let addresses = ["fe80::56", "2001:db8::1"];
    instance.addresses = addresses
        .map(|a| VirtualAddress::new(a.parse().unwrap()))
        .into();
    let mut world = World::new(&[config(instance)]);
    let mut interface = super::world::interface(1);
    interface.ipv6 = vec![("fe80::8823:71ff:fe10:1997".parse().unwrap(), 64)];
    world.input(0, crate::Input::Interface(interface));
    world.start(0);
    world.run(seconds(3.9));
    let wanted = "3138 6402 0064 2dd7 fe80 0000 0000 0000 0000 0000 0000 0056 \
                  2001 0db8 0000 0000 0000 0000 0000 0001";
    assert_eq!(hex(&world.sent(0)[0].1), wanted);
}

/// V3-10: a higher master over one family is nothing to the instance of the other.
#[test]
fn the_same_number_over_both_families_is_two_routers() {
    let pair = |v4: u8, v6: u8| {
        let mut both = config(instance(v4));
        let mut second = instance_v6(v6);
        second.name = "B".to_owned();
        both.instances.push(second);
        both
    };
    let mut world = World::started(&[pair(200, 100), pair(100, 200)]);
    world.run(seconds(10.0));
    for (node, expected) in [
        [State::Master, State::Backup],
        [State::Backup, State::Master],
    ]
    .into_iter()
    .enumerate()
    {
        let states: Vec<State> = world.nodes[node]
            .router
            .standings()
            .map(|(s, _)| s)
            .collect();
        assert_eq!(states, expected);
    }
}
