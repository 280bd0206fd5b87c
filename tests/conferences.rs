//! Conferences: what three ways to hold one take from lines and servers, how good they are, and what becomes of them when
//! somebody, or something, goes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use hubmesh::architectures::Contender;
use hubmesh::engine::Control;
use hubmesh::metrics::voice::{DelayRule, opinion, rating};
use hubmesh::metrics::{CallEnd, CallRecord, FailureReason, Outcome, RunRecord};
use hubmesh::scenario::Scenario;
use hubmesh::stats::{measure, metric_index};

/// `phones`: of their table, beside their lines of 10 and 50 Mbit/s.
fn text(run: &str, phones: &str, rest: &str) -> String {
    format!(
        "title = \"t\"\nseed = 3\nrun = {{ {run}, replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.phone]\nup = \"10 Mbit/s\"\ndown = \"50 Mbit/s\"\nlatency = \"10 ms\"\n{phones}\n\
         [nodes.server]\ncount = 3\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"5 ms\"\n{rest}"
    )
}

fn runs(run: &str, phones: &str, rest: &str) -> Vec<(String, RunRecord)> {
    let text = text(run, phones, rest);
    let scenario = Scenario::parse("conferences.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    let simulate = |contender: &Contender| {
        let record = contender.simulate(&scenario.model, 0, &Control::default());
        (contender.name.clone(), record)
    };
    scenario.contenders.iter().map(simulate).collect()
}

fn one(run: &str, phones: &str, rest: &str) -> RunRecord {
    runs(run, phones, rest).remove(0).1
}

fn value(record: &RunRecord, metric: &str) -> Option<f64> {
    measure(record, None)[metric_index(metric).unwrap()]
}

/// A conference of a minute, of all phones, that the first one calls together at 1 s.
fn meeting(size: u32, more: &str) -> String {
    format!(
        "[workloads.meeting.call]\nfrom = \"phone-1\"\nto = \"phone\"\nsize = {size}\nholding = \"60 s\"\n\
         arrivals = {{ schedule = {{ times = [\"1 s\"] }} }}\n{more}\n"
    )
}

fn way(name: &str, more: &str) -> String {
    let bridges = if name == "mesh" { "" } else { "bridges = \"server-2\"\n" };
    format!(
        "[architectures.{name}.telephony]\nusers = \"phone\"\nset_up = \"central\"\n\
         server = \"server-1\"\nconferences = \"{name}\"\n{bridges}{more}\n"
    )
}

const WAYS: [&str; 3] = ["mesh", "mixing", "forwarding"];
const DONE: &str = "until = \"done\"";

fn all_ways(more: &str) -> String {
    WAYS.map(|name| way(name, more)).concat()
}

fn only_call(record: &RunRecord) -> CallRecord {
    let [call] = record.each_call[..] else { panic!("{:?}", record.each_call) };
    call
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
}

fn bytes_are_conserved(record: &RunRecord) -> u64 {
    let up: u64 = record.nodes.iter().map(|node| node.bytes_up.count()).sum();
    let down: u64 = record.nodes.iter().map(|node| node.bytes_down.count()).sum();
    assert_eq!(up, down);
    up
}

/// Streams that a member and a server send in a conference of n.
fn streams(way: &str, n: f64) -> (f64, f64) {
    match way {
        "mesh" => (n - 1.0, 0.0),
        "mixing" => (1.0, n),
        _ => (1.0, n * (n - 1.0)),
    }
}

