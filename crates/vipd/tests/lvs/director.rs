//! A director in front of real servers, and a client that uses them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use vipd_lab::{Process, Signal};

use crate::Test;
use crate::field::{Field, Program, SERVICE, await_table, await_that, pid, reload, table};
use crate::stage::{Node, PATIENCE, Stage, kill, stop};

pub(crate) const ALL: &[Test] = &[
    ("a_server_that_dies_is_taken_out_and_put_back", dies),
    ("without_quorum_the_sorry_server_answers", sorry),
    ("a_reload_changes_what_changed_and_nothing_else", reloads),
    ("a_checker_that_is_killed_costs_no_request", crash),
    ("stop_leaves_nothing_behind", stops),
    ("the_table_goes_with_a_supervisor_that_is_killed", orphan),
    ("commands_and_files_give_weights", weights),
    ("a_kernel_without_ipvs_stops_no_vrrp", without),
];

/// The line of the service.
const LINE: &str = "-A -t 192.168.1.80:80 -s rr";
const FIRST: &str = "-a -t 192.168.1.80:80 -r 10.1.0.11:80 -m -w 1";
const SECOND: &str = "-a -t 192.168.1.80:80 -r 10.1.0.12:80 -m -w 1";

/// A service with these lines, and so many real servers that TCP checks look at.
fn balanced(lines: &str, servers: usize) -> String {
    let servers: Vec<String> = (1..=servers)
        .map(|number| {
            format!(
                " real_server 10.1.0.1{number} 80 {{\n  TCP_CHECK {{\n   connect_timeout 2\n   \
                 retry 0\n   delay_before_retry 1\n   warmup 0\n  }}\n }}\n"
            )
        })
        .collect();
    let servers = servers.concat();
    format!(
        "global_defs {{\n lvs_timeouts tcp 777 tcpfin 77 udp 7\n}}\n\
         virtual_server {SERVICE} 80 {{\n delay_loop 1\n lb_algo rr\n lb_kind NAT\n \
         protocol TCP\n{lines}\n{servers}}}\n"
    )
}

/// A director that has the address of the service, and its daemon.
fn directed(field: &Field, configuration: &str) -> (Node, Process) {
    let director = field.director("director", 1, Program::Ours);
    let address = crate::stage::ip(SERVICE);
    director
        .host
        .add_address("eth0", address, 32)
        .expect("an address");
    let daemon = director.run(configuration);
    (director, daemon)
}

fn dies() {
    let field = Field::new(2, "10.1.0.1");
    let (_first, second) = (field.serve(1), field.serve(2));
    let (director, daemon) = directed(&field, &balanced("", 2));
    await_table(&director, &daemon, &[LINE, FIRST, SECOND]);
    assert_eq!(field.who_answers(6), ["r1", "r2"]);

    kill(second);
    await_table(&director, &daemon, &[LINE, FIRST]);
    let line = "Removing service [10.1.0.12]:tcp:80 from VS [192.168.1.80]:tcp:80";
    daemon.await_line(line, PATIENCE).expect("a log line");
    assert_eq!(field.who_answers(6), ["r1"]);

    let _second = field.serve(2);
    await_table(&director, &daemon, &[LINE, FIRST, SECOND]);
    assert_eq!(field.who_answers(6), ["r1", "r2"]);

    let processes = director.shell("ps -C keepalived -o args=");
    assert_eq!(processes.lines().count(), 2, "{processes}");
    let checker = pid(&director, "/run/checkers.pid");
    let status = director.shell(&format!("cat /proc/{checker}/status"));
    // CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW, and a filter of system calls.
    assert!(status.contains("CapEff:\t0000000000003400"), "{status}");
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    assert!(status.contains("Seccomp:\t2"), "{status}");
    stop(daemon);
}

fn sorry() {
    let field = Field::new(3, "10.1.0.1");
    let (first, second) = (field.serve(1), field.serve(2));
    let _sorry = field.serve(3);
    let lines = " quorum 1\n sorry_server 10.1.0.13 80\n \
                 quorum_up \"/root/told up\"\n quorum_down \"/root/told down\"";
    let director = field.director("director", 1, Program::Ours);
    let address = crate::stage::ip(SERVICE);
    director
        .host
        .add_address("eth0", address, 32)
        .expect("an address");
    director
        .host
        .write_file(
            "/root/told",
            0o755,
            "#!/bin/sh\necho \"$@\" >>/root/heard\n",
        )
        .expect("a script");
    let daemon = director.run(&balanced(lines, 2));
    await_table(&director, &daemon, &[LINE, FIRST, SECOND]);
    kill(first);
    kill(second);
    let sorry = "-a -t 192.168.1.80:80 -r 10.1.0.13:80 -m -w 1";
    await_table(&director, &daemon, &[LINE, sorry]);
    assert_eq!(field.who_answers(3), ["r3"]);
    let _second = field.serve(2);
    await_table(&director, &daemon, &[LINE, SECOND]);
    assert_eq!(field.who_answers(3), ["r2"]);
    await_that("scripts for the quorum", || {
        director.shell("cat /root/heard").ends_with("down\nup\n")
    });
    stop(daemon);
}

