//! The time bounds of the protocol, from the configurations.

use std::time::Duration;

use vipd_config::model::Version;

use crate::world::World;

/// What every bound is stretched by: clocks run unequally fast, processes are called late,
/// packets are under way, and version 3 rounds its intervals on the wire.
pub(super) fn slack(world: &World, bound: Duration) -> Duration {
    bound / 100 + world.settings().lateness * 2 + world.longest_delay() + Duration::from_millis(12)
}

/// Advertisement interval of an instance.
pub(super) fn interval(world: &World, node: usize, instance: usize) -> Duration {
    world.nodes()[node].config.instances[instance].advert_interval
}

/// The longest interval an instance can go by: version 3 learns it from others (V3-21).
fn longest_interval(world: &World, node: usize, instance: usize) -> Duration {
    let own = &world.nodes()[node].config.instances[instance];
    let members = &world.routers().members[world.routers().of(node, instance)];
    let intervals = members
        .iter()
        .map(|&(node, index)| interval(world, node, index));
    match own.version {
        Version::V2 => own.advert_interval,
        Version::V3 => intervals.max().unwrap_or(own.advert_interval),
    }
}

/// The longest skew time of an instance (V2-21, V3-22), with slack.
pub(super) fn longest_skew(world: &World, node: usize, instance: usize) -> Duration {
    let skew = skew(world, node, instance);
    skew + slack(world, skew)
}

fn skew(world: &World, node: usize, instance: usize) -> Duration {
    match world.nodes()[node].config.instances[instance].version {
        Version::V2 => Duration::from_secs(1),
        Version::V3 => longest_interval(world, node, instance),
    }
}

/// The longest `Master_Down_Interval` of an instance (V2-22, V3-23), with slack.
pub(super) fn longest_down(world: &World, node: usize, instance: usize) -> Duration {
    let own = &world.nodes()[node].config.instances[instance];
    let adverts = u32::from(own.down_timer_adverts);
    let bound = longest_interval(world, node, instance) * adverts + skew(world, node, instance);
    bound + slack(world, bound)
}
