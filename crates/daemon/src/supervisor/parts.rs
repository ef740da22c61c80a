//! The parts of the daemon: which of them a configuration needs, and what of it each of them gets.

use std::collections::{BTreeMap, BTreeSet};

use vipd_config::model::lvs::{CheckerKind, Lvs};
use vipd_config::model::{Command, Config, Statics};

use super::Options;
use super::security::Runnable;

/// Which processes are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The VRRP process.
    pub(crate) vrrp: bool,
    /// The checker process.
    pub(crate) checker: bool,
}

impl Wanted {
    /// Those of which something is configured, unless the command line asks for one alone (`-P`,
    /// `-C`) or for all (`--all`). The VRRP process is there also when nothing at all is configured.
    pub(crate) fn of(options: &Options, config: &Config) -> Self {
        let (only_vrrp, only_checker) = (options.only_vrrp, options.only_checker);
        let may_vrrp = only_vrrp || !only_checker;
        let may_checker = only_checker || !only_vrrp;
        let has_servers = !config.lvs.servers.is_empty();
        Self {
            vrrp: may_vrrp && (options.run_all || !has_servers || has_vrrp(config)),
            checker: may_checker && (options.run_all || has_servers),
        }
    }
}

/// Something of VRRP is configured.
fn has_vrrp(config: &Config) -> bool {
    let statics = &config.statics;
    !config.instances.is_empty() || !config.sync_groups.is_empty() || *statics != Statics::default()
}

/// What the VRRP process gets.
pub(crate) fn for_vrrp(config: &Config) -> Config {
    Config {
        root: config.root.clone(),
        global: config.global.clone(),
        scripts: config.scripts.clone(),
        ports: config.ports.clone(),
        files: config.files.clone(),
        processes: config.processes.clone(),
        instances: config.instances.clone(),
        sync_groups: config.sync_groups.clone(),
        interface_delays: config.interface_delays.clone(),
        garp_groups: config.garp_groups.clone(),
        statics: config.statics.clone(),
        linkbeat: config.linkbeat.clone(),
        lvs: Lvs::default(),
    }
}

/// What the checker process gets.
pub(crate) fn for_checker(config: &Config) -> Config {
    Config {
        root: config.root.clone(),
        global: config.global.clone(),
        files: config.files.clone(),
        lvs: config.lvs.clone(),
        ..Config::default()
    }
}

/// What the checker process may have run: what the configuration names.
#[derive(Debug, Default)]
pub(crate) struct Permitted {
    /// Commands of checks, as they are run.
    checks: BTreeMap<Command, Runnable>,
    /// Commands that tell of changes.
    notify: BTreeSet<Command>,
    /// The same, of the configuration before: what a reload removes is told still.
    notify_before: BTreeSet<Command>,
}

impl Permitted {
    /// Another configuration holds.
    pub(crate) fn reconfigure(&mut self, config: &Config, checks: BTreeMap<Command, Runnable>) {
        let notify = notify_commands(&config.lvs).cloned().collect();
        self.notify_before = std::mem::replace(&mut self.notify, notify);
        self.checks = checks;
    }

    /// How the command of a check is run.
    pub(crate) fn check(&self, command: &Command) -> Option<&Runnable> {
        self.checks.get(command)
    }

    /// Whether this command may tell of changes.
    pub(crate) fn notifies(&self, command: &Command) -> bool {
        self.notify.contains(command) || self.notify_before.contains(command)
    }
}

/// Every command that tells of changes.
pub(crate) fn notify_commands(lvs: &Lvs) -> impl Iterator<Item = &Command> {
    lvs.servers.iter().flat_map(|service| {
        let servers = service.servers.iter();
        [&service.quorum_up, &service.quorum_down]
            .into_iter()
            .chain(servers.flat_map(|server| [&server.notify_up, &server.notify_down]))
            .flatten()
            .map(Box::as_ref)
    })
}

/// Every command of a check.
pub(crate) fn check_commands(lvs: &Lvs) -> impl Iterator<Item = &Command> {
    let servers = lvs.servers.iter().flat_map(|service| &service.servers);
    servers
        .flat_map(|server| &server.checkers)
        .filter_map(|checker| {
            let CheckerKind::Misc(check) = &checker.kind else {
                return None;
            };
            Some(&check.command)
        })
}

#[cfg(test)]
mod tests {
    use vipd_config::model::Instance;

    use super::*;

    fn wanted(options: &Options, blocks: &str) -> (bool, bool) {
        let mut config = Config::default();
        if blocks.contains("vrrp") {
            config.instances.push(Instance::new("A", "eth0", 1));
        }
        if blocks.contains("server") {
            config.lvs = balanced();
        }
        let wanted = Wanted::of(options, &config);
        (wanted.vrrp, wanted.checker)
    }

    fn balanced() -> Lvs {
        let text = "virtual_server 192.0.2.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind NAT\n \
                    quorum_up /bin/up\n real_server 192.0.2.2 80 {\n notify_down /bin/down\n \
                    MISC_CHECK {\n misc_path /bin/check\n }\n }\n}\n";
        let files = vipd_config::files::MemoryFiles::single("a.conf", text);
        let environment = vipd_config::reader::Environment::default();
        let host = vipd_config::Host::unknown("here");
        vipd_config::load(&files, "a.conf", &environment, &host)
            .config
            .lvs
            .clone()
    }

    #[test]
    fn processes_are_there_for_what_is_configured() {
        let usual = Options::default();
        let only = |only_vrrp, only_checker, run_all| Options {
            only_vrrp,
            only_checker,
            run_all,
            ..Options::default()
        };
        for (options, blocks, expected) in [
            (&usual, "vrrp", (true, false)),
            (&usual, "server", (false, true)),
            (&usual, "vrrp server", (true, true)),
            (&usual, "", (true, false)),
            (&only(true, false, false), "vrrp server", (true, false)),
            (&only(false, true, false), "vrrp server", (false, true)),
            (&only(true, true, false), "vrrp server", (true, true)),
            (&only(false, true, false), "vrrp", (false, false)),
            (&only(false, false, true), "vrrp", (true, true)),
        ] {
            assert_eq!(wanted(options, blocks), expected, "{blocks}: {options:?}");
        }
    }

    #[test]
    fn nothing_is_run_that_no_configuration_names() {
        let config = Config {
            lvs: balanced(),
            ..Config::default()
        };
        let names = |commands: Vec<&Command>| -> Vec<String> {
            commands.iter().map(|c| c.argv[0].clone()).collect()
        };
        let notify = notify_commands(&config.lvs).collect();
        assert_eq!(names(notify), ["/bin/up", "/bin/down"]);
        let checks: Vec<&Command> = check_commands(&config.lvs).collect();
        assert_eq!(names(checks.clone()), ["/bin/check"]);
        let mut permitted = Permitted::default();
        permitted.reconfigure(&config, BTreeMap::new());
        let up = notify_commands(&config.lvs).next().unwrap().clone();
        let other = Command {
            argv: vec!["/bin/other".into()],
            user: None,
        };
        assert!(permitted.notifies(&up) && !permitted.notifies(&other));
        assert_eq!(permitted.check(checks[0]), None);
        // What a reload takes away may still tell of its end, but not for ever.
        permitted.reconfigure(&Config::default(), BTreeMap::new());
        assert!(permitted.notifies(&up));
        permitted.reconfigure(&Config::default(), BTreeMap::new());
        assert!(!permitted.notifies(&up));
    }
}
