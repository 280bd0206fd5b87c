//! Bystanders: links that members of a class cross and that limit none of them.
//!
//! Where downloads queue up behind one full link, those of one client share its own link as well,
//! and so none of them has it for itself. As long as that link is far from full it does not matter:
//! its flows can be in a class that knows nothing of it. It *stands by*, and keeps the weight of
//! the members of each class that cross it, its *shares*; what they carry over it is weight times level
//! whenever that is asked for. So a change of level costs the same for one bystander as for thousands.
//!
//! A bystander must not become full unnoticed. Its classes keep for it the level up to which it
//! is not: what it has left is divided by the weights, so that it has room as long as all of them are
//! below. A class whose level comes up to the lowest of those has a look at that one bystander. If it
//! is nearly full, or a flow by itself has its bottleneck there, all members of classes leave it and
//! are solved one by one; or it is crowded, and has classes of its own.

use super::LinkId;
use super::area::Stage;
use super::path::Place;
use super::sharing::Sharing;
use super::sum::Sum;

/// Members join while the bystander is less full than this, and leave when it is fuller than that:
/// apart, so that not every small change of a level has flows come and go.
const ROOMY: f64 = 0.9;
const NEARLY_FULL: f64 = 0.99;

/// What members of a class have of a bystander.
#[derive(Debug)]
struct Share {
    class: u32,
    count: u32,
    weight: Sum,
    /// Of those that have not been given a rate yet.
    unsettled: f64,
    /// The peak is booked up to this moment, when the class had noted so many.
    since: f64,
    peaks_before: u32,
    /// The lowest level that its class keeps for it, and the stamp of that note.
    noted: f64,
    stamp: u32,
}

impl Share {
    fn settled_weight(&self) -> f64 {
        (self.weight.value() - self.unsettled).max(0.0)
    }
}

#[derive(Debug, Default)]
pub(super) struct Bystanders {
    /// By `LinkId`; empty until there is one.
    shares: Vec<Vec<Share>>,
    /// By class: its level, and while rates are looked for the one that it may be given.
    levels: Vec<f64>,
    prospects: Vec<f64>,
    last_stamp: u32,
}

impl Bystanders {
    /// What members of classes have of `link` at the levels that they have, bit/s.
    pub fn taken(&self, link: LinkId) -> f64 {
        let of = |share: &Share| share.weight.value() * self.levels[share.class as usize];
        self.shares(link).iter().map(of).sum()
    }

    /// The same without those that have not been given a rate yet.
    pub fn carried(&self, link: LinkId) -> f64 {
        let of = |share: &Share| share.settled_weight() * self.levels[share.class as usize];
        self.shares(link).iter().map(of).sum()
    }

    pub fn set_level(&mut self, class: u32, level: f64) {
        let place = class as usize;
        if place >= self.levels.len() {
            self.levels.resize(place + 1, 0.0);
            self.prospects.resize(place + 1, 0.0);
        }
        self.levels[place] = level;
        self.prospects[place] = level;
    }

    pub fn set_prospect(&mut self, class: u32, level: f64) {
        self.prospects[class as usize] = level;
    }

    /// What it may be given comes to nothing.
    pub fn forget_prospect(&mut self, class: u32) {
        self.prospects[class as usize] = self.levels[class as usize];
    }

    fn shares(&self, link: LinkId) -> &[Share] {
        self.shares.get(link.index()).map_or(&[], Vec::as_slice)
    }

    fn share_mut(&mut self, link: LinkId, class: u32) -> Option<&mut Share> {
        self.shares.get_mut(link.index())?.iter_mut().find(|share| share.class == class)
    }

    fn is_valid(&self, link: u32, stamp: u32) -> bool {
        self.shares(LinkId(link)).iter().any(|share| share.stamp == stamp)
    }
}

impl Sharing {
    /// Whether a flow by itself could have `level` without coming near its cap, or filling any of its
    /// links that are not crowded.
    pub(super) fn admits(&self, slot: u32, level: f64) -> bool {
        let flow = &self.flows[slot as usize];
        let more = level * flow.weight - flow.rate;
        let has_room = |id: LinkId| {
            let link = &self.links[id.index()];
            link.load + self.bystanders.taken(id) + more < ROOMY * link.capacity
        };
        let mut hops = flow.path.iter().map(|hop| hop.link);
        level * flow.weight < ROOMY * flow.cap
            && hops.all(|id| self.links[id.index()].is_crowded || has_room(id))
    }

    /// The links by which the flow is listed, itself a member of class `index` from `moment` on,
    /// stand by.
    pub(super) fn stand_by(&mut self, moment: f64, slot: u32, index: u32, is_settled: bool) {
        if self.bystanders.shares.is_empty() {
            self.bystanders.shares.resize_with(self.links.len(), Vec::new);
        }
        self.seats[slot as usize].has_bystanders = true;
        for place in 0..self.flows[slot as usize].path.len() {
            let flow = &self.flows[slot as usize];
            let (hop, weight) = (flow.path[place], flow.weight);
            if hop.place == Place::NOWHERE {
                continue;
            }
            self.book_peak(moment, hop.link);
            self.links[hop.link.index()].stands_by = true;
            if self.bystanders.share_mut(hop.link, index).is_none() {
                let class = self.class_mut(index);
                class.share_count += 1;
                let peaks_before = class.peak_count();
                self.bystanders.shares[hop.link.index()].push(Share {
                    class: index,
                    count: 0,
                    weight: Sum::default(),
                    unsettled: 0.0,
                    since: moment,
                    peaks_before,
                    noted: f64::INFINITY,
                    stamp: 0,
                });
            }
            if let Some(share) = self.bystanders.share_mut(hop.link, index) {
                share.count += 1;
                share.weight.add(weight);
                share.unsettled += if is_settled { 0.0 } else { weight };
            }
            self.note_bounds(hop.link, self.links[hop.link.index()].load);
        }
    }

