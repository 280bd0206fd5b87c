//! Numbers that others have computed: formulas, exact allocations, statistics.
//!
//! Every file of `tests/validation` (or of the folder that `HUBMESH_VALIDATION` names) holds cases;
//! a case names its model, and every key of its `expect` is compared with what hubmesh finds. All
//! that is wrong is said at once.

#[path = "validation/availability.rs"]
mod availability;
#[path = "validation/balancing.rs"]
mod balancing;
#[path = "validation/caching.rs"]
mod caching;
#[path = "validation/coverage.rs"]
mod coverage;
#[path = "validation/kademlia.rs"]
mod kademlia;
#[path = "validation/paths.rs"]
mod paths;
#[path = "validation/percolation.rs"]
mod percolation;
#[path = "validation/processor_sharing.rs"]
mod processor_sharing;
#[path = "validation/rings.rs"]
mod rings;
#[path = "validation/searches.rs"]
mod searches;
#[path = "validation/stations.rs"]
mod stations;
#[path = "validation/tiers.rs"]
mod tiers;
#[path = "validation/voice.rs"]
mod voice;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use hubmesh::engine::Control;
use hubmesh::metrics::RunRecord;
use hubmesh::network::{
    FlowDemand, FlowId, LinkId, Sharing, mathis_window, max_min_rates, padhye, window_limit,
};
use hubmesh::random::Popularity;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{
    Distribution, Estimate, Study, Summary, adjusted_half_width, batch_means, correlation,
    distribution_bound, gini, jain_index, max_over_mean, metric_index, mser5, nearest_rank,
    paired_difference, student_t_quantile, summarise, welch_half_width,
};
use hubmesh::units::{Bytes, Duration, Rate, Time};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use processor_sharing::{Load, Source, measure};

/// Models of the validation cases that nothing here computes yet, and why.
const LATER: &[(&str, &[&str])] = &[
    ("there are no such overlays", &["pastry_full", "can_torus"]),
    ("there are no conferences", &["conference_load"]),
    ("the swarm knows no rounds and no global view", &["slotted_swarm"]),
    ("needs arrivals of ever new nodes, and measured effectiveness", &["qiu_srikant"]),
    (
        "how long a run must be for a precision, which hubmesh finds out by running",
        &["quantile_run_length"],
    ),
];

/// Keys of a model that hubmesh does not compute, and why.
const NOT_COMPUTED: &[(&str, &[&str], &str)] = &[
    ("mg1_fcfs", &["var_Wq"], "no length is known at which it is within a tolerance"),
    (
        "architectures",
        &["hybrid_2_trackers"],
        "a swarm has one tracker, and a directory is one node",
    ),
    (
        "e_model",
        &["Ie_cole2001", "R_cole2001_94.2"],
        "calls are rated by G.107; of the form of 2001 only the delay is kept for comparison",
    ),
    ("tcp_throughput", &["pftk_full"], "hubmesh computes with its approximation"),
    ("balls_two_choices", &["se"], THEIR_ERROR),
    ("chord_full_ring", &["pdf"], "the ring's own test computes it for every key and is exact"),
    ("chord_random_ids", &["se_r1", "se_r"], THEIR_ERROR),
    ("chord_random_ids", &["half_log2", "paper_formula"], "estimates, by how much is in the case"),
    ("chord_simultaneous_failure", &["hops_se", "timeouts_se"], THEIR_ERROR),
    (
        "chord_simultaneous_failure",
        &["timeouts", "failed_lookups", "published_hops", "published_timeouts"],
        "held to the band of the case, or from memory",
    ),
    ("flood_random_regular", &["se_reach"], THEIR_ERROR),
    ("random_walk_search", &["simulated", "se"], "what the reference has found by chance"),
    ("kademlia_parallel", &["se_rounds"], THEIR_ERROR),
    ("kademlia_random_ids", &["se"], THEIR_ERROR),
    ("ring_virtual_nodes", &["se"], THEIR_ERROR),
    ("supermarket_finite_n", &["se_n10", "se_n100", "se_n1000"], THEIR_ERROR),
];

const THEIR_ERROR: &str = "the standard error of the reference";

/// Long cases run for a part of their length and are accepted at another tolerance (acceptance
/// rules, 2), unless this environment variable asks for all of it.
const FULL_LENGTH: &str = "HUBMESH_FULL_LENGTH";
const QUICK_PART: usize = 25;
const QUICK_TOLERANCE: f64 = 0.1;
/// Customers that take no longer than a few seconds.
const SHORT: usize = 4_000_000;

/// Probabilities below are of rare events, which are accepted at another tolerance (acceptance
/// rules, 4).
const RARE: f64 = 0.05;
const RARE_TOLERANCE: f64 = 0.1;

/// Of makespans under client-server: completions are whole nanoseconds, nothing else is rounded.
const SIMULATED_TOLERANCE: f64 = 1e-3;
/// What a simulated makespan may fall below a bound, by rounding.
const BOUND_TOLERANCE: f64 = 1e-9;
/// Acceptance for a swarm of equal peers with d >= 4 u: makespan over bound, upload utilisation.
const SWARM_SLOWDOWN: f64 = 1.35;
const SWARM_UTILISATION: f64 = 0.85;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    model: String,
    params: Map<String, Value>,
    expect: Map<String, Value>,
    tolerance: Tolerance,
    #[serde(default)]
    run: Map<String, Value>,
}

