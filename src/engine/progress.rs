//! Whether a run that goes on until all is done still gets anywhere.

use super::{Architecture, World};
use crate::units::{Duration, Rate, Time};

/// After this long without anything that could answer an open request the run is over; or after
/// ten times the longest latency, if that is longer.
const STALLED_AFTER: Duration = Duration::from_whole_secs(3600);

/// So many times as long when nodes come and go and no request ends.
const HOPELESS: f64 = 100.0;

/// When the run has got on last.
#[derive(Debug)]
pub(super) struct Progress {
    stalled_after: Duration,
    hopeless_after: Duration,
    /// Whether nodes do so, or crash and are repaired again and again.
    they_come_and_go: bool,
    idle_since: Time,
    /// Nodes that come and go wait for ever for what is gone: not that they are back, but that
    /// requests end is progress then.
    since: Time,
    ended_before: u64,
}

impl Progress {
    pub fn new<A: Architecture>(world: &World<'_, A>) -> Progress {
        let longest = world.longest_latency() + world.model().greatest_delay();
        let cycle = world.model().longest_cycle();
        let stalled_after = STALLED_AFTER.max(longest.scaled(10.0)).max(cycle.scaled(10.0));
        Progress {
            stalled_after,
            hopeless_after: stalled_after.scaled(HOPELESS),
            they_come_and_go: world.model().has_churn() || cycle > Duration::ZERO,
            idle_since: Time::ZERO,
            since: Time::ZERO,
            ended_before: 0,
        }
    }

    /// Something that had been left to settle is settled.
    pub fn made(&mut self, now: Time) {
        self.idle_since = now;
    }

    /// An event is due at `next`: whether there has been no progress for too long.
    ///
    /// `is_settling`: who settles may ask again and again in vain, so work alone is no progress.
    #[inline(always)]
    pub fn has_stalled<A: Architecture>(
        &mut self,
        world: &World<'_, A>,
        is_settling: bool,
        next: Time,
    ) -> bool {
        let ended = world.requests.ended_count();
        // Who looks for what is gone while it is up, and goes down before it gives up, gets nowhere either.
        let is_in_hand = || world.pending_count > world.patience_count || world.is_at_work();
        let gets_on = || !world.awaits_nodes() && (!self.they_come_and_go || is_in_hand());
        if ended != self.ended_before || gets_on() {
            (self.ended_before, self.since) = (ended, next);
        } else if next.since(self.since) > self.hopeless_after {
            return true;
        }
        // What is still to come, the most frequent of all reasons, goes first.
        if world.pending_count > 0 || (!is_settling && !world.is_idle()) {
            self.idle_since = next;
            return false;
        }
        next.since(self.idle_since) > self.stalled_after
    }
}

impl<A: Architecture> World<'_, A> {
    /// Nothing moves, is in work or still to come: only timers and messages are left.
    #[inline]
    fn is_idle(&self) -> bool {
        self.pending_count == 0 && !self.is_at_work() && !self.awaits_nodes()
    }

    /// Bytes move, or a station works.
    #[inline]
    fn is_at_work(&self) -> bool {
        // Less than a bit a second is the rounding of a sum.
        let least = Rate::from_bits_per_second(1.0);
        let is_moving = || self.transfers.count() > 0 && self.sharing.total_rate() >= least;
        self.job_count > 0 || is_moving()
    }

    /// Turns and requests wait for their nodes to come back, which will cause work, however late.
    fn awaits_nodes(&self) -> bool {
        !self.faults.deferred.is_empty() || !self.faults.interrupted.is_empty()
    }
}
