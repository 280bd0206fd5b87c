//! The area of a solve: the flows whose rates are looked for, and the links that they touch.
//!
//! What the rounds of filling look at most is copied here when flows and links join, so that they run
//! over memory that lies together. No more than that: where a hundred thousand transfers of one size
//! end in one nanosecond, the area is a good part of the memory of a run.

use std::ops::Range;

use super::LinkId;
use super::bystander::Bystanders;
use super::flow::{Flow, Limit, Link};

/// Relative difference below which two levels are the same; far above what rounding does to sums
/// of a million rates, far below the 1e-9 that results are held to.
pub(super) const TOLERANCE: f64 = 1e-11;

/// Relative difference that rounding makes in the rates of two fillings.
pub(super) const ROUNDING: f64 = 1e-13;

/// A sum of which less than this share is left is formed anew: what has been taken away has left
/// its rounding.
pub(super) const SHRUNK: f64 = 1e-3;

/// With so many flows that start at once an area may reach nearly everything.
const VAST: usize = 4096;

/// No further hop.
pub(super) const END: u32 = u32::MAX;

/// The flows to be solved and the links they touch.
#[derive(Debug, Default)]
pub(super) struct Area {
    pub flows: Vec<AreaFlow>,
    pub links: Vec<AreaLink>,
    /// Paths of the flows, one after another; those on one link are chained.
    pub hops: Vec<AreaHop>,
    /// By link, what is looked at most.
    pub outlooks: Vec<Outlook>,
    /// Links of which each must be filled before the one below it.
    pub open: Vec<u32>,
    /// Lent while there is something to be solved.
    pub bystanders: Bystanders,
}

/// A flow of the area. What does not change while the area is solved is read in the flow itself.
#[derive(Debug)]
pub(super) struct AreaFlow {
    pub slot: u32,
    /// What limits it in this filling; unknown until the new rate and level have been found.
    pub limit: Limit,
    pub first_hop: u32,
    pub hop_count: u32,
    /// The new rate, bit/s.
    pub rate: f64,
    /// The new rate over weight.
    pub level: f64,
}

/// A link that the area or a change touches.
#[derive(Debug)]
pub(super) struct AreaLink {
    pub id: LinkId,
    /// Flows of the area that cross it, and all that do.
    pub joined: u32,
    pub members: u32,
    /// Members outside of the area that have their bottleneck here, at the level of the link.
    pub bottlenecked_outside: u32,
    pub capacity: f64,
    /// Sum of the rates outside of the area.
    pub outside: f64,
    pub first_hop: u32,
    pub last_hop: u32,
    /// No member outside has more for its weight than this.
    pub highest_outside: f64,
    pub stage: Stage,
}

/// What a round has summed up of the flows of the area on a link; of two things that are never
/// needed at once.
#[derive(Debug)]
pub(super) enum Stage {
    /// What frozen flows have, and weight and number of those that are not frozen.
    Filling {
        frozen: f64,
        weight: f64,
        unfrozen: u32,
        /// What `weight` was when it was last summed up.
        summed_weight: f64,
        /// Whether any flow has a cap.
        is_any_capped: bool,
    },
    /// When all are frozen.
    Filled {
        /// Sum of all new rates, and of those outside.
        load: f64,
        /// Flows that have their new bottleneck here, and the least level of those.
        bottlenecked: u32,
        least: f64,
        /// The greatest level of all flows.
        highest: f64,
    },
}

/// A link of a flow's path; what is looked at most of the flow is here as well.
#[derive(Debug)]
pub(super) struct AreaHop {
    pub link: u32,
    /// With a bit that tells whether it is frozen.
    flow: u32,
    /// The next one on the same link.
    pub next: u32,
    /// The next one of the same path, the first one after the last.
    pub next_of_path: u32,
}

const FROZEN: u32 = 1 << 31;

/// What those that share flows with a link must know of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlook(f64);

impl AreaFlow {
    /// Whether the new rate and level have been found in this filling.
    pub fn is_frozen(&self) -> bool {
        self.limit != Limit::UNKNOWN
    }

