//! The states of every instance as spans of time, one lane each: what a picture shows.

use vipd_engine::Instant;
use vipd_engine::event::State;

use crate::record::What;
use crate::world::World;

/// How an instance of a node stood over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its node.
    pub node: usize,
    /// Its index in the configuration of the node.
    pub instance: usize,
    /// Without gaps from the beginning of the world to its end.
    pub spans: Vec<Span>,
}

/// A span of one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its beginning.
    pub from: Instant,
    /// Its end.
    pub to: Instant,
    /// The state; none while the process does not run.
    pub state: Option<State>,
}

/// All lanes, ordered by virtual router, then by node.
pub fn lanes(world: &World) -> Vec<Lane> {
    let members = world.routers().members.iter().flatten();
    members
        .map(|&(node, instance)| lane(world, node, instance))
        .collect()
}

fn lane(world: &World, node: usize, instance: usize) -> Lane {
    let mut spans = Vec::new();
    let (mut from, mut state) = (Instant::default(), None);
    for record in world.records().iter().filter(|r| r.node == Some(node)) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "nothing else changes a state"
        )]
        let new = match &record.what {
            What::Started(_) => Some(State::Init),
            What::Killed | What::Stopped => None,
            What::State {
                instance: of, to, ..
            } if *of == instance => Some(*to),
            _ => continue,
        };
        if new != state {
            push(&mut spans, from, record.at, state);
            (from, state) = (record.at, new);
        }
    }
    push(&mut spans, from, world.now(), state);
    Lane {
        node,
        instance,
        spans,
    }
}

/// Adds a span unless it takes no time.
fn push(spans: &mut Vec<Span>, from: Instant, to: Instant, state: Option<State>) {
    if from < to {
        spans.push(Span { from, to, state });
    }
}
