//! What the daemon does.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::node::{Node, VIP, send};

/// All cases by name.
pub(super) const ALL: &[(&str, fn())] = &[
    ("a_life_from_start_to_stop", a_life_from_start_to_stop),
    ("a_crash_goes_unnoticed", a_crash_goes_unnoticed),
    (
        "a_successor_is_ready_where_backups_wait_little",
        a_successor_is_ready_where_backups_wait_little,
    ),
    ("a_bad_file_changes_nothing", a_bad_file_changes_nothing),
    (
        "a_reload_changes_what_differs",
        a_reload_changes_what_differs,
    ),
    ("a_check_may_stop_the_daemon", a_check_may_stop_the_daemon),
    ("a_failing_check_is_a_fault", a_failing_check_is_a_fault),
    ("a_hung_process_is_replaced", a_hung_process_is_replaced),
    (
        "a_hung_process_leaves_nothing",
        a_hung_process_leaves_nothing,
    ),
    ("requests_by_name_reach_one", requests_by_name_reach_one),
    ("the_service_manager_is_told", the_service_manager_is_told),
    (
        "a_deaf_service_manager_is_no_trouble",
        a_deaf_service_manager_is_no_trouble,
    ),
    (
        "a_second_daemon_does_not_start",
        a_second_daemon_does_not_start,
    ),
    ("bad_files_are_refused", bad_files_are_refused),
];

fn a_life_from_start_to_stop() {
    let mut node = Node::new();
    let script = node.script("notify", &format!("echo \"$*\" >>{}", node.path("told")));
    node.configure(
        "",
        &format!(
            "notify \"{script} any\"\nnotify_master \"{script} master\"\n\
             notify_stop \"{script} stop\""
        ),
    );
    let mut daemon = node.start_master(&[]);
    let comm = std::fs::read_to_string(format!("/proc/{}/comm", node.vrrp_pid())).unwrap();
    assert_eq!(comm, "keepalived\n");
    assert_eq!(node.read("keepalived.pid").trim(), daemon.pid().to_string());

    daemon.signal(Signal::SIGUSR2);
    daemon.wait_for("Wrote ");
    assert!(
        node.read("keepalived.stats")
            .contains("  Became master: 1\n")
    );
    daemon.signal(Signal::SIGUSR1);
    daemon.wait_for("keepalived.data");
    assert!(node.read("keepalived.data").contains("   State = MASTER\n"));
    assert!(node.has(VIP));

    assert_eq!(daemon.stop(), 0);
    assert!(!node.has(VIP));
    assert!(!Path::new(&node.path("keepalived.pid")).exists());
    assert!(!Path::new(&node.path("vrrp.pid")).exists());
    assert_eq!(
        node.read("told"),
        "any INSTANCE A BACKUP 100\nmaster\nany INSTANCE A MASTER 100\nstop\n\
         any INSTANCE A STOP 100\n"
    );
}

fn a_crash_goes_unnoticed() {
    let mut node = Node::new();
    let script = node.script("notify", &format!("echo \"$*\" >>{}", node.path("told")));
    node.configure("", &format!("notify {script}"));
    let mut daemon = node.start_master(&[]);
    for _ in 0..2 {
        let before = node.vrrp_pid();
        send(before, Signal::SIGKILL);
        daemon.wait_for("died (signal: 9 (SIGKILL)): Respawning");
        assert!(node.has(VIP));
        daemon.wait_for("(A) carrying on in MASTER STATE");
        assert_ne!(node.vrrp_pid(), before);
        assert!(node.has(VIP));
    }
    assert_eq!(daemon.stop(), 0);
    assert!(!node.has(VIP));
    let told = node.read("told");
    assert_eq!(told.matches("MASTER").count(), 1, "{told}");
}

fn a_successor_is_ready_where_backups_wait_little() {
    let mut node = Node::new();
    node.configure("", "advert_int 0.01");
    let mut daemon = node.start_master(&[]);
    for _ in 0..2 {
        let before = node.vrrp_pid();
        let [spare] = daemon.await_others(before, 1)[..] else {
            panic!("one is ready");
        };
        send(before, Signal::SIGKILL);
        daemon.wait_for("(A) carrying on in MASTER STATE");
        assert_eq!(node.vrrp_pid(), spare);
        assert!(node.has(VIP));
    }
    // Nobody waits a hundredth of a second any more.
    node.configure("", "");
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for("Reload complete");
    daemon.await_others(node.vrrp_pid(), 0);
    assert_eq!(daemon.stop(), 0);
    assert!(!node.has(VIP));
}

