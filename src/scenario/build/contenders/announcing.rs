//! How peers of `chord` and `kademlia` say what they have.

use std::ops::Range;

use super::super::super::architecture_spec::AnnouncingSpec;
use super::super::checks::Checks;
use super::usual::ANSWERS;
use crate::architectures::finders::{Announcing, Choose};
use crate::model::{Demand, Wants, Workload};
use crate::units::Duration;

const MOST_ANSWERS: u64 = 10_000;
/// Half of what swarms without a tracker do, for a peer has many objects and not one; and twice that, so that one
/// lost word does no harm.
const USUAL_REPUBLISH: Duration = Duration::from_whole_secs(30 * 60);
const LEAST_INTERVAL: Duration = Duration::from_whole_secs(1);

/// `copies`: the usual number of peers that are told, and the most; `usual_answers`: of peers that are named.
pub fn announcing(
    spec: AnnouncingSpec,
    copies: (usize, usize),
    usual_answers: usize,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<Announcing> {
    let told = checks.optional(spec.announce_copies);
    let answers = checks.optional(spec.answers);
    let choose = checks.optional(spec.choose);
    let republish = checks.optional(spec.republish_every);
    let expire = checks.optional(spec.expire_after);
    let (told, answers, choose) = (told?, answers?, choose?);
    let (republish, expire) = (republish?, expire?);
    let spans = [
        told.as_ref().map(|(span, _)| span),
        answers.as_ref().map(|(span, _)| span),
        choose.as_ref().map(|(span, _)| span),
        republish.as_ref().map(|(span, _)| span),
        expire.as_ref().map(|(span, _)| span),
    ];
    if let Some(span) = spans.into_iter().flatten().next()
        && workloads.is_some_and(|all| !all.iter().any(downloads))
    {
        let message = "nobody downloads anything that a peer could announce";
        checks.problem(span.clone(), message, "is for workloads of the kind `download`");
        return None;
    }
    let (usual, most) = copies;
    let copies = match told {
        Some((span, count)) if !(1..=most as u64).contains(&count.0) => {
            let message = format!("{} peers that are told of a copy", count.0);
            checks.problem(span, message, format!("expected 1 to {most}"));
            return None;
        }
        Some((_, count)) => count.0 as usize,
        None => usual,
    };
    let answers = match answers {
        Some((span, count)) if !(1..=MOST_ANSWERS).contains(&count.0) => {
            let message = format!("{} peers", count.0);
            checks.problem(span, message, format!("expected 1 to {MOST_ANSWERS}"));
            return None;
        }
        Some((_, count)) => count.0 as usize,
        None => usual_answers,
    };
    let republish_every = match republish {
        Some((span, every)) if every < LEAST_INTERVAL => {
            let message = format!("an announcement every {every}");
            checks.problem(span, message, "expected \"1 s\" or more");
            return None;
        }
        Some((_, every)) => every,
        None => USUAL_REPUBLISH,
    };
    let expire_after = match expire {
        Some((span, after)) if after < republish_every => {
            too_short(span, after, republish_every, checks);
            return None;
        }
        Some((_, after)) => after,
        None => republish_every.scaled(2.0),
    };
    let choose = choose.map_or(Choose::First, |(_, word)| word.0);
    Some(Announcing { copies, answers, choose, republish_every, expire_after })
}

/// Of which nothing is written.
pub fn usual_announcing(copies: usize) -> Announcing {
    Announcing {
        copies,
        answers: ANSWERS,
        choose: Choose::First,
        republish_every: USUAL_REPUBLISH,
        expire_after: USUAL_REPUBLISH.scaled(2.0),
    }
}

fn too_short(span: Range<usize>, after: Duration, every: Duration, checks: &mut Checks<'_>) {
    let message = format!("what is announced every {every} is forgotten after {after}");
    checks
        .problem(span, message, "expected `republish_every` or more")
        .help("twice that, so that one word may get lost");
}

/// Whether it asks for objects that somebody brings.
pub fn downloads(workload: &Workload) -> bool {
    match &workload.demand {
        Demand::Drawn { wants: Wants::Download(_), .. } => true,
        Demand::Drawn { .. } => false,
        Demand::Trace { sizes, .. } => !sizes.is_empty(),
    }
}