#[derive(Deserialize)]
struct Tolerance {
    kind: String,
    value: Option<f64>,
}

impl Tolerance {
    fn relative(value: f64) -> Tolerance {
        Tolerance { kind: "rel".to_owned(), value: Some(value) }
    }
}

/// What hubmesh says about a case.
#[derive(Default)]
struct Findings {
    /// Key of `expect`, how it was found, value.
    values: Vec<(String, &'static str, Value)>,
    /// Key of `expect`, how it was found, and the relative tolerance instead of that of the case.
    tolerances: Vec<(String, &'static str, f64)>,
    /// What is wrong beyond the keys of `expect`.
    violations: Vec<String>,
}

/// How many customers a case runs.
#[derive(Clone, Copy)]
struct Length {
    count: usize,
    is_quick: bool,
}

impl Length {
    /// A value held to `tolerance`, or to that of quick runs.
    fn judge(
        self,
        findings: &mut Findings,
        key: &str,
        how: &'static str,
        value: f64,
        tolerance: f64,
    ) {
        let tolerance = if self.is_quick { tolerance.max(QUICK_TOLERANCE) } else { tolerance };
        findings.within(key, how, value, tolerance);
    }
}

impl Findings {
    fn value(&mut self, key: impl Into<String>, how: &'static str, value: impl Into<Value>) {
        self.values.push((key.into(), how, value.into()));
    }

    /// Held to a relative tolerance of its own.
    fn within(&mut self, key: impl Into<String>, how: &'static str, value: f64, tolerance: f64) {
        let key = key.into();
        self.tolerances.push((key.clone(), how, tolerance));
        self.value(key, how, value);
    }

    fn require(&mut self, holds: bool, claim: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(claim());
        }
    }

    fn at_least(&mut self, what: &str, found: f64, bound: f64) {
        self.require(found >= bound * (1.0 - BOUND_TOLERANCE), || {
            format!("{what}: expected at least {bound}, found {found}")
        });
    }

    fn close(&mut self, what: &str, found: f64, expected: f64, relative_tolerance: f64) {
        self.require((found - expected).abs() <= relative_tolerance * expected.abs(), || {
            format!("{what}: expected {expected}, found {found}, tolerance {relative_tolerance}")
        });
    }
}

type Checked<T> = Result<T, String>;

impl Case {
    fn param(&self, key: &str) -> Checked<&Value> {
        self.params.get(key).ok_or_else(|| format!("params.{key} is missing"))
    }

    fn number(&self, key: &str) -> Checked<f64> {
        self.param(key)?.as_f64().ok_or_else(|| format!("params.{key} is no number"))
    }

    fn count(&self, key: &str) -> Checked<u64> {
        self.param(key)?.as_u64().ok_or_else(|| format!("params.{key} is no count"))
    }

    fn read<T: for<'de> Deserialize<'de>>(&self, key: &str) -> Checked<T> {
        T::deserialize(self.param(key)?).map_err(|error| format!("params.{key}: {error}"))
    }

    /// As many as `run` says.
    fn full_length(&self, key: &str) -> Checked<usize> {
        let full = self.run.get(key).and_then(Value::as_u64);
        Ok(full.ok_or_else(|| format!("run.{key} is no count"))? as usize)
    }

    /// As many as `run` says, or a part of them.
    fn length_of(&self, key: &str) -> Checked<Length> {
        self.full_length(key).map(|full| self.length_by(full))
    }

    /// So many, or a part of them.
    fn length_by(&self, full: usize) -> Length {
        let is_quick = full > SHORT && std::env::var_os(FULL_LENGTH).is_none();
        Length { count: if is_quick { full / QUICK_PART } else { full }, is_quick }
    }

    fn expected(&self, key: &str) -> Checked<f64> {
        let value = self.expect.get(key).and_then(Value::as_f64);
        value.ok_or_else(|| format!("expect.{key} is no number"))
    }

