//! What is counted of updates while a run goes on.

use super::ledger::UpdateId;
use super::members::Member;
use crate::metrics::UpdateTally;
use crate::units::{Duration, Time};

#[derive(Debug)]
pub struct Counts {
    pub tally: UpdateTally,
    warm_up: Duration,
    /// While members lack what was made before the last fault of the network was over.
    healing: Option<Healing>,
}

#[derive(Debug)]
struct Healing {
    since: Time,
    /// The first update that was made after it.
    next: UpdateId,
    /// Sum over the members.
    unhealed: u64,
}

impl Counts {
    pub fn new(warm_up: Duration) -> Counts {
        Counts { tally: UpdateTally::default(), warm_up, healing: None }
    }

    fn is_observed(&self, at: Time) -> bool {
        at >= Time::ZERO + self.warm_up
    }

    /// Nanoseconds after the warm-up.
    fn observed(&self, from: Time, until: Time) -> u128 {
        u128::from(until.since(from.max(Time::ZERO + self.warm_up)).nanos())
    }

    pub fn made(&mut self, now: Time, is_conflicting: bool) {
        self.tally.made += 1;
        if self.is_observed(now) {
            self.tally.observed += 1;
            self.tally.conflicting += if is_conflicting { 1 } else { 0 };
        }
    }

    /// `member` lacks one more.
    pub fn lacks(&mut self, member: &mut Member, now: Time) {
        member.lacking += 1;
        if member.lacking == 1 && member.presence.is_up() {
            member.stale_since = Some(now);
        }
    }

    /// `member` lacks one less.
    pub fn lacks_no_more(&mut self, member: &mut Member, now: Time, update: UpdateId) {
        member.lacking -= 1;
        if member.lacking == 0
            && let Some(since) = member.stale_since.take()
        {
            self.tally.stale += self.observed(since, now);
        }
        if let Some(healing) = &mut self.healing
            && update < healing.next
            && member.unhealed > 0
        {
            member.unhealed -= 1;
            healing.unhealed -= 1;
            self.look_whether_healed(now);
        }
    }

    /// `member` has got one that was `made` when it had been up for `up_before`.
    pub fn has_got(
        &mut self,
        member: &mut Member,
        now: Time,
        made: Time,
        up_before: Duration,
        update: UpdateId,
    ) {
        self.lacks_no_more(member, now, update);
        let up = member.presence.up_until(now);
        if self.is_observed(made) {
            self.tally.waited(Duration::from_nanos(up.nanos() - up_before.nanos()));
        }
        if member.presence.since().is_some_and(|since| since > made) {
            self.tally.caught_up += 1;
        }
    }

    /// 95 % of the others have one now.
    pub fn reached_most(&mut self, now: Time, made: Time) {
        if self.is_observed(made) {
            self.tally.most.0 += now.since(made).secs();
            self.tally.most.1 += 1;
        }
    }

    pub fn went_down(&mut self, member: &mut Member, now: Time) {
        self.stops(member, now);
        if let Some(healing) = &mut self.healing {
            healing.unhealed -= u64::from(std::mem::take(&mut member.unhealed));
            self.look_whether_healed(now);
        }
    }

    /// The run is over; whoever is up stays so.
    pub fn went_down_at_the_end(&mut self, member: &mut Member, now: Time) {
        let was_up = member.presence.is_up();
        self.stops(member, now);
        if was_up {
            member.came_up(now);
        }
    }

    fn stops(&mut self, member: &mut Member, now: Time) {
        let (up, stale) = member.went_down(now);
        self.tally.up += up.map_or(0, |since| self.observed(since, now));
        self.tally.stale += stale.map_or(0, |since| self.observed(since, now));
    }

    /// A fault of the network is over; `next`: the update that is made next.
    pub fn healed<'m>(
        &mut self,
        now: Time,
        next: UpdateId,
        members: impl Iterator<Item = &'m mut Member>,
    ) {
        let mut unhealed = 0;
        for member in members {
            member.unhealed = if member.presence.is_up() { member.lacking } else { 0 };
            unhealed += u64::from(member.unhealed);
        }
        self.healing = Some(Healing { since: now, next, unhealed });
        self.look_whether_healed(now);
    }

    fn look_whether_healed(&mut self, now: Time) {
        if let Some(healing) = self.healing.take_if(|healing| healing.unhealed == 0) {
            self.tally.healing.0 += now.since(healing.since).secs();
            self.tally.healing.1 += 1;
        }
    }
}
