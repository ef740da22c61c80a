//! Inputs are data: a recorded run replays to the same effects, and no input does harm.

use std::borrow::Cow;
use std::net::IpAddr;

use proptest::prelude::*;
use vipd_config::model::{Config, Version};

use super::world::{World, config, instance, instance_v6, seconds};
use crate::input::{PacketMeta, ScriptOutcome};
use crate::vrrp::Router;
use crate::{Effect, Input, Instant};

/// Version 2, version 3 and IPv6 in one.
fn mixed() -> Config {
    let mut mixed = config(instance(150));
    let mut v3 = instance(100);
    v3.name = "VI_3".to_owned();
    v3.vrid = 53;
    v3.version = Version::V3;
    mixed.instances.push(v3);
    let mut v6 = instance_v6(100);
    v6.name = "VI_6".to_owned();
    mixed.instances.push(v6);
    mixed
}

/// Packets of any bytes.
fn packets() -> impl Strategy<Value = Input<'static>> {
    (
        1_u32..4,
        any::<bool>(),
        proptest::collection::vec(any::<u8>(), 0..80),
        0_usize..4,
    )
        .prop_map(|(socket, is_v4, mut bytes, likeness)| {
            // Most are made to look like adverts, else nothing passes the first check.
            let head: &[u8] = match likeness {
                0 => &[],
                1 => &[
                    0x45, 0xc0, 0, 40, 0, 1, 0, 0, 255, 112, 0, 0, 10, 0, 0, 9, 224, 0, 0, 18,
                    0x21, 51,
                ],
                2 => &[
                    0x45, 0xc0, 0, 32, 0, 1, 0, 0, 255, 112, 0, 0, 10, 0, 0, 9, 224, 0, 0, 18,
                    0x31, 53,
                ],
                _ => &[0x31, 51],
            };
            let at = head.len().min(bytes.len());
            bytes[..at].copy_from_slice(&head[..at]);
            let source = if is_v4 {
                IpAddr::from([10, 0, 0, 9])
            } else {
                "fe80::9".parse().unwrap()
            };
            Input::Packet {
                socket,
                meta: PacketMeta {
                    source,
                    destination: None,
                    ttl: Some(255),
                },
                bytes: Cow::Owned(bytes),
            }
        })
}

/// What may happen to a router, with the milliseconds before it.
fn happenings() -> impl Strategy<Value = Vec<(u64, Input<'static>)>> {
    let advert = (
        0_u8..4,
        prop_oneof![Just(0_u8), Just(100), Just(255), any::<u8>()],
    );
    let advert = advert.prop_map(|(which, priority)| {
        let template = mixed().instances.remove(usize::from(which % 3));
        let mut peer = super::world::Peer::of(&template);
        let bytes = peer.advert(priority);
        Input::Packet {
            socket: if which % 3 == 2 { 2 } else { 1 },
            meta: PacketMeta {
                source: peer.address,
                destination: None,
                ttl: Some(255),
            },
            bytes: Cow::Owned(bytes),
        }
    });
    let interface = (any::<bool>(), any::<bool>(), 2_u32..4);
    let interface = interface.prop_map(|(is_up, has_address, index)| {
        let mut eth0 = super::world::interface(1);
        eth0.is_up = is_up;
        eth0.index = index;
        if !has_address {
            eth0.ipv4.clear();
        }
        Input::Interface(eth0)
    });
    let removed = Just(Input::AddressRemoved {
        interface: "eth0".to_owned(),
        address: IpAddr::from([10, 0, 0, 100]),
        prefix_len: 32,
    });
    let script = any::<i32>().prop_map(|status| Input::ScriptResult {
        script: "chk".to_owned(),
        outcome: ScriptOutcome::Exited(status),
    });
    let reload = Just(()).prop_map(|()| Input::Reconfigure(Box::new(config(instance(120)))));
    let gone = Just(()).prop_map(|()| Input::InterfaceGone {
        name: "eth0".to_owned(),
    });
    let stop = Just(()).prop_map(|()| Input::Stop);
    let tick = Just(()).prop_map(|()| Input::Tick);
    let input = prop_oneof![
        8 => tick, 8 => advert, 4 => packets(), 2 => interface, 1 => removed,
        1 => script, 1 => reload, 1 => gone, 1 => stop,
    ];
    proptest::collection::vec((0_u64..2000, input), 0..60)
}

/// Plays inputs to a fresh router; ticks come at its own deadlines besides.
fn play(happenings: &[(u64, Input<'_>)]) -> Vec<Effect> {
    let mut router = Router::new(&mixed());
    let mut effects = Vec::new();
    let mut now = Instant(1_000_000_000);
    let eth0 = Input::Interface(super::world::interface(1));
    router.handle(now, eth0, &mut effects);
    router.handle(now, Input::Start { restored: vec![] }, &mut effects);
    for (millis, input) in happenings {
        let then = now + std::time::Duration::from_millis(*millis);
        for _ in 0..10_000 {
            let Some((at, _)) = router.deadline().filter(|(at, _)| *at <= then) else {
                break;
            };
            now = now.max(at);
            router.handle(now, Input::Tick, &mut effects);
        }
        now = then;
        router.handle(now, input.clone(), &mut effects);
    }
    effects
}

/// Addresses are never added twice without a removal between, and never left at the end.
fn assert_balanced(effects: &[Effect]) {
    let mut held = std::collections::BTreeSet::new();
    for effect in effects {
        match effect {
            Effect::AddAddresses { addresses, .. } => {
                held.extend(addresses.iter().map(|p| p.address.address));
            }
            Effect::RemoveAddresses { addresses, .. } => {
                for placed in addresses.iter() {
                    held.remove(&placed.address.address);
                }
            }
            Effect::Stopped => assert!(held.is_empty(), "left behind: {held:?}"),
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn a_recorded_run_replays(happenings in happenings()) {
        let first = play(&happenings);
        assert_balanced(&first);
        let record = postcard::to_allocvec(&happenings).unwrap();
        let replayed: Vec<(u64, Input<'_>)> = postcard::from_bytes(&record).unwrap();
        prop_assert_eq!(&play(&replayed), &first);
        let bytes = postcard::to_allocvec(&first).unwrap();
        let read: Vec<Effect> = postcard::from_bytes(&bytes).unwrap();
        prop_assert_eq!(read, first);
    }
}

/// A tick that comes early or twice does no harm.
#[test]
fn spurious_ticks_do_nothing() {
    let mut world = World::started(&[config(instance(150))]);
    for _ in 0..100 {
        world.run(seconds(0.01));
        world.nodes[0].effects.clear();
        world.input(0, Input::Tick);
        world.input(0, Input::Tick);
        assert_eq!(world.nodes[0].effects, []);
    }
}

/// An instance is small: thousands fit beside each other.
#[test]
fn an_instance_takes_about_a_kilobyte() {
    let size = size_of::<super::super::instance::Instance>();
    assert!(size <= 800, "{size} bytes");
}
