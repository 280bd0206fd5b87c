//! Peers that share files: what is found, by how many steps, and what becomes of it when peers leave.

use std::path::Path;

use hubmesh::architectures::Contender;
use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RunRecord};
use hubmesh::network::NodeId;
use hubmesh::scenario::Scenario;

const SEARCHES: &str = "[architectures.lan.broadcast]\npeers = \"peer\"\n\
    [architectures.flood.flooding]\npeers = \"peer\"\nttl = 1000\n\
    [architectures.rings.flooding]\npeers = \"peer\"\nttl = [1, 2, 1000]\npatience = \"1 s\"\n\
    [architectures.walk.random-walk]\npeers = \"peer\"\nwalkers = 4\nsteps = 100000\n\
    [architectures.super.supernodes]\npeers = \"peer\"\nttl = 1000\n\
    [architectures.index.directory]\npeers = \"peer\"\nserver = \"server\"\n";

/// `peers`: of their table; `workload`: of the table of what they ask for.
fn scenario(peers: &str, workload: &str, rest: &str) -> Scenario {
    let text = format!(
        "title = \"t\"\nseed = 3\nrun = {{ duration = \"1000 s\", replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.peer]\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"10 ms\"\n{peers}\n\
         [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"10 ms\"\n\
         {workload}\n{rest}"
    );
    let scenario = Scenario::parse("sharing.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario
}

fn runs(peers: &str, workload: &str, rest: &str) -> Vec<(String, RunRecord)> {
    let scenario = scenario(peers, workload, rest);
    let simulate = |contender: &Contender| {
        let record = contender.simulate(&scenario.model, 0, &Control::default());
        (contender.name.clone(), record)
    };
    scenario.contenders.iter().map(simulate).collect()
}

fn downloads(arrivals: &str, catalogue: &str, copies: &str) -> String {
    format!(
        "[workloads.w.download]\nfrom = \"peer\"\narrivals = {{ {arrivals} }}\n\
         catalogue = {{ {catalogue} }}\ncopies = {{ at = \"peer\", {copies} }}\n"
    )
}

#[test]
fn while_nobody_leaves_everything_is_found() {
    let arrivals = "poisson = { rate = \"1 /s\", count = 300 }";
    let workload = downloads(arrivals, "objects = 50, size = \"100 kB\"", "mean = 1");
    for (name, record) in runs("count = 200", &workload, SEARCHES) {
        let answered = record.requests.iter().filter(|r| r.outcome == Outcome::Answered).count();
        assert_eq!(answered, 300, "{name}");
        // Who had a copy himself has asked nobody.
        assert!(record.requests.iter().all(|r| r.provider.is_some() || r.hops == 0), "{name}");
        if name == "index" {
            let asked = record.requests.iter().filter(|r| r.provider.is_some());
            assert!(asked.into_iter().all(|r| r.hops == 2));
        }
    }
}

/// Who has what a key names asks nobody, under every architecture; others are answered by one who has.
#[test]
fn a_lookup_is_served_once_and_by_who_has_it() {
    let workload = "[workloads.w.lookup]\nfrom = \"peer\"\nkeys = 5\n\
        arrivals = { poisson = { rate = \"4 /s\", count = 400 } }\ncopies = { at = \"peer\", mean = 10 }\n";
    let server = "[architectures.server.client-server]\nservers = \"server\"\n";
    let mut own = Vec::new();
    for (name, record) in runs("count = 40", workload, &format!("{SEARCHES}{server}")) {
        let answered: Vec<_> =
            record.requests.iter().filter(|r| r.outcome == Outcome::Answered).collect();
        assert_eq!(answered.len(), 400, "{name}");
        let by_others = answered.iter().filter(|r| r.provider.is_some()).count();
        own.push(400 - by_others);
        let served: u64 = record.nodes.iter().map(|node| node.requests_served).sum();
        // The index is asked beside the one who has it, and so are supernodes.
        match name.as_str() {
            "index" => assert_eq!(served, 2 * by_others as u64),
            "super" => assert!(served > by_others as u64),
            _ => assert_eq!(served, by_others as u64, "{name}"),
        }
    }
    assert!(own[0] > 50 && own.iter().all(|&count| count == own[0]), "{own:?}");
}

/// Two who ask for the same at the same time are both answered, also when they are one.
#[test]
fn an_index_answers_every_question() {
    let workload = "[workloads.w.lookup]\nfrom = \"peer-1\"\nkeys = 1\n\
        arrivals = { schedule = { times = [\"1 s\", \"1 s\", \"1.01 s\"] } }\ncopies = { at = \"peer-2\" }\n";
    for (name, record) in runs("count = 5", workload, SEARCHES) {
        let all = record.requests.iter().all(|r| r.outcome == Outcome::Answered);
        assert!(all && record.requests.len() == 3, "{name}: {:?}", record.requests);
    }
}

/// All who are up hear a question; those who have a copy answer, and the one who is nearest is asked.
#[test]
fn a_broadcast_reaches_all_who_are_up_and_costs_a_message_each() {
    let workload = "[workloads.w.lookup]\nfrom = \"peer-1\"\nkeys = 1\n\
        arrivals = { schedule = { times = [\"1 s\", \"20 s\", \"40 s\"] } }\n\
        copies = { at = [\"peer-4\", \"near\"], mean = 2 }\n";
    let rest = "[nodes.near]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"1 ms\"\n\
        [architectures.lan.broadcast]\npeers = [\"peer\", \"near\"]\n\
        [[faults]]\nat = \"10 s\"\ncrash = { nodes = \"near\" }\n\
        [[faults]]\nat = \"30 s\"\ncrash = { nodes = \"peer-4\" }\n";
    let (_, record) = runs("count = 10", workload, rest).remove(0);
    let near = NodeId(11);
    let outcomes: Vec<_> = record.requests.iter().map(|r| (r.outcome, r.provider)).collect();
    let nobody = (Outcome::Failed(FailureReason::NotFound), None);
    let expected = [(Outcome::Answered, Some(near)), (Outcome::Answered, Some(NodeId(3))), nobody];
    assert_eq!(outcomes, expected);
    // There and back, 11 ms each way; the other 20 ms each way; and one second of patience.
    let took = |place: usize| {
        let request = &record.requests[place];
        request.ended.unwrap().secs() - request.issued.secs()
    };
    for (place, expected) in [0.022, 0.040, 1.0].into_iter().enumerate() {
        assert!((took(place) - expected).abs() < 1e-6, "{place}: {}", took(place));
    }
    assert!(record.requests[..2].iter().all(|r| r.hops == 2));
    // Ten hear it, then nine, then eight; two have it, then one, then none.
    let overlay = record.overlay.unwrap();
    assert_eq!((overlay.search_messages, overlay.searches), (10 + 9 + 8 + 2 + 1, 3));
}

/// Equally far peers with the same copies are all asked, none of them most of the time.
#[test]
fn who_answers_first_of_those_who_are_equally_far_is_chance() {
    let workload = "[workloads.w.lookup]\nfrom = \"peer-1\"\nkeys = 1\n\
        arrivals = { poisson = { rate = \"1 /s\", count = 400 } }\n\
        copies = { at = [\"peer-2\", \"peer-3\", \"peer-4\", \"peer-5\"], mean = 4 }\n";
    let lan = "[architectures.lan.broadcast]\npeers = \"peer\"\n";
    let (_, record) = runs("count = 20", workload, lan).remove(0);
    // 400 / 4 each; a binomial count has a standard deviation of sqrt(400 x 1/4 x 3/4) = 8.7.
    for provider in 1..5 {
        let all = record.requests.iter().filter(|r| r.provider == Some(NodeId(provider))).count();
        assert!(all.abs_diff(100) < 35, "{provider}: {all}");
    }
}

/// A router passes no broadcast on.
#[test]
fn a_broadcast_stays_behind_its_router() {
    let text = "title = \"t\"\nseed = 3\nrun = { duration = \"100 s\", replications = 1 }\n\
        [nodes.desk]\ncount = 4\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
        [nodes.device]\ncount = 4\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
        [network.lan.routers.office]\ninside = \"desk\"\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
        [network.lan.routers.home]\ninside = \"device\"\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
        [workloads.w.lookup]\nfrom = [\"desk-1\", \"device-1\"]\nkeys = 1\n\
        arrivals = { burst = { over = \"1 s\" } }\ncopies = { at = \"desk-2\" }\n\
        [architectures.lan.broadcast]\npeers = [\"desk\", \"device\"]\n";
    let mut scenario = Scenario::parse("lans.toml", text, Path::new("."), &[]).unwrap();
    let warning = "the peers of \"lan\" are at 2 sites";
    assert!(scenario.warnings.iter().any(|w| w.contains(warning)), "{:?}", scenario.warnings);
    scenario.model.are_requests_kept = true;
    let contender = &scenario.contenders[0];
    let record = contender.simulate(&scenario.model, 0, &Control::default());
    let found: Vec<_> = record.requests.iter().map(|r| (r.node, r.provider)).collect();
    assert!(found.contains(&(NodeId(0), Some(NodeId(1)))), "{found:?}");
    assert!(found.contains(&(NodeId(4), None)), "{found:?}");
}

#[test]
fn copies_that_do_not_fit_into_memory_are_refused() {
    let text = "title = \"t\"\nrun = { duration = \"1 s\" }\n\
        nodes.peer = { count = 100000, up = \"1 Mbit/s\", down = \"1 Mbit/s\" }\n\
        [workloads.w.lookup]\nfrom = \"peer\"\narrivals = { poisson = { rate = \"1 /s\" } }\n\
        copies = { at = \"peer\", mean = 100000 }\n\
        [architectures.flood.flooding]\npeers = \"peer\"\n";
    let refused = Scenario::parse("sharing.toml", text, Path::new("."), &[]).expect_err("too much");
    assert!(refused.to_string().contains("the limit is"), "{refused}");
}

/// The only copy is fetched once, its holder is gone, and the next one fetches it from whom had fetched it.
#[test]
fn what_somebody_has_fetched_he_offers() {
    let workload = "[workloads.first.download]\nfrom = \"peer-2\"\n\
        arrivals = { schedule = { times = [\"1 s\"] } }\ncatalogue = { size = \"1 MB\" }\n\
        copies = { at = \"peer-1\" }\n\
        [workloads.more.transfer]\nfrom = \"peer-1\"\nto = \"peer-2\"\nsize = \"1 B\"\n\
        arrivals = { schedule = { times = [\"900 s\"] } }\n";
    for (name, record) in runs("count = 3", workload, SEARCHES) {
        let request = &record.requests[0];
        assert_eq!(request.outcome, Outcome::Answered, "{name}");
        // A question, 1 s of bytes, and the way of the search.
        let took = request.ended.unwrap().secs() - 1.0;
        assert!((1.0..4.0).contains(&took), "{name}: {took}");
    }
    let all = "[workloads.w.download]\nfrom = \"peer\"\n\
        arrivals = { per-node = { every = \"100 s\", each = 3 } }\n\
        catalogue = { size = \"1 MB\" }\ncopies = { at = \"peer-1\" }\n\
        retry = { attempts = 5, backoff = \"1 s\" }\n";
    let gone = format!("{SEARCHES}[[faults]]\nat = \"150 s\"\ncrash = {{ nodes = \"peer-1\" }}\n");
    for (name, record) in runs("count = 6", all, &gone) {
        let of_others = record.requests.iter().filter(|r| r.node.0 != 0);
        assert!(of_others.clone().count() > 10);
        for request in of_others {
            assert_eq!(request.outcome, Outcome::Answered, "{name}: {request:?}");
        }
    }
}

#[test]
fn what_nobody_has_any_more_is_not_found() {
    let workload = downloads("schedule = { times = [\"100 s\"] }", "size = \"1 MB\"", "mean = 1")
        .replace("from = \"peer\"", "from = \"peer-2\"")
        .replace("at = \"peer\"", "at = \"peer-1\"");
    let gone = format!("{SEARCHES}[[faults]]\nat = \"50 s\"\ncrash = {{ nodes = \"peer-1\" }}\n");
    for (name, record) in runs("count = 5", &workload, &gone) {
        let outcome = record.requests[0].outcome;
        assert_eq!(outcome, Outcome::Failed(FailureReason::NotFound), "{name}");
    }
}

#[test]
fn without_its_server_a_directory_finds_nobody_and_knows_all_again_afterwards() {
    let workload = downloads(
        "schedule = { times = [\"100 s\", \"300 s\"] }",
        "objects = 2, size = \"1 MB\"",
        "mean = 1",
    )
    .replace("from = \"peer\"", "from = \"peer-2\"")
    .replace("at = \"peer\"", "at = \"peer-1\"");
    let down = "[architectures.index.directory]\npeers = \"peer\"\nserver = \"server\"\n\
        [[faults]]\nat = \"50 s\"\nfor = \"100 s\"\ncrash = { nodes = \"server\" }\n";
    let (_, record) = runs("count = 5", &workload, down).remove(0);
    let outcomes: Vec<Outcome> = record.requests.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Outcome::Failed(FailureReason::ServerDown), Outcome::Answered]);
}

