//! Two directors: VIPs by VRRP on both sides, a virtual server, connections shared by the kernel's
//! sync daemon, and a quorum that moves the VIP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use vipd_lab::{Host, Process};

use crate::Test;
use crate::field::{Field, Program, SERVICE, await_that, table};
use crate::stage::{Node, PATIENCE, ip, kill, stop};

pub(crate) const ALL: &[Test] = &[
    ("connections_survive_the_death_of_a_director", failover),
    ("a_director_without_quorum_gives_the_address_away", quorum),
];

/// Where real servers send their answers.
const GATEWAY: &str = "10.1.0.254";

/// The file of a director.
fn configuration(priority: u8) -> String {
    let instance = |name: &str, interface: &str, number: u8, address: &str| {
        format!(
            "vrrp_instance {name} {{\n state BACKUP\n interface {interface}\n \
             virtual_router_id {number}\n priority {priority}\n advert_int 1\n \
             virtual_ipaddress {{\n  {address}\n }}\n}}\n"
        )
    };
    let servers: Vec<String> = (1..=2)
        .map(|number| {
            format!(
                " real_server 10.1.0.1{number} 80 {{\n  TCP_CHECK {{\n   connect_timeout 2\n   \
                 retry 0\n   delay_before_retry 1\n   warmup 0\n  }}\n }}\n"
            )
        })
        .collect();
    let servers = servers.concat();
    format!(
        "global_defs {{\n script_user root\n enable_script_security\n \
         lvs_sync_daemon eth1 FRONT id 51\n}}\n\
         track_file quorum {{\n file /root/quorum\n init_file 0\n}}\n\
         vrrp_sync_group BOTH {{\n group {{\n  FRONT\n  BACK\n }}\n \
         track_file {{\n  quorum weight 1\n }}\n}}\n\
         {}{}\
         virtual_server {SERVICE} 80 {{\n delay_loop 1\n lb_algo rr\n lb_kind NAT\n \
         protocol TCP\n quorum_up \"/root/set 0\"\n quorum_down \"/root/set -100\"\n{servers}}}\n",
        instance("FRONT", "eth0", 51, &format!("{SERVICE}/24")),
        instance("BACK", "eth1", 52, &format!("{GATEWAY}/24")),
    )
}

fn start(field: &Field, name: &str, number: u8, priority: u8) -> (Node, Process) {
    let director = field.director(name, number, Program::Ours);
    let script = "#!/bin/sh\necho \"$1\" >/root/quorum\n";
    let written = director.host.write_file("/root/set", 0o755, script);
    written.expect("a script");
    let daemon = director.run(&configuration(priority));
    (director, daemon)
}

/// What a director does about connections, as the kernel knows it.
fn sync(director: &Node) -> String {
    director.shell("ipvsadm -L --daemon")
}

/// Answers every line with the same line, for as long as the test program lives.
fn echo(host: &Host) {
    let at = SocketAddr::from(([0, 0, 0, 0], 80));
    let listener = host.network().run(|| TcpListener::bind(at));
    let listener = listener.expect("a network").expect("a port");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || {
                let (mut reader, mut writer) = (&client, &client);
                std::io::copy(&mut reader, &mut writer)
            });
        }
    });
}

fn ask(connection: &mut TcpStream, text: &str) {
    connection.write_all(text.as_bytes()).expect("a connection");
    let mut answer = vec![0; text.len()];
    connection.read_exact(&mut answer).expect("an answer");
    assert_eq!(answer, text.as_bytes());
}

fn failover() {
    let field = Field::new(2, GATEWAY);
    echo(&field.server(1).host);
    echo(&field.server(2).host);
    let (first, _daemon) = start(&field, "first", 1, 200);
    first.await_holds(SERVICE);
    let (second, other) = start(&field, "second", 2, 100);
    await_that("roles of the sync daemon", || {
        sync(&first).starts_with("master sync daemon")
            && sync(&second).starts_with("backup sync daemon")
    });
    for director in [&first, &second] {
        await_that("a table", || table(director).len() == 3);
    }
    let service = SocketAddr::new(ip(SERVICE), 80);
    let connect = || TcpStream::connect_timeout(&service, PATIENCE);
    let connected = field.stage.client.network().run(connect);
    let mut connection = connected.expect("a network").expect("a connection");
    connection
        .set_read_timeout(Some(PATIENCE))
        .expect("a limit");
    ask(&mut connection, "before\n");
    await_that("a copy of the connection", || {
        second.shell("ipvsadm -Lnc").contains("192.168.1.9:")
    });

    // A power cut: nobody says good-bye, and no packet leaves any more.
    first.host.kill_all().expect("signals");
    first.port.pull().expect("a cable");
    first.host.set_up("eth1", false).expect("a cable");
    second.await_holds(SERVICE);
    ask(&mut connection, "after\n");
    await_that("the role of the master", || {
        sync(&second).starts_with("master sync daemon")
    });
    stop(other);
    assert_eq!(sync(&second), "");
    assert!(table(&second).is_empty());
}

fn quorum() {
    let field = Field::new(2, GATEWAY);
    let (serving, also) = (field.serve(1), field.serve(2));
    let (first, daemon) = start(&field, "first", 1, 200);
    first.await_holds(SERVICE);
    let (second, other) = start(&field, "second", 2, 150);
    await_that("an answer", || field.who_answers(4) == ["r1", "r2"]);
    // The first one alone loses its real servers from sight.
    for number in [1, 2] {
        let away = (ip(&format!("10.1.0.1{number}")), 32);
        let nowhere = first.host.add_route(away, "lo", None);
        nowhere.expect("a route");
    }
    second.await_holds(SERVICE);
    first.await_released(SERVICE);
    await_that("an answer", || field.who_answers(4) == ["r1", "r2"]);
    stop(other);
    stop(daemon);
    kill(serving);
    kill(also);
}
