//! Handlers of `global_defs` words that have a form of their own.

use std::time::Duration;

use crate::interpret::draft::{FifoDraft, GlobalDraft};
use crate::interpret::report::Report;
use crate::interpret::script::user_of;
use crate::interpret::statement::{At, Statement};
use crate::interpret::value;
use crate::line::Span;
use crate::model::Retry;

/// `notification_email { ADDRESS ... }`
pub(crate) fn notification_email(
    global: &mut GlobalDraft,
    report: &mut Report,
    names: Vec<At<String>>,
    span: Span,
) {
    if names.is_empty() {
        report.general("empty-block", span, "`notification_email` names nobody");
    }
    global
        .global
        .mail
        .to
        .extend(names.into_iter().map(|name| name.value));
}

/// `smtp_server HOST [PORT]`
pub(crate) fn smtp_server(
    global: &mut GlobalDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    let Some(host) = statement.value() else {
        return;
    };
    let port = match statement.words.get(2) {
        None => 25,
        Some(word) => {
            let form = crate::tables::int(1..=65_535);
            let Some(port) = value::int(word, "smtp_server", &form, "", report) else {
                return;
            };
            u16::try_from(port.value).unwrap_or(25)
        }
    };
    global.smtp_server = Some(At::new(host.text.to_owned(), host.span));
    global.global.mail.server = Some((host.text.to_owned(), port));
}

/// `script_user USER [GROUP]`
pub(crate) fn script_user(global: &mut GlobalDraft, _: &mut Report, statement: &Statement<'_>) {
    if let Some(user) = user_of(statement.values()) {
        global.script_user = Some(At::new(user, statement.span));
    }
}

/// `lvs_sync_daemon IF INSTANCE ...`
pub(crate) fn sync_daemon(global: &mut GlobalDraft, _: &mut Report, statement: &Statement<'_>) {
    let words = statement.values().iter().map(|word| word.text.to_owned());
    global.sync_daemon = Some(At::new(words.collect(), statement.keyword_span()));
}

/// `reload_file [PATH]`
pub(crate) fn reload_file(global: &mut GlobalDraft, _: &mut Report, statement: &Statement<'_>) {
    let path = statement.value().map_or("", |word| word.text);
    global.global.reload_file = Some(path.to_owned());
}

/// Names of mode bits, as `umask` takes them.
const MODE_BITS: [(&str, u32); 12] = [
    ("IRUSR", 0o400),
    ("IWUSR", 0o200),
    ("IXUSR", 0o100),
    ("IRWXU", 0o700),
    ("IRGRP", 0o040),
    ("IWGRP", 0o020),
    ("IXGRP", 0o010),
    ("IRWXG", 0o070),
    ("IROTH", 0o004),
    ("IWOTH", 0o002),
    ("IXOTH", 0o001),
    ("IRWXO", 0o007),
];

/// `umask MODE`: a number as C writes it, or names of bits joined by `|`.
pub(crate) fn umask(global: &mut GlobalDraft, report: &mut Report, statement: &Statement<'_>) {
    let text: String = statement.values().iter().map(|word| word.text).collect();
    let Some(word) = statement.value() else {
        return;
    };
    match mode(&text) {
        Some(mode) => global.global.umask = mode,
        None => {
            report.general(
                "invalid-mode",
                word.span,
                format!("`{text}` is not a file mode: expected a number up to 0777, or names such as `IRGRP|IROTH`; the line is ignored"),
            );
        }
    }
}

fn mode(text: &str) -> Option<u32> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let number = if let Some(hex) = text.strip_prefix("0x") {
            u32::from_str_radix(hex, 16).ok()?
        } else if text.starts_with('0') {
            u32::from_str_radix(text, 8).ok()?
        } else {
            text.parse().ok()?
        };
        return (number <= 0o777).then_some(number);
    }
    text.split('|')
        .map(|name| {
            let name = name.strip_prefix("S_").unwrap_or(name);
            MODE_BITS
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, bits)| bits)
        })
        .try_fold(0, |mode, bits| Some(mode | bits?))
}

impl GlobalDraft {
    /// `process_name` and its kin; names are cut by the kernel after 15 bytes.
    pub(crate) fn process_name(&mut self, process: &str, name: String) {
        self.global.process_names.insert(process.to_owned(), name);
    }
}

impl FifoDraft {
    /// `notify_fifo PATH [USER [GROUP]]`: a second one is ignored.
    pub(crate) fn path(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let Some(path) = statement.value() else {
            return;
        };
        if let Some(first) = &self.path {
            let first = first.span;
            report
                .general(
                    "repeated-keyword",
                    path.span,
                    format!(
                        "`{}` is given a second time; the first one holds",
                        statement.keyword()
                    ),
                )
                .labels
                .push((first, "first given here".to_owned()));
            return;
        }
        let user = user_of(&statement.words[2..]);
        self.path = Some(At::new((path.text.to_owned(), user), path.span));
    }
}

/// `notify_retry COUNT [SECONDS]`
pub(crate) fn notify_retry(
    draft: &mut GlobalDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    let words = statement.values();
    let times = words.first().and_then(|word| word.text.parse().ok());
    let Some(times) = times.filter(|times| *times <= RETRIES_MAX) else {
        let span = words.first().map_or(statement.span, |word| word.span);
        let message =
            format!("`notify_retry` needs a count from 0 to {RETRIES_MAX}; it is ignored");
        report.general("invalid-number", span, message);
        return;
    };
    let mut retry = Retry {
        times,
        ..Retry::default()
    };
    if let Some(word) = words.get(1) {
        let seconds = word.text.parse::<f64>().ok();
        if let Some(seconds) = seconds.filter(|s| (0.001..=3600.0).contains(s)) {
            retry.pause = Duration::from_secs_f64(seconds);
        } else {
            let message = format!(
                "`{}` is no pause of 0.001 to 3600 seconds; 1 is used",
                word.text
            );
            report.general("invalid-number", word.span, message);
        }
    }
    draft.global.notify_retry = retry;
}

/// Most further runs of a notify script that fails.
const RETRIES_MAX: u32 = 100;
