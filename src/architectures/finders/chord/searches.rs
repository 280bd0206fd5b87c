//! Searches on their way: what their messages say, kept in one place so that messages are small.

use smallvec::SmallVec;

use super::ring::{Ring, Step};
use crate::engine::RequestId;
use crate::prefetch::prefetch_at;
use crate::units::Time;

/// A search that may be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchId {
    slot: u32,
    generation: u32,
}

/// What its end is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A client waits for it.
    Answer(RequestId),
    /// The asker wants to know its successor, from others than those it knows.
    Place,
    /// One of its fingers.
    Finger(u16),
}

#[derive(Clone, Debug)]
pub struct Search {
    pub purpose: Purpose,
    pub key: u64,
    /// Peers by place: who looks, who spoke last of those that were reached, and who is asked now.
    pub asker: u32,
    pub via: u32,
    pub asked: u32,
    /// Whether that one was named as the owner, and whether `via` was.
    pub is_last: bool,
    pub is_named: bool,
    /// What `via` has said.
    pub step: Step,
    /// When `asked` was.
    pub sent: Time,
    /// Peers that were reached, the asker apart.
    pub hops: u32,
    /// Peers that did not answer.
    pub dead: SmallVec<[u32; 2]>,
}

impl Search {
    /// What `via` says.
    pub fn step_of(&self, ring: &Ring) -> Step {
        match self.is_named {
            true => ring.step_of_named(self.via, self.key, &self.dead),
            false => ring.step(self.via, self.key, &self.dead),
        }
    }
}

/// Slots of searches; those that are over make room for others.
#[derive(Debug, Default)]
pub struct Searches {
    slots: Vec<(u32, Option<Search>)>,
    free: Vec<u32>,
}

impl Searches {
    pub fn begin(&mut self, search: Search) -> SearchId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            self.slots.len() as u32 - 1
        });
        let (generation, place) = &mut self.slots[slot as usize];
        *place = Some(search);
        SearchId { slot, generation: *generation }
    }

    /// It will be looked at soon.
    pub fn prefetch(&self, id: SearchId) {
        prefetch_at(&self.slots, id.slot as usize);
    }

    /// `None` when it is over.
    pub fn get_mut(&mut self, id: SearchId) -> Option<&mut Search> {
        let (generation, search) = self.slots.get_mut(id.slot as usize)?;
        search.as_mut().filter(|_| *generation == id.generation)
    }

    pub fn end(&mut self, id: SearchId) -> Option<Search> {
        let (generation, search) = self.slots.get_mut(id.slot as usize)?;
        if *generation != id.generation {
            return None;
        }
        let search = search.take()?;
        *generation = generation.wrapping_add(1);
        self.free.push(id.slot);
        Some(search)
    }
}
