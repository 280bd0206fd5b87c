//! What is ahead of a newcomer on a link: the bits that flows have still to bring over it.

use super::LinkId;
use super::sharing::Sharing;
use crate::units::Time;

/// Of more flows than this, so many stand for all.
const SAMPLE: usize = 16;

impl Sharing {
    /// Bits that a newcomer on `link` can find in its queue at `now`, at most `enough` of them.
    ///
    /// `ahead_of`: what one flow can have there, by the bits that it has left. Acknowledgements of
    /// what comes the other way count with their share. Looks at a few flows: each of a thousand
    /// newcomers must not look at a thousand others.
    pub fn backlog(
        &self,
        now: Time,
        link: LinkId,
        ahead_of: impl Fn(f64) -> f64,
        enough: f64,
    ) -> f64 {
        let moment = self.moment(now);
        let mut backlog = self.bits_ahead(moment, link, &ahead_of, enough);
        if let Some((share, twin)) = self.acknowledged_on(link)
            && backlog < enough
        {
            let rest = (enough - backlog) / share;
            backlog += share * self.bits_ahead(moment, twin, &ahead_of, rest);
        }
        backlog.min(enough)
    }

    fn bits_ahead(
        &self,
        moment: f64,
        link: LinkId,
        ahead_of: impl Fn(f64) -> f64,
        enough: f64,
    ) -> f64 {
        let ahead = |slot: u32| {
            let Some(index) = self.class_it_is(slot) else {
                return ahead_of(self.bits_left(moment, slot));
            };
            let class = self.class(index);
            let sample = class.sample(index, &self.seats, SAMPLE);
            if sample.is_empty() {
                return f64::INFINITY;
            }
            let sum: f64 = sample.iter().map(|&slot| ahead_of(self.bits_left(moment, slot))).sum();
            sum * f64::from(class.count) / sample.len() as f64
        };
        let members = &self.links[link.index()].members;
        let step = members.len().div_ceil(SAMPLE).max(1);
        let (mut sum, mut seen) = (0.0, 0);
        for &slot in members.iter().step_by(step) {
            sum += ahead(slot);
            seen += 1;
            if sum >= enough {
                return enough;
            }
        }
        if seen == 0 { 0.0 } else { sum * members.len() as f64 / f64::from(seen) }
    }
}
