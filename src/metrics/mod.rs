//! The recorder: is told what happens in a run, and returns it as a [`RunRecord`].
//!
//! A request is told when it has ended, and folded into the [`Tally`] of its workload; its own
//! record is kept only when the model asks for it.

mod bank;
mod batches;
mod bins;
mod cache;
mod call;
mod ends;
mod fault_windows;
mod job;
mod middleware;
mod node;
mod outage;
mod overlay;
mod print;
mod record;
mod recorder;
mod request;
mod roaming;
mod series;
mod spells;
mod station;
mod storage;
mod tally;
mod tier;
mod times;
mod transaction;
mod update;
pub mod voice;
mod window_times;

pub use bank::BankRecord;
pub use cache::{CacheAnswer, CacheCounts};
pub use call::{CallEnd, CallRecord, CallTally, Heard, Passage, Quality, Turnout};
pub use ends::{EndCounts, Ends};
pub use fault_windows::{FaultPart, FaultSpan, FaultWindows, NetworkPart, Segment};
pub use job::JobRecord;
pub use middleware::MiddlewareRecord;
pub use node::{Equipment, NodeRecord, Role};
pub use outage::Outage;
pub use overlay::OverlayRecord;
pub use print::PrintRecord;
pub use record::{LinkRecord, RunRecord, Stop, WorkloadTally};
pub use recorder::Recorder;
pub use request::{Answer, FailureReason, Outcome, RequestRecord};
pub use roaming::RoamingRecord;
pub use series::Series;
pub use spells::Spells;
pub use station::{StationCounts, StationRecord};
pub use storage::StorageRecord;
pub use tally::Tally;
pub use tier::{PoolCounts, PoolRecord, TierRecord};
pub use times::{MOST_EXACT, Responses, Spans, Times};
pub use transaction::{TransactionRecord, Verdict};
pub use update::{UpdateRecord, UpdateTally};
pub use window_times::{JoinedTimes, WindowTimes};
