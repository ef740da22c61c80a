//! What goes wrong between the daemon and the kernel.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use vipd_lab::Process;

use crate::Test;
use crate::field::{Field, Program, SERVICE, await_table, table};
use crate::stage::{Node, PATIENCE, stop};

pub(crate) const ALL: &[Test] = &[
    ("what_the_kernel_refused_is_tried_again", refused),
    ("an_overrun_leads_to_a_new_look_at_the_table", overrun),
];

/// Servers that follow a file: they live while there is a 0 in it.
fn followers(servers: usize, scheduler: &str) -> String {
    let mut text = format!(
        "track_file all {{\n file /root/all\n init_file 0\n}}\n\
         virtual_server {SERVICE} 80 {{\n lb_algo {scheduler}\n lb_kind NAT\n protocol TCP\n"
    );
    for number in 0..servers {
        let (high, low) = (number / 250, number % 250 + 1);
        writeln!(
            text,
            " real_server 10.1.{high}.{low} 80 {{\n  FILE_CHECK {{\n   track_file all\n   \
             weight 0\n  }}\n }}"
        )
        .expect("a text takes everything");
    }
    text + "}\n"
}

fn has(director: &Node, lines: usize) -> bool {
    table(director).len() == lines
}

/// Awaits a number of lines in the table, the service among them.
fn await_lines(director: &Node, daemon: &Process, lines: usize) {
    let what = format!("{lines} lines of the table");
    let end = std::time::Instant::now() + PATIENCE;
    while !has(director, lines) {
        let said = daemon.said();
        let last = said.len().saturating_sub(2000);
        let last = said.get(last..).unwrap_or_default();
        assert!(std::time::Instant::now() < end, "{what}:\n{last}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn refused() {
    let field = Field::new(0, "10.1.0.1");
    let director = field.director("director", 1, Program::Ours);
    let loader = "/proc/sys/kernel/modprobe";
    let usual = fs::read_to_string(loader).expect("a loader of modules");
    // An earlier test may have had it loaded.
    let unloaded = std::process::Command::new("rmmod").arg("ip_vs_dh").output();
    unloaded.expect("rmmod");
    fs::write(loader, "/nonexistent").expect("root in the virtual machine");
    let daemon = director.run(&followers(1, "dh"));
    let line = "with scheduler dh: No such file or directory";
    daemon.await_line(line, PATIENCE).expect("a log line");
    assert_eq!(table(&director), Vec::<String>::new());
    fs::write(loader, usual.trim()).expect("root in the virtual machine");
    let expected = [
        "-A -t 192.168.1.80:80 -s dh",
        "-a -t 192.168.1.80:80 -r 10.1.0.1:80 -m -w 1",
    ];
    await_table(&director, &daemon, &expected);
    let line = "IPVS: the kernel has taken what it refused before";
    daemon.await_line(line, PATIENCE).expect("a log line");
    stop(daemon);
}

fn overrun() {
    const SERVERS: usize = 100;
    let field = Field::new(0, "10.1.0.1");
    let director = field.director("director", 1, Program::Ours);
    // Sockets that are opened now have room for a few answers only.
    let room = "/proc/sys/net/core/rmem_default";
    let usual = fs::read_to_string(room).expect("a setting");
    fs::write(room, "4096").expect("root in the virtual machine");
    let daemon = director.run(&followers(SERVERS, "rr"));
    fs::write(room, usual.trim()).expect("root in the virtual machine");
    await_lines(&director, &daemon, 1 + SERVERS);
    // Every server that is to be taken out is out already, which the kernel says of each.
    director.shell("ipvsadm -C; echo 1 >/root/all");
    let line = "reading the table again";
    daemon.await_line(line, PATIENCE).expect("a log line");
    await_lines(&director, &daemon, 1);
    director.shell("echo 0 >/root/all");
    await_lines(&director, &daemon, 1 + SERVERS);
    stop(daemon);
}
