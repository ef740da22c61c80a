//! Changes of nftables, asked of a real kernel and looked at with `nft`: each test in a network
//! namespace of its own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, also in what its functions share"
)]

use std::process::Command;

use nix::sched::{CloneFlags, unshare};
use vipd_linux::netlink::Nftables;
use vipd_linux::netlink::nftables::{
    Batch, Expression, Family, Hook, Kind, MetaKey, Register, Set, Table, Verdict,
};

const V4: Table<'_> = Table {
    family: Family::V4,
    name: "own",
};
const V6: Table<'_> = Table {
    family: Family::V6,
    name: "own",
};

fn own_network() -> Nftables {
    unshare(CloneFlags::CLONE_NEWNET).expect(
        "this test makes network namespaces: run it as root, or under `unshare --map-root-user`",
    );
    Nftables::open().unwrap()
}

/// What `nft` shows, without blanks at the ends of lines, a space for each indentation.
fn ruleset() -> String {
    let output = Command::new("/usr/sbin/nft")
        .args(["list", "ruleset"])
        .output()
        .expect("this test looks at rules with `nft`, of the Debian package nftables");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| line.replace('\t', " "));
    lines.collect::<Vec<_>>().join("\n")
}

fn set(name: &str, keys: Kind, values: Option<Kind>) -> Set<'_> {
    Set {
        name,
        keys,
        values,
        is_constant: false,
        has_ranges: false,
        counts: false,
    }
}

/// A table with an address in a set, packets to which are dropped.
fn simple() -> Batch {
    let mut batch = Batch::default();
    batch.add_table(V4);
    batch.add_chain(V4, "in", Some((Hook::Input, -1)));
    batch.add_set(V4, set("vips", Kind::Ipv4, None));
    let rule = [
        Expression::Network(Register::One, 16, 4),
        Expression::In(Register::One, "vips"),
        Expression::Count,
        Expression::Verdict(Verdict::Drop),
    ];
    batch.add_rule(V4, "in", &rule);
    batch.add_elements(V4, "vips", &[(vec![10, 0, 0, 1], None)]);
    batch
}

const SIMPLE: &str = "\
table ip own {
 set vips {
  type ipv4_addr
  elements = { 10.0.0.1 }
 }

 chain in {
  type filter hook input priority filter - 1; policy accept;
  ip daddr @vips counter packets 0 bytes 0 drop
 }
}";

#[test]
fn a_batch_holds_as_a_whole_or_not_at_all() {
    let mut nftables = own_network();
    nftables.commit(Batch::default()).unwrap();
    nftables.commit(simple()).unwrap();
    assert_eq!(ruleset(), SIMPLE);

    let mut wrong = Batch::default();
    wrong.add_elements(V4, "vips", &[(vec![10, 0, 0, 2], None)]);
    wrong.delete_elements(V4, "vips", &[(vec![10, 0, 0, 3], None)]);
    wrong.add_elements(V4, "vips", &[(vec![10, 0, 0, 4], None)]);
    let error = nftables.commit(wrong).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
    assert_eq!(ruleset(), SIMPLE);

    let mut wrong = Batch::default();
    wrong.add_elements(V6, "vips", &[(vec![0; 16], None)]);
    nftables.commit(wrong).unwrap_err();
    // An error leaves nothing in the way of the next batch.
    let mut right = Batch::default();
    right.delete_elements(V4, "vips", &[(vec![10, 0, 0, 1], None)]);
    right.add_elements(V4, "vips", &[(vec![10, 0, 0, 9], None)]);
    nftables.commit(right).unwrap();
    assert_eq!(ruleset(), SIMPLE.replace("10.0.0.1 ", "10.0.0.9 "));
}

#[test]
fn a_table_is_replaced_in_one_go() {
    let mut nftables = own_network();
    for _ in 0..2 {
        let mut batch = Batch::default();
        batch.delete_table(V4);
        nftables.commit(batch).unwrap();
        assert_eq!(ruleset(), "");
        nftables.commit(simple()).unwrap();
        assert_eq!(ruleset(), SIMPLE);
    }
}

