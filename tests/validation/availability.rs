//! Nodes that fail and are repaired, and nodes that come and go: what becomes of them, and of
//! systems of them, over time.
//!
//! Everything is read off the record of who was down when, of scenarios in which next to nothing is
//! asked for. Lengths: the standard error of an unavailability is sqrt(2 / n) of it for n failures
//! with exponential times up and down, so that 6,400 of them make 5 % four standard errors
//! (2.8 of a ratio of two such means).

use std::fmt::Write;
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::RunRecord;
use hubmesh::network::NodeId;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{self, metric_index, summarise};
use hubmesh::units::Time;
use serde_json::json;

use super::{Case, Checked, Findings, paths};

/// Of the availability of items, which the owner is promised.
const ITEMS_TOLERANCE: f64 = 0.01;

/// Of an unavailability, or a time.
const TOLERANCE: f64 = 0.05;
const FAILURES: f64 = 12_800.0;

/// Seconds as the scenario language has them.
fn exponential(mean: f64) -> String {
    format!("{{ exponential = {{ mean = \"{mean} s\" }} }}")
}

fn access(name: &str, count: usize, more: &str) -> String {
    format!("[nodes.{name}]\ncount = {count}\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n{more}\n")
}

fn scenario(text: &str) -> Checked<Scenario> {
    let parsed = Scenario::parse("availability.toml", text, Path::new("."), &[]);
    let mut scenario = parsed.map_err(|error| format!("no scenario: {error}\n{text}"))?;
    scenario.keep_requests()?;
    Ok(scenario)
}

/// `nodes` over `seconds`, with somebody who asks once.
fn idle(nodes: &str, seconds: f64, faults: &str) -> Checked<RunRecord> {
    let text = format!(
        "title = \"availability\"\nseed = 5\n\
         run = {{ duration = \"{seconds} s\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         {nodes}{}\
         [workloads.one.request]\nfrom = \"client\"\narrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\n\
         [architectures.server.client-server]\nservers = \"client\"\n{faults}",
        access("client", 1, "")
    );
    let mut study = run(&scenario(&text)?, &Control::default(), |_| {}).study;
    Ok(study.runs.remove(0).record)
}

/// What a system of nodes has done of which so many must be up.
#[derive(Default)]
struct Observed {
    seconds: f64,
    down: f64,
    failures: usize,
    /// From an instant at which all are up to the next failure of the system.
    to_failure: f64,
    first_failures: usize,
}

impl Observed {
    fn unavailability(&self) -> f64 {
        self.down / self.seconds
    }

    /// Adds the system of the nodes `first` to `first + count`, of which `needed` must be up.
    fn add(&mut self, record: &RunRecord, down: &[(Time, bool)], count: usize, needed: usize) {
        let mut up = count;
        let (mut failed_at, mut all_up_since) = (None, Some(Time::ZERO));
        for &(at, goes_down) in down {
            if goes_down {
                up -= 1;
                if up + 1 == needed {
                    self.failures += 1;
                    failed_at = Some(at);
                    if let Some(since) = all_up_since.take() {
                        self.to_failure += at.since(since).secs();
                        self.first_failures += 1;
                    }
                }
            } else {
                up += 1;
                if up == needed
                    && let Some(since) = failed_at.take()
                {
                    self.down += at.since(since).secs();
                }
                if up == count && all_up_since.is_none() {
                    all_up_since = Some(at);
                }
            }
        }
        self.seconds += record.ended.secs();
        if let Some(since) = failed_at {
            self.down += record.ended.since(since).secs();
        }
        if let Some(since) = all_up_since {
            self.to_failure += record.ended.since(since).secs();
        }
    }
}

