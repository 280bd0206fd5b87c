//! What must hold whatever breaks: small random scenarios with random faults under all
//! architectures. Deterministic: scenario and faults follow from a seed and a number.
//!
//! `HUBMESH_FAULT_SCENARIOS` and `HUBMESH_FAULT_SEED` ask for more of them, or for others; `fuzz/` has the
//! same with scenarios that a fuzzer chooses.

mod whatever_breaks;

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use hubmesh::engine::Control;
use hubmesh::random::Key;
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use whatever_breaks::{Case, Dice, run_and_check};

fn number_from(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

fn case(seed: u64, number: u64) -> Case {
    Dice::new(Key::root(seed, number).text("whatever breaks").stream()).case(number)
}

#[test]
fn no_request_and_no_transfer_is_lost_and_all_architectures_meet_the_same_faults() {
    let count = number_from("HUBMESH_FAULT_SCENARIOS", 1000);
    let seed = number_from("HUBMESH_FAULT_SEED", 1);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fault-laws-{seed}"));
    let next = AtomicU64::new(0);
    let check_some = || -> Vec<(u64, String)> {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let wrong = numbers.take_while(|&number| number < count).filter_map(|number| {
            let case = case(seed, number);
            let what = run_and_check(&case, &folder.join(number.to_string())).err()?;
            Some((number, format!("scenario {number}: {what}\n{}\n{}", case.text, case.outages)))
        });
        wrong.collect()
    };
    // Threads of our own: those of the pool, in which each study runs, would begin one within another.
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut wrong: Vec<(u64, String)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(check_some)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    wrong.sort();
    let _ = std::fs::remove_dir_all(&folder);
    assert!(wrong.is_empty(), "{} of {count} break a law, first:\n{}", wrong.len(), wrong[0].1);
}

#[test]
fn every_kind_of_fault_is_among_the_random_ones() {
    let all: String = (0..300).map(|number| case(1, number).text).collect();
    for kind in [
        ".shared-disks]",
        ".server-farm]",
        ".volunteers]",
        "find = \"dht\"",
        ".telephony]",
        ".group-server]",
        "spread = \"tree\"",
        "spread = \"push-pull\"",
        ".print-server]",
        ".shared-printers]",
        "crash = ",
        "share = 0.5",
        "every = ",
        "crews = ",
        "leave = ",
        "drain = ",
        "lose = ",
        "cut = ",
        "slow = ",
        "partition = ",
        "region = ",
        "maintenance = ",
        "attack = ",
        "sites = ",
        "by = \"degree\"",
        "by = \"betweenness\"",
        "by = \"random\"",
        "by = \"bytes-sent\"",
        "by = \"requests-served\"",
        "by = \"overlay-degree\"",
        "recomputed = true",
        "cascade = ",
        "station = ",
        "link = \"up\"",
        "link = \"down\"",
        "outages = ",
        "time_scale = ",
        "arrives = ",
        "leaves = ",
        "copy_space = ",
        "copy_policy = ",
        "find = { kademlia = ",
        "find = { chord = ",
        "find = { broadcast = ",
        "find = { flooding = ",
        "find = { random-walk = ",
        "find = { supernodes = ",
        "find = { directory = ",
    ] {
        assert!(all.contains(kind), "{kind}");
    }
}

#[test]
fn a_run_without_faults_is_the_same_with_an_empty_list_of_them() {
    for number in 0..40 {
        let text = case(2, number).text;
        let text = text.split("[[faults]]").next().unwrap();
        let records = |text: &str| {
            let scenario = Scenario::parse("law.toml", text, Path::new("."), &[]).unwrap();
            let study = run(&scenario, &Control::default(), |_| {}).study;
            study.runs.iter().map(|run| format!("{:?}", run.record)).collect::<Vec<_>>()
        };
        assert_eq!(records(text), records(&format!("faults = []\n{text}")), "{text}");
    }
}
