//! Copies of the file, and whether it is sound.
use std::{fs::File, path::Path, sync::Arc};

use rusqlite::Connection;

use crate::{SqliteStore, error::SetupError, store::blocking};

impl SqliteStore {
    /// Writes a copy of what is committed now to another file, which is opened as any other.
    /// Others read and write meanwhile. The copy is on the disk when this returns.
    ///
    /// To restore it, stop every process, remove the file with its `-wal` and `-shm`, and put the
    /// copy in its place.
    ///
    /// # Errors
    /// [`SetupError::Database`] where there is such a file already, or it cannot be written.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), SetupError> {
        let (shared, to) = (Arc::clone(&self.shared), to.as_ref().to_owned());
        blocking(move || {
            let failed = |error| SetupError::at(&to, error);
            let db = shared.connect()?;
            db.execute("VACUUM INTO ?", [to.to_string_lossy()]).map_err(failed)?;
            sync(&to)
                .map_err(|error| failed(rusqlite::Error::ToSqlConversionFailure(Box::new(error))))
        })
        .await
    }

    /// Reads the whole file, its indexes and its references, and says what is wrong with it.
    ///
    /// # Errors
    /// [`SetupError::Damaged`] names the first place that is.
    pub async fn check(&self) -> Result<(), SetupError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let db = shared.connect()?;
            let damaged = |place: String| SetupError::Damaged {
                path: shared.path.display().to_string(),
                place,
            };
            let failed = |error: rusqlite::Error| SetupError::at(&shared.path, error);
            let said: String =
                db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(failed)?;
            if said != "ok" {
                return Err(damaged(said));
            }
            match broken_reference(&db).map_err(failed)? {
                None => Ok(()),
                Some(place) => Err(damaged(place)),
            }
        })
        .await
    }
}

fn broken_reference(db: &Connection) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 1";
    let mut statement = db.prepare(sql)?;
    let mut broken = statement.query([])?;
    let Some(row) = broken.next()? else { return Ok(None) };
    let (table, parent): (String, String) = (row.get(0)?, row.get(1)?);
    Ok(Some(format!("a row of `{table}` refers to one of `{parent}` that is not there")))
}

fn sync(file: &Path) -> std::io::Result<()> {
    File::options().write(true).open(file)?.sync_all()?;
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    // A folder can be synced where it can be opened as a file, which is where it must be.
    match File::open(folder.unwrap_or(Path::new("."))) {
        Ok(folder) if cfg!(unix) => folder.sync_all(),
        _ => Ok(()),
    }
}
