//! A folder that is there whole or not at all: written under a temporary name, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::charts::ChartError;

/// What every result folder has; a folder without it is never replaced.
const MANIFEST: &str = "manifest.json";

/// Why there is no result folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{} exists and is no result folder of hubmesh; choose another with --out", .0.display())]
    NotOurs(PathBuf),
    #[error("cannot write {}: {cause}", path.display())]
    Unwritable { path: PathBuf, cause: io::Error },
    #[error("cannot write {}: {cause}", path.display())]
    Table { path: PathBuf, cause: csv::Error },
    #[error("cannot draw a chart: {0}")]
    Chart(#[from] ChartError),
}

/// Whether results can go to `folder`: it is free, empty, or an older result, and can be written.
///
/// To be asked before hours of simulation. Something is created beside it for a moment: what the
/// permissions say is not always what the system does.
///
/// # Errors
/// When something else is there, or nothing can be written.
pub fn check_folder(folder: &Path) -> Result<(), FolderError> {
    if folder.exists() && !is_empty_folder(folder) && !is_result_folder(folder) {
        return Err(FolderError::NotOurs(folder.to_owned()));
    }
    let parent = parent_of(folder);
    // Folders that are missing are made when the results are there.
    let is_there = |path: &&Path| path.symlink_metadata().is_ok();
    let existing = parent.ancestors().find(is_there).unwrap_or(Path::new("."));
    let probe = match existing == parent {
        true => temporary_of(folder),
        false => existing.join(format!(".hubmesh.{}.tmp", std::process::id())),
    };
    fs::create_dir(&probe)
        .and_then(|()| fs::remove_dir(&probe))
        .map_err(|cause| FolderError::Unwritable { path: folder.to_owned(), cause })
}

