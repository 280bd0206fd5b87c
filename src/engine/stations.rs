//! Stations of nodes: workers and the queue in front of them.
//!
//! First in first out, by priority without interruption, or processor sharing. Under processor
//! sharing a station keeps one clock, the work that every job there has got so far, so that a
//! change costs the logarithm of the number of jobs. Source: Kleinrock, Queueing Systems II, 1976,
//! section 4.4; one clock for all as in fair queueing, Demers, Keshav and Shenker 1989.

mod sharer;
mod speed;
mod worker;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use self::sharer::Sharer;
use self::worker::{AtWork, Slot};
use crate::metrics::{StationCounts, StationRecord};
use crate::model::{Discipline, Station, StationId};
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// Work at a station of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    pub station: StationId,
    /// Of a worker of speed 1.
    pub work: Duration,
    /// 0 goes before 1, where the station looks at it.
    pub priority: u8,
}

/// What is due at a station; void when the station has gone on otherwise.
///
/// Aligned so that it is read in the words in which it was written, see [`Event`](super::event::Event).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(8))]
pub(super) struct Due {
    station: u32,
    /// Of a worker, or of nothing under processor sharing.
    slot: u32,
    /// Of the slot's use, or of the station's changes.
    version: u32,
}

#[derive(Debug)]
struct Pending<M> {
    node: NodeId,
    since: Time,
    /// At the speed of the station.
    work: Duration,
    message: M,
}

#[derive(Debug)]
struct StationState<M> {
    node: NodeId,
    kind: StationId,
    workers: u32,
    /// Jobs that may wait.
    room: Option<u32>,
    discipline: Discipline,
    speed: f64,
    /// By priority.
    waiting: Vec<VecDeque<Pending<M>>>,
    waiting_count: u32,
    /// As many as were busy at the same time.
    slots: Vec<Slot<M>>,
    free: Vec<u32>,
    sharers: BinaryHeap<Reverse<Sharer<M>>>,
    /// Work that every sharer has got, in nanoseconds, and until when.
    clock: f64,
    clock_at: Time,
    /// Counts the changes of what is due next under processor sharing.
    version: u32,
    counts: StationCounts,
}

/// All stations of a run.
#[derive(Debug)]
pub(super) struct Stations<M> {
    /// The first one is for nodes that have none: any number of jobs at once.
    list: Vec<StationState<M>>,
    /// By `NodeId`: the place of its first station, before its others; 0 when it has none. None of
    /// the nodes behind the end has any.
    firsts: Vec<u32>,
    /// Whether the workers of all are of speed 1.
    are_plain: bool,
}

/// What a node that goes down has lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LostJobs {
    pub count: usize,
    /// Done for them at stations, and where any number of jobs is done at once.
    pub work: Duration,
    pub unlimited: Duration,
}

/// A job that is done.
pub(super) struct Done<M> {
    pub node: NodeId,
    pub message: M,
    /// Its work at a node without a station.
    pub unlimited_work: Option<Duration>,
}

impl<M> Stations<M> {
    pub fn new() -> Stations<M> {
        let any_number = Station {
            kind: StationId::CPU,
            workers: u32::MAX,
            queue: None,
            discipline: Discipline::Fifo,
            speed: 1.0,
        };
        let unlimited = StationState::new(NodeId(u32::MAX), &any_number, 1.0);
        Stations { list: vec![unlimited], firsts: Vec::new(), are_plain: true }
    }

    /// `speed`: seconds of work done in a second by a worker of this node.
    pub fn add(&mut self, node: NodeId, station: &Station, speed: f64) {
        debug_assert!(
            self.list.last().is_none_or(|last| last.node <= node || self.list.len() == 1)
        );
        if self.firsts.len() <= node.index() {
            self.firsts.resize(node.index(), 0);
            self.firsts.push(self.list.len() as u32);
        }
        self.are_plain &= speed == 1.0;
        self.list.push(StationState::new(node, station, speed));
    }

    /// `None` when the node has no such station.
    #[inline(always)]
    fn place_of(&self, node: NodeId, kind: StationId) -> Option<u32> {
        let mut place = *self.firsts.get(node.index())?;
        while let Some(station) = self.list.get(place as usize)
            && station.node == node
        {
            if station.kind == kind {
                return Some(place);
            }
            place += 1;
        }
        None
    }

