//! keepalived's options, one row each: the parser, `-h` and the manual page come from here.

use super::request::{Question, Request, TestOutput, facility, umask};

/// What follows an option, and what it does. The argument and the function that takes it are
/// one value, so a row cannot mix them up.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// Nothing.
    Nothing(fn(&mut Request)),
    /// A value, called so in the help.
    Value(&'static str, fn(&mut Request, &str)),
    /// A value or none; a value must be part of the same word.
    Maybe(&'static str, fn(&mut Request, Option<&str>)),
}

/// One option.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// Its letter.
    pub(super) short: Option<char>,
    /// Its long name, without the dashes.
    pub(super) long: &'static str,
    /// What follows it and what it does.
    pub(super) takes: Takes,
    /// The part it belongs to, when it is accepted and has no effect.
    pub(super) without_effect: Option<&'static str>,
    /// What the help says.
    pub(super) doc: &'static str,
}

/// A row of an option that works.
const fn row(short: char, long: &'static str, takes: Takes, doc: &'static str) -> Row {
    Row {
        short: Some(short),
        long,
        takes,
        without_effect: None,
        doc,
    }
}

/// A row of an option that works and has no letter.
const fn long(long: &'static str, takes: Takes, doc: &'static str) -> Row {
    Row {
        short: None,
        ..row(' ', long, takes, doc)
    }
}

/// A row of an option that is accepted and has no effect, because it belongs to this part.
const fn without_effect(row: Row, part: &'static str) -> Row {
    Row {
        without_effect: Some(part),
        ..row
    }
}

/// Takes the value of an option that has no effect.
const IGNORED: fn(&mut Request, &str) = |_, _| {};

/// Every option, in the order of the help.
pub(super) static OPTIONS: &[Row] = &[
    row(
        'f',
        "use-file",
        Takes::Value("FILE", |r, v| v.clone_into(&mut r.options.config_file)),
        "configuration file, or a pattern that matches several (/etc/keepalived/keepalived.conf)",
    ),
    row(
        'P',
        "vrrp",
        Takes::Nothing(|r| r.options.only_vrrp = true),
        "run VRRP only",
    ),
    row(
        'C',
        "check",
        Takes::Nothing(|r| r.options.only_checker = true),
        "run health checks only; with --vrrp, run both",
    ),
    row(
        'B',
        "no_bfd",
        Takes::Nothing(|_| {}),
        "do not run BFD sessions",
    ),
    long(
        "all",
        Takes::Nothing(|r| r.options.run_all = true),
        "run every part, also those with nothing configured",
    ),
    row(
        'l',
        "log-console",
        Takes::Nothing(|r| r.options.log.console = true),
        "log to standard error; only together with --dont-fork",
    ),
    row(
        'D',
        "log-detail",
        Takes::Nothing(|r| r.options.log.detail = (r.options.log.detail + 1).min(2)),
        "log more; given twice, log everything",
    ),
    row(
        'S',
        "log-facility",
        Takes::Value("0-7|local0-7|user|daemon", |r, v| {
            r.options.log.facility = facility(v);
            if r.options.log.facility.is_none() {
                r.messages.push(format!("Invalid log facility '{v}'"));
                r.general = true;
            }
        }),
        "syslog facility (daemon)",
    ),
    row(
        'G',
        "no-syslog",
        Takes::Nothing(|r| r.options.log.no_syslog = true),
        "log nothing to syslog",
    ),
    without_effect(
        row(
            'g',
            "log-file",
            Takes::Maybe("FILE", |_, _| {}),
            "log to a file as well",
        ),
        "log files",
    ),
    without_effect(
        long(
            "flush-log-file",
            Takes::Nothing(|_| {}),
            "write each line of the log file at once",
        ),
        "log files",
    ),
    row(
        'u',
        "umask",
        Takes::Value("MASK", |r, v| match umask(v) {
            Some(mask) => r.options.umask = Some(mask),
            None => r.messages.push(format!("Invalid --umask option {v}")),
        }),
        "umask of the files it makes: decimal, 0octal or 0xhexadecimal; beats the configuration",
    ),
    row(
        'X',
        "release-vips",
        Takes::Nothing(|r| r.options.release_addresses = true),
        "at stop, remove VIPs also when they are not known to be set",
    ),
    row(
        'V',
        "dont-release-vrrp",
        Takes::Nothing(|r| r.options.keep_addresses = true),
        "at stop, leave VIPs and virtual routes where they are",
    ),
    row(
        'I',
        "dont-release-ipvs",
        Takes::Nothing(|r| r.options.keep_table = true),
        "at stop, leave the IPVS table as it is",
    ),
    row(
        'R',
        "dont-respawn",
        Takes::Nothing(|r| r.options.dont_respawn = true),
        "do not start a child again that died: end",
    ),
    row(
        'n',
        "dont-fork",
        Takes::Nothing(|r| r.options.foreground = true),
        "stay in the foreground",
    ),
    row(
        'd',
        "dump-conf",
        Takes::Nothing(|r| r.options.dump_config = true),
        "log the configuration at start",
    ),
    row(
        'p',
        "pid",
        Takes::Value("FILE", |r, v| r.options.pid_file = Some(v.into())),
        "PID file of the supervisor (/run/keepalived.pid)",
    ),
    row(
        'r',
        "vrrp_pid",
        Takes::Value("FILE", |r, v| r.options.vrrp_pid_file = Some(v.into())),
        "PID file of the VRRP process (/run/vrrp.pid)",
    ),
    row(
        'T',
        "genhash",
        Takes::Nothing(|r| {
            let text = "genhash mode (-T, --genhash) is not available";
            r.messages.push(text.to_owned());
            r.bad = true;
        }),
        "print the digest of a web page (not available: exit status 1)",
    ),
    row(
        'c',
        "checkers_pid",
        Takes::Value("FILE", |r, v| r.options.checker_pid_file = Some(v.into())),
        "PID file of the health checker (/run/checkers.pid)",
    ),
    row(
        'a',
        "address-monitoring",
        Takes::Nothing(|r| r.options.monitor_addresses = true),
        "log every address that is added to or removed from an interface",
    ),
    without_effect(
        row(
            'b',
            "bfd_pid",
            Takes::Value("FILE", IGNORED),
            "PID file of the BFD process (/run/bfd.pid)",
        ),
        "BFD",
    ),
    without_effect(
        row(
            'x',
            "snmp",
            Takes::Nothing(|_| {}),
            "answer SNMP through an AgentX master",
        ),
        "SNMP",
    ),
    without_effect(
        row(
            'A',
            "snmp-agent-socket",
            Takes::Value("SOCKET", IGNORED),
            "address of the AgentX master",
        ),
        "SNMP",
    ),
    row(
        's',
        "namespace",
        Takes::Value("NAME", |r, v| r.options.namespace = Some(v.to_owned())),
        "run in this network namespace; beats the configuration",
    ),
    without_effect(
        row('m', "core-dump", Takes::Nothing(|_| {}), "allow core dumps"),
        "core dumps",
    ),
    without_effect(
        row(
            'M',
            "core-dump-pattern",
            Takes::Maybe("PATTERN", |_, _| {}),
            "allow core dumps and set the kernel's pattern for them",
        ),
        "core dumps",
    ),
    row(
        'e',
        "all-config",
        Takes::Nothing(|r| r.options.all_config = true),
        "every include must match a file (as if written includea)",
    ),
    row(
        'i',
        "config-id",
        Takes::Value("ID", |r, v| r.options.config_id = Some(v.to_owned())),
        "which lines that begin with @ID hold here (host name up to its first dot)",
    ),
    long(
        "signum",
        Takes::Value("NAME", |r, v| {
            r.answer = Some(Question::Signal(v.to_owned()));
        }),
        "print the number of the signal for STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON",
    ),
    row(
        't',
        "config-test",
        Takes::Maybe("FILE", |r, v| {
            r.test = Some(v.map_or(TestOutput::Stderr, |file| TestOutput::File(file.to_owned())));
        }),
        "check the configuration and end; messages go to standard error or are appended to FILE",
    ),
    without_effect(
        long(
            "ignore-sigint",
            Takes::Nothing(|_| {}),
            "ignore the signal of Ctrl-C",
        ),
        "debugging of keepalived",
    ),
    row(
        'v',
        "version",
        Takes::Nothing(|r| r.answer = Some(Question::Version)),
        "print the version",
    ),
    row(
        'h',
        "help",
        Takes::Nothing(|r| r.answer = Some(Question::Help)),
        "print this",
    ),
];

