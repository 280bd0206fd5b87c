//! Which flows are in which class: in when they start on a crowded link or are limited by one,
//! out when they end or when another flow comes onto a link that was theirs alone.

use super::LinkId;
use super::class::Class;
use super::flow::{Bottleneck, Flow, NO_PLACE, add_member, remove_member};
use super::sharing::{FlowId, Sharing, instant_of};
use super::solver::{Area, Changes};
use crate::units::Time;

/// Levels that differ by less are the same.
const TOLERANCE: f64 = 1e-12;

/// The cap over weight of an open class.
const OPEN: f64 = f64::INFINITY;

impl Sharing {
    pub(super) fn class(&self, index: u32) -> &Class {
        self.classes[index as usize].as_ref().expect("a flow's class lives as long as it is in it")
    }

    fn class_mut(&mut self, index: u32) -> &mut Class {
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
            self.scatter(moment, twin);
        }
        if was_crowded {
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
        for (slot, _) in members {
            let flow = &self.flows[slot as usize];
            if let (true, Some(class)) = (flow.is_class, flow.class) {
                for member in self.class(class).members.clone() {
                    self.leave_class(moment, member);
                }
            }
        }
    }

    /// The flows that have `link`, which is not crowded, for themselves leave their classes.
    pub(super) fn scatter(&mut self, moment: f64, id: LinkId) {
        for place in 0..self.links[id.index()].members.len() {
            let (slot, _) = self.links[id.index()].members[place];
            let flow = &self.flows[slot as usize];
            if flow.class.is_some() && !flow.is_class {
                self.leave_class(moment, slot);
                self.started.push(slot);
            }
        }
    }

    /// The least cap over weight that its own links and its own cap put on a flow that crosses
    /// crowded links and has all others for itself; leaves the crowded ones in `key`.
    fn own_cap(&mut self, slot: u32) -> Option<f64> {
        let flow = &self.flows[slot as usize];
        let is_used = |twin: LinkId| self.links[twin.index()].crossing > 0;
        let mut cap = flow.cap;
        self.key.clear();
        for &(id, _) in &flow.path {
            let link = &self.links[id.index()];
            if link.is_crowded {
                self.key.push(id);
            } else if link.crossing > 1 || self.twin(id).is_some_and(is_used) {
                return None;
            } else {
                cap = cap.min(link.capacity);
            }
        }
        self.key.sort_unstable();
        (!self.key.is_empty()).then_some(cap / flow.weight)
    }

    /// The class of the links in `key` with `cap`, made when there is room for it.
    fn class_with(&mut self, moment: f64, cap: f64) -> Option<u32> {
        let key = (std::mem::take(&mut self.key).into_boxed_slice(), cap.to_bits());
        if let Some(&class) = self.class_of.get(&key) {
            self.key = key.0.into_vec();
            return Some(class);
        }
        self.key = key.0.to_vec();
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
        (flow.is_class, flow.class) = (true, Some(index));
        Some(index)
    }

    /// Puts a flow that has just started, and is nobody's member yet, into its class.
    pub(super) fn join_class(&mut self, moment: f64, slot: u32) -> bool {
        let Some(class) = self.own_cap(slot).and_then(|cap| self.class_with(moment, cap)) else {
            return false;
        };
        add_member(slot, &mut self.flows, &mut self.links, |link| !link.is_crowded);
        self.enter(moment, slot, class);
        self.flows[slot as usize].is_new = true;
        self.newcomers.push(slot);
        let class_slot = self.class(class).slot;
        self.started.push(class_slot);
        true
    }

    fn enter(&mut self, moment: f64, slot: u32, index: u32) {
        let class = self.classes[index as usize].as_mut().expect("found or made by class_with");
        let flow = &mut self.flows[slot as usize];
        let bits = flow.left_at(moment);
        flow.class = Some(index);
        flow.since = moment;
        flow.rate = 0.0;
        flow.limits.join(moment, &class.limits);
        flow.place_in_class = class.members.len() as u32;
        class.members.push(slot);
        class.weight.add(flow.weight);
        self.finishes.set(slot as usize, Time::NEVER);
        self.retag(moment, slot, bits);
        self.weigh(index);
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
        let flow = &mut self.flows[slot as usize];
        let Some(index) = flow.class else { return };
        let class = self.classes[index as usize].as_mut().expect("it is in this class");
        flow.left = class.clock_at(moment) + bits / flow.weight;
        flow.stamp += 1;
        class.note_tag(flow.left, flow.order, slot, flow.stamp);
        if class.is_open() {
            let own = flow.path.iter().filter(|&&(_, place)| place != NO_PLACE);
            let capacities = own.map(|(id, _)| self.links[id.index()].capacity);
            let cap = capacities.fold(flow.cap, f64::min) / flow.weight;
            class.note_cap(cap, flow.order, slot, flow.stamp);
        }
        let flows = &self.flows;
        class.compact(|slot, stamp| flows[slot as usize].stamp == stamp);
    }

