//! From the refusal that shows that a real server is dead to its removal from the table, and how
//! long it takes until five thousand that died together are out.

use std::thread::{self, sleep};
use std::time::Duration;

use super::daemon::{Daemon, Plan};
use super::field::{Kind, LIVING, MORTAL, Servers, own_network};
use super::inside::UNKNOWN;
use super::trace::{CHANGE, REFUSAL, Trace};
use super::{Result, progress};
use crate::Section;
use crate::report::{Measured, Spread, Table};
use crate::stage::{MAKES, Make};

/// Longest until every server was asked once.
const STARTED: Duration = Duration::from_secs(30);

/// Longest until all are out.
const PATIENCE: Duration = Duration::from_secs(30);

/// Real servers, those that die, seconds between checks.
const CASES: [(usize, usize, u32); 2] = [(100, 10, 1), (10_000, 5000, 10)];

/// Delays of removals, milliseconds, and how long all took, seconds.
struct Seen {
    delays: Vec<f64>,
    all: f64,
}

pub(super) fn measure(runs: usize) -> Section {
    let (mut delays, mut all) = (Table::default(), Table::default());
    for (servers, mortal, delay_loop) in CASES {
        let series = MAKES.map(|make| -> Result<Vec<Seen>> {
            (0..runs)
                .map(|_| {
                    let played = thread::spawn(move || play(make, servers, mortal, delay_loop));
                    let played = played.join();
                    let played = played.unwrap_or_else(|_| Err(UNKNOWN.to_owned()));
                    let all = played.as_ref().map(|seen| seen.all);
                    progress(&format!("{mortal} of {servers} die, {make:?}"), &all);
                    played
                })
                .collect()
        });
        let [vipd, keepalived] = series.each_ref().map(|seen| -> Measured {
            let seen = seen.as_ref().map_err(Clone::clone)?;
            Ok(Spread::of(
                seen.iter().flat_map(|s| s.delays.clone()).collect(),
            ))
        });
        let what = format!("{mortal} of {servers} die, delay_loop {delay_loop}");
        delays.row_or(what.clone(), vipd, keepalived);
        let [vipd, keepalived] = series.each_ref().map(|seen| -> Measured {
            let seen = seen.as_ref().map_err(Clone::clone)?;
            Ok(Spread::of(seen.iter().map(|s| s.all).collect()))
        });
        all.row_or(what, vipd, keepalived);
    }
    let title = "Load balancing: dead servers are taken out".to_owned();
    let text = format!(
        "From the refused connection to the change of the table:\n\n{}\nFrom the first refusal to the last \
         change:\n\n{}",
        delays.markdown("ms"),
        all.markdown("s")
    );
    (title, text)
}

fn play(make: Make, count: usize, mortal: usize, delay_loop: u32) -> Result<Seen> {
    own_network()?;
    let living = Servers::start(Kind::Tcp, LIVING)?;
    let dying = Servers::start(Kind::Tcp, MORTAL)?;
    let plan = Plan {
        servers: count,
        mortal,
        check: Some(Kind::Tcp),
        delay_loop,
    };
    let daemon = Daemon::start(make, &plan)?;
    let all = u64::try_from(count).unwrap_or(u64::MAX);
    if !Daemon::until(STARTED, || living.asked() + dying.asked() >= all) {
        return Err(format!("not all were checked:\n{}", daemon.said()));
    }
    let trace = Trace::start(&[CHANGE, REFUSAL])?;
    drop(dying);
    let removals = |calls: &[(f64, String)]| calls.iter().filter(|(_, f)| f == CHANGE).count();
    let mut calls = Vec::new();
    let is_done = Daemon::until(PATIENCE, || {
        sleep(Duration::from_millis(500));
        calls = trace.read().unwrap_or_default();
        removals(&calls) >= mortal
    });
    drop(trace);
    if !is_done {
        return Err(format!("{} of {mortal} taken out", removals(&calls)));
    }
    daemon.kill();
    Ok(seen(&calls))
}

/// Refusals and removals come in the same order.
fn seen(calls: &[(f64, String)]) -> Seen {
    let of = |function: &str| -> Vec<f64> {
        let calls = calls.iter().filter(|(_, called)| called == function);
        calls.map(|(at, _)| *at).collect()
    };
    let (refusals, removals) = (of(REFUSAL), of(CHANGE));
    let first = refusals.first().copied().unwrap_or_default();
    Seen {
        all: removals.last().copied().unwrap_or_default() - first,
        delays: removals
            .iter()
            .zip(&refusals)
            .map(|(removed, refused)| (removed - refused) * 1e3)
            .collect(),
    }
}
