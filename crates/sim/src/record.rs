//! Everything that happened in a world, one record each.

use std::net::IpAddr;
use std::time::Duration;

use vipd_engine::event::State;
use vipd_engine::vrrp::Timer;
use vipd_engine::{Event, Instant};

use crate::action::Action;
use crate::frame::Advert;

/// Something that happened at a node, or to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When, on the world's clock.
    pub at: Instant,
    /// Index of the node; none for what concerns all.
    pub node: Option<usize>,
    /// What.
    pub what: What,
}

/// What happened. Instances are named by their index in the configuration of the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody, or the timeline, did something.
    Action(Action),
    /// The VRRP process started; true: carrying on from what an earlier one saved.
    Started(bool),
    /// The VRRP process is gone without having said good-bye.
    Killed,
    /// The VRRP process ended in an orderly way.
    Stopped,
    /// The node stands still from now on.
    Paused,
    /// It goes on.
    Resumed,
    /// An input was handled and all its effects are performed.
    Handled {
        /// What it was.
        input: Given,
        /// Number of effects.
        effects: usize,
    },
    /// An advert for an instance was given to the engine (and is handled).
    Heard {
        /// The instance it is for.
        instance: usize,
        /// Node that sent it.
        from: usize,
        /// What it said.
        advert: Advert,
    },
    /// An advert of this node did not reach another.
    Lost {
        /// The node that did not get it.
        to: usize,
        /// What it said.
        advert: Advert,
    },
    /// An advert was sent.
    Sent {
        /// Where to.
        to: IpAddr,
        /// Whether it left: false when the interface was down.
        left: bool,
        /// What it said.
        advert: Advert,
    },
    /// The engine sent something that is no advert, or on a socket that is not there.
    BadPacket(String),
    /// An instance changed state, by its status.
    State {
        /// The instance.
        instance: usize,
        /// State before.
        from: State,
        /// State now.
        to: State,
        /// Its effective priority.
        priority: u8,
    },
    /// The effective priority of an instance changed, by its status.
    Priority {
        /// The instance.
        instance: usize,
        /// Before.
        from: u8,
        /// Now.
        to: u8,
    },
    /// An address came to an interface.
    AddressAdded {
        /// The interface.
        nic: String,
        /// The address.
        address: IpAddr,
    },
    /// An address was taken from an interface by the engine.
    AddressRemoved {
        /// The interface.
        nic: String,
        /// The address.
        address: IpAddr,
    },
    /// Neighbours were told who has an address.
    Announced {
        /// The interface.
        nic: String,
        /// The address.
        address: IpAddr,
    },
    /// The engine reported an event.
    Report(Event),
    /// The exit of a tracked script was told.
    Script {
        /// Its name.
        script: String,
        /// Whether it succeeded.
        well: bool,
    },
    /// An invariant does not hold.
    Violation {
        /// Which.
        invariant: &'static str,
        /// How.
        message: String,
    },
}

/// Kinds of inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// `Input::Start`
    Start,
    /// `Input::Tick`, and what the deadline was for.
    Tick(Option<Timer>),
    /// `Input::Packet`
    Packet,
    /// `Input::Interface` or `Input::InterfaceGone`
    Interface,
    /// `Input::AddressRemoved` or `Input::RoutingRemoved`
    Removed,
    /// `Input::ScriptResult`
    Script,
    /// `Input::Watched`
    Watched,
    /// `Input::WallClock`
    WallClock,
    /// `Input::Reconfigure`
    Reconfigure,
    /// `Input::Stop`
    Stop,
}

/// A span in words: `1.5s`, `20ms`, `7us`.
pub fn span_in_words(span: Duration) -> String {
    let nanos = span.as_nanos();
    if nanos.is_multiple_of(1_000_000_000) {
        format!("{}s", span.as_secs())
    } else if nanos >= 1_000_000_000 {
        format!("{}s", span.as_secs_f64())
    } else if nanos >= 1_000_000 {
        format!("{}ms", span.as_secs_f64() * 1e3)
    } else {
        format!("{}us", span.as_secs_f64() * 1e6)
    }
}