/// Systems of `count` nodes each, the first nodes of all, of which `needed` must be up.
fn observed(record: &RunRecord, systems: usize, count: usize, needed: usize) -> Observed {
    let mut changes: Vec<Vec<(Time, bool)>> = vec![Vec::new(); systems];
    for outage in &record.outages {
        if let Some(system) = changes.get_mut(outage.node.index() / count) {
            system.push((outage.from, true));
            system.extend(outage.until.map(|until| (until, false)));
        }
    }
    let mut observed = Observed::default();
    for mut system in changes {
        system.sort_unstable();
        observed.add(record, &system, count, needed);
    }
    observed
}

fn close(findings: &mut Findings, what: &str, found: f64, expected: f64) {
    findings.close(what, found, expected, TOLERANCE);
}

pub fn single(case: &Case) -> Checked<Findings> {
    let (up, down) = (case.number("mttf")?, case.number("mttr")?);
    let mut findings = Findings::default();
    findings.value("A", "up / (up + down)", stats::k_of_n(1, 1, up / (up + down)));
    // Only the means matter.
    let gamma = format!("{{ gamma = {{ shape = 2, mean = \"{up} s\" }} }}");
    let uniform = format!("{{ uniform = {{ min = \"0 s\", max = \"{} s\" }} }}", 2.0 * down);
    for (session, downtime) in [(exponential(up), exponential(down)), (gamma, uniform)] {
        let nodes = access("unit", 200, &format!("session = {session}\ndowntime = {downtime}"));
        let record = idle(&nodes, FAILURES / 200.0 * (up + down), "")?;
        let observed = observed(&record, 200, 1, 1);
        let expected = 1.0 - case.expected("A")?;
        close(&mut findings, "unavailability", observed.unavailability(), expected);
        let span = observed.down / observed.failures as f64;
        close(&mut findings, "mean time down", span, down);
    }
    Ok(findings)
}

pub fn k_of_n(case: &Case) -> Checked<Findings> {
    let (count, needed) = (case.count("n")? as usize, case.count("k")? as usize);
    let availability = case.number("a")?;
    let mut findings = Findings::default();
    let expected = stats::k_of_n(needed as u32, count as u32, availability);
    findings.value("A", "k_of_n", expected);
    // A cycle of 100 s. A system fails when the last node but one of those needed does.
    let (up, down) = (100.0 * availability, 100.0 * (1.0 - availability));
    let just_enough = expected - stats::k_of_n(needed as u32 + 1, count as u32, availability);
    let frequency = just_enough * needed as f64 / up;
    let systems = 200;
    let seconds = FAILURES / frequency / systems as f64;
    let sessions = format!("session = {}\ndowntime = {}", exponential(up), exponential(down));
    let record = idle(&access("unit", systems * count, &sessions), seconds, "")?;
    let observed = observed(&record, systems, count, needed);
    let found = observed.unavailability();
    close(&mut findings, "unavailability", found, 1.0 - case.expected("A")?);
    let found = items_available(case, &sessions)?;
    findings.close("items on disks", found, expected, ITEMS_TOLERANCE);
    close(&mut findings, "unavailability of items", 1.0 - found, 1.0 - expected);
    Ok(findings)
}

/// The share of time for which enough of the pieces of items were on peers that were up: copies where one
/// is needed, or else an erasure code; each of 3,000 items on other peers.
fn items_available(case: &Case, sessions: &str) -> Checked<f64> {
    let (count, needed) = (case.count("n")?, case.count("k")?);
    let redundancy = match needed {
        1 => format!("{{ copies = {count} }}"),
        _ => format!("{{ erasure = {{ needed = {needed}, pieces = {count} }} }}"),
    };
    let text = format!(
        "title = \"items\"\nseed = 6\n\
         run = {{ duration = \"60000 s\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         {}{}\
         [workloads.put.store]\nfrom = \"client\"\nsize = \"1 kB\"\nstored = 3000\n\
         arrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\n\
         [architectures.disks.shared-disks]\npeers = \"peer\"\nredundancy = {redundancy}\n",
        access("client", 1, ""),
        access("peer", 200, sessions)
    );
    let study = run(&scenario(&text)?, &Control::default(), |_| {}).study;
    let storage = study.runs[0].record.storage.ok_or("nothing is stored")?;
    Ok(storage.available_time as f64 / storage.item_time as f64)
}

