//! Tracked processes: how many of each run, and the moment one starts or ends.
//!
//! The kernel's process events tell of everything at once, where they can be had. Elsewhere the
//! end of a process that counts is known at once, by a descriptor of it; for new ones, and for
//! those that change their names, all processes are looked at again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use vipd_config::model::{Arguments, TrackProcess};
use vipd_engine::tracking::watch::Kind;
use vipd_linux::processes::{self, Handle, ProcessEvent, ProcessEvents};

use super::Report;
use crate::messages::Reading;
use crate::readiness::awaited;

/// Bytes of a short name that the kernel keeps.
const NAME_BYTES: usize = 15;
/// How often all are looked at while events tell of them: some events may be lost.
const SAFETY: Duration = Duration::from_secs(10);
/// How often all are looked at without events, while all have the processes they need.
const CALM: Duration = Duration::from_secs(2);
/// The same while some lack processes, or have too many.
const WAITING: Duration = Duration::from_millis(500);
/// Ends of processes that may wait.
const ENDS_MAX: usize = 256;

/// All tracked processes.
#[derive(Debug)]
pub(super) struct Processes {
    followed: Vec<Followed>,
    source: Source,
    /// Why there are no events.
    problem: Option<String>,
}

/// Where news come from besides looking.
#[derive(Debug)]
enum Source {
    Events(AsyncFd<ProcessEvents>),
    Ends(Ends),
}

/// One `vrrp_track_process`.
#[derive(Debug)]
struct Followed {
    wanted: TrackProcess,
    running: BTreeSet<u32>,
    /// How many were told.
    told: usize,
}

impl Followed {
    fn fits(&self, name: &[u8], line: &dyn Fn() -> Option<Vec<Vec<u8>>>) -> bool {
        let command = self.wanted.command.as_bytes();
        if !self.wanted.full_command {
            return name == command.get(..NAME_BYTES).unwrap_or(command);
        }
        let Some(words) = line() else { return false };
        let Some((first, arguments)) = words.split_first() else {
            return false;
        };
        first == command && fit(&self.wanted.arguments, arguments)
    }

    fn lacks(&self) -> bool {
        let count = u32::try_from(self.running.len()).unwrap_or(u32::MAX);
        count < self.wanted.quorum || self.wanted.quorum_max.is_some_and(|max| count > max)
    }

    fn reading(&self) -> Reading {
        Reading {
            kind: Kind::Process,
            name: self.wanted.name.clone(),
            value: i64::try_from(self.running.len()).unwrap_or(i64::MAX),
        }
    }
}

/// Whether the arguments of a process are as wanted.
fn fit(wanted: &Arguments, arguments: &[Vec<u8>]) -> bool {
    let same = |(wanted, word): (&String, &Vec<u8>)| wanted.as_bytes() == word.as_slice();
    match wanted {
        Arguments::Any => true,
        Arguments::Exact(list) => {
            list.len() == arguments.len() && list.iter().zip(arguments).all(same)
        }
        Arguments::Partial(list) => {
            list.len() <= arguments.len() && list.iter().zip(arguments).all(same)
        }
        Arguments::Initial(list) => {
            let Some((longer, before)) = list.split_last() else {
                return arguments.is_empty();
            };
            list.len() == arguments.len()
                && before.iter().zip(arguments).all(same)
                && arguments
                    .last()
                    .is_some_and(|word| word.starts_with(longer.as_bytes()))
        }
    }
}

impl Processes {
    /// Looks at processes for the first time.
    pub(super) fn look(wanted: &[TrackProcess], buffer: Option<(u32, bool)>) -> Self {
        let mut problem = None;
        let events = ProcessEvents::open(buffer).map_err(|error| error.to_string());
        let events = events.and_then(|events| awaited(events).map_err(|e| e.to_string()));
        let source = match events {
            Ok(events) => Source::Events(events),
            Err(error) => {
                problem = Some(error);
                Source::Ends(Ends::new())
            }
        };
        let followed = wanted.iter().map(|wanted| Followed {
            wanted: wanted.clone(),
            running: BTreeSet::new(),
            told: 0,
        });
        let mut processes = Self {
            followed: followed.collect(),
            source,
            problem,
        };
        processes.look_at_all();
        for followed in &mut processes.followed {
            followed.told = followed.running.len();
        }
        processes
    }

