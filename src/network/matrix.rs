//! Latencies between all pairs of sites, as measurements publish them: a square of numbers.
//!
//! Columns are separated by tabs, commas, semicolons or spaces. A number of 0 off the diagonal,
//! a negative one and `nan` or `-` stand for a pair that was not measured. The core between the
//! sites is never the bottleneck: who measured latency did not measure capacity.

use crate::units::Duration;

/// More sites than this would take gigabytes.
const MOST_SITES: usize = 10_000;
/// No measurement of a network takes longer.
const MOST_SECONDS: f64 = 1e6;

/// One-way latencies between sites.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyMatrix {
    site_count: usize,
    /// Row by row; from the row's site to the column's.
    one_way: Vec<Duration>,
    /// How many entries were missing and have been replaced.
    pub replaced_count: usize,
}

/// How the numbers of a file are to be understood.
#[derive(Clone, Copy, Debug)]
pub struct MatrixOptions {
    /// What 1 stands for.
    pub unit: Duration,
    /// Whether numbers are there and back; half of each is then the one-way latency.
    pub is_round_trip: bool,
    /// One way, of pairs that were not measured; `None`: the median of the others in the row.
    pub missing: Option<Duration>,
}

/// Why a file is no matrix of latencies.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    #[error("has no numbers")]
    Empty,
    #[error("line {line}, column {column}: {text:?} is no number{}", if *.line == 1 { "; a matrix has no headings" } else { "" })]
    NoNumber { line: usize, column: usize, text: String },
    #[error("line {line}, column {column}: {text} is more than 10^6 seconds; is the unit right?")]
    TooLong { line: usize, column: usize, text: String },
    #[error("line {line} has {found} numbers and the first row {expected}")]
    Ragged { line: usize, found: usize, expected: usize },
    #[error("has {rows} rows of {columns} numbers, and a matrix of latencies is a square")]
    NoSquare { rows: usize, columns: usize },
    #[error("has {0} sites, and {MOST_SITES} are the most")]
    TooLarge(usize),
    #[error("says nothing of site {0} (its row has no measurement); set `missing`")]
    EmptyRow(usize),
}

impl LatencyMatrix {
    /// Reads a matrix from its text.
    ///
    /// # Errors
    /// See [`MatrixError`]; its text completes "the file ... ".
    pub fn parse(text: &str, options: &MatrixOptions) -> Result<LatencyMatrix, MatrixError> {
        let mut rows: Vec<Vec<Option<Duration>>> = Vec::new();
        for (line, content) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let row = cells(content)
                .map(|(column, cell)| latency(cell, (line, column), options))
                .collect::<Result<Vec<_>, _>>()?;
            let expected = rows.first().map_or(row.len(), Vec::len);
            match row.len() {
                0 => continue,
                count if count > MOST_SITES => return Err(MatrixError::TooLarge(count)),
                found if found != expected => {
                    return Err(MatrixError::Ragged { line, found, expected });
                }
                _ => rows.push(row),
            }
        }
        let columns = rows.first().map_or(0, Vec::len);
        match rows.len() {
            0 => Err(MatrixError::Empty),
            count if count == columns => LatencyMatrix::of_rows(&rows, options.missing),
            count => Err(MatrixError::NoSquare { rows: count, columns }),
        }
    }

    fn of_rows(
        rows: &[Vec<Option<Duration>>],
        missing: Option<Duration>,
    ) -> Result<LatencyMatrix, MatrixError> {
        let site_count = rows.len();
        let mut one_way = Vec::with_capacity(site_count * site_count);
        let mut replaced_count = 0;
        for (from, row) in rows.iter().enumerate() {
            let others = || (0..site_count).filter(|&to| to != from);
            let gaps = others().filter(|&to| row[to].is_none()).count();
            let replacement = match missing {
                Some(latency) => latency,
                None if gaps == 0 => Duration::ZERO,
                None => median(others().filter_map(|to| row[to]).collect())
                    .ok_or(MatrixError::EmptyRow(from + 1))?,
            };
            replaced_count += gaps;
            one_way.extend(row.iter().enumerate().map(|(to, latency)| match latency {
                _ if to == from => Duration::ZERO,
                Some(latency) => *latency,
                None => replacement,
            }));
        }
        Ok(LatencyMatrix { site_count, one_way, replaced_count })
    }

    pub fn site_count(&self) -> usize {
        self.site_count
    }

    /// # Panics
    /// When a site is not below [`LatencyMatrix::site_count`].
    pub fn one_way(&self, from: usize, to: usize) -> Duration {
        self.one_way[from * self.site_count + to]
    }

    pub fn longest(&self) -> Duration {
        self.one_way.iter().copied().max().unwrap_or(Duration::ZERO)
    }
}

