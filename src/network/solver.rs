//! Max-min fair rates where something has changed, and only as far as the change reaches.
//!
//! A flow is fairly served exactly when it has a bottleneck: a full link on which nobody has more
//! for his weight, or its own cap (Bertsekas and Gallager, Data Networks, 6.5.2). So it is enough
//! to find new rates for some flows, the *area*, such that every flow in and around it has a
//! bottleneck:
//!
//! 1. The area begins with the flows that have started, and those that must feel it at once.
//! 2. Progressive filling gives its flows rates, on what the flows outside leave of each link.
//! 3. A link that the area touches is *upset* when flows outside of the area have lost their
//!    bottleneck there (it is full no more, or somebody in the area has more for his weight), or
//!    when a flow of the area has its bottleneck there although somebody outside has more. Those
//!    that lost their bottleneck and those that have more join the area, and step 2 is done again.
//!
//! It ends, because each round adds a flow, at the latest with everything; then it is progressive
//! filling of everything. Its result is the fair one, which is unique. Cost: the flows that share
//! a link with a flow whose rate changes, some rounds of them; not all that exist. What the rounds
//! need of flows and links is copied into the area when they join, so that they run over memory
//! that lies together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::LinkId;
use super::flow::{Flow, Limit, Link, NOWHERE};
use super::level::Level;

/// Relative difference below which two levels are the same; far above what rounding does to sums
/// of a million rates, far below the 1e-9 that results are held to.
const TOLERANCE: f64 = 1e-11;

/// Up to so many links the next one to fill is looked for among all; beyond, in a heap.
const FEW_LINKS: usize = 48;

/// No further hop.
const END: u32 = u32::MAX;

/// The flows to be solved and the links they touch.
#[derive(Debug, Default)]
pub(super) struct Area {
    flows: Vec<AreaFlow>,
    links: Vec<AreaLink>,
    /// Paths of the flows, one after another; those on one link are chained.
    hops: Vec<AreaHop>,
    /// At which level each link fills with the flows that are not frozen; infinite without any.
    levels: Vec<f64>,
    /// The same in order, when there are many; the levels in it may be older and lower.
    filling: BinaryHeap<Filling>,
}

/// A flow of the area.
#[derive(Debug)]
pub(super) struct AreaFlow {
    pub slot: u32,
    pub is_class: bool,
    /// What limits it.
    pub limit: Limit,
    /// The new rate, bit/s; negative until it is frozen.
    pub rate: f64,
    /// The new rate over weight.
    pub level: f64,
    weight: f64,
    cap: f64,
    first_hop: u32,
    hop_count: u32,
}

/// A link that the area or a change touches.
#[derive(Debug)]
pub(super) struct AreaLink {
    pub id: LinkId,
    pub is_crowded: bool,
    /// Flows of the area that cross it, and all that do.
    pub joined: u32,
    members: u32,
    /// Members outside of the area that have their bottleneck here, and their level.
    pub bottlenecked_outside: u32,
    level_outside: f64,
    capacity: f64,
    /// Sum of the rates outside of the area, and of the weights inside.
    outside: f64,
    weights: f64,
    first_hop: u32,
    last_hop: u32,
    /// No member outside has more for its weight than this.
    highest_outside: f64,
    /// While it fills: what is left for the flows that are not frozen, their weight and number.
    left: f64,
    weight: f64,
    unfrozen: u32,
    /// Flows of the area that have their new bottleneck here, and the least and greatest level
    /// of those and of all.
    pub bottlenecked: u32,
    pub least: f64,
    highest: f64,
    /// Sum of all new rates.
    pub load: f64,
}

#[derive(Debug)]
struct AreaHop {
    link: u32,
    flow: u32,
    /// The next one on the same link.
    next: u32,
}

/// A link and a level at which it fills, the least first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Filling(Reverse<(Level, u32)>);

impl Filling {
    fn at(level: f64, link: u32) -> Filling {
        Filling(Reverse((Level(level), link)))
    }
}

impl AreaLink {
    /// Whether all its flows are in the area.
    pub fn is_inside(&self) -> bool {
        self.joined == self.members
    }

    fn is_filled_by(&self, load: f64) -> bool {
        load >= self.capacity * (1.0 - TOLERANCE)
    }

    /// The level at which it fills with the flows that are not frozen.
    fn present_level(&self) -> f64 {
        if self.unfrozen == 0 { f64::INFINITY } else { self.left.max(0.0) / self.weight }
    }

    /// Whether flows outside have lost their bottleneck because of what happens here.
    fn upsets_outside(&self) -> bool {
        self.bottlenecked_outside > 0
            && (!self.is_filled_by(self.load)
                || self.highest > self.level_outside * (1.0 + TOLERANCE)
                || self.least < self.level_outside * (1.0 - TOLERANCE))
    }
}

impl Area {
    pub fn flows(&self) -> &[AreaFlow] {
        &self.flows
    }

    pub fn links(&self) -> &[AreaLink] {
        &self.links
    }

