//! What a keepalived command line asks for.

use vipd_daemon::supervisor::Options;

/// Where keepalived looks for its configuration when no `-f` says otherwise.
pub(crate) const DEFAULT_CONFIG: &str = "/etc/keepalived/keepalived.conf";

/// Everything a command line said, as a value.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// Settings of the daemon.
    pub(super) options: Options,
    /// `-t`: only check the configuration.
    pub(super) test: Option<TestOutput>,
    /// Something that is answered at once; the rest of the command line was not read.
    pub(super) answer: Option<Question>,
    /// An option was unknown or had no value: exit status 1.
    pub(super) bad: bool,
    /// An option had a value that keepalived counts as a mistake of the configuration: with
    /// `-t`, exit status 5 at least.
    pub(super) general: bool,
    /// Lines for standard error, in the order of the options.
    pub(super) messages: Vec<String>,
    /// Words that are no options.
    pub(super) unexpected: Vec<String>,
    /// Options that were accepted and have no effect, each with the part it belongs to.
    pub(super) without_effect: Vec<(&'static str, &'static str)>,
}

/// Where the messages of `-t` go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TestOutput {
    /// Standard error.
    Stderr,
    /// Appended to this file.
    File(String),
}

/// What is answered without looking at the rest of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// `-h`
    Help,
    /// `-v`
    Version,
    /// `--signum NAME`
    Signal(String),
}

impl Request {
    /// What holds before any option was read.
    pub(super) fn new() -> Self {
        Self {
            options: Options {
                config_file: DEFAULT_CONFIG.to_owned(),
                ..Options::default()
            },
            ..Self::default()
        }
    }

    /// The options that were accepted and do nothing, as one line; none when there are none.
    pub(super) fn warning(&self) -> Option<String> {
        if self.without_effect.is_empty() {
            return None;
        }
        let mut parts: Vec<String> = Vec::new();
        for (option, part) in &self.without_effect {
            let text = format!("--{option} ({part})");
            if !parts.contains(&text) {
                parts.push(text);
            }
        }
        Some(format!(
            "accepted, but without effect: {}",
            parts.join(", ")
        ))
    }
}

/// Number of a syslog facility by the words keepalived takes for it.
pub(super) fn facility(word: &str) -> Option<u8> {
    const USER: u8 = 1;
    const DAEMON: u8 = 3;
    const LOCAL0: u8 = 16;
    match word {
        "user" => Some(USER),
        "daemon" => Some(DAEMON),
        _ => match word.strip_prefix("local").unwrap_or(word).as_bytes() {
            [digit @ b'0'..=b'7'] => Some(LOCAL0 + (digit - b'0')),
            _ => None,
        },
    }
}

/// A umask as keepalived takes it: `0x` hexadecimal, leading `0` octal, else decimal; at most 0777.
pub(super) fn umask(word: &str) -> Option<u32> {
    let (digits, radix) = if let Some(hex) = word.strip_prefix("0x") {
        (hex, 16)
    } else if word.len() > 1 && word.starts_with('0') {
        (&word[1..], 8)
    } else {
        (word, 10)
    };
    if !digits.starts_with(|first: char| first.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, radix)
        .ok()
        .filter(|mask| *mask <= 0o777)
}

/// Number of the signal for a function of the daemon, by its name after `--signum`.
pub(super) fn signal_number(name: &str) -> Option<u8> {
    Some(match name {
        "STOP" => 15,
        "RELOAD" => 1,
        "DATA" => 10,
        "STATS" => 12,
        "STATS_CLEAR" => 63,
        "JSON" => 36,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facilities_by_number_and_by_name() {
        assert_eq!(facility("0"), Some(16));
        assert_eq!(facility("local7"), Some(23));
        assert_eq!(facility("user"), Some(1));
        assert_eq!(facility("daemon"), Some(3));
        for word in ["8", "local8", "localdaemon", "mail", "-1", "", "LOCAL0"] {
            assert_eq!(facility(word), None, "{word}");
        }
    }

    #[test]
    fn umasks_in_three_bases() {
        assert_eq!(umask("0x1ff"), Some(0o777));
        assert_eq!(umask("022"), Some(0o22));
        assert_eq!(umask("511"), Some(0o777));
        assert_eq!(umask("0"), Some(0));
        for word in ["08", "01000", "512", "abc", "", "-1", "+1", "0x", "0x+1"] {
            assert_eq!(umask(word), None, "{word}");
        }
    }
}
