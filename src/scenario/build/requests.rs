//! Workloads of requests for work.

use super::super::job_spec::JobSpec;
use super::super::random_value::Random;
use super::super::trace::Sort;
use super::super::tree::Field;
use super::super::values::Count;
use super::super::workload_spec::{RequestSpec, StepSpec};
use super::checks::Checks;
use super::demand::size_or_none;
use super::faults::groups_or_nodes;
use super::policy::{Written, policy};
use super::recorded::{Surroundings, arrivals_and_trace};
use super::stations::Kinds;
use crate::model::{Demand, Errands, MOST_PRIORITY, Policy, StationId, Step, Wants};
use crate::random::Distribution;
use crate::units::Duration;

pub fn request(
    spec: RequestSpec,
    around: Surroundings<'_>,
    kinds: &Kinds,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let askers = groups_or_nodes(spec.from, around.groups, checks);
    let question = size_or_none(spec.question, checks);
    let answer = size_or_none(spec.answer, checks);
    let policy = policy(
        Written {
            timeout: spec.timeout,
            retry: spec.retry,
            hedge: spec.hedge,
            circuit_breaker: spec.circuit_breaker,
        },
        checks,
    );
    let priority = priority(spec.priority, checks);
    let steps = steps(spec.work, spec.steps, kinds, checks);
    let sort = Sort::Request { steps: steps.as_ref().map_or(0, Vec::len) };
    let arrivals = arrivals_and_trace(spec.arrivals, askers.as_deref(), sort, around, checks);
    let (arrivals, recorded) = arrivals?;
    let mut steps = steps?;
    if steps.is_empty() && recorded.errands.iter().any(|errand| errand.work.is_some()) {
        steps.push(Step { station: StationId::CPU, work: Distribution::Constant(0.0) });
    }
    let errands = Errands {
        question: question?,
        steps,
        answer: answer?,
        priority: priority?,
        recorded: recorded.errands,
    };
    Some((Demand::Drawn { askers: askers?, arrivals, wants: Wants::Request(errands) }, policy?))
}

pub fn job(
    spec: JobSpec,
    around: Surroundings<'_>,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let askers = groups_or_nodes(spec.from, around.groups, checks);
    let input = size_or_none(spec.input, checks);
    let output = size_or_none(spec.output, checks);
    let written = Written { timeout: spec.timeout, retry: spec.retry, ..Written::default() };
    let policy = policy(written, checks);
    let priority = priority(spec.priority, checks);
    let work = checks.required(spec.work);
    let sort = Sort::Request { steps: 1 };
    let arrivals = arrivals_and_trace(spec.arrivals, askers.as_deref(), sort, around, checks);
    let (work_place, work) = work?;
    if work.distribution.maximum() <= 0.0 {
        checks
            .problem(work_place, "jobs without work", "expected more than 0 s")
            .help("what takes no processor is a `request`, or a `transfer`");
        return None;
    }
    let (arrivals, recorded) = arrivals?;
    let errands = Errands {
        question: input?,
        steps: vec![Step { station: StationId::CPU, work: work.distribution }],
        answer: output?,
        priority: priority?,
        recorded: recorded.errands,
    };
    Some((
        Demand::Drawn { askers: askers?, arrivals, wants: Wants::Job(Box::new(errands)) },
        policy?,
    ))
}

fn priority(field: Option<Field<Count>>, checks: &mut Checks<'_>) -> Option<u8> {
    match checks.optional(field)? {
        Some((span, priority)) if priority.0 > u64::from(MOST_PRIORITY) => {
            let message = format!("priority {}", priority.0);
            checks.problem(span, message, format!("expected 0 (first) to {MOST_PRIORITY}"));
            None
        }
        priority => Some(priority.map_or(0, |(_, priority)| priority.0 as u8)),
    }
}

fn steps(
    work: Option<Field<Random<Duration>>>,
    steps: Option<Vec<StepSpec>>,
    kinds: &Kinds,
    checks: &mut Checks<'_>,
) -> Option<Vec<Step>> {
    match (work, steps) {
        (None, None) => Some(Vec::new()),
        (Some(work), None) => checks
            .required(work)
            .map(|(_, work)| vec![Step { station: StationId::CPU, work: work.distribution }]),
        (None, Some(steps)) => steps_of(steps, kinds, checks),
        (Some(work), Some(steps)) => {
            steps_of(steps, kinds, checks);
            checks
                .problem(work.span, "`work` and `steps` say the same", "either or")
                .help("leave `work` out, and add a step at the station \"cpu\"");
            None
        }
    }
}

fn steps_of(specs: Vec<StepSpec>, kinds: &Kinds, checks: &mut Checks<'_>) -> Option<Vec<Step>> {
    let steps = specs.into_iter().map(|step| {
        let station = kinds.named(step.station, checks);
        let work = checks.required(step.work);
        Some(Step { station: station?, work: work?.1.distribution })
    });
    // All are looked at, also after one that is wrong.
    let steps: Vec<Option<Step>> = steps.collect();
    steps.into_iter().collect()
}
