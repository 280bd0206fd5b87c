//! One run's metrics.

use super::bounds::run_bound;
use super::fairness::{gini, jain_index, max_over_mean};
use super::metric::{METRICS, metric_index};
use super::quantile::rank;
use super::resilience::{FaultOutcome, Pooled, Recovery, fault_outcomes, pooled_windows};
use crate::metrics::{
    BankRecord, CallTally, FailureReason, JobRecord, OverlayRecord, PrintRecord, RoamingRecord,
    Role, RunRecord, StationRecord, StorageRecord, Tally, Times, UpdateTally,
};
use crate::model::StationId;
use crate::units::{Bytes, Duration, Time};

/// The name under which all workloads are pooled.
pub const ALL_WORKLOADS: &str = "all";

/// One value a metric of [`METRICS`]; `None` where it is undefined.
///
/// `workload`: an index into the model's workloads, or all that architectures are judged by
/// ([`RunRecord::judged`]). Requests issued before the end of the warm-up do not count; bytes and
/// messages are of the whole run.
pub fn measure(record: &RunRecord, workload: Option<u32>) -> Vec<Option<f64>> {
    measure_with(record, &fault_outcomes(record), workload)
}

/// [`measure`], when it is known how the run has met its faults.
pub(super) fn measure_with(
    record: &RunRecord,
    outcomes: &[FaultOutcome],
    workload: Option<u32>,
) -> Vec<Option<f64>> {
    let tally = match workload {
        Some(workload) => record.of_workload(workload),
        None => record.judged(),
    };
    let start = Time::ZERO + record.warm_up;
    let mut values = Vec::with_capacity(METRICS.len());
    rate_metrics(&mut values, &tally, record.ended.since(start).secs());
    request_metrics(&mut values, &tally);
    match workload {
        None => {
            run_metrics(&mut values, record, &tally);
            resilience_metrics(&mut values, record, outcomes);
        }
        // Calls are the only ones behind those of requests that are of a workload.
        Some(workload) => {
            let calls = record.calls.get(workload as usize).filter(|calls| calls.is_of_calls);
            values.resize(metric_index("mos.mean").expect("there are calls"), None);
            call_metrics(&mut values, calls, &tally);
        }
    }
    values.resize(METRICS.len(), None);
    values
}

/// What is answered in `observed` seconds, whenever it was issued.
fn rate_metrics(values: &mut Vec<Option<f64>>, tally: &Tally, observed: f64) {
    let per_second = |total: f64| (observed > 0.0).then(|| total / observed);
    values.push(per_second(tally.answered_in_time as f64));
    values.push(per_second(tally.delivered_bits));
}

fn request_metrics(values: &mut Vec<Option<f64>>, tally: &Tally) {
    let answered = tally.answered();
    let per_answer = |sum: u64| (answered > 0).then(|| sum as f64 / answered as f64);
    let means = tally.times.means();
    let responses = tally.times.responses();
    values.push(means.map(|(response, _)| response));
    for p in [0.5, 0.9, 0.95, 0.99, 1.0] {
        values.push(responses.at_rank(rank(answered, p)));
    }
    for phase in 0..4 {
        values.push(means.map(|(_, phases)| phases[phase]));
    }
    values.push(makespan(tally));
    values.push(Some(tally.observed as f64));
    values.push(Some(answered as f64));
    values.push((tally.observed > 0).then(|| answered as f64 / tally.observed as f64));
    values.extend(tally.failed.map(|count| Some(count as f64)));
    values.push(Some(tally.open as f64));
    values.push(per_answer(tally.attempts));
    values.push(Some(tally.retries as f64));
    values.push(Some(tally.hedges as f64));
    values.push(Some(tally.breaker_openings as f64));
    values.push(per_answer(tally.hops));
}

