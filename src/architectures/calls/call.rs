//! One call: what both ends know of it, and how far it is.

use crate::engine::RequestId;
use crate::model::Draw;
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// What both ends know of a call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub request: RequestId,
    pub attempt: u32,
    pub workload: u32,
    pub draw: Draw,
    pub asker: Asker,
    pub caller: NodeId,
    pub server: NodeId,
    /// Of the server.
    pub tier: u16,
    pub stage: Stage,
    pub has_thread: bool,
    /// To the next tier.
    pub has_connection: bool,
    /// Visits to stations for the request's own work so far.
    pub steps: u32,
    /// At a station.
    pub work: Duration,
    /// Work done for it, that of the tiers behind included.
    pub service: Duration,
    /// When the answer left.
    pub started: Time,
}

/// For whom a call is made.
#[derive(Clone, Copy, Debug)]
pub enum Asker {
    Client,
    /// The call that the caller is to answer.
    Call(u32),
    /// The caller has been down and knows nothing of it.
    Nobody,
}

/// What a server does next for a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// It has not been asked yet.
    Coming,
    Before,
    OwnWork,
    NextTier,
    /// It has what it needs to ask the next tier.
    Connected,
    After,
    Answer,
    /// Nothing: it has answered, or will not.
    Done,
}

impl Stage {
    /// Whether the server has been asked and has not answered.
    pub fn is_in_work(self) -> bool {
        self != Stage::Coming && self != Stage::Done
    }
}
