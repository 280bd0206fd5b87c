//! More of the same demand: all of it several times, or a crowd for a while.
//!
//! What is asked for, and how much patience there is, stays as it was; only how often it is asked
//! changes. Where nodes ask one after another, more are asking at the same time.

use super::arrivals::Arrivals;
use super::demand::{Ask, Demand, TraceEntry, Wants};
use super::rate::ArrivalRate;
use crate::network::NodeId;
use crate::units::Time;

impl Demand {
    /// `factor` times as much at all times.
    pub fn multiplied(&self, factor: u32) -> Demand {
        self.with(Arriving { factor, from: Time::ZERO, until: Time::NEVER })
            .unwrap_or_else(|| self.clone())
    }

    /// `factor` times as much from one instant to another; `None` where requests do not come by
    /// themselves at instants that are known: nodes that wait for their answers, or that ask in a
    /// rhythm of their own, cannot become more for a while.
    pub fn with_crowd(&self, factor: u32, from: Time, until: Time) -> Option<Demand> {
        self.with(Arriving { factor, from, until })
    }

    fn with(&self, arriving: Arriving) -> Option<Demand> {
        match self {
            Demand::Trace { entries, sizes, first_object } => Some(Demand::Trace {
                entries: arriving.by_others(entries),
                sizes: sizes.clone(),
                first_object: *first_object,
            }),
            Demand::Drawn { askers, arrivals, wants } => {
                let mut wants = wants.clone();
                let mut askers = askers.clone();
                let arrivals = match arrivals {
                    Arrivals::Schedule(times) => {
                        arriving.repeat_recorded(&mut wants, times, |&at| at);
                        Arrivals::Schedule(arriving.repeated(times, |&at| at))
                    }
                    Arrivals::Recorded(all) => {
                        arriving.repeat_recorded(&mut wants, all, |&(at, _)| at);
                        Arrivals::Recorded(arriving.repeated(all, |&(at, _)| at))
                    }
                    Arrivals::Poisson { rate, until, count } => Arrivals::Poisson {
                        rate: arriving.rate(rate)?,
                        until: *until,
                        count: if arriving.is_always() {
                            count.saturating_mul(u64::from(arriving.factor))
                        } else {
                            *count
                        },
                    },
                    Arrivals::Burst { .. } if arriving.is_always() => {
                        askers = askers.repeat(arriving.factor as usize);
                        arrivals.clone()
                    }
                    Arrivals::PerNode { .. } if arriving.is_always() => {
                        // As many nodes more with the same rhythm, each at the place of one.
                        askers = askers.repeat(arriving.factor as usize);
                        arrivals.clone()
                    }
                    Arrivals::Closed { at_once, each, think } if arriving.is_always() => {
                        Arrivals::Closed {
                            at_once: at_once.saturating_mul(arriving.factor),
                            each: each.saturating_mul(u64::from(arriving.factor)),
                            think: think.clone(),
                        }
                    }
                    Arrivals::Burst { .. } | Arrivals::PerNode { .. } | Arrivals::Closed { .. } => {
                        return None;
                    }
                };
                Some(Demand::Drawn { askers, arrivals, wants })
            }
        }
    }
}

/// So many times as much from an instant to another.
#[derive(Clone, Copy, Debug)]
struct Arriving {
    factor: u32,
    from: Time,
    until: Time,
}

impl Arriving {
    fn is_always(self) -> bool {
        self.from == Time::ZERO && self.until == Time::NEVER
    }

    fn copies(self, at: Time) -> usize {
        if (self.from..self.until).contains(&at) { self.factor as usize } else { 1 }
    }

    fn repeated<T: Clone>(self, all: &[T], at: impl Fn(&T) -> Time) -> Vec<T> {
        let copies = |item| std::iter::repeat_n(item, self.copies(at(item)));
        all.iter().flat_map(copies).cloned().collect()
    }

