//! The story of a pair, played with the keepalived of the distribution: it proves the stage.

use std::net::IpAddr;
use std::time::Duration;

use vipd_lab::Lab;
use vipd_lab::story::{CONFIGURATION, Daemon, Node, Pair, Story};

/// Checks that something listens on port 80, without any program but a shell.
const CHECK: &str = "#!/bin/bash\nexec 2>/dev/null </dev/tcp/127.0.0.1/80\n";

pub(crate) fn a_pair_of_keepalived_plays_the_whole_story(lab: &Lab) {
    let arguments = ["-n", "-l", "-D", "-f", CONFIGURATION]
        .map(str::to_owned)
        .to_vec();
    let daemon = Daemon {
        program: "/usr/sbin/keepalived".to_owned(),
        arguments: [arguments.clone(), arguments],
    };
    let mut story = Story::prepare(lab, pair(), daemon).unwrap();
    for act in story.acts() {
        let step = story.play(act).unwrap();
        println!(
            "  {act:?} {}: {} after {:?}, nothing for {:?}",
            step.node, step.expected, step.took, step.outage
        );
        assert_eq!(step.failure, None, "{step:?}\n{:#?}", story.last_words(20));
    }
}

fn pair() -> Pair {
    let node = |name: &str, address: &str, state, priority| Node {
        name: name.to_owned(),
        files: vec![
            (
                CONFIGURATION.to_owned(),
                0o644,
                configuration(name, state, priority).into_bytes(),
            ),
            ("/opt/check_web.sh".to_owned(), 0o755, CHECK.into()),
        ],
        links: Vec::new(),
        interfaces: vec![("ens33".to_owned(), vec![(ip(address), 24)])],
        ports: vec![80],
        priority,
        preempts: true,
    };
    Pair {
        nodes: [
            node("a", "192.168.0.103", "MASTER", 100),
            node("b", "192.168.0.104", "BACKUP", 90),
        ],
        client: vec![(ip("192.168.0.20"), 24)],
        vip: ip("192.168.0.102"),
        master_down: Duration::from_secs(4),
        check: Duration::from_secs(2),
        preempt_delay: Duration::ZERO,
        // It calls setgroups before each script, which a user namespace may forbid; then scripts
        // never fail and never succeed.
        is_checked: std::fs::read_to_string("/proc/self/setgroups")
            .unwrap()
            .trim()
            == "allow",
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn configuration(name: &str, state: &str, priority: i32) -> String {
    format!(
        "global_defs {{
    router_id {name}
    script_user root
}}
vrrp_script check_web {{
    script \"/opt/check_web.sh\"
    interval 1
    weight -20
}}
vrrp_instance VI_1 {{
    state {state}
    interface ens33
    virtual_router_id 51
    priority {priority}
    advert_int 1
    authentication {{
        auth_type PASS
        auth_pass 1111
    }}
    virtual_ipaddress {{
        192.168.0.102/24
    }}
    track_script {{
        check_web
    }}
}}
"
    )
}
