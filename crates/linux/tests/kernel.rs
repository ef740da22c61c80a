//! What this crate asks of the kernel, asked of a real one: each test in a network namespace
//! of its own. Needs root, or a user namespace with the same rights (`unshare -r`).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, also in what its functions share"
)]

use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::process::Command;
use std::thread;

use netlink_packet_core::Parseable;
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::{AddressAttribute, AddressFlags, AddressMessage, AddressScope};
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, socket};
use vipd_linux::arp::FrameSocket;
use vipd_linux::clock::monotonic_nanos;
use vipd_linux::datagrams::{Receiver, Sender};
use vipd_linux::namespace::Network;
use vipd_linux::netlink::address::{is_not_there, is_there_already};
use vipd_linux::netlink::create::{self, End};
use vipd_linux::netlink::{
    Address, Change, Death, Deaths, Link, Listener, Listeners, Monitor, NewAddress,
    NewAddressFlags, Route, Transport,
};
use vipd_linux::poll::Poll;
use vipd_linux::sandbox::{self, Keep};
use vipd_linux::vrrp_socket::{VrrpSocket, VrrpSocketOptions};

/// Index of `lo` in every new network namespace.
const LO: u32 = 1;
/// Time after which something awaited will not come any more, nanoseconds.
const PATIENCE: u64 = 10_000_000_000;

/// Puts this thread into a network namespace of its own.
fn own_network() -> Route {
    unshare(CloneFlags::CLONE_NEWNET).expect(
        "this test makes network namespaces: run it as root, or under `unshare --map-root-user`",
    );
    Route::open().unwrap()
}

/// Another network namespace.
fn other_network() -> Network {
    thread::spawn(|| {
        own_network();
        Network::current().unwrap()
    })
    .join()
    .unwrap()
}

/// `a0` here and `b0` there, plugged together and up.
fn veth(route: &mut Route, there: &Network) -> (Link, Link) {
    let here = Network::current().unwrap();
    let end = |name, network, index| End {
        name,
        network,
        index,
    };
    create::veth(route, end("a0", &here, 100), end("b0", there, 200)).unwrap();
    create::set_up(route, "a0", true).unwrap();
    let other = there
        .run(|| {
            let mut route = Route::open().unwrap();
            create::set_up(&mut route, "b0", true).unwrap();
            link(&mut route, "b0")
        })
        .unwrap();
    let own = link(route, "a0");
    await_passage((&here, own.index), there);
    await_passage((there, other.index), &here);
    (own, other)
}

/// Waits until frames pass: a link is told to run before its queue takes anything.
fn await_passage((from, index): (&Network, u32), to: &Network) {
    let capture = to.run(capture).unwrap();
    let frames = from.run(|| FrameSocket::open().unwrap()).unwrap();
    let mut poll = Poll::new().unwrap();
    poll.add(&capture, 0).unwrap();
    // For experiments (IEEE 802): nobody answers.
    let mut frame = [0xff; 60];
    frame[12..14].copy_from_slice(&[0x88, 0xb5]);
    let (mut ready, deadline) = (Vec::new(), monotonic_nanos() + PATIENCE);
    while ready.is_empty() {
        assert!(monotonic_nanos() < deadline, "nothing passed in 10 s");
        frames.send(&mut Sender::default(), [(index, &frame[..])], &mut |_| {});
        let soon = monotonic_nanos() + 5_000_000;
        poll.wait(Some(soon), false, &mut ready).unwrap();
    }
}

/// A socket that gets every frame of the network it is opened in.
fn capture() -> OwnedFd {
    let flags = SockFlag::SOCK_NONBLOCK;
    let all = SockProtocol::EthAll;
    socket(AddressFamily::Packet, SockType::Raw, flags, all).unwrap()
}

fn link(route: &mut Route, name: &str) -> Link {
    let links = route.links().unwrap();
    links.into_iter().find(|link| link.name == name).unwrap()
}

fn vips(count: u32) -> Vec<NewAddress> {
    (0..count)
        .map(|n| {
            let base = u32::from(Ipv4Addr::new(10, 1, 0, 1));
            NewAddress::new(LO, Ipv4Addr::from(base + n).into())
        })
        .collect()
}

fn add(route: &mut Route, vips: &[NewAddress]) -> Vec<io::Result<()>> {
    route.batch(vips.iter().map(NewAddress::add)).unwrap()
}

