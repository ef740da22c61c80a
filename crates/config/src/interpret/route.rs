//! Lines of routes and rules, as far as they name interfaces.

use crate::interpret::statement::{At, Statement};

/// Words of a route or rule that an interface follows.
const BEFORE_INTERFACE: [&str; 3] = ["dev", "iif", "oif"];

/// The interfaces that a line names.
pub(crate) fn interfaces(statement: &Statement<'_>) -> Vec<At<String>> {
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
