//! Networks of cash machines: how long things take, and that money is neither made nor lost.

use std::fmt::Write;
use std::path::Path;

use hubmesh::architectures::Contender;
use hubmesh::engine::Control;
use hubmesh::metrics::{BankRecord, FailureReason, Outcome, RunRecord, Stop, Verdict};
use hubmesh::model::StationId;
use hubmesh::random::{Key, Stream};
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};
use hubmesh::units::Cents;

fn runs(text: &str) -> Vec<(String, RunRecord)> {
    let mut scenario = Scenario::parse("test", text, Path::new(""), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    let control = Control::default();
    let simulate = |contender: &Contender| {
        let record = contender.simulate(&scenario.model, 0, &control);
        (contender.name.clone(), record)
    };
    scenario.contenders.iter().map(simulate).collect()
}

fn books(record: &RunRecord) -> BankRecord {
    record.bank.expect("there are banks")
}

/// A machine is 10 ms from the core, a server 2 ms; work takes 4 ms and a forced write 5 ms.
const PAIR: &str = r#"
title = "two banks"
[run]
duration = "100 s"
[nodes.atm_a]
count = 1
up = "1 Mbit/s"
down = "1 Mbit/s"
latency = "10 ms"
[nodes.a]
count = 3
up = "100 Mbit/s"
down = "100 Mbit/s"
latency = "2 ms"
cpu = { workers = 4 }
disk = { workers = 1 }
[nodes.b]
count = 1
up = "100 Mbit/s"
down = "100 Mbit/s"
latency = "2 ms"
cpu = { workers = 4 }
disk = { workers = 1 }
[nodes.a1]
count = 1
up = "100 Mbit/s"
down = "100 Mbit/s"
latency = "2 ms"
cpu = { workers = 4 }
disk = { workers = 1 }
[nodes.switch]
count = 1
up = "100 Mbit/s"
down = "100 Mbit/s"
latency = "1 ms"
[workloads.cash.transaction]
arrivals = { schedule = { times = ["1 s"] } }
mix = { WHAT = 1.0 }
foreign = FOREIGN
interbank = 1.0
amount = "20 EUR"
balance = "1000 EUR"
work = "4 ms"
forced_write = "5 ms"
[workloads.cash.transaction.banks.north]
machines = "atm_a"
accounts = 5
[workloads.cash.transaction.banks.south]
accounts = 5
"#;

/// Milliseconds until the only customer is served.
fn response(what: &str, foreign: u32, architecture: &str) -> f64 {
    let text = PAIR.replace("WHAT", what).replace("FOREIGN", &format!("{foreign}.0"));
    let (_, record) = runs(&(text + architecture)).remove(0);
    let request = record.requests[0];
    assert!(request.outcome.is_answered(), "{:?}", request.outcome);
    assert_eq!(books(&record).broken_law(), None);
    let span = request.ended.expect("it has ended").since(request.issued);
    (span.secs() * 1e6).round() / 1e3
}

const CENTRAL: &str = "[architectures.x.central]\nservers = \"b\"\n";
const FEDERATED: &str =
    "[architectures.x.federated]\nservers = { north = \"a1\", south = \"b\" }\n";

#[test]
fn each_part_of_a_transaction_takes_its_time() {
    // There and back 24 ms, and the work.
    assert_eq!(response("balance", 0, CENTRAL), 28.0);
    // And the record.
    assert_eq!(response("withdrawal", 0, CENTRAL), 33.0);
    assert_eq!(response("deposit", 1, CENTRAL), 33.0);
    assert_eq!(response("transfer", 0, CENTRAL), 33.0);
    assert_eq!(response("withdrawal", 0, FEDERATED), 33.0);
    // Passing on takes 1 ms, and to the other server and back 8 ms.
    assert_eq!(response("withdrawal", 1, FEDERATED), 42.0);
    // By the switch: 11 ms to it, 3 ms to the server, and the same back.
    let switched = format!("{FEDERATED}switch = \"switch\"\n");
    assert_eq!(response("withdrawal", 1, &switched), 38.0);
    // To the other server and back 8 ms, its work, and its record "prepared".
    assert_eq!(response("transfer", 0, FEDERATED), 50.0);
}

#[test]
fn a_replicated_record_waits_for_the_other_disks() {
    let replicated = |replication: &str| {
        format!("[architectures.x.central]\nservers = \"a\"\nreplication = \"{replication}\"\n")
    };
    // To the other disk 4 ms, 5 ms there, and 4 ms back: 13 ms in place of 5 ms.
    assert_eq!(response("withdrawal", 0, &replicated("primary-backup")), 41.0);
    assert_eq!(response("withdrawal", 0, &replicated("quorum")), 41.0);
    assert_eq!(response("balance", 0, &replicated("quorum")), 28.0);
}

/// A hundred customers in a hundred seconds.
fn busy(what: &str, faults: &str, architecture: &str) -> RunRecord {
    let text = PAIR
        .replace("WHAT", what)
        .replace("FOREIGN", "0.5")
        .replace("duration = \"100 s\"", "duration = \"300 s\"")
        .replace(
            "{ schedule = { times = [\"1 s\"] } }",
            "{ poisson = { rate = \"10 /s\", for = \"100 s\" } }",
        )
        .replace("work =", "timeout = \"2 s\"\nwork =");
    runs(&(text + architecture + faults)).remove(0).1
}

#[test]
fn replicas_take_over_and_a_single_server_does_not() {
    let fault = "[[faults]]\nat = \"20 s\"\nfor = \"50 s\"\ncrash = { nodes = \"a-1\" }\n";
    let share_of = |replication: &str| {
        let architecture = format!(
            "[architectures.x.central]\nservers = \"a\"\nreplication = \"{replication}\"\nfail_over = \"5 s\"\n"
        );
        let record = busy("withdrawal", fault, &architecture);
        assert_eq!((books(&record).broken_law(), books(&record).half_done), (None, 0));
        let tally = record.judged();
        tally.answered() as f64 / tally.observed as f64
    };
    // Nobody answers for 5 of 100 s; four standard errors of a Poisson count.
    for replication in ["primary-backup", "quorum"] {
        let share = share_of(replication);
        assert!((share - 0.95).abs() < 4.0 * (50.0f64).sqrt() / 1000.0, "{replication}: {share}");
    }
    let single = "[architectures.x.central]\nservers = \"b\"\n";
    let record = busy("withdrawal", &fault.replace("a-1", "b"), single);
    let tally = record.judged();
    let share = tally.answered() as f64 / tally.observed as f64;
    assert!((share - 0.5).abs() < 4.0 * (500.0f64).sqrt() / 1000.0, "{share}");
    assert!(tally.failed[FailureReason::ServerDown as usize] > 400);
}

#[test]
fn without_a_majority_nobody_leads() {
    let architecture = "[architectures.x.central]\nservers = \"a\"\nreplication = \"quorum\"\nfail_over = \"1 s\"\n";
    let fault =
        "[[faults]]\nat = \"20 s\"\nfor = \"50 s\"\ncrash = { nodes = [\"a-2\", \"a-3\"] }\n";
    // The leader is up, but what it writes is never in force.
    let record = busy("withdrawal", fault, architecture);
    let tally = record.judged();
    let share = tally.answered() as f64 / tally.observed as f64;
    assert!((share - 0.5).abs() < 0.1, "{share}");
    assert_eq!((books(&record).broken_law(), books(&record).half_done), (None, 0));
}

/// Who hears nothing counts for no majority, and does not lead one.
#[test]
fn a_quorum_needs_those_that_hear_each_other() {
    let architecture = "[architectures.x.central]\nservers = \"a\"\nreplication = \"quorum\"\nfail_over = \"5 s\"\n";
    let share = |nodes: &str| {
        let fault = format!(
            "[[faults]]\nat = \"20 s\"\nfor = \"60 s\"\nlose = {{ nodes = {nodes}, probability = 1 }}\n"
        );
        let record = busy("withdrawal", &fault, architecture);
        assert_eq!(books(&record).broken_law(), None);
        record.judged().answered() as f64 / record.judged().observed as f64
    };
    // Of 100 s, 60 and twice 5 without a leader, or 5.
    let error = 4.0 * (1000.0f64 * 0.25).sqrt() / 1000.0;
    let unheard = share("[\"a-2\", \"a-3\"]");
    assert!((unheard - 0.35).abs() < error, "{unheard}");
    let replaced = share("\"a-1\"");
    assert!((replaced - 0.95).abs() < error, "{replaced}");
}

#[test]
fn a_machine_that_pays_by_itself_is_available_and_risks_overdrafts() {
    let fault = "[[faults]]\nat = \"20 s\"\nfor = \"50 s\"\ncrash = { nodes = \"b\" }\n";
    let offline = busy("withdrawal", fault, &format!("{CENTRAL}stand_in = \"50 EUR\"\n"));
    let online = busy("withdrawal", fault, CENTRAL);
    assert!(offline.judged().is_all_answered());
    assert!(!online.judged().is_all_answered());
    assert!(books(&offline).stand_ins > 400);
    // 10 accounts with 50 withdrawals each: 1000 customers want twice of what is there, and the
    // machine does not ask for half of them.
    assert!(books(&offline).overdrafts > 0 && books(&online).overdrafts == 0);
    assert_eq!((books(&offline).broken_law(), books(&offline).half_done), (None, 0));
    let large = busy("withdrawal", fault, &format!("{CENTRAL}stand_in = \"19 EUR\"\n"));
    assert_eq!(books(&large).stand_ins, 0);
}

#[test]
fn thousands_may_wait_for_one_account() {
    // A withdrawal has the account while it is written; all who only look wait for it.
    let text = PAIR
        .replace("WHAT = 1.0", "balance = 1000.0, withdrawal = 1.0")
        .replace("FOREIGN", "0.0")
        .replace("accounts = 5", "accounts = 1")
        .replace("[\"1 s\"]", &format!("[{}]", vec!["\"1 s\""; 5000].join(", ")))
        .replace("work = \"4 ms\"", "work = \"0 s\"");
    let architecture = "[architectures.x.central]\nservers = \"b\"\nlock_timeout = \"1 min\"\n";
    let (_, record) = runs(&(text + architecture)).remove(0);
    assert!(record.judged().is_all_answered());
}

/// A random network of banks on which much goes wrong in the first two minutes.
fn random_scenario(stream: &mut Stream) -> String {
    let any = |stream: &mut Stream, from: usize, to: usize| from + stream.below(to - from + 1);
    let mut text = format!(
        "title = \"random\"\nseed = {}\n[run]\nuntil = \"done\"\nreplications = 1\n",
        stream.below(1_000_000)
    );
    let banks = any(stream, 1, 3);
    let mut nodes = Vec::new();
    let mut group = |text: &mut String, name: &str, count: usize, latency: usize| {
        let _ = write!(
            text,
            "[nodes.{name}]\ncount = {count}\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\nlatency = \"{latency} ms\"\ncpu = {{ workers = 2 }}\ndisk = {{ workers = 1 }}\n"
        );
        nodes.push(name.to_owned());
    };
    for bank in 0..banks {
        let (machines, far) = (any(stream, 1, 2), any(stream, 1, 50));
        group(&mut text, &format!("atm{bank}"), machines, far);
        group(&mut text, &format!("one{bank}"), 1, any(stream, 1, 20));
        group(&mut text, &format!("two{bank}"), 2, any(stream, 1, 20));
        group(&mut text, &format!("three{bank}"), 3, any(stream, 1, 20));
    }
    group(&mut text, "switch", 1, 3);
    let bytes = ["0 B", "500 B"][stream.below(2)];
    let _ = write!(
        text,
        "[workloads.cash.transaction]\narrivals = {{ poisson = {{ rate = \"{} /s\", for = \"100 s\" }} }}\nmix = {{ balance = 0.1, withdrawal = 0.4, deposit = {}, transfer = 0.3 }}\nforeign = 0.5\ninterbank = 0.7\namount = {{ choice = [[\"0.01 EUR\", 0.2], [\"20 EUR\", 0.5], [\"90.99 EUR\", 0.3]] }}\nbalance = {{ exponential = {{ mean = \"200 EUR\" }} }}\nquestion = \"{bytes}\"\nanswer = \"{bytes}\"\nwork = {{ exponential = {{ mean = \"20 ms\" }} }}\nforced_write = {{ exponential = {{ mean = \"{} ms\" }} }}\ntimeout = \"{} s\"\nretry = {{ attempts = {}, backoff = \"{} ms\"{} }}\n",
        any(stream, 1, 4),
        ["0.0", "0.2"][stream.below(2)],
        [any(stream, 1, 100), 1000][stream.below(2)],
        [0.2, 1.0, 3.0, 8.0][stream.below(4)],
        any(stream, 1, 4),
        any(stream, 100, 3000),
        ["", ", budget = 0.1"][stream.below(2)],
    );
    text += ["", "circuit_breaker = { failures = 3, open = \"5 s\" }\n"][stream.below(2)];
    for bank in 0..banks {
        let _ = write!(
            text,
            "[workloads.cash.transaction.banks.b{bank}]\nmachines = \"atm{bank}\"\naccounts = {}\n",
            any(stream, 2, 5)
        );
    }
    let stand_in = ["", "stand_in = \"50 EUR\"\n"][stream.below(2)];
    let servers = |kind: &str| {
        let each: Vec<String> =
            (0..banks).map(|bank| format!("b{bank} = \"{kind}{bank}\"")).collect();
        format!("servers = {{ {} }}\n", each.join(", "))
    };
    let fail_over = any(stream, 1, 10);
    let common = format!("timeout = \"{} s\"\n{stand_in}", any(stream, 1, 6));
    let architectures = [
        format!("[architectures.central.central]\nservers = \"one0\"\n{common}"),
        format!(
            "[architectures.central-quorum.central]\nservers = \"three0\"\nreplication = \"quorum\"\nfail_over = \"{fail_over} s\"\n{common}"
        ),
        format!("[architectures.federated.federated]\n{}{common}", servers("one")),
        format!(
            "[architectures.switched.federated]\n{}switch = \"switch\"\n{common}",
            servers("one")
        ),
        format!(
            "[architectures.backed.federated]\n{}replication = \"primary-backup\"\nfail_over = \"{fail_over} s\"\n{common}",
            servers("two")
        ),
        format!(
            "[architectures.voting.federated]\n{}replication = \"quorum\"\nfail_over = \"{fail_over} s\"\n{common}",
            servers("three")
        ),
    ];
    let first = stream.below(architectures.len());
    let second = (first + 1 + stream.below(architectures.len() - 1)) % architectures.len();
    for architecture in [&architectures[first], &architectures[second]] {
        text += architecture;
        if stream.below(3) == 0 {
            text += &random_middleware(architecture, banks, stream);
        }
    }
    for _ in 0..stream.below(5) {
        let _ = write!(
            text,
            "[[faults]]\nat = \"{} s\"\nfor = \"{} s\"\ncrash = {{ nodes = \"{}\" }}\n",
            stream.below(110),
            any(stream, 1, 20),
            nodes[stream.below(nodes.len())],
        );
    }
    if stream.below(2) == 0 {
        let _ = write!(
            text,
            "[[faults]]\nfor = \"120 s\"\ncrash = {{ nodes = [{}], every = {{ exponential = {{ mean = \"{} s\" }} }}, lasts = {{ exponential = {{ mean = \"3 s\" }} }} }}\n",
            nodes.iter().map(|node| format!("\"{node}\"")).collect::<Vec<_>>().join(", "),
            any(stream, 10, 60),
        );
    }
    if stream.below(2) == 0 {
        let _ = write!(
            text,
            "[[faults]]\nfor = \"130 s\"\nlose = {{ nodes = [{}], probability = 0.{} }}\n",
            nodes.iter().map(|node| format!("\"{node}\"")).collect::<Vec<_>>().join(", "),
            any(stream, 1, 4),
        );
    }
    for _ in 0..stream.below(3) {
        let (first, second) = (stream.below(nodes.len()), stream.below(nodes.len()));
        let (first, second) = (&nodes[first], &nodes[second]);
        let kind = match stream.below(3) {
            0 => format!("cut = {{ links = \"{first}\" }}"),
            1 => format!("slow = {{ links = \"{first}\", delay = \"2 s\" }}"),
            _ if first != second => {
                format!("partition = {{ parts = [\"{first}\", \"{second}\"] }}")
            }
            _ => continue,
        };
        let (at, span) = (stream.below(110), any(stream, 1, 30));
        let _ = write!(text, "[[faults]]\nat = \"{at} s\"\nfor = \"{span} s\"\n{kind}\n");
    }
    text
}

/// Of the machines of all banks, and of servers that ask each other. Some servers have little room.
fn random_middleware(architecture: &str, banks: usize, stream: &mut Stream) -> String {
    let table = architecture.lines().next().unwrap_or_default().trim_matches(['[', ']']);
    let mut callers: Vec<String> = (0..banks).map(|bank| format!("atm{bank}")).collect();
    if table.ends_with("federated") && banks > 1 {
        let kind = ["one", "two", "three"]
            .into_iter()
            .find(|kind| architecture.contains(&format!("\"{kind}0\"")));
        callers.extend((0..banks).map(|bank| format!("{}{bank}", kind.unwrap_or("one"))));
    }
    let mut text = String::new();
    for caller in callers {
        let ms = stream.below(10);
        let bytes = ["0 B", "200 B"][stream.below(2)];
        let set_up = [
            "",
            "set_up = { round_trips = 1 }\n",
            "set_up = { round_trips = 2, client_work = \"5 ms\", server_work = \"3 ms\" }\nkeep_alive = \"5 s\"\n",
        ][stream.below(3)];
        let _ = write!(
            text,
            "[[{table}.middleware.platforms]]\nclients = \"{caller}\"\nmarshal = \"{ms} ms\"\nserver_marshal = \"{ms} ms\"\noverhead = \"{bytes}\"\n{set_up}"
        );
    }
    text
}

/// The payer's server has written "commit" at 1.038 s and tells the payee's, which goes down for some
/// time just before it could hear that, at 1.042 s.
fn with_payee_down(span: &str) -> RunRecord {
    let text = PAIR
        .replace("WHAT", "transfer")
        .replace("FOREIGN", "0.0")
        .replace("duration = \"100 s\"", "until = \"done\"");
    let fault = format!("[[faults]]\nat = \"1.04 s\"\n{span}crash = {{ nodes = \"b\" }}\n");
    let (_, record) = runs(&(text + FEDERATED + &fault)).remove(0);
    record
}

#[test]
fn a_crash_before_the_vote_is_heard_of() {
    // The payer's server asks the payee's to prepare at 1.016 s, which hears it at 1.020 s and would vote
    // at 1.029 s. It goes down at 1.022 s; 4 ms later its connection is gone, and the machine hears 12 ms
    // after that that nothing has come of it.
    let text = PAIR.replace("WHAT", "transfer").replace("FOREIGN", "0.0");
    let fault = "[[faults]]\nat = \"1.022 s\"\ncrash = { nodes = \"b\" }\n";
    let record = runs(&(text + FEDERATED + fault)).remove(0).1;
    assert_eq!(record.requests[0].outcome.name(), "aborted");
    let ended = record.requests[0].ended.expect("it has failed").secs();
    assert!((ended - 1.038).abs() < 1e-9, "{ended} s");
    assert_eq!(books(&record).broken_law(), None);
}

#[test]
fn a_server_that_is_cut_off_is_unreachable_and_one_that_crashed_is_down() {
    // The account is at the bank of `b`; under `federated` another server passes the question on.
    let outcome = |fault: &str, architecture: &str| {
        let text = PAIR.replace("WHAT", "withdrawal").replace("FOREIGN", "1.0") + architecture;
        let (_, record) = runs(&(text + "[[faults]]\n" + fault)).remove(0);
        record.requests[0].outcome.name()
    };
    let parts = "partition = { parts = [[\"atm_a\", \"a\", \"a1\", \"switch\"], \"b\"] }\n";
    let switched = format!("{FEDERATED}switch = \"switch\"\n");
    for architecture in [CENTRAL, FEDERATED, &switched] {
        assert_eq!(outcome(parts, architecture), "unreachable", "{architecture}");
        let crash = "crash = { nodes = \"b\" }\n";
        assert_eq!(outcome(crash, architecture), "server-down", "{architecture}");
    }
}

#[test]
fn what_was_wanted_and_what_the_bank_said_is_kept_with_the_requests() {
    // Two withdrawals of 600 EUR from accounts of 1000 EUR: of one account the second is declined.
    let text = PAIR
        .replace("WHAT", "withdrawal")
        .replace("FOREIGN", "0.0")
        .replace("\"1 s\"]", "\"1 s\", \"2 s\"]")
        .replace("\"20 EUR\"", "\"600 EUR\"")
        .replace("accounts = 5", "accounts = 1");
    let (_, record) = runs(&(text + FEDERATED)).remove(0);
    let said: Vec<_> = record
        .transactions
        .iter()
        .map(|t| (t.request, t.kind.name(), t.amount, t.verdict.map(Verdict::name)))
        .collect();
    let amount = Some(Cents::new(60_000));
    let expected =
        [(0, "withdrawal", amount, Some("done")), (1, "withdrawal", amount, Some("declined"))];
    assert_eq!(said, expected);
    let value = |name: &str| measure(&record, None)[metric_index(name).unwrap()].unwrap();
    assert_eq!((value("declined"), value("money_paid")), (0.5, 600.0));
    let change = value("money_deposited") - value("money_paid") - value("money_in_suspense");
    assert_eq!((value("balance_change"), change), (-600.0, -600.0));
}

#[test]
fn a_run_until_done_goes_on_until_no_transfer_is_half_done() {
    let record = with_payee_down("for = \"3 h\"\n");
    let request = record.requests[0];
    assert!(request.outcome.is_answered(), "{request:?}");
    assert_eq!((record.stop, books(&record).half_done), (Stop::Done, 0));
    assert_eq!((books(&record).doubts, books(&record).suspense), (1, Cents::ZERO));
    // In doubt since it began to write, for three hours.
    assert!(books(&record).mean_doubt().is_some_and(|doubt| (doubt - 10_800.0).abs() < 10.0));
    // What is measured ends with the last request.
    assert_eq!(Some(record.ended), request.ended);
    let machine = record.nodes[0].messages;
    assert_eq!(machine, 1, "a machine asks once");
    for station in &record.stations {
        // Each server works 4 ms and writes one record of 5 ms before the last answer.
        assert!(station.busy_nanos <= 5_000_000, "{station:?}");
        assert_eq!(station.broken_law(), None);
    }
}

#[test]
fn a_run_ends_when_whoever_is_waited_for_never_comes_back() {
    let record = with_payee_down("");
    assert!(record.requests[0].outcome.is_answered());
    assert_eq!((record.stop, books(&record).half_done), (Stop::Stalled, 1));
    assert_eq!(books(&record).suspense, Cents::new(2000));
    assert_eq!(Some(record.ended), record.requests[0].ended);
}

#[test]
fn who_asks_in_vain_through_another_bank_does_not_ask_for_ever() {
    // The machine owes a reversal to a server that never comes back, and each question takes work
    // at the server that passes it on.
    let text = PAIR
        .replace("WHAT", "withdrawal")
        .replace("FOREIGN", "1.0")
        .replace("duration = \"100 s\"", "until = \"done\"")
        .replace("work = \"4 ms\"", "work = \"4 ms\"\ntimeout = \"10 s\"");
    let fault = "passing_work = \"5 ms\"\n[[faults]]\nat = \"1.02 s\"\ncrash = { nodes = \"b\" }\n";
    let (_, record) = runs(&(text + FEDERATED + fault)).remove(0);
    assert_eq!(record.stop, Stop::Stalled);
    assert_eq!((books(&record).broken_law(), books(&record).half_done), (None, 0));
}

#[test]
fn money_is_neither_made_nor_lost_whatever_breaks() {
    // More by HUBMESH_BANK_SCHEDULES=100000.
    let count = std::env::var("HUBMESH_BANK_SCHEDULES");
    let count: u64 = count.ok().and_then(|count| count.parse().ok()).unwrap_or(1000);
    let mut seen = BankRecord::default();
    for schedule in 0..count {
        let text = random_scenario(&mut Key::root(schedule, 0).text("bank").stream());
        // All is quiet for minutes before the end; until all is done nobody waits so long.
        let timed = runs(&text.replacen("until = \"done\"", "duration = \"5000 s\"", 1));
        for ((name, record), (_, timed)) in runs(&text).into_iter().zip(timed) {
            assert_eq!(record.stop, Stop::Done, "schedule {schedule}, {name}\n{text}");
            let (own, of_timed) = (books(&record), books(&timed));
            assert_eq!(
                (of_timed.half_done, of_timed.broken_law()),
                (0, None),
                "{of_timed:?}\n{text}"
            );
            assert_eq!((own.balances, own.paid), (of_timed.balances, of_timed.paid), "{text}");
            // What is settled at the end changes nothing for the clients.
            let ends = |run: &RunRecord| -> Vec<_> {
                run.requests.iter().map(|request| (request.ended, request.outcome)).collect()
            };
            assert_eq!(ends(&record), ends(&timed), "schedule {schedule}, {name}\n{text}");
            // Somebody may come to a machine that is down, and ask nothing, after the last request.
            let last = record.requests.iter().filter_map(|request| request.ended).max();
            assert!(Some(record.ended) >= last && record.ended <= timed.ended);
            let books = books(&record);
            let which = format!("schedule {schedule}, {name}: {books:?}\n{text}");
            assert_eq!(books.broken_law(), None, "{which}");
            assert_eq!((books.half_done, books.suspense), (0, Cents::ZERO), "{which}");
            assert_eq!(books.balances + books.paid - books.deposited, books.initial, "{which}");
            let tally = record.judged();
            let failed: u64 = tally.failed.iter().sum();
            assert_eq!(tally.observed, tally.answered() + failed, "{which}");
            // A deposit may be spent before its machine reverses it.
            let may_overdraw = text.contains("stand_in") || !text.contains("deposit = 0.0");
            assert!(books.overdrafts == 0 || may_overdraw, "{which}");
            seen.aborted += books.aborted;
            seen.declined += books.declined;
            seen.stand_ins += books.stand_ins;
            seen.doubts += books.doubts;
            seen.overdrafts += books.overdrafts;
        }
    }
    // The schedules are hard enough to mean something.
    assert!(seen.aborted > count && seen.doubts > count && seen.declined > count, "{seen:?}");
    assert!(seen.stand_ins > count / 10 && seen.overdrafts > 0, "{seen:?}");
}

/// What is said of a wrong scenario: `old` is replaced by `new`, in which `¦` marks the place.
fn refused(old: &str, new: &str) -> String {
    let base = PAIR.replace("WHAT", "transfer").replace("FOREIGN", "0.5") + FEDERATED;
    assert_eq!(base.matches(old).count(), 1, "{old:?} must be there once");
    let marked = base.replacen(old, new, 1);
    let before = &marked[..marked.find('¦').expect("a place is marked")];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    let text = marked.replacen('¦', "", 1);
    let error = Scenario::parse("bank.toml", &text, Path::new(""), &[]).expect_err(&text);
    let said = error.to_string();
    assert_eq!(said.lines().count(), 1, "{said}");
    let place = format!("bank.toml:{line}:{column}: ");
    said.strip_prefix(&place).unwrap_or_else(|| panic!("{place}: {said}")).to_owned()
}

#[test]
fn mistakes_in_a_network_of_banks_have_their_place() {
    let servers = "servers = { north = \"a1\", south = \"b\" }";
    let cases = [
        (servers, "servers = ¦{ north = \"a1\" }", "the bank \"south\" has no server"),
        (
            servers,
            "servers = { north = \"a1\", south = \"b\", ¦suoth = \"a\" }",
            "\"suoth\" is no bank",
        ),
        (
            servers,
            "servers = { north = \"a1\", south = ¦\"bb\" }",
            "\"bb\" is no group of nodes and no node",
        ),
        (
            servers,
            "servers = { north = \"a1\", south = ¦\"a\" }",
            "3 servers with the replication \"none\"",
        ),
        (
            servers,
            "servers = { north = \"a1\", south = ¦\"a1\" }",
            "some of these servers are another bank's, too",
        ),
        (
            servers,
            "servers = { north = \"a1\", south = ¦\"atm_a\" }",
            "some of these servers are cash machines",
        ),
        (
            servers,
            "servers = { north = [\"a1\", \"a-1\"], south = ¦\"b\" }\nreplication = \"primary-backup\"",
            "1 server with the replication \"primary-backup\"",
        ),
        (
            servers,
            "servers = { north = \"a1\", south = \"b\" }\nfail_over = ¦\"3 s\"",
            "nobody takes over from a single server",
        ),
        (
            servers,
            "servers = { north = \"a1\", south = \"b\" }\nswitch = ¦\"b\"",
            "the switch is a server of a bank",
        ),
        (
            servers,
            "servers = { north = \"a1\", south = \"b\" }\nswitch = ¦\"a\"",
            "a switch of 3 nodes",
        ),
        (
            servers,
            "servers = { north = \"a1\", south = \"b\" }\nlock_timeout = ¦\"0 s\"",
            "no time to wait at all",
        ),
        (
            servers,
            "servers = { north = \"a1\", south = \"b\" }\nstand_in = ¦\"20 USD\"",
            "\"USD\" is no unit of sum of money; write \"20 EUR\", \"9.99 EUR\" or \"50 cent\"",
        ),
        ("amount = \"20 EUR\"", "amount = ¦20", "a bare number where a sum of money with its unit"),
        ("amount = \"20 EUR\"", "amount = ¦\"0 EUR\"", "an amount of nothing"),
        ("transfer = 1.0", "transfer = ¦0.0", "customers want nothing"),
        ("transfer = 1.0", "transfer = ¦-1.0", "a weight of -1"),
        ("foreign = 0.5", "foreign = ¦1.5", "1.5 is no probability"),
        (
            "[workloads.cash.transaction.banks.south]\naccounts = 5",
            "[workloads.cash.transaction.banks.south]\naccounts = ¦0",
            "0 accounts",
        ),
        (
            "[workloads.cash.transaction.banks.south]",
            "[workloads.cash.transaction.banks.south]\nmachines = ¦\"atm_a\"",
            "some of these machines belong to \"north\"",
        ),
        (
            "[architectures.x.federated]",
            "[architectures.¦y.client-server]\nservers = \"b\"\n[architectures.x.federated]",
            "client-server keeps no accounts, and the workload \"cash\" asks for transactions",
        ),
        (
            "[workloads.cash.transaction]",
            "[workloads.film.download]\nfrom = \"atm_a\"\narrivals = { burst = { over = \"1 s\" } }\ncatalogue = { size = \"1 MB\" }\n[workloads.cash.transaction]",
            "",
        ),
    ];
    for (old, new, said) in cases {
        // The last case has its place in another line than it is changed.
        if said.is_empty() {
            let text = (PAIR.replace("WHAT", "transfer").replace("FOREIGN", "0.5") + FEDERATED)
                .replacen(old, new, 1);
            let error = Scenario::parse("bank.toml", &text, Path::new(""), &[]).expect_err("wrong");
            let said = "federated keeps the accounts of banks, and the workload \"film\" asks for something else";
            assert!(error.to_string().contains(said), "{error}");
            continue;
        }
        let message = refused(old, new);
        assert!(message.contains(said), "{said:?} is missing in {message:?}");
    }
}

#[test]
fn work_for_an_answer_that_comes_too_late_is_wasted() {
    // A machine has patience for 1 s and the server works for 5 s: what it does is of no use, nor are
    // the 300 bytes that it answers, and a withdrawal is taken back besides.
    let late = |what: &str| {
        let text = PAIR.replace("WHAT", what).replace("FOREIGN", "0.0");
        let text = text.replace("work = \"4 ms\"", "work = \"5 s\"\nanswer = \"300 B\"");
        let text = text.replace("interbank", "timeout = \"1 s\"\ninterbank");
        let record = runs(&(text + "[architectures.c.central]\nservers = \"b\"")).remove(0).1;
        assert!(!record.requests[0].outcome.is_answered());
        assert_eq!(record.wasted.count(), 300);
        record.wasted_work.secs()
    };
    assert_eq!(late("balance"), 5.0);
    // A record is forced to disk for the withdrawal, and one for its reversal.
    assert!((late("withdrawal") - (5.0 + 0.005 + 5.0 + 0.005)).abs() < 1e-9);
    let text = PAIR.replace("WHAT", "withdrawal").replace("FOREIGN", "1.0");
    let record = runs(&(text + "[architectures.c.central]\nservers = \"b\"")).remove(0).1;
    assert_eq!((record.wasted_work.secs(), record.wasted.count()), (0.0, 0));
}

/// A server that goes down again and again while its answers are on their way: what it has executed
/// it answers from its books, so all that is useful and all that is wasted is no more than was worked.
#[test]
fn what_was_executed_once_is_not_wasted_when_the_answer_is_lost() {
    let text = "title = \"b\"\nseed = 3\nrun = { duration = \"10 min\", replications = 1 }\n\
        nodes.atm = { count = 50, up = \"2 Mbit/s\", down = \"2 Mbit/s\", latency = \"500 ms\" }\n\
        [nodes.centre]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\ncpu = { workers = 8 }\n\
        disk = { workers = 8 }\n\
        [workloads.cash.transaction]\narrivals = { poisson = { rate = \"4 /s\", for = \"8 min\" } }\n\
        mix = { balance = 0.0, withdrawal = 1.0, deposit = 0, transfer = 0 }\n\
        amount = \"20 EUR\"\nbalance = \"80000 EUR\"\nwork = \"100 ms\"\nforced_write = \"0 ms\"\n\
        timeout = \"60 s\"\nretry = { attempts = 30, backoff = \"1 s\", max_backoff = \"2 s\" }\n\
        [workloads.cash.transaction.banks.north]\nmachines = \"atm\"\naccounts = 500\n\
        [architectures.central.central]\nservers = \"centre\"\n\
        [[faults]]\nat = \"1 min\"\nfor = \"5 min\"\n\
        crash = { nodes = \"centre\", every = { exponential = { mean = \"2 s\" } }, lasts = \"0.1 s\" }\n";
    let record = runs(text).remove(0).1;
    let answered = record.requests.iter().filter(|r| r.outcome.is_answered()).count();
    let useful = 0.1 * answered as f64;
    let busy: u128 = record.stations.iter().map(|station| station.busy_nanos).sum();
    let wasted = record.wasted_work.secs();
    assert!(answered > 1500, "{answered}");
    assert!(useful + wasted <= busy as f64 / 1e9 + 1e-6, "{useful} + {wasted} s of {busy} ns");
}

/// Three machines and three servers of one bank; `servers` of them run it.
fn one_bank(times: &str, servers: &str, faults: &str) -> RunRecord {
    let text = format!(
        "title = \"b\"\nrun = {{ duration = \"300 s\", replications = 1 }}\n\
         nodes.m = {{ count = 1, up = \"10 Mbit/s\", down = \"10 Mbit/s\", latency = \"10 ms\" }}\n\
         [nodes.n]\ncount = 3\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"1 ms\"\n\
         cpu = {{ workers = 1 }}\ndisk = {{ workers = 1 }}\n\
         [workloads.c.transaction]\narrivals = {{ schedule = {{ times = [{times}] }} }}\n\
         mix = {{ withdrawal = 1 }}\namount = \"20 EUR\"\nbalance = \"5000 EUR\"\n\
         forced_write = \"1 s\"\ntimeout = \"30 s\"\n\
         [workloads.c.transaction.banks.A]\nmachines = \"m\"\naccounts = 1\n\
         [architectures.c.central]\nservers = {servers}\n{faults}"
    );
    runs(&text).remove(0).1
}

fn fault(at: f64, lasts: f64, what: &str) -> String {
    format!("[[faults]]\nat = \"{at} s\"\nfor = \"{lasts} s\"\n{what}\n")
}

/// Two withdrawals of an account that is locked for longer than anybody waits: one is aborted, and as it
/// was asked for only once nothing has to be taken back, which would take a record of its own.
#[test]
fn what_was_aborted_at_once_is_not_taken_back() {
    let record = one_bank("\"10 s\", \"10 s\"", "\"n-1\"\nlock_timeout = \"0.5 s\"", "");
    let aborted = record.requests.iter().filter(|r| !r.outcome.is_answered()).count();
    let disks = record.stations.iter().filter(|station| station.kind == StationId::DISK);
    let written: u64 = disks.map(|station| station.completed).sum();
    assert_eq!((aborted, written), (1, 1));
}

/// The leader of a quorum is cut off, an election begins, and it hands over by a goodbye before that has
/// ended: the next leader that fails has a successor all the same.
#[test]
fn a_goodbye_in_the_middle_of_an_election_does_not_stop_all_others() {
    let faults = fault(12.0, 8.0, "cut = { links = \"n-1\" }")
        + &fault(13.0, 5.0, "leave = { nodes = \"n-1\" }")
        + &fault(100.0, 5.0, "crash = { nodes = \"n-2\" }");
    let record = one_bank(
        "\"150 s\", \"200 s\"",
        "\"n\"\nreplication = \"quorum\"\nfail_over = \"3 s\"",
        &faults,
    );
    assert!(record.requests.iter().all(|r| r.outcome.is_answered()), "{:?}", record.requests);
}

/// A backup that was cut off, went down and came back unheard gets what it lacks when all is whole.
#[test]
fn a_backup_whose_last_words_were_lost_holds_up_nothing_for_ever() {
    let faults = fault(10.5, 50.0, "cut = { links = \"n-2\" }")
        + &fault(14.0, 3.0, "crash = { nodes = \"n-2\" }");
    let servers = "[\"n-1\", \"n-2\"]\nreplication = \"primary-backup\"\nfail_over = \"3 s\"";
    let record = one_bank("\"10 s\", \"100 s\", \"150 s\"", servers, &faults);
    assert!(record.requests.iter().all(|r| r.outcome.is_answered()), "{:?}", record.requests);
}

#[test]
fn the_shipped_network_shows_what_it_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/atm-network.toml");
    let text = std::fs::read_to_string(path).expect("the scenario is shipped");
    let runs = runs(&text);
    let of = |name: &str| &runs.iter().find(|(other, _)| other == name).expect("it is there").1;
    let availability = |name: &str| {
        let tally = of(name).judged();
        tally.answered() as f64 / tally.observed as f64
    };
    for (name, record) in &runs {
        assert_eq!(books(record).broken_law(), None, "{name}");
    }
    // Ten minutes of sixty, but for who is tried again at its end; four standard errors of 14,400.
    assert!((availability("central") - 5.0 / 6.0).abs() < 0.015, "{}", availability("central"));
    for (less, more) in [
        ("central", "federated"),
        ("federated", "switched"),
        ("federated", "offline"),
        ("offline", "backup"),
    ] {
        assert!(availability(less) + 0.01 < availability(more), "{less} and {more}");
    }
    for replicated in ["backup", "quorum"] {
        assert!(availability(replicated) > 0.99, "{replicated}: {}", availability(replicated));
    }
    assert!(books(of("offline")).overdrafts > 0 && books(of("quorum")).overdrafts < 5);
    let mean = |name: &str| of(name).judged().times.means().expect("somebody is answered").0;
    assert!(mean("central") < mean("federated") && mean("federated") < mean("backup"));
}

