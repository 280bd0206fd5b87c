//! The recorder: is told what happens in a run, and returns it as a [`RunRecord`].

mod record;
mod recorder;
mod series;

pub use record::{
    FailureReason, LinkRecord, NodeRecord, Outcome, RequestRecord, Role, RunRecord, Stop,
};
pub use recorder::{Answer, Recorder, RequestId};
pub use series::Series;
