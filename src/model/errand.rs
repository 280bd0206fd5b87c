//! Requests for work: a question, what it takes at stations, and an answer.

use super::demand::whole_bytes;
use super::recorded::RecordedErrand;
use super::{ObjectId, StationId};
use crate::random::{Distribution, Draws, Key};
use crate::units::{Bytes, Duration};

/// The last that a station looks at.
pub const MOST_PRIORITY: u8 = 31;

/// What the requests of a workload take; each draws its own.
#[derive(Clone, Debug)]
pub struct Errands {
    /// Bytes; below half a byte: a small message, which takes latency only.
    pub question: Distribution,
    /// Work at whoever answers, one after another.
    pub steps: Vec<Step>,
    /// Bytes, as of the question.
    pub answer: Distribution,
    /// Where a station looks at it: 0 goes before 1.
    pub priority: u8,
    /// What is known of each, by number; empty where all is drawn.
    pub recorded: Vec<RecordedErrand>,
}

/// A visit to a station.
#[derive(Clone, Debug)]
pub struct Step {
    pub station: StationId,
    /// Seconds of a worker of speed 1.
    pub work: Distribution,
}

/// Which of the requests of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw(
    /// Its number, above that the place of its node among the askers, when each of them draws its
    /// own, or `u32::MAX`. One word, because it is written and read all the time.
    u64,
);

impl Draw {
    /// The `number`-th of all requests of the workload.
    pub fn of_all(number: u64) -> Draw {
        // The estimate refuses more requests than that.
        Draw::of_asker(u32::MAX, number as u32)
    }

    /// The `number`-th request of an asker.
    pub fn of_asker(asker: u32, number: u32) -> Draw {
        Draw(u64::from(asker) << 32 | u64::from(number))
    }

    /// That of a lookup, for which it is the key that matters.
    pub fn of_key(key: ObjectId) -> Draw {
        Draw::of_all(u64::from(key.0))
    }

    /// Its number, if it is one of all requests of the workload.
    #[inline]
    pub(super) fn of_all_number(self) -> Option<u64> {
        (self.asker() == u32::MAX).then_some(u64::from(self.number()))
    }

    fn asker(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn number(self) -> u32 {
        self.0 as u32
    }

    /// The key to draw from, below that of the workload, and the index of the draw.
    #[inline]
    pub fn place(self, workload: Key) -> (Key, u64) {
        let key = match self.asker() {
            u32::MAX => workload,
            asker => workload.number(u64::from(asker)),
        };
        (key, u64::from(self.number()))
    }
}

impl Errands {
    /// Small messages, and no work.
    pub fn bare() -> Errands {
        Errands {
            question: Distribution::Constant(0.0),
            steps: Vec::new(),
            answer: Distribution::Constant(0.0),
            priority: 0,
            recorded: Vec::new(),
        }
    }

    /// That of the request that stations look at last.
    pub fn highest_priority(&self) -> u8 {
        let recorded = self.recorded.iter().filter_map(|recorded| recorded.priority);
        recorded.fold(self.priority, u8::max)
    }

    /// What the work of a step is drawn from, below the key of [`Draw::place`].
    #[inline]
    pub(super) fn work_key(key: Key, step: usize) -> Key {
        key.text("work").number(step as u64)
    }

    /// What `draw` takes; `key` is of the workload in one replication.
    #[inline]
    pub fn errand(&self, key: Key, draw: Draw) -> Errand<'_> {
        Errand { errands: self, key, draw }
    }
}

/// What one request takes: the same whoever asks for it and how often.
#[derive(Clone, Copy, Debug)]
pub struct Errand<'m> {
    errands: &'m Errands,
    /// Of the workload.
    key: Key,
    draw: Draw,
}

impl Errand<'_> {
    #[inline(always)]
    pub fn question(&self) -> Bytes {
        let recorded = self.recorded().and_then(|recorded| recorded.question);
        recorded.unwrap_or_else(|| self.size(&self.errands.question, "question"))
    }

    #[inline(always)]
    pub fn answer(&self) -> Bytes {
        let recorded = self.recorded().and_then(|recorded| recorded.answer);
        recorded.unwrap_or_else(|| self.size(&self.errands.answer, "answer"))
    }

    #[inline]
    pub fn priority(&self) -> u8 {
        let recorded = self.recorded().and_then(|recorded| recorded.priority);
        recorded.unwrap_or(self.errands.priority)
    }

    /// The work of the `step`-th visit and where it is done; `None` after the last one.
    #[inline]
    pub fn step(&self, step: usize) -> Option<(StationId, Duration)> {
        let Step { station, work } = self.errands.steps.get(step)?;
        let known = self.known_work(step, work);
        let span = || Duration::from_secs(self.drawn_work(step, work).max(0.0));
        Some((*station, known.unwrap_or_else(span)))
    }

    /// `work`, which is that of the step, where it is recorded or constant.
    #[inline(always)]
    pub(super) fn known_work(&self, step: usize, work: &Distribution) -> Option<Duration> {
        let recorded = self.recorded().filter(|_| step == 0).and_then(|recorded| recorded.work);
        match work {
            _ if recorded.is_some() => recorded,
            Distribution::Constant(seconds) => Some(Duration::from_secs(seconds.max(0.0))),
            _ => None,
        }
    }

    /// Seconds of `work`, which is that of the step, where it is random.
    #[inline(never)]
    pub(super) fn drawn_work(&self, step: usize, work: &Distribution) -> f64 {
        let (key, index) = self.draw.place(self.key);
        work.draw(&mut Errands::work_key(key, step).draw(index))
    }

    /// Seconds of work that an architecture adds for `purpose` at `place`: the same under every
    /// architecture that adds it there.
    #[inline(never)]
    pub fn added_work(self, work: &Distribution, purpose: &str, place: u64) -> Duration {
        let seconds = match work {
            Distribution::Constant(seconds) => *seconds,
            work => work.draw(&mut self.added(purpose, place)),
        };
        Duration::from_secs(seconds.max(0.0))
    }

    /// Bytes that an architecture adds, as [`Errand::added_work`].
    #[inline(never)]
    pub fn added_size(self, size: &Distribution, purpose: &str, place: u64) -> Bytes {
        let bytes = match size {
            Distribution::Constant(bytes) => *bytes,
            size => size.draw(&mut self.added(purpose, place)),
        };
        if bytes < 0.5 { Bytes::ZERO } else { whole_bytes(bytes) }
    }

    /// Numbers for a choice that an architecture makes for this request.
    pub fn added(&self, purpose: &str, place: u64) -> Draws {
        let (key, index) = self.draw.place(self.key);
        key.text("added").text(purpose).number(place).draw(index)
    }

    #[inline]
    fn recorded(&self) -> Option<&RecordedErrand> {
        self.errands.recorded.get(self.draw.number() as usize)
    }

    #[inline(always)]
    fn size(&self, size: &Distribution, purpose: &str) -> Bytes {
        let bytes = match size {
            Distribution::Constant(bytes) => *bytes,
            size => {
                let (key, index) = self.draw.place(self.key);
                size.draw(&mut key.text(purpose).draw(index))
            }
        };
        if bytes < 0.5 { Bytes::ZERO } else { whole_bytes(bytes) }
    }
}
