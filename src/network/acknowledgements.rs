//! Acknowledgements: what flows take from the way back.
//!
//! Every flow over a link loads that link's *twin*, the opposite direction, with a share of its
//! rate. Acknowledgements take capacity but do not tie both directions into one share, so rates
//! are settled in two passes: with the capacities as they are, then with those that are left
//! ("Transport model", two passes). What moves a link by less than a hundredth is left for later.

use super::LinkId;
use super::sharing::Sharing;
use crate::units::Rate;

/// A change of capacity that is worth a second pass, relative to the whole.
const WORTH_A_PASS: f64 = 0.01;
/// Acknowledgements leave at least this share of a link to flows.
const LEAST_LEFT: f64 = 0.05;

#[derive(Debug)]
pub(super) struct Acknowledgements {
    /// Their rate relative to that of the flow.
    share: f64,
    /// The opposite direction of each link, by `LinkId`.
    twins: Vec<Option<LinkId>>,
    /// bit/s, before anything is taken.
    whole: Vec<f64>,
}

impl Sharing {
    /// Lets every flow load the twins of its links with `share` of its rate.
    ///
    /// `twins`: by `LinkId`; no link is its own twin.
    pub fn with_acknowledgements(mut self, twins: Vec<Option<LinkId>>, share: f64) -> Sharing {
        let whole = self.links.iter().map(|link| link.capacity).collect();
        self.acknowledgements = (share > 0.0).then_some(Acknowledgements { share, twins, whole });
        self
    }

    /// Payload on `link` and acknowledgements of what flows the other way.
    pub fn busy_rate(&self, link: LinkId) -> f64 {
        let acknowledged = self.acknowledged_on(link);
        let returned = acknowledged.map_or(0.0, |(share, twin)| share * self.load(twin));
        self.load(link) + returned
    }

    /// The link whose acknowledgements go over `link`, and their share of its rate.
    pub(super) fn acknowledged_on(&self, link: LinkId) -> Option<(f64, LinkId)> {
        let acks = self.acknowledgements.as_ref()?;
        acks.twins[link.index()].map(|twin| (acks.share, twin))
    }

    /// The twin of `link`, if its acknowledgements are accounted for.
    pub(super) fn twin(&self, link: LinkId) -> Option<LinkId> {
        self.acknowledgements.as_ref()?.twins[link.index()]
    }

    /// Another capacity for `link` before acknowledgements.
    pub(super) fn set_whole(&mut self, link: LinkId, capacity: Rate) {
        if let Some(acks) = &mut self.acknowledgements {
            acks.whole[link.index()] = capacity.bits_per_second();
        }
    }

    /// What acknowledgements leave of `link` when its whole capacity is this, bit/s.
    pub(super) fn left_by_acknowledgements(&self, link: LinkId, whole: f64) -> f64 {
        let share = self.acknowledgements.as_ref().map_or(0.0, |acks| acks.share);
        let load = self.twin(link).map_or(0.0, |twin| self.load(twin));
        (whole - share * load).max(LEAST_LEFT * whole)
    }

    /// Lowers or raises the twins of the links of the area to what acknowledgements leave;
    /// whether any flow can feel it.
    pub(super) fn yield_to_acknowledgements(&mut self, moment: f64) -> bool {
        let mut is_felt = false;
        for place in 0..self.area.links.len() {
            let link = self.area.links[place].id;
            let Some(acks) = &self.acknowledgements else { return false };
            let Some(twin) = acks.twins[link.index()] else { continue };
            let whole = acks.whole[twin.index()];
            let left = self.left_by_acknowledgements(twin, whole);
            let present = self.links[twin.index()].capacity;
            if (left - present).abs() <= WORTH_A_PASS * whole {
                continue;
            }
            if self.links[twin.index()].crossing == 0 {
                self.links[twin.index()].capacity = left;
            } else {
                self.resize(moment, twin, left);
                is_felt = true;
            }
        }
        is_felt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Bytes, Time};

    #[test]
    fn a_download_leaves_less_of_the_uplink() {
        // Link 0 down at 10 Mbit/s, link 1 up at 1 Mbit/s, each with the other as its twin.
        let rates = [10e6, 1e6].map(Rate::from_bits_per_second);
        let twins = vec![Some(LinkId(1)), Some(LinkId(0))];
        let mut sharing = Sharing::new(rates).with_acknowledgements(twins, 0.018);
        let uncapped = Rate::from_bits_per_second(f64::INFINITY);
        let mut start = |link| {
            let flow =
                sharing.start(Time::ZERO, &[LinkId(link)], Bytes::new(1 << 30), 1.0, uncapped);
            sharing.settle(Time::ZERO);
            (flow, sharing.rate(flow).bits_per_second())
        };
        let (down, rate) = start(0);
        assert_eq!(rate, 10e6);
        let (up, rate) = start(1);
        assert!((rate - 0.82e6).abs() < 0.01e6, "{rate}");
        // What the upload takes of the downlink is below a hundredth.
        assert_eq!(sharing.rate(down).bits_per_second(), 10e6);
        sharing.remove(Time::ZERO, down);
        sharing.settle(Time::ZERO);
        assert_eq!(sharing.rate(up).bits_per_second(), 1e6);
    }
}