    /// The number behind `prefix` in each key of `expect`.
    fn numbered_keys(&self, prefix: &str) -> Checked<Vec<(String, f64)>> {
        let number = |key: &String| {
            let number = key.strip_prefix(prefix).and_then(|rest| rest.parse().ok());
            number.map(|number| (key.clone(), number)).ok_or_else(|| format!("what is {key}?"))
        };
        self.expect.keys().map(number).collect()
    }
}

#[test]
fn hubmesh_finds_the_numbers_that_others_have_computed() {
    let cases = cases();
    assert!(!cases.is_empty(), "{} holds no cases", folder().display());
    let lines: Vec<Line> = cases.par_iter().map(line).collect();
    let mut failures = Vec::new();
    let (mut modelled, mut compared, mut later) = (0, 0, 0);
    for line in lines {
        match line {
            Line::Later(why) => {
                later += 1;
                println!("not modelled: {why}");
            }
            Line::Checked { keys, not_computed, failures: found } => {
                modelled += 1;
                compared += keys;
                not_computed.iter().for_each(|why| println!("not computed: {why}"));
                failures.extend(found);
            }
        }
    }
    println!("{modelled} cases with {compared} keys compared, {later} cases not modelled");
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// What there is to say about a case.
enum Line {
    Later(String),
    Checked { keys: usize, not_computed: Vec<String>, failures: Vec<String> },
}

fn line(case: &Case) -> Line {
    let name = format!("{} ({})", case.id, case.model);
    let findings = match case.model.as_str() {
        "kurose_ross" => kurose_ross(case),
        "kumar_ross" => kumar_ross(case),
        "mundinger_rounds" => mundinger_rounds(case),
        "maxmin" => maxmin(case),
        "fluid_schedule" => fluid_schedule(case),
        "t_quantile_975" => t_quantile(case, 0.975),
        "t_quantile_995" => t_quantile(case, 0.995),
        "ci_replications" => ci_replications(case),
        "paired_difference_crn" => paired_difference_crn(case),
        "mser5" => truncation(case),
        "batch_means" => batches(case),
        "relative_half_width_adjustment" => half_width_adjustment(case),
        "nearest_rank_quantile" => nearest_rank_quantile(case),
        "fairness_indices" => fairness_indices(case),
        "mm1_asymptotic_variance" => coverage::asymptotic_variance(case),
        "tcp_throughput" => tcp_throughput(case),
        "window_limit" => window_cap(case),
        "zipf_mass" => zipf_mass(case),
        "mg1_ps_capped" => mg1_ps_capped(case),
        "finite_source_ps" => finite_source_ps(case),
        "coverage_band" => coverage::band(case),
        "coverage_negative_control" => coverage::negative_control(case),
        "single" => availability::single(case),
        "k_of_n" => availability::k_of_n(case),
        "repairable_k_of_n" => availability::repairable(case),
        "replicas_for_target" => availability::replicas(case),
        "session_weibull" => availability::session(case),
        "point_availability" => availability::point(case),
        "alternating_renewal" => availability::alternating(case),
        "architectures" => availability::architectures(case),
        "e_model" => voice::e_model(case),
        "fixed_jitter_buffer" => voice::jitter_buffer(case),
        "call_bandwidth" => voice::bandwidth(case),
        "mmc" => stations::mmc(case),
        "mmck" => stations::mmck(case),
        "erlang_b" => stations::erlang(case),
        "erlang_b_dimension" => stations::erlang_dimension(case),
        "mg1_fcfs" => stations::mg1(case),
        "md1_wait_cdf" => stations::md1(case),
        "priority_nonpreemptive" => stations::priority(case),
        "engset" => stations::engset(case),
        "mginf" => stations::mginf(case),
        "balls_one_choice" => balancing::balls(case, 1),
        "balls_two_choices" => balancing::balls(case, 2),
        "ring_no_virtual" => balancing::ring_no_virtual(case),
        "ring_virtual_nodes" => balancing::ring_virtual_nodes(case),
        "keys_per_node" => balancing::keys_per_node(case),
        "supermarket_jsq_d" => balancing::supermarket_limit(case),
        "supermarket_finite_n" => balancing::supermarket_finite(case),
        "lru_zipf" => caching::lru_zipf(case),
        "chord_full_ring" => rings::full(case),
        "flood_random_regular" => searches::random_regular(case),
        "flood_exact_graphs" => searches::exact_graphs(),
        "flood_tree_bound" => searches::tree(case),
        "probe_success" => searches::probes(case),
        "expected_search_size" => searches::search_size(case),
        "random_walk_search" => searches::walk(case),
        "chord_random_ids" => rings::random(case),
        "successor_list_loss" => rings::lists_lost(case),
        "kademlia_full_space" => kademlia::full(case),
        "kademlia_random_ids" => kademlia::random(case),
        "kademlia_parallel" => kademlia::parallel(case),
        "chord_simultaneous_failure" => rings::after_failures(case),
        "giant_er_random" => percolation::erdos_renyi_random(case),
        "giant_er_attack_static" => percolation::erdos_renyi_attack(case),
        "giant_regular_random" => percolation::regular_random(case),
        "attack_adaptive_threshold" => percolation::adaptive_attack(case),
        "ba2_static_attack" => percolation::barabasi_albert_removal(case, true),
        "ba2_random_removal" => percolation::barabasi_albert_removal(case, false),
        "powerlaw_config" => percolation::power_law(case),
        "jackson" => tiers::jackson(case),
        "mva_closed" => tiers::mva_closed(case),
        "finite_source_mmc" => tiers::finite_source(case),
        model => match LATER.iter().find(|(_, models)| models.contains(&model)) {
            Some((reason, _)) => return Line::Later(format!("{name}: {reason}")),
            None => Err("this model is neither modelled nor among those of later".to_owned()),
        },
    };
    match findings {
        Err(error) => {
            let failures = vec![format!("{name}: {error}")];
            Line::Checked { keys: 0, not_computed: Vec::new(), failures }
        }
        Ok(findings) => compare(case, &name, &findings),
    }
}

fn compare(case: &Case, name: &str, findings: &Findings) -> Line {
    let mut not_computed = Vec::new();
    let mut failures: Vec<String> =
        findings.violations.iter().map(|violation| format!("{name}: {violation}")).collect();
    let mut keys = 0;
    for (key, expected) in &case.expect {
        if key == "P_shared" && expected.as_f64().is_some_and(|share| share < RARE) {
            // Held to the rule for rare events where it is found.
            continue;
        }
        let left_out = NOT_COMPUTED
            .iter()
            .find(|(model, keys, _)| *model == case.model && keys.contains(&key.as_str()));
        if let Some((_, _, reason)) = left_out {
            not_computed.push(format!("{name}, {key}: {reason}"));
            continue;
        }
        keys += 1;
        let mut is_found = false;
        for (_, how, found) in findings.values.iter().filter(|(found, ..)| found == key) {
            is_found = true;
            let own = findings.tolerances.iter().find(|(own, by, _)| own == key && by == how);
            let own = own.map(|&(_, _, value)| Tolerance::relative(value));
            if let Err(error) = equal(found, expected, own.as_ref().unwrap_or(&case.tolerance)) {
                failures.push(format!("{name}, {key} by {how}: {error}"));
            }
        }
        if !is_found {
            failures.push(format!("{name}, {key}: expected {expected}, found nothing"));
        }
    }
    Line::Checked { keys, not_computed, failures }
}

fn equal(found: &Value, expected: &Value, tolerance: &Tolerance) -> Checked<()> {
    if let (Value::Array(found), Value::Array(expected)) = (found, expected) {
        if found.len() != expected.len() {
            return Err(format!("expected {} entries, found {}", expected.len(), found.len()));
        }
        for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
            equal(found, expected, tolerance).map_err(|error| format!("[{index}] {error}"))?;
        }
        return Ok(());
    }
    if let (Value::Object(found), Value::Object(expected)) = (found, expected) {
        for (key, expected) in expected {
            let found = found.get(key).ok_or_else(|| format!("{key} is not found"))?;
            equal(found, expected, tolerance).map_err(|error| format!("{key}: {error}"))?;
        }
        return Ok(());
    }
    let wrong = || format!("expected {expected}, found {found}");
    let (x, y) = number(found).zip(number(expected)).ok_or_else(wrong)?;
    let value = tolerance.value.ok_or("the tolerance has no value")?;
    let allowed = match tolerance.kind.as_str() {
        "rel" if y != 0.0 => value * y.abs(),
        "rel" | "abs" => value,
        kind => return Err(format!("no check for a tolerance of kind {kind:?}")),
    };
    if (x - y).abs() <= allowed { Ok(()) } else { Err(format!("{}, allowed {allowed}", wrong())) }
}

/// A number, or a fraction as "50/3".
fn number(value: &Value) -> Option<f64> {
    let Value::String(text) = value else {
        return value.as_f64();
    };
    let (above, below) = text.split_once('/').unwrap_or((text, "1"));
    Some(above.parse::<f64>().ok()? / below.parse::<f64>().ok()?)
}

fn folder() -> PathBuf {
    std::env::var_os("HUBMESH_VALIDATION").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validation"),
        PathBuf::from,
    )
}

