//! Pilot runs that find the warm-up: MSER-5 over response times in the order of issuing.
//!
//! The first replications of every architecture are run without a warm-up and without faults, whose
//! transients are no warm-up. The response time of the k-th answered request is averaged over the
//! replications (Welch, 1983), and [`mser5`] cuts the series. The warm-up is the latest instant at which, under
//! any architecture and in any of these runs, the first request behind the cut was issued: one cut for
//! all, so that all are judged by the same demand.

use super::tasks::{each, is_judged};
use crate::engine::Control;
use crate::metrics::RunRecord;
use crate::model::Model;
use crate::scenario::Scenario;
use crate::stats::{Pilot, mser5};
use crate::units::{Duration, Time};

/// Issued and response time of an answered request, in seconds.
type Answered = (Time, f64);

/// The warm-up; it is zero where nothing was answered.
pub fn warm_up(scenario: &Scenario, control: &Control) -> (Duration, Pilot) {
    let architectures = scenario.contenders.len();
    let replications = scenario.pilot_replications();
    let model = Model {
        warm_up: Duration::ZERO,
        faults: Vec::new(),
        are_requests_kept: true,
        ..scenario.model.clone()
    };
    let series = each(0..replications, architectures, control, |replication, architecture| {
        let contender = &scenario.contenders[architecture];
        (architecture, answered(&contender.simulate(&model, replication, control)))
    });
    let mut pilot = Pilot { replications, is_too_short: false, is_blind: true };
    let mut latest = Time::ZERO;
    for architecture in 0..architectures {
        let own = series.iter().filter(|(other, _)| *other == architecture);
        let own: Vec<&[Answered]> = own.map(|(_, series)| series.as_slice()).collect();
        if let Some((at, is_at_border)) = cut(&own) {
            pilot.is_blind = false;
            pilot.is_too_short |= is_at_border;
            latest = latest.max(at);
        }
    }
    (latest.since(Time::ZERO), pilot)
}

/// In the order of issuing.
fn answered(record: &RunRecord) -> Vec<Answered> {
    let judged = record.requests.iter().filter(|request| is_judged(record, request));
    let answered = judged.filter(|request| request.outcome.is_answered());
    answered
        .filter_map(|request| Some((request.issued, request.ended?.since(request.issued).secs())))
        .collect()
}

/// When the first request behind the cut was issued, and whether the cut is at the border; `None` for
/// less than ten requests.
fn cut(replications: &[&[Answered]]) -> Option<(Time, bool)> {
    let count = replications.iter().map(|series| series.len()).min()?;
    let mean = |place: usize| {
        let sum: f64 = replications.iter().map(|series| series[place].1).sum();
        sum / replications.len() as f64
    };
    let means: Vec<f64> = (0..count).map(mean).collect();
    let cut = mser5(&means)?;
    let first =
        replications.iter().filter_map(|series| series.get(cut.values)).map(|first| first.0);
    let at = if cut.values == 0 { Time::ZERO } else { first.max()? };
    Some((at, cut.is_at_border))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cut_is_where_the_slowest_replication_is_behind_it() {
        // One request a second, and one every two: of the first twenty each takes 9 s, of the others 1 s.
        let series = |gap: f64| -> Vec<Answered> {
            let response = |index: usize| if index < 20 { 9.0 } else { 1.0 };
            (0..100).map(|index| (Time::from_secs(gap * index as f64), response(index))).collect()
        };
        let (one, two) = (series(1.0), series(2.0));
        assert_eq!(cut(&[&one, &two]), Some((Time::from_secs(40.0), false)));
        assert_eq!(cut(&[&one[20..], &two[20..]]), Some((Time::ZERO, false)));
        assert_eq!(cut(&[&one[..9]]), None);
    }
}
