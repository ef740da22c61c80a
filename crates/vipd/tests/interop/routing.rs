//! Addresses, routes and rules: what the same file gives with vipd and with Debian's keepalived.

use std::time::Instant;

use vipd_lab::Port;

use crate::Make::{Keepalived, Vipd};
use crate::stage::{Node, PATIENCE, Stage, stop};
use crate::{Make, node, start};

const VIP: &str = "10.9.0.100";

const FILE: &str = "
static_ipaddress {
    10.5.5.5/24 dev eth1
    10.5.6.5/24
    fd05::5/64 dev eth1
}
static_routes {
    192.0.20.0/24 dev eth1
    192.0.23.0/24 via 10.5.5.254 dev eth1 add
    192.0.24.0/24 dev eth1 metric 7 append
    192.0.25.0/24 dev eth1 table nosuch
    10.77.0.1 dev eth1
}
static_rules {
    from 10.1.2.3 table 200 preference 700
    from 10.1.2.6 table 200
    from 10.1.2.7 table 200
    from 10.1.2.8 table 200 bogus
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 77
    priority 200
    version 3
    advert_int 0.2
    virtual_ipaddress {
        10.9.0.100/24
    }
    virtual_ipaddress_excluded {
        fd09::100/64
    }
    virtual_routes {
        192.0.2.0/24 dev eth1
        192.0.3.0/24 via 10.9.0.254
        192.0.4.0/24 via 10.9.0.254 dev eth0 src 10.9.0.100 metric 50
        default via 10.9.0.253 dev eth0 table 100
        blackhole 192.0.5.0/24
        unreachable 192.0.6.0/24
        prohibit 192.0.7.0/24
        throw 192.0.8.0/24
        192.0.9.0/24 dev eth0 scope link mtu lock 1400 advmss 1300 rtt 300ms rttvar 250ms rto_min 200ms window 1000 cwnd 10 ssthresh 20 initcwnd 11 initrwnd 12 quickack 1 congctl reno hoplimit 33 features ecn reordering 5
        192.0.10.0/24 nexthop via 10.9.0.254 dev eth0 weight 2 nexthop via 10.5.5.254 dev eth1 weight 1
        192.0.11.0/24 via 172.31.0.1 dev eth0 onlink
        192.0.13.0/24 dev eth0 tos 0x10 realms 3/4 protocol 99 no_track
        192.0.14.0/24 via 10.9.0.254 or 10.5.5.254
        192.0.16.0/24 dev eth0 fastopen_no_cookie 1 append
        2001:db8::/64 via fd05::9 dev eth1
        2001:db8:1::/64 dev eth0 metric 5 expires 6000 pref high
        blackhole 2001:db8:2::/64
        2001:db8:3::/64 nexthop via fd05::9 dev eth1 weight 2 nexthop via fd05::8 dev eth1
    }
    virtual_rules {
        from 192.0.2.0/24 table 100
        from 10.9.0.0/16 to 10.8.0.0/16 tos 0x10 fwmark 5/0xff table 101 preference 900
        not from 10.7.0.0/16 lookup main priority 901
        iif eth0 oif eth1 table 102 priority 902
        to 10.6.0.0/16 blackhole preference 903
        to 10.6.0.0/16 type prohibit preference 904
        to 10.6.0.0/16 unreachable preference 905
        from all nop preference 906
        from all goto 908 preference 907
        from all table 103 suppress_prefixlength 8 suppress_ifgroup 3 preference 908
        from all ipproto tcp dport 1000-2000 table 104 preference 909
        from all uidrange 0-100 table 105 preference 910
        from all tunnel-id 77 table 106 preference 911
        from all l3mdev preference 912
        from all table 107 realms 5/6 preference 913
        from fd01::/16 table 109 preference 915
        from all table 110 protocol 77 no_track preference 916
        from all table 400 preference 917
    }
}
";

/// What `ip` says with these words, a line each.
fn ip(node: &Node, words: &str) -> Vec<String> {
    let command = node.host.command("ip").args(words.split_whitespace());
    let output = command.output(PATIENCE).expect("ip");
    output.stdout.lines().map(str::to_owned).collect()
}

