//! A burst: very many flows that start at one instant on links that nobody else uses.
//!
//! The area of such a change is everything, and nothing is outside. So nothing has to be looked for
//! around it, and what an area copies of flows and links, a hundred bytes a flow, would be much of
//! the memory of a run; a burst is filled where its flows and links lie. The steps are those of
//! `solver` in the same order, so that the rates are the same to the last bit.

use fixedbitset::FixedBitSet;

use super::area::{ROUNDING, SHRUNK, TOLERANCE};
use super::flow::{Flow, Limit, Link};
use super::sharing::Sharing;

/// From so many flows on.
pub(super) const BURST: usize = 4096;

/// Links for each flow up to which it is worth to look at all of them.
const LINKS_A_FLOW: usize = 8;

/// A link while it is filled.
#[derive(Clone, Debug)]
struct Filling {
    /// At which level it fills with the flows that have no rate yet; infinite without any.
    level: f64,
    /// What the others have, and the weight and number of those.
    given: f64,
    weight: f64,
    waiting: u32,
    /// Whether any of them has a cap.
    is_any_capped: bool,
    /// What `weight` was when it was last summed up.
    summed_weight: f64,
}

const UNUSED: Filling = Filling {
    level: f64::INFINITY,
    given: 0.0,
    weight: 0.0,
    waiting: 0,
    is_any_capped: false,
    summed_weight: 0.0,
};

impl Filling {
    fn look_out(&mut self, link: &Link) {
        self.level = match self.waiting {
            0 => f64::INFINITY,
            _ => (link.capacity - self.given).max(0.0) / self.weight,
        };
    }
}

/// Flows that wait for a rate are limited by what is not known yet.
struct Burst<'s> {
    flows: &'s mut [Flow],
    links: &'s mut [Link],
    /// By `LinkId`.
    fillings: Vec<Filling>,
    /// Links of which each must be filled before the one below it.
    open: Vec<u32>,
}

impl Sharing {
    /// Settles what has changed if that is a burst; whether it is.
    pub(super) fn settle_burst(&mut self, moment: f64) -> bool {
        if self.started.len() < self.burst || !self.is_burst() {
            return false;
        }
        let fillings = vec![UNUSED; self.links.len()];
        let Sharing { flows, links, started, .. } = self;
        Burst { flows, links, fillings, open: Vec::new() }.fill(started);
        for &slot in started.iter() {
            for hop in flows[slot as usize].path.iter() {
                let link = &mut links[hop.link.index()];
                (link.load, link.changes) = (0.0, 0);
            }
        }
        let started = std::mem::take(&mut self.started);
        for &slot in &started {
            let flow = &mut self.flows[slot as usize];
            let (rate, limit) = (flow.rate, flow.limit);
            (flow.rate, flow.limit) = (0.0, Limit::UNKNOWN);
            for hop in flow.path.iter() {
                self.links[hop.link.index()].load += rate;
            }
            self.give(moment, slot, rate, limit);
        }
        for &slot in &started {
            for hop in self.flows[slot as usize].path.iter() {
                self.links[hop.link.index()].note_load();
            }
        }
        self.started = started;
        self.count_settling();
        true
    }

    /// Whether all flows have started since the rates were last settled, in the order in which the
    /// links list them, and none of them will be in a class.
    fn is_burst(&self) -> bool {
        let is_nothing_else = self.started.len() == self.live_count
            && self.links.len() <= LINKS_A_FLOW * self.started.len()
            && self.bereft.is_empty()
            && self.resized.is_empty()
            && self.class_of.is_empty()
            && self.acknowledgements.is_none();
        // A number can have been given to another flow since.
        let mut seen = FixedBitSet::with_capacity(self.flows.len());
        is_nothing_else
            && self.started.iter().all(|&slot| {
                let flow = &self.flows[slot as usize];
                let is_new = flow.is_live && flow.rate == 0.0 && flow.limit == Limit::UNKNOWN;
                let mut path = flow.path.iter();
                is_new
                    && !seen.put(slot as usize)
                    && path.all(|hop| {
                        let is_crowded = self.links[hop.link.index()].is_crowded;
                        !is_crowded && !flow.path.crosses_again(hop.link)
                    })
            })
    }
}

