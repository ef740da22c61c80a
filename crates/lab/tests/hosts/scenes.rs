//! One promise each.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use vipd_lab::{Host, Lab, PROGRAM, Port, Process, Signal, Switch};

type Scene = fn(&Lab);

/// All scenes by name.
pub(crate) const ALL: &[(&str, Scene)] = &[
    (
        "a_host_has_its_own_name_and_processes",
        a_host_has_its_own_name_and_processes,
    ),
    ("killing_by_name_stays_inside", killing_by_name_stays_inside),
    ("files_stay_inside", files_stay_inside),
    ("syslog_is_kept", syslog_is_kept),
    (
        "a_pulled_cable_is_seen_and_heals",
        a_pulled_cable_is_seen_and_heals,
    ),
    ("multicast_can_be_dropped", multicast_can_be_dropped),
    ("an_address_is_awaited", an_address_is_awaited),
    (
        "a_prober_sees_who_answers_and_outages",
        a_prober_sees_who_answers_and_outages,
    ),
    (
        "frozen_and_killed_hosts_are_silent",
        frozen_and_killed_hosts_are_silent,
    ),
    ("ipv6_works_at_once", ipv6_works_at_once),
    ("a_dropped_host_is_gone", a_dropped_host_is_gone),
    ("kept_hosts_are_found_again", kept_hosts_are_found_again),
    (
        "a_pair_of_keepalived_plays_the_whole_story",
        crate::interop::a_pair_of_keepalived_plays_the_whole_story,
    ),
];

const LIMIT: Duration = Duration::from_secs(10);

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Two hosts on a switch, 10.9.0.1 and 10.9.0.2.
fn pair(lab: &Lab) -> (Switch, Host, Host, [Port; 2]) {
    let switch = lab.switch("switch").unwrap();
    let (a, b) = (lab.host("a").unwrap(), lab.host("b").unwrap());
    let one = switch.connect(&a, "eth0", &[(ip("10.9.0.1"), 24)]).unwrap();
    let other = switch
        .connect(&b, "eno16777736", &[(ip("10.9.0.2"), 24)])
        .unwrap();
    (switch, a, b, [one, other])
}

fn serve(host: &Host, port: u16) -> Process {
    let web = host
        .command(PROGRAM)
        .args(["lab-web", &port.to_string(), host.name()]);
    let web = web.spawn().unwrap();
    web.await_line("serving", LIMIT).unwrap();
    web
}

fn a_host_has_its_own_name_and_processes(lab: &Lab) {
    let host = lab.host("db1").unwrap();
    let named = host.command("uname").arg("-n").output(LIMIT).unwrap();
    assert_eq!(
        (named.stdout.as_str(), named.status.success()),
        ("db1\n", true)
    );
    let sleeper = host.command("sleep").arg("1000").spawn().unwrap();
    let seen = host
        .command("ps")
        .args(["-e", "-o", "pid=,comm="])
        .output(LIMIT)
        .unwrap();
    let lines: Vec<_> = seen
        .stdout
        .lines()
        .map(|l| l.split_whitespace().collect::<Vec<_>>())
        .collect();
    assert_eq!(lines.len(), 3, "{seen:?}");
    assert_eq!(lines[0][0], "1");
    assert_eq!(lines[1], [sleeper.pid().to_string().as_str(), "sleep"]);
    let status = host.command("false").status(LIMIT).unwrap();
    assert_eq!(status.code(), Some(1));
    let error = host
        .command("no-such-program")
        .spawn()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("cannot start no-such-program: No such file"),
        "{error}"
    );
    let slow = host
        .command("sleep")
        .arg("1000")
        .output(Duration::from_millis(50));
    assert!(
        slow.unwrap_err()
            .to_string()
            .contains("the end of sleep in host db1")
    );
}

