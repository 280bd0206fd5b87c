//! Printers that are asked for more pages than they can print: warnings.

use std::collections::{BTreeMap, BTreeSet};

use super::mean_rates::for_each_asker;
use crate::architectures::{Contender, FindPrinter, PrintScheme, PrintSettings};
use crate::model::{Demand, Model, Prints, Wants};
use crate::network::{NodeId, SiteId};

/// A warning for each contender whose printers have a load above 1 for as long as documents come.
pub fn of(model: &Model, contenders: &[Contender]) -> Vec<String> {
    let mut warnings = Vec::new();
    for Contender { name, preset, .. } in contenders {
        let Some(settings) = preset.printing() else { continue };
        let found = [overload(model, settings), out_of_reach(model, settings)];
        warnings.extend(found.into_iter().flatten().map(|warning| format!("{name:?}: {warning}")));
        if !model.workloads.iter().any(|workload| prints(&workload.demand).is_some()) {
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
    let mut askers = model.workloads.iter().filter_map(|workload| prints(&workload.demand));
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
    let speeds = group.classes.iter().map(|class| class.share * class.speed);
    let share: f64 = group.classes.iter().map(|class| class.share).sum();
    let speed = speeds.sum::<f64>() / share;
    let presence = group.churn.as_ref().and_then(|churn| churn.availability()).unwrap_or(1.0);
    let printer = group.printer.as_ref();
    printer.map_or(0.0, |printer| presence * 60.0 / printer.mean_page(speed))
}

/// Pages a minute that are asked for, of each node.
fn asked(model: &Model) -> BTreeMap<NodeId, f64> {
    let mut asked = BTreeMap::new();
    for workload in &model.workloads {
        let Some((_, prints)) = prints(&workload.demand) else { continue };
        let pages = 60.0 * prints.pages.mean().max(1.0);
        for_each_asker(model, &workload.demand, |asker, rate| {
            *asked.entry(asker).or_insert(0.0) += rate.on_the_mean * pages;
        });
    }
    asked
}

fn overload(model: &Model, settings: &PrintSettings) -> Option<String> {
    let asked = asked(model);
    let all: f64 = asked.values().sum();
    let (who, pages, capacity) = match settings.scheme {
        PrintScheme::Shared(FindPrinter::Fixed) => {
            let mut of_each = vec![0.0; settings.printers.len()];
            for (&node, pages) in &asked {
                of_each[settings.fixed_place(node) as usize] += pages;
            }
            let load = |&place: &usize| of_each[place] / capacity(model, settings.printers[place]);
            let worst = (0..of_each.len()).max_by(|a, b| load(a).total_cmp(&load(b)))?;
            let printer = settings.printers[worst];
            let who = format!("the printer of {} is", model.node_name(printer));
            (who, of_each[worst], capacity(model, printer))
        }
        PrintScheme::Server(_)
        | PrintScheme::Shared(FindPrinter::Nearest | FindPrinter::Broadcast { .. }) => {
            let capacity = settings.printers.iter().map(|&printer| capacity(model, printer)).sum();
            let who = match settings.printers.len() {
                1 => "the printer is".to_owned(),
                count => format!("the {count} printers are"),
            };
            (who, all, capacity)
        }
    };
    let load = pages / capacity;
    if load <= 1.0 || load.is_nan() {
        return None;
    }
    if load.is_infinite() {
        return Some(format!("{who} asked for documents whose pages have no mean"));
    }
    let mut printers = settings.printers.iter();
    let has_limit = printers.all(|&node| model.printer_of(node).is_some_and(|p| p.spool.is_some()));
    let so = match has_limit {
        true => format!("at least {:.0} % of the pages are refused", 100.0 * (1.0 - 1.0 / load)),
        false => "what waits grows as long as documents come".to_owned(),
    };
    Some(format!("{who} asked for {pages:.1} pages a minute and can print {capacity:.1}, so {so}"))
}
