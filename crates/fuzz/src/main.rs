//! `vipd-fuzz smoke [TARGET...] [--seconds N] [--seed N]`: every target gets damaged seeds for some
//! seconds. `vipd-fuzz seeds FOLDER`: the seeds as files, for libFuzzer. `vipd-fuzz list`: names.
//! `vipd-fuzz run TARGET FILE...`: files that did harm, again.

#![expect(clippy::print_stdout, reason = "what was done is said there")]
#![expect(clippy::print_stderr, reason = "problems go where they are seen")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use vipd_fuzz::{TARGETS, Target, damaged, target};
use vipd_sim::rng::Rng;

/// Longest that one input may take, even on a busy machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match *words.as_slice() {
        ["list"] => {
            for target in TARGETS {
                println!("{}", target.name);
            }
            Ok(())
        }
        ["seeds", folder] => seeds(Path::new(folder)),
        ["smoke", ref rest @ ..] => smoke(rest),
        ["run", name, ref files @ ..] => run(name, files),
        _ => Err("expected list, seeds FOLDER, smoke [TARGET...] or run TARGET FILE...".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("vipd-fuzz: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn known(name: &str) -> Result<&'static Target, String> {
    target(name).ok_or_else(|| format!("no target is called `{name}`"))
}

/// Writes the seeds of every target into a folder of its name.
fn seeds(folder: &Path) -> Result<(), String> {
    for target in TARGETS {
        let folder = folder.join(target.name);
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        std::fs::create_dir_all(&folder).map_err(failed)?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:03}")), seed).map_err(failed)?;
        }
    }
    Ok(())
}

fn run(name: &str, files: &[&str]) -> Result<(), String> {
    let target = known(name)?;
    for file in files {
        let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        (target.run)(&bytes);
    }
    Ok(())
}

fn smoke(words: &[&str]) -> Result<(), String> {
    let (mut seconds, mut seed, mut targets) = (2, 1, Vec::new());
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        let mut number = || words.next().and_then(|number| number.parse().ok());
        match word {
            "--seconds" => seconds = number().ok_or("--seconds wants a number")?,
            "--seed" => seed = number().ok_or("--seed wants a number")?,
            name => targets.push(*known(name)?),
        }
    }
    if targets.is_empty() {
        targets = TARGETS.to_vec();
    }
    for target in targets {
        let count = damage_for(target, Duration::from_secs(seconds), seed)?;
        println!(
            "{:16} {count} inputs in {seconds} s, nothing found",
            target.name
        );
    }
    Ok(())
}

/// Gives a target its seeds, then damaged ones until the time is over; how many.
fn damage_for(target: Target, time: Duration, seed: u64) -> Result<u64, String> {
    let seeds = (target.seeds)();
    if seeds.is_empty() {
        return Err(format!("{} has no seeds", target.name));
    }
    let mut count = 0;
    for bytes in &seeds {
        examine(target, bytes)?;
        count += 1;
    }
    let start = Instant::now();
    let mut rng = Rng::new(seed);
    while start.elapsed() < time {
        examine(target, &damaged(&seeds, &mut rng))?;
        count += 1;
    }
    Ok(count)
}

/// One input; kept in a file when it does harm.
fn examine(target: Target, bytes: &[u8]) -> Result<(), String> {
    let start = Instant::now();
    let end = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    let took = start.elapsed();
    let harm = match end {
        Ok(()) if took <= PATIENCE => return Ok(()),
        Ok(()) => format!("took {took:?}"),
        Err(_) => "panicked".to_owned(),
    };
    let file = std::env::temp_dir().join(format!("vipd-fuzz-{}", target.name));
    let kept = match std::fs::write(&file, bytes) {
        Ok(()) => format!(
            "`vipd-fuzz run {} {}` repeats it",
            target.name,
            file.display()
        ),
        Err(error) => format!("the input could not be kept: {error}"),
    };
    Err(format!("{} {harm}; {kept}", target.name))
}
