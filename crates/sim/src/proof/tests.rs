//! What the proof finds out about small clusters. The words for it are tested with the program.

use vipd_config::files::MemoryFiles;
use vipd_config::load::{Host, load};
use vipd_config::reader::Environment;

use super::*;
use crate::machine::machines;

/// The proof for a text that is the file of nodes `a` and `b`, with lines for each.
fn proof(text: &str) -> Proof {
    let configs = ["a", "b"].map(|name| {
        let environment = Environment {
            config_id: name.to_owned(),
            ..Environment::default()
        };
        let files = MemoryFiles::single("k.conf", text);
        let loaded = load(&files, "k.conf", &environment, &Host::unknown(name));
        assert_eq!(loaded.starts(), Ok(()), "{:?}", loaded.diagnostics);
        (name.to_owned(), loaded.config)
    });
    prove(machines(configs))
}

fn pair(weight: i16, more: &str) -> Proof {
    proof(&format!(
        "vrrp_script chk {{\n script /bin/chk\n interval 1\n weight {weight}\n}}\n\
         vrrp_instance V {{\n interface eth0\n virtual_router_id 5\n\
         @a priority 100\n @b priority 80\n track_script {{\n chk\n }}\n\
         virtual_ipaddress {{\n 192.0.2.1/24\n }}\n{more}\n}}\n"
    ))
}

/// What becomes of the only virtual router when this alone fails while all was well.
fn when(proof: &Proof, wanted: impl Fn(&Thing) -> bool) -> Outcome {
    let trial = proof
        .singles
        .iter()
        .find(|trial| trial.calm == 0 && wanted(&proof.things[trial.things[0]]))
        .unwrap();
    trial.outcomes[0].clone()
}

fn check_on(node: usize) -> impl Fn(&Thing) -> bool {
    move |thing| thing.node == node && matches!(thing.kind, Kind::Check { .. })
}

#[test]
fn a_weight_that_is_too_small_is_found_and_the_smallest_that_is_not() {
    let proof = pair(-2, "");
    let outcome = when(&proof, check_on(0));
    assert_eq!(outcome.trouble, Some(Trouble::NoEffect));
    assert_eq!(outcome.members[0].failed, Some((98, true)));
    let changes: Vec<Change> = outcome.remedies.into_iter().map(|r| r.change).collect();
    let (node, tracked) = (0, "chk".to_owned());
    assert_eq!(
        changes,
        [
            Change::Weight {
                nodes: vec![0],
                tracked: tracked.clone(),
                from: -2,
                to: -21
            },
            Change::Priority {
                node: 1,
                instance: 0,
                from: 80,
                to: 99
            },
            Change::NoWeight { node, tracked },
        ]
    );
    assert!(!proof.holds());
}

#[test]
fn the_offered_weight_moves_the_master_and_one_less_does_not() {
    assert_eq!(when(&pair(-20, ""), check_on(0)).failed.masters, [0]);
    let proof = pair(-21, "");
    let outcome = when(&proof, check_on(0));
    assert_eq!(
        (outcome.failed.masters, outcome.healed.masters),
        (vec![1], vec![0])
    );
    assert!(proof.holds());
}

#[test]
fn without_preemption_only_fault_moves_the_master_and_it_stays_moved() {
    let proof = pair(-21, "nopreempt");
    let outcome = when(&proof, check_on(0));
    assert_eq!(outcome.trouble, Some(Trouble::NoEffect));
    let changes: Vec<Change> = outcome.remedies.into_iter().map(|r| r.change).collect();
    assert!(
        matches!(changes[..], [Change::NoWeight { .. }]),
        "{changes:?}"
    );
    let dies = when(&proof, |thing| thing.node == 0 && thing.kind == Kind::Node);
    assert_eq!(
        (dies.failed.masters, dies.healed.masters),
        (vec![1], vec![1])
    );
    // That b is master with everything well is a state of rest of its own.
    assert_eq!(proof.calms.len(), 2);
    assert!(proof.singles.iter().any(|trial| trial.calm == 1));
}

#[test]
fn a_success_that_adds_is_raised_on_both_nodes() {
    let proof = pair(3, "");
    let outcome = when(&proof, check_on(0));
    assert_eq!(outcome.trouble, Some(Trouble::NoEffect));
    let Some(Change::Weight { nodes, to, .. }) = outcome.remedies.first().map(|r| &r.change) else {
        panic!("{:?}", outcome.remedies);
    };
    // 100 against 80 + 21.
    assert_eq!((nodes.as_slice(), *to), (&[0, 1][..], 21));
}

