//! Interfaces made for instances: ipvlans, and virtual MAC addresses (V3-71; section 10 of the behaviour list,
//! end).
//!
//! They are there before an instance starts, so that it need not wait for them:
//! [`Router::wanted_links`] says which, and whoever runs the engine makes them before
//! [`crate::Input::Start`] and before [`crate::Input::Reconfigure`]. Later the engine asks for
//! them itself, when the interface under one is made again, or when somebody has removed one.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use vipd_config::model::{Config, Family, VirtualLink};

use super::fault::Fault;
use super::instance::{Instance, Turn};
use super::links::Links;
use super::router::{Phase, Router};
use super::settings::Settings;
use crate::Effect;
use crate::effect::WantedLink;

impl Router {
    /// The interfaces that a configuration has us make, as far as what they sit on is there.
    pub fn wanted_links(&self, config: &Config) -> Vec<WantedLink> {
        let mut links = self.shared.links.clone();
        let addresses = config.instances.iter().flat_map(|instance| {
            let listed = instance.addresses.iter();
            listed.chain(&instance.excluded_addresses)
        });
        let sources = config.instances.iter().filter_map(|i| i.source);
        links.reset(addresses.map(|a| a.address).collect(), sources.collect());
        let instances = config.instances.iter();
        let wanted = instances.flat_map(|instance| {
            let settings = Settings::new(instance, None);
            let source = source_of(&settings, &links);
            let on = settings.virtual_links().iter();
            let there = on.filter(|link| links.get(&link.base).is_some_and(|l| l.index.is_some()));
            let wanted = there.map(|link| wanted(link, source, &settings.name));
            wanted.collect::<Vec<_>>()
        });
        wanted.collect()
    }

    /// Names of all interfaces that instances have made.
    pub(super) fn link_names(&self) -> BTreeSet<Arc<str>> {
        let links = self.instances.iter();
        let links = links.flat_map(|instance| instance.settings.virtual_links().iter());
        links.map(|link| Arc::from(link.name.as_str())).collect()
    }

    /// Takes away what of `old` no instance wants now; all of it when everything stops.
    pub(super) fn remove_links(&self, old: &BTreeSet<Arc<str>>, effects: &mut Vec<Effect>) {
        let kept = match self.phase {
            Phase::Running => self.link_names(),
            Phase::New | Phase::Stopped => BTreeSet::new(),
        };
        let gone = old.difference(&kept).cloned();
        effects.extend(gone.map(Effect::RemoveLink));
    }
}

impl Instance {
    /// `name` has changed: what is to be on it, and what should be there itself, is made again.
    pub(super) fn have_links_on(&self, name: &str, turn: &mut Turn<'_>) {
        let source = source_of(&self.settings, turn.links);
        for link in self.settings.virtual_links() {
            let is_there = |name| turn.links.get(name).is_some_and(|l| l.index.is_some());
            if !is_there(&link.base) || (link.base != name && link.name != name) {
                continue;
            }
            let lacks_source = link.sends
                && link.ipvlan.is_none()
                && matches!(source, Some(IpAddr::V6(source))
                    if !turn.links.get(&link.name).is_some_and(|l| l.has(source)));
            let address = link.ipvlan.and_then(|ipvlan| ipvlan.address);
            let lacks_address = address.is_some_and(|(address, _)| {
                let link = turn.links.get(&link.name);
                link.is_some_and(|link| !link.present.contains(&address))
            });
            if !is_there(&link.name)
                || (link.base == name && lacks_source)
                || (link.name == name && lacks_address)
            {
                let wanted = Box::new(wanted(link, source, self.name()));
                turn.effects.push(Effect::MakeLink(wanted));
            }
        }
    }

    /// An interface of its own that is missing or down though the one under it is up.
    pub(super) fn add_virtual_faults(&self, links: &Links, faults: &mut Vec<Fault>) {
        for link in self.settings.virtual_links() {
            let is_missing = links
                .get(&link.name)
                .is_none_or(|link| link.index.is_none());
            if links.is_up(&link.base) && (is_missing || !links.is_up(&link.name)) {
                faults.push(Fault::Interface(link.name.clone()));
            }
        }
    }
}

/// Source address of adverts.
fn source_of(settings: &Settings, links: &Links) -> Option<IpAddr> {
    settings.source.or_else(|| {
        let own = links.get(settings.source_interface()?)?;
        own.primary(settings.family)
    })
}

fn wanted(link: &VirtualLink, source: Option<IpAddr>, instance: &Arc<str>) -> WantedLink {
    let source: Option<Ipv6Addr> = match source {
        Some(IpAddr::V6(source))
            if link.sends && link.ipvlan.is_none() && link.family == Family::V6 =>
        {
            Some(source)
        }
        Some(_) | None => None,
    };
    WantedLink {
        instance: instance.clone(),
        link: link.clone(),
        source,
    }
}
