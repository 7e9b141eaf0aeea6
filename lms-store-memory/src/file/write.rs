//! Writes a store.
use std::io::Write;

use lms_store::{Row, Schema, Value};
use serde::Serialize;

use super::{EndLine, FORMAT, FileError, MAGIC, MOST_LEVELS, Place, TableLine, checksum::Checksum};
use crate::contents::{Contents, Table};

struct Lines<W> {
    to: W,
    sum: Checksum,
    place: Place,
}

/// Writes everything in an order that depends on nothing but the contents.
pub(super) fn write(contents: &Contents, to: impl Write) -> Result<(), FileError> {
    let mut lines = Lines { to, sum: Checksum::default(), place: Place::default() };
    lines.put(format!("{MAGIC}{FORMAT}\n").into_bytes())?;
    let (mut tables, mut records) = (0, 0);
    for (_, table) in contents.tables.iter() {
        tables += 1;
        records += write_table(&mut lines, table)?;
    }
    lines.json(&EndLine { tables, records })?;
    let flushed = lines.to.flush();
    flushed.map_err(|source| FileError::Stream { place: lines.place, source })
}

fn write_table(lines: &mut Lines<impl Write>, table: &Table) -> Result<u64, FileError> {
    let schema = table.shape.schema;
    let records = table.partitions.iter().map(|(_, it)| it.rows.len() as u64).sum();
    lines.json(&TableLine {
        table: schema.table.to_owned(),
        columns: schema.columns.iter().map(|it| (it.name.to_owned(), it.ty)).collect(),
        records,
    })?;
    for (_, partition) in table.partitions.iter() {
        for (_, row) in partition.rows.iter() {
            check_depth(schema, row)?;
            lines.json(&**row)?;
        }
    }
    Ok(records)
}

impl<W: Write> Lines<W> {
    fn json(&mut self, value: &impl Serialize) -> Result<(), FileError> {
        let malformed = |source| FileError::Malformed {
            place: self.place.clone(),
            expected: "JSON",
            source: Some(source),
        };
        let text = serde_json::to_vec(value).map_err(malformed)?;
        self.sum = self.sum.and(&text);
        let line = [self.sum.to_string().as_bytes(), b" ", &text, b"\n"].concat();
        self.write(&line)
    }

    fn put(&mut self, line: Vec<u8>) -> Result<(), FileError> {
        self.sum = self.sum.and(&line);
        self.write(&line)
    }

    fn write(&mut self, line: &[u8]) -> Result<(), FileError> {
        let written = self.to.write_all(line);
        written.map_err(|source| FileError::Stream { place: self.place.clone(), source })?;
        self.place.line += 1;
        self.place.byte += line.len() as u64;
        Ok(())
    }
}

/// What could not be read back must not be written.
fn check_depth(schema: &'static Schema, row: &Row) -> Result<(), FileError> {
    for (column, value) in schema.columns.iter().zip(&row.0) {
        if let Value::Json(json) = value
            && json.read::<serde_json::Value>().map_or(true, |it| is_deeper(&it, MOST_LEVELS))
        {
            let (table, column) = (schema.table, column.name);
            return Err(FileError::TooDeep { table, column, id: row.id(), most: MOST_LEVELS });
        }
    }
    Ok(())
}

fn is_deeper(json: &serde_json::Value, levels: usize) -> bool {
    let Some(left) = levels.checked_sub(1) else { return true };
    match json {
        serde_json::Value::Array(items) => items.iter().any(|it| is_deeper(it, left)),
        serde_json::Value::Object(map) => map.values().any(|it| is_deeper(it, left)),
        _ => false,
    }
}
