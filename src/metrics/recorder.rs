//! Listens to a run.

use super::{
    FailureReason, LinkRecord, NodeRecord, Outcome, RequestRecord, Role, RunRecord, Series, Stop,
};
use crate::model::Ask;
use crate::network::{Attachment, Bottleneck, LinkUse, NodeId};
use crate::units::{Bytes, Duration, Rate, Time};

/// A request of a run, numbered in the order of issuing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId(pub u32);

impl RequestId {
    pub const fn index(self) -> usize {
        self.0 as usize
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

#[derive(Debug)]
pub struct Recorder {
    requests: Vec<RequestRecord>,
    nodes: Vec<NodeRecord>,
    series: Series,
    open_count: usize,
    transfer_count: u64,
    wasted: Bytes,
    links: Vec<LinkRecord>,
}

impl Recorder {
    /// `attachments`: one entry per node, by `NodeId`.
    pub fn new(attachments: &[Attachment]) -> Recorder {
        let nodes = attachments
            .iter()
            .map(|attachment| NodeRecord {
                role: Role::Client,
                up: attachment.up,
                down: attachment.down,
                up_use: LinkUse::default(),
                down_use: LinkUse::default(),
                bytes_up: Bytes::ZERO,
                bytes_down: Bytes::ZERO,
                requests_served: 0,
                messages: 0,
                busy: Duration::ZERO,
                workers: 0,
            })
            .collect();
        Recorder {
            requests: Vec::new(),
            nodes,
            series: Series::default(),
            open_count: 0,
            transfer_count: 0,
            wasted: Bytes::ZERO,
            links: Vec::new(),
        }
    }

    pub fn issued(
        &mut self,
        now: Time,
        workload: u32,
        node: NodeId,
        ask: Ask,
        bytes: Bytes,
    ) -> RequestId {
        let (object, to) = match ask {
            Ask::Download(object) => (Some(object), None),
            Ask::Transfer { to, .. } => (None, Some(to)),
        };
        self.requests.push(RequestRecord {
            workload,
            node,
            object,
            to,
            provider: None,
            issued: now,
            found: None,
            started: None,
            ended: None,
            bytes,
            service: Duration::ZERO,
            bottleneck: Bottleneck::Unknown,
            hops: 0,
            attempts: 0,
            outcome: Outcome::Open,
            is_delivery: false,
        });
        self.open_count += 1;
        RequestId(self.requests.len() as u32 - 1)
    }

    /// A further attempt begins; what was found by the last one is void.
    pub fn attempted(&mut self, request: RequestId) {
        let record = &mut self.requests[request.index()];
        record.attempts += 1;
        record.found = None;
        record.hops = 0;
    }

    pub fn found(&mut self, now: Time, request: RequestId, hops: u32) {
        let record = &mut self.requests[request.index()];
        // Who looks for more providers later has found the first ones before.
        if record.found.is_none() {
            record.found = Some(now);
            record.hops = hops;
        }
    }

    pub fn answered(&mut self, now: Time, request: RequestId, answer: Answer) {
        let record = &mut self.requests[request.index()];
        record.outcome = Outcome::Answered;
        record.ended = Some(now);
        record.provider = answer.provider;
        record.is_delivery = answer.is_delivery;
        record.bottleneck = answer.bottleneck;
        // A request that joined a download already under way found its answer on the way.
        let found = record.found.unwrap_or(record.issued);
        record.found = Some(found);
        record.started = Some(answer.started.max(found).min(now));
        record.service = answer.service.min(record.started.unwrap_or(now).since(found));
        self.open_count -= 1;
    }

    pub fn failed(&mut self, now: Time, request: RequestId, reason: FailureReason) {
        let record = &mut self.requests[request.index()];
        record.outcome = Outcome::Failed(reason);
        record.ended = Some(now);
        self.open_count -= 1;
    }

    pub fn role(&mut self, node: NodeId, role: Role) {
        self.nodes[node.index()].role = role;
    }

    pub fn served(&mut self, node: NodeId) {
        self.nodes[node.index()].requests_served += 1;
    }

    pub fn message(&mut self, from: NodeId) {
        self.nodes[from.index()].messages += 1;
    }

    /// `bytes` have gone from one node to another, in a whole transfer or a broken one.
    pub fn moved(&mut self, from: NodeId, to: NodeId, bytes: Bytes) {
        self.nodes[from.index()].bytes_up += bytes;
        self.nodes[to.index()].bytes_down += bytes;
        self.transfer_count += 1;
    }

    /// `bytes` that have been moved lately turned out to be of no use.
    pub fn wasted(&mut self, bytes: Bytes) {
        self.wasted += bytes;
        self.series.waste(bytes.bits());
    }

    pub fn busy(&mut self, node: NodeId, span: Duration) {
        self.nodes[node.index()].busy += span;
    }

    pub fn workers(&mut self, node: NodeId, workers: u32) {
        self.nodes[node.index()].workers = workers;
    }

    /// Since the last call `rate` bit/s were delivered by `active` transfers.
    pub fn advance(&mut self, now: Time, rate: f64, active: usize) {
        self.series.advance(now, rate, active);
    }

    pub fn request(&self, request: RequestId) -> &RequestRecord {
        &self.requests[request.index()]
    }

    pub fn is_open(&self, request: RequestId) -> bool {
        self.requests[request.index()].outcome == Outcome::Open
    }

    /// Requests that are neither answered nor failed.
    pub fn open_count(&self) -> usize {
        self.open_count
    }

    /// How the links of a node were used.
    pub fn used(&mut self, node: NodeId, up: LinkUse, down: LinkUse) {
        let record = &mut self.nodes[node.index()];
        (record.up_use, record.down_use) = (up, down);
    }

    /// How the next link of the topology was used.
    pub fn link(&mut self, capacity: Rate, usage: LinkUse) {
        self.links.push(LinkRecord { capacity, usage });
    }

    pub fn finish(
        self,
        ended: Time,
        stop: Stop,
        event_count: u64,
        are_transfers_judged: bool,
    ) -> RunRecord {
        RunRecord {
            ended,
            stop,
            requests: self.requests,
            nodes: self.nodes,
            series: self.series,
            event_count,
            transfer_count: self.transfer_count,
            wasted: self.wasted,
            are_transfers_judged,
            links: self.links,
        }
    }
}
