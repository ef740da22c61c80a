//! `vipd check` and its companions: exit statuses and both forms of the report.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const CLEAN: &str = "vrrp_instance V {
  interface eth0
  virtual_router_id 5
  virtual_ipaddress {
    192.0.2.9/24
  }
}
";
const WARNING: &str = "vrrp_instance V {
  interface eth0
  virtual_router_id 5
  prioritty 10
  virtual_ipaddress {
    192.0.2.9/24
  }
}
";
const REFUSED: &str = "vrrp_instance V {
  interface eth0
  virtual_router_id
  priority
}
";

/// Runs vipd with this on standard input.
fn vipd(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vipd"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_exit_status_says_whether_the_daemon_would_start() {
    for (text, strict, status) in [
        (CLEAN, false, 0),
        (CLEAN, true, 0),
        (WARNING, false, 0),
        (WARNING, true, 1),
        (REFUSED, false, 2),
        (REFUSED, true, 2),
    ] {
        let mut arguments = vec!["check", "-"];
        if strict {
            arguments.push("--strict");
        }
        let output = vipd(&arguments, text);
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(status), "{text}\n{report}");
    }
}

#[test]
fn a_missing_file_would_not_start() {
    let output = vipd(&["check", "/nowhere/at/all.conf"], "");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn interfaces_are_judged_only_when_asked_for() {
    let text = CLEAN.replace("eth0", "no-such-if0");
    assert_eq!(vipd(&["check", "-"], &text).status.code(), Some(0));
    let judged = vipd(&["check", "--host", "-"], &text);
    assert_eq!(judged.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&judged.stdout).contains("no-such-if0"));
}

#[test]
fn the_report_shows_the_line_and_the_nearest_word() {
    let output = vipd(&["check", "-"], WARNING);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("prioritty 10"), "{text}");
    assert!(text.contains("`priority`"), "{text}");
    assert!(text.contains("the daemon starts"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours into a pipe");
}

#[test]
fn the_report_is_one_object_for_each_file_in_json() {
    let output = vipd(&["check", "--format", "json", "-"], REFUSED);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [report] = value.as_array().unwrap().as_slice() else {
        panic!("one file, one report");
    };
    assert_eq!(report["file"], "-");
    assert_eq!(report["starts"], false);
    assert_eq!(report["exit_status"], 2);
    let diagnostics = report["diagnostics"].as_array().unwrap();
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic["severity"] == "error");
    assert!(errors.count() >= 2, "all mistakes at once: {report:#}");
    assert!(
        diagnostics
            .iter()
            .any(|diagnostic| diagnostic["place"]["line"] == 3)
    );
}

#[test]
fn every_code_in_a_report_can_be_explained() {
    for text in [WARNING, REFUSED] {
        let output = vipd(&["check", "--format", "json", "-"], text);
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        for diagnostic in value[0]["diagnostics"].as_array().unwrap() {
            let code = diagnostic["code"].as_str().unwrap();
            assert!(vipd(&["explain", code], "").status.success(), "{code}");
        }
    }
}

/// A typing error that can be mended in one way only, one that is a guess, and a gap.
const MENDABLE: &str = "vrrp_instance V {
  state SLAVE
  interface eth0
  virtual_router_id 5
  prioritty 10
  advert_int1
  virtual_ipaddress {
    192.0.2.9/24
  }
}
";

#[test]
fn certain_edits_are_shown_and_written_only_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k.conf");
    std::fs::write(&path, MENDABLE).unwrap();
    let name = path.to_str().unwrap();
    let shown = vipd(&["check", "--fix", name], "");
    let difference = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(
        difference,
        format!(
            "--- {name}\n+++ {name}\n@@ -2 +2 @@\n-  state SLAVE\n+  state BACKUP\n\
             @@ -6 +6 @@\n-  advert_int1\n+  advert_int 1\n"
        )
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), MENDABLE);
    let written = vipd(&["check", "--fix=likely", "--write", "--strict", name], "");
    assert_eq!(written.status.code(), Some(0), "{written:?}");
    let mended = MENDABLE
        .replace("SLAVE", "BACKUP")
        .replace("advert_int1", "advert_int 1")
        .replace("prioritty", "priority");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), mended);
    let again = vipd(&["check", "--fix=likely", name], "");
    assert!(again.stdout.is_empty(), "nothing is left to mend");
}

#[test]
fn standard_input_is_shown_mended_and_cannot_be_written() {
    let shown = vipd(&["check", "--fix", "-"], MENDABLE);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("+  state BACKUP"));
    let written = vipd(&["check", "--fix", "--write", "-"], MENDABLE);
    assert_eq!(written.status.code(), Some(1));
}

#[test]
fn annotations_and_sarif_name_place_and_code() {
    let output = vipd(&["check", "--format", "github", "-"], WARNING);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text,
        "::warning file=-,line=4,col=3,endColumn=12,title=unknown-keyword::\
         unknown keyword `prioritty` in `vrrp_instance`; the line is ignored%0A\
         did you mean `priority`?\n"
    );
    let output = vipd(&["check", "--format", "sarif", "-"], WARNING);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["version"], "2.1.0");
    let run = &value["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "unknown-keyword");
    let result = &run["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&"unknown-keyword".into(), &"warning".into())
    );
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 4);
    assert_eq!(place["region"]["endColumn"], 12);
    let edit = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(edit["insertedContent"]["text"], "priority");
}

#[test]
fn the_canonical_form_is_printed_asked_for_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k.conf");
    let name = path.to_str().unwrap();
    std::fs::write(&path, "a{ b }  # c\n").unwrap();
    let form = "a {  # c\n    b\n}\n";
    assert_eq!(vipd(&["fmt", name], "").stdout, form.as_bytes());
    assert_eq!(vipd(&["fmt", "-"], "a{ b }  # c\n").stdout, form.as_bytes());
    let other = vipd(&["fmt", "--check", name], "");
    assert_eq!(other.status.code(), Some(1));
    assert_eq!(other.stdout, format!("{name}\n").as_bytes());
    assert!(vipd(&["fmt", "--write", name], "").status.success());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), form);
    assert!(vipd(&["fmt", "--check", name], "").status.success());
}

#[test]
fn one_node_by_name_has_its_own_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k.conf");
    std::fs::write(
        &path,
        CLEAN.replace("  virtual_router_id", "  @web1 foo\n  virtual_router_id"),
    )
    .unwrap();
    let named = |name: &str| {
        let file = format!("{name}={}", path.display());
        vipd(&["check", "--strict", &file], "").status.code()
    };
    assert_eq!((named("web1"), named("web2")), (Some(1), Some(0)));
}

#[test]
fn nodes_may_come_from_standard_input_and_are_mended_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.conf");
    let standby = CLEAN.replace("  virtual_router_id", "  priority 90\n  virtual_router_id");
    std::fs::write(&path, &standby).unwrap();
    let file = format!("b={}", path.display());
    let output = vipd(&["check", "a=-", &file], CLEAN);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("-> b after"), "{text}");
    let told = vipd(
        &["simulate", "a=-", &file, "-e", "at 9s: crash a; until 20s"],
        CLEAN,
    );
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(text.contains("V: BACKUP -> MASTER"), "{text}");

    std::fs::write(
        &path,
        standby.replace("interface", "state SLAVE\n  interface"),
    )
    .unwrap();
    let output = vipd(&["check", "--fix", "a=-", &file], CLEAN);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("+  state BACKUP"), "{text}");
}

#[test]
fn a_folder_without_files_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = vipd(&["check", folder.path().to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("no file is in"), "{text}");
}
