//! Flooding: a peer asks all of its neighbours, and these ask theirs, so many steps far.
//!
//! Who hears a question for the first time passes it on to all neighbours but the one it has it from; who
//! hears it again does nothing. Who has the object says so as well, and the word goes back the way the
//! question came. Nobody can tell when a flood is over: who has heard of nobody after some time searches
//! farther (an *expanding ring*), or gives up. The first who is named is asked for the object, and the
//! others when he does not deliver.
//!
//! Sources: the Gnutella protocol specification 0.4, 2001; Lv, Cao, Cohen, Li and Shenker, "Search and
//! replication in unstructured peer-to-peer networks", ICS 2002, section 4 (expanding rings).

use super::super::super::{Composition, Message, Timer};
use super::super::sizes::gnutella;
use super::super::slots::SlotId;
use super::super::{Finder, Found, OverlayGraph};
use super::floods::{Floods, lingers};
use super::{Crowd, Quest, Quests, RECONNECT};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Exit, Loss, RequestId, World};
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::units::Duration;

#[derive(Clone, Debug)]
pub struct FloodSettings {
    pub overlay: OverlayGraph,
    /// How many steps far a question goes: the first time, and in further tries. Ascending, at least one.
    pub reach: Vec<u32>,
    /// How long a try may take before it has found nobody.
    pub patience: Duration,
}

#[derive(Debug)]
pub struct Flooding {
    crowd: Crowd,
    settings: FloodSettings,
    floods: Floods,
}

#[derive(Debug)]
pub enum FloodMessage {
    /// "Who has it?" It has made so many hops when it arrives, and may make `left` more.
    Query { search: SlotId, hops: u32, left: u32 },
    /// "This one has."
    Hit { search: SlotId, provider: NodeId, hops: u32 },
}

#[derive(Debug)]
pub enum FloodTimer {
    /// The try has taken long enough.
    Over(SlotId),
    /// What has not come by now is lost.
    Forget(SlotId),
    /// A neighbour is missing.
    Reconnect,
}

impl Flooding {
    pub fn new(peers: Vec<NodeId>, settings: FloodSettings) -> Flooding {
        Flooding { crowd: Crowd::new(peers), settings, floods: Floods::default() }
    }

    /// Begins a try.
    fn flood<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        asker: NodeId,
        quest: Quest,
        stage: usize,
    ) {
        let id = self.floods.begin(&mut self.crowd.open, asker, quest, stage);
        let left = self.settings.reach[stage] - 1;
        let count =
            self.pass_on(world, asker, asker, FloodMessage::Query { search: id, hops: 1, left });
        if let Some(flood) = self.floods.get_mut(id) {
            flood.sent(count);
        }
        world.wake(asker, self.settings.patience, Timer::Finder(FloodTimer::Over(id)));
    }

    /// Sends a question to all neighbours of `at` but `from`; how many these are.
    fn pass_on<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        at: NodeId,
        from: NodeId,
        question: FloodMessage,
    ) -> u32 {
        let FloodMessage::Query { search, hops, left } = question else { return 0 };
        let mut count = 0;
        for &other in self.crowd.neighbours().of(at).iter().filter(|&&other| other != from) {
            world.send(at, other, Message::Finder(FloodMessage::Query { search, hops, left }));
            count += 1;
        }
        self.crowd.quests.counts.searched(u64::from(count), gnutella::QUERY);
        count
    }

    /// "Who has it?" has come to `to`.
    fn asked<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (to, from): (NodeId, NodeId),
        (id, hops, left): (SlotId, u32, u32),
    ) {
        let Some(flood) = self.floods.get_mut(id) else { return };
        if !flood.hears(to, from) {
            self.crowd.quests.counts.duplicates += 1;
            return;
        }
        let (asker, quest) = (flood.asker, flood.quest);
        let mut sent = 0;
        if self.crowd.quests.offers_to(world, (asker, to), quest) {
            let hit = FloodMessage::Hit { search: id, provider: to, hops: hops + 1 };
            world.send(to, from, Message::Finder(hit));
            self.crowd.quests.counts.searched(1, gnutella::HIT);
            sent += 1;
        }
        if left > 0 {
            let question = FloodMessage::Query { search: id, hops: hops + 1, left: left - 1 };
            sent += self.pass_on(world, to, from, question);
        }
        if let Some(flood) = self.floods.get_mut(id) {
            flood.sent(sent);
        }
    }

    /// "This one has it" has come to `to`.
    fn hit<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        to: NodeId,
        (id, provider, hops): (SlotId, NodeId, u32),
    ) -> Option<Found> {
        let flood = self.floods.get_mut(id)?;
        if to != flood.asker {
            let back = flood.way_back(to)?;
            flood.sent(1);
            let hit = FloodMessage::Hit { search: id, provider, hops: hops + 1 };
            world.send(to, back, Message::Finder(hit));
            self.crowd.quests.counts.searched(1, gnutella::HIT);
            return None;
        }
        let quest = flood.quest;
        if !flood.is_open {
            return self.crowd.quests.find_more(to, quest, (&[provider], hops));
        }
        self.floods.close(&mut self.crowd.open, id);
        self.crowd.quests.counts.searches += 1;
        self.crowd.quests.succeed(world, to, quest, (provider, hops))
    }
}

