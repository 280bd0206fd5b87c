//! Copies of objects that there are before a run.

use super::super::tree::Field;
use super::super::values::{Count, Number, Word};
use super::super::workload_spec::CopiesSpec;
use super::checks::Checks;
use super::faults::groups_or_nodes;
use super::groups::Groups;
use crate::model::{Copies, Interests, Spread};

const USUAL_FOCUS: f64 = 0.8;

/// Who has some before the run; `Some(None)` for nobody but servers.
pub fn copies(
    spec: Option<CopiesSpec>,
    objects: Option<u32>,
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Option<Box<Copies>>> {
    let Some(CopiesSpec { at, mean, spread, interests, focus }) = spec else { return Some(None) };
    let at = groups_or_nodes(at, groups, checks);
    let mean = checks.optional(mean);
    let spread = checks.or(spread, Word(Spread::Uniform));
    let interests = interests_of(interests, focus, objects, checks);
    let at = at?;
    let mean = match mean? {
        Some((span, mean)) if !(mean.0 > 0.0 && mean.0 <= at.len() as f64) => {
            let message = format!("{} copies of an object", mean.0);
            let label = format!("expected more than 0, and {} or less: a node has one", at.len());
            checks.problem(span, message, label);
            return None;
        }
        mean => mean.map_or(1.0, |(_, mean)| mean.0),
    };
    Some(Some(Box::new(Copies { at, mean, spread: spread?.0, interests: interests? })))
}

/// `objects`: how many there are, if that is known.
fn interests_of(
    topics: Option<Field<Count>>,
    focus: Option<Field<Number>>,
    objects: Option<u32>,
    checks: &mut Checks<'_>,
) -> Option<Option<Interests>> {
    let topics = checks.optional(topics);
    let focus = checks.optional(focus);
    let (topics, focus) = (topics?, focus?);
    let Some((span, topics)) = topics else {
        let Some((span, _)) = focus else { return Some(None) };
        checks.problem(span, "nobody has interests", "goes with `interests`, the number of topics");
        return None;
    };
    let most = u64::from(objects?);
    if !(1..=most).contains(&topics.0) {
        let message = format!("{} topics", topics.0);
        checks.problem(span, message, format!("expected 1 to {most}, the number of objects"));
        return None;
    }
    let focus = match focus {
        Some((span, focus)) if !(0.0..=1.0).contains(&focus.0) => {
            let message = format!("a focus of {}", focus.0);
            checks.problem(span, message, "expected 0 to 1");
            return None;
        }
        focus => focus.map_or(USUAL_FOCUS, |(_, focus)| focus.0),
    };
    Some(Some(Interests { topics: topics.0 as u32, focus }))
}
