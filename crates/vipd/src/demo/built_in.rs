//! The pair that is played when the user brings none.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use vipd_lab::story::{CONFIGURATION, Node, Pair};

use super::Scene;

const VIP: [u8; 4] = [192, 168, 50, 100];

/// The built-in pair: a web service on each node, checked, on one virtual address.
pub(super) fn scene() -> Scene {
    let [a, b] = [("a", 11, "MASTER", 100), ("b", 12, "BACKUP", 90)];
    let introduction = format!(
        "Two nodes and a client on one switch, all on this machine, with real daemons:

    a       192.168.50.11   priority 100
    b       192.168.50.12   priority 90
    client  192.168.50.20   asks 192.168.50.100 who is there, once in a millisecond

{CONFIGURATION} on a (b differs in router_id, state BACKUP, priority 90):

{}",
        indented(&configuration(a.0, a.2, a.3))
    );
    Scene {
        pair: Pair {
            nodes: [a, b].map(|(name, host, state, priority)| Node {
                name: name.to_owned(),
                files: vec![(
                    CONFIGURATION.to_owned(),
                    0o644,
                    configuration(name, state, priority).into_bytes(),
                )],
                links: Vec::new(),
                interfaces: vec![("eth0".to_owned(), vec![(address(host), 24)])],
                ports: vec![80],
                priority,
                preempts: true,
            }),
            client: vec![(address(20), 24)],
            vip: IpAddr::from(VIP),
            // Three intervals and the skew of the lower priority, in version 2.
            master_down: Duration::from_millis(3649),
            check: Duration::from_secs(1),
            preempt_delay: Duration::ZERO,
            is_checked: true,
        },
        configurations: [CONFIGURATION.to_owned(), CONFIGURATION.to_owned()],
        introduction,
    }
}

fn address(host: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(VIP[0], VIP[1], VIP[2], host))
}

fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["    ", line, "\n"]).collect()
}

fn configuration(name: &str, state: &str, priority: i32) -> String {
    format!(
        "global_defs {{
    router_id {name}
}}
vrrp_script web {{
    script \"</dev/tcp/127.0.0.1/80\"
    interval 1
    weight -20
}}
vrrp_instance VI_1 {{
    state {state}
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int 1
    authentication {{
        auth_type PASS
        auth_pass 1111
    }}
    virtual_ipaddress {{
        192.168.50.100/24
    }}
    track_script {{
        web
    }}
}}
"
    )
}

#[cfg(test)]
mod tests {
    use vipd_config::files::MemoryFiles;
    use vipd_config::reader::Environment;
    use vipd_config::{Host, load};

    use super::*;

    #[test]
    fn its_configuration_is_without_fault_and_fails_over() {
        let scene = scene();
        for node in &scene.pair.nodes {
            let text = String::from_utf8(node.files[0].2.clone()).unwrap();
            let files = MemoryFiles::single(CONFIGURATION, text);
            let host = Host::unknown("a");
            let loaded = load(&files, CONFIGURATION, &Environment::default(), &host);
            assert_eq!(loaded.starts(), Ok(()));
            assert_eq!(loaded.test_exit_status(), 0, "{:?}", loaded.diagnostics);
            let weight = loaded.config.scripts[0].weight.value;
            assert!(i32::from(weight) < 90 - 100);
        }
    }
}
