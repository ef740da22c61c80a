//! Interfaces and routes that need a kernel with more modules than most containers have: ipvlan
//! (`use_ipvlan`), routing domains (`vrf`), tunnels in routes (`encap`). Debian's keepalived is the
//! witness: the same file, the same kernel.

use std::cell::RefCell;

use vipd_lab::Process;

use crate::Test;
use crate::field::{Program, await_that};
use crate::stage::{Node, PATIENCE, Stage, stop};

pub(crate) const ALL: &[Test] = &[
    ("an_ipvlan_is_as_with_keepalived", ipvlan),
    ("an_ipvlan_of_a_killed_daemon_is_taken_over", taken_over),
    ("a_virtual_mac_is_in_the_routing_domain_of_its_base", domain),
    ("routes_with_encap_are_as_with_keepalived", tunnels),
];

const VIP: &str = "10.9.0.100";

fn file(words: &str) -> String {
    format!(
        "vrrp_instance A {{\n interface eth0\n virtual_router_id 51\n priority 150\n \
         version 3\n advert_int 0.2\n {words}\n}}\n"
    )
}

fn start(node: &Node, program: Program, file: &str) -> Process {
    node.configure(file);
    if matches!(program, Program::Ours) {
        return node.start();
    }
    let keepalived = node.host.command("/usr/sbin/keepalived");
    let process = keepalived.args(["-n", "-l", "-D", "-G"]).spawn();
    let process = process.expect("Debian's keepalived");
    let started = process.await_line("Startup complete", PATIENCE);
    started.expect("a started keepalived");
    process
}

/// What these commands say while a daemon alone is master, and after its end.
fn play(program: Program, before: &str, words: &str, look: &str) -> [Vec<String>; 2] {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = match program {
        Program::Ours => stage.node("a", "eth0", "10.9.0.1/24"),
        Program::Keepalived => stage.bare_node("a", "eth0", "10.9.0.1/24"),
    };
    node.shell(before);
    let daemon = start(&node, program, &file(words));
    let holds = || node.shell("ip -o addr").contains(VIP);
    await_that("a master", holds);
    let seen = || -> Vec<String> { node.shell(look).lines().map(str::to_owned).collect() };
    // Routes come after addresses.
    let last = RefCell::new(seen());
    await_that("a state that stays", || {
        let now = seen();
        now.len() > 1 && last.replace(now.clone()) == now
    });
    let during = last.into_inner();
    stop(daemon);
    [during, seen()]
}

/// Both programs see the same; what that is.
fn both(before: &str, words: &str, look: &str) -> [Vec<String>; 2] {
    let ours = play(Program::Ours, before, words, look);
    let theirs = play(Program::Keepalived, before, words, look);
    assert_eq!(ours, theirs, "{words}");
    ours
}

/// Interfaces without numbers and hardware addresses, their addresses, and whether IPv6 is on.
const LOOK: &str = "ip -d -o link show type ipvlan | sed 's/^[0-9]*: //; s/@if[0-9]*//; \
    s/ether [0-9a-f:]*//; s/ state [A-Z]*//; s/numtxqueues.*//'; \
    ip -o addr show scope global | sed 's/^[0-9]*: //'; \
    for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo $f $(cat $f); done; \
    for f in /proc/sys/net/ipv4/conf/*/arp_ignore; do echo $f $(cat $f); done";

fn ipvlan() {
    let vip = "virtual_ipaddress {\n 10.9.0.100/24\n }";
    for (line, mode, address) in [
        (
            "use_ipvlan v51 10.9.0.50/24 private",
            "v51@eth0: mode l2 private",
            "v51    inet 10.9.0.50/24",
        ),
        (
            "use_ipvlan 10.9.0.51 vepa",
            "vrrp.51@eth0: mode l2 vepa",
            "vrrp.51    inet 10.9.0.51/32",
        ),
    ] {
        let [during, after] = both("", &format!("{line}\n {vip}"), LOOK);
        let (name, mode) = mode.split_once(' ').expect("two parts");
        let is_it = |line: &&String| line.starts_with(name) && line.contains(mode);
        assert!(during.iter().any(|line| is_it(&line)), "{during:#?}");
        assert!(
            during.iter().any(|line| line.starts_with(address)),
            "{during:#?}"
        );
        assert!(
            during
                .iter()
                .any(|line| line.starts_with("eth0    inet 10.9.0.100/24"))
        );
        assert!(!after.iter().any(|line| line.contains("51")), "{after:#?}");
    }
}

