//! The points that are done, a line of a file each, which grows by whole lines.
//!
//! A line is a hash of its text and its text. Whoever dies while he writes leaves a line without an end,
//! which the next one takes away; all lines before it are whole. One program at a time has the file.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::outcome::PointOutcome;
use crate::scenario::{Fingerprint, hexadecimal, program_version};

/// Why points cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("cannot read or write {}: {cause}", path.display())]
    Unusable { path: PathBuf, cause: io::Error },
    #[error("{} does not have a point that it had; was it changed meanwhile?", .0.display())]
    Gone(PathBuf),
    #[error("another sweep is writing {}; wait for it, or choose another folder with --out", .0.display())]
    Busy(PathBuf),
    #[error("{} is no file of a sweep; choose another folder with --out", .0.display())]
    NotOurs(PathBuf),
    #[error(
        "{} was made by hubmesh {version} of other sources, whose numbers may be others; remove it, or choose another folder with --out",
        path.display()
    )]
    OtherVersion { path: PathBuf, version: String },
}

/// The first line of a file of points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of hubmesh.
    pub hubmesh: String,
    /// [`program_version`].
    pub program: String,
}

impl Header {
    pub fn of_this_program() -> Header {
        Header {
            hubmesh: env!("CARGO_PKG_VERSION").to_owned(),
            program: hexadecimal(&program_version()).to_string(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    key: String,
    #[serde(flatten)]
    outcome: PointOutcome,
}

/// Whether another program is writing the file of points at `path`.
pub fn is_being_written(path: &Path) -> bool {
    let file = File::open(path);
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// An open file of points.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    /// Where the text of each point begins, and its length.
    places: HashMap<Fingerprint, (u64, usize)>,
    end: u64,
}

impl Log {
    /// Opens the file, or makes it, and takes away a line without an end.
    ///
    /// # Errors
    /// When it is somebody else's, of another version, or cannot be written.
    pub fn open(path: &Path) -> Result<Log, LogError> {
        let unusable = |cause| LogError::Unusable { path: path.to_owned(), cause };
        if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
            std::fs::create_dir_all(folder).map_err(unusable)?;
        }
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LogError::Busy(path.to_owned())),
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        let mut log = Log { path: path.to_owned(), file, places: HashMap::new(), end: 0 };
        log.read_lines()?;
        if log.end == 0 {
            log.write(&header_line())?;
        }
        Ok(log)
    }

    fn read_lines(&mut self) -> Result<(), LogError> {
        let path = self.path.clone();
        let unusable = |cause| LogError::Unusable { path: path.clone(), cause };
        let mut reader = BufReader::with_capacity(1 << 20, &self.file);
        let mut line = Vec::new();
        let (mut at, mut is_first) = (0, true);
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).map_err(unusable)?;
            if length == 0 || line.last() != Some(&b'\n') {
                break;
            }
            let text = text_of(&line);
            if is_first {
                let header = text.and_then(|text| serde_json::from_str::<Header>(text).ok());
                let header = header.ok_or_else(|| LogError::NotOurs(path.clone()))?;
                if header != Header::of_this_program() {
                    let version = header.hubmesh;
                    return Err(LogError::OtherVersion { path, version });
                }
                is_first = false;
            } else if let Some(text) = text
                && let Some(key) = key_of(text)
            {
                self.places.insert(key, (at + PREFIX as u64, text.len()));
            }
            at += length as u64;
        }
        // Nobody has lost what was never whole; but a file that does not even begin like ours stays as it is.
        if at == 0 && !header_line().starts_with(&line) {
            return Err(LogError::NotOurs(path));
        }
        self.file.set_len(at).map_err(unusable)?;
        self.end = at;
        Ok(())
    }

    pub fn has(&self, key: &Fingerprint) -> bool {
        self.places.contains_key(key)
    }

    /// Keeps a point.
    ///
    /// # Errors
    /// When it cannot be written; what was there before stays whole.
    pub fn keep(&mut self, key: &Fingerprint, outcome: &PointOutcome) -> Result<(), LogError> {
        let line = Line { key: hexadecimal(key).to_string(), outcome: outcome.clone() };
        let text = serde_json::to_string(&line).unwrap_or_default();
        let begin = self.end + PREFIX as u64;
        self.write(&line_of(&text))?;
        self.places.insert(*key, (begin, text.len()));
        Ok(())
    }

    fn write(&mut self, line: &[u8]) -> Result<(), LogError> {
        let written =
            self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.write_all(line));
        if let Err(cause) = written {
            // A full disk leaves a part of a line; the next one would take it away as well.
            let _ = self.file.set_len(self.end);
            return Err(LogError::Unusable { path: self.path.clone(), cause });
        }
        self.end += line.len() as u64;
        Ok(())
    }

    /// A point that is kept.
    ///
    /// # Errors
    /// When it cannot be read any more.
    pub fn outcome(&mut self, key: &Fingerprint) -> Result<Option<PointOutcome>, LogError> {
        let Some(&(begin, length)) = self.places.get(key) else { return Ok(None) };
        let mut text = vec![0; length];
        let read =
            self.file.seek(SeekFrom::Start(begin)).and_then(|_| self.file.read_exact(&mut text));
        let line = read.and_then(|()| Ok(serde_json::from_slice::<Line>(&text)?));
        match line {
            Ok(line) => Ok(Some(line.outcome)),
            Err(cause) => Err(LogError::Unusable { path: self.path.clone(), cause }),
        }
    }

    /// Waits until all that is kept is on the disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sync(&self) -> Result<(), LogError> {
        self.file.sync_data().map_err(|cause| LogError::Unusable { path: self.path.clone(), cause })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Bytes of the hash before the text, and a space.
