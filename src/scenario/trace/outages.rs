//! Traces of outages: when each begins and ends, and how bad it is.
//!
//! Columns `start_time,end_time,status` or `start,end,severity`, in seconds and from 0 to 1. More
//! columns, such as the name of a service, are ignored.

use std::path::Path;

use csv::StringRecord;

use super::super::records::{Mistake, Wrong, read_records};
use super::cells::{Cells, span};
use crate::scenario::diagnostics::nearest;
use crate::units::Duration;

/// An outage, from the beginning of the trace.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RecordedOutage {
    pub start: Duration,
    /// Not before its start.
    pub end: Duration,
    /// From 0, nothing is amiss, to 1, nothing works.
    pub severity: f64,
}

/// Reads the file at `path`; `most`: outages that fit into memory. In the order of the file.
///
/// # Errors
/// What is wrong, up to a number that can be read.
pub fn read_outages(path: &Path, most: u64) -> Result<Vec<RecordedOutage>, Vec<Mistake>> {
    let mut outages = Vec::new();
    read_records(path, ("outages", most), Columns::of, |columns, record| {
        outages.push(columns.outage(record)?);
        Ok(())
    })?;
    Ok(outages)
}

/// Where the columns are.
#[derive(Clone, Copy)]
struct Columns {
    start: usize,
    end: usize,
    severity: usize,
}

impl Columns {
    fn of(headings: &StringRecord) -> Result<Columns, Vec<Wrong>> {
        let column = |names: [&str; 2]| headings.iter().position(|name| names.contains(&name));
        let all = [["start_time", "start"], ["end_time", "end"], ["status", "severity"]];
        if let [Some(start), Some(end), Some(severity)] = all.map(column) {
            return Ok(Columns { start, end, severity });
        }
        let lacking = all.into_iter().filter(|&names| column(names).is_none());
        let near: Vec<String> = lacking
            .filter_map(|[name, _]| {
                Some(format!("is {:?} meant as {name}?", nearest(name, headings.iter())?))
            })
            .collect();
        let near = if near.is_empty() { String::new() } else { format!("; {}", near.join(", ")) };
        let message = "needs the columns start_time,end_time,status (or start,end,severity)";
        Err(vec![(0, format!("{message}{near}"))])
    }

    fn outage(self, record: &StringRecord) -> Result<RecordedOutage, Vec<Wrong>> {
        let mut cells = Cells { record, wrong: Vec::new() };
        let start = cells.needed(self.start, span);
        let end = cells.needed(self.end, span);
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            cells.wrong(self.end, format!("an outage that ends before it begins, at {start}"));
        }
        let severity = cells.needed(self.severity, severity);
        match (start, end, severity, cells.wrong) {
            (Some(start), Some(end), Some(severity), wrong) if wrong.is_empty() => {
                Ok(RecordedOutage { start, end, severity })
            }
            (.., wrong) => Err(wrong),
        }
    }
}

fn severity(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| format!("{text:?} is no severity from 0 to 1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<RecordedOutage>, Vec<String>> {
        let name = format!("hubmesh-outages-{}-{}.csv", std::process::id(), text.len());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        let read = read_outages(&path, 1000);
        std::fs::remove_file(&path).unwrap();
        read.map_err(|mistakes| {
            let says = |mistake: Mistake| {
                let (line, column) = mistake.place.unwrap_or_default();
                format!("{line}:{column}: {}", mistake.message)
            };
            mistakes.into_iter().map(says).collect()
        })
    }

    #[test]
    fn both_headings_and_any_order_are_read() {
        let outage = RecordedOutage {
            start: Duration::from_secs(1.5),
            end: Duration::from_whole_secs(4),
            severity: 0.25,
        };
        let expected = Ok(vec![outage]);
        assert_eq!(read("start_time,end_time,status,service\n1.5,4,0.25,mail\n"), expected);
        assert_eq!(read("severity,end,start\n0.25, 4.0 ,1.5\n"), expected);
    }

    #[test]
    fn what_is_wrong_has_its_line_and_column() {
        let mistakes = read("start,end,severity\n0,1,1\n5,4,0.5\n0,x,1.5\n").unwrap_err();
        assert_eq!(
            mistakes,
            [
                "3:3: an outage that ends before it begins, at 5.0 s",
                "4:3: \"x\" is no number of seconds from 0 to 1e9",
                "4:5: \"1.5\" is no severity from 0 to 1",
            ]
        );
        let mistakes = read("start_time,end_tme,status\n0,1,1\n").unwrap_err();
        let near = "needs the columns start_time,end_time,status (or start,end,severity); \
            is \"end_tme\" meant as end_time?";
        assert_eq!(mistakes, [format!("1:1: {near}")]);
        assert_eq!(read("start,end,severity\n").unwrap_err(), ["0:0: has no outages"]);
    }
}
