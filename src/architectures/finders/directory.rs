//! A directory: a server that knows who has what, and brings nothing itself.
//!
//! A peer tells it what it has when it joins, and each object that it gets from then on. Whoever looks for
//! something is told of some who have it, drawn at random; the first is asked for the object, and others when
//! he does not deliver. A peer that makes room tells it what it has no longer. When the connection to a peer ends, the directory forgets the peer as soon as
//! it hears so: until then its answers are stale. It keeps its list in memory; when it has been down, all peers
//! tell it anew. Napster was of this kind.

use rustc_hash::FxHashMap;

use super::super::{Composition, Message};
use super::group::{Group, sample_if};
use super::search::{Quest, Quests};
use super::sizes::directory as sizes;
use super::{Finder, Found, NoTimer};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Exit, Loss, RequestId, World};
use crate::metrics::Role;
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::random::Stream;

/// A question and its answer.
const HOPS: u32 = 2;

#[derive(Debug)]
pub struct Directory {
    /// In order.
    peers: Vec<NodeId>,
    server: NodeId,
    /// Peers that an answer names at the most.
    answers: usize,
    /// What the server knows.
    index: FxHashMap<ObjectId, Group>,
    /// What peers have, in the order of getting it.
    stores: FxHashMap<NodeId, Vec<ObjectId>>,
    /// What they have no longer, and the server may not have heard so.
    dropped: FxHashMap<NodeId, Vec<ObjectId>>,
    quests: Quests,
    /// The last question of each who waits for an answer.
    asked: FxHashMap<(NodeId, Quest), u32>,
    question_count: u32,
    choices: Option<Stream>,
}

#[derive(Debug)]
pub enum DirectoryMessage {
    /// "Who has it?"
    Query { quest: Quest, number: u32 },
    /// "These have."
    Peers { quest: Quest, number: u32, providers: Vec<NodeId> },
    /// "I have this as well."
    Offer(ObjectId),
    /// "I have this no longer."
    Drop(ObjectId),
    /// "I am here, and have these."
    Join,
    /// The connection has ended.
    Gone,
}

impl Directory {
    /// `peers`: in order.
    pub fn new(peers: Vec<NodeId>, server: NodeId, answers: usize) -> Directory {
        Directory {
            peers,
            server,
            answers,
            index: FxHashMap::default(),
            stores: FxHashMap::default(),
            dropped: FxHashMap::default(),
            quests: Quests::default(),
            asked: FxHashMap::default(),
            question_count: 0,
            choices: None,
        }
    }

    fn is_peer(&self, node: NodeId) -> bool {
        self.peers.binary_search(&node).is_ok()
    }

    fn query<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        asker: NodeId,
        quest: Quest,
    ) {
        let number = self.question_count;
        self.question_count = number.wrapping_add(1);
        self.asked.insert((asker, quest), number);
        self.quests.counts.searched(1, sizes::QUERY);
        world.send(asker, self.server, Message::Finder(DirectoryMessage::Query { quest, number }));
    }

    fn tell<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        peer: NodeId,
        what: DirectoryMessage,
    ) {
        let told = match what {
            DirectoryMessage::Join => self.stores.get(&peer).map_or(0, Vec::len),
            DirectoryMessage::Offer(_) | DirectoryMessage::Drop(_) => 1,
            DirectoryMessage::Query { .. }
            | DirectoryMessage::Peers { .. }
            | DirectoryMessage::Gone => 0,
        };
        self.quests.counts.kept_up(1, sizes::offer(told));
        world.send(peer, self.server, Message::Finder(what));
    }

    /// The server is told all that `peer` has.
    fn enter(&mut self, peer: NodeId) {
        for &object in self.stores.get(&peer).into_iter().flatten() {
            self.index.entry(object).or_default().join(peer);
        }
    }

    /// `node` has `object` no longer, as he knows; whether the server is to hear of it.
    fn strike_out(&mut self, node: NodeId, object: ObjectId) -> bool {
        if !self.quests.unpublish(node, object) {
            return false;
        }
        if let Some(store) = self.stores.get_mut(&node) {
            store.retain(|&other| other != object);
        }
        let is_peer = self.is_peer(node);
        if is_peer {
            self.dropped.entry(node).or_default().push(object);
        }
        is_peer
    }

    /// Who looks is told of `providers`.
    fn told<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        asker: NodeId,
        (quest, number): (Quest, u32),
        providers: Vec<NodeId>,
    ) -> Option<Found> {
        if self.asked.get(&(asker, quest)) != Some(&number) {
            // It has asked again since.
            return None;
        }
        self.asked.remove(&(asker, quest));
        self.quests.counts.searches += 1;
        match providers.is_empty() {
            true => self.quests.fail(world, asker, quest),
            false => self.quests.succeed_with(world, asker, quest, (&providers, HOPS)),
        }
    }
}