fn run_metrics(values: &mut Vec<Option<f64>>, record: &RunRecord, judged: &Tally) {
    let bound = run_bound(record, judged);
    values.push(bound);
    values.push(makespan(judged).zip(bound).filter(|&(_, bound)| bound > 0.0).map(|(m, b)| m / b));

    let serving = || record.nodes.iter().filter(|node| node.role != Role::Client);
    let bytes: Vec<f64> = serving().map(|node| node.bytes_up.count() as f64).collect();
    let requests: Vec<f64> = serving().map(|node| node.requests_served as f64).collect();
    for load in [bytes, requests] {
        let sum: f64 = load.iter().sum();
        let busiest = load.iter().copied().fold(0.0, f64::max);
        values.push(jain_index(&load));
        values.push(gini(&load));
        values.push(max_over_mean(&load));
        values.push((sum > 0.0).then(|| busiest / sum));
    }

    let sent_by = |role: Option<Role>| {
        let nodes = record.nodes.iter().filter(|node| role.is_none_or(|role| node.role == role));
        nodes.map(|node| node.bytes_up).sum::<Bytes>()
    };
    for role in [Some(Role::Server), Some(Role::Peer), None] {
        values.push(Some(sent_by(role).count() as f64));
    }
    values.push(Some(record.wasted.count() as f64));
    values.push((record.relayed > Bytes::ZERO).then(|| record.relayed.count() as f64));
    for role in [Role::Server, Role::Peer] {
        let nodes = record.nodes.iter().filter(|node| node.role == role);
        let capacity: f64 = nodes.map(|node| node.up.bits_per_second()).sum();
        let possible = capacity * record.ended.secs();
        values.push((possible > 0.0).then(|| sent_by(Some(role)).bits() / possible));
    }
    let span = record.ended.since(Time::ZERO);
    let is_serving = |station: &&StationRecord| {
        record.nodes[station.node.index()].role != Role::Client && span > Duration::ZERO
    };
    let stations = || record.stations.iter().filter(is_serving);
    let workers: f64 = stations().map(|station| f64::from(station.workers)).sum();
    let busy: f64 = stations().map(|station| station.busy_nanos as f64).sum();
    values.push((workers > 0.0).then(|| busy / (workers * span.nanos() as f64)));
    values.push(stations().map(|station| station.utilisation(span)).reduce(f64::max));
    values.push(Some(record.wasted_work.secs()));
    let messages: u64 = record.nodes.iter().map(|node| node.messages).sum();
    values.push((judged.issued > 0).then(|| messages as f64 / judged.issued as f64));
    cache_metrics(values, record, sent_by(Some(Role::Cache)));
    bank_metrics(values, record);
    overlay_metrics(values, record);
    values.push(record.evictions.map(|count| count as f64));
    storage_metrics(values, record);
    job_metrics(values, record);
    let calls = CallTally::pooled(record.calls.iter());
    let asked = (0..).zip(&record.calls).filter(|(_, calls)| calls.is_of_calls);
    let asked: Vec<Tally> = asked.map(|(workload, _)| record.of_workload(workload)).collect();
    let asked = Tally::pooled(&asked);
    call_metrics(values, record.calls.first().map(|_| &calls), &asked);
    update_metrics(values, record);
    print_metrics(values, record);
    roaming_metrics(values, record);
}

/// Undefined without faults.
fn resilience_metrics(
    values: &mut Vec<Option<f64>>,
    record: &RunRecord,
    outcomes: &[FaultOutcome],
) {
    let pooled = pooled_windows(record);
    let windows = pooled.map(|Pooled { before, during, after }| [before, during, after]);
    for place in 0..3 {
        values.push(windows.and_then(|windows| windows[place].availability()));
    }
    let mean_of = |value: fn(&FaultOutcome) -> Option<f64>| {
        let defined: Vec<f64> = outcomes.iter().filter_map(value).collect();
        (!defined.is_empty()).then(|| defined.iter().sum::<f64>() / defined.len() as f64)
    };
    values.push(mean_of(FaultOutcome::degradation));
    values.push(mean_of(|outcome| outcome.time_to_detect));
    values.push(mean_of(FaultOutcome::time_to_recover));
    let known = outcomes.iter().filter(|outcome| outcome.recovery != Recovery::Unknown);
    let lost = outcomes.iter().filter(|outcome| outcome.recovery == Recovery::Never).count();
    values.push((known.count() > 0).then_some(lost as f64));
    values.push(mean_of(|outcome| outcome.triangle));
    let least = |value: fn(&FaultOutcome) -> Option<f64>| {
        outcomes.iter().filter_map(value).reduce(f64::min)
    };
    values.push(least(|outcome| outcome.network_component));
    values.push(least(|outcome| outcome.overlay_component));
    for place in 0..3 {
        let window = windows.map(|windows| windows[place]);
        values.push(window.and_then(|window| window.mean_response));
        values.push(window.and_then(|window| window.response_p95));
    }
}

