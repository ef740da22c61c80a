//! Virtual MAC addresses: what the same file gives with vipd and with Debian's keepalived, and
//! what becomes of the interfaces when things go wrong.

use std::time::Instant;

use vipd_lab::{Process, Signal};

use crate::Make::{Keepalived, Vipd};
use crate::stage::{Node, PATIENCE, Stage, stop};
use crate::{Make, node, start};

const VIP: &str = "10.9.0.100";

fn file(words: &str) -> String {
    format!(
        "vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 77
    priority 200
    version 3
    advert_int 0.1
    {words}
}}
"
    )
}

const ADDRESS: &str = "virtual_ipaddress {\n 10.9.0.100/24\n }";

/// What `ip` says with these words, a line each, without what differs from host to host.
fn ip(node: &Node, words: &str) -> Vec<String> {
    let command = node.host.command("ip").args(words.split_whitespace());
    let output = command.output(PATIENCE).expect("ip");
    let line = |line: &str| -> String {
        let words = line.split_whitespace().skip(1);
        words
            .filter(|w| !w.ends_with("sec"))
            .collect::<Vec<_>>()
            .join(" ")
            // Until the kernel has looked at the carrier of a new link.
            .replace("state UNKNOWN", "state UP")
    };
    output.stdout.lines().map(line).collect()
}

/// Settings of the network, one on each line.
fn settings(node: &Node) -> Vec<String> {
    let text = node.shell(
        "cd /proc/sys/net; for f in ipv4/conf/*/* ipv6/conf/*/*; do
        case $f in */stable_secret|*/mc_forwarding) continue;; esac
        echo \"$f $(cat $f 2>/dev/null)\"; done",
    );
    text.lines().map(str::to_owned).collect()
}

/// Interfaces made by the daemon, their addresses and groups, rules of nftables, and all settings.
fn state(node: &Node) -> Vec<String> {
    let mut lines = ip(node, "-d -o link show type macvlan");
    let rules = node.shell("/usr/sbin/nft list ruleset");
    lines.extend(rules.lines().map(|line| format!("nft {}", line.trim())));
    lines.extend(ip(node, "-o addr show"));
    lines.extend(settings(node));
    lines.retain(|line| !line.contains("link/ether") || line.contains("00:00:5e:00"));
    lines
}

/// One daemon alone, as master: what is there then and after its end.
fn play(make: Make, globals: &str, words: &str) -> [Vec<String>; 3] {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, make, "node-a", "10.9.0.1/24");
    // The same link-local address in both runs.
    node.shell("ip link set eth0 down; ip link set eth0 address 02:00:00:00:00:01 up");
    await_true(&node, "ip link show eth0 | grep 'state UP'");
    node.shell("echo 1 > /proc/sys/net/ipv4/conf/default/arp_filter");
    let before = state(&node);
    let file = format!("global_defs {{\n nftables\n{globals}}}\n{}", file(words));
    let daemon = start(&node, make, &file);
    node.await_holds(last_vip(words));
    let during = state(&node);
    stop(daemon);
    [before, during, state(&node)]
}

/// The last address in a list of addresses: it is there after all others.
fn last_vip(words: &str) -> &str {
    let addresses = words.split_whitespace();
    let mut last = addresses.filter_map(|word| {
        let address = word.split('/').next()?;
        address
            .parse::<std::net::IpAddr>()
            .is_ok()
            .then_some(address)
    });
    last.next_back().expect("an address")
}

fn same_state(words: &str) {
    same_state_with("", words);
}

fn same_state_with(globals: &str, words: &str) {
    let [_, theirs, _] = play(Keepalived, globals, words);
    let [before, ours, after] = play(Vipd, globals, words);
    for line in &theirs {
        assert!(
            ours.contains(line),
            "keepalived has: {line}\nvipd has {ours:#?}"
        );
    }
    for line in &ours {
        assert!(
            theirs.contains(line),
            "vipd has: {line}\nkeepalived has {theirs:#?}"
        );
    }
    assert_eq!(before, after, "everything is put back");
}

#[test]
fn the_interface_is_the_same() {
    same_state(&format!("use_vmac\n {ADDRESS}"));
}

#[test]
fn with_adverts_on_the_interface_below_it_is_the_same() {
    same_state(&format!("use_vmac\n vmac_xmit_base\n {ADDRESS}"));
}

/// V2-5, V3-8.
#[test]
fn name_and_hardware_address_are_the_same() {
    same_state(&format!("use_vmac out 02:00:00:00:00:77\n {ADDRESS}"));
}

/// V3-76.
#[test]
fn over_ipv6_it_is_the_same() {
    same_state("use_vmac\n virtual_ipaddress {\n fe80::100\n 2001:db8::100/64\n }");
}

