//! What makes runs the same: a hash of everything that a scenario says about them.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use toml::de::{DeTable, DeValue};

use super::ScenarioError;
use super::source::Source;

/// SHA-256.
pub type Fingerprint = [u8; 32];

/// What does not change what runs measure.
const IDLE: [&str; 4] = ["title", "question", "sweep", "expect"];

/// Fingerprints of scenarios whose files lie in one folder.
///
/// A fingerprint is that of the version of this program, of the names of its metrics, of the scenario with
/// its overrides in force, whatever its comments and layout, and of the content of every file that it
/// names.
#[derive(Debug)]
pub struct Fingerprints {
    folder: PathBuf,
    version: Fingerprint,
    /// Those that were met, by the name that the scenario has for them.
    files: Mutex<HashMap<String, KnownFile>>,
}

/// A file as it was when its hash was taken.
#[derive(Clone, Copy, Debug)]
struct KnownFile {
    hash: Fingerprint,
    length: u64,
    changed: Option<SystemTime>,
}

impl Fingerprints {
    /// Whether a file is not as it was when its hash was taken: by its length and the time of its last change, and
    /// where that is another one by its content.
    pub fn have_files_changed(&self) -> bool {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter_mut().any(|(name, known)| {
            let path = self.folder.join(name);
            if path.metadata().is_ok_and(|now| known.is_as(&now)) {
                return false;
            }
            match KnownFile::at(&path) {
                Some(now) if now.hash == known.hash => {
                    *known = now;
                    false
                }
                _ => true,
            }
        })
    }

    pub fn new(folder: &Path) -> Fingerprints {
        Fingerprints {
            folder: folder.to_owned(),
            version: program_version(),
            files: Mutex::default(),
        }
    }

    /// Of a scenario; arguments as of [`Scenario::parse`](super::Scenario::parse). `more`: what else makes
    /// a difference.
    ///
    /// # Errors
    /// When it is no TOML.
    pub fn of(
        &self,
        name: &str,
        text: &str,
        overrides: &[String],
        more: &[u8],
    ) -> Result<Fingerprint, ScenarioError> {
        let source = Source::new(name, text, overrides).map_err(ScenarioError::Override)?;
        let tree = source.tree()?;
        let mut hash = Sha256::new();
        hash.update(self.version);
        hash.update((more.len() as u64).to_le_bytes());
        hash.update(more);
        for (key, value) in tree.get_ref() {
            if !IDLE.contains(&key.get_ref().as_ref()) {
                self.add(key.get_ref(), value.get_ref(), &mut hash);
            }
        }
        Ok(hash.finalize().into())
    }

    /// Every part ends where the next one begins whatever is in it: lengths go first.
    fn add(&self, key: &str, value: &DeValue<'_>, hash: &mut Sha256) {
        add_text(b'k', key, hash);
        match value {
            DeValue::Table(table) => {
                hash.update([b't']);
                hash.update((table.len() as u64).to_le_bytes());
                self.add_table(table, hash);
            }
            DeValue::Array(array) => {
                hash.update([b'a']);
                hash.update((array.len() as u64).to_le_bytes());
                for value in array {
                    self.add("", value.get_ref(), hash);
                }
            }
            DeValue::String(text) => {
                add_text(b's', text, hash);
                if let Some(file) = self.file(text) {
                    hash.update([b'f']);
                    hash.update(file);
                }
            }
            DeValue::Integer(number) => {
                add_text(b'i', &format!("{} {}", number.radix(), number.as_str()), hash);
            }
            DeValue::Float(number) => add_text(b'n', number.as_str(), hash),
            DeValue::Boolean(flag) => hash.update([b'b', u8::from(*flag)]),
            DeValue::Datetime(time) => add_text(b'd', &time.to_string(), hash),
        }
    }

    fn add_table(&self, table: &DeTable<'_>, hash: &mut Sha256) {
        for (key, value) in table {
            self.add(key.get_ref(), value.get_ref(), hash);
        }
    }

    /// Of the content of a file that a text may name. A name of something else that happens to be one of a
    /// file as well does no harm: the point is done again when that file changes.
    fn file(&self, text: &str) -> Option<Fingerprint> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.get(text) {
            return Some(known.hash);
        }
        let found = KnownFile::at(&self.folder.join(text)).filter(|_| !text.is_empty())?;
        files.insert(text.to_owned(), found);
        Some(found.hash)
    }
}

impl KnownFile {
    /// `None` when there is no file, or it cannot be read.
    fn at(path: &Path) -> Option<KnownFile> {
        let metadata = path.metadata().ok().filter(Metadata::is_file)?;
        let mut hash = Sha256::new();
        std::io::copy(&mut File::open(path).ok()?, &mut hash).ok()?;
        let changed = metadata.modified().ok();
        Some(KnownFile { hash: hash.finalize().into(), length: metadata.len(), changed })
    }

    fn is_as(&self, now: &Metadata) -> bool {
        now.len() == self.length && now.modified().ok() == self.changed
    }
}

fn add_text(kind: u8, text: &str, hash: &mut Sha256) {
    hash.update([kind]);
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

/// Of the version of this program and of the sources that it was built from, without those that only show results.
pub fn program_version() -> Fingerprint {
    let mut hash = Sha256::new();
    add_text(b'v', env!("CARGO_PKG_VERSION"), &mut hash);
    add_text(b's', env!("HUBMESH_SOURCES"), &mut hash);
    hash.finalize().into()
}

/// Fingerprints as text.
pub fn hexadecimal(fingerprint: &Fingerprint) -> Arc<str> {
    fingerprint.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fingerprints: &Fingerprints, text: &str, overrides: &[&str]) -> Fingerprint {
        let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
        fingerprints.of("s.toml", text, &overrides, &[]).unwrap()
    }

    #[test]
    fn what_changes_no_run_changes_no_fingerprint() {
        let all = Fingerprints::new(Path::new("."));
        let base = of(&all, "title = \"a\"\nseed = 1\n", &[]);
        for same in [
            "title = \"b\"\nseed = 1\n",
            "# words\nseed = 1   # more\n",
            "seed = 1\n[sweep]\nseed = [1, 2]\n[[expect]]\nmetric = \"x\"\n",
        ] {
            assert_eq!(of(&all, same, &[]), base, "{same}");
        }
        assert_eq!(of(&all, "seed = 2\n", &["seed=1"]), base);
        assert_ne!(of(&all, "seed = 2\n", &[]), base);
        assert_ne!(of(&all, "seed = \"1\"\n", &[]), base);
        assert_ne!(all.of("s.toml", "seed = 1\n", &[], &[1]).unwrap(), base);
    }

    #[test]
    fn a_file_counts_by_its_content_and_a_touch_is_no_change() {
        let folder = std::env::temp_dir().join(format!("hubmesh-prints-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("nodes.csv");
        let text = "from = \"nodes.csv\"\n";
        std::fs::write(&file, "one").unwrap();
        let before = Fingerprints::new(&folder);
        let first = of(&before, text, &[]);
        assert!(!before.have_files_changed());
        // The same bytes at another time.
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        File::options().write(true).open(&file).unwrap().set_modified(later).unwrap();
        assert!(!before.have_files_changed());
        std::fs::write(&file, "two").unwrap();
        assert!(before.have_files_changed());
        assert_ne!(of(&Fingerprints::new(&folder), text, &[]), first);
        std::fs::remove_file(&file).unwrap();
        assert!(before.have_files_changed());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
