//! Nodes that share their fate: racks, sites and groups that go down and come back as one.

use std::collections::BTreeMap;
use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{Outage, RunRecord};
use hubmesh::scenario::{Scenario, ScenarioError};

/// Twelve nodes that nobody asks much of; `network` and `fault` make the difference.
fn text(network: &str, fault: &str) -> String {
    format!(
        "title = \"racks\"\nseed = 7\n[run]\nduration = \"1000 s\"\nreplications = 1\n{network}\n\
         [nodes.unit]\ncount = 9\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n\
         [nodes.spare]\ncount = 3\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n\
         [workloads.w.request]\nfrom = \"spare\"\n\
         arrivals = {{ schedule = {{ times = [\"0 s\"] }} }}\n\
         [architectures.a.client-server]\nservers = \"unit-1\"\n\
         [[faults]]\n{fault}\n"
    )
}

fn parsed(text: &str) -> Result<Scenario, String> {
    match Scenario::parse("racks.toml", text, Path::new("."), &[]) {
        Ok(scenario) => Ok(scenario),
        Err(ScenarioError::Invalid(problems)) => Err(problems.rendered(false)),
        Err(error) => panic!("{error}"),
    }
}

fn record(text: &str) -> RunRecord {
    let mut scenario = parsed(text).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}

/// Times down, in seconds, of each node that has any.
fn spells(text: &str) -> BTreeMap<u32, Vec<(f64, f64)>> {
    let mut spells: BTreeMap<u32, Vec<(f64, f64)>> = BTreeMap::new();
    for Outage { node, from, until, .. } in record(text).outages {
        let until = until.map_or(f64::INFINITY, |until| until.secs());
        spells.entry(node.0).or_default().push((from.secs(), until));
    }
    spells
}

/// That the nodes of each rack, and only they, are down at the same times.
fn assert_together(spells: &BTreeMap<u32, Vec<(f64, f64)>>, racks: &[&[u32]]) {
    let mut seen: Vec<&Vec<(f64, f64)>> = Vec::new();
    for rack in racks {
        let of_first = &spells[&rack[0]];
        assert!(rack.iter().all(|node| &spells[node] == of_first), "{rack:?}: {spells:?}");
        assert!(!seen.contains(&of_first), "{rack:?} is alone: {spells:?}");
        seen.push(of_first);
    }
    assert_eq!(spells.len(), racks.iter().map(|rack| rack.len()).sum::<usize>());
}

const AGAIN: &str = "every = { exponential = { mean = \"60 s\" } }, \
                     lasts = { exponential = { mean = \"20 s\" } }";

#[test]
fn racks_of_so_many_nodes_go_down_as_one_again_and_again() {
    let spells =
        spells(&text("", &format!("crash = {{ nodes = \"unit\", together = 4, {AGAIN} }}")));
    assert_together(&spells, &[&[0, 1, 2, 3], &[4, 5, 6, 7], &[8]]);
    assert!(spells[&0].len() > 5, "{spells:?}");
}

#[test]
fn racks_have_the_order_in_which_their_nodes_are_named() {
    let nodes = "[\"unit-9\", \"unit-1\", \"spare\", \"unit-5\"]";
    let spells =
        spells(&text("", &format!("crash = {{ nodes = {nodes}, together = 2, {AGAIN} }}")));
    assert_together(&spells, &[&[8, 0], &[9, 10], &[11, 4]]);
}

#[test]
fn a_group_goes_down_as_one() {
    let fault =
        format!("crash = {{ nodes = [\"unit\", \"spare\"], together = \"group\", {AGAIN} }}");
    let spells = spells(&text("", &fault));
    assert_together(&spells, &[&[0, 1, 2, 3, 4, 5, 6, 7, 8], &[9, 10, 11]]);
}

#[test]
fn all_nodes_of_a_site_go_down_with_it() {
    let network = "[network.star]\nsites = 3\ncapacity = \"1 Gbit/s\"\nlatency = \"1 ms\"";
    let fault = format!("crash = {{ nodes = \"unit\", together = \"site\", {AGAIN} }}");
    // In turn on the three sites.
    assert_together(&spells(&text(network, &fault)), &[&[0, 3, 6], &[1, 4, 7], &[2, 5, 8]]);
}

#[test]
fn one_crew_repairs_one_rack_after_the_other() {
    let fault = "for = \"11 s\"\ncrash = { nodes = \"unit\", together = 3, every = \"10 s\", \
                 lasts = \"4 s\", crews = 1 }";
    let spells = spells(&text("", fault));
    for node in 0..9 {
        let back = 14.0 + 4.0 * f64::from(node / 3);
        assert_eq!(spells[&node], [(10.0, back)], "{node}");
    }
}

#[test]
fn a_share_is_one_of_racks() {
    let fault = "at = \"10 s\"\nfor = \"5 s\"\n\
                 crash = { nodes = [\"unit\", \"spare\"], together = 3, share = 0.5 }";
    let spells = spells(&text("", fault));
    assert!(spells.values().all(|spells| spells == &[(10.0, 15.0)]));
    let down: Vec<u32> = spells.keys().copied().collect();
    assert_eq!(down.len(), 6);
    assert!(down.chunks(3).all(|rack| rack[0] % 3 == 0 && rack[2] == rack[0] + 2), "{down:?}");
}

/// Three servers of which two have to be up: with racks of one the long-run availability is
/// 3 a^2 - 2 a^3, in one rack it is that of a single server, a = 0.75.
#[test]
fn a_common_rack_takes_away_what_spare_servers_give() {
    let two_of_three = |together: u32| {
        let fault = format!("crash = {{ nodes = \"spare\", together = {together}, {AGAIN} }}");
        let long = text("", &fault).replace("1000 s", "400000 s");
        let spells = spells(&long);
        let mut edges: Vec<(f64, i32)> = spells
            .values()
            .flatten()
            .flat_map(|&(from, until)| [(from, -1), (until.min(4e5), 1)])
            .collect();
        edges.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut up, mut since, mut sum) = (3, 0.0, 0.0);
        for (at, change) in edges.into_iter().chain([(4e5, 0)]) {
            sum += if up >= 2 { at - since } else { 0.0 };
            (up, since) = (up + change, at);
        }
        sum / 4e5
    };
    let a: f64 = 0.75;
    let apart = 3.0 * a.powi(2) - 2.0 * a.powi(3);
    let (one_rack, racks_of_one) = (two_of_three(3), two_of_three(1));
    assert!((one_rack / a - 1.0).abs() < 0.01, "{one_rack} is not {a}");
    assert!((racks_of_one / apart - 1.0).abs() < 0.01, "{racks_of_one} is not {apart}");
}

#[test]
fn what_is_no_rack_is_an_error_with_its_cure() {
    let cases = [
        ("\"sites\"", "did you mean \"site\"?"),
        ("\"rack\"", "expected \"site\", \"group\", or how many nodes a rack has"),
        ("0", "expected \"site\", \"group\", or how many nodes a rack has"),
        ("\"site\"", "the network has no sites"),
    ];
    for (together, expected) in cases {
        let fault = format!("crash = {{ nodes = \"unit\", together = {together} }}");
        let found = parsed(&text("", &fault)).err().unwrap_or_default();
        assert!(found.contains(expected), "{together}: {found}");
        assert!(found.contains("racks.toml:"), "{found}");
    }
}
