//! One run of a script: started, watched, and ended when it takes too long.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;
use vipd_linux::process::{self, End};

use super::security::Runnable;

/// How long a script that was asked to end may still take before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// `ENOEXEC`: the kernel does not know how to run this file.
const NO_EXEC_FORMAT: i32 = 8;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With this status.
    Exited(i32),
    /// By this signal, not ours.
    Signalled(i32),
    /// It took too long and was asked to end.
    TimedOut,
}

/// A script that runs.
///
/// Dropping this leaves the script alone: it may be the one that is stopping the daemon.
#[derive(Debug)]
pub(crate) struct Run {
    child: Child,
    leader: u32,
}

impl Run {
    /// Starts a script.
    pub(crate) fn start(runnable: &Runnable) -> io::Result<Self> {
        let (identity, groups) = (runnable.identity, &runnable.groups);
        let command = |argv: &[String]| process::script(argv, identity, groups.clone());
        let spawn = |argv: &[String]| Command::from(command(argv)).spawn();
        let child = match spawn(&runnable.argv) {
            // No `#!` and no program: text for the shell, as every shell would take it.
            Err(error) if error.raw_os_error() == Some(NO_EXEC_FORMAT) => {
                let mut argv = vec!["/bin/sh".to_owned()];
                argv.extend_from_slice(&runnable.argv);
                spawn(&argv)?
            }
            started => started?,
        };
        let leader = child.id().unwrap_or_default();
        Ok(Self { child, leader })
    }

    /// Waits for the end; after `limit` the script and all it started are asked to end.
    ///
    /// After [`Ended::TimedOut`] the script may still live: see [`Run::bury`].
    pub(crate) async fn finish(&mut self, limit: Duration) -> Ended {
        match timeout(limit, self.child.wait()).await {
            Ok(Ok(status)) => Ended::of(status),
            // The process was waited for by somebody else: nobody knows how it ended.
            Ok(Err(_)) => Ended::Exited(-1),
            Err(_) => {
                self.ask_to_end();
                Ended::TimedOut
            }
        }
    }

    /// Asks the script and all it started to end.
    pub(crate) fn ask_to_end(&self) {
        process::end_group(self.leader, End::Ask);
    }

    /// Waits for the end, however long that takes.
    pub(crate) async fn wait(&mut self) {
        // However it ends, it has ended.
        let _ = self.child.wait().await;
    }

    /// Waits until a script that timed out is gone, killing it if it does not go by itself.
    pub(crate) async fn bury(&mut self) {
        while timeout(GRACE, self.child.wait()).await.is_err() {
            process::end_group(self.leader, End::Force);
        }
    }
}

impl Ended {
    fn of(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exited(code),
            (None, Some(signal)) => Self::Signalled(signal),
            (None, None) => Self::Exited(-1),
        }
    }
}

impl std::fmt::Display for Ended {
    /// As a phrase after the name of a script.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "exited with status {status}"),
            Self::Signalled(signal) => write!(f, "was ended by signal {signal}"),
            Self::TimedOut => write!(f, "took too long and was ended"),
        }
    }
}

#[cfg(test)]
mod tests {
    use vipd_linux::users::Identity;

    use super::*;

    fn shell(text: &str) -> Runnable {
        Runnable {
            argv: ["/bin/sh", "-c", text].map(Into::into).into(),
            identity: Identity::current(),
            groups: None,
        }
    }

    #[tokio::test]
    async fn status_and_signal_are_told_apart() {
        let limit = Duration::from_mins(1);
        let ended = |text: &str| {
            let runnable = shell(text);
            async move { Run::start(&runnable).unwrap().finish(limit).await }
        };
        assert_eq!(ended("exit 0").await, Ended::Exited(0));
        assert_eq!(ended("exit 9").await, Ended::Exited(9));
        assert_eq!(ended("kill -9 $$").await, Ended::Signalled(9));
    }

    #[tokio::test]
    async fn a_file_without_interpreter_is_text_for_the_shell() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plain");
        std::fs::write(&path, "exit $1\n").unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, executable).unwrap();
        let runnable = Runnable {
            argv: vec![path.display().to_string(), "7".to_owned()],
            identity: Identity::current(),
            groups: None,
        };
        let mut run = Run::start(&runnable).unwrap();
        assert_eq!(run.finish(Duration::from_mins(1)).await, Ended::Exited(7));
    }

    #[tokio::test]
    async fn a_script_that_takes_too_long_ends_with_all_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        // The grandchild holds the write end as long as it lives.
        nix_fifo(&path);
        let text = format!("sleep 1000 3>>{} & wait", path.display());
        let mut run = Run::start(&shell(&text)).unwrap();
        let reader = tokio::fs::File::open(path.clone()).await.unwrap();
        assert_eq!(run.finish(Duration::ZERO).await, Ended::TimedOut);
        run.bury().await;
        let mut reader = reader;
        let mut rest = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut rest)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_script_that_ignores_the_request_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ready");
        nix_fifo(&path);
        let text = format!(
            "trap '' TERM; echo x >{}; while :; do sleep 1000; done",
            path.display()
        );
        let mut run = Run::start(&shell(&text)).unwrap();
        tokio::fs::read(&path).await.unwrap();
        tokio::time::pause();
        assert_eq!(run.finish(Duration::from_secs(5)).await, Ended::TimedOut);
        run.bury().await;
        assert_eq!(run.child.wait().await.unwrap().signal(), Some(9));
    }

    fn nix_fifo(path: &std::path::Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    }
}
