//! What must hold of every run, and of the runs of all architectures together.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::{
    CallEnd, CallRecord, FailureReason, JobRecord, Outage, Outcome, PrintRecord, RequestRecord,
    RunRecord, Stop, StorageRecord, UpdateRecord,
};
use hubmesh::model::{Choice, FaultKind, Model};
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::units::{Bytes, Time};

use super::{Case, OUTAGES};

/// Runs a scenario in a `folder` of its own and says what is wrong, if anything is.
///
/// That no transfer is left without an owner at the end of a run is asserted by the engine itself.
pub fn run_and_check(case: &Case, folder: &Path) -> Result<(), String> {
    if !case.outages.is_empty() {
        let written = std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(folder.join(OUTAGES), &case.outages));
        written.map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let scenario = Scenario::parse("law.toml", &case.text, folder, &[]);
    let mut scenario = scenario.map_err(|error| error.to_string())?;
    if !case.outages.is_empty() {
        let _ = std::fs::remove_dir_all(folder);
    }
    scenario.keep_requests().map_err(|error| error.to_string())?;
    let study = run(&scenario, &Control::default(), |_| {}).study;
    let end = study.runs.iter().map(|run| run.record.ended).min().unwrap_or(Time::ZERO);
    let is_same_for_all = is_same_for_all(&study.model);
    let first = &study.runs[0].record;
    for run in &study.runs {
        let name = &study.architectures[run.architecture];
        if let Some(what) = broken_law(&run.record) {
            return Err(format!("{name}: {what}"));
        }
        if is_same_for_all && met_until(&run.record, end) != met_until(first, end) {
            return Err(format!("{name} meets other faults than {}", study.architectures[0]));
        }
    }
    Ok(())
}

/// Whether the faults can be the same under every architecture.
///
/// An attacker who looks at what an architecture does, and nodes that fail because of what it asks of
/// them, hit each where it is weakest: who that is, and when, is what such a fault is there to find out.
fn is_same_for_all(model: &Model) -> bool {
    model.faults.iter().all(|fault| match &fault.kind {
        FaultKind::Attack(attack) => !matches!(attack.choice, Choice::Most(_)),
        FaultKind::Cascade(_) => false,
        FaultKind::Crash { .. }
        | FaultKind::Leave { .. }
        | FaultKind::Crashes { .. }
        | FaultKind::LoseMessages { .. }
        | FaultKind::Links { .. }
        | FaultKind::Partition { .. } => true,
    })
}

/// What a run has met before `end`, an instant that all runs have reached: who was down from when until
/// when, and how much of the network held together under each fault that was over by then.
fn met_until(record: &RunRecord, end: Time) -> (Vec<Outage>, Vec<(u32, Option<f64>)>) {
    let begun = record.outages.iter().filter(|outage| outage.from < end);
    let cut =
        |outage: &Outage| Outage { until: outage.until.filter(|&until| until < end), ..*outage };
    let mut outages: Vec<Outage> = begun.map(cut).collect();
    outages.sort_unstable_by_key(|outage| (outage.from, outage.node.0));
    let faults = record.faults.iter().flat_map(|faults| &faults.spans);
    let over = faults.filter(|span| span.ends < end);
    (outages, over.map(|span| (span.table, span.network_component)).collect())
}

/// What is wrong with a run, if anything is.
fn broken_law(record: &RunRecord) -> Option<String> {
    let requests = &record.requests;
    let numbers: Vec<u32> = requests.iter().map(|request| request.number).collect();
    if !(0..requests.len() as u32).eq(numbers) {
        return Some("a request is lost".to_owned());
    }
    let count = |is_meant: fn(&Outcome) -> bool| {
        requests.iter().filter(|request| is_meant(&request.outcome)).count() as u64
    };
    let answered = count(|outcome| matches!(outcome, Outcome::Answered));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let open = count(|outcome| matches!(outcome, Outcome::Open));
    if answered + failed + open != requests.len() as u64 {
        return Some(format!("{answered} + {failed} + {open} of {}", requests.len()));
    }
    let of_workloads: u64 =
        (0..record.tallies.len() as u32).map(|w| record.of_workload(w).issued).sum();
    if of_workloads != requests.len() as u64 {
        return Some(format!("{of_workloads} counted, {} kept", requests.len()));
    }
    if record.stop == Stop::Done && open > 0 {
        return Some(format!("done, and {open} are open"));
    }
    for request in requests {
        if request.ended.is_some_and(|ended| ended < request.issued || ended > record.ended) {
            return Some(format!("{request:?} ends when it cannot"));
        }
    }
    if let Some(what) = record.storage.as_ref().and_then(|storage| broken_storage(record, storage))
    {
        return Some(what);
    }
    if let Some(what) = record.jobs.as_ref().and_then(|jobs| broken_jobs(record, jobs, answered)) {
        return Some(what);
    }
    if let Some(what) = broken_call(record) {
        return Some(what);
    }
    if let Some(what) = broken_update(record) {
        return Some(what);
    }
    if let Some(what) = record.prints.as_ref().and_then(|prints| broken_prints(record, prints)) {
        return Some(what);
    }
    let mut down = vec![0u64; record.nodes.len()];
    for Outage { node, from, until, .. } in &record.outages {
        let until = until.unwrap_or(record.ended);
        if until < *from {
            return Some(format!("{node:?} is down from {from:?} until {until:?}"));
        }
        down[node.index()] += until.since(*from).nanos();
    }
    let counted = record.nodes.iter().map(|node| node.down_time.nanos());
    (!counted.eq(down)).then(|| "times down and outages differ".to_owned())
}

