//! Max-min fair rates where something has changed, and only as far as the change reaches.
//!
//! A flow is fairly served exactly when it has a bottleneck: a full link on which nobody has more
//! for his weight, or its own cap (Bertsekas and Gallager, Data Networks, 6.5.2). So it is enough
//! to find new rates for some flows, the *area*, such that every flow in and around it has a
//! bottleneck:
//!
//! 1. The area begins with the flows that have started.
//! 2. Progressive filling gives its flows rates, on what the flows outside leave of each link.
//! 3. A link that the area touches is *upset* when flows outside of the area have lost their
//!    bottleneck there (it is full no more, or somebody in the area has more for his weight), or
//!    when a flow of the area has its bottleneck there although somebody outside has more. All
//!    flows of an upset link join the area, and step 2 is done again.
//!
//! It ends, because each round adds a link, at the latest with everything; then it is progressive
//! filling of everything. Its result is the fair one, which is unique. Cost: the flows that share
//! a link with a flow whose rate changes, some rounds of them; not all that exist.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::LinkId;
use super::flow::{Bottleneck, Flow, Link};
use super::level::Level;

/// Relative difference below which two levels are the same; far above what rounding does to sums
/// of a million rates, far below the 1e-9 that results are held to.
const TOLERANCE: f64 = 1e-11;

/// A link with at most so many members is summed up anew whenever it is touched.
const FEW_MEMBERS: usize = 16;

/// The flows to be solved and the links they touch, with scratch of the solve.
#[derive(Debug, Default)]
pub(super) struct Area {
    /// Flow, new rate, new bottleneck.
    rates: Vec<(u32, f64, Bottleneck)>,
    /// Touched by the area or by a change.
    links: Vec<LinkId>,
    /// Where each flow stands in `rates`; `u32::MAX` when it is not in the area. By flow.
    places: Vec<u32>,
    /// By `LinkId`.
    states: Vec<LinkState>,
    /// Links by the level at which they fill, and capped flows by the level of their cap.
    filling: BinaryHeap<Reverse<(Level, u32)>>,
    caps: Vec<(f64, u32)>,
    upset: Vec<LinkId>,
}

/// What the solve knows of a touched link.
#[derive(Debug, Default)]
struct LinkState {
    is_touched: bool,
    /// All its flows are in the area.
    is_inside: bool,
    /// Flows of the area that cross it, as places in `rates`.
    flows: Vec<u32>,
    /// Sum of their old rates, and how many have their old bottleneck here.
    old_load: f64,
    old_bottlenecked: u32,
    /// What is left for the flows that are not frozen, their weight and number.
    left: f64,
    weight: f64,
    unfrozen: u32,
}

impl Area {
    /// Flow, new rate in bit/s, new bottleneck.
    pub fn rates(&self) -> &[(u32, f64, Bottleneck)] {
        &self.rates
    }

    pub fn links(&self) -> &[LinkId] {
        &self.links
    }

    pub fn is_small(&self, link: &Link) -> bool {
        link.members.len() <= FEW_MEMBERS
    }

    fn clear(&mut self, links: usize, flows: usize) {
        for &(slot, ..) in &self.rates {
            self.places[slot as usize] = u32::MAX;
        }
        for link in self.links.drain(..) {
            let state = &mut self.states[link.index()];
            let mut flows = std::mem::take(&mut state.flows);
            flows.clear();
            *state = LinkState { flows, ..LinkState::default() };
        }
        self.rates.clear();
        self.places.resize(flows, u32::MAX);
        self.states.resize_with(links, LinkState::default);
    }

    fn touch(&mut self, link: LinkId) {
        let state = &mut self.states[link.index()];
        if !std::mem::replace(&mut state.is_touched, true) {
            self.links.push(link);
        }
    }

    fn join(&mut self, slot: u32, flow: &Flow) {
        // A member of a class is not seen by itself.
        let is_member = flow.class.is_some() && !flow.is_class;
        if !flow.is_live || is_member || self.places[slot as usize] != u32::MAX {
            return;
        }
        let place = self.rates.len() as u32;
        self.places[slot as usize] = place;
        self.rates.push((slot, f64::NAN, Bottleneck::Unknown));
        for &(link, _) in &flow.path {
            self.touch(link);
            let state = &mut self.states[link.index()];
            state.flows.push(place);
            state.old_load += flow.rate;
            state.old_bottlenecked += u32::from(flow.bottleneck == Bottleneck::Link(link));
        }
    }

    /// All flows of a link join.
    fn take_in(&mut self, id: LinkId, link: &Link, flows: &[Flow]) {
        self.touch(id);
        self.states[id.index()].is_inside = true;
        for &(slot, _) in &link.members {
            self.join(slot, &flows[slot as usize]);
        }
    }

