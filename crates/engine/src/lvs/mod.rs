//! Load balancing: which servers the table of IPVS should have, and what is done to get there.
//!
//! [`Balancer`] gets the outcomes of checks, and gives back probes to start, operations on the
//! table, and people to tell. It is run like the routers of VRRP:
//!
//! * made with [`Balancer::new`] for a configuration and a seed, which spreads checks in time;
//! * told of everything that is known by then: [`Input::Address`] of each address of the node,
//!   [`Input::File`] of each `track_file`, [`Input::Session`], [`Input::Director`];
//! * [`Input::Start`] with what the kernel has and what a predecessor had saved. From then on
//!   every [`Effect`] is to be performed, in order, and [`Input::Tick`] to be given at
//!   [`Balancer::deadline`];
//! * each [`Effect::Probe`] is answered with one [`Input::Checked`] of the same check and attempt,
//!   unless [`Effect::Abandon`] came before it. Answers to anything else are passed over;
//! * the last [`Effect::Save`] of each key is kept until [`Effect::Forget`], and given to a
//!   successor at its start. There is always one of each virtual server, so an empty list says
//!   that there was no predecessor;
//! * [`Input::Reconfigure`] for a reload, after whatever its files, addresses and sessions are was
//!   told; [`Input::Table`] when it is not known what the kernel has, for instance after an
//!   overrun;
//! * [`Input::Stop`]; [`Effect::Stopped`] comes last.
//!
//! Checks that are equal are made once: a [`CheckId`] may stand for many real servers. Checks of
//! `FILE_CHECK` and `BFD_CHECK` are never ordered; they follow what is told.

mod balancer;
mod effect;
mod event;
mod input;
mod table;

pub use balancer::{Balancer, CheckStatus, ServerStatus, ServiceStatus, Timer};
pub use effect::{CheckId, Effect, Offset, Probe, Saved, SavedCheck, SavedKey, SavedState, Told};
pub use event::{Event, Quorum, What};
pub use input::{Input, Outcome};
pub use table::{
    DestinationId, DestinationSettings, MarkTable, Marked, Operation, Present, ServiceId,
    ServiceSettings, SyncRole, family_of,
};
