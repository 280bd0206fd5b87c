//! What goes to standard output, and where files go when nobody says.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{FAILED, Failure};

/// Data goes to standard output; a reader that has gone away is no error.
pub fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(FAILED, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// How many characters a line may have: those of the terminal, or of any other reader.
pub fn text_width() -> usize {
    const OF_OTHERS: usize = 80;
    let size = console::Term::stdout().size_checked();
    size.map(|(_, columns)| usize::from(columns))
        .filter(|&columns| columns > 0)
        .unwrap_or(OF_OTHERS)
}

/// File names in a line; charts are in two formats each, which are said once.
pub fn listed(files: &[String]) -> String {
    let names = files.iter().filter_map(|file| match file.strip_suffix(".png") {
        Some(_) => None,
        None => {
            Some(file.strip_suffix(".svg").map_or(file.clone(), |name| format!("{name}.svg+png")))
        }
    });
    names.collect::<Vec<_>>().join("  ")
}

/// Where the results of a scenario go when nobody says.
pub fn default_folder(scenario: &Path) -> PathBuf {
    let stem = match scenario.file_stem() {
        Some(stem) if stem != "-" => stem.to_owned(),
        _ => "standard-input".into(),
    };
    Path::new("results").join(stem)
}

/// Whether a file can be made at `path`, to be asked before hours of simulation.
pub fn check_writable(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    let why = match folder.metadata() {
        Ok(there) if !there.is_dir() => format!("{} is no folder", folder.display()),
        Ok(there) if there.permissions().readonly() => format!("{} is read-only", folder.display()),
        Ok(_) if path.is_dir() => "it is a folder".to_owned(),
        Ok(_) => return Ok(()),
        Err(error) => error.to_string(),
    };
    Err(Failure::new(FAILED, format!("cannot write {}: {why}", path.display())))
}
