//! What the solver sees: flows with their paths, links with their members.

use smallvec::SmallVec;

use super::LinkId;
use super::path::{Hop, Path, Place};

/// What keeps a flow from being faster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bottleneck {
    Link(LinkId),
    /// The flow's own limit.
    Cap,
    /// It has not been given a rate yet.
    Unknown,
}

/// A [`Bottleneck`] in four bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Limit(u32);

impl Limit {
    pub const CAP: Limit = Limit(u32::MAX - 1);
    pub const UNKNOWN: Limit = Limit(u32::MAX);

    pub fn link(id: LinkId) -> Limit {
        Limit(id.0)
    }

    /// The link at this place among all.
    pub fn place(index: usize) -> Limit {
        Limit(index as u32)
    }

    pub fn bottleneck(self) -> Bottleneck {
        match self {
            Limit::CAP => Bottleneck::Cap,
            Limit::UNKNOWN => Bottleneck::Unknown,
            Limit(link) => Bottleneck::Link(LinkId(link)),
        }
    }
}

/// A flow, or a class of flows that the solver treats as one.
#[derive(Debug)]
pub(super) struct Flow {
    pub path: Path,
    pub weight: f64,
    /// bit/s
    pub cap: f64,
    /// bit/s
    pub rate: f64,
    /// Bits that were left at `since`, a moment in nanoseconds; in a class bits per weight that
    /// its clock shows when the flow is complete.
    pub left: f64,
    pub since: f64,
    /// As [`Hop::span`], for its cap.
    pub cap_span: f64,
    /// What limits it since `since`; unknown in a class.
    pub limit: Limit,
    /// Order of starting, which decides between flows that finish at the same instant.
    pub order: u32,
    /// Whatever the owner of the flow has written on it.
    pub label: u32,
    pub is_live: bool,
    /// Its [`Seat`](super::seat::Seat) tells which class it is, or of which it is a member.
    pub is_class: bool,
    pub is_member: bool,
    pub is_in_area: bool,
}

impl Flow {
    pub fn left_at(&self, moment: f64) -> f64 {
        (self.left - self.rate * (moment - self.since) * 1e-9).max(0.0)
    }

    /// In nanoseconds; infinite when it never finishes at its rate.
    pub fn finish_moment(&self) -> f64 {
        if self.left <= 0.0 { self.since } else { self.since + self.left / self.rate * 1e9 }
    }

    /// Where it is booked how long `limit` has limited the flow; `None` when nowhere.
    fn span_mut(&mut self, limit: Limit) -> Option<&mut f64> {
        match limit {
            Limit::UNKNOWN => None,
            Limit::CAP => Some(&mut self.cap_span),
            limit => {
                let hop = self.path.iter_mut().find(|hop| Limit::link(hop.link) == limit)?;
                Some(&mut hop.span)
            }
        }
    }

    fn book(&mut self, limit: Limit, span: f64) {
        if let Some(booked) = self.span_mut(limit) {
            *booked += span;
        }
    }

    /// From `moment` on another rate and another limit count.
    pub fn change_rate(&mut self, moment: f64, rate: f64, limit: Limit) {
        self.book(self.limit, moment - self.since);
        self.left = self.left_at(moment);
        self.since = moment;
        self.rate = rate;
        self.limit = limit;
    }

    /// From `moment` on another limit counts, at the rate that it has: what is left and when it
    /// finishes stays as it was computed.
    pub fn change_limit(&mut self, moment: f64, limit: Limit) {
        if self.limit != limit {
            let span = moment - self.since;
            self.book(self.limit, span);
            self.book(limit, -span);
            self.limit = limit;
        }
    }

    /// How long `hop`, which is one of its path, has limited the flow until `moment`.
    pub fn span_of_hop(&self, moment: f64, hop: &Hop) -> f64 {
        hop.span + self.span_in_force(moment, Limit::link(hop.link))
    }

    /// How long its cap has.
    pub fn span_of_cap(&self, moment: f64) -> f64 {
        self.cap_span + self.span_in_force(moment, Limit::CAP)
    }

    /// What is not booked yet.
    fn span_in_force(&self, moment: f64, limit: Limit) -> f64 {
        if self.limit == limit { moment - self.since } else { 0.0 }
    }