    /// The area that `changes` begin with.
    pub fn begin(&mut self, links: &[Link], flows: &[Flow], changes: &Changes<'_>) {
        self.clear(links.len(), flows.len());
        for &slot in changes.started {
            self.join(slot, &flows[slot as usize]);
        }
        for &id in changes.bereft {
            self.touch(id);
        }
        for &id in changes.resized {
            self.take_in(id, &links[id.index()], flows);
        }
    }

    /// Finds the rates of the area, which grows as far as they reach.
    pub fn solve(&mut self, links: &[Link], flows: &[Flow]) {
        loop {
            self.fill(links, flows);
            let mut upset = std::mem::take(&mut self.upset);
            upset.clear();
            let is_upset = |id: &&LinkId| self.is_upset(**id, &links[id.index()], flows);
            upset.extend(self.links.iter().filter(is_upset));
            for &id in &upset {
                self.take_in(id, &links[id.index()], flows);
            }
            let is_settled = upset.is_empty();
            self.upset = upset;
            if is_settled {
                return;
            }
        }
    }

    /// Progressive filling of the area's flows.
    fn fill(&mut self, links: &[Link], flows: &[Flow]) {
        self.filling.clear();
        self.caps.clear();
        for (place, entry) in self.rates.iter_mut().enumerate() {
            let flow = &flows[entry.0 as usize];
            entry.1 = f64::NAN;
            entry.2 = Bottleneck::Unknown;
            if flow.cap.is_finite() || flow.path.is_empty() {
                self.caps.push((flow.cap / flow.weight, place as u32));
            }
        }
        // The least level last, to be popped first; equals in the order of the flows.
        self.caps.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        for &id in &self.links {
            let (link, state) = (&links[id.index()], &mut self.states[id.index()]);
            let outside = if state.is_inside { 0.0 } else { link.load - state.old_load };
            state.left = (link.capacity - outside.max(0.0)).max(0.0);
            let weight_of = |&place: &u32| flows[self.rates[place as usize].0 as usize].weight;
            state.weight = state.flows.iter().map(weight_of).sum();
            state.unfrozen = state.flows.len() as u32;
            if state.unfrozen > 0 {
                self.filling.push(Reverse((Level(state.left / state.weight), id.0)));
            }
        }
        loop {
            let full = self.filling.peek().map(|&Reverse((level, link))| (level.0, link));
            let capped = self.caps.last().copied();
            match (full, capped) {
                (None, None) => return,
                (full, Some((level, place))) if full.is_none_or(|(full, _)| level <= full) => {
                    self.caps.pop();
                    if self.rates[place as usize].1.is_nan() {
                        let cap = flows[self.rates[place as usize].0 as usize].cap;
                        self.freeze(flows, place, cap, Bottleneck::Cap);
                    }
                }
                (Some((level, link)), _) => {
                    self.filling.pop();
                    self.fill_link(flows, LinkId(link), level);
                }
                (None, Some(_)) => unreachable!("a cap below no link is taken above"),
            }
        }
    }

    /// `link` is the next to fill, unless flows frozen meanwhile have left it more room.
    fn fill_link(&mut self, flows: &[Flow], link: LinkId, level: f64) {
        let state = &self.states[link.index()];
        if state.unfrozen == 0 {
            return;
        }
        let present = state.left.max(0.0) / state.weight;
        if present > level {
            self.filling.push(Reverse((Level(present), link.0)));
            return;
        }
        for index in 0..self.states[link.index()].flows.len() {
            let place = self.states[link.index()].flows[index];
            let (slot, rate, _) = self.rates[place as usize];
            if rate.is_nan() {
                let rate = present * flows[slot as usize].weight;
                self.freeze(flows, place, rate, Bottleneck::Link(link));
            }
        }
    }

    fn freeze(&mut self, flows: &[Flow], place: u32, rate: f64, bottleneck: Bottleneck) {
        let entry = &mut self.rates[place as usize];
        let flow = &flows[entry.0 as usize];
        entry.1 = rate;
        entry.2 = bottleneck;
        for &(link, _) in &flow.path {
            let state = &mut self.states[link.index()];
            state.left -= rate;
            state.weight -= flow.weight;
            state.unfrozen -= 1;
        }
    }

    /// Whether a flow has no bottleneck any more because of what happened on `link`.
    fn is_upset(&self, id: LinkId, link: &Link, flows: &[Flow]) -> bool {
        let state = &self.states[id.index()];
        if state.is_inside || link.members.is_empty() {
            return false;
        }
        let mut load = (link.load - state.old_load).max(0.0);
        let mut highest: f64 = 0.0;
        let mut least_bottlenecked = f64::INFINITY;
        for &place in &state.flows {
            let (slot, rate, bottleneck) = self.rates[place as usize];
            let level = rate / flows[slot as usize].weight;
            load += rate;
            highest = highest.max(level);
            if bottleneck == Bottleneck::Link(id) {
                least_bottlenecked = least_bottlenecked.min(level);
            }
        }
        if load > link.capacity * (1.0 + TOLERANCE) {
            return true;
        }
        if link.bottlenecked > state.old_bottlenecked {
            let is_full = load >= link.capacity * (1.0 - TOLERANCE);
            !is_full
                || highest > link.level * (1.0 + TOLERANCE)
                || least_bottlenecked < link.level * (1.0 - TOLERANCE)
        } else {
            least_bottlenecked.is_finite() && link.members.len() > state.flows.len()
        }
    }
}

