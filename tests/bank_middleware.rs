//! Middleware of cash machines and of the servers of banks: what it takes, and that nothing is lost
//! with it.

use std::path::Path;

use hubmesh::architectures::Contender;
use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RunRecord, Stop};
use hubmesh::model::StationId;
use hubmesh::scenario::{Scenario, ScenarioError};

/// A machine is 10 ms from the core, a server 2 ms; work takes 4 ms, a forced write 5 ms, and to pass
/// a question on 1 ms.
fn scenario(demand: &str, more: &str) -> String {
    let group = |name: &str, up: &str, latency: u32, more: &str| {
        format!(
            "[nodes.{name}]\ncount = 1\nup = \"{up}\"\ndown = \"{up}\"\nlatency = \"{latency} ms\"\n{more}\n"
        )
    };
    let stations = "cpu = { workers = 4 }\ndisk = { workers = 1 }";
    let groups = [
        group("atm", "1 Mbit/s", 10, ""),
        group("north", "1 Gbit/s", 2, stations),
        group("south", "1 Gbit/s", 2, stations),
        group("switch", "1 Gbit/s", 1, ""),
    ]
    .concat();
    format!(
        "title = \"banks\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         {groups}[workloads.cash.transaction]\n{demand}\ninterbank = 1.0\namount = \"20 EUR\"\n\
         balance = \"1000 EUR\"\nwork = \"4 ms\"\nforced_write = \"5 ms\"\n\
         banks.north = {{ machines = \"atm\", accounts = 5 }}\nbanks.south = {{ accounts = 5 }}\n{more}"
    )
}

fn demand(what: &str, foreign: u32, times: &str) -> String {
    format!(
        "arrivals = {{ schedule = {{ times = [{times}] }} }}\nmix = {{ {what} = 1 }}\nforeign = {foreign}.0"
    )
}

const CENTRAL: &str = "[architectures.x.central]\nservers = \"north\"\n";
const FEDERATED: &str =
    "[architectures.x.federated]\nservers = { north = \"north\", south = \"south\" }\n";

fn platform(kind: &str, clients: &str, what: &str) -> String {
    format!("[[architectures.x.{kind}.middleware.platforms]]\nclients = \"{clients}\"\n{what}\n")
}

