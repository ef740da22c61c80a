use std::collections::BTreeMap;

use super::*;
use vipd_config::model::{HmacMode, Secret};

fn rules(anti_replay: AntiReplay) -> AuthHmac {
    AuthHmac {
        keys: BTreeMap::from([(1, Secret(vec![7; 32]))]),
        active_key: 1,
        time_window: Duration::from_secs(10),
        anti_replay,
        mode: HmacMode::Enforce,
    }
}

fn at(seconds: u64) -> u64 {
    stamp(seconds * 1_000_000_000)
}

const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

fn sender(last: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, last])
}

#[test]
fn a_stamp_is_seconds_and_their_parts() {
    assert_eq!(
        stamp(0x6800_0000 * 1_000_000_000 + 500_000_000),
        0x6800_0000_8000_0000
    );
}

#[test]
fn stamps_grow_while_the_clock_stands_or_steps_back_a_little() {
    for anti_replay in [AntiReplay::Time, AntiReplay::Monotonic] {
        let (mut signing, rules) = (Signing::default(), rules(anti_replay));
        assert_eq!(signing.take(at(1000), &rules), at(1000));
        assert_eq!(signing.take(at(1000), &rules), at(1000) + 1);
        assert_eq!(signing.take(at(991), &rules), at(1000) + 2);
        assert_eq!(signing.take(at(1001), &rules), at(1001));
    }
}

#[test]
fn a_clock_set_back_far_begins_anew_unless_only_order_counts() {
    let (mut time, mut order) = (Signing::default(), Signing::default());
    let [by_time, by_order] = [AntiReplay::Time, AntiReplay::Monotonic].map(rules);
    time.take(at(9000), &by_time);
    order.take(at(9000), &by_order);
    assert_eq!(time.take(at(1000), &by_time), at(1000));
    assert_eq!(order.take(at(1000), &by_order), at(9000) + 1);
}

#[test]
fn what_is_old_or_from_the_future_is_stale() {
    let (mut signing, rules) = (Signing::default(), rules(AntiReplay::Time));
    let now = at(1000);
    for (stamp, seconds) in [(at(1100), 100), (at(900), -100), (at(1010) + 1, 10)] {
        let verdict = signing.accept(A, stamp, now, &rules);
        assert_eq!(verdict, Err(Rejection::SignatureStale { seconds }));
    }
    assert_eq!(signing.accept(A, at(992), now, &rules), Ok(Some(-8)));
    assert_eq!(signing.accept(A, at(997), now, &rules), Ok(None));
    assert_eq!(signing.accept(A, at(1010), now, &rules), Ok(Some(10)));
}

#[test]
fn each_sender_is_heard_once() {
    let (mut signing, rules) = (Signing::default(), rules(AntiReplay::Time));
    let replayed = Err(Rejection::SignatureReplayed);
    assert_eq!(signing.accept(A, at(1000), at(1000), &rules), Ok(None));
    assert_eq!(signing.accept(A, at(1000), at(1000), &rules), replayed);
    let behind = Err(Rejection::SignatureBehind {
        sender: A,
        seconds: 1,
    });
    assert_eq!(signing.accept(A, at(999) + 1, at(1000), &rules), replayed);
    assert_eq!(signing.accept(A, at(999), at(1000), &rules), behind);
    assert_eq!(
        signing.accept(sender(2), at(999), at(1000), &rules),
        Ok(None)
    );
    assert_eq!(signing.accept(A, at(1000) + 1, at(1000), &rules), Ok(None));
    for number in 0..300_u32 {
        let sender = IpAddr::from((0x0a01_0000 + number).to_be_bytes());
        assert_eq!(signing.accept(sender, at(1000), at(1000), &rules), Ok(None));
        assert_eq!(signing.accept(sender, at(1000), at(1000), &rules), replayed);
    }
    assert_eq!(signing.heard.len(), SENDERS);
}

/// Both clocks were an hour ahead and are put right.
#[test]
fn a_stamp_out_of_a_wrong_future_does_not_shut_anybody_out() {
    let (mut signing, rules) = (Signing::default(), rules(AntiReplay::Time));
    assert_eq!(signing.accept(A, at(4600), at(4600), &rules), Ok(None));
    assert_eq!(signing.accept(A, at(1000), at(1000), &rules), Ok(None));
    let stale = Err(Rejection::SignatureStale { seconds: 3600 });
    assert_eq!(signing.accept(A, at(4600), at(1000), &rules), stale);
}

#[test]
fn order_alone_does_not_ask_the_clock() {
    let (mut signing, rules) = (Signing::default(), rules(AntiReplay::Monotonic));
    assert!(signing.accept(A, at(50), at(9000), &rules).is_ok());
    assert!(signing.accept(A, at(51), at(10), &rules).is_ok());
    assert!(signing.accept(A, at(50), at(10), &rules).is_err());
}

#[test]
fn numbers_go_round() {
    let (mut signing, rules) = (Signing::default(), rules(AntiReplay::Time));
    assert!(signing.accept(A, u64::MAX, u64::MAX, &rules).is_ok());
    assert!(signing.accept(A, 1, 0, &rules).is_ok());
    assert!(signing.accept(A, u64::MAX, 0, &rules).is_err());
}