fn remove(route: &mut Route, vips: &[NewAddress]) -> Vec<io::Result<()>> {
    route.batch(vips.iter().map(NewAddress::remove)).unwrap()
}

/// Gives a link an address that is usable at once.
fn give(route: &mut Route, index: u32, address: IpAddr, prefix_len: u8) {
    let mut new = NewAddress::new(index, address);
    new.prefix_len = prefix_len;
    new.flags.nodad = address.is_ipv6();
    all_fine(&add(route, &[new]));
}

fn all_fine(answers: &[io::Result<()>]) {
    let failure = answers.iter().find_map(|answer| answer.as_ref().err());
    assert!(failure.is_none(), "{failure:?}");
}

/// Waits until a descriptor with this token is readable.
fn await_readable(poll: &mut Poll) {
    let deadline = monotonic_nanos() + PATIENCE;
    let mut ready = Vec::new();
    while ready.is_empty() {
        assert!(monotonic_nanos() < deadline, "nothing came in 10 s");
        poll.wait(Some(deadline), false, &mut ready).unwrap();
    }
}

#[test]
fn a_thousand_addresses_come_and_go_and_may_do_so_twice() {
    let mut route = own_network();
    let vips = vips(1000);
    all_fine(&add(&mut route, &vips));
    let again = add(&mut route, &vips);
    assert_eq!(again.len(), vips.len());
    let present = |answer: &io::Result<()>| answer.as_ref().is_err_and(is_there_already);
    assert!(again.iter().all(present));
    let listed: Vec<IpAddr> = route
        .addresses(Some(LO))
        .unwrap()
        .iter()
        .map(|address| address.address)
        .collect();
    let wanted: Vec<IpAddr> = vips.iter().map(|vip| vip.address).collect();
    assert_eq!(listed, wanted);
    all_fine(&remove(&mut route, &vips));
    let again = remove(&mut route, &vips);
    let absent = |answer: &io::Result<()>| answer.as_ref().is_err_and(is_not_there);
    assert!(again.iter().all(absent));
    assert_eq!(route.addresses(None).unwrap(), []);
}

#[test]
fn each_answer_belongs_to_its_request() {
    let mut route = own_network();
    let mut vips = vips(300);
    for wrong in [0, 77, 200, 299] {
        vips[wrong].index = 999;
    }
    let answers = add(&mut route, &vips);
    let failed: Vec<usize> = (0..300).filter(|&place| answers[place].is_err()).collect();
    assert_eq!(failed, [0, 77, 200, 299]);
    assert!(answers[77].as_ref().is_err_and(is_not_there));
    assert_eq!(route.addresses(None).unwrap().len(), 296);
}

#[test]
fn every_option_of_an_address_reaches_the_kernel() {
    let mut route = own_network();
    let mut v4 = NewAddress::new(LO, [10, 1, 0, 1].into());
    v4.prefix_len = 24;
    v4.broadcast = Some(Ipv4Addr::new(10, 1, 0, 255));
    v4.label = Some("lo:vip".into());
    v4.scope = 253;
    v4.preferred_lifetime = Some(100);
    v4.valid_lifetime = Some(200);
    v4.flags.noprefixroute = true;
    let mut peer = NewAddress::new(LO, [10, 2, 0, 1].into());
    peer.peer = Some([10, 3, 0, 1].into());
    let mut v6 = NewAddress::new(LO, "fd00::1".parse().unwrap());
    v6.prefix_len = 64;
    v6.preferred_lifetime = Some(0);
    v6.flags = NewAddressFlags {
        nodad: true,
        homeaddress: true,
        managetempaddr: true,
        ..NewAddressFlags::default()
    };
    let all = [v4, peer, v6];
    all_fine(&add(&mut route, &all));

    let [v4, peer, v6] = &route
        .dump(
            RouteNetlinkMessage::GetAddress(AddressMessage::default()),
            |answer| AddressMessage::parse(answer.payload).ok(),
        )
        .unwrap()[..]
    else {
        panic!("three addresses were added");
    };
    assert_eq!(v4.header.prefix_len, 24);
    assert_eq!(v4.header.scope, AddressScope::Link);
    for attribute in [
        AddressAttribute::Local([10, 1, 0, 1].into()),
        AddressAttribute::Broadcast(Ipv4Addr::new(10, 1, 0, 255)),
        AddressAttribute::Label("lo:vip".into()),
    ] {
        assert!(v4.attributes.contains(&attribute), "{attribute:?}");
    }
    assert_eq!(lifetimes(v4), (100, 200));
    assert!(flags(v4).contains(AddressFlags::Noprefixroute));
    let other_end = AddressAttribute::Address([10, 3, 0, 1].into());
    assert!(peer.attributes.contains(&other_end));
    assert_eq!(lifetimes(v6), (0, u32::MAX));
    let wanted = AddressFlags::Nodad | AddressFlags::Homeaddress | AddressFlags::Managetempaddr;
    assert!(flags(v6).contains(wanted));

    all_fine(&remove(&mut route, &all));
    assert_eq!(route.addresses(None).unwrap(), []);
}

