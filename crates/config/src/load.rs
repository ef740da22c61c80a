//! From files to a configuration: reading, interpreting, completing.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::complete;
use crate::diagnostic::{Class, Consequence, Diagnostic, Sources};
use crate::dump::Written;
use crate::files::Files;
use crate::interpret::draft::Draft;
use crate::interpret::interpret;
use crate::interpret::report::Report;
use crate::line::Span;
use crate::model::Config;
use crate::pair::places::Places;
use crate::reader::{Environment, Reading, read};

/// What is known of the machine the configuration is for.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Its name.
    pub hostname: String,
    /// Its network interfaces by name. `None`: nothing is judged against them.
    pub interfaces: Option<BTreeMap<String, HostInterface>>,
    /// Its programs and users. `None`: every program and user is taken to be there.
    pub machine: Option<SharedMachine>,
    /// Reads a file with a key. `None`: all keys in files are made up, which must never be on a
    /// machine that sends adverts.
    pub keys: Option<fn(&str) -> KeyFile>,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostInterface {
    /// Its addresses with their prefix lengths.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Its MTU in bytes.
    pub mtu: u32,
    /// Multicast can be sent on it.
    pub multicast: bool,
}

impl Default for HostInterface {
    fn default() -> Self {
        Self {
            addresses: Vec::new(),
            mtu: 1500,
            multicast: true,
        }
    }
}

/// What a check of scripts must ask the machine.
pub trait Machine {
    /// The user exists.
    fn has_user(&self, name: &str) -> bool;

    /// How it stands with the program of a command.
    fn program(&self, path: &str) -> Program;

    /// The host name has an address.
    fn resolves(&self, name: &str) -> bool;

    /// The text of a script, no more than its first 64 KiB; nothing when it is none, or cannot be
    /// read.
    fn script_text(&self, path: &str) -> Option<String> {
        let _ = path;
        None
    }

    /// The file of a firewall that drops VRRP, if one is known to.
    fn firewall(&self) -> Option<String> {
        None
    }
}

/// How it stands with a program that is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// It can be run.
    Usable,
    /// It is not there, or not executable: keepalived disables the script, without raising its exit status.
    Missing,
    /// Somebody other than root could change it: disabled under `enable_script_security`.
    Insecure,
}

/// A file with a key.
#[derive(Clone, PartialEq, Eq)]
pub enum KeyFile {
    /// What is in it, at most 4096 bytes.
    Read(Vec<u8>),
    /// Group or others may read or write it.
    Insecure,
    /// It cannot be read: why.
    Unreadable(String),
    /// Nothing is known of the machine.
    Unknown,
}

/// A [`Machine`] that can be handed around.
#[derive(Clone)]
pub struct SharedMachine(pub Arc<dyn Machine + Send + Sync>);

impl fmt::Debug for SharedMachine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedMachine")
    }
}

impl Host {
    /// A machine of which only the name is known: nothing is judged against it.
    pub fn unknown(hostname: impl Into<String>) -> Self {
        Self {
            hostname: hostname.into(),
            ..Self::default()
        }
    }

    /// The interface is known not to be there.
    pub(crate) fn lacks(&self, interface: &str) -> bool {
        self.interfaces
            .as_ref()
            .is_some_and(|interfaces| !interfaces.contains_key(interface))
    }

    /// How it stands with a program; usable when nothing is known.
    pub(crate) fn program(&self, path: &str) -> Program {
        self.machine
            .as_ref()
            .map_or(Program::Usable, |machine| machine.0.program(path))
    }

    /// The text of a script; nothing when nothing is known.
    pub(crate) fn script_text(&self, path: &str) -> Option<String> {
        let machine = self.machine.as_ref().filter(|_| path.starts_with('/'))?;
        machine.0.script_text(path)
    }

    /// A file with a key; not known when nothing is.
    pub(crate) fn key_file(&self, path: &str) -> KeyFile {
        self.keys.map_or(KeyFile::Unknown, |read| read(path))
    }

    /// The host name, which is no address itself, is known to have no address.
    pub(crate) fn cannot_resolve(&self, name: &str) -> bool {
        let machine = self.machine.as_ref();
        name.parse::<IpAddr>().is_err() && machine.is_some_and(|machine| !machine.0.resolves(name))
    }

