//! Clients of real services, by every way from a director to its real servers.

use std::collections::BTreeSet;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use vipd_lab::{Process, Signal};

use crate::Test;
use crate::field::{Field, Program, SERVICE, await_table, await_that, reload, table};
use crate::services::{Crowd, Request, dnsmasq, get_from, nginx, who_resolves, who_serves};
use crate::stage::{Node, ip, prefixed, stop};

pub(crate) const ALL: &[Test] = &[
    ("clients_are_served_through_translation", || {
        served(Way::Nat);
    }),
    ("clients_are_served_by_direct_routing", || served(Way::Dr)),
    ("clients_are_served_through_tunnels", || served(Way::Tun)),
    ("no_request_fails_while_a_server_is_drained", drained),
    ("few_requests_fail_when_a_server_dies", bereaved),
];

/// The service of IPv6.
const SERVICE_V6: &str = "fd00:1::80";

/// `lb_kind`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Nat,
    Dr,
    Tun,
}

impl Way {
    fn word(self) -> &'static str {
        match self {
            Self::Nat => "NAT",
            Self::Dr => "DR",
            Self::Tun => "TUN",
        }
    }

    /// As `ipvsadm -Sn` has it.
    fn option(self) -> &'static str {
        match self {
            Self::Nat => "-m -w 1",
            Self::Dr => "-g -w 1",
            Self::Tun => "-i -w 1 --tun-type ipip",
        }
    }
}

/// A virtual server for web pages or for names, whose real servers are looked at for what they
/// serve.
fn service(address: &str, port: u16, way: Way) -> String {
    let (protocol, check) = if port == 53 {
        ("UDP", "DNS_CHECK {\n type A\n name who.example\n")
    } else {
        ("TCP", "HTTP_GET {\n url {\n path /\n status_code 200\n }\n")
    };
    let servers: Vec<String> = (1..=2)
        .map(|number| {
            let server = if address.contains(':') {
                format!("fd00:10::1{number}")
            } else {
                format!("10.1.0.1{number}")
            };
            format!(
                "real_server {server} {port} {{\n{check} connect_timeout 3\n retry 1\n \
                 delay_before_retry 1\n warmup 0\n }}\n}}\n"
            )
        })
        .collect();
    format!(
        "virtual_server {address} {port} {{\n delay_loop 1\n lb_algo rr\n lb_kind {}\n \
         protocol {protocol}\n{}}}\n",
        way.word(),
        servers.concat()
    )
}

/// A director with addresses of both families on both sides, and the services' own.
fn director(field: &Field) -> Node {
    let director = field.director("director", 1, Program::Ours);
    director.shell(&format!(
        "ip -6 addr add fd00:1::1/64 dev eth0 nodad
        ip -6 addr add fd00:10::1/64 dev eth1 nodad
        ip addr add {SERVICE}/32 dev eth0
        ip -6 addr add {SERVICE_V6}/128 dev eth0 nodad
        echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"
    ));
    director
}

/// Where a real server has the addresses of the services, so that they are its own.
fn own_addresses(way: Way) -> String {
    let (v4, v6) = match way {
        Way::Nat => return String::new(),
        Way::Dr => ("lo", "lo"),
        Way::Tun => ("tunl0", "ip6tnl0"),
    };
    format!(
        "for d in all default eth0 eth1; do
            echo 1 >/proc/sys/net/ipv4/conf/$d/arp_ignore
            echo 2 >/proc/sys/net/ipv4/conf/$d/arp_announce
            echo 0 >/proc/sys/net/ipv4/conf/$d/rp_filter
        done
        ip link set {v4} up
        ip link set {v6} up
        [ {v4} = lo ] || echo 0 >/proc/sys/net/ipv4/conf/{v4}/rp_filter
        ip addr add {SERVICE}/32 dev {v4}
        ip -6 addr add {SERVICE_V6}/128 dev {v6} nodad"
    )
}