fn reloads() {
    let field = Field::new(3, "10.1.0.1");
    let _serving: Vec<Process> = (1..=3).map(|number| field.serve(number)).collect();
    let (director, daemon) = directed(&field, &balanced("", 2));
    await_table(&director, &daemon, &[LINE, FIRST, SECOND]);
    assert_eq!(field.who_answers(6), ["r1", "r2"]);
    let counted = || {
        let text = director.shell("ipvsadm -Ln --stats --exact | grep TCP");
        text.split_whitespace().nth(2).map(str::to_owned)
    };
    // The kernel adds its counters up every two seconds.
    await_that("six connections", || counted().as_deref() == Some("6"));

    reload(&director, &daemon, &balanced("", 3));
    let third = "-a -t 192.168.1.80:80 -r 10.1.0.13:80 -m -w 1";
    await_table(&director, &daemon, &[LINE, FIRST, SECOND, third]);
    assert_eq!(
        counted().as_deref(),
        Some("6"),
        "the service was not made anew"
    );
    assert_eq!(field.who_answers(6), ["r1", "r2", "r3"]);

    reload(&director, &daemon, &balanced(" weight 5", 1));
    await_table(
        &director,
        &daemon,
        &[LINE, "-a -t 192.168.1.80:80 -r 10.1.0.11:80 -m -w 5"],
    );
    await_that("twelve connections", || counted().as_deref() == Some("12"));

    // What is no configuration changes nothing.
    let before = table(&director);
    director.configure("virtual_server {");
    daemon.kill(Signal::SIGHUP).expect("a signal");
    await_that("a refused or empty reload", || {
        let said = daemon.said();
        said.contains("Reload refused") || said.matches("Reload complete").count() == 3
    });
    if daemon.said().contains("Reload refused") {
        assert_eq!(table(&director), before);
    }
    stop(daemon);
}

fn crash() {
    let field = Field::new(2, "10.1.0.1");
    let (_first, second) = (field.serve(1), field.serve(2));
    let (director, daemon) = directed(&field, &balanced("", 2));
    await_table(&director, &daemon, &[LINE, FIRST, SECOND]);
    let (ends, limit) = (AtomicBool::new(false), Instant::now() + PATIENCE);
    let answers = thread::scope(|scope| {
        let load = scope.spawn(|| {
            let mut answers = Vec::new();
            while !ends.load(Ordering::Relaxed) && Instant::now() < limit {
                answers.push(field.who_answers(1));
            }
            answers
        });
        for _ in 1..=3 {
            let checker = pid(&director, "/run/checkers.pid");
            director.shell(&format!("kill -9 {checker}"));
            await_that("a successor", || {
                pid(&director, "/run/checkers.pid") != checker
            });
            assert_eq!(table(&director), [LINE, FIRST, SECOND]);
        }
        ends.store(true, Ordering::Relaxed);
        load.join().expect("a client")
    });
    let (first, rest): (Vec<_>, Vec<_>) = answers.into_iter().partition(|who| who == &["r1"]);
    assert!(rest.iter().all(|who| who == &["r2"]), "{rest:?}");
    let (first, rest) = (first.len(), rest.len());
    assert!(
        first + rest >= 20 && first.abs_diff(rest) <= 1,
        "{first} {rest}"
    );
    assert_eq!(field.who_answers(6), ["r1", "r2"]);
    // The successor does the work.
    kill(second);
    await_table(&director, &daemon, &[LINE, FIRST]);
    stop(daemon);
    assert!(table(&director).is_empty());
}

