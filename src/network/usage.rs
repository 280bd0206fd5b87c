//! What limited flows, and how links were used.

use super::LinkId;
use super::crowd::cause;
use super::flow::Bottleneck;
use super::sharing::{FlowId, Sharing};
use crate::units::{Bytes, Duration, Rate, Time};

/// How a link was used until now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkUse {
    /// Of all flows that have ended.
    pub carried: Bytes,
    /// The greatest rate at which it was used.
    pub peak: Rate,
    /// How long it limited flows that have ended, summed over them.
    pub limiting: Duration,
}

impl Sharing {
    /// Books how long `slot` was limited by which link, and begins anew.
    pub(super) fn account_limits(&mut self, moment: f64, slot: u32) {
        let flow = &mut self.flows[slot as usize];
        let class = flow.class.and_then(|class| self.classes[class as usize].as_ref());
        let cap = cause(&self.links, flow, Bottleneck::Cap);
        if let Some(class) = class {
            flow.limits.part(moment, &class.limits, cap);
        }
        for &(bottleneck, span) in flow.limits.spans(moment) {
            if let Bottleneck::Link(id) = bottleneck {
                self.links[id.index()].limiting += span;
            }
        }
        flow.limits.clear();
        match class {
            Some(class) => flow.limits.join(moment, &class.limits),
            None => flow.limits.change(moment, flow.bottleneck),
        }
    }

    /// What keeps `flow` from being faster since the last settled change.
    pub fn bottleneck(&self, flow: FlowId) -> Bottleneck {
        let flow = &self.flows[flow.index()];
        match flow.class {
            Some(class) => {
                let whole = &self.flows[self.class(class).slot as usize];
                cause(&self.links, flow, whole.bottleneck)
            }
            None => flow.bottleneck,
        }
    }

    /// What limited `flow` longest since it started or was resumed, and how long.
    pub fn longest_bottleneck(&self, now: Time, flow: FlowId) -> (Bottleneck, Duration) {
        let moment = self.moment(now);
        let flow = &self.flows[flow.index()];
        let class = flow.class.map(|class| &self.class(class).limits);
        let (longest, span) = flow.limits.longest(moment, class);
        let longest =
            if flow.class.is_some() { cause(&self.links, flow, longest) } else { longest };
        (longest, Duration::from_secs(span * 1e-9))
    }

    /// How `link` was used by flows that have ended, and its peak by all.
    pub fn usage(&self, link: LinkId) -> LinkUse {
        let link = &self.links[link.index()];
        LinkUse {
            carried: Bytes::new((link.bits / 8.0).round() as u64),
            peak: Rate::from_bits_per_second(link.peak),
            limiting: Duration::from_secs(link.limiting * 1e-9),
        }
    }
}