#[test]
fn a_bank_without_transactions_is_refused_with_a_reason() {
    let scenario = "title = \"x\"\nrun = { duration = \"10 s\" }\n\
        nodes.a = { count = 1, up = \"1 Mbit/s\", down = \"1 Mbit/s\" }\n\
        [workloads.film.download]\nfrom = \"a\"\narrivals = { poisson = { rate = \"1 /s\" } }\n\
        catalogue = { size = \"1 MB\" }\n";
    for (kind, servers) in [("central", "\"a\""), ("federated", "{ north = \"a\" }")] {
        let text = format!("{scenario}[architectures.x.{kind}]\nservers = {servers}\n");
        let error = Scenario::parse("bank.toml", &text, Path::new(""), &[]).expect_err("wrong");
        let said = format!(
            "bank.toml:8:16: {kind} keeps the accounts of banks, and the workload \"film\" asks for something else"
        );
        assert!(error.to_string().contains(&said), "{error}");
    }
}

/// Before a run it is said who will have too much to do, also by transfers between banks and by passing on.
#[test]
fn work_for_other_banks_counts_before_the_run() {
    let warnings = |demand: &str, federated: &str| {
        let group = |name: &str| {
            format!(
                "[nodes.{name}]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
                 cpu = {{ workers = 1 }}\n"
            )
        };
        let text = format!(
            "title = \"o\"\nrun = {{ duration = \"100 s\", replications = 2 }}\n{}\
             [workloads.w.transaction]\n{demand}\namount = \"1 EUR\"\nbalance = \"1000 EUR\"\n\
             forced_write = \"1 ms\"\nbanks.a = {{ machines = \"c\", accounts = 1000 }}\n\
             banks.b = {{ machines = \"d\", accounts = 1000 }}\n\
             [architectures.x.federated]\nservers = {{ a = \"s\", b = \"t\" }}\n{federated}",
            ["s", "t", "c", "d"].map(group).concat()
        );
        let scenario = Scenario::parse("o.toml", &text, Path::new("."), &[]);
        scenario.unwrap_or_else(|error| panic!("{error}\n{text}")).warnings.join("\n")
    };
    // Both servers work for each transfer.
    let transfers = "arrivals = { poisson = { rate = \"160 /s\" } }\nmix = { transfer = 1 }\n\
                     interbank = 1.0\nforeign = 0.0\nwork = \"10 ms\"";
    let text = warnings(transfers, "");
    for server in ["s", "t"] {
        assert!(text.contains(&format!("of {server} would have 1.60 times the work")), "{text}");
    }
    let at_home = warnings(&transfers.replace("interbank = 1.0", "interbank = 0.0"), "");
    assert!(!at_home.contains("would have"), "{at_home}");
    let passed = "arrivals = { poisson = { rate = \"100 /s\" } }\nmix = { withdrawal = 1 }\n\
                  foreign = 1.0\nwork = \"1 ms\"";
    let text = warnings(passed, "passing_work = \"50 ms\"\n");
    for server in ["s", "t"] {
        assert!(text.contains(&format!("of {server} would have 2.55 times the work")), "{text}");
    }
}