fn stops() {
    let field = Field::new(2, "10.1.0.1");
    let _serving = (field.serve(1), field.serve(2));
    let timeouts = |node: &Node| node.shell("ipvsadm -Ln --timeout");
    let probe = field.director("probe", 2, Program::Ours);
    let usual = timeouts(&probe);
    let (director, daemon) = directed(&field, &balanced("", 2));
    await_table(&director, &daemon, &[LINE, FIRST, SECOND]);
    assert!(timeouts(&director).contains("777 77 7"));
    // Also what a killed predecessor has set is put back.
    let checker = pid(&director, "/run/checkers.pid");
    director.shell(&format!("kill -9 {checker}"));
    await_that("a successor", || {
        pid(&director, "/run/checkers.pid") != checker
    });
    stop(daemon);
    assert!(table(&director).is_empty());
    assert_eq!(timeouts(&director), usual);
    assert_eq!(director.shell("ls /run/*.pid 2>/dev/null"), "");

    let daemon = director.start_with(&["-n", "-l", "-D", "-I"]);
    await_table(&director, &daemon, &[LINE, FIRST, SECOND]);
    stop(daemon);
    assert_eq!(table(&director), [LINE, FIRST, SECOND]);
}

fn orphan() {
    let field = Field::new(1, "10.1.0.1");
    let _serving = field.serve(1);
    let (director, daemon) = directed(&field, &balanced("", 1));
    await_table(&director, &daemon, &[LINE, FIRST]);
    kill(daemon);
    await_that("an empty table", || table(&director).is_empty());
    await_that("no process", || {
        director.shell("ps -C keepalived -o pid=").is_empty()
    });
}

fn weights() {
    let field = Field::new(2, "10.1.0.1");
    let configuration = format!(
        "global_defs {{\n script_user root\n enable_script_security\n}}\n\
         track_file share {{\n file /root/share\n init_file 3\n}}\n\
         virtual_server {SERVICE} 80 {{\n delay_loop 1\n lb_algo wrr\n lb_kind NAT\n protocol TCP\n \
         real_server 10.1.0.11 80 {{\n weight 1\n MISC_CHECK {{\n misc_path \"/root/check\"\n \
         misc_dynamic\n warmup 0\n }}\n }}\n \
         real_server 10.1.0.12 80 {{\n weight 1\n FILE_CHECK {{\n track_file share\n weight 2\n \
         }}\n }}\n}}\n"
    );
    let director = field.director("director", 1, Program::Ours);
    let answer = |status: u8| {
        let text = format!("#!/bin/sh\nexit {status}\n");
        director
            .host
            .write_file("/root/check", 0o755, text)
            .expect("a script");
    };
    answer(12);
    let daemon = director.run(&configuration);
    let line = "-A -t 192.168.1.80:80 -s wrr";
    let first = |weight| format!("-a -t 192.168.1.80:80 -r 10.1.0.11:80 -m -w {weight}");
    let second = |weight| format!("-a -t 192.168.1.80:80 -r 10.1.0.12:80 -m -w {weight}");
    await_table(&director, &daemon, &[line, &first(10), &second(7)]);
    answer(1);
    await_table(&director, &daemon, &[line, &second(7)]);
    director.shell("echo 5 >/root/share");
    await_table(&director, &daemon, &[line, &second(11)]);
    answer(5);
    await_table(&director, &daemon, &[line, &first(3), &second(11)]);
    stop(daemon);
}

/// Has the kernel forget IPVS, which nobody may use.
fn unload() {
    let modules = || std::fs::read_to_string("/proc/modules").expect("a list of modules");
    await_that("no module", || {
        let loaded = modules();
        let names = loaded.lines().filter_map(|line| line.split(' ').next());
        let ours: Vec<&str> = names.filter(|name| name.starts_with("ip_vs")).collect();
        // Those that others need come last.
        for name in &ours {
            let removed = std::process::Command::new("rmmod").arg(name).status();
            removed.expect("rmmod");
        }
        ours.is_empty()
    });
}

fn without() {
    unload();
    let loader = "/proc/sys/kernel/modprobe";
    let usual = std::fs::read_to_string(loader).expect("a loader of modules");
    std::fs::write(loader, "/nonexistent").expect("root in the virtual machine");
    let stage = Stage::new(&["192.168.1.9/24"]);
    let director = stage.node("director", "eth0", "192.168.1.1/24");
    let vrrp = format!(
        "vrrp_instance A {{\n interface eth0\n virtual_router_id 51\n priority 255\n \
         virtual_ipaddress {{\n {SERVICE}/24\n }}\n}}\n"
    );
    let configuration = balanced("", 1) + &vrrp;
    let daemon = director.run(&configuration);
    director.await_holds(SERVICE);
    let line = "virtual servers are not served: cannot find in the kernel IPVS";
    daemon.await_line(line, PATIENCE).expect("a log line");
    std::fs::write(loader, usual.trim()).expect("root in the virtual machine");
    reload(&director, &daemon, &configuration);
    await_table(&director, &daemon, &[LINE]);
    stop(daemon);
}
