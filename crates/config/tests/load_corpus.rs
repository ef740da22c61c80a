//! Real configuration files from the wild, judged by real keepalived: our exit status for
//! `-t` against its own. The files are third-party data and stand beside the repository.

#![expect(clippy::expect_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vipd_config::diagnostic::Class;
use vipd_config::files::DiskFiles;
use vipd_config::load::{Machine, Program, SharedMachine};
use vipd_config::reader::Environment;
use vipd_config::{Host, HostInterface, load};

/// Agreement reached so far; may only go up. The rest are files with a `net_namespace` that
/// is not there: keepalived then ends with 0 whatever else stands in them.
const LEAST_AGREEMENT: f64 = 0.98;

fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    path.join("index.tsv").exists().then_some(path)
}

/// Programs that the machine of the verdicts had; of all others named in the corpus it had
/// none. There `/bin` and `/sbin` are symbolic links, which keepalived takes for insecure.
const PROGRAMS: [&str; 15] = [
    "/bin/bash",
    "/bin/echo",
    "/bin/ping",
    "/bin/systemctl",
    "/etc/init.d/postgresql",
    "/sbin/service",
    "/usr/bin/killall",
    "/usr/bin/logger",
    "echo",
    "killall",
    "netstat",
    "pgrep",
    "pidof",
    "script",
    "systemctl",
];

/// The machine the verdicts were made on.
struct Judge;

impl Machine for Judge {
    fn has_user(&self, name: &str) -> bool {
        ["root", "nobody", "daemon", "bin", "sys", "www-data", "mail"].contains(&name)
    }

    fn program(&self, path: &str) -> Program {
        if !PROGRAMS.contains(&path) {
            Program::Missing
        } else if path.starts_with("/bin/") || path.starts_with("/sbin/") {
            Program::Insecure
        } else {
            Program::Usable
        }
    }
}

struct Case {
    number: String,
    expected: u8,
    interfaces: Vec<String>,
}

fn cases(corpus: &Path) -> Vec<Case> {
    let index = std::fs::read_to_string(corpus.join("index.tsv")).expect("index of the corpus");
    index
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            Case {
                number: fields[0].to_owned(),
                expected: fields[7].parse().expect("an exit status"),
                interfaces: fields[9].split_whitespace().map(str::to_owned).collect(),
            }
        })
        .collect()
}

fn host(case: &Case) -> Host {
    let names = case.interfaces.iter().map(String::as_str).chain(["lo"]);
    let interfaces: BTreeMap<String, HostInterface> = names
        .map(|name| (name.to_owned(), HostInterface::default()))
        .collect();
    Host {
        hostname: "judge".to_owned(),
        interfaces: Some(interfaces),
        machine: Some(SharedMachine(Arc::new(Judge))),
    }
}

#[test]
fn exit_status_of_files_from_the_wild() {
    let Some(corpus) = corpus() else {
        println!("no corpus beside the repository: nothing was compared");
        return;
    };
    let cases = cases(&corpus);
    let mut agreed = 0;
    let mut report = String::new();
    for case in &cases {
        let path = corpus.join(format!("{}.conf", case.number));
        let environment = Environment {
            config_id: "judge".to_owned(),
            ..Environment::default()
        };
        let loaded = load(
            &DiskFiles,
            &path.to_string_lossy(),
            &environment,
            &host(case),
        );
        let status = loaded.test_exit_status();
        if status == case.expected {
            agreed += 1;
            continue;
        }
        let _ = writeln!(
            report,
            "{}: keepalived {}, vipd {status}",
            case.number, case.expected
        );
        for diagnostic in &loaded.diagnostics {
            let line = diagnostic.span.map_or(0, |span| span.line);
            let _ = writeln!(
                report,
                "    {line}: {:?} {}",
                diagnostic.class, diagnostic.message
            );
        }
    }
    println!("{report}\n{agreed} of {} agree", cases.len());
    assert!(
        f64::from(agreed)
            >= LEAST_AGREEMENT * f64::from(u32::try_from(cases.len()).expect("a few files")),
        "{agreed} of {} agree:\n{report}",
        cases.len()
    );
}

/// Line numbers that the verdict of 2.4.3 complains about.
fn judged_lines(corpus: &Path, number: &str) -> BTreeSet<u32> {
    let text =
        std::fs::read_to_string(corpus.join(format!("{number}.verdict"))).expect("a verdict");
    let own = text.split("# keepalived 2.4.3").nth(1).unwrap_or_default();
    let own = own
        .split("exit-without-interfaces")
        .next()
        .unwrap_or_default();
    own.lines()
        .filter_map(|line| {
            let (place, _) = line.strip_prefix('(')?.split_once(')')?;
            place.rsplit("Line ").next()?.parse().ok()
        })
        .collect()
}

/// Lines that keepalived complains about are lines that vipd complains about. The rest are
/// mostly lines inside unknown blocks at the root, of which vipd says once that they are lost.
#[test]
fn lines_of_files_from_the_wild() {
    let Some(corpus) = corpus() else {
        println!("no corpus beside the repository: nothing was compared");
        return;
    };
    let mut agreed = 0;
    let mut report = String::new();
    let cases = cases(&corpus);
    for case in &cases {
        let path = corpus.join(format!("{}.conf", case.number));
        let environment = Environment {
            config_id: "judge".to_owned(),
            ..Environment::default()
        };
        let loaded = load(
            &DiskFiles,
            &path.to_string_lossy(),
            &environment,
            &host(case),
        );
        let judged = judged_lines(&corpus, &case.number);
        let ours: BTreeSet<u32> = loaded
            .diagnostics
            .iter()
            .filter(|diagnostic| matches!(diagnostic.class, Class::General | Class::Fatal))
            .filter_map(|diagnostic| Some(diagnostic.span?.line))
            .collect();
        let missed: Vec<u32> = judged.difference(&ours).copied().collect();
        let text = std::fs::read_to_string(corpus.join(format!("{}.conf", case.number)))
            .unwrap_or_default();
        if missed.is_empty() {
            agreed += 1;
        } else {
            for line in missed {
                let _ = writeln!(
                    report,
                    "{}:{line}: {}",
                    case.number,
                    text.lines().nth(line as usize - 1).unwrap_or_default()
                );
            }
        }
    }
    println!("{report}\n{agreed} of {} agree", cases.len());
    assert!(
        agreed >= 225,
        "{agreed} of {} agree:\n{report}",
        cases.len()
    );
}