    /// Jobs at a station, waiting and at work; `None` when the node has no such station.
    pub fn jobs_at(&self, node: NodeId, kind: StationId) -> Option<usize> {
        let place = self.place_of(node, kind)?;
        Some(self.list[place as usize].job_count())
    }

    /// Workers times their speed; `None` when the node has no such station.
    pub fn capacity_at(&self, node: NodeId, kind: StationId) -> Option<f64> {
        let place = self.place_of(node, kind)?;
        let station = &self.list[place as usize];
        Some(f64::from(station.workers) * station.speed)
    }

    /// Work that a worker does in a second; `None` when the node has no such station.
    pub fn speed_at(&self, node: NodeId, kind: StationId) -> Option<f64> {
        Some(self.list[self.place_of(node, kind)? as usize].speed)
    }

    /// Worker-nanoseconds at work until `now`, and workers; `None` when there is no such station.
    pub fn busy_until(&mut self, now: Time, node: NodeId, kind: StationId) -> Option<(u128, u32)> {
        let place = self.place_of(node, kind)?;
        let station = &mut self.list[place as usize];
        Some((station.counts.busy_until(now), station.workers))
    }

    /// The station for such jobs of `node`: a common one where it has none of its own.
    #[inline(always)]
    pub fn place_for(&self, node: NodeId, kind: StationId) -> u32 {
        self.place_of(node, kind).unwrap_or(0)
    }

    /// Whether a job that comes there now is refused; else it is handed in.
    #[inline(always)]
    pub fn refuses(&mut self, place: u32) -> bool {
        let station = &mut self.list[place as usize];
        let is_refused = station.is_full();
        if is_refused {
            station.counts.refused();
        }
        is_refused
    }

    /// Takes in a job of `node` at a station that does not refuse it; what is due there from now
    /// on, unless the job waits.
    // Always, as is all below, so that a job is made where it is kept.
    #[inline(always)]
    pub fn hand_in(
        &mut self,
        now: Time,
        place: u32,
        node: NodeId,
        job: Job,
        message: M,
    ) -> Option<(Duration, Due)> {
        let station = &mut self.list[place as usize];
        let work = match station.speed {
            1.0 => job.work,
            speed => job.work.scaled(1.0 / speed),
        };
        let pending = Pending { node, since: now, work, message };
        let level = match station.discipline {
            Discipline::ProcessorSharing => return station.share(now, place, pending),
            Discipline::Fifo => 0,
            Discipline::Priority => job.priority,
        };
        station.queue(now, place, level, pending)
    }

    /// A job that is done now; `None` when `due` is void, else [`Stations::go_on`] follows.
    #[inline(always)]
    pub fn take(&mut self, now: Time, due: Due) -> Option<Done<M>> {
        let station = &mut self.list[due.station as usize];
        match station.discipline {
            Discipline::ProcessorSharing => station.take_shared(now, due),
            Discipline::Fifo | Discipline::Priority => station.take_served(now, due),
        }
    }

    /// What is due next where the job of `due` has just been done.
    ///
    /// Apart from [`Stations::take`]: both answers in one are put together and taken apart again.
    #[inline(always)]
    pub fn go_on(&mut self, now: Time, due: Due) -> Option<(Duration, Due)> {
        let station = &mut self.list[due.station as usize];
        match station.discipline {
            Discipline::ProcessorSharing => station.next_shared(due.station),
            Discipline::Fifo | Discipline::Priority => station.next_waiting(now, due),
        }
    }

    /// Breaks off all jobs of a node; what was due for them is void.
    pub fn lose_jobs_of(&mut self, now: Time, node: NodeId) -> LostJobs {
        let mut lost = LostJobs::default();
        let (unlimited, others) = self.list.split_at_mut(1);
        let StationState { slots, free, .. } = &mut unlimited[0];
        for (slot, place) in slots.iter_mut().zip(0..) {
            if slot.job.take_if(|job| job.node == node).is_some() {
                slot.version = slot.version.wrapping_add(1);
                free.push(place);
                lost.unlimited += now.since(slot.began);
                lost.count += 1;
            }
        }
        // Stations are added node by node.
        let first = others.partition_point(|station| station.node < node);
        for station in others[first..].iter_mut().take_while(|station| station.node == node) {
            station.lose_jobs(now, &mut lost);
        }
        lost
    }

