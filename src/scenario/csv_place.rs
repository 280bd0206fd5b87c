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
    let (mut text, mut walk, mut is_empty) = (Vec::new(), Walk::default(), true);
    // Empty lines belong to the record that follows, and a line with an open quote goes on in the next one.
    while is_empty || walk.place == Within::Quotes {
        let before = text.len();
        if reader.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        let mark = if text.starts_with(MARK) { MARK.len() } else { 0 };
        for &byte in &text[before.max(mark)..] {
            is_empty &= is_end_of_line(byte);
            if !is_empty {
                walk.step(byte);
            }
        }
    }
    Ok(text)
}

fn is_end_of_line(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Through a record, as a reader of CSV goes: quotes count where a cell begins with one.
#[derive(Default)]
struct Walk {
    cell: usize,
    place: Within,
}

/// Where in a cell.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Within {
    #[default]
    Start,
    Plain,
    Quotes,
    /// Behind quotes, which another one would open again.
    Behind,
}

impl Walk {
    fn step(&mut self, byte: u8) {
        self.place = match (self.place, byte) {
            (Within::Quotes, b'"') => Within::Behind,
            (Within::Quotes, _) | (Within::Start | Within::Behind, b'"') => Within::Quotes,
            (_, b',') => {
                self.cell += 1;
                Within::Start
            }
            _ => Within::Plain,
        };
    }
}

const MARK: &[u8] = "\u{feff}".as_bytes();

fn place_in(text: &[u8], line: u64, cell: usize) -> (u64, u64) {
    let text = text.strip_prefix(MARK).unwrap_or(text);
    let start = text.iter().take_while(|&&byte| is_end_of_line(byte)).count();
    let (before, record) = text.split_at(start);
    let end = record.len() - record.iter().rev().take_while(|&&byte| is_end_of_line(byte)).count();
    let record = &record[..end];
    let mut walk = Walk::default();
    let is_before = |&byte: &u8| {
        let is_before = walk.cell < cell;
        walk.step(byte);
        is_before
    };
    let mut at = record.iter().copied().take_while(is_before).count();
    at += record[at..].iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count();
    let (own_line, gone) = match record[..at].iter().rposition(|&byte| byte == b'\n') {
        Some(feed) => (feed + 1, record[..at].iter().filter(|&&byte| byte == b'\n').count()),
        None => (0, 0),
    };
    let lines = before.iter().filter(|&&byte| byte == b'\n').count() + gone;
    let column = String::from_utf8_lossy(&record[own_line..at]).chars().count();
    (line + lines as u64, column as u64 + 1)
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
        // Text over two lines, a quote within a cell, quoted quotes, and the mark that begins a file.
        assert_eq!(place("x,\"two\nlines\",1,bad\n", 3), (3, 10));
        assert_eq!(place("x,5\" disk,bad\n", 2), (2, 11));
        assert_eq!(place("\"a \"\"b\"\", c\",d\n", 1), (2, 14));
        assert_eq!(place("\u{feff}a,b\n", 1), (2, 3));
        // What stands before a record opens no quote in it.
        let path = std::env::temp_dir().join(format!("hubmesh-place-{}.csv", std::process::id()));
        for before in ["", "\r\n", "\u{feff}"] {
            std::fs::write(&path, format!("{before}\"a\r\nb\",1,x\r\n")).unwrap();
            let lines = before.matches('\n').count() as u64;
            assert_eq!(place_of(&path, (0, 1), 2), (2 + lines, 6), "{before:?}");
        }
        std::fs::remove_file(&path).unwrap();
        // What is not there is missing at the end.
        assert_eq!(place("a,b\n", 3), (2, 4));
        assert_eq!(place("", 1), (2, 1));
    }
}
