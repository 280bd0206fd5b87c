//! Lookups on rings, from scenarios.
//!
//! Hops are messages until the owner is reached: who looks is not counted, the owner is.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{metric_index, summarise};

use super::{Case, Checked, Findings, Simulated};

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

/// Lookups in each ring of which somebody may know none of those who follow him and live.
const OF_BROKEN: u32 = 1000;
/// As many rings as make the tolerance of the case four standard errors of a share.
const BROKEN_RINGS: f64 = 10_000.0;

/// Whether somebody who lives knows nobody of those who follow him: then nobody finds the owner of the keys
/// between him and the next one who lives.
///
/// Each peer goes down by itself with the same probability, as in the formula of the case; where just so
/// many of all go down, a list of ten is lost in 37.3 % of all rings, not in 38.6 %.
pub fn lists_lost(case: &Case) -> Checked<Findings> {
    let peers = case.count("N")?;
    let metric = metric_index("availability").ok_or("there is no such metric")?;
    let mut findings = Findings::default();
    for key in case.expect.keys() {
        let parts = key.strip_prefix('p').and_then(|rest| rest.split_once("_r"));
        let parts = parts.and_then(|(p, r)| Some((p.parse().ok()?, r.parse().ok()?)));
        let (share, successors): (f64, u64) = parts.ok_or_else(|| format!("what is {key}?"))?;
        let expected = case.expected(key)?;
        let rings = (BROKEN_RINGS * expected * (1.0 - expected)).max(100.0);
        // All within 10 ms, before the first lookup that counts.
        let every = -0.01 / (1.0 - share).ln();
        let text = format!(
            "title = \"A ring\"\nseed = 4\n\
             run = {{ until = \"done\", replications = {}, warm_up = \"20 ms\" }}\n\
             nodes.peer = {{ count = {peers}, up = \"1 Mbit/s\", down = \"1 Mbit/s\", latency = \"25 ms\" }}\n\
             network.transport = \"ideal\"\n\
             [workloads.find.lookup]\nfrom = \"peer\"\n\
             arrivals = {{ poisson = {{ rate = \"1000 /s\", count = {OF_BROKEN} }} }}\n\
             {}\
             [[faults]]\nfor = \"10 ms\"\n\
             crash = {{ nodes = \"peer\", every = {{ exponential = {{ mean = \"{every} s\" }} }}, lasts = \"1000 h\" }}\n",
            rings.ceil(),
            ring("ring", &format!("successors = {successors}"))
        );
        let scenario = Scenario::parse("ring.toml", &text, Path::new("."), &[])
            .map_err(|error| format!("no scenario: {error}"))?;
        let summary = summarise(&run(&scenario, &Control::default(), |_| {}).study);
        let row = summary.pooled(0, metric).ok_or("no row")?;
        let broken = row.values.iter().flatten().filter(|&&found| found < 1.0).count();
        let lost = broken as f64 / row.values.len() as f64;
        println!("{}: {key} {lost}", case.id);
        findings.value(key, "lookups that fail", lost);
    }
    Ok(findings)
}
