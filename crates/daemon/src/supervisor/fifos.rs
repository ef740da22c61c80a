//! Notification FIFOs and the scripts that read them.

use std::io;
use std::path::Path;

use vipd_config::model::{Config, Fifo as Wanted, Global};
use vipd_linux::files::Fifo;

use super::happening::{Happening, Inbox};
use super::runner::Run;
use super::security::{self, Runnable};

/// The open FIFOs.
#[derive(Debug)]
pub(crate) struct Fifos {
    inbox: Inbox,
    open: Vec<Open>,
}

/// Which part of the daemon a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// VRRP.
    Vrrp,
    /// Load balancing.
    Lvs,
}

#[derive(Debug)]
struct Open {
    wanted: Wanted,
    /// Only these lines are written to it; all when not given.
    only: Option<Source>,
    fifo: Fifo,
    is_full: bool,
}

impl Fifos {
    /// None yet.
    pub(crate) fn new(inbox: Inbox) -> Self {
        Self {
            inbox,
            open: Vec::new(),
        }
    }

    /// Opens the FIFOs of a configuration and starts their readers; those that are open already
    /// and wanted as before stay open, with their readers. Returns log lines.
    pub(crate) fn configure(&mut self, config: &Config) -> Vec<String> {
        let global = &config.global;
        let mut messages = Vec::new();
        let wanted = wanted(config, &mut messages);
        let (kept, unwanted): (Vec<Open>, Vec<Open>) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|open| wanted.contains(&(&open.wanted, open.only)));
        self.open = kept;
        for open in unwanted {
            open.fifo.close();
        }
        for (fifo, only) in wanted {
            let mut open = self.open.iter();
            if open.any(|open| open.wanted == *fifo && open.only == only) {
                continue;
            }
            match self.start(fifo, only, global, &mut messages) {
                Ok(open) => self.open.push(open),
                Err(error) => messages.push(error),
            }
        }
        messages
    }

    /// Writes a line to every FIFO. Returns log lines about FIFOs that could not take it.
    pub(crate) fn write(&mut self, line: &str, source: Source) -> Vec<String> {
        self.open
            .iter_mut()
            .filter(|open| open.only.is_none_or(|only| only == source))
            .filter_map(|open| open.write(line))
            .collect()
    }

    /// Closes all, and removes those that were made here.
    pub(crate) fn close(&mut self) {
        for open in self.open.drain(..) {
            open.fifo.close();
        }
    }

    /// Starts the reader first, then opens the FIFO, as keepalived does.
    fn start(
        &self,
        wanted: &Wanted,
        only: Option<Source>,
        global: &Global,
        messages: &mut Vec<String>,
    ) -> Result<Open, String> {
        let owner = security::identity(wanted.user.as_ref(), global)
            .map_err(|error| format!("FIFO {} is not used: {error}", wanted.path))?;
        if let Some(script) = &wanted.script {
            let judgement = security::judge(script, global);
            messages.extend(judgement.messages);
            if let Some(runnable) = judgement.runnable {
                messages.extend(self.read_by(runnable, &wanted.path));
            }
        }
        let fifo = Fifo::open(Path::new(&wanted.path), owner).map_err(|error| error.to_string())?;
        Ok(Open {
            wanted: wanted.clone(),
            only,
            fifo,
            is_full: false,
        })
    }

    /// Starts a reader, with the path as its last argument. Its end is told.
    fn read_by(&self, mut runnable: Runnable, path: &str) -> Option<String> {
        runnable.argv.push(path.to_owned());
        match Run::start(&runnable) {
            Ok(mut run) => {
                let (inbox, path) = (self.inbox.clone(), path.to_owned());
                tokio::spawn(async move {
                    run.wait().await;
                    // The loop that would log this may have ended.
                    let _ = inbox.send(Happening::FifoReaderEnded { path }).await;
                });
                None
            }
            Err(error) => Some(format!("FIFO script for {path} cannot be run: {error}")),
        }
    }
}

/// The FIFOs a configuration asks for. The same path given twice is one FIFO; the specific one is
/// ignored.
fn wanted<'a>(config: &'a Config, messages: &mut Vec<String>) -> Vec<(&'a Wanted, Option<Source>)> {
    let (global, lvs) = (&config.global, &config.lvs.global);
    let mut list: Vec<(&Wanted, Option<Source>)> = Vec::new();
    list.extend(global.notify_fifo.iter().map(|fifo| (fifo, None)));
    for (fifo, source, name) in [
        (&global.vrrp_notify_fifo, Source::Vrrp, "vrrp"),
        (&lvs.notify_fifo, Source::Lvs, "LVS"),
    ] {
        let Some(fifo) = fifo else { continue };
        let other = list.iter().find(|(known, _)| known.path == fifo.path);
        match other {
            Some((_, only)) => {
                let before = if only.is_none() { "global" } else { "vrrp" };
                messages.push(format!(
                    "notify FIFO {} has been specified for {before} and {name} FIFO - ignoring \
                     {name} FIFO",
                    fifo.path
                ));
            }
            None => list.push((fifo, Some(source))),
        }
    }
    list
}

