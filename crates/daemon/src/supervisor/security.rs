//! Who a script runs as, where it is found, and whether somebody else could put something in its
//! place. Every refusal names the part of the path, its owner and mode, and the command that
//! mends it.
//!
//! A symbolic link in the path is followed and the path it leads to is judged. (keepalived 2.4
//! refuses every script behind a linked directory, so everything in `/bin` of a modern system;
//! keepalived 2.2 follows links as is done here.)

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use vipd_config::model::{Command, Global, ScriptUser};
use vipd_linux::files::{self, Step, StepKind};
use vipd_linux::users::{self, Identity};

/// The user that scripts run as when it exists and the file names no other.
const DEFAULT_USER: &str = "keepalived_script";

/// A script that may be run: all of its path found, its user known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runnable {
    /// Program by its full path, and its arguments.
    pub argv: Vec<String>,
    /// Who it runs as.
    pub identity: Identity,
    /// Groups it has (`set_supplementary_groups`).
    pub groups: Option<Vec<u32>>,
}

/// What was found about a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// How to run it; none when it is disabled.
    pub runnable: Option<Runnable>,
    /// What has to be said about it, each a whole log line.
    pub messages: Vec<String>,
    /// Somebody other than the administrator could change what runs as the administrator.
    pub is_insecure: bool,
}

impl Judgement {
    fn disabled(message: String) -> Self {
        Self {
            messages: vec![message],
            ..Self::default()
        }
    }
}

/// Judges a script on this machine. `program` of the command is searched in `$PATH` when it has
/// no folder.
pub fn judge(command: &Command, global: &Global) -> Judgement {
    let search = env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    match identity(command.user.as_ref(), global) {
        Ok(identity) => {
            let mut judgement = judge_as(command, identity, global.script_security, &search);
            if global.supplementary_groups
                && Identity::current().uid == Identity::ROOT.uid
                && let Some(runnable) = &mut judgement.runnable
            {
                runnable.groups = Some(users::groups_of(identity));
            }
            judgement
        }
        Err(message) => Judgement::disabled(format!(
            "script '{}' is disabled: {message}",
            program(command)
        )),
    }
}

/// Who runs a script: the user given with it, else `script_user`, else the user
/// `keepalived_script` if there is one, else the administrator (not with
/// `enable_script_security`). A daemon that does not run as the administrator runs all as itself.
pub fn identity(user: Option<&ScriptUser>, global: &Global) -> Result<Identity, String> {
    let own = Identity::current();
    if own.uid != Identity::ROOT.uid {
        return Ok(own);
    }
    if let Some(given) = user.or(global.script_user.as_ref()) {
        return users::identity(&given.user, given.group.as_deref())
            .map_err(|error| error.to_string());
    }
    match users::identity(DEFAULT_USER, None) {
        Ok(identity) => Ok(identity),
        Err(_) if global.script_security => Err(format!(
            "enable_script_security is set, no script_user is given, and there is no user \
             `{DEFAULT_USER}`; say `script_user root` or make that user"
        )),
        Err(_) => Ok(own),
    }
}

fn program(command: &Command) -> &str {
    command.argv.first().map_or("", String::as_str)
}

fn judge_as(command: &Command, identity: Identity, refuse: bool, search: &OsStr) -> Judgement {
    let name = program(command);
    let Some(path) = locate(name, search) else {
        return Judgement::disabled(format!(
            "Script {name} cannot be found in the folders of PATH - disabling"
        ));
    };
    let mut judgement = Judgement::default();
    if !name.contains('/') {
        judgement.messages.push(format!(
            "WARNING - script `{name}` resolved by path search to `{}`. Please specify full path.",
            path.display()
        ));
    }
    let steps = match files::steps(&path) {
        Ok(steps) => steps,
        Err(error) => {
            judgement.messages.push(format!(
                "Script {} cannot be accessed - {} - disabling",
                path.display(),
                error.source
            ));
            return judgement;
        }
    };
    if let Some(message) = not_runnable(&path, &steps, identity) {
        judgement.messages.push(message);
        return judgement;
    }
    judgement.is_insecure = report_insecure(&path, &steps, identity, refuse, &mut judgement);
    if !(judgement.is_insecure && refuse) {
        let mut argv = command.argv.clone();
        argv[0] = path.to_string_lossy().into_owned();
        judgement.runnable = Some(Runnable {
            argv,
            identity,
            groups: None,
        });
    }
    judgement
}

