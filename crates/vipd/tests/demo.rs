//! The demo as people run it: as root on their own files, as an ordinary user, and interrupted.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

/// Number of the user `nobody`, and of its group.
const NOBODY: u32 = 65534;

fn vipd() -> Command {
    Command::new(env!("CARGO_BIN_EXE_vipd"))
}

/// A copy of the program where every user can run it, in a folder that is that user's.
fn as_ordinary_user() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("vipd");
    fs::copy(env!("CARGO_BIN_EXE_vipd"), &program).unwrap();
    if geteuid().is_root() {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    (folder, program)
}

fn run_as_user(program: &Path, folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command
        .args(words)
        .env("XDG_RUNTIME_DIR", folder)
        .stdin(Stdio::null());
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.output().unwrap()
}

#[track_caller]
fn assert_ends_with(output: &Output, status: i32) -> (String, String) {
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{out}\n{err}");
    (out, err)
}

#[test]
fn an_ordinary_user_plays_it_and_looks_around_afterwards() {
    let (folder, program) = as_ordinary_user();
    let run = |words: &[&str]| run_as_user(&program, folder.path(), words);
    let (out, _) = assert_ends_with(&run(&["demo", "--keep"]), 0);
    assert_eq!(out.matches("   ok\n").count(), 7, "{out}");
    assert!(
        out.contains("every step held") && out.contains("vipd lab stop"),
        "{out}"
    );

    let (out, _) = assert_ends_with(&run(&["lab", "list"]), 0);
    assert_eq!(out, "a\nb\nclient\nswitch\n");
    let (out, _) = assert_ends_with(&run(&["lab", "exec", "b", "--", "uname", "-n"]), 0);
    assert_eq!(out, "b\n");
    let daemons = run(&[
        "lab",
        "exec",
        "a",
        "--",
        "ps",
        "-C",
        "keepalived",
        "--no-header",
    ]);
    let (out, _) = assert_ends_with(&daemons, 0);
    assert!(
        out.lines().count() >= 2,
        "supervisor and child still run: {out}"
    );
    let failing = run(&["lab", "exec", "a", "--", "sh", "-c", "exit 5"]);
    assert_ends_with(&failing, 5);
    let (_, err) = assert_ends_with(&run(&["lab", "exec", "z", "--", "true"]), 1);
    assert_eq!(err, "vipd lab: there is no host z (see: vipd lab list)\n");
    let (_, err) = assert_ends_with(&run(&["demo", "--keep"]), 1);
    assert!(err.contains("vipd lab stop"), "{err}");
    let (out, _) = assert_ends_with(&run(&["lab", "stop"]), 0);
    assert_eq!(out, "stopped a, b, client, switch\n");
    let (out, _) = assert_ends_with(&run(&["lab", "list"]), 0);
    assert!(out.starts_with("no hosts are running"), "{out}");
}

/// Version 3, unicast, no taking back, a virtual address outside the nodes' network.
fn own_file(source: &str, peer: &str, priority: u8) -> String {
    format!(
        "vrrp_script web {{
    script \"</dev/tcp/127.0.0.1/8080\"
    interval 1
}}
vrrp_instance VI_1 {{
    version 3
    state BACKUP
    nopreempt
    interface eno16777736
    virtual_router_id 88
    priority {priority}
    advert_int 0.5
    unicast_src_ip {source}
    unicast_peer {{
        {peer}
    }}
    virtual_ipaddress {{
        59.80.39.110
    }}
    track_script {{
        web
    }}
}}
"
    )
}

#[test]
fn it_is_played_on_the_users_own_files() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.conf"), folder.path().join("b.conf"));
    fs::write(&a, own_file("192.168.1.100", "192.168.1.101", 100)).unwrap();
    fs::write(&b, own_file("192.168.1.101", "192.168.1.100", 99)).unwrap();
    let output = vipd()
        .arg("demo")
        .arg("--config")
        .args([&a, &b])
        .output()
        .unwrap();
    let (out, _) = assert_ends_with(&output, 0);
    assert_eq!(out.matches("   ok\n").count(), 7, "{out}");
    assert!(
        out.contains("192.168.1.101 on eno16777736, priority 99"),
        "{out}"
    );
    // No taking back: b keeps the address when a's service is back, and dies next.
    assert!(out.contains("b: all of the daemon gets SIGKILL"), "{out}");
}

#[test]
fn files_without_a_daemon_in_them_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.conf");
    fs::write(&bad, "vrrp_instance VI_1 {\n interface eth0\n}\n").unwrap();
    let output = vipd()
        .arg("demo")
        .arg("--config")
        .args([&bad, &bad])
        .output()
        .unwrap();
    let (_, err) = assert_ends_with(&output, 1);
    assert!(
        err.contains("no daemon can start with") && err.contains("bad.conf:"),
        "{err}"
    );
}

#[test]
fn an_interrupted_demo_leaves_nothing_behind() {
    let mut demo = vipd().arg("demo").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    // The head of the table is printed when all hosts are there.
    assert!(lines.any(|line| line.unwrap().contains("what happens")));
    let hosts = children(demo.id());
    assert!(hosts.len() >= 4, "{hosts:?}");
    kill(Pid::from_raw(demo.id().cast_signed()), Signal::SIGINT).unwrap();
    assert_eq!(demo.wait().unwrap().signal(), Some(Signal::SIGINT as i32));
    // They are children of somebody else now; nothing tells when they end.
    let end = Instant::now() + Duration::from_secs(10);
    for host in hosts {
        while is_alive(host) {
            assert!(Instant::now() < end, "host process {host} is still there");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Processes whose parent is `pid`.
fn children(pid: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|child| stat(*child).is_some_and(|(_, parent)| parent == pid))
        .collect()
}

fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z")
}

/// State and parent of a process.
fn stat(pid: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}
