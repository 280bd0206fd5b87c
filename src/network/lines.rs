//! The links of a network as they are built: line rate, quality, and the opposite direction.

use super::{Attachment, LinkId, Quality};
use crate::units::Rate;

/// A link between sites.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub rate: Rate,
    pub quality: Quality,
    /// The opposite direction.
    pub twin: Option<LinkId>,
}

/// All links: uplink of node i is 2i, its downlink 2i + 1, then those between sites.
///
/// There can be millions of nodes; what their links are is looked up where the nodes are.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'n> {
    /// By `NodeId`.
    pub attachments: &'n [Attachment],
    pub shared: &'n [Line],
}

impl Lines<'_> {
    pub fn count(self) -> usize {
        2 * self.attachments.len() + self.shared.len()
    }

    /// # Panics
    /// When there is no such link.
    pub fn line(self, link: LinkId) -> Line {
        match self.attachments.get(link.index() / 2) {
            Some(attachment) => Line {
                rate: if link.0.is_multiple_of(2) { attachment.up } else { attachment.down },
                quality: attachment.quality,
                twin: Some(LinkId(link.0 ^ 1)),
            },
            None => self.shared[link.index() - 2 * self.attachments.len()],
        }
    }

    pub fn rate(self, link: LinkId) -> Rate {
        self.line(link).rate
    }

    pub fn quality(self, link: LinkId) -> Quality {
        self.line(link).quality
    }

    /// The lines of all links, by `LinkId`.
    pub fn iter(self) -> impl Iterator<Item = Line> {
        (0..self.count() as u32).map(move |link| self.line(LinkId(link)))
    }
}
