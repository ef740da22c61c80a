//! The completion scripts, loaded by the shells themselves.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// What a shell offers: this script is run by it, with the completion script in the folder.
fn offered(shell: &str, file: &str, arguments: &[&str], script: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_vipd"))
        .args(["completion", shell])
        .output()
        .unwrap();
    assert!(made.status.success());
    let path = folder.path().join(file);
    fs::write(&path, made.stdout).unwrap();
    run(shell, arguments, &format!("{script} "), folder.path())
}

fn run(shell: &str, arguments: &[&str], script: &str, folder: &Path) -> Vec<String> {
    let output = Command::new(shell)
        .args(arguments)
        .args(["-c", script])
        .current_dir(folder)
        .env("HOME", folder)
        .output()
        .unwrap_or_else(|error| panic!("{shell}: {error}; `cargo xtask test` installs it"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && said.is_empty(),
        "{shell}: {said}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let words = text.lines().map(|line| line.split('\t').next().unwrap());
    words.map(|word| word.trim().to_owned()).collect()
}

#[test]
fn bash_offers_commands_and_the_words_of_explain() {
    let ask = |line: &str| {
        let count = line.split(' ').count() - 1;
        let last = line.rsplit(' ').next().unwrap();
        let script = format!(
            "source ./vipd.bash; COMP_WORDS=({line}); COMP_CWORD={count}; \
             _vipd vipd '{last}' ''; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        offered("bash", "vipd.bash", &["--norc"], &script)
    };
    assert_eq!(ask("vipd sim"), ["simulate"]);
    assert_eq!(
        ask("vipd explain nopree"),
        ["nopreempt", "nopreempt-as-master"]
    );
    assert!(!ask("vipd lab").contains(&"lab-init".to_owned()));
}

#[test]
fn fish_offers_commands_and_the_words_of_explain() {
    let ask = |line: &str| {
        let script = format!("source ./vipd.fish; complete -C '{line}'");
        offered("fish", "vipd.fish", &["--no-config"], &script)
    };
    assert_eq!(ask("vipd sim"), ["simulate"]);
    assert_eq!(
        ask("vipd explain nopree"),
        ["nopreempt", "nopreempt-as-master"]
    );
    assert!(!ask("vipd lab").contains(&"lab-init".to_owned()));
}

#[test]
fn zsh_takes_its_script() {
    // What zsh would offer is only to be seen at a terminal; that the function is there and whole
    // is not.
    let script = "fpath=(. $fpath); autoload -U compinit; compinit -D; autoload +X _vipd; \
                  source ./_vipd; print $_comps[vipd]; whence -w _vipd_commands";
    let found = offered("zsh", "_vipd", &["-f"], script);
    assert_eq!(found, ["_vipd", "_vipd_commands: function"]);
}