/// Three withdrawals by machines that are too hasty, each taken back: two works of 5 ms and two records of 100 ms. The last
/// one is taken back after the last request has ended.
#[test]
fn what_is_wasted_is_so_in_a_run_until_all_is_done_as_well() {
    let text = |end: &str, rest: &str| {
        format!(
            "title = \"b\"\nrun = {{ {end}, replications = 1 }}\nnetwork.transport = \"ideal\"\n\
             [nodes.centre]\ncount = 1\nup = \"100 Mbit/s\"\ndown = \"100 Mbit/s\"\nlatency = \"5 ms\"\n\
             cpu = {{ workers = 10 }}\ndisk = {{ workers = 1 }}\n\
             [nodes.atm]\ncount = 3\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\nlatency = \"20 ms\"\n\
             [workloads.w.transaction]\narrivals = {{ schedule = {{ times = [\"1 s\", \"50 s\", \"80 s\"] }} }}\n\
             mix = {{ withdrawal = 1.0 }}\namount = \"20 EUR\"\nbalance = \"1000 EUR\"\n\
             work = \"5 ms\"\nforced_write = \"100 ms\"\n{rest}\
             [workloads.w.transaction.banks.north]\nmachines = \"atm\"\naccounts = 10\n\
             [architectures.c.central]\nservers = \"centre\"\n"
        )
    };
    for end in ["until = \"done\"", "duration = \"200 s\""] {
        let hasty = runs(&text(end, "timeout = \"140 ms\"\n")).remove(0).1;
        assert!((hasty.wasted_work.secs() - 0.63).abs() < 1e-9, "{end}: {}", hasty.wasted_work);
        // All of the time at stations is work, none is waiting.
        let patient = runs(&text(end, "")).remove(0).1;
        for request in &patient.requests {
            assert!((request.service.secs() - 0.105).abs() < 1e-9, "{}", request.service);
        }
        assert_eq!(patient.wasted_work.secs(), 0.0);
    }
}

