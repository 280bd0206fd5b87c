//! Regular topologies: star, tree, ring, full mesh, dumbbell and fat tree.
//!
//! Each link stands for one in each direction. Sites are numbered from 1; where nodes hang if
//! the scenario does not say is returned along with the topology.

use super::topology::{Metric, Routing, Ties};
use super::{Link, Site, SiteId, Topology};

/// A topology, and the sites that are meant for nodes.
#[derive(Clone, Debug)]
pub struct Generated {
    pub topology: Topology,
    /// At least one.
    pub ends: Vec<SiteId>,
}

impl Generated {
    pub(super) fn with_all_ends(topology: Topology) -> Generated {
        let ends = topology.sites().map(|(site, _)| site).collect();
        Generated { topology, ends }
    }
}

/// `s1` ... around `hub`; nodes hang on all but the hub.
pub fn star(count: usize, link: Link) -> Generated {
    let mut topology = Topology::default();
    let hub = topology.add_site(Site { name: "hub".into(), coordinates: None });
    let ends = topology.add_numbered_sites("s", count);
    for &end in &ends {
        topology.add_duplex(hub, end, link);
    }
    Generated { topology, ends }
}

/// A balanced tree: the root `s1`, then level by level; nodes hang on the leaves.
///
/// `branching`: children of each site, at least 1. `depth`: levels below the root.
///
/// # Panics
/// When the tree has more than 2^32 sites, see [`tree_size`].
pub fn tree(branching: usize, depth: usize, link: Link) -> Generated {
    let mut topology = Topology::default();
    let sites = topology
        .add_numbered_sites("s", tree_size(branching, depth).expect("the tree can be built"));
    for (index, &site) in sites.iter().enumerate().skip(1) {
        topology.add_duplex(sites[(index - 1) / branching], site, link);
    }
    let levels = (0..=depth).map(|level| branching.pow(level as u32));
    let topology = topology.with_sketch(in_rows(levels));
    let leaves = branching.pow(depth as u32);
    let ends = sites[sites.len() - leaves..].to_vec();
    Generated { topology, ends }
}

/// Sites of a balanced tree; `None` when they are more than 2^32.
pub fn tree_size(branching: usize, depth: usize) -> Option<usize> {
    if branching == 1 {
        return depth.checked_add(1).filter(|&total| total <= 1 << 32);
    }
    let mut level: usize = 1;
    let mut total: usize = 1;
    for _ in 0..depth {
        level = level.checked_mul(branching)?;
        total = total.checked_add(level).filter(|&total| total <= 1 << 32)?;
    }
    Some(total)
}

/// Each site linked to the next, the last to the first.
pub fn ring(count: usize, link: Link) -> Generated {
    let mut topology = Topology::default();
    let sites = topology.add_numbered_sites("s", count);
    // The ring of two is one link, not two.
    let last = if count > 2 { count } else { count - 1 };
    for index in 0..last {
        topology.add_duplex(sites[index], sites[(index + 1) % count], link);
    }
    Generated::with_all_ends(topology)
}

/// Each site linked to each other.
pub fn full_mesh(count: usize, link: Link) -> Generated {
    let mut topology = Topology::default();
    let sites = topology.add_numbered_sites("s", count);
    for (index, &site) in sites.iter().enumerate() {
        for &other in &sites[index + 1..] {
            topology.add_duplex(site, other, link);
        }
    }
    Generated::with_all_ends(topology)
}

/// Two sites, `left` and `right`, and the bottleneck between them; the nodes' own links are its
/// other links.
pub fn dumbbell(bottleneck: Link) -> Generated {
    let mut topology = Topology::default();
    let left = topology.add_site(Site { name: "left".into(), coordinates: None });
    let right = topology.add_site(Site { name: "right".into(), coordinates: None });
    topology.add_duplex(left, right, bottleneck);
    Generated::with_all_ends(topology)
}

/// Three levels of switches with `ports` ports each, an even number k: (k/2)^2 in the core and k
/// pods of k/2 aggregation and k/2 edge switches; `core-1`, `aggregation-1`, `edge-1` ... Nodes
/// hang on the edge; k^3/4 of them fill it.
///
/// Pairs of edge switches are spread over the equal routes, as the fabric is nothing without.
/// Source: Al-Fares, Loukissas and Vahdat, "A scalable, commodity data center network
/// architecture", SIGCOMM 2008; its two-level tables spread by destination, we by pair.
pub fn fat_tree(ports: usize, link: Link) -> Generated {
    let half = ports / 2;
    let mut topology = Topology::default();
    let core = topology.add_numbered_sites("core-", half * half);
    let aggregation = topology.add_numbered_sites("aggregation-", ports * half);
    let ends = topology.add_numbered_sites("edge-", ports * half);
    for pod in 0..ports {
        let switches = pod * half..(pod + 1) * half;
        for (place, upper) in aggregation[switches.clone()].iter().enumerate() {
            for &top in &core[place * half..(place + 1) * half] {
                topology.add_duplex(top, *upper, link);
            }
            for &lower in &ends[switches.clone()] {
                topology.add_duplex(*upper, lower, link);
            }
        }
    }
    let routing = Routing { metric: Metric::default(), ties: Ties::Spread };
    let rows = [core.len(), aggregation.len(), ends.len()];
    Generated { topology: topology.with_routing(routing).with_sketch(in_rows(rows)), ends }
}

