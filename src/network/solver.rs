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
//! It ends: a link is filled only when all earlier ones of its flows are, each of which has a lower
//! level than the one that waits for it, and each round but the last adds a flow; at the latest with
//! everything, and then it is progressive filling of everything. The fair rates are unique. Cost: the flows that share
//! a link with a flow whose rate changes, some rounds of them; not all that exist.

use super::area::{Area, AreaLink, END, ROUNDING, SHRUNK, Stage, TOLERANCE, is_same};
use super::flow::{Flow, Limit, Link};

/// What there is on the other links of the flows of a link that is about to fill.
struct Surroundings {
    /// The first of them to fill, if that is before the link itself.
    earlier: Option<u32>,
    /// Whether flows outside of the area have their bottleneck on any of them.
    limits_outside: bool,
}

impl Area {
    /// Finds the rates of the area, which grows as far as they reach.
    pub fn solve(&mut self, links: &mut [Link], flows: &mut [Flow]) {
        loop {
            let flow_count = self.flows.len();
            self.fill(links, flows);
            // An area into which nobody comes is solved by being filled; what is out of tolerance
            // after that is rounding.
            if self.is_solved(links, flows) || self.flows.len() == flow_count {
                return;
            }
            self.thaw(flows);
        }
    }

    /// Progressive filling of the area's flows, and of those that join on the way.
    fn fill(&mut self, links: &mut [Link], flows: &mut [Flow]) {
        let mut place = 0;
        while let Some(flow) = self.flows.get(place) {
            place += 1;
            if flow.is_frozen() {
                continue;
            }
            for hop in flow.hops() {
                self.fill_from(self.hops[hop].link, links, flows);
            }
            // No link of its path, if it has one, ever fills.
            let flow = &self.flows[place - 1];
            if !flow.is_frozen() {
                let Flow { cap, weight, .. } = flows[flow.slot as usize];
                self.freeze(place - 1, cap, cap / weight, Limit::CAP, flows);
            }
        }
        debug_assert!(self.flows.iter().all(|flow| flow.is_frozen() && flow.rate >= 0.0));
    }

    /// Fills the link at `place`, after all those that must be filled before it.
    ///
    /// The link that fills first of all is not needed: one that fills no later than the other
    /// links of its flows will do, for their levels can only rise while others are frozen.
    fn fill_from(&mut self, place: u32, links: &mut [Link], flows: &mut [Flow]) {
        self.open.push(place);
        while let Some(&place) = self.open.last() {
            let level = self.outlooks[place as usize].level();
            if level == f64::INFINITY {
                self.open.pop();
                continue;
            }
            let link = &self.links[place as usize];
            let is_below_outside =
                link.limits_outside() && level < links[link.id.index()].level * (1.0 - TOLERANCE);
            if is_below_outside {
                // Those that have their bottleneck here share what there is.
                let have_joined = self.take_in_bottlenecked(place as usize, links, flows);
                assert!(have_joined, "a link has the members that it counts");
            } else {
                let surroundings = self.surroundings(place, level);
                if let Some(earlier) = surroundings.earlier {
                    self.open.push(earlier);
                } else if !self.is_felt(place, level, surroundings.limits_outside, links, flows) {
                    self.fill_link(place, level, flows);
                }
            }
        }
    }

    /// What there is on the other links of the flows at `place`, which fills at `level`.
    fn surroundings(&self, place: u32, level: f64) -> Surroundings {
        let (mut earlier, mut least) = (None, level * (1.0 - TOLERANCE));
        let mut limits_outside = false;
        let mut next = self.links[place as usize].first_hop;
        while next != END {
            let number = next;
            let hop = &self.hops[number as usize];
            next = hop.next;
            // No level is below -1. Which flows are frozen no processor can foretell, so this is
            // written to compile to no branch: with one, a swarm took 5 % longer.
            let (most, is_free) = if hop.is_frozen() { (-1.0, false) } else { (least, true) };
            let mut other = hop.next_of_path;
            while other != number {
                let hop = &self.hops[other as usize];
                let outlook = self.outlooks[hop.link as usize];
                limits_outside |= outlook.limits_outside() & is_free;
                if outlook.level() < most.min(least) {
                    (earlier, least) = (Some(hop.link), outlook.level());
                }
                other = hop.next_of_path;
            }
        }
        Surroundings { earlier, limits_outside }
    }

