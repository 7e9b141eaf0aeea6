//! Opening connections to the file.
use std::path::Path;

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{error::SetupError, functions, store::Options};

/// The application id in the header of a file of this library: `lmss` in ASCII.
pub(crate) const APPLICATION: i64 = 0x6c6d_7373;

/// How many statements a connection keeps prepared: a few for each table.
const STATEMENTS: usize = 512;

/// Opens the file, and makes it where there is none.
pub(crate) fn connect(path: &Path, options: &Options) -> Result<Connection, SetupError> {
    let failed = |error| SetupError::at(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(failed)?;
    db.busy_timeout(options.patience).map_err(failed)?;
    require_log(&db, path)?;
    set_up(&db, options).map_err(failed)?;
    Ok(db)
}

/// With a write-ahead log, readers do not wait for the writer.
fn require_log(db: &Connection, path: &Path) -> Result<(), SetupError> {
    let failed = |error| SetupError::at(path, error);
    let mode = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0));
    let found = mode("PRAGMA journal_mode").map_err(failed)?;
    if found == "wal" {
        return Ok(());
    }
    // Only a file of this library is changed, or one that is still empty.
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let is_empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
    if !is_empty && number("PRAGMA application_id")? != APPLICATION {
        return Err(SetupError::Foreign { path: path.display().to_string() });
    }
    match mode("PRAGMA journal_mode = WAL").map_err(failed)?.as_str() {
        "wal" => Ok(()),
        found => {
            let path = path.display().to_string();
            Err(SetupError::NoLog { path, found: found.to_owned() })
        }
    }
}

fn set_up(db: &Connection, options: &Options) -> rusqlite::Result<()> {
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    functions::install(db)?;
    // A name that is misspelt is an error and not a text, and no statement damages the file.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "synchronous", options.synchronous.word())?;
    // On macOS, a plain `fsync` leaves data in the disk's own cache.
    db.pragma_update(None, "fullfsync", true)?;
    db.pragma_update(None, "checkpoint_fullfsync", true)?;
    // What is erased is overwritten, and not only forgotten.
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    if let Some(bytes) = options.most_bytes {
        let size: i64 = db.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / size.max(1);
        db.pragma_update_and_check(None, "max_page_count", pages.max(1), |_| Ok(()))?;
    }
    Ok(())
}
