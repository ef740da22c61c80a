//! Interfaces that instances have made: their names and hardware addresses.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::complete::{Scene, blocks};
use crate::interpret::draft::InstanceDraft;
use crate::interpret::report::Report;
use crate::model::{Config, Family, Instance, Ipvlan, Transport, VirtualLink};

/// Longest name of an interface, bytes.
const LONGEST_NAME: usize = 15;
/// How default names begin.
const PREFIX: &str = "vrrp";

/// What `use_vmac` of an instance comes to. Names are given when all instances are known.
pub(super) fn flags(draft: &InstanceDraft, instance: &mut Instance, report: &mut Report) {
    instance.uses_vmac_addr = draft.use_vmac_addr;
    if instance.interface.is_none() {
        return;
    }
    if draft.ipvlan.is_some() {
        return ipvlan(draft, instance, report);
    }
    let Some(vmac) = &draft.vmac else { return };
    instance.uses_vmac = true;
    instance.vmac_xmit_base = draft.vmac_xmit_base;
    if instance.strict {
        if draft.vmac_xmit_base {
            not_strict(vmac.span, "`vmac_xmit_base` is ignored", report);
            instance.vmac_xmit_base = false;
        }
        if vmac.value.mac.is_some() {
            let what = "the hardware address of `use_vmac` is ignored";
            not_strict(vmac.span, what, report);
        }
    }
    let is_unicast = matches!(instance.transport, Transport::Unicast { .. });
    if is_unicast && !instance.vmac_xmit_base {
        instance.vmac_xmit_base = true;
        report.general(
            "unicast-on-base",
            vmac.span,
            format!(
                "unicast with `use_vmac` needs `vmac_xmit_base`; it is set for `{}`",
                instance.name
            ),
        );
    }
}

/// What `use_ipvlan` comes to: adverts are sent from the address of the interface.
fn ipvlan(draft: &InstanceDraft, instance: &mut Instance, report: &mut Report) {
    let Some(ipvlan) = &draft.ipvlan else { return };
    let name = &instance.name;
    if let Some(vmac) = &draft.vmac {
        let message = format!("`use_vmac` of `{name}` is ignored: it has `use_ipvlan`");
        report.general("invalid-virtual-interface", vmac.span, message);
    }
    let fits = |(address, _): &(IpAddr, u8)| address.is_ipv4() == (instance.family == Family::V4);
    match ipvlan.value.address.filter(fits) {
        Some((address, _)) => {
            instance.source.get_or_insert(address);
        }
        None if ipvlan.value.address.is_some() => {
            let message = format!(
                "the address of `use_ipvlan` of `{name}` is not of the family of its addresses; it is ignored"
            );
            report.general("invalid-virtual-interface", ipvlan.span, message);
        }
        None => {}
    }
    if instance.family == Family::V4 && instance.source.is_none() {
        let message = format!(
            "`use_ipvlan` of `{name}` needs an IPv4 address to send from; the instance stays in FAULT"
        );
        let problem = report.general("ipvlan-without-address", ipvlan.span, message);
        problem.help = Some("write one behind `use_ipvlan`, another on each node".to_owned());
    }
}

fn not_strict(span: crate::line::Span, what: &str, report: &mut Report) {
    report.general("not-strict", span, format!("strict mode: {what}"));
}

/// Names for all: those that are written, then free ones in the order of the file.
pub(super) fn complete(scene: &Scene<'_>, config: &mut Config, report: &mut Report) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for draft in &scene.draft.instances {
        let ipvlan = draft.ipvlan.as_ref().map(|i| (i.span, &i.value.name));
        let vmac = draft.vmac.as_ref().map(|v| (v.span, &v.value.name));
        if let Some((span, Some(name))) = ipvlan.or(vmac)
            && !taken.insert(name.clone())
        {
            report.general(
                "repeated-interface-name",
                span,
                format!("`{name}` is the name of another virtual interface; a free one is used"),
            );
        }
    }
    let global = &scene.draft.global;
    let prefix = global.vmac_prefix.as_deref().unwrap_or(PREFIX);
    let mut names = Names {
        own: prefix,
        others: global.vmac_addr_prefix.as_deref().unwrap_or(prefix),
        given: BTreeSet::new(),
        taken,
    };
    for (instance, draft) in config.instances.iter_mut().zip(blocks(scene.draft)) {
        instance.virtual_links = names.links(instance, draft);
    }
}