fn a_bad_file_changes_nothing() {
    let mut node = Node::new();
    node.configure("", "");
    let mut daemon = node.start_master(&[]);
    let process = node.vrrp_pid();
    std::fs::write(
        node.path("keepalived.conf"),
        "vrrp_instance A {\n interface nowhere0\n virtual_router_id 51\n}\n",
    )
    .unwrap();
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for("nowhere0");
    daemon.wait_for("Reload refused");
    assert!(node.has(VIP));
    assert_eq!(node.vrrp_pid(), process);
    assert_eq!(daemon.stop(), 0);
}

fn a_reload_changes_what_differs() {
    let mut node = Node::new();
    node.configure("", "");
    let mut daemon = node.start_master(&[]);
    node.configure("", "virtual_ipaddress_excluded {\n 10.9.0.10/24\n }");
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for("Reload complete");
    assert!(node.has(VIP));
    node.configure("", "");
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for("Reload complete");
    assert!(!daemon.log().contains("BACKUP STATE\n"), "{}", daemon.log());
    assert_eq!(daemon.stop(), 0);
    assert!(!node.has(VIP) && !node.has("10.9.0.10"));
}

fn a_check_may_stop_the_daemon() {
    let mut node = Node::new();
    // As an init script does it: ask, wait for the end, tell about it.
    let script = node.script(
        "check",
        &format!(
            "[ -e {bad} ] || exit 0\nPID=$(cat {pid})\nkill $PID\n\
             while [ -e /proc/$PID/exe ]; do sleep 0.01; done\necho stopped >{done}",
            bad = node.path("bad"),
            pid = node.path("keepalived.pid"),
            done = node.path("done"),
        ),
    );
    // A reader is there when the script comes to its end.
    let made = std::process::Command::new("mkfifo")
        .arg(node.path("done"))
        .status();
    assert!(made.unwrap().success());
    node.configure(
        &format!("vrrp_script chk {{\n script {script}\n interval 1\n timeout 100\n}}"),
        "track_script {\n chk\n }",
    );
    let daemon = node.start_master(&[]);
    std::fs::write(node.path("bad"), "").unwrap();
    assert_eq!(daemon.wait(), 0);
    assert!(!node.has(VIP));
    // Not killed with the daemon: it tells of the end.
    assert_eq!(node.read("done"), "stopped\n");
}

fn a_failing_check_is_a_fault() {
    let mut node = Node::new();
    let script = node.script("check", &format!("[ ! -e {} ]", node.path("bad")));
    node.configure(
        &format!("vrrp_script chk {{\n script {script}\n interval 0.1\n}}"),
        "track_script {\n chk\n }",
    );
    let mut daemon = node.start_master(&[]);
    std::fs::write(node.path("bad"), "").unwrap();
    daemon.wait_for("VRRP_Script(chk) failed (exited with status 1)");
    daemon.wait_for("(A) Entering FAULT STATE");
    std::fs::remove_file(node.path("bad")).unwrap();
    daemon.wait_for("VRRP_Script(chk) succeeded");
    daemon.wait_for("(A) Entering MASTER STATE");
    daemon.wait_for("(A) setting VIPs");
    assert_eq!(daemon.stop(), 0);
    assert!(!node.has(VIP));
}

