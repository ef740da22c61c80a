//! Virtual servers in virtual time.

mod flapping;
mod life;
mod reload;
mod scale;
mod world;
