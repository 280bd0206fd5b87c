//! Items on the disks of others: how long it takes, what is on disks, and what becomes of it when nodes leave.

use std::path::Path;

use hubmesh::architectures::Contender;
use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RunRecord, StorageRecord};
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};
use hubmesh::units::Bytes;

/// `peers`: of their table.
fn scenario(run: &str, peers: &str, rest: &str) -> Scenario {
    let text = format!(
        "title = \"t\"\nseed = 3\nrun = {{ {run}, replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.owner]\ncount = 3\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"10 ms\"\n\
         [nodes.peer]\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"10 ms\"\n{peers}\n\
         [nodes.server]\ncount = 3\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\nlatency = \"10 ms\"\n{rest}"
    );
    let scenario = Scenario::parse("storage.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario
}

fn runs(run: &str, peers: &str, rest: &str) -> Vec<(String, RunRecord)> {
    let scenario = scenario(run, peers, rest);
    let simulate = |contender: &Contender| {
        let record = contender.simulate(&scenario.model, 0, &Control::default());
        (contender.name.clone(), record)
    };
    scenario.contenders.iter().map(simulate).collect()
}

fn storage(record: &RunRecord) -> StorageRecord {
    record.storage.unwrap()
}

fn value(record: &RunRecord, metric: &str) -> Option<f64> {
    measure(record, None)[metric_index(metric).unwrap()]
}

const ALL: &str = "[architectures.server.client-server]\nservers = \"server\"\n\
    [architectures.two.client-server]\nservers = \"server\"\ncopies = 2\n\
    [architectures.one.shared-disks]\npeers = \"peer\"\nredundancy = { copies = 1 }\n\
    [architectures.three.shared-disks]\npeers = \"peer\"\nredundancy = { copies = 3 }\n\
    [architectures.code.shared-disks]\npeers = \"peer\"\n\
    redundancy = { erasure = { needed = 2, pieces = 5 } }\n\
    [architectures.index.shared-disks]\npeers = \"peer\"\nredundancy = { copies = 3 }\n\
    directory = \"server-1\"\n";

/// One item of 1 MB is stored at 1 s, and wanted by its owner at 100 s and by another one at 200 s.
const ONE_ITEM: &str = "[workloads.put.store]\nfrom = \"owner-1\"\nsize = \"1 MB\"\n\
    arrivals = { schedule = { times = [\"1 s\"] } }\n\
    [workloads.own.retrieve]\nfrom = \"owner-1\"\nof = \"put\"\n\
    arrivals = { schedule = { times = [\"100 s\"] } }\n\
    [workloads.other.retrieve]\nfrom = \"owner-2\"\nof = \"put\"\nwhose = \"any\"\n\
    arrivals = { schedule = { times = [\"200 s\"] } }\n";

#[test]
fn it_takes_as_long_as_the_lines_and_what_is_said_on_them() {
    let all = runs("until = \"done\"", "count = 5", &format!("{ONE_ITEM}{ALL}"));
    for (name, record) in all {
        let took: Vec<f64> = record
            .requests
            .iter()
            .map(|request| {
                assert_eq!(request.outcome, Outcome::Answered, "{name}");
                request.ended.unwrap().secs() - request.issued.secs()
            })
            .collect();
        // One way is 20 ms, and 1 MB on a line of 8 Mbit/s takes 1 s. Who stores offers, is accepted, sends
        // and hears of it: four ways; all pieces leave over one line. Who asks for it asks and is sent
        // it: two ways; pieces of a code come together over the line of whoever asks.
        let copies = match name.as_str() {
            "server" | "one" => 1.0,
            "two" => 2.0,
            "three" | "index" => 3.0,
            _ => 2.5,
        };
        let index = if name == "index" { 0.04 } else { 0.0 };
        let close = |took: f64, expected: f64| {
            assert!((took - expected).abs() < 1e-6, "{name}: {took} s, not {expected} s");
        };
        close(took[0], 0.08 + copies + index);
        close(took[1], 1.04 + index);
        // A stranger knows no holder: he asks in the order of the item, and may meet some in vain.
        let vain = (took[2] - 1.04 - index) / 0.04;
        assert!(vain > -1e-6 && vain < 4.0 + 1e-6, "{name}: {}", took[2]);
        let is_known = matches!(name.as_str(), "server" | "two" | "index");
        assert!(!is_known || vain < 1e-6, "{name}: {}", took[2]);
        let storage = storage(&record);
        assert_eq!((storage.items, storage.item_bytes), (1, Bytes::new(1_000_000)), "{name}");
        assert_eq!(storage.disk_bytes.count() as f64, copies * 1e6, "{name}");
        assert_eq!(value(&record, "storage_overhead"), Some(copies), "{name}");
        assert_eq!(value(&record, "items_available"), Some(1.0), "{name}");
        // Each byte that was sent is on a disk or was brought back.
        let sent: u64 = record.nodes.iter().map(|node| node.bytes_up.count()).sum();
        assert_eq!(sent as f64, copies * 1e6 + 2e6, "{name}");
    }
}

/// An item can be wanted as soon as its owner has asked, and is found when it is stored.
#[test]
fn what_is_not_stored_yet_is_not_found() {
    let demand = "[workloads.put.store]\nfrom = \"owner-1\"\nsize = \"1 MB\"\n\
        arrivals = { schedule = { times = [\"1 s\"] } }\n\
        [workloads.get.retrieve]\nfrom = [\"owner-1\", \"owner-2\"]\nof = \"put\"\n\
        arrivals = { schedule = { times = [\"0.5 s\", \"1.5 s\", \"50 s\"] } }\nwhose = \"any\"\n";
    for (name, record) in runs("until = \"done\"", "count = 5", &format!("{demand}{ALL}")) {
        let mut gets: Vec<_> = record.requests.iter().filter(|r| r.workload == 1).collect();
        gets.sort_by_key(|request| request.issued);
        let outcomes: Vec<Outcome> = gets.iter().map(|request| request.outcome).collect();
        let not_found = Outcome::Failed(FailureReason::NotFound);
        assert_eq!(outcomes, [not_found, not_found, Outcome::Answered], "{name}");
    }
}

#[test]
fn every_architecture_is_asked_for_the_same_items() {
    let demand = "[workloads.put.store]\nfrom = \"owner\"\nstored = 4\n\
        size = { exponential = { mean = \"100 kB\" } }\n\
        arrivals = { poisson = { rate = \"1 /s\", count = 100 } }\n\
        [workloads.get.retrieve]\nfrom = \"owner\"\nof = \"put\"\n\
        arrivals = { poisson = { rate = \"1 /s\", count = 100 } }\n";
    let mut all = Vec::new();
    for (name, record) in runs("until = \"done\"", "count = 9", &format!("{demand}{ALL}")) {
        // Sizes differ, so they tell items apart.
        let asked = record.requests.iter().map(|r| (r.workload, r.node, r.issued, r.bytes));
        all.push(asked.collect::<Vec<_>>());
        let storage = storage(&record);
        assert_eq!(storage.items, 112, "{name}");
    }
    assert!(all.iter().all(|asked| *asked == all[0] && asked.len() == 200));
}

/// Four peers have room for one item each, and the fifth is the owner.
#[test]
fn full_peers_are_passed_over_until_all_are_full() {
    let rest = "[workloads.put.store]\nfrom = \"peer-1\"\nsize = \"1 MB\"\n\
        arrivals = { per-node = { every = \"10 s\", each = 6 } }\n\
        [architectures.disks.shared-disks]\npeers = \"peer\"\nredundancy = { copies = 1 }\n\
        space = \"1.5 MB\"\n\
        [architectures.pairs.shared-disks]\npeers = \"peer\"\nredundancy = { copies = 2 }\n\
        space = \"1.5 MB\"\nacknowledge = 1\ndirectory = \"server-1\"\n";
    for (name, record) in runs("until = \"done\"", "count = 5", rest) {
        let stored = if name == "disks" { 4 } else { 2 };
        let refused = Outcome::Failed(FailureReason::Refused);
        let expected = [vec![Outcome::Answered; stored], vec![refused; 6 - stored]].concat();
        let outcomes: Vec<Outcome> = record.requests.iter().map(|r| r.outcome).collect();
        assert_eq!(outcomes, expected, "{name}");
        assert_eq!(storage(&record).fullest, Bytes::new(1_000_000), "{name}");
    }
}

/// What has got onto disks before an attempt ends is not sent again.
#[test]
fn a_further_attempt_sends_what_is_missing() {
    let rest = "[workloads.put.store]\nfrom = \"owner-1\"\nsize = \"1 MB\"\ntimeout = \"2.5 s\"\n\
        arrivals = { schedule = { times = [\"1 s\"] } }\n\
        retry = { attempts = 3, backoff = \"1 s\", jitter = 0 }\n\
        [architectures.disks.shared-disks]\npeers = \"peer\"\nredundancy = { copies = 2 }\n\
        [[faults]]\nat = \"1.05 s\"\nfor = \"2.4 s\"\nslow = { links = \"peer-1\", capacity = 0.01 }\n";
    let (_, record) = runs("until = \"done\"", "count = 2", rest).remove(0);
    let request = &record.requests[0];
    assert_eq!((request.outcome, request.attempts), (Outcome::Answered, 2));
    assert_eq!(storage(&record).disk_bytes, Bytes::new(2_000_000));
    // The first copy went once: 2 MB are on disks, and less than one was sent in vain.
    assert_eq!(record.nodes[0].bytes_up, Bytes::new(2_000_000) + record.wasted);
    assert!(record.wasted > Bytes::ZERO && record.wasted < Bytes::new(100_000));
}

/// One of four holders is gone while its piece is on the way.
#[test]
fn a_retrieve_goes_on_to_another_holder() {
    let rest = "[workloads.put.store]\nfrom = \"owner-1\"\nsize = \"4 MB\"\nstored = 1\n\
        arrivals = { schedule = { times = [\"900 s\"] } }\n\
        [workloads.get.retrieve]\nfrom = \"owner-1\"\nof = \"put\"\n\
        arrivals = { schedule = { times = [\"1 s\", \"100 s\", \"200 s\"] } }\n\
        [architectures.disks.shared-disks]\npeers = \"peer\"\n\
        redundancy = { erasure = { needed = 2, pieces = 4 } }\n\
        [[faults]]\nat = \"2 s\"\ncrash = { nodes = [\"peer-1\", \"peer-2\"] }\n\
        [[faults]]\nat = \"150 s\"\ncrash = { nodes = \"peer-3\" }\n";
    let (_, record) = runs("duration = \"500 s\"", "count = 4", rest).remove(0);
    let outcomes: Vec<Outcome> = record.requests.iter().map(|r| r.outcome).collect();
    let gone = Outcome::Failed(FailureReason::ServerDown);
    assert_eq!(outcomes, [Outcome::Answered, Outcome::Answered, gone]);
    assert_eq!((storage(&record).items, storage(&record).lost), (1, 1));
    // From 150 s on one of four is left, and two are needed; others joined and left at once.
    let available = value(&record, "items_available").unwrap();
    assert!((available - 150.0 / 500.0).abs() < 1e-9, "{available}");
}

const TEN_ITEMS: &str = "[workloads.put.store]\nfrom = \"owner\"\nsize = \"1 MB\"\nstored = 10\n\
    arrivals = { schedule = { times = [\"1 s\"] } }\n";

/// A peer with some of the 31 items goes away for good at 100 s, and another one at 20,000 s.
#[test]
fn pieces_of_who_stays_away_are_made_anew_at_the_known_cost() {
    let disks = "repair = { after = \"10 min\", every = \"1 min\" }\n";
    let rest = format!(
        "{TEN_ITEMS}[architectures.copies.shared-disks]\npeers = \"peer\"\n\
         redundancy = {{ copies = 3 }}\n{disks}\
         [architectures.code.shared-disks]\npeers = \"peer\"\ndirectory = \"server-1\"\n\
         redundancy = {{ erasure = {{ needed = 4, pieces = 8 }} }}\n{disks}\
         [[faults]]\nat = \"100 s\"\ncrash = {{ nodes = \"peer-1\" }}\n\
         [[faults]]\nat = \"20000 s\"\ncrash = {{ nodes = \"peer-2\" }}\n"
    );
    for (name, record) in runs("duration = \"10 h\"", "count = 12", &rest) {
        let storage = storage(&record);
        let (size, pieces) = if name == "copies" { (1_000_000, 3) } else { (250_000, 8) };
        assert_eq!((storage.items, storage.lost), (31, 0), "{name}");
        // Each item is on as many disks as ever that are there, and on those that are gone.
        let at_first = 31 * pieces * size;
        let surplus = storage.disk_bytes.count() - at_first;
        assert_eq!(surplus, storage.repairs * size, "{name}");
        assert!(storage.repairs > 0, "{name}");
        // A piece takes as many as make the item whole: the item's size, under both.
        assert_eq!(storage.repair_bytes.count(), storage.repairs * 1_000_000, "{name}");
        let sent = value(&record, "peer_bytes").unwrap();
        assert_eq!(sent, storage.repair_bytes.count() as f64, "{name}: nobody else sends");
    }
}

/// Who is back soon has lost nothing; who is back late has surplus pieces, which count when the next one goes.
#[test]
fn a_holder_that_comes_back_still_has_its_pieces() {
    let rest = |first: &str, second: &str| {
        format!(
            "{TEN_ITEMS}[architectures.copies.shared-disks]\npeers = \"peer\"\n\
             redundancy = {{ copies = 4 }}\nrepair = {{ after = \"10 min\", every = \"1 min\" }}\n\
             [[faults]]\nat = \"100 s\"\nfor = \"{first}\"\ncrash = {{ nodes = \"peer-1\" }}\n\
             [[faults]]\nat = \"20000 s\"\nfor = \"{second}\"\ncrash = {{ nodes = \"peer-2\" }}\n"
        )
    };
    // All five peers have nearly everything: four of five have a copy.
    let repairs = |first: &str, second: &str| {
        let (_, record) = runs("duration = \"10 h\"", "count = 5", &rest(first, second)).remove(0);
        let storage = storage(&record);
        assert_eq!(storage.disk_bytes.count(), (124 + storage.repairs) * 1_000_000);
        storage.repairs
    };
    assert_eq!(repairs("9 min", "9 min"), 0);
    let of_first = repairs("1 h", "1 s");
    assert!((1..31).contains(&of_first), "{of_first}");
    // What the first had is on all five by then, so nothing of it is missing without the second.
    assert_eq!(repairs("1 h", "1 h"), 31);
}

/// With the owner or the directory away nobody makes anything anew.
#[test]
fn nobody_looks_after_items_while_their_keeper_is_down() {
    let rest = format!(
        "{TEN_ITEMS}[architectures.owners.shared-disks]\npeers = \"peer\"\n\
         redundancy = {{ copies = 3 }}\nrepair = {{ after = \"10 min\" }}\n\
         [architectures.index.shared-disks]\npeers = \"peer\"\ndirectory = \"server-1\"\n\
         redundancy = {{ copies = 3 }}\nrepair = {{ after = \"10 min\" }}\n\
         [[faults]]\nat = \"100 s\"\ncrash = {{ nodes = \"peer-1\" }}\n\
         [[faults]]\nat = \"90 s\"\nfor = \"2 h\"\ncrash = {{ nodes = [\"owner\", \"server\"] }}\n"
    );
    for (run, is_repaired) in [("duration = \"2 h\"", false), ("duration = \"4 h\"", true)] {
        for (name, record) in runs(run, "count = 12", &rest) {
            assert_eq!(storage(&record).repairs > 0, is_repaired, "{name}, {run}");
        }
    }
}

/// The law of sampling without replacement: all copies are among those that go down at once and for good.
///
/// Of 3,000 items 3 copies each on 100 peers of which 40 are lost: 40 x 39 x 38 / (100 x 99 x 98) = 6.11 %.
#[test]
fn items_are_lost_when_all_that_have_them_are() {
    let rest = "[workloads.put.store]\nfrom = \"owner\"\nsize = \"1 kB\"\nstored = 1000\n\
        arrivals = { schedule = { times = [\"1 s\"] } }\n\
        [architectures.disks.shared-disks]\npeers = \"peer\"\nredundancy = { copies = 3 }\n\
        [architectures.code.shared-disks]\npeers = \"peer\"\n\
        redundancy = { erasure = { needed = 2, pieces = 4 } }\n\
        [[faults]]\nat = \"100 s\"\ncrash = { nodes = \"peer\", share = 0.4 }\n";
    for (name, record) in runs("duration = \"200 s\"", "count = 100", rest) {
        let storage = storage(&record);
        let expected = match name.as_str() {
            "disks" => 40.0 * 39.0 * 38.0 / (100.0 * 99.0 * 98.0),
            // Of four pieces three or all four are lost.
            _ => {
                let all = 100.0 * 99.0 * 98.0 * 97.0;
                let four = 40.0 * 39.0 * 38.0 * 37.0;
                let three = 4.0 * 40.0 * 39.0 * 38.0 * 60.0;
                (four + three) / all
            }
        };
        let found = storage.lost as f64 / storage.items as f64;
        // Four standard errors of a binomial.
        let error = 4.0 * (expected * (1.0 - expected) / storage.items as f64).sqrt();
        assert!((found - expected).abs() < error, "{name}: {found}, not {expected}");
    }
}

/// One of three that hold an item is gone, and the only other one is away: asked to make a piece, it does not
/// answer. It is back at 5 h, is found to be, and makes it.
#[test]
fn who_was_away_is_asked_again_when_it_is_back() {
    let rest = "[workloads.put.store]\nfrom = \"owner-1\"\nsize = \"1 MB\"\n\
        arrivals = { schedule = { times = [\"1 h\"] } }\n\
        [architectures.copies.shared-disks]\npeers = \"peer\"\nredundancy = { copies = 3 }\n\
        repair = { after = \"10 min\", every = \"5 min\" }\n\
        [architectures.code.shared-disks]\npeers = \"peer\"\nacknowledge = 3\n\
        redundancy = { erasure = { needed = 2, pieces = 3 } }\n\
        repair = { after = \"10 min\", every = \"5 min\" }\n\
        [[faults]]\nat = \"30 min\"\nfor = \"270 min\"\ncrash = { nodes = \"peer-3\" }\n\
        [[faults]]\nat = \"3 h\"\ncrash = { nodes = \"peer-1\" }\n";
    for (name, record) in runs("duration = \"330 min\"", "count = 4", rest) {
        assert_eq!((storage(&record).items, storage(&record).repairs), (1, 1), "{name}");
    }
}

/// Three retrieves bring two pieces of three, of 3 MB, and no third one.
#[test]
fn pieces_that_do_not_make_an_item_whole_are_wasted() {
    let rest = "[workloads.put.store]\nfrom = \"owner-1\"\nsize = \"9 MB\"\nstored = 1\n\
        arrivals = { schedule = { times = [\"9 h\"] } }\n\
        [workloads.get.retrieve]\nfrom = \"owner-1\"\nof = \"put\"\n\
        arrivals = { schedule = { times = [\"1 h\", \"2 h\", \"3 h\"] } }\n\
        [architectures.pieces.shared-disks]\npeers = \"peer\"\n\
        redundancy = { erasure = { needed = 3, pieces = 3 } }\n\
        [[faults]]\nat = \"30 min\"\nfor = \"5 h\"\ncrash = { nodes = \"peer-3\" }\n";
    let (_, record) = runs("duration = \"8 h\"", "count = 3", rest).remove(0);
    let is_failed = |r: &hubmesh::metrics::RequestRecord| {
        r.outcome == Outcome::Failed(FailureReason::ServerDown)
    };
    assert!(record.requests.len() == 3 && record.requests.iter().all(is_failed));
    assert_eq!(value(&record, "wasted_bytes"), Some(18e6));
}

/// Of two disks one is gone, and a stranger asks both: sometimes the other one last, which has nothing.
#[test]
fn an_item_whose_holder_is_away_fails_for_that_whoever_is_asked_last() {
    let rest = "[workloads.put.store]\nfrom = \"owner-1\"\nsize = \"1 MB\"\nstored = 40\n\
        arrivals = { schedule = { times = [\"100 min\"] } }\n\
        [workloads.get.retrieve]\nfrom = \"owner-2\"\nof = \"put\"\nwhose = \"any\"\n\
        arrivals = { per-node = { every = \"10 s\" } }\n\
        [architectures.one.shared-disks]\npeers = \"peer\"\nredundancy = { copies = 1 }\n\
        [[faults]]\nat = \"10 min\"\ncrash = { nodes = \"peer-1\" }\n";
    let (_, record) = runs("duration = \"90 min\"", "count = 2", rest).remove(0);
    let reasons = record.requests.iter().filter_map(|request| match request.outcome {
        Outcome::Failed(reason) => Some(reason),
        _ => None,
    });
    let reasons: Vec<FailureReason> = reasons.collect();
    assert!(reasons.len() > 100 && reasons.iter().all(|&why| why == FailureReason::ServerDown));
}

#[test]
fn what_is_stored_from_the_start_is_not_on_disks_of_those_who_come_later() {
    let rest = "[nodes.guest]\ncount = 3\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\n\
        arrives = { at = \"1 h\" }\n\
        [workloads.put.store]\nfrom = \"owner-1\"\nsize = \"1 MB\"\nstored = 40\n\
        arrivals = { schedule = { times = [\"100 min\"] } }\n\
        [architectures.server.client-server]\nservers = [\"guest\", \"server\"]\n\
        [architectures.one.shared-disks]\npeers = [\"guest\", \"peer\"]\n\
        redundancy = { copies = 1 }\n\
        [architectures.all-late.shared-disks]\npeers = \"guest\"\nredundancy = { copies = 1 }\n";
    for (name, record) in runs("duration = \"90 min\"", "count = 3", rest) {
        // Where all come later, they had been there before.
        let there = if name == "all-late" { 30.0 / 90.0 } else { 1.0 };
        assert_eq!(storage(&record).items, 40, "{name}");
        let found = value(&record, "items_available").unwrap();
        assert!((found - there).abs() < 1e-9, "{name}: {found}");
    }
}
