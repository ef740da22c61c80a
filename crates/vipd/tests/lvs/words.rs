//! Words that say where the table is and how the process of the checks is treated.

use vipd_lab::{Process, Signal};

use crate::Test;
use crate::field::{Field, Program, SERVICE, await_that, pid, reload, table};
use crate::stage::{Node, kill, stop};

pub(crate) const ALL: &[Test] = &[
    ("the_table_is_where_net_namespace_ipvs_says", elsewhere),
    ("the_first_namespace_is_found_again", first),
    ("the_process_of_the_checks_is_as_the_file_says", process),
    ("what_is_dumped_is_in_the_lines_of_keepalived", dump),
];

/// A service with a server that is looked at every second.
fn service(lines: &str) -> String {
    format!(
        "virtual_server {SERVICE} 80 {{\n delay_loop 1\n lb_algo rr\n lb_kind NAT\n \
         protocol TCP\n{lines}\n real_server 10.1.0.11 80 {{\n  TCP_CHECK {{\n   \
         connect_timeout 2\n   retry 0\n   warmup 0\n  }}\n }}\n}}\n"
    )
}

const LINE: &str = "-A -t 192.168.1.80:80 -s rr";
const FIRST: &str = "-a -t 192.168.1.80:80 -r 10.1.0.11:80 -m -w 1";

/// A director with another network namespace, whose table can have the server too.
fn with_namespace(field: &Field) -> Node {
    let director = field.director("director", 1, Program::Ours);
    director.shell(
        "mkdir -p /run/netns && ip netns add other
        ip -n other link add dummy0 type dummy
        ip -n other addr add 10.1.0.99/24 dev dummy0
        ip -n other link set dummy0 up",
    );
    director
}

