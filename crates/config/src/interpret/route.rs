//! Lines of routes and rules, as far as they name interfaces.

use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};

/// Words of a route or rule that an interface follows.
const BEFORE_INTERFACE: [&str; 3] = ["dev", "iif", "oif"];

/// Old words of a route, with what to write instead.
const OLD: [(&str, &str); 2] = [("gw", "via"), ("or", "nexthop")];

/// The interfaces that a line names. Old words get a message.
pub(crate) fn interfaces(report: &mut Report, statement: &Statement<'_>) -> Vec<At<String>> {
    for word in statement.words {
        let Some((old, new)) = OLD.iter().find(|(old, _)| *old == word.text) else {
            continue;
        };
        report
            .general(
                "deprecated-keyword",
                word.span,
                format!("`{old}` is an old word for routes"),
            )
            .help = Some(format!("write `{new}`"));
    }
    statement
        .words
        .windows(2)
        .filter(|pair| BEFORE_INTERFACE.contains(&pair[0].text.as_str()))
        .map(|pair| At::new(pair[1].text.clone(), pair[1].span))
        .collect()
}

/// The first word of a line.
pub(crate) fn first(statement: &Statement<'_>) -> Option<At<String>> {
    let word = statement.words.first()?;
    Some(At::new(word.text.clone(), word.span))
}
