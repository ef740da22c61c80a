//! Text to a configuration, alone and in pairs.

use std::collections::BTreeMap;
use std::sync::Arc;

use vipd_config::diagnostic::terminal::{Style, render};
use vipd_config::diagnostic::{json, log};
use vipd_config::files::MemoryFiles;
use vipd_config::format::format;
use vipd_config::load::{KeyFile, Machine, Program, SharedMachine};
use vipd_config::reader::Environment;
use vipd_config::{Host, HostInterface, Loaded, load, pair};
use vipd_sim::machine;
use vipd_sim::proof::prove;

use crate::language::{BYTES_MAX, LIMITS};

/// Instances of both nodes up to which the flip proof is made.
const PROVEN_INSTANCES: usize = 4;
/// Things that can fail, roughly: tracked things and nodes beyond which it takes too long.
const PROVEN_TRACKED: usize = 6;

/// One file to a configuration, twice with the same result.
pub(crate) fn parser(bytes: &[u8]) {
    let host = Host::unknown("a");
    let loaded = read(bytes, &host);
    let again = read(bytes, &host);
    assert_eq!(loaded.config, again.config, "read twice, read differently");
    assert_eq!(loaded.diagnostics, again.diagnostics);
}

/// The canonical form is a fixed point and means the same.
pub(crate) fn printer(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(BYTES_MAX)];
    let form = format(bytes);
    assert_eq!(format(&form), form, "printed twice, printed differently");
    let host = Host::unknown("a");
    let (old, new) = (read(bytes, &host), read(&form, &host));
    if is_cut(&old) || is_cut(&new) {
        return;
    }
    assert_eq!(old.config, new.config, "the form means something else");
    assert_eq!(old.test_exit_status(), new.test_exit_status());
}

/// One file against a machine that has some of everything; all messages in all forms.
pub(crate) fn check(bytes: &[u8]) {
    let loaded = read(bytes, &machine());
    for diagnostic in &loaded.diagnostics {
        assert!(!render(diagnostic, &loaded.sources, Style::Plain).is_empty());
        assert!(!render(diagnostic, &loaded.sources, Style::Coloured).is_empty());
        let line = log::render(diagnostic, &loaded.sources);
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(json::render(diagnostic, &loaded.sources).is_object());
    }
    let refusal = loaded.starts().err();
    assert!(matches!(refusal, None | Some(2 | 6)), "{refusal:?}");
    let status = loaded.test_exit_status();
    assert!(matches!(status, 0 | 2 | 4 | 5 | 6), "{status}");
}

/// The files of two nodes, divided by a NUL byte.
pub(crate) fn pair(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let mut part = || read(parts.next().unwrap_or_default(), &Host::unknown("a"));
    let loaded = [("a", part()), ("b", part())];
    let (nodes, sources) = pair::nodes(loaded.iter().map(|(name, loaded)| (*name, loaded)));
    for diagnostic in pair::check(&nodes) {
        assert!(!render(&diagnostic, &sources, Style::Plain).is_empty());
        assert!(json::render(&diagnostic, &sources).is_object());
    }
    let size = |count: fn(&Loaded) -> usize| loaded.iter().map(|(_, node)| count(node)).sum();
    let instances: usize = size(|node| node.config.instances.len());
    let tracked: usize = size(|node| {
        let config = &node.config;
        let interfaces = config.instances.iter().map(|i| i.track_interfaces.len());
        let watched = config.ports.len() + config.processes.len() + config.files.len();
        config.scripts.len() + watched + interfaces.sum::<usize>()
    });
    let all_start = loaded.iter().all(|(_, node)| node.starts().is_ok());
    if all_start && instances <= PROVEN_INSTANCES && tracked <= PROVEN_TRACKED {
        let configs = loaded.map(|(name, node)| (name.to_owned(), node.config));
        let proof = prove(machine::machines(configs));
        let serious = proof.troubles().any(|(.., trouble)| trouble.is_serious());
        assert!(
            !(serious && proof.holds()),
            "holds in spite of a serious trouble"
        );
    }
}

fn read(bytes: &[u8], host: &Host) -> Loaded {
    let files = MemoryFiles::single("/k.conf", &bytes[..bytes.len().min(BYTES_MAX)]);
    let environment = Environment {
        limits: LIMITS,
        ..Environment::default()
    };
    load(&files, "/k.conf", &environment, host)
}

/// Reading ended at a bound, whose place depends on how the text is laid out.
fn is_cut(loaded: &Loaded) -> bool {
    let codes = ["too-much", "too-many-messages"];
    loaded
        .diagnostics
        .iter()
        .any(|diagnostic| codes.contains(&diagnostic.code))
}

/// A machine where answers depend on the name asked for.
struct Moody;

impl Machine for Moody {
    fn has_user(&self, name: &str) -> bool {
        !name.len().is_multiple_of(3)
    }

    fn program(&self, path: &str) -> Program {
        match path.len() % 3 {
            0 => Program::Usable,
            1 => Program::Missing,
            _ => Program::Insecure,
        }
    }

    fn resolves(&self, name: &str) -> bool {
        !name.len().is_multiple_of(3)
    }
}

fn machine() -> Host {
    let interface = HostInterface {
        addresses: vec![([10, 0, 0, 1].into(), 24)],
        ..HostInterface::default()
    };
    let lame = HostInterface {
        multicast: false,
        ..HostInterface::default()
    };
    let interfaces = [("eth0", interface), ("lo", lame)];
    let interfaces: BTreeMap<String, HostInterface> = interfaces
        .into_iter()
        .map(|(name, interface)| (name.to_owned(), interface))
        .collect();
    Host {
        interfaces: Some(interfaces),
        machine: Some(SharedMachine(Arc::new(Moody))),
        keys: Some(key),
        ..Host::unknown("a")
    }
}

fn key(path: &str) -> KeyFile {
    match path.len() % 3 {
        0 => KeyFile::Read(path.as_bytes().repeat(4)),
        1 => KeyFile::Insecure,
        _ => KeyFile::Unreadable("not there".to_owned()),
    }
}
