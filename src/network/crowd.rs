//! Which flows are in which class: in when they start on a crowded link or are limited by one,
//! out when they end, when another flow comes onto a link that was theirs alone, or when a link that
//! they share is nearly full.

use super::LinkId;
use super::area::{Area, TOLERANCE};
use super::class::Class;
use super::flow::{Bottleneck, Flow, Limit, Link, add_member, remove_member};
use super::path::Place;
use super::seat::{is_valid, seat_of};
use super::sharing::{FlowId, Sharing, instant_of};
use crate::prefetch::prefetch_at;
use crate::units::Time;

/// So many finishes of its class before its own, a flow is fetched from memory.
const FETCHED_AHEAD: usize = 12;

/// The cap over weight of an open class.
const OPEN: f64 = f64::INFINITY;

impl Sharing {
    pub(super) fn class(&self, index: u32) -> &Class {
        self.classes[index as usize].as_ref().expect("a flow's class lives as long as it is in it")
    }

    pub(super) fn class_mut(&mut self, index: u32) -> &mut Class {
        self.classes[index as usize].as_mut().expect("a flow's class lives as long as it is in it")
    }

    /// One more flow crosses `link`.
    pub(super) fn crossed(&mut self, moment: f64, id: LinkId) {
        let link = &mut self.links[id.index()];
        link.crossing += 1;
        let (crossing, was_crowded) = (link.crossing, link.is_crowded);
        // What the other direction carries must be known from now on.
        if crossing == 1
            && let Some(twin) = self.twin(id)
            && !self.links[twin.index()].is_crowded
        {
            self.disperse(moment, twin);
        }
        // What stands by has its flows in the classes of others.
        if was_crowded || self.links[id.index()].stands_by {
            return;
        }
        let (is_second, is_crowded) = (crossing == 2, crossing >= self.crowd);
        if is_second {
            self.scatter(moment, id);
        }
        self.links[id.index()].is_crowded = is_crowded;
    }

    /// One flow less crosses `link`.
    pub(super) fn left_alone(&mut self, moment: f64, id: LinkId) {
        let link = &mut self.links[id.index()];
        link.crossing -= 1;
        if !link.is_crowded || link.crossing >= self.crowd.div_ceil(2) {
            return;
        }
        link.is_crowded = false;
        let members = link.members.clone();
        for slot in members {
            // A class whose flows cross the link twice stands there twice, and is gone the second time.
            if self.flows[slot as usize].is_live
                && let Some(index) = self.class_it_is(slot)
            {
                for member in self.class(index).members(index, &self.seats) {
                    self.leave_class(moment, member);
                }
            }
        }
    }

    /// Members of classes leave a link that can stand by no more.
    pub(super) fn disperse(&mut self, moment: f64, id: LinkId) {
        self.scatter(moment, id);
        let link = &mut self.links[id.index()];
        link.is_crowded = link.crossing >= self.crowd;
    }

    /// The members of classes that are listed by `link`, which is not crowded, leave them.
    pub(super) fn scatter(&mut self, moment: f64, id: LinkId) {
        for place in 0..self.links[id.index()].members.len() {
            let slot = self.links[id.index()].members[place];
            if self.flows[slot as usize].is_member {
                self.leave_class(moment, slot);
                self.started.push(slot);
            }
        }
    }

    /// How a flow that crosses crowded links can be in a class; leaves them in `key`.
    fn fit(&mut self, slot: u32) -> Option<Fit> {
        let flow = &self.flows[slot as usize];
        let is_used = |twin: LinkId| self.links[twin.index()].crossing > 0;
        let (mut cap, mut is_alone, mut most) = (flow.cap, true, 0);
        self.key.clear();
        for hop in flow.path.iter() {
            let link = &self.links[hop.link.index()];
            if link.is_crowded {
                self.key.push(hop.link);
                most = most.max(link.crossing);
            } else if self.twin(hop.link).is_some_and(is_used) || flow.path.crosses_again(hop.link)
            {
                // What a class knows of a link that is not crowded is a cap.
                return None;
            } else {
                cap = cap.min(link.capacity);
                is_alone &= link.crossing == 1;
            }
        }
        let is_fit = !self.key.is_empty() && (is_alone || most >= self.multitude);
        self.key.sort_unstable();
        is_fit.then_some(Fit { cap: cap / flow.weight, is_alone })
    }