/// Of all files, in the order of their names; a file without `cases` holds none.
fn cases() -> Vec<Case> {
    let folder = folder();
    let entries = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let read = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        let read: Result<File, _> = serde_json::from_str(&text);
        read.unwrap_or_else(|error| panic!("{}: {error}", file.display())).cases
    };
    files.iter().flat_map(read).collect()
}

// Distribution of a file.

/// Nodes of one kind; rates in bit/s.
struct Group {
    name: String,
    count: u64,
    up: f64,
    down: f64,
}

const CLIENT_SERVER: usize = 0;
const SWARM: usize = 1;

/// A file that everybody who has not got it wants at 0 s.
struct FileForAll {
    seeds: Vec<Group>,
    peers: Vec<Group>,
    size: Bytes,
    /// `None`: only client-server is run.
    piece_size: Option<Bytes>,
}

impl FileForAll {
    fn run(&self) -> Checked<Simulated> {
        let names = |groups: &[Group]| {
            let quoted: Vec<String> =
                groups.iter().map(|group| format!("{:?}", group.name)).collect();
            format!("[{}]", quoted.join(", "))
        };
        let (seeds, peers) = (names(&self.seeds), names(&self.peers));
        let mut text = "title = \"One file for all\"\n\
             run = { until = \"done\", replications = 1 }\n"
            .to_owned();
        for group in self.seeds.iter().chain(&self.peers) {
            let Group { name, count, up, down } = group;
            let _ = writeln!(
                text,
                "nodes.{name} = {{ count = {count}, up = \"{up} bit/s\", down = \"{down} bit/s\" }}"
            );
        }
        let size = self.size.count();
        let _ = write!(
            text,
            "network.transport = \"ideal\"\n\
             [workloads.file.download]\n\
             from = {peers}\n\
             arrivals = {{ burst = {{ over = \"0 s\" }} }}\n\
             catalogue = {{ size = \"{size} B\" }}\n\
             [architectures.server.client-server]\n\
             servers = {seeds}\n\
             balance = \"round-robin\"\n"
        );
        if let Some(piece_size) = self.piece_size {
            let piece_size = piece_size.count();
            let _ = write!(
                text,
                "[architectures.swarm.bittorrent]\nseeds = {seeds}\npiece_size = \"{piece_size} B\"\n"
            );
        }
        let mut scenario = Scenario::parse("validation.toml", &text, Path::new("."), &[])
            .map_err(|error| format!("no scenario: {error}"))?;
        scenario.keep_requests()?;
        let study = run(&scenario, &Control::default(), |_| {}).study;
        let summary = summarise(&study);
        Ok(Simulated { study, summary })
    }
}

struct Simulated {
    study: Study,
    summary: Summary,
}

impl Simulated {
    fn metric(&self, architecture: usize, name: &str) -> Checked<f64> {
        let index = metric_index(name).ok_or_else(|| format!("there is no metric {name}"))?;
        let row = self.summary.pooled(architecture, index);
        let estimate = row.and_then(|row| row.estimate);
        let estimate = estimate.ok_or_else(|| format!("{name} of {architecture} is undefined"))?;
        Ok(estimate.mean)
    }

