//! Commands: the words of a script line, and the words of `vrrp_script` with a form of their own.

use crate::interpret::draft::ScriptDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::tracking::weight_of;
use crate::interpret::value;
use crate::line::Word;
use crate::model::{Command, ScriptUser};
use crate::script_words::{Unsplittable, split_command};
use crate::tables::{CommandForm, Lacking};

/// Words of a line with a command: keyword, command, user, group.
const MOST_WORDS: usize = 4;

/// User and group from the words that name them. A `:` before the group (it then also gets
/// the user's further groups) is taken off.
pub(crate) fn user_of(words: &[Word<'_>]) -> Option<ScriptUser> {
    let user = words.first()?.text.to_owned();
    let group = words
        .get(1)
        .map(|word| word.text.trim_start_matches(':').to_owned())
        .filter(|group| !group.is_empty());
    Some(ScriptUser { user, group })
}

/// The command of a script line. `None`: a message has been made, or there is nothing to set.
pub(crate) fn command(
    statement: &Statement<'_>,
    form: CommandForm,
    lacking: Lacking,
    report: &mut Report,
) -> Option<At<Option<Command>>> {
    let words = match split_command(statement.raw) {
        Ok(words) => words,
        Err(reason) => {
            unsplittable(statement, reason, report);
            return None;
        }
    };
    if glued(statement, &words) {
        return lost(statement, report);
    }
    let Some(line) = words.get(1).filter(|line| !line.is_empty()) else {
        return missing(statement, form, lacking, report);
    };
    let argv = match split_command(line) {
        Ok(argv) => argv,
        Err(reason) => {
            unsplittable(statement, reason, report);
            return None;
        }
    };
    if argv.is_empty() {
        return missing(statement, form, lacking, report);
    }
    let span = statement.value().map_or(statement.span, |word| word.span);
    match form {
        CommandForm::Alone if words.len() > 2 => unquoted(statement, &words, report),
        CommandForm::Alone => {}
        CommandForm::WithUser | CommandForm::Optional => {
            argument_as_user(statement, &words, report);
        }
    }
    let user = match form {
        CommandForm::Alone => None,
        CommandForm::WithUser | CommandForm::Optional => words.get(2).map(|user| ScriptUser {
            user: user.clone(),
            group: words
                .get(3)
                .map(|group| group.trim_start_matches(':').to_owned()),
        }),
    };
    Some(At::new(Some(Command { argv, user }), span))
}

fn unsplittable(statement: &Statement<'_>, reason: Unsplittable, report: &mut Report) {
    report.general(
        "unsplittable-command",
        statement.span,
        format!(
            "the command of `{}` cannot be split into words ({reason}); the line is ignored",
            statement.keyword()
        ),
    );
}

/// The line names the keyword and the command without a blank between: read as a command
/// line it is one word, so there is no command.
fn glued(statement: &Statement<'_>, words: &[String]) -> bool {
    statement.words.len() > 1
        && words
            .first()
            .is_some_and(|first| first.len() > statement.keyword().len())
}

/// `script"/bin/x"`: the command is lost.
fn lost(statement: &Statement<'_>, report: &mut Report) -> Option<At<Option<Command>>> {
    let keyword = statement.keyword();
    report.refuse(keyword);
    let problem = report.general(
        "no-blank-after-keyword",
        statement.keyword_span(),
        format!("there is no blank between `{keyword}` and its command, so no command is set"),
    );
    problem.help = Some(format!("put a blank after `{keyword}`"));
    problem.fix = value::exact(statement.keyword_span(), format!("{keyword} "));
    None
}

fn missing(
    statement: &Statement<'_>,
    form: CommandForm,
    lacking: Lacking,
    report: &mut Report,
) -> Option<At<Option<Command>>> {
    if form == CommandForm::Optional {
        return Some(At::new(None, statement.keyword_span()));
    }
    crate::interpret::single::missing(statement, "a command", lacking, "", report);
    None
}

/// `script /bin/x a b`: words after the first are dropped silently.
fn unquoted(statement: &Statement<'_>, words: &[String], report: &mut Report) {
    let dropped = words[2..].join(" ");
    let message = format!(
        "only `{}` is run: `{dropped}` stands outside of the quotes and is dropped",
        words[1]
    );
    without_quotes(statement, words, message, true, report);
}

/// `notify_master /bin/x MASTER`: the second word is the user, and looks like an argument.
fn argument_as_user(statement: &Statement<'_>, words: &[String], report: &mut Report) {
    let Some(user) = words.get(2) else { return };
    let is_no_name = user.starts_with(['-', '/']) || user.contains(|c: char| c.is_uppercase());
    if is_no_name || words.len() > MOST_WORDS {
        let message = format!(
            "`{user}` is taken for the user that runs `{}`, not for an argument",
            words[1]
        );
        without_quotes(statement, words, message, false, report);
    }
}

/// A command that should stand in quotes as a whole; it can be that nothing else is meant.
fn without_quotes(
    statement: &Statement<'_>,
    words: &[String],
    message: String,
    is_certain: bool,
    report: &mut Report,
) {
    let (Some(first), Some(last)) = (statement.value(), statement.words.last()) else {
        return;
    };
    let whole = words[1..].join(" ");
    let problem = report.hint("command-not-quoted", first.span, message);
    problem.help = Some(format!("put quotes round it all: \"{whole}\""));
    if first.span.line == last.span.line
        && first.span.column > 0
        && last.span.column > first.span.column
        && !first.quoted
    {
        let quotes = u32::from(last.quoted);
        let mut span = first.span;
        span.len = last.span.column + last.span.len + quotes - first.span.column;
        let edit = if is_certain {
            value::exact
        } else {
            value::likely
        };
        problem.fix = edit(span, format!("\"{whole}\""));
    }
}

/// `weight N [reverse]`
pub(crate) fn script_weight(
    script: &mut ScriptDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    if let Some(weight) = weight_of(statement.values(), "weight", 253, report) {
        script.weight = Some(weight);
    }
}

/// `user USER [GROUP]`
pub(crate) fn script_user_of(script: &mut ScriptDraft, _: &mut Report, statement: &Statement<'_>) {
    script.user = user_of(statement.values()).map(|user| At::new(user, statement.span));
}
