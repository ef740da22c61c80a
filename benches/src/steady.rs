//! (b) What it costs to be master and to be backup: processor time and memory.

use std::thread::sleep;
use std::time::Duration;

use vipd_lab::{Lab, Result};

use crate::measure::{cpu_nanos, memory};
use crate::report::{Spread, Table};
use crate::stage::{MAKES, Make, Stage, instances, segments};

/// How long processor time is counted.
pub(crate) const WINDOW: Duration = Duration::from_secs(20);

/// After the second set of announcements, five seconds after the first.
const SETTLED: Duration = Duration::from_secs(8);

/// What one daemon costs.
struct Cost {
    /// Processor time, milliseconds per second.
    cpu: f64,
    /// Memory of all its processes, kilobytes.
    pss: f64,
    private: f64,
}

/// Processor time, proportional and private memory, by number of instances and role.
pub(crate) fn measure(lab: &Lab, runs: usize, sizes: &[usize]) -> Result<[Table; 3]> {
    let mut tables = [Table::default(), Table::default(), Table::default()];
    for size in sizes {
        // By role, then by make.
        let mut costs: [[Vec<Cost>; 2]; 2] = Default::default();
        for _ in 0..runs {
            for (column, make) in MAKES.into_iter().enumerate() {
                let [master, backup] = play(lab, make, *size)?;
                costs[0][column].push(master);
                costs[1][column].push(backup);
            }
        }
        for (role, costs) in ["master", "backup"].into_iter().zip(&costs) {
            let figures: [fn(&Cost) -> f64; 3] = [|c| c.cpu, |c| c.pss, |c| c.private];
            for (table, figure) in tables.iter_mut().zip(figures) {
                let [vipd, keepalived] = [0, 1]
                    .map(|column: usize| Spread::of(costs[column].iter().map(figure).collect()));
                table.row(format!("{size} instances, {role}"), vipd, keepalived);
            }
        }
    }
    Ok(tables)
}

fn play(lab: &Lab, make: Make, size: usize) -> Result<[Cost; 2]> {
    let stage = Stage::new(lab, make, segments(size))?;
    let [a, b] = &stage.nodes;
    let _daemons = (
        a.start(&instances(size, 200, ""))?,
        b.start(&instances(size, 100, ""))?,
    );
    a.await_vips(size)?;
    sleep(SETTLED);
    let pids = [a.daemon_pids(), b.daemon_pids()];
    let before = pids.each_ref().map(|pids| cpu_nanos(pids));
    sleep(WINDOW);
    let after = pids.each_ref().map(|pids| cpu_nanos(pids));
    let cost = |role: usize| {
        let memory = memory(&pids[role]);
        let spent = Duration::from_nanos(after[role].saturating_sub(before[role]));
        Cost {
            cpu: spent.as_secs_f64() * 1e3 / WINDOW.as_secs_f64(),
            pss: kilobytes(memory.pss),
            private: kilobytes(memory.private),
        }
    };
    Ok([cost(0), cost(1)])
}

/// As a figure; no process has so many that this would lose any.
fn kilobytes(kb: u64) -> f64 {
    f64::from(u32::try_from(kb).unwrap_or(u32::MAX))
}