    fn record(&self, architecture: usize) -> Checked<&RunRecord> {
        let run = self.study.runs_of(architecture).next();
        Ok(&run.ok_or_else(|| format!("architecture {architecture} has not run"))?.record)
    }
}

fn kurose_ross(case: &Case) -> Checked<Findings> {
    let (size, server_up) = (case.number("F")?, case.number("us")?);
    let (down, up, count) = (case.number("d")?, case.number("u")?, case.count("N")?);
    let mut findings = Findings::default();
    let mut distribution = Distribution {
        distinct: size,
        server_up,
        wanted_and_down: vec![(size, down); count as usize],
        receivers_up: 0.0,
    };
    findings.value("D_cs", "distribution_bound", distribution_bound(&distribution));
    distribution.receivers_up = count as f64 * up;
    findings.value("D_p2p", "distribution_bound", distribution_bound(&distribution));

    // A swarm of a thousand is a matter of minutes; three uplinks show what there is to see.
    let has_swarm = count <= 100 && [3e5, 7e5, 2e6].contains(&up);
    let simulated = FileForAll {
        seeds: vec![Group { name: "server".to_owned(), count: 1, up: server_up, down: server_up }],
        peers: vec![Group { name: "peer".to_owned(), count, up, down }],
        size: bytes_of(size)?,
        piece_size: has_swarm.then_some(Bytes::new(4 << 20)),
    }
    .run()?;
    let bound = case.expected("D_cs")?;
    let makespan = simulated.metric(CLIENT_SERVER, "makespan")?;
    findings.close("client-server makespan", makespan, bound, SIMULATED_TOLERANCE);
    findings.at_least("client-server makespan", makespan, bound);
    findings.value("D_cs", "makespan_bound", simulated.metric(CLIENT_SERVER, "makespan_bound")?);
    if has_swarm {
        let bound = case.expected("D_p2p")?;
        let makespan = simulated.metric(SWARM, "makespan")?;
        findings.value("D_p2p", "makespan_bound", simulated.metric(SWARM, "makespan_bound")?);
        findings.at_least("swarm makespan", makespan, bound);
        println!("{}: swarm makespan {:.4} of the bound", case.id, makespan / bound);
        if count == 100 && down >= 4.0 * up {
            findings.require(makespan <= SWARM_SLOWDOWN * bound, || {
                format!(
                    "swarm makespan: expected at most {SWARM_SLOWDOWN} x {bound}, found {makespan}"
                )
            });
            let utilisation =
                swarm_utilisation(simulated.record(SWARM)?, size, server_up, count as f64 * up)?;
            println!("{}: upload utilisation {utilisation:.4}", case.id);
            findings.require(utilisation >= SWARM_UTILISATION, || {
                format!(
                    "upload utilisation: expected at least {SWARM_UTILISATION}, found {utilisation}"
                )
            });
        }
    }
    Ok(findings)
}

/// Useful bits over what all uplinks could carry, from the first full replica to the first
/// completion.
///
/// When the first full replica has left the server is no metric: F / u_s is when it can have at
/// the earliest, and twice as long gives each piece a second chance. Bits that turned out useless
/// are not counted, so this is no more than the utilisation of the uplinks.
fn swarm_utilisation(record: &RunRecord, size: f64, server_up: f64, peers_up: f64) -> Checked<f64> {
    let first_answer = record.requests.iter().filter_map(|request| request.ended).min();
    let to = first_answer.ok_or("nobody was answered")?.secs().floor() as usize;
    let from = (2.0 * size / server_up).ceil() as usize;
    let seconds = record.series.rebinned(Duration::from_whole_secs(1), to);
    let window = seconds.get(from..to).filter(|window| !window.is_empty());
    let window = window.ok_or_else(|| format!("no time between {from} s and {to} s"))?;
    let goodput = window.iter().map(|(bits, _)| bits).sum::<f64>() / window.len() as f64;
    Ok(goodput / (server_up + peers_up))
}

fn kumar_ross(case: &Case) -> Checked<Findings> {
    let size = case.number("F")?;
    let seeds_up: Vec<f64> = case.read("seeds_u")?;
    let (ups, downs): (Vec<f64>, Vec<f64>) = (case.read("leech_u")?, case.read("leech_d")?);
    let mut findings = Findings::default();
    let mut distribution = Distribution {
        distinct: size,
        server_up: seeds_up.iter().sum(),
        wanted_and_down: downs.iter().map(|&down| (size, down)).collect(),
        receivers_up: 0.0,
    };
    findings.value("T_cs_seeds_only", "distribution_bound", distribution_bound(&distribution));
    distribution.receivers_up = ups.iter().sum();
    findings.value("T_min", "distribution_bound", distribution_bound(&distribution));

    let group = |name: String, up, down| Group { name, count: 1, up, down };
    let seeds = seeds_up.iter().enumerate();
    let peers = ups.iter().zip(&downs).enumerate();
    let simulated = FileForAll {
        seeds: seeds.map(|(index, &up)| group(format!("seed-{index}"), up, up)).collect(),
        peers: peers
            .map(|(index, (&up, &down))| group(format!("peer-{index}"), up, down))
            .collect(),
        size: bytes_of(size)?,
        piece_size: Some(Bytes::new(1 << 20)),
    }
    .run()?;
    let bound = case.expected("T_cs_seeds_only")?;
    let makespan = simulated.metric(CLIENT_SERVER, "makespan")?;
    findings.at_least("client-server makespan", makespan, bound);
    if seeds_up.len() == 1 {
        // With several, a client keeps to one of them, and the bound need not be reached.
        findings.close("client-server makespan", makespan, bound, SIMULATED_TOLERANCE);
    }
    findings.value(
        "T_cs_seeds_only",
        "makespan_bound",
        simulated.metric(CLIENT_SERVER, "makespan_bound")?,
    );
    findings.value("T_min", "makespan_bound", simulated.metric(SWARM, "makespan_bound")?);
    let makespan = simulated.metric(SWARM, "makespan")?;
    findings.at_least("swarm makespan", makespan, case.expected("T_min")?);
    println!("{}: swarm makespan {makespan:.1} s", case.id);
    Ok(findings)
}

