//! Every kind of network in small, with the times that follow from its links by hand.
//!
//! The ideal transport: a transfer waits its one-way latency, the sum over its path, and then
//! holds its max-min fair share of all links on it. 1.25 MB are 10 Mbit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RequestRecord};
use hubmesh::model::{Model, Population};
use hubmesh::network::{Network, NodeId};
use hubmesh::scenario::Scenario;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/topologies")
}

/// The scenario with these tables for nodes and network; each transfer is
/// `start_s,from,to,bytes`.
fn scenario(tables: &str, transfers: &[&str]) -> Scenario {
    parsed(tables, transfers, &[])
}

fn parsed(tables: &str, transfers: &[&str], overrides: &[String]) -> Scenario {
    let folder = std::env::temp_dir().join(format!(
        "hubmesh-topologies-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(here()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let trace = format!("start_s,from,to,bytes\n{}\n", transfers.join("\n"));
    std::fs::write(folder.join("trace.csv"), trace).unwrap();
    let text = format!(
        "title = \"t\"\n[run]\nuntil = \"done\"\nreplications = 1\n\
         [nodes.server]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         [workloads.w.trace]\nfile = \"trace.csv\"\n\
         [architectures.a.client-server]\nservers = \"server\"\n{tables}"
    );
    let scenario = Scenario::parse("test", &text, &folder, overrides);
    std::fs::remove_dir_all(&folder).unwrap();
    scenario.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn requests(scenario: &Scenario) -> Vec<RequestRecord> {
    let mut scenario = scenario.clone();
    scenario.keep_requests().unwrap();
    let study = hubmesh::run::run(&scenario, &Control::default(), |_| {}).study;
    study.runs[0].record.requests.clone()
}

/// Seconds that each transfer takes, in the order of their starts.
fn times(tables: &str, transfers: &[&str]) -> Vec<f64> {
    let requests = requests(&scenario(tables, transfers));
    assert_eq!(requests.len(), transfers.len());
    requests
        .iter()
        .map(|request| {
            assert_eq!(request.outcome, Outcome::Answered);
            request.ended.unwrap().since(request.issued).secs()
        })
        .collect()
}

fn assert_times(tables: &str, transfers: &[&str], expected: &[f64]) {
    let found = times(tables, transfers);
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 2e-9, "{found} and not {expected} of {found:?}");
    }
}

/// Seconds of latency between two named nodes.
fn latency(model: &Model, from: &str, to: &str) -> Option<f64> {
    let mut network = Network::new(
        model.topology.clone(),
        Population::draw(model, 0).attachments,
        hubmesh::network::Transport::Ideal,
    );
    let node = |name: &str| {
        let nodes = (0..model.node_count() as u32).map(NodeId);
        nodes.into_iter().find(|&node| model.node_name(node).to_string() == name).unwrap()
    };
    network.latency(node(from), node(to)).map(|latency| latency.secs())
}

/// How many nodes hang on each site, of all groups but the server.
fn population(model: &Model) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for attachment in &Population::draw(model, 0).attachments[1..] {
        *counts.entry(model.topology.site(attachment.site).name.clone()).or_default() += 1;
    }
    counts
}

const LAPTOPS: &str = "[nodes.laptop]\ncount = 4\nup = \"100 Mbit/s\"\ndown = \"100 Mbit/s\"\n\
    latency = \"1 ms\"\n[network.lan]\ntransport = \"ideal\"\n[network.lan.routers.home]\n\
    inside = \"laptop\"\nup = \"40 Mbit/s\"\ndown = \"50 Mbit/s\"\nlatency = \"8 ms\"\n";

#[test]
fn nodes_of_a_lan_share_the_internet_link_and_not_the_switch() {
    // Up: 10 Mbit each over 40 Mbit/s shared by two: 0.5 s, and 1 + 8 ms. Down: over 50 Mbit/s:
    // 0.4 s. Inside: at the 100 Mbit/s of their own links, 0.1 s, and 1 + 1 ms.
    assert_times(
        LAPTOPS,
        &[
            "0,laptop-1,server,1250000",
            "0,laptop-2,server,1250000",
            "0,laptop-3,laptop-4,1250000",
            "5,server,laptop-1,1250000",
            "5,server,laptop-2,1250000",
        ],
        &[0.509, 0.509, 0.102, 0.409, 0.409],
    );
}

