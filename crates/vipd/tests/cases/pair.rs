//! Two web servers, one virtual address; then checks of two local ports.

use crate::stage::{Node, Stage, kill, stop};

const VIP: &str = "192.168.1.223";
const CHECKED_VIP: &str = "192.168.1.229";

fn two_servers() -> (Stage, Node, Node) {
    let stage = Stage::new(&["192.168.1.10/24"]);
    let a = stage.node("node-a", "eno16777736", "192.168.1.111/24");
    let b = stage.node("node-b", "eno16777736", "192.168.1.199/24");
    (stage, a, b)
}

#[test]
fn the_address_follows_the_daemon() {
    let (stage, a, b) = two_servers();
    let _web = (a.serve(80), b.serve(80));
    let daemon_a = a.run(include_str!("pair/a-1.conf"));
    let _daemon_b = b.run(include_str!("pair/b-1.conf"));
    a.await_holds(VIP);
    stage.await_answer(VIP, 80, "node-a");
    assert!(!b.holds(VIP));

    stop(daemon_a);
    b.await_holds(VIP);
    assert!(!a.holds(VIP), "a stopped daemon leaves nothing behind");
    stage.await_answer(VIP, 80, "node-b");

    let _daemon_a = a.start();
    a.await_holds(VIP);
    b.await_released(VIP);
    stage.await_answer(VIP, 80, "node-a");
}

/// As printed, the checks vanish (no blank before the quote) and even two of them would not
/// outweigh 20 points: the address stays, as with keepalived.
#[test]
fn as_printed_the_checks_change_nothing() {
    let (stage, a, b) = two_servers();
    let web_a = a.serve(80);
    let _web_b = b.serve(80);
    let daemon_a = a.run(include_str!("pair/a-2-as-printed.conf"));
    let daemon_b = b.run(include_str!("pair/b-2-as-printed.conf"));
    a.await_holds(CHECKED_VIP);
    stage.await_answer(CHECKED_VIP, 80, "node-a");
    for said in [daemon_a.said(), daemon_b.said()] {
        assert!(
            said.contains("`vrrp_script chk_http_port` has no command"),
            "{said}"
        );
        assert!(
            said.contains("`vrrp_script chk_mysql_port` has no command"),
            "{said}"
        );
    }
    kill(web_a);
    // The master goes on: its next adverts still have its own priority, so nobody takes over.
    for frame in stage.next_adverts(3) {
        assert_eq!(
            frame.bytes[26..30],
            [192, 168, 1, 111],
            "node-a is still the master"
        );
        assert_eq!(frame.bytes[36], 100, "with its own priority");
    }
    assert!(a.holds(CHECKED_VIP) && !b.holds(CHECKED_VIP));
}

/// With the blank and a weight that outweighs the gap, the address follows each service.
#[test]
fn with_the_advised_changes_the_address_follows_both_ports() {
    let (stage, a, b) = two_servers();
    let ports = [80, 3306];
    let mut services = ports.map(|port| Some(a.serve(port)));
    let _services_b = ports.map(|port| b.serve(port));
    let _daemon_a = a.run(include_str!("pair/a-2-fixed.conf"));
    let _daemon_b = b.run(include_str!("pair/b-2-fixed.conf"));
    a.await_holds(CHECKED_VIP);

    for (port, service) in ports.into_iter().zip(&mut services) {
        kill(service.take().expect("a service"));
        b.await_holds(CHECKED_VIP);
        a.await_released(CHECKED_VIP);
        stage.await_answer(CHECKED_VIP, port, "node-b");
        *service = Some(a.serve(port));
        a.await_holds(CHECKED_VIP);
        b.await_released(CHECKED_VIP);
        stage.await_answer(CHECKED_VIP, port, "node-a");
    }
}
