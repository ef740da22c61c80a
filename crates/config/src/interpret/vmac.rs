//! `use_vmac [[name] INTERFACE] [MAC] [netlink_notify_msg] [group GROUP]`.

use crate::interpret::draft::{InstanceDraft, VmacDraft};
use crate::interpret::names::Kind;
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};

/// Longest name of an interface, bytes.
const LONGEST_NAME: usize = 15;

/// Takes in a line with `use_vmac`.
pub(crate) fn line(instance: &mut InstanceDraft, report: &mut Report, statement: &Statement<'_>) {
    instance.own_interface = Some(statement.span);
    let mut vmac = VmacDraft::default();
    let mut words = statement.words.iter().skip(1).peekable();
    while let Some(word) = words.next() {
        match word.text {
            // For kernels before 3.13, which told nobody of new addresses by themselves.
            "netlink_notify_msg" => {}
            "group" => {
                let number = words
                    .next()
                    .map(|group| (group, report.names.find(Kind::Group, group.text)));
                match number {
                    Some((_, Some(number))) => vmac.group = Some(number),
                    other => {
                        let span = other.map_or(word.span, |(group, _)| group.span);
                        let message =
                            "`group` of `use_vmac` needs a number or a known name; it is ignored";
                        report.general("invalid-virtual-interface", span, message);
                    }
                }
            }
            "name" if words.peek().is_some() => {}
            text => {
                if let Some(mac) = mac(text) {
                    vmac.mac = Some(mac);
                } else if vmac.name.is_none() && is_name(text) {
                    vmac.name = Some(text.to_owned());
                } else {
                    report.general(
                        "invalid-virtual-interface",
                        word.span,
                        format!(
                            "`{text}` is neither the name of an interface, of at most {LONGEST_NAME} characters, nor a hardware address; it is ignored"
                        ),
                    );
                }
            }
        }
    }
    instance.vmac = Some(At::new(vmac, statement.keyword_span()));
}

/// Whether an interface can have this name.
pub(super) fn is_name(text: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '/' && c != ':';
    !text.is_empty()
        && text.len() <= LONGEST_NAME
        && text != "."
        && text != ".."
        && text.chars().all(is_plain)
}

/// Five or six octets; without the last one, the number of the virtual router takes its place.
fn mac(text: &str) -> Option<([u8; 5], Option<u8>)> {
    let octets: Vec<u8> = text
        .split(':')
        .map(|octet| {
            u8::from_str_radix(octet, 16)
                .ok()
                .filter(|_| octet.len() <= 2)
        })
        .collect::<Option<_>>()?;
    let five = *octets.first_chunk()?;
    match octets.get(5..)? {
        [] => Some((five, None)),
        [last] => Some((five, Some(*last))),
        _ => None,
    }
}