/// Undefined where nodes are joined by lines.
fn roaming_metrics(values: &mut Vec<Option<f64>>, record: &RunRecord) {
    let roaming = record.roaming.as_ref();
    values.push(roaming.and_then(RoamingRecord::connected_pairs));
    values.push(roaming.and_then(RoamingRecord::neighbours));
    let sent: f64 = record.nodes.iter().map(|node| node.up_use.carried.bits()).sum();
    // An ad hoc network has no other links than radios.
    let carried: f64 = record.links.iter().map(|link| link.usage.carried.bits()).sum();
    values.push(roaming.filter(|_| sent > 0.0).map(|_| carried / 2.0 / sent));
}

/// Undefined without cash machines.
fn bank_metrics(values: &mut Vec<Option<f64>>, record: &RunRecord) {
    let of_bank = |value: fn(&BankRecord) -> f64| record.bank.as_ref().map(value);
    values.push(of_bank(|bank| bank.paid.euros()));
    values.push(of_bank(|bank| bank.stand_ins as f64));
    values.push(of_bank(|bank| bank.overdrafts as f64));
    values.push(of_bank(|bank| bank.overdrawn.euros()));
    values.push(of_bank(|bank| bank.aborted as f64));
    values.push(record.bank.as_ref().and_then(BankRecord::mean_doubt));
    values.push(of_bank(|bank| bank.half_done as f64));
    values.push(record.bank.as_ref().and_then(BankRecord::declined_share));
    values.push(of_bank(|bank| bank.deposited.euros()));
    values.push(of_bank(|bank| (bank.balances - bank.initial).euros()));
    values.push(of_bank(|bank| bank.suspense.euros()));
}

/// Undefined where nobody looks for keys.
fn overlay_metrics(values: &mut Vec<Option<f64>>, record: &RunRecord) {
    let seconds = record.ended.since(Time::ZERO).secs();
    let each = |part: fn(&OverlayRecord) -> u64, whole: fn(&OverlayRecord) -> u64| {
        let overlay = record.overlay.as_ref().filter(|overlay| whole(overlay) > 0)?;
        Some(part(overlay) as f64 / whole(overlay) as f64)
    };
    values.push(each(|overlay| overlay.search_messages, |overlay| overlay.searches));
    values.push(each(|overlay| overlay.search_bytes, |overlay| overlay.searches));
    values.push(each(|overlay| overlay.timeouts, |overlay| overlay.searches));
    values.push(each(|overlay| overlay.duplicates, |overlay| overlay.searches));
    values.push(each(|overlay| overlay.stale_answers, |overlay| overlay.searches));
    let peers: fn(&OverlayRecord) -> u64 = |overlay| overlay.peers.len() as u64;
    for upkeep in [
        each(|overlay| overlay.upkeep_messages, peers),
        each(|overlay| overlay.upkeep_bytes, peers),
    ] {
        values.push(upkeep.filter(|_| seconds > 0.0).map(|of_peer| of_peer / seconds));
    }
}

