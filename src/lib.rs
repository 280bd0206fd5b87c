//! hubmesh compares client-server, peer-to-peer and hybrid architectures on the same network,
//! the same demand and the same bad luck, by discrete-event simulation.
//!
//! Data goes one way; each stage hands a value to the next:
//!
//! ```text
//! Scenario (TOML) -> Model -> Simulation = World + architecture -> RunRecord -> Summary -> CSV, charts
//! ```
//!
//! Modules, lowest first; each uses only those above it in this list (`tests/layers.rs`):
//! [`units`], [`random`] and `heap`; [`network`]; [`model`]; [`metrics`]; [`engine`];
//! [`architectures`]; [`stats`]; [`scenario`]; [`run`]; [`stress`]; [`report`].

pub mod architectures;
pub mod engine;
mod heap;
mod ladder;
pub mod metrics;
pub mod model;
pub mod network;
mod prefetch;
pub mod random;
pub mod report;
pub mod run;
pub mod scenario;
pub mod stats;
pub mod stress;
pub mod sweep;
pub mod units;
