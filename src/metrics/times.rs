//! How long answered requests took, in all and in each phase.
//!
//! Up to [`MOST_EXACT`] of a workload are remembered one by one. Beyond, what is remembered does
//! not grow any more: sums (in whole nanoseconds), the least and the greatest stay exact; the
//! distribution goes on in [bins](Bins) that are no wider than 1/1024 of what they hold, and
//! a value is taken from the middle of its bin: it is off by no more than 0.05 %.

use super::RequestRecord;
use super::batches::Batches;
use super::bins::Bins;
use crate::units::Duration;

/// Answered requests of a workload whose times are kept one by one.
pub const MOST_EXACT: usize = 100_000;

/// The parts of the response time of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    /// Until it was known who could answer.
    pub finding: Duration,
    /// From there until the first byte of the answer left; contains `service`.
    pub waiting: Duration,
    /// Work done for it at processors.
    pub service: Duration,
    /// From the first byte to the last.
    pub transfer: Duration,
}

impl Spans {
    /// Of an answered request.
    #[inline]
    pub fn of(request: &RequestRecord) -> Spans {
        let ended = request.ended.unwrap_or(request.issued);
        let found = request.found.unwrap_or(request.issued);
        let started = request.started.unwrap_or(found);
        Spans {
            finding: found.since(request.issued),
            waiting: started.since(found),
            service: request.service,
            transfer: ended.since(started),
        }
    }

    #[inline]
    pub fn response(&self) -> Duration {
        self.finding + self.waiting + self.transfer
    }

    /// Finding, waiting without service, service and transfer, in seconds; their sum is the
    /// response time.
    pub fn phases(&self) -> [f64; 4] {
        let service = self.service.secs();
        let waiting = self.waiting.secs() - service;
        [self.finding.secs(), waiting, service, self.transfer.secs()]
    }
}

/// The times of any number of answered requests.
#[derive(Clone, Debug, Default)]
pub struct Times {
    /// One by one, with the number of each request; empty when there are too many.
    each: Vec<(u32, Spans)>,
    /// All of them, when there are too many.
    sums: Option<Box<Sums>>,
}

#[derive(Clone, Debug)]
struct Sums {
    count: u64,
    /// Finding, waiting, service and transfer, in nanoseconds.
    nanos: [u128; 4],
    least: Duration,
    greatest: Duration,
    /// Of response times, in nanoseconds.
    responses: Bins,
    /// Response times in the order in which they were told; `None` for times that were joined, which
    /// have no order.
    batches: Option<Batches>,
}

impl Times {
    /// `number`: the request's place in the order of issuing.
    #[inline(always)]
    pub fn add(&mut self, number: u32, spans: Spans) {
        match &mut self.sums {
            Some(sums) => sums.add(spans),
            None if self.each.len() < MOST_EXACT => self.each.push((number, spans)),
            None => self.sums().add(spans),
        }
    }

    /// Joins what belongs together: one by one if both are, and then in the order of issuing.
    pub fn merge(&mut self, other: &Times) {
        if let Some(others) = &other.sums {
            self.sums().merge(others);
        } else if self.sums.is_some() {
            let sums = self.sums();
            other.each.iter().for_each(|&(_, spans)| sums.add(spans));
            if !other.each.is_empty() {
                sums.batches = None;
            }
        } else {
            self.each.extend(&other.each);
            self.each.sort_unstable_by_key(|&(number, _)| number);
        }
    }

    pub fn count(&self) -> u64 {
        self.sums.as_ref().map_or(self.each.len() as u64, |sums| sums.count)
    }

