//! Groups that come all at once, and leave all at once.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outage, Outcome, RunRecord};
use hubmesh::scenario::Scenario;
use hubmesh::units::Time;

fn scenario(text: &str) -> Scenario {
    let scenario = Scenario::parse("arrivals.toml", text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario
}

fn records(scenario: &Scenario) -> Vec<RunRecord> {
    let simulate = |contender: &hubmesh::architectures::Contender| {
        contender.simulate(&scenario.model, 0, &Control::default())
    };
    scenario.contenders.iter().map(simulate).collect()
}

const LATE: u32 = 50;

/// 50 late nodes beside 20 that are there from the start, and all ways to find something.
fn crowd(run: &str, late: &str) -> Scenario {
    scenario(&format!(
        "title = \"t\"\nrun = {{ {run}, replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         [nodes.late]\ncount = {LATE}\nup = \"8 Mbit/s\"\ndown = \"80 Mbit/s\"\n{late}\n\
         [nodes.first]\ncount = 20\nup = \"8 Mbit/s\"\ndown = \"80 Mbit/s\"\n\
         [nodes.server]\ncount = 1\nup = \"80 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [workloads.w.download]\nfrom = [\"late\", \"first\"]\n\
         arrivals = {{ per-node = {{ every = {{ exponential = {{ mean = \"10 s\" }} }}, each = 30 }} }}\n\
         timeout = \"60 s\"\ncatalogue = {{ objects = 200, size = \"10 kB\" }}\n\
         copies = {{ at = \"first\", mean = 2 }}\n\
         [architectures.a.client-server]\nservers = \"server\"\n\
         [architectures.b.directory]\nserver = \"server\"\npeers = [\"late\", \"first\"]\n\
         [architectures.c.flooding]\nttl = 1000\npeers = [\"late\", \"first\"]\n\
         [architectures.d.random-walk]\npeers = [\"late\", \"first\"]\n\
         [architectures.e.supernodes]\npeers = [\"late\", \"first\"]\n\
         [architectures.f.broadcast]\npeers = [\"late\", \"first\"]\n\
         [architectures.g.chord]\npeers = [\"late\", \"first\"]\n\
         [architectures.h.kademlia]\npeers = [\"late\", \"first\"]\n"
    ))
}

fn at(seconds: f64) -> Time {
    Time::from_secs(seconds)
}

/// In the order of going down, and of nodes.
fn outages(record: &RunRecord) -> Vec<Outage> {
    let mut outages = record.outages.clone();
    outages.sort_by_key(|outage| (outage.from, outage.node.0));
    outages
}

#[test]
fn all_come_in_their_span_and_leave_in_theirs_under_every_architecture() {
    let scenario = crowd(
        "duration = \"300 s\"",
        "arrives = { at = \"100 s\", over = \"20 s\" }\nleaves = { at = \"200 s\", over = \"10 s\" }",
    );
    let records = records(&scenario);
    let all = outages(&records[0]);
    for record in &records {
        assert_eq!(outages(record), all, "everybody meets the same");
    }
    let (before, after) = all.split_at(LATE as usize);
    assert_eq!(after.len(), LATE as usize);
    for outage in before {
        assert_eq!(outage.from, Time::ZERO);
        let came = outage.until.unwrap();
        assert!(came >= at(100.0) && came <= at(120.0), "{outage:?}");
    }
    for outage in after {
        assert!(outage.from >= at(200.0) && outage.from <= at(210.0), "{outage:?}");
        assert!(outage.is_goodbye && outage.until.is_none(), "{outage:?}");
    }
    // The mean of 50 uniform instants of 20 s has a standard error of 20 / sqrt(12 x 50) = 0.82 s.
    let mean = before.iter().map(|outage| outage.until.unwrap().secs()).sum::<f64>() / 50.0;
    assert!((mean - 110.0).abs() < 4.0 * 0.82, "{mean}");
}

/// Who is not there asks for nothing; from `at` on load is 70 / 20 of that before.
#[test]
fn a_flash_crowd_raises_load_when_it_comes_and_until_it_leaves() {
    let scenario =
        crowd("duration = \"300 s\"", "arrives = { at = \"100 s\" }\nleaves = { at = \"200 s\" }");
    for record in records(&scenario) {
        let mut issued = [0u32; 3];
        for request in &record.requests {
            let place = (request.issued.secs() / 100.0) as usize;
            issued[place.min(2)] += 1;
            if request.node.0 < LATE {
                assert_eq!(place, 1, "{request:?}");
            }
            assert!(
                !matches!(request.outcome, Outcome::Open) || request.issued > at(230.0),
                "{request:?}"
            );
        }
        let [before, during, after] = issued.map(f64::from);
        // 200, 700 and 200 are expected.
        assert!((before - 200.0).abs() < 4.0 * 200f64.sqrt(), "{issued:?}");
        assert!((during - 700.0).abs() < 4.0 * 700f64.sqrt(), "{issued:?}");
        assert!((after - 200.0).abs() < 4.0 * 200f64.sqrt(), "{issued:?}");
        let bits: f64 =
            record.requests.iter().filter(|r| r.is_delivery).map(|r| r.bytes.bits()).sum();
        assert!(bits > 0.0);
    }
}

/// Between the two they come and go as `session` and `downtime` say; some are never back.
#[test]
fn late_nodes_churn_from_their_arrival_to_their_departure() {
    let scenario = crowd(
        "duration = \"400 s\"",
        "session = { exponential = { mean = \"20 s\" } }\ndowntime = { exponential = { mean = \"10 s\" } }\n\
         arrives = { at = \"50 s\", over = \"10 s\" }\nleaves = { at = \"350 s\", over = \"10 s\" }",
    );
    let records = records(&scenario);
    let all = outages(&records[0]);
    assert!(records.iter().all(|record| outages(record) == all));
    let (mut down, mut goodbyes) = (0.0, 0);
    for node in 0..LATE {
        let own: Vec<&Outage> = all.iter().filter(|outage| outage.node.0 == node).collect();
        let (first, last) = (own[0], own[own.len() - 1]);
        assert_eq!(first.from, Time::ZERO);
        assert!(first.until.unwrap() >= at(50.0) && first.until.unwrap() <= at(60.0));
        assert!(last.until.is_none() && last.from <= at(360.0), "{last:?}");
        // Who is up when it leaves says so, which no session's end does here.
        assert!(!last.is_goodbye || last.from >= at(350.0), "{last:?}");
        goodbyes += u32::from(last.is_goodbye);
        for outage in &own[1..own.len() - 1] {
            assert!(!outage.is_goodbye && outage.until.unwrap() < at(360.0), "{outage:?}");
            down += outage.until.unwrap().since(outage.from).secs();
        }
    }
    // Two thirds of 50 are up, with a deviation of 3.3.
    assert!((20..=46).contains(&goodbyes), "{goodbyes}");
    // Down for 10 s of 30 s on the mean. The cycles of 50 nodes in 295 s are about 490, and a share has a
    // standard error of sqrt(2) x 1/3 x 2/3 / sqrt(490) = 0.014; what is cut off at the end is a few seconds.
    let share = down / (f64::from(LATE) * 295.0);
    assert!((share - 1.0 / 3.0).abs() < 4.0 * 0.014 + 0.02, "{share}");
}

#[test]
fn a_run_until_all_is_done_waits_for_those_who_come() {
    let scenario = crowd("until = \"done\"", "arrives = { at = \"5 h\", over = \"1 min\" }");
    for record in records(&scenario) {
        // Requests of nodes that have not come are not issued, and the others have long ended.
        assert!(record.requests.iter().all(|request| request.node.0 >= LATE));
        assert!(record.requests.iter().all(|request| request.outcome != Outcome::Open));
    }
    let closed = scenario_of_customers("arrives = { at = \"5 h\", over = \"1 min\" }");
    let record = records(&closed).remove(0);
    // Who asks again and again begins when he has come.
    assert_eq!(record.requests.len(), 30);
    assert!(record.requests.iter().all(|request| request.outcome == Outcome::Answered));
    assert!(record.requests.iter().all(|request| request.issued >= at(18_000.0)));
}

fn scenario_of_customers(late: &str) -> Scenario {
    scenario(&format!(
        "title = \"t\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         [nodes.late]\ncount = 10\nup = \"8 Mbit/s\"\ndown = \"80 Mbit/s\"\n{late}\n\
         [nodes.server]\ncount = 1\nup = \"80 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [workloads.w.download]\nfrom = \"late\"\n\
         arrivals = {{ closed = {{ each = 3, think = \"1 s\" }} }}\n\
         catalogue = {{ objects = 1000, size = \"1 kB\" }}\n\
         [architectures.a.client-server]\nservers = \"server\"\n"
    ))
}

#[test]
fn who_comes_at_once_is_there_from_the_start() {
    let [never, at_once] = ["", "arrives = { at = \"0 s\" }"].map(scenario_of_customers);
    let [never, at_once] = [never, at_once].map(|scenario| records(&scenario).remove(0));
    assert_eq!(format!("{:?}", never.requests), format!("{:?}", at_once.requests));
}

#[test]
fn who_comes_or_leaves_after_the_end_is_warned_of() {
    let scenario =
        crowd("duration = \"100 s\"", "arrives = { at = \"100 s\" }\nleaves = { at = \"200 s\" }");
    for what in ["arrive after the end of the run", "leave after the end of the run"] {
        let is_it = |warning: &String| warning.contains("\"late\"") && warning.contains(what);
        assert!(scenario.warnings.iter().any(is_it), "{:?}", scenario.warnings);
    }
}