#[test]
fn each_way_sends_what_its_closed_form_says() {
    // Speech of 80 kbit/s and a picture of 400 kbit/s.
    for n in [2, 3, 6] {
        let rest = format!("{}{}", meeting(n, "video = \"400 kbit/s\""), all_ways(""));
        for (name, record) in runs(DONE, "count = 6", &rest) {
            let call = only_call(&record);
            assert_eq!(
                (call.end, call.turnout.came),
                (CallEnd::HungUp, u64::from(n) - 1),
                "{name}"
            );
            // All come at once: a question and its answer, 15 ms each; an invitation and its answer, 20 ms each.
            close(call.begun.secs(), 1.07);
            close(call.ended.secs() - call.begun.secs(), 60.0);
            let (of_member, of_server) = streams(&name, f64::from(n));
            let rate = 480e3;
            let found = [value(&record, "member_up_rate"), value(&record, "server_up_rate")];
            for (found, streams) in found.into_iter().zip([of_member, of_server]) {
                // Each stream is counted in whole bytes.
                let error = 8.0 * f64::from(n * n) / 60.0;
                assert!((found.unwrap() - streams * rate).abs() < error, "{name}, {n}: {found:?}");
            }
            let all = 60.0 * rate / 8.0 * (f64::from(n) * of_member + of_server);
            let sent = bytes_are_conserved(&record) as f64;
            assert!((sent - all).abs() < f64::from(n * n), "{name}, {n}: {sent}, not {all}");
            assert_eq!(value(&record, "attendance"), Some(1.0));
            assert_eq!(value(&record, "wasted_bytes"), Some(0.0));
        }
    }
}

#[test]
fn a_conference_on_idle_lines_is_heard_as_by_hand() {
    let rest = format!("{}{}", meeting(4, "codec = \"g729\""), all_ways(""));
    for (name, record) in runs(DONE, "count = 4", &rest) {
        let call = only_call(&record);
        let quality = call.quality.unwrap();
        // A packet of 20 ms, a look-ahead of 5 ms and a buffer of 40 ms, and 20 ms of the way; 30 ms by a server; a mixing one has
        // a packet, a look-ahead and a buffer of its own, and codes twice.
        let (millis, ie) = match name.as_str() {
            "mesh" => (85.0, 11.0),
            "mixing" => (160.0, 22.0),
            _ => (95.0, 11.0),
        };
        // Streams that leave the server together are in each other's way for less than a millisecond.
        assert!((1e3 * quality.delay - millis).abs() < 1e-6, "{name}: {quality:?}");
        assert!(quality.loss < 1e-9 && quality.jitter < 1e-3, "{name}: {quality:?}");
        let expected = rating(DelayRule::G107, millis, ie);
        assert!((quality.rating - expected).abs() < 1e-4, "{name}: {quality:?}, not {expected}");
        assert_eq!(call.turnout.directions, 12);
        let mean = value(&record, "mos.directions").unwrap();
        assert!((mean - opinion(expected)).abs() < 1e-5, "{name}: {mean}");
        assert!((value(&record, "mos.mean").unwrap() - mean).abs() < 1e-5);
    }
}

#[test]
fn a_mesh_loses_what_the_uplinks_cannot_carry_and_servers_do_not() {
    // Of 5 members each sends 4 x 4 Mbit/s over 10 Mbit/s.
    let rest = format!("{}{}", meeting(5, "video = \"3.92 Mbit/s\""), all_ways(""));
    for (name, record) in runs(DONE, "count = 5", &rest) {
        let quality = only_call(&record).quality.unwrap();
        let loss = if name == "mesh" { 1.0 - 10.0 / 16.0 } else { 0.0 };
        assert!((quality.loss - loss).abs() < 1e-6, "{name}: {quality:?}");
        assert_eq!(quality.opinion < 2.0, name == "mesh", "{name}");
    }
}

#[test]
fn processors_of_a_bridge_work_for_each_stream_and_what_is_too_much_is_lost() {
    // 5 members: 5 streams of a mixing server, 20 of one that forwards; each takes 0.1 s a second of 1 worker.
    let server = "[nodes.bridge]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"5 ms\"\ncpu = { workers = 1 }\n";
    let of_bridge = |name: &str| {
        way(name, "stream_work = \"100 ms\"")
            .replace("bridges = \"server-2\"", "bridges = \"bridge\"")
    };
    let rest =
        format!("{}{server}{}{}", meeting(5, ""), of_bridge("mixing"), of_bridge("forwarding"));
    for (name, record) in runs(DONE, "count = 5", &rest) {
        let (load, loss) = if name == "mixing" { (0.5, 0.0) } else { (1.0, 0.5) };
        let quality = only_call(&record).quality.unwrap();
        assert!((quality.loss - loss).abs() < 1e-6, "{name}: {quality:?}");
        let busy = record.nodes.last().unwrap().busy.secs();
        // A job a second from some instant of the first second on.
        assert!((busy / 60.0 - load).abs() < 0.02, "{name}: {busy} s");
    }
}