/// Undefined where nothing is stored.
fn storage_metrics(values: &mut Vec<Option<f64>>, record: &RunRecord) {
    let of_storage = |value: fn(&StorageRecord) -> f64| record.storage.as_ref().map(value);
    let share = |part: fn(&StorageRecord) -> f64, whole: fn(&StorageRecord) -> f64| {
        let storage = record.storage.as_ref().filter(|storage| whole(storage) > 0.0)?;
        Some(part(storage) / whole(storage))
    };
    values.push(of_storage(|storage| storage.items as f64));
    values.push(of_storage(|storage| storage.lost as f64));
    values.push(share(|storage| storage.available_time as f64, |storage| storage.item_time as f64));
    values.push(share(
        |storage| storage.disk_bytes.count() as f64,
        |storage| storage.item_bytes.count() as f64,
    ));
    values.push(share(|storage| storage.disk_bytes.count() as f64, |storage| storage.hosts as f64));
    values.push(of_storage(|storage| storage.fullest.count() as f64));
    values.push(of_storage(|storage| storage.repair_bytes.count() as f64));
    values.push(of_storage(|storage| storage.repairs as f64));
}

/// Undefined where there are no jobs.
fn job_metrics(values: &mut Vec<Option<f64>>, record: &RunRecord) {
    let jobs = record.jobs.as_ref();
    values.push(jobs.and_then(JobRecord::speed_up));
    values.push(jobs.and_then(JobRecord::efficiency));
    let answered = jobs.filter(|jobs| jobs.answered > 0);
    let of_each = |count: u64, jobs: &JobRecord| count as f64 / jobs.answered as f64;
    values.push(answered.filter(|jobs| jobs.runs > 0).map(|jobs| of_each(jobs.runs, jobs)));
    values.push(answered.filter(|jobs| jobs.runs > 0).map(|jobs| of_each(jobs.wrong, jobs)));
    let workers = jobs.into_iter().flat_map(|jobs| &jobs.workers);
    let busy = workers.map(|worker| record.nodes[worker.index()].busy.secs());
    let busy: Vec<f64> = busy.collect();
    let sum: f64 = busy.iter().sum();
    values.push(jain_index(&busy));
    values.push(gini(&busy));
    values.push(max_over_mean(&busy));
    values.push((sum > 0.0).then(|| busy.iter().copied().fold(0.0, f64::max) / sum));
}

/// Undefined where nobody calls anybody.
///
/// `tally`: of the requests to call somebody.
fn call_metrics(values: &mut Vec<Option<f64>>, calls: Option<&CallTally>, tally: &Tally) {
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let ratio = |part: fn(&CallTally) -> f64, whole: fn(&CallTally) -> f64| {
        calls.and_then(|calls| share(part(calls), whole(calls)))
    };
    let of_rated = |value: fn(&CallTally) -> f64| ratio(value, |calls| calls.rated as f64);
    let mut opinions = calls.map_or_else(Vec::new, |calls| calls.opinions.clone());
    opinions.sort_unstable_by(f32::total_cmp);
    let sum: f64 = opinions.iter().map(|&mos| f64::from(mos)).sum();
    values.push(share(sum, opinions.len() as f64));
    let tenth = rank(opinions.len() as u64, 0.1) as usize - 1;
    values.push(opinions.get(tenth).map(|&mos| f64::from(mos)));
    let directions: fn(&CallTally) -> f64 = |calls| calls.turnout.directions as f64;
    values.push(ratio(|calls| calls.turnout.opinions, directions));
    values.push(of_rated(|calls| calls.rating));
    values.push(of_rated(|calls| calls.delay));
    values.push(of_rated(|calls| calls.jitter));
    values.push(of_rated(|calls| calls.loss));
    values.push(of_rated(|calls| calls.poor as f64));
    values.push(ratio(|calls| calls.dropped as f64, |calls| calls.count as f64));
    values.push(calls.map(|calls| calls.restarts as f64));
    let refused = tally.failed[FailureReason::Refused as usize] as f64;
    values.push(calls.and_then(|_| share(refused, tally.observed as f64)));
    let invited: fn(&CallTally) -> f64 = |calls| calls.turnout.invited as f64;
    values.push(ratio(|calls| calls.turnout.came as f64, invited));
    values.push(ratio(|calls| calls.turnout.sent.bits(), |calls| calls.turnout.presence));
    values.push(ratio(|calls| calls.turnout.passed_on.bits(), |calls| calls.length));
}

