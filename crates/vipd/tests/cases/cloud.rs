//! Two load balancers where multicast is filtered: unicast peers, and a mail for each change.

use crate::stage::mail::MailServer;
use crate::stage::{Node, PATIENCE, Stage, ip, stop};

const VIP: &str = "59.80.39.110";

fn two_balancers() -> (Stage, Node, Node) {
    let stage = Stage::new(&["192.168.1.10/24"]);
    // The provider routes the virtual address to the segment.
    let routed = stage.client.add_route((ip(VIP), 32), "eth0", None);
    routed.expect("a route to the virtual address");
    let a = stage.node("node-a", "eth0", "192.168.1.100/24");
    let b = stage.node("node-b", "eth0", "192.168.1.101/24");
    for node in [&a, &b] {
        node.port.pass_multicast(false).expect("a filter");
    }
    (stage, a, b)
}

#[test]
fn unicast_peers_find_each_other_and_mail_each_gain_and_loss() {
    let (stage, a, b) = two_balancers();
    let _web = (a.serve(80), b.serve(80));
    let (mail_a, mail_b) = (MailServer::start(&a.host), MailServer::start(&b.host));
    let daemon_a = a.run(include_str!("cloud/a.conf"));
    let daemon_b = b.run(include_str!("cloud/b.conf"));
    a.await_holds(VIP);
    let gained = "[LVS_DEVEL] VRRP Instance VI_1 - Entering MASTER state";
    let lost = "[LVS_DEVEL] VRRP Instance VI_1 - Entering BACKUP state";
    // smtp_alert is off for VRRP unless the file says otherwise.
    assert_eq!(mail_a.subjects(), Vec::<String>::new());
    assert!(
        !b.holds(VIP),
        "adverts arrive although multicast is filtered"
    );

    let with_alerts =
        |text: &str| text.replace("global_defs {", "global_defs {\n   smtp_alert true");
    stop(daemon_a);
    b.await_holds(VIP);
    stop(daemon_b);
    b.await_released(VIP);
    let daemon_a = a.run(&with_alerts(include_str!("cloud/a.conf")));
    let _daemon_b = b.run(&with_alerts(include_str!("cloud/b.conf")));
    a.await_holds(VIP);
    let mail = mail_a.await_subject(gained, PATIENCE);
    assert_eq!(mail.from, "keepalived@qq.com");
    assert_eq!(mail.to, ["your-email@qq.com"]);
    assert!(
        mail.text
            .contains("=> VRRP Instance is now owning VRRP VIPs <="),
        "{}",
        mail.text
    );
    stage.await_answer(VIP, 80, "node-a");

    stop(daemon_a);
    b.await_holds(VIP);
    mail_b.await_subject(gained, PATIENCE);
    let _daemon_a = a.start();
    b.await_released(VIP);
    let mail = mail_b.await_subject(lost, PATIENCE);
    assert!(
        mail.text
            .contains("=> VRRP Instance is no longer owning VRRP VIPs <="),
        "{}",
        mail.text
    );
}

/// `interface etho`: no such interface, so it does not start, and says which one was meant.
#[test]
fn a_mistyped_interface_is_named_with_the_one_that_was_meant() {
    let (_stage, _a, b) = two_balancers();
    b.configure(include_str!("cloud/b-as-printed.conf"));
    let daemon = b
        .host
        .command("/usr/sbin/keepalived")
        .args(["-n", "-l"])
        .output(PATIENCE);
    let daemon = daemon.expect("an end");
    let said = daemon.stdout + &daemon.stderr;
    assert_eq!(daemon.status.code(), Some(2), "{said}");
    assert!(said.contains("etho") && said.contains("eth0"), "{said}");
}
