//! Jobs of a run: how much of them is done, and by whom.

use super::{Recorder, Role};
use crate::network::NodeId;
use crate::units::{Duration, Time};

/// A whole run, warm-up included.
#[derive(Clone, Debug, Default)]
pub struct JobRecord {
    /// Whose processors are there for jobs; empty until an architecture says so.
    pub workers: Vec<NodeId>,
    /// Work that these do in a second when all are busy, in seconds of a processor of speed 1.
    pub capacity: f64,
    /// Work of the jobs that were answered, each once, in nanoseconds of a processor of speed 1.
    pub done: u128,
    /// First issue and last answer of a job that was answered.
    pub span: Option<(Time, Time)>,
    /// That were answered.
    pub answered: u64,
    /// Times that a processor was given a job; 0 where the architecture does not count them.
    pub runs: u64,
    /// Jobs that were answered with a wrong result.
    pub wrong: u64,
}

impl JobRecord {
    /// A job that was issued then takes so much work, and is answered now.
    pub fn answered(&mut self, now: Time, issued: Time, work: Duration) {
        self.done += u128::from(work.nanos());
        self.answered += 1;
        let first = self.span.map_or(issued, |(first, _)| first.min(issued));
        self.span = Some((first, now));
    }

    /// Work of the answered jobs over the time from their first issue to the last answer.
    pub fn speed_up(&self) -> Option<f64> {
        let (first, last) = self.span?;
        let span = last.since(first).nanos();
        (span > 0).then(|| self.done as f64 / span as f64)
    }

    /// That over what the processors could do.
    pub fn efficiency(&self) -> Option<f64> {
        let speed_up = self.speed_up().filter(|_| self.capacity > 0.0)?;
        Some(speed_up / self.capacity)
    }
}

impl Recorder {
    /// A job that was issued then, and takes so much work, is answered.
    pub fn job_answered(&mut self, now: Time, issued: Time, work: Duration) {
        if let Some(jobs) = &mut self.jobs {
            jobs.answered(now, issued, work);
        }
    }

    /// A processor is given a job.
    pub fn job_begun(&mut self) {
        if let Some(jobs) = &mut self.jobs {
            jobs.runs += 1;
        }
    }

    /// The result that a job is answered with is wrong.
    pub fn job_was_wrong(&mut self) {
        if let Some(jobs) = &mut self.jobs {
            jobs.wrong += 1;
        }
    }

    /// Whose processors are there for jobs.
    pub fn workers(&mut self, workers: Vec<NodeId>) {
        if let Some(jobs) = &mut self.jobs {
            jobs.workers.extend(workers);
            jobs.workers.sort_unstable();
            jobs.workers.dedup();
        }
    }

    /// Those who were said to be, or else all that could serve; empty where there are no jobs.
    pub fn workers_for_jobs(&self) -> Vec<NodeId> {
        match &self.jobs {
            None => Vec::new(),
            Some(jobs) if !jobs.workers.is_empty() => jobs.workers.clone(),
            Some(_) => {
                let serving =
                    self.nodes.iter().zip(0..).filter(|(node, _)| node.role != Role::Client);
                serving.map(|(_, node)| NodeId(node)).collect()
            }
        }
    }

    /// These have processors, which do so much work in a second together.
    pub fn capacity_for_jobs(&mut self, workers: Vec<NodeId>, capacity: f64) {
        if let Some(jobs) = &mut self.jobs {
            jobs.workers = workers;
            jobs.capacity = capacity;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_up_is_work_over_the_time_it_took() {
        let at = |seconds| Time::ZERO + Duration::from_whole_secs(seconds);
        let mut record = JobRecord { capacity: 4.0, ..JobRecord::default() };
        assert_eq!((record.speed_up(), record.efficiency()), (None, None));
        // 30 s of work from 10 s to 20 s: three processors' worth, of four.
        record.answered(at(15), at(12), Duration::from_whole_secs(10));
        record.answered(at(20), at(10), Duration::from_whole_secs(20));
        assert_eq!((record.speed_up(), record.efficiency()), (Some(3.0), Some(0.75)));
    }
}
