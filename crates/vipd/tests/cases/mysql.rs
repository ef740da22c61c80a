//! Two databases that replicate to each other behind one address, with check scripts that stop,
//! kill or restart the daemon that runs them.

use std::time::{Duration, Instant};

use vipd_lab::{Output, Process, Signal};

use crate::stage::mail::MailServer;
use crate::stage::{Node, PATIENCE, Stage, ip, kill};

const VIP: &str = "192.168.0.102";
const A: &str = "192.168.0.103";
const B: &str = "192.168.0.104";

/// A database may take a while to be made and started on a busy machine.
const SLOW: Duration = Duration::from_mins(2);

fn two_servers(check: &str) -> (Stage, Node, Node) {
    let stage = Stage::new(&["192.168.0.10/24"]);
    let a = stage.node("node-a", "ens33", "192.168.0.103/24");
    let b = stage.node("node-b", "ens33", "192.168.0.104/24");
    for node in [&a, &b] {
        node.host
            .write_file("/opt/chk_mysql.sh", 0o755, check)
            .expect("a script");
    }
    (stage, a, b)
}

/// Makes an empty database whose root has the password of the scripts.
fn prepare(node: &Node) {
    let script = "mariadb-install-db --no-defaults --user=root --datadir=/srv/mysql \
        --auth-root-authentication-method=normal --skip-test-db >/srv/install.log 2>&1";
    let made = node
        .host
        .command("/bin/sh")
        .args(["-c", script])
        .status(SLOW)
        .expect("a database");
    assert!(made.success(), "{}", node.shell("cat /srv/install.log"));
}

/// Starts the database server; `id` is 1 or 2.
fn mysqld(node: &Node, id: u8) -> Process {
    node.shell("mkdir -p /run/mysqld");
    let process = node
        .host
        .command("/usr/sbin/mariadbd")
        .args([
            "--no-defaults",
            "--user=root",
            "--datadir=/srv/mysql",
            "--skip-name-resolve",
        ])
        .args([
            "--socket=/run/mysqld/mysqld.sock",
            "--bind-address=0.0.0.0",
            "--log-bin=binlog",
        ])
        .args([
            "--auto-increment-increment=2",
            "--innodb-buffer-pool-size=16M",
        ])
        .args([
            format!("--server-id={id}"),
            format!("--auto-increment-offset={id}"),
        ])
        .spawn()
        .expect("a database server");
    node.host
        .await_port((ip("127.0.0.1"), 3306).into(), SLOW)
        .expect("a database that listens");
    process
}

/// Runs statements on a node as its root user.
fn sql(node: &Node, password: &str, statements: &str) -> String {
    let output = ask(node, password, statements);
    assert!(output.status.success(), "{statements}: {}", output.stderr);
    output.stdout
}

/// Runs statements on a node as its root user, whatever comes of it.
fn ask(node: &Node, password: &str, statements: &str) -> Output {
    let password = format!("-p{password}");
    let words = [
        "--no-defaults",
        "-uroot",
        if password == "-p" {
            "--skip-password"
        } else {
            &password
        },
    ];
    node.host
        .command("/usr/bin/mariadb")
        .args(words)
        .args(["--socket=/run/mysqld/mysqld.sock", "-N", "-e", statements])
        .output(SLOW)
        .expect("a client")
}

/// Makes a fresh server usable: the password of the scripts, an account for clients and replicas.
fn set_up_accounts(node: &Node) {
    sql(
        node,
        "",
        "SET sql_log_bin=0;
         CREATE USER app@'%' IDENTIFIED BY 'app'; GRANT ALL ON *.* TO app@'%';
         ALTER USER root@localhost IDENTIFIED BY 'root';",
    );
}

/// Inserts one row through the virtual address; whether it was acknowledged.
fn write(stage: &Stage, row: u32) -> bool {
    let output = stage
        .client
        .command("/usr/bin/mariadb")
        .args([
            "--no-defaults",
            "-uapp",
            "-papp",
            "-h",
            VIP,
            "--connect-timeout=2",
            "-e",
        ])
        .arg(format!("INSERT INTO shop.orders (number) VALUES ({row})"))
        .output(SLOW)
        .expect("a client");
    output.status.success()
}

