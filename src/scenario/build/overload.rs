//! Stations that are offered more work than they can do.

use std::collections::BTreeMap;

use super::bank_load;
use super::mean_rates::mean_rate;
use super::middleware_load;
use crate::architectures::{
    Balance, Cache, Contender, EdgeCaches, MultiTier, Platform, Preset, Weights,
};
use crate::model::{Class, Demand, Model, StationId, Wants};
use crate::network::NodeId;
use crate::random::Distribution;

/// From here on it is no rounding, and is not printed as 1.00.
const LEAST_OVERLOAD: f64 = 1.005;
const GROWS: &str = "its queue grows as long as requests come";

/// Some who share a load, and what they are offered.
pub(super) struct Load {
    pub nodes: Vec<NodeId>,
    pub offered: Offered,
    pub split: Split,
    /// How many others requests have come past until they are here: who is overloaded there holds them back.
    pub stage: usize,
    /// The share of it that comes before requests go on to the next stage; all where nothing is said.
    pub ahead: BTreeMap<StationId, f64>,
    /// Whether what others of the same stage hold back does not come here.
    pub asks_each_other: bool,
    /// Whether who waits for the disk keeps others from coming so far.
    pub is_behind_locks: bool,
}

/// Who of them does how much.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// Each as much as it can.
    AsTheyCan,
    /// Each the same, whatever it can do.
    Same,
    /// Some get more than their part, and nobody knows how much.
    Unknown,
}

impl Load {
    pub fn new(nodes: Vec<NodeId>, offered: Offered, split: Split) -> Load {
        Load {
            nodes,
            offered,
            split,
            stage: 1,
            ahead: BTreeMap::new(),
            asks_each_other: false,
            is_behind_locks: false,
        }
    }

    pub fn at_stage(self, stage: usize) -> Load {
        Load { stage, ..self }
    }
}

const NO_MIDDLEWARE: &Vec<Platform> = &Vec::new();

/// A warning for each kind of station at the nodes of a contender that has a load above 1 for as
/// long as requests come.
pub fn of(model: &Model, contenders: &[Contender]) -> Vec<String> {
    let mut warnings = Vec::new();
    for contender in contenders {
        let (mut loads, platforms) = match &contender.preset {
            Preset::ClientServer(preset) => {
                let service = preset.service.as_ref();
                let service = service.map(|service| (preset.station, service.mean()));
                let mut offered = offered(model, service);
                let middleware = middleware_load::of_clients(model, &preset.middleware);
                add_work(&mut offered, middleware);
                (
                    by_balance(model, (&preset.servers, &preset.balance), &offered),
                    &preset.middleware,
                )
            }
            Preset::Central(preset) | Preset::Federated(preset) => {
                (bank_load::of(model, preset), &preset.middleware)
            }
            Preset::MultiTier(preset) => (of_tiers(model, preset), &preset.middleware),
            Preset::EdgeCaches(preset) => (of_caches(model, preset), &preset.middleware),
            Preset::BitTorrent(_)
            | Preset::Chord(_)
            | Preset::Kademlia(_)
            | Preset::FileSharing(_)
            | Preset::SharedDisks(_)
            | Preset::Telephony(_)
            | Preset::GroupServer(_)
            | Preset::GroupPeers(_)
            | Preset::Printers(_) => continue,
            Preset::ServerFarm(preset) => (of_jobs(model, &preset.servers, 1), NO_MIDDLEWARE),
            Preset::Volunteers(preset) => {
                (of_jobs(model, &preset.workers, preset.terms.quorum), NO_MIDDLEWARE)
            }
            Preset::SharedProcessors(preset) => (of_jobs(model, &preset.peers, 1), NO_MIDDLEWARE),
        };
        for (nodes, work) in middleware_load::at_clients(model, platforms) {
            let offered = Offered::from([(StationId::CPU, work)]);
            // Of packing and unpacking half comes with the question.
            let ahead = BTreeMap::from([(StationId::CPU, 0.5)]);
            loads.push(Load { ahead, ..Load::new(nodes, offered, Split::Same).at_stage(0) });
        }
        let mut found: Vec<Overload> = Vec::new();
        for (place, load) in loads.iter().enumerate() {
            let of_kind = |(&kind, &work)| load.overload(model, place, kind, work);
            found.extend(load.offered.iter().filter_map(of_kind));
        }
        let warned = found.iter().map(|overload| overload.warning(model, &found, &loads));
        warnings.extend(warned.map(|warning| format!("{:?}: {warning}", contender.name)));
    }
    warnings
}

