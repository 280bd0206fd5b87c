//! What an architecture must answer: one handler for each thing that can happen.

use super::exits::Exit;
use super::{Envelope, RequestId, World};
use crate::metrics::FailureReason;
use crate::network::NodeId;
use crate::units::{Bytes, Duration};

/// A way to serve the demand. One value holds the state of all nodes, each node's own.
///
/// A handler acts for one node and may use only what that node knows: its own state and what
/// the event brought. The world delivers nothing to anybody else.
pub trait Architecture: Sized {
    /// What nodes say to each other; small, for it lies in the event queue.
    type Message: 'static;
    /// What a node reminds itself of.
    type Timer: 'static;
    /// [`Bare`](super::Bare), unless it shares its world with others.
    type Envelope: Envelope;

    /// The run begins; nodes are there, demand is not.
    fn on_start(&mut self, _world: &mut World<'_, Self>) {}

    /// `node` asks; a further attempt of the same request comes the same way.
    fn on_request(&mut self, world: &mut World<'_, Self>, node: NodeId, request: RequestId);

    /// A message, the last byte of a transfer, or a job done (then `from` is `to`) has arrived.
    fn on_message(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        from: NodeId,
        message: Self::Message,
    );

    /// The last byte of a transfer has left `from`; `message` arrives next.
    ///
    /// What `from` sends to `to` now follows on the same connection without a gap.
    fn on_sent(
        &mut self,
        _world: &mut World<'_, Self>,
        _from: NodeId,
        _to: NodeId,
        _message: &Self::Message,
    ) {
    }

    /// What `from` sent, or asked its own processor to do, did not work.
    fn on_undelivered(
        &mut self,
        _world: &mut World<'_, Self>,
        _from: NodeId,
        _to: NodeId,
        _message: Self::Message,
        _why: Loss,
    ) {
    }

    /// `from`, which was to send `to` what ends in `message`, has gone down; `arrived` bytes of it
    /// have come.
    fn on_broken(
        &mut self,
        world: &mut World<'_, Self>,
        _to: NodeId,
        _from: NodeId,
        _message: Self::Message,
        arrived: Bytes,
    ) {
        world.wasted(arrived);
    }

    /// `node` is about to go down, and takes no new work from here on; it goes on with what it has. It
    /// can still say so to those who should know.
    fn on_leaving(&mut self, _world: &mut World<'_, Self>, _node: NodeId) {}

    /// `node` goes down in this instant, and is still as it was: what is on its way can be looked at.
    /// It has a voice for the last time, if it says goodbye; a crash leaves no time for a word.
    fn on_exit(&mut self, _world: &mut World<'_, Self>, _node: NodeId, _exit: Exit) {}

    /// `node` goes down. Its jobs, timers and transfers are lost already; its open requests fail
    /// next, each with a call of `on_abandoned`. What it sends from here on is lost.
    ///
    /// What it has in memory is lost as well, what it has on disk is not: that is for the
    /// architecture to say.
    fn on_down(&mut self, _world: &mut World<'_, Self>, _node: NodeId) {}

    /// `node` is up again.
    fn on_up(&mut self, _world: &mut World<'_, Self>, _node: NodeId) {}

    /// Links were cut or mended, a partition has begun or ended, or a fault loses all that some say: who
    /// hears whom may have changed.
    ///
    /// No node hears of that by itself: what is done here must leave the time that it takes to
    /// find out.
    fn on_ways_changed(&mut self, _world: &mut World<'_, Self>) {}

    fn on_timer(&mut self, _world: &mut World<'_, Self>, _node: NodeId, _timer: Self::Timer) {}

    /// The client's patience with an attempt has ended; work for it is wasted from now on.
    fn on_abandoned(&mut self, _world: &mut World<'_, Self>, _request: RequestId) {}

    /// Whether small messages are announced to [`Architecture::prefetch`] as well: worth it where they
    /// lead to far more memory than the caches hold.
    const LOOKS_AHEAD: bool = false;

    /// `message` will probably arrive at `to` soon: what is looked at then can be fetched from memory
    /// now. Comes twice, first with what lies [far](Lead::Far).
    fn prefetch(
        &self,
        _world: &World<'_, Self>,
        _to: NodeId,
        _message: &Self::Message,
        _lead: Lead,
    ) {
    }

    /// Who is whose neighbour in the overlay at the moment, in any order and perhaps twice, nodes
    /// that are down among them; empty where there is none. For measurements and for attackers, not for handlers: no node knows it.
    fn overlay(&self) -> Vec<(NodeId, NodeId)> {
        Vec::new()
    }

    /// Who takes part in the overlay beside those that are in an edge: some may have lost all their neighbours.
    fn overlay_members(&self) -> Vec<NodeId> {
        Vec::new()
    }

    /// The overlays by themselves, where several architectures are at work.
    fn overlays(&self) -> Vec<Overlay> {
        vec![Overlay { edges: self.overlay(), members: self.overlay_members() }]
    }

    /// How much of what was asked for is half done, although no client waits for it. A run until
    /// every request has ended goes on until there is nothing; asked often, so it must be cheap.
    fn unsettled(&self) -> usize {
        0
    }

    /// How long it may wait for what never comes before it goes on by itself: a run until every request
    /// has ended is not given up before.
    fn longest_wait(&self) -> Duration {
        Duration::ZERO
    }

    /// The run is over, and what is on its way is broken off next.
    fn on_closing(&mut self, _world: &mut World<'_, Self>) {}

    /// The run is over; what the architecture has to tell is recorded now.
    fn on_end(&mut self, _world: &mut World<'_, Self>) {}
}

/// Who knows whom, see [`Architecture::overlay`] and [`Architecture::overlay_members`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    pub edges: Vec<(NodeId, NodeId)>,
    pub members: Vec<NodeId>,
}

/// How soon a message will arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// Time enough to fetch what the message names.
    Far,
    /// What the message names is there; time to fetch what that leads to.
    Near,
}

/// Why something did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// No links lead there.
    Unreachable,
    /// As many jobs wait as may.
    QueueFull,
    /// The node there is down, or went down before all of it had arrived.
    NodeDown,
}

impl From<Loss> for FailureReason {
    fn from(loss: Loss) -> FailureReason {
        match loss {
            Loss::Unreachable => FailureReason::Unreachable,
            Loss::QueueFull => FailureReason::Refused,
            Loss::NodeDown => FailureReason::ServerDown,
        }
    }
}
