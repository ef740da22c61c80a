//! Who is told what, word for word as by the real keepalived: scripts, FIFOs and mails of one file
//! and the same events; and the tables that files make.

use std::time::{Duration, Instant};

use vipd_lab::Process;

use crate::Test;
use crate::field::{Field, Program, SERVICE, await_table, await_that, reload, table};
use crate::stage::mail::MailServer;
use crate::stage::{Node, PATIENCE, kill, stop};

pub(crate) const ALL: &[Test] = &[
    ("scripts_fifos_and_mails_are_told_as_by_keepalived", servers),
    ("files_make_the_same_tables_as_with_keepalived", tables),
];

/// What both programs are given.
fn configuration(lines: &str, servers: &[(u8, &str)]) -> String {
    let servers: Vec<String> = servers
        .iter()
        .map(|(number, lines)| {
            format!(
                " real_server 10.1.0.1{number} 80 {{\n  weight 1\n  \
                 notify_up \"/root/told up {number}\"\n  \
                 notify_down \"/root/told down {number}\"\n{lines}\n  \
                 TCP_CHECK {{\n   connect_timeout 2\n   retry 1\n   \
                 delay_before_retry 1\n   warmup 0\n  }}\n }}\n"
            )
        })
        .collect();
    let servers = servers.concat();
    format!(
        "global_defs {{\n router_id lab\n script_user root\n enable_script_security\n \
         notification_email {{\n  admin@example.com\n }}\n \
         notification_email_from lvs@example.com\n smtp_server 127.0.0.1\n \
         smtp_connect_timeout 20\n smtp_alert_checker on\n \
         notify_fifo /run/all.fifo\n \
         lvs_notify_fifo /run/lvs.fifo\n}}\n\
         virtual_server {SERVICE} 80 {{\n delay_loop 1\n lb_algo rr\n lb_kind NAT\n \
         protocol TCP\n quorum_up \"/root/told quorum up\"\n \
         quorum_down \"/root/told quorum down\"\n{lines}\n{servers}}}\n"
    )
}

/// A director with all that listens to its daemon.
struct Witness {
    director: Node,
    mails: MailServer,
    _readers: [Process; 2],
    steps: Vec<String>,
}

impl Witness {
    fn new(field: &Field, program: Program) -> Self {
        let director = field.director("director", 1, program);
        let told = "#!/bin/sh\necho \"$@\" >>/root/heard\n";
        let written = director.host.write_file("/root/told", 0o755, told);
        written.expect("a script");
        director.shell("touch /root/heard; mkfifo /run/all.fifo /run/lvs.fifo");
        let readers = ["all", "lvs"].map(|name| {
            // Open for both, so that the end of a writer is not the end of the reader.
            let script = format!("exec 3<>/run/{name}.fifo; exec cat <&3 >/root/{name}");
            let shell = director.host.command("/bin/sh").args(["-c", &script]);
            shell.spawn().expect("a reader")
        });
        let mails = MailServer::start(&director.host);
        Self {
            director,
            mails,
            _readers: readers,
            steps: Vec::new(),
        }
    }

    fn run(&self, configuration: &str) -> Process {
        self.director.run(configuration)
    }

    /// Waits for a table, and remembers all that there is to see then.
    fn expect(&mut self, what: &str, daemon: &Process, lines: &[&str]) {
        await_table(&self.director, daemon, lines);
        self.see(what);
    }

    fn see(&mut self, what: &str) {
        self.steps.push(format!("== {what}"));
        self.steps.extend(table(&self.director));
    }

    /// Notes so many mails, when they are there. (What keepalived writes at its end it does not send.)
    fn mails(&mut self, count: usize) {
        await_that("mails", || self.mails.all().len() >= count);
        let mut subjects: Vec<String> = self
            .mails
            .all()
            .iter()
            .map(|mail| {
                let body = mail.text.split("\n\n").nth(1).unwrap_or_default();
                format!("{}: {}", mail.subject(), body.trim())
            })
            .collect();
        subjects.sort();
        self.steps.push("== mails".to_owned());
        self.steps.extend(subjects);
    }

    /// All that was told, when so many lines and mails are there, or after a while.
    fn told(mut self, heard: usize, lines: usize) -> Vec<String> {
        let count = |path: &str| self.director.shell(&format!("cat {path}")).lines().count();
        let all = || [count("/root/heard"), count("/root/all"), count("/root/lvs")];
        let end = Instant::now() + PATIENCE;
        while all() < [heard, lines, lines] && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(50));
        }
        for path in ["/root/heard", "/root/all", "/root/lvs"] {
            self.steps.push(format!("== {path}"));
            // keepalived 2.4 writes a NUL byte behind each line, 2.2 does not.
            let text = self.director.shell(&format!("tr -d '\\0' <{path}"));
            self.steps.extend(text.lines().map(str::to_owned));
        }
        self.steps
    }
}

