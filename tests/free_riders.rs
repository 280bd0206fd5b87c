//! Free riders take what others share and offer nothing.

mod peers;

use hubmesh::metrics::Outcome;
use hubmesh::network::NodeId;
use peers::{SEARCHES, run, scenario};

/// One copy of each object at anybody: what free riders have is never found, and all else is.
#[test]
fn what_only_free_riders_have_is_found_by_nobody() {
    for search in SEARCHES {
        let scenario = scenario(&format!(
            "title = \"t\"\nrun = {{ duration = \"1000 s\", replications = 1 }}\n\
             network.transport = \"ideal\"\n\
             [nodes.peer]\ncount = 100\nup = \"80 Mbit/s\"\ndown = \"80 Mbit/s\"\nfree_riders = 0.4\n\
             [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             [workloads.w.download]\nfrom = \"peer\"\n\
             arrivals = {{ poisson = {{ rate = \"1 /s\", count = 500 }} }}\n\
             catalogue = {{ objects = 100, size = \"1 kB\" }}\ncopies = {{ at = \"peer\", mean = 1 }}\n\
             [architectures.x.{search}peers = \"peer\"\n"
        ));
        let (model, record) = (&scenario.model, run(&scenario));
        let key = model.key(0);
        let mut offered = [false; 100];
        for (object, holders) in model.copies(key) {
            offered[object.index()] = holders.iter().any(|&node| model.offers(key, node));
        }
        let count = offered.iter().filter(|&&is_offered| is_offered).count();
        // 60 of 100 are expected, with a deviation of 5.
        assert!((45..=75).contains(&count), "{count}");
        for request in &record.requests {
            let asked_others = request.provider.is_some();
            match request.outcome {
                Outcome::Answered if asked_others => {
                    assert!(model.offers(key, request.provider.unwrap()), "{search}");
                }
                // The node had it.
                Outcome::Answered => {}
                _ => assert!(!offered[request.object.unwrap().index()], "{search} {request:?}"),
            }
        }
        for (node, record) in (0..).map(NodeId).zip(&record.nodes).take(100) {
            assert!(model.offers(key, node) || record.bytes_up.count() == 0, "{search}");
        }
    }
}

/// Tit for tat: in a swarm they are served on trial only, and by seeds.
#[test]
fn a_swarm_serves_free_riders_last() {
    let scenario = scenario(
        "title = \"t\"\nrun = { until = \"done\", replications = 1 }\nnetwork.transport = \"ideal\"\n\
         [nodes.seed]\ncount = 1\nup = \"2 Mbit/s\"\ndown = \"2 Mbit/s\"\n\
         [nodes.giver]\ncount = 40\nup = \"1 Mbit/s\"\ndown = \"10 Mbit/s\"\n\
         [nodes.rider]\ncount = 40\nup = \"1 Mbit/s\"\ndown = \"10 Mbit/s\"\nfree_riders = 1\n\
         [workloads.w.download]\nfrom = [\"giver\", \"rider\"]\narrivals = { burst = { over = \"0 s\" } }\n\
         catalogue = { size = \"20 MiB\" }\n\
         [architectures.x.bittorrent]\nseeds = \"seed\"\npiece_size = \"256 KiB\"\nseed_time = \"0 s\"\n",
    );
    let record = run(&scenario);
    assert!(record.requests.iter().all(|request| request.outcome == Outcome::Answered));
    let mean = |group: usize| {
        let nodes = &scenario.model.groups[group];
        let of_group = record.requests.iter().filter(|r| nodes.nodes().any(|n| n == r.node));
        let times: Vec<f64> = of_group.map(|r| r.ended.unwrap().secs()).collect();
        assert_eq!(times.len(), 40);
        times.iter().sum::<f64>() / 40.0
    };
    let (givers, riders) = (mean(1), mean(2));
    assert!(riders > 1.2 * givers, "{riders} against {givers}");
    let sent = |group: usize| {
        let nodes = scenario.model.groups[group].nodes();
        nodes.map(|node| record.nodes[node.index()].bytes_up.count()).sum::<u64>()
    };
    assert_eq!(sent(2), 0);
    assert!(sent(1) > 0);
}

#[test]
fn the_share_does_not_matter_to_what_else_is_drawn() {
    let text = |riders: &str| {
        format!(
            "title = \"t\"\nrun = {{ duration = \"100 s\", replications = 1 }}\n\
             [nodes.peer]\ncount = 50\nup = {{ exponential = {{ mean = \"8 Mbit/s\" }} }}\n\
             down = \"80 Mbit/s\"\n{riders}\n\
             [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             [workloads.w.download]\nfrom = \"peer\"\narrivals = {{ poisson = {{ rate = \"1 /s\" }} }}\n\
             catalogue = {{ objects = 10, size = \"100 kB\" }}\n\
             [architectures.x.client-server]\nservers = \"server\"\n"
        )
    };
    let [without, with] = [text(""), text("free_riders = 0.5")].map(|text| scenario(&text));
    assert_eq!(format!("{:?}", run(&without).requests), format!("{:?}", run(&with).requests));
    assert!(with.warnings.iter().any(|warning| warning.contains("`free_riders` does nothing")));
}