    /// A member goes on for itself, with the rate that it had.
    pub(super) fn leave_class(&mut self, moment: f64, slot: u32) {
        let is_finished = self.flows[slot as usize].left == f64::NEG_INFINITY;
        self.part(moment, slot);
        join_where_absent(self, slot);
        if !is_finished {
            let finish = instant_of(self.flows[slot as usize].finish_moment());
            self.finishes.set(slot as usize, finish);
        }
    }

    /// A member is one no more; the crowded links do not have it among their members yet.
    pub(super) fn part(&mut self, moment: f64, slot: u32) {
        let Some(index) = self.flows[slot as usize].class else { return };
        let bits = self.bits_left(moment, slot);
        let class = self.classes[index as usize].as_mut().expect("it is in this class");
        let class_slot = class.slot;
        let bottleneck = self.flows[class_slot as usize].bottleneck;
        let flow = &mut self.flows[slot as usize];
        let was_new = std::mem::replace(&mut flow.is_new, false);
        let (mut rate, mut peak) = (class.level, class.peak_since(flow.since));
        if was_new {
            (rate, peak) = (0.0, 0.0);
        }
        (rate, peak) = (rate * flow.weight, peak * flow.weight);
        class.weight.add(-flow.weight);
        class.members.swap_remove(flow.place_in_class as usize);
        let moved = class.members.get(flow.place_in_class as usize).copied();
        let gathered = &class.limits;
        let place = flow.place_in_class;
        flow.class = None;
        flow.stamp += 1;
        flow.left = bits;
        flow.since = moment;
        flow.rate = rate;
        let cap = cause(&self.links, flow, Bottleneck::Cap);
        flow.limits.part(moment, gathered, cap);
        flow.bottleneck =
            if was_new { Bottleneck::Unknown } else { cause(&self.links, flow, bottleneck) };
        flow.limits.change(moment, flow.bottleneck);
        for &(id, place) in &flow.path {
            let link = &mut self.links[id.index()];
            if flow.bottleneck == Bottleneck::Link(id) {
                link.bottlenecked += 1;
                link.level = rate / flow.weight;
            }
            if place != NO_PLACE {
                link.load += rate;
                link.peak = link.peak.max(peak);
            }
        }
        if let Some(moved) = moved {
            self.flows[moved as usize].place_in_class = place;
        }
        if was_new {
            self.started.push(slot);
        }
        let whole = &mut self.flows[class_slot as usize];
        whole.rate = (whole.rate - rate).max(0.0);
        if self.class(index).members.is_empty() {
            self.dissolve(index);
        } else {
            self.weigh(index);
            self.started.push(class_slot);
        }
    }

    fn dissolve(&mut self, index: u32) {
        let Some(class) = self.classes[index as usize].take() else { return };
        let slot = class.slot;
        remove_member(slot, &mut self.flows, &mut self.links, |_| true);
        let flow = &self.flows[slot as usize];
        for &(id, _) in &flow.path {
            let link = &mut self.links[id.index()];
            link.load = (link.load - flow.rate).max(0.0);
            link.bottlenecked -= u32::from(flow.bottleneck == Bottleneck::Link(id));
            link.class_count -= u32::from(!class.is_open());
            self.bereft.push(id);
        }
        self.class_of.remove(&class.key);
        self.free_classes.push(index);
        self.free_slot(slot);
    }

    /// The class has been given another rate.
    pub(super) fn set_class_level(&mut self, moment: f64, slot: u32) {
        let flow = &self.flows[slot as usize];
        let Some(index) = flow.class else { return };
        let (level, bottleneck) = (flow.rate / flow.weight, flow.bottleneck);
        let class = self.class_mut(index);
        class.set_level(moment, level);
        class.limits.change(moment, bottleneck);
        self.await_finish(index);
    }

    pub(super) fn await_finish(&mut self, index: u32) {
        let class = self.classes[index as usize].as_mut().expect("it has members");
        let next = class.next_finish(|slot, stamp| self.flows[slot as usize].stamp == stamp);
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
        let Some(index) = self.flows[class_slot as usize].class else { return latest };
        let class = self.classes[index as usize].as_mut().expect("it has members");
        while let Some((moment, slot)) =
            class.next_finish(|slot, stamp| self.flows[slot as usize].stamp == stamp)
            && instant_of(moment) <= now
        {
            class.pop_tag();
            let flow = &mut self.flows[slot as usize];
            flow.stamp += 1;
            flow.left = f64::NEG_INFINITY;
            latest = latest.max(moment);
            finished.push(FlowId(slot));
        }
        self.await_finish(index);
        latest
    }

