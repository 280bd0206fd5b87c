//! Peers whose node goes down, and comes back.
//!
//! One that says goodbye tells the tracker and its neighbours, which ask others at once. With time to
//! leave, who has everything stops to serve at the beginning of it, and who lacks something takes
//! part until its end.
//!
//! A crash closes the connections of a peer at its own end; a neighbour hears of it when it next
//! says something, when a piece on its way breaks off, or when the peer asks it anew. Pieces are
//! on disk: a complete peer serves again when its node is back, for its whole time of seeding if
//! that is limited. Who lacks something has lost its requests with its node, and goes on with what
//! it has when the object is asked for again.

use crate::engine::Envelope;
use std::collections::BTreeSet;

use super::connection::{ConnectionIndex, State};
use super::peer::{Neighbour, PeerIndex, Pieces};
use super::{Composition, Duration, Finder, NodeId, ObjectId, Reminder, Swarm, SwarmTimer};
use super::{Timer, What, World};

impl<E: Envelope> Swarm<E> {
    /// Seeds that nobody can call do not wait for it: they ask who there is.
    pub(super) fn call_out<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
    ) {
        for seed in self.seeds.clone() {
            if world.is_dialable(seed) {
                continue;
            }
            for object in world.model().downloaded_objects().into_iter().flatten().map(ObjectId) {
                let pieces = Pieces::all(world.object_size(object), self.settings.piece_size);
                let index = self.add_peer(world, seed, object, pieces);
                if world.is_up(seed) {
                    self.join(world, index);
                    self.announce(finder, world, index);
                } else {
                    self.peers[index as usize].is_interrupted = true;
                }
            }
        }
    }

    /// `node` will go down: what it only serves others with is over.
    pub(super) fn stop_seeding<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
    ) {
        for index in self.peers_of(node) {
            if self.peers[index as usize].pieces.is_complete() {
                self.leave_for_now(finder, world, index);
            }
        }
        if self.seeds.contains(&node) && !self.withdrawn.contains(&node) {
            self.withdrawn.push(node);
            for object in self.uncalled_objects(world, node) {
                finder.withdraw(world, node, object);
            }
        }
    }

    /// `node` goes down, and tells those with whom it still exchanges pieces.
    pub(super) fn say_goodbye<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
    ) {
        for index in self.peers_of(node) {
            self.leave_for_now(finder, world, index);
        }
    }

    /// `node` dies: who lacks something takes part anew when it is asked for again.
    pub(super) fn forget_what_is_lacking<F: Finder>(&self, finder: &mut F, node: NodeId) {
        for index in self.peers_of(node) {
            let peer = &self.peers[index as usize];
            if peer.is_active && !peer.pieces.is_complete() {
                finder.lose(node, peer.object);
            }
        }
    }

    fn leave_for_now<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) {
        if self.peers[index as usize].is_active {
            self.leave(finder, world, index);
            self.peers[index as usize].is_interrupted = true;
        }
    }

    /// Objects of a seed that nobody has asked it for.
    fn uncalled_objects<F: Finder>(
        &self,
        world: &World<'_, Composition<F, Self>>,
        node: NodeId,
    ) -> Vec<ObjectId> {
        let objects = world.model().downloaded_objects().into_iter().flatten().map(ObjectId);
        objects.filter(|&object| !self.index.contains_key(&(node, object))).collect()
    }

    /// The peers of `node` no longer take part.
    pub(super) fn crash<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
    ) {
        for index in self.peers_of(node) {
            let peer = &mut self.peers[index as usize];
            peer.is_interrupted |= std::mem::take(&mut peer.is_active);
            for Neighbour { connection, .. } in peer.neighbours.clone() {
                let side = self.connections[connection as usize].side_of(index);
                self.close(world, connection, side);
                self.connections[connection as usize].ends[side].state = State::Lost;
            }
        }
    }

    /// The complete peers of `node` that took part do so again.
    pub(super) fn restart<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
    ) {
        for index in self.peers_of(node) {
            let peer = &mut self.peers[index as usize];
            let is_interrupted = std::mem::take(&mut peer.is_interrupted);
            if is_interrupted && peer.pieces.is_complete() {
                let object = peer.object;
                self.join(world, index);
                finder.joined(world, node, object);
                self.announce(finder, world, index);
                // The seeds of the start have no time of seeding.
                if !self.seeds.contains(&node) {
                    self.leave_in_time(world, index);
                }
            }
        }
        if let Some(place) = self.withdrawn.iter().position(|&seed| seed == node) {
            self.withdrawn.swap_remove(place);
            for object in self.uncalled_objects(world, node) {
                finder.completed(world, node, object);
            }
        }
        if self.seeds.contains(&node) {
            self.call_those_who_lack(finder, world, node);
        }
    }

    /// A seed is back that nobody has called yet: those who lack something may have all the neighbours that they
    /// want by now, and would not.
    fn call_those_who_lack<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        seed: NodeId,
    ) {
        let lacking = self.peers.iter().filter(|peer| peer.is_active && !peer.pieces.is_complete());
        let objects: BTreeSet<ObjectId> = lacking.map(|peer| peer.object).collect();
        for object in objects {
            if self.index.contains_key(&(seed, object)) {
                continue;
            }
            let pieces = Pieces::all(world.object_size(object), self.settings.piece_size);
            let index = self.add_peer(world, seed, object, pieces);
            self.join(world, index);
            finder.joined(world, seed, object);
            self.announce(finder, world, index);
        }
    }

    /// `node` has `object` no longer: its peer says goodbye, and is none from here on.
    pub(super) fn forget<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        node: NodeId,
        object: ObjectId,
    ) {
        if let Some(index) = self.index.remove(&(node, object)) {
            self.leave(finder, world, index);
            if let Some(peers) = self.at_node.get_mut(&node) {
                peers.retain(|&other| other != index);
            }
        }
    }

    fn peers_of(&self, node: NodeId) -> Vec<PeerIndex> {
        self.at_node.get(&node).cloned().unwrap_or_default()
    }

    /// Something came over a connection that the other end believes open.
    pub(super) fn answer_lost<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        connection: ConnectionIndex,
        side: usize,
    ) {
        let state = &mut self.connections[connection as usize].ends[side].state;
        if *state == State::Lost {
            *state = State::Closed;
            self.say(world, connection, side, What::Bye(None));
        }
    }

    /// Arms the end of the time of seeding of a complete peer; `false` when that is now.
    pub(super) fn leave_in_time<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        index: PeerIndex,
    ) -> bool {
        let peer = &self.peers[index as usize];
        let Some(seed_time) = &self.settings.seed_time else {
            return true;
        };
        let key = world.key().text("seed time").number(u64::from(peer.object.0));
        let seconds = seed_time.draw(&mut key.draw(u64::from(peer.node.0)));
        if seconds <= 0.0 {
            return false;
        }
        let what = Reminder::Leave;
        let timer = SwarmTimer { peer: index, session: peer.session, what };
        world.wake(peer.node, Duration::from_secs(seconds), Timer::Delivery(timer));
        true
    }
}