pub fn repairable(case: &Case) -> Checked<Findings> {
    let (count, needed) = (case.count("n")? as usize, case.count("k")? as usize);
    let (every, lasts) = (1.0 / case.number("fail_rate")?, 1.0 / case.number("repair_rate")?);
    let crews = case.count("crews")?;
    let systems = 64;
    let mut faults = String::new();
    for system in 0..systems {
        let names: Vec<String> =
            (1..=count).map(|unit| format!("\"unit-{}\"", system * count + unit)).collect();
        let _ = writeln!(
            faults,
            "[[faults]]\ncrash = {{ nodes = [{}], every = {}, lasts = {}, crews = {crews} }}",
            names.join(", "),
            exponential(every),
            exponential(lasts)
        );
    }
    let seconds = FAILURES / case.expected("failure_freq")? / systems as f64;
    let record = idle(&access("unit", systems * count, ""), seconds, &faults)?;
    let observed = observed(&record, systems, count, needed);
    let failures = observed.failures as f64;
    let mut findings = Findings::default();
    let how = "repair crews";
    findings.within("A", how, 1.0 - observed.unavailability(), TOLERANCE);
    close(&mut findings, "unavailability", observed.unavailability(), 1.0 - case.expected("A")?);
    let to_failure = observed.to_failure / observed.first_failures as f64;
    findings.within("MTTF", how, to_failure, TOLERANCE);
    findings.within("failure_freq", how, failures / observed.seconds, TOLERANCE);
    findings.within("mean_down", how, observed.down / failures, TOLERANCE);
    findings.within("mean_up", how, (observed.seconds - observed.down) / failures, TOLERANCE);
    Ok(findings)
}

pub fn replicas(case: &Case) -> Checked<Findings> {
    let target = case.number("target")?;
    let mut findings = Findings::default();
    for (key, availability) in case.numbered_keys("a")? {
        let count = stats::replicas_for(target, availability);
        findings.value(key, "replicas_for", json!(count));
    }
    Ok(findings)
}

/// So many sessions of a Weibull distribution, each of a node that begins it at the start.
pub fn session(case: &Case) -> Checked<Findings> {
    let (shape, scale) = (case.number("shape")?, case.number("scale_s")?);
    let tolerance = case.tolerance.value.ok_or("the tolerance has no value")?;
    let moment = |k: f64| libm::tgamma(1.0 + k / shape) * scale.powf(k);
    let (mean, cv2) = (moment(1.0), moment(2.0) / moment(1.0).powi(2) - 1.0);
    // For quantiles 1e5, and for the mean as many as make the tolerance four standard errors.
    let count = (16.0 * cv2 / tolerance.powi(2)).max(100_000.0).ceil() as usize;
    // Of so many draws none is longer.
    let longest = scale * ((count as f64).ln() + 12.0).powf(1.0 / shape);
    let session = format!("session = {{ weibull = {{ shape = {shape}, mean = \"{mean} s\" }} }}");
    let away = format!("{session}\ndowntime = \"{} s\"\nstart = \"up\"", 2.0 * longest);
    let record = idle(&access("peer", count, &away), longest, "")?;
    let mut spans: Vec<f64> = record.outages.iter().map(|outage| outage.from.secs()).collect();
    spans.sort_unstable_by(f64::total_cmp);
    let mut findings = Findings::default();
    findings.require(spans.len() == count, || format!("{} of {count} sessions end", spans.len()));
    let how = "first sessions";
    findings.value("mean", how, spans.iter().sum::<f64>() / count as f64);
    findings.within("median", how, spans[count / 2], 0.01);
    findings.within("p90", how, spans[count * 9 / 10], 0.01);
    // No run is long enough for the square of a heavy tail.
    findings.value("cv2", "moments", cv2);

    // Who is up at the start of a stationary run is in the middle of a session. What is over of it is
    // distributed as what is left: a renewal process looks the same backwards.
    let stationary = format!("{session}\ndowntime = \"{mean} s\"");
    let text = format!(
        "title = \"residual lives\"\nseed = 7\nrun = {{ duration = \"1 s\" }}\n{}\
         [workloads.one.request]\nfrom = \"peer\"\narrivals = {{ burst = {{ over = \"1 s\" }} }}\n\
         [architectures.server.client-server]\nservers = \"peer\"\n",
        access("peer", 600_000, &stationary)
    );
    let model = scenario(&text)?.model;
    let first = |node| model.sessions(0, NodeId(node)).map(|sessions| sessions.first());
    let firsts: Vec<_> = (0..600_000).filter_map(first).collect();
    let left: Vec<f64> =
        firsts.iter().filter(|span| span.is_up).map(|span| span.until.secs()).collect();
    // Four standard errors of a share of one half.
    let share = left.len() as f64 / firsts.len() as f64;
    findings.require((share - 0.5).abs() < 4.0 * 0.5 / 600_000f64.sqrt(), || {
        format!("{share} of all are up at the start, expected one half")
    });
    let residual = left.iter().sum::<f64>() / left.len() as f64;
    findings.value("mean_residual_of_online_peer", "a stationary start", residual);
    findings.value("mean_age_of_online_peer", "a stationary start, backwards", residual);
    Ok(findings)
}

