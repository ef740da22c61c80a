//! `vipd check --dump` beside what Debian's keepalived writes to its data file when it gets
//! SIGUSR1: every value of files that use the words of `global_defs`, instances, groups and scripts,
//! and of files that leave them at their defaults.

mod data;
#[expect(
    clippy::unnecessary_wraps,
    reason = "all are of the type that a row asks for"
)]
mod mapping;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use vipd_config::reference::keywords;
use vipd_lab::Signal;

use crate::Make::Keepalived;
use crate::stage::{PATIENCE, Stage, prefixed, stop};
use crate::{node, start};
use data::Data;
use mapping::{NOT_SHOWN, ROWS, Row};

/// Where keepalived writes.
const FILE: &str = "/tmp/keepalived.data";
/// Where its parent does, before that.
const PARENT_FILE: &str = "/tmp/keepalived_parent.data";

const FILES: [(&str, &str); 3] = [
    ("tracked", include_str!("tracked.conf")),
    ("given", include_str!("given.conf")),
    ("defaults", include_str!("defaults.conf")),
];

/// A block, its name and a keyword.
type Key = (String, String, String);

/// Values by block, its name and keyword.
type Values = BTreeMap<Key, Vec<Value>>;

/// What vipd makes of a file.
fn ours(text: &str) -> Values {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keepalived.conf");
    std::fs::write(&file, text).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_vipd"))
        .args(["check", "--dump", "--format", "json"])
        .arg(&file)
        .output()
        .expect("vipd");
    let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut values = Values::new();
    for block in all[0]["blocks"].as_array().expect("blocks") {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for value in block["values"].as_array().expect("values") {
            if value["effect"] == false {
                continue;
            }
            let key = (
                word(&block["block"]),
                word(&block["name"]),
                word(&value["keyword"]),
            );
            let mut shown = value["value"].clone();
            if key.2 == "timeout" && value["from"] == "default" {
                // keepalived notes that nothing is given, and takes the interval.
                shown = Value::from(0);
            }
            for (key, shown) in elsewhere(key, shown) {
                values.entry(key).or_default().push(shown);
            }
        }
    }
    values
}

/// Under which blocks keepalived's data files have a value.
fn elsewhere(key: Key, shown: Value) -> Vec<(Key, Value)> {
    let (block, name, keyword) = key;
    let place = |block: &str, name: &str| (block.to_owned(), name.to_owned(), keyword.clone());
    let text = shown.as_str().unwrap_or_default().to_owned();
    let first = text.split(' ').next().unwrap_or_default();
    match (block.as_str(), keyword.as_str()) {
        ("vrrp_track_file", _) => vec![(place("track_file", &name), shown)],
        ("", "garp_group") => vec![(place("garp_group", ""), shown)],
        ("", "interface_up_down_delays") => vec![(place("interface", first), shown)],
        ("global_defs", word) if word.starts_with("startup_") || word.starts_with("shutdown_") => {
            vec![(place("parent", ""), shown)]
        }
        ("vrrp_instance", "use_vmac") if !text.is_empty() => {
            let mac = text.split(' ').nth(1).unwrap_or_default();
            vec![
                (place("interface", first), Value::from(mac)),
                (place("vrrp_instance", &name), shown),
            ]
        }
        _ => vec![((block, name, keyword), shown)],
    }
}

/// What keepalived makes of it.
fn theirs(stage: &Stage, name: &str, address: &str, text: &str) -> Data {
    let node = node(stage, Keepalived, name, address);
    let wire = stage
        .switch
        .connect(&node.host, "eth1", &[prefixed("10.8.0.1/24")]);
    wire.expect("a cable");
    node.shell(&format!(
        "rm -f {FILE} {PARENT_FILE}; echo 0 >/tmp/one; echo 0 >/tmp/two"
    ));
    let daemon = start(&node, Keepalived, text);
    daemon.kill(Signal::SIGUSR1).expect("a signal");
    let end = Instant::now() + PATIENCE;
    let shown = loop {
        let shown = node.shell(&format!("cat {FILE} 2>/dev/null || true"));
        if shown.contains("------< Interfaces >------") {
            break shown;
        }
        assert!(
            Instant::now() < end,
            "keepalived wrote no {FILE}: {}",
            daemon.said()
        );
    };
    let parent = node.shell(&format!("cat {PARENT_FILE}"));
    stop(daemon);
    Data::parse(&shown, &parent)
}