#[test]
fn several_homes_have_an_internet_link_each() {
    // Laptops 1 and 3 are in the first home, 2 and 4 in the second: the first two transfers share
    // 40 Mbit/s, the third has 40 Mbit/s. From home to home: 1 + 8 + 8 + 1 ms.
    assert_times(
        &LAPTOPS.replace("inside", "count = 2\ninside"),
        &[
            "0,laptop-1,server,1250000",
            "0,laptop-3,server,1250000",
            "0,laptop-2,server,1250000",
            "5,laptop-1,laptop-2,1250000",
        ],
        &[0.509, 0.509, 0.259, 0.268],
    );
    let scenario =
        scenario(&LAPTOPS.replace("inside", "count = 3\ninside"), &["0,laptop-1,server,1"]);
    let homes = [("home-1".to_owned(), 2), ("home-2".to_owned(), 1), ("home-3".to_owned(), 1)];
    assert_eq!(population(&scenario.model), BTreeMap::from(homes));
}

/// Nodes `n-1` ... in turn on the sites of a generator with links of 10 Mbit/s and 5 ms.
fn generated(kind: &str, keys: &str, count: u32) -> String {
    format!(
        "[nodes.n]\ncount = {count}\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         [network.{kind}]\ntransport = \"ideal\"\ncapacity = \"10 Mbit/s\"\n{}{keys}\n",
        if kind == "waxman" { "" } else { "latency = \"5 ms\"\n" }
    )
}

#[test]
fn a_route_has_the_links_of_its_topology() {
    // 10 Mbit over 10 Mbit/s take 1 s, and 5 ms for each link on the way.
    for (kind, keys, count, transfer, links) in [
        ("star", "sites = 3", 3, "0,n-1,n-3,1250000", 2.0),
        // Leaves of one parent, and of different ones.
        ("tree", "branching = 2\ndepth = 2", 4, "0,n-1,n-2,1250000", 2.0),
        ("tree", "branching = 2\ndepth = 2", 4, "0,n-2,n-3,1250000", 4.0),
        ("ring", "sites = 7", 7, "0,n-1,n-4,1250000", 3.0),
        ("ring", "sites = 7", 7, "0,n-1,n-6,1250000", 2.0),
        ("full-mesh", "sites = 5", 5, "0,n-1,n-4,1250000", 1.0),
        ("dumbbell", "", 2, "0,n-1,n-2,1250000", 1.0),
        // The same switch, the same pod, another pod.
        ("fat-tree", "ports = 4", 16, "0,n-1,n-9,1250000", 0.0),
        ("fat-tree", "ports = 4", 16, "0,n-1,n-2,1250000", 2.0),
        ("fat-tree", "ports = 4", 16, "0,n-1,n-3,1250000", 4.0),
        // Without moved links, a ring with links to the second neighbours.
        ("watts-strogatz", "sites = 9\nneighbours = 4\nrewiring = 0", 9, "0,n-1,n-5,1250000", 2.0),
        ("erdos-renyi", "sites = 6\nprobability = 1", 6, "0,n-2,n-5,1250000", 1.0),
    ] {
        // Nodes on one site share no link of the topology, only their own of 1 Gbit/s.
        let sending = if links == 0.0 { 0.01 } else { 1.0 };
        assert_times(&generated(kind, keys, count), &[transfer], &[sending + 0.005 * links]);
    }
}

#[test]
fn flows_share_the_bottleneck_of_a_dumbbell() {
    // Nodes 1 and 3 are on the left. The way back has a capacity of its own.
    assert_times(
        &generated("dumbbell", "", 4),
        &["0,n-1,n-2,1250000", "0,n-3,n-4,1250000", "0,n-2,n-1,1250000"],
        &[2.005, 2.005, 1.005],
    );
}