impl Finder for Flooding {
    type Message = FloodMessage;
    type Timer = FloodTimer;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        self.crowd.start(world, self.settings.overlay);
    }

    fn quests_mut(&mut self) -> Option<&mut Quests> {
        Some(&mut self.crowd.quests)
    }

    fn find<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        _is_complete: bool,
    ) -> Option<Found> {
        let lead = self.crowd.quests.lead(world, node, object);
        if lead.is_none() && !self.crowd.open.has_download(node, object) {
            self.flood(world, node, Quest::Download(object), 0);
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
            self.flood(world, node, quest, 0);
        }
    }

    fn on_abandoned(&mut self, node: NodeId, request: RequestId) {
        if let Some(id) = self.crowd.open.lookup(node, request) {
            self.crowd.quests.counts.searches += 1;
            self.floods.close(&mut self.crowd.open, id);
        }
    }

    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        self.crowd.neighbours().edges()
    }

    fn overlay_members(&self) -> Vec<NodeId> {
        self.crowd.peers().to_vec()
    }

    fn on_timer<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        timer: FloodTimer,
    ) -> Option<Found> {
        match timer {
            FloodTimer::Over(id) => {
                let closed = self.floods.close(&mut self.crowd.open, id);
                if self.floods.get_mut(id).is_some() {
                    let long = lingers(self.settings.patience);
                    world.wake(node, long, Timer::Finder(FloodTimer::Forget(id)));
                }
                let (asker, quest, stage) = closed?;
                if stage + 1 < self.settings.reach.len() {
                    self.flood(world, asker, quest, stage + 1);
                    return None;
                }
                self.crowd.quests.counts.searches += 1;
                self.crowd.quests.fail(world, asker, quest)
            }
            FloodTimer::Forget(id) => {
                self.floods.forget(id);
                None
            }
            FloodTimer::Reconnect => {
                self.crowd.fill_up(world, node);
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
        for (_, id) in self.crowd.open.end_all(node) {
            self.crowd.quests.counts.searches += 1;
            self.floods.abandon(id);
        }
        for other in self.crowd.neighbours_mut().leave(node) {
            world.wake(other, RECONNECT, Timer::Finder(FloodTimer::Reconnect));
        }
    }

    fn on_up<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>, node: NodeId) {
        self.crowd.returns(world, node);
    }

    fn on_message<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        to: NodeId,
        from: NodeId,
        message: FloodMessage,
    ) -> Option<Found> {
        let (id, found) = match message {
            FloodMessage::Query { search, hops, left } => {
                self.asked(world, (to, from), (search, hops, left));
                (search, None)
            }
            FloodMessage::Hit { search, provider, hops } => {
                (search, self.hit(world, to, (search, provider, hops)))
            }
        };
        self.floods.landed(id);
        found
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _from: NodeId,
        _to: NodeId,
        message: FloodMessage,
        _why: Loss,
    ) -> Option<Outcome> {
        let (FloodMessage::Query { search, .. } | FloodMessage::Hit { search, .. }) = message;
        self.crowd.quests.counts.timeouts += 1;
        self.floods.landed(search);
        None
    }
}
