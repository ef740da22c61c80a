//! In which order the nodes are to be given their new files, so that they disagree for the shortest
//! time and in the fewest ways while some run by the old ones.

use std::collections::BTreeSet;

use super::{Node, check};
use crate::diagnostic::{Class, Diagnostic};

/// Of so many nodes every order is tried; of more only that of their priorities.
const TRIED: usize = 5;

/// An order of reloads.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Nodes, by their index, in the order in which they are to be reloaded.
    pub order: Vec<usize>,
    /// For each node what is wrong between the nodes after its reload and before the next, and was
    /// wrong neither before all nor is after all.
    pub between: Vec<Vec<Diagnostic>>,
}

impl Plan {
    /// The nodes disagree at no time.
    pub fn is_smooth(&self) -> bool {
        self.between.iter().all(Vec::is_empty)
    }

    fn cost(&self) -> usize {
        self.between.iter().map(Vec::len).sum()
    }
}

/// The best order. Both lists name the same nodes in the same order.
pub fn plan(old: &[Node], new: &[Node]) -> Plan {
    let known: BTreeSet<(&str, String)> = [check(old), check(new)]
        .into_iter()
        .flatten()
        .map(|problem| (problem.code, problem.message))
        .collect();
    let walk = |order: Vec<usize>| -> Plan {
        let mut state: Vec<Node> = old.to_vec();
        let mut between = Vec::new();
        for &node in &order {
            if let (Some(slot), Some(file)) = (state.get_mut(node), new.get(node)) {
                *slot = file.clone();
            }
            let wrong = check(&state).into_iter().filter(|problem| {
                problem.class > Class::Notice
                    && !known.contains(&(problem.code, problem.message.clone()))
            });
            between.push(wrong.collect());
        }
        Plan { order, between }
    };
    let weak_first = by_priority(new);
    let mut best = walk(weak_first.clone());
    if new.len() <= TRIED {
        for order in orders(&weak_first) {
            if best.is_smooth() {
                break;
            }
            let other = walk(order);
            if other.cost() < best.cost() {
                best = other;
            }
        }
    }
    best
}

/// Backups first: the addresses then move once at most.
fn by_priority(nodes: &[Node]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    let sum = |node: &Node| -> u32 {
        let instances = node.config.instances.iter();
        instances.map(|instance| u32::from(instance.priority)).sum()
    };
    order.sort_by_key(|index| nodes.get(*index).map(sum));
    order
}

/// All orders of these.
fn orders(nodes: &[usize]) -> Vec<Vec<usize>> {
    let [first, rest @ ..] = nodes else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for order in orders(rest) {
        for place in 0..=order.len() {
            let mut with = order.clone();
            with.insert(place, *first);
            all.push(with);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;
    use crate::reader::Environment;
    use crate::{Host, load, pair};

    fn nodes(texts: [&str; 2]) -> Vec<Node> {
        let loaded = texts.map(|text| {
            let text =
                format!("vrrp_instance V {{\ninterface eth0\nvirtual_router_id 5\n{text}\n}}\n");
            let files = MemoryFiles::single("f", text);
            load(&files, "f", &Environment::default(), &Host::unknown("f"))
        });
        pair::nodes(["a", "b"].into_iter().zip(&loaded)).0
    }

    #[test]
    fn the_backup_goes_first_and_what_cannot_be_smooth_is_named() {
        let vip = "virtual_ipaddress {\n192.0.2.9/24\n}\n";
        let text = |rest: &str| format!("{vip}{rest}");
        let (a, b) = (text("priority 150"), text("priority 100"));
        let old = nodes([&a, &b]);
        let same = nodes([&text("priority 140"), &b]);
        let found = plan(&old, &same);
        assert_eq!(found.order, [1, 0]);
        assert!(found.is_smooth());
        let v3 = nodes([&(a + "\nversion 3"), &(b + "\nversion 3")]);
        let found = plan(&old, &v3);
        assert_eq!(found.order, [1, 0]);
        let codes: Vec<&str> = found.between.iter().flatten().map(|d| d.code).collect();
        assert_eq!(codes, ["pair-version"]);
    }
}