/// What is wrong with the books of jobs: all workers are of speed 1 here, and do nothing else.
fn broken_jobs(record: &RunRecord, jobs: &JobRecord, answered: u64) -> Option<String> {
    if jobs.answered != answered {
        return Some(format!("{answered} jobs are answered: {jobs:?}"));
    }
    let busy: u64 = record.nodes.iter().map(|node| node.busy.nanos()).sum();
    let accounted = jobs.done + u128::from(record.wasted_work.nanos());
    // Nothing is done twice for one answer, and nothing is both useful and wasted.
    (accounted > u128::from(busy)).then(|| {
        format!("{accounted} ns of work are done or wasted, and workers were busy for {busy} ns")
    })
}

/// What is wrong with pages, of 40 kB each: all that have come out are of answered documents, or wasted, or of a document
/// that is being printed, and no printer prints two pages at once.
fn broken_prints(record: &RunRecord, prints: &PrintRecord) -> Option<String> {
    let answered = record.requests.iter().filter(|request| request.outcome == Outcome::Answered);
    let wanted: u64 = answered.map(|request| request.bytes.count() / 40_000).sum();
    let useful = prints.pages_printed().checked_sub(prints.pages_wasted);
    let is_right = match record.stop {
        Stop::Done => useful == Some(wanted),
        _ => useful.is_some_and(|useful| useful >= wanted),
    };
    (!is_right).then(|| format!("{wanted} pages of answered documents: {prints:?}"))
}

/// What is wrong with calls: each that was put through is told of once, and is over when the run is done.
fn broken_call(record: &RunRecord) -> Option<String> {
    let calls = record.calls.first()?;
    let answered =
        |request: &&RequestRecord| request.outcome == Outcome::Answered && request.workload == 0;
    let answered = record.requests.iter().filter(answered).map(|request| request.number);
    if !answered.eq(record.each_call.iter().map(|call| call.request)) {
        return Some(format!("calls that were answered and those told of differ: {calls:?}"));
    }
    let up: Bytes = record.nodes.iter().map(|node| node.bytes_up).sum();
    let down: Bytes = record.nodes.iter().map(|node| node.bytes_down).sum();
    if up != down {
        return Some(format!("{up} were sent, and {down} came"));
    }
    // What was said in calls is a part of what was sent.
    let said: Bytes =
        record.each_call.iter().map(|call| call.turnout.sent + call.turnout.passed_on).sum();
    if said > up {
        return Some(format!("{said} were said, and {up} were sent"));
    }
    let is_wrong = |call: &&CallRecord| {
        let span = call.ended.since(call.begun).secs();
        let people = 1.0 + call.turnout.came as f64;
        call.begun > call.ended
            || call.turnout.came > call.turnout.invited
            || call.turnout.presence > people * span * (1.0 + 1e-9)
            || call.ended > record.ended
            || (call.end == CallEnd::Open && record.stop == Stop::Done)
    };
    record.each_call.iter().find(is_wrong).map(|call| format!("{call:?} ends when it cannot"))
}

/// What is wrong with updates: each that was issued is told of, and is answered when the last one has it.
fn broken_update(record: &RunRecord) -> Option<String> {
    let updates = record.updates.as_ref()?;
    let issued = || record.requests.iter().filter(|request| request.workload == 0);
    if !issued().map(|request| request.number).eq(record.each_update.iter().map(|u| u.request)) {
        return Some(format!("updates that were issued and those told of differ: {updates:?}"));
    }
    let up: Bytes = record.nodes.iter().map(|node| node.bytes_up).sum();
    let down: Bytes = record.nodes.iter().map(|node| node.bytes_down).sum();
    if up != down {
        return Some(format!("{up} were sent, and {down} came"));
    }
    if updates.stale > updates.up || updates.alike > updates.groups {
        return Some(format!("more than all: {updates:?}"));
    }
    let is_right = |request: &RequestRecord, update: &UpdateRecord| {
        let is_told = match request.outcome {
            Outcome::Answered => update.reached_all == request.ended,
            Outcome::Failed(FailureReason::TimedOut) => true,
            Outcome::Failed(_) | Outcome::Open => update.reached_all.is_none(),
        };
        is_told && update.reached <= update.others
    };
    let mut of_update = issued().zip(&record.each_update);
    let wrong = of_update.find(|(request, update)| !is_right(request, update));
    wrong.map(|(request, update)| format!("{request:?} and {update:?} differ"))
}

/// What is wrong with the books of what is stored. That the bytes on disks are those of the pieces that were
/// put there is asserted where they are kept.
fn broken_storage(record: &RunRecord, storage: &StorageRecord) -> Option<String> {
    let answered =
        |request: &&RequestRecord| request.outcome == Outcome::Answered && request.workload == 0;
    let stored = record.requests.iter().filter(answered).count() as u64;
    if storage.items < stored || storage.lost > storage.items {
        return Some(format!("{stored} stores were answered: {storage:?}"));
    }
    if storage.available_time > storage.item_time {
        return Some(format!("items were available for longer than they were: {storage:?}"));
    }
    // Each item has a piece somewhere, and each was sent unless it was there from the start.
    (storage.items > 0 && storage.disk_bytes == Bytes::ZERO)
        .then(|| format!("items on no disk: {storage:?}"))
}
