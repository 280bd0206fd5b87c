//! Calls: how long it takes to put one through, how good it is, and what becomes of it when something breaks.

use std::path::Path;

use hubmesh::architectures::Contender;
use hubmesh::engine::Control;
use hubmesh::metrics::{CallEnd, CallRecord, FailureReason, Outcome, RunRecord};
use hubmesh::scenario::Scenario;
use hubmesh::stats::{erlang_b, measure, metric_index};

/// `phones`: of their table, beside their lines of 1 and 10 Mbit/s.
fn scenario(run: &str, phones: &str, rest: &str) -> Scenario {
    let text = format!(
        "title = \"t\"\nseed = 3\nrun = {{ {run}, replications = 1 }}\n\
         network.transport = \"ideal\"\n\
         [nodes.phone]\nup = \"1 Mbit/s\"\ndown = \"10 Mbit/s\"\nlatency = \"10 ms\"\n{phones}\n\
         [nodes.server]\ncount = 3\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\nlatency = \"5 ms\"\n{rest}"
    );
    let scenario = Scenario::parse("calls.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario
}

fn runs(run: &str, phones: &str, rest: &str) -> Vec<(String, RunRecord)> {
    let scenario = scenario(run, phones, rest);
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

/// A call of a minute at 1 s.
fn talk(more: &str) -> String {
    format!(
        "[workloads.talk.call]\nfrom = \"phone-1\"\nto = \"phone-2\"\nholding = \"60 s\"\n\
         arrivals = {{ schedule = {{ times = [\"1 s\"] }} }}\n{more}\n"
    )
}

fn telephony(more: &str) -> String {
    format!(
        "[architectures.central.telephony]\nusers = \"phone\"\nset_up = \"central\"\n\
         server = \"server-1\"\n{more}\n"
    )
}

const DONE: &str = "until = \"done\"";

fn only_call(record: &RunRecord) -> CallRecord {
    let [call] = record.each_call[..] else { panic!("{:?}", record.each_call) };
    call
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
}

/// What both have sent has come, whoever passed it on.
fn bytes_are_conserved(record: &RunRecord) -> u64 {
    let up: u64 = record.nodes.iter().map(|node| node.bytes_up.count()).sum();
    let down: u64 = record.nodes.iter().map(|node| node.bytes_down.count()).sum();
    assert_eq!(up, down);
    up
}

#[test]
fn a_call_on_idle_lines_is_put_through_and_heard_as_by_hand() {
    let all = "[architectures.some.telephony]\nusers = \"phone\"\nset_up = \"supernodes\"\n\
        [architectures.table.telephony]\nusers = \"phone\"\nset_up = \"dht\"\n\
        [architectures.through.telephony]\nusers = \"phone\"\nset_up = \"central\"\n\
        server = \"server-1\"\nmedia = \"server\"\nrelays = \"server-2\"\n";
    let rest = format!("{}{}{all}", talk(""), telephony(""));
    for (name, record) in runs(DONE, "count = 2", &rest) {
        let request = record.requests[0];
        assert_eq!(request.outcome, Outcome::Answered, "{name}");
        // A question to the server and its answer, 15 ms each; an invitation and its answer, 20 ms each. One of
        // two phones is the supernode, and knows both. Through a server each word takes 15 ms twice.
        let set_up = match name.as_str() {
            "central" => 0.07,
            "through" => 0.09,
            "some" => 0.04,
            _ => request.ended.unwrap().secs() - request.issued.secs(),
        };
        let found = request.ended.unwrap().secs() - request.issued.secs();
        assert!(name != "some" || found > 0.04 - 1e-9, "{name}: {found}");
        if name != "some" {
            close(found, set_up);
        }
        let call = only_call(&record);
        assert_eq!(call.end, CallEnd::HungUp, "{name}");
        close(call.ended.secs() - call.begun.secs(), 60.0);
        let quality = call.quality.unwrap();
        // A packet of 20 ms, the way of 20 ms (30 ms through a server), and 40 ms of the buffer: below 100 ms nothing
        // of it is noticed. MOS of R = 93.2.
        close(quality.delay, if name == "through" { 0.09 } else { 0.08 });
        // Both directions meet in the server, and are in each other's way for less than a packet.
        let most = if name == "through" { 2e-8 } else { 0.0 };
        assert!(quality.jitter <= most && quality.loss == 0.0, "{name}: {quality:?}");
        close(quality.rating, 93.2);
        close(quality.opinion, 4.409285824);
        // 80 kbit/s each way for a minute, twice through a server.
        let sent = bytes_are_conserved(&record) as f64;
        let expected = if name == "through" { 2.4e6 } else { 1.2e6 };
        assert!((sent - expected).abs() <= 2.0, "{name}: {sent}");
        assert_eq!(value(&record, "dropped_calls"), Some(0.0), "{name}");
        assert_eq!(value(&record, "wasted_bytes"), Some(0.0), "{name}");
    }
}

#[test]
fn an_upload_fills_the_buffer_of_the_uplink_and_leaves_the_call_its_rate() {
    let upload = "[workloads.upload.transfer]\nfrom = \"phone-1\"\nto = \"server-3\"\n\
        size = \"4.6 MB\"\narrivals = { schedule = { times = [\"0.5 s\"] } }\n";
    let rest = format!("{}{upload}{}", talk(""), telephony(""));
    let record = one(DONE, "count = 2", &rest);
    let call = only_call(&record);
    // The usual buffer of this line is 30 kB, 240 ms, three quarters full: 260 ms from mouth to ear. 4.6 MB take 40 s at the 920 kbit/s
    // that the call leaves, and some of that before it.
    let upload = record.requests.iter().find(|request| request.bytes.count() > 0).unwrap();
    let took = upload.ended.unwrap().secs() - upload.issued.secs();
    let before = call.begun.secs() - 0.5 - 0.015;
    close(took, 0.015 + before + (4.6e6 * 8.0 - before * 1e6) / 920e3);
    let quality = call.quality.unwrap();
    let until = upload.ended.unwrap().secs() - call.begun.secs();
    // Of 60 samples those until then.
    let share = [until.floor(), until.ceil()].map(|samples| samples / 60.0);
    let expected = share.map(|share| 0.08 + share * 0.18);
    assert!(
        (expected[0] - 1e-9..=expected[1] + 1e-9).contains(&quality.delay),
        "{} not in {expected:?}",
        quality.delay
    );
    assert_eq!(quality.loss, 0.0);
    assert!(quality.opinion < 4.409);
}

#[test]
fn streams_that_a_line_cannot_carry_lose_what_is_too_much() {
    // 80 and 920 kbit/s for a picture, twice, over 1 Mbit/s: half of it.
    let calls = "[workloads.talk.call]\nfrom = \"phone-1\"\nto = \"server\"\n\
        holding = \"60 s\"\nvideo = \"920 kbit/s\"\n\
        arrivals = { schedule = { times = [\"1 s\", \"2 s\", \"3 s\", \"4 s\"] } }\n";
    let lines = "[architectures.central.telephony]\nusers = [\"phone-1\", \"server\"]\n\
        set_up = \"central\"\nserver = \"phone-2\"\n\
        gateways = [\"phone-1\", \"server\"]\nlines = 2\n";
    let record = one(DONE, "count = 2", &format!("{calls}{lines}"));
    assert_eq!(record.each_call.len(), 2);
    assert_eq!(value(&record, "blocked_calls"), Some(0.5));
    for call in &record.each_call {
        let quality = call.quality.unwrap();
        // One of them was alone for a second.
        assert!((quality.loss - 0.5).abs() < 0.01, "{quality:?}");
        assert!(quality.opinion < 1.5);
        // A full buffer on the way.
        assert!((quality.delay - 0.315).abs() < 0.005, "{quality:?}");
    }
    // The other direction has room.
    let back: u64 = record.nodes[2..].iter().map(|node| node.bytes_up.count()).sum();
    assert!((back as f64 - 2.0 * 60.0 * 1e6 / 8.0).abs() < 4.0, "{back}");
    let there = record.nodes[0].bytes_up.count() as f64;
    assert!((there / (61.0 * 1e6 / 8.0) - 1.0).abs() < 1e-3, "{there}");
}

#[test]
fn whoever_speaks_is_busy() {
    let calls = format!(
        "{}[workloads.other.call]\nfrom = \"phone-3\"\nto = \"phone-1\"\nholding = \"1 s\"\n\
         arrivals = {{ schedule = {{ times = [\"2 s\", \"30 s\", \"70 s\"] }} }}\n\
         [workloads.again.call]\nfrom = \"phone-2\"\nto = \"phone-3\"\nholding = \"1 s\"\n\
         arrivals = {{ schedule = {{ times = [\"40 s\", \"80 s\"] }} }}\n",
        talk("")
    );
    let record = one(DONE, "count = 3", &format!("{calls}{}", telephony("")));
    let outcomes: Vec<(f64, Outcome)> =
        record.requests.iter().map(|r| (r.issued.secs(), r.outcome)).collect();
    let busy = Outcome::Failed(FailureReason::Refused);
    let answered = Outcome::Answered;
    assert_eq!(
        outcomes,
        [
            (1.0, answered),
            (2.0, busy),
            (30.0, busy),
            (40.0, busy),
            (70.0, answered),
            (80.0, answered)
        ]
    );
    assert_eq!(value(&record, "blocked_calls"), Some(0.5));
}

#[test]
fn a_call_breaks_when_one_of_its_ends_goes_down() {
    for victim in ["phone-1", "phone-2"] {
        let fault = format!(
            "[[faults]]\nat = \"31 s\"\nfor = \"60 s\"\ncrash = {{ nodes = \"{victim}\" }}\n\
             [workloads.later.call]\nfrom = \"phone-1\"\nto = \"phone-2\"\nholding = \"9 s\"\n\
             arrivals = {{ schedule = {{ times = [\"100 s\"] }} }}\n"
        );
        let record = one(DONE, "count = 2", &format!("{}{fault}{}", talk(""), telephony("")));
        assert_eq!(record.each_call.len(), 2, "{victim}");
        let call = record.each_call[0];
        assert_eq!(call.end, CallEnd::Dropped, "{victim}");
        // Who is left hears of it one way later.
        close(call.ended.secs(), if victim == "phone-1" { 31.0 } else { 31.02 });
        assert_eq!(value(&record, "dropped_calls"), Some(0.5), "{victim}");
        // Nobody is busy for ever, and what was heard is no waste.
        assert_eq!(record.each_call[1].end, CallEnd::HungUp, "{victim}");
        assert_eq!(value(&record, "wasted_bytes"), Some(0.0), "{victim}");
        let spoken = 2.0 * (31.0 - call.begun.secs() + 9.0) * 1e4;
        let sent = bytes_are_conserved(&record) as f64;
        assert!((sent - spoken).abs() < 5.0, "{victim}: {sent}, not {spoken}");
    }
}

#[test]
fn whoever_accepts_no_connection_is_called_through_a_relay() {
    let relayed = |media: &str| {
        let lines = telephony(&format!("media = \"{media}\"\nrelays = \"server-2\""));
        one(DONE, "count = 2\ndialable = 0.0", &format!("{}{lines}", talk("")))
    };
    let refused = relayed("direct");
    assert_eq!(refused.requests[0].outcome, Outcome::Failed(FailureReason::Unreachable));
    let record = relayed("relay");
    let call = only_call(&record);
    assert_eq!(call.relay.map(|relay| relay.0), Some(3));
    close(call.quality.unwrap().delay, 0.02 + 0.03 + 0.04);
    assert_eq!(record.relayed.count(), bytes_are_conserved(&record) / 2);
}

#[test]
fn a_call_outlives_its_relay_only_where_it_is_taken_up_again() {
    let lost = |restart: &str| {
        let lines = telephony(&format!(
            "media = \"server\"\nrelays = [\"server-2\", \"server-3\"]\n{restart}\n\
             [[faults]]\nat = \"31 s\"\nfor = \"5 min\"\ncrash = {{ nodes = \"server-2\" }}\n\
             [[faults]]\nat = \"41 s\"\nfor = \"5 min\"\ncrash = {{ nodes = \"server-3\" }}"
        ));
        one("duration = \"2 min\"", "count = 2", &format!("{}{lines}", talk("")))
    };
    let record = lost("");
    let dropped = only_call(&record);
    assert_eq!((dropped.end, dropped.restarts), (CallEnd::Dropped, 0));
    let heard = dropped.ended.secs();
    assert!([31.015, 41.015].iter().any(|at| (heard - at).abs() < 1e-6), "{heard}");
    let record = lost("restart_after = \"2 s\"");
    let call = only_call(&record);
    // Through the second one, if the first was the first to go; with both down nobody passes on.
    let is_first = dropped.ended.secs() < 40.0;
    assert_eq!(call.restarts, u32::from(is_first));
    assert_eq!(call.end, CallEnd::Dropped);
    close(call.ended.secs(), 43.015);
    assert_eq!(value(&record, "dropped_calls"), Some(1.0));
    bytes_are_conserved(&record);
}

#[test]
fn a_line_that_is_cut_is_silence_and_ends_a_call_that_hears_nothing_for_long() {
    let cut = |span: &str| {
        let fault = format!(
            "[[faults]]\nat = \"20 s\"\nfor = \"{span}\"\n\
             cut = {{ links = \"phone-2\" }}\n"
        );
        one(DONE, "count = 2", &format!("{}{fault}{}", talk(""), telephony("")))
    };
    let record = cut("15 s");
    let call = only_call(&record);
    assert_eq!(call.end, CallEnd::HungUp);
    // 15 of 60 samples.
    close(call.quality.unwrap().loss, 0.25);
    let sent = bytes_are_conserved(&record) as f64;
    assert!((sent - 45.0 * 2e4).abs() < 4.0, "{sent}");
    let call = only_call(&cut("39 s"));
    assert_eq!(call.end, CallEnd::Dropped);
    // The 30th sample in which nothing is heard, one a second.
    assert!((49.0..=50.0).contains(&call.ended.secs()), "{}", call.ended.secs());
}

#[test]
fn a_gateway_blocks_as_erlang_says() {
    let (lines, load, holding, count) = (10, 7.0, 100.0, 40_000);
    let rate = load / holding;
    let calls = format!(
        "[workloads.talk.call]\nfrom = \"phone-1\"\nto = \"phone-2\"\n\
         holding = {{ exponential = {{ mean = \"{holding} s\" }} }}\ncodec = \"g729\"\n\
         arrivals = {{ poisson = {{ rate = \"{rate} /s\", count = {count} }} }}\n"
    );
    let gateway = telephony(&format!("gateways = [\"phone-1\", \"phone-2\"]\nlines = {lines}"));
    let record = one(DONE, "count = 2", &format!("{calls}{gateway}"));
    let blocked = value(&record, "blocked_calls").unwrap();
    let expected = erlang_b(load, lines);
    // Blocked calls come in spells of about a holding time: the variance of their share is that of independent ones
    // times 2 load / lines and more (Descloux, 1965); three times that is taken.
    let error = (3.0 * 2.0 * expected * (1.0 - expected) / f64::from(count)).sqrt();
    assert!((blocked - expected).abs() < 4.0 * error, "{blocked}, not {expected}");
}

/// Talkers on one line: as many packets come at a time as talk, and each waits as in M/D/1.
#[test]
fn talk_spurts_wait_as_in_m_d_1_over_those_who_talk() {
    let (talkers, line) = (20, 1e6);
    // A gateway with an uplink of 1 Mbit/s for all; each has a phone of his own, and talks for an hour.
    let calls = format!(
        "[workloads.talk.call]\nfrom = \"phone-1\"\nto = \"server\"\n\
         holding = \"1 h\"\nsilence_suppression = true\n\
         arrivals = {{ poisson = {{ rate = \"100 /s\", count = {talkers} }} }}\n"
    );
    let lines = "[architectures.central.telephony]\nusers = [\"phone-1\", \"server\"]\n\
        set_up = \"central\"\nserver = \"phone-2\"\n\
        gateways = [\"phone-1\", \"server\"]\nlines = 100\n";
    let record = one(DONE, "count = 2", &format!("{calls}{lines}"));
    // Nobody is in the way but the others who talk: their number is binomial.
    let activity: f64 = 1.004 / (1.004 + 1.587);
    let (service, others) = (1600.0 / line, talkers - 1);
    let mut chance = (1.0 - activity).powi(others);
    let mut expected = 0.0;
    for talking in 0..=others {
        let load = f64::from(talking) * 80e3 / line;
        // Beyond what the line carries its buffer is full, and that is no jitter: so it is from 12 others on.
        if f64::from(talking + 1) * 80e3 <= line {
            expected += chance * load * service / (2.0 * (1.0 - load));
        }
        chance *=
            f64::from(others - talking) / f64::from(talking + 1) * activity / (1.0 - activity);
    }
    // Both directions are heard; the uplink is the one that matters, and every call has one worse direction: where
    // packets are lost that is the uplink.
    assert_eq!(record.each_call.len(), talkers as usize);
    let found: Vec<f64> =
        record.each_call.iter().map(|call| call.quality.unwrap().jitter).collect();
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    // 1,400 samples of each talker, of which those within a spurt of about a second depend on each other.
    let variance = found.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (found.len() - 1) as f64;
    let error = (variance / found.len() as f64).sqrt();
    assert!((mean - expected).abs() < 4.0 * error, "{mean}, not {expected} by {error}");
    assert!(error < 0.1 * expected, "{error} of {expected}");
}

#[test]
fn equal_seeds_give_equal_calls() {
    let calls = "[workloads.talk.call]\nfrom = \"phone\"\n\
        holding = { exponential = { mean = \"20 s\" } }\nsilence_suppression = true\n\
        arrivals = { poisson = { rate = \"0.5 /s\", count = 100 } }\ncontacts = 3\n\
        [[faults]]\nat = \"30 s\"\nfor = \"20 s\"\ncrash = { nodes = \"phone\", share = 0.3 }\n\
        [architectures.some.telephony]\nusers = \"phone\"\nset_up = \"supernodes\"\n\
        media = \"relay\"\nrestart_after = \"1 s\"\n\
        [architectures.table.telephony]\nusers = \"phone\"\nset_up = \"dht\"\nmedia = \"relay\"\n";
    let rest = format!("{calls}{}", telephony("media = \"relay\""));
    let phones = "count = 40\ndialable = 0.6";
    let (first, second) = (runs(DONE, phones, &rest), runs(DONE, phones, &rest));
    for ((name, first), (_, second)) in first.iter().zip(&second) {
        assert_eq!(format!("{first:?}"), format!("{second:?}"), "{name}");
        // What was said was heard; no call is lost.
        bytes_are_conserved(first);
        let answered = first.requests.iter().filter(|r| r.outcome.is_answered()).count();
        assert_eq!(first.each_call.len(), answered, "{name}");
        assert!(first.requests.iter().all(|r| r.outcome != Outcome::Open), "{name}");
        assert!(answered > 30, "{name}: {answered}");
    }
}
