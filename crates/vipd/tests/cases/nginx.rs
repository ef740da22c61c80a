//! nginx in front of everything, made highly available: one master, several backups.

use vipd_lab::Process;

use crate::stage::{CONFIGURATION, Node, PATIENCE, Stage, ip};

const VIP: &str = "192.168.161.250";
const INTERFACE: &str = "eno16777736";

/// A node with a real nginx whose page names the node.
fn web_node(stage: &Stage, name: &str, address: &str) -> (Node, Process) {
    let node = stage.node(name, INTERFACE, address);
    node.host
        .write_file("/srv/web/index.html", 0o644, name)
        .expect("a page");
    let configuration = "
        user root;
        pid /run/nginx-case.pid;
        error_log stderr;
        events {}
        http {
            access_log off;
            client_body_temp_path /run/nginx-body;
            proxy_temp_path /run/nginx-proxy;
            fastcgi_temp_path /run/nginx-fastcgi;
            uwsgi_temp_path /run/nginx-uwsgi;
            scgi_temp_path /run/nginx-scgi;
            server { listen 80; root /srv/web; }
        }
        daemon off;
    ";
    node.host
        .write_file("/srv/nginx.conf", 0o644, configuration)
        .expect("a configuration");
    let nginx = node
        .host
        .command("/usr/sbin/nginx")
        .args(["-c", "/srv/nginx.conf"])
        .spawn();
    let nginx = nginx.expect("an nginx");
    node.host
        .await_port((ip("127.0.0.1"), 80).into(), PATIENCE)
        .expect("an nginx that serves");
    (node, nginx)
}

#[test]
fn the_better_of_two_backups_takes_over_from_a_dead_master() {
    let stage = Stage::new(&["192.168.161.10/24"]);
    let (master, _nginx) = web_node(&stage, "master1", "192.168.161.128/24");
    let (better, _nginx_2) = web_node(&stage, "master2", "192.168.161.129/24");
    let (other, _nginx_3) = web_node(&stage, "master3", "192.168.161.130/24");
    let _other = other.run(include_str!("nginx/backup2.conf"));
    let _better = better.run(include_str!("nginx/backup1.conf"));
    let _master = master.run(include_str!("nginx/master.conf"));
    master.await_holds(VIP);
    stage.await_answer(VIP, 80, "master1");
    assert!(!better.holds(VIP) && !other.holds(VIP));

    // The machine dies: its cable goes first, then everything on it.
    master.port.pull().expect("a pulled cable");
    master.host.kill_all().expect("a dead host");
    better.await_holds(VIP);
    stage.await_answer(VIP, 80, "master2");
    assert!(!other.holds(VIP), "exactly one backup takes over");
}

#[test]
fn as_a_service_it_starts_stops_restarts_and_tells_its_status() {
    let stage = Stage::new(&["192.168.161.10/24"]);
    let (node, _nginx) = web_node(&stage, "master1", "192.168.161.128/24");
    node.configure(include_str!("nginx/master.conf"));
    let service = |action: &str| {
        let output = node
            .host
            .command("/etc/init.d/keepalived")
            .arg(action)
            .output(PATIENCE)
            .expect("an init script");
        (output.status.code(), output.stdout + &output.stderr)
    };
    let (status, said) = service("status");
    assert_eq!(status, Some(3), "not running: {said}");
    let (status, said) = service("start");
    assert_eq!(status, Some(0), "{said}");
    node.await_holds(VIP);
    stage.await_answer(VIP, 80, "master1");
    assert_eq!(service("status").0, Some(0));

    let listed = node.shell("ps -C keepalived -o pid=,ppid=,args=");
    let processes: Vec<_> = listed.lines().collect();
    assert!(
        processes.len() >= 2,
        "a supervisor and its children:\n{listed}"
    );
    assert!(
        processes.iter().all(|line| line.contains("keepalived")),
        "{listed}"
    );
    let first = node.shell("cat /run/keepalived.pid");

    let (status, said) = service("restart");
    assert_eq!(status, Some(0), "{said}");
    node.await_holds(VIP);
    assert_ne!(
        node.shell("cat /run/keepalived.pid"),
        first,
        "a new process"
    );

    let (status, said) = service("stop");
    assert_eq!(status, Some(0), "{said}");
    assert!(!node.holds(VIP));
    assert_eq!(node.shell("ps -C keepalived -o pid="), "");
    assert_eq!(service("status").0, Some(3));
}

/// All four empty values are named at once, and the daemon does not start.
#[test]
fn with_values_left_empty_it_says_so_and_does_not_start() {
    let stage = Stage::new(&["192.168.161.10/24"]);
    let node = stage.node("master1", INTERFACE, "192.168.161.128/24");
    node.configure(include_str!("nginx/as-printed.conf"));
    let daemon = node
        .host
        .command("/usr/sbin/keepalived")
        .args(["-n", "-l"])
        .output(PATIENCE);
    let daemon = daemon.expect("an end");
    let said = daemon.stdout + &daemon.stderr;
    assert_eq!(daemon.status.code(), Some(2), "{said}");
    for keyword in ["virtual_router_id", "priority", "advert_int", "auth_pass"] {
        assert!(said.contains(keyword), "{keyword} in:\n{said}");
    }
    assert!(said.contains(CONFIGURATION), "names the file:\n{said}");
}
