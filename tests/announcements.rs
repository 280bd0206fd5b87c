//! Downloads through rings and tables of peers: who has something announces it, and is found by whoever looks for it.

use std::path::Path;
use std::process::Command;

use hubmesh::architectures::Contender;
use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RequestRecord, RunRecord};
use hubmesh::network::NodeId;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};

/// The three of them, each with some `settings`.
fn kinds(settings: &str) -> String {
    format!(
        "[architectures.asks.chord]\npeers = \"all\"\nlookups = \"iterative\"\n\
         stabilise_every = \"5 s\"\nfix_fingers_every = \"5 s\"\n{settings}\n\
         [architectures.passes.chord]\npeers = \"all\"\nlookups = \"recursive\"\n\
         stabilise_every = \"5 s\"\nfix_fingers_every = \"5 s\"\n{settings}\n\
         [architectures.table.kademlia]\npeers = \"all\"\nbucket = 8\nrefresh_every = \"60 s\"\n{settings}\n"
    )
}

/// Groups of nodes by name, number and what else there is to say of them.
fn text(groups: &[(&str, u32, &str)], workload: &str, rest: &str) -> String {
    let mut text = "title = \"t\"\nseed = 3\nrun = { duration = \"1000 s\", replications = 1 }\n\
         network.transport = \"ideal\"\n"
        .to_owned();
    for (name, count, more) in groups {
        text += &format!("[nodes.{name}]\ncount = {count}\ndown = \"8 Mbit/s\"\n{more}\n");
        for (key, usual) in [("up", "8 Mbit/s"), ("latency", "10 ms")] {
            if !more.contains(&format!("{key} =")) {
                text += &format!("{key} = \"{usual}\"\n");
            }
        }
    }
    let all: Vec<String> = groups.iter().map(|(name, ..)| format!("\"{name}\"")).collect();
    let rest = rest.replace("\"all\"", &format!("[{}]", all.join(", ")));
    format!("{text}{workload}\n{rest}")
}