fn lifetimes(message: &AddressMessage) -> (u32, u32) {
    let found = message.attributes.iter().find_map(|attribute| {
        let AddressAttribute::CacheInfo(info) = attribute else {
            return None;
        };
        Some((info.ifa_preferred, info.ifa_valid))
    });
    found.unwrap()
}

fn flags(message: &AddressMessage) -> AddressFlags {
    let found = message.attributes.iter().find_map(|attribute| {
        let AddressAttribute::Flags(flags) = attribute else {
            return None;
        };
        Some(*flags)
    });
    found.unwrap()
}

#[test]
fn links_are_told_as_they_are() {
    let mut route = own_network();
    let there = other_network();
    let (a0, _) = veth(&mut route, &there);
    assert_eq!(
        (a0.name.as_str(), a0.mtu_bytes, a0.mac.len()),
        ("a0", 1500, 6)
    );
    assert!(a0.is_up && a0.arps && a0.multicasts && a0.is_ethernet);
    let lo = link(&mut route, "lo");
    assert_eq!((lo.index, lo.arps, lo.is_ethernet), (LO, false, false));
}

#[test]
fn changes_are_heard_in_order() {
    let mut route = own_network();
    let there = other_network();
    let mut monitor = Monitor::open().unwrap();
    let mut changes = Vec::new();
    monitor.read(&mut changes).unwrap();
    assert_eq!(changes, []);

    veth(&mut route, &there);
    let a0 = link(&mut route, "a0");
    let vip = NewAddress::new(a0.index, [10, 1, 0, 1].into());
    all_fine(&add(&mut route, std::slice::from_ref(&vip)));
    all_fine(&remove(&mut route, &[vip]));
    create::remove(&mut route, "a0").unwrap();
    let index = a0.index;
    let address = Address {
        index,
        address: [10, 1, 0, 1].into(),
        prefix_len: 32,
        is_tentative: false,
    };
    monitor.read(&mut changes).unwrap();
    let place = |wanted: &Change| changes.iter().position(|change| change == wanted);
    let places = [
        changes
            .iter()
            .position(|change| matches!(change, Change::Link(link) if link.is_up)),
        place(&Change::Address(address)),
        place(&Change::AddressGone(address)),
        place(&Change::LinkGone { index }),
    ];
    assert!(places.iter().all(Option::is_some), "{changes:#?}");
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn lost_changes_are_told_as_an_overrun() {
    let mut route = own_network();
    let mut monitor = Monitor::open().unwrap();
    let vips = vips(100);
    // Far more than fits into any queue.
    for _ in 0..200 {
        all_fine(&add(&mut route, &vips));
        all_fine(&remove(&mut route, &vips));
    }
    let mut changes = Vec::new();
    let mut before = usize::MAX;
    while before != changes.len() {
        before = changes.len();
        monitor.read(&mut changes).unwrap();
    }
    assert!(
        changes.contains(&Change::Overrun),
        "{} changes",
        changes.len()
    );
    // It works on after that.
    changes.clear();
    all_fine(&add(&mut route, &vips));
    monitor.read(&mut changes).unwrap();
    assert_eq!(changes.len(), vips.len());
}

#[test]
fn additions_by_ourselves_can_be_left_out() {
    let mut route = own_network();
    let mut others = Route::open().unwrap();
    let mut monitor = Monitor::open().unwrap();
    monitor.ignore_additions_by(&route).unwrap();
    let vips = vips(3);
    all_fine(&add(&mut route, &vips[..2]));
    all_fine(&add(&mut others, &vips[2..]));
    all_fine(&remove(&mut route, &vips[..1]));
    let mut changes = Vec::new();
    monitor.read(&mut changes).unwrap();
    let [Change::Address(added), Change::AddressGone(gone)] = changes[..] else {
        panic!("{changes:?}");
    };
    assert_eq!(
        (added.address, gone.address),
        (vips[2].address, vips[0].address)
    );
}

fn options(
    name: &str,
    index: u32,
    group: Option<IpAddr>,
    source: Option<IpAddr>,
) -> VrrpSocketOptions {
    VrrpSocketOptions {
        interface: Some((name.to_owned(), index)),
        is_ipv6: group.or(source).is_some_and(|address| address.is_ipv6()),
        protocol: 112,
        group,
        source,
        hop_limit: 255,
        receive_buffer_bytes: None,
    }
}

/// An IPv4 packet of protocol 112 with a number as its content.
fn packet(from: Ipv4Addr, to: Ipv4Addr, number: u16) -> Vec<u8> {
    let mut packet = vec![0x45, 0xc0, 0, 22, 0, 1, 0, 0, 255, 112, 0, 0];
    packet.extend(from.octets());
    packet.extend(to.octets());
    packet.extend(number.to_be_bytes());
    packet
}

/// Reads until as many packets have come; what `read` makes of each.
fn receive<T>(
    socket: &VrrpSocket,
    count: usize,
    mut read: impl FnMut(vipd_linux::datagrams::Received<'_>) -> T,
) -> Vec<T> {
    let mut poll = Poll::new().unwrap();
    poll.add(socket, 0).unwrap();
    let (mut receiver, mut all) = (Receiver::new(), Vec::new());
    while all.len() < count {
        await_readable(&mut poll);
        let mut take = |received: vipd_linux::datagrams::Received<'_>| all.push(read(received));
        socket.receive(&mut receiver, &mut take).unwrap();
    }
    all
}

#[test]
fn adverts_of_a_group_arrive_in_order_and_nothing_else_does() {
    let mut route = own_network();
    let there = other_network();
    let (a0, b0) = veth(&mut route, &there);
    let (ours, theirs) = (Ipv4Addr::new(10, 1, 0, 1), Ipv4Addr::new(10, 1, 0, 2));
    give(&mut route, a0.index, ours.into(), 24);
    let group = Ipv4Addr::new(224, 0, 0, 18);
    let (multicast, unicast) = there
        .run(|| {
            let mut route = Route::open().unwrap();
            give(&mut route, b0.index, theirs.into(), 24);
            let open =
                |group, source| VrrpSocket::open(&options("b0", b0.index, group, source)).unwrap();
            (
                open(Some(group.into()), None),
                open(None, Some(theirs.into())),
            )
        })
        .unwrap();
    let sender = VrrpSocket::open(&options("a0", a0.index, Some(group.into()), None)).unwrap();
    let to_peer = VrrpSocket::open(&options("a0", a0.index, None, Some(ours.into()))).unwrap();

    let packets: Vec<Vec<u8>> = (0..600).map(|n| packet(ours, group, n)).collect();
    let aside = packet(ours, theirs, 9999);
    let mut buffers = Sender::default();
    let mut fail = |error: io::Error| panic!("{error}");
    let sent = to_peer.send(&mut buffers, [(theirs.into(), &aside[..])], &mut fail);
    assert_eq!(sent, 1);
    let content = |bytes: &[u8]| u16::from_be_bytes([bytes[20], bytes[21]]);
    let mut seen = Vec::new();
    // In parts that fit the receive buffer that an ordinary user gets.
    for part in packets.chunks(150) {
        let all = part.iter().map(|bytes| (group.into(), &bytes[..]));
        assert_eq!(sender.send(&mut buffers, all, &mut fail), part.len());
        seen.extend(receive(&multicast, part.len(), |received| {
            assert_eq!(received.source, IpAddr::from(ours));
            // Time to live, and where it went: in the header.
            assert_eq!(
                (received.bytes[8], &received.bytes[16..20]),
                (255, &group.octets()[..])
            );
            content(received.bytes)
        }));
    }
    assert_eq!(seen, (0..600).collect::<Vec<u16>>());
    let seen = receive(&unicast, 1, |received| content(received.bytes));
    assert_eq!(seen, [9999]);
    // The sender does not hear itself.
    let heard = sender.receive(&mut Receiver::new(), &mut |_| {}).unwrap();
    assert_eq!(heard, 0);
}

#[test]
fn ipv6_adverts_have_hop_limit_destination_and_checksum() {
    let mut route = own_network();
    let there = other_network();
    let (a0, b0) = veth(&mut route, &there);
    let ours: IpAddr = "fe80::1".parse().unwrap();
    give(&mut route, a0.index, ours, 64);
    let group: IpAddr = "ff02::12".parse().unwrap();
    let receiver = there
        .run(|| VrrpSocket::open(&options("b0", b0.index, Some(group), None)).unwrap())
        .unwrap();
    let sender = VrrpSocket::open(&options("a0", a0.index, Some(group), Some(ours))).unwrap();
    let advert = [0x31, 51, 200, 1, 0, 100, 0, 0, 0xfd, 0, 0, 0, 0, 0, 0, 0];
    let mut fail = |error: io::Error| panic!("{error}");
    let mut poll = Poll::new().unwrap();
    poll.add(&receiver, 0).unwrap();
    let (mut ready, deadline) = (Vec::new(), monotonic_nanos() + PATIENCE);
    // Nothing tells when IPv6 has seen that the new link is up; until then packets are dropped.
    while ready.is_empty() {
        assert!(monotonic_nanos() < deadline, "nothing came in 10 s");
        sender.send(&mut Sender::default(), [(group, &advert[..])], &mut fail);
        let soon = monotonic_nanos() + 100_000_000;
        poll.wait(Some(soon), false, &mut ready).unwrap();
    }

    let [(source, destination, hop_limit, bytes), ..] = &receive(&receiver, 1, |received| {
        let bytes = received.bytes.to_vec();
        (
            received.source,
            received.destination,
            received.hop_limit,
            bytes,
        )
    })[..] else {
        panic!("a packet was sent");
    };
    assert_eq!((*source, *destination), (ours, Some(group)));
    assert_eq!(*hop_limit, Some(255));
    assert_eq!(bytes[..6], advert[..6]);
    assert_ne!(bytes[6..8], [0, 0], "the kernel fills the checksum");
}

#[test]
fn a_socket_on_a_missing_interface_says_so() {
    own_network();
    let group = Some([224, 0, 0, 18].into());
    let error = VrrpSocket::open(&options("nope0", 77, group, None)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot open VRRP socket on nope0: No such device (os error 19)"
    );
}

#[test]
fn frames_go_out_on_their_link() {
    let mut route = own_network();
    let there = other_network();
    let (a0, _) = veth(&mut route, &there);
    let capture = there.run(capture).unwrap();
    let mut frame = [0xff; 60];
    frame[12..14].copy_from_slice(&[0x08, 0x06]);
    let mut fail = |error: io::Error| panic!("{error}");
    let frames = FrameSocket::open().unwrap();
    let sent = frames.send(
        &mut Sender::default(),
        [(a0.index, &frame[..]); 200],
        &mut fail,
    );
    assert_eq!(sent, 200);

    let mut poll = Poll::new().unwrap();
    poll.add(&capture, 0).unwrap();
    let (mut seen, mut buffer) = (0, [0; 2048]);
    while seen < 200 {
        await_readable(&mut poll);
        let fd = std::os::fd::AsRawFd::as_raw_fd(&capture);
        let length = recv(fd, &mut buffer, MsgFlags::empty()).unwrap();
        seen += usize::from(buffer[..length] == frame);
    }
}

#[test]
fn a_failing_frame_does_not_stop_the_others() {
    let mut route = own_network();
    let there = other_network();
    let (a0, _) = veth(&mut route, &there);
    let frame = [0_u8; 60];
    let mut failures = Vec::new();
    let frames = FrameSocket::open().unwrap();
    let list = [
        (a0.index, &frame[..]),
        (999, &frame[..]),
        (a0.index, &frame[..]),
    ];
    let sent = frames.send(&mut Sender::default(), list, &mut |error| {
        failures.push(error);
    });
    assert_eq!(sent, 2);
    let codes: Vec<_> = failures.iter().map(io::Error::raw_os_error).collect();
    assert_eq!(codes, [Some(libc::ENXIO)]);
}

#[test]
fn a_confined_thread_opens_raw_sockets_and_runs_nothing() {
    own_network();
    let problems = sandbox::confine(&[Keep::NetAdmin, Keep::NetRaw]);
    assert!(problems.is_empty(), "{problems:?}");
    assert!(sandbox::has(Keep::NetAdmin) && sandbox::has(Keep::NetRaw));
    assert!(!sandbox::has(Keep::NetBindService) && !sandbox::has(Keep::SysNice));
    FrameSocket::open().unwrap();
    all_fine(&add(&mut Route::open().unwrap(), &vips(3)));
    let refused = Command::new("/bin/true").spawn().unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(libc::EPERM));
}

#[test]
fn the_timer_keeps_its_deadline() {
    let mut poll = Poll::new().unwrap();
    let mut ready = Vec::new();
    for nanos in [0, 3_000_000, 100_000] {
        let deadline = monotonic_nanos() + nanos;
        poll.wait(Some(deadline), false, &mut ready).unwrap();
        assert!(monotonic_nanos() >= deadline && ready.is_empty());
    }
    // A deadline that has passed, and one that is taken back.
    poll.wait(Some(1), false, &mut ready).unwrap();
    poll.wait(Some(u64::MAX), true, &mut ready).unwrap();
    poll.wait(None, true, &mut ready).unwrap();
    assert!(ready.is_empty());
}

/// Waits for what the kernel tells of ends of sockets.
fn await_deaths(deaths: &mut Deaths) -> Vec<Death> {
    let mut poll = Poll::new().unwrap();
    poll.add(deaths, 1).unwrap();
    await_readable(&mut poll);
    let mut told = Vec::new();
    deaths.read(&mut told).unwrap();
    told
}

#[test]
fn listeners_are_listed_as_they_are_bound() {
    let mut route = own_network();
    create::set_up(&mut route, "lo", true).unwrap();
    let mut listeners = Listeners::open().unwrap();
    assert_eq!(listeners.on(Transport::Tcp, 80).unwrap(), []);
    let _v4 = TcpListener::bind("127.0.0.1:80").unwrap();
    let _all = TcpListener::bind("0.0.0.0:81").unwrap();
    let _dual = TcpListener::bind("[::]:82").unwrap();
    let _udp = UdpSocket::bind("[::1]:53").unwrap();
    let client = UdpSocket::bind("127.0.0.1:54").unwrap();
    client.connect("127.0.0.1:55").unwrap();
    let mut on = |transport, port| listeners.on(transport, port).unwrap();
    let bound = |address: &str, port| Listener {
        address: address.parse().unwrap(),
        port,
        is_v6_only: false,
    };
    assert_eq!(on(Transport::Tcp, 80), [bound("127.0.0.1", 80)]);
    assert_eq!(on(Transport::Tcp, 81), [bound("0.0.0.0", 81)]);
    assert_eq!(on(Transport::Tcp, 82), [bound("::", 82)]);
    let only_v6 = Listener {
        is_v6_only: true,
        ..bound("::1", 53)
    };
    assert_eq!(on(Transport::Udp, 53), [only_v6]);
    assert_eq!(on(Transport::Tcp, 53), []);
    assert_eq!(on(Transport::Udp, 54), [], "a client waits for nobody");
}

#[test]
fn the_end_of_a_listener_is_told_and_that_of_a_connection_is_not() {
    let mut route = own_network();
    create::set_up(&mut route, "lo", true).unwrap();
    let mut deaths = Deaths::open().unwrap();
    let mut listeners = Listeners::open().unwrap();
    // The first list makes the kernel load what it needs to tell.
    listeners.on(Transport::Tcp, 80).unwrap();
    listeners.on(Transport::Udp, 53).unwrap();
    deaths.only(&[80, 53]).unwrap();
    let other = TcpListener::bind("127.0.0.1:81").unwrap();
    let web = TcpListener::bind("0.0.0.0:80").unwrap();
    let client = TcpStream::connect("127.0.0.1:80").unwrap();
    let (served, _) = web.accept().unwrap();
    drop((served, client, other));
    drop(web);
    assert_eq!(await_deaths(&mut deaths), [Death::On(80)]);
    assert_eq!(listeners.on(Transport::Tcp, 80).unwrap(), []);
    drop(UdpSocket::bind("[::]:53").unwrap());
    assert_eq!(await_deaths(&mut deaths), [Death::On(53)]);
}
