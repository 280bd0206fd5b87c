//! The order in which a scenario lists servers is that in which they are first, next and so on,
//! whatever the order of their groups.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::scenario::Scenario;

/// Names of the groups that have answered.
fn who_answers(demand: &str, architecture: &str) -> Vec<String> {
    let group =
        |name: &str| format!("[nodes.{name}]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n");
    let text = format!(
        "title = \"order\"\nrun = {{ duration = \"100 s\", replications = 1 }}\n{}{demand}\n\
         [architectures.x.{architecture}\n",
        ["a", "b", "c", "user"].map(group).concat()
    );
    let mut scenario = Scenario::parse("order.toml", &text, Path::new("."), &[])
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    let model = &scenario.model;
    let record = scenario.contenders[0].simulate(model, 0, &Control::default());
    let mut who: Vec<String> = record
        .requests
        .iter()
        .filter_map(|request| request.provider)
        .map(|node| model.group_of(node).name.clone())
        .collect();
    who.sort();
    who.dedup();
    who
}

const REQUESTS: &str =
    "[workloads.w.request]\nfrom = \"user\"\narrivals = { poisson = { rate = \"5 /s\" } }";
const DOWNLOADS: &str = "[workloads.w.download]\nfrom = \"user\"\narrivals = { poisson = { rate = \"1 /s\" } }\n\
                         catalogue = { objects = 1000, size = \"1 kB\" }";
const CASH: &str = "[workloads.w.transaction]\narrivals = { poisson = { rate = \"1 /s\" } }\nmix = { balance = 1 }\n\
                    amount = \"1 EUR\"\nbalance = \"1 EUR\"\nbanks.one = { machines = \"user\", accounts = 9 }";

#[test]
fn the_first_is_the_first_of_the_list() {
    for (list, first) in [("[\"b\", \"a\"]", "b"), ("[\"a\", \"b\"]", "a"), ("[\"c\", \"a\"]", "c")]
    {
        let answers = |demand: &str, architecture: &str| {
            let who = who_answers(demand, &architecture.replace("LIST", list));
            assert_eq!(who, [first], "{architecture} of {list}");
        };
        answers(REQUESTS, "client-server]\nservers = LIST\nbalance = \"primary-backup\"");
        answers(REQUESTS, "client-server]\nservers = LIST\nbalance = \"nearest\"");
        answers(DOWNLOADS, "client-server]\nservers = LIST\nbalance = \"primary-backup\"");
        answers(CASH, "central]\nservers = LIST\nreplication = \"primary-backup\"");
    }
    let caches = "edge-caches]\ncaches = [\"b\", \"a\"]\norigin = \"c\"\ncapacity = \"1 GB\"";
    assert_eq!(who_answers(DOWNLOADS, caches), ["b"]);
}