fn runs(text: &str) -> Vec<(String, RunRecord)> {
    let scenario = Scenario::parse("found.toml", text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    let simulate = |contender: &Contender| {
        let record = contender.simulate(&scenario.model, 0, &Control::default());
        (contender.name.clone(), record)
    };
    scenario.contenders.iter().map(simulate).collect()
}

fn downloads(from: &str, arrivals: &str, catalogue: &str, copies: &str) -> String {
    format!(
        "[workloads.w.download]\nfrom = \"{from}\"\narrivals = {{ {arrivals} }}\n\
         catalogue = {{ {catalogue} }}\ncopies = {{ {copies} }}\n"
    )
}

fn value(record: &RunRecord, name: &str) -> f64 {
    measure(record, None)[metric_index(name).unwrap()].unwrap()
}

fn failed(record: &RunRecord, reason: FailureReason) -> usize {
    record.requests.iter().filter(|r| r.outcome == Outcome::Failed(reason)).count()
}

fn issued(record: &RunRecord, from: f64, to: f64) -> Vec<&RequestRecord> {
    let is_within = |r: &&RequestRecord| (from..to).contains(&r.issued.secs());
    record.requests.iter().filter(is_within).collect()
}

#[test]
fn while_nobody_leaves_everything_is_found() {
    for upkeep in ["", "upkeep = false"] {
        let arrivals = "poisson = { rate = \"1 /s\", count = 300 }";
        let workload = downloads(
            "peer",
            arrivals,
            "objects = 50, size = \"100 kB\"",
            "at = \"peer\", mean = 1",
        );
        let settings = match upkeep {
            "" => kinds(""),
            off => format!(
                "[architectures.asks.chord]\npeers = \"all\"\n{off}\nannounce_copies = 1\n\
                 [architectures.passes.chord]\npeers = \"all\"\n{off}\nlookups = \"recursive\"\n\
                 [architectures.table.kademlia]\npeers = \"all\"\n{off}\nannounce_copies = 1\n"
            ),
        };
        for (name, record) in runs(&text(&[("peer", 200, "")], &workload, &settings)) {
            let answered =
                record.requests.iter().filter(|r| r.outcome == Outcome::Answered).count();
            assert_eq!(answered, 300, "{name}");
            assert_eq!(value(&record, "stale_answers"), 0.0);
            // Who had a copy himself has asked nobody; the others have asked those who are responsible.
            assert!(record.requests.iter().all(|r| r.provider.is_some() || r.hops == 0));
            assert!(record.requests.iter().filter(|r| r.hops > 0).count() > 250, "{name}");
            // What was fetched is announced, at the price of upkeep.
            assert!(value(&record, "upkeep_messages") > 0.0 && value(&record, "hops") > 0.5);
        }
    }
}

/// One peer who has it, in a ring of his own.
#[test]
fn who_is_alone_is_responsible_for_all() {
    let workload = downloads(
        "peer",
        "schedule = { times = [\"1 s\", \"2 s\"] }",
        "objects = 2, size = \"1 kB\"",
        "at = \"peer\"",
    );
    for (name, record) in runs(&text(&[("peer", 1, "")], &workload, &kinds(""))) {
        assert!(record.requests.iter().all(|r| r.outcome == Outcome::Answered), "{name}");
    }
}

/// Half of the peers come and go. With one peer that is told of a copy, and nothing announced twice, all
/// is found as long as whoever comes is handed what it owns, and whoever leaves hands it on.
#[test]
fn pointers_are_handed_over_to_whoever_becomes_the_owner() {
    let guests = |leave: &str| {
        format!(
            "session = \"150 s\"\ndowntime = \"150 s\"\nstart = \"stationary\"\nleave = \"{leave}\""
        )
    };
    let workload = downloads(
        "peer",
        "poisson = { rate = \"3 /s\" }",
        "objects = 400, size = \"10 kB\"",
        "at = \"peer\", mean = 1",
    );
    let settings = "[architectures.ring.chord]\npeers = \"all\"\nstabilise_every = \"5 s\"\n\
        fix_fingers_every = \"5 s\"\nannounce_copies = 1\nrepublish_every = \"5000 s\"\n";
    let lost = |leave: &str, settings: &str| {
        let groups = [("peer", 40, ""), ("guest", 40, &*guests(leave))];
        let (_, record) = runs(&text(&groups, &workload, settings)).remove(0);
        let asked = record.requests.iter().filter(|r| r.hops > 0 || !r.outcome.is_answered());
        (failed(&record, FailureReason::NotFound) as f64, asked.count() as f64)
    };
    let (not_found, asked) = lost("graceful", settings);
    assert!(asked > 1500.0 && not_found < 0.02 * asked, "{not_found} of {asked}");
    // A crash hands nothing over: guests own half of all keys, and crash three times.
    let (not_found, asked) = lost("crash", settings);
    assert!(not_found > 0.1 * asked, "{not_found} of {asked}");
    // Those behind the owner know as well.
    let (not_found, asked) = lost("crash", &settings.replace("copies = 1", "copies = 6"));
    assert!(not_found < 0.02 * asked, "{not_found} of {asked}");
}

/// What is in memory is gone when all have crashed; who is back says what it has.
#[test]
fn who_is_back_announces_what_it_has() {
    let workload = downloads(
        "peer",
        "poisson = { rate = \"1 /s\" }",
        "objects = 300, size = \"10 kB\"",
        "at = \"peer\", mean = 1",
    );
    let rest = kinds("republish_every = \"5000 s\"\n")
        + "[[faults]]\nat = \"100 s\"\nfor = \"10 s\"\ncrash = { nodes = \"peer\" }\n";
    for (name, record) in runs(&text(&[("peer", 40, "")], &workload, &rest)) {
        let later = issued(&record, 300.0, 990.0);
        let answered = later.iter().filter(|r| r.outcome == Outcome::Answered).count();
        // Pointers come to their owner in the end; those that were nearest when few were there are not always
        // among those who are asked later.
        let least = if name == "table" { later.len() * 98 / 100 } else { later.len() };
        assert!(later.len() > 500 && answered >= least, "{name}: {answered} of {}", later.len());
    }
}

/// All forget but the one who has everything, and says so once a minute.
#[test]
fn what_others_have_forgotten_is_announced_again() {
    let workload = downloads(
        "peer",
        "poisson = { rate = \"2 /s\" }",
        "objects = 200, size = \"10 kB\"",
        "at = \"source\", mean = 1",
    );
    let rest = kinds("republish_every = \"100 s\"\n")
        + "[[faults]]\nat = \"5 s\"\nfor = \"5 s\"\ncrash = { nodes = \"peer\" }\n";
    for (name, record) in runs(&text(&[("peer", 40, ""), ("source", 1, "")], &workload, &rest)) {
        let early = issued(&record, 11.0, 20.0);
        let found = early.iter().filter(|r| r.outcome == Outcome::Answered).count();
        // The one who has it is nearest to some keys itself.
        assert!(found < early.len(), "{name}: {found} of {}", early.len());
        for request in issued(&record, 200.0, 990.0) {
            assert_eq!(request.outcome, Outcome::Answered, "{name}: {request:?}");
        }
    }
}

/// Who has the only copy is gone: he is named until his word expires, and nobody after that.
#[test]
fn who_is_gone_is_named_until_his_word_expires() {
    let workload = downloads(
        "peer",
        "schedule = { times = [\"100 s\", \"110 s\", \"600 s\"] }",
        "size = \"10 kB\"",
        "at = \"source\"",
    )
    .replace("from = \"peer\"", "from = \"peer-1\"");
    let rest = kinds("republish_every = \"100 s\"\nexpire_after = \"300 s\"\n")
        + "[[faults]]\nat = \"50 s\"\ncrash = { nodes = \"source\" }\n";
    for (name, record) in runs(&text(&[("peer", 40, ""), ("source", 1, "")], &workload, &rest)) {
        let outcomes: Vec<Outcome> = record.requests.iter().map(|r| r.outcome).collect();
        let down = Outcome::Failed(FailureReason::ServerDown);
        let nobody = Outcome::Failed(FailureReason::NotFound);
        assert_eq!(outcomes, [down, down, nobody], "{name}");
        // Two of three searches.
        assert_eq!(record.overlay.unwrap().stale_answers, 2, "{name}");
    }
}

/// The only copy is fetched, its holder is gone, and the others fetch it from whom had fetched it.
#[test]
fn what_somebody_has_fetched_he_offers() {
    let all = "[workloads.w.download]\nfrom = \"peer\"\n\
        arrivals = { per-node = { every = \"100 s\", each = 3 } }\n\
        catalogue = { size = \"1 MB\" }\ncopies = { at = \"peer-1\" }\n\
        retry = { attempts = 9, backoff = \"1 s\" }\n";
    let gone = kinds("") + "[[faults]]\nat = \"150 s\"\ncrash = { nodes = \"peer-1\" }\n";
    for (name, record) in runs(&text(&[("peer", 6, "")], all, &gone)) {
        let of_others: Vec<_> = record.requests.iter().filter(|r| r.node.0 != 0).collect();
        assert!(of_others.len() > 10);
        for request in of_others {
            assert_eq!(request.outcome, Outcome::Answered, "{name}: {request:?}");
        }
    }
}

/// One who is told leaves half of the way to others; who is told what a search has found saves it.
#[test]
fn what_is_kept_on_the_way_makes_searches_shorter() {
    let workload = downloads(
        "peer",
        "poisson = { rate = \"5 /s\" }",
        "objects = 10, size = \"1 kB\"",
        "at = \"peer\", mean = 1",
    );
    let table = |caching: &str| {
        format!(
            "[architectures.table.kademlia]\npeers = \"all\"\nbucket = 4\nparallel = 1\n\
             announce_copies = 1\n{caching}\n"
        )
    };
    let hops = |caching: &str| {
        let (_, record) = runs(&text(&[("peer", 500, "")], &workload, &table(caching))).remove(0);
        let found: Vec<_> = record.requests.iter().filter(|r| r.provider.is_some()).collect();
        assert!(record.requests.iter().all(|r| r.outcome.is_answered()));
        found.iter().map(|r| f64::from(r.hops)).sum::<f64>() / found.len() as f64
    };
    let (without, with) = (hops(""), hops("caching = \"900 s\""));
    assert!(with < 0.9 * without, "{with} {without}");
}

/// All ways of finding somebody, each of which names the three who have it.
fn all_ways(choose: &str) -> String {
    let ways = [
        ("lan", "broadcast", "gather = \"200 ms\""),
        ("flood", "flooding", "gather = \"1 s\"\nttl = 100"),
        ("walk", "random-walk", "gather = \"30 s\"\nwalkers = 32\nsteps = 2000"),
        ("super", "supernodes", "gather = \"1 s\"\nttl = 100"),
        ("index", "directory", "server = \"server\""),
        ("ring", "chord", ""),
        ("table", "kademlia", ""),
    ];
    let each = ways.map(|(name, kind, more)| {
        let peers = "[\"peer\", \"near\", \"fast\", \"plain\"]";
        format!("[architectures.{name}.{kind}]\npeers = {peers}\nchoose = \"{choose}\"\n{more}\n")
    });
    each.concat()
}

fn providers(choose: &str, arrivals: &str, from: &str, size: &str) -> Vec<(String, Vec<u32>)> {
    let groups = [
        ("peer", 20, ""),
        ("near", 1, "latency = \"1 ms\""),
        ("fast", 1, "up = \"80 Mbit/s\""),
        ("plain", 1, ""),
        ("server", 1, ""),
    ];
    let copies = "at = [\"near\", \"fast\", \"plain\"], mean = 3";
    let workload = downloads(from, arrivals, &format!("objects = 1, size = \"{size}\""), copies);
    let runs = runs(&text(&groups, &workload, &all_ways(choose)));
    let of_run = |(name, record): (String, RunRecord)| {
        assert!(record.requests.iter().all(|r| r.outcome.is_answered()), "{name}");
        let all = record.requests.iter().map(|r| r.provider.map_or(u32::MAX, |p| p.0));
        (name, all.collect())
    };
    runs.into_iter().map(of_run).collect()
}

const NEAR: NodeId = NodeId(20);
const FAST: NodeId = NodeId(21);

#[test]
fn the_nearest_or_the_fastest_of_those_who_were_named_is_asked() {
    let once = "schedule = { times = [\"10 s\"] }";
    for (choose, expected) in [("nearest", NEAR), ("fastest", FAST)] {
        for (name, asked) in providers(choose, once, "peer-3", "100 kB") {
            assert_eq!(asked, [expected.0], "{name} {choose}");
        }
    }
}

/// Three ask one after another for what takes a minute to send: three are at work.
#[test]
fn the_least_loaded_of_those_who_were_named_is_asked() {
    let text = "schedule = { times = [\"10 s\", \"60 s\", \"110 s\"] }";
    // 300 MB at 80 Mbit/s take 30 s at the least, and 8 Mbit/s down 300 s: each is busy until the end.
    for (name, mut asked) in providers("least-loaded", text, "peer", "300 MB") {
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked.len(), 3, "{name}");
    }
}