/// The server is down for 40 s of 100 s: after five failures nobody asks for 10 s, then one tries.
#[test]
fn machines_leave_a_server_alone_that_fails_again_and_again() {
    let fault = "[[faults]]\nat = \"20 s\"\nfor = \"40 s\"\ncrash = { nodes = \"b\" }\n";
    let with = |policy: &str, architecture: &str| {
        let text = PAIR
            .replace("WHAT", "withdrawal")
            .replace("FOREIGN", "0.0")
            .replace(
                "{ schedule = { times = [\"1 s\"] } }",
                "{ poisson = { rate = \"10 /s\", for = \"100 s\" } }",
            )
            .replace("work =", &format!("timeout = \"2 s\"\n{policy}work ="));
        runs(&(text + architecture + fault)).remove(0).1
    };
    let failed = |record: &RunRecord, reason: FailureReason| {
        record.requests.iter().filter(|request| request.outcome == Outcome::Failed(reason)).count()
    };
    let breaker = "circuit_breaker = { failures = 5, open = \"10 s\" }\n";
    let record = with(breaker, CENTRAL);
    assert_eq!(books(&record).broken_law(), None);
    // Those that were under way as well, and one each after about 10, 20, 30 and 40 s.
    let down = failed(&record, FailureReason::ServerDown);
    assert!((7..=12).contains(&down), "{down}");
    assert!(failed(&record, FailureReason::ShortCircuited) > 300);
    let last = record.requests.iter().filter(|request| !request.outcome.is_answered());
    let last = last.map(|request| request.issued.secs()).fold(0.0, f64::max);
    assert!(last < 71.0, "{last}");
    let without = with("", CENTRAL);
    assert_eq!(failed(&without, FailureReason::ShortCircuited), 0);
    assert!(failed(&without, FailureReason::ServerDown) > 300);
    // A machine that may pays by itself at once.
    let offline = with(breaker, &format!("{CENTRAL}stand_in = \"50 EUR\"\n"));
    assert_eq!(failed(&offline, FailureReason::ShortCircuited), 0);
    assert!(books(&offline).stand_ins > 300 && books(&offline).broken_law().is_none());
    // The other bank's customers are served all the time.
    let both = with(breaker, FEDERATED);
    assert!(both.requests.iter().all(|request| request.outcome.is_answered()));
}

