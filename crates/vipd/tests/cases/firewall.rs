//! Addresses that answer nothing: packets to them are dropped, neighbours are answered all the
//! same, and that holds whatever becomes of a process.

use vipd_lab::Signal;

use crate::stage::{Node, PATIENCE, Stage, stop};

const V4: &str = "10.0.0.100";
const V6: &str = "2001:db8::100";

fn configuration(words: &str) -> String {
    let instance = |name: &str, vrid: u8, address: &str| {
        format!(
            "vrrp_instance {name} {{\n interface eth0\n virtual_router_id {vrid}\n \
             priority 200\n version 3\n advert_int 0.2\n {words}\n \
             virtual_ipaddress {{\n {address}\n }}\n}}\n"
        )
    };
    instance("A", 7, &format!("{V4}/24")) + &instance("B", 8, &format!("fe80::100\n {V6}/64"))
}

/// Whether the client gets an answer.
fn answers(stage: &Stage, address: &str) -> bool {
    stage.who_answers(address, 80).is_ok()
}

/// Whether the client has found the hardware address of an address.
fn is_found(stage: &Stage, address: &str) -> bool {
    let command = stage.client.command("ip").args(["neigh", "show", address]);
    let output = command.output(PATIENCE).expect("ip");
    output.stdout.contains("lladdr")
}

fn rules(node: &Node) -> String {
    node.shell("/usr/sbin/nft list ruleset")
}

#[test]
fn addresses_that_answer_nothing_are_found_and_silent() {
    let stage = Stage::new(&["10.0.0.9/24", "2001:db8::9/64"]);
    let node = stage.node("node-a", "eth0", "10.0.0.1/24");
    node.shell("ip -6 addr add 2001:db8::1/64 dev eth0 nodad");
    let _service = node.serve(80);
    let daemon = node.run(&configuration("no_accept"));
    node.await_holds(V4);
    node.await_holds(V6);
    // The way is open, but for the addresses themselves.
    assert!(answers(&stage, "10.0.0.1"));
    let silent = || {
        for address in [V4, V6] {
            assert!(!answers(&stage, address), "{address}");
            assert!(is_found(&stage, address), "{address}");
        }
    };
    silent();
    let before = rules(&node);
    // The child is the younger one.
    node.shell("kill -KILL $(pidof keepalived | tr ' ' '\\n' | sort -n | tail -1)");
    daemon
        .await_line("carrying on in MASTER STATE", PATIENCE)
        .expect("a successor");
    silent();
    assert_eq!(rules(&node), before);
    node.configure(&configuration("accept"));
    daemon.kill(Signal::SIGHUP).expect("a signal");
    daemon
        .await_line("Reload complete", PATIENCE)
        .expect("a reload");
    assert!(answers(&stage, V4) && answers(&stage, V6));
    stop(daemon);
    assert_eq!(rules(&node), "");
}
