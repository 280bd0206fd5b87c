//! Rings that peers leave and come back to: what is looked up then, and when they have come to rest.

use std::collections::BTreeMap;
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outcome, RequestRecord, RunRecord};
use hubmesh::model::ObjectId;
use hubmesh::network::NodeId;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};
use rayon::prelude::*;

/// Nobody goes before and nobody after, and at the end all are there again.
const CHURN: (f64, f64) = (60.0, 360.0);
const STABILISE: f64 = 5.0;

fn scenario(seed: u64, settings: &str, rest: &str) -> Scenario {
    scenario_at("20 ms", seed, settings, rest)
}

fn scenario_at(latency: &str, seed: u64, settings: &str, rest: &str) -> Scenario {
    let text = format!(
        "title = \"A ring\"\nseed = {seed}\n[run]\nduration = \"600 s\"\nreplications = 1\n\
         [nodes.peer]\ncount = 120\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\nlatency = \"{latency}\"\n\
         [workloads.find.lookup]\nfrom = \"peer\"\nkeys = 60\n\
         arrivals = {{ poisson = {{ rate = \"20 /s\", for = \"590 s\" }} }}\n\
         [architectures.ring.chord]\npeers = \"peer\"\nstabilise_every = \"{STABILISE} s\"\n\
         fix_fingers_every = \"2 s\"\n{settings}\n{rest}"
    );
    Scenario::parse("ring.toml", &text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}"))
}

fn ring(seed: u64, settings: &str, faults: &str) -> RunRecord {
    simulate(scenario(seed, settings, faults))
}