#[test]
fn who_is_busy_stays_away_and_with_nobody_there_is_no_conference() {
    let calls = format!(
        "{}[workloads.other.call]\nfrom = \"phone-5\"\nto = [\"phone-1\", \"phone-2\"]\nsize = 3\nholding = \"1 s\"\n\
         arrivals = {{ schedule = {{ times = [\"20 s\"] }} }}\n\
         [workloads.mixed.call]\nfrom = \"phone-6\"\nto = [\"phone-3\", \"phone-7\"]\nsize = 3\nholding = \"10 s\"\n\
         arrivals = {{ schedule = {{ times = [\"30 s\"] }} }}\n",
        meeting(4, "").replace("to = \"phone\"", "to = [\"phone-2\", \"phone-3\", \"phone-4\"]")
    );
    for (name, record) in runs(DONE, "count = 7", &format!("{calls}{}", all_ways(""))) {
        let outcomes: Vec<Outcome> = record.requests.iter().map(|r| r.outcome).collect();
        let busy = Outcome::Failed(FailureReason::Refused);
        assert_eq!(outcomes, [Outcome::Answered, busy, Outcome::Answered], "{name}");
        let came: Vec<u64> = record.each_call.iter().map(|call| call.turnout.came).collect();
        assert_eq!(came, [3, 1], "{name}");
        close(value(&record, "attendance").unwrap(), 4.0 / 5.0);
        close(value(&record, "blocked_calls").unwrap(), 1.0 / 3.0);
    }
}

#[test]
fn whoever_leaves_leaves_the_others_talking() {
    for victim in ["phone-1", "phone-3"] {
        let fault = format!(
            "[[faults]]\nat = \"31.07 s\"\nfor = \"10 s\"\ncrash = {{ nodes = \"{victim}\" }}\n\
             [workloads.later.call]\nfrom = \"phone-1\"\nto = \"phone\"\nsize = 4\nholding = \"9 s\"\n\
             arrivals = {{ schedule = {{ times = [\"100 s\"] }} }}\n"
        );
        let rest = format!("{}{fault}{}", meeting(4, ""), all_ways(""));
        for (name, record) in runs(DONE, "count = 4", &rest) {
            let [call, later] = record.each_call[..] else { panic!("{:?}", record.each_call) };
            assert_eq!(call.end, CallEnd::HungUp, "{name}");
            close(call.ended.secs() - call.begun.secs(), 60.0);
            close(call.turnout.presence, 30.0 * 4.0 + 30.0 * 3.0);
            let (of_four, of_three) = (streams(&name, 4.0), streams(&name, 3.0));
            let bytes = |four: f64, three: f64| 30.0 * 80e3 / 8.0 * (four + three);
            let sent = call.turnout.sent.count() as f64;
            assert!(
                (sent - bytes(4.0 * of_four.0, 3.0 * of_three.0)).abs() < 32.0,
                "{name}: {sent}"
            );
            let passed_on = call.turnout.passed_on.count() as f64;
            assert!((passed_on - bytes(of_four.1, of_three.1)).abs() < 32.0, "{name}: {passed_on}");
            // Nobody is busy for ever.
            assert_eq!((later.end, later.turnout.came), (CallEnd::HungUp, 3), "{name}, {victim}");
            bytes_are_conserved(&record);
        }
    }
}

#[test]
fn one_alone_is_no_conference() {
    let fault = "[[faults]]\nat = \"31 s\"\nfor = \"10 s\"\ncrash = { nodes = [\"phone-1\", \"phone-2\"] }\n";
    let rest = format!("{}{fault}{}", meeting(3, ""), all_ways(""));
    for (name, record) in runs(DONE, "count = 3", &rest) {
        let call = only_call(&record);
        assert_eq!(call.end, CallEnd::Dropped, "{name}");
        // Who is left hears of the last one to go one way later.
        close(call.ended.secs(), 31.02);
        bytes_are_conserved(&record);
    }
}

