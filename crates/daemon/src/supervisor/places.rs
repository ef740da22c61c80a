//! Where the daemon puts its files: PID files and dumps.

use std::path::{Path, PathBuf};

use super::Options;

/// Folder of everything that lasts as long as the daemon runs.
const RUN: &str = "/run";

/// The PID files of the supervisor and its children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PidFiles {
    /// Of the supervisor.
    pub(crate) supervisor: PathBuf,
    /// Of the VRRP process.
    pub(crate) vrrp: PathBuf,
    /// Of the checker process.
    pub(crate) checker: PathBuf,
}

/// What of the configuration decides where files are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named<'a> {
    /// `net_namespace`.
    pub(crate) namespace: Option<&'a str>,
    /// `instance`.
    pub(crate) instance: Option<&'a str>,
    /// `use_pid_dir`.
    pub(crate) use_pid_dir: bool,
}

impl Named<'_> {
    /// What is added to the syslog ident: `_NETNS_INSTANCE`.
    pub(crate) fn suffix(&self) -> String {
        [self.namespace, self.instance]
            .into_iter()
            .flatten()
            .flat_map(|name| ["_", name])
            .collect()
    }
}

/// Where the PID files are: what the command line says, else `/run/keepalived.pid`,
/// `/run/vrrp.pid` and `/run/checkers.pid`; with an instance name, a namespace or `use_pid_dir` in `/run/keepalived/`,
/// by the instance name, and in a folder for each namespace.
pub(crate) fn pid_files(options: &Options, named: Named<'_>) -> PidFiles {
    let program = match options.invoked_as.as_str() {
        "" => "vipd",
        name => name,
    };
    let mut folder = PathBuf::from(RUN);
    if named.use_pid_dir || named.instance.is_some() || named.namespace.is_some() {
        folder.push(program);
    }
    folder.extend(named.namespace);
    let instance = named
        .instance
        .map_or_else(String::new, |name| format!("_{name}"));
    // Under its own name vipd leaves the files of keepalived alone.
    let (vrrp, checker) = match program {
        "vipd" => ("vipd_vrrp", "vipd_checkers"),
        _ => ("vrrp", "checkers"),
    };
    let place = |given: &Option<PathBuf>, name: &str| {
        given
            .clone()
            .unwrap_or_else(|| folder.join(format!("{name}{instance}.pid")))
    };
    PidFiles {
        supervisor: place(&options.pid_file, program),
        vrrp: place(&options.vrrp_pid_file, vrrp),
        checker: place(&options.checker_pid_file, checker),
    }
}

/// Folder of dumps: `$TMPDIR` if it is absolute, else `/tmp`.
pub(crate) fn dump_folder() -> PathBuf {
    std::env::var_os("TMPDIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| Path::new("/tmp").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(name: &str, named: Named<'_>) -> (String, String) {
        let options = Options {
            invoked_as: name.to_owned(),
            ..Options::default()
        };
        let files = pid_files(&options, named);
        let same = files.vrrp.with_file_name("");
        assert_eq!(files.checker.with_file_name(""), same);
        (
            files.supervisor.display().to_string(),
            files.vrrp.display().to_string(),
        )
    }

    #[test]
    fn pid_files_are_where_keepalived_has_them() {
        let plain = places("keepalived", Named::default());
        assert_eq!(
            plain,
            ("/run/keepalived.pid".into(), "/run/vrrp.pid".into())
        );
        let named = Named {
            instance: Some("I"),
            ..Named::default()
        };
        assert_eq!(
            places("keepalived", named),
            (
                "/run/keepalived/keepalived_I.pid".into(),
                "/run/keepalived/vrrp_I.pid".into()
            )
        );
        let named = Named {
            namespace: Some("blue"),
            ..Named::default()
        };
        assert_eq!(
            places("keepalived", named).0,
            "/run/keepalived/blue/keepalived.pid"
        );
        assert_eq!(
            places("vipd", Named::default()),
            ("/run/vipd.pid".into(), "/run/vipd_vrrp.pid".into())
        );
    }

    #[test]
    fn the_command_line_beats_the_rest() {
        let options = Options {
            invoked_as: "keepalived".into(),
            pid_file: Some("/x/a.pid".into()),
            ..Options::default()
        };
        let files = pid_files(&options, Named::default());
        assert_eq!(files.supervisor, Path::new("/x/a.pid"));
        assert_eq!(files.vrrp, Path::new("/run/vrrp.pid"));
    }

    #[test]
    fn the_log_ident_names_namespace_and_instance() {
        let named = Named {
            namespace: Some("blue"),
            instance: Some("I"),
            use_pid_dir: false,
        };
        assert_eq!(named.suffix(), "_blue_I");
    }
}
