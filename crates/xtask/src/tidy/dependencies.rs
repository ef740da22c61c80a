//! Rules about manifests: dependencies point one way, and every crate has the common lints.

use super::File;

/// What a crate may depend on.
struct MayUse {
    /// The folder in `crates/`.
    folder: &'static str,
    /// The crates of this workspace that it may use.
    own: &'static [&'static str],
    /// The crates from elsewhere that it may use; none listed: any.
    foreign: Option<&'static [&'static str]>,
}

/// The direction of dependencies, as ARCHITECTURE.md draws it.
const DIRECTION: &[MayUse] = &[
    MayUse {
        folder: "config",
        own: &[],
        foreign: Some(&["annotate-snippets", "serde", "serde_json", "strsim"]),
    },
    MayUse {
        folder: "engine",
        own: &["vipd-config"],
        foreign: Some(&["hmac", "md-5", "serde", "sha2"]),
    },
    MayUse {
        folder: "sim",
        own: &["vipd-config", "vipd-engine"],
        foreign: Some(&["serde", "serde_json"]),
    },
    MayUse {
        folder: "linux",
        own: &[],
        foreign: None,
    },
    MayUse {
        folder: "lab",
        own: &["vipd-linux"],
        foreign: None,
    },
    MayUse {
        folder: "daemon",
        own: &["vipd-config", "vipd-engine", "vipd-linux"],
        foreign: None,
    },
    MayUse {
        folder: "vipd",
        own: &[
            "vipd-config",
            "vipd-daemon",
            "vipd-engine",
            "vipd-lab",
            "vipd-linux",
            "vipd-sim",
        ],
        foreign: None,
    },
    MayUse {
        folder: "fuzz",
        own: &[
            "vipd-config",
            "vipd-daemon",
            "vipd-engine",
            "vipd-linux",
            "vipd-sim",
        ],
        foreign: Some(&["postcard"]),
    },
    MayUse {
        folder: "xtask",
        own: &["vipd-config"],
        foreign: Some(&["serde_json"]),
    },
];

/// Checks one manifest.
pub(super) fn check(manifest: &File, offences: &mut Vec<String>) {
    let Some(folder) = manifest
        .path
        .strip_prefix("crates/")
        .and_then(|path| path.strip_suffix("/Cargo.toml"))
    else {
        return;
    };
    if !manifest.text.contains("[lints]\nworkspace = true") {
        offences.push(format!(
            "{}: does not take the lints of the workspace",
            manifest.path
        ));
    }
    let Some(may_use) = DIRECTION.iter().find(|may_use| may_use.folder == folder) else {
        offences.push(format!(
            "{}: a new crate; say in xtask's tidy/dependencies.rs what it may depend on",
            manifest.path
        ));
        return;
    };
    for name in dependencies(&manifest.text) {
        let fine = if name.starts_with("vipd-") {
            may_use.own.contains(&name)
        } else {
            may_use.foreign.is_none_or(|list| list.contains(&name))
        };
        if !fine {
            offences.push(format!("{}: must not depend on {name}", manifest.path));
        }
    }
}

/// The names under `[dependencies]`.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(folder: &str, dependencies: &str) -> usize {
        let mut offences = Vec::new();
        let file = File {
            path: format!("crates/{folder}/Cargo.toml"),
            text: format!(
                "[lints]\nworkspace = true\n\n[dependencies]\n{dependencies}\n\
                 [dev-dependencies]\ntokio.workspace = true\n"
            ),
        };
        check(&file, &mut offences);
        offences.len()
    }

    #[test]
    fn dependencies_point_one_way() {
        assert_eq!(offences("engine", "serde.workspace = true"), 0);
        assert_eq!(offences("engine", "vipd-linux.workspace = true"), 1);
        assert_eq!(offences("engine", "tokio = { version = \"1\" }"), 1);
        assert_eq!(offences("daemon", "tokio.workspace = true"), 0);
        assert_eq!(offences("linux", "vipd-daemon.workspace = true"), 1);
        assert_eq!(offences("brandnew", ""), 1);
    }
}
