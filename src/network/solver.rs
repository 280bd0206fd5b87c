//! Max-min fair rates where something has changed, and only as far as the change reaches.
//!
//! A flow is fairly served exactly when it has a bottleneck: a full link on which nobody has more
//! for his weight, or its own cap (Bertsekas and Gallager, Data Networks, 6.5.2). So it is enough
//! to find new rates for some flows, the *area*, such that every flow in and around it has a
//! bottleneck:
//!
//! 1. The area begins with the flows that have started, and those on links that have lost one.
//! 2. Progressive filling gives its flows rates, on what the flows outside leave of each link.
//!    Flows outside that must feel a rate, because it takes or leaves them something of the link
//!    that is their bottleneck, or because they have more there than a flow that shall have its
//!    bottleneck there, join on the way.
//! 3. Who joined late may have changed what a link filled before had counted with. If all flows
//!    in and around the area have a bottleneck, the area is solved. If not, those outside that
//!    have none, or have more than somebody inside, join it, and step 2 is done again.
//!
//! It ends, because each round adds a flow, at the latest with everything; then it is progressive
//! filling of everything. Its result is the fair one, which is unique. Cost: the flows that share
//! a link with a flow whose rate changes, some rounds of them; not all that exist. What the rounds
//! need of flows and links is copied into the area when they join, so that they run over memory
//! that lies together.

use super::LinkId;
use super::flow::{Flow, Limit, Link, NOWHERE};

/// Relative difference below which two levels are the same; far above what rounding does to sums
/// of a million rates, far below the 1e-9 that results are held to.
const TOLERANCE: f64 = 1e-11;

/// Relative difference that rounding makes in the rates of two fillings.
const ROUNDING: f64 = 1e-13;

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
    /// Links of which each must be filled before the one below it.
    open: Vec<u32>,
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
    old_rate: f64,
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
    /// While it fills: what frozen flows have, and weight and number of those that are not frozen.
    frozen: f64,
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

impl AreaLink {
    /// Whether all its flows are in the area.
    pub fn is_inside(&self) -> bool {
        self.joined == self.members
    }

    fn load_outside(&self) -> f64 {
        if self.is_inside() { 0.0 } else { self.outside.max(0.0) }
    }

    fn is_filled_by(&self, load: f64) -> bool {
        load >= self.capacity * (1.0 - TOLERANCE)
    }

    /// The level at which it fills with the flows that are not frozen; infinite without any.
    fn present_level(&self) -> f64 {
        if self.unfrozen == 0 {
            return f64::INFINITY;
        }
        (self.capacity - self.load_outside() - self.frozen).max(0.0) / self.weight
    }

    /// Whether those that have their bottleneck here, outside of the area, would keep it when the
    /// link fills at `level`.
    fn suits_outside(&self, level: f64) -> bool {
        self.bottlenecked_outside == 0 || is_same(level, self.level_outside)
    }

    /// Whether the new rates leave flows outside without their bottleneck.
    fn upsets_outside(&self) -> bool {
        self.bottlenecked_outside > 0
            && (!self.is_filled_by(self.load)
                || self.highest > self.level_outside * (1.0 + TOLERANCE)
                || self.least < self.level_outside * (1.0 - TOLERANCE))
    }

    /// Whether the new rates leave flows of the area without their bottleneck.
    fn upsets_inside(&self) -> bool {
        self.bottlenecked > 0
            && (!self.is_filled_by(self.load) || self.highest > self.least * (1.0 + TOLERANCE))
    }
}

fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE * a.max(b)
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
                frozen: 0.0,
                weight: 0.0,
                unfrozen: 0,
                bottlenecked: 0,
                least: f64::INFINITY,
                highest: 0.0,
                load: 0.0,
            });
            self.levels.push(f64::INFINITY);
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
            link.weight += flow.weight;
            link.unfrozen += 1;
            link.bottlenecked_outside -= u32::from(flow.limit == Limit::link(hop.link));
            self.levels[place as usize] = link.present_level();
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
            old_rate: flow.rate,
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
        self.levels.clear();
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
        // A link that has lost a flow and is full no more has something for the others.
        for place in 0..self.links.len() {
            let link = &self.links[place];
            let is_bereft = link.joined == 0 && link.bottlenecked_outside > 0;
            if is_bereft && !link.is_filled_by(link.outside) {
                self.take_in(place, f64::INFINITY, links, flows);
            }
        }
    }

    /// Finds the rates of the area, which grows as far as they reach.
    pub fn solve(&mut self, links: &mut [Link], flows: &mut [Flow]) {
        loop {
            let flow_count = self.flows.len();
            self.fill(links, flows);
            // Filling an area into which nobody comes solves it, whatever rounding says.
            if self.is_solved(links, flows) || self.flows.len() == flow_count {
                return;
            }
            self.thaw();
        }
    }

    /// Progressive filling of the area's flows, and of those that join on the way.
    fn fill(&mut self, links: &mut [Link], flows: &mut [Flow]) {
        let mut place = 0;
        while let Some(flow) = self.flows.get_mut(place) {
            place += 1;
            if flow.rate >= 0.0 {
                continue;
            }
            if flow.hop_count > 0 {
                let link = self.hops[flow.first_hop as usize].link;
                self.fill_from(link, links, flows);
            } else {
                (flow.rate, flow.limit) = (flow.cap, Limit::CAP);
                flow.level = flow.cap / flow.weight;
            }
        }
    }

    /// Fills the link at `place`, after all those that must be filled before it.
    ///
    /// The link that fills first of all is not needed: one that fills no later than the other
    /// links of its flows will do, for their levels can only rise while others are frozen.
    fn fill_from(&mut self, place: u32, links: &mut [Link], flows: &mut [Flow]) {
        self.open.push(place);
        while let Some(&place) = self.open.last() {
            let level = self.levels[place as usize];
            if level == f64::INFINITY {
                self.open.pop();
                continue;
            }
            let link = &self.links[place as usize];
            if level < link.level_outside * (1.0 - TOLERANCE) && link.bottlenecked_outside > 0 {
                // Those that have their bottleneck here share what there is.
                self.take_in(place as usize, f64::INFINITY, links, flows);
            } else if let Some(earlier) = self.earlier_link(place, level) {
                self.open.push(earlier);
            } else if !self.is_felt(place, level, links, flows) {
                self.fill_link(place, level);
            }
        }
    }

    /// Of the other links of the flows at `place`, the first to fill before `level`.
    fn earlier_link(&self, place: u32, level: f64) -> Option<u32> {
        let (mut earliest, mut least) = (None, level * (1.0 - TOLERANCE));
        let mut next = self.links[place as usize].first_hop;
        while next != END {
            let AreaHop { flow, next: following, .. } = self.hops[next as usize];
            next = following;
            let flow = &self.flows[flow as usize];
            if flow.rate >= 0.0 {
                continue;
            }
            for hop in self.hops_of(flow) {
                let level = self.levels[hop.link as usize];
                if level < least {
                    (earliest, least) = (Some(hop.link), level);
                }
            }
        }
        earliest
    }

    /// Whether flows outside must feel it when the link at `place` gives its flows `level`: they
    /// have then joined, and the level may be another one.
    fn is_felt(&mut self, place: u32, level: f64, links: &mut [Link], flows: &mut [Flow]) -> bool {
        let flow_count = self.flows.len();
        let link = &self.links[place as usize];
        let level_above = level * (1.0 + TOLERANCE);
        if !link.is_inside() && (level_above < link.highest_outside || !link.suits_outside(level)) {
            self.take_in(place as usize, level_above, links, flows);
        }
        let mut next = self.links[place as usize].first_hop;
        while next != END {
            let AreaHop { flow, next: following, .. } = self.hops[next as usize];
            next = following;
            let AreaFlow { rate, weight, cap, old_rate, first_hop, hop_count, .. } =
                self.flows[flow as usize];
            let prospect = cap.min(level * weight);
            if rate >= 0.0 || is_same(prospect, old_rate) {
                continue;
            }
            for hop in first_hop..first_hop + hop_count {
                let other = self.hops[hop as usize].link;
                let link = &self.links[other as usize];
                if link.bottlenecked_outside == 0 || other == place {
                    continue;
                }
                let is_taken = prospect >= link.level_outside * weight * (1.0 - TOLERANCE);
                if !(is_taken && link.suits_outside(self.levels[other as usize])) {
                    self.take_in(other as usize, f64::INFINITY, links, flows);
                }
            }
        }
        self.flows.len() > flow_count
    }

    /// The flows of the link at `place`, which fills at `level`, get what that gives them; unless
    /// some get no more than their cap, and leave it more room.
    ///
    /// A flow whose cap is below the level at which its first link fills comes to its cap before
    /// that: so caps need to be looked at nowhere else.
    fn fill_link(&mut self, place: u32, level: f64) {
        let mut is_any_capped = false;
        let mut next = self.links[place as usize].first_hop;
        while next != END {
            let AreaHop { flow, next: following, .. } = self.hops[next as usize];
            next = following;
            let AreaFlow { rate, cap, weight, .. } = self.flows[flow as usize];
            if rate < 0.0 && cap <= level * weight {
                is_any_capped = true;
                self.freeze(flow, cap, cap / weight, Limit::CAP);
            }
        }
        if is_any_capped && self.levels[place as usize] > level {
            return;
        }
        let limit = Limit::link(self.links[place as usize].id);
        let mut next = self.links[place as usize].first_hop;
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
        // What differs by rounding only is no change.
        let is_old = (rate - flow.old_rate).abs() <= ROUNDING * rate;
        let rate = if is_old { flow.old_rate } else { rate };
        (flow.rate, flow.level, flow.limit) = (rate, level, limit);
        let weight = flow.weight;
        let hops = flow.first_hop as usize..(flow.first_hop + flow.hop_count) as usize;
        for hop in &self.hops[hops] {
            let link = &mut self.links[hop.link as usize];
            link.frozen += rate;
            link.weight -= weight;
            link.unfrozen -= 1;
            self.levels[hop.link as usize] = link.present_level();
        }
    }

    /// Whether all flows in and around the area have a bottleneck; if not, those outside that
    /// have none, or have more than somebody inside may have, join.
    fn is_solved(&mut self, links: &mut [Link], flows: &mut [Flow]) -> bool {
        self.take_stock();
        let mut is_solved = true;
        for place in 0..self.links.len() {
            let link = &self.links[place];
            let least = link.least * (1.0 + TOLERANCE);
            is_solved &= !link.upsets_inside();
            if link.is_inside() {
                continue;
            }
            if link.load > link.capacity * (1.0 + TOLERANCE) {
                is_solved &= !self.take_in(place, -1.0, links, flows);
            } else if link.upsets_outside() || least < link.highest_outside {
                is_solved &= !self.take_in(place, least, links, flows);
            }
        }
        is_solved
    }

    /// What the new rates make of each link.
    fn take_stock(&mut self) {
        for link in &mut self.links {
            link.load = link.load_outside();
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

    /// No flow is frozen any more.
    fn thaw(&mut self) {
        for flow in &mut self.flows {
            flow.rate = -1.0;
        }
        for (link, level) in self.links.iter_mut().zip(&mut self.levels) {
            link.frozen = 0.0;
            link.weight = link.weights;
            link.unfrozen = link.joined;
            *level = link.present_level();
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
            Sharing::with_crowd(rates, 2 + draws.below(6) as u32, draws.below(3) as u32);
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
