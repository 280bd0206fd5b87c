//! How the nodes of a group come and go.

use std::ops::Range;
use std::path::Path;

use super::super::churn_spec::{Goodbyes, PassageSpec, SessionsSpec};
use super::super::estimate::Estimate;
use super::super::random_value::Random;
use super::super::trace::read_sessions;
use super::super::tree::Field;
use super::super::values::Word;
use super::checks::Checks;
use super::recorded::say;
use crate::model::{Churn, Group, Passage, Presence, Start, Stay};
use crate::random::Distribution;
use crate::units::{Bytes, Duration, Time};

/// What a group says of it.
pub struct Written {
    pub session: Option<Field<Random<Duration>>>,
    pub downtime: Option<Field<Random<Duration>>>,
    pub start: Option<Field<Word<Start>>>,
    pub sessions: Option<SessionsSpec>,
    pub leave: Option<Field<Goodbyes>>,
    pub arrives: Option<PassageSpec>,
    pub leaves: Option<PassageSpec>,
}

/// What could be read of it without the nodes of the group.
pub struct Read {
    churn: Option<Churn>,
    /// A file that says more.
    file: Option<(Range<usize>, String)>,
}

/// `None` when something is wrong.
pub fn read(written: Written, checks: &mut Checks<'_>) -> Option<Read> {
    let Written { session, downtime, start, sessions, leave, arrives, leaves } = written;
    let stay_place = arrives.as_ref().or(leaves.as_ref()).map(|passage| passage.at.span.clone());
    let stay = stay(arrives, leaves, checks);
    let start_place = start.as_ref().map(|start| start.span.clone());
    let leave_place = leave.as_ref().map(|leave| leave.span.clone());
    let session_place = session.as_ref().or(downtime.as_ref()).map(|field| field.span.clone());
    let is_by_chance = session.is_some() || downtime.is_some();
    let mut is_sound = true;
    if let Some(place) = start_place.filter(|_| !is_by_chance) {
        checks
            .problem(place, "`start` is of nodes that come and go by chance", "needs `session`")
            .help("write session = { exponential = { mean = \"1 h\" } } and `downtime`");
        is_sound = false;
    }
    if let Some(place) = leave_place.filter(|_| !is_by_chance && sessions.is_none()) {
        let message = match &stay_place {
            Some(_) => "these nodes have no sessions, and who leaves for good says goodbye",
            None => "these nodes never leave",
        };
        checks
            .problem(place, message, "needs `session` or `sessions`")
            .help("`leave` says how; a fault that takes nodes away is [[faults]] leave = { ... }");
        is_sound = false;
    }
    let start = checks.or(start, Word(Start::default()));
    let goodbyes = checks.or(leave, Goodbyes(0.0));
    let file = match sessions {
        Some(sessions) => checks.required(sessions.file).map(|(span, file)| Some((span, file.0))),
        None => Some(None),
    };
    if let (Some(place), Some(Some(_))) = (&session_place, &file) {
        let message = "sessions both by chance and from a file";
        checks.problem(place.clone(), message, "either or").help("leave one of them out");
        is_sound = false;
    }
    if let (Some(place), Some(Some(_))) = (stay_place, &file) {
        let message = "nodes that come or leave together, and sessions from a file";
        checks
            .problem(place, message, "either or")
            .help("the file says when its nodes come and when they leave");
        is_sound = false;
    }
    let presence = match (session, downtime) {
        (None, None) => Some(None),
        (Some(session), Some(downtime)) => {
            let session = span(session, "up", checks);
            let downtime = span(downtime, "down", checks);
            match (session, downtime, &start) {
                (Some(session), Some(downtime), &Some(Word(start))) => {
                    Some(Some(Presence::Renewal { session, downtime, start }))
                }
                _ => None,
            }
        }
        (session, downtime) => {
            let (missing, cure) = match session {
                Some(_) => ("downtime", "write downtime = { exponential = { mean = \"2 h\" } }"),
                None => ("session", "write session = { exponential = { mean = \"1 h\" } }"),
            };
            [session, downtime].into_iter().flatten().for_each(|field| {
                span(field, "up or down", checks);
            });
            let message = "`session` and `downtime` go together";
            let place = session_place.unwrap_or(0..0);
            checks.problem(place, message, format!("needs `{missing}`")).help(cure);
            None
        }
    };
    let (presence, file, Goodbyes(goodbyes)) = (presence?, file?, goodbyes?);
    start?;
    let stay = stay?;
    let presence = match (presence, &file) {
        (Some(presence), _) => Some(presence),
        (None, Some(_)) => Some(Presence::Recorded(Vec::new())),
        (None, None) => (stay != Stay::default()).then_some(Presence::Always),
    };
    let churn = presence.map(|presence| Churn { presence, goodbyes, stay });
    is_sound.then_some(Read { churn, file })
}