/// What has happened since the last solve.
pub(super) struct Changes<'c> {
    /// Flows that have started; some may have ended again.
    pub started: &'c [u32],
    /// Links that have lost a flow.
    pub bereft: &'c [LinkId],
    /// Links that have got another capacity.
    pub resized: &'c [LinkId],
}

#[cfg(test)]
mod tests {
    use super::super::{Bottleneck, FlowDemand, LinkId, Sharing, max_min_rates};
    use crate::random::Key;
    use crate::units::{Bytes, Rate, Time};

    /// Random starts, ends and changes of capacity; after each the rates must be those of the
    /// oracle.
    fn agrees_with_the_oracle(instance: u64) {
        let mut draws = Key::root(instance, 0).text("sharing").stream();
        let link_count = 1 + draws.below(12);
        // Few different capacities make ties, where solvers go wrong first.
        let capacity = |draws: &mut crate::random::Stream| match draws.below(8) {
            0 => 0.0,
            choice if choice < 5 => 1e6 * choice as f64,
            _ => 1e6 * (0.1 + 9.9 * draws.uniform()),
        };
        let mut capacities: Vec<f64> = (0..link_count).map(|_| capacity(&mut draws)).collect();
        let rates: Vec<Rate> = capacities.iter().map(|&c| Rate::from_bits_per_second(c)).collect();
        let mut sharing =
            Sharing::with_crowd(&rates, 2 + draws.below(6) as u32, draws.below(3) as u32);
        let mut flows: Vec<(super::super::FlowId, Vec<LinkId>, f64, f64)> = Vec::new();
        for step in 0..30 {
            let now = Time::from_secs(f64::from(step));
            for _ in 0..1 + draws.below(3) {
                match draws.below(5) {
                    0 | 1 if !flows.is_empty() => {
                        let (flow, ..) = flows.swap_remove(draws.below(flows.len()));
                        sharing.remove(now, flow);
                    }
                    2 if draws.below(3) == 0 => {
                        let link = draws.below(link_count);
                        capacities[link] = capacity(&mut draws);
                        let rate = Rate::from_bits_per_second(capacities[link]);
                        sharing.set_capacity(now, LinkId(link as u32), rate);
                    }
                    _ => {
                        let mut path: Vec<LinkId> = (0..link_count as u32).map(LinkId).collect();
                        draws.shuffle(&mut path);
                        path.truncate(1 + draws.below(8.min(link_count)));
                        let weight = if draws.below(2) == 0 { 1.0 } else { 0.1 + draws.uniform() };
                        let cap = match draws.below(4) {
                            0 => 2e6 * draws.uniform(),
                            _ => f64::INFINITY,
                        };
                        let rate = Rate::from_bits_per_second(cap);
                        let size = Bytes::new(1_000_000_000_000);
                        let flow = sharing.start(now, &path, size, weight, rate);
                        flows.push((flow, path, weight, cap));
                    }
                }
            }
            sharing.settle(now);
            let demands: Vec<FlowDemand<'_>> = flows
                .iter()
                .map(|(_, path, weight, cap)| FlowDemand { path, weight: *weight, cap: *cap })
                .collect();
            let expected = max_min_rates(&capacities, &demands);
            for ((flow, path, _, cap), expected) in flows.iter().zip(expected) {
                let found = sharing.rate(*flow).bits_per_second();
                assert!(
                    (found - expected).abs() <= 1e-9 * expected.max(1.0),
                    "instance {instance}, step {step}: {found} for {expected} bit/s"
                );
                let is_limited = match sharing.bottleneck(*flow) {
                    Bottleneck::Link(link) => path.contains(&link),
                    Bottleneck::Cap => found >= cap * (1.0 - 1e-9),
                    Bottleneck::Unknown => false,
                };
                assert!(is_limited, "instance {instance}, step {step}: {found} of {cap} bit/s");
            }
        }
    }

    #[test]
    fn rates_equal_those_of_plain_progressive_filling() {
        // A longer run by HUBMESH_ORACLE_INSTANCES=100000.
        let instances = std::env::var("HUBMESH_ORACLE_INSTANCES").ok();
        let instances = instances.and_then(|text| text.parse().ok()).unwrap_or(10_000);
        (0..instances).for_each(agrees_with_the_oracle);
    }
}
