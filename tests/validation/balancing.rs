//! Choosing among servers: balls in bins, hash rings, and the supermarket model.
//!
//! Balls and rings through the public library of the balancer. The supermarket model as a
//! scenario: n servers with one worker each, requests at the rate rho n, exponential work of 1 s
//! on the mean. Its full length is that of a half-width of 1 % of an M/M/1 at the same load; the
//! suite runs 1/25 of it, which is accepted at 10 % (acceptance rules, 2), and the full length
//! when the environment asks for it.

use std::path::Path;

use hubmesh::architectures::balancer::{HashRing, least_of_drawn};
use hubmesh::engine::Control;
use hubmesh::random::Key;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{metric_index, summarise};

use super::{Case, Checked, FULL_LENGTH, Findings, QUICK_PART, QUICK_TOLERANCE};

fn is_full() -> bool {
    std::env::var_os(FULL_LENGTH).is_some()
}

/// The greatest number of balls in a bin, on the mean over `throws` throws of all balls; each goes
/// to the emptiest of `choices` bins.
fn mean_greatest(bins: usize, balls: usize, choices: usize, throws: usize) -> f64 {
    let mut stream = Key::root(1, 0).text("balls").number(bins as u64).stream();
    let mut candidates: Vec<u32> = (0..bins as u32).collect();
    let mut counts = vec![0usize; bins];
    let mut sum = 0;
    for _ in 0..throws {
        counts.fill(0);
        for _ in 0..balls {
            let count = |bin: u32| counts[bin as usize];
            let bin = least_of_drawn(choices, &mut candidates, &mut stream, count);
            counts[bin.expect("there are bins") as usize] += 1;
        }
        sum += counts.iter().max().unwrap();
    }
    sum as f64 / throws as f64
}

/// What is measured of many rings; all over the mean arc.
#[derive(Default)]
struct Arcs {
    mean_max: f64,
    mean_min: f64,
    /// Squared coefficient of variation.
    cv2: f64,
    /// Of all arcs of all rings.
    p99: f64,
}

fn ring(number: u64, members: usize, virtual_nodes: u32) -> HashRing {
    HashRing::new(Key::root(1, number).text("ring"), 0..members as u64, virtual_nodes)
}

fn arcs(members: usize, virtual_nodes: u32, rings: usize) -> Arcs {
    let mut all = Vec::new();
    let mut arcs = Arcs::default();
    for number in 0..rings {
        let shares = ring(number as u64, members, virtual_nodes).shares();
        let relative: Vec<f64> = shares.iter().map(|share| share * members as f64).collect();
        arcs.mean_max += relative.iter().copied().fold(0.0, f64::max) / rings as f64;
        arcs.mean_min += relative.iter().copied().fold(f64::INFINITY, f64::min) / rings as f64;
        arcs.cv2 += squared_variation(&relative) / rings as f64;
        // A quantile needs no more than this.
        if all.len() < 2_000_000 {
            all.extend(relative);
        }
    }
    let rank = all.len() * 99 / 100;
    arcs.p99 = *all.select_nth_unstable_by(rank, f64::total_cmp).1;
    arcs
}

/// Squared coefficient of variation of the population, around a mean of 1.
fn squared_variation(relative: &[f64]) -> f64 {
    relative.iter().map(|x| (x - 1.0).powi(2)).sum::<f64>() / relative.len() as f64
}

/// Keys of a member on the mean, and their squared coefficient of variation on the mean over
/// `rings` rings.
fn keys_per_member(members: usize, keys: u64, rings: usize) -> (f64, f64) {
    let mean = keys as f64 / members as f64;
    let (mut found_mean, mut cv2) = (0.0, 0.0);
    for number in 0..rings {
        let ring = ring(number as u64, members, 1);
        let mut counts = vec![0u32; members];
        for key in 0..keys {
            let owner = ring.owner(ring.position("object", key));
            counts[owner.expect("there are members") as usize] += 1;
        }
        let relative: Vec<f64> = counts.iter().map(|&count| f64::from(count) / mean).collect();
        found_mean += f64::from(counts.iter().sum::<u32>()) / (members * rings) as f64;
        cv2 += squared_variation(&relative) / rings as f64;
    }
    (found_mean, cv2)
}

