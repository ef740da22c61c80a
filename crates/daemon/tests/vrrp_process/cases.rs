//! The cases.

use std::net::IpAddr;
use std::time::Duration;

use vipd_config::model::{
    AuthKind, Authentication, Config, Family, Instance, Transport, UnicastPeer, Version,
    VirtualAddress,
};
use vipd_daemon::messages::{FromVrrp, ToVrrp};
use vipd_engine::event::State;
use vipd_linux::netlink::create;

use super::host::{Advert, Capture, Host, Keepalived, POWERLESS_CHILD, Process, announcement};

/// Name and body of each.
pub(super) const ALL: &[(&str, fn())] = &[
    ("same_packets_version_2", same_packets_version_2),
    (
        "same_packets_version_2_password",
        same_packets_version_2_password,
    ),
    ("same_packets_version_3", same_packets_version_3),
    ("same_packets_version_3_ipv6", same_packets_version_3_ipv6),
    ("same_packets_unicast", same_packets_unicast),
    (
        "takes_the_vip_and_gives_it_back",
        takes_the_vip_and_gives_it_back,
    ),
    (
        "leaves_when_the_supervisor_dies",
        leaves_when_the_supervisor_dies,
    ),
    (
        "a_successor_carries_on_as_master",
        a_successor_carries_on_as_master,
    ),
    (
        "puts_back_a_vip_that_others_remove",
        puts_back_a_vip_that_others_remove,
    ),
    ("fault_while_the_cable_is_out", fault_while_the_cable_is_out),
    (
        "an_interface_made_again_is_bound_again",
        an_interface_made_again_is_bound_again,
    ),
    (
        "a_reload_changes_addresses_and_nothing_else",
        a_reload_changes_addresses_and_nothing_else,
    ),
    ("takes_250_routers_at_once", takes_250_routers_at_once),
    (
        "a_missing_interface_is_refused",
        a_missing_interface_is_refused,
    ),
    (
        "missing_permission_is_explained",
        missing_permission_is_explained,
    ),
];

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn vip(text: &str) -> VirtualAddress {
    VirtualAddress::new(ip(text))
}

/// An instance that is soon master: version 3, every 100 ms.
fn quick(vrid: u8) -> Instance {
    let mut instance = Instance::new("A", "eth0", vrid);
    instance.version = Version::V3;
    instance.advert_interval = Duration::from_millis(100);
    instance.priority = 200;
    instance.addresses = vec![vip("10.9.0.100")];
    instance
}

fn config(instance: Instance) -> Config {
    Config {
        instances: vec![instance],
        ..Config::default()
    }
}

/// What one daemon sent from its start to its end.
#[derive(Debug, PartialEq, Eq)]
struct Sent {
    /// The first adverts, with everything.
    adverts: Vec<String>,
    /// Gratuitous ARPs and neighbour advertisements, in order.
    announcements: Vec<String>,
    /// The last advert, without its number.
    farewell: String,
}

