//! keepalived's command line, as data: what goes in, what comes out. What keepalived 2.2.7 wrote
//! for the same words is what stands here, where it is not a mistake of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

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

/// A configuration about which there is nothing to say.
const CLEAN: &str = "vrrp_instance V {\n  interface lo\n  virtual_router_id 5\n  \
                     virtual_ipaddress {\n    192.0.2.9/24\n  }\n}\n";
