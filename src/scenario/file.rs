//! Files that a scenario names: regular ones only, and none that would fill the memory.
//!
//! A pipe waits for a writer and a device never ends, so neither is opened.

use std::fs::{File, metadata, read_dir};
use std::io::{Read, Take};
use std::path::Path;

use super::diagnostics::nearest;
use crate::units::Bytes;

/// More than any trace or topology that is simulated; all of it fits into memory.
const MOST_BYTES: u64 = 1 << 30;

/// So many names of a folder are compared with one that is not there.
const MOST_NAMES: usize = 10_000;

/// The file at `path`, to be read.
///
/// # Errors
/// Completes "the file ... ".
pub fn open(path: &Path) -> Result<Take<File>, String> {
    let unreadable =
        |error: std::io::Error| format!("cannot be read: {error}{}", did_you_mean(path, &error));
    let metadata = metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err("cannot be read: it is a folder".to_owned());
    }
    if !metadata.is_file() {
        return Err("cannot be read: it is a pipe or a device, and no regular file".to_owned());
    }
    if metadata.len() > MOST_BYTES {
        let (length, most) = (Bytes::new(metadata.len()), Bytes::new(MOST_BYTES));
        return Err(format!("has {length}, and {most} are the most that is read"));
    }
    // What the system makes up can be longer than it says.
    Ok(File::open(path).map_err(unreadable)?.take(MOST_BYTES))
}

/// `; did you mean "that"?` when there is no file at `path` but one in its folder with nearly the
/// same name; else nothing.
pub fn did_you_mean(path: &Path, error: &std::io::Error) -> String {
    let near = || {
        if error.kind() != std::io::ErrorKind::NotFound {
            return None;
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let entries = read_dir(folder.unwrap_or(Path::new("."))).ok()?.take(MOST_NAMES);
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort_unstable();
        let name = path.file_name()?.to_str()?;
        let near = nearest(name, names.iter().map(String::as_str))?;
        Some(format!("; did you mean {:?}?", path.with_file_name(near).display().to_string()))
    };
    near().unwrap_or_default()
}

/// The text of the file at `path`.
///
/// # Errors
/// Completes "the file ... ".
pub fn text_of(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        format!("cannot be read: line {line} is not UTF-8 text")
    })
}
