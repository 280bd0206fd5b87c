//! Flows in progress: their max-min fair rates, the bytes they have left, and when they finish.
//!
//! Knows nothing of requests or events: it is told the time of every change and asked when the
//! next flow finishes. Changes at one instant are solved once, when the time is next asked for
//! ([`Sharing::settle`]); what must come out says [`max_min_rates`](super::max_min_rates). A flow
//! that goes on with more bytes ([`Sharing::resume`]) changes nobody's rate and costs no solve.

use super::LinkId;
use super::solver::{Area, Changes, solve};
use super::tournament::Tournament;
use crate::units::{Bytes, Rate, Time};

/// A flow in progress; void after [`Sharing::remove`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlowId(u32);

impl FlowId {
    /// Small: removed flows leave their numbers to later ones.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What keeps a flow from being faster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bottleneck {
    Link(LinkId),
    Cap,
    /// It has not been given a rate yet.
    Unknown,
}

#[derive(Debug)]
pub(super) struct Flow {
    /// Links, and the flow's place among the members of each.
    pub path: Vec<(LinkId, u32)>,
    pub weight: f64,
    /// bit/s
    pub cap: f64,
    /// bit/s
    pub rate: f64,
    pub bottleneck: Bottleneck,
    pub is_live: bool,
    /// Bits that were left at `since`, a moment in nanoseconds.
    left: f64,
    since: f64,
    /// Order of starting, which decides between flows that finish at the same instant.
    order: u64,
}

#[derive(Debug, Default)]
pub(super) struct Link {
    /// bit/s
    pub capacity: f64,
    /// Sum of the members' rates.
    pub load: f64,
    /// Rate over weight of the flows whose bottleneck it is.
    pub level: f64,
    /// How many those are.
    pub bottlenecked: u32,
    /// Flows that cross it, and its place in the path of each.
    pub members: Vec<(u32, u32)>,
    /// Changes of `load` since it was last summed up anew.
    changes: u32,
}

/// After so many changes a sum of floats is formed anew, so that rounding cannot pile up.
const CHANGES_BETWEEN_SUMS: u32 = 4096;

/// All flows on a set of links.
#[derive(Debug, Default)]
pub struct Sharing {
    /// By `LinkId`.
    links: Vec<Link>,
    flows: Vec<Flow>,
    free: Vec<u32>,
    /// When each flow finishes at its rate, rounded up to the next instant.
    finishes: Tournament,
    /// The last instant at which flows finished, and the exact moment within its nanosecond.
    ///
    /// What follows from their end is accounted for from that moment on: a nanosecond lost at
    /// every end would add up.
    last_finish: (Time, f64),
    next_order: u64,
    live_count: usize,
    /// Flows when the rates were last settled, and the sum of their rates.
    settled_count: usize,
    settled_rate: f64,
    /// Of the flows that are there now.
    total_rate: f64,
    settles: u32,
    /// Since the rates were last settled: flows that started, links that lost a flow, and links
    /// that got another capacity.
    started: Vec<u32>,
    bereft: Vec<LinkId>,
    resized: Vec<LinkId>,
    area: Area,
    slots: Vec<usize>,
}

impl Sharing {
    /// `capacities`: one entry per link, by `LinkId`.
    pub fn new(capacities: &[Rate]) -> Sharing {
        let link = |rate: &Rate| Link { capacity: rate.bits_per_second(), ..Link::default() };
        Sharing { links: capacities.iter().map(link).collect(), ..Sharing::default() }
    }