    pub fn hops(&self) -> Range<usize> {
        self.first_hop as usize..(self.first_hop + self.hop_count) as usize
    }
}

impl AreaHop {
    /// Its place in the area.
    pub fn flow(&self) -> usize {
        (self.flow & !FROZEN) as usize
    }

    pub fn is_frozen(&self) -> bool {
        self.flow & FROZEN != 0
    }

    pub fn freeze(&mut self) {
        self.flow |= FROZEN;
    }

    pub fn thaw(&mut self) {
        self.flow &= !FROZEN;
    }
}

impl Outlook {
    /// No level is below zero, so its sign is free to tell whether flows outside are limited.
    fn new(level: f64, limits_outside: bool) -> Outlook {
        Outlook(if limits_outside { -level } else { level })
    }

    /// At which level it fills with the flows that are not frozen; infinite without any.
    pub fn level(self) -> f64 {
        self.0.abs()
    }

    /// Whether flows outside of the area have their bottleneck here.
    pub fn limits_outside(self) -> bool {
        self.0.is_sign_negative()
    }
}

impl Stage {
    pub const EMPTY: Stage = Stage::Filling {
        frozen: 0.0,
        weight: 0.0,
        unfrozen: 0,
        summed_weight: 0.0,
        is_any_capped: false,
    };

    /// One more flow, which is not frozen.
    #[inline]
    pub fn add(&mut self, flow: &Flow) {
        if let Stage::Filling { weight, unfrozen, summed_weight, is_any_capped, .. } = self {
            *weight += flow.weight;
            *unfrozen += 1;
            *summed_weight = summed_weight.max(*weight);
            *is_any_capped |= flow.cap < f64::INFINITY;
        }
    }
}

impl AreaLink {
    /// Whether all its flows are in the area.
    pub fn is_inside(&self) -> bool {
        self.joined == self.members
    }

    pub fn load_outside(&self) -> f64 {
        if self.is_inside() { 0.0 } else { self.outside.max(0.0) }
    }

    pub fn is_filled_by(&self, load: f64) -> bool {
        load >= self.capacity * (1.0 - TOLERANCE)
    }

    pub fn limits_outside(&self) -> bool {
        self.bottlenecked_outside > 0
    }

    /// While it fills.
    pub fn outlook(&self) -> Outlook {
        let level = match self.stage {
            Stage::Filling { frozen, weight, unfrozen, .. } if unfrozen > 0 => {
                (self.capacity - self.load_outside() - frozen).max(0.0) / weight
            }
            Stage::Filling { .. } | Stage::Filled { .. } => f64::INFINITY,
        };
        Outlook::new(level, self.limits_outside())
    }

    /// Whether those that have their bottleneck here, outside of the area at `level_outside`, would
    /// keep it when the link fills at `level`.
    pub fn suits_outside(&self, level: f64, level_outside: f64) -> bool {
        !self.limits_outside() || is_same(level, level_outside)
    }
}

pub(super) fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE * a.max(b)
}

