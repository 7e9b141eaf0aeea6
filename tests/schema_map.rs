//! `docs/schema-map.csv` has a row for every table and column of the five source schemas, and the
//! record and field that it names exist. `docs/schema-facts.csv`, which `scripts/source-facts` writes
//! from the documents, has the type, the nullability and the words of each column: where a field
//! differs, the map says why.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use lms::store::{Column, Schema, Type};

struct Row {
    schema: String,
    table: String,
    column: String,
    record: String,
    field: String,
    note: String,
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
        let [schema, table, column, record, field, note] =
            <[String; 6]>::try_from(cells).unwrap_or_else(|_| panic!("six cells: {line}"));
        Row { schema, table, column, record, field, note }
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

/// What a document says of a column.
struct Fact {
    name: String,
    column: String,
    ty: String,
    nullable: String,
    words: Vec<String>,
}

fn facts() -> Vec<Fact> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema-facts.csv");
    let text = fs::read_to_string(path).unwrap();
    let fact = |line: &str| {
        let cells: Vec<_> = line.split(',').map(str::to_owned).collect();
        let [schema, table, column, ty, nullable, words] =
            <[String; 6]>::try_from(cells).unwrap_or_else(|_| panic!("six cells: {line}"));
        let name = format!("{schema}.{table}.{column}");
        let words = words.split('|').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        Fact { name, column, ty, nullable, words }
    };
    text.lines().skip(1).map(fact).collect()
}

/// Whether a column may hold what a document's column of that type holds. Keys are ids here; money,
/// marks and shares are whole numbers at a fixed scale; a yes or no may be a status, or the time since
/// when; what belongs together, and every list, is one document.
fn holds(column: &Column, fact: &Fact) -> bool {
    if column.ty == Type::Json {
        return true;
    }
    let is_key = fact.column == "id" || fact.column.ends_with("_id") || column.references.is_some();
    let is_status = column.ty == Type::Text && !column.allowed.is_empty();
    match fact.ty.as_str() {
        "integer" => column.ty == Type::Int || (is_key && column.ty == Type::Uuid),
        "decimal" | "float" => matches!(column.ty, Type::Int | Type::Decimal),
        "uuid" => column.ty == Type::Uuid,
        "boolean" => {
            column.ty == Type::Bool || is_status || (column.ty == Type::Time && column.nullable)
        }
        "timestamp" => column.ty == Type::Time,
        "date" => column.ty == Type::Date,
        "json" => column.ty == Type::Json,
        "words" => is_status,
        "text" => column.ty == Type::Text,
        "" => true,
        other => panic!("{}: the type `{other}` is not known", fact.name),
    }
}

/// How a column differs from what a document says of it.
fn differences(column: &Column, fact: &Fact) -> Vec<String> {
    let mut found = Vec::new();
    if !holds(column, fact) {
        found.push(format!("`{}`, and is {:?}", fact.ty, column.ty));
    }
    match fact.nullable.as_str() {
        "no" if column.nullable => found.push("never null, and may be".to_owned()),
        "yes" if !column.nullable && column.ty != Type::Json => {
            found.push("may be null, and is never".to_owned())
        }
        _ => {}
    }
    let missing: Vec<_> =
        fact.words.iter().filter(|it| !column.allowed.contains(&it.as_str())).collect();
    if !missing.is_empty() && column.ty != Type::Json {
        found.push(format!("the words {missing:?}, and has {:?}", column.allowed));
    }
    found
}

#[test]
fn types_nullability_and_words_are_those_of_the_documents_or_the_map_says_why() {
    let registry = lms::record_types();
    let schemas: BTreeMap<String, &'static Schema> =
        registry.iter().map(|it| (it.schema().table.to_owned(), it.schema())).collect();
    let core = core();
    let tables = tables_of_types(&core);
    let rows: BTreeMap<_, _> = rows().into_iter().map(|it| (it.name(), it)).collect();
    let facts = facts();
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for fact in &facts {
        // The lists of 004 are compared on their own: it does not say which columns have them.
        let Some(row) = rows.get(&fact.name) else {
            assert!(fact.name.starts_with("004.*lists*."), "{} is not in the map", fact.name);
            continue;
        };
        let schema = tables.get(&*row.record).and_then(|it| schemas.get(*it));
        let Some(column) = schema.and_then(|it| it.column(&row.field)) else { continue };
        compared += 1;
        if row.note.is_empty() {
            let found = differences(column, fact).into_iter();
            wrong.extend(found.map(|it| format!("{}: {it}", fact.name)));
        }
    }
    assert!(wrong.is_empty(), "{} without a note:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 600, "{compared}");
    // Every column of the documents that define types is there, and nothing else.
    for schema in ["000", "001", "003"] {
        let of = |name: &&String| name.starts_with(schema);
        let found: BTreeSet<_> = facts.iter().map(|it| &it.name).filter(of).collect();
        assert_eq!(found, rows.keys().filter(of).collect(), "{schema}");
    }
}