    /// The class of the links in `key` with `cap`, made when there is room for it.
    fn class_with(&mut self, moment: f64, cap: f64) -> Option<u32> {
        let key = (self.key.clone(), cap.to_bits());
        if let Some(&class) = self.class_of.get(&key) {
            return Some(class);
        }
        let is_open = cap == OPEN;
        let mut links = self.key.iter().map(|id| &self.links[id.index()]);
        if !is_open && links.any(|link| link.class_count >= self.most_classes) {
            return None;
        }
        let slot = self.new_slot(&key.0, 0.0, 0.0);
        for id in &key.0 {
            self.links[id.index()].class_count += u32::from(!is_open);
        }
        add_member(slot, &mut self.flows, &mut self.links, |_| true);
        let index = self.free_classes.pop().unwrap_or(self.classes.len() as u32);
        let class = Class::new(slot, key.clone(), moment);
        match self.classes.get_mut(index as usize) {
            Some(place) => *place = Some(class),
            None => self.classes.push(Some(class)),
        }
        self.class_of.insert(key, index);
        let flow = &mut self.flows[slot as usize];
        (flow.is_class, flow.since) = (true, moment);
        seat_of(slot, &mut self.seats).class = index;
        self.bystanders.set_level(index, 0.0);
        Some(index)
    }

    /// Puts a flow that has just started, and is nobody's member yet, into its class.
    pub(super) fn join_class(&mut self, moment: f64, slot: u32) -> bool {
        let Some(fit) = self.fit(slot) else { return false };
        let class = if fit.is_alone {
            self.class_with(moment, fit.cap)
        } else {
            let class = self.class_of.get(&(self.key.clone(), OPEN.to_bits())).copied();
            class.filter(|&class| self.admits(slot, self.class(class).level))
        };
        let Some(class) = class else { return false };
        add_member(slot, &mut self.flows, &mut self.links, |link| !link.is_crowded);
        self.enter(moment, slot, class);
        if !fit.is_alone {
            self.stand_by(moment, slot, class, false);
        }
        self.seats[slot as usize].is_new = true;
        self.newcomers.push(slot);
        let class_slot = self.class(class).slot;
        self.started.push(class_slot);
        true
    }

    fn enter(&mut self, moment: f64, slot: u32, index: u32) {
        let class = self.classes[index as usize].as_mut().expect("found or made by class_with");
        let [flow, whole] = flow_and_class(&mut self.flows, slot, class.slot);
        let bits = flow.left_at(moment);
        flow.join(moment, whole, own_limit(&self.links, flow));
        flow.is_member = true;
        flow.rate = 0.0;
        class.weight.add(flow.weight);
        seat_of(slot, &mut self.seats).peaks_before = class.peak_count();
        class.list(index, slot, &mut self.seats);
        self.finishes.set(slot as usize, Time::NEVER);
        self.retag(moment, slot, bits);
        self.weigh(index);
    }

    /// A member has been given more to send: what limited it until now is booked.
    pub(super) fn account_limits_in_class(&mut self, moment: f64, slot: u32, index: u32) {
        let class = self.class(index);
        let noted = self.seats[slot as usize].peaks_before;
        let peak = class.peak_since(self.flows[slot as usize].since, noted);
        let (class_slot, peaks_before) = (class.slot, class.peak_count());
        let [flow, whole] = flow_and_class(&mut self.flows, slot, class_slot);
        for hop in flow.path.iter().filter(|hop| hop.place != Place::NOWHERE) {
            let link = &mut self.links[hop.link.index()];
            link.peak = link.peak.max(peak * flow.weight);
        }
        let cap = own_limit(&self.links, flow);
        flow.part(moment, whole, cap);
        self.account_limits(moment, slot);
        let [flow, whole] = flow_and_class(&mut self.flows, slot, class_slot);
        flow.join(moment, whole, cap);
        self.seats[slot as usize].peaks_before = peaks_before;
    }

