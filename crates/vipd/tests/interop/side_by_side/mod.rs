//! The same file and the same events with vipd and with Debian's keepalived, and everything that
//! is to be seen of them compared: packets, addresses, routes, rules, links, tables of nftables,
//! calls of scripts, lines of FIFOs, exit statuses.
//!
//! What is played stands in `side_by_side/*.txt`; each text is a test. `SCENARIO=words` plays only
//! those whose names contain the words, and `SHOW=1` prints what was seen of both.

mod packets;
mod play;
mod scenario;
mod seen;
mod waits;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::Make::{Keepalived, Vipd};
use scenario::Scenario;

/// Scenarios at the same time in one test: they mostly wait.
const AT_ONCE: usize = 5;

/// Reads a file of the repository.
fn repository(path: &str) -> String {
    let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).expect(&path)
}

/// Plays every scenario of a text on both and says what differs.
fn compare(name: &str) {
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let text = format!("crates/vipd/tests/interop/side_by_side/{name}.txt");
    let mut scenarios = scenario::read(&repository(&text));
    scenarios.retain(|scenario| scenario.name.contains(&wanted));
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let played = catch_unwind(AssertUnwindSafe(|| differences(scenario)));
                    let failed = |_| {
                        vec![format!(
                            "{}: it could not be played, see above",
                            scenario.name
                        )]
                    };
                    let differences = played.unwrap_or_else(failed);
                    let mut found = found.lock().expect("no panic while it was held");
                    found.extend(differences);
                }
            });
        }
    });
    let found = found.into_inner().expect("no panic while it was held");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn differences(scenario: &Scenario) -> Vec<String> {
    let list = repository("docs/differences.md");
    for (_, why) in &scenario.differs {
        assert!(
            list.contains(why.as_str()),
            "docs/differences.md lacks: {why}"
        );
    }
    let once = || {
        let (ours, theirs) = (play::play(scenario, Vipd), play::play(scenario, Keepalived));
        if std::env::var_os("SHOW").is_some() {
            show(scenario, [&ours, &theirs]);
        }
        let mut lines = seen::compare(&ours, &theirs);
        let is_known = |line: &String| {
            scenario
                .differs
                .iter()
                .any(|(words, _)| line.contains(words))
        };
        lines.retain(|line| !is_known(line));
        lines
    };
    let mut lines = once();
    if !lines.is_empty() {
        // A busy machine: what differs is what differs again.
        let again = once();
        lines.retain(|line| again.contains(line) || line.contains("adverts") && !again.is_empty());
    }
    let name = &scenario.name;
    lines.iter().map(|line| format!("{name}: {line}")).collect()
}

#[expect(clippy::print_stdout, reason = "for whoever looks into a difference")]
fn show(scenario: &Scenario, both: [&seen::Seen; 2]) {
    println!("== {}", scenario.name);
    for seen in both {
        println!("{:#?}\n{:#?}\n{}", seen.exact, seen.adverts, seen.log);
    }
}

macro_rules! texts {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            compare(stringify!($name));
        }
    )*};
}

texts! {
    addresses
    changes
    elections
    families
    firewall
    groups
    interfaces
    peers
    reloads
    scripts
    starts
    tracking
    transports
    vmacs
}
