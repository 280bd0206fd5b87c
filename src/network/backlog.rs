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
        // A class stands for all of its members; of flows by themselves a few stand for all.
        let (classes, alone): (Vec<u32>, Vec<u32>) =
            members.iter().partition(|&&slot| self.class_it_is(slot).is_some());
        let mut sum = 0.0;
        for &class in &classes {
            sum += ahead(class);
            if sum >= enough {
                return enough;
            }
        }
        let step = alone.len().div_ceil(SAMPLE).max(1);
        let few = alone.iter().step_by(step);
        let each = alone.len() as f64 / few.len().max(1) as f64;
        for &slot in few {
            sum += each * ahead(slot);
            if sum >= enough {
                return enough;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Bytes, Rate};

    fn start(sharing: &mut Sharing, path: &[LinkId], bytes: u64) {
        let uncapped = Rate::from_bits_per_second(f64::INFINITY);
        sharing.start(Time::ZERO, path, Bytes::new(bytes), 1.0, uncapped);
    }

    fn all(sharing: &Sharing, link: u32) -> f64 {
        sharing.backlog(Time::ZERO, LinkId(link), |left| left, f64::INFINITY)
    }

    #[test]
    fn what_flows_have_left_is_ahead_and_no_more_than_enough() {
        let mut sharing = Sharing::new([1e6, 1e6].map(Rate::from_bits_per_second));
        start(&mut sharing, &[LinkId(0)], 1000);
        start(&mut sharing, &[LinkId(0), LinkId(1)], 2000);
        sharing.settle(Time::ZERO);
        assert_eq!((all(&sharing, 0), all(&sharing, 1)), (24_000.0, 16_000.0));
        let windows = |left: f64| left.min(4000.0);
        assert_eq!(sharing.backlog(Time::ZERO, LinkId(0), windows, 1e9), 8000.0);
        assert_eq!(sharing.backlog(Time::ZERO, LinkId(0), |left| left, 500.0), 500.0);
        // After 12 ms the first has 8,000 - 6,000 bits left, and so has the other less.
        let later = Time::from_secs(0.012);
        assert_eq!(sharing.backlog(later, LinkId(0), |left| left, 1e9), 12_000.0);
    }

    #[test]
    fn a_few_of_a_crowd_stand_for_all() {
        let lines = 201;
        let mut sharing = Sharing::with_crowd(vec![Rate::from_bits_per_second(1e6); lines], 2, 64);
        (1..lines as u32).for_each(|own| start(&mut sharing, &[LinkId(0), LinkId(own)], 1000));
        sharing.settle(Time::ZERO);
        assert!((all(&sharing, 0) - 200.0 * 8000.0).abs() < 1.0);
        assert!((all(&sharing, 7) - 8000.0).abs() < 1e-3);
    }

    #[test]
    fn acknowledgements_count_with_their_share() {
        let twins = vec![Some(LinkId(1)), Some(LinkId(0))];
        let sharing = Sharing::new([1e6, 1e6].map(Rate::from_bits_per_second));
        let mut sharing = sharing.with_acknowledgements(twins, 0.02);
        start(&mut sharing, &[LinkId(0)], 1000);
        sharing.settle(Time::ZERO);
        assert!((all(&sharing, 1) - 160.0).abs() < 1e-9);
    }
}
