//! Swarms whose peers find each other without a tracker.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hubmesh::architectures::Contender;
use hubmesh::engine::Control;
use hubmesh::metrics::{Outcome, OverlayRecord, RequestRecord, RunRecord};
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};

/// Each of them, with keys that make small networks of it.
const FINDERS: [(&str, &str); 8] = [
    ("table", "kademlia = { bucket = 4 }"),
    ("ring", "chord = { stabilise_every = \"5 s\" }"),
    ("passes", "chord = { lookups = \"recursive\", announce_copies = 2 }"),
    ("lan", "broadcast = {}"),
    ("flood", "flooding = { ttl = [2, 5] }"),
    ("walk", "random-walk = { walkers = 4, steps = 100 }"),
    ("super", "supernodes = { share = 0.2 }"),
    ("index", "directory = { server = \"index\" }"),
];

fn swarm(name: &str, find: &str, more: &str) -> String {
    format!(
        "[architectures.{name}.bittorrent]\nseeds = \"seed\"\npiece_size = \"256 KiB\"\n\
         find = {{ {find} }}\n{more}\n"
    )
}

fn swarms(more: &str) -> String {
    FINDERS.map(|(name, find)| swarm(name, find, more)).concat()
}

/// Groups by name, number and what else there is to say of them.
fn text(groups: &[(&str, u32, &str)], end: &str, workload: &str, rest: &str) -> String {
    let mut text = format!(
        "title = \"t\"\nseed = 5\nrun = {{ {end}, replications = 1 }}\nnetwork.transport = \"ideal\"\n"
    );
    for (name, count, more) in groups {
        text += &format!(
            "[nodes.{name}]\ncount = {count}\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
             latency = \"10 ms\"\n{more}\n"
        );
    }
    format!("{text}[workloads.w.download]\n{workload}\n{rest}")
}

/// 20 peers that want two files from a seed; a node that keeps the directory.
fn usual(peer: &str, seed: &str, end: &str, rest: &str) -> String {
    let groups = [("seed", 1, seed), ("peer", 20, peer), ("index", 1, "")];
    let workload = "from = \"peer\"\narrivals = { burst = { over = \"20 s\" } }\n\
                    catalogue = { objects = 2, size = \"2 MiB\" }";
    text(&groups, end, workload, rest)
}

