//! Whether a run that goes on until all is done still gets anywhere.

use super::transfers::TransferId;
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
    /// Nodes that come and go wait for ever for what is gone, or begin again and again what they
    /// never finish: not that they are back or at work, but that requests end is progress then.
    since: Time,
    gained_before: u64,
    /// What was at work half of the span of hopelessness after that.
    at_work: Option<AtWork>,
}

/// What took its time at some instant. What has gone on since then without a break will end.
#[derive(Debug)]
struct AtWork {
    at: Time,
    transfers: Vec<TransferId>,
}

impl AtWork {
    fn now<A: Architecture>(world: &World<'_, A>) -> AtWork {
        AtWork { at: world.now, transfers: world.transfers.ids().collect() }
    }

    fn goes_on<A: Architecture>(&self, world: &World<'_, A>) -> bool {
        let is_moving = |&transfer: &TransferId| world.transfers.at(transfer).is_some();
        (world.is_moving() && self.transfers.iter().any(is_moving))
            || world.stations.have_worked_since(self.at)
    }
}

impl Progress {
    /// `wait`: of the architecture, before it goes on by itself.
    pub fn new<A: Architecture>(world: &World<'_, A>, wait: Duration) -> Progress {
        let longest = world.longest_latency() + world.model().greatest_delay();
        let cycle = world.model().longest_cycle();
        let stalled_after =
            STALLED_AFTER.max(longest.scaled(10.0)).max(cycle.max(wait).scaled(10.0));
        Progress {
            stalled_after,
            hopeless_after: stalled_after.scaled(HOPELESS),
            they_come_and_go: world.model().has_churn() || cycle > Duration::ZERO,
            idle_since: Time::ZERO,
            since: Time::ZERO,
            gained_before: 0,
            at_work: None,
        }
    }

    /// Something that had been left to settle is settled.
    pub fn made(&mut self, now: Time) {
        self.idle_since = now;
        self.gets_on(now);
    }

    fn gets_on(&mut self, now: Time) {
        self.since = now;
        self.at_work = None;
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
        let gained = world.requests.ended_count() + world.gain_count;
        let is_to_come = || world.pending_count > world.patience_count;
        let gets_on = || !world.awaits_nodes() && (!self.they_come_and_go || is_to_come());
        if gained != self.gained_before || gets_on() {
            self.gained_before = gained;
            self.gets_on(next);
        } else if self.is_hopeless(world, next) {
            return true;
        }
        // What is still to come, the most frequent of all reasons, goes first.
        if world.pending_count > 0 || (!is_settling && !world.is_idle()) {
            self.idle_since = next;
            return false;
        }
        next.since(self.idle_since) > self.stalled_after
    }

    /// Whether nothing that was at work in the middle of a long time without an end is so still.
    fn is_hopeless<A: Architecture>(&mut self, world: &World<'_, A>, next: Time) -> bool {
        let span = next.since(self.since);
        if self.at_work.is_none() && span > self.hopeless_after.scaled(0.5) {
            self.at_work = Some(AtWork::now(world));
        }
        if span <= self.hopeless_after {
            return false;
        }
        if self.at_work.as_ref().is_some_and(|at_work| at_work.goes_on(world)) {
            self.gets_on(next);
            return false;
        }
        true
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
        self.job_count > 0 || self.is_moving()
    }

    fn is_moving(&self) -> bool {
        // Less than a bit a second is the rounding of a sum.
        let least = Rate::from_bits_per_second(1.0);
        self.transfers.count() > 0 && self.sharing.total_rate() >= least
    }

    /// Turns and requests wait for their nodes to come back, which will cause work, however late.
    fn awaits_nodes(&self) -> bool {
        !self.faults.deferred.is_empty() || !self.faults.interrupted.is_empty()
    }
}
