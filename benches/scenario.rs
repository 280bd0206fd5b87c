//! Whole scenarios, and events a second: from the text to the summary, on one core.

use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hubmesh::engine::Control;
use hubmesh::scenario::Scenario;
use hubmesh::stats::summarise;

fn scenario(name: &str, overrides: &[&str]) -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let text = std::fs::read_to_string(folder.join(name)).expect("the scenario is shipped");
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    Scenario::parse(name, &text, &folder, &overrides).expect("the scenario is sound")
}

fn scenarios(criterion: &mut Criterion) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread starts");
    let mut group = criterion.benchmark_group("scenario");
    group.sample_size(10);
    for (name, overrides) in [
        ("quick.toml", &["run.replications=1"][..]),
        ("textbook-distribution.toml", &["run.replications=1"]),
        ("abilene-mirrors.toml", &["run.replications=1", "nodes.user.count=100"]),
    ] {
        let scenario = scenario(name, overrides);
        let run = || hubmesh::run::run(&scenario, &Control::default(), |_| {});
        let events: u64 =
            pool.install(run).study.runs.iter().map(|run| run.record.event_count).sum();
        // Elements are events, so that the figure is events a second.
        group.throughput(Throughput::Elements(events));
        group.bench_function(name, |bencher| {
            bencher.iter(|| summarise(&pool.install(run).study));
        });
    }
    group.finish();
}

criterion_group!(benches, scenarios);
criterion_main!(benches);