/// Undefined where no group shares anything.
fn update_metrics(values: &mut Vec<Option<f64>>, record: &RunRecord) {
    let updates = record.updates.as_ref();
    let ratio = |part: fn(&UpdateTally) -> f64, whole: fn(&UpdateTally) -> f64| {
        let updates = updates.filter(|updates| whole(updates) > 0.0)?;
        Some(part(updates) / whole(updates))
    };
    values.push(ratio(|updates| updates.most.0, |updates| updates.most.1 as f64));
    let waits = updates.map(|updates| &updates.waits);
    values.push(waits.and_then(|waits| Some(waits.means()?.0)));
    let spans = waits.map(Times::responses);
    for p in [0.95, 1.0] {
        values.push(spans.as_ref().and_then(|spans| spans.at_rank(rank(spans.count(), p))));
    }
    values.push(ratio(|updates| updates.stale as f64, |updates| updates.up as f64));
    values.push(ratio(|updates| updates.conflicting as f64, |updates| updates.observed as f64));
    let made: fn(&UpdateTally) -> f64 = |updates| updates.made as f64;
    values.push(ratio(|updates| updates.messages as f64, made));
    values.push(ratio(|updates| updates.bytes as f64, made));
    values.push(ratio(|updates| updates.duplicates as f64, made));
    values.push(updates.map(|updates| updates.caught_up as f64));
    values.push(ratio(|updates| updates.alike as f64, |updates| updates.groups as f64));
    values.push(ratio(|updates| updates.healing.0, |updates| updates.healing.1 as f64));
}

/// Undefined where nobody prints.
fn print_metrics(values: &mut Vec<Option<f64>>, record: &RunRecord) {
    let of_prints = |value: fn(&PrintRecord) -> f64| record.prints.as_ref().map(value);
    values.push(of_prints(|prints| prints.pages_printed() as f64));
    values.push(of_prints(|prints| prints.pages_wasted as f64));
    values.push(of_prints(|prints| prints.jams as f64));
    values.push(of_prints(|prints| prints.begun_anew as f64));
    let begun = record.prints.as_ref().filter(|prints| prints.begun > 0);
    values.push(begun.map(|prints| prints.waited_nanos as f64 * 1e-9 / prints.begun as f64));
    let span = record.ended.since(Time::ZERO);
    let is_printer = |station: &&StationRecord| {
        let printers = record.prints.as_ref().map_or(&[][..], |prints| &prints.printers);
        station.kind == StationId::PRINTER && printers.binary_search(&station.node).is_ok()
    };
    let printers = record.stations.iter().filter(is_printer).filter(|_| span > Duration::ZERO);
    let busy: Vec<f64> = printers.map(|printer| printer.utilisation(span)).collect();
    let sum: f64 = busy.iter().sum();
    values.push((!busy.is_empty()).then(|| sum / busy.len() as f64));
    values.push(busy.iter().copied().reduce(f64::max));
    let pages = record.prints.as_ref().map_or(&[][..], |prints| &prints.pages);
    let pages: Vec<f64> = pages.iter().map(|&count| count as f64).collect();
    values.push(jain_index(&pages));
}

/// Undefined without caches.
fn cache_metrics(values: &mut Vec<Option<f64>>, record: &RunRecord, sent: Bytes) {
    let caches = record.nodes.iter().filter(|node| node.role == Role::Cache);
    let capacity: f64 = caches.clone().map(|node| node.up.bits_per_second()).sum();
    let possible = capacity * record.ended.secs();
    values.push(caches.clone().next().map(|_| sent.count() as f64));
    values.push((possible > 0.0).then(|| sent.bits() / possible));
    values.push(record.caches.hit_ratio());
    values.push(record.caches.byte_hit_ratio());
    values.push(caches.clone().next().map(|_| record.caches.coalesced as f64));
}

fn makespan(tally: &Tally) -> Option<f64> {
    let (first, last) = tally.first_issue.zip(tally.last_answer)?;
    tally.is_all_answered().then(|| last.since(first).secs())
}