impl Burst<'_> {
    /// Gives all flows their rates and limits, and the links their levels.
    fn fill(&mut self, started: &[u32]) {
        for &slot in started {
            let flow = &self.flows[slot as usize];
            for hop in flow.path.iter() {
                let filling = &mut self.fillings[hop.link.index()];
                filling.weight += flow.weight;
                filling.waiting += 1;
                filling.is_any_capped |= flow.cap < f64::INFINITY;
            }
        }
        for (filling, link) in self.fillings.iter_mut().zip(&*self.links) {
            filling.summed_weight = filling.weight;
            filling.look_out(link);
        }
        for &slot in started {
            if !is_waiting(&self.flows[slot as usize]) {
                continue;
            }
            for place in 0..self.flows[slot as usize].path.len() {
                self.fill_from(self.flows[slot as usize].path[place].link.0);
            }
            // No link of its path, if it has one, ever fills.
            let flow = &self.flows[slot as usize];
            if is_waiting(flow) {
                self.freeze(slot, flow.cap, Limit::CAP);
            }
        }
    }

    /// Fills `link`, after all those that must be filled before it.
    fn fill_from(&mut self, link: u32) {
        self.open.push(link);
        while let Some(&link) = self.open.last() {
            let level = self.fillings[link as usize].level;
            if level == f64::INFINITY {
                self.open.pop();
            } else if let Some(earlier) = self.earlier(link, level) {
                self.open.push(earlier);
            } else {
                self.fill_link(link, level);
            }
        }
    }

    /// The first to fill of the other links of the flows of `link`, if that is before it fills at
    /// `level`.
    fn earlier(&self, link: u32, level: f64) -> Option<u32> {
        let (mut earlier, mut least) = (None, level * (1.0 - TOLERANCE));
        for &slot in &self.links[link as usize].members {
            let flow = &self.flows[slot as usize];
            if !is_waiting(flow) {
                continue;
            }
            let before = flow.path.iter();
            let mut after = before.clone();
            let own = after.position(|hop| hop.link.0 == link).unwrap_or(0);
            // Of equals the first behind it.
            for hop in after.chain(before.take(own)) {
                let level = self.fillings[hop.link.index()].level;
                if level < least {
                    (earlier, least) = (Some(hop.link.0), level);
                }
            }
        }
        earlier
    }

    /// The flows of `link`, which fills at `level`, get what that gives them; unless some get no more
    /// than their cap, and leave it more room.
    fn fill_link(&mut self, link: u32, level: f64) {
        let place = link as usize;
        let mut is_any_capped = false;
        if self.fillings[place].is_any_capped {
            for index in 0..self.links[place].members.len() {
                let slot = self.links[place].members[index];
                let flow = &self.flows[slot as usize];
                if is_waiting(flow) && flow.cap <= level * flow.weight {
                    is_any_capped = true;
                    self.freeze(slot, flow.cap, Limit::CAP);
                }
            }
        }
        if is_any_capped && self.fillings[place].level > level {
            return;
        }
        self.links[place].level = level;
        for index in 0..self.links[place].members.len() {
            let slot = self.links[place].members[index];
            let flow = &self.flows[slot as usize];
            if is_waiting(flow) {
                self.links[place].bottlenecked += 1;
                self.freeze(slot, level * flow.weight, Limit::place(place));
            }
        }
    }

    fn freeze(&mut self, slot: u32, rate: f64, limit: Limit) {
        let flow = &mut self.flows[slot as usize];
        // What differs from nothing by rounding only is nothing.
        let rate = if rate <= ROUNDING * rate { 0.0 } else { rate };
        (flow.rate, flow.limit) = (rate, limit);
        let weight = flow.weight;
        for hop in 0..flow.path.len() {
            let id = self.flows[slot as usize].path[hop].link;
            let filling = &mut self.fillings[id.index()];
            filling.given += rate;
            filling.weight -= weight;
            filling.waiting -= 1;
            if filling.waiting > 0 && filling.weight < SHRUNK * filling.summed_weight {
                let members = self.links[id.index()].members.iter();
                let flows = members.map(|&slot| &self.flows[slot as usize]);
                filling.weight = flows.fold(0.0, |weight, flow| {
                    weight + if is_waiting(flow) { flow.weight } else { 0.0 }
                });
                filling.summed_weight = filling.weight;
            }
            filling.look_out(&self.links[id.index()]);
        }
    }
}