fn killing_by_name_stays_inside(lab: &Lab) {
    let (a, b) = (lab.host("a").unwrap(), lab.host("b").unwrap());
    for host in [&a, &b] {
        host.link_file("/bin/sleep", "/run/lab/bin/keepalived")
            .unwrap();
    }
    let mut on_a = a.command("keepalived").arg("1000").spawn().unwrap();
    let mut on_b = b.command("keepalived").arg("1000").spawn().unwrap();
    assert!(
        b.command("killall")
            .args(["-0", "keepalived"])
            .status(LIMIT)
            .unwrap()
            .success()
    );
    assert!(
        a.command("pkill")
            .arg("keepalived")
            .status(LIMIT)
            .unwrap()
            .success()
    );
    on_a.wait(LIMIT).unwrap();
    assert_eq!(on_b.try_wait().unwrap(), None);
    let none = a
        .command("ps")
        .args(["-C", "keepalived", "--no-header"])
        .output(LIMIT)
        .unwrap();
    assert_eq!(none.stdout, "");
    assert!(
        !a.command("killall")
            .args(["-0", "keepalived"])
            .status(LIMIT)
            .unwrap()
            .success()
    );
    on_b.kill(Signal::SIGTERM).unwrap();
    on_b.wait(LIMIT).unwrap();
}

fn files_stay_inside(lab: &Lab) {
    let (a, b) = (lab.host("a").unwrap(), lab.host("b").unwrap());
    let paths = [
        "/etc/keepalived/lab-test.conf",
        "/opt/lab-test.sh",
        "/root/lab_test/check.sh",
        "/run/lab-test.pid",
        "/tmp/lab-test",
        "/usr/sbin/lab-test",
        "/var/log/lab-test.log",
        "/etc/init.d/lab-test",
    ];
    for path in paths {
        a.write_file(path, 0o755, "#!/bin/sh\necho here\n").unwrap();
        assert_eq!(a.read_file(path).unwrap(), b"#!/bin/sh\necho here\n");
        assert!(
            b.read_file(path)
                .unwrap_err()
                .to_string()
                .contains("No such file")
        );
        assert!(
            !std::path::Path::new(path).exists(),
            "{path} reached the machine"
        );
    }
    let ran = a.command("/opt/lab-test.sh").output(LIMIT).unwrap();
    assert_eq!(ran.stdout, "here\n", "{ran:?}");
    let script = "echo x >/etc/lab-test-2; mkdir /lab-test-3; ls -d /lab-test-3";
    let tried = a.command("sh").args(["-c", script]).output(LIMIT).unwrap();
    assert_ne!(tried.stdout, "/lab-test-3\n");
    assert!(!std::path::Path::new("/etc/lab-test-2").exists());
    assert!(!std::path::Path::new("/lab-test-3").exists());
    let pid = a.command("sh").args([
        "-c",
        "echo $$ >/var/run/x.pid; cat /run/x.pid; : </dev/null",
    ]);
    assert_ne!(pid.output(LIMIT).unwrap().stdout, "");
}

fn syslog_is_kept(lab: &Lab) {
    let host = lab.host("a").unwrap();
    let logger = host
        .command("bash")
        .args(["-c", "logger -t lab-test hello || exit 9"]);
    let status = logger.status(LIMIT).unwrap();
    assert!(
        status.success(),
        "logger (package bsdutils) ended with {status}"
    );
    let log = String::from_utf8(host.read_file("/var/log/messages").unwrap()).unwrap();
    assert!(
        log.contains("lab-test: hello") && !log.starts_with('<'),
        "{log}"
    );
}

fn a_pulled_cable_is_seen_and_heals(lab: &Lab) {
    let (_switch, a, b, [cable, _]) = pair(lab);
    let _web = serve(&b, 80);
    let address: SocketAddr = "10.9.0.2:80".parse().unwrap();
    assert_eq!(a.http_get(address, LIMIT).unwrap(), "b\n");
    let carrier =
        || String::from_utf8(a.read_file("/sys/class/net/eth0/carrier").unwrap()).unwrap();
    assert_eq!(carrier(), "1\n");
    cable.pull().unwrap();
    assert_eq!(carrier(), "0\n");
    a.http_get(address, Duration::from_millis(300)).unwrap_err();
    cable.plug().unwrap();
    assert_eq!(carrier(), "1\n");
    assert_eq!(a.http_get(address, LIMIT).unwrap(), "b\n");
}

