//! vipd and the vrrpd of FRR, which speaks version 3 with a virtual MAC.

use vipd_lab::{Process, Signal};

use crate::Make::Vipd;
use crate::stage::{Node, PATIENCE, Stage, TAKEOVER};
use crate::{node, stage, start};

const VIP: &str = "10.9.0.100";
const VIP6: &str = "fd09::100";

/// FRR's daemons in a node.
struct Frr {
    daemons: Vec<Process>,
}

impl Frr {
    /// Gives the node the interface that FRR wants, and starts zebra and vrrpd.
    fn start(node: &Node, priority: u8, words: &str) -> Self {
        let address = format!("ip {VIP}\n {words}");
        Self::start_on(
            node,
            priority,
            &address,
            &format!(
                "ip link add vrrp4 link eth0 address 00:00:5e:00:01:4d type macvlan mode bridge
                ip addr add {VIP}/24 dev vrrp4
                ip link set vrrp4 up"
            ),
        )
    }

    /// The same over IPv6.
    fn start_ipv6(node: &Node, priority: u8) -> Self {
        Self::start_on(
            node,
            priority,
            &format!("ipv6 {VIP6}"),
            &format!(
                "ip link add vrrp6 link eth0 address 00:00:5e:00:02:4d type macvlan mode bridge
                ip link set vrrp6 addrgenmode random
                ip addr add {VIP6}/64 dev vrrp6 nodad
                ip link set vrrp6 up"
            ),
        )
    }

    /// `address`: what vrrpd is told of the address; `link`: commands that make its interface.
    fn start_on(node: &Node, priority: u8, address: &str, link: &str) -> Self {
        let host = &node.host;
        let prepared = host
            .command("/bin/sh")
            .arg("-c")
            .arg(format!(
                "set -e
                sed -i 's/^frrvty:.*/&,root/' /etc/group
                mkdir -p /run/frr
                {link}"
            ))
            .output(PATIENCE)
            .expect("a shell");
        assert!(prepared.status.success(), "{}", prepared.stderr);
        host.write_file("/srv/zebra.conf", 0o644, "")
            .expect("a file");
        let configuration = format!(
            "interface eth0
 vrrp 77 version 3
 vrrp 77 priority {priority}
 vrrp 77 advertisement-interval 200
 vrrp 77 {address}
"
        );
        host.write_file("/srv/vrrpd.conf", 0o644, configuration)
            .expect("a file");
        let run = |name: &str| {
            host.command(format!("/usr/lib/frr/{name}"))
                .args(["-u", "root", "-g", "root", "--log", "stdout", "-P", "0"])
                .args(["--vty_socket", "/run/frr", "-z", "/run/frr/zserv.api"])
                .args(["-f".to_owned(), format!("/srv/{name}.conf")])
                .args(["-i".to_owned(), format!("/run/frr/{name}.pid")])
                .spawn()
                .expect("a daemon of FRR")
        };
        let zebra = run("zebra");
        await_file(node, "/run/frr/zserv.api");
        let vrrpd = run("vrrpd");
        Self {
            daemons: vec![vrrpd, zebra],
        }
    }

    /// Stops vrrpd and then zebra.
    fn stop(self) {
        for mut daemon in self.daemons {
            daemon.kill(Signal::SIGTERM).expect("a signal");
            daemon.wait(PATIENCE).expect("an end");
        }
    }
}

/// Waits for a path to exist.
fn await_file(node: &Node, path: &str) {
    let waited = node
        .host
        .command("/bin/sh")
        .arg("-c")
        .arg(format!("until [ -e {path} ]; do sleep 0.01; done"))
        .status(PATIENCE);
    assert!(waited.expect(path).success());
}

fn ours(priority: u8, words: &str) -> String {
    format!(
        "vrrp_instance VI_1 {{
    version 3
    interface eth0
    virtual_router_id 77
    priority {priority}
    advert_int 0.2
    {words}
    virtual_ipaddress {{
        {VIP}/24
    }}
}}
"
    )
}

/// FRR is master; it leaves, vipd takes over; it returns and is preferred.
#[test]
fn vipd_backs_up_frr() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let (frr, vipd) = (
        stage.bare_node("node-a", "eth0", "10.9.0.1/24"),
        node(&stage, Vipd, "node-b", "10.9.0.2/24"),
    );
    let router = Frr::start(&frr, 200, "");
    let heard = stage.next_adverts(1);
    assert_eq!(heard[0].bytes[26..30], [10, 9, 0, 1]);
    let daemon = start(&vipd, Vipd, &ours(100, ""));
    for frame in stage.next_adverts(5) {
        assert_eq!(
            frame.bytes[26..30],
            [10, 9, 0, 1],
            "FRR stays master:\n{}",
            daemon.said()
        );
    }
    assert!(!vipd.holds(VIP));

    router.stop();
    vipd.await_holds(VIP);
    frr.host
        .command("ip")
        .args(["link", "del", "vrrp4"])
        .status(PATIENCE)
        .expect("a removal");
    let router = Frr::start(&frr, 200, "");
    vipd.await_released(VIP);
    daemon
        .await_line(
            "Master received advert from 10.9.0.1 with higher priority 200, ours 100",
            TAKEOVER,
        )
        .expect("the reason");
    router.stop();
}

