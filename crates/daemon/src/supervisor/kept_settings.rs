//! Settings of the kernel that are other than they were, kept in a file as well: when all
//! processes are killed at once, the next start puts them back.

use std::fs;
use std::path::{Path, PathBuf};

use vipd_linux::files::write_atomically;

use crate::messages::ChangedSetting;

/// How much of the file is believed, bytes.
const FILE_BYTES: usize = 1 << 20;

/// The list, with its file.
#[derive(Debug)]
pub(super) struct KeptSettings {
    path: PathBuf,
    list: Vec<ChangedSetting>,
}

impl KeptSettings {
    /// What an earlier daemon has left behind. The file is beside the PID file of the VRRP
    /// process.
    pub(super) fn load(pid_file: &Path) -> Self {
        let path = pid_file.with_extension("settings");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let text = if text.len() > FILE_BYTES { "" } else { &text };
        let list = text.lines().filter_map(setting).collect();
        Self { path, list }
    }

    /// The list.
    pub(super) fn list(&self) -> Vec<ChangedSetting> {
        self.list.clone()
    }

    /// Takes another list. A log line when it cannot be written.
    pub(super) fn keep(&mut self, list: Vec<ChangedSetting>) -> Option<String> {
        self.list = list;
        if self.list.is_empty() {
            // It may not be there.
            let _ = fs::remove_file(&self.path);
            return None;
        }
        let lines = self.list.iter();
        let lines = lines.map(|s| format!("{} {} {}\n", s.name, s.old, s.new));
        let text: String = lines.collect();
        let written = write_atomically(&self.path, text.as_bytes());
        written.err().map(|error| error.to_string())
    }
}

/// A line of the file: a setting of IP with a number before and after.
fn setting(line: &str) -> Option<ChangedSetting> {
    let mut words = line.split(' ');
    let [name, old, new] = [words.next()?, words.next()?, words.next()?];
    let is_number = |text: &str| text.parse::<i32>().is_ok();
    let is_ours = name.starts_with("ipv4/") || name.starts_with("ipv6/");
    let is_whole = words.next().is_none() && is_number(old) && is_number(new);
    (is_ours && is_whole).then(|| ChangedSetting {
        name: name.to_owned(),
        old: old.to_owned(),
        new: new.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_daemon_finds_what_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let pid_file = folder.path().join("vrrp.pid");
        let mut kept = KeptSettings::load(&pid_file);
        assert_eq!(kept.list(), []);
        let changed = ChangedSetting {
            name: "ipv4/conf/eth0.5/arp_ignore".to_owned(),
            old: "0".to_owned(),
            new: "1".to_owned(),
        };
        assert_eq!(kept.keep(vec![changed.clone()]), None);
        assert_eq!(KeptSettings::load(&pid_file).list(), [changed]);
        assert_eq!(kept.keep(Vec::new()), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn lines_that_are_none_of_ours_are_passed_over() {
        for line in [
            "",
            "core/somaxconn 1 2",
            "ipv4/ip_forward 1",
            "ipv4/ip_forward a b",
            "ipv4/ip_forward 1 2 3",
        ] {
            assert_eq!(setting(line), None, "{line}");
        }
    }
}
