//! Flows in progress: their max-min fair rates, the bytes they have left, and when they finish.
//!
//! Knows nothing of requests or events: it is told the time of every change and asked when the
//! next flow finishes. Changes at one instant are solved once, when the time is next asked for
//! ([`Sharing::settle`]); what must come out says [`max_min_rates`](super::max_min_rates). A flow
//! that goes on with more bytes ([`Sharing::resume`]) changes nobody's rate and costs no solve.
//!
//! The solver finds new rates where something has changed (`solver`); the flows of crowded links
//! are put into classes, so that a change costs the same for one of them as for all (`class`,
//! `crowd`, `bystander`).

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::LinkId;
use super::acknowledgements::Acknowledgements;
use super::area::{Area, SHRUNK};
use super::burst::BURST;
use super::bystander::Bystanders;
use super::class::{Class, ClassKey};
use super::flow::{Flow, Limit, Link, add_member, remove_member};
use super::path::Path;
use super::seat::Seat;
use super::sum::Sum;
use super::tournament::Tournament;
use crate::prefetch::prefetch_at;
use crate::units::{Bytes, Rate, Time};

/// A flow in progress; void after [`Sharing::remove`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlowId(pub(super) u32);

impl FlowId {
    /// Small: removed flows leave their numbers to later ones.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The flow of this number; its owner has kept no more of it.
    pub(crate) const fn of_index(index: u32) -> FlowId {
        FlowId(index)
    }
}

/// From so many flows on a link is crowded; it is so until it has half as many.
const CROWD: u32 = 64;
const MOST_CLASSES: u32 = 64;
/// From so many flows on those of a crowded link are in classes even if they do not have their
/// other links for themselves. With fewer they are solved one by one, as they would be alone, to the
/// last digit; that takes longer the more links a path has.
const MULTITUDE: u32 = 4096;
const MULTITUDE_ON_LONG_ROUTES: u32 = 1024;

/// All flows on a set of links.
#[derive(Debug, Default)]
pub struct Sharing {
    /// By `LinkId`.
    pub(super) links: Vec<Link>,
    pub(super) flows: Vec<Flow>,
    free: Vec<u32>,
    pub(super) classes: Vec<Option<Class>>,
    pub(super) free_classes: Vec<u32>,
    pub(super) class_of: FxHashMap<ClassKey, u32>,
    /// By flow; of those that have never been in a class they may be missing.
    pub(super) seats: Vec<Seat>,
    /// From so many flows on a link is crowded.
    pub(super) crowd: u32,
    /// From so many on its flows can have bystanders.
    pub(super) multitude: u32,
    /// With more different caps on a crowded link, flows are gathered in the open class instead.
    pub(super) most_classes: u32,
    /// From so many flows on that start together they can be a burst.
    pub(super) burst: usize,
    /// When each flow or class finishes (next) at its rate, rounded up to the next instant.
    pub(super) finishes: Tournament,
    /// The last instant at which flows finished, and the exact moment within its nanosecond.
    ///
    /// What follows from their end is accounted for from that moment on: a nanosecond lost at
    /// every end would add up.
    last_finish: (Time, f64),
    /// The class of which a flow has finished last.
    pub(super) last_class: u32,
    next_order: u32,
    pub(super) live_count: usize,
    /// Flows when the rates were last settled, and the sum of their rates.
    pub(super) settled_count: usize,
    pub(super) settled_rate: f64,
    /// Of the flows that are there now.
    pub(super) total_rate: Sum,
    /// Since that was last summed up anew.
    pub(super) settles: u32,
    /// Flows that have started in a class since the rates were last settled.
    pub(super) newcomers: Vec<u32>,
    /// Since the rates were last settled: flows that started and classes that changed, links that
    /// lost a flow, and links that got another capacity.
    pub(super) started: Vec<u32>,
    pub(super) bereft: Vec<LinkId>,
    pub(super) resized: Vec<LinkId>,
    /// Nanoseconds that flows which have ended were limited by their own caps.
    pub(super) capped: f64,
    pub(super) acknowledgements: Option<Acknowledgements>,
    pub(super) area: Area,
    pub(super) bystanders: Bystanders,
    pub(super) key: SmallVec<[LinkId; 4]>,
    slots: Vec<usize>,
}

