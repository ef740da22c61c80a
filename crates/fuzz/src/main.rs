//! `vipd-fuzz smoke [TARGET...] [--seconds N | --inputs N] [--seed N]`: every target gets damaged
//! seeds, for some seconds or so many of them. `vipd-fuzz seeds FOLDER`: the seeds as files, for libFuzzer. `vipd-fuzz list`: names.
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
    let (mut enough, mut seed, mut targets) = (Enough::Seconds(2), 1, Vec::new());
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        let mut number = || words.next().and_then(|number| number.parse().ok());
        match word {
            "--seconds" => enough = Enough::Seconds(number().ok_or("--seconds wants a number")?),
            "--inputs" => enough = Enough::Inputs(number().ok_or("--inputs wants a number")?),
            "--seed" => seed = number().ok_or("--seed wants a number")?,
            name => targets.push(*known(name)?),
        }
    }
    if targets.is_empty() {
        targets = TARGETS.to_vec();
    }
    for target in targets {
        let start = Instant::now();
        let count = damage(target, enough, seed)?;
        println!(
            "{:16} {count} inputs in {:.1} s, nothing found",
            target.name,
            start.elapsed().as_secs_f32()
        );
    }
    Ok(())
}

/// When a target has had enough damaged seeds.
#[derive(Clone, Copy)]
enum Enough {
    Seconds(u64),
    /// The same ones each time.
    Inputs(u64),
}

/// Gives a target its seeds, then damaged ones until it is enough; how many.
fn damage(target: Target, enough: Enough, seed: u64) -> Result<u64, String> {
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
    for tried in 0.. {
        let is_enough = match enough {
            Enough::Seconds(seconds) => start.elapsed() >= Duration::from_secs(seconds),
            Enough::Inputs(inputs) => tried >= inputs,
        };
        if is_enough {
            break;
        }
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
