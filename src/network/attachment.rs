//! Nodes attached to sites: latency and path between any two of them.

use super::ad_hoc::Roaming;
use super::impairment::Impairments;
use super::medium::{self, Media};
use super::routing::Routes;
use super::{
    Line, Lines, Link, LinkId, NodeId, Opening, Quality, Sharing, SiteId, Terms, Topology,
    Transport, Ways,
};
use crate::prefetch::prefetch_at;
use crate::units::{Bytes, Duration, Rate, Time};

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
    /// Whether it hangs on its site by the medium of that.
    pub on_medium: bool,
}

/// Attachments and routes: the static side of the network.
///
/// Links are numbered: uplink of node i is 2i, its downlink 2i + 1, then the topology's links
/// in their order, then its media.
#[derive(Debug)]
pub struct Network {
    pub(super) attachments: Vec<Attachment>,
    pub(super) routes: Routes,
    transport: Transport,
    /// Links between sites, and media.
    pub(super) shared: Vec<Line>,
    pub(super) media: Media,
    /// Of an ad hoc network, in the place of routes.
    pub(super) roaming: Option<Box<Roaming>>,
    /// Scratch of [`Network::terms`].
    ways: [Vec<LinkId>; 2],
    pub(super) impairments: Impairments,
    /// Whether there has been any.
    pub(super) is_impaired: bool,
}

impl Network {
    /// `attachments`: one entry per node, by `NodeId`.
    pub fn new(topology: Topology, attachments: Vec<Attachment>, transport: Transport) -> Network {
        let first_shared = 2 * attachments.len() as u32;
        let twins = topology.twins().into_iter();
        let line = |((_, _, link), twin): ((SiteId, SiteId, &Link), Option<u32>)| Line {
            rate: link.capacity,
            quality: link.quality,
            twin: twin.map(|link| LinkId(first_shared + link)),
        };
        let links = topology.links().zip(twins).map(line);
        let shared = links.chain(topology.media().map(|(_, link)| medium::line(link))).collect();
        Network {
            attachments,
            media: Media::new(&topology),
            roaming: None,
            routes: Routes::new(topology),
            transport,
            shared,
            ways: Default::default(),
            impairments: Impairments::default(),
            is_impaired: false,
        }
    }

    /// What flows on its links share.
    pub fn sharing(&self) -> Sharing {
        let efficiency = self.transport.efficiency();
        let lines = self.lines();
        let mut sharing = Sharing::new(lines.iter().map(|line| line.rate.scaled(efficiency)));
        if !self.routes.topology().is_star() || self.is_ad_hoc() {
            sharing = sharing.on_long_routes();
        }
        match self.transport.acknowledgement_share() {
            0.0 => sharing,
            share => {
                let twins = lines.iter().map(|line| line.twin).collect();
                sharing.with_acknowledgements(twins, share)
            }
        }
    }

    pub(super) fn topology(&self) -> &Topology {
        self.routes.topology()
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// How a transfer of `size` that is asked for at `now` takes part in `sharing`; `None` when there is no way.
    pub fn terms(
        &mut self,
        (from, to): (NodeId, NodeId),
        size: Bytes,
        opening: Opening,
        (now, sharing): (Time, &Sharing),
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
        let terms = self.transport.terms(size, opening, &ways, self.lines(), (now, sharing));
        self.ways = [forward, back];
        Some(terms)
    }

    /// What flows on `link` can share now.
    ///
    /// # Panics
    /// When there is no such link.
    pub fn payload_rate(&self, link: LinkId) -> Rate {
        self.lines().rate(link).scaled(self.transport.efficiency())
    }

    pub fn attachment(&self, node: NodeId) -> &Attachment {
        &self.attachments[node.index()]
    }

    /// A transfer to `node` will begin soon, on links that `sharing` looks after.
    pub fn prefetch(&self, node: NodeId, sharing: &Sharing) {
        prefetch_at(&self.attachments, node.index());
        sharing.prefetch(downlink(node));
    }

    /// A message to or from `node` is on its way.
    pub fn prefetch_attachment(&self, node: NodeId) {
        prefetch_at(&self.attachments, node.index());
    }

    pub fn node_count(&self) -> usize {
        self.attachments.len()
    }

    /// At least the one-way latency between any two nodes.
    pub fn longest_latency(&self) -> Duration {
        let access = self.attachments.iter().map(|attachment| attachment.latency).max();
        let access = access.unwrap_or(Duration::ZERO);
        let on_media = self.media.longest_latency();
        let between = match &self.roaming {
            Some(roaming) => roaming.mesh.longest_latency(),
            None => self.routes.total_latency(),
        };
        between + access + access + on_media + on_media
    }

    /// All links as they are built.
    pub fn lines(&self) -> Lines<'_> {
        Lines { attachments: &self.attachments, shared: &self.shared }
    }

    /// One-way latency on idle links; `None` when there is no way. A node reaches itself at once.
    #[inline(always)]
    pub fn latency(&mut self, from: NodeId, to: NodeId) -> Option<Duration> {
        if from == to {
            return Some(Duration::ZERO);
        }
        if self.is_impaired && !self.may_reach(from, to) {
            return None;
        }
        let (a, b) = (&self.attachments[from.index()], &self.attachments[to.index()]);
        let mut access = a.latency + b.latency;
        for end in [a, b] {
            if end.on_medium {
                access += self.media.latency_of(end.site);
            }
        }
        if a.site == b.site {
            return Some(access);
        }
        Some(access + self.latency_between(a.site, b.site)?)
    }