    /// Whether `flow` crosses a crowded link.
    pub fn is_in_crowd(&self, flow: &AreaFlow) -> bool {
        self.hops_of(flow).iter().any(|hop| self.links[hop.link as usize].is_crowded)
    }

    fn hops_of(&self, flow: &AreaFlow) -> &[AreaHop] {
        &self.hops[flow.first_hop as usize..(flow.first_hop + flow.hop_count) as usize]
    }

    /// Takes the marks of the area off the flows and links that it holds.
    pub fn unmark(&self, links: &mut [Link], flows: &mut [Flow]) {
        for flow in &self.flows {
            flows[flow.slot as usize].place_in_area = NOWHERE;
        }
        for link in &self.links {
            links[link.id.index()].mark_in_area = 0;
        }
    }

    fn touch(&mut self, id: LinkId, links: &mut [Link]) -> u32 {
        let link = &mut links[id.index()];
        if link.mark_in_area == 0 {
            self.links.push(AreaLink {
                id,
                is_crowded: link.is_crowded,
                joined: 0,
                members: link.members.len() as u32,
                bottlenecked_outside: link.bottlenecked,
                level_outside: link.level,
                capacity: link.capacity,
                outside: link.load,
                weights: 0.0,
                first_hop: END,
                last_hop: END,
                highest_outside: f64::INFINITY,
                left: 0.0,
                weight: 0.0,
                unfrozen: 0,
                bottlenecked: 0,
                least: f64::INFINITY,
                highest: 0.0,
                load: 0.0,
            });
            link.mark_in_area = self.links.len() as u32;
        }
        link.mark_in_area - 1
    }

    fn join(&mut self, slot: u32, links: &mut [Link], flows: &mut [Flow]) {
        let flow = &mut flows[slot as usize];
        // A member of a class is not seen by itself.
        if !flow.is_live || flow.member_of().is_some() || flow.place_in_area != NOWHERE {
            return;
        }
        flow.place_in_area = self.flows.len() as u32;
        let first_hop = self.hops.len() as u32;
        for hop in &flow.path {
            let place = self.touch(hop.link, links);
            let link = &mut self.links[place as usize];
            let number = self.hops.len() as u32;
            if link.first_hop == END {
                link.first_hop = number;
            } else {
                self.hops[link.last_hop as usize].next = number;
            }
            link.last_hop = number;
            link.joined += 1;
            link.outside -= flow.rate;
            link.weights += flow.weight;
            link.bottlenecked_outside -= u32::from(flow.limit == Limit::link(hop.link));
            self.hops.push(AreaHop { link: place, flow: flow.place_in_area, next: END });
        }
        self.flows.push(AreaFlow {
            slot,
            is_class: flow.is_class,
            limit: Limit::UNKNOWN,
            rate: -1.0,
            level: 0.0,
            weight: flow.weight,
            cap: flow.cap,
            first_hop,
            hop_count: flow.path.len() as u32,
        });
    }

    /// Flows of the link at `place` join: those that have their bottleneck there, and those that
    /// have more than `level` for their weight. Whether there were any.
    fn take_in(
        &mut self,
        place: usize,
        level: f64,
        links: &mut [Link],
        flows: &mut [Flow],
    ) -> bool {
        let before = self.flows.len();
        let id = self.links[place].id;
        for index in 0..links[id.index()].members.len() {
            let slot = links[id.index()].members[index];
            let flow = &flows[slot as usize];
            if flow.limit == Limit::link(id) || flow.rate > level * flow.weight {
                self.join(slot, links, flows);
            }
        }
        let link = &mut self.links[place];
        link.highest_outside = link.highest_outside.min(level);
        self.flows.len() > before
    }

    /// The area that `changes` begin with.
    pub fn begin(&mut self, links: &mut [Link], flows: &mut [Flow], changes: &Changes<'_>) {
        self.flows.clear();
        self.links.clear();
        self.hops.clear();
        for &slot in changes.started {
            self.join(slot, links, flows);
        }
        for &id in changes.bereft {
            self.touch(id, links);
        }
        for &id in changes.resized {
            let place = self.touch(id, links) as usize;
            self.take_in(place, -1.0, links, flows);
        }
        // Who is on a full link that somebody has come onto, or on one that is full no more, must
        // feel it: nobody has to be filled in vain to know that.
        for place in 0..self.links.len() {
            let link = &self.links[place];
            let is_filled_outside = link.is_filled_by(link.outside);
            if link.bottlenecked_outside > 0 && is_filled_outside == (link.joined > 0) {
                self.take_in(place, f64::INFINITY, links, flows);
            }
        }
    }

    /// Finds the rates of the area, which grows as far as they reach.
    pub fn solve(&mut self, links: &mut [Link], flows: &mut [Flow]) {
        loop {
            self.fill();
            self.take_stock();
            if !self.grow(links, flows) {
                return;
            }
        }
    }

