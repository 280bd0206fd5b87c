//! What a scenario will cost, before it is run: refused when it cannot fit.
//!
//! Memory and events are sums of counts times costs that were measured on runs of this version;
//! they are right within a factor of about three, which is enough to refuse what is hopeless.

mod announcing;
mod buckets;
mod chain;
mod groupware;
mod jobs;
mod middleware;
mod presets;
mod prints;
mod ring;
mod roaming;
mod routes;
mod sharing;
mod storage;
mod telephony;
mod windows;

use self::middleware::{call_events, kept_memory};
use self::presets::cost_of;
use crate::architectures::{BankNetwork, BitTorrent, ClientServer, Contender, EdgeCaches, Meeting};
use crate::metrics::MOST_EXACT;
use crate::model::{Arrivals, Demand, End, Fault, Model, Wants};
use crate::units::{Bytes, Duration, Time};

/// Bytes a node, an open request with its transfer, an ended one (the copy it has left), an entry
/// of a trace, an object, an object's entry for a seed at the tracker, an object that a cache, or a node with limited room, keeps, a
/// connection of a swarm, a piece of a peer and a point on a hash ring take.
const NODE: f64 = 400.0;
const OPEN: f64 = 400.0;
const ENDED: f64 = 20.0;
const ENTRY: f64 = 64.0;
const OBJECT: f64 = 64.0;
const PUBLISHED: f64 = 48.0;
const KEPT_OBJECT: f64 = 150.0;
const CONNECTION: f64 = 500.0;
const PIECE: f64 = 5.0;
const POINT: f64 = 32.0;

/// Bytes that an account takes, and a transaction at its machine and in the log of its server.
const ACCOUNT: f64 = 16.0;
/// In the tables of who has what, and of what each has.
const COPY: f64 = 120.0;
const TRANSACTION: f64 = 350.0;

/// Bytes of what is kept of a run until the results are written: bins over time, a node, the times
/// of a request while they are kept one by one and the histogram of more, and a request whose record
/// is kept.
const RUN: f64 = 360_000.0;
const KEPT_NODE: f64 = 130.0;
const KEPT_TIMES: f64 = 60.0;
const HISTOGRAM: f64 = 450_000.0;
const KEPT_REQUEST: f64 = 150.0;
/// And of what was wanted at a cash machine, which is kept with them.
const KEPT_TRANSACTION: f64 = 32.0;
/// And of each time that a node was down, which are kept with them.
const KEPT_OUTAGE: f64 = 60.0;
/// Bytes of a request of a pilot run: when it was issued, and how long it took.
const PILOT_TIMES: f64 = 16.0;

/// Bytes that a fault takes in a run, and a crash in its queue.
const FAULT: f64 = 100.0;
const CRASH: f64 = 120.0;

/// Runs that go on at the same time.
const MOST_AT_ONCE: f64 = 2.0;

/// Requests of a run are numbered in 32 bits.
const MOST_REQUESTS: f64 = 4e9;

/// More events than this take weeks.
const MOST_EVENTS: f64 = 1e13;

/// Sizes of objects are looked at one by one up to this many, which takes a tenth of a second.
const MOST_DRAWS: f64 = 1e6;

/// What may be used.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub memory: Bytes,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { memory: Bytes::new(8 << 30) }
    }
}

/// What all runs of a scenario are expected to take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub nodes: u64,
    /// Of one run.
    pub requests: f64,
    /// Whether there are no more: nodes that wait for answers ask less often when these take time.
    pub is_at_most: bool,
    /// All runs at once.
    pub memory: Bytes,
    /// What is added when every request is kept.
    pub kept_requests: Bytes,
    /// Of all runs.
    pub events: f64,
}