impl Open {
    /// Says once that nobody reads, not for every line.
    fn write(&mut self, line: &str) -> Option<String> {
        match self.fifo.write(line) {
            Ok(()) => {
                self.is_full = false;
                None
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let first = !std::mem::replace(&mut self.is_full, true);
                first.then(|| {
                    format!(
                        "FIFO {} is full: nobody reads it; lines are lost",
                        self.wanted.path
                    )
                })
            }
            Err(error) => Some(format!(
                "cannot write to FIFO {}: {error}",
                self.wanted.path
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tokio::sync::mpsc;
    use vipd_config::model::Command;

    use super::*;

    fn config(path: &Path, script: Option<&str>) -> Config {
        let global = Global {
            notify_fifo: Some(Wanted {
                path: path.display().to_string(),
                user: None,
                script: script.map(|script| Command {
                    argv: vec![script.to_owned(), "arg".to_owned()],
                    user: None,
                }),
            }),
            ..Global::default()
        };
        Config {
            global,
            ..Config::default()
        }
    }

    #[tokio::test]
    async fn a_reader_is_started_with_the_path_as_last_argument() {
        let folder = tempfile::tempdir().unwrap();
        let (fifo, script, seen) = (
            folder.path().join("fifo"),
            folder.path().join("reader"),
            folder.path().join("seen"),
        );
        let text = format!(
            "#!/bin/sh\nuntil [ -p $2 ]; do sleep 0.01; done\nread line <$2\n\
             echo \"$1 $line\" >{}\n",
            seen.display()
        );
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let (inbox, mut arrivals) = mpsc::channel(10);
        let mut fifos = Fifos::new(inbox);
        fifos.configure(&config(&fifo, script.to_str()));
        assert!(
            fifos
                .write("INSTANCE \"A\" MASTER 100\n", Source::Vrrp)
                .is_empty()
        );
        let ended = arrivals.recv().await;
        assert!(
            matches!(&ended, Some(Happening::FifoReaderEnded { path }) if *path == fifo.to_str().unwrap()),
            "{ended:?}"
        );
        let seen = std::fs::read_to_string(seen).unwrap();
        assert_eq!(seen, "arg INSTANCE \"A\" MASTER 100\n");
        fifos.close();
        assert!(!fifo.exists());
    }

    #[tokio::test]
    async fn a_full_fifo_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let (inbox, _arrivals) = mpsc::channel(10);
        let mut fifos = Fifos::new(inbox);
        fifos.configure(&config(&folder.path().join("fifo"), None));
        let line = "x".repeat(4000);
        let messages: Vec<String> = (0..100)
            .flat_map(|_| fifos.write(&line, Source::Vrrp))
            .collect();
        assert_eq!(messages.len(), 1, "{messages:?}");
    }

    #[tokio::test]
    async fn a_reload_keeps_what_is_wanted_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        let (inbox, _arrivals) = mpsc::channel(10);
        let mut fifos = Fifos::new(inbox);
        fifos.configure(&config(&first, None));
        fifos.write("kept\n", Source::Vrrp);
        fifos.configure(&config(&first, None));
        let mut reader = std::fs::File::options()
            .read(true)
            .write(true)
            .open(&first)
            .unwrap();
        let mut bytes = [0; 5];
        io::Read::read_exact(&mut reader, &mut bytes).unwrap();
        assert_eq!(&bytes, b"kept\n");
        fifos.configure(&config(&second, None));
        assert!(!first.exists() && second.exists());
    }

    #[tokio::test]
    async fn lines_go_to_the_fifo_of_their_part_and_to_the_one_for_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut config = config(&path("all"), None);
        let one = |name: &str| {
            Some(Wanted {
                path: path(name).display().to_string(),
                user: None,
                script: None,
            })
        };
        config.global.vrrp_notify_fifo = one("vrrp");
        config.lvs.global.notify_fifo = one("lvs");
        let (inbox, _arrivals) = mpsc::channel(10);
        let mut fifos = Fifos::new(inbox);
        assert!(fifos.configure(&config).is_empty());
        fifos.write("v\n", Source::Vrrp);
        fifos.write("l\n", Source::Lvs);
        let read = |name: &str| {
            let mut options = std::fs::File::options();
            let mut file = options.read(true).write(true).open(path(name)).unwrap();
            let mut bytes = [0; 64];
            let length = io::Read::read(&mut file, &mut bytes).unwrap();
            String::from_utf8_lossy(&bytes[..length]).into_owned()
        };
        assert_eq!(
            [read("all"), read("vrrp"), read("lvs")],
            ["v\nl\n", "v\n", "l\n"]
        );
        config.lvs.global.notify_fifo = one("vrrp");
        let messages = fifos.configure(&config);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].ends_with("for vrrp and LVS FIFO - ignoring LVS FIFO"));
    }
}
