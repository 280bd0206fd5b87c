//! Random topologies: Erdos-Renyi, Barabasi-Albert, Watts-Strogatz and Waxman.
//!
//! All choices come from one stream, in a fixed order, so the same stream gives the same graph.
//! No graph has loops or parallel links; each link stands for one in each direction. Sites are
//! `s1`, `s2`, ..., and nodes hang on all of them.

use std::collections::BTreeSet;

use super::generators::Generated;
use super::geography::fibre_latency;
use super::{Link, Topology};
use crate::random::Stream;
use crate::units::Rate;

/// Each pair of sites is linked with the same probability, independently: G(n, p).
///
/// Skips from link to link, so it costs what it returns. Source: Batagelj and Brandes,
/// "Efficient generation of large random networks", Physical Review E 71, 2005, algorithm 1.
pub fn erdos_renyi(count: usize, probability: f64, link: Link, stream: &mut Stream) -> Generated {
    let mut topology = Topology::default();
    let sites = topology.add_numbered_sites("s", count);
    let log_of_no_link = libm::log1p(-probability);
    // The pairs (row, column) with column < row, in the order of rows.
    let (mut row, mut column) = (1, 0.0_f64);
    while probability > 0.0 && row < count {
        // With a probability of 1 the skip is 0 whatever is drawn.
        let skip = (libm::log1p(-stream.uniform()) / log_of_no_link).floor();
        column += if probability < 1.0 { skip } else { 0.0 };
        while row < count && column >= row as f64 {
            column -= row as f64;
            row += 1;
        }
        if row < count {
            topology.add_duplex(sites[row], sites[column as usize], link);
            column += 1.0;
        }
    }
    Generated::with_all_ends(topology)
}

/// A star of the first `links_per_site` + 1 sites; each further site links to `links_per_site`
/// different ones, the likelier the more links they have. m (n - m) links, always connected.
///
/// Source: Barabasi and Albert, "Emergence of scaling in random networks", Science 286, 1999.
/// They leave the beginning open; the star is that of NetworkX.
pub fn barabasi_albert(
    count: usize,
    links_per_site: usize,
    link: Link,
    stream: &mut Stream,
) -> Generated {
    let mut topology = Topology::default();
    let sites = topology.add_numbered_sites("s", count);
    // Each site as often as it has links: a uniform choice among them prefers the popular.
    let mut ends: Vec<usize> = Vec::with_capacity(2 * count * links_per_site);
    for other in 1..=links_per_site {
        topology.add_duplex(sites[0], sites[other], link);
        ends.extend([0, other]);
    }
    for site in links_per_site + 1..count {
        let mut targets = BTreeSet::new();
        while targets.len() < links_per_site {
            targets.insert(ends[stream.below(ends.len())]);
        }
        for &target in &targets {
            topology.add_duplex(sites[site], sites[target], link);
            ends.extend([site, target]);
        }
    }
    Generated::with_all_ends(topology)
}

/// A ring where each site is linked to its `neighbours` (an even number) nearest; then the far
/// end of each link is moved, with the probability `rewiring`, to a site that is uniformly random
/// among those not linked to. n K / 2 links whatever moves.
///
/// Source: Watts and Strogatz, "Collective dynamics of small-world networks", Nature 393, 1998.
pub fn watts_strogatz(
    count: usize,
    neighbours: usize,
    rewiring: f64,
    link: Link,
    stream: &mut Stream,
) -> Generated {
    let mut linked: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    let mut edges: Vec<(usize, usize)> = Vec::with_capacity(count * neighbours / 2);
    // As in the paper, lap by lap: first the nearest neighbours of all, then the next.
    for distance in 1..=neighbours / 2 {
        for site in 0..count {
            let other = (site + distance) % count;
            edges.push((site, other));
            linked[site].insert(other);
            linked[other].insert(site);
        }
    }
    for (site, other) in &mut edges {
        let is_full = linked[*site].len() >= count - 1;
        if stream.uniform() >= rewiring || is_full {
            continue;
        }
        let target = loop {
            let target = stream.below(count);
            if target != *site && !linked[*site].contains(&target) {
                break target;
            }
        };
        linked[*site].remove(other);
        linked[*other].remove(site);
        linked[*site].insert(target);
        linked[target].insert(*site);
        *other = target;
    }
    let mut topology = Topology::default();
    let sites = topology.add_numbered_sites("s", count);
    for (site, other) in edges {
        topology.add_duplex(sites[site], sites[other], link);
    }
    Generated::with_all_ends(topology)
}

/// Parameters of [`waxman`].
#[derive(Clone, Copy, Debug)]
pub struct Waxman {
    /// Of the square that sites are scattered on, uniformly.
    pub side_km: f64,
    /// 0 to 1: the more, the more long links there are beside short ones.
    pub alpha: f64,
    /// 0 to 1: the probability of a link between two sites at the same place.
    pub beta: f64,
    pub capacity: Rate,
    /// How much longer a fibre is than the straight line.
    pub path_factor: f64,
}

