//! `hubmesh init`: a scenario to start from.

use std::io::{self, Write};
use std::path::Path;

use hubmesh::scenario::TEMPLATE;

use super::output::print;
use super::{FAILED, Failure};

pub fn init(file: &Path, force: bool) -> Result<(), Failure> {
    if file == Path::new("-") {
        return print(TEMPLATE);
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(file).and_then(|mut file| file.write_all(TEMPLATE.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::new(
            FAILED,
            format!("{} exists; choose another name or replace it with --force", file.display()),
        ),
        _ => Failure::new(FAILED, format!("cannot write {}: {error}", file.display())),
    })?;
    say!("{} is written; run it with: hubmesh run {0}", file.display());
    Ok(())
}
