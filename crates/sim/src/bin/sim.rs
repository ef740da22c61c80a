//! Plays seeds: one with its story, or many with those that fail.
//!
//! ```text
//! cargo run -p vipd-sim --bin sim -- SEED [--trace]
//! cargo run -p vipd-sim --bin sim -- --from N --count M
//! ```

use std::collections::BTreeMap;
use std::io::{self, Write};
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
    let mut out = io::stdout().lock();
    let held = match asked(&words) {
        Some(Asked::One { seed, telling }) => one(&mut out, seed, telling),
        Some(Asked::Many { from, count }) => many(&mut out, from, count),
        None => {
            let usage = "usage: sim SEED [--trace] | sim --from N --count M";
            let _ = writeln!(io::stderr(), "{usage}");
            return ExitCode::from(2);
        }
    };
    match held {
        Ok(true) => ExitCode::SUCCESS,
        // Whoever reads has closed the pipe, or something did not hold.
        Ok(false) | Err(_) => ExitCode::FAILURE,
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

/// Plays one; whether all held.
fn one(out: &mut impl Write, seed: u64, telling: Telling) -> io::Result<bool> {
    let draw = random::Draw::new(seed);
    for machine in &draw.machines {
        writeln!(out, "{}", random::describe(machine))?;
    }
    let outcome = draw.run();
    write!(out, "{}", outcome.tell(telling))?;
    Ok(outcome.violations.is_empty())
}

/// Plays many; whether all held.
fn many(out: &mut impl Write, from: u64, count: u64) -> io::Result<bool> {
    let mut failed: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut steps = 0;
    for seed in from..from.saturating_add(count) {
        let outcome = random::run(seed);
        steps += outcome.steps();
        for violation in outcome.violations {
            writeln!(out, "{seed}: {violation}")?;
            *failed.entry(violation.invariant).or_default() += 1;
        }
    }
    for (invariant, times) in &failed {
        writeln!(out, "{times:>6} times: {invariant}")?;
    }
    writeln!(
        out,
        "{count} seeds, {steps} steps, {} failed",
        failed.values().sum::<u64>()
    )?;
    Ok(failed.is_empty())
}
