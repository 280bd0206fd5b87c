//! Peers with buckets, who leave and come back: what is looked up then, and when they have come to rest.

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
const REFRESH: f64 = 5.0;

fn scenario(seed: u64, latency: &str, settings: &str, rest: &str) -> Scenario {
    let every = match settings.contains("upkeep") {
        true => String::new(),
        false => format!("refresh_every = \"{REFRESH} s\"\n"),
    };
    let text = format!(
        "title = \"A table\"\nseed = {seed}\n[run]\nduration = \"600 s\"\nreplications = 1\n\
         [nodes.peer]\ncount = 120\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n{latency}\n\
         [workloads.find.lookup]\nfrom = \"peer\"\nkeys = 60\n\
         arrivals = {{ poisson = {{ rate = \"20 /s\", for = \"590 s\" }} }}\n\
         [architectures.table.kademlia]\npeers = \"peer\"\n{every}{settings}\n{rest}"
    );
    let mut scenario = Scenario::parse("table.toml", &text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}"));
    scenario.keep_requests().unwrap();
    scenario
}

const LATENCY: &str = "latency = \"20 ms\"";

fn table(seed: u64, settings: &str, faults: &str) -> RunRecord {
    run(&scenario(seed, LATENCY, settings, faults))
}

fn run(scenario: &Scenario) -> RunRecord {
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

/// Whoever was named for each key in the calm before: the nearest of all.
fn owners(record: &RunRecord) -> BTreeMap<ObjectId, NodeId> {
    let mut owners = BTreeMap::new();
    for request in record.requests.iter().filter(|r| r.issued.secs() < CHURN.0 - 5.0) {
        let (key, owner) = (request.object.unwrap(), request.provider.unwrap());
        assert_eq!(*owners.entry(key).or_insert(owner), owner, "{key:?}");
    }
    assert_eq!(owners.len(), 60);
    owners
}

fn issued_within(record: &RunRecord, from: f64, to: f64) -> impl Iterator<Item = &RequestRecord> {
    record.requests.iter().filter(move |r| (from..to).contains(&r.issued.secs()))
}

/// Lookups from an instant on end where those before the churn did.
fn has_come_to_rest(record: &RunRecord, from: f64, what: &str) {
    let owners = owners(record);
    let mut at_rest = 0;
    for request in issued_within(record, from, 600.0) {
        assert!(request.outcome.is_answered(), "{what}: {request:?}");
        let owner = owners.get(&request.object.unwrap()).copied();
        assert_eq!(request.provider, owner, "{what}: {request:?}");
        at_rest += 1;
    }
    assert!(at_rest > 500, "{at_rest}");
}

/// Those that are open have begun at the end.
fn none_is_lost(record: &RunRecord) {
    let open = record.requests.iter().filter(|request| request.outcome == Outcome::Open);
    assert!(open.map(|request| request.issued.secs()).all(|issued| issued > 550.0));
}

#[test]
fn when_all_are_back_and_at_rest_every_key_is_found_at_the_nearest_again() {
    let settings = ["", "bucket = 4\nparallel = 1", "bucket = 8\ntimeout = \"200 ms\""];
    let all: Vec<(u64, &str)> =
        (0..6).flat_map(|seed| settings.map(|settings| (seed, settings))).collect();
    all.into_par_iter().for_each(|(seed, settings)| {
        let (every, lasts) = [(200, 20), (100, 60), (400, 5), (60, 30)][seed as usize % 4];
        let record = table(seed, settings, &churn(every, lasts));
        none_is_lost(&record);
        let last_is_back = CHURN.1 + f64::from(2 * lasts);
        let what = format!("{settings} {seed}");
        has_come_to_rest(&record, last_is_back + 10.0 * REFRESH, &what);
    });
}

#[test]
fn those_who_stay_find_each_other_when_the_others_do_not_come_back() {
    let fault = "[[faults]]\nat = \"60 s\"\ncrash = { nodes = \"peer\", share = 0.4 }\n";
    let record = table(2, "bucket = 8", fault);
    none_is_lost(&record);
    let mut owners: BTreeMap<ObjectId, NodeId> = BTreeMap::new();
    let mut count = 0;
    for request in issued_within(&record, 60.0 + 10.0 * REFRESH, 599.0) {
        let (key, owner) = (request.object.unwrap(), request.provider.unwrap());
        assert_eq!(*owners.entry(key).or_insert(owner), owner, "{request:?}");
        count += 1;
    }
    // Those who are gone ask for nothing.
    assert!(owners.len() == 60 && count > 4000, "{count}");
    let different: std::collections::BTreeSet<_> = owners.values().collect();
    assert!(different.len() > 20);
}

#[test]
fn two_networks_become_one_when_they_reach_each_other_again() {
    let half = |from: u32| {
        let names: Vec<String> = (from..from + 60).map(|n| format!("\"peer-{n}\"")).collect();
        names.join(", ")
    };
    let fault = format!(
        "[[faults]]\nat = \"60 s\"\nfor = \"120 s\"\npartition = {{ parts = [[{}], [{}]] }}\n",
        half(1),
        half(61)
    );
    let record = table(5, "", &fault);
    // Meanwhile there are two: each half finds somebody of its own.
    let apart: Vec<_> = issued_within(&record, 150.0, 170.0).collect();
    assert!(apart.iter().filter(|request| request.outcome.is_answered()).count() > 300);
    has_come_to_rest(&record, 180.0 + 10.0 * REFRESH, "");
}

const LOSS: &str =
    "[[faults]]\nat = \"60 s\"\nfor = \"300 s\"\nlose = { nodes = \"peer\", probability = 0.2 }\n";

#[test]
fn lost_messages_cost_time_and_nobody_who_is_there_is_forgotten_for_long() {
    // With several that have it, one that is not heard costs no answer.
    let record = table(4, "bucket = 8\nreplicate = 8\ntimeout = \"300 ms\"", LOSS);
    none_is_lost(&record);
    let failed = record.requests.iter().find(|r| matches!(r.outcome, Outcome::Failed(_)));
    assert!(failed.is_none(), "{failed:?}");
    // With one, a question and its answer both arrive with 0.8^2, or the next one is taken for the nearest.
    let record = table(4, "timeout = \"300 ms\"", LOSS);
    none_is_lost(&record);
    assert!(value(&record, "search_timeouts") > 0.1);
    let all = issued_within(&record, 70.0, 350.0).filter(|r| r.outcome.is_answered());
    let owners = owners(&record);
    let right = all.filter(|r| r.provider == owners.get(&r.object.unwrap()).copied()).count();
    let share = right as f64 / issued_within(&record, 70.0, 350.0).count() as f64;
    assert!(share > 0.6, "{share}");
    has_come_to_rest(&record, 360.0 + 10.0 * REFRESH, "loss");
}

#[test]
fn a_table_that_all_have_left_begins_anew() {
    let fault = "[[faults]]\nat = \"60 s\"\nfor = \"60 s\"\ncrash = { nodes = \"peer\" }\n";
    let record = table(3, "", fault);
    has_come_to_rest(&record, 120.0 + 35.0 + 10.0 * REFRESH, "");
}

#[test]
fn where_messages_take_no_time_nothing_goes_on_for_ever() {
    let all = "[[faults]]\nat = \"60 s\"\nfor = \"60 s\"\ncrash = { nodes = \"peer\" }\n";
    let loss = LOSS.replace("300 s", "200 s");
    for faults in [churn(100, 60), all.to_owned(), loss] {
        for settings in ["", "parallel = 1\nbucket = 2", "timeout = \"1 ms\""] {
            let record = run(&scenario(1, "", settings, &faults));
            none_is_lost(&record);
            let answered = record.requests.iter().filter(|r| r.outcome.is_answered()).count();
            assert!(answered > 8000, "{answered} with {settings} of {faults}");
        }
    }
}

#[test]
fn who_looks_after_what_he_knows_loses_less() {
    let fault = churn(200, 40);
    let tended = table(7, "", &fault);
    let untended = table(7, "upkeep = false\nparallel = 1", &fault);
    let timeouts = [&tended, &untended].map(|record| value(record, "search_timeouts"));
    assert!(timeouts[0] < timeouts[1], "{timeouts:?}");
    assert!(value(&tended, "availability") > 0.97);
    assert!(value(&tended, "upkeep_messages") > 0.5);
    assert_eq!(value(&untended, "upkeep_messages"), 0.0);
    // A dead peer costs its time-out, and nothing else does but latency.
    let answered = untended.requests.iter().filter(|r| r.outcome.is_answered());
    let spans = answered.map(|r| r.ended.unwrap().since(r.issued).secs());
    let slow = spans.filter(|&span| span >= 1.0).count();
    assert!(slow > 50, "{slow}");
}

#[test]
fn who_is_too_far_away_to_answer_in_time_is_as_good_as_dead() {
    // There and back in 1.2 s.
    let answered = |timeout: &str| {
        let settings = format!("upkeep = false\nbucket = 4\nparallel = 4\ntimeout = \"{timeout}\"");
        let record = run(&scenario(1, "latency = \"300 ms\"", &settings, ""));
        none_is_lost(&record);
        let by_others = |r: &&RequestRecord| r.provider.is_some_and(|peer| peer != r.node);
        let by_others = record.requests.iter().filter(by_others).count();
        (by_others, value(&record, "search_timeouts"))
    };
    let (by_others, timeouts) = answered("1 s");
    assert!(by_others == 0 && timeouts > 10.0, "{by_others} {timeouts}");
    let (by_others, timeouts) = answered("1.3 s");
    assert!(by_others > 10_000 && timeouts == 0.0, "{by_others} {timeouts}");
}

#[test]
fn who_gives_up_before_an_answer_can_come_is_warned() {
    let warnings = |timeout: &str| {
        let settings = format!("timeout = \"{timeout}\"");
        scenario(1, LATENCY, &settings, LOSS).warnings.join("\n")
    };
    // There and back over two lines of 20 ms each.
    assert!(warnings("79 ms").contains("\"table\" takes a peer for dead after its `timeout`"));
    let sound = warnings("80 ms");
    assert!(!sound.contains("dead") && !sound.contains("has no `timeout`"), "{sound}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let settings = "caching = \"1 min\"\nreplicate = 2";
    let [first, again, other] = [7, 7, 8].map(|seed| {
        let record = table(seed, settings, &churn(100, 30));
        record.requests.iter().map(|r| (r.issued, r.ended, r.provider, r.hops)).collect::<Vec<_>>()
    });
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn copies_at_more_peers_and_on_the_way_make_lookups_shorter() {
    let hops = |settings: &str| value(&table(9, settings, ""), "hops");
    let bare = hops("bucket = 4");
    let [cached, replicated] = ["caching = \"1 min\"", "replicate = 4"]
        .map(|setting| hops(&format!("bucket = 4\n{setting}")));
    assert!(cached < bare - 0.1 && replicated < bare - 0.1, "{bare} {cached} {replicated}");
    // A pair that is hardly kept changes nothing but the message.
    let short = hops("bucket = 4\ncaching = \"1 ms\"");
    assert!((bare - short).abs() < 0.01, "{bare} {short}");
}