/// What a row says of a block, as text; nothing to compare when the block does not have the value.
fn compare(row: &Row, key: &Key, values: &[Value], data: &Data) -> Option<String> {
    let (block, name, keyword) = key;
    let expected: Vec<String> = values.iter().filter_map(row.ours).collect();
    let found = data.values(block, name, row.label);
    let found = found.iter().map(|text| (row.theirs)(text));
    let found: Vec<String> = found.filter(|text| !text.is_empty()).collect();
    (expected != found).then(|| {
        format!(
            "{block} {name}, {keyword}: vipd has {expected:?}, keepalived {found:?} ({})",
            row.label
        )
    })
}

#[test]
fn every_value_is_what_keepalived_has() {
    let stage = Stage::new(&["10.9.0.200/24"]);
    let mut differences = Vec::new();
    for (name, text) in FILES {
        let data = theirs(&stage, name, "10.9.0.1/24", text);
        for (key, values) in ours(text) {
            let rows = ROWS
                .iter()
                .filter(|row| row.block == key.0 && row.keyword == key.2);
            differences.extend(rows.filter_map(|row| compare(row, &key, &values, &data)));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Whether a keyword has a row, and whether it has a reason for having none.
fn covered(block: &str, keyword: &str) -> (bool, bool) {
    let same = |known: &str| known == block || elsewhere_known(known, block);
    let row = ROWS
        .iter()
        .any(|row| same(row.block) && row.keyword == keyword);
    let reasons = NOT_SHOWN.iter();
    let reason = { reasons }.any(|(b, k, _)| *b == block && (*k == keyword || k.is_empty()));
    (row, reason)
}

/// Blocks of the data file that have values of another block.
fn elsewhere_known(known: &str, block: &str) -> bool {
    match known {
        "parent" => block == "global_defs",
        "garp_group" | "interface" | "static_ipaddress" => block.is_empty(),
        _ => false,
    }
}

#[test]
fn every_keyword_is_compared_or_its_absence_has_a_reason() {
    let others = [
        "virtual_server",
        "virtual_server_group",
        "SSL",
        "bfd_instance",
    ];
    for entry in keywords().iter().filter(|entry| entry.in_effect) {
        let block = entry.block.first().copied().unwrap_or_default();
        let block = if block == "vrrp_track_file" {
            "track_file"
        } else {
            block
        };
        let opens_more = block.is_empty() && entry.opens && !is_line_list(entry.name);
        if others.contains(&block) || opens_more || block == "garp_group" || block == "track_group"
        {
            continue;
        }
        let lvs = [
            "lvs_",
            "nftables_ipvs",
            "checker_",
            "smtp_alert_checker",
            "rs_init",
            "no_checker",
        ];
        if lvs.iter().any(|start| entry.name.starts_with(start)) && block == "global_defs" {
            continue;
        }
        let (row, reason) = covered(block, entry.name);
        assert!(
            row != reason,
            "{}: a row or a reason, not both or neither",
            entry.path()
        );
    }
    for (block, keyword, why) in NOT_SHOWN {
        let is_known = keyword.is_empty()
            || keywords().iter().any(|entry| {
                entry.name == *keyword && entry.block.first().copied().unwrap_or_default() == *block
            });
        assert!(
            is_known && !why.is_empty(),
            "{block}, {keyword} is no keyword"
        );
    }
}

/// Blocks of the root that the dump shows line by line.
fn is_line_list(name: &str) -> bool {
    name.starts_with("static_") || name == "garp_group" || name == "interface_up_down_delays"
}

#[test]
fn every_row_is_used_by_a_file() {
    let mut all: BTreeSet<(String, String)> = BTreeSet::new();
    for (_, text) in FILES {
        all.extend(
            ours(text)
                .into_iter()
                .filter(|(_, values)| values.iter().any(|value| !value.is_null()))
                .map(|((block, _, keyword), _)| (block, keyword)),
        );
    }
    for row in ROWS {
        let used = all.contains(&(row.block.to_owned(), row.keyword.to_owned()));
        assert!(used, "{}, {}: stands in no file", row.block, row.keyword);
    }
}