#[test]
fn a_conference_outlives_its_bridge_only_where_it_is_taken_up_again() {
    let fault = "[[faults]]\nat = \"31 s\"\nfor = \"5 min\"\ncrash = { nodes = \"server-2\" }\n\
         [[faults]]\nat = \"41 s\"\nfor = \"5 min\"\ncrash = { nodes = \"server-3\" }\n";
    for name in ["mixing", "forwarding"] {
        let lost = |restart: &str| {
            let ways = way(name, restart).replace("\"server-2\"", "[\"server-2\", \"server-3\"]");
            let record = one(
                "duration = \"2 min\"",
                "count = 4",
                &format!("{}{fault}{ways}", meeting(4, "")),
            );
            bytes_are_conserved(&record);
            only_call(&record)
        };
        let dropped = lost("");
        assert_eq!((dropped.end, dropped.restarts), (CallEnd::Dropped, 0), "{name}");
        let ended = dropped.ended.secs();
        assert!([31.015, 41.015].iter().any(|at| (ended - at).abs() < 1e-6), "{ended}");
        let call = lost("restart_after = \"2 s\"");
        let is_first = ended < 40.0;
        assert_eq!((call.end, call.restarts), (CallEnd::Dropped, u32::from(is_first)), "{name}");
        close(call.ended.secs(), 43.015);
    }
}

#[test]
fn whoever_accepts_no_connection_is_heard_through_a_server_or_a_relay() {
    let undialable = "count = 4\ndialable = 0.0";
    let rest = format!(
        "{}{}{}",
        meeting(4, ""),
        all_ways("relays = \"server-3\""),
        way("mesh", "relays = \"server-3\"\nmedia = \"relay\"")
            .replace("architectures.mesh", "architectures.relayed")
    );
    for (name, record) in runs(DONE, undialable, &rest) {
        if name == "mesh" {
            let unreachable = Outcome::Failed(FailureReason::Unreachable);
            assert_eq!(record.requests[0].outcome, unreachable);
            continue;
        }
        let call = only_call(&record);
        assert_eq!((call.end, call.turnout.came), (CallEnd::HungUp, 3), "{name}");
        assert!(call.quality.unwrap().loss < 1e-9, "{name}: {call:?}");
        // All that is said in a mesh of that kind goes through the relay.
        let passed_on = call.turnout.passed_on.count() as f64 / (60.0 * 80e3 / 8.0);
        let expected = match name.as_str() {
            "mixing" => 4.0,
            _ => 12.0,
        };
        assert!((passed_on - expected).abs() < 1e-3, "{name}: {passed_on}");
    }
}

#[test]
fn whoever_is_cut_off_for_long_is_out_and_the_others_go_on() {
    let cut = "[[faults]]\nat = \"10 s\"\nfor = \"40 s\"\ncut = { links = \"phone-2\" }\n";
    let rest = format!("{}{cut}{}", meeting(4, ""), all_ways(""));
    for (name, record) in runs(DONE, "count = 4", &rest) {
        let call = only_call(&record);
        assert_eq!(call.end, CallEnd::HungUp, "{name}");
        // The 30th sample in a row in which nothing is heard, one a second: out from 39 or 40 s on, and not back at 50 s.
        let absent = 240.0 - call.turnout.presence;
        assert!((61.07 - 40.0 - 1e-6..=61.07 - 39.0 + 1e-6).contains(&absent), "{name}: {absent}");
        bytes_are_conserved(&record);
    }
}