#[test]
fn random_topologies_follow_the_seed_and_join_their_sites() {
    for (kind, keys) in [
        ("erdos-renyi", "sites = 60\nprobability = 0.08"),
        ("barabasi-albert", "sites = 60\nlinks_per_site = 2"),
        ("watts-strogatz", "sites = 60\nneighbours = 4\nrewiring = 0.3"),
        ("waxman", "sites = 60\nside_km = 2000\nalpha = 0.3\nbeta = 0.5"),
    ] {
        let build = |seed: u32| {
            let tables = generated(kind, keys, 60);
            parsed(&tables, &["0,n-1,n-2,1"], &[format!("seed={seed}")]).model.topology
        };
        let links = |topology: &hubmesh::network::Topology| {
            topology.links().map(|(from, to, _)| (from, to)).collect::<Vec<_>>()
        };
        let (once, again, other) = (build(1), build(1), build(2));
        assert_eq!(links(&once), links(&again), "{kind}");
        assert_ne!(links(&once), links(&other), "{kind}");
        assert_eq!(once.part_count(), 1, "{kind}");
    }
}

#[test]
fn sites_that_are_not_joined_are_told_and_cannot_reach_each_other() {
    let tables = generated("erdos-renyi", "sites = 2\nprobability = 0\nconnected = false", 2);
    let scenario = scenario(&tables, &["0,n-1,n-2,1000"]);
    assert!(scenario.warnings.iter().any(|warning| warning.contains("2 parts")));
    let outcomes: Vec<Outcome> = requests(&scenario).iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Outcome::Failed(FailureReason::Unreachable)]);
}

/// Nodes of 10 Mbit/s and 1 ms on the three sites of a matrix: 0 20 40, 24 0 -, 40 100 0.
fn matrix(keys: &str) -> String {
    format!(
        "[nodes.n]\ncount = 3\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\nlatency = \"1 ms\"\n\
         [network.matrix]\ntransport = \"ideal\"\nfile = \"latency.tsv\"\n{keys}"
    )
}

#[test]
fn a_matrix_gives_latency_and_limits_nobody() {
    // Half of 20 and of 24 ms; both directions at the nodes' own 10 Mbit/s. The missing entry is
    // the median of its row, half of 24 ms.
    let transfers = ["0,n-1,n-2,1250000", "0,n-2,n-1,1250000", "5,n-2,n-3,1250000"];
    assert_times(&matrix("unit = \"ms\""), &transfers, &[1.012, 1.014, 1.014]);
    assert_times(
        &matrix("unit = \"ms\"\nkind = \"one-way\"\nmissing = \"7 ms\""),
        &transfers,
        &[1.022, 1.026, 1.009],
    );
    let scenario = scenario(&matrix("unit = \"s\""), &transfers);
    let warning = &scenario.warnings[0];
    assert!(warning.contains("latency.tsv: 1 latencies are missing"), "{warning}");
    assert!(warning.contains("the median of its row"), "{warning}");
    assert_eq!(scenario.model.topology.link_count(), 0);
}

/// Two ways from A to C: over B with little latency, directly with few links, over D with
/// capacity.
const THREE_WAYS: &str = "[nodes.n]\ncount = 2\nat = [\"A\", \"C\"]\nup = \"1 Gbit/s\"\n\
    down = \"1 Gbit/s\"\n[network.graph]\ntransport = \"ideal\"\nlinks = [\n\
    { from = \"A\", to = \"B\", capacity = \"20 Mbit/s\", latency = \"1 ms\" },\n\
    { from = \"B\", to = \"C\", capacity = \"20 Mbit/s\", latency = \"1 ms\" },\n\
    { from = \"A\", to = \"C\", capacity = \"10 Mbit/s\", latency = \"9 ms\" },\n\
    { from = \"A\", to = \"D\", capacity = \"100 Mbit/s\", latency = \"5 ms\" },\n\
    { from = \"D\", to = \"C\", capacity = \"100 Mbit/s\", latency = \"5 ms\" }]\n";

#[test]
fn routing_takes_the_way_of_its_metric() {
    let transfers = ["0,n-1,n-2,1250000"];
    assert_times(THREE_WAYS, &transfers, &[0.502]);
    for (routing, seconds) in [("latency", 0.502), ("hops", 1.009), ("inverse-capacity", 0.11)] {
        let tables = format!("{THREE_WAYS}routing = \"{routing}\"\n");
        assert_times(&tables, &transfers, &[seconds]);
    }
}

