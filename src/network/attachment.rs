//! Nodes attached to sites: latency and path between any two of them.

use super::routing::Routes;
use super::{LinkId, NodeId, SiteId, Topology};
use crate::units::{Duration, Rate};

/// How a node hangs on its site.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attachment {
    pub site: SiteId,
    pub up: Rate,
    pub down: Rate,
    /// One way between the node and its site, the same in both directions.
    pub latency: Duration,
}

/// Attachments and routes: the static side of the network.
///
/// Links are numbered: uplink of node i is 2i, its downlink 2i + 1, then the topology's links
/// in their order.
#[derive(Debug)]
pub struct Network {
    attachments: Vec<Attachment>,
    routes: Routes,
    capacities: Vec<Rate>,
}

impl Network {
    /// `attachments`: one entry per node, by `NodeId`.
    pub fn new(topology: Topology, attachments: Vec<Attachment>) -> Network {
        let mut capacities: Vec<Rate> = Vec::with_capacity(2 * attachments.len());
        for attachment in &attachments {
            capacities.extend([attachment.up, attachment.down]);
        }
        capacities.extend(topology.links().map(|(_, _, link)| link.capacity));
        Network { attachments, routes: Routes::new(topology), capacities }
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

    /// By `LinkId`.
    pub fn capacities(&self) -> &[Rate] {
        &self.capacities
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