pub fn point(case: &Case) -> Checked<Findings> {
    let (up, down) = (1.0 / case.number("lam")?, 1.0 / case.number("mu")?);
    // Four standard errors of a share are below the tolerance of 0.01.
    let count = 50_000;
    let sessions =
        format!("session = {}\ndowntime = {}\nstart = \"up\"", exponential(up), exponential(down));
    let last = case.numbered_keys("t")?.iter().map(|&(_, at)| at).fold(0.0, f64::max);
    let record = idle(&access("peer", count, &sessions), last + 1.0, "")?;
    let mut findings = Findings::default();
    for (key, at) in case.numbered_keys("t")? {
        let at = Time::from_secs(at);
        let is_down = |outage: &&hubmesh::metrics::Outage| {
            outage.from <= at && outage.until.is_none_or(|until| until > at)
        };
        let down = record.outages.iter().filter(is_down).count();
        findings.value(key, "who is up", 1.0 - down as f64 / count as f64);
    }
    Ok(findings)
}

pub fn alternating(case: &Case) -> Checked<Findings> {
    let peers = case.count("peers")? as usize;
    let mean_up = 1800.0 * libm::tgamma(1.0 + 1.0 / 0.6);
    let sessions = format!(
        "session = {{ weibull = {{ shape = 0.6, mean = \"{mean_up} s\" }} }}\n\
         downtime = {{ lognormal = {{ median = \"3600 s\", sigma = 1 }} }}"
    );
    // Ten mean cycles.
    let seconds = 86_400.0;
    let record = idle(&access("peer", peers, &sessions), seconds, "")?;
    let down: f64 = record.nodes[..peers].iter().map(|node| node.down_time.secs()).sum();
    let all = seconds * peers as f64;
    let leaves = record.outages.iter().filter(|outage| outage.from > Time::ZERO).count() as f64;
    let joins = record.outages.iter().filter(|outage| outage.until.is_some()).count() as f64;
    let mut findings = Findings::default();
    let how = "sessions of a day";
    // By renewal and reward: time over events, which has no bias towards short sessions.
    findings.value("mean_up", how, (all - down) / leaves);
    findings.value("mean_down", how, down / joins);
    findings.value("A", how, 1.0 - down / all);
    findings.value("joins_per_s", how, joins / seconds);
    Ok(findings)
}

