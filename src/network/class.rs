//! Classes: flows that share the same crowded links and differ in nothing that the solver sees.
//!
//! A link that ten thousand downloads cross must not be gone through at each arrival. The flows
//! of a class have all their other links for themselves, so that those are mere caps, and get the
//! same rate for their weight, the *level*. The class keeps a clock that shows how many bits each
//! of them has got for its weight; a flow is complete when the clock shows its *tag*, which never
//! changes. So a change of level costs the same for one flow as for all of them.
//!
//! There is a class for each cap; when there are too many different ones, an open class takes in
//! those that the crowded links limit, and lets them go when its level comes up to their cap. It also
//! takes in flows that share their other links, as long as those are far from full (`bystander`).

use smallvec::SmallVec;

use super::LinkId;
use super::seat::Seat;
use super::sum::Sum;
use crate::heap::Heap;
use crate::ladder::Ladder;
use crate::prefetch::prefetch_at;

/// The crowded links of a class, and its cap over weight (bits of it; infinite when it is open).
pub(super) type ClassKey = (SmallVec<[LinkId; 4]>, u64);

#[derive(Debug)]
pub(super) struct Class {
    /// The flow that the solver sees instead of the members.
    pub slot: u32,
    pub key: ClassKey,
    /// Flows in the order of joining, and those that have left since: see [`Class::members`].
    joined: Vec<u32>,
    pub count: u32,
    pub weight: Sum,
    /// bit/s per weight
    pub level: f64,
    /// Bits per weight at `since`.
    clock: f64,
    since: f64,
    /// Tag, flow and its stamp, see [`entry`]; those whose stamp has changed are void.
    tags: Ladder,
    /// The same with the cap over weight, in an open class.
    caps: Heap,
    /// Levels up to which bystanders are not full, links and stamps.
    bounds: Heap,
    /// How many bystanders have members of it.
    pub share_count: u32,
    /// Moments and levels of which each is above all later ones.
    peaks: Vec<(f64, f64)>,
}

impl Class {
    pub fn new(slot: u32, key: ClassKey, moment: f64) -> Class {
        Class {
            slot,
            key,
            joined: Vec::new(),
            count: 0,
            weight: Sum::default(),
            level: 0.0,
            clock: 0.0,
            since: moment,
            tags: Ladder::default(),
            caps: Heap::default(),
            bounds: Heap::default(),
            share_count: 0,
            peaks: Vec::new(),
        }
    }

    /// Its cap over weight.
    pub fn cap(&self) -> f64 {
        f64::from_bits(self.key.1)
    }

    pub fn is_open(&self) -> bool {
        self.cap() == f64::INFINITY
    }

    pub fn clock_at(&self, moment: f64) -> f64 {
        self.clock + self.level * (moment - self.since) * 1e-9
    }

    /// From `moment` on the level is another one.
    pub fn set_level(&mut self, moment: f64, level: f64) {
        self.clock = self.clock_at(moment);
        self.since = moment;
        self.level = level;
        let is_below = |&(_, peak): &(f64, f64)| peak <= level;
        while self.peaks.pop_if(|peak| is_below(peak)).is_some() {}
        self.peaks.push((moment, level));
    }

    /// The greatest level that was settled from `moment` on; the present one when none was.
    ///
    /// `noted`: how many peaks there were at `moment`.
    pub fn peak_since(&self, moment: f64, noted: u32) -> f64 {
        // Each peak is above all later levels, so the first one from `moment` on is the greatest.
        self.peaks.get(self.peaks_before(moment, noted)).map_or(self.level, |&(_, peak)| peak)
    }

    /// The peak of a flow that has `noted` so many will be looked for soon.
    pub fn prefetch_peak(&self, noted: u32) {
        prefetch_at(&self.peaks, noted as usize);
    }

    pub fn peak_count(&self) -> u32 {
        self.peaks.len() as u32
    }

