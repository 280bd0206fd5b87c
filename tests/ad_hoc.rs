//! Ad hoc networks: nodes with radios on a field, that walk, come and go, and pass on what others say.

use std::path::Path;
use std::process::Command;

use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RunRecord};
use hubmesh::scenario::{Scenario, ScenarioError};
use hubmesh::stats::{measure, metric_index};

/// Five nodes in a row, 100 m apart, and one beside the third; each reaches the next.
const ROW: &str = "[network.ad-hoc]\nwidth = \"500 m\"\nheight = \"100 m\"\nrange = \"100 m\"\n\
                   capacity = \"80 Mbit/s\"\nlatency = \"1 ms\"\n\
                   fixed.a.at = [\"50 m\", \"0 m\"]\nfixed.b.at = [\"150 m\", \"0 m\"]\n\
                   fixed.c.at = [\"250 m\", \"0 m\"]\nfixed.d.at = [\"350 m\", \"0 m\"]\n\
                   fixed.e.at = [\"450 m\", \"0 m\"]\n";

const ARCHITECTURE: &str = "[architectures.x.client-server]\nservers = \"a\"\n";

fn nodes(names: &[&str]) -> String {
    let node = |name: &&str| {
        format!("[nodes.{name}]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n")
    };
    names.iter().map(node).collect()
}

/// 100 MB from one to the other, from the beginning on.
fn transfer(from: &str, to: &str) -> String {
    format!(
        "[workloads.{from}-{to}.transfer]\nfrom = \"{from}\"\nto = \"{to}\"\nsize = \"100 MB\"\n\
         arrivals = {{ burst = {{ over = \"0 s\" }} }}\n"
    )
}

fn row(rest: &str) -> String {
    format!(
        "title = \"t\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         {}{ROW}\n{rest}{ARCHITECTURE}",
        nodes(&["a", "b", "c", "d", "e"])
    )
}

