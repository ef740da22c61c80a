//! The order of what is done on entering and leaving states (section 4, end; section 1).

use super::world::{Peer, World, config, instance, seconds};
use crate::event::Note;
use crate::{Effect, Event, Input};

/// What a node did, a word for each effect.
fn deeds(world: &mut World) -> Vec<String> {
    let effects = std::mem::take(&mut world.nodes[0].effects);
    effects.iter().map(|(_, effect)| deed(effect)).collect()
}

fn deed(effect: &Effect) -> String {
    match effect {
        Effect::Send(transmit) => {
            format!("send {}", super::world::priority_of(&transmit.bytes))
        }
        Effect::AddAddresses { addresses, .. } => format!("add {}", addresses.len()),
        Effect::RemoveAddresses { addresses, .. } => format!("remove {}", addresses.len()),
        Effect::Announce(list) => format!("announce {}", list.len()),
        Effect::Report(Event::Instance {
            note: Note::Announces { address, .. },
            ..
        }) => format!("told {address}"),
        Effect::Report(event) => format!("{event}"),
        Effect::Save(snapshot) => format!("save {}", snapshot.state),
        Effect::SocketsChanged => "sockets".to_owned(),
        Effect::Stopped => "stopped".to_owned(),
    }
}

#[test]
fn a_start_clears_leftovers_first() {
    let mut world = World::started(&[config(instance(150))]);
    let wanted = [
        "remove 1",
        "(VI_1) removing VIPs.",
        "sockets",
        "(VI_1) Entering BACKUP STATE (init)",
        "save BACKUP",
    ];
    assert_eq!(deeds(&mut world), wanted);
}

#[test]
fn an_owner_keeps_what_is_there() {
    let mut world = World::started(&[config(instance(255))]);
    let wanted = [
        "sockets",
        "(VI_1) Entering BACKUP STATE (init)",
        "save BACKUP",
    ];
    assert_eq!(deeds(&mut world), wanted);
}

/// An owner that cannot be master does not sit on VIPs of an earlier run.
#[test]
fn a_faulty_owner_clears_leftovers() {
    let mut world = World::new(&[config(instance(255))]);
    let mut down = super::world::interface(1);
    down.is_up = false;
    world.input(0, Input::Interface(down));
    world.start(0);
    assert!(deeds(&mut world).contains(&"remove 1".to_owned()));
    // Without another address this is the machine's own.
    let mut world = World::new(&[config(instance(255))]);
    let mut only = super::world::interface(1);
    only.ipv4 = vec![([10, 0, 0, 100].into(), 24)];
    world.input(0, Input::Interface(only));
    world.start(0);
    assert!(!deeds(&mut world).contains(&"remove 1".to_owned()));
}

/// The advert first, then addresses, then announcements; whoever is notified finds them there.
#[test]
fn becoming_master_has_its_order() {
    let mut world = World::started(&[config(instance(150))]);
    deeds(&mut world);
    world.run(seconds(3.5));
    let mut wanted = vec!["(VI_1) Receive advertisement timeout", "send 150", "add 1"];
    wanted.extend(["announce 1"; 5]);
    wanted.extend([
        "(VI_1) Entering MASTER STATE",
        "(VI_1) setting VIPs.",
        "told 10.0.0.100",
        "save MASTER",
    ]);
    assert_eq!(deeds(&mut world), wanted);
}

#[test]
fn yielding_has_its_order() {
    let mut world = World::started(&[config(instance(150))]);
    world.run(seconds(4.0));
    deeds(&mut world);
    Peer::of(&instance(150)).say(&mut world, 200);
    let wanted = [
        "(VI_1) Master received advert from 10.0.0.9 with higher priority 200, ours 150",
        "remove 1",
        "(VI_1) Entering BACKUP STATE",
        "(VI_1) removing VIPs.",
        "save BACKUP",
    ];
    assert_eq!(deeds(&mut world), wanted);
}

#[test]
fn falling_has_its_order() {
    let mut world = World::started(&[config(instance(150))]);
    world.run(seconds(4.0));
    deeds(&mut world);
    let mut down = super::world::interface(1);
    down.is_up = false;
    world.input(0, Input::Interface(down));
    let wanted = [
        "(VI_1) entering FAULT state (interface eth0 down)",
        "send 0",
        "remove 1",
        "(VI_1) Entering FAULT STATE",
        "(VI_1) sent 0 priority",
        "(VI_1) removing VIPs.",
        "save FAULT",
    ];
    assert_eq!(deeds(&mut world), wanted);
}

#[test]
fn a_stop_ends_with_stopped() {
    let mut world = World::started(&[config(instance(150))]);
    world.run(seconds(4.0));
    deeds(&mut world);
    world.input(0, Input::Stop);
    let wanted = [
        "send 0",
        "(VI_1) sent 0 priority",
        "remove 1",
        "(VI_1) removing VIPs.",
        "(VI_1) stopped",
        "stopped",
    ];
    assert_eq!(deeds(&mut world), wanted);
    world.input(0, Input::Stop);
    world.input(0, Input::Tick);
    assert_eq!(deeds(&mut world), [""; 0]);
}

/// Section 6: the id counts up from 1 and is never 0; copies to unicast peers share it.
#[test]
fn ip_ids_count_up_from_1() {
    let mut world = World::started(&[config(instance(150))]);
    world.run(seconds(6.0));
    let ids: Vec<[u8; 2]> = world
        .sent(0)
        .iter()
        .map(|(_, bytes)| [bytes[4], bytes[5]])
        .collect();
    assert_eq!(ids, [[0, 1], [0, 2], [0, 3]]);
    world.run(seconds(70_000.0));
    let sent = world.sent(0);
    assert!(sent.len() > 65_536);
    for (_, bytes) in &sent {
        assert_ne!(bytes[4..6], [0, 0]);
        let sum = crate::wire::Checksum::default().with(&bytes[..20]).finish();
        assert_eq!(sum, 0);
    }
}
