//! Many points of a scenario: which there are, running what is missing of them, and what they amount to.

mod execute;
mod findings;
mod log;
mod outcome;
mod plan;
mod prepare;
mod shard;

pub use execute::{Stopped, SweepProgress, execute};
pub use findings::{Findings, Overtaking, Rival, Sensitivity, Slice, axis_of, is_log, slices};
pub use log::{Log, LogError, is_being_written};
pub use outcome::{PointOutcome, RunValues};
pub use plan::{MOST_POINTS, Plan, PlannedFactor};
pub use prepare::{Origin, Sweep, SweepError, SweepInfo};
pub use shard::{MergeError, Merged, Shard, points_in, take_over, write_shard};
