//! `docs/schema-map.csv` has a row for every table and column of the five source schemas, and the
//! record and field that it names exist.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use lms::store::Schema;

struct Row {
    schema: String,
    table: String,
    column: String,
    record: String,
    field: String,
}

impl Row {
    fn name(&self) -> String {
        format!("{}.{}.{}", self.schema, self.table, self.column)
    }
}

fn rows() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema-map.csv");
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("schema,table,column,record,field,note"));
    let row = |line: &str| {
        let cells: Vec<_> = line.split(',').map(str::to_owned).collect();
        let [schema, table, column, record, field, _note] =
            <[String; 6]>::try_from(cells).unwrap_or_else(|_| panic!("six cells: {line}"));
        Row { schema, table, column, record, field }
    };
    lines.map(row).collect()
}

/// The record type that is kept in each table, by what the source of the core declares.
fn tables_of_types(core: &str) -> BTreeMap<&str, &str> {
    let mut table = None;
    let mut found = BTreeMap::new();
    for line in core.lines() {
        if let Some((_, rest)) = line.split_once("table = \"") {
            table = rest.split('"').next();
        } else if let Some(rest) = line.strip_prefix("pub struct ")
            && let Some(table) = table.take()
        {
            let name = rest.split(|it: char| !it.is_alphanumeric()).next().unwrap();
            found.insert(name, table);
        }
    }
    found
}

/// The source of the core, to look for reports and for the parts of values kept as JSON.
fn core() -> String {
    fn walk(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, text);
            } else if path.extension().is_some_and(|it| it == "rs") {
                text.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut text = String::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("lms-core"), &mut text);
    text
}

#[test]
fn every_record_and_field_of_the_map_exists() {
    let registry = lms::record_types();
    let schemas: BTreeMap<String, &'static Schema> =
        registry.iter().map(|it| (it.schema().table.to_owned(), it.schema())).collect();
    let core = core();
    let tables = tables_of_types(&core);
    let has = |schema: &Schema, field: &str| schema.position(field).is_some();
    let mut wrong = Vec::new();
    for row in rows() {
        let (field, part) = match row.field.split_once('.') {
            Some((field, part)) => (field, Some(part)),
            None => (&*row.field, None),
        };
        let found = match &*row.record {
            "report" => core.contains(&format!("impl Report for {field} ")),
            "*" => schemas.values().any(|it| has(it, field)),
            record => {
                tables.get(record).and_then(|it| schemas.get(*it)).is_some_and(|it| has(it, field))
            }
        };
        let part_found = part.is_none_or(|it| core.contains(&format!("pub {it}: ")));
        if !found || !part_found {
            wrong.push(format!("{}: no `{}.{}`", row.name(), row.record, row.field));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_map_has_every_table_and_column_once() {
    let rows = rows();
    let names: BTreeSet<_> = rows.iter().map(Row::name).collect();
    assert_eq!(names.len(), rows.len(), "a row is there twice");
    let mut tables: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        tables.entry(&row.schema).or_default().insert(&row.table);
        *columns.entry(&row.schema).or_default() += 1;
    }
    // What the source schemas have: `*all tables*` of 002 stands for the columns of each.
    let found: Vec<_> =
        tables.iter().map(|(schema, tables)| (*schema, tables.len(), columns[schema])).collect();
    assert_eq!(
        found,
        [("000", 38, 270), ("001", 16, 144), ("002", 18, 108), ("003", 26, 229), ("004", 24, 214),]
    );
}
