//! `use_ipvlan [INTERFACE] [ADDRESS[/LENGTH]] [bridge|private|vepa] [group GROUP]`.

use std::net::IpAddr;

use crate::interpret::draft::{InstanceDraft, IpvlanDraft};
use crate::interpret::names::Kind;
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::vmac::is_name;
use crate::model::IpvlanReach;

/// Takes in a line with `use_ipvlan`.
pub(crate) fn line(instance: &mut InstanceDraft, report: &mut Report, statement: &Statement<'_>) {
    instance.own_interface = Some(statement.span);
    let mut ipvlan = IpvlanDraft::default();
    let mut words = statement.words.iter().skip(1);
    while let Some(word) = words.next() {
        let reach = match word.text {
            "bridge" => Some(IpvlanReach::Bridge),
            "private" => Some(IpvlanReach::Private),
            "vepa" => Some(IpvlanReach::Vepa),
            _ => None,
        };
        let group = (word.text == "group").then(|| words.next()).flatten();
        let group = group.and_then(|group| report.names.find(Kind::Group, group.text));
        let address = address(word.text);
        if reach.is_some() {
            ipvlan.reach = reach.unwrap_or_default();
        } else if group.is_some() {
            ipvlan.group = group;
        } else if address.is_some() && ipvlan.address.is_none() {
            ipvlan.address = address;
        } else if ipvlan.name.is_none() && word.text != "group" && is_name(word.text) {
            ipvlan.name = Some(word.text.to_owned());
        } else {
            let message = format!(
                "`{}` is no name, address, mode or group for the interface of `use_ipvlan`; it is ignored",
                word.text
            );
            report.general("invalid-virtual-interface", word.span, message);
        }
    }
    instance.ipvlan = Some(At::new(ipvlan, statement.keyword_span()));
}

/// An address with a prefix length, or with that of a single one.
fn address(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        "" => whole,
        text => text.parse().ok().filter(|length| *length <= whole)?,
    };
    Some((address, length))
}
