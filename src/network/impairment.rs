//! Links that are cut or worse than they were built, and networks that fall into parts.
//!
//! What is told here counts for latencies, paths and terms from then on. Flows that are under way know
//! nothing of it: who tells it sets their capacities, and gives them a path anew.

use std::collections::BTreeMap;

use super::{Attachment, Line, LinkId, Network, NodeId, Routes};
use crate::units::{Duration, Rate};

/// How a link fares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    pub is_cut: bool,
    /// What is left of its capacity, above 0 and up to 1.
    pub capacity: f64,
    /// What its latency is longer.
    pub delay: Duration,
    /// Probability that a packet is lost, beside those that are lost anyway.
    pub loss: f64,
}

impl Condition {
    /// As it was built.
    pub const SOUND: Condition =
        Condition { is_cut: false, capacity: 1.0, delay: Duration::ZERO, loss: 0.0 };

    /// It carries nothing.
    pub const CUT: Condition = Condition { is_cut: true, ..Condition::SOUND };

    /// Under what makes it fare like `self` and what makes it fare like `other`.
    pub fn and(self, other: Condition) -> Condition {
        Condition {
            is_cut: self.is_cut || other.is_cut,
            capacity: self.capacity * other.capacity,
            delay: self.delay + other.delay,
            loss: either(self.loss, other.loss),
        }
    }
}

/// Probability of at least one of two things that have nothing to do with each other.
fn either(a: f64, b: f64) -> f64 {
    a + b - a * b
}

/// What is not as it was built.
#[derive(Debug, Default)]
pub(super) struct Impairments {
    /// Of links that do not fare as they were built.
    conditions: BTreeMap<LinkId, Condition>,
    /// As they were built, of nodes and of links between sites that have ever been impaired.
    attachments: BTreeMap<NodeId, Attachment>,
    shared: BTreeMap<LinkId, (Line, Duration)>,
    /// As they were built, once a link between sites has been impaired.
    routes: Option<Box<Routes>>,
    /// By number; the part of each node, 0 for those that reach all others.
    partitions: BTreeMap<u16, Vec<u8>>,
}

impl Impairments {
    /// Whether some partition is between two nodes.
    pub fn part(&self, from: NodeId, to: NodeId) -> bool {
        self.partitions.values().any(|parts| {
            let (a, b) = (parts[from.index()], parts[to.index()]);
            a != b && a != 0 && b != 0
        })
    }

    /// Of each partition, the part of each node; 0 for none.
    pub fn partitions(&self) -> impl Iterator<Item = &[u8]> {
        self.partitions.values().map(Vec::as_slice)
    }

    pub fn is_cut(&self, link: LinkId) -> bool {
        self.conditions.get(&link).is_some_and(|condition| condition.is_cut)
    }
}

impl Network {
    /// From now on `link` fares like this.
    ///
    /// The latency of the access of a node is one for both directions, and so is its loss: the worse of
    /// the two counts.
    ///
    /// # Panics
    /// When there is no such link.
    pub fn impair(&mut self, link: LinkId, condition: Condition) {
        self.is_impaired = true;
        match condition == Condition::SOUND {
            true => self.impairments.conditions.remove(&link),
            false => self.impairments.conditions.insert(link, condition),
        };
        match link.index().checked_sub(2 * self.attachments.len()) {
            Some(shared) => self.impair_shared(link, shared, condition),
            None => self.impair_access(NodeId(link.0 / 2)),
        }
    }

    fn impair_access(&mut self, node: NodeId) {
        let present = &mut self.attachments[node.index()];
        let built = *self.impairments.attachments.entry(node).or_insert(*present);
        let [up, down] = [2 * node.0, 2 * node.0 + 1].map(|link| {
            let condition = self.impairments.conditions.get(&LinkId(link));
            condition.copied().unwrap_or(Condition::SOUND)
        });
        *present = built;
        present.up = built.up.scaled(up.capacity);
        present.down = built.down.scaled(down.capacity);
        present.latency = built.latency + up.delay.max(down.delay);
        let loss = up.loss.max(down.loss);
        present.quality.loss = either(built.quality.loss, loss);
    }

    fn impair_shared(&mut self, link: LinkId, place: usize, condition: Condition) {
        let present = &mut self.shared[place];
        let routes = &mut self.routes;
        let on_medium = self.media.latency_mut(place);
        let (built, latency) = *self.impairments.shared.entry(link).or_insert_with(|| {
            let latency = on_medium.as_deref().copied();
            (*present, latency.unwrap_or_else(|| routes.latency_of(place)))
        });
        present.rate = built.rate.scaled(condition.capacity);
        present.quality.loss = either(built.quality.loss, condition.loss);
        if let Some(present) = on_medium {
            *present = latency + condition.delay;
            if let Some(node) = self.node_of_radio(link) {
                self.set_on_air(node, !condition.is_cut);
            }
            return;
        }
        self.impairments.routes.get_or_insert_with(|| Box::new(routes.uncut()));
        routes.set_latency(place, latency + condition.delay);
        routes.set_link(place, !condition.is_cut);
    }

    /// From now on nodes of different parts do not reach each other; part 0 reaches all. `parts`: one
    /// entry for each node, `None` to end the partition of that number.
    pub fn partition(&mut self, number: u16, parts: Option<Vec<u8>>) {
        self.is_impaired = true;
        match parts {
            Some(parts) => self.impairments.partitions.insert(number, parts),
            None => self.impairments.partitions.remove(&number),
        };
        if let Some(roaming) = &mut self.roaming {
            roaming
                .mesh
                .set_partitions(self.impairments.partitions().map(<[u8]>::to_vec).collect());
        }
    }

