//! What limited flows, and how links were used.

use super::LinkId;
use super::crowd::own_limit;
use super::flow::{Bottleneck, Flow, Limit};
use super::sharing::{FlowId, Sharing};
use crate::units::{Bytes, Duration, Rate, Time};

/// How a link was used until now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkUse {
    /// Of all flows that have ended, and the whole size of those in progress.
    pub carried: Bytes,
    /// The greatest rate at which it was used.
    pub peak: Rate,
    /// How long it limited flows that have ended, summed over them.
    pub limiting: Duration,
}

impl Sharing {
    /// Whether no flow is there now.
    pub fn is_empty(&self) -> bool {
        self.live_count == 0
    }

    /// Books how long `slot`, which is in no class, was limited by which link until `moment`, and
    /// begins anew; what it has left is void after that.
    pub(super) fn account_limits(&mut self, moment: f64, slot: u32) {
        let flow = &mut self.flows[slot as usize];
        for hop in flow.path.hops_of_links() {
            let span = flow.span_of_hop(moment, hop);
            self.links[hop.link.index()].limiting += span.max(0.0);
        }
        self.capped += flow.span_of_cap(moment).max(0.0);
        for hop in flow.path.iter_mut() {
            hop.span = 0.0;
        }
        flow.cap_span = 0.0;
        flow.since = moment;
    }

    /// What keeps `flow` from being faster since the last settled change.
    pub fn bottleneck(&self, flow: FlowId) -> Bottleneck {
        let class = self.class_of_member(flow.0);
        let flow = &self.flows[flow.index()];
        let limit = match class {
            Some(class) => {
                let whole = &self.flows[self.class(class).slot as usize];
                if whole.limit == Limit::CAP { own_limit(&self.links, flow) } else { whole.limit }
            }
            None => flow.limit,
        };
        limit.bottleneck()
    }

    /// What limited `flow` longest since it started or was resumed, and how long.
    pub fn longest_bottleneck(&self, now: Time, flow: FlowId) -> (Bottleneck, Duration) {
        let mut longest = (Limit::UNKNOWN, 0.0);
        self.look_at_limits(now, flow, |limit, span| {
            if span > longest.1 {
                longest = (limit, span);
            }
        });
        (longest.0.bottleneck(), Duration::from_secs(longest.1 * 1e-9))
    }

    /// What has limited `flow` since it started or was resumed, and how long.
    pub fn limits(&self, now: Time, flow: FlowId) -> Vec<(Bottleneck, Duration)> {
        let mut limits = Vec::new();
        self.look_at_limits(now, flow, |limit, span| {
            if span > 0.0 {
                limits.push((limit.bottleneck(), Duration::from_secs(span * 1e-9)));
            }
        });
        limits
    }

    /// Shows each limit that `flow` can have, and how many nanoseconds it was one.
    #[inline(always)]
    fn look_at_limits(&self, now: Time, flow: FlowId, mut see: impl FnMut(Limit, f64)) {
        let moment = self.moment(now);
        let class = self.class_of_member(flow.0);
        let flow = &self.flows[flow.index()];
        let whole = class.map(|class| &self.flows[self.class(class).slot as usize]);
        let own_limit = own_limit(&self.links, flow);
        let of_class = |limit| {
            let Some(whole) = whole else { return 0.0 };
            let hop = whole.path.iter().find(|hop| Limit::link(hop.link) == limit);
            let own = if limit == own_limit { whole.span_of_cap(moment) } else { 0.0 };
            hop.map_or(0.0, |hop| whole.span_of_hop(moment, hop)) + own
        };
        for hop in flow.path.hops_of_links() {
            let limit = Limit::link(hop.link);
            see(limit, flow.span_of_hop(moment, hop) + of_class(limit));
        }
        see(Limit::CAP, self.span_of_own_cap(moment, flow, class));
    }

    /// How long `flow`, of this class, was limited by its own cap until `moment`.
    fn span_of_own_cap(&self, moment: f64, flow: &Flow, class: Option<u32>) -> f64 {
        let of_class = class.map_or(0.0, |class| {
            let whole = &self.flows[self.class(class).slot as usize];
            let is_own = own_limit(&self.links, flow) == Limit::CAP;
            if is_own { whole.span_of_cap(moment) } else { 0.0 }
        });
        flow.span_of_cap(moment) + of_class
    }

    /// What the cap of `flow`, which is about to be removed, has limited is not counted: it was all that it wanted.
    pub fn excuse_cap(&mut self, now: Time, flow: FlowId) {
        let moment = self.moment(now);
        let class = self.class_of_member(flow.0);
        self.capped -= self.span_of_own_cap(moment, &self.flows[flow.index()], class);
    }

    /// How long flows that have ended were limited by their own caps, summed over them.
    pub fn capped(&self) -> Duration {
        Duration::from_secs(self.capped.max(0.0) * 1e-9)
    }

    /// How `link` was used until now.
    pub fn usage(&self, link: LinkId) -> LinkUse {
        let link = &self.links[link.index()];
        LinkUse {
            carried: Bytes::new((link.bits / 8.0).round() as u64),
            peak: Rate::from_bits_per_second(link.peak),
            limiting: Duration::from_secs(link.limiting * 1e-9),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_medium_that_is_crossed_twice_limits_once() {
        let uncapped = Rate::from_bits_per_second(f64::INFINITY);
        let both_ways = [LinkId(0), LinkId(0)];
        // One by one, and in a class.
        for (crowd, flow_count) in [(64, 1), (64, 3), (2, 3)] {
            let capacity = Rate::from_bits_per_second(8e6);
            let mut sharing = Sharing::with_crowd([capacity], crowd, 64);
            for _ in 0..flow_count {
                sharing.start(Time::ZERO, &both_ways, Bytes::new(1_000_000), 1.0, uncapped);
            }
            sharing.settle(Time::ZERO);
            let now = sharing.next_finish();
            // Each takes the medium twice.
            let seconds = 2.0 * flow_count as f64;
            assert!((now.secs() - seconds).abs() < 1e-9, "{now:?}");
            let mut finished = Vec::new();
            sharing.take_finished(now, &mut finished);
            for &flow in &finished {
                let limits = sharing.limits(now, flow);
                let [(limit, span)] = limits[..] else { panic!("{limits:?}") };
                assert_eq!((limit, span), sharing.longest_bottleneck(now, flow));
                assert!((span.secs() - seconds).abs() < 1e-9, "{span:?}");
            }
            finished.iter().for_each(|&flow| {
                sharing.remove(now, flow);
            });
            let limiting = sharing.usage(LinkId(0)).limiting.secs();
            assert!((limiting - seconds * flow_count as f64).abs() < 1e-6, "{limiting}");
        }
    }
}