/// A frame as it can be compared by eye.
fn hex(frame: &[u8]) -> String {
    let bytes: Vec<String> = frame.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

/// How many announcements are compared: two full rounds of three addresses.
const ANNOUNCEMENTS: usize = 6;

impl Sent {
    fn by(capture: &mut Capture, stop: impl FnOnce()) -> Self {
        let (mut adverts, mut announcements) = (Vec::new(), Vec::new());
        while adverts.len() < 2 || announcements.len() < ANNOUNCEMENTS {
            capture.next(|frame| {
                if let Some(advert) = Advert::read(frame) {
                    adverts.push(hex(&advert.frame));
                    return Some(());
                }
                announcement(frame).map(|frame| announcements.push(hex(&frame)))
            });
        }
        adverts.truncate(2);
        announcements.truncate(ANNOUNCEMENTS);
        stop();
        let farewell = capture.next(|frame| {
            let advert = Advert::read(frame)?;
            (advert.priority() == 0).then(|| hex(&advert.without_id()))
        });
        Self {
            adverts,
            announcements,
            farewell,
        }
    }
}

/// keepalived and we, one after the other on the same host, send the same.
fn same_packets(instance: Instance, words: &str) {
    let mut host = Host::new(1);
    let mut capture = host.capture();
    let block = format!(
        "vrrp_instance A {{\n interface eth0\n virtual_router_id {}\n {words}\n}}\n",
        instance.vrid
    );
    let peer = Keepalived::start(&block);
    let theirs = Sent::by(&mut capture, || peer.stop());

    capture.clear();
    let vips: Vec<IpAddr> = instance.addresses.iter().map(|vip| vip.address).collect();
    let mut process = Process::start(config(instance));
    let ours = Sent::by(&mut capture, || process.say(&ToVrrp::Stop));
    assert_eq!(process.await_end(), 0);
    assert_eq!(ours, theirs, "\nours: {ours:#?}\nkeepalived's: {theirs:#?}");
    assert!(vips.iter().all(|vip| !host.has(*vip)), "VIPs are gone");
}

fn three_vips(instance: &mut Instance) {
    instance.addresses = vec![vip("10.9.0.102"), vip("10.9.0.100")];
    instance.excluded_addresses = vec![vip("10.9.0.101")];
}

const THREE_VIPS: &str = "virtual_ipaddress {\n 10.9.0.102\n 10.9.0.100\n }\n \
                          virtual_ipaddress_excluded {\n 10.9.0.101\n }";

fn same_packets_version_2() {
    let mut instance = Instance::new("A", "eth0", 51);
    instance.priority = 150;
    three_vips(&mut instance);
    same_packets(instance, &format!("priority 150\n {THREE_VIPS}"));
}

fn same_packets_version_2_password() {
    let mut instance = Instance::new("A", "eth0", 52);
    instance.priority = 254;
    instance.authentication = Some(Authentication {
        kind: AuthKind::Pass,
        key: *b"secret\0\0",
    });
    three_vips(&mut instance);
    let words = "priority 254\n authentication {\n auth_type PASS\n auth_pass secret\n }";
    same_packets(instance, &format!("{words}\n {THREE_VIPS}"));
}

fn same_packets_version_3() {
    let mut instance = quick(53);
    three_vips(&mut instance);
    let words = "version 3\n priority 200\n advert_int 0.1";
    same_packets(instance, &format!("{words}\n {THREE_VIPS}"));
}

fn same_packets_version_3_ipv6() {
    let mut instance = quick(54);
    instance.family = Family::V6;
    instance.transport = Transport::Multicast {
        group: ip("ff02::12"),
    };
    instance.addresses = vec![vip("fe80::100"), vip("fd00::100"), vip("fd00::101")];
    instance.addresses[0].prefix_len = 64;
    let words = "version 3\n priority 200\n advert_int 0.1\n \
                 virtual_ipaddress {\n fe80::100/64\n fd00::100\n fd00::101\n }";
    same_packets(instance, words);
}

fn same_packets_unicast() {
    let mut instance = quick(55);
    instance.source = Some(ip("10.9.0.1"));
    let peer = |address| UnicastPeer {
        address: ip(address),
        min_ttl: None,
        max_ttl: None,
    };
    three_vips(&mut instance);
    let words = "version 3\n priority 200\n advert_int 0.1\n \
                 unicast_src_ip 10.9.0.1\n unicast_peer {\n 10.9.0.2\n }";
    instance.transport = Transport::Unicast {
        peers: vec![peer("10.9.0.2")],
        ttl: 255,
        check_source: false,
        fault_without_peer: false,
    };
    same_packets(instance, &format!("{words}\n {THREE_VIPS}"));
}

fn takes_the_vip_and_gives_it_back() {
    let mut host = Host::new(1);
    let mut capture = host.capture();
    let mut process = Process::start(config(quick(1)));
    process.await_state("A", State::Master);
    assert!(
        host.has(ip("10.9.0.100")),
        "the VIP is there before the report"
    );
    assert_eq!(capture.advert().priority(), 200);
    process.say(&ToVrrp::Status { clear: false });
    let status = process.await_message(|message| match message {
        FromVrrp::Status(status) => Some(status.clone()),
        _ => None,
    });
    assert_eq!(status[0].state, State::Master);
    process.say(&ToVrrp::Ping);
    process.await_message(|message| matches!(message, FromVrrp::Alive).then_some(()));

    process.say(&ToVrrp::Stop);
    process.await_message(|message| matches!(message, FromVrrp::Stopped).then_some(()));
    assert!(
        !host.has(ip("10.9.0.100")),
        "the VIP is gone before the end"
    );
    assert_eq!(process.await_end(), 0);
    while capture.advert().priority() != 0 {}
}

fn leaves_when_the_supervisor_dies() {
    let mut host = Host::new(1);
    let mut capture = host.capture();
    let mut process = Process::start(config(quick(2)));
    process.await_state("A", State::Master);
    assert_eq!(process.abandon(), 0);
    assert!(!host.has(ip("10.9.0.100")));
    while capture.advert().priority() != 0 {}
}

fn a_successor_carries_on_as_master() {
    let mut host = Host::new(1);
    let mut capture = host.capture();
    let mut process = Process::start(config(quick(3)));
    let snapshot = process.await_message(|message| match message {
        FromVrrp::Save(snapshot) if snapshot.state == State::Master => Some(snapshot.clone()),
        _ => None,
    });
    process.kill();
    assert!(host.has(ip("10.9.0.100")), "nobody has removed it");
    capture.clear();
    let mut successor = Process::start_as(super::host::CHILD, config(quick(3)), vec![*snapshot]);
    assert_eq!(
        capture.advert().priority(),
        200,
        "at once, and not priority 0"
    );
    successor.await_message(|message| matches!(message, FromVrrp::Ready).then_some(()));
    assert!(host.has(ip("10.9.0.100")), "it was never gone");
    successor.say(&ToVrrp::Stop);
    assert_eq!(successor.await_end(), 0);
    assert!(
        !host.has(ip("10.9.0.100")),
        "the successor knows that it is its own"
    );
}

fn puts_back_a_vip_that_others_remove() {
    let mut host = Host::new(1);
    let mut capture = host.capture();
    let mut process = Process::start(config(quick(4)));
    process.await_state("A", State::Master);
    capture.next(announcement);
    while !host.has(ip("10.9.0.100")) {}
    host.take("eth0", ip("10.9.0.100"));
    // It comes back, and is announced again.
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    while !host.has(ip("10.9.0.100")) {
        assert!(std::time::Instant::now() < deadline, "it did not come back");
        capture.advert();
    }
    process.say(&ToVrrp::Stop);
    assert_eq!(process.await_end(), 0);
}

fn fault_while_the_cable_is_out() {
    let mut host = Host::new(1);
    let mut process = Process::start(config(quick(5)));
    process.await_state("A", State::Master);
    // The other end goes down: no carrier here.
    let plug = |up| {
        move || {
            let mut route = vipd_linux::netlink::Route::open().unwrap();
            create::set_up(&mut route, "p0", up).unwrap();
        }
    };
    host.switch.run(plug(false)).unwrap();
    process.await_state("A", State::Fault);
    host.switch.run(plug(true)).unwrap();
    process.await_state("A", State::Master);
    assert!(host.has(ip("10.9.0.100")));
    create::set_up(&mut host.route, "eth0", false).unwrap();
    process.await_state("A", State::Fault);
    assert!(!host.has(ip("10.9.0.100")));
    process.say(&ToVrrp::Stop);
    assert_eq!(process.await_end(), 0);
}

fn an_interface_made_again_is_bound_again() {
    let mut host = Host::new(1);
    let mut dynamic = config(quick(6));
    dynamic.global.dynamic_interfaces = true;
    let mut process = Process::start(dynamic);
    process.await_state("A", State::Master);
    create::remove(&mut host.route, "eth0").unwrap();
    process.await_state("A", State::Fault);
    host.plug(0);
    process.await_state("A", State::Master);
    assert!(host.has(ip("10.9.0.100")));
    let mut capture = host.capture();
    assert_eq!(capture.advert().vrid(), 6);
    process.say(&ToVrrp::Stop);
    assert_eq!(process.await_end(), 0);
}

fn a_reload_changes_addresses_and_nothing_else() {
    let mut host = Host::new(1);
    let mut process = Process::start(config(quick(7)));
    process.await_state("A", State::Master);
    let mut capture = host.capture();
    let mut changed = quick(7);
    changed.addresses = vec![vip("10.9.0.100"), vip("10.9.0.101")];
    process.say(&ToVrrp::Reconfigure {
        config: Box::new(config(changed)),
        watched: Vec::new(),
    });
    process.await_message(|message| matches!(message, FromVrrp::Ready).then_some(()));
    assert!(host.has(ip("10.9.0.100")) && host.has(ip("10.9.0.101")));
    // Two addresses in the advert now, and never a priority of 0.
    loop {
        let advert = capture.advert();
        assert_eq!(advert.priority(), 200);
        if advert.frame[advert.start + 3] == 2 {
            break;
        }
    }
    process.say(&ToVrrp::Stop);
    assert_eq!(process.await_end(), 0);
}

fn takes_250_routers_at_once() {
    let mut host = Host::new(1);
    let mut capture = host.capture();
    let instances = (1..=250).map(|vrid| {
        let mut instance = quick(vrid);
        instance.name = format!("I{vrid}");
        instance.advert_interval = Duration::from_secs(1);
        instance.addresses = vec![vip(&format!("10.9.0.{vrid}"))];
        instance.addresses[0].address = IpAddr::from([10, 8, 0, vrid]);
        instance
    });
    let mut process = Process::start(Config {
        instances: instances.collect(),
        ..Config::default()
    });
    let mut seen: Vec<u8> = (0..250).map(|_| capture.advert().vrid()).collect();
    seen.sort_unstable();
    assert_eq!(
        seen,
        (1..=250).collect::<Vec<u8>>(),
        "each sent its first advert once"
    );
    process.await_state("I250", State::Master);
    assert_eq!(vips_of(&mut host), 250);
    process.say(&ToVrrp::Stop);
    assert_eq!(process.await_end(), 0);
    assert_eq!(vips_of(&mut host), 0);
}

/// How many addresses of 10.8.0.0/16 the host has.
fn vips_of(host: &mut Host) -> usize {
    let all = host.route.addresses(None).unwrap();
    let vips = all.iter().filter(|found| match found.address {
        IpAddr::V4(address) => address.octets().starts_with(&[10, 8]),
        IpAddr::V6(_) => false,
    });
    vips.count()
}

/// Waits for the word that it cannot go on: the text and the status.
fn refusal(mut process: Process) -> (String, u8, i32) {
    let (message, status) = process.await_message(|message| match message {
        FromVrrp::Fatal { message, status } => Some((message.clone(), *status)),
        _ => None,
    });
    (message, status, process.await_end())
}

fn a_missing_interface_is_refused() {
    let _host = Host::new(1);
    let mut instance = quick(8);
    instance.interface = Some("eth9".into());
    let (message, status, exit) = refusal(Process::start(config(instance)));
    assert!(
        message.starts_with("interface eth9 of vrrp_instance A does not exist"),
        "{message}"
    );
    assert_eq!((status, exit), (2, 2));
}

fn missing_permission_is_explained() {
    let _host = Host::new(1);
    let process = Process::start_as(POWERLESS_CHILD, config(quick(9)), Vec::new());
    let (message, status, exit) = refusal(process);
    assert!(
        message.contains("CAP_NET_ADMIN") && message.contains("as root"),
        "{message}"
    );
    assert_eq!((status, exit), (4, 4));
}
