//! The state tables V2-30 to V2-41 and V3-30 to V3-41, with keepalived's own rules: one router,
//! and adverts made by hand.

use std::time::Duration;

use vipd_config::model::{InitialState, Instance, Version};

use super::world::{Peer, World, config, instance, instance_v6, seconds};
use crate::event::State::{Backup, Master};
use crate::{Input, Instant};

/// The same instance in both versions and families: what holds for V2-n holds for V3-n.
fn variants(priority: u8) -> Vec<Instance> {
    let mut v3 = instance(priority);
    v3.version = Version::V3;
    vec![instance(priority), v3, instance_v6(priority)]
}

/// A world with one started node for each variant, and a peer that speaks to it.
fn each(priority: u8, change: impl Fn(&mut Instance), test: impl Fn(World, Peer)) {
    for mut variant in variants(priority) {
        change(&mut variant);
        let peer = Peer::of(&variant);
        test(World::started(&[config(variant)]), peer);
    }
}

fn same(_: &mut Instance) {}

/// The last moment before a span is over.
fn nearly(span: Duration) -> Duration {
    span.saturating_sub(Duration::from_nanos(1))
}

/// Down time of a priority at interval 1 s.
fn down(priority: u8) -> Duration {
    seconds(3.0) + skew(priority)
}

fn skew(priority: u8) -> Duration {
    Duration::from_micros((256 - u64::from(priority)) * 1_000_000 / 256)
}

/// V2-30, V3-30: as keepalived, by way of BACKUP with a timer of 1 µs.
#[test]
fn an_owner_becomes_master_at_once() {
    each(255, same, |mut world, _| {
        world.run(Duration::from_micros(1));
        assert_eq!(world.state(0), Master);
        assert_eq!(world.sent(0).len(), 1);
    });
}

/// V2-31, V3-31, V2-33, V3-33, V2-21.
#[test]
fn others_wait_for_the_master_down_time() {
    each(150, same, |mut world, _| {
        world.run(nearly(down(150)));
        assert_eq!(world.state(0), Backup);
        world.run(Duration::from_nanos(1));
        assert_eq!(world.state(0), Master);
        assert_eq!(world.sent(0).len(), 1);
        assert_eq!(world.status(0).counters.become_master, 1);
    });
}

/// Section 1: `state MASTER` below 255 starts as BACKUP with the full down time.
#[test]
fn state_master_is_no_short_cut() {
    let as_master = |i: &mut Instance| i.initial_state = InitialState::Master;
    each(150, as_master, |mut world, _| {
        world.run(nearly(down(150)));
        assert_eq!(world.state(0), Backup);
    });
}

/// V2-32, V3-32: nothing is sent.
#[test]
fn a_backup_stops_silently() {
    each(150, same, |mut world, _| {
        world.input(0, Input::Stop);
        assert_eq!(world.sent(0).len(), 0);
        assert_eq!(world.nodes[0].router.deadline(), None);
    });
}

/// V2-34, V3-34.
#[test]
fn priority_0_shortens_the_wait_to_skew() {
    each(150, same, |mut world, mut peer| {
        world.run(seconds(1.0));
        peer.say(&mut world, 0);
        world.run(nearly(skew(150)));
        assert_eq!(world.state(0), Backup);
        world.run(Duration::from_nanos(1));
        assert_eq!(world.state(0), Master);
        assert_eq!(world.status(0).counters.pri_zero_rcvd, 1);
    });
}

/// V2-35, V3-35, V3-43.
#[test]
fn an_advert_of_equal_or_higher_priority_restarts_the_timer() {
    for theirs in [150, 151, 255] {
        each(150, same, |mut world, mut peer| {
            for _ in 0..5 {
                world.run(seconds(3.0));
                peer.say(&mut world, theirs);
            }
            world.run(nearly(down(150)));
            assert_eq!(world.state(0), Backup);
            world.run(Duration::from_nanos(1));
            assert_eq!(world.state(0), Master);
        });
    }
}

/// V2-36, V3-36: the timer runs on.
#[test]
fn an_advert_of_lower_priority_is_discarded() {
    each(150, same, |mut world, mut peer| {
        world.run(seconds(3.0));
        peer.say(&mut world, 149);
        world.run(skew(150));
        assert_eq!(world.state(0), Master);
        let log = world.log(0);
        let line = format!(
            "(VI_1) received lower priority (149) advert from {} - discarding",
            peer.address
        );
        assert!(log.contains(&line), "{log:?}");
    });
}

