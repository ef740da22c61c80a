//! The address follows a port: no script, no connection, and the death of the service is known
//! at once.

use std::time::{Duration, Instant};

use vipd_lab::Process;

use crate::stage::{CONFIGURATION, Node, PATIENCE, kill};
use crate::tracking::{VIP, configuration, pair};

/// (256 - 200) / 256 of a second: how long the standby waits after a goodbye.
const SKEW: Duration = Duration::from_micros(218_750);
/// How much later than that a busy machine may be.
const MARGIN: Duration = Duration::from_secs(1);

/// Something that listens; `how` are arguments of Perl's `IO::Socket::IP`.
fn listener(node: &Node, how: &str) -> Process {
    let script = format!(
        "$| = 1; my $s = IO::Socket::IP->new({how}) or die $@; print \"serving\\n\"; sleep 1e6"
    );
    let process = node
        .host
        .command("/usr/bin/perl")
        .args(["-MIO::Socket::IP", "-e", &script])
        .spawn()
        .expect("a service");
    process
        .await_line("serving", PATIENCE)
        .expect("a service that serves");
    process
}

#[test]
fn a_killed_service_moves_the_address_within_the_skew_time() {
    let (stage, a, b) = pair();
    let web = a.serve(80);
    let _web_b = b.serve(80);
    let tracked = "track_port {\n tcp 0.0.0.0:80\n }";
    let daemon_a = a.run(&configuration(220, "", tracked));
    let _daemon_b = b.run(&configuration(200, "", tracked));
    a.await_holds(VIP);
    assert!(!b.holds(VIP));

    let begin = Instant::now();
    kill(web);
    b.await_holds(VIP);
    let taken = begin.elapsed();
    println!("address moved {taken:?} after SIGKILL, skew time {SKEW:?}");
    assert!(taken < SKEW + MARGIN, "{taken:?}");
    stage.await_answer(VIP, 80, "node-b");
    let said = daemon_a.said();
    assert!(
        said.contains("VRRP_Port(tcp 0.0.0.0:80) has no listener"),
        "{said}"
    );
    assert!(said.contains("due to port tcp 0.0.0.0:80"), "{said}");

    // A new service is found, and the better node takes the address back.
    let _web = a.serve(80);
    a.await_holds(VIP);
    b.await_released(VIP);
}

#[test]
fn a_port_is_down_when_its_last_listener_is_gone() {
    let (_stage, a, b) = pair();
    let shared = "LocalAddr => '0.0.0.0', LocalPort => 3306, Listen => 5, ReusePort => 1";
    let (first, second) = (listener(&a, shared), listener(&a, shared));
    let tracked = "track_port {\n 3306 weight -50\n }";
    let daemon_a = a.run(&configuration(220, "", tracked));
    let _daemon_b = b.run(&configuration(200, "", ""));
    a.await_holds(VIP);
    kill(first);
    // The kernel has told of the first; a reload shows that it has been taken in.
    daemon_a.kill(vipd_lab::Signal::SIGHUP).expect("a signal");
    daemon_a
        .await_line("Reload complete", PATIENCE)
        .expect("a reload");
    assert!(a.holds(VIP) && !daemon_a.said().contains("has no listener"));
    kill(second);
    b.await_holds(VIP);
    daemon_a
        .await_line("Changing effective priority from 220 to 170", PATIENCE)
        .expect("a lower priority");
}

/// The service comes after the daemon; IPv6 alone does not serve IPv4 clients; UDP; names.
#[test]
fn listeners_count_when_they_serve_the_address() {
    let (_stage, a, _b) = pair();
    let root = "vrrp_track_port dns {\n port udp [::]:53\n weight 10\n fall_delay 0.2\n}";
    let tracked = "track_port {\n tcp 10.0.0.1:80\n dns\n }";
    let daemon = a.run(&configuration(200, root, tracked));
    let said = daemon.said();
    assert!(
        said.contains("VRRP_Port(tcp 10.0.0.1:80) has no listener"),
        "{said}"
    );
    assert!(said.contains("VRRP_Port(dns) has no listener"), "{said}");
    assert!(said.contains("Entering FAULT STATE"), "{said}");

    let _deaf = listener(
        &a,
        "LocalAddr => '::', LocalPort => 80, Listen => 5, V6Only => 1",
    );
    let _other = listener(&a, "LocalAddr => '127.0.0.1', LocalPort => 80, Listen => 5");
    let dns = listener(&a, "LocalAddr => '::', LocalPort => 53, Proto => 'udp'");
    daemon
        .await_line("VRRP_Port(dns) has a listener", PATIENCE)
        .expect("a name server");
    assert!(!daemon.said().contains("10.0.0.1:80) has a listener"));
    let web = listener(&a, "LocalAddr => '10.0.0.1', LocalPort => 80, Listen => 5");
    a.await_holds(VIP);
    kill(dns);
    daemon
        .await_line("Changing effective priority from 210 to 200", PATIENCE)
        .expect("a lower priority");
    kill(web);
    a.await_released(VIP);
}

/// A reload takes ports up and drops them; a new VRRP process goes on as master and still hears.
#[test]
fn ports_are_followed_across_reloads_and_deaths_of_the_process() {
    let (_stage, a, b) = pair();
    let web = a.serve(80);
    let daemon = a.run(&configuration(220, "", ""));
    let _daemon_b = b.run(&configuration(200, "", ""));
    a.await_holds(VIP);
    let reload = |tracked: &str, line: &str| {
        a.host
            .overwrite(CONFIGURATION, configuration(220, "", tracked))
            .expect("a configuration file");
        daemon.kill(vipd_lab::Signal::SIGHUP).expect("a signal");
        daemon.await_line(line, PATIENCE).expect("a reload");
    };
    reload("track_port {\n 81\n }", "due to port tcp 81");
    b.await_holds(VIP);
    reload("track_port {\n 80\n }", "Entering BACKUP STATE");
    a.await_holds(VIP);

    a.shell("kill -KILL $(cat /run/vrrp.pid)");
    daemon
        .await_line("carrying on in MASTER STATE", PATIENCE)
        .expect("a successor");
    assert!(a.holds(VIP), "{}", daemon.said());
    kill(web);
    b.await_holds(VIP);
}