fn a_hung_process_is_replaced() {
    let mut node = Node::new();
    let script = node.script("notify", &format!("echo \"$*\" >>{}", node.path("told")));
    node.configure("", &format!("notify {script}"));
    let mut daemon = node.start_master(&[]);
    let before = node.vrrp_pid();
    send(before, Signal::SIGSTOP);
    daemon.wait_for("has given no sign of life for 4 seconds, killing it");
    daemon.wait_for("died (signal: 9 (SIGKILL)): Respawning");
    // Others have taken over by now: it listens before it speaks.
    daemon.wait_for("(A) Entering BACKUP STATE");
    daemon.wait_for("(A) removing VIPs");
    daemon.wait_for("(A) Entering MASTER STATE");
    daemon.wait_for("(A) setting VIPs");
    assert_ne!(node.vrrp_pid(), before);
    assert!(node.has(VIP));
    // One that was stopped for a moment only goes on.
    let after = node.vrrp_pid();
    send(after, Signal::SIGSTOP);
    send(after, Signal::SIGCONT);
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for("Reload complete");
    assert_eq!(node.vrrp_pid(), after);
    assert_eq!(daemon.stop(), 0);
    assert!(!node.has(VIP));
    assert_eq!(
        node.read("told"),
        "INSTANCE A BACKUP 100\nINSTANCE A MASTER 100\nINSTANCE A BACKUP 100\n\
         INSTANCE A MASTER 100\nINSTANCE A STOP 100\n"
    );
}

fn a_hung_process_leaves_nothing() {
    let mut node = Node::new();
    node.configure("child_wait_time 1", "");
    let mut daemon = node.start_master(&[]);
    send(node.vrrp_pid(), Signal::SIGSTOP);
    daemon.signal(Signal::SIGTERM);
    daemon.wait_for("has not terminated, killing it");
    daemon.wait_for("(A) removing VIPs");
    assert_eq!(daemon.wait(), 0);
    assert!(!node.has(VIP));
}

fn requests_by_name_reach_one() {
    let mut node = Node::new();
    node.configure("", "");
    let mut daemon = node.start_master(&[]);
    // As `pkill keepalived` and `killall -HUP keepalived` do: to every process of that name.
    let process = node.vrrp_pid();
    send(process, Signal::SIGHUP);
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for("Reload complete");
    assert_eq!(node.vrrp_pid(), process);
    send(process, Signal::SIGTERM);
    assert_eq!(daemon.stop(), 0);
    assert!(!node.has(VIP));
}

fn a_deaf_service_manager_is_no_trouble() {
    let mut node = Node::new();
    node.configure("", "");
    // Its queue is full after a few messages, and nobody reads it.
    let _manager = UnixDatagram::bind(node.path("manager")).unwrap();
    let daemon = node.start_master(&[
        ("NOTIFY_SOCKET", &node.path("manager")),
        ("WATCHDOG_USEC", "2000"),
    ]);
    assert_eq!(daemon.stop(), 0);
    assert!(!node.has(VIP));
}

fn the_service_manager_is_told() {
    let node = Node::new();
    node.configure("", "");
    let manager = UnixDatagram::bind(node.path("manager")).unwrap();
    manager
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let listener = thread::spawn(move || {
        let (mut told, mut buffer) = (String::new(), [0; 1000]);
        while !told.contains("STOPPING=1") {
            let size = manager.recv(&mut buffer).unwrap();
            told.push_str(std::str::from_utf8(&buffer[..size]).unwrap());
        }
        told
    });
    let mut daemon = node.start_master(&[
        ("NOTIFY_SOCKET", &node.path("manager")),
        ("WATCHDOG_USEC", "20000"),
    ]);
    daemon.signal(Signal::SIGHUP);
    daemon.wait_for("Reload complete");
    let pid = daemon.pid();
    assert_eq!(daemon.stop(), 0);
    let told = listener.join().unwrap();
    for text in [
        &format!("READY=1\nMAINPID={pid}\n"),
        "WATCHDOG=1\n",
        "STATUS=1 MASTER, 0 BACKUP, 0 FAULT\n",
        "RELOADING=1\nMONOTONIC_USEC=",
    ] {
        assert!(told.contains(text), "no {text:?} in\n{told}");
    }
}

fn a_second_daemon_does_not_start() {
    let mut node = Node::new();
    node.configure("", "");
    let first = node.start_master(&[]);
    let mut second = node.start(&[]);
    second.wait_for("daemon is already running");
    assert_eq!(second.wait(), 0);
    assert!(node.has(VIP));
    assert_eq!(first.stop(), 0);
}

fn bad_files_are_refused() {
    let node = Node::new();
    assert_eq!(node.start(&[]).wait(), 6, "no file");
    node.configure("", "interface nowhere0");
    let mut daemon = node.start(&[]);
    daemon.wait_for("nowhere0");
    assert_eq!(daemon.wait(), 2);
}