/// Peers come and go, messages are lost and links are cut: no request is lost, and nothing panics.
#[test]
fn under_churn_every_request_is_answered_fails_or_is_open() {
    for seed in 0..12 {
        let peers = "count = 60\nsession = { exponential = { mean = \"60 s\" } }\n\
            downtime = { exponential = { mean = \"30 s\" } }\nleave = { graceful = 0.5 }";
        let copies = "mean = 3, spread = \"proportional\"";
        let arrivals = "poisson = { rate = \"2 /s\" }";
        let zipf = "objects = 40, size = \"200 kB\", popularity = { zipf = 1 }";
        let workload = downloads(arrivals, zipf, copies)
            + "timeout = \"20 s\"\nretry = { attempts = 3 }\n\
               [workloads.l.lookup]\nfrom = \"peer\"\narrivals = { poisson = { rate = \"2 /s\" } }\n\
               keys = 30\ncopies = { at = \"peer\", mean = 2 }\ntimeout = \"30 s\"\n";
        let faults = "[[faults]]\nat = \"200 s\"\nfor = \"200 s\"\n\
            lose = { nodes = \"peer\", probability = 0.05 }\n\
            [[faults]]\nat = \"300 s\"\nfor = \"60 s\"\ncrash = { nodes = \"server\" }\n\
            [[faults]]\nat = \"500 s\"\nfor = \"60 s\"\ncut = { links = [\"peer-1\", \"peer-2\"] }\n";
        let searches = SEARCHES.replace("1000", "6");
        let mut scenario = scenario(peers, &workload, &format!("{searches}{faults}"));
        scenario.model.seed = seed;
        for contender in &scenario.contenders {
            let record = contender.simulate(&scenario.model, 0, &Control::default());
            let judged = record.judged();
            let is_over = |outcome: Outcome| outcome == Outcome::Answered;
            let answered = record.requests.iter().filter(|r| is_over(r.outcome)).count();
            assert_eq!(record.requests.len() as u64, judged.observed, "{}", contender.name);
            let share = answered as f64 / record.requests.len() as f64;
            assert!(share > 0.5, "{}, seed {seed}: {share}", contender.name);
            let again = contender.simulate(&scenario.model, 0, &Control::default());
            let both = [&again, &record].map(|record| format!("{:?}", record.requests));
            assert_eq!(both[0], both[1], "{}", contender.name);
        }
    }
}