fn multicast_can_be_dropped(lab: &Lab) {
    let (_switch, a, b, [_, to_b]) = pair(lab);
    let capture = b.capture("eno16777736").unwrap();
    let socket = a
        .network()
        .run(|| std::net::UdpSocket::bind("10.9.0.1:0"))
        .unwrap()
        .unwrap();
    let send = |text: &str, to: &str| socket.send_to(text.as_bytes(), to).map(drop);
    let carries = |text: &'static str| {
        move |frame: &vipd_lab::Frame| {
            frame
                .bytes
                .windows(text.len())
                .any(|w| w == text.as_bytes())
        }
    };
    a.add_route((ip("224.0.0.0"), 4), "eth0", None).unwrap();
    send("first", "224.0.0.18:9").unwrap();
    let frame = capture.await_frame(carries("first"), LIMIT).unwrap();
    assert!(!frame.sent);
    assert_eq!(&frame.bytes[..6], [0x01, 0, 0x5e, 0, 0, 0x12]);
    to_b.pass_multicast(false).unwrap();
    send("second", "224.0.0.18:9").unwrap();
    // Unicast still passes, and came later: what was to come before is lost.
    send("unicast", "10.9.0.2:9").unwrap();
    capture.await_frame(carries("unicast"), LIMIT).unwrap();
    assert!(!capture.frames().iter().any(carries("second")));
    to_b.pass_multicast(true).unwrap();
    send("third", "224.0.0.18:9").unwrap();
    capture.await_frame(carries("third"), LIMIT).unwrap();
}

fn an_address_is_awaited(lab: &Lab) {
    let (_switch, a, _b, _) = pair(lab);
    let vip = ip("10.9.0.100");
    let error = a
        .await_address(vip, true, Duration::from_millis(30))
        .unwrap_err();
    assert!(
        error.to_string().contains("10.9.0.100 to appear on host a"),
        "{error}"
    );
    for present in [true, false] {
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| a.await_address(vip, present, LIMIT));
            if present {
                a.add_address("eth0", vip, 32).unwrap();
            } else {
                a.remove_address("eth0", vip, 32).unwrap();
            }
            waiting.join().unwrap().unwrap();
        });
    }
}

fn a_prober_sees_who_answers_and_outages(lab: &Lab) {
    let (switch, a, b, _) = pair(lab);
    let client = lab.host("client").unwrap();
    switch
        .connect(&client, "eth0", &[(ip("10.9.0.3"), 24)])
        .unwrap();
    let _webs = [serve(&a, 80), serve(&b, 80)];
    let vip = ip("10.9.0.100");
    let prober = client
        .probe(SocketAddr::new(vip, 80), Duration::from_millis(1))
        .unwrap();
    a.add_address("eth0", vip, 32).unwrap();
    prober.await_answer("a", LIMIT).unwrap();
    let start = Instant::now();
    let calm = Instant::now() + Duration::from_millis(100);
    while Instant::now() < calm {
        prober.await_answer("a", LIMIT).unwrap();
    }
    let seen = prober.seen(start, calm);
    assert_eq!(seen.answered.iter().collect::<Vec<_>>(), ["a"]);
    assert!(
        seen.questions.0 >= 50 && seen.outage < Duration::from_millis(50),
        "{seen:?}"
    );

    let gone = Instant::now();
    a.remove_address("eth0", vip, 32).unwrap();
    b.await_address(vip, true, Duration::from_millis(250))
        .unwrap_err();
    let back = Instant::now();
    b.add_address("eno16777736", vip, 32).unwrap();
    // To send this, b asks from the new address where the client is, and the client takes note.
    b.network()
        .run(|| std::net::UdpSocket::bind((vip, 0))?.send_to(b"here", "10.9.0.3:9"))
        .unwrap()
        .unwrap();
    prober.await_answer("b", LIMIT).unwrap();
    let seen = prober.seen(gone, Instant::now());
    let silence = back - gone;
    assert!(
        seen.outage >= silence.saturating_sub(Duration::from_millis(20)),
        "{seen:?} {silence:?}"
    );
    assert_eq!(seen.answered.iter().next_back().unwrap(), "b");
    assert_eq!(
        client.http_get(SocketAddr::new(vip, 80), LIMIT).unwrap(),
        "b\n"
    );
}

