//! Routers on one link in virtual time.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of effect"
)]

mod ah;
mod announce;
mod checks;
mod exhaustive;
mod groups;
mod hmac;
mod interfaces;
mod order;
mod packets;
mod pair;
mod refusal;
mod reload;
mod replay;
mod restart;
mod scale;
mod states;
mod tracking;
mod vmac;
mod watches;
mod world;