    /// How many of `peaks` are older than `moment`, when there were `noted` of them.
    ///
    /// Under a load that only grows there are very many, and all those are still there; under one
    /// that falls the latest levels are above most of those before. So a search through all the
    /// memory that they fill is left to the other cases.
    fn peaks_before(&self, moment: f64, noted: u32) -> usize {
        let is_before = |&(at, _): &(f64, f64)| at < moment;
        let noted = noted as usize;
        if noted > 0 && self.peaks.get(noted - 1).is_some_and(is_before) {
            return noted;
        }
        let mut kept = &self.peaks[..noted.min(self.peaks.len())];
        // From the end, by steps that double: whoever is found to be older, with all before it, is
        // counted at once.
        let mut step = 1;
        while let Some(place) = kept.len().checked_sub(step) {
            if is_before(&kept[place]) {
                return place + 1 + kept[place + 1..].partition_point(is_before);
            }
            kept = &kept[..place];
            step *= 2;
        }
        kept.partition_point(is_before)
    }

    pub fn note_tag(&mut self, tag: f64, slot: u32, stamp: u32) {
        self.tags.push(entry(tag, slot, stamp));
    }

    pub fn note_cap(&mut self, cap: f64, slot: u32, stamp: u32) {
        if cap < f64::INFINITY {
            self.caps.push(entry(cap, slot, stamp));
        }
    }

    pub fn note_bound(&mut self, bound: f64, link: LinkId, stamp: u32) {
        if bound < f64::INFINITY {
            self.bounds.push(entry(bound, link.0, stamp));
        }
    }

    /// Lists `slot`, which has just joined class `index`; drops those that have left when they have
    /// become most of the list.
    ///
    /// A list of members alone would have to touch another flow whenever one leaves.
    pub fn list(&mut self, index: u32, slot: u32, seats: &mut [Seat]) {
        self.count += 1;
        if self.joined.len() > 64 + 2 * self.count as usize {
            let mut kept = 0;
            for place in 0..self.joined.len() {
                let slot = self.joined[place];
                let seat = &mut seats[slot as usize];
                if seat.class == index && seat.place as usize == place {
                    seat.place = kept;
                    self.joined[kept as usize] = slot;
                    kept += 1;
                }
            }
            self.joined.truncate(kept as usize);
        }
        let seat = &mut seats[slot as usize];
        seat.class = index;
        seat.place = self.joined.len() as u32;
        self.joined.push(slot);
    }

    /// The flows that are in class `index`, which this is.
    pub fn members(&self, index: u32, seats: &[Seat]) -> Vec<u32> {
        let is_in = |&(place, slot): &(u32, &u32)| {
            let seat = &seats[*slot as usize];
            seat.class == index && seat.place == place
        };
        (0u32..).zip(&self.joined).filter(is_in).map(|(_, &slot)| slot).collect()
    }

    /// Some of the members of class `index`, which this is, spread over the order of their joining:
    /// about `most`, or all when there are no more.
    pub fn sample(&self, index: u32, seats: &[Seat], most: usize) -> Vec<u32> {
        if self.count as usize <= most {
            return self.members(index, seats);
        }
        let is_in = |&place: &usize| {
            let seat = &seats[self.joined[place] as usize];
            seat.class == index && seat.place as usize == place
        };
        let step = self.joined.len().div_ceil(most);
        // From the end: those who joined first have left first.
        let places = (0..self.joined.len()).rev().step_by(step);
        places.filter(is_in).map(|place| self.joined[place]).collect()
    }

    /// Drops what is void when it has become most of the whole.
    pub fn compact(&mut self, is_valid: impl Fn(u32, u32) -> bool) {
        let most = 64 + 4 * self.count as usize;
        let is_kept = |entry: u128| is_valid((entry >> 32) as u32, entry as u32);
        if self.tags.len() > most {
            self.tags.retain(is_kept);
        }
        if self.caps.len() > most {
            self.caps.retain(is_kept);
        }
    }

    /// The same of bounds.
    pub fn compact_bounds(&mut self, is_valid: impl Fn(u32, u32) -> bool) {
        if self.bounds.len() > 64 + 4 * self.share_count as usize {
            self.bounds.retain(|entry| is_valid((entry >> 32) as u32, entry as u32));
        }
    }

