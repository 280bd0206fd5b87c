//! Processors of nodes: workers with a queue, first in first out.

use std::collections::VecDeque;

use crate::model::Processor;
use crate::units::Duration;

#[derive(Debug)]
struct Job<M> {
    work: Duration,
    message: M,
}

/// The processor of one node.
#[derive(Debug)]
pub(super) struct Workers<M> {
    processor: Processor,
    busy: u32,
    waiting: VecDeque<Job<M>>,
}

/// What became of a job that was handed in.
pub(super) enum Accepted<M> {
    /// It is being worked on and done after this span.
    Begun(Duration, M),
    Waiting,
    Refused(M),
}

impl<M> Workers<M> {
    pub fn new(processor: Processor) -> Workers<M> {
        Workers { processor, busy: 0, waiting: VecDeque::new() }
    }

    pub fn hand_in(&mut self, work: Duration, message: M) -> Accepted<M> {
        if self.busy < self.processor.workers {
            self.busy += 1;
            Accepted::Begun(work, message)
        } else if self.processor.queue.is_some_and(|most| self.waiting.len() >= most as usize) {
            Accepted::Refused(message)
        } else {
            self.waiting.push_back(Job { work, message });
            Accepted::Waiting
        }
    }

    /// A worker has done its job; it begins the next one, if one waits.
    pub fn done(&mut self) -> Option<(Duration, M)> {
        let next = self.waiting.pop_front();
        if next.is_none() {
            self.busy -= 1;
        }
        next.map(|job| (job.work, job.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_begun_in_order_and_refused_when_the_queue_is_full() {
        let mut workers = Workers::new(Processor { workers: 1, queue: Some(1) });
        let second = Duration::from_whole_secs(1);
        assert!(matches!(workers.hand_in(second, 'a'), Accepted::Begun(_, 'a')));
        assert!(matches!(workers.hand_in(second, 'b'), Accepted::Waiting));
        assert!(matches!(workers.hand_in(second, 'c'), Accepted::Refused('c')));
        assert_eq!(workers.done(), Some((second, 'b')));
        assert_eq!(workers.done(), None);
        assert!(matches!(workers.hand_in(second, 'd'), Accepted::Begun(_, 'd')));
    }
}
