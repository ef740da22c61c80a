//! keepalived's command line, as data: what goes in, what comes out. What keepalived 2.2.7 wrote
//! for the same words is what stands here, where it is not a mistake of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with the program under the name `keepalived`, and files to read.
struct Site {
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        symlink(env!("CARGO_BIN_EXE_vipd"), folder.path().join("keepalived")).unwrap();
        Self { folder }
    }

    fn with(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    fn run(&self, line: &str) -> Output {
        Command::new("./keepalived")
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Words, exit status, standard output, standard error.
type Case = (&'static str, i32, &'static str, &'static str);

fn check(site: &Site, cases: &[Case]) {
    for (line, status, out, err) in cases {
        let output = site.run(line);
        let found = (
            *line,
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        assert_eq!(
            found,
            (*line, *status, (*out).to_owned(), (*err).to_owned())
        );
    }
}

#[test]
fn questions_and_mistakes() {
    check(
        &Site::new(),
        &[
            ("--signum STOP", 0, "15\n", ""),
            ("--signum=RELOAD", 0, "1\n", ""),
            ("--sig DATA", 0, "10\n", ""),
            ("--signum STATS", 0, "12\n", ""),
            ("--signum STATS_CLEAR", 0, "63\n", ""),
            ("--signum JSON", 0, "36\n", ""),
            ("a --signum STOP RELOAD", 0, "15\n", ""),
            ("--signum foo", 1, "", "Unknown sigfunc foo\n"),
            ("-Z", 1, "", "Unknown option -Z\n"),
            ("--nonsense", 1, "", "Unknown option --nonsense\n"),
            ("--vrrp=3", 1, "", "Unknown option --vrrp=3\n"),
            ("--dont", 1, "", "Unknown option --dont\n"),
            ("--sn", 1, "", "Unknown option --sn\n"),
            ("-f", 1, "", "Missing parameter for option -f\n"),
            ("-nlf", 1, "", "Missing parameter for option -f\n"),
            (
                "--use-file= -t",
                1,
                "",
                "Missing parameter for option --use-file\n",
            ),
            (
                "-Z a b",
                1,
                "Unexpected argument(s): a b \n",
                "Unknown option -Z\n",
            ),
            (
                "a -Z -- -b",
                1,
                "Unexpected argument(s): a -b \n",
                "Unknown option -Z\n",
            ),
        ],
    );
}

#[test]
fn version_and_help_go_to_standard_error() {
    let site = Site::new();
    for line in ["-v", "--version", "--ver", "-nlv", "-v a", "a -v -Z"] {
        let output = site.run(line);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with("Keepalived v2.4.3 (vipd "), "{line}");
        assert!(output.status.success() && output.stdout.is_empty());
    }
    let output = site.run("-nlZv");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("Unknown option -Z\nKeepalived v"));
    assert_eq!(output.status.code(), Some(0));
    for line in ["-h", "--help", "a -h"] {
        let output = site.run(line);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with("Usage: ./keepalived "), "{line}");
        assert!(output.status.success() && output.stdout.is_empty());
    }
}

/// A configuration about which there is nothing to say on any machine.
const CLEAN: &str = "global_defs {\n  router_id a\n}\n";

/// A clean one with a script, and without `enable_script_security`.
const WITH_SCRIPT: &str = "vrrp_script s {\n  script \"/bin/true\"\n}\n\
    vrrp_instance V {\n  interface lo\n  virtual_router_id 5\n  virtual_ipaddress {\n    \
    192.0.2.9/24\n  }\n  track_script {\n    s\n  }\n}\n";

fn site_with_files() -> Site {
    Site::new()
        .with("clean.conf", CLEAN)
        .with("unknown.conf", "foo\n")
        .with("script.conf", WITH_SCRIPT)
        .with(
            "lacking.conf",
            "vrrp_instance V {\n  virtual_router_id\n}\n",
        )
        .with("include.conf", "includem /nowhere/at/all\n")
        .with("empty.conf", "")
}

#[test]
fn config_test_has_keepalived_s_exit_status() {
    let site = site_with_files();
    for (line, status) in [
        ("-t -f clean.conf", 0),
        ("-t -f empty.conf", 0),
        ("-t -f nowhere.conf", 0),
        ("-t -fclean.conf", 0),
        ("-t -f unknown.conf", 5),
        ("--config-te --use-fi unknown.conf", 5),
        ("-t -f script.conf", 6),
        ("-t -f lacking.conf", 2),
        ("-t -f include.conf", 6),
        ("-S mail -t -f clean.conf", 5),
        ("-u 999 -t -f clean.conf", 0),
    ] {
        let output = site.run(line);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{line}\n{text}");
    }
}

#[test]
fn messages_of_config_test_name_file_and_line() {
    let site = site_with_files();
    let output = site.run("-t -f unknown.conf");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("(unknown.conf: Line 1) "), "{text}");
    assert!(text.contains("`foo`") && output.stdout.is_empty());

    for _ in 0..2 {
        let output = site.run("-tlog --use-file=unknown.conf extra");
        assert_eq!(output.status.code(), Some(5));
        assert_eq!(output.stdout, b"Unexpected argument(s): extra \n");
        assert!(output.stderr.is_empty());
    }
    let log = fs::read_to_string(site.path().join("log")).unwrap();
    assert_eq!(log, text.repeat(2), "the file is added to");

    let output = site.run("-t/nowhere/at/all/log -f clean.conf");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "Unable to open config-test log file /nowhere/at/all/log 2 - No such file or directory\n"
    );
}