/// An index names all it knows in one answer, so that there is nothing more to wait for.
#[test]
fn who_chooses_among_those_that_an_index_names_does_so_at_once() {
    let arrivals = "schedule = { times = [\"1 s\"] }";
    let workload = downloads(arrivals, "objects = 1, size = \"1 MB\"", "mean = 3")
        .replace("from = \"peer\"", "from = \"peer-1\"");
    for choose in ["first", "nearest", "random", "least-loaded", "fastest"] {
        let index = format!(
            "[architectures.index.directory]\npeers = \"peer\"\nserver = \"server\"\nchoose = \"{choose}\"\n"
        );
        let (_, record) = runs("count = 10", &workload, &index).remove(0);
        let [request] = &record.requests[..] else { panic!("one was asked") };
        if request.provider.is_some() {
            let found = request.found.expect("it has been answered").since(request.issued);
            assert!((found.secs() - 0.04).abs() < 1e-9, "{choose}: {found}");
        }
    }
}

/// The one who downloads is down for an hour in the middle of it, and one of two who have it leaves meanwhile: whom a
/// search has named before is forgotten, so that another search finds who is left.
#[test]
fn who_comes_back_looks_anew() {
    let rest = "[[faults]]\nat = \"7 s\"\nfor = \"300 s\"\ncrash = { nodes = \"server\" }\n\
                [[faults]]\nat = \"200 s\"\ncrash = { nodes = \"peer-1\" }\n";
    for seed in 1..7 {
        let arrivals = "schedule = { times = [\"0 s\"] }";
        let workload = downloads(arrivals, "objects = 1, size = \"10 MB\"", "mean = 2")
            .replace("from = \"peer\"", "from = \"server\"\nresume = true");
        let search = "[architectures.lan.broadcast]\npeers = [\"peer\", \"server\"]\n";
        let mut scenario = scenario("count = 2", &workload, &format!("{search}{rest}"));
        scenario.model.seed = seed;
        let record = scenario.contenders[0].simulate(&scenario.model, 0, &Control::default());
        let request = &record.requests[0];
        assert_eq!(request.outcome, Outcome::Answered, "{seed}");
        assert_eq!(request.provider, Some(NodeId(1)), "{seed}");
    }
}

