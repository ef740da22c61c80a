//! Files of several nodes as cases: each `pair/NAME.conf` is read once for each node that its
//! first line names, with the lines that begin with `@NODE`; what is said about the nodes together
//! stands in `pair/NAME.out`. `UPDATE_EXPECT=1` writes the latter anew.
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use vipd_config::diagnostic::terminal::{Style, render};
use vipd_config::diagnostic::{Diagnostic, Sources, codes};
use vipd_config::files::MemoryFiles;
use vipd_config::reader::Environment;
use vipd_config::{Host, Loaded, load, pair};

fn load_as(node: &str, text: &str) -> Loaded {
    let name = format!("{node}.conf");
    let files = MemoryFiles::single(name.as_str(), text);
    let environment = Environment {
        config_id: node.to_owned(),
        ..Environment::default()
    };
    load(&files, &name, &environment, &Host::unknown(node))
}

fn together(text: &str) -> (Vec<Diagnostic>, Sources) {
    let names = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# nodes:"));
    let names: Vec<&str> = names
        .expect("names of the nodes")
        .split_whitespace()
        .collect();
    let loaded: Vec<Loaded> = names.iter().map(|name| load_as(name, text)).collect();
    for (name, one) in names.iter().zip(&loaded) {
        let own: Vec<&str> = one.diagnostics.iter().map(|d| d.message.as_str()).collect();
        assert!(one.starts().is_ok(), "{name}: {own:?}");
    }
    let (nodes, sources) = pair::nodes(names.iter().copied().zip(&loaded));
    (pair::check(&nodes), sources)
}

fn cases() -> Vec<(PathBuf, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pair");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("directory of cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.extension().is_some_and(|e| e == "conf"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("text of a case");
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn every_case_is_reported_as_written() {
    for (path, text) in cases() {
        let (diagnostics, sources) = together(&text);
        let shown: String = diagnostics
            .iter()
            .map(|diagnostic| render(diagnostic, &sources, Style::Plain) + "\n\n")
            .collect();
        expect_file![path.with_extension("out")].assert_eq(&shown);
        for diagnostic in &diagnostics {
            assert!(diagnostic.span.is_some(), "{}", diagnostic.message);
        }
    }
}

#[test]
fn every_rule_has_a_case() {
    let found: BTreeSet<&str> = cases()
        .iter()
        .flat_map(|(_, text)| together(text).0)
        .map(|diagnostic| diagnostic.code)
        .collect();
    let rules: BTreeSet<&str> = codes::codes()
        .map(|code| code.name)
        .filter(|name| name.starts_with("pair-"))
        .collect();
    assert_eq!(found, rules);
}
