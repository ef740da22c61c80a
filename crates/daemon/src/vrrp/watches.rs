//! What is watched besides interfaces, told to the engine.

use vipd_config::model::Config;
use vipd_engine::tracking::watch::Kind;
use vipd_engine::{Input, Instant};
use vipd_linux::Error;

use super::ports::News;
use super::process::{PORTS, Process};
use crate::messages::{FromVrrp, Reading};

impl Process {
    /// From now on what this configuration names is watched. The engine is told how it stands
    /// before it gets the configuration.
    pub(super) fn watch(&mut self, now: Instant, config: &Config) {
        let heard = self.ports.descriptor().is_some();
        match self.ports.want(config) {
            Ok(None) => {}
            Ok(Some(problem)) => {
                let text = format!("{problem}; tracked ports are looked at every 250 ms instead");
                self.parent.tell(&FromVrrp::Trouble(text));
            }
            Err(error) => self.trouble("track ports", &error.to_string()),
        }
        if let Some(descriptor) = self.ports.descriptor().filter(|_| !heard)
            && let Err(error) = self.poll.add(&descriptor, PORTS)
        {
            self.trouble("track ports", &error.to_string());
        }
        let news = self.ports.look_at_all(now);
        self.tell_ports(now, news);
    }

    /// Sockets have ended.
    pub(super) fn hear_ports(&mut self, now: Instant) {
        let news = self.ports.hear(now);
        self.tell_ports(now, news);
    }

    /// It may be time to look at ports.
    pub(super) fn look_at_ports(&mut self, now: Instant) {
        if self.ports.deadline().is_some_and(|at| at <= now) {
            let news = self.ports.look_again(now);
            self.tell_ports(now, news);
        }
    }

    /// Tells the engine how things stand that the supervisor watches.
    pub(super) fn tell_readings(&mut self, now: Instant, readings: Vec<Reading>) {
        for reading in readings {
            self.tell_reading(now, reading);
        }
    }

    /// Tells the engine what was seen of something watched.
    pub(super) fn tell_reading(&mut self, now: Instant, reading: Reading) {
        let input = Input::Watched {
            kind: reading.kind,
            name: reading.name,
            reading: reading.value,
        };
        self.handle(now, input);
    }

    fn tell_ports(&mut self, now: Instant, news: Result<Vec<News>, Error>) {
        match news {
            Ok(news) => {
                for News { name, is_up } in news {
                    let (kind, value) = (Kind::Port, i64::from(is_up));
                    self.tell_reading(now, Reading { kind, name, value });
                }
            }
            Err(error) => self.trouble("look at tracked ports", &error.to_string()),
        }
    }
}
