//! Plays seeds: one with its story, or many with those that fail.
//!
//! ```text
//! cargo run -p vipd-sim --bin sim -- SEED [--trace]
//! cargo run -p vipd-sim --bin sim -- --from N --count M
//! ```
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for people at a terminal"
)]

use std::collections::BTreeMap;
use std::process::ExitCode;

use vipd_sim::journal::Telling;
use vipd_sim::random;

/// What was asked for.
enum Asked {
    One { seed: u64, telling: Telling },
    Many { from: u64, count: u64 },
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match asked(&words) {
        Some(Asked::One { seed, telling }) => one(seed, telling),
        Some(Asked::Many { from, count }) => many(from, count),
        None => {
            eprintln!("usage: sim SEED [--trace] | sim --from N --count M");
            ExitCode::from(2)
        }
    }
}

fn asked(words: &[String]) -> Option<Asked> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [seed] => Some(Asked::One {
            seed: seed.parse().ok()?,
            telling: Telling::Changes,
        }),
        [seed, "--trace"] => Some(Asked::One {
            seed: seed.parse().ok()?,
            telling: Telling::Everything,
        }),
        ["--count", count] => Some(Asked::Many {
            from: 0,
            count: count.parse().ok()?,
        }),
        ["--from", from, "--count", count] => Some(Asked::Many {
            from: from.parse().ok()?,
            count: count.parse().ok()?,
        }),
        _ => None,
    }
}

fn one(seed: u64, telling: Telling) -> ExitCode {
    let draw = random::Draw::new(seed);
    for machine in &draw.machines {
        println!("{}", random::describe(machine));
    }
    let outcome = draw.run();
    print!("{}", outcome.tell(telling));
    if outcome.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn many(from: u64, count: u64) -> ExitCode {
    let mut failed: BTreeMap<&'static str, u64> = BTreeMap::new();
    for seed in from..from.saturating_add(count) {
        for violation in random::run(seed).violations {
            println!("{seed}: {violation}");
            *failed.entry(violation.invariant).or_default() += 1;
        }
    }
    for (invariant, times) in &failed {
        println!("{times:>6} times: {invariant}");
    }
    println!("{count} seeds, {} failed", failed.values().sum::<u64>());
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
