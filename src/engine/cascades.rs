//! Cascading overload: a look at nodes that fail when they are over their limits for some time.
//!
//! Nothing is counted between two looks but what is counted anyway, so that a run without such a
//! fault pays nothing, and one with it pays for nodes x looks.

use std::collections::BTreeMap;

use super::event::Event;
use super::faults::Victim;
use super::{Architecture, World};
use crate::model::{Cascade, FaultKind, Limit};
use crate::network::{LinkId, NodeId};
use crate::units::{Rate, Time};

/// Nodes that are watched, by the number of the fault and by place.
#[derive(Debug, Default)]
pub(super) struct Watches(BTreeMap<u16, Vec<Watch>>);

#[derive(Clone, Copy, Debug, Default)]
struct Watch {
    looked: Time,
    /// Worker-nanoseconds at work until then.
    busy_nanos: u128,
    /// Since when it has been over its limit without a break.
    over_since: Option<Time>,
}

impl Watches {
    pub fn begin(&mut self, fault: u16, cascade: &Cascade) {
        self.0.insert(fault, vec![Watch::default(); cascade.nodes.len()]);
    }
}

impl<A: Architecture> World<'_, A> {
    /// Looks at all nodes that may fail by the fault of this number.
    #[inline(never)]
    pub(super) fn watch(&mut self, number: u16) {
        let fault = &self.model().faults[usize::from(number)];
        let FaultKind::Cascade(cascade) = &fault.kind else { return };
        let mut watches = self.faults.watches.0.remove(&number).unwrap_or_default();
        for (place, (&node, watch)) in (0..).zip(cascade.nodes.iter().zip(&mut watches)) {
            let is_first = self.now == fault.at;
            let since = self.over_since(node, cascade.limit, watch, is_first);
            watch.looked = self.now;
            watch.over_since = since.map(|since| watch.over_since.unwrap_or(since));
            let is_too_long = |since: Time| self.now.since(since) >= cascade.during;
            if watch.over_since.is_some_and(is_too_long) {
                watch.over_since = None;
                self.queue.push(self.now, Event::Crash(Victim { fault: number, place }));
            }
        }
        self.faults.watches.0.insert(number, watches);
        let next = self.now + cascade.every;
        if next < fault.until {
            self.queue.push(next, Event::Watch { fault: number });
        }
    }

    /// From when on this look finds `node` over its limit; `None` when it is not, or is down.
    fn over_since(
        &mut self,
        node: NodeId,
        limit: Limit,
        watch: &mut Watch,
        is_first: bool,
    ) -> Option<Time> {
        let is_down = self.faults.is_down(node);
        match limit {
            Limit::Utilisation { station, above } => {
                let (busy, workers) = self.stations.busy_until(self.now, node, station)?;
                let before = std::mem::replace(&mut watch.busy_nanos, busy);
                let span = self.now.since(watch.looked).nanos() as f64 * f64::from(workers);
                let is_over = (busy - before) as f64 > above * span;
                (is_over && !is_first && !is_down).then_some(watch.looked)
            }
            Limit::Jobs { station, above } => {
                let jobs = self.stations.jobs_at(node, station)?;
                (jobs > above as usize && !is_down).then_some(self.now)
            }
            Limit::Uplink { above } => {
                (self.use_of(LinkId(2 * node.0)) > above && !is_down).then_some(self.now)
            }
            Limit::Downlink { above } => {
                (self.use_of(LinkId(2 * node.0 + 1)) > above && !is_down).then_some(self.now)
            }
        }
    }

    /// Share of the capacity that a link has at the moment.
    fn use_of(&self, link: LinkId) -> f64 {
        match self.network.payload_rate(link) {
            Rate::ZERO => 0.0,
            capacity => self.sharing.load(link) / capacity.bits_per_second(),
        }
    }
}
