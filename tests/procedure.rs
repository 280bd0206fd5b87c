//! Studies that find their length by themselves, and intervals of a single run.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{Estimate, Study, is_precise, metric_index, summarise};

/// A queue with exponential gaps and work of 1 s on the mean, at a load of `rate`.
fn queue(settings: &str, rate: f64) -> Scenario {
    let text = format!(
        "title = \"t\"\n{settings}\nnetwork.transport = \"ideal\"\n\
         [nodes.server]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\ncpu = {{ workers = 1 }}\n\
         [nodes.twice]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\ncpu = {{ workers = 1, speed = 2 }}\n\
         [nodes.user]\ncount = 5\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         [workloads.w.request]\nfrom = \"user\"\nwork = {{ exponential = {{ mean = \"1 s\" }} }}\n\
         arrivals = {{ poisson = {{ rate = \"{rate} /s\" }} }}\n\
         [architectures.slow.client-server]\nservers = \"server\"\n\
         [architectures.fast.client-server]\nservers = \"twice\"\n"
    );
    let scenario = Scenario::parse("procedure.toml", &text, Path::new("."), &[]);
    scenario.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn study(scenario: &Scenario, threads: usize) -> Study {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| run(scenario, &Control::default(), |_| {}).study)
}

fn estimate(study: &Study, architecture: usize) -> Estimate {
    let metric = metric_index("response_time.mean").unwrap();
    let summary = summarise(study);
    summary.pooled(architecture, metric).and_then(|row| row.estimate).unwrap()
}

#[test]
fn replications_are_the_fewest_that_are_enough_for_all_and_the_same_on_any_number_of_threads() {
    let settings = "run = { duration = \"2000 s\", warm_up = \"100 s\", replications = 5, \
         precision = { metric = \"response_time.mean\", relative_half_width = 0.05 } }";
    let scenario = queue(settings, 0.5);
    let one = study(&scenario, 1);
    assert!(one.replications > 5 && one.replications < 200, "{}", one.replications);
    assert_eq!(one.runs.len() as u32, 2 * one.replications);
    for threads in [2, 5] {
        let other = study(&scenario, threads);
        assert_eq!(other.replications, one.replications);
        for architecture in 0..2 {
            assert_eq!(estimate(&other, architecture), estimate(&one, architecture));
        }
    }
    for architecture in 0..2 {
        assert!(is_precise(&estimate(&one, architecture), 0.05));
    }
    // One less is not enough for both.
    let metric = metric_index("response_time.mean").unwrap();
    let summary = summarise(&one);
    let shorter = |architecture: usize| {
        let values = &summary.pooled(architecture, metric).unwrap().values;
        let first: Vec<f64> = values[..values.len() - 1].iter().flatten().copied().collect();
        is_precise(&Estimate::of(&first).unwrap(), 0.05)
    };
    assert!(!(shorter(0) && shorter(1)));
    // The estimate is near 1 / (1 - 0.5) and 0.5 / (1 - 0.25): within its 5 % twice over.
    for (architecture, expected) in [(0, 2.0), (1, 2.0 / 3.0)] {
        let found = estimate(&one, architecture).mean;
        assert!((found / expected - 1.0).abs() < 0.1, "{found} instead of {expected}");
    }
}

#[test]
fn what_cannot_be_known_so_well_ends_with_the_most_replications() {
    let settings = "run = { duration = \"100 s\", replications = 3, precision = \
         { metric = \"response_time.mean\", relative_half_width = 0.001, max_replications = 7 } }";
    assert_eq!(study(&queue(settings, 0.5), 3).replications, 7);
}

#[test]
fn a_warm_up_is_found_once_for_all_architectures_and_without_the_faults() {
    // At a load of 0.95 the queue of the slow one, which is empty at first, takes hundreds of seconds.
    let settings = "run = { duration = \"20000 s\", warm_up = \"auto\", replications = 5 }";
    let sought = study(&queue(settings, 0.95), 2);
    let pilot = sought.procedure.pilot.unwrap();
    assert_eq!((pilot.replications, pilot.is_blind), (5, false));
    let warm_up = sought.model.warm_up.secs();
    assert!(warm_up > 0.0 && warm_up < 10_000.0, "{warm_up}");
    // The same demand is judged under both.
    for runs in sought.runs.chunks(2) {
        let observed: Vec<u64> = runs.iter().map(|run| run.record.judged().observed).collect();
        assert_eq!(observed[0], observed[1]);
    }
    // As written, it gives the same.
    let settings = format!(
        "run = {{ duration = \"20000 s\", warm_up = \"{} ns\", replications = 5 }}",
        sought.model.warm_up.nanos()
    );
    assert_eq!(estimate(&study(&queue(&settings, 0.95), 2), 0), estimate(&sought, 0));
    let crash = "run = { duration = \"20000 s\", warm_up = \"auto\", replications = 5 }\n\
         faults = [{ at = \"50 s\", for = \"5000 s\", crash = { nodes = \"server\" } }]";
    assert_eq!(study(&queue(crash, 0.95), 2).model.warm_up, sought.model.warm_up);
}

#[test]
fn batch_means_of_one_long_run_cover_the_mean_as_often_as_they_should() {
    // Load 0.5: 2 s. 40,000 requests: batches of a thousand, far longer than what a queue remembers.
    let intervals: Vec<(f64, f64)> = (0..60)
        .filter_map(|seed| {
            let settings = format!(
                "seed = {seed}\nrun = {{ duration = \"80000 s\", warm_up = \"100 s\", replications = 1 }}"
            );
            estimate(&study(&queue(&settings, 0.5), 2), 0).interval
        })
        .collect();
    // Independent batches look correlated in 10 of 100 runs with 40 of them, and with 20 in 18.
    assert!(intervals.len() >= 50, "{} of 60", intervals.len());
    let covered = intervals.iter().filter(|(low, high)| (*low..=*high).contains(&2.0)).count();
    // Four standard errors less than expected.
    let count = intervals.len() as f64;
    let least = 0.95 * count - 4.0 * (count * 0.95 * 0.05).sqrt();
    assert!(covered as f64 >= least, "{covered} of {count}");
}

#[test]
fn a_very_long_run_has_the_interval_too_and_a_short_one_none() {
    // 160,000 requests are more than are remembered one by one.
    let settings = "run = { duration = \"320000 s\", warm_up = \"100 s\", replications = 1 }";
    let long = estimate(&study(&queue(settings, 0.5), 2), 0);
    let half = long.half_width().unwrap();
    // Asymptotic variance of the waiting time 29 (Daley 1968), and of the work 1; both vary together:
    // the half width is between 1.96 sqrt(29 / 160,000) and twice that.
    assert!((0.026..0.053).contains(&half), "{half}");
    assert!((long.mean - 2.0).abs() < 4.0 * half / 1.96, "{long:?}");
    let settings = "run = { duration = \"100 s\", replications = 1 }";
    assert_eq!(estimate(&study(&queue(settings, 0.5), 2), 0).interval, None);
}
