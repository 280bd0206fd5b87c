//! Random walks: some walkers carry a question from peer to peer, each to one neighbour at a time.
//!
//! A walker goes to a neighbour at random, but back to where it came from only if there is no other.
//! Who has the object tells the asker himself. Before every so many steps a walker asks the asker whether to
//! go on, so that the others stop soon when one has found something; a walker that has made all its steps
//! says so too. When all have ended in vain, nobody has been found. The first who is named is asked for the object, and
//! others when he does not deliver. In a swarm all who are named are asked, and walkers go on when one has found
//! somebody, for each may find one more: they go past those whom the asker knows, up to eight in a row, for where these are
//! all that a walker meets there is hardly anybody else.
//!
//! Source: Lv, Cao, Cohen, Li and Shenker, "Search and replication in unstructured peer-to-peer
//! networks", ICS 2002, section 4.2 (walkers and checking).

use rustc_hash::FxHashSet;

use super::super::super::{Composition, Message, Timer};
use super::super::sizes::gnutella;
use super::super::slots::{SlotId, Slots};
use super::super::{Finder, Found, OverlayGraph};
use super::{Crowd, Quest, Quests, RECONNECT};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Exit, Loss, RequestId, World};
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::random::Stream;
use crate::units::Duration;

/// So many whom the asker knows a walker goes past in a row.
const MOST_KNOWN: u8 = 8;

#[derive(Clone, Debug)]
pub struct WalkSettings {
    pub overlay: OverlayGraph,
    /// At least one.
    pub walkers: u32,
    /// Of a walker, at the most; at least one.
    pub steps: u32,
    /// A walker asks before every so many steps; `None`: never.
    pub check_every: Option<u32>,
    /// How long a search may take before it has found nobody.
    pub patience: Duration,
    /// Whether a walker may go straight back as it may go anywhere else.
    pub may_turn_back: bool,
}

#[derive(Debug)]
pub struct RandomWalk {
    crowd: Crowd,
    settings: WalkSettings,
    searches: Slots<Search>,
    directions: Option<Stream>,
}

#[derive(Debug)]
struct Search {
    asker: NodeId,
    quest: Quest,
    /// Whether the asker still waits.
    is_open: bool,
    /// Whether somebody has been found.
    has_found: bool,
    /// Walkers that the asker has not heard the end of.
    walkers: u32,
    /// In a swarm: who knows the asker already, and has nothing to tell.
    known: FxHashSet<NodeId>,
}

/// A walker, and the steps that it has made when it arrives.
#[derive(Clone, Copy, Debug)]
pub struct Walker {
    search: SlotId,
    steps: u32,
    /// Whom it has met since it has met anybody else who takes part.
    known: u8,
}

#[derive(Debug)]
pub enum WalkMessage {
    /// "Do you have it?"
    Walk(Walker),
    /// "Shall I go on?", it has come from there.
    May { walker: Walker, came_from: NodeId },
    /// "Go on."
    Go { walker: Walker, came_from: NodeId },
    /// "I have it."
    Hit { search: SlotId, hops: u32 },
    /// "I have made all my steps", or "stop".
    Ends { search: SlotId },
}

#[derive(Debug)]
pub enum WalkTimer {
    /// The search has taken long enough.
    Over(SlotId),
    /// A neighbour is missing.
    Reconnect,
}

impl RandomWalk {
    pub fn new(peers: Vec<NodeId>, settings: WalkSettings) -> RandomWalk {
        RandomWalk {
            crowd: Crowd::new(peers),
            settings,
            searches: Slots::default(),
            directions: None,
        }
    }

