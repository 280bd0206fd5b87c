//! Floods and random walks in unstructured overlays, from scenarios.
//!
//! Who asks has no copy himself, and there is one of each key where reach is counted: so the messages
//! that bring the word of a hit back are half of the hops of those that found it, and what else was sent are
//! questions.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::summarise;
use serde_json::Value;

use super::{Case, Checked, Findings, Simulated};

/// Peers that ask.
const ASKERS: u64 = 100;
/// Questions of all floods of a case: those that go far are fewer.
const QUESTIONS: f64 = 3e6;
const FEWEST_FLOODS: f64 = 60.0;
const MOST_FLOODS: f64 = 3000.0;
const WALKS: u64 = 12_000;

/// `peers` in all, of which `askers` ask `lookups` times for keys with `copies` copies each.
fn scenario(
    (peers, askers): (u64, u64),
    (lookups, keys, copies): (u64, u64, u64),
    architecture: &str,
) -> Checked<Simulated> {
    let others = peers - askers;
    let text = format!(
        "title = \"A search\"\nseed = 8\nrun = {{ until = \"done\", replications = 1 }}\n\
         nodes.asker = {{ count = {askers}, up = \"1 Mbit/s\", down = \"1 Mbit/s\", latency = \"5 ms\" }}\n\
         nodes.peer = {{ count = {others}, up = \"1 Mbit/s\", down = \"1 Mbit/s\", latency = \"5 ms\" }}\n\
         network.transport = \"ideal\"\n\
         [workloads.find.lookup]\nfrom = \"asker\"\nkeys = {keys}\n\
         arrivals = {{ poisson = {{ rate = \"10 /s\", count = {lookups} }} }}\n\
         copies = {{ at = \"peer\", mean = {copies} }}\n\
         {architecture}"
    );
    let scenario = Scenario::parse("search.toml", &text, Path::new("."), &[])
        .map_err(|error| format!("no scenario: {error}\n{text}"))?;
    let study = run(&scenario, &Control::default(), |_| {}).study;
    let summary = summarise(&study);
    Ok(Simulated { study, summary })
}

/// Questions of a flood, and peers besides the asker that hear one.
fn flood(peers: (u64, u64), overlay: &str, ttl: u64, floods: u64) -> Checked<(f64, f64)> {
    let architecture = format!(
        "[architectures.flood.flooding]\npeers = [\"asker\", \"peer\"]\n\
         overlay = {overlay}\nttl = {ttl}\npatience = \"1 min\"\n"
    );
    let simulated = scenario(peers, (floods, 1000, 1), &architecture)?;
    let found = simulated.metric(0, "availability")?;
    let hops = if found > 0.0 { simulated.metric(0, "hops")? } else { 0.0 };
    let questions = simulated.metric(0, "search_messages")? - found * hops / 2.0;
    Ok((questions, questions - simulated.metric(0, "duplicate_messages")?))
}

pub fn random_regular(case: &Case) -> Checked<Findings> {
    let (peers, degree) = (case.count("N")?, case.count("d")?);
    let overlay = format!("{{ random-regular = {{ degree = {degree} }} }}");
    let expected: Vec<f64> = case.expect.get("messages_ttl1_to_8").map_or_else(
        || Err("no messages".to_owned()),
        |list| serde_json::from_value(list.clone()).map_err(|error| error.to_string()),
    )?;
    let (mut messages, mut reach) = (Vec::new(), Vec::new());
    for (ttl, expected) in (1..).zip(expected) {
        let floods = (QUESTIONS / expected).clamp(FEWEST_FLOODS, MOST_FLOODS) as u64;
        let (questions, heard) = flood((peers, ASKERS), &overlay, ttl, floods)?;
        messages.push(questions);
        reach.push(heard);
    }
    let mut findings = Findings::default();
    findings.value("messages_ttl1_to_8", "simulation", Value::from(messages));
    findings.value("reach_ttl1_to_8", "simulation", Value::from(reach));
    Ok(findings)
}

/// Graphs of which the answer is exact.
pub fn exact_graphs() -> Checked<Findings> {
    let ring = "{ watts-strogatz = { degree = 2, rewiring = 0 } }";
    let reach: Vec<f64> = (1..=7)
        .map(|ttl| flood((100, 1), ring, ttl, 5).map(|(_, heard)| heard))
        .collect::<Checked<_>>()?;
    let complete = "{ erdos-renyi = { mean_degree = 49 } }";
    let (questions, _) = flood((50, 1), complete, 1000, 5)?;
    let mut findings = Findings::default();
    findings.value("ring_N100", "simulation", Value::from(reach));
    findings.value("complete50_messages_unlimited", "simulation", questions);
    Ok(findings)
}

/// One walker; steps until it has found a copy, without the word of it.
pub fn walk(case: &Case) -> Checked<Findings> {
    let (peers, degree, copies) = (case.count("N")?, case.count("d")?, case.count("copies")?);
    let is_straight = case.param("non_backtracking")?.as_bool().unwrap_or(false);
    let architecture = format!(
        "[architectures.walk.random-walk]\npeers = [\"asker\", \"peer\"]\n\
         overlay = {{ random-regular = {{ degree = {degree} }} }}\nwalkers = 1\n\
         steps = 1000000\ncheck_every = 0\nturn_back = {}\npatience = \"1000 h\"\n",
        !is_straight
    );
    let walks = WALKS * copies.min(100) / 100;
    let simulated = scenario((peers, ASKERS), (walks.max(4000), 2000, copies), &architecture)?;
    let mut findings = Findings::default();
    let steps = simulated.metric(0, "hops")? - 1.0;
    findings.value("mean_steps", "simulation", steps);
    let found = simulated.metric(0, "availability")?;
    findings.require(found == 1.0, || format!("only {found} of all has found it"));
    Ok(findings)
}
