//! Searches on their way: what their messages say, kept in one place so that messages are small.

use smallvec::SmallVec;

use super::super::slots::{SlotId, Slots};
use super::ring::{Ring, Step};
use crate::engine::RequestId;
use crate::model::ObjectId;
use crate::units::Time;

pub type SearchId = SlotId;
pub type Searches = Slots<Search>;

/// What its end is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A client waits for it.
    Answer(RequestId),
    /// A client wants to give its job to the owner.
    Locate(RequestId),
    /// A client waits for those who have it.
    Download(ObjectId),
    /// The asker wants to know its successor, from others than those it knows.
    Place,
    /// One of its fingers.
    Finger(u16),
    /// The asker has it, and whoever is responsible is to know.
    Announce(ObjectId),
}

impl Purpose {
    /// Whether a client waits for it.
    pub fn is_for_client(self) -> bool {
        match self {
            Purpose::Answer(_) | Purpose::Locate(_) | Purpose::Download(_) => true,
            Purpose::Place | Purpose::Finger(_) | Purpose::Announce(_) => false,
        }
    }
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
        self.step_at(ring, self.via, self.is_named)
    }

    /// What `peer` says, which was named as the owner or was not.
    pub fn step_at(&self, ring: &Ring, peer: u32, is_named: bool) -> Step {
        match is_named {
            true => ring.step_of_named(peer, self.key, &self.dead),
            false => ring.step(peer, self.key, &self.dead),
        }
    }

    /// Who is asked has the word: who asks has been answered, or the question was passed on.
    pub fn reach(&mut self) {
        self.hops += 1;
        self.via = self.asked;
        self.is_named = self.is_last;
    }
}
