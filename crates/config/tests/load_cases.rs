//! Configuration files as cases: each `cases/NAME.conf` with what is said about it, what it
//! does and what it becomes in `cases/NAME.out`. `UPDATE_EXPECT=1` writes the latter anew.
//!
//! A line `# interfaces: eth0 eth1=192.0.2.1/24` names the interfaces of the machine; without it
//! nothing is judged against interfaces. `# users: NAME NAME`, `# insecure: PATH` and `# firewall:
//! FILE` say more about it. A line `# show` adds the configuration itself.
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use expect_test::expect_file;
use vipd_config::diagnostic::rules::RULES;
use vipd_config::diagnostic::{Diagnostic, codes};
use vipd_config::files::DiskFiles;
use vipd_config::load::{Machine, Program, SharedMachine};
use vipd_config::reader::Environment;
use vipd_config::{Host, HostInterface, Loaded, load};

/// Codes that stand in no case here: what they are about is tested elsewhere.
const NO_CASE_HERE: [&str; 4] = [
    "hmac-key-insecure",
    "unknown-host",
    "flip-proof",
    "reload-order",
];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// The rest of the line of that comment.
fn remark<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("# "));
    lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
}

/// A machine with all users and programs, but for what a file says of it.
struct Made {
    users: Option<String>,
    insecure: Option<String>,
    firewall: Option<String>,
}

impl Machine for Made {
    fn has_user(&self, name: &str) -> bool {
        let users = self.users.as_deref();
        users.is_none_or(|users| users.split(' ').any(|known| known == name))
    }

    fn program(&self, path: &str) -> Program {
        if self.insecure.as_deref() == Some(path) {
            Program::Insecure
        } else {
            Program::Usable
        }
    }

    fn resolves(&self, _: &str) -> bool {
        true
    }

    fn firewall(&self) -> Option<String> {
        self.firewall.clone()
    }
}

/// An interface: `NAME`, or `NAME=ADDRESS/LENGTH,...`.
fn interface(text: &str) -> (String, HostInterface) {
    let (name, addresses) = text.split_once('=').unwrap_or((text, ""));
    let addresses = addresses.split(',').filter_map(|address| {
        let (address, length) = address.split_once('/')?;
        Some((address.parse().ok()?, length.parse().ok()?))
    });
    let interface = HostInterface {
        addresses: addresses.collect(),
        ..HostInterface::default()
    };
    (name.to_owned(), interface)
}

fn host(text: &str) -> Host {
    let interfaces = remark(text, "interfaces").map(|names| {
        let names = names.split_whitespace().chain(["lo"]);
        names.map(interface).collect::<BTreeMap<_, _>>()
    });
    let made = Made {
        users: remark(text, "users").map(str::to_owned),
        insecure: remark(text, "insecure").map(str::to_owned),
        firewall: remark(text, "firewall").map(str::to_owned),
    };
    let is_made = made.users.is_some() || made.insecure.is_some() || made.firewall.is_some();
    Host {
        interfaces,
        machine: is_made.then(|| SharedMachine(Arc::new(made))),
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

/// The codes in the expected output of a case.
fn codes_of(out: &str) -> BTreeSet<&str> {
    let heads = out.lines().filter(|line| !line.starts_with(' '));
    heads.filter_map(|line| line.split(' ').nth(2)).collect()
}

#[test]
fn every_rule_for_one_file_has_a_case_that_says_all_its_codes() {
    let outs = outs();
    for rule in RULES {
        assert!(!rule.codes.is_empty(), "{}", rule.id);
        for code in rule.codes {
            assert!(
                codes::find(code).is_some(),
                "{}: {code} is not explained",
                rule.id
            );
        }
        let alone = rule.codes.iter().any(|code| !code.starts_with("pair-"));
        if !rule.id.starts_with('L') || !alone {
            continue;
        }
        let start = format!("rule-{}", rule.id);
        let outs = outs.iter().filter(|(name, _)| name.starts_with(&start));
        let found: BTreeSet<&str> = outs.flat_map(|(_, out)| codes_of(out)).collect();
        for code in rule.codes {
            assert!(found.contains(code), "{}: {code} is not said", rule.id);
        }
    }
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let numbers = (1..=38)
        .map(|n| format!("L{n:02}"))
        .chain((1..=17).map(|n| format!("X{n:02}")));
    assert_eq!(ids, numbers.collect::<Vec<_>>());
}

/// Every expected output with the name of its case.
fn outs() -> Vec<(String, String)> {
    let paths = std::fs::read_dir(directory()).expect("directory of cases");
    paths
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.extension().is_some_and(|e| e == "out"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("an expected output");
            (
                path.file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned(),
                text,
            )
        })
        .collect()
}

#[test]
fn every_code_about_blocks_and_their_sense_has_a_case() {
    let outs = outs();
    let found: BTreeSet<&str> = outs.iter().flat_map(|(_, out)| codes_of(out)).collect();
    // Those of reading have theirs in `tests/reader`, those between files in `tests/pair`.
    let all = codes::CODES.iter().skip(2).copied().flatten();
    let missing: Vec<&str> = all
        .map(|code| code.name)
        .filter(|name| !name.starts_with("pair-") && !found.contains(name))
        .collect();
    assert_eq!(missing, NO_CASE_HERE);
}
