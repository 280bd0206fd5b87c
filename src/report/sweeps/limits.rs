//! What is said of limits where no architecture crosses them: at how many points each of them surely keeps or
//! breaks one.

use crate::scenario::SweepLimit;
use crate::stats::{Better, Estimate, METRICS, Outcome, Side, beside};
use crate::sweep::{Findings, Overtaking, Rival, SweepInfo, axis_of, slices};

/// A line for each limit and architecture, of the combinations of other keys in which it does not cross it.
pub fn limits_kept(info: &SweepInfo, findings: &Findings) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, limit) in info.limits.iter().enumerate() {
        let metric = METRICS[limit.metric].name;
        let Some(place) = findings.metrics.iter().position(|&metric| metric == limit.metric) else {
            // Of metrics that are asked for by name that is said in any case.
            if !info.is_chosen() {
                lines.push(format!("{metric} is undefined at every point"));
            }
            continue;
        };
        for (architecture, name) in findings.architectures.iter().enumerate() {
            let points = uncrossed_points(info, findings, (architecture, number));
            let estimates = findings.estimates(place, architecture);
            let verdict = Verdict::of(limit, points.iter().map(|&point| estimates[point]));
            let is_rest = points.len() < estimates.len();
            lines.extend(
                verdict.in_words(name, limit, is_rest).map(|words| format!("{metric}: {words}")),
            );
        }
    }
    lines
}

/// The points of all combinations of other keys in which an architecture does not cross a limit.
fn uncrossed_points(
    info: &SweepInfo,
    findings: &Findings,
    (architecture, limit): (usize, usize),
) -> Vec<usize> {
    let Some(factor) = axis_of(&info.plan) else { return (0..info.plan.count()).collect() };
    let is_own = |o: &&Overtaking| (o.a, o.b) == (architecture, Rival::Limit(limit));
    let crossings: Vec<&Overtaking> = findings.overtakings.iter().filter(is_own).collect();
    slices(&info.plan, factor)
        .into_iter()
        .filter(|slice| crossings.iter().all(|crossing| crossing.others != slice.others))
        .flat_map(|slice| slice.points)
        .collect()
}

/// At how many points a limit is surely kept, surely broken, or neither; and where there is nothing to keep.
#[derive(Clone, Copy, Default)]
struct Verdict {
    keeps: usize,
    breaks: usize,
    unsure: usize,
    undefined: usize,
}

impl Verdict {
    fn of(limit: &SweepLimit, estimates: impl Iterator<Item = Option<Estimate>>) -> Verdict {
        let side = match METRICS[limit.metric].better {
            Better::Higher => Side::AtLeast,
            Better::Lower | Better::Neither => Side::AtMost,
        };
        let mut verdict = Verdict::default();
        for estimate in estimates {
            *match estimate.map(|estimate| beside(&estimate, side, limit.value)) {
                Some(Outcome::Pass) => &mut verdict.keeps,
                Some(Outcome::Fail) => &mut verdict.breaks,
                Some(Outcome::Undecided(_)) => &mut verdict.unsure,
                None => &mut verdict.undefined,
            } += 1;
        }
        verdict
    }

    /// `is_rest`: of the combinations that are left beside those that cross. `None` where nothing is defined.
    fn in_words(self, name: &str, limit: &SweepLimit, is_rest: bool) -> Option<String> {
        let Verdict { keeps, breaks, unsure, undefined } = self;
        let all = keeps + breaks + unsure + undefined;
        if all == undefined {
            return None;
        }
        let rest = if is_rest { " of the other combinations" } else { "" };
        let at = |count: usize| match count == all {
            true => format!("at every point{rest}"),
            false => format!("surely at {count} of {all} points{rest}"),
        };
        let words = &limit.words;
        let mut text = match (keeps, breaks) {
            (0, 0) => format!("whether {name} keeps {words} is sure at no point{rest}"),
            (_, 0) => format!("{name} keeps {words} {}", at(keeps)),
            (0, _) => format!("{name} breaks {words} {}", at(breaks)),
            _ => format!("{name} keeps {words} {}, and breaks it at {breaks}", at(keeps)),
        };
        if undefined > 0 {
            text += &format!("; it is undefined at {undefined}");
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::metric_index;

    #[test]
    fn what_is_kept_broken_and_unknown_is_counted() {
        let metric = metric_index("response_time.mean").unwrap();
        let limit = SweepLimit { metric, value: 2.0, words: "2 s".to_owned() };
        let sure = |mean: f64| Estimate::of(&[mean, mean]);
        let unsure = Estimate::of(&[1.0, 3.0]);
        let said = |estimates: &[Option<Estimate>], is_rest: bool| {
            Verdict::of(&limit, estimates.iter().copied()).in_words("a", &limit, is_rest)
        };
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(said(&[sure(1.0), sure(2.0)], false), is("a keeps 2 s at every point"));
        assert_eq!(
            said(&[sure(1.0), sure(3.0), unsure], true),
            is("a keeps 2 s surely at 1 of 3 points of the other combinations, and breaks it at 1")
        );
        assert_eq!(
            said(&[sure(3.0), None], false),
            is("a breaks 2 s surely at 1 of 2 points; it is undefined at 1")
        );
        assert_eq!(said(&[unsure], false), is("whether a keeps 2 s is sure at no point"));
        assert_eq!((said(&[None], false), said(&[], true)), (None, None));
    }
}
