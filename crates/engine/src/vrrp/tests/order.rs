//! The order of what is done on entering and leaving states (section 4, end; section 1).

use vipd_config::model::{self, Family, Prefix, Routing, RuleAction};

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
        Effect::Refuse { addresses, .. } => format!("refuse {}", addresses.len()),
        Effect::Accept { addresses, .. } => format!("accept {}", addresses.len()),
        Effect::AddRouting { routing, .. } => format!("add routing {}", routing.len()),
        Effect::RemoveRouting { routing, .. } => format!("remove routing {}", routing.len()),
        Effect::Announce(list) => format!("announce {}", list.len()),
        Effect::Report(Event::Instance {
            note: Note::Announces { address, .. },
            ..
        }) => format!("told {address}"),
        Effect::Report(event) => format!("{event}"),
        Effect::Save(snapshot) => format!("save {}", snapshot.state),
        Effect::SocketsChanged => "sockets".to_owned(),
        Effect::MakeLink(wanted) => format!("make {}", wanted.link.name),
        Effect::RemoveLink(name) => format!("remove {name}"),
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
    assert_eq!(deeds(&mut world), ["sockets", "save BACKUP"]);
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

/// Nor does one that fails before it is master (sim: seed 1036502).
#[test]
fn an_owner_that_fails_before_its_time_clears_leftovers() {
    let mut late = config(instance(255));
    late.global.startup_delay = seconds(6.0);
    let mut world = World::started(&[late]);
    assert!(!deeds(&mut world).contains(&"remove 1".to_owned()));
    let mut down = super::world::interface(1);
    down.is_up = false;
    world.input(0, Input::Interface(down));
    assert!(deeds(&mut world).contains(&"remove 1".to_owned()));
}

/// Nor does one that is stopped before it is master (sim: seed 1201365).
#[test]
fn an_owner_that_is_stopped_before_its_time_clears_leftovers() {
    let mut late = config(instance(255));
    late.global.startup_delay = seconds(6.0);
    let mut world = World::started(&[late]);
    assert!(!deeds(&mut world).contains(&"remove 1".to_owned()));
    world.input(0, Input::Stop);
    assert!(deeds(&mut world).contains(&"remove 1".to_owned()));
}

/// The advert first, then addresses, then announcements (V3-70); whoever is notified finds them
/// there.
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

fn rule(priority: u32) -> Routing {
    let rule = model::Rule::new(Family::V4, priority, RuleAction::Nop);
    Routing::Rule(Box::new(rule))
}

fn route(third: u8) -> Routing {
    let destination = Prefix {
        address: [198, 51, third, 0].into(),
        len: 24,
    };
    Routing::Route(Box::new(model::Route::new(destination)))
}

/// Routes and rules come after the addresses and go before them.
#[test]
fn routes_and_rules_have_their_place() {
    let mut own = instance(150);
    own.routing = vec![route(1), route(2), rule(100)];
    let mut world = World::started(&[config(own)]);
    let start = deeds(&mut world);
    assert_eq!(start[..2], ["remove routing 3", "remove 1"]);
    world.run(seconds(4.0));
    let master = deeds(&mut world);
    let place = |list: &[String], what: &str| {
        let found = list.iter().position(|deed| deed == what);
        found.unwrap_or_else(|| panic!("no {what} in {list:?}"))
    };
    assert!(place(&master, "add 1") < place(&master, "add routing 3"));
    assert!(place(&master, "add routing 3") < place(&master, "announce 1"));
    let told = [
        "setting VIPs.",
        "setting Virtual Routes",
        "setting Virtual Rules",
    ];
    let told = told.map(|text| place(&master, &format!("(VI_1) {text}")));
    assert!(told.is_sorted());
    world.input(0, Input::Stop);
    let stop = deeds(&mut world);
    assert!(place(&stop, "remove routing 3") < place(&stop, "remove 1"));
}

