//! `vipd_linux::netlink::ipvs` and a real kernel; `ipvsadm` is the witness.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::time::Instant;

use nix::sched::{CloneFlags, unshare};
use vipd_linux::netlink::Route;
use vipd_linux::netlink::create;
use vipd_linux::netlink::ipvs::{
    Destination, DestinationKey, Forwarding, Granularity, Ipvs, Operation, Service, ServiceFlags,
    ServiceKey, SyncDaemon, SyncRole, Timeouts, Tunnel, TunnelKind,
};

use crate::Test;

/// The first of them has to find the module not loaded.
pub(crate) const ALL: &[Test] = &[
    ("the_kernel_loads_its_module_when_asked", loads),
    ("every_service_is_there_as_sent", services),
    ("every_destination_is_there_as_sent", destinations),
    ("the_goal_counts_not_the_way", goals),
    ("timeouts_and_sync_daemons_are_set", settings),
    ("tables_of_namespaces_are_apart", namespaces),
    ("thousands_of_destinations_are_programmed_in_batches", scale),
];

/// A socket in a network namespace of its own.
fn own_network() -> Ipvs {
    unshare(CloneFlags::CLONE_NEWNET).expect("root in the virtual machine");
    // Without any address the kernel takes no IPv4 destination.
    create::set_up(&mut Route::open().unwrap(), "lo", true).unwrap();
    Ipvs::open().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// What `ipvsadm` says.
fn ipvsadm(words: &str) -> String {
    let output = Command::new("ipvsadm").args(words.split(' ')).output();
    let output = output.expect("ipvsadm");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn at(protocol: u8, address: &str, port: u16) -> ServiceKey {
    ServiceKey::Address {
        protocol,
        address: ip(address),
        port,
    }
}

fn service(key: ServiceKey, scheduler: &str) -> Service {
    Service {
        key,
        scheduler: scheduler.to_owned(),
        flags: ServiceFlags::default(),
        timeout: 0,
        granularity: Granularity::single(key.is_v6()),
        engine: None,
    }
}

fn destination(address: &str, port: u16, forwarding: Forwarding) -> Destination {
    let address = ip(address);
    Destination {
        key: DestinationKey { address, port },
        forwarding,
        weight: 1,
        upper_threshold: 0,
        lower_threshold: 0,
    }
}

fn perform(ipvs: &mut Ipvs, operations: &[Operation]) {
    let results = ipvs.perform(operations).unwrap();
    assert_eq!(results.len(), operations.len());
    for (operation, result) in operations.iter().zip(results) {
        assert!(result.is_ok(), "{operation:?}: {result:?}");
    }
}

fn loads() {
    unshare(CloneFlags::CLONE_NEWNET).expect("root in the virtual machine");
    let is_loaded = || {
        fs::read_to_string("/proc/modules")
            .unwrap()
            .contains("ip_vs ")
    };
    let loader = "/proc/sys/kernel/modprobe";
    assert!(!is_loaded());
    let usual = fs::read_to_string(loader).unwrap();
    fs::write(loader, "/nonexistent").unwrap();
    let error = Ipvs::open().unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot find in the kernel IPVS (module ip_vs): No such file or directory (os error 2)"
    );
    fs::write(loader, usual.trim()).unwrap();
    let info = Ipvs::open().unwrap().info().unwrap();
    assert!(is_loaded());
    assert_eq!(info.version, [1, 2, 1]);
    assert!(info.connection_table >= 4096, "{info:?}");
}

/// All schedulers, flags and kinds of keys.
fn all_services() -> Vec<Service> {
    let schedulers = [
        "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq",
    ];
    let mut list: Vec<Service> = (80..)
        .zip(schedulers)
        .map(|(port, name)| service(at(6, "10.0.0.1", port), name))
        .collect();
    let mark = |mark, is_v6| ServiceKey::Mark { mark, is_v6 };
    list.push(service(at(6, "fd00::1", 80), "rr"));
    list.push(service(at(132, "10.0.0.1", 80), "rr"));
    list.push(service(mark(1, false), "rr"));
    list.push(service(mark(2, true), "wlc"));
    list.push(Service {
        flags: ServiceFlags::ONE_PACKET,
        ..service(at(17, "10.0.0.1", 53), "rr")
    });
    list.push(Service {
        flags: ServiceFlags::SCHEDULER_1.with(ServiceFlags::SCHEDULER_2),
        ..service(at(6, "10.0.0.1", 443), "sh")
    });
    list.push(Service {
        flags: ServiceFlags::PERSISTENT,
        timeout: 50,
        granularity: Granularity::V4(Ipv4Addr::new(255, 255, 255, 0)),
        ..service(at(6, "10.0.0.1", 0), "rr")
    });
    list.push(Service {
        flags: ServiceFlags::PERSISTENT,
        timeout: 60,
        granularity: Granularity::V6(64),
        ..service(at(6, "fd00::1", 443), "rr")
    });
    list.push(Service {
        flags: ServiceFlags::PERSISTENT.with(ServiceFlags::ONE_PACKET),
        timeout: 360,
        engine: Some("sip".to_owned()),
        ..service(at(17, "10.0.0.1", 5060), "rr")
    });
    list
}

fn services() {
    let mut ipvs = own_network();
    let sent = all_services();
    let operations: Vec<_> = sent.iter().cloned().map(Operation::AddService).collect();
    perform(&mut ipvs, &operations);
    let mut read: Vec<Service> = ipvs
        .services()
        .unwrap()
        .into_iter()
        .map(|l| l.service)
        .collect();
    let mut wanted = sent;
    wanted.sort_by_key(|service| service.key);
    read.sort_by_key(|service| service.key);
    assert_eq!(read, wanted);
    let mut lines: Vec<String> = ipvsadm("-Sn").lines().map(str::to_owned).collect();
    lines.sort();
    expect_test::expect![[r#"
        -A --sctp-service 10.0.0.1:80 -s rr
        -A -f 1 -s rr
        -A -f 2 -6 -s wlc
        -A -t 10.0.0.1:0 -s rr -p 50 -M 255.255.255.0
        -A -t 10.0.0.1:443 -s sh -b sh-fallback,sh-port
        -A -t 10.0.0.1:80 -s rr
        -A -t 10.0.0.1:81 -s wrr
        -A -t 10.0.0.1:82 -s lc
        -A -t 10.0.0.1:83 -s wlc
        -A -t 10.0.0.1:84 -s lblc
        -A -t 10.0.0.1:85 -s lblcr
        -A -t 10.0.0.1:86 -s sh
        -A -t 10.0.0.1:87 -s mh
        -A -t 10.0.0.1:88 -s dh
        -A -t 10.0.0.1:89 -s fo
        -A -t 10.0.0.1:90 -s ovf
        -A -t 10.0.0.1:91 -s sed
        -A -t 10.0.0.1:92 -s nq
        -A -t [fd00::1]:443 -s rr -p 60 -M 64
        -A -t [fd00::1]:80 -s rr
        -A -u 10.0.0.1:5060 -s rr -p 360 --pe sip -o
        -A -u 10.0.0.1:53 -s rr -o"#]]
    .assert_eq(&lines.join("\n"));
}

/// Every way of forwarding, to IPv4 services.
fn all_destinations() -> [Destination; 9] {
    let tunnel = |kind, port, flags| Forwarding::Tunnel(Tunnel { kind, port, flags });
    [
        destination("10.0.0.2", 8080, Forwarding::Masquerade),
        destination("10.0.0.3", 80, Forwarding::Route),
        destination("10.0.0.4", 80, tunnel(TunnelKind::Ipip, 0, 0)),
        destination("10.0.0.5", 80, tunnel(TunnelKind::Gue, 6080, 0)),
        destination("10.0.0.6", 80, tunnel(TunnelKind::Gue, 6080, 1)),
        destination("10.0.0.7", 80, tunnel(TunnelKind::Gre, 0, 1)),
        destination("fd00::4", 80, tunnel(TunnelKind::Ipip, 0, 0)),
        Destination {
            weight: 2_147_483_647,
            upper_threshold: 1000,
            lower_threshold: 10,
            ..destination("10.0.0.8", 80, Forwarding::Route)
        },
        Destination {
            weight: 0,
            ..destination("10.0.0.9", 80, Forwarding::Masquerade)
        },
    ]
}

fn destinations() {
    let mut ipvs = own_network();
    let keys = [
        at(6, "10.0.0.1", 80),
        at(6, "fd00::1", 80),
        ServiceKey::Mark {
            mark: 9,
            is_v6: false,
        },
    ];
    let v4 = all_destinations();
    let v6 = [
        destination("fd00::2", 8080, Forwarding::Masquerade),
        destination("fd00::3", 80, Forwarding::Route),
    ];
    let marked = [destination("10.0.0.2", 0, Forwarding::Route)];
    let wanted = [
        (keys[0], &v4[..]),
        (keys[1], &v6[..]),
        (keys[2], &marked[..]),
    ];
    let mut operations = Vec::new();
    for (key, list) in wanted {
        operations.push(Operation::AddService(service(key, "wrr")));
        operations.extend(list.iter().map(|new| Operation::AddDestination(key, *new)));
    }
    perform(&mut ipvs, &operations);
    for (key, list) in wanted {
        let mut read: Vec<Destination> = ipvs
            .destinations(&key)
            .unwrap()
            .into_iter()
            .map(|l| l.destination)
            .collect();
        read.sort_by_key(|destination| destination.key);
        let mut wanted = list.to_vec();
        wanted.sort_by_key(|destination| destination.key);
        assert_eq!(read, wanted);
    }
    let mut lines: Vec<String> = ipvsadm("-Sn").lines().map(str::to_owned).collect();
    lines.sort();
    expect_test::expect![[r#"
        -A -f 9 -s wrr
        -A -t 10.0.0.1:80 -s wrr
        -A -t [fd00::1]:80 -s wrr
        -a -f 9 -r 10.0.0.2:0 -g -w 1
        -a -t 10.0.0.1:80 -r 10.0.0.2:8080 -m -w 1
        -a -t 10.0.0.1:80 -r 10.0.0.3:80 -g -w 1
        -a -t 10.0.0.1:80 -r 10.0.0.4:80 -i -w 1 --tun-type ipip
        -a -t 10.0.0.1:80 -r 10.0.0.5:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
        -a -t 10.0.0.1:80 -r 10.0.0.6:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum
        -a -t 10.0.0.1:80 -r 10.0.0.7:80 -i -w 1 --tun-type gre --tun-csum
        -a -t 10.0.0.1:80 -r 10.0.0.8:80 -g -w 2147483647
        -a -t 10.0.0.1:80 -r 10.0.0.9:80 -m -w 0
        -a -t 10.0.0.1:80 -r [fd00::4]:80 -i -w 1 --tun-type ipip
        -a -t [fd00::1]:80 -r [fd00::2]:8080 -m -w 1
        -a -t [fd00::1]:80 -r [fd00::3]:80 -g -w 1"#]]
    .assert_eq(&lines.join("\n"));
}

fn goals() {
    let mut ipvs = own_network();
    let key = at(6, "10.0.0.1", 80);
    let light = destination("10.0.0.2", 80, Forwarding::Route);
    let heavy = Destination { weight: 9, ..light };
    let other = destination("10.0.0.3", 80, Forwarding::Route);
    perform(
        &mut ipvs,
        &[
            Operation::AddService(service(key, "rr")),
            Operation::AddDestination(key, light),
            // Both are there.
            Operation::AddService(service(key, "wlc")),
            Operation::AddDestination(key, heavy),
            // These are not.
            Operation::EditDestination(key, other),
            Operation::RemoveDestination(key, destination("10.0.0.4", 80, Forwarding::Route).key),
            Operation::RemoveService(at(6, "10.0.0.9", 80)),
            Operation::StopSync(SyncRole::Master),
        ],
    );
    assert_eq!(
        ipvsadm("-Sn"),
        "-A -t 10.0.0.1:80 -s wlc\n\
         -a -t 10.0.0.1:80 -r 10.0.0.2:80 -g -w 9\n\
         -a -t 10.0.0.1:80 -r 10.0.0.3:80 -g -w 1\n"
    );
    let results = ipvs.perform(&[
        Operation::AddService(service(at(6, "10.0.0.2", 80), "nosuch")),
        Operation::AddDestination(at(6, "10.0.0.3", 80), light),
        Operation::RemoveService(key),
    ]);
    let codes: Vec<Option<i32>> = results
        .unwrap()
        .into_iter()
        .map(|result| result.err().and_then(|error| error.raw_os_error()))
        .collect();
    // ENOENT: no such scheduler; ESRCH: no such service.
    assert_eq!(codes, [Some(2), Some(3), None]);
    assert!(ipvs.services().unwrap().is_empty());
    assert!(ipvs.destinations(&key).unwrap().is_empty());
}

fn settings() {
    let mut ipvs = own_network();
    let timeouts = Timeouts {
        tcp: 11,
        tcp_fin: 12,
        udp: 13,
    };
    let daemon = |role, id| SyncDaemon {
        role,
        interface: "lo".to_owned(),
        id,
        max_length: 1400,
        group: Some(ip("224.0.0.82")),
        port: 8849,
        ttl: 3,
    };
    let master = daemon(SyncRole::Master, 51);
    let backup = daemon(SyncRole::Backup, 52);
    perform(
        &mut ipvs,
        &[
            Operation::SetTimeouts(timeouts),
            Operation::StartSync(master.clone()),
            Operation::StartSync(backup.clone()),
        ],
    );
    assert_eq!(ipvs.timeouts().unwrap(), timeouts);
    assert_eq!(ipvs.sync_daemons().unwrap(), [master, backup]);
    expect_test::expect![[r#"
        master sync daemon (mcast=lo, syncid=51, maxlen=1400, group=224.0.0.82, port=8849, ttl=3)
        backup sync daemon (mcast=lo, syncid=52, maxlen=1400, group=224.0.0.82, port=8849, ttl=3)"#]]
    .assert_eq(ipvsadm("-L --daemon").trim_end());
    perform(
        &mut ipvs,
        &[
            Operation::StopSync(SyncRole::Master),
            Operation::StopSync(SyncRole::Backup),
        ],
    );
    assert!(ipvs.sync_daemons().unwrap().is_empty());
    let only_udp = Timeouts {
        udp: 77,
        ..Timeouts::default()
    };
    perform(&mut ipvs, &[Operation::SetTimeouts(only_udp)]);
    assert_eq!(
        ipvsadm("-L --timeout").trim(),
        "Timeout (tcp tcpfin udp): 11 12 77"
    );
}

fn namespaces() {
    let mut first = own_network();
    perform(
        &mut first,
        &[Operation::AddService(service(at(6, "10.0.0.1", 80), "rr"))],
    );
    let mut second = own_network();
    assert!(second.services().unwrap().is_empty());
    assert_eq!(first.services().unwrap().len(), 1);
}

fn scale() {
    let mut ipvs = own_network();
    // Not more in one service: the kernel looks through all its destinations for each new one.
    let keys: Vec<ServiceKey> = (1..=100).map(|port| at(6, "10.0.0.1", port)).collect();
    let start: Vec<_> = keys
        .iter()
        .map(|key| Operation::AddService(service(*key, "wlc")))
        .collect();
    perform(&mut ipvs, &start);
    let all: Vec<(ServiceKey, Destination)> = keys
        .iter()
        .flat_map(|key| (1..=20).map(move |n| (*key, format!("10.1.0.{n}"))))
        .map(|(key, address)| (key, destination(&address, 80, Forwarding::Route)))
        .collect();
    let add: Vec<_> = all
        .iter()
        .map(|(key, new)| Operation::AddDestination(*key, *new))
        .collect();
    let remove: Vec<_> = all
        .iter()
        .map(|(key, old)| Operation::RemoveDestination(*key, old.key))
        .collect();
    let mut timed = |together: usize, operations: &[Operation]| {
        let start = Instant::now();
        for part in operations.chunks(together) {
            perform(&mut ipvs, part);
        }
        start.elapsed()
    };
    let added = timed(add.len(), &add);
    let removed = timed(remove.len(), &remove);
    let one_by_one = timed(1, &add);
    println!(
        "2,000 destinations: added in {added:?}, removed in {removed:?}; added one by one in {one_by_one:?}"
    );
    let there: usize = keys
        .iter()
        .map(|key| ipvs.destinations(key).unwrap().len())
        .sum();
    assert_eq!(there, 2000);
}
