//! Room for copies: what a node keeps, what makes room, and what others hear of it.

mod peers;

use std::collections::{BTreeSet, VecDeque};

use hubmesh::metrics::{Outcome, RequestRecord, RunRecord};
use hubmesh::model::ObjectId;
use hubmesh::network::NodeId;
use hubmesh::scenario::Scenario;
use hubmesh::units::Time;
use peers::{SEARCHES, run, scenario};

/// Whether the requests were answered with bytes from elsewhere, in the order of issuing.
fn fetched(record: &RunRecord) -> Vec<bool> {
    assert!(record.requests.iter().all(|request| request.outcome == Outcome::Answered));
    record.requests.iter().map(|request| request.is_delivery).collect()
}

/// One client that asks for objects of 1 MB, each named by a letter, one after another.
fn client_of(objects: &str, group: &str, architecture: &str) -> Vec<bool> {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder =
        std::env::temp_dir().join(format!("hubmesh-rooms-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut log = "time_s,object,bytes,client\n".to_owned();
    for (place, object) in objects.chars().enumerate() {
        log += &format!("{},{object},1000000,user\n", 100 * place);
    }
    std::fs::write(folder.join("log.csv"), log).unwrap();
    let text = format!(
        "title = \"t\"\nrun = {{ until = \"done\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         [nodes.user]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n{group}\n\
         [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [nodes.edge]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [workloads.w.trace]\nfile = \"log.csv\"\nfrom = \"user\"\n[architectures.x.{architecture}\n"
    );
    let parsed = Scenario::parse("rooms.toml", &text, &folder, &[]);
    let mut parsed = parsed.unwrap_or_else(|error| panic!("{error}\n{text}"));
    parsed.model.are_requests_kept = true;
    let _ = std::fs::remove_dir_all(&folder);
    fetched(&run(&parsed))
}

const WAYS: [&str; 3] = [
    "client-server]\nservers = \"server\"",
    "edge-caches]\ncaches = \"edge\"\norigin = \"server\"\ncapacity = \"1 GB\"",
    "bittorrent]\nseeds = \"server\"",
];

#[test]
fn what_makes_room_is_fetched_again_by_the_words_of_edge_caches() {
    for way in WAYS {
        let fetches = |objects, group: &str| -> String {
            let fetched = client_of(objects, group, way);
            fetched.iter().map(|&is_fetched| if is_fetched { 'f' } else { '-' }).collect()
        };
        assert_eq!(fetches("ABCABC", ""), "fff---", "{way}");
        assert_eq!(fetches("ABCABC", "copy_space = \"3 MB\""), "fff---", "{way}");
        // Two have room. B is the one that was not used for longest when C comes, A the first one.
        let two = |policy| format!("copy_space = \"2500 kB\"\ncopy_policy = \"{policy}\"");
        assert_eq!(fetches("ABACAB", &two("lru")), "ff-f-f", "{way}");
        assert_eq!(fetches("ABACAB", &two("fifo")), "ff-fff", "{way}");
        // B was used last, A more often.
        assert_eq!(fetches("AABCA", &two("lru")), "f-fff", "{way}");
        assert_eq!(fetches("AABCA", &two("lfu")), "f-ff-", "{way}");
        // It does not fit, is used, and is not kept.
        assert_eq!(fetches("AAA", "copy_space = \"999999 B\""), "fff", "{way}");
    }
}

const OBJECTS_KEPT: usize = 3;

fn sharing(search: &str, group: &str, seed: u64) -> Scenario {
    scenario(&format!(
        "title = \"t\"\nseed = {seed}\nrun = {{ duration = \"2000 s\", replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.peer]\ncount = 40\nup = \"8 Mbit/s\"\ndown = \"80 Mbit/s\"\nlatency = \"20 ms\"\n{group}\n\
         [nodes.keeper]\ncount = 4\nup = \"8 Mbit/s\"\ndown = \"80 Mbit/s\"\nlatency = \"20 ms\"\n\
         [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [workloads.w.download]\nfrom = \"peer\"\n\
         arrivals = {{ poisson = {{ rate = \"1 /s\", count = 1500 }} }}\nretry = {{ attempts = 6 }}\n\
         catalogue = {{ objects = 30, size = \"100 kB\", popularity = {{ zipf = 0.8 }} }}\n\
         copies = {{ at = \"keeper\", mean = 1 }}\n\
         [architectures.x.{search}peers = [\"peer\", \"keeper\"]\n"
    ))
}

/// What a node has got and not dropped, when the first one makes room.
#[derive(Default)]
struct Shelf(VecDeque<ObjectId>);

impl Shelf {
    fn put(&mut self, object: ObjectId) {
        if !self.0.contains(&object) {
            self.0.push_back(object);
            if self.0.len() > OBJECTS_KEPT {
                self.0.pop_front();
            }
        }
    }
}

/// Requests are replayed on shelves: who answers himself has it, who serves others has it when he begins
/// to, and nobody fetches what he has.
#[test]
fn what_a_node_keeps_never_exceeds_its_room() {
    for search in SEARCHES {
        let scenario = sharing(search, "copy_space = \"300 kB\"\ncopy_policy = \"fifo\"", 1);
        let record = run(&scenario);
        let peers = 40;
        let answered: Vec<&RequestRecord> =
            record.requests.iter().filter(|request| request.outcome == Outcome::Answered).collect();
        assert!(answered.len() > 1400, "{search}: {}", answered.len());
        let mut shelves: Vec<Shelf> = (0..peers).map(|_| Shelf::default()).collect();
        // What happens, in order of time.
        enum What {
            Asks,
            Serves,
            Gets,
        }
        let mut all: Vec<(Time, What, NodeId, &RequestRecord)> = Vec::new();
        for &request in &answered {
            match request.provider {
                None => all.push((request.issued, What::Asks, request.node, request)),
                Some(provider) => {
                    all.push((request.started.unwrap(), What::Serves, provider, request));
                    all.push((request.ended.unwrap(), What::Gets, request.node, request));
                }
            }
        }
        all.sort_by_key(|(at, ..)| *at);
        let mut served_by_peers = 0;
        for (at, what, node, request) in all {
            let object = request.object.unwrap();
            let Some(shelf) = shelves.get_mut(node.index()) else { continue };
            match what {
                What::Asks => assert!(shelf.0.contains(&object), "{search}: {at:?} {request:?}"),
                What::Serves => {
                    assert!(shelf.0.contains(&object), "{search}: {at:?} {request:?}");
                    served_by_peers += 1;
                }
                What::Gets => shelf.put(object),
            }
        }
        let fetched = record.requests.iter().filter(|request| request.is_delivery).count();
        let kept: usize = shelves.iter().map(|shelf| shelf.0.len()).sum();
        // Each copy that was got is there or was dropped.
        assert_eq!(record.evictions, Some((fetched - kept) as u64), "{search}");
        assert!(served_by_peers > 200, "{search}: {served_by_peers}");
    }
}

/// A directory and supernodes are told, and hits of searches are young; who keeps pointers hears nothing.
#[test]
fn answers_are_stale_where_nobody_is_told() {
    for (place, search) in SEARCHES.into_iter().enumerate() {
        let record = run(&sharing(search, "copy_space = \"300 kB\"", 2));
        let overlay = record.overlay.unwrap();
        let share = overlay.stale_answers as f64 / overlay.searches as f64;
        match place < 5 {
            true => assert!(share < 0.02, "{search}: {share}"),
            false => assert!(share > 0.05, "{search}: {share}"),
        }
    }
}

#[test]
fn room_for_everything_changes_nothing() {
    // Those who keep pointers announce again what they have, where anybody may drop something.
    for search in &SEARCHES[..5] {
        let [without, with] =
            ["", "copy_space = \"3 MB\""].map(|group| run(&sharing(search, group, 3)));
        assert_eq!(format!("{:?}", without.requests), format!("{:?}", with.requests), "{search}");
        assert_eq!(without.event_count, with.event_count, "{search}");
    }
}

#[test]
fn the_same_seed_drops_the_same() {
    for search in SEARCHES {
        let once = || format!("{:?}", run(&sharing(search, "copy_space = \"300 kB\"", 4)).requests);
        assert_eq!(once(), once(), "{search}");
    }
}

/// 20 objects, 10 nodes with room for two: each copy finds a place, if not that which was drawn.
#[test]
fn copies_of_the_start_go_where_there_is_room() {
    let scenario = scenario(
        "title = \"t\"\nrun = { duration = \"2000 s\", replications = 1 }\nnetwork.transport = \"ideal\"\n\
         [nodes.peer]\ncount = 10\nup = \"8 Mbit/s\"\ndown = \"80 Mbit/s\"\ncopy_space = \"250 kB\"\n\
         [nodes.reader]\ncount = 10\nup = \"8 Mbit/s\"\ndown = \"80 Mbit/s\"\nfree_riders = 1\n\
         [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
         [workloads.w.download]\nfrom = \"reader\"\n\
         arrivals = { poisson = { rate = \"1 /s\", count = 500 } }\n\
         catalogue = { objects = 20, size = \"100 kB\" }\ncopies = { at = \"peer\" }\n\
         [architectures.x.directory]\nserver = \"server\"\npeers = [\"peer\", \"reader\"]\n",
    );
    let record = run(&scenario);
    let mut found: Vec<BTreeSet<ObjectId>> = vec![BTreeSet::new(); 10];
    for request in &record.requests {
        assert_eq!(request.outcome, Outcome::Answered);
        if let Some(provider) = request.provider {
            found[provider.index()].insert(request.object.unwrap());
        }
    }
    assert!(found.iter().all(|objects| objects.len() == 2), "{found:?}");
}

#[test]
fn doubtful_rooms_are_warned_of() {
    let warnings = |group: &str, copies: &str| {
        let text = format!(
            "title = \"t\"\nrun = {{ duration = \"10 s\", replications = 2 }}\n\
             [nodes.peer]\ncount = 10\nup = \"8 Mbit/s\"\ndown = \"80 Mbit/s\"\n{group}\n\
             [nodes.server]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\ncopy_space = \"1 GB\"\n\
             [workloads.w.download]\nfrom = \"peer\"\narrivals = {{ poisson = {{ rate = \"1 /s\" }} }}\n\
             catalogue = {{ objects = 19, size = \"1 MB\" }}\n{copies}\
             [architectures.x.client-server]\nservers = \"server\"\n"
        );
        scenario(&text).warnings.join("\n")
    };
    assert!(warnings("", "").contains("nodes.server: `copy_space` does nothing"));
    let small = warnings("copy_space = \"10 kB\"", "");
    assert!(small.contains("does not fit into the `copy_space` of nodes.peer"), "{small}");
    let full = warnings("copy_space = \"2 MB\"", "copies = { at = \"peer\" }\n");
    assert!(full.contains("some may find none, and are left out"), "{full}");
}

/// What has come whole and was dropped is fetched from its first byte, though downloads are resumed.
#[test]
fn what_was_dropped_is_fetched_whole_again() {
    let fetched = |room: &str, resume: bool| {
        let text = format!(
            "title = \"rooms\"\nrun = {{ duration = \"1000 s\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
             nodes.server = {{ count = 1, up = \"8 Mbit/s\", down = \"8 Mbit/s\" }}\n\
             nodes.user = {{ count = 1, up = \"8 Mbit/s\", down = \"8 Mbit/s\", copy_space = \"{room}\" }}\n\
             [workloads.get.download]\nfrom = \"user\"\nresume = {resume}\n\
             arrivals = {{ schedule = {{ times = [\"0 s\", \"100 s\", \"200 s\", \"300 s\", \"400 s\", \"500 s\"] }} }}\n\
             catalogue = {{ objects = 2, size = \"1 MB\" }}\n\
             [architectures.server.client-server]\nservers = \"server\"\n"
        );
        let scenario = Scenario::parse("rooms.toml", &text, std::path::Path::new("."), &[])
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
        let record = run(&scenario);
        record.nodes.iter().map(|node| node.bytes_down.count()).sum::<u64>()
    };
    for room in ["1 MB", "500 kB", "2 MB"] {
        assert_eq!(fetched(room, true), fetched(room, false), "{room}");
    }
    assert_eq!(fetched("500 kB", true), 6_000_000);
}
