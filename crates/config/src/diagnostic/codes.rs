//! Every diagnostic code with a paragraph about it, for `vipd explain CODE`.

use crate::{complete, interpret, pair, reader, script_words};

/// A diagnostic code and what there is to say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code, such as `unknown-keyword`.
    pub name: &'static str,
    /// A paragraph: what it means, what keepalived does with it, what to do.
    pub explanation: &'static str,
}

/// The codes, one slice for each module that makes diagnostics.
pub static CODES: &[&[Code]] = &[
    reader::CODES,
    script_words::CODES,
    interpret::codes::CODES,
    complete::codes::CODES,
    pair::codes::CODES,
];

/// All codes, in the order of their modules.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    CODES.iter().copied().flatten()
}

/// The code of that name.
pub fn find(name: &str) -> Option<&'static Code> {
    codes().find(|code| code.name == name)
}