fn is_waiting(flow: &Flow) -> bool {
    flow.limit == Limit::UNKNOWN
}

#[cfg(test)]
mod tests {
    use super::super::LinkId;
    use super::*;
    use crate::random::Key;
    use crate::units::{Bytes, Rate, Time};

    /// What a settled burst of random flows leaves, as bits; with or without what this file does.
    fn settled(instance: u64, burst: usize) -> Vec<[u64; 4]> {
        let mut draws = Key::root(instance, 0).text("burst").stream();
        let link_count = 1 + draws.below(30);
        let capacities = (0..link_count).map(|_| match draws.below(10) {
            0 => 0.0,
            1 => f64::INFINITY,
            choice if choice < 6 => 1e6 * choice as f64,
            _ => 1e6 * (0.1 + 9.9 * draws.uniform()),
        });
        let rates: Vec<Rate> = capacities.map(Rate::from_bits_per_second).collect();
        let mut sharing = Sharing::with_crowd(rates, u32::MAX, 0);
        sharing.burst = burst;
        let flow_count = link_count.div_ceil(LINKS_A_FLOW) + draws.below(100);
        for _ in 0..flow_count {
            let mut path: Vec<LinkId> = (0..link_count as u32).map(LinkId).collect();
            draws.shuffle(&mut path);
            path.truncate(1 + draws.below(5.min(link_count)));
            let weight = match draws.below(4) {
                0 => libm::pow(10.0, 6.0 * draws.uniform() - 3.0),
                1 => 0.1 + draws.uniform(),
                _ => 1.0,
            };
            let cap = if draws.below(4) == 0 { 2e6 * draws.uniform() } else { f64::INFINITY };
            let size = Bytes::new(1_000_000);
            let cap = Rate::from_bits_per_second(cap);
            sharing.start(Time::ZERO, &path, size, weight, cap);
        }
        assert_eq!(sharing.started.len() >= burst && sharing.is_burst(), burst == 0);
        sharing.settle(Time::ZERO);
        let of_flow = |flow: &Flow| {
            let limit = format!("{:?}", flow.limit.bottleneck());
            let limit = limit.bytes().fold(0, |sum, byte| sum * 31 % (1 << 40) + u64::from(byte));
            [flow.rate.to_bits(), flow.left.to_bits(), flow.since.to_bits(), limit]
        };
        let of_link = |link: &Link| {
            let level = if link.bottlenecked > 0 { link.level } else { 0.0 };
            let load = [link.load, link.peak, level].map(f64::to_bits);
            [
                load[0],
                load[1],
                load[2],
                u64::from(link.bottlenecked) << 32 | u64::from(link.changes),
            ]
        };
        let rest = [sharing.next_finish().nanos(), sharing.settled_rate.to_bits(), 0, 0];
        let flows = sharing.flows.iter().map(of_flow);
        flows.chain(sharing.links.iter().map(of_link)).chain([rest]).collect()
    }

    #[test]
    fn a_burst_is_filled_to_the_same_bits_as_its_area() {
        for instance in 0..5000 {
            assert_eq!(settled(instance, 0), settled(instance, usize::MAX), "{instance}");
        }
    }

    #[test]
    fn flows_among_others_are_no_burst() {
        let start = |sharing: &mut Sharing, now| {
            let uncapped = Rate::from_bits_per_second(f64::INFINITY);
            sharing.start(now, &[LinkId(0)], Bytes::new(1_000_000), 1.0, uncapped)
        };
        let mut sharing = Sharing::new([Rate::from_bits_per_second(1e6)]);
        let first = start(&mut sharing, Time::ZERO);
        assert!(sharing.is_burst());
        sharing.settle(Time::ZERO);
        let later = Time::from_secs(1.0);
        let second = start(&mut sharing, later);
        assert!(!sharing.is_burst());
        // The number of the second is given to the third, and so stands there twice.
        sharing.remove(later, second);
        start(&mut sharing, later);
        assert!(!sharing.is_burst());
        sharing.remove(later, first);
        assert!(!sharing.is_burst());
    }
}
