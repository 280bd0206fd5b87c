//! TCP at the level of flows, through whole scenarios: against its formulas, and against ideal
//! sharing when everything that it adds is switched off.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{Summary, metric_index, summarise};

/// One client asks a server for one object; the client's line is the bottleneck.
const PULL: &str = r#"
title = "one pull"
[run]
until = "done"
replications = 2
[nodes.server]
count = 1
up = "10 Gbit/s"
down = "10 Gbit/s"
[nodes.client]
count = 1
up = "10 Gbit/s"
down = "10 Mbit/s"
latency = "25 ms"
[workloads.file.download]
from = "client"
arrivals = { burst = { over = "0 s" } }
catalogue = { size = "1 MB" }
[architectures.server.client-server]
servers = "server"
"#;

const SWITCHED_OFF: &str = r#"
[network.tcp]
overhead = 0
initial_window = 0
rwnd = "unlimited"
rtt_exponent = 0
serialisation_bytes = 0
queue_occupancy = 0
ack_every = 0
setup_rtts = 0
"#;

const CROWD: &str = r#"
title = "a crowd"
[run]
until = "done"
replications = 2
[nodes.server]
count = 2
up = "100 Mbit/s"
down = "100 Mbit/s"
latency = "4 ms"
[nodes.peer]
count = 90
up = { choice = [["5 Mbit/s", 1], ["20 Mbit/s", 1]] }
down = { uniform = { min = "20 Mbit/s", max = "80 Mbit/s" } }
latency = { uniform = { min = "2 ms", max = "40 ms" } }
[workloads.file.download]
from = "peer"
arrivals = { burst = { over = "2 s" } }
catalogue = { size = "5 MB" }
[architectures.server.client-server]
servers = "server"
[architectures.swarm.bittorrent]
seeds = "server"
piece_size = "256 KiB"
"#;

fn summary(text: &str) -> Summary {
    let scenario = Scenario::parse("test", text, Path::new(""), &[]).unwrap();
    summarise(&hubmesh::run::run(&scenario, &Control::default(), |_| {}).study)
}

fn mean(summary: &Summary, architecture: usize, metric: &str) -> f64 {
    let row = summary.pooled(architecture, metric_index(metric).unwrap()).unwrap();
    row.estimate.unwrap().mean
}

#[test]
fn a_pull_takes_its_round_trips_slow_start_and_bytes() {
    // 50 ms round trip, 10 Mbit/s: 2 round trips, rounds of 10, 20 and 40 segments wait 69.600 ms,
    // and 1 MB at 9.653 Mbit/s of payload takes 828.729 ms.
    let seconds = mean(&summary(PULL), 0, "response_time.mean");
    assert!((seconds - 0.998_329).abs() < 2e-5, "{seconds}");
    let ideal = format!("{PULL}[network]\ntransport = \"ideal\"\n");
    let seconds = mean(&summary(&ideal), 0, "response_time.mean");
    assert!((seconds - 0.850).abs() < 1e-6, "{seconds}");
}

#[test]
fn tls_takes_more_round_trips() {
    let with_tls = format!("{PULL}[network.tcp]\nsetup_rtts = 2\n");
    let more = mean(&summary(&with_tls), 0, "response_time.mean")
        - mean(&summary(PULL), 0, "response_time.mean");
    assert!((more - 0.050).abs() < 1e-6, "{more}");
}

#[test]
fn loss_and_windows_cap_the_rate() {
    // 50 ms: a window of 64 KiB a round trip is 10.49 Mbit/s, more than the line; 16 KiB are 2.62.
    let window = format!("{PULL}[network.tcp]\nrwnd = \"16 KiB\"\n");
    let seconds = mean(&summary(&window), 0, "response_time.mean");
    assert!(seconds > 8e6 / 2.622e6 && seconds < 8e6 / 2.622e6 + 0.3, "{seconds}");
    let lossy = PULL.replace("latency = \"25 ms\"", "latency = \"25 ms\"\nloss = 0.01");
    // CUBIC: 12.25 segments a round trip, 2.837 Mbit/s; set-up and slow start take less than a second.
    let expected = 8e6 / 2.837e6;
    let seconds = mean(&summary(&lossy), 0, "response_time.mean");
    assert!(seconds > expected && seconds < expected + 1.0, "{seconds}");
    // What its own cap has limited is told as that.
    let scenario = Scenario::parse("test", &lossy, Path::new(""), &[]).unwrap();
    let study = hubmesh::run::run(&scenario, &Control::default(), |_| {}).study;
    let capped = study.runs[0].record.capped.secs();
    assert!((capped - expected).abs() < 0.01, "{capped}");
    assert_eq!(study.runs[0].record.nodes[1].down_use.limiting.secs(), 0.0);
    let given = format!("{PULL}[network.tcp]\nmax_rate = \"2 Mbit/s\"\n");
    let seconds = mean(&summary(&given), 0, "response_time.mean");
    assert!((4.0..4.4).contains(&seconds), "{seconds}");
}

