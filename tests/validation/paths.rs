//! Questions that go from peer to peer: the share of them that come to their end when each of those on the way
//! is up with the same probability, and nobody goes round who is not.

use std::collections::BTreeMap;
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{RequestRecord, RunRecord};
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::units::Time;

use super::Checked;

/// Lines of peers, in each of which somebody asks once.
const LINES: u32 = 20_000;
/// Rings, of so many peers each.
const RINGS: u32 = 400;
const PEERS: u32 = 1000;

fn records(text: &str) -> Checked<Vec<RunRecord>> {
    let parsed = Scenario::parse("paths.toml", text, Path::new("."), &[]);
    let mut scenario = parsed.map_err(|error| format!("no scenario: {error}\n{text}"))?;
    scenario.keep_requests()?;
    let study = run(&scenario, &Control::default(), |_| {}).study;
    Ok(study.runs.into_iter().map(|run| run.record).collect())
}

/// The share of so many, which must not be farther from what is expected than four standard errors.
fn share(answered: usize, all: usize, expected: f64, what: &str) -> Checked<f64> {
    let share = answered as f64 / all as f64;
    let error = (expected * (1.0 - expected) / all as f64).sqrt();
    match (share - expected).abs() < 4.0 * error {
        true => Ok(share),
        false => Err(format!("{share} of {all} {what}, not {expected}")),
    }
}

fn answered<'r>(requests: impl Iterator<Item = &'r RequestRecord>) -> usize {
    requests.filter(|request| request.outcome.is_answered()).count()
}

/// Somebody in the middle of a line asks who has what only the last peer on one side has: every other one of all,
/// `hops` away. It asks soon, for later on neighbours who have lost some find others.
pub fn flood(hops: u32, is_up: f64) -> Checked<f64> {
    let between = 2 * hops - 2;
    // Who goes down does so at once after the start, and the flood is over before somebody looks for others.
    let sessions = format!(
        "session = {{ choice = [[\"0.1 s\", {}], [\"1000000 s\", {is_up}]] }}, downtime = \"1000000 s\", start = \"up\"",
        1.0 - is_up
    );
    let text = format!(
        "title = \"A path\"\nseed = 11\nnetwork.transport = \"ideal\"\n\
         run = {{ until = \"done\", replications = {LINES} }}\n\
         nodes.asker = {{ count = 1, up = \"1 Gbit/s\", down = \"1 Gbit/s\" }}\n\
         nodes.between = {{ count = {between}, up = \"1 Gbit/s\", down = \"1 Gbit/s\", {sessions} }}\n\
         nodes.last = {{ count = 1, up = \"1 Gbit/s\", down = \"1 Gbit/s\", {sessions} }}\n\
         [workloads.find.lookup]\nfrom = \"asker\"\nkeys = 1\n\
         arrivals = {{ schedule = {{ times = [\"0.2 s\"] }} }}\ncopies = {{ at = \"last\" }}\n\
         [architectures.a.flooding]\npeers = [\"asker\", \"between\", \"last\"]\nttl = {hops}\n\
         overlay = {{ tree = {{ degree = 2 }} }}\npatience = \"0.5 s\"\n"
    );
    let records = records(&text)?;
    let all: Vec<&RequestRecord> = records.iter().flat_map(|record| &record.requests).collect();
    let answered = answered(all.iter().copied());
    share(answered, all.len(), is_up.powi(hops as i32), "floods come to the end of a path")
}

/// Lookups on a ring that are passed on, by those whom others had reached in so many hops before a share of all
/// went down at once. They are given up before anybody finds that the next one is dead, and asks another.
pub fn recursive_lookup(hops: u32, is_up: f64) -> Checked<f64> {
    const CRASH: u32 = 100;
    let text = format!(
        "title = \"A way on a ring\"\nseed = 11\nnetwork.transport = \"ideal\"\n\
         run = {{ until = \"done\", replications = {RINGS} }}\n\
         nodes.asker = {{ count = 2, up = \"1 Gbit/s\", down = \"1 Gbit/s\", latency = \"1 ms\" }}\n\
         nodes.peer = {{ count = {PEERS}, up = \"1 Gbit/s\", down = \"1 Gbit/s\", latency = \"1 ms\" }}\n\
         [workloads.find.lookup]\nfrom = \"asker\"\nkeys = 20\ntimeout = \"1 s\"\n\
         arrivals = {{ poisson = {{ rate = \"5 /s\", count = 1000 }} }}\n\
         [architectures.ring.chord]\npeers = [\"asker\", \"peer\"]\nupkeep = false\n\
         lookups = \"recursive\"\ntimeout = \"10 s\"\n\
         [[faults]]\nat = \"{CRASH} s\"\ncrash = {{ nodes = \"peer\", share = {} }}\n",
        1.0 - is_up
    );
    let (mut answered, mut all) = (0, 0);
    for record in records(&text)? {
        // Nobody is asked twice after the crash: all of these would fare alike.
        let mut ways = BTreeMap::new();
        let mut later = BTreeMap::new();
        for request in &record.requests {
            let way = (request.node, request.object);
            match request.issued < Time::from_secs(f64::from(CRASH) - 1.0) {
                true => _ = ways.insert(way, request.hops),
                false if request.issued > Time::from_secs(f64::from(CRASH)) => {
                    later.entry(way).or_insert(request.outcome);
                }
                false => {}
            }
        }
        for (way, outcome) in later {
            if ways.get(&way) == Some(&hops) {
                all += 1;
                answered += usize::from(outcome.is_answered());
            }
        }
    }
    Ok(answered as f64 / all as f64)
}