    /// The solver sees the class as a flow of the weight of all.
    fn weigh(&mut self, index: u32) {
        let class = self.class(index);
        let (slot, weight, cap) = (class.slot, class.weight.value(), class.cap());
        let flow = &mut self.flows[slot as usize];
        flow.weight = weight;
        flow.cap = if cap == OPEN { OPEN } else { cap * weight };
    }

    /// A member has `bits` left at `moment`; the class has to be awaited anew, or settled.
    pub(super) fn retag(&mut self, moment: f64, slot: u32, bits: f64) {
        let Some(index) = self.class_of_member(slot) else { return };
        let flow = &mut self.flows[slot as usize];
        let seat = &mut self.seats[slot as usize];
        let class = self.classes[index as usize].as_mut().expect("it is in this class");
        flow.left = class.clock_at(moment) + bits / flow.weight;
        seat.stamp += 1;
        class.note_tag(flow.left, slot, seat.stamp);
        if class.is_open() {
            let own = flow.path.iter().filter(|hop| hop.place != Place::NOWHERE);
            let capacities = own.map(|hop| self.links[hop.link.index()].capacity);
            let cap = capacities.fold(flow.cap, f64::min) / flow.weight;
            class.note_cap(cap, slot, seat.stamp);
        }
        class.compact(|slot, stamp| is_valid(&self.seats, slot, stamp));
    }

    /// A member goes on for itself, with the rate that it had.
    pub(super) fn leave_class(&mut self, moment: f64, slot: u32) {
        let is_finished = self.flows[slot as usize].left == f64::NEG_INFINITY;
        self.part(moment, slot);
        add_member(slot, &mut self.flows, &mut self.links, |_| true);
        if !is_finished {
            let finish = instant_of(self.flows[slot as usize].finish_moment());
            self.finishes.set(slot as usize, finish);
        }
    }

    /// A member is one no more; the crowded links do not have it among their members yet.
    pub(super) fn part(&mut self, moment: f64, slot: u32) {
        let Some(index) = self.class_of_member(slot) else { return };
        self.stand_aside(moment, slot, index);
        let bits = self.bits_left(moment, slot);
        let class = self.classes[index as usize].as_mut().expect("it is in this class");
        let [flow, whole] = flow_and_class(&mut self.flows, slot, class.slot);
        let seat = &mut self.seats[slot as usize];
        let was_new = std::mem::replace(&mut seat.is_new, false);
        let (mut rate, mut peak) = (class.level, class.peak_since(flow.since, seat.peaks_before));
        if was_new {
            (rate, peak) = (0.0, 0.0);
        }
        (rate, peak) = (rate * flow.weight, peak * flow.weight);
        class.weight.add(-flow.weight);
        class.count -= 1;
        let cap = own_limit(&self.links, flow);
        flow.part(moment, whole, cap);
        seat.leave();
        flow.is_member = false;
        flow.left = bits;
        flow.rate = rate;
        flow.limit = match whole.limit {
            _ if was_new => Limit::UNKNOWN,
            Limit::CAP => cap,
            limit => limit,
        };
        for hop in flow.path.iter() {
            let link = &mut self.links[hop.link.index()];
            if flow.limit == Limit::link(hop.link) {
                link.bottlenecked += 1;
                link.level = rate / flow.weight;
            }
            if hop.place != Place::NOWHERE {
                link.load += rate;
                link.peak = link.peak.max(peak);
            }
        }
        whole.rate = (whole.rate - rate).max(0.0);
        if was_new {
            self.started.push(slot);
        }
        if class.count == 0 {
            self.dissolve(index);
        } else {
            self.started.push(class.slot);
            self.weigh(index);
        }
    }