/// Of a scenario with one workload and one architecture: share of its requests that are answered.
fn share_answered(text: &str) -> Checked<f64> {
    let parsed = Scenario::parse("availability.toml", text, Path::new("."), &[]);
    let scenario = parsed.map_err(|error| format!("no scenario: {error}\n{text}"))?;
    let summary = summarise(&run(&scenario, &Control::default(), |_| {}).study);
    let metric = metric_index("availability").ok_or("there is no such metric")?;
    let row = summary.pooled(0, metric).and_then(|row| row.estimate);
    Ok(row.ok_or("no availability")?.mean)
}

/// The parts that a request needs at one instant, each of which fails by itself. Nothing takes any
/// time. The network is there when neither the question nor the answer is lost.
pub fn architectures(case: &Case) -> Checked<Findings> {
    let (up, down) = (case.number("srv_mttf")?, case.number("srv_mttr")?);
    let (net, server) = (case.number("net")?, up / (up + down));
    let sessions = |up: f64, down: f64| {
        format!("session = {}\ndowntime = {}", exponential(up), exponential(down))
    };
    // Of a mean time down as of the server.
    let part = |availability: f64| sessions(down * availability / (1.0 - availability), down);
    let begin = |seconds: f64, replications: u32| {
        format!(
            "title = \"parts\"\nseed = 11\nnetwork.transport = \"ideal\"\n\
             run = {{ duration = \"{seconds} s\", replications = {replications} }}\n"
        )
    };
    let lossy = format!(
        "[[faults]]\nlose = {{ nodes = \"client\", probability = {} }}\n",
        1.0 - net.sqrt()
    );
    let asking = |requests: f64, seconds: f64| {
        format!(
            "{}[workloads.one.request]\nfrom = \"client\"\ntimeout = \"10 ms\"\n\
             arrivals = {{ poisson = {{ rate = \"{} /s\" }} }}\n",
            access("client", 1, ""),
            requests / seconds
        )
    };
    let mut findings = Findings::default();
    let mut found = |key: &str, availability: f64, by_hand: f64| -> Checked<()> {
        println!("{}: {key} {availability}", case.id);
        findings.value(key, "its formula", by_hand);
        let expected = 1.0 - case.expected(key)?;
        findings.close(
            &format!("unavailability of {key}"),
            1.0 - availability,
            expected,
            TOLERANCE,
        );
        Ok(())
    };

    // 50 servers, any of which is asked, fail as often as one in 50 times the time.
    let seconds = FAILURES / 50.0 * (up + down);
    let text = format!(
        "{}{}{}[architectures.a.client-server]\nservers = \"server\"\n{lossy}",
        begin(seconds, 1),
        access("server", 50, &sessions(up, down)),
        asking(1e6, seconds)
    );
    found("client_server", share_answered(&text)?, server * net)?;

    // Both are down once in (1 / 1010) (10 / 1010) 2 a second; that is a sixth of all that fails.
    let text = format!(
        "{}{}{}[architectures.a.client-server]\nservers = \"server\"\n\
         balance = {{ primary-backup = {{ fail_over = \"0 s\" }} }}\n{lossy}",
        begin(1.25e7, 4),
        access("server", 2, &sessions(up, down)),
        asking(1.5e6, 1.25e7)
    );
    let pair = stats::k_of_n(1, 2, server);
    found("primary_backup", share_answered(&text)?, pair * net)?;

    // One of the seeds and the tracker, for clients of which each asks once.
    let (replicas, peer) = (case.count("replicas")? as u32, case.number("peer_avail")?);
    let text = format!(
        "{}{}{}{}[workloads.one.download]\nfrom = \"client\"\ntimeout = \"200 ms\"\n\
         arrivals = {{ burst = {{ over = \"2000000 s\" }} }}\ncatalogue = {{ size = \"16 kB\" }}\n\
         [architectures.a.bittorrent]\nseeds = \"seed\"\ntracker = \"tracker\"\npiece_size = \"16 KiB\"\n\
         seed_time = \"0 s\"\n{lossy}",
        begin(2e6, 1),
        access("tracker", 1, &sessions(up, down)),
        access("seed", replicas as usize, &sessions(100.0 * peer / (1.0 - peer), 100.0)),
        access("client", 100_000, "")
    );
    let copies = stats::k_of_n(1, replicas, peer);
    found("hybrid_tracker", share_answered(&text)?, server * copies * net)?;

    // One of the peers that keep a copy, for somebody whose own disk keeps nothing: of 200 peers, and of
    // thousands of items, each on others.
    let nodes = [
        access("client", 1, ""),
        access("peer", 200, &sessions(100.0 * peer / (1.0 - peer), 100.0)),
    ];
    let text = format!(
        "{}{}[workloads.put.store]\nfrom = \"client\"\nsize = \"1 B\"\nstored = 4000\n\
         arrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\n\
         [workloads.get.retrieve]\nfrom = \"client\"\nof = \"put\"\ntimeout = \"200 ms\"\n\
         arrivals = {{ poisson = {{ rate = \"2 /s\" }} }}\n\
         [architectures.a.shared-disks]\npeers = \"peer\"\nredundancy = {{ copies = {replicas} }}\n{lossy}",
        begin(2e5, 1),
        nodes.concat()
    );
    found("p2p_replicated", share_answered(&text)?, copies * net)?;

    let hops = case.count("hops")? as u32;
    let path = peer.powi(hops as i32);
    found("flood_path", paths::flood(hops, peer)?, path)?;
    found("dht_lookup_recursive", paths::recursive_lookup(hops, peer)?, path)?;

    // The customer of another bank needs, besides the server of the account, the server of the bank
    // of the machine and the switch between the two; here one node, which is up when both are.
    let foreign = case.number("foreign")?;
    let switch = case.number("switch")?;
    let of_switch = part(switch);
    let seconds = 2.0 * FAILURES * (up + down) / 40.0;
    let text = format!(
        "{}{}{}{}{}\
         [workloads.cash.transaction]\narrivals = {{ poisson = {{ rate = \"{} /s\" }} }}\n\
         mix = {{ balance = 1.0 }}\nforeign = {foreign}\nbalance = \"100 EUR\"\namount = \"10 EUR\"\n\
         timeout = \"10 ms\"\n\
         [workloads.cash.transaction.banks.north]\nmachines = \"client\"\naccounts = 10\n\
         [workloads.cash.transaction.banks.south]\naccounts = 10\n\
         [architectures.a.federated]\nservers = {{ north = \"north\", south = \"south\" }}\n\
         switch = \"between\"\npassing_work = \"0 s\"\n{lossy}\
         [[faults]]\ncrash = {{ nodes = \"between\", every = {}, lasts = {} }}\n",
        begin(seconds, 20),
        access("client", 1, ""),
        access("north", 1, &sessions(up, down)),
        access("south", 1, &sessions(up, down)),
        access("between", 1, &of_switch),
        1e6 / 20.0 / seconds,
        exponential(up),
        exponential(down)
    );
    let by_hand = net * server * (1.0 - foreign + foreign * switch * server);
    found("federated", share_answered(&text)?, by_hand)?;

    // The router of the workgroup, which asks the server.
    let router = case.number("router")?;
    let seconds = FAILURES / 50.0 * (up + down);
    let text = format!(
        "{}{}{}{}[[architectures.a.multi-tier.tiers]]\nservers = \"router\"\n\
         [[architectures.a.multi-tier.tiers]]\nservers = \"server\"\n",
        begin(seconds, 1),
        access("router", 50, &part(router)),
        access("server", 50, &sessions(up, down)),
        asking(1e6, seconds)
    );
    found("workgroup_router", share_answered(&text)?, server * router)?;
    Ok(findings)
}
