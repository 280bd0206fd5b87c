//! Messages that a fault loses, and packets that are sent again until one arrives.

use rustc_hash::FxHashMap;

use super::event::{Event, Letter};
use super::{Architecture, Loss, TransferId, World};
use crate::model::PATIENCE;
use crate::network::NodeId;
use crate::random::Stream;
use crate::units::{Duration, Time};

/// Until a packet that nobody has heard of is sent again for the first time; each time after that it
/// takes twice as long. Source: RFC 6298, sections 2.1, 2.4 and 5.5.
const FIRST_TIMEOUT: Duration = Duration::from_whole_secs(1);

/// A fault that loses messages.
#[derive(Debug)]
pub(super) struct Losing {
    pub at: Time,
    pub until: Time,
    pub probability: f64,
    /// By `NodeId`.
    pub is_affected: Vec<bool>,
    pub draws: Stream,
}

impl Losing {
    fn is_on_way(&self, time: Time, from: NodeId, to: NodeId) -> bool {
        (self.at..self.until).contains(&time)
            && (self.is_affected[from.index()] || self.is_affected[to.index()])
    }
}

#[derive(Debug, Default)]
pub(super) struct Losses {
    list: Vec<Losing>,
    /// Until when what is late holds up what one node says to another after it: connections keep the
    /// order of what is said.
    held_up: FxHashMap<(NodeId, NodeId), Time>,
}

impl Losses {
    pub fn add(&mut self, losing: Losing) {
        self.list.push(losing);
    }

    #[inline]
    pub fn may_happen(&self) -> bool {
        !self.list.is_empty()
    }

    /// Whether a message that is sent at `time` gets lost on its way.
    #[inline]
    fn loses(&mut self, time: Time, from: NodeId, to: NodeId) -> bool {
        self.may_happen() && self.draws(time, from, to)
    }

    fn draws(&mut self, time: Time, from: NodeId, to: NodeId) -> bool {
        let mut is_lost = false;
        for losing in &mut self.list {
            if losing.is_on_way(time, from, to) && losing.draws.uniform() < losing.probability {
                is_lost = true;
            }
        }
        is_lost
    }

    /// Whether nothing at all arrives that is sent at `time`.
    fn lose_all(&self, time: Time, from: NodeId, to: NodeId) -> bool {
        let mut on_way = self.list.iter().filter(|losing| losing.is_on_way(time, from, to));
        on_way.any(|losing| losing.probability >= 1.0)
    }

    /// Of the packets that are sent at `time`, the share that is lost.
    pub fn probability(&self, time: Time, from: NodeId, to: NodeId) -> f64 {
        let on_way = self.list.iter().filter(|losing| losing.is_on_way(time, from, to));
        1.0 - on_way.map(|losing| 1.0 - losing.probability).product::<f64>()
    }

    /// Until a packet gets through that is sent now for the first time; `None` when none does before
    /// the patience of its sender is over.
    fn lateness(&mut self, now: Time, from: NodeId, to: NodeId) -> Option<Duration> {
        let (mut late, mut timeout) = (Duration::ZERO, FIRST_TIMEOUT);
        while self.draws(now + late, from, to) {
            late += timeout;
            timeout += timeout;
            if late > PATIENCE {
                return None;
            }
        }
        Some(late)
    }
}

impl<A: Architecture> World<'_, A> {
    /// Whether a fault loses what `from` says to `to` now; it has been said then.
    #[inline(always)]
    pub(super) fn is_lost(&mut self, from: NodeId, to: NodeId) -> bool {
        let is_lost = self.faults.losses.loses(self.now, from, to);
        if is_lost && !self.faults.is_down(from) {
            self.recorder.message(from);
        }
        is_lost
    }

    /// Whether a fault keeps `to` from hearing anything of `from`.
    pub fn is_silenced(&self, from: NodeId, to: NodeId) -> bool {
        self.faults.losses.lose_all(self.now, from, to)
    }

    /// A small message on a connection of its own, as one call has; returns as [`World::send_counted`].
    #[inline(always)]
    pub(crate) fn send_counted_on_connection(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: A::Message,
    ) -> bool {
        if self.faults.losses.may_happen() {
            return self.send_until_heard::<false>(from, to, self.seal(message), false);
        }
        self.post::<false>(from, to, self.seal(message))
    }

    /// The same on the only connection between the two, where what is said later waits for what is late.
    #[inline(always)]
    pub(super) fn send_in_order(&mut self, from: NodeId, to: NodeId, message: A::Message) {
        if self.faults.losses.may_happen() {
            self.send_until_heard::<false>(from, to, self.seal(message), true);
        } else {
            self.post::<false>(from, to, self.seal(message));
        }
    }

    /// A small message that answers a question on a connection that is always open: where there is no
    /// way its sender tries for a while. Returns as [`World::send_counted`].
    #[inline(always)]
    pub(crate) fn send_steadily(&mut self, from: NodeId, to: NodeId, message: A::Message) -> bool {
        if self.faults.losses.may_happen() {
            return self.send_until_heard::<true>(from, to, self.seal(message), false);
        }
        self.post::<true>(from, to, self.seal(message))
    }

    /// On a connection, on which some of what is sent is lost and sent again.
    #[inline(never)]
    fn send_until_heard<const IS_PATIENT: bool>(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: Letter<A>,
        is_in_order: bool,
    ) -> bool {
        if self.faults.is_down(from) {
            return false;
        }
        let (now, losses) = (self.now, &mut self.faults.losses);
        let Some(late) = losses.lateness(now, from, to) else {
            self.recorder.message(from);
            let (session, why) = (self.faults.session(from), Loss::Unreachable);
            self.queue.push(now + PATIENCE, Event::Undelivered { session, from, to, message, why });
            return true;
        };
        let at = now + late;
        let before = losses.held_up.get(&(from, to)).filter(|_| is_in_order);
        let turn = before.map_or(at, |&turn| turn.max(at));
        let Some(latency) = self.network.latency(from, to).filter(|_| turn > now) else {
            return self.post::<IS_PATIENT>(from, to, message);
        };
        if is_in_order {
            self.faults.losses.held_up.insert((from, to), turn);
        }
        self.recorder.message(from);
        self.push_message(turn + latency, from, to, message);
        true
    }

    /// When the first packet of a transfer that is to begin `at` gets through; `None` when none does.
    /// On an open connection others are on their way with it, of which the sender hears.
    #[inline]
    pub(super) fn begins_late(
        &mut self,
        at: Time,
        (from, to): (NodeId, NodeId),
        is_open: bool,
    ) -> Option<Time> {
        if !self.faults.losses.may_happen() {
            return Some(at);
        }
        let now = self.now;
        if is_open {
            return (!self.faults.losses.lose_all(now, from, to)).then_some(at);
        }
        self.faults.losses.lateness(now, from, to).map(|late| at + late)
    }

    /// Nothing of a transfer has got through.
    #[inline(never)]
    pub(super) fn give_up_sending(&mut self, id: TransferId) {
        if let Some((transfer, _)) = self.break_off(id) {
            self.undelivered(transfer.from, transfer.to, transfer.message, Loss::Unreachable);
        }
    }
}
