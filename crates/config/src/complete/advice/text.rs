//! What a command says it does: its line, and the text of the script that it runs, where that can
//! be read. Words in it are taken for what they usually mean; nothing is run.

use crate::load::Host;
use crate::model::Command;

/// Programs that run a line of text.
const SHELLS: [&str; 5] = ["sh", "bash", "dash", "ash", "zsh"];

/// Programs that end others by name.
const KILLERS: [&str; 3] = ["pkill", "killall", "kill"];

/// Last part of the path of the program.
pub(super) fn program(command: &Command) -> &str {
    let path = command.argv.first().map_or("", String::as_str);
    path.rsplit('/').next().unwrap_or(path)
}

/// The line that a shell is given with `-c`; of a shell with a file, nothing to speak of.
pub(super) fn of_shell(command: &Command) -> Option<&str> {
    if !SHELLS.contains(&program(command)) {
        return None;
    }
    let option = command.argv.iter().position(|word| word == "-c");
    let line = option.and_then(|at| command.argv.get(at + 1));
    Some(line.map_or("", String::as_str))
}

/// Commands in words, each with the words that stand together.
pub(super) struct Text {
    commands: Vec<Vec<String>>,
}

impl Text {
    /// The text of a command.
    pub(super) fn of(command: &Command, host: &Host) -> Self {
        let mut lines = vec![command.argv.join(" ")];
        let files = command.argv.iter().take(2);
        lines.extend(files.filter_map(|path| host.script_text(path)));
        let commands = lines.iter().flat_map(|text| text.lines());
        let commands = commands.filter(|line| !line.trim_start().starts_with('#'));
        Self {
            commands: commands
                .flat_map(|line| line.split(['|', '&', ';', '(', ')', '`', '{', '}']))
                .map(words)
                .filter(|words| !words.is_empty())
                .collect(),
        }
    }

    /// One of its words is that word.
    pub(super) fn mentions(&self, word: &str) -> bool {
        self.commands.iter().flatten().any(|known| known == word)
    }

    /// Some word contains that text.
    pub(super) fn contains(&self, text: &str) -> bool {
        let mut words = self.commands.iter().flatten();
        words.any(|word| word.to_lowercase().contains(text))
    }

    /// The words stand in that order, one after the other.
    pub(super) fn says(&self, phrase: &str) -> bool {
        let phrase: Vec<&str> = phrase.split_whitespace().collect();
        self.commands.iter().any(|words| {
            let mut places = words.windows(phrase.len());
            places.any(|here| {
                here.iter()
                    .zip(&phrase)
                    .all(|(a, b)| a.eq_ignore_ascii_case(b))
            })
        })
    }

    /// It names this daemon or the one it stands for.
    pub(super) fn names_daemon(&self) -> bool {
        self.mentions("keepalived") || self.mentions("vipd")
    }

    /// It stops, kills or starts anew what has that name.
    pub(super) fn stops(&self, name: &str) -> bool {
        self.stopped().any(|stopped| stopped == name)
    }

    /// Names of what it stops.
    pub(super) fn stopped(&self) -> impl Iterator<Item = &str> {
        self.commands.iter().flat_map(|words| {
            let kills = words.iter().any(|word| KILLERS.contains(&base(word)))
                && !words.iter().any(|word| word == "-0");
            let stops = words.iter().any(|word| word == "stop" || word == "restart");
            let named = words.iter().map(|word| base(word));
            named.filter(move |name| (kills || stops) && is_name(name))
        })
    }

    /// It starts some service.
    pub(super) fn starts_something(&self) -> bool {
        self.commands.iter().any(|words| {
            let manager = words.iter().any(|word| {
                ["systemctl", "service", "rc-service"].contains(&base(word))
                    || word.starts_with("/etc/init.d/")
                    || word.starts_with("/etc/rc.d/")
            });
            let starts = ["start", "restart", "reload-or-restart"];
            manager && words.iter().any(|word| starts.contains(&word.as_str()))
        })
    }

    /// Programs that it runs: the first word of each command.
    pub(super) fn programs(&self) -> impl Iterator<Item = &str> {
        let firsts = self.commands.iter().filter_map(|words| words.first());
        firsts.map(|word| base(word))
    }
}

/// The words of a command, without quotes.
fn words(command: &str) -> Vec<String> {
    let words = command.split_whitespace();
    words
        .map(|word| word.trim_matches(['"', '\'']).to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Last part of a path, without the ending of a unit.
fn base(word: &str) -> &str {
    let name = word.rsplit('/').next().unwrap_or(word);
    name.strip_suffix(".service").unwrap_or(name)
}

/// It may be the name of a service: no option, no verb, no program that stops services.
fn is_name(word: &str) -> bool {
    const OTHER: [&str; 12] = [
        "stop",
        "restart",
        "sudo",
        "systemctl",
        "service",
        "rc-service",
        "docker",
        "podman",
        "sh",
        "bash",
        "then",
        "do",
    ];
    word.len() > 1
        && !word.starts_with(['-', '$', '>', '/', '['])
        && !KILLERS.contains(&word)
        && !OTHER.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &str) -> Text {
        let command = Command {
            argv: line.split(' ').map(str::to_owned).collect(),
            user: None,
        };
        Text::of(&command, &Host::unknown("a"))
    }

    #[test]
    fn what_is_stopped_has_a_name() {
        let cases = [
            ("systemctl stop haproxy.service", "haproxy"),
            ("/etc/init.d/haproxy stop", "haproxy"),
            ("service haproxy restart", "haproxy"),
            ("pkill -9 haproxy", "haproxy"),
            ("sh -c 'sleep 1; systemctl stop haproxy'", "haproxy"),
        ];
        for (line, name) in cases {
            assert_eq!(text(line).stopped().collect::<Vec<_>>(), [name], "{line}");
        }
        assert_eq!(text("killall -0 haproxy").stopped().count(), 0);
        assert_eq!(text("systemctl start haproxy").stopped().count(), 0);
    }

    #[test]
    fn a_start_needs_a_manager_of_services() {
        assert!(text("systemctl start nginx").starts_something());
        assert!(text("/etc/init.d/nginx restart").starts_something());
        assert!(!text("/usr/bin/check start").starts_something());
    }
}
