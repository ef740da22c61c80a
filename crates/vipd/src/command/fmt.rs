//! `vipd fmt`: the canonical form of configuration files.

use std::fmt::Write as _;
use std::io::Read;

use vipd_config::format::format;

use super::failure;
use crate::keepalived::DEFAULT_CONFIG;
use crate::output::Answer;

/// Print configuration files in their canonical form
///
/// One statement on each line, four blanks for each block, one blank between words; comments,
/// definitions and conditional lines stay. What the daemon reads of it is the same. Included files
/// are not followed. Exit status: 0, or 1 with --check when a file is in another form.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Configuration files; - is standard input
    #[arg(value_name = "FILE", default_value = DEFAULT_CONFIG)]
    files: Vec<String>,

    /// Only name the files that are in another form
    #[arg(long, conflicts_with = "write")]
    check: bool,

    /// Write the files instead of printing them
    #[arg(long)]
    write: bool,
}

/// Prints, names or writes.
pub(super) fn answer(arguments: &Arguments) -> Answer {
    let mut answer = Answer::default();
    for name in &arguments.files {
        let text = match read(name) {
            Ok(text) => text,
            Err(error) => return failure(&format!("read {name}"), &error),
        };
        let new = format(&text);
        if arguments.check {
            if new != text {
                // Writing to a `String` cannot fail.
                let _ = writeln!(answer.out, "{name}");
                answer.status = 1;
            }
        } else if !arguments.write {
            match String::from_utf8(new) {
                Ok(new) => answer.out += &new,
                Err(error) => return failure(&format!("print {name}"), &error),
            }
        } else if new != text
            && let Err(error) = std::fs::write(name, new)
        {
            return failure(&format!("write {name}"), &error);
        }
    }
    answer
}

fn read(name: &str) -> std::io::Result<Vec<u8>> {
    if name != "-" {
        return std::fs::read(name);
    }
    let mut text = Vec::new();
    std::io::stdin().lock().read_to_end(&mut text)?;
    Ok(text)
}
