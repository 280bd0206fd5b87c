//! Files that are there whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

/// Writes `bytes` under a temporary name beside `path` and renames it when it is whole; a file of
/// that name is replaced.
///
/// A link is followed, so it still points where it did. What is no regular file (`/dev/null`, a
/// named pipe) is written to: it must not be replaced by a file.
///
/// # Errors
/// What was at `path` is then as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = match path.metadata() {
        Ok(there) if !there.is_file() => return std::fs::write(path, bytes),
        Ok(_) => path.canonicalize()?,
        Err(_) => path.to_owned(),
    };
    let temporary = temporary_beside(&path)?;
    let written =
        std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, &path));
    if written.is_err() {
        // Nothing half-written remains; a second failure would add nothing to the first.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

fn temporary_beside(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "this is no name of a file"))?;
    Ok(path.with_file_name(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id())))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::FileTypeExt;
    use std::process::Command;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("hubmesh-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_link_stays_and_its_file_is_replaced() {
        let folder = folder("link");
        let (file, link) = (folder.join("file"), folder.join("link"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_whole(&link, b"new").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2, "nothing else remains");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_no_regular_file_is_written_to_and_stays_what_it_is() {
        let folder = folder("pipe");
        let pipe = folder.join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read(pipe).unwrap()
        });
        write_whole(&pipe, b"a map").unwrap();
        assert!(pipe.symlink_metadata().unwrap().file_type().is_fifo());
        assert_eq!(reader.join().unwrap(), b"a map");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
