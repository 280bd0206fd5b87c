//! Lookups by exclusive or, from scenarios.
//!
//! Hops are rounds until whoever is nearest to the key is contacted. The cases look for peers, each as often as
//! another; hubmesh for keys, of which peers have more or less: so lookups are weighted, and those for
//! what the asker has itself are left out.

use std::collections::BTreeMap;
use std::path::Path;

use hubmesh::architectures::Preset;
use hubmesh::architectures::finders::key_shares;
use hubmesh::engine::Control;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};
use rayon::prelude::*;

use super::{Case, Checked, Findings};

/// In all, of as many networks as there are for it: a large one takes long to build.
const LOOKUPS: u32 = 120_000;
const PEERS: u64 = 200_000;
const MOST_NETWORKS: u64 = 20;

/// Mean rounds and questions of a lookup.
fn lookups(peers: u64, settings: &str) -> Checked<(f64, f64)> {
    let networks = (PEERS / peers).clamp(1, MOST_NETWORKS) as u32;
    let text = format!(
        "title = \"A table\"\nseed = 4\nrun = {{ until = \"done\", replications = {networks} }}\n\
         nodes.peer = {{ count = {peers}, up = \"1 Mbit/s\", down = \"1 Mbit/s\", latency = \"25 ms\" }}\n\
         network.transport = \"ideal\"\n\
         [workloads.find.lookup]\nfrom = \"peer\"\n\
         arrivals = {{ poisson = {{ rate = \"100 /s\", count = {} }} }}\n\
         [architectures.table.kademlia]\npeers = \"peer\"\nupkeep = false\n{settings}\n",
        LOOKUPS / networks
    );
    let mut scenario = Scenario::parse("table.toml", &text, Path::new("."), &[])
        .map_err(|error| format!("no scenario: {error}"))?;
    scenario.keep_requests()?;
    let contender = &scenario.contenders[0];
    let [Preset::Kademlia(preset)] = contender.parts() else {
        return Err("another architecture".to_owned());
    };
    let of_network = |number: u32| {
        let key = scenario.model.key(number).text("architecture");
        let shares: BTreeMap<_, _> =
            key_shares(&preset.peers, &preset.settings, key).into_iter().collect();
        let record = contender.simulate(&scenario.model, number, &Control::default());
        let (mut sum, mut weights) = (0.0, 0.0);
        for request in record.requests.iter().filter(|request| request.hops > 0) {
            let provider = request.provider.ok_or("nobody was found")?;
            let weight = 1.0 / shares.get(&provider).ok_or("found by no peer")?;
            sum += weight * f64::from(request.hops);
            weights += weight;
        }
        let index = metric_index("search_messages").ok_or("no such metric")?;
        let messages = measure(&record, None)[index].ok_or("no messages")?;
        Ok([sum, weights, messages])
    };
    let found: Vec<[f64; 3]> =
        (0..networks).into_par_iter().map(of_network).collect::<Checked<_>>()?;
    let [sum, weights, messages] =
        [0, 1, 2].map(|index: usize| found.iter().map(|one| one[index]).sum::<f64>());
    // All answer.
    Ok((sum / weights, messages / 2.0 / f64::from(networks)))
}

/// As many peers as identifiers, all of which are keys.
pub fn full(case: &Case) -> Checked<Findings> {
    let (bits, bucket) = (case.count("m")?, case.count("k")?);
    let settings = format!("bits = {bits}\nbucket = {bucket}\nparallel = 1");
    let (hops, _) = lookups(case.count("N")?, &settings)?;
    let mut findings = Findings::default();
    findings.value("mean_hops", "simulation", hops);
    Ok(findings)
}

pub fn random(case: &Case) -> Checked<Findings> {
    let settings = format!("bucket = {}\nparallel = 1", case.count("k")?);
    let (hops, _) = lookups(case.count("N")?, &settings)?;
    let mut findings = Findings::default();
    findings.value("mean_hops", "simulation", hops);
    Ok(findings)
}

/// Several questions at a time, all of the same latency, which makes them rounds.
pub fn parallel(case: &Case) -> Checked<Findings> {
    let settings = format!("bucket = {}\nparallel = {}", case.count("k")?, case.count("alpha")?);
    let (hops, questions) = lookups(case.count("N")?, &settings)?;
    let mut findings = Findings::default();
    findings.value("rounds", "simulation", hops);
    findings.value("messages", "simulation", questions);
    Ok(findings)
}