    /// Mean response time in seconds, and the means of the four [phases](Spans::phases); `None`
    /// when nothing was answered.
    pub fn means(&self) -> Option<(f64, [f64; 4])> {
        if self.count() == 0 {
            return None;
        }
        let mut response = 0.0;
        let mut phases = [0.0; 4];
        for (_, spans) in &self.each {
            response += spans.response().secs();
            for (sum, phase) in phases.iter_mut().zip(spans.phases()) {
                *sum += phase;
            }
        }
        if let Some(sums) = &self.sums {
            let [finding, waiting, service, transfer] = sums.nanos;
            response = seconds(finding + waiting + transfer);
            // A request's service is a part of its waiting.
            phases = [finding, waiting.saturating_sub(service), service, transfer].map(seconds);
        }
        let count = self.count() as f64;
        Some((response / count, phases.map(|sum| sum / count)))
    }

    /// Response times one after the other, in seconds: of all in the order of issuing, or of many the
    /// means of batches in the order of ending. With them how many times each stands for. Empty when
    /// there are too many from several sources, which have no order.
    pub fn series(&self) -> (Vec<f64>, usize) {
        match &self.sums {
            Some(sums) => sums.batches.as_ref().map_or((Vec::new(), 1), Batches::means),
            None => {
                let mut each: Vec<&(u32, Spans)> = self.each.iter().collect();
                each.sort_unstable_by_key(|(number, _)| *number);
                (each.into_iter().map(|(_, spans)| spans.response().secs()).collect(), 1)
            }
        }
    }

    /// All response times in ascending order.
    pub fn responses(&self) -> Responses<'_> {
        let responses = self.each.iter().map(|(_, spans)| spans.response());
        let mut sorted: Vec<Duration> = responses.collect();
        sorted.sort_unstable();
        Responses { sorted, sums: self.sums.as_deref() }
    }

    /// From here on there are only sums.
    #[inline(never)]
    fn sums(&mut self) -> &mut Sums {
        let each = &mut self.each;
        self.sums.get_or_insert_with(|| {
            let mut sums = Box::new(Sums::new());
            std::mem::take(each).into_iter().for_each(|(_, spans)| sums.add(spans));
            sums
        })
    }
}

impl Sums {
    fn new() -> Sums {
        Sums {
            count: 0,
            nanos: [0; 4],
            least: Duration::FOREVER,
            greatest: Duration::ZERO,
            responses: Bins::default(),
            batches: Some(Batches::new()),
        }
    }

    #[inline(always)]
    fn add(&mut self, spans: Spans) {
        let Spans { finding, waiting, service, transfer } = spans;
        let response = spans.response();
        self.count += 1;
        for (sum, span) in self.nanos.iter_mut().zip([finding, waiting, service, transfer]) {
            *sum += u128::from(span.nanos());
        }
        self.least = self.least.min(response);
        self.greatest = self.greatest.max(response);
        self.responses.count(response.nanos());
        if let Some(batches) = &mut self.batches {
            batches.add(response);
        }
    }

    fn merge(&mut self, other: &Sums) {
        if self.count == 0 {
            self.batches.clone_from(&other.batches);
        } else if other.count > 0 {
            self.batches = None;
        }
        self.count += other.count;
        for (sum, others) in self.nanos.iter_mut().zip(other.nanos) {
            *sum += others;
        }
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        self.responses.merge(&other.responses);
    }

    fn at_rank(&self, rank: u64) -> Duration {
        if rank >= self.count {
            return self.greatest;
        }
        let middle = self.responses.at_rank(rank).map(Duration::from_nanos);
        middle.map_or(self.greatest, |middle| middle.clamp(self.least, self.greatest))
    }
}

/// Response times in ascending order.
#[derive(Debug)]
pub struct Responses<'t> {
    sorted: Vec<Duration>,
    sums: Option<&'t Sums>,
}

impl Responses<'_> {
    pub fn count(&self) -> u64 {
        self.sums.map_or(self.sorted.len() as u64, |sums| sums.count)
    }

    /// The response time that `rank` of all do not exceed, in seconds; `None` unless `rank` is in
    /// `1..=count`.
    pub fn at_rank(&self, rank: u64) -> Option<f64> {
        if !(1..=self.count()).contains(&rank) {
            return None;
        }
        let at = match self.sums {
            Some(sums) => sums.at_rank(rank),
            None => self.sorted[rank as usize - 1],
        };
        Some(at.secs())
    }
}