/// A station that cannot do what is asked of it.
struct Overload {
    /// Which of the loads.
    of: usize,
    kind: StationId,
    name: String,
    /// Above 1; infinite where work has no mean.
    load: f64,
    /// What of it comes before requests go on.
    ahead: f64,
    /// Whether it lets no more than some wait.
    refuses: bool,
}

impl Load {
    /// `None` where its stations of the `kind` can do the `work`.
    fn overload(&self, model: &Model, of: usize, kind: StationId, work: f64) -> Option<Overload> {
        let station = station(model, &self.nodes, kind)?;
        let of_all = work / station.capacity;
        // Of the slowest, where all get as much.
        let is_of_slowest = self.split == Split::Same && of_all <= LEAST_OVERLOAD;
        let load = if is_of_slowest { work / station.capacity_of_slowest } else { of_all };
        let name = match is_of_slowest {
            true => format!("{} (its slowest)", station.name),
            false => station.name,
        };
        // What is never asked for may have no mean.
        let is_too_much = load > LEAST_OVERLOAD;
        let ahead = load * self.ahead.get(&kind).copied().unwrap_or(1.0);
        is_too_much.then_some(Overload { of, kind, name, load, ahead, refuses: station.refuses })
    }
}

impl Overload {
    /// Beside all that are `found`.
    fn warning(&self, model: &Model, found: &[Overload], loads: &[Load]) -> String {
        let Overload { of, kind, name, load, ahead, refuses } = self;
        let own = &loads[*of];
        if load.is_infinite() {
            let so = if *refuses { "some of it is refused" } else { GROWS };
            return format!("the station {name} is offered work that has no mean, so {so}");
        }
        // What others hold back does not come here.
        let before = found.iter().find(|other| {
            let there = &loads[other.of];
            match other.of == *of {
                true => is_always_before(model, other.kind, *kind),
                false if there.stage < own.stage => other.ahead > LEAST_OVERLOAD,
                // Too much only by what comes back from there.
                false if there.stage > own.stage => *ahead <= LEAST_OVERLOAD,
                false => {
                    there.asks_each_other
                        && own.asks_each_other
                        && other.load > *load * LEAST_OVERLOAD
                }
            }
        });
        if let Some(before) = before {
            return format!(
                "the station {name} is offered up to {load:.2} times the work that it can do, as far as {} lets it through",
                before.name
            );
        }
        let so = match refuses {
            // What it cannot do in the long run; chance has it refuse more than that.
            true => format!("at least {} of it is refused", percent(1.0 - 1.0 / load)),
            false if own.is_behind_locks && *kind == StationId::DISK => {
                "transactions wait for it, and for accounts that others hold who wait for it"
                    .to_owned()
            }
            false => GROWS.to_owned(),
        };
        let least = if own.split == Split::Unknown { "at least " } else { "" };
        format!(
            "the station {name} is offered {least}{load:.2} times the work that it can do, so {so}"
        )
    }
}

/// Whether all that comes to stations of one kind comes to those of another one before. A bank writes when it has worked.
fn is_always_before(model: &Model, first: StationId, then: StationId) -> bool {
    let mut are_some = false;
    for workload in &model.workloads {
        let Demand::Drawn { wants, .. } = &workload.demand else { continue };
        let (steps, writes) = match wants {
            Wants::Request(errands) => (&errands.steps, false),
            Wants::Job(errands) => (&errands.steps, false),
            Wants::Transaction(all) => (&all.errands.steps, true),
            _ => continue,
        };
        let place = |kind| steps.iter().position(|step| step.station == kind);
        let is_before = match (place(first), place(then)) {
            (Some(first), Some(then)) => first < then,
            (Some(_), None) if writes && then == StationId::DISK => true,
            (_, None) => continue,
            (None, Some(_)) => false,
        };
        if !is_before {
            return false;
        }
        are_some = true;
    }
    are_some
}

/// Of middleware, which is done at processors.
pub(super) fn add_work(offered: &mut Offered, work: f64) {
    if work > 0.0 {
        *offered.entry(StationId::CPU).or_insert(0.0) += work;
    }
}

/// Seconds of work that are asked for in a second, on the mean, of each kind of station.
pub(super) type Offered = BTreeMap<StationId, f64>;