/// V2-35, V3-35 without preemption.
#[test]
fn nopreempt_leaves_a_lower_master_alone() {
    each(
        150,
        |i| i.preempts = false,
        |mut world, mut peer| {
            for _ in 0..5 {
                world.run(seconds(3.0));
                peer.say(&mut world, 100);
            }
            assert_eq!(world.state(0), Backup);
            world.run(down(150));
            assert_eq!(world.state(0), Master);
        },
    );
}

/// V2-23, V3-24: not for the owner, and not with `state MASTER` (section 1).
#[test]
fn nopreempt_does_not_hold_for_owners_and_state_master() {
    each(
        255,
        |i| i.preempts = false,
        |mut world, mut peer| {
            peer.say(&mut world, 254);
            world.run(seconds(0.1));
            assert_eq!(world.state(0), Master);
        },
    );
    let as_master = |i: &mut Instance| {
        i.preempts = false;
        i.preempt_delay = seconds(100.0);
        i.initial_state = InitialState::Master;
    };
    each(150, as_master, |mut world, mut peer| {
        world.run(seconds(3.0));
        peer.say(&mut world, 100);
        world.run(seconds(0.5));
        assert_eq!(world.state(0), Master);
    });
}

/// V3-26: the delay begins with the first lower advert; after it they are ignored.
#[test]
fn preempt_delay_protects_a_lower_master_for_a_while() {
    each(
        150,
        |i| i.preempt_delay = seconds(10.0),
        |mut world, mut peer| {
            world.run(seconds(1.0));
            for _ in 0..10 {
                peer.say(&mut world, 100);
                world.run(seconds(1.0));
            }
            // 10 s after the first: the next is ignored, the timer runs since the last accepted.
            for _ in 0..2 {
                peer.say(&mut world, 100);
                world.run(seconds(1.0));
            }
            assert_eq!(world.state(0), Backup);
            world.run(skew(150));
            assert_eq!(world.state(0), Master);
            let log = world.log(0);
            let line = "(VI_1) start preempt delay (10.000000)".to_owned();
            assert!(log.contains(&line), "{log:?}");
        },
    );
}

#[test]
fn a_higher_advert_stops_the_preempt_delay() {
    each(
        150,
        |i| i.preempt_delay = seconds(5.0),
        |mut world, mut peer| {
            peer.say(&mut world, 100);
            world.run(seconds(2.0));
            peer.say(&mut world, 200);
            // Begins anew here.
            world.run(seconds(2.0));
            peer.say(&mut world, 100);
            world.run(seconds(2.0));
            peer.say(&mut world, 100);
            world.run(seconds(2.0));
            peer.say(&mut world, 100);
            world.run(seconds(3.0));
            assert_eq!(world.state(0), Backup);
            assert!(
                world
                    .log(0)
                    .contains(&"(VI_1) stop preempt delay".to_owned())
            );
        },
    );
}

fn master(world: &mut World) -> Instant {
    world.run(seconds(4.0));
    assert_eq!(world.state(0), Master);
    world.nodes[0].effects.clear();
    world.now
}

/// V2-37, V3-37, V3-9.
#[test]
fn a_master_stops_with_priority_0() {
    each(150, same, |mut world, _| {
        master(&mut world);
        world.input(0, Input::Stop);
        let sent = world.sent(0);
        assert_eq!(sent.len(), 1);
        assert_eq!(super::world::priority_of(&sent[0].1), 0);
        assert_eq!(world.nodes[0].held.len(), 0);
    });
}

/// V2-38, V3-38.
#[test]
fn a_master_sends_an_advert_each_interval() {
    each(150, same, |mut world, _| {
        master(&mut world);
        world.run(seconds(100.0));
        let sent = world.sent(0);
        assert_eq!(sent.len(), 100);
        for pair in sent.windows(2) {
            assert_eq!(pair[1].0.since(pair[0].0), seconds(1.0));
        }
    });
}

/// V2-39, V3-39.
#[test]
fn a_master_answers_priority_0() {
    each(150, same, |mut world, mut peer| {
        let now = master(&mut world);
        peer.say(&mut world, 0);
        assert_eq!(world.state(0), Master);
        let sent = world.sent(0);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].0, now);
        // The timer starts anew, on the common beat at most 20 ms early.
        world.run(seconds(0.97));
        assert_eq!(world.sent(0).len(), 1);
        world.run(seconds(0.03));
        assert_eq!(world.sent(0).len(), 2);
    });
}

