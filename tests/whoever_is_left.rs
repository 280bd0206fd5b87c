//! Rings and tables of peers of which some go for good, and others come and go, at random: who is found when
//! all is calm, and what becomes of what was wanted meanwhile.

use std::collections::BTreeMap;
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outcome, RequestRecord, RunRecord};
use hubmesh::model::ObjectId;
use hubmesh::network::NodeId;
use hubmesh::random::{Key, Stream};
use hubmesh::scenario::Scenario;
use rayon::prelude::*;

const CASES: u64 = 12;
/// Seconds: nobody goes before and nobody after, but for those who are away then.
const CHURN: (f64, f64) = (60.0, 260.0);
const LONGEST_AWAY: f64 = 100.0;
const END: f64 = 700.0;
/// Intervals of upkeep until all is at rest, as the documentation has it.
const INTERVALS: f64 = 10.0;
const LOOKUPS: u32 = 0;
const DOWNLOADS: u32 = 1;

struct Case {
    text: String,
    /// From when on all is calm, by architecture.
    at_rest: [f64; 2],
}

fn one<'t>(stream: &mut Stream, of: &[&'t str]) -> &'t str {
    of[stream.below(of.len())]
}

fn between(stream: &mut Stream, low: f64, high: f64) -> f64 {
    low + (high - low) * stream.uniform()
}

fn case(number: u64) -> Case {
    let stream = &mut Key::root(77, number).text("whoever is left").stream();
    let peers = 60 + stream.below(100);
    let (stabilise, refresh) = (between(stream, 2.0, 8.0), between(stream, 10.0, 25.0));
    let (every, lasts) = (between(stream, 50.0, 400.0), between(stream, 1.0, LONGEST_AWAY));
    let (gone, goes_at) = (between(stream, 0.1, 0.3), between(stream, CHURN.0, CHURN.1));
    let farewell = one(stream, &["crash", "leave"]);
    let (lookups, parallel) = (one(stream, &["iterative", "recursive"]), 1 + stream.below(3));
    let (bucket, successors) = (4 + stream.below(16), 12 + stream.below(10));
    let (latency, loss) = (1 + stream.below(60), between(stream, 0.0, 0.05));
    let choose = one(stream, &["first", "random", "nearest", "least-loaded", "fastest"]);
    let (from, lasting) = (CHURN.0, CHURN.1 - CHURN.0);
    let text = format!(
        "title = \"Whoever is left\"\nseed = {number}\n\
         run = {{ duration = \"{END} s\", replications = 1 }}\n\
         nodes.peer = {{ count = {peers}, up = \"10 Mbit/s\", down = \"10 Mbit/s\", latency = \"{latency} ms\" }}\n\
         [workloads.find.lookup]\nfrom = \"peer\"\nkeys = 60\ntimeout = \"30 s\"\n\
         arrivals = {{ poisson = {{ rate = \"20 /s\" }} }}\n\
         [workloads.have.download]\nfrom = \"peer\"\ntimeout = \"20 s\"\nretry = {{ attempts = 2 }}\n\
         arrivals = {{ poisson = {{ rate = \"2 /s\" }} }}\n\
         catalogue = {{ objects = 50, size = \"100 kB\", popularity = {{ zipf = 1 }} }}\n\
         copies = {{ at = \"peer\", mean = 3 }}\n\
         [architectures.ring.chord]\npeers = \"peer\"\nstabilise_every = \"{stabilise} s\"\n\
         fix_fingers_every = \"2 s\"\nsuccessors = {successors}\nlookups = \"{lookups}\"\n\
         choose = \"{choose}\"\nrepublish_every = \"2 min\"\n\
         [architectures.table.kademlia]\npeers = \"peer\"\nrefresh_every = \"{refresh} s\"\n\
         bucket = {bucket}\nparallel = {parallel}\nchoose = \"{choose}\"\nrepublish_every = \"2 min\"\n\
         [[faults]]\nat = \"{from} s\"\nfor = \"{lasting} s\"\n\
         crash = {{ nodes = \"peer\", every = {{ exponential = {{ mean = \"{every} s\" }} }}, \
         lasts = {{ uniform = {{ min = \"1 ms\", max = \"{lasts} s\" }} }} }}\n\
         [[faults]]\nat = \"{goes_at} s\"\n{farewell} = {{ nodes = \"peer\", share = {gone} }}\n\
         [[faults]]\nat = \"{from} s\"\nfor = \"{lasting} s\"\n\
         lose = {{ nodes = \"peer\", probability = {loss} }}\n"
    );
    let calm = CHURN.1 + LONGEST_AWAY;
    Case { text, at_rest: [stabilise, refresh].map(|interval| calm + INTERVALS * interval) }
}