    /// A flow of `size` over `path` that competes from `now` on.
    ///
    /// `path` holds each link at most once. `weight` > 0 is its share against others on the same
    /// bottleneck; `cap` is the most it can use. A flow over no links at all runs at its cap.
    pub fn start(
        &mut self,
        now: Time,
        path: &[LinkId],
        size: Bytes,
        weight: f64,
        cap: Rate,
    ) -> FlowId {
        debug_assert!(weight > 0.0, "a flow without weight would get nothing for ever");
        let slot = self.free.pop().unwrap_or(self.flows.len() as u32);
        let mut flow = Flow {
            path: Vec::new(),
            weight,
            cap: cap.bits_per_second(),
            rate: 0.0,
            bottleneck: Bottleneck::Unknown,
            is_live: true,
            left: size.bits(),
            since: self.moment(now),
            order: self.next_order,
        };
        if let Some(old) = self.flows.get_mut(slot as usize) {
            // The allocation of its path serves again.
            flow.path = std::mem::take(&mut old.path);
            flow.path.clear();
        }
        for (&link, hop) in path.iter().zip(0..) {
            let members = &mut self.links[link.index()].members;
            flow.path.push((link, members.len() as u32));
            members.push((slot, hop));
        }
        self.next_order += 1;
        self.live_count += 1;
        self.finishes.set(slot as usize, if size == Bytes::ZERO { now } else { Time::NEVER });
        match self.flows.get_mut(slot as usize) {
            Some(place) => *place = flow,
            None => self.flows.push(flow),
        }
        self.started.push(slot);
        FlowId(slot)
    }

    /// A finished flow goes on with `size` more bytes at the rate it has.
    pub fn resume(&mut self, now: Time, flow: FlowId, size: Bytes) {
        let (slot, moment) = (flow.index(), self.moment(now));
        let flow = &mut self.flows[slot];
        debug_assert!(flow.is_live && self.finishes.at(slot) == Time::NEVER);
        flow.left = size.bits();
        flow.since = moment;
        self.finishes.set(slot, instant_of(finish_moment(flow)));
    }

    /// Ends a flow, finished or not; returns the whole bytes that it had left.
    pub fn remove(&mut self, now: Time, flow: FlowId) -> Bytes {
        let left = self.left(now, flow);
        let slot = flow.index();
        debug_assert!(self.flows[slot].is_live, "a flow is removed once");
        self.finishes.set(slot, Time::NEVER);
        self.flows[slot].is_live = false;
        for hop in 0..self.flows[slot].path.len() {
            let (id, place) = self.flows[slot].path[hop];
            let link = &mut self.links[id.index()];
            link.members.swap_remove(place as usize);
            if let Some(&(moved, moved_hop)) = link.members.get(place as usize) {
                self.flows[moved as usize].path[moved_hop as usize].1 = place;
            }
            link.load = (link.load - self.flows[slot].rate).max(0.0);
            link.bottlenecked -= u32::from(self.flows[slot].bottleneck == Bottleneck::Link(id));
            self.bereft.push(id);
        }
        self.total_rate = (self.total_rate - self.flows[slot].rate).max(0.0);
        self.free.push(slot as u32);
        self.live_count -= 1;
        left
    }

    /// The capacity of `link` from the next settling on; zero stalls its flows.
    pub fn set_capacity(&mut self, link: LinkId, capacity: Rate) {
        self.links[link.index()].capacity = capacity.bits_per_second();
        self.resized.push(link);
    }

    /// Whole bytes that `flow` has left at `now`, rounded up.
    pub fn left(&self, now: Time, flow: FlowId) -> Bytes {
        let flow = &self.flows[flow.index()];
        let bits = flow.left_at(self.moment(now));
        // What is below a millionth of a byte is rounding.
        Bytes::new((bits / 8.0 - 1e-6).max(0.0).ceil() as u64)
    }

    /// The rate of `flow` since the last settled change.
    pub fn rate(&self, flow: FlowId) -> Rate {
        Rate::from_bits_per_second(self.flows[flow.index()].rate)
    }

    /// Sum of all rates at the last settled change.
    pub fn settled_rate(&self) -> Rate {
        Rate::from_bits_per_second(self.settled_rate)
    }

    /// The same without the flows that have ended since.
    pub fn total_rate(&self) -> Rate {
        Rate::from_bits_per_second(self.total_rate)
    }

    /// How many flows there were at the last settled change.
    pub fn flow_count(&self) -> usize {
        self.settled_count
    }

    /// Whether something has changed since the rates were settled.
    pub fn is_stale(&self) -> bool {
        !(self.started.is_empty() && self.bereft.is_empty() && self.resized.is_empty())
    }

