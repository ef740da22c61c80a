//! `vipd check --dump` beside what Debian's keepalived writes to its data file when it gets
//! SIGUSR1: every value of files that use the words of `global_defs`, instances, groups and scripts,
//! and of files that leave them at their defaults.

mod data;
#[expect(
    clippy::unnecessary_wraps,
    reason = "all are of the type that a row asks for"
)]
mod mapping;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use vipd_lab::Signal;

use crate::Make::Keepalived;
use crate::stage::{PATIENCE, Stage, prefixed, stop};
use crate::{node, start};
use data::Data;
use mapping::{NOT_SHOWN, ROWS, Row};

/// Where keepalived writes.
const FILE: &str = "/tmp/keepalived.data";

const FILES: [(&str, &str); 2] = [
    ("given", include_str!("given.conf")),
    ("defaults", include_str!("defaults.conf")),
];

/// Values by block, its name and keyword.
type Values = BTreeMap<(String, String, String), Vec<Value>>;

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
            values.entry(key).or_default().push(value["value"].clone());
        }
    }
    values
}

/// What keepalived makes of it.
fn theirs(stage: &Stage, name: &str, address: &str, text: &str) -> Data {
    let node = node(stage, Keepalived, name, address);
    let wire = stage
        .switch
        .connect(&node.host, "eth1", &[prefixed("10.8.0.1/24")]);
    wire.expect("a cable");
    node.shell("rm -f /tmp/keepalived.data");
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
    stop(daemon);
    Data::parse(&shown)
}

/// What a row says of a block, as text; nothing to compare when the block does not have the value.
fn compare(
    row: &Row,
    key: &(String, String, String),
    values: &[Value],
    data: &Data,
) -> Option<String> {
    let (block, name, keyword) = key;
    let expected: Vec<String> = values.iter().filter_map(row.ours).collect();
    let found = data.values(block, name, row.label);
    let found: Vec<String> = found.iter().map(|text| (row.theirs)(text)).collect();
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

#[test]
fn every_value_is_compared_or_its_absence_has_a_reason() {
    let mut all: Vec<(String, String)> = Vec::new();
    for (_, text) in FILES {
        all.extend(
            ours(text)
                .into_keys()
                .map(|(block, _, keyword)| (block, keyword)),
        );
    }
    all.sort();
    all.dedup();
    for (block, keyword) in &all {
        let row = ROWS
            .iter()
            .any(|row| row.block == block && row.keyword == keyword);
        let reason = NOT_SHOWN.iter().any(|(b, k, _)| b == block && k == keyword);
        assert!(
            row != reason,
            "{block}, {keyword}: a row or a reason, not both or neither"
        );
    }
    for row in ROWS {
        let used = all
            .iter()
            .any(|(block, keyword)| block == row.block && keyword == row.keyword);
        assert!(used, "{}, {}: stands in no file", row.block, row.keyword);
    }
}
