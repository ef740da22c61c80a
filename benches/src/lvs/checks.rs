//! What checks cost: processor time and memory of all processes of the daemon.

use std::fmt::Write as _;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use super::daemon::{Daemon, Plan};
use super::field::{Kind, LIVING, Servers, own_network};
use super::inside::UNKNOWN;
use super::{Result, bare, progress};
use crate::Section;
use crate::measure::{cpu_nanos, memory};
use crate::report::{Measured, Spread, Table};
use crate::stage::{MAKES, Make};

/// Real servers, and the seconds between checks of each: an emulated processor makes no thousand
/// checks in a second.
const SIZES: [(usize, u32); 3] = [(100, 1), (1000, 5), (10_000, 60)];

/// How long processor time is counted.
const WINDOW: Duration = Duration::from_secs(5);

/// So many first checks are waited for.
const SOME: u64 = 500;

/// Longest until they were made.
const STARTED: Duration = Duration::from_secs(15);

/// Until the memory of the start is given back and everything is in its rhythm.
const SETTLED: Duration = Duration::from_secs(1);

/// What one daemon costs.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// Processor time, milliseconds per second.
    cpu: f64,
    /// Processor time for each check, microseconds.
    per_check: f64,
    /// Checks in a second.
    rate: f64,
    /// Memory of all its processes, kilobytes.
    pss: f64,
}

/// A figure of a cost.
type Figure = fn(&Cost) -> f64;

/// Titles, units and figures of the tables.
const TABLES: [(&str, &str, Figure); 4] = [
    ("Checks: processor time for each", "µs", |c| c.per_check),
    ("Checks: processor time", "ms/s", |c| c.cpu),
    ("Checks: made in a second", "1/s", |c| c.rate),
    ("Checks: memory (PSS)", "kB", |c| c.pss),
];

/// Costs by kind and number of real servers.
pub(super) fn measure(runs: usize) -> Vec<Section> {
    let mut tables = TABLES.map(|_| Table::default());
    for (kind, name) in [(Kind::Tcp, "TCP_CHECK"), (Kind::Http, "HTTP_GET")] {
        for (servers, delay_loop) in SIZES {
            let costs = MAKES.map(|make| series(runs, make, kind, (servers, delay_loop)));
            for (table, (_, _, figure)) in tables.iter_mut().zip(TABLES) {
                let [vipd, keepalived] = costs.each_ref().map(|costs| spread(costs, figure));
                table.row_or(
                    format!("{servers} servers, {name}, delay_loop {delay_loop}"),
                    vipd,
                    keepalived,
                );
            }
        }
    }
    let sections = TABLES.iter().zip(&tables);
    let mut sections: Vec<Section> = sections
        .map(|((title, unit, _), table)| ((*title).to_owned(), table.markdown(unit)))
        .collect();
    let bare = thread::spawn(bare::measure).join();
    if let (Some((_, text)), Ok(Ok(bare))) = (sections.first_mut(), bare) {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\nA loop that only connects to 1,000 servers in a second and hangs up takes {bare:.0} µs \
             for each, all of it the kernel's.\n"
        );
    }
    sections
}

fn series(runs: usize, make: Make, kind: Kind, size: (usize, u32)) -> Result<Vec<Cost>> {
    (0..runs)
        .map(|_| {
            // A thread, because it moves to a network namespace of its own.
            let played = thread::spawn(move || play(make, kind, size)).join();
            let played = played.unwrap_or_else(|_| Err(UNKNOWN.to_owned()));
            progress(&format!("{make:?}, {kind:?}, {size:?}"), &played);
            played
        })
        .collect()
}

fn spread(costs: &Result<Vec<Cost>>, figure: Figure) -> Measured {
    let costs = costs.as_ref().map_err(Clone::clone)?;
    Ok(Spread::of(costs.iter().map(figure).collect()))
}

fn play(make: Make, kind: Kind, (count, delay_loop): (usize, u32)) -> Result<Cost> {
    own_network()?;
    let servers = Servers::start(kind, LIVING)?;
    let plan = Plan {
        servers: count,
        mortal: 0,
        check: Some(kind),
        delay_loop,
    };
    let daemon = Daemon::start(make, &plan)?;
    let all = u64::try_from(count).unwrap_or(u64::MAX).min(SOME);
    if !Daemon::until(STARTED, || servers.asked() >= all) {
        let asked = servers.asked();
        return Err(format!("only {asked} checks in {} s", STARTED.as_secs()));
    }
    sleep(SETTLED);
    let pids = daemon.pids();
    let (start, spent, asked) = (Instant::now(), cpu_nanos(&pids), servers.asked());
    sleep(WINDOW);
    let (time, spent, asked) = (
        start.elapsed().as_secs_f64(),
        Duration::from_nanos(cpu_nanos(&pids) - spent).as_secs_f64(),
        servers.asked() - asked,
    );
    let kilobytes = u32::try_from(memory(&pids).pss).unwrap_or(u32::MAX);
    let checks = f64::from(u32::try_from(asked).unwrap_or(u32::MAX));
    let said = daemon.said();
    if said.contains("Removing service") {
        return Err("servers were taken for dead".to_owned());
    }
    daemon.kill();
    Ok(Cost {
        cpu: spent * 1e3 / time,
        per_check: spent * 1e6 / checks.max(1.0),
        rate: checks / time,
        pss: kilobytes.into(),
    })
}
