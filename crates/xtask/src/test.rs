//! `cargo xtask test`: everything that can be tested on one machine.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::run::{Failure, cargo, say, shown};
use crate::{ordinary, packages};

/// What the test programs reported, added up.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    programs: u32,
    passed: u32,
    failed: u32,
    ignored: u32,
    /// Names of the tests that failed or were ignored.
    noted: Vec<String>,
}

/// Installs what is missing, runs all tests, and sums up. A test that was ignored is a failure:
/// nothing is skipped in silence.
pub(crate) fn perform(arguments: &[String]) -> Result<(), Failure> {
    packages::ensure()?;
    let mut command = cargo(["test", "--workspace", "--no-fail-fast"]);
    if !packages::is_root() {
        say("not root: the tests run inside a user namespace");
        ordinary::prepare(&mut command)?;
    }
    command.args(arguments).stdout(Stdio::piped());
    let line = shown(&command);
    say(&format!("$ {line}"));
    let failed = |error: std::io::Error| Failure(format!("cannot run `{line}`: {error}"));
    let mut child = command.spawn().map_err(failed)?;
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            say(&line);
            tally.count(&line);
        }
    }
    let status = child.wait().map_err(failed)?;
    say(&format!(
        "\n{} test programs: {} tests passed, {} failed, {} ignored",
        tally.programs, tally.passed, tally.failed, tally.ignored
    ));
    for name in &tally.noted {
        say(&format!("  {name}"));
    }
    if !status.success() || tally.failed > 0 {
        return Err(Failure("not all tests passed".to_owned()));
    }
    if tally.ignored > 0 {
        return Err(Failure("some tests were ignored".to_owned()));
    }
    Ok(())
}

impl Tally {
    /// Takes note of one line of a test program.
    fn count(&mut self, line: &str) {
        if let Some(numbers) = line.strip_prefix("test result: ") {
            self.programs += 1;
            self.passed += number_before(numbers, " passed");
            self.failed += number_before(numbers, " failed");
            self.ignored += number_before(numbers, " ignored");
        } else if line.starts_with("test ")
            && (line.contains("... FAILED") || line.contains("... ignored"))
        {
            self.noted.push(line.to_owned());
        }
    }
}

/// The number that stands before a word: 3 in `ok. 3 passed; 0 failed`.
fn number_before(text: &str, word: &str) -> u32 {
    text.find(word)
        .and_then(|end| text[..end].rsplit(' ').next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_added_up_and_failures_kept() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test a ... ok",
            "test b ... FAILED",
            "test c ... ignored, needs a moon",
            "test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out",
        ] {
            tally.count(line);
        }
        assert_eq!(
            tally,
            Tally {
                programs: 2,
                passed: 13,
                failed: 1,
                ignored: 1,
                noted: vec![
                    "test b ... FAILED".into(),
                    "test c ... ignored, needs a moon".into()
                ],
            }
        );
    }
}
