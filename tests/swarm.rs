//! How good a swarm is, against what theory and measurement say of BitTorrent.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{Summary, Verdict, metric_index, summarise};

/// Equal peers and a seed as slow as they are, 100 pieces, downlinks that hold nobody back:
/// what counts is that the seed sends no piece twice.
const EQUAL_PEERS: &str = r#"
title = "equal peers"
[run]
until = "done"
replications = 4
[nodes.seed]
count = 1
up = "1 Mbit/s"
down = "5 Mbit/s"
[nodes.peer]
count = 100
up = "1 Mbit/s"
down = "5 Mbit/s"
[network]
transport = "ideal"
[workloads.file.download]
from = "peer"
arrivals = { burst = { over = "0 s" } }
catalogue = { size = "25 MiB" }
[architectures.rarest.bittorrent]
seeds = "seed"
piece_size = "256 KiB"
neighbours = 40
upload_slots = 5
"#;

fn summary(text: &str, overrides: &[&str]) -> Summary {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    let scenario = Scenario::parse("test", text, Path::new(""), &overrides).unwrap();
    summarise(&hubmesh::run::run(&scenario, &Control::default(), |_| {}).study)
}

fn mean(summary: &Summary, metric: &str) -> f64 {
    let row = summary.pooled(0, metric_index(metric).unwrap()).unwrap();
    row.estimate.unwrap().mean
}

#[test]
fn a_swarm_of_equal_peers_comes_near_its_bound() {
    // The acceptance band of the validation targets: [1.00, 1.35] of the bound.
    let over_bound = mean(&summary(EQUAL_PEERS, &[]), "makespan_over_bound");
    assert!((1.0..=1.35).contains(&over_bound), "{over_bound}");
}

#[test]
fn a_seed_that_suggests_nothing_sends_more_twice() {
    // BEP 16 says 150 % to 200 % of the file before everybody else has it, and 105 % at best.
    let over_bound = |suggest: &str| {
        let set = format!("architectures.rarest.bittorrent.suggest_pieces={suggest}");
        mean(&summary(EQUAL_PEERS, &[&set]), "server_bytes") / f64::from(25 << 20)
    };
    let (with, without) = (over_bound("true"), over_bound("false"));
    assert!(with < 1.3 && (1.3..2.0).contains(&without), "{with} {without}");
}

#[test]
fn small_objects_are_not_asked_for_twice() {
    // One piece each: two seeds would both be asked for it in an end game without judgement.
    let small = EQUAL_PEERS.replace("25 MiB", "200 kB").replace("count = 1\n", "count = 2\n");
    let summary = summary(&small, &["nodes.peer.count=20"]);
    let copies = mean(&summary, "total_bytes") / (20.0 * 200_000.0);
    assert!((1.0..1.01).contains(&copies), "{copies}");
}

#[test]
fn the_end_game_does_not_wait_for_the_slowest_uplink() {
    let slow = "[nodes.slow]\ncount = 50\nup = \"100 kbit/s\"\ndown = \"5 Mbit/s\"\n[workloads";
    let unequal = EQUAL_PEERS
        .replace("1 Mbit/s", "10 Mbit/s")
        .replace("[workloads", slow)
        .replace("from = \"peer\"", "from = [\"peer\", \"slow\"]");
    let makespan = |end_game: &str| {
        let end_game = format!("architectures.rarest.bittorrent.end_game={end_game}");
        mean(&summary(&unequal, &[&end_game, "nodes.peer.count=50"]), "makespan")
    };
    let (with, without) = (makespan("true"), makespan("false"));
    assert!(with < 0.8 * without, "{with} {without}");
}

#[test]
fn rarest_first_beats_random_pieces() {
    let both = format!(
        "{EQUAL_PEERS}[architectures.random.bittorrent]\nseeds = \"seed\"\npiece_size = \"256 KiB\"\nneighbours = 40\nupload_slots = 5\npiece_selection = \"random\"\n"
    );
    // What the seed suggests would help the one and not the other.
    let alone =
        ["rarest", "random"].map(|a| format!("architectures.{a}.bittorrent.suggest_pieces=false"));
    let summary = summary(&both, &alone.each_ref().map(String::as_str));
    let makespan = metric_index("makespan").unwrap();
    let comparison = summary.comparisons.iter().find(|c| c.metric == makespan).unwrap();
    assert_eq!(comparison.verdict, Verdict::AIsBetter, "{comparison:?}");
}

#[test]
fn the_makespan_grows_no_faster_than_the_logarithm_of_the_peers() {
    // Doubling the peers three times adds at most what it added before, within 5 % for luck.
    let makespan = |count: u32| {
        let count = format!("nodes.peer.count={count}");
        mean(&summary(EQUAL_PEERS, &[&count, "run.replications=2"]), "makespan")
    };
    let times: Vec<f64> = [25, 50, 100, 200].map(makespan).into();
    let first = (times[1] - times[0]).max(0.0);
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] <= first + 0.05 * pair[0], "{times:?}");
    }
}

#[test]
fn peers_that_leave_at_once_still_leave_everybody_served() {
    let seed_time = "architectures.rarest.bittorrent.seed_time=0 s";
    let summary = summary(EQUAL_PEERS, &[seed_time, "nodes.peer.count=30", "run.replications=2"]);
    assert_eq!(mean(&summary, "availability"), 1.0);
    assert!(mean(&summary, "makespan_over_bound") >= 1.0);
}

#[test]
fn a_thousand_peers_finish_the_textbook_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/textbook-distribution.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let cell = ["nodes.peer.count=1000", "nodes.peer.up=300 kbit/s", "run.replications=1"];
    let summary = summary(&text, &cell);
    let of = |architecture, metric: &str| {
        let row = summary.pooled(architecture, metric_index(metric).unwrap()).unwrap();
        row.estimate.unwrap().mean
    };
    // 500,000 s and 45,454.5 s are the bounds of the textbook.
    assert!((of(0, "makespan") - 500_000.0).abs() <= 1e-3 * 500_000.0);
    assert!((of(1, "makespan_bound") - 45_454.545_454_5).abs() <= 1e-6);
    assert!((1.0..=1.35).contains(&of(1, "makespan_over_bound")));
}
