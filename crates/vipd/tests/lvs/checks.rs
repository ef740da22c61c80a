//! Every kind of check against the service that it is for: alive, dead, with the wrong answer, and
//! back.

use std::fmt::Write as _;

use vipd_lab::Process;

use crate::Test;
use crate::field::{Field, Program, SERVICE, await_that, table};
use crate::services::{CLIENT, CLIENT_KEY, Greeter, QUESTION, dnsmasq, nginx};
use crate::stage::{Node, stop};

pub(crate) const ALL: &[Test] = &[("every_check_sees_what_becomes_of_its_service", checks)];

/// Digests of `good` with the end of a line.
const DIGEST: &str = "d7f986677d9f563bd1794b09d82206a3";

/// What is checked how: the port of the virtual server, the check, and whether a wrong answer is
/// possible at all.
fn kinds() -> Vec<(u16, String, bool)> {
    let question: String = QUESTION.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    vec![
        (1001, "TCP_CHECK {\n".into(), false),
        (
            1002,
            "HTTP_GET {\n url {\n path /page\n status_code 200\n }\n".into(),
            true,
        ),
        (
            1003,
            format!("HTTP_GET {{\n url {{\n path /page\n digest {DIGEST}\n }}\n"),
            true,
        ),
        (
            1004,
            "HTTP_GET {\n url {\n path /page\n regex ^GO+D$\n \
             regex_options caseless multiline\n }\n http_protocol 1.1\n virtualhost lab\n"
                .into(),
            true,
        ),
        (
            1005,
            "SSL_GET {\n enable_sni\n virtualhost secure.example\n url {\n path /page\n \
             regex good\n status_code 200-204\n }\n connect_port 443\n"
                .into(),
            true,
        ),
        (
            1006,
            "SSL_GET {\n enable_sni\n virtualhost other.example\n url {\n path /page\n \
             status_code 404\n }\n connect_port 443\n"
                .into(),
            false,
        ),
        (
            1007,
            "SMTP_CHECK {\n connect_port 25\n helo_name lab\n".into(),
            true,
        ),
        (
            1008,
            "DNS_CHECK {\n connect_port 53\n type A\n name who.example\n".into(),
            true,
        ),
        (
            1009,
            format!(
                "UDP_CHECK {{\n connect_port 53\n payload {question}\n \
                 require_reply 1234xxx00001\n min_reply_length 20\n"
            ),
            true,
        ),
        (1010, "PING_CHECK {\n".into(), false),
    ]
}

fn configuration() -> String {
    let mut text = String::from(
        "global_defs {\n script_user root\n enable_script_security\n}\n\
         SSL {\n certificate /root/client.pem\n key /root/client-key.pem\n password foo\n \
         ca /root/client.pem\n}\n\
         track_file number {\n file /root/number\n init_file 0\n}\n",
    );
    let times = "connect_timeout 2\n retry 0\n delay_before_retry 1\n warmup 0\n }";
    let mut checks: Vec<(u16, String)> = kinds()
        .into_iter()
        .map(|(port, check, _)| (port, format!("{check} {times}")))
        .collect();
    let script = "MISC_CHECK {\n misc_path \"/root/check word\"\n misc_timeout 2\n warmup 0\n }";
    checks.push((1011, script.to_owned()));
    checks.push((
        1012,
        "FILE_CHECK {\n track_file number\n weight 0\n }".to_owned(),
    ));
    for (port, check) in checks {
        let written = write!(
            text,
            "virtual_server {SERVICE} {port} {{\n delay_loop 1\n lb_algo rr\n lb_kind NAT\n \
             protocol TCP\n real_server 10.1.0.11 80 {{\n {check}\n }}\n}}\n"
        );
        written.expect("a text");
    }
    text
}

/// Everything that runs on the real server.
type Running = (Process, Process, Greeter);

fn page(server: &Node, text: &str) {
    for folder in ["www", "secure"] {
        let path = format!("/srv/{folder}/page");
        let written = server.host.write_file(&path, 0o644, format!("{text}\n"));
        written.expect("a page");
    }
}

fn alive(server: &Node) -> Running {
    page(server, "good");
    server.shell("echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_all");
    let dns = dnsmasq(server, Some(1));
    (
        nginx(server),
        dns,
        Greeter::start(&server.host, "220 lab ESMTP"),
    )
}

fn dead(server: &Node, (web, dns, mail): Running) {
    web.kill_tree().expect("a signal");
    dns.kill_tree().expect("a signal");
    drop(mail);
    server.shell("echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all");
}

/// Everything answers, and nothing answers right.
fn wrong(server: &Node) -> Running {
    server.shell("rm /srv/www/page /srv/secure/page");
    let dns = dnsmasq(server, None);
    (
        nginx(server),
        dns,
        Greeter::start(&server.host, "554 go away"),
    )
}

/// The answer of a script, and the number in a file.
fn say(director: &Node, status: u8) {
    let script = format!("#!/bin/sh\n[ \"$1\" = word ] && exit {status}\nexit 9\n");
    for (path, mode, text) in [
        ("/root/check.new", 0o755, script),
        ("/root/number", 0o644, format!("{status}\n")),
    ] {
        director.host.write_file(path, mode, text).expect("a file");
    }
    director.shell("mv /root/check.new /root/check");
}

/// Ports of the virtual servers that have their real server.
fn served(director: &Node) -> Vec<u16> {
    let lines = table(director);
    let mut ports: Vec<u16> = lines
        .iter()
        .filter(|line| line.starts_with("-a"))
        .filter_map(|line| line.split([':', ' ']).nth(3)?.parse().ok())
        .collect();
    ports.sort_unstable();
    ports
}

fn await_served(what: &str, director: &Node, daemon: &Process, expected: &[u16]) {
    await_that(what, || {
        let found = served(director);
        if found != expected {
            println!("{what}: {found:?}, {expected:?}");
        }
        found == expected
    });
    assert!(!daemon.said().contains("SSL: "), "{}", daemon.said());
}

fn checks() {
    let field = Field::new(1, "10.1.0.1");
    let server = field.server(1);
    let director = field.director("director", 1, Program::Ours);
    for (path, contents) in [
        ("/root/client.pem", CLIENT),
        ("/root/client-key.pem", CLIENT_KEY),
    ] {
        let written = director.host.write_file(path, 0o600, contents);
        written.expect("a file");
    }
    say(&director, 0);
    let running = alive(server);
    let daemon = director.run(&configuration());
    let all: Vec<u16> = (1001..=1012).collect();
    await_served("alive", &director, &daemon, &all);

    dead(server, running);
    say(&director, 1);
    await_served("dead", &director, &daemon, &[]);

    let running = wrong(server);
    let right_anyway: Vec<u16> = kinds()
        .into_iter()
        .filter_map(|(port, _, can_be_wrong)| (!can_be_wrong && port != 1010).then_some(port))
        .collect();
    await_served("wrong", &director, &daemon, &right_anyway);
    dead(server, running);

    let _running = alive(server);
    say(&director, 0);
    await_served("back", &director, &daemon, &all);
    stop(daemon);
}
