//! Work that middleware gives to the processors of servers, on the mean and at the least.

use super::mean_rates::{for_each_asker, mean_rate_of};
use super::station_load::{Loads, Split, Work};
use crate::architectures::{Marshalling, Platform, Tier};
use crate::model::{Demand, Model, StationId, Wants, Workload};
use crate::network::NodeId;
use crate::units::Duration;

/// Seconds of work in a second at the servers that clients ask.
pub fn of_clients(model: &Model, platforms: &[Platform]) -> f64 {
    of_those_who_want(model, platforms, |_| true)
}

/// The same of those clients only who want this.
pub fn of_those_who_want(
    model: &Model,
    platforms: &[Platform],
    is_meant: impl Fn(&Wants) -> bool,
) -> f64 {
    let mut load = 0.0;
    for Workload { demand, .. } in model.served() {
        let Demand::Drawn { wants, .. } = demand else { continue };
        // What a bank's servers do is told of elsewhere.
        if !is_meant(wants) || matches!(wants, Wants::Transaction(_)) {
            continue;
        }
        if let Some(sizes) = sizes(wants) {
            load += at_servers(model, demand, platforms, sizes, |_| true);
        }
    }
    load
}

/// Seconds of work in a second at the servers that some of those who ask reach. `sizes` of question and answer.
pub fn at_servers(
    model: &Model,
    demand: &Demand,
    platforms: &[Platform],
    sizes: [f64; 2],
    is_meant: impl Fn(NodeId) -> bool,
) -> f64 {
    let of_platform = |platform: &Platform| {
        let is_of_it = |node| platform.clients.binary_search(&node).is_ok() && is_meant(node);
        mean_rate_of(model, demand, is_of_it) * at_server(platform, sizes)
    };
    platforms.iter().map(of_platform).sum()
}

/// Mean sizes of question and answer; `None` of what has no middleware.
fn sizes(wants: &Wants) -> Option<[f64; 2]> {
    match wants {
        Wants::Request(errands) => Some([errands.question.mean(), errands.answer.mean()]),
        Wants::Job(errands) => Some([errands.question.mean(), errands.answer.mean()]),
        Wants::Transaction(all) => Some([all.errands.question.mean(), all.errands.answer.mean()]),
        Wants::Download(catalogue) => Some([0.0, catalogue.size.mean()]),
        Wants::Lookup(_) => Some([0.0, 0.0]),
        Wants::Transfer { .. }
        | Wants::Store(_)
        | Wants::Retrieve(_)
        | Wants::Call(_)
        | Wants::Update(_)
        | Wants::Print(_) => None,
    }
}

/// Work of the processors of those who ask.
pub fn add_clients(model: &Model, platforms: &[Platform], loads: &mut Loads) {
    for Workload { demand, .. } in model.served() {
        let Demand::Drawn { wants, .. } = demand else { continue };
        let Some(sizes) = sizes(wants) else { continue };
        for platform in platforms {
            let work = at_client(platform, sizes);
            // Who is down works as little as it asks.
            for_each_asker(model, demand, |node, rate| {
                let work = rate.while_up * work;
                if work > 0.0 && platform.clients.binary_search(&node).is_ok() {
                    loads.add(&[node], &Work::from([(StationId::CPU, work)]), Split::Same);
                }
            });
        }
    }
}

/// Whether who closes idle connections has more to do than is counted here.
pub fn may_open_more(platform: &Platform) -> bool {
    platform.set_up.is_some() && platform.keep_alive > Duration::ZERO
}

/// The same of `rate` calls of a tier to the next one: at its own servers, and there.
pub fn of_tier(platforms: &[Platform], tier: &Tier, rate: f64) -> (f64, f64) {
    let sizes = [tier.onward.question.mean(), tier.onward.answer.mean()];
    let [here, there] = of_call(platforms, &tier.servers, sizes);
    (rate * here, rate * there)
}

/// Seconds of work for a call of one of `callers`, at its own processor and at that of whom it calls.
/// `sizes` of question and answer.
pub fn of_call(platforms: &[Platform], callers: &[NodeId], sizes: [f64; 2]) -> [f64; 2] {
    let ends: [fn(&Platform, [f64; 2]) -> f64; 2] = [at_client, at_server];
    ends.map(|at| {
        let work = |platform: &Platform| share(platform, callers) * at(platform, sizes);
        platforms.iter().map(work).sum()
    })
}

/// How many of `nodes` are of the platform.
fn share(platform: &Platform, nodes: &[NodeId]) -> f64 {
    let is_of_it = |node: &&NodeId| platform.clients.binary_search(node).is_ok();
    nodes.iter().filter(is_of_it).count() as f64 / nodes.len().max(1) as f64
}

fn at_client(platform: &Platform, sizes: [f64; 2]) -> f64 {
    packing(platform.client, sizes) + set_up(platform)[0]
}

fn at_server(platform: &Platform, sizes: [f64; 2]) -> f64 {
    packing(platform.server, sizes) + 2.0 * platform.translation.secs() + set_up(platform)[1]
}

/// A question and an answer.
fn packing(work: Marshalling, sizes: [f64; 2]) -> f64 {
    let kilobytes = sizes.iter().sum::<f64>() / 1000.0;
    2.0 * work.fixed.secs() + work.per_kb.secs() * kilobytes
}

/// Of the connection that each call opens, at both ends; who keeps them need not open any.
fn set_up(platform: &Platform) -> [f64; 2] {
    match platform.set_up {
        Some(set_up) if !may_open_more(platform) => {
            [set_up.client_work.secs(), set_up.server_work.secs()]
        }
        Some(_) | None => [0.0, 0.0],
    }
}