/// V2-40, V3-40: higher priority. No goodbye, full down time.
#[test]
fn a_master_yields_to_a_higher_priority() {
    each(150, same, |mut world, mut peer| {
        master(&mut world);
        peer.say(&mut world, 151);
        assert_eq!(world.state(0), Backup);
        assert_eq!(world.sent(0).len(), 0);
        assert_eq!(world.nodes[0].held.len(), 0);
        assert_eq!(world.status(0).counters.release_master, 1);
        world.run(nearly(down(150)));
        assert_eq!(world.state(0), Backup);
        world.run(Duration::from_nanos(1));
        assert_eq!(world.state(0), Master);
    });
}

/// V2-40, V2-42, V3-40, V3-42: equal priority, by address.
#[test]
fn equal_priority_is_decided_by_address() {
    each(150, same, |mut world, mut peer| {
        master(&mut world);
        peer.say(&mut world, 150);
        assert_eq!(world.state(0), Backup, "{}", peer.address);
    });
    each(150, same, |mut world, mut peer| {
        peer.move_below();
        master(&mut world);
        peer.say(&mut world, 150);
        assert_eq!(world.state(0), Master, "{}", peer.address);
        assert_eq!(world.sent(0).len(), 1);
    });
}

/// V2-42: 10.0.0.1 against 9.255.255.255: as numbers, not as text.
#[test]
fn addresses_compare_as_numbers() {
    let mut world = World::started(&[config(instance(150))]);
    let mut peer = Peer::of(&instance(150));
    peer.address = "9.255.255.255".parse().unwrap();
    master(&mut world);
    peer.say(&mut world, 150);
    assert_eq!(world.state(0), Master);
}

/// Section 4: our own address with our own priority is only warned of.
#[test]
fn our_own_address_is_warned_of() {
    let mut world = World::started(&[config(instance(150))]);
    let mut peer = Peer::of(&instance(150));
    peer.address = "10.0.0.1".parse().unwrap();
    master(&mut world);
    peer.say(&mut world, 150);
    assert_eq!(world.state(0), Master);
    assert_eq!(world.sent(0).len(), 0);
    assert!(world.log(0)[0].starts_with("(VI_1) WARNING - equal priority"));
}

/// V2-41, V3-41: as keepalived, with an advert in both versions.
#[test]
fn a_master_answers_a_lower_priority() {
    each(150, same, |mut world, mut peer| {
        world.run(seconds(10.0));
        master(&mut world);
        peer.say(&mut world, 149);
        assert_eq!(world.state(0), Master);
        assert_eq!(world.sent(0).len(), 1);
        let addresses = world.nodes[0].held.len();
        assert_eq!(world.announced(0), 5 * addresses);
        world.run(seconds(6.0));
        assert_eq!(world.announced(0), 10 * addresses);
    });
}

#[test]
fn lower_prio_no_advert_answers_with_announcements_only() {
    each(
        150,
        |i| i.lower_prio_no_advert = true,
        |mut world, mut peer| {
            world.run(seconds(10.0));
            master(&mut world);
            peer.say(&mut world, 149);
            assert_eq!(world.sent(0).len(), 0);
            assert_eq!(world.announced(0), 5 * world.nodes[0].held.len());
            let line = format!(
                "(VI_1) Received advert from {} with lower priority 149, ours 150",
                peer.address
            );
            assert!(world.log(0).contains(&line));
        },
    );
}

#[test]
fn higher_prio_send_advert_speaks_once_more() {
    each(
        150,
        |i| i.higher_prio_send_advert = true,
        |mut world, mut peer| {
            master(&mut world);
            peer.say(&mut world, 151);
            assert_eq!(world.state(0), Backup);
            let sent = world.sent(0);
            assert_eq!(sent.len(), 1);
            assert_eq!(super::world::priority_of(&sent[0].1), 150);
        },
    );
}

/// V3-20 to V3-23, V3-33: the learned interval is waited for, the own one is sent by.
#[test]
fn version_3_learns_the_interval_of_the_master() {
    for mut variant in variants(150).split_off(1) {
        variant.advert_interval = seconds(0.5);
        let mut peer = Peer::of(&variant);
        peer.interval = seconds(2.0);
        let mut world = World::started(&[config(variant)]);
        peer.say(&mut world, 200);
        assert_eq!(world.status(0).master_interval, seconds(2.0));
        // 3 × 2 s and skew, 106/256 of 2 s.
        let wait = seconds(6.0) + Duration::from_micros(828_125);
        world.run(nearly(wait));
        assert_eq!(world.state(0), Backup);
        world.run(Duration::from_nanos(1));
        assert_eq!(world.state(0), Master);
        world.nodes[0].effects.clear();
        world.run(seconds(2.0));
        assert_eq!(world.sent(0).len(), 4);
    }
}