#[test]
fn opinions_are_told_of_each_workload_with_its_codec() {
    let calls = "[workloads.good.call]\nfrom = \"phone-1\"\nto = \"phone-2\"\nholding = \"20 s\"\n\
         arrivals = { schedule = { times = [\"1 s\"] } }\n\
         [workloads.bad.call]\nfrom = \"phone-3\"\nto = \"phone-4\"\nholding = \"20 s\"\ncodec = \"g723\"\n\
         arrivals = { schedule = { times = [\"1 s\"] } }\n";
    let record = one(DONE, "count = 4", &format!("{calls}{}", way("mesh", "")));
    let of = |workload| measure(&record, workload)[metric_index("mos.mean").unwrap()].unwrap();
    // G.711 without loss; G.723.1 has an impairment of 15: 20 ms of the way, 30 + 7.5 + 40 ms, no more than 100 ms.
    close((of(Some(0)) * 1e6).round() / 1e6, 4.409286);
    let bad = opinion(rating(DelayRule::G107, 97.5, 15.0));
    assert!((of(Some(1)) - bad).abs() < 1e-6);
    assert!((of(None) - (of(Some(0)) + of(Some(1))) / 2.0).abs() < 1e-6);
    let refused = |workload| measure(&record, workload)[metric_index("blocked_calls").unwrap()];
    assert_eq!([refused(Some(0)), refused(Some(1))], [Some(0.0); 2]);
}

/// What is said before a run.
fn warnings(phones: &str, rest: &str) -> String {
    let text = text("duration = \"1 h\"", phones, rest);
    let scenario = Scenario::parse("conferences.toml", &text, Path::new("."), &[]);
    scenario.unwrap_or_else(|error| panic!("{error}\n{text}")).warnings.join("\n")
}

#[test]
fn what_conferences_ask_too_much_is_said_before_a_run() {
    let meetings = "[workloads.meeting.call]\nfrom = \"phone\"\nsize = 5\nholding = \"10 min\"\nvideo = \"1080p\"\n\
         arrivals = { poisson = { rate = \"60 /h\" } }\n";
    let all = all_ways("")
        .replace("bridges = \"server-2\"", "bridges = \"bridge\"\nstream_work = \"6 ms\"");
    let bridge =
        "[nodes.bridge]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"5 ms\"\n";
    let cpu = "cpu = { workers = 1 }\n";
    let found = warnings("count = 100", &format!("{meetings}{bridge}{cpu}{all}"));
    // 4 x 4.19 Mbit/s over 10; ten conferences at a time, of 20 streams of 6 ms each: 1.2 of what one worker does.
    let uplinks = "\"mesh\": in a conference of 5 (\"meeting\") a member needs 16.76 Mbit/s of its uplinks, and those of \"phone\" carry 10.00 Mbit/s";
    assert!(found.contains(uplinks), "{found}");
    let processors = "\"forwarding\": the processors of its bridges are offered 120 % of";
    assert!(found.contains(processors), "{found}");
    assert_eq!(found.matches("what is too much is lost").count(), 2, "{found}");
    // None of the three is said of a smaller conference, and others are.
    let few = meetings.replace("size = 5", "size = 3");
    let undialable = "count = 100\ndialable = 0.5";
    let found = warnings(undialable, &format!("{few}{bridge}{all}"));
    assert!(!found.contains("what is too much"), "{found}");
    assert!(
        found.contains("both accept no connection (`dialable`) do not hear each other"),
        "{found}"
    );
    let idle = "`stream_work` does nothing at 1 of the 1 bridges, which have no station \"cpu\"";
    assert_eq!(found.matches(idle).count(), 2, "{found}");
    let hidden = format!("{few}{bridge}dialable = 0.0\n{all}");
    let found = warnings("count = 100", &hidden);
    assert_eq!(found.matches("none of the bridges accepts connections").count(), 2, "{found}");
    let two = meetings.replace("size = 5\n", "");
    let found = warnings("count = 100", &format!("{two}{bridge}{all}"));
    assert_eq!(found.matches("`conferences` and `bridges` do nothing").count(), 2, "{found}");
}

/// Rows of a table of the program, by the names of their columns.
fn rows(text: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines.map(|line| names.iter().copied().zip(line.split(',')).collect()).collect()
}