impl Estimate {
    pub fn of(model: &Model, contenders: &[Contender], replications: u32) -> Estimate {
        let horizon = match model.end {
            End::At(time) => time,
            End::Done => Time::NEVER,
        };
        let nodes = model.node_count() as f64;
        let requests: f64 = model.served().map(|w| w.demand.expected_requests(horizon)).sum();
        let objects: f64 = model.served().map(|w| w.demand.object_count() as f64).sum();
        let crashes = model.faults.iter().map(|fault| fault.expected_crashes(horizon));
        // In a run without end nobody knows how often.
        let crashes = crashes.chain(departures(model, horizon));
        let crashes: f64 = crashes.filter(|count| count.is_finite()).sum();
        let looks: f64 = model.faults.iter().map(|fault| fault.expected_looks(horizon)).sum();
        let looks = looks + roaming::looks(model, horizon);
        let runs = f64::from(replications) * contenders.len() as f64;
        let mut running: f64 = 0.0;
        let mut events = 0.0;
        for contender in contenders {
            let mut memory = 0.0;
            for (preset, view) in contender.views(model) {
                let (of_part, of_run) = cost_of(&view, preset, (horizon, crashes), replications);
                memory += of_part;
                events += of_run * f64::from(replications);
            }
            running = running.max(memory);
            events += (crashes * 3.0 + looks) * f64::from(replications);
        }
        // Records of all runs are kept for charts and intervals; a few runs go on at once.
        let windows = windows::memory(model, requests);
        let kept = runs * (times_memory(model, horizon) + windows + nodes * KEPT_NODE + RUN);
        running += most_open(model, horizon) * OPEN + requests * ENDED + routes::memory(model);
        running += roaming::memory(model);
        // Faults of each run, and those that wait in its queue.
        running += model.faults.iter().map(|fault| FAULT + fault.nodes().len() as f64).sum::<f64>();
        running += model.faults.iter().map(Fault::awaited_from_the_start).sum::<f64>() * CRASH;
        let entries: f64 = model.served().map(|w| entry_count(&w.demand)).sum();
        let accounts = model.transactions().map_or(0.0, |(_, t)| f64::from(t.account_count()));
        running += accounts * ACCOUNT;
        running += model.expected_copies() * COPY;
        if model.has_rooms() {
            // What is kept was there, or was asked for.
            running += (model.expected_copies() + requests) * KEPT_OBJECT;
        }
        let entries = entries + session_count(model);
        let kept_request = match model.transactions() {
            Some(_) => KEPT_REQUEST + KEPT_TRANSACTION,
            None => KEPT_REQUEST,
        };
        let kept_outages = if horizon < Time::NEVER { runs * crashes * KEPT_OUTAGE } else { 0.0 };
        let at_once = runs.min(MOST_AT_ONCE);
        let memory = nodes * NODE + objects * OBJECT + entries * ENTRY + kept + at_once * running;
        let is_at_most = model.served().any(|w| w.demand.waits_for_answers(horizon));
        Estimate {
            nodes: model.node_count() as u64,
            requests,
            is_at_most,
            memory: bytes(memory),
            kept_requests: bytes(runs * requests * kept_request + kept_outages),
            events,
        }
    }

    /// With so many pilot runs of each architecture, for `replications` that have been counted. Each
    /// keeps its requests while it runs, and when they were issued and answered until all have ended.
    pub fn with_pilots(self, pilots: u32, replications: u32, contenders: &[Contender]) -> Estimate {
        if pilots == 0 {
            return self;
        }
        let share = f64::from(pilots) / f64::from(replications);
        let times = f64::from(pilots) * contenders.len() as f64 * self.requests * PILOT_TIMES;
        let running = 2.0 * self.requests * KEPT_REQUEST;
        let memory = self.memory + bytes(times + running);
        Estimate { memory, events: self.events * (1.0 + share), ..self }
    }

    /// That of the same runs when every request is kept.
    pub fn with_requests(self) -> Estimate {
        let memory = self.memory + self.kept_requests;
        Estimate { memory, kept_requests: Bytes::ZERO, ..self }
    }

    pub fn of_nodes(count: u64) -> Bytes {
        bytes(count as f64 * NODE)
    }

    pub fn of_accounts(count: u64) -> Bytes {
        bytes(count as f64 * ACCOUNT)
    }

    pub fn of_objects(count: u64) -> Bytes {
        bytes(count as f64 * OBJECT)
    }

    pub fn of_entries(count: u64) -> Bytes {
        bytes(count as f64 * ENTRY)
    }

