//! Stations that have more work than they can do, if all that is asked comes to them.
//!
//! Where it waits is not said: who has too much holds back what would come to others, and of what comes by several ways, or
//! comes back, only some. Nor is the network looked at, which may let through less. Rates are those on the mean over the
//! run: a peak that is too high passes unseen where there is enough time beside it.

use super::bank_load;
use super::mean_rates::{is_all_counted, mean_rate};
use super::middleware_load;
use super::station_load::{Loads, Overload, Split, Work};
use crate::architectures::{
    Balance, Cache, Contender, EdgeCaches, MultiTier, Platform, Preset, Tier, Weights,
};
use crate::model::{Demand, Model, StationId, Step, Wants, Workload};
use crate::network::NodeId;
use crate::random::Distribution;
use crate::units::Duration;

const NO_MIDDLEWARE: &Vec<Platform> = &Vec::new();

/// A warning for each kind of station at the nodes of a contender that has a load above 1 for as
/// long as requests come.
pub fn of(model: &Model, contenders: &[Contender]) -> Vec<String> {
    let mut warnings = Vec::new();
    for contender in contenders {
        let (mut loads, mut has_backlog) = (Loads::default(), false);
        // Parts of one contender that meet at a station have it together.
        for (preset, view) in contender.views(model) {
            has_backlog |= add_part(&view, preset, &mut loads);
        }
        let overloads = loads.overloads(model);
        if overloads.is_empty() {
            continue;
        }
        let is_refused = has_backlog || loads.may_be_refused(model);
        let ends = ends(model, is_refused, |wants| !matches!(wants, Wants::Print(_)));
        warnings
            .extend(overloads.iter().map(|o| format!("{:?}: {}", contender.name, o.said(ends))));
    }
    warnings
}

/// Adds what an architecture has stations do; whether it refuses what waits too long.
fn add_part(model: &Model, preset: &Preset, loads: &mut Loads) -> bool {
    let mut has_backlog = false;
    let platforms = match preset {
        Preset::ClientServer(preset) => {
            let choice = choice(&preset.servers, &preset.balance);
            let mut work =
                of_requests(model, |asked| hedged(model, asked, choice, &preset.servers));
            if let Some(service) = &preset.service {
                add(&mut work, preset.station, of_downloads(model, service.mean()));
            }
            let middleware = middleware_load::of_clients(model, &preset.middleware);
            add(&mut work, StationId::CPU, middleware);
            share(loads, (&preset.servers, &preset.balance), &work);
            &preset.middleware
        }
        Preset::Central(preset) | Preset::Federated(preset) => {
            bank_load::add_banks(model, preset, loads);
            &preset.middleware
        }
        Preset::MultiTier(preset) => {
            let backlog = |tier: &Tier| tier.threads.is_some_and(|t| t.backlog.is_some());
            has_backlog = preset.tiers.iter().any(backlog);
            add_tiers(model, preset, loads);
            &preset.middleware
        }
        Preset::EdgeCaches(preset) => {
            add_caches(model, preset, loads);
            &preset.middleware
        }
        Preset::ServerFarm(preset) => {
            add_jobs(model, &preset.servers, 1, loads);
            NO_MIDDLEWARE
        }
        Preset::Volunteers(preset) => {
            add_jobs(model, &preset.workers, preset.terms.quorum, loads);
            // What is late, or wrong, is done again.
            loads.is_least = true;
            NO_MIDDLEWARE
        }
        Preset::SharedProcessors(preset) => {
            add_jobs(model, &preset.peers, 1, loads);
            NO_MIDDLEWARE
        }
        Preset::BitTorrent(_)
        | Preset::Chord(_)
        | Preset::Kademlia(_)
        | Preset::FileSharing(_)
        | Preset::SharedDisks(_)
        | Preset::Telephony(_)
        | Preset::GroupServer(_)
        | Preset::GroupPeers(_)
        | Preset::Printers(_) => return false,
    };
    middleware_load::add_clients(model, platforms, loads);
    loads.is_least |= !is_all_counted(model);
    loads.is_least |= platforms.iter().any(middleware_load::may_open_more);
    has_backlog
}

impl Overload {
    /// `ends`: of what cannot be done, see [`ends`].
    pub(super) fn said(&self, ends: &str) -> String {
        let least = if self.is_least { "at least " } else { "" };
        let work = match self.load {
            f64::INFINITY => "work that has no mean".to_owned(),
            load => format!("{least}{load:.2} times the work that can be done there"),
        };
        format!(
            "{} would have {work} if all that is asked came that far, so what waits there or before it grows as long as requests come{ends}",
            self.who
        )
    }
}

