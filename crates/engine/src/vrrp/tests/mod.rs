//! Routers on one link in virtual time.

mod pair;
mod world;
