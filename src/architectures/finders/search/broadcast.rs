//! Broadcast: a peer asks all others of its LAN at once, and those who have the object say so.
//!
//! Nobody knows who is there: the switch copies the question to every port where a machine is on, each of which
//! is counted as a message. All who have the object answer the asker, and the first one that is heard is
//! asked for it, the others when he does not deliver. Of those who are equally far, who is heard first
//! is drawn anew for each question, as the pace of machines is. Nobody can tell that nobody has it: who
//! has heard nothing after some time gives up.
//!
//! A LAN is what is at one site of the network: routers pass no broadcast on. Cost: a message for each peer
//! of it that is up, and for each of these that has the object.

use rustc_hash::FxHashMap;

use super::super::super::{Composition, Message, Timer};
use super::super::sizes::gnutella;
use super::super::slots::{SlotId, Slots};
use super::super::{Finder, Found};
use super::{Open, Quest, Quests};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Exit, Loss, RequestId, World};
use crate::metrics::Role;
use crate::model::ObjectId;
use crate::network::{NodeId, SiteId};
use crate::random::Stream;
use crate::units::Duration;

/// A question and its answer.
const HOPS: u32 = 2;

#[derive(Debug)]
pub struct Broadcast {
    /// In order.
    peers: Vec<NodeId>,
    /// Those at each site, in order.
    lans: FxHashMap<SiteId, Vec<NodeId>>,
    /// How long a search may take before it has found nobody.
    patience: Duration,
    quests: Quests,
    open: Open,
    /// That nobody has answered.
    searches: Slots<(NodeId, Quest)>,
    paces: Option<Stream>,
}

#[derive(Debug)]
pub enum BroadcastMessage {
    /// "Who has it?"
    Query { search: SlotId, quest: Quest },
    /// "I have."
    Hit { search: SlotId, quest: Quest },
}

/// The search has taken long enough.
#[derive(Debug)]
pub struct Over(SlotId);

impl Broadcast {
    pub fn new(peers: Vec<NodeId>, patience: Duration) -> Broadcast {
        Broadcast {
            peers,
            lans: FxHashMap::default(),
            patience,
            quests: Quests::default(),
            open: Open::default(),
            searches: Slots::default(),
            paces: None,
        }
    }

    fn ask_all<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        asker: NodeId,
        quest: Quest,
    ) {
        let search = self.searches.begin((asker, quest));
        self.open.add(asker, quest, search);
        let is_hearer = |&peer: &NodeId| peer != asker && world.is_up(peer);
        let lan = self.lans.get(&world.model().site_of(asker)).into_iter().flatten();
        let mut hearers: Vec<NodeId> = lan.copied().filter(is_hearer).collect();
        self.paces.as_mut().expect("made in on_start").shuffle(&mut hearers);
        self.quests.counts.searched(hearers.len() as u64, gnutella::BROADCAST_QUERY);
        for hearer in hearers {
            world.send(asker, hearer, Message::Finder(BroadcastMessage::Query { search, quest }));
        }
        world.wake(asker, self.patience, Timer::Finder(Over(search)));
    }

    /// Nobody waits for it any longer.
    fn close(&mut self, search: SlotId) -> Option<(NodeId, Quest)> {
        let (asker, quest) = self.searches.end(search)?;
        self.open.end(asker, search);
        self.quests.counts.searches += 1;
        Some((asker, quest))
    }
}

impl Finder for Broadcast {
    type Message = BroadcastMessage;
    type Timer = Over;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        self.paces = Some(world.key().text("paces of answers").stream());
        self.quests.counts.peers = self.peers.clone();
        for &peer in &self.peers {
            world.declare(peer, Role::Peer);
            self.lans.entry(world.model().site_of(peer)).or_default().push(peer);
        }
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
        if lead.is_none() && !self.open.has_download(node, object) {
            self.ask_all(world, node, Quest::Download(object));
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
            self.ask_all(world, node, quest);
        }
    }

    fn on_abandoned(&mut self, node: NodeId, request: RequestId) {
        if let Some(search) = self.open.lookup(node, request) {
            self.close(search);
        }
    }

    fn on_timer<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        _node: NodeId,
        Over(search): Over,
    ) -> Option<Found> {
        let (asker, quest) = self.close(search)?;
        self.quests.fail(world, asker, quest)
    }

    fn on_exit<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        _exit: Exit,
    ) {
        for (_, search) in self.open.end_all(node) {
            self.close(search);
        }
    }

    fn on_message<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        to: NodeId,
        from: NodeId,
        message: BroadcastMessage,
    ) -> Option<Found> {
        match message {
            BroadcastMessage::Query { search, quest } => {
                if self.quests.holds(to, quest.object()) {
                    self.quests.counts.searched(1, gnutella::BROADCAST_HIT);
                    let hit = BroadcastMessage::Hit { search, quest };
                    world.send(to, from, Message::Finder(hit));
                }
                None
            }
            BroadcastMessage::Hit { search, quest } => {
                if self.close(search).is_some() {
                    return self.quests.succeed(world, to, quest, (from, HOPS));
                }
                // Who has got it meanwhile needs nobody else; in a swarm who lacks pieces offers the others.
                if self.quests.asks_all() || !self.quests.holds(to, quest.object()) {
                    return self.quests.find_more(to, quest, (&[from], HOPS));
                }
                None
            }
        }
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _from: NodeId,
        _to: NodeId,
        _message: BroadcastMessage,
        _why: Loss,
    ) -> Option<Outcome> {
        // Nobody hears of that: who does not get a broadcast is not missed.
        self.quests.counts.timeouts += 1;
        None
    }
}
