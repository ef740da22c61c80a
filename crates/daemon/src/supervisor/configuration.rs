//! From the files to a configuration this machine can run: reading, judging scripts, saying what
//! is wrong.

use std::collections::{BTreeMap, BTreeSet};

use vipd_config::diagnostic::{Class, log};
use vipd_config::files::DiskFiles;
use vipd_config::model::lvs::CheckerKind;
use vipd_config::model::{Check, Command, Config, Notify};
use vipd_config::{Host, load};

use super::Options;
use super::parts;
use super::security::{self, Judgement, Runnable};
use super::trackers::Tracked;
use crate::host;

/// Code of a diagnostic that is said in keepalived's words when the scripts have been judged.
const SAID_BELOW: &str = "script-security-off";

/// A configuration and what has to be said about it.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    /// What holds; scripts that are disabled are not in it.
    pub(crate) config: Config,
    /// The tracked scripts, ready to be run.
    pub(crate) tracked: Vec<Tracked>,
    /// The commands of checks of real servers, as they are run.
    pub(crate) misc: BTreeMap<Command, Runnable>,
    /// Log lines.
    pub(crate) messages: Vec<String>,
    /// The exit status keepalived has for it, when it cannot be run.
    pub(crate) refused: Option<u8>,
}

/// Reads the configuration of the command line, judged against this machine.
pub(crate) fn read(options: &Options) -> Configuration {
    let mut messages = Vec::new();
    let host = host::host().unwrap_or_else(|error| {
        messages.push(format!("the interfaces cannot be listed: {error}"));
        Host {
            keys: Some(host::key_file),
            ..Host::unknown(host::name())
        }
    });
    let environment = host::environment(options.config_id.as_deref(), options.all_config);
    let loaded = load(&DiskFiles, &options.config_file, &environment, &host);
    let refused = loaded.starts().err();
    messages.extend(
        loaded
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.class > Class::Hint && diagnostic.code != SAID_BELOW)
            .map(|diagnostic| log::render(diagnostic, &loaded.sources)),
    );
    let mut configuration = Configuration {
        // A copy takes the room it needs and no more, in what reading has left free; it stays
        // for as long as the daemon runs.
        config: loaded.config.clone(),
        tracked: Vec::new(),
        misc: BTreeMap::new(),
        messages,
        refused,
    };
    if refused.is_none() {
        configuration.judge_scripts();
    }
    configuration
}

impl Configuration {
    /// Finds out which scripts can be run, takes the others out, and says why.
    fn judge_scripts(&mut self) {
        let mut scripts = Scripts::default();
        self.judge_tracked(&mut scripts);
        for command in commands(&self.config) {
            // They are judged again when they are run: until then they may have been mended.
            scripts.judge(command, &self.config);
        }
        self.judge_checks(&mut scripts);
        self.messages.append(&mut scripts.messages);
        if scripts.any && !self.config.global.script_security {
            let insecure = if scripts.any_insecure {
                " There are insecure scripts."
            } else {
                ""
            };
            self.messages.push(format!(
                "SECURITY VIOLATION - scripts are being executed but script_security not enabled.{insecure}"
            ));
        }
    }

    fn judge_tracked(&mut self, scripts: &mut Scripts) {
        let mut disabled = BTreeSet::new();
        for script in &self.config.scripts {
            let runnable = match &script.check {
                Check::Run(command) => {
                    let judgement = scripts.judge(command, &self.config);
                    if judgement.runnable.is_none() {
                        let name = &script.name;
                        scripts
                            .messages
                            .push(format!("Disabling track script {name}"));
                        disabled.insert(name.clone());
                        continue;
                    }
                    judgement.runnable
                }
                Check::Connect { .. } | Check::Open(_) => None,
            };
            self.tracked.push(Tracked {
                script: script.clone(),
                runnable,
            });
        }
        self.take_out(&disabled);
    }

    /// Checks whose command cannot be run are not made.
    fn judge_checks(&mut self, scripts: &mut Scripts) {
        let commands: BTreeSet<&Command> = parts::check_commands(&self.config.lvs).collect();
        for command in commands {
            match scripts.judge(command, &self.config).runnable {
                Some(runnable) => drop(self.misc.insert(command.clone(), runnable)),
                None => scripts.messages.push(format!(
                    "Disabling MISC_CHECK {}",
                    command.argv.first().map_or("", String::as_str)
                )),
            }
        }
        let servers = self.config.lvs.servers.iter_mut();
        for server in servers.flat_map(|service| &mut service.servers) {
            server.checkers.retain(|checker| {
                let CheckerKind::Misc(check) = &checker.kind else {
                    return true;
                };
                self.misc.contains_key(&check.command)
            });
        }
    }

