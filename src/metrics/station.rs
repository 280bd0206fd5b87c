//! One station over a run: what came, waited and was served.

use crate::model::StationId;
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// A station of a node over a whole run, warm-up included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StationRecord {
    pub node: NodeId,
    pub kind: StationId,
    pub workers: u32,
    /// Jobs that came: those that were refused, done, lost, and are still there.
    pub arrived: u64,
    pub refused: u64,
    pub completed: u64,
    /// Broken off, waiting or at work, when the node went down.
    pub lost: u64,
    pub present: u64,
    /// Job-nanoseconds: the number of jobs there, integrated over time.
    pub job_nanos: u128,
    /// Worker-nanoseconds at work, integrated over time.
    pub busy_nanos: u128,
    /// From coming to being done, of the completed; and from coming to the end of the run or the
    /// loss, of the others.
    pub sojourn_nanos: u128,
    pub unfinished_nanos: u128,
    /// Worker-nanoseconds that were needed by the completed, and what was done for the others.
    pub worked_nanos: u128,
    pub unfinished_work_nanos: u128,
    /// Without being worked on, of those that began.
    pub waited_nanos: u128,
    pub begun: u64,
    /// Of the begun, those that had to wait.
    pub delayed: u64,
    pub longest_queue: u32,
    /// Nanoseconds with no job there, and with every worker busy.
    pub idle_nanos: u128,
    pub full_nanos: u128,
}

impl StationRecord {
    /// Share of its workers that were busy over `span`, on the mean.
    pub fn utilisation(&self, span: Duration) -> f64 {
        self.busy_nanos as f64 / (span.nanos() as f64 * f64::from(self.workers))
    }

    /// Share of `span` with no job there.
    pub fn idle(&self, span: Duration) -> f64 {
        self.idle_nanos as f64 / span.nanos() as f64
    }

    /// Share of `span` with every worker busy.
    pub fn all_busy(&self, span: Duration) -> f64 {
        self.full_nanos as f64 / span.nanos() as f64
    }

    /// Jobs there over `span`, on the mean.
    pub fn mean_jobs(&self, span: Duration) -> f64 {
        self.job_nanos as f64 / span.nanos() as f64
    }

    /// Jobs waiting over `span`, on the mean; where nobody waits they share the workers.
    pub fn mean_queue(&self, span: Duration) -> f64 {
        self.job_nanos.saturating_sub(self.busy_nanos) as f64 / span.nanos() as f64
    }

    /// Seconds between coming and beginning; `None` when nobody began.
    pub fn mean_wait(&self) -> Option<f64> {
        (self.begun > 0).then(|| self.waited_nanos as f64 / 1e9 / self.begun as f64)
    }

    /// Seconds between coming and being done; `None` when nothing was done.
    pub fn mean_sojourn(&self) -> Option<f64> {
        (self.completed > 0).then(|| self.sojourn_nanos as f64 / 1e9 / self.completed as f64)
    }

    /// Which law of every queue this record breaks; none, unless the station is wrong.
    ///
    /// Flow balance: what came was refused, done, lost or is there. Little (Operations Research 9,
    /// 1961), over a whole run and therefore exact: job-seconds are the sum of the times of all
    /// jobs. Utilisation: worker-seconds are the sum of the work of all jobs.
    pub fn broken_law(&self) -> Option<&'static str> {
        // Under processor sharing each change rounds what each job has got by a nanosecond.
        let rounding = 1e-9 * self.job_nanos as f64 + 4.0 * (self.arrived as f64 + 1.0);
        let differs = |one: u128, other: u128| one.abs_diff(other) as f64 > rounding;
        if self.arrived != self.refused + self.completed + self.lost + self.present {
            Some("flow balance")
        } else if differs(self.job_nanos, self.sojourn_nanos + self.unfinished_nanos) {
            Some("Little's law")
        } else if differs(self.busy_nanos, self.worked_nanos + self.unfinished_work_nanos) {
            Some("the utilisation law")
        } else {
            None
        }
    }
}

