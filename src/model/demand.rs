//! What is asked of the system: who wants what, when, and with how much patience.

use super::{Model, Workload};
use crate::network::NodeId;
use crate::random::{Distribution, Key, Popularity};
use crate::units::{Bytes, Duration, Time};

/// An object of a catalogue, numbered over all workloads of a model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub u32);

impl ObjectId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Debug)]
pub enum Demand {
    /// Nodes want a copy of an object, from whoever has it.
    Download {
        /// Who asks; at least one.
        by: Vec<NodeId>,
        catalogue: Catalogue,
        arrivals: Arrivals,
    },
    /// Bytes go from one node to another, whatever the architecture.
    Transfer {
        /// At least one.
        from: Vec<NodeId>,
        /// At least one.
        to: Vec<NodeId>,
        /// Bytes.
        size: Distribution,
        arrivals: Arrivals,
    },
    /// A recorded list of requests, in order of time.
    Trace {
        entries: Vec<TraceEntry>,
        /// Sizes of the objects that the entries name, numbered from `first_object`.
        sizes: Vec<Bytes>,
        first_object: u32,
    },
}

/// The objects of a download workload.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub first_object: u32,
    /// At least one.
    pub count: u32,
    /// Bytes.
    pub size: Distribution,
    pub popularity: Popularity,
}

/// When requests come.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// Every asking node once, each at a uniformly random instant of the span.
    Burst { over: Duration },
    /// A Poisson process whose requests come from uniformly random nodes.
    Poisson {
        /// Requests a second; > 0.
        rate: f64,
        until: Time,
        count: u64,
    },
    /// At these instants, in ascending order, from uniformly random nodes.
    Schedule(Vec<Time>),
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

/// One line of a trace.
#[derive(Clone, Copy, Debug)]
pub struct TraceEntry {
    pub at: Time,
    pub node: NodeId,
    pub ask: Ask,
}

/// How long a client waits and how often it tries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Of one attempt; `Duration::FOREVER` for endless patience.
    pub timeout: Duration,
    /// At least one.
    pub attempts: u32,
    /// Mean pause before the second attempt; doubles with every further one.
    pub backoff: Duration,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Download(ObjectId),
    Transfer { to: NodeId, size: Bytes },
}

/// A request of the demand before anybody has answered it.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub at: Time,
    pub node: NodeId,
    pub ask: Ask,
}

impl Demand {
    /// Expected number of requests; infinite when nothing bounds it before `horizon`.
    pub fn expected_requests(&self, horizon: Time) -> f64 {
        let (askers, arrivals) = match self {
            Demand::Download { by, arrivals, .. } => (by.len(), arrivals),
            Demand::Transfer { from, arrivals, .. } => (from.len(), arrivals),
            Demand::Trace { entries, .. } => return entries.len() as f64,
        };
        match arrivals {
            Arrivals::Burst { .. } => askers as f64,
            Arrivals::Schedule(times) => times.len() as f64,
            Arrivals::Closed { at_once, each, think } => {
                let turns = askers as f64 * f64::from(*at_once);
                let all = askers as f64 * *each as f64;
                match think.mean() {
                    mean if mean > 0.0 && horizon < Time::NEVER => {
                        all.min(turns * (1.0 + horizon.secs() / mean))
                    }
                    _ if *each == u64::MAX => f64::INFINITY,
                    _ => all,
                }
            }
            Arrivals::Poisson { rate, until, count } => match (*until).min(horizon) {
                Time::NEVER if *count == u64::MAX => f64::INFINITY,
                Time::NEVER => *count as f64,
                end => (rate * end.secs()).min(*count as f64),
            },
        }
    }

    /// What the `k`-th request of `key` is for, when `node` makes it; `None` for traces.
    fn ask(&self, node: NodeId, key: Key, k: u64) -> Option<Ask> {
        match self {
            Demand::Download { catalogue, .. } => {
                let choice = catalogue.popularity.draw(&mut key.text("object").draw(k));
                Some(Ask::Download(ObjectId(catalogue.first_object + choice as u32)))
            }
            Demand::Transfer { to, size, .. } => {
                let place = key.text("receiver").draw(k).below(to.len());
                // Who is drawn as his own receiver sends to the next one, if there is one.
                let to = if to[place] == node { to[(place + 1) % to.len()] } else { to[place] };
                let size = whole_bytes(size.draw(&mut key.text("size").draw(k)));
                Some(Ask::Transfer { to, size })
            }
            Demand::Trace { .. } => None,
        }
    }

    /// How many objects it brings into the model.
    pub fn object_count(&self) -> usize {
        match self {
            Demand::Download { catalogue, .. } => catalogue.count as usize,
            Demand::Transfer { .. } => 0,
            Demand::Trace { sizes, .. } => sizes.len(),
        }
    }
}

impl Model {
    /// Sizes of all objects in one replication, by `ObjectId`.
    pub fn object_sizes(&self, replication: u32) -> Vec<Bytes> {
        let mut sizes = Vec::new();
        for workload in &self.workloads {
            match &workload.demand {
                Demand::Download { catalogue, .. } => {
                    let key = self.workload_key(workload, replication).text("object size");
                    sizes.extend((0..catalogue.count).map(|index| {
                        whole_bytes(catalogue.size.draw(&mut key.draw(u64::from(index))))
                    }));
                }
                Demand::Transfer { .. } => {}
                Demand::Trace { sizes: own, .. } => sizes.extend(own),
            }
        }
        sizes
    }

