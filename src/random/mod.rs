//! Random numbers addressed by meaning, so that nothing that draws disturbs anything else.
//!
//! A [`Key`] is hashed from what a draw is *for*: seed, replication, purpose, entity. Demand
//! (the k-th arrival, the capacity of the i-th node) is a pure function of key and k through
//! Philox, so every architecture meets the same demand however often it draws itself. An
//! architecture's own choices come from a [`Stream`], a xoshiro256++ generator made from a key.
//! All generators and samplers are written here on `libm`, because the ones of the platform
//! and of other crates may change between versions and results must not.

mod distribution;
mod key;
mod logarithm;
mod philox;
mod popularity;
mod residual;
mod stream;
mod tails;

pub use distribution::Distribution;
pub use key::Key;
pub use philox::Draws;
pub use popularity::Popularity;
pub use stream::Stream;