/// The mean response time, in seconds, and half the width of its 95 % interval, if there is one.
///
/// All requests are answered before a run ends: those that are open at a fixed end are the longer
/// ones, which would be missed.
fn supermarket(
    servers: u64,
    rho: f64,
    choices: u64,
    warm_up: f64,
    requests: f64,
) -> Checked<(f64, Option<f64>)> {
    // Most of a short run is its warm-up.
    let replications = if is_full() { 4 } else { 1 };
    let rate = rho * servers as f64;
    let duration = warm_up + requests / (rate * f64::from(replications));
    let text = format!(
        "title = \"The supermarket model\"\n\
         [run]\n\
         until = \"done\"\n\
         warm_up = \"{warm_up} s\"\n\
         replications = {replications}\n\
         memory_limit = \"64 GiB\"\n\
         [nodes.server]\n\
         count = {servers}\n\
         up = \"1 Gbit/s\"\n\
         down = \"1 Gbit/s\"\n\
         cpu = {{ workers = 1 }}\n\
         [nodes.client]\n\
         count = 1\n\
         up = \"1 Gbit/s\"\n\
         down = \"1 Gbit/s\"\n\
         [workloads.work.request]\n\
         from = \"client\"\n\
         arrivals = {{ poisson = {{ rate = \"{rate} /s\", for = \"{duration} s\" }} }}\n\
         work = {{ exponential = {{ mean = \"1 s\" }} }}\n\
         [architectures.market.client-server]\n\
         servers = \"server\"\n\
         balance = {{ power-of = {choices} }}\n"
    );
    let scenario = Scenario::parse("supermarket.toml", &text, Path::new("."), &[])
        .map_err(|error| format!("no scenario: {error}"))?;
    let summary = summarise(&run(&scenario, &Control::default(), |_| {}).study);
    let index = metric_index("response_time.mean").ok_or("there is no response time")?;
    let estimate = summary.pooled(0, index).and_then(|row| row.estimate);
    let estimate = estimate.ok_or("the response time is undefined")?;
    Ok((estimate.mean, estimate.half_width()))
}

pub fn balls(case: &Case, choices: usize) -> Checked<Findings> {
    let (bins, balls) = (case.count("bins")? as usize, case.count("balls")? as usize);
    // 2000 throws at the least, but of many balls: their maxima are whole numbers that differ by
    // one at the most, so 400 have a standard error of 0.025 of the 0.1 that is accepted.
    let throws = if balls == 100_000 { 400 } else { 2000 };
    let mut findings = Findings::default();
    findings.value("mean_max", "least_of_drawn", mean_greatest(bins, balls, choices, throws));
    if case.expect.contains_key("lnln_over_ln2") {
        // The first term of theory, a formula of nobody's program, is held against the text.
        findings.value("lnln_over_ln2", "the formula", (bins as f64).ln().ln() / 2f64.ln());
    }
    Ok(findings)
}

pub fn ring_no_virtual(case: &Case) -> Checked<Findings> {
    let mut findings = Findings::default();
    // The least arc varies as an exponential does: 4 standard errors within 3 % need 20,000 rings.
    for (members, rings) in [(10, 20_000), (100, 20_000), (1000, 20_000), (10_000, 1000)] {
        let arcs = arcs(members, 1, rings);
        for (key, value) in [
            ("max_over_mean", arcs.mean_max),
            ("min_over_mean", arcs.mean_min),
            ("p99_over_mean", arcs.p99),
            ("cv2", arcs.cv2),
        ] {
            let key = format!("{key}_N{members}");
            if case.expect.contains_key(&key) {
                findings.value(key, "HashRing", value);
            }
        }
    }
    Ok(findings)
}

pub fn ring_virtual_nodes(case: &Case) -> Checked<Findings> {
    let (members, virtual_nodes) = (case.count("N")? as usize, case.count("v")? as u32);
    let arcs = arcs(members, virtual_nodes, 1000);
    let mut findings = Findings::default();
    findings.value("mean_max_over_mean", "HashRing", arcs.mean_max);
    findings.value("cv2", "HashRing", arcs.cv2);
    Ok(findings)
}

pub fn keys_per_node(case: &Case) -> Checked<Findings> {
    let (members, keys) = (case.count("N")? as usize, case.count("keys")?);
    let (mean, cv2) = keys_per_member(members, keys, 100);
    let mut findings = Findings::default();
    findings.value("mean", "HashRing", mean);
    findings.value("cv2", "HashRing", cv2);
    Ok(findings)
}