fn runs(case: &Case) -> Vec<RunRecord> {
    let parsed = Scenario::parse("left.toml", &case.text, Path::new("."), &[]);
    let mut scenario = parsed.unwrap_or_else(|error| panic!("{error}\n{}", case.text));
    scenario.keep_requests().unwrap();
    let contenders = scenario.contenders.iter();
    contenders
        .map(|contender| contender.simulate(&scenario.model, 0, &Control::default()))
        .collect()
}

fn of(record: &RunRecord, workload: u32) -> impl Iterator<Item = &RequestRecord> {
    record.requests.iter().filter(move |request| request.workload == workload)
}

fn each(check: impl Fn(&str, &Case, usize, &RunRecord) + Sync) {
    (0..CASES).into_par_iter().for_each(|number| {
        let case = case(number);
        for (place, record) in runs(&case).iter().enumerate() {
            check(&format!("case {number}, {}", ["ring", "table"][place]), &case, place, record);
        }
    });
}

/// One and the same for all who ask, who is there; the one before all this, if he is there.
#[test]
fn whoever_is_left_is_found_by_all_who_are_left() {
    each(|what, case, place, record| {
        let is_gone = |node: NodeId| {
            record.outages.iter().any(|outage| outage.node == node && outage.until.is_none())
        };
        let (mut before, mut after) = (BTreeMap::new(), BTreeMap::<ObjectId, NodeId>::new());
        let (mut at_rest, mut heirs) = (0, 0);
        for request in of(record, LOOKUPS) {
            let (issued, key) = (request.issued.secs(), request.object.unwrap());
            if issued < CHURN.0 - 30.0 {
                before.insert(key, request.provider.unwrap());
            } else if issued > case.at_rest[place] && issued < END - 30.0 && !is_gone(request.node)
            {
                assert!(request.outcome.is_answered(), "{what}: {request:?}");
                let owner = request.provider.unwrap();
                assert!(!is_gone(owner), "{what}: {request:?}");
                assert_eq!(*after.entry(key).or_insert(owner), owner, "{what}: {request:?}");
                let first = before[&key];
                assert!(owner == first || is_gone(first), "{what}: {first:?}, {request:?}");
                heirs += u32::from(owner != first);
                at_rest += 1;
            }
        }
        assert!(at_rest > 500 && heirs > 0, "{what}: {at_rest} {heirs}");
    });
}

/// Two attempts of 20 s each, or a lookup of 30 s, and what was begun earlier has ended, for whatever reason.
#[test]
fn nothing_that_was_wanted_is_lost_under_way() {
    each(|what, _, _, record| {
        for (workload, longest) in [(LOOKUPS, 31.0), (DOWNLOADS, 60.0)] {
            let (mut answered, mut all) = (0, 0);
            for request in of(record, workload) {
                let is_open = request.outcome == Outcome::Open;
                assert_eq!(is_open, request.ended.is_none(), "{what}: {request:?}");
                assert!(!is_open || request.issued.secs() > END - longest, "{what}: {request:?}");
                answered += u32::from(request.outcome.is_answered());
                all += 1;
            }
            assert!(2 * answered > all && all > 500, "{what}: {answered} of {all}");
        }
    });
}