    /// # Errors
    /// What is too much, with the estimate and the limit.
    pub fn check(&self, limits: &Limits) -> Result<(), String> {
        let most = if self.is_at_most { "at most " } else { "" };
        if self.memory > limits.memory || self.memory == UNCOUNTABLE {
            return Err(format!(
                "all runs together need {most}{}, and the limit is {}",
                about(self.memory),
                limits.memory
            ));
        }
        if self.requests > MOST_REQUESTS {
            let count = self.requests;
            return Err(format!(
                "a run has {most}about {count:.0e} requests, and the limit is {MOST_REQUESTS:.0e}"
            ));
        }
        if self.events > MOST_EVENTS {
            let count = match self.events {
                events if events < 1e100 => format!("{most}about {events:.0e} events"),
                _ => "more events than can be counted".to_owned(),
            };
            return Err(format!(
                "all runs together have {count}, and the limit is {MOST_EVENTS:.0e}"
            ));
        }
        Ok(())
    }
}

/// Where the count of bytes saturates.
const UNCOUNTABLE: Bytes = Bytes::new(u64::MAX);

/// For messages: "about 3.000 GB", or that it is more than can be counted.
pub fn about(memory: Bytes) -> String {
    match memory {
        UNCOUNTABLE => "more bytes than can be counted".to_owned(),
        memory => format!("about {memory}"),
    }
}

/// Bytes that the times of the answered requests of one run take.
fn times_memory(model: &Model, horizon: Time) -> f64 {
    let of_workload = |count: f64| {
        if count > MOST_EXACT as f64 { HISTOGRAM } else { count * KEPT_TIMES }
    };
    model.served().map(|w| of_workload(w.demand.expected_requests(horizon))).sum()
}

/// Requests of a run that are open at the same time: when arrivals do not wait for answers, all of
/// them at worst.
fn most_open(model: &Model, horizon: Time) -> f64 {
    let of_demand = |demand: &Demand| {
        let requests = demand.expected_requests(horizon);
        match demand {
            Demand::Drawn { askers, arrivals, .. } => match arrivals.at_once() {
                Some(at_once) => requests.min(askers.len() as f64 * f64::from(at_once)),
                None => requests,
            },
            Demand::Trace { .. } => requests,
        }
    };
    model.served().map(|workload| of_demand(&workload.demand)).sum()
}

/// Events of the health checks of one run that ends at a fixed time.
fn check_events(preset: &ClientServer, horizon: Time) -> f64 {
    match preset.health_checks {
        Some(terms) if horizon < Time::NEVER => {
            let rounds = horizon.secs() / terms.every.secs();
            rounds * (2.0 + 2.0 * preset.servers.len() as f64)
        }
        _ => 0.0,
    }
}

/// How often the nodes of each group that come and go are expected to go.
fn departures(model: &Model, horizon: Time) -> impl Iterator<Item = f64> {
    model.groups.iter().filter_map(move |group| {
        let churn = group.churn.as_ref()?;
        Some(churn.expected_departures(group.count as usize, horizon))
    })
}

/// Sessions that were recorded.
fn session_count(model: &Model) -> f64 {
    let churns = model.groups.iter().filter_map(|group| group.churn.as_ref());
    churns.map(|churn| churn.entry_count() as f64).sum()
}

fn entry_count(demand: &Demand) -> f64 {
    match demand {
        Demand::Trace { entries, .. } => entries.len() as f64,
        Demand::Drawn { arrivals: Arrivals::Recorded(all), .. } => all.len() as f64,
        Demand::Drawn { .. } => 0.0,
    }
}

/// The largest object of all replications, or a size that all are likely to stay below; `objects`:
/// how many there are in each.
fn largest_object(model: &Model, objects: f64, replications: u32) -> Bytes {
    let draws = objects * f64::from(replications);
    let is_bounded = model.served().all(|workload| match &workload.demand {
        Demand::Drawn { wants: Wants::Download(catalogue), .. } => {
            catalogue.size.maximum().is_finite()
        }
        Demand::Drawn { .. } | Demand::Trace { .. } => true,
    });
    if !is_bounded && draws <= MOST_DRAWS {
        // A heavy tail can draw an object far above its mean.
        let sizes = (0..replications).flat_map(|replication| model.object_sizes(replication));
        return sizes.max().unwrap_or(Bytes::ZERO);
    }
    let largest = model.served().map(|workload| match &workload.demand {
        Demand::Drawn { wants: Wants::Download(catalogue), .. } => {
            bytes(catalogue.size.likely_maximum(draws))
        }
        Demand::Drawn { .. } => Bytes::ZERO,
        Demand::Trace { sizes, .. } => sizes.iter().copied().max().unwrap_or(Bytes::ZERO),
    });
    largest.max().unwrap_or(Bytes::ZERO)
}