/// The servers that share a load, and how much of it: all of them, unless the balance does not look
/// at what they can do.
fn by_balance(
    model: &Model,
    (servers, balance): (&[NodeId], &Balance),
    offered: &Offered,
) -> Vec<Load> {
    let whole = |split| vec![Load::new(servers.to_vec(), offered.clone(), split)];
    match balance {
        Balance::PrimaryBackup { .. } => {
            vec![Load::new(vec![servers[0]], offered.clone(), Split::AsTheyCan)]
        }
        Balance::Random | Balance::RoundRobin => {
            by_weights(model, servers, offered, &vec![1.0; servers.len()])
        }
        Balance::Weighted(Weights::Given(weights)) => by_weights(model, servers, offered, weights),
        Balance::LeastOutstanding | Balance::ShortestQueue | Balance::PowerOf(_) => {
            whole(Split::AsTheyCan)
        }
        Balance::Weighted(Weights::Speed | Weights::Uplink)
        | Balance::ConsistentHashing { .. }
        | Balance::Nearest => match servers.len() {
            1 => whole(Split::AsTheyCan),
            _ => whole(Split::Unknown),
        },
    }
}

/// Those of a group and of one weight have the same part.
fn by_weights(model: &Model, servers: &[NodeId], offered: &Offered, weights: &[f64]) -> Vec<Load> {
    let total: f64 = weights.iter().sum();
    let mut parts: BTreeMap<(u32, u64), (Vec<NodeId>, f64)> = BTreeMap::new();
    for (&server, &weight) in servers.iter().zip(weights) {
        let part = parts.entry((model.group_of(server).first, weight.to_bits())).or_default();
        part.0.push(server);
        part.1 += weight / total;
    }
    let of_part = |(nodes, share): (Vec<NodeId>, f64)| {
        let scaled = offered.iter().map(|(&kind, offered)| (kind, offered * share));
        Load::new(nodes, scaled.collect(), Split::Same)
    };
    parts.into_values().map(of_part).collect()
}

/// All caches, which are asked for every download, and the origins. What these must send depends on
/// what caches keep; the own work of requests is theirs in any case.
fn of_caches(model: &Model, preset: &EdgeCaches) -> Vec<Load> {
    let mut of_requests = offered(model, None);
    let service = preset.settings.service.as_ref();
    let mut at_caches = offered(model, service.map(|(kind, service)| (*kind, service.mean())));
    for (kind, offered) in &of_requests {
        at_caches.entry(*kind).and_modify(|work| *work -= offered);
    }
    let platforms = &preset.middleware;
    let is_download = |wants: &Wants| matches!(wants, Wants::Download(_));
    let for_downloads = middleware_load::of_those_who_want(model, platforms, is_download);
    add_work(&mut at_caches, for_downloads);
    add_work(&mut of_requests, middleware_load::of_clients(model, platforms) - for_downloads);
    // Who asks the nearest cache has others do nothing.
    let split = if preset.caches.len() == 1 { Split::AsTheyCan } else { Split::Unknown };
    let caches = Load::new(preset.caches.clone(), at_caches, split);
    vec![caches, Load::new(preset.origin.clone(), of_requests, Split::AsTheyCan)]
}

/// The servers of each tier, and what they are offered: no less than what caches in front of them
/// let through at their best.
fn of_tiers(model: &Model, preset: &MultiTier) -> Vec<Load> {
    let rates = model.workloads.iter().map(|workload| match &workload.demand {
        Demand::Drawn { wants: Wants::Request(_) | Wants::Job(_), .. } => {
            mean_rate(model, &workload.demand)
        }
        Demand::Drawn { .. } | Demand::Trace { .. } => 0.0,
    });
    let mut rate: f64 = rates.sum();
    let mut share = 1.0;
    let mut middleware = middleware_load::of_clients(model, &preset.middleware);
    let mut demands = Vec::new();
    for (tier, number) in preset.tiers.iter().zip(1..) {
        let mut here = Offered::new();
        if number == preset.tiers.len() {
            here = offered(model, None);
            here.values_mut().for_each(|offered| *offered *= share);
        }
        let after = rate * tier.after.as_ref().map_or(0.0, Distribution::mean);
        let before = rate * tier.before.as_ref().map_or(0.0, Distribution::mean);
        if after + before > 0.0 {
            *here.entry(tier.station).or_insert(0.0) += before + after;
        }
        let misses = match &tier.onward.cache {
            None => 1.0,
            Some(Cache::Ratio(ratio)) => 1.0 - ratio,
            // No cache of so many keys does better, when requests do not depend on each other.
            Some(Cache::Lru { objects, popularity }) => {
                1.0 - popularity.share_of_top(*objects as usize)
            }
        };
        rate *= misses;
        share *= misses;
        let (calling, called) = match number < preset.tiers.len() {
            true => middleware_load::of_tier(&preset.middleware, tier, rate),
            false => (0.0, 0.0),
        };
        add_work(&mut here, middleware + calling);
        // Of packing and unpacking half comes with the question.
        let mut behind = Offered::from([(tier.station, after)]);
        add_work(&mut behind, (middleware + calling) / 2.0);
        middleware = called;
        let share = |(&kind, &work): (&StationId, &f64)| {
            let all = here.get(&kind).copied().filter(|&all| all > 0.0)?;
            Some((kind, 1.0 - work / all))
        };
        let ahead: BTreeMap<StationId, f64> = behind.iter().filter_map(share).collect();
        for load in by_balance(model, (&tier.servers, &tier.balance), &here) {
            demands.push(Load { ahead: ahead.clone(), ..load.at_stage(number) });
        }
    }
    demands
}

