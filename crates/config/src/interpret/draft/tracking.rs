//! What is tracked, as it was read.

use std::ops::Range;
use std::time::Duration;

use crate::interpret::statement::{At, Order};
use crate::model::{InitFile, Port, Weight};

/// One line of `track_interface` or `track_script`.
#[derive(Clone, Debug)]
pub(crate) struct TrackedDraft {
    /// Name of the thing.
    pub(crate) name: At<String>,
    /// `weight`, when given.
    pub(crate) weight: Option<At<Weight>>,
    /// When it was read.
    pub(crate) order: Order,
}

/// One line of `track_port`.
#[derive(Clone, Debug)]
pub(crate) struct PortLineDraft {
    /// Name of a `vrrp_track_port`, or the port in words.
    pub(crate) name: At<String>,
    /// The port, when the line itself says it.
    pub(crate) port: Option<Port>,
    /// `weight`, when given.
    pub(crate) weight: Option<At<Weight>>,
}

/// `vrrp_track_port`.
#[derive(Debug, Default)]
pub(crate) struct PortDraft {
    /// Its name.
    pub(crate) name: At<String>,
    /// The lines of the block.
    pub(crate) lines: Range<Order>,
    /// `port`
    pub(crate) port: Option<Port>,
    /// `weight`
    pub(crate) weight: Weight,
    /// `rise_delay`
    pub(crate) rise_delay: Duration,
    /// `fall_delay`
    pub(crate) fall_delay: Duration,
}

impl PortDraft {
    /// A port of which only the name is known.
    pub(crate) fn new(name: At<String>) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }
}

/// A line of `interface_up_down_delays`.
#[derive(Debug)]
pub(crate) struct DelayedInterface {
    /// Which interface.
    pub(crate) name: At<String>,
    /// How long it must be down.
    pub(crate) down: Duration,
    /// How long it must be up.
    pub(crate) up: Duration,
}

/// `garp_group`.
#[derive(Debug, Default)]
pub(crate) struct GarpGroupDraft {
    /// `interface` or `interfaces`
    pub(crate) interfaces: Vec<At<String>>,
    /// `garp_interval`
    pub(crate) garp_interval: Duration,
    /// `gna_interval`
    pub(crate) gna_interval: Duration,
}

/// `track_file`.
#[derive(Debug, Default)]
pub(crate) struct FileDraft {
    /// Its name.
    pub(crate) name: At<String>,
    /// When it was read.
    pub(crate) order: Order,
    /// The keyword it was written with.
    pub(crate) keyword: &'static str,
    /// `file`
    pub(crate) path: Option<At<String>>,
    /// `weight`
    pub(crate) weight: Option<At<Weight>>,
    /// `init_file`
    pub(crate) init: Option<InitFile>,
}

/// `vrrp_track_process`.
#[derive(Debug, Default)]
pub(crate) struct ProcessDraft {
    /// Its name.
    pub(crate) name: At<String>,
    /// When it was read.
    pub(crate) order: Order,
    /// `process`: program and arguments.
    pub(crate) command: Option<At<Vec<String>>>,
    /// `full_command`
    pub(crate) full_command: bool,
    /// `param_match`
    pub(crate) matching: Option<Matching>,
    /// `weight`
    pub(crate) weight: Option<At<Weight>>,
    /// `quorum`
    pub(crate) quorum: Option<At<u32>>,
    /// `quorum_max`
    pub(crate) quorum_max: Option<At<u32>>,
    /// `fork_delay`
    pub(crate) fork_delay: Duration,
    /// `terminate_delay`
    pub(crate) terminate_delay: Duration,
}

/// `param_match`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matching {
    /// No word after it.
    Exact,
    /// `initial`
    Initial,
    /// `partial`
    Partial,
}

/// What an instance or a group tracks.
#[derive(Debug, Default)]
pub(crate) struct TrackingDraft {
    /// `track_interface`
    pub(crate) interfaces: Vec<TrackedDraft>,
    /// `track_script`
    pub(crate) scripts: Vec<TrackedDraft>,
    /// `track_file`
    pub(crate) files: Vec<TrackedDraft>,
    /// `track_port`
    pub(crate) ports: Vec<PortLineDraft>,
    /// `track_process`
    pub(crate) processes: Vec<TrackedDraft>,
    /// `track_bfd`
    pub(crate) bfds: Vec<TrackedDraft>,
}

impl TrackingDraft {
    /// Names of what is tracked and in effect.
    pub(crate) fn names(&self) -> impl Iterator<Item = &At<String>> {
        let lines = self.scripts.iter().chain(&self.interfaces);
        let lines = lines.chain(&self.files).chain(&self.processes);
        let ports = self.ports.iter().map(|line| &line.name);
        lines.map(|line| &line.name).chain(ports)
    }
}
