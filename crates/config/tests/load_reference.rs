//! The keywords as people see them, and that they are all there.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::collections::BTreeSet;
use std::path::Path;

use expect_test::expect;
use vipd_config::diagnostic::codes;
use vipd_config::reference::{Standing, explain, keywords, markdown, words_in};

/// Words that only vipd has.
const OWN: [(&str, &str); 1] = [("global_defs", "vip_restore")];

/// The list of keepalived's keywords stands beside the repository.
#[test]
fn every_keyword_of_keepalived_is_a_row_and_no_other() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/keepalived/keywords.tsv");
    let ours: BTreeSet<(String, String)> = keywords()
        .iter()
        .filter(|entry| entry.standing != Standing::Own)
        .map(|entry| (entry.block.join("/"), entry.name.to_owned()))
        .filter(|(block, name)| !OWN.contains(&(block, name)))
        .collect();
    assert_eq!(ours.len(), 537);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("no list of keywords beside the repository: only the number was compared");
        return;
    };
    let theirs: BTreeSet<(String, String)> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("block\t"))
        .filter_map(|line| {
            let (block, rest) = line.split_once('\t')?;
            let (name, _) = rest.split_once('\t')?;
            let block = if block == "(root)" { "" } else { block };
            (!block.starts_with('(')).then(|| (block.to_owned(), name.to_owned()))
        })
        .collect();
    let lacking: Vec<_> = theirs.difference(&ours).collect();
    let extra: Vec<_> = ours.difference(&theirs).collect();
    assert!(
        lacking.is_empty() && extra.is_empty(),
        "lacking: {lacking:?}\nextra: {extra:?}"
    );
}

#[test]
fn explains_a_keyword() {
    expect![[r#"
        priority N
          Base priority: the highest becomes master; 255 is the owner of the addresses.
          takes:    a number from 1 to 255
          default:  255 with state MASTER, else 100
          in:       vrrp_instance
    "#]]
    .assert_eq(&explain("vrrp_instance.priority").expect("a keyword"));
    expect![[r#"
        weight N [reverse]
          Added to the priority of instances that track the session while it is up; 0 for FAULT while it is down.
          takes:    `N [reverse]`
          default:  0
          note:     recognised, not in effect yet
          in:       bfd_instance

        weight N [reverse]
          What the number in the file is multiplied with; 0 for FAULT while it is not 0.
          takes:    `N [reverse]`
          default:  1
          in:       track_file, vrrp_track_file

        weight N
          Weight of real servers that say none.
          takes:    a number from 1 on
          default:  1
          in:       virtual_server

        weight N
          Share of the connections it gets.
          takes:    a number from 0 on
          default:  VS weight (1)
          in:       virtual_server > real_server

        weight N [reverse]
          What the value of the file is multiplied with; 0: any value but 0 is a failure.
          takes:    `N [reverse]`
          default:  the file's weight
          in:       virtual_server > real_server > FILE_CHECK

        weight N [reverse]
          Added to the priority while up (when negative: while down); 0 for FAULT while down.
          takes:    `N [reverse]`
          default:  0
          in:       vrrp_script

        weight N [reverse]
          Added to the priority while somebody listens (when negative: while nobody does); 0 for FAULT while nobody does.
          takes:    `N [reverse]`
          default:  0
          note:     unknown to keepalived
          in:       vrrp_track_port

        weight N [reverse]
          Added to the priority while enough processes run (when negative: while not); 0 for FAULT while not.
          takes:    `N [reverse]`
          default:  0
          in:       vrrp_track_process
    "#]]
    .assert_eq(&explain("weight").expect("a keyword of several blocks"));
    expect!["there is no keyword `prioritty`; did you mean `priority`?"]
        .assert_eq(&explain("prioritty").expect_err("no keyword"));
}

#[test]
fn completes_words_of_a_block() {
    assert!(words_in(&[]).contains(&"vrrp_instance"));
    assert_eq!(
        words_in(&["vrrp_instance", "authentication"]),
        ["auth_pass", "auth_type"]
    );
}

#[test]
fn manual_has_every_block() {
    let manual = markdown();
    assert!(manual.contains("## `vrrp_instance > authentication`"));
    assert!(manual.lines().count() > 537);
    for line in manual.lines().filter(|line| line.starts_with("| `")) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 5, "{line}");
    }
}

#[test]
fn codes_are_unique() {
    let mut names = BTreeSet::new();
    for code in codes::codes() {
        assert!(names.insert(code.name), "{} is explained twice", code.name);
    }
}
