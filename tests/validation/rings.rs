//! Lookups on rings, from scenarios.
//!
//! Hops are messages until the owner is reached: who looks is not counted, the owner is.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{metric_index, summarise};
use rayon::prelude::*;

use super::{Case, Checked, FULL_LENGTH, Findings, Simulated};

/// The rule of the cases: so many rings, and lookups on each.
const RINGS: u32 = 20;
const LOOKUPS: u32 = 4000;

/// Of lookups after failures: hops to 3 %, time-outs to so many, and the share that fails.
const HOPS_BAND: f64 = 0.03;
const TIMEOUTS_BAND: f64 = 0.25;
const MOST_FAILED: f64 = 0.002;

fn scenario(peers: u64, chord: &str, rest: &str) -> Checked<Simulated> {
    let text = format!(
        "title = \"A ring\"\nseed = 4\nrun = {{ until = \"done\", replications = {RINGS} }}\n\
         nodes.peer = {{ count = {peers}, up = \"1 Mbit/s\", down = \"1 Mbit/s\", latency = \"25 ms\" }}\n\
         network.transport = \"ideal\"\n\
         [workloads.find.lookup]\nfrom = \"peer\"\n\
         arrivals = {{ poisson = {{ rate = \"100 /s\", count = {LOOKUPS} }} }}\n\
         {chord}{rest}"
    );
    let scenario = Scenario::parse("ring.toml", &text, Path::new("."), &[])
        .map_err(|error| format!("no scenario: {error}"))?;
    let study = run(&scenario, &Control::default(), |_| {}).study;
    let summary = summarise(&study);
    Ok(Simulated { study, summary })
}

fn ring(name: &str, settings: &str) -> String {
    format!("[architectures.{name}.chord]\npeers = \"peer\"\nupkeep = false\n{settings}\n")
}

/// As many peers as identifiers.
pub fn full(case: &Case) -> Checked<Findings> {
    let (bits, successors) = (case.count("m")?, case.count("r")?);
    let settings = format!("bits = {bits}\nsuccessors = {successors}");
    let simulated = scenario(case.count("N")?, &ring("ring", &settings), "")?;
    let mut findings = Findings::default();
    findings.value("mean", "simulation", simulated.metric(0, "hops")?);
    Ok(findings)
}

pub fn random(case: &Case) -> Checked<Findings> {
    let peers = case.count("N")?;
    let successors = case.expected("r")?;
    let rings = [
        ring("one", "successors = 1"),
        ring("more", &format!("successors = {successors}")),
        // It is the default.
        ring("recursive", "lookups = \"recursive\""),
    ];
    let simulated = scenario(peers, &rings.concat(), "")?;
    let mut findings = Findings::default();
    findings.value("mean_hops_r1", "simulation", simulated.metric(0, "hops")?);
    for (architecture, how) in [(1, "iterative"), (2, "recursive")] {
        findings.value("mean_hops_r", how, simulated.metric(architecture, "hops")?);
    }
    findings.value("r", "given", successors);
    Ok(findings)
}

/// A share of all peers has gone down at once, and nobody has noticed.
pub fn after_failures(case: &Case) -> Checked<Findings> {
    let share = case.number("p")?;
    let fault = match share > 0.0 {
        true => format!("[[faults]]\ncrash = {{ nodes = \"peer\", share = {share} }}\n"),
        false => String::new(),
    };
    let successors = case.count("r")?;
    let rings = ring("ring", &format!("successors = {successors}"));
    let simulated = scenario(case.count("N")?, &rings, &fault)?;
    let mut findings = Findings::default();
    findings.within("hops", "simulation", simulated.metric(0, "hops")?, HOPS_BAND);
    let timeouts = match share > 0.0 {
        true => simulated.metric(0, "search_timeouts")?,
        false => 0.0,
    };
    let expected = case.expected("timeouts")?;
    findings.require((timeouts - expected).abs() <= TIMEOUTS_BAND, || {
        format!("{timeouts} time-outs, not {expected}")
    });
    let failed = 1.0 - simulated.metric(0, "availability")?;
    findings.require(failed <= MOST_FAILED, || format!("{failed} of all failed"));
    Ok(findings)
}

/// The tolerance of a share is so many of its standard errors, or so many where not all of the length is
/// asked for.
const ERRORS: f64 = 4.0;
const QUICK_ERRORS: f64 = 2.5;
/// The share of rings that lookups may miss which lack somebody.
const MISSED: f64 = 0.005;
/// Numbers of peers that go down.
const STRATA: u32 = 25;

