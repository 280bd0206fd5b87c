//! Curves along one key: one plot, or one for each combination of the other keys.

use super::Sweep;
use super::keys::{Key, free_keys};
use super::panel::{Curve, Mark, Panel};
use super::panels::{Contents, Panels};
use crate::report::sweeps::{shown, what_happens};
use crate::scenario::Design;
use crate::sweep::{Overtaking, Rival, Slice, axis_of, slices};

/// Plots for the values of one other key, and for combinations of several.
const MOST_OF_ONE: usize = 9;
const MOST_OF_SEVERAL: usize = 16;
/// Crossings that are told in words below a plot, and that are marked in one.
const MOST_NOTES: usize = 4;
const MOST_MARKS: usize = 8;

/// `None` when no key of the sweep makes an axis.
pub fn lines(sweep: &Sweep) -> Option<Panels> {
    let plan = &sweep.info.plan;
    let factor = axis_of(plan)?;
    let key = Key::of(plan, factor);
    let all = slices(plan, factor);
    let others = free_keys(plan, Some(factor));
    let other_keys: Vec<Key> = others.iter().map(|&other| Key::of(plan, other)).collect();
    let counts: Vec<usize> = others.iter().map(|&other| plan.factors[other].values.len()).collect();
    let most = if others.len() == 1 { MOST_OF_ONE } else { MOST_OF_SEVERAL };
    let kept_counts = kept_counts(&counts, most);
    let kept: Vec<Vec<u32>> = other_keys
        .iter()
        .zip(&kept_counts)
        .map(|(key, &kept)| {
            let order = key.order();
            spread(order.len(), kept).into_iter().map(|place| order[place]).collect()
        })
        .collect();
    // In the order of the values that are kept; the last key changes first.
    let rank = |slice: &Slice| -> Option<Vec<usize>> {
        let places = others.iter().zip(&kept).map(|(&other, kept)| {
            kept.iter().position(|&value| slice.others[other] == Some(value))
        });
        places.collect()
    };
    let mut chosen: Vec<(Vec<usize>, &Slice)> =
        all.iter().filter_map(|slice| Some((rank(slice)?, slice))).collect();
    chosen.sort_by(|a, b| a.0.cmp(&b.0));
    let metric = sweep.findings.metrics[sweep.place];
    let marks = |slice: &Slice| -> Vec<&Overtaking> {
        let is_own =
            |o: &&Overtaking| (o.metric, o.factor) == (metric, factor) && o.others == slice.others;
        sweep.findings.overtakings.iter().filter(is_own).collect()
    };
    let (quantity, levels, note) = sweep.with_limits(sweep.quantity.clone());
    let panels: Vec<Panel> = chosen
        .iter()
        .map(|(_, slice)| {
            let titles = others.iter().zip(&other_keys).filter_map(|(&other, key)| {
                Some((key.name.clone(), key.text_with_unit(slice.others[other]?)))
            });
            let crossings = marks(slice).into_iter().take(MOST_MARKS);
            Panel {
                title: titles.collect(),
                x: key.axis(if others.is_empty() { 6 } else { 4 }),
                curves: curves(sweep, &key, factor, slice),
                crossings: crossings.map(|overtaking| mark(&key, overtaking)).collect(),
                levels: levels.clone(),
            }
        })
        .collect();
    let mut notes: Vec<String> = note.into_iter().collect();
    if plan.design == Design::Paired {
        let along = plan.factors.iter().enumerate().filter(|(other, _)| *other != factor);
        notes.extend(along.filter_map(|(_, other)| {
            let (first, last) = (other.values.first()?, other.values.last()?);
            let (first, last) = (shown(first), shown(last));
            Some(format!("{} goes along, from {first} to {last}.", other.key))
        }));
    }
    if others.is_empty() {
        notes.extend(chosen.iter().flat_map(|(_, slice)| in_words(sweep, &key, &marks(slice))));
    } else if panels.iter().any(|panel| !panel.crossings.is_empty()) {
        let whom = if levels.is_empty() { "another" } else { "another or the limit" };
        notes.push(format!("Lines: where one overtakes {whom}; grey: 95 % intervals."));
    }
    if panels.len() < all.len() {
        let (shown, all) = (panels.len(), all.len());
        notes.push(format!("{shown} of {all} combinations of the other keys; sweep.csv has all."));
    }
    let columns = columns_of(panels.len(), &kept_counts);
    let contents = Contents {
        title: sweep.quantity.heading().to_owned(),
        shared_x: Some(key.label()),
        quantity,
        panels,
        columns,
        architectures: sweep.findings.architectures.clone(),
        notes,
    };
    Some(Panels::new(contents, |width| sweep.subtitle(width)))
}