/// Section 2: a master that yields learns as well.
#[test]
fn a_yielding_master_learns_the_interval() {
    for variant in variants(150).split_off(1) {
        let mut peer = Peer::of(&variant);
        peer.interval = seconds(2.0);
        let mut world = World::started(&[config(variant)]);
        master(&mut world);
        peer.say(&mut world, 200);
        world.run(seconds(6.0));
        assert_eq!(world.state(0), Backup);
        world.run(seconds(1.0));
        assert_eq!(world.state(0), Master);
    }
}

/// Section 4: the owner with the lower address yields (V3-78).
#[test]
fn of_two_owners_the_lower_address_yields() {
    each(255, same, |mut world, mut peer| {
        world.run(seconds(1.0));
        peer.say(&mut world, 255);
        assert_eq!(world.state(0), Backup);
        assert_eq!(world.status(0).priority, 254);
        world.run(seconds(5.0));
        assert_eq!(world.state(0), Master);
        assert_eq!(world.status(0).priority, 255);
    });
}

/// Section 4: the other one warns, waits, and goes on with 254 as long as the other is there.
#[test]
fn of_two_owners_the_higher_address_gives_way_after_a_while() {
    each(255, same, |mut world, mut peer| {
        peer.move_below();
        world.run(seconds(1.0));
        for _ in 0..3 {
            peer.say(&mut world, 255);
            assert_eq!(world.state(0), Master);
            world.run(seconds(1.0));
        }
        assert!(
            world
                .log(0)
                .iter()
                .any(|l| l.contains("CONFIGURATION ERROR"))
        );
        // 2 × 1 s + 1.2 × 1 s have gone by.
        world.run(seconds(0.3));
        peer.say(&mut world, 255);
        assert_eq!(world.state(0), Backup);
        assert_eq!(world.status(0).priority, 254);
        world.run(seconds(5.0));
        assert_eq!(world.state(0), Master);
        assert_eq!(world.status(0).priority, 255);
    });
}

/// V2-54, V3-56, V2-61: an owner hears others unless told not to.
#[test]
fn owner_ignore_adverts_ignores() {
    each(
        255,
        |i| i.owner_ignore_adverts = true,
        |mut world, mut peer| {
            world.run(seconds(1.0));
            peer.say(&mut world, 255);
            assert_eq!(world.state(0), Master);
            assert_eq!(world.status(0).counters.advert_rcvd, 0);
        },
    );
}

/// V2-22 with `down_timer_adverts`.
#[test]
fn down_timer_adverts_counts_intervals() {
    each(
        150,
        |i| i.down_timer_adverts = 10,
        |mut world, _| {
            world.run(seconds(10.4));
            assert_eq!(world.state(0), Backup);
            world.run(seconds(0.1));
            assert_eq!(world.state(0), Master);
        },
    );
}

/// Section 1: all timers count from the end of the delay.
#[test]
fn vrrp_startup_delay_moves_every_timer() {
    let mut config = config(instance(150));
    config.global.startup_delay = seconds(10.0);
    let mut world = World::started(&[config]);
    assert_eq!(world.log(0)[0], "Delaying startup for 10 seconds");
    let mut peer = Peer::of(&instance(150));
    world.run(seconds(1.0));
    peer.say(&mut world, 0);
    world.run(seconds(9.0));
    assert_eq!(world.state(0), Backup);
    world.run(skew(150));
    assert_eq!(world.state(0), Master);
}

/// A master that was not run for longer than backups wait listens before it speaks, and says
/// no goodbye; nobody else there, it goes on.
#[test]
fn a_stalled_master_listens_first() {
    each(150, same, |mut world, mut peer| {
        world.run(seconds(5.0));
        master(&mut world);
        world.nodes[0].is_paused = true;
        world.run(seconds(5.0));
        world.nodes[0].is_paused = false;
        // What waited in the socket is heard before the timers are looked at.
        peer.say(&mut world, 100);
        assert_eq!(world.state(0), Backup);
        assert_eq!(world.sent(0).len(), 0);
        world.run(seconds(1.0));
        assert_eq!(world.state(0), Backup);
        world.run(skew(150));
        assert_eq!(world.state(0), Master);
    });
}