    /// The user is known not to be there.
    pub(crate) fn lacks_user(&self, name: &str) -> bool {
        self.machine
            .as_ref()
            .is_some_and(|machine| !machine.0.has_user(name))
    }
}

/// A configuration, what was wrong with it, and the files it came from.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The configuration. It can be used when [`Loaded::starts`] says so.
    pub config: Config,
    /// What was found, in file order, each thing once.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were read.
    pub sources: Sources,
    /// Where values of the configuration stand in them.
    pub places: Places,
}

impl Loaded {
    /// The daemon can start with it; otherwise the exit status it refuses with.
    pub fn starts(&self) -> Result<(), u8> {
        let refusal = self
            .diagnostics
            .iter()
            .filter_map(|diagnostic| match diagnostic.consequence {
                Consequence::Refuses(status) => Some(status),
                Consequence::Starts => None,
            })
            .max();
        let any_message = self.diagnostics.iter().any(|d| d.class > Class::Hint);
        match refusal {
            Some(status) => Err(status),
            None if self.config.global.reload_check_config && any_message => Err(2),
            None => Ok(()),
        }
    }

    /// The exit status that `keepalived -t` has for these files.
    ///
    /// What ends keepalived where it stands (a fatal diagnostic that refuses, an include that
    /// must be there) decides;
    /// then the highest class does.
    pub fn test_exit_status(&self) -> u8 {
        let ends = self.diagnostics.iter().find_map(|diagnostic| {
            match (diagnostic.class, diagnostic.consequence) {
                (Class::Fatal, Consequence::Refuses(status)) => Some(status),
                (Class::General, Consequence::Refuses(6)) => Some(6),
                _ => None,
            }
        });
        if let Some(status) = ends {
            return status;
        }
        let highest = self
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.class)
            .max();
        match highest {
            None | Some(Class::Hint | Class::Notice) => 0,
            Some(Class::FileNotFound | Class::BadInterface | Class::Fatal) => 4,
            Some(Class::General) => 5,
            Some(Class::Security) => 6,
        }
    }
}

/// Reads the files that match `pattern` and makes a configuration of them.
///
/// Never fails: what is wrong is in the diagnostics, and [`Loaded::starts`] sums them up.
pub fn load(files: &dyn Files, pattern: &str, environment: &Environment, host: &Host) -> Loaded {
    let (mut loaded, draft) = loaded_with_draft(files, pattern, environment, host);
    loaded.places = Places::of(&draft);
    loaded
}

/// As [`load`], without places, for a process that ends with the answer: what was made on the way
/// is left for the end of the process to take apart, which costs nothing.
pub fn load_once(
    files: &dyn Files,
    pattern: &str,
    environment: &Environment,
    host: &Host,
) -> &'static Loaded {
    let made = loaded_with_draft(files, pattern, environment, host);
    &Box::leak(Box::new(made)).0
}

fn loaded_with_draft(
    files: &dyn Files,
    pattern: &str,
    environment: &Environment,
    host: &Host,
) -> (Loaded, Draft) {
    let Reading {
        lines,
        sources,
        diagnostics,
    } = read(files, pattern, environment);
    let (draft, report) = interpret(&lines, files, false);
    drop(lines);
    let mut loaded = from_draft(&draft, report, host);
    loaded.diagnostics.extend(diagnostics);
    loaded.sources = sources;
    in_order(&mut loaded.diagnostics);
    (loaded, draft)
}

/// As [`load`], with every line that was understood.
pub(crate) fn load_written(
    files: &dyn Files,
    pattern: &str,
    environment: &Environment,
    host: &Host,
) -> (Loaded, Vec<Written>) {
    let reading = read(files, pattern, environment);
    let (draft, report) = interpret(&reading.lines, files, true);
    let written = report.written.clone().unwrap_or_default();
    let refused = report.refused.clone();
    let mut loaded = from_draft(&draft, report, host);
    loaded.places = Places::of(&draft);
    loaded.diagnostics.extend(reading.diagnostics);
    loaded.sources = reading.sources;
    in_order(&mut loaded.diagnostics);
    // What was refused on a line does not hold.
    let holds = |line: &Written| {
        !refused
            .iter()
            .any(|(keyword, order)| keyword == line.keyword && *order == line.order)
    };
    (loaded, written.into_iter().filter(holds).collect())
}