    /// Progressive filling of the area's flows.
    fn fill(&mut self) {
        self.levels.clear();
        for link in &mut self.links {
            let outside = if link.is_inside() { 0.0 } else { link.outside.max(0.0) };
            link.left = link.capacity - outside;
            link.weight = link.weights;
            link.unfrozen = link.joined;
            self.levels.push(link.present_level());
        }
        for flow in &mut self.flows {
            flow.rate = -1.0;
            if flow.hop_count == 0 {
                (flow.rate, flow.level, flow.limit) =
                    (flow.cap, flow.cap / flow.weight, Limit::CAP);
            }
        }
        if self.links.len() <= FEW_LINKS {
            self.fill_few();
        } else {
            self.fill_many();
        }
    }

    fn fill_few(&mut self) {
        loop {
            let (mut next, mut least) = (0, f64::INFINITY);
            for (place, &level) in self.levels.iter().enumerate() {
                if level < least {
                    (next, least) = (place, level);
                }
            }
            if least == f64::INFINITY {
                return;
            }
            self.fill_link(next, least);
        }
    }

    fn fill_many(&mut self) {
        let mut filling = std::mem::take(&mut self.filling).into_vec();
        filling.clear();
        let finite = self.levels.iter().zip(0..).filter(|(level, _)| level.is_finite());
        filling.extend(finite.map(|(&level, place)| Filling::at(level, place)));
        // A heap is made of many at once in linear time.
        self.filling = BinaryHeap::from(filling);
        while let Some((place, level)) = self.next_to_fill() {
            self.fill_link(place, level);
        }
    }

    /// The first link of the heap whose level is still the one in the heap; it stays there.
    fn next_to_fill(&mut self) -> Option<(usize, f64)> {
        loop {
            let mut top = self.filling.peek_mut()?;
            let Filling(Reverse((Level(level), place))) = *top;
            let present = self.levels[place as usize];
            if present <= level {
                return Some((place as usize, level));
            }
            if present == f64::INFINITY {
                PeekMut::pop(top);
            } else {
                *top = Filling::at(present, place);
            }
        }
    }

    /// The link at `place` is the next to fill, at `level`; unless some of its flows get no more
    /// than their cap, and leave it more room.
    ///
    /// A flow whose cap is below the level at which the first link fills comes to its cap before
    /// any link: so caps need to be looked at nowhere else.
    fn fill_link(&mut self, place: usize, level: f64) {
        let mut is_any_capped = false;
        let mut next = self.links[place].first_hop;
        while next != END {
            let AreaHop { flow, next: following, .. } = self.hops[next as usize];
            next = following;
            let AreaFlow { rate, cap, weight, .. } = self.flows[flow as usize];
            if rate < 0.0 && cap <= level * weight {
                is_any_capped = true;
                self.freeze(flow, cap, cap / weight, Limit::CAP);
            }
        }
        if is_any_capped && self.levels[place] > level {
            return;
        }
        let limit = Limit::link(self.links[place].id);
        let mut next = self.links[place].first_hop;
        while next != END {
            let AreaHop { flow, next: following, .. } = self.hops[next as usize];
            next = following;
            let AreaFlow { rate, weight, .. } = self.flows[flow as usize];
            if rate < 0.0 {
                self.freeze(flow, level * weight, level, limit);
            }
        }
    }

    fn freeze(&mut self, flow: u32, rate: f64, level: f64, limit: Limit) {
        let flow = &mut self.flows[flow as usize];
        (flow.rate, flow.level, flow.limit) = (rate, level, limit);
        let weight = flow.weight;
        let hops = flow.first_hop as usize..(flow.first_hop + flow.hop_count) as usize;
        for hop in &self.hops[hops] {
            let link = &mut self.links[hop.link as usize];
            link.left -= rate;
            link.weight -= weight;
            link.unfrozen -= 1;
            self.levels[hop.link as usize] = link.present_level();
        }
    }

    /// What the new rates make of each link.
    fn take_stock(&mut self) {
        for link in &mut self.links {
            link.load = if link.is_inside() { 0.0 } else { link.outside.max(0.0) };
            link.bottlenecked = 0;
            link.least = f64::INFINITY;
            link.highest = 0.0;
        }
        for flow in &self.flows {
            let hops = flow.first_hop as usize..(flow.first_hop + flow.hop_count) as usize;
            for hop in &self.hops[hops] {
                let link = &mut self.links[hop.link as usize];
                link.load += flow.rate;
                link.highest = link.highest.max(flow.level);
                if flow.limit == Limit::link(link.id) {
                    link.bottlenecked += 1;
                    link.least = link.least.min(flow.level);
                }
            }
        }
    }

    /// Takes in who has no bottleneck any more because of the new rates; whether there is anybody.
    fn grow(&mut self, links: &mut [Link], flows: &mut [Flow]) -> bool {
        let mut has_grown = false;
        for place in 0..self.links.len() {
            let link = &self.links[place];
            if link.is_inside() {
                continue;
            }
            let least = link.least * (1.0 + TOLERANCE);
            has_grown |= if link.load > link.capacity * (1.0 + TOLERANCE) {
                self.take_in(place, -1.0, links, flows)
            } else if link.upsets_outside() || least < link.highest_outside {
                self.take_in(place, least, links, flows)
            } else {
                false
            };
        }
        has_grown
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
