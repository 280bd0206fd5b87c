//! Media: the air of a Wi-Fi, which all nodes on it share, whichever way they send.
//!
//! A medium belongs to a site, and is half duplex: what a node on it sends or hears crosses it once, to or
//! from the access point, and what two nodes on it have to say to each other crosses it twice.

use super::{Line, Link, LinkId, SiteId, Topology};
use crate::units::Duration;

const NONE: u32 = u32::MAX;

/// The media of a network, numbered behind the links between its sites.
#[derive(Debug, Default)]
pub(super) struct Media {
    /// By site, its place among the links that are not those of nodes; empty when there are none.
    of_site: Vec<u32>,
    /// Of the first of them.
    first: u32,
    /// One way, by number of the medium.
    latencies: Vec<Duration>,
}

impl Media {
    pub fn new(topology: &Topology) -> Media {
        let first = topology.link_count() as u32;
        let mut media = Media { first, ..Media::default() };
        for (place, (site, link)) in (first..).zip(topology.media()) {
            media.of_site.resize(topology.site_count(), NONE);
            media.of_site[site.index()] = place;
            media.latencies.push(link.latency);
        }
        media
    }

    /// The place of the medium of `site` among the links that are not those of nodes.
    pub fn place_of(&self, site: SiteId) -> Option<u32> {
        self.of_site.get(site.index()).copied().filter(|&place| place != NONE)
    }

    pub fn latency_of(&self, site: SiteId) -> Duration {
        self.place_of(site).map_or(Duration::ZERO, |place| self.latencies[self.number(place)])
    }

    /// The latency of what is at `place`, if that is a medium.
    pub fn latency_mut(&mut self, place: usize) -> Option<&mut Duration> {
        let number = place.checked_sub(self.first as usize)?;
        self.latencies.get_mut(number)
    }

    pub fn longest_latency(&self) -> Duration {
        self.latencies.iter().copied().max().unwrap_or(Duration::ZERO)
    }

    fn number(&self, place: u32) -> usize {
        (place - self.first) as usize
    }
}

/// A medium has no opposite direction: acknowledgements are part of what it is said not to carry.
pub(super) fn line(link: &Link) -> Line {
    Line { rate: link.capacity, quality: link.quality, twin: None::<LinkId> }
}
