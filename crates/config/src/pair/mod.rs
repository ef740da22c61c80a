//! Rules between the files of several nodes: what has to agree, or to differ, for them to be one
//! cluster.
//!
//! Every diagnostic points at the places that disagree, in the file of each node. A warning means
//! that the nodes do not do together what they should; a hint, that they hardly do what is meant.

mod checks;
pub(crate) mod codes;
mod daemons;
mod election;
mod groups;
mod hmac;
mod network;
pub mod places;
pub mod reload;
mod routers;

use crate::diagnostic::{Class, Diagnostic, Sources};
use crate::line::Span;
use crate::load::Loaded;
use crate::model::{Config, Instance};
use places::{InstancePlaces, Places};

pub use routers::{VirtualRouter, virtual_routers};

/// A node of the cluster.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name, for messages.
    pub name: String,
    /// Its configuration.
    pub config: Config,
    /// Where the values stand.
    pub places: Places,
}

/// The nodes and all their files, from what was loaded for each.
pub fn nodes<'a>(loaded: impl IntoIterator<Item = (&'a str, &'a Loaded)>) -> (Vec<Node>, Sources) {
    let mut sources = Sources::default();
    let nodes = loaded
        .into_iter()
        .map(|(name, loaded)| Node {
            name: name.to_owned(),
            config: loaded.config.clone(),
            places: loaded.places.clone().after(sources.append(&loaded.sources)),
        })
        .collect();
    (nodes, sources)
}

/// What is wrong between the nodes.
pub fn check(nodes: &[Node]) -> Vec<Diagnostic> {
    let routers = virtual_routers(nodes);
    let mut found = Vec::new();
    alone(nodes, &routers, &mut found);
    for router in &routers {
        let members: Vec<Side<'_>> = router.iter().filter_map(|&m| Side::of(nodes, m)).collect();
        for (at, &second) in members.iter().enumerate().skip(1) {
            let two = Two {
                a: members[0],
                b: second,
            };
            network::check(two, &mut found);
            hmac::check(two, &mut found);
            election::check(two, &mut found);
            checks::check(two, &mut found);
            for &first in &members[..at] {
                let two = Two {
                    a: first,
                    b: second,
                };
                network::peers(two, &mut found);
                election::owners(two, &mut found);
            }
        }
    }
    groups::check(nodes, &routers, &mut found);
    daemons::check(nodes, &mut found);
    names(nodes, &mut found);
    found
}

/// An instance with the node it stands on.
#[derive(Clone, Copy, Debug)]
struct Side<'a> {
    node: &'a Node,
    instance: &'a Instance,
    places: &'a InstancePlaces,
}

impl<'a> Side<'a> {
    fn of(nodes: &'a [Node], (node, instance): (usize, usize)) -> Option<Self> {
        let node = nodes.get(node)?;
        let instance = node.config.instances.get(instance)?;
        let places = node.places.instances.get(&instance.name)?;
        Some(Self {
            node,
            instance,
            places,
        })
    }

    fn name(&self) -> &'a str {
        &self.node.name
    }
}

/// Two instances of one virtual router.
#[derive(Clone, Copy, Debug)]
struct Two<'a> {
    a: Side<'a>,
    b: Side<'a>,
}

impl Two<'_> {
    /// The places of a word on both sides, what it says there as a word about each.
    fn differ(
        &self,
        diagnostic: Diagnostic,
        word: &str,
        says: [&dyn std::fmt::Display; 2],
    ) -> Diagnostic {
        let side = |side: &Side<'_>, says: &dyn std::fmt::Display| {
            let default = if side.places.given(word).is_some() {
                ""
            } else {
                ", by default"
            };
            format!("{says} on {}{default}", side.name())
        };
        diagnostic
            .at(self.a.places.word(word))
            .label(self.a.places.word(word), side(&self.a, says[0]))
            .label(self.b.places.word(word), side(&self.b, says[1]))
    }
}

/// The nodes do not do together what they should.
fn wrong(code: &'static str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, Class::General, message)
}

/// Virtual routers with one member.
fn alone(nodes: &[Node], routers: &[VirtualRouter], found: &mut Vec<Diagnostic>) {
    for router in routers {
        let [member] = router[..] else { continue };
        let Some(side) = Side::of(nodes, member) else {
            continue;
        };
        let message = format!(
            "`{}` (`virtual_router_id {}`) is on {} only: nobody takes over from it",
            side.instance.name,
            side.instance.vrid,
            side.name()
        );
        let help = "give another node an instance with the same number and the same addresses";
        found.push(wrong("pair-alone", message).at(side.places.name).help(help));
    }
}

/// `router_id` names a node; two of one name cannot be told apart in mails.
fn names(nodes: &[Node], found: &mut Vec<Diagnostic>) {
    for (at, second) in nodes.iter().enumerate() {
        let Some(here) = second.places.router_id else {
            continue;
        };
        let same = |first: &&Node| first.config.global.router_id == second.config.global.router_id;
        let Some((first, there)) = nodes[..at]
            .iter()
            .find(same)
            .and_then(|first| first.places.router_id.map(|span| (first, span)))
        else {
            continue;
        };
        let message = format!(
            "`router_id {}` is on {} and on {}: it names the node, and mails from both look the same",
            second.config.global.router_id, first.name, second.name
        );
        found.push(both(
            Diagnostic::hint("pair-router-id", message),
            [there, here],
            [first, second],
        ));
    }
}

/// Points at one place on each of two nodes.
fn both(diagnostic: Diagnostic, places: [Span; 2], nodes: [&Node; 2]) -> Diagnostic {
    diagnostic
        .at(places[0])
        .label(places[0], format!("on {}", nodes[0].name))
        .label(places[1], format!("on {}", nodes[1].name))
}