/// Memory and events of one run with caches.
fn cache_cost(model: &Model, preset: &EdgeCaches, requests: f64) -> (f64, f64) {
    let capacity = preset.settings.capacity.count() as f64;
    // As many objects as there are, or as many of the mean size as fit.
    let kept_of = |demand: &Demand| {
        let objects = demand.object_count() as f64;
        let size = match demand {
            Demand::Drawn { wants: Wants::Download(catalogue), .. } => catalogue.size.mean(),
            Demand::Drawn { .. } => return 0.0,
            Demand::Trace { sizes, .. } => {
                let total: Bytes = sizes.iter().copied().sum();
                total.count() as f64 / objects.max(1.0)
            }
        };
        objects.min(capacity / size.max(1.0))
    };
    let kept: f64 = model.served().map(|workload| kept_of(&workload.demand)).sum();
    // What is kept was asked for.
    let objects = (preset.caches.len() as f64 * kept).min(requests) * KEPT_OBJECT;
    let connections = kept_memory(&preset.middleware, preset.caches.len(), 2.0 * requests);
    // A miss goes two ways.
    let calls = 2.0 * call_events(&preset.middleware, |_| true);
    (objects + connections, requests * (12.0 + calls))
}

/// Memory and events of one run of a network of cash machines.
fn bank_cost(preset: &BankNetwork, requests: f64) -> (f64, f64) {
    let replicas = preset.sites.iter().map(Vec::len).max().unwrap_or(1) as f64;
    // There and back, a processor and a disk; half of all goes through two servers.
    // There are up to four calls in these then.
    let (events, calls) = if preset.sites.len() > 1 { (12.0, 4.0) } else { (6.0, 1.0) };
    let of_calls = calls * call_events(&preset.middleware, |_| true);
    let kept = kept_memory(&preset.middleware, preset.sites.len(), calls * requests);
    let memory = requests * TRANSACTION + kept;
    (memory, requests * (events + 3.0 * (replicas - 1.0) + of_calls))
}

/// A peer of a swarm looks again when it knows few others, once a minute; most do so once or not at all.
const SEARCHES: f64 = 2.0;

/// Memory and events of one run of a swarm, without those of finding others.
fn swarm_cost(model: &Model, preset: &BitTorrent, horizon: Time, requests: f64) -> (f64, f64) {
    let swarm = &preset.swarm;
    let mut pieces: f64 = 0.0;
    let mut bits = 0.0;
    for workload in model.served() {
        let (size, count) = match &workload.demand {
            Demand::Drawn { wants: Wants::Download(catalogue), .. } => {
                (catalogue.size.mean().min(1e18), workload.demand.expected_requests(horizon))
            }
            Demand::Trace { sizes, entries, .. } => {
                let total: Bytes = sizes.iter().copied().sum();
                (total.count() as f64 / sizes.len().max(1) as f64, entries.len() as f64)
            }
            Demand::Drawn { .. } => continue,
        };
        pieces = pieces.max((size / swarm.piece_size.count() as f64).ceil());
        bits += size * 8.0 * count;
    }
    let wanted = match &preset.meeting {
        Meeting::Overlay(overlay) => overlay.mean_degree(),
        _ => swarm.neighbours as f64,
    };
    let neighbours = wanted.min(model.node_count() as f64);
    let capacity: f64 = model
        .groups
        .iter()
        .map(|group| {
            let total: f64 = group.classes.iter().map(|class| class.share).sum();
            let mean = |class: &crate::model::Class| class.share * class.up.mean() / total;
            f64::from(group.count) * group.classes.iter().map(mean).sum::<f64>()
        })
        .sum();
    // A swarm that is as good as can be has a third of the time that bad ones take.
    let seconds = match model.end {
        End::At(time) => time.secs(),
        End::Done if capacity > 0.0 => (3.0 * bits / capacity).min(Duration::FOREVER.secs()),
        End::Done => 0.0,
    };
    let rounds = seconds / swarm.rechoke_interval.secs();
    let memory = requests * (pieces * PIECE + neighbours * (CONNECTION + pieces / 4.0));
    let events = requests * (pieces * (neighbours / 2.0 + 10.0) + rounds * 6.0);
    (memory, events)
}

fn bytes(count: f64) -> Bytes {
    // The cast saturates, as infinity should.
    Bytes::new(count as u64)
}
