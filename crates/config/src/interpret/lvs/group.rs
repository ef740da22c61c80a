//! `virtual_server_group`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::value::whole;
use crate::model::Family;
use crate::model::lvs::{Addresses, GroupEntry};

/// `virtual_server_group`
#[derive(Debug, Default)]
pub(crate) struct ServerGroupDraft {
    /// Its name.
    pub(crate) name: At<String>,
    /// Its lines.
    pub(crate) entries: Vec<GroupEntry>,
}

impl ServerGroupDraft {
    /// One line.
    pub(crate) fn entry(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let words = statement.words;
        let Some(first) = words.first() else { return };
        let port = words.get(1);
        let entry = if first.text == "fwmark" {
            mark(
                words.get(1).map(|word| word.text),
                words.get(2).map(|word| word.text),
            )
        } else {
            addresses(first.text, port.map(|word| word.text))
        };
        match entry {
            Ok(entry) => self.entries.push(entry),
            Err(why) => {
                let message = format!("{why}; the line is ignored");
                report.general("bad-group-entry", statement.span, message);
            }
        }
    }
}

fn mark(mark: Option<&str>, family: Option<&str>) -> Result<GroupEntry, String> {
    let text = mark.unwrap_or_default();
    let found = whole(text).ok().and_then(|mark| u32::try_from(mark).ok());
    let family = match family {
        None => None,
        Some("inet") => Some(Family::V4),
        Some("inet6") => Some(Family::V6),
        Some(other) => return Err(format!("`{other}` is neither inet nor inet6")),
    };
    let mark = found.ok_or_else(|| format!("`{text}` is not a firewall mark"))?;
    Ok(GroupEntry::Mark { mark, family })
}

fn addresses(text: &str, port: Option<&str>) -> Result<GroupEntry, String> {
    let port = match port {
        None => 0,
        Some(port) => whole(port)
            .ok()
            .and_then(|port| u16::try_from(port).ok())
            .ok_or_else(|| format!("`{port}` is not a port"))?,
    };
    let bad = || format!("`{text}` is no address, nor a range of addresses");
    let (first, last) = if let Some((first, length)) = text.split_once('/') {
        prefix(first.parse().map_err(|_| bad())?, length).ok_or_else(|| {
            format!("`{text}` is no range: a prefix length must leave all set bits of the address")
        })?
    } else if let Some((first, end)) = text.split_once('-') {
        let first: IpAddr = first.parse().map_err(|_| bad())?;
        (first, end_of(first, end).ok_or_else(bad)?)
    } else {
        let address: IpAddr = text.parse().map_err(|_| bad())?;
        (address, address)
    };
    if first > last || first.is_ipv4() != last.is_ipv4() {
        return Err(format!(
            "`{text}` is no range: its end comes before its start"
        ));
    }
    Ok(GroupEntry::Addresses(Addresses { first, last, port }))
}

/// The first and the last address of a prefix without bits after its length.
fn prefix(first: IpAddr, length: &str) -> Option<(IpAddr, IpAddr)> {
    let length = u32::try_from(whole(length).ok()?)
        .ok()
        .filter(|length| *length > 0)?;
    match first {
        IpAddr::V4(first) => {
            let rest = u32::MAX.checked_shr(length).unwrap_or(0);
            let number = u32::from(first);
            (length <= 32 && number & rest == 0)
                .then(|| (first.into(), Ipv4Addr::from(number | rest).into()))
        }
        IpAddr::V6(first) => {
            let rest = u128::MAX.checked_shr(length).unwrap_or(0);
            let number = u128::from(first);
            (length <= 128 && number & rest == 0)
                .then(|| (first.into(), Ipv6Addr::from(number | rest).into()))
        }
    }
}

/// The end of a range: an address, or its last part.
fn end_of(first: IpAddr, end: &str) -> Option<IpAddr> {
    if let Ok(last) = end.parse() {
        return Some(last);
    }
    match first {
        IpAddr::V4(first) => {
            let last = u8::try_from(whole(end).ok()?).ok()?;
            let [a, b, c, _] = first.octets();
            Some(Ipv4Addr::new(a, b, c, last).into())
        }
        IpAddr::V6(first) => {
            let last = u16::from_str_radix(end, 16).ok()?;
            let mut parts = first.segments();
            parts[7] = last;
            Some(Ipv6Addr::from(parts).into())
        }
    }
}