/// Names given so far.
struct Names<'a> {
    own: &'a str,
    others: &'a str,
    /// Written names that an instance has got.
    given: BTreeSet<String>,
    taken: BTreeSet<String>,
}

impl Names<'_> {
    /// Every virtual interface of an instance, its own first.
    fn links(&mut self, instance: &Instance, draft: &InstanceDraft) -> Vec<VirtualLink> {
        let mut links: Vec<VirtualLink> = Vec::new();
        let addresses = || {
            instance
                .addresses
                .iter()
                .chain(&instance.excluded_addresses)
        };
        let has_v4 = addresses().any(|address| address.address.is_ipv4());
        let has_v6 = addresses().any(|address| address.address.is_ipv6());
        if let (Some(ipvlan), Some(base)) = (&draft.ipvlan, &instance.interface) {
            let ipvlan = &ipvlan.value;
            let written = { ipvlan.name.clone() }.filter(|name| self.given.insert(name.clone()));
            let is_own = |(address, _): &(IpAddr, u8)| Some(*address) == instance.source;
            links.push(VirtualLink {
                name: written
                    .unwrap_or_else(|| self.free(self.own, instance.vrid, instance.family)),
                base: base.clone(),
                family: instance.family,
                mac: [0; 6],
                ipvlan: Some(Ipvlan {
                    reach: ipvlan.reach,
                    address: ipvlan.address.filter(is_own),
                }),
                sends: true,
                group: ipvlan.group,
                ipv4: instance.family == Family::V4,
                ipv6: has_v6 || instance.family == Family::V6,
            });
        }
        if let (true, Some(base)) = (instance.uses_vmac, &instance.interface) {
            let written = draft.vmac.as_ref().and_then(|v| v.value.name.clone());
            let written = written.filter(|name| self.given.insert(name.clone()));
            links.push(VirtualLink {
                name: written
                    .unwrap_or_else(|| self.free(self.own, instance.vrid, instance.family)),
                base: base.clone(),
                family: instance.family,
                mac: mac(instance, draft, instance.family),
                ipvlan: None,
                sends: !instance.vmac_xmit_base,
                group: draft.vmac.as_ref().and_then(|vmac| vmac.value.group),
                ipv4: has_v4 || instance.family == Family::V4,
                ipv6: has_v6 || instance.family == Family::V6,
            });
        }
        for address in addresses() {
            let Some((base, family)) = instance.virtual_place(address) else {
                continue;
            };
            if links.iter().any(|l| l.base == base && l.family == family) {
                continue;
            }
            links.push(VirtualLink {
                name: self.free(self.others, instance.vrid, family),
                base: base.to_owned(),
                family,
                mac: mac(instance, draft, family),
                ipvlan: None,
                sends: false,
                group: None,
                ipv4: family == Family::V4,
                ipv6: family == Family::V6,
            });
        }
        links
    }

    /// `vrrp.51`; when that is taken, for IPv6 `vrrp6.51`, then `vrrp1.51` and so on.
    fn free(&mut self, prefix: &str, vrid: u8, family: Family) -> String {
        // Both ends of a long prefix fit: a number of the virtual router and one to tell apart.
        let mut length = prefix.len().min(LONGEST_NAME - 8);
        while !prefix.is_char_boundary(length) {
            length -= 1;
        }
        let prefix = &prefix[..length];
        let first = [String::new()].into_iter();
        let six = (family == Family::V6).then(|| "6".to_owned());
        let numbers = (1_u32..).map(|number| number.to_string());
        let names = first.chain(six).chain(numbers);
        let mut names = names.map(|number| format!("{prefix}{number}.{vrid}"));
        let free = names.find(|name| !self.taken.contains(name));
        let name = free.unwrap_or_default();
        self.taken.insert(name.clone());
        name
    }
}

fn mac(instance: &Instance, draft: &InstanceDraft, family: Family) -> [u8; 6] {
    let written = draft.vmac.as_ref().and_then(|vmac| vmac.value.mac);
    match written {
        Some((five, last)) if !instance.strict && family == instance.family => {
            let mut mac = [last.unwrap_or(instance.vrid); 6];
            mac[..5].copy_from_slice(&five);
            mac
        }
        _ => {
            let kind = match family {
                Family::V4 => 1,
                Family::V6 => 2,
            };
            [0, 0, 0x5e, 0, kind, instance.vrid]
        }
    }
}
