//! A store in one file.
//!
//! The first line names the format. Each line after it is a checksum, a space and JSON: for each
//! table its name, columns and number of records, then the records, ordered by owner and id; at the
//! end, how many tables there were. A checksum covers everything from the start of the file, so
//! that the first line that is changed, lost, added or moved is found.
mod checksum;
mod error;
mod guard;
mod read;

mod write;

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{MutexGuard, PoisonError},
};

use lms_store::{Schema, Type};
use serde::{Deserialize, Serialize};

pub use error::{FileError, Place};
pub(crate) use guard::Fingerprint;
use guard::{clear_remains, create_beside, hold, key};

use crate::MemoryStore;

/// What a file starts with, before the number of its format.
const MAGIC: &str = "lms-memory-store ";
/// The format that is written.
const FORMAT: u32 = 2;
/// How deeply the JSON parts of a record may be nested.
const MOST_LEVELS: usize = 100;

/// The line before a table's records.
#[derive(Serialize, Deserialize)]
struct TableLine {
    table: String,
    columns: Vec<(String, Type)>,
    records: u64,
}

/// The last line.
#[derive(Serialize, Deserialize)]
struct EndLine {
    tables: u64,
    records: u64,
}

impl MemoryStore {
    /// Saves what is committed now to a file, which is replaced as a whole or not at all: the
    /// store is written to a new file beside it, forced to the disk, and renamed. On Unix only
    /// the owner may read it.
    ///
    /// What another store has saved there since this one opened or saved the file is never
    /// replaced: of two stores that were opened from one file, the second to save is refused with
    /// [`FileError::ChangedMeanwhile`]. What a save that was killed left behind is removed.
    ///
    /// Transactions go on meanwhile. The call blocks until the disk has it all, so an
    /// asynchronous host calls it where blocking is allowed.
    pub fn save_to(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        clear_remains(path);
        let (temporary, file) = create_beside(path)?;
        let done = self.fill(&file, &temporary).and_then(|()| self.replace(path, &temporary));
        if done.is_err() {
            // The error says what went wrong; the remains are only in the way.
            let _ = fs::remove_file(&temporary);
        }
        done
    }

    /// Reads a store from a file that [`save_to`](Self::save_to) wrote, for these tables. A file
    /// that is damaged, or of tables or columns that are not these, is refused as a whole.
    ///
    /// A column that is new since the file was saved is empty in its records, if it may be.
    pub fn open(
        path: impl AsRef<Path>,
        schemas: impl IntoIterator<Item = &'static Schema>,
    ) -> Result<Self, FileError> {
        let path = path.as_ref();
        clear_remains(path);
        let mut file = File::open(path).map_err(failed("open", path))?;
        let fingerprint = Fingerprint::of(&mut file).map_err(failed("read", path))?;
        let store = Self::read_from(BufReader::new(file), schemas)?;
        store.remember(path, fingerprint);
        Ok(store)
    }

    /// Writes what is committed now.
    pub fn write_to(&self, to: impl Write) -> Result<(), FileError> {
        write::write(&self.contents(), to)
    }

    /// Reads what [`write_to`](Self::write_to) wrote, for these tables.
    pub fn read_from(
        from: impl BufRead,
        schemas: impl IntoIterator<Item = &'static Schema>,
    ) -> Result<Self, FileError> {
        read::read(from, schemas).map(Self::holding)
    }

    fn fill(&self, file: &File, path: &Path) -> Result<(), FileError> {
        let mut buffer = BufWriter::new(file);
        self.write_to(&mut buffer)?;
        buffer.into_inner().map_err(|it| failed("write", path)(it.into_error()))?;
        file.sync_all().map_err(failed("force to the disk", path))
    }

    /// Puts the new file in the place of the file, unless that is another store's.
    fn replace(&self, path: &Path, temporary: &Path) -> Result<(), FileError> {
        let mut written = File::open(temporary).map_err(failed("open", temporary))?;
        let fingerprint = Fingerprint::of(&mut written).map_err(failed("read", temporary))?;
        let mut held = hold(path)?;
        let known = self.files().get(&key(path)).cloned();
        if let (Some(held), Some(known)) = (&mut held, known)
            && Fingerprint::of(held).map_err(failed("read", path))? != known
        {
            return Err(FileError::ChangedMeanwhile { path: path.to_owned() });
        }
        fs::rename(temporary, path).map_err(failed("replace", path))?;
        self.remember(path, fingerprint);
        sync_folder(path)
    }

    fn remember(&self, path: &Path, fingerprint: Fingerprint) {
        self.files().insert(key(path), fingerprint);
    }

    fn files(&self) -> MutexGuard<'_, HashMap<PathBuf, Fingerprint>> {
        self.shared.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed<'p>(action: &'static str, path: &'p Path) -> impl FnOnce(io::Error) -> FileError + 'p {
    move |source| FileError::Io { action, path: path.to_owned(), source }
}

/// Makes the rename itself durable, where folders can be opened.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    if cfg!(unix) {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let opened = File::open(folder).and_then(|it| it.sync_all());
        return opened.map_err(failed("force to the disk", folder));
    }
    Ok(())
}

/// Lines with their checksums, the first without: what a damaged file could at best look like.
#[cfg(test)]
pub(crate) fn seal<'l>(lines: impl IntoIterator<Item = &'l str>) -> Vec<u8> {
    let mut sum = checksum::Checksum::default();
    let mut out = Vec::new();
    for (at, line) in lines.into_iter().enumerate() {
        if at == 0 {
            out.extend_from_slice(format!("{line}\n").as_bytes());
            sum = sum.and(&out);
        } else {
            sum = sum.and(line.as_bytes());
            out.extend_from_slice(format!("{sum} {line}\n").as_bytes());
        }
    }
    out
}
