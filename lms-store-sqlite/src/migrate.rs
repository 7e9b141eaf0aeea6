//! Making the tables of a file, and bringing them up to date.
use std::{collections::HashMap, path::Path};

use lms_store::Schema;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{
    connect::APPLICATION,
    ddl::{self, Object, sql_type},
    error::SetupError,
    registry::Registry,
};

/// How values are kept in the columns. A later format is refused.
const FORMAT: i64 = 1;

/// The tables in which a file says what it is.
const RECORDS: &str = "
CREATE TABLE IF NOT EXISTS lms_objects (name TEXT PRIMARY KEY, sql TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS lms_migrations (
  version INTEGER PRIMARY KEY,
  library TEXT NOT NULL,
  changes TEXT NOT NULL,
  applied_at TEXT NOT NULL DEFAULT (datetime('now'))
) STRICT;";

/// Brings the file to the tables of the registry, in one transaction: anyone who opens it meanwhile
/// waits, and what is interrupted leaves nothing.
pub(crate) fn migrate(
    db: &mut Connection,
    path: &Path,
    registry: &Registry,
) -> Result<(), SetupError> {
    let failed = |error| SetupError::at(path, error);
    require_own(db, path)?;
    let wanted = Wanted::of(registry);
    if wanted.is_there(db).map_err(failed)? {
        return Ok(());
    }
    // Tables that others refer to are replaced, which is checked as a whole before the commit.
    db.pragma_update(None, "foreign_keys", false).map_err(failed)?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let step = Step { tx: &tx, path };
    step.run(RECORDS)?;
    let changes = step.apply(&wanted)?;
    step.run(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}"))?;
    step.estimate(&wanted)?;
    if !changes.is_empty() {
        let library = env!("CARGO_PKG_VERSION");
        tx.execute(
            "INSERT INTO lms_migrations (library, changes) VALUES (?, ?)",
            [library, &changes.join("\n")],
        )
        .map_err(failed)?;
        tracing::info!(changes = changes.len(), "the file was brought up to date");
    }
    tx.commit().map_err(failed)?;
    db.pragma_update(None, "foreign_keys", true).map_err(failed)
}

/// Refuses a file of another program, or of a later format.
fn require_own(db: &Connection, path: &Path) -> Result<(), SetupError> {
    let failed = |error| SetupError::at(path, error);
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let is_empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
    let path = || path.display().to_string();
    if is_empty {
        return Ok(());
    }
    if number("PRAGMA application_id")? != APPLICATION {
        return Err(SetupError::Foreign { path: path() });
    }
    match number("PRAGMA user_version")? {
        found if found > FORMAT => {
            Err(SetupError::NewerFormat { path: path(), found, known: FORMAT })
        }
        _ => Ok(()),
    }
}

/// The tables of a registry, each with its indexes.
struct Wanted {
    tables: Vec<(&'static Schema, Object, Vec<Object>)>,
}

impl Wanted {
    fn of(registry: &Registry) -> Self {
        let tables = registry
            .tables()
            .iter()
            .map(|schema| (*schema, ddl::table(schema, registry), ddl::indexes(schema)));
        Self { tables: tables.collect() }
    }

    fn objects(&self) -> impl Iterator<Item = &Object> {
        self.tables.iter().flat_map(|(_, table, indexes)| std::iter::once(table).chain(indexes))
    }

    /// Whether the file has exactly these.
    fn is_there(&self, db: &Connection) -> rusqlite::Result<bool> {
        let known = "SELECT count(*) FROM sqlite_schema WHERE name = 'lms_objects'";
        if db.query_row(known, [], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(false);
        }
        let found = recorded(db)?;
        let count = self.objects().count();
        Ok(found.len() == count && self.objects().all(|it| found.get(&it.name) == Some(&it.sql())))
    }
}

/// What the file says that it has.
fn recorded(db: &Connection) -> rusqlite::Result<HashMap<String, String>> {
    let mut statement = db.prepare("SELECT name, sql FROM lms_objects")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// A migration that is under way.
struct Step<'t> {
    tx: &'t Transaction<'t>,
    path: &'t Path,
}

impl Step<'_> {
    fn run(&self, sql: &str) -> Result<(), SetupError> {
        self.tx.execute_batch(sql).map_err(|error| SetupError::at(self.path, error))
    }

    fn number(&self, sql: &str) -> Result<i64, SetupError> {
        let read = |row: &rusqlite::Row<'_>| row.get(0);
        self.tx.query_row(sql, [], read).map_err(|error| SetupError::at(self.path, error))
    }

    /// Makes what is missing and replaces what is otherwise; says what it did.
    fn apply(&self, wanted: &Wanted) -> Result<Vec<String>, SetupError> {
        let failed = |error| SetupError::at(self.path, error);
        let found = recorded(self.tx).map_err(failed)?;
        self.refuse_unknown(wanted, &found)?;
        let (mut changes, mut rebuilt) = (Vec::new(), false);
        for (schema, table, indexes) in &wanted.tables {
            let there = found.get(&table.name);
            let mut fresh = there.is_none();
            if there.is_none() {
                self.run(&table.sql())?;
                changes.push(format!("made the table {}", table.name));
            } else if there != Some(&table.sql()) {
                self.rebuild(schema, table)?;
                changes.push(format!("replaced the table {}", table.name));
                (fresh, rebuilt) = (true, true);
            }
            self.record(table)?;
            for index in indexes {
                let there = found.get(&index.name);
                if fresh || there != Some(&index.sql()) {
                    self.run(&format!("DROP INDEX IF EXISTS \"{}\"", index.name))?;
                    self.make_index(schema, index)?;
                    if !fresh {
                        changes.push(format!("made the index {}", index.name));
                    }
                }
                self.record(index)?;
            }
        }
        changes.extend(self.drop_indexes(wanted, &found)?);
        if rebuilt {
            self.check_references()?;
        }
        Ok(changes)
    }

    /// A table of a newer build may hold what this one would break.
    fn refuse_unknown(
        &self,
        wanted: &Wanted,
        found: &HashMap<String, String>,
    ) -> Result<(), SetupError> {
        for (name, sql) in found.iter().filter(|(_, sql)| sql.starts_with("CREATE TABLE")) {
            let _ = sql;
            if !wanted.tables.iter().any(|(_, table, _)| table.name == **name) {
                return Err(SetupError::Unknown { what: name.clone() });
            }
        }
        Ok(())
    }

    fn make_index(&self, schema: &Schema, index: &Object) -> Result<(), SetupError> {
        match self.tx.execute_batch(&index.sql()) {
            Ok(()) => Ok(()),
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) =>
            {
                let (table, reason) = (schema.table.to_owned(), error.to_string());
                Err(SetupError::NotAdditive { table, reason })
            }
            Err(error) => Err(SetupError::at(self.path, error)),
        }
    }

    /// Rebuilds the table with its rows: a check or a reference cannot be added to an existing
    /// table. Nothing of a row is left out.
    fn rebuild(&self, schema: &Schema, table: &Object) -> Result<(), SetupError> {
        const NEW: &str = "lms_new_table";
        let there = self.columns(schema.table)?;
        for (name, ty) in &there {
            match schema.column(name) {
                None => {
                    return Err(SetupError::Unknown { what: format!("{}.{name}", schema.table) });
                }
                Some(column) if sql_type(column.ty) != ty => {
                    let reason = format!("`{name}` is {ty} and would be {}", sql_type(column.ty));
                    return Err(SetupError::NotAdditive { table: table.name.clone(), reason });
                }
                Some(_) => {}
            }
        }
        let is_empty = self
            .number(&format!("SELECT count(*) FROM (SELECT 1 FROM \"{}\" LIMIT 1)", table.name))?
            == 0;
        let missing = schema
            .columns
            .iter()
            .find(|column| !column.nullable && !there.iter().any(|(name, _)| name == column.name));
        if let Some(column) = missing.filter(|_| !is_empty) {
            let reason = format!("`{}` is new and must not be empty", column.name);
            return Err(SetupError::NotAdditive { table: table.name.clone(), reason });
        }
        let names: Vec<_> = there.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let (names, name) = (names.join(", "), &table.name);
        self.run(&table.sql_as(NEW))?;
        let copied = self
            .tx
            .execute_batch(&format!("INSERT INTO {NEW} ({names}) SELECT {names} FROM \"{name}\""));
        if let Err(error) = copied {
            let reason = error.to_string();
            return Err(SetupError::NotAdditive { table: name.clone(), reason });
        }
        self.run(&format!("DROP TABLE \"{name}\"; ALTER TABLE {NEW} RENAME TO \"{name}\""))
    }

    /// The columns that the table has, and how they are declared.
    fn columns(&self, table: &str) -> Result<Vec<(String, String)>, SetupError> {
        let failed = |error| SetupError::at(self.path, error);
        let sql = "SELECT name, type FROM pragma_table_info(?)";
        let mut statement = self.tx.prepare(sql).map_err(failed)?;
        let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.and_then(Iterator::collect).map_err(failed)
    }

    fn record(&self, object: &Object) -> Result<(), SetupError> {
        let sql = "INSERT INTO lms_objects (name, sql) VALUES (?, ?) \
                   ON CONFLICT (name) DO UPDATE SET sql = excluded.sql";
        let done = self.tx.execute(sql, [&object.name, &object.sql()]);
        done.map(|_| ()).map_err(|error| SetupError::at(self.path, error))
    }

    /// Drops the library's indexes that nothing needs any more. They hold nothing of their own.
    fn drop_indexes(
        &self,
        wanted: &Wanted,
        found: &HashMap<String, String>,
    ) -> Result<Vec<String>, SetupError> {
        let mut changes = Vec::new();
        for name in found.keys().filter(|name| !wanted.objects().any(|it| it.name == **name)) {
            self.run(&format!("DROP INDEX IF EXISTS \"{name}\""))?;
            let done = self.tx.execute("DELETE FROM lms_objects WHERE name = ?", [name]);
            done.map_err(|error| SetupError::at(self.path, error))?;
            changes.push(format!("dropped the index {name}"));
        }
        Ok(changes)
    }

    /// Tells the engine what to expect of the indexes.
    fn estimate(&self, wanted: &Wanted) -> Result<(), SetupError> {
        let failed = |error| SetupError::at(self.path, error);
        // Makes the engine's own table where there is none.
        self.run("ANALYZE sqlite_schema")?;
        let sql = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)";
        let mut insert = self.tx.prepare(sql).map_err(failed)?;
        for object in wanted.objects() {
            let [table, index, _] = object.estimate();
            let sql = "DELETE FROM sqlite_stat1 WHERE tbl = ? AND idx = ?";
            self.tx.execute(sql, [table, index]).map_err(failed)?;
            insert.execute(object.estimate()).map_err(failed)?;
        }
        drop(insert);
        self.run("ANALYZE sqlite_schema")
    }

    fn check_references(&self) -> Result<(), SetupError> {
        let failed = |error| SetupError::at(self.path, error);
        let mut statement = self
            .tx
            .prepare("SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 1")
            .map_err(failed)?;
        let mut broken = statement.query([]).map_err(failed)?;
        match broken.next().map_err(failed)? {
            None => Ok(()),
            Some(row) => {
                let table = row.get(0).map_err(failed)?;
                let parent: String = row.get(1).map_err(failed)?;
                let reason = format!("a row refers to one of `{parent}` that is not there");
                Err(SetupError::NotAdditive { table, reason })
            }
        }
    }
}