pub const PREFIX: usize = 17;

fn header_line() -> Vec<u8> {
    line_of(&serde_json::to_string(&Header::of_this_program()).unwrap_or_default())
}

/// A hash and a text, and the end of the line.
pub fn line_of(text: &str) -> Vec<u8> {
    format!("{} {text}\n", hash_of(text)).into_bytes()
}

/// The text of a line, with or without its end, if it is whole.
pub fn text_of(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?.trim_end_matches('\n');
    let (hash, text) = line.split_at_checked(PREFIX)?;
    (hash.strip_suffix(' ')? == hash_of(text)).then_some(text)
}

fn hash_of(text: &str) -> String {
    Sha256::digest(text.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The key of a line, which stands at its beginning.
fn key_of(text: &str) -> Option<Fingerprint> {
    let digits = text.strip_prefix("{\"key\":\"")?.get(..64)?;
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(value: f64) -> PointOutcome {
        PointOutcome {
            architectures: vec!["a".to_owned()],
            workloads: vec!["all".to_owned()],
            runs: vec![vec![vec![vec![Some(value), None]]]],
        }
    }

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("hubmesh-log-{name}-{}", std::process::id()))
    }

    #[test]
    fn what_is_kept_is_there_again_and_half_a_line_is_not() {
        let path = path("again");
        let mut log = Log::open(&path).unwrap();
        log.keep(&[1; 32], &outcome(0.1)).unwrap();
        log.keep(&[2; 32], &outcome(1e300)).unwrap();
        assert!(matches!(Log::open(&path), Err(LogError::Busy(_))));
        drop(log);
        let whole = std::fs::read(&path).unwrap();
        // Death at any byte loses the lines that were not whole, and nothing else.
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut log = Log::open(&path).unwrap();
            let lines = whole[..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(log.has(&[1; 32]), lines >= 2, "{cut}");
            assert_eq!(log.has(&[2; 32]), lines >= 3, "{cut}");
            log.keep(&[1; 32], &outcome(0.1)).unwrap();
            log.keep(&[2; 32], &outcome(1e300)).unwrap();
            assert_eq!(log.outcome(&[2; 32]).unwrap(), Some(outcome(1e300)));
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn files_of_others_and_of_other_versions_are_left_alone() {
        let path = path("others");
        for text in ["a diary\n", "a diary"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Log::open(&path), Err(LogError::NotOurs(_))));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        let old = Header { hubmesh: "0.0.1".to_owned(), program: "x".to_owned() };
        std::fs::write(&path, line_of(&serde_json::to_string(&old).unwrap())).unwrap();
        let message = Log::open(&path).unwrap_err().to_string();
        assert!(message.contains("hubmesh 0.0.1"), "{message}");
        std::fs::remove_file(&path).unwrap();
    }
}
