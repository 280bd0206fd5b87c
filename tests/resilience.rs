//! What is measured of faults: windows, detection, recovery, and what is lost.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::RunRecord;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{
    FaultOutcome, Recovery, fault_outcomes, metric_index, pooled_windows, summarise,
};
use hubmesh::units::Time;

/// Twenty users who ask every second, all at the same instants, of two servers in turn; a question takes
/// 10 ms there and 10 ms back.
fn scenario(run: &str, faults: &str) -> Scenario {
    let text = format!(
        "title = \"t\"\nrun = {{ duration = \"300 s\", replications = 2, {run} }}\n\
         network.transport = \"ideal\"\n\
         [nodes.server]\ncount = 2\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"5 ms\"\n\
         [nodes.user]\ncount = 20\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"5 ms\"\n\
         [workloads.w.request]\nfrom = \"user\"\ntimeout = \"2 s\"\n\
         arrivals = {{ per-node = {{ every = \"1 s\" }} }}\n\
         [architectures.both.client-server]\nservers = \"server\"\nbalance = \"round-robin\"\n\
         [architectures.first.client-server]\nservers = \"server\"\n\
         balance = {{ primary-backup = {{ fail_over = \"20 s\" }} }}\n{faults}"
    );
    let scenario = Scenario::parse("resilience.toml", &text, Path::new("."), &[]);
    scenario.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn outcomes(faults: &str) -> Vec<(RunRecord, Vec<FaultOutcome>)> {
    let scenario = scenario("", faults);
    let simulate = |contender: &hubmesh::architectures::Contender| {
        let record = contender.simulate(&scenario.model, 0, &Control::default());
        let outcomes = fault_outcomes(&record);
        (record, outcomes)
    };
    scenario.contenders.iter().map(simulate).collect()
}

#[track_caller]
fn is_near(found: Option<f64>, expected: f64, tolerance: f64) {
    let found = found.unwrap_or_else(|| panic!("undefined instead of {expected}"));
    assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
}

#[test]
fn an_outage_is_measured_before_during_and_after() {
    let all =
        outcomes("[[faults]]\nat = \"100.5 s\"\nfor = \"60 s\"\ncrash = { nodes = \"server\" }");
    for (record, outcomes) in &all {
        let [outcome] = outcomes.as_slice() else { panic!("{outcomes:?}") };
        assert_eq!(outcome.nodes_down, 2);
        assert_eq!(
            (outcome.begins, outcome.ends),
            (Time::from_secs(100.5), Time::from_secs(160.5))
        );
        // Each user asks once a second.
        for (window, seconds) in
            [(&outcome.before, 100.5), (&outcome.during, 60.0), (&outcome.after, 139.5)]
        {
            assert_eq!(window.seconds, seconds);
            assert!((window.issued as f64 - 20.0 * seconds).abs() <= 20.0, "{window:?}");
        }
        let issued = outcome.before.issued + outcome.during.issued + outcome.after.issued;
        assert_eq!(issued, record.judged().observed);
        assert_eq!(outcome.before.availability(), Some(1.0));
        assert_eq!(outcome.during.availability(), Some(0.0));
        is_near(outcome.degradation(), 1.0, 1e-12);
        // Asked within a second, refused 10 ms there and 10 ms back; or the connection breaks.
        is_near(outcome.time_to_detect, 0.5, 0.53);
    }
    // Everybody asks those that are back; the primary stays what it was after 20 s with nobody there.
    is_near(all[0].1[0].time_to_recover(), 60.0, 1.0);
    is_near(all[0].1[0].triangle, 60.0, 1.0);
    // Who asks at the very end of the run is not answered any more.
    let after = &all[0].1[0].after;
    assert_eq!(after.issued - after.answered, 20);
}

#[test]
fn a_spare_takes_over_while_the_fault_is_in_force() {
    let all = outcomes("[[faults]]\nat = \"100.5 s\"\ncrash = { nodes = \"server-1\" }");
    // Half of all is refused for good.
    let shared = &all[0].1[0];
    assert_eq!(shared.recovery, Recovery::Never);
    is_near(shared.degradation(), 0.5, 0.02);
    is_near(shared.triangle, 0.5 * 199.5, 2.0);
    assert_eq!(shared.after.issued, 0);
    assert_eq!(shared.after.availability(), None);
    // Nothing for 20 s, and all after that.
    let spare = &all[1].1[0];
    is_near(spare.time_to_recover(), 20.0, 1.0);
    is_near(spare.triangle, 20.0, 1.0);
    is_near(spare.degradation(), 20.0 / 199.5, 0.01);
}

#[test]
fn faults_that_overlap_have_windows_of_their_own() {
    let faults = "[[faults]]\nat = \"100.5 s\"\nfor = \"60 s\"\ncrash = { nodes = \"server-1\" }\n\
         [[faults]]\nat = \"140.5 s\"\nfor = \"40 s\"\ncrash = { nodes = \"server-2\" }\n\
         [[faults]]\nname = \"late\"\nat = \"250.5 s\"\nfor = \"10 s\"\ncut = { links = \"server\" }\n";
    let all = outcomes(faults);
    let [first, second, third] = all[0].1.as_slice() else { panic!("{all:?}") };
    let seconds = |outcome: &FaultOutcome| {
        [&outcome.before, &outcome.during, &outcome.after].map(|window| window.seconds)
    };
    assert_eq!(seconds(first), [100.5, 60.0, 90.0]);
    // Before it is before the first fault, too, under which it begins.
    assert_eq!(seconds(second), [100.5, 40.0, 70.0]);
    // Calm is from the end of the second on.
    assert_eq!(seconds(third), [70.0, 10.0, 39.5]);
    assert_eq!(third.nodes_down, 0);
    // Half for 40 s, nothing for 20 s; nothing for 20 s and half for 20 s.
    is_near(first.during.availability(), 1.0 / 3.0, 0.02);
    is_near(second.during.availability(), 0.25, 0.02);
}

#[test]
fn a_fault_that_only_delays_is_seen_in_the_response_times() {
    let slow = "[[faults]]\nat = \"100.5 s\"\nfor = \"60 s\"\n\
        slow = { links = \"server\", delay = \"50 ms\" }";
    for (_, outcomes) in outcomes(slow) {
        let [outcome] = outcomes.as_slice() else { panic!("{outcomes:?}") };
        for window in [&outcome.before, &outcome.during, &outcome.after] {
            assert!(window.availability() > Some(0.99), "{window:?}");
        }
        // 10 ms there and back, and 50 ms more each way while the links are slow: but for the last
        // tenth of a second of sixty, in which a question is asked before and answered after.
        let ms = |seconds: f64| seconds * 1e-3;
        is_near(outcome.before.mean_response, ms(20.0), ms(0.2));
        is_near(outcome.during.mean_response, ms(120.0), ms(0.4));
        is_near(outcome.after.mean_response, ms(20.0), ms(0.2));
        is_near(outcome.before.response_p95, ms(20.0), ms(20.0) * 0.002);
        is_near(outcome.during.response_p95, ms(120.0), ms(120.0) * 0.002);
    }
}

#[test]
fn what_is_between_two_parts_of_a_fault_is_not_under_it() {
    let upkeep = "[[faults]]\nat = \"100.5 s\"\n\
        maintenance = { nodes = \"server\", each = \"10 s\", pause = \"20 s\" }";
    let all = outcomes(upkeep);
    let (record, outcomes) = &all[0];
    let [outcome] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    let seconds = [&outcome.before, &outcome.during, &outcome.after].map(|window| window.seconds);
    // From 100.5 to 110.5 s and from 130.5 to 140.5 s.
    assert_eq!(seconds, [100.5, 20.0, 159.5]);
    assert_eq!(outcome.ends, Time::from_secs(140.5));
    is_near(outcome.during.availability(), 0.5, 0.05);
    is_near(outcome.degradation(), 0.5, 0.05);
    // All together the pause is after a fault, and none of it before.
    let pooled = pooled_windows(record).unwrap();
    assert_eq!(pooled.before.issued, outcome.before.issued);
    assert_eq!(pooled.during.issued, outcome.during.issued);
    let pause = pooled.after.issued - outcome.after.issued;
    assert!((380..=420).contains(&pause), "{pause}");
    assert_eq!(pooled.before.availability(), Some(1.0));
}

#[test]
fn a_fault_that_strikes_again_and_again_is_over_when_the_last_victim_is_back() {
    // Nobody goes down after 110 s; who went down at 100 s is back at 160 s.
    let again = "crash = { nodes = \"server\", every = \"50 s\", lasts = \"60 s\" }";
    for (span, ends) in [("for = \"60 s\"", 160.0), ("for = \"110 s\"", 160.0), ("", 300.0)] {
        let all = outcomes(&format!("[[faults]]\nat = \"50 s\"\n{span}\n{again}"));
        for (record, outcomes) in &all {
            let [outcome] = outcomes.as_slice() else { panic!("{outcomes:?}") };
            assert_eq!(outcome.ends, Time::from_secs(ends), "{span}");
            let issued = [&outcome.before, &outcome.during, &outcome.after].map(|w| w.issued);
            assert_eq!(issued.iter().sum::<u64>(), record.judged().observed);
            if ends < 300.0 {
                assert_eq!(outcome.after.seconds, 300.0 - ends);
                assert!(outcome.after.availability() > Some(0.98), "{outcome:?}");
            }
        }
    }
    // Who is still down when the run ends has no after.
    let late = "[[faults]]\nat = \"50 s\"\nfor = \"60 s\"\n\
                crash = { nodes = \"server\", every = \"50 s\", lasts = \"1 h\" }";
    let (_, outcomes) = &outcomes(late)[0];
    assert_eq!((outcomes[0].after.seconds, outcomes[0].after.issued), (0.0, 0));
}

#[test]
fn what_falls_apart_in_a_pause_of_a_fault_is_not_its_doing() {
    let upkeep = "[[faults]]\nat = \"100.5 s\"\n\
        maintenance = { nodes = \"server\", each = \"10 s\", pause = \"20 s\" }\n\
        [[faults]]\nat = \"115 s\"\nfor = \"5 s\"\ncrash = { nodes = \"user\" }";
    let (_, outcomes) = &outcomes(upkeep)[0];
    let shares: Vec<Option<f64>> = outcomes.iter().map(|o| o.network_component).collect();
    assert_eq!(shares, [Some(21.0 / 22.0), Some(2.0 / 22.0)]);
}

/// Servers that crash by chance are repaired in two hours: a run until all is done waits for that.
#[test]
fn a_run_waits_for_a_repair_however_long_it_takes() {
    let text = "title = \"t\"\nrun = { until = \"done\", replications = 1 }\n\
        network.transport = \"ideal\"\n\
        nodes.server = { count = 2, up = \"8 Mbit/s\", down = \"8 Mbit/s\" }\n\
        nodes.user = { count = 5, up = \"8 Mbit/s\", down = \"8 Mbit/s\" }\n\
        [workloads.w.download]\nfrom = \"user\"\narrivals = { burst = { over = \"10 s\" } }\n\
        catalogue = { size = \"30 MB\" }\n\
        [architectures.swarm.bittorrent]\nseeds = \"server\"\n\
        [[faults]]\nfor = \"30 s\"\ncrash = { nodes = \"server\", every = \"10 s\", lasts = \"2 h\" }\n";
    let scenario = Scenario::parse("repair.toml", text, Path::new("."), &[]);
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let record = scenario.contenders[0].simulate(&scenario.model, 0, &Control::default());
    assert_eq!(record.judged().answered(), 5);
    assert!(record.ended > Time::from_secs(7200.0));
}

#[test]
fn an_interval_of_a_share_is_told_within_what_shares_can_be() {
    let faults = "[[faults]]\ncrash = { nodes = \"server\", \
         every = { exponential = { mean = \"200 s\" } }, lasts = \"1 s\" }";
    let study = run(&scenario("", faults), &Control::default(), |_| {}).study;
    let summary = summarise(&study);
    let metric = metric_index("availability").unwrap();
    let row = summary.pooled(0, metric).unwrap();
    let (low, high) = row.estimate.unwrap().interval.unwrap();
    assert!(high > 1.0, "{high}");
    assert_eq!(row.told().unwrap().interval, Some((low, 1.0)));
    let response = summary.pooled(0, metric_index("response_time.mean").unwrap()).unwrap();
    assert_eq!(response.told(), response.estimate);
}

#[test]
fn without_faults_nothing_is_measured_of_them() {
    let all = outcomes("");
    assert!(all.iter().all(|(record, outcomes)| record.faults.is_none() && outcomes.is_empty()));
    let study = run(&scenario("", ""), &Control::default(), |_| {}).study;
    let summary = summarise(&study);
    for name in ["availability_during_fault", "time_to_recover", "unrecovered_faults"] {
        let row = summary.pooled(0, metric_index(name).unwrap()).unwrap();
        assert!(row.estimate.is_none(), "{name}");
    }
}

#[test]
fn what_comes_before_the_warm_up_ends_is_not_counted() {
    let faults = "[[faults]]\nat = \"100.5 s\"\nfor = \"60 s\"\ncrash = { nodes = \"server\" }";
    let scenario = scenario("warm_up = \"40.5 s\"", faults);
    let record = scenario.contenders[0].simulate(&scenario.model, 0, &Control::default());
    let outcome = &fault_outcomes(&record)[0];
    assert_eq!(outcome.before.seconds, 60.0);
    assert_eq!(outcome.before.issued, 1200);
    // It began while nothing was counted yet: nothing is known of before.
    let late = self::scenario("warm_up = \"120.5 s\"", faults);
    let record = late.contenders[0].simulate(&late.model, 0, &Control::default());
    let outcome = &fault_outcomes(&record)[0];
    assert_eq!((outcome.before.issued, outcome.during.issued), (0, 800));
    assert_eq!((outcome.degradation(), outcome.recovery), (None, Recovery::Unknown));
}

#[test]
fn every_architecture_meets_the_same_faults() {
    let faults = "[[faults]]\nat = \"50 s\"\nfor = \"100 s\"\ncrash = { nodes = \"user\", share = 0.3 }\n\
         [[faults]]\ncrash = { nodes = \"user\", every = { exponential = { mean = \"100 s\" } }, lasts = \"5 s\" }";
    let all = outcomes(faults);
    for (one, other) in all[0].1.iter().zip(&all[1].1) {
        assert_eq!(
            (one.begins, one.ends, one.nodes_down),
            (other.begins, other.ends, other.nodes_down)
        );
        assert_eq!(one.during.issued, other.during.issued);
    }
    assert_eq!(all[0].1[0].nodes_down, 6);
    // Down at the same instants: as much time in all.
    let down =
        |record: &RunRecord| record.nodes.iter().map(|node| node.down_time).collect::<Vec<_>>();
    assert_eq!(down(&all[0].0), down(&all[1].0));
}

/// Where one that is still in force began under another one, what is before both counts.
#[test]
fn what_lies_wholly_under_another_fault_is_not_what_was_before() {
    let faults = "[[faults]]\nat = \"100 s\"\nfor = \"100 s\"\nslow = { links = \"user-1\", capacity = 0.5 }\n\
                  [[faults]]\nat = \"150 s\"\nfor = \"100 s\"\ncrash = { nodes = \"server-1\" }\n\
                  [[faults]]\nat = \"220 s\"\nfor = \"10 s\"\ncrash = { nodes = \"server-2\" }\n";
    let (_, both) = &outcomes(faults)[0];
    for outcome in both {
        is_near(outcome.before.throughput(), 20.0, 0.3);
    }
}
