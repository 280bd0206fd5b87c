//! Overload that is known before a run: which station is named, and how much it would have to do.

use std::path::Path;

use hubmesh::scenario::Scenario;

/// Ten clients that ask for so many requests a second; `server`: what the servers are; `rest`: the architecture.
fn warnings(rate: u32, work: &str, server: &str, rest: &str) -> String {
    let text = format!(
        r#"
title = "Overload"
run = {{ duration = "100 s" }}
network.transport = "ideal"
[nodes.s]
{server}
[nodes.t]
count = 1
up = "1 Gbit/s"
down = "1 Gbit/s"
cpu = {{ workers = 1 }}
[nodes.c]
count = 10
cpu = {{ workers = 1 }}
[[nodes.c.classes]]
share = 0.5
speed = 0.5
up = "1 Gbit/s"
down = "1 Gbit/s"
[[nodes.c.classes]]
share = 0.5
speed = 1.5
up = "1 Gbit/s"
down = "1 Gbit/s"
[workloads.w.request]
from = "c"
arrivals = {{ poisson = {{ rate = "{rate} /s" }} }}
work = {work}
{rest}
"#
    );
    said_of(&text)
}

fn said_of(text: &str) -> String {
    let scenario = Scenario::parse("overload.toml", text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.warnings.join("\n")
}

const ONE: &str = "count = 1\ncpu = { workers = 1 }\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"";
const TWO_CLASSES: &str = r#"
count = 2
cpu = { workers = 1 }
[[nodes.s.classes]]
share = 0.5
speed = 0.1
up = "1 Gbit/s"
down = "1 Gbit/s"
[[nodes.s.classes]]
share = 0.5
speed = 1.9
up = "1 Gbit/s"
down = "1 Gbit/s"
"#;

#[test]
fn a_server_that_gets_more_than_its_part_is_named() {
    let weighted = "[architectures.a.client-server]\nservers = [\"s\", \"t\"]\n\
                    balance = { weighted = { s = 9, t = 1 } }";
    // 24 x 50 ms is 1.2 s in a second, of which nine tenths go to s.
    let said = warnings(24, "\"50 ms\"", ONE, weighted);
    assert!(said.contains("\"cpu\" of s would have 1.08 times"), "{said}");
    assert!(!said.contains("of t would have"), "{said}");
    assert!(!warnings(22, "\"50 ms\"", ONE, weighted).contains("would have"));
}

#[test]
fn where_all_get_as_much_the_slowest_have_too_much_first() {
    let turns = "[architectures.a.client-server]\nservers = \"s\"\nbalance = \"round-robin\"";
    // 5 x 50 ms a second each, which one of a tenth of the speed does in 2.5 s.
    let said = warnings(10, "\"50 ms\"", TWO_CLASSES, turns);
    assert!(said.contains("\"cpu\" of the slowest of s would have 2.50 times"), "{said}");
    // Who looks at what waits gives the fast one more.
    let shared = turns.replace("round-robin", "shortest-queue");
    assert!(!warnings(10, "\"50 ms\"", TWO_CLASSES, &shared).contains("would have"));
    // Clients cannot give each other their own work: 2 x 300 ms of a second, at half the speed.
    let packed = "[architectures.a.client-server]\nservers = \"t\"\n\
                  [[architectures.a.client-server.middleware.platforms]]\nclients = \"c\"\n\
                  marshal = \"300 ms\"";
    let said = warnings(10, "\"1 ms\"", ONE, packed);
    assert!(said.contains("\"cpu\" of the slowest of c would have 1.20 times"), "{said}");
}

#[test]
fn work_without_a_mean_is_said_where_it_is_asked_for() {
    let endless = "{ pareto = { shape = 0.9, min = \"10 ms\" } }";
    let plain = "[architectures.a.client-server]\nservers = \"s\"";
    let said = warnings(10, endless, ONE, plain);
    assert!(said.contains("\"cpu\" of s would have work that has no mean if"), "{said}");
    assert!(said.contains("grows as long as requests come\n"), "{said}");
    let finite = ONE.replace("workers = 1", "workers = 1, queue = 5");
    let said = warnings(10, endless, &finite, plain);
    assert!(said.contains("grows as long as requests come, or is refused"), "{said}");
    // What a cache always has never comes to the second tier.
    let chain = "[[architectures.a.multi-tier.tiers]]\nservers = \"t\"\n\
                 cache = { hit_ratio = 1.0 }\n\
                 [[architectures.a.multi-tier.tiers]]\nservers = \"s\"";
    let said = warnings(10, endless, ONE, chain);
    assert!(!said.contains("NaN") && !said.contains("would have"), "{said}");
}

#[test]
fn a_class_of_which_hardly_a_node_is_does_not_count() {
    let rare = TWO_CLASSES.replacen("share = 0.5", "share = 1e-9", 1).replacen(
        "speed = 1.9",
        "speed = 1.0",
        1,
    );
    let turns = "[architectures.a.client-server]\nservers = \"s\"\nbalance = \"round-robin\"";
    assert!(!warnings(10, "\"50 ms\"", &rare, turns).contains("would have"));
}

#[test]
fn who_is_down_asks_for_nothing() {
    let of = |session: &str| {
        said_of(&format!(
            "title = \"t\"\nrun = {{ duration = \"100 s\" }}\n[network.access]\n\
             [nodes.s]\n{ONE}\n\
             [nodes.c]\ncount = 100\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n{session}\n\
             [workloads.w.request]\nfrom = \"c\"\nwork = \"50 ms\"\n\
             arrivals = {{ per-node = {{ every = \"1 s\" }} }}\n\
             [architectures.a.client-server]\nservers = \"s\"\n"
        ))
    };
    assert!(of("").contains("would have 5.00 times"));
    // Up for a twentieth of the time: 5 of 50 ms a second.
    let seldom = "session = { exponential = { mean = \"50 s\" } }\n\
                  downtime = { exponential = { mean = \"950 s\" } }";
    assert!(!of(seldom).contains("would have"), "{}", of(seldom));
}

#[test]
fn who_has_an_object_does_not_ask_for_it_again() {
    let of = |objects: u32, kept: &str| {
        said_of(&format!(
            "title = \"t\"\nrun = {{ duration = \"100 s\" }}\n[network.access]\n\
             [nodes.s]\n{ONE}\n\
             [nodes.c]\ncount = 10\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n{kept}\n\
             [workloads.w.download]\nfrom = \"c\"\ncatalogue = {{ objects = {objects}, size = \"1 kB\" }}\n\
             arrivals = {{ poisson = {{ rate = \"100 /s\" }} }}\n\
             [architectures.a.client-server]\nservers = \"s\"\nservice = \"50 ms\"\n"
        ))
    };
    assert!(!of(1, "").contains("would have"), "{}", of(1, ""));
    // 1,000 draws of each of ten from 1,000: 1,000 (1 - 1/e) different ones, 63.2 a second of all.
    assert!(of(1000, "").contains("would have 3.16 times"), "{}", of(1000, ""));
    // Who keeps hardly any asks for all the others again; of one there is room for all.
    let few = of(1000, "copy_space = \"1 kB\"");
    assert!(few.contains("would have at least 5.00 times"), "{few}");
    assert!(!of(1, "copy_space = \"1 kB\"").contains("would have"));
}

#[test]
fn who_keeps_all_but_one_object_hardly_asks_for_any() {
    let of = |objects: u32, space: u32| {
        said_of(&format!(
            "title = \"t\"\nrun = {{ duration = \"200 s\" }}\n[network.access]\n\
             [nodes.s]\n{ONE}\n\
             [nodes.c]\ncount = 20\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\ncopy_space = \"{space} MB\"\n\
             [workloads.w.download]\nfrom = \"c\"\ncatalogue = {{ objects = {objects}, size = \"1 MB\" }}\n\
             arrivals = {{ poisson = {{ rate = \"100 /s\" }} }}\n\
             [architectures.a.client-server]\nservers = \"s\"\nservice = \"30 ms\"\n"
        ))
    };
    // Each asks 1,000 times, for each of 100 objects at least once: 10 a second of all, or 0.3 s of work.
    assert!(!of(100, 99).contains("would have"), "{}", of(100, 99));
    // For half of all there is no room: 50 a second.
    let said = of(100, 50);
    assert!(said.contains("\"cpu\" of s would have at least 1.50 times"), "{said}");
}

#[test]
fn who_has_what_it_looks_up_asks_nobody() {
    let of = |at: &str| {
        said_of(&format!(
            "title = \"t\"\nrun = {{ duration = \"100 s\" }}\n[network.access]\n\
             [nodes.s]\n{ONE}\n\
             [nodes.c]\ncount = 20\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
             [workloads.w.lookup]\nfrom = \"c\"\nkeys = 100\ncopies = {{ at = [{at}], mean = 8 }}\n\
             arrivals = {{ poisson = {{ rate = \"100 /s\" }} }}\n\
             [architectures.a.client-server]\nservers = \"s\"\n\
             [[architectures.a.client-server.middleware.platforms]]\nclients = \"c\"\n\
             server_marshal = \"10 ms\"\n"
        ))
    };
    // 20 ms for each of 100 a second, of which eight twentieths are known.
    assert!(of("\"c\"").contains("would have 1.20 times"), "{}", of("\"c\""));
    // Ten nodes have eight tenths of all: 5 x 20 ms x (2 + 10).
    let half = (1..=10).map(|number| format!("\"c-{number}\"")).collect::<Vec<_>>().join(", ");
    assert!(of(&half).contains("would have 1.20 times"), "{}", of(&half));
}

#[test]
fn rates_that_change_are_those_of_the_run() {
    let of = |arrivals: &str| {
        said_of(&format!(
            "title = \"t\"\nrun = {{ duration = \"200 s\" }}\n[network.access]\n\
             [nodes.s]\n{ONE}\n\
             [nodes.c]\ncount = 2\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
             [workloads.w.request]\nfrom = \"c\"\nwork = \"10 ms\"\narrivals = {{ {arrivals} }}\n\
             [architectures.a.client-server]\nservers = \"s\"\n"
        ))
    };
    // A swing of 0.8 that is lowest, or highest, in these minutes: 0.2 and 1.8 times the mean.
    let noon = of("diurnal = { mean = \"120 /s\", peak_at = \"12 h\" }");
    assert!(!noon.contains("would have"), "{noon}");
    let midnight = of("diurnal = { mean = \"80 /s\", peak_at = \"0 h\" }");
    assert!(midnight.contains("would have 1.44 times"), "{midnight}");
    // 20 s of 10 a second, 180 s of 150 but for the rise.
    let crowd =
        "flash-crowd = { base = \"10 /s\", peak = \"150 /s\", at = \"20 s\", hold = \"2 h\" }";
    assert!(of(crowd).contains("would have 1.36 times"), "{}", of(crowd));
}

#[test]
fn whoever_takes_long_is_asked_twice() {
    let pair = ONE.replace("count = 1", "count = 2");
    let hedged = "hedge = { after = \"5 ms\" }\n[architectures.a.client-server]\nservers = \"s\"";
    // 70 x 20 ms for two of them, all of it twice.
    let said = warnings(70, "\"20 ms\"", &pair, hedged);
    assert!(said.contains("\"cpu\" of s would have at least 1.40 times"), "{said}");
    // Of exponential work of a mean of 20 ms exp(-5 / 20) takes longer than 5 ms.
    let said = warnings(70, "{ exponential = { mean = \"20 ms\" } }", &pair, hedged);
    assert!(said.contains("would have at least 1.25 times"), "{said}");
    // There is nobody else to ask.
    assert!(!warnings(40, "\"20 ms\"", ONE, hedged).contains("would have"));
}

#[test]
fn all_that_a_node_does_counts_together() {
    let plain = "[architectures.a.client-server]\nservers = \"c-1\"\n\
                 [[architectures.a.client-server.middleware.platforms]]\nclients = \"c\"\n\
                 marshal = \"500 ms\"";
    // 7 x 100 ms at the server, and as one of ten clients 0.7 x 1 s.
    let said = warnings(7, "\"100 ms\"", ONE, plain);
    let who = "\"cpu\" of c-1 (at the mean speed of its classes) would have 1.40 times";
    assert!(said.contains(who), "{said}");
    // The others have half of that, which is too much for those of half the speed.
    assert!(
        said.contains("\"cpu\" of the slowest of 9 of the 10 nodes of c would have 1.40 times"),
        "{said}"
    );
}

#[test]
fn some_of_a_group_are_named_one_by_one() {
    let three = ONE.replace("count = 1", "count = 3");
    let two = "[architectures.a.client-server]\nservers = [\"s-2\", \"s-3\"]";
    let said = warnings(50, "\"50 ms\"", &three, two);
    assert!(said.contains("\"cpu\" of s-2, s-3 would have 1.25 times"), "{said}");
}

#[test]
fn what_may_become_of_it_is_said_and_not_where() {
    let steps =
        "[{ station = \"cpu\", work = \"20 ms\" }, { station = \"disk\", work = \"40 ms\" }]";
    let of = |cpu: &str, more: &str| {
        said_of(&format!(
            "title = \"t\"\nrun = {{ duration = \"100 s\" }}\n[network.access]\n\
             [nodes.s]\ncount = 1\ncpu = {{ workers = 1{cpu} }}\ndisk = {{ workers = 1 }}\n\
             up = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
             [nodes.c]\ncount = 10\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
             [workloads.w.request]\nfrom = \"c\"\nsteps = {steps}\n{more}\n\
             arrivals = {{ poisson = {{ rate = \"100 /s\" }} }}\n\
             [architectures.a.client-server]\nservers = \"s\"\n"
        ))
    };
    let timeout = "timeout = \"1 s\"";
    for (cpu, more, ends) in [
        ("", "", "come\n"),
        (", queue = 3", "", "come, or is refused\n"),
        ("", timeout, "come, or is given up\n"),
        (", queue = 3", timeout, "come, or is refused or given up\n"),
    ] {
        for who in ["\"cpu\" of s would have 2.00", "\"disk\" of s would have 4.00"] {
            let wanted = format!(
                "\"a\": the station {who} times the work that can be done there if all that is asked came \
                 that far, so what waits there or before it grows as long as requests {ends}"
            );
            let said = format!("{}\n", of(cpu, more));
            assert!(said.contains(&wanted), "{wanted}: {said}");
        }
    }
}

#[test]
fn each_bank_has_the_customers_of_its_machines() {
    let of = |foreign: f64| {
        said_of(&format!(
            "title = \"t\"\nrun = {{ duration = \"100 s\" }}\n[network.access]\n\
             [nodes.a]\n{ONE}\n[nodes.b]\n{ONE}\n\
             [nodes.atm]\ncount = 18\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
             [nodes.btm]\ncount = 2\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
             [workloads.w.transaction]\nwork = \"50 ms\"\nforeign = {foreign}\n\
             mix = {{ balance = 1.0 }}\narrivals = {{ poisson = {{ rate = \"30 /s\" }} }}\n\
             amount = \"20 EUR\"\nbalance = \"100 EUR\"\n\
             banks.north = {{ machines = \"atm\", accounts = 100 }}\n\
             banks.south = {{ machines = \"btm\", accounts = 100 }}\n\
             [architectures.f.federated]\nservers = {{ north = \"a\", south = \"b\" }}\n"
        ))
    };
    // 27 of 30 a second are north's, of 50 ms each.
    let said = of(0.0);
    assert!(said.contains("\"cpu\" of a would have 1.35 times"), "{said}");
    assert!(!said.contains("of b"), "{said}");
    // With half of all at the other bank each has 15 a second.
    assert!(!of(0.5).contains("would have"), "{}", of(0.5));
}

#[test]
fn who_waits_for_less_than_the_way_there_and_back_is_warned() {
    let text = |timeout: &str, checks: &str| {
        format!(
            "title = \"t\"\nrun = {{ duration = \"10 s\" }}\n\
             [nodes.c]\ncount = 2\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"4 ms\"\n\
             [nodes.s]\ncount = 2\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"2 ms\"\n\
             [workloads.w.request]\nfrom = \"c\"\nwork = \"1 ms\"\narrivals = {{ poisson = {{ rate = \"1 /s\" }} }}\ntimeout = \"{timeout}\"\n\
             [architectures.x.client-server]\nservers = \"s\"\n{checks}"
        )
    };
    let hasty = said_of(&text("5 ms", ""));
    let expected = "workload \"w\": its `timeout` is 5.00 ms, and a question and its answer take at least 12.00 ms under \"x\"";
    assert!(hasty.contains(expected), "{hasty}");
    assert!(!said_of(&text("1 s", "")).contains("a question and its answer"));
    // A check is given up before it can be answered: the server is taken out, although nothing fails.
    let checks = "health_checks = { from = \"c-1\", every = \"1 s\", timeout = \"10 ms\" }\n";
    let found = said_of(&text("1 s", checks));
    assert!(found.contains("that of s-2 takes at least 12.00 ms"), "{found}");
    assert!(!found.contains("nothing to do"), "{found}");
    let found = said_of(&text("1 s", &checks.replace("10 ms", "1 s")));
    assert!(found.contains("health checks have nothing to do"), "{found}");
}

#[test]
fn a_network_in_parts_is_something_that_fails() {
    let text = "title = \"t\"\nrun = { duration = \"10 s\" }\n\
         [nodes.c]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nat = \"a\"\n\
         [nodes.s]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nat = \"a\"\n\
         [nodes.t]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nat = \"b\"\n\
         [network.graph]\nlinks = [{ from = \"a\", to = \"c\", capacity = \"1 Gbit/s\", latency = \"1 ms\" }, \
         { from = \"b\", to = \"d\", capacity = \"1 Gbit/s\", latency = \"1 ms\" }]\n\
         [workloads.w.request]\nfrom = \"c\"\nwork = \"1 ms\"\narrivals = { poisson = { rate = \"1 /s\" } }\n\
         retry = { attempts = 3, backoff = \"1 ms\" }\n\
         [architectures.x.client-server]\nservers = [\"s\", \"t\"]\n";
    let found = said_of(text);
    assert!(found.contains("cannot reach all of the servers"), "{found}");
    assert!(!found.contains("does nothing"), "{found}");
}
