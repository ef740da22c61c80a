//! What processes cost: processor time and memory, read from `/proc`.

use std::fs;

/// Sum over all threads of all these processes of the time spent on a processor, in nanoseconds
/// (first field of `/proc/PID/task/TID/schedstat`). A process that has ended counts nothing.
pub(crate) fn cpu_nanos(pids: &[u32]) -> u64 {
    pids.iter().map(|pid| tasks_nanos(*pid)).sum()
}

fn tasks_nanos(pid: u32) -> u64 {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return 0;
    };
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
        .sum()
}

/// Memory of processes, in kilobytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// Proportional set size: shared pages divided by the number of those that share them.
    pub(crate) pss: u64,
    /// Pages that nobody else has.
    pub(crate) private: u64,
    /// Resident set size.
    pub(crate) rss: u64,
}

/// Sum of the memory of these processes, from `smaps_rollup`.
pub(crate) fn memory(pids: &[u32]) -> Memory {
    let mut sum = Memory::default();
    for pid in pids {
        let Ok(text) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else {
            continue;
        };
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let (Some(name), Some(value)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(kb) = value.parse::<u64>() else {
                continue;
            };
            match name {
                "Pss:" => sum.pss += kb,
                "Rss:" => sum.rss += kb,
                "Private_Clean:" | "Private_Dirty:" => sum.private += kb,
                _ => {}
            }
        }
    }
    sum
}

/// Those of a process and all its descendants that have this name.
pub(crate) fn family_named(pid: u32, name: &str) -> Vec<u32> {
    let named = |pid: &u32| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name)
    };
    family(pid).into_iter().filter(named).collect()
}

/// This process and all its descendants, as the kernel lists them.
fn family(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut next = 0;
    while next < all.len() {
        let parent = all[next];
        let path = format!("/proc/{parent}/task/{parent}/children");
        let children = fs::read_to_string(path).unwrap_or_default();
        all.extend(
            children
                .split_whitespace()
                .filter_map(|child| child.parse::<u32>().ok()),
        );
        next += 1;
    }
    all
}
