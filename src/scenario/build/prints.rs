//! Printers of groups, and workloads of documents.

use std::ops::Range;

use super::super::print_spec::{PrintSpec, PrinterSpec};
use super::super::spec::StationSpec;
use super::super::tree::Field;
use super::super::values::Number;
use super::checks::Checks;
use super::demand::arrivals;
use super::faults::groups_or_nodes;
use super::groups::Groups;
use super::policy::{Written, policy};
use super::run::RunSettings;
use crate::model::{Demand, Discipline, Policy, Printer, Prints, Station, StationId, Wants};
use crate::random::Distribution;
use crate::units::Bytes;

const USUAL_CLEAR: f64 = 180.0;
/// A page takes from a microsecond to years.
const LEAST_SPEED: f64 = 1e-6;
const MOST_SPEED: f64 = 1e7;
const MOST_PAGE: Bytes = Bytes::new(1_000_000_000_000);

/// The station of a printer of documents.
pub const STATION: Station = Station {
    kind: StationId::PRINTER,
    workers: 1,
    queue: None,
    discipline: Discipline::Fifo,
    speed: 1.0,
};

/// What a group prints with, and its plain station if that is what it is; `None` when it is wrong. `place`: of the group.
pub fn printer(
    spec: Option<PrinterSpec>,
    place: Range<usize>,
    checks: &mut Checks<'_>,
) -> Option<(Option<Printer>, Option<StationSpec>)> {
    let Some(mut spec) = spec else { return Some((None, None)) };
    let of_documents = [
        ("spool", spec.spool.as_ref().map(|field| field.span.clone())),
        ("jam", spec.jam.as_ref().map(|field| field.span.clone())),
        ("clear", spec.clear.as_ref().map(|field| field.span.clone())),
    ];
    let Some(speed) = spec.pages_per_minute.take() else {
        let mut is_sound = true;
        for (key, span) in of_documents {
            if let Some(span) = span {
                let message = format!("`{key}` is of a printer that prints documents");
                checks.problem(span, message, "goes with `pages_per_minute`");
                is_sound = false;
            }
        }
        let Some(workers) = spec.workers.take() else {
            if is_sound {
                checks.problem(place, "its printer says nothing of how fast it is", "how fast?").help(
                    "write printer = { pages_per_minute = 20 }, or { workers = 1 } for a plain station",
                );
            }
            return None;
        };
        return is_sound.then(|| (None, Some(spec.into_station(workers))));
    };
    let of_stations = [
        ("workers", spec.workers.map(|field| field.span)),
        ("queue", spec.queue.map(|field| field.span)),
        ("discipline", spec.discipline.map(|field| field.span)),
        ("speed", spec.speed.map(|field| field.span)),
    ];
    let mut is_sound = true;
    for (key, span) in of_stations {
        if let Some(span) = span {
            let message = format!("`{key}` is of a plain station, and this one prints documents");
            let cure = checks.problem(span, message, "does not go with `pages_per_minute`");
            if key == "queue" {
                cure.help("write `spool`: the documents that may wait");
            }
            is_sound = false;
        }
    }
    let pages_per_minute = pages_per_minute(speed, checks);
    let spool = checks.optional(spec.spool);
    let jam_place = spec.jam.as_ref().map(|jam| jam.span.clone());
    let jam = jam(spec.jam, checks);
    let clear = checks.optional(spec.clear);
    let (jam, clear) = (jam?, clear?);
    if let Some((place, _)) = clear.as_ref().filter(|_| jam == 0.0) {
        let label = match jam_place {
            Some(_) => "its `jam` is 0",
            None => "it has no `jam`",
        };
        checks.problem(place.clone(), "no page jams that would have to be cleared", label);
        return None;
    }
    let spool = spool?.map(|(_, spool)| u32::try_from(spool.0).unwrap_or(u32::MAX));
    let clear = clear.map(|(_, clear)| clear.distribution);
    let clear = clear.unwrap_or(Distribution::Constant(USUAL_CLEAR));
    let printer = Printer { pages_per_minute: pages_per_minute?, spool, jam, clear };
    is_sound.then_some((Some(printer), None))
}

fn pages_per_minute(field: Field<Number>, checks: &mut Checks<'_>) -> Option<f64> {
    let (span, Number(speed)) = checks.required(field)?;
    if !(LEAST_SPEED..=MOST_SPEED).contains(&speed) {
        let message = format!("{speed} pages per minute");
        checks.problem(span, message, "expected 0.000001 to 10000000; 20 is usual");
        return None;
    }
    Some(speed)
}

fn jam(field: Option<Field<Number>>, checks: &mut Checks<'_>) -> Option<f64> {
    match checks.optional(field)? {
        Some((span, Number(jam))) if !(0.0..1.0).contains(&jam) => {
            let message = format!("{jam} is no probability of a page to jam");
            checks
                .problem(span, message, "expected 0 to below 1")
                .help("with 1 every page jams, again and again; jam = 0.002 is one of 500 pages");
            None
        }
        jam => Some(jam.map_or(0.0, |(_, jam)| jam.0)),
    }
}

pub fn print(
    spec: PrintSpec,
    groups: &Groups,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let askers = groups_or_nodes(spec.from, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let pages = checks.required(spec.pages);
    let page_size = checks.required(spec.page_size);
    let written = Written { timeout: spec.timeout, retry: spec.retry, ..Written::default() };
    let policy = policy(written, checks);
    let ((place, pages), (size_place, page_size)) = (pages?, page_size?);
    if pages.distribution.maximum() < 0.5 {
        checks.problem(place, "documents without pages", "expected at least 1");
        return None;
    }
    if page_size == Bytes::ZERO || page_size > MOST_PAGE {
        let message = format!("a page of {page_size}");
        checks.problem(size_place, message, "expected \"1 B\" to \"1 TB\"");
        return None;
    }
    let wants = Wants::Print(Box::new(Prints { pages: pages.distribution, page_size }));
    Some((Demand::Drawn { askers: askers?, arrivals: arrivals?, wants }, policy?))
}
