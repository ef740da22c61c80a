//! Words before the `{` of a virtual or real server, and blocks that are left out.

use std::net::IpAddr;

use crate::interpret::Interpreter;
use crate::interpret::statement::Statement;
use crate::interpret::value::whole;
use crate::line::{Kind, Word};

/// What is wrong with the head of this block, if anything is: keepalived then leaves out the
/// whole block.
pub(crate) fn fault<'a>(
    keyword: &str,
    statement: &Statement<'a>,
) -> Option<(&'a Word<'a>, &'static str)> {
    let words = statement.values();
    let first = words.first()?;
    match (keyword, first.text) {
        ("virtual_server", "fwmark") => {
            let mark = words
                .get(1)
                .filter(|mark| !whole(mark.text).is_ok_and(|mark| mark >= 0));
            mark.map(|mark| (mark, "is not a firewall mark"))
        }
        ("virtual_server", "group") => None,
        ("virtual_server" | "real_server", address) => {
            if address.parse::<IpAddr>().is_err() {
                return Some((first, "is not an IP address"));
            }
            let port = words
                .get(1)
                .filter(|port| !whole(port.text).is_ok_and(|port| (0..=65_535).contains(&port)));
            port.map(|port| (port, "is not a port"))
        }
        _ => None,
    }
}

impl Interpreter<'_> {
    /// Leaves out a block with all that is in it. The `{` has been read.
    pub(super) fn skip(&mut self) {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.leave_out() {
                None => return,
                Some(Kind::Close) => depth -= 1,
                Some(Kind::Opening) => depth += 1,
                Some(Kind::Statement) => {}
            }
        }
    }

    /// Passes over a line; what it was.
    pub(super) fn leave_out(&mut self) -> Option<Kind> {
        let mut words = self.spare.pop().unwrap_or_default();
        let line = self.next(&mut words);
        self.spare.push(words);
        Some(line?.kind)
    }
}