fn mundinger_rounds(case: &Case) -> Checked<Findings> {
    let (count, parts) = (case.count("N")?, case.count("M")?);
    let mut findings = Findings::default();
    // The optimum of rounds is a formula of nobody's program; it is only held against the text:
    // M + floor(log2 N) rounds of 1 / M file times.
    let rounds = parts + u64::from(count.ilog2());
    findings.value("rounds", "M + floor(log2 N)", rounds);
    findings.value("makespan_in_file_times", "rounds / M", rounds as f64 / parts as f64);

    // Any capacity does; a part takes 10 s, so that the swarm is not ruled by its 10 s rounds.
    let part = Bytes::new(4 << 20);
    let capacity = part.bits() / 10.0;
    let size = Bytes::new(part.count() * parts);
    let simulated = FileForAll {
        seeds: vec![Group { name: "source".to_owned(), count: 1, up: capacity, down: capacity }],
        peers: vec![Group { name: "peer".to_owned(), count, up: capacity, down: capacity }],
        size,
        piece_size: Some(part),
    }
    .run()?;
    let file_time = size.bits() / capacity;
    let makespan = simulated.metric(SWARM, "makespan")?;
    // What holds for any fluid: max(F / u, N F / ((N + 1) u)), one file time.
    findings.at_least("swarm makespan over the fluid bound", makespan, file_time);
    findings.close(
        "fluid bound",
        simulated.metric(SWARM, "makespan_bound")?,
        file_time,
        BOUND_TOLERANCE,
    );
    // And the optimum of rounds is a bound too, although uplinks are shared here: the source
    // needs a file time until of every part there is a copy; a copy comes whole from one node at
    // no more than its capacity, so that the holders of the last part at best double every 1 / M
    // of a file time, and N + 1 must hold it.
    let optimum = case.expected("makespan_in_file_times")?;
    findings.at_least("swarm makespan in file times", makespan / file_time, optimum);
    println!("{}: swarm {:.3} file times, optimum {optimum}", case.id, makespan / file_time);
    Ok(findings)
}

fn bytes_of(bits: f64) -> Checked<Bytes> {
    let bytes = bits / 8.0;
    if bytes.fract() == 0.0 {
        Ok(Bytes::new(bytes as u64))
    } else {
        Err(format!("{bits} bit are no whole bytes"))
    }
}

// Max-min fair sharing.

#[derive(Deserialize)]
struct FlowCase {
    path: Vec<String>,
    #[serde(default = "one")]
    weight: f64,
    cap: Option<f64>,
    #[serde(default)]
    start: f64,
    #[serde(default)]
    size: f64,
}

fn one() -> f64 {
    1.0
}

/// Capacities by link, and flows with the paths that they take.
struct Network {
    capacities: Vec<f64>,
    flows: Vec<(FlowCase, Vec<LinkId>)>,
}

/// A unit of rate of the cases in bit/s.
const RATE_UNIT: f64 = 8e6;
/// A unit of time of the cases in seconds. Dates are whole nanoseconds, rounded up at every
/// completion: in this unit that is 1e-12.
const TIME_UNIT_S: f64 = 1e3;

impl Network {
    fn of(case: &Case) -> Checked<Network> {
        let links: Map<String, Value> = case.read("links")?;
        let names: Vec<&String> = links.keys().collect();
        let flows: Vec<FlowCase> = case.read("flows")?;
        let mut resolved = Vec::new();
        for flow in flows {
            let link = |name: &String| {
                let index = names.iter().position(|known| *known == name);
                let index = index.ok_or_else(|| format!("there is no link {name}"))?;
                Ok(LinkId(index as u32))
            };
            let path: Checked<Vec<LinkId>> = flow.path.iter().map(link).collect();
            resolved.push((flow, path?));
        }
        let capacity = |value: &Value| value.as_f64().ok_or("a capacity is no number".to_owned());
        let capacities: Checked<Vec<f64>> = links.values().map(capacity).collect();
        Ok(Network { capacities: capacities?, flows: resolved })
    }

    fn sharing(&self) -> Sharing {
        let rate = |&capacity: &f64| Rate::from_bits_per_second(capacity * RATE_UNIT);
        Sharing::new(self.capacities.iter().map(rate))
    }

    fn start(&self, sharing: &mut Sharing, now: Time, flow: usize, size: Bytes) -> FlowId {
        let (flow, path) = &self.flows[flow];
        let cap = flow.cap.map_or(f64::INFINITY, |cap| cap * RATE_UNIT);
        sharing.start(now, path, size, flow.weight, Rate::from_bits_per_second(cap))
    }
}