/// One account of 20 EUR, and four who want all of it; its server works and writes for seconds, and loses the lead and gets
/// it back meanwhile.
const OLD_WORK: &str = r#"
title = "work of an earlier lead"
[run]
duration = "40 s"
replications = 1
[nodes.atm]
count = 4
up = "1 Gbit/s"
down = "1 Gbit/s"
latency = "5 ms"
[nodes.bank]
count = 3
up = "1 Gbit/s"
down = "1 Gbit/s"
latency = "2 ms"
[workloads.cash.transaction]
arrivals = { schedule = { times = ["500 ms", "550 ms", "600 ms", "650 ms"] } }
mix = { withdrawal = 1.0 }
amount = "20 EUR"
balance = "20 EUR"
work = "4 s"
forced_write = "3 s"
timeout = "1 s"
retry = { attempts = 30, backoff = "100 ms", jitter = 0.0, max_backoff = "100 ms" }
[workloads.cash.transaction.banks.first]
machines = "atm"
accounts = 1
[architectures.quorum.central]
servers = "bank"
replication = "quorum"
fail_over = "100 ms"
timeout = "500 ms"
lock_timeout = "60 s"
[[faults]]
at = "1 s"
for = "300 ms"
partition = { parts = ["bank-1", ["bank-2", "bank-3"]] }
[[faults]]
at = "2 s"
for = "300 ms"
partition = { parts = ["bank-2", ["bank-1", "bank-3"]] }
"#;

#[test]
fn work_of_an_earlier_lead_is_no_key_to_an_account() {
    let (_, record) = runs(OLD_WORK).remove(0);
    let books = books(&record);
    assert_eq!((books.overdrafts, books.paid), (0, Cents::new(2000)), "{books:?}");
    assert_eq!(books.declined, 3, "{books:?}");
    // What the processor did for those of the first lead was for nobody.
    let wasted = measure(&record, None)[metric_index("wasted_work").unwrap()].unwrap();
    assert!(wasted > 0.0, "{wasted}");
}
