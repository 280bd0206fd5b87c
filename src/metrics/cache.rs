//! What the caches of an architecture answered.

use crate::units::Bytes;

/// What a cache says to a question for an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheAnswer {
    /// It keeps the object, and it is fresh.
    Hit,
    /// It must fetch the object.
    Miss,
    /// It is fetching the object for somebody else already.
    Coalesced,
}

/// Questions to one cache, or to all of an architecture, after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct CacheCounts {
    pub questions: u64,
    pub hits: u64,
    pub coalesced: u64,
    /// Sizes of the objects that were asked for, and of those among them that were hits.
    pub bits: f64,
    pub hit_bits: f64,
}

impl CacheCounts {
    pub(super) fn count(&mut self, size: Bytes, answer: CacheAnswer) {
        self.questions += 1;
        self.bits += size.bits();
        match answer {
            CacheAnswer::Hit => {
                self.hits += 1;
                self.hit_bits += size.bits();
            }
            CacheAnswer::Miss => {}
            CacheAnswer::Coalesced => self.coalesced += 1,
        }
    }

    /// Hits over questions; `None` without any.
    pub fn hit_ratio(&self) -> Option<f64> {
        (self.questions > 0).then(|| self.hits as f64 / self.questions as f64)
    }

    /// The same with objects weighed by their sizes.
    pub fn byte_hit_ratio(&self) -> Option<f64> {
        (self.questions > 0).then(|| self.hit_bits / self.bits)
    }
}
