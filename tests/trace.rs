//! Traces replayed through the program, with the times that follow from the model by hand.
//!
//! The ideal transport: a transfer waits its one-way latency, the sum of the access latencies of
//! both ends, and then holds its max-min fair share of all links on its path.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of its own for each test, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("hubmesh-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.0.join(name), content).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

type Row = BTreeMap<String, String>;

/// Runs `case.toml` of the folder; the rows of requests.csv.
fn requests(folder: &Folder) -> Vec<Row> {
    let arguments = ["run", "case.toml", "--out", "out", "--requests", "--no-charts", "--quiet"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubmesh"));
    let output = command.args(arguments).current_dir(&folder.0).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{message}");
    rows(&folder.0.join("out/requests.csv"))
}

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn of_architecture(rows: &[Row], name: &str) -> Vec<Row> {
    rows.iter().filter(|row| row["architecture"] == name).cloned().collect()
}

/// `text`, in seconds, is `seconds` within a nanosecond.
fn is_at(text: &str, seconds: f64) -> bool {
    let found: f64 = text.parse().unwrap();
    ((found - seconds) * 1e9).round().abs() <= 1.0
}

#[test]
fn transfers_between_named_nodes_share_links_as_the_model_says() {
    let folder = Folder::new("trace-transfers");
    folder.write(
        "case.toml",
        r#"title = "Transfers"
[run]
until = "done"
replications = 1
[network]
transport = "ideal"
[nodes.hub]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "10 ms"
[nodes.near]
count = 1
up = "16 Mbit/s"
down = "100 Mbit/s"
latency = "20 ms"
[nodes.leaf]
count = 2
up = "4 Mbit/s"
down = "2 Mbit/s"
latency = "5 ms"
[nodes.far]
count = 1
up = "1 Mbit/s"
down = "100 Mbit/s"
latency = "40 ms"
[workloads.log.trace]
file = "log.csv"
[architectures.server.client-server]
servers = "hub"
[architectures.swarm.bittorrent]
seeds = "hub"
"#,
    );
    // Not in order of time, and with a column that nobody asked for.
    folder.write(
        "log.csv",
        "start_s,from,to,bytes,note\n\
         10.5,near,leaf-2,1000000,slow downlink\n\
         0,hub,near,1000000,shares the uplink\n\
         0,hub,far,1000000,shares the uplink\n\
         20,leaf-1,hub,500000,two into one\n\
         20,near,hub,500000,two into one\n\
         30,far,far,7,stays\n",
    );
    // 1 MB is 8 Mbit.
    // Request 0, hub to near: 10 + 20 ms of latency. Alone from 0.03 s until the other one begins
    //   at 0.05 s (10 + 40 ms): 0.02 s x 8 Mbit/s = 0.16 Mbit. The other 7.84 Mbit at half of the
    //   uplink, 4 Mbit/s: 0.05 + 7.84 / 4 = 2.01 s.
    // Request 1, hub to far: has 7.84 Mbit by 2.01 s too, and the last 0.16 Mbit at 8 Mbit/s:
    //   2.01 + 0.02 = 2.03 s.
    // Request 2, near to leaf-2: 10.5 + 0.025 s, then 8 Mbit at the downlink's 2 Mbit/s: 14.525 s.
    // Requests 3 and 4 into the hub's downlink of 8 Mbit/s, 4 Mbit each. From leaf-1 (begins at
    //   20.015 s) never more than its uplink, 4 Mbit/s, which is also half of the downlink:
    //   20.015 + 1 = 21.015 s. From near (begins at 20.03 s) 4 Mbit/s until then: 0.985 s x 4 =
    //   3.94 Mbit; the last 0.06 Mbit at 8 Mbit/s take 0.0075 s: 21.0225 s.
    // Request 5 stays on its node and takes no time.
    let expected = [
        ("hub", 0.0, 2.01),
        ("hub", 0.0, 2.03),
        ("near", 10.5, 14.525),
        ("leaf-1", 20.0, 21.015),
        ("near", 20.0, 21.0225),
        ("far", 30.0, 30.0),
    ];
    let rows = requests(&folder);
    for architecture in ["server", "swarm"] {
        let rows = of_architecture(&rows, architecture);
        assert_eq!(rows.len(), expected.len());
        for (row, (node, issued, answered)) in rows.iter().zip(expected) {
            assert_eq!((row["node"].as_str(), row["outcome"].as_str()), (node, "answered"));
            assert_eq!((row["object"].as_str(), row["provider"].as_str()), ("", node));
            assert!(is_at(&row["issued_s"], issued), "{row:?}");
            assert!(is_at(&row["answered_s"], answered), "expected {answered}: {row:?}");
        }
    }
}

#[test]
fn unknown_clients_of_a_trace_get_nodes_in_order_of_first_appearance() {
    let folder = Folder::new("trace-downloads");
    folder.write(
        "case.toml",
        r#"title = "Downloads"
[run]
until = "done"
replications = 2
[network]
transport = "ideal"
[nodes.server]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
latency = "2 ms"
[nodes.pupil]
count = 2
up = "100 Mbit/s"
down = "100 Mbit/s"
latency = "3 ms"
[workloads.log.trace]
file = "log.csv"
from = "pupil"
[architectures.central.client-server]
servers = "server"
"#,
    );
    folder.write(
        "log.csv",
        "time_s,object,bytes,client\n\
         0,x,1000000,alice\n\
         2,y,500000,bob\n\
         4,x,1000000,pupil-2\n\
         6,y,500000,carol\n\
         6,w,500000,dave\n\
         8,z,250000,alice\n",
    );
    // The question and the first byte of the answer take 2 + 3 ms each. Then the server's uplink,
    // 8 Mbit/s, decides:
    //   alice   0 + 0.01 + 8 / 8                   = 1.01 s    pupil-1, the first stand-in
    //   bob     2 + 0.01 + 4 / 8                   = 2.51 s    pupil-2, the second
    //   pupil-2 4 + 0.01 + 8 / 8                   = 5.01 s    itself, and takes nobody's turn
    //   carol   6 + 0.01 + 4 / 4, shared with dave = 7.01 s    pupil-1 once more
    //   dave    as carol                                       pupil-2 once more
    //   alice   8 + 0.01 + 2 / 8                   = 8.26 s    who she was before
    let expected = [
        ("pupil-1", "0", 0.0, 1.01),
        ("pupil-2", "1", 2.0, 2.51),
        ("pupil-2", "0", 4.0, 5.01),
        ("pupil-1", "1", 6.0, 7.01),
        ("pupil-2", "2", 6.0, 7.01),
        ("pupil-1", "3", 8.0, 8.26),
    ];
    let rows = requests(&folder);
    // A trace is the same in each replication, and nothing here is random.
    assert_eq!(rows.len(), 2 * expected.len());
    for (index, row) in rows.iter().enumerate() {
        let (node, object, issued, answered) = expected[index % expected.len()];
        assert_eq!((row["node"].as_str(), row["object"].as_str()), (node, object), "{row:?}");
        assert_eq!((row["provider"].as_str(), row["outcome"].as_str()), ("server", "answered"));
        assert!(is_at(&row["issued_s"], issued), "{row:?}");
        assert!(is_at(&row["found_s"], issued), "servers are known: {row:?}");
        assert!(is_at(&row["started_s"], issued + 0.005), "{row:?}");
        assert!(is_at(&row["answered_s"], answered), "expected {answered}: {row:?}");
    }
}

#[test]
fn a_trace_is_answered_by_a_swarm_as_well() {
    let folder = Folder::new("trace-swarm");
    folder.write(
        "case.toml",
        r#"title = "Downloads from each other"
[run]
until = "done"
replications = 1
[nodes.origin]
count = 1
up = "8 Mbit/s"
down = "8 Mbit/s"
[nodes.user]
count = 3
up = "8 Mbit/s"
down = "100 Mbit/s"
[workloads.log.trace]
file = "log.csv"
from = "user"
[architectures.swarm.bittorrent]
seeds = "origin"
piece_size = "16 KiB"
"#,
    );
    folder.write(
        "log.csv",
        "time_s,object,bytes,client\n0,x,2000000,a\n0,x,2000000,b\n0.5,x,2000000,c\n",
    );
    let rows = requests(&folder);
    let nodes: Vec<&str> = rows.iter().map(|row| row["node"].as_str()).collect();
    assert_eq!(nodes, ["user-1", "user-2", "user-3"]);
    for row in &rows {
        assert_eq!((row["outcome"].as_str(), row["bytes"].as_str()), ("answered", "2000000"));
        // Nothing can be sooner than the 16 Mbit through the origin's uplink, 2 s, for the first
        // to have all of it.
        assert!(row["answered_s"].parse::<f64>().unwrap() >= 2.0, "{row:?}");
    }
}
