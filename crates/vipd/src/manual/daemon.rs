//! keepalived(8): the daemon under the name keepalived.

use clap_mangen::roff::{bold, roman};

use super::Page;
use crate::keepalived::options_described;

/// Signals and what they do.
const SIGNALS: &[(&str, &str)] = &[
    (
        "TERM, INT",
        "Stop: priority 0 is sent, the VIPs are removed, stop scripts run.",
    ),
    (
        "HUP",
        "Read the configuration again. One that cannot be used changes nothing.",
    ),
    (
        "USR1",
        "Write the state of everything to /tmp/keepalived.data.",
    ),
    ("USR2", "Write the counters to /tmp/keepalived.stats."),
];

/// Exit statuses of a run.
const STATUSES: &[(&str, &str)] = &[
    (
        "0",
        "Stopped, or already running, or gone to the background.",
    ),
    ("1", "Something failed, or the command line is wrong."),
    ("2", "The configuration cannot be used."),
    ("4", "Permission is missing."),
    (
        "6",
        "There is no configuration, or an include that must match does not.",
    ),
];

/// Exit statuses of `-t`.
const TEST_STATUSES: &[(&str, &str)] = &[
    ("0", "There is nothing to say."),
    ("1", "The file for the messages cannot be opened."),
    ("2", "A keyword lacks its value."),
    (
        "4",
        "The worst message is about a file or an interface that is not there.",
    ),
    ("5", "There are other messages, warnings too."),
    (
        "6",
        "The worst message is about the security of scripts, or an include that must match does not.",
    ),
];

/// Files that are read and written.
const FILES: &[(&str, &str)] = &[
    (
        "/etc/keepalived/keepalived.conf",
        "The configuration; vipd.conf(5) describes it.",
    ),
    ("/run/keepalived.pid", "PID of the supervisor."),
    ("/run/vrrp.pid", "PID of the VRRP process."),
    (
        "/tmp/keepalived.data, /tmp/keepalived.stats",
        "What USR1 and USR2 write; in the folder $TMPDIR if that is set.",
    ),
];

/// The page.
pub(crate) fn keepalived_8() -> String {
    let mut page = Page::new(
        "keepalived",
        "8",
        "keepalived",
        "keeps a virtual IP address answering when a server dies (vipd)",
    );
    page.section("SYNOPSIS");
    page.text([bold("keepalived"), roman(" [OPTION...]")]);
    page.section("DESCRIPTION");
    page.paragraph(
        "vipd under the name keepalived: it reads keepalived's configuration, takes keepalived's \
         command line, and ends with keepalived's exit statuses. vipd-run(1) is the same daemon \
         with a command line of its own.",
    );
    page.paragraph(
        "Without --dont-fork it goes to the background. Log lines go to syslog, with --dont-fork \
         and --log-console to standard error.",
    );
    page.section("OPTIONS");
    page.paragraph("Long names may be shortened as long as they are unambiguous.");
    for (option, meaning) in options_described() {
        page.term(&option, &meaning);
    }
    let tables: [(&str, &[(&str, &str)]); 4] = [
        ("SIGNALS", SIGNALS),
        ("EXIT STATUS", STATUSES),
        ("EXIT STATUS WITH --config-test", TEST_STATUSES),
        ("FILES", FILES),
    ];
    for (title, rows) in tables {
        page.section(title);
        for (term, meaning) in rows {
            page.term(term, meaning);
        }
    }
    page.section("SEE ALSO");
    page.text([roman("vipd(1), vipd-check(1), vipd.conf(5)")]);
    page.render()
}
