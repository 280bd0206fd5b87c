//! Flows in progress: their max-min fair rates, the bytes they have left, and when they finish.
//!
//! Knows nothing of requests or events: it is told the time of every change and asked when the
//! next flow finishes. Changes at one instant are solved once, when the time is next asked for.
//! A flow that goes on with more bytes ([`Sharing::resume`]) changes nobody's rate and costs no
//! solve at all.
//!
//! The solve is progressive filling ([`max_min_rates`](super::max_min_rates) says what must come
//! out) with the links in a heap by the level at which they fill: O(path lengths + links log
//! links) a solve, all flows each time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::LinkId;
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

#[derive(Debug)]
struct Flow {
    path: Vec<LinkId>,
    weight: f64,
    cap: f64,
    /// bit/s
    rate: f64,
    /// Bits that were left at `since`.
    left: f64,
    since: Time,
    /// Order of starting, which decides between flows that finish at the same instant.
    order: u64,
    is_live: bool,
}

/// All flows on a set of links.
#[derive(Debug, Default)]
pub struct Sharing {
    /// bit/s by `LinkId`.
    capacities: Vec<f64>,
    flows: Vec<Flow>,
    free: Vec<u32>,
    /// When each flow finishes at its rate, by flow; `NEVER` for finished, stalled and free ones.
    finishes: Vec<Time>,
    /// Flows on each link, by `LinkId`; a removed flow's place is taken by the last.
    members: Vec<Vec<u32>>,
    /// Links with members.
    busy: Vec<LinkId>,
    next_order: u64,
    live_count: usize,
    total_rate: f64,
    /// Flows when the rates were last settled.
    settled_count: usize,
    is_stale: bool,
    /// Of `finishes`, when it is known.
    earliest: Option<Time>,
    filling: Filling,
}

/// Scratch of a solve, kept to spare allocations. By `LinkId` or by flow.
#[derive(Debug, Default)]
struct Filling {
    left: Vec<f64>,
    weight: Vec<f64>,
    unfrozen: Vec<u32>,
    rates: Vec<f64>,
    by_cap: Vec<(f64, u32)>,
    links: BinaryHeap<Reverse<(Level, u32)>>,
}

/// A finite, non-negative level with a total order.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Level(f64);

impl Eq for Level {}

