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

use super::{Case, Checked, FULL_LENGTH, Findings, Simulated};

/// Peers that ask, where it does not matter how many.
const ASKERS: u64 = 100;
/// Questions of all floods of a case: those that go far are fewer.
const QUESTIONS: f64 = 3e6;
const FEWEST_FLOODS: f64 = 60.0;
const MOST_FLOODS: f64 = 3000.0;
const WALKS: u64 = 12_000;
/// Of searches by random probes.
const OVERLAYS: u64 = 10;
/// Steps of a walker in an overlay in which so many are neighbours of each are nearly random probes.
const MANY: u64 = 100;
/// There are as many of these searches as make the tolerance so many standard errors; of long ones, unless all of their
/// length is asked for, the fewer.
const ERRORS: f64 = 4.0;
const QUICK_ERRORS: f64 = 2.5;

fn errors() -> f64 {
    if std::env::var_os(FULL_LENGTH).is_some() { ERRORS } else { QUICK_ERRORS }
}

/// `peers` in all, of which `askers` ask `lookups` times for keys with `copies` copies each.
fn scenario(
    peers: (u64, u64),
    (lookups, keys, copies): (u64, u64, u64),
    architecture: &str,
) -> Checked<Simulated> {
    let keys = format!("keys = {keys}");
    let run_for = "until = \"done\", replications = 1";
    search(run_for, peers, lookups, (&keys, &format!(", mean = {copies}")), architecture)
}

/// `run_for`: how long, and how often, each time with another overlay and other copies.
fn search(
    run_for: &str,
    (peers, askers): (u64, u64),
    lookups: u64,
    (keys, copies): (&str, &str),
    architecture: &str,
) -> Checked<Simulated> {
    let others = peers - askers;
    let text = format!(
        "title = \"A search\"\nseed = 8\n\
         run = {{ {run_for} }}\n\
         nodes.asker = {{ count = {askers}, up = \"1 Mbit/s\", down = \"1 Mbit/s\", latency = \"5 ms\" }}\n\
         nodes.peer = {{ count = {others}, up = \"1 Mbit/s\", down = \"1 Mbit/s\", latency = \"5 ms\" }}\n\
         network.transport = \"ideal\"\n\
         [workloads.find.lookup]\nfrom = \"asker\"\n{keys}\n\
         arrivals = {{ poisson = {{ rate = \"10 /s\", count = {lookups} }} }}\n\
         copies = {{ at = \"peer\"{copies} }}\n\
         {architecture}"
    );
    let scenario = Scenario::parse("search.toml", &text, Path::new("."), &[])
        .map_err(|error| format!("no scenario: {error}\n{text}"))?;
    let study = run(&scenario, &Control::default(), |_| {}).study;
    let summary = summarise(&study);
    Ok(Simulated { study, summary })
}

fn many_overlays() -> String {
    format!("until = \"done\", replications = {OVERLAYS}")
}

/// Questions of a flood, and peers besides the asker that hear one.
fn flood(peers: (u64, u64), overlay: &str, ttl: u64, floods: u64) -> Checked<(f64, f64)> {
    let architecture = format!(
        "[architectures.flood.flooding]\npeers = [\"asker\", \"peer\"]\n\
         overlay = {overlay}\nttl = {ttl}\npatience = \"1 min\"\n"
    );
    // Until the last flood is over, which goes on when somebody has been found.
    let run_for = format!("duration = \"{} s\", replications = 1", 100 + floods / 5);
    let simulated = search(&run_for, peers, floods, ("keys = 1000", ""), &architecture)?;
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
    for (shape, unlimited, dimensions, side, farthest) in [
        ("hypercube10", "hypercube10_messages_unlimited", 10, 2, 10),
        ("torus_big", "torus32x32_messages_unlimited", 2, 32, 7),
    ] {
        let overlay = format!("{{ torus = {{ dimensions = {dimensions}, side = {side} }} }}");
        // Whoever asks, for all are in the same place.
        let flood = |ttl| flood((1024, 7), &overlay, ttl, 5);
        let reach: Vec<f64> =
            (1..=farthest).map(|ttl| Ok(flood(ttl)?.1)).collect::<Checked<_>>()?;
        findings.value(shape, "simulation", Value::from(reach));
        findings.value(unlimited, "simulation", flood(1000)?.0);
    }
    Ok(findings)
}