/// With a focus of 1 everybody asks for objects of one topic, and has copies of these alone.
#[test]
fn who_has_an_interest_asks_for_it_and_has_it() {
    let text = |rest: &str| {
        let copies = format!("mean = 4, interests = 5{rest}");
        downloads("poisson = { rate = \"1 /s\" }", "objects = 100, size = \"1 kB\"", &copies)
    };
    let index = "[architectures.index.directory]\npeers = \"peer\"\nserver = \"server\"\n";
    let focused = scenario("count = 50", &text(", focus = 1"), index);
    let mut topics = [None; 50];
    let record = focused.contenders[0].simulate(&focused.model, 0, &Control::default());
    let asked = record.requests.iter().map(|request| (request.node, request.object));
    let held = focused.model.copies(focused.model.key(0)).into_iter();
    let held = held.flat_map(|(object, nodes)| nodes.into_iter().map(move |n| (n, Some(object))));
    for (node, object) in asked.chain(held) {
        let topic = object.expect("a download").0 % 5;
        assert_eq!(*topics[node.index()].get_or_insert(topic), topic, "{node:?}");
    }
    assert!((0..5).all(|topic| topics.contains(&Some(topic))), "{topics:?}");
    // Who asks for what he likes has it more often.
    let at_hand = |rest: &str| {
        let record = runs("count = 50", &text(rest), index).remove(0).1;
        record.requests.iter().filter(|request| request.provider.is_none()).count()
    };
    let (none, all) = (at_hand(", focus = 0"), at_hand(", focus = 1"));
    assert!(all > 2 * none, "{none} {all}");
}

