//! Stations, and requests for work: what happens to whom, derived by hand; and laws that always hold.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outcome, RunRecord};
use hubmesh::scenario::{Scenario, ScenarioError};
use proptest::prelude::*;

/// A server with the given stations, and clients at no distance.
fn text(stations: &str, workloads: &str) -> String {
    format!(
        "title = \"stations\"\n\
         run = {{ until = \"done\", replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         architectures.server.client-server.servers = \"server\"\n\
         [nodes.client]\ncount = 4\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n{stations}\n{workloads}"
    )
}

fn scenario(text: &str) -> Scenario {
    let scenario = Scenario::parse("stations.toml", text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    scenario
}

fn run(text: &str) -> RunRecord {
    let scenario = scenario(text);
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

/// When each request was answered, in the order of issuing; `None` when it failed.
fn answers(record: &RunRecord) -> Vec<Option<f64>> {
    let answered = |request: &hubmesh::metrics::RequestRecord| {
        request.ended.filter(|_| request.outcome.is_answered()).map(|at| at.secs())
    };
    record.requests.iter().map(answered).collect()
}

/// Requests at given seconds with a given work.
fn workload(name: &str, times: &[&str], rest: &str) -> String {
    format!(
        "[workloads.{name}.request]\nfrom = \"client\"\narrivals = {{ schedule = {{ times = {times:?} }} }}\n{rest}\n"
    )
}

#[test]
fn jobs_of_one_worker_are_done_in_the_order_of_coming() {
    let work = workload("w", &["0 s", "1 s", "1.5 s"], "work = \"2 s\"");
    let record = run(&text("cpu = { workers = 1 }", &work));
    // 0..2, then 2..4 and 4..6.
    assert_eq!(answers(&record), [Some(2.0), Some(4.0), Some(6.0)]);
    let station = &record.stations[0];
    assert_eq!((station.arrived, station.completed, station.delayed), (3, 3, 2));
    // They wait 1 s and 2.5 s.
    assert_eq!(station.mean_wait(), Some(3.5 / 3.0));
    assert_eq!(station.longest_queue, 2);
    // Who begins at once is in no queue.
    let apart = workload("w", &["0 s", "9 s"], "work = \"2 s\"");
    for cpu in ["workers = 1", "workers = 1, queue = 0", "workers = 5"] {
        let record = run(&text(&format!("cpu = {{ {cpu} }}"), &apart));
        assert_eq!(record.stations[0].longest_queue, 0, "{cpu}");
    }
}

#[test]
fn the_urgent_go_first_and_interrupt_nobody() {
    let loads = [
        workload("slow", &["0 s", "0.5 s"], "work = \"2 s\"\npriority = 1"),
        workload("urgent", &["1 s"], "work = \"1 s\"\npriority = 0"),
    ];
    let record = run(&text("cpu = { workers = 1, discipline = \"priority\" }", &loads.concat()));
    // In the order of issuing: at 0 s (until 2), at 0.5 s (after the urgent one) and at 1 s.
    assert_eq!(answers(&record), [Some(2.0), Some(5.0), Some(3.0)]);
}

#[test]
fn processor_sharing_gives_each_job_its_part_of_the_workers() {
    let work = workload("w", &["0 s", "0 s", "1 s"], "work = \"2 s\"");
    let record = run(&text("cpu = { workers = 2, discipline = \"processor-sharing\" }", &work));
    // Two jobs have a worker each until 1 s; then three share two workers. The first two have 1 s
    // left and get 2/3 of a worker: until 2.5 s. The third has got 1 s by then and has a worker
    // to itself: until 3.5 s.
    assert_eq!(answers(&record), [Some(2.5), Some(2.5), Some(3.5)]);
    let station = &record.stations[0];
    // 2 workers until 2.5 s, one until 3.5 s: 6 worker-seconds, the work of three jobs.
    assert_eq!(station.busy_nanos, 6_000_000_000);
}

#[test]
fn who_finds_no_room_is_refused() {
    let work = workload("w", &["0 s", "0.1 s", "0.2 s"], "work = \"1 s\"");
    for discipline in ["fifo", "priority"] {
        let cpu = format!("cpu = {{ workers = 1, queue = 1, discipline = {discipline:?} }}");
        let record = run(&text(&cpu, &work));
        assert_eq!(answers(&record), [Some(1.0), Some(2.0), None]);
        assert_eq!(record.requests[2].outcome.name(), "refused");
        assert_eq!(record.stations[0].refused, 1);
    }
    let sharing = "cpu = { workers = 1, queue = 1, discipline = \"processor-sharing\" }";
    // 0.1 s alone, then half a worker each: the first has 0.9 s left, until 1.9 s; the second has
    // 0.1 s left then.
    assert_eq!(answers(&run(&text(sharing, &work))), [Some(1.9), Some(2.0), None]);
}

#[test]
fn steps_visit_stations_one_after_another_with_their_speeds() {
    let steps =
        "steps = [{ station = \"cpu\", work = \"1 s\" }, { station = \"tape\", work = \"3 s\" }]";
    let stations = "cpu = { workers = 1, speed = 2 }\nstations.tape = { workers = 1, speed = 0.5 }";
    let record = run(&text(stations, &workload("w", &["0 s", "0 s"], steps)));
    // The processor does it in half of the time, the tape in twice: 0.5 + 6, and one after the other.
    assert_eq!(answers(&record), [Some(6.5), Some(12.5)]);
    let scenario = scenario(&text(stations, &workload("w", &["0 s"], steps)));
    let names: Vec<&str> = scenario.model.stations.iter().map(String::as_str).collect();
    assert_eq!(names, ["cpu", "disk", "printer", "tape"]);
}

#[test]
fn classes_have_speeds_of_their_own() {
    let text = text("cpu = { workers = 1, speed = 2 }", &workload("w", &["0 s"], "work = \"3 s\""));
    let classes = "classes = [{ share = 1, up = \"8 Mbit/s\", down = \"8 Mbit/s\", speed = 3 }]";
    let server = "count = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"";
    let text = text.replace(server, &format!("count = 1\n{classes}"));
    // 3 s at 2 x 3 times the speed.
    assert_eq!(answers(&run(&text)), [Some(0.5)]);
}

#[test]
fn a_node_without_a_station_does_any_number_of_jobs_at_once() {
    let record = run(&text("", &workload("w", &["0 s", "0 s", "1 s"], "work = \"2 s\"")));
    assert_eq!(answers(&record), [Some(2.0), Some(2.0), Some(3.0)]);
    assert!(record.stations.is_empty());
}

#[test]
fn bytes_of_questions_and_answers_share_bandwidth() {
    let sizes = "question = \"1 MB\"\nanswer = \"2 MB\"\nwork = \"1 s\"";
    let record = run(&text("cpu = { workers = 1 }", &workload("w", &["0 s"], sizes)));
    // 8 Mbit at 8 Mbit/s, a second of work, 16 Mbit.
    assert_eq!(answers(&record), [Some(4.0)]);
    let request = &record.requests[0];
    assert_eq!((request.started.unwrap().secs(), request.service.secs()), (2.0, 1.0));
    assert_eq!(request.bytes.count(), 2_000_000);
}

#[test]
fn the_work_for_a_client_without_patience_is_wasted() {
    let retry = "work = \"2 s\"\nanswer = \"1 MB\"\ntimeout = \"1 s\"";
    let record = run(&text("cpu = { workers = 1 }", &workload("w", &["0 s"], retry)));
    assert_eq!(record.requests[0].outcome.name(), "timed-out");
    // The run is over when the request has failed; longer ones see the end of the work.
    let longer = workload("w", &["0 s", "10 s"], retry);
    let record = run(&text("cpu = { workers = 1 }", &longer));
    assert_eq!(record.wasted_work.secs(), 2.0);
    assert_eq!(record.wasted.count(), 1_000_000);
}

#[test]
fn nodes_ask_in_their_own_rhythm_whatever_becomes_of_their_requests() {
    let workload = "[workloads.w.request]\nfrom = \"client\"\nwork = \"25 s\"\n\
                    arrivals = { per-node = { every = \"10 s\", for = \"35 s\" } }\n";
    let record = run(&text("", workload));
    // Four clients at 10, 20 and 30 s.
    let issued: Vec<f64> = record.requests.iter().map(|request| request.issued.secs()).collect();
    assert_eq!(issued, [[10.0; 4], [20.0; 4], [30.0; 4]].concat());
}

/// The share of the expected requests that came between two times, for a rate over time.
fn came(arrivals: &str, from: f64, to: f64) -> f64 {
    let workload = format!("[workloads.w.request]\nfrom = \"client\"\narrivals = {arrivals}\n");
    let record = run(&text("", &workload));
    let in_time = |at: f64| (from..to).contains(&at);
    record.requests.iter().filter(|request| in_time(request.issued.secs())).count() as f64
}

#[test]
fn rates_change_over_time_as_they_are_written() {
    let crowd = "{ flash-crowd = { base = \"2 /s\", peak = \"40 /s\", at = \"100 s\", rise = \"100 s\", hold = \"200 s\", fall = \"100 s\", for = \"1000 s\" } }";
    let day = "{ diurnal = { mean = \"10 /s\", peak_over_mean = 1.5, peak_at = \"250 s\", period = \"1000 s\", for = \"1000 s\" } }";
    // Areas: base 2 x 100; rise 100 x 21; hold 200 x 40. The swing brings 10 x (500 + 0.5 x 1000 /
    // pi) in the half of the period around its peak.
    let cases = [
        (crowd, 0.0, 100.0, 200.0),
        (crowd, 100.0, 200.0, 2100.0),
        (crowd, 200.0, 400.0, 8000.0),
        (crowd, 500.0, 1000.0, 1000.0),
        (day, 0.0, 500.0, 5000.0 + 5000.0 / std::f64::consts::PI),
        (day, 500.0, 1000.0, 5000.0 - 5000.0 / std::f64::consts::PI),
    ];
    for (arrivals, from, to, expected) in cases {
        // Poisson: the standard error is the root; four of them.
        let count = came(arrivals, from, to);
        assert!((count - expected).abs() < 4.0 * f64::sqrt(expected), "{count} for {expected}");
    }
}

#[test]
fn mistakes_with_stations_and_requests_are_named() {
    let sound = text("cpu = { workers = 1 }", &workload("w", &["0 s"], "work = \"2 s\""));
    let refused = |old: &str, new: &str, phrases: &[&str]| {
        assert!(sound.contains(old), "{old}");
        let text = sound.replace(old, new);
        let error = Scenario::parse("stations.toml", &text, Path::new("."), &[]).err();
        let error = error.unwrap_or_else(|| panic!("{new} is not refused"));
        let ScenarioError::Invalid(problems) = error else { panic!("{error}") };
        let error = problems.rendered(false);
        for phrase in phrases {
            assert!(error.contains(phrase), "{phrase:?} is not in\n{error}");
        }
    };
    let step = |station: &str| format!("steps = [{{ station = {station:?}, work = \"2 s\" }}]");
    refused("work = \"2 s\"", &step("disc"), &["\"disc\" is no kind of station", "\"disk\""]);
    refused("work = \"2 s\"", &format!("work = \"1 s\"\n{}", step("cpu")), &["say the same"]);
    refused("work = \"2 s\"", "priority = 32", &["priority 32", "0 (first) to 31"]);
    refused("workers = 1", "workers = 0", &["0 workers", "1 or more"]);
    refused("workers = 1", "workers = 1, speed = 0", &["a speed of 0"]);
    refused("workers = 1", "workers = 1, discipline = \"lifo\"", &["fifo", "processor-sharing"]);
    refused("cpu = {", "stations.cpu = {", &["a key of its own", "cpu = {"]);
    refused(
        "architectures.server.client-server.servers = \"server\"",
        "architectures.swarm.bittorrent.seeds = \"server\"",
        &["bittorrent brings objects", "\"w\" asks for work", "client-server"],
    );
    let schedule = "schedule = { times = [\"0 s\"] }";
    refused(schedule, "per-node = { every = \"0 s\" }", &["endlessly many requests", "`each`"]);
    refused(schedule, "poisson = { rate = \"0 /s\", count = 1 }", &["never come"]);
    refused(
        schedule,
        "diurnal = { mean = \"1 /s\", peak_over_mean = 3, count = 1 }",
        &["a peak of 3 times the mean", "1 (no swing) to 2"],
    );
    refused(
        schedule,
        "flash-crowd = { base = \"1 /s\", peak = \"9 /s\", at = \"1 s\", hold = \"1 s\" }",
        &["never end"],
    );
    refused(
        schedule,
        "flash-crowd = { base = \"9 /s\", peak = \"1 /s\", at = \"1 s\", hold = \"1 s\", count = 9 }",
        &["else 9", "no less than `base`"],
    );
}

#[test]
fn a_station_that_is_offered_too_much_is_warned_of() {
    let load = |rate: &str| {
        let workload = format!(
            "[workloads.w.request]\nfrom = \"client\"\nwork = \"2 s\"\narrivals = {{ poisson = {{ rate = {rate:?}, count = 10 }} }}\n"
        );
        scenario(&text("cpu = { workers = 3, speed = 2 }", &workload)).warnings.join("\n")
    };
    // Six seconds of work in a second can be done, and 2 s are asked for each time.
    assert!(!load("2.9 /s").contains("would have"));
    let warning = load("3.6 /s");
    assert!(warning.contains("\"cpu\" of server would have 1.20 times"), "{warning}");
}

#[test]
fn a_balance_that_does_not_look_is_judged_by_its_slowest_servers() {
    let warnings = |balance: &str| {
        let workload = "[workloads.w.request]\nfrom = \"client\"\nwork = \"1 s\"\n\
                        arrivals = { poisson = { rate = \"4 /s\", count = 10 } }\n\
                        [nodes.fast]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
                        cpu = { workers = 4 }\n";
        let servers = "client-server.servers = \"server\"";
        let both = format!(
            "client-server = {{ servers = [\"server\", \"fast\"], balance = {balance:?} }}"
        );
        let text = text("cpu = { workers = 1 }", workload).replace(servers, &both);
        scenario(&text).warnings.join("\n")
    };
    // Together they do 5 s of work in a second, and 4 are asked for; half of them is twice what the
    // first one can do, and all of them four times.
    assert!(!warnings("least-outstanding").contains("would have"));
    assert!(warnings("round-robin").contains("of server would have 2.00 times"));
    assert!(warnings("primary-backup").contains("of server would have 4.00 times"));
}

#[test]
fn settings_that_no_station_looks_at_are_warned_of() {
    let steps = "steps = [{ station = \"disk\", work = \"1 s\" }]\npriority = 1";
    let workload = workload("w", &["0 s"], steps);
    let warnings = |stations: &str| scenario(&text(stations, &workload)).warnings.join("\n");
    let idle = warnings("cpu = { workers = 1 }");
    assert!(idle.contains("no node has the station \"disk\""), "{idle}");
    assert!(idle.contains("`priority` does nothing"), "{idle}");
    let used = warnings("disk = { workers = 1, discipline = \"priority\" }");
    assert!(!used.contains("no node has") && !used.contains("does nothing"), "{used}");
    assert!(!used.contains("take no work"), "{used}");
    let workless = self::workload("w", &["0 s"], "");
    let workless = scenario(&text("cpu = { workers = 1 }", &workless)).warnings.join("\n");
    assert!(workless.contains("workload \"w\": its requests take no work"), "{workless}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Flow balance, Little's law and the utilisation law, whatever the station; nothing is lost,
    /// also when the run ends in the middle.
    #[test]
    fn the_laws_of_queues_hold_in_every_station(
        workers in 1u32..4,
        room in prop::option::of(0u32..5),
        discipline in prop::sample::select(vec!["fifo", "priority", "processor-sharing"]),
        rate in 1u32..12,
        duration in 1u32..60,
        work in prop::sample::select(vec![
            "\"0.3 s\"", "{ exponential = { mean = \"0.4 s\" } }",
            "{ pareto = { shape = 1.5, min = \"0.1 s\" } }", "\"0 s\"",
        ]),
        seed in any::<u32>(),
    ) {
        let room = room.map_or(String::new(), |room| format!(", queue = {room}"));
        let stations = format!(
            "cpu = {{ workers = {workers}, discipline = {discipline:?}{room} }}\ndisk = {{ workers = 1 }}"
        );
        let steps = format!(
            "steps = [{{ station = \"cpu\", work = {work} }}, {{ station = \"disk\", work = \"0.1 s\" }}]"
        );
        let workloads: String = [0, 1].map(|priority| format!(
            "[workloads.w{priority}.request]\nfrom = \"client\"\npriority = {priority}\n{steps}\n\
             arrivals = {{ poisson = {{ rate = \"{rate} /s\" }} }}\ntimeout = \"2 s\"\nretry.attempts = 2\n"
        )).concat();
        let text = text(&stations, &workloads)
            .replace("until = \"done\"", &format!("duration = \"{duration} s\""))
            .replacen("title", &format!("seed = {seed}\ntitle"), 1);
        let record = run(&text);
        for station in &record.stations {
            prop_assert_eq!(station.broken_law(), None, "{:?}", station);
        }
        let count = |is: fn(Outcome) -> bool| {
            record.requests.iter().filter(|request| is(request.outcome)).count()
        };
        let ended = count(|outcome| outcome.is_answered());
        let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
        let open = count(|outcome| outcome == Outcome::Open);
        prop_assert_eq!(ended + failed + open, record.requests.len());
    }
}

#[test]
fn work_at_a_station_that_servers_lack_is_warned_of() {
    let steps =
        "steps = [{ station = \"cpu\", work = \"1 ms\" }, { station = \"disk\", work = \"1 s\" }]";
    let workload = workload("w", &["0 s"], steps);
    let warnings = |stations: &str, clients: &str| {
        let clients = format!("[nodes.client]\n{clients}\n");
        let text = text(stations, &workload).replace("[nodes.client]\n", &clients);
        scenario(&text).warnings.join("\n")
    };
    // Only the client has what the server would need.
    let told = warnings("", "cpu = { workers = 1 }\ndisk = { workers = 1 }");
    let lack = |kind: &str| format!("\"server\": the server server lacks the station {kind:?}");
    assert!(told.contains(&lack("cpu")) && told.contains(&lack("disk")), "{told}");
    let told = warnings("cpu = { workers = 1 }\ndisk = { workers = 1 }", "");
    assert!(!told.contains("never waits"), "{told}");
    // Without any processor queues are left out on purpose.
    let told = warnings("disk = { workers = 1 }", "");
    assert!(!told.contains("never waits"), "{told}");
}

#[test]
fn one_of_the_servers_that_lacks_a_station_is_named() {
    let workload = workload("w", &["0 s"], "work = \"1 s\"")
        + "[nodes.other]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n";
    let text = text("cpu = { workers = 1 }", &workload);
    let text = text.replace("servers = \"server\"", "servers = [\"server\", \"other\"]");
    let told = scenario(&text).warnings.join("\n");
    assert!(told.contains("the server other lacks the station \"cpu\""), "{told}");
}

/// All of a thousand clients wait most of the time, as is their way; somebody beside them does not.
#[test]
fn those_who_wait_for_their_answers_are_no_overload() {
    let workloads = "[nodes.crowd]\ncount = 1000\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
                     [workloads.c.request]\nfrom = \"crowd\"\nwork = \"20 ms\"\n\
                     arrivals = { closed = { think = \"1 s\" } }\n\
                     [workloads.o.request]\nfrom = \"client\"\nwork = \"1 ms\"\n\
                     arrivals = { poisson = { rate = \"RATE /s\" } }\n";
    let told = |rate: &str| {
        let text = text("cpu = { workers = 1 }", &workloads.replace("RATE", rate));
        let scenario = scenario(&text.replace("until = \"done\"", "duration = \"30 s\""));
        let study = hubmesh::run::run(&scenario, &Control::default(), |_| {}).study;
        let summary = hubmesh::stats::summarise(&study);
        hubmesh::report::terminal_summary(&study, &summary, 400)
    };
    assert!(!told("0.1").contains("still waited"), "{}", told("0.1"));
    assert!(told("2000").contains("still waited"), "{}", told("2000"));
}

#[test]
fn a_station_that_was_asked_for_too_much_is_told_of_after_the_run() {
    // 1.5 s of work in a second for one worker: a third of all still waits at the end. The nearest
    // server is asked, so nobody knew before.
    let of = |rate: &str| {
        let workload = format!(
            "[workloads.w.request]\nfrom = \"client\"\nwork = \"1 s\"\narrivals = {{ poisson = {{ rate = {rate:?} }} }}\n"
        ) + "[nodes.far]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"1 s\"\n\
             cpu = { workers = 1 }\n";
        let text = text("cpu = { workers = 1 }", &workload);
        let text = text.replace("until = \"done\"", "duration = \"1000 s\"").replace(
            "servers = \"server\"",
            "balance = \"nearest\"\narchitectures.server.client-server.servers = [\"server\", \"far\"]",
        );
        let scenario = scenario(&text);
        assert!(!scenario.warnings.join("\n").contains("would have"));
        let study = hubmesh::run::run(&scenario, &Control::default(), |_| {}).study;
        let summary = hubmesh::stats::summarise(&study);
        hubmesh::report::terminal_summary(&study, &summary, 400)
    };
    let told = of("1.5 /s");
    assert!(told.contains("caution: cpu of server was busy for"), "{told}");
    assert!(told.contains("jobs still waited for it at the end"), "{told}");
    assert!(!of("0.5 /s").contains("still waited"));
}