/// Sites on a square; two at the distance d are linked with the probability
/// beta exp(-d / (alpha L)), where L is the square's diagonal.
///
/// Source: Waxman, "Routing of multipoint connections", IEEE JSAC 6(9), 1988, RG1. Some later
/// texts exchange the names of alpha and beta. Looks at every pair of sites.
pub fn waxman(count: usize, parameters: &Waxman, stream: &mut Stream) -> Generated {
    let mut topology = Topology::default();
    let sites = topology.add_numbered_sites("s", count);
    let side = parameters.side_km;
    let places: Vec<(f64, f64)> =
        (0..count).map(|_| (stream.uniform() * side, stream.uniform() * side)).collect();
    let reach = parameters.alpha * side * std::f64::consts::SQRT_2;
    for (row, a) in places.iter().enumerate() {
        for (column, b) in places.iter().enumerate().take(row) {
            let distance = libm::hypot(a.0 - b.0, a.1 - b.1);
            if stream.uniform() < parameters.beta * libm::exp(-distance / reach) {
                let latency = fibre_latency(distance * parameters.path_factor);
                let link = Link::new(parameters.capacity, latency);
                topology.add_duplex(sites[row], sites[column], link);
            }
        }
    }
    Generated::with_all_ends(topology.with_sketch(places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;
    use crate::units::Duration;

    fn link() -> Link {
        Link::new(Rate::from_bits_per_second(1e9), Duration::from_nanos(1_000_000))
    }

    fn stream(seed: u64) -> Stream {
        Key::root(seed, 0).text("topology").stream()
    }

    /// Neighbours of each site, after a check that there are no loops and no parallel links.
    fn neighbours(generated: &Generated) -> Vec<BTreeSet<usize>> {
        let mut neighbours = vec![BTreeSet::new(); generated.topology.site_count()];
        for (from, to, _) in generated.topology.links() {
            assert_ne!(from, to);
            assert!(neighbours[from.index()].insert(to.index()), "a parallel link");
        }
        neighbours
    }

    fn edge_count(generated: &Generated) -> usize {
        neighbours(generated).iter().map(BTreeSet::len).sum::<usize>() / 2
    }

    #[test]
    fn an_erdos_renyi_graph_has_its_share_of_all_pairs() {
        let count = edge_count(&erdos_renyi(400, 0.05, link(), &mut stream(1))) as f64;
        // Binomial: 79,800 pairs, mean 3,990, standard deviation sqrt(79,800 p (1 - p)) = 61.6.
        assert!((count - 3990.0).abs() < 4.0 * 61.6, "{count}");
        assert_eq!(edge_count(&erdos_renyi(30, 0.0, link(), &mut stream(1))), 0);
        assert_eq!(edge_count(&erdos_renyi(30, 1.0, link(), &mut stream(1))), 435);
        assert_eq!(edge_count(&erdos_renyi(30, 1e-300, link(), &mut stream(1))), 0);
        assert_eq!(edge_count(&erdos_renyi(1, 0.5, link(), &mut stream(1))), 0);
    }

    #[test]
    fn a_barabasi_albert_graph_adds_its_links_with_each_site() {
        let generated = barabasi_albert(500, 3, link(), &mut stream(2));
        assert_eq!(edge_count(&generated), 3 * (500 - 3));
        assert_eq!(generated.topology.part_count(), 1);
        let neighbours = neighbours(&generated);
        assert!(neighbours[4..].iter().all(|others| others.len() >= 3));
        // Old sites gather links: the mean degree is 6, the degree of an old one about 3 sqrt(500).
        assert!(neighbours.iter().map(BTreeSet::len).max() > Some(30));
    }

    #[test]
    fn a_watts_strogatz_graph_keeps_its_links() {
        for rewiring in [0.0, 0.1, 1.0] {
            let generated = watts_strogatz(200, 6, rewiring, link(), &mut stream(3));
            assert_eq!(edge_count(&generated), 200 * 6 / 2);
            let neighbours = neighbours(&generated);
            let is_lattice = neighbours.iter().enumerate().all(|(site, others)| {
                others.iter().all(|&other| {
                    (other + 200 - site) % 200 <= 3 || (site + 200 - other) % 200 <= 3
                })
            });
            assert_eq!(is_lattice, rewiring == 0.0);
            // Each site keeps the near end of K / 2 links.
            assert!(neighbours.iter().all(|others| others.len() >= 3));
        }
        assert_eq!(edge_count(&watts_strogatz(5, 4, 1.0, link(), &mut stream(3))), 10);
    }

    #[test]
    fn a_waxman_graph_prefers_short_links() {
        let parameters = Waxman {
            side_km: 1000.0,
            alpha: 0.1,
            beta: 0.8,
            capacity: Rate::from_bits_per_second(1e9),
            path_factor: 1.5,
        };
        let generated = waxman(300, &parameters, &mut stream(4));
        let links = generated.topology.links().map(|(_, _, link)| link.latency.secs());
        let kilometres: Vec<f64> = links.map(|latency| latency / 5e-6 / 1.5).collect();
        let mean = kilometres.iter().sum::<f64>() / kilometres.len() as f64;
        // Two random places of a square are 0.52 of its side apart; links prefer exp(-d / 141 km).
        assert!(mean < 300.0, "{mean}");
        assert!(kilometres.iter().all(|&d| d <= 1000.0 * std::f64::consts::SQRT_2));
        let all = Waxman { alpha: 1e9, beta: 1.0, ..parameters };
        assert_eq!(edge_count(&waxman(20, &all, &mut stream(4))), 190);
    }

    #[test]
    fn the_seed_decides_the_graph() {
        let links = |seed| {
            let generated = erdos_renyi(50, 0.1, link(), &mut stream(seed));
            generated.topology.links().map(|(a, b, _)| (a, b)).collect::<Vec<_>>()
        };
        assert_eq!(links(7), links(7));
        assert_ne!(links(7), links(8));
    }
}
