//! Finders: who can serve this?

mod chord;
mod directory;
mod fixed_overlay;
mod group;
mod kademlia;
mod known_servers;
mod offers;
mod overlay_graph;
mod pointers;
mod search;
mod sizes;
pub(super) mod slots;
mod tracker;

pub(super) use sizes::storage as storage_sizes;

pub use chord::{Chord, ChordSettings, Upkeep};
pub use directory::Directory;
pub use fixed_overlay::FixedOverlay;
pub use kademlia::{Kademlia, KademliaSettings, key_shares};
pub use known_servers::{KnownServers, NoMessage, NoTimer};
pub use offers::Announcing;
pub use overlay_graph::OverlayGraph;
pub use search::{
    Broadcast, ChoiceSettings, Choose, FloodSettings, Flooding, Quests, RandomWalk,
    SupernodeSettings, Supernodes, WalkSettings,
};
pub use tracker::Tracker;

use smallvec::SmallVec;

use super::Composition;
use super::balancer::{Balancer, Ending};
use super::deliveries::{Delivery, Outcome};
use crate::engine::{Exit, Lead, Loss, RequestId, World};
use crate::metrics::{FailureReason, OverlayRecord};
use crate::model::ObjectId;
use crate::network::NodeId;

/// The answer to a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Who asked.
    pub node: NodeId,
    pub object: ObjectId,
    /// Best first; may be empty.
    pub providers: SmallVec<[NodeId; 4]>,
    /// Length of the chain of messages that led here.
    pub hops: u32,
}

impl Found {
    pub fn nobody(node: NodeId, object: ObjectId) -> Found {
        Found { node, object, providers: SmallVec::new(), hops: 0 }
    }
}

/// Whose a job is, and after how many messages that was known; `None`: nobody answers for it.
#[derive(Clone, Copy, Debug)]
pub struct Located {
    pub request: RequestId,
    pub owner: Option<NodeId>,
    pub hops: u32,
}