fn run(text: &str) -> RunRecord {
    let mut scenario = Scenario::parse("banks.toml", text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    let simulate =
        |contender: &Contender| contender.simulate(&scenario.model, 0, &Control::default());
    let record = simulate(&scenario.contenders[0]);
    let books = record.bank.expect("there are banks");
    assert_eq!((books.broken_law(), books.half_done), (None, 0), "{books:?}\n{text}");
    record
}

/// Milliseconds until each customer is served.
fn responses(record: &RunRecord) -> Vec<f64> {
    let response = |request: &hubmesh::metrics::RequestRecord| {
        assert!(request.outcome.is_answered(), "{:?}", request.outcome);
        let span = request.ended.expect("it has ended").since(request.issued);
        (span.secs() * 1e6).round() / 1e3
    };
    record.requests.iter().map(response).collect()
}

const ATM: &str = "marshal = \"1 ms\"\nserver_marshal = \"0.5 ms\"\ntranslation = \"0.25 ms\"";
const BANK: &str = "name = \"interbank\"\nmarshal = \"2 ms\"\nserver_marshal = \"3 ms\"";

#[test]
fn both_ends_of_a_machines_question_work_for_it() {
    let of = |architecture: &str, kind: &str, foreign: u32| {
        let text = format!("{architecture}{}", platform(kind, "atm", ATM));
        run(&scenario(&demand("withdrawal", foreign, "\"0 s\""), &text))
    };
    // 33 ms without; 1 ms at the machine and 0.75 ms at the server, twice.
    let record = of(CENTRAL, "central", 0);
    assert_eq!(responses(&record), [36.5]);
    let costs = &record.middleware[0];
    assert_eq!((costs.platform.as_str(), costs.calls, costs.set_ups), ("atm", 1, 0));
    assert_eq!((costs.client_nanos, costs.server_nanos), (2_000_000, 1_500_000));
    // What the machine unpacks is after the answer has left: it is no service.
    let request = &record.requests[0];
    assert_eq!(request.service.nanos(), 4_000_000 + 5_000_000 + 1_000_000 + 1_500_000);
    // 42 ms without: the server that passes it on unpacks and packs for the machine.
    let record = of(FEDERATED, "federated", 1);
    assert_eq!(responses(&record), [45.5]);
    assert_eq!(record.middleware[0].calls, 1);
}

#[test]
fn servers_that_ask_others_have_middleware_of_their_own() {
    let of = |demand: &str, more: &str| {
        let both = platform("federated", "atm", ATM) + &platform("federated", "north", BANK);
        run(&scenario(demand, &format!("{FEDERATED}{more}{both}")))
    };
    // 2 and 3 ms for what is passed on, twice.
    let record = of(&demand("withdrawal", 1, "\"0 s\""), "");
    assert_eq!(responses(&record), [55.5]);
    assert_eq!(record.middleware[1].platform, "interbank");
    assert_eq!((record.middleware[1].calls, record.middleware[1].client_nanos), (1, 4_000_000));
    // 50 ms without; to prepare and the vote. The verdict and that it is done come after the answer.
    let both = platform("federated", "atm", ATM) + &platform("federated", "north", BANK);
    let text = scenario(&demand("transfer", 0, "\"0 s\""), &format!("{FEDERATED}{both}"));
    let record = run(&text.replace("until = \"done\"", "duration = \"10 s\""));
    assert_eq!(responses(&record), [63.5]);
    let costs = &record.middleware[1];
    assert_eq!((costs.calls, costs.client_nanos, costs.server_nanos), (2, 8_000_000, 12_000_000));
    let work: f64 = record
        .stations
        .iter()
        .filter(|station| station.kind == StationId::CPU)
        .map(|station| station.busy_nanos as f64 / 1e9)
        .sum();
    // Two works, all of the banks' middleware, and 1.5 ms of the machine's.
    assert!((work - (0.008 + 0.020 + 0.0015)).abs() < 1e-9, "{work}");
    // A switch asks, too: 38 ms without.
    let switch = "switch = \"switch\"\n";
    let both = platform("federated", "atm", ATM) + &platform("federated", "switch", BANK);
    let text = scenario(&demand("withdrawal", 1, "\"0 s\""), &format!("{FEDERATED}{switch}{both}"));
    assert_eq!(responses(&run(&text)), [51.5]);
}

#[test]
fn connections_are_opened_and_kept_for_the_next_customer() {
    let set_up = "set_up = { round_trips = 2, client_work = \"1 ms\", server_work = \"2 ms\" }\n\
                  keep_alive = \"1 s\"";
    let of = |more: &str| {
        let text = format!("{CENTRAL}{}", platform("central", "atm", &format!("{set_up}{more}")));
        run(&scenario(&demand("withdrawal", 0, "\"0 s\", \"0.5 s\", \"3 s\""), &text))
    };
    // Two round trips of 24 ms and the work for it; then it is open; then it has been closed.
    let record = of("");
    assert_eq!(responses(&record), [84.0, 33.0, 84.0]);
    let costs = &record.middleware[0];
    assert_eq!((costs.calls, costs.set_ups, costs.set_up_nanos), (3, 2, 96_000_000));
    // 125 B at 1 Mbit/s take 1 ms each way.
    let record = of("\noverhead = \"125 B\"");
    assert_eq!(responses(&record), [86.0, 35.0, 86.0]);
    assert_eq!(record.middleware[0].overhead, 6 * 125);
}

#[test]
fn what_breaks_in_the_middle_of_middleware_is_heard_of() {
    let slow = "marshal = \"1 s\"\nserver_marshal = \"1 s\"\n\
                set_up = { round_trips = 1, server_work = \"1 s\" }";
    // The machine packs until 1 s; the server greets until 2.012 s, unpacks until 3.036 s, does the work
    // and packs until 4.045 s; the machine unpacks until 5.057 s.
    let of = |fault: &str| {
        let text = format!("{CENTRAL}{}{fault}", platform("central", "atm", slow));
        run(&scenario(&demand("withdrawal", 0, "\"0 s\""), &text)).requests[0]
    };
    let crash = |node: &str, at: f64| {
        format!("[[faults]]\nat = \"{at} s\"\nfor = \"30 s\"\ncrash = {{ nodes = \"{node}\" }}\n")
    };
    let whole = of("");
    assert_eq!(whole.ended.map(|end| end.nanos()), Some(5_057_000_000));
    for at in [1.5, 2.5, 3.5] {
        let request = of(&crash("north", at));
        assert_eq!(request.outcome, Outcome::Failed(FailureReason::ServerDown), "{at}");
        let heard = request.ended.expect("it has ended").secs();
        assert!((heard - at - 0.012).abs() < 1e-9, "{at}: heard at {heard}");
    }
    for at in [0.5, 1.5, 2.5, 3.5, 4.5] {
        let request = of(&crash("atm", at));
        assert_eq!(request.outcome, Outcome::Failed(FailureReason::ClientDown), "{at}");
    }
    // The answer has left before the server goes down.
    assert!(of(&crash("north", 4.5)).outcome.is_answered());
}

#[test]
fn who_has_no_room_to_unpack_refuses() {
    let text = format!("{CENTRAL}{}", platform("central", "atm", "server_marshal = \"1 s\""));
    let text = scenario(&demand("balance", 0, "\"0 s\", \"0.1 s\", \"0.2 s\""), &text)
        .replace("cpu = { workers = 4 }", "cpu = { workers = 1, queue = 1 }");
    let outcomes: Vec<Outcome> =
        run(&text).requests.iter().map(|request| request.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Answered, Outcome::Answered, Outcome::Failed(FailureReason::Refused)]
    );
}

