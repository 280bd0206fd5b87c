//! Whether the intervals of summaries cover: an M/M/1 queue at a load of 0.8, run again and again.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{Study, metric_index, summarise};
use rayon::prelude::*;

use super::{Case, Checked, FULL_LENGTH, Findings};

/// Rates of coming and of being served, customers a second.
const LAMBDA: f64 = 0.8;
const MU: f64 = 1.0;

/// An M/M/1 queue to which customers come at the rate `lambda`, so many replications.
fn queue(
    lambda: f64,
    seed: u64,
    replications: u64,
    customers: u64,
    warm_up: u64,
) -> Checked<Study> {
    let text = format!(
        "title = \"coverage\"\n\
         seed = {seed}\n\
         run = {{ until = \"done\", replications = {replications}, warm_up = \"{} s\" }}\n\
         network.transport = \"ideal\"\n\
         architectures.server.client-server.servers = \"server\"\n\
         [nodes.server]\n\
         count = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\ncpu = {{ workers = 1 }}\n\
         [nodes.client]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         [workloads.load.request]\n\
         from = \"client\"\n\
         arrivals = {{ poisson = {{ rate = \"{lambda} /s\", count = {} }} }}\n\
         work = {{ exponential = {{ mean = \"{} s\" }} }}\n",
        warm_up as f64 / lambda,
        customers + warm_up,
        1.0 / MU
    );
    let scenario = Scenario::parse("coverage.toml", &text, Path::new("."), &[])
        .map_err(|error| format!("no scenario: {error}"))?;
    Ok(run(&scenario, &Control::default(), |_| {}).study)
}

/// Of this many studies the share whose interval contains the mean response time 1 / (mu - lambda).
///
/// A study: so many replications of `customers` customers, after `warm_up` others.
fn share_covered(studies: u64, replications: u64, customers: u64, warm_up: u64) -> Checked<f64> {
    let covers = |seed: u64| -> Checked<bool> {
        let study = queue(LAMBDA, seed, replications, customers, warm_up)?;
        let summary = summarise(&study);
        let metric = metric_index("response_time.mean").ok_or("there is no such metric")?;
        let estimate = summary.pooled(0, metric).and_then(|row| row.estimate);
        let (low, high) = estimate.and_then(|estimate| estimate.interval).ok_or("no interval")?;
        Ok((low..=high).contains(&(1.0 / (MU - LAMBDA))))
    };
    let covered: Vec<bool> = (0..studies).into_par_iter().map(covers).collect::<Checked<_>>()?;
    Ok(covered.iter().filter(|&&is_covered| is_covered).count() as f64 / studies as f64)
}

/// All studies when the environment asks for the full length, a fifth of them otherwise; the band
/// of the case is that of all.
pub fn band(case: &Case) -> Checked<Findings> {
    let (all, nominal) = (case.count("runs")?, case.number("nominal")?);
    let is_full = std::env::var_os(FULL_LENGTH).is_some();
    let studies = if is_full { all } else { all / 5 };
    let covered = share_covered(studies, 20, 20_000, 2_000)? * studies as f64;
    let (low, high) = match is_full {
        true => (case.expected("accept_low")?, case.expected("accept_high")?),
        false => {
            // Four standard errors of a binomial.
            let count = studies as f64;
            let error = (count * nominal * (1.0 - nominal)).sqrt();
            (count * nominal - 4.0 * error, count)
        }
    };
    println!("{}: {covered} of {studies} intervals cover", case.id);
    let mut findings = Findings::default();
    findings.require((low..=high).contains(&covered), || {
        format!("{covered} of {studies} intervals cover, expected {low} to {high}")
    });
    for key in ["accept_low", "accept_high"] {
        findings.value(key, "the band itself", case.expected(key)?);
    }
    Ok(findings)
}

/// A start from empty that is not cut off must show: too few intervals cover.
pub fn negative_control(case: &Case) -> Checked<Findings> {
    let (customers, warm_up) = (case.count("customers")?, case.count("warmup")?);
    let share = share_covered(300, case.count("replications")?, customers, warm_up)?;
    let mut findings = Findings::default();
    findings.value("share_covered", "simulation", share);
    Ok(findings)
}

/// Of the mean wait of `n` customers the variance is that of the case over `n`, so this is what
/// decides how long a run must be. The formulas of the limit, and one load simulated.
pub fn asymptotic_variance(case: &Case) -> Checked<Findings> {
    let mut findings = Findings::default();
    let in_system = |rho: f64| 2.0 * rho * (1.0 + rho) / (1.0 - rho).powi(4);
    let wait =
        |rho: f64| rho * (2.0 + 5.0 * rho - 4.0 * rho.powi(2) + rho.powi(3)) / (1.0 - rho).powi(4);
    for (key, rho) in case.numbered_keys("L_rho")? {
        findings.value(key, "formula", in_system(rho));
    }
    for (key, rho) in case.numbered_keys("Wq_rho")? {
        findings.value(key, "formula", wait(rho));
    }
    let (rho, replications, customers) = (0.5, 400, 5_000);
    let summary = summarise(&queue(rho * MU, 1, replications, customers, 100)?);
    let metric = metric_index("queue_time.mean").ok_or("there is no such metric")?;
    let row = summary.pooled(0, metric).ok_or("no row")?;
    let means: Vec<f64> = row.values.iter().copied().flatten().collect();
    let count = means.len() as f64;
    let mean = means.iter().sum::<f64>() / count;
    let variance = means.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let ratio = variance * customers as f64 / wait(rho);
    // Four standard errors of a variance of so many.
    let error = f64::sqrt(2.0 / (count - 1.0));
    findings.require((ratio - 1.0).abs() < 4.0 * error, || {
        format!("the variance of the mean wait is {ratio} of that of the formula")
    });
    Ok(findings)
}
