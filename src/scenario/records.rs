//! The records of a CSV file one after another, and all that is wrong with them.

use std::path::Path;

use csv::StringRecord;

use super::csv_place::place_of;
use super::file::open;

/// Nobody reads more than this at a time.
const MOST_MISTAKES: usize = 20;

/// What is wrong with a file of records.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line and column.
    pub place: Option<(u64, u64)>,
    pub message: String,
}

impl Mistake {
    pub(super) fn of_file(message: impl Into<String>) -> Mistake {
        Mistake { place: None, message: message.into() }
    }

    /// With the name of the file and the place in it.
    pub fn in_file(&self, file: &str) -> String {
        match self.place {
            Some((line, column)) => format!("{file}:{line}:{column}: {}", self.message),
            None => format!("{file}: {}", self.message),
        }
    }
}

/// A cell of a record, from 0 on, and what is wrong with it.
pub type Wrong = (usize, String);

/// Hands the records of the file at `path` to `add`, with the columns that `columns` finds in the
/// headings. `what` they are called, and the `most` that fit into memory. There is at least one.
///
/// # Errors
/// What is wrong, up to a number that can be read.
pub fn read_records<C>(
    path: &Path,
    (what, most): (&str, u64),
    columns: impl FnOnce(&StringRecord) -> Result<C, Vec<Wrong>>,
    mut add: impl FnMut(&C, &StringRecord) -> Result<(), Vec<Wrong>>,
) -> Result<(), Vec<Mistake>> {
    let whole = |message: String| vec![Mistake::of_file(message)];
    let file = open(path).map_err(whole)?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
    let headings = match reader.headers() {
        Ok(headings) => headings.clone(),
        Err(error) => {
            return Err(match error.kind() {
                csv::ErrorKind::Utf8 { err, .. } => {
                    let message = "this is not UTF-8 text".to_owned();
                    vec![Mistake { place: Some(place_of(path, (0, 1), err.field())), message }]
                }
                _ => whole(format!("is no CSV file: {error}")),
            });
        }
    };
    if headings.is_empty() {
        return Err(whole(format!("has no {what}")));
    }
    if let Some(mark) = other_separator(&headings) {
        let message = format!(
            "cells are separated by {mark}: expected commas, and a point in numbers, as in 1.5,4,0.25"
        );
        return Err(vec![Mistake { place: Some((1, 1)), message }]);
    }
    let of_cell = |place: Option<(u64, u64)>, (cell, message): Wrong| {
        let place = place.map(|place| place_of(path, place, cell));
        Mistake { place, message }
    };
    let columns = columns(&headings).map_err(|wrong| -> Vec<Mistake> {
        wrong.into_iter().map(|wrong| of_cell(Some((0, 1)), wrong)).collect()
    })?;
    let mut mistakes = Vec::new();
    let mut count: u64 = 0;
    for record in reader.records() {
        if record.as_ref().is_ok_and(|record| record.len() == 1 && record[0].is_empty()) {
            // A line of blanks.
            continue;
        }
        let place = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let place = place.map(|place| (place.byte(), place.line()));
        let added = match record {
            Ok(record) => {
                let added = match surplus(&record, &headings) {
                    Some(wrong) => Err(vec![wrong]),
                    None => add(&columns, &record),
                };
                let in_short = |(cell, message): Wrong| (cell, in_short(record.get(cell), message));
                added.map_err(|wrong| wrong.into_iter().map(in_short).collect())
            }
            Err(error) => match error.kind() {
                csv::ErrorKind::Utf8 { err, .. } => {
                    Err(vec![(err.field(), "this is not UTF-8 text".to_owned())])
                }
                _ => return Err(whole(format!("is no CSV file: {error}"))),
            },
        };
        match added {
            Ok(()) => count += 1,
            Err(wrong) => mistakes.extend(wrong.into_iter().map(|wrong| of_cell(place, wrong))),
        }
        if mistakes.len() >= MOST_MISTAKES {
            mistakes.truncate(MOST_MISTAKES);
            mistakes.push(Mistake::of_file("perhaps there are more; what follows was not read"));
            return Err(mistakes);
        }
        if count > most {
            return Err(whole(format!("more than {most} {what} do not fit into `memory_limit`")));
        }
    }
    if mistakes.is_empty() && count == 0 {
        mistakes.push(Mistake::of_file(format!("has no {what}")));
    }
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

/// What is wrong with a cell; of one that goes over several lines, which may be the rest of the file, only that.
fn in_short(cell: Option<&str>, message: String) -> String {
    match cell.map_or(0, |text| text.matches('\n').count()) {
        0 => message,
        lines => format!(
            "this is text in quotes over {} lines: is the quote at its end missing?",
            lines + 1
        ),
    }
}

/// A cell that no heading stands over; a number with a comma in it makes one, too.
fn surplus(record: &StringRecord, headings: &StringRecord) -> Option<Wrong> {
    let mut cells = record.iter().enumerate().skip(headings.len());
    let (place, cell) = cells.find(|(_, cell)| !cell.is_empty())?;
    let message = format!(
        "{cell:?} is one cell more than there are headings: expected a point in numbers, and quotes around text with commas"
    );
    Some((place, message))
}

/// What stands between the cells in the place of commas, if it does so in the headings.
fn other_separator(headings: &StringRecord) -> Option<&'static str> {
    let mut cells = headings.iter();
    let (only, None) = (cells.next()?, cells.next()) else { return None };
    [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
        .into_iter()
        .find_map(|(mark, name)| only.contains(mark).then_some(name))
}

/// Both, or what is wrong with each.
pub fn both<A, B>(a: Result<A, Wrong>, b: Result<B, Wrong>) -> Result<(A, B), Vec<Wrong>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(a.err().into_iter().chain(b.err()).collect()),
    }
}