#[test]
fn mistakes_have_their_place() {
    let refused = |more: &str| {
        let text = scenario(&demand("balance", 0, "\"0 s\""), more);
        match Scenario::parse("banks.toml", &text, Path::new("."), &[]) {
            Err(ScenarioError::Invalid(problems)) => problems.plain(),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("this is sound:\n{text}"),
        }
    };
    // A central server asks nobody, and a switch that is none does not either.
    let text = refused(&format!("{CENTRAL}{}", platform("central", "north", BANK)));
    assert!(text.contains("nodes of \"north\" ask nobody"), "{text}");
    let text = refused(&format!("{FEDERATED}{}", platform("federated", "switch", BANK)));
    assert!(text.contains("nodes of \"switch\" ask nobody"), "{text}");
    let text = refused(&format!("{FEDERATED}{}", platform("federated", "atn", BANK)));
    assert!(text.contains("\"atn\" is no group"), "{text}");
}

#[test]
fn its_work_counts_before_the_run() {
    let demand =
        "arrivals = { poisson = { rate = \"100 /s\" } }\nmix = { withdrawal = 1 }\nforeign = 1.0";
    let warnings = |more: &str| {
        let text = scenario(demand, more)
            .replace("until = \"done\"", "duration = \"100 s\"")
            .replace("cpu = { workers = 4 }", "cpu = { workers = 1 }")
            .replace("disk = { workers = 1 }", "");
        let scenario = Scenario::parse("banks.toml", &text, Path::new("."), &[]);
        scenario.unwrap_or_else(|error| panic!("{error}\n{text}")).warnings.join("\n")
    };
    // All machines are north's and all accounts south's: 1 ms to pass it on there, 4 ms here.
    assert!(!warnings(FEDERATED).contains("would have"));
    // For the machines and to ask south it is 20 ms each.
    let more = platform("federated", "atm", "server_marshal = \"10 ms\"")
        + &platform("federated", "north", "marshal = \"10 ms\"");
    let text = warnings(&format!("{FEDERATED}{more}"));
    assert!(text.contains("of north would have 4.10 times the work"), "{text}");
}