    /// From one site to another one.
    // Apart, so that what is inlined everywhere is no longer for it.
    #[inline(never)]
    fn latency_between(&mut self, from: SiteId, to: SiteId) -> Option<Duration> {
        match &mut self.roaming {
            None => self.routes.latency(from, to),
            Some(roaming) => roaming.mesh.latency(from.0, to.0),
        }
    }

    /// Whether neither a cut access nor a partition is between two nodes.
    #[cold]
    fn may_reach(&self, from: NodeId, to: NodeId) -> bool {
        let is_cut = |link| self.impairments.is_cut(link);
        let is_off_air = |node| self.medium(node).is_some_and(is_cut);
        let own = [uplink(from), downlink(to)];
        !own.into_iter().any(is_cut)
            && !is_off_air(from)
            && !is_off_air(to)
            && !self.impairments.part(from, to)
    }

    /// Whether both nodes are behind the same router of a home, an office or a school.
    pub fn are_on_same_premises(&self, a: NodeId, b: NodeId) -> bool {
        let topology = self.routes.topology();
        let [a, b] = [a, b].map(|node| topology.premises_of(self.attachments[node.index()].site));
        a.is_some() && a == b
    }

    /// By which the node hangs on its site, if by any.
    pub(super) fn medium(&self, node: NodeId) -> Option<LinkId> {
        let Attachment { site, on_medium, .. } = self.attachments[node.index()];
        let place = self.media.place_of(site).filter(|_| on_medium)?;
        Some(LinkId(2 * self.attachments.len() as u32 + place))
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
        path.push(uplink(from));
        path.extend(self.medium(from));
        if self.is_ad_hoc() {
            self.extend_by_radios((from, to), path)?;
        } else if a != b {
            let route = self.routes.route(a, b)?;
            path.extend(route.links.iter().map(|&link| LinkId(first_shared + link)));
        }
        path.extend(self.medium(to));
        path.push(downlink(to));
        Some(latency)
    }
}

pub(super) fn uplink(node: NodeId) -> LinkId {
    LinkId(2 * node.0)
}

pub(super) fn downlink(node: NodeId) -> LinkId {
    LinkId(2 * node.0 + 1)
}

#[cfg(test)]
mod tests {
    use super::super::{Condition, LatencyMatrix, MatrixOptions};
    use super::*;

    fn milliseconds(count: u64) -> Duration {
        Duration::from_nanos(count * 1_000_000)
    }

    fn attached(sites: &[u32]) -> Vec<Attachment> {
        let megabit = Rate::from_bits_per_second(1e6);
        let latency = milliseconds(1);
        let at = |&site| Attachment {
            site: SiteId(site),
            up: megabit,
            down: megabit,
            latency,
            quality: Quality::default(),
            on_medium: false,
        };
        sites.iter().map(at).collect()
    }

    /// Nodes 0 and 1 on the ends of a line of three sites, node 2 beside node 0.
    fn line() -> Network {
        let mut topology = Topology::default();
        let sites = topology.add_numbered_sites("s", 3);
        let link = Link::new(Rate::from_bits_per_second(1e9), milliseconds(10));
        topology.add_duplex(sites[0], sites[1], link);
        topology.add_duplex(sites[1], sites[2], link);
        Network::new(topology, attached(&[0, 2, 0]), Transport::Ideal)
    }

    #[test]
    fn a_path_is_uplink_route_and_downlink() {
        let mut network = line();
        let mut path = Vec::new();
        // Three nodes have links 0 to 5; the way there are the first and third of the topology.
        let latency = network.path(NodeId(0), NodeId(1), &mut path);
        assert_eq!(latency, Some(milliseconds(22)));
        assert_eq!(path, [LinkId(0), LinkId(6), LinkId(8), LinkId(3)]);
        assert_eq!(network.path(NodeId(0), NodeId(2), &mut path), Some(milliseconds(2)));
        assert_eq!(path, [LinkId(0), LinkId(5)]);
        assert_eq!(network.path(NodeId(0), NodeId(0), &mut path), Some(Duration::ZERO));
        assert!(path.is_empty());
    }

    #[test]
    fn a_node_behind_a_cut_link_is_unreachable_until_it_is_restored() {
        let mut network = line();
        let mut path = Vec::new();
        // The link from the middle to node 1's site, then node 1's own downlink.
        for link in [LinkId(8), LinkId(3)] {
            network.impair(link, Condition { is_cut: true, ..Condition::SOUND });
            assert_eq!(network.path(NodeId(0), NodeId(1), &mut path), None);
            assert!(path.is_empty());
            assert_eq!(network.latency(NodeId(1), NodeId(0)), Some(milliseconds(22)));
            assert_eq!(network.latency(NodeId(0), NodeId(2)), Some(milliseconds(2)));
            network.impair(link, Condition::SOUND);
            assert!(network.path(NodeId(0), NodeId(1), &mut path).is_some());
        }
    }

    #[test]
    fn a_matrix_adds_its_latency_and_no_link() {
        let options = MatrixOptions { unit: milliseconds(1), is_round_trip: false, missing: None };
        let matrix = LatencyMatrix::parse("0 30\n40 0", &options).unwrap();
        let mut network =
            Network::new(Topology::of_matrix(matrix), attached(&[0, 1, 1]), Transport::Ideal);
        let mut path = Vec::new();
        assert_eq!(network.path(NodeId(0), NodeId(1), &mut path), Some(milliseconds(32)));
        assert_eq!(path, [LinkId(0), LinkId(3)]);
        assert_eq!(network.latency(NodeId(1), NodeId(0)), Some(milliseconds(42)));
        assert_eq!(network.latency(NodeId(1), NodeId(2)), Some(milliseconds(2)));
        assert_eq!(network.longest_latency(), milliseconds(42));
        assert_eq!(network.lines().count(), 6);
    }
}
