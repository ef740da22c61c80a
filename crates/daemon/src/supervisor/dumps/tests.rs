use std::time::Duration;

use expect_test::expect;
use vipd_config::model::{Family, TrackScript, Tracked, Weight};
use vipd_engine::Instant;
use vipd_engine::vrrp::{Counters, TrackerStatus};

use super::*;

fn config() -> Config {
    let mut config = Config::default();
    config.global.router_id = "LVS".into();
    config.global.mail.to = vec!["a@x.test".into()];
    config.global.mail.server = Some(("127.0.0.1".into(), 25));
    let command = Command {
        argv: vec!["/opt/chk.sh".into(), "an arg".into()],
        user: None,
    };
    config.scripts.push(TrackScript {
        name: "chk".into(),
        check: Check::Run(command.clone()),
        interval: Duration::from_secs(2),
        timeout: Duration::from_millis(1500),
        weight: Weight::default(),
        rise: 1,
        fall: 2,
        init_fail: false,
    });
    let mut instance = Instance::new("VI_1", "eth0", 51);
    instance.addresses = vec![VirtualAddress::new([10, 0, 0, 7].into())];
    instance.authentication = Some(Authentication {
        kind: AuthKind::Pass,
        key: *b"secret\0\0",
    });
    instance.track_scripts = vec![Tracked {
        name: "chk".into(),
        weight: Weight::default(),
    }];
    instance.notify.master = Some(Box::new(command));
    config.instances.push(instance);
    config
}

fn status() -> InstanceStatus {
    InstanceStatus {
        instance: "VI_1".into(),
        state: State::Master,
        priority: 98,
        base_priority: 100,
        vrid: 51,
        family: Family::V4,
        version: Version::V2,
        interface: Some("eth0".into()),
        source: Some([10, 0, 0, 1].into()),
        advert_interval: Duration::from_secs(1),
        master_interval: Duration::from_secs(1),
        master: Some(([10, 0, 0, 2].into(), 80)),
        since: Instant(5_000_000_000),
        timer: None,
        holds_addresses: true,
        faults: Vec::new(),
        trackers: vec![TrackerStatus {
            name: "script chk".into(),
            weight: -2,
            reverse: false,
            number: None,
            is_up: Some(false),
        }],
        counters: Counters {
            advert_rcvd: 3,
            advert_sent: 7,
            become_master: 1,
            pri_zero_sent: 2,
            ..Counters::default()
        },
    }
}

/// Seven seconds after the machine started, which was at noon.
fn clock() -> Clock {
    Clock {
        wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_036_807),
        monotonic: Instant(7_000_000_000),
    }
}

#[test]
fn statistics_have_the_layout_of_keepalived() {
    expect![[r"
        VRRP Instance: VI_1
          Advertisements:
            Received: 3
            Sent: 7
          Became master: 1
          Released master: 0
          Packet Errors:
            Length: 0
            TTL: 0
            Invalid Type: 0
            Advertisement Interval: 0
            Address List: 0
          Authentication Errors:
            Invalid Type: 0
            Type Mismatch: 0
            Failure: 0
          Authentication Extension Errors:
            Missing: 0
            Malformed: 0
            Unknown Key: 0
            Invalid HMAC: 0
            Stale: 0
            Replay: 0
          Priority Zero:
            Received: 0
            Sent: 2
    "]]
    .assert_eq(&statistics::text(&[status()]));
}

#[test]
fn moments_of_the_engine_are_moments_of_the_wall_clock() {
    assert_eq!(
        clock().unix(Instant(5_000_000_000)).as_secs(),
        1_000_036_805
    );
    assert_eq!(
        clock().unix(Instant(9_000_000_000)).as_secs(),
        1_000_036_809
    );
}

#[test]
fn data_tell_state_and_settings_and_no_password() {
    let mut text = parent(&config());
    topology(&mut text, &config(), &[status()], &clock());
    for line in [
        "------< Global definitions >------",
        " Router ID = LVS",
        "   a@x.test",
        "------< VRRP Topology >------",
        " VRRP Instance = VI_1",
        "   State = MASTER",
        "   Effective priority = 98",
        "   Priority = 100",
        "   Authentication type = SIMPLE_PASSWORD",
        "     10.0.0.7/32 dev eth0 scope global set",
        "   Tracked script chk weight -2: down",
        "   Master state transition script = '/opt/chk.sh' 'an arg'",
        "------< VRRP Scripts >------",
        "   Timeout = 1.5 sec",
        "     VI_1, weight 0",
    ] {
        assert!(text.lines().any(|l| l == line), "no `{line}` in\n{text}");
    }
    assert!(text.contains("   Last transition = 1000036805.000000 ("));
    assert!(!text.contains("secret"));
}

#[test]
fn without_a_process_to_ask_the_settings_are_told() {
    let text = configuration(&config());
    assert!(text.contains("\n   State = unknown\n"), "{text}");
    assert!(text.contains("10.0.0.7/32 dev eth0 scope global\n"));
}

#[test]
fn json_has_members_and_escapes_of_keepalived() {
    let text = json::text(&config(), &[status()], &clock());
    assert!(
        text.starts_with(r#"[{"data":{"iname":"VI_1","dont_track_primary":0,"#),
        "{text}"
    );
    for part in [
        r#""last_transition":1000036805.0,"#,
        r#""effective_priority":98,"vipset":true,"#,
        r#""state":2,"#,
        r#""script_master":"'\/opt\/chk.sh' 'an arg'","#,
        r#""vips":["10.0.0.7\/32 dev eth0 scope global"],"#,
        r#""auth_type":1,"auth_data":"********"}"#,
        r#""stats":{"advert_rcvd":3,"advert_sent":7,"become_master":1,"#,
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(
        !text.contains("script_backup"),
        "what is not set is left out"
    );
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        parsed[0]["data"]["vips"][0],
        "10.0.0.7/32 dev eth0 scope global"
    );
}