/// Runs the program; returns `calls.csv`, `nodes.csv` and `summary.csv`.
fn program(threads: &str) -> [String; 3] {
    let folder =
        std::env::temp_dir().join(format!("hubmesh-conferences-{}-{threads}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let calls = "[workloads.meeting.call]\nfrom = \"phone\"\nsize = { uniform = { min = 2, max = 8 } }\n\
         holding = { exponential = { mean = \"60 s\" } }\nvideo = \"360p\"\n\
         arrivals = { poisson = { rate = \"3 /min\", count = 40 } }\n";
    let text = text(DONE, "count = 60", &format!("{calls}{}", all_ways("")));
    fs::write(folder.join("c.toml"), text.replace("replications = 1", "replications = 3")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hubmesh"))
        .args(["run", "c.toml", "--quiet", "--requests", "--threads", threads, "--out", "r"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(folder.join("r").join(name)).unwrap();
    let all = ["calls.csv", "nodes.csv", "summary.csv"].map(read);
    fs::remove_dir_all(&folder).unwrap();
    all
}

#[test]
fn conferences_of_random_sizes_send_what_closed_forms_say() {
    let [calls, nodes, summary] = program("1");
    assert!([&calls, &nodes, &summary].iter().copied().eq(program("2").iter()));
    // 64 kbit/s in packets of 160 + 40 bytes, and 500 kbit/s in packets of 1,460 + 40 bytes.
    let rate = 80e3 + 500e3 * 1500.0 / 1460.0;
    let number = |row: &BTreeMap<&str, &str>, name: &str| -> f64 { row[name].parse().unwrap() };
    let mut said: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    let mut met: BTreeMap<&str, Vec<[&str; 4]>> = BTreeMap::new();
    let mut sizes = BTreeMap::new();
    for row in &rows(&calls) {
        let name = row["architecture"];
        let n = 1.0 + number(row, "came");
        *sizes.entry(n as u32).or_insert(0) += 1;
        assert_eq!(row["end"], "hung-up");
        let bits = rate * (number(row, "ended_s") - number(row, "begun_s"));
        let (of_member, of_server) = streams(name, n);
        let found = [number(row, "member_bytes"), number(row, "server_bytes")];
        for (found, streams) in found.into_iter().zip([n * of_member, of_server]) {
            let expected = streams * bits / 8.0;
            // Each stream is counted in whole bytes, and times are told by the microsecond.
            let error = streams * (1.0 + rate * 2e-6 / 8.0) + 1e-6;
            assert!((found - expected).abs() < error, "{name}, {n}: {found}, not {expected}");
        }
        let sums = said.entry(name).or_default();
        (sums[0], sums[1]) = (sums[0] + found[0], sums[1] + found[1]);
        let who = ["replication", "request", "caller", "invited"].map(|name| row[name]);
        met.entry(name).or_default().push(who);
    }
    assert!(sizes.len() > 5, "{sizes:?}");
    // All architectures meet the same conferences, but for who is busy because an earlier one began some milliseconds later.
    assert!(met["mesh"].len() > 70);
    assert_eq!(met["mesh"], met["mixing"]);
    assert_eq!(met["mesh"], met["forwarding"]);
    // What nodes have sent is what was said, and all of it has come.
    for name in WAYS {
        let of_group = |group: &str, what: &str| -> f64 {
            let nodes = rows(&nodes);
            let own = nodes
                .iter()
                .filter(|row| row["architecture"] == name && row["node"].starts_with(group));
            own.map(|row| number(row, what)).sum()
        };
        assert_eq!(of_group("phone", "bytes_up"), said[name][0], "{name}");
        assert_eq!(of_group("server", "bytes_up"), said[name][1], "{name}");
        let down = of_group("phone", "bytes_down") + of_group("server", "bytes_down");
        assert_eq!(down, said[name][0] + said[name][1], "{name}");
    }
    for metric in ["member_up_rate", "server_up_rate", "mos.directions", "attendance"] {
        assert!(summary.contains(&format!("mixing,all,{metric},")), "{metric}");
    }
}
