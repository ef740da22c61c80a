//! `vipd completion`: scripts that teach a shell vipd's commands and options.

use clap_complete::aot::{Shell, generate};

use super::definition;
use crate::output::Answer;

/// Print a completion script for a shell
///
/// For bash: `vipd completion bash > /etc/bash_completion.d/vipd`
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

/// The completion script for a shell.
pub(super) fn script(shell: Kind) -> String {
    let shell = match shell {
        Kind::Bash => Shell::Bash,
        Kind::Fish => Shell::Fish,
        Kind::Zsh => Shell::Zsh,
    };
    let mut text = Vec::new();
    generate(shell, &mut definition(), "vipd", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
