//! `vipd simulate`: each `simulate/NAME.conf` is the file of the nodes that its first line names;
//! its second line is the story, and what is told stands in `simulate/NAME.out`.
//! `UPDATE_EXPECT=1` writes the latter anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use expect_test::expect_file;
use serde_json::Value;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/simulate")
}

/// Plays a case with these arguments more.
fn simulate(case: &str, arguments: &[&str]) -> Output {
    let text = fs::read_to_string(directory().join(case)).unwrap();
    let head = |number, what: &str| {
        let line = text.lines().nth(number).unwrap();
        line.strip_prefix(what).unwrap().trim().to_owned()
    };
    let nodes = head(0, "# nodes:");
    let files = nodes
        .split_whitespace()
        .map(|node| format!("{node}={case}"));
    Command::new(env!("CARGO_BIN_EXE_vipd"))
        .arg("simulate")
        .args(files)
        .args(["-e", &head(1, "# story:")])
        .args(arguments)
        .current_dir(directory())
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn every_story_is_told_as_written() {
    let mut cases: Vec<PathBuf> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "conf"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 2, "cases are missing");
    for path in cases {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let told = text(&simulate(&name, &[]));
        expect_file![path.with_extension("out")].assert_eq(&told);
    }
}

#[test]
fn adverts_are_told_on_demand() {
    let told = text(&simulate("failover.conf", &[]));
    let with_adverts = text(&simulate("failover.conf", &["--adverts"]));
    let sends = |text: &str| text.matches("sends v2 VRID 42").count();
    assert!(
        sends(&with_adverts) > 20 && sends(&told) == 0,
        "{with_adverts}"
    );
}

#[test]
fn programs_get_events_with_times() {
    let value: Value =
        serde_json::from_str(&text(&simulate("failover.conf", &["--json"]))).unwrap();
    let events = value["events"].as_array().unwrap();
    let find = |name: &str, node: &str| -> Vec<&Value> {
        let of = |event: &&Value| event["event"] == name && event["node"] == node;
        events.iter().filter(of).collect()
    };
    let masters: Vec<f64> = find("state", "b")
        .iter()
        .filter(|event| event["to"] == "MASTER")
        .map(|event| event["at"].as_f64().unwrap())
        .collect();
    let [after_fault, after_stop] = masters[..] else {
        panic!("{masters:?}");
    };
    // Two runs of the check, then the skew; after the farewell the skew alone.
    assert!((11.0..13.0).contains(&after_fault), "{after_fault}");
    assert!((30.0..31.0).contains(&after_stop), "{after_stop}");
    assert!(
        find("script", "a")
            .iter()
            .any(|event| event["command"][0] == "/usr/local/bin/serve")
    );
    assert!(
        find("advert", "a")
            .iter()
            .all(|event| event["priority"] == 0)
    );
    assert!(!find("address-removed", "a").is_empty());
    assert_eq!(value["end"]["instances"][1]["state"], "MASTER");
    assert_eq!(value["given"]["scripts_succeed"][0]["script"], "chk_mysql");
}

#[test]
fn the_picture_has_a_lane_for_each_node_and_stands_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("story.svg");
    text(&simulate(
        "failover.conf",
        &["--svg", file.to_str().unwrap()],
    ));
    let picture = fs::read_to_string(file).unwrap();
    assert!(picture.starts_with("<svg xmlns=") && picture.ends_with("</svg>\n"));
    for word in [
        "a  VI_1",
        "b  VI_1",
        "fail a chk_mysql",
        ">FAULT",
        ">MASTER",
        "BACKUP",
    ] {
        assert!(picture.contains(word), "{word}: {picture}");
    }
    // Nothing is fetched from elsewhere.
    assert_eq!(picture.matches("http").count(), 1);
}

#[test]
fn what_cannot_be_played_is_said() {
    for (more, status, says) in [
        (
            ["-e", "at 5s: explode a"],
            2,
            "`explode` is nothing that can happen",
        ),
        (
            ["-e", "at 5s: fail b nothing"],
            2,
            "`nothing` is not tracked on b",
        ),
        (["--script", "/nowhere/story"], 1, "cannot read the story"),
    ] {
        let output = simulate("failover.conf", &more);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{error}");
        assert!(error.contains(says), "{error}");
    }
}
