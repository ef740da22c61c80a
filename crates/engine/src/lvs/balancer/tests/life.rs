//! Lives of virtual servers: a file, what happens, and what is ordered.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::world::World;

fn check(file: &str, events: &str, expected: &Expect) {
    expected.assert_eq(&World::new(file).play(events));
}

/// A file with one virtual server of these words and real servers 192.0.2.1 and 192.0.2.2 with
/// these words each.
fn file(words: &str, server: &str) -> String {
    let fifo = if words.contains("quorum_up") {
        "lvs_notify_fifo /f"
    } else {
        ""
    };
    let mut text = format!(
        "global_defs {{\n router_id r\n smtp_alert false\n {fifo}\n}}\ntrack_file t {{\n file /t\n}}\n\
         virtual_server 10.0.0.1 80 {{\n protocol TCP\n lb_algo rr\n lb_kind NAT\n delay_loop 2\n \
         warmup 0\n {words}\n"
    );
    for last in 1..=2 {
        writeln!(text, "real_server 192.0.2.{last} 80 {{\n {server}\n }}").unwrap();
    }
    text + "}\n"
}

const TCP: &str = "TCP_CHECK {\n retry 1\n delay_before_retry 1\n }";

#[test]
fn a_server_dies_and_comes_back() {
    let words = "notify_up /up\n notify_down /down\n";
    check(
        &file("quorum_up /qu\n quorum_down /qd", &format!("{words}{TCP}")),
        "start
         run 2
         dies 192.0.2.2
         run 5
         lives 192.0.2.2
         run 3
         stop",
        &expect![[r#"
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
            script /qu
            fifo   VS [10.0.0.1]:tcp:80 UP
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 2
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            -- dies 192.0.2.2
            -- run 5
            log    TCP_CHECK on service [192.0.2.2]:tcp:80 failed after 1 retry: no answer
            log    Removing service [192.0.2.2]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.2:80
            script /down
            fifo   RS [192.0.2.2]:tcp:80 [10.0.0.1]:tcp:80 DOWN
            -- lives 192.0.2.2
            -- run 3
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            script /up
            fifo   RS [192.0.2.2]:tcp:80 [10.0.0.1]:tcp:80 UP
            -- stop
            kernel - tcp 10.0.0.1:80
            log    Shutting down service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            log    Shutting down service [192.0.2.2]:tcp:80 from VS [10.0.0.1]:tcp:80
            stopped
        "#]],
    );
}

#[test]
fn the_first_failure_counts_at_once() {
    check(
        &file("", TCP),
        "dies 192.0.2.1
         start
         run 1.1",
        &expect![[r#"
            -- dies 192.0.2.1
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 1.1
            log    TCP_CHECK on service [192.0.2.1]:tcp:80 failed: no answer
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            log    TCP connection to [192.0.2.2]:tcp:80 success.
        "#]],
    );
}

#[test]
fn alpha_servers_come_in_with_their_first_success() {
    check(
        &file("alpha\n quorum 2\n quorum_up /qu\n quorum_down /qd", TCP),
        "dies 192.0.2.1
         start
         run 3
         lives 192.0.2.1
         run 2
         table",
        &expect![[r#"
            -- dies 192.0.2.1
            -- start
            kernel + tcp 10.0.0.1:80 rr
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 3
            log    TCP_CHECK on service [192.0.2.1]:tcp:80 failed: no answer
            fifo   RS [192.0.2.1]:tcp:80 [10.0.0.1]:tcp:80 DOWN
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            fifo   RS [192.0.2.2]:tcp:80 [10.0.0.1]:tcp:80 UP
            -- lives 192.0.2.1
            -- run 2
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    Adding service [192.0.2.1]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            fifo   RS [192.0.2.1]:tcp:80 [10.0.0.1]:tcp:80 UP
            log    Gained quorum 2+0=2 <= 2 for VS [10.0.0.1]:tcp:80
            script /qu
            fifo   VS [10.0.0.1]:tcp:80 UP
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w1
              192.0.2.2:80 w1
        "#]],
    );
}

#[test]
fn the_sorry_server_is_there_while_the_quorum_is_lost() {
    check(
        &file("sorry_server 192.0.2.9 80\n quorum 2\n", TCP),
        "start
         run 2
         dies 192.0.2.1
         run 4
         table
         dies 192.0.2.2
         run 4
         lives 192.0.2.1
         run 3
         table
         lives 192.0.2.2
         run 3
         table",
        &expect![[r#"
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            log    Gained quorum 2+0=2 <= 2 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 2
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            -- dies 192.0.2.1
            -- run 4
            log    TCP_CHECK on service [192.0.2.1]:tcp:80 failed after 1 retry: no answer
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.9:80 w1
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.2:80
            log    Lost quorum 2-0=2 > 1 for VS [10.0.0.1]:tcp:80
            log    Adding sorry server [192.0.2.9]:tcp:80 to VS [10.0.0.1]:tcp:80
            log    Removing alive servers from the pool for VS [10.0.0.1]:tcp:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.9:80 w1
            -- dies 192.0.2.2
            -- run 4
            log    TCP_CHECK on service [192.0.2.2]:tcp:80 failed after 1 retry: no answer
            log    Removing service [192.0.2.2]:tcp:80 from VS [10.0.0.1]:tcp:80
            -- lives 192.0.2.1
            -- run 3
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    Adding service [192.0.2.1]:tcp:80 to VS [10.0.0.1]:tcp:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.9:80 w1
            -- lives 192.0.2.2
            -- run 3
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            kernel - tcp 10.0.0.1:80 > 192.0.2.9:80
            log    Gained quorum 2+0=2 <= 2 for VS [10.0.0.1]:tcp:80
            log    Removing sorry server [192.0.2.9]:tcp:80 from VS [10.0.0.1]:tcp:80
            log    Adding alive servers to the pool for VS [10.0.0.1]:tcp:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w1
              192.0.2.2:80 w1
        "#]],
    );
}

#[test]
fn inhibited_servers_stay_with_weight_0() {
    check(
        &file(
            "sorry_server 192.0.2.9 80\n sorry_server_inhibit\n inhibit_on_failure",
            TCP,
        ),
        "start
         table
         run 2
         dies 192.0.2.1
         run 4
         dies 192.0.2.2
         run 4
         table
         lives 192.0.2.2
         run 3
         table",
        &expect![[r#"
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.9:80 w0
            log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w1
              192.0.2.2:80 w1
              192.0.2.9:80 w0
            -- run 2
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            -- dies 192.0.2.1
            -- run 4
            log    TCP_CHECK on service [192.0.2.1]:tcp:80 failed after 1 retry: no answer
            log    Disabling service [192.0.2.1]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.1:80 w0
            -- dies 192.0.2.2
            -- run 4
            log    TCP_CHECK on service [192.0.2.2]:tcp:80 failed after 1 retry: no answer
            log    Disabling service [192.0.2.2]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.9:80 w1
            kernel = tcp 10.0.0.1:80 > 192.0.2.2:80 w0
            log    Lost quorum 1-0=1 > 0 for VS [10.0.0.1]:tcp:80
            log    Enabling sorry server [192.0.2.9]:tcp:80 to VS [10.0.0.1]:tcp:80
            log    Removing alive servers from the pool for VS [10.0.0.1]:tcp:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w0
              192.0.2.2:80 w0
              192.0.2.9:80 w1
            -- lives 192.0.2.2
            -- run 3
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            log    Enabling service [192.0.2.2]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            kernel = tcp 10.0.0.1:80 > 192.0.2.9:80 w0
            log    Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:80
            log    Disabling sorry server [192.0.2.9]:tcp:80 from VS [10.0.0.1]:tcp:80
            log    Adding alive servers to the pool for VS [10.0.0.1]:tcp:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.1:80 w0
              192.0.2.2:80 w1
              192.0.2.9:80 w0
        "#]],
    );
}

#[test]
fn hysteresis_keeps_a_quorum_and_keeps_it_away() {
    check(
        &file("quorum 2\n hysteresis 1", &format!("weight 2\n {TCP}")),
        "start
         run 2
         dies 192.0.2.1
         run 4
         dies 192.0.2.2
         run 4
         lives 192.0.2.1
         run 3
         lives 192.0.2.2
         run 3",
        &expect![[r#"
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w2
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w2
            log    Gained quorum 2+1=3 <= 4 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 2
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            -- dies 192.0.2.1
            -- run 4
            log    TCP_CHECK on service [192.0.2.1]:tcp:80 failed after 1 retry: no answer
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            -- dies 192.0.2.2
            -- run 4
            log    TCP_CHECK on service [192.0.2.2]:tcp:80 failed after 1 retry: no answer
            log    Removing service [192.0.2.2]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.2:80
            log    Lost quorum 2-1=1 > 0 for VS [10.0.0.1]:tcp:80
            -- lives 192.0.2.1
            -- run 3
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    Adding service [192.0.2.1]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w2
            -- lives 192.0.2.2
            -- run 3
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w2
            log    Gained quorum 2+1=3 <= 4 for VS [10.0.0.1]:tcp:80
        "#]],
    );
}

#[test]
fn all_checks_must_be_up() {
    check(
        &file(
            "",
            "TCP_CHECK {\n retry 0\n }\n MISC_CHECK {\n misc_path /m\n delay_loop 3\n }",
        ),
        "start
         ends /m 1
         dies 192.0.2.1
         run 5
         ends /m 0
         run 4
         lives 192.0.2.1
         run 3",
        &expect![[r#"
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- ends /m 1
            -- dies 192.0.2.1
            -- run 5
            log    TCP_CHECK on service [192.0.2.1]:tcp:80 failed: no answer
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            log    MISC_CHECK on service [192.0.2.1]:tcp:80 failed: exited with status 1
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            log    MISC_CHECK on service [192.0.2.2]:tcp:80 failed: exited with status 1
            log    Removing service [192.0.2.2]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.2:80
            log    Lost quorum 1-0=1 > 0 for VS [10.0.0.1]:tcp:80
            -- ends /m 0
            -- run 4
            log    MISC_CHECK on service [192.0.2.1]:tcp:80 succeeded.
            log    MISC_CHECK on service [192.0.2.2]:tcp:80 succeeded.
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            log    Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:80
            -- lives 192.0.2.1
            -- run 3
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    Adding service [192.0.2.1]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
        "#]],
    );
}

#[test]
fn scripts_give_weights() {
    check(
        &file(
            "",
            "weight 10\n MISC_CHECK {\n misc_path /m\n misc_dynamic\n }\n FILE_CHECK {\n \
             track_file t\n weight 2\n }",
        ),
        "file t 0
         start
         ends /m 22
         run 2
         file t 3
         ends /m 2
         run 2
         ends /m 0
         run 2",
        &expect![[r#"
            -- file t 0
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w10
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w10
            log    Gained quorum 1+0=1 <= 20 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- ends /m 22
            -- run 2
            log    MISC_CHECK on service [192.0.2.1]:tcp:80 succeeded.
            log    Changing weight from 10 to 20 for active service [192.0.2.1]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.1:80 w20
            log    MISC_CHECK on service [192.0.2.2]:tcp:80 succeeded.
            log    Changing weight from 10 to 20 for active service [192.0.2.2]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.2:80 w20
            -- file t 3
            log    Changing weight from 20 to 26 for active service [192.0.2.1]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.1:80 w26
            log    Changing weight from 20 to 26 for active service [192.0.2.2]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.2:80 w26
            -- ends /m 2
            -- run 2
            log    Changing weight from 26 to 6 for active service [192.0.2.1]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.1:80 w6
            log    Changing weight from 26 to 6 for active service [192.0.2.2]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.2:80 w6
            -- ends /m 0
            -- run 2
            log    Changing weight from 6 to 16 for active service [192.0.2.1]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.1:80 w16
            log    Changing weight from 6 to 16 for active service [192.0.2.2]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.2:80 w16
        "#]],
    );
}

#[test]
fn files_give_weights() {
    check(
        &file("", "weight 10\n FILE_CHECK {\n track_file t\n weight 2\n }"),
        "file t 3
         start
         file t -3
         file t -6
         file t 0
         file t -1073741824
         file t 2000000000",
        &expect![[r#"
            -- file t 3
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w16
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w16
            log    Gained quorum 1+0=1 <= 32 for VS [10.0.0.1]:tcp:80
            -- file t -3
            log    Changing weight from 16 to 4 for active service [192.0.2.1]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.1:80 w4
            log    Changing weight from 16 to 4 for active service [192.0.2.2]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.2:80 w4
            -- file t -6
            log    Changing weight from 4 to 0 for active service [192.0.2.1]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.1:80 w0
            log    Changing weight from 4 to 0 for active service [192.0.2.2]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.2:80 w0
            log    Lost quorum 1-0=1 > 0 for VS [10.0.0.1]:tcp:80
            -- file t 0
            log    Changing weight from 0 to 10 for active service [192.0.2.1]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.1:80 w10
            log    Gained quorum 1+0=1 <= 10 for VS [10.0.0.1]:tcp:80
            log    Changing weight from 0 to 10 for active service [192.0.2.2]:tcp:80 of VS [10.0.0.1]:tcp:80
            kernel = tcp 10.0.0.1:80 > 192.0.2.2:80 w10
            -- file t -1073741824
            log    FILE_CHECK on service [192.0.2.1]:tcp:80 failed.
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            log    FILE_CHECK on service [192.0.2.2]:tcp:80 failed.
            log    Removing service [192.0.2.2]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.2:80
            log    Lost quorum 1-0=1 > 0 for VS [10.0.0.1]:tcp:80
            -- file t 2000000000
            log    FILE_CHECK on service [192.0.2.1]:tcp:80 succeeded.
            log    Adding service [192.0.2.1]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w2147483647
            log    Gained quorum 1+0=1 <= 2147483647 for VS [10.0.0.1]:tcp:80
            log    FILE_CHECK on service [192.0.2.2]:tcp:80 succeeded.
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w2147483647
        "#]],
    );
}

#[test]
fn every_url_of_a_round_must_be_good() {
    check(
        &file(
            "alpha",
            "HTTP_GET {\n url {\n path /a\n }\n url {\n path /b\n }\n retry 1\n \
             delay_before_retry 1\n }",
        ),
        "start
         run 3.5
         loses /b
         run 6
         finds /b
         run 9",
        &expect![[r#"
            -- start
            kernel + tcp 10.0.0.1:80 rr
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 3.5
            log    Remote Web server [192.0.2.1]:tcp:80 succeed on service.
            log    Adding service [192.0.2.1]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            log    Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:80
            log    Remote Web server [192.0.2.2]:tcp:80 succeed on service.
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            -- loses /b
            -- run 6
            log    HTTP_CHECK on service [192.0.2.1]:tcp:80 failed after 1 retry: no answer
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            log    HTTP_CHECK on service [192.0.2.2]:tcp:80 failed after 1 retry: no answer
            log    Removing service [192.0.2.2]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.2:80
            log    Lost quorum 1-0=1 > 0 for VS [10.0.0.1]:tcp:80
            -- finds /b
            -- run 9
            log    Remote Web server [192.0.2.1]:tcp:80 succeed on service.
            log    Adding service [192.0.2.1]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            log    Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:80
            log    Remote Web server [192.0.2.2]:tcp:80 succeed on service.
            log    Adding service [192.0.2.2]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
        "#]],
    );
}

#[test]
fn checks_rest_while_the_address_is_elsewhere() {
    check(
        &file("ha_suspend", TCP),
        "start
         dies 192.0.2.1
         run 9
         address 10.0.0.1 here
         run 4
         address 10.0.0.1 gone
         lives 192.0.2.1
         run 9
         address 10.0.0.1 here
         run 4",
        &expect![[r#"
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
            log    Deactivating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Deactivating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- dies 192.0.2.1
            -- run 9
            -- address 10.0.0.1 here
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 4
            log    TCP_CHECK on service [192.0.2.1]:tcp:80 failed: no answer
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            -- address 10.0.0.1 gone
            log    Suspending healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Suspending healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- lives 192.0.2.1
            -- run 9
            -- address 10.0.0.1 here
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 4
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    Adding service [192.0.2.1]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
        "#]],
    );
}

#[test]
fn omega_tells_at_the_end() {
    let words = "notify_down /down\n smtp_alert\n";
    check(
        &file(
            "omega\n quorum_down /qd\n smtp_alert",
            &format!("{words}{TCP}"),
        ),
        "dies 192.0.2.1
         start
         run 2
         stop",
        &expect![[r#"
            -- dies 192.0.2.1
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
            mail   [r] Virtualserver [10.0.0.1]:tcp:80 - UP: => Starting with quorum up 1+0=1 <= 2 <=
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 2
            log    TCP_CHECK on service [192.0.2.1]:tcp:80 failed: no answer
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            script /down
            mail   [r] Realserver [192.0.2.1]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN: => TCP CHECK failed on service <=
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            -- stop
            kernel - tcp 10.0.0.1:80
            log    Shutting down service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            log    Shutting down service [192.0.2.2]:tcp:80 from VS [10.0.0.1]:tcp:80
            script /down (last)
            mail   [r] Realserver [192.0.2.2]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN: => Shutting down <=
            script /qd (last)
            mail   [r] Virtualserver [10.0.0.1]:tcp:80 - DOWN: => Shutting down <=
            stopped
        "#]],
    );
}

#[test]
fn mails_say_which_check_it_was() {
    check(
        &file("smtp_alert", &format!("smtp_alert\n {TCP}")),
        "start
         run 2
         dies 192.0.2.1
         dies 192.0.2.2
         run 4
         lives 192.0.2.1
         run 3",
        &expect![[r#"
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
            mail   [r] Virtualserver [10.0.0.1]:tcp:80 - UP: => Starting with quorum up 1+0=1 <= 2 <=
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 2
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            -- dies 192.0.2.1
            -- dies 192.0.2.2
            -- run 4
            log    TCP_CHECK on service [192.0.2.1]:tcp:80 failed after 1 retry: no answer
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            mail   [r] Realserver [192.0.2.1]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN: => TCP CHECK failed on service <=
            log    TCP_CHECK on service [192.0.2.2]:tcp:80 failed after 1 retry: no answer
            log    Removing service [192.0.2.2]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.2:80
            log    Lost quorum 1-0=1 > 0 for VS [10.0.0.1]:tcp:80
            mail   [r] Virtualserver [10.0.0.1]:tcp:80 - DOWN: => Lost quorum 1-0=1 > 0 <=
            mail   [r] Realserver [192.0.2.2]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN: => TCP CHECK failed on service <=
            -- lives 192.0.2.1
            -- run 3
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    Adding service [192.0.2.1]:tcp:80 to VS [10.0.0.1]:tcp:80
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            log    Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:80
            mail   [r] Virtualserver [10.0.0.1]:tcp:80 - UP: => Gained quorum 1+0=1 <= 1 <=
            mail   [r] Realserver [192.0.2.1]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - UP: => TCP CHECK succeed on service <=
        "#]],
    );
}

#[test]
fn the_table_of_an_earlier_run_is_taken_over() {
    let text = file("", TCP);
    let mut world = World::started(&text);
    world.log.clear();
    let mut next = World::new(&text);
    next.kernel = std::mem::take(&mut world.kernel);
    expect![[r#"
        -- start
        log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
        log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
        log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
        -- table
        tcp 10.0.0.1:80 rr
          192.0.2.1:80 w1
          192.0.2.2:80 w1
    "#]]
    .assert_eq(&next.play("start\n table"));
}

#[test]
fn flushing_is_as_asked_for() {
    let text = file("", TCP).replace("router_id r", "lvs_flush\n lvs_flush_on_stop");
    let mut world = World::started(&text);
    world.log.clear();
    let mut next = World::new(&text);
    next.kernel = std::mem::take(&mut world.kernel);
    expect![[r#"
        -- start
        kernel Flush
        kernel + tcp 10.0.0.1:80 rr
        kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
        kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
        log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
        log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
        log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
        -- stop
        kernel Flush
        stopped
    "#]]
    .assert_eq(&next.play("start\n stop"));
    let mut stays = World::new(&text);
    expect![[r#"
        -- start
        kernel Flush
        kernel + tcp 10.0.0.1:80 rr
        kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
        kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
        log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
        log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
        log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
        -- leave
        stopped
        -- table
        tcp 10.0.0.1:80 rr
          192.0.2.1:80 w1
          192.0.2.2:80 w1
    "#]]
    .assert_eq(&stays.play("start\n leave\n table"));
}

#[test]
fn the_sync_daemon_follows_its_instance() {
    let text = "global_defs {\n lvs_sync_daemon eth0 inst V\n lvs_timeouts tcp 9\n}\n\
                vrrp_instance V {\n interface eth0\n virtual_router_id 1\n \
                virtual_ipaddress {\n 10.0.0.9\n }\n}\n";
    check(
        text,
        "start
         director master
         director master
         director backup
         stop",
        &expect![[r#"
            -- start
            kernel SetTimeouts(Timeouts { tcp_s: Some(9), tcp_fin_s: None, udp_s: None })
            kernel sync Master off
            kernel sync Backup on
            -- director master
            kernel sync Backup off
            kernel sync Master on
            -- director master
            -- director backup
            kernel sync Master off
            kernel sync Backup on
            -- stop
            kernel RestoreTimeouts
            kernel sync Master off
            kernel sync Backup off
            stopped
        "#]],
    );
    check(
        &text.replace(" inst V", ""),
        "start
         director master
         stop",
        &expect![[r#"
            -- start
            kernel SetTimeouts(Timeouts { tcp_s: Some(9), tcp_fin_s: None, udp_s: None })
            kernel sync Backup on
            kernel sync Master on
            -- director master
            -- stop
            kernel RestoreTimeouts
            kernel sync Master off
            kernel sync Backup off
            stopped
        "#]],
    );
}

/// Whoever makes a check may lose it: then it is given up, counts as failed, and is made again.
#[test]
fn a_check_that_is_heard_of_no_more_counts_as_failed() {
    check(
        &file("", TCP),
        "start
         run 3
         loses 192.0.2.1
         run 240
         table",
        &expect![[r#"
            -- start
            kernel + tcp 10.0.0.1:80 rr
            kernel + tcp 10.0.0.1:80 > 192.0.2.1:80 w1
            kernel + tcp 10.0.0.1:80 > 192.0.2.2:80 w1
            log    Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.1]:tcp:80 for VS [10.0.0.1]:tcp:80
            log    Activating healthchecker for service [192.0.2.2]:tcp:80 for VS [10.0.0.1]:tcp:80
            -- run 3
            log    TCP connection to [192.0.2.1]:tcp:80 success.
            log    TCP connection to [192.0.2.2]:tcp:80 success.
            -- loses 192.0.2.1
            -- run 240
            log    TCP_CHECK on service [192.0.2.1]:tcp:80 failed after 1 retry: nothing was heard of it
            log    Removing service [192.0.2.1]:tcp:80 from VS [10.0.0.1]:tcp:80
            kernel - tcp 10.0.0.1:80 > 192.0.2.1:80
            -- table
            tcp 10.0.0.1:80 rr
              192.0.2.2:80 w1
        "#]],
    );
}