/// What is counted of a station while a run goes on.
#[derive(Clone, Debug, Default)]
pub struct StationCounts {
    workers: u32,
    arrived: u64,
    refused: u64,
    completed: u64,
    lost: u64,
    begun: u64,
    jobs: u32,
    busy: u32,
    longest_queue: u32,
    /// Until when the areas are counted.
    counted: Time,
    job_nanos: u128,
    busy_nanos: u128,
    sojourn_nanos: u128,
    unfinished_nanos: u128,
    worked_nanos: u128,
    unfinished_work_nanos: u128,
    waited_nanos: u128,
    delayed: u64,
    idle_nanos: u128,
    full_nanos: u128,
}

impl StationCounts {
    pub fn new(workers: u32) -> StationCounts {
        StationCounts { workers, ..StationCounts::default() }
    }

    /// Up to `now` as many jobs were there and workers busy as the last calls have left.
    #[inline(always)]
    fn count(&mut self, now: Time) {
        if now == self.counted {
            return;
        }
        let span = u128::from(now.since(self.counted).nanos());
        if self.jobs == 0 {
            self.idle_nanos += span;
        } else if self.busy == self.workers {
            self.full_nanos += span;
        }
        self.job_nanos += span * u128::from(self.jobs);
        self.busy_nanos += span * u128::from(self.busy);
        self.counted = now;
    }

    /// Worker-nanoseconds at work until `now`.
    pub fn busy_until(&mut self, now: Time) -> u128 {
        self.count(now);
        self.busy_nanos
    }

    /// A job has come.
    #[inline(always)]
    pub fn arrived(&mut self, now: Time) {
        self.count(now);
        self.arrived += 1;
        self.jobs += 1;
        let queue = self.jobs.saturating_sub(self.workers);
        self.longest_queue = self.longest_queue.max(queue);
    }

    pub fn refused(&mut self) {
        self.arrived += 1;
        self.refused += 1;
    }

    /// A job that came at `since` is worked on from now on.
    #[inline]
    pub fn begun(&mut self, now: Time, since: Time) {
        self.begun += 1;
        if since < now {
            self.delayed += 1;
            self.waited_nanos += u128::from(now.since(since).nanos());
        }
    }

    /// Jobs that were begun so far.
    pub fn begun_count(&self) -> u64 {
        self.begun
    }

    /// From now on so many workers are busy.
    #[inline]
    pub fn busy(&mut self, now: Time, busy: u32) {
        self.count(now);
        self.busy = busy;
    }

    /// A job that came at `since` and needed `work` is done.
    #[inline(always)]
    pub fn completed(&mut self, now: Time, since: Time, work: Duration) {
        self.count(now);
        self.jobs -= 1;
        self.completed += 1;
        self.sojourn_nanos += u128::from(now.since(since).nanos());
        self.worked_nanos += u128::from(work.nanos());
    }

    /// A job that came at `since`, of which `done` has been worked, is lost.
    pub fn lost(&mut self, now: Time, since: Time, done: Duration) {
        self.count(now);
        self.jobs -= 1;
        self.lost += 1;
        self.unfinished(now, since, done);
    }

    /// A job that came at `since`, of which `done` has been worked, will never be done.
    pub fn unfinished(&mut self, now: Time, since: Time, done: Duration) {
        self.unfinished_nanos += u128::from(now.since(since).nanos());
        self.unfinished_work_nanos += u128::from(done.nanos());
    }

    /// What there is to tell at the end of the run.
    pub fn record(mut self, now: Time, node: NodeId, kind: StationId) -> StationRecord {
        self.count(now);
        StationRecord {
            node,
            kind,
            workers: self.workers,
            arrived: self.arrived,
            refused: self.refused,
            completed: self.completed,
            lost: self.lost,
            present: u64::from(self.jobs),
            job_nanos: self.job_nanos,
            busy_nanos: self.busy_nanos,
            sojourn_nanos: self.sojourn_nanos,
            unfinished_nanos: self.unfinished_nanos,
            worked_nanos: self.worked_nanos,
            unfinished_work_nanos: self.unfinished_work_nanos,
            waited_nanos: self.waited_nanos,
            begun: self.begun,
            delayed: self.delayed,
            idle_nanos: self.idle_nanos,
            full_nanos: self.full_nanos,
            longest_queue: self.longest_queue,
        }
    }
}