/// Four peers; the last one has the only copy, and another one asks for it ten times.
fn looking(architecture: &str) -> RunRecord {
    let workload = "[workloads.w.lookup]\nfrom = \"peer-2\"\nkeys = 1\n\
        arrivals = { poisson = { rate = \"1 /s\", count = 10 } }\n\
        copies = { at = \"peer-4\", mean = 1 }\n";
    let architecture = format!("[architectures.x.{architecture}\npeers = \"peer\"\n");
    runs("count = 4", workload, &architecture).remove(0).1
}

/// Headers of 40 bytes for TCP and 28 for UDP, and what is said.
#[test]
fn the_bytes_of_searches_are_those_of_their_messages() {
    let counts = |architecture: &str| {
        let overlay = looking(architecture).overlay.unwrap();
        assert_eq!(overlay.searches, 10, "{architecture}");
        (overlay.search_messages, overlay.search_bytes)
    };
    // A line of peers 4, 2, 1, 3: the question goes to 4 and to 1, and from there to 3; one has it and says so.
    let line = "flooding]\noverlay = { tree = { degree = 2 } }\nttl = 7";
    assert_eq!(counts(line), (10 * 4, 10 * (3 * 86 + 120)));
    // A question of a name, and an answer of one peer, behind 4 bytes each.
    let index = "directory]\nserver = \"server\"";
    assert_eq!(counts(index), (10 * 2, 10 * ((40 + 4 + 20) + (40 + 4 + 6))));
    // Three hear it on the LAN, and one has it.
    assert_eq!(counts("broadcast]"), (10 * 4, 10 * (3 * 74 + 108)));
    // Each question is answered with one contact.
    let (messages, bytes) = counts("chord]\nupkeep = false");
    assert_eq!(bytes, messages / 2 * ((28 + 4 + 20) + (28 + 4 + 26)));
    // Four peers all know each other: each answer has three contacts, in a dictionary of 58 bytes.
    let (messages, bytes) = counts("kademlia]\nupkeep = false\nparallel = 1");
    assert_eq!(bytes, messages / 2 * ((28 + 95) + (28 + 58 + 3 * 26)));
}