fn frozen_and_killed_hosts_are_silent(lab: &Lab) {
    let (_switch, a, b, _) = pair(lab);
    let mut web = serve(&b, 80);
    let prober = a
        .probe("10.9.0.2:80".parse().unwrap(), Duration::from_millis(1))
        .unwrap();
    prober.await_answer("b", LIMIT).unwrap();
    b.freeze().unwrap();
    let frozen = Instant::now();
    prober
        .await_answer("nobody", Duration::from_millis(100))
        .unwrap_err();
    b.thaw().unwrap();
    prober.await_answer("b", LIMIT).unwrap();
    assert!(prober.seen(frozen, Instant::now()).questions.0 >= 50);
    b.kill_all().unwrap();
    assert!(!web.wait(LIMIT).unwrap().success());
    let dead = Instant::now();
    prober
        .await_answer("b", Duration::from_millis(100))
        .unwrap_err();
    let seen = prober.seen(dead, Instant::now());
    assert!(
        seen.answered.is_empty() && seen.outage >= Duration::from_millis(80),
        "{seen:?}"
    );
}

fn ipv6_works_at_once(lab: &Lab) {
    let (_switch, a, b, _) = pair(lab);
    a.add_address("eth0", ip("fd00::1"), 64).unwrap();
    b.add_address("eno16777736", ip("fd00::2"), 64).unwrap();
    let _web = serve(&b, 80);
    let address: SocketAddr = "[fd00::2]:80".parse().unwrap();
    assert_eq!(a.http_get(address, LIMIT).unwrap(), "b\n");
    let prober = a.probe(address, Duration::from_millis(1)).unwrap();
    prober.await_answer("b", LIMIT).unwrap();
}

fn a_dropped_host_is_gone(lab: &Lab) {
    let host = lab.host("a").unwrap();
    let mut sleeper = host.command("sleep").arg("1000").spawn().unwrap();
    let process = format!("/proc/{}", host.pid());
    assert!(std::path::Path::new(&process).exists());
    drop(host);
    assert!(!std::path::Path::new(&process).exists());
    assert!(!sleeper.wait(LIMIT).unwrap().success());
}

fn kept_hosts_are_found_again(lab: &Lab) {
    let folder = tempfile::tempdir().unwrap();
    let place = vipd_lab::kept::Place::of_user(0, Some(folder.path().to_owned()));
    assert_eq!(place.list().unwrap(), [""; 0]);
    let (switch, a, b, _) = pair(lab);
    let process = format!("/proc/{}", a.pid());
    place.keep(&[&a, &b, switch.host()]).unwrap();
    drop((a, b, switch));
    assert!(std::path::Path::new(&process).exists());
    assert_eq!(place.list().unwrap(), ["a", "b", "switch"]);
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let named = words(&["sh", "-c", "test $(uname -n) = b || exit 7; exit 3"]);
    assert_eq!(place.exec("b", &named).unwrap().code(), Some(3));
    let error = place.exec("c", &named).unwrap_err().to_string();
    assert_eq!(error, "there is no host c (see: vipd lab list)");
    assert_eq!(place.stop().unwrap(), ["a", "b", "switch"]);
    assert!(!place.path().exists());
    assert_eq!(place.list().unwrap(), [""; 0]);
}