    fn send<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        from: NodeId,
        to: NodeId,
        message: WalkMessage,
    ) {
        let size = match message {
            WalkMessage::Walk(_) => gnutella::WALK,
            WalkMessage::Hit { .. } => gnutella::HIT,
            WalkMessage::May { .. } | WalkMessage::Go { .. } | WalkMessage::Ends { .. } => {
                gnutella::WORD
            }
        };
        self.crowd.quests.counts.searched(1, size);
        world.send(from, to, Message::Finder(message));
    }

    /// Sends out the walkers; `Some` when there is nobody to go to.
    fn send_out<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        asker: NodeId,
        quest: Quest,
        known: &[NodeId],
    ) -> Option<Found> {
        let mut first: Vec<NodeId> = self.crowd.neighbours().of(asker).to_vec();
        if first.is_empty() {
            self.crowd.quests.counts.searches += 1;
            return self.crowd.quests.fail(world, asker, quest);
        }
        self.directions.as_mut().expect("made in on_start").shuffle(&mut first);
        let walkers = self.settings.walkers;
        let known = known.iter().copied().collect();
        let search = Search { asker, quest, is_open: true, has_found: false, walkers, known };
        let id = self.searches.begin(search);
        self.crowd.open.add(asker, quest, id);
        for &next in first.iter().cycle().take(walkers as usize) {
            let walker = Walker { search: id, steps: 1, known: 0 };
            self.send(world, asker, next, WalkMessage::Walk(walker));
        }
        world.wake(asker, self.settings.patience, Timer::Finder(WalkTimer::Over(id)));
        None
    }

    /// A walker goes on from `at`, or ends.
    fn step<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (at, came_from): (NodeId, NodeId),
        walker: Walker,
    ) -> Option<Found> {
        let Walker { search, steps, known } = walker;
        let asker = self.searches.get_mut(search)?.asker;
        let except = if self.settings.may_turn_back { at } else { came_from };
        let neighbours = self.crowd.neighbours();
        let next = self.directions.as_mut().and_then(|d| neighbours.one_of(at, except, d));
        match next.filter(|_| steps < self.settings.steps && known < MOST_KNOWN) {
            Some(next) => {
                let walker = Walker { search, steps: steps + 1, known };
                self.send(world, at, next, WalkMessage::Walk(walker));
                None
            }
            None if at == asker => self.walker_ended(world, search),
            None => {
                self.send(world, at, asker, WalkMessage::Ends { search });
                None
            }
        }
    }

    /// A walker has come to `to`.
    fn arrived<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (to, from): (NodeId, NodeId),
        mut walker: Walker,
    ) -> Option<Found> {
        let search = self.searches.get_mut(walker.search)?;
        let (asker, quest) = (search.asker, search.quest);
        let is_known = search.known.contains(&to);
        walker.known += u8::from(is_known);
        let offers = !is_known && self.crowd.quests.offers_to(world, (asker, to), quest);
        if to != asker && offers {
            let hit = WalkMessage::Hit { search: walker.search, hops: walker.steps + 1 };
            self.send(world, to, asker, hit);
            return None;
        }
        let is_check =
            self.settings.check_every.is_some_and(|every| walker.steps.is_multiple_of(every));
        let may_go_on = walker.steps < self.settings.steps && walker.known < MOST_KNOWN;
        if is_check && to != asker && may_go_on {
            self.send(world, to, asker, WalkMessage::May { walker, came_from: from });
            return None;
        }
        self.step(world, (to, from), walker)
    }

    /// The asker hears of the end of a walker.
    fn walker_ended<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        id: SlotId,
    ) -> Option<Found> {
        let search = self.searches.get_mut(id)?;
        search.walkers -= 1;
        if search.walkers > 0 {
            return None;
        }
        let search = self.searches.end(id)?;
        if !search.is_open {
            return None;
        }
        self.crowd.open.end(search.asker, id);
        self.crowd.quests.counts.searches += 1;
        match search.has_found {
            true => None,
            false => self.crowd.quests.fail(world, search.asker, search.quest),
        }
    }

    fn close(&mut self, id: SlotId) -> Option<(NodeId, Quest)> {
        let search = self.searches.get_mut(id).filter(|search| search.is_open)?;
        search.is_open = false;
        let (asker, quest) = (search.asker, search.quest);
        self.crowd.open.end(asker, id);
        self.crowd.quests.counts.searches += 1;
        Some((asker, quest))
    }

    /// "I have it", the asker hears.
    fn hit<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (to, provider): (NodeId, NodeId),
        (id, hops): (SlotId, u32),
    ) -> Option<Found> {
        let search = self.searches.get_mut(id)?;
        let quest = search.quest;
        search.has_found = true;
        if self.crowd.quests.asks_all() {
            search.known.insert(provider);
        }
        // In a swarm the other walkers go on, for each may find one more.
        let found = match self.crowd.quests.asks_all() || self.close(id).is_none() {
            true => self.crowd.quests.find_more(to, quest, (&[provider], hops)),
            false => self.crowd.quests.succeed(world, to, quest, (provider, hops)),
        };
        // Its walker has ended there, and nothing more can come of that.
        let failed = self.walker_ended(world, id);
        debug_assert!(failed.is_none(), "it has found somebody");
        found
    }
}

