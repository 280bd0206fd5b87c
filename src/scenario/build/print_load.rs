//! Printers that are asked for more pages than they can print: warnings.

use std::collections::{BTreeMap, BTreeSet};

use super::mean_rates::{for_each_asker, is_all_counted};
use super::overload::ends;
use super::station_load::{LEAST_OVERLOAD, Overload, at_mean_speed, names, speeds};
use crate::architectures::{FindPrinter, PrintScheme, PrintSettings, Single};
use crate::model::{Demand, Model, Prints, Wants};
use crate::network::{NodeId, SiteId};

/// A warning for each contender whose printers have a load above 1 for as long as documents come.
pub fn of(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for Single { name, preset, .. } in contenders {
        let Some(settings) = preset.printing() else { continue };
        let found = [overload(model, settings), out_of_reach(model, settings)];
        warnings.extend(found.into_iter().flatten().map(|warning| format!("{name:?}: {warning}")));
        if !model.served().any(|workload| prints(&workload.demand).is_some()) {
            warnings
                .push(format!("architecture {name:?}: nobody prints, and its printers do nothing"));
        }
    }
    warnings
}

fn prints(demand: &Demand) -> Option<(&[NodeId], &Prints)> {
    match demand {
        Demand::Drawn { askers, wants: Wants::Print(prints), .. } => Some((askers, prints)),
        Demand::Drawn { .. } | Demand::Trace { .. } => None,
    }
}

/// Who asks all printers at his site, and has none there.
fn out_of_reach(model: &Model, settings: &PrintSettings) -> Option<String> {
    if !matches!(settings.scheme, PrintScheme::Shared(FindPrinter::Broadcast { .. })) {
        return None;
    }
    let sites: BTreeSet<SiteId> =
        settings.printers.iter().map(|&printer| model.site_of(printer)).collect();
    let mut askers = model.served().filter_map(|workload| prints(&workload.demand));
    let is_alone = |node: &&NodeId| !sites.contains(&model.site_of(**node));
    let alone = askers.find_map(|(askers, _)| askers.iter().find(is_alone))?;
    Some(format!(
        "a broadcast stays at its site, and {} has no printer there, so what it prints fails as not found",
        model.node_name(*alone)
    ))
}

/// Pages a minute that a printer prints on the mean, with its jams and for as long as it is up; where nobody knows how long that is, as if it
/// always were.
fn capacity(model: &Model, printer: NodeId) -> f64 {
    let group = model.group_of(printer);
    let presence = group.churn.as_ref().and_then(|churn| churn.availability()).unwrap_or(1.0);
    let printer = group.printer.as_ref();
    printer.map_or(0.0, |printer| presence * 60.0 / printer.mean_page(speeds(group, 1).0))
}

/// Pages a minute that are asked for, of each node.
fn asked(model: &Model) -> BTreeMap<NodeId, f64> {
    let mut asked = BTreeMap::new();
    for workload in model.served() {
        let Some((_, prints)) = prints(&workload.demand) else { continue };
        let pages = 60.0 * prints.mean_pages();
        for_each_asker(model, &workload.demand, |asker, rate| {
            *asked.entry(asker).or_insert(0.0) += rate.on_the_mean * pages;
        });
    }
    asked
}

fn overload(model: &Model, settings: &PrintSettings) -> Option<String> {
    let asked = asked(model);
    let all: f64 = asked.values().sum();
    let printers = &settings.printers;
    let capacities: Vec<f64> = printers.iter().map(|&printer| capacity(model, printer)).collect();
    let (nodes, load) = match settings.scheme {
        PrintScheme::Shared(FindPrinter::Fixed) => {
            let mut of_each = vec![0.0; printers.len()];
            for (&node, pages) in &asked {
                of_each[settings.fixed_place(node) as usize] += pages;
            }
            let load = |&place: &usize| of_each[place] / capacities[place];
            let worst = (0..of_each.len()).max_by(|a, b| load(a).total_cmp(&load(b)))?;
            (&printers[worst..=worst], load(&worst))
        }
        PrintScheme::Server(_)
        | PrintScheme::Shared(FindPrinter::Nearest | FindPrinter::Broadcast { .. }) => {
            (&printers[..], all / capacities.iter().sum::<f64>())
        }
    };
    if load.is_nan() || load <= LEAST_OVERLOAD {
        return None;
    }
    let groups = nodes.iter().map(|&node| model.group_of(node));
    let (what, whose) =
        (if nodes.len() == 1 { "printer" } else { "printers" }, names(model, nodes));
    let is_anyones = matches!(settings.scheme, PrintScheme::Server(_)) || nodes.len() == 1;
    let who = format!("the {what} of {whose}{}", at_mean_speed(groups));
    let overload = Overload { who, load, is_least: !is_anyones || !is_all_counted(model) };
    let has_limit = |node: &NodeId| model.printer_of(*node).is_some_and(|p| p.spool.is_some());
    let ends = ends(model, nodes.iter().any(has_limit), |wants| matches!(wants, Wants::Print(_)));
    Some(overload.said(ends))
}