impl Sharing {
    /// `capacities`: one entry per link, by `LinkId`.
    pub fn new(capacities: impl IntoIterator<Item = Rate>) -> Sharing {
        let multitude = MULTITUDE;
        Sharing { multitude, ..Sharing::with_crowd(capacities, CROWD, MOST_CLASSES) }
    }

    /// The same where routes have more links than the lines of two nodes and two routers.
    pub fn on_long_routes(self) -> Sharing {
        Sharing { multitude: MULTITUDE_ON_LONG_ROUTES, ..self }
    }

    /// As [`Sharing::new`], with classes of all kinds on links that at least `crowd` > 1 flows cross,
    /// and at most so many for different caps; for tests.
    #[doc(hidden)]
    pub fn with_crowd(
        capacities: impl IntoIterator<Item = Rate>,
        crowd: u32,
        most_classes: u32,
    ) -> Sharing {
        let link = |rate: Rate| Link { capacity: rate.bits_per_second(), ..Link::default() };
        let links = capacities.into_iter().map(link).collect();
        let multitude = crowd;
        Sharing { links, crowd, multitude, most_classes, burst: BURST, ..Sharing::default() }
    }

    /// A flow of `size` over `path` that competes from `now` on.
    ///
    /// A link that `path` holds twice, as a medium that carries what is said in both directions, takes twice
    /// the flow's rate. `weight` > 0 is its share against others on the same
    /// bottleneck; `cap` is the most it can use. A flow over no links at all runs at its cap.
    pub fn start(
        &mut self,
        now: Time,
        path: &[LinkId],
        size: Bytes,
        weight: f64,
        cap: Rate,
    ) -> FlowId {
        debug_assert!(weight > 0.0, "a flow without weight would get nothing for ever");
        let moment = self.moment(now);
        let slot = self.new_slot(path, weight, cap.bits_per_second());
        let flow = &mut self.flows[slot as usize];
        flow.left = size.bits();
        flow.since = moment;
        self.live_count += 1;
        self.finishes.set(slot as usize, if size == Bytes::ZERO { now } else { Time::NEVER });
        for &link in path {
            self.links[link.index()].bits += size.bits();
            self.crossed(moment, link);
        }
        if size == Bytes::ZERO || !self.join_class(moment, slot) {
            add_member(slot, &mut self.flows, &mut self.links, |_| true);
            self.started.push(slot);
        }
        FlowId(slot)
    }

    /// Room for a flow or a class that is among no link's members yet.
    pub(super) fn new_slot(&mut self, path: &[LinkId], weight: f64, cap: f64) -> u32 {
        if self.next_order == u32::MAX {
            self.number_anew();
        }
        let slot = self.free.pop().unwrap_or(self.flows.len() as u32);
        let flow = Flow {
            path: Path::new(path),
            weight,
            cap,
            rate: 0.0,
            left: 0.0,
            since: 0.0,
            cap_span: 0.0,
            limit: Limit::UNKNOWN,
            order: self.next_order,
            label: 0,
            is_live: true,
            is_class: false,
            is_member: false,
            is_in_area: false,
        };
        self.next_order += 1;
        match self.flows.get_mut(slot as usize) {
            Some(old) => *old = flow,
            None => self.flows.push(flow),
        }
        slot
    }

    /// Gives the flows that are there the lowest numbers, in the order in which they have started.
    #[cold]
    #[inline(never)]
    fn number_anew(&mut self) {
        let mut live: Vec<&mut Flow> = self.flows.iter_mut().filter(|flow| flow.is_live).collect();
        live.sort_unstable_by_key(|flow| flow.order);
        self.next_order = live.len() as u32;
        for (order, flow) in (0..).zip(live) {
            flow.order = order;
        }
    }