/// What else may become of requests of this kind that wait.
pub(super) fn ends(
    model: &Model,
    is_refused: bool,
    is_meant: impl Fn(&Wants) -> bool,
) -> &'static str {
    let gives_up = |Workload { demand, policy, .. }: &Workload| {
        let Demand::Drawn { wants, .. } = demand else { return false };
        // An account is waited for only for so long.
        let is_hasty = policy.timeout < Duration::FOREVER || matches!(wants, Wants::Transaction(_));
        is_meant(wants) && (is_hasty || policy.breaker.is_some())
    };
    let is_given_up = !model.is_without_faults() || model.served().any(gives_up);
    match (is_refused, is_given_up) {
        (false, false) => "",
        (true, false) => ", or is refused",
        (false, true) => ", or is given up",
        (true, true) => ", or is refused or given up",
    }
}

pub(super) fn add(work: &mut Work, kind: StationId, more: f64) {
    if more > 0.0 {
        *work.entry(kind).or_insert(0.0) += more;
    }
}

/// Among how many servers a request that is hedged can choose, each as likely: a hedge goes to another one. With
/// weights it goes to others than the load does, and is not counted.
fn choice(servers: &[NodeId], balance: &Balance) -> usize {
    match balance {
        Balance::PrimaryBackup { .. } | Balance::Weighted(_) => 1,
        _ => servers.len(),
    }
}

/// Servers among whom it is balanced, all of them together unless the balance does not look at what they can do.
fn share(loads: &mut Loads, (servers, balance): (&[NodeId], &Balance), work: &Work) {
    let mut by_weights = |weights: &[f64]| {
        let total: f64 = weights.iter().sum();
        for (&server, &weight) in servers.iter().zip(weights) {
            let part = work.iter().map(|(&kind, work)| (kind, work * weight / total)).collect();
            loads.add(&[server], &part, Split::Same);
        }
    };
    match balance {
        Balance::PrimaryBackup { .. } => loads.add(&servers[..1], work, Split::Same),
        Balance::Random | Balance::RoundRobin => by_weights(&vec![1.0; servers.len()]),
        Balance::Weighted(Weights::Given(weights)) => by_weights(weights),
        Balance::LeastOutstanding | Balance::ShortestQueue | Balance::PowerOf(_) => {
            loads.add(servers, work, Split::AsTheyCan);
        }
        Balance::Weighted(Weights::Speed | Weights::Uplink)
        | Balance::ConsistentHashing { .. }
        | Balance::Nearest => loads.add(servers, work, Split::Unknown),
    }
}

/// All caches, which are asked for every download, and the origins. What these must send depends on
/// what caches keep; the own work of requests is theirs in any case.
fn add_caches(model: &Model, preset: &EdgeCaches, loads: &mut Loads) {
    let platforms = &preset.middleware;
    let is_download = |wants: &Wants| matches!(wants, Wants::Download(_));
    let for_downloads = middleware_load::of_those_who_want(model, platforms, is_download);
    let mut at_caches = Work::new();
    if let Some((kind, service)) = &preset.settings.service {
        add(&mut at_caches, *kind, of_downloads(model, service.mean()));
    }
    add(&mut at_caches, StationId::CPU, for_downloads);
    let again = |asked: &Workload| hedged(model, asked, preset.origin.len(), &preset.origin);
    let mut at_origin = of_requests(model, again);
    let for_others = middleware_load::of_clients(model, platforms) - for_downloads;
    add(&mut at_origin, StationId::CPU, for_others);
    // The nearest is asked, and others may do nothing.
    loads.add(&preset.caches, &at_caches, Split::Unknown);
    loads.add(&preset.origin, &at_origin, Split::Unknown);
    loads.is_least = true;
}

