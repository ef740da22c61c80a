//! Every keyword that is in effect is named by a test outside of the reader of configurations:
//! one that shows what it does, and not only that it is understood.
//!
//! The table, keyword by keyword with its tests, is written to `target/tmp/keyword-tests.md`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use vipd_config::reference::keywords;

/// In effect, and no test outside of the reader of configurations names them. This list may only
/// shrink.
const WITHOUT: &[&str] = &[
    // Taken, and without effect in keepalived as well, or by the way vipd is made.
    "global_defs.stats_dump_file",
    "global_defs.tmp_config_directory",
    "global_defs.vrrp_ipsets",
    "global_defs.vrrp_iptables",
    "vrrp_instance.debug",
    "vrrp_instance.no_virtual_ipaddress",
    // Of the reader itself, and tested there.
    "global_defs.include_check",
    "global_defs.iproute_etc_dir",
    "global_defs.iproute_usr_dir",
    "global_defs.random_seed",
    "vrrp_sync_group.global_tracking",
    // They need another kernel, a boot, or a socket that nobody can look at.
    "global_defs.process_monitor_rcv_bufs",
    "global_defs.process_monitor_rcv_bufs_force",
    "global_defs.vrrp_delay_after_boot",
    "global_defs.vrrp_netlink_cmd_rcv_bufs",
    "global_defs.vrrp_netlink_cmd_rcv_bufs_force",
    "global_defs.vrrp_netlink_monitor_rcv_bufs",
    "global_defs.vrrp_netlink_monitor_rcv_bufs_force",
    "vrrp_instance.vrf",
    "track_group",
    // Of load balancing, and of no effect: patterns need no stack here.
    "virtual_server.real_server.HTTP_GET.url.regex_stack",
    "virtual_server.real_server.SSL_GET.url.regex_stack",
    // Of load balancing: what they do is seen beside the code only.
    "global_defs.checker_log_all_failures",
    "global_defs.lvs_notify_fifo_script",
    "global_defs.no_checker_emails",
];

/// Words that make a keyword one of another part.
const OTHERS: [&str; 2] = ["bfd", "dbus"];

/// Where tests are that show an effect.
const PLACES: [&str; 8] = [
    "crates/daemon/src",
    "crates/daemon/tests",
    "crates/engine/src",
    "crates/lab/tests",
    "crates/linux",
    "crates/sim/cases",
    "crates/sim/tests",
    "crates/vipd/tests",
];

/// A test, or a file that tests are made of, with its text.
struct Test {
    name: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder of tests")
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn tests() -> Vec<Test> {
    let root = root();
    let mut tests = Vec::new();
    for place in PLACES {
        let mut found = Vec::new();
        files(&root.join(place), &mut found);
        for path in found {
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            let kind = path.extension().and_then(|kind| kind.to_str());
            match kind {
                // This one names keywords that have no test.
                Some("rs") if !name.ends_with("keyword_tests.rs") => {
                    tests.extend(tests_in(&name, &fs::read_to_string(&path).unwrap()));
                }
                Some("txt" | "conf") => {
                    let text = fs::read_to_string(&path).unwrap();
                    tests.extend(scenarios(&name, text));
                }
                _ => {}
            }
        }
    }
    tests
}

/// A scenario is what follows a line with `== NAME`; without such lines the file is one.
fn scenarios(file: &str, text: String) -> Vec<Test> {
    let mut parts = text.split("\n== ").filter(|part| !part.is_empty());
    if !text.starts_with("== ") {
        let name = file.to_owned();
        return vec![Test { name, text }];
    }
    let scenario = |part: &str| Test {
        name: format!(
            "{file}: {}",
            part.trim_start_matches("== ")
                .lines()
                .next()
                .unwrap_or_default()
        ),
        text: part.to_owned(),
    };
    parts.by_ref().map(scenario).collect()
}

/// The tests of a file, each with the comment above it; and what they share, which is all of a
/// file of tests outside of them.
fn tests_in(file: &str, source: &str) -> Vec<Test> {
    let is_test_file = file.contains("/tests/") || file.ends_with("tests.rs");
    let mut tests: Vec<Test> = Vec::new();
    let (mut shared, mut comment) = (String::new(), String::new());
    let mut inside: Option<usize> = None;
    for line in source.lines() {
        let indent = line.len() - line.trim_start().len();
        let bare = line.trim_start();
        if bare == "#[test]" || bare == "#[tokio::test]" {
            inside = Some(indent);
            let text = std::mem::take(&mut comment);
            let name = String::new();
            tests.push(Test { name, text });
            continue;
        }
        match (inside, tests.last_mut()) {
            (Some(depth), Some(test)) => {
                if test.name.is_empty()
                    && let Some((_, after)) = line.split_once("fn ")
                {
                    let name = after.split('(').next().unwrap_or_default();
                    test.name = format!("{file}: {name}");
                }
                test.text.push_str(line);
                test.text.push('\n');
                if bare == "}" && indent == depth {
                    inside = None;
                }
            }
            _ if bare.starts_with("///") => {
                comment.push_str(bare);
                comment.push('\n');
            }
            _ => {
                comment.clear();
                shared.push_str(line);
                shared.push('\n');
            }
        }
    }
    if is_test_file {
        let name = format!("{file} (all)");
        tests.push(Test { name, text: shared });
    }
    tests
}

/// The words of a text, as keywords are written.
fn words(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.split(|c| !is_part(c))
        .filter(|w| !w.is_empty())
        .collect()
}

#[test]
fn every_keyword_in_effect_has_a_test() {
    let tests = tests();
    let mut by_word: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for test in &tests {
        for word in words(&test.text) {
            by_word.entry(word).or_default().push(&test.name);
        }
    }
    let mut table = String::from("| Keyword | Tests |\n|---|---|\n");
    let mut missing = Vec::new();
    for entry in keywords().iter().filter(|entry| entry.in_effect) {
        let path = entry.path();
        let named = by_word.get(entry.name).map_or(&[][..], Vec::as_slice);
        let is_other = OTHERS.iter().any(|word| path.contains(word));
        if named.is_empty() && !is_other && !WITHOUT.contains(&path.as_str()) {
            missing.push(path.clone());
        }
        let shown: Vec<&str> = named.iter().take(3).copied().collect();
        let more = named.len().saturating_sub(3);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        writeln!(table, "| `{path}` | {}{more} |", shown.join("; ")).unwrap();
    }
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keyword-tests.md");
    fs::write(place, table).unwrap();
    assert!(
        missing.is_empty(),
        "these are in effect, and no test names them: {missing:#?}"
    );
}