#[test]
fn latency_of_inline_sites_is_that_of_their_distance() {
    let tables = "[nodes.n]\ncount = 2\nat = [\"Quito\", \"Libreville\"]\nup = \"1 Gbit/s\"\n\
        down = \"1 Gbit/s\"\n[network.graph]\ntransport = \"ideal\"\npath_factor = 2\n\
        default_latency = \"1 ms\"\n\
        [[network.graph.sites]]\nname = \"Quito\"\nlatitude = 0\nlongitude = -78\n\
        [[network.graph.sites]]\nname = \"Libreville\"\nlatitude = 0\nlongitude = 9\n\
        [[network.graph.sites]]\nname = \"Sea\"\n\
        [[network.graph.links]]\nfrom = \"Quito\"\nto = \"Libreville\"\ncapacity = \"1 Gbit/s\"\n\
        [[network.graph.links]]\nfrom = \"Quito\"\nto = \"Sea\"\ncapacity = \"1 Gbit/s\"\n";
    let model = scenario(tables, &["0,n-1,n-2,1"]).model;
    // 87 degrees of the equator, 9674 km, twice as long, 5 us a kilometre.
    let expected = 6371.0088 * 87.0_f64.to_radians() * 2.0 * 5e-6;
    assert!((latency(&model, "n-1", "n-2").unwrap() - expected).abs() < 1e-8);
    let at_sea = tables.replace("\"Libreville\"]\nup", "\"Sea\"]\nup");
    let model = scenario(&at_sea, &["0,n-1,n-2,1"]).model;
    assert_eq!(latency(&model, "n-1", "n-2"), Some(0.001));
}

#[test]
fn pairs_of_sites_are_spread_over_equal_routes_if_a_graph_says_so() {
    let link = |from: &str, to: &str, capacity: &str| {
        format!(
            "[[network.graph.links]]\nfrom = \"{from}\"\nto = \"{to}\"\ncapacity = \"{capacity} Mbit/s\"\nlatency = \"1 ms\"\n"
        )
    };
    let mut links: String = (1..=8).map(|site| link(&format!("s{site}"), "x", "1000")).collect();
    for middle in ["m1", "m2"] {
        links += &(link("x", middle, "10") + &link(middle, "y", "10"));
    }
    let sites: Vec<String> = (1..=8).map(|site| format!("\"s{site}\"")).collect();
    let node = "up = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"";
    let nodes = format!(
        "[nodes.far]\ncount = 8\n{node}\nat = [{}]\n[nodes.near]\ncount = 1\n{node}\nat = \"y\"\n",
        sites.join(", ")
    );
    let transfers: Vec<String> = (1..=8).map(|far| format!("0,far-{far},near,1250000")).collect();
    let transfers: Vec<&str> = transfers.iter().map(String::as_str).collect();
    let last = |ties: &str| {
        let tables = format!("{nodes}[network.graph]\ntransport = \"ideal\"\n{ties}{links}");
        times(&tables, &transfers).into_iter().fold(0.0, f64::max)
    };
    // Eight of 10 Mbit each over 10 Mbit/s; over two routes both carry some.
    assert!((last("") - 8.003).abs() < 1e-6, "{}", last(""));
    let spread = last("ties = \"spread\"\n");
    assert!((4.0..7.1).contains(&spread), "{spread}");
}

#[test]
fn nodes_are_spread_by_weights_and_by_population() {
    let zoo = "[network.graph]\ntransport = \"ideal\"\nfile = \"zoo.graphml\"\n\
        default_capacity = \"1 Gbit/s\"\ndefault_latency = \"1 ms\"\n";
    let spread = |at: &str, count: u32| {
        let group = format!(
            "[nodes.n]\ncount = {count}\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nat = {at}\n{zoo}"
        );
        let scenario = scenario(&group, &["0,n-1,n-2,1"]);
        population(&scenario.model)
    };
    let counts = |entries: &[(&str, usize)]| {
        entries.iter().map(|&(name, count)| (name.to_owned(), count)).collect::<BTreeMap<_, _>>()
    };
    // 10 x 500 : 100 : 14 of 614 = 8.14 : 1.63 : 0.23: the open one goes to the rest of 0.63.
    let by_population = counts(&[("Antwerp", 8), ("Bruges", 2)]);
    assert_eq!(spread("{ population = \"Population\" }", 10), by_population);
    // 7 x 3.6 : 1.2 : 0.2 of 5 = 5.04 : 1.68 : 0.28.
    let by_weight = counts(&[("Bruges", 5), ("Antwerp", 2)]);
    assert_eq!(spread("{ weights = { Bruges = 3.6, Antwerp = 1.2, Dinant = 0.2 } }", 7), by_weight);
    let in_turn = counts(&[("Antwerp", 2), ("Bruges", 1), ("Crossing", 1), ("Dinant", 1)]);
    assert_eq!(spread("[\"Antwerp\", \"Bruges\", \"Crossing\", \"Dinant\"]", 5), in_turn);
}