    fn dissolve(&mut self, index: u32) {
        let Some(class) = self.classes[index as usize].take() else { return };
        let slot = class.slot;
        remove_member(slot, &mut self.flows, &mut self.links, |_| true);
        let flow = &self.flows[slot as usize];
        for hop in flow.path.iter() {
            let link = &mut self.links[hop.link.index()];
            link.load = (link.load - flow.rate).max(0.0);
            link.bottlenecked -= u32::from(flow.limit == Limit::link(hop.link));
            link.class_count -= u32::from(!class.is_open());
            self.bereft.push(hop.link);
        }
        self.class_of.remove(&class.key);
        self.free_classes.push(index);
        self.free_slot(slot);
    }

    /// The class has been given another rate or weight.
    pub(super) fn set_class_level(&mut self, moment: f64, slot: u32) {
        let Some(index) = self.class_it_is(slot) else { return };
        let flow = &self.flows[slot as usize];
        let level = flow.rate / flow.weight;
        self.class_mut(index).set_level(moment, level);
        self.bystanders.set_level(index, level);
        self.await_finish(index);
    }

    pub(super) fn await_finish(&mut self, index: u32) {
        let class = self.classes[index as usize].as_mut().expect("it has members");
        let next = class.next_finish(|slot, stamp| is_valid(&self.seats, slot, stamp));
        let instant = next.map_or(Time::NEVER, |(moment, _)| instant_of(moment));
        self.finishes.set(class.slot as usize, instant);
    }

    /// Appends the members that are complete at `now`; returns the latest exact moment.
    pub(super) fn take_finished_members(
        &mut self,
        now: Time,
        class_slot: u32,
        finished: &mut Vec<FlowId>,
    ) -> f64 {
        let mut latest = f64::NEG_INFINITY;
        let Some(index) = self.class_it_is(class_slot) else { return latest };
        let class = self.classes[index as usize].as_mut().expect("it has members");
        while let Some((moment, slot)) =
            class.next_finish(|slot, stamp| is_valid(&self.seats, slot, stamp))
            && instant_of(moment) <= now
        {
            class.pop_tag();
            self.seats[slot as usize].stamp += 1;
            self.flows[slot as usize].left = f64::NEG_INFINITY;
            latest = latest.max(moment);
            finished.push(FlowId(slot));
            if let Some(ahead) = class.ahead(FETCHED_AHEAD) {
                prefetch_at(&self.flows, ahead as usize);
                prefetch_at(&self.seats, ahead as usize);
            }
        }
        self.last_class = index;
        self.await_finish(index);
        latest
    }

    /// Members of open classes whose level has come up to their cap leave; returns whether any
    /// did, so that the area must be solved again.
    pub(super) fn let_go(&mut self, moment: f64) -> bool {
        let mut leaving: Vec<u32> = Vec::new();
        if self.class_of.is_empty() {
            return false;
        }
        for area_flow in &self.area.flows {
            let Some(index) = self.class_it_is(area_flow.slot) else { continue };
            self.bystanders.set_prospect(index, area_flow.level);
            let level = area_flow.level * (1.0 - TOLERANCE);
            let class = self.classes[index as usize].as_mut().expect("it has members");
            while let Some((cap, member)) =
                class.least_cap(|slot, stamp| is_valid(&self.seats, slot, stamp))
                && cap < level
            {
                class.pop_cap();
                leaving.push(member);
            }
        }
        let full = self.full_bystanders();
        if leaving.is_empty() && full.is_empty() {
            return false;
        }
        for place in 0..self.area.flows.len() {
            if let Some(index) = self.class_it_is(self.area.flows[place].slot) {
                self.bystanders.forget_prospect(index);
            }
        }
        for &slot in &leaving {
            self.leave_class(moment, slot);
        }
        self.started.extend(&leaving);
        for link in full {
            self.disperse(moment, link);
        }
        self.area.unmark(&mut self.links, &mut self.flows);
        self.begin_area();
        true
    }