/// Two metrics beside those of messages, and in the same units of searches, peers and seconds.
#[test]
fn bytes_are_reported_beside_messages() {
    let workload = "[workloads.w.lookup]\nfrom = \"peer\"\nkeys = 9\n\
        arrivals = { poisson = { rate = \"1 /s\", count = 10 } }\n\
        copies = { at = \"peer\", mean = 1 }\n";
    let chord = "[architectures.x.chord]\npeers = \"peer\"\n";
    let (_, record) = runs("count = 40", workload, chord).remove(0);
    let value = |metric| {
        hubmesh::stats::measure(&record, None)[hubmesh::stats::metric_index(metric).unwrap()]
    };
    let overlay = record.overlay.as_ref().unwrap();
    assert_eq!(value("search_bytes"), Some(overlay.search_bytes as f64 / overlay.searches as f64));
    assert_eq!(value("upkeep_bytes"), Some(overlay.upkeep_bytes as f64 / 40.0 / 1000.0));
    // A look at the next one is a word of 32 bytes at least.
    assert!(overlay.upkeep_messages > 1000 && overlay.upkeep_bytes > 32 * overlay.upkeep_messages);
}

/// Who comes later links to the last who came, and nobody else is looked for.
#[test]
fn an_overlay_can_grow_from_a_host_cache() {
    let workload = "[nodes.late]\ncount = 50\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"10 ms\"\n\
        arrives = { at = \"10 s\", over = \"100 s\" }\n\
        [workloads.w.lookup]\nfrom = \"peer\"\nkeys = 50\n\
        arrivals = { poisson = { rate = \"1 /s\" } }\n\
        copies = { at = [\"peer\", \"late\"], mean = 3 }\n";
    let architectures = "[architectures.flood.flooding]\npeers = [\"peer\", \"late\"]\n\
        overlay = { host-cache = { links_per_peer = 3, cache = 10 } }\n\
        [architectures.super.supernodes]\npeers = [\"peer\", \"late\"]\nshare = 0.2\n\
        overlay = { host-cache = { links_per_peer = 2, cache = 5 } }\n";
    for (name, record) in runs("count = 50", workload, architectures) {
        let overlay = record.overlay.unwrap();
        if name == "flood" {
            // Two messages for each of three links of each who comes.
            assert_eq!(overlay.upkeep_messages, 50 * 3 * 2);
            assert_eq!(overlay.upkeep_bytes, 50 * 3 * (63 + 77));
        }
        let answered = record.requests.iter().filter(|r| r.outcome == Outcome::Answered).count();
        assert!(answered * 10 > record.requests.len() * 9, "{name}: {answered}");
    }
}

/// Searches, introductions, what is said when somebody comes: all of it is messages of nodes, and nothing else
/// is, for connections end by themselves.
#[test]
fn searches_and_upkeep_are_all_messages_that_there_are() {
    let peers = "count = 30\nsession = { exponential = { mean = \"100 s\" } }\n\
                 downtime = { exponential = { mean = \"50 s\" } }";
    let workload = "[workloads.l.lookup]\nfrom = \"peer\"\nkeys = 20\n\
                    arrivals = { poisson = { rate = \"1 /s\" } }\n\
                    copies = { at = \"peer\", mean = 2 }\n";
    for (name, record) in runs(peers, workload, SEARCHES) {
        let overlay = record.overlay.expect("they are peers");
        let sent: u64 = record.nodes.iter().map(|node| node.messages).sum();
        assert_eq!(overlay.search_messages + overlay.upkeep_messages, sent, "{name}");
        assert!(overlay.upkeep_messages > 0 || name == "lan", "{name}");
    }
}

#[test]
fn nobody_has_more_neighbours_than_there_are_other_peers() {
    for (overlay, expected) in [
        ("random-regular = { degree = 10 }", "10 neighbours of each peer"),
        ("barabasi-albert = { links_per_peer = 20 }", "20 links of each peer"),
        ("watts-strogatz = { degree = 10, rewiring = 0.1 }", "10 neighbours of a peer"),
        ("erdos-renyi = { mean_degree = 9.5 }", "9.5 neighbours of each peer"),
        ("host-cache = { links_per_peer = 20, cache = 30 }", "20 links of each peer"),
    ] {
        let text = format!(
            "title = \"t\"\nrun = {{ duration = \"10 s\" }}\n\
             [nodes.peer]\ncount = 10\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             [nodes.other]\ncount = 90\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             [workloads.l.lookup]\nfrom = \"peer\"\nkeys = 5\n\
             arrivals = {{ poisson = {{ rate = \"1 /s\" }} }}\n\
             copies = {{ at = \"peer\", mean = 1 }}\n\
             [architectures.f.flooding]\npeers = \"peer\"\noverlay = {{ {overlay} }}\n"
        );
        let error = Scenario::parse("sharing.toml", &text, Path::new("."), &[]).unwrap_err();
        assert!(error.to_string().contains(expected), "{overlay}: {error}");
    }
}

