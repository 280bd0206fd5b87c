//! When faults are over, nothing of them stays: messages of what has ended reach nobody, and all is
//! shared as if nothing had happened.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{RunRecord, Stop};
use hubmesh::scenario::Scenario;

/// Nodes of one kind with links that are never short.
fn group(name: &str, count: u32, latency: &str, rest: &str) -> String {
    format!(
        "[nodes.{name}]\ncount = {count}\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = {latency:?}\n{rest}\n"
    )
}

/// The run of each architecture.
fn run(text: &str) -> Vec<RunRecord> {
    let scenario = Scenario::parse("aftermath.toml", text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    let simulate = |contender: &hubmesh::architectures::Contender| {
        contender.simulate(&scenario.model, 0, &Control::default())
    };
    scenario.contenders.iter().map(simulate).collect()
}

#[test]
fn a_caller_that_goes_down_leaves_no_request_counted_as_under_way() {
    // While app-1 is down, callers go down before they hear that it is.
    let text = [
        "title = \"least outstanding\"\nrun = { duration = \"300 s\", replications = 1 }\n",
        "network.transport = \"ideal\"\n",
        &group("user", 50, "5 ms", ""),
        &group("web", 4, "25 ms", ""),
        &group("app", 2, "25 ms", "cpu = { workers = 4 }"),
        "[workloads.w.request]\nfrom = \"user\"\nwork = \"10 ms\"\n\
         arrivals = { poisson = { rate = \"40 /s\" } }\n\
         [[faults]]\nfor = \"100 s\"\ncrash = { nodes = \"app-1\" }\n\
         [[faults]]\nfor = \"100 s\"\ncrash = { nodes = \"web\", every = \"2 s\", lasts = \"0.2 s\" }\n\
         [[architectures.mt.multi-tier.tiers]]\nservers = \"web\"\n\
         [[architectures.mt.multi-tier.tiers]]\nservers = \"app\"\nbalance = \"least-outstanding\"\n",
    ]
    .concat();
    let record = run(&text).remove(0);
    let served: Vec<f64> = record.stations.iter().map(|station| station.completed as f64).collect();
    // 200 of 300 s are shared by both; of the first 100 s app-2 has all. When both are idle the
    // first of equals is asked, so app-1 has more than half: a third of its share is plenty.
    assert!(served[0] > served[1] / 3.0, "{served:?}");
}

/// An origin, a cache and viewers of one clip, and the same origin without a cache.
fn clips(workload: &str, faults: &str) -> String {
    [
        "title = \"clips\"\nrun = { duration = \"60 s\", replications = 1 }\n",
        "network.transport = \"ideal\"\n",
        &group("origin", 1, "5 ms", ""),
        &group("edge", 1, "5 ms", ""),
        &group("viewer", 200, "5 ms", ""),
        &format!("[workloads.clips.download]\nfrom = \"viewer\"\n{workload}\n{faults}\n"),
        "[architectures.cached.edge-caches]\ncaches = \"edge\"\norigin = \"origin\"\ncapacity = \"9 MB\"\n\
         [architectures.server.client-server]\nservers = \"origin\"\n",
    ]
    .concat()
}

#[test]
fn a_lost_message_between_cache_and_origin_is_sent_again() {
    let workload = "arrivals = { poisson = { rate = \"2 /s\" } }\ntimeout = \"1 s\"\n\
                    catalogue = { size = \"100 kB\" }";
    let faults = "[[faults]]\nfor = \"5 s\"\nlose = { nodes = \"origin\", probability = 1 }";
    for record in run(&clips(workload, faults)) {
        let late = record.requests.iter().filter(|request| request.issued.secs() > 8.0);
        let (answered, all) = late.fold((0, 0), |(answered, all), request| {
            (answered + u32::from(request.outcome.is_answered()), all + 1)
        });
        // Who waits for what was lost in the fault does so until 7 s and the way; and the last one may still be
        // under way.
        assert!(answered + 1 >= all && all > 50, "{answered} of {all}");
    }
}

#[test]
fn a_download_that_ended_with_its_node_does_not_end_the_next_one() {
    let text = clips(
        "arrivals = { closed = { think = \"1 ms\" } }\ncatalogue = { objects = 3, size = \"100 kB\" }",
        "[[faults]]\nat = \"4 s\"\nfor = \"20 ms\"\ncrash = { nodes = \"viewer\" }",
    )
    // A slow and far cache: downloads are under way when the viewer goes down and comes back.
    .replace("count = 200", "count = 1")
    .replace("up = \"1 Gbit/s\"", "up = \"1 Mbit/s\"")
    .replace("latency = \"5 ms\"", "latency = \"100 ms\"");
    for record in run(&text) {
        let failed = record.requests.iter().filter(|request| !request.outcome.is_answered());
        let outcomes: Vec<&str> = failed.map(|request| request.outcome.name()).collect();
        assert!(outcomes.iter().all(|name| ["client-down", "open"].contains(name)), "{outcomes:?}");
    }
}

#[test]
fn the_end_of_an_old_attempt_does_not_end_the_next_one() {
    let text = [
        "title = \"attempts\"\nrun = { duration = \"60 s\", replications = 1 }\n",
        "network.transport = \"ideal\"\n",
        &group("a", 1, "250 ms", "").replace("1 Gbit/s", "8 Mbit/s"),
        &group("b", 1, "250 ms", "").replace("1 Gbit/s", "8 Mbit/s"),
        // 9 MB take 9.5 s; slowed by another one, the first attempt is given up at 11 s, when the
        // notice of the crash at 10.8 s is still on its way.
        "[workloads.t.transfer]\nfrom = \"a\"\nto = \"b\"\nsize = \"9 MB\"\ntimeout = \"10 s\"\n\
         arrivals = { schedule = { times = [\"1 s\"] } }\n\
         retry = { attempts = 2, backoff = \"1 ms\", jitter = 0 }\n\
         [workloads.other.transfer]\nfrom = \"a\"\nto = \"b\"\nsize = \"2 MB\"\n\
         arrivals = { schedule = { times = [\"1 s\"] } }\n\
         [[faults]]\nat = \"10.8 s\"\nfor = \"10 ms\"\ncrash = { nodes = \"b\" }\n\
         [architectures.server.client-server]\nservers = \"b\"\n",
    ]
    .concat();
    let record = run(&text).remove(0);
    let first = record.requests.iter().find(|request| request.workload == 0).unwrap();
    assert_eq!((first.outcome.name(), first.attempts), ("answered", 2));
}

#[test]
fn a_run_goes_on_after_a_repair_however_long_it_takes() {
    let text = [
        "title = \"long repairs\"\nrun = { until = \"done\", replications = 1 }\n",
        "network.transport = \"ideal\"\n",
        &group("server", 1, "5 ms", ""),
        &group("user", 3, "5 ms", ""),
        "[workloads.w.request]\nfrom = \"user\"\narrivals = { closed = { think = \"10 s\", each = 1000 } }\n\
         [[faults]]\nfor = \"30 days\"\ncrash = { nodes = \"user\", every = \"1 h\", lasts = \"3 h\" }\n\
         [architectures.server.client-server]\nservers = \"server\"\n",
    ]
    .concat();
    let record = run(&text).remove(0);
    assert_eq!((record.stop, record.requests.len()), (Stop::Done, 3000));
}