    /// What is disabled is tracked by nobody: it counts neither as up nor as down.
    fn take_out(&mut self, disabled: &BTreeSet<String>) {
        let config = &mut self.config;
        config
            .scripts
            .retain(|script| !disabled.contains(&script.name));
        for instance in &mut config.instances {
            instance
                .track_scripts
                .retain(|tracked| !disabled.contains(&tracked.name));
        }
        for group in &mut config.sync_groups {
            group
                .track_scripts
                .retain(|tracked| !disabled.contains(&tracked.name));
        }
    }
}

/// What was found about all scripts together.
#[derive(Default)]
struct Scripts {
    messages: Vec<String>,
    any: bool,
    any_insecure: bool,
}

impl Scripts {
    /// Judges a script. What is said about it is said once, however often it is used.
    fn judge(&mut self, command: &Command, config: &Config) -> Judgement {
        let judgement = security::judge(command, &config.global);
        self.any |= judgement.runnable.is_some();
        self.any_insecure |= judgement.is_insecure;
        for message in &judgement.messages {
            if !self.messages.contains(message) {
                self.messages.push(message.clone());
            }
        }
        judgement
    }
}

/// Every script that is not tracked.
fn commands(config: &Config) -> impl Iterator<Item = &Command> {
    let global = &config.global;
    let lvs_fifo = &config.lvs.global.notify_fifo;
    let fifos = [&global.notify_fifo, &global.vrrp_notify_fifo, lvs_fifo]
        .into_iter()
        .flatten()
        .filter_map(|fifo| fifo.script.as_ref());
    let at_ends = [&global.startup_script, &global.shutdown_script]
        .into_iter()
        .flatten()
        .map(|(command, _)| command);
    let instances = config.instances.iter().map(|instance| &instance.notify);
    let groups = config.sync_groups.iter().map(|group| &group.notify);
    fifos
        .chain(at_ends)
        .chain(instances.chain(groups).flat_map(notify_commands))
        .chain(parts::notify_commands(&config.lvs))
}

fn notify_commands(notify: &Notify) -> impl Iterator<Item = &Command> {
    [
        &notify.master,
        &notify.backup,
        &notify.fault,
        &notify.stop,
        &notify.deleted,
        &notify.any,
        &notify.master_rx_lower_pri,
    ]
    .into_iter()
    .flatten()
    .map(Box::as_ref)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use vipd_config::model::{Instance, TrackScript, Tracked as TrackedBy, Weight};

    use super::*;

    fn script(name: &str, check: Check) -> TrackScript {
        TrackScript {
            name: name.to_owned(),
            check,
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            weight: Weight::default(),
            rise: 1,
            fall: 1,
            init_fail: false,
        }
    }

    fn run(path: &str) -> Check {
        Check::Run(Command {
            argv: vec![path.to_owned()],
            user: None,
        })
    }

    fn configuration(scripts: Vec<TrackScript>) -> Configuration {
        let mut instance = Instance::new("VI_1", "eth0", 1);
        instance.track_scripts = scripts
            .iter()
            .map(|script| TrackedBy {
                name: script.name.clone(),
                weight: script.weight,
            })
            .collect();
        let mut configuration = Configuration::default();
        configuration.config.scripts = scripts;
        configuration.config.instances.push(instance);
        configuration
    }

    #[test]
    fn a_script_that_cannot_be_run_is_tracked_by_nobody() {
        let mut configuration = configuration(vec![
            script("good", run("/bin/true")),
            script("missing", run("/no/such/script")),
            script("port", Check::Open("/no/such/file".into())),
        ]);
        configuration.judge_scripts();
        let names = |tracked: &[TrackedBy]| -> Vec<String> {
            tracked.iter().map(|t| t.name.clone()).collect()
        };
        let config = &configuration.config;
        assert_eq!(names(&config.instances[0].track_scripts), ["good", "port"]);
        assert_eq!(config.scripts.len(), 2);
        assert_eq!(configuration.tracked.len(), 2);
        assert!(configuration.tracked[0].runnable.is_some());
        assert!(
            configuration
                .messages
                .iter()
                .any(|m| m == "Disabling track script missing"),
            "{:?}",
            configuration.messages
        );
    }

    #[test]
    fn running_scripts_without_security_is_told() {
        let mut with = configuration(vec![script("good", run("/bin/true"))]);
        with.judge_scripts();
        assert!(
            with.messages
                .last()
                .unwrap()
                .starts_with("SECURITY VIOLATION")
        );
        let mut without = configuration(vec![script("port", Check::Open("/x".into()))]);
        without.judge_scripts();
        assert!(without.messages.is_empty(), "{:?}", without.messages);
    }

    #[test]
    fn a_notify_script_that_is_missing_is_told_once() {
        let mut configuration = configuration(Vec::new());
        let missing = Some(Box::new(Command {
            argv: vec!["/no/such/script".to_owned()],
            user: None,
        }));
        let notify = &mut configuration.config.instances[0].notify;
        notify.master.clone_from(&missing);
        notify.backup = missing;
        configuration.judge_scripts();
        assert_eq!(
            configuration.messages.len(),
            1,
            "{:?}",
            configuration.messages
        );
    }
}