fn curves(sweep: &Sweep, key: &Key, factor: usize, slice: &Slice) -> Vec<Curve> {
    let plan = &sweep.info.plan;
    let curve = |architecture: usize| {
        let estimates = sweep.findings.estimates(sweep.place, architecture);
        let points = slice
            .points
            .iter()
            .map(|&point| (key.position(plan.indices(point)[factor]), estimates[point]));
        Curve { architecture, points: points.collect(), is_sample: false }
    };
    let all = (0..sweep.findings.architectures.len()).map(curve);
    all.filter(|curve| curve.points.iter().any(|(_, estimate)| estimate.is_some())).collect()
}

fn mark(key: &Key, overtaking: &Overtaking) -> Mark {
    Mark {
        at: overtaking.crossing.at,
        interval: overtaking.crossing.interval,
        architectures: match overtaking.b {
            Rival::Architecture(b) => [overtaking.a, b],
            Rival::Limit(_) => [overtaking.a; 2],
        },
        text: key.number_text(overtaking.crossing.at),
    }
}

/// "swarm overtakes server at 23.4 (95 % interval 21.0 to 25.8)", in the unit of the axis.
fn in_words(sweep: &Sweep, key: &Key, overtakings: &[&Overtaking]) -> Vec<String> {
    let text = |number: f64| key.number_text(number);
    let line = |overtaking: &&Overtaking| {
        let what = what_happens(sweep.info, sweep.findings, overtaking);
        let interval = overtaking.crossing.interval.map_or(String::new(), |(low, high)| {
            format!(" (95 % interval {} to {})", text(low), text(high))
        });
        format!("{what} at {}{interval}", text(overtaking.crossing.at))
    };
    let mut lines: Vec<String> = overtakings.iter().take(MOST_NOTES).map(line).collect();
    if overtakings.len() > MOST_NOTES {
        let more = overtakings.len() - MOST_NOTES;
        lines.push(format!("... and {more} more crossings, in crossings.csv"));
    }
    lines
}

/// How many values of each key are drawn, so that there are at most `most` combinations: the keys with most
/// values lose some first, and each keeps two as long as that is possible.
fn kept_counts(counts: &[usize], most: usize) -> Vec<usize> {
    let mut kept = counts.to_vec();
    let product = |kept: &[usize]| kept.iter().fold(1usize, |all, &one| all.saturating_mul(one));
    while product(&kept) > most {
        let Some(place) = (0..kept.len()).rev().max_by_key(|&place| kept[place]) else { break };
        // From far above there is no need to go step by step.
        kept[place] = (kept[place] - 1).min(most).max(1);
    }
    kept
}

/// `kept` of `count` places, from the first to the last.
fn spread(count: usize, kept: usize) -> Vec<usize> {
    match kept {
        0 | 1 => (0..kept.min(count)).collect(),
        _ => (0..kept).map(|place| (place * (count - 1) + (kept - 1) / 2) / (kept - 1)).collect(),
    }
}

/// Values of the last key side by side, where they fill rows.
fn columns_of(panels: usize, kept: &[usize]) -> usize {
    match kept {
        [_, .., last] if (2..=4).contains(last) => *last,
        _ => match panels {
            0 | 1 => 1,
            2 | 4 => 2,
            3 | 5..=9 => 3,
            _ => 4,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_other_key_has_nine_panels_and_several_have_sixteen() {
        assert_eq!(kept_counts(&[12], MOST_OF_ONE), [9]);
        assert_eq!(kept_counts(&[5, 5], MOST_OF_SEVERAL), [4, 4]);
        assert_eq!(kept_counts(&[2, 1000], MOST_OF_SEVERAL), [2, 8]);
        // Five keys of two values have 32 combinations: one of them is held.
        assert_eq!(kept_counts(&[2; 5], MOST_OF_SEVERAL).iter().product::<usize>(), 16);
        assert_eq!(kept_counts(&[], MOST_OF_SEVERAL), Vec::<usize>::new());
    }

    #[test]
    fn kept_values_go_from_the_first_to_the_last() {
        assert_eq!(spread(12, 4), [0, 4, 7, 11]);
        assert_eq!(spread(9, 9), (0..9).collect::<Vec<_>>());
        assert_eq!((spread(5, 1), spread(0, 0)), (vec![0], vec![]));
    }

    #[test]
    fn panels_are_in_rows_of_the_last_key() {
        assert_eq!(columns_of(1, &[]), 1);
        assert_eq!(columns_of(8, &[8]), 3);
        assert_eq!(columns_of(15, &[5, 3]), 3);
        assert_eq!(columns_of(10, &[2, 5]), 4);
    }
}
