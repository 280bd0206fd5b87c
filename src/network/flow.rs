//! What the solver sees: flows with their paths, links with their members.

use smallvec::SmallVec;

use super::LinkId;

/// What keeps a flow from being faster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bottleneck {
    Link(LinkId),
    /// The flow's own limit.
    Cap,
    /// It has not been given a rate yet.
    Unknown,
}

/// A flow, or a class of flows that the solver treats as one.
#[derive(Debug)]
pub(super) struct Flow {
    /// Links, and the flow's place among the members of each; [`NO_PLACE`] where its class stands
    /// for it.
    pub path: SmallVec<[(LinkId, u32); 2]>,
    pub weight: f64,
    /// bit/s
    pub cap: f64,
    /// bit/s
    pub rate: f64,
    pub bottleneck: Bottleneck,
    pub is_live: bool,
    /// Whether it is a class; the class that a flow belongs to.
    pub is_class: bool,
    pub class: Option<u32>,
    pub place_in_class: u32,
    /// In its class it has not been given a rate yet.
    pub is_new: bool,
    /// Changes whenever what a class has noted of the flow becomes void.
    pub stamp: u32,
    /// Bits that were left at `since`, a moment in nanoseconds; in a class bits per weight that
    /// its clock shows when the flow is complete.
    pub left: f64,
    pub since: f64,
    /// Bits of the flow and of what it has gone on with.
    pub total: f64,
    /// Order of starting, which decides between flows that finish at the same instant.
    pub order: u64,
    pub limits: Limits,
}

/// The place of a flow on a link where its class stands for it.
pub(super) const NO_PLACE: u32 = u32::MAX;

/// How long something was limited by what, in nanoseconds.
#[derive(Debug)]
pub(super) struct Limits {
    spans: Vec<(Bottleneck, f64)>,
    present: Bottleneck,
    since: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { spans: Vec::new(), present: Bottleneck::Unknown, since: 0.0 }
    }
}

impl Limits {
    /// From `moment` on `bottleneck` is what counts.
    pub fn change(&mut self, moment: f64, bottleneck: Bottleneck) {
        if self.present != bottleneck {
            self.add(self.present, moment - self.since);
            self.present = bottleneck;
            self.since = moment;
        }
    }

    fn add(&mut self, bottleneck: Bottleneck, span: f64) {
        if bottleneck == Bottleneck::Unknown {
            return;
        }
        match self.spans.iter_mut().find(|(known, _)| *known == bottleneck) {
            Some((_, sum)) => *sum += span,
            None => self.spans.push((bottleneck, span)),
        }
    }

    /// What `others` have gathered from now on counts here as well, until [`Limits::part`].
    pub fn join(&mut self, moment: f64, others: &Limits) {
        self.change(moment, Bottleneck::Unknown);
        for (bottleneck, span) in others.until(moment) {
            self.add(bottleneck, -span);
        }
    }

    /// Ends what [`Limits::join`] began; `cap` is what stood behind the cap of the others.
    pub fn part(&mut self, moment: f64, others: &Limits, cap: Bottleneck) {
        for (bottleneck, span) in others.until(moment) {
            self.add(bottleneck, span);
        }
        if cap != Bottleneck::Cap
            && let Some(place) = self.spans.iter().position(|&(known, _)| known == Bottleneck::Cap)
        {
            let (_, span) = self.spans.swap_remove(place);
            self.add(cap, span);
        }
        self.since = moment;
    }

    fn until(&self, moment: f64) -> impl Iterator<Item = (Bottleneck, f64)> {
        let present = (self.present, moment - self.since);
        self.spans.iter().copied().chain((present.0 != Bottleneck::Unknown).then_some(present))
    }

    /// What limited for how long until `moment`.
    pub fn spans(&mut self, moment: f64) -> &[(Bottleneck, f64)] {
        self.change(moment, Bottleneck::Unknown);
        &self.spans
    }

    /// What limited longest until `moment`, with what `others` have gathered since the joining;
    /// the first when equal.
    pub fn longest(&self, moment: f64, others: Option<&Limits>) -> (Bottleneck, f64) {
        let spans = || self.until(moment).chain(others.into_iter().flat_map(|o| o.until(moment)));
        let sum_of = |wanted: Bottleneck| -> f64 {
            spans().filter(|&(known, _)| known == wanted).map(|(_, span)| span).sum()
        };
        let mut longest = (Bottleneck::Unknown, 0.0);
        for (bottleneck, _) in spans() {
            let sum = sum_of(bottleneck);
            if sum > longest.1 {
                longest = (bottleneck, sum);
            }
        }
        longest
    }

    /// Forgets everything but its allocation.
    pub fn clear(&mut self) {
        self.spans.clear();
        self.present = Bottleneck::Unknown;
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
    /// How many members those are.
    pub bottlenecked: u32,
    /// Flows and classes that cross it, and its place in the path of each.
    pub members: Vec<(u32, u32)>,
    /// Flows that cross it, those of classes as well.
    pub crossing: u32,
    /// So many flows cross it that they are put into classes.
    pub is_crowded: bool,
    /// Classes with a cap that cross it.
    pub class_count: u32,
    /// Changes of `load` since it was last summed up anew.
    pub changes: u32,
    /// Bits that flows which have ended have brought over it.
    pub bits: f64,
    /// The greatest load that was settled, bit/s.
    pub peak: f64,
    /// Nanoseconds that flows which have ended were limited by it, over all of them.
    pub limiting: f64,
}

impl Flow {
    pub fn left_at(&self, moment: f64) -> f64 {
        (self.left - self.rate * (moment - self.since) * 1e-9).max(0.0)
    }

    /// In nanoseconds; infinite when it never finishes at its rate.
    pub fn finish_moment(&self) -> f64 {
        if self.left <= 0.0 { self.since } else { self.since + self.left / self.rate * 1e9 }
    }
}

/// Puts `slot` among the members of the links of its path that `is_on` holds for.
pub(super) fn add_member(
    slot: u32,
    flows: &mut [Flow],
    links: &mut [Link],
    is_on: impl Fn(&Link) -> bool,
) {
    for (hop, (id, place)) in flows[slot as usize].path.iter_mut().enumerate() {
        let link = &mut links[id.index()];
        if is_on(link) {
            *place = link.members.len() as u32;
            link.members.push((slot, hop as u32));
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
    for hop in 0..flows[slot as usize].path.len() {
        let (id, place) = flows[slot as usize].path[hop];
        let link = &mut links[id.index()];
        if place == NO_PLACE || !is_on(link) {
            continue;
        }
        flows[slot as usize].path[hop].1 = NO_PLACE;
        link.members.swap_remove(place as usize);
        if let Some(&(moved, moved_hop)) = link.members.get(place as usize) {
            flows[moved as usize].path[moved_hop as usize].1 = place;
        }
    }
}
