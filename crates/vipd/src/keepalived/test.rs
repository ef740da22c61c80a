//! `keepalived -t`: is the configuration right, by exit status.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};

use vipd_config::diagnostic::{Severity, log};
use vipd_config::files::DiskFiles;
use vipd_config::{Host, load_once};
use vipd_daemon::host;

use super::request::{Request, TestOutput};
use crate::output::Answer;

/// Exit status when there is a message of no special class.
const MESSAGES: u8 = 5;

/// Checks the configuration against this machine. Messages go where `output` says, a line each.
pub(super) fn config_test(request: &Request, output: &TestOutput) -> Answer {
    let mut file = match output {
        TestOutput::Stderr => None,
        TestOutput::File(path) => match open(path) {
            Ok(file) => Some(file),
            Err(error) => return Answer::err(cannot_open(path, &error), 1),
        },
    };
    host::build_and_end();
    let options = &request.options;
    let environment = host::environment(options.config_id.as_deref(), options.all_config);
    let host = host::host_with_programs().unwrap_or_else(|_| Host::unknown(host::name()));
    // The process ends with the answer.
    let loaded = load_once(&DiskFiles, &options.config_file, &environment, &host);
    let lines = loaded
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity() > Severity::Hint)
        .map(|diagnostic| log::render(diagnostic, &loaded.sources) + "\n");
    let text: String = lines.collect();
    let mut status = loaded.test_exit_status();
    if request.general && status < MESSAGES {
        status = MESSAGES;
    }
    match &mut file {
        None => Answer::err(text, status),
        Some(file) => match file.write_all(text.as_bytes()) {
            Ok(()) => Answer::err("", status),
            Err(error) => Answer::err(format!("{text}cannot write the log file: {error}\n"), 1),
        },
    }
}

/// Opens the file for the messages, to add to it.
fn open(path: &str) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// The file for the messages cannot be opened.
fn cannot_open(path: &str, error: &io::Error) -> String {
    let number = error.raw_os_error().unwrap_or_default();
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or_default();
    format!("Unable to open config-test log file {path} {number} - {reason}\n")
}
