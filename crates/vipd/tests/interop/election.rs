//! Elections between vipd and Debian's keepalived: each as master and as backup of the other.

use crate::Make::{Keepalived, Vipd};
use crate::stage::{PATIENCE, Stage, TAKEOVER, ip, stop};
use crate::{Make, node, start};

const VIP: &str = "10.9.0.100";

/// What an instance block says besides names and priority.
#[derive(Clone, Copy)]
struct Kind {
    words: &'static str,
    /// With this in place of the block of peers for the other node.
    unicast: bool,
    family: Family,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}
use Family::{V4, V6};

impl Family {
    /// Addresses of the nodes.
    fn addresses(self) -> [&'static str; 2] {
        match self {
            V4 => ["10.9.0.1", "10.9.0.2"],
            V6 => ["fd09::1", "fd09::2"],
        }
    }

    /// The address that is waited for, and the addresses of the block.
    fn virtual_addresses(self) -> (&'static str, &'static str) {
        match self {
            V4 => (VIP, "10.9.0.100/24"),
            V6 => ("fd09::100", "fe80::100/64\n        fd09::100/64"),
        }
    }
}

fn configuration(kind: Kind, priority: u8, own: &str, other: &str) -> String {
    let peers = if kind.unicast {
        format!("unicast_src_ip {own}\n    unicast_peer {{\n        {other}\n    }}")
    } else {
        String::new()
    };
    let (_, addresses) = kind.family.virtual_addresses();
    format!(
        "vrrp_instance VI_1 {{
    state BACKUP
    interface eth0
    virtual_router_id 77
    priority {priority}
    {}
    {peers}
    virtual_ipaddress {{
        {addresses}
    }}
}}
",
        kind.words
    )
}

/// The first daemon is master; it stops, the second takes over; it returns and takes back.
fn hand_over_both_ways(kind: Kind, makes: [Make; 2]) {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let (names, own) = (["node-a", "node-b"], V4.addresses());
    let nodes = [0, 1].map(|i| node(&stage, makes[i], names[i], &format!("{}/24", own[i])));
    let addresses = kind.family.addresses();
    if kind.family == V6 {
        for (node, address) in nodes.iter().zip(addresses) {
            node.add_ipv6("eth0", &format!("{address}/64"));
        }
    }
    let (vip, _) = kind.family.virtual_addresses();
    let files = [0, 1].map(|i| configuration(kind, [150, 100][i], addresses[i], addresses[1 - i]));
    let first = start(&nodes[0], makes[0], &files[0]);
    let second = start(&nodes[1], makes[1], &files[1]);
    nodes[0].await_holds(vip);
    let heard = second.await_line("Entering BACKUP STATE", TAKEOVER);
    heard.expect("a backup");
    assert!(!nodes[1].holds(vip), "{}", second.said());

    stop(first);
    nodes[1].await_holds(vip);
    assert!(!nodes[0].holds(vip));

    let again = start(&nodes[0], makes[0], &files[0]);
    nodes[0].await_holds(vip);
    nodes[1].await_released(vip);
    let reason = second.await_line("with higher priority 150, ours 100", TAKEOVER);
    let reason = reason.expect("the reason");
    let is_told = kind.family == V6 || reason.contains("Master received advert from 10.9.0.1");
    assert!(is_told, "{reason}");
    nodes[0]
        .host
        .await_address(ip(vip), true, TAKEOVER)
        .expect("a lasting master");
    stop(again);
}

macro_rules! both_ways {
    ($($name:ident: $words:expr, $unicast:expr, $family:expr;)*) => {$(
        mod $name {
            use super::*;
            const KIND: Kind = Kind { words: $words, unicast: $unicast, family: $family };

            #[test]
            fn vipd_is_master_first() {
                hand_over_both_ways(KIND, [Vipd, Keepalived]);
            }

            #[test]
            fn keepalived_is_master_first() {
                hand_over_both_ways(KIND, [Keepalived, Vipd]);
            }
        }
    )*};
}