/// Static things are there before anything else happens, and go last.
#[test]
fn static_things_come_first_and_go_last() {
    let mut config = config(instance(150));
    let mut address = model::VirtualAddress::new([10, 0, 0, 200].into());
    address.interface = Some("eth0".into());
    config.statics.addresses = vec![address];
    config.statics.routing = vec![route(1)];
    let mut world = World::started(&[config]);
    let start = deeds(&mut world);
    let wanted = [
        "remove routing 1",
        "remove 1",
        "add 1",
        "add routing 1",
        "remove 1",
    ];
    assert_eq!(start[..5], wanted);
    world.input(0, Input::Stop);
    let stop = deeds(&mut world);
    let end = ["remove routing 1", "remove 1", "stopped"];
    assert_eq!(stop[stop.len() - 3..], end);
}

/// What somebody else removes is put back; too often, and the instance gives way.
#[test]
fn a_route_is_put_back_three_times() {
    let mut own = instance(150);
    own.routing = vec![route(1)];
    let mut world = World::started(&[config(own)]);
    world.run(seconds(4.0));
    for _ in 0..3 {
        deeds(&mut world);
        world.run(std::time::Duration::from_millis(100));
        world.input(0, Input::RoutingRemoved(Box::new(route(1))));
        // What one removal takes along counts as one.
        world.input(0, Input::RoutingRemoved(Box::new(route(1))));
        let deeds = deeds(&mut world);
        assert!(deeds.contains(&"add routing 1".to_owned()), "{deeds:?}");
    }
    world.run(std::time::Duration::from_millis(100));
    world.input(0, Input::RoutingRemoved(Box::new(route(1))));
    let last = deeds(&mut world);
    assert!(last.contains(&"send 0".to_owned()), "{last:?}");
    assert!(last.contains(&"(VI_1) Entering BACKUP STATE".to_owned()));
}

/// `vip_restore off`, and `no_track`.
#[test]
fn a_route_is_not_put_back_when_that_is_not_wanted() {
    let mut own = instance(150);
    let mut unwatched = model::Route::new(Prefix {
        address: [198, 51, 9, 0].into(),
        len: 24,
    });
    unwatched.no_track = true;
    let unwatched = Routing::Route(Box::new(unwatched));
    own.routing = vec![route(1), unwatched.clone()];
    let mut config = config(own);
    config.global.vip_restore = false;
    let mut world = World::started(&[config]);
    world.run(seconds(4.0));
    deeds(&mut world);
    world.input(0, Input::RoutingRemoved(Box::new(unwatched)));
    assert_eq!(deeds(&mut world), [""; 0]);
    world.input(0, Input::RoutingRemoved(Box::new(route(1))));
    let deeds = deeds(&mut world);
    assert!(deeds.contains(&"send 0".to_owned()), "{deeds:?}");
    assert!(deeds.contains(&"remove routing 2".to_owned()), "{deeds:?}");
    assert!(!deeds.contains(&"add routing 1".to_owned()), "{deeds:?}");
}

/// A reload touches only what differs.
#[test]
fn a_reload_moves_routes_and_statics() {
    let mut own = instance(150);
    own.routing = vec![route(1), route(2)];
    let mut before = config(own.clone());
    before.statics.routing = vec![rule(1), rule(2)];
    let mut world = World::started(&[before.clone()]);
    world.run(seconds(4.0));
    deeds(&mut world);
    own.routing = vec![route(2), route(3)];
    let mut after = config(own);
    after.statics.routing = vec![rule(2), rule(3), rule(4)];
    world.input(0, Input::Reconfigure(Box::new(after)));
    let changes: Vec<String> = deeds(&mut world)
        .into_iter()
        .filter(|deed| deed.contains("routing"))
        .collect();
    let wanted = [
        "remove routing 1",
        "add routing 2",
        "remove routing 1",
        "add routing 1",
    ];
    assert_eq!(changes, wanted);
}
