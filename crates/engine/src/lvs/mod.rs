//! Load balancing: which servers the table of IPVS should have, and what is done to get there.
//!
//! It gets the outcomes of checks, and gives back probes to start, operations on the
//! table, and people to tell.

mod effect;
mod event;
mod input;
mod table;

pub use effect::{CheckId, Effect, Probe, Saved, Told};
pub use event::{Event, Quorum, What};
pub use input::{Input, Outcome};
pub use table::{
    DestinationId, DestinationSettings, Operation, Present, ServiceId, ServiceSettings, SyncRole,
    family_of,
};
