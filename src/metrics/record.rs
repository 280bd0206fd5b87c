//! What is known of a run when it is over.

use super::Series;
use crate::model::ObjectId;
use crate::network::{Bottleneck, LinkUse, NodeId};
use crate::units::{Bytes, Duration, Rate, Time};

/// One run: one architecture in one replication.
#[derive(Clone, Debug)]
pub struct RunRecord {
    pub ended: Time,
    pub stop: Stop,
    /// In the order of issuing.
    pub requests: Vec<RequestRecord>,
    /// By `NodeId`.
    pub nodes: Vec<NodeRecord>,
    pub series: Series,
    pub event_count: u64,
    pub transfer_count: u64,
    /// Bytes that were sent for nothing.
    pub wasted: Bytes,
    /// Whether nothing but bare transfers is asked for.
    pub are_transfers_judged: bool,
    /// Of the topology, in its order.
    pub links: Vec<LinkRecord>,
}

impl RunRecord {
    /// The requests by which architectures are judged: all but bare transfers, which are no
    /// service of theirs; those too when the model asks for nothing else.
    pub fn judged(&self) -> impl Iterator<Item = &RequestRecord> {
        let are_transfers_judged = self.are_transfers_judged;
        self.requests.iter().filter(move |request| are_transfers_judged || request.to.is_none())
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The horizon was reached.
    Horizon,
    /// Every request had ended.
    Done,
    /// Requests were open but nothing was left that could answer them.
    Stalled,
    /// The user asked for it; the record is incomplete.
    Interrupted,
}

/// The life of one request.
#[derive(Clone, Copy, Debug)]
pub struct RequestRecord {
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
}

impl FailureReason {
    pub const ALL: [FailureReason; 4] = [
        FailureReason::NotFound,
        FailureReason::Refused,
        FailureReason::TimedOut,
        FailureReason::Unreachable,
    ];

    /// As it stands in files.
    pub fn name(self) -> &'static str {
        match self {
            FailureReason::NotFound => "not-found",
            FailureReason::Refused => "refused",
            FailureReason::TimedOut => "timed-out",
            FailureReason::Unreachable => "unreachable",
        }
    }
}

impl Role {
    /// As it stands in files.
    pub fn name(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Server => "server",
            Role::Peer => "peer",
        }
    }
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

/// What a node is for under an architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    /// Only asks.
    #[default]
    Client,
    /// Answers, and is there from the start.
    Server,
    /// Asks and answers.
    Peer,
}

/// A link of the topology over a run.
#[derive(Clone, Copy, Debug)]
pub struct LinkRecord {
    pub capacity: Rate,
    pub usage: LinkUse,
}

#[derive(Clone, Copy, Debug)]
pub struct NodeRecord {
    pub role: Role,
    pub up: Rate,
    pub down: Rate,
    pub up_use: LinkUse,
    pub down_use: LinkUse,
    /// Whole transfers and the parts of broken ones.
    pub bytes_up: Bytes,
    pub bytes_down: Bytes,
    /// Requests answered by this node, or units of work of a request when many answer together.
    pub requests_served: u64,
    /// Messages sent.
    pub messages: u64,
    /// Worker-seconds of its processor that were busy, and how many workers it has.
    pub busy: Duration,
    pub workers: u32,
}