/// Everything that a daemon can have put there. What the kernel makes for itself, and numbers
/// that run, are left out.
fn state(node: &Node) -> Vec<String> {
    let mut lines = ip(node, "-d route show table all");
    lines.extend(ip(node, "-6 -d route show table all"));
    lines.extend(ip(node, "rule"));
    lines.extend(ip(node, "-6 rule"));
    lines.extend(ip(node, "-o addr show"));
    lines.retain(|line| !line.contains("proto kernel") && !line.contains("fe80::"));
    lines
        .into_iter()
        .map(|line| {
            let words = line.split_whitespace();
            let words: Vec<&str> = words.filter(|word| !word.ends_with("sec")).collect();
            words.join(" ")
        })
        .collect()
}

/// Waits until `node` is as wanted.
fn await_state(node: &Node, wanted: &[String]) {
    let end = Instant::now() + PATIENCE;
    loop {
        let now = state(node);
        if now == wanted {
            return;
        }
        assert!(Instant::now() < end, "{now:#?}\nshould be {wanted:#?}");
    }
}

fn two_interfaces(stage: &Stage, make: Make, name: &str, address: &str) -> (Node, Port) {
    let node = node(stage, make, name, address);
    let second = stage.switch.connect(&node.host, "eth1", &[]);
    (node, second.expect("a cable"))
}

/// The state before, as master, after something of everything was removed by others, and after
/// the end.
fn course(make: Make) -> [Vec<String>; 3] {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let (node, _second) = two_interfaces(&stage, make, "node-a", "10.9.0.1/24");
    let before = state(&node);
    // Left behind by an earlier run.
    ip(&node, "route add 192.0.20.0/24 dev eth1 proto keepalived");
    ip(
        &node,
        "rule add from 10.1.2.3 table 200 preference 700 protocol 18",
    );
    let daemon = start(&node, make, FILE);
    node.await_holds(VIP);
    let rule = "917: from all lookup 400 proto keepalived".to_owned();
    let end = Instant::now() + PATIENCE;
    while !state(&node).contains(&rule) {
        assert!(Instant::now() < end, "{}", daemon.said());
    }
    let master = state(&node);
    for words in [
        "route del 192.0.20.0/24",
        "addr del 10.5.6.5/24 dev eth0",
        "rule del preference 700",
        "route del 192.0.2.0/24",
        "rule del preference 900",
        "addr del 10.9.0.100/24 dev eth0",
    ] {
        ip(&node, words);
    }
    await_restored(&node, &master);
    stop(daemon);
    let after = state(&node);
    [before, master, after]
}

/// Everything is there again; what was put back may stand in another place.
fn await_restored(node: &Node, wanted: &[String]) {
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    let wanted = sorted(wanted.to_vec());
    let end = Instant::now() + PATIENCE;
    loop {
        let now = sorted(state(node));
        if now == wanted {
            return;
        }
        assert!(Instant::now() < end, "{now:#?}\nshould be {wanted:#?}");
    }
}

#[test]
fn the_same_file_gives_the_same_routes_and_rules() {
    let [before, ours, after] = course(Vipd);
    let [_, theirs, _] = course(Keepalived);
    assert!(theirs.iter().any(|line| line.contains("192.0.10.0/24")));
    assert_eq!(ours, theirs);
    assert_eq!(after, before);
}

/// A route and a rule of the VIP go over to the other node, whichever make it is.
#[test]
fn routes_move_with_the_master() {
    for makes in [[Vipd, Keepalived], [Keepalived, Vipd]] {
        let stage = Stage::new(&["10.9.0.9/24"]);
        let (a, _second_a) = two_interfaces(&stage, makes[0], "node-a", "10.9.0.1/24");
        let (b, _second_b) = two_interfaces(&stage, makes[1], "node-b", "10.9.0.2/24");
        let idle = state(&b);
        let file = |priority| FILE.replace("priority 200", &format!("priority {priority}"));
        let first = start(&a, makes[0], &file(200));
        a.await_holds(VIP);
        let second = start(&b, makes[1], &file(100));
        let heard = second.await_line("Entering BACKUP STATE", PATIENCE);
        heard.expect("a backup");
        let is_virtual =
            |line: &String| line.contains("192.0.11.0/24") || line.contains("lookup 400");
        assert_eq!(state(&b).iter().filter(|line| is_virtual(line)).count(), 0);
        stop(first);
        b.await_holds(VIP);
        let end = Instant::now() + PATIENCE;
        while state(&b).iter().filter(|line| is_virtual(line)).count() < 2 {
            assert!(Instant::now() < end, "{:#?}", state(&b));
        }
        stop(second);
        await_state(&b, &idle);
    }
}