    /// A finished flow goes on with `size` more bytes at the rate it has.
    pub fn resume(&mut self, now: Time, flow: FlowId, size: Bytes) {
        let (slot, moment) = (flow.index(), self.moment(now));
        let flow = &self.flows[slot];
        debug_assert!(flow.is_live && self.finishes.at(slot) == Time::NEVER);
        for hop in flow.path.iter() {
            self.links[hop.link.index()].bits += size.bits();
        }
        if let Some(class) = self.class_of_member(slot as u32) {
            self.account_limits_in_class(moment, slot as u32, class);
            self.retag(moment, slot as u32, size.bits());
            return self.await_finish(class);
        }
        self.account_limits(moment, slot as u32);
        let flow = &mut self.flows[slot];
        flow.left = size.bits();
        self.finishes.set(slot, instant_of(flow.finish_moment()));
    }

    /// Ends a flow, finished or not; returns the whole bytes that it had left.
    pub fn remove(&mut self, now: Time, flow: FlowId) -> Bytes {
        let moment = self.moment(now);
        let slot = flow.index();
        debug_assert!(self.flows[slot].is_live, "a flow is removed once");
        if self.flows[slot].is_member {
            self.part(moment, slot as u32);
        }
        self.finishes.set(slot, Time::NEVER);
        let bits_left = self.flows[slot].left_at(moment);
        remove_member(slot as u32, &mut self.flows, &mut self.links, |_| true);
        let flow = &mut self.flows[slot];
        flow.is_live = false;
        let mut is_shrunk = false;
        for place in 0..flow.path.len() {
            let hop = self.flows[slot].path[place];
            self.book_peak(moment, hop.link);
            let flow = &self.flows[slot];
            let link = &mut self.links[hop.link.index()];
            let left = (link.load - flow.rate).max(0.0);
            // Beside a great rate the small ones have lost their digits.
            is_shrunk |= left < SHRUNK * link.load;
            link.load = left;
            link.changes += 1;
            link.bottlenecked -= u32::from(flow.limit == Limit::link(hop.link));
            link.bits -= bits_left;
            // On a link that was its alone nobody gains, when something else is solved anyway; but
            // acknowledgements may have waited for it.
            let is_alone = link.members.is_empty() && self.acknowledgements.is_none();
            if is_alone && !self.started.is_empty() {
                (link.load, link.changes) = (0.0, 0);
            } else {
                self.bereft.push(hop.link);
            }
        }
        self.total_rate.add(-self.flows[slot].rate);
        if is_shrunk {
            self.load_anew(slot);
        }
        self.account_limits(moment, slot as u32);
        self.live_count -= 1;
        for hop in 0..self.flows[slot].path.len() {
            let link = self.flows[slot].path[hop].link;
            self.left_alone(moment, link);
        }
        self.free.push(slot as u32);
        whole_bytes(bits_left)
    }

    /// Sums up the loads of the links that flow `slot`, which has ended, has crossed.
    fn load_anew(&mut self, slot: usize) {
        for hop in self.flows[slot].path.iter() {
            let link = &mut self.links[hop.link.index()];
            link.load = link.members.iter().map(|&slot| self.flows[slot as usize].rate).sum();
            link.changes = 0;
        }
    }

    /// The capacity of `link` from the next settling on; zero stalls its flows.
    pub fn set_capacity(&mut self, now: Time, link: LinkId, capacity: Rate) {
        let moment = self.moment(now);
        self.set_whole(link, capacity);
        let left = self.left_by_acknowledgements(link, capacity.bits_per_second());
        self.resize(moment, link, left);
    }

