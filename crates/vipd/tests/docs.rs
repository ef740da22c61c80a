//! The generated documents are what the program would write now, and what README shows is right.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn generated_documents_are_current() {
    let output = Command::new(env!("CARGO_BIN_EXE_vipd"))
        .args(["docs", "--check"])
        .arg(root().join("docs"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_configuration_in_readme_has_no_mistakes() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let start = readme.find("    global_defs {\n").unwrap();
    let block: String = readme[start..]
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("    "))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert!(block.contains("vrrp_instance") && block.contains("track_script"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keepalived.conf");
    fs::write(&file, block).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_vipd"))
        .arg("check")
        .arg(file)
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(
        report.ends_with(": no mistakes; the daemon starts\n"),
        "{report}"
    );
}