#[test]
fn switched_off_it_is_ideal_sharing() {
    let off = summary(&format!("{CROWD}{SWITCHED_OFF}"));
    let ideal = summary(&format!("{CROWD}[network]\ntransport = \"ideal\"\n"));
    // The server to rounding; a swarm's choices can turn on a nanosecond.
    for (architecture, tolerance) in [(0, 1e-6), (1, 0.05)] {
        for metric in ["response_time.mean", "makespan"] {
            let (a, b) = (mean(&off, architecture, metric), mean(&ideal, architecture, metric));
            assert!((a - b).abs() <= tolerance * b, "{metric} of {architecture}: {a} for {b}");
        }
    }
}

#[test]
fn downloads_slow_the_uploads_of_a_thin_line() {
    // A line of 10 Mbit/s down and 1 Mbit/s up: acknowledgements of a download at full rate take
    // 0.173 Mbit/s of the uplink, which leaves 0.792 Mbit/s of payload.
    let thin = r#"
title = "a thin line"
[run]
duration = "100 s"
replications = 2
[nodes.far]
count = 1
up = "1 Gbit/s"
down = "1 Gbit/s"
latency = "5 ms"
[nodes.home]
count = 1
up = "1 Mbit/s"
down = "10 Mbit/s"
latency = "5 ms"
[workloads.down.transfer]
from = "far"
to = "home"
size = "1 GB"
arrivals = { burst = { over = "0 s" } }
[workloads.up.transfer]
from = "home"
to = "far"
size = "1 GB"
arrivals = { burst = { over = "0 s" } }
[architectures.none.client-server]
servers = "far"
"#;
    let scenario = Scenario::parse("test", thin, Path::new(""), &[]).unwrap();
    let study = hubmesh::run::run(&scenario, &Control::default(), |_| {}).study;
    let home = &study.runs[0].record.nodes[1];
    // The starts wait for some round trips.
    let upload = home.bytes_up.bits() / 100e6;
    let download = home.bytes_down.bits() / 100e6;
    assert!((0.77..0.80).contains(&upload), "{upload} Mbit/s");
    assert!((9.5..9.66).contains(&download), "{download} Mbit/s");
}

#[test]
fn a_small_answer_fills_no_queue() {
    // A line of 64 kbit/s holds 30 kB in its queue, 3.75 s. A question of 200 B and an answer of
    // 1 kB that are under way are 0.155 s of it, and nobody waits longer for them.
    let slow = r#"
title = "a slow line"
[run]
until = "done"
replications = 1
[nodes.terminal]
count = 1
up = "64 kbit/s"
down = "64 kbit/s"
latency = "15 ms"
[nodes.server]
count = 1
up = "1 Gbit/s"
down = "1 Gbit/s"
[workloads.w.request]
from = "terminal"
arrivals = { schedule = { times = [START] } }
question = "200 B"
answer = "1 kB"
[architectures.a.client-server]
servers = "server"
"#;
    let alone = mean(&summary(&slow.replace("START", "\"1 s\"")), 0, "response_time.mean");
    let times = "\"1 s\", \"1.05 s\"";
    let both = summary(&slow.replace("START", times));
    let longest = mean(&both, 0, "response_time.max");
    let ahead = 8.0 * 1200.0 / 64e3 * 1500.0 / 1448.0;
    assert!(longest < alone + ahead, "{longest} s after {alone} s");
}