/// Plays a scene with each of the programs, and compares.
fn compare(scene: impl Fn(Program) -> Vec<String>) {
    let theirs = scene(Program::Keepalived);
    let ours = scene(Program::Ours);
    assert_eq!(ours.join("\n"), theirs.join("\n"));
}

const LINE: &str = "-A -t 192.168.1.80:80 -s rr";
const FIRST: &str = "-a -t 192.168.1.80:80 -r 10.1.0.11:80 -m -w 1";
const SECOND: &str = "-a -t 192.168.1.80:80 -r 10.1.0.12:80 -m -w 1";
const SECOND_INHIBITED: &str = "-a -t 192.168.1.80:80 -r 10.1.0.12:80 -m -w 0";

fn servers() {
    compare(|program| {
        let field = Field::new(2, "10.1.0.1");
        let (_first, second) = (field.serve(1), field.serve(2));
        let mut witness = Witness::new(&field, program);
        let inhibited = [(1, ""), (2, " inhibit_on_failure")];
        let daemon = witness.run(&configuration("", &inhibited));
        witness.expect("start", &daemon, &[LINE, FIRST, SECOND]);
        kill(second);
        witness.expect("down", &daemon, &[LINE, FIRST, SECOND_INHIBITED]);
        let second = field.serve(2);
        witness.expect("up", &daemon, &[LINE, FIRST, SECOND]);
        let plain = [(1, ""), (2, "")];
        reload(&witness.director, &daemon, &configuration("", &plain));
        witness.expect("reload", &daemon, &[LINE, FIRST, SECOND]);
        kill(second);
        witness.expect("down again", &daemon, &[LINE, FIRST]);
        let only = configuration(" omega", &plain[..1]);
        reload(&witness.director, &daemon, &only);
        witness.expect("reload without it", &daemon, &[LINE, FIRST]);
        witness.mails(4);
        stop(daemon);
        witness.see("stop");
        witness.told(6, 6)
    });
}

/// Files that only make tables: what is in them when nothing is checked.
const TABLES: &[&str] = &[
    "virtual_server 192.168.1.80 80 {\n lb_algo wlc\n lb_kind DR\n persistence_timeout 60\n \
     persistence_granularity 255.255.255.0\n protocol TCP\n real_server 10.1.0.11 80 {\n \
     weight 3\n uthreshold 100\n lthreshold 10\n }\n real_server 10.1.0.12 80 {\n weight 0\n }\n}\n",
    "virtual_server fwmark 7 {\n lb_algo sh\n sh-port\n sh-fallback\n lb_kind TUN\n \
     real_server 10.1.0.11 0 {\n }\n}\n",
    "virtual_server_group G {\n 192.168.1.80-82 80\n 192.168.1.90 443\n fwmark 9\n}\n\
     virtual_server group G {\n lb_algo mh\n mh-port\n lb_kind NAT\n protocol TCP\n \
     real_server 10.1.0.11 8080 {\n }\n real_server 10.1.0.12 8080 {\n }\n}\n",
    "virtual_server 192.168.1.80 53 {\n lb_algo rr\n lb_kind NAT\n ops\n protocol UDP\n \
     real_server 10.1.0.11 53 {\n }\n}\n\
     virtual_server 192.168.1.80 5060 {\n lb_algo rr\n lb_kind NAT\n persistence_timeout 30\n \
     persistence_engine sip\n protocol UDP\n real_server 10.1.0.11 5060 {\n }\n}\n",
    "virtual_server 192.168.1.80 80 {\n lb_algo lblc\n lb_kind TUN type gue port 6080\n \
     protocol TCP\n sorry_server 10.1.0.13 80\n sorry_server_inhibit\n alpha\n \
     real_server 10.1.0.11 80 {\n lvs_method TUN type gre csum\n }\n \
     real_server 10.1.0.12 80 {\n }\n}\n",
];

fn tables() {
    let field = Field::new(0, "10.1.0.1");
    let ours = field.director("ours", 1, Program::Ours);
    let theirs = field.director("theirs", 2, Program::Keepalived);
    for text in TABLES {
        let daemons = (ours.run(text), theirs.run(text));
        await_that("a table", || !table(&theirs).is_empty());
        await_that("the same table", || table(&ours) == table(&theirs));
        stop(daemons.0);
        stop(daemons.1);
        assert_eq!((table(&ours), table(&theirs)), (Vec::new(), Vec::new()));
    }
}