/// The folder that `folder` is in.
fn parent_of(folder: &Path) -> &Path {
    match folder.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Where results are until they are whole.
fn temporary_of(folder: &Path) -> PathBuf {
    let name = folder.file_name().map_or_else(|| "results".into(), |name| name.to_string_lossy());
    parent_of(folder).join(format!(".{name}.{}.tmp", std::process::id()))
}

/// Writes a folder, which is replaced if it is an older result; returns the names of the files in it,
/// in the order of writing.
///
/// # Errors
/// The folder is then as it was before.
pub fn write_whole_folder(
    folder: &Path,
    fill: impl FnOnce(&mut Pages<'_>) -> Result<(), FolderError>,
) -> Result<Vec<String>, FolderError> {
    check_folder(folder)?;
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |cause| FolderError::Unwritable { path, cause }
    };
    let parent = parent_of(folder);
    fs::create_dir_all(parent).map_err(unwritable(parent))?;
    let temporary = temporary_of(folder);
    let outcome = fs::create_dir(&temporary)
        .map_err(unwritable(&temporary))
        .and_then(|()| {
            let mut pages = Pages { folder: &temporary, files: Vec::new(), hashes: Map::new() };
            fill(&mut pages)?;
            Ok(pages.files)
        })
        .and_then(|files| {
            replace(&temporary, folder).map_err(unwritable(folder))?;
            Ok(files)
        });
    if outcome.is_err() {
        // Nothing half-written remains; a second failure would add nothing to the first.
        let _ = fs::remove_dir_all(&temporary);
    }
    outcome
}

/// Removes what programs that were killed while they wrote `folder` have left beside it. Nobody else must
/// be writing it.
pub fn remove_leftovers(folder: &Path) {
    let Some(name) = folder.file_name().map(|name| name.to_string_lossy().into_owned()) else {
        return;
    };
    let Ok(entries) = fs::read_dir(parent_of(folder)) else { return };
    for entry in entries.flatten() {
        let other = entry.file_name();
        let process = other.to_str().and_then(|other| {
            let rest = other.strip_prefix('.')?.strip_prefix(&name)?.strip_prefix('.')?;
            rest.strip_suffix(".tmp").or_else(|| rest.strip_suffix(".old"))
        });
        if process.is_some_and(|process| process.bytes().all(|byte| byte.is_ascii_digit())) {
            // What cannot be removed harms nobody.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The files of a folder that is being written.
#[derive(Debug)]
pub struct Pages<'f> {
    folder: &'f Path,
    files: Vec<String>,
    hashes: Map<String, Value>,
}

impl Pages<'_> {
    /// A table, which `write` fills.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn table(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> Result<(), csv::Error>,
    ) -> Result<(), FolderError> {
        let path = self.folder.join(name);
        let table_error = |cause| FolderError::Table { path: path.clone(), cause };
        let file = File::create(&path).map_err(|error| table_error(error.into()))?;
        let mut file = BufWriter::new(Hashed { file, sha256: Sha256::new() });
        write(&mut file).map_err(table_error)?;
        let hashed = file.into_inner().map_err(|error| table_error(error.into_error().into()))?;
        self.hashes.insert(name.to_owned(), hexadecimal(&hashed.sha256.finalize()).into());
        self.files.push(name.to_owned());
        Ok(())
    }

    /// Pictures, which `draw` puts into a folder of their own.
    ///
    /// # Errors
    /// When they cannot be drawn or written.
    pub fn charts(
        &mut self,
        draw: impl FnOnce(&Path) -> Result<Vec<PathBuf>, ChartError>,
    ) -> Result<(), FolderError> {
        let charts = self.folder.join("charts");
        fs::create_dir(&charts)
            .map_err(|cause| FolderError::Unwritable { path: charts.clone(), cause })?;
        for path in draw(&charts)? {
            let Some(name) = path.file_name() else { continue };
            let name = format!("charts/{}", name.to_string_lossy());
            let bytes = fs::read(&path)
                .map_err(|cause| FolderError::Unwritable { path: path.clone(), cause })?;
            self.hashes.insert(name.clone(), sha256(&bytes).into());
            self.files.push(name);
        }
        Ok(())
    }

    /// What the folder is, and the hashes of all files before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn manifest(&mut self, mut what: Value) -> Result<(), FolderError> {
        what["hubmesh"] = env!("CARGO_PKG_VERSION").into();
        what["files_sha256"] = Value::Object(std::mem::take(&mut self.hashes));
        let path = self.folder.join(MANIFEST);
        let write = || {
            let mut file = BufWriter::new(File::create(&path)?);
            serde_json::to_writer_pretty(&mut file, &what)?;
            writeln!(file)?;
            file.flush()
        };
        write().map_err(|cause| FolderError::Unwritable { path: path.clone(), cause })?;
        self.files.push(MANIFEST.to_owned());
        Ok(())
    }
}

/// Whether `folder` holds a manifest of ours and nothing that it does not name.
fn is_result_folder(folder: &Path) -> bool {
    let Some(manifest) = fs::read(folder.join(MANIFEST))
        .ok()
        .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
    else {
        return false;
    };
    let Some(files) =
        manifest["files_sha256"].as_object().filter(|_| manifest["hubmesh"].is_string())
    else {
        return false;
    };
    let is_named = |entry: io::Result<fs::DirEntry>, below: &str| {
        entry.is_ok_and(|entry| {
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            name == MANIFEST || name == "charts" || files.contains_key(&name)
        })
    };
    let holds_only = |folder: &Path, below: &str| {
        fs::read_dir(folder).is_ok_and(|mut entries| entries.all(|entry| is_named(entry, below)))
    };
    let charts = folder.join("charts");
    holds_only(folder, "") && (!charts.exists() || holds_only(&charts, "charts/"))
}

fn is_empty_folder(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// Puts `new` in the place of `folder`.
fn replace(new: &Path, folder: &Path) -> io::Result<()> {
    if !folder.exists() {
        return fs::rename(new, folder);
    }
    let old = new.with_extension("old");
    fs::rename(folder, &old)?;
    fs::rename(new, folder).or_else(|error| {
        fs::rename(&old, folder)?;
        Err(error)
    })?;
    fs::remove_dir_all(&old)
}

/// A file whose bytes are hashed as they go by, which spares reading it again.
struct Hashed {
    file: File,
    sha256: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sha256.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