#[test]
fn weights_that_do_together_what_none_does_alone_are_meant() {
    let proof = proof(
        "vrrp_script one {\n script /bin/one\n weight -15\n}\n\
         vrrp_script two {\n script /bin/two\n weight -15\n}\n\
         vrrp_instance V {\n interface eth0\n virtual_router_id 5\n\
         @a priority 100\n @b priority 80\n track_script {\n one\n two\n }\n\
         virtual_ipaddress {\n 192.0.2.1/24\n }\n}\n",
    );
    assert_eq!(
        when(&proof, check_on(0)).trouble,
        Some(Trouble::OnlyTogether)
    );
    assert!(proof.holds());
}

#[test]
fn a_weight_that_is_too_small_beside_one_that_is_not_is_found() {
    let proof = proof(
        "vrrp_script one {\n script /bin/one\n weight -2\n}\n\
         vrrp_script two {\n script /bin/two\n weight -30\n}\n\
         vrrp_instance V {\n interface eth0\n virtual_router_id 5\n\
         @a priority 100\n @b priority 80\n track_script {\n one\n two\n }\n\
         virtual_ipaddress {\n 192.0.2.1/24\n }\n}\n",
    );
    let outcome = when(&proof, check_on(0));
    assert_eq!(outcome.trouble, Some(Trouble::NoEffect));
    assert!(!outcome.remedies.is_empty() && !proof.holds());
}

#[test]
fn different_passwords_make_two_masters() {
    let proof = proof(
        "vrrp_instance V {\n interface eth0\n virtual_router_id 5\n\
         authentication {\n auth_type PASS\n@a auth_pass one\n@b auth_pass two\n}\n\
         virtual_ipaddress {\n 192.0.2.1/24\n }\n}\n",
    );
    assert_eq!(proof.calms[0].troubles, [Some(Trouble::Several)]);
    assert!(!proof.holds());
}

#[test]
fn a_cut_link_makes_two_masters_and_is_nobodys_mistake() {
    let proof = pair(-21, "");
    let outcome = when(&proof, |thing| matches!(thing.kind, Kind::Link(_)));
    assert_eq!(outcome.failed.masters, [0, 1]);
    assert_eq!((outcome.trouble, outcome.healed.masters), (None, vec![0]));
}

#[test]
fn a_script_that_is_turned_round_fails_by_succeeding() {
    let proof = proof(
        "vrrp_script chk {\n script /bin/chk\n}\n\
         vrrp_instance V {\n interface eth0\n virtual_router_id 5\n\
         @a priority 100\n @b priority 80\n track_script {\n chk weight 0 reverse\n }\n\
         virtual_ipaddress {\n 192.0.2.1/24\n }\n}\n",
    );
    assert_eq!(proof.calms[0].courses[0].masters, [0]);
    assert_eq!(when(&proof, check_on(0)).failed.masters, [1]);
}

#[test]
fn pairs_end_with_a_master_as_long_as_somebody_can_be() {
    let proof = pair(-21, "");
    assert!(!proof.pairs.is_empty() && !proof.pairs_left_out);
    let nobody = |outcome: &&Outcome| outcome.failed.masters.is_empty();
    let outcomes = || proof.pairs.iter().flat_map(|trial| &trial.outcomes);
    assert!(outcomes().any(|o| nobody(&o)), "both off");
    assert!(outcomes().filter(nobody).all(|o| o.trouble.is_none()));
}

#[test]
fn a_tracked_port_moves_the_router_when_nobody_listens() {
    let text = |line: &str| {
        format!(
            "vrrp_instance V {{\n interface eth0\n virtual_router_id 5\n\
             @a priority 100\n @b priority 80\n track_port {{\n {line}\n }}\n\
             virtual_ipaddress {{\n 192.0.2.1/24\n }}\n}}\n"
        )
    };
    let port_of_a = |thing: &Thing| thing.node == 0 && matches!(thing.kind, Kind::Port { .. });
    let outcome = when(&proof(&text("3306")), port_of_a);
    assert_eq!(outcome.trouble, None);
    assert_eq!(outcome.failed.masters, [1]);
    let outcome = when(&proof(&text("3306 weight -5")), port_of_a);
    assert_eq!(outcome.trouble, Some(Trouble::NoEffect));
    let tracked = "tcp 3306".to_owned();
    let (nodes, from, to) = (vec![0], -5, -21);
    let wanted = Change::Weight {
        nodes,
        tracked,
        from,
        to,
    };
    assert!(outcome.remedies.iter().any(|r| r.change == wanted));
}
