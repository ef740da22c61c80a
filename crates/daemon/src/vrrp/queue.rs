//! Work that may take its time: addresses, announcements, reports, in order and in slices.

use std::collections::VecDeque;
use std::sync::Arc;

use vipd_config::model::Routing;
use vipd_engine::effect::Placed;

use crate::messages::FromVrrp;

/// Pieces for which room is kept.
const KEPT: usize = 64;

/// One piece of work.
#[derive(Debug)]
pub(super) enum Work {
    /// Put these on their interfaces.
    Add(Arc<[Placed]>),
    /// Take these away.
    Remove(Arc<[Placed]>),
    /// Drop packets to these.
    Refuse(Arc<[Placed]>),
    /// Let packets to these through.
    Accept(Arc<[Placed]>),
    /// All rules of the firewall that are wanted from the start were told.
    ReleaseFirewall,
    /// Add these routes and rules.
    AddRouting(Arc<[Routing]>),
    /// Take these away, the last one first.
    RemoveRouting(Arc<[Routing]>),
    /// Tell the neighbours of these.
    Announce(Arc<[Placed]>),
    /// Take away this interface of our own.
    RemoveLink(Arc<str>),
    /// Tell the supervisor.
    Tell(Arc<FromVrrp>),
    /// All is done: the process ends.
    End,
}

/// Some VIPs of a piece of work.
#[derive(Debug)]
pub(super) struct Part {
    all: Arc<[Placed]>,
    from: usize,
    to: usize,
    /// To be removed, and not added.
    pub(super) removes: bool,
}

impl Part {
    pub(super) fn placed(&self) -> &[Placed] {
        self.all.get(self.from..self.to).unwrap_or_default()
    }
}

/// Some routes and rules of a piece of work.
#[derive(Debug)]
pub(super) struct RoutingPart {
    all: Arc<[Routing]>,
    from: usize,
    to: usize,
    /// To be removed, and not added.
    pub(super) removes: bool,
}

impl RoutingPart {
    /// In the order in which it is to be done.
    pub(super) fn list(&self) -> impl Iterator<Item = &Routing> {
        let last = self.all.len().wrapping_sub(1);
        let place = move |i: usize| if self.removes { last - i } else { i };
        (self.from..self.to).filter_map(move |i| self.all.get(place(i)))
    }
}

/// As much work of one kind as is done in one go.
#[derive(Debug)]
pub(super) enum Slice {
    /// Addresses to add and to remove, in order.
    Addresses(Vec<Part>),
    /// Routes and rules to add and to remove, in order.
    Routing(Vec<RoutingPart>),
    /// Packets to these are dropped.
    Refuse(Arc<[Placed]>),
    /// Packets to these are let through.
    Accept(Arc<[Placed]>),
    /// All rules of the firewall that are wanted from the start were told.
    ReleaseFirewall,
    /// VIPs to announce, in order.
    Announce(Vec<Part>),
    /// Take away this interface of our own.
    RemoveLink(Arc<str>),
    /// Tell the supervisor.
    Tell(Arc<FromVrrp>),
    /// The process ends.
    End,
}

