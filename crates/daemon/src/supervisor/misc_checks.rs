//! Commands of `MISC_CHECK`, which the checker process orders and may not run itself.
//!
//! It can have run what the configuration names and nothing else, whatever it asks for.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::oneshot;
use vipd_engine::input::ScriptOutcome;
use vipd_engine::lvs::CheckId;

use super::happening::{Happening, Inbox};
use super::runner::{Ended, Run};
use super::security::Runnable;

/// An order of the checker process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Which start of the process gave it.
    pub(crate) generation: u64,
    /// The check.
    pub(crate) check: CheckId,
    /// The attempt.
    pub(crate) attempt: u64,
}

/// A command ended.
#[derive(Debug)]
pub(crate) struct MiscEnded {
    /// What it was run for.
    pub(crate) order: Order,
    /// How.
    pub(crate) outcome: ScriptOutcome,
    /// A log line, if it could not even be started.
    pub(crate) trouble: Option<String>,
}

/// Commands that run.
#[derive(Debug)]
pub(crate) struct MiscChecks {
    inbox: Inbox,
    running: BTreeMap<CheckId, Running>,
}

#[derive(Debug)]
struct Running {
    order: Order,
    /// Dropped when the command is wanted no longer.
    _wanted: oneshot::Sender<()>,
}

impl MiscChecks {
    /// None yet.
    pub(crate) fn new(inbox: Inbox) -> Self {
        Self {
            inbox,
            running: BTreeMap::new(),
        }
    }

    /// Runs a command. One that still runs for the same check is ended.
    pub(crate) fn begin(&mut self, order: Order, runnable: Runnable, limit: Duration) {
        let (wanted, unwanted) = oneshot::channel();
        let running = Running {
            order,
            _wanted: wanted,
        };
        self.running.insert(order.check, running);
        tokio::spawn(run(order, runnable, limit, unwanted, self.inbox.clone()));
    }

    /// Ends the command that runs for a check, if one does.
    pub(crate) fn abandon(&mut self, check: CheckId) {
        self.running.remove(&check);
    }

    /// Ends all.
    pub(crate) fn abandon_all(&mut self) {
        self.running.clear();
    }

    /// A command ended; whether somebody waits for that.
    pub(crate) fn ended(&mut self, order: Order) -> bool {
        let is_awaited = self
            .running
            .get(&order.check)
            .is_some_and(|running| running.order == order);
        if is_awaited {
            self.running.remove(&order.check);
        }
        is_awaited
    }
}

async fn run(
    order: Order,
    runnable: Runnable,
    limit: Duration,
    mut unwanted: oneshot::Receiver<()>,
    inbox: Inbox,
) {
    let mut run = match Run::start(&runnable) {
        Ok(run) => run,
        Err(error) => {
            let program = runnable.argv.first().map_or("", String::as_str);
            let ended = MiscEnded {
                order,
                outcome: ScriptOutcome::Failed,
                trouble: Some(format!("MISC_CHECK {program} cannot be run: {error}")),
            };
            // The loop that would take it may have ended.
            let _ = inbox.send(Happening::Misc(ended)).await;
            return;
        }
    };
    let ended = tokio::select! {
        ended = run.finish(limit) => ended,
        _ = &mut unwanted => {
            run.ask_to_end();
            return run.bury().await;
        }
    };
    let outcome = match ended {
        Ended::Exited(status) => ScriptOutcome::Exited(status),
        Ended::Signalled(signal) => ScriptOutcome::Signalled(signal),
        Ended::TimedOut => ScriptOutcome::TimedOut,
    };
    let ended = MiscEnded {
        order,
        outcome,
        trouble: None,
    };
    let _ = inbox.send(Happening::Misc(ended)).await;
    if outcome == ScriptOutcome::TimedOut {
        run.bury().await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;
    use vipd_linux::users::Identity;

    use super::*;

    fn shell(text: &str) -> Runnable {
        Runnable {
            argv: ["/bin/sh", "-c", text].map(Into::into).into(),
            identity: Identity::current(),
            groups: None,
        }
    }

    fn order(check: u32, attempt: u64) -> Order {
        Order {
            generation: 1,
            check: CheckId(check),
            attempt,
        }
    }

    async fn next(arrivals: &mut mpsc::Receiver<Happening>) -> MiscEnded {
        match arrivals.recv().await {
            Some(Happening::Misc(ended)) => ended,
            other => panic!("unexpected: {other:?}"),
        }
    }

    #[tokio::test]
    async fn every_end_is_told() {
        let (inbox, mut arrivals) = mpsc::channel(10);
        let mut checks = MiscChecks::new(inbox);
        let limit = Duration::from_mins(1);
        for (text, limit, expected) in [
            ("exit 7", limit, ScriptOutcome::Exited(7)),
            ("kill -9 $$", limit, ScriptOutcome::Signalled(9)),
            ("sleep 1000", Duration::ZERO, ScriptOutcome::TimedOut),
        ] {
            checks.begin(order(1, 1), shell(text), limit);
            let ended = next(&mut arrivals).await;
            assert_eq!(ended.outcome, expected, "{text}");
            assert!(checks.ended(ended.order) && !checks.ended(ended.order));
        }
        let mut missing = shell("");
        missing.argv = vec!["/no/such/check".into()];
        checks.begin(order(1, 2), missing, limit);
        let ended = next(&mut arrivals).await;
        assert_eq!(ended.outcome, ScriptOutcome::Failed);
        assert!(
            ended
                .trouble
                .is_some_and(|text| text.contains("/no/such/check"))
        );
    }

    #[tokio::test]
    async fn one_that_is_wanted_no_longer_ends_and_is_not_heard_of() {
        let folder = tempfile::tempdir().unwrap();
        let gate = folder.path().join("gate");
        let made = std::process::Command::new("mkfifo").arg(&gate).status();
        assert!(made.unwrap().success());
        let (inbox, mut arrivals) = mpsc::channel(10);
        let mut checks = MiscChecks::new(inbox);
        let limit = Duration::from_mins(1);
        // It holds the write end as long as it lives.
        let text = format!("exec 3>{}; sleep 1000 & wait", gate.display());
        checks.begin(order(1, 1), shell(&text), limit);
        let mut reader = tokio::fs::File::open(&gate).await.unwrap();
        checks.begin(order(1, 2), shell("exit 0"), limit);
        let mut rest = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut rest)
            .await
            .unwrap();
        assert_eq!(next(&mut arrivals).await.order, order(1, 2));
        checks.abandon_all();
        assert!(!checks.ended(order(1, 2)));
    }
}
