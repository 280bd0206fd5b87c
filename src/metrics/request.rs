//! One request: how it was answered, or why not.

use crate::model::ObjectId;
use crate::network::{Bottleneck, NodeId};
use crate::units::{Bytes, Duration, Time};

/// The life of one request.
#[derive(Clone, Copy, Debug)]
pub struct RequestRecord {
    /// Its place in the order of issuing.
    pub number: u32,
    /// Index into the model's workloads.
    pub workload: u32,
    pub node: NodeId,
    /// What is downloaded; `None` for a bare transfer.
    pub object: Option<ObjectId>,
    /// Where a bare transfer goes.
    pub to: Option<NodeId>,
    /// Who answered; `None` when many did or nobody.
    pub provider: Option<NodeId>,
    pub issued: Time,
    /// When it was known who could answer, in the last attempt.
    pub found: Option<Time>,
    /// When the first byte of the answer left, in the last attempt.
    pub started: Option<Time>,
    /// When it was answered or failed.
    pub ended: Option<Time>,
    /// Size of what was asked for.
    pub bytes: Bytes,
    /// Work done for it at stations.
    pub service: Duration,
    /// What limited its transfers longest.
    pub bottleneck: Bottleneck,
    /// Messages from the client until the provider was known, along the longest chain.
    pub hops: u32,
    pub attempts: u32,
    pub outcome: Outcome,
    /// Whether bytes were sent for it; not so when its node had the object, or was already
    /// downloading it.
    pub is_delivery: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Neither answered nor failed when the run ended.
    Open,
    Answered,
    Failed(FailureReason),
}

impl Outcome {
    pub fn is_answered(self) -> bool {
        self == Outcome::Answered
    }

    /// As it stands in files.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Open => "open",
            Outcome::Answered => "answered",
            Outcome::Failed(reason) => reason.name(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureReason {
    /// Nobody offered what was asked for.
    NotFound,
    /// The provider's queue was full.
    Refused,
    /// The client's patience ended.
    TimedOut,
    /// No links lead to the other end.
    Unreachable,
    /// Whoever was to answer, or to receive, went down.
    ServerDown,
    /// The node that asked went down.
    ClientDown,
    /// The transaction was aborted in every attempt.
    Aborted,
    /// The circuit breakers of all servers were open.
    ShortCircuited,
}

impl FailureReason {
    pub const ALL: [FailureReason; 8] = [
        FailureReason::NotFound,
        FailureReason::Refused,
        FailureReason::TimedOut,
        FailureReason::Unreachable,
        FailureReason::ServerDown,
        FailureReason::ClientDown,
        FailureReason::Aborted,
        FailureReason::ShortCircuited,
    ];

    /// As it stands in files.
    pub fn name(self) -> &'static str {
        match self {
            FailureReason::NotFound => "not-found",
            FailureReason::Refused => "refused",
            FailureReason::TimedOut => "timed-out",
            FailureReason::Unreachable => "unreachable",
            FailureReason::ServerDown => "server-down",
            FailureReason::ClientDown => "client-down",
            FailureReason::Aborted => "aborted",
            FailureReason::ShortCircuited => "short-circuited",
        }
    }
}

/// How a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `None` when many answered together.
    pub provider: Option<NodeId>,
    /// Whether bytes were sent for it, rather than for an earlier request of its node.
    pub is_delivery: bool,
    /// When the first byte of the answer left.
    pub started: Time,
    /// Work done for it at stations.
    pub service: Duration,
    /// What limited its transfers longest.
    pub bottleneck: Bottleneck,
}
