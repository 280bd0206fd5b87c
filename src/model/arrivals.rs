//! When requests come, and the requests of a workload one after another.

use super::ahead::Ahead;
use super::demand::{Ask, Demand, Wants, Wish};
use super::errand::Draw;
use super::rate::ArrivalRate;
use crate::network::NodeId;
use crate::random::{Distribution, Key};
use crate::units::{Duration, Time};

/// When requests come.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// Every asking node so many times, each at a uniformly random instant of the span.
    Burst { over: Duration, each: u32 },
    /// A Poisson process whose requests come from uniformly random nodes.
    Poisson { rate: ArrivalRate, until: Time, count: u64 },
    /// At these instants, in ascending order, from uniformly random nodes.
    Schedule(Vec<Time>),
    /// At these instants, in ascending order, from these nodes.
    Recorded(Vec<(Time, NodeId)>),
    /// Every asking node by itself, whatever becomes of its requests.
    PerNode {
        /// Seconds before the first request and between two.
        gap: Distribution,
        until: Time,
        /// Requests of a node in all.
        each: u64,
    },
    /// Every asking node asks again when it has been answered or has given up.
    Closed {
        /// Requests of a node at the same time; at least one.
        at_once: u32,
        /// Requests of a node in all.
        each: u64,
        /// Seconds before each request, the first one as well.
        think: Distribution,
    },
}

impl Arrivals {
    /// Expected number of requests of so many askers; infinite when nothing bounds it before
    /// `horizon`. Of askers who wait for their answers as if these took no time: there are no more.
    pub fn expected(&self, askers: usize, horizon: Time) -> f64 {
        let askers = askers as f64;
        // How many fit into a span, when one comes every `gap` seconds on the mean.
        let by_time = |first: f64, gap: f64, end: Time| match end < Time::NEVER && gap > 0.0 {
            true => first + end.secs() / gap,
            false => f64::INFINITY,
        };
        let at_most = |count: u64| if count == u64::MAX { f64::INFINITY } else { count as f64 };
        match self {
            Arrivals::Burst { each, .. } => askers * f64::from(*each),
            Arrivals::Schedule(times) => times.len() as f64,
            Arrivals::Recorded(all) => all.len() as f64,
            Arrivals::PerNode { gap, until, each } => {
                let of_one = by_time(0.0, gap.mean(), (*until).min(horizon));
                askers * of_one.min(at_most(*each))
            }
            Arrivals::Closed { at_once, each, think } => {
                let turns = f64::from(*at_once);
                let of_one = turns * by_time(1.0, think.mean(), horizon);
                askers * of_one.min(at_most(*each))
            }
            Arrivals::Poisson { rate, until, count } => match (*until).min(horizon) {
                Time::NEVER => at_most(*count),
                end => rate.expected(end.secs()).min(at_most(*count)),
            },
        }
    }

    /// Whether answers that take time leave fewer requests than expected.
    pub fn waits_for_answers(&self, askers: usize, horizon: Time) -> bool {
        match self {
            // In a run without end each asks as often as it may.
            Arrivals::Closed { .. } => askers > 0 && horizon < Time::NEVER,
            Arrivals::Burst { .. }
            | Arrivals::Poisson { .. }
            | Arrivals::Schedule(_)
            | Arrivals::Recorded(_)
            | Arrivals::PerNode { .. } => false,
        }
    }

    /// Requests of so many askers a second, and until when they come: on the mean from the start until then, in a run until
    /// `horizon`. `None` when that depends on answers or is a matter of a moment.
    pub fn mean_rate(&self, askers: usize, horizon: Time) -> Option<(f64, Time)> {
        match self {
            Arrivals::Poisson { rate, until, count } => {
                let last = match *count {
                    u64::MAX => Time::NEVER,
                    count => Time::from_secs(rate.time_of(count as f64, 0.0)),
                };
                let end = horizon.min(*until).min(last);
                // If nothing ends them, that is so late that it is the mean for good.
                Some((rate.expected(end.secs()) / end.secs(), end))
            }
            Arrivals::PerNode { gap, until, each } => {
                let gap = gap.mean_of_draws();
                let last = match *each {
                    u64::MAX => Time::NEVER,
                    each => Time::from_secs(each as f64 * gap),
                };
                Some((askers as f64 / gap, horizon.min(*until).min(last)))
            }
            Arrivals::Burst { .. }
            | Arrivals::Schedule(_)
            | Arrivals::Recorded(_)
            | Arrivals::Closed { .. } => None,
        }
    }