#[test]
fn an_address_of_the_other_family_is_in_the_same_place() {
    same_state(&format!(
        "use_vmac\n {ADDRESS}\n virtual_ipaddress_excluded {{\n 2001:db8::100/64\n }}"
    ));
}

#[test]
fn with_addresses_that_answer_nothing_it_is_the_same() {
    same_state(&format!("use_vmac\n no_accept\n {ADDRESS}"));
}

#[test]
fn without_reports_of_memberships_it_is_the_same() {
    same_state_with("disable_local_igmp\n", &format!("use_vmac\n {ADDRESS}"));
}

#[test]
fn with_counters_and_a_table_of_another_name_it_is_the_same() {
    let [_, mut theirs, _] = play(
        Keepalived,
        "nftables_counters\n",
        "use_vmac\n virtual_ipaddress {\n 2001:db8::100/64\n }",
    );
    let [_, mut ours, _] = play(
        Vipd,
        "nftables_counters\n",
        "use_vmac\n virtual_ipaddress {\n 2001:db8::100/64\n }",
    );
    for lines in [&mut theirs, &mut ours] {
        lines.retain(|line| line.starts_with("nft"));
        for line in lines {
            // How many packets there were is no matter.
            if let Some((before, after)) = line.split_once(" counter packets ") {
                *line = format!(
                    "{before} counter {}",
                    after.rsplit(' ').next().unwrap_or("")
                );
            }
        }
    }
    assert!(!ours.is_empty());
    assert_eq!(ours, theirs);
}

#[test]
fn names_that_begin_otherwise_are_the_same() {
    let globals = "vmac_prefix own\n vmac_addr_prefix other\n";
    let words = format!(
        "use_vmac\n use_vmac_addr\n {ADDRESS}\n virtual_ipaddress_excluded {{\n 2001:db8::100/64\n }}"
    );
    let seen = |make| {
        let [_, mut during, _] = play(make, globals, &words);
        during.retain(|line| line.contains("macvlan") || line.starts_with("nft"));
        during
    };
    let ours = seen(Vipd);
    assert!(
        ours.iter().any(|line| line.contains("other.77")),
        "{ours:#?}"
    );
    assert_eq!(ours, seen(Keepalived));
}

#[test]
fn promoting_other_addresses_is_the_same() {
    same_state(&format!("promote_secondaries\n {ADDRESS}"));
}

#[test]
fn a_group_of_interfaces_is_set() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, Vipd, "node-a", "10.9.0.1/24");
    node.shell("ip link set eth0 group 7");
    let daemon = master(&node);
    await_true(&node, "ip link show vrrp.77 | grep 'group 7'");
    stop(daemon);
    let words = file(&format!("use_vmac vrrp.77 group 12\n {ADDRESS}"));
    let daemon = start(&node, Vipd, &words);
    node.await_holds(VIP);
    await_true(&node, "ip link show vrrp.77 | grep 'group 12'");
    stop(daemon);
}

/// Switches would learn the virtual MAC address at a backup.
#[test]
fn memberships_are_reported_by_the_interface_below_only() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, Vipd, "node-a", "10.9.0.1/24");
    let capture = stage.client.capture("eth0").expect("a capture");
    let daemon = master(&node);
    let seen = std::cell::RefCell::new(Vec::new());
    let is_report = |frame: &vipd_lab::Frame| {
        let bytes = &frame.bytes;
        let is_igmp = bytes.get(12..14) == Some(&[8, 0]) && bytes.get(23) == Some(&2);
        if is_igmp {
            seen.borrow_mut().push(bytes[6..12].to_vec());
        }
        // Reports are repeated; some time after the group was joined on both.
        seen.borrow().len() >= 2
    };
    capture.await_frame(is_report, PATIENCE).expect("reports");
    for sender in seen.into_inner() {
        assert_ne!(sender[..5], [0, 0, 0x5e, 0, 1], "{sender:x?}");
    }
    stop(daemon);
}

/// Everything was killed, and the file no longer says `use_vmac`.
#[test]
fn settings_are_put_back_by_the_next_start() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, Vipd, "node-a", "10.9.0.1/24");
    let before = settings(&node);
    let mut daemon = master(&node);
    node.shell(
        "pids=$(pidof keepalived); kill -KILL $pids; \
         for pid in $pids; do tail --pid=$pid -f /dev/null; done; ip link del vrrp.77",
    );
    daemon.wait(PATIENCE).expect("an end");
    assert_ne!(settings(&node), before);
    let again = start(&node, Vipd, &file(ADDRESS));
    node.await_holds(VIP);
    assert_eq!(settings(&node), before);
    stop(again);
    assert_eq!(node.shell("ls /run/*.settings 2>/dev/null"), "");
}

