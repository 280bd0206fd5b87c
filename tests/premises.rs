//! Homes, offices and schools: the air that devices share, rooms, providers, and routers that translate addresses.

use std::path::Path;
use std::process::Command;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outcome, RunRecord};
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};

const NODES: &str = "[nodes.server]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
                     [nodes.phone]\ncount = 4\nup = \"300 Mbit/s\"\ndown = \"300 Mbit/s\"\n\
                     [nodes.desk]\ncount = 4\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n";

const PLAIN: &str = "[architectures.x.client-server]\nservers = \"server\"\n";

/// 100 MB from one to the other, from the beginning on.
fn transfer(from: &str, to: &str) -> String {
    format!(
        "[workloads.{from}-{to}.transfer]\nfrom = \"{from}\"\nto = \"{to}\"\nsize = \"100 MB\"\n\
         arrivals = {{ burst = {{ over = \"0 s\" }} }}\n"
    )
}

fn text(network: &str, rest: &str) -> String {
    format!(
        "title = \"t\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         {NODES}{network}\n{rest}{PLAIN}"
    )
}

fn run(text: &str) -> RunRecord {
    let scenario = Scenario::parse("premises.toml", text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

/// Seconds until each workload's only request was answered.
fn times(text: &str) -> Vec<f64> {
    let record = run(text);
    let of = |request: &hubmesh::metrics::RequestRecord| {
        assert_eq!(request.outcome, Outcome::Answered, "{text}");
        request.ended.unwrap().since(request.issued).secs()
    };
    let mut requests: Vec<_> = record.requests.iter().collect();
    requests.sort_by_key(|request| request.workload);
    requests.into_iter().map(of).collect()
}

fn are_near(found: &[f64], expected: &[f64]) {
    let near = |(found, expected): (&f64, &f64)| (found - expected).abs() < 1e-3 * expected;
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(near),
        "{found:?} for {expected:?}"
    );
}

const HOME: &str = "[network.home]\ninside = [\"phone\", \"desk\"]\nup = \"20 Mbit/s\"\ndown = \"200 Mbit/s\"\n\
                    wifi = { capacity = \"100 Mbit/s\", nodes = \"phone\", latency = \"1 ms\" }\n";

#[test]
fn what_two_devices_say_to_each_other_takes_the_air_twice() {
    let alone = transfer("phone-1", "phone-2");
    // 100 MB at half of 100 Mbit/s, and 1 ms to the access point and from there.
    are_near(&times(&text(HOME, &alone)), &[16.002]);
    // Beside one over a cable, 2 r + r = 100 Mbit/s; and the internet's line is the wired one's alone.
    let three = alone + &transfer("desk-1", "phone-3") + &transfer("server", "desk-2");
    are_near(&times(&text(HOME, &three)), &[24.002, 24.001, 4.0]);
    // Between cables the air does not matter.
    let wired = transfer("desk-1", "desk-2") + &transfer("phone-1", "server");
    are_near(&times(&text(HOME, &wired)), &[0.8, 40.001]);
}

#[test]
fn a_room_shares_its_line_and_homes_their_provider() {
    let school = "[network.school]\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
                  rooms.lab = { inside = \"desk\", count = 2, uplink = \"100 Mbit/s\" }\n\
                  rooms.class = { inside = \"phone\", uplink = \"50 Mbit/s\" }\n";
    // Desks 1 and 3 are in the first lab, 2 and 4 in the second one.
    let both = transfer("desk-1", "desk-2") + &transfer("desk-3", "desk-4");
    are_near(&times(&text(school, &both)), &[16.0, 16.0]);
    are_near(&times(&text(school, &transfer("desk-1", "desk-3"))), &[0.8]);
    are_near(&times(&text(school, &transfer("desk-1", "phone-1"))), &[16.0]);
    let homes = "[network.lan.routers.home]\ninside = \"desk\"\ncount = 4\nup = \"80 Mbit/s\"\ndown = \"80 Mbit/s\"\n\
                 [network.lan.isps.town]\nrouters = \"home\"\ncount = 2\nup = \"100 Mbit/s\"\ndown = \"1 Gbit/s\"\n";
    // Homes 1 and 3 are behind the same one.
    let both = transfer("desk-1", "server") + &transfer("desk-3", "server");
    are_near(&times(&text(homes, &both)), &[16.0, 16.0]);
    let apart = transfer("desk-1", "server") + &transfer("desk-2", "server");
    are_near(&times(&text(homes, &apart)), &[10.0, 10.0]);
    // A neighbour behind the same provider is reached without the internet.
    are_near(&times(&text(homes, &transfer("desk-1", "desk-3"))), &[10.0]);
}

#[test]
fn without_the_air_devices_are_alone() {
    let off = "[[faults]]\nname = \"off\"\nat = \"1 s\"\nfor = \"1 h\"\ncut = { links = \"home wifi\" }\n";
    let asks = "[workloads.w.request]\nfrom = [\"phone\", \"desk\"]\nwork = \"1 ms\"\n\
                arrivals = { per-node = { every = \"10 s\", each = 6 } }\n";
    let record = run(&text(HOME, &format!("{asks}{off}")));
    let answered = |from: std::ops::Range<u32>| {
        let of = |request: &&hubmesh::metrics::RequestRecord| {
            from.contains(&request.node.0) && request.issued.secs() > 1.0
        };
        let all: Vec<_> = record.requests.iter().filter(of).collect();
        assert!(all.len() > 10);
        all.iter().filter(|request| request.outcome == Outcome::Answered).count() == all.len()
    };
    // Nodes 1 to 4 are phones.
    assert!(!answered(1..5) && answered(5..9));
}

/// Nobody accepts connections from outside: peers of a home give each other what one of them has fetched.
#[test]
fn behind_the_same_router_everybody_is_reached() {
    let homes = "[network.lan.routers.home]\ninside = \"desk\"\ncount = COUNT\nup = \"10 Mbit/s\"\ndown = \"100 Mbit/s\"\n";
    let swarm = "[workloads.w.download]\nfrom = \"desk\"\narrivals = { burst = { over = \"0 s\" } }\n\
                 catalogue = { objects = 1, size = \"20 MB\" }\n\
                 [architectures.a.bittorrent]\nseeds = \"server\"\npiece_size = \"256 KiB\"\n";
    let of_peers = |count: u32| {
        let text = text(&homes.replace("COUNT", &count.to_string()), swarm)
            .replace("[nodes.desk]\n", "[nodes.desk]\ndialable = 0.0\n");
        let record = run(&text);
        let value = |name| measure(&record, None)[metric_index(name).unwrap()].unwrap_or(0.0);
        assert_eq!(value("availability"), 1.0);
        value("peer_bytes")
    };
    assert_eq!(of_peers(4), 0.0);
    assert!(of_peers(1) > 40e6, "{}", of_peers(1));
}

#[test]
fn mistakes_have_their_place() {
    let home =
        |more: &str| format!("[network.home]\nup = \"20 Mbit/s\"\ndown = \"200 Mbit/s\"\n{more}\n");
    let lan = |more: &str| {
        format!(
            "[network.lan.routers.home]\ninside = \"desk\"\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\n{more}\n"
        )
    };
    let isp = "up = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"";
    let cases = [
        (home(""), &["nobody is behind the router \"home\"", "needs `inside` or `rooms`"][..]),
        (
            home("inside = \"desk\"\nwifi = { capacity = \"1 Mbit/s\", nodes = \"phone\" }"),
            &["\"phone\" is not inside", "desk"],
        ),
        (
            home("inside = \"desk\"\nwifi = { capacity = \"0 Mbit/s\" }"),
            &["nothing ever gets through", "expected more than 0 bit/s"],
        ),
        (home("inside = \"desk\"\nwifi = {}"), &["`capacity` is missing", "at a time, together"]),
        (
            home("inside = \"desk\"\nrooms.lab = { inside = \"desk\", uplink = \"1 Gbit/s\" }"),
            &["the group \"desk\" is in two places behind the router"],
        ),
        (
            home("rooms.lab = { inside = \"dsk\", uplink = \"1 Gbit/s\" }"),
            &["\"dsk\" is no group of nodes", "did you mean \"desk\"?"],
        ),
        (
            home("rooms.home = { inside = \"desk\", uplink = \"1 Gbit/s\" }"),
            &["two sites are called \"home\"", "give it another name"],
        ),
        (
            home(
                "count = 1000\nrooms.lab = { inside = \"desk\", count = 1000, uplink = \"1 Gbit/s\" }",
            ),
            &["1000 rooms in each of 1000", "expected 1 to 100000"],
        ),
        (
            lan(&format!("[network.lan.isps.town]\nrouters = \"hme\"\n{isp}")),
            &["\"hme\" is no router", "did you mean \"home\"?"],
        ),
        (
            lan(&format!(
                "[network.lan.isps.a]\nrouters = \"home\"\n{isp}\n[network.lan.isps.b]\nrouters = \"home\"\n{isp}"
            )),
            &["the router \"home\" is behind two providers"],
        ),
        (home("inside = \"desk\"\nwfi = {}"), &["`wfi`", "did you mean `wifi`?"]),
    ];
    for (network, phrases) in cases {
        let text = text(&network, &transfer("desk-1", "server"));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("premises.toml");
        std::fs::write(&path, &text).unwrap();
        let output =
            Command::new(env!("CARGO_BIN_EXE_hubmesh")).arg("validate").arg(&path).output();
        let output = output.unwrap();
        assert!(!output.status.success(), "this is sound:\n{text}");
        let said = String::from_utf8_lossy(&output.stderr);
        for phrase in phrases {
            assert!(said.contains(phrase), "{phrase:?} is not in:\n{said}\nof:\n{text}");
        }
        assert!(said.contains("premises.toml:"), "{said}");
    }
}