    /// Whether anything has ever been worse than it was built.
    pub fn has_been_impaired(&self) -> bool {
        self.is_impaired
    }

    /// What `node` was given, whatever has become of it.
    pub fn as_built(&self, node: NodeId) -> Attachment {
        let built = self.impairments.attachments.get(&node);
        built.copied().unwrap_or(self.attachments[node.index()])
    }

    /// The latency from `from` to `to` before anything was cut or slow; in an ad hoc network, which was never built,
    /// that of now.
    pub fn latency_as_built(&mut self, from: NodeId, to: NodeId) -> Option<Duration> {
        if !self.is_impaired || from == to || self.is_ad_hoc() {
            return self.latency(from, to);
        }
        let (a, b) = (self.as_built(from), self.as_built(to));
        let on_media = self.medium_as_built(from) + self.medium_as_built(to);
        let routes = self.impairments.routes.as_deref_mut().unwrap_or(&mut self.routes);
        Some(a.latency + routes.latency(a.site, b.site)? + b.latency + on_media)
    }

    /// What the medium of `node` adds to its latency when that was built.
    fn medium_as_built(&self, node: NodeId) -> Duration {
        let Some(medium) = self.medium(node) else { return Duration::ZERO };
        let built = self.impairments.shared.get(&medium).map(|(_, latency)| *latency);
        built.unwrap_or_else(|| self.media.latency_of(self.attachments[node.index()].site))
    }

    /// What `link` between sites carried when it was built.
    pub fn rate_as_built(&self, link: LinkId) -> Rate {
        let built = self.impairments.shared.get(&link);
        built.map_or_else(|| self.lines().rate(link), |(line, _)| line.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Link, Network};
    use super::super::{Quality, Site, SiteId, Topology, Transport};
    use super::*;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);

    fn ms(count: u64) -> Duration {
        Duration::from_nanos(count * 1_000_000)
    }

    /// A and B at two sites, 10 ms apart; each 1 ms from its site.
    fn network() -> Network {
        let mut topology = Topology::default();
        let sites: Vec<SiteId> = ["a", "b"]
            .map(|name| topology.add_site(Site { name: name.into(), coordinates: None }))
            .into();
        let rate = Rate::from_bits_per_second(1e6);
        topology.add_duplex(sites[0], sites[1], Link::new(rate, ms(10)));
        let attached = sites.iter().map(|&site| Attachment {
            site,
            up: rate,
            down: rate,
            latency: ms(1),
            quality: Quality::default(),
            on_medium: false,
        });
        Network::new(topology, attached.collect(), Transport::Ideal)
    }

    #[test]
    fn a_link_that_is_sound_again_is_as_it_was_built() {
        let mut network = network();
        let slow = Condition { capacity: 0.25, delay: ms(5), loss: 0.1, ..Condition::SOUND };
        let (uplink, shared) = (LinkId(0), LinkId(4));
        network.impair(uplink, slow);
        network.impair(shared, slow);
        assert_eq!(network.latency(A, B), Some(ms(22)));
        assert_eq!(network.lines().rate(uplink).bits_per_second(), 0.25e6);
        assert_eq!(network.lines().quality(shared).loss, 0.1);
        assert_eq!(network.as_built(A).up.bits_per_second(), 1e6);
        assert_eq!(network.rate_as_built(shared).bits_per_second(), 1e6);
        // The way back is over the other direction of the link between the sites.
        assert_eq!(network.latency(B, A), Some(ms(17)));
        network.impair(shared, Condition { is_cut: true, ..slow });
        assert_eq!(network.latency(A, B), None);
        assert_eq!(network.latency_as_built(A, B), Some(ms(12)));
        network.impair(uplink, Condition::SOUND);
        network.impair(shared, Condition::SOUND);
        assert_eq!(network.latency(A, B), Some(ms(12)));
        assert_eq!(network.lines().rate(uplink).bits_per_second(), 1e6);
        assert_eq!(network.lines().quality(shared).loss, 0.0);
    }

    #[test]
    fn cuts_and_partitions_leave_no_way() {
        let mut network = network();
        let cut = Condition { is_cut: true, ..Condition::SOUND };
        network.impair(LinkId(1), cut);
        assert_eq!(network.latency(B, A), None);
        assert_eq!(network.latency(A, B), Some(ms(12)));
        network.impair(LinkId(1), Condition::SOUND);
        network.impair(LinkId(4), cut);
        assert_eq!((network.latency(A, B), network.latency(B, A)), (None, Some(ms(12))));
        network.impair(LinkId(4), Condition::SOUND);
        network.partition(3, Some(vec![1, 2]));
        assert_eq!((network.latency(A, B), network.latency(A, A)), (None, Some(Duration::ZERO)));
        network.partition(7, Some(vec![0, 1]));
        network.partition(3, None);
        assert_eq!(network.latency(A, B), Some(ms(12)), "part 0 reaches all");
    }

    #[test]
    fn what_befalls_a_link_twice_adds_up() {
        let half = Condition { capacity: 0.5, loss: 0.5, delay: ms(1), ..Condition::SOUND };
        let both = half.and(half).and(Condition::SOUND);
        assert_eq!(both, Condition { capacity: 0.25, loss: 0.75, delay: ms(2), ..half });
        assert!(half.and(Condition { is_cut: true, ..half }).is_cut);
    }
}
