//! Supernodes: some peers, the fastest, know what the others have, and ask each other.
//!
//! A *leaf* attaches to one supernode or several, and tells them what it has. Who looks for something asks his
//! supernode, which names leaves of its own that have it and floods the question among the supernodes, so many
//! steps far; each that knows somebody says so, and the word goes back the way the question came. A supernode
//! that looks for something is named leaves of its own without a message. The first who is named is asked for the
//! object, the others when he does not deliver.
//!
//! So large a share of the peers that are up are supernodes. Where there are too few, the best leaf becomes one: of the
//! fastest uplink and, of equals, up for longest. Nobody is demoted. Connections of a peer that goes down break:
//! its supernodes and its leaves hear that one latency later, and neighbours among supernodes at once, as in a
//! flood; a question that does not reach a supernode tells it as well. A leaf looks for another supernode
//! after a pause, which doubles with each attempt in vain, so that nobody tries for ever in one instant, and asks it anew what it
//! still wants to know. A question that is lost without a word ends with the patience of its asker.
//!
//! Source: Liang, Kumar and Ross, "The FastTrack overlay: a measurement study", Computer Networks 50, 2006. Left
//! out: limits to the number of leaves, supernodes that shun each other by distance, and lists of supernodes that leaves
//! keep for themselves.

mod election;
mod index;
mod looking;
mod members;
mod message;

use self::members::Members;
use self::message::reconnect;
pub use self::message::{SupernodeMessage, SupernodeTimer};
use super::super::super::{Composition, Message, Timer};
use super::super::sizes::gnutella;
use super::super::{Finder, Found, OverlayGraph};
use super::floods::{Floods, lingers};
use super::{Open, Quest, Quests, RECONNECT};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Architecture, Exit, Loss, RequestId, World};
use crate::metrics::Role;
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::units::{Duration, Rate};

#[derive(Clone, Debug)]
pub struct SupernodeSettings {
    /// Of the peers that are up, the share that are supernodes; above 0, up to 1.
    pub share: f64,
    /// Supernodes that a leaf attaches to; at least one.
    pub attach: usize,
    /// Among supernodes.
    pub overlay: OverlayGraph,
    /// How many steps far a question goes among them; 0: only one of them hears it.
    pub reach: u32,
    /// Peers that a supernode names at the most.
    pub answers: usize,
    /// How long a search may take before it has found nobody.
    pub patience: Duration,
}

#[derive(Debug)]
pub struct Supernodes {
    /// In order.
    peers: Vec<NodeId>,
    settings: SupernodeSettings,
    members: Option<Members>,
    quests: Quests,
    open: Open,
    floods: Floods,
}

impl Supernodes {
    /// `peers`: in order.
    pub fn new(peers: Vec<NodeId>, settings: SupernodeSettings) -> Supernodes {
        Supernodes {
            peers,
            settings,
            members: None,
            quests: Quests::default(),
            open: Open::default(),
            floods: Floods::default(),
        }
    }

    fn is_peer(&self, node: NodeId) -> bool {
        self.peers.binary_search(&node).is_ok()
    }

    fn members(&self) -> &Members {
        self.members.as_ref().expect("made in on_start")
    }

    fn members_mut(&mut self) -> &mut Members {
        self.members.as_mut().expect("made in on_start")
    }

    /// `node` has `object` no longer, as he knows; whether he had it.
    fn strike_out(&mut self, node: NodeId, object: ObjectId) -> bool {
        if !self.quests.unpublish(node, object) || !self.is_peer(node) {
            return false;
        }
        self.members_mut().index.unstore(node, object);
        if self.members().is_supernode(node) {
            self.members_mut().index.remove(node, node, object);
        }
        true
    }

    // What peers say of themselves.

