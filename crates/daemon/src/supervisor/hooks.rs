//! Notify scripts: for each instance and group one after the other, in the order things
//! happened, so that the last one to run is the one for the state that holds.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use vipd_engine::notify::Subject;

use super::happening::{Happening, Inbox};
use super::runner::{Ended, Run};
use super::security::Runnable;

/// How long a notify script may take before it is ended; until then the next one waits.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(5);

/// Scripts of one instance that may wait. More than that are news nobody can act on any more:
/// the oldest are dropped.
const WAITING_MAX: usize = 64;

/// One script to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hook {
    /// For whom; scripts of one subject never run at the same time.
    pub(crate) subject: Subject,
    /// The word it brings, such as `MASTER`.
    pub(crate) word: &'static str,
    /// What is run.
    pub(crate) runnable: Runnable,
}

/// A script has ended.
#[derive(Debug)]
pub(crate) struct HookEnded {
    /// For whom it ran.
    subject: Subject,
    /// A log line about it; none when all went well.
    complaint: Option<String>,
}

/// All scripts that run or wait.
#[derive(Debug)]
pub(crate) struct Hooks {
    inbox: Inbox,
    timeout: Duration,
    queues: BTreeMap<Subject, Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Since when one runs.
    running: Option<Instant>,
    waiting: VecDeque<Hook>,
}

impl Hooks {
    /// None yet; each may take `timeout`.
    pub(crate) fn new(inbox: Inbox, timeout: Duration) -> Self {
        Self {
            inbox,
            timeout,
            queues: BTreeMap::new(),
        }
    }

    /// Runs a script after all others of its subject. Returns a log line when one had to give way.
    pub(crate) fn add(&mut self, hook: Hook) -> Option<String> {
        let queue = self.queues.entry(hook.subject.clone()).or_default();
        if queue.running.is_none() {
            queue.running = Some(Instant::now());
            self.start(hook);
            return None;
        }
        queue.waiting.push_back(hook);
        if queue.waiting.len() <= WAITING_MAX {
            return None;
        }
        let dropped = queue.waiting.pop_front()?;
        Some(format!(
            "{} is not run: more than {WAITING_MAX} notify scripts wait for one that has not ended",
            describe(&dropped)
        ))
    }

    /// A script has ended: the next one of its subject starts. Returns a log line about the end.
    pub(crate) fn ended(&mut self, ended: HookEnded) -> Option<String> {
        let queue = self.queues.get_mut(&ended.subject)?;
        match queue.waiting.pop_front() {
            Some(next) => {
                queue.running = Some(Instant::now());
                self.start(next);
            }
            None => {
                self.queues.remove(&ended.subject);
            }
        }
        ended.complaint
    }

    /// Nothing runs and nothing waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.queues.is_empty()
    }

    /// Starts all that wait at once, because there will be nobody to start them later.
    pub(crate) fn release(&mut self) {
        for hook in self.queues.values_mut().flat_map(|q| q.waiting.drain(..)) {
            // Nobody is left to tell when it cannot be started.
            let _ = Run::start(&hook.runnable);
        }
    }

    fn start(&self, hook: Hook) {
        let (inbox, timeout) = (self.inbox.clone(), self.timeout);
        tokio::spawn(async move {
            let complaint = run(&hook, timeout).await;
            let ended = HookEnded {
                subject: hook.subject,
                complaint,
            };
            // The loop that would start the next one may have ended.
            let _ = inbox.send(Happening::Hook(ended)).await;
        });
    }
}

async fn run(hook: &Hook, timeout: Duration) -> Option<String> {
    let mut run = match Run::start(&hook.runnable) {
        Ok(run) => run,
        Err(error) => return Some(format!("{} cannot be run: {error}", describe(hook))),
    };
    let ended = run.finish(timeout).await;
    if ended == Ended::TimedOut {
        run.bury().await;
    }
    (ended != Ended::Exited(0)).then(|| format!("{} {ended}", describe(hook)))
}

