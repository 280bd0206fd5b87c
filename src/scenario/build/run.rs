//! How long and how often a scenario is run.

use std::ops::Range;

use serde_spanned::Spanned;

use super::super::estimate::Limits;
use super::super::spec::{RunSpec, Until};
use super::super::values::{AutoOrTime, Word};
use super::checks::Checks;
use super::precision;
use crate::model::End;
use crate::stats::Precision;
use crate::units::{Bytes, Duration, Time};

pub const MOST_REPLICATIONS: u64 = 100_000;

pub struct RunSettings {
    pub span: Range<usize>,
    pub end: End,
    pub warm_up: Duration,
    pub is_warm_up_sought: bool,
    pub replications: u32,
    pub precision: Option<Precision>,
    /// Of its metric.
    pub precision_place: Option<Range<usize>>,
    pub memory_limit: Bytes,
}

/// The settings, and whether all are sound; a default stands for each that is not.
pub fn settings(run: Spanned<RunSpec>, checks: &mut Checks<'_>) -> (RunSettings, bool) {
    let span = run.span();
    let run = run.into_inner();
    let duration = checks.optional(run.duration);
    let until = checks.optional(run.until);
    let warm_up = checks.optional(run.warm_up);
    let replications = checks.optional(run.replications);
    let memory_limit = checks.or(run.memory_limit, Limits::default().memory);
    let end = end(duration, until, &span, checks);
    let warm_up = match warm_up {
        Some(Some((span, AutoOrTime::Time(warm_up)))) if matches!(end, Some(End::At(time)) if Time::ZERO + warm_up >= time) =>
        {
            checks.problem(span, "the warm-up is as long as the run", "expected less");
            None
        }
        warm_up => warm_up
            .map(|warm_up| warm_up.map_or(AutoOrTime::Time(Duration::ZERO), |(_, rule)| rule)),
    };
    let replications = match replications {
        Some(Some((span, count))) if !(1..=MOST_REPLICATIONS).contains(&count.0) => {
            let message = format!("{} replications", count.0);
            checks.problem(span, message, format!("expected 1 to {MOST_REPLICATIONS}"));
            None
        }
        replications => replications.map(|count| count.map_or(10, |(_, count)| count.0 as u32)),
    };
    let precision_place = run.precision.as_ref().map(|spec| spec.metric.span.clone());
    let precision = match run.precision {
        Some(spec) => precision::settings(spec, replications, checks).map(Some),
        None => Some(None),
    };
    let is_sound = end.is_some()
        && warm_up.is_some()
        && replications.is_some()
        && precision.is_some()
        && memory_limit.is_some();
    let (warm_up, is_warm_up_sought) = match warm_up {
        Some(AutoOrTime::Time(warm_up)) => (warm_up, false),
        Some(AutoOrTime::Auto) => (Duration::ZERO, true),
        None => (Duration::ZERO, false),
    };
    let settings = RunSettings {
        span,
        // An end that is unknown must not make endless demand a mistake.
        end: end.unwrap_or(End::At(Time::NEVER)),
        warm_up,
        is_warm_up_sought,
        replications: replications.unwrap_or(1),
        precision: precision.flatten(),
        precision_place,
        memory_limit: memory_limit.unwrap_or(Limits::default().memory),
    };
    (settings, is_sound)
}

/// A value with its place if it is written; the outer `None` when it is wrong.
type Read<T> = Option<Option<(Range<usize>, T)>>;

fn end(
    duration: Read<Duration>,
    until: Read<Word<Until>>,
    run: &Range<usize>,
    checks: &mut Checks<'_>,
) -> Option<End> {
    match (duration?, until?) {
        (Some((span, Duration::ZERO)), None) => {
            checks.problem(span, "a run of no time shows nothing", "expected more than 0 s");
            None
        }
        (Some((_, duration)), None) => Some(End::At(Time::ZERO + duration)),
        (None, Some(_)) => Some(End::Done),
        (Some((span, _)), Some(_)) => {
            checks.problem(span, "[run] has both `duration` and `until`", "either or");
            None
        }
        (None, None) => {
            let message = "[run] does not say when a run ends";
            checks.problem(run.clone(), message, "needs `duration` or `until`").help(
                "write duration = \"2 h\", or until = \"done\" for when every request has ended",
            );
            None
        }
    }
}
