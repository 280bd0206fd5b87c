//! Files that are there whole or not at all.

use std::io;
use std::path::Path;

/// Writes `bytes` under a temporary name beside `path` and renames it when it is whole; a file of
/// that name is replaced.
///
/// # Errors
/// What was at `path` is then as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "this is no name of a file"))?;
    let name = format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id());
    let temporary = path.with_file_name(name);
    let written =
        std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // Nothing half-written remains; a second failure would add nothing to the first.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}
