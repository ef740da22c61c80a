//! One check: when it is made next, and what its outcomes count.

use std::sync::Arc;
use std::time::Duration;

use vipd_config::model::lvs::{Checker, CheckerKind, FileCheck, MiscCheck, Schedule};

use crate::Instant;
use crate::input::ScriptOutcome;
use crate::lvs::{Offset, Outcome};

/// A number in a file that counts as a failure, whatever the weight: the least that fits.
const FAULT: i64 = -(1 << 31);

/// An attempt may take so many times what each of its conversations may take in one step.
const STEPS_MAX: u32 = 10;

/// And so much longer: for turns that are waited for, and a machine that is busy.
const GRACE: Duration = Duration::from_mins(1);

/// Who wants a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Place of the virtual server in the configuration.
    pub(super) service: u32,
    /// Place of the real server in the virtual one.
    pub(super) server: u32,
}

/// What outcomes have come to so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) is_up: bool,
    /// There was an outcome that counted.
    pub(super) has_run: bool,
    /// What it does to the weight.
    pub(super) offset: Offset,
}

/// What a check is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing: suspended, or one that is told how things stand.
    Idle,
    /// Made at this moment.
    Waiting(Instant),
    /// An attempt is under way.
    Running {
        /// Its number.
        attempt: u64,
        /// When it counts as failed: whoever makes it has lost it.
        until: Instant,
    },
}

impl Phase {
    /// When something has to be done about it.
    pub(super) fn due(self) -> Option<Instant> {
        match self {
            Self::Idle => None,
            Self::Waiting(at) | Self::Running { until: at, .. } => Some(at),
        }
    }
}

/// What an outcome changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It failed, which counts for nothing yet; why.
    FailedOnce(String),
    /// It is up; `was_down`: and was not before.
    Up { was_down: bool },
    /// It is down; `was_up`: and was not before.
    Down {
        was_up: bool,
        retries: u32,
        why: String,
    },
}

/// What follows from an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    /// The next attempt comes after this.
    pub(super) wait: Duration,
    pub(super) news: Option<News>,
    /// The weight that it asks for is another than before.
    pub(super) has_other_offset: bool,
}

/// A check.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) kind: Arc<CheckerKind>,
    pub(super) schedule: Schedule,
    /// Place of the virtual server that it is suspended with (`ha_suspend`).
    pub(super) suspended_with: Option<u32>,
    /// Real servers that want it.
    pub(super) users: Vec<Place>,
    pub(super) standing: Standing,
    pub(super) phase: Phase,
    /// Failures in a row that did not count.
    pub(super) tries: u32,
    /// The URL that comes next, of an HTTP check.
    pub(super) url: u32,
    /// That URL failed for good.
    url_failed: bool,
}

impl Check {
    /// One that was never made.
    pub(super) fn new(checker: &Checker, suspended_with: Option<u32>) -> Self {
        Self {
            kind: Arc::new(checker.kind.clone()),
            schedule: checker.schedule,
            suspended_with,
            users: Vec::new(),
            standing: Standing::at_start(&checker.schedule),
            phase: Phase::Idle,
            tries: 0,
            url: 0,
            url_failed: false,
        }
    }

    /// It is made by asking; the others are told how things stand.
    pub(super) fn asks(&self) -> bool {
        !matches!(&*self.kind, CheckerKind::File(_) | CheckerKind::Bfd(_))
    }

    /// How long an attempt may take. Whoever makes it has closer bounds; this one is for attempts
    /// that are heard of no more.
    pub(super) fn longest(&self) -> Duration {
        let span = match &*self.kind {
            CheckerKind::Tcp(to) | CheckerKind::Ping(to) => to.timeout,
            CheckerKind::Http(check) => check.connection.timeout,
            CheckerKind::Smtp(check) => check.connections.iter().map(|to| to.timeout).sum(),
            CheckerKind::Dns(check) => check.connection.timeout,
            CheckerKind::Misc(check) => check.timeout,
            CheckerKind::Udp(check) => check.connection.timeout,
            CheckerKind::File(_) | CheckerKind::Bfd(_) => Duration::ZERO,
        };
        span.saturating_mul(STEPS_MAX).saturating_add(GRACE)
    }

    /// An attempt ended so.
    pub(super) fn judge(&mut self, outcome: &Outcome) -> Judged {
        match meaning(&self.kind, outcome) {
            Ok(offset) => self.succeed(offset),
            Err(why) => self.fail(why),
        }
    }

    /// The number in its file is this.
    pub(super) fn read(&mut self, number: i64) -> Judged {
        let CheckerKind::File(check) = &*self.kind else {
            return self.succeed(None);
        };
        match weigh(check, number) {
            Some(offset) => self.succeed(Some(offset)),
            None => self.down(0, String::new()),
        }
    }

    /// The session that it follows is up or down.
    pub(super) fn follow(&mut self, is_up: bool) -> Judged {
        if is_up {
            self.succeed(None)
        } else {
            self.down(0, String::new())
        }
    }

