//! Bystanders: links that members of a class cross and that limit none of them.
//!
//! Where downloads queue up behind one full link, those of one client share its own link as well,
//! and so none of them has it for itself. As long as that link is far from full it does not matter:
//! its flows can be in a class that knows nothing of it. It *stands by*, and keeps the weight of
//! the members of each class that cross it, its *shares*; what they carry over it is weight times level
//! whenever that is asked for. So a change of level costs the same for one bystander as for thousands.
//!
//! A bystander must not become full unnoticed. Its classes keep for it the level up to which it
//! is not: what it has left is divided by the weights, so that it has room as long as all of them are
//! below. A class whose level comes up to the lowest of those has a look at that one bystander. If it
//! is nearly full, or a flow by itself has its bottleneck there, all members of classes leave it and
//! are solved one by one; or it is crowded, and has classes of its own.

use super::LinkId;
use super::area::Stage;
use super::path::Place;
use super::sharing::Sharing;
use super::sum::Sum;

/// Members join while the bystander is less full than this, and leave when it is fuller than that:
/// apart, so that not every small change of a level has flows come and go.
const ROOMY: f64 = 0.9;
const NEARLY_FULL: f64 = 0.99;

/// What members of a class have of a bystander.
#[derive(Debug)]
struct Share {
    class: u32,
    count: u32,
    weight: Sum,
    /// Of those that have not been given a rate yet.
    unsettled: f64,
    /// The peak is booked up to this moment, when the class had noted so many, and had this level
    /// when all was settled.
    since: f64,
    peaks_before: u32,
    level: f64,
    /// The lowest level that its class keeps for it, and the stamp of that note.
    noted: f64,
    stamp: u32,
}

impl Share {
    fn settled_weight(&self) -> f64 {
        (self.weight.value() - self.unsettled).max(0.0)
    }
}

#[derive(Debug, Default)]
pub(super) struct Bystanders {
    /// By `LinkId`; empty until there is one.
    shares: Vec<Vec<Share>>,
    /// By class: its level, and while rates are looked for the one that it may be given.
    levels: Vec<f64>,
    prospects: Vec<f64>,
    last_stamp: u32,
    /// Links whose peak has been booked since the rates were last settled.
    booked: Vec<LinkId>,
}

impl Bystanders {
    /// What members of classes have of `link` at the levels that they have, bit/s.
    pub fn taken(&self, link: LinkId) -> f64 {
        let of = |share: &Share| share.weight.value() * self.levels[share.class as usize];
        self.shares(link).iter().map(of).sum()
    }

    /// The same without those that have not been given a rate yet.
    pub fn carried(&self, link: LinkId) -> f64 {
        let of = |share: &Share| share.settled_weight() * self.levels[share.class as usize];
        self.shares(link).iter().map(of).sum()
    }

    pub fn set_level(&mut self, class: u32, level: f64) {
        let place = class as usize;
        if place >= self.levels.len() {
            self.levels.resize(place + 1, 0.0);
            self.prospects.resize(place + 1, 0.0);
        }
        self.levels[place] = level;
        self.prospects[place] = level;
    }

    pub fn set_prospect(&mut self, class: u32, level: f64) {
        self.prospects[class as usize] = level;
    }

    /// What it may be given comes to nothing.
    pub fn forget_prospect(&mut self, class: u32) {
        self.prospects[class as usize] = self.levels[class as usize];
    }

    fn shares(&self, link: LinkId) -> &[Share] {
        self.shares.get(link.index()).map_or(&[], Vec::as_slice)
    }

    fn share_mut(&mut self, link: LinkId, class: u32) -> Option<&mut Share> {
        self.shares.get_mut(link.index())?.iter_mut().find(|share| share.class == class)
    }

    fn is_valid(&self, link: u32, stamp: u32) -> bool {
        self.shares(LinkId(link)).iter().any(|share| share.stamp == stamp)
    }
}

impl Sharing {
    /// Whether a flow by itself could have `level` without coming near its cap, or filling any of its
    /// links that are not crowded.
    pub(super) fn admits(&self, slot: u32, level: f64) -> bool {
        let flow = &self.flows[slot as usize];
        let more = level * flow.weight - flow.rate;
        let has_room = |id: LinkId| {
            let link = &self.links[id.index()];
            link.load + self.bystanders.taken(id) + more < ROOMY * link.capacity
        };
        let mut hops = flow.path.iter().map(|hop| hop.link);
        level * flow.weight < ROOMY * flow.cap
            && hops.all(|id| self.links[id.index()].is_crowded || has_room(id))
    }

