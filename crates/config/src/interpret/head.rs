//! Words before the `{` of a virtual or real server.

use std::net::IpAddr;

use crate::interpret::statement::Statement;
use crate::interpret::value::whole;
use crate::line::Word;

/// What is wrong with the head of this block, if anything is: keepalived then leaves out the
/// whole block.
pub(crate) fn fault<'a>(
    keyword: &str,
    statement: &Statement<'a>,
) -> Option<(&'a Word, &'static str)> {
    let words = statement.values();
    let first = words.first()?;
    match (keyword, first.text.as_str()) {
        ("virtual_server", "fwmark") => {
            let mark = words
                .get(1)
                .filter(|mark| !whole(&mark.text).is_ok_and(|mark| mark >= 0));
            mark.map(|mark| (mark, "is not a firewall mark"))
        }
        ("virtual_server", "group") => None,
        ("virtual_server" | "real_server", address) => {
            if address.parse::<IpAddr>().is_err() {
                return Some((first, "is not an IP address"));
            }
            let port = words
                .get(1)
                .filter(|port| !whole(&port.text).is_ok_and(|port| (0..=65_535).contains(&port)));
            port.map(|port| (port, "is not a port"))
        }
        _ => None,
    }
}