    /// Settles what has changed at `now`; call before time moves on.
    pub fn settle(&mut self, now: Time) {
        if !self.is_stale() {
            return;
        }
        let changes =
            Changes { started: &self.started, bereft: &self.bereft, resized: &self.resized };
        let mut area = std::mem::take(&mut self.area);
        solve(&mut area, &self.links, &self.flows, &changes);
        self.apply(now, &area);
        self.area = area;
        self.started.clear();
        self.bereft.clear();
        self.resized.clear();
        self.settled_count = self.live_count;
        self.settled_rate = self.total_rate;
    }

    /// When the next flow finishes; `NEVER` when none will. Changes must be settled.
    pub fn next_finish(&self) -> Time {
        debug_assert!(!self.is_stale(), "changes are settled before time moves on");
        self.finishes.least()
    }

    /// Writes the flows that are finished at `now` into `finished`, in the order of their start.
    ///
    /// They keep their share until they are resumed or removed.
    pub fn take_finished(&mut self, now: Time, finished: &mut Vec<FlowId>) {
        finished.clear();
        self.finishes.up_to(now, &mut self.slots);
        let mut moment = f64::NEG_INFINITY;
        for &slot in &self.slots {
            self.finishes.set(slot, Time::NEVER);
            let flow = &mut self.flows[slot];
            moment = moment.max(finish_moment(flow));
            flow.left = 0.0;
            finished.push(FlowId(slot as u32));
        }
        if moment.is_finite() {
            self.last_finish = (now, moment.min(now.nanos() as f64));
        }
        finished.sort_unstable_by_key(|flow| self.flows[flow.index()].order);
    }

    /// The moment in nanoseconds that changes at `now` belong to.
    fn moment(&self, now: Time) -> f64 {
        let (instant, moment) = self.last_finish;
        if instant == now && now > Time::ZERO { moment } else { now.nanos() as f64 }
    }

    /// Moves the flows of the solved area to their new rates.
    fn apply(&mut self, now: Time, area: &Area) {
        let moment = self.moment(now);
        for &(slot, rate, bottleneck) in area.rates() {
            let flow = &mut self.flows[slot as usize];
            if let Bottleneck::Link(link) = flow.bottleneck {
                self.links[link.index()].bottlenecked -= 1;
            }
            flow.bottleneck = bottleneck;
            if let Bottleneck::Link(link) = bottleneck {
                let link = &mut self.links[link.index()];
                link.bottlenecked += 1;
                link.level = rate / flow.weight;
            }
            // An unchanged rate keeps its finish exact instead of being rounded anew.
            if rate != flow.rate {
                self.total_rate += rate - flow.rate;
                for &(link, _) in &flow.path {
                    let link = &mut self.links[link.index()];
                    link.load += rate - flow.rate;
                    link.changes += 1;
                }
                flow.left = flow.left_at(moment);
                flow.since = moment;
                flow.rate = rate;
                self.finishes.set(slot as usize, instant_of(finish_moment(flow)));
            }
        }
        for &link in area.links() {
            let link = &mut self.links[link.index()];
            if link.changes >= CHANGES_BETWEEN_SUMS || area.is_small(link) {
                link.changes = 0;
                let rate = |&(slot, _): &(u32, u32)| self.flows[slot as usize].rate;
                link.load = link.members.iter().map(rate).sum();
            }
            debug_assert!(
                link.load <= link.capacity * (1.0 + 1e-9) + 1e-3,
                "a link carries {} of {} bit/s",
                link.load,
                link.capacity
            );
        }
        self.settles += 1;
        if self.settles.is_multiple_of(CHANGES_BETWEEN_SUMS) || self.live_count == 0 {
            let live = self.flows.iter().filter(|flow| flow.is_live);
            self.total_rate = live.map(|flow| flow.rate).sum();
        }
    }
}

impl Flow {
    fn left_at(&self, moment: f64) -> f64 {
        (self.left - self.rate * (moment - self.since) * 1e-9).max(0.0)
    }
}