fn simulate(mut scenario: Scenario) -> RunRecord {
    scenario.keep_requests().unwrap();
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

fn churn(every: u32, lasts: u32) -> String {
    let (from, to) = CHURN;
    format!(
        "[[faults]]\nat = \"{from} s\"\nfor = \"{} s\"\n\
         crash = {{ nodes = \"peer\", every = {{ exponential = {{ mean = \"{every} s\" }} }}, \
         lasts = {{ uniform = {{ min = \"1 ms\", max = \"{} s\" }} }} }}\n",
        to - from,
        2 * lasts
    )
}

fn value(record: &RunRecord, name: &str) -> f64 {
    measure(record, None)[metric_index(name).unwrap()].unwrap()
}

/// Lookups from an instant on end where those before the churn did.
fn has_come_to_rest(record: &RunRecord, from: f64, what: &str) {
    let mut owners: BTreeMap<ObjectId, NodeId> = BTreeMap::new();
    let mut at_rest = 0;
    for request in &record.requests {
        let (issued, key) = (request.issued.secs(), request.object.unwrap());
        if issued < CHURN.0 - 5.0 {
            let owner = request.provider.unwrap();
            assert_eq!(*owners.entry(key).or_insert(owner), owner, "{key:?}");
        } else if issued > from {
            assert!(request.outcome.is_answered(), "{what}: {request:?}");
            assert_eq!(request.provider, owners.get(&key).copied(), "{what}: {request:?}");
            at_rest += 1;
        }
    }
    assert!(owners.len() == 60 && at_rest > 500, "{at_rest}");
}

#[test]
fn when_all_are_back_and_at_rest_every_key_has_its_owner_again() {
    // With 15 and 215 the ring goes round twice in between, which peers do not see from those next to them.
    let ways = ["iterative", "recursive"];
    let all: Vec<(u64, &str)> =
        [0, 1, 2, 3, 15, 215].into_iter().flat_map(|seed| ways.map(|way| (seed, way))).collect();
    all.into_par_iter().for_each(|(seed, way)| {
        let (every, lasts) = [(200, 20), (100, 60), (400, 5), (60, 30)][seed as usize % 4];
        let record = ring(seed, &format!("lookups = \"{way}\""), &churn(every, lasts));
        // No lookup is lost: those that are open have begun at the end.
        let is_open = |outcome| outcome == Outcome::Open;
        let open = record.requests.iter().filter(|request| is_open(request.outcome));
        assert!(open.map(|request| request.issued.secs()).all(|issued| issued > 550.0));
        let last_is_back = CHURN.1 + f64::from(2 * lasts);
        has_come_to_rest(&record, last_is_back + 10.0 * STABILISE, &format!("{way} {seed}"));
    });
}

#[test]
fn two_rings_become_one_when_they_reach_each_other_again() {
    let half = |from: u32| {
        let names: Vec<String> = (from..from + 60).map(|n| format!("\"peer-{n}\"")).collect();
        names.join(", ")
    };
    let fault = format!(
        "[[faults]]\nat = \"60 s\"\nfor = \"120 s\"\npartition = {{ parts = [[{}], [{}]] }}\n",
        half(1),
        half(61)
    );
    for way in ["iterative", "recursive"] {
        let record = ring(5, &format!("lookups = \"{way}\""), &fault);
        // Meanwhile there are two: each half finds an owner of its own.
        let apart = |r: &&RequestRecord| (150.0..170.0).contains(&r.issued.secs());
        let apart = record.requests.iter().filter(apart);
        assert!(apart.filter(|request| request.outcome.is_answered()).count() > 300);
        has_come_to_rest(&record, 180.0 + 10.0 * STABILISE, way);
    }
}

/// Small messages of all are lost at times.
fn loss(from: f64, lasts: f64, probability: f64) -> String {
    format!(
        "[[faults]]\nat = \"{from} s\"\nfor = \"{lasts} s\"\n\
         lose = {{ nodes = \"peer\", probability = {probability} }}\n"
    )
}

#[test]
fn who_comes_back_while_messages_get_lost_gets_in_nevertheless() {
    let all: Vec<(u64, &str)> =
        (0..8).flat_map(|seed| ["iterative", "recursive"].map(|way| (seed, way))).collect();
    all.into_par_iter().for_each(|(seed, way)| {
        let (probability, lasts) = [(0.05, 20), (0.2, 10), (0.2, 30), (0.4, 5)][seed as usize % 4];
        let faults = churn(100, lasts) + &loss(CHURN.0, CHURN.1 - CHURN.0, probability);
        let record = ring(seed, &format!("lookups = \"{way}\""), &faults);
        // Whatever is lost, there is an end.
        let is_open = |request: &&RequestRecord| request.outcome == Outcome::Open;
        let open = record.requests.iter().filter(is_open);
        assert!(open.map(|request| request.issued.secs()).all(|issued| issued > 550.0));
        let last_is_back = CHURN.1 + f64::from(2 * lasts);
        has_come_to_rest(&record, last_is_back + 10.0 * STABILISE, &format!("{way} {seed}"));
    });
}

#[test]
fn what_is_lost_costs_who_asks_himself_a_time_out_and_no_answer() {
    let record = ring(4, "lookups = \"iterative\"", &loss(100.0, 300.0, 0.05));
    let lossy = |r: &&RequestRecord| (110.0..380.0).contains(&r.issued.secs());
    let during: Vec<_> = record.requests.iter().filter(lossy).collect();
    assert!(during.iter().all(|request| request.outcome.is_answered()));
    let seconds = |r: &RequestRecord| r.ended.unwrap().since(r.issued).secs();
    // Either of a question and its answer, a few times over.
    let late = during.iter().filter(|request| seconds(request) >= 1.0).count();
    let share = late as f64 / during.len() as f64;
    assert!((0.2..0.5).contains(&share), "{share}");
    assert!(during.iter().all(|request| seconds(request) % 1.0 < 0.7));
}

#[test]
fn who_looks_after_what_he_knows_loses_less() {
    let fault = churn(200, 40);
    let tended = ring(7, "", &fault);
    let [availability, timeouts] =
        ["availability", "search_timeouts"].map(|name| value(&tended, name));
    assert!(availability > 0.97, "{availability}");
    assert!((0.01..1.0).contains(&timeouts), "{timeouts}");
    assert!(value(&tended, "upkeep_messages") > 0.5);
    // A dead peer costs its time-out, and nothing else does but latency.
    let slow = tended.requests.iter().filter(|r| r.outcome.is_answered());
    let slow = slow.filter(|r| r.ended.unwrap().since(r.issued).secs() >= 1.0).count();
    assert!(slow > 50, "{slow}");
}

#[test]
fn all_who_are_back_at_once_make_one_ring() {
    let fault = "[[faults]]\nat = \"60 s\"\nfor = \"30 s\"\ncrash = { nodes = \"peer\" }\n";
    for (seed, way) in [(1, "iterative"), (2, "recursive"), (3, "iterative")] {
        let record = ring(seed, &format!("lookups = \"{way}\""), fault);
        has_come_to_rest(&record, 90.0 + 10.0 * STABILISE, way);
    }
}

#[test]
fn a_ring_that_all_have_left_begins_anew() {
    let fault = "[[faults]]\nat = \"60 s\"\nfor = \"60 s\"\ncrash = { nodes = \"peer\" }\n";
    let record = ring(3, "", fault);
    let late: Vec<_> = record.requests.iter().filter(|r| r.issued.secs() > 400.0).collect();
    let answered = late.iter().filter(|request| request.outcome.is_answered()).count();
    assert!(answered == late.len() && answered > 1000, "{answered} of {}", late.len());
}

#[test]
fn a_server_is_asked_for_the_same_keys_at_the_same_time() {
    let server = "[nodes.server]\ncount = 1\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\nlatency = \"30 ms\"\n\
        [architectures.asked.client-server]\nservers = \"server\"\n\
        [[faults]]\nat = \"100 s\"\nfor = \"100 s\"\ncrash = { nodes = \"server\" }\n";
    let mut scenario = scenario(3, "", server);
    scenario.keep_requests().unwrap();
    let [ring, asked] = [0, 1].map(|contender: usize| {
        let contender = &scenario.contenders[contender];
        contender.simulate(&scenario.model, 0, &Control::default())
    });
    let wishes = |record: &RunRecord| -> Vec<_> {
        record.requests.iter().map(|r| (r.number, r.issued, r.node, r.object)).collect()
    };
    assert_eq!(wishes(&ring), wishes(&asked));
    for request in &asked.requests {
        // 20 ms of the peer and 30 ms of the server, there and back.
        let (issued, ended) = (request.issued.secs(), request.ended.map_or(600.0, |t| t.secs()));
        let is_down = (100.0..200.0).contains(&(issued + 0.05));
        assert_eq!(request.outcome.is_answered(), !is_down, "{request:?}");
        assert!((ended - issued - 0.1).abs() < 1e-9, "{request:?}");
    }
    assert!(ring.requests.iter().all(|request| request.outcome.is_answered()));
}

#[test]
fn where_messages_take_no_time_a_ring_under_churn_comes_to_an_end() {
    // What is asked again at once would be asked for ever.
    let attack = "[[faults]]\nat = \"70 s\"\nfor = \"30 s\"\n\
                  attack = { nodes = \"peer\", count = 10, by = \"overlay-degree\" }\n";
    let all: Vec<(u64, &str)> =
        (0..4).flat_map(|seed| ["iterative", "recursive"].map(|way| (seed, way))).collect();
    all.into_par_iter().for_each(|(seed, way)| {
        let faults = churn([20, 60, 200, 400][seed as usize], 20) + attack;
        let lookups = format!("lookups = \"{way}\"");
        let record = simulate(scenario_at("0 s", seed, &lookups, &faults));
        has_come_to_rest(&record, CHURN.1 + 40.0 + 10.0 * STABILISE, &format!("{way} {seed}"));
    });
}

#[test]
fn who_gives_up_what_it_has_passed_on_too_soon_is_told_so() {
    let with = |settings: &str, faults: &str| scenario(1, settings, faults).warnings.join("\n");
    let hasty = with("lookups = \"recursive\"\ntimeout = \"15 ms\"", "");
    assert!(hasty.contains("\"ring\" gives up what it has passed on"), "{hasty}");
    assert!(!with("lookups = \"recursive\"\ntimeout = \"30 ms\"", "").contains("gives up"));
    assert!(!with("timeout = \"15 ms\"", "").contains("gives up"));
    // A ring gives every lookup up in the end.
    assert!(!with("", &loss(10.0, 10.0, 0.1)).contains("for ever"));
}
