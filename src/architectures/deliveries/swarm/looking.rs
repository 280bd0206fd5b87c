//! Who looks for others to exchange pieces with, and is named some in vain.

use super::super::super::Composition;
use super::super::super::balancer::Ending;
use super::super::super::finders::Finder;
use super::Swarm;
use super::connection::{ConnectionIndex, State};
use super::peer::PeerIndex;
use crate::engine::{Envelope, World};
use crate::network::NodeId;
use crate::units::Duration;

/// A peer that has too few neighbours looks again, but not more often than this; one
/// that lacks nothing has no hurry.
const LEAST_ANNOUNCE_INTERVAL: Duration = Duration::from_whole_secs(60);
const SEED_ANNOUNCE_INTERVAL: Duration = Duration::from_whole_secs(1800);

impl<E: Envelope> Swarm<E> {
    /// Asks the finder again while there are fewer neighbours than it would like.
    pub(super) fn look_for_more<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        let peer = &mut self.peers[index as usize];
        let interval = if peer.pieces.is_complete() {
            SEED_ANNOUNCE_INTERVAL
        } else {
            LEAST_ANNOUNCE_INTERVAL
        };
        let is_time = world.now().since(peer.last_announce) >= interval;
        if is_time && peer.neighbours.len() < self.settings.neighbours {
            self.announce(finder, world, index);
        }
    }

    /// Asks the finder for others.
    pub(super) fn announce<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        let peer = &mut self.peers[index as usize];
        peer.last_announce = world.now();
        let (node, object) = (peer.node, peer.object);
        let is_complete = peer.pieces.is_complete();
        let known: Vec<NodeId> = peer.neighbours.iter().map(|neighbour| neighbour.node).collect();
        if let Some(found) = finder.find_more(world, (node, object, is_complete), &known) {
            for provider in found.providers {
                self.connect(world, index, provider);
            }
        }
    }

    /// The end at `side` asked for a connection, if it did, in vain.
    pub(super) fn named_in_vain<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let ends = &self.connections[connection as usize].ends;
        let (end, other) = (&ends[side], ends[1 - side].node);
        if end.state == State::Asking {
            let object = self.peers[end.peer as usize].object;
            finder.ended(world, end.node, object, other, Ending::Failed);
        }
    }
}