    /// How many requests a node has open at the same time, when it waits for answers.
    pub fn at_once(&self) -> Option<u32> {
        match self {
            Arrivals::Closed { at_once, .. } => Some(*at_once),
            Arrivals::Burst { .. }
            | Arrivals::Poisson { .. }
            | Arrivals::Schedule(_)
            | Arrivals::Recorded(_)
            | Arrivals::PerNode { .. } => None,
        }
    }
}

/// Requests of a workload, one after another; the k-th depends on nothing but its key and k.
#[derive(Debug)]
pub struct Wishes<'m> {
    demand: &'m Demand,
    key: Key,
    /// That of askers, which is hashed once and not for each request.
    asker_key: Key,
    /// Of a Poisson process: between two requests, or in requests that are expected in between.
    gaps: Ahead,
    /// Instants and askers of a burst, in order of time.
    burst: Vec<(Time, NodeId)>,
    next: u64,
    /// Of the last Poisson arrival: seconds, and requests that were expected until then.
    clock: f64,
    expected: f64,
}

impl<'m> Wishes<'m> {
    pub(super) fn new(demand: &'m Demand, key: Key) -> Wishes<'m> {
        let mut burst = Vec::new();
        if let Demand::Drawn { askers, arrivals: Arrivals::Burst { over, each }, .. } = demand {
            let key = key.text("arrival");
            let times = askers.iter().flat_map(|node| std::iter::repeat_n(node, *each as usize));
            burst.extend(times.zip(0..).map(|(&node, index)| {
                let at = over.scaled(key.draw(index).uniform());
                (Time::ZERO + at, node)
            }));
            burst.sort_unstable();
        }
        let mean = match demand {
            Demand::Drawn { arrivals: Arrivals::Poisson { rate, .. }, .. } => match rate {
                ArrivalRate::Constant(rate) => 1.0 / rate,
                ArrivalRate::Lines(_) | ArrivalRate::Swing { .. } => 1.0,
            },
            Demand::Drawn { .. } | Demand::Trace { .. } => 1.0,
        };
        let gaps = Ahead::new(Distribution::Exponential { mean }, key.text("arrival"));
        let asker_key = key.text("asker");
        Wishes { demand, key, asker_key, gaps, burst, next: 0, clock: 0.0, expected: 0.0 }
    }

    /// Instant and asker of the next request.
    #[inline(always)]
    fn arrival(&mut self, askers: &[NodeId], arrivals: &Arrivals) -> Option<(Time, NodeId)> {
        let k = self.next;
        let random_asker = |key: Key| match askers {
            [only] => *only,
            askers => askers[key.draw(k).below(askers.len())],
        };
        match arrivals {
            Arrivals::Burst { .. } => self.burst.get(k as usize).copied(),
            Arrivals::Schedule(times) => {
                Some((*times.get(k as usize)?, random_asker(self.asker_key)))
            }
            Arrivals::Recorded(all) => all.get(k as usize).copied(),
            // These come node by node, see [`Turns`].
            Arrivals::Closed { .. } | Arrivals::PerNode { .. } => None,
            Arrivals::Poisson { rate, until, count } => {
                let gap = self.gaps.at(k);
                let clock = match rate {
                    ArrivalRate::Constant(_) => self.clock + gap,
                    rate => {
                        self.expected += gap;
                        rate.time_of(self.expected, self.clock)
                    }
                };
                let at = Time::from_secs(clock);
                if k >= *count || at >= *until || at == Time::NEVER {
                    return None;
                }
                self.clock = clock;
                Some((at, random_asker(self.asker_key)))
            }
        }
    }
}

impl Iterator for Wishes<'_> {
    type Item = Wish;