/// Servers that come back meet thousands of machines that owe them reversals.
#[test]
fn a_bank_comes_back_after_an_outage() {
    let text = "title = \"after an outage\"\nrun = { duration = \"30 min\", replications = 1 }\n\
        nodes.atm = { count = 100, up = \"2 Mbit/s\", down = \"2 Mbit/s\", latency = \"15 ms\" }\n\
        nodes.bank = { count = 1, up = \"1 Gbit/s\", down = \"1 Gbit/s\", latency = \"2 ms\", cpu = { workers = 1 } }\n\
        [workloads.cash.transaction]\narrivals = { poisson = { rate = \"20 /s\", for = \"1700 s\" } }\nmix = { withdrawal = 1 }\n\
        amount = \"50 EUR\"\nbalance = \"30000 EUR\"\nwork = \"5 ms\"\ntimeout = \"5 s\"\n\
        banks.one = { machines = \"atm\", accounts = 5000 }\n\
        [architectures.x.central]\nservers = \"bank\"\n\
        [[architectures.x.central.middleware.platforms]]\nclients = \"atm\"\nserver_marshal = \"0.5 ms\"\n\
        set_up = { round_trips = 2, server_work = \"1 ms\" }\n\
        [[faults]]\nat = \"5 min\"\nfor = \"10 min\"\ncrash = { nodes = \"bank\" }\n";
    let record = run(text);
    let late = record.requests.iter().filter(|request| request.issued.secs() > 1200.0);
    let (answered, all) = late.fold((0, 0), |(answered, all), request| {
        (answered + u32::from(request.outcome.is_answered()), all + 1)
    });
    // Those of the last seconds are still open.
    assert!(all > 10_000 && answered + 20 > all, "{answered} of {all}");
    let cpu = &record.stations[0];
    assert!(cpu.arrived < 200_000, "{} jobs", cpu.arrived);
}

/// More work than servers with little room can do, for a while: then everything is settled.
#[test]
fn overload_leaves_nothing_half_done() {
    let text = "title = \"overload\"\nrun = { until = \"done\", replications = 1 }\n\
        nodes.ma = { count = 5, up = \"1 Mbit/s\", down = \"1 Mbit/s\", latency = \"10 ms\" }\n\
        nodes.mb = { count = 5, up = \"1 Mbit/s\", down = \"1 Mbit/s\", latency = \"10 ms\" }\n\
        nodes.s = { count = 2, up = \"1 Gbit/s\", down = \"1 Gbit/s\", latency = \"2 ms\", cpu = { workers = 1, queue = 3 } }\n\
        [workloads.cash.transaction]\narrivals = { poisson = { rate = \"40 /s\", for = \"100 s\" } }\n\
        mix = { withdrawal = 0.5, transfer = 0.5 }\ninterbank = 1\namount = \"50 EUR\"\nbalance = \"300 EUR\"\n\
        work = \"50 ms\"\ntimeout = \"500 ms\"\n\
        banks.A = { machines = \"ma\", accounts = 2 }\nbanks.B = { machines = \"mb\", accounts = 100 }\n\
        [architectures.x.federated]\nservers = { A = \"s-1\", B = \"s-2\" }\n\
        [[architectures.x.federated.middleware.platforms]]\nclients = \"s\"\nname = \"interbank\"\n\
        marshal = \"3 ms\"\nserver_marshal = \"3 ms\"\nset_up = { round_trips = 3 }\n";
    for queue in ["queue = 3", "queue = 10", "queue = 100"] {
        assert_eq!(run(&text.replace("queue = 3", queue)).stop, Stop::Done, "{queue}");
    }
}
