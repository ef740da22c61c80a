//! Routes and rules in the kernel: which are ours now, and whether one was taken away by
//! somebody else.

use std::collections::BTreeMap;
use std::io;

use vipd_config::model::{self, Adding, NextHop, Prefix, Routing, RuleAction};
use vipd_linux::Error;
use vipd_linux::netlink::routing::{Encapsulation, is_not_there, is_there_already};
use vipd_linux::netlink::{Hop, NewRoute, NewRule, NewRuleAction, RouteAdding, RoutingKey};

use super::interfaces::Interfaces;

/// A route or a rule as the kernel is to have it.
#[derive(Debug)]
enum Wanted {
    Route(NewRoute),
    Rule(NewRule),
}

impl Wanted {
    /// None while an interface that it names does not exist.
    fn of(routing: &Routing, interfaces: &Interfaces) -> Option<Self> {
        Some(match routing {
            Routing::Route(route) => Self::Route(new_route(route, interfaces)?),
            Routing::Rule(rule) => Self::Rule(new_rule(rule)),
        })
    }

    fn key(&self) -> RoutingKey {
        match self {
            Self::Route(route) => route.key(),
            Self::Rule(rule) => rule.key(),
        }
    }
}

/// One order to the kernel.
#[derive(Debug)]
pub(super) struct Change<'a> {
    /// To be removed, and not added.
    pub(super) removes: bool,
    /// What.
    pub(super) routing: &'a Routing,
}

/// The routes and rules that we have put into the kernel.
#[derive(Debug, Default)]
pub(super) struct Held(BTreeMap<RoutingKey, Vec<Routing>>);