/// All is killed: the interface stays, and whoever starts next has it, whatever it says of it.
fn taken_over() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = stage.node("a", "eth0", "10.9.0.1/24");
    let vip = "virtual_ipaddress {\n 10.9.0.100/24\n }";
    let index = || node.shell("cat /sys/class/net/vrrp.51/ifindex; ip -d link show type ipvlan");
    let number = || index().lines().next().unwrap_or_default().to_owned();
    let same = file(&format!("use_ipvlan 10.9.0.51\n {vip}"));
    let first = start(&node, Program::Ours, &same);
    node.await_holds(VIP);
    let before = number();
    node.host.kill_all().expect("signals");
    drop(first);
    assert_eq!(number(), before);
    let second = start(&node, Program::Ours, &same);
    await_that("the same interface", || {
        second.said().contains("Entering MASTER STATE")
    });
    assert_eq!(number(), before);
    node.host.kill_all().expect("signals");
    drop(second);
    // Another mode is another interface.
    let third = start(
        &node,
        Program::Ours,
        &file(&format!("use_ipvlan 10.9.0.51 vepa\n {vip}")),
    );
    await_that("a new interface", || {
        third.said().contains("Entering MASTER STATE")
    });
    assert!(
        number() != before && index().contains("vepa"),
        "{}",
        index()
    );
    // Removed by somebody else it is made again.
    let before = number();
    node.shell("ip link del vrrp.51");
    await_that("it again", || !number().is_empty() && number() != before);
    await_that("its address", || {
        node.shell("ip -o addr").contains("10.9.0.51/32")
    });
    stop(third);
    assert_eq!(number(), "");
}

fn domain() {
    let before =
        "ip link add red type vrf table 10; ip link set red up; ip link set eth0 master red";
    let words = "vrf red\n use_vmac\n virtual_ipaddress {\n 10.9.0.100/24\n }";
    let look = "ip -o link show type macvlan | sed 's/^[0-9]*: //; s/@if[0-9]*//; s/ state [A-Z]*//'; \
        ip -o addr show type macvlan scope global | sed 's/^[0-9]*: //'; ip route show table 10 | sort";
    let [during, after] = both(before, words, look);
    assert!(
        during[0].starts_with("vrrp.51@eth0") && during[0].contains("master red"),
        "{during:#?}"
    );
    assert!(
        !after.iter().any(|line| line.contains("vrrp.51")),
        "{after:#?}"
    );
}

fn tunnels() {
    let words = "virtual_ipaddress {\n 10.9.0.100/24\n }\n virtual_routes {\n \
        192.0.2.0/24 encap mpls 100/200 via 10.9.0.9 dev eth0\n \
        192.0.3.0/24 encap ip id 5 dst 10.9.0.7 ttl 33 tos 4 via 10.9.0.9 dev eth0\n \
        192.0.4.0/24 encap ip6 id 5 dst fd09::7 hoplimit 33 tc 4 via 10.9.0.9 dev eth0\n \
        192.0.6.0/24 via 10.9.0.9 dev eth0 ttl-propagate disabled\n \
        192.0.7.0/24 as to 1000 via 10.9.0.9 dev eth0\n }";
    let before = "modprobe -a mpls_router mpls_iptunnel ip_tunnel ip6_tunnel";
    let [during, after] = both(before, words, "ip route | sed 's/ *$//'");
    for line in [
        "192.0.2.0/24  encap mpls  100/200 via 10.9.0.9 dev eth0 proto keepalived",
        "192.0.3.0/24  encap ip id 5 src 0.0.0.0 dst 10.9.0.7 ttl 33 tos 4 via 10.9.0.9 dev eth0 proto keepalived",
        "192.0.4.0/24  encap ip6 id 5 src :: dst fd09::7 hoplimit 33 tc 4 via 10.9.0.9 dev eth0 proto keepalived",
        "192.0.7.0/24 via 10.9.0.9 dev eth0 proto keepalived",
    ] {
        assert!(during.iter().any(|seen| seen == line), "{during:#?}");
    }
    assert!(
        !after.iter().any(|line| line.contains("192.0")),
        "{after:#?}"
    );
}
