//! What this machine says about itself to those who read a configuration.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use vipd_config::load::{KeyFile, Machine, Program, SharedMachine};
use vipd_config::model::{Command, Global};
use vipd_config::reader::Environment;
use vipd_config::{Host, HostInterface};
pub use vipd_linux::heap::build_and_end;
use vipd_linux::netlink::Route;
use vipd_linux::secrets::{self, Secret};
use vipd_linux::{Error, users};

use crate::supervisor::security;

/// Name of this machine, or `localhost` when it has none.
pub fn name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" | "(none)" => "localhost".to_owned(),
        name => name.to_owned(),
    }
}

/// What reading depends on: the word for `@ID` lines (`-i`, else the host name up to its first
/// dot), whether every `include` must match (`-e`), and the environment variables.
pub fn environment(config_id: Option<&str>, check_all_includes: bool) -> Environment {
    let own = name();
    let id = config_id.unwrap_or_else(|| own.split('.').next().unwrap_or_default());
    Environment {
        config_id: id.to_owned(),
        variables: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        random_seed: seed(),
        check_all_includes,
        ..Environment::default()
    }
}

/// A number that differs from start to start.
fn seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| u64::from(now.subsec_nanos()) ^ now.as_secs() << 30)
}

/// This machine with its interfaces, in the network namespace the process is in. Of its programs
/// and users it says nothing.
pub fn host() -> Result<Host, Error> {
    let mut route = Route::open()?;
    let links = route.links()?;
    let mut addresses: BTreeMap<u32, Vec<(IpAddr, u8)>> = BTreeMap::new();
    for address in route.addresses(None)? {
        let of_link = addresses.entry(address.index).or_default();
        of_link.push((address.address, address.prefix_len));
    }
    let interfaces: BTreeMap<String, HostInterface> = links
        .into_iter()
        .map(|link| {
            let interface = HostInterface {
                addresses: addresses.remove(&link.index).unwrap_or_default(),
                mtu: link.mtu_bytes,
                multicast: link.multicasts,
            };
            (link.name, interface)
        })
        .collect();
    Ok(Host {
        hostname: name(),
        interfaces: Some(interfaces),
        machine: None,
        keys: Some(key_file),
    })
}

/// The same, with its users and programs: for those who check a configuration without running it.
/// (The daemon judges scripts by itself, with more to say about them.)
pub fn host_with_programs() -> Result<Host, Error> {
    Ok(Host {
        machine: Some(SharedMachine(Arc::new(Programs))),
        ..host()?
    })
}

/// A file of this machine with a key.
pub(crate) fn key_file(path: &str) -> KeyFile {
    match secrets::read(Path::new(path)) {
        Ok(Secret::Read(bytes)) => KeyFile::Read(bytes),
        Ok(Secret::Exposed) => KeyFile::Insecure,
        Err(error) => KeyFile::Unreadable(error.to_string()),
    }
}

/// The users and programs of this machine.
struct Programs;

impl Machine for Programs {
    fn has_user(&self, name: &str) -> bool {
        users::identity(name, None).is_ok()
    }

    fn program(&self, path: &str) -> Program {
        let command = Command {
            argv: vec![path.to_owned()],
            user: None,
        };
        // Whether it is secure depends on who runs it, which is not known here.
        match security::judge(&command, &Global::default()).runnable {
            Some(_) => Program::Usable,
            None => Program::Missing,
        }
    }

    fn resolves(&self, name: &str) -> bool {
        (name, 0).to_socket_addrs().is_ok()
    }

    fn script_text(&self, path: &str) -> Option<String> {
        text(path).filter(|text| text.starts_with("#!"))
    }

    fn firewall(&self) -> Option<String> {
        let files = FIREWALLS.iter();
        let mut closed = files.filter(|path| text(path).is_some_and(|text| drops_vrrp(&text)));
        closed.next().map(|path| (*path).to_owned())
    }
}

/// Files that firewalls are loaded from at boot.
const FIREWALLS: [&str; 6] = [
    "/etc/nftables.conf",
    "/etc/sysconfig/nftables.conf",
    "/etc/iptables/rules.v4",
    "/etc/sysconfig/iptables",
    "/etc/iptables/iptables.rules",
    "/etc/firewalld/zones/public.xml",
];

/// Of a file no more than this is read.
const MOST_BYTES: u64 = 65_536;

/// The text of a regular file, or its beginning.
fn text(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let file = std::fs::metadata(path)
        .ok()
        .filter(std::fs::Metadata::is_file);
    file?;
    let file = std::fs::File::open(path).ok()?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Such a file lets in only what it names, and VRRP is not among it.
fn drops_vrrp(text: &str) -> bool {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.starts_with('#') && !line.is_empty());
    let (mut drops, mut names) = (false, false);
    for line in lines {
        let line = line.to_lowercase();
        drops |= line.starts_with(":input drop")
            || line.contains("hook input") && line.contains("policy drop")
            || line.contains("<zone") && !line.contains("accept");
        names |= ["vrrp", "112", "224.0.0.18", "include "]
            .iter()
            .any(|word| line.contains(word));
    }
    drops && !names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_has_a_loopback_interface() {
        let host = host().unwrap();
        assert!(host.interfaces.unwrap().contains_key("lo"));
        assert!(!host.hostname.is_empty());
    }

    #[test]
    fn programs_and_users_are_those_of_this_machine() {
        assert_eq!(Programs.program("/bin/sh"), Program::Usable);
        assert_eq!(Programs.program("/nowhere/at/all"), Program::Missing);
        assert!(Programs.has_user("root") && !Programs.has_user("no such user"));
    }

    #[test]
    fn a_firewall_that_does_not_name_vrrp_drops_it() {
        let nft = "table inet f {\n chain i {\n type filter hook input priority 0; policy drop;\n";
        assert!(drops_vrrp(&format!("{nft} tcp dport 22 accept\n}}\n}}\n")));
        assert!(!drops_vrrp(&format!(
            "{nft} meta l4proto vrrp accept\n}}\n}}\n"
        )));
        assert!(drops_vrrp(
            "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\n"
        ));
        assert!(!drops_vrrp(
            "*filter\n:INPUT DROP [0:0]\n-A INPUT -p 112 -j ACCEPT\n"
        ));
        assert!(!drops_vrrp("*filter\n:INPUT ACCEPT [0:0]\n"));
        assert!(drops_vrrp("<zone>\n<service name=\"ssh\"/>\n</zone>\n"));
        assert!(!drops_vrrp("<zone target=\"ACCEPT\">\n</zone>\n"));
    }

    #[test]
    fn the_word_for_conditional_lines_is_the_short_name_unless_given() {
        assert_eq!(environment(Some("a.b"), false).config_id, "a.b");
        assert!(!environment(None, true).config_id.contains('.'));
    }
}