    /// The links by which the flow is listed, itself a member of class `index` from `moment` on,
    /// stand by.
    pub(super) fn stand_by(&mut self, moment: f64, slot: u32, index: u32, is_settled: bool) {
        if self.bystanders.shares.is_empty() {
            self.bystanders.shares.resize_with(self.links.len(), Vec::new);
        }
        self.seats[slot as usize].has_bystanders = true;
        for place in 0..self.flows[slot as usize].path.len() {
            let flow = &self.flows[slot as usize];
            let (hop, weight) = (flow.path[place], flow.weight);
            if hop.place == Place::NOWHERE {
                continue;
            }
            self.book_peak(moment, hop.link);
            self.links[hop.link.index()].stands_by = true;
            if self.bystanders.share_mut(hop.link, index).is_none() {
                let class = self.class_mut(index);
                class.share_count += 1;
                let peaks_before = class.peak_count();
                self.bystanders.booked.push(hop.link);
                self.bystanders.shares[hop.link.index()].push(Share {
                    class: index,
                    count: 0,
                    weight: Sum::default(),
                    unsettled: 0.0,
                    since: moment,
                    peaks_before,
                    level: 0.0,
                    noted: f64::INFINITY,
                    stamp: 0,
                });
            }
            if let Some(share) = self.bystanders.share_mut(hop.link, index) {
                share.count += 1;
                share.weight.add(weight);
                share.unsettled += if is_settled { 0.0 } else { weight };
            }
            self.note_bounds(hop.link, self.links[hop.link.index()].load);
        }
    }

    /// Ends what [`Sharing::stand_by`] began; the class knows of the member still.
    pub(super) fn stand_aside(&mut self, moment: f64, slot: u32, index: u32) {
        let seat = &mut self.seats[slot as usize];
        let was_new = seat.is_new;
        if !std::mem::replace(&mut seat.has_bystanders, false) {
            return;
        }
        for place in 0..self.flows[slot as usize].path.len() {
            let flow = &self.flows[slot as usize];
            let (hop, weight) = (flow.path[place], flow.weight);
            if hop.place == Place::NOWHERE {
                continue;
            }
            self.book_peak(moment, hop.link);
            let Some(share) = self.bystanders.share_mut(hop.link, index) else { continue };
            share.count -= 1;
            share.weight.add(-weight);
            if was_new {
                share.unsettled = (share.unsettled - weight).max(0.0);
            }
            if share.count == 0 {
                self.class_mut(index).share_count -= 1;
                let shares = &mut self.bystanders.shares[hop.link.index()];
                shares.retain(|share| share.class != index);
                self.links[hop.link.index()].stands_by = !shares.is_empty();
            }
        }
    }

    /// A newcomer has been given its rate.
    pub(super) fn note_settled(&mut self, slot: u32) {
        let seat = &self.seats[slot as usize];
        if !seat.has_bystanders {
            return;
        }
        for hop in self.flows[slot as usize].path.iter() {
            if let Some(share) = self.bystanders.share_mut(hop.link, seat.class) {
                share.unsettled = 0.0;
            }
        }
    }

    /// Books the greatest load that a bystander has had until `moment`; called before anything but
    /// a level changes there.
    ///
    /// With members of several classes the peak of each counts, which can be at different moments:
    /// between two changes on the link levels differ little.
    pub(super) fn book_peak(&mut self, moment: f64, id: LinkId) {
        let link = &mut self.links[id.index()];
        if !link.stands_by {
            return;
        }
        let mut load = link.load;
        for share in &mut self.bystanders.shares[id.index()] {
            let Some(class) = &self.classes[share.class as usize] else { continue };
            let peak = class.peak_since(share.since, share.peaks_before).max(share.level);
            load += share.settled_weight() * peak;
            (share.since, share.peaks_before, share.level) = (moment, class.peak_count(), 0.0);
        }
        self.bystanders.booked.push(id);
        link.peak = link.peak.max(load.min(link.capacity));
    }

