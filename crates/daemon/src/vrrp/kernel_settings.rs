//! Settings of the kernel that are not ours and that we change: remembered, and put back when
//! nothing needs them any more.

use std::collections::BTreeSet;
use std::io;

use vipd_config::model::Config;
use vipd_linux::sysctl;

use super::process::Process;
use crate::messages::{ChangedSetting, FromVrrp};

/// Whether the kernel reports memberships of groups of the link.
const REPORTS: &str = "ipv4/igmp_link_local_mcast_reports";

/// What has been changed, and why some of it stays.
#[derive(Debug, Default)]
pub(super) struct KernelSettings {
    changed: Vec<ChangedSetting>,
    /// Interfaces whose other addresses stay when the first one goes (`promote_secondaries`).
    promoted: BTreeSet<String>,
    /// `disable_local_igmp`
    no_reports: bool,
}

impl KernelSettings {
    /// Goes on with what an earlier process has changed.
    pub(super) fn inherit(&mut self, changed: Vec<ChangedSetting>) {
        self.changed = changed;
    }

    /// Everything that is other than it was.
    pub(super) fn changed(&self) -> &[ChangedSetting] {
        &self.changed
    }

    /// Changes a setting, and remembers what it was.
    pub(super) fn change(&mut self, name: String, value: &str) -> io::Result<()> {
        let Some(old) = sysctl::write(&name, value)? else {
            return Ok(());
        };
        let new = value.to_owned();
        match self.changed.iter_mut().find(|known| known.name == name) {
            Some(known) => known.new = new,
            None => self.changed.push(ChangedSetting { name, old, new }),
        }
        Ok(())
    }

    /// What the configuration itself wants, whatever interfaces there are of ours. Those that
    /// are missing get it when they come.
    fn want(&mut self, config: &Config) {
        let instances = config.instances.iter();
        // On those of our own it is set anyway.
        let promoted =
            instances.filter(|instance| instance.promote_secondaries && !instance.uses_vmac);
        let promoted = promoted.filter_map(|instance| instance.interface.clone());
        self.promoted = promoted.collect();
        let mut made = config.instances.iter().flat_map(|i| &i.virtual_links);
        let makes = made.any(|link| link.ipvlan.is_none());
        self.no_reports = !config.global.firewall.moves_reports && makes;
    }

    /// Sets what the configuration wants, where that is not so.
    fn apply(&mut self) -> io::Result<()> {
        let mut result = Ok(());
        for name in self.promoted.clone() {
            let set = self.change(format!("ipv4/conf/{name}/promote_secondaries"), "1");
            result = result.and(unless_missing(set));
        }
        if self.no_reports {
            result = result.and(self.change(REPORTS.to_owned(), "0"));
        }
        result
    }

    /// Puts back everything that neither the configuration nor `others` need.
    pub(super) fn restore(&mut self, others: impl Fn(&ChangedSetting) -> bool) -> io::Result<()> {
        let promoted = |name: &str| {
            let name = name.strip_prefix("ipv4/conf/")?;
            let name = name.strip_suffix("/promote_secondaries")?;
            Some(self.promoted.contains(name))
        };
        let is_needed = |setting: &ChangedSetting| match promoted(&setting.name) {
            Some(needed) => needed,
            None if setting.name == REPORTS => self.no_reports,
            None => others(setting),
        };
        let (kept, over): (Vec<_>, Vec<_>) = std::mem::take(&mut self.changed)
            .into_iter()
            .partition(is_needed);
        self.changed = kept;
        let mut result = Ok(());
        // The last first: the filter for all is back before that of each is down.
        for setting in over.iter().rev() {
            let put_back = sysctl::read(&setting.name).and_then(|now| {
                // Somebody else has set it since: it stays.
                if now == setting.new {
                    sysctl::write(&setting.name, &setting.old)?;
                }
                Ok(())
            });
            result = result.and(unless_missing(put_back));
        }
        result
    }
}

/// An interface that is not there has no settings.
fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

impl Process {
    /// From now on the kernel's settings are those that this configuration wants.
    pub(super) fn want_settings(&mut self, config: &Config) {
        self.settings.want(config);
        self.apply_settings();
        self.restore_settings();
    }

    /// Sets what the configuration wants on interfaces that have come.
    pub(super) fn apply_settings(&mut self) {
        let before = self.settings.changed().len();
        if let Err(error) = self.settings.apply() {
            self.trouble("change settings of interfaces", &error.to_string());
        }
        if self.settings.changed().len() != before {
            self.keep_changed();
        }
    }

    /// Puts back what nothing needs.
    pub(super) fn restore_settings(&mut self) {
        let before = self.settings.changed().len();
        let links = &self.virtual_links;
        if let Err(error) = self.settings.restore(|setting| links.needs(setting)) {
            self.trouble("put back settings of interfaces", &error.to_string());
        }
        if self.settings.changed().len() != before {
            self.keep_changed();
        }
    }

    /// Puts back everything: the process ends.
    pub(super) fn close_settings(&mut self) {
        self.settings.want(&Config::default());
        self.restore_settings();
    }

    /// A successor must know what to put back.
    pub(super) fn keep_changed(&mut self) {
        let changed = self.settings.changed().to_vec();
        self.parent.tell(&FromVrrp::Changed(changed));
    }
}
