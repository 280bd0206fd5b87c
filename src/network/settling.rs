//! Settling: what has changed at an instant is solved, and flows and links get their new rates.

use super::area::{Area, Changes, Stage};
use super::flow::Limit;
use super::sharing::{Sharing, instant_of};
use super::sum::Sum;
use crate::units::Time;

/// After so many changes, and one more for each member, the load of a link is summed up anew, so
/// that rounding cannot pile up; after so many settlings, the sum of all rates.
const CHANGES_BETWEEN_SUMS: u32 = 16;
const SETTLES_BETWEEN_SUMS: u32 = 4096;

impl Sharing {
    /// Settles what has changed at `now`; call before time moves on.
    pub fn settle(&mut self, now: Time) {
        if !self.is_stale() {
            return;
        }
        let moment = self.moment(now);
        self.settle_once(moment);
        if self.yield_to_acknowledgements(moment) {
            self.settle_once(moment);
        }
        self.settled_count = self.live_count;
        self.settled_rate = self.total_rate.value().max(0.0);
    }

    fn settle_once(&mut self, moment: f64) {
        if !self.settle_burst(moment) {
            self.settle_area(moment);
        }
        while let Some(slot) = self.newcomers.pop() {
            self.seats[slot as usize].is_new = false;
            self.note_settled(slot);
        }
        self.note_settled_levels();
        self.started.clear();
        self.bereft.clear();
        self.resized.clear();
    }

    fn settle_area(&mut self, moment: f64) {
        self.begin_area();
        self.solve_area();
        while self.let_go(moment) {
            self.solve_area();
        }
        let area = std::mem::take(&mut self.area);
        self.apply(moment, &area);
        self.gather(moment, &area);
        self.area = area;
    }

    /// The area that the changes since the last settling begin with.
    pub(super) fn begin_area(&mut self) {
        let changes =
            Changes { started: &self.started, bereft: &self.bereft, resized: &self.resized };
        std::mem::swap(&mut self.area.bystanders, &mut self.bystanders);
        self.area.begin(&mut self.links, &mut self.flows, &changes);
        std::mem::swap(&mut self.area.bystanders, &mut self.bystanders);
    }

    fn solve_area(&mut self) {
        std::mem::swap(&mut self.area.bystanders, &mut self.bystanders);
        self.area.solve(&mut self.links, &mut self.flows);
        std::mem::swap(&mut self.area.bystanders, &mut self.bystanders);
    }

    /// Moves the flows of the solved area to their new rates.
    fn apply(&mut self, moment: f64, area: &Area) {
        for area_link in &area.links {
            self.book_peak(moment, area_link.id);
        }
        for area_flow in &area.flows {
            let (slot, rate, limit) = (area_flow.slot, area_flow.rate, area_flow.limit);
            self.give(moment, slot, rate, limit);
            if self.flows[slot as usize].is_class {
                self.set_class_level(moment, slot);
            }
        }
        for area_link in &area.links {
            let link = &mut self.links[area_link.id.index()];
            let Stage::Filled { load, bottlenecked, least, .. } = area_link.stage else { continue };
            link.bottlenecked = area_link.bottlenecked_outside + bottlenecked;
            if bottlenecked > 0 {
                link.level = least;
            }
            link.load = load;
            link.changes = if area_link.is_inside() { 0 } else { link.changes + area_link.joined };
            // Rounding must not pile up; the more members, the more changes pay for a sum.
            if link.changes > CHANGES_BETWEEN_SUMS + link.members.len() as u32 {
                link.changes = 0;
                link.load = link.members.iter().map(|&slot| self.flows[slot as usize].rate).sum();
            }
            link.note_load();
        }
        area.unmark(&mut self.links, &mut self.flows);
        self.count_settling();
    }

    /// Moves a flow or a class to another rate.
    #[inline]
    pub(super) fn give(&mut self, moment: f64, slot: u32, rate: f64, limit: Limit) {
        let flow = &mut self.flows[slot as usize];
        // An unchanged rate keeps its finish exact instead of being rounded anew.
        if rate == flow.rate {
            flow.change_limit(moment, limit);
            return;
        }
        self.total_rate.add(rate - flow.rate);
        flow.change_rate(moment, rate, limit);
        if !flow.is_class {
            self.finishes.set(slot as usize, instant_of(flow.finish_moment()));
        }
    }

    /// The rates have been settled once more.
    pub(super) fn count_settling(&mut self) {
        self.settles += 1;
        let enough = SETTLES_BETWEEN_SUMS + self.flows.len() as u32;
        if self.settles > enough || self.live_count == 0 {
            self.settles = 0;
            // The members of a class have no rate of their own.
            let live = self.flows.iter().filter(|flow| flow.is_live);
            self.total_rate = Sum::of(live.map(|flow| flow.rate));
        }
    }
}
