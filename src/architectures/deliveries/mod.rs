//! Deliveries: how does it get there?

mod cached_fetch;
mod calling;
mod connections;
mod fetch;
mod nothing;
mod swarm;

pub use cached_fetch::{CacheSettings, CachedFetch};
pub use calling::{Calling, CallingSettings, ConferenceSettings, ConferenceWay, MediaWay};
pub use fetch::Fetch;
pub use nothing::Nothing;
pub use swarm::{PieceSelection, Swarm, SwarmSettings, UploadSlots};

use super::Composition;
use super::finders::{Finder, Found, Located};
use super::rooms::Rooms;
use crate::engine::{Envelope, Exit, Loss, RequestId, World};
use crate::metrics::{Answer, FailureReason, MiddlewareRecord};
use crate::model::ObjectId;
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

/// How the download of an object by a node has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered { node: NodeId, object: ObjectId, answer: Answer },
    Failed { node: NodeId, object: ObjectId, reason: FailureReason },
}

/// A way to bring an object to a node once providers are known.
///
/// The finder is at hand because a delivery may look for more providers on its way.
pub trait Delivery: Sized + 'static {
    type Message: 'static;
    type Timer: 'static;
    /// Of the architecture that it is a part of.
    type Envelope: Envelope;

    /// Tells the finder what nodes offer from the start.
    fn publish<F: Finder>(&self, _finder: &mut F, _world: &World<'_, Composition<F, Self>>) {}

    fn on_start<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
    ) {
    }

    /// Whether somebody is left to be asked where nobody has been found.
    fn has_last_resort(&self) -> bool {
        false
    }

    /// Whether `node` has had `object` from the start.
    fn holds(&self, _node: NodeId, _object: ObjectId) -> bool {
        false
    }

    /// Whether `node` has a use for further providers of `object` although nobody waits for it.
    fn takes_part(&self, _node: NodeId, _object: ObjectId) -> bool {
        false
    }

    /// What nodes keep of what it brings them.
    fn rooms_mut(&mut self) -> Option<&mut Rooms> {
        None
    }

    /// Whether who finds nobody waits for others to come, instead of failing.
    const WAITS_FOR_OTHERS: bool = false;

    /// Whether who has got an object offers the whole of it from then on, and not by piece.
    const OFFERS_COPIES: bool = false;

    /// `node` has made room, and has `object` no longer.
    fn discard<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _node: NodeId,
        _object: ObjectId,
    ) {
    }

    /// Begins a download, or goes on with it when it has asked the finder for more providers.
    ///
    /// Unless it is said otherwise nobody brings anything; scenarios with such a request are refused.
    fn deliver<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        found: Found,
    ) -> Option<Outcome> {
        let Found { node, object, .. } = found;
        Some(Outcome::Failed { node, object, reason: FailureReason::NotFound })
    }

    /// Whether it puts calls through; it then ends their requests by itself.
    const CALLS: bool = false;

    /// `request` is to call somebody; the addresses that are to be looked for, and are not already.
    fn begin_call<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        request: RequestId,
    ) -> Vec<ObjectId> {
        // Scenarios with such a request are refused; a model may have it.
        world.give_up(request, FailureReason::NotFound);
        Vec::new()
    }

    /// Nobody has been found for `node` at the address `object`.
    fn call_fails<F: Finder>(
        &mut self,
        _world: &mut World<'_, Composition<F, Self>>,
        _ends: (NodeId, ObjectId),
        _reason: FailureReason,
    ) {
    }

    /// Who calls by `request` has lost patience, or is down.
    fn abandon_call<F: Finder>(
        &mut self,
        _world: &mut World<'_, Composition<F, Self>>,
        _request: RequestId,
    ) {
    }

    /// See [`Architecture::on_closing`](crate::engine::Architecture::on_closing).
    fn on_closing<F: Finder>(&mut self, _world: &mut World<'_, Composition<F, Self>>) {}

    /// The run is over.
    fn on_end<F: Finder>(&mut self, _world: &mut World<'_, Composition<F, Self>>) {}

    /// `node` no longer wants `object`, or not now.
    fn abandon<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _node: NodeId,
        _object: ObjectId,
    ) {
    }

    /// A member of a group has changed what it shares.
    fn begin_update<F: Finder>(
        &mut self,
        world: &mut World<'_, Composition<F, Self>>,
        request: RequestId,
    ) {
        // Scenarios with such a request are refused; a model may have it.
        world.give_up(request, FailureReason::NotFound);
    }

    /// See [`Architecture::on_ways_changed`](crate::engine::Architecture::on_ways_changed).
    fn on_ways_changed<F: Finder>(&mut self, _world: &mut World<'_, Composition<F, Self>>) {}

    /// Whether it does jobs. For others nothing of that is compiled.
    const DOES_JOBS: bool = false;

    /// A node has a job for somebody's processor.
    fn begin_job<F: Finder>(
        &mut self,
        _finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        request: RequestId,
    ) {
        // Scenarios with such a request are refused; a model may have it.
        world.give_up(request, FailureReason::NotFound);
    }

    /// Who has a job has lost patience, or is down.
    fn abandon_job<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _request: RequestId,
    ) {
    }

    /// The finder has found out whose a job is.
    fn located<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _located: Located,
    ) {
    }

    /// See [`Architecture::longest_wait`](crate::engine::Architecture::longest_wait).
    fn longest_wait(&self) -> Duration {
        Duration::ZERO
    }

    fn on_message<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        from: NodeId,
        message: Self::Message,
    ) -> Option<Outcome>;

    fn on_sent<F: Finder>(
        &mut self,
        _world: &mut World<'_, Composition<F, Self>>,
        _from: NodeId,
        _to: NodeId,
        _message: &Self::Message,
    ) {
    }

    fn on_undelivered<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        from: NodeId,
        to: NodeId,
        message: Self::Message,
        why: Loss,
    ) -> Option<Outcome>;

    /// `from`, which was to send `to` what ends in `message`, has gone down.
    fn on_broken<F: Finder>(
        &mut self,
        finder: &mut F,
        world: &mut World<'_, Composition<F, Self>>,
        to: NodeId,
        message: Self::Message,
        arrived: Bytes,
    ) -> Option<Outcome>;

    /// `node` says that it goes down soon, and takes no new work.
    fn on_leaving<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _node: NodeId,
    ) {
    }

    /// `node` goes down in this instant, and is still as it was; see
    /// [`Architecture::on_exit`](crate::engine::Architecture::on_exit).
    fn on_exit<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _node: NodeId,
        _exit: Exit,
    ) {
    }

    /// `node` goes down. What clients wait for there fails by [`World::break_connection`].
    fn on_down<F: Finder>(&mut self, world: &mut World<'_, Composition<F, Self>>, node: NodeId);

    /// `node` is up again.
    fn on_up<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _node: NodeId,
    ) {
    }

    /// `message` will arrive soon: what it names may be fetched from memory.
    fn prefetch(&self, _message: &Self::Message) {}

    /// The object that comes to its node with `message`, if that is so simple.
    fn brought_by(&self, _message: &Self::Message) -> Option<ObjectId> {
        None
    }

    /// See [`Architecture::overlay`](crate::engine::Architecture::overlay).
    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        Vec::new()
    }

    /// Who takes part in it, with neighbours or without.
    fn overlay_members(&self) -> Vec<NodeId> {
        Vec::new()
    }

    /// What the middleware of each platform has taken, at the end of a run.
    fn take_middleware_records(&mut self) -> Vec<MiddlewareRecord> {
        Vec::new()
    }

    fn on_timer<F: Finder>(
        &mut self,
        _finder: &mut F,
        _world: &mut World<'_, Composition<F, Self>>,
        _node: NodeId,
        _timer: Self::Timer,
    ) {
    }
}
