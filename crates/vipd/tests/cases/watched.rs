//! The address follows the number in a file, and processes.

use vipd_lab::Process;

use crate::stage::{CONFIGURATION, Node, PATIENCE, kill};
use crate::tracking::{VIP, configuration, pair};

const FILE: &str = "/run/weight";

fn expect(daemon: &Process, line: &str) {
    daemon.await_line(line, PATIENCE).expect(line);
}

/// Made at the start, written, replaced by another, removed, its folder removed and made again.
#[test]
fn the_priority_follows_the_number_in_a_file() {
    let (_stage, a, b) = pair();
    let root = format!("track_file w {{\n file {FILE}/now\n weight 2\n init_file 5\n}}");
    a.shell(&format!("mkdir {FILE}"));
    let daemon = a.run(&configuration(100, &root, "track_file {\n w\n }"));
    let _daemon_b = b.run(&configuration(90, "", ""));
    expect(
        &daemon,
        "(VI_1) Changing effective priority from 100 to 110",
    );
    assert_eq!(a.shell(&format!("cat {FILE}/now")), "5\n");
    a.await_holds(VIP);
    a.shell(&format!("echo -20 >{FILE}/now"));
    expect(&daemon, "priority from 110 to 60");
    b.await_holds(VIP);
    a.shell(&format!("echo 0x10 >{FILE}/new; mv {FILE}/new {FILE}/now"));
    expect(&daemon, "priority from 60 to 132");
    a.await_holds(VIP);
    a.shell(&format!("echo -127 >{FILE}/now"));
    expect(&daemon, "entering FAULT state (due to file w)");
    b.await_holds(VIP);
    a.shell(&format!("rm {FILE}/now"));
    expect(&daemon, "priority from 132 to 100");
    a.shell(&format!("rmdir {FILE}"));
    a.shell(&format!("mkdir {FILE}; echo 1 >{FILE}/now"));
    expect(&daemon, "priority from 100 to 102");
}

/// Weight 0, as in a sync group without weights: any number but 0 is a fault.
#[test]
fn a_file_without_weight_is_a_fault_while_its_number_is_not_0() {
    let (_stage, a, _b) = pair();
    let root = format!(
        "vrrp_track_file w {{\n file {FILE}\n}}\nvrrp_sync_group G {{\n group {{\n VI_1\n }}\n \
         track_file {{\n w weight 0\n }}\n}}"
    );
    a.host.write_file(FILE, 0o644, "1\n").expect("a file");
    let daemon = a.run(&configuration(100, &root, ""));
    expect(&daemon, "entering FAULT state (due to file w)");
    a.host.overwrite(FILE, "0\n").expect("a file");
    a.await_holds(VIP);
    a.host
        .overwrite(FILE, "99999999999999999999\n")
        .expect("a file");
    expect(&daemon, "Invalid number 99999999999999999999");
    assert!(a.holds(VIP));
    a.host.overwrite(FILE, "-1\n").expect("a file");
    a.await_released(VIP);
}

/// Something that runs under a name of its own.
fn service(node: &Node, name: &str, arguments: &[&str]) -> Process {
    let path = format!("/run/{name}");
    node.shell(&format!("[ -e {path} ] || cp /bin/sleep {path}"));
    let command = node.host.command(&path).args(arguments.iter().copied());
    command.spawn().expect("a service")
}

const PROCESS: &str = "vrrp_track_process web {\n process webserver\n}";

#[test]
fn a_killed_process_moves_the_address() {
    let (_stage, a, b) = pair();
    let web = service(&a, "webserver", &["1000"]);
    let daemon = a.run(&configuration(220, PROCESS, "track_process {\n web\n }"));
    let _daemon_b = b.run(&configuration(200, "", ""));
    // In the network of a container there are no process events.
    expect(&daemon, "tracked processes are noticed at once even so");
    a.await_holds(VIP);
    kill(web);
    b.await_holds(VIP);
    let said = daemon.said();
    assert!(
        said.contains("Quorum lost for tracked process web"),
        "{said}"
    );
    assert!(said.contains("due to process web"), "{said}");
    let _web = service(&a, "webserver", &["1000"]);
    expect(&daemon, "Quorum gained for tracked process web");
    a.await_holds(VIP);
}

#[test]
fn processes_count_by_arguments_and_within_bounds() {
    let (_stage, a, _b) = pair();
    let root = "vrrp_track_process many {\n process /run/worker 1000\n quorum 2\n weight 10\n \
                terminate_delay 0.3\n}\n\
                vrrp_track_process none {\n process backup\n quorum_max 0\n weight 5\n}";
    let first = service(&a, "worker", &["1000"]);
    let _other = service(&a, "worker", &["2000"]);
    let tracked = "track_process {\n many\n none weight -30\n }";
    let daemon = a.run(&configuration(100, root, tracked));
    a.await_holds(VIP);
    let _second = service(&a, "worker", &["1000"]);
    expect(&daemon, "Changing effective priority from 100 to 110");
    let backup = service(&a, "backup", &["1000"]);
    expect(&daemon, "Changing effective priority from 110 to 80");
    kill(backup);
    expect(&daemon, "Changing effective priority from 80 to 110");
    kill(first);
    expect(&daemon, "Changing effective priority from 110 to 100");
}

/// A reload takes things up and drops them; a new VRRP process goes on as master and still hears.
#[test]
fn files_and_processes_are_followed_across_reloads_and_deaths_of_the_process() {
    let (_stage, a, b) = pair();
    let web = service(&a, "webserver", &["1000"]);
    let daemon = a.run(&configuration(220, "", ""));
    let _daemon_b = b.run(&configuration(200, "", ""));
    a.await_holds(VIP);
    let root = format!("{PROCESS}\ntrack_file w {{\n file {FILE}\n weight -1\n}}");
    let both = "track_process {\n web\n }\n track_file {\n w\n }";
    a.host
        .overwrite(CONFIGURATION, configuration(220, &root, both))
        .expect("a configuration file");
    daemon.kill(vipd_lab::Signal::SIGHUP).expect("a signal");
    expect(&daemon, "Reload complete");
    a.shell("kill -KILL $(cat /run/vrrp.pid)");
    expect(&daemon, "carrying on in MASTER STATE");
    assert!(a.holds(VIP), "{}", daemon.said());
    a.host.write_file(FILE, 0o644, "7").expect("a file");
    expect(&daemon, "Changing effective priority from 220 to 213");
    kill(web);
    b.await_holds(VIP);
}