    /// Records of all stations as of now.
    pub fn records(&mut self, now: Time) -> impl Iterator<Item = StationRecord> {
        self.list.iter_mut().skip(1).map(move |station| station.record(now))
    }

    /// Whether there is a job that has been at work since `time` or before.
    pub fn have_worked_since(&self, time: Time) -> bool {
        self.list.iter().any(|station| station.has_worked_since(time))
    }
}

impl<M> StationState<M> {
    fn new(node: NodeId, station: &Station, speed: f64) -> StationState<M> {
        StationState {
            node,
            kind: station.kind,
            workers: station.workers,
            room: station.queue,
            discipline: station.discipline,
            speed,
            waiting: Vec::new(),
            waiting_count: 0,
            slots: Vec::new(),
            free: Vec::new(),
            sharers: BinaryHeap::new(),
            clock: 0.0,
            clock_at: Time::ZERO,
            version: 0,
            counts: StationCounts::new(station.workers),
        }
    }

    fn is_unlimited(&self) -> bool {
        self.workers == u32::MAX
    }

    fn busy_count(&self) -> u32 {
        match self.discipline {
            Discipline::ProcessorSharing => self.workers.min(self.sharers.len() as u32),
            Discipline::Fifo | Discipline::Priority => (self.slots.len() - self.free.len()) as u32,
        }
    }

    fn has_worked_since(&self, time: Time) -> bool {
        let mut at_work = self.slots.iter().filter(|slot| slot.job.job().is_some());
        at_work.any(|slot| slot.began <= time)
            || self.sharers.iter().any(|Reverse(sharer)| sharer.job.since <= time)
    }

    fn job_count(&self) -> usize {
        self.sharers.len() + self.waiting_count as usize + self.slots.len() - self.free.len()
    }

    /// Whether there is no worker for a further job, and no room to wait.
    #[inline(always)]
    fn is_full(&self) -> bool {
        let Some(room) = self.room else { return false };
        let waiting = match self.discipline {
            Discipline::ProcessorSharing => {
                (self.sharers.len() as u64).checked_sub(u64::from(self.workers))
            }
            Discipline::Fifo | Discipline::Priority => {
                (self.busy_count() >= self.workers).then_some(u64::from(self.waiting_count))
            }
        };
        waiting.is_some_and(|waiting| waiting >= u64::from(room))
    }