/// The path of a program: as given when it has a folder, else the first match in `search`.
fn locate(name: &str, search: &OsStr) -> Option<PathBuf> {
    if name.contains('/') {
        return std::path::absolute(name).ok();
    }
    if name.is_empty() {
        return None;
    }
    env::split_paths(search)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Why a path cannot be run by this user at all.
fn not_runnable(path: &Path, steps: &[Step], identity: Identity) -> Option<String> {
    let script = path.display();
    let last = steps.last()?;
    if last.kind == StepKind::Directory {
        return Some(format!(
            "Wrong file type found in script path '{script}': it is a directory - disabling"
        ));
    }
    if may_execute(last, identity) {
        return None;
    }
    Some(format!(
        "WARNING - script '{script}' is not executable for uid:gid {}:{} (mode {:04o}, owner {}) \
         - disabling. To mend: chmod a+x {}",
        identity.uid,
        identity.gid,
        last.mode,
        owner(last),
        last.path.display()
    ))
}

fn may_execute(step: &Step, identity: Identity) -> bool {
    let bit = if identity.uid == 0 {
        0o111
    } else if identity.uid == step.owner.uid {
        0o100
    } else if identity.gid == step.owner.gid {
        0o010
    } else {
        0o001
    };
    step.mode & bit != 0
}

/// Says of every part of the path how somebody else could change what is run. Only scripts that
/// run with the rights of the administrator are looked at.
fn report_insecure(
    path: &Path,
    steps: &[Step],
    identity: Identity,
    refuse: bool,
    judgement: &mut Judgement,
) -> bool {
    let set_id = steps.last().is_some_and(|last| last.mode & 0o6000 != 0);
    if identity.uid != 0 && identity.gid != 0 && !set_id {
        return false;
    }
    let consequence = if refuse { " - disabling" } else { "" };
    let faults: Vec<String> = steps.iter().filter_map(fault).collect();
    for fault in &faults {
        judgement.messages.push(format!(
            "Unsafe permissions found for script '{}'{consequence}: {fault}",
            path.display()
        ));
    }
    !faults.is_empty()
}

/// What is wrong with one part of a path, and what mends it.
fn fault(step: &Step) -> Option<String> {
    let path = step.path.display();
    let what = match step.kind {
        StepKind::Directory => "directory",
        StepKind::File | StepKind::Other => "file",
    };
    let state = format!("(mode {:04o}, owner {})", step.mode, owner(step));
    if step.owner.uid != 0 {
        return Some(format!(
            "{what} {path} does not belong to root {state}; to mend: chown root {path}"
        ));
    }
    // In a sticky directory only the owner of a file may replace it.
    if step.kind == StepKind::Directory && step.mode & 0o1000 != 0 {
        return None;
    }
    if step.mode & 0o002 != 0 {
        return Some(format!(
            "{what} {path} can be changed by everybody {state}; to mend: chmod o-w {path}"
        ));
    }
    if step.mode & 0o020 != 0 && step.owner.gid != 0 {
        return Some(format!(
            "{what} {path} can be changed by its group {state}; to mend: chmod g-w {path}"
        ));
    }
    None
}

fn owner(step: &Step) -> String {
    format!(
        "{}:{}",
        users::user_name(step.owner.uid),
        users::group_name(step.owner.gid)
    )
}

#[cfg(test)]
mod tests;
