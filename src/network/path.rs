//! The links that a flow crosses, in order.

use std::num::NonZeroU32;
use std::ops::{Deref, DerefMut};

use super::LinkId;

/// A link of a path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    pub link: LinkId,
    /// The flow's place among the members of the link; nowhere where its class stands for it.
    pub place: Place,
    /// Nanoseconds until `since` of the flow for which the link limited it. What its class has
    /// gathered until it joined is taken off, see [`Flow::join`](super::flow::Flow::join).
    pub span: f64,
}

/// A place among the members of a link, or none of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place(NonZeroU32);

impl Place {
    pub const NOWHERE: Place = Place(NonZeroU32::MAX);

    pub fn new(index: usize) -> Place {
        Place(NonZeroU32::MIN.saturating_add(index as u32))
    }

    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Nearly all paths are an uplink and a downlink. There are as many as flows, so this is no larger than
/// those two hops: that no place is 0 tells the two forms apart.
#[derive(Clone, Debug)]
pub(super) enum Path {
    Pair([Hop; 2]),
    Other(Box<[Hop]>),
}

impl Path {
    pub fn new(links: &[LinkId]) -> Path {
        let hop = |link| Hop { link, place: Place::NOWHERE, span: 0.0 };
        match *links {
            [first, last] => Path::Pair([first, last].map(hop)),
            _ => Path::Other(links.iter().copied().map(hop).collect()),
        }
    }
}

impl Path {
    /// Its hops, of a link that it crosses again the first alone: that is where spans are booked.
    pub fn hops_of_links(&self) -> impl Iterator<Item = &Hop> {
        let is_first = |place: usize| {
            let link = self[place].link;
            self[..place].iter().all(|before| before.link != link)
        };
        (0..self.len()).filter(move |&place| is_first(place)).map(|place| &self[place])
    }

    /// Whether it crosses `link` more than once.
    pub fn crosses_again(&self, link: LinkId) -> bool {
        self.iter().filter(|hop| hop.link == link).count() > 1
    }
}

impl Deref for Path {
    type Target = [Hop];

    #[inline]
    fn deref(&self) -> &[Hop] {
        match self {
            Path::Pair(hops) => hops,
            Path::Other(hops) => hops,
        }
    }
}

impl DerefMut for Path {
    #[inline]
    fn deref_mut(&mut self) -> &mut [Hop] {
        match self {
            Path::Pair(hops) => hops,
            Path::Other(hops) => hops,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_holds_its_links_whatever_their_number() {
        for count in 0..5 {
            let links: Vec<LinkId> = (0..count).map(LinkId).collect();
            let mut path = Path::new(&links);
            let found: Vec<LinkId> = path.iter().map(|hop| hop.link).collect();
            assert_eq!(found, links);
            assert!(path.iter().all(|hop| hop.place == Place::NOWHERE));
            for (place, hop) in path.iter_mut().enumerate() {
                hop.place = Place::new(place);
            }
            assert!((0..).zip(path.iter()).all(|(place, hop)| hop.place.index() == place));
        }
    }

    #[test]
    fn a_link_that_is_crossed_again_is_shown_once() {
        for links in [vec![7, 7], vec![7, 8], vec![7, 8, 7, 9, 8]] {
            let path = Path::new(&links.iter().copied().map(LinkId).collect::<Vec<_>>());
            let mut once = links.clone();
            once.sort_unstable();
            once.dedup();
            let mut found: Vec<u32> = path.hops_of_links().map(|hop| hop.link.0).collect();
            found.sort_unstable();
            assert_eq!(found, once);
        }
    }

    #[test]
    fn two_hops_are_all_there_is() {
        assert_eq!(size_of::<Path>(), size_of::<[Hop; 2]>());
    }
}
