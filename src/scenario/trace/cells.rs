//! Cells of traces, read.

use std::ops::RangeInclusive;

use csv::StringRecord;

use super::super::records::Wrong;
use crate::units::{Bytes, Duration, Time};

/// Largest and latest that a trace may name.
const MOST_BYTES: u64 = 1_000_000_000_000_000_000;
const LATEST_S: f64 = 1e9;

pub fn instant(text: &str) -> Result<Time, String> {
    match seconds(text) {
        Some(seconds) => Ok(Time::from_secs(seconds)),
        None => Err(format!("{text:?} is no time in seconds from 0 to {LATEST_S:e}")),
    }
}

pub fn span(text: &str) -> Result<Duration, String> {
    match seconds(text) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => Err(format!("{text:?} is no number of seconds from 0 to {LATEST_S:e}")),
    }
}

fn seconds(text: &str) -> Option<f64> {
    text.parse().ok().filter(|seconds| (0.0..=LATEST_S).contains(seconds))
}

pub fn size(text: &str) -> Result<Bytes, String> {
    whole(text, "number of bytes", 1..=MOST_BYTES, "10^18").map(Bytes::new)
}

pub fn size_or_none(text: &str) -> Result<Bytes, String> {
    whole(text, "number of bytes", 0..=MOST_BYTES, "10^18").map(Bytes::new)
}

/// `what` it is, and `most` in words.
pub fn whole(
    text: &str,
    what: &str,
    range: RangeInclusive<u64>,
    most: &str,
) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("{text:?} is no whole {what} from {} to {most}", range.start())),
    }
}

/// The cells of one record, and what is wrong with them.
pub struct Cells<'r> {
    pub record: &'r StringRecord,
    pub wrong: Vec<Wrong>,
}

impl<'r> Cells<'r> {
    /// Empty when there is no such cell.
    pub fn text(&self, column: usize) -> &'r str {
        self.record.get(column).unwrap_or("")
    }

    pub fn wrong(&mut self, column: usize, message: impl Into<String>) {
        self.wrong.push((column, message.into()));
    }

    /// What stands in a cell; `None` when it is wrong.
    pub fn needed<T>(
        &mut self,
        column: usize,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match read(self.text(column)) {
            Ok(value) => Some(value),
            Err(message) => {
                self.wrong(column, message);
                None
            }
        }
    }

    /// The same where there may be no such column, and nothing in the cell.
    pub fn optional<T>(
        &mut self,
        column: Option<usize>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let column = column.filter(|&column| !self.text(column).is_empty())?;
        self.needed(column, read)
    }
}
