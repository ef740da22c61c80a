//! Virtual MAC addresses: interfaces made, missed, made again, removed.

use std::net::{IpAddr, Ipv6Addr};

use vipd_config::model::{Config, Family, GarpExtra, Instance, VirtualAddress, VirtualLink};

use super::world::{World, config, instance, instance_v6, interface, seconds};
use crate::event::State::{Backup, Fault, Master};
use crate::input::Interface;
use crate::{Effect, Input};

/// The same instance with `use_vmac`.
fn with_vmac(mut instance: Instance) -> Config {
    instance.uses_vmac = true;
    instance.virtual_links = vec![VirtualLink {
        name: "vrrp.51".into(),
        base: "eth0".into(),
        family: instance.family,
        mac: [0, 0, 0x5e, 0, 1, 51],
        ipvlan: None,
        sends: !instance.vmac_xmit_base,
        group: None,
        ipv4: instance.family == Family::V4,
        ipv6: instance.family == Family::V6,
    }];
    config(instance)
}

/// The interface with the virtual MAC address, as the kernel tells of it.
fn vmac(index: u32) -> Interface {
    Interface {
        name: "vrrp.51".into(),
        index,
        mac: vec![0, 0, 0x5e, 0, 1, 51],
        ipv4: Vec::new(),
        ipv6: Vec::new(),
        ..interface(1)
    }
}

/// A world of one node on which the interface is there, started.
fn started(config: &Config) -> World {
    let mut world = World::new(std::slice::from_ref(config));
    world.input(0, Input::Interface(vmac(7)));
    world.start(0);
    world
}

/// What it asked for of interfaces, since the last call.
fn links(world: &mut World) -> Vec<String> {
    let effects = std::mem::take(&mut world.nodes[0].effects);
    let told = effects.into_iter().filter_map(|(_, effect)| match effect {
        Effect::MakeLink(wanted) => Some(match wanted.source {
            Some(source) => format!("make {} with {source}", wanted.link.name),
            None => format!("make {}", wanted.link.name),
        }),
        Effect::RemoveLink(name) => Some(format!("remove {name}")),
        _ => None,
    });
    told.collect()
}

/// V3-71.
#[test]
fn adverts_and_addresses_are_on_the_virtual_interface() {
    let config = with_vmac(instance(150));
    let mut world = started(&config);
    world.run(seconds(4.0));
    assert_eq!(world.state(0), Master);
    let sockets = world.nodes[0].router.sockets();
    assert_eq!(sockets[0].interface, Some(("vrrp.51".into(), 7)));
    // The source is that of the interface below.
    assert_eq!(world.status(0).source, Some(IpAddr::from([10, 0, 0, 1])));
    let added = world.nodes[0]
        .effects
        .iter()
        .find_map(|(_, effect)| match effect {
            Effect::AddAddresses { addresses, .. } => Some(addresses[0].interface.to_string()),
            _ => None,
        });
    assert_eq!(added.as_deref(), Some("vrrp.51"));
    assert!(links(&mut world).is_empty());
}

#[test]
fn with_vmac_xmit_base_adverts_stay_below() {
    let mut instance = instance(150);
    instance.vmac_xmit_base = true;
    let world = started(&with_vmac(instance));
    let sockets = world.nodes[0].router.sockets();
    assert_eq!(sockets[0].interface, Some(("eth0".into(), 2)));
}

#[test]
fn what_is_wanted_is_known_before_the_start() {
    let config = with_vmac(instance_v6(150));
    let world = World::new(std::slice::from_ref(&config));
    let wanted = world.nodes[0].router.wanted_links(&config);
    assert_eq!(wanted.len(), 1);
    let source: Ipv6Addr = "fe80::1".parse().unwrap();
    assert_eq!(wanted[0].source, Some(source));
    // Where there is nothing below, nothing can be made.
    let mut elsewhere = config;
    elsewhere.instances[0].interface = Some("eth9".into());
    elsewhere.instances[0].virtual_links[0].base = "eth9".into();
    assert!(world.nodes[0].router.wanted_links(&elsewhere).is_empty());
}

#[test]
fn one_that_somebody_removes_is_made_again() {
    let mut world = started(&with_vmac(instance(150)));
    world.run(seconds(4.0));
    links(&mut world);
    let name = || "vrrp.51".to_owned();
    world.input(0, Input::InterfaceGone { name: name() });
    assert_eq!(world.state(0), Fault);
    assert_eq!(links(&mut world), ["make vrrp.51"]);
    world.input(0, Input::Interface(vmac(8)));
    assert_eq!(world.state(0), Backup);
    world.run(seconds(4.0));
    assert_eq!(world.state(0), Master);
    let sockets = world.nodes[0].router.sockets();
    assert_eq!(sockets[0].interface, Some(("vrrp.51".into(), 8)));
}

#[test]
fn it_comes_back_with_the_interface_below() {
    let mut world = started(&with_vmac(instance(150)));
    world.run(seconds(4.0));
    links(&mut world);
    for name in ["vrrp.51", "eth0"] {
        let name = name.to_owned();
        world.input(0, Input::InterfaceGone { name });
    }
    world.nodes[0].effects.clear();
    let mut again = interface(1);
    again.index = 20;
    world.input(0, Input::Interface(again));
    assert_eq!(links(&mut world), ["make vrrp.51"]);
    assert_eq!(world.state(0), Fault);
    world.input(0, Input::Interface(vmac(21)));
    assert_eq!(world.state(0), Backup);
}

