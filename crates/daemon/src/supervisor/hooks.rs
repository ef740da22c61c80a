//! Notify scripts: for each instance and group one after the other, in the order things
//! happened, so that the last one to run is the one for the state that holds. One that has not
//! started when its state is over is left out; one that fails may be tried again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use vipd_config::model::Retry;
use vipd_engine::notify::Subject;

use super::happening::{Happening, Inbox};
use super::runner::{Ended, Run};
use super::security::Runnable;

/// How long a notify script may take before it is ended; until then the next one waits.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(5);

/// Scripts of one instance that may wait. More than that are news nobody can act on any more:
/// the oldest are dropped.
const WAITING_MAX: usize = 64;

/// Longest pause before a script is tried again.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Words that name a state: of those that wait only the last matters.
const STATES: [&str; 5] = ["MASTER", "BACKUP", "FAULT", "STOP", "DELETED"];

/// Whom a script speaks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Speaker {
    /// An instance or a group.
    Vrrp(Subject),
    /// A virtual server, or a real server of one.
    Server(String),
}

/// One script to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hook {
    /// For whom; scripts of one subject never run at the same time.
    pub(crate) subject: Speaker,
    /// The word it brings, such as `MASTER`; empty when it brings none.
    pub(crate) word: &'static str,
    /// What is run.
    pub(crate) runnable: Runnable,
    /// Whether it is run again when it fails.
    pub(crate) retry: Retry,
}

/// A script has ended.
#[derive(Debug)]
pub(crate) struct HookEnded {
    /// For whom it ran.
    subject: Speaker,
    /// A log line about it; none when all went well.
    complaint: Option<String>,
}

/// All scripts that run or wait.
#[derive(Debug)]
pub(crate) struct Hooks {
    inbox: Inbox,
    timeout: Duration,
    queues: BTreeMap<Speaker, Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Since when one runs.
    running: Option<Instant>,
    /// The word of what runs, and how it is told that its state is over.
    word: &'static str,
    over: Arc<Notify>,
    waiting: VecDeque<Hook>,
}

impl Queue {
    /// Leaves out what waits for a state that is over since `word` came. Returns log lines.
    fn supersede(&mut self, word: &str) -> Vec<String> {
        if !STATES.contains(&word) {
            return Vec::new();
        }
        if STATES.contains(&self.word) && self.word != word {
            self.over.notify_one();
        }
        let (kept, over): (VecDeque<Hook>, VecDeque<Hook>) = self
            .waiting
            .drain(..)
            .partition(|hook| hook.word == word || !STATES.contains(&hook.word));
        self.waiting = kept;
        let line = |hook: &Hook| {
            format!(
                "{} is not run: {word} came before it could start",
                describe(hook)
            )
        };
        over.iter().map(line).collect()
    }
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

    /// Runs a script after all others of its subject. Returns a log line for each that had to
    /// give way.
    pub(crate) fn add(&mut self, hook: Hook) -> Vec<String> {
        let queue = self.queues.entry(hook.subject.clone()).or_default();
        if queue.running.is_none() {
            self.start(hook);
            return Vec::new();
        }
        let mut messages = queue.supersede(hook.word);
        queue.waiting.push_back(hook);
        if queue.waiting.len() > WAITING_MAX
            && let Some(dropped) = queue.waiting.pop_front()
        {
            messages.push(format!(
                "{} is not run: more than {WAITING_MAX} notify scripts wait for one that has not ended",
                describe(&dropped)
            ));
        }
        messages
    }

