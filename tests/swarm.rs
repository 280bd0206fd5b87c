//! How good a swarm is, against what theory and measurement say of BitTorrent.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{Summary, Verdict, metric_index, summarise};

/// Equal peers and a seed as slow as they are, 400 pieces, downlinks that hold nobody back:
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
[workloads.file.download]
from = "peer"
arrivals = { burst = { over = "0 s" } }
catalogue = { size = "25 MiB" }
[architectures.rarest.bittorrent]
seeds = "seed"
piece_size = "64 KiB"
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
fn rarest_first_beats_random_pieces() {
    let both = format!(
        "{EQUAL_PEERS}[architectures.random.bittorrent]\nseeds = \"seed\"\npiece_size = \"64 KiB\"\nneighbours = 40\nupload_slots = 5\npiece_selection = \"random\"\n"
    );
    let summary = summary(&both, &[]);
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
