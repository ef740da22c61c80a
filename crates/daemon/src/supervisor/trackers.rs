//! Tracked scripts: each is run at its interval, never twice at once, and its results go to the
//! VRRP process. Checks of a port or a file are made here, without any program.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use vipd_config::model::{Check, TrackScript};
use vipd_engine::input::ScriptOutcome;

use super::happening::{Happening, Inbox};
use super::runner::{Ended, Run};
use super::security::Runnable;

/// A tracked script, ready to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tracked {
    /// What the configuration says.
    pub(crate) script: TrackScript,
    /// How a program is run; none for checks that need no program.
    pub(crate) runnable: Option<Runnable>,
}

/// All tracked scripts.
#[derive(Debug)]
pub(crate) struct Trackers {
    inbox: Inbox,
    by_name: BTreeMap<String, Tracker>,
}

#[derive(Debug)]
struct Tracker {
    tracked: Tracked,
    /// Dropped when the script is tracked no more; its last run ends by itself.
    _wanted: watch::Sender<()>,
    last: Option<ScriptOutcome>,
}

impl Trackers {
    /// None yet.
    pub(crate) fn new(inbox: Inbox) -> Self {
        Self {
            inbox,
            by_name: BTreeMap::new(),
        }
    }

    /// Tracks just these from now on. One that is tracked already and has not changed goes on.
    pub(crate) fn track(&mut self, wanted: Vec<Tracked>) {
        let mut before = std::mem::take(&mut self.by_name);
        for tracked in wanted {
            let name = tracked.script.name.clone();
            let tracker = match before.remove(&name) {
                Some(tracker) if tracker.tracked == tracked => tracker,
                _ => self.start(tracked),
            };
            self.by_name.insert(name, tracker);
        }
    }

    /// Stops all. A run that is under way goes on: it may be what stops the daemon.
    pub(crate) fn stop(&mut self) {
        self.by_name.clear();
    }

    /// Keeps a result for a later process. False when the script is tracked no more.
    pub(crate) fn keep(&mut self, name: &str, outcome: ScriptOutcome) -> bool {
        match self.by_name.get_mut(name) {
            Some(tracker) => {
                tracker.last = Some(outcome);
                true
            }
            None => false,
        }
    }

    /// The last result of each script that has one.
    pub(crate) fn last(&self) -> impl Iterator<Item = (&str, ScriptOutcome)> {
        self.by_name
            .iter()
            .filter_map(|(name, tracker)| Some((name.as_str(), tracker.last?)))
    }

    fn start(&self, tracked: Tracked) -> Tracker {
        let (wanted, unwanted) = watch::channel(());
        tokio::spawn(track(tracked.clone(), unwanted, self.inbox.clone()));
        Tracker {
            tracked,
            _wanted: wanted,
            last: None,
        }
    }
}

/// Longest delay of a run that is taken for no delay: a script that is ended by its timeout just
/// when it is to run again is run again at once.
const LATE_MAX: Duration = Duration::from_millis(100);

/// Runs one script again and again until it is tracked no more.
async fn track(tracked: Tracked, mut unwanted: watch::Receiver<()>, inbox: Inbox) {
    let name = &tracked.script.name;
    let mut turns = Turns::new(tracked.script.interval);
    loop {
        tokio::select! {
            _ = unwanted.changed() => return,
            () = turns.next() => {}
        }
        let skip = |state: &str| {
            let text = format!("Track script {name} is {state}, expect idle - skipping run");
            mention(&inbox, &unwanted, text);
        };
        let mut attempt = Attempt::start(&tracked);
        let outcome = turns
            .pass(attempt.finish(), || skip("already running"))
            .await;
        if let Attempt::NotStarted(error) = &attempt {
            let text = format!("Script {name} cannot be run: {error}");
            mention(&inbox, &unwanted, text);
        }
        if unwanted.has_changed().is_ok() {
            let name = name.clone();
            // When nobody takes it any more, the end of this task is near as well.
            let _ = inbox.send(Happening::Script { name, outcome }).await;
        }
        turns.pass(attempt.bury(), || skip("being timed out")).await;
    }
}

