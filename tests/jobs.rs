//! Jobs: how long they take, against bounds of list scheduling, and what becomes of them when nodes go down.

use std::path::Path;
use std::process::Command;

use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, JobRecord, Outcome, RunRecord};
use hubmesh::random::{Key, Stream};
use hubmesh::scenario::Scenario;
use hubmesh::stats::{erlang_c, measure, metric_index};

/// Lines of 8 Mbit/s, and 20 ms from node to node. `worker`: of their table.
fn scenario(worker: &str, rest: &str) -> Scenario {
    let line = "up = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"10 ms\"\n";
    scenario_of(&format!(
        "network.transport = \"ideal\"\n[nodes.client]\ncount = 2\n{line}[nodes.desk]\ncount = 1\n{line}\
         [nodes.worker]\n{line}{worker}\n{rest}"
    ))
}

/// Messages and bytes take no time.
fn instant(worker: &str, rest: &str) -> Scenario {
    let line = "up = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"0 s\"\n";
    scenario_of(&format!(
        "network.transport = \"ideal\"\n[nodes.client]\ncount = 1\n{line}[nodes.desk]\ncount = 1\n{line}\
         [nodes.big]\ncount = 1\ncpu = {{ workers = 4 }}\n{line}\
         [nodes.worker]\n{line}{worker}\n{rest}"
    ))
}