    /// Members of open classes whose level has come up to their cap leave; returns whether any
    /// did, so that the area must be solved again.
    pub(super) fn let_go(&mut self, moment: f64) -> bool {
        let mut leaving: Vec<u32> = Vec::new();
        for &(slot, rate, _) in self.area.rates() {
            let flow = &self.flows[slot as usize];
            let (true, Some(index)) = (flow.is_class, flow.class) else { continue };
            let level = rate / flow.weight * (1.0 - TOLERANCE);
            let flows = &self.flows;
            let class = self.classes[index as usize].as_mut().expect("it has members");
            while let Some((cap, member)) =
                class.least_cap(|slot, stamp| flows[slot as usize].stamp == stamp)
                && cap < level
            {
                class.pop_cap();
                leaving.push(member);
            }
        }
        for &slot in &leaving {
            self.leave_class(moment, slot);
        }
        self.started.extend(&leaving);
        if !leaving.is_empty() {
            self.begin_area();
        }
        !leaving.is_empty()
    }

    /// The area that the changes since the last settling begin with.
    pub(super) fn begin_area(&mut self) {
        let changes =
            Changes { started: &self.started, bereft: &self.bereft, resized: &self.resized };
        self.area.begin(&self.links, &self.flows, &changes);
    }

    /// Flows of the solved area that fit into a class join it.
    pub(super) fn gather(&mut self, moment: f64, area: &Area) {
        for &(slot, rate, bottleneck) in area.rates() {
            let flow = &self.flows[slot as usize];
            if flow.is_class || flow.left <= 0.0 {
                continue;
            }
            let Some(cap) = self.own_cap(slot) else { continue };
            let is_limited_by_crowd = match bottleneck {
                Bottleneck::Link(id) => self.links[id.index()].is_crowded,
                Bottleneck::Cap | Bottleneck::Unknown => false,
            };
            let mut class = self.class_with(moment, cap);
            if class.is_none() && is_limited_by_crowd {
                class = self.class_with(moment, OPEN);
            }
            let Some(index) = class else { continue };
            self.absorb(moment, slot, index, rate);
        }
    }

    /// A flow with the level of a class becomes its member; nobody's rate changes.
    fn absorb(&mut self, moment: f64, slot: u32, index: u32, rate: f64) {
        let flow = &self.flows[slot as usize];
        let (level, bottleneck) = (rate / flow.weight, flow.bottleneck);
        for &(id, _) in &flow.path {
            let link = &mut self.links[id.index()];
            link.bottlenecked -= u32::from(bottleneck == Bottleneck::Link(id));
            if !link.is_crowded {
                link.load = (link.load - rate).max(0.0);
            }
        }
        remove_member(slot, &mut self.flows, &mut self.links, |link| link.is_crowded);
        let is_new = self.class(index).members.is_empty();
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
            whole.bottleneck = match bottleneck {
                Bottleneck::Link(id) if self.links[id.index()].is_crowded => bottleneck,
                Bottleneck::Link(_) | Bottleneck::Cap | Bottleneck::Unknown => Bottleneck::Cap,
            };
            if let Bottleneck::Link(id) = whole.bottleneck {
                self.links[id.index()].bottlenecked += 1;
            }
            let bottleneck = whole.bottleneck;
            let class = self.class_mut(index);
            class.set_level(moment, level);
            class.limits.change(moment, bottleneck);
        }
        self.await_finish(index);
    }
}

/// What stands behind the cap of a class for one of its members: a link of its own, or its cap.
pub(super) fn cause(
    links: &[super::flow::Link],
    flow: &Flow,
    bottleneck: Bottleneck,
) -> Bottleneck {
    if bottleneck != Bottleneck::Cap {
        return bottleneck;
    }
    let own = flow.path.iter().filter(|&&(_, place)| place != NO_PLACE);
    let capacity = |id: LinkId| links[id.index()].capacity;
    let least = own.map(|&(id, _)| id).min_by(|&a, &b| capacity(a).total_cmp(&capacity(b)));
    match least {
        Some(id) if capacity(id) < flow.cap => Bottleneck::Link(id),
        _ => Bottleneck::Cap,
    }
}

/// A flow that has left its class is a member of all links of its path.
fn join_where_absent(sharing: &mut Sharing, slot: u32) {
    let flow = &mut sharing.flows[slot as usize];
    for (hop, (id, place)) in flow.path.iter_mut().enumerate() {
        if *place == NO_PLACE {
            let members = &mut sharing.links[id.index()].members;
            *place = members.len() as u32;
            members.push((slot, hop as u32));
        }
    }
}
