//! Weighted max-min fair rates by progressive filling, as plainly as it can be written.
//!
//! All flows are raised together, each in proportion to its weight, until a link is full or a
//! flow reaches its cap; those flows are frozen and the others go on. The result is unique.
//! Source: Bertsekas and Gallager, Data Networks, 2nd edition, section 6.5.2.
//!
//! Cost: O(rounds x (links + path lengths)), with at most links + flows rounds. This is the
//! oracle of the tests; [`Sharing`](super::Sharing) computes the same rates faster.

use super::LinkId;

/// What one flow wants of the network.
#[derive(Clone, Debug)]
pub struct FlowDemand<'p> {
    /// Links it crosses; of one that is there twice it takes twice its rate.
    pub path: &'p [LinkId],
    /// Its share against others on the same bottleneck; > 0.
    pub weight: f64,
    /// The most it can use, in the unit of the capacities; may be infinite.
    pub cap: f64,
}

/// The max-min fair rate of each flow, in the unit of `capacities` (one entry per link).
///
/// A flow without links gets its cap.
pub fn max_min_rates(capacities: &[f64], flows: &[FlowDemand<'_>]) -> Vec<f64> {
    let mut rates: Vec<Option<f64>> = vec![None; flows.len()];
    loop {
        let mut left = capacities.to_vec();
        let mut weight = vec![0.0; capacities.len()];
        for (flow, rate) in flows.iter().zip(&rates) {
            for link in flow.path {
                match rate {
                    Some(rate) => left[link.index()] -= rate,
                    None => weight[link.index()] += flow.weight,
                }
            }
        }
        // The level at which the first link fills or the first flow reaches its cap.
        let levels = left
            .iter()
            .zip(&weight)
            .map(
                |(left, weight)| if *weight > 0.0 { left.max(0.0) / weight } else { f64::INFINITY },
            )
            .collect::<Vec<f64>>();
        let unfrozen = |index: &usize| rates[*index].is_none();
        let limit_of = |flow: &FlowDemand<'_>| {
            let by_links = flow.path.iter().map(|link| levels[link.index()]);
            by_links.fold(flow.cap / flow.weight, f64::min)
        };
        let Some(level) = (0..flows.len())
            .filter(unfrozen)
            .map(|index| limit_of(&flows[index]))
            .min_by(f64::total_cmp)
        else {
            return rates.into_iter().map(|rate| rate.unwrap_or(0.0)).collect();
        };
        let frozen: Vec<usize> = (0..flows.len())
            .filter(unfrozen)
            .filter(|&index| limit_of(&flows[index]) <= level)
            .collect();
        for index in frozen {
            rates[index] = Some((level * flows[index].weight).min(flows[index].cap));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_that_is_limited_elsewhere_leaves_its_share_to_the_others() {
        // Link 0 carries 10, link 1 carries 4: the flow over both and the other on link 1 get 2
        // each, the other on link 0 gets the remaining 8.
        let both = [LinkId(0), LinkId(1)];
        let flows: Vec<FlowDemand<'_>> = [&both[..], &both[..1], &both[1..]]
            .map(|path| FlowDemand { path, weight: 1.0, cap: f64::INFINITY })
            .into();
        assert_eq!(max_min_rates(&[10.0, 4.0], &flows), [2.0, 8.0, 2.0]);
    }

    #[test]
    fn a_flow_without_links_gets_its_cap() {
        let flow = FlowDemand { path: &[], weight: 2.0, cap: 7.0 };
        assert_eq!(max_min_rates(&[], &[flow]), [7.0]);
    }
}