fn seconds(nanos: u128) -> f64 {
    nanos as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    /// Times from a microsecond to a day, in no order.
    fn spans(number: u32) -> Spans {
        let mut draws = Key::root(1, 0).draw(u64::from(number));
        let mut span =
            |share: f64| Duration::from_secs(share * 10f64.powf(11.0 * draws.uniform() - 6.0));
        let waiting = span(0.5);
        Spans { finding: span(0.2), waiting, service: waiting.scaled(0.5), transfer: span(0.3) }
    }

    fn times(numbers: std::ops::Range<u32>) -> Times {
        let mut times = Times::default();
        numbers.for_each(|number| times.add(number, spans(number)));
        times
    }

    /// Exact ones, of any number.
    fn sorted(numbers: std::ops::Range<u32>) -> Vec<f64> {
        let mut sorted: Vec<f64> = numbers.map(|number| spans(number).response().secs()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    }

    #[test]
    fn quantiles_of_many_are_within_the_precision_of_exact_ones() {
        let count = 2 * MOST_EXACT as u32;
        let (times, sorted) = (times(0..count), sorted(0..count));
        assert!(times.sums.is_some() && times.each.is_empty());
        let responses = times.responses();
        for rank in (1..=count).step_by(997).chain([1, count]) {
            let exact = sorted[rank as usize - 1];
            let binned = responses.at_rank(u64::from(rank)).unwrap();
            // Half a bin of 1/1024.
            assert!((binned - exact).abs() <= exact / 2048.0, "{rank}: {binned} of {exact}");
        }
        assert_eq!(responses.at_rank(u64::from(count)), sorted.last().copied());
        assert_eq!(responses.at_rank(0), None);
        assert_eq!(responses.at_rank(u64::from(count) + 1), None);
    }

    #[test]
    fn means_of_many_are_exact() {
        let count = 2 * MOST_EXACT as u32;
        let (mean, phases) = times(0..count).means().unwrap();
        let exact = sorted(0..count).iter().sum::<f64>() / f64::from(count);
        // 200,000 roundings of the other sum.
        assert!((mean / exact - 1.0).abs() < 1e-10, "{mean} of {exact}");
        assert!((phases.iter().sum::<f64>() / mean - 1.0).abs() < 1e-12);
        assert!((phases[1] / phases[2] - 1.0).abs() < 1e-6, "half of the waiting is service");
    }

    #[test]
    fn what_is_pooled_equals_the_whole() {
        for (count, most_error) in [(1000, 0.0), (3 * MOST_EXACT as u32, 1e-12)] {
            let whole = times(0..count);
            // Merged in the other order.
            let mut pooled = times(count / 3..count);
            pooled.merge(&times(0..count / 3));
            assert_eq!(pooled.count(), whole.count());
            let (mean, phases) = whole.means().unwrap();
            let (pooled_mean, pooled_phases) = pooled.means().unwrap();
            assert!((mean - pooled_mean).abs() <= most_error * mean);
            for (phase, pooled) in phases.into_iter().zip(pooled_phases) {
                assert!((phase - pooled).abs() <= most_error * phase);
            }
            let (responses, pooled) = (whole.responses(), pooled.responses());
            for rank in (1..=u64::from(count)).step_by(101) {
                assert_eq!(responses.at_rank(rank), pooled.at_rank(rank));
            }
        }
    }

    #[test]
    fn requests_that_took_no_time_are_counted_among_many() {
        let mut times = Times::default();
        (0..=MOST_EXACT as u32).for_each(|number| times.add(number, Spans::default()));
        assert_eq!(times.responses().at_rank(1), Some(0.0));
        assert_eq!(times.means(), Some((0.0, [0.0; 4])));
        assert_eq!(Times::default().means(), None);
    }
}