/// All who work on jobs, each of which is done so many times.
fn of_jobs(model: &Model, workers: &[NodeId], times: u32) -> Vec<Load> {
    let mut offered = offered(model, None);
    offered.values_mut().for_each(|work| *work *= f64::from(times));
    vec![Load::new(workers.to_vec(), offered, Split::AsTheyCan)]
}

/// What a server that does everything is offered; `service`: of a download.
fn offered(model: &Model, service: Option<(StationId, f64)>) -> Offered {
    let mut offered = Offered::new();
    for workload in &model.workloads {
        let Demand::Drawn { wants, .. } = &workload.demand else { continue };
        let rate = mean_rate(model, &workload.demand);
        if rate == 0.0 {
            continue;
        }
        let mut add =
            |kind: StationId, mean: f64| *offered.entry(kind).or_insert(0.0) += rate * mean;
        match wants {
            Wants::Request(errands) => {
                errands.steps.iter().for_each(|step| add(step.station, step.work.mean()));
            }
            Wants::Job(errands) => {
                errands.steps.iter().for_each(|step| add(step.station, step.work.mean()));
            }
            Wants::Download(_) => service.iter().for_each(|&(kind, mean)| add(kind, mean)),
            // See `bank_load`.
            Wants::Transaction(_) => {}
            Wants::Transfer { .. }
            | Wants::Lookup(_)
            | Wants::Store(_)
            | Wants::Retrieve(_)
            | Wants::Call(_)
            | Wants::Update(_)
            | Wants::Print(_) => {}
        }
    }
    offered
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// A kind of station at several servers.
struct Shared {
    name: String,
    /// Seconds of work that all of them do in a second.
    capacity: f64,
    /// The same if each were of the slowest class of its group of which one is to be expected.
    capacity_of_slowest: f64,
    /// Whether none of them lets any number of jobs wait.
    refuses: bool,
}

/// `None` when one of the servers does any number of jobs at once.
fn station(model: &Model, servers: &[NodeId], kind: StationId) -> Option<Shared> {
    let (mut capacity, mut capacity_of_slowest) = (0.0, 0.0);
    let mut refuses = true;
    let mut groups: Vec<&str> = Vec::new();
    for &server in servers {
        let group = model.group_of(server);
        let station = group.stations.iter().find(|station| station.kind == kind)?;
        let shares: f64 = group.classes.iter().map(|class| class.share).sum();
        let speed =
            group.classes.iter().map(|class| class.share * class.speed).sum::<f64>() / shares;
        let are_some = |class: &&Class| class.share / shares * f64::from(group.count) >= 1.0;
        let of_some = group.classes.iter().filter(are_some).map(|class| class.speed);
        let slowest = of_some.fold(speed, f64::min);
        let at_speed_1 = f64::from(station.workers) * station.speed;
        capacity += at_speed_1 * speed;
        capacity_of_slowest += at_speed_1 * slowest;
        refuses &= station.queue.is_some();
        if groups.last() != Some(&group.name.as_str()) {
            groups.push(&group.name);
        }
    }
    let whose = match servers {
        [server] => model.node_name(*server).to_string(),
        _ => groups.join(", "),
    };
    let name = format!("{:?} of {whose}", model.stations[kind.index()]);
    Some(Shared { name, capacity, capacity_of_slowest, refuses })
}