fn from_draft(draft: &Draft, mut report: Report, host: &Host) -> Loaded {
    let config = complete::complete(draft, host, &mut report);
    let mut diagnostics = report.diagnostics;
    in_order(&mut diagnostics);
    Loaded {
        config,
        diagnostics,
        sources: Sources::default(),
        places: Places::default(),
    }
}

/// Sorts by place, what has none last, and leaves each thing once.
fn in_order(diagnostics: &mut Vec<Diagnostic>) {
    let place =
        |span: Option<Span>| span.map_or((u32::MAX, 0, 0), |s| (s.file.0, s.line, s.column));
    diagnostics.sort_by_key(|diagnostic| place(diagnostic.span));
    diagnostics.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;

    /// A machine that has nothing and nobody.
    struct Bare;

    impl Machine for Bare {
        fn has_user(&self, _: &str) -> bool {
            false
        }

        fn program(&self, _: &str) -> Program {
            Program::Missing
        }

        fn resolves(&self, _: &str) -> bool {
            false
        }
    }

    fn found(text: &str) -> Vec<(u32, &'static str)> {
        let host = Host {
            machine: Some(SharedMachine(Arc::new(Bare))),
            ..Host::unknown("a")
        };
        let files = MemoryFiles::single("a.conf", text);
        let loaded = load(&files, "a.conf", &Environment::default(), &host);
        let found = loaded.diagnostics.iter();
        found
            .map(|found| (found.span.map_or(0, |span| span.line), found.code))
            .collect()
    }

    #[test]
    fn a_mail_server_needs_an_address() {
        let text = |server| format!("global_defs {{\nsmtp_server {server}\n}}\n");
        assert_eq!(found(&text("mail.example.com")), [(2, "unknown-host")]);
        assert_eq!(found(&text("192.0.2.1")), []);
    }

    /// A file `/good` with a key, a file `/open` that all may read.
    fn keys(path: &str) -> KeyFile {
        match path {
            "/good" => KeyFile::Read(b"0123456789abcdef0123456789abcdef\r\n".to_vec()),
            "/open" => KeyFile::Insecure,
            _ => KeyFile::Unreadable("no such file".to_owned()),
        }
    }

    #[test]
    fn keys_are_read_from_files_that_keep_secrets() {
        let text = "vrrp_instance V {\ninterface eth0\nvirtual_router_id 5\n\
                    virtual_ipaddress {\n192.0.2.9/24\n}\nauth_hmac {\nkey 1 file:/good\n\
                    key 2 file:/open\nkey 3 file:/none\nactive_key 1\n}\n}\n";
        let host = Host {
            keys: Some(keys),
            ..Host::unknown("a")
        };
        let files = MemoryFiles::single("a.conf", text);
        let loaded = load(&files, "a.conf", &Environment::default(), &host);
        let codes: Vec<&str> = loaded.diagnostics.iter().map(|d| d.code).collect();
        assert_eq!(codes, ["hmac-key-insecure", "hmac-key-invalid"]);
        assert_eq!(loaded.test_exit_status(), 6);
        let hmac = loaded.config.instances[0].hmac.as_ref().unwrap();
        assert_eq!(hmac.keys.keys().collect::<Vec<_>>(), [&1]);
        assert_eq!(hmac.keys[&1].0, b"0123456789abcdef0123456789abcdef");
    }

    #[test]
    fn what_tracks_a_script_that_nobody_runs_is_named_too() {
        let text = "global_defs {\nenable_script_security\n}\nvrrp_script c {\nscript /c\n}\n\
                    vrrp_instance V {\ninterface eth0\nvirtual_router_id 5\n\
                    virtual_ipaddress {\n192.0.2.9/24\n}\ntrack_script {\nc\n}\n}\n";
        let found = found(text);
        assert_eq!(found, [(5, "script-without-user"), (14, "unknown-script")]);
    }
}