fn scenario_of(text: &str) -> Scenario {
    let text =
        format!("title = \"t\"\nseed = 3\nrun = {{ until = \"done\", replications = 1 }}\n{text}");
    let scenario = Scenario::parse("jobs.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario
}

fn runs(scenario: &Scenario) -> Vec<(String, RunRecord)> {
    let contenders = scenario.contenders.iter();
    let run = contenders.map(|contender| {
        let record = contender.simulate(&scenario.model, 0, &Control::default());
        (contender.name.clone(), record)
    });
    run.collect()
}

/// Of each request in the order of issuing; `None`: it is not answered.
fn took(record: &RunRecord) -> Vec<Option<f64>> {
    let requests = record.requests.iter();
    let took = requests.map(|request| {
        let is_answered = request.outcome == Outcome::Answered;
        request.ended.filter(|_| is_answered).map(|ended| ended.secs() - request.issued.secs())
    });
    took.collect()
}

fn jobs(record: &RunRecord) -> &JobRecord {
    record.jobs.as_ref().unwrap()
}

fn value(record: &RunRecord, metric: &str) -> Option<f64> {
    measure(record, None)[metric_index(metric).unwrap()]
}

fn close(what: &str, got: Option<f64>, expected: f64) {
    assert!(
        got.is_some_and(|got| (got - expected).abs() < 1e-6),
        "{what}: {got:?} s, not {expected} s"
    );
}

/// Under all ways in which jobs come to a processor.
const ALL: &str = "[architectures.servers.client-server]\nservers = \"worker\"\nbalance = \"least-outstanding\"\n\
    [architectures.direct.server-farm]\nservers = \"worker\"\ndispatcher = \"desk\"\n\
    [architectures.through.server-farm]\nservers = \"worker\"\ndispatcher = \"desk\"\ndata = \"through\"\n\
    [architectures.turns.server-farm]\nservers = \"worker\"\ndispatcher = \"desk\"\nbalance = \"round-robin\"\n\
    [architectures.volunteers.volunteers]\nworkers = \"worker\"\nmaster = \"desk\"\nask_every = \"1 s\"\ndeadline = \"1 h\"\n\
    [architectures.probing.shared-processors]\npeers = \"worker\"\n\
    [architectures.stealing.shared-processors]\npeers = \"worker\"\nfind = \"stealing\"\nfirst_pause = \"10 ms\"\nlongest_pause = \"100 ms\"\n";
const RING: &str = "[architectures.ring.shared-processors]\npeers = \"worker\"\nfind = \"dht\"\n";

#[test]
fn one_job_takes_its_lines_its_work_and_what_is_said_before() {
    let demand = "[workloads.w.job]\nfrom = \"client-1\"\narrivals = { schedule = { times = [\"10 s\"] } }\n\
        input = \"1 MB\"\nwork = \"3 s\"\noutput = \"500 kB\"\n";
    let scenario = scenario("count = 1\ncpu = { workers = 1 }", &format!("{demand}{ALL}"));
    for (name, record) in runs(&scenario) {
        let all = took(&record);
        // 20 ms and 1 s for the input, 3 s, 20 ms and 0.5 s for the output.
        let plain = 1.02 + 3.0 + 0.52;
        match name.as_str() {
            "servers" | "stealing" => close(&name, all[0], plain),
            // Who is it, there and back; how much have you to do, there and back.
            "direct" | "turns" | "probing" => close(&name, all[0], plain + 0.04),
            // Everything goes over two lines.
            "through" => close(&name, all[0], plain + 1.02 + 0.52),
            // The same, and the volunteer asks every 0.5 to 1.5 s, 20 ms away.
            _ => {
                let waited = all[0].unwrap() - (plain + 1.02 + 0.52);
                assert!((0.0..=1.54).contains(&waited), "{name}: {waited}");
            }
        }
        let jobs = jobs(&record);
        assert_eq!((jobs.answered, jobs.done, jobs.capacity), (1, 3_000_000_000, 1.0), "{name}");
        close(&name, value(&record, "speed_up"), 3.0 / all[0].unwrap());
        assert_eq!(value(&record, "service_time"), Some(3.0), "{name}");
        assert_eq!(value(&record, "wasted_work"), Some(0.0), "{name}");
        let sent: u64 = record.nodes.iter().map(|node| node.bytes_up.count()).sum();
        let ways = if matches!(name.as_str(), "through" | "volunteers") { 2 } else { 1 };
        assert_eq!(sent, ways * 1_500_000, "{name}");
    }
}

#[test]
fn a_peer_does_its_own_job_without_a_word_when_it_is_free() {
    let demand = "[workloads.w.job]\nfrom = \"worker-1\"\narrivals = { schedule = { times = [\"10 s\"] } }\n\
        input = \"1 MB\"\nwork = \"3 s\"\noutput = \"500 kB\"\n";
    let scenario =
        scenario("count = 4\ncpu = { workers = 1, speed = 2 }", &format!("{demand}{ALL}"));
    for (name, record) in runs(&scenario) {
        if name == "probing" || name == "stealing" {
            // At twice the speed.
            close(&name, took(&record)[0], 1.5);
            assert_eq!(jobs(&record).capacity, 8.0);
            // 3 s of work in 1.5 s, of four processors of speed 2.
            close(&name, value(&record, "speed_up"), 2.0);
            close(&name, value(&record, "efficiency"), 0.25);
            close(&name, value(&record, "work_jain"), 0.25);
            close(&name, value(&record, "work_busiest_share"), 1.0);
            close(&name, value(&record, "work_max_over_mean"), 4.0);
        }
    }
}

#[test]
fn a_farm_is_one_server_with_as_many_workers_job_by_job() {
    let demand = "[workloads.w.job]\nfrom = \"client\"\narrivals = { poisson = { rate = \"3 /s\", count = 40000 } }\n\
        work = { exponential = { mean = \"1 s\" } }\n";
    let farm = "[architectures.one.client-server]\nservers = \"big\"\n\
        [architectures.direct.server-farm]\nservers = \"worker\"\ndispatcher = \"desk\"\n\
        [architectures.through.server-farm]\nservers = \"worker\"\ndispatcher = \"desk\"\ndata = \"through\"\n";
    let scenario = instant("count = 4\ncpu = { workers = 1 }", &format!("{demand}{farm}"));
    let all = runs(&scenario);
    let first = took(&all[0].1);
    for (name, record) in &all {
        assert_eq!(took(record), first, "{name}");
        // M/M/4 with 3 erlang: mean response 1 + C / (4 - 3) s. Its estimate is correlated over some hundred jobs;
        // a twentieth is four standard errors and more.
        let mean = value(record, "response_time.mean").unwrap();
        let expected = 1.0 + erlang_c(3.0, 4);
        assert!((mean / expected - 1.0).abs() < 0.05, "{name}: {mean}, not {expected}");
    }
}

/// A bag of tasks, by its works in seconds.
fn bag(dice: &mut Stream) -> (usize, String) {
    let count = 1 + dice.below(60);
    let work = match dice.below(4) {
        0 => "\"2 s\"".to_owned(),
        1 => "{ exponential = { mean = \"3 s\" } }".to_owned(),
        2 => "{ uniform = { min = \"100 ms\", max = \"9 s\" } }".to_owned(),
        _ => "{ pareto = { min = \"500 ms\", shape = 1.5 } }".to_owned(),
    };
    let from = if dice.below(2) == 0 { "client" } else { "worker-1" };
    let demand = format!(
        "[workloads.w.job]\nfrom = \"{from}\"\nwork = {work}\n\
         arrivals = {{ burst = {{ over = \"0 s\", each = {count} }} }}\n"
    );
    (count, demand)
}

#[test]
fn no_schedule_beats_the_bounds_and_lists_and_thieves_stay_near_them() {
    for number in 0..60 {
        let mut dice = Key::root(11, number).stream();
        let workers = 2 + dice.below(8);
        let (count, demand) = bag(&mut dice);
        let worker = format!("count = {workers}\ncpu = {{ workers = 1 }}");
        let scenario = instant(&worker, &format!("{demand}{ALL}"));
        for (name, record) in runs(&scenario) {
            let what = format!("{number} {name}");
            assert_eq!(jobs(&record).answered, count as u64, "{what}");
            let longest = record.requests.iter().map(|request| request.service.secs());
            let longest = longest.fold(0.0, f64::max);
            let share = jobs(&record).done as f64 / 1e9 / workers as f64;
            let makespan = value(&record, "makespan").unwrap();
            // Graham, "Bounds on multiprocessing timing anomalies", SIAM Journal on Applied Mathematics 17(2),
            // 1969: work over processors and the longest job are no more than any schedule takes, and a list
            // takes no more than share + (1 - 1/m) longest, which is (2 - 1/m) times that at most.
            assert!(
                makespan > share.max(longest) - 1e-6,
                "{what}: {makespan} beats {share}, {longest}"
            );
            let list = share + (1.0 - 1.0 / workers as f64) * longest;
            match name.as_str() {
                "direct" | "through" => {
                    assert!(makespan < list + 1e-6, "{what}: {makespan}, {list}")
                }
                // A peer may pause for 100 ms, and ask some that have nothing, before it finds one that has.
                "stealing" => {
                    let slack = 0.1 * (workers as f64 + 2.0);
                    assert!(
                        makespan < 2.0 * share.max(longest) + slack,
                        "{what}: {makespan}, {share}, {longest}"
                    );
                }
                _ => {}
            }
            let efficiency = value(&record, "efficiency").unwrap();
            assert!(efficiency <= 1.0 + 1e-9, "{what}: {efficiency}");
        }
    }
}

#[test]
fn half_of_what_waits_is_stolen_or_the_oldest() {
    // Eight jobs of 10 s at one of two peers: one in work and seven waiting, of which the other one takes four, and
    // then half of three; or one at a time. Either way none is idle for long.
    let demand = "[workloads.w.job]\nfrom = \"worker-1\"\nwork = \"10 s\"\n\
        arrivals = { burst = { over = \"0 s\", each = 8 } }\n";
    for amount in ["half", "oldest"] {
        let architecture = format!(
            "[architectures.x.shared-processors]\npeers = \"worker\"\nfind = \"stealing\"\nsteal = \"{amount}\"\n"
        );
        let scenario =
            instant("count = 2\ncpu = { workers = 1 }", &format!("{demand}{architecture}"));
        let (_, record) = &runs(&scenario)[0];
        let makespan = value(record, "makespan").unwrap();
        assert!((40.0..40.5).contains(&makespan), "{amount}: {makespan}");
        close(amount, value(record, "work_jain"), 1.0);
    }
}

/// Workers crash for a while, and nobody who asks does.
fn crashes(dice: &mut Stream, workers: usize) -> String {
    let crash = |dice: &mut Stream| {
        format!(
            "[[faults]]\nat = \"{} ms\"\nfor = \"{} ms\"\ncrash = {{ nodes = \"worker-{}\" }}\n",
            dice.below(20_000),
            1 + dice.below(8000),
            1 + dice.below(workers)
        )
    };
    (0..1 + dice.below(12)).map(|_| crash(dice)).collect()
}

#[test]
fn no_job_is_lost_or_counted_twice_when_workers_crash() {
    let mut lost = 0.0;
    for number in 0..80 {
        let mut dice = Key::root(12, number).stream();
        let workers = 2 + dice.below(6);
        let (count, demand) = bag(&mut dice);
        let demand =
            demand.replace("worker-1", "client").replace("over = \"0 s\"", "over = \"15 s\"");
        let sizes =
            if dice.below(2) == 0 { "input = \"300 kB\"\noutput = \"100 kB\"\n" } else { "" };
        let faults = crashes(&mut dice, workers);
        let worker = format!("count = {workers}\ncpu = {{ workers = {} }}", 1 + dice.below(2));
        let scenario = scenario(&worker, &format!("{demand}{sizes}{ALL}{faults}"));
        // Both clients ask.
        let count = if demand.contains("\"client\"") { 2 * count } else { count };
        for (name, record) in runs(&scenario) {
            let what = format!("{number} {name}");
            assert_eq!(record.requests.len(), count, "{what}");
            let outcomes = record.requests.iter().map(|request| request.outcome);
            let answered = outcomes.filter(|&outcome| outcome == Outcome::Answered).count();
            assert_eq!(jobs(&record).answered, answered as u64, "{what}");
            // A server that goes down fails what it has been asked, and nobody tries again.
            if name != "servers" {
                assert_eq!(answered, count, "{what}");
            }
            // What is done, once for each job, and what was for nothing is no more than was worked.
            let done = jobs(&record).done as f64 / 1e9;
            let busy: f64 = record.nodes.iter().map(|node| node.busy.secs()).sum();
            let wasted = value(&record, "wasted_work").unwrap();
            assert!(done + wasted < busy + 1e-6, "{what}: {done} + {wasted} of {busy}");
            lost += wasted;
        }
    }
    assert!(lost > 0.0, "nothing was ever lost");
}

#[test]
fn a_job_is_done_anew_when_its_server_is_gone() {
    // Server 1, the first of equals, has the job from 0.04 + 1.02 s on, and goes down at 2 s; the client hears of it
    // 20 ms later, waits for a second and asks again: server 2 has it at 3.02 + 0.04 + 1.02 s.
    let demand = "[workloads.w.job]\nfrom = \"client-1\"\narrivals = { schedule = { times = [\"0 s\"] } }\n\
        input = \"1 MB\"\nwork = \"3 s\"\n";
    let fault = "[[faults]]\nat = \"2 s\"\nfor = \"60 s\"\ncrash = { nodes = \"worker-1\" }\n";
    let scenario = scenario("count = 2\ncpu = { workers = 1 }", &format!("{demand}{ALL}{fault}"));
    let all = runs(&scenario);
    let (_, record) = all.iter().find(|(name, _)| name == "direct").unwrap();
    close("direct", took(record)[0], 3.02 + 0.04 + 1.02 + 3.0 + 0.02);
    close("lost", value(record, "wasted_work"), 2.0 - 1.06);
    assert_eq!(record.requests[0].attempts, 1);
    assert_eq!(value(record, "runs_per_job"), Some(2.0));
    // Through the dispatcher the input is there at 1.02 s and at the server at 2.04 s, which is down: the dispatcher
    // hears at 2.02 s that it is.
    let (_, record) = all.iter().find(|(name, _)| name == "through").unwrap();
    close("through", took(record)[0], 3.02 + 1.02 + 3.0 + 0.04);
}

#[test]
fn a_dispatcher_that_goes_down_forgets_what_waits_and_what_it_has() {
    // Two jobs on one server: one in work, one waiting at the dispatcher.
    let demand = "[workloads.w.job]\nfrom = \"client-1\"\narrivals = { schedule = { times = [\"0 s\", \"0 s\"] } }\n\
        work = \"10 s\"\n";
    let fault = "[[faults]]\nat = \"5 s\"\nfor = \"1 s\"\ncrash = { nodes = \"desk\" }\n";
    let scenario = scenario("count = 1\ncpu = { workers = 1 }", &format!("{demand}{ALL}{fault}"));
    let down = Outcome::Failed(FailureReason::ServerDown);
    for (name, record) in runs(&scenario) {
        let outcomes: Vec<Outcome> = record.requests.iter().map(|r| r.outcome).collect();
        match name.as_str() {
            // What is in work comes straight to the client.
            "direct" => assert_eq!(outcomes, [Outcome::Answered, down], "{name}"),
            "through" => assert_eq!(outcomes, [down, down], "{name}"),
            // The balance has named a server already; a master has everything on disk.
            _ => assert_eq!(outcomes, [Outcome::Answered, Outcome::Answered], "{name}"),
        }
    }
}

/// Volunteers, of which one has a job when it goes down.
fn volunteers(terms: &str, fault: &str, work: &str) -> RunRecord {
    let demand = format!(
        "[workloads.w.job]\nfrom = \"client-1\"\narrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\nwork = \"{work}\"\n\
         [architectures.x.volunteers]\nworkers = \"worker\"\nmaster = \"desk\"\nask_every = \"1 s\"\n{terms}\n{fault}"
    );
    runs(&scenario("count = 1\ncpu = { workers = 1 }", &demand)).remove(0).1
}

#[test]
fn a_volunteer_that_is_back_begins_anew_or_goes_on_from_its_checkpoint() {
    let fault = "[[faults]]\nat = \"60 s\"\nfor = \"40 s\"\ncrash = { nodes = \"worker\" }\n";
    // It asks every 0.5 to 1.5 s: the job begins at 0.02 + 0.5 s or so.
    let undisturbed = took(&volunteers("", "", "100 s"))[0].unwrap() - 100.0;
    assert!((0.0..1.6).contains(&undisturbed), "{undisturbed}");
    let begun = undisturbed - 0.04;
    // It says at once that it has lost the job, and is given it again: asked for, given, done, told.
    let anew = volunteers("", fault, "100 s");
    close("anew", took(&anew)[0], 100.0 + 0.04 + 100.0 + 0.04);
    close("lost", value(&anew, "wasted_work"), 60.0 - begun);
    assert_eq!(value(&anew, "runs_per_job"), Some(2.0));
    // What is saved every 7 s: eight times until 60 s.
    let saved = volunteers("checkpoint = \"7 s\"\n", fault, "100 s");
    close("saved", took(&saved)[0], 100.0 + 100.0 - 56.0 + 0.04);
    close("lost", value(&saved, "wasted_work"), 60.0 - begun - 56.0);
    assert_eq!(value(&saved, "runs_per_job"), Some(1.0));
}

#[test]
fn a_copy_that_does_not_come_back_goes_to_another_volunteer() {
    // All four volunteers ask from the start; whichever has the job is down for an hour when it does not come back.
    let demand = "[workloads.w.job]\nfrom = \"client-1\"\narrivals = { schedule = { times = [\"0 s\"] } }\nwork = \"10 s\"\n\
        [architectures.x.volunteers]\nworkers = \"worker\"\nmaster = \"desk\"\nask_every = \"1 s\"\ndeadline = \"100 s\"\n";
    let first = runs(&scenario("count = 4\ncpu = { workers = 1 }", demand)).remove(0).1;
    let provider = first.requests[0].provider.unwrap();
    let name = first.nodes[provider.index()].busy.secs();
    assert!(name > 0.0);
    // Clients and the desk come before the workers.
    let worker = provider.0 - 2;
    let fault = format!(
        "[[faults]]\nat = \"5 s\"\nfor = \"1 h\"\ncrash = {{ nodes = \"worker-{worker}\" }}\n"
    );
    let scenario = scenario("count = 4\ncpu = { workers = 1 }", &format!("{demand}{fault}"));
    let record = runs(&scenario).remove(0).1;
    let all = took(&record)[0].unwrap();
    // Given out within 1.6 s, overdue 100 s after that, and given to one that asks within 1.5 s.
    assert!((110.0..113.5).contains(&all), "{all}");
    assert_eq!(value(&record, "runs_per_job"), Some(2.0));
}

#[test]
fn two_that_agree_are_right_and_one_may_be_wrong() {
    let demand = "[workloads.w.job]\nfrom = \"client\"\narrivals = { burst = { over = \"10 s\", each = 1000 } }\nwork = \"1 s\"\n\
        [architectures.one.volunteers]\nworkers = \"worker\"\nmaster = \"desk\"\nask_every = \"1 s\"\nwrong_results = 0.2\n\
        [architectures.two.volunteers]\nworkers = \"worker\"\nmaster = \"desk\"\nask_every = \"1 s\"\nwrong_results = 0.2\nquorum = 2\n";
    let all = runs(&scenario("count = 20\ncpu = { workers = 1 }", demand));
    // 2,000 jobs with one of five wrong: four standard errors are 4 sqrt(0.2 x 0.8 / 2000).
    let wrong = value(&all[0].1, "wrong_answers").unwrap();
    assert!((wrong - 0.2).abs() < 0.036, "{wrong}");
    assert_eq!(value(&all[0].1, "runs_per_job"), Some(1.0));
    assert_eq!(value(&all[1].1, "wrong_answers"), Some(0.0));
    // Each of two right results takes 1 / 0.8 runs: 2.5, with a variance of 2 x 0.2 / 0.64 each.
    let copies = value(&all[1].1, "runs_per_job").unwrap();
    assert!((copies - 2.5).abs() < 4.0 * (0.625f64 / 2000.0).sqrt(), "{copies}");
}

#[test]
fn who_waits_no_longer_makes_work_useless() {
    let demand = "[workloads.w.job]\nfrom = \"client-1\"\narrivals = { schedule = { times = [\"0 s\"] } }\nwork = \"10 s\"\n\
        output = \"500 kB\"\ntimeout = \"5 s\"\n";
    let scenario = scenario(
        "count = 2\ncpu = { workers = 1 }",
        &format!("{demand}{ALL}{RING}")
            .replace(
                "[architectures.ring.shared-processors]\npeers = \"worker\"\nfind = \"dht\"\n",
                "",
            )
            .replace("until = \"done\"", ""),
    );
    for (name, record) in runs(&scenario) {
        assert_eq!(took(&record), [None], "{name}");
        let failed = Outcome::Failed(FailureReason::TimedOut);
        assert_eq!(record.requests[0].outcome, failed, "{name}");
        // Undefined, and not 0: nothing was answered.
        assert_eq!(value(&record, "speed_up"), None, "{name}");
        assert_eq!(value(&record, "efficiency"), None, "{name}");
    }
}

#[test]
fn the_owner_on_the_ring_does_a_job_and_the_next_one_when_it_is_gone() {
    let demand = "[workloads.w.job]\nfrom = \"worker\"\narrivals = { burst = { over = \"1 s\", each = 20 } }\nwork = \"1 s\"\n";
    let worker = "count = 8\ncpu = { workers = 1 }";
    let calm = runs(&scenario(worker, &format!("{demand}{RING}"))).remove(0).1;
    assert_eq!(jobs(&calm).answered, 160);
    // Jobs have an owner whoever is free.
    let spread = value(&calm, "work_jain").unwrap();
    assert!(spread < 0.95, "{spread}");
    let fault = "[[faults]]\nat = \"5 s\"\ncrash = { nodes = \"worker-3\" }\n";
    let record = runs(&scenario(worker, &format!("{demand}{RING}{fault}"))).remove(0).1;
    let own = record.requests.iter().filter(|request| request.node.0 == 3 + 2).count();
    let answered = record.requests.iter().filter(|request| request.outcome == Outcome::Answered);
    let others = answered.filter(|request| request.node.0 != 3 + 2).count();
    assert_eq!((own, others), (20, 140));
}

#[test]
fn metrics_of_jobs_are_undefined_where_there_are_none() {
    let demand = "[workloads.w.request]\nfrom = \"client-1\"\narrivals = { schedule = { times = [\"0 s\"] } }\nwork = \"1 s\"\n\
        [architectures.x.client-server]\nservers = \"worker\"\n";
    let record = runs(&scenario("count = 2\ncpu = { workers = 1 }", demand)).remove(0).1;
    for metric in
        ["speed_up", "efficiency", "runs_per_job", "wrong_answers", "work_jain", "work_gini"]
    {
        assert_eq!(value(&record, metric), None, "{metric}");
    }
}

#[test]
fn threads_do_not_change_a_byte() {
    let folder = std::env::temp_dir().join(format!("hubmesh-jobs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "title = \"t\"\nrun = {{ until = \"done\", replications = 3 }}\n[network.access]\n\
         [nodes.client]\ncount = 2\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [nodes.desk]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [nodes.worker]\ncount = 9\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = {{ exponential = {{ mean = \"10 ms\" }} }}\n\
         cpu = {{ workers = 1 }}\nsession = {{ exponential = {{ mean = \"1 min\" }} }}\ndowntime = {{ exponential = {{ mean = \"20 s\" }} }}\n\
         [workloads.w.job]\nfrom = \"client\"\narrivals = {{ burst = {{ over = \"1 min\", each = 50 }} }}\n\
         input = \"100 kB\"\nwork = {{ exponential = {{ mean = \"5 s\" }} }}\noutput = \"10 kB\"\n{ALL}"
    );
    std::fs::write(folder.join("t.toml"), text).unwrap();
    let run = |threads: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubmesh"));
        command.args(["run", "t.toml", "--out", threads, "--threads", threads]);
        command.args(["--requests", "--quiet", "--no-charts"]).current_dir(&folder);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        ["summary.csv", "replications.csv", "requests.csv", "nodes.csv", "timeline.csv"]
            .map(|file| std::fs::read(folder.join(threads).join(file)).unwrap())
    };
    let (one, two) = (run("1"), run("2"));
    let _ = std::fs::remove_dir_all(&folder);
    assert!(one == two);
    let summary = String::from_utf8_lossy(&one[0]).into_owned();
    assert!(summary.contains(",speed_up,") && summary.contains(",efficiency,"), "{summary}");
}