/// In nanoseconds; infinite when it never finishes at its rate.
fn finish_moment(flow: &Flow) -> f64 {
    if flow.left <= 0.0 { flow.since } else { flow.since + flow.left / flow.rate * 1e9 }
}

/// Rounded up, so that at its event nothing is left to send.
fn instant_of(moment: f64) -> Time {
    // The cast saturates: what is infinite is never.
    Time::from_nanos(moment.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn megabit(count: f64) -> Rate {
        Rate::from_bits_per_second(count * 1e6)
    }

    /// Runs until all flows are finished; returns (flow, seconds) in the order of finishing.
    fn drain(sharing: &mut Sharing, mut now: Time) -> Vec<(FlowId, f64)> {
        let mut finishes = Vec::new();
        let mut finished = Vec::new();
        loop {
            sharing.settle(now);
            now = sharing.next_finish();
            if now == Time::NEVER {
                return finishes;
            }
            sharing.take_finished(now, &mut finished);
            for &flow in &finished {
                finishes.push((flow, now.secs()));
                sharing.remove(now, flow);
            }
        }
    }

    #[test]
    fn a_later_flow_slows_the_earlier_one_while_both_are_there() {
        let mut sharing = Sharing::new(&[megabit(8.0)]);
        let path = [LinkId(0)];
        let cap = Rate::from_bits_per_second(f64::INFINITY);
        let first = sharing.start(Time::ZERO, &path, Bytes::new(2_000_000), 1.0, cap);
        sharing.settle(Time::ZERO);
        // After 1 s the first has 1 MB left; from then on each gets 4 Mbit/s, 0.5 MB/s.
        let second = sharing.start(Time::from_secs(1.0), &path, Bytes::new(500_000), 1.0, cap);
        let finishes = drain(&mut sharing, Time::from_secs(1.0));
        // The second ends at 2 s; the first then has 0.5 MB left at 1 MB/s.
        assert_eq!(finishes, [(second, 2.0), (first, 2.5)]);
    }

    #[test]
    fn a_link_at_zero_stalls_and_goes_on() {
        let mut sharing = Sharing::new(&[megabit(8.0)]);
        let cap = Rate::from_bits_per_second(f64::INFINITY);
        let flow = sharing.start(Time::ZERO, &[LinkId(0)], Bytes::new(1_000_000), 1.0, cap);
        sharing.settle(Time::ZERO);
        sharing.set_capacity(LinkId(0), Rate::ZERO);
        sharing.settle(Time::from_secs(0.5));
        assert_eq!(sharing.next_finish(), Time::NEVER);
        sharing.set_capacity(LinkId(0), megabit(4.0));
        // Half a megabyte is left at 0.5 MB/s.
        assert_eq!(drain(&mut sharing, Time::from_secs(3.0)), [(flow, 4.0)]);
    }

    #[test]
    fn a_resumed_flow_goes_on_at_its_rate() {
        let mut sharing = Sharing::new(&[megabit(8.0)]);
        let cap = Rate::from_bits_per_second(f64::INFINITY);
        let flow = sharing.start(Time::ZERO, &[LinkId(0)], Bytes::new(1_000_000), 1.0, cap);
        sharing.settle(Time::ZERO);
        let mut finished = Vec::new();
        let now = sharing.next_finish();
        sharing.take_finished(now, &mut finished);
        assert_eq!(finished, [flow]);
        sharing.resume(now, flow, Bytes::new(2_000_000));
        assert_eq!(sharing.next_finish(), Time::from_secs(3.0));
        assert_eq!(sharing.left(Time::from_secs(2.0), flow), Bytes::new(1_000_000));
    }

    #[test]
    fn an_empty_flow_finishes_at_once() {
        let mut sharing = Sharing::new(&[megabit(1.0)]);
        let now = Time::from_secs(2.0);
        let flow = sharing.start(now, &[LinkId(0)], Bytes::ZERO, 1.0, megabit(1.0));
        assert_eq!(drain(&mut sharing, now), [(flow, 2.0)]);
    }
}
