//! What a sweep has found: its tables, its folder and what is said of it.

mod folder;
mod limits;
mod tables;
mod text;

pub use folder::{SweepSettings, write_sweep_folder};
pub use tables::{overtakings_json, write_crossings, write_sensitivity};
pub use text::{shown, sweep_summary, what_happens};