fn parse(text: &str) -> Scenario {
    let scenario = Scenario::parse("ad-hoc.toml", text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario
}

fn run(text: &str) -> RunRecord {
    let scenario = parse(text);
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

/// Of each workload's only request, how it ended and after how many seconds.
fn ends(record: &RunRecord) -> Vec<(Outcome, f64)> {
    let mut requests: Vec<_> = record.requests.iter().collect();
    requests.sort_by_key(|request| request.workload);
    let end = |request: &hubmesh::metrics::RequestRecord| {
        (request.outcome, request.ended.unwrap().since(request.issued).secs())
    };
    requests.into_iter().map(end).collect()
}

fn are_answered_after(text: &str, expected: &[f64]) {
    let ends = ends(&run(text));
    let is_near = |(end, expected): (&(Outcome, f64), &f64)| {
        end.0 == Outcome::Answered && (end.1 - expected).abs() < 1e-6
    };
    let are_near = ends.len() == expected.len() && ends.iter().zip(expected).all(is_near);
    assert!(are_near, "{ends:?}, expected {expected:?}\n{text}");
}

fn metric(record: &RunRecord, name: &str) -> f64 {
    let index = metric_index(name).unwrap();
    measure(record, None)[index].unwrap_or_else(|| panic!("{name} is undefined"))
}

#[test]
fn a_chain_carries_half_of_what_a_radio_does() {
    // 800 Mbit: over one hop at 80 Mbit/s; over more at 40, as those between hear and say it.
    are_answered_after(&row(&transfer("a", "b")), &[10.001]);
    are_answered_after(&row(&transfer("a", "c")), &[20.002]);
    are_answered_after(&row(&transfer("a", "e")), &[20.004]);
    // One that ends at b and one that b passes on: its radio has three parts for two flows, each of
    // which gets a third of 80 Mbit/s until both end, but for a few milliseconds, after 30 s.
    let both = ends(&run(&row(&(transfer("a", "b") + &transfer("c", "a")))));
    assert!(both.iter().all(|&(_, seconds)| (seconds - 30.0).abs() < 0.01), "{both:?}");
}

#[test]
fn hops_and_pairs_are_counted() {
    let record = run(&row(&transfer("a", "e")));
    assert!((metric(&record, "radio_hops") - 4.0).abs() < 1e-9);
    assert_eq!(metric(&record, "connected_pairs"), 1.0);
    assert!((metric(&record, "radio_neighbours") - 8.0 / 5.0).abs() < 1e-9);
    // c is down all the time: of four that are up two by two have a way, and each has one neighbour.
    let away = "[[faults]]\nat = \"0 s\"\ncrash = { nodes = \"c\" }\n";
    let record = run(&row(&(transfer("a", "b") + away)));
    assert!((metric(&record, "connected_pairs") - 4.0 / 12.0).abs() < 1e-9);
    assert!((metric(&record, "radio_neighbours") - 1.0).abs() < 1e-9);
}

#[test]
fn nobody_is_reached_over_who_is_down() {
    let crash = "[[faults]]\nat = \"5 s\"\nfor = \"10 s\"\ncrash = { nodes = \"c\" }\n";
    // Waits for ten seconds in the middle.
    are_answered_after(&row(&(transfer("a", "e") + crash)), &[30.004]);
    // Who needs nobody does not wait.
    are_answered_after(&row(&(transfer("a", "b") + crash)), &[10.001]);
    // Never again: given up after the patience of 100 s, at 105 s.
    let crash = "[[faults]]\nat = \"5 s\"\ncrash = { nodes = \"c\" }\n";
    let record = run(&row(&(transfer("a", "e") + crash)));
    let ends = ends(&record);
    assert_eq!(ends[0].0, Outcome::Failed(FailureReason::Unreachable));
    assert!(ends[0].1 >= 100.0, "{ends:?}");
    // And from the start: at once.
    let crash = "[[faults]]\nat = \"0 s\"\ncrash = { nodes = \"c\" }\n";
    let scattered = "[workloads.late.transfer]\nfrom = \"a\"\nto = \"e\"\nsize = \"1 MB\"\n\
                     arrivals = { schedule = { times = [\"1 s\"] } }\n";
    let record = run(&row(&(scattered.to_owned() + crash)));
    assert_eq!(self::ends(&record), [(Outcome::Failed(FailureReason::Unreachable), 0.0)]);
}

#[test]
fn another_way_is_taken_at_once() {
    // Two relays beside each other; the one that is taken crashes.
    let text = |fault: &str| {
        format!(
            "title = \"t\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
             {}[network.ad-hoc]\nwidth = \"500 m\"\nheight = \"100 m\"\nrange = \"100 m\"\n\
             capacity = \"80 Mbit/s\"\nlatency = \"1 ms\"\n\
             fixed.a.at = [\"50 m\", \"0 m\"]\nfixed.b.at = [\"130 m\", \"0 m\"]\n\
             fixed.c.at = [\"130 m\", \"10 m\"]\nfixed.d.at = [\"210 m\", \"0 m\"]\n{}{fault}{ARCHITECTURE}",
            nodes(&["a", "b", "c", "d"]),
            transfer("a", "d"),
        )
    };
    for relay in ["b", "c"] {
        let crash = format!("[[faults]]\nat = \"5 s\"\ncrash = {{ nodes = \"{relay}\" }}\n");
        are_answered_after(&text(&crash), &[20.002]);
    }
    let both = "[[faults]]\nat = \"5 s\"\nfor = \"1 s\"\ncrash = { nodes = [\"b\", \"c\"] }\n";
    are_answered_after(&text(both), &[21.002]);
}

#[test]
fn partitions_and_cuts_part_radios() {
    // c is in no part and passes nothing on between two that must not hear each other.
    let partition = "[[faults]]\nat = \"5 s\"\nfor = \"10 s\"\n\
                     partition = { parts = [[\"a\", \"b\"], [\"d\", \"e\"]] }\n";
    are_answered_after(&row(&(transfer("a", "e") + partition)), &[30.004]);
    are_answered_after(&row(&(transfer("a", "c") + partition)), &[20.002]);
    // Those of a part who have only one of the other between them.
    let partition = "[[faults]]\nat = \"5 s\"\nfor = \"10 s\"\n\
                     partition = { parts = [[\"a\", \"c\"], [\"b\"]] }\n";
    are_answered_after(&row(&(transfer("a", "c") + partition)), &[30.002]);
    // A radio that is cut passes nothing on, and one that is slow passes on less: 4 s at 40 Mbit/s,
    // and the other 640 Mbit at 10.
    let cut = "[[faults]]\nat = \"5 s\"\nfor = \"10 s\"\ncut = { links = \"c wifi\" }\n";
    are_answered_after(&row(&(transfer("a", "e") + cut)), &[30.004]);
    // A node by its own name, also if it is the only one of its group, stops what it sends and receives itself.
    let own = "[[faults]]\nat = \"5 s\"\nfor = \"10 s\"\ncut = { links = \"c\" }\n";
    are_answered_after(&row(&(transfer("a", "e") + own)), &[20.004]);
    are_answered_after(&row(&(transfer("a", "c") + own)), &[30.002]);
    let slow = "[[faults]]\nat = \"4.004 s\"\nslow = { links = \"c wifi\", capacity = 0.25 }\n";
    are_answered_after(&row(&(transfer("a", "e") + slow)), &[4.004 + 64.0]);
}

#[test]
fn how_far_all_hold_together_is_looked_at_when_links_are_cut() {
    // Five in a row for 100 s: 20 pairs of 20, and 8 neighbours of 5 nodes; without the one in the middle 4 pairs, of 20, or
    // of 12 where it is down.
    let late = |fault: &str| {
        let text = row(&format!("[[faults]]\nat = \"90 s\"\n{fault}\n{}", transfer("a", "b")));
        text.replace("until = \"done\"", "duration = \"100 s\"")
    };
    for (fault, pairs) in [
        ("cut = { links = \"c wifi\" }", 0.9 + 0.1 * 0.2),
        ("crash = { nodes = \"c\" }", 0.9 + 0.1 / 3.0),
        // Two and three of five.
        ("partition = { parts = [[\"a\", \"b\"], [\"c\", \"d\", \"e\"]] }", 0.9 + 0.1 * 0.4),
    ] {
        let record = run(&late(fault));
        let found = metric(&record, "connected_pairs");
        assert!((found - pairs).abs() < 1e-9, "{fault}: {found} instead of {pairs}");
    }
}

/// Walkers on a field, and a base that stays.
fn field(walkers: u32, rest: &str) -> String {
    format!(
        "title = \"t\"\nseed = 9\nrun = {{ duration = \"6 min\", replications = 2 }}\n\
         [nodes.base]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         [nodes.walker]\ncount = {walkers}\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         session = {{ exponential = {{ mean = \"3 min\" }} }}\n\
         downtime = {{ exponential = {{ mean = \"1 min\" }} }}\n\
         [network.ad-hoc]\nwidth = \"300 m\"\nheight = \"200 m\"\nrange = \"45 m\"\n\
         capacity = \"20 Mbit/s\"\nfixed.base.at = [\"150 m\", \"100 m\"]\n\
         random-waypoint = {{ min_speed = \"1 m/s\", max_speed = \"6 m/s\", pause = \"10 s\" }}\n{rest}"
    )
}

const DOWNLOADS: &str = "[workloads.w.download]\nfrom = \"walker\"\ntimeout = \"1 min\"\n\
                         retry = { attempts = 2 }\n\
                         arrivals = { poisson = { rate = \"0.5 /s\" } }\n\
                         catalogue = { objects = 20, size = \"1 MB\", popularity = { zipf = 0.8 } }\n";

const ARCHITECTURES: &str = "[architectures.server.client-server]\nservers = \"base\"\n\
    [architectures.near.directory]\npeers = \"walker\"\nserver = \"base\"\nanswers = 100\n\
    choose = \"nearest\"\nfallback = \"base\"\n\
    [architectures.flood.flooding]\npeers = \"walker\"\nfallback = \"base\"\n\
    [architectures.walk.random-walk]\npeers = \"walker\"\nfallback = \"base\"\n\
    [architectures.supernodes.supernodes]\npeers = \"walker\"\nfallback = \"base\"\n\
    [architectures.chord.chord]\npeers = \"walker\"\nfallback = \"base\"\n\
    [architectures.kademlia.kademlia]\npeers = \"walker\"\nfallback = \"base\"\n\
    [architectures.swarm.bittorrent]\nseeds = \"base\"\npiece_size = \"256 KiB\"\n";

const FAULTS: &str = "[[faults]]\nat = \"1 min\"\nfor = \"30 s\"\ncrash = { nodes = \"base\" }\n\
    [[faults]]\nat = \"2 min\"\nfor = \"30 s\"\ncrash = { nodes = \"walker\", share = 0.5 }\n\
    [[faults]]\nat = \"3 min\"\nfor = \"30 s\"\npartition = { parts = [\"base\", \"walker\"] }\n\
    [[faults]]\nat = \"4 min\"\nfor = \"30 s\"\ncut = { links = [\"walker\", \"base wifi\"] }\n";

#[test]
fn no_request_is_lost_under_any_architecture() {
    for faults in ["", FAULTS] {
        let mut scenario = parse(&field(40, &format!("{DOWNLOADS}{ARCHITECTURES}{faults}")));
        scenario.model.are_requests_kept = false;
        for contender in &scenario.contenders {
            let record = contender.simulate(&scenario.model, 0, &Control::default());
            let judged = record.judged();
            let failed: u64 = judged.failed.iter().sum();
            assert!(judged.issued > 100, "{}", contender.name);
            assert!(
                judged.answered() > judged.issued / 5,
                "{}: {}",
                contender.name,
                judged.answered()
            );
            assert_eq!(
                judged.issued,
                judged.answered() + failed + judged.open,
                "{}",
                contender.name
            );
            // What is delivered has been sent, and each radio has carried no more than it can.
            for link in &record.links {
                let possible = link.capacity.bits_per_second() * record.ended.secs();
                assert!(link.usage.carried.bits() <= possible * (1.0 + 1e-9), "{}", contender.name);
            }
        }
    }
}

#[test]
fn everybody_meets_the_same_people_under_every_architecture() {
    // Who is in range, and who is up, does not depend on what is done with it.
    let scenario = parse(&field(40, &format!("{DOWNLOADS}{ARCHITECTURES}")));
    let ties = scenario.contenders.iter().map(|contender| {
        let record = contender.simulate(&scenario.model, 1, &Control::default());
        (metric(&record, "connected_pairs"), metric(&record, "radio_neighbours"))
    });
    let ties: Vec<(f64, f64)> = ties.collect();
    assert!(ties.windows(2).all(|pair| pair[0] == pair[1]), "{ties:?}");
    assert!(ties[0].0 > 0.0 && ties[0].0 < 1.0, "{ties:?}");
}

#[test]
fn neighbours_are_as_many_as_the_distances_in_a_rectangle_say() {
    // 100 nodes that stay where they are drawn, on 300 m by 200 m: each of 99 others is no further
    // away than 40 m with the probability (pi r^2 A - 4/3 r^3 (a + b) + r^4 / 2) / A^2.
    let text = "title = \"t\"\nseed = 4\nrun = { duration = \"1 s\", replications = 1 }\n\
                [nodes.a]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
                [nodes.b]\ncount = 99\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
                [network.ad-hoc]\nwidth = \"300 m\"\nheight = \"0.2 km\"\nrange = \"40 m\"\n\
                capacity = \"20 Mbit/s\"\n\
                [workloads.w.download]\nfrom = \"b\"\narrivals = { schedule = { times = [\"0 s\"] } }\n\
                catalogue = { objects = 1, size = \"1 kB\" }\n";
    let scenario = parse(&format!("{text}{ARCHITECTURE}"));
    let (a, b, r) = (300.0f64, 200.0f64, 40.0f64);
    let area = a * b;
    let inside =
        std::f64::consts::PI * r * r * area - 4.0 / 3.0 * r.powi(3) * (a + b) + r.powi(4) / 2.0;
    let expected = 99.0 * inside / (area * area);
    let runs = 300;
    let found: Vec<f64> = (0..runs)
        .map(|replication| {
            let contender = &scenario.contenders[0];
            let record = contender.simulate(&scenario.model, replication, &Control::default());
            metric(&record, "radio_neighbours")
        })
        .collect();
    let mean = found.iter().sum::<f64>() / f64::from(runs);
    let variance = found.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(runs - 1);
    let tolerance = 4.0 * (variance / f64::from(runs)).sqrt();
    assert!((mean - expected).abs() < tolerance, "{mean}, {expected} within {tolerance}");
}

fn hubmesh(arguments: &[&str], folder: &Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_hubmesh"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("hubmesh-ad-hoc-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn equal_seeds_give_equal_bytes_for_any_number_of_threads() {
    let folder = folder("threads");
    let text = field(40, &format!("{DOWNLOADS}{ARCHITECTURES}{FAULTS}"));
    std::fs::write(folder.join("s.toml"), text).unwrap();
    for threads in ["1", "2"] {
        let arguments =
            ["run", "s.toml", "--quiet", "--no-charts", "--threads", threads, "--out", threads];
        let output = hubmesh(&arguments, &folder);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    for table in ["summary.csv", "replications.csv", "nodes.csv", "links.csv", "timeline.csv"] {
        let [one, two] = ["1", "2"].map(|threads| std::fs::read(folder.join(threads).join(table)));
        assert_eq!(one.unwrap(), two.unwrap(), "{table}");
    }
    let links = std::fs::read_to_string(folder.join("1/links.csv")).unwrap();
    assert!(links.contains("walker-7"), "radios have rows");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_topology_is_that_at_the_start() {
    let folder = folder("topology");
    std::fs::write(folder.join("row.toml"), row(&transfer("a", "e"))).unwrap();
    let output = hubmesh(&["topology", "row.toml", "--format", "json"], &folder);
    let text = String::from_utf8_lossy(&output.stdout);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["sites"].as_u64().or(json["sites"]["count"].as_u64()), Some(5), "{text}");
    let output = hubmesh(&["topology", "row.toml", "--to", "dot"], &folder);
    let dot = String::from_utf8_lossy(&output.stdout);
    assert_eq!(dot.matches("--").count() + dot.matches("->").count(), 4, "{dot}");
    let output = hubmesh(&["topology", "row.toml", "--draw", "row.svg"], &folder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_a_run_takes_is_told_before() {
    // Walkers look at each other some tens of thousands of times; who stays never does.
    let events = |text: &str| parse(text).estimate.events;
    let plain = DOWNLOADS.to_owned() + "[architectures.server.client-server]\nservers = \"base\"\n";
    let walking = field(100, &plain);
    let standing = walking.lines().filter(|line| !line.starts_with("random-waypoint"));
    let standing = standing.collect::<Vec<_>>().join("\n");
    let more = (events(&walking) - events(&standing)) / 2.0;
    let found = run(&walking).event_count as f64 - run(&standing).event_count as f64;
    assert!(more > found / 3.0 && more < found * 3.0, "{more} expected, {found} found");
}

#[test]
fn mistakes_are_told_with_their_place_and_cure() {
    let sound =
        field(5, &(DOWNLOADS.to_owned() + "[architectures.x.client-server]\nservers = \"base\"\n"));
    parse(&sound);
    for (from, to, expected) in [
        (
            "range = \"45 m\"",
            "range = ¦45",
            "a bare number where a length with its unit is expected",
        ),
        ("range = \"45 m\"", "range = ¦\"45 s\"", "\"s\" is no unit of length"),
        ("range = \"45 m\"", "range = ¦\"0 m\"", "expected more than 0 m"),
        ("range = \"45 m\"", "¦reach = \"45 m\"", "unknown key `reach`"),
        ("range = \"45 m\"\n", "", "`range` is missing"),
        ("width = \"300 m\"", "width = ¦\"10000000 km\"", "expected 100000000 m or less"),
        ("\"20 Mbit/s\"", "¦\"0 Mbit/s\"", "nothing ever gets through"),
        ("min_speed = \"1 m/s\"", "min_speed = ¦\"0 m/s\"", "a trip of no speed has no end"),
        ("min_speed = \"1 m/s\"", "min_speed = ¦\"1 km\"", "a speed is per second or per hour"),
        ("max_speed = \"6 m/s\"", "max_speed = ¦\"0.5 m/s\"", "expected `min_speed` or more"),
        ("pause = \"10 s\"", "pause = ¦{ pareto = { shape = 1, min = \"1 s\" } }", "infinite mean"),
        ("fixed.base.at", "fixed.¦bass.at", "\"bass\" is no group of nodes"),
        ("fixed.base.at = [\"150 m\", \"100 m\"]", "fixed.¦base = {}", "needs `at` or `placed`"),
        (".at = [\"150 m\", \"100 m\"]", ".placed = ¦\"gird\"", "did you mean \"grid\"?"),
        ("[\"150 m\", \"100 m\"]", "¦[\"150 m\", \"201 m\"]", "is not on the field"),
        ("[\"150 m\", \"100 m\"]", "¦[\"150 m\"]", "a point of 1 lengths"),
        (
            "[\"150 m\", \"100 m\"]",
            "¦[[\"1 m\", \"2 m\"], [\"3 m\", \"4 m\"]]",
            "`at` has 2 points",
        ),
        ("[nodes.walker]\n", "[nodes.walker]\nat = ¦\"x\"\n", "an ad hoc network has no sites"),
        ("[network.ad-hoc]", "[network.access]\n[network.ad-hoc]", "several kinds of network"),
    ] {
        assert!(sound.contains(from), "{from}");
        let marked = sound.replacen(from, to, 1);
        // Where the marker is, if there is one, is where the mistake must be seen.
        let place = marked.find('¦').map(|at| {
            let (line, before) = (marked[..at].matches('\n').count() + 1, &marked[..at]);
            format!("s.toml:{line}:{}", before.chars().rev().take_while(|&c| c != '\n').count() + 1)
        });
        let (text, place) = (marked.replace('¦', ""), place.unwrap_or("s.toml:".to_owned()));
        let error = Scenario::parse("s.toml", &text, Path::new("."), &[]).map(drop);
        let error = match error.expect_err(to) {
            ScenarioError::Invalid(problems) => problems.rendered(false),
            ScenarioError::Override(text) => text,
        };
        assert!(error.contains(expected) && error.contains(&place), "{to}: {place}: {error}");
    }
}