    /// On a connection, where nothing is lost.
    fn tell<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (from, to): (NodeId, NodeId),
        what: SupernodeMessage,
    ) {
        let size = match &what {
            // It says at the same time what it has.
            SupernodeMessage::Attach { .. } => {
                gnutella::offer(self.members().index.stored_by(from))
            }
            SupernodeMessage::Offer(_) | SupernodeMessage::Drop(_) => gnutella::offer(1),
            SupernodeMessage::Query { .. }
            | SupernodeMessage::Hit { .. }
            | SupernodeMessage::Welcome
            | SupernodeMessage::Refused
            | SupernodeMessage::LeafGone { .. }
            | SupernodeMessage::SupernodeGone => gnutella::WORD,
        };
        self.quests.counts.kept_up(1, size);
        world.send_on_connection(from, to, Message::Finder(what));
    }

    /// The best leaves become supernodes while there are too few.
    fn keep_number<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        while let Some((elected, attached)) = self.members_mut().promote() {
            let session = self.members().session(elected);
            self.fill_up(world, elected);
            if attached.is_empty() {
                self.ask_again(world, elected);
            }
            for supernode in attached {
                self.tell(world, (elected, supernode), SupernodeMessage::LeafGone { session });
            }
        }
    }

    /// A supernode with fewer neighbours than it wants looks for others.
    fn fill_up<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        supernode: NodeId,
    ) {
        let found = self.members_mut().neighbours.fill_up(supernode);
        self.quests.introduced(world, supernode, &found);
    }

    /// A leaf with fewer supernodes than it wants looks for others.
    fn attach<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, leaf: NodeId) {
        let wanted = self.settings.attach;
        let was_alone = self.members().of(leaf).is_empty();
        let session = self.members().session(leaf);
        while let Some(supernode) = self.members_mut().attach(leaf, wanted) {
            self.tell(world, (leaf, supernode), SupernodeMessage::Attach { session });
        }
        if self.members().of(leaf).is_empty() {
            // There is none at the moment.
            self.look_later(world, leaf);
        }
        if was_alone {
            self.ask_again(world, leaf);
        }
    }

    /// `leaf` looks for a supernode after a pause, once for all that it lacks.
    fn look_later<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        leaf: NodeId,
    ) {
        if let Some(pauses) = self.members_mut().will_look(leaf) {
            world.wake(leaf, RECONNECT.scaled(pauses), reconnect());
        }
    }

    /// `leaf` finds out that it is attached to `supernode` no longer.
    fn forsake<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        leaf: NodeId,
        supernode: NodeId,
    ) {
        let Some(place) = self.members_mut().detach(leaf, supernode) else { return };
        self.look_later(world, leaf);
        if place == 0 && !self.members().of(leaf).is_empty() {
            self.ask_again(world, leaf);
        }
    }
}