impl Finder for RandomWalk {
    type Message = WalkMessage;
    type Timer = WalkTimer;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        self.crowd.start(world, self.settings.overlay);
        self.directions = Some(world.key().text("directions of walkers").stream());
    }

    fn quests_mut(&mut self) -> Option<&mut Quests> {
        Some(&mut self.crowd.quests)
    }

    fn find<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        is_complete: bool,
    ) -> Option<Found> {
        self.find_more(world, (node, object, is_complete), &[])
    }

    fn find_more<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (node, object, _): (NodeId, ObjectId, bool),
        known: &[NodeId],
    ) -> Option<Found> {
        let lead = self.crowd.quests.lead(world, node, object);
        if lead.is_some() || self.crowd.open.has_download(node, object) {
            return lead;
        }
        self.send_out(world, node, Quest::Download(object), known)
    }

    fn look_up<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        request: RequestId,
    ) {
        let node = world.request(request).node;
        if let Some(quest) = Quest::of_lookup(world, request) {
            self.send_out(world, node, quest, &[]);
        }
    }

    fn on_abandoned(&mut self, node: NodeId, request: RequestId) {
        if let Some(id) = self.crowd.open.lookup(node, request) {
            self.close(id);
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
        timer: WalkTimer,
    ) -> Option<Found> {
        match timer {
            WalkTimer::Over(id) => {
                let has_found = self.searches.get_mut(id)?.has_found;
                let (asker, quest) = self.close(id)?;
                match has_found {
                    true => None,
                    false => self.crowd.quests.fail(world, asker, quest),
                }
            }
            WalkTimer::Reconnect => {
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
        // Walkers of who goes down find that out when they ask, or walk to their end.
        for (_, id) in self.crowd.open.end_all(node) {
            self.crowd.quests.counts.searches += 1;
            if let Some(search) = self.searches.get_mut(id) {
                search.is_open = false;
            }
        }
        for other in self.crowd.neighbours_mut().leave(node) {
            world.wake(other, RECONNECT, Timer::Finder(WalkTimer::Reconnect));
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
        message: WalkMessage,
    ) -> Option<Found> {
        match message {
            WalkMessage::Walk(walker) => self.arrived(world, (to, from), walker),
            WalkMessage::May { walker, came_from } => {
                if self.searches.get_mut(walker.search).is_some_and(|search| search.is_open) {
                    self.send(world, to, from, WalkMessage::Go { walker, came_from });
                    return None;
                }
                // Without an answer it does not go on.
                self.walker_ended(world, walker.search)
            }
            WalkMessage::Go { walker, came_from } => self.step(world, (to, came_from), walker),
            WalkMessage::Hit { search, hops } => self.hit(world, (to, from), (search, hops)),
            WalkMessage::Ends { search } => self.walker_ended(world, search),
        }
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        from: NodeId,
        _to: NodeId,
        message: WalkMessage,
        _why: Loss,
    ) -> Option<Outcome> {
        self.crowd.quests.counts.timeouts += 1;
        let found = match message {
            // It tries another way, which is one more step, so that it does not try for ever.
            WalkMessage::Walk(walker) => self.step(world, (from, from), walker),
            WalkMessage::Go { walker: Walker { search, .. }, .. }
            | WalkMessage::May { walker: Walker { search, .. }, .. }
            | WalkMessage::Hit { search, .. }
            | WalkMessage::Ends { search } => self.walker_ended(world, search),
        };
        let Found { node, object, .. } = found?;
        Some(Outcome::Failed { node, object, reason: self.reason_for_nobody() })
    }
}
