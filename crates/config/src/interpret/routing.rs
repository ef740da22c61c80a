//! Routes and rules as they are read, static things, and the groups that follow them.

use crate::interpret::draft::{DelayedInterface, Draft};
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::{address, route, rule, value};
use crate::line::Span;
use crate::model::Routing;
use crate::tables::time;

/// Routes and rules.
#[derive(Debug, Default)]
pub(crate) struct RoutingDraft {
    /// Routes, in order.
    pub(crate) routes: Vec<At<Routing>>,
    /// Rules, in order.
    pub(crate) rules: Vec<At<Routing>>,
    /// Interfaces that they name.
    pub(crate) interfaces: Vec<At<String>>,
}

impl RoutingDraft {
    /// Reads a route. `tracked`: its loss matters.
    pub(crate) fn route(&mut self, report: &mut Report, line: &Statement<'_>, tracked: bool) {
        let (route, interfaces) = route::route(report, line, tracked);
        let route = route.map(|route| Routing::Route(Box::new(route)));
        self.routes
            .extend(route.map(|route| At::new(route, line.span)));
        self.interfaces.extend(interfaces);
    }

    /// Reads a rule.
    pub(crate) fn rule(&mut self, report: &mut Report, line: &Statement<'_>) {
        let (rule, interfaces) = rule::rule(report, line);
        let rule = rule.map(|rule| Routing::Rule(Box::new(rule)));
        self.rules.extend(rule.map(|rule| At::new(rule, line.span)));
        self.interfaces.extend(interfaces);
    }

    /// Everything, in the order in which it is added.
    pub(crate) fn every(&self) -> impl Iterator<Item = &At<Routing>> {
        self.routes.iter().chain(&self.rules)
    }
}

/// `track_group`.
#[derive(Debug, Default)]
pub(crate) struct TrackGroupDraft {
    /// Its name.
    pub(crate) name: At<String>,
    /// `group`
    pub(crate) members: Vec<At<String>>,
}

impl TrackGroupDraft {
    /// A group of which only the name is known.
    pub(crate) fn new(name: At<String>) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }
}

impl Draft {
    /// Reads an address of `static_ipaddress`.
    pub(crate) fn static_address(&mut self, report: &mut Report, line: &Statement<'_>) {
        let Some(mut address) = address::entry(report, line) else {
            return;
        };
        let group = &mut address.value.track_group;
        self.keep_known(group, address.span, report);
        self.static_addresses.push(address);
    }

    /// Reads a route of `static_routes`.
    pub(crate) fn static_route(&mut self, report: &mut Report, line: &Statement<'_>) {
        let (route, interfaces) = route::route(report, line, false);
        self.routing.interfaces.extend(interfaces);
        if let Some(mut route) = route {
            let interface = route.interface.as_deref();
            needs_interface(&mut route.track_group, interface, "dev", line.span, report);
            self.keep_known(&mut route.track_group, line.span, report);
            let route = Routing::Route(Box::new(route));
            self.routing.routes.push(At::new(route, line.span));
        }
    }

    /// Reads a rule of `static_rules`.
    pub(crate) fn static_rule(&mut self, report: &mut Report, line: &Statement<'_>) {
        let (rule, interfaces) = rule::rule(report, line);
        self.routing.interfaces.extend(interfaces);
        if let Some(mut rule) = rule {
            let interface = rule.input.as_deref();
            needs_interface(&mut rule.track_group, interface, "iif", line.span, report);
            self.keep_known(&mut rule.track_group, line.span, report);
            let rule = Routing::Rule(Box::new(rule));
            self.routing.rules.push(At::new(rule, line.span));
        }
    }

    /// Reads a line of `interface_up_down_delays`.
    pub(crate) fn delayed_interface(&mut self, report: &mut Report, line: &Statement<'_>) {
        let Some(first) = line.words.first() else {
            return;
        };
        let form = time(0, 255_000_000, 6);
        let mut delay = |place: usize| {
            let word = line.words.get(place)?;
            value::time(word, "interface_up_down_delays", &form, "", report)
        };
        let down = delay(1).map(|delay| delay.value).unwrap_or_default();
        let up = delay(2).map_or(down, |delay| delay.value);
        self.delayed_interfaces.push(DelayedInterface {
            name: At::new(first.text.to_owned(), first.span),
            down,
            up,
        });
    }

    /// Forgets a track group that is not defined before this line.
    fn keep_known(&self, group: &mut Option<String>, span: Span, report: &mut Report) {
        let Some(name) = group.as_deref() else { return };
        if self
            .track_groups
            .iter()
            .all(|known| known.name.value != name)
        {
            let message =
                format!("no `track_group {name}` is defined before this line; it is ignored");
            report.general("unknown-track-group", span, message);
            *group = None;
        }
    }
}

/// A group follows an interface, so there must be one.
fn needs_interface(
    group: &mut Option<String>,
    interface: Option<&str>,
    word: &str,
    span: Span,
    report: &mut Report,
) {
    if group.is_some() && interface.is_none() {
        let message = format!("`track_group` needs `{word}`; it is ignored");
        report.general("route-conflict", span, message);
        *group = None;
    }
}