    /// A copy of a download is asked for by somebody else, as far as there are others: who has an object
    /// does not fetch it again.
    fn by_others(self, entries: &[TraceEntry]) -> Vec<TraceEntry> {
        let mut nodes: Vec<NodeId> = entries.iter().map(|entry| entry.node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let step = (nodes.len() / self.factor.max(1) as usize).max(1);
        let copies = entries.iter().flat_map(|entry| {
            let place = nodes.binary_search(&entry.node).unwrap_or(0);
            let node = |copy: usize| match entry.ask {
                Ask::Download(_) => nodes[(place + copy * step) % nodes.len()],
                Ask::Transfer { .. }
                | Ask::Request(_)
                | Ask::Job(_)
                | Ask::Transaction(_)
                | Ask::Lookup(_)
                | Ask::Store { .. }
                | Ask::Retrieve { .. }
                | Ask::Call(_)
                | Ask::Update { .. }
                | Ask::Print(_) => entry.node,
            };
            let copies = (0..self.copies(entry.at)).map(node);
            copies.map(|node| TraceEntry { node, ..*entry }).collect::<Vec<_>>()
        });
        copies.collect()
    }

    /// What is recorded of each request, for each copy of it.
    fn repeat_recorded<T>(self, wants: &mut Wants, all: &[T], at: impl Fn(&T) -> Time) {
        fn repeat<T, R: Copy>(recorded: &mut Vec<R>, all: &[T], copies: impl Fn(&T) -> usize) {
            let each = recorded.iter().zip(all);
            *recorded =
                each.flat_map(|(&what, item)| std::iter::repeat_n(what, copies(item))).collect();
        }
        let copies = |item: &T| self.copies(at(item));
        match wants {
            Wants::Request(errands) => repeat(&mut errands.recorded, all, copies),
            Wants::Job(errands) => repeat(&mut errands.recorded, all, copies),
            Wants::Transaction(transactions) => {
                repeat(&mut transactions.errands.recorded, all, copies);
                repeat(&mut transactions.recorded, all, copies);
            }
            Wants::Download(_)
            | Wants::Transfer { .. }
            | Wants::Lookup(_)
            | Wants::Store(_)
            | Wants::Retrieve(_)
            | Wants::Call(_)
            | Wants::Update(_)
            | Wants::Print(_) => {}
        }
    }

    /// `None` for a swing with a crowd, which is no line.
    fn rate(self, rate: &ArrivalRate) -> Option<ArrivalRate> {
        let factor = f64::from(self.factor);
        if self.is_always() {
            return Some(match rate {
                ArrivalRate::Constant(rate) => ArrivalRate::Constant(rate * factor),
                ArrivalRate::Lines(points) => ArrivalRate::Lines(
                    points.iter().map(|&(time, rate)| (time, rate * factor)).collect(),
                ),
                ArrivalRate::Swing { mean, swing, peak, period } => ArrivalRate::Swing {
                    mean: mean * factor,
                    swing: *swing,
                    peak: *peak,
                    period: *period,
                },
            });
        }
        let (from, until) = (self.from.secs(), self.until.secs());
        let points = match rate {
            ArrivalRate::Constant(rate) => vec![(0.0, *rate)],
            ArrivalRate::Lines(points) => points.clone(),
            ArrivalRate::Swing { .. } => return None,
        };
        let at = |time: f64| {
            let after = points.partition_point(|&(other, _)| other <= time);
            match (after.checked_sub(1).map(|place| points[place]), points.get(after)) {
                (Some((start, low)), Some(&(end, high))) => {
                    low + (high - low) * (time - start) / (end - start)
                }
                (Some((_, rate)), None) | (None, Some(&(_, rate))) => rate,
                (None, None) => 0.0,
            }
        };
        let (first, last) = (at(from), at(until));
        let outside = |&(time, _): &(f64, f64)| time < from || time > until;
        let before = points.iter().copied().filter(|&(time, _)| time < from);
        let within = points.iter().filter(|point| !outside(point));
        let after = points.iter().copied().filter(|&(time, _)| time > until);
        let lines = before
            .chain([(from, first), (from, first * factor)])
            .chain(within.map(|&(time, rate)| (time, rate * factor)))
            .chain([(until, last * factor), (until, last)])
            .chain(after);
        Some(ArrivalRate::Lines(lines.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Errands, ObjectId, RecordedErrand};
    use crate::random::Distribution;
    use crate::units::{Bytes, Duration};

    const NONE: Distribution = Distribution::Constant(0.0);

    fn demand(arrivals: Arrivals) -> Demand {
        let recorded = (1..=3).map(|size| RecordedErrand {
            question: Some(Bytes::new(size)),
            ..RecordedErrand::default()
        });
        let wants = Wants::Request(Errands {
            question: NONE,
            steps: Vec::new(),
            answer: NONE,
            priority: 0,
            recorded: recorded.collect(),
        });
        Demand::Drawn { askers: vec![NodeId(4), NodeId(7)], arrivals, wants }
    }

    fn at(seconds: u64) -> Time {
        Time::ZERO + Duration::from_whole_secs(seconds)
    }

    /// Expected in all, and of a crowd of five from 10 s to 20 s.
    fn expected(arrivals: Arrivals) -> (f64, Option<f64>) {
        let demand = demand(arrivals);
        let horizon = at(100);
        let once = demand.expected_requests(horizon);
        let crowd = demand.with_crowd(5, at(10), at(20));
        (
            demand.multiplied(3).expected_requests(horizon) / once,
            crowd.map(|crowd| crowd.expected_requests(horizon) - once),
        )
    }

    #[test]
    fn there_are_so_many_times_as_many() {
        let poisson = |rate| Arrivals::Poisson { rate, until: Time::NEVER, count: u64::MAX };
        let (all, crowd) = expected(poisson(ArrivalRate::Constant(2.0)));
        assert_eq!((all, crowd), (3.0, Some(80.0)));
        // From 1 a second at 5 s to 3 a second at 25 s: 2 a second on the mean of the crowd.
        let lines = ArrivalRate::Lines(vec![(5.0, 1.0), (25.0, 3.0)]);
        let (all, crowd) = expected(poisson(lines));
        assert!((all - 3.0).abs() < 1e-12 && (crowd.unwrap() - 80.0).abs() < 1e-9);
        let schedule = Arrivals::Schedule(vec![at(5), at(10), at(20)]);
        assert_eq!(expected(schedule), (3.0, Some(4.0)));
        let burst = Arrivals::Burst { over: Duration::ZERO, each: 1 };
        assert_eq!(expected(burst), (3.0, None));
        let rhythm = Distribution::Constant(10.0);
        let own = Arrivals::PerNode { gap: rhythm.clone(), until: Time::NEVER, each: u64::MAX };
        assert_eq!(expected(own), (3.0, None));
        let closed = Arrivals::Closed { at_once: 1, each: 4, think: rhythm };
        assert_eq!(expected(closed), (9.0 / 3.0, None));
    }

    #[test]
    fn each_copy_takes_what_is_recorded_of_it() {
        let schedule = Arrivals::Schedule(vec![at(5), at(10), at(20)]);
        let Some(Demand::Drawn { wants: Wants::Request(errands), .. }) =
            demand(schedule).with_crowd(2, at(10), at(20))
        else {
            panic!("a schedule can have a crowd");
        };
        let sizes = errands.recorded.iter().filter_map(|recorded| recorded.question);
        assert_eq!(sizes.map(Bytes::count).collect::<Vec<_>>(), [1, 2, 2, 3]);
    }

    #[test]
    fn copies_of_a_recorded_download_are_asked_for_by_others() {
        let entry =
            |node| TraceEntry { at: at(1), node: NodeId(node), ask: Ask::Download(ObjectId(0)) };
        let entries = [3, 5, 6, 9].map(entry).to_vec();
        let trace = Demand::Trace { entries, sizes: vec![Bytes::new(1)], first_object: 0 };
        let Demand::Trace { entries, .. } = trace.multiplied(2) else {
            panic!("a trace stays a trace");
        };
        let nodes: Vec<u32> = entries.iter().map(|entry| entry.node.0).collect();
        assert_eq!(nodes, [3, 6, 5, 9, 6, 3, 9, 5]);
    }
}