/// Has a line logged, if the script is still tracked. It is left out when too much waits already.
fn mention(inbox: &Inbox, unwanted: &watch::Receiver<()>, text: String) {
    if unwanted.has_changed().is_ok() {
        let _ = inbox.try_send(Happening::Trouble(text));
    }
}

/// The moments when a script is to be run.
struct Turns {
    ticks: Interval,
    late: Duration,
    /// A turn has come that was neither used nor skipped.
    is_due: bool,
}

impl Turns {
    fn new(interval: Duration) -> Self {
        let mut ticks = interval_at(Instant::now(), interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self {
            ticks,
            late: LATE_MAX.min(interval / 10),
            is_due: false,
        }
    }

    /// Waits for the next turn.
    async fn next(&mut self) {
        if !std::mem::take(&mut self.is_due) {
            self.ticks.tick().await;
        }
    }

    /// Waits for `end`; `skip` is called for each turn that passes before. A turn just before the
    /// end is not skipped but used afterwards.
    async fn pass<T>(&mut self, end: impl Future<Output = T>, skip: impl Fn()) -> T {
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                result = &mut end => return result,
                _ = self.ticks.tick() => {}
            }
            if let Ok(result) = timeout(self.late, &mut end).await {
                self.is_due = true;
                return result;
            }
            skip();
        }
    }
}

/// One run of a check, whatever it is.
enum Attempt<'a> {
    Run(Run, Duration),
    NotStarted(std::io::Error),
    Connect(&'a str, u16, Duration),
    Open(&'a str, Duration),
}

impl<'a> Attempt<'a> {
    fn start(tracked: &'a Tracked) -> Self {
        let limit = tracked.script.timeout;
        match (&tracked.script.check, &tracked.runnable) {
            (Check::Connect { host, port }, _) => Self::Connect(host, *port, limit),
            (Check::Open(path), _) => Self::Open(path, limit),
            (Check::Run(_), None) => Self::NotStarted(std::io::Error::other("it is disabled")),
            (Check::Run(_), Some(runnable)) => match Run::start(runnable) {
                Ok(run) => Self::Run(run, limit),
                Err(error) => Self::NotStarted(error),
            },
        }
    }

    async fn finish(&mut self) -> ScriptOutcome {
        match self {
            Self::Run(run, limit) => match run.finish(*limit).await {
                Ended::Exited(status) => ScriptOutcome::Exited(status),
                Ended::Signalled(signal) => ScriptOutcome::Signalled(signal),
                Ended::TimedOut => ScriptOutcome::TimedOut,
            },
            Self::NotStarted(_) => ScriptOutcome::Failed,
            Self::Connect(host, port, limit) => judge(&timeout(*limit, connect(host, *port)).await),
            Self::Open(path, limit) => judge(&timeout(*limit, open(path)).await),
        }
    }

    async fn bury(&mut self) {
        if let Self::Run(run, _) = self {
            run.bury().await;
        }
    }
}

fn judge(result: &Result<std::io::Result<()>, tokio::time::error::Elapsed>) -> ScriptOutcome {
    match result {
        Ok(Ok(())) => ScriptOutcome::Exited(0),
        Ok(Err(_)) => ScriptOutcome::Failed,
        Err(_) => ScriptOutcome::TimedOut,
    }
}

/// Makes a connection and closes it; the first address that answers is enough.
async fn connect(host: &str, port: u16) -> std::io::Result<()> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return TcpStream::connect((address, port)).await.map(drop);
    }
    let addresses: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
    TcpStream::connect(addresses.as_slice()).await.map(drop)
}

/// Opens a file for reading, without waiting for a writer of a FIFO.
async fn open(path: &str) -> std::io::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    options.read(true).custom_flags(vipd_linux::files::NONBLOCK);
    options.open(path).await.map(drop)
}

#[cfg(test)]
mod tests;