fn describe(hook: &Hook) -> String {
    let (Subject::Instance(name) | Subject::Group(name)) = &hook.subject;
    let program = hook.runnable.argv.first().map_or("", String::as_str);
    format!("({name}) notify script {program} for {}", hook.word)
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;
    use vipd_linux::users::Identity;

    use super::*;

    fn hook(name: &str, text: &str) -> Hook {
        Hook {
            subject: Subject::Instance(name.into()),
            word: "MASTER",
            runnable: Runnable {
                argv: ["/bin/sh", "-c", text].map(Into::into).into(),
                identity: Identity::current(),
            },
        }
    }

    async fn drain(hooks: &mut Hooks, arrivals: &mut mpsc::Receiver<Happening>) -> Vec<String> {
        let mut complaints = Vec::new();
        while !hooks.is_idle() {
            match arrivals.recv().await {
                Some(Happening::Hook(ended)) => complaints.extend(hooks.ended(ended)),
                other => panic!("unexpected: {other:?}"),
            }
        }
        complaints
    }

    #[tokio::test]
    async fn scripts_of_one_instance_run_in_order_and_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("order");
        let (inbox, mut arrivals) = mpsc::channel(100);
        let mut hooks = Hooks::new(inbox, TIMEOUT);
        for number in 0..5 {
            // Later ones are quicker: run together they would overtake.
            let text = format!(
                "echo begin {number} >>{0}; sleep 0.0{1}; echo end {number} >>{0}",
                path.display(),
                5 - number
            );
            hooks.add(hook("A", &text));
        }
        assert!(drain(&mut hooks, &mut arrivals).await.is_empty());
        let expected: Vec<String> = (0..5)
            .flat_map(|number| [format!("begin {number}"), format!("end {number}")])
            .collect();
        let seen = std::fs::read_to_string(path).unwrap();
        assert_eq!(seen.lines().collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn instances_do_not_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let gate = folder.path().join("gate");
        let made = std::process::Command::new("mkfifo").arg(&gate).status();
        assert!(made.unwrap().success());
        let (inbox, mut arrivals) = mpsc::channel(100);
        let mut hooks = Hooks::new(inbox, TIMEOUT);
        // A waits for B, so it would never end if B had to wait for it.
        hooks.add(hook("A", &format!("cat {}", gate.display())));
        hooks.add(hook("B", &format!("echo go >{}", gate.display())));
        assert!(drain(&mut hooks, &mut arrivals).await.is_empty());
    }

    #[tokio::test]
    async fn a_bad_end_is_told_and_the_next_one_runs() {
        let (inbox, mut arrivals) = mpsc::channel(100);
        let mut hooks = Hooks::new(inbox, TIMEOUT);
        hooks.add(hook("A", "exit 3"));
        hooks.add(hook("A", "kill -9 $$"));
        let mut missing = hook("A", "");
        missing.runnable.argv = vec!["/no/such/script".into()];
        hooks.add(missing);
        assert_eq!(
            drain(&mut hooks, &mut arrivals).await,
            [
                "(A) notify script /bin/sh for MASTER exited with status 3",
                "(A) notify script /bin/sh for MASTER was ended by signal 9",
                "(A) notify script /no/such/script for MASTER cannot be run: No such file or \
                 directory (os error 2)",
            ]
        );
    }

    #[tokio::test]
    async fn a_script_that_never_ends_does_not_block_the_others_for_ever() {
        let (inbox, mut arrivals) = mpsc::channel(100);
        let mut hooks = Hooks::new(inbox, Duration::ZERO);
        hooks.add(hook("A", "sleep 1000"));
        assert_eq!(
            drain(&mut hooks, &mut arrivals).await,
            ["(A) notify script /bin/sh for MASTER took too long and was ended"]
        );
    }

    #[tokio::test]
    async fn a_queue_without_end_loses_its_oldest() {
        let (inbox, _arrivals) = mpsc::channel(100);
        let mut hooks = Hooks::new(inbox, TIMEOUT);
        let complaints: Vec<String> = (0..WAITING_MAX + 2)
            .filter_map(|_| hooks.add(hook("A", "exit 0")))
            .collect();
        assert_eq!(complaints.len(), 1, "{complaints:?}");
    }
}