#[test]
fn an_inventory_names_its_nodes_and_places_them() {
    let tables = "[nodes.house]\nfrom = \"nodes.csv\"\n[network.dumbbell]\ntransport = \"ideal\"\n\
        capacity = \"40 Mbit/s\"\nlatency = \"10 ms\"\n";
    // press is on the left, desk on the right without latency. 10 Mbit at desk's 16 Mbit/s down
    // and 8 Mbit/s up; the ways are 1 + 10 ms.
    let transfers = ["0,press,desk,1250000", "5,desk,press,1250000"];
    assert_times(tables, &transfers, &[0.636, 1.261]);
    let model = scenario(tables, &transfers).model;
    assert_eq!(model.node_name(NodeId(1)).to_string(), "press");
    // Without a column of sites nodes hang on them in turn.
    let free = tables.replace("nodes.csv\"", "nodes.csv\"\nat = \"right\"");
    assert_eq!(population(&scenario(&free, &transfers).model).len(), 2);
}

/// Where measurements of others may lie; `None`, with a word, when they do not.
fn measured(file: &str) -> Option<String> {
    let folder = std::env::var_os("HUBMESH_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let path = folder.join("latency").join(file);
    if !path.is_file() {
        println!("skipped: there is no {}; set HUBMESH_DATA", path.display());
        return None;
    }
    Some(path.canonicalize().unwrap().to_str().unwrap().to_owned())
}

#[test]
fn measured_matrices_load() {
    for (file, unit, sites, missing, pair) in [
        // Row 1, column 3 of the files: 2.553 ms and 0.32 s, there and back.
        ("PlanetLabData_1.tsv", "ms", 490, 0, 0.002553 / 2.0),
        ("SeattleData_1.tsv", "s", 99, 65, 0.16),
    ] {
        let Some(path) = measured(file) else { continue };
        let tables = format!(
            "[nodes.n]\ncount = {sites}\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\n\
             [network.matrix]\nfile = {path:?}\nunit = {unit:?}\ntransport = \"ideal\"\n"
        );
        let scenario = scenario(&tables, &["0,n-1,n-2,1250000"]);
        let topology = &scenario.model.topology;
        assert_eq!((topology.site_count(), topology.link_count()), (sites, 0));
        let found = latency(&scenario.model, "n-1", "n-3").unwrap();
        assert!((found - pair).abs() < 1e-9, "{found}");
        let said = format!("{missing} latencies are missing");
        assert_eq!(scenario.warnings.iter().any(|w| w.contains(&said)), missing > 0);
    }
}

#[test]
fn many_nodes_and_many_homes_are_set_up_in_seconds() {
    let began = Instant::now();
    let nodes = "[nodes.n]\ncount = 1000000\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\n\
        latency = { uniform = { min = \"1 ms\", max = \"9 ms\" } }\n[network.access]\ntransport = \"ideal\"\n";
    assert_eq!(times(nodes, &["0,n-1,n-1000000,1250000"]).len(), 1);
    let homes = "[nodes.n]\ncount = 200000\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\n\
        [network.lan]\ntransport = \"ideal\"\n[network.lan.routers.home]\ncount = 100000\n\
        inside = \"n\"\nup = \"5 Mbit/s\"\ndown = \"20 Mbit/s\"\nlatency = \"2 ms\"\n";
    // 10 Mbit over an uplink of 5 Mbit/s, 2 s, and twice 2 ms; home 1 has nodes 1 and 100,001.
    let transfers = ["0,n-1,n-2,1250000", "5,n-1,n-100001,1250000"];
    assert_times(homes, &transfers, &[2.004, 1.0]);
    // Two seconds in the build that this test is measured with; a hang is what it guards against.
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}
