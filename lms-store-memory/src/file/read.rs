//! Reads a store.
use std::{collections::HashMap, io::BufRead, sync::Arc};

use lms_store::{Row, Schema, StoreError, Value};
use serde::{Deserialize, de::DeserializeOwned};

use super::{EndLine, FORMAT, FileError, MAGIC, Place, TableLine, checksum::Checksum};
use crate::{
    checks::{check_references, check_uniques, duplicate},
    contents::{Contents, Partition, Table},
    own::Own,
    shape::{Shape, owner_of},
    view::View,
};

type Schemas = HashMap<&'static str, &'static Schema>;

/// Reads everything, and checks that it fits together.
pub(super) fn read(
    from: impl BufRead,
    schemas: impl IntoIterator<Item = &'static Schema>,
) -> Result<Contents, FileError> {
    let schemas: Schemas = schemas.into_iter().map(|it| (it.table, it)).collect();
    let mut lines = Lines::new(from);
    lines.first()?;
    let mut contents = Contents::default();
    let (mut tables, mut records) = (0, 0);
    loop {
        match lines.json("a table or the end")? {
            Line::Table(line) => {
                tables += 1;
                records += line.records;
                lines.place.table = Some(line.table.clone());
                read_table(&mut lines, &schemas, line, &mut contents)?;
                (lines.place.table, lines.place.record) = (None, 0);
            }
            Line::End(end) if (end.tables, end.records) == (tables, records) => break,
            Line::End(_) => return Err(lines.malformed("the end of this store", None)),
        }
    }
    lines.end()?;
    check_references_of(&contents)?;
    Ok(contents)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Table(TableLine),
    End(EndLine),
}

fn read_table(
    lines: &mut Lines<impl BufRead>,
    schemas: &Schemas,
    line: TableLine,
    contents: &mut Contents,
) -> Result<(), FileError> {
    let Some(schema) = schemas.get(line.table.as_str()).copied() else {
        return Err(FileError::UnknownTable { table: line.table });
    };
    let positions = positions(schema, &line)?;
    if contents.tables.get(schema.table).is_some() {
        return Err(lines.malformed("a table that was not there before", None));
    }
    let shape = Arc::new(Shape::of(schema));
    contents.tables.insert(schema.table, Table::new(&shape));
    for record in 1..=line.records {
        lines.place.record = record;
        let values: Row = lines.json("a record")?;
        if values.0.len() != positions.len() {
            return Err(lines.malformed("a record of so many columns", None));
        }
        let mut row = Row(vec![Value::Null; schema.columns.len()]);
        for (at, value) in positions.iter().zip(values.0) {
            if let Some(slot) = row.0.get_mut(*at) {
                *slot = value;
            }
        }
        let place = &lines.place;
        let invalid =
            |error| FileError::InvalidRecord { place: place.clone(), source: Box::new(error) };
        add(contents, &shape, row).map_err(invalid)?;
    }
    Ok(())
}

/// The position in a row of each column of the file.
fn positions(schema: &'static Schema, line: &TableLine) -> Result<Vec<usize>, FileError> {
    let table = || line.table.clone();
    let mut positions = Vec::with_capacity(line.columns.len());
    for (name, found) in &line.columns {
        let known = schema.position(name).filter(|it| !positions.contains(it));
        let known = known.zip(schema.column(name));
        let Some((at, column)) = known else {
            return Err(FileError::UnknownColumn { table: table(), column: name.clone() });
        };
        if column.ty != *found {
            let (column, known) = (name.clone(), column.ty);
            return Err(FileError::OtherType { table: table(), column, found: *found, known });
        }
        positions.push(at);
    }
    for (at, column) in schema.columns.iter().enumerate() {
        if !column.nullable && !positions.contains(&at) {
            return Err(FileError::MissingColumn { table: table(), column: column.name });
        }
    }
    Ok(positions)
}

fn add(contents: &mut Contents, shape: &Arc<Shape>, row: Row) -> Result<(), StoreError> {
    let schema = shape.schema;
    schema.check(&row)?;
    let owner = owner_of(schema, &row).ok_or(StoreError::OutOfScope { table: schema.table })?;
    let id = row.id();
    let there = contents.partition(schema.table, owner);
    if there.is_some_and(|it| it.rows.get(&id).is_some()) {
        return Err(duplicate(shape, None));
    }
    check_uniques(View { base: contents, own: &Own::default() }, shape, owner, &row)?;
    let table = contents.tables.get_or_insert_with(&schema.table, || Table::new(shape));
    let fill = || Arc::new(Partition::new(shape));
    let partition = table.and_then(|it| it.partitions.get_or_insert_with(&owner, fill));
    if let Some(partition) = partition {
        Arc::make_mut(partition).put(shape, id, Some(Arc::new(row)));
    }
    Ok(())
}

fn check_references_of(contents: &Contents) -> Result<(), FileError> {
    let view = View { base: contents, own: &Own::default() };
    for (name, table) in contents.tables.iter() {
        for (owner, partition) in table.partitions.iter() {
            for (id, row) in partition.rows.iter() {
                let inconsistent = |error| FileError::Inconsistent {
                    table: name,
                    id: *id,
                    source: Box::new(error),
                };
                check_references(view, &table.shape, *owner, row).map_err(inconsistent)?;
            }
        }
    }
    Ok(())
}

struct Lines<R> {
    from: R,
    sum: Checksum,
    /// The line that was read last.
    place: Place,
    next_byte: u64,
}

impl<R: BufRead> Lines<R> {
    fn new(from: R) -> Self {
        Self { from, sum: Checksum::default(), place: Place::default(), next_byte: 0 }
    }

    /// The next line; empty at the end of the file.
    fn line(&mut self) -> Result<Vec<u8>, FileError> {
        let mut line = Vec::new();
        let read = self.from.read_until(b'\n', &mut line);
        self.place.line += 1;
        self.place.byte = self.next_byte;
        self.next_byte += line.len() as u64;
        read.map_err(|source| FileError::Stream { place: self.place.clone(), source })?;
        Ok(line)
    }

    fn first(&mut self) -> Result<(), FileError> {
        let line = self.line()?;
        let format = line.strip_prefix(MAGIC.as_bytes()).and_then(|it| it.strip_suffix(b"\n"));
        let format = format.and_then(|it| str::from_utf8(it).ok()?.parse::<u32>().ok());
        let found = format.ok_or(FileError::NotAStore { expected: MAGIC })?;
        if found > FORMAT {
            return Err(FileError::NewerFormat { found, known: FORMAT });
        }
        self.sum = self.sum.and(&line);
        Ok(())
    }

    fn json<T: DeserializeOwned>(&mut self, expected: &'static str) -> Result<T, FileError> {
        let line = self.line()?;
        let Some(line) = line.strip_suffix(b"\n") else {
            return Err(FileError::Truncated { place: self.place.clone() });
        };
        let (sum, text) = line.split_at_checked(9).unwrap_or((line, &[]));
        self.sum = self.sum.and(text);
        if sum != format!("{} ", self.sum).as_bytes() {
            return Err(FileError::WrongChecksum { place: self.place.clone() });
        }
        serde_json::from_slice(text).map_err(|source| self.malformed(expected, Some(source)))
    }

    fn end(&mut self) -> Result<(), FileError> {
        let line = self.line()?;
        if line.is_empty() {
            return Ok(());
        }
        Err(FileError::Surplus { place: self.place.clone() })
    }

    fn malformed(&self, expected: &'static str, source: Option<serde_json::Error>) -> FileError {
        FileError::Malformed { place: self.place.clone(), expected, source }
    }
}