/// Always late and nobody else there: it gives way once, then it serves.
#[test]
fn a_machine_that_is_always_late_serves() {
    each(150, same, |mut world, _| {
        world.run(seconds(5.0));
        let mut stalls = 0;
        for _ in 0..6 {
            world.nodes[0].is_paused = true;
            world.run(seconds(3.5));
            world.nodes[0].is_paused = false;
            world.run(seconds(1.5));
            let log = world.log(0);
            stalls += log
                .iter()
                .filter(|line| line.contains("sent no advert"))
                .count();
        }
        assert_eq!(stalls, 1);
        assert_eq!(world.state(0), Master);
    });
}

/// `timer_expired_backup`: so late that a lower one would be master by now, it stays backup for
/// another down time, once.
#[test]
fn a_timer_that_ran_late_leaves_it_to_others() {
    let late = |by: f64| {
        let mut instance = instance(150);
        instance.preempts = false;
        instance.timer_expired_backup = Some(100);
        let mut world = World::started(&[config(instance)]);
        let down = seconds(3.0) + skew(150);
        world.run(seconds(1.0));
        world.nodes[0].is_paused = true;
        world.run(seconds(2.0 + by) + skew(150));
        world.nodes[0].is_paused = false;
        world.run(seconds(0.0));
        let first = world.state(0);
        world.run(down);
        (first, world.state(0))
    };
    // 100 is 50/256 of a second behind.
    assert_eq!(late(0.1), (Master, Master));
    assert_eq!(late(0.3), (Backup, Master));
}

#[test]
fn a_short_pause_is_no_stall() {
    each(150, same, |mut world, _| {
        master(&mut world);
        world.nodes[0].is_paused = true;
        world.run(seconds(2.0));
        world.nodes[0].is_paused = false;
        world.run(seconds(0.1));
        assert_eq!(world.state(0), Master);
        assert_eq!(world.sent(0).len(), 1);
    });
}

/// A backup that slept hears first what a master says, once.
#[test]
fn a_backup_that_slept_listens_again() {
    each(150, same, |mut world, mut peer| {
        world.nodes[0].is_paused = true;
        world.run(seconds(20.0));
        world.nodes[0].is_paused = false;
        world.run(seconds(0.1));
        assert_eq!(world.state(0), Backup);
        peer.say(&mut world, 200);
        world.run(seconds(3.0));
        assert_eq!(world.state(0), Backup);
        assert!(world.log(0).iter().any(|l| l.contains("listening again")));
    });
    each(150, same, |mut world, _| {
        world.nodes[0].is_paused = true;
        world.run(seconds(20.0));
        world.nodes[0].is_paused = false;
        world.run(seconds(1.5));
        assert_eq!(world.state(0), Master);
    });
}

/// A flood of worse adverts costs no more than some hundred answers in a second, and does not
/// hold up our own adverts.
#[test]
fn a_flood_of_worse_adverts_is_not_answered() {
    for priority in [0, 50] {
        each(150, same, |mut world, mut peer| {
            world.run(seconds(10.0));
            for _ in 0..5 {
                world.nodes[0].effects.clear();
                for _ in 0..2000 {
                    peer.say(&mut world, priority);
                    world.run(Duration::from_micros(500));
                }
                let told = world.nodes[0].effects.len();
                // Each answer has up to ten of them.
                assert!((200..2500).contains(&told), "{told} effects");
                assert!(world.sent(0).len() < 220, "{}", world.sent(0).len());
            }
            world.nodes[0].effects.clear();
            world.run(seconds(1.0));
            assert_eq!(world.sent(0).len(), 1);
        });
    }
}

/// At an interval of 10 ms a busy machine may be late: a master goes on after 90 ms, and gives
/// way after 110.
#[test]
fn a_short_delay_is_no_stall() {
    for (late, state) in [(0.09, Master), (0.11, Backup)] {
        let mut fast = instance(150);
        fast.version = Version::V3;
        fast.advert_interval = seconds(0.01);
        let mut world = World::started(&[config(fast)]);
        world.run(seconds(1.0));
        assert_eq!(world.state(0), Master);
        world.nodes[0].is_paused = true;
        world.run(seconds(late));
        world.nodes[0].is_paused = false;
        world.input(0, Input::Tick);
        assert_eq!(world.state(0), state, "{late} s");
    }
}
