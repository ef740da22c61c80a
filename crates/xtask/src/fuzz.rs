//! `cargo xtask fuzz [TARGET...] [--seconds N]`: targets under libFuzzer, one after the other.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::run::{Failure, cargo, read, root, run, say, shown};

/// How long each target runs unless the command line says otherwise, seconds.
const SECONDS: u32 = 60;
/// Memory that a target may take, megabytes: an input that needs more is a finding.
const MEMORY_MB: u32 = 2048;
/// How libFuzzer says how many inputs it has tried.
const EXECUTIONS: &str = "stat::number_of_executed_units:";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
struct Order {
    targets: Vec<String>,
    seconds: u32,
}

/// Runs the targets and says how many inputs each had; fails at the first finding.
pub(crate) fn perform(words: &[String]) -> Result<(), Failure> {
    let known = read(&mut cargo(VIPD_FUZZ.into_iter().chain(["list"])))?;
    let known: Vec<&str> = known.lines().collect();
    let order = order(words, &known)?;
    ensure()?;
    let seeds = ["seeds", "fuzz/corpus"];
    run(&mut cargo(VIPD_FUZZ.into_iter().chain(seeds)))?;
    let mut done = Vec::new();
    for target in &order.targets {
        let count = drive(target, order.seconds)?;
        done.push(format!("  {target:15} {count:>10} inputs, nothing found"));
    }
    say(&format!("{} s each:\n{}", order.seconds, done.join("\n")));
    Ok(())
}

/// Runs a command of the crate with the targets.
const VIPD_FUZZ: [&str; 5] = ["run", "--quiet", "--package", "vipd-fuzz", "--"];

fn order(words: &[String], known: &[&str]) -> Result<Order, Failure> {
    let mut order = Order {
        targets: Vec::new(),
        seconds: SECONDS,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--seconds" {
            let number = words.next().and_then(|number| number.parse().ok());
            order.seconds = number.ok_or_else(|| Failure("--seconds takes a number".to_owned()))?;
        } else if known.contains(&word.as_str()) {
            order.targets.push(word.clone());
        } else {
            let known = known.join(", ");
            return Err(Failure(format!(
                "no target is called `{word}`; there are {known}"
            )));
        }
    }
    if order.targets.is_empty() {
        order.targets = known.iter().map(|name| (*name).to_owned()).collect();
    }
    Ok(order)
}

/// Installs cargo-fuzz when it is missing.
fn ensure() -> Result<(), Failure> {
    let there = cargo(["fuzz", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match there {
        Ok(status) if status.success() => Ok(()),
        _ => run(&mut cargo(["install", "--locked", "cargo-fuzz"])),
    }
}

/// Runs one target at low priority; how many inputs it had.
fn drive(target: &str, seconds: u32) -> Result<u64, Failure> {
    let inner = cargo(["fuzz", "run", "--sanitizer", "none", target, "--"]);
    let mut command = Command::new("nice");
    command
        .args(["-n", "19"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-rss_limit_mb={MEMORY_MB}"))
        .arg("-print_final_stats=1")
        .current_dir(root())
        // libFuzzer needs options of the compiler that the stable toolchain hides.
        .env("RUSTC_BOOTSTRAP", "1")
        .stderr(Stdio::piped());
    let line = shown(&command);
    say(&format!("$ {line}"));
    let failed = |error| Failure(format!("cannot run `{line}`: {error}"));
    let mut child = command.spawn().map_err(failed)?;
    let mut count = None;
    for said in child
        .stderr
        .take()
        .into_iter()
        .flat_map(|err| BufReader::new(err).lines())
    {
        let said = said.map_err(failed)?;
        say(&said);
        let number = said.strip_prefix(EXECUTIONS);
        count = number
            .and_then(|number| number.trim().parse().ok())
            .or(count);
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        let how = "run it again with `cargo run -p vipd-fuzz -- run TARGET FILE`";
        return Err(Failure(format!("{target}: a finding ({status}); {how}")));
    }
    count.ok_or_else(|| Failure(format!("{target}: libFuzzer did not say what it did")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(words: &[&str]) -> Result<Order, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        order(&words, &["lexer", "parser"]).map_err(|failure| failure.to_string())
    }

    #[test]
    fn targets_and_time_come_from_the_command_line() {
        let all = ask(&[]).unwrap();
        assert_eq!((all.targets.len(), all.seconds), (2, SECONDS));
        let one = ask(&["parser", "--seconds", "600"]).unwrap();
        assert_eq!((one.targets, one.seconds), (vec!["parser".to_owned()], 600));
        assert!(
            ask(&["printer"])
                .unwrap_err()
                .contains("there are lexer, parser")
        );
        assert!(ask(&["--seconds"]).is_err());
    }
}
