//! Interfaces and addresses that come and go (section 12).

use std::net::{IpAddr, Ipv4Addr};

use vipd_config::model::{InterfaceDelay, ReceiveBuffer};

use super::world::{World, config, instance, instance_v6, interface, seconds};
use crate::event::State::{Backup, Fault, Master};
use crate::{Effect, Input};

fn gone(world: &mut World) {
    let name = "eth0".to_owned();
    world.input(0, Input::InterfaceGone { name });
}

fn lose(world: &mut World, address: [u8; 4]) {
    let address = IpAddr::from(address);
    world.nodes[0].held.remove(&address);
    world.input(
        0,
        Input::AddressRemoved {
            interface: "eth0".to_owned(),
            address,
            prefix_len: 32,
        },
    );
}

#[test]
fn a_missing_interface_is_a_fault_until_it_comes() {
    let mut world = World::new(&[config(instance(150))]);
    gone(&mut world);
    world.start(0);
    assert_eq!(world.state(0), Fault);
    assert_eq!(world.nodes[0].router.sockets().len(), 0);
    world.input(0, Input::Interface(interface(1)));
    assert_eq!(world.state(0), Backup);
    assert_eq!(world.nodes[0].router.sockets().len(), 1);
    world.run(seconds(4.0));
    assert_eq!(world.state(0), Master);
    assert_eq!(world.sent(0).len(), 1);
}

/// Made again under the same name: another socket, and the state starts anew.
#[test]
fn a_remade_interface_is_bound_anew() {
    let mut world = World::started(&[config(instance(150))]);
    world.run(seconds(4.0));
    let old = world.nodes[0].router.sockets();
    let mut again = interface(1);
    again.index = 9;
    world.input(0, Input::Interface(again));
    let new = world.nodes[0].router.sockets();
    assert_eq!(new.len(), 1);
    assert_ne!(new[0].id, old[0].id);
    assert_eq!(new[0].interface, Some(("eth0".to_owned(), 9)));
    assert_eq!(world.state(0), Backup);
    assert_eq!(world.nodes[0].held.len(), 0);
    world.run(seconds(4.0));
    assert_eq!(world.state(0), Master);
}

#[test]
fn no_source_address_is_a_fault() {
    let mut world = World::started(&[config(instance(150))]);
    world.run(seconds(4.0));
    let mut bare = interface(1);
    bare.ipv4.clear();
    world.nodes[0].effects.clear();
    world.input(0, Input::Interface(bare));
    assert_eq!(world.state(0), Fault);
    // It still said goodbye.
    assert_eq!(world.sent(0).len(), 1);
    world.input(0, Input::Interface(interface(1)));
    assert_eq!(world.state(0), Backup);
}

#[test]
fn another_address_takes_over_as_source() {
    let mut world = World::started(&[config(instance(150))]);
    world.run(seconds(4.0));
    let mut other = interface(1);
    other.ipv4 = vec![(Ipv4Addr::new(10, 0, 0, 77), 24)];
    world.nodes[0].effects.clear();
    world.input(0, Input::Interface(other));
    assert_eq!(world.state(0), Master);
    world.run(seconds(1.0));
    assert_eq!(world.sent(0)[0].1[12..16], [10, 0, 0, 77]);
}

/// A VIP, of whatever instance, is never the source.
#[test]
fn a_vip_is_no_source() {
    let mut with_vip = interface(1);
    with_vip.ipv4.insert(0, (Ipv4Addr::new(10, 0, 0, 100), 32));
    let mut world = World::new(&[config(instance(150))]);
    world.input(0, Input::Interface(with_vip.clone()));
    world.start(0);
    assert_eq!(world.status(0).source, Some(IpAddr::from([10, 0, 0, 1])));
    with_vip.ipv4.truncate(1);
    world.input(0, Input::Interface(with_vip));
    assert_eq!(world.state(0), Fault);
}

#[test]
fn ipv6_speaks_from_its_link_local_address() {
    let mut world = World::new(&[config(instance_v6(150))]);
    let mut global = interface(1);
    global.ipv6.insert(0, ("2001:db8::1".parse().unwrap(), 64));
    global.ipv6.insert(0, ("fe80::100".parse().unwrap(), 64));
    world.input(0, Input::Interface(global.clone()));
    world.start(0);
    assert_eq!(world.status(0).source, Some("fe80::1".parse().unwrap()));
    global.ipv6.pop();
    world.input(0, Input::Interface(global));
    assert_eq!(world.state(0), Fault);
}

#[test]
fn track_src_ip_watches_the_configured_address() {
    let mut instance = instance(150);
    instance.source = Some(IpAddr::from([10, 0, 0, 50]));
    let world = World::started(&[config(instance.clone())]);
    assert_eq!(world.state(0), Backup);
    instance.track_source = true;
    let mut world = World::started(&[config(instance)]);
    assert_eq!(world.state(0), Fault);
    let mut there = interface(1);
    there.ipv4.push((Ipv4Addr::new(10, 0, 0, 50), 24));
    world.input(0, Input::Interface(there));
    assert_eq!(world.state(0), Backup);
    assert_eq!(world.status(0).source, Some(IpAddr::from([10, 0, 0, 50])));
}

