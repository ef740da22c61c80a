//! The checks that are under way: as many at once as there are descriptors for, the others wait
//! for their turn.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;
use vipd_config::model::lvs::{CheckerKind, MiscCheck};
use vipd_engine::lvs::{self, CheckId, Input, Outcome};

use super::probe::{Probe, TlsSettings};

/// Descriptors that are not for checks: the supervisor, netlink, the log.
const RESERVED: u64 = 64;

/// Outcomes that may wait to be taken; who has more to tell waits.
const WAITING_MAX: usize = 1024;

/// Checks under way.
#[derive(Debug)]
pub struct Looks {
    tls: TlsSettings,
    turns: Arc<Semaphore>,
    prepared: BTreeMap<CheckId, Prepared>,
    running: BTreeMap<CheckId, Running>,
    ended: mpsc::Sender<Input>,
    outcomes: mpsc::Receiver<Input>,
}

/// A check that was made before, for as long as it stays the same.
#[derive(Debug)]
struct Prepared {
    kind: Arc<CheckerKind>,
    probe: Arc<Probe>,
}

#[derive(Debug)]
struct Running {
    attempt: u64,
    task: AbortHandle,
}

/// What became of an order.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is made here. The texts are log lines: what cannot be done as it was configured.
    Here(Vec<String>),
    /// Its command is to be run by the supervisor.
    Elsewhere(Box<MiscCheck>),
    /// Nothing is to be done: what it says is told by others.
    Nothing,
}

impl Looks {
    /// None yet; `descriptors` is how many the process may have open.
    pub fn new(tls: TlsSettings, descriptors: u64) -> Self {
        let turns = usize::try_from(descriptors.saturating_sub(RESERVED)).unwrap_or(usize::MAX);
        let (ended, outcomes) = mpsc::channel(WAITING_MAX);
        Self {
            tls,
            turns: Arc::new(Semaphore::new(turns.clamp(1, Semaphore::MAX_PERMITS))),
            prepared: BTreeMap::new(),
            running: BTreeMap::new(),
            ended,
            outcomes,
        }
    }

    /// Another configuration holds. Checks under way go on as they are.
    pub fn reconfigure(&mut self, tls: TlsSettings) {
        self.tls = tls;
        self.prepared.clear();
    }

    /// Begins a check. An earlier attempt of the same check is given up.
    pub fn begin(&mut self, order: &lvs::Probe) -> Begun {
        self.abandon(order.check);
        if let CheckerKind::Misc(check) = &*order.kind {
            return Begun::Elsewhere(check.clone());
        }
        let mut troubles = Vec::new();
        let known = self.prepared.get(&order.check);
        let probe = match known.filter(|known| Arc::ptr_eq(&known.kind, &order.kind)) {
            Some(known) => Arc::clone(&known.probe),
            None => match Probe::new(&order.kind, &self.tls) {
                Some(probe) => {
                    troubles = probe.troubles();
                    let probe = Arc::new(probe);
                    let prepared = Prepared {
                        kind: Arc::clone(&order.kind),
                        probe: Arc::clone(&probe),
                    };
                    self.prepared.insert(order.check, prepared);
                    probe
                }
                None => return Begun::Nothing,
            },
        };
        self.start(order, probe);
        Begun::Here(troubles)
    }

    fn start(&mut self, order: &lvs::Probe, probe: Arc<Probe>) {
        let (check, attempt) = (order.check, order.attempt);
        let url = usize::try_from(order.url).unwrap_or(usize::MAX);
        let (turns, ended) = (Arc::clone(&self.turns), self.ended.clone());
        let task = tokio::spawn(async move {
            let outcome = match turns.acquire().await {
                Ok(_turn) => probe.look(url).await,
                // Turns are never closed.
                Err(error) => Outcome::Failure(error.to_string()),
            };
            let input = Input::Checked {
                check,
                attempt,
                outcome,
            };
            // The loop that would take it may have ended.
            let _ = ended.send(input).await;
        });
        let task = task.abort_handle();
        self.running.insert(check, Running { attempt, task });
    }

    /// Gives up the attempt of a check that is under way.
    pub fn abandon(&mut self, check: CheckId) {
        if let Some(running) = self.running.remove(&check) {
            running.task.abort();
        }
    }

    /// The next check that ended.
    pub async fn next(&mut self) -> Input {
        loop {
            let Some(input) = self.outcomes.recv().await else {
                // There is always the sender kept here.
                return std::future::pending().await;
            };
            if self.is_awaited(&input) {
                return input;
            }
        }
    }

