//! `vipd completion`: scripts that teach a shell vipd's commands and options.

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::aot::{Shell, generate};
use vipd_config::diagnostic::codes;
use vipd_config::reference::keywords;

use super::definition;
use crate::output::Answer;

/// Print a completion script for a shell
///
/// For bash: `vipd completion bash > /etc/bash_completion.d/vipd`; for zsh: `vipd completion zsh >
/// /usr/local/share/zsh/site-functions/_vipd`; for fish: `vipd completion fish >
/// /etc/fish/completions/vipd.fish`. The words of `vipd explain` are completed too.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Kind,
}

/// The shells.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Kind {
    Bash,
    Fish,
    Zsh,
}

impl Kind {
    /// Every shell with the file name its scripts go by.
    pub(super) const FILES: [(Self, &'static str); 3] = [
        (Self::Bash, "vipd.bash"),
        (Self::Fish, "vipd.fish"),
        (Self::Zsh, "_vipd"),
    ];
}

/// The script for the shell that was asked for.
pub(super) fn answer(arguments: &Arguments) -> Answer {
    Answer::out(script(arguments.shell))
}

/// The command line as it is completed: without what nobody types, and `explain` knows its words.
fn completed() -> Command {
    let whole = definition();
    let commands = whole.get_subcommands().filter(|c| !c.is_hide_set());
    let commands = commands.cloned().collect::<Vec<_>>();
    let words = explained();
    let about = whole.get_about().cloned().unwrap_or_default();
    Command::new("vipd")
        .version(env!("CARGO_PKG_VERSION"))
        .about(about)
        .subcommands(commands)
        .mut_subcommand("explain", |explain| {
            explain.mut_arg("word", |word| {
                word.value_parser(PossibleValuesParser::new(words))
            })
        })
}

/// What `explain` explains.
fn explained() -> Vec<&'static str> {
    let mut words: Vec<&'static str> = keywords().iter().map(|entry| entry.name).collect();
    words.extend(codes::codes().map(|code| code.name));
    words.sort_unstable();
    words.dedup();
    words
}

/// The completion script for a shell.
pub(super) fn script(shell: Kind) -> String {
    let shell = match shell {
        Kind::Bash => Shell::Bash,
        Kind::Fish => Shell::Fish,
        Kind::Zsh => Shell::Zsh,
    };
    let mut text = Vec::new();
    generate(shell, &mut completed(), "vipd", &mut text);
    if shell == Shell::Fish {
        // The library leaves out what is no option.
        let words = explained().join(" ");
        let line = format!(
            "complete -c vipd -n \"__fish_vipd_using_subcommand explain\" -f -a \"{words}\"\n"
        );
        text.extend_from_slice(line.as_bytes());
    }
    String::from_utf8_lossy(&text).into_owned()
}
