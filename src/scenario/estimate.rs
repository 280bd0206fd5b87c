//! What a scenario will cost, before it is run: refused when it cannot fit.
//!
//! Memory and events are sums of counts times costs that were measured on runs of this version;
//! they are right within a factor of about three, which is enough to refuse what is hopeless.

mod routes;

use std::cell::LazyCell;

use crate::architectures::{BitTorrent, Contender, Preset};
use crate::model::{Demand, End, Model};
use crate::units::{Bytes, Duration, Time};

/// Bytes a node, a request, an object, an object's entry for a seed at the tracker, a connection
/// of a swarm and a piece of a peer take.
const NODE: f64 = 400.0;
const REQUEST: f64 = 250.0;
const OBJECT: f64 = 64.0;
const PUBLISHED: f64 = 48.0;
const CONNECTION: f64 = 500.0;
const PIECE: f64 = 5.0;

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
    /// All at once.
    pub memory: Bytes,
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
        let requests: f64 =
            model.workloads.iter().map(|w| w.demand.expected_requests(horizon)).sum();
        let objects: f64 = model.workloads.iter().map(|w| w.demand.object_count() as f64).sum();
        let runs = f64::from(replications) * contenders.len() as f64;
        // Only swarms ask for it, and it may take a draw for each object.
        let largest = LazyCell::new(|| largest_object(model, objects, replications));
        let mut running: f64 = 0.0;
        let mut events = 0.0;
        for contender in contenders {
            let (memory, of_run) = match &contender.preset {
                Preset::ClientServer(_) => (requests * 100.0, requests * 6.0),
                Preset::BitTorrent(preset) => {
                    let (memory, events) = swarm_cost(model, preset, horizon, requests);
                    let pieces = largest.pieces_of(preset.swarm.piece_size);
                    let countable = u32::try_from(pieces).map_or(f64::INFINITY, f64::from);
                    let published = preset.seeds.len() as f64 * objects * PUBLISHED;
                    let memory = memory + published;
                    (memory.max(countable * PIECE), events)
                }
            };
            running = running.max(memory);
            events += of_run * f64::from(replications);
        }
        // Records of all runs are kept for charts and intervals; a few runs go on at once.
        let kept = runs * (requests * REQUEST + nodes * 80.0 + 200_000.0);
        running += routes::memory(model);
        let memory = nodes * NODE + objects * OBJECT + kept + 2.0 * running;
        Estimate { nodes: model.node_count() as u64, requests, memory: bytes(memory), events }
    }

    pub fn of_nodes(count: u64) -> Bytes {
        bytes(count as f64 * NODE)
    }

    pub fn of_objects(count: u64) -> Bytes {
        bytes(count as f64 * OBJECT)
    }

    pub fn of_requests(count: u64) -> Bytes {
        bytes(count as f64 * REQUEST)
    }

    /// # Errors
    /// What is too much, with the estimate and the limit.
    pub fn check(&self, limits: &Limits) -> Result<(), String> {
        if self.memory > limits.memory || self.memory == UNCOUNTABLE {
            return Err(format!(
                "all runs together need {}, and the limit is {}",
                about(self.memory),
                limits.memory
            ));
        }
        if self.events > MOST_EVENTS {
            let count = match self.events {
                events if events < 1e100 => format!("about {events:.0e} events"),
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

/// The largest object of all replications, or a size that all are likely to stay below; `objects`:
/// how many there are in each.
fn largest_object(model: &Model, objects: f64, replications: u32) -> Bytes {
    let draws = objects * f64::from(replications);
    let is_bounded = model.workloads.iter().all(|workload| match &workload.demand {
        Demand::Download { catalogue, .. } => catalogue.size.maximum().is_finite(),
        Demand::Transfer { .. } | Demand::Trace { .. } => true,
    });
    if !is_bounded && draws <= MOST_DRAWS {
        // A heavy tail can draw an object far above its mean.
        let sizes = (0..replications).flat_map(|replication| model.object_sizes(replication));
        return sizes.max().unwrap_or(Bytes::ZERO);
    }
    let largest = model.workloads.iter().map(|workload| match &workload.demand {
        Demand::Download { catalogue, .. } => bytes(catalogue.size.likely_maximum(draws)),
        Demand::Transfer { .. } => Bytes::ZERO,
        Demand::Trace { sizes, .. } => sizes.iter().copied().max().unwrap_or(Bytes::ZERO),
    });
    largest.max().unwrap_or(Bytes::ZERO)
}

/// Memory and events of one run of a swarm.
fn swarm_cost(model: &Model, preset: &BitTorrent, horizon: Time, requests: f64) -> (f64, f64) {
    let swarm = &preset.swarm;
    let mut pieces: f64 = 0.0;
    let mut bits = 0.0;
    for workload in &model.workloads {
        let (size, count) = match &workload.demand {
            Demand::Download { catalogue, .. } => {
                (catalogue.size.mean().min(1e18), workload.demand.expected_requests(horizon))
            }
            Demand::Trace { sizes, entries, .. } => {
                let total: Bytes = sizes.iter().copied().sum();
                (total.count() as f64 / sizes.len().max(1) as f64, entries.len() as f64)
            }
            Demand::Transfer { .. } => continue,
        };
        pieces = pieces.max((size / swarm.piece_size.count() as f64).ceil());
        bits += size * 8.0 * count;
    }
    let neighbours = (swarm.neighbours as f64).min(model.node_count() as f64);
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