    pub(super) fn resize(&mut self, moment: f64, link: LinkId, capacity: f64) {
        if !self.links[link.index()].is_crowded {
            self.scatter(moment, link);
        }
        self.links[link.index()].capacity = capacity;
        self.resized.push(link);
    }

    /// Whole bytes that `flow` has left at `now`, rounded up.
    pub fn left(&self, now: Time, flow: FlowId) -> Bytes {
        let moment = self.moment(now);
        whole_bytes(self.bits_left(moment, flow.0))
    }

    pub(super) fn bits_left(&self, moment: f64, slot: u32) -> f64 {
        let flow = &self.flows[slot as usize];
        match self.class_of_member(slot) {
            Some(class) => (flow.left - self.class(class).clock_at(moment)).max(0.0) * flow.weight,
            None => flow.left_at(moment),
        }
    }

    /// The class that the flow is a member of.
    pub(super) fn class_of_member(&self, slot: u32) -> Option<u32> {
        self.flows[slot as usize].is_member.then(|| self.seats[slot as usize].class)
    }

    /// The class that it stands for.
    pub(super) fn class_it_is(&self, slot: u32) -> Option<u32> {
        self.flows[slot as usize].is_class.then(|| self.seats[slot as usize].class)
    }

    /// The rate of `flow` since the last settled change.
    pub fn rate(&self, flow: FlowId) -> Rate {
        let class = self.class_of_member(flow.0);
        let flow = &self.flows[flow.index()];
        Rate::from_bits_per_second(match class {
            Some(class) => self.class(class).level * flow.weight,
            None => flow.rate,
        })
    }

    /// Payload on `link` at the last settled change, bit/s.
    pub fn load(&self, link: LinkId) -> f64 {
        let id = link;
        let link = &self.links[id.index()];
        if link.stands_by {
            return link.load + self.bystanders.carried(id);
        }
        let alone = link.members.first();
        match alone.and_then(|&slot| Some((slot as usize, self.class_of_member(slot)?))) {
            // It has the link for itself, and its class knows its rate.
            Some((slot, _)) if self.seats[slot].is_new => 0.0,
            Some((slot, class)) => self.class(class).level * self.flows[slot].weight,
            None => link.load,
        }
    }

    /// What its owner has written on `flow`, to find what belongs to it; 0 at its start.
    pub fn label(&self, flow: FlowId) -> u32 {
        self.flows[flow.index()].label
    }

    pub fn set_label(&mut self, flow: FlowId, label: u32) {
        self.flows[flow.index()].label = label;
    }

    /// The links that `flow` crosses, in order.
    pub fn path(&self, flow: FlowId) -> impl Iterator<Item = LinkId> {
        self.flows[flow.index()].path.iter().map(|hop| hop.link)
    }

    /// The flow that may well finish after `distance` others of its class, so that what belongs to it
    /// can be fetched from memory in time. A guess; `None` where there is no need.
    pub fn ahead(&self, distance: usize) -> Option<FlowId> {
        let class = self.classes.get(self.last_class as usize)?.as_ref()?;
        class.ahead(distance).map(FlowId)
    }

    /// `flow`, of which [`Sharing::ahead`] has told, ends soon.
    pub fn prefetch_end(&self, flow: FlowId) {
        for hop in self.flows[flow.index()].path.iter() {
            self.prefetch(hop.link);
        }
        if let Some(seat) = self.seats.get(flow.index())
            && let Some(Some(class)) = self.classes.get(self.last_class as usize)
        {
            class.prefetch_peak(seat.peaks_before);
        }
    }

    /// What is known of `link` will be needed soon.
    pub fn prefetch(&self, link: LinkId) {
        prefetch_at(&self.links, link.index());
    }

    /// How many flows cross `link`.
    pub fn crossing(&self, link: LinkId) -> u32 {
        self.links[link.index()].crossing
    }

    /// Sum of all rates at the last settled change.
    pub fn settled_rate(&self) -> Rate {
        Rate::from_bits_per_second(self.settled_rate)
    }