    /// How it is found out, for the log, once.
    pub(super) fn mention(&self, is_first: bool) -> Option<String> {
        if !is_first {
            return None;
        }
        Some(match &self.problem {
            None => "Tracked processes are followed by the kernel's process events".to_owned(),
            Some(problem) => format!(
                "{problem}; the ends of tracked processes are noticed at once even so, new ones \
                 within {} ms",
                WAITING.as_millis()
            ),
        })
    }

    /// How many of each run.
    pub(super) fn readings(&self) -> Vec<Reading> {
        self.followed.iter().map(Followed::reading).collect()
    }

    /// Follows them for ever.
    pub(super) async fn follow(mut self, report: Report) {
        let mut next = Instant::now() + self.pause();
        loop {
            let mut events = Vec::new();
            let is_over = match &mut self.source {
                Source::Events(source) => tokio::select! {
                    () = sleep_until(next) => true,
                    ready = source.readable_mut() => {
                        let Ok(mut ready) = ready else { return };
                        if ready.get_inner_mut().read(&mut events).is_err() {
                            events.push(ProcessEvent::Overrun);
                        }
                        ready.clear_ready();
                        false
                    }
                },
                Source::Ends(ends) => tokio::select! {
                    () = sleep_until(next) => true,
                    Some(pid) = ends.ended.recv() => {
                        events.push(ProcessEvent::Ended(pid));
                        false
                    }
                },
            };
            if is_over || events.contains(&ProcessEvent::Overrun) {
                self.look_at_all();
            } else {
                for event in events {
                    self.note(event);
                }
                self.hold();
            }
            if self.tell(&report).await || is_over {
                next = Instant::now() + self.pause();
            }
        }
    }

    /// Until all are looked at again.
    fn pause(&self) -> Duration {
        match &self.source {
            Source::Events(_) => SAFETY,
            Source::Ends(_) if self.followed.iter().any(Followed::lacks) => WAITING,
            Source::Ends(_) => CALM,
        }
    }

    fn look_at_all(&mut self) {
        // Without a list what is known holds; the next look is due soon.
        let Ok(all) = processes::all() else { return };
        for followed in &mut self.followed {
            followed.running.clear();
        }
        for pid in all {
            self.look_at(pid);
        }
        self.hold();
    }

    /// Looks at one process.
    fn look_at(&mut self, pid: u32) {
        let name = processes::name(pid);
        let line = std::cell::OnceCell::new();
        let read = || line.get_or_init(|| processes::command_line(pid)).clone();
        for followed in &mut self.followed {
            let fits = name.as_ref().is_some_and(|name| followed.fits(name, &read));
            if fits {
                followed.running.insert(pid);
            } else {
                followed.running.remove(&pid);
            }
        }
    }

    fn note(&mut self, event: ProcessEvent) {
        match event {
            ProcessEvent::Forked { parent, child } => {
                // A copy is what the process is, until it runs something else.
                for followed in &mut self.followed {
                    if followed.running.contains(&parent) {
                        followed.running.insert(child);
                    }
                }
            }
            ProcessEvent::Changed(pid) => self.look_at(pid),
            ProcessEvent::Ended(pid) => {
                for followed in &mut self.followed {
                    followed.running.remove(&pid);
                }
            }
            ProcessEvent::Overrun => {}
        }
    }

    /// Holds every process that counts, so that its end is known.
    fn hold(&mut self) {
        let Source::Ends(ends) = &mut self.source else {
            return;
        };
        let running: BTreeSet<u32> = self
            .followed
            .iter()
            .flat_map(|f| f.running.clone())
            .collect();
        let gone = ends.hold(&running);
        for followed in &mut self.followed {
            followed.running.retain(|pid| !gone.contains(pid));
        }
    }