    /// A check that has ended already, without waiting for one.
    pub fn ended(&mut self) -> Option<Input> {
        while let Ok(input) = self.outcomes.try_recv() {
            if self.is_awaited(&input) {
                return Some(input);
            }
        }
        None
    }

    /// Whether this is the end of an attempt that is under way; it is so no longer.
    fn is_awaited(&mut self, input: &Input) -> bool {
        if let Input::Checked { check, attempt, .. } = input
            && let Entry::Occupied(running) = self.running.entry(*check)
            && running.get().attempt == *attempt
        {
            running.remove();
            return true;
        }
        false
    }

    /// How many are under way.
    pub fn under_way(&self) -> usize {
        self.running.len()
    }
}

impl Drop for Looks {
    fn drop(&mut self) {
        for running in self.running.values() {
            running.task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::SocketAddr;
    use std::time::Duration;

    use tokio::net::TcpListener;
    use vipd_config::model::Command;
    use vipd_config::model::lvs::{Connection, FileCheck};

    use super::*;
    use crate::checker::probe::Material;

    fn looks(descriptors: u64) -> Looks {
        let (tls, _) = TlsSettings::new(&Material::default()).unwrap();
        Looks::new(tls, descriptors)
    }

    fn tcp(to: SocketAddr) -> Arc<CheckerKind> {
        Arc::new(CheckerKind::Tcp(Connection {
            to,
            timeout: Duration::from_secs(5),
            binding: None,
        }))
    }

    fn order(check: u32, attempt: u64, kind: &Arc<CheckerKind>) -> lvs::Probe {
        lvs::Probe {
            check: CheckId(check),
            attempt,
            kind: Arc::clone(kind),
            url: 0,
        }
    }

    fn ended(input: Input) -> (u32, u64, bool) {
        let Input::Checked {
            check,
            attempt,
            outcome,
        } = input
        else {
            panic!("unexpected: {input:?}");
        };
        (check.0, attempt, outcome == Outcome::Success)
    }

    #[tokio::test]
    async fn all_checks_end_though_there_are_more_than_descriptors() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let kind = tcp(listener.local_addr().unwrap());
        let serve = tokio::spawn(async move {
            loop {
                drop(listener.accept().await);
            }
        });
        // Four turns for two hundred checks.
        let mut looks = looks(RESERVED + 4);
        for check in 0..200 {
            assert_eq!(
                looks.begin(&order(check, 1, &kind)),
                Begun::Here(Vec::new())
            );
        }
        assert_eq!(looks.under_way(), 200);
        let mut seen = BTreeSet::new();
        while looks.under_way() > 0 {
            let (check, attempt, is_good) = ended(looks.next().await);
            assert!(attempt == 1 && is_good && seen.insert(check));
        }
        assert_eq!(seen.len(), 200);
        serve.abort();
    }

    #[tokio::test]
    async fn an_attempt_that_was_given_up_is_heard_of_no_more() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let kind = tcp(listener.local_addr().unwrap());
        let mut looks = looks(1000);
        looks.begin(&order(1, 1, &kind));
        // Let it end, so that its outcome waits already.
        while looks.ended.capacity() == WAITING_MAX {
            tokio::task::yield_now().await;
        }
        looks.begin(&order(1, 2, &kind));
        assert_eq!(ended(looks.next().await), (1, 2, true));
        looks.begin(&order(1, 3, &kind));
        looks.abandon(CheckId(1));
        looks.begin(&order(2, 4, &kind));
        assert_eq!(ended(looks.next().await), (2, 4, true));
    }

    #[tokio::test]
    async fn commands_and_files_are_for_others() {
        let command = MiscCheck {
            command: Command {
                argv: vec!["/bin/true".into()],
                user: None,
            },
            timeout: Duration::from_secs(1),
            dynamic: false,
        };
        let misc = Arc::new(CheckerKind::Misc(Box::new(command.clone())));
        let file = Arc::new(CheckerKind::File(FileCheck {
            file: "f".into(),
            weight: 1,
            reverse: false,
        }));
        let mut looks = looks(1000);
        let begun = looks.begin(&order(1, 1, &misc));
        assert_eq!(begun, Begun::Elsewhere(Box::new(command)));
        assert_eq!(looks.begin(&order(2, 1, &file)), Begun::Nothing);
        assert_eq!(looks.under_way(), 0);
    }
}