/// A way to find who can serve an object.
pub trait Finder: Sized + 'static {
    type Message: 'static;
    type Timer: 'static;

    fn on_start<D: Delivery>(&mut self, _world: &mut World<'_, Composition<Self, D>>) {}

    /// `node` looks for others with `object`. The answer comes at once, or later from a handler.
    ///
    /// `_is_complete`: it has the object itself, and looks for those who want it.
    fn find<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        _is_complete: bool,
    ) -> Option<Found> {
        // Where nobody publishes anything.
        Some(Found::nobody(node, object))
    }

    /// The same of who has found `_known` before, and looks for others.
    fn find_more<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (node, object, is_complete): (NodeId, ObjectId, bool),
        _known: &[NodeId],
    ) -> Option<Found> {
        self.find(world, node, object, is_complete)
    }

    /// A bare lookup: whoever is responsible answers, and the finder ends the request itself, now or later.
    fn look_up<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        request: RequestId,
    ) {
        // Scenarios with such a request are refused; a model may have it.
        world.give_up(request, FailureReason::NotFound);
    }

    /// The client of a job wants to know whose it is; told by [`Finder::take_located`], now or later.
    fn locate<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        request: RequestId,
    ) {
        world.give_up(request, FailureReason::NotFound);
    }

    /// A job whose owner has been found, or nobody.
    fn take_located(&mut self) -> Option<Located> {
        None
    }

    /// The client of a lookup has lost patience, or is down.
    fn on_abandoned(&mut self, _node: NodeId, _request: RequestId) {}

    /// `node` offered `object` before the run began.
    fn publish(&mut self, node: NodeId, object: ObjectId) {
        self.hold(node, object);
    }

    /// `node` has a copy of `object` before the run begins, which it offers where peers share what they have.
    fn hold(&mut self, node: NodeId, object: ObjectId) {
        if let Some(quests) = self.quests_mut() {
            quests.publish(node, object);
        }
    }

    /// All copies that there are before the run have been told.
    fn begin<D: Delivery>(&mut self, _world: &mut World<'_, Composition<Self, D>>) {}

    /// One more provider, while those that were found for `node` are at work.
    fn find_another<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) -> Option<NodeId> {
        self.quests_mut()?.next_lead(world, node, object)
    }

    /// `provider` is asked for something.
    fn began(&mut self, provider: NodeId) {
        if let Some(quests) = self.quests_mut() {
            quests.began(provider);
        }
    }

    /// Who has what, and what searches have found, where peers share what they have.
    fn quests_mut(&mut self) -> Option<&mut Quests> {
        None
    }

    /// Who is chosen, where one of several is.
    fn balancer_mut(&mut self) -> Option<&mut Balancer> {
        None
    }

    /// Why it finds nobody, when it does not.
    fn reason_for_nobody(&self) -> FailureReason {
        FailureReason::NotFound
    }

    /// `provider`, which was found for `node`, is no longer at work for it.
    fn ended<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        provider: NodeId,
        ending: Ending,
    ) {
        if let Some(quests) = self.quests_mut() {
            quests.ended(world, (node, provider), object, ending);
        }
    }

    /// All that were found for `node` are no longer at work for it.
    fn concluded<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _node: NodeId,
        _object: ObjectId,
        _ending: Ending,
    ) {
    }

    /// The request of `node` is a new one: whom it had trouble with before does not matter.
    fn forget(&mut self, node: NodeId, object: ObjectId) {
        if let Some(quests) = self.quests_mut() {
            quests.forget(node, object);
        }
    }

    /// Whether items can be stored where it finds servers, and documents printed. For others nothing of that is compiled, which
    /// would double the time it takes.
    const KEEPS_ITEMS: bool = false;

    /// See [`Architecture::LOOKS_AHEAD`](crate::engine::Architecture::LOOKS_AHEAD).
    const LOOKS_AHEAD: bool = false;

    /// `message` will arrive at `to` soon: what it leads to may be fetched from memory.
    fn prefetch(&self, _to: NodeId, _message: &Self::Message, _lead: Lead) {}

    /// Who is whose neighbour from the start, if that is fixed.
    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        Vec::new()
    }

    /// Who takes part in it, with neighbours or without.
    fn overlay_members(&self) -> Vec<NodeId> {
        Vec::new()
    }

    /// `node` has the whole `object` and offers it from here on.
    fn completed<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        self.hold(node, object);
    }

    /// `node` has made room, and has its copy of `object` no longer.
    fn discarded<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        if let Some(quests) = self.quests_mut() {
            quests.unpublish(node, object);
        }
    }

    /// `node` takes part in the distribution of `object` from here on, whatever it has of it.
    fn joined<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        self.completed(world, node, object);
    }

    /// `node` no longer takes part in the distribution of `object`, and says so where somebody keeps account of it.
    fn withdraw<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) {
        if self.quests_mut().is_some_and(|quests| quests.asks_all()) {
            self.discarded(world, node, object);
        }
    }

    /// `node`, which dies in this instant, will not take part in the distribution of `object` when it is back;
    /// nobody is told.
    fn lose(&mut self, node: NodeId, object: ObjectId) {
        if let Some(quests) = self.quests_mut() {
            quests.unpublish(node, object);
        }
    }

    fn on_timer<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _node: NodeId,
        _timer: Self::Timer,
    ) -> Option<Found> {
        None
    }

    /// `node` goes down in this instant; see [`Architecture::on_exit`](crate::engine::Architecture::on_exit).
    fn on_exit<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _node: NodeId,
        _exit: Exit,
    ) {
    }

    /// `node` is down.
    fn on_down(&mut self, _node: NodeId) {}

    /// `node` is up again.
    fn on_up<D: Delivery>(&mut self, _world: &mut World<'_, Composition<Self, D>>, _node: NodeId) {}

    /// What finding and its upkeep have cost, at the end of a run.
    fn take_record(&mut self) -> Option<OverlayRecord> {
        self.quests_mut().map(|quests| std::mem::take(&mut quests.counts))
    }

    fn on_message<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        to: NodeId,
        from: NodeId,
        message: Self::Message,
    ) -> Option<Found>;

    /// What `from` sent did not arrive; the search it was for fails, if it was for one.
    fn on_undelivered<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        from: NodeId,
        to: NodeId,
        message: Self::Message,
        why: Loss,
    ) -> Option<Outcome>;
}