    /// The levels of classes are settled: those in force count from now on, where something else has
    /// changed.
    pub(super) fn note_settled_levels(&mut self) {
        let Bystanders { shares, levels, booked, .. } = &mut self.bystanders;
        for id in booked.drain(..) {
            for share in &mut shares[id.index()] {
                share.level = levels[share.class as usize];
            }
        }
    }

    /// Tells the classes of a bystander, which carries `load` of flows by themselves, up to which
    /// levels it is not full.
    fn note_bounds(&mut self, id: LinkId, load: f64) {
        let Bystanders { shares, prospects, last_stamp, .. } = &mut self.bystanders;
        let shares = &mut shares[id.index()];
        let (mut free, mut weight) = (self.links[id.index()].capacity - load, 0.0);
        for share in shares.iter() {
            free -= share.weight.value() * prospects[share.class as usize];
            weight += share.weight.value();
        }
        let room = free.max(0.0) / weight;
        for share in shares.iter_mut() {
            let bound = (prospects[share.class as usize] + room).max(0.0);
            // A lower one that has been noted before will do.
            if bound < share.noted
                && let Some(class) = &mut self.classes[share.class as usize]
            {
                *last_stamp = last_stamp.wrapping_add(1);
                (share.noted, share.stamp) = (bound, *last_stamp);
                class.note_bound(bound, id, share.stamp);
            }
        }
        for place in 0..self.bystanders.shares[id.index()].len() {
            let index = self.bystanders.shares[id.index()][place].class as usize;
            if let Some(class) = &mut self.classes[index] {
                class.compact_bounds(|link, stamp| self.bystanders.is_valid(link, stamp));
            }
        }
    }

    /// The bystanders that the solved area would leave nearly full.
    pub(super) fn full_bystanders(&mut self) -> Vec<LinkId> {
        let is_touched = |link: LinkId| self.links[link.index()].stands_by;
        let mut doubtful: Vec<LinkId> =
            self.area.links.iter().map(|link| link.id).filter(|&id| is_touched(id)).collect();
        for area_flow in &self.area.flows {
            let Some(index) = self.class_it_is(area_flow.slot) else { continue };
            let Some(class) = &mut self.classes[index as usize] else { continue };
            while let Some((bound, link)) =
                class.least_bound(|link, stamp| self.bystanders.is_valid(link, stamp))
                && bound < area_flow.level
            {
                class.pop_bound();
                let link = LinkId(link);
                if let Some(share) = self.bystanders.share_mut(link, index) {
                    share.noted = f64::INFINITY;
                }
                doubtful.push(link);
            }
        }
        doubtful.retain(|&id| {
            let link = &self.links[id.index()];
            let (mut load, mut is_bottleneck) = (link.load, link.bottlenecked > 0);
            if let Some(place) = link.mark_in_area.checked_sub(1) {
                let link = &self.area.links[place as usize];
                if let Stage::Filled { load: found, bottlenecked, .. } = link.stage {
                    load = found;
                    is_bottleneck = link.bottlenecked_outside + bottlenecked > 0;
                }
            }
            let of = |share: &Share| {
                share.weight.value() * self.bystanders.prospects[share.class as usize]
            };
            let taken: f64 = self.bystanders.shares(id).iter().map(of).sum();
            let is_full = is_bottleneck || load + taken > NEARLY_FULL * link.capacity;
            if !is_full {
                self.note_bounds(id, load);
            }
            is_full
        });
        doubtful
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FlowDemand, FlowId, max_min_rates};
    use super::*;
    use crate::random::{Key, Stream};
    use crate::units::{Bytes, Duration, Rate, Time};

    /// Servers, a link behind some of them, and clients with few lines, who fetch several things at
    /// once.
    struct Fetching {
        draws: Stream,
        servers: usize,
        capacities: Vec<f64>,
        sharing: Sharing,
        flows: Vec<(FlowId, Vec<LinkId>, f64, f64)>,
        /// The greatest sum of rates that was settled, by link.
        peaks: Vec<f64>,
        members: usize,
    }

