//! Keeping two stores from one file, and what a save that was killed leaves behind.
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use super::{FileError, failed};

/// How much of the end of a file is compared: its last line, whose checksum covers everything.
const TAIL: u64 = 128;

/// What tells one saved file from another: its length and its last line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    length: u64,
    tail: Vec<u8>,
}

impl Fingerprint {
    /// That of an open file, which is read from its start afterwards.
    pub(super) fn of(file: &mut File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut tail = Vec::new();
        file.take(TAIL).read_to_end(&mut tail)?;
        file.rewind()?;
        Ok(Self { length, tail })
    }
}

/// A path by which the same file is known however it was written.
pub(super) fn key(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    path.file_name().map_or(folder.clone(), |name| folder.join(name))
}

/// The file that is at a path now, held until it is dropped, so that of two who replace it one
/// sees what the other has done. None where there is no file.
pub(super) fn hold(path: &Path) -> Result<Option<File>, FileError> {
    loop {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed("open", path))?,
        };
        // Where the file system knows no locks, the comparison of fingerprints remains.
        let _ = file.lock();
        if is_at(&file, path).map_err(failed("read", path))? {
            return Ok(Some(file));
        }
    }
}

/// Whether the open file is still the one at the path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (held, there) = (file.metadata()?, fs::metadata(path));
    match there {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        there => there.map(|it| (it.dev(), it.ino()) == (held.dev(), held.ino())),
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// A new file in the same folder, so that it can be renamed, and locked, so that no one takes it
/// for the remains of a save that was killed.
pub(super) fn create_beside(path: &Path) -> Result<(PathBuf, File), FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let start = start_of_name(path);
    let mut number = 0_u32;
    loop {
        let temporary = path.with_file_name(format!("{start}{}-{number}", std::process::id()));
        match options.open(&temporary) {
            Ok(file) => {
                let _ = file.lock();
                if temporary.exists() {
                    return Ok((temporary, file));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {
                number += 1;
            }
            Err(error) => return Err(failed("create", &temporary)(error)),
        }
    }
}

fn start_of_name(path: &Path) -> String {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    format!(".{name}.")
}

/// Removes what saves of that file left behind that were killed: files beside it that no process
/// holds.
pub(super) fn clear_remains(path: &Path) {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let start = start_of_name(path);
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|it| it.strip_prefix(&start));
        let is_ours = rest.and_then(|it| it.split_once('-')).is_some_and(|(process, number)| {
            process.parse::<u32>().is_ok() && number.parse::<u32>().is_ok()
        });
        if !is_ours {
            continue;
        }
        // It is only in the way: that it could not be removed is no reason to fail.
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}