    /// The moment at which the clock shows the least tag, and whose it is.
    #[inline(always)]
    pub fn next_finish(&mut self, is_valid: impl Fn(u32, u32) -> bool) -> Option<(f64, u32)> {
        loop {
            let entry = self.tags.first()?;
            if let Some((tag, slot)) = valid(entry, &is_valid) {
                return Some((self.since + ((tag - self.clock) / self.level).max(0.0) * 1e9, slot));
            }
            self.tags.pop();
        }
    }

    /// The flow that finishes about so many others later, where that is known; a guess.
    pub fn ahead(&self, distance: usize) -> Option<u32> {
        self.tags.ahead(distance).map(|entry| (entry >> 32) as u32)
    }

    /// The least cap over weight of a member, and whose it is.
    pub fn least_cap(&mut self, is_valid: impl Fn(u32, u32) -> bool) -> Option<(f64, u32)> {
        loop {
            let entry = self.caps.first()?;
            if let Some(least) = valid(entry, &is_valid) {
                return Some(least);
            }
            self.caps.pop();
        }
    }

    /// The least level that is noted for a bystander, and which one that is.
    pub fn least_bound(&mut self, is_valid: impl Fn(u32, u32) -> bool) -> Option<(f64, u32)> {
        loop {
            let entry = self.bounds.first()?;
            if let Some(least) = valid(entry, &is_valid) {
                return Some(least);
            }
            self.bounds.pop();
        }
    }

    /// Takes the least bound away.
    pub fn pop_bound(&mut self) {
        self.bounds.pop();
    }

    /// Takes the least tag away.
    pub fn pop_tag(&mut self) {
        self.tags.pop();
    }

    /// Takes the least cap away.
    pub fn pop_cap(&mut self) {
        self.caps.pop();
    }
}

/// A number that is not negative, a flow and its stamp, in the order of the numbers.
fn entry(value: f64, slot: u32, stamp: u32) -> u128 {
    // Adding 0 makes -0 the 0 that it is; of numbers that are not negative the bits are in order.
    let bits = (value + 0.0).to_bits();
    (u128::from(bits) << 64) | (u128::from(slot) << 32) | u128::from(stamp)
}

/// What [`entry`] was made of, unless it is void.
fn valid(entry: u128, is_valid: impl Fn(u32, u32) -> bool) -> Option<(f64, u32)> {
    let (slot, stamp) = ((entry >> 32) as u32, entry as u32);
    is_valid(slot, stamp).then_some((f64::from_bits((entry >> 64) as u64), slot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_level_since_a_moment_is_remembered() {
        let mut class = Class::new(0, (SmallVec::new(), f64::INFINITY.to_bits()), 0.0);
        let levels = [(1.0, 5.0), (2.0, 3.0), (3.0, 4.0), (4.0, 1.0), (5.0, 2.0)];
        let noted = levels.map(|(moment, level)| {
            let noted = class.peak_count();
            class.set_level(moment, level);
            noted
        });
        let peaks = [0, 1, 2, 3, 4].map(|at| class.peak_since(levels[at].0, noted[at]));
        assert_eq!(peaks, [5.0, 4.0, 4.0, 2.0, 2.0]);
    }

    #[test]
    fn the_search_for_a_peak_agrees_with_a_look_at_all_levels() {
        let mut class = Class::new(0, (SmallVec::new(), f64::INFINITY.to_bits()), 0.0);
        let mut draws = crate::random::Key::root(1, 0).text("peaks").stream();
        let mut noted: Vec<(f64, u32)> = Vec::new();
        let mut levels: Vec<(f64, f64)> = Vec::new();
        for step in 0..3000 {
            let moment = f64::from(step);
            noted.push((moment, class.peak_count()));
            // Falls, rises and falls again, with noise.
            let level = 10.0 + (moment / 500.0).cos() * 8.0 + draws.uniform();
            class.set_level(moment, level);
            levels.push((moment, level));
            let (since, count) = noted[draws.below(noted.len())];
            let later = levels.iter().filter(|&&(at, _)| at >= since);
            let greatest = later.map(|&(_, level)| level).fold(0.0, f64::max);
            assert_eq!(class.peak_since(since, count), greatest, "{step}");
        }
    }
}
