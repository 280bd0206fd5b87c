//! How often something is asked for, on the mean, for as long as it is asked for at all.

use crate::model::{Arrivals, Catalogue, Copies, Demand, End, Model, Presence, Spread, Wants};
use crate::network::NodeId;
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

/// Tells of each who asks; of nobody where rates are not known beforehand: of traces, of those who wait for answers,
/// and of bursts. Who comes and goes by a file, or leaves for good, is not counted.
pub fn for_each_asker(model: &Model, demand: &Demand, mut tell: impl FnMut(NodeId, OfAsker)) {
    let Demand::Drawn { askers, arrivals, wants } = demand else { return };
    let Some(rate_of_all) = arrivals.mean_rate(askers.len()) else { return };
    let while_up = rate_of_all / askers.len().max(1) as f64;
    let mut of_last = (u32::MAX, OfAsker::default());
    for &node in askers {
        let group = model.group_of(node);
        if of_last.0 != group.first {
            let presence = match &group.churn {
                Some(churn) if matches!(churn.presence, Presence::Always) => {
                    // As long as it is there at all.
                    if churn.stay.leaves.is_none() { 1.0 } else { 0.0 }
                }
                Some(churn) => churn.availability().unwrap_or(0.0),
                None => 1.0,
            };
            let rate = OfAsker { while_up, on_the_mean: while_up * presence };
            let rate = match wants {
                Wants::Download(catalogue) if keeps_all(model, node, catalogue) => {
                    of_what_is_lacking(
                        rate,
                        window(model, arrivals, (rate_of_all, while_up)),
                        node,
                        catalogue,
                    )
                }
                _ => rate,
            };
            of_last = (group.first, rate);
        }
        tell(node, of_last.1);
    }
}

/// Whether a node keeps all that it downloads.
fn keeps_all(model: &Model, node: NodeId, catalogue: &Catalogue) -> bool {
    let all = f64::from(catalogue.count) * catalogue.size.mean();
    model.group_of(node).room.as_ref().is_none_or(|room| room.space.mean() >= all)
}

/// How long requests come, of all and of each asker so many a second; `NEVER` when nothing ends them.
fn window(model: &Model, arrivals: &Arrivals, (rate, of_each): (f64, f64)) -> Time {
    let after = |count: u64, rate: f64| match count {
        u64::MAX => Time::NEVER,
        count => Time::from_secs(count as f64 / rate),
    };
    let end = match model.end {
        End::At(end) => end,
        End::Done => Time::NEVER,
    };
    match arrivals {
        Arrivals::Poisson { until, count, .. } => end.min(*until).min(after(*count, rate)),
        Arrivals::PerNode { until, each, .. } => end.min(*until).min(after(*each, of_each)),
        Arrivals::Burst { .. }
        | Arrivals::Schedule(_)
        | Arrivals::Recorded(_)
        | Arrivals::Closed { .. } => end,
    }
}

/// Of requests for objects those that somebody else must answer, on the mean over the time in which they come: a
/// node asks for each object once, and not for what it has from the start.
fn of_what_is_lacking(rate: OfAsker, window: Time, node: NodeId, catalogue: &Catalogue) -> OfAsker {
    if window == Time::NEVER || rate.on_the_mean <= 0.0 {
        return OfAsker::default();
    }
    let asked = rate.on_the_mean * window.secs();
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
    let lacks =
        catalogue.copies.as_deref().map_or(1.0, |copies| 1.0 - had_from_the_start(copies, node));
    let fresh = (among_first + of_others) * lacks / asked;
    OfAsker { while_up: rate.while_up * fresh, on_the_mean: rate.on_the_mean * fresh }
}

/// The share of all objects of which `node` has a copy; where they are spread by popularity it may be that it is all
/// that is ever asked for.
fn had_from_the_start(copies: &Copies, node: NodeId) -> f64 {
    match copies.at.contains(&node) {
        false => 0.0,
        true if copies.spread != Spread::Uniform || copies.interests.is_some() => 1.0,
        true => (copies.mean / copies.at.len() as f64).min(1.0),
    }
}