#[test]
fn dont_track_primary_stays_on_a_link_that_is_down() {
    let mut instance = instance(150);
    instance.tracks_primary = false;
    let mut world = World::started(&[config(instance)]);
    let mut down = interface(1);
    down.is_up = false;
    world.input(0, Input::Interface(down));
    assert_eq!(world.state(0), Backup);
    gone(&mut world);
    assert_eq!(world.state(0), Fault);
}

#[test]
fn a_lost_vip_is_put_back_a_few_times() {
    let mut world = World::started(&[config(instance(150))]);
    world.run(seconds(20.0));
    for _ in 0..3 {
        world.run(seconds(0.06));
        world.nodes[0].effects.clear();
        lose(&mut world, [10, 0, 0, 100]);
        assert_eq!(world.state(0), Master);
        assert_eq!(world.nodes[0].held.len(), 1);
        assert_eq!(world.announced(0), 5);
        assert_eq!(world.sent(0).len(), 0);
    }
    // Once more: as keepalived, with priority 0, and back after skew.
    world.run(seconds(0.06));
    lose(&mut world, [10, 0, 0, 100]);
    assert_eq!(world.state(0), Backup);
    assert_eq!(super::world::priority_of(&world.sent(0)[0].1), 0);
    world.run(seconds(0.42));
    assert_eq!(world.state(0), Master);
    assert_eq!(world.nodes[0].held.len(), 1);
}

#[test]
fn losses_far_apart_are_put_back_for_ever() {
    let mut world = World::started(&[config(instance(150))]);
    for _ in 0..10 {
        world.run(seconds(11.0));
        lose(&mut world, [10, 0, 0, 100]);
        assert_eq!(world.state(0), Master);
    }
}

#[test]
fn losses_that_do_not_matter() {
    let mut world = World::started(&[config(instance(150))]);
    // Not master: that was our own doing.
    lose(&mut world, [10, 0, 0, 100]);
    world.run(seconds(4.0));
    world.nodes[0].effects.clear();
    lose(&mut world, [10, 0, 0, 99]);
    let effects = &world.nodes[0].effects;
    assert!(
        !effects
            .iter()
            .any(|(_, e)| matches!(e, Effect::AddAddresses { .. }))
    );
    let mut careless = instance(150);
    careless.addresses[0].no_track = true;
    let mut world = World::started(&[config(careless)]);
    world.run(seconds(4.0));
    lose(&mut world, [10, 0, 0, 100]);
    assert_eq!(world.nodes[0].held.len(), 0);
}

/// Instances on one interface share a socket; it goes with the last of them.
#[test]
fn sockets_are_shared() {
    let mut config = config(instance(150));
    let mut second = instance(150);
    second.name = "VI_2".to_owned();
    second.vrid = 52;
    second.receive_buffer = Some(ReceiveBuffer::Bytes(70_000));
    config.instances[0].receive_buffer = Some(ReceiveBuffer::Mtus(3));
    config.instances.push(second);
    config.instances.push(instance_v6(150));
    let mut world = World::started(&[config]);
    let sockets = world.nodes[0].router.sockets();
    assert_eq!(sockets.len(), 2);
    assert_eq!(sockets[0].receive_buffer_bytes, Some(74_500));
    assert_eq!(sockets[1].receive_buffer_bytes, None);
    world.nodes[0].effects.clear();
    gone(&mut world);
    assert_eq!(world.nodes[0].router.sockets().len(), 0);
    let changes = world.nodes[0].effects.iter();
    let changes = changes.filter(|(_, effect)| *effect == Effect::SocketsChanged);
    assert_eq!(changes.count(), 2);
}

/// `interface_up_down_delays`: a short loss of carrier is none; a long one is, when it has lasted.
#[test]
fn changes_of_an_interface_with_delays_must_last() {
    let mut config = config(instance(150));
    config.interface_delays = vec![InterfaceDelay {
        interface: "eth0".to_owned(),
        down: seconds(1.5),
        up: seconds(3.0),
    }];
    let mut world = World::started(&[config]);
    world.run(seconds(4.0));
    let carrier = |world: &mut World, is_up| {
        let mut link = interface(1);
        link.is_up = is_up;
        world.input(0, Input::Interface(link));
    };
    carrier(&mut world, false);
    world.run(seconds(1.4));
    carrier(&mut world, true);
    world.run(seconds(5.0));
    assert_eq!(world.state(0), Master);
    carrier(&mut world, false);
    world.run(seconds(1.4));
    assert_eq!(world.state(0), Master);
    world.run(seconds(0.2));
    assert_eq!(world.state(0), Fault);
    carrier(&mut world, true);
    world.run(seconds(2.9));
    assert_eq!(world.state(0), Fault);
    world.run(seconds(0.2));
    assert_eq!(world.state(0), Backup);
    // What is gone is gone at once.
    gone(&mut world);
    assert_eq!(world.state(0), Fault);
}