impl PartialOrd for Level {
    fn partial_cmp(&self, other: &Level) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Level {
    fn cmp(&self, other: &Level) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Sharing {
    /// `capacities`: one entry per link, by `LinkId`.
    pub fn new(capacities: &[Rate]) -> Sharing {
        Sharing {
            capacities: capacities.iter().map(|c| c.bits_per_second()).collect(),
            members: vec![Vec::new(); capacities.len()],
            ..Sharing::default()
        }
    }

    /// A flow of `size` over `path` that competes from `now` on.
    ///
    /// `weight` > 0 is its share against others on the same bottleneck; `cap` is the most it can
    /// use. A flow over no links at all runs at its cap.
    pub fn start(
        &mut self,
        now: Time,
        path: &[LinkId],
        size: Bytes,
        weight: f64,
        cap: Rate,
    ) -> FlowId {
        debug_assert!(weight > 0.0, "a flow without weight would get nothing for ever");
        let slot = self.free.pop().unwrap_or_else(|| {
            self.flows.push(Flow {
                path: Vec::new(),
                weight: 1.0,
                cap: 0.0,
                rate: 0.0,
                left: 0.0,
                since: now,
                order: 0,
                is_live: false,
            });
            self.finishes.push(Time::NEVER);
            (self.flows.len() - 1) as u32
        });
        let flow = &mut self.flows[slot as usize];
        flow.path.clear();
        flow.path.extend_from_slice(path);
        flow.weight = weight;
        flow.cap = cap.bits_per_second();
        flow.rate = 0.0;
        flow.left = size.bits();
        flow.since = now;
        flow.order = self.next_order;
        flow.is_live = true;
        self.next_order += 1;
        self.live_count += 1;
        self.finishes[slot as usize] = if size == Bytes::ZERO { now } else { Time::NEVER };
        for &link in path {
            let members = &mut self.members[link.index()];
            if members.is_empty() {
                self.busy.push(link);
            }
            members.push(slot);
        }
        self.is_stale = true;
        FlowId(slot)
    }

    /// A finished flow goes on with `size` more bytes at the rate it has.
    pub fn resume(&mut self, now: Time, flow: FlowId, size: Bytes) {
        let slot = flow.0 as usize;
        let flow = &mut self.flows[slot];
        debug_assert!(flow.is_live && self.finishes[slot] == Time::NEVER);
        flow.left = size.bits();
        flow.since = now;
        self.finishes[slot] = finish_time(flow);
        self.earliest = None;
    }

    /// Ends a flow, finished or not; returns the whole bytes that it had left.
    pub fn remove(&mut self, now: Time, flow: FlowId) -> Bytes {
        let left = self.left(now, flow);
        let slot = flow.0;
        let flow = &mut self.flows[slot as usize];
        debug_assert!(flow.is_live, "a flow is removed once");
        flow.is_live = false;
        self.finishes[slot as usize] = Time::NEVER;
        let path = std::mem::take(&mut flow.path);
        for &link in &path {
            let members = &mut self.members[link.index()];
            let place = members
                .iter()
                .position(|&member| member == slot)
                .expect("a live flow is a member of each link on its path");
            members.swap_remove(place);
            if members.is_empty() {
                self.busy.retain(|&busy| busy != link);
            }
        }
        self.flows[slot as usize].path = path;
        self.free.push(slot);
        self.live_count -= 1;
        self.is_stale = true;
        left
    }

    /// The capacity of `link` from `now` on; zero stalls its flows.
    pub fn set_capacity(&mut self, link: LinkId, capacity: Rate) {
        self.capacities[link.index()] = capacity.bits_per_second();
        self.is_stale = true;
    }

    /// Whole bytes that `flow` has left at `now`, rounded up.
    pub fn left(&self, now: Time, flow: FlowId) -> Bytes {
        let flow = &self.flows[flow.0 as usize];
        let bits = flow.left - flow.rate * now.since(flow.since).secs();
        // A flow that is finished has lost its last fraction of a bit to rounding.
        Bytes::new((bits.max(0.0) / 8.0 - 1e-6).max(0.0).ceil() as u64)
    }

    /// The rate of `flow` since the last settled change.
    pub fn rate(&self, flow: FlowId) -> Rate {
        Rate::from_bits_per_second(self.flows[flow.0 as usize].rate)
    }

    /// Sum of all rates since the last settled change.
    pub fn total_rate(&self) -> Rate {
        Rate::from_bits_per_second(self.total_rate)
    }

    /// How many flows there were at the last settled change.
    pub fn flow_count(&self) -> usize {
        self.settled_count
    }

    /// Whether something has changed since the rates were settled.
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Settles what has changed at `now`; call before time moves on.
    pub fn settle(&mut self, now: Time) {
        if std::mem::take(&mut self.is_stale) {
            self.fill();
            self.apply(now);
        }
    }

    /// When the next flow finishes; `NEVER` when none will. Changes must be settled.
    pub fn next_finish(&mut self) -> Time {
        debug_assert!(!self.is_stale, "changes are settled before time moves on");
        let finishes = &self.finishes;
        *self.earliest.get_or_insert_with(|| finishes.iter().copied().min().unwrap_or(Time::NEVER))
    }

    /// Writes the flows that are finished at `now` into `finished`, in the order of their start.
    ///
    /// They keep their share until they are resumed or removed.
    pub fn take_finished(&mut self, now: Time, finished: &mut Vec<FlowId>) {
        finished.clear();
        self.earliest = None;
        for (slot, finish) in self.finishes.iter_mut().enumerate() {
            if *finish <= now {
                *finish = Time::NEVER;
                self.flows[slot].left = 0.0;
                self.flows[slot].since = now;
                finished.push(FlowId(slot as u32));
            }
        }
        finished.sort_unstable_by_key(|flow| self.flows[flow.0 as usize].order);
    }

    /// Progressive filling: writes each live flow's rate into the scratch.
    fn fill(&mut self) {
        let filling = &mut self.filling;
        filling.left.resize(self.capacities.len(), 0.0);
        filling.weight.resize(self.capacities.len(), 0.0);
        filling.unfrozen.resize(self.capacities.len(), 0);
        filling.rates.clear();
        filling.rates.resize(self.flows.len(), f64::NAN);
        filling.links.clear();
        filling.by_cap.clear();
        for &link in &self.busy {
            let members = &self.members[link.index()];
            let weight: f64 = members.iter().map(|&slot| self.flows[slot as usize].weight).sum();
            filling.left[link.index()] = self.capacities[link.index()];
            filling.weight[link.index()] = weight;
            filling.unfrozen[link.index()] = members.len() as u32;
            filling.links.push(Reverse((Level(self.capacities[link.index()] / weight), link.0)));
        }
        for (slot, flow) in self.flows.iter().enumerate() {
            if flow.is_live && (flow.cap.is_finite() || flow.path.is_empty()) {
                filling.by_cap.push((flow.cap / flow.weight, slot as u32));
            }
        }
        filling.by_cap.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));

        loop {
            let full = filling.links.peek().map(|&Reverse((level, link))| (level.0, link));
            let capped = filling.by_cap.last().copied();
            match (full, capped) {
                (None, None) => break,
                (full, Some((level, slot))) if full.is_none_or(|(full, _)| level <= full) => {
                    filling.by_cap.pop();
                    if filling.rates[slot as usize].is_nan() {
                        filling.freeze(&self.flows, slot, self.flows[slot as usize].cap);
                    }
                }
                (Some((level, link)), _) => {
                    filling.links.pop();
                    let index = link as usize;
                    if filling.unfrozen[index] == 0 {
                        continue;
                    }
                    // Flows frozen elsewhere have left more for the rest: try again later.
                    let present = filling.left[index].max(0.0) / filling.weight[index];
                    if present > level {
                        filling.links.push(Reverse((Level(present), link)));
                        continue;
                    }
                    for &slot in &self.members[index] {
                        if filling.rates[slot as usize].is_nan() {
                            let rate = level * self.flows[slot as usize].weight;
                            filling.freeze(&self.flows, slot, rate);
                        }
                    }
                }
                (None, Some(_)) => unreachable!("a cap without a fuller link is taken above"),
            }
        }
    }