/// What separators leave of a line, each with the column where it begins, from 1 on.
fn cells(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut column = 1;
    let parts = line.split_inclusive(|c: char| c == ',' || c == ';' || c.is_whitespace());
    parts.filter_map(move |part| {
        let begin = column;
        column += part.chars().count();
        let cell = part.trim_end_matches(|c: char| c == ',' || c == ';' || c.is_whitespace());
        (!cell.is_empty()).then_some((begin, cell))
    })
}

/// `None` for what was not measured.
fn latency(
    cell: &str,
    (line, column): (usize, usize),
    options: &MatrixOptions,
) -> Result<Option<Duration>, MatrixError> {
    if cell == "-" {
        return Ok(None);
    }
    let place = || (line, column, cell.to_owned());
    let number: f64 = cell.parse().map_err(|_| {
        let (line, column, text) = place();
        MatrixError::NoNumber { line, column, text }
    })?;
    if number.is_nan() || number <= 0.0 {
        return Ok(None);
    }
    let share = if options.is_round_trip { 0.5 } else { 1.0 };
    let seconds = number * options.unit.secs() * share;
    if seconds > MOST_SECONDS {
        let (line, column, text) = place();
        return Err(MatrixError::TooLong { line, column, text });
    }
    Ok(Some(Duration::from_secs(seconds)))
}

/// The lower of the two in the middle when their number is even.
fn median(mut values: Vec<Duration>) -> Option<Duration> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_nanos(1_000_000);
    const OPTIONS: MatrixOptions =
        MatrixOptions { unit: MILLISECOND, is_round_trip: true, missing: None };

    fn milliseconds(count: u64) -> Duration {
        Duration::from_nanos(count * 1_000_000)
    }

    #[test]
    fn half_of_a_round_trip_is_one_way() {
        let matrix = LatencyMatrix::parse("0\t20\n30\t0\n", &OPTIONS).unwrap();
        assert_eq!(matrix.one_way(0, 1), milliseconds(10));
        assert_eq!(matrix.one_way(1, 0), milliseconds(15));
        assert_eq!(matrix.one_way(1, 1), Duration::ZERO);
        let one_way = MatrixOptions { is_round_trip: false, ..OPTIONS };
        let matrix = LatencyMatrix::parse("0,20\n\n30;0", &one_way).unwrap();
        assert_eq!(matrix.one_way(0, 1), milliseconds(20));
        assert_eq!(matrix.longest(), milliseconds(30));
        // As a spreadsheet writes it.
        let again = LatencyMatrix::parse("\u{feff}0;20\r\n30;0\r\n", &one_way).unwrap();
        assert_eq!(again, matrix);
    }

    #[test]
    fn what_was_not_measured_is_the_median_of_its_row() {
        let text = "9 0 10 20 40\n10 0 10 10 10\n- nan 0 8 -1\n2 2 2 0 2\n2 2 2 2 0\n";
        let matrix = LatencyMatrix::parse(text, &OPTIONS).unwrap();
        // Row 1 misses one of 10, 20, 40: 20, and half of it one way. The diagonal is no gap.
        assert_eq!(matrix.one_way(0, 1), milliseconds(10));
        assert_eq!(matrix.one_way(0, 0), Duration::ZERO);
        assert_eq!(matrix.one_way(2, 4), milliseconds(4));
        assert_eq!(matrix.replaced_count, 4);
        let given = MatrixOptions { missing: Some(milliseconds(7)), ..OPTIONS };
        assert_eq!(LatencyMatrix::parse(text, &given).unwrap().one_way(0, 1), milliseconds(7));
    }

    #[test]
    fn what_is_no_matrix_is_refused_with_its_place() {
        for (text, words) in [
            ("", "no numbers"),
            ("0 1\n1", "line 2 has 1"),
            ("0 1 2\n1 0 2", "2 rows of 3"),
            ("0 x\n1 0", "line 1, column 3: \"x\" is no number; a matrix has no headings"),
            (",a,b\n0,1\n", "line 1, column 2: \"a\""),
            ("0 1\né,0", "line 2, column 1: \"é\" is no number"),
            ("0;1\n 1;é0", "line 2, column 4: \"é0\" is no number"),
            ("0 1e12\n1 0", "is the unit right"),
            ("0 1\n0 0", "site 2"),
        ] {
            let message = LatencyMatrix::parse(text, &OPTIONS).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
