//! Calls of which nobody will hear again, so that their numbers can be given to others.
//!
//! There is always one word about a call: a message, a job at a station, a place in a queue, or a
//! call to the next tier. No node knows that it is lost; only the numbers of calls follow from
//! it. A message that a fault takes is lost at once. When a node goes down, a word about what
//! it has asked or was asked may be on its way: either it arrives, or comes back,
//! within a round trip, or the other end has gone down as well and there is nobody to hear it.

use super::call::{Call, Stage};
use super::{CallId, CallMessage, Caller, Calls};
use crate::engine::World;
use crate::units::Time;

/// A call about which a word was on its way when one of its ends went down.
#[derive(Clone, Copy, Debug)]
pub struct Doubt {
    /// When it has arrived, if it ever does.
    until: Time,
    call: u32,
    /// Of the call at that time.
    words: u32,
}

impl Calls {
    /// Numbers that are in use.
    pub fn under_way_count(&self) -> usize {
        self.calls.len() - self.free.len()
    }

    /// Requests of which is remembered where they have been.
    pub fn tried_count(&self) -> usize {
        self.attempts.tried_count()
    }

    /// There is a word about a call; its number and what is known of it, unless the call is over.
    #[inline(always)]
    pub(super) fn hear(&mut self, message: CallMessage) -> Option<(u32, &mut Call)> {
        let (CallMessage::Hello { call }
        | CallMessage::Welcome { call }
        | CallMessage::Question { call }
        | CallMessage::Worked { call }
        | CallMessage::Answer { call }
        | CallMessage::Failed { call, .. }) = message;
        let state = &mut self.calls[call.call as usize];
        if state.generation != call.generation {
            return None;
        }
        state.words = state.words.wrapping_add(1);
        Some((call.call, state))
    }

    /// The present use of the number of a call.
    #[inline]
    pub(super) fn id(&self, call: u32) -> CallId {
        self.calls[call as usize].id(call)
    }

    /// The last word about a call is lost; who waits for it will lose patience.
    pub(super) fn lost<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let service = self.end(world.now(), call).service;
        world.wasted_work(service);
    }

    /// One end of `call` has gone down.
    pub(super) fn doubt<A: Caller>(&mut self, world: &mut World<'_, A>, call: u32) {
        let state = self.calls[call as usize];
        // What is at work goes on, or has been ended.
        if !matches!(state.stage, Stage::Coming | Stage::Connecting | Stage::Done) {
            return;
        }
        let (caller, server) = (state.caller, state.server);
        // There, and back if nobody is there; where there is no way, that is found out in time.
        let ways = [world.until_heard(caller, server), world.until_heard(server, caller)];
        // A word that was sent while a link was slow takes as long as it did then.
        let until = world.now() + ways[0] + ways[1] + world.model().greatest_delay();
        self.doubtful.push_back(Doubt { until, call, words: state.words });
    }

    /// Ends what was in doubt and has not gone on.
    #[inline(always)]
    pub(super) fn settle_doubts<A: Caller>(&mut self, world: &mut World<'_, A>) {
        if !self.doubtful.is_empty() {
            self.settle_due_doubts(world);
        }
    }

    #[inline(never)]
    fn settle_due_doubts<A: Caller>(&mut self, world: &mut World<'_, A>) {
        // Later ones may be due before the first one; they wait for it, no longer than a round trip.
        while let Some(&doubt) = self.doubtful.front().filter(|doubt| doubt.until < world.now()) {
            self.doubtful.pop_front();
            let state = &self.calls[doubt.call as usize];
            if state.words == doubt.words && state.stage != Stage::Over {
                self.lost(world, doubt.call);
            }
        }
    }
}
