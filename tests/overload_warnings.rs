//! Overload that is known before a run: which station is named, and how much it is offered.

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
    assert!(said.contains("\"cpu\" of s is offered 1.08 times"), "{said}");
    assert!(!said.contains("of t is offered"), "{said}");
    assert!(!warnings(22, "\"50 ms\"", ONE, weighted).contains("is offered"));
}

#[test]
fn where_all_get_as_much_the_slowest_have_too_much_first() {
    let turns = "[architectures.a.client-server]\nservers = \"s\"\nbalance = \"round-robin\"";
    // 5 x 50 ms a second each, which one of a tenth of the speed does in 2.5 s.
    let said = warnings(10, "\"50 ms\"", TWO_CLASSES, turns);
    assert!(said.contains("\"cpu\" of s (its slowest) is offered 2.50 times"), "{said}");
    // Who looks at what waits gives the fast one more.
    let shared = turns.replace("round-robin", "shortest-queue");
    assert!(!warnings(10, "\"50 ms\"", TWO_CLASSES, &shared).contains("is offered"));
    // Clients cannot give each other their own work: 2 x 300 ms of a second, at half the speed.
    let packed = "[architectures.a.client-server]\nservers = \"t\"\n\
                  [[architectures.a.client-server.middleware.platforms]]\nclients = \"c\"\n\
                  marshal = \"300 ms\"";
    let said = warnings(10, "\"1 ms\"", ONE, packed);
    assert!(said.contains("\"cpu\" of c (its slowest) is offered 1.20 times"), "{said}");
}

#[test]
fn work_without_a_mean_is_said_where_it_is_asked_for() {
    let endless = "{ pareto = { shape = 0.9, min = \"10 ms\" } }";
    let plain = "[architectures.a.client-server]\nservers = \"s\"";
    let said = warnings(10, endless, ONE, plain);
    assert!(
        said.contains("\"cpu\" of s is offered work that has no mean, so its queue grows"),
        "{said}"
    );
    let finite = ONE.replace("workers = 1", "workers = 1, queue = 5");
    let said = warnings(10, endless, &finite, plain);
    assert!(said.contains("has no mean, so some of it is refused"), "{said}");
    // What a cache always has never comes to the second tier.
    let chain = "[[architectures.a.multi-tier.tiers]]\nservers = \"t\"\n\
                 cache = { hit_ratio = 1.0 }\n\
                 [[architectures.a.multi-tier.tiers]]\nservers = \"s\"";
    let said = warnings(10, endless, ONE, chain);
    assert!(!said.contains("NaN") && !said.contains("is offered"), "{said}");
}

#[test]
fn a_class_of_which_hardly_a_node_is_does_not_count() {
    let rare = TWO_CLASSES.replacen("share = 0.5", "share = 1e-9", 1).replacen(
        "speed = 1.9",
        "speed = 1.0",
        1,
    );
    let turns = "[architectures.a.client-server]\nservers = \"s\"\nbalance = \"round-robin\"";
    assert!(!warnings(10, "\"50 ms\"", &rare, turns).contains("is offered"));
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
    assert!(of("").contains("is offered 5.00 times"));
    // Up for a twentieth of the time: 5 of 50 ms a second.
    let seldom = "session = { exponential = { mean = \"50 s\" } }\n\
                  downtime = { exponential = { mean = \"950 s\" } }";
    assert!(!of(seldom).contains("is offered"), "{}", of(seldom));
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
    assert!(!of(1, "").contains("is offered"), "{}", of(1, ""));
    // 1,000 draws of each of ten from 1,000: 1,000 (1 - 1/e) different ones, 63.2 a second of all.
    assert!(of(1000, "").contains("is offered 3.16 times"), "{}", of(1000, ""));
    // Who keeps hardly any asks for all the others again; of one there is room for all.
    assert!(of(1000, "copy_space = \"1 kB\"").contains("is offered 5.00 times"));
    assert!(!of(1, "copy_space = \"1 kB\"").contains("is offered"));
}

#[test]
fn what_is_held_back_is_not_said_to_come() {
    let steps =
        "[{ station = \"cpu\", work = \"100 ms\" }, { station = \"disk\", work = \"20 ms\" }]";
    let text = format!(
        "title = \"t\"\nrun = {{ duration = \"100 s\" }}\n[network.access]\n\
         [nodes.s]\n{ONE}\ndisk = {{ workers = 1 }}\n\
         [nodes.c]\ncount = 10\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         [workloads.w.request]\nfrom = \"c\"\nsteps = {steps}\n\
         arrivals = {{ poisson = {{ rate = \"100 /s\" }} }}\n\
         [architectures.a.client-server]\nservers = \"s\"\n"
    );
    let said = said_of(&text);
    assert!(said.contains("\"cpu\" of s is offered 10.00 times"), "{said}");
    let behind = "\"disk\" of s is offered up to 2.00 times the work that it can do, as far as \
                  \"cpu\" of s lets it through";
    assert!(said.contains(behind), "{said}");
}

#[test]
fn what_is_not_held_back_is_said_to_come() {
    let text = format!(
        "title = \"t\"\nrun = {{ duration = \"100 s\" }}\n[network.access]\n\
         [nodes.s]\n{ONE}\ndisk = {{ workers = 1 }}\n\
         [nodes.c]\ncount = 10\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         [workloads.a.request]\nfrom = \"c\"\narrivals = {{ poisson = {{ rate = \"100 /s\" }} }}\n\
         steps = [{{ station = \"cpu\", work = \"20 ms\" }}, {{ station = \"disk\", work = \"1 ms\" }}]\n\
         [workloads.b.request]\nfrom = \"c\"\narrivals = {{ poisson = {{ rate = \"10 /s\" }} }}\n\
         steps = [{{ station = \"disk\", work = \"200 ms\" }}]\n\
         [architectures.a.client-server]\nservers = \"s\"\n"
    );
    let said = said_of(&text);
    assert!(said.contains("\"cpu\" of s is offered 2.00 times"), "{said}");
    assert!(said.contains("\"disk\" of s is offered 2.10 times"), "{said}");
}

#[test]
fn what_comes_back_from_the_next_tier_holds_nothing_back() {
    let chain = "[[architectures.a.multi-tier.tiers]]\nservers = \"t\"\nwork = \"5 ms\"\nwork_after = \"30 ms\"\n\
                 [[architectures.a.multi-tier.tiers]]\nservers = \"s\"";
    let said = warnings(50, "\"100 ms\"", ONE, chain);
    assert!(said.contains("\"cpu\" of s is offered 5.00 times"), "{said}");
    let back =
        "\"cpu\" of t is offered up to 1.75 times the work that it can do, as far as \"cpu\" of s";
    assert!(said.contains(back), "{said}");
    // With more before it goes on it is the first tier that holds back.
    let said = warnings(50, "\"100 ms\"", ONE, &chain.replace("5 ms", "25 ms"));
    assert!(said.contains("\"cpu\" of t is offered 2.75 times"), "{said}");
    assert!(said.contains("\"cpu\" of s is offered up to 5.00 times"), "{said}");
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
    assert!(said.contains("\"cpu\" of a is offered 1.35 times"), "{said}");
    assert!(!said.contains("of b"), "{said}");
    // With half of all at the other bank each has 15 a second.
    assert!(!of(0.5).contains("is offered"), "{}", of(0.5));
}
