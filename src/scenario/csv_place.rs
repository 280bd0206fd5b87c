//! Where a cell of a CSV file stands, as an editor counts: line and column.
//!
//! A reader of CSV knows where records begin but not their cells, so the line is read once more.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Cells beyond this are not looked for.
const LONGEST_LINE: u64 = 1_000_000;

/// Line and column of the first character of a cell, from 1 on; of the end of the line when the
/// record has no such cell.
///
/// `byte` and `line`: where the record begins, or a line feed before it; `cell`: from 0 on.
pub fn place_of(path: &Path, (byte, line): (u64, u64), cell: usize) -> (u64, u64) {
    text_from(path, byte).map_or((line, 1), |text| place_in(&text, line, cell))
}

fn text_from(path: &Path, byte: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(byte))?;
    let mut reader = BufReader::new(file.take(LONGEST_LINE));
    let mut text = Vec::new();
    // Empty lines belong to the record that follows.
    while text.iter().all(u8::is_ascii_whitespace) && reader.read_until(b'\n', &mut text)? > 0 {}
    Ok(text)
}

fn place_in(text: &[u8], line: u64, cell: usize) -> (u64, u64) {
    let is_blank = |&byte: &u8| byte == b'\n' || byte == b'\r';
    let start = text.iter().take_while(|byte| is_blank(byte)).count();
    let line = line + text[..start].iter().filter(|&&byte| byte == b'\n').count() as u64;
    let record = &text[start..];
    let end = record.len() - record.iter().rev().take_while(|byte| is_blank(byte)).count();
    let record = &record[..end];
    let mut at = 0;
    let mut is_quoted = false;
    for _ in 0..cell {
        let comma = record[at..].iter().position(|&byte| {
            is_quoted ^= byte == b'"';
            byte == b',' && !is_quoted
        });
        at = comma.map_or(end, |comma| at + comma + 1);
    }
    at += record[at..].iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count();
    let before = String::from_utf8_lossy(&record[..at]);
    (line, before.chars().count() as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_behind_quotes_blanks_and_empty_lines() {
        let place = |text: &str, cell| place_in(text.as_bytes(), 2, cell);
        assert_eq!(place("a,b,c\n", 0), (2, 1));
        assert_eq!(place("a,b,c\n", 2), (2, 5));
        assert_eq!(place("é, b,c\r\n", 1), (2, 4));
        assert_eq!(place("\n\r\n\"a,b\",c\n", 1), (4, 7));
        // What is not there is missing at the end.
        assert_eq!(place("a,b\n", 3), (2, 4));
        assert_eq!(place("", 1), (2, 1));
    }
}
