//! Configuration files as cases: each `cases/NAME.conf` with what is said about it, what it
//! does and what it becomes in `cases/NAME.out`. `UPDATE_EXPECT=1` writes the latter anew.
//!
//! A first line `# interfaces: eth0 eth1` names the interfaces of the machine; without it
//! nothing is judged against interfaces. A line `# show` adds the configuration itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use vipd_config::diagnostic::{Diagnostic, codes};
use vipd_config::files::DiskFiles;
use vipd_config::reader::Environment;
use vipd_config::{Host, HostInterface, Loaded, load};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn host(text: &str) -> Host {
    let interfaces = text
        .lines()
        .find_map(|line| line.strip_prefix("# interfaces:"))
        .map(|names| {
            let names = names.split_whitespace().chain(["lo"]);
            names
                .map(|name| (name.to_owned(), HostInterface::default()))
                .collect::<BTreeMap<_, _>>()
        });
    Host {
        interfaces,
        ..Host::unknown("node-a")
    }
}

fn describe(loaded: &Loaded) -> String {
    let mut text = String::new();
    let starts = match loaded.starts() {
        Ok(()) => "starts".to_owned(),
        Err(status) => format!("refuses with {status}"),
    };
    let _ = writeln!(text, "run: {starts}; test: {}", loaded.test_exit_status());
    for diagnostic in &loaded.diagnostics {
        describe_one(diagnostic, &mut text);
    }
    text
}

fn describe_one(diagnostic: &Diagnostic, text: &mut String) {
    assert!(
        codes::find(diagnostic.code).is_some(),
        "{} is not explained",
        diagnostic.code
    );
    let place = diagnostic.span.map_or_else(
        || "-".to_owned(),
        |span| format!("{}:{}+{}", span.line, span.column, span.len),
    );
    let _ = writeln!(
        text,
        "\n{place} {:?} {}\n  {}",
        diagnostic.class, diagnostic.code, diagnostic.message
    );
    for (span, label) in &diagnostic.labels {
        let _ = writeln!(text, "  {}:{} {label}", span.line, span.column);
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(text, "  help: {help}");
    }
    if let Some(fix) = &diagnostic.fix {
        let _ = writeln!(
            text,
            "  fix: {}:{}+{} -> {}",
            fix.span.line, fix.span.column, fix.span.len, fix.text
        );
    }
}

#[test]
fn cases() {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory())
        .expect("directory of cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "conf")
        })
        .collect();
    paths.sort();
    assert!(paths.len() > 20, "cases are missing");
    for path in paths {
        let source = std::fs::read_to_string(&path).expect("text of a case");
        let environment = Environment {
            config_id: "node-a".to_owned(),
            ..Environment::default()
        };
        let loaded = load(
            &DiskFiles,
            &path.to_string_lossy(),
            &environment,
            &host(&source),
        );
        let mut text = describe(&loaded);
        if source.lines().any(|line| line == "# show") {
            let _ = writeln!(text, "\n{:#?}", loaded.config);
        }
        expect_file![path.with_extension("out")].assert_eq(&text);
        fixes_apply(&loaded, &source, &path);
    }
}

/// Every offered edit replaces what it says it does.
fn fixes_apply(loaded: &Loaded, source: &str, path: &Path) {
    let lines: Vec<&str> = source.lines().collect();
    for fix in loaded
        .diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.fix.as_ref())
    {
        let line = lines[fix.span.line as usize - 1];
        let start = fix.span.column as usize - 1;
        let end = start + fix.span.len as usize;
        assert!(
            line.get(start..end).is_some(),
            "{}: edit out of its line: {fix:?}",
            path.display()
        );
    }
}