    /// What `class` gathers from `moment` on counts here as well, until [`Flow::part`]; what
    /// limits the class as its cap is `cap` to the flow.
    pub fn join(&mut self, moment: f64, class: &Flow, cap: Limit) {
        self.book(self.limit, moment - self.since);
        self.since = moment;
        self.limit = Limit::UNKNOWN;
        self.book_class(moment, class, cap, -1.0);
    }

    /// Ends what [`Flow::join`] began.
    pub fn part(&mut self, moment: f64, class: &Flow, cap: Limit) {
        self.book_class(moment, class, cap, 1.0);
        self.since = moment;
    }

    fn book_class(&mut self, moment: f64, class: &Flow, cap: Limit, sign: f64) {
        for hop in class.path.hops_of_links() {
            self.book(Limit::link(hop.link), sign * class.span_of_hop(moment, hop));
        }
        self.book(cap, sign * class.span_of_cap(moment));
    }
}

#[derive(Debug, Default)]
pub(super) struct Link {
    /// bit/s
    pub capacity: f64,
    /// Sum of the members' rates.
    pub load: f64,
    /// Rate over weight of the flows whose bottleneck it is.
    pub level: f64,
    /// Flows and classes that cross it.
    pub members: SmallVec<[u32; 4]>,
    /// How many members have their bottleneck here.
    pub bottlenecked: u32,
    /// Flows that cross it, those of classes as well.
    pub crossing: u32,
    /// Changes of `load` since it was last summed up anew.
    pub changes: u32,
    /// Its place in the area that is being solved, and one more; 0 when it is not touched.
    pub mark_in_area: u32,
    /// Classes with a cap that cross it.
    pub class_count: u32,
    /// So many flows cross it that they are put into classes.
    pub is_crowded: bool,
    /// Members of classes cross it that know nothing of it, see `bystander`.
    pub stands_by: bool,
    /// Bits that flows have brought over it, or will when they are complete.
    pub bits: f64,
    /// The greatest load that was settled, bit/s.
    pub peak: f64,
    /// Nanoseconds that flows which have ended were limited by it, over all of them.
    pub limiting: f64,
}

impl Link {
    /// Its load has been settled.
    pub fn note_load(&mut self) {
        self.peak = self.peak.max(self.load);
        debug_assert!(
            self.load <= self.capacity * (1.0 + 1e-9) + 1e-3,
            "a link carries {} of {} bit/s",
            self.load,
            self.capacity
        );
    }
}

/// Puts `slot` among the members of the links of its path where it is absent and `is_on` holds.
pub(super) fn add_member(
    slot: u32,
    flows: &mut [Flow],
    links: &mut [Link],
    is_on: impl Fn(&Link) -> bool,
) {
    for hop in flows[slot as usize].path.iter_mut() {
        let link = &mut links[hop.link.index()];
        if hop.place == Place::NOWHERE && is_on(link) {
            hop.place = Place::new(link.members.len());
            link.members.push(slot);
        }
    }
}

/// Takes `slot` from the members of the links of its path that `is_on` holds for.
pub(super) fn remove_member(
    slot: u32,
    flows: &mut [Flow],
    links: &mut [Link],
    is_on: impl Fn(&Link) -> bool,
) {
    for index in 0..flows[slot as usize].path.len() {
        let Hop { link: id, place, .. } = flows[slot as usize].path[index];
        let link = &mut links[id.index()];
        if place == Place::NOWHERE || !is_on(link) {
            continue;
        }
        flows[slot as usize].path[index].place = Place::NOWHERE;
        link.members.swap_remove(place.index());
        if let Some(&moved) = link.members.get(place.index()) {
            // Paths are short. Where a link is on one twice, the last place was that of one of the two.
            let last = Place::new(link.members.len());
            let path = &mut flows[moved as usize].path;
            if let Some(hop) = path.iter_mut().find(|hop| hop.link == id && hop.place == last) {
                hop.place = place;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_can_be_very_many_of_them() {
        assert!(size_of::<Flow>() <= 96, "{}", size_of::<Flow>());
        assert!(size_of::<Link>() <= 96, "{}", size_of::<Link>());
    }
}