/// Work in the order in which it must be done.
#[derive(Debug, Default)]
pub(super) struct Queue {
    work: VecDeque<Work>,
    /// VIPs of the first piece that are done already.
    done: usize,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.work.is_empty()
    }

    pub(super) fn push(&mut self, work: Work) {
        self.work.push_back(work);
    }

    pub(super) fn extend(&mut self, work: impl IntoIterator<Item = Work>) {
        self.work.extend(work);
    }

    /// Whether much room is held for work that is done; it is given up.
    pub(super) fn shed(&mut self) -> bool {
        let is_large = self.work.is_empty() && self.work.capacity() > KEPT;
        if is_large {
            self.work.shrink_to(KEPT);
        }
        is_large
    }

    /// The next slice: at most `limit` VIPs of pieces that follow each other and are alike.
    pub(super) fn next(&mut self, limit: usize) -> Option<Slice> {
        let slice = match self.work.front()? {
            Work::Add(_) | Work::Remove(_) => {
                return Some(Slice::Addresses(self.parts(limit, false)));
            }
            Work::AddRouting(_) | Work::RemoveRouting(_) => {
                return Some(Slice::Routing(self.routing(limit)));
            }
            Work::Announce(_) => return Some(Slice::Announce(self.parts(limit, true))),
            Work::Refuse(addresses) => Slice::Refuse(Arc::clone(addresses)),
            Work::Accept(addresses) => Slice::Accept(Arc::clone(addresses)),
            Work::ReleaseFirewall => Slice::ReleaseFirewall,
            Work::RemoveLink(name) => Slice::RemoveLink(Arc::clone(name)),
            Work::Tell(message) => Slice::Tell(Arc::clone(message)),
            Work::End => Slice::End,
        };
        self.work.pop_front();
        Some(slice)
    }

    /// Takes routes and rules off the front.
    fn routing(&mut self, limit: usize) -> Vec<RoutingPart> {
        let mut parts = Vec::new();
        let mut room = limit.max(1);
        while room > 0 {
            let (all, removes) = match self.work.front() {
                Some(Work::AddRouting(all)) => (Arc::clone(all), false),
                Some(Work::RemoveRouting(all)) => (Arc::clone(all), true),
                _ => break,
            };
            let (from, to) = self.span(all.len(), room);
            room -= to - from;
            parts.push(RoutingPart {
                all,
                from,
                to,
                removes,
            });
        }
        parts
    }

    /// How much of the first piece, of `len` things, is done now; a piece that is done goes.
    fn span(&mut self, len: usize, room: usize) -> (usize, usize) {
        let from = self.done;
        let to = len.min(from + room);
        if to == len {
            self.work.pop_front();
            self.done = 0;
        } else {
            self.done = to;
        }
        (from, to)
    }

    /// Takes VIPs off the front, as long as the pieces are announcements or are not.
    fn parts(&mut self, limit: usize, announcements: bool) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut room = limit.max(1);
        while room > 0 {
            let (all, removes) = match self.work.front() {
                Some(Work::Add(all)) if !announcements => (Arc::clone(all), false),
                Some(Work::Remove(all)) if !announcements => (Arc::clone(all), true),
                Some(Work::Announce(all)) if announcements => (Arc::clone(all), false),
                _ => break,
            };
            let (from, to) = self.span(all.len(), room);
            room -= to - from;
            parts.push(Part {
                all,
                from,
                to,
                removes,
            });
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use vipd_config::model::{Family, Rule, RuleAction, VirtualAddress};

    use super::*;

    fn vips(range: std::ops::Range<u8>) -> Arc<[Placed]> {
        range
            .map(|last| Placed {
                interface: "eth0".into(),
                address: VirtualAddress::new([10, 0, 0, last].into()),
            })
            .collect()
    }

    /// Each slice as one line: what is done to the last bytes of which addresses.
    fn slices(queue: &mut Queue, limit: usize) -> Vec<String> {
        let text = |parts: Vec<Part>| {
            let words: Vec<String> = parts
                .iter()
                .flat_map(|part| {
                    let sign = if part.removes { "-" } else { "+" };
                    part.placed()
                        .iter()
                        .map(move |placed| match placed.address.address {
                            std::net::IpAddr::V4(v4) => format!("{sign}{}", v4.octets()[3]),
                            std::net::IpAddr::V6(_) => unreachable!("the test has none"),
                        })
                })
                .collect();
            words.join(" ")
        };
        std::iter::from_fn(|| queue.next(limit))
            .map(|slice| match slice {
                Slice::Addresses(parts) => text(parts),
                Slice::Announce(parts) => format!("announce {}", text(parts)),
                Slice::Routing(parts) => routing(&parts),
                Slice::Refuse(_) => "refuse".to_owned(),
                Slice::Accept(_) => "accept".to_owned(),
                Slice::ReleaseFirewall => "release".to_owned(),
                Slice::RemoveLink(name) => format!("remove {name}"),
                Slice::Tell(_) => "tell".to_owned(),
                Slice::End => "end".to_owned(),
            })
            .collect()
    }

    #[test]
    fn slices_keep_order_and_limit() {
        let mut queue = Queue::default();
        queue.push(Work::Refuse(vips(1..6)));
        queue.push(Work::Add(vips(1..6)));
        queue.push(Work::Remove(vips(1..3)));
        queue.push(Work::Accept(vips(1..3)));
        queue.push(Work::Announce(vips(3..6)));
        queue.push(Work::Announce(vips(3..4)));
        queue.push(Work::RemoveLink("vrrp.51".into()));
        queue.push(Work::Tell(Arc::new(FromVrrp::Ready)));
        queue.push(Work::End);
        let seen = slices(&mut queue, 3);
        let wanted = [
            "refuse",
            "+1 +2 +3",
            "+4 +5 -1",
            "-2",
            "accept",
            "announce +3 +4 +5",
            "announce +3",
            "remove vrrp.51",
            "tell",
            "end",
        ];
        assert_eq!(seen, wanted);
        assert!(queue.is_empty());
    }

    /// Rules of these priorities.
    fn rules(range: std::ops::Range<u32>) -> Arc<[Routing]> {
        let rule = |priority| Rule::new(Family::V4, priority, RuleAction::Nop);
        range.map(|n| Routing::Rule(Box::new(rule(n)))).collect()
    }

    fn routing(parts: &[RoutingPart]) -> String {
        let words = parts.iter().flat_map(|part| {
            let sign = if part.removes { "-" } else { "+" };
            part.list().map(move |one| match one {
                Routing::Rule(rule) => format!("{sign}rule{}", rule.priority),
                Routing::Route(_) => unreachable!("the test has none"),
            })
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn rules_are_removed_from_the_last_to_the_first() {
        let mut queue = Queue::default();
        queue.push(Work::AddRouting(rules(1..4)));
        queue.push(Work::RemoveRouting(rules(1..4)));
        queue.push(Work::Remove(vips(1..2)));
        let seen = slices(&mut queue, 2);
        assert_eq!(
            seen,
            ["+rule1 +rule2", "+rule3 -rule3", "-rule2 -rule1", "-1"]
        );
    }

    #[test]
    fn an_empty_list_does_not_hold_up_the_rest() {
        let mut queue = Queue::default();
        queue.push(Work::Add(vips(1..1)));
        queue.push(Work::End);
        assert_eq!(slices(&mut queue, 1), ["", "end"]);
    }
}