    /// The same without the flows that have ended since.
    pub fn total_rate(&self) -> Rate {
        Rate::from_bits_per_second(self.total_rate.value().max(0.0))
    }

    /// How many flows there were at the last settled change.
    pub fn flow_count(&self) -> usize {
        self.settled_count
    }

    /// Whether something has changed since the rates were settled.
    pub fn is_stale(&self) -> bool {
        !(self.started.is_empty() && self.bereft.is_empty() && self.resized.is_empty())
    }

    /// When the next flow finishes; `NEVER` when none will. Changes must be settled.
    pub fn next_finish(&self) -> Time {
        debug_assert!(!self.is_stale(), "changes are settled before time moves on");
        self.finishes.least()
    }

    /// Writes the flows that are finished at `now` into `finished`, in the order of their start.
    ///
    /// They keep their share until they are resumed or removed.
    pub fn take_finished(&mut self, now: Time, finished: &mut Vec<FlowId>) {
        finished.clear();
        let mut slots = std::mem::take(&mut self.slots);
        self.finishes.up_to(now, &mut slots);
        let mut moment = f64::NEG_INFINITY;
        for &slot in &slots {
            if self.flows[slot].is_class {
                moment = moment.max(self.take_finished_members(now, slot as u32, finished));
                continue;
            }
            self.finishes.set(slot, Time::NEVER);
            let flow = &mut self.flows[slot];
            moment = moment.max(flow.finish_moment());
            flow.left = 0.0;
            finished.push(FlowId(slot as u32));
        }
        self.slots = slots;
        if moment.is_finite() {
            self.last_finish = (now, moment.min(now.nanos() as f64));
        }
        finished.sort_unstable_by_key(|flow| self.flows[flow.index()].order);
    }

    /// The moment in nanoseconds that changes at `now` belong to.
    pub(super) fn moment(&self, now: Time) -> f64 {
        let (instant, moment) = self.last_finish;
        if instant == now && now > Time::ZERO { moment } else { now.nanos() as f64 }
    }

    pub(super) fn free_slot(&mut self, slot: u32) {
        self.flows[slot as usize].is_live = false;
        self.finishes.set(slot as usize, Time::NEVER);
        self.free.push(slot);
    }
}

/// What is below a millionth of a byte is rounding.
fn whole_bytes(bits: f64) -> Bytes {
    Bytes::new((bits / 8.0 - 1e-6).max(0.0).ceil() as u64)
}