/// Places in rows below each other, each spread over the same width.
fn in_rows(counts: impl IntoIterator<Item = usize>) -> Vec<(f64, f64)> {
    /// Of a row, relative to its width.
    const HEIGHT: f64 = 0.22;
    let rows = counts.into_iter().enumerate();
    rows.flat_map(|(row, count)| {
        let x = move |place: usize| (place as f64 + 0.5) / count as f64;
        (0..count).map(move |place| (x(place), row as f64 * HEIGHT))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::routing::Routes;
    use super::*;
    use crate::units::{Duration, Rate};

    fn link() -> Link {
        Link::new(Rate::from_bits_per_second(1e9), Duration::from_nanos(1_000_000))
    }

    /// Links out of each site, by `SiteId`.
    fn degrees(topology: &Topology) -> Vec<usize> {
        let mut degrees = vec![0; topology.site_count()];
        topology.links().for_each(|(from, _, _)| degrees[from.index()] += 1);
        degrees
    }

    fn check(generated: &Generated, sites: usize, edges: usize, ends: usize) {
        let topology = &generated.topology;
        assert_eq!(topology.site_count(), sites);
        assert_eq!(topology.link_count(), 2 * edges);
        assert_eq!(generated.ends.len(), ends);
        assert_eq!(topology.part_count(), 1);
    }

    #[test]
    fn a_star_has_a_hub_and_leaves() {
        let star = star(7, link());
        check(&star, 8, 7, 7);
        assert_eq!(degrees(&star.topology), [7, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(star.topology.site(star.ends[0]).name, "s1");
    }

    #[test]
    fn a_tree_branches_at_each_level() {
        // 1 + 3 + 9 sites, the leaves last.
        let tree = tree(3, 2, link());
        check(&tree, 13, 12, 9);
        assert_eq!(degrees(&tree.topology)[..5], [3, 4, 4, 4, 1]);
        assert_eq!(tree.topology.site(tree.ends[0]).name, "s5");
        check(&super::tree(1, 4, link()), 5, 4, 1);
        assert_eq!(tree_size(10, 40), None);
        assert_eq!(tree_size(1, usize::MAX), None);
        assert_eq!(tree_size(2, 0), Some(1));
    }

    #[test]
    fn rings_and_meshes_are_regular() {
        check(&ring(6, link()), 6, 6, 6);
        check(&ring(2, link()), 2, 1, 2);
        assert!(degrees(&ring(6, link()).topology).iter().all(|&degree| degree == 2));
        check(&full_mesh(6, link()), 6, 15, 6);
        assert!(degrees(&full_mesh(6, link()).topology).iter().all(|&degree| degree == 5));
        check(&dumbbell(link()), 2, 1, 2);
    }

    #[test]
    fn a_fat_tree_has_the_switches_of_its_ports() {
        for ports in [2, 4, 6, 8] {
            let fat_tree = fat_tree(ports, link());
            // 5 k^2 / 4 switches; k pods of (k/2)^2 links down and as many up; k^2 / 2 at the edge
            // with k / 2 ports left each, k^3 / 4 nodes in all.
            let switches = 5 * ports * ports / 4;
            check(&fat_tree, switches, ports * ports * ports / 2, ports * ports / 2);
            assert_eq!(fat_tree.ends.len() * ports / 2, ports * ports * ports / 4);
            let degrees = degrees(&fat_tree.topology);
            for (site, switch) in fat_tree.topology.sites() {
                let used = if switch.name.starts_with("edge") { ports / 2 } else { ports };
                assert_eq!(degrees[site.index()], used, "{}", switch.name);
            }
        }
    }

    #[test]
    fn the_edges_of_a_fat_tree_are_spread_over_its_core() {
        let Generated { topology, ends } = fat_tree(4, link());
        let mut is_used = vec![false; 4];
        let links: Vec<(SiteId, SiteId)> = topology.links().map(|(a, b, _)| (a, b)).collect();
        let mut routes = Routes::new(topology);
        for &from in &ends {
            for &to in ends.iter().filter(|&&to| to != from) {
                let route = routes.route(from, to).unwrap();
                let same_pod = from.index().is_multiple_of(2) && to.index() == from.index() + 1
                    || to.index().is_multiple_of(2) && from.index() == to.index() + 1;
                // Up and down again: over an aggregation switch in a pod, over the core between.
                assert_eq!(route.links.len(), if same_pod { 2 } else { 4 });
                for &link in &route.links {
                    let top = links[link as usize].1.index();
                    if top < is_used.len() {
                        is_used[top] = true;
                    }
                }
            }
        }
        assert_eq!(is_used, [true; 4]);
    }
}