/// Real servers get addresses of IPv6; those that answer clients themselves get a cable to them.
fn connect(field: &Field, way: Way) {
    let client = "ip -6 addr add fd00:1::9/64 dev eth0 nodad";
    let connected = field
        .stage
        .client
        .command("/bin/sh")
        .args(["-c", client])
        .status(Duration::from_secs(10))
        .expect("an address");
    assert!(connected.success());
    for number in 1..=2 {
        let server = field.server(number);
        server.shell(&format!(
            "ip -6 addr add fd00:10::1{number}/64 dev eth0 nodad"
        ));
        if way == Way::Nat {
            server.shell("ip -6 route add fd00:1::/64 via fd00:10::1");
            continue;
        }
        server.shell("ip route del 192.168.1.0/24");
        let front = prefixed(&format!("192.168.1.2{number}/24"));
        let cable = field.stage.switch.connect(&server.host, "eth1", &[front]);
        cable.expect("a cable");
        server.shell(&format!(
            "ip -6 addr add fd00:1::2{number}/64 dev eth1 nodad"
        ));
        server.shell(&own_addresses(way));
    }
}

fn names(numbers: &[u8]) -> BTreeSet<String> {
    numbers.iter().map(|number| format!("r{number}")).collect()
}

fn served(way: Way) {
    if way == Way::Tun {
        let loaded = std::process::Command::new("modprobe")
            .args(["-a", "ipip", "ip6_tunnel"])
            .status();
        assert!(loaded.expect("modprobe").success());
    }
    let field = Field::new(2, "10.1.0.1");
    let director = director(&field);
    connect(&field, way);
    let webs = [1, 2].map(|number| nginx(field.server(number)));
    let _dns = [1, 2].map(|number| dnsmasq(field.server(number), Some(number)));
    let services = [
        (SERVICE, 80),
        (SERVICE, 53),
        (SERVICE_V6, 80),
        (SERVICE_V6, 53),
    ];
    let configuration = services.map(|(address, port)| service(address, port, way));
    let daemon = director.run(&configuration.concat());
    let is_listed = || {
        let servers = table(&director);
        servers
            .iter()
            .filter(|line| line.contains(way.option()))
            .count()
            == 8
    };
    await_that(
        &format!("eight real servers: {:?}", table(&director)),
        is_listed,
    );
    let client = &field.stage.client;
    for address in [SERVICE, SERVICE_V6] {
        let address = ip(address);
        assert_eq!(
            who_serves(client, address, 6),
            names(&[1, 2]),
            "{way:?} {address}"
        );
        assert_eq!(
            who_resolves(client, address, 6),
            names(&[1, 2]),
            "{way:?} {address}"
        );
    }
    // Whoever serves pages no longer still answers questions.
    let [_first, second] = webs;
    end(second);
    await_that("six real servers", || {
        let lines = table(&director);
        lines.iter().filter(|line| line.starts_with("-a")).count() == 6
    });
    for address in [SERVICE, SERVICE_V6] {
        let address = ip(address);
        assert_eq!(
            who_serves(client, address, 4),
            names(&[1]),
            "{way:?} {address}"
        );
        assert_eq!(
            who_resolves(client, address, 4),
            names(&[1, 2]),
            "{way:?} {address}"
        );
    }
    stop(daemon);
}

/// A service dies with all its processes.
fn end(service: Process) {
    service.kill_tree().expect("a signal");
    drop(service);
}

/// A service of two web servers, the second with this weight.
fn weighted(weight: u8) -> String {
    let servers = [(1, 1), (2, weight)].map(|(number, weight)| {
        format!(
            " real_server 10.1.0.1{number} 80 {{\n  weight {weight}\n  TCP_CHECK {{\n   \
             connect_timeout 1\n   retry 0\n   warmup 0\n  }}\n }}\n"
        )
    });
    format!(
        "virtual_server {SERVICE} 80 {{\n delay_loop 1\n lb_algo wrr\n lb_kind NAT\n \
         protocol TCP\n{}}}\n",
        servers.concat()
    )
}

const LINE: &str = "-A -t 192.168.1.80:80 -s wrr";
const FIRST: &str = "-a -t 192.168.1.80:80 -r 10.1.0.11:80 -m -w 1";

fn second(weight: u8) -> String {
    format!("-a -t 192.168.1.80:80 -r 10.1.0.12:80 -m -w {weight}")
}