/// When they come for the first time, and leave for good.
fn stay(
    arrives: Option<PassageSpec>,
    leaves: Option<PassageSpec>,
    checks: &mut Checks<'_>,
) -> Option<Stay> {
    let place = leaves.as_ref().map(|passage| passage.at.span.clone());
    let (arrives, leaves) = (passage(arrives, checks), passage(leaves, checks));
    let stay = Stay { arrives: arrives?, leaves: leaves? };
    let there = stay.arrives.map_or(Time::ZERO, Passage::end);
    match (stay.leaves, place) {
        (Some(leaves), Some(place)) if leaves.at <= there => {
            let there = there.since(Time::ZERO);
            let message = match stay.arrives {
                Some(_) => format!("nodes that leave when not all have come, which takes {there}"),
                None => "nodes that are there from the start, and leave then".to_owned(),
            };
            checks.problem(place, message, format!("expected later than {there}"));
            None
        }
        _ => Some(stay),
    }
}

/// `Some(None)` when nothing is written.
fn passage(spec: Option<PassageSpec>, checks: &mut Checks<'_>) -> Option<Option<Passage>> {
    let Some(PassageSpec { at, over }) = spec else { return Some(None) };
    let (at, over) = (checks.required(at), checks.or(over, Duration::ZERO));
    Some(Some(Passage { at: Time::ZERO + at?.1, over: over? }))
}

/// How the nodes of `group`, of which there are as many as it says, come and go.
pub fn of_group(
    read: Read,
    group: &Group,
    folder: &Path,
    memory_limit: Bytes,
    checks: &mut Checks<'_>,
) -> Option<Option<Churn>> {
    let (Some(churn), Some((span, file))) = (&read.churn, &read.file) else {
        return Some(read.churn);
    };
    let most = memory_limit.count() / Estimate::of_entries(1).count();
    match read_sessions(&folder.join(file), group, most) {
        Ok(sessions) => {
            let absent = sessions.iter().filter(|sessions| sessions.is_empty()).count();
            if absent > 0 {
                checks.warnings.push(format!(
                    "{file}: {absent} of the {} nodes of {:?} have no session and are never up",
                    group.count, group.name
                ));
            }
            let presence = Presence::Recorded(sessions);
            Some(Some(Churn { presence, goodbyes: churn.goodbyes, stay: churn.stay }))
        }
        Err(mistakes) => {
            say(mistakes, span, file, checks);
            None
        }
    }
}

/// A time with a mean, that is not always zero: else nodes would come and go without end at one
/// instant.
fn span(
    field: Field<Random<Duration>>,
    state: &str,
    checks: &mut Checks<'_>,
) -> Option<Distribution> {
    let (span, time) = checks.required(field)?;
    let mean = time.distribution.mean();
    // In whole nanoseconds.
    if mean < 1e-9 {
        let message = format!("nodes that are never {state}");
        checks.problem(span, message, "expected more than 0 s");
        return None;
    }
    if !mean.is_finite() {
        let message = format!("a time {state} without a mean");
        checks
            .problem(span, message, "nobody comes back from it, on the mean")
            .help("a Pareto distribution has a mean above shape 1");
        return None;
    }
    Some(time.distribution)
}
