//! One program on two servers, only one of them working, and no switching back.

use vipd_lab::{PROGRAM, Process};

use crate::stage::{Node, PATIENCE, Stage, kill};

const VIP: &str = "172.16.75.11";
const PORT: u16 = 6999;

fn two_servers() -> (Stage, Node, Node) {
    let stage = Stage::new(&["172.16.75.10/24"]);
    let a = stage.node("node-170", "eth0", "172.16.75.170/24");
    let b = stage.node("node-171", "eth0", "172.16.75.171/24");
    for node in [&a, &b] {
        let check = include_str!("simplehttp/check_simplehttp.sh");
        node.host
            .write_file("/root/simple_http/check_simplehttp.sh", 0o755, check)
            .expect("a script");
        node.host
            .link_file(PROGRAM, "/root/simple_http/simplehttp")
            .expect("a program");
    }
    (stage, a, b)
}

/// Starts the program under the name by which the check looks for it.
fn simplehttp(node: &Node) -> Process {
    let process = node
        .host
        .command("/root/simple_http/simplehttp")
        .args(["lab-web", "6999", node.host.name()])
        .spawn()
        .expect("a service");
    process
        .await_line("serving", PATIENCE)
        .expect("a service that serves");
    process
}

#[test]
fn the_four_steps_of_the_verification() {
    let (stage, a, b) = two_servers();
    let (http_a, http_b) = (simplehttp(&a), simplehttp(&b));
    for (address, name) in [("172.16.75.170", "node-170"), ("172.16.75.171", "node-171")] {
        assert_eq!(stage.who_answers(address, PORT).expect("an answer"), name);
    }
    let daemon_a = a.run(include_str!("simplehttp/a.conf"));
    a.await_holds(VIP);
    let _daemon_b = b.run(include_str!("simplehttp/b.conf"));
    stage.await_answer(VIP, PORT, "node-170");

    kill(http_a);
    b.await_holds(VIP);
    a.await_released(VIP);
    stage.await_answer(VIP, PORT, "node-171");

    let _http_a = simplehttp(&a);
    // Back, but not back in office: wait until the check has found it, then some adverts more.
    daemon_a
        .await_line("VRRP_Script(check) succeeded", PATIENCE)
        .expect("a good check");
    for frame in stage.next_adverts(4) {
        assert_eq!(
            frame.bytes[26..30],
            [172, 16, 75, 171],
            "node-171 is still the master"
        );
    }
    stage.await_answer(VIP, PORT, "node-171");
    assert!(!a.holds(VIP));

    kill(http_b);
    a.await_holds(VIP);
    b.await_released(VIP);
    stage.await_answer(VIP, PORT, "node-170");
}

#[test]
fn notify_scripts_run_at_each_change() {
    let (_stage, a, b) = two_servers();
    let (http_a, _http_b) = (simplehttp(&a), simplehttp(&b));
    let notified = |text: &str| {
        let to = |state: &str| format!("notify_{state} \"/root/simple_http/notify.sh {state}\"\n");
        let lines = to("master") + &to("backup") + &to("fault");
        text.replace("nopreempt\n", &format!("nopreempt\n{lines}"))
    };
    for node in [&a, &b] {
        let script = "#!/bin/sh\necho \"$@\" >> /root/simple_http/states\n";
        node.host
            .write_file("/root/simple_http/notify.sh", 0o755, script)
            .expect("a script");
    }
    let _daemon_a = a.run(&notified(include_str!("simplehttp/a.conf")));
    a.await_holds(VIP);
    let _daemon_b = b.run(&notified(include_str!("simplehttp/b.conf")));
    kill(http_a);
    b.await_holds(VIP);
    await_states(&a, "backup\nmaster\nfault\n");
    await_states(&b, "backup\nmaster\n");
    let _http_a = simplehttp(&a);
    await_states(&a, "backup\nmaster\nfault\nbackup\n");
}

/// The check script may repair the service itself, and then nothing moves.
#[test]
fn a_check_that_restarts_the_service_keeps_the_address() {
    let (stage, a, b) = two_servers();
    let (http_a, _http_b) = (simplehttp(&a), simplehttp(&b));
    let repair = "#!/bin/sh\n\
        ps -C simplehttp --no-header >/dev/null && exit 0\n\
        /root/simple_http/simplehttp lab-web 6999 node-170 >/dev/null 2>&1 &\n\
        echo repaired >> /root/simple_http/repairs\n\
        exit 0\n";
    a.host
        .write_file("/root/simple_http/check_simplehttp.sh", 0o755, repair)
        .expect("a script");
    let daemon_a = a.run(include_str!("simplehttp/a.conf"));
    a.await_holds(VIP);
    let _daemon_b = b.run(include_str!("simplehttp/b.conf"));
    kill(http_a);
    stage.await_answer(VIP, PORT, "node-170");
    assert_eq!(a.shell("cat /root/simple_http/repairs"), "repaired\n");
    assert!(a.holds(VIP) && !b.holds(VIP));
    assert!(!daemon_a.said().contains("FAULT"), "{}", daemon_a.said());
}

/// Waits until the notify scripts of a node have left exactly this.
fn await_states(node: &Node, expected: &str) {
    let end = std::time::Instant::now() + PATIENCE;
    loop {
        let seen = node.shell("cat /root/simple_http/states 2>/dev/null");
        if seen == expected {
            return;
        }
        assert!(
            std::time::Instant::now() < end,
            "{seen:?} and not {expected:?}"
        );
    }
}