impl Area {
    /// Takes the marks of the area off the flows and links that it holds.
    pub fn unmark(&self, links: &mut [Link], flows: &mut [Flow]) {
        for flow in &self.flows {
            flows[flow.slot as usize].is_in_area = false;
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
                joined: 0,
                members: link.members.len() as u32,
                bottlenecked_outside: link.bottlenecked,
                capacity: if link.stands_by {
                    // What they would have at another level is found out when that is known.
                    (link.capacity - self.bystanders.taken(id)).max(0.0)
                } else {
                    link.capacity
                },
                outside: link.load,
                first_hop: END,
                last_hop: END,
                highest_outside: f64::INFINITY,
                stage: Stage::EMPTY,
            });
            self.outlooks.push(Outlook::new(f64::INFINITY, link.bottlenecked > 0));
            link.mark_in_area = self.links.len() as u32;
        }
        link.mark_in_area - 1
    }

    fn join(&mut self, slot: u32, links: &mut [Link], flows: &mut [Flow]) {
        let flow = &mut flows[slot as usize];
        // A member of a class is not seen by itself.
        if !flow.is_live || flow.is_member || flow.is_in_area {
            return;
        }
        flow.is_in_area = true;
        let first_hop = self.hops.len() as u32;
        let end_of_path = first_hop + flow.path.len() as u32;
        for hop in flow.path.iter() {
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
            link.bottlenecked_outside -= u32::from(flow.limit == Limit::link(hop.link));
            link.stage.add(flow);
            self.outlooks[place as usize] = link.outlook();
            self.hops.push(AreaHop {
                link: place,
                flow: self.flows.len() as u32,
                next: END,
                next_of_path: if number + 1 < end_of_path { number + 1 } else { first_hop },
            });
        }
        self.flows.push(AreaFlow {
            slot,
            limit: Limit::UNKNOWN,
            first_hop,
            hop_count: flow.path.len() as u32,
            rate: 0.0,
            level: 0.0,
        });
    }

    /// Of the link at `place` those flows join that `is_concerned` holds for; whether there are any.
    fn take_in(
        &mut self,
        place: usize,
        links: &mut [Link],
        flows: &mut [Flow],
        is_concerned: impl Fn(&Flow) -> bool,
    ) -> bool {
        let before = self.flows.len();
        let id = self.links[place].id;
        for index in 0..links[id.index()].members.len() {
            let slot = links[id.index()].members[index];
            if is_concerned(&flows[slot as usize]) {
                self.join(slot, links, flows);
            }
        }
        self.flows.len() > before
    }

    pub fn take_in_all(&mut self, place: usize, links: &mut [Link], flows: &mut [Flow]) -> bool {
        self.take_in(place, links, flows, |_| true)
    }

    /// Those that have their bottleneck at the link join.
    pub fn take_in_bottlenecked(
        &mut self,
        place: usize,
        links: &mut [Link],
        flows: &mut [Flow],
    ) -> bool {
        let before = self.flows.len();
        let id = self.links[place].id;
        let mut members = 0..links[id.index()].members.len();
        // Not all members need a look: how many there are to be found is known.
        while self.links[place].bottlenecked_outside > 0
            && let Some(index) = members.next()
        {
            let slot = links[id.index()].members[index];
            if flows[slot as usize].limit == Limit::link(id) {
                self.join(slot, links, flows);
            }
        }
        self.flows.len() > before
    }

    /// Those that have more than `level` for their weight join.
    pub fn take_in_above(
        &mut self,
        place: usize,
        level: f64,
        links: &mut [Link],
        flows: &mut [Flow],
    ) -> bool {
        self.links[place].highest_outside = level;
        self.take_in(place, links, flows, |flow| flow.rate > level * flow.weight)
    }

    /// Room for everything, at once: what of it is not used the system never has to provide, while
    /// room that doubles as an area grows leaves holes behind.
    #[cold]
    fn make_room(&mut self, links: usize, flows: usize) {
        self.links.reserve_exact(links);
        self.outlooks.reserve_exact(links);
        self.flows.reserve_exact(flows);
        self.hops.reserve_exact(2 * flows);
    }

    /// The area that `changes` begin with.
    pub fn begin(&mut self, links: &mut [Link], flows: &mut [Flow], changes: &Changes<'_>) {
        self.flows.clear();
        self.links.clear();
        self.outlooks.clear();
        self.hops.clear();
        if changes.started.len() >= VAST {
            self.make_room(links.len(), flows.len());
        }
        for &slot in changes.started {
            self.join(slot, links, flows);
        }
        for &id in changes.bereft {
            self.touch(id, links);
        }
        for &id in changes.resized {
            let place = self.touch(id, links) as usize;
            self.take_in_bottlenecked(place, links, flows);
            let link = &self.links[place];
            if link.joined == 0 && link.outside > link.capacity {
                self.take_in_all(place, links, flows);
            }
        }
        // A link that has lost a flow and is full no more has something for the others.
        for place in 0..self.links.len() {
            let link = &self.links[place];
            let is_bereft = link.joined == 0 && link.limits_outside();
            if is_bereft && !link.is_filled_by(link.outside) {
                self.take_in_bottlenecked(place, links, flows);
            }
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
