//! Routers on one link in virtual time.

mod announce;
mod checks;
mod interfaces;
mod order;
mod packets;
mod pair;
mod reload;
mod replay;
mod restart;
mod states;
mod tracking;
mod world;
