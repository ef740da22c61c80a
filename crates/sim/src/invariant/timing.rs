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

/// The longest `Master_Down_Interval` an instance can have: its own number of intervals, with the
/// longest interval that a member of the virtual router may teach it (V3-21), and all of the
/// skew time (V2-21, V3-22).
pub(super) fn longest_down(world: &World, node: usize, instance: usize) -> Duration {
    let own = &world.nodes()[node].config.instances[instance];
    let router = world.routers().of(node, instance);
    let members = &world.routers().members[router];
    let longest = match own.version {
        Version::V2 => own.advert_interval,
        Version::V3 => members
            .iter()
            .map(|&(node, instance)| interval(world, node, instance))
            .max()
            .unwrap_or(own.advert_interval),
    };
    let skew = match own.version {
        Version::V2 => Duration::from_secs(1),
        Version::V3 => longest,
    };
    let bound = longest * u32::from(own.down_timer_adverts) + skew;
    bound + slack(world, bound)
}
