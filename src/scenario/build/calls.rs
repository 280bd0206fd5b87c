//! Workloads of conversations.

use super::super::call_spec::CallSpec;
use super::super::values::Word;
use super::checks::Checks;
use super::demand::arrivals;
use super::faults::groups_or_nodes;
use super::groups::Groups;
use super::policy::{Written, policy};
use super::run::RunSettings;
use crate::model::{Codec, Conversations, Demand, Media, Policy, Spurts, Wants};
use crate::units::Rate;

const USUAL_CODEC: Codec = Codec::ALL[0].1;
const MOST_CONTACTS: u64 = 100_000;
/// A picture takes no more; streams are counted in whole bytes for as long as a run can be.
const MOST_VIDEO: f64 = 1e9;

pub fn call(
    spec: CallSpec,
    groups: &Groups,
    first_object: usize,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let place = spec.to.as_ref().map_or(spec.from.span.clone(), |to| to.span.clone());
    let askers = groups_or_nodes(spec.from, groups, checks);
    let callees = match spec.to {
        Some(to) => groups_or_nodes(to, groups, checks),
        None => askers.clone(),
    };
    let arrivals = arrivals(spec.arrivals, run, checks);
    let contacts = checks.optional(spec.contacts);
    let spec_size = checks.optional(spec.size);
    let holding = checks.required(spec.holding);
    let codec = checks.or(spec.codec, Word(USUAL_CODEC));
    let video = checks.optional(spec.video);
    let suppression = checks.optional(spec.silence_suppression);
    let written = Written { timeout: spec.timeout, retry: spec.retry, ..Written::default() };
    let policy = policy(written, checks);
    let (askers, callees) = (askers?, callees?);
    if let [only] = callees[..]
        && askers.contains(&only)
    {
        checks
            .problem(place, "the only one who is called calls as well", "he cannot call himself")
            .help("name others in `to`");
        return None;
    }
    let contacts = match contacts? {
        Some((span, count)) if !(1..=MOST_CONTACTS).contains(&count.0) => {
            let message = format!("{} contacts of each caller", count.0);
            checks.problem(span, message, format!("expected 1 to {MOST_CONTACTS}"));
            return None;
        }
        contacts => contacts.map_or(0, |(_, count)| count.0 as u32),
    };
    let (span, holding) = holding?;
    if holding.distribution.mean() <= 0.0 {
        checks.problem(span, "calls of no time", "expected more than 0 s");
        return None;
    }
    let size = match spec_size? {
        Some((span, size)) if size.distribution.mean() < 2.0 => {
            let mean = size.distribution.mean();
            let message = format!("conferences of {mean} on the mean");
            checks.problem(span, message, "expected 2 or more, with who calls");
            return None;
        }
        size => size.map(|(_, size)| size.distribution),
    };
    let video = match video?.map(|(span, picture)| (span, picture.0)) {
        Some((span, rate)) if !(1.0..=MOST_VIDEO).contains(&rate.bits_per_second()) => {
            let message = format!("a picture of {rate}");
            checks.problem(span, message, "expected \"1 bit/s\" to \"1 Gbit/s\"");
            return None;
        }
        video => video.map_or(Rate::ZERO, |(_, rate)| rate),
    };
    let spurts = match suppression? {
        Some((span, true)) if video > Rate::ZERO => {
            let message = "a picture has no pauses";
            checks.problem(span, message, "does not go with `video`");
            return None;
        }
        Some((span, true)) if size.is_some() => {
            let message = "who talks in a conference depends on who else does";
            checks
                .problem(span, message, "does not go with `size`")
                .help("leave it out: each sends all the time");
            return None;
        }
        suppression => suppression.is_some_and(|(_, is_on)| is_on).then_some(Spurts::USUAL),
    };
    let conversations = Conversations {
        first_object: u32::try_from(first_object).ok()?,
        callees,
        contacts,
        holding: holding.distribution,
        media: Media { codec: codec?.0, video, spurts },
        size,
    };
    let wants = Wants::Call(Box::new(conversations));
    Some((Demand::Drawn { askers, arrivals: arrivals?, wants }, policy?))
}
