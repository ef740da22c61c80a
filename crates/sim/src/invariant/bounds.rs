//! One input asks for a bounded number of things, and every packet is well-formed.

use super::Checker;
use crate::record::{Record, What};
use crate::world::World;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct Bounds {}

impl Checker for Bounds {
    fn name(&self) -> &'static str {
        "bounded and well-formed"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        let node = record.node.map(|node| &world.nodes()[node]);
        match (&record.what, node) {
            (What::BadPacket(message), Some(node)) => Err(format!("{}: {message}", node.name)),
            (What::Handled { input, effects }, Some(node)) => {
                let limit = 20
                    + node
                        .config
                        .instances
                        .iter()
                        .map(most_effects)
                        .sum::<usize>();
                if *effects > limit {
                    return Err(format!(
                        "{}: {effects} effects of one input ({input:?}), at most {limit} expected",
                        node.name
                    ));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// An instance may leave and enter a state, each with packets to all peers, some reports, and two
/// sets of announcements for each address.
fn most_effects(instance: &vipd_config::model::Instance) -> usize {
    let peers = match &instance.transport {
        vipd_config::model::Transport::Multicast { .. } => 1,
        vipd_config::model::Transport::Unicast { peers, .. } => peers.len(),
    };
    let garp = &instance.garp;
    let sets = garp.master_repeat + garp.lower_prio_repeat + garp.refresh_repeat;
    let addresses = instance.addresses.len() + instance.excluded_addresses.len();
    4 * peers + 20 + 2 * addresses * usize::try_from(sets).unwrap_or(0)
}