/// Rounded up, so that at its event nothing is left to send.
pub(super) fn instant_of(moment: f64) -> Time {
    // The cast saturates: what is infinite is never.
    Time::from_nanos(moment.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn megabit(count: f64) -> Rate {
        Rate::from_bits_per_second(count * 1e6)
    }

    /// Runs until all flows are finished; returns (flow, seconds) in the order of finishing.
    fn drain(sharing: &mut Sharing, mut now: Time) -> Vec<(FlowId, f64)> {
        let mut finishes = Vec::new();
        let mut finished = Vec::new();
        loop {
            sharing.settle(now);
            now = sharing.next_finish();
            if now == Time::NEVER {
                return finishes;
            }
            sharing.take_finished(now, &mut finished);
            for &flow in &finished {
                finishes.push((flow, now.secs()));
                sharing.remove(now, flow);
            }
        }
    }

    #[test]
    fn a_later_flow_slows_the_earlier_one_while_both_are_there() {
        let mut sharing = Sharing::new([megabit(8.0)]);
        let path = [LinkId(0)];
        let cap = Rate::from_bits_per_second(f64::INFINITY);
        let first = sharing.start(Time::ZERO, &path, Bytes::new(2_000_000), 1.0, cap);
        sharing.settle(Time::ZERO);
        // After 1 s the first has 1 MB left; from then on each gets 4 Mbit/s, 0.5 MB/s.
        let second = sharing.start(Time::from_secs(1.0), &path, Bytes::new(500_000), 1.0, cap);
        let finishes = drain(&mut sharing, Time::from_secs(1.0));
        // The second ends at 2 s; the first then has 0.5 MB left at 1 MB/s.
        assert_eq!(finishes, [(second, 2.0), (first, 2.5)]);
    }

    #[test]
    fn a_link_at_zero_stalls_and_goes_on() {
        let mut sharing = Sharing::new([megabit(8.0)]);
        let cap = Rate::from_bits_per_second(f64::INFINITY);
        let flow = sharing.start(Time::ZERO, &[LinkId(0)], Bytes::new(1_000_000), 1.0, cap);
        sharing.settle(Time::ZERO);
        sharing.set_capacity(Time::from_secs(0.5), LinkId(0), Rate::ZERO);
        sharing.settle(Time::from_secs(0.5));
        assert_eq!(sharing.next_finish(), Time::NEVER);
        sharing.set_capacity(Time::from_secs(3.0), LinkId(0), megabit(4.0));
        // Half a megabyte is left at 0.5 MB/s.
        assert_eq!(drain(&mut sharing, Time::from_secs(3.0)), [(flow, 4.0)]);
    }

    #[test]
    fn a_resumed_flow_goes_on_at_its_rate() {
        let mut sharing = Sharing::new([megabit(8.0)]);
        let cap = Rate::from_bits_per_second(f64::INFINITY);
        let flow = sharing.start(Time::ZERO, &[LinkId(0)], Bytes::new(1_000_000), 1.0, cap);
        sharing.settle(Time::ZERO);
        let mut finished = Vec::new();
        let now = sharing.next_finish();
        sharing.take_finished(now, &mut finished);
        assert_eq!(finished, [flow]);
        sharing.resume(now, flow, Bytes::new(2_000_000));
        assert_eq!(sharing.next_finish(), Time::from_secs(3.0));
        assert_eq!(sharing.left(Time::from_secs(2.0), flow), Bytes::new(1_000_000));
    }

    #[test]
    fn an_empty_flow_finishes_at_once() {
        let mut sharing = Sharing::new([megabit(1.0)]);
        let now = Time::from_secs(2.0);
        let flow = sharing.start(now, &[LinkId(0)], Bytes::ZERO, 1.0, megabit(1.0));
        assert_eq!(drain(&mut sharing, now), [(flow, 2.0)]);
    }

    #[test]
    fn a_resumed_flow_of_a_class_keeps_the_peak_of_its_own_link() {
        // Link 0 is crowded from two flows on; each flow has another link for itself.
        let mut sharing = Sharing::with_crowd([90.0, 80.0, 80.0, 80.0, 80.0].map(megabit), 2, 64);
        let uncapped = Rate::from_bits_per_second(f64::INFINITY);
        let start = |sharing: &mut Sharing, now, own, bytes| {
            let path = [LinkId(0), LinkId(own)];
            let flow = sharing.start(now, &path, Bytes::new(bytes), 1.0, uncapped);
            sharing.settle(now);
            flow
        };
        start(&mut sharing, Time::ZERO, 2, 1 << 40);
        // The second flow gets 45 Mbit/s, and after its megabyte goes on beside two more.
        let flow = start(&mut sharing, Time::ZERO, 1, 1_000_000);
        let mut finished = Vec::new();
        let now = sharing.next_finish();
        sharing.take_finished(now, &mut finished);
        assert_eq!(finished, [flow]);
        sharing.resume(now, flow, Bytes::new(1 << 40));
        let later = Time::from_secs(4.0);
        start(&mut sharing, later, 3, 1 << 40);
        start(&mut sharing, later, 4, 1 << 40);
        assert_eq!(sharing.rate(flow), megabit(22.5));
        sharing.remove(Time::from_secs(6.0), flow);
        assert_eq!(sharing.usage(LinkId(1)).peak, megabit(45.0));
    }
}
