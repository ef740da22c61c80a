//! Processes and files that are tracked: what is well for them, and how they stand.

use vipd_config::model::{Config, TrackFile, TrackProcess, Tracked};
use vipd_engine::tracking::watch::Kind;

use crate::node::Node;

/// The largest number that a file may take off a priority without a FAULT.
const TAKES_MAX: i64 = 253;

/// What is read of a watched thing while all is well, and when it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readings {
    /// While all is well.
    pub well: i64,
    /// When it fails.
    pub failed: i64,
}

/// Of processes: as many run as must, or none, where that is what is wanted; else one too many.
pub fn of_process(process: &TrackProcess) -> Readings {
    let (well, failed) = match (process.quorum, process.quorum_max) {
        (0, most) => (0, i64::from(most.unwrap_or_default()) + 1),
        (quorum, _) => (quorum.into(), 0),
    };
    Readings { well, failed }
}

/// Of a file: the number that it begins with, else 0; and one that means FAULT to whoever tracks
/// it first.
pub fn of_file(config: &Config, file: &TrackFile) -> Readings {
    let instances = config.instances.iter().flat_map(|i| &i.track_files);
    let groups = config.sync_groups.iter().flat_map(|g| &g.track_files);
    let lines = instances.chain(groups);
    let first = { lines }.find(|line| line.name == file.name);
    let weight = first.map_or(file.weight, |line| line.weight);
    let well = file.init.map_or(0, |init| init.value.into());
    let sign = i64::from(weight.value.signum()) * if weight.reverse { -1 } else { 1 };
    match (weight.value, weight.reverse) {
        (0, false) => Readings { well, failed: 1 },
        (0, true) => Readings { well: 1, failed: 0 },
        _ => Readings {
            well,
            failed: -sign * (TAKES_MAX + 1),
        },
    }
}

/// Everything of a configuration that is watched by its reading, with its readings.
pub fn all(config: &Config) -> impl Iterator<Item = (Kind, &str, Readings)> {
    let processes = config.processes.iter();
    let processes = processes.map(|p| (Kind::Process, p.name.as_str(), of_process(p)));
    let files = config.files.iter();
    processes.chain(files.map(|f| (Kind::File, f.name.as_str(), of_file(config, f))))
}

impl Node {
    /// What is read of a process or a file now.
    pub fn reading(&self, kind: Kind, name: &str) -> i64 {
        let set = self.readings.get(&(kind, name.to_owned()));
        let well = || all(&self.config).find(|(k, n, _)| (*k, *n) == (kind, name));
        set.copied()
            .or_else(|| well().map(|(.., readings)| readings.well))
            .unwrap_or_default()
    }

    /// As many of a process run as should.
    pub fn has_process(&self, name: &str) -> bool {
        let count = self.reading(Kind::Process, name);
        let processes = self.config.processes.iter();
        { processes }.any(|p| {
            let most = p.quorum_max.map_or(i64::MAX, i64::from);
            p.name == name && (i64::from(p.quorum)..=most).contains(&count)
        })
    }

    /// What the number in a file adds to a priority; none when it means FAULT.
    pub fn file_adds(&self, line: &Tracked) -> Option<i32> {
        let number = self.reading(Kind::File, &line.name);
        let sign = if line.weight.reverse { -1 } else { 1 };
        if line.weight.value == 0 {
            return ((number == 0) != line.weight.reverse).then_some(0);
        }
        let product = number.saturating_mul(i64::from(line.weight.value));
        let adds = product.saturating_mul(sign);
        let adds = (adds >= -TAKES_MAX).then_some(adds.min(TAKES_MAX))?;
        i32::try_from(adds).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vipd_config::model::{Instance, Weight};

    #[test]
    fn a_file_fails_with_a_number_that_means_fault() {
        for (value, reverse) in [
            (1, false),
            (-1, false),
            (3, true),
            (-254, true),
            (0, false),
            (0, true),
        ] {
            let weight = Weight { value, reverse };
            let file = TrackFile {
                name: "f".to_owned(),
                path: "/f".to_owned(),
                weight: Weight::default(),
                init: None,
            };
            let line = Tracked {
                name: "f".to_owned(),
                weight,
            };
            let mut instance = Instance::new("V", "eth0", 1);
            instance.track_files.push(line.clone());
            let config = Config {
                instances: vec![instance],
                files: vec![file.clone()],
                ..Config::default()
            };
            let readings = of_file(&config, &file);
            let machine = crate::Machine::new(0, "a", config);
            let mut node = Node::new(0, machine);
            assert_eq!(node.file_adds(&line), Some(0), "{weight:?}");
            let key = (Kind::File, "f".to_owned());
            node.readings.insert(key, readings.failed);
            assert_eq!(node.file_adds(&line), None, "{weight:?}");
        }
    }
}