    /// The requests of one workload in one replication, in order of time.
    pub fn wishes(&self, workload: usize, replication: u32) -> Wishes<'_> {
        let workload = &self.workloads[workload];
        Wishes::new(&workload.demand, self.workload_key(workload, replication))
    }

    /// The turns of one workload in one replication, if its arrivals are closed.
    pub fn turns(&self, workload: usize, replication: u32) -> Option<Turns<'_>> {
        let workload = &self.workloads[workload];
        let (Demand::Download { by: askers, arrivals, .. }
        | Demand::Transfer { from: askers, arrivals, .. }) = &workload.demand
        else {
            return None;
        };
        let Arrivals::Closed { at_once, each, think } = arrivals else { return None };
        Some(Turns {
            demand: &workload.demand,
            key: self.workload_key(workload, replication),
            askers,
            at_once: *at_once,
            each: *each,
            think,
            begun: vec![0; askers.len()],
        })
    }

    fn workload_key(&self, workload: &Workload, replication: u32) -> Key {
        self.key(replication).text("workload").text(&workload.name)
    }
}

/// A size is at least one byte; draws from heavy tails are cut off at 10^18.
fn whole_bytes(size: f64) -> Bytes {
    Bytes::new((size.round() as u64).clamp(1, 1_000_000_000_000_000_000))
}

/// Requests of a workload, one after another; the k-th depends on nothing but its key and k.
#[derive(Debug)]
pub struct Wishes<'m> {
    demand: &'m Demand,
    key: Key,
    /// Instants and askers of a burst, in order of time.
    burst: Vec<(Time, NodeId)>,
    next: u64,
    /// Of the last Poisson arrival.
    clock: f64,
}

impl<'m> Wishes<'m> {
    fn new(demand: &'m Demand, key: Key) -> Wishes<'m> {
        let mut burst = Vec::new();
        if let Demand::Download { by: askers, arrivals: Arrivals::Burst { over }, .. }
        | Demand::Transfer { from: askers, arrivals: Arrivals::Burst { over }, .. } = demand
        {
            let key = key.text("arrival");
            burst.extend(askers.iter().zip(0..).map(|(&node, index)| {
                let at = over.scaled(key.draw(index).uniform());
                (Time::ZERO + at, node)
            }));
            burst.sort_unstable();
        }
        Wishes { demand, key, burst, next: 0, clock: 0.0 }
    }

    /// Instant and asker of the next request.
    fn arrival(&mut self, askers: &[NodeId], arrivals: &Arrivals) -> Option<(Time, NodeId)> {
        let k = self.next;
        let random_asker = || askers[self.key.text("asker").draw(k).below(askers.len())];
        match arrivals {
            Arrivals::Burst { .. } => self.burst.get(k as usize).copied(),
            Arrivals::Schedule(times) => Some((*times.get(k as usize)?, random_asker())),
            // These come one after another, see [`Turns`].
            Arrivals::Closed { .. } => None,
            Arrivals::Poisson { rate, until, count } => {
                let gap = Distribution::Exponential { mean: 1.0 / rate };
                let clock = self.clock + gap.draw(&mut self.key.text("arrival").draw(k));
                let at = Time::from_secs(clock);
                if k >= *count || at >= *until {
                    return None;
                }
                let asker = random_asker();
                self.clock = clock;
                Some((at, asker))
            }
        }
    }
}

impl Iterator for Wishes<'_> {
    type Item = Wish;

    fn next(&mut self) -> Option<Wish> {
        let k = self.next;
        let wish = match self.demand {
            Demand::Download { by: askers, arrivals, .. }
            | Demand::Transfer { from: askers, arrivals, .. } => {
                let (at, node) = self.arrival(askers, arrivals)?;
                Wish { at, node, ask: self.demand.ask(node, self.key, k)? }
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

/// Requests of nodes that ask again when they have been answered.
///
/// The k-th request of a node depends on nothing but the node and k; only when it comes depends on
/// the answers before it.
#[derive(Debug)]
pub struct Turns<'m> {
    demand: &'m Demand,
    key: Key,
    askers: &'m [NodeId],
    at_once: u32,
    each: u64,
    think: &'m Distribution,
    /// How many requests each asker has begun to think about.
    begun: Vec<u64>,
}

impl Turns<'_> {
    /// The first requests of all askers: the asker's place, and what it waits before each.
    pub fn first(&mut self) -> impl Iterator<Item = (u32, Turn)> {
        let at_once = self.at_once;
        let askers = 0..self.askers.len() as u32;
        let askers = askers.flat_map(move |asker| (0..at_once).map(move |_| asker));
        askers.filter_map(|asker| Some((asker, self.next(asker)?)))
    }

    /// The next request of an asker, `None` when it has made all of them.
    pub fn next(&mut self, asker: u32) -> Option<Turn> {
        let begun = &mut self.begun[asker as usize];
        if *begun >= self.each {
            return None;
        }
        let number = *begun;
        *begun += 1;
        let key = self.key.text("think").number(u64::from(asker));
        let seconds = match self.think {
            Distribution::Constant(seconds) => *seconds,
            think => think.draw(&mut key.draw(number)),
        };
        Some(Turn { number, think: Duration::from_secs(seconds.max(0.0)) })
    }

    /// What `turn` of `asker` is for, and who asks.
    pub fn wish(&self, asker: u32, number: u64) -> Option<(NodeId, Ask)> {
        let node = self.askers[asker as usize];
        let key = self.key.number(u64::from(asker));
        Some((node, self.demand.ask(node, key, number)?))
    }
}

/// One request of a closed workload.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Among those of its asker, from 0.
    pub number: u64,
    pub think: Duration,
}