fn runs(text: &str) -> Vec<(String, RunRecord)> {
    let scenario = Scenario::parse("swarm.toml", text, &folder(), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    let simulate = |contender: &Contender| {
        let record = contender.simulate(&scenario.model, 0, &Control::default());
        (contender.name.clone(), record)
    };
    scenario.contenders.iter().map(simulate).collect()
}

fn value(record: &RunRecord, name: &str) -> f64 {
    measure(record, None)[metric_index(name).unwrap()].unwrap_or(0.0)
}

fn overlay(record: &RunRecord) -> OverlayRecord {
    record.overlay.clone().expect("somebody has looked")
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("swarm-finders");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What `hubmesh` says of `text`.
fn says(name: &str, text: &str) -> (bool, String) {
    let path = folder().join(format!("{name}.toml"));
    std::fs::write(&path, text).unwrap();
    let output: Output =
        Command::new(env!("CARGO_BIN_EXE_hubmesh")).arg("validate").arg(&path).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn all_get_everything_by_every_finder_and_messages_are_counted() {
    for (name, record) in runs(&usual("", "", "until = \"done\"", &swarms(""))) {
        assert_eq!(value(&record, "availability"), 1.0, "{name}");
        // Two peers and more give each other what the seed has sent.
        assert!(value(&record, "peer_bytes") > value(&record, "server_bytes"), "{name}");
        let counts = overlay(&record);
        assert!(counts.searches >= 20, "{name}: {counts:?}");
        assert!(counts.search_bytes > counts.search_messages, "{name}: {counts:?}");
        assert_eq!((counts.timeouts, counts.stale_answers), (0, 0), "{name}");
        // As with a tracker: two files of 16,777,216 bit through the seed's uplink.
        let bound = value(&record, "makespan_bound");
        assert!((bound - 2.0 * 16.777_216 / 8.0).abs() < 1e-6, "{name}: {bound}");
        // Without a list that has to be told, it costs nothing to take part.
        let is_told = !matches!(name.as_str(), "lan" | "flood" | "walk");
        assert_eq!(counts.upkeep_messages > 0, is_told, "{name}: {counts:?}");
    }
}

/// A seed, a peer, and a table or ring of so few that all know each other.
#[test]
fn a_lone_peer_takes_a_round_trip_for_each_round_of_its_search_and_three_to_begin() {
    let workload = "from = \"peer\"\narrivals = { burst = { over = \"0 s\" } }\n\
                    catalogue = { objects = 1, size = \"256 KiB\" }";
    for helpers in [0, 3] {
        let groups = [("seed", 1, ""), ("peer", 1, ""), ("helper", helpers, ""), ("index", 1, "")];
        let peers = "peers = [\"seed\", \"peer\", \"helper\"]";
        let rest = [
            swarm("table", &format!("kademlia = {{ announce_copies = 1, {peers} }}"), ""),
            swarm("lan", &format!("broadcast = {{ {peers} }}"), ""),
            swarm("index", &format!("directory = {{ server = \"index\", {peers} }}"), ""),
            "[architectures.tracker.bittorrent]\nseeds = \"seed\"\ntracker = \"index\"\n\
             piece_size = \"256 KiB\"\n"
                .to_owned(),
        ];
        for (name, record) in runs(&text(&groups, "until = \"done\"", workload, &rest.concat())) {
            let request = &record.requests[0];
            // Of any two nodes 20 ms apart. "Connect", "accepted", "interested", "unchoked", "send me this"; then a
            // piece of 2,097,152 bit at 8 Mbit/s, and its way.
            let exchange = 5.0 * 0.02 + 2.097_152 / 8.0 + 0.02;
            let hops = match name.as_str() {
                // Nobody but the peer itself, or one that it asks at once, is nearest to the key.
                "table" => 2 * u32::from(request.hops > 0),
                _ => 2,
            };
            let expected = f64::from(hops) * 0.02 + exchange;
            let took = request.ended.expect("answered").secs() - request.issued.secs();
            assert!((took - expected).abs() < 1e-6, "{name}: {took} instead of {expected}");
            if let Some(counts) = record.overlay {
                let answers = 1 + u64::from(name == "lan") * u64::from(helpers);
                if name != "table" {
                    assert_eq!(counts.search_messages, 1 + answers, "{name}");
                }
            }
        }
    }
}

#[test]
fn who_has_only_a_part_of_it_is_found() {
    // The seed has sent 80 of 134 Mbit when it leaves for good, and the late one comes when it is gone; who finds
    // nobody at first asks again after a minute. All that it can have is what the early one has.
    let groups = [
        ("seed", 1, "leaves = { at = \"10 s\", over = \"1 ms\" }"),
        ("early", 1, ""),
        ("late", 1, "arrives = { at = \"15 s\", over = \"1 ms\" }"),
        ("index", 1, ""),
    ];
    let folder = folder();
    std::fs::write(
        folder.join("asks.csv"),
        "time_s,object,bytes,client\n0,film,16777216,early\n20,film,16777216,late\n",
    )
    .unwrap();
    let text = text(&groups, "duration = \"200 s\"", "", &swarms(""))
        .replace("[workloads.w.download]", "[workloads.w.trace]\nfile = \"asks.csv\"");
    for (name, record) in runs(&text) {
        assert_eq!(value(&record, "answered"), 0.0, "{name}");
        let early = &record.nodes[1];
        let (got, given) = (early.bytes_down.count() as f64, early.bytes_up.count() as f64);
        assert!(got > 9e6 && given > 0.9 * got, "{name}: {got} {given}");
    }
}

/// One who has got all of it leaves at once, and another one asks 20 s after: a directory has been told, those who keep
/// pointers have not, until these expire.
#[test]
fn who_has_left_is_named_in_vain_as_long_as_his_pointers_last() {
    let groups = [("seed", 1, ""), ("early", 1, ""), ("late", 1, ""), ("index", 1, "")];
    std::fs::write(
        folder().join("leaves.csv"),
        "time_s,object,bytes,client\n0,film,262144,early\n20,film,262144,late\n",
    )
    .unwrap();
    let pointers = |often: &str| {
        let short = "republish_every = \"2 s\", expire_after = \"4 s\"";
        let keys = if often.is_empty() { "" } else { short };
        let leaves = "seed_time = \"0 s\"";
        [
            swarm("table", &format!("kademlia = {{ {keys} }}"), leaves),
            swarm("ring", &format!("chord = {{ {keys} }}"), leaves),
            swarm("index", "directory = { server = \"index\" }", leaves),
            swarm("super", "supernodes = {}", leaves),
            swarm("lan", "broadcast = {}", leaves),
        ]
        .concat()
    };
    for often in ["", "often"] {
        let text = text(&groups, "until = \"done\"", "", &pointers(often))
            .replace("[workloads.w.download]", "[workloads.w.trace]\nfile = \"leaves.csv\"");
        for (name, record) in runs(&text) {
            assert_eq!(value(&record, "answered"), 2.0, "{name}");
            let keeps = matches!(name.as_str(), "table" | "ring") && often.is_empty();
            assert_eq!(overlay(&record).stale_answers, u64::from(keeps), "{name} {often}");
        }
    }
}

/// Who comes and asks before it is in the ring or the table looks as soon as it is, and not a minute later.
#[test]
fn who_asks_as_soon_as_he_comes_does_not_wait_for_another_try() {
    let late = "arrives = { at = \"15 s\", over = \"1 ms\" }";
    let groups = [("seed", 1, ""), ("peer", 3, ""), ("late", 1, late), ("index", 1, "")];
    std::fs::write(
        folder().join("comes.csv"),
        "time_s,object,bytes,client\n0,film,262144,peer-1\n15.002,film,262144,late\n",
    )
    .unwrap();
    let text = text(&groups, "duration = \"100 s\"", "", &swarms(""))
        .replace("[workloads.w.download]", "[workloads.w.trace]\nfile = \"comes.csv\"");
    for (name, record) in runs(&text) {
        assert_eq!(value(&record, "answered"), 2.0, "{name}");
        let request = &record.requests[1];
        let took = request.ended.expect("answered").secs() - request.issued.secs();
        assert!(took < 3.0, "{name}: {took}");
    }
}

#[test]
fn peers_come_and_go_and_nothing_is_lost() {
    let session = "session = { exponential = { mean = \"30 s\" } }\n\
                   downtime = { exponential = { mean = \"10 s\" } }";
    for leave in ["", "leave = \"graceful\"\n"] {
        let peer = format!("{session}\n{leave}");
        let groups = [("seed", 1, ""), ("peer", 30, peer.as_str()), ("index", 1, "")];
        let workload = "from = \"peer\"\narrivals = { poisson = { rate = \"1 /s\", count = 120 } }\n\
                        catalogue = { objects = 5, size = \"2 MiB\" }\n\
                        timeout = \"60 s\"\nretry = { attempts = 3, backoff = \"1 s\" }";
        let rest = swarms("seed_time = \"20 s\"");
        let text = text(&groups, "duration = \"300 s\"", workload, &rest);
        let records = runs(&text);
        for (name, record) in &records {
            // Who is down asks for nothing.
            let issued = record.requests.len() as f64;
            assert!(issued > 80.0, "{name}: {issued}");
            let failed = |request: &&RequestRecord| matches!(request.outcome, Outcome::Failed(_));
            let failed = record.requests.iter().filter(failed).count() as f64;
            let ended = value(record, "answered") + failed;
            assert_eq!(issued, ended + value(record, "open"), "{name}");
            assert!(value(record, "availability") > 0.7, "{name}");
        }
        let again = runs(&text);
        assert_eq!(format!("{records:?}"), format!("{again:?}"));
    }
}

#[test]
fn what_makes_no_sense_in_a_swarm_is_refused() {
    let with = |find: &str| usual("", "", "until = \"done\"", &swarm("s", find, ""));
    for (number, (find, expected)) in [
        ("kademlia = { choose = \"nearest\" }", "connects to all who are named"),
        ("flooding = { gather = \"1 s\" }", "`gather` does not go with a swarm"),
        ("supernodes = { traversal = \"relay\" }", "`traversal` does not go with a swarm"),
        ("chord = { relays = \"seed\" }", "passes nothing on for two of them"),
        ("kademlia = { peers = \"peer\" }", "1 of 1 seeds are no peers of `find`"),
        ("broadcast = { peers = [\"seed\", \"index\"] }", "20 of 20 nodes that ask"),
        ("directory = { server = \"seed\" }", "the directory is one of the peers"),
        ("kademila = {}", "did you mean `kademlia`?"),
        ("kademlia = {}, chord = {}", "says twice of what kind it is"),
        ("kademlia = { replicate = 2 }", "nobody looks a key up"),
    ]
    .into_iter()
    .enumerate()
    {
        let (is_valid, said) = says(&format!("refused-{number}"), &with(find));
        assert!(!is_valid && said.contains(expected), "{find}: {said}");
    }
    for (number, (more, expected)) in [
        ("tracker = \"index\"", "both `tracker` and `find`"),
        ("overlay = { random-regular = { degree = 2 } }", "both `overlay` and `find`"),
    ]
    .into_iter()
    .enumerate()
    {
        let text = usual("", "", "until = \"done\"", &swarm("s", "kademlia = {}", more));
        let (is_valid, said) = says(&format!("both-{number}"), &text);
        assert!(!is_valid && said.contains(expected), "{more}: {said}");
    }
}

#[test]
fn where_nobody_accepts_connections_there_is_a_warning() {
    let shut = "dialable = 0";
    let tracker = "[architectures.t.bittorrent]\nseeds = \"seed\"\n".to_owned();
    for (number, rest) in [tracker, swarm("s", "kademlia = {}", "")].into_iter().enumerate() {
        let expected = "none of its seeds and peers accepts connections";
        for (seed, is_warned) in [(shut, true), ("", false)] {
            let text = usual(shut, seed, "duration = \"100 s\"", &rest);
            let (is_valid, said) = says(&format!("shut-{number}-{is_warned}"), &text);
            assert!(is_valid && said.contains(expected) == is_warned, "{said}");
        }
    }
}

/// With relays that accept connections, which pass nothing on for two of those that do not.
#[test]
fn reversal_among_those_who_accept_no_connection_is_warned_of() {
    let groups = [("peer", 5, "dialable = 0"), ("relay", 1, "")];
    let workload = "from = \"peer\"\narrivals = { burst = { over = \"0 s\" } }\n\
                    catalogue = { objects = 3, size = \"1 MB\" }\ncopies = { at = \"peer\" }";
    for (traversal, is_warned) in [("none", true), ("reversal", true), ("relay", false)] {
        let relays = if traversal == "none" { "" } else { "relays = \"relay\"\n" };
        let rest = format!(
            "[architectures.x.flooding]\npeers = \"peer\"\ntraversal = \"{traversal}\"\n{relays}"
        );
        let (is_valid, said) = says(traversal, &text(&groups, "until = \"done\"", workload, &rest));
        assert!(is_valid && said.contains("nobody fetches anything") == is_warned, "{said}");
    }
}

/// Peers that nobody can call connect themselves, to those who can be called.
#[test]
fn a_peer_that_accepts_no_connection_is_served_by_those_who_do() {
    for (name, record) in runs(&usual("dialable = 0.5", "", "until = \"done\"", &swarms(""))) {
        assert_eq!(value(&record, "availability"), 1.0, "{name}");
    }
}

#[test]
fn a_graph_of_one_node_has_a_reason() {
    let groups = [("peer", 1, "")];
    let workload = "from = \"peer\"\narrivals = { burst = { over = \"0 s\" } }\n\
                    catalogue = { objects = 1, size = \"1 MB\" }\ncopies = { at = \"peer\" }";
    let rest = "[architectures.x.flooding]\npeers = \"peer\"\n\
                overlay = { host-cache = { links_per_peer = 1, cache = 1 } }\n";
    let (is_valid, said) = says("alone", &text(&groups, "until = \"done\"", workload, rest));
    assert!(!is_valid && said.contains("there is nobody to be its neighbour"), "{said}");
    assert!(!said.contains("1 to 0"), "{said}");
    let usual = rest.lines().take(2).collect::<Vec<_>>().join("\n");
    let (is_valid, said) = says("usual", &text(&groups, "until = \"done\"", workload, &usual));
    assert!(is_valid, "{said}");
}

/// More peers than anybody wants as neighbours, and a seed that is down while they find each other, or a little
/// later: they look for nobody any more, and it must call them.
#[test]
fn a_seed_that_comes_back_calls_those_who_lack_something() {
    let swarms = FINDERS.map(|(name, find)| swarm(name, find, "neighbours = 6")).concat();
    let tracker = "[architectures.tracker.bittorrent]\nseeds = \"seed\"\ntracker = \"index\"\n\
                   piece_size = \"256 KiB\"\nneighbours = 6\n";
    for at in ["0 s", "4 s"] {
        let fault =
            format!("[[faults]]\nat = \"{at}\"\nfor = \"5 min\"\ncrash = {{ nodes = \"seed\" }}\n");
        let rest = format!("{swarms}{tracker}{fault}");
        for (name, record) in runs(&usual("", "", "duration = \"3 h\"", &rest)) {
            assert_eq!(value(&record, "availability"), 1.0, "{name}, down at {at}");
        }
    }
}

/// All neighbours of an asker take part and give nothing away: only past them is somebody who does.
#[test]
fn walkers_go_past_those_of_whom_the_asker_has_heard() {
    let workload = "from = \"peer\"\narrivals = { poisson = { rate = \"3 /min\", for = \"20 min\" } }\n\
                    catalogue = { objects = 1, size = \"2 MiB\" }";
    let groups = [("seed", 1, ""), ("peer", 20, "free_riders = 1.0")];
    let walk = swarm("walk", "random-walk = {}", "");
    for (name, record) in runs(&text(&groups, "duration = \"3 h\"", workload, &walk)) {
        assert_eq!(value(&record, "availability"), 1.0, "{name}");
    }
}

/// Who has left and takes part again, and who has dropped what he had, finds the others again.
#[test]
fn walkers_find_those_again_with_whom_a_connection_has_ended() {
    let walk = swarm("walk", "random-walk = {}", "");
    let patience = "from = \"peer\"\narrivals = { burst = { over = \"10 s\" } }\nresume = true\n\
                    catalogue = { objects = 1, size = \"40 MiB\" }\ntimeout = \"30 s\"\n\
                    retry = { attempts = 40, backoff = \"1 s\" }";
    let groups = [("seed", 2, ""), ("peer", 8, "")];
    for (name, record) in runs(&text(&groups, "until = \"done\"", patience, &walk)) {
        assert_eq!(value(&record, "availability"), 1.0, "{name}");
    }
    let dropped = "from = \"peer\"\ncatalogue = { objects = 5, size = \"2 MiB\" }\n\
                   arrivals = { poisson = { rate = \"20 /min\", for = \"20 min\" } }";
    let groups = [("seed", 1, ""), ("peer", 8, "copy_space = \"3 MiB\"")];
    for (name, record) in runs(&text(&groups, "duration = \"1 h\"", dropped, &walk)) {
        assert_eq!(value(&record, "availability"), 1.0, "{name}");
        // Where there are so few, walkers soon meet nobody but those who are known.
        let messages = value(&record, "messages_per_request");
        assert!(messages < 3000.0, "{name}: {messages}");
    }
}