/// Writes until a write is acknowledged.
fn write_until_taken(stage: &Stage, row: u32) {
    let end = Instant::now() + PATIENCE;
    while !write(stage, row) {
        assert!(Instant::now() < end, "row {row} should be taken");
    }
}

/// Waits until a server has this many rows.
fn await_rows(node: &Node, rows: u32) {
    let end = Instant::now() + PATIENCE;
    loop {
        // The table itself has to arrive first.
        let count = ask(node, "root", "SELECT COUNT(*) FROM shop.orders").stdout;
        if count.trim() == rows.to_string() {
            return;
        }
        assert!(
            Instant::now() < end,
            "{} has {count} rows and not {rows}",
            node.host.name()
        );
    }
}

#[test]
fn writes_through_the_address_survive_the_failover() {
    let (stage, a, b) = two_servers(include_str!("mysql/chk_netstat.sh"));
    let mail = [&a, &b].map(|node| MailServer::start(&node.host));
    for node in [&a, &b] {
        prepare(node);
    }
    let (mysqld_a, _mysqld_b) = (mysqld(&a, 1), mysqld(&b, 2));
    for (node, other) in [(&a, B), (&b, A)] {
        set_up_accounts(node);
        let follow = format!(
            "CHANGE MASTER TO MASTER_HOST='{other}', MASTER_USER='app', MASTER_PASSWORD='app',
             MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1; START SLAVE;"
        );
        sql(node, "root", &follow);
    }
    sql(
        &a,
        "root",
        "CREATE DATABASE shop; CREATE TABLE shop.orders
        (id INT AUTO_INCREMENT PRIMARY KEY, number INT)",
    );
    await_rows(&b, 0);

    // Three recipients, and a mail at every change of state.
    let alerted = |text: &str| {
        text.replace(
            "router_id MASTER-HA",
            "smtp_alert true\n   router_id MASTER-HA",
        )
    };
    let mut daemon_a = a.run(&alerted(include_str!("mysql/a.conf")));
    a.await_holds(VIP);
    let _daemon_b = b.run(&alerted(include_str!("mysql/b.conf")));
    let gained = "[MASTER-HA] VRRP Instance VI_1 - Entering MASTER state";
    let told = mail[0].await_subject(gained, PATIENCE);
    assert_eq!(
        told.to,
        [
            "acassen@firewall.loc",
            "failover@firewall.loc",
            "sysadmin@firewall.loc"
        ]
    );
    for row in 1..=5 {
        write_until_taken(&stage, row);
    }
    await_rows(&b, 5);

    // The database dies: the script stops the daemon that runs it, the address moves.
    kill(mysqld_a);
    let status = daemon_a
        .wait(PATIENCE)
        .expect("a daemon that its own script stops");
    assert!(status.success(), "{status}: {}", daemon_a.said());
    b.await_holds(VIP);
    assert!(!a.holds(VIP));
    mail[1].await_subject(gained, PATIENCE);
    for row in 6..=10 {
        write_until_taken(&stage, row);
    }

    // Database first, then the daemon: the address comes back, and so do the rows.
    let _mysqld_a = mysqld(&a, 1);
    await_rows(&a, 10);
    let _daemon_a = a.start();
    a.await_holds(VIP);
    b.await_released(VIP);
    write_until_taken(&stage, 11);
    await_rows(&b, 11);
}

#[test]
fn the_script_that_tries_three_times_moves_the_address_and_back() {
    let (_stage, a, b) = two_servers(include_str!("mysql/chk_pkill.sh"));
    for node in [&a, &b] {
        prepare(node);
    }
    let (mysqld_a, _mysqld_b) = (mysqld(&a, 1), mysqld(&b, 2));
    set_up_accounts(&a);
    set_up_accounts(&b);
    let daemon_a = a.run(include_str!("mysql/a.conf"));
    let _daemon_b = b.run(include_str!("mysql/b.conf"));
    a.await_holds(VIP);
    daemon_a
        .await_line("VRRP_Script(chk_mysql_port) succeeded", PATIENCE)
        .expect("a good check");

    kill(mysqld_a);
    b.host
        .await_address(ip(VIP), true, PATIENCE)
        .expect("a takeover");
    a.await_released(VIP);
    // Its two seconds are over before its third try: the daemon lives, with 5 points less.
    assert!(
        a.shell("ps -C keepalived -o pid=").lines().count() >= 2,
        "{}",
        daemon_a.said()
    );

    let _mysqld_a = mysqld(&a, 1);
    a.host
        .await_address(ip(VIP), true, PATIENCE)
        .expect("the way back");
    b.await_released(VIP);
}

