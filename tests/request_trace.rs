//! Requests for work replayed from a CSV file.
//!
//! What happens is derived by hand, and held against the requests that the file was written from.

use std::fmt::Write;
use std::path::PathBuf;

use hubmesh::engine::Control;
use hubmesh::metrics::{RequestRecord, RunRecord};
use hubmesh::scenario::Scenario;

/// A folder of its own for each test, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("hubmesh-replay-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.0.join(name), content).unwrap();
    }

    fn scenario(&self, text: &str) -> Scenario {
        let scenario = Scenario::parse("case.toml", text, &self.0, &[]);
        let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
        scenario.keep_requests().unwrap();
        scenario
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn simulate(scenario: &Scenario, replication: u32) -> RunRecord {
    scenario.contenders[0].simulate(&scenario.model, replication, &Control::default())
}

/// A server with one worker, and four clients at 5 ms from it.
fn text(discipline: &str, workload: &str) -> String {
    format!(
        "title = \"replay\"\n\
         run = {{ until = \"done\", replications = 2 }}\n\
         network.transport = \"ideal\"\n\
         architectures.server.client-server.servers = \"server\"\n\
         [nodes.client]\ncount = 4\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"5 ms\"\n\
         [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         cpu = {{ workers = 1, discipline = \"{discipline}\" }}\n\
         [workloads.log.request]\nfrom = \"client\"\n{workload}\n"
    )
}

const REPLAYED: &str = "arrivals = { trace = { file = \"log.csv\" } }\n";

/// Node, and when it was answered.
fn answers(scenario: &Scenario, record: &RunRecord) -> Vec<(String, f64)> {
    let answer = |request: &RequestRecord| {
        assert!(request.outcome.is_answered(), "{request:?}");
        let node = scenario.model.node_name(request.node).to_string();
        (node, request.ended.map_or(f64::NAN, |at| at.secs()))
    };
    record.requests.iter().map(answer).collect()
}

/// When each request of the first replication was answered.
fn ends(scenario: &Scenario) -> Vec<f64> {
    answers(scenario, &simulate(scenario, 0)).into_iter().map(|(_, end)| end).collect()
}

#[test]
fn a_replayed_request_has_the_times_that_follow_from_its_line() {
    let folder = Folder::new("times");
    // Not in order of time; a stranger; empty cells and a column that nobody asked for.
    folder.write(
        "log.csv",
        "time_s,client,work_s,answer_bytes,question_bytes,note\n\
         1,client-2,0.25,,,after the first\n\
         0,client-1,2,1000000,,first\n\
         10,alice,,,500000,own work\n\
         10.2,client-1,0,0,,no work at all\n",
    );
    let scenario = folder.scenario(&text(
        "fifo",
        &format!("{REPLAYED}work = \"1 s\"\nanswer = \"500 kB\"\nquestion = \"0 B\""),
    ));
    // One way takes 5 ms, and 1 MB at 8 Mbit/s 1 s.
    // client-1: asks at 0, worked on from 0.005 to 2.005 s, answer of 1 MB alone on the uplink from
    //   2.010 s on, until the other one begins at 2.260 s: 0.25 MB. Then the uplink is halved until
    //   the other one has its 0.5 MB, at 3.260 s. The last 0.25 MB alone: 3.510 s.
    // client-2: waits until 2.005 s, worked on until 2.255 s, answer of 500 kB (of the workload)
    //   from 2.260 s: 3.260 s.
    // alice, the first stand-in and so client-1: the question of 500 kB takes 0.5 s from 10.005 s on
    //   (until 10.505 s), work of the workload until 11.505 s, answer 500 kB: 11.510 + 0.5 s.
    // client-1 at 10.2 s: the small question overtakes the large one and finds nobody: answered at
    //   10.2 + 0.01 s.
    let expected =
        [("client-1", 3.51), ("client-2", 3.26), ("client-1", 12.01), ("client-1", 10.21)];
    for replication in [0, 1] {
        let answers = answers(&scenario, &simulate(&scenario, replication));
        assert_eq!(answers.len(), expected.len());
        for ((node, answered), (name, at)) in answers.into_iter().zip(expected) {
            assert!(node == name && (answered - at).abs() < 1e-8, "{node} {answered}, not {at}");
        }
    }
    assert!(scenario.warnings.iter().any(|warning| warning.contains("1 clients")));
}

#[test]
fn a_recorded_priority_decides_who_is_next() {
    let folder = Folder::new("priority");
    folder.write(
        "log.csv",
        "time_s,client,priority\n0,client-1,0\n0.1,client-2,5\n0.2,client-3,\n0.3,client-4,2\n",
    );
    // Of the three that wait at 1.005 s client-4 (2) is first, client-3 (3, of the workload) second.
    let text = text("priority", &format!("{REPLAYED}work = \"1 s\"\npriority = 3"));
    let scenario = folder.scenario(&text);
    let ends = ends(&scenario);
    assert_eq!(ends, [1.01, 4.01, 3.01, 2.01]);
}

#[test]
fn the_work_of_a_trace_needs_no_other_work() {
    let folder = Folder::new("work");
    folder.write("log.csv", "time_s,client,work_s\n0,client-1,0.5\n0,client-2,0.25\n3,client-1,\n");
    let scenario = folder.scenario(&text("fifo", REPLAYED));
    let ends = ends(&scenario);
    assert_eq!(ends, [0.51, 0.76, 3.01]);
}

/// The k-th request of a workload draws the same whether it is replayed or not; so a trace of
/// instants and clients of a run gives the same run.
#[test]
fn a_trace_of_a_poisson_process_gives_the_same_run() {
    let folder = Folder::new("poisson");
    let rest = "work = { exponential = { mean = \"80 ms\" } }\n\
                question = { uniform = { min = \"100 B\", max = \"2 kB\" } }\n\
                answer = { exponential = { mean = \"20 kB\" } }";
    let drawn = "arrivals = { poisson = { rate = \"10 /s\", count = 2000 } }\n";
    let scenario = folder.scenario(&text("fifo", &format!("{drawn}{rest}")));
    let first = simulate(&scenario, 1);
    let mut trace = "client,time_s\n".to_owned();
    for request in &first.requests {
        let node = scenario.model.node_name(request.node);
        writeln!(trace, "{node},{:.9}", request.issued.secs()).unwrap();
    }
    folder.write("log.csv", &trace);
    let scenario = folder.scenario(&text("fifo", &format!("{REPLAYED}{rest}")));
    let again = simulate(&scenario, 1);
    assert_eq!(first.requests.len(), 2000);
    assert_eq!(format!("{:?}", first.requests), format!("{:?}", again.requests));
    // What is not in the trace is drawn anew in each replication.
    let other = simulate(&scenario, 0);
    assert_ne!(format!("{:?}", first.requests), format!("{:?}", other.requests));
}

/// Lindley's recursion: a request waits for what the one before it has left.
#[test]
fn recorded_work_gives_the_waits_of_lindleys_recursion() {
    let folder = Folder::new("lindley");
    let mut trace = "time_s,client,work_s\n".to_owned();
    let mut expected = Vec::new();
    let mut free: u64 = 0;
    let mut at: u64 = 0;
    // Milliseconds from a congruence, so that the server is busy for nine tenths of the time.
    let mut state: u64 = 1;
    for number in 0..5000 {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        at += 1 + (state >> 8) % 200;
        let work = (state >> 16) % 180;
        writeln!(trace, "{}.{:03},client-{},{}e-3", at / 1000, at % 1000, number % 4 + 1, work)
            .unwrap();
        free = free.max(at + 5) + work;
        expected.push((free + 5) as f64 / 1e3);
    }
    folder.write("log.csv", &trace);
    let scenario = folder.scenario(&text("fifo", REPLAYED));
    let ends = ends(&scenario);
    assert_eq!(ends.len(), expected.len());
    for (end, expected) in ends.iter().zip(&expected) {
        assert!((end - expected).abs() < 1e-8, "{end}, not {expected}");
    }
}

const BANKS: &str = r#"title = "replay of a bank"
run = { until = "done", replications = 2 }
network.transport = "ideal"
architectures.one.central.servers = "server"
[nodes.north-machine]
count = 2
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "5 ms"
[nodes.south-machine]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "5 ms"
[nodes.server]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
cpu = { workers = 1 }
[workloads.log.transaction]
arrivals = { trace = { file = "log.csv" } }
mix = { withdrawal = 1.0 }
amount = "20 EUR"
balance = "100 EUR"
work = "100 ms"
[workloads.log.transaction.banks.north]
machines = "north-machine"
accounts = 2
[workloads.log.transaction.banks.south]
machines = "south-machine"
accounts = 1
"#;

#[test]
fn recorded_customers_move_the_money_that_their_lines_say() {
    let folder = Folder::new("bank");
    folder.write(
        "log.csv",
        "time_s,client,kind,account,payee,amount_cents,work_s\n\
         0,north-machine-1,withdrawal,north-1,,9000,0.5\n\
         0.1,north-machine-2,withdrawal,north-1,,2000,\n\
         2,south-machine,transfer,south-1,north-1,5000,\n\
         3,alice,deposit,north-2,,1,\n\
         4,north-machine-1,balance,north-2,,,\n\
         5,north-machine-2,,north-1,,,\n",
    );
    let scenario = folder.scenario(BANKS);
    let record = simulate(&scenario, 0);
    // 90 EUR of 100 are paid; 20 EUR more are refused after 0.605 s; 50 EUR come from south-1, so
    // that the 20 EUR of the last one (of the workload) are there.
    let ends = ends(&scenario);
    for (end, expected) in ends.iter().zip([0.51, 0.61, 2.11, 3.11, 4.11, 5.11]) {
        assert!((end - expected).abs() < 1e-8, "{ends:?}");
    }
    let bank = record.bank.expect("a bank tells of its money");
    assert_eq!(bank.declined, 1, "{bank:?}");
}
