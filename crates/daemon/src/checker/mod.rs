//! The checker process: health checks of real servers, and the table of IPVS.
//!
//! [`looks::Looks`] makes the checks that the engine orders, many at once; [`probe`] is one of
//! them. Commands of a `MISC_CHECK` are run by the supervisor: this process may not.

pub mod looks;
pub mod parent;
pub mod probe;
pub mod table;
