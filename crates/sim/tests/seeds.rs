//! Clusters and troubles drawn by luck, each seed another one; every invariant must hold.

use vipd_sim::journal::Telling;
use vipd_sim::random;

/// Seeds that once failed.
const FAILED_ONCE: &[u64] = &[
    // An address owner that starts in FAULT left addresses of an earlier life where they were.
    10_125, 10_809, 11_801,
    // A restarted backup let its group take over though it heard a master.
    17_726, 23_266, 28_432,
];

fn holds(seeds: impl Iterator<Item = u64>) {
    let failed: Vec<String> = seeds
        .flat_map(|seed| {
            let violations = random::run(seed).violations;
            violations
                .into_iter()
                .map(move |violation| format!("seed {seed}: {violation}"))
        })
        .collect();
    assert!(
        failed.is_empty(),
        "{} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn seeds_that_failed_once() {
    holds(FAILED_ONCE.iter().copied());
}

#[test]
fn seeds_from_0() {
    holds(0..1500);
}

#[test]
fn seeds_from_1500() {
    holds(1500..3000);
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..20 {
        let first = random::run(seed).tell(Telling::Everything);
        let second = random::run(seed).tell(Telling::Everything);
        assert!(first == second, "seed {seed} differs");
        assert!(first.len() > 500, "seed {seed}: nothing happened");
    }
}

#[test]
fn other_seeds_are_other_runs() {
    assert_ne!(
        random::run(1).tell(Telling::Changes),
        random::run(2).tell(Telling::Changes)
    );
}
