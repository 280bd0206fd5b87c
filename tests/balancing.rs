//! What each way of choosing a server promises, in small scenarios whose answers can be derived.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{RequestRecord, RunRecord};
use hubmesh::network::NodeId;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;

/// One replication of the only architecture of `text`.
fn record(text: &str) -> RunRecord {
    let mut scenario = Scenario::parse("balancing.toml", text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    let study = run(&scenario, &Control::default(), |_| {}).study;
    study.runs.into_iter().next().unwrap().record
}

/// Two fast servers, numbers 0 and 1; two with a tenth of their speed, 2 and 3; and clients.
fn text(seed: u32, balance: &str, demand: &str) -> String {
    format!(
        "title = \"Balancing\"\n\
         seed = {seed}\n\
         run = {{ until = \"done\", replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.fast]\n\
         count = 2\n\
         up = \"30 Mbit/s\"\n\
         down = \"30 Mbit/s\"\n\
         cpu = {{ workers = 1 }}\n\
         [nodes.slow]\n\
         count = 2\n\
         up = \"10 Mbit/s\"\n\
         down = \"10 Mbit/s\"\n\
         cpu = {{ workers = 1, speed = 0.1 }}\n\
         [nodes.client]\n\
         count = 8\n\
         up = \"1 Gbit/s\"\n\
         down = \"1 Gbit/s\"\n\
         {demand}\n\
         [architectures.x.client-server]\n\
         servers = [\"fast\", \"slow\"]\n\
         balance = {balance}\n"
    )
}

/// A request of 0.9 s of work every second, 80 of them: under way for 0.9 s at a fast server and
/// for 9 s at a slow one.
const STEADY: &str = "[workloads.steady.request]\n\
    from = \"client\"\n\
    arrivals = { closed = { each = 10, think = \"8 s\" } }\n\
    work = \"0.9 s\"";

fn every_second() -> String {
    let times: Vec<String> = (0..80).map(|second| format!("\"{second} s\"")).collect();
    let closed = "{ closed = { each = 10, think = \"8 s\" } }";
    STEADY.replace(closed, &format!("{{ schedule = {{ times = [{}] }} }}", times.join(", ")))
}

fn served(record: &RunRecord) -> [usize; 4] {
    let by = |server: u32| {
        let is_of = |request: &&RequestRecord| request.provider == Some(NodeId(server));
        record.requests.iter().filter(is_of).count()
    };
    [0, 1, 2, 3].map(by)
}

#[test]
fn turns_are_in_proportion_to_weights() {
    // 80 requests, 10 rounds of 3 + 3 + 1 + 1.
    let weights = "{ weighted = { fast = 3, slow = 1 } }";
    assert_eq!(served(&record(&text(1, weights, &every_second()))), [30, 30, 10, 10]);
    // Uplinks are 30 to 10.
    let uplink = "{ weighted = \"uplink\" }";
    assert_eq!(served(&record(&text(1, uplink, &every_second()))), [30, 30, 10, 10]);
    // Speeds are 10 to 1, 22 in a round: three rounds are 66 requests; in the other 14 each fast
    // one is due 7 times before a slow one is once (at 7 / 10 < 1 / 1).
    let speed = "{ weighted = \"speed\" }";
    assert_eq!(served(&record(&text(1, speed, &every_second()))), [37, 37, 3, 3]);
    // Who has no weight gets nothing.
    let none = "{ weighted = { fast = 0, slow = 1 } }";
    assert_eq!(served(&record(&text(1, none, &every_second()))), [0, 0, 40, 40]);
}

#[test]
fn who_looks_at_the_load_asks_no_busy_server_while_another_is_idle() {
    // At every instant at most three requests are under way (one a second, and 0.9 s at a fast
    // one), so one of the four servers is always idle.
    for balance in ["\"least-outstanding\"", "\"shortest-queue\"", "{ power-of = 4 }"] {
        let record = record(&text(2, balance, &every_second()));
        let mut busy_until: BTreeMap<NodeId, f64> = BTreeMap::new();
        for request in &record.requests {
            let server = request.provider.unwrap();
            let issued = request.issued.secs();
            let until = busy_until.insert(server, request.ended.unwrap().secs());
            assert!(until.is_none_or(|until| until <= issued), "{balance}: {request:?}");
        }
        // Equals share: nobody is always preferred.
        assert!(served(&record).iter().all(|&count| count > 0), "{balance}");
    }
}

#[test]
fn two_choices_leave_the_busiest_alone() {
    // All 8 at the same instant. To get a fifth one, a server with four must be drawn together with
    // another one that has four too, and then all 8 are there already. With chance alone one of
    // four has five or more with a probability of 4 P(Binomial(8, 1/4) >= 5) = 11 %.
    let demand =
        STEADY.replace("closed = { each = 10, think = \"8 s\" }", "burst = { over = \"0 s\" }");
    let mut greatest = 0;
    for seed in 0..50 {
        let served = served(&record(&text(seed, "\"two-choices\"", &demand)));
        greatest = greatest.max(*served.iter().max().unwrap());
    }
    assert!(greatest <= 4, "{greatest}");
}

#[test]
fn a_key_always_goes_to_its_server() {
    let record_of = |key: &str, demand: &str| {
        let balance =
            format!("{{ consistent-hashing = {{ virtual_nodes = 64, key = \"{key}\" }} }}");
        record(&text(3, &balance, demand))
    };
    let by_client = record_of("client", STEADY);
    let mut servers: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
    for request in &by_client.requests {
        servers.entry(request.node).or_default().insert(request.provider.unwrap());
    }
    assert_eq!(servers.len(), 8);
    assert!(servers.values().all(|servers| servers.len() == 1), "{servers:?}");

    let downloads = "[workloads.files.download]\n\
        from = \"client\"\n\
        arrivals = { closed = { each = 20 } }\n\
        catalogue = { objects = 20, size = \"1 kB\" }";
    let by_object = record_of("object", downloads);
    let mut servers: BTreeMap<u32, BTreeSet<NodeId>> = BTreeMap::new();
    for request in by_object.requests.iter().filter(|request| request.provider.is_some()) {
        let object = request.object.unwrap().0;
        servers.entry(object).or_default().insert(request.provider.unwrap());
    }
    assert!(servers.values().all(|servers| servers.len() == 1), "{servers:?}");
    let used: BTreeSet<&NodeId> = servers.values().flatten().collect();
    assert!(used.len() > 1, "{used:?}");
}

/// Three requests at first, of which nothing is answered in time; then four at once.
fn is_even_afterwards(seed: u32, demand: &str) {
    let record = record(&text(seed, "\"least-outstanding\"", demand));
    let later = record.requests.iter().filter(|request| request.issued.secs() >= 1000.0);
    let servers: BTreeSet<NodeId> = later.filter_map(|request| request.provider).collect();
    assert_eq!(servers.len(), 4, "seed {seed}: {:#?}", record.requests);
}

#[test]
fn requests_that_fail_are_no_longer_under_way() {
    // What is refused, timed out or given up at first leaves nothing behind: later, four at the
    // same instant go to four servers. Had one of three been forgotten, there would be at most
    // three for them.
    let times = "arrivals = { schedule = { times = [\"0 s\", \"0 s\", \"0 s\", \"1000 s\", \"1000 s\", \"1000 s\", \"1000 s\"] } }";
    // 100 MB take 27 s and more; 20 kB less than 50 ms, but that is another workload.
    let downloads = format!(
        "[workloads.files.download]\n\
         from = \"client\"\n\
         {times}\n\
         timeout = \"60 s\"\n\
         catalogue = {{ objects = 100000, size = \"20 MB\" }}\n\
         [workloads.large.download]\n\
         from = \"client\"\n\
         arrivals = {{ schedule = {{ times = [\"0 s\", \"0 s\", \"0 s\"] }} }}\n\
         timeout = \"1 s\"\n\
         catalogue = {{ objects = 100000, size = \"100 MB\" }}\n"
    );
    let requests = format!(
        "[workloads.work.request]\n\
         from = \"client\"\n\
         {times}\n\
         timeout = \"5 s\"\n\
         work = \"0.1 s\"\n\
         [workloads.heavy.request]\n\
         from = \"client\"\n\
         arrivals = {{ schedule = {{ times = [\"0 s\", \"0 s\", \"0 s\"] }} }}\n\
         timeout = \"1 s\"\n\
         work = \"10 s\"\n"
    );
    for seed in 0..8 {
        is_even_afterwards(seed, &downloads);
        is_even_afterwards(seed, &requests);
    }
}