    impl Fetching {
        fn new(instance: u64, servers: usize) -> Fetching {
            let mut draws = Key::root(instance, 0).text("fetching").stream();
            let clients = 2 + draws.below(12);
            let mut capacities: Vec<f64> =
                (0..servers).map(|_| 1e6 * (1.0 + draws.below(9) as f64)).collect();
            capacities.push(1e6 * (2.0 + draws.below(30) as f64));
            capacities.extend((0..clients).map(|_| 1e6 * [0.5, 1.0, 4.0, 9.0][draws.below(4)]));
            let rates = capacities.iter().map(|&rate| Rate::from_bits_per_second(rate));
            let sharing = Sharing::with_crowd(rates, 3 + draws.below(9) as u32, 2);
            let peaks = vec![0.0; capacities.len()];
            let flows = Vec::new();
            Fetching { draws, servers, capacities, sharing, flows, peaks, members: 0 }
        }

        fn start(&mut self, now: Time) {
            let clients = self.capacities.len() - self.servers - 1;
            let server = self.draws.below(self.servers);
            let mut path = vec![LinkId(server as u32)];
            if server > 0 {
                path.push(LinkId(self.servers as u32));
            }
            path.push(LinkId((self.servers + 1 + self.draws.below(clients)) as u32));
            let weight = if self.draws.below(3) == 0 { 0.1 + self.draws.uniform() } else { 1.0 };
            let cap = match self.draws.below(5) {
                0 => 1e6 * self.draws.uniform(),
                _ => f64::INFINITY,
            };
            let size = Bytes::new(1 + self.draws.below(500_000) as u64);
            let rate = Rate::from_bits_per_second(cap);
            let flow = self.sharing.start(now, &path, size, weight, rate);
            self.flows.push((flow, path, weight, cap));
        }

        /// Rates and loads are those of plain progressive filling.
        fn check(&mut self, instance: u64) {
            let demand = |(_, path, weight, cap): &'_ (FlowId, Vec<LinkId>, f64, f64)| {
                (path.clone(), *weight, *cap)
            };
            let owned: Vec<(Vec<LinkId>, f64, f64)> = self.flows.iter().map(demand).collect();
            let demands: Vec<FlowDemand<'_>> = owned
                .iter()
                .map(|(path, weight, cap)| FlowDemand { path, weight: *weight, cap: *cap })
                .collect();
            let mut loads = vec![0.0; self.capacities.len()];
            let expected = max_min_rates(&self.capacities, &demands);
            for ((flow, path, ..), expected) in self.flows.iter().zip(expected) {
                let found = self.sharing.rate(*flow).bits_per_second();
                let is_same = (found - expected).abs() <= 1e-9 * expected.max(1.0);
                assert!(is_same, "instance {instance}: {found} for {expected} bit/s");
                path.iter().for_each(|link| loads[link.index()] += expected);
                let seat = self.sharing.seats.get(flow.index());
                self.members += usize::from(seat.is_some_and(|seat| seat.has_bystanders));
            }
            for (link, load) in (0..).map(LinkId).zip(loads) {
                let found = self.sharing.load(link);
                assert!((found - load).abs() <= 1e-6 * load + 1e-3, "{instance}: {found} {load}");
                let peak = &mut self.peaks[link.index()];
                *peak = peak.max(load);
            }
        }

        /// Starts, ends, finishes and other capacities at random.
        fn run(mut self, instance: u64) -> Fetching {
            let mut now = Time::ZERO;
            let mut finished = Vec::new();
            for _ in 0..120 {
                // Each instant is settled once.
                now = self.sharing.next_finish().min(now + Duration::from_secs(0.01));
                self.sharing.take_finished(now, &mut finished);
                for flow in finished.drain(..) {
                    assert_eq!(self.sharing.remove(now, flow), Bytes::ZERO);
                    self.flows.retain(|(other, ..)| *other != flow);
                }
                match self.draws.below(12) {
                    0 | 1 if !self.flows.is_empty() => {
                        let (flow, ..) = self.flows.swap_remove(self.draws.below(self.flows.len()));
                        self.sharing.remove(now, flow);
                    }
                    2 if self.draws.below(4) == 0 => {
                        let link = self.draws.below(self.capacities.len());
                        self.capacities[link] *= [0.3, 0.0, 2.0, 1.0][self.draws.below(4)];
                        self.capacities[link] = self.capacities[link].max(2e5);
                        let rate = Rate::from_bits_per_second(self.capacities[link]);
                        self.sharing.set_capacity(now, LinkId(link as u32), rate);
                    }
                    3..=6 => (0..1 + self.draws.below(4)).for_each(|_| self.start(now)),
                    _ => {}
                }
                self.sharing.settle(now);
                self.check(instance);
            }
            now += Duration::from_secs(1e-9);
            for (flow, ..) in std::mem::take(&mut self.flows) {
                self.sharing.remove(now, flow);
            }
            self.sharing.settle(now);
            self
        }