/// vipd is master; FRR hears it and stays backup; vipd stops, FRR takes over; vipd returns.
#[test]
fn frr_backs_up_vipd() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let (vipd, frr) = (
        node(&stage, Vipd, "node-a", "10.9.0.1/24"),
        stage.bare_node("node-b", "eth0", "10.9.0.2/24"),
    );
    let daemon = start(&vipd, Vipd, &ours(200, ""));
    vipd.await_holds(VIP);
    let _router = Frr::start(&frr, 100, "");
    for frame in stage.next_adverts(5) {
        assert_eq!(frame.bytes[26..30], [10, 9, 0, 1], "vipd stays master");
    }
    stage::stop(daemon);
    await_advert_of(&stage, [10, 9, 0, 2]);
    assert!(!vipd.holds(VIP));
    let _daemon = start(&vipd, Vipd, &ours(200, ""));
    vipd.await_holds(VIP);
    await_advert_of(&stage, [10, 9, 0, 1]);
    for frame in stage.next_adverts(5) {
        assert_eq!(frame.bytes[26..30], [10, 9, 0, 1], "FRR has yielded");
    }
}

/// Waits until the client hears an advert of a router.
fn await_advert_of(stage: &Stage, source: [u8; 4]) {
    let capture = stage.client.capture("eth0").expect("a capture");
    capture
        .await_frame(
            |frame| stage::is_advert(frame) && frame.bytes[26..30] == source,
            TAKEOVER,
        )
        .expect("its advert");
}

/// The same file over IPv6.
fn ours_ipv6(priority: u8) -> String {
    ours(priority, "").replace(&format!("{VIP}/24"), &format!("{VIP6}/64"))
}

/// Over IPv6: FRR is master, vipd hears it; FRR leaves, vipd takes over; FRR returns and is
/// preferred; and the same with vipd as master.
#[test]
fn over_ipv6_they_hear_each_other() {
    for (theirs, is_frr) in [(200, true), (50, false)] {
        let stage = Stage::new(&["10.9.0.9/24"]);
        let frr = stage.bare_node("node-a", "eth0", "10.9.0.1/24");
        let vipd = node(&stage, Vipd, "node-b", "10.9.0.2/24");
        frr.add_ipv6("eth0", "fd09::1/64");
        vipd.add_ipv6("eth0", "fd09::2/64");
        let daemon = start(&vipd, Vipd, &ours_ipv6(100));
        vipd.await_holds(VIP6);
        let router = Frr::start_ipv6(&frr, theirs);
        if is_frr {
            vipd.await_released(VIP6);
            let reason = daemon.await_line("with higher priority 200, ours 100", TAKEOVER);
            reason.expect("the reason");
            await_priority(&stage, 200);
        }
        let master = if is_frr { 200 } else { 100 };
        for frame in stage.next_adverts(8) {
            let priority = frame.bytes[stage::message_at(&frame.bytes) + 2];
            assert_eq!(priority, master, "{}", daemon.said());
        }
        if is_frr {
            router.stop();
            vipd.await_holds(VIP6);
        } else {
            stage::stop(daemon);
            await_priority(&stage, 50);
            assert!(!vipd.holds(VIP6));
        }
    }
}

/// Waits until the client hears an advert of a priority.
fn await_priority(stage: &Stage, priority: u8) {
    let capture = stage.client.capture("eth0").expect("a capture");
    let is_it = |frame: &vipd_lab::Frame| {
        let at = stage::message_at(&frame.bytes) + 2;
        stage::is_advert(frame) && frame.bytes[at] == priority
    };
    capture.await_frame(is_it, TAKEOVER).expect("its advert");
}

/// The checksum without a pseudo header, which some routers insist on: both can be told.
#[test]
fn with_the_checksum_of_version_2_they_still_hear_each_other() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let frr = stage.bare_node("node-a", "eth0", "10.9.0.1/24");
    let vipd = node(&stage, Vipd, "node-b", "10.9.0.2/24");
    let router = Frr::start(&frr, 200, "no vrrp 77 checksum-with-ipv4-pseudoheader");
    stage.next_adverts(1);
    let daemon = start(&vipd, Vipd, &ours(100, "v3_checksum_as_v2 true"));
    for frame in stage.next_adverts(5) {
        assert_eq!(
            frame.bytes[26..30],
            [10, 9, 0, 1],
            "FRR stays master:\n{}",
            daemon.said()
        );
    }
    router.stop();
    vipd.await_holds(VIP);
    frr.host
        .command("ip")
        .args(["link", "del", "vrrp4"])
        .status(PATIENCE)
        .expect("a removal");
    let _router = Frr::start(&frr, 50, "no vrrp 77 checksum-with-ipv4-pseudoheader");
    await_advert_of(&stage, [10, 9, 0, 2]);
    for frame in stage.next_adverts(5) {
        assert_eq!(
            frame.bytes[26..30],
            [10, 9, 0, 2],
            "FRR hears vipd and stays backup"
        );
    }
}
