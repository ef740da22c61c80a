//! Reloads: what stays keeps its state, what changes is changed, and nothing else.

use expect_test::{Expect, expect};

use super::world::{World, config};
use crate::lvs::Input;

fn server(last: u8, words: &str) -> String {
    format!("real_server 192.0.2.{last} 80 {{\n {words}\n TCP_CHECK {{\n retry 0\n }}\n }}\n")
}

fn file(words: &str, servers: &str) -> String {
    format!(
        "track_file t {{\n file /t\n}}\nvirtual_server 10.0.0.1 80 {{\n protocol TCP\n \
         lb_algo rr\n lb_kind NAT\n delay_loop 2\n warmup 0\n {words}\n {servers}\n}}\n"
    )
}

fn two() -> String {
    server(1, "") + &server(2, "")
}

/// Two servers, of which the second is dead; then another file, and time.
fn check(before: &str, after: &str, events: &str, expected: &Expect) {
    let mut world = World::new(before);
    world.play("dies 192.0.2.2\n start\n run 3.5");
    world.input(Input::Reconfigure(config(after).into()));
    expected.assert_eq(&world.play(events));
}

#[test]
fn the_same_file_changes_nothing() {
    check(
        &file("", &two()),
        &file("", &two()),
        "run 3",
        &expect![[r#"
        -- run 3
    "#]],
    );
}

#[test]
fn a_server_comes_and_another_goes() {
    let after = server(2, "") + &server(3, "");
    check(
        &file("", &two()),
        &file("", &after),
        "table\n run 3",
        &expect![[r#"
            log    service [192.0.2.1]:tcp:80 no longer exist
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            mail   [host] Realserver [192.0.2.1]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN: => Removing <=
            kernel + tcp 10.0.0.1:80 > 192.0.2.3:80 w1
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            log    Activating healthchecker for service [192.0.2.3]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.3:80 w1
            -- run 3
            log    TCP connection to [192.0.2.3]:tcp:80 success.
        "#]],
    );
}

#[test]
fn a_dead_server_that_goes_is_not_told() {
    check(
        &file("", &two()),
        &file("", &server(1, "")),
        "table",
        &expect![[r#"
            log    service [192.0.2.2]:tcp:80 no longer exist
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w1
        "#]],
    );
}

#[test]
fn a_weight_and_a_scheduler_change() {
    let after = server(1, "weight 7") + &server(2, "weight 8");
    check(
        &file("", &two()),
        &file("", &after).replace("lb_algo rr", "lb_algo wrr\n persistence_timeout 5"),
        "lives 192.0.2.2\n run 3",
        &expect![[r#"
            kernel = tcp 10.0.0.1:80 wrr
            kernel = tcp 10.0.0.1:80 > 192.0.2.1:80 w7
            log    Changing weight from 1 to 7 for active service [192.0.2.1]:tcp:80 of VS [10.0.0.1]:tcp:80
            log    Changing weight from 1 to 8 for inactive service [192.0.2.2]:tcp:80 of VS [10.0.0.1]:tcp:80
            -- lives 192.0.2.2
            -- run 3
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w8
            mail   [host] Realserver [192.0.2.2]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - UP: => TCP CHECK succeed on service <=
        "#]],
    );
}

#[test]
fn a_quorum_is_weighed_anew() {
    check(
        &file("quorum 1", &two()),
        &file("quorum 2\n sorry_server 192.0.2.9 80", &two()),
        "table",
        &expect![[r#"
            kernel + tcp 10.0.0.1:80 > 192.0.2.9:80 w1
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            log    Starting with quorum down 2-0=2 > 1 for VS [10.0.0.1]:tcp:80
            log    Adding sorry server [192.0.2.9]:tcp:80 to VS [10.0.0.1]:tcp:80
            log    Removing alive servers from the pool for VS [10.0.0.1]:tcp:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.9:80 w1
        "#]],
    );
}

#[test]
fn another_schedule_keeps_the_verdict() {
    check(
        &file("", &two()),
        &file("", &two()).replace("retry 0", "retry 3"),
        "run 4\n table",
        &expect![[r#"
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 4
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w1
        "#]],
    );
}

#[test]
fn another_kind_of_check_keeps_the_server_as_it_is_until_it_ran() {
    let misc = "MISC_CHECK {\n misc_path /m\n }";
    let after = |last: u8| format!("real_server 192.0.2.{last} 80 {{\n {misc}\n }}\n");
    check(
        &file("", &two()),
        &file("", &(after(1) + &after(2))),
        "run 4\n table",
        &expect![[r#"
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 4
            log    MISC_CHECK on service [192.0.2.1]:tcp:80 succeeded.
            log    MISC_CHECK on service [192.0.2.2]:tcp:80 succeeded.
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            mail   [host] Realserver [192.0.2.2]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - UP: => MISC CHECK succeed on service <=
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w1
              192.0.2.2:80 w1
        "#]],
    );
}

#[test]
fn without_checks_a_server_is_up() {
    let after = server(1, "") + "real_server 192.0.2.2 80 {\n weight 1\n }\n";
    check(
        &file("", &two()),
        &file("", &after),
        "table",
        &expect![[r#"
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w1
              192.0.2.2:80 w1
        "#]],
    );
}

#[test]
fn virtual_servers_come_and_go() {
    let other = file("omega", &two()).replace("10.0.0.1", "10.0.0.2");
    check(
        &file("", &two()),
        &(file("", &two()) + &other),
        "table",
        &expect![[r#"
            kernel + tcp 10.0.0.2:80 rr
            kernel + tcp 10.0.0.2:80 > 192.0.2.1:80 w1
            log    Gained quorum 1+0=1 <= 1 for VS [10.0.0.2]:tcp:80
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.2]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.2]:tcp:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w1
            tcp 10.0.0.2:80 rr
              192.0.2.1:80 w1
        "#]],
    );
    check(
        &(other.clone() + &file("", &two())),
        &file("", &two()),
        "table",
        &expect![[r#"
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.2]:tcp:80
            mail   [host] Realserver [192.0.2.1]:tcp:80 of virtual server [10.0.0.2]:tcp:80 - DOWN: => Removing <=
            kernel - tcp 10.0.0.2:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w1
        "#]],
    );
}

#[test]
fn groups_grow_and_shrink() {
    let group = |entries: &str| {
        format!("virtual_server_group g {{\n {entries}\n}}\n")
            + &file("", &two()).replace("10.0.0.1 80", "group g")
    };
    check(
        &group("10.0.0.1-2 80"),
        &group("10.0.0.2-3 80\n fwmark 4"),
        "table",
        &expect![[r#"
            kernel - tcp 10.0.0.1:80
            kernel + tcp 10.0.0.3:80 rr
            kernel + mark 4 rr
            kernel + tcp 10.0.0.3:80 > 192.0.2.1:80 w1
            kernel + mark 4 > 192.0.2.1:80 w1
            -- table
            tcp 10.0.0.2:80 rr
              192.0.2.1:80 w1
            tcp 10.0.0.3:80 rr
              192.0.2.1:80 w1
            mark 4 rr
              192.0.2.1:80 w1
        "#]],
    );
}

#[test]
fn a_group_and_an_address_overlap() {
    let group = "virtual_server_group g {\n 10.0.0.1 80\n 10.0.0.5 80\n}\n".to_owned()
        + &file("", &server(3, "")).replace("10.0.0.1 80", "group g");
    check(
        &(file("", &two()) + &group),
        &group,
        "table",
        &expect![[r#"
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            mail   [host] Realserver [192.0.2.1]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN: => Removing <=
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.3:80 w1
            tcp 10.0.0.5:80 rr
              192.0.2.3:80 w1
        "#]],
    );
}

#[test]
fn timeouts_and_sync_daemons_are_set_anew() {
    let global = "global_defs {\n lvs_timeouts tcp 9\n lvs_sync_daemon eth0\n}\n".to_owned();
    check(
        &(global.clone() + &file("", &two())),
        &(global.replace("tcp 9", "udp 7").replace("eth0", "eth1") + &file("", &two())),
        "",
        &expect![[r#"
            kernel RestoreTimeouts
            kernel SetTimeouts(Timeouts { tcp_s: None, tcp_fin_s: None, udp_s: Some(7) })
            kernel sync Master off
            kernel sync Backup off
            kernel sync Backup on
            kernel sync Master on
        "#]],
    );
}