/// Peers are asked first, and a server for what they do not have: nothing fails, and the server sends no more than that.
#[test]
fn what_no_peer_has_comes_from_the_server_that_is_the_last_resort() {
    let arrivals = "poisson = { rate = \"1 /s\", count = 300 }";
    let workload = downloads(arrivals, "objects = 50, size = \"100 kB\"", "mean = 1");
    let peers = "count = 20\nsession = { exponential = { mean = \"100 s\" } }\n\
                 downtime = { exponential = { mean = \"100 s\" } }";
    let tables = "[architectures.ring.chord]\npeers = \"peer\"\n[architectures.table.kademlia]\npeers = \"peer\"\n";
    let extra =
        "[nodes.extra]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"40 ms\"\n";
    let searches = SEARCHES.replace("server = \"server\"", "server = \"extra\"");
    let alone = format!("{extra}{searches}{tables}");
    let both = "peers = \"peer\"\nfallback = [\"extra\", \"server\"]\n";
    let backed = alone.replace("peers = \"peer\"\n", both);
    let reasons = |record: &RunRecord| {
        let failed = record.requests.iter().filter_map(|request| match request.outcome {
            Outcome::Failed(reason) => Some(reason),
            _ => None,
        });
        failed.filter(|&reason| reason != FailureReason::ClientDown).count()
    };
    let with = runs(peers, &workload, &backed);
    for ((name, alone), (_, backed)) in runs(peers, &workload, &alone).iter().zip(&with) {
        assert!(reasons(alone) > 10, "{name}: {}", reasons(alone));
        assert_eq!(reasons(backed), 0, "{name}");
        // The nearer one of the two; node 20 is `server`.
        let of_server = |node| {
            backed.requests.iter().filter(|request| request.provider == Some(NodeId(node))).count()
        };
        // Once it has come from there the peers have it.
        assert!((10..200).contains(&of_server(20)), "{name}: {}", of_server(20));
        assert_eq!(of_server(21), 0, "{name}");
    }
}

/// Without copies of the start peers have what they have fetched, and one of them fetches it for all.
#[test]
fn what_one_has_fetched_from_the_server_the_others_have_from_him() {
    let workload = "[workloads.w.download]\nfrom = \"peer\"\ncatalogue = { objects = 1, size = \"100 kB\" }\n\
                    arrivals = { poisson = { rate = \"1 /min\", count = 10 } }\n";
    let rest = "[architectures.lan.broadcast]\npeers = \"peer\"\nfallback = \"server\"\n";
    let (_, record) = &runs("count = 200", workload, rest)[0];
    let asked: Vec<_> = record.requests.iter().filter_map(|request| request.provider).collect();
    assert_eq!(asked.iter().filter(|&&node| node == NodeId(200)).count(), 1);
    assert!(asked.len() > 8 && record.requests.iter().all(|r| r.outcome == Outcome::Answered));
    let refused = |rest: &str| {
        let text = format!(
            "title = \"t\"\nrun = {{ duration = \"10 s\" }}\n[network.access]\n[nodes.peer]\ncount = 3\nup = \"8 Mbit/s\"\n\
             down = \"8 Mbit/s\"\n{workload}{rest}"
        );
        match Scenario::parse("sharing.toml", &text, Path::new("."), &[]) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("this is sound: {rest}"),
        }
    };
    let said = refused("[architectures.lan.broadcast]\npeers = \"peer\"\n");
    assert!(said.contains("nobody has what"), "{said}");
    let said = refused("[architectures.lan.broadcast]\npeers = \"peer\"\nfallback = \"peer-1\"\n");
    assert!(said.contains("is the last who is asked"), "{said}");
    let said = refused(
        "[architectures.s.bittorrent]\nseeds = \"peer-1\"\nfind = { broadcast = { fallback = \"peer-2\" } }\n",
    );
    assert!(said.contains("a swarm has seeds"), "{said}");
}