    /// A script has ended: the next one of its subject starts. Returns a log line about the end.
    pub(crate) fn ended(&mut self, ended: HookEnded) -> Option<String> {
        let queue = self.queues.get_mut(&ended.subject)?;
        match queue.waiting.pop_front() {
            Some(next) => self.start(next),
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

    fn start(&mut self, hook: Hook) {
        let queue = self.queues.entry(hook.subject.clone()).or_default();
        queue.running = Some(Instant::now());
        queue.word = hook.word;
        queue.over = Arc::default();
        let over = Arc::clone(&queue.over);
        let (inbox, timeout) = (self.inbox.clone(), self.timeout);
        tokio::spawn(async move {
            let complaint = run_until_it_succeeds(&hook, timeout, &over, &inbox).await;
            let ended = HookEnded {
                subject: hook.subject,
                complaint,
            };
            // The loop that would start the next one may have ended.
            let _ = inbox.send(Happening::Hook(ended)).await;
        });
    }
}

/// Runs a script, and again while it fails, as often as wanted and while its state lasts.
async fn run_until_it_succeeds(
    hook: &Hook,
    timeout: Duration,
    over: &Notify,
    inbox: &Inbox,
) -> Option<String> {
    let mut pause = hook.retry.pause;
    for _ in 0..hook.retry.times {
        let complaint = run(hook, timeout).await?;
        let text = format!("{complaint}, trying again in {} s", pause.as_secs_f64());
        let _ = inbox.send(Happening::Trouble(text)).await;
        tokio::select! {
            () = sleep(pause) => {}
            () = over.notified() => {
                return Some(format!("{} is not tried again: its state is over", describe(hook)));
            }
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
    run(hook, timeout).await
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
    let (Speaker::Vrrp(Subject::Instance(name) | Subject::Group(name)) | Speaker::Server(name)) =
        &hook.subject;
    let program = hook.runnable.argv.first().map_or("", String::as_str);
    let what = format!("({name}) notify script {program}");
    if hook.word.is_empty() {
        return what;
    }
    format!("{what} for {}", hook.word)
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;
    use vipd_linux::users::Identity;

    use super::*;

    fn hook(name: &str, text: &str) -> Hook {
        Hook {
            subject: Speaker::Vrrp(Subject::Instance(name.into())),
            word: "MASTER",
            runnable: Runnable {
                argv: ["/bin/sh", "-c", text].map(Into::into).into(),
                identity: Identity::current(),
                groups: None,
            },
            retry: Retry::default(),
        }
    }

    async fn drain(hooks: &mut Hooks, arrivals: &mut mpsc::Receiver<Happening>) -> Vec<String> {
        let mut complaints = Vec::new();
        while !hooks.is_idle() {
            match arrivals.recv().await {
                Some(Happening::Hook(ended)) => complaints.extend(hooks.ended(ended)),
                Some(Happening::Trouble(text)) => complaints.push(text),
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
            .flat_map(|_| hooks.add(hook("A", "exit 0")))
            .collect();
        assert_eq!(complaints.len(), 1, "{complaints:?}");
    }

    /// The script of a state that is over before it could start is left out; the last one runs.
    #[tokio::test]
    async fn superseded_states_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (gate, path) = (folder.path().join("gate"), folder.path().join("order"));
        let made = std::process::Command::new("mkfifo").arg(&gate).status();
        assert!(made.unwrap().success());
        let (inbox, mut arrivals) = mpsc::channel(100);
        let mut hooks = Hooks::new(inbox, TIMEOUT);
        hooks.add(hook("A", &format!("cat {}", gate.display())));
        let mut left_out = Vec::new();
        for word in [
            "BACKUP",
            "BACKUP",
            "MASTER_RX_LOWER_PRI",
            "FAULT",
            "BACKUP",
            "MASTER",
            "MASTER",
        ] {
            let text = format!("echo {word} >>{}", path.display());
            let next = hook("A", &text);
            left_out.extend(hooks.add(Hook { word, ..next }));
        }
        assert_eq!(
            left_out[0],
            "(A) notify script /bin/sh for BACKUP is not run: FAULT came before it could start"
        );
        assert_eq!(left_out.len(), 4, "{left_out:?}");
        tokio::fs::write(&gate, "go").await.unwrap();
        assert!(drain(&mut hooks, &mut arrivals).await.is_empty());
        let seen = std::fs::read_to_string(path).unwrap();
        assert_eq!(seen, "MASTER_RX_LOWER_PRI\nMASTER\nMASTER\n");
    }

    /// `notify_retry`
    #[tokio::test]
    async fn a_script_that_fails_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tries");
        let (inbox, mut arrivals) = mpsc::channel(100);
        let mut hooks = Hooks::new(inbox, TIMEOUT);
        let text = format!("echo x >>{0}; [ $(wc -l <{0}) = 3 ]", path.display());
        let mut tried = hook("A", &text);
        tried.retry = Retry {
            times: 5,
            pause: Duration::from_millis(1),
        };
        hooks.add(tried);
        let complaints = drain(&mut hooks, &mut arrivals).await;
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[1].ends_with("exited with status 1, trying again in 0.002 s"));
        assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 3);
    }

    #[tokio::test]
    async fn a_script_is_not_tried_again_when_its_state_is_over() {
        let (inbox, mut arrivals) = mpsc::channel(100);
        let mut hooks = Hooks::new(inbox, TIMEOUT);
        let mut tried = hook("A", "exit 1");
        tried.retry = Retry {
            times: 5,
            pause: Duration::from_secs(1000),
        };
        hooks.add(tried);
        let next = hook("A", "exit 0");
        hooks.add(Hook {
            word: "BACKUP",
            ..next
        });
        let complaints = drain(&mut hooks, &mut arrivals).await;
        assert_eq!(
            complaints[1],
            "(A) notify script /bin/sh for MASTER is not tried again: its state is over"
        );
    }
}
