//! One run's metrics.

use super::bounds::run_bound;
use super::fairness::{gini, jain_index, max_over_mean};
use super::metric::METRICS;
use super::quantile::nearest_rank;
use crate::metrics::{FailureReason, Outcome, RequestRecord, Role, RunRecord};
use crate::units::{Bytes, Duration, Time};

/// The name under which all workloads are pooled.
pub const ALL_WORKLOADS: &str = "all";

/// One value a metric of [`METRICS`]; `None` where it is undefined.
///
/// `workload`: an index into the model's workloads, or all that architectures are judged by
/// ([`RunRecord::judged`]). Requests issued before
/// `warm_up` do not count; bytes and messages are of the whole run.
pub fn measure(record: &RunRecord, workload: Option<u32>, warm_up: Duration) -> Vec<Option<f64>> {
    let start = Time::ZERO + warm_up;
    let all: Vec<&RequestRecord> = match workload {
        Some(workload) => record.requests.iter().filter(|r| r.workload == workload).collect(),
        None => record.judged().collect(),
    };
    let is_observed = |request: &&RequestRecord| request.issued >= start;
    let requests: Vec<&RequestRecord> = all.iter().copied().filter(is_observed).collect();
    let mut values = Vec::with_capacity(METRICS.len());
    let ended_in_time = |request: &&RequestRecord| {
        request.ended.is_some_and(|ended| ended >= start) && request.outcome.is_answered()
    };
    let answered: Vec<&RequestRecord> = all.iter().copied().filter(ended_in_time).collect();
    rate_metrics(&mut values, &answered, record.ended.since(start).secs());
    request_metrics(&mut values, &requests);
    // The bound is of all requests and says nothing of a part of them.
    let bound = if warm_up == Duration::ZERO { run_bound(record) } else { None };
    run_metrics(&mut values, record, makespan(&requests), bound);
    if workload.is_some() {
        for (value, metric) in values.iter_mut().zip(METRICS) {
            *value = value.filter(|_| metric.is_per_workload);
        }
    }
    debug_assert_eq!(values.len(), METRICS.len());
    values
}

/// What is answered in `observed` seconds, whenever it was issued.
fn rate_metrics(values: &mut Vec<Option<f64>>, answered: &[&RequestRecord], observed: f64) {
    let per_second = |total: f64| (observed > 0.0).then(|| total / observed);
    let delivered = answered.iter().filter(|request| request.is_delivery);
    values.push(per_second(answered.len() as f64));
    values.push(per_second(delivered.map(|request| request.bytes.bits()).sum()));
}

fn request_metrics(values: &mut Vec<Option<f64>>, requests: &[&RequestRecord]) {
    let answered: Vec<&RequestRecord> =
        requests.iter().copied().filter(|r| r.outcome == Outcome::Answered).collect();
    let mean = |value: &dyn Fn(&RequestRecord) -> f64| {
        let sum: f64 = answered.iter().map(|request| value(request)).sum();
        (!answered.is_empty()).then(|| sum / answered.len() as f64)
    };
    let count = |outcome| {
        let count = requests.iter().filter(|request| request.outcome == outcome).count();
        Some(count as f64)
    };
    let mut response_times: Vec<f64> =
        answered.iter().map(|request| response_time(request)).collect();
    response_times.sort_unstable_by(f64::total_cmp);

    values.push(mean(&response_time));
    for p in [0.5, 0.9, 0.95, 0.99, 1.0] {
        values.push(nearest_rank(&response_times, p));
    }
    for phase in 0..4 {
        values.push(mean(&|request: &RequestRecord| phases(request)[phase]));
    }
    values.push(makespan(requests));
    values.push((!requests.is_empty()).then(|| answered.len() as f64 / requests.len() as f64));
    for reason in FailureReason::ALL {
        values.push(count(Outcome::Failed(reason)));
    }
    values.push(count(Outcome::Open));
    values.push(mean(&|request: &RequestRecord| f64::from(request.attempts)));
    values.push(mean(&|request: &RequestRecord| f64::from(request.hops)));
}

fn run_metrics(
    values: &mut Vec<Option<f64>>,
    record: &RunRecord,
    makespan: Option<f64>,
    bound: Option<f64>,
) {
    values.push(bound);
    values.push(makespan.zip(bound).filter(|&(_, bound)| bound > 0.0).map(|(m, b)| m / b));

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
    for role in [Role::Server, Role::Peer] {
        let nodes = record.nodes.iter().filter(|node| node.role == role);
        let capacity: f64 = nodes.map(|node| node.up.bits_per_second()).sum();
        let possible = capacity * record.ended.secs();
        values.push((possible > 0.0).then(|| sent_by(Some(role)).bits() / possible));
    }
    let messages: u64 = record.nodes.iter().map(|node| node.messages).sum();
    let issued = record.judged().count();
    values.push((issued > 0).then(|| messages as f64 / issued as f64));
}

fn response_time(request: &RequestRecord) -> f64 {
    request.ended.map_or(0.0, |ended| ended.since(request.issued).secs())
}

/// Finding, waiting, service and transfer of an answered request; their sum is its response time.
pub fn phases(request: &RequestRecord) -> [f64; 4] {
    let ended = request.ended.unwrap_or(request.issued);
    let found = request.found.unwrap_or(request.issued);
    let started = request.started.unwrap_or(found);
    let service = request.service.secs();
    [
        found.since(request.issued).secs(),
        started.since(found).secs() - service,
        service,
        ended.since(started).secs(),
    ]
}

fn makespan(requests: &[&RequestRecord]) -> Option<f64> {
    let first = requests.iter().map(|request| request.issued).min()?;
    let mut last = first;
    for request in requests {
        last = last.max(request.ended.filter(|_| request.outcome.is_answered())?);
    }
    Some(last.since(first).secs())
}