    #[inline(always)]
    fn queue(
        &mut self,
        now: Time,
        place: u32,
        priority: u8,
        job: Pending<M>,
    ) -> Option<(Duration, Due)> {
        let is_busy = self.busy_count() >= self.workers;
        if !self.is_unlimited() {
            self.counts.arrived(now);
        }
        if is_busy {
            let level = usize::from(priority);
            if self.waiting.len() <= level {
                self.waiting.resize_with(level + 1, VecDeque::new);
            }
            self.waiting[level].push_back(job);
            self.waiting_count += 1;
            return None;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { version: 0, began: now, job: AtWork::Nothing });
            self.slots.len() as u32 - 1
        });
        let (span, due) = self.begin(now, place, slot, job);
        if !self.is_unlimited() {
            self.counts.busy(now, self.busy_count());
        }
        Some((span, due))
    }

    #[inline(always)]
    fn begin(&mut self, now: Time, place: u32, slot: u32, job: Pending<M>) -> (Duration, Due) {
        let work = job.work;
        self.counts.begun(now, job.since);
        let state = &mut self.slots[slot as usize];
        state.job = AtWork::Job(job);
        state.began = now;
        (work, Due { station: place, slot, version: state.version })
    }

    #[inline(always)]
    fn take_served(&mut self, now: Time, due: Due) -> Option<Done<M>> {
        let state = &mut self.slots[due.slot as usize];
        if state.version != due.version {
            return None;
        }
        let AtWork::Job(job) = std::mem::replace(&mut state.job, AtWork::Nothing) else {
            return None;
        };
        state.version = state.version.wrapping_add(1);
        let unlimited_work = self.is_unlimited().then_some(job.work);
        if unlimited_work.is_none() {
            self.counts.completed(now, job.since, job.work);
        }
        Some(Done { node: job.node, message: job.message, unlimited_work })
    }

    /// The worker of `due`, which has just done a job, begins the next one if one waits.
    #[inline(always)]
    fn next_waiting(&mut self, now: Time, due: Due) -> Option<(Duration, Due)> {
        if self.waiting_count == 0 {
            self.free.push(due.slot);
            if !self.is_unlimited() {
                self.counts.busy(now, self.busy_count());
            }
            return None;
        }
        self.waiting_count -= 1;
        let level = self.waiting.iter_mut().find(|level| !level.is_empty());
        let next = level.and_then(VecDeque::pop_front).expect("as many wait as are counted");
        Some(self.begin(now, due.station, due.slot, next))
    }

    #[inline(never)]
    fn share(&mut self, now: Time, place: u32, job: Pending<M>) -> Option<(Duration, Due)> {
        self.advance(now);
        self.counts.arrived(now);
        self.counts.begun(now, now);
        let finish = self.clock + job.work.nanos() as f64;
        let number = self.counts.begun_count();
        self.sharers.push(Reverse(Sharer { finish, number, job }));
        self.counts.busy(now, self.busy_count());
        self.next_shared(place)
    }

    /// Brings the clock of the sharers up to `now`.
    fn advance(&mut self, now: Time) {
        let span = now.since(self.clock_at).nanos() as f64;
        self.clock += span * self.share_of_each();
        self.clock_at = now;
    }

    /// Part of a worker that each sharer has.
    fn share_of_each(&self) -> f64 {
        let jobs = self.sharers.len() as f64;
        if jobs <= f64::from(self.workers) { 1.0 } else { f64::from(self.workers) / jobs }
    }

    /// What is due next among the sharers; what was due is void from here on.
    fn next_shared(&mut self, place: u32) -> Option<(Duration, Due)> {
        self.version = self.version.wrapping_add(1);
        let Reverse(first) = self.sharers.peek()?;
        // Rounded up, so that nothing is left to do then.
        let nanos = ((first.finish - self.clock) / self.share_of_each()).max(0.0).ceil();
        let due = Due { station: place, slot: 0, version: self.version };
        Some((Duration::from_nanos(nanos as u64), due))
    }

    #[inline(never)]
    fn take_shared(&mut self, now: Time, due: Due) -> Option<Done<M>> {
        if due.version != self.version {
            return None;
        }
        self.advance(now);
        let Reverse(Sharer { job, .. }) = self.sharers.pop()?;
        self.counts.completed(now, job.since, job.work);
        self.counts.busy(now, self.busy_count());
        if self.sharers.is_empty() {
            // An idle station forgets, so that the clock does not lose digits over a long run.
            self.clock = 0.0;
        }
        Some(Done { node: job.node, message: job.message, unlimited_work: None })
    }

    fn lose_jobs(&mut self, now: Time, lost: &mut LostJobs) {
        self.advance(now);
        lost.count += self.job_count();
        for job in self.waiting.iter_mut().flat_map(|level| level.drain(..)) {
            self.counts.lost(now, job.since, Duration::ZERO);
        }
        self.waiting_count = 0;
        for (slot, place) in self.slots.iter_mut().zip(0..) {
            if let Some(job) = slot.job.take_if(|_| true) {
                slot.version = slot.version.wrapping_add(1);
                self.free.push(place);
                lost.work += now.since(slot.began);
                self.counts.lost(now, job.since, now.since(slot.began));
            }
        }
        for Reverse(sharer) in std::mem::take(&mut self.sharers) {
            let done = sharer.done(self.clock);
            lost.work += done;
            self.counts.lost(now, sharer.job.since, done);
        }
        self.clock = 0.0;
        self.version = self.version.wrapping_add(1);
        self.counts.busy(now, 0);
    }

    fn record(&mut self, now: Time) -> StationRecord {
        self.advance(now);
        let mut counts = self.counts.clone();
        for job in self.waiting.iter().flatten() {
            counts.unfinished(now, job.since, Duration::ZERO);
        }
        for slot in &self.slots {
            if let Some(job) = slot.job.job() {
                counts.unfinished(now, job.since, now.since(slot.began));
            }
        }
        for Reverse(sharer) in &self.sharers {
            counts.unfinished(now, sharer.job.since, sharer.done(self.clock));
        }
        counts.record(now, self.node, self.kind)
    }
}