        fn peak(&self, link: usize) -> (f64, f64) {
            let found = self.sharing.usage(LinkId(link as u32)).peak.bits_per_second();
            (found, self.peaks[link])
        }

        fn is_bare(&self) -> bool {
            let links = self.sharing.links.iter();
            self.sharing.class_of.is_empty()
                && links.clone().all(|link| !link.stands_by && link.load.abs() < 1e-3)
                && self.sharing.bystanders.shares.iter().all(Vec::is_empty)
        }
    }

    #[test]
    fn rates_and_loads_behind_crowded_servers_are_those_of_plain_progressive_filling() {
        let mut members = 0;
        for instance in 0..400 {
            let run = Fetching::new(instance, 3).run(instance);
            members += run.members;
            assert!(run.is_bare(), "{instance}");
            for link in 0..run.capacities.len() {
                // Two servers' peaks at a client need not be at the same time.
                let (found, peak) = run.peak(link);
                assert!(found >= peak * (1.0 - 1e-9), "{instance}, {link}: {found}, not {peak}");
            }
        }
        assert!(members > 100_000, "{members}");
    }

    #[test]
    fn the_peak_of_a_client_of_one_crowded_server_is_exact() {
        let mut members = 0;
        for instance in 0..400 {
            let run = Fetching::new(instance, 1).run(instance);
            members += run.members;
            for link in 0..run.capacities.len() {
                let (found, peak) = run.peak(link);
                let is_same = (found - peak).abs() <= 1e-9 * peak;
                assert!(is_same, "{instance}, {link}: {found}, not {peak}");
            }
        }
        assert!(members > 100_000, "{members}");
    }

    #[test]
    fn what_starts_behind_a_crowded_server_is_solved_without_a_look_at_the_others() {
        // 50 clients of 100 Mbit/s, each with 40 of the 2,000 downloads from one server of 100.
        let rates = (0..51).map(|_| Rate::from_bits_per_second(100e6));
        let mut sharing = Sharing::new(rates).on_long_routes();
        let uncapped = Rate::from_bits_per_second(f64::INFINITY);
        for download in 0..2000 {
            let path = [LinkId(0), LinkId(1 + download % 50)];
            sharing.start(Time::ZERO, &path, Bytes::new(1 << 30), 1.0, uncapped);
            sharing.settle(Time::ZERO);
        }
        assert_eq!(sharing.area.flows.len(), 1);
        assert!((sharing.rate(FlowId(7)).bits_per_second() - 100e6 / 2000.0).abs() < 1e-6);
        assert!((sharing.load(LinkId(1)) - 2e6).abs() < 1e-3);
    }

    #[test]
    fn a_bystander_that_fills_limits_its_flows() {
        // Nine of twelve downloads from a server of 12 Mbit/s go to a client of 11.
        let rates = [12e6, 11e6, 100e6].map(Rate::from_bits_per_second);
        let mut sharing = Sharing::with_crowd(rates, 10, 0);
        let uncapped = Rate::from_bits_per_second(f64::INFINITY);
        let mut flows = Vec::new();
        for download in 0..12 {
            let path = [LinkId(0), LinkId(if download < 9 { 1 } else { 2 })];
            flows.push(sharing.start(Time::ZERO, &path, Bytes::new(1 << 30), 1.0, uncapped));
            sharing.settle(Time::ZERO);
        }
        assert!((sharing.rate(flows[0]).bits_per_second() - 1e6).abs() < 1e-3);
        assert!(sharing.links[1].stands_by);
        for flow in flows.drain(9..) {
            sharing.remove(Time::ZERO, flow);
        }
        sharing.settle(Time::ZERO);
        // Now the client's 11 Mbit/s are less than the server's 12.
        assert!((sharing.rate(flows[0]).bits_per_second() - 11e6 / 9.0).abs() < 1e-3);
        assert!(!sharing.links[1].stands_by);
        assert_eq!(sharing.bottleneck(flows[0]), super::super::Bottleneck::Link(LinkId(1)));
    }
}
