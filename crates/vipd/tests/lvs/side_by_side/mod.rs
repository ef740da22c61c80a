//! The same file and the same events with vipd and with Debian's keepalived: the table of IPVS,
//! calls of scripts, lines of the FIFO, lines of the log, at each look.
//!
//! What is played stands in `side_by_side/*.txt`. In the environment, `SCENARIO=words|words` plays
//! only those whose names contain one of these; `ORACLE=1` plays keepalived alone and shows what is seen.

mod play;
mod scenario;
mod servers;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use self::play::Seen;
use self::scenario::Scenario;
use crate::Test;

const VIPD: &str = env!("CARGO_BIN_EXE_vipd");

/// For what is awaited.
const PATIENCE: Duration = Duration::from_mins(1);

/// Scenarios at the same time: they mostly wait.
const AT_ONCE: usize = 6;

/// Whose daemon it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Make {
    Vipd,
    Keepalived,
}

pub(crate) const ALL: &[Test] = &[
    ("lives_of_servers_are_as_with_keepalived", || {
        compare(include_str!("lives.txt"), &[]);
    }),
    ("words_mean_what_they_mean_to_keepalived", || {
        compare(include_str!("words.txt"), &[]);
    }),
    ("changes_are_as_with_keepalived", || {
        let said_again = ["log: Activating healthchecker"];
        compare(include_str!("changes.txt"), &said_again);
    }),
    ("reloads_are_as_with_keepalived", || {
        // After a reload keepalived says it of every check again.
        compare(
            include_str!("reloads.txt"),
            &["log: Activating healthchecker"],
        );
    }),
];

/// Plays every scenario of a text on both and says what differs, but for lines with these words.
fn compare(text: &str, ignored: &[&str]) {
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let mut scenarios = scenario::read(text);
    let is_wanted = |name: &str| wanted.split('|').any(|words| name.contains(words));
    scenarios.retain(|scenario| is_wanted(&scenario.name));
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let lines = differences(scenario, ignored);
                    let mut found = found.lock().expect("no panic while it was held");
                    found.extend(lines);
                }
            });
        }
    });
    let found = found.into_inner().expect("no panic while it was held");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Plays a scenario in a thread of its own, which moves to a network namespace of its own.
fn seen(scenario: &Scenario, make: Make) -> Result<Seen, String> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let played = thread::scope(|scope| {
        let run = || catch_unwind(AssertUnwindSafe(|| play::play(scenario, make, number)));
        scope.spawn(run).join()
    });
    match played {
        Ok(Ok(seen)) => Ok(seen),
        Ok(Err(_)) | Err(_) => Err(format!(
            "{}: it could not be played with {make:?}, see above",
            scenario.name
        )),
    }
}

fn differences(scenario: &Scenario, ignored: &[&str]) -> Vec<String> {
    if std::env::var_os("ORACLE").is_some() {
        return match seen(scenario, Make::Keepalived) {
            Ok(seen) => show(scenario, &seen),
            Err(why) => vec![why],
        };
    }
    let list = include_str!("../../../../../docs/differences.md");
    for (_, why) in &scenario.differs {
        assert!(
            list.contains(why.as_str()),
            "docs/differences.md lacks: {why}"
        );
    }
    let lines = once(scenario, ignored);
    if lines.is_empty() {
        return lines;
    }
    // A busy machine: what differs is what differs again.
    let again = once(scenario, ignored);
    lines
        .into_iter()
        .filter(|line| again.contains(line))
        .collect()
}

fn once(scenario: &Scenario, ignored: &[&str]) -> Vec<String> {
    let (ours, theirs) = match (seen(scenario, Make::Vipd), seen(scenario, Make::Keepalived)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(why), _) | (_, Err(why)) => return vec![why],
    };
    let mut lines = Vec::new();
    for ((title, ours), (_, theirs)) in ours.sections.iter().zip(&theirs.sections) {
        let [ours, theirs] = [ours, theirs].map(|lines| {
            let counts = |line: &&String| !ignored.iter().any(|words| line.contains(words));
            lines.iter().filter(counts).cloned().collect::<Vec<_>>()
        });
        lines.extend(difference(title, &ours, &theirs));
    }
    let is_known = |line: &String| {
        scenario
            .differs
            .iter()
            .any(|(words, _)| line.contains(words))
    };
    lines.retain(|line| !is_known(line));
    let name = &scenario.name;
    lines.iter().map(|line| format!("{name}: {line}")).collect()
}

/// Lines that only one of both has, as often as it has them; or all of them, in another order.
fn difference(title: &str, ours: &[String], theirs: &[String]) -> Vec<String> {
    let mut rest: Vec<&String> = theirs.iter().collect();
    let mut lines = Vec::new();
    for line in ours {
        match rest.iter().position(|other| *other == line) {
            Some(place) => drop(rest.remove(place)),
            None => lines.push(format!("{title} + {line}")),
        }
    }
    lines.extend(rest.iter().map(|line| format!("{title} - {line}")));
    if lines.is_empty() && ours != theirs {
        lines.push(format!("{title}: another order: {ours:#?} {theirs:#?}"));
    }
    lines
}

/// Everything that was seen.
fn show(scenario: &Scenario, seen: &Seen) -> Vec<String> {
    let mut lines = vec![format!("\n======== {}", scenario.name)];
    for (title, section) in &seen.sections {
        lines.push(format!("---- {title}"));
        lines.extend(section.iter().cloned());
    }
    if std::env::var_os("ORACLE_LOG").is_some() {
        lines.push(seen.log.clone());
    }
    lines
}