impl Held {
    /// Makes all changes, in order, with few system calls, and gives each failure to `failed`.
    ///
    /// What is there already, or not there any more, is no failure.
    pub(super) fn apply(
        &mut self,
        route: &mut vipd_linux::netlink::Route,
        interfaces: &Interfaces,
        changes: &[Change<'_>],
        failed: &mut dyn FnMut(&Change<'_>, &str),
    ) -> Result<(), Error> {
        let mut possible = Vec::with_capacity(changes.len());
        for change in changes {
            match Wanted::of(change.routing, interfaces) {
                Some(wanted) => possible.push((change, wanted)),
                None if change.removes => {}
                None => failed(change, "there is no such interface"),
            }
        }
        let requests = possible.iter().map(|(change, wanted)| match wanted {
            Wanted::Route(route) if change.removes => route.remove(),
            Wanted::Route(route) => route.add(),
            Wanted::Rule(rule) if change.removes => rule.remove(),
            Wanted::Rule(rule) => rule.add(),
        });
        let answers = route.batch(requests)?;
        for ((change, wanted), answer) in possible.iter().zip(answers) {
            if let Some(error) = self.note(change, wanted.key(), answer) {
                failed(change, &error.to_string());
            }
        }
        Ok(())
    }

    /// Remembers what came of one change; what is left of an error.
    fn note(
        &mut self,
        change: &Change<'_>,
        key: RoutingKey,
        answer: io::Result<()>,
    ) -> Option<io::Error> {
        if change.removes {
            if let Some(list) = self.0.get_mut(&key) {
                list.retain(|known| known != change.routing);
                if list.is_empty() {
                    self.0.remove(&key);
                }
            }
            return answer.err().filter(|error| !is_not_there(error));
        }
        match answer {
            Err(error) if !is_there_already(&error) => Some(error),
            _ => {
                let list = self.0.entry(key).or_default();
                if !list.contains(change.routing) {
                    list.push(change.routing.clone());
                }
                None
            }
        }
    }

    /// Somebody else has removed something that looks like this: what of ours may be gone.
    pub(super) fn gone(&mut self, key: &RoutingKey) -> Vec<Routing> {
        self.0.remove(key).unwrap_or_default()
    }

    /// After changes were missed: everything of ours is added again, and what was not there any
    /// more is returned.
    pub(super) fn verify(
        &mut self,
        route: &mut vipd_linux::netlink::Route,
        interfaces: &Interfaces,
    ) -> Result<Vec<Routing>, Error> {
        let all: Vec<&Routing> = self.0.values().flatten().collect();
        let wanted = all.iter().filter_map(|one| Wanted::of(one, interfaces));
        let requests = wanted.map(|wanted| match wanted {
            Wanted::Route(route) => route.add(),
            Wanted::Rule(rule) => rule.add(),
        });
        let answers = route.batch(requests)?;
        let possible = all
            .iter()
            .filter(|one| Wanted::of(one, interfaces).is_some());
        let missing = possible.zip(answers).filter(|(_, answer)| answer.is_ok());
        Ok(missing.map(|(one, _)| (*one).clone()).collect())
    }
}

fn new_route(route: &model::Route, interfaces: &Interfaces) -> Option<NewRoute> {
    let own = NextHop {
        gateway: route.gateway,
        interface: route.interface.clone(),
        hops: 0,
        onlink: route.onlink,
        realms: route.realms,
        encapsulation: route.encapsulation.clone(),
    };
    let table = match &route.domain {
        Some(domain) => interfaces.by_name(domain)?.table?,
        None => route.table,
    };
    let hops = route.next_hops.iter();
    Some(NewRoute {
        destination: pair(route.destination),
        source: route.source.map(pair),
        kind: route.kind,
        scope: route.scope,
        protocol: route.protocol,
        tos: route.tos,
        table,
        priority: route.metric,
        hop: hop(&own, interfaces)?,
        preferred_source: route.preferred_source,
        expires: route.expires,
        metrics: route.metrics.clone(),
        locks: route.locks,
        congestion_control: route.congestion_control.clone(),
        preference: route.preference,
        hops: hops
            .map(|next| hop(next, interfaces))
            .collect::<Option<_>>()?,
        adding: match route.adding {
            Adding::Prepend => RouteAdding::Prepend,
            Adding::Append => RouteAdding::Append,
            Adding::Alone => RouteAdding::Alone,
        },
    })
}

fn hop(hop: &NextHop, interfaces: &Interfaces) -> Option<Hop> {
    let index = match &hop.interface {
        Some(name) => Some(interfaces.by_name(name)?.index),
        None => None,
    };
    Some(Hop {
        gateway: hop.gateway,
        index,
        weight: hop.hops,
        onlink: hop.onlink,
        realms: hop.realms,
        encapsulation: hop.encapsulation.as_ref().map(encapsulation),
    })
}

fn encapsulation(of: &model::Encapsulation) -> Encapsulation {
    match of {
        model::Encapsulation::Mpls { labels, ttl } => Encapsulation::Mpls(labels.clone(), *ttl),
        model::Encapsulation::Ip {
            family,
            id,
            destination,
            source,
            tos,
            ttl,
        } => Encapsulation::Ip {
            is_v6: *family == model::Family::V6,
            id: *id,
            destination: *destination,
            source: *source,
            tos: *tos,
            ttl: *ttl,
        },
    }
}

fn new_rule(rule: &model::Rule) -> NewRule {
    NewRule {
        is_v6: rule.family == model::Family::V6,
        source: rule.source.map(pair),
        destination: rule.destination.map(pair),
        inverted: rule.inverted,
        priority: rule.priority,
        tos: rule.tos,
        mark: rule.mark,
        mark_mask: rule.mark_mask,
        realms: rule.realms,
        suppress_prefix: rule.suppress_prefix,
        suppress_group: rule.suppress_group,
        input: rule.input.clone(),
        output: rule.output.clone(),
        tunnel: rule.tunnel,
        users: rule.users,
        protocol: rule.protocol,
        ip_protocol: rule.ip_protocol,
        source_ports: rule.source_ports,
        destination_ports: rule.destination_ports,
        action: match rule.action {
            RuleAction::Table(table) => NewRuleAction::Table(table),
            RuleAction::Domain => NewRuleAction::Domain,
            RuleAction::Goto(target) => NewRuleAction::Goto(target),
            RuleAction::Nop => NewRuleAction::Nop,
            RuleAction::Blackhole => NewRuleAction::Blackhole,
            RuleAction::Unreachable => NewRuleAction::Unreachable,
            RuleAction::Prohibit => NewRuleAction::Prohibit,
        },
    }
}

fn pair(prefix: Prefix) -> (std::net::IpAddr, u8) {
    (prefix.address, prefix.len)
}