#[test]
fn over_ipv6_the_source_follows_the_interface_below() {
    let mut world = started(&with_vmac(instance_v6(150)));
    let mut other = interface(1);
    other.ipv6 = vec![("fe80::77".parse().unwrap(), 64)];
    world.nodes[0].effects.clear();
    world.input(0, Input::Interface(other));
    assert_eq!(links(&mut world), ["make vrrp.51 with fe80::77"]);
}

#[test]
fn it_goes_at_the_end_after_the_addresses() {
    let mut world = started(&with_vmac(instance(150)));
    world.run(seconds(4.0));
    world.nodes[0].effects.clear();
    world.input(0, Input::Stop);
    let order: Vec<&str> = world.nodes[0]
        .effects
        .iter()
        .filter_map(|(_, effect)| match effect {
            Effect::RemoveAddresses { .. } => Some("addresses"),
            Effect::RemoveLink(_) => Some("link"),
            Effect::Stopped => Some("stopped"),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["addresses", "link", "stopped"]);
}

#[test]
fn a_reload_removes_only_what_nobody_wants_any_more() {
    let mut world = started(&with_vmac(instance(150)));
    world.run(seconds(4.0));
    links(&mut world);
    // Another priority: nothing moves.
    let other = with_vmac(instance(140));
    world.input(0, Input::Reconfigure(Box::new(other)));
    assert!(links(&mut world).is_empty());
    assert_eq!(world.state(0), Master);
    // The same interface for adverts on the one below: another virtual router, the same link.
    let mut on_base = instance(140);
    on_base.vmac_xmit_base = true;
    world.input(0, Input::Reconfigure(Box::new(with_vmac(on_base))));
    assert!(links(&mut world).is_empty());
    assert_eq!(world.state(0), Backup);
    // Without it.
    world.input(0, Input::Reconfigure(Box::new(config(instance(140)))));
    assert_eq!(links(&mut world), ["remove vrrp.51"]);
}

#[test]
fn addresses_of_the_other_family_stay_below_unless_told_otherwise() {
    let mut instance = instance(150);
    let six = VirtualAddress::new("2001:db8::1".parse().unwrap());
    instance.excluded_addresses = vec![six.clone()];
    let config = with_vmac(instance);
    let place = |config: &Config| config.instances[0].place_of(&six).map(str::to_owned);
    assert_eq!(place(&config).as_deref(), Some("eth0"));
    let mut all = config.clone();
    all.instances[0].uses_vmac_addr = true;
    all.instances[0].virtual_links.push(VirtualLink {
        name: "vrrp6.51".into(),
        base: "eth0".into(),
        family: Family::V6,
        mac: [0, 0, 0x5e, 0, 2, 51],
        ipvlan: None,
        sends: false,
        group: None,
        ipv4: false,
        ipv6: true,
    });
    assert_eq!(place(&all).as_deref(), Some("vrrp6.51"));
}

/// `garp_extra_if`: where no adverts go out, an address of each interface is announced again
/// and again, as keepalived 2.2.7 does it.
#[test]
fn interfaces_without_adverts_are_announced_on() {
    // Announced in 35 seconds, beside the VIPs themselves when it becomes master.
    let announced = |sends: bool, everywhere: bool, elsewhere: Option<bool>| {
        let mut silent = instance(255);
        silent.vmac_xmit_base = !sends;
        silent.garp.master_delay = seconds(0.0);
        silent.garp.master_repeat = 1;
        silent.garp_extra = Some(GarpExtra {
            every: seconds(10.0),
            everywhere,
        });
        let mut config = with_vmac(silent);
        let instance = &mut config.instances[0];
        instance.addresses.push(instance.addresses[0].clone());
        instance.addresses[1].address = [10, 0, 0, 101].into();
        if let Some(made) = elsewhere {
            let mut other = instance.addresses[0].clone();
            other.interface = Some("eth1".into());
            other.no_track = true;
            other.use_vmac = made;
            instance.addresses.push(other);
            let mut link = instance.virtual_links[0].clone();
            (link.name, link.base) = ("vrrp1.51".into(), "eth1".into());
            link.sends = false;
            instance.virtual_links.extend(made.then_some(link));
        }
        let count = instance.addresses.len();
        let mut world = World::new(&[config]);
        world.input(0, Input::Interface(vmac(7)));
        for name in ["eth1", "vrrp1.51"] {
            let other = Interface {
                name: name.into(),
                index: 9,
                ..vmac(9)
            };
            world.input(0, Input::Interface(other));
        }
        world.start(0);
        world.run(seconds(35.0));
        assert_eq!(world.state(0), Master);
        world.announced(0) - count
    };
    assert_eq!(announced(false, false, None), 0);
    assert_eq!(announced(true, false, None), 0);
    assert_eq!(announced(false, true, None), 3);
    assert_eq!(announced(true, true, None), 0);
    assert_eq!(announced(true, false, Some(true)), 3);
    assert_eq!(announced(true, false, Some(false)), 0);
    assert_eq!(announced(true, true, Some(false)), 3);
    assert_eq!(announced(false, true, Some(true)), 6);
}
