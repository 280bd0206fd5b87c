//! Which nodes still hold together when some are down, links are cut and the network is in parts.

use std::collections::BTreeSet;

use petgraph::unionfind::UnionFind;

use super::attachment::{downlink, uplink};
use super::{Network, NodeId};

/// Parts of several partitions at the same time that are looked at together.
const MOST_CHOICES: usize = 4096;

impl Network {
    /// Nodes in the largest set of which any two are joined by links that are not cut, in whatever
    /// direction; 0 when all are down. `is_down`: one entry per node.
    ///
    /// A partition leaves as many sets as it has parts; nodes of no part are in each of them.
    /// O(nodes + links) for each part.
    pub fn largest_component(&self, is_down: &[bool]) -> usize {
        let parts: Vec<&[u8]> = self.impairments.partitions().collect();
        if parts.is_empty() {
            return self.largest_among(|node| !is_down[node.index()]);
        }
        // One part of each partition at a time.
        let mut choices: Vec<Vec<u8>> = vec![Vec::new()];
        for parts in &parts {
            let numbers: BTreeSet<u8> = parts.iter().copied().filter(|&part| part > 0).collect();
            let with = |choice: &Vec<u8>, part: u8| [choice.as_slice(), &[part]].concat();
            choices = choices
                .iter()
                .flat_map(|choice| numbers.iter().map(move |&part| with(choice, part)))
                .take(MOST_CHOICES)
                .collect();
        }
        let of_choice = |choice: &Vec<u8>| {
            let is_there = |node: NodeId| {
                let own = parts.iter().map(|parts| parts[node.index()]);
                own.zip(choice).all(|(own, &part)| own == part || own == 0)
            };
            self.largest_among(|node| !is_down[node.index()] && is_there(node))
        };
        choices.iter().map(of_choice).max().unwrap_or(0)
    }

    fn largest_among(&self, is_there: impl Fn(NodeId) -> bool) -> usize {
        let sites = self.routes.topology().site_count();
        let mut sets = UnionFind::<u32>::new(sites + self.attachments.len());
        let topology = self.routes.topology();
        if topology.matrix().is_some() {
            // Whoever has a latency to all is joined to all.
            (1..sites as u32).for_each(|site| {
                sets.union(0, site);
            });
        }
        for ((from, to, _), link) in topology.links().zip(0..) {
            if self.routes.is_up(link) {
                sets.union(from.0, to.0);
            }
        }
        if self.is_ad_hoc() {
            // Over who is there, and on the air.
            let passes_on = |&node: &NodeId| {
                is_there(node) && !self.medium(node).is_some_and(|m| self.impairments.is_cut(m))
            };
            for node in (0..self.attachments.len() as u32).map(NodeId).filter(passes_on) {
                for other in self.in_range(node).filter(passes_on) {
                    sets.union(node.0, other.0);
                }
            }
        }
        let nodes =
            || (0..self.attachments.len() as u32).map(NodeId).filter(|&node| is_there(node));
        let vertex = |node: NodeId| sites as u32 + node.0;
        for node in nodes() {
            let is_cut = |link| self.impairments.is_cut(link);
            let is_off_air = self.medium(node).is_some_and(is_cut);
            if !is_cut(uplink(node)) && !is_cut(downlink(node)) && !is_off_air {
                sets.union(self.attachments[node.index()].site.0, vertex(node));
            }
        }
        let mut sizes = vec![0usize; sites + self.attachments.len()];
        for node in nodes() {
            sizes[sets.find(vertex(node)) as usize] += 1;
        }
        sizes.into_iter().max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Attachment, Condition, Link, LinkId, Quality, Site, SiteId, Topology, Transport,
    };
    use super::*;
    use crate::units::{Duration, Rate};

    /// Two nodes at each of three sites in a row: a - b - c.
    fn network() -> Network {
        let mut topology = Topology::default();
        let sites: Vec<SiteId> = ["a", "b", "c"]
            .map(|name| topology.add_site(Site { name: name.into(), coordinates: None }))
            .into();
        let rate = Rate::from_bits_per_second(1e6);
        for pair in sites.windows(2) {
            topology.add_duplex(pair[0], pair[1], Link::new(rate, Duration::ZERO));
        }
        let attached = sites.iter().flat_map(|&site| [site, site]).map(|site| Attachment {
            site,
            up: rate,
            down: rate,
            latency: Duration::ZERO,
            quality: Quality::default(),
            on_medium: false,
        });
        Network::new(topology, attached.collect(), Transport::Ideal)
    }

    #[test]
    fn what_is_down_or_cut_or_parted_is_apart() {
        let mut network = network();
        let none = [false; 6];
        assert_eq!(network.largest_component(&none), 6);
        assert_eq!(network.largest_component(&[true, false, true, true, false, false]), 3);
        let cut = Condition::CUT;
        // One direction that is left joins them; the first link is that from a to b.
        let between = |place: u32| LinkId(12 + place);
        network.impair(between(0), cut);
        assert_eq!(network.largest_component(&none), 6);
        network.impair(between(1), cut);
        assert_eq!(network.largest_component(&none), 4);
        // The access of a node of c.
        network.impair(LinkId(2 * 5), cut);
        assert_eq!(network.largest_component(&none), 3);
        network.impair(between(0), Condition::SOUND);
        // The two of b from the others, but for one that is in no part.
        network.partition(0, Some(vec![1, 0, 2, 2, 1, 1]));
        assert_eq!(network.largest_component(&none), 3);
        assert_eq!(network.largest_component(&[true; 6]), 0);
    }
}
