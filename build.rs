//! Tells the program by which sources it was built, so that what one version has computed is not
//! taken for what another one would.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What only shows results changes none.
const SHOWS: [&str; 4] = ["report", "commands", "cli.rs", "main.rs"];

fn main() {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=Cargo.lock");
    let mut files = vec![PathBuf::from("Cargo.lock")];
    for entry in sorted(Path::new("src")) {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !SHOWS.contains(&name.as_str()) {
            collect(&entry, &mut files);
        }
    }
    let mut hash = Sha256::new();
    for file in files {
        // In a package that is not the root of its workspace there is no lock file.
        let text = fs::read_to_string(&file).unwrap_or_default();
        hash.update(file.to_string_lossy().replace('\\', "/"));
        // Git writes other ends of lines on some systems.
        hash.update(text.replace("\r\n", "\n"));
    }
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo:rustc-env=HUBMESH_SOURCES={hash}");
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        sorted(path).iter().for_each(|entry| collect(entry, files));
    } else {
        files.push(path.to_owned());
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the sources are readable");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}