    /// Whether flows outside must feel it when the link at `place` gives its flows `level`: they
    /// have then joined, and the level may be another one.
    ///
    /// `limits_outside`: whether flows outside have their bottleneck on any link of its flows.
    fn is_felt(
        &mut self,
        place: u32,
        level: f64,
        limits_outside: bool,
        links: &mut [Link],
        flows: &mut [Flow],
    ) -> bool {
        let flow_count = self.flows.len();
        let link = &self.links[place as usize];
        let level_above = level * (1.0 + TOLERANCE);
        let is_above = !link.is_inside() && level_above < link.highest_outside;
        if !link.suits_outside(level, links[link.id.index()].level) {
            self.take_in_bottlenecked(place as usize, links, flows);
        }
        if is_above {
            self.take_in_above(place as usize, level_above, links, flows);
        }
        // Those who have just joined may have brought such links.
        let must_look = limits_outside || self.flows.len() > flow_count;
        let mut next = if must_look { self.links[place as usize].first_hop } else { END };
        while next != END {
            let hop = &self.hops[next as usize];
            next = hop.next;
            let flow = &self.flows[hop.flow()];
            let Flow { weight, cap, rate: old_rate, .. } = flows[flow.slot as usize];
            let prospect = cap.min(level * weight);
            if flow.is_frozen() || is_same(prospect, old_rate) {
                continue;
            }
            for hop in flow.hops() {
                let other = self.hops[hop].link;
                let link = &self.links[other as usize];
                if !link.limits_outside() || other == place {
                    continue;
                }
                let level_outside = links[link.id.index()].level;
                let is_taken = prospect >= level_outside * weight * (1.0 - TOLERANCE);
                let outlook = self.outlooks[other as usize];
                if !(is_taken && link.suits_outside(outlook.level(), level_outside)) {
                    self.take_in_bottlenecked(other as usize, links, flows);
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
    fn fill_link(&mut self, place: u32, level: f64, flows: &[Flow]) {
        let link = &self.links[place as usize];
        let (limit, first_hop) = (Limit::link(link.id), link.first_hop);
        let is_capped = matches!(link.stage, Stage::Filling { is_any_capped: true, .. });
        let mut have_left = false;
        let mut next = if is_capped { first_hop } else { END };
        while next != END {
            let hop = &self.hops[next as usize];
            next = hop.next;
            let flow = hop.flow();
            let Flow { cap, weight, .. } = flows[self.flows[flow].slot as usize];
            if !hop.is_frozen() && cap <= level * weight {
                have_left = true;
                self.freeze(flow, cap, cap / weight, Limit::CAP, flows);
            }
        }
        if have_left && self.outlooks[place as usize].level() > level {
            return;
        }
        let mut next = first_hop;
        while next != END {
            let hop = &self.hops[next as usize];
            next = hop.next;
            if !hop.is_frozen() {
                let flow = hop.flow();
                let rate = level * flows[self.flows[flow].slot as usize].weight;
                self.freeze(flow, rate, level, limit, flows);
            }
        }
    }

    fn freeze(&mut self, flow: usize, rate: f64, level: f64, limit: Limit, flows: &[Flow]) {
        let flow = &mut self.flows[flow];
        let Flow { weight: own_weight, rate: old_rate, .. } = flows[flow.slot as usize];
        // What differs by rounding only is no change.
        let is_old = (rate - old_rate).abs() <= ROUNDING * rate;
        let rate = if is_old { old_rate } else { rate };
        (flow.rate, flow.level, flow.limit) = (rate, level, limit);
        for hop in flow.hops() {
            let hop = &mut self.hops[hop];
            hop.freeze();
            let place = hop.link as usize;
            let Stage::Filling { frozen, weight, unfrozen, summed_weight, .. } =
                &mut self.links[place].stage
            else {
                continue;
            };
            *frozen += rate;
            *weight -= own_weight;
            *unfrozen -= 1;
            if *unfrozen > 0 && *weight < SHRUNK * *summed_weight {
                self.weigh_anew(place, flows);
            }
            self.outlooks[place] = self.links[place].outlook();
        }
    }

    /// Sums up the weights of the flows of a link that are not frozen.
    fn weigh_anew(&mut self, place: usize, flows: &[Flow]) {
        let mut sum = 0.0;
        let mut next = self.links[place].first_hop;
        while next != END {
            let hop = &self.hops[next as usize];
            next = hop.next;
            // Of a flow that crosses the link twice one hop can be frozen already.
            let flow = &self.flows[hop.flow()];
            sum += if hop.is_frozen() { 0.0 } else { flows[flow.slot as usize].weight };
        }
        if let Stage::Filling { weight, summed_weight, .. } = &mut self.links[place].stage {
            (*weight, *summed_weight) = (sum, sum);
        }
    }

    /// Whether all flows in and around the area have a bottleneck; if not, those outside that
    /// have none, or have more than somebody inside may have, join.
    fn is_solved(&mut self, links: &mut [Link], flows: &mut [Flow]) -> bool {
        self.take_stock();
        let mut is_solved = true;
        for place in 0..self.links.len() {
            let link = &self.links[place];
            let Stage::Filled { load, bottlenecked, least, highest } = link.stage else { continue };
            let is_filled = link.is_filled_by(load);
            let above_least = least * (1.0 + TOLERANCE);
            is_solved &= bottlenecked == 0 || (is_filled && highest <= above_least);
            if link.is_inside() {
                continue;
            }
            let is_above = above_least < link.highest_outside;
            if load > link.capacity * (1.0 + TOLERANCE) {
                is_solved &= !self.take_in_all(place, links, flows);
                continue;
            }
            let is_outside_upset = || {
                let level_outside = links[link.id.index()].level;
                !is_filled
                    || highest > level_outside * (1.0 + TOLERANCE)
                    || least < level_outside * (1.0 - TOLERANCE)
            };
            if link.limits_outside() && is_outside_upset() {
                is_solved &= !self.take_in_bottlenecked(place, links, flows);
            }
            if is_above {
                is_solved &= !self.take_in_above(place, above_least, links, flows);
            }
        }
        is_solved
    }

    /// What the new rates make of each link.
    fn take_stock(&mut self) {
        for link in &mut self.links {
            link.stage = Stage::Filled {
                load: link.load_outside(),
                bottlenecked: 0,
                least: f64::INFINITY,
                highest: 0.0,
            };
        }
        for flow in &self.flows {
            for hop in &self.hops[flow.hops()] {
                let AreaLink { id, stage, .. } = &mut self.links[hop.link as usize];
                let Stage::Filled { load, bottlenecked, least, highest } = stage else { continue };
                *load += flow.rate;
                *highest = highest.max(flow.level);
                if flow.limit == Limit::link(*id) {
                    *bottlenecked += 1;
                    *least = least.min(flow.level);
                }
            }
        }
    }

    /// No flow is frozen any more.
    fn thaw(&mut self, flows: &[Flow]) {
        for link in &mut self.links {
            link.stage = Stage::EMPTY;
        }
        for flow in &mut self.flows {
            flow.limit = Limit::UNKNOWN;
            for hop in &mut self.hops[flow.hops()] {
                hop.thaw();
                self.links[hop.link as usize].stage.add(&flows[flow.slot as usize]);
            }
        }
        for (link, outlook) in self.links.iter().zip(&mut self.outlooks) {
            *outlook = link.outlook();
        }
    }
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
        // In every fourth instance some paths cross one of their links twice.
        let has_media = instance.is_multiple_of(4);
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
                        if has_media && draws.below(2) == 0 {
                            path.push(path[draws.below(path.len())]);
                        }
                        let weight = match draws.below(4) {
                            0 => libm::pow(10.0, 6.0 * draws.uniform() - 3.0),
                            1 => 0.1 + draws.uniform(),
                            _ => 1.0,
                        };
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
    fn a_light_flow_gets_what_a_heavy_one_with_a_cap_leaves() {
        // Beside 1e17 a weight of 1 is rounding. 1 Mbit/s less the cap of 1 kbit/s are left.
        let mut sharing = Sharing::new([Rate::from_bits_per_second(1e6)]);
        let mut start = |weight, cap| {
            let cap = Rate::from_bits_per_second(cap);
            sharing.start(Time::ZERO, &[LinkId(0)], Bytes::new(1 << 20), weight, cap)
        };
        let (heavy, light) = (start(1e17, 1e3), start(1.0, f64::INFINITY));
        sharing.settle(Time::ZERO);
        assert_eq!(sharing.rate(heavy).bits_per_second(), 1e3);
        assert_eq!(sharing.rate(light).bits_per_second(), 999_000.0);
    }

    #[test]
    fn a_link_without_limit_leaves_flows_their_caps() {
        let mut sharing = Sharing::new([f64::INFINITY, 1e6].map(Rate::from_bits_per_second));
        let path = [LinkId(0), LinkId(1)];
        let mut start = |path: &[LinkId], cap| {
            let cap = Rate::from_bits_per_second(cap);
            sharing.start(Time::ZERO, path, Bytes::new(1 << 20), 1.0, cap)
        };
        let (capped, shared) = (start(&path[..1], 1e3), start(&path, f64::INFINITY));
        sharing.settle(Time::ZERO);
        assert_eq!(sharing.rate(capped).bits_per_second(), 1e3);
        assert_eq!(sharing.rate(shared).bits_per_second(), 1e6);
    }

    #[test]
    fn rates_equal_those_of_plain_progressive_filling() {
        // A longer run by HUBMESH_ORACLE_INSTANCES=100000.
        let instances = std::env::var("HUBMESH_ORACLE_INSTANCES").ok();
        let instances = instances.and_then(|text| text.parse().ok()).unwrap_or(10_000);
        (0..instances).for_each(agrees_with_the_oracle);
    }
}