    /// Ends what [`Sharing::stand_by`] began; the class knows of the member still.
    pub(super) fn stand_aside(&mut self, moment: f64, slot: u32, index: u32) {
        let seat = &mut self.seats[slot as usize];
        let was_new = seat.is_new;
        if !std::mem::replace(&mut seat.has_bystanders, false) {
            return;
        }
        for place in 0..self.flows[slot as usize].path.len() {
            let flow = &self.flows[slot as usize];
            let (hop, weight) = (flow.path[place], flow.weight);
            if hop.place == Place::NOWHERE {
                continue;
            }
            self.book_peak(moment, hop.link);
            let Some(share) = self.bystanders.share_mut(hop.link, index) else { continue };
            share.count -= 1;
            share.weight.add(-weight);
            if was_new {
                share.unsettled = (share.unsettled - weight).max(0.0);
            }
            if share.count == 0 {
                self.class_mut(index).share_count -= 1;
                let shares = &mut self.bystanders.shares[hop.link.index()];
                shares.retain(|share| share.class != index);
                self.links[hop.link.index()].stands_by = !shares.is_empty();
            }
        }
    }

    /// A newcomer has been given its rate.
    pub(super) fn note_settled(&mut self, slot: u32) {
        let seat = &self.seats[slot as usize];
        if !seat.has_bystanders {
            return;
        }
        for hop in self.flows[slot as usize].path.iter() {
            if let Some(share) = self.bystanders.share_mut(hop.link, seat.class) {
                share.unsettled = 0.0;
            }
        }
    }

    /// Books the greatest load that a bystander has had until `moment`; called before anything but
    /// a level changes there.
    ///
    /// With members of several classes the peak of each counts, which can be at different moments:
    /// between two changes on the link levels differ little.
    pub(super) fn book_peak(&mut self, moment: f64, id: LinkId) {
        let link = &mut self.links[id.index()];
        if !link.stands_by {
            return;
        }
        let mut load = link.load;
        for share in &mut self.bystanders.shares[id.index()] {
            let Some(class) = &self.classes[share.class as usize] else { continue };
            load += share.settled_weight() * class.peak_since(share.since, share.peaks_before);
            (share.since, share.peaks_before) = (moment, class.peak_count());
        }
        link.peak = link.peak.max(load.min(link.capacity));
    }

    /// Tells the classes of a bystander, which carries `load` of flows by themselves, up to which
    /// levels it is not full.
    fn note_bounds(&mut self, id: LinkId, load: f64) {
        let Bystanders { shares, prospects, last_stamp, .. } = &mut self.bystanders;
        let shares = &mut shares[id.index()];
        let (mut free, mut weight) = (self.links[id.index()].capacity - load, 0.0);
        for share in shares.iter() {
            free -= share.weight.value() * prospects[share.class as usize];
            weight += share.weight.value();
        }
        let room = free.max(0.0) / weight;
        for share in shares.iter_mut() {
            let bound = (prospects[share.class as usize] + room).max(0.0);
            // A lower one that has been noted before will do.
            if bound < share.noted
                && let Some(class) = &mut self.classes[share.class as usize]
            {
                *last_stamp = last_stamp.wrapping_add(1);
                (share.noted, share.stamp) = (bound, *last_stamp);
                class.note_bound(bound, id, share.stamp);
            }
        }
        for place in 0..self.bystanders.shares[id.index()].len() {
            let index = self.bystanders.shares[id.index()][place].class as usize;
            if let Some(class) = &mut self.classes[index] {
                class.compact_bounds(|link, stamp| self.bystanders.is_valid(link, stamp));
            }
        }
    }

    /// The bystanders that the solved area would leave nearly full.
    pub(super) fn full_bystanders(&mut self) -> Vec<LinkId> {
        let is_touched = |link: LinkId| self.links[link.index()].stands_by;
        let mut doubtful: Vec<LinkId> =
            self.area.links.iter().map(|link| link.id).filter(|&id| is_touched(id)).collect();
        for area_flow in &self.area.flows {
            let Some(index) = self.class_it_is(area_flow.slot) else { continue };
            let Some(class) = &mut self.classes[index as usize] else { continue };
            while let Some((bound, link)) =
                class.least_bound(|link, stamp| self.bystanders.is_valid(link, stamp))
                && bound < area_flow.level
            {
                class.pop_bound();
                let link = LinkId(link);
                if let Some(share) = self.bystanders.share_mut(link, index) {
                    share.noted = f64::INFINITY;
                }
                doubtful.push(link);
            }
        }
        doubtful.retain(|&id| {
            let link = &self.links[id.index()];
            let (mut load, mut is_bottleneck) = (link.load, link.bottlenecked > 0);
            if let Some(place) = link.mark_in_area.checked_sub(1) {
                let link = &self.area.links[place as usize];
                if let Stage::Filled { load: found, bottlenecked, .. } = link.stage {
                    load = found;
                    is_bottleneck = link.bottlenecked_outside + bottlenecked > 0;
                }
            }
            let of = |share: &Share| {
                share.weight.value() * self.bystanders.prospects[share.class as usize]
            };
            let taken: f64 = self.bystanders.shares(id).iter().map(of).sum();
            let is_full = is_bottleneck || load + taken > NEARLY_FULL * link.capacity;
            if !is_full {
                self.note_bounds(id, load);
            }
            is_full
        });
        doubtful
    }
}