#[test]
fn who_chooses_at_random_asks_all_alike() {
    let each = "per-node = { every = \"50 s\", each = 1 }";
    let mut counts = [0_u32; 3];
    for (name, asked) in providers("random", each, "peer", "1 kB") {
        // Those who have fetched it offer it, too.
        let of_three = asked.iter().filter(|&&provider| (20..23).contains(&provider));
        for &provider in of_three {
            counts[provider as usize - 20] += 1;
        }
        assert_eq!(asked.len(), 20, "{name}");
    }
    assert!(counts.iter().all(|&count| count > 3), "{counts:?}");
}

/// Peers come and go, messages are lost and links are cut: no request is lost, and nothing panics.
#[test]
fn under_churn_every_request_is_answered_fails_or_is_open() {
    for choose in ["first", "random", "nearest", "least-loaded", "fastest"] {
        let peers = "session = { exponential = { mean = \"60 s\" } }\n\
            downtime = { exponential = { mean = \"30 s\" } }\nleave = { graceful = 0.5 }";
        let workload = downloads(
            "peer",
            "poisson = { rate = \"2 /s\" }",
            "objects = 40, size = \"200 kB\", popularity = { zipf = 1 }",
            "at = \"peer\", mean = 3, spread = \"proportional\"",
        ) + "timeout = \"20 s\"\nretry = { attempts = 3 }\nhedge = { after = \"5 s\" }\n\
               [workloads.l.lookup]\nfrom = \"peer\"\narrivals = { poisson = { rate = \"2 /s\" } }\n\
               keys = 30\ntimeout = \"30 s\"\n";
        let settings = format!("choose = \"{choose}\"\nrepublish_every = \"60 s\"\n");
        let rest = kinds(&settings)
            + "[[faults]]\nat = \"200 s\"\nfor = \"200 s\"\n\
               lose = { nodes = \"peer\", probability = 0.05 }\n\
               [[faults]]\nat = \"500 s\"\nfor = \"30 s\"\ncut = { links = \"peer-7\" }\n";
        for (name, record) in runs(&text(&[("peer", 60, peers)], &workload, &rest)) {
            let of = |is: fn(&Outcome) -> bool| {
                record.requests.iter().filter(|r| is(&r.outcome)).count()
            };
            let answered = of(|o| matches!(o, Outcome::Answered));
            let failed = of(|o| matches!(o, Outcome::Failed(_)));
            let open = of(|o| matches!(o, Outcome::Open));
            assert_eq!(answered + failed + open, record.requests.len());
            assert!(open < 40 && answered > record.requests.len() / 2, "{name}: {answered} {open}");
            let stale = value(&record, "stale_answers");
            assert!(stale > 0.02 && stale < 1.0, "{name}: {stale}");
        }
    }
}

/// With a model that has faults, on one thread and on two: the same bytes.
#[test]
fn the_same_seed_gives_the_same_files() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("announcements");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let peers = "session = { exponential = { mean = \"100 s\" } }\n\
        downtime = { exponential = { mean = \"50 s\" } }";
    let workload = downloads(
        "peer",
        "poisson = { rate = \"2 /s\" }",
        "objects = 40, size = \"200 kB\"",
        "at = \"peer\", mean = 3",
    ) + "retry = { attempts = 3 }\n";
    let settings = kinds("choose = \"random\"\nrepublish_every = \"60 s\"\n");
    let text = text(&[("peer", 60, peers)], &workload, &settings);
    std::fs::write(folder.join("found.toml"), text).unwrap();
    let run = |threads: &str| {
        let out = format!("out-{threads}");
        let done = Command::new(env!("CARGO_BIN_EXE_hubmesh"))
            .args(["run", "found.toml", "--replications", "3", "--no-charts", "--requests"])
            .args(["--quiet", "--threads", threads, "--out", &out])
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        ["summary.csv", "requests.csv", "nodes.csv", "timeline.csv"]
            .map(|file| std::fs::read(folder.join(&out).join(file)).unwrap())
    };
    assert!(run("1") == run("2"));
}