/// The text of `-h`.
pub(super) fn help(program: &str) -> String {
    const WIDTH: usize = 34;
    let lines: Vec<String> = OPTIONS
        .iter()
        .map(|row| {
            let head = head(row);
            let gap = if head.len() < WIDTH { "" } else { "\n" };
            let indent = WIDTH - if gap.is_empty() { head.len() } else { 0 };
            let effect = row
                .without_effect
                .map_or("", |_| " [accepted, without effect]");
            format!("{head}{gap}{:indent$}{}{effect}\n", "", row.doc)
        })
        .collect();
    format!("Usage: {program} [OPTION...]\n{}", lines.concat())
}

/// Every option with what there is to say about it, for the manual page.
pub(crate) fn described() -> impl Iterator<Item = (String, String)> {
    OPTIONS.iter().map(|row| {
        let effect = row.without_effect.map_or_else(String::new, |part| {
            format!(" Accepted, and without effect ({part}).")
        });
        let (first, rest) = row.doc.split_at(1);
        let text = format!("{}{rest}.{effect}", first.to_uppercase());
        (head(row).trim_start().to_owned(), text)
    })
}

/// `  -f, --use-file=FILE`
pub(super) fn head(row: &Row) -> String {
    let short = row
        .short
        .map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
    let value = match row.takes {
        Takes::Nothing(_) => String::new(),
        Takes::Value(name, _) => format!("={name}"),
        Takes::Maybe(name, _) => format!("[={name}]"),
    };
    format!("  {short}--{}{value}", row.long)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_letter_or_name_is_given_twice() {
        let letters: Vec<char> = OPTIONS.iter().filter_map(|row| row.short).collect();
        let names: BTreeSet<&str> = OPTIONS.iter().map(|row| row.long).collect();
        assert_eq!(letters.iter().collect::<BTreeSet<_>>().len(), letters.len());
        assert_eq!(names.len(), OPTIONS.len());
    }

    #[test]
    fn help_lists_every_option() {
        let text = help("keepalived");
        for row in OPTIONS {
            assert!(text.contains(&format!("--{}", row.long)), "{}", row.long);
        }
    }
}
