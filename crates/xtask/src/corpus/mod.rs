//! `cargo xtask corpus [DIR]`: files from the wild, judged by real keepalived, against vipd.
//!
//! The files are third-party data and stand beside the repository. Each comes with what
//! keepalived 2.4.3 said of it: its exit status under `-t`, and its complaints. vipd must have
//! the same exit status, and the same complaints: about the same line, from the same cause.

mod causes;
mod compare;
mod form;
mod judge;
mod verdict;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use vipd_config::files::DiskFiles;
use vipd_config::load;
use vipd_config::reader::Environment;

use crate::run::{Failure, root, say};
use compare::Comparison;
use verdict::Verdict;

/// The version that vipd follows.
const VERSION: &str = "2.4.3";
/// Files whose exit status may differ: `net_namespace` names one that is not there, and
/// keepalived ends with 0 before it has looked at anything.
const OTHER_STATUS: [&str; 4] = ["263", "266", "267", "281"];
/// Of a thousand complaints so many are shared, at least. May only go up.
const SHARED_PER_MILLE: usize = 980;
/// Of a thousand files vipd complains about so many exactly as keepalived does, at least.
const FILES_PER_MILLE: usize = 956;
/// Parts of complaints that are not shared on purpose, and why.
const REASONS: [(&str, &str); 3] = [
    (
        "due to insecure",
        "a directory of the path is a symbolic link; vipd judges the path it leads to",
    ),
    (
        "Unknown keyword 'EOF'",
        "without a newline at the end, one of keepalived's processes counts a line too few",
    ),
    (
        "goto_backup",
        "keepalived takes out what tracks a file that is not there; vipd waits for the file",
    ),
];

/// A file of the corpus.
struct Case {
    number: String,
    expected: u8,
    interfaces: Vec<String>,
}

/// Sums over all files.
#[derive(Default)]
struct Total {
    files: usize,
    same_status: usize,
    same_complaints: usize,
    shared: usize,
    differing: usize,
    /// Files with a difference that nobody has given a reason for.
    surprises: Vec<String>,
}

/// Where the corpus stands unless the command line says otherwise.
pub(crate) fn beside() -> PathBuf {
    root().join("../shared/corpus")
}

/// Compares all files and says what differs; fails below the floors.
pub(crate) fn perform(arguments: &[String]) -> Result<(), Failure> {
    let folder = match arguments {
        [] => beside(),
        [folder] => PathBuf::from(folder),
        _ => return Err(Failure("takes one folder, or nothing".to_owned())),
    };
    let mut total = Total::default();
    for case in cases(&folder)? {
        total.add(&case, &folder)?;
    }
    let compared = total.shared + total.differing;
    say(&format!(
        "{} of {} files: the exit status of keepalived {VERSION}\n\
         {} of {} files: the same complaints\n\
         {} of {compared} complaints: shared",
        total.same_status, total.files, total.same_complaints, total.files, total.shared
    ));
    total.judge(compared)
}

impl Total {
    fn add(&mut self, case: &Case, folder: &Path) -> Result<(), Failure> {
        let path = folder.join(format!("{}.conf", case.number));
        let mut verdict = Verdict::of(VERSION, &read(&path.with_extension("verdict"))?);
        let environment = Environment {
            config_id: "judge".to_owned(),
            ..Environment::default()
        };
        let host = judge::host(&case.interfaces);
        let loaded = load(&DiskFiles, &path.to_string_lossy(), &environment, &host);
        let status = loaded.test_exit_status();
        let excused = OTHER_STATUS.contains(&case.number.as_str());
        self.files += 1;
        // keepalived has read none of it, so there is nothing to compare.
        verdict.ended |= excused;
        let mut report = String::new();
        if status == case.expected {
            self.same_status += 1;
        } else {
            let _ = writeln!(report, "  exit status {}, vipd {status}", case.expected);
            if !excused {
                self.surprises.push(case.number.clone());
            }
        }
        if !form::holds(&path, &host)? {
            report +=
                "  its canonical form is another text the next time, or means something else\n";
            self.surprises.push(case.number.clone());
        }
        let found = Comparison::of(&verdict, &loaded.diagnostics, &read(&path)?);
        self.same_complaints += usize::from(found.agrees());
        self.shared += found.shared;
        self.differing += found.missed.len() + found.extra.len();
        for missed in &found.missed {
            let known = REASONS.iter().find(|(part, _)| missed.contains(part));
            let reason = known.map_or("none known", |(_, reason)| reason);
            let _ = writeln!(report, "  keepalived alone: {missed}\n    reason: {reason}");
            if known.is_none() {
                self.surprises.push(case.number.clone());
            }
        }
        for extra in &found.extra {
            let _ = writeln!(report, "  vipd alone: {extra}\n    reason: none known");
            self.surprises.push(case.number.clone());
        }
        if excused {
            report += "  reason: the network namespace is not there; keepalived looks no further\n";
        }
        if !report.is_empty() {
            say(&format!("{}.conf\n{}", case.number, report.trim_end()));
        }
        Ok(())
    }

    fn judge(&self, compared: usize) -> Result<(), Failure> {
        if !self.surprises.is_empty() {
            let files = self.surprises.join(", ");
            return Err(Failure(format!("a difference without a reason: {files}")));
        }
        if self.shared * 1000 < compared * SHARED_PER_MILLE {
            return Err(Failure(
                "fewer complaints are shared than before".to_owned(),
            ));
        }
        if self.same_complaints * 1000 < self.files * FILES_PER_MILLE {
            return Err(Failure("fewer files agree than before".to_owned()));
        }
        Ok(())
    }
}

/// The files that `index.tsv` lists.
fn cases(folder: &Path) -> Result<Vec<Case>, Failure> {
    let index = read(&folder.join("index.tsv"))?;
    let case = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        Some(Case {
            number: (*fields.first()?).to_owned(),
            expected: fields.get(7)?.parse().ok()?,
            interfaces: fields
                .get(9)?
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
        })
    };
    index
        .lines()
        .skip(1)
        .map(|line| case(line).ok_or_else(|| Failure(format!("not a line of an index: {line}"))))
        .collect()
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .map_err(|error| Failure(format!("cannot read {}: {error}", path.display())))
}