/// E[T] for n -> infinity: sum over i >= 1 of rho^((d^i - d) / (d - 1)).
fn supermarket_formula(rho: f64, choices: f64) -> f64 {
    let exponent = |i: i32| match choices {
        1.0 => f64::from(i - 1),
        d => (d.powi(i) - d) / (d - 1.0),
    };
    (1..=10_000).map(|i| rho.powf(exponent(i))).sum()
}

/// Requests that an M/M/1 needs for a half-width of 1 % (section 0, rule 7).
fn supermarket_length(rho: f64) -> f64 {
    let z = 1.959964;
    2.0 * z * z * (1.0 + rho) / ((1.0 - rho).powi(2) * 1e-4)
}

/// The mean response time of a supermarket, held to `tolerance` at the full length.
fn market(
    (servers, rho, choices): (u64, f64, u64),
    (expected, tolerance): (f64, f64),
    findings: &mut Findings,
) -> Checked<()> {
    let (length, tolerance) = match is_full() {
        true => (supermarket_length(rho), tolerance),
        false => (supermarket_length(rho) / QUICK_PART as f64, QUICK_TOLERANCE),
    };
    // From empty; rule 6.
    let warm_up = 20.0 / (1.0 - rho).powi(2);
    let (mean, half) = supermarket(servers, rho, choices, warm_up, length)?;
    let name = format!("{servers} servers, load {rho}, {choices} choices");
    println!("{name}: {mean:.5} s +- {half:.5?} s, expected {expected}");
    findings.close(&name, mean, expected, tolerance);
    Ok(())
}

pub fn supermarket_limit(case: &Case) -> Checked<Findings> {
    let (rho, choices) = (case.number("rho")?, case.count("d")?);
    let mut findings = Findings::default();
    let expected = case.expected("W")?;
    findings.value("W", "the formula", supermarket_formula(rho, choices as f64));
    let tolerance = case.tolerance.value.ok_or("the tolerance has no value")?;
    // Nearer to saturation it takes 10,000 servers and billions of requests.
    if rho < 0.95 {
        market((500, rho, choices), (expected, tolerance), &mut findings)?;
    }
    Ok(findings)
}

pub fn supermarket_finite(case: &Case) -> Checked<Findings> {
    let (rho, choices) = (case.number("rho")?, case.count("d")?);
    let tolerance = case.tolerance.value.ok_or("the tolerance has no value")?;
    let mut findings = Findings::default();
    for servers in [10, 100, 1000] {
        let key = format!("W_n{servers}");
        let reference = case.expected(&key)?;
        let expected = match servers {
            // The reference may draw a server twice, which matters among ten; here they differ.
            10 if choices == 2 => {
                findings.value(&key, "chain, drawn twice", chain(10, rho, true));
                chain(10, rho, false)
            }
            _ => {
                findings.value(&key, "market", reference);
                reference
            }
        };
        market((servers, rho, choices), (expected, tolerance), &mut findings)?;
    }
    Ok(findings)
}

/// The mean response time of the supermarket model with two choices, by the chain of its queue
/// lengths alone: at each step a request comes, or one of the servers would be done.
fn chain(servers: usize, rho: f64, may_draw_twice: bool) -> f64 {
    let mut stream = Key::root(2, 0).text("chain").stream();
    let rate = rho * servers as f64;
    let mut queues = vec![0u32; servers];
    let (steps, warm_up) = (40_000_000u64, 2_000_000u64);
    let (mut jobs, mut sum) = (0u64, 0u64);
    for step in 0..steps {
        if step >= warm_up {
            sum += jobs;
        }
        let event = stream.uniform() * (rate + servers as f64);
        if event < rate {
            let first = stream.below(servers);
            let second = match may_draw_twice {
                true => stream.below(servers),
                false => (first + 1 + stream.below(servers - 1)) % servers,
            };
            let chosen = if queues[second] < queues[first] { second } else { first };
            queues[chosen] += 1;
            jobs += 1;
        } else {
            let server = ((event - rate) as usize).min(servers - 1);
            if queues[server] > 0 {
                queues[server] -= 1;
                jobs -= 1;
            }
        }
    }
    // Little: jobs on the mean over requests a second.
    sum as f64 / (steps - warm_up) as f64 / rate
}
