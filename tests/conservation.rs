//! No request is lost in silence: in every scenario that is shipped and under every architecture, what is
//! issued is answered, has failed for a reason, or is open at the end.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::scenario::Scenario;

#[test]
fn every_request_of_every_shipped_scenario_is_accounted_for() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(&folder).expect("scenarios are shipped");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    paths.sort();
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let name = path.to_string_lossy();
        let scenario = Scenario::parse(&name, &text, &folder, &[])
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        for contender in &scenario.contenders {
            let record = contender.preset.simulate(&scenario.model, 0, &Control::default());
            let of = format!("{name}, {}", contender.name);
            let mut observed = 0;
            for workload in 0..scenario.model.workloads.len() as u32 {
                let tally = record.of_workload(workload);
                let failed: u64 = tally.failed.iter().sum();
                assert_eq!(tally.observed, tally.answered() + failed + tally.open, "{of}");
                observed += tally.observed;
            }
            assert!(observed > 0, "{of}: nothing is asked for");
        }
    }
}