fn inside(director: &Node) -> Vec<String> {
    let text = director.shell("ip netns exec other ipvsadm -Sn");
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// Waits for the table in the other namespace.
fn await_inside(director: &Node, daemon: &Process, expected: &[&str]) {
    await_that(&format!("{expected:?}: {}", daemon.said()), || {
        inside(director) == expected
    });
}

fn elsewhere() {
    let field = Field::new(1, "10.1.0.1");
    let server = field.serve(1);
    let director = with_namespace(&field);
    let daemon = director.run(&format!("net_namespace_ipvs other\n{}", service("")));
    await_inside(&director, &daemon, &[LINE, FIRST]);
    assert!(table(&director).is_empty());
    // Checks are made where the daemon is: only there is a way to the server.
    kill(server);
    await_inside(&director, &daemon, &[LINE]);
    let _server = field.serve(1);
    await_inside(&director, &daemon, &[LINE, FIRST]);
    // A successor finds the table again.
    let checker = pid(&director, "/run/checkers.pid");
    director.shell(&format!("kill -9 {checker}"));
    await_that("a successor", || {
        pid(&director, "/run/checkers.pid") != checker
    });
    assert_eq!(inside(&director), [LINE, FIRST]);
    stop(daemon);
    assert!(inside(&director).is_empty());
}

fn first() {
    let field = Field::new(1, "10.1.0.1");
    let director = with_namespace(&field);
    // Without a check: from the other namespace nobody gets to the server.
    let plain = service("").replace("TCP_CHECK", "# TCP_CHECK");
    let plain: Vec<&str> = plain
        .lines()
        .filter(|line| !line.starts_with("   ") && *line != "  }")
        .collect();
    let file = format!(
        "net_namespace other\nnet_namespace_ipvs\n{}\n",
        plain.join("\n")
    );
    let daemon = director.run(&file);
    await_that("a table", || table(&director) == [LINE, FIRST]);
    assert!(inside(&director).is_empty());
    let checker = pid(&director, "/run/keepalived/other/checkers.pid");
    let where_it_is = director.shell(&format!("ip netns identify {checker}"));
    assert_eq!(where_it_is.trim(), "other");
    stop(daemon);
    assert!(table(&director).is_empty());
}

fn process() {
    let field = Field::new(1, "10.1.0.1");
    let _server = field.serve(1);
    let director = field.director("director", 1, Program::Ours);
    let shown = |what: &str| {
        let checker = pid(&director, "/run/checkers.pid");
        director.shell(&what.replace("PID", &checker.to_string()))
    };
    let global = "global_defs {\n checker_rt_priority 20\n checker_rlimit_rttime 30000000\n \
                  checker_no_swap\n checker_cpu_affinity 0\n \
                  lvs_netlink_cmd_rcv_bufs 5000000\n lvs_netlink_cmd_rcv_bufs_force\n \
                  lvs_netlink_monitor_rcv_bufs 4000000\n \
                  lvs_netlink_monitor_rcv_bufs_force\n}\n";
    let daemon = director.run(&format!("{global}{}", service(" ha_suspend")));
    await_that("a table", || table(&director) == [LINE, FIRST]);
    let real_time = shown("ps -o cls=,rtprio= -p PID");
    let real_time: Vec<&str> = real_time.split_whitespace().collect();
    assert_eq!(real_time, ["RR", "20"]);
    let limits = shown("grep realtime /proc/PID/limits");
    assert!(limits.contains("timeout"), "{limits}");
    let status = shown("cat /proc/PID/status");
    assert!(status.contains("Cpus_allowed_list:\t0\n"), "{status}");
    assert!(!status.contains("VmLck:\t       0 kB"), "{status}");
    // The kernel keeps twice what it is asked for; beyond its limit when forced.
    let sockets = director.shell("ss -f netlink -m");
    for buffer in ["rb10000000,", "rb8000000,"] {
        assert!(sockets.contains(buffer), "{buffer}: {sockets}");
    }
    let nice = "global_defs {\n checker_priority -7\n checker_rlimit_rtime 60000\n}\n";
    reload(&director, &daemon, &format!("{nice}{}", service("")));
    let ordinary = shown("ps -o cls= -p PID");
    assert_eq!(ordinary.trim(), "TS");
    stop(daemon);
    // More than it has it gets at a start only: it gave up the right to take it.
    let daemon = director.start();
    await_that("a table", || table(&director) == [LINE, FIRST]);
    assert_eq!(shown("ps -o ni= -p PID").trim(), "-7");
    stop(daemon);
}

/// Lines that are others on purpose, or that tell of the moment.
const OTHER_LINES: [&str; 8] = [
    // It is said with each check when it is the same for all.
    "default forwarding method = TUN",
    "Retries iterations",
    // 2.2.7 names all there are.
    "Regex options",
    // Where scripts are, and for whom they run.
    "notify script",
    "script =",
    "user =",
    // What is inherited is filled in.
    "timeout =",
    "Virtual host",
];

fn dump() {
    let field = Field::new(0, "10.1.0.1");
    let file = include_str!("words/dump.conf");
    let seen = [
        ("theirs", 2, Program::Keepalived),
        ("ours", 1, Program::Ours),
    ]
    .map(|(name, number, program)| {
        let director = field.director(name, number, program);
        director.shell("echo 0 >/root/number");
        let daemon = director.run(file);
        let path = "/tmp/keepalived_check.data";
        daemon.kill(Signal::SIGUSR1).expect("a signal");
        let read = || String::from_utf8(director.host.read_file(path).ok()?).ok();
        // Its last check is a ping.
        await_that("a file", || {
            read().is_some_and(|text| text.contains("PING_CHECK"))
        });
        let text = read().expect("a file");
        stop(daemon);
        let start = text
            .find("------< LVS Topology")
            .expect("a part about virtual servers");
        text[start..].to_owned()
    });
    let [theirs, ours] = &seen;
    let mut rest = theirs.lines();
    let mut found = 0;
    for line in ours.lines() {
        if OTHER_LINES.iter().any(|words| line.contains(words)) {
            continue;
        }
        let before = rest.clone();
        if rest.any(|other| other == line) {
            found += 1;
        } else {
            let before: Vec<&str> = before.take(8).collect();
            panic!("{line:?} does not follow: {before:#?}\n{ours}");
        }
    }
    assert!(found > 100, "{found}");
}