    /// Moves every live flow to its new rate.
    fn apply(&mut self, now: Time) {
        self.total_rate = 0.0;
        self.settled_count = self.live_count;
        self.earliest = None;
        for (slot, flow) in self.flows.iter_mut().enumerate() {
            if !flow.is_live {
                continue;
            }
            let rate = self.filling.rates[slot];
            self.total_rate += rate;
            // An unchanged rate keeps its finish exact instead of being rounded anew.
            if rate != flow.rate {
                flow.left = (flow.left - flow.rate * now.since(flow.since).secs()).max(0.0);
                flow.since = now;
                flow.rate = rate;
                self.finishes[slot] = finish_time(flow);
            }
        }
        #[cfg(debug_assertions)]
        self.check_capacities();
    }

    #[cfg(debug_assertions)]
    fn check_capacities(&self) {
        for &link in &self.busy {
            let members = &self.members[link.index()];
            let load: f64 = members.iter().map(|&slot| self.flows[slot as usize].rate).sum();
            let capacity = self.capacities[link.index()];
            assert!(load <= capacity * (1.0 + 1e-9), "{link:?} carries {load} of {capacity} bit/s");
        }
    }
}

impl Filling {
    fn freeze(&mut self, flows: &[Flow], slot: u32, rate: f64) {
        let flow = &flows[slot as usize];
        self.rates[slot as usize] = rate;
        for link in &flow.path {
            self.left[link.index()] -= rate;
            self.weight[link.index()] -= flow.weight;
            self.unfrozen[link.index()] -= 1;
        }
    }
}

/// Rounded up, so that at its event nothing is left to send.
fn finish_time(flow: &Flow) -> Time {
    if flow.left <= 0.0 {
        return flow.since;
    }
    if flow.rate <= 0.0 {
        return Time::NEVER;
    }
    let nanos = (flow.left / flow.rate * 1e9).ceil();
    Time::from_nanos(flow.since.nanos().saturating_add(nanos as u64))
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