impl Finder for Directory {
    type Message = DirectoryMessage;
    type Timer = NoTimer;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        self.choices = Some(world.stream("directory", self.server));
        self.quests.counts.peers = self.peers.clone();
        self.peers.iter().for_each(|&peer| world.declare(peer, Role::Peer));
        // In a swarm it serves with nothing, as a tracker.
        if !self.quests.asks_all() {
            world.declare(self.server, Role::Server);
        }
    }

    fn begin<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        for peer in self.peers.clone() {
            if world.is_up(peer) {
                self.enter(peer);
            }
        }
    }

    fn hold(&mut self, node: NodeId, object: ObjectId) {
        self.quests.publish(node, object);
        self.stores.entry(node).or_default().push(object);
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
        if lead.is_none() {
            self.query(world, node, Quest::Download(object));
        }
        lead
    }

    fn look_up<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        request: RequestId,
    ) {
        let node = world.request(request).node;
        if let Some(quest) = Quest::of_lookup(world, request) {
            self.query(world, node, quest);
        }
    }

    fn on_abandoned(&mut self, node: NodeId, request: RequestId) {
        let is_it = |quest: &Quest| matches!(quest, Quest::Lookup(other, _) if *other == request);
        self.asked.retain(|(asker, quest), _| *asker != node || !is_it(quest));
    }

    fn completed<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        if self.is_peer(node) && !self.quests.holds(node, object) {
            self.hold(node, object);
            self.tell(world, node, DirectoryMessage::Offer(object));
        }
    }

    fn discarded<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        if self.strike_out(node, object) {
            self.tell(world, node, DirectoryMessage::Drop(object));
        }
    }

    fn lose(&mut self, node: NodeId, object: ObjectId) {
        self.strike_out(node, object);
    }

    fn on_exit<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        _exit: Exit,
    ) {
        if node == self.server {
            self.index.clear();
            self.dropped.clear();
        } else if self.is_peer(node) {
            // The system closes the connection, also of a process that has died.
            let gone = Message::Finder(DirectoryMessage::Gone);
            world.closing(node, |world| world.send(node, self.server, gone));
        }
    }

    fn on_up<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, node: NodeId) {
        if node == self.server {
            for peer in self.peers.clone() {
                if world.is_up(peer) {
                    self.tell(world, peer, DirectoryMessage::Join);
                }
            }
        } else if self.is_peer(node) {
            self.tell(world, node, DirectoryMessage::Join);
        }
    }

    fn on_message<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        to: NodeId,
        from: NodeId,
        message: DirectoryMessage,
    ) -> Option<Found> {
        match message {
            DirectoryMessage::Query { quest, number } => {
                let choices = self.choices.as_mut().expect("made in on_start");
                let group = self.index.get(&quest.object());
                let providers = group.map(|group| {
                    let (peers, may) = (group.nodes(), self.quests.barrier(world, from, quest));
                    let whom = (self.answers, from);
                    sample_if(peers.len(), |place| peers[place], may, whom, choices)
                });
                let providers = providers.unwrap_or_default();
                self.quests.counts.searched(1, sizes::peers(providers.len()));
                world.served(to);
                let answer = DirectoryMessage::Peers { quest, number, providers };
                world.send(to, from, Message::Finder(answer));
                None
            }
            DirectoryMessage::Peers { quest, number, providers } => {
                self.told(world, to, (quest, number), providers)
            }
            DirectoryMessage::Offer(object) => {
                self.index.entry(object).or_default().join(from);
                None
            }
            DirectoryMessage::Drop(object) => {
                if let Some(group) = self.index.get_mut(&object) {
                    group.leave(from);
                }
                if let Some(dropped) = self.dropped.get_mut(&from) {
                    dropped.retain(|&other| other != object);
                }
                None
            }
            DirectoryMessage::Join => {
                self.enter(from);
                None
            }
            DirectoryMessage::Gone => {
                let dropped = self.dropped.remove(&from).unwrap_or_default();
                for object in self.stores.get(&from).into_iter().flatten().chain(&dropped) {
                    if let Some(group) = self.index.get_mut(object) {
                        group.leave(from);
                    }
                }
                None
            }
        }
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        from: NodeId,
        _to: NodeId,
        message: DirectoryMessage,
        why: Loss,
    ) -> Option<Outcome> {
        let DirectoryMessage::Query { quest, number } = message else { return None };
        self.quests.counts.timeouts += 1;
        if self.asked.get(&(from, quest)) != Some(&number) {
            return None;
        }
        self.asked.remove(&(from, quest));
        self.quests.counts.searches += 1;
        match quest {
            Quest::Download(object) => {
                Some(Outcome::Failed { node: from, object, reason: why.into() })
            }
            Quest::Lookup(request, _) => {
                if world.is_open(request) {
                    world.give_up(request, why.into());
                }
                None
            }
        }
    }
}