    /// Flows of the solved area that fit into a class join it.
    pub(super) fn gather(&mut self, moment: f64, area: &Area) {
        for area_flow in &area.flows {
            let slot = area_flow.slot;
            let flow = &self.flows[slot as usize];
            if flow.is_class || flow.left <= 0.0 {
                continue;
            }
            let level = flow.rate / flow.weight;
            let Some(fit) = self.fit(slot) else { continue };
            let is_limited_by_crowd = match area_flow.limit.bottleneck() {
                Bottleneck::Link(id) => self.links[id.index()].is_crowded,
                Bottleneck::Cap | Bottleneck::Unknown => false,
            };
            let mut class = None;
            if fit.is_alone {
                class = self.class_with(moment, fit.cap);
            } else if !(is_limited_by_crowd && self.admits(slot, level)) {
                continue;
            }
            if class.is_none() && is_limited_by_crowd {
                class = self.class_with(moment, OPEN);
            }
            let Some(index) = class else { continue };
            self.absorb(moment, slot, index, fit.is_alone);
        }
    }

    /// A flow with the level of a class becomes its member; nobody's rate changes.
    fn absorb(&mut self, moment: f64, slot: u32, index: u32, is_alone: bool) {
        for place in 0..self.flows[slot as usize].path.len() {
            self.book_peak(moment, self.flows[slot as usize].path[place].link);
        }
        let flow = &self.flows[slot as usize];
        let (rate, limit, level) = (flow.rate, flow.limit, flow.rate / flow.weight);
        let mut is_limited_by_crowd = false;
        for hop in flow.path.iter() {
            let link = &mut self.links[hop.link.index()];
            let is_limit = limit == Limit::link(hop.link);
            link.bottlenecked -= u32::from(is_limit);
            is_limited_by_crowd |= is_limit && link.is_crowded;
            if !link.is_crowded {
                link.load = (link.load - rate).max(0.0);
            }
        }
        remove_member(slot, &mut self.flows, &mut self.links, |link| link.is_crowded);
        let is_new = self.class(index).count == 0;
        debug_assert!(
            is_new || (level - self.class(index).level).abs() <= 1e-9 * level,
            "a flow with level {level} joins a class with level {}",
            self.class(index).level
        );
        self.enter(moment, slot, index);
        let class_slot = self.class(index).slot;
        let whole = &mut self.flows[class_slot as usize];
        whole.rate += rate;
        if is_new {
            whole.limit = if is_limited_by_crowd { limit } else { Limit::CAP };
            for hop in whole.path.iter().filter(|hop| Limit::link(hop.link) == whole.limit) {
                self.links[hop.link.index()].bottlenecked += 1;
            }
            self.class_mut(index).set_level(moment, level);
            self.bystanders.set_level(index, level);
        }
        if !is_alone {
            self.stand_by(moment, slot, index, true);
        }
        self.await_finish(index);
    }
}

/// How a flow can be a member of a class.
struct Fit {
    /// The least cap over weight that its own cap and its links that are not crowded put on it.
    cap: f64,
    /// Whether it has those links for itself, so that they are mere caps.
    is_alone: bool,
}

/// What stands behind the cap of a class for one of its members: a link of its own, or its cap.
pub(super) fn own_limit(links: &[Link], flow: &Flow) -> Limit {
    let own = flow.path.iter().filter(|hop| hop.place != Place::NOWHERE).map(|hop| hop.link);
    let capacity = |id: LinkId| links[id.index()].capacity;
    let least = own.min_by(|&a, &b| capacity(a).total_cmp(&capacity(b)));
    match least {
        Some(id) if capacity(id) < flow.cap => Limit::link(id),
        _ => Limit::CAP,
    }
}

fn flow_and_class(flows: &mut [Flow], slot: u32, class_slot: u32) -> [&mut Flow; 2] {
    let places = [slot as usize, class_slot as usize];
    flows.get_disjoint_mut(places).expect("a class is no member of itself")
}