/// The servers of each tier have no less than what caches in front of them let through at their best.
fn add_tiers(model: &Model, preset: &MultiTier, loads: &mut Loads) {
    let has_cache = preset.tiers.iter().any(|tier| tier.onward.cache.is_some());
    let first = &preset.tiers[0];
    let choice = if has_cache { 1 } else { choice(&first.servers, &first.balance) };
    let last = preset.tiers.len() - 1;
    let again = |asked: &Workload| hedged(model, asked, choice, &preset.tiers[last].servers);
    let rates = model.served().map(|workload| match &workload.demand {
        Demand::Drawn { wants: Wants::Request(_) | Wants::Job(_), .. } => {
            mean_rate(model, &workload.demand) * (1.0 + again(workload))
        }
        Demand::Drawn { .. } | Demand::Trace { .. } => 0.0,
    });
    let mut rate: f64 = rates.sum();
    let mut passed = 1.0;
    let mut middleware = middleware_load::of_clients(model, &preset.middleware);
    for (place, tier) in preset.tiers.iter().enumerate() {
        let mut here = Work::new();
        if place == last {
            here = of_requests(model, again);
            here.values_mut().for_each(|work| *work *= passed);
        }
        let spans = [&tier.before, &tier.after].into_iter().flatten().map(Distribution::mean);
        add(&mut here, tier.station, rate * spans.sum::<f64>());
        let misses = match &tier.onward.cache {
            None => 1.0,
            Some(Cache::Ratio(ratio)) => 1.0 - ratio,
            // No cache of so many keys does better, when requests do not depend on each other.
            Some(Cache::Lru { objects, popularity }) => {
                loads.is_least = true;
                1.0 - popularity.share_of_top(*objects as usize)
            }
        };
        rate *= misses;
        passed *= misses;
        let (calling, called) = match place < last {
            true => middleware_load::of_tier(&preset.middleware, tier, rate),
            false => (0.0, 0.0),
        };
        add(&mut here, StationId::CPU, middleware + calling);
        middleware = called;
        share(loads, (&tier.servers, &tier.balance), &here);
    }
}

/// All who work on jobs, each of which is done so many times.
fn add_jobs(model: &Model, workers: &[NodeId], times: u32, loads: &mut Loads) {
    loads.add(workers, &of_requests(model, |_| f64::from(times - 1)), Split::AsTheyCan);
}

/// What a server that does everything has to do for requests for work; `again`: how many of a workload are asked once
/// more, on the mean.
fn of_requests(model: &Model, again: impl Fn(&Workload) -> f64) -> Work {
    let mut work = Work::new();
    for workload in model.served() {
        let Demand::Drawn { wants, .. } = &workload.demand else { continue };
        let steps = match wants {
            Wants::Request(errands) => &errands.steps,
            Wants::Job(errands) => &errands.steps,
            // For transactions see `bank_load`.
            Wants::Download(_)
            | Wants::Transaction(_)
            | Wants::Transfer { .. }
            | Wants::Lookup(_)
            | Wants::Store(_)
            | Wants::Retrieve(_)
            | Wants::Call(_)
            | Wants::Update(_)
            | Wants::Print(_) => continue,
        };
        let rate = mean_rate(model, &workload.demand) * (1.0 + again(workload));
        // Work without a mean that is never asked for is none.
        for step in steps.iter().filter(|_| rate > 0.0) {
            add(&mut work, step.station, rate * step.work.mean());
        }
    }
    work
}

/// Seconds of work in a second for downloads, of each of which it is so much.
fn of_downloads(model: &Model, service: f64) -> f64 {
    let demands = model.served().map(|workload| &workload.demand);
    let downloads =
        demands.filter(|demand| matches!(demand, Demand::Drawn { wants: Wants::Download(_), .. }));
    downloads.map(|demand| mean_rate(model, demand)).filter(|&rate| rate > 0.0).sum::<f64>()
        * service
}

/// Share of the requests of a workload for which a second server is asked, no more than which take so long even when none
/// waits; `choice`: how many can be asked, `servers`: who works.
fn hedged(model: &Model, workload: &Workload, choice: usize, servers: &[NodeId]) -> f64 {
    let Some(after) = workload.policy.hedge_after.filter(|_| choice > 1) else { return 0.0 };
    let Demand::Drawn { wants: Wants::Request(errands), .. } = &workload.demand else { return 0.0 };
    let speed = |kind: StationId| {
        let of_server = servers.iter().map(|&server| {
            let group = model.group_of(server);
            let station = group.stations.iter().find(|station| station.kind == kind);
            let fastest = group.classes.iter().map(|class| class.speed).fold(1.0, f64::max);
            station.map_or(1.0, |station| station.speed) * fastest
        });
        of_server.fold(0.0, f64::max)
    };
    let is_longer =
        |step: &Step| step.work.share_above(after.secs() * speed(step.station)).unwrap_or(0.0);
    errands.steps.iter().map(is_longer).fold(0.0, f64::max)
}
