//! `vipd check` on the files of several nodes: each `together/NAME.conf` is the file of all nodes
//! that its first line names, with `@NODE` lines for each; the report is in `together/NAME.out`.
//! `UPDATE_EXPECT=1` writes the latter anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use expect_test::expect_file;
use serde_json::Value;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/together")
}

/// Runs vipd with these arguments and `NODE=FILE` for each node of a case.
fn vipd(arguments: &[&str], case: &str) -> Output {
    let text = fs::read_to_string(directory().join(case)).unwrap();
    let nodes = text
        .lines()
        .next()
        .unwrap()
        .strip_prefix("# nodes:")
        .unwrap();
    let files = nodes
        .split_whitespace()
        .map(|node| format!("{node}={case}"));
    Command::new(env!("CARGO_BIN_EXE_vipd"))
        .args(arguments)
        .args(files)
        .current_dir(directory())
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn every_case_is_reported_as_written() {
    let mut cases: Vec<PathBuf> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "conf"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 5, "cases are missing");
    for path in cases {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let output = vipd(&["check", "--explain"], &name);
        let report = format!(
            "{}exit status {}\n",
            text(&output),
            output.status.code().unwrap()
        );
        expect_file![path.with_extension("out")].assert_eq(&report);
    }
}

#[test]
fn the_trap_of_the_tutorial_is_named() {
    let output = vipd(&["check"], "tutorial.conf");
    assert_eq!(output.status.code(), Some(3));
    let report = text(&output);
    assert!(
        report.contains("if port 80 fails on A, A stays master (98 > 80)"),
        "{report}"
    );
    assert!(report.contains("`weight -21` instead of -2"), "{report}");
}

#[test]
fn programs_get_the_same() {
    let output = vipd(&["check", "--format", "json"], "tutorial.conf");
    let value: Value = serde_json::from_str(&text(&output)).unwrap();
    let proof = &value["together"]["proof"];
    assert_eq!(
        (&value["exit_status"], &proof["holds"]),
        (&3.into(), &false.into())
    );
    let failures = proof["failures"].as_array().unwrap();
    let port = failures
        .iter()
        .find(|one| one["fails"][0]["name"] == "port 80" && one["fails"][0]["node"] == "A")
        .unwrap();
    let outcome = &port["outcomes"][0];
    assert_eq!(outcome["trouble"], "no-effect");
    assert_eq!(outcome["changes"][0]["to"], -21);
    assert_eq!(outcome["arithmetic"], "base 100 - 2 = 98 > 80: stays");
    for format in ["sarif", "github"] {
        let report = text(&vipd(&["check", "--format", format], "tutorial.conf"));
        assert!(report.contains("A stays master (98 > 80)"), "{report}");
    }
}

#[test]
fn a_node_that_would_not_start_is_not_simulated() {
    let folder = tempfile::tempdir().unwrap();
    let good = directory().join("two-masters.conf");
    let bad = folder.path().join("bad.conf");
    fs::write(&bad, "vrrp_instance V {\n interface eth0\n}\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_vipd"))
        .args(["check"])
        .args([&good, &bad])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("not compared"));
}

#[test]
fn the_order_of_reloads_puts_the_backup_first() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, priority: u8, rest: &str| {
        let text = format!(
            "vrrp_instance V {{\n interface eth0\n virtual_router_id 5\n priority {priority}\n\
             {rest} virtual_ipaddress {{\n  192.0.2.9/24\n }}\n}}\n"
        );
        fs::write(folder.path().join(name), text).unwrap();
    };
    write("a.conf", 150, " version 3\n");
    write("b.conf", 100, " version 3\n");
    write("a.old", 150, "");
    write("b.old", 100, "");
    let run = |arguments: &[&str]| {
        let command = Command::new(env!("CARGO_BIN_EXE_vipd"))
            .args(arguments)
            .current_dir(folder.path())
            .output();
        text(&command.unwrap())
    };
    let said = run(&["check", "a.conf", "b.conf", "--was", "a.old", "b.old"]);
    assert!(said.contains("reload in this order: b, then a\n"), "{said}");
    assert!(said.contains("pair-version"), "{said}");
    let json = run(&[
        "check",
        "--format=json",
        "a.conf",
        "b.conf",
        "--was",
        "a.conf",
        "b.conf",
    ]);
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["reload"]["smooth"], true);
}
