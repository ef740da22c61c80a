//! A VRRP process in reserve: started, and waiting for its first message.
//!
//! A process that dies is replaced within the time that starting a program takes, some
//! milliseconds. Where backups wait no longer than that for an advert, the successor is there
//! before it is needed.

use std::io;
use std::time::Duration;

use tokio::time::Instant;
use vipd_config::model::Config;

use super::child::{Running, Vrrp};
use super::daemon::{Daemon, Phase};

/// With advert intervals below this a successor is kept ready: the time to start one is a good
/// part of the time that backups wait.
const SHORT_INTERVAL: Duration = Duration::from_millis(100);

impl Daemon {
    /// A VRRP process that knows nothing yet: the one in reserve, or a new one.
    pub(super) fn fresh_process(&mut self) -> io::Result<Running<Vrrp>> {
        let mut process = match self.spare.take() {
            Some(spare) => spare,
            None => self.new_process()?,
        };
        // Its life begins now: one that dies of what it is told died young.
        process.started = Instant::now();
        Ok(process)
    }

    /// Has one in reserve when the configuration wants it, and none otherwise.
    pub(super) fn keep_spare(&mut self) {
        let is_wanted =
            matches!(self.phase, Phase::Running) && self.child.is_some() && needs_one(&self.config);
        if !is_wanted {
            self.spare = None;
        } else if self.spare.is_none() {
            // Without it a successor is started when it is needed.
            self.spare = self.new_process().ok();
        }
    }

    fn new_process(&mut self) -> io::Result<Running<Vrrp>> {
        self.generation += 1;
        let launch = self.launch("vrrp");
        Running::start(&launch, self.generation, &self.inbox)
    }
}

/// Whether backups of an instance wait so little that a successor must be there already.
fn needs_one(config: &Config) -> bool {
    let mut intervals = config.instances.iter().map(|i| i.advert_interval);
    intervals.any(|interval| interval < SHORT_INTERVAL)
}

#[cfg(test)]
mod tests {
    use vipd_config::model::Instance;

    use super::*;

    #[test]
    fn short_intervals_need_one() {
        let config = |millis: &[u64]| {
            let instances = millis.iter().map(|millis| {
                let mut instance = Instance::new("A", "eth0", 51);
                instance.advert_interval = Duration::from_millis(*millis);
                instance
            });
            Config {
                instances: instances.collect(),
                ..Config::default()
            }
        };
        assert!(needs_one(&config(&[1000, 10])));
        assert!(!needs_one(&config(&[1000, 100])));
        assert!(!needs_one(&config(&[])));
    }
}
