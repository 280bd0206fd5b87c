//! One call: what both ends know of it, and how far it is.

use super::CallId;
use crate::engine::RequestId;
use crate::model::{Draw, StationId};
use crate::network::{Bottleneck, NodeId};
use crate::units::{Bytes, Duration, Time};

/// What both ends know of a call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub request: RequestId,
    pub attempt: u32,
    pub workload: u32,
    pub draw: Draw,
    /// Of the question and of the answer, before middleware makes them larger or smaller.
    pub question: Bytes,
    pub answer: Bytes,
    /// Where a station looks at it.
    pub priority: u8,
    pub asker: Asker,
    pub caller: NodeId,
    pub server: NodeId,
    /// Of the server.
    pub tier: u16,
    pub stage: Stage,
    pub has_thread: bool,
    /// To the next tier.
    pub has_connection: bool,
    /// Visits to stations for the request's own work so far, and what the next one is: drawn some
    /// events before it is needed, so that nothing waits for its logarithm.
    pub steps: u32,
    pub next_step: Option<(StationId, Duration)>,
    /// At a station.
    pub work: Duration,
    /// Work done for it, that of the tiers behind included.
    pub service: Duration,
    /// When the answer left; before, when the caller began to connect.
    pub started: Time,
    /// Of the caller, when it has middleware.
    pub platform: Option<u16>,
    /// Middleware has unpacked the question and not yet packed the answer, and how much of `work` is its.
    pub is_unpacked: bool,
    pub packed: Duration,
    /// Round trips of the set-up to go, and whether the server has not heard of it.
    pub rounds: u32,
    pub is_new: bool,
    /// The server has gone down since, and its end of the connection with it.
    pub is_broken: bool,
    /// What limited the answer longest.
    pub bottleneck: Bottleneck,
    /// Words about it so far, and about those that had its number before.
    pub words: u32,
    /// Of this use of its number.
    pub generation: u32,
}

impl Call {
    /// This use of its number, which is `call`.
    #[inline]
    pub fn id(&self, call: u32) -> CallId {
        CallId { call, generation: self.generation }
    }
}

/// For whom a call is made.
#[derive(Clone, Copy, Debug)]
pub enum Asker {
    Client,
    /// The call that the caller is to answer.
    Call(u32),
    /// The caller has been down since it asked, and knows nothing of it.
    Nobody,
}

/// What a server does next for a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Middleware at the caller: it packs the question, opens a connection (with work at the server
    /// in between), and unpacks the answer.
    Packing,
    Connecting,
    Greeted,
    Unpacking,
    /// It has not been asked yet.
    Coming,
    /// Middleware at the server unpacks the question, and later packs the answer.
    Unmarshal,
    Before,
    OwnWork,
    NextTier,
    /// It has what it needs to ask the next tier.
    Connected,
    After,
    Answer,
    /// Nothing: it has answered, or will not.
    Done,
    /// The call is over at both ends.
    Over,
}

impl Stage {
    /// Whether the server has been asked and has not answered.
    pub fn is_in_work(self) -> bool {
        match self {
            Stage::Packing
            | Stage::Connecting
            | Stage::Unpacking
            | Stage::Coming
            | Stage::Done
            | Stage::Over => false,
            Stage::Greeted
            | Stage::Unmarshal
            | Stage::Before
            | Stage::OwnWork
            | Stage::NextTier
            | Stage::Connected
            | Stage::After
            | Stage::Answer => true,
        }
    }

    /// Whether the job at a station is for the connection or for the caller.
    pub fn is_of_middleware(self) -> bool {
        matches!(self, Stage::Packing | Stage::Greeted | Stage::Unpacking)
    }
}