fn maxmin(case: &Case) -> Checked<Findings> {
    let network = Network::of(case)?;
    let demand = |(flow, path): &'_ (FlowCase, Vec<LinkId>)| {
        (path.clone(), flow.weight, flow.cap.unwrap_or(f64::INFINITY))
    };
    let demands: Vec<(Vec<LinkId>, f64, f64)> = network.flows.iter().map(demand).collect();
    let demands: Vec<FlowDemand<'_>> = demands
        .iter()
        .map(|(path, weight, cap)| FlowDemand { path, weight: *weight, cap: *cap })
        .collect();
    let oracle = max_min_rates(&network.capacities, &demands);

    let mut sharing = network.sharing();
    let flows: Vec<FlowId> = (0..network.flows.len())
        .map(|flow| network.start(&mut sharing, Time::ZERO, flow, Bytes::new(1_000_000)))
        .collect();
    sharing.settle(Time::ZERO);
    let shared: Vec<f64> =
        flows.iter().map(|&flow| sharing.rate(flow).bits_per_second() / RATE_UNIT).collect();

    let mut findings = Findings::default();
    for key in ["rates", "rates_exact"] {
        findings.value(key, "max_min_rates", oracle.clone());
        findings.value(key, "Sharing", shared.clone());
    }
    Ok(findings)
}

fn fluid_schedule(case: &Case) -> Checked<Findings> {
    let network = Network::of(case)?;
    let mut sharing = network.sharing();
    let starts: Vec<Time> =
        network.flows.iter().map(|(flow, _)| Time::from_secs(flow.start * TIME_UNIT_S)).collect();
    let mut under_way: Vec<Option<FlowId>> = vec![None; network.flows.len()];
    let mut completions = vec![Value::Null; network.flows.len()];
    let mut finished = Vec::new();
    let mut next_start = starts.iter().copied().min().unwrap_or(Time::NEVER);
    loop {
        let now = sharing.next_finish().min(next_start);
        if now == Time::NEVER {
            break;
        }
        sharing.take_finished(now, &mut finished);
        for &id in &finished {
            let flow = under_way.iter().position(|&other| other == Some(id));
            let flow = flow.ok_or("a flow finishes that has not started")?;
            under_way[flow] = None;
            completions[flow] = json!(now.secs() / TIME_UNIT_S);
            sharing.remove(now, id);
        }
        for flow in (0..starts.len()).filter(|&flow| starts[flow] == now) {
            let bits = network.flows[flow].0.size * RATE_UNIT * TIME_UNIT_S;
            let id = network.start(&mut sharing, now, flow, bytes_of(bits)?);
            under_way[flow] = Some(id);
        }
        next_start = starts.iter().copied().filter(|&at| at > now).min().unwrap_or(Time::NEVER);
        sharing.settle(now);
    }
    let mut findings = Findings::default();
    for key in ["completion", "completion_exact"] {
        findings.value(key, "Sharing", completions.clone());
    }
    Ok(findings)
}

// Statistics.

fn mg1_ps_capped(case: &Case) -> Checked<Findings> {
    let (lam, mean_bits) = (case.number("lam")?, case.number("mean_bits")?);
    let (capacity, cap) = (case.number("C")?, case.number("cap")?);
    let source = Source::Open(lam);
    // The length of the case is that of means; rare events need more.
    let shared = case.expected("P_shared")?;
    let count = case.full_length("n_95_1pct")? * if shared < RARE { 4 } else { 1 };
    let measured = measure(&Load { source, mean_bits, capacity, cap, count });
    let mut findings = Findings::default();
    let how = "flows on a link";
    findings.value("rho", how, measured.utilisation);
    findings.value("EN", how, measured.mean_count);
    findings.value("ET", how, measured.mean_time);
    findings.value("T_per_bit", how, measured.mean_time / mean_bits);
    findings.value("mean_flow_rate", how, mean_bits / measured.mean_time);
    findings.value("slowdown", how, measured.mean_time * cap / mean_bits);
    if shared < RARE {
        findings.close("P_shared", measured.shared, shared, RARE_TOLERANCE);
    } else {
        findings.value("P_shared", how, measured.shared);
    }
    Ok(findings)
}

fn finite_source_ps(case: &Case) -> Checked<Findings> {
    let source = Source::Closed(case.count("N")? as usize, case.number("think")?);
    let (mean_bits, capacity) = (case.number("mean_bits")?, case.number("C")?);
    let load = Load {
        source,
        mean_bits,
        capacity,
        cap: case.number("cap")?,
        count: case.full_length("n_95_1pct")?,
    };
    let measured = measure(&load);
    let mut findings = Findings::default();
    let how = "flows of a closed group";
    findings.value("X", how, measured.throughput);
    findings.value("R", how, measured.mean_time);
    findings.value("L", how, measured.mean_count);
    findings.value("link_util", how, measured.utilisation);
    Ok(findings)
}

fn t_quantile(case: &Case, probability: f64) -> Checked<Findings> {
    let mut findings = Findings::default();
    for (key, freedom) in case.numbered_keys("df")? {
        findings.value(key, "student_t_quantile", student_t_quantile(probability, freedom));
    }
    Ok(findings)
}

fn ci_replications(case: &Case) -> Checked<Findings> {
    let sample: Vec<f64> = case.read("x")?;
    of_estimate(Estimate::of(&sample))
}

