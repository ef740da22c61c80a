//! The Debian packages that the tests need: finding out which are missing, installing them.

use std::process::{Command, Stdio};

use crate::run::{Failure, say};

/// A package and why it is needed.
struct Package {
    /// Its name in Debian.
    name: &'static str,
    /// A file it installs, by which it is found on any distribution.
    file: &'static str,
    /// Why it is needed.
    reason: &'static str,
}

/// Everything the tests run besides this project's own programs.
const PACKAGES: &[Package] = &[
    Package {
        name: "keepalived",
        file: "/usr/sbin/keepalived",
        reason: "the peer, and the judge of what a drop-in replacement does",
    },
    Package {
        name: "frr",
        file: "/usr/lib/frr/vrrpd",
        reason: "a peer of other make, for VRRP version 3",
    },
    Package {
        name: "tcpdump",
        file: "/usr/bin/tcpdump",
        reason: "captures the adverts that are compared byte by byte",
    },
    Package {
        name: "nginx",
        file: "/usr/sbin/nginx",
        reason: "the service of the three-node case",
    },
    Package {
        name: "dnsmasq-base",
        file: "/usr/sbin/dnsmasq",
        reason: "a name server behind a virtual server",
    },
    Package {
        name: "mariadb-server",
        file: "/usr/sbin/mariadbd",
        reason: "the service of the database case",
    },
    Package {
        name: "mariadb-client",
        file: "/usr/bin/mariadb",
        reason: "writes through the virtual address in the database case",
    },
    Package {
        name: "procps",
        file: "/usr/bin/pgrep",
        reason: "`ps -C keepalived` and `pkill keepalived` in check scripts",
    },
    Package {
        name: "psmisc",
        file: "/usr/bin/killall",
        reason: "`killall -0` in check scripts",
    },
    Package {
        name: "net-tools",
        file: "/bin/netstat",
        reason: "`netstat` in check scripts",
    },
    Package {
        name: "fish",
        file: "/usr/bin/fish",
        reason: "loads the completions for it",
    },
    Package {
        name: "zsh",
        file: "/usr/bin/zsh",
        reason: "loads the completions for it",
    },
    Package {
        name: "uidmap",
        file: "/usr/bin/newuidmap",
        reason: "several users in a user namespace, for tests by an ordinary user",
    },
    Package {
        name: "iproute2",
        file: "/usr/sbin/ip",
        reason: "`ip` in the verification steps of the cases",
    },
    Package {
        name: "nftables",
        file: "/usr/sbin/nft",
        reason: "shows the rules that were made",
    },
    Package {
        name: "ipvsadm",
        file: "/usr/sbin/ipvsadm",
        reason: "shows what is in the kernel's IPVS table, independently",
    },
];

/// What a virtual machine needs (`cargo xtask vm`), for tests of what not every kernel has.
const FOR_VM: &[Package] = &[
    Package {
        name: "qemu-system-x86",
        file: "/usr/bin/qemu-system-x86_64",
        reason: "the virtual machine",
    },
    Package {
        name: "busybox-static",
        file: "/bin/busybox",
        reason: "the programs of the virtual machine before it has files",
    },
    Package {
        name: "xz-utils",
        file: "/usr/bin/xz",
        reason: "unpacks the kernel of the virtual machine",
    },
    Package {
        name: "util-linux",
        file: "/usr/bin/setpriv",
        reason: "the virtual machine ends with the program that started it",
    },
];

/// Installs packages while nothing they bring may start a service. `$@`: the packages.
const INSTALL: &str = r#"
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -q -y --no-install-recommends "$@"; }
install "$@" || { apt-get update -q && install "$@"; }
"#;

/// Installs what is missing of everything, or says how to.
pub(crate) fn ensure() -> Result<(), Failure> {
    ensure_all(&[PACKAGES, FOR_VM])
}

/// Installs what a virtual machine needs, or says how to.
pub(crate) fn ensure_for_vm() -> Result<(), Failure> {
    ensure_all(&[FOR_VM])
}

fn ensure_all(wanted: &[&'static [Package]]) -> Result<(), Failure> {
    let missing = missing(wanted);
    if missing.is_empty() {
        return Ok(());
    }
    say("the tests need packages that are not installed:");
    for package in &missing {
        say(&format!("  {:16}{}", package.name, package.reason));
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let by_hand = format!(
        "install them: sudo apt-get install --no-install-recommends {}",
        names.join(" ")
    );
    if !succeeds(Command::new("apt-get").arg("--version")) {
        return Err(Failure(format!(
            "this is no Debian, so they cannot be installed from here; on Debian, {by_hand}"
        )));
    }
    let mut install = if is_root() {
        Command::new("sh")
    } else if succeeds(Command::new("sudo").args(["-n", "true"])) {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "sh"]);
        sudo
    } else {
        return Err(Failure(by_hand));
    };
    install.args(["-c", INSTALL, "sh"]).args(&names);
    say("installing them; no service is started");
    // Not `run`: the script is too long to be shown as a command line.
    if !matches!(install.status(), Ok(status) if status.success()) {
        return Err(Failure(format!("installing failed; {by_hand}")));
    }
    let still = self::missing(wanted);
    if still.is_empty() {
        return Ok(());
    }
    let files: Vec<&str> = still.iter().map(|package| package.file).collect();
    Err(Failure(format!(
        "still not there after installing: {}",
        files.join(", ")
    )))
}

/// The packages whose file is not there.
fn missing(wanted: &[&'static [Package]]) -> Vec<&'static Package> {
    wanted
        .iter()
        .copied()
        .flatten()
        .filter(|package| !std::path::Path::new(package.file).exists())
        .collect()
}

/// Whether this process is root's.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Whether a command can be run and succeeds; what it writes is not shown.
fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::run;

    #[test]
    fn the_install_script_is_valid_shell() {
        run(Command::new("sh").args(["-n", "-c", INSTALL])).unwrap();
    }

    #[test]
    fn every_package_says_why_once() {
        let all: Vec<&Package> = PACKAGES.iter().chain(FOR_VM).collect();
        for (number, package) in all.iter().enumerate() {
            assert!(!package.reason.is_empty());
            assert!(all[number + 1..].iter().all(|p| p.name != package.name));
        }
    }
}
