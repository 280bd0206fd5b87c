//! Choosing by load: the least of all, or of a few that are drawn.

use crate::random::Stream;

/// Requests under way at each server, as a load balancer counts them that all requests go
/// through.
#[derive(Clone, Debug, Default)]
pub struct Outstanding(Vec<u32>);

impl Outstanding {
    pub fn new(server_count: usize) -> Outstanding {
        Outstanding(vec![0; server_count])
    }

    /// A request goes to `server`.
    pub fn begin(&mut self, server: u32) {
        self.0[server as usize] += 1;
    }

    /// One of the requests that have begun at `server` is over, answered or not.
    pub fn end(&mut self, server: u32) {
        let count = &mut self.0[server as usize];
        debug_assert!(*count > 0, "more requests ended than began at server {server}");
        *count = count.saturating_sub(1);
    }

    pub fn at(&self, server: u32) -> usize {
        self.0[server as usize] as usize
    }
}

/// The one with the least load; of equals each is as likely. `None` without candidates.
///
/// Cost: a look at all candidates.
pub fn least(
    candidates: &[u32],
    stream: &mut Stream,
    mut load: impl FnMut(u32) -> usize,
) -> Option<u32> {
    let mut least = usize::MAX;
    let mut chosen = None;
    let mut equals = 0;
    for &candidate in candidates {
        let load = load(candidate);
        if load < least || chosen.is_none() {
            (least, chosen, equals) = (load, Some(candidate), 1);
        } else if load == least {
            equals += 1;
            if stream.below(equals) == 0 {
                chosen = Some(candidate);
            }
        }
    }
    chosen
}

/// The one with the least load among `count` different ones that are drawn at random; of equals
/// the one that was drawn first.
///
/// Puts `candidates` in another order, which no draw depends on. Source: Mitzenmacher, "The power
/// of two choices in randomized load balancing", IEEE TPDS 12(10), 2001; Azar, Broder, Karlin and
/// Upfal, "Balanced allocations", SIAM J. Computing 29(1), 1999.
pub fn least_of_drawn(
    count: usize,
    candidates: &mut [u32],
    stream: &mut Stream,
    mut load: impl FnMut(u32) -> usize,
) -> Option<u32> {
    let drawn = count.min(candidates.len());
    let mut chosen: Option<(usize, u32)> = None;
    for place in 0..drawn {
        candidates.swap(place, place + stream.below(candidates.len() - place));
        let candidate = candidates[place];
        let load = load(candidate);
        if chosen.is_none_or(|(least, _)| load < least) {
            chosen = Some((load, candidate));
        }
    }
    chosen.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn the_least_is_chosen_and_equals_share() {
        let stream = &mut Key::root(1, 0).stream();
        let loads = [3, 1, 2, 1];
        let mut counts = [0u32; 4];
        for _ in 0..10_000 {
            let chosen = least(&[0, 1, 2, 3], stream, |server| loads[server as usize]);
            counts[chosen.unwrap() as usize] += 1;
        }
        assert_eq!((counts[0], counts[2]), (0, 0));
        // Half of 10,000; four standard errors are 4 sqrt(10,000 / 4) = 200.
        assert!(counts[1].abs_diff(5000) < 200, "{counts:?}");
        assert_eq!(least(&[], stream, |_| 0), None);
        assert_eq!(least(&[5], stream, |_| usize::MAX), Some(5));
    }

    #[test]
    fn those_drawn_are_different_and_equally_likely() {
        let stream = &mut Key::root(2, 0).stream();
        let candidates = &mut [0, 1, 2, 3, 4];
        // With two of five drawn and loads in the order of the servers, server k is chosen when
        // it is drawn with one of the 4 - k after it: (4 - k) / 10, of the 10 pairs.
        let mut counts = [0u32; 5];
        let throws = 100_000;
        for _ in 0..throws {
            let chosen = least_of_drawn(2, candidates, stream, |server| server as usize);
            counts[chosen.unwrap() as usize] += 1;
        }
        for (server, &count) in counts.iter().enumerate() {
            let p = (4 - server) as f64 / 10.0;
            let tolerance = 4.0 * (p * (1.0 - p) * f64::from(throws)).sqrt();
            let found = f64::from(count);
            assert!((found - p * f64::from(throws)).abs() <= tolerance, "{server}: {counts:?}");
        }
        // All drawn: always the least one.
        assert_eq!(least_of_drawn(9, candidates, stream, |server| 9 - server as usize), Some(4));
    }
}