impl Finder for Supernodes {
    type Message = SupernodeMessage;
    type Timer = SupernodeTimer;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        self.quests.counts.peers = self.peers.clone();
        // Who is a supernode changes; all of them ask and answer.
        self.peers.iter().for_each(|&peer| world.declare(peer, Role::Peer));
        let there = self.peers.iter().filter(|&&peer| world.begins_up(peer));
        let up: Vec<_> = there.map(|&peer| (peer, fitness(world, peer))).collect();
        let (count, key) = (world.node_count(), world.key());
        self.members = Some(Members::new(count, &up, &self.settings, key));
    }

    /// All are attached, and have said what they have.
    fn begin<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        let wanted = self.settings.attach;
        let members = self.members.as_mut().expect("made in on_start");
        for &peer in &self.peers {
            if !world.begins_up(peer) {
                continue;
            }
            let session = members.session(peer);
            if members.is_supernode(peer) {
                members.index.enter(peer, peer, session);
                continue;
            }
            while let Some(supernode) = members.attach(peer, wanted) {
                members.index.enter(supernode, peer, session);
            }
            if members.of(peer).is_empty() {
                world.wake(peer, RECONNECT, reconnect());
            }
        }
    }

    fn hold(&mut self, node: NodeId, object: ObjectId) {
        self.quests.publish(node, object);
        self.members_mut().index.store(node, object);
    }

    fn quests_mut(&mut self) -> Option<&mut Quests> {
        Some(&mut self.quests)
    }

    fn find<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        _is_complete: bool,
    ) -> Option<Found> {
        let lead = self.quests.lead(world, node, object);
        if lead.is_some() || self.open.has_download(node, object) {
            return lead;
        }
        let quest = Quest::Download(object);
        if let Some(providers) = self.look_at_home(world, node, Quest::Download(object)) {
            if self.quests.asks_all() {
                // Others may know more of the swarm.
                self.ask(world, node, quest);
            }
            return self.quests.succeed_with(world, node, quest, (&providers, 0));
        }
        self.ask(world, node, quest);
        None
    }

    fn look_up<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        request: RequestId,
    ) {
        let node = world.request(request).node;
        let Some(quest) = Quest::of_lookup(world, request) else { return };
        if let Some(providers) = self.look_at_home(world, node, quest) {
            self.quests.succeed_with(world, node, quest, (&providers, 0));
            return;
        }
        self.ask(world, node, quest);
    }

    fn on_abandoned(&mut self, node: NodeId, request: RequestId) {
        if let Some(search) = self.open.lookup(node, request) {
            self.quests.counts.searches += 1;
            self.floods.close(&mut self.open, search);
        }
    }

    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        self.members().edges()
    }

    fn overlay_members(&self) -> Vec<NodeId> {
        self.peers.clone()
    }

    fn completed<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        if !self.is_peer(node) || self.quests.holds(node, object) {
            return;
        }
        self.hold(node, object);
        if self.members().is_supernode(node) {
            self.members_mut().index.add(node, node, object);
        }
        for supernode in self.members().of(node).to_vec() {
            self.tell(world, (node, supernode), SupernodeMessage::Offer(object));
        }
    }

    fn discarded<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        if !self.strike_out(node, object) {
            return;
        }
        for supernode in self.members().of(node).to_vec() {
            self.tell(world, (node, supernode), SupernodeMessage::Drop(object));
        }
    }

    fn lose(&mut self, node: NodeId, object: ObjectId) {
        self.strike_out(node, object);
    }

    fn on_timer<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        timer: SupernodeTimer,
    ) -> Option<Found> {
        match timer {
            SupernodeTimer::Over(search) => {
                let closed = self.floods.close(&mut self.open, search);
                if self.floods.get_mut(search).is_some() {
                    let long = lingers(self.settings.patience);
                    world.wake(node, long, Timer::Finder(SupernodeTimer::Forget(search)));
                }
                let (asker, quest, _) = closed?;
                self.quests.counts.searches += 1;
                self.quests.fail(world, asker, quest)
            }
            SupernodeTimer::Forget(search) => {
                self.floods.forget(search);
                None
            }
            SupernodeTimer::Reconnect => {
                self.members_mut().looks(node);
                self.keep_number(world);
                if self.members().is_supernode(node) {
                    self.fill_up(world, node);
                } else {
                    self.attach(world, node);
                }
                None
            }
        }
    }

    fn on_exit<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        _exit: Exit,
    ) {
        // Who is away from the start has never been a member.
        if !self.is_peer(node) || !self.members().is_there(node) {
            return;
        }
        for (_, search) in self.open.end_all(node) {
            self.quests.counts.searches += 1;
            self.floods.abandon(search);
        }
        // The system closes the connections, also of a process that has died.
        let session = self.members().session(node);
        for supernode in self.members_mut().leave(node) {
            let gone = SupernodeMessage::LeafGone { session };
            world.closing(node, |world| {
                world.send_on_connection(node, supernode, Message::Finder(gone));
            });
        }
        if self.members().is_supernode(node) {
            for leaf in self.members_mut().index.lose(node).into_iter().filter(|&leaf| leaf != node)
            {
                let gone = Message::Finder(SupernodeMessage::SupernodeGone);
                world.closing(node, |world| world.send_on_connection(node, leaf, gone));
            }
            for other in self.members_mut().neighbours.leave(node) {
                world.wake(other, RECONNECT, reconnect());
            }
        }
    }

    fn on_up<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, node: NodeId) {
        if !self.is_peer(node) {
            return;
        }
        let (uplink, now) = (fitness(world, node), world.now());
        self.members_mut().appear(node, uplink, now);
        self.keep_number(world);
        if !self.members().is_supernode(node) {
            self.attach(world, node);
        }
    }

    fn on_message<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        to: NodeId,
        from: NodeId,
        message: SupernodeMessage,
    ) -> Option<Found> {
        match message {
            SupernodeMessage::Query { search, hops, left } => {
                self.asked(world, (to, from), (search, hops, left));
                self.floods.landed(search);
                return None;
            }
            SupernodeMessage::Hit { search, providers, hops } => {
                let found = self.hit(world, to, (search, providers, hops));
                self.floods.landed(search);
                return found;
            }
            SupernodeMessage::Attach { session } => {
                let is_supernode = self.members().is_supernode(to);
                if is_supernode {
                    self.members_mut().index.enter(to, from, session);
                }
                let answer = if is_supernode {
                    SupernodeMessage::Welcome
                } else {
                    SupernodeMessage::Refused
                };
                self.tell(world, (to, from), answer);
            }
            SupernodeMessage::Welcome => self.members_mut().welcome(to),
            SupernodeMessage::Refused | SupernodeMessage::SupernodeGone => {
                self.forsake(world, to, from);
            }
            SupernodeMessage::Offer(object) => self.members_mut().index.add(to, from, object),
            SupernodeMessage::Drop(object) => self.members_mut().index.remove(to, from, object),
            SupernodeMessage::LeafGone { session } => {
                self.members_mut().index.drop_leaf(to, from, session);
            }
        }
        None
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        from: NodeId,
        to: NodeId,
        message: SupernodeMessage,
        _why: Loss,
    ) -> Option<Outcome> {
        match message {
            SupernodeMessage::Query { search, .. } => {
                self.quests.counts.timeouts += 1;
                self.floods.landed(search);
                self.forsake(world, from, to);
            }
            SupernodeMessage::Hit { search, .. } => {
                self.quests.counts.timeouts += 1;
                self.floods.landed(search);
            }
            SupernodeMessage::Attach { .. } => self.forsake(world, from, to),
            SupernodeMessage::Offer(_)
            | SupernodeMessage::Drop(_)
            | SupernodeMessage::Welcome
            | SupernodeMessage::Refused
            | SupernodeMessage::LeafGone { .. }
            | SupernodeMessage::SupernodeGone => {}
        }
        None
    }
}

/// The uplink of a peer that others can attach to.
fn fitness<A: Architecture>(world: &World<'_, A>, peer: NodeId) -> Option<Rate> {
    world.is_dialable(peer).then(|| world.uplink(peer))
}
