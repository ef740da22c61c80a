//! The loop: what happens goes into the engine, what the engine wants is done.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use vipd_config::model::Config;
use vipd_config::model::lvs::CheckerKind;
use vipd_engine::Instant;
use vipd_engine::lvs::{Balancer, Effect, Input, Operation, Outcome, Saved};
use vipd_engine::tracking::watch::Kind;
use vipd_linux::clock::monotonic_nanos;
use vipd_linux::ping_range::{self, Widened};
use vipd_linux::sandbox::{self, Scheduling};
use vipd_linux::users::Identity;
use vipd_linux::{Error, memory};

use super::addresses::{Addresses, News};
use super::looks::{Begun, Looks};
use super::mending::Mending;
use super::parent::{Gone, Parent};
use super::start::{scheduling, settings};
use super::table::Table;
use crate::messages::{FromChecker, Reading, SupervisorKnows, ToChecker};

/// Exit status when the kernel fails us: no reason for the whole daemon to end.
const STATUS_KERNEL: u8 = 3;

/// Ends of checks that are handled together, so that what they change is one batch.
const TOGETHER: usize = 4096;

/// How long the last words may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why the loop ends.
#[derive(Debug)]
pub(super) enum End {
    /// It was told to, or nobody is there who could tell.
    Left,
    /// The table can neither be changed nor read.
    Kernel(Error),
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Left
    }
}

/// What the loop waits for.
enum Happened {
    Said(Result<ToChecker, Gone>),
    Checked(Input),
    Moved(Result<Vec<News>, Error>),
    Due,
}

/// Everything that the process has.
pub(super) struct Process {
    parent: Parent,
    balancer: Balancer,
    table: Table,
    looks: Looks,
    /// Only while some service depends on them.
    addresses: Option<Addresses>,
    effects: Vec<Effect>,
    keep_table: bool,
    scheduling: Scheduling,
    pings: Option<Widened>,
    mending: Mending,
    has_left: bool,
}

/// Checks that are due within so many nanoseconds are begun together: waking up for each costs as
/// much as the check.
const STEP_NANOS: u64 = 10_000_000;

/// When those are begun that are due by now.
fn together(at: Instant) -> Instant {
    Instant(at.0.checked_next_multiple_of(STEP_NANOS).unwrap_or(at.0))
}

fn now() -> Instant {
    Instant(monotonic_nanos())
}

impl Process {
    pub(super) fn new(
        parent: Parent,
        table: Table,
        looks: Looks,
        config: &Arc<Config>,
        keep_table: bool,
        scheduling: Scheduling,
    ) -> Self {
        let seed = monotonic_nanos() ^ u64::from(std::process::id()) << 32;
        Self {
            parent,
            balancer: Balancer::new(Arc::clone(config), seed),
            table,
            looks,
            addresses: None,
            effects: Vec::new(),
            keep_table,
            scheduling,
            pings: None,
            mending: Mending::default(),
            has_left: false,
        }
    }

    /// An earlier process has changed who may send pings; so it was before.
    pub(super) fn inherit(&mut self, pings_before: Option<String>) {
        self.pings = pings_before.map(Widened::inherit);
    }

    /// Takes up the work, where a predecessor left it if there was one.
    pub(super) fn begin(
        &mut self,
        config: &Config,
        known: SupervisorKnows,
        restored: Vec<Saved>,
        troubles: Vec<String>,
    ) -> Result<(), End> {
        for trouble in troubles {
            self.parent.say(&FromChecker::Trouble(trouble))?;
        }
        self.prepare(config, known)?;
        let table = self.table.present().map_err(End::Kernel)?;
        self.decide(Input::Start { table, restored })?;
        self.parent.say(&FromChecker::Ready)?;
        Ok(())
    }

    /// Runs until it has left; returns the exit status.
    pub(super) async fn run(mut self, begun: Result<(), End>) -> u8 {
        let mut result = begun;
        while result.is_ok() && !self.has_left {
            let happened = self.wait().await;
            result = self.handle(happened);
        }
        let status = match result {
            Ok(()) => 0,
            Err(End::Left) => {
                // Nobody listens any more: only the kernel is told.
                let _ = self.leave();
                0
            }
            Err(End::Kernel(error)) => {
                let text = format!("IPVS: {error}");
                let _ = self.parent.say(&FromChecker::Trouble(text));
                STATUS_KERNEL
            }
        };
        if let Some(Err(error)) = self.pings.take().map(Widened::restore) {
            let _ = self.parent.say(&FromChecker::Trouble(error.to_string()));
        }
        if status == 0 {
            let _ = self.parent.say(&FromChecker::Stopped);
        }
        // A supervisor that hangs hears nothing more.
        let _ = timeout(FAREWELL, self.parent.finish()).await;
        status
    }