    /// Tells what is new; whether anything is.
    async fn tell(&mut self, report: &Report) -> bool {
        let mut any = false;
        for followed in &mut self.followed {
            if followed.told != followed.running.len() {
                followed.told = followed.running.len();
                any = true;
                report.seen(followed.reading()).await;
            }
        }
        any
    }
}

/// Processes that are held, each by a task that waits for its end.
#[derive(Debug)]
struct Ends {
    held: BTreeMap<u32, JoinHandle<()>>,
    ending: mpsc::Sender<u32>,
    ended: mpsc::Receiver<u32>,
}

impl Ends {
    fn new() -> Self {
        let (ending, ended) = mpsc::channel(ENDS_MAX);
        Self {
            held: BTreeMap::new(),
            ending,
            ended,
        }
    }

    /// Holds just these from now on. Returns those that have ended meanwhile.
    fn hold(&mut self, running: &BTreeSet<u32>) -> BTreeSet<u32> {
        self.held.retain(|pid, task| {
            let wanted = running.contains(pid) && !task.is_finished();
            if !wanted {
                task.abort();
            }
            wanted
        });
        let mut gone = BTreeSet::new();
        for pid in running {
            if self.held.contains_key(pid) {
                continue;
            }
            // One that cannot be held for another reason is looked at again and again.
            match Handle::open(*pid).and_then(awaited) {
                Ok(handle) => {
                    self.held
                        .insert(*pid, tokio::spawn(wait(*pid, handle, self.ending.clone())));
                }
                Err(_) if processes::name(*pid).is_none() => {
                    gone.insert(*pid);
                }
                Err(_) => {}
            }
        }
        gone
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        for task in self.held.values() {
            task.abort();
        }
    }
}

async fn wait(pid: u32, handle: AsyncFd<Handle>, ending: mpsc::Sender<u32>) {
    // Whatever it says, it is time to look.
    let _ = handle.readable().await;
    // Nobody follows it any more when nobody takes this.
    let _ = ending.send(pid).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<u8>> {
        let words = text.split_whitespace();
        words.map(|word| word.as_bytes().to_vec()).collect()
    }

    /// `param_match` and `full_command`
    #[test]
    fn arguments_fit_as_the_manual_says() {
        let list =
            |text: &str| -> Vec<String> { text.split_whitespace().map(String::from).collect() };
        let cases = [
            (Arguments::Any, "a b", true),
            (Arguments::Exact(list("a b")), "a b", true),
            (Arguments::Exact(list("a b")), "a b c", false),
            (Arguments::Exact(list("a b")), "a bc", false),
            (Arguments::Exact(list("")), "", true),
            (Arguments::Exact(list("")), "a", false),
            (Arguments::Initial(list("a b")), "a bc", true),
            (Arguments::Initial(list("a b")), "ac b", false),
            (Arguments::Initial(list("a b")), "a b c", false),
            (Arguments::Initial(list("")), "a", false),
            (Arguments::Partial(list("a b")), "a b c", true),
            (Arguments::Partial(list("a b")), "a", false),
            (Arguments::Partial(list("")), "a", true),
        ];
        for (wanted, arguments, fits) in cases {
            assert_eq!(
                fit(&wanted, &words(arguments)),
                fits,
                "{wanted:?} {arguments}"
            );
        }
    }

    fn wanted(command: &str, full_command: bool) -> Followed {
        Followed {
            wanted: TrackProcess {
                name: "p".to_owned(),
                command: command.to_owned(),
                full_command,
                arguments: Arguments::Any,
                weight: vipd_config::model::Weight::default(),
                quorum: 1,
                quorum_max: None,
                fork_delay: Duration::ZERO,
                terminate_delay: Duration::ZERO,
            },
            running: BTreeSet::new(),
            told: 0,
        }
    }

    #[test]
    fn names_are_compared_by_what_the_kernel_keeps_of_them() {
        let line = || Some(words("/usr/sbin/averyverylongprogram x"));
        let fits = |command, full| wanted(command, full).fits(b"averyverylongpr", &line);
        assert!(fits("averyverylongprogram", false));
        assert!(!fits("averyvery", false));
        assert!(fits("/usr/sbin/averyverylongprogram", true));
        assert!(!fits("averyverylongprogram", true));
    }
}
