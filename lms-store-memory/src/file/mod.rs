//! A store in one file.
//!
//! The first line names the format. Each line after it is a checksum, a space and JSON: for each
//! table its name, columns and number of records, then the records, ordered by owner and id; at the
//! end, how many tables there were. A checksum covers everything from the start of the file, so
//! that the first line that is changed, lost, added or moved is found.
mod checksum;
mod error;
mod read;

mod write;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use lms_store::{Schema, Type};
use serde::{Deserialize, Serialize};

pub use error::{FileError, Place};

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
    /// Transactions go on meanwhile. The call blocks until the disk has it all, so an
    /// asynchronous host calls it where blocking is allowed.
    pub fn save_to(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        let (temporary, file) = create_beside(path)?;
        let done = self.fill(file, &temporary).and_then(|()| {
            fs::rename(&temporary, path).map_err(failed("replace", path))?;
            sync_folder(path)
        });
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
        let file = File::open(path).map_err(failed("open", path))?;
        Self::read_from(BufReader::new(file), schemas)
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

    fn fill(&self, file: File, path: &Path) -> Result<(), FileError> {
        let mut buffer = BufWriter::new(file);
        self.write_to(&mut buffer)?;
        let file = buffer.into_inner().map_err(|it| failed("write", path)(it.into_error()))?;
        file.sync_all().map_err(failed("force to the disk", path))
    }
}

fn failed<'p>(action: &'static str, path: &'p Path) -> impl FnOnce(io::Error) -> FileError + 'p {
    move |source| FileError::Io { action, path: path.to_owned(), source }
}

/// A new file in the same folder, so that it can be renamed.
fn create_beside(path: &Path) -> Result<(PathBuf, File), FileError> {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut number = 0_u32;
    loop {
        let temporary = path.with_file_name(format!(".{name}.{}-{number}", std::process::id()));
        match options.open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {
                number += 1;
            }
            Err(error) => return Err(failed("create", &temporary)(error)),
        }
    }
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
