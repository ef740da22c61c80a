//! What the VRRP process takes of the machine, and reloads that are marked, scheduled and told.

use vipd_lab::{Process, Signal};

use crate::stage::{Node, PATIENCE, Stage, stop};

fn configuration(globals: &str) -> String {
    format!(
        "global_defs {{\n router_id x\n {globals}\n}}\nvrrp_instance VI_1 {{\n interface eth0\n \
         virtual_router_id 7\n priority 200\n version 3\n advert_int 0.2\n \
         virtual_ipaddress {{\n 10.0.0.100/24\n }}\n}}\n"
    )
}

fn node(stage: &Stage) -> Node {
    stage.node("node-a", "eth0", "10.0.0.1/24")
}

/// Lines of files of the VRRP process, which is the younger one.
fn of_process(node: &Node, script: &str) -> String {
    node.shell(&format!(
        "cd /proc/$(pidof keepalived | tr ' ' '\\n' | sort -n | tail -1) && {script}"
    ))
}

fn await_line(daemon: &Process, line: &str) {
    daemon.await_line(line, PATIENCE).expect(line);
}

fn reload(node: &Node, daemon: &Process, globals: &str) {
    node.configure(&configuration(globals));
    daemon.kill(Signal::SIGHUP).expect("a signal");
    await_line(daemon, "Reload complete");
}

#[test]
fn the_process_is_limited_as_the_file_says() {
    let stage = Stage::new(&["10.0.0.9/24"]);
    let node = node(&stage);
    let daemon = node.run(&configuration(
        "vrrp_rt_priority 10\n vrrp_rlimit_rttime 50000\n vrrp_cpu_affinity 0\n vrrp_no_swap",
    ));
    let policy = || of_process(&node, "cut -d' ' -f40,41 stat");
    let limit = || of_process(&node, "grep 'realtime timeout' limits | tr -s ' '");
    let processors = || of_process(&node, "grep Cpus_allowed_list status");
    // `SCHED_RR` is 2.
    assert_eq!(policy(), "10 2\n");
    assert_eq!(limit(), "Max realtime timeout 50000 unlimited us \n");
    assert_eq!(processors(), "Cpus_allowed_list:\t0\n");
    // In a container the limit of locked memory may not be lifted.
    let locked = of_process(&node, "grep VmLck status | tr -dc 0-9");
    let is_told = daemon
        .said()
        .contains("the limit of locked memory (memlock) is in the way");
    assert_ne!(locked == "0", !is_told, "{locked}: {}", daemon.said());
    let all = node.shell("grep Cpus_allowed_list /proc/1/status");
    reload(&node, &daemon, "vrrp_priority -3");
    assert_eq!(policy(), "0 0\n");
    assert_eq!(of_process(&node, "cut -d' ' -f19 stat"), "-3\n");
    assert_eq!(processors(), all);
    stop(daemon);
}

#[test]
fn late_timers_raise_the_priority() {
    let stage = Stage::new(&["10.0.0.9/24"]);
    let node = node(&stage);
    let daemon = node.run(&configuration(
        "max_auto_priority 2\n min_auto_priority_delay 400000",
    ));
    node.await_holds("10.0.0.100");
    for priority in [1, 2] {
        of_process(
            &node,
            "pid=$(basename $PWD); kill -STOP $pid; sleep 0.7; kill -CONT $pid",
        );
        await_line(
            &daemon,
            &format!("real-time priority {priority} from now on"),
        );
    }
    assert_eq!(of_process(&node, "cut -d' ' -f40,41 stat"), "2 2\n");
    stop(daemon);
}

#[test]
fn a_reload_is_marked_by_a_file_and_told_to_fifos() {
    let stage = Stage::new(&["10.0.0.9/24"]);
    let node = node(&stage);
    let globals = "reload_file /run/reading\n vrrp_notify_fifo /run/told\n \
                   fifo_write_vrrp_states_on_reload";
    let daemon = node.run(&configuration(globals));
    await_line(&daemon, "Entering MASTER");
    // A reload that begins empties the file, one that is read removes it.
    node.shell("echo writing >/run/reading; timeout 1 cat /run/told >/run/before");
    reload(&node, &daemon, globals);
    assert_eq!(
        node.shell("cat /run/reading 2>&1 >/dev/null | grep -c 'No such'"),
        "1\n"
    );
    let told = node.shell("timeout 1 cat /run/told");
    assert_eq!(told, "INSTANCE \"VI_1\" MASTER 200\n");
    stop(daemon);
}

#[test]
fn a_file_schedules_a_reload() {
    let stage = Stage::new(&["10.0.0.9/24"]);
    let node = node(&stage);
    let globals = "reload_time_file /run/when";
    let daemon = node.run(&configuration(globals));
    await_line(&daemon, "no reload is scheduled: /run/when is not there");
    node.shell("date -u -d '+2 seconds' +%H:%M:%SZ >/run/when");
    await_line(&daemon, "reload scheduled at");
    await_line(&daemon, "Reload complete");
    assert_eq!(node.shell("ls /run/when 2>/dev/null"), "");
    reload(&node, &daemon, &format!("{globals}\n reload_repeat"));
    node.shell("date -d '+2 seconds' '+%Y-%m-%d %H:%M:%S' >/run/when");
    await_line(&daemon, "Reload complete");
    assert_ne!(node.shell("ls /run/when"), "");
    stop(daemon);
}

/// An interface that is asked for its link is down when it says so.
#[test]
fn an_interface_is_asked_for_its_link() {
    let stage = Stage::new(&["10.0.0.9/24"]);
    let node = node(&stage);
    node.shell(
        "ip link add va type veth peer name vb; ip link set vb up; ip link set va up; \
                ip addr add 10.8.0.1/24 dev va",
    );
    let text = configuration("");
    let text = text
        .replace("eth0", "va")
        .replace("10.0.0.100", "10.8.0.100");
    let daemon = node.run(&format!("linkbeat_interfaces {{\n va ETHTOOL\n}}\n{text}"));
    node.await_holds("10.8.0.100");
    node.shell("ip link set vb down");
    await_line(&daemon, "Linkbeat reports va down");
    node.await_released("10.8.0.100");
    node.shell("ip link set vb up");
    await_line(&daemon, "Linkbeat reports va up");
    node.await_holds("10.8.0.100");
    stop(daemon);
}
