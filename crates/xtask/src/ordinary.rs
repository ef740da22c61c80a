//! The tests as an ordinary user: inside a user namespace where that user is root.
//!
//! Several of them start services that change to users of their own (databases, keepalived's
//! scripts), so one user is not enough: `unshare --map-auto` maps the range of `/etc/subuid` as
//! well. Without that range the tests cannot run, and the command says so; none is left out.

use std::process::{Command, Stdio};

use crate::run::Failure;

/// The words in front of each test program.
const RUNNER: &str = "unshare --user --map-root-user --map-auto --";

/// The variable by which Cargo is told of them.
#[cfg(target_arch = "x86_64")]
const VARIABLE: &str = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER";
#[cfg(target_arch = "aarch64")]
const VARIABLE: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER";

/// What an ordinary user needs.
const NEEDS: &str = "as an ordinary user, real daemons are tested in a user namespace with a range \
    of users. That needs the Debian packages uidmap and util-linux (2.38 or newer), lines for you \
    in /etc/subuid and /etc/subgid (`sudo usermod --add-subuids 100000-165535 --add-subgids \
    100000-165535 $USER`), and a kernel that lets users make namespaces. Or run the tests as root";

/// Has a command run its test programs as root of a user namespace, or says what that needs.
pub(crate) fn prepare(command: &mut Command) -> Result<(), Failure> {
    let mut words = RUNNER.split(' ');
    let mut trial = Command::new(words.next().unwrap_or_default());
    // Another user of the range, so that it is known to be there.
    trial
        .args(words)
        .args(["setpriv", "--reuid=1000", "--clear-groups", "true"]);
    let output = trial.stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => {
            command.env(VARIABLE, RUNNER);
            Ok(())
        }
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(Failure(format!("{NEEDS}\n  {}", said.trim())))
        }
        Err(error) => Err(Failure(format!("{NEEDS}\n  {RUNNER}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_prepared_or_says_what_it_needs() {
        let mut command = Command::new("cargo");
        match prepare(&mut command) {
            Ok(()) => assert!(
                command
                    .get_envs()
                    .any(|(name, value)| name == VARIABLE && value.is_some_and(|v| v == RUNNER))
            ),
            Err(Failure(text)) => assert!(text.contains("/etc/subuid"), "{text}"),
        }
    }
}
