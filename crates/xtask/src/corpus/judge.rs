//! The machine that the verdicts of the corpus were made on.

use std::sync::Arc;

use vipd_config::load::{Machine, Program, SharedMachine};
use vipd_config::{Host, HostInterface};

/// Programs that the machine had; of all others named in the corpus it had none.
/// There `/bin` and `/sbin` are symbolic links, which keepalived takes for insecure.
const PROGRAMS: [&str; 15] = [
    "/bin/bash",
    "/bin/echo",
    "/bin/ping",
    "/bin/systemctl",
    "/etc/init.d/postgresql",
    "/sbin/service",
    "/usr/bin/killall",
    "/usr/bin/logger",
    "echo",
    "killall",
    "netstat",
    "pgrep",
    "pidof",
    "script",
    "systemctl",
];

/// Users that the machine had. It could ask no name server.
const USERS: [&str; 7] = ["root", "nobody", "daemon", "bin", "sys", "www-data", "mail"];

struct Judge;

impl Machine for Judge {
    fn has_user(&self, name: &str) -> bool {
        USERS.contains(&name)
    }

    fn program(&self, path: &str) -> Program {
        if !PROGRAMS.contains(&path) {
            Program::Missing
        } else if path.starts_with("/bin/") || path.starts_with("/sbin/") {
            Program::Insecure
        } else {
            Program::Usable
        }
    }

    fn resolves(&self, name: &str) -> bool {
        name == "localhost"
    }
}

/// The machine with these interfaces, and `lo`.
pub(super) fn host(interfaces: &[String]) -> Host {
    let names = interfaces.iter().map(String::as_str).chain(["lo"]);
    Host {
        hostname: "judge".to_owned(),
        interfaces: Some(
            names
                .map(|name| (name.to_owned(), HostInterface::default()))
                .collect(),
        ),
        machine: Some(SharedMachine(Arc::new(Judge))),
        keys: None,
    }
}
