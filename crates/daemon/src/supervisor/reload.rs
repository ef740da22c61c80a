//! A reload: the new configuration is read and judged first, and only a good one changes anything.

use std::path::Path;
use std::sync::Arc;

use vipd_engine::notify::Teller;

use super::configuration::{self, Configuration};
use super::daemon::{Daemon, Phase};
use super::parts;
use super::reload_file::ReloadFile;
use super::trackers::Tracked;
use crate::messages::ToVrrp;

impl Daemon {
    /// Reads the configuration again and changes over to it, unless it cannot be run: then the
    /// one that holds goes on as if nothing had happened.
    ///
    /// A reload that is asked for during another one, or during the start, follows it.
    pub(super) fn reload(&mut self) {
        match self.phase {
            Phase::Stopping(_) | Phase::Draining(_) | Phase::Done => return,
            Phase::Starting => {
                self.reload.again = true;
                return;
            }
            Phase::Running => {}
        }
        if self.reload.previous.is_some() {
            self.reload.again = true;
            return;
        }
        self.log.line("Reloading ...");
        self.service.reloading();
        let read = self.read_again();
        self.say(read.messages);
        let refusal = match read.refused {
            Some(status) => Some(format!("keepalived would exit with status {status}")),
            None => self.unchangeable(&read.config),
        };
        if let Some(reason) = refusal {
            self.log.line(format!(
                "Reload refused ({reason}); the configuration that runs stays in effect"
            ));
            self.service.ready();
            return;
        }
        self.config = Arc::new(read.config);
        let teller = Arc::new(Teller::new(Arc::clone(&self.config)));
        self.reload.previous = Some(std::mem::replace(&mut self.teller, teller));
        if let Some(pulse) = &mut self.pulse {
            pulse.reconfigure(&self.config);
        }
        self.configure_fifos();
        self.timed_reload.follow(&self.config.global);
        self.checker.permit(&self.config, read.misc);
        self.watch(false);
        self.reconfigure_parts(read.tracked);
    }

    /// Tells the children, and starts those that are wanted now.
    fn reconfigure_parts(&mut self, tracked: Vec<Tracked>) {
        let wanted = self.wanted();
        self.awaited = wanted;
        if self.child.is_some() {
            self.awaited.vrrp = true;
            self.send(&ToVrrp::Reconfigure {
                config: Box::new(parts::for_vrrp(&self.config)),
                watched: self.watching.readings(),
            });
        } else if wanted.vrrp && self.respawn_at.is_none() {
            // One that is to be started again anyhow gets all of it then.
            self.start_child();
        }
        if wanted.vrrp {
            self.trackers.track(tracked);
        } else {
            self.trackers.stop();
        }
        self.awaited.checker = self.reconfigure_checker(wanted.checker);
        self.part_ready();
    }

    /// Reads the configuration, with `reload_file` there meanwhile.
    fn read_again(&self) -> Configuration {
        let folder = self.vrrp_pid_file.path().parent();
        let file = self
            .config
            .global
            .reload_file
            .as_ref()
            .map(|path| ReloadFile::set(path, folder.unwrap_or(Path::new("/run"))));
        let read = configuration::read(&self.options);
        match file {
            Some(Ok(file)) => self.say(file.remove()),
            Some(Err(complaint)) => self.log.line(complaint),
            None => {}
        }
        read
    }

    /// What a running daemon cannot change.
    fn unchangeable(&self, config: &vipd_config::model::Config) -> Option<String> {
        let (old, new) = (&self.config.root, &config.root);
        if old.net_namespace != new.net_namespace {
            return Some("net_namespace cannot be changed by a reload".to_owned());
        }
        let [was, is] = [&self.config, config].map(|config| &config.lvs.global.net_namespace);
        if was != is && self.checker.child.is_some() {
            return Some("net_namespace_ipvs cannot be changed by a reload".to_owned());
        }
        (old.instance != new.instance).then(|| "instance cannot be changed by a reload".to_owned())
    }

    /// The VRRP process has changed over.
    pub(super) fn reload_complete(&mut self) {
        if self.reload.previous.take().is_some() {
            // Only now nobody holds addresses of those that are gone.
            let config = &self.config;
            self.snapshots
                .retain(|name| config.instances.iter().any(|i| i.name == name));
            self.log.line("Reload complete");
            self.service.ready();
        }
        if std::mem::take(&mut self.reload.again) {
            self.reload();
        }
    }
}