    async fn wait(&mut self) -> Happened {
        let check = self.balancer.deadline().map(|(at, _)| at);
        let first = check.into_iter().chain(self.mending.deadline()).min();
        let pause = first.map(|at| together(at).since(now()));
        let due = async {
            match pause {
                Some(pause) => sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        let moved = async {
            match &mut self.addresses {
                Some(addresses) => addresses.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            said = self.parent.hear() => Happened::Said(said),
            input = self.looks.next() => Happened::Checked(input),
            moved = moved => Happened::Moved(moved),
            () = due => Happened::Due,
        }
    }

    /// Whoever computed for too long under real-time scheduling gives it up.
    fn mind_the_limit(&mut self) -> Result<(), Gone> {
        if !sandbox::overran() {
            return Ok(());
        }
        let ordinary = Scheduling {
            real_time: None,
            ..self.scheduling
        };
        let problems = sandbox::schedule(self.scheduling, ordinary);
        self.scheduling = ordinary;
        self.trouble(
            "the checker process computed for longer than checker_rlimit_rttime allows: it goes \
             on without real-time scheduling"
                .to_owned(),
        )?;
        for problem in problems {
            self.trouble(problem.to_string())?;
        }
        Ok(())
    }

    fn handle(&mut self, happened: Happened) -> Result<(), End> {
        self.mind_the_limit()?;
        match happened {
            Happened::Said(said) => return self.hear(said?),
            Happened::Checked(input) => {
                let now = now();
                self.balancer.handle(now, input, &mut self.effects);
                for _ in 0..TOGETHER {
                    let Some(input) = self.looks.ended() else {
                        break;
                    };
                    self.balancer.handle(now, input, &mut self.effects);
                }
            }
            Happened::Moved(Ok(news)) => self.moved(news),
            Happened::Moved(Err(error)) => {
                // They are listed again at the next reload.
                self.addresses = None;
                self.trouble(error.to_string())?;
            }
            Happened::Due => {
                self.balancer.handle(now(), Input::Tick, &mut self.effects);
                self.mend()?;
            }
        }
        self.perform()
    }

    fn hear(&mut self, message: ToChecker) -> Result<(), End> {
        match message {
            ToChecker::Configure { config, known, .. }
            | ToChecker::Reconfigure { config, known } => self.reconfigure(config.into(), known),
            ToChecker::File(reading) => {
                self.file(reading);
                self.perform()
            }
            ToChecker::Director { is_master } => self.decide(Input::Director { is_master }),
            ToChecker::Checked {
                check,
                attempt,
                outcome,
            } => self.decide(Input::Checked {
                check,
                attempt,
                outcome: Outcome::Script(outcome),
            }),
            ToChecker::Status => {
                let status = self.balancer.status();
                Ok(self.parent.say(&FromChecker::Status(status))?)
            }
            ToChecker::Ping => Ok(self.parent.say(&FromChecker::Alive)?),
            ToChecker::Stop => self.leave(),
        }
    }

    fn reconfigure(&mut self, config: Arc<Config>, known: SupervisorKnows) -> Result<(), End> {
        let mut troubles = Vec::new();
        match settings(&known.material, &mut troubles) {
            Ok(tls) => self.looks.reconfigure(tls),
            Err(why) => troubles.push(why),
        }
        let wanted = scheduling(&config);
        let problems = sandbox::schedule(self.scheduling, wanted);
        troubles.extend(problems.iter().map(ToString::to_string));
        self.scheduling = wanted;
        for trouble in troubles {
            self.trouble(trouble)?;
        }
        self.prepare(&config, known)?;
        self.decide(Input::Reconfigure(config))?;
        self.parent.say(&FromChecker::Ready)?;
        memory::give_back();
        Ok(())
    }

    /// Tells the engine what it has to know before a configuration holds.
    fn prepare(&mut self, config: &Config, known: SupervisorKnows) -> Result<(), End> {
        self.table.set_buffer(config.lvs.global.command_buffer);
        if !config.lvs.servers.iter().any(|server| server.ha_suspend) {
            self.addresses = None;
        } else if self.addresses.is_none() {
            match Addresses::open() {
                Ok((addresses, news)) => {
                    self.addresses = Some(addresses);
                    self.moved(news);
                }
                Err(error) => self.trouble(error.to_string())?,
            }
        }
        if let Some(addresses) = &self.addresses {
            addresses.set_buffer(config.lvs.global.monitor_buffer);
        }
        if pings(config) && self.pings.is_none() {
            match ping_range::widen(Identity::current().gid) {
                Ok(widened) => {
                    if let Some(widened) = &widened {
                        let before = widened.before().to_owned();
                        self.parent.say(&FromChecker::PingsBefore(before))?;
                    }
                    self.pings = widened;
                }
                Err(error) => self.trouble(error.to_string())?,
            }
        }
        for reading in known.files {
            self.file(reading);
        }
        if let Some(is_master) = known.is_master {
            let input = Input::Director { is_master };
            self.balancer.handle(now(), input, &mut self.effects);
        }
        Ok(())
    }

    fn moved(&mut self, news: Vec<News>) {
        for (address, is_here) in news {
            let input = Input::Address { address, is_here };
            self.balancer.handle(now(), input, &mut self.effects);
        }
    }

    fn file(&mut self, reading: Reading) {
        if reading.kind == Kind::File {
            let input = Input::File {
                file: reading.name,
                value: reading.value,
            };
            self.balancer.handle(now(), input, &mut self.effects);
        }
    }

    fn leave(&mut self) -> Result<(), End> {
        let keep_table = self.keep_table;
        self.decide(Input::Stop { keep_table })
    }

    fn decide(&mut self, input: Input) -> Result<(), End> {
        self.balancer.handle(now(), input, &mut self.effects);
        self.perform()
    }

    /// Does everything that was decided: first all of the table, in one batch, so that whoever is
    /// told of something finds it done.
    fn perform(&mut self) -> Result<(), End> {
        let mut is_again = false;
        while !self.effects.is_empty() {
            let (mut operations, mut others) = (Vec::new(), Vec::new());
            for effect in std::mem::take(&mut self.effects) {
                if let Effect::Kernel(operation) = effect {
                    operations.push(operation);
                } else {
                    others.push(effect);
                }
            }
            if let Err(error) = self.program(&operations) {
                if is_again {
                    return Err(End::Kernel(error));
                }
                is_again = true;
                self.read_again(&error)?;
            }
            for effect in others {
                self.order(effect)?;
            }
        }
        Ok(())
    }

    fn program(&mut self, operations: &[Operation]) -> Result<(), Error> {
        if operations.is_empty() {
            return Ok(());
        }
        let before = self.table.timeouts_before();
        let refused = self.table.perform(operations)?;
        let after = self.table.timeouts_before();
        if let Some(timeouts) = after.filter(|_| before.is_none()) {
            // Who is gone is noticed where it is heard.
            let _ = self.parent.say(&FromChecker::TimeoutsBefore(timeouts));
        }
        for line in self.mending.performed(now(), operations, refused) {
            let _ = self.parent.say(&FromChecker::Trouble(line));
        }
        Ok(())
    }

    /// Tries again what the kernel refused, if that is due.
    fn mend(&mut self) -> Result<(), End> {
        let Some(again) = self.mending.begin(now()) else {
            return Ok(());
        };
        self.perform()?;
        match self.table.present() {
            Ok(table) => {
                let input = Input::Table(table);
                self.balancer.handle(now(), input, &mut self.effects);
            }
            Err(error) => self.read_again(&error)?,
        }
        self.effects.extend(again.into_iter().map(Effect::Kernel));
        self.perform()?;
        if self.mending.is_done() {
            self.trouble("IPVS: the kernel has taken what it refused before".to_owned())?;
        }
        Ok(())
    }

    /// It is not known what the table has: it is read anew.
    fn read_again(&mut self, error: &Error) -> Result<(), End> {
        self.trouble(format!("IPVS: {error}, reading the table again"))?;
        self.table.reopen().map_err(End::Kernel)?;
        let table = self.table.present().map_err(End::Kernel)?;
        self.balancer
            .handle(now(), Input::Table(table), &mut self.effects);
        Ok(())
    }

    /// Does one thing that is not about the table.
    fn order(&mut self, effect: Effect) -> Result<(), Gone> {
        match effect {
            Effect::Probe(probe) => match self.looks.begin(&probe) {
                Begun::Here(troubles) => {
                    for trouble in troubles {
                        self.trouble(trouble)?;
                    }
                    Ok(())
                }
                Begun::Elsewhere(command) => self.parent.say(&FromChecker::Run {
                    check: probe.check,
                    attempt: probe.attempt,
                    command,
                }),
                Begun::Nothing => Ok(()),
            },
            Effect::Abandon(check) => {
                self.looks.abandon(check);
                self.parent.say(&FromChecker::Abandon(check))
            }
            // Done already.
            Effect::Kernel(_) => Ok(()),
            Effect::Report(event) => self.parent.mention(&FromChecker::Report(event)),
            Effect::Tell(told) => self.parent.say(&FromChecker::Tell(told)),
            Effect::Save(saved) => self.parent.say(&FromChecker::Save(saved)),
            Effect::Forget(key) => self.parent.say(&FromChecker::Forget(key)),
            Effect::Stopped => {
                self.has_left = true;
                Ok(())
            }
        }
    }

    fn trouble(&mut self, text: String) -> Result<(), Gone> {
        let lost = self.parent.take_lost();
        if lost > 0 {
            let text = format!(
                "{lost} reports of the checker process were lost because they were not read in time"
            );
            self.parent.say(&FromChecker::Trouble(text))?;
        }
        self.parent.say(&FromChecker::Trouble(text))
    }
}

/// Whether pings are among the checks.
fn pings(config: &Config) -> bool {
    let mut servers = config.lvs.servers.iter().flat_map(|server| &server.servers);
    servers.any(|server| {
        let mut kinds = server.checkers.iter().map(|checker| &checker.kind);
        kinds.any(|kind| matches!(kind, CheckerKind::Ping(_)))
    })
}