/// Waits until a shell command succeeds.
fn await_true(node: &Node, script: &str) {
    let end = Instant::now() + PATIENCE;
    while node.shell(&format!("{script} && echo yes")).is_empty() {
        assert!(Instant::now() < end, "{script}");
    }
}

fn index(node: &Node) -> String {
    node.shell(
        "cat /sys/class/net/vrrp.77/ifindex 2>/dev/null || ip -o link show vrrp.77 | cut -d: -f1",
    )
}

fn master(node: &Node) -> Process {
    let daemon = start(node, Vipd, &file(&format!("use_vmac\n {ADDRESS}")));
    node.await_holds(VIP);
    daemon
}

#[test]
fn what_a_killed_daemon_left_is_taken_over() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, Vipd, "node-a", "10.9.0.1/24");
    let mut daemon = master(&node);
    let before = index(&node);
    // Both processes at once: nobody cleans up.
    node.shell(
        "pids=$(pidof keepalived); kill -KILL $pids; \
         for pid in $pids; do tail --pid=$pid -f /dev/null; done",
    );
    daemon.wait(PATIENCE).expect("an end");
    assert_eq!(index(&node), before);
    let again = master(&node);
    assert_eq!(index(&node), before, "the same interface");
    stop(again);
    assert!(index(&node).is_empty());
    assert!(!node.holds(VIP));
}

#[test]
fn a_new_vrrp_process_keeps_interface_and_address() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, Vipd, "node-a", "10.9.0.1/24");
    let before = settings(&node);
    let daemon = master(&node);
    let link = index(&node);
    node.shell("ip monitor link addr > /srv/heard & echo $! > /srv/monitor");
    daemon
        .await_line("Entering MASTER", PATIENCE)
        .expect("a master");
    // The child is the younger one.
    node.shell("kill -KILL $(pidof keepalived | tr ' ' '\\n' | sort -n | tail -1)");
    daemon
        .await_line("carrying on in MASTER STATE", PATIENCE)
        .expect("a successor");
    assert_eq!(index(&node), link);
    assert!(node.holds(VIP));
    node.shell("kill $(cat /srv/monitor)");
    let heard = node.shell("cat /srv/heard");
    assert!(!heard.contains("Deleted"), "{heard}");
    stop(daemon);
    assert_eq!(
        settings(&node),
        before,
        "the successor puts everything back"
    );
}

#[test]
fn the_interface_comes_back_with_the_one_below() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, Vipd, "node-a", "10.9.0.1/24");
    node.shell("ip link add va type veth peer name vb; ip link set vb up; ip link set va up; ip addr add 10.8.0.1/24 dev va");
    let words = file("use_vmac\n virtual_ipaddress {\n 10.8.0.100/24\n }").replace("eth0", "va");
    let daemon = start(&node, Vipd, &words);
    node.await_holds("10.8.0.100");
    node.shell("ip link del va");
    daemon
        .await_line("Entering FAULT STATE", PATIENCE)
        .expect("a fault");
    node.shell("ip link add va type veth peer name vb; ip link set vb up; ip addr add 10.8.0.1/24 dev va; ip link set va up");
    node.await_holds("10.8.0.100");
    await_true(&node, "ip -o link show vrrp.77 | grep 00:00:5e:00:01:4d");
    // And when it alone is removed.
    node.shell("ip link del vrrp.77");
    await_true(&node, "ip -o addr show dev vrrp.77 | grep 10.8.0.100");
    stop(daemon);
}

#[test]
fn an_interface_of_another_kind_is_left_alone() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, Vipd, "node-a", "10.9.0.1/24");
    node.shell("ip link add vrrp.77 type veth peer name other");
    let mut daemon = start(&node, Vipd, &file(&format!("use_vmac\n {ADDRESS}")));
    daemon
        .await_line(
            "there is an interface of this name that is no macvlan",
            PATIENCE,
        )
        .expect("a reason");
    daemon.kill(Signal::SIGTERM).expect("a signal");
    daemon.wait(PATIENCE).expect("an end");
    assert!(!index(&node).is_empty());
}

#[test]
fn a_reload_adds_and_removes_the_interface() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, Vipd, "node-a", "10.9.0.1/24");
    let before = settings(&node);
    let daemon = start(&node, Vipd, &file(ADDRESS));
    node.await_holds(VIP);
    node.configure(&file(&format!("use_vmac\n {ADDRESS}")));
    daemon.kill(Signal::SIGHUP).expect("a signal");
    await_true(&node, "ip -o addr show dev vrrp.77 | grep 10.9.0.100");
    node.configure(&file(ADDRESS));
    daemon.kill(Signal::SIGHUP).expect("a signal");
    await_true(&node, "ip -o addr show dev eth0 | grep 10.9.0.100");
    await_true(&node, "! ip link show vrrp.77 2>/dev/null");
    assert_eq!(settings(&node), before);
    stop(daemon);
}
