//! The generated documents are what the program would write now.

use std::path::Path;
use std::process::Command;

#[test]
fn generated_documents_are_current() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let output = Command::new(env!("CARGO_BIN_EXE_vipd"))
        .args(["docs", "--check"])
        .arg(docs)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
