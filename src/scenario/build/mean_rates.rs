//! How often something is asked for, on the mean, for as long as it is asked for at all.

use std::collections::BTreeSet;

use crate::model::{
    Catalogue, Churn, Copies, Demand, End, Group, Model, Presence, Spread, Wants, Workload,
};
use crate::network::NodeId;
use crate::random::Distribution;
use crate::units::Time;

/// Objects of a catalogue that are looked at one by one.
const MOST_OBJECTS: usize = 100_000;

/// Requests a second of one who asks, those that somebody else must answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct OfAsker {
    pub while_up: f64,
    pub on_the_mean: f64,
}

/// Requests of a second that come from anybody.
pub fn mean_rate(model: &Model, demand: &Demand) -> f64 {
    mean_rate_of(model, demand, |_| true)
}

/// The same of those nodes only.
pub fn mean_rate_of(model: &Model, demand: &Demand, is_meant: impl Fn(NodeId) -> bool) -> f64 {
    let mut sum = 0.0;
    for_each_asker(model, demand, |node, rate| {
        if is_meant(node) {
            sum += rate.on_the_mean;
        }
    });
    sum
}

/// Whether nothing more is asked than [`for_each_asker`] tells of.
pub fn is_all_counted(model: &Model) -> bool {
    let is_known = |group: &Group| {
        let churn = group.churn.as_ref();
        let is_there = churn.is_none_or(|churn| presence(churn) > 0.0);
        is_there && group.room.is_none()
    };
    let is_counted = |Workload { demand, policy, .. }: &Workload| {
        let Demand::Drawn { arrivals, wants, .. } = demand else { return false };
        arrivals.mean_rate(1, horizon(model)).is_some()
            && wants.copies().is_none_or(|(copies, _, _)| is_anything_likely(copies))
            && policy.attempts == 1
            && policy.hedge_after.is_none()
    };
    model.groups.iter().all(is_known) && model.served().all(is_counted)
}

/// Tells of each who asks; of nobody where rates are not known beforehand: of traces, of those who wait for answers,
/// and of bursts. Who comes and goes by a file, or leaves for good, is not counted. Rates that change are those on the mean from
/// the start to the end of the run, or until nobody asks any longer.
pub fn for_each_asker(model: &Model, demand: &Demand, mut tell: impl FnMut(NodeId, OfAsker)) {
    let Demand::Drawn { askers, arrivals, wants } = demand else { return };
    let Some((of_all, until)) = arrivals.mean_rate(askers.len(), horizon(model)) else { return };
    let while_up = of_all / askers.len().max(1) as f64;
    let copies = wants.copies().map(|(copies, _, _)| copies);
    let holders: BTreeSet<NodeId> = copies.iter().flat_map(|copies| &copies.at).copied().collect();
    // Of the last group, for those without copies and those with some.
    let mut last: [Option<(u32, OfAsker)>; 2] = [None; 2];
    for &node in askers {
        let group = model.group_of(node);
        let has_copies = holders.contains(&node);
        let known = &mut last[usize::from(has_copies)];
        let rate = match *known {
            Some((of, rate)) if of == group.first => rate,
            _ => {
                let presence = group.churn.as_ref().map_or(1.0, presence);
                let had = copies.filter(|_| has_copies).map_or(0.0, had_from_the_start);
                let others = match wants {
                    Wants::Download(catalogue) => {
                        let asked = while_up * presence * until.secs();
                        lacked(group, catalogue, had, asked)
                    }
                    _ => 1.0 - had,
                };
                let while_up = while_up * others;
                OfAsker { while_up, on_the_mean: while_up * presence }
            }
        };
        *known = Some((group.first, rate));
        tell(node, rate);
    }
}

fn horizon(model: &Model) -> Time {
    match model.end {
        End::At(end) => end,
        End::Done => Time::NEVER,
    }
}

/// Share of the time in which a node is up, as long as it is there at all; 0 where that is not known.
fn presence(churn: &Churn) -> f64 {
    match churn.presence {
        Presence::Always if churn.stay.leaves.is_none() => 1.0,
        _ => churn.availability().unwrap_or(0.0),
    }
}

/// Share of the requests of a node for objects that somebody else must answer, at the least, when it asks so often: who has room
/// asks for each object once, and not for those of which it `had` a share from the start.
fn lacked(group: &Group, catalogue: &Catalogue, had: f64, asked: f64) -> f64 {
    let copies = catalogue.copies.as_deref();
    if asked <= 0.0 || copies.is_some_and(|copies| copies.interests.is_some()) {
        return 0.0;
    }
    let count = catalogue.count as usize;
    let looked_at = count.min(MOST_OBJECTS);
    let top = |count| catalogue.popularity.share_of_top(count);
    let is_asked_for = |share: f64| -libm::expm1(-asked * share);
    let among_first: f64 =
        (0..looked_at).map(|place| is_asked_for(top(place + 1) - top(place))).sum();
    // Of the others each is as good as their mean.
    let others = (count - looked_at) as f64;
    let of_others = match others {
        0.0 => 0.0,
        _ => others * is_asked_for((1.0 - top(looked_at)) / others),
    };
    let fresh = (among_first + of_others) * (1.0 - had) / asked;
    // Whatever makes room, it is no better than always to keep the most popular.
    let kept = match (&group.room, &catalogue.size) {
        (Some(room), Distribution::Constant(size)) if *size > 0.0 => {
            (room.space.mean_of_draws() / size).ceil().min(count as f64) as usize
        }
        _ => count,
    };
    fresh.max(1.0 - top(kept))
}

/// The share of all objects of which one of those who have copies has one; where that depends on what they like it may be all
/// that it ever asks for.
fn had_from_the_start(copies: &Copies) -> f64 {
    let holders = copies.at.len() as f64;
    if is_anything_likely(copies) { copies.mean.round().clamp(1.0, holders) / holders } else { 1.0 }
}

/// Whether each has any object with the same probability.
fn is_anything_likely(copies: &Copies) -> bool {
    copies.spread == Spread::Uniform && copies.interests.is_none()
}