both_ways! {
    version_2: "", false, V4;
    version_2_with_password: "authentication {\n auth_type PASS\n auth_pass secret12\n }", false, V4;
    version_2_ah: "authentication {\n auth_type AH\n auth_pass secret\n }", false, V4;
    version_2_ah_unicast: "authentication {\n auth_type AH\n auth_pass secret12\n }", true, V4;
    version_2_unicast: "authentication {\n auth_type PASS\n auth_pass 1111\n }", true, V4;
    version_2_vmac: "use_vmac", false, V4;
    version_2_vmac_xmit_base: "use_vmac\n vmac_xmit_base", false, V4;
    version_3_vmac: "version 3\n advert_int 0.2\n use_vmac", false, V4;
    version_2_vmac_unicast: "use_vmac", true, V4;
    version_3: "version 3\n advert_int 0.2", false, V4;
    version_3_unicast: "version 3\n advert_int 0.2", true, V4;
    ipv6: "version 3\n advert_int 0.2", false, V6;
    ipv6_unicast: "version 3\n advert_int 0.2", true, V6;
    ipv6_vmac: "version 3\n advert_int 0.2\n use_vmac", false, V6;
    ipv6_vmac_xmit_base: "version 3\n advert_int 0.2\n use_vmac\n vmac_xmit_base", false, V6;
}

/// Equal priorities: the higher address wins, whoever has it.
#[test]
fn at_equal_priority_the_higher_address_wins() {
    let kind = Kind {
        words: "version 3\n advert_int 0.1",
        unicast: false,
        family: V4,
    };
    for makes in [[Vipd, Keepalived], [Keepalived, Vipd]] {
        let stage = Stage::new(&["10.9.0.9/24"]);
        let a = node(&stage, makes[0], "node-a", "10.9.0.1/24");
        let b = node(&stage, makes[1], "node-b", "10.9.0.2/24");
        // Neither hears the other at first: both become master.
        a.port.pass_multicast(false).expect("a filter");
        b.port.pass_multicast(false).expect("a filter");
        let _a = start(
            &a,
            makes[0],
            &configuration(kind, 100, "10.9.0.1", "10.9.0.2"),
        );
        let _b = start(
            &b,
            makes[1],
            &configuration(kind, 100, "10.9.0.2", "10.9.0.1"),
        );
        a.await_holds(VIP);
        b.await_holds(VIP);
        a.port.pass_multicast(true).expect("no filter");
        b.port.pass_multicast(true).expect("no filter");
        a.await_released(VIP);
        assert!(b.holds(VIP));
    }
}

/// Signed adverts, the key in a file that only root may read. A node without the key is no
/// router of ours.
#[test]
fn signed_adverts() {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let names = ["node-a", "node-b"];
    let addresses = ["10.9.0.1", "10.9.0.2"];
    let nodes = [0, 1].map(|i| {
        let node = node(&stage, Vipd, names[i], &format!("{}/24", addresses[i]));
        let key = "0123456789abcdef0123456789abcdef\n";
        let written = node.host.write_file("/srv/vrrp.key", 0o600, key);
        written.expect("a file");
        node
    });
    let kind = Kind {
        words: "version 3\n advert_int 0.2
    auth_hmac {\n key 1 file:/srv/vrrp.key\n active_key 1\n }",
        unicast: false,
        family: V4,
    };
    let files = [0, 1].map(|i| configuration(kind, [150, 100][i], addresses[i], addresses[1 - i]));
    let first = start(&nodes[0], Vipd, &files[0]);
    let second = start(&nodes[1], Vipd, &files[1]);
    nodes[0].await_holds(VIP);
    let advert = stage.next_adverts(1).remove(0);
    let trailer = &advert.bytes[34 + 12..];
    assert_eq!((trailer.len(), &trailer[..4]), (28, &[1, 1, 0, 0][..]));
    let seconds = u32::from_be_bytes([trailer[4], trailer[5], trailer[6], trailer[7]]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    assert!(now.expect("a clock").as_secs().abs_diff(seconds.into()) < 60);
    stop(first);
    nodes[1].await_holds(VIP);

    // Another key: it is master as well, and the first one does not listen.
    let other = "fedcba9876543210fedcba9876543210";
    let written = nodes[0].host.write_file("/srv/vrrp.key", 0o600, other);
    written.expect("a file");
    let _stranger = start(&nodes[0], Vipd, &files[0]);
    second
        .await_line("auth_hmac: wrong signature", PATIENCE)
        .expect("a reason");
    nodes[0].await_holds(VIP);
    assert!(nodes[1].holds(VIP));
}