/// Who answered, and those who got no answer.
fn summary(requests: &[Request]) -> (BTreeSet<String>, Vec<&Request>) {
    let answers = requests
        .iter()
        .filter_map(|(_, answer)| answer.clone().ok());
    let failures = requests.iter().filter(|(_, answer)| answer.is_err());
    (answers.collect(), failures.collect())
}

fn drained() {
    let field = Field::new(2, "10.1.0.1");
    let director = director(&field);
    let _webs = [1, 2].map(|number| nginx(field.server(number)));
    let daemon = director.run(&weighted(1));
    await_table(&director, &daemon, &[LINE, FIRST, &second(1)]);
    let client = &field.stage.client;
    let crowd = Crowd::start(client, ip(SERVICE));
    // Downloads that take longer than it takes to drain the server, two from each.
    let slow = thread::scope(|scope| {
        let address = std::net::SocketAddr::new(ip(SERVICE), 80);
        let downloads: Vec<_> = (0..4)
            .map(|_| scope.spawn(move || get_from(client, address, "/slow")))
            .collect();
        await_that("downloads from the second server", || {
            let connections = director.shell("ipvsadm -Lnc | grep ESTABLISHED");
            connections.contains("10.1.0.12:80")
        });
        reload(&director, &daemon, &weighted(0));
        await_table(&director, &daemon, &[LINE, FIRST, &second(0)]);
        let results = downloads.into_iter().map(ScopedJoinHandle::join);
        results.collect::<Vec<_>>()
    });
    for download in slow {
        let body = download.expect("a client").expect("a whole download");
        assert_eq!(body.len(), 300_000);
    }
    // From now on nobody new gets there.
    let requests = crowd.stop();
    let (who, failures) = summary(&requests);
    assert_eq!((who, failures), (names(&[1, 2]), Vec::new()));
    assert_eq!(who_serves(client, ip(SERVICE), 10), names(&[1]));
    let crowd = Crowd::start(client, ip(SERVICE));
    reload(&director, &daemon, &weighted(1));
    await_table(&director, &daemon, &[LINE, FIRST, &second(1)]);
    assert_eq!(who_serves(client, ip(SERVICE), 4), names(&[1, 2]));
    let requests = crowd.stop();
    assert_eq!(summary(&requests).1, Vec::<&Request>::new());
    stop(daemon);
}

/// Kills a server under load: how many requests failed, and how long after it the last of them.
fn kill_under_load(program: Program) -> (usize, Duration) {
    let field = Field::new(2, "10.1.0.1");
    let director = field.director("director", 1, program);
    director.shell(&format!("ip addr add {SERVICE}/32 dev eth0"));
    let [_first, dying] = [1, 2].map(|number| nginx(field.server(number)));
    let daemon = director.run(&weighted(1));
    await_table(&director, &daemon, &[LINE, FIRST, &second(1)]);
    let crowd = Crowd::start(&field.stage.client, ip(SERVICE));
    await_that("both answer", || {
        who_serves(&field.stage.client, ip(SERVICE), 2) == names(&[1, 2])
    });
    let died = Instant::now();
    end(dying);
    await_table(&director, &daemon, &[LINE, FIRST]);
    let removed = died.elapsed();
    assert_eq!(who_serves(&field.stage.client, ip(SERVICE), 6), names(&[1]));
    let requests = crowd.stop();
    let (_, failures) = summary(&requests);
    let last = failures.iter().map(|(at, _)| at.duration_since(died)).max();
    let last = last.unwrap_or_default();
    println!(
        "{program:?}: {} of {} failed, the last {last:?} after the end of the server, \
              which was out after {removed:?}",
        failures.len(),
        requests.len()
    );
    daemon.kill(Signal::SIGTERM).expect("a signal");
    (failures.len(), last)
}

fn bereaved() {
    let (_, theirs) = kill_under_load(Program::Keepalived);
    let (_, ours) = kill_under_load(Program::Ours);
    // It is looked at every second; the rest is for a machine that has other things to do.
    let most = Duration::from_secs(3);
    assert!(ours < most, "{ours:?}, with keepalived {theirs:?}");
}