/// Whether somebody who lives knows nobody of those who follow him: then nobody finds the owner of the keys
/// between him and the next one who lives, whatever way he tries. Where nobody is lost the longest of 10,000s of
/// lookups takes 20 s; at 40 s one is given up.
///
/// In the formula of the case each peer goes down by itself with the same probability, so that their number
/// is binomial. Where just the mean of it goes down, a list of ten is lost in 37.3 % of all rings, not in 38.6 %.
pub fn lists_lost(case: &Case) -> Checked<Findings> {
    let peers = case.count("N")?;
    let tolerance = case.tolerance.value.ok_or("no tolerance")?;
    let is_full = std::env::var_os(FULL_LENGTH).is_some();
    let errors = if is_full { ERRORS } else { QUICK_ERRORS };
    let mut findings = Findings::default();
    for key in case.expect.keys() {
        let parts = key.strip_prefix('p').and_then(|rest| rest.split_once("_r"));
        let parts = parts.and_then(|(p, r)| Some((p.parse().ok()?, r.parse().ok()?)));
        let (share, successors): (f64, u64) = parts.ok_or_else(|| format!("what is {key}?"))?;
        let expected = case.expected(key)?;
        let rings = (errors / tolerance).powi(2) * expected * (1.0 - expected);
        let rings = (rings / f64::from(STRATA)).ceil().max(4.0);
        let lost: Checked<Vec<f64>> = (0..STRATA)
            .into_par_iter()
            .map(|stratum| {
                let probability = (f64::from(stratum) + 0.5) / f64::from(STRATA);
                let down = binomial_quantile(peers, share, probability);
                rings_that_lose((peers, down), successors, rings, stratum)
            })
            .collect();
        let lost = lost?.iter().sum::<f64>() / f64::from(STRATA);
        println!("{}: {key} {lost}", case.id);
        findings.value(key, "lookups that fail", lost);
    }
    Ok(findings)
}

/// The share of so many rings in which some lookup fails, when so many peers go down at once.
fn rings_that_lose(
    (peers, down): (u64, u64),
    successors: u64,
    rings: f64,
    seed: u32,
) -> Checked<f64> {
    let metric = metric_index("availability").ok_or("there is no such metric")?;
    // The keys between the two are `successors` + 1 gaps between peers, each of an exponential part of the circle:
    // L lookups miss them with a probability of (1 + L / N)^-(successors + 1). Who is down looks for nothing.
    let effective = MISSED.powf(-1.0 / (successors + 1) as f64) - 1.0;
    let lookups = (effective * peers as f64 * peers as f64 / (peers - down) as f64).ceil();
    let text = format!(
        "title = \"A ring\"\nseed = {seed}\n\
         run = {{ until = \"done\", replications = {rings} }}\n\
         nodes.peer = {{ count = {peers}, up = \"1 Mbit/s\", down = \"1 Mbit/s\", latency = \"25 ms\" }}\n\
         network.transport = \"ideal\"\n\
         [workloads.find.lookup]\nfrom = \"peer\"\ntimeout = \"40 s\"\n\
         arrivals = {{ poisson = {{ rate = \"1000 /s\", count = {lookups} }} }}\n\
         {}[[faults]]\ncrash = {{ nodes = \"peer\", share = {} }}\n",
        ring("ring", &format!("successors = {successors}\ntimeout = \"200 ms\"")),
        down as f64 / peers as f64
    );
    let scenario = Scenario::parse("ring.toml", &text, Path::new("."), &[])
        .map_err(|error| format!("no scenario: {error}"))?;
    let summary = summarise(&run(&scenario, &Control::default(), |_| {}).study);
    let row = summary.pooled(0, metric).ok_or("no row")?;
    let lose = row.values.iter().flatten().filter(|&&found| found < 1.0).count();
    Ok(lose as f64 / row.values.len() as f64)
}

/// The least number of which there are as many, or fewer, with at least this probability.
fn binomial_quantile(count: u64, share: f64, probability: f64) -> u64 {
    let mut term = (1.0 - share).powi(count as i32);
    let (mut number, mut sum) = (0, term);
    while sum < probability && number < count {
        number += 1;
        term *= (count - number + 1) as f64 / number as f64 * share / (1.0 - share);
        sum += term;
    }
    number
}
