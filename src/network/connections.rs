//! Links as people count and draw them: both directions of a cable are one.

use super::{Link, SiteId, Topology};

/// A cable between two sites, or one direction that stands alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Connection {
    pub from: SiteId,
    pub to: SiteId,
    pub link: Link,
    pub is_one_way: bool,
    /// Index of the link from `from` to `to`; the way back is the next one.
    pub first_link: usize,
}

/// The connections of a topology: a link and an equal one back that follows it are one, as
/// [`Topology::add_duplex`] makes them. Adding them in order gives the same links in the same order.
pub fn connections(topology: &Topology) -> Vec<Connection> {
    let mut connections = Vec::new();
    let mut links = topology.links().enumerate().peekable();
    while let Some((first_link, (from, to, &link))) = links.next() {
        let way_back = links.next_if(|&(_, (back_from, back_to, &back))| {
            (back_from, back_to, back) == (to, from, link)
        });
        let is_one_way = way_back.is_none();
        connections.push(Connection { from, to, link, is_one_way, first_link });
    }
    connections
}

#[cfg(test)]
mod tests {
    use super::super::Site;
    use super::*;
    use crate::units::{Duration, Rate};

    #[test]
    fn a_cable_is_one_and_unequal_directions_are_two() {
        let mut topology = Topology::default();
        let [a, b] =
            ["a", "b"].map(|name| topology.add_site(Site { name: name.into(), coordinates: None }));
        let link = |bits| Link::new(Rate::from_bits_per_second(bits), Duration::ZERO);
        topology.add_duplex(a, b, link(1e9));
        topology.add_link(a, b, link(1e6));
        topology.add_link(b, a, link(2e6));
        let found = connections(&topology);
        let shape: Vec<(usize, bool)> =
            found.iter().map(|connection| (connection.first_link, connection.is_one_way)).collect();
        assert_eq!(shape, [(0, false), (2, true), (3, true)]);
    }
}
