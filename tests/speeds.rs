//! Faster and slower stations: what is said of the time of requests is time, and not work of a worker of
//! speed 1.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::RunRecord;
use hubmesh::scenario::Scenario;

fn run(server: &str, phone: &str, workload: &str, architecture: &str) -> RunRecord {
    let text = format!(
        "title = \"t\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         [nodes.server]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n{server}\
         [nodes.phone]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n{phone}\
         {workload}\narrivals = {{ schedule = {{ times = [\"1 s\", \"1 s\", \"1 s\", \"1 s\", \"1 s\"] }} }}\n\
         [architectures.x.client-server]\nservers = \"server\"\n{architecture}"
    );
    let scenario = Scenario::parse("speeds.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

const REQUESTS: &str = "[workloads.w.request]\nfrom = \"phone\"\nwork = \"100 ms\"";

#[test]
fn a_fast_server_works_for_a_shorter_time() {
    for (speed, span) in [(4.0, 0.025), (1.0, 0.1), (0.25, 0.4)] {
        let cpu = format!("cpu = {{ workers = 1, speed = {speed:?} }}\n");
        let record = run(&cpu, "", REQUESTS, "");
        for (place, request) in (1..).zip(&record.requests) {
            assert!((request.service.secs() - span).abs() < 1e-9, "{request:?}");
            let ended = 1.0 + f64::from(place) * span;
            assert!((request.ended.unwrap().secs() - ended).abs() < 1e-9, "{request:?}");
        }
    }
}

#[test]
fn so_does_one_that_sends_objects() {
    let cpu = "cpu = { workers = 1, speed = 4.0 }\n";
    let download =
        "[workloads.w.download]\nfrom = \"phone\"\ncatalogue = { objects = 5, size = \"1 B\" }";
    let record = run(cpu, "", download, "service = \"100 ms\"\n");
    let first = record.requests.iter().filter(|request| request.is_delivery);
    assert!(first.map(|request| request.service.secs()).all(|span| (span - 0.025).abs() < 1e-9));
}

#[test]
fn middleware_on_a_slow_phone_takes_its_time() {
    let platform = "[[architectures.x.client-server.middleware.platforms]]\nclients = \"phone\"\n\
                    marshal = \"10 ms\"\nserver_marshal = \"1 ms\"\n";
    let phone = "cpu = { workers = 1, speed = 0.1 }\n";
    let server = "cpu = { workers = 1, speed = 2.0 }\n";
    let download =
        "[workloads.w.download]\nfrom = \"phone\"\ncatalogue = { objects = 5, size = \"1 B\" }";
    for workload in [REQUESTS, download] {
        let record = run(server, phone, workload, platform);
        let middleware = &record.middleware[0];
        let calls = u128::from(middleware.calls);
        assert!(calls > 0);
        assert_eq!(middleware.client_nanos, calls * 200_000_000);
        assert_eq!(middleware.server_nanos, calls * 1_000_000);
    }
}
