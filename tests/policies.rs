//! What clients do about attempts that take long or fail, in scenarios whose answers can be derived.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RequestRecord, RunRecord, Stop};
use hubmesh::network::NodeId;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// One replication of each architecture of `text`.
fn records(text: &str) -> Vec<RunRecord> {
    let mut scenario = Scenario::parse("policies.toml", text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    let study = run(&scenario, &Control::default(), |_| {}).study;
    study.runs.into_iter().map(|run| run.record).collect()
}

fn record(text: &str) -> RunRecord {
    records(text).remove(0)
}

fn metric(record: &RunRecord, name: &str) -> f64 {
    measure(record, None)[metric_index(name).unwrap()].unwrap()
}

fn failed(record: &RunRecord, reason: FailureReason) -> usize {
    let is_so = |request: &&RequestRecord| request.outcome == Outcome::Failed(reason);
    record.requests.iter().filter(is_so).count()
}

/// A time every second from `first` on.
fn seconds(first: u32, count: u32) -> String {
    let times: Vec<String> = (first..first + count).map(|at| format!("\"{at} s\"")).collect();
    format!("{{ schedule = {{ times = [{}] }} }}", times.join(", "))
}

/// Server 0 is fast, server 1 has a hundredth of its speed and uplink, and is nearer; no messages
/// take time but by what is added to `latency`. Round robin begins with server 1.
fn text(balance: &str, cpu: &str, demand: &str) -> String {
    format!(
        "title = \"Policies\"\n\
         run = {{ duration = \"3000 s\", replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.fast]\n\
         count = 1\n\
         up = \"8 Mbit/s\"\n\
         down = \"8 Mbit/s\"\n\
         latency = \"1 us\"\n\
         cpu = {{ workers = 1000 }}\n\
         [nodes.slow]\n\
         count = 1\n\
         up = \"80 kbit/s\"\n\
         down = \"8 Mbit/s\"\n\
         cpu = {{ {cpu} }}\n\
         [nodes.client]\n\
         count = 1\n\
         up = \"1 Gbit/s\"\n\
         down = \"1 Gbit/s\"\n\
         {demand}\n\
         [architectures.servers.client-server]\n\
         servers = [\"fast\", \"slow\"]\n\
         balance = {balance}\n"
    )
}

/// The nearer server has one place, which a request holds from 0 s on for 1000 s.
fn blocked(policy: &str, first: u32, count: u32) -> String {
    let demand = format!(
        "[workloads.blocks.request]\n\
         from = \"client\"\n\
         arrivals = {}\n\
         work = \"1000 s\"\n\
         [workloads.asks.request]\n\
         from = \"client\"\n\
         arrivals = {}\n\
         work = \"1 ms\"\n\
         {policy}",
        seconds(0, 1),
        seconds(first, count)
    );
    text("\"nearest\"", "workers = 1, queue = 0", &demand)
}

#[test]
fn a_budget_of_a_tenth_allows_one_retry_for_ten_requests() {
    // Every tenth first attempt brings the token for one further attempt, which is refused as
    // well, and no other of the nine that are allowed.
    let retry = "retry = { attempts = 10, backoff = \"1 ms\", budget = 0.1, failover = false }";
    let record = record(&blocked(retry, 1, 100));
    assert_eq!(failed(&record, FailureReason::Refused), 100);
    assert_eq!(metric(&record, "retries"), 10.0);
    let of_asks = record.requests.iter().filter(|request| request.workload == 1);
    let tries: Vec<u32> = of_asks.map(|request| request.attempts).collect();
    let expected: Vec<u32> = (1..=100).map(|number| if number % 10 == 0 { 2 } else { 1 }).collect();
    assert_eq!(tries, expected);
}

#[test]
fn a_further_attempt_avoids_the_server_that_failed() {
    let retry = "retry = { attempts = 2, backoff = \"1 ms\" }";
    let with_failover = record(&blocked(retry, 1, 5));
    let asks = with_failover.requests.iter().filter(|request| request.workload == 1);
    let answered = asks.map(|request| (request.provider, request.attempts));
    assert_eq!(answered.collect::<Vec<_>>(), vec![(Some(NodeId(0)), 2); 5]);
    let without = "retry = { attempts = 2, backoff = \"1 ms\", failover = false }";
    assert_eq!(failed(&record(&blocked(without, 1, 5)), FailureReason::Refused), 5);
}

#[test]
fn a_breaker_opens_lets_one_try_and_opens_again() {
    // Refused at 1, 2 and 3 s, then open until 13 s; refused at 13 s, open until 23 s; refused at
    // 23 s, open until 33 s. Of 30 requests 5 are refused. The fast server is not asked for it is
    // no server here.
    let breaker = "circuit_breaker = { failures = 3, open = \"10 s\" }";
    let only =
        blocked(breaker, 1, 30).replace("servers = [\"fast\", \"slow\"]", "servers = \"slow\"");
    let record = record(&only);
    assert_eq!(failed(&record, FailureReason::Refused), 5);
    assert_eq!(failed(&record, FailureReason::ShortCircuited), 25);
    assert_eq!(metric(&record, "breaker_openings"), 3.0);
    let refused = record
        .requests
        .iter()
        .filter(|request| request.outcome == Outcome::Failed(FailureReason::Refused));
    let at: Vec<f64> = refused.map(|request| request.issued.secs()).collect();
    assert_eq!(at, [1.0, 2.0, 3.0, 13.0, 23.0]);
}

#[test]
fn an_open_breaker_sends_requests_to_the_other_server() {
    let breaker = "circuit_breaker = { failures = 3, open = \"10 s\" }";
    let record = record(&blocked(breaker, 1, 30));
    // The five that try the nearer server are refused, and all others are answered.
    assert_eq!(failed(&record, FailureReason::Refused), 5);
    let by_fast = record.requests.iter().filter(|request| request.provider == Some(NodeId(0)));
    assert_eq!(by_fast.count(), 25);
}

#[test]
fn a_second_server_is_asked_when_the_first_one_is_late() {
    // 1 s of work takes 100 s at the slow server; after 2 s the fast one is asked and answers at
    // 3 s, and 2 us that the question and the answer take. The late answer has wasted 100 s of a worker.
    let demand = format!(
        "[workloads.asks.request]\n\
         from = \"client\"\n\
         arrivals = {}\n\
         work = \"1 s\"\n\
         hedge = {{ after = \"2 s\" }}",
        seconds(0, 1)
    );
    let record = record(&text("\"round-robin\"", "workers = 1, speed = 0.01", &demand));
    let request = record.requests[0];
    assert_eq!(request.provider, Some(NodeId(0)));
    assert_eq!(request.ended.unwrap().nanos(), 3_000_002_000);
    assert_eq!((metric(&record, "hedged"), metric(&record, "retries")), (1.0, 0.0));
    assert_eq!(metric(&record, "wasted_work"), 100.0);
    assert_eq!(request.attempts, 1);
}

#[test]
fn a_second_download_wins_and_what_the_first_one_sent_is_wasted() {
    // 1 MB takes 100 s from the slow server and 1 s from the fast one, which is asked at 2 s. Its
    // question takes 1 us, and so does the first byte. Until 3 s and 2 us the slow one has sent 10
    // kB/s x 3.000002 s = 30,000.02 B; the 2 us before it started are nothing here.
    let demand = format!(
        "[workloads.files.download]\n\
         from = \"client\"\n\
         arrivals = {}\n\
         catalogue = {{ size = \"1 MB\" }}\n\
         hedge = {{ after = \"2 s\" }}",
        seconds(0, 1)
    );
    let record = record(&text("\"round-robin\"", "workers = 1", &demand));
    let request = record.requests[0];
    assert_eq!(request.provider, Some(NodeId(0)));
    assert_eq!(request.ended.unwrap().nanos(), 3_000_002_000);
    assert_eq!(metric(&record, "hedged"), 1.0);
    assert_eq!(metric(&record, "wasted_bytes"), 30_000.0);
    assert_eq!(metric(&record, "total_bytes"), 1_030_000.0);
}

#[test]
fn no_second_server_is_asked_when_the_first_one_is_in_time_or_alone() {
    let demand = format!(
        "[workloads.asks.request]\n\
         from = \"client\"\n\
         arrivals = {}\n\
         work = \"1 s\"\n\
         hedge = {{ after = \"200 s\" }}",
        seconds(0, 20)
    );
    // The slow one works on all at once, for 100 s each.
    let slow = "workers = 100, speed = 0.01";
    assert_eq!(metric(&record(&text("\"round-robin\"", slow, &demand)), "hedged"), 0.0);
    let alone = text("\"round-robin\"", slow, &demand.replace("200 s", "2 s"))
        .replace("servers = [\"fast\", \"slow\"]", "servers = \"slow\"");
    assert_eq!(metric(&record(&alone), "hedged"), 0.0);
}

#[test]
fn work_for_a_download_that_was_given_up_is_wasted() {
    // Patience ends at 1 s; the slow server is done with 0.5 s of work at 50 s, the fast one at
    // 0.5 s, and sends for 0.5 s until the client hangs up: 0.5 MB.
    let demand = format!(
        "[workloads.files.download]\n\
         from = \"client\"\n\
         arrivals = {}\n\
         catalogue = {{ objects = 1000, size = \"100 MB\" }}\n\
         timeout = \"1 s\"",
        seconds(0, 2)
    );
    let text = text("\"round-robin\"", "workers = 1, speed = 0.01", &demand)
        .replace("balance = ", "service = \"0.5 s\"\nbalance = ");
    let record = record(&text);
    assert_eq!(failed(&record, FailureReason::TimedOut), 2);
    assert_eq!(metric(&record, "wasted_work"), 50.5);
    let wasted = metric(&record, "wasted_bytes");
    assert!((wasted - 500_000.0).abs() < 10.0, "{wasted}");
}

#[test]
fn hedging_changes_nothing_for_an_architecture_that_does_not_hedge() {
    let demand = |hedge: &str| {
        format!(
            "[workloads.files.download]\n\
             from = \"client\"\n\
             arrivals = {{ poisson = {{ rate = \"2 /s\", count = 50 }} }}\n\
             catalogue = {{ objects = 1000, size = {{ exponential = {{ mean = \"100 kB\" }} }} }}\n\
             {hedge}"
        )
    };
    let swarm = "[architectures.swarm.bittorrent]\nseeds = \"fast\"\n";
    let of = |hedge: &str| {
        let text = text("\"random\"", "workers = 1", &demand(hedge))
            .replace("count = 1\nup = \"1 G", "count = 5\nup = \"1 G");
        records(&(text + swarm))
    };
    let (with, without) = (of("hedge = { after = \"10 ms\" }"), of(""));
    assert!(metric(&with[0], "hedged") > 0.0);
    assert_eq!(format!("{:?}", with[1].requests), format!("{:?}", without[1].requests));
    let asked = |record: &RunRecord| -> Vec<_> {
        record
            .requests
            .iter()
            .map(|request| (request.issued, request.node, request.object))
            .collect()
    };
    assert_eq!(asked(&with[0]), asked(&without[0]));
}

#[test]
fn what_does_nothing_under_an_architecture_is_warned_of() {
    let demand = "[workloads.files.download]\n\
         from = \"client\"\n\
         arrivals = { burst = { over = \"1 s\" } }\n\
         catalogue = { size = \"1 MB\" }\n\
         hedge = { after = \"1 s\" }\n\
         circuit_breaker = {}";
    let text = text("\"primary-backup\"", "workers = 1", demand)
        + "[architectures.swarm.bittorrent]\nseeds = \"fast\"\n";
    let scenario = Scenario::parse("policies.toml", &text, Path::new("."), &[]).unwrap();
    let about = |key: &str, name: &str| {
        let begins = format!("workload \"files\": `{key}` does nothing under {name:?}");
        scenario.warnings.iter().filter(|warning| warning.starts_with(&begins)).count()
    };
    assert_eq!(about("hedge", "servers"), 1, "{:?}", scenario.warnings);
    assert_eq!(about("hedge", "swarm"), 1, "{:?}", scenario.warnings);
    assert_eq!(about("circuit_breaker", "swarm"), 1, "{:?}", scenario.warnings);
    assert_eq!(about("circuit_breaker", "servers"), 0, "{:?}", scenario.warnings);
    let idle = "\"servers\": the backups of the primary have nothing to do, for nothing fails";
    assert!(scenario.warnings.iter().any(|warning| warning == idle), "{:?}", scenario.warnings);
}

#[test]
fn a_policy_is_idle_where_nothing_can_fail() {
    let idle = |policy: &str, station: &str| {
        let demand = format!(
            "[workloads.asks.request]\nfrom = \"client\"\nwork = \"1 ms\"\n\
             arrivals = {{ burst = {{ over = \"1 s\" }} }}\n\
             retry = {{ attempts = 2 }}\ncircuit_breaker = {{}}\n{policy}"
        );
        let text = text("\"random\"", station, &demand);
        let scenario = Scenario::parse("policies.toml", &text, Path::new("."), &[]).unwrap();
        let about = |key: &str| {
            let begins = format!("workload \"asks\": `{key}` does nothing, for nothing fails");
            scenario.warnings.iter().any(|warning| warning.starts_with(&begins))
        };
        (about("retry"), about("circuit_breaker"))
    };
    assert_eq!(idle("", "workers = 1"), (true, true));
    assert_eq!(idle("timeout = \"1 s\"", "workers = 1"), (false, false));
    assert_eq!(idle("", "workers = 1, queue = 3"), (false, false));
}

#[test]
fn a_full_queue_at_the_client_says_nothing_of_the_server() {
    let record = records(
        "title = \"a busy client\"\n\
         run = { until = \"done\", replications = 1 }\n\
         network.transport = \"ideal\"\n\
         [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [nodes.client]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         cpu = { workers = 1, queue = 0 }\n\
         [workloads.asks.request]\nfrom = \"client\"\nwork = \"1 ms\"\n\
         arrivals = { schedule = { times = [\"0 s\", \"0.1 s\", \"10 s\"] } }\n\
         circuit_breaker = { failures = 1, open = \"1 min\" }\n\
         [architectures.a.client-server]\nservers = \"server\"\n\
         [[architectures.a.client-server.middleware.platforms]]\nclients = \"client\"\n\
         marshal = \"1 s\"\n",
    )
    .remove(0);
    // The second one finds its own processor busy with packing the first one.
    let outcomes: Vec<Outcome> = record.requests.iter().map(|request| request.outcome).collect();
    let refused = Outcome::Failed(FailureReason::Refused);
    assert_eq!(outcomes, [Outcome::Answered, refused, Outcome::Answered]);
    assert_eq!(record.judged().breaker_openings, 0);
}

/// Two servers, numbers 0 and 1, and a client that asks every second, half a second off; server 1
/// is down from 12 s to 112 s.
fn with_a_crash(balance: &str, more: &str, crashed: &str) -> RunRecord {
    runs_with_a_crash(balance, more, crashed).remove(0)
}

fn runs_with_a_crash(balance: &str, more: &str, crashed: &str) -> Vec<RunRecord> {
    let times: Vec<String> = (0..200).map(|second| format!("\"{second}.5 s\"")).collect();
    records(&format!(
        "title = \"A crash\"\n\
         run = {{ until = \"done\", replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.server]\n\
         count = 2\n\
         up = \"8 Mbit/s\"\n\
         down = \"8 Mbit/s\"\n\
         [nodes.client]\n\
         count = 1\n\
         up = \"8 Mbit/s\"\n\
         down = \"8 Mbit/s\"\n\
         [[faults]]\n\
         at = \"12 s\"\n\
         for = \"100 s\"\n\
         crash = {{ nodes = \"{crashed}\" }}\n\
         [workloads.asks.request]\n\
         from = \"client\"\n\
         arrivals = {{ schedule = {{ times = [{}] }} }}\n\
         work = \"1 ms\"\n\
         [architectures.servers.client-server]\n\
         servers = \"server\"\n\
         balance = {balance}\n\
         {more}",
        times.join(", ")
    ))
}

fn issued_where(record: &RunRecord, holds: impl Fn(&RequestRecord) -> bool) -> Vec<f64> {
    let those = record.requests.iter().filter(|request| holds(request));
    those.map(|request| request.issued.secs()).collect()
}

#[test]
fn a_server_that_misses_two_checks_is_taken_out_and_put_back() {
    // A check every 5 s, the first at a random instant before 5 s: two are missed, the first of them
    // between 12 and 17 s, and one second after the other one, between 18 and 23 s, the server is out.
    // It is back at 112 s, and answers a check before 117 s.
    let checks =
        "health_checks = { from = \"client\", every = \"5 s\", timeout = \"1 s\", fail_after = 2 }";
    let record = with_a_crash("\"round-robin\"", checks, "server-2");
    let failed = issued_where(&record, |request| !request.outcome.is_answered());
    // Every second one of those from 12.5 to 17.5 s at the least, and to 22.5 s at most.
    assert!((3..=6).contains(&failed.len()), "{failed:?}");
    assert!(failed.iter().all(|&at| (12.0..23.0).contains(&at)), "{failed:?}");
    let by_second = issued_where(&record, |request| request.provider == Some(NodeId(1)));
    assert!(by_second.iter().all(|at| !(12.0..=112.0).contains(at)), "{by_second:?}");
    let after = by_second.iter().filter(|&&at| at > 117.0).count();
    // Half of those from 117.5 to 199.5 s.
    assert!((41..=42).contains(&after), "{after}");
    // Without checks every second request fails until 112 s.
    let blind = with_a_crash("\"round-robin\"", "", "server-2");
    assert_eq!(issued_where(&blind, |request| !request.outcome.is_answered()).len(), 50);
}

#[test]
fn a_backup_takes_over_after_the_fail_over_time_and_stays() {
    let spare = "{ primary-backup = { fail_over = \"30 s\" } }";
    let record = with_a_crash(spare, "", "server-1");
    let failed = issued_where(&record, |request| !request.outcome.is_answered());
    // From 12 s to 42 s.
    let expected: Vec<f64> = (12..42).map(|second| f64::from(second) + 0.5).collect();
    assert_eq!(failed, expected);
    let by_first = issued_where(&record, |request| request.provider == Some(NodeId(0)));
    assert!(by_first.iter().all(|&at| at < 12.0) && by_first.len() == 12, "{by_first:?}");
    // A backup that goes down is not missed.
    let record = with_a_crash(spare, "", "server-2");
    assert!(issued_where(&record, |request| !request.outcome.is_answered()).is_empty());
    // A primary that is back before that stays.
    let record = with_a_crash("{ primary-backup = { fail_over = \"200 s\" } }", "", "server-1");
    let providers: BTreeSet<_> = record.requests.iter().filter_map(|r| r.provider).collect();
    assert_eq!(providers, BTreeSet::from([NodeId(0)]));
}

#[test]
fn a_backup_takes_over_in_a_tier_behind_as_well() {
    // The client is a tier of its own in front of the servers, and asks the chain through itself.
    let chain = "[[architectures.chain.multi-tier.tiers]]\n\
         servers = \"client\"\n\
         [[architectures.chain.multi-tier.tiers]]\n\
         servers = \"server\"\n\
         balance = { primary-backup = { fail_over = \"30 s\" } }\n";
    let runs = runs_with_a_crash("\"random\"", chain, "server-1");
    let failed = issued_where(&runs[1], |request| !request.outcome.is_answered());
    let expected: Vec<f64> = (12..42).map(|second| f64::from(second) + 0.5).collect();
    assert_eq!(failed, expected);
}

fn config() -> Config {
    Config {
        cases: 48,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(4),
        ..Config::default()
    }
}

prop_compose! {
    fn policy()(
        timeout in proptest::option::of(20..2000u32),
        retry in proptest::option::of((1..5u32, 1..500u32, 0..11u32, proptest::option::of(1..20u32), any::<bool>())),
        hedge in proptest::option::of(1..19u32),
        breaker in proptest::option::of((1..4u32, 100..3000u32)),
    ) -> String {
        let mut text = String::new();
        if let Some(ms) = timeout {
            let _ = writeln!(text, "timeout = \"{ms} ms\"");
        }
        if let Some((attempts, ms, jitter, budget, failover)) = retry {
            let budget = budget.map_or(String::new(), |b| format!(", budget = {}", f64::from(b) / 10.0));
            let _ = writeln!(
                text,
                "retry = {{ attempts = {attempts}, backoff = \"{ms} ms\", max_backoff = \"1 s\", jitter = {}{budget}, failover = {failover} }}",
                f64::from(jitter) / 10.0
            );
        }
        if let Some(ms) = hedge {
            let _ = writeln!(text, "hedge = {{ after = \"{ms} ms\" }}");
        }
        if let Some((failures, ms)) = breaker {
            let _ = writeln!(text, "circuit_breaker = {{ failures = {failures}, open = \"{ms} ms\" }}");
        }
        text
    }
}

fn balance() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("\"random\""),
        Just("\"round-robin\""),
        Just("\"nearest\""),
        Just("\"least-outstanding\""),
        Just("\"shortest-queue\""),
        Just("\"two-choices\""),
        Just("\"consistent-hashing\""),
        Just("\"primary-backup\""),
        Just("{ weighted = { server = 1, spare = 0 } }"),
        Just("{ weighted = \"uplink\" }"),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_request_is_lost_under_any_policy(
        seed in 1..1000u32,
        asks in policy(),
        files in policy(),
        balance in balance(),
        queue in 0..4u32,
        crash in proptest::option::of(1..8u32),
    ) {
        let crash = crash.map_or(String::new(), |at| format!(
            "[[faults]]\nat = \"{at} s\"\nfor = \"3 s\"\ncrash = {{ nodes = [\"server\", \"client-2\"] }}\n"
        ));
        let text = format!(
            "title = \"Policies\"\n\
             seed = {seed}\n\
             run = {{ until = \"done\", replications = 1 }}\n\
             [nodes.server]\n\
             count = 2\n\
             up = \"8 Mbit/s\"\n\
             down = \"8 Mbit/s\"\n\
             latency = \"3 ms\"\n\
             cpu = {{ workers = 1, queue = {queue} }}\n\
             [nodes.spare]\n\
             count = 2\n\
             up = \"2 Mbit/s\"\n\
             down = \"8 Mbit/s\"\n\
             cpu = {{ workers = 1, queue = {queue}, speed = 0.2 }}\n\
             [nodes.client]\n\
             count = 4\n\
             up = \"8 Mbit/s\"\n\
             down = \"8 Mbit/s\"\n\
             latency = \"5 ms\"\n\
             {crash}\
             [workloads.asks.request]\n\
             from = \"client\"\n\
             arrivals = {{ poisson = {{ rate = \"20 /s\", count = 200 }} }}\n\
             question = \"1 kB\"\n\
             work = {{ exponential = {{ mean = \"60 ms\" }} }}\n\
             answer = \"2 kB\"\n\
             {asks}\
             [workloads.files.download]\n\
             from = \"client\"\n\
             arrivals = {{ poisson = {{ rate = \"5 /s\", count = 50 }} }}\n\
             catalogue = {{ objects = 30, size = {{ exponential = {{ mean = \"50 kB\" }} }} }}\n\
             {files}\
             [architectures.servers.client-server]\n\
             servers = [\"server\", \"spare\"]\n\
             service = \"10 ms\"\n\
             balance = {balance}\n"
        );
        let record = record(&text);
        let tally = record.judged();
        let ended = tally.answered() + tally.failed.iter().sum::<u64>();
        prop_assert_eq!(tally.issued, ended + tally.open, "{}", text);
        // Nobody who is lost waits for ever, for a crash closes connections.
        prop_assert_eq!((tally.open, record.stop), (0, Stop::Done), "{}", text);
        let again = record_again(&text);
        prop_assert_eq!(format!("{:?}", record.requests), format!("{:?}", again.requests));
    }
}

/// Under another name, for a local variable has the first one.
fn record_again(text: &str) -> RunRecord {
    record(text)
}
