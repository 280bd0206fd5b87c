//! Nodes attached to sites: latency and path between any two of them.

use super::routing::Routes;
use super::{LinkId, NodeId, Opening, Quality, Sharing, SiteId, Terms, Topology, Transport, Ways};
use crate::units::{Bytes, Duration, Rate};

/// How a node hangs on its site.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attachment {
    pub site: SiteId,
    pub up: Rate,
    pub down: Rate,
    /// One way between the node and its site, the same in both directions.
    pub latency: Duration,
    /// Of its uplink and its downlink.
    pub quality: Quality,
}

/// Attachments and routes: the static side of the network.
///
/// Links are numbered: uplink of node i is 2i, its downlink 2i + 1, then the topology's links
/// in their order.
#[derive(Debug)]
pub struct Network {
    attachments: Vec<Attachment>,
    routes: Routes,
    transport: Transport,
    /// By `LinkId`.
    line_rates: Vec<Rate>,
    qualities: Vec<Quality>,
    twins: Vec<Option<LinkId>>,
    /// Scratch of [`Network::terms`].
    ways: [Vec<LinkId>; 2],
}

impl Network {
    /// `attachments`: one entry per node, by `NodeId`.
    pub fn new(topology: Topology, attachments: Vec<Attachment>, transport: Transport) -> Network {
        let count = 2 * attachments.len() + topology.link_count();
        let mut line_rates = Vec::with_capacity(count);
        let mut qualities = Vec::with_capacity(count);
        let mut twins = Vec::with_capacity(count);
        for (attachment, up) in attachments.iter().zip((0u32..).step_by(2)) {
            line_rates.extend([attachment.up, attachment.down]);
            qualities.extend([attachment.quality; 2]);
            twins.extend([Some(LinkId(up + 1)), Some(LinkId(up))]);
        }
        let first_shared = twins.len() as u32;
        line_rates.extend(topology.links().map(|(_, _, link)| link.capacity));
        qualities.extend(topology.links().map(|(_, _, link)| link.quality));
        let twin = |twin: Option<u32>| twin.map(|link| LinkId(first_shared + link));
        twins.extend(topology.twins().into_iter().map(twin));
        Network {
            attachments,
            routes: Routes::new(topology),
            transport,
            line_rates,
            qualities,
            twins,
            ways: Default::default(),
        }
    }

    /// What flows on its links share.
    pub fn sharing(&self) -> Sharing {
        let efficiency = self.transport.efficiency();
        let capacities: Vec<Rate> =
            self.line_rates.iter().map(|rate| rate.scaled(efficiency)).collect();
        let share = self.transport.acknowledgement_share();
        Sharing::new(&capacities).with_acknowledgements(self.twins.clone(), share)
    }

    /// How a transfer of `size` takes part in `sharing`; `None` when there is no way.
    pub fn terms(
        &mut self,
        (from, to): (NodeId, NodeId),
        size: Bytes,
        opening: Opening,
        sharing: &Sharing,
    ) -> Option<Terms> {
        let forward_latency = self.latency(from, to)?;
        if self.transport == Transport::Ideal {
            // The latency is all that counts.
            let cap = Rate::from_bits_per_second(f64::INFINITY);
            return Some(Terms { delay: forward_latency, weight: 1.0, cap });
        }
        let [mut forward, mut back] = std::mem::take(&mut self.ways);
        self.path(from, to, &mut forward);
        // Without a way back there are no acknowledgements; the way there stands in for it.
        let back_latency = self.path(to, from, &mut back).unwrap_or(forward_latency);
        let ways = Ways { forward: &forward, back: &back, forward_latency, back_latency };
        let links = (self.line_rates.as_slice(), self.qualities.as_slice());
        let terms = self.transport.terms(size, opening, &ways, links, sharing);
        self.ways = [forward, back];
        Some(terms)
    }

    pub fn attachment(&self, node: NodeId) -> &Attachment {
        &self.attachments[node.index()]
    }

    pub fn node_count(&self) -> usize {
        self.attachments.len()
    }

    /// At least the one-way latency between any two nodes.
    pub fn longest_latency(&self) -> Duration {
        let access = self.attachments.iter().map(|attachment| attachment.latency).max();
        let access = access.unwrap_or(Duration::ZERO);
        self.routes.total_latency() + access + access
    }

    /// Line rates of all links, by `LinkId`.
    pub fn line_rates(&self) -> &[Rate] {
        &self.line_rates
    }

    /// One-way latency on idle links; `None` when there is no way. A node reaches itself at once.
    pub fn latency(&mut self, from: NodeId, to: NodeId) -> Option<Duration> {
        if from == to {
            return Some(Duration::ZERO);
        }
        let (a, b) = (self.attachments[from.index()], self.attachments[to.index()]);
        let between = if a.site == b.site {
            Duration::ZERO
        } else {
            self.routes.route(a.site, b.site)?.latency
        };
        Some(a.latency + between + b.latency)
    }

    /// Writes the links from `from` to `to` into `path`, and returns the latency over them.
    ///
    /// The path of a node to itself is empty. `None` when there is no way; `path` is then empty.
    pub fn path(&mut self, from: NodeId, to: NodeId, path: &mut Vec<LinkId>) -> Option<Duration> {
        path.clear();
        let latency = self.latency(from, to)?;
        if from == to {
            return Some(latency);
        }
        let first_shared = 2 * self.attachments.len() as u32;
        let (a, b) = (self.attachments[from.index()].site, self.attachments[to.index()].site);
        path.push(LinkId(2 * from.0));
        if a != b {
            let route = self.routes.route(a, b)?;
            path.extend(route.links.iter().map(|&link| LinkId(first_shared + link)));
        }
        path.push(LinkId(2 * to.0 + 1));
        Some(latency)
    }
}