fn paired_difference_crn(case: &Case) -> Checked<Findings> {
    let (x, y): (Vec<f64>, Vec<f64>) = (case.read("x")?, case.read("y")?);
    let mut findings = of_estimate(paired_difference(&x, &y))?;
    let (half, freedom) = welch_half_width(&x, &y).ok_or("no interval of unpaired samples")?;
    findings.value("welch_half", "welch_half_width", half);
    findings.value("welch_df", "welch_half_width", freedom);
    findings.value("correlation", "correlation", correlation(&x, &y));
    // Of the paired difference over that of independent ones.
    let variance = |sample: &[f64]| {
        Estimate::of(sample).and_then(|estimate| estimate.deviation()).map(|s| s * s)
    };
    let differences: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - y).collect();
    let [of_x, of_y, paired] = [&x, &y, &differences].map(|sample| variance(sample));
    let ratio = of_x.zip(of_y).zip(paired).map(|((x, y), paired)| paired / (x + y));
    findings.value("paired_variance_ratio", "Estimate", ratio);
    Ok(findings)
}

fn truncation(case: &Case) -> Checked<Findings> {
    let series: Vec<f64> = case.read("x")?;
    let cut = mser5(&series).ok_or("no cut")?;
    let mut findings = Findings::default();
    findings.value("truncate_batches", "mser5", cut.values / 5);
    findings.value("truncate_observations", "mser5", cut.values);
    findings.value("statistic", "mser5", cut.statistic);
    findings.value("mean_after", "mser5", cut.mean_after);
    Ok(findings)
}

/// The series is given, or said to be a part of that of the truncation.
fn batches(case: &Case) -> Checked<Findings> {
    let series: Vec<f64> = match case.read("x") {
        Ok(series) => series,
        Err(_) => {
            let all = cases();
            let other = all.iter().find(|other| other.model == "mser5").ok_or("no series")?;
            other.read::<Vec<f64>>("x")?.split_off(100)
        }
    };
    let means = batch_means(&series, case.count("batches")? as usize).ok_or("no batches")?;
    let mut findings = of_estimate(Some(means.estimate))?;
    findings.value("lag1", "batch_means", means.lag1);
    Ok(findings)
}

fn half_width_adjustment(case: &Case) -> Checked<Findings> {
    let mut findings = Findings::default();
    for (key, gamma) in case.numbered_keys("gamma")? {
        findings.value(key, "adjusted_half_width", adjusted_half_width(gamma));
    }
    Ok(findings)
}

fn of_estimate(estimate: Option<Estimate>) -> Checked<Findings> {
    let estimate = estimate.ok_or("no estimate")?;
    let half = estimate.half_width().ok_or("no interval")?;
    let n = estimate.count as f64;
    let mut findings = Findings::default();
    findings.value("mean", "Estimate", estimate.mean);
    findings.value("half", "Estimate", half);
    // half = t s / sqrt(n)
    let sd = half * n.sqrt() / student_t_quantile(0.975, n - 1.0);
    findings.value("sd", "Estimate", sd);
    Ok(findings)
}

fn nearest_rank_quantile(case: &Case) -> Checked<Findings> {
    let mut sample: Vec<f64> = case.read("x")?;
    sample.sort_by(f64::total_cmp);
    let mut findings = Findings::default();
    for (key, percent) in case.numbered_keys("p")? {
        findings.value(key, "nearest_rank", nearest_rank(&sample, percent / 100.0));
    }
    Ok(findings)
}

fn tcp_throughput(case: &Case) -> Checked<Findings> {
    let segment = Bytes::new(case.count("mss")?);
    let (rtt, timeout) = (case.number("rtt")?, case.number("t0")?);
    let (loss, acked_together) = (case.number("p")?, case.number("b")?);
    let limit = case.number("wmax")? * segment.bits() / rtt;
    let mathis = |acked_together| segment.bits() * mathis_window(acked_together, loss) / rtt;
    let mut findings = Findings::default();
    findings.value("mathis_b1", "mathis_window", mathis(1.0));
    findings.value("mathis_b", "mathis_window", mathis(acked_together));
    let padhye = padhye(segment, rtt, timeout, acked_together, loss).min(limit);
    findings.value("pftk_simple", "padhye", padhye);
    Ok(findings)
}

fn window_cap(case: &Case) -> Checked<Findings> {
    let window = Bytes::new(case.count("wmax_bytes")?);
    let mut findings = Findings::default();
    findings.value("rate", "window_limit", window_limit(window, case.number("rtt")?));
    Ok(findings)
}

fn fairness_indices(case: &Case) -> Checked<Findings> {
    let shares: Vec<f64> = case.read("x")?;
    let mut findings = Findings::default();
    let jain = jain_index(&shares).ok_or("no index")?;
    findings.value("jain", "jain_index", jain);
    findings.value("gini", "gini", gini(&shares));
    findings.value("max_over_mean", "max_over_mean", max_over_mean(&shares));
    // Jain's index is 1 / (1 + cv^2), with the coefficient of variation of the population.
    findings.value("cv", "jain_index", (1.0 / jain - 1.0).sqrt());
    Ok(findings)
}

fn zipf_mass(case: &Case) -> Checked<Findings> {
    let popularity = Popularity::zipf(case.count("n")? as usize, case.number("s")?);
    let mut findings = Findings::default();
    for (key, count) in case.numbered_keys("top")? {
        findings.value(key, "share_of_top", popularity.share_of_top(count as usize));
    }
    Ok(findings)
}