    fn succeed(&mut self, offset: Option<Offset>) -> Judged {
        self.tries = 0;
        let (is_round, wait) = self.next_url();
        let offset = offset.unwrap_or(self.standing.offset);
        let has_other_offset = offset != self.standing.offset;
        self.standing.offset = offset;
        let is_new = is_round && !(self.standing.is_up && self.standing.has_run);
        let was_down = !self.standing.is_up;
        if is_new {
            self.standing.is_up = true;
            self.standing.has_run = true;
        }
        Judged {
            wait,
            news: is_new.then_some(News::Up { was_down }),
            has_other_offset,
        }
    }

    /// Goes to the next URL. Returns whether all of them were good in a row, and how long to
    /// wait. Checks without URLs have one.
    fn next_url(&mut self) -> (bool, Duration) {
        let CheckerKind::Http(check) = &*self.kind else {
            return (true, self.schedule.delay_loop);
        };
        let is_coming = !(self.standing.is_up && self.standing.has_run);
        let wait = if check.fast_recovery && is_coming {
            Duration::ZERO
        } else {
            self.schedule.delay_loop
        };
        if self.url_failed && check.urls.len() > 1 {
            // It works again: the whole round is made anew.
            self.url_failed = false;
            self.url = 0;
            return (false, wait);
        }
        self.url_failed = false;
        self.url += 1;
        if (self.url as usize) < check.urls.len() {
            return (false, wait);
        }
        self.url = 0;
        (true, self.schedule.delay_loop)
    }

    fn fail(&mut self, why: String) -> Judged {
        let counts_at_once = !self.standing.has_run;
        let is_known = self.standing.has_run && !self.standing.is_up;
        if is_known {
            return Judged {
                wait: self.after_failure(),
                news: None,
                has_other_offset: false,
            };
        }
        if !counts_at_once && self.tries < self.schedule.retry {
            self.tries += 1;
            let tells = self.schedule.log_all_failures;
            return Judged {
                wait: self.schedule.delay_before_retry,
                news: tells.then_some(News::FailedOnce(why)),
                has_other_offset: false,
            };
        }
        let retries = self.tries;
        self.down(retries, why)
    }

    fn down(&mut self, retries: u32, why: String) -> Judged {
        let was_up = self.standing.is_up;
        let is_new = was_up || !self.standing.has_run;
        self.tries = 0;
        self.url_failed = true;
        self.standing.is_up = false;
        self.standing.has_run = true;
        if self.asks() {
            // A script that fails asks for no weight.
            self.standing.offset = Offset::None;
        }
        Judged {
            wait: self.after_failure(),
            news: is_new.then_some(News::Down {
                was_up,
                retries,
                why,
            }),
            has_other_offset: false,
        }
    }

    /// How long to wait while it is down.
    fn after_failure(&self) -> Duration {
        let Schedule {
            delay_loop,
            delay_before_retry,
            ..
        } = self.schedule;
        match &*self.kind {
            CheckerKind::Http(_) => delay_loop.max(delay_before_retry),
            CheckerKind::Tcp(_)
            | CheckerKind::Smtp(_)
            | CheckerKind::Dns(_)
            | CheckerKind::Misc(_)
            | CheckerKind::Udp(_)
            | CheckerKind::Ping(_)
            | CheckerKind::File(_)
            | CheckerKind::Bfd(_) => delay_loop,
        }
    }
}

impl Standing {
    /// Before the first outcome.
    pub(super) fn at_start(schedule: &Schedule) -> Self {
        Self {
            is_up: !schedule.alpha,
            has_run: false,
            offset: Offset::None,
        }
    }
}

/// What an outcome says: success, with what it does to the weight (`None`: nothing new), or why
/// not.
fn meaning(kind: &CheckerKind, outcome: &Outcome) -> Result<Option<Offset>, String> {
    match outcome {
        Outcome::Success => Ok(None),
        Outcome::Failure(why) => Err(why.clone()),
        Outcome::Script(ended) => match kind {
            CheckerKind::Misc(check) => script(check, *ended),
            CheckerKind::Tcp(_)
            | CheckerKind::Http(_)
            | CheckerKind::Smtp(_)
            | CheckerKind::Dns(_)
            | CheckerKind::Udp(_)
            | CheckerKind::Ping(_)
            | CheckerKind::File(_)
            | CheckerKind::Bfd(_) => Err("a command ended where none was asked for".to_owned()),
        },
    }
}

fn script(check: &MiscCheck, ended: ScriptOutcome) -> Result<Option<Offset>, String> {
    match ended {
        ScriptOutcome::Exited(0) => Ok(Some(Offset::None)),
        ScriptOutcome::Exited(status @ 2..=255) if check.dynamic => {
            Ok(Some(Offset::Instead(i64::from(status) - 2)))
        }
        ScriptOutcome::Exited(status) => Err(format!("exited with status {status}")),
        ScriptOutcome::Signalled(signal) => Err(format!("ended by signal {signal}")),
        ScriptOutcome::TimedOut => Err("timed out".to_owned()),
        ScriptOutcome::Failed => Err("could not be run".to_owned()),
    }
}

/// What a number in a file adds to the weight; none: it is a failure.
fn weigh(check: &FileCheck, number: i64) -> Option<Offset> {
    if check.weight == 0 {
        return ((number == 0) != check.reverse).then_some(Offset::None);
    }
    let sum = number.saturating_mul(check.weight.into());
    let sum = if check.reverse {
        sum.saturating_neg()
    } else {
        sum
    };
    (sum > FAULT).then_some(Offset::Added(sum))
}