    #[inline(always)]
    fn next(&mut self) -> Option<Wish> {
        let k = self.next;
        let wish = match self.demand {
            Demand::Drawn { askers, arrivals, wants } => {
                let (at, node) = self.arrival(askers, arrivals)?;
                Wish { at, node, ask: wants.ask(node, self.key, Draw::of_all(k)) }
            }
            Demand::Trace { entries, .. } => {
                let entry = entries.get(k as usize)?;
                Wish { at: entry.at, node: entry.node, ask: entry.ask }
            }
        };
        self.next += 1;
        Some(wish)
    }
}

/// Requests of nodes of which each asks by itself: after the last answer, or in its own rhythm.
///
/// The k-th request of a node depends on nothing but the node and k; only when it comes depends on
/// the answers before it.
#[derive(Debug)]
pub struct Turns<'m> {
    wants: &'m Wants,
    key: Key,
    askers: &'m [NodeId],
    /// Requests of a node under way at first.
    at_once: u32,
    each: u64,
    gap: &'m Distribution,
    follows: Follows,
    /// How many requests each asker has begun to think about.
    begun: Vec<u64>,
}

/// What the next request of a node follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// The answer to the one before, or its failure.
    Answer,
    /// The one before, until an instant.
    Question { until: Time },
}

impl<'m> Turns<'m> {
    /// `None` when requests do not come node by node.
    pub(super) fn new(
        askers: &'m [NodeId],
        arrivals: &'m Arrivals,
        wants: &'m Wants,
        key: Key,
    ) -> Option<Turns<'m>> {
        let (at_once, each, gap, follows) = match arrivals {
            Arrivals::Closed { at_once, each, think } => (*at_once, *each, think, Follows::Answer),
            Arrivals::PerNode { gap, until, each } => {
                (1, *each, gap, Follows::Question { until: *until })
            }
            Arrivals::Burst { .. }
            | Arrivals::Poisson { .. }
            | Arrivals::Schedule(_)
            | Arrivals::Recorded(_) => {
                return None;
            }
        };
        let begun = vec![0; askers.len()];
        Some(Turns { wants, key, askers, at_once, each, gap, follows, begun })
    }

    pub fn follows(&self) -> Follows {
        self.follows
    }

    /// The first requests of all askers: the asker's place, and what it waits before each.
    pub fn first(&mut self) -> impl Iterator<Item = (u32, Turn)> {
        let at_once = self.at_once;
        let askers = 0..self.askers.len() as u32;
        let askers = askers.flat_map(move |asker| (0..at_once).map(move |_| asker));
        askers.filter_map(|asker| Some((asker, self.next(Time::ZERO, asker)?)))
    }

    /// The next request of an asker, `None` when it has made all of them.
    pub fn next(&mut self, now: Time, asker: u32) -> Option<Turn> {
        let begun = &mut self.begun[asker as usize];
        if *begun >= self.each {
            return None;
        }
        let number = *begun;
        let key = self.key.text("think").number(u64::from(asker));
        let seconds = match self.gap {
            Distribution::Constant(seconds) => *seconds,
            gap => gap.draw(&mut key.draw(number)),
        };
        let think = Duration::from_secs(seconds.max(0.0));
        if let Follows::Question { until } = self.follows
            && now + think >= until
        {
            return None;
        }
        *begun += 1;
        Some(Turn { number, think })
    }

    /// What `turn` of `asker` is for, and who asks.
    pub fn wish(&self, asker: u32, number: u32) -> (NodeId, Ask) {
        let node = self.askers[asker as usize];
        (node, self.wants.ask(node, self.key, Draw::of_asker(asker, number)))
    }
}

/// One request of a node that asks by itself.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Among those of its asker, from 0.
    pub number: u64,
    pub think: Duration,
}
