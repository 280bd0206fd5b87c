//! Room of nodes for copies of objects.
//!
//! A copy that a node gets drops those that must make room for it, in the order of its policy. To answer
//! others with a copy, and the node's own user, is a use of it. An object that is larger than all the room
//! is used and not kept. What a node is still downloading does not count, nor what has no bytes.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::caching::Cache;
use crate::engine::{Architecture, World};
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::units::{Bytes, Time};

/// What those keep that have room for so much only.
#[derive(Debug, Default)]
pub struct Rooms {
    are_limited: bool,
    /// Of those that have kept something.
    kept: FxHashMap<NodeId, Cache>,
}

/// What becomes of a copy that a node has got.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    pub is_kept: bool,
    /// What has made room for it, in this order.
    pub dropped: SmallVec<[ObjectId; 4]>,
}

/// Nodes that may have copies of the objects of a workload, and are not full.
struct Open<'m> {
    workload: u32,
    at: &'m [NodeId],
    /// Places in `at`.
    places: BTreeSet<usize>,
    /// The smallest of these objects.
    least: Bytes,
}

impl Rooms {
    pub fn measure<A: Architecture>(&mut self, world: &World<'_, A>) {
        self.are_limited = world.model().has_rooms();
    }

    pub fn are_limited(&self) -> bool {
        self.are_limited
    }

    /// `None`: the node has room for everything.
    fn room<A: Architecture>(&mut self, world: &World<'_, A>, node: NodeId) -> Option<&mut Cache> {
        world.model().group_of(node).room.as_ref()?;
        Some(self.kept.entry(node).or_insert_with(|| {
            let (space, eviction) = world.model().room(world.key(), node).unwrap_or_default();
            Cache::new(space, eviction)
        }))
    }

    /// `node` has got `object`.
    pub fn keep<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        node: NodeId,
        object: ObjectId,
    ) -> Kept {
        let (now, size) = (world.now(), world.object_size(object));
        let mut dropped = SmallVec::new();
        let is_kept = match self.room(world, node) {
            Some(room) if size > Bytes::ZERO => {
                room.insert_and_tell(now, (object, size), Time::NEVER, |other| dropped.push(other))
            }
            _ => true,
        };
        Kept { is_kept, dropped }
    }

    /// Whether `node`, which has had `object`, still has it; if so this is a use of it.
    pub fn look_up<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        node: NodeId,
        object: ObjectId,
    ) -> bool {
        if !self.are_limited || world.object_size(object) == Bytes::ZERO {
            return true;
        }
        self.room(world, node).is_none_or(|room| room.look_up(world.now(), object))
    }

    /// Where copies are from the start: where they were drawn, or with the next of those that may have
    /// some and have room; those for which there is none are left out.
    pub fn settle<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        mut copies: Vec<(ObjectId, Vec<NodeId>)>,
    ) -> Vec<(ObjectId, Vec<NodeId>)> {
        if !self.are_limited {
            return copies;
        }
        let sizes: FxHashMap<u32, Bytes> = least_sizes(world, &copies);
        let mut open: Option<Open<'_>> = None;
        for (object, holders) in &mut copies {
            let (object, workload) = (*object, world.model().workload_of(*object));
            let size = world.object_size(object);
            if open.as_ref().is_none_or(|open| open.workload != workload) {
                let all = world.model().workloads[workload as usize].copies();
                let at = all.map_or(&[][..], |copies| copies.at.as_slice());
                let places = (0..at.len()).collect();
                let least = sizes.get(&workload).copied().unwrap_or_default();
                open = Some(Open { workload, at, places, least });
            }
            let Some(open) = &mut open else { continue };
            let mut placed = Vec::with_capacity(holders.len());
            let mut homeless = Vec::new();
            for &node in holders.iter() {
                match self.has_left(world, node, size) {
                    true => placed.push(node),
                    false => homeless.push(node),
                }
            }
            let mut taken: FxHashSet<NodeId> = FxHashSet::default();
            if !homeless.is_empty() {
                taken.extend(&placed);
            }
            for node in homeless {
                let other = self.next_open(world, open, (node, size), &taken);
                taken.extend(other);
                placed.extend(other);
            }
            placed.sort_unstable();
            for &node in &placed {
                self.keep(world, node, object);
            }
            *holders = placed;
        }
        copies
    }

    fn has_left<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        node: NodeId,
        size: Bytes,
    ) -> bool {
        self.room(world, node).is_none_or(|room| room.capacity() - room.used() >= size)
    }

    /// The first from `node` on, round and round, that has room and is not `taken`.
    fn next_open<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        open: &mut Open<'_>,
        (node, size): (NodeId, Bytes),
        taken: &FxHashSet<NodeId>,
    ) -> Option<NodeId> {
        let start = open.at.partition_point(|&other| other < node);
        let mut full = Vec::new();
        let places = open.places.range(start..).chain(open.places.range(..start));
        let mut found = None;
        for &place in places {
            let other = open.at[place];
            if !self.has_left(world, other, open.least) {
                full.push(place);
            } else if !taken.contains(&other) && self.has_left(world, other, size) {
                found = Some(other);
                break;
            }
        }
        full.iter().for_each(|place| {
            open.places.remove(place);
        });
        found
    }
}

/// The smallest object of which there are copies, by workload.
fn least_sizes<A: Architecture>(
    world: &World<'_, A>,
    copies: &[(ObjectId, Vec<NodeId>)],
) -> FxHashMap<u32, Bytes> {
    let mut sizes = FxHashMap::default();
    for (object, _) in copies {
        let size = world.object_size(*object);
        let least = sizes.entry(world.model().workload_of(*object)).or_insert(size);
        *least = size.min(*least);
    }
    sizes
}