#[test]
fn thousands_of_elements_fit() {
    let mut nftables = own_network();
    let mut batch = simple();
    let address = |n: u16| (vec![10, 1, n.to_be_bytes()[0], n.to_be_bytes()[1]], None);
    let many: Vec<_> = (0..5000).map(address).collect();
    batch.add_elements(V4, "vips", &many);
    nftables.commit(batch).unwrap();
    assert!(ruleset().contains("10.1.19.135"));
    let mut batch = Batch::default();
    batch.delete_elements(V4, "vips", &many);
    nftables.commit(batch).unwrap();
    assert_eq!(ruleset(), SIMPLE);
}

const EXPRESSIONS: &str = "\
table ip6 own {
 set pairs {
  type ipv6_addr . iface_index
 }

 map ways {
  type iface_index : iface_index
  elements = { \"lo\" : \"lo\" }
 }

 set types {
  type icmpv6_type
  flags constant
  elements = { nd-neighbor-solicit }
 }

 chain out {
  type filter hook output priority 300; policy accept;
  ip6 saddr ::/8 goto other
  ip6 daddr . iif @pairs drop
  icmpv6 type @types accept
  meta oifkind \"macvlan\" dup to ip6 daddr device oif map @ways drop
 }

 chain other {
 }
}";

/// A set of pairs, a map, and a set that stays as it is.
fn add_sets(batch: &mut Batch) {
    batch.add_set(V6, set("pairs", Kind::Ipv6OnInterface, None));
    batch.add_set(V6, set("ways", Kind::Interface, Some(Kind::Interface)));
    batch.add_set(
        V6,
        Set {
            is_constant: true,
            has_ranges: false,
            counts: false,
            ..set("types", Kind::Icmpv6Type, None)
        },
    );
    batch.add_elements(V6, "types", &[(vec![135], None)]);
    let lo = 1_u32.to_ne_bytes();
    batch.add_elements(V6, "ways", &[(lo.to_vec(), Some(lo.to_vec()))]);
}

#[test]
fn every_expression_means_what_it_says() {
    let mut nftables = own_network();
    let mut batch = Batch::default();
    batch.add_table(V6);
    batch.add_chain(V6, "out", Some((Hook::Output, 300)));
    batch.add_chain(V6, "other", None);
    add_sets(&mut batch);
    let mut mask = [0; 16];
    mask[0] = 0xff;
    let mut kind = [0; 16];
    kind[..7].copy_from_slice(b"macvlan");
    let one = Register::One;
    let rules: [&[Expression<'_>]; 4] = [
        &[
            Expression::Network(one, 8, 16),
            Expression::Mask(one, &mask),
            Expression::Is(one, &[0; 16]),
            Expression::Verdict(Verdict::Goto("other")),
        ],
        &[
            Expression::Network(one, 24, 16),
            Expression::Meta(Register::Two, MetaKey::InputInterface),
            Expression::In(one, "pairs"),
            Expression::Verdict(Verdict::Drop),
        ],
        &[
            Expression::Meta(one, MetaKey::Protocol),
            Expression::Is(one, &[58]),
            Expression::Transport(one, 0, 1),
            Expression::In(one, "types"),
            Expression::Verdict(Verdict::Accept),
        ],
        &[
            Expression::Network(one, 24, 16),
            Expression::Meta(Register::Two, MetaKey::OutputKind),
            Expression::Is(Register::Two, &kind),
            Expression::Meta(Register::Two, MetaKey::OutputInterface),
            Expression::Map(Register::Two, "ways"),
            Expression::Copy,
            Expression::Verdict(Verdict::Drop),
        ],
    ];
    for rule in rules {
        batch.add_rule(V6, "out", rule);
    }
    nftables.commit(batch).unwrap();
    assert_eq!(ruleset(), EXPRESSIONS);
}