#[test]
fn a_script_may_kill_the_daemon_by_name() {
    let (_stage, a, b) =
        two_servers("#!/bin/bash\nif [ -e /opt/down ]; then pkill keepalived; exit 1; fi\n");
    let mut daemon_a = a.run(include_str!("mysql/a.conf"));
    let _daemon_b = b.run(include_str!("mysql/b.conf"));
    a.await_holds(VIP);
    a.host.write_file("/opt/down", 0o644, "").expect("a file");
    daemon_a
        .wait(PATIENCE)
        .expect("a daemon that its own script kills");
    b.await_holds(VIP);
    assert!(!a.holds(VIP), "nothing is left behind");
    assert_eq!(
        a.shell("ps -C keepalived -o pid="),
        "",
        "supervisor and children have gone"
    );
}

/// The master's script restarts the daemon that runs it, as a service.
#[test]
fn the_script_with_the_mount_restarts_the_daemon() {
    let (_stage, a, b) = two_servers(include_str!("mysql/chk_mount.sh"));
    let patient = |text: &str| text.replace("interval 2", "interval 2\n    timeout 20");
    a.configure(&patient(include_str!("mysql/a.conf")));
    let service = |node: &Node, action: &str| {
        let output = node
            .host
            .command("/etc/init.d/keepalived")
            .arg(action)
            .output(PATIENCE);
        let output = output.expect("an init script");
        assert!(
            output.status.success(),
            "{action}: {}{}",
            output.stdout,
            output.stderr
        );
    };
    service(&a, "start");
    a.await_holds(VIP);
    let first = a.shell("cat /run/keepalived.pid");
    let _daemon_b = b.run(&patient(include_str!("mysql/b.conf")));

    // No database anywhere: the node that holds the address restarts its daemon, and while that
    // is away the other one holds the address.
    b.host
        .await_address(ip(VIP), true, PATIENCE)
        .expect("a takeover");
    let end = Instant::now() + PATIENCE;
    loop {
        let now = a.shell("cat /run/keepalived.pid 2>/dev/null");
        if !now.is_empty() && now != first {
            break;
        }
        assert!(Instant::now() < end, "a restarted daemon, not {first}");
    }
    assert!(
        !a.shell("ps -C keepalived -o pid=").is_empty(),
        "and it runs"
    );
}

/// The table at the end: a) MASTER and BACKUP, b) BACKUP twice, c) BACKUP twice with nopreempt.
#[test]
fn only_backup_with_nopreempt_does_not_take_the_address_back() {
    let nopreempt = "    nopreempt\n    advert_int 1";
    for (initial, words, returns) in [
        ("MASTER", "    advert_int 1", true),
        ("MASTER", nopreempt, true),
        ("BACKUP", "    advert_int 1", true),
        ("BACKUP", nopreempt, false),
    ] {
        let (stage, a, b) = two_servers("#!/bin/sh\nexit 0\n");
        let adapted = |text: &str| {
            text.replace("state MASTER", &format!("state {initial}"))
                .replace("    advert_int 1", words)
        };
        let mut daemon_a = a.run(&adapted(include_str!("mysql/a.conf")));
        a.await_holds(VIP);
        let _daemon_b = b.run(&adapted(include_str!("mysql/b.conf")));
        daemon_a.kill(Signal::SIGTERM).expect("a signal");
        daemon_a.wait(PATIENCE).expect("an end");
        b.await_holds(VIP);
        let _daemon_a = a.start();
        if returns {
            a.await_holds(VIP);
            b.await_released(VIP);
            continue;
        }
        for frame in stage.next_adverts(6) {
            assert_eq!(
                frame.bytes[26..30],
                [192, 168, 0, 104],
                "node-b is still the master"
            );
        }
        assert!(b.holds(VIP) && !a.holds(VIP), "{initial} with {words}");
    }
}