/// From the top of a tree that is one row higher than the flood is wide, but for the widest.
pub fn tree(case: &Case) -> Checked<Findings> {
    const ROWS: u32 = 7;
    let mut findings = Findings::default();
    for key in case.expect.keys() {
        let parts = key.strip_prefix('d').and_then(|rest| rest.split_once("_ttl"));
        let parts = parts.and_then(|(degree, ttl)| Some((degree.parse().ok()?, ttl.parse().ok()?)));
        let (degree, ttl): (u64, u32) = parts.ok_or_else(|| format!("what is {key}?"))?;
        let below = (1..=(ttl + 1).min(ROWS)).map(|row| degree * (degree - 1).pow(row - 1));
        let overlay = format!("{{ tree = {{ degree = {degree} }} }}");
        let (questions, heard) = flood((1 + below.sum::<u64>(), 1), &overlay, u64::from(ttl), 2)?;
        findings.value(key, "peers that hear", heard);
        findings.value(key, "questions", questions);
    }
    Ok(findings)
}

/// Neighbours of a peer are probes: each time others than he himself, no two the same, drawn at random.
pub fn probes(case: &Case) -> Checked<Findings> {
    let others = case.count("N")?;
    let tolerance = case.tolerance.value.ok_or("no tolerance")?;
    let mut findings = Findings::default();
    for key in case.expect.keys() {
        let parts = key.strip_prefix("copies").and_then(|rest| rest.split_once("_probes"));
        let parts = parts.and_then(|(c, n)| Some((c.parse().ok()?, n.parse().ok()?)));
        let (copies, probes): (u64, u64) = parts.ok_or_else(|| format!("what is {key}?"))?;
        let architecture = format!(
            "[architectures.flood.flooding]\npeers = [\"asker\", \"peer\"]\n\
             overlay = {{ random-regular = {{ degree = {probes} }} }}\nttl = 1\npatience = \"1 s\"\n"
        );
        let expected = case.expected(key)?;
        let searches = (errors() / tolerance).powi(2) * expected * (1.0 - expected);
        let lookups = (searches / OVERLAYS as f64).ceil() as u64;
        // Few keys are asked for twice.
        let of = (format!("keys = {}", 4 * lookups), format!(", mean = {copies}"));
        let simulated =
            search(&many_overlays(), (others + 1, 1), lookups, (&of.0, &of.1), &architecture)?;
        findings.value(key, "neighbours asked", simulated.metric(0, "availability")?);
    }
    Ok(findings)
}

/// One walker among many neighbours, until he has found a copy. What is asked for more often has as many
/// copies as the others, or more.
pub fn search_size(case: &Case) -> Checked<Findings> {
    // So many that next to no object has a part of a copy that matters, or more than one at each peer.
    let peers = 10_000.0;
    let (objects, zipf) = (case.count("objects")?, case.number("zipf")?);
    let mean = case.number("copies_per_node")? * peers / objects as f64;
    let tolerance = case.tolerance.value.ok_or("no tolerance")?;
    let weights: Vec<f64> = (1..=objects).map(|rank| (rank as f64).powf(-zipf)).collect();
    let total: f64 = weights.iter().sum();
    let mut findings = Findings::default();
    for (key, spread) in
        [("uniform", "uniform"), ("proportional", "proportional"), ("square_root", "square-root")]
    {
        let copies = |weight: f64| match key {
            "uniform" => 1.0,
            "proportional" => weight,
            _ => weight.sqrt(),
        };
        // Probes are distributed geometrically, so that the mean of their square is twice that of an object.
        let unit = mean * objects as f64 / weights.iter().map(|&w| copies(w)).sum::<f64>();
        let moment = |power: i32| -> f64 {
            weights.iter().map(|&w| w / total * (peers / (unit * copies(w))).powi(power)).sum()
        };
        let cv2 = 2.0 * moment(2) / moment(1).powi(2) - 1.0;
        let searches = (errors() / tolerance).powi(2) * cv2;
        let architecture = format!(
            "[architectures.walk.random-walk]\npeers = [\"asker\", \"peer\"]\n\
             overlay = {{ random-regular = {{ degree = {MANY} }} }}\nwalkers = 1\n\
             steps = 1000000\ncheck_every = 0\npatience = \"1000 h\"\n"
        );
        let keys = format!("keys = {objects}\npopularity = {{ zipf = {zipf} }}");
        let copies = format!(", mean = {mean}, spread = \"{spread}\"");
        let lookups = (searches / OVERLAYS as f64).ceil() as u64;
        let of = (keys.as_str(), copies.as_str());
        let simulated =
            search(&many_overlays(), (peers as u64 + 1, 1), lookups, of, &architecture)?;
        let found = simulated.metric(0, "availability")?;
        findings.require(found == 1.0, || format!("only {found} of all has found it"));
        findings.value(key, "one walker", simulated.metric(0, "hops")? - 1.0);
    }
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
